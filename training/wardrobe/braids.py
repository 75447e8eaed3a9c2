"""Braids of three strands over combed hair."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.spatial import cKDTree

from training.wardrobe.hair import Guide
from training.wardrobe.hairpaint import BETWEEN
from training.wardrobe.locks import Free, Piece, Place, join
from training.wardrobe.mane import Mane, mane
from training.wardrobe.surface import HeadSurface, direction, unit
from training.wardrobe.tubes import plait, through, tube
from training.wardrobe.updos import combed, parting, ring, wisps

#: Radius of the core of a braid, by half its width.
_CORE = 0.76

Point = tuple[float, float, float]
Roots = tuple[float, float, float]


def _hanging(head: HeadSurface, foot: np.ndarray, points: list[Point], radius: float, lobes: int) -> Piece:
    """A braid from its foot [3] through free points (cm of the ICT mean head), with a tuft at its end."""
    line = through(np.stack([foot, *(head.place(*p) for p in points)]), 40)
    up = np.tile([0.35 * np.sign(points[-1][0]), 0.15, 1.0], (40, 1))
    shape = radius * np.interp(np.linspace(0, 1, 40), (0, 0.1, 0.5, 1), (0.85, 1, 0.94, 0.56))
    end, way = line[-1], line[-1] - line[-3]
    tuft = np.stack([end - 0.6 * way, end + 0.5 * way, end + 1.6 * way, end + 2.6 * way])
    return join(
        [
            _filled(line, up, shape, lobes),
            tube(tuft, up[:4], radius * np.array([0.45, 0.7, 0.6, 0.1]), 0.3, 0.8),
        ]
    )


def _filled(line: np.ndarray, up: np.ndarray, radius: np.ndarray, lobes: int, tied: bool = False) -> Piece:
    """A plait whose gaps between the lobes are filled by a dark core.

    ``tied`` lobes hang together with the core by a thin triangle each: hats hide all of it or nothing.
    """
    core = tube(line[::3], up[::3], _CORE * radius[::3], 0.5, 1.0, 8, BETWEEN)
    woven = plait(line, up, radius, lobes)
    whole = join([core, woven])
    if not tied:
        return whole
    roots = np.arange(lobes) * (len(woven.vertices) // lobes)
    near = cKDTree(core.vertices).query(woven.vertices[roots])[1]
    roots = roots + len(core.vertices)
    ties = np.stack([roots, roots + 1, near], 1)
    return replace(whole, triangles=np.concatenate([whole.triangles, ties]))


def _gathered(head: HeadSurface, side: float = 1.0, root: Roots = (-4, -10, -20), rows: int = 18) -> Piece:
    """Hair of one ``side`` that falls over the ear into the braid, which visibly grows out of it.

    ``root``: where it begins, degrees beyond the middle.
    """
    guides: list[Guide] = [
        [(root[0], 34, -0.4), (34, 27, 1.1), (54, 8, 1.0), Free(9.0, -0.6, 1.6), Free(9.7, -4.4, -0.2)],
        [(root[1], 52, -0.3), (50, 50, 2.1), (80, 20, 1.7), Free(10.2, 0.6, -1.6), Free(10.5, -4.2, -1.2)],
        [(root[2], 76, -0.3), (96, 58, 2.1), (116, 18, 1.9), Free(9.8, 0.0, -5.0), Free(10.0, -4.0, -2.6)],
    ]
    guides = [[_turned(place, side) for place in guide] for guide in guides]
    cut = Mane(guides, (0.8, 1.3, 1.0), 0.9, 0.5, 1.1, root=0.3, groove=0.3, notch=0, rows=rows, seed=4)
    return mane(head, cut)


def _turned(place: Place | Free, side: float) -> Place | Free:
    """A place of the left, or its mirror."""
    if isinstance(place, Free):
        return replace(place, x=side * place.x)
    return side * place[0], place[1], place[2]


def braid(head: HeadSurface) -> Piece:
    """One thick braid over the subject's left shoulder."""
    points = [(9.95, -5.0, -2.1), (10.0, -9.0, 0.6), (9.5, -12.6, 1.9), (9.0, -15.6, 2.3), (8.8, -18.0, 2.4)]
    over = _hanging(head, head.at(111, -12, 1.4), points, 2.1, 17)
    begin, then = (np.asarray(head.place(*p)) for p in points[:2])
    # Without a band the smooth hair would break off where the plait begins.
    band = ring(begin, unit(then - begin), 1.95, 0.42)
    return join([combed(head, (128, -12), thick=1.3), _gathered(head), over, band, wisps(head)[1]])


def twin_braids(head: HeadSurface) -> Piece:
    """Parted in the middle, a braid out of the hair over each ear, along the neck to the chest."""
    pieces = [parting(head)]
    for side in (1.0, -1.0):
        knot = (side * 113.0, -13.0)
        points = [
            (9.9 * side, -4.9, -2.2),
            (9.7 * side, -7.8, -0.6),
            (9.3 * side, -11.2, 1.2),
            (8.9 * side, -14.8, 1.9),
        ]
        pieces += [combed(head, knot, side, 5), _gathered(head, side, (3, 6, 70), 15)]
        pieces.append(_hanging(head, head.at(*knot, 1.3), points, 1.95, 11))
    return join(pieces)


def crown_braid(head: HeadSurface) -> Piece:
    """A braid laid over the head from nape to nape, like a crown; the hair in front of it is combed back."""
    turn = np.linspace(-180, 180, 61)
    elevation = 18 + 41 * np.cos(np.radians(turn))
    line = head.at(turn, elevation, np.full(61, 1.5))
    # The pattern faces the one who looks at the face.
    up = direction(turn, elevation) + np.array([0.0, 0.0, 0.9])
    return join(
        [combed(head, (180, 40), strands=13, thick=0.7), _filled(line, up, np.full(61, 1.9), 23, tied=True)]
    )
