"""Short straight hair that is brushed back or stands up, over short sides."""

from __future__ import annotations

import numpy as np

from training.wardrobe.crop import Comb, Crop, Whorl, both, crop, even
from training.wardrobe.locks import Piece, join
from training.wardrobe.overlay import Lock, overlaid
from training.wardrobe.surface import HeadSurface
from training.wardrobe.tubes import tube

#: Azimuths of hairlines with a round corner at the temple and a sideburn before the ear, and the line from
#: the sideburn on, degrees. Hair lies on the top of the ear: no background shows between the two.
TEMPLES = (0, 14, 28, 40, 48, 54, 59, 64, 70, 76, 84, 96, 110, 130, 155, 180)
SIDES = (-10.5, -17.5, -12, -9, -10, -14, -29, -41, -45)
#: The hairline of short hair that is combed off the forehead.
BARBER = even(TEMPLES, (22, 23.5, 26.5, 26.5, 22.5, 14, 4, *SIDES))
#: Where the mesh ends above clipped sides, which are painted on the scalp.
FADED = even(
    (0, 25, 45, 58, 68, 80, 96, 110, 130, 155, 180), (22, 25.5, 24.5, 22.5, 21, 21, 22, 20, 14, 7, 5)
)
#: Heights of close sides and back, cm.
CLOSE = ((64, -4, 0.2), (75, 4, 0.35), (90, 14, 0.6), (90, 32, 1.2), (135, 0, 0.4),
         (180, -20, 0.4), (135, 25, 1.1), (180, 20, 1.1))  # fmt: skip
#: Locks of a top that is combed over.
_COMBED_OVER: tuple[Lock, ...] = (
    (((60, 62, 0.2), (0, 72, 2.7), (-58, 62, 3.3), (-92, 44, 0.9)), 2.0),
    (((58, 50, 0.2), (18, 55, 3.4), (-34, 48, 3.6), (-76, 32, 0.5)), 2.1),
    (((56, 36, 0.0), (28, 37, 2.6), (-14, 32, 2.8), (-50, 23, 0.3)), 1.9),
)


#: Locks of a quiff: up from the forehead, and over to the other side.
_BRUSHED_UP: tuple[Lock, ...] = (
    (((56, 27, 0.0), (48, 42, 3.2), (24, 58, 4.2), (-8, 68, 2.6)), 1.9),
    (((30, 25, 0.0), (20, 40, 4.0), (-6, 52, 4.6), (-40, 54, 2.2)), 2.1),
    (((-2, 24, 0.0), (-12, 37, 3.7), (-32, 42, 3.4), (-58, 38, 0.8)), 1.9),
)


def crew(head: HeadSurface) -> Piece:
    """A short brush, level on top, over sides that fade."""
    heights = both((35, 38, 1.8), (62, 38, 0.9), (90, 34, 0.4), (0, 88, 0.35), (90, 56, 1.5), (135, 55, 1.0),
                   (180, 50, 0.9), (135, 25, 0.2), (180, 18, 0.2)) + (
        (0, 40, 2.2), (18, 40, 2.5), (45, 60, 1.9), (-45, 60, 1.6),
    )  # fmt: skip
    grain = Whorl((150, 66), (-150, -84, -46, -18, 26, 52, 104, 150), swirl=34, wave=(5, 1.3))
    return crop(head, Crop(FADED, heights, grain, groove=0.3, rag=0.24, tuft=3.2, edge=(6, 14), lap=0.7,
                           thin=0.45))  # fmt: skip


def quiff(head: HeadSurface) -> Piece:
    """Brushed up from the forehead in a wave, and back."""
    heights = both(*CLOSE) + (
        (0, 40, 3.7), (20, 42, 4.2), (-24, 40, 3.4), (46, 40, 3.3), (-48, 40, 2.5), (68, 36, 1.5),
        (-66, 36, 1.3), (14, 60, 3.8), (0, 86, 1.3), (90, 56, 1.9), (-90, 56, 1.6), (180, 60, 1.2),
    )  # fmt: skip
    grain = Comb((-72, -44, -26, -2, 12, 36, 70), turn=-32)
    body = crop(head, Crop(BARBER, heights, grain, groove=0.3, rag=0.16, tuft=2.4, edge=(8, 14), lap=0.68,
                           thin=0.4, lean=(0.9, 0.3, 0.9)))  # fmt: skip
    return overlaid(head, body, _BRUSHED_UP)


def slick_back(head: HeadSurface) -> Piece:
    """Combed flat and far back, down to the neck."""
    heights = both((0, 44, 1.9), (30, 44, 1.8), (60, 36, 1.0), (75, 5, 0.3), (80, 24, 1.2), (100, 16, 1.1),
                   (0, 64, 1.9), (0, 88, 1.0), (90, 52, 1.3), (135, 10, 1.3), (180, 40, 1.7), (180, 0, 2.0),
                   (180, -34, 1.2), (140, -24, 0.9))  # fmt: skip
    grain = Comb((-80, -50, -30, 14, 34, 80), turn=-16, gather=0.2)
    return crop(head, Crop(BARBER, heights, grain, groove=0.26, rag=0.14, tuft=2.6, edge=(6, 14), lap=0.7,
                           thin=0.5))  # fmt: skip


def undercut(head: HeadSurface) -> Piece:
    """Long on top, combed over to one side; next to nothing below."""
    heights = both((90, 34, 0.4), (135, 28, 0.2), (180, 18, 0.2)) + (
        (30, 40, 2.6), (0, 40, 3.0), (-30, 40, 3.0), (-58, 40, 2.3), (-80, 38, 1.3), (52, 40, 1.6),
        (70, 38, 0.8), (0, 64, 2.8), (0, 88, 1.4), (-90, 56, 2.1), (90, 56, 1.6), (180, 55, 1.0),
    )  # fmt: skip
    grain = Whorl((50, 46), (-150, -126, -106, -90, -72, -58, -40, -10, 40, 96, 150), swirl=26)
    tips = (-88, -62, -36, -8, 22, 52, 88)
    body = crop(head, Crop(FADED, heights, grain, groove=0.18, rag=0.1, tuft=2.2, tufted=(70, 90),
                           edge=(7, 10), lap=0.37, thin=0.35, tips=tips, lean=(-0.5, 0.1, 0.5)))  # fmt: skip
    return overlaid(head, body, _COMBED_OVER)


#: Spikes: azimuths, elevation of the foot, length beyond the skull in cm, radius at the foot in cm, degrees
#: that points lean up.
_SPIKES = (
    ((-50, -12, 30), 40, 3.9, 3.3, 16),
    ((-84, -32, 10, 58), 58, 4.2, 3.3, 8),
    ((-130, -40, 60, 140), 74, 3.9, 3.1, -8),
)
#: Degrees that all spikes sweep to the subject's left on their way, and how thin they are at the round end.
_SWEEP, _POINT = 14.0, 0.34


def spiky(head: HeadSurface) -> Piece:
    """Big soft spikes with round ends that stand up all over the top."""
    heights = both(*CLOSE) + both((0, 36, 2.9), (40, 36, 2.7), (60, 34, 1.6), (0, 60, 3.2),
                                   (0, 88, 2.4), (90, 55, 2.7), (180, 55, 2.2))  # fmt: skip
    grain = Whorl((0, 80), tuple(np.arange(-180, 180, 40)))
    pieces = [
        crop(
            head,
            Crop(
                BARBER, heights, grain, groove=0.25, tuft=3.0, edge=(8, 13), lap=0.66, thin=0.45, columns=116
            ),
        )
    ]
    # Rings crowd at the round ends.
    t = np.sin(np.pi / 2 * np.linspace(0, 1, 11))
    for row, (azimuths, foot, tall, wide, up) in enumerate(_SPIKES):
        for number, a in enumerate(azimuths):
            length = tall * (1, 0.84, 0.92)[(number + row) % 3] * (1 - 0.25 * (60 < abs(a) < 100))
            line = head.at(a + _SWEEP * t**1.6, foot + up * t**1.5, 0.4 + length * t)
            radius = wide * (1 - (1 - _POINT) * t) * np.sqrt(1 - t**4) + 0.03
            pieces.append(tube(line, head.outward(line), radius, (0.37 * number + 0.2 * row) % 1, 0.9, 12))
    return join(pieces)
