"""Stubble is tone, not geometry: a mask over the skin."""

from __future__ import annotations

import numpy as np

#: Upper edge of the beard in rest space: |x| against y, cm; sideburns rise towards the ears.
_CHEEK_X = (0.0, 1.2, 2.6, 3.6, 5.0, 6.2, 7.0, 7.6)
_CHEEK_Y = (-1.75, -1.75, -2.2, -3.2, -3.3, -1.4, 1.0, 3.2)
_MOUTH, _MOUTH_SIZE = (0.0, -3.45), (2.75, 1.05)
#: The jaw's lower edge: height at the chin, how far it rises per cm towards the ears, and where the chin is.
_JAW, _JAW_RISE, _CHIN_Z = -8.2, 0.5, 10.4


def stubble_mask(rest_positions: np.ndarray) -> np.ndarray:
    """How much stubble grows where.

    Args:
        rest_positions: [..., 3] points of the unstylised mean head's skin, head frame, cm.

    Returns:
        [...] float32 in [0, 1]: soft at cheeks, sideburns and neck, 0 on the lips.
    """
    x, y, z = (rest_positions[..., k] for k in range(3))
    side = np.abs(x)
    mask = _step(0.0, 1.8, np.interp(side, _CHEEK_X, _CHEEK_Y) - y)
    lips = np.sqrt(((x - _MOUTH[0]) / _MOUTH_SIZE[0]) ** 2 + ((y - _MOUTH[1]) / _MOUTH_SIZE[1]) ** 2)
    below = y - (_JAW + _JAW_RISE * np.maximum(_CHIN_Z - z, 0))
    mask = mask * _step(1.0, 1.6, lips) * _step(-0.7, 0.7, below) * _step(1.0, 3.4, z)
    return (mask * (1 - _step(7.3, 7.9, side))).astype(np.float32)


#: Sideburns that fade towards the hair: half width, how far above the iBUG contour they reach and how far
#: behind it they lie, cm.
_SIDEBURN, _FADE, _BACK = 1.2, 2.5, 0.7
#: Beards that go over into sideburns.
SIDEBURNED = ("full", "boxed", "long", "chinstrap", "mutton-chops")


def sideburn_mask(rest_positions: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """How beards fade out in front of the ears.

    Args:
        rest_positions: [V, 3] the unstylised mean head's skin, head frame, cm.
        landmarks: [68, 3] iBUG, of the same head.

    Returns:
        [V] float32 in [0, 1]: 1 where the beard ends, soft beside it, 0 at the temples.
    """
    low, high = landmarks[15] - [0, 0, _BACK], landmarks[16] + [0, _FADE, -_BACK]
    line = high - low
    p = np.where([True, False, False], np.abs(rest_positions), rest_positions) - low
    along = np.clip(p @ line / (line @ line), 0, 1)
    beside = np.linalg.norm(p - along[:, None] * line, axis=1)
    return (_step(-_SIDEBURN, -0.3 * _SIDEBURN, -beside) * (1 - _step(0.4, 1.0, along))).astype(np.float32)


def _step(low: float, high: float, x: np.ndarray) -> np.ndarray:
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)
