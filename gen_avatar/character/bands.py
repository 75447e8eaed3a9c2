"""Geometry buffers in one pass over bands of rows: seen at 2 by 2 samples a pixel, lit once a part.

The plain statement of the same is ``average_gbuffer(render_gbuffer(posed, 2 * size), 2)``, to which the tests
hold it. What differs: a triangle is interpolated once a pixel, in the middle of the samples where it is seen;
light falls once on each part of a pixel; paint, which has sharp edges, goes on every sample as there.
Bands share nothing that they write, so the result does not depend on the number of threads.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from gen_avatar.character.pixels import interpolated, painted, visibility
from gen_avatar.character.raster import fill

#: Rows of samples in a band: a band's samples stay in the cache of a core.
BAND = 32
#: Pieces of one part within a pixel share their light when their depths differ by no more than this, cm.
_SAME_LIGHT = np.float32(0.1)


@njit(cache=True, nogil=True, error_model="numpy")
def sort_into_bands(points, triangles, kept, closed, height, width):  # type: ignore[no-untyped-def]
    """Which triangles each band of rows must draw, in their order.

    Args:
        points: [N, 3] float32 on the screen; triangles: [T, 3] int32.
        kept: [T] bool, which triangles count at all.
        closed: [T] bool, which belong to closed surfaces: they are left out where they face away.
        height, width: of the picture, samples.

    Returns:
        [B + 1] where each band starts in the list, and the list of triangles, int32.
    """
    bands = (height + BAND - 1) // BAND
    first = np.full(len(triangles), -1, np.int32)
    last = np.zeros(len(triangles), np.int32)
    start = np.zeros(bands + 1, np.int32)
    for t in range(len(triangles)):
        if not kept[t]:
            continue
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, bx, by = points[a, 0], points[a, 1], points[b, 0], points[b, 1]
        cx, cy = points[c, 0], points[c, 1]
        if closed[t] and (bx - ax) * (cy - ay) - (cx - ax) * (by - ay) >= 0:
            continue
        low, high = min(ax, bx, cx), max(ax, bx, cx)
        if math.ceil(low - 0.501) > math.floor(high - 0.499) or high < 0 or low > width:
            continue
        top = max(0, int(math.ceil(min(ay, by, cy) - 0.501)))
        bottom = min(height - 1, int(math.floor(max(ay, by, cy) - 0.499)))
        if top > bottom:
            continue
        first[t], last[t] = top // BAND, bottom // BAND
        for band in range(first[t], last[t] + 1):
            start[band + 1] += 1
    start = np.cumsum(start).astype(np.int32)
    listed = np.empty(start[-1], np.int32)
    at = start.copy()
    for t in range(len(triangles)):
        if first[t] >= 0:
            for band in range(first[t], last[t] + 1):
                listed[at[band]] = t
                at[band] += 1
    return start, listed


@njit(cache=True, nogil=True, error_model="numpy")
def fill_shadow(points, triangles, start, listed, index, step, nearness):  # type: ignore[no-untyped-def]
    """Every ``step``-th band from ``index`` of a shadow map ``nearness`` [H, W]."""
    triangle, barycentric = np.empty((0, 0), np.int32), np.empty((0, 0, 2), np.float32)
    for band in range(index, len(start) - 1, step):
        rows = nearness[band * BAND : (band + 1) * BAND]
        rows[:] = -np.inf
        mine = listed[start[band] : start[band + 1]]
        fill(points, triangles, mine, band * BAND, triangle, barycentric, rows)


@njit(cache=True, nogil=True, error_model="numpy")
def fill_buffers(
    points, triangles, start, listed, lens_start, lens_listed, attributes, part_of, surface_of, paint, tones,
    catch, iris, height, matrix, depths, lens_part, parts, index, step, out,
):  # type: ignore[no-untyped-def]  # fmt: skip
    """Every ``step``-th band from ``index`` of ``out`` [H, W, C], zeros before; ``points`` in samples."""
    width = 2 * out.shape[1]
    near = points[:, 2].copy()
    triangle = np.empty((BAND, width), np.int32)
    barycentric = np.empty((BAND, width, 2), np.float32)
    nearness = np.empty((BAND, width), np.float32)
    lens = np.empty((BAND, width), np.float32)
    none, nowhere = np.empty((0, 0), np.int32), np.empty((0, 0, 2), np.float32)
    for band in range(index, len(start) - 1, step):
        rows = min(BAND, 2 * out.shape[0] - band * BAND)
        triangle[:] = -1
        nearness[:] = -np.inf
        fill(points, triangles, listed[start[band] : start[band + 1]], band * BAND,
             triangle[:rows], barycentric[:rows], nearness[:rows])  # fmt: skip
        worn = lens_listed[lens_start[band] : lens_start[band + 1]]
        if len(worn):
            lens[:] = -np.inf
            fill(points, triangles, worn, band * BAND, none, nowhere, lens[:rows])
            for row in range(rows):
                for column in range(width):
                    if triangle[row, column] >= 0 and lens[row, column] > nearness[row, column]:
                        out[(band * BAND + row) // 2, column // 2, lens_part] += np.float32(0.25)
        _resolve(triangle[:rows], barycentric, near, triangles, attributes, part_of, surface_of, paint, tones,
                 catch, iris, height, matrix, depths, parts, out[band * BAND // 2 :])  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def _resolve(
    triangle, barycentric, near, triangles, attributes, part_of, surface_of, paint, tones, catch, iris,
    height, matrix, depths, parts, out,
):  # type: ignore[no-untyped-def]  # fmt: skip
    """Average samples [2h, 2w] into pixels ``out`` [h, w, C]."""
    seen = np.empty(4, np.int32)
    weights = np.empty((4, 2), np.float32)
    field, own = np.zeros(19, np.float32), np.zeros(19, np.float32)
    sample = np.zeros(paint.shape[2], np.float32)
    quarter, span = np.float32(0.25), np.float32(1 / (depths[1] - depths[0]))
    for y in range(triangle.shape[0] // 2):
        for x in range(triangle.shape[1] // 2):
            for s in range(4):
                seen[s] = triangle[2 * y + s // 2, 2 * x + s % 2]
                weights[s, 0] = barycentric[2 * y + s // 2, 2 * x + s % 2, 0]
                weights[s, 1] = barycentric[2 * y + s // 2, 2 * x + s % 2, 1]
            pixel = out[y, x]
            lit_part, lit_depth, light = -1, np.float32(0), np.float32(0)
            for s in range(4):
                t = seen[s]
                if t < 0:
                    continue
                count, u, v = np.float32(0), np.float32(0), np.float32(0)
                for other in range(s, 4):
                    if seen[other] == t:
                        count += np.float32(1)
                        u += weights[other, 0]
                        v += weights[other, 1]
                interpolated(t, u / count, v / count, near, triangles, attributes, field)
                part, surface = part_of[t], surface_of[t]
                share = count * quarter
                if part != lit_part or abs(field[5] - lit_depth) > _SAME_LIGHT:
                    lit_part, lit_depth = part, field[5]
                    light = np.float32(visibility(field, height, matrix))
                for k in range(3):
                    pixel[parts + 3 + k] += share * field[k]
                depth = min(max((field[5] - depths[0]) * span, np.float32(0)), np.float32(1))
                pixel[parts + 6] += share * depth
                pixel[parts + 7] += share
                pixel[parts + 9] += share * light
                pixel[parts + 10] += share * field[9]
                pixel[parts + 11] += share * field[10]
                if surface == 0:
                    pixel[part] += share
                    for k in range(3):
                        pixel[parts + k] += share * field[6 + k]
                for other in range(s, 4):
                    if seen[other] != t:
                        continue
                    seen[other] = -1
                    if surface != 0:
                        u, v = weights[other, 0], weights[other, 1]
                        interpolated(t, u, v, near, triangles, attributes, own)
                        pixel[painted(own, part, surface, paint, tones, catch, iris, sample)] += quarter
                        for k in range(3):
                            pixel[parts + k] += quarter * own[6 + k]
                        pixel[parts + 8] += quarter * own[16]
