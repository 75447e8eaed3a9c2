"""The line of a nose lies at its shadow side and changes sides when the head turns away."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gen_avatar.character.nosepaint import nose_paint
from gen_avatar.head.model import MorphableHead
from gen_avatar.types import Appearance, Character, Performance
from training import studio
from training.studio.noses import edges_kept, nose_line

HEAD = Path(__file__).resolve().parent.parent / "checkpoints" / "head"
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
    assert nose.any() and (np.abs(share[nose] - kept) < 0.01).all() and (share[~nose & (z < 6)] == 1).all()


def test_a_painted_nose_has_one_light_on_its_tip_two_nostrils_and_no_dirty_sides() -> None:
    landmarks = MorphableHead.from_pretrained(HEAD).landmark_basis("ibug68")[0].numpy()
    x, y = np.meshgrid(np.linspace(-2, 2, 161), np.linspace(-2, 1.5, 141))
    shade, crease = nose_paint(x, y, landmarks)
    light = shade < -0.4
    assert light.any() and np.abs(x[light]).max() < 0.5 and (y[light] > landmarks[33, 1] + 0.5).all()
    assert (shade[np.abs(x) > 1.25] < 0.15).all(), "no smear beside the nose"
    row = crease[np.argmax(crease.max(1))] > 0.35
    assert int((row[1:] & ~row[:-1]).sum()) == 2, "two nostrils"
    low = np.abs(x) < 0.1
    assert shade[low & (y < landmarks[33, 1] + 0.35)].max() > 0.6, "a crescent below"


def test_a_nose_has_flanks_and_a_dark_underside() -> None:
    landmarks = MorphableHead.from_pretrained(HEAD).landmark_basis("ibug68")[0].numpy()
    base = float(landmarks[33, 1])
    x, y = np.meshgrid(np.linspace(-2, 2, 161), base + np.linspace(-0.5, 5.0, 221))
    shade, crease = nose_paint(x, y, landmarks)
    bridge = np.abs(y - base - 1.9) < 0.2
    assert shade[bridge & (np.abs(np.abs(x) - 0.86) < 0.1)].min() > 0.15
    assert np.abs(shade[y > base + 4.4]).max() < 0.02, "brows stay clear of it"
    assert crease[(np.abs(x) < 0.2) & (y < base + 0.3)].max() > 0.3
