"""Curly hair: plump round curls that overlap on a soft mass."""

from __future__ import annotations

from training.wardrobe.bubbles import Bubbles, covered
from training.wardrobe.coils import COIL_LINE, Mass, Outline, rising
from training.wardrobe.hair import LINE_AZIMUTH, cap
from training.wardrobe.locks import Piece, join
from training.wardrobe.surface import HeadSurface

#: Loose curls end above the ears, or they would hang over them like muffs.
_ABOVE_EARS = (22, 21.5, 18, 11, 2, 6, 9, 9, 0, -24, -40, -46)


def curly(head: HeadSurface) -> Piece:
    """Big loose curls all over."""
    body = Mass(Outline.of(LINE_AZIMUTH, _ABOVE_EARS), rising(0.7, 1.7), 11)
    return join(
        [
            body.mesh(head, 10),
            *covered(
                head, body, Bubbles((1.8, 2.7), gap=1.55, out=1.15, behind=1.7, sides=12, curl=0.55), 35
            ),
        ]
    )


def curly_short(head: HeadSurface) -> Piece:
    """Tapered sides, a crop of curls on top that falls to the forehead."""
    base = cap(head, COIL_LINE, 0.6, 0.4, seed=3, tuft=0.6, edge=8, columns=60, rise=(18, 50))
    line = Outline.of(LINE_AZIMUTH, (21.5, 22, 21, 18, 16, 16, 17, 19, 20, 20, 20, 20))
    body = Mass(line, rising(0.3, 1.5), 14)
    return join(
        [
            base,
            body.mesh(head, 9),
            *covered(head, body, Bubbles((1.8, 2.5), gap=1.55, out=1.1, behind=1.7, sides=12, curl=0.55), 33),
        ]
    )
