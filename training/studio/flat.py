"""The look ``flat``: few large shapes in two tones with one gentle gradient and hardly a line."""

from __future__ import annotations

import numpy as np
from numba import njit

from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.camera import KEY_LIGHT
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.character.palette import DARKEST, LIGHTEST
from gen_avatar.types import Appearance
from training.studio.frames import averaged, smooth, strand_sine
from training.studio.tones import tones_of

#: Where the form turns from the light to its second tone, and half the width of that edge.
EDGE_SKIN, EDGE, SOFT = -0.20, 0.02, 0.03
#: The gradient from below to above within a shape.
GRADIENT = 0.07

_SKIN, _LIPS, _EYE, _IRIS, _LASH, _BROW, _MOUTH, _TEETH, _TONGUE, _HAIR, _BEARD = (
    PART_INDEX[name]
    for name in ("skin", "lips", "eye", "iris", "lash", "brow", "mouth", "teeth", "tongue", "hair", "beard")
)


def paint(geometry: GBuffer, appearance: Appearance, factor: int) -> np.ndarray:
    """[S / factor, S / factor, 4] float32 straight sRGB and alpha."""
    tones = tones_of(appearance)
    color = np.zeros_like(geometry.albedo)
    half = KEY_LIGHT + np.array([0, 0, 1], np.float32)
    _shade(geometry.part, geometry.albedo, geometry.normal, geometry.visibility, geometry.catchlight,
           geometry.tangent, geometry.lens, KEY_LIGHT, half / np.linalg.norm(half),
           tones.shadow, tones.light, tones.gloss, color)  # fmt: skip
    return averaged(color, geometry.part >= 0, factor)


@njit(cache=True, nogil=True, error_model="numpy")
def _shade(part, albedo, normal, visibility, catchlight, tangent, lens, key, half, shadow, lit, gloss, color):  # type: ignore[no-untyped-def]
    rows, columns = part.shape
    for row in range(rows):
        for column in range(columns):
            p = part[row, column]
            if p < 0:
                continue
            n = normal[row, column]
            facing = n[0] * key[0] + n[1] * key[1] + n[2] * key[2]
            seen = smooth(0.36, 0.46, visibility[row, column])
            edge = EDGE_SKIN if p in (_SKIN, _LIPS) else EDGE
            bright = smooth(edge - SOFT, edge + SOFT, facing) * seen
            slope = 1 + GRADIENT * (0.5 * n[1] + 0.5 * facing - 0.3)
            shine = 0.0
            if p in (_EYE, _IRIS, _LASH, _BROW, _MOUTH, _TEETH, _TONGUE):
                bright = 0.4 + 0.6 * seen if p in (_EYE, _IRIS) else 1.0
                slope = 1.0
            elif p == _SKIN:
                # The nose is the shape below its tip.
                bright *= 1 - smooth(0.60, 0.68, -n[1]) * smooth(-0.2, 0.1, n[2])
            elif p == _HAIR:
                band = strand_sine(tangent[row, column], half) * (0.3 + 0.7 * smooth(0.0, 0.6, facing))
                shine = 0.55 * smooth(0.955, 0.965, band) * bright
            for k in range(3):
                a = albedo[row, column, k]
                value = a * (shadow[p, k] + (1 - shadow[p, k]) * bright) * slope
                value += shine * (gloss[p, k] - value)
                value += catchlight[row, column] * (LIGHTEST[k] - value)
                value += 0.10 * lens[row, column] * ((0.90, 0.95, 1.0)[k] - value)
                color[row, column, k] = min(max(value, DARKEST[k]), LIGHTEST[k])
