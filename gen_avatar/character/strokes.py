"""Kernels on short curves that are drawn anew in each frame: lashes, creases, brows. Float64, [n, 3]."""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(cache=True, error_model="numpy")
def unit(rows):  # type: ignore[no-untyped-def]
    """Unit vectors of ``rows`` [n, 3]; zero stays zero."""
    out = np.empty_like(rows)
    for i in range(len(rows)):
        length = math.sqrt(rows[i, 0] ** 2 + rows[i, 1] ** 2 + rows[i, 2] ** 2)
        scale = 1 / max(length, 1e-9)
        for k in range(3):
            out[i, k] = rows[i, k] * scale
    return out


@njit(cache=True, error_model="numpy")
def slope(curve):  # type: ignore[no-untyped-def]
    """Differences along a ``curve``, central but for its ends."""
    out = np.empty(curve.shape, np.float64)
    last = len(curve) - 1
    for i in range(last + 1):
        before, after = max(i - 1, 0), min(i + 1, last)
        for k in range(3):
            out[i, k] = (curve[after, k] - curve[before, k]) / (after - before)
    return out


@njit(cache=True, error_model="numpy")
def across(one, other):  # type: ignore[no-untyped-def]
    """Unit vectors at right angles to rows of ``one`` and ``other``."""
    out = np.empty(one.shape, np.float64)
    for i in range(len(one)):
        out[i, 0] = one[i, 1] * other[i, 2] - one[i, 2] * other[i, 1]
        out[i, 1] = one[i, 2] * other[i, 0] - one[i, 0] * other[i, 2]
        out[i, 2] = one[i, 0] * other[i, 1] - one[i, 1] * other[i, 0]
    return unit(out)


@njit(cache=True, error_model="numpy")
def evenly(curve, count):  # type: ignore[no-untyped-def]
    """[count, 3] points at equal steps of arc length along a ``curve``."""
    out = np.empty((count, 3), np.float64)
    along = np.zeros(len(curve), np.float64)
    for i in range(1, len(curve)):
        square = 0.0
        for k in range(3):
            square += (curve[i, k] - curve[i - 1, k]) ** 2
        along[i] = along[i - 1] + math.sqrt(square)
    i = 0
    for j in range(count):
        at = along[-1] * j / (count - 1)
        while i < len(curve) - 2 and along[i + 1] < at:
            i += 1
        share = (at - along[i]) / max(along[i + 1] - along[i], 1e-12)
        share = min(share, 1.0)
        for k in range(3):
            out[j, k] = curve[i, k] + share * (curve[i + 1, k] - curve[i, k])
    return out


@njit(cache=True, error_model="numpy")
def softened(curve, times):  # type: ignore[no-untyped-def]
    """A ``curve`` smoothed ``times`` times, its ends held."""
    out = curve.astype(np.float64)
    for _ in range(times):
        before = out.copy()
        for i in range(1, len(curve) - 1):
            for k in range(3):
                out[i, k] = (before[i - 1, k] + 2 * before[i, k] + before[i + 1, k]) / 4
    return out
