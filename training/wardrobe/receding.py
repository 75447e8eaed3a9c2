"""Hair that has gone back from the forehead or the crown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.wardrobe.hair import LINE_AZIMUTH, SHORT_LINE, Guide, across, cap
from training.wardrobe.locks import Piece, join
from training.wardrobe.short_hair import swept_back
from training.wardrobe.strips import Sheet, strips
from training.wardrobe.surface import HeadSurface

#: A widow's peak between deep bays.
BAYS = (33, 36, 43, 41, 31, 13, 5, 8, -4, -26, -40, -44)


def receding(head: HeadSurface) -> Piece:
    """Deep bays at the temples, the rest combed back."""
    rng = np.random.default_rng(81)
    pieces = [cap(head, BAYS, 1.1, 0.4, tuft=1.0, seed=11, edge=9, columns=84, rise=(18, 55))]
    guides = swept_back((0.6, 1.6, 1.7, 1.7, 1.6, 0.6), 1.1, 20, BAYS)
    pieces += strips(head, Sheet(guides, (1, 1.2, 0.9, 1.2, 1), 0.55, split=0.8, lean=0.15, root=0.3), rng)
    return join(pieces)


def balding(head: HeadSurface) -> Piece:
    """A wreath from temple to temple around the back; bare on top."""
    rng = np.random.default_rng(82)
    low = np.interp([66, 80, 92, 112, 140, 180], LINE_AZIMUTH, SHORT_LINE) + 1.0
    high = (16, 30, 36, 36, 33, 30)
    half: list[Guide] = [
        [
            (a - s, h, 0.0),
            (a, 0.7 * h + 0.3 * e, 0.35),
            (a + s, 0.35 * h + 0.65 * e, 0.45),
            (a + 1.5 * s, e, 0.3),
        ]
        for a, h, e, s in zip((66, 80, 94, 114, 144, 179.5), high, low, (0, 3, 6, 6, 4, 0), strict=True)
    ]
    cut = Sheet(half, (0.8, 1, 1.2, 1, 1.2, 1.2), 0.45, split=0.75, tip=2.2, lean=0.2, root=0.2, rows=9)
    pieces = strips(head, cut, rng)
    pieces += strips(head, replace(cut, guides=across(*half), locks=cut.locks, lean=0.25), rng)
    return join(pieces)
