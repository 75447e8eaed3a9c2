"""The shade of a face as a designer draws it: a slim crescent along its far side, and a shape below its hair.

Both are the outline of something moved over the picture, so that they follow the contours of this very face
and its hair, and both are local: what lies within ``ASIDE`` or ``BRIM`` of a place decides. So are the shade
of the chin, the line of the jaw, and the light from behind along a figure.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.mesh import PART_INDEX, PARTS
from training.studio.faces import jawed

#: How far the face is moved to cut out its crescent, and hair and hats to throw their shade: share of the
#: picture (right, down).
ASIDE = (0.032, 0.010)
HAIR, BRIM, CHIN = (0.008, 0.019), (0.010, 0.032), (0.008, 0.026)
#: How far a figure is moved for the light from behind: past its outline.
BEHIND = (0.0250, 0.0090)
#: Corners of that shade are as round as a blur by this share of the picture.
ROUND = 0.0085
#: The soft one is blurred by so much.
SOFT = 0.013
#: The face's outline is that of the face blurred by so much: glasses and tufts leave no mark on it.
CALM = 0.014
#: Necks below a jaw: heights and half width at rest, cm; how thin its line is on the side of the light.
NECK_FROM, NECK_TO, NECK_SIDE, THINNEST = -4.5, -13.0, 5.0, 0.45

#: What may lie on a face and is no hole in it.
_ON_FACE = np.isin(
    [*PARTS, ""],
    ("lips", "brow", "eye", "iris", "lash", "mouth", "teeth", "tongue", "beard", "glasses", "lens"),
)
_SKIN, _BEARD, _HAIR, _HEADWEAR = (PART_INDEX[name] for name in ("skin", "beard", "hair", "headwear"))


def face_shade(geometry: GBuffer) -> np.ndarray:
    """[S, S] float32: how much of each sample of a face and its beard is in shade, in [0, 1] with an edge of
    a pixel; -1 off it."""
    face = jawed(geometry)
    shade = _outside(face | _ON_FACE[geometry.part], CALM, -ASIDE[0], -ASIDE[1])
    for part, way in ((_HAIR, HAIR), (_HEADWEAR, BRIM)):
        over = geometry.part == part
        if over.any():
            np.maximum(shade, 1 - _outside(over, ROUND, *way), out=shade, where=face)
    shade[~face & (geometry.part != _BEARD)] = -1
    return shade


def soft_shade(geometry: GBuffer) -> np.ndarray:
    """[S, S] float32 in [0, 1]: the shade of hair and hats where they touch what lies below, soft."""
    return _moved(np.isin(geometry.part, (_HAIR, _HEADWEAR)), SOFT, *HAIR)


def rim_light(figure: np.ndarray) -> np.ndarray:
    """[S, S] float32 in [0, 1]: the light from behind on a ``figure`` [S, S] bool along its far contour."""
    light = _outside(figure, ROUND, -BEHIND[0], BEHIND[1])
    light[~figure] = 0
    return light


def below_chin(geometry: GBuffer) -> np.ndarray:
    """[S, S] float32 in [0, 1]: the shade that a face and its beard throw on the neck; 0 off it."""
    face = jawed(geometry)
    neck = _neck(geometry, face)
    if not neck.any():
        return np.zeros(face.shape, np.float32)
    return np.where(neck, 1 - _outside(face | _ON_FACE[geometry.part], ROUND, *CHIN), np.float32(0))


def jaw_line(geometry: GBuffer, width: float) -> np.ndarray:
    """[S, S] float32 in [0, 1]: the line of the jaw over the neck, within the face.

    ``width``, share of the picture, is reached on the side away from the light.
    """
    face = jawed(geometry)
    neck, side = _neck(geometry, face), geometry.local[..., 0]
    cover = np.zeros(face.shape, np.float32)
    if not (neck.any() and face.any()):
        return cover
    off = cv2.distanceTransform((~neck).astype(np.uint8), cv2.DIST_L2, 5)
    near = face & (off <= width * len(face) + 1)
    swell = THINNEST + (1 - THINNEST) * np.clip(0.5 + side[near] / (2 * NECK_SIDE), 0, 1)
    cover[near] = np.clip(width * len(face) * swell - off[near] + 0.5, 0, 1)
    return cover


def _neck(geometry: GBuffer, face: np.ndarray) -> np.ndarray:
    height = geometry.local[..., 1]
    return (geometry.part == _SKIN) & ~face & (height < NECK_FROM) & (height > NECK_TO)


def _outside(shape: np.ndarray, sigma: float, right: float, down: float) -> np.ndarray:
    """[S, S] in [0, 1] what a ``shape`` [S, S] bool does not cover when it is rounded and moved, with an edge
    of two samples."""
    # A straight edge has this slope.
    steep = sigma * len(shape) * math.sqrt(2 * math.pi) / 2
    return np.clip((0.5 - _moved(shape, sigma, right, down)) * steep + 0.5, 0, 1)


def _moved(shape: np.ndarray, sigma: float, right: float, down: float) -> np.ndarray:
    """A ``shape`` [S, S] bool, blurred and moved; all by shares of its side."""
    size = len(shape)
    # So wide a blur is as good on a grid half as fine.
    half = max(size // 2, 1)
    field = cv2.resize(shape.astype(np.float32), (half, half), interpolation=cv2.INTER_AREA)
    field = cv2.GaussianBlur(field, (0, 0), sigma * half, borderType=cv2.BORDER_REPLICATE)
    scale = half / size
    back = [[scale, 0, (0.5 - x * size) * scale - 0.5] for x in (right, down)]
    back[1] = [0, scale, back[1][2]]
    return cv2.warpAffine(
        field, np.array(back), (size, size), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
