"""Curly hair: a soft mass under big rounded curls that overlap."""

from __future__ import annotations

from collections.abc import Callable

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
    inside: Callable[[np.ndarray], np.ndarray],
    height: Callable[[np.ndarray], np.ndarray],
    count: int,
    size: tuple[float, float],
    seed: int,
) -> list[Piece]:
    """Curls wherever ``inside`` is true, fewer behind; ``height`` of their middles over the skull, cm.

    ``size`` is their radius at the sides and on top, cm.
    """
    rng = np.random.default_rng(seed)
    points = spread(inside, count, rng, 1.8)
    azimuth, elevation = angles(points)
    middles = head.at(azimuth, elevation, height(points) + rng.uniform(-0.15, 0.25, count))
    top = smooth(0, 55, elevation)
    out = []
    for k, (d, middle) in enumerate(zip(points, middles, strict=True)):
        big = (size[0] + (size[1] - size[0]) * top[k]) * _SIZES[k % 3]
        out.append(curl(middle, d, big, 1.0 if k % 5 < 3 else -1.0, np.pi / 2 + rng.normal(0, 0.7)))
    return out


def dressed(
    head: HeadSurface, body: Mass, rings: int, count: int, size: tuple[float, float], low: float, seed: int
) -> Piece:
    """A mass with curls on it, from ``low`` degrees inside its edge."""

    def height(d: np.ndarray) -> np.ndarray:
        return body.lift(head, d, body.outline.distance(d)) - 0.1

    own = curls(head, lambda d: body.outline.distance(d) > low, height, count, size, seed)
    return join([body.mesh(head, rings), *own])


def curly(head: HeadSurface) -> Piece:
    """Big loose curls on a soft, full mass."""
    line = Outline.of(LINE_AZIMUTH, COIL_LINE)
    body = full(head, line, rising(1.4, 2.4), 24, (1.9, 2.5), 13, 30)
    return dressed(head, body, 15, 24, (1.7, 2.3), 4.0, 31)


def curly_short(head: HeadSurface) -> Piece:
    """Tapered sides, a crop of curls on top that falls to the forehead."""
    line = Outline.of(LINE_AZIMUTH, (23, 24, 28, 33, 36, 38, 40, 40, 40, 40, 40, 40))
    base = cap(head, COIL_LINE, 1.9, 0.3, seed=3, tuft=0.6, edge=6, columns=44, rise=(18, 50))
    return join([base, *curls(head, lambda d: line.distance(d) > 4, rising(1.0, 2.0), 25, (1.65, 2.0), 33)])
