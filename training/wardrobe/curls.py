"""Curly hair: short ringlets that overlap in layers, like thatch."""

from __future__ import annotations

from training.wardrobe.coils import COIL_LINE
from training.wardrobe.hair import cap
from training.wardrobe.locks import Piece, join
from training.wardrobe.ringlets import SHORT, ringlet
from training.wardrobe.ropes import scalp, thatch
from training.wardrobe.surface import HeadSurface

#: How low the tips of curls fall, by azimuth as in :func:`training.wardrobe.ropes.thatch`, degrees: all over,
#: and on top only.
_ALL, _TOP = (15, 14, 9, 3, 1, -30), (14, 14, 13, 15, 16, 18)


def curly(head: HeadSurface) -> Piece:
    """Big loose curls all over."""
    base = scalp(cap(head, COIL_LINE, 1.9, 1.0, seed=5, tuft=0.6, columns=40))
    return join([base, *thatch(head, ringlet(1.5, 12, 5.2, SHORT), 37, 6.4, (1.3, 1.5), _ALL, 16, 35)])


def curly_short(head: HeadSurface) -> Piece:
    """Tapered sides, a crop of curls on top that falls to the forehead."""
    base = cap(head, COIL_LINE, 1.9, 0.4, seed=3, tuft=0.6, edge=8, columns=60, rise=(22, 50))
    return join([base, *thatch(head, ringlet(1.45, 12, 5.0, SHORT), 32, 5.6, (1.4, 1.6), _TOP, 16, 33)])
