"""What the painters of all looks share: samples to pixels, a small kernel."""

from __future__ import annotations

import numpy as np
from numba import njit

from gen_avatar.character.raster import box_average


def averaged(color: np.ndarray, covered: np.ndarray, factor: int) -> np.ndarray:
    """Samples to pixels: [S, S, 3] colours, 0 where not ``covered`` [S, S], to straight RGBA."""
    alpha = box_average(covered, factor)
    rgb = box_average(color, factor) / np.maximum(alpha, 1e-6)[..., None]
    return np.concatenate([rgb, alpha[..., None]], -1)


@njit(cache=True, nogil=True)
def smooth(lo, hi, x):  # type: ignore[no-untyped-def]
    """Smoothstep: 0 below ``lo``, 1 above ``hi``."""
    t = min(max((x - lo) / (hi - lo), 0.0), 1.0)
    return t * t * (3 - 2 * t)
