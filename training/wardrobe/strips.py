"""Wide, flat locks that lie side by side on one sheet of hair, like shingles of clay.

Tubes (``locks.sweep``) leave gaps and ragged outlines when many of them form one mass. Here guides span a
curved sheet first; the locks are strips of that sheet: their sections follow its curve, their flanks dive
under the neighbours, and only their tips come apart, each with a lean of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline, PchipInterpolator

from training.wardrobe.locks import Free, Piece, Place, ring_triangles, route
from training.wardrobe.surface import HeadSurface, unit

#: Section of a strip, across -1..1 and up: crest, then underside. They meet in a crease, without shared
#: vertices.
_CREST = np.array(
    [(-1.0, -0.30), (-0.86, 0.34), (-0.48, 0.86), (0.0, 1.0), (0.48, 0.86), (0.86, 0.34), (1.0, -0.30)]
)
_BELOW = np.array([(1.0, -0.30), (0.0, -0.55), (-1.0, -0.30)])
#: Rings of a lock that shape its tip.
_TIP_RINGS = 4


@dataclass(frozen=True)
class Sheet:
    """Locks on a sheet that is spanned by guides.

    Attributes:
        guides: at least two lists of places, from root to tip, all of one length.
        locks: relative widths of the locks, from the first guide to the last.
        thick: height of a lock at its crest, cm.
        split: share of the length from which the tips come apart.
        tip: exponent of their taper; 1 is a wedge, 3 a blunt end.
        lean: how far tips lean towards the last guide (negative: the first), share of the lock's width.
        ragged: how much shorter the shortest lock is, share of the length.
        root: share of the thickness and width at the root.
        overlap: share of its width that a lock reaches under its neighbours.
        step: height added to every second lock, cm, for a crisp edge between neighbours.
        wave: (amplitude cm, periods, phase in turns, phase step between locks in turns).
        rows: rings along a lock.
        closed: the last guide is followed by the first.
        end: share of the width that is left at the very tip.
        end_thick: share of the thickness that is left at the tip.
    """

    guides: Sequence[Sequence[Place | Free]]
    locks: Sequence[float]
    thick: float = 0.8
    split: float = 0.7
    tip: float = 1.8
    lean: float = 0.3
    ragged: float = 0.08
    root: float = 0.5
    overlap: float = 0.16
    step: float = 0.14
    wave: tuple[float, float, float, float] = (0.0, 1.0, 0.0, 0.0)
    rows: int = 11
    closed: bool = False
    end: float = 0.05
    end_thick: float = 0.22


def strips(head: HeadSurface, spec: Sheet, rng: np.random.Generator) -> list[Piece]:
    """The locks of a :class:`Sheet`, one piece each."""
    surface = _surface(head, spec)
    edges = np.r_[0, np.cumsum(spec.locks)] / np.sum(spec.locks)
    pieces = []
    for number, (low, high) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
        last = 1 - spec.ragged * rng.uniform(0, 1)
        lean = spec.lean * rng.uniform(0.6, 1.2)
        lift = spec.step * (number % 2)
        amplitude, periods, phase, apart = spec.wave
        wave = (amplitude, periods, phase + number * apart)
        pieces.append(_strip(head, surface, spec, (low, high), last, lean, lift, wave, rng.uniform()))
    return pieces


class _Surface:
    """Points of a sheet at (across, along) in 0..1."""

    def __init__(self, lines: np.ndarray, closed: bool) -> None:
        at = np.linspace(0, 1, len(lines))
        if closed:
            self._across = CubicSpline(at, lines, bc_type="periodic")
        elif len(lines) > 2:
            self._across = PchipInterpolator(at, lines)
        else:
            self._across = CubicSpline(at, lines, bc_type="natural")
        self._closed = closed
        self._along = np.linspace(0, 1, lines.shape[1])

    def __call__(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """[n, 3] at u [n], v [n]."""
        u = u % 1 if self._closed else u
        inside = np.clip(u, 0, 1)
        lines = self._across(inside)  # [n, R, 3]
        if not self._closed:
            lines = lines + self._across(inside, 1) * (u - inside)[:, None, None]
        place = np.clip(v, 0, 1) * (len(self._along) - 1)
        i = np.minimum(place.astype(int), len(self._along) - 2)
        rows = np.arange(len(u))
        share = (place - i)[:, None]
        return lines[rows, i] * (1 - share) + lines[rows, i + 1] * share


def _surface(head: HeadSurface, spec: Sheet) -> _Surface:
    lines = [route(head, g, 3 * spec.rows) for g in spec.guides]
    return _Surface(np.stack([*lines, lines[0]] if spec.closed else lines), spec.closed)


def _strip(
    head: HeadSurface,
    surface: _Surface,
    spec: Sheet,
    edges: tuple[float, float],
    last: float,
    lean: float,
    lift: float,
    wave: tuple[float, float, float],
    seed: float,
) -> Piece:
    # Rings crowd at the tip, which is round.
    tips = np.sin(np.linspace(0, np.pi / 2, _TIP_RINGS + 1))[1:]
    t = np.r_[np.linspace(0, spec.split, spec.rows - _TIP_RINGS), spec.split + (1 - spec.split) * tips]
    x = np.clip((t - spec.split) / (1 - spec.split), 0, 1)
    taper = np.maximum((1 - x**spec.tip) ** 0.8, spec.end)
    rise = spec.root + (1 - spec.root) * np.sin(np.clip(t / 0.4, 0, 1) * np.pi / 2)
    half = 0.5 * (edges[1] - edges[0]) * (1 + spec.overlap) * taper
    centre = 0.5 * (edges[0] + edges[1]) + lean * (edges[1] - edges[0]) * x**2
    up = spec.thick * rise * np.maximum(np.sqrt(1 - x**2), spec.end_thick)
    raised = lift * np.sin(np.pi * np.clip(1.15 * t, 0, 1))
    # The middle line says where the sheet runs; the sections follow the sheet across.
    middle = surface(centre, t * last)
    along = unit(np.gradient(middle, t, axis=0))
    amplitude, periods, phase = wave
    grown = amplitude * np.clip((t - 0.25) * 2.2, 0, 1)
    turn = 2 * np.pi * (periods * t + phase)
    out = head.outward(middle)
    swing = unit(np.cross(out, along)) * (grown * np.sin(turn))[:, None]
    swing += out * (0.8 * grown * np.cos(turn))[:, None]

    def body(section: np.ndarray) -> np.ndarray:
        u = centre[:, None] + half[:, None] * section[:, 0]
        v = np.repeat((t * last)[:, None], len(section), 1)
        points = surface(u.ravel(), v.ravel())
        outward = head.outward(points)
        height = (up[:, None] * section[:, 1] + raised[:, None]).ravel()
        return (points + outward * height[:, None]).reshape(*u.shape, 3) + swing[:, None]

    pieces = [body(_CREST), body(_BELOW)]
    tip = middle[-1] + swing[-1] + along[-1] * 0.3 * up[-1]
    root = middle[0] + swing[0]
    vertices, triangles, strand, start = [], [], [], 0
    for points, section in zip(pieces, (_CREST, _BELOW), strict=True):
        n, k = points.shape[:2]
        first, final = start + n * k, start + n * k + 1
        j = start + np.arange(k - 1)
        end = j + (n - 1) * k
        triangles += [
            start + ring_triangles(n, k, closed=False)[:, ::-1],
            np.stack([np.full(k - 1, first), j, j + 1], 1),
            np.stack([np.full(k - 1, final), end + 1, end], 1),
        ]
        vertices += [points.reshape(-1, 3), root[None], tip[None]]
        strand += [
            np.stack([np.tile(section[:, 0], n), np.repeat(t, k), np.full(n * k, seed)], 1),
            [[0, 0, seed], [0, 1, seed]],
        ]
        start += n * k + 2
    run = unit(np.gradient(middle + swing, t, axis=0))
    tangent = [np.concatenate([np.repeat(run, p.shape[1], 0), run[[0, -1]]]) for p in pieces]
    points, faces = np.concatenate(vertices), np.concatenate(triangles)
    # The crest faces outwards, whichever way the guides are ordered.
    a, b, c = (points[triangles[0][:, k]] for k in range(3))
    if (np.cross(b - a, c - a) * head.outward(a)).sum() < 0:
        faces = faces[:, ::-1]
    return Piece(points, faces, np.concatenate(tangent), np.concatenate(strand))
