"""Masses of coils and what lies on them, on a head that is a plain ball."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from training.wardrobe.coils import COIL_LINE, Clumps, Outline, disc, full, rising, spread
from training.wardrobe.curls import dressed
from training.wardrobe.hair import LINE_AZIMUTH
from training.wardrobe.surface import HeadSurface, angles, direction, unit


@pytest.fixture(scope="module")
def head() -> HeadSurface:
    nothing = np.zeros((68, 3))
    return HeadSurface(nothing, np.zeros((0, 3), int), nothing, np.zeros(3), np.full((90, 180), 9.0))


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
    np.testing.assert_allclose(line.distance(direction(np.array([0.0]), np.array([37.0]))), 10, atol=0.6)


def test_a_mass_is_one_welded_surface_from_edge_to_crown(head: HeadSurface, line: Outline) -> None:
    body = full(head, line, rising(1.5, 2.5), 20, (2.0, 2.6), 14, 1, scallop=0.0)
    mesh = body.mesh(head, 16)
    edges = Counter(
        (int(min(p)), int(max(p))) for t in mesh.triangles for p in ((t[0], t[1]), (t[1], t[2]), (t[2], t[0]))
    )
    assert set(edges.values()) == {1, 2} and sum(n == 1 for n in edges.values()) == 6 * 16
    # The edge is buried on the hairline, the rest stands out and faces outwards.
    rim = mesh.vertices[-6 * 16 :]
    assert (np.linalg.norm(rim, axis=1) < 9).all()
    assert np.abs(line.distance(unit(rim))).max() < 1.5
    assert np.linalg.norm(mesh.vertices, axis=1).max() > 9 + 2.5
    a, b, c = (mesh.vertices[mesh.triangles[:, k]] for k in range(3))
    assert ((np.cross(b - a, c - a) * a).sum(1) > 0).mean() > 0.98


def test_clumps_stand_out_of_their_valleys() -> None:
    clumps = Clumps(np.array([[0.0, 0, 10], [4, 0, 10]]), np.array([3.0, 3.0]), 0.5)
    top, valley, far = clumps(np.array([[0.0, 0, 10], [2, 0, 10], [0, 9, 10]]))
    assert top > valley + 0.4 > far + 0.4
    assert top < 1.5 + 0.2


def test_points_are_even_and_wider_behind() -> None:
    points = spread(lambda d: d[:, 1] > 0, 60, np.random.default_rng(1), 2.0)
    near = np.sort(np.linalg.norm(points[:, None] - points[None], axis=2), 1)[:, 1]
    assert near.min() > 0.15
    assert near[points[:, 2] < -0.5].mean() > 1.3 * near[points[:, 2] > 0.5].mean()


def test_curls_lie_on_the_mass(head: HeadSurface, line: Outline) -> None:
    body = full(head, line, rising(1.5, 2.5), 20, (2.0, 2.6), 14, 1)
    whole, bare = dressed(head, body, 12, 15, (1.6, 2.0), 4.0, 2), body.mesh(head, 12)
    own = whole.vertices[len(bare.vertices) :]
    d = unit(own)
    over = np.linalg.norm(own, axis=1) - 9 - body.lift(head, d, np.maximum(line.distance(d), 0))
    assert (over > 0.1).mean() > 0.3 and over.max() < 3.5
    assert angles(own)[1].min() > -60
