"""The look ``clay``: a soft 3D figure of vinyl, in a warm studio light.

Light is computed in linear sRGB on the smoothed form: a wrapped warm key whose border on skin glows red like
light below skin, a cool fill, sky and warm bounce dimmed by occlusion, soft shadows of fringe and chin; then
broad highlights, a glossy band on hair, and a rim that frees dark things from dark grounds.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numba import njit

from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.camera import KEY_LIGHT
from gen_avatar.character.colors import colors
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.character.palette import DARKEST, LIGHTEST
from gen_avatar.types import Appearance
from training.studio.crescent import soft_shade
from training.studio.crown import band_strength, crown_form, locks_on, taper
from training.studio.faces import own_shade
from training.studio.form import BUTTON, GLINT, LIP, NOSE, form_of, spot
from training.studio.frames import (
    LIFT,
    LIFTED,
    MODELLED,
    averaged,
    darkness,
    deepness,
    evened,
    silhouette,
    smooth,
)
from training.studio.tones import hair_of, tones_of

#: The lights, linear: colour times strength.
KEY = np.array([0.86, 0.80, 0.72], np.float32)
FILL = np.array([0.17, 0.17, 0.185], np.float32)
SKY = np.array([0.30, 0.29, 0.29], np.float32)
BOUNCE = np.array([0.27, 0.20, 0.17], np.float32)
RIM = np.array([0.86, 0.90, 1.0], np.float32)
FILL_LIGHT = np.array([0.78, -0.05, 0.62], np.float32)
#: How much more fill and sky deep skin has, and how much light without a direction: it would be too dark.
FILL_DEEP, LIFT_DEEP = 0.50, 0.075
#: How much of the key light hair and hats take from the skin right below them.
CONTACT = 0.62
#: How far light wraps around skin, and around everything else.
WRAP_SKIN = np.array([0.50, 0.34, 0.28], np.float32)
WRAP = np.array([0.32, 0.30, 0.29], np.float32)
#: The warm border of light and shadow on skin, and how much light bleeds into shadows that fall on skin.
GLOW = np.array([0.105, 0.022, 0.0], np.float32)
BLED = np.array([0.42, 0.27, 0.22], np.float32)
#: How much of the fine form shows on skin, hair and elsewhere; the rest is the broad one.
FINE_SKIN, FINE_HAIR, FINE = 0.65, 0.62, 0.70
#: The glossy band on hair, as of :mod:`training.studio.crown` but broad and soft: its strength, its spread in
#: half widths, and how much single locks move it.
BAND, BAND_SPREAD, LOCKS = 0.37, 1.5, 1.2
#: The broad light on beards and the smaller one.
BEARD, BEARD_NEAR = 0.11, 0.04
#: The tip of the nose at rest, as of :func:`training.studio.form.spot`, and how much of its shine it lacks.
TIP, TIP_DULL = (0.0, -0.1, 2.2, 1.7), 0.75
#: How much of the light on the white of an eye is even: grey at its sides, it looks dirty.
EYE_LIT = 0.88
#: How much of the fine form shows on a nose, and the strength of the one clear light on its tip.
FINE_NOSE, GLEAM = 0.90, 0.19
#: The colour of lights on dark hair.
COOL = (0.50, 0.56, 0.68)
#: Width of the rim of light and of the soft dark edge of pale things, share of the picture.
EDGE = 3.6 / 256
#: The rim is so many times as wide: a lit side and no thin line.
RIM_WIDE = 1.5
#: The rim is full so far within, of that width, and has begun so far beyond the figure's edge: all of it at
#: the very edge would be a pale fringe, and none of it there a thin dark line around what is lit.
RIM_FULL, RIM_BEGUN = 0.75, 0.20

_SKIN, _LIPS, _EYE, _IRIS, _LASH, _BROW, _MOUTH, _TEETH, _TONGUE, _HAIR, _BEARD, _GLASSES, _ORNAMENT = (
    PART_INDEX[name]
    for name in (
        "skin", "lips", "eye", "iris", "lash", "brow", "mouth", "teeth", "tongue", "hair", "beard", "glasses",
        "ornament",
    )
)  # fmt: skip


def paint(geometry: GBuffer, appearance: Appearance, factor: int) -> np.ndarray:
    """[S / factor, S / factor, 4] float32 straight sRGB and alpha."""
    color = np.zeros_like(geometry.albedo)
    covered = geometry.part >= 0
    inside = cv2.distanceTransform(np.pad(covered, 1, "edge").astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    half = KEY_LIGHT + np.array([0, 0, 1], np.float32)
    _shade(geometry.part, geometry.albedo, geometry.normal, form_of(geometry), crown_form(geometry),
           soft_shade(geometry), geometry.local, geometry.catchlight, geometry.lens,
           inside / (EDGE * len(color)), KEY_LIGHT, half / np.linalg.norm(half),
           tones_of(appearance).gloss, hair_of(appearance), colors(appearance).hair,
           BAND * band_strength(appearance), color)  # fmt: skip
    return averaged(evened(color, geometry.part), covered, factor, silhouette(covered))


#: Entries of the tables below per unit, and the brightest light that they know.
_BINS, _BRIGHTEST = 1024, 4


def _tables() -> tuple[np.ndarray, np.ndarray]:
    """sRGB to linear, [0, 1]; and linear light to sRGB with a soft shoulder above 0.7."""
    value = np.arange(_BINS + 2) / _BINS
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    value = np.arange(_BRIGHTEST * _BINS + 2) / _BINS
    value = np.where(value > 0.7, 1 - 0.3 * np.exp(-(value - 0.7) / 0.3), value)
    film = np.where(value <= 0.0031308, 12.92 * value, 1.055 * value ** (1 / 2.4) - 0.055)
    return linear.astype(np.float32), film.astype(np.float32)


_LINEAR, _FILM = _tables()


@njit(cache=True, nogil=True, error_model="numpy")
def _looked_up(table, value):  # type: ignore[no-untyped-def]
    x = min(max(value * _BINS, 0.0), table.shape[0] - 2.0)
    i = int(x)
    return table[i] + (table[i + 1] - table[i]) * (x - i)


@njit(cache=True, nogil=True, error_model="numpy")
def _shade(
    part, albedo, normal, form, dome, touched, local, catchlight, lens, inside, key, half, gloss, own,
    hair, strength, color,
):  # type: ignore[no-untyped-def]  # fmt: skip
    rows, columns = part.shape
    for row in range(rows):
        for column in range(columns):
            p = part[row, column]
            if p < 0:
                continue
            f = form[row, column]
            skin, hairy = p in (_SKIN, _LIPS, _BROW), p in (_HAIR, _BEARD)
            fine = FINE_SKIN if skin else FINE_HAIR if hairy else FINE
            if p == _SKIN:
                fine += (FINE_NOSE - FINE_SKIN) * spot(local[row, column], BUTTON, 0.5)
            x, y, z = f[3] + fine * (f[0] - f[3]), f[4] + fine * (f[1] - f[4]), f[5] + fine * (f[2] - f[5])
            length = 1 / math.sqrt(x * x + y * y + z * z)
            x, y, z = x * length, y * length, z * length
            facing = x * key[0] + y * key[1] + z * key[2]
            beside = 0.5 + 0.5 * (x * FILL_LIGHT[0] + y * FILL_LIGHT[1] + z * FILL_LIGHT[2])
            dot = max(0.0, x * half[0] + y * half[1] + z * half[2])
            near = max(0.0, f[0] * half[0] + f[1] * half[1] + f[2] * half[2])
            seen, open_ = 1 - smooth(0.0, 1.0, f[6]), f[7]
            turn = math.exp(-(((facing - 0.02) / 0.30) ** 2))
            border = math.exp(-inside[row, column] * inside[row, column])
            across = inside[row, column] / RIM_WIDE
            rim = math.exp(-across * across) * smooth(-RIM_BEGUN, RIM_FULL, inside[row, column])
            rim *= smooth(-0.5, 0.5, f[0] + 0.6 * f[1])
            shine, glow, lift, night, deep = 0.0, 0.0, 0.0, 0.0, 0.0
            if skin:
                deep = deepness(albedo[row, column])
                lift = LIFT_DEEP * deep
            if p == _SKIN:
                seen *= 1 - CONTACT * touched[row, column]
                seen *= 1 - 0.58 * spot(local[row, column], NOSE, 0.6) * smooth(-0.1, 0.3, -f[1])
                seen *= 1 - 0.28 * spot(local[row, column], LIP, 0.7)
                seen *= 1 - 0.42 * smooth(0.0, 0.8, f[8])
                seen = 1 - (1 - seen) * own_shade(local[row, column])
                tip = 1 - TIP_DULL * spot(local[row, column], TIP, 0.6)
                shine = (0.105 * dot**8 + tip * (0.07 * near**22 + 0.05 * near**70)) * (0.3 + 0.7 * seen)
                shine += GLEAM * spot(local[row, column], GLINT, 0.55) * smooth(0.2, 0.7, near)
                shine *= 1 + MODELLED * deep
                glow = 0.22 * rim
            elif p == _LIPS:
                shine = (0.08 * near**10 + 0.26 * near**60) * (0.3 + 0.7 * seen)
                glow = 0.06 * rim
            elif p == _BROW:
                shine = 0.05 * near**12
            elif hairy:
                night = darkness(own[p])
                crown = dome[row, column]
                # On single curls of dark hair it would look like mould.
                off = (crown[4] + LOCKS * (1 - 0.7 * night) * (f[1] - f[4])) / BAND_SPREAD
                lit = smooth(-0.3, 0.5, facing) * (0.25 + 0.75 * seen) * open_
                band = strength * math.exp(-off * off) * taper(crown)
                if p == _HAIR:
                    band *= 0.25 + 0.75 * locks_on(albedo[row, column], hair)
                shine = (band + 0.07 * (1 - 0.9 * night) * near**14) * lit
                if p == _BEARD:
                    shine = (BEARD * dot**7 + BEARD_NEAR * (1 - 0.5 * night) * near**14) * lit
                # Only dark hair needs to be freed from its ground; thin fair locks would fade.
                glow = 0.37 * rim * (1 - 0.8 * smooth(0.15, 0.45, albedo[row, column, 1]))
                lift = 0.02
            elif p in (_EYE, _IRIS):
                shine = 0.06 * dot**24
            elif p == _TEETH:
                shine = 0.10 * dot**20
            elif p in (_GLASSES, _ORNAMENT):
                n = normal[row, column]
                shine = 0.40 * smooth(0.45, 0.9, 0.8 * n[1] - 0.45 * n[0])
                glow = 0.12 * rim
            elif p in (_TONGUE, _MOUTH):
                shine = 0.08 * dot**20
            elif p != _LASH:
                night = 0.3 * darkness(albedo[row, column])
                shine = 0.08 * dot**7 * (0.3 + 0.7 * seen)
                glow = 0.20 * rim
            a0, a1 = albedo[row, column, 1], min(albedo[row, column, 0], albedo[row, column, 2])
            pale = smooth(0.66, 0.86, 0.5 * a0 + 0.5 * min(a0, a1))
            for k in range(3):
                a = albedo[row, column, k]
                a = _looked_up(_LINEAR, a + LIFT * night * max(0.0, LIFTED[k] - a))
                if skin:
                    direct = max(0.0, (facing + WRAP_SKIN[k]) / (1 + WRAP_SKIN[k]))
                    direct *= (0.9 + 0.1 * direct) * (seen + (1 - seen) * BLED[k])
                    # Pale occlusion on skin is warm: light that has been through it.
                    closed = 1 - (0.5 + 0.2 * k) * (1 - open_)
                else:
                    direct = max(0.0, (facing + WRAP[k]) / (1 + WRAP[k]))
                    direct *= (0.9 + 0.1 * direct) * (0.15 + 0.85 * seen)
                    closed = open_
                around = SKY[k] * (0.5 + 0.5 * y) + BOUNCE[k] * (0.5 - 0.5 * y) + FILL[k] * beside
                around *= 1 + FILL_DEEP * deep
                fall = KEY[k] * direct * (0.5 + 0.5 * closed) + around * closed + lift
                if skin:
                    fall += GLOW[k] * turn * seen
                elif p == _EYE:
                    fall = EYE_LIT + (1 - EYE_LIT) * fall
                elif p in (_IRIS, _TEETH):
                    fall = 0.55 + 0.45 * fall
                elif p == _LASH:
                    fall = 0.6
                tint = gloss[p, k] if p in (_SKIN, _LIPS, _HAIR, _BEARD) else 1.0
                if hairy:
                    tint += 0.5 * night * (COOL[k] - tint)
                value = a * fall * (1 - 0.38 * pale * border) + shine * KEY[k] * (
                    tint if hairy else tint * tint
                )
                value += glow * (1 - pale) * RIM[k] * (0.30 + 0.70 * math.sqrt(a))
                value = _looked_up(_FILM, value)
                value += catchlight[row, column] * (LIGHTEST[k] - value)
                value += 0.07 * lens[row, column] * ((0.90, 0.95, 1.0)[k] - value)
                color[row, column, k] = min(max(value, DARKEST[k]), LIGHTEST[k])
