"""Short straight hair that is brushed back or stands up, over short sides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.wardrobe.hair import LINE_AZIMUTH, SHORT_LINE, Guide, across, cap
from training.wardrobe.locks import Piece, Profile, join, lock
from training.wardrobe.strips import Sheet, strips
from training.wardrobe.surface import HeadSurface

#: Where the mesh ends above clipped sides, which are painted on the scalp.
FADE_LINE = (27, 26, 24, 23, 23, 23, 22, 20, 17, 12, 8, 6)
#: Azimuths of the guides that run from the forehead back, degrees.
_FRONT = (-64.0, -42.0, -14.0, 14.0, 42.0, 64.0)


def hairline(azimuth: float, line: Sequence[float] = SHORT_LINE) -> float:
    """Elevation of the hairline, degrees."""
    return float(np.interp(abs((azimuth + 180) % 360 - 180), LINE_AZIMUTH, line))


def sides(head: HeadSurface, thick: float = 0.35, top: float = 0.7, seed: int = 3) -> Piece:
    """The close layer under a longer top: clipped sides with a soft, nearly even edge."""
    return cap(head, SHORT_LINE, top, thick, tuft=0.9, seed=seed, edge=9, columns=72, rise=(18, 55))


def swept_back(
    heights: Sequence[float], back: float, tail: float, line: Sequence[float] = SHORT_LINE, lean: float = 0.0
) -> list[Guide]:
    """Guides from the forehead over the top.

    Args:
        heights: cm above the skull at the forehead, for the six guides from the subject's right to left.
        back: height at the crown, cm; tail: elevation of the ends on the back of the head, degrees.
        lean: how far the top is combed to the subject's left, degrees at the crown.
    """
    guides: list[Guide] = []
    for a, h in zip(_FRONT, heights, strict=True):
        low = hairline(a, line) + 1
        guides.append(
            [
                (a, low, 0.05),
                (a, low + 6, 0.55 * h),
                (0.95 * a + 0.3 * lean, low + 19, h),
                (0.85 * a + lean, 70, 0.75 * h + 0.25 * back),
                (180 - 0.75 * a, 78 - 0.1 * abs(a), back),
                (180 - 0.85 * a, tail, 0.25),
            ]
        )
    return guides


def crew(head: HeadSurface) -> Piece:
    """A short brush, level on top, over clipped sides."""
    rng = np.random.default_rng(51)
    pieces = [cap(head, FADE_LINE, 1.3, 0.2, tuft=0.9, seed=3, edge=14, columns=60, rise=(30, 55))]
    guides = swept_back((0.6, 1.9, 2.0, 2.0, 1.9, 0.6), 1.0, 50)
    pieces += strips(
        head, Sheet(guides, (1, 1.2, 0.9, 1.1, 0.9, 1.2, 1), 0.55, split=0.8, tip=3, lean=0, root=0.7), rng
    )
    return join(pieces)


def quiff(head: HeadSurface) -> Piece:
    """Brushed up from the forehead in a wave, and back."""
    rng = np.random.default_rng(12)
    pieces = [sides(head, top=1.2)]
    guides = swept_back((0.4, 2.4, 3.9, 4.5, 3.4, 0.4), 1.2, 42, lean=10)
    pieces += strips(
        head, Sheet(guides, (0.9, 1.2, 1.5, 1.1, 1.4, 0.9), 0.95, split=0.7, lean=0.2, step=0.3, rows=13), rng
    )
    crest: Guide = [(-14, 29, 0.3), (-10, 36, 3.2), (0, 47, 5.3), (16, 56, 6.0)]
    pieces.append(lock(head, crest, Profile(1.5, 0.8, tip=1.5), 0.8, 10))
    return join(pieces)


def slick_back(head: HeadSurface) -> Piece:
    """Combed flat and far back, down to the neck."""
    rng = np.random.default_rng(52)
    pieces = [cap(head, SHORT_LINE, 1.5, 0.5, tuft=0.9, seed=4, edge=8, columns=72, rise=(20, 50))]
    guides = swept_back((0.7, 2.0, 2.1, 2.1, 2.0, 0.7), 1.6, -22)
    pieces += strips(
        head,
        Sheet(guides, (1, 1.3, 1, 1.2, 1, 1.3, 1), 0.6, split=0.86, lean=0.1, ragged=0.04, rows=13, root=0.4),
        rng,
    )
    side: list[Guide] = [
        [(62, 17, 0.0), (72, 26, 0.2), (100, 28, 0.4), (150, 10, 0.6), (164, -28, 0.3)],
        [(72, 3, 0.0), (82, 15, 0.1), (104, 16, 0.3), (140, -6, 0.5), (152, -30, 0.2)],
    ]
    for both in (side, across(*side)):
        pieces += strips(head, Sheet(both, (1, 1), 0.45, split=0.8, lean=0.1), rng)
    return join(pieces)


def undercut(head: HeadSurface) -> Piece:
    """Long on top, combed over to one side; next to nothing below."""
    rng = np.random.default_rng(53)
    pieces = [cap(head, FADE_LINE, 1.8, 0.2, tuft=0.5, seed=6, edge=10, columns=60, rise=(26, 52))]
    guides: list[Guide] = [
        [(52, 25, 0.1), (40, 28, 1.8), (4, 31, 2.8), (-34, 28, 2.7), (-62, 24, 1.8), (-74, 13, 0.9)],
        [(58, 40, 0.1), (40, 52, 2.8), (-6, 58, 3.6), (-58, 50, 3.1), (-80, 34, 2.2), (-87, 16, 1.0)],
        [(70, 50, 0.1), (70, 68, 2.2), (-60, 84, 2.9), (-96, 58, 2.7), (-100, 38, 2.1), (-104, 20, 0.9)],
        [(110, 54, 0.1), (130, 66, 1.7), (180, 74, 2.2), (-140, 62, 2.2), (-130, 44, 1.8), (-128, 26, 0.6)],
    ]
    pieces += strips(
        head,
        Sheet(guides, (1.3, 1, 1.4, 1, 1.2), 0.85, split=0.72, tip=1.8, lean=-0.3, step=0.22, rows=13),
        rng,
    )
    return join(pieces)


def spiky(head: HeadSurface) -> Piece:
    """Big points that stand up all over the top."""
    rng = np.random.default_rng(54)
    pieces = [sides(head, 0.4, 1.3)]
    rows: tuple[tuple[tuple[float, ...], float, float, float, float], ...] = (
        ((-64, -34, -2, 32, 62), 32, 4.0, 2.2, 0.0),
        ((-78, -38, 4, 44, 80), 52, 5.0, 2.3, 6.0),
        ((-120, -70, 0, 70, 120, 180), 66, 4.6, 2.3, -4.0),
        ((-145, -105, 105, 145, 180), 40, 2.8, 2.1, 5.0),
    )
    for azimuths, low, tall, wide, lean in rows:
        for a in azimuths:
            h = tall * rng.uniform(0.85, 1.15) * (1 - 0.3 * (abs(a) > 60))
            up = min(low + 20, 88)
            places: Guide = [
                (a, low - 3, -0.2),
                (a + 0.3 * lean, low + 6, 0.55 * h),
                (a + lean + 3, up, h + 0.2),
            ]
            profile = Profile(wide, 0.8 * wide, root=0.85, belly=0.25, tip=1.15)
            pieces.append(lock(head, places, profile, rng.uniform(), 8))
    return join(pieces)
