"""Eyeballs and lash lines: what the lids frame, and the darkest lines of the face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gen_avatar.character.design import Proportions
from gen_avatar.character.lids import Eye
from gen_avatar.character.surface import grid_triangles, normalize, resample, smoothstep

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


def upper_lash(edge: np.ndarray, center: np.ndarray, side: float) -> np.ndarray:
    """[4 * n, 3] tapered strip along the upper lid edge, inner to outer corner, with a flick at its end."""
    curve = resample(edge, _LASH_POINTS - 4)
    leaving = normalize(curve[-1] - curve[-4])
    out = normalize(leaving * 0.75 + np.array([side * 0.55, 0.62, -0.20]))
    flick = curve[-1] + out * np.linspace(0.10, 0.46, 4)[:, None]
    curve = np.concatenate([curve, flick])
    t = np.linspace(0, 1, _LASH_POINTS)
    width = np.interp(t, [0, 0.10, 0.45, 0.80, 0.90, 1], [0.04, 0.15, 0.27, 0.34, 0.24, 0.01])
    return _strip(curve, center, side, width, up=1.0)


def lower_lash(edge: np.ndarray, center: np.ndarray, side: float) -> np.ndarray:
    """[4 * n, 3] thin strip along the lower lid edge, strongest towards the outer corner."""
    curve = resample(edge, _LASH_POINTS)
    t = np.linspace(0, 1, _LASH_POINTS)
    width = np.interp(t, [0, 0.25, 0.75, 0.95, 1], [0.0, 0.0, 0.05, 0.055, 0.01])
    return _strip(curve, center, side, width, up=-1.0)


def lid_crease(edge: np.ndarray, neutral: np.ndarray, center: np.ndarray, side: float) -> np.ndarray:
    """[4 * n, 3] thin strip above the upper lid: it hardly moves with the lid, but the lid pushes it up."""
    rest, now = resample(neutral, _LASH_POINTS), resample(edge, _LASH_POINTS)
    away = normalize(rest - center)
    outwards = normalize(np.cross(away, np.gradient(rest, axis=0))) * side
    moved = ((now - rest) * outwards).sum(1, keepdims=True)
    t = np.linspace(0, 1, _LASH_POINTS)
    height = (0.40 * np.sin(np.pi * (0.12 + 0.80 * t)) ** 0.5)[:, None]
    curve = rest + outwards * np.maximum(height + 0.30 * moved, moved + 0.32) + away * 0.10
    width = np.interp(t, [0, 0.12, 0.5, 0.85, 1], [0.0, 0.035, 0.07, 0.05, 0.0])
    # A shut lid is smooth.
    width = width * smoothstep(-1.7, -0.6, moved[:, 0])
    return _strip(curve, center, side, width, up=1.0)


def _strip(curve: np.ndarray, center: np.ndarray, side: float, width: np.ndarray, up: float) -> np.ndarray:
    """Rows of a strip lying on the lid, from just over the ball to the lid's skin, raised in the middle."""
    away = normalize(curve - center)
    along = np.gradient(curve, axis=0)
    outwards = normalize(np.cross(away, along)) * side * up
    fade = smoothstep(0.0, 0.06, width)[:, None]
    w = width[:, None]
    rows = [
        curve - outwards * (0.09 if up > 0 else 0.05) * fade,
        curve + outwards * 0.20 * w + away * (0.05 + 0.12 * fade),
        curve + outwards * 0.65 * w + away * (0.09 + 0.14 * fade),
        curve + outwards * 1.00 * w + away * (0.10 + 0.08 * fade),
    ]
    points = np.concatenate(rows if side * up < 0 else rows[::-1])
    return points.astype(np.float32)
