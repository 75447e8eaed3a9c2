"""Hair below what is worn on it, and the paint of the scalp below hair."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from gen_avatar.character.mesh import AssetMesh
from gen_avatar.character.wardrobe import scalp_mask, scalp_paint
from gen_avatar.character.wardrobe.covering import FREE, press_hair
from gen_avatar.character.wardrobe.fitting import clear_of_skin
from gen_avatar.character.wardrobe.garments import Wardrobe
from gen_avatar.types import Appearance, Character
from training.studio import default_model
from training.studio.people import person_seed, sample_person
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


def _worn(seed: int, **styles: str) -> list[AssetMesh]:
    look = Appearance(beard_style="none", glasses_style="none").with_values(styles)
    return default_model().build(Character(sample_person(person_seed("heldout", seed)).identity, look)).assets


def _wardrobe() -> Wardrobe:
    wardrobe = default_model().wardrobe
    assert wardrobe is not None
    return wardrobe


@pytest.mark.parametrize("hat", ["cap", "straw-hat", "helmet", "headband"])
@pytest.mark.parametrize("hair", ["short", "quiff", "balding", "crown-braid"])
def test_short_hair_gives_way_to_a_band_that_hugs_the_head(hat: str, hair: str) -> None:
    meshes = [mesh for mesh in _worn(98, hair_style=hair, headwear_style=hat) if mesh.part == "hair"]
    brought = _wardrobe().garments[f"headwear/{hat}"][-1]
    assert brought.part == "hair" and len(meshes[-1].vertices) == len(brought.vertices)
    # A band round the head leaves the hair above it; other hats leave none.
    seen = [mesh.vertices[np.unique(mesh.triangles)] for mesh in meshes[:-1]]
    middle = brought.origin[0, 1]
    assert all(points[:, 1].min() > middle - 1 for points in seen) if hat == "headband" else not seen
    assert not [m for m in _worn(98, hair_style="buzz", headwear_style=hat) if m.part == "hair"]


@pytest.mark.parametrize("hat", ["beanie", "helmet", "fedora"])
@pytest.mark.parametrize("hair", ["ponytail", "pigtails", "low-ponytail", "twin-braids"])
def test_tails_hang_from_the_hair_below_a_hat(hat: str, hair: str) -> None:
    *tails, band = (m for m in _worn(114, hair_style=hair, headwear_style=hat) if m.part == "hair")
    assert tails
    for tail in tails:
        points = tail.vertices[np.unique(tail.triangles)]
        sides = [points[points[:, 0] > 0], points[points[:, 0] < 0]]
        for side in sides if hair in ("pigtails", "twin-braids") else [points]:
            assert cKDTree(band.vertices).query(side)[0].min() < 0.7
            assert side[:, 1].min() < band.vertices[:, 1].min()


@pytest.mark.parametrize("seed", [104, 156, 125])
def test_headphones_touch_a_bald_head(seed: int) -> None:
    worn = _worn(seed, hair_style="bald", headwear_style="headphones")
    band = next(mesh for mesh in worn if mesh.part == "headwear").vertices
    skull = default_model().build(sample_person(person_seed("heldout", seed))).neutral
    for width in (0.0, 4.0):
        over = band[np.abs(band[:, 0] - width) < 1.2]
        over = over[over[:, 1] > skull[:, 1].max() - 4]
        below = skull[(np.abs(skull[:, 0] - width) < 1.2) & (np.abs(skull[:, 2] - over[:, 2].mean()) < 1.2)]
        assert abs(over[:, 1].min() - below[:, 1].max()) < 1.0


def test_a_wreath_grows_from_the_skin() -> None:
    (wreath,) = _wardrobe().garments["hair/balding"]
    sides = np.sort(np.concatenate([wreath.triangles[:, p] for p in ([0, 1], [1, 2], [2, 0])]), axis=1)
    edges, count = np.unique(sides, axis=0, return_counts=True)
    near = wreath.clearance < 25  # what runs on behind an ear is not measured
    assert wreath.clearance[np.intersect1d(edges[count == 1], np.flatnonzero(near))].max() < 0.1
    # It thins out towards the face.
    front = near & (wreath.vertices[:, 2] > 3)
    assert wreath.clearance[front].max() < 0.6 < wreath.clearance[near].max() < 1.3


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


def half_a_ball() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Azimuths and elevations [N] and points [N, 3] of a scalp, and landmarks [68, 3] that make its middle
    the origin."""
    azimuth, elevation = np.meshgrid(np.arange(0.0, 181, 10), np.arange(-40.0, 89, 2))
    points = 10 * direction(azimuth.ravel(), elevation.ravel())
    marks = np.zeros((68, 3))
    marks[0, 2], marks[[19, 24], 1] = 1.6 / 0.35, points[:, 1].max() / 6
    return azimuth.ravel(), elevation.ravel(), points, marks


def test_paint_below_a_mass_of_hair_ends_within_the_hairline() -> None:
    azimuth, _, points, marks = half_a_ball()
    whole, under = scalp_mask(points, marks), scalp_mask(points, marks, "under")
    assert scalp_paint("long")[1] == "under" and scalp_paint("short")[1] == "whole"
    front = azimuth < 70
    assert (under[front & (whole < 1)] == 0).all() and under.max() == 1


@pytest.mark.parametrize("hat", ["fedora", "straw-hat", "bucket-hat"])
def test_brims_are_thick_and_dip_in_front(hat: str) -> None:
    hat_part, ribbon, _ = _wardrobe().garments[f"headwear/{hat}"]

    def ahead(points: np.ndarray) -> np.ndarray:
        return points[(np.abs(points[:, 0]) < 1) & (points[:, 2] > 0)]

    brim = ahead(hat_part.vertices)
    edge = brim[brim[:, 2] > brim[:, 2].max() - 0.9, 1]
    assert np.ptp(edge) > 0.7
    assert edge.mean() < ahead(ribbon.vertices)[:, 1].min() - 0.5


def test_hair_that_is_combed_off_the_forehead_paints_no_skin_before_it() -> None:
    azimuth, elevation, points, marks = half_a_ball()
    for style in ("slick-back", "bun", "braid"):
        whole = scalp_mask(points, marks, scalp_paint(style)[1])
        # The mesh begins lower: its crisp edge is the hairline.
        assert whole[(azimuth < 30) & (elevation < 28)].max() == 0
