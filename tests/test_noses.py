"""The line of a nose lies at its shadow side and changes sides when the head turns away."""

from __future__ import annotations

import numpy as np
import pytest

from gen_avatar.types import Appearance, Character, Performance
from training import studio
from training.studio.noses import nose_line

BARE = Character(appearance=Appearance(hair_style="bald"))


@pytest.mark.parametrize(("yaw", "side"), [(0.0, 1), (20.0, 1), (-30.0, -1)])
def test_one_curve_on_the_far_or_shadow_side(yaw: float, side: int) -> None:
    geometry = studio._geometry(studio.pose(BARE, Performance.still({}, (yaw, 0, 0))), 192)
    cover = nose_line(geometry)
    assert 10 < cover.sum() < 200 and cover.max() > 0.6
    assert np.sign((cover * geometry.local[..., 0]).sum()) == side
