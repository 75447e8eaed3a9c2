"""Curly hair: a soft mass under big rounded curls that overlap."""

from __future__ import annotations

import numpy as np

from training.wardrobe.coils import COIL_LINE, Mass, Outline, full, rising, spread
from training.wardrobe.hair import LINE_AZIMUTH, cap, smooth
from training.wardrobe.locks import Piece, join
from training.wardrobe.surface import HeadSurface, angles, unit
from training.wardrobe.tubes import tube

#: Rings and sides of a curl; the rings crowd at its round ends.
_RINGS, _SIDES = 9, 7
#: Big, medium, small.
_SIZES = (1.2, 1.0, 0.8)


def curl(middle: np.ndarray, out: np.ndarray, size: float, hand: float, open_to: float) -> Piece:
    """A plump C: round at both ends, its tip laid over its root.

    Args:
        middle: [3] cm; out: [3] unit, away from the head; size: radius, cm; hand: 1 or -1; open_to: angle of
            its root.
    """
    t = 0.5 - 0.5 * np.cos(np.pi * np.linspace(0.03, 0.97, _RINGS))
    right = unit(np.cross([0.1, 1.0, 0.15], out))
    over = np.cross(out, right)
    angle = open_to + hand * np.radians(235) * t
    around = right * np.cos(angle)[:, None] + over * np.sin(angle)[:, None]
    line = middle + around * (0.62 * size * (1 - 0.25 * t))[:, None] + out * (size * (0.5 * t - 0.3))[:, None]
    thick = 0.60 * size * np.sqrt(np.sin(np.pi * t)) * (1.05 - 0.3 * t)
    return tube(line, np.tile(out, (_RINGS, 1)), thick, 0.5 + 0.5 * np.sin(9.1 * open_to), 0.9, _SIDES)


def curls(
    head: HeadSurface,
    points: np.ndarray,
    height: np.ndarray,
    size: tuple[float, float],
    rng: np.random.Generator,
) -> list[Piece]:
    """Curls at directions ``points`` [n, 3], ``height`` [n] cm over the skull.

    ``size`` is their radius at the sides and on top, cm.
    """
    azimuth, elevation = angles(points)
    middles = head.at(azimuth, elevation, height + rng.uniform(-0.15, 0.25, len(points)))
    top = smooth(0, 55, elevation)
    out = []
    for k, (d, middle) in enumerate(zip(points, middles, strict=True)):
        big = (size[0] + (size[1] - size[0]) * top[k]) * _SIZES[k % 3]
        out.append(curl(middle, d, big, 1.0 if k % 5 < 3 else -1.0, np.pi / 2 + rng.normal(0, 0.7)))
    return out


def dressed(
    head: HeadSurface,
    body: Mass,
    rings: int,
    count: int,
    size: tuple[float, float],
    low: float,
    seed: int,
    front: int = 7,
) -> Piece:
    """A mass with curls on it: ``front`` that break its edge over the forehead, ``count`` everywhere else.

    ``low`` is how far inside the edge those begin, degrees.
    """
    rng = np.random.default_rng(seed)
    edge = body.outline.sample(720)
    azimuth = angles(edge)[0]
    place = np.interp(np.linspace(-1, 1, front), (-1, 1), (-50, 50)) + rng.uniform(-3, 3, front)
    hem = np.stack([edge[np.argmin(np.abs(azimuth - a))] for a in place])
    inward = unit(body.outline.pole - hem * (hem @ body.outline.pole)[:, None])
    hem = unit(hem + inward * np.radians(np.where(np.arange(front) % 2, 5.0, 2.0))[:, None])
    rest = spread(lambda d: body.outline.distance(d) > low, count, rng, 1.8, hem)
    points = np.concatenate([hem, rest])
    height = body.lift(head, points, np.maximum(body.outline.distance(points), 4.0)) + 0.15
    return join([body.mesh(head, rings), *curls(head, points, height, size, rng)])


def curly(head: HeadSurface) -> Piece:
    """Big loose curls on a soft, full mass."""
    line = Outline.of(LINE_AZIMUTH, COIL_LINE)
    body = full(head, line, rising(1.4, 2.4), 24, (1.9, 2.5), 13, 30)
    return dressed(head, body, 15, 17, (1.8, 2.4), 6.0, 31)


def curly_short(head: HeadSurface) -> Piece:
    """Tapered sides, a crop of curls on top that falls to the forehead."""
    rng = np.random.default_rng(33)
    line = Outline.of(LINE_AZIMUTH, (23, 24, 28, 33, 36, 38, 40, 40, 40, 40, 40, 40))
    base = cap(head, COIL_LINE, 1.9, 0.3, seed=3, tuft=0.6, edge=6, columns=44, rise=(18, 50))
    points = spread(lambda d: line.distance(d) > 4, 25, rng, 1.8)
    return join([base, *curls(head, points, rising(1.0, 2.0)(points), (1.65, 2.0), rng)])
