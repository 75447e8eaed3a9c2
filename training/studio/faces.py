"""Where a face is on the picture, and where looks draw less of their own shadow on skin."""

from __future__ import annotations

import numpy as np
from numba import njit

from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.mandible import SHADED, beyond_jaw
from gen_avatar.character.mesh import PARTS
from training.studio.frames import smooth

#: Where the face in front of the ears begins, depth at rest, how far beyond the jaw it reaches, and least
#: height, cm.
BEFORE_EARS, EDGE_OF_JAW, NECK = 1.2, 0.3, -9.0
#: Heights over which what lies below the jaw is no ear, cm at rest.
EARS = (-5.5, -4.0)
#: How much of a look's own shadow is drawn there: the shade below the jaw is painted on the skin already.
OWN = 0.22

_FACE = np.isin(PARTS, ("skin", "lips", "brow"))


def jawed(geometry: GBuffer) -> np.ndarray:
    """[S, S] bool: the skin of the face in front of the ears and above the edge of the jaw."""
    out = np.zeros(geometry.part.shape, np.bool_)
    _jawed(geometry.part, geometry.local, _FACE, out)
    return out


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
def _jawed(part, local, face, out):  # type: ignore[no-untyped-def]
    for row in range(part.shape[0]):
        for column in range(part.shape[1]):
            p = part[row, column]
            if p < 0 or not face[p]:
                continue
            y, z = local[row, column, 1], local[row, column, 2]
            # Creases of lids stand off the skin: they have no place on it.
            crease = y == 0 and z == 0
            out[row, column] = crease or (y > NECK and z > BEFORE_EARS and beyond_jaw(y, z) < EDGE_OF_JAW)
