"""The hair styles: big shapes first, then locks, then a few strands."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.wardrobe.locks import Fan, Free, Hairline, Piece, Profile, backward, down, fan, join, lock, shell
from training.wardrobe.surface import HeadSurface

_AZIMUTH = (0, 25, 45, 58, 68, 76, 84, 96, 110, 130, 155, 180)
SHORT_LINE = (32, 31, 27, 20, 10, 0, 8, 14, 4, -18, -30, -33)
SOFT_LINE = (33, 31, 26, 19, 11, 7, 9, 12, 0, -18, -28, -31)


def smooth(low: float, high: float, x: np.ndarray) -> np.ndarray:
    """Smooth step from 0 at ``low`` to 1 at ``high``."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def cap(head: HeadSurface, line: tuple[float, ...], top: float, side: float, flow: Callable = down, tuft: float = 2.0,
        seed: int = 0, edge: float = 8.0) -> Piece:  # fmt: skip
    """A shell that is ``side`` cm thick at the ears and ``top`` cm on top."""

    def height(azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
        return side + (top - side) * smooth(5, 55, elevation)

    return shell(head, Hairline(_AZIMUTH, line, tuft, seed), height, flow, edge)


def both(*places):  # type: ignore[no-untyped-def]
    """The same guide on the other side."""
    return [Free(-p.x, p.y, p.z) if isinstance(p, Free) else (-p[0], p[1], p[2]) for p in places]


def short(head: HeadSurface) -> Piece:
    """Side parting on the subject's left, swept over; tight sides."""
    rng = np.random.default_rng(1)
    pieces = [cap(head, SHORT_LINE, 0.6, 0.35, seed=3)]
    nape = Fan(
        [[(a, 62, 0.3), (a, 35, 1.0), (a, 5, 0.8), (a, e, 0.05)] for a, e in ((115, -2), (150, -24), (180, -30), (210, -24), (245, -2))],
        9, Profile(1.5, 0.45, tip=2.5), lift=0.15, samples=9,
    )  # fmt: skip
    left = Fan(
        [
            [(29, 40, 0.2), (44, 36, 1.0), (58, 24, 0.8), (64, 14, 0.15)],
            [(33, 54, 0.2), (60, 44, 1.1), (74, 22, 0.8), (77, 2, 0.1)],
            [(50, 68, 0.2), (85, 52, 1.1), (98, 32, 0.8), (100, 16, 0.15)],
            [(100, 76, 0.2), (122, 55, 1.1), (130, 25, 0.8), (132, -6, 0.1)],
        ],
        8, Profile(1.35, 0.5, tip=2.0), samples=9,
    )  # fmt: skip
    right = Fan(
        [
            [(-46, 42, 0.3), (-54, 32, 0.7), (-60, 20, 0.1)],
            [(-62, 42, 0.3), (-72, 22, 0.8), (-77, 2, 0.1)],
            [(-90, 42, 0.3), (-96, 28, 0.8), (-99, 15, 0.1)],
            [(-125, 42, 0.3), (-130, 20, 0.8), (-133, -6, 0.1)],
        ],
        7, Profile(1.35, 0.45, tip=2.0), samples=8,
    )  # fmt: skip
    top = Fan(
        [
            [(28, 37, 0.1), (8, 42, 2.0), (-24, 38, 2.3), (-50, 24, 0.9)],
            [(30, 50, 0.1), (-4, 58, 2.0), (-48, 46, 1.9), (-70, 24, 0.8)],
            [(42, 64, 0.1), (-30, 76, 1.8), (-82, 50, 1.7), (-94, 26, 0.7)],
            [(100, 76, 0.1), (-150, 80, 1.6), (-128, 55, 1.6), (-124, 22, 0.7)],
        ],
        7, Profile(1.45, 0.85, root=0.4, belly=0.5, tip=2.0), lift=0.25, widths=(1.2, 1.0, 1.3, 0.9),
    )  # fmt: skip
    for spec in (nape, left, right, top):
        pieces += fan(head, spec, rng)
    swoop = Profile(1.5, 0.7, root=0.35, belly=0.45, tip=1.6)
    pieces.append(lock(head, [(27, 35, 0.1), (12, 40, 2.2), (-10, 38, 2.7), (-34, 27, 1.6)], swoop, 0.3))
    pieces.append(lock(head, [(22, 52, 0.6), (-4, 57, 2.6), (-30, 52, 3.2), (-48, 40, 3.4)], Profile(1.0, 0.5, tip=1.4), 0.8))
    return join(pieces)


def bob(head: HeadSurface) -> Piece:
    """Chin length, parted on the side, turned in at the ends."""
    rng = np.random.default_rng(2)
    pieces = [cap(head, SOFT_LINE, 0.9, 0.7, seed=5, tuft=0.8)]
    pieces += curtains(head, rng, _bob_guides(), 9, 0.0)
    return join(pieces)


def _bob_guides():  # type: ignore[no-untyped-def]
    right = [
        [(15, 39, 0.2), (-16, 44, 1.9), (-50, 26, 1.7), Free(-8.5, 1.8, 5.2), Free(-8.6, -3.2, 4.9), Free(-6.6, -7.0, 6.0)],
        [(17, 52, 0.2), (-30, 58, 1.8), (-70, 30, 1.9), Free(-9.9, 1.5, 2.2), Free(-10.2, -3.5, 2.2), Free(-8.0, -7.6, 3.2)],
        [(24, 68, 0.2), (-80, 68, 1.7), (-100, 30, 2.0), Free(-9.9, 1.0, -2.4), Free(-10.0, -3.8, -2.6), Free(-8.0, -7.8, -2.0)],
        [(90, 80, 0.2), (-150, 66, 1.7), (-148, 25, 2.0), Free(-5.6, 0.8, -8.6), Free(-5.6, -4.0, -8.2), Free(-4.8, -7.9, -6.4)],
        [(160, 80, 0.2), (178, 60, 1.7), (179, 25, 2.0), Free(-0.6, 0.8, -9.9), Free(-0.6, -4.0, -9.4), Free(-0.6, -7.9, -7.4)],
    ]  # fmt: skip
    left = [
        [(19, 39, 0.2), (32, 39, 1.3), (56, 25, 1.6), Free(8.5, 1.8, 5.2), Free(8.6, -3.2, 4.9), Free(6.6, -7.0, 6.0)],
        [(21, 52, 0.2), (46, 48, 1.5), (74, 30, 1.8), Free(9.9, 1.5, 2.2), Free(10.2, -3.5, 2.2), Free(8.0, -7.6, 3.2)],
        [(28, 68, 0.2), (80, 58, 1.6), (100, 30, 2.0), Free(9.9, 1.0, -2.4), Free(10.0, -3.8, -2.6), Free(8.0, -7.8, -2.0)],
        [(95, 80, 0.2), (140, 62, 1.7), (148, 25, 2.0), Free(5.6, 0.8, -8.6), Free(5.6, -4.0, -8.2), Free(4.8, -7.9, -6.4)],
        [(165, 80, 0.2), (175, 60, 1.7), (178, 25, 2.0), Free(0.6, 0.8, -9.9), Free(0.6, -4.0, -9.4), Free(0.6, -7.9, -7.4)],
    ]  # fmt: skip
    return left, right


def curtains(head: HeadSurface, rng: np.random.Generator, guides, count: int, wave: float, tip: float = 3.0) -> list[Piece]:  # type: ignore[no-untyped-def]
    """Hanging hair of two sides: wide locks inside that close the gaps, and the visible ones over them."""
    pieces = []
    for side in guides:
        inner = [[Free(0.93 * p.x, p.y + 0.5, 0.93 * p.z) if isinstance(p, Free) else (p[0], p[1], 0.55 * p[2]) for p in g] for g in side]
        pieces += fan(head, Fan(inner, 5, Profile(1.7, 0.35, root=0.6, tip=5, end=0.3), samples=12, jitter=0, ragged=0.02,
                                wave=(wave, 1.6, 0.0)), rng)  # fmt: skip
        pieces += fan(head, Fan(side, count, Profile(1.3, 0.75, root=0.35, belly=0.6, tip=tip), samples=14, lift=0.3, ragged=0.05,
                                widths=(1.3, 0.9, 1.1), wave=(wave, 1.6, 0.0)), rng)  # fmt: skip
    return pieces


def long(head: HeadSurface) -> Piece:
    """Straight and long, parted in the middle."""
    rng = np.random.default_rng(4)
    pieces = [cap(head, SOFT_LINE, 0.9, 0.7, seed=5, tuft=0.8)]
    side = [
        [(1, 39, 0.2), (24, 42, 1.7), (52, 26, 1.7), Free(8.6, 1.5, 5.0), Free(8.9, -6.0, 4.6), Free(8.2, -15.0, 5.2)],
        [(1, 54, 0.2), (44, 52, 1.8), (74, 30, 1.9), Free(10.0, 1.0, 1.8), Free(10.4, -6.0, 1.6), Free(10.0, -16.0, 1.8)],
        [(2, 72, 0.2), (80, 60, 1.7), (102, 30, 2.0), Free(9.8, 0.8, -2.8), Free(10.2, -6.0, -3.0), Free(9.6, -16.5, -3.6)],
        [(60, 84, 0.2), (140, 62, 1.7), (148, 25, 2.0), Free(5.6, 0.8, -8.6), Free(6.0, -6.0, -8.4), Free(5.6, -17, -8.0)],
        [(165, 82, 0.2), (175, 60, 1.7), (178, 25, 2.0), Free(0.6, 0.8, -9.9), Free(0.8, -6.0, -9.6), Free(0.7, -17, -9.2)],
    ]  # fmt: skip
    pieces += curtains(head, rng, [side, [both(*g) for g in side]], 9, 0.0)
    return join(pieces)


STYLES: dict[str, Callable[[HeadSurface], Piece]] = {"short": short, "bob": bob, "long": long}
_ = backward
