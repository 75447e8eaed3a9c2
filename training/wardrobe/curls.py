"""Curly hair: plump locks that lie on a close layer all over the head, and end in hooks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from gen_avatar.character.surface import smoothstep
from training.wardrobe.coils import COIL_LINE, spread
from training.wardrobe.hair import LINE_AZIMUTH, cap
from training.wardrobe.locks import Hairline, Piece, join
from training.wardrobe.ropes import beside, scalp
from training.wardrobe.surface import HeadSurface, angles, unit
from training.wardrobe.tubes import tube

#: How far curls may reach down, degrees, at azimuths: all over, and on top only.
_AZIMUTH = (0, 40, 56, 70, 100, 140, 180)
_ALL, _TOP = (15, 14, 9, 1, 0, -14, -26), (14, 14, 13, 16, 21, 22, 22)
#: Radius along a curl, share of the largest: it grows out of the hair and ends in a soft, round point.
_WIDE = PchipInterpolator((0, 0.14, 0.42, 0.7, 0.88, 0.96, 1), (0.42, 0.78, 1.0, 0.9, 0.66, 0.45, 0.04))
#: How high it lies over the close layer along it, share of the highest.
_LIFT = PchipInterpolator((0, 0.3, 0.7, 1), (0.1, 0.8, 1.0, 0.72))
#: Rings of a curl and points around; its height by its width.
_RINGS, _SIDES, _FLAT = 13, 8, 0.8
#: How far curls turn from root to tip, degrees, and how evenly: most of it near the tip.
_TURN, _LATE = (205.0, 265.0), 1.5
#: Size of curls beside the face, share of those in front and on top, and how much closer they lie, share.
_SMALL, _CLOSER = 0.68, 0.4
#: How dark a curl is at its root, and how far that reaches.
_ROOT, _ROOT_LONG = -0.55, 0.3


@dataclass(frozen=True)
class _Curls:
    """A head of curls.

    Attributes:
        count: of curls; length, radius: of one, cm; stand: heights over the skull, at the hairline and on the
            crown, cm; low: how far down they reach at ``_AZIMUTH``, degrees; seed: of what differs.
    """

    count: int
    length: float
    radius: float
    stand: tuple[float, float]
    low: tuple[float, ...]
    seed: int


def _curl(head: HeadSurface, root: np.ndarray, spec: _Curls, hand: float, rng: np.random.Generator) -> Piece:
    """One curl from the unit vector ``root`` [3] down the head, hooked to the ``hand`` (1 or -1)."""
    azimuth, elevation = (float(v) for v in angles(root))
    near = beside(azimuth, elevation - float(np.interp(abs(azimuth), _AZIMUTH, spec.low)))
    size = 1 - (1 - _SMALL) * near
    stand = size * (1 - _CLOSER * near) * np.interp(elevation, (12, 70), spec.stand)
    s = np.linspace(0, 1, _RINGS)
    # On the crown hair has no down: it falls to all sides of a whorl behind the top.
    down = unit(np.array([0.0, -1.0, 0.0]) + 0.6 * unit(root - [0.0, 0.9, -0.3]) * [1, 0, 1])
    down = unit(down - root * (down @ root))
    side = np.cross(root, down)
    turn = np.radians(rng.uniform(*_TURN)) * s**_LATE - np.radians(rng.uniform(20, 50))
    step = size * spec.length * rng.uniform(0.88, 1.12) / (_RINGS - 1)
    x, y = (step * np.r_[0, np.cumsum(0.5 * (v[1:] + v[:-1]))] for v in (np.sin(turn), np.cos(turn)))
    reach = float(head.r(root)) + stand
    d = unit(root * reach + hand * x[:, None] * side + y[:, None] * down)
    line = head.at(*angles(d), stand * _LIFT(s))
    radius = size * spec.radius * rng.uniform(0.88, 1.12) * _WIDE(s)
    dark = _ROOT * (1 - smoothstep(0, _ROOT_LONG, s))
    return tube(line, head.outward(line), radius, rng.uniform(), _FLAT, _SIDES, dark)


def _curls(head: HeadSurface, spec: _Curls) -> list[Piece]:
    """Curls all over, evenly, those above over those below."""
    rng = np.random.default_rng(spec.seed)
    line = Hairline(LINE_AZIMUTH, COIL_LINE, 0.0, 0)
    drop = np.degrees(0.5 * spec.length / 10.5)

    def inside(d: np.ndarray) -> np.ndarray:
        azimuth, elevation = angles(d)
        low = np.maximum(np.interp(np.abs(azimuth), _AZIMUTH, spec.low) + drop, line(azimuth) + 4)
        return elevation > low

    roots = spread(inside, spec.count, rng, 1.7)
    return [_curl(head, d, spec, (1.0, -1.0)[k % 2], rng) for k, d in enumerate(roots)]


def curly(head: HeadSurface) -> Piece:
    """Big loose curls all over."""
    base = scalp(cap(head, COIL_LINE, 2.3, 1.0, seed=5, tuft=0.6, columns=40))
    return join([base, *_curls(head, _Curls(36, 8.2, 1.5, (1.9, 2.7), _ALL, 35))])


def curly_short(head: HeadSurface) -> Piece:
    """Tapered sides, a crop of curls on top that falls to the forehead."""
    base = cap(head, COIL_LINE, 1.7, 0.4, seed=3, tuft=0.6, edge=8, columns=60, rise=(22, 50))
    return join([base, *_curls(head, _Curls(30, 6.2, 1.25, (0.9, 1.9), _TOP, 33))])
