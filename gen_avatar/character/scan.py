"""The quick z-buffer: which triangle lies in front at each sample, found row by row between two edges.

:func:`gen_avatar.character.raster.rasterize` is the plain statement of the same thing.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

#: Triangles with less than this area, in samples, are seen edge-on.
_MIN_AREA = 1e-6
#: Slack of a row's ends, in samples, so that rounding opens no crack between neighbours.
_SLACK = 1e-4
#: Samples that are looked at together; pictures are this much wider than what is drawn in them.
LANES = 8


@njit(cache=True, nogil=True, error_model="numpy")
def scan(points, triangles, order, first_row, seen, nearness):  # type: ignore[no-untyped-def]
    """Draw the triangles ``order`` into the rows of a picture that start at ``first_row``.

    Args:
        points: [N, 3] float32 (x, y, nearness) on the screen; triangles: [T, 3] int32.
        seen: [H, W + LANES] int32 the triangle in front, or of no size, and then only ``nearness`` is filled.
        nearness: [H, W + LANES] float32 what lies in front so far; the first of equally near triangles stays.
    """
    height, width = nearness.shape[0], nearness.shape[1] - LANES
    named = seen.size > 0
    before, behind = np.float32(0.5 + _SLACK), np.float32(0.5 - _SLACK)
    half, zero = np.float32(0.5), np.float32(0)
    for t in order:
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        # From the top down.
        if points[b, 1] < points[a, 1]:
            a, b = b, a
        if points[c, 1] < points[b, 1]:
            b, c = c, b
            if points[b, 1] < points[a, 1]:
                a, b = b, a
        ax, ay, az = points[a, 0], points[a, 1], points[a, 2]
        bx, by, bz = points[b, 0], points[b, 1], points[b, 2]
        cx, cy, cz = points[c, 0], points[c, 1], points[c, 2]
        top = max(first_row, math.ceil(ay - half))
        bottom = min(first_row + height - 1, math.floor(cy - half))
        if top > bottom:
            continue
        x1, y1, z1, x2, y2, z2 = bx - ax, by - ay, bz - az, cx - ax, cy - ay, cz - az
        area = float(x1) * y2 - float(x2) * y1
        if not abs(area) >= _MIN_AREA:
            continue
        inverse = np.float32(1 / area)
        across, down = (z1 * y2 - z2 * y1) * inverse, (x1 * z2 - x2 * z1) * inverse
        nearest = max(az, bz, cz)
        whole = x2 / y2
        upper = x1 / y1 if y1 > zero else zero
        lower = (cx - bx) / (cy - by) if cy > by else zero
        for row in range(top, bottom + 1):
            middle = np.float32(row) + half
            left = ax + (middle - ay) * whole
            right = ax + (middle - ay) * upper if middle < by else bx + (middle - by) * lower
            if right < left:
                left, right = right, left
            start = max(0, math.ceil(left - before))
            stop = min(width - 1, math.floor(right - behind))
            origin = az + (half - ax) * across + (middle - ay) * down
            for at in range(start, stop + 1, LANES):
                first = origin + np.float32(at) * across
                there = nearness[row - first_row, at : at + LANES]
                # Beyond the end of the row nothing is near enough: every step does the same, in one go.
                if named:
                    _put(there, seen[row - first_row, at : at + LANES], first, across, nearest, stop - at, t)
                else:
                    for k in range(LANES):
                        near = min(first + np.float32(k) * across, nearest)
                        there[k] = near if k <= stop - at and near > there[k] else there[k]


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _put(there, names, first, across, nearest, last, t):  # type: ignore[no-untyped-def]
    """Put triangle ``t`` into up to ``LANES`` samples where it is nearer than what is there."""
    for k in range(LANES):
        near = min(first + np.float32(k) * across, nearest)
        closer = k <= last and near > there[k]
        there[k] = near if closer else there[k]
        names[k] = t if closer else names[k]
