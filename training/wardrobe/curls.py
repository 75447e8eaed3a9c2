"""Curly hair: plump round curls that overlap on a soft mass."""

from __future__ import annotations

from training.wardrobe.bubbles import Bubbles, covered
from training.wardrobe.coils import COIL_LINE, Mass, Outline, rising
from training.wardrobe.hair import LINE_AZIMUTH, cap
from training.wardrobe.locks import Piece, join
from training.wardrobe.surface import HeadSurface


def curly(head: HeadSurface) -> Piece:
    """Big loose curls all over."""
    body = Mass(Outline.of(LINE_AZIMUTH, COIL_LINE), rising(0.9, 1.6), 11)
    return join(
        [
            body.mesh(head, 10),
            *covered(head, body, Bubbles((2.6, 3.1), gap=1.38, out=1.1, behind=1.6), 31),
        ]
    )


def curly_short(head: HeadSurface) -> Piece:
    """Tapered sides, a crop of curls on top that falls to the forehead."""
    base = cap(head, COIL_LINE, 0.4, 0.3, seed=3, tuft=0.6, edge=6, columns=44, rise=(18, 50))
    line = Outline.of(LINE_AZIMUTH, (22, 22, 22, 21, 21, 23, 25, 27, 29, 31, 32, 32))
    body = Mass(line, rising(0.8, 1.5), 10)
    return join(
        [
            base,
            body.mesh(head, 9),
            *covered(head, body, Bubbles((2.5, 3.0), gap=1.38, out=1.12, behind=1.6), 33),
        ]
    )
