"""Masses of coils and what lies on them, on a head that is a plain ball."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from gen_avatar.character.proportions import stylize
from gen_avatar.head.model import MorphableHead
from training.wardrobe import afros, curls, ringlets
from training.wardrobe.bubbles import bubble
from training.wardrobe.clouds import lit, lobed, scalloped
from training.wardrobe.coils import COIL_LINE, Mass, Outline, disc, rising, spread
from training.wardrobe.hair import LINE_AZIMUTH
from training.wardrobe.locks import Piece
from training.wardrobe.overlay import overlaid
from training.wardrobe.ringlets import ringlet
from training.wardrobe.surface import HeadSurface, direction, unit

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def head() -> HeadSurface:
    nothing = np.zeros((68, 3))
    return HeadSurface(nothing, np.zeros((0, 3), int), nothing, np.zeros(3), np.full((90, 180), 9.0))


@pytest.fixture(scope="module")
def surface() -> HeadSurface:
    model = stylize(MorphableHead.from_pretrained(ROOT / "checkpoints" / "head"))
    return HeadSurface.of(model.mean, model.triangles, model.landmarks)


@pytest.fixture(scope="module")
def line() -> Outline:
    return Outline.of(LINE_AZIMUTH, COIL_LINE)


def test_a_disc_is_even_and_turns_one_way() -> None:
    radius, turn, triangles = disc(9)
    assert len(triangles) == 6 * 9**2 and triangles.max() == len(radius) - 1
    flat = np.stack([radius * np.cos(np.radians(turn)), radius * np.sin(np.radians(turn))], 1)
    a, b, c = (flat[triangles[:, k]] for k in range(3))
    area = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    assert (area > 0).all() or (area < 0).all()
    assert np.abs(area).max() < 2.5 * np.abs(area).min()


def test_an_outline_knows_hair_from_face(line: Outline) -> None:
    azimuth, elevation = np.array([0.0, 0, 100, 180, 0, 180]), np.array([60.0, 90, 40, 0, 0, -60])
    inside = line.distance(direction(azimuth, elevation))
    assert (inside[:4] > 10).all() and (inside[4:] < -5).all()
    np.testing.assert_allclose(line.distance(direction(np.array([0.0]), np.array([32.0]))), 10, atol=0.6)


def test_a_mass_is_one_welded_surface_from_edge_to_crown(head: HeadSurface, line: Outline) -> None:
    body = Mass(line, rising(1.5, 2.5), 14)
    mesh = body.mesh(head, 16, lambda places, out: (0 * out[:, 1], 0 * out[:, 1]))
    edges = Counter(
        (int(min(p)), int(max(p))) for t in mesh.triangles for p in ((t[0], t[1]), (t[1], t[2]), (t[2], t[0]))
    )
    assert set(edges.values()) == {1, 2} and sum(n == 1 for n in edges.values()) == 6 * 16
    # The edge is buried on the hairline, the rest stands out and faces outwards.
    rim = mesh.vertices[-6 * 16 :]
    assert (np.linalg.norm(rim, axis=1) < 9).all()
    assert np.abs(line.distance(unit(rim))).max() < 1.5
    assert np.linalg.norm(mesh.vertices, axis=1).max() > 9 + 2.4
    a, b, c = (mesh.vertices[mesh.triangles[:, k]] for k in range(3))
    assert ((np.cross(b - a, c - a) * a).sum(1) > 0).mean() > 0.98


def test_points_are_even_and_wider_behind() -> None:
    points = spread(lambda d: d[:, 1] > 0, 60, np.random.default_rng(1), 2.0)
    near = np.sort(np.linalg.norm(points[:, None] - points[None], axis=2), 1)[:, 1]
    assert near.min() > 0.15
    assert near[points[:, 2] < -0.5].mean() > 1.3 * near[points[:, 2] > 0.5].mean()


def test_a_bubble_is_round_and_faces_outwards() -> None:
    middle, up = np.array([1.0, 2.0, 9.0]), unit(np.array([0.3, -0.2, 0.9]))
    piece = bubble(middle, up, 2.0, 0.3)
    arm = piece.vertices - middle
    assert (np.linalg.norm(arm, axis=1) < 2.01).all() and (np.linalg.norm(arm, axis=1) > 1.8).all()
    a, b, c = (piece.vertices[piece.triangles[:, k]] for k in range(3))
    assert ((np.cross(b - a, c - a) * (a - middle)).sum(1) > 0).all()
    np.testing.assert_allclose(np.linalg.norm(piece.tangent, axis=1), 1, atol=1e-5)


def test_ringlets_swing_and_close_at_their_ends() -> None:
    line = np.stack([np.zeros(40), np.linspace(0, -13, 40), np.zeros(40)], 1)
    lock = ringlet(1.6, 32)(line, np.tile([0.0, 0, 1], (40, 1)), 0.3)
    rings = lock.vertices[:-2].reshape(32, -1, 3)
    middle, thick = rings.mean(1)[:, 0], np.ptp(rings[..., 0], axis=1)
    assert (np.diff(np.sign(middle[8:])) != 0).sum() >= 2, "an S, not a rope"
    assert thick[-1] < 0.2 * thick.max() and thick[:8].max() < thick.max()
    crest = lock.tone[:-2].reshape(32, -1).max(1)
    assert np.ptp(crest[12:]) > 0.5, "lights lie on the outer sides of the swings"


def _ball() -> tuple[np.ndarray, np.ndarray]:
    radius, turn, triangles = disc(26)
    polar, around = 0.95 * np.pi * radius, np.radians(turn)
    out = np.stack([np.sin(polar) * np.cos(around), np.cos(polar), np.sin(polar) * np.sin(around)], 1)
    return out, triangles


def test_coily_hair_is_scalloped_and_calm_in_front() -> None:
    k = np.arange(4000)
    y, turn = 1 - (2 * k + 1) / 4000, k * np.pi * (3 - np.sqrt(5))
    out = np.stack([np.sqrt(1 - y * y) * np.sin(turn), y, np.sqrt(1 - y * y) * np.cos(turn)], 1)
    raised, tone = scalloped(4.0, 1.5, 1)(13 * out, out)
    assert 0.8 < np.ptp(raised) < 2.0
    hollow = raised <= np.percentile(raised, 5)
    assert tone[hollow].mean() < tone[~hollow].mean() - 0.2
    front = out[:, 2] > 0.92
    assert np.ptp(raised[front]) < 0.5 * np.ptp(raised[np.abs(out[:, 2]) < 0.3])
    assert np.ptp(scalloped(4.0, 1.5, 1, calm=1.0)(13 * out, out)[0][front]) > 0.8


def test_curls_of_light_are_crisp_and_lie_on_the_mass() -> None:
    out, triangles = _ball()
    mass = Piece(13 * out, triangles[:, ::-1], out, out, np.zeros(len(out)))
    piece = lit(mass, 14, 3)
    curls = piece.vertices[len(out) :]
    assert np.abs(np.linalg.norm(curls, axis=1) - 13).max() < 0.6
    assert (piece.tone[len(out) :] > 0.5).all() and (piece.tone[: len(out)] == 0).all()
    rim = 13 * out[-6 * 26 :]
    assert cKDTree(rim).query(curls)[0].min() > 0.5, "none hangs over the edge"


def test_an_edge_of_lobes_draws_back_between_them(line: Outline) -> None:
    uneven = lobed(line, 1)
    back = line.distance(uneven.points)
    assert uneven.points.shape == line.points.shape
    assert back.min() > -0.3 and 1.5 < back.max() < 2.6
    assert 20 < (np.diff(np.sign(back - 0.8)) > 0).sum() < 60


def test_locks_lie_on_short_hair_and_end_in_points(head: HeadSurface) -> None:
    nothing = np.zeros((0, 3))
    places = [(20.0, 60.0, 0.5), (5.0, 40.0, 2.0), (-20.0, 20.0, 0.5)]
    lock = overlaid(head, Piece(nothing, np.zeros((0, 3), int), nothing, nothing), [(places, 1.8)])
    rings = lock.vertices[:-2].reshape(13, -1, 3)
    thick = np.linalg.norm(rings - rings.mean(1, keepdims=True), axis=2).max(1)
    assert thick[-1] < 0.1 * thick.max() and thick.max() == pytest.approx(1.8, abs=0.2)
    assert lock.tone.min() < -0.6 and lock.tone.max() > 0.05


@pytest.mark.parametrize(
    "make",
    [afros.afro, afros.afro_short, afros.high_top, curls.curly, curls.curly_short,
     ringlets.curly_bob, ringlets.curly_long, ringlets.curly_fringe],
)  # fmt: skip
def test_curly_hair_is_light(surface: HeadSurface, make: Callable[[HeadSurface], Piece]) -> None:
    assert 2000 < len(make(surface).triangles) <= 9000
