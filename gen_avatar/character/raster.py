"""A z-buffer rasteriser on the CPU: triangle ids, barycentrics, depth, interpolation, box average.

Points are given on the screen: x to the right and y down in pixels, the centre of
the first pixel at (0.5, 0.5), and *nearness*: any number that is linear on the
screen and larger when nearer. For a perspective camera that is one over the
distance, which :func:`interpolate` needs to be perspective-correct; for an
orthographic one (shadow maps) it is the coordinate towards the light.

``reference_rasterize`` is the slow, plain statement of the same thing; the tests
hold :func:`rasterize` to it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit


@dataclass(frozen=True)
class Raster:
    """What is seen at each pixel.

    Attributes:
        triangle: [H, W] int32, index of the triangle in front, -1 where there is none.
        barycentric: [H, W, 2] float32, screen-space weights of its second and third corner.
        nearness: [H, W] float32; ``-inf`` where there is none.
    """

    triangle: np.ndarray
    barycentric: np.ndarray
    nearness: np.ndarray


def rasterize(
    points: np.ndarray, triangles: np.ndarray, height: int, width: int, order: np.ndarray | None = None
) -> Raster:
    """Draw ``triangles`` [T, 3] int32 over ``points`` [N, 3] float32 (x, y, nearness); both sides are drawn.

    Only those that ``order`` [n] int32 lists are drawn, by default all.

    A pixel belongs to a triangle when its centre lies inside or on the edge; of equally near
    triangles the first wins, so the result does not depend on anything but the arguments.
    """
    triangle = np.full((height, width), -1, np.int32)
    barycentric = np.zeros((height, width, 2), np.float32)
    nearness = np.full((height, width), -np.inf, np.float32)
    fill(np.ascontiguousarray(points, np.float32), np.ascontiguousarray(triangles, np.int32),
         np.arange(len(triangles), dtype=np.int32) if order is None else order, 0, triangle, barycentric,
         nearness)  # fmt: skip
    return Raster(triangle, barycentric, nearness)


def nearness_map(points: np.ndarray, triangles: np.ndarray, height: int, width: int) -> np.ndarray:
    """[H, W] nearness only, as for shadow maps; arguments as for :func:`rasterize`."""
    nearness = np.full((height, width), -np.inf, np.float32)
    fill(np.ascontiguousarray(points, np.float32), np.ascontiguousarray(triangles, np.int32),
         np.arange(len(triangles), dtype=np.int32), 0,
         np.empty((0, 0), np.int32), np.empty((0, 0, 2), np.float32), nearness)  # fmt: skip
    return nearness


def interpolate(
    raster: Raster,
    points: np.ndarray,
    triangles: np.ndarray,
    attributes: np.ndarray,
    perspective: bool = True,
) -> np.ndarray:
    """[H, W, K] values of per-vertex ``attributes`` [N, K] at each pixel, 0 where nothing is drawn."""
    out = np.zeros((*raster.triangle.shape, attributes.shape[1]), np.float32)
    near = np.ascontiguousarray(points[:, 2], np.float32) if perspective else np.ones(len(points), np.float32)
    _interpolate(raster.triangle, raster.barycentric, near, np.ascontiguousarray(triangles, np.int32),
                 np.ascontiguousarray(attributes, np.float32), out)  # fmt: skip
    return out


def box_average(image: np.ndarray, factor: int) -> np.ndarray:
    """Average blocks of ``factor`` by ``factor`` pixels of [H, W, K] or [H, W]."""
    if factor == 1:
        return image.astype(np.float32, copy=False)
    planes = np.ascontiguousarray(image.reshape(*image.shape[:2], -1), np.float32)
    height, width = image.shape[0] // factor, image.shape[1] // factor
    small = np.zeros((height, width, planes.shape[2]), np.float32)
    _box_average(planes, factor, small)
    return small if image.ndim == 3 else small[..., 0]


def vertex_normals(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """[N, 3] unit normals, area-weighted over the triangles that meet; these are CCW seen from outside."""
    normals = np.zeros((len(points), 3), np.float32)
    _accumulate_normals(
        np.ascontiguousarray(points, np.float32), np.ascontiguousarray(triangles, np.int32), normals
    )
    return normals


def reference_rasterize(points: np.ndarray, triangles: np.ndarray, height: int, width: int) -> Raster:
    """:func:`rasterize` in plain numpy, one triangle after another over the whole picture."""
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    triangle = np.full((height, width), -1, np.int32)
    barycentric = np.zeros((height, width, 2), np.float32)
    nearness = np.full((height, width), -np.inf, np.float32)
    for index, corners in enumerate(points[triangles].astype(np.float64)):
        a, b, c = corners
        area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
        if abs(area) < _MIN_AREA:
            continue
        u = ((x - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (y - a[1])) / area
        v = ((b[0] - a[0]) * (y - a[1]) - (x - a[0]) * (b[1] - a[1])) / area
        near = (a[2] + u * (b[2] - a[2]) + v * (c[2] - a[2])).astype(np.float32)
        front = (u >= -_EDGE) & (v >= -_EDGE) & (u + v <= 1 + _EDGE) & (near > nearness)
        triangle[front] = index
        barycentric[front] = np.stack([u, v], -1)[front]
        nearness[front] = near[front]
    return Raster(triangle, barycentric, nearness)


#: Triangles with less than this area, in pixels, are seen edge-on.
_MIN_AREA = 1e-9
#: Slack in barycentrics, so that rounding opens no crack between neighbours.
_EDGE = 1e-7
#: Rows of triangles at most this wide are tested pixel by pixel: that is cheaper than finding their ends.
_NARROW = 6


@njit(cache=True, nogil=True, error_model="numpy")
def _bounds(lo, hi, start, stop):  # type: ignore[no-untyped-def]
    """First and last pixel of start..stop whose centres lie in lo..hi."""
    return max(start, int(math.ceil(lo - 0.5))), min(stop - 1, int(math.floor(hi - 0.5)))


@njit(cache=True, nogil=True, error_model="numpy")
def _clip_span(slope, offset, origin, low, high):  # type: ignore[no-untyped-def]
    """Columns low..high where slope * (column + 0.5 - origin) + offset may be at least 0."""
    if slope > 1e-12:
        return max(low, math.floor(origin - 1.5 - offset / slope)), high
    if slope < -1e-12:
        return low, min(high, math.ceil(origin + 0.5 - offset / slope))
    return low, high


@njit(cache=True, nogil=True, error_model="numpy")
def fill(points, triangles, order, first_row, triangle, barycentric, nearness):  # type: ignore[no-untyped-def]
    """Draw the triangles ``order`` into the rows of a picture that start at ``first_row``.

    ``nearness`` [H, W] is what lies in front so far; ``triangle`` and ``barycentric`` as in :class:`Raster`,
    or of no size, and then only ``nearness`` is filled.
    """
    height, width = nearness.shape
    named = triangle.size > 0
    for t in order:
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, az = float(points[a, 0]), float(points[a, 1]), float(points[a, 2])
        x1, y1, z1 = points[b, 0] - ax, points[b, 1] - ay, points[b, 2] - az
        x2, y2, z2 = points[c, 0] - ax, points[c, 1] - ay, points[c, 2] - az
        top, bottom = _bounds(ay + min(0.0, y1, y2), ay + max(0.0, y1, y2), first_row, first_row + height)
        left, right = _bounds(ax + min(0.0, x1, x2), ax + max(0.0, x1, x2), 0, width)
        area = x1 * y2 - x2 * y1
        if top > bottom or left > right or not abs(area) >= _MIN_AREA:
            continue
        inverse = 1.0 / area
        du, dv = y2 * inverse, -y1 * inverse
        for row in range(top, bottom + 1):
            py = row + 0.5 - ay
            u0, v0 = -x2 * py * inverse, x1 * py * inverse
            low, high = float(left), float(right)
            if right - left > _NARROW:
                # Where the row meets the three edges, give or take a pixel.
                low, high = _clip_span(du, u0, ax, low, high)
                low, high = _clip_span(dv, v0, ax, low, high)
                low, high = _clip_span(-du - dv, 1 + (x2 - x1) * py * inverse, ax, low, high)
            for column in range(int(low), int(high) + 1):
                px = column + 0.5 - ax
                u = px * du + u0
                v = px * dv + v0
                if u < -_EDGE or v < -_EDGE or u + v > 1 + _EDGE:
                    continue
                near = np.float32(az + u * z1 + v * z2)
                if near > nearness[row - first_row, column]:
                    nearness[row - first_row, column] = near
                    if named:
                        triangle[row - first_row, column] = t
                        barycentric[row - first_row, column, 0] = u
                        barycentric[row - first_row, column, 1] = v


@njit(cache=True, nogil=True, error_model="numpy")
def _interpolate(triangle, barycentric, near, triangles, attributes, out):  # type: ignore[no-untyped-def]
    height, width = triangle.shape
    for row in range(height):
        for column in range(width):
            t = triangle[row, column]
            if t < 0:
                continue
            a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            u, v = barycentric[row, column, 0], barycentric[row, column, 1]
            # Screen-space weights times nearness are weights on the surface.
            wa, wb, wc = (1 - u - v) * near[a], u * near[b], v * near[c]
            scale = 1 / (wa + wb + wc)
            wa, wb, wc = wa * scale, wb * scale, wc * scale
            for k in range(attributes.shape[1]):
                out[row, column, k] = wa * attributes[a, k] + wb * attributes[b, k] + wc * attributes[c, k]


@njit(cache=True, nogil=True, error_model="numpy")
def _box_average(image, factor, small):  # type: ignore[no-untyped-def]
    share = np.float32(1.0 / (factor * factor))
    for row in range(small.shape[0] * factor):
        for column in range(small.shape[1] * factor):
            for k in range(small.shape[2]):
                small[row // factor, column // factor, k] += image[row, column, k] * share


@njit(cache=True, nogil=True, error_model="numpy")
def _accumulate_normals(points, triangles, normals):  # type: ignore[no-untyped-def]
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ux, uy, uz = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
        vx, vy, vz = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1], points[c, 2] - points[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for k in (a, b, c):
            normals[k, 0] += nx
            normals[k, 1] += ny
            normals[k, 2] += nz
    for k in range(normals.shape[0]):
        length = math.sqrt(normals[k, 0] ** 2 + normals[k, 1] ** 2 + normals[k, 2] ** 2)
        if length > 0:
            for i in range(3):
                normals[k, i] /= length
