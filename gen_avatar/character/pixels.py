"""The kernel per pixel: interpolation, paint on the skin, the iris, catch-lights, shadow of the key light."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from gen_avatar.character.camera import SHADOW_SIZE
from gen_avatar.character.ears import EAR_SIDE, HOLLOW_MIDDLE, HOLLOW_RADII
from gen_avatar.character.mandible import below_jaw, shade_below_jaw
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.character.paint import BARE, EDGED, FRONT, PAINT_ORIGIN, PAINT_SCALE, SOFT

_LIPS, _IRIS = PART_INDEX["lips"], PART_INDEX["iris"]
_X0, _Y0 = PAINT_ORIGIN
_F0, _F1 = FRONT
(_EAR_Y, _EAR_Z), (_EAR_TALL, _EAR_WIDE) = HOLLOW_MIDDLE, HOLLOW_RADII
#: Taps of the soft shadow: offsets in texels of a shadow map of side ``SHADOW_SIZE``.
_TAPS = np.array([[0, 0], [2.2, 0.6], [-0.6, 2.2], [-2.2, -0.6], [0.6, -2.2], [1.3, 1.5], [-1.5, 1.3],
                  [-1.3, -1.5], [1.5, -1.3]], np.float32)  # fmt: skip
_BIAS, _NORMAL_OFFSET = 0.30, 0.35
#: How much lighter the soft middle of the lower lip is.
_LIP_LIGHT = 0.34
#: How much lighter skin gets at most where light is painted.
SKIN_LIGHT = 0.42


@njit(cache=True, nogil=True, error_model="numpy")
def _step(lo, hi, x):  # type: ignore[no-untyped-def]
    t = min(max((x - lo) / (hi - lo), 0.0), 1.0)
    return t * t * (3 - 2 * t)


@njit(cache=True, nogil=True, error_model="numpy")
def _sample(paint, x, y, out):  # type: ignore[no-untyped-def]
    height, width, channels = paint.shape
    u = min(max((x - _X0) * PAINT_SCALE, 0.0), width - 1.001)
    v = min(max((y - _Y0) * PAINT_SCALE, 0.0), height - 1.001)
    i, j = int(v), int(u)
    fv, fu, one = np.float32(v - i), np.float32(u - j), np.float32(1)
    for k in range(channels):
        out[k] = (paint[i, j, k] * (one - fu) + paint[i, j + 1, k] * fu) * (one - fv) + (
            paint[i + 1, j, k] * (one - fu) + paint[i + 1, j + 1, k] * fu
        ) * fv


@njit(cache=True, nogil=True, error_model="numpy")
def _blend(field, color, share):  # type: ignore[no-untyped-def]
    for k in range(3):
        field[6 + k] += (color[k] - field[6 + k]) * share


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def visibility(field, height, tall, matrix):  # type: ignore[no-untyped-def]
    """Share of the key light that reaches a ``field`` [19], by a shadow map's ``height`` and ``matrix``.

    ``tall`` as of :func:`gen_avatar.character.bands.tallest`: most places need not be looked at closely.
    """
    offset, zero, one = np.float32(_NORMAL_OFFSET), np.float32(0), np.float32(1)
    x, y, z = field[3] + field[0] * offset, field[4] + field[1] * offset, field[5] + field[2] * offset
    u = matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2] * z + matrix[0, 3]
    v = matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2] * z + matrix[1, 3]
    h = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2] * z + matrix[2, 3]
    # Surfaces at a slant to the light need more slack, the more the coarser the map.
    slant = field[0] * matrix[2, 0] + field[1] * matrix[2, 1] + field[2] * matrix[2, 2]
    rows, columns = height.shape
    coarse = np.float32(SHADOW_SIZE / rows)
    bias = np.float32(_BIAS) + np.float32(0.45) * coarse * (one - min(max(slant, zero), one))
    inside = u >= zero and v >= zero and u < columns and v < rows
    if inside and tall[int(v) // 8, int(u) // 8] - h <= bias:
        return one
    scale, fade = one / coarse, np.float32(1 / 0.35)
    lit = zero
    for k in range(_TAPS.shape[0]):
        column, row = int(u + scale * _TAPS[k, 0]), int(v + scale * _TAPS[k, 1])
        if row < 0 or column < 0 or row >= rows or column >= columns:
            lit += one
        else:
            t = min(max((height[row, column] - h - bias) * fade, zero), one)
            lit += one - t * t * (np.float32(3) - np.float32(2) * t)
    return lit / np.float32(_TAPS.shape[0])


@njit(cache=True, nogil=True, error_model="numpy")
def _paint_ear(field, tones):  # type: ignore[no-untyped-def]
    """Darken the hollow of an ear."""
    dy, dz = (field[13] - _EAR_Y) / _EAR_TALL, (field[14] - _EAR_Z) / _EAR_WIDE
    hollow = 1 - _step(0.55, 1.05, math.sqrt(dy * dy + dz * dz))
    _blend(field, tones[4], 0.9 * hollow)
    _blend(field, tones[3], 0.45 * hollow)


@njit(cache=True, nogil=True, error_model="numpy")
def _paint_skin(field, paint, tones, sample):  # type: ignore[no-untyped-def]
    """Paint one pixel of skin; returns whether it is lip. ``tones`` as in ``PAINT_ROLES``."""
    front = _step(_F0, _F1, field[14])
    if abs(field[12]) > EAR_SIDE:
        _paint_ear(field, tones)
    shade_below_jaw(field, tones)
    if front <= 0:
        return False
    _sample(paint, field[12], field[13], sample)
    _blend(field, tones[2], sample[2] * front)
    if sample[4] >= 0:
        _blend(field, tones[4], sample[4] * front)
    elif sample[0] <= 0:
        for k in range(3):
            field[6 + k] -= SKIN_LIGHT * front * sample[4] * (1 - field[6 + k]) * (0.35 + field[6 + k])
    _blend(field, tones[9], sample[5] * front)
    _blend(field, tones[10], sample[6] * front)
    lip = sample[0] > 0 and field[14] > 6.0
    if lip:
        _blend(field, tones[1], 1.0)
        for k in range(6, 9):
            field[k] += _LIP_LIGHT * sample[4] * (1 - field[k]) * (0.35 + field[k])
    _blend(field, tones[3], sample[3] * front)
    _blend(field, tones[5], 0.9 * sample[1] * front)
    return lip


@njit(cache=True, nogil=True, error_model="numpy")
def _paint_eye(field, tones, catch, iris_radius, pupil_radius):  # type: ignore[no-untyped-def]
    """Paint one pixel of an eye; returns whether it is iris."""
    length = math.sqrt(field[12] ** 2 + field[13] ** 2 + field[14] ** 2) + 1e-9
    x, y, z = field[12] / length, field[13] / length, field[14] / length
    field[12], field[13], field[14] = x, y, z
    shade = field[17]
    radius = math.sqrt(x * x + y * y)
    is_iris = z > 0 and radius < iris_radius
    _blend(field, tones[6], 1.0)
    if is_iris:
        _blend(field, tones[7], 1.0)
        # Lighter below, a dark ring around, the pupil with a soft edge.
        glow = _step(-0.25, 0.8, -y / iris_radius) * (1 - _step(0.72, 0.92, radius / iris_radius))
        for k in range(3):
            c = field[6 + k]
            field[6 + k] = c + (min(1.0, c * 1.55 + 0.12) - c) * 0.95 * glow
        ring = _step(0.76, 0.96, radius / iris_radius)
        _blend(field, tones[8], 0.62 * ring)
        _blend(field, tones[8], 1 - _step(pupil_radius * 0.94, pupil_radius * 1.06, radius))
    dim = 0.34 * shade if not is_iris else 0.42 * shade
    field[6] *= 1 - dim
    field[7] *= 1 - dim * 1.03
    field[8] *= 1 - dim * 0.95
    light = 0.0
    for k in range(catch.shape[0]):
        d = math.sqrt((x - catch[k, 0]) ** 2 + (y - catch[k, 1]) ** 2 + (z - catch[k, 2]) ** 2)
        light = max(light, 1 - _step(catch[k, 3] * 0.88, catch[k, 3] * 1.12, d))
    field[16] = light
    return is_iris


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def interpolated(t, u, v, near, triangles, attributes, strands, field):  # type: ignore[no-untyped-def]
    """Fill ``field`` [19] from the corners of triangle ``t`` at screen-space weights ``u``, ``v``.

    Tangents are made unit length if they are ``strands``. What belongs to 15 is left to the caller.
    """
    a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
    wa, wb, wc = (np.float32(1) - u - v) * near[a], u * near[b], v * near[c]
    scale = np.float32(1) / (wa + wb + wc)
    wa, wb, wc = wa * scale, wb * scale, wc * scale
    one, two, three = attributes[a], attributes[b], attributes[c]
    for k in range(16):
        field[k] = wa * one[k] + wb * two[k] + wc * three[k]
    field[16], field[17] = 0, field[15]
    square = field[0] * field[0] + field[1] * field[1] + field[2] * field[2]
    if square > np.float32(1e-18):
        scale = np.float32(1) / math.sqrt(square)
        for k in range(3):
            field[k] *= scale
    if strands:
        square = field[9] * field[9] + field[10] * field[10] + field[11] * field[11]
        if square > np.float32(1e-12):
            scale = np.float32(1) / math.sqrt(square)
            for k in range(9, 12):
                field[k] *= scale


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def detail_at(field, detail):  # type: ignore[no-untyped-def]
    """The level of a ``detail`` map [H, W] where a ``field`` [19] of skin lies."""
    share, close = below_jaw(field[12], field[13], field[14])
    if close:
        return EDGED
    if field[14] <= _F0:
        return SOFT if abs(field[12]) > EAR_SIDE or share > 0 else BARE
    u = min(max((field[12] - np.float32(_X0)) * np.float32(PAINT_SCALE), np.float32(0)), detail.shape[1] - 2)
    v = min(max((field[13] - np.float32(_Y0)) * np.float32(PAINT_SCALE), np.float32(0)), detail.shape[0] - 2)
    level = detail[int(v), int(u)]
    return SOFT if share > 0 and level == BARE else level


@njit(cache=True, nogil=True, error_model="numpy")
def painted(field, p, surface, paint, tones, catch, iris, sample):  # type: ignore[no-untyped-def]
    """Paint ``field`` [19] of a surface, in place; returns its part, ``p`` before paint."""
    if surface == 1:
        if _paint_skin(field, paint, tones, sample):
            return _LIPS
    elif surface >= 2 and _paint_eye(field, tones, catch[surface - 2], iris[0], iris[1]):
        return _IRIS
    return p


@njit(cache=True, nogil=True, error_model="numpy")
def shade_pixels(
    triangle, barycentric, near, triangles, attributes, part_of, surface_of, paint, tones, catch, iris,
    height, tall, matrix, depths, part, normal, position, albedo, tangent, local, scalars,
):  # type: ignore[no-untyped-def]  # fmt: skip
    """Fill ``part`` [S, S], five fields [S, S, 3] and ``scalars`` (visibility, catch-light, lid shade, depth)
    [4, S, S] from what the rasteriser saw; depth between the two ``depths``."""
    size = triangle.shape[0]
    sample, field = np.zeros(paint.shape[2], np.float32), np.zeros(19, np.float32)
    zero, one, span = np.float32(0), np.float32(1), np.float32(depths[1] - depths[0])
    for row in range(size):
        for column in range(size):
            t = triangle[row, column]
            if t < 0:
                continue
            u, v = barycentric[row, column, 0], barycentric[row, column, 1]
            interpolated(t, u, v, near, triangles, attributes, True, field)
            part[row, column] = painted(field, part_of[t], surface_of[t], paint, tones, catch, iris, sample)
            for k in range(3):
                normal[row, column, k] = field[k]
                position[row, column, k] = field[3 + k]
                albedo[row, column, k] = field[6 + k]
                tangent[row, column, k] = field[9 + k]
                local[row, column, k] = field[12 + k]
            scalars[0, row, column] = visibility(field, height, tall, matrix)
            scalars[1, row, column], scalars[2, row, column] = field[16], field[17]
            scalars[3, row, column] = min(max((field[5] - depths[0]) / span, zero), one)
