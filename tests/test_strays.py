"""Lines that mean nothing, marks of props and paint on skin, as drawn looks show them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.colors import PROP_COLORS
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.character.palette import hex_to_rgb
from gen_avatar.types import Appearance
from training.studio.frames import plainness
from training.studio.ink import _calm
from training.studio.inks import inks_of
from training.studio.painted import painted
from training.studio.propmarks import prop_line, props_of
from training.studio.strays import uncrowded, without_strays

SIZE = 256
SKIN = np.full((SIZE, SIZE), PART_INDEX["skin"], np.int8)


def _lines(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    edge = np.zeros((SIZE, SIZE), bool)
    for top, bottom, left, right in boxes:
        edge[top:bottom, left:right] = True
    return edge


def test_a_short_line_beside_a_long_one_is_left_out() -> None:
    edge = _lines((100, 101, 40, 200), (104, 105, 90, 120), (140, 141, 90, 120))
    kept = without_strays(edge, SKIN)
    assert kept[100, 40:200].all() and not kept[104].any(), "it would only make the long one ragged"
    assert kept[140, 90:120].all(), "one that stands alone stays"


def test_dotted_lines_and_upright_ticks_on_skin_are_left_out() -> None:
    dots = _lines(*((60 + 2 * i, 61 + 2 * i, 60 + 2 * (i % 2), 61 + 2 * (i % 2)) for i in range(8)))
    assert not without_strays(dots, SKIN)[50:80].sum() > 8, "mostly gaps"
    tick = _lines((100, 118, 60, 61))
    assert not without_strays(tick, SKIN).any()
    cloth = np.full_like(SKIN, PART_INDEX["cloth"])
    assert without_strays(tick, cloth).any(), "a seam of a coat may be upright"


def test_lines_that_crowd_are_thin() -> None:
    alone, knot = (100, 101, 40, 200), tuple((180 + 2 * i, 181 + 2 * i, 90, 120) for i in range(4))
    edge = _lines(alone, *knot)
    left = uncrowded(edge, SKIN)
    assert left[100, 40:200].min() == 1 and left[183, 100:110].max() < 0.6
    mouth = np.full_like(SKIN, PART_INDEX["mouth"])
    assert uncrowded(edge, mouth).min() == 1, "what is fine by nature keeps its lines"


def test_small_shadows_on_skin_are_stains() -> None:
    seen = np.ones((SIZE, SIZE), np.float32)
    seen[100:106, 60:70] = seen[150:200, 60:160] = 0
    calm = _calm(seen, SKIN)
    assert calm[103, 65] == 1 and calm[175, 100] == 0
    assert _calm(seen, np.full_like(SKIN, PART_INDEX["cloth"]))[103, 65] == 0


def test_lines_end_below_the_outline() -> None:
    part = SKIN.copy()
    part[:, 200:] = -1
    kept = without_strays(_lines((100, 101, 40, 200)), part)
    assert kept[100, 40:190].all() and not kept[100, 198:].any()


@pytest.mark.parametrize("color", PROP_COLORS.values())
def test_props_have_a_line_all_around(color: str) -> None:
    part, albedo = SKIN.copy(), np.full((SIZE, SIZE, 3), 0.6, np.float32)
    part[100:130, 100:130] = PART_INDEX["ornament"]
    albedo[100:130, 100:130] = hex_to_rgb(color)
    part[10:20, 10:40] = PART_INDEX["ornament"]
    props = props_of(cast(GBuffer, SimpleNamespace(part=part, albedo=albedo)))
    assert props[100:130, 100:130].all() and props.sum() == 900, "an earring is no prop"
    line = prop_line(props)
    assert line[100, 100:130].min() == 1 and line[100:130, 129].min() == 1 and line[115, 115] == 0
    assert not line[~props].any()


def test_cropped_hair_is_seen_on_the_cells_of_a_skull_and_not_on_a_face() -> None:
    look = Appearance(hair_style="buzz", hair_color="#3b5fc0", skin_color="#e8b98f")
    inks = inks_of(look)
    index = np.full((64, 64), inks.named["skin/1"])
    skin, albedo = np.ones((64, 64), bool), np.zeros((64, 64, 3))
    albedo[:] = inks.color[inks.named["skin/1"]]
    local = np.zeros((64, 64, 3))
    local[..., 1] = 0.0
    local[..., 2] = 9.0
    albedo[:30] = inks.pigment["scalp"]
    local[:20, :, 1] = 9.0
    out = painted(index, skin, albedo, np.zeros((64, 64), bool), local, inks)
    assert (out[:20] == inks.named["scalp/1/1"]).all() and (out[20:] == inks.named["skin/1"]).all()


def test_bald_people_have_no_ink_for_hair_on_skin() -> None:
    assert "scalp" not in inks_of(Appearance(hair_style="bald")).pigment


def test_white_cloth_is_plain_and_red_is_not() -> None:
    assert plainness(hex_to_rgb("#f4ecdf")) > 0.9 and plainness(hex_to_rgb("#e0383f")) == 0
