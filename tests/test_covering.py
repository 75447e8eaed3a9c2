"""Hair below what is worn on it, and the paint of the scalp below hair."""

from __future__ import annotations

import numpy as np

from gen_avatar.character.wardrobe import scalp_mask, scalp_paint
from gen_avatar.character.wardrobe.covering import FREE, press_hair
from gen_avatar.character.wardrobe.fitting import clear_of_skin
from training.wardrobe.surface import direction


def test_hair_is_combed_off_the_face_on_both_sides() -> None:
    cover = np.stack([np.full((45, 90), FREE), np.full((45, 90), -1 / 6)]).astype(np.float32)
    hair = 10 * direction(np.array([50.0, -50.0, 80.0]), np.array([-10.0, -10.0, 0.0]))
    out, triangles = press_hair(hair, np.array([[0, 1, 2]]), cover, np.zeros(3))
    azimuth = np.degrees(np.arctan2(out[:, 0], out[:, 2]))
    assert np.allclose(azimuth, [65, -65, 95], atol=0.1)
    assert np.allclose(out[:, 1], hair[:, 1], atol=1e-5) and len(triangles) == 1


def test_pressed_layers_keep_their_order() -> None:
    cover = np.stack([np.full((45, 90), 9.0), np.zeros((45, 90))]).astype(np.float32)
    ray = direction(np.array([90.0]), np.array([30.0]))
    hair = np.concatenate([8.5 * ray, 10 * ray, 12 * ray])
    radius = np.linalg.norm(press_hair(hair, np.zeros((0, 3), int), cover, np.zeros(3))[0], axis=1)
    np.testing.assert_allclose(radius[0], 8.5, atol=1e-5)
    assert radius[0] < radius[1] < radius[2] < 9.3


def test_short_hair_does_not_flare_below_a_hat() -> None:
    elevation = (np.arange(45) + 0.5) * 4 - 90
    limit = np.where(elevation < 0, 9 - elevation / 10, 9)[:, None] + np.zeros((45, 90))
    cover = np.stack([limit, np.zeros((45, 90))]).astype(np.float32)
    beside = 14 * direction(np.array([90.0]), np.array([-12.0]))
    long = np.concatenate([beside, [[0, -15.0, 0]]])
    reach = [
        np.linalg.norm(press_hair(h, np.zeros((0, 3), int), cover, np.zeros(3))[0][0]) for h in (beside, long)
    ]
    assert reach[0] < reach[1] - 0.5


def test_no_lump_of_short_hair_stands_beside_the_face_below_a_hat() -> None:
    limit, hidden = np.full((45, 90), 9.0), np.zeros((45, 90))
    hidden[-10:] = 1
    cover = np.stack([limit, hidden]).astype(np.float32)
    short = 10 * direction(np.array([70.0, -70.0, 160.0]), np.array([0.0, 0.0, 0.0]))
    hanging = np.concatenate([short, 14 * direction(np.array([70.0]), np.array([-60.0]))])
    reach = [
        np.linalg.norm(press_hair(h, np.zeros((0, 3), int), cover, np.zeros(3))[0][:3], axis=1)
        for h in (short, hanging)
    ]
    assert (reach[0][:2] < 8).all() and reach[0][2] > 8.9
    assert (reach[1] > 8.9).all()


def test_paint_below_a_hat_runs_from_temple_to_nape() -> None:
    azimuth = np.arange(60.0, 181, 5)
    # The hem of a low hat, and a little below it.
    hem = np.interp(azimuth, (45, 90, 135, 180), (18, 8, -2, -12)) - 4
    points = 10 * direction(azimuth, hem)
    marks = np.zeros((68, 3))
    marks[0, 2], marks[[19, 24], 1] = 1.6 / 0.35, 10 / 6
    points = np.concatenate([points, [[0, 10.0, 0]]])
    for style in ("long", "curtains", "curly", "ponytail", "cornrows"):
        tone, kind = scalp_paint(style, "beanie")
        assert tone == 1 and (scalp_mask(points, marks, kind) > 0.5).all()
    assert scalp_paint("bald", "beanie")[0] == 0
    assert scalp_paint("long", "headband") == scalp_paint("long")


def test_edges_of_hair_lie_on_a_narrow_head() -> None:
    turn = np.radians(np.arange(0.0, 360, 5))
    ring = np.stack([np.cos(turn), 0 * turn, np.sin(turn)], 1)
    wall = np.concatenate([ring * 9, ring * 9 + [0, 2.0, 0]])
    j, n = np.arange(len(turn)), len(turn)
    k = (j + 1) % n
    skin = np.concatenate([np.stack([j, n + j, k], 1), np.stack([k, n + j, n + k], 1)])
    points = np.array([[9.6, 1.0, 0.0], [9.6, 1.0, 0.0]])
    edge, crest = clear_of_skin(points, np.array([-0.3, 2.0]), wall, skin)
    assert edge[0] < 9 and crest[0] == 9.6


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
