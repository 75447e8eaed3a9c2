"""A texture of the front of a face, and the brushes for it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from training.photos.light import to_linear
from training.photos.look import FaceLook

#: The texture covers this much of the front, cm: left, bottom, pixels per cm, rows and columns.
ORIGIN = np.array([-8.5, -10.0])
TEXELS = 26
SIZE = (22 * TEXELS, 17 * TEXELS)
#: Bits of a texel in OpenCV's fixed-point coordinates.
SHIFT = 4


@dataclass(frozen=True)
class FaceTexture:
    """Rows go up with y.

    Attributes:
        tint: [H, W, 3] float32, albedo over that of plain skin, linear.
        gloss: [H, W] float32, added to that of plain skin.
        height: [H, W] float32, cm.
        brow, lips, beard: [H, W] float32 coverage.
    """

    tint: np.ndarray
    gloss: np.ndarray
    height: np.ndarray
    brow: np.ndarray
    lips: np.ndarray
    beard: np.ndarray


class FaceCanvas:
    """A face that is being painted, over the iBUG landmarks ``points`` [68, 2], cm."""

    def __init__(self, points: np.ndarray, look: FaceLook) -> None:
        self.look, self.points = look, points
        self.rng = np.random.default_rng(look.seed)
        self.base = to_linear(np.array(look.skin))
        self.fair = 1 - look.monk / 9
        self.tint = np.ones((*SIZE, 3), np.float32)
        self.gloss, self.height, self.brow, self.lip, self.beard = (
            np.zeros(SIZE, np.float32) for _ in range(5)
        )

    def texels(self, points: np.ndarray) -> np.ndarray:
        """Places [n, 2] cm on the texture."""
        return (np.asarray(points) - ORIGIN) * TEXELS

    def ratio(self, srgb: np.ndarray | tuple[float, float, float]) -> np.ndarray:
        """What ``tint`` has to be for a colour."""
        return to_linear(np.asarray(srgb)) / self.base

    def spot(self, polygon: np.ndarray, soft: float) -> tuple[slice, slice, np.ndarray]:
        """Rows, columns and mask of a polygon [n, 2] cm blurred by ``soft`` cm."""
        texels = self.texels(polygon)
        reach = int(3 * soft * TEXELS) + 2
        x0, y0 = np.clip(np.floor(texels.min(0)).astype(int) - reach, 0, (SIZE[1] - 1, SIZE[0] - 1))
        x1, y1 = np.clip(np.ceil(texels.max(0)).astype(int) + reach, (x0 + 1, y0 + 1), (SIZE[1], SIZE[0]))
        mask = np.zeros((y1 - y0, x1 - x0), np.float32)
        cv2.fillPoly(mask, [fixed(texels - (x0, y0))], 1.0, cv2.LINE_AA, SHIFT)
        return slice(y0, y1), slice(x0, x1), cv2.GaussianBlur(mask, (0, 0), max(soft * TEXELS, 0.3))

    def blend(
        self, spot: tuple[slice, slice, np.ndarray], color: np.ndarray | tuple[float, ...], strength: float,
        multiply: bool = False,
    ) -> None:  # fmt: skip
        """Lay a tint over a spot, or multiply it on what is there."""
        rows, columns, mask = spot
        area = self.tint[rows, columns]
        alpha = (strength * mask)[..., None]
        color = np.asarray(color, np.float32)
        area += alpha * ((area * color if multiply else color) - area)

    def strokes(self, lines: list[np.ndarray], soft: float = 0.0, width: int = 1) -> np.ndarray:
        """[H, W] coverage by lines [n, 2] cm."""
        mask = np.zeros(SIZE, np.uint8)
        cv2.polylines(
            mask, [fixed(self.texels(line)) for line in lines], False, 255, width, cv2.LINE_AA, SHIFT
        )
        cover = mask.astype(np.float32) / 255
        return cv2.GaussianBlur(cover, (0, 0), soft * TEXELS) if soft else cover

    def crease(self, mask: np.ndarray, strength: float, depth: float) -> None:
        """Furrow the skin along [H, W] ``mask``, ``depth`` cm at full strength."""
        self.height -= depth * strength * mask
        self.tint *= 1 - (0.5 * strength * mask)[..., None] * np.array([0.6, 0.9, 0.9], np.float32)


def fixed(points: np.ndarray) -> np.ndarray:
    """Texels in OpenCV's fixed-point coordinates."""
    return np.round(points * 2**SHIFT).astype(np.int32)
