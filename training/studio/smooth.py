"""Smooth fields over a figure: normals and shadows without the small bumps of the mesh below them."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numba import njit

from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.mesh import PART_INDEX

#: Blurs wider than this many samples are done on a coarser grid.
_COARSE = 6.0
#: The middle of a face in rest coordinates: half its width, half its height, height of its centre, cm.
_MIDDLE = (8.5, 10.0, -0.5)
#: What lies further back is no face.
_FRONT = 4.0
_SKIN, _LIPS = PART_INDEX["skin"], PART_INDEX["lips"]


def spread(values: np.ndarray, weight: np.ndarray, sigma: float) -> np.ndarray:
    """Blur of ``values`` [H, W] or [H, W, C] float32 that only mixes samples where ``weight`` [H, W] > 0.

    Args:
        sigma: of the Gaussian, samples.

    Returns:
        Like ``values``; where no weight is near, 0.
    """
    shape = weight.shape
    mean = _blurred(values.reshape(*shape, -1), weight, sigma, _factor(shape, sigma))
    return mean if values.ndim == 3 else mean[..., 0]


def spread_at(values: np.ndarray, weight: np.ndarray, sigma: float, at: np.ndarray) -> np.ndarray:
    """What :func:`spread` makes of ``values`` [H, W, C], but only where ``at`` [H, W] bool: [n, C], by rows.

    Nothing further away than the blur reaches is looked at.
    """
    factor = _factor(at.shape, sigma)
    if any(side % factor for side in at.shape):
        return taken(spread(values, weight, sigma), at)
    reach = factor * (math.ceil(4 * sigma / factor) + 2)
    box = []
    for axis, side in enumerate(at.shape):
        known = np.flatnonzero(at.any(1 - axis))
        if len(known) == 0:
            return np.zeros((0, values.shape[2]), np.float32)
        start, stop = max(0, int(known[0]) - reach), min(side, int(known[-1]) + 1 + reach)
        box.append(slice(start // factor * factor, -(-stop // factor) * factor))
    rows, columns = box
    mean = _blurred(values[rows, columns], weight[rows, columns], sigma, factor)
    return taken(mean, at[rows, columns])


def _factor(shape: tuple[int, ...], sigma: float) -> int:
    """How much coarser than the samples the grid is that a blur is done on."""
    factor = 1
    while sigma / factor > _COARSE and min(shape) // (2 * factor) >= 16:
        factor *= 2
    return factor


def _blurred(values: np.ndarray, weight: np.ndarray, sigma: float, factor: int) -> np.ndarray:
    """:func:`spread` of ``values`` [H, W, C] on a grid ``factor`` times as coarse."""
    shape = weight.shape
    size = (shape[1] // factor, shape[0] // factor)
    at_once = factor if all(side % factor == 0 for side in shape) else 1
    both = np.empty((shape[0] // at_once, shape[1] // at_once, values.shape[2] + 1), np.float32)
    _weigh(values, weight, at_once, both)
    if at_once < factor:
        both = cv2.resize(both, size, interpolation=cv2.INTER_AREA)
    both = cv2.GaussianBlur(both, (0, 0), sigma / factor, borderType=cv2.BORDER_REPLICATE)
    mean = np.empty((*both.shape[:2], values.shape[2]), np.float32)
    _divide(both, mean)
    if factor > 1:
        mean = cv2.resize(mean, shape[::-1], interpolation=cv2.INTER_LINEAR)
    return mean.reshape(*shape, -1)


def smooth_normals(normal: np.ndarray, inside: np.ndarray, sigma: float) -> np.ndarray:
    """[n, 3] unit normals of a rounder proxy, by rows: ``normal`` [H, W, 3] blurred over the n samples
    that are ``inside`` [H, W]."""
    mean = spread_at(normal, inside, sigma, inside)
    _normalize(mean)
    return mean


def taken(field: np.ndarray, at: np.ndarray) -> np.ndarray:
    """``field[at]`` of [H, W, C] float32 where ``at`` [H, W] bool: [n, C]."""
    out = np.empty((np.count_nonzero(at), field.shape[2]), np.float32)
    _take(field, at, out)
    return out


def dot(vectors: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """[n] ``vectors`` [n, K] · ``direction`` [K], both float32: to the bit the same on every machine and for
    any number of vectors and threads, which a product of matrices is not."""
    out = np.empty(len(vectors), np.float32)
    _dot(vectors, direction, out)
    return out


def face_light(geometry: GBuffer) -> np.ndarray:
    """[S, S] visibility of the key light without what falls on the middle of a face from the face."""
    out = np.zeros(geometry.part.shape, np.float32)
    _face_light(geometry.part, geometry.visibility, geometry.local, out)
    return out


def under_nose(geometry: GBuffer) -> np.ndarray:
    """[S, S] in [0, 1]: the shape below the tip of a nose."""
    out = np.zeros(geometry.part.shape, np.float32)
    _under_nose(geometry.part, geometry.normal, geometry.local, out)
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _weigh(values, weight, factor, out):  # type: ignore[no-untyped-def]
    """Averages of weighted ``values`` [H, W, C] and, last, of ``weight`` [H, W] over blocks of samples.

    Sums are in the order in which cv2.resize does them.
    """
    channels, share = values.shape[2], np.float32(1 / (factor * factor))
    block = np.zeros((factor, factor), np.float32)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            some = False
            for r in range(factor):
                for c in range(factor):
                    block[r, c] = weight[i * factor + r, j * factor + c]
                    some |= block[r, c] != 0
            if not some:
                for k in range(channels + 1):
                    out[i, j, k] = 0
                continue
            for k in range(channels + 1):
                if k < channels:
                    for r in range(factor):
                        for c in range(factor):
                            w = np.float32(weight[i * factor + r, j * factor + c])
                            block[r, c] = w * values[i * factor + r, j * factor + c, k] if w != 0 else 0
                else:
                    for r in range(factor):
                        for c in range(factor):
                            block[r, c] = weight[i * factor + r, j * factor + c]
                if factor == 1:
                    total = block[0, 0]
                elif factor == 2 and channels == 3:
                    total = (block[0, 0] + block[0, 1]) + (block[1, 0] + block[1, 1])
                elif factor == 2:
                    total = ((block[0, 0] + block[0, 1]) + block[1, 0]) + block[1, 1]
                else:
                    total = np.float32(0)
                    for r in range(factor):
                        for c in range(0, factor, 4):
                            total += ((block[r, c] + block[r, c + 1]) + block[r, c + 2]) + block[r, c + 3]
                out[i, j, k] = total * share


@njit(cache=True, nogil=True, error_model="numpy")
def _divide(both, mean):  # type: ignore[no-untyped-def]
    for i in range(mean.shape[0]):
        for j in range(mean.shape[1]):
            whole = max(both[i, j, mean.shape[2]], np.float32(1e-4))
            for k in range(mean.shape[2]):
                mean[i, j, k] = both[i, j, k] / whole


@njit(cache=True, nogil=True, error_model="numpy")
def _normalize(vectors):  # type: ignore[no-untyped-def]
    for n in range(vectors.shape[0]):
        x, y, z = vectors[n, 0], vectors[n, 1], vectors[n, 2]
        length = max(np.float32(math.sqrt(x * x + y * y + z * z)), np.float32(1e-6))
        for k in range(3):
            vectors[n, k] /= length


@njit(cache=True, nogil=True, error_model="numpy")
def _dot(vectors, direction, out):  # type: ignore[no-untyped-def]
    # Upwards comes first in space: where rounding goes is part of how a look is drawn.
    first = 1 if len(direction) == 3 else 0
    for n in range(len(out)):
        total = vectors[n, first] * direction[first]
        for k in range(len(direction)):
            if k != first:
                # In double precision, that is rounded once: as by a fused multiplication and addition.
                total = np.float32(np.float64(vectors[n, k]) * direction[k] + total)
        out[n] = total


@njit(cache=True, nogil=True, error_model="numpy")
def _take(field, at, out):  # type: ignore[no-untyped-def]
    n = 0
    for row in range(at.shape[0]):
        for column in range(at.shape[1]):
            if at[row, column]:
                for k in range(out.shape[1]):
                    out[n, k] = field[row, column, k]
                n += 1


@njit(cache=True, nogil=True, error_model="numpy")
def _face_light(part, visibility, rest, out):  # type: ignore[no-untyped-def]
    wide, tall, y = np.float32(_MIDDLE[0]), np.float32(_MIDDLE[1]), np.float32(_MIDDLE[2])
    zero, one = np.float32(0), np.float32(1)
    for row in range(part.shape[0]):
        for column in range(part.shape[1]):
            p, light = part[row, column], visibility[row, column]
            if light < one and p in (_SKIN, _LIPS) and rest[row, column, 2] > np.float32(_FRONT):
                away = math.hypot(rest[row, column, 0] / wide, (rest[row, column, 1] - y) / tall)
                light = max(light, min(max((np.float32(1.15) - away) / np.float32(0.3), zero), one))
            out[row, column] = light


@njit(cache=True, nogil=True, error_model="numpy")
def _under_nose(part, normal, rest, out):  # type: ignore[no-untyped-def]
    for row in range(part.shape[0]):
        for column in range(part.shape[1]):
            p = part[row, column]
            if p not in (_SKIN, _LIPS) or rest[row, column, 2] <= 9.0:
                continue
            x, y = rest[row, column, 0], rest[row, column, 1]
            if abs(x) < np.float32(2.6) and np.float32(-2.2) < y < np.float32(1.2):
                down = (-normal[row, column, 1] - np.float32(0.42)) / np.float32(0.16)
                out[row, column] = min(max(down, np.float32(0)), np.float32(1))
