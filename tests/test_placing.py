"""Floating props find room beside a head."""

import numpy as np
import pytest

from gen_avatar.character.camera import frame
from gen_avatar.character.placing import Silhouette, cleared

BUBBLE = ((0.885, 0.105, 0.088), (0.845, 0.215, 0.022), (0.815, 0.265, 0.013))


def ball(radius: float) -> Silhouette:
    rng = np.random.default_rng(0)
    points = rng.standard_normal((4000, 3))
    points *= radius / np.linalg.norm(points, axis=1, keepdims=True)
    camera = frame(np.array([[-12.0, 14, 0], [12, 14, 0], [0, -9, 8]]), -9.0, 9.5, [])
    return Silhouette.of(points, np.zeros(3), camera)


def test_a_silhouette_tells_inside_from_outside():
    room = ball(10.0).room(np.array([0.5, 0.98]), np.array([0.5, 0.02]))
    assert room[0] < 0 < room[1]


@pytest.mark.parametrize("radius", [7.0, 10.0, 12.5])
def test_props_keep_clear_of_the_head_and_inside_the_frame(radius):
    head = ball(radius)
    for x, y, r in cleared(BUBBLE, head):
        assert float(head.room(np.array([x]), np.array([y]))[0]) > r
        assert r <= x <= 1 - r and r <= y <= 1 - r


def test_props_stay_where_there_is_room():
    assert np.allclose(cleared(BUBBLE, ball(6.0)), BUBBLE)


def test_pieces_keep_their_arrangement_when_they_shrink():
    placed = np.array(cleared(BUBBLE, ball(12.5)))
    scale = placed[0, 2] / BUBBLE[0][2]
    assert scale < 1
    assert np.allclose(placed[1:, :2] - placed[0, :2], scale * (np.array(BUBBLE)[1:, :2] - BUBBLE[0][:2]))
