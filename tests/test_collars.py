"""Collars: straps that lie on shoulders, and what is seen inside of a collar."""

from __future__ import annotations

import numpy as np
import pytest

from training.wardrobe import collars
from training.wardrobe.bust import Bust

BUST = Bust(np.zeros(3), np.array([4.6, 4.5, 4.4]))


def test_the_back_of_a_tank_top_is_hidden_behind_the_shoulders() -> None:
    _, cloth, rib = collars.tank(BUST)
    shoulder = BUST.at(np.pi / 2, 3.4)[1]
    for piece in (cloth, rib):
        behind = (piece.vertices[:, 2] < 0) & (np.abs(piece.vertices[:, 0]) < 4.3)
        assert behind.any() and piece.vertices[behind, 1].max() < shoulder


def test_straps_hug_the_shoulders() -> None:
    lifts = [lift for _, lift in collars._STRAP]
    assert lifts[0] < 0 and lifts[-1] < 0 and max(lifts) < 0.3


@pytest.mark.parametrize("style", ["jumper", "turtleneck", "hoodie"])
def test_no_hole_is_left_inside_of_a_collar(style: str) -> None:
    points = np.concatenate([piece.vertices for piece in collars.STYLES[style](BUST)])
    inside = np.hypot(points[:, 0] / BUST.size[0], points[:, 2] / BUST.size[2]) < 0.75
    turn = np.degrees(np.arctan2(points[inside, 0], points[inside, 2]))
    assert np.histogram(turn, 12, (-180, 180))[0].min() > 0
