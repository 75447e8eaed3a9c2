"""What the painters of all looks share: the groups of parts, samples to pixels, small kernels."""

from __future__ import annotations

import math

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


@njit(cache=True, nogil=True)
def strand_sine(strand, half):  # type: ignore[no-untyped-def]
    """Strength of the light across strands that run along ``strand`` (unit or 0): Kajiya and Kay's sine."""
    if abs(strand[0]) + abs(strand[1]) + abs(strand[2]) < 1e-3:
        return 0.0
    along = strand[0] * half[0] + strand[1] * half[1] + strand[2] * half[2]
    return math.sqrt(max(0.0, 1 - along * along))
