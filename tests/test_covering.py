"""Hair below what is worn on it, and the paint of the scalp below hair."""

from __future__ import annotations

import numpy as np

from gen_avatar.character.wardrobe import scalp_mask, scalp_paint
from gen_avatar.character.wardrobe.covering import FREE, press_hair
from training.wardrobe.surface import direction


def test_hair_is_combed_off_the_face_on_both_sides() -> None:
    cover = np.stack([np.full((45, 90), FREE), np.full((45, 90), -1 / 6)]).astype(np.float32)
    hair = 10 * direction(np.array([50.0, -50.0, 80.0]), np.array([-10.0, -10.0, 0.0]))
    out, triangles = press_hair(hair, np.array([[0, 1, 2]]), cover, np.zeros(3))
    azimuth = np.degrees(np.arctan2(out[:, 0], out[:, 2]))
    assert np.allclose(azimuth, [65, -65, 95], atol=0.1)
    assert np.allclose(out[:, 1], hair[:, 1], atol=1e-5) and len(triangles) == 1


def test_paint_below_a_mass_of_hair_ends_within_the_hairline() -> None:
    azimuth, elevation = np.meshgrid(np.arange(0.0, 181, 10), np.arange(-40.0, 89, 2))
    points = 10 * direction(azimuth.ravel(), elevation.ravel())
    marks = np.zeros((68, 3))
    # The centre of the angles becomes the origin.
    marks[0, 2], marks[[19, 24], 1] = 1.6 / 0.35, points[:, 1].max() / 6
    whole, under = scalp_mask(points, marks), scalp_mask(points, marks, "under")
    assert scalp_paint("long")[1] == "under" and scalp_paint("short")[1] == "whole"
    front = azimuth.ravel() < 70
    assert (under[front & (whole < 1)] == 0).all() and under.max() == 1
