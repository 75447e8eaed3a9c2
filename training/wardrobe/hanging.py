"""Hair that hangs over the ears: bobs and long hair, straight and wavy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from training.wardrobe.hair import SOFT_LINE, Guide, cap
from training.wardrobe.locks import Free, Piece, join
from training.wardrobe.strips import Sheet, strips
from training.wardrobe.surface import HeadSurface


@dataclass(frozen=True)
class Fall:
    """How hair hangs from a parting.

    Attributes:
        part: azimuth of the parting at the hairline, degrees.
        bottom: height of the ends at the sides; back: how much lower they are behind; cm.
        spread: half width at the ends; curl_in: how far the ends turn in; cm.
        front: how far forward the front locks hang, cm.
        volume: height above the skull, as a multiple.
        locks: relative widths, from the front around to the back.
    """

    part: float = 0.0
    bottom: float = -6.0
    back: float = 0.3
    spread: float = 9.6
    curl_in: float = 1.2
    front: float = 5.0
    volume: float = 1.0
    locks: Sequence[float] = (1.2, 0.9, 1.3, 1.0, 1.2)

    def side(self, sign: float) -> list[Guide]:
        """Guides of the subject's left (+1) or right (-1) side, from the front around to the back."""
        far = self.part * sign
        # From a parting off the middle, one side has to travel over the top of the head.
        start = [self.part + sign * o for o in (0.5, 0.5, 0.5, 30, 100)]
        over = [sign * a for a in (26 - 0.3 * far, 48 - 0.5 * far, 84 - 0.3 * far, 142, 176)]
        tall = self.volume + 0.12 * max(0.0, -far) / 20
        middle = (1.0 + self.bottom) / 2
        x, y, turn = self.spread, self.bottom, self.curl_in
        back = y - self.back
        return [
            [
                (start[0], 29.5, 0.15),
                (over[0], 33, 1.6 * tall),
                (sign * 50, 22, 2.0 * tall),
                Free(sign * 8.7, 2.6, 5.6),
                Free(sign * (x - 0.6), middle, self.front - 0.2),
                Free(sign * (x - 0.8 - turn), y + 0.4, self.front + 0.3 * turn),
            ],
            [
                (start[1], 45, 0.2),
                (over[1], 51, 2.1 * tall),
                (sign * 76, 27, 1.9 * tall),
                Free(sign * 9.4, 1.8, 2.4),
                Free(sign * x, middle, 1.9),
                Free(sign * (x - turn), y, 2.2),
            ],
            [
                (start[2], 64, 0.2),
                (over[2], 60, 2.2 * tall),
                (sign * 104, 28, 1.9 * tall),
                Free(sign * 9.4, 1.0, -2.6),
                Free(sign * (x - 0.2), middle, -2.9),
                Free(sign * (x - 0.3 - turn), y - 0.3 * self.back, -2.6),
            ],
            [
                (start[3], 80, 0.4),
                (over[3], 62, 2.1 * tall),
                (sign * 148, 24, 2.3 * tall),
                Free(sign * 5.7, 0.8, -8.8),
                Free(sign * 6.0, 0.5 * (1 + back), -8.4),
                Free(sign * (5.8 - 0.6 * turn), back, -7.8 + turn),
            ],
            [
                (start[4], 84, 0.5),
                (over[4], 60, 2.1 * tall),
                (sign * 179, 24, 2.3 * tall),
                Free(sign * 0.1, 0.8, -10.0),
                Free(sign * 0.1, 0.5 * (1 + back), -9.6),
                Free(sign * 0.1, back, -8.8 + turn),
            ],
        ]


#: How straight and wavy locks are cut; the guides are filled in by :func:`falling`.
STRAIGHT = Sheet(
    (),
    (1,),
    0.75,
    split=0.84,
    tip=2.8,
    lean=-0.15,
    ragged=0.03,
    step=0.16,
    rows=12,
    root=0.4,
    end=0.1,
    end_thick=0.4,
)
WAVY = replace(
    STRAIGHT, thick=1.0, split=0.8, tip=2.0, lean=-0.2, ragged=0.05, step=0.3, rows=17, end=0.06,
    wave=(1.0, 1.8, 0.0, 0.12),
)  # fmt: skip


def falling(
    head: HeadSurface, fall: Fall, cut: Sheet, rng: np.random.Generator, tuck: float = 1.0
) -> list[Piece]:
    """Both sides: visible locks, and a lining, ``tuck`` cm shorter, that closes the gaps between."""
    pieces = [cap(head, SOFT_LINE, 0.9, 0.6, seed=5, tuft=0.8, columns=40)]
    for sign in (1.0, -1.0):
        guides = fall.side(sign)
        amplitude, periods, phase, apart = cut.wave
        mirrored = (amplitude * sign, periods, phase + (0.25 if sign < 0 else 0.0), apart)
        pieces += strips(head, replace(cut, guides=guides, locks=fall.locks, wave=mirrored), rng)
        inner: list[Guide] = [
            [
                Free(0.93 * p.x, p.y + tuck, 0.93 * p.z) if isinstance(p, Free) else (p[0], p[1], 0.45 * p[2])
                for p in g
            ]
            for g in guides
        ]
        lining = Sheet(
            inner, (1, 1), 0.35, split=0.93, tip=4, lean=0, ragged=0, step=0, rows=7, end=0.7,
            wave=(0.5 * mirrored[0], periods, phase, 0.0),
        )  # fmt: skip
        pieces += strips(head, lining, rng)
    return pieces


def bangs(
    head: HeadSurface,
    rng: np.random.Generator,
    low: float = 10.0,
    locks: Sequence[float] = (1.2, 0.9, 1.3, 1, 1.2),
) -> list[Piece]:
    """A full fringe to the elevation ``low``, a little lower at the temples."""
    guides: list[Guide] = [
        [(0.5 * a, 66, 1.4), (0.85 * a, 46, 2.4), (a, 28, 2.4), (1.03 * a, e, 1.3)]
        for a, e in ((-62, low - 12), (-40, low - 4), (-14, low), (14, low), (40, low - 4), (62, low - 12))
    ]
    cut = Sheet(guides, locks, 0.6, split=0.8, tip=2.6, lean=0.12, ragged=0.04, rows=9, end=0.2)
    return strips(head, cut, rng)


def swoop(head: HeadSurface, rng: np.random.Generator, part: float, low: float = -3.0) -> list[Piece]:
    """One broad sweep from the parting across the forehead to the other temple."""
    s = -1.0 if part > 0 else 1.0
    guides: list[Guide] = [
        [
            (part, 29, 0.1),
            (0.3 * part, 29, 1.9),
            (s * 26, 25, 2.6),
            (s * 50, 12, 2.2),
            (s * 63, low - 3, 1.2),
        ],
        [
            (part, 42, 0.2),
            (0.2 * part, 48, 2.5),
            (s * 38, 40, 2.9),
            (s * 62, 20, 2.2),
            (s * 75, low - 5, 0.8),
        ],
        [
            (part, 54, 0.3),
            (0.1 * part, 62, 2.5),
            (s * 52, 52, 2.7),
            (s * 76, 28, 2.1),
            (s * 90, low - 2, 0.6),
        ],
    ]
    return strips(head, Sheet(guides, (1.3, 1, 1), 0.65, split=0.75, tip=2, lean=0.1, step=0.1), rng)


def bob(head: HeadSurface) -> Piece:
    """Chin length, parted on the side, turned in at the ends."""
    rng = np.random.default_rng(2)
    fall = Fall(17, -6.4, 0.2, 9.9, 2.0)
    return join([*falling(head, fall, STRAIGHT, rng), *swoop(head, rng, 17)])


def bob_fringe(head: HeadSurface) -> Piece:
    """Chin length with a full fringe."""
    rng = np.random.default_rng(3)
    cut = replace(STRAIGHT, split=0.9, tip=4.0, end=0.4, ragged=0.02, lean=0.0)
    return join([*falling(head, Fall(0, -6.6, -0.6, 9.8, 1.4), cut, rng), *bangs(head, rng, 11)])


def lob(head: HeadSurface) -> Piece:
    """To the collarbone, parted near the middle, longer in front than behind."""
    rng = np.random.default_rng(71)
    return join(falling(head, Fall(7, -11.4, -3.4, 9.6, 0.2, 5.8), replace(STRAIGHT, split=0.86), rng))


def long(head: HeadSurface) -> Piece:
    """Straight and long, parted in the middle."""
    rng = np.random.default_rng(4)
    cut = replace(STRAIGHT, split=0.7, tip=1.9, rows=14)
    return join(falling(head, Fall(2, -16.5, 1.0, 9.1, 0.6), cut, rng))


def long_fringe(head: HeadSurface) -> Piece:
    """Straight and long with a full fringe."""
    rng = np.random.default_rng(72)
    cut = replace(STRAIGHT, split=0.85, tip=3.0, end=0.25, rows=14)
    return join([*falling(head, Fall(0, -14.5, 1.0, 9.4, 0.3, volume=1.1), cut, rng), *bangs(head, rng, 9)])


def side_swept(head: HeadSurface) -> Piece:
    """A deep parting, swept over the forehead and gathered in front of one shoulder."""
    rng = np.random.default_rng(73)
    fall = Fall(-26, -9.0, 1.0, 9.4, 1.2, volume=1.1)
    pieces = falling(head, fall, replace(STRAIGHT, wave=(0.35, 1.2, 0.1, 0.1), rows=14), rng)
    gathered: list[Guide] = [
        [(8, 40, 2.2), (44, 26, 3.0), Free(9.0, 2.4, 6.2), Free(8.8, -5.0, 7.0),
         Free(5.4, -11, 8.2), Free(2.8, -16, 8.8)],
        [(40, 52, 2.4), (72, 28, 2.9), Free(10.2, 2.0, 3.2), Free(10.8, -5.0, 4.2),
         Free(8.8, -11, 7.6), Free(6.8, -16.8, 8.4)],
        [(80, 52, 2.4), (98, 28, 2.7), Free(10.2, 1.6, -0.6), Free(11.2, -5.0, 1.2),
         Free(11.4, -11, 5.4), Free(10.2, -16.0, 7.2)],
    ]  # fmt: skip
    cut = Sheet(
        gathered, (1.1, 0.9, 1.1), 0.95, split=0.8, lean=0.2, step=0.2, rows=14, wave=(0.4, 1.3, 0.1, 0.1)
    )
    return join([*pieces, *swoop(head, rng, -26, 0), *strips(head, cut, rng)])


def half_up(head: HeadSurface) -> Piece:
    """The top combed back into a small tail, the rest long and open."""
    rng = np.random.default_rng(74)
    fall = Fall(0, -13.0, 1.0, 9.2, 0.5)
    pieces = falling(head, fall, replace(STRAIGHT, split=0.7, tip=1.9, rows=14), rng)
    top: list[Guide] = [
        [
            (a, e, 0.4),
            (0.95 * a, e + 14, 2.7),
            (0.9 * a, 66, 3.0),
            (180 - 0.4 * a, 72, 2.6),
            (180 - 0.15 * a, 54, 2.6),
        ]
        for a, e in ((-70, 18), (-44, 24), (-15, 29), (15, 29), (44, 24), (70, 18))
    ]
    pieces += strips(
        head,
        Sheet(top, (1, 1.2, 1, 1.2, 1), 0.75, split=0.97, tip=4, lean=0, ragged=0, rows=12, end=0.6),
        rng,
    )
    tail: list[Guide] = [
        [(a, 60, 2.4), (a, 56, 4.4), (a, 38, 4.6), (a, 16, 3.6), (a, 0, 2.8)] for a in (156, 180, 204)
    ]
    return join([*pieces, *strips(head, Sheet(tail, (1, 1.2, 1), 0.9, split=0.5, lean=0.2), rng)])


def shag(head: HeadSurface) -> Piece:
    """Layers: a broken fringe, points that flick out at cheeks and collar."""
    rng = np.random.default_rng(75)
    cut = replace(STRAIGHT, thick=0.95, split=0.74, tip=1.9, lean=-0.4, ragged=0.1, step=0.3, rows=14,
                  wave=(0.4, 1.3, 0.2, 0.2))  # fmt: skip
    pieces = falling(head, Fall(3, -9.2, 0.8, 9.4, -1.3, 5.6, 1.15), cut, rng, 2.4)
    for sign in (1.0, -1.0):
        layer = Fall(3, -3.4, 0.5, 9.9, -1.1, 6.0, 1.35, (1, 1.2, 1, 1.2)).side(sign)
        pieces += strips(head, replace(cut, guides=layer, locks=(1.1, 0.9, 1.2, 1), rows=11), rng)
    return join([*pieces, *bangs(head, rng, 12, (1, 1.3, 0.8, 1.2, 0.9, 1.1))])


def wavy(head: HeadSurface) -> Piece:
    """Shoulder length in big waves, parted on the side."""
    rng = np.random.default_rng(7)
    fall = Fall(-15, -11.0, 0.6, 10.4, 0.6, volume=1.15)
    return join([*falling(head, fall, WAVY, rng, 2.0), *swoop(head, rng, -15, -2)])


def wavy_bob(head: HeadSurface) -> Piece:
    """To the jaw in two big waves, parted on the side."""
    rng = np.random.default_rng(76)
    fall = Fall(19, -6.0, 0.2, 10.4, 0.6, volume=1.25)
    cut = replace(WAVY, wave=(1.0, 1.5, 0.1, 0.12), rows=15)
    return join([*falling(head, fall, cut, rng), *swoop(head, rng, 19, 0)])


def wavy_long(head: HeadSurface) -> Piece:
    """Long, parted in the middle, in S-curves that widen to the ends."""
    rng = np.random.default_rng(77)
    fall = Fall(0, -17.0, 1.0, 11.0, 0.4, 5.6, 1.2)
    return join(falling(head, fall, replace(WAVY, wave=(1.25, 2.2, 0.0, 0.12), rows=18), rng))
