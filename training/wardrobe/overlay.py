"""Large locks that lie on a mass of short hair, overlap and end in points: what tells it from a cap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from training.wardrobe.hairpaint import lock_tone
from training.wardrobe.locks import Piece, Place, join, route, sweep
from training.wardrobe.surface import HeadSurface
from training.wardrobe.tubes import ngon

#: Half width along a lock, share of the largest: it rises from the mass and ends in a soft point.
_AT = (0.0, 0.15, 0.4, 0.65, 0.85, 0.95, 1.0)
_WIDE = (0.35, 0.72, 1.0, 0.94, 0.62, 0.34, 0.04)
#: Height of a lock's section by its width, its rings and points around.
_FLAT, _RINGS, _SIDES = 0.40, 13, 10
#: Half the width of the strand drawn on a lock, of half a lock, and how dark its buried side is.
_STRAND, _BURIED = 0.3, 0.7

#: Places from root to tip, and half the width, cm.
Lock = tuple[Sequence[Place], float]


def overlaid(head: HeadSurface, body: Piece, locks: Sequence[Lock]) -> Piece:
    """``body`` with locks on it; the last of them lies on top."""
    return join([body, *(_lock(head, lock, (0.37 * k + 0.2) % 1) for k, lock in enumerate(locks))])


def _lock(head: HeadSurface, lock: Lock, seed: float) -> Piece:
    line = route(head, lock[0], _RINGS)
    t = np.linspace(0, 1, _RINGS)
    wide = lock[1] * np.interp(t, _AT, _WIDE)
    section = ngon(_SIDES)
    piece = sweep(line, head.outward(line), wide, _FLAT * wide, seed, section)
    across = np.r_[np.tile(section[:, 0], len(t)), 0, 0]
    below = np.r_[np.tile(section[:, 1] < -0.1, len(t)), False, False]
    tone = lock_tone(across, piece.strand[:, 1], piece.strand[:, 2], wide=_STRAND) - _BURIED * below
    return replace(piece, tone=np.clip(tone, -1, 1))
