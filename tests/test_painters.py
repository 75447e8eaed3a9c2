"""What each look does by design: cheeks of flat, lights of ink, props, and grounds of every colour."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from gen_avatar.character.buffers import GBuffer, render_gbuffer
from gen_avatar.character.colors import colors
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.character.palette import skin_palette
from gen_avatar.character.wardrobe import stubble_mask
from gen_avatar.types import Appearance, Character, Performance
from training.studio import brush, flat, pixel, pose
from training.studio.complexion import NOSE_FROM, complexion
from training.studio.crown import crown_form, shine_on, taper, tapers
from training.studio.propmarks import loose, prop_line, ring

_SKIN, _HAIR = PART_INDEX["skin"], PART_INDEX["hair"]


def drawn(**worn: str) -> tuple[Appearance, GBuffer]:
    look = replace(Appearance(), **worn)  # type: ignore[arg-type]
    return look, render_gbuffer(pose(Character(appearance=look), Performance.still()), 256)


def test_cheeks_of_flat_are_one_shape_with_an_edge() -> None:
    look, seen = drawn(skin_color="#f6d3bd")
    even = complexion(seen, look)
    even[np.abs(seen.local[..., 0]) <= 1.9] = seen.albedo[np.abs(seen.local[..., 0]) <= 1.9]
    changed = np.abs(even - seen.albedo).max(-1) > 1e-4
    x, y, z = (seen.local[..., k] for k in range(3))
    assert changed.any() and (seen.part[changed] == _SKIN).all() and np.abs(x[changed]).min() > 1.8

    def steep(albedo: np.ndarray) -> float:
        red = albedo[..., 0] - albedo[..., 1]
        inside = changed & np.roll(changed, 1, 1)
        return float(np.percentile(np.abs(red - np.roll(red, 1, 1))[inside], 97))

    assert steep(even) > 1.3 * steep(seen.albedo)


def test_a_nose_without_gradients_has_one_shadow_below_a_light_on_its_tip() -> None:
    look, seen = drawn(skin_color="#f6d3bd")
    crisp, skin = complexion(seen, look), skin_palette(look.skin_color)
    x, y, z = (seen.local[..., k] for k in range(3))
    nose = (seen.part == _SKIN) & (np.abs(x) < 1.1) & (y > NOSE_FROM) & (y < 0.6) & (z > 9)
    way = skin.shadow - skin.base

    def tones(albedo: np.ndarray) -> np.ndarray:
        along: np.ndarray = (albedo[nose] - skin.base) @ way / (way @ way)
        return along

    def between(along: np.ndarray) -> float:
        return float(((along > 0.2) & (along < 0.75)).mean())

    soft, hard = tones(seen.albedo), tones(crisp)
    assert between(hard) < 0.6 * between(soft), "edges, no gradients"
    dark, light = hard > 0.8, hard < -0.15
    assert dark.any() and light.any() and y[nose][dark].mean() < y[nose][light].min()
    below = (seen.part == _SKIN) & (np.abs(x) < 1.5) & (y < NOSE_FROM - 0.2) & (y > -6) & (z > 7)
    left, right = (np.abs(of[below] - skin.base).mean() for of in (crisp, seen.albedo))
    assert left < right, "looks stamp the shade below the lip themselves"


def test_stubble_stays_where_form_is_drawn_anew() -> None:
    """It must not go from a box around the chin, which would leave a pale patch."""
    worn = {"skin_color": "#f0bd88", "beard_color": "#8e8387"}
    (look, shaven), (plain, bare) = drawn(beard_style="stubble", **worn), drawn(**worn)
    x, y, z = (shaven.local[..., k] for k in range(3))
    jaw = (shaven.part == _SKIN) & (stubble_mask(shaven.local) > 0.9) & (z > 4) & (y > -7.5)
    darker = (complexion(bare, plain)[jaw] - complexion(shaven, look)[jaw]).mean(-1)
    assert darker.min() > 0.5 * np.median(darker) > 0.01


@pytest.mark.parametrize("color", ["#151012", "#a8672f"])
def test_hair_of_flat_has_two_tones_and_one_clean_light(color: str) -> None:
    look, seen = drawn(hair_style="bob", hair_color=color, headwear_style="none")
    light = np.zeros(seen.part.shape, np.float32)
    dome, hair = crown_form(seen), colors(look).hair
    for i, j in np.argwhere(seen.part == _HAIR):
        light[i, j] = shine_on(seen.albedo[i, j], hair, dome[i, j], 0.1, 1.0, 0.0)
    lit = light > 0.5
    assert 0.01 < lit.sum() / (seen.part == _HAIR).sum() < 0.15
    assert ((light > 0.1) & (light < 0.9)).sum() < 0.6 * lit.sum(), "edges, no gradients"
    picture = flat.paint(seen, look, 1)
    inside = cv2.erode((seen.part == _HAIR).astype(np.uint8), np.ones((13, 13), np.uint8)) > 0
    tones = np.round(picture[..., :3][inside] * 40).astype(int)
    _, counts = np.unique(tones, axis=0, return_counts=True)
    assert np.sort(counts)[::-1][:6].sum() > 0.8 * counts.sum()


def test_the_taper_of_a_band_is_one_function() -> None:
    _, seen = drawn(hair_style="bob")
    dome = crown_form(seen)[::8, ::8]
    one = np.array([[taper(at) for at in row] for row in dome])
    np.testing.assert_allclose(tapers(dome), one, atol=1e-5)


@pytest.mark.parametrize("worn", [{"hair_style": "afro"}, {"hair_style": "bob", "headwear_style": "beanie"}])
def test_pixel_has_no_band_of_light_where_other_looks_have_none(worn: dict[str, str]) -> None:
    look, seen = drawn(hair_color="#8a5a34", **worn)
    light = pixel.inks_of(look)
    picture = pixel.paint(seen, look, 1)
    band = light.color[light.named["hair/2"]]
    assert np.abs(picture[..., :3] - band).max(-1).min() > 1e-3


def test_props_that_float_have_an_even_line_and_do_not_clog() -> None:
    figure = np.zeros((256, 256), bool)
    figure[100:, 60:200] = True
    props = np.zeros_like(figure)
    props[20:26, 20:60] = props[90:130, 100:140] = True
    figure |= props
    floating = loose(props, figure)
    assert floating[22, 30] and not floating[110, 120] and not (floating & ~props).any()
    around = ring(floating)
    assert around[19, 30] > 0 and around[26, 30] == pytest.approx(around[19, 30]) and not around[100:].any()
    line = prop_line(props)
    assert line[22:24, 30:50].max() < 0.5, "a stroke of six samples keeps its colour"
    assert line[90, 120] == 1
    assert not loose(np.zeros_like(props), figure).any() and not ring(np.zeros_like(props)).any()


def test_strokes_of_pixel_props_have_no_outline_that_would_fill_them() -> None:
    part = np.full((64, 64), -1)
    ornament = PART_INDEX["ornament"]
    part[4, 4:10] = part[8, 4:10] = ornament
    part[20:28, 20:28] = ornament
    blue, pale = np.full((64, 64, 3), 0.4), np.full((64, 64, 3), 0.9)
    thin = pixel._strokes(part, blue)
    assert thin[4, 4:10].all() and thin[8, 4:10].all() and not thin[20:28, 20:28].any()
    assert not pixel._strokes(part, pale).any(), "puffs need theirs on pale grounds"


def test_ink_has_lines_along_collars_and_none_along_laces() -> None:
    part = np.full((256, 256), PART_INDEX["cloth"], np.int8)
    albedo = np.full((256, 256, 3), 0.3, np.float32)
    albedo[100:] = 0.7
    albedo[:, 40:43] = 0.9
    where = [brush._seam(albedo, 99, 200, 1, 0, 4), brush._seam(albedo, 50, 39, 0, 1, 4)]
    assert where == [True, False]
    seen = replace(drawn()[1], part=part, albedo=albedo, position=np.zeros_like(albedo))
    line = brush.edges(seen)
    assert line[99, 60:].min() > 0 and not line[:90, 30:50].any()
