"""Hair that falls from the crown or from a parting and ends above the collar."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.wardrobe.hair import SHORT_LINE, SOFT_LINE, Guide, across, cap
from training.wardrobe.locks import Free, Piece, join
from training.wardrobe.short_hair import hairline, sides
from training.wardrobe.strips import Sheet, strips
from training.wardrobe.surface import HeadSurface

#: A guide's end: azimuth, elevation, height above the skull there.
End = tuple[float, float, float]


def from_crown(ends: Sequence[End], height: float, swirl: float = 0.0, high: float = 0.0) -> list[Guide]:
    """Guides from the crown to ``ends``, which go once around the head.

    Args:
        height: cm above the skull half-way; high: cm more on top; swirl: degrees that the crown is turned.
    """
    guides: list[Guide] = []
    for a, e, h in ends:
        guides.append(
            [
                (a + 2 * swirl, 84, 0.8 + 0.6 * high),
                (a + swirl, 66, height + high),
                (a + 0.4 * swirl, 0.5 * (66 + e), height + 0.3 * high),
                (a, e + 0.2 * (66 - e), 0.5 * (height + h)),
                (a, e, h),
            ]
        )
    return guides


def _short_ends(front: Sequence[End], drop: float = 0.0) -> list[End]:
    """Ends on the short hairline for sides and back, after those of the ``front`` on the left side."""
    rest = [(a, hairline(a) - drop, 0.25) for a in (84.0, 112.0, 145.0, 180.0)]
    return [*front, *rest]


def _mirrored(ends: Sequence[End]) -> list[End]:
    """The ends on the right side, from the back to the front, without the middle ones."""
    return [(-a, e, h) for a, e, h in reversed(ends) if 0 < a < 180]


def short(head: HeadSurface) -> Piece:
    """Parted on the subject's left, swept over the forehead; short sides."""
    rng = np.random.default_rng(1)
    pieces = [sides(head, 0.35, 0.6)]
    over: list[Guide] = [
        [(36, 29, 0.1), (16, 31, 1.2), (-14, 28, 1.6), (-42, 20, 1.3), (-62, 9, 0.5)],
        [(38, 44, 0.1), (6, 54, 1.6), (-34, 46, 1.8), (-62, 30, 1.4), (-74, 14, 0.5)],
        [(48, 60, 0.1), (-20, 78, 1.4), (-76, 56, 1.5), (-88, 34, 1.2), (-92, 14, 0.4)],
        [(120, 66, 0.1), (180, 78, 1.5), (-128, 56, 1.7), (-118, 28, 1.2), (-116, 0, 0.4)],
        [(170, 66, 0.3), (180, 60, 1.2), (-176, 40, 1.4), (-172, 12, 1.0), (-170, -24, 0.3)],
    ]
    pieces += strips(
        head, Sheet(over, (1.5, 1, 1.3, 1, 1.2, 1), 0.8, split=0.8, tip=2.2, lean=0.2, step=0.18), rng
    )
    left: list[Guide] = [
        [(36, 30, 0.1), (48, 32, 1.0), (60, 24, 0.9), (66, 13, 0.3)],
        [(42, 48, 0.1), (66, 44, 1.3), (80, 28, 1.1), (84, 10, 0.3)],
        [(60, 62, 0.1), (96, 54, 1.4), (104, 32, 1.2), (106, 6, 0.3)],
        [(130, 68, 0.1), (140, 54, 1.4), (142, 28, 1.2), (142, -12, 0.3)],
        [(176, 66, 0.2), (180, 54, 1.4), (180, 28, 1.2), (180, -26, 0.3)],
    ]
    pieces += strips(head, Sheet(left, (1, 1.2, 1, 1.2), 0.6, split=0.75, lean=0.15), rng)
    return join(pieces)


def side_part(head: HeadSurface) -> Piece:
    """Neat: a sharp parting, a smooth wave over the forehead, combed sides."""
    rng = np.random.default_rng(61)
    pieces = [sides(head, 0.45, 0.6)]
    over: list[Guide] = [
        [(30, 28, 0.0), (20, 33, 2.6), (-6, 35, 4.2), (-40, 29, 3.0), (-70, 12, 0.7)],
        [(31, 42, 0.0), (8, 56, 3.5), (-40, 52, 3.6), (-74, 34, 2.0), (-88, 14, 0.5)],
        [(36, 58, 0.0), (-40, 76, 2.4), (-88, 58, 2.3), (-102, 36, 1.7), (-110, 8, 0.4)],
        [(90, 72, 0.0), (-160, 80, 1.6), (-138, 54, 1.8), (-134, 24, 1.3), (-134, -20, 0.3)],
        [(165, 70, 0.2), (180, 64, 1.2), (-176, 40, 1.5), (-176, 10, 1.2), (-176, -34, 0.3)],
    ]
    pieces += strips(
        head, Sheet(over, (1.6, 1.2, 1.2, 1.4, 1.2), 0.7, split=0.85, tip=2.4, lean=0.1, rows=13), rng
    )
    left: list[Guide] = [
        [(34, 29, 0.0), (46, 33, 1.0), (62, 27, 0.9), (74, 16, 0.3)],
        [(38, 46, 0.0), (64, 44, 1.3), (86, 30, 1.1), (96, 14, 0.3)],
        [(50, 62, 0.0), (98, 54, 1.5), (120, 32, 1.2), (128, -8, 0.3)],
        [(150, 70, 0.1), (160, 52, 1.5), (168, 24, 1.2), (172, -32, 0.3)],
    ]
    pieces += strips(head, Sheet(left, (1, 1.2, 1.3), 0.6, split=0.85, tip=2.4, lean=0.1), rng)
    return join(pieces)


def fringe(head: HeadSurface) -> Piece:
    """From the crown forward; a soft fringe of a few locks over the brows."""
    rng = np.random.default_rng(21)
    front: list[End] = [(0, 16, 1.3), (26, 14.5, 1.2), (48, 11, 1.0), (66, 4, 0.6)]
    ends = _short_ends(front)
    guides = from_crown([*ends, *_mirrored(ends)], 1.8, 18, 0.5)
    locks = (1.3, 0.9, 1.2, 1, 1.2, 1.1, 1.2, 1, 1.2, 0.9, 1.1, 0.8)
    pieces = [sides(head, 0.35, 0.8)]
    sheet = Sheet(guides, locks, 0.85, split=0.66, tip=2.0, lean=-0.35, step=0.2, closed=True, root=0.4)
    return join([*pieces, *strips(head, sheet, rng)])


def bowl(head: HeadSurface) -> Piece:
    """One smooth dome that ends in a level rim above brows and ears."""
    rng = np.random.default_rng(62)
    ends: list[End] = [
        (0, 11, 1.6),
        (35, 9, 1.6),
        (70, 1, 1.6),
        (105, -2, 1.5),
        (145, -8, 1.4),
        (180, -10, 1.4),
    ]
    guides = from_crown([*ends, *_mirrored(ends)], 2.3, 0, 0.5)
    sheet = Sheet(
        guides, (1.2, 1, 1.1, 0.9, 1.3, 1, 1.2) * 2, 0.5, split=0.96, tip=4, lean=0, ragged=0.0, step=0.06,
        closed=True, root=0.4, end=0.88, end_thick=0.7,
    )  # fmt: skip
    return join(
        [cap(head, SHORT_LINE, 0.9, 0.3, tuft=0.6, seed=8, edge=9, columns=60), *strips(head, sheet, rng)]
    )


def pixie(head: HeadSurface) -> Piece:
    """Cropped close at the neck, with feathered points over forehead, temples and ears."""
    rng = np.random.default_rng(63)
    pieces = [sides(head, 0.6, 1.0)]
    over: list[Guide] = [
        [(46, 36, 0.1), (26, 38, 1.6), (-2, 31, 2.1), (-32, 20, 1.7), (-58, 6, 0.9)],
        [(50, 48, 0.1), (14, 58, 2.1), (-34, 47, 2.4), (-64, 24, 1.7), (-74, -6, 0.8)],
        [(66, 62, 0.1), (-20, 80, 2.2), (-80, 54, 2.3), (-90, 28, 1.7), (-88, 4, 1.0)],
        [(130, 66, 0.1), (180, 78, 1.9), (-122, 54, 2.2), (-114, 22, 1.6), (-106, -8, 0.6)],
        [(170, 66, 0.3), (180, 60, 1.8), (-166, 40, 2.2), (-156, 8, 1.4), (-146, -30, 0.4)],
    ]
    pieces += strips(
        head, Sheet(over, (1.4, 1, 1.3, 1, 1.2, 1), 0.75, split=0.55, tip=1.5, lean=0.35, step=0.25), rng
    )
    left: list[Guide] = [
        [(46, 34, 0.1), (54, 31, 1.2), (62, 20, 1.3), (68, -4, 0.7)],
        [(52, 50, 0.1), (72, 44, 1.7), (86, 28, 1.5), (82, 2, 0.9)],
        [(70, 64, 0.1), (104, 52, 2.0), (112, 26, 1.6), (104, -8, 0.5)],
        [(150, 68, 0.1), (156, 50, 2.2), (156, 18, 1.5), (148, -32, 0.4)],
        [(180, 66, 0.2), (190, 52, 2.2), (190, 18, 1.5), (184, -38, 0.4)],
    ]
    pieces += strips(
        head, Sheet(left, (1, 1.2, 1, 1.2, 1), 0.7, split=0.6, tip=1.5, lean=-0.3, step=0.2), rng
    )
    return join(pieces)


def curtains(head: HeadSurface) -> Piece:
    """Parted in the middle; two arcs frame the forehead, short behind."""
    rng = np.random.default_rng(64)
    pieces = [sides(head, 0.45, 0.7)]
    side: list[Guide] = [
        [(1, 29, 0.1), (12, 32, 2.1), (36, 25, 2.6), (57, 11, 2.0), (66, -4, 1.3)],
        [(1, 43, 0.1), (22, 53, 2.6), (54, 40, 2.8), (74, 20, 1.9), (80, 4, 1.1)],
        [(2, 58, 0.1), (48, 68, 2.4), (84, 48, 2.4), (94, 24, 1.6), (96, 6, 0.8)],
        [(30, 76, 0.1), (112, 66, 2.0), (126, 44, 2.2), (128, 14, 1.3), (128, -14, 0.4)],
        [(176, 74, 0.2), (179, 62, 1.8), (181, 42, 2.0), (181, 10, 1.3), (181, -30, 0.4)],
    ]
    for guides in (side, across(*side)):
        sheet = Sheet(guides, (1.3, 1, 1.2, 1.2), 0.8, split=0.72, lean=-0.25)
        pieces += strips(head, sheet, rng)
    return join(pieces)


def mullet(head: HeadSurface) -> Piece:
    """Short fringe and sides, long down the neck."""
    rng = np.random.default_rng(65)
    pieces = [sides(head, 0.45, 0.9)]
    front: list[End] = [
        (0, 20, 1.4),
        (28, 18, 1.3),
        (50, 13, 1.0),
        (70, 2, 0.5),
        (88, 10, 0.5),
        (112, 2, 0.8),
    ]
    ends: list[End] = [*front, (145, -20, 0.9), (180, -28, 0.9)]
    guides = from_crown([*ends, *_mirrored(ends)], 2.0, 8, 0.8)
    locks = (1.1, 0.9, 1.2, 1, 1.2, 1, 1.2, 1, 1.1, 0.9, 1.1, 0.9)
    pieces += strips(
        head, Sheet(guides, locks, 0.8, split=0.62, lean=-0.2, step=0.2, closed=True, root=0.4), rng
    )
    tail: list[Guide] = [
        [(100, 24, 0.4), (108, 8, 1.4), Free(7.6, -2.2, -3.6), Free(8.6, -8.6, -2.2), Free(9.6, -12.2, -1.6)],
        [(140, 26, 0.4), (142, 4, 1.6), Free(4.8, -3.6, -7.2), Free(5.4, -9.0, -7.2), Free(6.0, -13.0, -8.0)],
        [(180, 26, 0.4), (180, 2, 1.7), Free(0.0, -4.0, -8.2), Free(0.0, -9.4, -8.4), Free(0.0, -13.6, -9.4)],
    ]
    both = [*tail, *across(*tail[:2])[::-1]]
    pieces += strips(head, Sheet(both, (1, 1.2, 1, 1.2, 1), 0.9, split=0.72, tip=2.4, lean=0.15), rng)
    return join(pieces)


def wavy_short(head: HeadSurface) -> Piece:
    """A tousled top of big S-shaped locks over short sides."""
    rng = np.random.default_rng(66)
    front: list[End] = [(0, 19, 1.7), (28, 18, 1.5), (52, 14, 1.2), (68, 4, 0.7)]
    ends = _short_ends(front)
    guides = from_crown([*ends, *_mirrored(ends)], 2.6, 26, 1.2)
    locks = (1.3, 1, 1.3, 1, 1.2, 1.1, 1.2, 1, 1.3, 1)
    sheet = Sheet(
        guides, locks, 1.05, split=0.6, tip=2.0, lean=-0.4, step=0.35, wave=(0.55, 1.15, 0.1, 0.37),
        closed=True, root=0.4, rows=14,
    )  # fmt: skip
    return join(
        [cap(head, SOFT_LINE, 1.0, 0.5, tuft=0.9, seed=9, edge=9, columns=60), *strips(head, sheet, rng)]
    )
