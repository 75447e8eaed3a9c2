"""The look ``papercut``: sheets of coloured paper, one on the other. The generator never learns it: it is the
look that fine-tuning is measured on.

Three steps of tone a material, borders as if cut with scissors, a soft shadow of every sheet on those behind
it, and a pale cut edge towards the light.
"""

from __future__ import annotations

import cv2
import numpy as np

from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.camera import KEY_LIGHT
from gen_avatar.character.mesh import PART_INDEX, PARTS
from gen_avatar.types import Appearance
from training.studio.form import form_of
from training.studio.frames import averaged
from training.studio.tones import tones_of

#: Dyed paper is duller and warmer than skin and cloth: what colours are drawn towards, and how far.
PAPER, DYE = np.array([0.96, 0.91, 0.82], np.float32), 0.16
#: Where light turns to shadow and to the lightest sheet, in normal · light.
SHADE, LIT = 0.16, 0.80
#: Shadow of a sheet: offset away from the light and blur, shares of the picture; strength; rise that casts a
#: full one, cm.
OFFSET, BLUR, DARK, RISE = 0.016, 0.008, 0.55, 1.2
#: The cut edge: width, share of the picture, and strength.
CUT, CUT_STRENGTH = 1.3 / 256, 0.5

_DRAWN = [PART_INDEX[name] for name in ("eye", "iris", "lash", "mouth", "teeth", "tongue", "lips", "brow")]
_SHADED = np.array([name not in ("eye", "iris", "lash", "mouth", "teeth", "tongue") for name in PARTS])


def paint(geometry: GBuffer, appearance: Appearance, factor: int) -> np.ndarray:
    """[S / factor, S / factor, 4] float32 straight sRGB and alpha."""
    part, size = geometry.part, len(geometry.part)
    covered = part >= 0
    tones = tones_of(appearance)
    form = form_of(geometry)
    facing = form[..., 3:6] @ KEY_LIGHT
    at = np.where(covered, part, 0)
    shaded = _SHADED[at]
    # Sheets have hard edges: every sample belongs to one.
    dark = shaded & ((facing < SHADE) | (form[..., 6] > 0.45))
    light = shaded & ~dark & (facing > LIT)
    color = geometry.albedo + DYE * (PAPER - geometry.albedo)
    color = np.where(dark[..., None], color * tones.shadow[at], color)
    color = np.where(light[..., None], color + 0.5 * (color * tones.light[at] - color) + 0.03, color)
    color = color * (1 - DARK * _cast(geometry, covered, size)[..., None] * (1 - 0.25 * PAPER))
    color = color + CUT_STRENGTH * _cut(geometry, covered, dark, light, size)[..., None] * (PAPER - color)
    color = color + geometry.catchlight[..., None] * (PAPER - color)
    color = color + 0.12 * geometry.lens[..., None] * (1 - color)
    return averaged((color.clip(0.03, 0.98) * covered[..., None]).astype(np.float32), covered, factor)


def _moved(field: np.ndarray, by: float, border: float) -> np.ndarray:
    """``field`` [S, S] moved by that many samples away from the light."""
    x, y = -KEY_LIGHT[0], KEY_LIGHT[1]
    length = float(np.hypot(x, y))
    matrix = np.array([[1, 0, by * x / length], [0, 1, by * y / length]], np.float32)
    flags = cv2.INTER_LINEAR
    return cv2.warpAffine(field, matrix, field.shape[::-1], flags=flags, borderValue=border)


def _cast(geometry: GBuffer, covered: np.ndarray, size: int) -> np.ndarray:
    """[S, S] in [0, 1]: shadow of what lies nearer, on what lies behind it."""
    far = float(geometry.position[..., 2][covered].min()) - 5 if covered.any() else 0.0
    height = np.where(covered, geometry.position[..., 2], far).astype(np.float32)
    rise = np.zeros_like(height)
    for share in (0.5, 1.0):
        rise = np.maximum(rise, _moved(height, share * OFFSET * size, far) - height)
    # The face's own relief is one sheet: only a step of some height casts.
    return cv2.GaussianBlur(np.clip((rise - 0.35) / RISE, 0, 1), (0, 0), BLUR * size) * covered


def _cut(
    geometry: GBuffer, covered: np.ndarray, dark: np.ndarray, light: np.ndarray, size: int
) -> np.ndarray:
    """[S, S] in [0, 1]: the edge of each sheet on its side towards the light."""
    sheet = np.where(covered, 4 * geometry.part.astype(np.int32) + 2 * dark + light, -1)
    sheet[np.isin(geometry.part, _DRAWN)] = -2
    width = CUT * size
    matrix = np.array([[1, 0, -KEY_LIGHT[0] * width], [0, 1, KEY_LIGHT[1] * width]], np.float32)
    before = cv2.warpAffine(
        sheet.astype(np.float32), matrix, sheet.shape[::-1], flags=cv2.INTER_NEAREST, borderValue=-1
    )
    return ((before != sheet) & (sheet >= 0) & (before != -2)).astype(np.float32)
