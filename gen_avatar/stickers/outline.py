"""The white border of a sticker."""

from __future__ import annotations

import cv2
import numpy as np

#: Width of the border as a share of the sticker's side.
OUTLINE_SHARE = 0.025
#: The distance is measured on a mask that is so many times finer, for smooth edges.
_FINER = 2


def outline_width(side: int) -> float:
    """Width of the border, pixels."""
    return OUTLINE_SHARE * side


def outlined(frames: np.ndarray, width: float) -> np.ndarray:
    """Frames with a white border around all that is drawn.

    The border reaches as far from the edge everywhere, so corners are round; it fills gaps that are narrower
    than twice its width.

    Args:
        frames: [T, H, W, 4] uint8, straight alpha; the border is cut where less than ``width`` is clear at a
            side.
        width: of the border, pixels.

    Returns:
        [T, H, W, 4] uint8, straight alpha.
    """
    return np.stack([_outlined(frame, width) for frame in frames])


def _outlined(frame: np.ndarray, width: float) -> np.ndarray:
    height, across = frame.shape[:2]
    fine = cv2.resize(frame[..., 3], (across * _FINER, height * _FINER), interpolation=cv2.INTER_LINEAR)
    # The edge runs between pixels, half a pixel before the nearest one inside.
    distance = cv2.distanceTransform((fine < 128).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    reach = (width + 0.5 - (distance - 0.5) / _FINER).clip(0.0, 1.0)
    border = cv2.resize(reach, (across, height), interpolation=cv2.INTER_AREA)
    if not (fine >= 128).any():
        border[:] = 0.0  # nothing is near: the transform has no distance to tell
    alpha = frame[..., 3].astype(np.float32) / 255
    under = border * (1 - alpha)
    total = alpha + under
    color = (frame[..., :3] * alpha[..., None] + 255 * under[..., None]) / np.maximum(total, 1e-6)[..., None]
    color[total == 0] = 255.0  # what lies beyond the edge is white too, so that nothing dark bleeds into it
    return np.round(np.dstack([color, 255 * total])).clip(0, 255).astype(np.uint8)
