"""Curly and coily hair that stands: clouds of curls and afros."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.wardrobe.hair import LINE_AZIMUTH, cap, smooth
from training.wardrobe.locks import Hairline, Piece, down, join, shell
from training.wardrobe.surface import HeadSurface, angles, direction, unit
from training.wardrobe.tubes import tube

#: Coily hair has a rounded hairline that frames the forehead and reaches down before the ears.
COIL_LINE = (27, 26, 22, 16, 8, -3, 0, 5, -8, -28, -40, -44)
_BEAD_RINGS, _BEAD_SIDES = (30, 62, 95), 8

Height = Callable[[np.ndarray, np.ndarray], np.ndarray]


def spread(line: Hairline, count: int, low: float, rng: np.random.Generator) -> np.ndarray:
    """[n, 3] unit vectors over the hair, ``low`` degrees above the hairline, as even as can be."""
    k = np.arange(8 * count)
    y = 1 - (k + 0.5) * (1.75 / len(k))
    turn = k * np.pi * (3 - np.sqrt(5))
    r = np.sqrt(np.maximum(1 - y * y, 0))
    points = np.stack([r * np.sin(turn), y, r * np.cos(turn)], 1)
    azimuth, elevation = angles(points)
    points = points[elevation > line(azimuth) + low]
    # Farthest points first, from a fixed start: even, yet without the spiral's order.
    chosen = [points[np.argmax(points[:, 2])]]
    while len(chosen) < count:
        away = np.min(np.linalg.norm(points[:, None] - np.asarray(chosen)[None], axis=2), axis=1)
        chosen.append(points[np.argmax(away)])
    return unit(np.asarray(chosen) + rng.normal(0, 0.015, (count, 3)))


def bead(center: np.ndarray, up: np.ndarray, radius: float, flow: np.ndarray, seed: float) -> Piece:
    """A round clump of coils that bulges along ``up``; light runs across ``flow``."""
    right = unit(np.cross(up, [0.31, 0.9, 0.29]))
    over = np.cross(right, up)
    polar = np.radians(np.asarray(_BEAD_RINGS, float))
    turn = (
        2 * np.pi * (np.arange(_BEAD_SIDES)[None] + 0.5 * (np.arange(len(polar)) % 2)[:, None]) / _BEAD_SIDES
    )
    ball = (
        np.sin(polar)[:, None, None] * (np.cos(turn)[..., None] * right + np.sin(turn)[..., None] * over)
        + np.cos(polar)[:, None, None] * up
    )
    vertices = np.concatenate([center + radius * ball.reshape(-1, 3), (center + radius * up)[None]])
    i, j = np.mgrid[: len(polar) - 1, :_BEAD_SIDES]
    k = (j + 1) % _BEAD_SIDES
    a, b, c, d = (p * _BEAD_SIDES + q for p, q in ((i, j), (i, k), (i + 1, k), (i + 1, j)))
    j = np.arange(_BEAD_SIDES)
    triangles = np.concatenate(
        [
            np.stack([a, d, c], -1).reshape(-1, 3),
            np.stack([a, c, b], -1).reshape(-1, 3),
            np.stack([np.full(_BEAD_SIDES, len(vertices) - 1), j, (j + 1) % _BEAD_SIDES], 1),
        ]
    )
    normal = unit(vertices - center)
    run = flow - normal * (normal @ flow)[:, None]
    strand = np.stack([normal @ right, 0.5 + 0.5 * (normal @ over), np.full(len(vertices), seed)], 1)
    return Piece(vertices, triangles[:, ::-1], unit(run), strand)


def cloud(
    head: HeadSurface,
    line: Hairline,
    height: Height,
    size: tuple[float, float],
    count: int,
    edge: float,
    seed: int,
) -> Piece:
    """A mass of coils: a soft shell under overlapping clumps, small at the hairline.

    Args:
        height: cm above the skull at (azimuth, elevation), degrees; size: radius of the clumps at the edge
            and inside, cm; edge: degrees over which the mass rounds off.
    """
    rng = np.random.default_rng(seed)

    def lowered(azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
        return np.maximum(height(azimuth, elevation) - 0.35 * size[1], 0.4)

    pieces = [shell(head, line, lowered, down, edge, 60, 8)]
    for d in spread(line, count, 2.5, rng):
        azimuth, elevation = (float(v) for v in angles(d))
        inside = np.clip((elevation - float(line(np.array(azimuth)))) / edge, 0, 1)
        radius = (size[0] + (size[1] - size[0]) * inside) * rng.uniform(0.88, 1.12)
        tall = float(height(np.array(azimuth), np.array(elevation))) * np.sqrt(inside * (2 - inside))
        center = head.at(np.array(azimuth), np.array(elevation), np.array(max(tall - 0.62 * radius, -0.1)))
        outward = unit(center + 2.2 * radius * d - head.center)
        flow = np.cross(outward, [0.35, 0.5, 1.0])
        pieces.append(bead(center, outward, radius, unit(flow), rng.uniform()))
    return join(pieces)


def to_sphere(head: HeadSurface, center: tuple[float, float, float], radius: float) -> Height:
    """Height of a sphere, its centre given from the skull's, cm."""
    offset = np.asarray(center, float)

    def height(azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
        d = direction(azimuth, elevation)
        along = d @ offset
        reach = along + np.sqrt(np.maximum(radius**2 - (offset**2).sum() + along**2, 0))
        dome = 1.1 * smooth(38, 83, elevation)
        return np.maximum(reach - head.r(d) - dome, 0.5)

    return height


def afro(head: HeadSurface) -> Piece:
    """A big round cloud with a scalloped edge."""
    line = Hairline(LINE_AZIMUTH, COIL_LINE, 1.5, 4)
    return cloud(head, line, to_sphere(head, (0, 1.8, -1.2), 13.7), (1.2, 2.35), 66, 26, 41)


def afro_short(head: HeadSurface) -> Piece:
    """A close, rounded afro with a crisp hairline."""
    line = Hairline(LINE_AZIMUTH, COIL_LINE, 0.6, 4)

    def height(azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
        return 1.3 + 1.6 * smooth(0, 60, elevation)

    return cloud(head, line, height, (0.85, 1.35), 88, 12, 42)


def high_top(head: HeadSurface) -> Piece:
    """A flat top that widens upwards over faded sides."""
    fade = cap(head, COIL_LINE, 0.35, 0.22, tuft=0.4, seed=2, edge=5, columns=60)
    line = Hairline(LINE_AZIMUTH, (28, 28, 28, 29, 30, 31, 32, 33, 34, 34, 34, 34), 0.5, 4)

    def height(azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
        d = direction(azimuth, elevation)
        # A box with round corners: the p-norm of a wide, level-topped solid.
        box = np.array([9.3, 14.3, 10.2])
        reach = 1 / ((np.abs(d) / box) ** 6).sum(-1) ** (1 / 6)
        return np.maximum(reach - head.r(d) - 1.1 * smooth(38, 83, elevation), 0.6)

    return join([fade, cloud(head, line, height, (0.9, 1.3), 66, 9, 43)])


def curl(head: HeadSurface, d: np.ndarray, size: float, rise: float, hand: float, open_to: float) -> Piece:
    """A fat C-curl at direction ``d``: it springs from the mass, turns and winds in on itself.

    Args:
        size: radius, cm; rise: of its centre over the skull; hand: 1 or -1; open_to: angle of its root.
    """
    t = np.linspace(0, 1, 8)
    right = unit(np.cross([0.1, 1.0, 0.15], d))
    over = np.cross(d, right)
    angle = open_to + hand * t * 2 * np.pi * 0.98
    radius = size * (1.0 - 0.62 * t)
    line = head.center + d * (head.r(d) + rise)
    line = line + (right * np.cos(angle)[:, None] + over * np.sin(angle)[:, None]) * radius[:, None]
    line = line + d * (size * (0.95 * t - 0.45))[:, None]
    thick = size * np.interp(t, (0, 0.3, 0.75, 1), (0.42, 0.62, 0.52, 0.3))
    return tube(line, np.tile(d, (8, 1)), thick, 0.5 + 0.5 * np.sin(9.1 * open_to), 0.85, 5)


def curls(
    head: HeadSurface,
    line: Hairline,
    count: int,
    size: tuple[float, float],
    rise: tuple[float, float],
    seed: int,
) -> list[Piece]:
    """C-curls over the whole hair; sizes and heights are given at the sides and on top, cm."""
    rng = np.random.default_rng(seed)
    out = []
    for k, d in enumerate(spread(line, count, 4.0, rng)):
        top = float(smooth(0, 55, angles(d)[1]))
        big = (size[0] + (size[1] - size[0]) * top) * rng.uniform(0.88, 1.12)
        tall = rise[0] + (rise[1] - rise[0]) * top + rng.uniform(-0.25, 0.35)
        out.append(curl(head, d, big, tall, 1.0 if k % 3 else -1.0, np.pi / 2 + rng.normal(0, 0.7)))
    return out


def curly(head: HeadSurface) -> Piece:
    """Big loose curls on top of a soft, full mass."""
    line = Hairline(LINE_AZIMUTH, COIL_LINE, 2.0, 4)
    base = cap(head, COIL_LINE, 2.6, 1.4, seed=4, tuft=3.0, edge=9, columns=60)
    return join([base, *curls(head, line, 36, (1.45, 2.2), (0.9, 2.7), 31)])


def curly_short(head: HeadSurface) -> Piece:
    """Tapered sides, a crop of curls on top that falls to the forehead."""
    line = Hairline(LINE_AZIMUTH, (24, 25, 29, 33, 36, 38, 40, 40, 40, 40, 40, 40), 1.0, 4)
    base = cap(head, COIL_LINE, 1.5, 0.35, seed=3, tuft=1.0, edge=6, columns=60, rise=(22, 50))
    return join([base, *curls(head, line, 30, (1.5, 1.8), (1.2, 1.9), 33)])
