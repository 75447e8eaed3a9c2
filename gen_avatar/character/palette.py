"""Colours of a drawn person: from one measured colour to the tones that a painter would mix.

All functions take and return sRGB in [0, 1] as float64 arrays [3]; work is done in CIE L*a*b* (D65), where
L* (0 to 100) is the lightness in which contrasts are stated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from gen_avatar.types import Appearance

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_FROM_XYZ = np.linalg.inv(_TO_XYZ)
_WHITE = _TO_XYZ.sum(1)

#: The darkest and the lightest paint: there is no pure black and no pure white in a picture.
DARKEST = np.array([20, 15, 18]) / 255.0
LIGHTEST = np.array([252, 250, 246]) / 255.0
#: Features (brows, lids, nostrils, the line of the mouth) keep this distance in L* from the skin.
FEATURE_GAP = 25.0
#: Eye white, teeth, tongue, the inside of the mouth.
EYE_WHITE = "#f3efe9"
TEETH = "#f6f1e8"
TONGUE = "#d8636b"
MOUTH = "#5e1a22"


def hex_to_rgb(color: str) -> np.ndarray:
    """``#rrggbb`` → [3] sRGB in [0, 1]."""
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0


def rgb_to_hex(rgb: np.ndarray) -> str:
    """[3] sRGB in [0, 1] → ``#rrggbb``, clipped."""
    return "#" + "".join(f"{round(float(v) * 255):02x}" for v in np.clip(rgb, 0, 1))


def rgb_to_lab(rgb: np.ndarray) -> np.ndarray:
    """[..., 3] sRGB in [0, 1] → [..., 3] L*, a*, b*."""
    rgb = np.asarray(rgb, np.float64)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((np.maximum(rgb, 0) + 0.055) / 1.055) ** 2.4)
    t = linear @ _TO_XYZ.T / _WHITE
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def lab_to_rgb(lab: np.ndarray) -> np.ndarray:
    """[..., 3] L*, a*, b* → [..., 3] sRGB, clipped to [0, 1]."""
    lab = np.asarray(lab, np.float64)
    y = (lab[..., 0] + 16) / 116
    f = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], -1)
    t = np.where(f > 0.206893, f**3, (f - 16 / 116) / 7.787)
    linear = np.clip(t * _WHITE @ _FROM_XYZ.T, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def lightness(rgb: np.ndarray) -> float:
    """L* of one sRGB colour."""
    return float(rgb_to_lab(rgb)[..., 0])


def _to_lch(rgb: np.ndarray) -> tuple[float, float, float]:
    light, a, b = rgb_to_lab(rgb)
    return float(light), math.hypot(a, b), math.degrees(math.atan2(b, a))


def _from_lch(light: float, chroma: float, hue: float) -> np.ndarray:
    angle = math.radians(hue)
    rgb = lab_to_rgb(np.array([light, chroma * math.cos(angle), chroma * math.sin(angle)]))
    return np.clip(rgb, DARKEST, LIGHTEST)


def mix(a: np.ndarray, b: np.ndarray, t: float) -> np.ndarray:
    """``a`` at t = 0, ``b`` at t = 1."""
    return a * (1 - t) + b * t


def _turned(hue: float, towards: float, degrees: float) -> float:
    """``hue`` moved by at most ``degrees`` along the shorter way towards ``towards``."""
    gap = (towards - hue + 180) % 360 - 180
    return hue + math.copysign(min(abs(gap), degrees), gap)


def apart(color: np.ndarray, background: np.ndarray, gap: float = FEATURE_GAP) -> np.ndarray:
    """``color`` moved in lightness until it is ``gap`` L* away from ``background``.

    It keeps to its side; where that side has no room, dark features go as dark as paint allows and the rest
    is owed by the skin palette, which leaves room below its darkest base.
    """
    light, chroma, hue = _to_lch(color)
    ground = lightness(background)
    if abs(light - ground) >= gap:
        return np.clip(color, DARKEST, LIGHTEST)
    target = ground + gap if light > ground and ground + gap <= 94 else ground - gap
    return _from_lch(max(target, lightness(DARKEST)), chroma * (0.6 if target < 12 else 1.0), hue)


def line_tone(color: np.ndarray) -> np.ndarray:
    """Colour of an outline around a material: dark, of its own hue, never black."""
    light, chroma, hue = _to_lch(color)
    hue = 45 + min(chroma / 12, 1.0) * (hue - 45)  # the hue of a grey is no hue; warm reads best
    target = max(min(0.40 * light, light - 27), 7.0)
    return _from_lch(target, min(chroma * 0.95, 12 + 0.9 * target), _turned(hue, 30, 8))


def shadow_tone(color: np.ndarray, depth: float = 0.82) -> np.ndarray:
    """Shadow of cloth, glasses and other dyed things: darker, more saturated, a little cooler."""
    light, chroma, hue = _to_lch(color)
    return _from_lch(light * depth, chroma * 1.06 + 1, _turned(hue, 300, 6))


@dataclass(frozen=True)
class SkinPalette:
    """Tones of one skin, each [3] sRGB in [0, 1]."""

    base: np.ndarray
    shadow: np.ndarray
    deep: np.ndarray
    light: np.ndarray
    blush: np.ndarray
    lip: np.ndarray
    specular: np.ndarray
    line: np.ndarray


#: Ten skins, lightest to deepest, one for each of the Monk scale, mixed by eye: L*, chroma and hue in degrees
#: of base, shadow, deep, light, blush, lip and line. Fair skin is kept from chalk by peach shadows and a pink
#: blush, olive and golden skin by shadows turned to terracotta, deep skin from mud by red-brown shadows and
#: golden lights.
_SKINS = np.array([
    [(89, 19, 57), (75, 30, 43), (63, 35, 37), (92, 17, 70), (77, 33, 26), (65, 36, 22), (40, 34, 36)],
    [(86, 23, 59), (72, 33, 46), (60, 38, 40), (90, 21, 73), (75, 35, 28), (61, 38, 25), (36, 32, 38)],
    [(85, 28, 71), (71, 38, 57), (58, 42, 49), (90, 27, 82), (73, 40, 38), (59, 39, 31), (34, 32, 43)],
    [(80, 34, 69), (66, 44, 56), (53, 46, 48), (86, 33, 80), (67, 45, 40), (54, 41, 31), (31, 33, 43)],
    [(71, 40, 66), (58, 48, 54), (46, 48, 47), (78, 40, 77), (60, 50, 41), (47, 42, 31), (27, 32, 43)],
    [(60, 42, 63), (49, 48, 53), (39, 46, 47), (68, 43, 73), (51, 50, 41), (42, 41, 32), (22, 29, 41)],
    [(50, 39, 59), (41, 44, 51), (31, 41, 45), (60, 41, 67), (47, 47, 43), (37, 39, 29), (18, 25, 38)],
    [(43, 35, 54), (35, 39, 47), (25, 36, 42), (53, 37, 62), (42, 45, 40), (33, 37, 26), (14, 20, 37)],
    [(38, 31, 51), (31, 35, 44), (20, 32, 39), (49, 33, 58), (38, 42, 38), (30, 34, 25), (11, 15, 35)],
    [(34, 27, 48), (28, 31, 41), (17, 28, 37), (45, 30, 54), (35, 39, 36), (27, 32, 24), (8, 11, 34)],
], np.float64)  # fmt: skip
#: Highlights of the ten skins: warm on fair skin, of the sky, hence cooler and stronger, on deep skin.
_SPECULARS = ("#fff7ee", "#fff2e4", "#fff0d6", "#fce3c0", "#f5d0a6", "#e6b890", "#d3a585", "#bf998c",
              "#b3918d", "#a78993")  # fmt: skip
#: Least chroma of a base as a share of the designed one: measured skins are greyer than painted ones.
_LIVING = 0.82
#: The darkest base leaves room for lids and brows ``FEATURE_GAP`` below it, the lightest for highlights.
_BASE_RANGE = (33.0, 89.5)
_LIFT_WIDTH = 3.5
_SKIN_HUE = 57.0


@lru_cache(maxsize=128)
def skin_palette(color: str) -> SkinPalette:
    """Palette of any skin colour, continuous in it.

    The colour keeps its lightness, chroma and hue as far as they can be a living skin's; its tones differ
    from it as those of the designed skins of its lightness differ from their base. The deepest colours are
    lifted so that features stay ``FEATURE_GAP`` apart.
    """
    light, chroma, hue = _to_lch(hex_to_rgb(color))
    floor, ceiling = _BASE_RANGE
    light = min(floor + _LIFT_WIDTH * math.log1p(math.exp((light - floor) / _LIFT_WIDTH)), ceiling)
    skins = _SKINS[::-1]

    def at(values: np.ndarray) -> float:
        return float(np.interp(light, skins[:, 0, 0], values))

    living = _LIVING * at(skins[:, 0, 1])
    # The hue of a nearly grey colour says little; skin lies between 42 and 74 degrees.
    hue = _SKIN_HUE + min(chroma / living, 1.0) * (float(np.clip(hue, 42, 74)) - _SKIN_HUE)
    chroma = max(chroma, living)
    base = _from_lch(light, chroma, hue)
    shadow, deep, lit, blush, lip, line = (
        _from_lch(
            light * at(skins[:, k, 0] / skins[:, 0, 0]),
            chroma + at(skins[:, k, 1] - skins[:, 0, 1]),
            hue + at(skins[:, k, 2] - skins[:, 0, 2]),
        )
        for k in range(1, 7)
    )
    sheen = np.stack([rgb_to_lab(hex_to_rgb(tone)) for tone in _SPECULARS[::-1]])
    specular = lab_to_rgb(np.array([at(sheen[:, k]) for k in range(3)]))
    tones = (base, shadow, deep, lit, blush, lip, specular, line)
    return SkinPalette(*(np.clip(tone, DARKEST, LIGHTEST) for tone in tones))


@dataclass(frozen=True)
class HairPalette:
    """Tones of one hair colour, each [3] sRGB in [0, 1]."""

    base: np.ndarray
    shadow: np.ndarray
    light: np.ndarray
    line: np.ndarray


#: By the lightness of the hair: how dark its shadow is, coloured or grey, and how far its lights rise, L*.
_HAIR_LIGHTNESS = (12, 30, 50, 70, 90)
_HAIR_SHADE = (0.66, 0.68, 0.72, 0.76, 0.80)
_GREY_SHADE = (0.66, 0.70, 0.76, 0.80, 0.80)
_HAIR_LIFT = (17, 16, 14, 12, 7)
#: White hair is drawn below white, so that it reads on paper.
_HAIR_RANGE = (12.0, 88.0)


@lru_cache(maxsize=128)
def hair_palette(color: str) -> HairPalette:
    """Palette of any hair colour, natural or dyed; black hair gets cool lights, fair hair warm ones."""
    light, chroma, hue = _to_lch(hex_to_rgb(color))
    light = min(max(light, _HAIR_RANGE[0]), _HAIR_RANGE[1])
    base = _from_lch(light, chroma, hue)

    def at(values: tuple[float, ...]) -> float:
        return float(np.interp(light, _HAIR_LIGHTNESS, values))

    vivid = float(np.clip((chroma - 35) / 30, 0, 1))
    grey = float(np.clip((14 - chroma) / 10, 0, 1))
    # Shadows of blond hair are honey, of dyes pure, of grey and white hair blue.
    warm = _from_lch(
        light * at(_HAIR_SHADE), chroma * (1.08 - 0.1 * vivid) + 3, _turned(hue, 45, 9 - 5 * vivid)
    )
    blue = _from_lch(light * at(_GREY_SHADE), 5.0 + 3.0 * light / 90, 275)
    lit = _from_lch(
        min(light + at(_HAIR_LIFT), 96), chroma * (1.08 + 0.1 * vivid), _turned(hue, 82, 7 - 4 * vivid)
    )
    cool = _from_lch(min(light + at(_HAIR_LIFT), 97), 9.0 * (1 - light / 100), 278)
    line = mix(line_tone(base), _from_lch(max(0.42 * light, 7), 6.0, 290), 0.7 * grey)
    return HairPalette(base, mix(warm, blue, grey), mix(lit, cool, grey), line)


#: How much skin shows through cropped hair.
_BUZZ_SKIN = 0.38
#: How far hair stays from the skin, L*, how much less other hues count in that than lightness, and how its
#: chroma falls with its lightness: a face would melt into hair of its own colour. Hair that is little lighter
#: than skin looks like skin in the light: it is made lighter only where that is so much nearer than darker.
_HAIR_GAP, _GAP_HUE, _DARKENED, _LIGHTER = 19.0, 0.6, 0.5, 0.5


def worn_hair(appearance: Appearance) -> HairPalette:
    """Hair as worn: cropped hair is a tone on the skin, not a cap of its own colour."""
    hair, skin = hair_palette(appearance.hair_color), skin_palette(appearance.skin_color).base
    if appearance.hair_style == "buzz":
        return hair_palette(rgb_to_hex(mix(hair.base, skin, _BUZZ_SKIN)))
    return _off_skin(hair, skin)


def _off_skin(hair: HairPalette, skin: np.ndarray) -> HairPalette:
    """``hair``, darker, or lighter, where it is as good as the skin's colour."""
    (light, *hue), (ground, *bare) = rgb_to_lab(hair.base), rgb_to_lab(skin)

    def rise(kept: float) -> float:
        beside = _GAP_HUE * math.dist([kept * tone for tone in hue], bare)
        return math.sqrt(max(_HAIR_GAP**2 - beside**2, 0.0))

    low, high, kept = ground - rise(1.0), ground + rise(1.0), 1.0
    if not low < light < high:
        return hair
    if high <= _HAIR_RANGE[1] and (high - light < _LIGHTER * (light - low) or low < _HAIR_RANGE[0]):
        return hair_palette(rgb_to_hex(lab_to_rgb(np.array([high, *hue]))))
    # Darker hair has less chroma, and hence another gap.
    for _ in range(8):
        kept = min(max(low, 0.0) / light, 1.0) ** _DARKENED
        low = min(ground - rise(kept), light)
    return hair_palette(rgb_to_hex(lab_to_rgb(np.array([low, *(kept * tone for tone in hue)]))))
