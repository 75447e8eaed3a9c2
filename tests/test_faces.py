"""The designed shade of a face is one slim crescent along its far side, whichever way it is turned."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.types import Appearance, Character, Performance
from training import studio
from training.studio.crescent import below_chin, face_shade, jaw_line, rim_light, soft_shade
from training.studio.faces import jawed

BARE = Appearance(hair_style="bald")


def seen(look: Appearance = BARE, yaw: float = 0.0, pitch: float = 0.0, size: int = 192) -> GBuffer:
    person = Character(appearance=look)
    return studio._geometry(studio.pose(person, Performance.still({}, (yaw, pitch, 0))), size)


@pytest.mark.parametrize(("yaw", "pitch"), [(0, 0), (38, 0), (-38, 0), (25, 20), (-25, -20)])
def test_the_crescent_is_one_slim_area_on_the_far_side(yaw: float, pitch: float) -> None:
    geometry = seen(yaw=yaw, pitch=pitch)
    face, shade = jawed(geometry), face_shade(geometry)
    np.testing.assert_array_equal(shade >= 0, face)
    dark = shade > 0.5
    assert 0.03 < dark.sum() / face.sum() < 0.22
    areas = np.sort(cv2.connectedComponentsWithStats(dark.astype(np.uint8))[2][1:, cv2.CC_STAT_AREA])[::-1]
    assert areas[1:].sum() < 0.05 * areas[0]
    columns = np.arange(len(face))
    assert columns[np.nonzero(dark)[1]].mean() > columns[np.nonzero(face)[1]].mean() + 0.06 * len(face)
    # Nowhere is it a wedge: no sample of it is far from the contour.
    inside = cv2.distanceTransform(face.astype(np.uint8), cv2.DIST_L2, 5)
    assert inside[dark].max() < 0.05 * len(face)


def test_edges_are_about_a_pixel_wide_in_pictures_of_every_size() -> None:
    for size in (96, 192):
        shade = face_shade(seen(size=size))
        between = ((shade > 0.02) & (shade < 0.98)).sum()
        height = np.ptp(np.nonzero((shade > 0.5).any(1))[0])
        assert 0 < between < 4.5 * height


def test_hair_and_hats_shade_the_face_below_them() -> None:
    bare = (face_shade(seen()) > 0.5).sum()
    for worn in (Appearance(hair_style="bob"), Appearance(headwear_style="beanie")):
        geometry = seen(worn)
        shade, over = face_shade(geometry), soft_shade(geometry)
        brow = (shade >= 0) & (geometry.local[..., 1] > 3.5) & (np.abs(geometry.local[..., 0]) < 4)
        assert (shade[brow] > 0.5).any() and (shade > 0.5).sum() > 0.5 * bare
        assert over[brow].max() > 0.5 > over[(shade >= 0) & (geometry.local[..., 1] < 0)].min()


def test_the_neck_has_the_shade_of_the_chin_and_the_jaw_its_line() -> None:
    geometry = seen(pitch=10)
    face, chin, jaw = jawed(geometry), below_chin(geometry), jaw_line(geometry, 0.01)
    assert (chin > 0.5).any() and not chin[face].any()
    assert (geometry.part[chin > 0] == PART_INDEX["skin"]).all()
    assert (jaw > 0.5).any() and not jaw[~face].any()
    assert geometry.local[..., 1][jaw > 0.5].max() < -3


def test_light_from_behind_lies_along_the_far_contour() -> None:
    figure = seen().part >= 0
    light = rim_light(figure)
    assert not light[~figure].any() and 0.01 < (light[figure] > 0.5).mean() < 0.1
    assert np.nonzero(light > 0.5)[1].mean() > np.nonzero(figure)[1].mean()
