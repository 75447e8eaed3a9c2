"""Hair as a dome: its band of light is one calm shape that moves with the head; edges are even."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from gen_avatar.character.buffers import GBuffer, render_gbuffer
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.types import Appearance, Character, Performance
from training.studio import pose
from training.studio.crown import band_on, crown_form
from training.studio.faces import OWN, own_shade
from training.studio.frames import averaged, silhouette
from training.studio.tones import hair_of

_HAIR, _SKIN = PART_INDEX["hair"], PART_INDEX["skin"]


def seen(yaw: float = 0.0, style: str = "bob") -> GBuffer:
    """Somebody's head in the emoji crop."""
    person = Character(appearance=Appearance(hair_style=style))
    return render_gbuffer(pose(person, Performance.still(rotation=(yaw, 0.0, 0.0))), 256)


def band(geometry: GBuffer) -> np.ndarray:
    """[S, S] the band of light on the hair."""
    dome = crown_form(geometry)
    out = np.zeros(geometry.part.shape, np.float32)
    for row, column in np.argwhere(geometry.part == _HAIR):
        out[row, column] = band_on(dome[row, column], 0.0, 0.1)
    return out


@pytest.mark.parametrize("style", ["bob", "afro-short", "long"])
def test_hair_has_one_band_of_light(style: str) -> None:
    geometry = seen(style=style)
    lit = band(geometry) > 0.5
    count, _, stats, _ = cv2.connectedComponentsWithStats(lit.astype(np.uint8), connectivity=8)
    areas = np.sort(stats[1:, cv2.CC_STAT_AREA])[::-1]
    assert count > 1 and areas[0] > 0.9 * areas.sum(), "one shape"
    share = lit.sum() / (geometry.part == _HAIR).sum()
    assert 0.03 < share < 0.35
    rows, columns = np.nonzero(lit)
    assert np.ptp(columns) > np.ptp(rows), "it lies across"


def test_locks_leave_no_mark_on_the_dome() -> None:
    geometry = seen()
    hair = geometry.part == _HAIR
    bumps = (0.3 * np.sin(np.arange(256) * 0.9))[None, :, None] * np.array([0, 0, 1]) * hair[..., None]
    bumpy = replace(geometry, position=(geometry.position + bumps).astype(np.float32))
    plain, moved = crown_form(geometry), crown_form(bumpy)
    assert np.abs(plain[hair][:, :3] - moved[hair][:, :3]).max() < 0.03
    assert not plain[~hair][:, :4].any()
    np.testing.assert_allclose(np.linalg.norm(plain[hair][:, :3], axis=-1), 1, atol=1e-4)


def test_the_band_moves_gently_with_the_head() -> None:
    centres = []
    for yaw in range(-40, 41, 10):
        cover = band(seen(float(yaw)))
        rows, columns = np.mgrid[:256, :256]
        centres.append([(cover * rows).sum() / cover.sum(), (cover * columns).sum() / cover.sum()])
    assert np.abs(np.diff(centres, axis=0)).max() < 14


def test_without_a_face_hair_keeps_its_own_form() -> None:
    geometry = seen()
    behind = replace(geometry, part=np.where(geometry.part == _HAIR, _HAIR, -1).astype(np.int8))
    hair = behind.part == _HAIR
    np.testing.assert_array_equal(crown_form(behind)[hair][:, :3], geometry.normal[hair])
    assert not band(behind).any()


def test_silhouettes_have_even_edges_and_keep_thin_things() -> None:
    y, x = np.mgrid[:512, :512] - 255.5
    angle = np.arctan2(y, x)
    facets = np.hypot(x, y) < 150 + 1.4 * np.sign(np.sin(40 * angle))
    cover = silhouette(facets)
    radius, before = (
        cv2.warpPolar(np.float32(one), (256, 720), (255.5, 255.5), 256, cv2.INTER_LINEAR).sum(1)
        for one in (cover, facets)
    )
    assert radius.std() < 0.75 * before.std()
    assert abs(cover.sum() / facets.sum() - 1) < 0.005
    thin = np.abs(x) < 2.5
    np.testing.assert_allclose(silhouette(thin)[200:300], thin[200:300], atol=0.02)


def test_what_has_no_colour_is_not_drawn() -> None:
    color, covered = np.full((8, 8, 3), 0.5, np.float32), np.zeros((8, 8), np.float32)
    covered[:, :4] = 1
    pixels = averaged(color * covered[..., None], covered, 2, np.ones((8, 8), np.float32))
    assert (pixels[:, 0, 3] == 1).all() and (pixels[:, 3, 3] == 0).all()
    np.testing.assert_allclose(pixels[:, :3, :3], 0.5, atol=1e-5)


def test_the_neck_has_one_shadow() -> None:
    local = seen().local
    part = seen().part
    skin = np.argwhere(part == _SKIN)
    share = np.array([own_shade(local[row, column]) for row, column in skin])
    height = local[skin[:, 0], skin[:, 1], 1]
    assert share[height > -4].min() == 1, "faces keep their shadows"
    lowest = height < np.percentile(height, 3)
    assert np.median(share[lowest]) < OWN + 0.05, "below the jaw it is painted already"


def test_grooves_do_not_make_hair_black() -> None:
    own = hair_of(Appearance(hair_color="#8a5a34", beard_color="#201a1a"))
    assert own[_HAIR].mean() > 0.3 > own[PART_INDEX["beard"]].mean() > 0
    assert (own[_SKIN] == -1).all()
