"""Kernels that move the vertices of a character."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, error_model="numpy")
def add_shapes(points, weights, shapes):  # type: ignore[no-untyped-def]
    """Add ``shapes`` [K, V, 3], each times its one of ``weights`` [K], to ``points`` [V, 3] in place."""
    flat = points.reshape(-1)
    for shape in range(len(weights)):
        weight = weights[shape]
        if weight != 0:
            move = shapes[shape].reshape(-1)
            for i in range(len(flat)):
                flat[i] += weight * move[i]


@njit(cache=True, error_model="numpy")
def turn_head(points, tangent, follow, turn, pivot, shift):  # type: ignore[no-untyped-def]
    """Turn ``points`` [N, 3] about ``pivot`` and move them by ``shift``, in place, as far as they ``follow``
    [N, 1]; returns ``tangent`` [N, 3] turned."""
    turned = np.empty_like(tangent)
    for n in range(len(points)):
        x, y, z = points[n, 0] - pivot[0], points[n, 1] - pivot[1], points[n, 2] - pivot[2]
        share, u, v, w = follow[n, 0], tangent[n, 0], tangent[n, 1], tangent[n, 2]
        for k in range(3):
            there = turn[k, 0] * x + turn[k, 1] * y + turn[k, 2] * z + pivot[k] + shift[k]
            points[n, k] += share * (there - points[n, k])
            turned[n, k] = turn[k, 0] * u + turn[k, 1] * v + turn[k, 2] * w
    return turned
