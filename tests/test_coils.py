"""Masses of coils and what lies on them, on a head that is a plain ball."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gen_avatar.character.proportions import stylize
from gen_avatar.head.model import MorphableHead
from training.wardrobe import afros, curls, ringlets
from training.wardrobe.bubbles import Bubbles, bubble, covered
from training.wardrobe.coils import COIL_LINE, Mass, Outline, disc, rising, spread
from training.wardrobe.hair import LINE_AZIMUTH
from training.wardrobe.locks import Piece
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
    mesh = body.mesh(head, 16)
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
    piece = bubble(middle, up, 2.0, 0.3, Bubbles((2.0, 2.0)))
    arm = piece.vertices - middle
    assert (np.linalg.norm(arm, axis=1) < 2.01).all() and (np.linalg.norm(arm, axis=1) > 1.8).all()
    a, b, c = (piece.vertices[piece.triangles[:, k]] for k in range(3))
    assert ((np.cross(b - a, c - a) * (a - middle)).sum(1) > 0).all()
    np.testing.assert_allclose(np.linalg.norm(piece.tangent, axis=1), 1, atol=1e-5)
    hung = bubble(middle, np.array([0.0, 0.0, 1.0]), 2.0, 0.3, Bubbles((2.0, 2.0)), 1.5).vertices
    assert np.ptp(hung[:, 1]) > 1.4 * np.ptp(hung[:, 0])


def test_curls_are_long_and_bend_to_either_side() -> None:
    up = np.array([0.0, 0.0, 1.0])
    plain, left, right = (
        bubble(np.zeros(3), up, 2.0, seed, Bubbles((2.0, 2.0), curl=curl))
        for seed, curl in ((0.3, 0.0), (0.3, 0.6), (0.7, 0.6))
    )
    for curl in (left, right):
        size = np.linalg.svd(curl.vertices - curl.vertices.mean(0), compute_uv=False)
        assert size[0] > 1.25 * size[1]
        a, b, c = (curl.vertices[curl.triangles[:, k]] for k in range(3))
        assert ((np.cross(b - a, c - a) * (a - [0, 0, -1.0])).sum(1) > 0).mean() > 0.95
        assert np.abs(curl.tone).max() <= 1 and not np.allclose(curl.tone, plain.tone)
    lean = [np.sign(np.cov(p.vertices[:, :2].T)[0, 1]) for p in (left, right)]
    assert lean[0] != lean[1]


def test_bubbles_cover_a_mass_evenly(head: HeadSurface, line: Outline) -> None:
    body = Mass(line, rising(1.5, 2.5), 12)
    look = Bubbles((2.0, 2.4), behind=1.8)
    pieces = covered(head, body, look, 2)
    tops = np.stack([p.vertices[0] for p in pieces])
    above = np.linalg.norm(tops, axis=1) - 9
    # They stand out of the mass, and none begins in the face.
    assert above.min() > 1.5 and above.max() < 2.5 + 1.3 * 1.22 * 2.4 + 0.5
    assert line.distance(unit(tops)).min() > 1
    near = np.sort(np.linalg.norm(tops[:, None] - tops[None], axis=2), 1)[:, 1]
    assert near.min() > 1.2 and near[tops[:, 2] > 4].max() < 5.0


@pytest.mark.parametrize(
    "make",
    [afros.afro, afros.afro_short, afros.high_top, curls.curly, curls.curly_short,
     ringlets.curly_bob, ringlets.curly_long, ringlets.curly_fringe],
)  # fmt: skip
def test_curly_hair_is_light(surface: HeadSurface, make: Callable[[HeadSurface], Piece]) -> None:
    assert 2000 < len(make(surface).triangles) <= 9000
