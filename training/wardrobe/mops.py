"""Short hair that falls from the crown or from a parting and ends above the collar."""

from __future__ import annotations

import numpy as np

from training.wardrobe.crop import Crop, Whorl, both, crop, even
from training.wardrobe.hair import LINE_AZIMUTH
from training.wardrobe.locks import Piece
from training.wardrobe.overlay import Lock, overlaid
from training.wardrobe.short_hair import CLOSE, SIDES, TEMPLES
from training.wardrobe.surface import HeadSurface

#: Locks of tops that are brushed forward and aside: over the forehead, from the crown to the other temple.
_BRUSHED: tuple[Lock, ...] = (
    (((80, 50, 0.6), (68, 40, 1.7), (56, 29, 1.3), (41, 18.5, 0.2)), 1.5),
    (((16, 72, 1.2), (-20, 58, 2.5), (-44, 40, 2.3), (-59, 19, 0.5)), 1.9),
    (((68, 56, 1.2), (46, 44, 2.5), (26, 32, 1.9), (8, 18, 0.2)), 1.8),
    (((44, 64, 1.2), (14, 50, 2.8), (-12, 36, 2.5), (-31, 18.5, 0.5)), 2.1),
)
_PARTED: tuple[Lock, ...] = (
    (((58, 60, -0.3), (4, 70, 2.5), (-58, 60, 3.2), (-96, 32, 1.5)), 2.0),
    (((52, 50, -0.3), (14, 55, 3.0), (-36, 47, 3.3), (-79, 14, 1.0)), 2.1),
    (((42, 38, -0.6), (16, 41, 2.5), (-20, 34, 2.9), (-58, 9, 0.6)), 1.9),
)
_FRINGED: tuple[Lock, ...] = (
    (((-20, 68, 1.4), (-48, 50, 2.2), (-56, 30, 1.9), (-57, 8, 0.5)), 1.8),
    (((62, 56, 1.4), (48, 42, 2.3), (36, 26, 1.9), (22, 8.5, 0.6)), 1.8),
    (((20, 70, 1.4), (-8, 52, 2.4), (-22, 32, 2.1), (-34, 10, 0.6)), 1.9),
    (((48, 66, 1.4), (26, 48, 2.6), (9, 30, 2.2), (-8, 8.5, 0.6)), 1.9),
)
#: Locks of a bowl: broad ones, that end at its rim.
_ROUND: tuple[Lock, ...] = (
    (((-60, 70, 1.2), (-86, 48, 2.9), (-80, 26, 2.4), (-72, 6, 1.1)), 2.1),
    (((88, 62, 1.2), (78, 44, 2.9), (70, 24, 2.3), (64, 8, 1.1)), 2.1),
    (((-20, 74, 1.2), (-46, 52, 2.7), (-46, 32, 2.3), (-42, 10, 0.9)), 2.1),
    (((54, 66, 1.2), (42, 46, 2.7), (36, 28, 2.2), (30, 11, 0.9)), 2.1),
    (((20, 74, 1.2), (2, 54, 2.8), (-4, 32, 2.4), (-8, 11.5, 0.9)), 2.2),
)
_PARTED_MIDDLE: tuple[Lock, ...] = tuple(
    lock
    for side in (1, -1)
    for lock in (
        (((side * 4, 66, -0.2), (side * 34, 62, 2.5), (side * 66, 40, 2.3), (side * 78, 10, 0.6)), 1.9),
        (((side * 3, 50, -0.4), (side * 24, 47, 2.9), (side * 51, 30, 2.4), (side * 64, 4, 0.5)), 1.8),
    )
)
_FEATHERED: tuple[Lock, ...] = (
    (((96, 50, 0.8), (88, 36, 2.2), (80, 20, 1.5), (72, 0, 0.3)), 1.6),
    (((40, 76, 0.8), (-36, 72, 3.0), (-72, 48, 2.7), (-82, 14, 0.6)), 2.0),
    (((62, 62, 0.6), (2, 62, 3.2), (-40, 44, 3.0), (-65, 10, 0.5)), 2.0),
    (((58, 48, 0.2), (24, 48, 2.9), (-12, 34, 2.8), (-43, 10, 0.5)), 1.9),
)
_TOUSLED: tuple[Lock, ...] = (
    (((-30, 76, 0.8), (-66, 60, 2.8), (-62, 40, 3.0), (-80, 20, 1.0)), 1.9),
    (((84, 60, 0.8), (62, 48, 2.9), (66, 34, 2.6), (46, 17, 0.6)), 1.7),
    (((20, 76, 0.8), (-20, 60, 3.1), (-20, 40, 3.0), (-44, 17, 0.6)), 2.0),
    (((58, 66, 0.8), (22, 52, 3.0), (24, 34, 2.6), (2, 15, 0.6)), 1.9),
)


def short(head: HeadSurface) -> Piece:
    """An everyday cut: the top brushed forward and aside in a few locks, a broken edge, close sides."""
    heights = both(*CLOSE) + (
        (30, 38, 2.2), (0, 38, 2.3), (-34, 38, 1.9), (58, 44, 2.1), (-58, 44, 1.9), (0, 62, 2.3),
        (0, 88, 1.5), (90, 52, 1.9), (-90, 52, 1.8), (180, 55, 1.5), (140, 45, 1.6), (-140, 45, 1.5),
    )  # fmt: skip
    line = even(TEMPLES, (22, 22.5, 23, 22, 20, 13, 2, *SIDES))
    grain = Whorl((120, 66), (-150, -104, -78, -54, -36, -14, 4, 34, 76, 130), swirl=30, wave=(4, 1.2))
    body = crop(head, Crop(line, heights, grain, groove=0.45, rag=0.3, tuft=6.0, edge=(7, 13), lap=0.68,
                           thin=0.5))  # fmt: skip
    return overlaid(head, body, _BRUSHED)


def side_part(head: HeadSurface) -> Piece:
    """Neat: a sharp parting, a soft wave over the forehead, combed sides."""
    heights = both(*CLOSE) + (
        (28, 40, 2.3), (0, 40, 2.6), (-30, 40, 2.6), (56, 42, 1.4), (-60, 42, 2.7), (-30, 62, 2.8),
        (0, 88, 1.3), (90, 56, 1.7), (90, 40, 1.1), (-90, 50, 2.5), (180, 55, 1.4), (70, 22, 0.7),
        (-74, 18, 0.8),
    )  # fmt: skip
    # It falls from the parting to the other temple.
    left = even(TEMPLES, (23, 24.5, 26, 25, 21, 13, 2, *SIDES))
    right = even(TEMPLES, (23, 20.5, 18.5, 16.5, 14, 9, 0, *SIDES))
    grain = Whorl((72, 62), (-150, -116, -92, -70, -52, -30, -14, 24, 66, 110), swirl=34)
    part = ((38, 23), (58, 62))
    body = crop(head, Crop(lambda a: np.where(a > 0, left(a), right(a)), heights, grain, groove=0.36,
                           rag=0.16, tuft=4.0, edge=(7, 13), part=part, lap=0.34, thin=0.5))  # fmt: skip
    return overlaid(head, body, _PARTED)


def fringe(head: HeadSurface) -> Piece:
    """From the crown forward; a soft fringe of a few locks over the brows."""
    heights = both(*CLOSE) + both(
        (0, 24, 1.6), (30, 24, 1.6), (60, 22, 1.7), (0, 50, 2.2), (0, 88, 1.7), (90, 46, 2.3), (92, 28, 2.0),
        (92, 14, 1.1), (135, 38, 1.9),
        (180, 50, 1.7),
    )  # fmt: skip
    line = even(TEMPLES, (17, 17, 17, 16, 14, 9, -1, *SIDES))
    grain = Whorl((150, 68), (-150, -98, -58, -40, -14, -2, 28, 44, 92, 145), swirl=24, wave=(4, 1.2))
    body = crop(head, Crop(line, heights, grain, groove=0.4, rag=0.2, tuft=7.0, tufted=(54, 68),
                           edge=(6, 13), lap=0.68, thin=0.4))  # fmt: skip
    return overlaid(head, body, _FRINGED)


def bowl(head: HeadSurface) -> Piece:
    """A dome of a few broad locks that ends in a soft, level rim above brows and ears."""
    heights = both((0, 20, 1.3), (45, 18, 1.5), (90, 1, 1.4), (135, -5, 1.4), (180, -12, 1.3), (0, 55, 2.2),
                   (90, 48, 2.6), (180, 50, 2.0), (0, 88, 1.0))  # fmt: skip
    line = even((0, 35, 70, 105, 145, 180), (13, 10.5, 1, -6, -15, -19))
    grain = Whorl((180, 76), (-168, -104, -44, -14, 62, 118), swirl=14)
    body = crop(head, Crop(line, heights, grain, groove=0.22, rag=0.10, tuft=2.0, tufted=(170, 181),
                           edge=(5, 6), lap=0.7, thin=0.6))  # fmt: skip
    return overlaid(head, body, _ROUND)


def pixie(head: HeadSurface) -> Piece:
    """Cropped close at the neck, with feathered points over forehead, temples and ears."""
    sides = both(
        (62, -10, 0.2),
        (75, -4, 0.3),
        (92, 0, 0.4),
        (92, 10, 0.9),
        (90, 30, 1.7),
        (135, 0, 1.1),
        (180, -30, 0.6),
        (180, 10, 1.7),
    )
    heights = sides + (
        (34, 38, 2.2), (0, 36, 2.5), (-34, 34, 2.7), (62, 30, 1.5), (-62, 26, 1.8), (0, 60, 2.9),
        (0, 88, 2.1), (90, 52, 2.4), (-90, 50, 3.0), (180, 55, 2.4),
    )  # fmt: skip
    left = even(LINE_AZIMUTH, (21, 22, 18, 6, -14, -12, -6, -5, -12, -30, -42, -46))
    right = even(LINE_AZIMUTH, (21, 17, 12, 4, -14, -12, -6, -5, -12, -30, -42, -46))
    grain = Whorl((100, 64), (-170, -136, -104, -80, -62, -40, -22, 4, 36, 80, 126), swirl=34)
    body = crop(head, Crop(lambda a: left(a) * (a >= 0) + right(a) * (a < 0), heights, grain, groove=0.38,
                           rag=0.2, tuft=6.0, tufted=(170, 181), edge=(6, 8), lap=0.34,
                           thin=0.4))  # fmt: skip
    return overlaid(head, body, _FEATHERED)


def curtains(head: HeadSurface) -> Piece:
    """Parted in the middle; two arcs frame the forehead, short behind."""
    heights = both(*CLOSE) + both(
        (10, 38, 2.5), (34, 38, 2.7), (58, 26, 2.1), (70, 13, 1.5), (24, 58, 2.6), (0, 86, 1.3),
        (90, 50, 2.3), (90, 24, 1.6), (96, 14, 0.9), (180, 60, 1.6), (135, 30, 1.4),
    )  # fmt: skip
    line = even((0, 10, 25, 45, 58, 68, 75, 84, 96, 110, 130, 155, 180),
                (31, 26, 19, 11, 3, -8, -9, -5, -5, -12, -29, -41, -45))  # fmt: skip
    grain = Whorl((0, 64), (-180, -128, -76, -34, 0, 34, 76, 128))
    part = ((0, 24), (0, 72))
    body = crop(head, Crop(line, heights, grain, groove=0.4, rag=0.14, tuft=5.0, edge=(5, 12), part=part,
                           thin=0.3))  # fmt: skip
    return overlaid(head, body, _PARTED_MIDDLE)


def mullet(head: HeadSurface) -> Piece:
    """Short fringe and sides, long down the neck."""
    heights = both(
        (64, -6, 0.2), (75, -2, 0.3), (90, 0, 0.4), (100, -6, 0.4), (90, 16, 0.7), (90, 32, 1.5),
        (0, 30, 1.8), (34, 30, 1.8), (60, 24, 1.2), (0, 55, 2.4), (0, 88, 1.1), (90, 50, 2.2), (180, 50, 2.0),
        (125, 0, 2.0), (180, 0, 1.9), (128, -32, 3.6), (180, -40, 2.4), (135, -56, 4.6), (180, -58, 3.4),
    )  # fmt: skip
    line = even((0, 25, 45, 58, 68, 75, 84, 96, 106, 118, 132, 155, 180),
                (21, 20, 19, 12, 0, -8, -5, -4, -9, -40, -58, -62, -62))  # fmt: skip
    grain = Whorl((160, 72), (-165, -130, -88, -48, -22, 20, 44, 95, 140, 165), swirl=16)
    body = crop(head, Crop(line, heights, grain, groove=0.36, rag=0.24, tuft=6.0, tufted=(170, 181),
                           edge=(6, 8), lap=0.66, thin=0.25))  # fmt: skip
    return overlaid(head, body, _FRINGED)


def wavy_short(head: HeadSurface) -> Piece:
    """A tousled top of big S-shaped locks over short sides."""
    heights = both(*CLOSE) + both(
        (0, 30, 2.6), (32, 30, 2.7), (60, 26, 2.0), (0, 55, 2.8), (0, 88, 1.5), (90, 48, 2.9), (135, 35, 2.2),
        (180, 45, 2.4),
    )  # fmt: skip
    line = even(TEMPLES, (21, 21, 21, 20, 18, 12, 0, *SIDES))
    grain = Whorl((150, 68), (-150, -104, -64, -34, -4, 28, 60, 100, 145), swirl=24, wave=(12, 1.5))
    body = crop(head, Crop(line, heights, grain, groove=0.5, rag=0.3, tuft=6.0, tufted=(60, 72),
                           edge=(6, 12), lap=0.6, thin=0.25))  # fmt: skip
    return overlaid(head, body, _TOUSLED)
