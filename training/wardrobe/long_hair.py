"""Long hair that hangs over the ears."""

from __future__ import annotations

import numpy as np

from training.wardrobe.hair import SOFT_LINE, Guide, cap
from training.wardrobe.locks import Fan, Free, Piece, Profile, fan, join, lock
from training.wardrobe.surface import HeadSurface


def _hanging(part: float, bottom: float, spread: float, curl_in: float) -> tuple[list[Guide], list[Guide]]:
    """Guides of both sides, from the front around to the back.

    Args:
        part: azimuth of the parting at the hairline, degrees.
        bottom: height of the ends; spread: half width at the ends; curl_in: how far the ends turn in; cm.
    """
    middle = (1.0 + bottom) / 2

    def side(sign: float) -> list[Guide]:
        # From a parting off the middle, one side has to travel over the top of the head.
        far = part * sign
        start = [part + sign * o for o in (0.5, 0.5, 0.5, 30, 100)]
        over = [sign * a for a in (26 - 0.3 * far, 48 - 0.5 * far, 84 - 0.3 * far, 142, 174)]
        rise = 0.25 * max(0.0, -far) / 20
        return [
            [
                (start[0], 28.5, 0.2),
                (over[0], 31, 1.5 + rise),
                (sign * 52, 22, 1.9),
                Free(sign * 8.5, 2.6, 5.7),
                Free(sign * (spread - 1.0), middle, 4.9),
                Free(sign * (spread - 1.0 - curl_in), bottom + 0.6, 5.0 + 0.5 * curl_in),
            ],
            [
                (start[1], 45, 0.8),
                (over[1], 50, 2.0 + rise),
                (sign * 76, 27, 1.6),
                Free(sign * 9.2, 1.8, 2.4),
                Free(sign * spread, middle, 1.9),
                Free(sign * (spread - curl_in), bottom, 2.2),
            ],
            [
                (start[2], 64, 1.1),
                (over[2], 60, 2.0 + rise),
                (sign * 104, 28, 1.6),
                Free(sign * 9.2, 1.0, -2.6),
                Free(sign * (spread - 0.2), middle, -2.9),
                Free(sign * (spread - 0.3 - curl_in), bottom - 0.2, -2.6),
            ],
            [
                (start[3], 80, 1.1),
                (over[3], 62, 1.9),
                (sign * 148, 24, 2.2),
                Free(sign * 5.7, 0.8, -8.8),
                Free(sign * 6.0, middle, -8.4),
                Free(sign * (5.8 - 0.6 * curl_in), bottom - 0.4, -7.6 + curl_in),
            ],
            [
                (start[4], 84, 1.1),
                (over[4], 60, 1.9),
                (sign * 178, 24, 2.2),
                Free(sign * 0.5, 0.8, -10.0),
                Free(sign * 0.6, middle, -9.6),
                Free(sign * 0.6, bottom - 0.4, -8.6 + curl_in),
            ],
        ]

    return side(1.0), side(-1.0)


def _curtains(
    head: HeadSurface,
    rng: np.random.Generator,
    sides: tuple[list[Guide], list[Guide]],
    profile: Profile,
    swing: float = 0.0,
    periods: float = 1.8,
    count: int = 7,
    samples: int = 14,
    lift: float = 0.32,
) -> list[Piece]:
    """Wide locks inside that close the gaps, and the visible ones over them."""
    pieces = []
    for number, side in enumerate(sides):
        inner: list[Guide] = [
            [
                Free(0.92 * p.x, p.y + 0.5, 0.92 * p.z) if isinstance(p, Free) else (p[0], p[1], 0.5 * p[2])
                for p in g
            ]
            for g in side
        ]
        lining = Profile(1.8, 0.35, root=0.6, tip=6, end=0.3)
        pieces += fan(
            head,
            Fan(inner, 4, lining, samples=11, jitter=0, ragged=0.02, wave=(0.5 * swing, periods, 0.0)),
            rng,
        )
        wave = (swing, periods, 0.5 * number)
        pieces += fan(
            head,
            Fan(
                side,
                count,
                profile,
                samples=samples,
                lift=lift,
                ragged=0.05,
                widths=(1.5, 0.8, 1.2, 0.7),
                wave=wave,
            ),
            rng,
        )
    return pieces


def bob(head: HeadSurface) -> Piece:
    """Chin length, parted on the side, turned in at the ends."""
    rng = np.random.default_rng(2)
    pieces = [cap(head, SOFT_LINE, 0.9, 0.7, seed=5, tuft=0.8, columns=72)]
    pieces += _curtains(
        head, rng, _hanging(17, -6.2, 9.9, 2.0), Profile(1.6, 1.0, root=0.35, belly=0.6, tip=3.0)
    )
    sweep_over = Profile(1.35, 0.7, root=0.3, belly=0.45, tip=1.8)
    pieces.append(
        lock(
            head,
            [(17, 29, 0.05), (-4, 33, 2.0), (-34, 27, 2.5), (-58, 12, 2.2), Free(-8.4, 0.0, 6.0)],
            sweep_over,
            0.6,
        )
    )
    return join(pieces)


def bob_fringe(head: HeadSurface) -> Piece:
    """Chin length with a full fringe."""
    rng = np.random.default_rng(3)
    pieces = [cap(head, SOFT_LINE, 0.9, 0.7, seed=5, tuft=0.8, columns=72)]
    pieces += _curtains(
        head, rng, _hanging(0, -6.4, 9.7, 1.4), Profile(1.6, 1.0, root=0.35, belly=0.6, tip=4.0), count=6
    )
    bangs: list[Guide] = [
        [(0.6 * a, 66, 1.2), (0.85 * a, 44, 2.1), (a, 25, 2.0), (1.03 * a, e, 1.0)]
        for a, e in ((-60, -2), (-38, 6), (-14, 9), (14, 9), (38, 6), (60, -2))
    ]
    pieces += fan(
        head,
        Fan(
            bangs,
            9,
            Profile(1.55, 0.5, root=0.6, belly=0.55, tip=2.6),
            lift=0.3,
            ragged=0.10,
            widths=(1.3, 0.8, 1.1, 0.7),
            samples=11,
        ),
        rng,
    )
    return join(pieces)


def long(head: HeadSurface) -> Piece:
    """Straight and long, parted in the middle."""
    rng = np.random.default_rng(4)
    pieces = [cap(head, SOFT_LINE, 0.9, 0.7, seed=5, tuft=0.8, columns=72)]
    pieces += _curtains(
        head, rng, _hanging(2, -15.0, 8.9, 0.9), Profile(1.6, 1.0, root=0.35, belly=0.5, tip=2.4)
    )
    return join(pieces)


def wavy(head: HeadSurface) -> Piece:
    """Shoulder length in big waves, parted on the side."""
    rng = np.random.default_rng(7)
    pieces = [cap(head, SOFT_LINE, 1.0, 0.8, seed=5, tuft=0.8, columns=72)]
    pieces += _curtains(
        head,
        rng,
        _hanging(-15, -11.5, 10.6, 0.8),
        Profile(1.6, 1.0, root=0.35, belly=0.55, tip=2.2),
        swing=1.15,
        periods=2.3,
        count=6,
        samples=18,
        lift=0.5,
    )
    sweep_over = Profile(1.5, 0.8, root=0.3, belly=0.45, tip=1.6)
    line: Guide = [
        (-15, 29, 0.05),
        (4, 33, 2.2),
        (34, 27, 2.7),
        (56, 12, 2.4),
        Free(8.9, 0.0, 6.0),
        Free(8.6, -4.5, 5.8),
    ]
    pieces.append(lock(head, line, sweep_over, 0.6, 16, wave=(0.5, 1.4, 0.1)))
    return join(pieces)
