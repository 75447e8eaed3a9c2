"""Eyeballs and lash lines: what the lids frame, and the darkest lines of the face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from gen_avatar.character.design import Proportions
from gen_avatar.character.lids import Eye
from gen_avatar.character.strokes import across, evenly, slope, unit
from gen_avatar.character.surface import grid_triangles, normalize, smoothstep

#: How far from its front a ball is drawn, degrees, across and upright.
_BARED = (70.0, 42.0)
_RINGS, _SECTORS = 18, 40
_LASH_POINTS = 30
#: Rows of vertices across one line on a lid, and the number of its vertices.
LINE_ROWS = 4
LINE_COUNT = LINE_ROWS * _LASH_POINTS
#: Lashes, and creases below an overhanging brow, are drawn as if they lay this much nearer to the camera, cm:
#: skin never cuts them.
LINE_LIFT, CREASE_LIFT = 0.60, 0.90

#: Catch-lights: place on the iris (x to the right of the picture, y up) and radius, in iris radii.
CATCHLIGHTS = np.array([[-0.40, 0.44, 0.30], [0.42, -0.42, 0.13]], np.float32)
#: How far closed an eye is when its catch-lights begin to go out and are gone, how far the upper one sinks
#: with the upper lid, iris radii, and by how much one that is all down lowers the gaze, degrees.
_GLINT_OUT, _GLINT_SINKS, DROOP = (0.50, 0.70), 1.40, 14.0


def ball_grid() -> tuple[np.ndarray, np.ndarray]:
    """Unit directions [n, 3] over the front of a ball, and triangles seen from outside.

    No more of it than lids can bare: the rest would come through the fold of a smiling cheek.
    """
    angle = np.linspace(0, 2 * np.pi, _SECTORS, endpoint=False)[None]
    reach = np.radians(1 / np.hypot(np.cos(angle) / _BARED[0], np.sin(angle) / _BARED[1]))
    polar = np.linspace(0, 1, _RINGS)[:, None] * reach
    directions = np.stack([np.sin(polar) * np.cos(angle), np.sin(polar) * np.sin(angle), np.cos(polar)], -1)
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
    directions: np.ndarray,
    center: np.ndarray,
    upper: np.ndarray,
    gaze: np.ndarray,
    d: Proportions,
    closed: float,
    down: float,
) -> PosedEye:
    """The ball at ``center`` under the upper lid edge ``upper`` [m, 3]; ``gaze`` (yaw, pitch) in degrees.

    ``closed``, ``down`` in [0, 1]: of both lids, and of the upper one alone as of :func:`lowered`. The
    catch-light sinks with the upper lid, and both go out before they are cut to flecks.
    """
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
    lit = 1 - float(smoothstep(*_GLINT_OUT, np.asarray(closed)))
    heights = CATCHLIGHTS[:, 1] - [_GLINT_SINKS * down, 0.0]
    spots = middle + iris * (CATCHLIGHTS[:, :1] * across + heights[:, None] * up)
    catch = np.concatenate([normalize(spots) @ turn, lit * CATCHLIGHTS[:, 2:] * iris], 1)
    return PosedEye(
        points=(center + directions * d.eye_radius).astype(np.float32),
        local=directions @ turn,
        shade=shade.astype(np.float32),
        catch=catch.astype(np.float32),
    )


def lowered(skin: np.ndarray, neutral: np.ndarray, eye: Eye) -> float:
    """By what share of its opening at rest the upper lid of ``eye`` has come down on ``skin`` [S, 3].

    A lower lid that a smile pushes up does not count: such eyes look ahead as before.
    """
    upper, lower = (float(neutral[edge, 1].mean()) for edge in (eye.upper, eye.lower))
    return min(max((upper - float(skin[eye.upper, 1].mean())) / max(upper - lower, 1e-3), 0.0), 1.0)


def push_lids(points: np.ndarray, eye: Eye, center: np.ndarray, radius: float) -> None:
    """Move lid vertices of ``points`` [S, 3] in place so that they stay outside the ball at ``center``."""
    offset = points[eye.lids] - center
    distance = np.linalg.norm(offset, axis=1)
    least = radius + eye.thickness
    inside = (distance < least) & (offset[:, 2] > 0.2)
    points[eye.lids[inside]] = center + offset[inside] * (least / distance)[inside, None]


def lash_triangles() -> np.ndarray:
    """Triangles of one lash line, as made by :func:`upper_lash` and :func:`lower_lash`."""
    return grid_triangles(LINE_ROWS, _LASH_POINTS)


_ALONG = np.linspace(0, 1, _LASH_POINTS)
_UPPER_WIDTH = np.interp(_ALONG, [0, 0.10, 0.45, 0.80, 0.90, 1], [0.02, 0.20, 0.38, 0.44, 0.29, 0.01])
#: Eyeliner widens the line up to where its wing begins.
_LINER_WIDTH = np.interp(_ALONG, [0, 0.10, 0.45, 0.70, 1], [0.02, 0.20, 0.38, 0.46, 0.45])
#: Shut lids meet in one line, as thick at its inner half.
_SHUT_WIDTH = np.interp(_ALONG, [0, 0.10, 0.5, 0.82, 0.92, 1], [0.03, 0.24, 0.46, 0.46, 0.30, 0.01])
_LOWER_WIDTH = np.interp(_ALONG, [0, 0.35, 0.55, 0.80, 0.95, 1], [0.0, 0.0, 0.02, 0.05, 0.05, 0.01])
_CREASE_WIDTH = np.interp(_ALONG, [0, 0.15, 0.5, 0.85, 1], [0.0, 0.05, 0.10, 0.06, 0.0])
_CREASE_HEIGHT = 0.54 * np.sin(np.pi * (0.12 + 0.80 * _ALONG)) ** 0.5
#: Points at which a lid's edge is looked up, and the share of it that the line of a smiling eye leaves out.
_FINE, _TRIMMED = 60, 0.08
#: Points of the flick beyond the outer corner, and its length, cm.
_FLICK_POINTS, _FLICK = 4, 0.54
#: A wing of eyeliner: the way from the outer corner to its tip, cm (x outwards), the point of the line where
#: it begins, the share of its lower side that goes to the corner, how straight its upper side sets out.
_WING, _WING_FROM, _TO_CORNER, _SWEEP = np.array([0.95, 0.95, -0.30]), 19, 0.60, 2.2
#: A lid that is hidden or has come down this far has no crease any more.
_CREASE_FROM, _CREASE_TO = 0.32, 0.42


def lid_lines(
    skin: np.ndarray, neutral: np.ndarray, eye: Eye, center: np.ndarray, arc: float, closed: float,
    frown: float, winged: bool,
) -> np.ndarray:  # fmt: skip
    """[3 * LINE_COUNT, 3] upper and lower lashes and the crease of one ``eye`` on posed ``skin`` [S, 3].

    Args:
        neutral: [S, 3] the person's skin at rest; center: [3] of the ball.
        arc, closed, frown: in [0, 1]: how much the shut eye smiles, how far it is shut, how low the brow is.
        winged: with eyeliner.
    """
    side, upper = float(np.sign(center[0])), skin[eye.upper]
    return np.concatenate([
        upper_lash(upper, center, side, arc, closed, winged),
        lower_lash(skin[eye.lower], center, side, closed),
        lid_crease(upper, neutral[eye.upper], center, side, closed + frown),
    ])  # fmt: skip


@njit(cache=True, error_model="numpy")
def upper_lash(edge, center, side, arc, closed, winged):  # type: ignore[no-untyped-def]
    """[4 * n, 3] tapered strip along the upper lid edge, inner to outer corner, with a flick at its end.

    ``arc`` in [0, 1]: how much the shut eye smiles, when the line ends without a flick; ``closed`` in [0, 1]:
    how far it is shut; ``winged``: with eyeliner.
    """
    if winged:
        curve = evenly(edge, _LASH_POINTS)
        width = _LINER_WIDTH + (_SHUT_WIDTH - _LINER_WIDTH) * _step(0.7, 1.0, closed)
        points = _strip(curve, unit(curve - center), side, width, 1.0)
        _draw_wing(points, curve, side, arc)
        return points
    curve = np.empty((_LASH_POINTS, 3))
    last = _LASH_POINTS - 1 - _FLICK_POINTS
    # A smiling line ends before the corner beside the nose.
    fine, trimmed = evenly(edge, _FINE), _TRIMMED * arc
    for i in range(last + 1):
        at = (trimmed + (1 - trimmed) * i / last) * (_FINE - 1)
        j = min(int(at), _FINE - 2)
        curve[i] = fine[j] + (at - j) * (fine[j + 1] - fine[j])
    leaving = unit((curve[last] - curve[last - 3]).reshape(1, 3))
    out = unit(leaving * 0.75 + np.array([[side * 0.55, 0.62 * (1 - 0.75 * arc), -0.10 + 0.30 * arc]]))
    for i in range(_FLICK_POINTS):
        curve[last + 1 + i] = curve[last] + out[0] * (_FLICK * (1 - 0.5 * arc) * (i + 1) / _FLICK_POINTS)
    width = _UPPER_WIDTH + (_SHUT_WIDTH - _UPPER_WIDTH) * _step(0.7, 1.0, closed)
    return _strip(curve, _facing(curve, center, last - 2), side, width, 1.0)


@njit(cache=True, error_model="numpy")
def _draw_wing(points, curve, side, arc):  # type: ignore[no-untyped-def]
    """Draw the outer end of a strip ``points`` [4 * n, 3] on a lid ``curve`` out to a wing, in place.

    Its lower side goes along the lid to the corner and straight on to the tip; its upper side is one sweep.
    """
    count = len(curve)
    corner, tip = curve[count - 1], np.empty(3)
    for k in range(3):
        tip[k] = corner[k] + _WING[k] * (side if k == 0 else 1.0)
    tip[1] -= 0.6 * arc * _WING[1]
    top = 0 if side > 0 else 3
    for i in range(_WING_FROM, count):
        t = (i - _WING_FROM) / (count - 1 - _WING_FROM)
        lid = min(t / _TO_CORNER, 1.0)
        at = _WING_FROM + lid * (count - 1 - _WING_FROM)
        j = min(int(at), count - 2)
        beyond = max(t - _TO_CORNER, 0.0) / (1 - _TO_CORNER)
        for k in range(3):
            start = points[top * count + _WING_FROM, k]
            ahead = start + _SWEEP * (start - points[top * count + _WING_FROM - 2, k])
            upper = (1 - t) ** 2 * start + 2 * t * (1 - t) * ahead + t**2 * tip[k]
            lower = curve[j, k] + (at - j) * (curve[j + 1, k] - curve[j, k])
            lower += beyond * (tip[k] - lower)
            for row in range(4):
                share = abs(3 - top - row) / 3
                points[row * count + i, k] = lower + share * (upper - lower)
                if k == 2:
                    points[row * count + i, k] += 0.15


@njit(cache=True, error_model="numpy")
def lower_lash(edge, center, side, closed):  # type: ignore[no-untyped-def]
    """[4 * n, 3] thin strip along the lower lid edge, strongest towards the outer corner; none if shut."""
    curve = evenly(edge, _LASH_POINTS)
    width = _LOWER_WIDTH * (1 - _step(0.7, 0.95, closed))
    return _strip(curve, _facing(curve, center, _LASH_POINTS), side, width, -1.0)


@njit(cache=True, error_model="numpy")
def lid_crease(edge, neutral, center, side, hidden):  # type: ignore[no-untyped-def]
    """[4 * n, 3] thin strip above the upper lid: it hardly moves with the lid, but the lid pushes it up.

    ``hidden``: how far the lid has come down or the brow lies on it, which leaves no crease.
    """
    shown = 1 - _step(_CREASE_FROM, _CREASE_TO, hidden)
    rest, now = evenly(neutral, _LASH_POINTS), evenly(edge, _LASH_POINTS)
    away = unit(rest - center)
    outwards = across(away, slope(rest)) * side
    moved = ((now - rest) * outwards).sum(1)
    curve, width = np.empty_like(rest), np.empty(_LASH_POINTS)
    for i in range(_LASH_POINTS):
        rise = max(_CREASE_HEIGHT[i] + 0.30 * moved[i], moved[i] + 0.48)
        curve[i] = rest[i] + outwards[i] * rise + away[i] * 0.10
        width[i] = _CREASE_WIDTH[i] * shown * _step(-1.7, -0.6, moved[i])
    return _strip(curve, unit(curve - center), side, width, 1.0)


@njit(cache=True, error_model="numpy")
def _facing(curve, center, ends):  # type: ignore[no-untyped-def]
    """Unit directions [n, 3] away from the ball along a ``curve``; from point ``ends`` on, where the ball
    turns aside, they turn to the front: a flick is seen from its broad side."""
    away = unit(curve - center)
    for i in range(ends, len(curve)):
        share = min(1.0, (i - ends + 1) / 3.0)
        for k in range(3):
            away[i, k] *= 1 - 0.7 * share
        away[i, 2] += share
    return unit(away)


@njit(cache=True, error_model="numpy")
def _step(lo, hi, x):  # type: ignore[no-untyped-def]
    t = min(max((x - lo) / (hi - lo), 0.0), 1.0)
    return t * t * (3 - 2 * t)


@njit(cache=True, error_model="numpy")
def _strip(curve, away, side, width, up):  # type: ignore[no-untyped-def]
    """Rows of a strip lying on the lid, from just over the ball to the lid's skin, raised in the middle.

    ``away`` [n, 3]: unit directions in which it is raised.
    """
    count = len(curve)
    outwards = across(away, slope(curve)) * (side * up)
    points = np.empty((4 * count, 3), np.float32)
    for i in range(count):
        fade, w = _step(0.0, 0.06, width[i]), width[i]
        reach = (-(0.09 if up > 0 else 0.05) * fade, 0.20 * w, 0.65 * w, w)
        # Where the strip is pointed or gone it has no height either.
        low = _step(0.0, 0.02, width[i])
        rise = (0.0, 0.05 * low + 0.12 * fade, 0.09 * low + 0.14 * fade, 0.10 * low + 0.08 * fade)
        for row in range(4):
            at = row if side * up < 0 else 3 - row
            for k in range(3):
                points[at * count + i, k] = curve[i, k] + outwards[i, k] * reach[row] + away[i, k] * rise[row]
    return points
