"""Cornrows: braids in rows along the skull."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gen_avatar.character.surface import smoothstep
from training.wardrobe.coils import COIL_LINE
from training.wardrobe.hair import LINE_AZIMUTH, cap
from training.wardrobe.locks import Hairline, Piece, join, sweep
from training.wardrobe.surface import HeadSurface, angles, unit

#: Rows lie on circles around the axis through the ears, this many degrees apart.
_ROWS, _APART = 11, 12.4
#: Beats of the braid along a row, its rings in each, and cm of its tail behind.
_BEATS, _RINGS, _TAIL = 11, 4, 1.0
#: Rows begin so far inside the line of the close layer below them, which is their hairline, degrees; every
#: second one begins so much further in.
_INSIDE, _STAGGER = 0.6, 1.1
#: Half the width of a row, share of the gap between the middles of two: the rest is a parting. Height, cm.
_WIDE, _HIGH = 0.43, 0.5
#: The plait that is drawn on a row: how dark its crossings are, and how far they lag at its sides, beats.
_CROSSING, _LAG = 0.32, 0.42
#: Section of a row: a low arch whose foot is buried.
_HALF_ARCH = ((-1.0, -1.5), (-0.82, 0.3), (-0.45, 0.83), (0.0, 1.0))
_ARCH = np.array([*_HALF_ARCH, *((-x, y) for x, y in _HALF_ARCH[-2::-1])])


def _row(tilt: float, inside: float) -> np.ndarray:
    """[n, 3] unit vectors of a row from ``inside`` degrees within the hairline over the skull to the nape."""
    line = Hairline(LINE_AZIMUTH, COIL_LINE, 0.0, 0)
    turn = np.radians(np.linspace(-60, 260, 1200))
    a = np.radians(tilt)
    d = np.stack([np.full(len(turn), np.sin(a)), np.cos(a) * np.sin(turn), np.cos(a) * np.cos(turn)], 1)
    azimuth, elevation = angles(d)
    grown = np.flatnonzero(elevation > line(azimuth) + inside)
    # From the top, forwards and backwards as far as hair grows.
    top = int(np.argmax(d[:, 1]))
    gaps = np.flatnonzero(np.diff(grown) > 1)
    first = max([grown[0], *(grown[g + 1] for g in gaps if grown[g + 1] <= top)])
    last = min([grown[-1], *(grown[g] for g in gaps if grown[g] >= top)])
    return d[first : last + 1]


def partings(head: HeadSurface) -> Piece:
    """The close layer between the rows, with a clean hairline."""
    return cap(head, COIL_LINE, 0.36, 0.22, seed=5, tuft=0.3, edge=4, columns=84)


def cornrows(head: HeadSurface) -> Piece:
    """Neat rows from the forehead to the nape, over :func:`partings`."""
    pieces = []
    for k in range(_ROWS):
        tilt = _APART * (k - (_ROWS - 1) / 2)
        d = _row(tilt, _INSIDE + _STAGGER * (k % 2))
        azimuth, elevation = angles(d)
        # Rows stand a little higher on the crown, which rounds the head off.
        line = head.at(azimuth, elevation, 0.12 + 0.4 * smoothstep(35, 80, elevation))
        end = line[-1]
        way = unit(
            unit(line[-1] - line[-30]) + np.array([-0.25 * np.sign(tilt) * abs(tilt) / 60, -1.2, -0.1])
        )
        tail = end + way * np.linspace(0.05, _TAIL, 60)[:, None]
        line = np.concatenate([line, tail])
        arc = np.r_[0, np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))]
        at = np.linspace(0, arc[-1], _RINGS * _BEATS + 1)
        path = np.stack([np.interp(at, arc, line[:, i]) for i in range(3)], 1)
        t = at / arc[-1]
        swell = np.abs(np.sin(np.pi * _BEATS * t)) ** 0.6
        # One rope from end to end: thin where it leaves the forehead, and never pinched to beads.
        ends = np.interp(t, (0, 0.04, 0.14, 0.9, 1), (0.34, 0.74, 1, 0.8, 0.3))
        spacing = np.radians(_APART) * (head.r(unit(path - head.center)) + 0.3)
        width = _WIDE * spacing * (0.97 + 0.03 * swell) * ends
        rise = np.interp(t, (0, 0.04, 0.14, 0.9, 1), (0.2, 0.6, 1, 0.8, 0.2))
        height = _HIGH * (0.95 + 0.05 * swell) * rise
        row = sweep(path, head.outward(path), width, height, (0.37 * k) % 1, _ARCH)
        pieces.append(replace(row, tone=np.clip(row.tones - _plaited(row.strand), -1, 1)))
    return join(pieces)


def _plaited(strand: np.ndarray) -> np.ndarray:
    """[n] how dark the crossings of a plait are at strand coordinates [n, 3]: arrows along the row."""
    turn = 2 * np.pi * (_BEATS * strand[:, 1] - _LAG * np.abs(strand[:, 0]))
    return _CROSSING * (0.5 + 0.5 * np.cos(turn)) ** 1.5
