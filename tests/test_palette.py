"""The painter's palettes: living skin at every tone, features that stand apart, hair that reads anywhere."""

from __future__ import annotations

import numpy as np
import pytest

from gen_avatar.character import palette
from gen_avatar.character.colors import PAINT_ROLES, colors
from gen_avatar.types import Appearance
from training.studio.palettes import DYED_HAIR, NATURAL_HAIR, SKIN_TONES


def _chroma(rgb: np.ndarray) -> float:
    return float(np.hypot(*palette.rgb_to_lab(rgb)[1:]))


@pytest.mark.parametrize("tone", SKIN_TONES)
def test_designed_skins_are_alive(tone: str) -> None:
    skin = palette.skin_palette(tone)
    assert np.abs(skin.base - palette.hex_to_rgb(tone)).max() < 0.03, "a designed tone is its own base"
    base, shadow = palette.lightness(skin.base), palette.lightness(skin.shadow)
    assert 0.80 <= shadow / base <= 0.85
    assert min(_chroma(t) for t in (skin.shadow, skin.deep, skin.blush, skin.lip)) > _chroma(skin.base) - 1
    # A blush and a lip are redder than the skin: their hue turns towards red.
    hue = [np.degrees(np.arctan2(*palette.rgb_to_lab(t)[:0:-1])) for t in (skin.base, skin.blush, skin.lip)]
    assert hue[0] > hue[1] + 8 > hue[2] + 8


def test_the_fairest_skin_is_no_chalk_and_the_deepest_has_depth() -> None:
    fair, deep = (palette.skin_palette(tone) for tone in (SKIN_TONES[0], SKIN_TONES[-1]))
    assert palette.lightness(fair.base) < 89.6 and _chroma(fair.shadow) > _chroma(fair.base) + 8
    # A nose on deep skin is told by its creases and its light.
    base = palette.lightness(deep.base)
    assert palette.lightness(deep.deep) < base - 15 and palette.lightness(deep.light) > base + 9


def test_speculars_are_cooler_and_stronger_on_deep_skin() -> None:
    rise, blue = [], []
    for tone in (SKIN_TONES[0], SKIN_TONES[-1]):
        skin = palette.skin_palette(tone)
        rise.append(palette.lightness(skin.specular) - palette.lightness(skin.base))
        blue.append(palette.rgb_to_lab(skin.specular)[2])
    assert rise[1] > rise[0] + 10 and blue[1] < blue[0]


@pytest.mark.parametrize("color", NATURAL_HAIR + DYED_HAIR)
def test_hair_has_shadow_light_and_line(color: str) -> None:
    hair = palette.hair_palette(color)
    line, shadow, base, light = (
        palette.lightness(t) for t in (hair.line, hair.shadow, hair.base, hair.light)
    )
    assert line < shadow < base - 3 and light > base + 5


def test_white_hair_reads_on_white_and_black_has_cool_lights() -> None:
    white, black = palette.hair_palette("#ffffff"), palette.hair_palette("#1b1518")
    assert palette.lightness(white.base) < 90 and palette.lightness(white.line) < 45
    assert palette.rgb_to_lab(black.light)[2] < -1


@pytest.mark.parametrize("tone", SKIN_TONES)
def test_bare_lips_are_a_tone_of_the_skin_and_made_up_ones_as_dark_as_chosen(tone: str) -> None:
    def gap(makeup: str) -> float:
        look = Appearance(skin_color=tone, lip_color="#4c1620", makeup_style=makeup)
        paint = colors(look).paint[[PAINT_ROLES.index("skin"), PAINT_ROLES.index("lip")]]
        return palette.lightness(paint[0]) - palette.lightness(paint[1])

    assert gap("none") < 32
    assert gap("glam") > gap("none") - 1e-6


@pytest.mark.parametrize("tone", SKIN_TONES)
def test_lips_are_barely_darker_than_the_skin_unless_they_are_painted(tone: str) -> None:
    skin = palette.skin_palette(tone)

    def lip(color: str, makeup: str = "none", beard: str = "none") -> np.ndarray:
        look = Appearance(skin_color=tone, lip_color=color, makeup_style=makeup, beard_style=beard)
        return palette.rgb_to_lab(colors(look).paint[PAINT_ROLES.index("lip")])

    base, natural = palette.rgb_to_lab(skin.base), palette.rgb_to_hex(skin.lip)
    bare = lip(natural)
    assert 4 < base[0] - bare[0] < 14.5
    assert np.hypot(*bare[1:]) - np.hypot(*base[1:]) < 16 and bare[1] > base[1] + 5
    # A colour of the lips' own shows a little, lipstick does.
    assert 0.5 < np.linalg.norm(lip(palette.rgb_to_hex(0.93 * skin.lip)) - bare) < 8
    assert lip("#c2334d")[1] > bare[1] + 10 and np.linalg.norm(lip(natural, makeup="glam") - bare) > 4
    # Within a beard pale lips would be taken for teeth.
    assert lip(natural, beard="full")[0] < bare[0] - 2


@pytest.mark.parametrize("tone", SKIN_TONES)
def test_the_lower_lashes_are_light_and_the_line_of_the_mouth_is_dark(tone: str) -> None:
    paint = colors(Appearance(skin_color=tone, lip_color=palette.rgb_to_hex(palette.skin_palette(tone).lip)))
    lip, seam = (palette.lightness(paint.paint[PAINT_ROLES.index(name)]) for name in ("lip", "seam"))
    assert palette.lightness(paint.lower_lash) > palette.lightness(paint.lash) + 13
    assert seam < lip - 10


@pytest.mark.parametrize("tone", SKIN_TONES)
def test_hair_is_never_the_skins_colour_and_else_as_asked_for(tone: str) -> None:
    ground = palette.rgb_to_lab(palette.skin_palette(tone).base)

    def worn(color: str) -> np.ndarray:
        return palette.rgb_to_lab(palette.worn_hair(Appearance(skin_color=tone, hair_color=color)).base)

    for color in (tone, *NATURAL_HAIR, *DYED_HAIR):
        away = (worn(color) - ground) * [1, 0.6, 0.6]
        # The deepest skin and black hair are as far apart as paint allows.
        assert np.linalg.norm(away) > min(18.5, ground[0] - 12.5), color
        asked = palette.rgb_to_lab(palette.hair_palette(color).base)
        assert np.linalg.norm(worn(color) - asked) < 28
    far = "#3f6fd0"
    np.testing.assert_allclose(worn(far), palette.rgb_to_lab(palette.hair_palette(far).base))


def test_grey_brows_on_deep_skin_are_seen_below_a_white_fringe() -> None:
    look = Appearance(skin_color="#74442f", hair_color="#e2e6e3", brow_color="#b6b9b7")
    brow, hair = (palette.lightness(colors(look).roles[name]) for name in ("brow", "hair"))
    assert palette.lightness(palette.skin_palette(look.skin_color).base) + 24 < brow < hair - 18


def test_black_beards_have_a_middle_tone_that_locks_are_seen_on() -> None:
    look = Appearance(skin_color="#efc596", beard_color="#1c1314", beard_style="full")
    assert 18 < palette.lightness(colors(look).roles["beard"]) < 30
