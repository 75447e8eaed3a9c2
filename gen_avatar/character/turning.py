"""How a head turns: its pivot, its rotation, and what keeps a nodding face in the picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gen_avatar.character.eyes import gaze_matrix

#: The head turns about this point, cm.
NECK_PIVOT = np.array([0.0, -4.5, -1.0], np.float32)
#: A nod or a tilt carries this point of the head away; it is led back by this share sideways, in height and
#: in depth, so that the face stays in the picture; sideways less, or the neck would lean away from the tilt.
_HEAD_CENTER, _LED_BACK = np.array([0.0, 3.5, 4.0], np.float32), np.array([0.36, 0.68, 0.68], np.float32)
#: A chin that a nod lowers is lifted back by this share, so that it stays clear of the collar; below so many
#: cm gently.
_CHIN, _RAISED, _SOFT = np.array([0.0, -5.8, 8.5], np.float32), 0.62, 0.5
#: A head is drawn as far turned as it is up to the first share of how far it turns (yaw, pitch; degrees), and
#: beyond that ever less, by the second share at most: so the far eye stays whole and a nod keeps the face.
_EASED, _EXACT, _LEEWAY = np.array([40.0, 25.0]), 0.42, 0.36
#: What is drawn farther turned than this share of the way to the limit is taken to be turned so far only.
_NEAREST = 0.95


def drawn_rotation(rotation: Sequence[float] | np.ndarray) -> np.ndarray:
    """[3] (yaw, pitch, roll) in degrees with which a picture shows a head of ``rotation``.

    Small turns stay as they are, large ones and those in both ways at once are drawn smaller, as designers
    do: what is farther turned is always drawn farther turned, the way stays and so does the roll.
    """
    drawn = np.array(rotation, np.float64)
    size = math.hypot(*(drawn[:2] / _EASED))
    beyond = size - _EXACT
    if beyond > 0:
        drawn[:2] *= (_EXACT - _LEEWAY * math.expm1(-beyond / _LEEWAY)) / size
    return drawn


def meant_rotation(drawn: Sequence[float] | np.ndarray) -> np.ndarray:
    """[3] the rotation that :func:`drawn_rotation` shows as ``drawn``, or about the farthest one."""
    meant = np.array(drawn, np.float64)
    size = math.hypot(*(meant[:2] / _EASED))
    beyond = min((size - _EXACT) / _LEEWAY, _NEAREST)
    if beyond > 0:
        meant[:2] *= (_EXACT - _LEEWAY * math.log1p(-beyond)) / size
    return meant


def nod_shift(rotation: Sequence[float] | np.ndarray) -> np.ndarray:
    """[3] cm by which a head of ``rotation`` (yaw, pitch, roll; degrees) is led back into the picture."""
    arm = _HEAD_CENTER - NECK_PIVOT
    nod = rotation_matrix((0, rotation[1], rotation[2]))
    shift: np.ndarray = _LED_BACK * (arm - nod @ arm)
    chin = _CHIN - NECK_PIVOT
    sunk = max(float((chin - nod @ chin - shift)[1]), 0.0)
    shift[1] += _RAISED * (math.hypot(sunk, _SOFT) - _SOFT)
    return shift


def turned(points: np.ndarray, rotation: Sequence[float] | np.ndarray) -> np.ndarray:
    """[N, 3] points of the head in a pose (yaw, pitch, roll; degrees)."""
    return (points - NECK_PIVOT) @ rotation_matrix(rotation).T + NECK_PIVOT + nod_shift(rotation)


def rotation_matrix(rotation: Sequence[float] | np.ndarray) -> np.ndarray:
    """[3, 3] of (yaw, pitch, roll) in degrees, as defined in :mod:`gen_avatar.types`."""
    yaw, pitch, roll = (float(a) for a in rotation)
    r = math.radians(roll)
    about_z = np.array([[math.cos(r), -math.sin(r), 0], [math.sin(r), math.cos(r), 0], [0, 0, 1]])
    return (about_z @ gaze_matrix(yaw, pitch)).astype(np.float32)
