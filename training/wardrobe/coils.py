"""Coily hair: curls and the afro."""

from __future__ import annotations

import numpy as np
from scipy.spatial import Delaunay

from training.wardrobe.hair import LINE_AZIMUTH, SHORT_LINE, cap, smooth
from training.wardrobe.locks import Hairline, Piece, Profile, join, lock_along
from training.wardrobe.surface import HeadSurface, angles, direction, unit


def spread(head: HeadSurface, line: Hairline, count: int, low: float, rng: np.random.Generator) -> np.ndarray:
    """[n, 3] unit vectors over the hair, ``low`` degrees from the hairline, twice that from the ears."""
    k = np.arange(6 * count)
    y = 1 - (k + 0.5) * (1.75 / len(k))
    turn = k * np.pi * (3 - np.sqrt(5))
    r = np.sqrt(np.maximum(1 - y * y, 0))
    points = np.stack([r * np.sin(turn), y, r * np.cos(turn)], 1)
    azimuth, elevation = angles(points)
    over_ear = (np.abs(azimuth) > 55) & (np.abs(azimuth) < 118)
    points = points[elevation > np.maximum(line(azimuth) + low, np.where(over_ear, 2 * low, -90))]
    # Farthest points first, from a fixed start: even, yet without the spiral's order.
    chosen = [points[np.argmax(points[:, 2])]]
    while len(chosen) < count:
        away = np.min(np.linalg.norm(points[:, None] - np.asarray(chosen)[None], axis=2), axis=1)
        chosen.append(points[np.argmax(away)])
    return unit(np.asarray(chosen) + rng.normal(0, 0.02, (count, 3)))


def curly(head: HeadSurface) -> Piece:
    """Loose curls: commas of hair over a soft mass, some of them on the forehead."""
    rng = np.random.default_rng(31)
    line = Hairline(LINE_AZIMUTH, SHORT_LINE, 2.0, 4)
    pieces = [cap(head, SHORT_LINE, 1.9, 1.1, seed=4, tuft=3.0, edge=9, columns=72)]
    for d in spread(head, line, 58, 5.0, rng):
        azimuth, elevation = angles(d)
        top = float(smooth(5, 50, elevation))
        size = rng.uniform(0.8, 1.15) * (1.3 + 0.35 * top)
        pieces.append(_comma(head, d, size, 0.7 + 1.3 * top + rng.uniform(0, 0.6), rng))
    return join(pieces)


def _comma(head: HeadSurface, d: np.ndarray, size: float, rise: float, rng: np.random.Generator) -> Piece:
    """A fat curl at direction ``d``: it springs from the mass, turns three quarters and curls in."""
    t = np.linspace(0, 1, 8)
    hand = rng.choice([-1.0, 1.0])
    right = unit(np.cross(d, [0.13, 1.0, 0.21]))
    over = np.cross(right, d)
    # Most curls open downwards, so that the crowd has a grain.
    angle = np.pi / 2 + rng.normal(0, 0.5) + hand * (0.5 - t) * 2 * np.pi * 0.82
    radius = size * (1.15 - 0.55 * t)
    line = head.center + d * (head.r(d) + rise)
    line = line + (right * np.cos(angle)[:, None] + over * np.sin(angle)[:, None]) * radius[:, None]
    line = line + d * (size * (0.9 * np.sin(np.pi * np.clip(t * 0.8, 0, 1)) - 0.45))[:, None]
    profile = Profile(0.78 * size, 0.72 * size, root=0.7, belly=0.4, tip=2.0, end=0.06)
    return lock_along(head, line, profile, rng.uniform())


def afro(head: HeadSurface) -> Piece:
    """A round cloud with a beaded edge."""
    rng = np.random.default_rng(41)
    line = Hairline(LINE_AZIMUTH, (28, 27, 23, 16, 8, 2, 1, 3, -10, -32, -44, -48), 1.5, 4)
    points, triangles = _disc(3700)
    r, turn = np.hypot(*points.T), np.degrees(np.arctan2(points[:, 1], points[:, 0]))
    low = line(turn)
    elevation = low * r + 90 * (1 - r)
    d = direction(turn, elevation)
    # The front leans back from the forehead; sides and back swell at once, over the ears.
    width = 20 + 16 * np.exp(-((turn / 50) ** 2))
    inside = np.clip((elevation - low) / width, 0, 1)
    rounded = np.sqrt(inside * (2 - inside))
    # A sphere around the head is the big shape.
    ball = head.center + [0, 1.2, -1.2]
    reach = _ray_to_sphere(head.center, d, ball, 12.9) - head.r(d)
    beads = spread(head, line, 95, -1.0, rng)
    angle = np.degrees(np.arccos(np.clip(d @ beads.T, -1, 1)))
    sizes = rng.uniform(11.0, 15.5, len(beads))
    bump = np.sqrt(np.clip(1 - (angle / sizes) ** 2, 0, 1)).max(1)
    height = (
        (reach - 1.5) * rounded
        + 2.5 * bump * np.clip(inside * 5, 0, 1)
        - 0.3 * (1 - np.clip(inside * 6, 0, 1))
    )
    vertices = head.center + d * (head.r(d) + height)[:, None]
    nearest = np.argmin(angle / sizes, 1)
    tangent = unit(np.cross(d, beads[nearest]) + 1e-3)
    strand = np.stack(
        [np.clip(angle / sizes, 0, 1).min(1) * 2 - 1, 1 - r, rng.uniform(size=len(beads))[nearest]], 1
    )
    return Piece(vertices, triangles, tangent, strand)


def _ray_to_sphere(origin: np.ndarray, d: np.ndarray, center: np.ndarray, radius: float) -> np.ndarray:
    along = d @ (center - origin)
    return along + np.sqrt(radius**2 - ((center - origin) ** 2).sum() + along**2)


def _disc(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Evenly spread points of the unit disc with a closed rim, and their triangles, counter-clockwise."""
    k = np.arange(count)
    r, turn = np.sqrt((k + 0.5) / count) * 0.985, k * np.pi * (3 - np.sqrt(5))
    rim = np.linspace(0, 2 * np.pi, 190, endpoint=False)
    points = np.concatenate(
        [np.stack([r * np.cos(turn), r * np.sin(turn)], 1), np.stack([np.cos(rim), np.sin(rim)], 1)]
    )
    triangles = Delaunay(points).simplices
    a, b, c = (points[triangles[:, i]] for i in range(3))
    area = np.cross(b - a, c - a)
    triangles = np.where(area[:, None] > 0, triangles, triangles[:, ::-1])
    return points, triangles[np.abs(area) > 1e-7]
