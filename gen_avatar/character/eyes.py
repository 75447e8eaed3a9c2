"""Eyeballs and lash lines: what the lids frame, and the darkest lines of the face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from gen_avatar.character.design import Proportions
from gen_avatar.character.lids import Eye
from gen_avatar.character.strokes import across, evenly, slope, unit
from gen_avatar.character.surface import grid_triangles, normalize

_RINGS, _SECTORS = 18, 40
_LASH_POINTS = 30
#: Number of vertices of one line on a lid.
LINE_COUNT = 4 * _LASH_POINTS
#: Lines on the lids are drawn as if they lay this much nearer to the camera: skin never cuts them; cm.
LINE_LIFT = 0.45

#: Catch-lights: place on the iris (x to the right of the picture, y up) and radius, in iris radii.
CATCHLIGHTS = np.array([[-0.40, 0.44, 0.30], [0.42, -0.42, 0.13]], np.float32)


def ball_grid() -> tuple[np.ndarray, np.ndarray]:
    """Unit directions [n, 3] over the front of a ball, and triangles seen from outside."""
    polar = np.linspace(0, np.radians(100), _RINGS)[:, None]
    angle = np.linspace(0, 2 * np.pi, _SECTORS, endpoint=False)[None]
    directions = np.stack(
        [np.sin(polar) * np.cos(angle), np.sin(polar) * np.sin(angle), np.cos(polar) + 0 * angle], -1
    )
    return directions.reshape(-1, 3).astype(np.float32), grid_triangles(_RINGS, _SECTORS, closed=True)[
        :, ::-1
    ].copy()


def gaze_matrix(yaw: float, pitch: float) -> np.ndarray:
    """[3, 3] rotation of an eye, degrees; yaw > 0 towards +x, pitch > 0 up."""
    y, p = np.radians([yaw, pitch])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), np.sin(p)], [0, -np.sin(p), np.cos(p)]])
    return (about_y @ about_x).astype(np.float32)


@dataclass(frozen=True)
class PosedEye:
    """Ball of one eye in the head frame.

    Attributes:
        points: [n, 3].
        local: [n, 3] directions in the frame of the iris, which looks along +z.
        shade: [n] shadow of the upper lid, 1 at its edge.
        catch: [2, 4] directions of catch-lights in the frame of the iris, and their radii on a unit ball.
    """

    points: np.ndarray
    local: np.ndarray
    shade: np.ndarray
    catch: np.ndarray


def pose_eye(
    directions: np.ndarray, center: np.ndarray, upper: np.ndarray, gaze: np.ndarray, d: Proportions
) -> PosedEye:
    """The ball at ``center`` under the upper lid edge ``upper`` [m, 3]; ``gaze`` (yaw, pitch) in degrees."""
    turn = gaze_matrix(float(gaze[0]), float(gaze[1]))
    lid = upper - center
    order = np.argsort(lid[:, 0])
    below = (
        np.interp(directions[:, 0] * d.eye_radius, lid[order, 0], lid[order, 1])
        - directions[:, 1] * d.eye_radius
    )
    shade = np.exp(-np.maximum(below, 0) / 0.42)
    iris = d.iris_radius / d.eye_radius
    middle = turn[:, 2]
    across = normalize(np.cross([0.0, 1.0, 0.0], middle))
    up = np.cross(middle, across)
    spots = middle + iris * (CATCHLIGHTS[:, :1] * across + CATCHLIGHTS[:, 1:2] * up)
    catch = np.concatenate([normalize(spots) @ turn, CATCHLIGHTS[:, 2:] * iris], 1)
    return PosedEye(
        points=(center + directions * d.eye_radius).astype(np.float32),
        local=directions @ turn,
        shade=shade.astype(np.float32),
        catch=catch.astype(np.float32),
    )


def push_lids(points: np.ndarray, eye: Eye, center: np.ndarray, radius: float) -> None:
    """Move lid vertices of ``points`` [S, 3] in place so that they stay outside the ball at ``center``."""
    offset = points[eye.lids] - center
    distance = np.linalg.norm(offset, axis=1)
    least = radius + eye.thickness
    inside = (distance < least) & (offset[:, 2] > 0.2)
    points[eye.lids[inside]] = center + offset[inside] * (least / distance)[inside, None]


def lash_triangles() -> np.ndarray:
    """Triangles of one lash line, as made by :func:`upper_lash` and :func:`lower_lash`."""
    return grid_triangles(4, _LASH_POINTS)


_ALONG = np.linspace(0, 1, _LASH_POINTS)
_UPPER_WIDTH = np.interp(_ALONG, [0, 0.10, 0.45, 0.80, 0.90, 1], [0.04, 0.15, 0.27, 0.34, 0.24, 0.01])
_LOWER_WIDTH = np.interp(_ALONG, [0, 0.25, 0.75, 0.95, 1], [0.0, 0.0, 0.05, 0.055, 0.01])
_CREASE_WIDTH = np.interp(_ALONG, [0, 0.12, 0.5, 0.85, 1], [0.0, 0.035, 0.07, 0.05, 0.0])
_CREASE_HEIGHT = 0.40 * np.sin(np.pi * (0.12 + 0.80 * _ALONG)) ** 0.5


@njit(cache=True, error_model="numpy")
def upper_lash(edge, center, side):  # type: ignore[no-untyped-def]
    """[4 * n, 3] tapered strip along the upper lid edge, inner to outer corner, with a flick at its end."""
    curve = np.empty((_LASH_POINTS, 3))
    last = _LASH_POINTS - 5
    curve[: last + 1] = evenly(edge, last + 1)
    leaving = unit((curve[last] - curve[last - 3]).reshape(1, 3))
    out = unit(leaving * 0.75 + np.array([[side * 0.55, 0.62, -0.20]]))
    for i in range(4):
        curve[last + 1 + i] = curve[last] + out[0] * (0.10 + 0.12 * i)
    return _strip(curve, center, side, _UPPER_WIDTH, 1.0)


@njit(cache=True, error_model="numpy")
def lower_lash(edge, center, side):  # type: ignore[no-untyped-def]
    """[4 * n, 3] thin strip along the lower lid edge, strongest towards the outer corner."""
    return _strip(evenly(edge, _LASH_POINTS), center, side, _LOWER_WIDTH, -1.0)


@njit(cache=True, error_model="numpy")
def lid_crease(edge, neutral, center, side):  # type: ignore[no-untyped-def]
    """[4 * n, 3] thin strip above the upper lid: it hardly moves with the lid, but the lid pushes it up."""
    rest, now = evenly(neutral, _LASH_POINTS), evenly(edge, _LASH_POINTS)
    away = unit(rest - center)
    outwards = across(away, slope(rest)) * side
    moved = ((now - rest) * outwards).sum(1)
    curve, width = np.empty_like(rest), np.empty(_LASH_POINTS)
    for i in range(_LASH_POINTS):
        rise = max(_CREASE_HEIGHT[i] + 0.30 * moved[i], moved[i] + 0.32)
        curve[i] = rest[i] + outwards[i] * rise + away[i] * 0.10
        # A shut lid is smooth.
        width[i] = _CREASE_WIDTH[i] * _step(-1.7, -0.6, moved[i])
    return _strip(curve, center, side, width, 1.0)


@njit(cache=True, error_model="numpy")
def _step(lo, hi, x):  # type: ignore[no-untyped-def]
    t = min(max((x - lo) / (hi - lo), 0.0), 1.0)
    return t * t * (3 - 2 * t)


@njit(cache=True, error_model="numpy")
def _strip(curve, center, side, width, up):  # type: ignore[no-untyped-def]
    """Rows of a strip lying on the lid, from just over the ball to the lid's skin, raised in the middle."""
    count = len(curve)
    away = unit(curve - center)
    outwards = across(away, slope(curve)) * (side * up)
    points = np.empty((4 * count, 3), np.float32)
    for i in range(count):
        fade, w = _step(0.0, 0.06, width[i]), width[i]
        reach = (-(0.09 if up > 0 else 0.05) * fade, 0.20 * w, 0.65 * w, w)
        rise = (0.0, 0.05 + 0.12 * fade, 0.09 + 0.14 * fade, 0.10 + 0.08 * fade)
        for row in range(4):
            at = row if side * up < 0 else 3 - row
            for k in range(3):
                points[at * count + i, k] = curve[i, k] + outwards[i, k] * reach[row] + away[i, k] * rise[row]
    return points
