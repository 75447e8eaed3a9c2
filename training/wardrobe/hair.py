"""Short hair: the styles that end above the collar, and what all styles share.

Big shapes first, then locks, then a few strands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from training.wardrobe.locks import (
    Fan,
    Free,
    Hairline,
    Piece,
    Place,
    Profile,
    down,
    fan,
    join,
    lock,
    shell,
)
from training.wardrobe.surface import HeadSurface

Guide = list[Place | Free]

LINE_AZIMUTH = (0, 25, 45, 58, 68, 75, 84, 96, 110, 130, 155, 180)
SHORT_LINE = (27, 26, 23, 17, 9, -4, 1, 8, -4, -26, -40, -44)
SOFT_LINE = (28, 26, 21, 15, 8, 2, 6, 12, -2, -24, -36, -40)


def smooth(low: float, high: float, x: np.ndarray) -> np.ndarray:
    """Smooth step from 0 at ``low`` to 1 at ``high``."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def cap(
    head: HeadSurface,
    line: Sequence[float],
    top: float,
    side: float,
    flow: Callable[[np.ndarray], np.ndarray] = down,
    tuft: float = 2.2,
    seed: int = 0,
    edge: float = 7.0,
    columns: int = 108,
    rise: tuple[float, float] = (5.0, 55.0),
) -> Piece:
    """A shell that is ``side`` cm thick below the elevation ``rise[0]`` and ``top`` cm above ``rise[1]``."""

    def height(azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
        return side + (top - side) * smooth(*rise, elevation)

    return shell(head, Hairline(LINE_AZIMUTH, line, tuft, seed), height, flow, edge, columns, 8)


def across(*guides: Guide) -> list[Guide]:
    """The same guides on the other side of the head, in the other order, so that fans run on."""
    return [[Free(-p.x, p.y, p.z) if isinstance(p, Free) else (-p[0], p[1], p[2]) for p in g] for g in guides]


def tight_sides(
    head: HeadSurface, rng: np.random.Generator, thick: float = 0.8, high: float = 46.0
) -> list[Piece]:
    """Short hair below ``high`` degrees from temple to temple around the back, with sideburns."""
    left: list[Guide] = [
        [(50, high - 6, 0.2), (58, 30, thick), (64, 17, 0.1)],
        [(62, high, 0.2), (71, 20, thick), (75, -5, 0.05)],
        [(84, high, 0.2), (89, 28, thick), (91, 12, 0.1)],
        [(108, high, 0.2), (114, 24, thick), (113, 0, 0.1)],
    ]
    back: list[Guide] = [
        [(a, high + 8, 0.2), (a, 22, thick), (a, -8, 0.8 * thick), (a, low, 0.05)]
        for a, low in ((112, -6), (150, -36), (180, -42), (210, -36), (248, -6))
    ]
    strokes = Profile(1.35, 0.42, tip=2.2)
    pieces = fan(
        head, Fan(back, 7, Profile(1.4, 0.42, tip=2.6), samples=8, lift=0.15, widths=(1.3, 0.8, 1.0)), rng
    )
    for guides in (left, across(*left)):
        pieces += fan(head, Fan(guides, 5, strokes, samples=7, lift=0.15, widths=(1.0, 0.8, 1.2)), rng)
    return pieces


def buzz(head: HeadSurface) -> Piece:
    """Millimetres: tone with a clean hairline."""
    return cap(head, SHORT_LINE, 0.30, 0.24, tuft=0.7, seed=2, edge=4.0)


def short(head: HeadSurface) -> Piece:
    """Parted on the subject's left, swept over, tight sides."""
    rng = np.random.default_rng(1)
    top: list[Guide] = [
        [(30, 30, 0.1), (10, 34, 2.1), (-24, 32, 2.4), (-52, 20, 1.0)],
        [(32, 45, 0.1), (-4, 54, 2.2), (-48, 42, 2.0), (-71, 21, 0.9)],
        [(44, 60, 0.1), (-30, 74, 2.1), (-82, 48, 1.8), (-94, 24, 0.8)],
        [(110, 70, 0.1), (170, 76, 0.9), (-140, 56, 1.2), (-126, 20, 0.7)],
    ]
    left: list[Guide] = [
        [(31, 33, 0.2), (45, 31, 1.2), (58, 21, 0.9), (64, 12, 0.2)],
        [(35, 48, 0.2), (62, 42, 1.3), (75, 22, 0.9), (78, 4, 0.1)],
        [(50, 63, 0.2), (86, 50, 1.3), (98, 30, 0.9), (100, 14, 0.15)],
        [(105, 74, 0.2), (124, 52, 1.3), (130, 22, 0.9), (132, -8, 0.1)],
    ]
    pieces = [cap(head, SHORT_LINE, 0.6, 0.35, seed=3), *tight_sides(head, rng)]
    pieces += fan(head, Fan(left, 5, Profile(1.35, 0.55, tip=2.0), samples=8, widths=(1.2, 0.9)), rng)
    pieces += fan(
        head,
        Fan(
            top,
            6,
            Profile(1.4, 0.9, root=0.4, belly=0.5, tip=2.0),
            lift=0.3,
            widths=(1.3, 0.9, 1.2),
            samples=11,
        ),
        rng,
    )
    big = Profile(1.75, 0.8, root=0.35, belly=0.42, tip=1.5)
    pieces.append(lock(head, [(30, 28, 0.1), (14, 32, 2.4), (-10, 31, 2.9), (-38, 21, 1.9)], big, 0.35))
    pieces.append(
        lock(
            head,
            [(27, 28, 0.1), (14, 26.5, 1.4), (0, 25.5, 1.6), (-14, 21, 1.3)],
            Profile(0.95, 0.5, tip=1.4),
            0.7,
            9,
        )
    )
    pieces.append(
        lock(
            head,
            [(10, 52, 1.2), (-16, 56, 2.8), (-38, 50, 3.4), (-54, 37, 3.3)],
            Profile(0.9, 0.5, tip=1.3),
            0.9,
            9,
        )
    )
    pieces.append(
        lock(head, [(150, 76, 0.8), (172, 68, 1.7), (180, 54, 1.9)], Profile(0.9, 0.5, tip=1.3), 0.1, 8)
    )
    return join(pieces)


def quiff(head: HeadSurface) -> Piece:
    """Brushed up from the forehead and back; tight sides."""
    rng = np.random.default_rng(12)
    front: list[Guide] = [
        [
            (a, e, 0.0),
            (a + 1, e + 8, 0.55 * h),
            (0.92 * a + 4, e + 20, h),
            (0.72 * a + 8, 64, 0.92 * h),
            (0.5 * a + 14, 80, 0.55 * h),
        ]
        for a, e, h in ((-58, 18, 1.6), (-36, 26, 2.9), (-6, 28, 3.9), (24, 27, 3.6), (54, 20, 1.9))
    ]
    second: list[Guide] = [
        [(a, 44, 0.6), (a, 60, h), (a + s, 80, h), (180 + s, 62, 1.5), (180 + s, 38, 0.5)]
        for a, h, s in ((-82, 1.5, -50), (-42, 2.7, -24), (2, 3.4, 0), (42, 2.9, 24), (82, 1.5, 50))
    ]
    pieces = [cap(head, SHORT_LINE, 2.5, 0.35, seed=6, rise=(30, 62)), *tight_sides(head, rng, 0.6, 42)]
    pieces += fan(
        head,
        Fan(
            second,
            6,
            Profile(1.5, 0.85, root=0.5, belly=0.4, tip=2.0),
            lift=0.3,
            widths=(1.0, 1.4, 0.8),
            samples=12,
        ),
        rng,
    )
    pieces += fan(
        head,
        Fan(
            front,
            6,
            Profile(1.45, 1.0, root=0.45, belly=0.5, tip=1.9),
            lift=0.45,
            ragged=0.14,
            widths=(0.8, 1.3, 1.0, 1.5, 0.9),
            samples=13,
        ),
        rng,
    )
    pieces.append(
        lock(
            head,
            [(-10, 27, 0.1), (-6, 34, 2.4), (2, 46, 4.6), (14, 58, 5.6)],
            Profile(1.2, 0.7, tip=1.4),
            0.8,
            10,
        )
    )
    return join(pieces)


def fringe(head: HeadSurface) -> Piece:
    """From the crown forward, broken into points over the brows."""
    rng = np.random.default_rng(21)
    front: list[Guide] = [
        [(150 * s + 0, 80, 0.6), (62 * s + 4, 66, 1.9), (m, 38, 2.3), (t, 25, 1.7), (t - 5, e, 0.7)]
        for s, m, t, e in (
            (-1, -62, -64, 10),
            (-1, -36, -42, 13),
            (0.2, -6, -12, 15),
            (1, 24, 18, 14),
            (1, 48, 46, 11),
            (1, 66, 67, 8),
        )
    ]
    back: list[Guide] = [
        [(a, 78, 0.6), (a, 50, 1.5), (a, 22, 1.3), (a, e, 0.1)]
        for a, e in ((70, 6), (95, 14), (125, -2), (180, -12), (235, -2), (265, 14), (290, 6))
    ]
    pieces = [cap(head, SHORT_LINE, 1.0, 0.4, seed=9), *tight_sides(head, rng, 0.6, 40)]
    pieces += fan(
        head,
        Fan(back, 9, Profile(1.35, 0.75, tip=2.0), lift=0.25, ragged=0.12, widths=(1.2, 0.8, 1.0), samples=9),
        rng,
    )
    pieces += fan(
        head,
        Fan(
            front,
            8,
            Profile(1.35, 0.85, root=0.4, belly=0.55, tip=2.0),
            lift=0.4,
            ragged=0.10,
            widths=(1.3, 0.8, 1.1, 0.7),
            samples=12,
        ),
        rng,
    )
    pieces.append(
        lock(
            head,
            [(30, 62, 1.4), (10, 52, 2.8), (-8, 38, 3.1), (-24, 22, 1.9)],
            Profile(1.15, 0.6, tip=1.5),
            0.85,
            10,
        )
    )
    pieces.append(
        lock(head, [(160, 82, 0.8), (140, 78, 2.0), (110, 72, 2.5)], Profile(0.9, 0.5, tip=1.3), 0.1, 8)
    )
    return join(pieces)
