"""Inks of pixel art and the brush: few colours, props and hats keep theirs, outlines swell in the shade."""

from __future__ import annotations

import numpy as np
import pytest

from gen_avatar.character import palette
from gen_avatar.character.colors import PROP_COLORS, STRAW
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.types import Appearance
from training.studio.brush import outline
from training.studio.inks import CONTRAST, MOST, few, inks_of, material_ramps
from training.studio.pixel import GRID, _merged

WORN = Appearance(
    skin_color="#4a2f24", brow_color="#dbb06a", headwear_style="straw-hat", glasses_style="round"
)


@pytest.mark.parametrize(
    ("part", "color"),
    [*(("ornament", color) for color in PROP_COLORS.values()), ("headwear", STRAW)],
)
def test_props_and_straw_keep_their_own_colour(part: str, color: str) -> None:
    inks = inks_of(WORN)
    cells = np.full((1, 1), PART_INDEX[part])
    mean = palette.hex_to_rgb(color).astype(np.float32)[None, None]
    base = material_ramps(cells, mean, inks)[0, 0, 1]
    np.testing.assert_allclose(inks.color[base], mean[0, 0], atol=0.01)


def test_brows_on_deep_skin_are_darker_than_it() -> None:
    inks = inks_of(WORN)
    skin, brow = (palette.lightness(inks.color[inks.named[name]]) for name in ("skin/1", "brow"))
    assert brow < skin - 10


def test_few_inks_are_left_and_rare_ones_give_way() -> None:
    rng = np.random.default_rng(0)
    color = rng.random((40, 3)).astype(np.float32)
    index = rng.integers(0, 40, (64, 64))
    index[:4] = -1
    kept = few(index, color)
    assert len(np.unique(kept[kept >= 0])) == MOST and (kept[:4] == -1).all()
    assert np.array_equal(few(kept, color), kept)


def test_an_outline_swells_away_from_the_light() -> None:
    size = 256
    y, x = np.mgrid[:size, :size] - 127.5
    cover = outline(np.hypot(x, y) < 80, 8.0)
    diagonal = cover[np.arange(size), np.arange(size)]
    lit, dark = diagonal[:128].sum(), diagonal[128:].sum()
    assert lit < 0.65 * dark
    assert lit * np.sqrt(2) > 0.4 * 8 and dark * np.sqrt(2) < 1.5 * 8


@pytest.mark.parametrize("skin", ["#f6d3bd", "#c68642", "#4a2f24"])
@pytest.mark.parametrize("frame", ["#c8a03c", "#d8d8dc", "#6b3a2a"])
def test_frames_of_glasses_stand_out_from_the_skin(skin: str, frame: str) -> None:
    inks = inks_of(Appearance(skin_color=skin, glasses_style="round", glasses_color=frame))
    worn, face = (inks.color[inks.named[name]] for name in ("glasses/glasses/1", "skin/1"))
    assert abs(palette.lightness(worn) - palette.lightness(face)) > CONTRAST - 1


def test_small_clusters_take_after_what_is_around() -> None:
    index = np.zeros((GRID, GRID), np.int64)
    index[10, 10], index[20, 20:22], index[30, 30:33], index[40, 40] = 1, 1, 1, 1
    kept = np.zeros((GRID, GRID), bool)
    kept[40, 40] = True
    merged = _merged(index, kept)
    assert (merged == 1).sum() == 4 and merged[40, 40] == 1 and (merged[30, 30:33] == 1).all()
