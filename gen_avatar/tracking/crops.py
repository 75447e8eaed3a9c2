"""Square, rotated regions of a picture, and the way there and back."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

#: Side of the region that the mesh network sees, in units of the face's box: its training crop.
FACE_MARGIN = 1.5


@dataclass(frozen=True)
class Region:
    """A square in the image frame.

    Attributes:
        center: (x, y), pixels.
        size: length of a side, pixels.
        angle: rotation of its x axis in the image frame, radians (clockwise to the eye, as y points down).
    """

    center: tuple[float, float]
    size: float
    angle: float = 0.0

    def to_image(self, points: np.ndarray) -> np.ndarray:
        """[..., 3] points in units of the side, from the upper left corner, as pixels of the image frame."""
        c, s = math.cos(self.angle) * self.size, math.sin(self.angle) * self.size
        x, y = points[..., 0] - 0.5, points[..., 1] - 0.5
        out = np.empty_like(points)
        out[..., 0] = c * x - s * y + self.center[0]
        out[..., 1] = s * x + c * y + self.center[1]
        out[..., 2] = points[..., 2] * self.size
        return out

    def crop(self, image: np.ndarray, side: int) -> np.ndarray:
        """The region resampled to ``side`` x ``side``; black beyond the picture.

        A region much larger than ``side`` is first reduced by averaging, so that nothing aliases.

        Args:
            image: [H, W, 3] uint8.
            side: of the result, pixels.

        Returns:
            [side, side, 3] uint8.
        """
        step = int(self.size / side)
        if step >= 2:
            image, origin = self._cut(image)
            if not image.size:
                return np.zeros((side, side, 3), np.uint8)
            height, width = image.shape[:2]
            reduced = (max(1, width // step), max(1, height // step))
            scale = (reduced[0] / width, reduced[1] / height)
            image = cv2.resize(image, reduced, interpolation=cv2.INTER_AREA)
        else:
            origin, scale = (0, 0), (1.0, 1.0)
        # OpenCV counts from pixel centres, the image frame from pixel corners.
        c, s = (f(self.angle) * self.size / side for f in (math.cos, math.sin))
        half = (side - 1) / 2
        matrix = np.array(
            [
                [c * scale[0], -s * scale[0], 0.0],
                [s * scale[1], c * scale[1], 0.0],
            ]
        )
        for row in range(2):
            middle = (self.center[row] - origin[row]) * scale[row] - 0.5
            matrix[row, 2] = middle - half * (matrix[row, 0] + matrix[row, 1])
        return cv2.warpAffine(image, matrix, (side, side), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)

    def _cut(self, image: np.ndarray) -> tuple[np.ndarray, tuple[int, int]]:
        """The part of the picture that the region touches, and its upper left corner."""
        reach = 0.5 * self.size * (abs(math.cos(self.angle)) + abs(math.sin(self.angle))) + 2
        height, width = image.shape[:2]
        x0, x1 = (int(np.clip(self.center[0] + d, 0, width)) for d in (-reach, reach))
        y0, y1 = (int(np.clip(self.center[1] + d, 0, height)) for d in (-reach, reach))
        return image[y0:y1, x0:x1], (x0, y0)


def region_around(points: np.ndarray, right_eye: np.ndarray, left_eye: np.ndarray) -> Region:
    """The region that the mesh network wants for a face.

    Args:
        points: [N, 2+] pixels, spanning the face.
        right_eye: [2+] the subject's right eye (left in the picture), pixels.
        left_eye: [2+].
    """
    across = left_eye[:2] - right_eye[:2]
    angle = math.atan2(across[1], across[0])
    c, s = math.cos(angle), math.sin(angle)
    turned = points[:, :2] @ np.array([[c, -s], [s, c]], points.dtype)
    low, high = turned.min(0), turned.max(0)
    x, y = (low + high) / 2
    return Region((c * x - s * y, s * x + c * y), float((high - low).max()) * FACE_MARGIN, angle)


def overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    """Intersection of two boxes over the smaller one's area, [0, 1]."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return width * height / smaller if smaller > 0 else 0.0
