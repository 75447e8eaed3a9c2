"""Short straight hair that is brushed back or stands up, over short sides."""

from __future__ import annotations

import numpy as np

from training.wardrobe.crop import Comb, Crop, Whorl, both, crop, even
from training.wardrobe.locks import Piece, join
from training.wardrobe.surface import HeadSurface
from training.wardrobe.tubes import tube

#: Azimuths of hairlines with a round corner at the temple and a sideburn before the ear, and the line from
#: the sideburn on, degrees. Hair lies on the top of the ear: no background shows between the two.
TEMPLES = (0, 14, 28, 40, 48, 54, 59, 64, 70, 76, 84, 96, 110, 130, 155, 180)
SIDES = (-10.5, -17.5, -12, -9, -10, -14, -29, -41, -45)
#: The hairline of short hair that is combed off the forehead.
BARBER = even(TEMPLES, (23, 23.5, 25, 24.5, 21, 14, 4, *SIDES))
#: Where the mesh ends above clipped sides, which are painted on the scalp.
FADED = even((0, 25, 45, 58, 68, 80, 96, 110, 130, 155, 180), (23, 23, 23.5, 23, 22, 22, 22, 20, 14, 7, 5))
#: Heights of close sides and back, cm.
CLOSE = ((64, -4, 0.2), (75, 4, 0.35), (90, 14, 0.6), (90, 32, 1.2), (135, 0, 0.4),
         (180, -20, 0.4), (135, 25, 1.1), (180, 20, 1.1))  # fmt: skip


def crew(head: HeadSurface) -> Piece:
    """A short brush, level on top, over sides that fade."""
    heights = both((0, 36, 2.1), (35, 38, 2.1), (62, 38, 1.0), (90, 34, 0.4), (0, 88, 0.35), (45, 60, 1.9),
                   (90, 56, 1.7), (135, 55, 1.0), (180, 50, 0.9), (135, 25, 0.2), (180, 18, 0.2))  # fmt: skip
    grain = Comb((-75, -46, -24, -7, 8, 27, 47, 75))
    return crop(head, Crop(FADED, heights, grain, groove=0.34, rag=0.22, tuft=2.4, edge=(6, 14)))


def quiff(head: HeadSurface) -> Piece:
    """Brushed up from the forehead in a wave, and back."""
    heights = both(*CLOSE) + (
        (0, 40, 4.4), (20, 42, 4.9), (-24, 40, 4.1), (46, 38, 4.0), (-48, 38, 3.0), (68, 34, 1.6),
        (-66, 34, 1.3), (14, 60, 4.0), (0, 86, 1.3), (90, 56, 1.9), (-90, 56, 1.6), (180, 60, 1.2),
    )  # fmt: skip
    grain = Comb((-70, -38, -16, 6, 30, 64), turn=-14)
    return crop(
        head, Crop(BARBER, heights, grain, groove=0.4, rag=0.16, tuft=2.2, edge=(6, 14), lean=(0.9, 0.3, 1.3))
    )


def slick_back(head: HeadSurface) -> Piece:
    """Combed flat and far back, down to the neck."""
    heights = both((0, 42, 1.9), (30, 42, 1.9), (60, 34, 1.4), (75, 5, 0.3), (80, 24, 1.2), (100, 16, 1.1),
                   (0, 88, 0.6), (90, 52, 1.9), (135, 10, 1.5), (180, 40, 1.9), (180, 0, 2.0),
                   (180, -34, 1.2), (140, -24, 0.9))  # fmt: skip
    grain = Comb((-78, -52, -32, -15, 0, 15, 32, 52, 78), gather=0.2)
    return crop(head, Crop(BARBER, heights, grain, groove=0.42, rag=0.16, tuft=2.2, edge=(9, 14)))


def undercut(head: HeadSurface) -> Piece:
    """Long on top, combed over to one side; next to nothing below."""
    heights = both((90, 34, 0.4), (135, 28, 0.2), (180, 18, 0.2)) + (
        (30, 38, 2.6), (0, 40, 3.2), (-30, 38, 3.5), (-58, 36, 3.1), (-80, 36, 2.2), (52, 36, 1.3),
        (70, 36, 0.6), (0, 64, 2.8), (0, 88, 1.3), (-90, 56, 2.8), (90, 56, 1.4), (180, 55, 1.0),
    )  # fmt: skip
    grain = Whorl((50, 46), (-150, -112, -82, -54, -26, 20, 90, 150), swirl=26)
    return crop(head, Crop(FADED, heights, grain, groove=0.42, rag=0.2, tuft=4.0, tufted=(70, 90),
                           edge=(6, 10), lean=(-1.0, 0.1, 0.6)))  # fmt: skip


#: Spikes: azimuths, elevation of the foot, length beyond the skull in cm, radius at the foot in cm, degrees
#: that points lean up.
_SPIKES = (
    ((-50, -15, 20, 54), 40, 5.6, 2.9, 16),
    ((-86, -34, 2, 38, 86), 58, 5.6, 2.9, 8),
    ((-130, -50, 50, 130), 74, 5.0, 2.9, -8),
)
#: Degrees that all spikes sweep to the subject's left on their way, and how thin they are at the round end.
_SWEEP, _POINT = 10.0, 0.3


def spiky(head: HeadSurface) -> Piece:
    """Big soft spikes with round ends that stand up all over the top."""
    heights = both(*CLOSE) + both((0, 36, 2.9), (40, 36, 2.7), (60, 34, 1.6), (0, 60, 3.2),
                                   (0, 88, 2.4), (90, 55, 2.7), (180, 55, 2.2))  # fmt: skip
    grain = Whorl((0, 80), tuple(np.arange(-180, 180, 40)))
    pieces = [crop(head, Crop(BARBER, heights, grain, groove=0.25, tuft=3.0, edge=(6, 13), columns=116))]
    # Rings crowd at the round ends.
    t = np.sin(np.pi / 2 * np.linspace(0, 1, 11))
    for row, (azimuths, foot, tall, wide, up) in enumerate(_SPIKES):
        for number, a in enumerate(azimuths):
            length = tall * (1, 0.84, 0.92)[(number + row) % 3] * (1 - 0.25 * (60 < abs(a) < 100))
            line = head.at(a + _SWEEP * t**1.6, foot + up * t**1.5, 0.4 + length * t)
            radius = wide * (1 - (1 - _POINT) * t) * np.sqrt(1 - t**4) + 0.03
            pieces.append(tube(line, head.outward(line), radius, (0.37 * number + 0.2 * row) % 1, 0.9, 12))
    return join(pieces)
