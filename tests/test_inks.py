"""Inks of pixel art and the brush: few colours, props and hats keep theirs, outlines swell in the shade."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from gen_avatar.character import palette
from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.colors import PROP_COLORS, STRAW
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.generator.stamps import CONTRAST
from gen_avatar.types import Appearance
from training.studio.brush import outline
from training.studio.inks import MOST, few, inks_of, material_ramps, materials
from training.studio.pixel import GRID, _merged, _without_islands
from training.studio.stamps import stamp_lenses

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
    seen = cast(GBuffer, SimpleNamespace(part=cells, albedo=mean))
    base = material_ramps(cells, materials(seen, cells, inks), inks)[0, 0, 1]
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


def test_a_cell_between_lens_and_frame_is_one_of_these() -> None:
    inks = inks_of(Appearance(skin_color="#c68642", glasses_style="aviator", glasses_color="#c8a03c"))
    dark, gold = (inks.color[inks.named[f"glasses/{name}/1"]] for name in ("shade", "glasses"))
    albedo = np.stack([dark, dark, dark, gold]).reshape(2, 2, 3)
    part = np.full((2, 2), PART_INDEX["glasses"])
    seen = cast(GBuffer, SimpleNamespace(part=part, albedo=albedo))
    cell = material_ramps(part[:1, :1], materials(seen, part[:1, :1], inks), inks)[0, 0, 1]
    np.testing.assert_array_equal(inks.color[cell], dark)


def test_dark_lenses_have_one_glint_of_two_cells() -> None:
    inks = inks_of(WORN)
    shade, glint = inks.named["glasses/shade/1"], inks.named["glasses/glint/1"]
    index = np.full((GRID, GRID), inks.named["skin/1"])
    for left in (10, 30):
        index[20:28, left : left + 10] = shade
        index[22:26, left + 3 : left + 6] = glint
    stamp_lenses(index, inks)
    for left in (10, 30):
        rows, columns = np.nonzero(index[20:28, left : left + 10] == glint)
        assert len(rows) == 2 and np.diff(rows)[0] == 1 and np.diff(columns)[0] == -1


def test_marks_of_shadow_that_mean_nothing_are_cleared() -> None:
    tone = np.ones((GRID, GRID), np.int64)
    tone[5:8, 5:8], tone[20:40, 30:40], tone[50, 50] = 0, 0, 2
    cleared = _without_islands(tone, np.ones_like(tone, bool), 12)
    assert (cleared == 0).sum() == 200 and not (cleared == 2).any() and (cleared[20:40, 30:40] == 0).all()


def test_thin_things_keep_their_inside() -> None:
    y, x = np.mgrid[:256, :256] - 128
    thin, thick = np.abs(np.hypot(x, y) - 60) < 2.5, np.hypot(x, y) < 60
    cover = outline(thin, 8.0)
    assert cover[thin].mean() < 0.7
    assert 0 < cover[~thin].sum() < outline(thick, 8.0)[~thick].sum()
