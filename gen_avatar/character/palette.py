"""Colours of a drawn person: from one measured colour to the tones that a painter would mix.

All functions take and return sRGB in [0, 1] as float64 arrays [3]; work is done in CIE L*a*b* (D65), where
L* (0 to 100) is the lightness in which contrasts are stated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

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


#: Least chroma that reads as living skin, by L*: measured skins are greyer than painted ones.
_LIVING_L = (25, 40, 55, 70, 85, 92)
_LIVING_CHROMA = (23.0, 30.0, 34.0, 33.0, 19.0, 11.0)
#: The darkest base leaves room for lids and brows ``FEATURE_GAP`` below it, the lightest for highlights.
_BASE_RANGE = (32.5, 91.0)
_LIFT_WIDTH = 6.0
_SKIN_HUE = 55.0


def skin_palette(color: str) -> SkinPalette:
    """Palette of any skin colour, continuous in it.

    Designed tones come back nearly as they are; greyish measured ones are warmed, and the deepest are lifted
    so that features stay ``FEATURE_GAP`` apart.
    """
    light, chroma, hue = _to_lch(hex_to_rgb(color))
    floor, ceiling = _BASE_RANGE
    light = min(floor + _LIFT_WIDTH * math.log1p(math.exp((light - floor) / _LIFT_WIDTH)), ceiling)
    living = float(np.interp(light, _LIVING_L, _LIVING_CHROMA))
    # The hue of a nearly grey colour says little; skin lies between 42 and 74 degrees.
    hue = _SKIN_HUE + min(chroma / living, 1.0) * (float(np.clip(hue, 42, 74)) - _SKIN_HUE)
    chroma = max(chroma, living)
    base = _from_lch(light, chroma, hue)
    deepness = float(np.clip((72 - light) / 38, 0, 1))  # 0 for light skin, 1 for the deepest
    fair = 1 - deepness
    shadow = _from_lch(light * (0.82 + 0.03 * fair), chroma * 1.04 + 8 * fair, _turned(hue, 34, 5 + 6 * fair))
    deep = _from_lch(light * (0.62 + 0.08 * fair), chroma * 1.02 + 12 * fair, _turned(hue, 34, 7 + 10 * fair))
    lit_chroma = chroma * (0.88 + 0.14 * deepness)
    lit = _from_lch(min(light + 3 + 3.5 * deepness, 95), lit_chroma, _turned(hue, 82, 5))
    blush = _from_lch(light - 7 + 4 * deepness, chroma * 0.92 + 13 - 3 * deepness, _turned(hue, 33, 26))
    lip = _from_lch(light - 15 + 7 * deepness, chroma * 0.72 + 15 - 2 * deepness, _turned(hue, 34, 30))
    cool = mix(hex_to_rgb("#fff6ea"), hex_to_rgb("#d5dbef"), deepness)
    specular = mix(lit, cool, 0.45 - 0.15 * deepness)
    tones = (base, shadow, deep, lit, blush, lip, specular, line_tone(base))
    return SkinPalette(*(np.clip(tone, DARKEST, LIGHTEST) for tone in tones))


@dataclass(frozen=True)
class HairPalette:
    """Tones of one hair colour, each [3] sRGB in [0, 1]."""

    base: np.ndarray
    shadow: np.ndarray
    light: np.ndarray
    line: np.ndarray


def hair_palette(color: str) -> HairPalette:
    """Palette of any hair colour, natural or dyed; black hair gets cool lights, fair hair warm ones."""
    light, chroma, hue = _to_lch(hex_to_rgb(color))
    light = min(max(light, 14.0), 90.0)
    base = _from_lch(light, chroma, hue)
    dark = float(np.clip((45 - light) / 30, 0, 1))
    vivid = float(np.clip((chroma - 35) / 30, 0, 1))
    shadow = _from_lch(
        light * (0.70 + 0.05 * vivid), chroma * (1.06 - 0.16 * vivid) + 1.5, _turned(hue, 25, 9 - 4 * vivid)
    )
    warm = _from_lch(min(light + 13 + 4 * dark, 96), chroma * 1.05, _turned(hue, 80, 6))
    cool = _from_lch(light + 22, 10.0, 285)
    neutral = dark * float(np.clip((14 - chroma) / 10, 0, 1))
    return HairPalette(base, shadow, mix(warm, cool, 0.75 * neutral), line_tone(base))


#: How much skin shows through cropped hair.
_BUZZ_SKIN = 0.38


def worn_hair(appearance: Appearance) -> HairPalette:
    """Hair as worn: cropped hair is a tone on the skin, not a cap of its own colour."""
    hair = hair_palette(appearance.hair_color)
    if appearance.hair_style != "buzz":
        return hair
    return hair_palette(rgb_to_hex(mix(hair.base, skin_palette(appearance.skin_color).base, _BUZZ_SKIN)))
