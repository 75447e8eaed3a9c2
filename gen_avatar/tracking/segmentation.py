"""Person and background, with MediaPipe's bundled selfie segmentation."""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np

from gen_avatar.tracking.crops import Region
from gen_avatar.tracking.networks import SEGMENTER_SIDE, PersonSegmenter
from gen_avatar.types import FaceTrack

#: Side of the square around a face that is segmented, in units of the face's box: head, hair and shoulders.
PORTRAIT = 3.4
#: How far below the face's middle its centre lies, in the same units.
PORTRAIT_DROP = 0.35


def person_mask(image: np.ndarray, track: FaceTrack | None = None) -> np.ndarray:
    """Which pixels belong to the person.

    Args:
        image: [H, W, 3] uint8 RGB.
        track: whose portrait to cut out; the mask is 0 beyond head and shoulders. Without it the whole
            picture is segmented, which is coarse in large ones.

    Returns:
        [H, W] float32 in [0, 1].
    """
    height, width = image.shape[:2]
    region = _portrait(track) if track else Region((width / 2, height / 2), float(max(width, height)))
    mask = _segmenter()(region.crop(image, SEGMENTER_SIDE))
    scale = SEGMENTER_SIDE / region.size
    origin = np.array(region.center) - region.size / 2
    # OpenCV counts from pixel centres, the image frame from pixel corners.
    shift = (0.5 - origin) * scale - 0.5
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    mask = cv2.warpAffine(mask, matrix, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return mask.clip(0, 1)


def _portrait(track: FaceTrack) -> Region:
    """An upright square; it leans with the head only in where it lies."""
    x0, y0, x1, y1 = track.box
    face = max(x1 - x0, y1 - y0)
    right, left = (track.landmarks[i, :2] for i in ((33, 263) if len(track.landmarks) == 478 else (36, 45)))
    roll = math.atan2(left[1] - right[1], left[0] - right[0])
    down = PORTRAIT_DROP * face
    middle = ((x0 + x1) / 2 - down * math.sin(roll), (y0 + y1) / 2 + down * math.cos(roll))
    return Region(middle, PORTRAIT * face)


@lru_cache(maxsize=1)
def _segmenter() -> PersonSegmenter:
    return PersonSegmenter()
