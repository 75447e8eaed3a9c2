"""The designed form of a face turns with the head and shades it with one calm border."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.camera import KEY_LIGHT
from gen_avatar.types import Appearance, Character, Performance
from training import studio
from training.studio.faces import face_form

BARE = Character(appearance=Appearance(hair_style="bald"))


def seen(yaw: float, pitch: float = 0.0) -> GBuffer:
    return studio._geometry(studio.pose(BARE, Performance.still({}, (yaw, pitch, 0))), 192)


def test_it_turns_with_the_head() -> None:
    forward = []
    for yaw in (-35.0, 0.0, 35.0):
        geometry = seen(yaw)
        form = face_form(geometry)
        middle = (np.abs(geometry.local[..., 0]) < 0.6) & (np.abs(geometry.local[..., 1]) < 2)
        middle &= form[..., 3] > 0.99
        np.testing.assert_allclose(np.linalg.norm(form[middle][:, :3], axis=-1), 1, atol=1e-4)
        forward.append(form[middle][:, 0].mean())
    assert forward[0] < -0.35 and abs(forward[1]) < 0.08 and forward[2] > 0.35


@pytest.mark.parametrize(("yaw", "pitch"), [(0, 0), (38, 0), (-38, 0), (25, 20), (-25, -20)])
def test_light_and_shadow_are_one_area_each(yaw: float, pitch: float) -> None:
    form = face_form(seen(yaw, pitch))
    face = form[..., 3] > 0.5
    for side in (form[..., :3] @ KEY_LIGHT > 0, form[..., :3] @ KEY_LIGHT <= 0):
        _, _, stats, _ = cv2.connectedComponentsWithStats((side & face).astype(np.uint8), connectivity=8)
        areas = np.sort(stats[1:, cv2.CC_STAT_AREA])[::-1]
        assert areas[1:].sum() < 0.03 * face.sum()
