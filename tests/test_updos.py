"""Hair that is tied up: its edge, its partings, its tails and the strands at its temples."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gen_avatar.character.proportions import stylize
from gen_avatar.character.wardrobe.tucking import _pieces
from gen_avatar.head.model import MorphableHead
from training.wardrobe import afros, braids, cornrows, curls, hanging, ropes, tucked, updos
from training.wardrobe.locks import Piece
from training.wardrobe.surface import HeadSurface, angles, unit

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def surface() -> HeadSurface:
    head = stylize(MorphableHead.from_pretrained(ROOT / "checkpoints" / "head"))
    return HeadSurface.of(head.mean, head.triangles, head.landmarks)


def _above(head: HeadSurface, points: np.ndarray) -> np.ndarray:
    """[n] cm above the skull."""
    arm = points - head.center
    return np.linalg.norm(arm, axis=1) - head.r(unit(arm))


@pytest.mark.parametrize("make", [updos.ponytail, updos.pigtails])
def test_high_tails_do_not_show_below_the_far_jaw_of_a_turned_head(
    surface: HeadSurface, make: Callable[[HeadSurface], Piece]
) -> None:
    points = make(surface).vertices
    tail = points[_above(surface, points) > 2.5]
    assert len(tail) > 100
    # They end above the chin, and behind the ears: a turned head hides the far one.
    assert tail[:, 1].min() > surface.place(0, -8.0, 0)[1]
    low = tail[tail[:, 1] < surface.place(0, 2.0, 0)[1]]
    assert low[:, 2].max() < surface.center[2]


def test_low_tails_stay_beside_the_neck(surface: HeadSurface) -> None:
    points = updos.low_ponytail(surface).vertices
    low = points[points[:, 1] < surface.place(0, -8.0, 0)[1]]
    assert len(low) and low[:, 2].max() < surface.place(0, 0, 2.0)[2]
    # Close to it, or what lies between would be a hole.
    beside = points[np.abs(points[:, 1] - surface.place(0, -7.0, 0)[1]) < 1.0]
    assert np.abs(beside[:, 0]).min() < surface.place(5.4, 0, 0)[0]


def test_tails_have_a_round_end() -> None:
    knots = np.array([[0.0, 0, 0], [0, -4, 0], [0, -8, 0], [0, -12, 0]])
    points = updos.tail(knots, 2.0).vertices
    wide = [np.hypot(*p[:, [0, 2]].T).max() for p in (points[points[:, 1] < low] for low in (-6.0, -11.4))]
    assert wide[1] > 0.4 * wide[0]


@pytest.mark.parametrize("make", [updos.pigtails, updos.space_buns])
def test_a_parting_is_thin_from_the_hairline_on(
    surface: HeadSurface, make: Callable[[HeadSurface], Piece]
) -> None:
    # The dark floor of the parting comes first and lies below the hair.
    points = make(surface).vertices[len(updos.parting(surface).vertices) :]
    azimuth, elevation = angles(unit(points - surface.center))
    above = _above(surface, points)
    for low, high in ((27, 40), (40, 60), (60, 80)):
        near = (elevation > low) & (elevation < high) & (np.abs(azimuth) < 90)
        near &= np.abs(points[:, 0]) < 0.35
        assert (above[near] > 0.1).mean() > 0.9


def test_the_edge_of_combed_hair_is_uneven(surface: HeadSurface) -> None:
    body = updos.combed(surface, (180, 46))
    first = body.vertices[: len(body.vertices) // 19]
    azimuth, elevation = angles(unit(first - surface.center))
    front = elevation[np.abs(azimuth) < 30]
    assert 1.5 < np.ptp(front) < 9


def test_strands_at_the_temples_end_thin_beside_the_ear(surface: HeadSurface) -> None:
    for piece, side in zip(updos.wisps(surface), (1, -1), strict=True):
        azimuth, elevation = angles(unit(piece.vertices - surface.center))
        assert (azimuth * side > 50).all() and elevation.min() > -18
        wide = [np.ptp(azimuth[np.abs(elevation - level) < 2]) for level in (6, -10)]
        assert wide[1] < 0.6 * wide[0]


def test_no_short_loc_ends_like_a_ball_beside_the_face(surface: HeadSurface) -> None:
    points = ropes.locs_short(surface).vertices
    azimuth, elevation = angles(unit(points - surface.center))
    beside = (np.abs(azimuth) > 50) & (np.abs(azimuth) < 90) & (elevation < 0)
    assert beside.any() and _above(surface, points[beside]).max() < 2.2


@pytest.mark.parametrize("make", [curls.curly, curls.curly_short, ropes.twists, ropes.locs_short])
def test_short_curls_lie_close_beside_the_face_and_stand_on_top(
    surface: HeadSurface, make: Callable[[HeadSurface], Piece]
) -> None:
    points = make(surface).vertices
    azimuth, elevation = angles(unit(points - surface.center))
    above = _above(surface, points)
    beside = (np.abs(azimuth) > 62) & (np.abs(azimuth) < 100) & (elevation < 12)
    assert beside.any() and above[beside].max() < 2.6, "else they would hang off the head"
    assert above[elevation > 60].max() > 2.8


def test_curls_end_in_hooks_to_both_sides(surface: HeadSurface) -> None:
    rng, root = np.random.default_rng(0), unit(np.array([0.0, 0.6, 0.8]))
    spec = curls._Curls(1, 7.0, 1.0, (1.0, 1.0), curls._ALL, 0)
    sides = []
    for hand in (1.0, -1.0):
        middle = curls._curl(surface, root, spec, hand, rng).vertices[:-2].reshape(13, 8, 3).mean(1)
        lowest = int(np.argmin(middle[:, 1]))
        assert 0 < lowest < 12 and middle[-1, 1] > middle[lowest, 1] + 0.3, "its tip turns up again"
        sides.append(middle[lowest, 0] - middle[0, 0])
    assert sides[0] * sides[1] < 0


def test_hair_below_a_hat_leaves_the_ear_free(surface: HeadSurface) -> None:
    band = tucked.tucked(surface, lambda a: 20.0 + 0 * a)
    azimuth, elevation = angles(unit(band.vertices - surface.center))
    low = [elevation[np.abs(np.abs(azimuth) - at) < 4].min() for at in (68, 88, 130)]
    assert low[1] > -4 and low[0] < -10 and low[2] < -30, "a sideburn, an arch, the nape"


def test_a_high_top_is_level_and_the_same_from_all_sides(surface: HeadSurface) -> None:
    points = afros.high_top(surface).vertices - surface.center
    top = points[:, 1].max()
    wide = []
    for turn in np.radians((0, 30, 60, 90)):
        across = points[:, 0] * np.cos(turn) + points[:, 2] * np.sin(turn)
        wide.append(np.ptp(across[points[:, 1] > top - 6]))
        assert np.ptp(across[points[:, 1] > top - 1.6]) > 0.6 * wide[-1]
    assert np.ptp(wide) < 0.12 * max(wide)


def test_locks_on_combed_hair_begin_at_the_line_of_the_forehead(surface: HeadSurface) -> None:
    plain, locked = updos.combed(surface, (180, 46)), updos.tied_back(surface, (180, 46))
    locks = locked.vertices[len(plain.vertices) :]
    azimuth, elevation = angles(unit(locks - surface.center))
    assert 20 < elevation[np.abs(azimuth) < 60].min() < 28
    assert 0 < _above(surface, locks).max() < 2.2, "they lie on it"


@pytest.mark.parametrize(
    ("make", "side"), [(braids.braid, 1), (braids.twin_braids, 1), (braids.twin_braids, -1)]
)
def test_braids_grow_out_of_the_hair_over_the_ear(
    surface: HeadSurface, make: Callable[[HeadSurface], Piece], side: int
) -> None:
    points = make(surface).vertices * [side, 1, 1]
    ear = surface.place(9.0, 0.0, -1.0)
    beside = points[(points[:, 0] > ear[0]) & (np.abs(points[:, 2] - ear[2]) < 3.5)]
    # Without a gap from above the ear to the shoulder.
    height = np.sort(beside[:, 1])
    assert height[0] < surface.place(0, -14, 0)[1] and height[-1] > surface.place(0, 4, 0)[1]
    assert np.diff(height).max() < 1.5


def test_hats_take_a_crown_braid_as_one_piece(surface: HeadSurface) -> None:
    piece = braids.crown_braid(surface)
    number = _pieces(len(piece.vertices), piece.triangles)
    assert number.max() + 1 == 2, "combed hair and the braid"


def test_rows_run_from_the_forehead_to_the_nape_without_a_break(surface: HeadSurface) -> None:
    piece = cornrows.cornrows(surface)
    number = _pieces(len(piece.vertices), piece.triangles)
    scalp = cornrows.partings(surface).vertices
    for row in range(number.max() + 1):
        points = piece.vertices[number == row]
        rings = points[:-2].reshape(-1, 7, 3)
        wide = np.linalg.norm(rings[:, 1] - rings[:, -2], axis=1)[6:-6]
        assert wide.min() > 0.55 * wide.max(), "a rope, not beads"
        azimuth, elevation = angles(unit(points - surface.center))
        assert np.abs(azimuth).max() > 100 and elevation.max() > 20
    # The line of the forehead is the scalp's; rows begin within a thumb's breadth of it.
    front = piece.vertices[(np.abs(piece.vertices[:, 0]) < 4) & (piece.vertices[:, 2] > 0), 1]
    edge = scalp[(np.abs(scalp[:, 0]) < 4) & (scalp[:, 2] > 0), 1]
    assert 0 < front.min() - edge.min() < 1.2


def test_a_fringe_is_a_few_locks_over_one_another(surface: HeadSurface) -> None:
    piece = hanging.bangs(surface, 13)
    number = _pieces(len(piece.vertices), piece.triangles)
    sizes = np.bincount(number)
    locks = np.flatnonzero(sizes == 132)
    assert len(locks) == 5
    tips, spans = [], []
    for lock in locks:
        azimuth, elevation = angles(unit(piece.vertices[number == lock] - surface.center))
        tips.append(elevation.min())
        low = azimuth[elevation < elevation.min() + 30]
        spans.append((low.min(), low.max()))
    assert 1.5 < np.ptp(tips) < 10, "their ends differ"
    spans.sort()
    assert all(left[1] > right[0] - 2 for left, right in zip(spans, spans[1:], strict=False)), "no gaps"
