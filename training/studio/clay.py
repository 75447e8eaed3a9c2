"""The look ``clay``: a soft 3D figure of vinyl, in a warm studio light.

Light is computed in linear sRGB: a wrapped warm key, a cool fill, sky and bounce dimmed by ambient occlusion
from the positions around, all of it diffused on the skin (red furthest, like light below skin), then broad
highlights, strands and a rim. All of it is local: nothing looks further than ``REACH`` of the picture.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.camera import KEY_LIGHT
from gen_avatar.character.mesh import PART_INDEX, PARTS
from gen_avatar.character.palette import DARKEST, LIGHTEST
from gen_avatar.types import Appearance
from training.studio.frames import averaged, smooth, strand_sine
from training.studio.tones import tones_of

#: How far occlusion looks, share of the picture: 14 pixels of 256.
REACH = 14 / 256
#: Spread of the light below the skin per channel, share of the picture.
SPREAD = np.array([3.2, 1.6, 1.0], np.float32) / 256
#: The lights, linear: colour times strength.
KEY = np.array([0.98, 0.90, 0.80], np.float32)
FILL = np.array([0.155, 0.175, 0.215], np.float32)
SKY = np.array([0.27, 0.27, 0.285], np.float32)
BOUNCE = np.array([0.235, 0.175, 0.145], np.float32)
RIM = np.array([0.80, 0.86, 1.0], np.float32)
FILL_LIGHT = np.array([0.78, -0.05, 0.62], np.float32)
#: How far light wraps around skin, and around everything else.
WRAP_SKIN = np.array([0.55, 0.38, 0.33], np.float32)
WRAP = np.array([0.30, 0.28, 0.27], np.float32)
#: Occlusion falls off over this distance, cm.
AO_RANGE = 2.6

_SKIN, _LIPS, _EYE, _IRIS, _LASH, _BROW, _MOUTH, _TEETH, _TONGUE, _HAIR, _BEARD, _GLASSES, _CLOTH = (
    PART_INDEX[name]
    for name in (
        "skin", "lips", "eye", "iris", "lash", "brow", "mouth", "teeth", "tongue", "hair", "beard", "glasses",
        "cloth",
    )
)  # fmt: skip


def _taps() -> np.ndarray:
    """[16, 2] offsets on a spiral, shares of the reach."""
    turn = np.arange(16) * np.pi * (3 - np.sqrt(5))
    radius = (np.arange(16) + 1.0) / 16
    return (np.stack([np.sin(turn), np.cos(turn)], 1) * radius[:, None]).astype(np.float32)


_TAPS = _taps()
#: What light diffuses within: skin with all that is painted on it, and every other part by itself.
_DIFFUSE = np.array(
    [0 if name in ("skin", "lips", "brow") else 1 + i for i, name in enumerate(PARTS)], np.int64
)


def paint(geometry: GBuffer, appearance: Appearance, factor: int) -> np.ndarray:
    """[S / factor, S / factor, 4] float32 straight sRGB and alpha."""
    size = len(geometry.part)
    light = np.zeros((size, size, 4), np.float32)
    _occlude(geometry.part, geometry.position, geometry.normal, _TAPS * (REACH * size), light)
    _smooth_occlusion(geometry.part, light, max(1, round(size / 256)))
    _illuminate(geometry.part, geometry.normal, geometry.visibility, KEY_LIGHT, light)
    step = max(1, round(size / 256))
    spread = SPREAD * size
    across = _diffuse(geometry.part, geometry.position, light, spread, step, 0, 1)
    diffused = _diffuse(geometry.part, geometry.position, across, spread, step, 1, 0)
    color = np.zeros_like(geometry.albedo)
    half = KEY_LIGHT + np.array([0, 0, 1], np.float32)
    _shade(geometry.part, geometry.albedo, geometry.normal, geometry.visibility, geometry.catchlight,
           geometry.tangent, geometry.lens, diffused, KEY_LIGHT, half / np.linalg.norm(half),
           tones_of(appearance).gloss, color)  # fmt: skip
    return averaged(color, geometry.part >= 0, factor)


@njit(cache=True, nogil=True, error_model="numpy")
def _occlude(part, position, normal, taps, light):  # type: ignore[no-untyped-def]
    """Ambient occlusion of every second sample into the fourth channel of ``light``; 1 is open."""
    rows, columns = part.shape
    for row in range(0, rows, 2):
        for column in range(0, columns, 2):
            if part[row, column] < 0:
                continue
            n = normal[row, column]
            here = position[row, column]
            total = 0.0
            for k in range(taps.shape[0]):
                for sign in range(-1, 2, 2):
                    r = row + int(math.floor(sign * taps[k, 0] + 0.5))
                    c = column + int(math.floor(sign * taps[k, 1] + 0.5))
                    if r < 0 or c < 0 or r >= rows or c >= columns or part[r, c] < 0:
                        continue
                    x, y, z = (
                        position[r, c, 0] - here[0],
                        position[r, c, 1] - here[1],
                        position[r, c, 2] - here[2],
                    )
                    far = math.sqrt(x * x + y * y + z * z) + 0.05
                    up = (n[0] * x + n[1] * y + n[2] * z) / far - 0.12
                    if up > 0:
                        total += up * max(0.0, 1 - far / AO_RANGE)
            light[row, column, 3] = max(0.0, 1 - 1.9 * total / taps.shape[0])


@njit(cache=True, nogil=True, error_model="numpy")
def _smooth_occlusion(part, light, step):  # type: ignore[no-untyped-def]
    """Spread the occlusion of the even samples over all, from those around in the same part."""
    rows, columns = part.shape
    for row in range(rows):
        for column in range(columns):
            p = part[row, column]
            if p < 0:
                continue
            total, weight = 0.0, 0.0
            for i in range(-2, 3):
                r = (row // 2 + i * step) * 2
                if r < 0 or r >= rows:
                    continue
                for j in range(-2, 3):
                    c = (column // 2 + j * step) * 2
                    if c >= 0 and c < columns and part[r, c] == p:
                        share = 1.0 / (1 + i * i + j * j)
                        total += share * light[r, c, 3]
                        weight += share
            light[row, column, 0] = total / weight if weight > 0 else 1.0
    for row in range(rows):
        for column in range(columns):
            light[row, column, 3] = light[row, column, 0]


@njit(cache=True, nogil=True, error_model="numpy")
def _illuminate(part, normal, visibility, key, light):  # type: ignore[no-untyped-def]
    """What falls on each sample, linear; the occlusion stays in the fourth channel."""
    rows, columns = part.shape
    for row in range(rows):
        for column in range(columns):
            p = part[row, column]
            if p < 0:
                continue
            n = normal[row, column]
            facing = n[0] * key[0] + n[1] * key[1] + n[2] * key[2]
            beside = 0.5 + 0.5 * (n[0] * FILL_LIGHT[0] + n[1] * FILL_LIGHT[1] + n[2] * FILL_LIGHT[2])
            up = 0.5 + 0.5 * n[1]
            open_ = light[row, column, 3]
            seen = smooth(0.0, 1.0, visibility[row, column])
            skin = p in (_SKIN, _LIPS, _BROW)
            for k in range(3):
                wrap = WRAP_SKIN[k] if skin else WRAP[k]
                direct = max(0.0, (facing + wrap) / (1 + wrap))
                # Light bleeds into shadows that fall on skin, red first.
                bled = seen + (1 - seen) * (0.22, 0.13, 0.10)[k] if skin else seen
                # Pale occlusion on skin is warm: light that has been through it.
                closed = open_ ** ((0.75, 1.0, 1.05)[k] if skin else 1.0)
                around = SKY[k] * up + BOUNCE[k] * (1 - up) + FILL[k] * beside
                light[row, column, k] = KEY[k] * direct**1.1 * bled * (0.45 + 0.55 * closed) + around * closed


@njit(cache=True, nogil=True, error_model="numpy")
def _diffuse(part, position, light, spread, step, down, right):  # type: ignore[no-untyped-def]
    """One pass of the blur of the light; the further two samples lie apart in depth the less they share."""
    rows, columns = part.shape
    out = light.copy()
    reach = int(math.ceil(2.2 * spread[0] / step))
    weights = np.zeros((reach + 1, 3), np.float32)
    for i in range(reach + 1):
        for k in range(3):
            weights[i, k] = math.exp(-0.5 * (i * step / spread[k]) ** 2)
    for row in range(rows):
        for column in range(columns):
            p = part[row, column]
            if p < 0:
                continue
            kind = _DIFFUSE[p]
            if kind != 0 and p != _LIPS:
                continue
            z = position[row, column, 2]
            s0, s1, s2, t0, t1, t2 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
            for i in range(-reach, reach + 1):
                r, c = row + i * step * down, column + i * step * right
                if r < 0 or c < 0 or r >= rows or c >= columns or part[r, c] < 0:
                    continue
                if _DIFFUSE[part[r, c]] != kind:
                    continue
                near = max(0.0, 1 - abs(position[r, c, 2] - z) / 1.5)
                j = abs(i)
                a, b, d = weights[j, 0] * near, weights[j, 1] * near, weights[j, 2] * near
                s0 += a * light[r, c, 0]
                s1 += b * light[r, c, 1]
                s2 += d * light[r, c, 2]
                t0 += a
                t1 += b
                t2 += d
            out[row, column, 0] = s0 / t0
            out[row, column, 1] = s1 / t1
            out[row, column, 2] = s2 / t2
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _film(value):  # type: ignore[no-untyped-def]
    """Linear light to sRGB with a soft shoulder above 0.7."""
    if value > 0.7:
        value = 0.7 + 0.3 * (1 - math.exp(-(value - 0.7) / 0.3))
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055


@njit(cache=True, nogil=True, error_model="numpy")
def _shade(part, albedo, normal, visibility, catchlight, tangent, lens, light, key, half, gloss, color):  # type: ignore[no-untyped-def]
    rows, columns = part.shape
    for row in range(rows):
        for column in range(columns):
            p = part[row, column]
            if p < 0:
                continue
            n = normal[row, column]
            open_ = light[row, column, 3]
            seen = smooth(0.1, 0.9, visibility[row, column])
            facing = n[0] * key[0] + n[1] * key[1] + n[2] * key[2]
            dot = max(0.0, n[0] * half[0] + n[1] * half[1] + n[2] * half[2])
            edge = (1 - max(n[2], 0.0)) ** 3
            rim = edge * smooth(-0.55, 0.5, n[0] + 0.5 * n[1]) * open_
            shine, glow = 0.0, 0.0
            if p == _SKIN:
                shine = (0.10 * dot**9 + 0.16 * dot**34) * (0.35 + 0.65 * seen)
                glow = 0.16 * rim
            elif p == _LIPS:
                shine = (0.10 * dot**12 + 0.30 * dot**70) * (0.35 + 0.65 * seen)
                glow = 0.10 * rim
            elif p in (_HAIR, _BEARD):
                band = strand_sine(tangent[row, column], half)
                lit = smooth(-0.25, 0.6, facing) * (0.25 + 0.75 * seen)
                shine = (0.16 * band**14 + 0.30 * band**70) * lit * open_
                if p == _BEARD:
                    shine *= 0.4
                glow = 0.34 * rim
            elif p in (_EYE, _IRIS):
                shine = 0.10 * dot**24
            elif p == _TEETH:
                shine = 0.12 * dot**20
            elif p == _GLASSES:
                shine = 0.15 * dot**10 + 0.55 * dot**90
                glow = 0.25 * rim
            elif p in (_TONGUE, _MOUTH):
                shine = 0.10 * dot**20 * seen
            elif p != _LASH and p != _BROW:
                shine = 0.07 * dot**7 * (0.3 + 0.7 * seen)
                glow = 0.18 * rim
            for k in range(3):
                a = albedo[row, column, k]
                a = a / 12.92 if a <= 0.04045 else ((a + 0.055) / 1.055) ** 2.4
                fall = light[row, column, k]
                if p in (_EYE, _IRIS, _TEETH):
                    fall = 0.30 + 0.70 * fall
                elif p == _LASH:
                    fall = 0.5 + 0.3 * fall
                tint = gloss[p, k] if p in (_SKIN, _LIPS, _HAIR, _BEARD) else 1.0
                value = a * fall + shine * KEY[k] * tint * tint + glow * RIM[k] * (0.35 + 0.65 * math.sqrt(a))
                value = _film(value)
                value += catchlight[row, column] * (LIGHTEST[k] - value)
                value += 0.08 * lens[row, column] * ((0.90, 0.95, 1.0)[k] - value)
                color[row, column, k] = min(max(value, DARKEST[k]), LIGHTEST[k])
