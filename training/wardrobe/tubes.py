"""Round strands: tubes along a line, and braids of three strands."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

from training.wardrobe.locks import Free, Piece, Place, join, sweep
from training.wardrobe.surface import unit

#: How dark strands are painted where they go below others.
_LOBE_ENDS = -0.6


def ngon(sides: int) -> np.ndarray:
    """[sides, 2] a circle as the section of a tube."""
    turn = 2 * np.pi * np.arange(sides) / sides
    return np.stack([-np.cos(turn), np.sin(turn)], 1)


def through(knots: np.ndarray, samples: int) -> np.ndarray:
    """[samples, 3] a smooth, evenly spaced line through free points [n, 3]."""
    chord = np.r_[0, np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1) ** 0.5)]
    line = CubicSpline(chord, knots)(np.linspace(0, chord[-1], 8 * samples))
    return evenly(line, samples)


def evenly(line: np.ndarray, samples: int) -> np.ndarray:
    """[samples, 3] the same line at equal steps."""
    arc = np.r_[0, np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))]
    even = np.linspace(0, arc[-1], samples)
    return np.stack([np.interp(even, arc, line[:, k]) for k in range(3)], 1)


def frame(line: np.ndarray, up: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Directions along the line, to its side and upright on it, each [n, 3]; ``up`` is a hint."""
    along = unit(np.gradient(line, axis=0))
    side = unit(np.cross(up, along))
    return along, side, np.cross(along, side)


def tube(
    line: np.ndarray,
    up: np.ndarray,
    radius: np.ndarray,
    seed: float,
    flat: float = 1.0,
    sides: int = 8,
    rings: np.ndarray | float = 0.0,
) -> Piece:
    """A round tube; ``flat`` is height by width, ``radius`` [n] cm; ``rings`` [n] tone added along it."""
    return sweep(line, up, radius, flat * radius, seed, ngon(sides), rings)


def plait(line: np.ndarray, up: np.ndarray, radius: np.ndarray, lobes: int, seed: float = 0.5) -> Piece:
    """A braid of three strands: plump lobes that come from the left and the right in turn.

    Args:
        line: [n, 3]; up: [n, 3] where the pattern faces (and its mirror behind); radius: [n] half width, cm.
    """
    t = np.linspace(0, 1, len(line))
    arc = np.linalg.norm(np.diff(line, axis=0), axis=1).sum()
    fields = (line, *frame(line, up))
    # A lobe is a plump grain that leans from the outside to the middle, where the next one covers its end.
    s = np.sin(np.radians(np.linspace(-82, 82, 8)))
    pieces = []
    for k in range(lobes):
        hand = 1.0 if k % 2 else -1.0
        at = (k + 0.5) / lobes
        r = float(np.interp(at, t, radius))
        core, along, side, crest = (np.array([np.interp(at, t, v[:, i]) for i in range(3)]) for v in fields)
        lean = unit(0.85 * along - 0.5 * hand * side)
        reach = min(1.3 * arc / lobes, 0.95 * r) + 0.1 * r
        path = core + 0.36 * hand * r * side + 0.05 * r * crest + (reach * s)[:, None] * lean
        plump = 0.64 * r * np.sqrt(1 - s**2)
        up_all = np.tile(crest, (len(s), 1))
        # Each goes under the next one, where it is dark.
        under = _LOBE_ENDS * np.abs(s) ** 4
        pieces.append(sweep(path, up_all, plump, 1.1 * plump, (0.37 * k + seed) % 1, ngon(8), under))
    return join(pieces)


def hang_guide(
    side: float, azimuth: float, part: float, bottom: float, spread: float, height: float
) -> list[Place | Free]:
    """Places of a strand that leaves the parting, lies on the skull and hangs to ``bottom``.

    Args:
        side: 1 for the subject's left, -1; azimuth: 50..180, where it leaves the skull, degrees.
        part: azimuth of the parting; bottom: height of the end; spread: half width at the ends; height:
            above the skull; cm of the ICT mean head.
    """

    def pick(*values: float) -> float:
        return float(np.interp(azimuth, (52, 76, 104, 148, 180), values))

    x, z, wide = (
        pick(8.5, 9.4, 9.4, 5.9, 0.6),
        pick(5.7, 2.4, -2.6, -8.9, -10),
        spread * pick(0.93, 1, 0.98, 0.62, 0.06),
    )
    back = pick(4.9, 2.1, -2.7, -8.3, -9.4)
    start = part * pick(1, 1, 1, 0.7, 0.3) + side * pick(0.5, 0.5, 0.5, 30, 100)
    over = 0.4 * part * pick(1, 1, 1, 0.7, 0.3) + side * pick(26, 48, 84, 142, 176)
    return [
        (start, pick(29, 45, 64, 80, 84), 0.2),
        (over, pick(34, 50, 60, 62, 60), height),
        (side * azimuth, pick(22, 27, 28, 24, 24), height + 0.1),
        Free(side * x, 1.8, z),
        Free(side * wide, 0.45 * bottom + 0.6, back),
        Free(side * 0.98 * wide, bottom, back),
    ]
