"""The line of a nose lies at its shadow side and changes sides when the head turns away."""

from __future__ import annotations

import numpy as np
import pytest

from gen_avatar.types import Appearance, Character, Performance
from training import studio
from training.studio.noses import edges_kept, nose_line

BARE = Character(appearance=Appearance(hair_style="bald"))


@pytest.mark.parametrize(("yaw", "side"), [(0.0, 1), (20.0, 1), (-30.0, -1)])
def test_one_curve_on_the_far_or_shadow_side(yaw: float, side: int) -> None:
    geometry = studio._geometry(studio.pose(BARE, Performance.still({}, (yaw, 0, 0))), 192)
    cover = nose_line(geometry)
    assert 10 < cover.sum() < 200 and cover.max() > 0.6
    assert np.sign((cover * geometry.local[..., 0]).sum()) == side


@pytest.mark.parametrize(("yaw", "kept"), [(0.0, 0.0), (38.0, 1.0)])
def test_a_nose_has_its_own_edge_in_profile_alone(yaw: float, kept: float) -> None:
    geometry = studio._geometry(studio.pose(BARE, Performance.still({}, (yaw, 0, 0))), 192)
    share = edges_kept(geometry)
    x, y, z = (geometry.local[..., k] for k in range(3))
    nose = (np.abs(x) < 1.5) & (np.abs(y) < 1.5) & (z > 9)
    socket = (np.abs(x) < 2) & (y > 2.5) & (y < 5) & (z > 8)
    assert socket.any() and not share[socket].any(), "no line hooks into the eye"
    assert nose.any() and (share[nose] == kept).all() and (share[~nose & (z < 6)] == 1).all()
