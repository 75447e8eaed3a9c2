"""Eyes behind glasses that shut: what lies beside them is no skin but the frame, so that their lids are
filled in with the colour of the skin, and the frame stays where it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gen_avatar.warp.motion import fill, stroke
from gen_avatar.warp.points import IBUG, LEFT_EYE, RIGHT_EYE

#: How far beyond its lids an eye is replaced, for its lashes, and from where to where a frame is looked for:
#: halves of its width.
_LASHES, _RING = 0.14, (0.2, 0.5)
#: Colours that differ by less are alike (root of the summed squares, sRGB), and the share of what lies around
#: the eyes that must be no skin for a frame.
_ALIKE, _FRAME = 0.2, 0.28
#: Least share of the eyes that is as bright as their white, and how bright that is, so that they are seen at
#: all.
_WHITE, _BRIGHT = 0.13, 0.6
#: How far an eye is shut when it begins to be replaced, and when it wholly is: half an eye is no ghost.
_REPLACED = (0.3, 0.7)
#: Landmarks of the bridge and the wings of the nose: between them and the eyes is skin.
_NOSE = tuple(tuple(IBUG).index(k) for k in (27, 30, 31, 33, 35))


@dataclass(frozen=True)
class FramedEyes:
    """Both eyes of a still behind glasses.

    Attributes:
        lids: [2, 6, 1 + P, 2] of the right and the left eye with their patches, shares of the side.
        skin: [2, 4] colours of their lids, sRGB in [0, 1] and alpha.
    """

    lids: np.ndarray
    skin: np.ndarray

    @classmethod
    def of(cls, picture: np.ndarray, points: np.ndarray) -> FramedEyes | None:
        """From a still [S, S, 4] uint8, straight alpha, and its keypoints with their patches [K, 1 + P, 2],
        shares of the side; None where there is no frame around the eyes, or no eye behind it."""
        lids = np.stack([points[RIGHT_EYE], points[LEFT_EYE]])
        points = points[:, 0]
        rgb = picture[..., :3].astype(np.float32) / 255
        skin, white, other = [], [], []
        for eye in lids[:, :, 0]:
            inside = _around(eye, len(rgb), 0.0) > 0.5
            ring = (_around(eye, len(rgb), _RING[1]) > 0.5) & (_around(eye, len(rgb), _RING[0]) <= 0.5)
            if inside.sum() < 4 or ring.sum() < 4:
                return None
            white.append((rgb[inside].min(-1) > _BRIGHT).mean())
            face = _skin(rgb, points, eye)
            alike = np.linalg.norm(rgb[ring] - face, axis=-1) < _ALIKE
            other.append((~alike).mean())
            seen = np.median(rgb[ring][alike], 0) if alike.sum() >= 4 else face
            skin.append(np.append(seen, 1))
        framed = np.mean(other) > _FRAME and np.mean(white) > _WHITE
        return cls(lids, np.array(skin, np.float32)) if framed else None

    def opened(self, points: np.ndarray, amounts: np.ndarray) -> np.ndarray:
        """[K, 1 + P, 2] keypoints of a moment whose lids are led back, as far as they are shut, to where they
        are around an eye as open as in the still.

        Args:
            points: [K, 1 + P, 2]; amounts: [2] how far the right and the left eye are shut.
        """
        out = points.copy()
        for rows, lids, amount in zip((RIGHT_EYE, LEFT_EYE), self.lids, _replaced(amounts), strict=True):
            before, after = (x[3, 0] - x[0, 0] for x in (lids, points[rows]))
            size = max(float(before @ before), 1e-8)
            along, across = before @ after / size, float(before[0] * after[1] - before[1] * after[0]) / size
            turn = np.array([[along, across], [-across, along]], np.float32)
            there = (lids - lids[[0, 3], 0].mean(0)) @ turn + points[rows][[0, 3], 0].mean(0)
            out[rows] += np.float32(amount) * (there - points[rows])
        return out

    def shut(self, image: Tensor, amounts: np.ndarray) -> Tensor:
        """[1, 4, S, S] premultiplied: a still with its eyes replaced by skin as far as they are shut.

        Args:
            image: [1, 4, S, S] the same with open eyes; amounts: [2] of the right and the left eye.
        """
        for eye, color, amount in zip(self.lids[:, :, 0], self.skin, _replaced(amounts), strict=True):
            if amount > 0:
                cover = float(amount) * torch.from_numpy(_around(eye, image.shape[-1], _LASHES)).to(image)
                image = image + cover * (torch.from_numpy(color).to(image)[:, None, None] - image)
        return image


def _replaced(amounts: np.ndarray) -> np.ndarray:
    """[2] in [0, 1] how far eyes are replaced that are shut so far."""
    return np.clip((amounts - _REPLACED[0]) / (_REPLACED[1] - _REPLACED[0]), 0, 1)


def _around(eye: np.ndarray, side: int, margin: float) -> np.ndarray:
    """[side, side] float32 in [0, 1]: an eye [6, 2] and a ``margin`` around it, halves of its width."""
    canvas = np.zeros((side, side), np.uint8)
    fill(canvas, eye)
    if margin:
        half = float(np.linalg.norm(eye[3] - eye[0])) / 2
        stroke(canvas, eye, max(round(2 * margin * half * side), 1), closed=True)
    return canvas.astype(np.float32) / 255


def _skin(rgb: np.ndarray, points: np.ndarray, eye: np.ndarray) -> np.ndarray:
    """[3] the colour of the skin of the nose, and between it and an eye [6, 2]."""
    nose = points[list(_NOSE)]
    places = np.concatenate([nose, 0.6 * nose + 0.4 * eye.mean(0)])
    column, row = np.round(places * len(rgb) - 0.5).astype(int).clip(0, len(rgb) - 1).T
    median: np.ndarray = np.median(rgb[row, column], 0)
    return median
