"""The form of a face as a designer means it: an egg, without sockets and cheekbones, turned as the head is.

Borders of light and shadow on it are one calm curve a face, where the true form has patches.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.mandible import SHADED, beyond_jaw
from gen_avatar.character.mesh import PARTS
from training.studio.frames import smooth

#: Middle and half sizes of the egg at rest, cm.
MIDDLE = np.array([0.0, -0.5, 1.5], np.float32)
HALF = np.array([7.4, 10.0, 9.5], np.float32)
#: The face: rest depths over which it begins, and heights over which it ends in the neck, cm.
FRONT, NECK = (1.0, 4.5), (-11.5, -9.0)
#: Half width, half height and height of the middle of a face, cm.
CENTRAL = (5.8, 6.8, -1.5)
#: Heights over which what lies below the jaw is no ear, cm at rest.
EARS = (-5.5, -4.0)
#: How much of a look's own shadow is drawn there: the shade below the jaw is painted on the skin already.
OWN = 0.22
#: Samples a step when the turn of the head is measured.
STRIDE = 4

_FACE = np.isin(PARTS, ("skin", "lips", "brow"))


def face_form(geometry: GBuffer) -> np.ndarray:
    """[S, S, 4] float32: unit normal of the egg in the camera's frame, and in [0, 1] how much it is the face.

    Zero off the skin.
    """
    out = np.zeros((*geometry.part.shape, 4), np.float32)
    square, mixed = np.zeros((3, 3)), np.zeros((3, 3))
    _measure(geometry.part, geometry.normal, geometry.local, _FACE, MIDDLE, HALF, STRIDE, square, mixed)
    if square.trace() > 0:
        turn = np.linalg.solve(square + 1e-3 * square.trace() * np.eye(3), mixed)
        _turned(geometry.part, geometry.local, _FACE, MIDDLE, HALF, turn.astype(np.float32), out)
    return out


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _weight(p, local, face):  # type: ignore[no-untyped-def]
    """How much a place of part ``p`` is of the face; ``face`` says of which parts that can be."""
    if p < 0 or not face[p]:
        return 0.0
    return smooth(FRONT[0], FRONT[1], local[2]) * smooth(NECK[0], NECK[1], local[1])


@njit(cache=True, nogil=True, error_model="numpy")
def central(local):  # type: ignore[no-untyped-def]
    """1 in the middle of a face, where nothing on the face shades it, 0 beyond."""
    x, y = local[0] / CENTRAL[0], (local[1] - CENTRAL[2]) / CENTRAL[1]
    return 1 - smooth(0.8, 1.15, math.sqrt(x * x + y * y))


@njit(cache=True, nogil=True, error_model="numpy")
def own_shade(local):  # type: ignore[no-untyped-def]
    """How much of a shadow is drawn on the skin: all on a face, ``OWN`` of it below the jaw.

    One shadow on another would be a stain.
    """
    if local[1] > EARS[1]:
        return 1.0
    neck = smooth(SHADED[0], SHADED[1], beyond_jaw(local[1], local[2]))
    return 1 - (1 - OWN) * neck * smooth(-EARS[1], -EARS[0], -local[1])


@njit(cache=True, nogil=True, error_model="numpy")
def _measure(part, normal, local, face, middle, half, stride, square, mixed):  # type: ignore[no-untyped-def]
    """Sums of products from which the turn of the head follows: the egg's normals and those seen."""
    egg = np.zeros(3)
    for row in range(0, part.shape[0], stride):
        for column in range(0, part.shape[1], stride):
            w = _weight(part[row, column], local[row, column], face)
            if w <= 0:
                continue
            _egg(local[row, column], middle, half, egg)
            for i in range(3):
                for k in range(3):
                    square[i, k] += w * egg[i] * egg[k]
                    mixed[i, k] += w * egg[i] * normal[row, column, k]


@njit(cache=True, nogil=True, error_model="numpy")
def _egg(local, middle, half, out):  # type: ignore[no-untyped-def]
    total = 0.0
    for k in range(3):
        out[k] = (local[k] - middle[k]) / half[k] ** 2
        total += out[k] ** 2
    length = math.sqrt(total) + 1e-9
    for k in range(3):
        out[k] /= length


@njit(cache=True, nogil=True, error_model="numpy")
def _turned(part, local, face, middle, half, turn, out):  # type: ignore[no-untyped-def]
    egg = np.zeros(3)
    for row in range(part.shape[0]):
        for column in range(part.shape[1]):
            w = _weight(part[row, column], local[row, column], face)
            if w <= 0:
                continue
            _egg(local[row, column], middle, half, egg)
            x = egg[0] * turn[0, 0] + egg[1] * turn[1, 0] + egg[2] * turn[2, 0]
            y = egg[0] * turn[0, 1] + egg[1] * turn[1, 1] + egg[2] * turn[2, 1]
            z = egg[0] * turn[0, 2] + egg[1] * turn[1, 2] + egg[2] * turn[2, 2]
            length = math.sqrt(x * x + y * y + z * z) + 1e-9
            out[row, column, 0], out[row, column, 1] = x / length, y / length
            out[row, column, 2], out[row, column, 3] = z / length, w
