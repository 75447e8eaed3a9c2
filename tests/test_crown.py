"""Hair as a dome: its band of light is one calm shape that moves with the head; edges are even."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from gen_avatar.character.buffers import GBuffer, render_gbuffer
from gen_avatar.character.colors import colors
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.character.palette import lightness, skin_palette
from gen_avatar.types import Appearance, Character, Performance
from training.studio import clay, ink, pose
from training.studio.crown import band_on, band_strength, crest_on, crest_strength, crown_form, locks_on
from training.studio.faces import OWN, own_shade
from training.studio.frames import averaged, deepness, evened, silhouette
from training.studio.tones import hair_of, tones_of

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
        out[row, column] = band_on(dome[row, column], 0.1)
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


@pytest.mark.parametrize("color", ["#1c1718", "#8a5a34", "#d8c8a8"])
def test_grooves_part_the_band_and_crests_have_it_whole(color: str) -> None:
    hair = colors(Appearance(hair_color=color)).hair
    shares = [locks_on(hair[k], hair) for k in range(3)]
    assert shares[0] == 0 < shares[1] < shares[2] == 1
    assert crest_on(hair[1], hair) == 0 and crest_on(hair[2], hair) == 1


def test_curls_and_hats_have_no_band() -> None:
    straight = Appearance(hair_style="bob", hair_color="#8a5a34")
    assert band_strength(straight) == 1 and crest_strength(straight) == 0
    assert 0 < band_strength(replace(straight, hair_color="#151012")) < 0.8, "black hair is no mirror"
    assert band_strength(replace(straight, headwear_style="cap")) == 0
    for style in ("afro", "curly-short", "locs-long", "space-buns"):
        curls = Appearance(hair_style=style)
        assert band_strength(curls) == 0 < crest_strength(curls)


def test_borders_of_parts_do_not_climb_in_steps() -> None:
    y, x = np.mgrid[:64, :64]
    part = np.where(x < 30 + y // 10, 0, 1).astype(np.int8)
    color = np.repeat(part[..., None], 3, -1).astype(np.float32)
    even = evened(color, part)
    assert (np.abs(np.diff(color[5:-5, 20:44, 0], axis=0)).max(), color[part == 1].min()) == (1, 1)
    assert np.abs(np.diff(even[5:-5, 20:44, 0], axis=0)).max() < 0.8
    np.testing.assert_array_equal(even[:, :25], color[:, :25])
    line = np.where(np.abs(x - 30) < 2, 1, 0).astype(np.int8)
    kept = evened(np.repeat(line[..., None], 3, -1).astype(np.float32), line)
    assert kept[32, 28:33, 0].max() > 0.5, "thin things stay"
    part[:] = -1
    part[:, :30] = 0
    np.testing.assert_array_equal(evened(color, part), color)


def test_the_edge_of_a_figure_is_as_wide_as_a_pixel() -> None:
    covered = np.mgrid[:64, :64][1] < 33
    pixels = averaged(np.ones((64, 64, 3), np.float32) * covered[..., None], covered, 2, silhouette(covered))
    soft = (pixels[16, :, 3] > 0.02) & (pixels[16, :, 3] < 0.98)
    assert soft.sum() <= 2


def test_dark_hair_has_no_pale_fringe() -> None:
    look = Appearance(hair_style="bob", hair_color="#151012")
    geometry = render_gbuffer(pose(Character(appearance=look), Performance.still()), 256)
    picture = clay.paint(geometry, look, 1)
    covered = geometry.part >= 0
    off = cv2.distanceTransform(np.pad(covered, 1, "edge").astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    hair = (geometry.part == _HAIR) & (np.arange(256) < 110)[:, None]
    edge, within = (picture[hair & (off > lo) & (off <= hi), :3].mean() for lo, hi in ((0, 1.5), (2, 5)))
    assert edge < within + 0.01


def test_deep_skin_is_modelled_by_light() -> None:
    assert deepness(np.array([0.30, 0.18, 0.13])) > 0.95 and deepness(np.array([0.95, 0.80, 0.70])) == 0


def test_shadows_on_deep_skin_are_deeper_in_ink() -> None:
    shares = []
    for tone in ("#4a2f24", "#f6d3bd"):
        look = Appearance(skin_color=tone)
        tones = tones_of(look)
        dark = ink._dark_tones(look, tones)[_SKIN]
        shares.append(((tones.shadow[_SKIN] - dark) / (tones.shadow[_SKIN] - tones.deep[_SKIN])).mean())
    assert shares[0] > shares[1] + 0.2 and shares[0] < 1


def test_stubble_on_pale_skin_is_warm() -> None:
    stubble = colors(Appearance(skin_color="#ffe3d0", beard_color="#1c1314")).roles["stubble"]
    assert stubble[0] - stubble[2] > 0.20, "grey would be dirt"


@pytest.mark.parametrize("skin", ["#ffe3d0", "#dd9d68", "#8f5535", "#4a2f24"])
@pytest.mark.parametrize("beard", ["#1c1314", "#ae7c46", "#eed296", "#dcd5cf"])
def test_stubble_is_darker_than_the_skin(skin: str, beard: str) -> None:
    stubble = colors(Appearance(skin_color=skin, beard_color=beard)).roles["stubble"]
    assert lightness(stubble) < lightness(skin_palette(skin).base) - 12
