"""What the painters of all looks share: samples to pixels, a small kernel."""

from __future__ import annotations

import cv2
import numpy as np
from numba import njit

#: Weights of the samples across a pixel and beyond its border on either side: with those of the pixel alone
#: an edge that is nearly upright climbs in steps.
BEYOND, WITHIN = 1.0, 3.0


def averaged(color: np.ndarray, covered: np.ndarray, factor: int) -> np.ndarray:
    """Samples to pixels, to straight RGBA.

    Args:
        color: [S, S, 3] times ``covered`` [S, S], in [0, 1].
        factor: samples per side of a pixel.
    """
    both = np.dstack([color, covered]).astype(np.float32, copy=False)
    if factor > 1:
        kernel = np.array([BEYOND, *[WITHIN] * factor, BEYOND], np.float32)
        kernel /= kernel.sum()
        # The kernel begins one sample before the pixel.
        both = cv2.sepFilter2D(both, -1, kernel, kernel, anchor=(1, 1), borderType=cv2.BORDER_REPLICATE)[
            ::factor, ::factor
        ]
    alpha = np.minimum(both[..., 3:], 1)
    return np.concatenate([both[..., :3] / np.maximum(alpha, 1e-6), alpha], -1)


#: Dark hair and cloth are lifted towards this colour, so that their forms can be told.
LIFTED = (0.245, 0.228, 0.262)
#: Luma at which a colour is dark and at which it is not, and how far it is lifted.
DARK, LIFT = (0.10, 0.26), 0.55


@njit(cache=True, nogil=True)
def darkness(color):  # type: ignore[no-untyped-def]
    """1 for a colour that is nearly black, 0 for any other."""
    return 1 - smooth(DARK[0], DARK[1], 0.3 * color[0] + 0.59 * color[1] + 0.11 * color[2])


#: Shadow of what has hardly any colour, and the saturation at which a thing has none and one of its own.
NEUTRAL, PLAIN = (0.80, 0.79, 0.83), (0.10, 0.26)


@njit(cache=True, nogil=True)
def plainness(color):  # type: ignore[no-untyped-def]
    """1 for white, cream and grey, 0 for a colour: a white shirt below a red coat has no red shadow."""
    most, least = max(color[0], color[1], color[2]), min(color[0], color[1], color[2])
    return 1 - smooth(PLAIN[0], PLAIN[1], (most - least) / max(most, 0.05))


@njit(cache=True, nogil=True)
def smooth(lo, hi, x):  # type: ignore[no-untyped-def]
    """Smoothstep: 0 below ``lo``, 1 above ``hi``."""
    t = min(max((x - lo) / (hi - lo), 0.0), 1.0)
    return t * t * (3 - 2 * t)
