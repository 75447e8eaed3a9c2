"""Faces of pixel art: stamps are clean on the grid, and the same on what a network and the studio paint."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gen_avatar.character.mesh import PART_INDEX, PARTS
from gen_avatar.character.palette import lightness, skin_palette
from gen_avatar.generator.codes import pack
from gen_avatar.generator.crisp import MOST, with_stamps
from gen_avatar.generator.stamping import BARE, INK, PAINTED, joined, levelled
from gen_avatar.generator.stamps import (
    appearance_of,
    coverages,
    made_up,
    stamp_colors,
    stamped,
    stamps,
)
from gen_avatar.types import Appearance
from training.studio import draw
from training.studio.people import person_seed, sample_performance, sample_person
from training.studio.pixel import GRID
from training.studio.rims import redrawn

SCALE = 8
WORN = Appearance(skin_color="#c98a5e", lip_color="#b8705c")
Y, X = np.mgrid[: GRID * SCALE, : GRID * SCALE]


def cells_of(seen: np.ndarray, lens: np.ndarray | None = None) -> np.ndarray:
    """[GRID, GRID, parts] coverages of samples [GRID * SCALE, GRID * SCALE]."""
    share = np.eye(len(PARTS), dtype=np.float32)[seen].reshape(GRID, SCALE, GRID, SCALE, -1).mean((1, 3))
    if lens is not None:
        share[..., PART_INDEX["lens"]] = lens.reshape(GRID, SCALE, GRID, SCALE).mean((1, 3))
    return share


def skin() -> np.ndarray:
    return np.full(X.shape, PART_INDEX["skin"])


def closed(bend: float, tilt: float = 0.0, half: int = 32) -> np.ndarray:
    """Coverages of lips; their ends lie ``bend`` samples above their middle."""
    across = (X - 260) / half
    line = 330 - bend * across**2 - tilt * across
    seen = skin()
    seen[(np.abs(across) <= 1) & (np.abs(Y - line) < 9)] = PART_INDEX["lips"]
    return cells_of(seen)


def eyes(open_by: float = 22.0, side: int = 0) -> np.ndarray:
    """Coverages of two eyes that are so many samples high, or of two arcs of lashes."""
    seen = skin()
    for middle in (170, 342):
        across = (X - middle) / 36.0
        if side:
            seen[(np.abs(across) < 1) & (np.abs(Y - 200 - side * across**2 * 5) < 4)] = PART_INDEX["lash"]
            continue
        opening = across**2 + ((Y - 200) / open_by) ** 2 < 1
        lash = across**2 + ((Y - 198) / (open_by + 6)) ** 2 < 1
        seen[lash & ~opening & (Y < 200)] = PART_INDEX["lash"]
        seen[opening] = PART_INDEX["eye"]
        seen[opening & (np.hypot(X - middle, Y - 200) < 18)] = PART_INDEX["iris"]
    return cells_of(seen)


@pytest.mark.parametrize("bend", [-5.0, 0.0, 5.0])
def test_a_closed_mouth_is_a_line_of_one_cell_that_smiles_or_frowns(bend: float) -> None:
    index = stamps(closed(bend))
    rows, columns = np.nonzero(index == INK["seam"])
    assert len(rows) == len(np.unique(columns)) == np.ptp(columns) + 1 >= 7, "one cell a column, no gap"
    ends = rows[np.isin(columns, (columns.min(), columns.max()))]
    middle = rows[np.abs(columns - columns.mean()) <= 1]
    # Less than a cell on the picture, a whole one or more on the grid.
    assert np.sign(middle.mean() - ends.mean()) == np.sign(bend) and (bend == 0 or np.ptp(rows) >= 1)
    assert abs(np.diff(rows[np.argsort(columns)])).max() <= 1


def test_one_corner_may_be_up_and_small_mouths_stay() -> None:
    rows, columns = np.nonzero(stamps(closed(0.0, 8.0)) == INK["seam"])
    assert rows[columns.argmax()] < rows[columns.argmin()]
    assert (stamps(closed(0.0, half=13)) == INK["seam"]).sum() >= 5


def test_open_mouths_have_a_row_of_teeth_and_a_tongue_and_no_holes() -> None:
    inside = ((X - 256) / 40) ** 2 + ((Y - 330) / 22) ** 2 < 1
    seen = np.where(inside, PART_INDEX["mouth"], PART_INDEX["skin"])
    seen[inside & (Y < 316) & (X % 24 > 3)] = PART_INDEX["teeth"]
    seen[inside & (Y > 336)] = PART_INDEX["tongue"]
    index = stamps(cells_of(seen))
    white = index == INK["eye"]
    assert len(np.unique(np.nonzero(white)[0])) <= 2 and (white.sum(0) <= 1).all()
    columns = np.flatnonzero(white.any(0))
    assert np.ptp(columns) + 1 == len(columns) >= 5, "a row without gaps"
    assert (index == INK["tongue"]).sum() >= 5
    drawn = np.isin(index, [INK[name] for name in ("mouth", "eye", "tongue")])
    for column in np.flatnonzero(drawn.any(0)):
        assert np.ptp(np.flatnonzero(drawn[:, column])) + 1 == drawn[:, column].sum()


def test_open_eyes_have_all_that_an_eye_has_and_both_are_alike() -> None:
    index = stamps(eyes())
    halves = index[:, :32], index[:, 32:]
    for name in ("outline", "eye", "iris", "glow", "white", "lid"):
        counts = [(half == INK[name]).sum() for half in halves]
        assert counts[0] == counts[1] > 0, name
    # The lash line runs above the whole opening, without a gap.
    opening = np.isin(index, [INK[name] for name in ("eye", "iris", "glow", "white")])
    for column in np.flatnonzero(opening.any(0)):
        assert index[opening[:, column].argmax() - 1, column] == INK["outline"]


@pytest.mark.parametrize("side", [-1, 1])
def test_shut_eyes_are_arcs_without_gaps(side: int) -> None:
    index = stamps(eyes(side=side))
    rows, columns = np.nonzero(index[:, :32] == INK["outline"])
    assert np.ptp(columns) + 1 == len(np.unique(columns)) >= 6
    middle = rows[np.abs(columns - 21) <= 0.5]
    assert side * (rows[columns >= columns.max() - 1].mean() - middle.mean()) >= 1
    assert bool((index == INK["lid"]).any()) == (side < 0), "only a lid that has fallen shows"


def test_brows_are_one_stroke_and_scraps_are_none() -> None:
    seen = skin()
    bow = (np.abs(X - 170) < 44) & (np.abs(Y - 140 - ((X - 170) / 44.0) ** 2 * 10) < 7 + X % 8 / 3)
    seen[bow] = PART_INDEX["brow"]
    drawn = stamps(cells_of(seen)) == INK["brow"]
    columns = np.flatnonzero(drawn.any(0))
    assert np.ptp(columns) + 1 == len(columns) >= 10
    assert drawn.sum(0)[columns].min() >= 1 and drawn.sum(0).max() <= 3
    seen[(Y < 142) | (np.abs(X - 170) > 30)] = PART_INDEX["headwear"]
    index = stamps(cells_of(seen))
    assert not (index == INK["brow"]).any() and (index == BARE).any()


@pytest.mark.parametrize("tone", ["#3b2219", "#4a2f24", "#8d5a3b", "#f6d3bd"])
def test_lines_of_mouths_and_frames_are_seen_on_every_skin(tone: str) -> None:
    person = Appearance(skin_color=tone, glasses_color=tone)
    colors, base = stamp_colors(person), lightness(skin_palette(tone).base)
    assert base - lightness(colors[INK["seam"]]) > 7
    assert abs(base - lightness(colors[INK["glasses"]])) > 20
    assert not made_up(person) and made_up(Appearance(skin_color="#f6d3bd", lip_color="#a31d38"))


def spectacles(part: str) -> np.ndarray:
    seen, lens = skin(), np.zeros(X.shape, bool)
    for middle in (190, 322):
        off = np.hypot(X - middle, Y - 250)
        seen[(off < 54) & (off >= 38)] = PART_INDEX["glasses"]
        lens |= off < 38
    seen[(np.abs(Y - 246) < 6) & (np.abs(X - 256) < 20)] = PART_INDEX["glasses"]
    return cells_of(seen, lens if part == "lens" else None)


def test_rims_are_one_cell_thick_closed_and_joined() -> None:
    share = spectacles("lens")
    index = stamps(share)
    frame = index == INK["glasses"]
    # No square of four: that would be a doubled corner.
    assert not (frame[1:, 1:] & frame[:-1, 1:] & frame[1:, :-1] & frame[:-1, :-1]).any()
    assert frame[:, 32].sum() == 1, "the bridge"
    np.testing.assert_array_equal(frame[:, :32].sum(), frame[:, 32:].sum(), "both lenses are alike")
    wide = (share[..., PART_INDEX["glasses"]] > 0.5) & ~frame
    assert wide.any() and (index[wide] == BARE).all(), "what else is there of the frame is cleared"
    # Dark glass is no lens that is seen through: its frame is painted.
    assert not (stamps(spectacles("none")) >= 0).any()


def test_frames_of_dark_glasses_are_redrawn() -> None:
    share = spectacles("none")
    part = share.argmax(-1)
    dark = spectacles("lens")[..., PART_INDEX["lens"]] > 0.5
    part[dark] = PART_INDEX["glasses"]
    out, drawn = redrawn(part, share, dark)
    frame = (out == PART_INDEX["glasses"]) & ~dark
    assert (frame == (drawn & ~dark)).all() and frame[:, 32].sum() == 1
    plain = np.full((GRID, GRID), PART_INDEX["skin"])
    out, drawn = redrawn(plain, cells_of(skin()), np.zeros_like(dark))
    assert (out == plain).all() and not drawn.any()


def test_cells_are_cleared_to_what_is_around_them_and_hair_stays_hair() -> None:
    seen = skin()
    seen[:, :96] = PART_INDEX["hair"]
    share = cells_of(seen)
    share[30, 8:20, PART_INDEX["glasses"]] = 0.3
    share[30, 8:20] /= share[30, 8:20].sum(-1, keepdims=True)
    index = np.full((GRID, GRID), PAINTED)
    index[30, 8:20], index[10, 10] = BARE, INK["seam"]
    cells = np.ones((GRID, GRID, 4), np.float32)
    cells[:, :12, :3], cells[:, 12:, :3] = 0.2, 0.7
    painted = cells.copy()
    cells[30, 8:20, :3] = 0.45
    cells[0, 0] = 0
    index[0, 0] = INK["seam"]
    colors = stamp_colors(WORN)
    out = stamped(cells, index, share, colors)
    np.testing.assert_array_equal(out[30], painted[30])
    np.testing.assert_array_equal(out[10, 10, :3], colors[INK["seam"]])
    assert not out[0, 0].any(), "nothing is stamped on air"


def test_people_are_told_by_their_codes() -> None:
    person = sample_person(person_seed("heldout", 3))
    codes = pack(person, np.zeros(52), np.zeros((2, 2)), np.zeros(3))
    found = appearance_of(codes)
    for name in Appearance.names():
        assert getattr(found, name) == getattr(person.appearance, name), name
    np.testing.assert_array_equal(stamp_colors(found), stamp_colors(person.appearance))
    appearance_of(np.random.default_rng(0).normal(size=len(codes)).astype(np.float32))


def test_coverages_are_means_over_cells() -> None:
    buffers = torch.rand(2, 28, 16, 16)
    shares = coverages(buffers, 4)
    wanted = buffers[:, : len(PARTS)].unflatten(3, (4, 4)).unflatten(2, (4, 4)).mean((3, 5))
    np.testing.assert_allclose(shares, wanted.permute(0, 2, 3, 1).numpy(), atol=1e-6)


def test_a_network_gets_the_face_that_the_studio_draws() -> None:
    """Whatever it paints there: the studio's picture, with its face taken out, comes back whole."""
    seed = person_seed("heldout", 810)
    person, act = sample_person(seed), sample_performance(seed)
    picture, buffers = draw(person, act, "pixel")
    share = coverages(torch.from_numpy(buffers)[None], 4)[0]
    codes = pack(person, act.expression[0], act.gaze[0], act.head_rotation[0])
    index = stamps(share, made_up(person.appearance))
    cells = np.ascontiguousarray(picture[::4, ::4])
    soft = cells.copy()
    soft[index != PAINTED, :3] = 0.5
    out = with_stamps(soft, share, codes)
    face = index >= 0
    assert face.sum() > 100
    assert (np.abs(out - cells)[face].max(-1) > 0.01).mean() < 0.02
    assert (np.abs(out - cells)[index == BARE].max(-1) > 0.03).mean() < 0.05
    assert len(np.unique(out[out[..., 3] == 1], axis=0)) <= MOST


def test_lines_have_no_gaps_and_no_bumps() -> None:
    rows, columns = joined(np.array([5, 5, 9, 8, 3]), np.arange(5))
    cells = set(zip(rows.tolist(), columns.tolist(), strict=True))
    assert {(5, 0), (5, 1), (9, 2), (8, 3), (3, 4)} <= cells
    assert {(6, 2), (7, 2), (8, 2), (7, 4), (4, 4)} <= cells
    np.testing.assert_array_equal(levelled(np.array([3, 4, 3, 3, 2, 2])), [3, 3, 3, 3, 2, 2])


def test_nobody_has_no_stamps() -> None:
    assert (stamps(np.zeros((16, 16, len(PARTS)), np.float32)) == PAINTED).all()
