"""Geometry buffers in one pass over bands of rows: seen at 2 by 2 samples a pixel, lit once a part.

The plain statement of the same is ``average_gbuffer(render_gbuffer(posed, 2 * size), 2)``, to which the tests
hold it. What differs: a surface is interpolated once a pixel, in the middle of the samples where it is seen;
light falls once on each part of a pixel; paint goes on every sample as there only where it has edges.
Bands share nothing that they write, so the result does not depend on the number of threads.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from gen_avatar.character.mesh import SKIN
from gen_avatar.character.paint import BARE, EDGED
from gen_avatar.character.pixels import detail_at, interpolated, painted, visibility
from gen_avatar.character.scan import LANES, scan

#: Rows of samples in a band: a band's samples stay in the cache of a core.
BAND = 64
#: Pieces of one part within a pixel share their light when their depths differ by no more than this, cm.
_SAME_LIGHT = np.float32(0.1)
#: Samples of one part are one piece of surface when their nearness differs by no more than this, about
#: 0.16 cm, and the cosines between their normals are at least this.
_ONE_PIECE, _ALIKE = np.float32(2.8e-5), np.float32(0.985)
#: Side of the blocks of a shadow map that :func:`tallest` sums up, texels, and how far taps reach, texels.
_BLOCK, _REACH = 8, 3


@njit(cache=True, nogil=True, error_model="numpy")
def lay_out(
    points, normals, color, tangent, local, shade, lift, size, focal, center, distance, matrix,
    screen, light, attributes,
):  # type: ignore[no-untyped-def]  # fmt: skip
    """Fill for each vertex its place on a picture of side ``size``, lifted, and on the shadow map, [N, 3]
    each, and [N, 16] what is interpolated over triangles."""
    for n in range(len(points)):
        x, y, z = points[n, 0], points[n, 1], points[n, 2]
        away = distance - z
        screen[n, 0] = size * (np.float32(0.5) + focal * x / away)
        screen[n, 1] = size * (center - focal * y / away)
        screen[n, 2] = np.float32(1) / (away - lift[n])
        for k in range(3):
            light[n, k] = matrix[k, 0] * x + matrix[k, 1] * y + matrix[k, 2] * z + matrix[k, 3]
            attributes[n, k] = normals[n, k]
            attributes[n, 3 + k] = points[n, k]
            attributes[n, 6 + k] = color[n, k]
            attributes[n, 9 + k] = tangent[n, k]
            attributes[n, 12 + k] = local[n, k]
        attributes[n, 15] = shade[n]


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
    early, late = np.float32(0.501), np.float32(0.499)
    for t in range(len(triangles)):
        if not kept[t]:
            continue
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, bx, by = points[a, 0], points[a, 1], points[b, 0], points[b, 1]
        cx, cy = points[c, 0], points[c, 1]
        if closed[t] and (bx - ax) * (cy - ay) - (cx - ax) * (by - ay) >= 0:
            continue
        low, high = min(ax, bx, cx), max(ax, bx, cx)
        if math.ceil(low - early) > math.floor(high - late) or high < 0 or low > width:
            continue
        top = max(0, math.ceil(min(ay, by, cy) - early))
        bottom = min(height - 1, math.floor(max(ay, by, cy) - late))
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
    """Every ``step``-th band from ``index`` of a shadow map ``nearness`` [H, W + LANES]."""
    nameless = np.empty((0, 0), np.int32)
    for band in range(index, len(start) - 1, step):
        rows = nearness[band * BAND : (band + 1) * BAND]
        rows[:] = -np.inf
        scan(points, triangles, listed[start[band] : start[band + 1]], band * BAND, nameless, rows)


@njit(cache=True, nogil=True, error_model="numpy")
def tallest(height):  # type: ignore[no-untyped-def]
    """[H / 8, W / 8] nothing within the reach of taps around a block of a shadow map is taller than this."""
    rows, columns = height.shape
    out = np.full(((rows + _BLOCK - 1) // _BLOCK, (columns + _BLOCK - 1) // _BLOCK), -np.inf, np.float32)
    line = np.empty(columns, np.float32)
    for i in range(out.shape[0]):
        line[:] = -np.inf
        for row in range(max(0, i * _BLOCK - _REACH), min(rows, (i + 1) * _BLOCK + _REACH)):
            for column in range(columns):
                line[column] = max(line[column], height[row, column])
        for j in range(out.shape[1]):
            for column in range(max(0, j * _BLOCK - _REACH), min(columns, (j + 1) * _BLOCK + _REACH)):
                out[i, j] = max(out[i, j], line[column])
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def fill_buffers(
    points, triangles, start, listed, lens_start, lens_listed, attributes, part_of, surface_of, paint, detail,
    tones, catch, iris, height, tall, matrix, depths, lens_part, parts, index, step, out,
):  # type: ignore[no-untyped-def]  # fmt: skip
    """Every ``step``-th band from ``index`` of ``out`` [H, W, C], zeros before; ``points`` in samples."""
    width = 2 * out.shape[1]
    seen = np.empty((BAND, width + LANES), np.int32)
    nearness = np.empty((BAND, width + LANES), np.float32)
    lens = np.empty((BAND, width + LANES), np.float32)
    nameless = np.empty((0, 0), np.int32)
    for band in range(index, len(start) - 1, step):
        if start[band] == start[band + 1]:
            continue
        rows = min(BAND, 2 * out.shape[0] - band * BAND)
        seen[:] = -1
        nearness[:] = -np.inf
        scan(points, triangles, listed[start[band] : start[band + 1]], band * BAND, seen[:rows],
             nearness[:rows])  # fmt: skip
        worn = lens_listed[lens_start[band] : lens_start[band + 1]]
        if len(worn):
            lens[:] = -np.inf
            scan(points, triangles, worn, band * BAND, nameless, lens[:rows])
            for row in range(rows):
                for column in range(width):
                    if seen[row, column] >= 0 and lens[row, column] > nearness[row, column]:
                        out[(band * BAND + row) // 2, column // 2, lens_part] += np.float32(0.25)
        _resolve(seen[:rows, :width], nearness, band * BAND, points, triangles, attributes, part_of,
                 surface_of, paint, detail, tones, catch, iris, height, tall, matrix, depths, parts,
                 out[band * BAND // 2 :])  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _is_one_piece(ids, near, part_of, triangles, attributes):  # type: ignore[no-untyped-def]
    """Whether all four samples of a pixel, triangles ``ids`` at ``near``, see the same smooth surface."""
    t = ids[0]
    one = True
    for s in range(1, 4):
        other = ids[s]
        if other != t:
            if other < 0 or part_of[other] != part_of[t]:
                one = False
                break
            # The first corners stand for the triangles.
            a, b = triangles[t, 0], triangles[other, 0]
            alike = np.float32(0)
            for k in range(3):
                alike += attributes[a, k] * attributes[b, k]
            one = one and alike > _ALIKE
    spread = max(near[0], near[1], near[2], near[3]) - min(near[0], near[1], near[2], near[3])
    return one and spread < _ONE_PIECE


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def weights_at(t, x, y, points, triangles):  # type: ignore[no-untyped-def]
    """Screen-space weights of the second and third corner of triangle ``t`` at or next to (x, y)."""
    a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
    ax, ay = points[a, 0], points[a, 1]
    x1, y1, x2, y2 = points[b, 0] - ax, points[b, 1] - ay, points[c, 0] - ax, points[c, 1] - ay
    px, py = x - ax, y - ay
    inverse = np.float32(1) / (x1 * y2 - x2 * y1)
    u = min(max((px * y2 - x2 * py) * inverse, np.float32(0)), np.float32(1))
    v = min(max((x1 * py - px * y1) * inverse, np.float32(0)), np.float32(1) - u)
    return u, v


@njit(cache=True, nogil=True, error_model="numpy")
def _resolve(
    seen, nearness, first_row, points, triangles, attributes, part_of, surface_of, paint, detail, tones,
    catch, iris, height, tall, matrix, depths, parts, out,
):  # type: ignore[no-untyped-def]  # fmt: skip
    """Average samples ``seen`` [2h, 2w] into pixels ``out`` [h, w, C], as painted."""
    ids, near = np.empty(4, np.int32), np.empty(4, np.float32)
    field, own = np.zeros(19, np.float32), np.zeros(19, np.float32)
    sample = np.zeros(paint.shape[2], np.float32)
    depth_of = points[:, 2]
    quarter, half, one = np.float32(0.25), np.float32(0.5), np.float32(1)
    span = np.float32(1 / (depths[1] - depths[0]))
    for y in range(seen.shape[0] // 2):
        for x in range(seen.shape[1] // 2):
            ids[0], ids[1] = seen[2 * y, 2 * x], seen[2 * y, 2 * x + 1]
            ids[2], ids[3] = seen[2 * y + 1, 2 * x], seen[2 * y + 1, 2 * x + 1]
            if ids[0] < 0 and ids[1] < 0 and ids[2] < 0 and ids[3] < 0:
                continue
            for s in range(4):
                near[s] = nearness[2 * y + s // 2, 2 * x + s % 2]
            together = ids[0] >= 0 and _is_one_piece(ids, near, part_of, triangles, attributes)
            pixel = out[y, x]
            middle_x, middle_y = np.float32(2 * x + 1), np.float32(first_row + 2 * y + 1)
            lit_part, lit_depth, light = -1, np.float32(0), np.float32(0)
            for s in range(4):
                t = ids[s]
                if t < 0:
                    continue
                count, right, below = 0, 0, 0
                for other in range(s, 4):
                    if together or ids[other] == t:
                        count += 1
                        right += other % 2
                        below += other // 2
                amount = quarter * np.float32(count)
                u, v = weights_at(
                    t, middle_x - half + np.float32(right) / np.float32(count),
                    middle_y - half + np.float32(below) / np.float32(count), points, triangles,
                )  # fmt: skip
                part, surface = part_of[t], surface_of[t]
                interpolated(t, u, v, depth_of, triangles, attributes, surface == 0, field)
                if part != lit_part or abs(field[5] - lit_depth) > _SAME_LIGHT:
                    lit_part, lit_depth = part, field[5]
                    light = visibility(field, height, tall, matrix)
                for k in range(3):
                    pixel[parts + 3 + k] += amount * field[k]
                pixel[parts + 6] += amount * min(max((field[5] - depths[0]) * span, np.float32(0)), one)
                pixel[parts + 7] += amount
                pixel[parts + 9] += amount * light
                level = EDGED
                if surface == 0:
                    level = BARE
                    pixel[parts + 10] += amount * field[9]
                    pixel[parts + 11] += amount * field[10]
                elif surface == SKIN:
                    level = detail_at(field, detail)
                if level != EDGED:
                    if level != BARE:
                        part = painted(field, part, surface, paint, tones, catch, iris, sample)
                    pixel[part] += amount
                    for k in range(3):
                        pixel[parts + k] += amount * field[6 + k]
                for other in range(s, 4):
                    if not together and ids[other] != t:
                        continue
                    if level == EDGED:
                        mine = ids[other]
                        u, v = weights_at(
                            mine, middle_x - half + np.float32(other % 2),
                            middle_y - half + np.float32(other // 2), points, triangles,
                        )  # fmt: skip
                        interpolated(mine, u, v, depth_of, triangles, attributes, False, own)
                        pixel[painted(own, part, surface, paint, tones, catch, iris, sample)] += quarter
                        for k in range(3):
                            pixel[parts + k] += quarter * own[6 + k]
                        pixel[parts + 8] += quarter * own[16]
                    ids[other] = -1
                if together:
                    break
