"""Mouths and glasses of pixel art: redrawn for the grid, from a line that smiles to one-cell rims."""

from __future__ import annotations

import numpy as np
import pytest

from gen_avatar.character.mesh import PART_INDEX, PARTS
from gen_avatar.character.palette import lightness
from gen_avatar.types import Appearance
from training.studio.inks import Inks, inks_of
from training.studio.mouths import stamp_mouth
from training.studio.pixel import GRID
from training.studio.rims import redrawn

SCALE = 8
WORN = Appearance(skin_color="#c98a5e", lip_color="#b8705c")


def cells_of(seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Part of each cell and coverages, of samples [GRID * SCALE, GRID * SCALE]."""
    share = np.eye(len(PARTS), dtype=np.float32)[seen].reshape(GRID, SCALE, GRID, SCALE, -1).mean((1, 3))
    return share.argmax(-1), share


def stamped(seen: np.ndarray, seam: np.ndarray | None = None) -> tuple[np.ndarray, Inks]:
    inks = inks_of(WORN)
    part, share = cells_of(seen)
    index = np.full((GRID, GRID), inks.named["skin/1"])
    seam = np.zeros(seen.shape, np.float32) if seam is None else seam.astype(np.float32)
    stamp_mouth(index, part, share, seen, seam, inks)
    return index, inks


def closed(bend: float, tilt: float = 0.0, half: int = 32) -> tuple[np.ndarray, np.ndarray]:
    """Lips, and the line where they meet; its ends lie ``bend`` samples above its middle."""
    y, x = np.mgrid[: GRID * SCALE, : GRID * SCALE]
    across = (x - 260) / half
    line = 330 - bend * across**2 - tilt * across
    lips = (np.abs(across) <= 1) & (np.abs(y - line) < 9)
    return np.where(lips, PART_INDEX["lips"], PART_INDEX["skin"]), lips & (np.abs(y - line) < 2)


@pytest.mark.parametrize("bend", [-5.0, 0.0, 5.0])
def test_a_closed_mouth_is_a_line_of_one_cell_that_smiles_or_frowns(bend: float) -> None:
    index, inks = stamped(*closed(bend))
    rows, columns = np.nonzero(index == inks.named["seam"])
    assert len(rows) == len(np.unique(columns)) == np.ptp(columns) + 1 >= 7, "one cell a column, no gap"
    ends = rows[np.isin(columns, (columns.min(), columns.max()))]
    middle = rows[np.abs(columns - columns.mean()) <= 1]
    # Less than a cell on the picture, a whole one or more on the grid.
    assert np.sign(middle.mean() - ends.mean()) == np.sign(bend) and (bend == 0 or np.ptp(rows) >= 1)
    assert abs(np.diff(rows[np.argsort(columns)])).max() <= 1


def test_one_corner_may_be_up_and_small_mouths_stay() -> None:
    index, inks = stamped(*closed(0.0, 8.0))
    rows, columns = np.nonzero(index == inks.named["seam"])
    assert rows[columns.argmax()] < rows[columns.argmin()]
    index, inks = stamped(*closed(0.0, half=13))
    assert (index == inks.named["seam"]).sum() >= 5


def test_open_mouths_have_a_row_of_teeth_and_a_tongue_and_no_holes() -> None:
    y, x = np.mgrid[: GRID * SCALE, : GRID * SCALE]
    inside = ((x - 256) / 40) ** 2 + ((y - 330) / 22) ** 2 < 1
    seen = np.where(inside, PART_INDEX["mouth"], PART_INDEX["skin"])
    seen[inside & (y < 316) & (x % 24 > 3)] = PART_INDEX["teeth"]
    seen[inside & (y > 336)] = PART_INDEX["tongue"]
    index, inks = stamped(seen)
    white = index == inks.named["eye"]
    assert len(np.unique(np.nonzero(white)[0])) <= 2 and (white.sum(0) <= 1).all()
    columns = np.flatnonzero(white.any(0))
    assert np.ptp(columns) + 1 == len(columns) >= 5, "a row without gaps"
    assert (index == inks.named["tongue"]).sum() >= 5
    drawn = np.isin(index, [inks.named[name] for name in ("mouth", "eye", "tongue")])
    for column in np.flatnonzero(drawn.any(0)):
        assert np.ptp(np.flatnonzero(drawn[:, column])) + 1 == drawn[:, column].sum()


def test_the_line_of_a_mouth_is_seen_on_every_skin() -> None:
    for skin in ("#3b2219", "#4a2f24", "#8d5a3b", "#f6d3bd"):
        inks = inks_of(Appearance(skin_color=skin))
        base, seam = (inks.color[inks.named[name]] for name in ("skin/1", "seam"))
        assert lightness(base) - lightness(seam) > 7


def test_rims_are_one_cell_thick_and_joined() -> None:
    y, x = np.mgrid[: GRID * SCALE, : GRID * SCALE]
    seen = np.full(x.shape, PART_INDEX["skin"])
    lens = np.zeros(x.shape, bool)
    for middle in (190, 322):
        off = np.hypot(x - middle, y - 250)
        seen[(off < 54) & (off >= 38)] = PART_INDEX["glasses"]
        lens |= off < 38
    seen[(np.abs(y - 246) < 6) & (np.abs(x - 256) < 20)] = PART_INDEX["glasses"]
    part, share = cells_of(seen)
    behind = lens.reshape(GRID, SCALE, GRID, SCALE).mean((1, 3)).astype(np.float32)
    out, drawn = redrawn(part, share, behind, np.zeros_like(part, bool))
    frame = out == PART_INDEX["glasses"]
    assert (frame == drawn).all() and frame.sum() < (part == PART_INDEX["glasses"]).sum()
    # No square of four: that would be a doubled corner.
    assert not (frame[1:, 1:] & frame[:-1, 1:] & frame[1:, :-1] & frame[:-1, :-1]).any()
    assert frame[:, 32].sum() == 1, "the bridge"
    assert set(np.unique(out)) == {PART_INDEX["skin"], PART_INDEX["glasses"]}


def test_faces_without_glasses_stay() -> None:
    part = np.full((GRID, GRID), PART_INDEX["skin"])
    share = np.eye(len(PARTS), dtype=np.float32)[part]
    out, drawn = redrawn(part, share, np.zeros((GRID, GRID), np.float32), np.zeros_like(part, bool))
    np.testing.assert_array_equal(out, part)
    assert not drawn.any()
