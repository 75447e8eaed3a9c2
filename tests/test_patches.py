"""Patches of beard: outlines, edges without a step, free lips."""

from __future__ import annotations

import numpy as np
import pytest

from gen_avatar.character.lips import SURROUNDING
from gen_avatar.character.wardrobe import sideburn_mask
from training.build_assets import head_surface, load_head
from training.studio.people import _SELDOM_HAIR, person_seed, sample_person
from training.wardrobe import beard
from training.wardrobe.patches import closed, inside_distance, mirrored
from training.wardrobe.surface import HeadSurface, angles


@pytest.fixture(scope="module")
def surface() -> HeadSurface:
    return head_surface(load_head("checkpoints/head"))


def border_of(triangles: np.ndarray) -> np.ndarray:
    """Vertices on the border of a mesh."""
    sides = np.sort(np.concatenate([triangles[:, pair] for pair in ([0, 1], [1, 2], [2, 0])]), axis=1)
    unique, count = np.unique(sides, axis=0, return_counts=True)
    return np.unique(unique[count == 1])


def test_distance_from_a_circle() -> None:
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    circle = closed(5 * np.stack([np.cos(turn), np.sin(turn)], 1))
    points = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 7.0], [-4.0, -4.0]])
    assert np.allclose(inside_distance(circle, points), 5 - np.linalg.norm(points, axis=1), atol=0.06)


def test_a_mirrored_outline_passes_through_its_points() -> None:
    half = np.array([(0.0, 4.0), (3.0, 3.0), (4.0, -1.0), (0.0, -5.0)])
    outline = mirrored(half)
    assert np.abs(inside_distance(outline, np.concatenate([half, half * [-1, 1]]))).max() < 0.15


@pytest.mark.parametrize("style", beard.STYLES)
def test_beards_rise_from_nothing_at_their_edge(surface: HeadSurface, style: str) -> None:
    for patch in beard.STYLES[style](surface):
        border = border_of(patch.triangles)
        assert patch.offset[border].max() < 0.05 and patch.offset.max() > 0.25
        inner = np.setdiff1d(np.arange(len(patch.offset)), border)
        assert patch.offset[inner].min() > patch.offset[border].max() - 1e-3
        # Left and right are alike; a pair of patches mirrors each other.
        if style != "mutton-chops":
            assert abs(patch.vertices[:, 0].mean()) < 0.1


@pytest.mark.parametrize("style", ["full", "boxed", "goatee", "long", "van-dyke", "soul-patch"])
def test_the_lower_lip_is_free(surface: HeadSurface, style: str) -> None:
    chin = beard.STYLES[style](surface)[0]
    origin = np.array([0.0, surface.landmarks[48:60, 1].mean(), 1.5])
    azimuth, elevation = angles(chin.vertices - origin)
    lip = angles(surface.landmarks[[56, 57, 58]] - origin)[1].min()
    assert elevation[np.abs(azimuth) < 8].max() < lip


@pytest.mark.parametrize("style", SURROUNDING)
def test_no_skin_is_left_beside_lips_within_a_beard(surface: HeadSurface, style: str) -> None:
    origin = np.array([0.0, surface.landmarks[48:60, 1].mean(), 1.5])
    around = angles(surface.landmarks[48:60] - origin)
    middle = np.array([0.0, around[1].mean()])
    corners = np.concatenate(
        [np.stack(angles(p.vertices - origin), 1)[p.triangles] for p in beard.STYLES[style](surface)]
    )
    for azimuth, elevation in zip(*around, strict=True):
        # Right beside the lips, all round them.
        at = middle + 1.12 * (np.array([azimuth, elevation]) - middle)
        sides = np.roll(corners, -1, 1) - corners
        turns = sides[..., 0] * (at - corners)[..., 1] - sides[..., 1] * (at - corners)[..., 0]
        assert ((turns > 0).all(1) | (turns < 0).all(1)).any(), (style, azimuth, elevation)


def test_sideburns_fade_in_front_of_the_ears(surface: HeadSurface) -> None:
    marks = surface.landmarks
    beside = np.array([0, 0, 0.7])
    mask = sideburn_mask(
        np.stack([marks[15] - beside, marks[1] - beside, marks[30], marks[8], marks[16] + [0, 4, 0]]), marks
    )
    assert mask[0] == 1 and mask[1] > 0.5 and (mask[2:] == 0).all()


def test_beards_go_with_hair() -> None:
    looks = [sample_person(person_seed("train", index)).appearance for index in range(416)]
    worn = {soft: np.mean([a.beard_style != "none" for a in looks if (a.hair_style in _SELDOM_HAIR) is soft])
            for soft in (True, False)}  # fmt: skip
    assert not any(a.headwear_style == "hijab" and a.beard_style != "none" for a in looks)
    assert worn[True] < 0.08 and 0.3 < worn[False] < 0.55


@pytest.mark.parametrize("style", ["moustache", "handlebar", "van-dyke", "boxed"])
def test_moustaches_keep_clear_of_the_corners_of_the_mouth(surface: HeadSurface, style: str) -> None:
    moustache = beard.STYLES[style](surface)[-1]
    marks, origin = surface.landmarks, np.array([0.0, surface.landmarks[48:60, 1].mean(), 1.5])
    corner_az, corner = (np.abs(v).mean() for v in angles(marks[[48, 54]] - origin))
    azimuth, elevation = angles(moustache.vertices - origin)
    # In the middle the lip lies lower than its corners, which smile.
    away = np.abs(azimuth) / corner_az
    assert elevation[(away > 0.85) & (away < 1.1)].min() > corner + 0.3


def test_goatees_stay_within_the_chin(surface: HeadSurface) -> None:
    lowest = surface.landmarks[8, 1]
    for style in ("goatee", "van-dyke"):
        chin = beard.STYLES[style](surface)[0].vertices
        assert lowest - 1.0 < chin[:, 1].min() < lowest + 1.0, style


@pytest.mark.parametrize("style", ["goatee", "van-dyke", "soul-patch"])
def test_what_grows_on_a_chin_does_not_hang_below_it(surface: HeadSurface, style: str) -> None:
    points = np.concatenate([piece.vertices for piece in beard.WORN[style](surface)])
    assert points[:, 1].min() > surface.landmarks[8, 1] - 1.0
