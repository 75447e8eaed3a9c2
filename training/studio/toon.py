"""The look ``toon``: soft cel. Two tones with a narrow soft edge, a few clean lights, coloured outlines.

Everything is a function of the samples of the geometry buffers and of at most a line's width around them, so
that a network which sees the buffers can learn to paint the same.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.camera import KEY_LIGHT
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.character.palette import DARKEST, LIGHTEST
from gen_avatar.types import Appearance
from training.studio.frames import averaged, smooth, strand_sine
from training.studio.lines import SILHOUETTE, line_cover
from training.studio.tones import tones_of

#: Where light turns to shadow, in normal · light, and half the width of the edge.
EDGE, SOFT = 0.10, 0.085
#: Where the light tone begins and is full.
LIT = (0.74, 1.0)
#: Bounce from below and sky from above: a gentle gradient that keeps areas from being flat.
WRAP = 0.055
#: Colour of the rim, and its strength on skin and cloth, and on hair, which it frees from dark backgrounds.
RIM = np.array([1.0, 0.92, 0.82])
RIM_SKIN, RIM_HAIR = 0.16, 0.26
#: What a lens adds: a faint cool veil that never hides the eyes.
SHEEN = np.array([0.90, 0.95, 1.0])
VEIL = 0.09

_SKIN, _LIPS, _EYE, _IRIS, _LASH, _BROW, _MOUTH, _TEETH, _TONGUE, _HAIR, _BEARD, _GLASSES, _LENS, _CLOTH = (
    PART_INDEX[name]
    for name in (
        "skin", "lips", "eye", "iris", "lash", "brow", "mouth", "teeth", "tongue", "hair", "beard", "glasses",
        "lens", "cloth",
    )
)  # fmt: skip


def paint(geometry: GBuffer, appearance: Appearance, factor: int) -> np.ndarray:
    """[S / factor, S / factor, 4] float32 straight sRGB and alpha."""
    color = np.zeros_like(geometry.albedo)
    tones = tones_of(appearance)
    half = KEY_LIGHT + np.array([0, 0, 1], np.float32)
    line = line_cover(
        geometry.part, geometry.position[..., 2], geometry.normal, geometry.local, SILHOUETTE * len(color)
    )
    _shade(geometry.part, geometry.albedo, geometry.normal, geometry.visibility, geometry.catchlight,
           geometry.tangent, geometry.lens, KEY_LIGHT, half / np.linalg.norm(half),
           tones.shadow, tones.deep, tones.light, tones.line, tones.gloss, line, color)  # fmt: skip
    return averaged(color, geometry.part >= 0, factor)


@njit(cache=True, nogil=True)
def _shade(
    part,
    albedo,
    normal,
    key,
    catchlight,
    tangent,
    lens,
    light,
    half,
    shadow,
    deep,
    lit,
    line,
    gloss,
    cover,
    color,
):  # type: ignore[no-untyped-def]
    rows, columns = part.shape
    for row in range(rows):
        for column in range(columns):
            p = part[row, column]
            if p < 0:
                continue
            nx, ny, nz = normal[row, column, 0], normal[row, column, 1], normal[row, column, 2]
            facing = nx * light[0] + ny * light[1] + nz * light[2]
            seen = smooth(0.3, 0.7, key[row, column])
            bright = smooth(EDGE - SOFT, EDGE + SOFT, facing) * seen
            under = smooth(0.55, 0.9, -ny) * (1 - bright)
            top = smooth(LIT[0], LIT[1], facing) * bright
            shine = 0.0
            rim = RIM_SKIN
            wrap = 1 + WRAP * (0.6 * facing + 0.4 * ny - 0.35)
            if p in (_SKIN, _LIPS):
                dot = max(0.0, nx * half[0] + ny * half[1] + nz * half[2])
                shine = bright * (smooth(0.90, 1.0, dot) if p == _SKIN else smooth(0.93, 0.97, dot))
            elif p in (_HAIR, _BEARD):
                rim = RIM_HAIR
                band = strand_sine(tangent[row, column], half)
                shine = smooth(0.935, 0.98, band * (0.25 + 0.75 * smooth(-0.1, 0.5, facing))) * bright
                under = smooth(0.2, 0.75, -ny) * (1 - bright)
            elif p == _GLASSES:
                dot = max(0.0, nx * half[0] + ny * half[1] + nz * half[2])
                shine = smooth(0.94, 0.97, dot)
            elif p in (_EYE, _IRIS, _TEETH):
                # Wet and white things glow: only what casts a shadow on them darkens them.
                bright = 0.35 + 0.65 * seen if p == _TEETH else seen
                under = 0.0
                top = 0.0
                wrap = 1.0
                rim = 0.0
            elif p == _LASH:
                wrap = 1.0
                rim = 0.0
            edge = smooth(0.62, 0.90, 1 - nz) * smooth(-0.2, 0.5, -nx * light[0] * 1.2 + 0.35 * ny)
            for k in range(3):
                a = albedo[row, column, k]
                dark = shadow[p, k] * (1 - under) + deep[p, k] * under
                value = a * (dark * (1 - bright) + (1 + (lit[p, k] - 1) * top) * bright) * wrap
                value += gloss[p, 3] * shine * max(0.0, gloss[p, k] - value)
                value += rim * edge * (RIM[k] - value) * (0.35 + a)
                value += catchlight[row, column] * (LIGHTEST[k] - value)
                value += VEIL * lens[row, column] * (SHEEN[k] - value)
                value += cover[row, column] * (a * line[p, k] - value)
                color[row, column, k] = min(max(value, DARKEST[k]), LIGHTEST[k])
