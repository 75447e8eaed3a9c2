"""Braids of three strands over combed hair."""

from __future__ import annotations

import numpy as np

from training.wardrobe.locks import Piece, join
from training.wardrobe.surface import HeadSurface, direction, unit
from training.wardrobe.tubes import plait, through, tube, woven
from training.wardrobe.updos import combed, parting, ring, wisps

Point = tuple[float, float, float]


def _hanging(
    head: HeadSurface, knot: tuple[float, float], points: list[Point], radius: float, lobes: int
) -> Piece:
    """A braid from a knot through free points (cm of the ICT mean head), tied, with a tuft at its end."""
    foot = head.at(np.array(knot[0]), np.array(knot[1]), np.array(0.5))
    line = through(np.stack([foot, *(head.place(*p) for p in points)]), 40)
    up = np.tile([0.35 * np.sign(points[-1][0]), 0.15, 1.0], (40, 1))
    shape = radius * np.interp(np.linspace(0, 1, 40), (0, 0.1, 0.6, 1), (0.8, 1, 0.95, 0.65))
    end, way = line[-1], line[-1] - line[-3]
    tuft = np.stack([end - 0.6 * way, end + 0.5 * way, end + 1.6 * way, end + 2.6 * way])
    return join(
        [
            # A core fills the gaps between the lobes.
            tube(line[::3], up[::3], 0.58 * shape[::3], 0.5, 1.0, 8),
            plait(line, up, shape, lobes),
            tube(tuft, up[:4], radius * np.array([0.45, 0.7, 0.6, 0.1]), 0.3, 0.8),
        ]
    )


def braid(head: HeadSurface) -> Piece:
    """One thick braid over the subject's left shoulder."""
    points = [(8.5, 0.4, -6.8), (9.9, -5.4, -4.6), (9.6, -10.2, -0.8), (9.0, -14.2, 1.0), (8.8, -17.0, 1.4)]
    over = _hanging(head, (126, -5), points, 2.1, 13)
    return join([combed(head, (152, -22), thick=1.3), over, *wisps(head)])


def twin_braids(head: HeadSurface) -> Piece:
    """Parted in the middle, a braid tied behind each ear, along the neck to the chest."""
    pieces = [parting(head)]
    for side in (1.0, -1.0):
        knot = (side * 116.0, -17.0)
        points = [
            (9.0 * side, -3.6, -3.4),
            (8.6 * side, -7.2, -1.0),
            (7.9 * side, -11.2, 2.4),
            (7.6 * side, -14.6, 3.2),
        ]
        pieces += [combed(head, knot, side, 9), _hanging(head, knot, points, 1.75, 9)]
        foot = head.at(*knot, 1.2)
        pieces.append(ring(foot, unit(head.place(*points[0]) - foot), 1.1, 0.55))
    return join(pieces)


def crown_braid(head: HeadSurface) -> Piece:
    """A braid laid over the head from nape to nape, like a crown; the hair in front of it is combed back."""
    turn = np.linspace(-180, 180, 61)
    elevation = 18 + 41 * np.cos(np.radians(turn))
    line = head.at(turn, elevation, np.full(61, 1.5))
    # The pattern faces the one who looks at the face.
    up = direction(turn, elevation) + np.array([0.0, 0.0, 0.9])
    return join([combed(head, (180, 40), strands=13, thick=0.7), woven(line, up, np.full(61, 2.05), 22)])
