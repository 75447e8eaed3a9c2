"""The colours of one character's surfaces, from its appearance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gen_avatar.character.palette import (
    EYE_WHITE,
    MOUTH,
    TEETH,
    TONGUE,
    SkinPalette,
    apart,
    hair_palette,
    hex_to_rgb,
    lightness,
    mix,
    rgb_to_lab,
    shadow_tone,
    skin_palette,
    worn_hair,
)
from gen_avatar.types import Appearance

#: What the per-pixel paint mixes, in the order that its kernel expects.
PAINT_ROLES = ("skin", "lip", "blush", "crease", "shade", "seam", "white", "iris", "pupil", "makeup", "ink")

#: A straw hat; its ribbon has the person's colour.
STRAW = "#e3c48c"
#: Rims of rimless glasses.
_METAL = "#b4bdca"
#: Colours of props, the same for everybody.
PROP_COLORS = {
    "prop-blue": "#63bdf5",
    "prop-red": "#ee3f55",
    "prop-white": "#eef3f8",
    "prop-ink": "#6f8fe8",
}

#: Skin darker than this, L*, takes brows darker than itself, but for hair of less chroma than this.
_DEEP, _GREY = 45.0, 12.0
#: Cloth darker than this, L*, has lighter collars: by how much of white; those of others are so deep.
_DARK_CLOTH, _COLLAR_LIGHT, _COLLAR_DEPTH = 36.0, 0.22, 0.84
#: How far frames of glasses stay from the skin, L*.
_FRAME_GAP = 22.0
#: How far beards stay from the skin, L*: nearer, they would be taken for a mask.
_BEARD_GAP = 16.0
#: Hair between rows of braids is so deep, and stays so far from the skin, L*: rows must not look like a
#: ridged skull.
_ROOTS, _ROOTS_GAP = 0.62, 14.0
#: How far the line where lips meet stays from the skin, L*.
_SEAM_GAP = 26.0
#: How far the lips of deep skin, from the darker of these L* on, are lifted towards warm red.
_LIP_DEEP, _LIP_LIFT, _LIP_WARM = (45.0, 62.0), 0.42, "#b4564f"
#: How much of a shaven beard's tone is the skin's own deep shadow: it shows through, and keeps it from grey.
#: Fair stubble on darker skin takes nearly all of it, or it would look like a mask.
_STUBBLE_SKIN, _FAIR_STUBBLE_SKIN = 0.62, 0.88


@dataclass(frozen=True)
class Colors:
    """sRGB in [0, 1], each [3] float32; ``paint`` [11, 3] in the order of ``PAINT_ROLES``."""

    paint: np.ndarray
    lash: np.ndarray
    lower_lash: np.ndarray
    mouth: np.ndarray
    teeth: np.ndarray
    tongue: np.ndarray
    roles: dict[str, np.ndarray]


def colors(appearance: Appearance) -> Colors:
    """Colours of ``appearance``, features kept apart from the skin."""
    skin = skin_palette(appearance.skin_color)
    lip = mix(skin.lip, hex_to_rgb(appearance.lip_color), 0.7)
    # A lip lighter than the skin looks like a mask: darken it to the palette's lightness.
    if lightness(lip) > lightness(skin.base) - 6:
        lip = mix(lip, skin.lip, 0.7)
    # Lips darker than deep skin are lost on it: warmer and a little lighter ones are seen.
    deep = float(np.clip((_LIP_DEEP[1] - lightness(skin.base)) / (_LIP_DEEP[1] - _LIP_DEEP[0]), 0, 1))
    lip = mix(lip, hex_to_rgb(_LIP_WARM), _LIP_LIFT * deep)
    iris = hex_to_rgb(appearance.eye_color)
    pupil = hex_to_rgb("#1b1416")
    # Dark irises are lifted so that the pupil shows.
    iris = mix(iris, hex_to_rgb("#a06a3c"), float(np.clip((34 - lightness(iris)) / 40, 0, 0.5)))
    hair = worn_hair(appearance).base
    beard = _beard(hair_palette(appearance.beard_color).base, skin)
    fair = lightness(beard) > lightness(skin.base)
    lash = mix(hex_to_rgb("#1d1413"), skin.line, 0.15)
    seam = apart(mix(mix(skin.line, hex_to_rgb(MOUTH), 0.40), lip, 0.15), skin.base, _SEAM_GAP)
    paint = (skin.base, lip, skin.blush, mix(skin.deep, skin.line, 0.35), skin.shadow,
             seam, hex_to_rgb(EYE_WHITE), iris,
             pupil, hex_to_rgb(appearance.makeup_color), lash)  # fmt: skip
    roles = {
        "hair": hair,
        "roots": apart(shadow_tone(hair, _ROOTS), skin.base, _ROOTS_GAP),
        "beard": beard,
        "stubble": mix(beard, skin.deep, _FAIR_STUBBLE_SKIN if fair else _STUBBLE_SKIN),
        "brow": _brow(hair_palette(appearance.brow_color).base, skin),
        "glasses": frame_color(appearance),
        "lens": hex_to_rgb("#dfe9f2"),
        "cloth": hex_to_rgb(appearance.cloth_color),
        "collar": _collar(hex_to_rgb(appearance.cloth_color)),
        "headwear": hex_to_rgb(appearance.headwear_color),
        "trim": shadow_tone(hex_to_rgb(appearance.headwear_color), 0.6),
        "straw": hex_to_rgb(STRAW),
        "cream": hex_to_rgb("#f4ecdf"),
        "shade": hex_to_rgb("#2a2c34"),
        "rim": apart(hex_to_rgb(_METAL), skin.base, _FRAME_GAP),
        "glint": hex_to_rgb("#7d8796"),
        "skin": skin.base,
        "earring": hex_to_rgb(appearance.earring_color),
        **{role: hex_to_rgb(color) for role, color in PROP_COLORS.items()},
    }
    return Colors(
        paint=np.stack(paint).astype(np.float32),
        lash=lash.astype(np.float32),
        lower_lash=mix(skin.deep, skin.line, 0.6).astype(np.float32),
        mouth=hex_to_rgb(MOUTH).astype(np.float32),
        teeth=hex_to_rgb(TEETH).astype(np.float32),
        tongue=hex_to_rgb(TONGUE).astype(np.float32),
        roles={name: np.asarray(color, np.float32) for name, color in roles.items()},
    )


def frame_color(appearance: Appearance) -> np.ndarray:
    """[3] glasses as worn: lighter or darker than chosen where they would be lost on the skin."""
    skin = skin_palette(appearance.skin_color)
    return apart(hex_to_rgb(appearance.glasses_color), skin.base, _FRAME_GAP)


def _collar(cloth: np.ndarray) -> np.ndarray:
    """Collars and ribs stand off from the cloth they are sewn to: darker, or lighter on dark cloth."""
    if lightness(cloth) < _DARK_CLOTH:
        return mix(cloth, np.ones(3, np.float32), _COLLAR_LIGHT)
    return shadow_tone(cloth, _COLLAR_DEPTH)


def _brow(color: np.ndarray, skin: SkinPalette) -> np.ndarray:
    """A brow that stands out: on deep skin fair brows are drawn dark, grey ones stay light."""
    return apart(_dark_on_deep(color, skin, np.inf), skin.base)


def _beard(color: np.ndarray, skin: SkinPalette) -> np.ndarray:
    """A beard that stands out: brown ones a little lighter than deep skin are drawn dark, not made fair."""
    return apart(_dark_on_deep(color, skin, _BEARD_GAP), skin.base, _BEARD_GAP)


def _dark_on_deep(color: np.ndarray, skin: SkinPalette, gap: float) -> np.ndarray:
    """``color`` of hair, dark unless grey where it is lighter than deep skin by less than ``gap``, L*."""
    light, chroma = lightness(color), float(np.linalg.norm(rgb_to_lab(color)[1:]))
    ground = lightness(skin.base)
    if ground < _DEEP and ground < light < ground + gap and chroma > _GREY:
        return mix(color, skin.line, 0.8)
    return color
