"""Cropped hair is tone, not geometry: a mask over the scalp, which also fades the edges of longer hair."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import PchipInterpolator

#: Lower edge of the hair on the unstylised mean head: azimuth from the front against elevation, degrees.
_AZIMUTH = (0, 25, 45, 58, 68, 75, 84, 96, 110, 130, 155, 180)
_LINE = (31, 30, 27, 22, 13, -1, 6, 9, -4, -24, -38, -42)
#: Half width of the edge, degrees: front and sides, neck.
_SOFT_FRONT, _SOFT_BACK = 4.0, 9.0
#: Upper edge of the wreath around a bald crown, degrees, and half its width.
_WREATH, _SOFT_WREATH = 34.0, 9.0
#: How much of the hair's colour the scalp takes on, by style; other styles take ``_UNDER_HAIR``.
_TONE = {
    "bald": 0.0,
    "receding": 0.0,
    "buzz": 1.0,
    "balding": 0.6,
    "crew": 0.7,
    "undercut": 0.7,
    "cornrows": 0.7,
    "afro-short": 0.7,
    "high-top": 0.7,
    "curly-short": 0.7,
    "twists": 0.7,
    "locs-short": 0.7,
}
_UNDER_HAIR = 0.4


def scalp_tone(style: str) -> float:
    """How much of the hair's colour shows on the scalp of a hair style, [0, 1]."""
    return _TONE.get(style, _UNDER_HAIR)


def scalp_mask(rest_positions: np.ndarray, landmarks: np.ndarray, wreath: bool = False) -> np.ndarray:
    """Where hair grows on the head.

    Args:
        rest_positions: [V, 3] the unstylised mean head's skin, head frame, cm.
        landmarks: [68, 3] iBUG, of the same head.
        wreath: leave out the crown, as balding does.

    Returns:
        [V] float32 in [0, 1], with a soft edge.
    """
    top, brow = rest_positions[:, 1].max(), landmarks[[19, 24], 1].mean()
    center = np.array([0.0, brow - 0.2 * (top - brow), 0.35 * landmarks[0, 2] - 1.6])
    x, y, z = (rest_positions - center).T
    azimuth = np.degrees(np.abs(np.arctan2(x, z)))
    elevation = np.degrees(np.arctan2(y, np.hypot(x, z)))
    soft = np.interp(azimuth, (80, 120), (_SOFT_FRONT, _SOFT_BACK))
    mask = _step((elevation - PchipInterpolator(_AZIMUTH, _LINE)(azimuth)) / soft)
    if wreath:
        mask = mask * _step((_WREATH - elevation) / _SOFT_WREATH) * _step((azimuth - 66) / 8)
    return mask.astype(np.float32)


def _step(x: np.ndarray) -> np.ndarray:
    """0 below -1, 1 above 1, smooth between."""
    t = np.clip(0.5 + 0.5 * x, 0, 1)
    return t * t * (3 - 2 * t)
