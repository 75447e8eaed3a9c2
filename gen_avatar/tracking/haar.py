"""OpenCV's Haar cascade as a detector: no network, upright frontal faces only."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np

from gen_avatar.errors import WeightsError
from gen_avatar.tracking.networks import Detection

#: Pictures are reduced to this longer side before the search, pixels.
MAX_SIDE = 800
#: Smallest face that is searched for, pixels of the reduced picture.
MIN_FACE = 24
#: Evidence of the cascade's last stage at which the score is 1 - 1/e.
_LEVEL = 5.0


class HaarProposer:
    """Candidates from the frontal-face cascade that OpenCV carries."""

    def __init__(self) -> None:
        path = Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml"
        self._cascade = cv2.CascadeClassifier(str(path))
        if self._cascade.empty():
            raise WeightsError(f"OpenCV's cascade {path} is missing: reinstall opencv-python")

    def __call__(self, image: np.ndarray) -> list[Detection]:
        """Candidates in [H, W, 3] uint8, best first; the score grows with the cascade's evidence."""
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        scale = min(1.0, MAX_SIDE / max(grey.shape))
        if scale < 1:
            grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        boxes, _, levels = self._cascade.detectMultiScale3(
            grey, scaleFactor=1.1, minNeighbors=3, minSize=(MIN_FACE, MIN_FACE), outputRejectLevels=True
        )
        found = [
            _detection(np.asarray(box) / scale, float(level))
            for box, level in zip(boxes, np.ravel(levels), strict=True)
        ]
        return sorted(found, key=lambda d: -d.score)

    def tilted(self, image: np.ndarray) -> list[Detection]:
        """None: the cascade knows upright faces only."""
        return []

    def close(self) -> None:
        """Nothing to free."""


def _detection(box: np.ndarray, level: float) -> Detection:
    """A box (x, y, width, height) with the eyes where the cascade's training faces have them."""
    x, y, width, height = map(float, box)
    eyes = np.array([[x + 0.3 * width, y + 0.4 * height], [x + 0.7 * width, y + 0.4 * height]], np.float32)
    return Detection((x, y, x + width, y + height), eyes, 1 - math.exp(-max(0.0, level) / _LEVEL))
