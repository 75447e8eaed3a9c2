"""The look ``ink``: a drawn line, thick and thin, on paper, with a light wash of the person's colours."""

from __future__ import annotations

import cv2
import numpy as np

from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.camera import KEY_LIGHT
from gen_avatar.character.mesh import PART_INDEX, PARTS
from gen_avatar.character.palette import lightness, skin_palette
from gen_avatar.character.raster import box_average
from gen_avatar.character.surface import smoothstep
from gen_avatar.types import Appearance
from training.studio.lines import SILHOUETTE, line_cover

PAPER = np.array([0.972, 0.955, 0.918], np.float32)
INK = np.array([0.145, 0.105, 0.095], np.float32)
#: Width of the line against that of the look with coloured outlines.
WEIGHT = 1.2
#: The paper around the figure, share of the picture: it reads on black too.
MARGIN = 0.010
#: How much of its colour a part keeps in light and in shadow; the rest is paper.
WASH = {
    "skin": (0.0, 0.34), "lips": (0.70, 0.85), "eye": (0.0, 0.12), "iris": (0.85, 1.0), "lash": (1.0, 1.0),
    "brow": (1.0, 1.0), "mouth": (1.0, 1.0), "teeth": (0.0, 0.0), "tongue": (0.8, 0.9), "hair": (0.22, 0.66),
    "beard": (0.45, 0.80), "glasses": (1.0, 1.0), "lens": (0.0, 0.0), "cloth": (0.0, 0.62),
    "headwear": (0.12, 0.70), "ornament": (0.6, 0.85),
}  # fmt: skip
#: Washes are purer than the things they stand for: paint thinned with white alone turns grey.
PURITY = 1.5
#: Dark hair is filled with ink; what its band of light leaves open.
FILL, OPEN = (0.50, 0.30), (0.955, 0.972)


def paint(geometry: GBuffer, appearance: Appearance, factor: int) -> np.ndarray:
    """[S / factor, S / factor, 4] float32 straight sRGB and alpha; the paper is part of the figure."""
    size = len(geometry.part)
    covered = geometry.part >= 0
    wash = np.array([WASH[name] for name in PARTS], np.float32)
    skin = skin_palette(appearance.skin_color)
    deepness = float(np.clip((74 - lightness(skin.base)) / 40, 0, 1))
    wash[PART_INDEX["skin"]] += (0.58 * deepness, 0.50 * deepness)
    wash[PART_INDEX["lips"]] += (0.2 * deepness, 0.15 * deepness)
    facing = geometry.normal @ KEY_LIGHT
    bright = smoothstep(-0.03, 0.05, facing) * smoothstep(0.42, 0.52, geometry.visibility)
    part = np.maximum(geometry.part, 0).astype(np.int64)
    share = np.minimum(wash[part, 1] + (wash[part, 0] - wash[part, 1]) * bright, 1.0) * covered
    grey = geometry.albedo.mean(-1, keepdims=True)
    pure = np.clip(grey + (geometry.albedo - grey) * PURITY, 0.04, 0.98)
    color = PAPER + (pure - PAPER) * share[..., None]
    half = KEY_LIGHT + np.array([0, 0, 1], np.float32)
    along = geometry.tangent @ (half / np.linalg.norm(half))
    band = np.sqrt(np.maximum(0, 1 - along**2)) * (0.3 + 0.7 * smoothstep(0.0, 0.6, facing)) * bright
    hairy = (geometry.part == PART_INDEX["hair"]) | (geometry.part == PART_INDEX["beard"])
    fill = hairy * smoothstep(*FILL, grey[..., 0]) * (1 - 0.85 * smoothstep(*OPEN, band))
    color += (0.65 * INK + 0.35 * geometry.albedo - color) * fill[..., None]
    line = line_cover(
        geometry.part,
        geometry.position[..., 2],
        geometry.normal,
        geometry.local,
        geometry.albedo,
        WEIGHT * SILHOUETTE * size,
    )
    line = np.maximum(line, (geometry.part == PART_INDEX["lash"]).astype(np.float32)) * covered
    color += (INK - color) * line[..., None]
    color += (PAPER - color) * geometry.catchlight[..., None]
    outside = cv2.distanceTransform((~covered).astype(np.uint8), cv2.DIST_L2, 5)
    alpha = np.clip(MARGIN * size - outside + 1.0, 0, 1).astype(np.float32)
    alpha[covered] = 1.0
    small = box_average(alpha, factor)
    rgb = box_average(color * alpha[..., None], factor) / np.maximum(small, 1e-6)[..., None]
    return np.concatenate([rgb, small[..., None]], -1)
