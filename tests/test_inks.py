"""Inks of pixel art and the brush: few colours, props and hats keep theirs, outlines swell in the shade."""

from __future__ import annotations

import numpy as np
import pytest

from gen_avatar.character import palette
from gen_avatar.character.colors import PROP_COLORS, STRAW
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.types import Appearance
from training.studio.brush import outline
from training.studio.inks import MOST, few, inks_of, material_ramps

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
