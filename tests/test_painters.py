"""What each look does by design: cheeks of flat, lights of ink, props, and grounds of every colour."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gen_avatar.character.buffers import GBuffer, render_gbuffer
from gen_avatar.character.colors import colors
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.character.palette import skin_palette
from gen_avatar.character.wardrobe import stubble_mask
from gen_avatar.types import Appearance, Character, Performance
from training.studio import ink, pixel, pose
from training.studio.complexion import NOSE_FROM, complexion
from training.studio.crown import crown_form, taper, tapers
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
    crisp, skin = complexion(seen, look, blush=False), skin_palette(look.skin_color)
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
    cheeks = (np.abs(x) > 2.5) & (z > 5)
    np.testing.assert_array_equal(crisp[cheeks], seen.albedo[cheeks])


def test_stubble_stays_where_form_is_drawn_anew() -> None:
    """It must not go from a box around the chin, which would leave a pale patch."""
    worn = {"skin_color": "#f0bd88", "beard_color": "#8e8387"}
    (look, shaven), (plain, bare) = drawn(beard_style="stubble", **worn), drawn(**worn)
    x, y, z = (shaven.local[..., k] for k in range(3))
    jaw = (shaven.part == _SKIN) & (stubble_mask(shaven.local) > 0.9) & (z > 4) & (y > -7.5)
    darker = [
        complexion(without, plain, blush)[jaw].mean(-1) - complexion(grown, look, blush)[jaw].mean(-1)
        for grown, without, blush in ((shaven, bare, True), (shaven, bare, False))
    ]
    for tone in darker:
        assert tone.min() > 0.5 * np.median(tone) > 0.01


def test_black_hair_of_ink_has_few_light_strokes_on_its_crests() -> None:
    look, seen = drawn(hair_style="bob", hair_color="#151012")
    hair, dome = colors(look).hair, crown_form(seen)
    places = np.argwhere(seen.part == _HAIR)
    light = np.array([ink._stroke(seen.albedo[i, j], hair, dome[i, j]) for i, j in places])
    share = (light > 0.4).mean()
    assert 0.002 < share < 0.15, share
    bright = seen.albedo[places[:, 0], places[:, 1]].sum(-1)
    assert bright[light > 0.4].mean() > np.percentile(bright, 70)


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
