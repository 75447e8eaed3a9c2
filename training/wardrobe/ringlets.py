"""Ringlets: curly hair that hangs."""

from __future__ import annotations

import numpy as np

from training.wardrobe.coils import COIL_LINE, curls
from training.wardrobe.hair import LINE_AZIMUTH, SOFT_LINE, cap
from training.wardrobe.locks import Hairline, Piece, join, route
from training.wardrobe.surface import HeadSurface
from training.wardrobe.tubes import hang_guide, ringlet, tube


def _ringlets(
    head: HeadSurface, count: int, part: float, bottom: float, flare: float, turns: float, seed: int
) -> list[Piece]:
    """Corkscrews over both sides, and a lining that lets no skin through."""
    rng = np.random.default_rng(seed)
    samples = int(5 * turns) + 7
    pieces = []
    for side in (1.0, -1.0):
        for azimuth in np.linspace(64, 177, 5):
            line = route(head, hang_guide(side, float(azimuth), part, bottom + 0.6, flare - 1.0, 0.7), 8)
            pieces.append(tube(line, head.outward(line), np.linspace(2.2, 2.6, 8), 0.5, 0.4, 5))
        for k, azimuth in enumerate(np.linspace(55, 177, count)):
            at = float(azimuth + rng.uniform(-3, 3))
            end = bottom + rng.uniform(-1.0, 0.8)
            guide = hang_guide(side, at, part, end, flare + 0.7 * (k % 2), 1.5 + 0.5 * (k % 2))
            line = route(head, guide, samples)
            t = np.linspace(0, 1, samples)
            coil = np.interp(t, (0, 0.12, 0.4, 0.85, 1), (0.1, 0.4, 0.75, 0.85, 0.5))
            thick = np.interp(t, (0, 0.1, 0.35, 0.85, 1), (0.5, 1.05, 1.25, 1.2, 0.8))
            pieces.append(ringlet(line, head.outward(line), coil, thick, turns, rng.uniform()))
    return pieces


def curly_bob(head: HeadSurface) -> Piece:
    """Bouncy ringlets to the chin, wide at the bottom, parted at the side."""
    base = cap(head, SOFT_LINE, 1.9, 1.2, seed=5, tuft=0.8, columns=60)
    top = curls(
        head,
        Hairline(LINE_AZIMUTH, (27, 28, 32, 38, 44, 48, 50, 50, 50, 50, 50, 50), 0, 4),
        9,
        (1.8, 1.9),
        (2.0, 2.2),
        61,
    )
    return join([base, *_ringlets(head, 7, 14, -5.8, 9.7, 2.6, 62), *top])


def curly_long(head: HeadSurface) -> Piece:
    """Long ringlets over the shoulders, parted in the middle."""
    base = cap(head, SOFT_LINE, 1.7, 1.1, seed=5, tuft=0.8, columns=60)
    return join([base, *_ringlets(head, 7, -6, -13.5, 9.4, 4.0, 63)])


def curly_fringe(head: HeadSurface) -> Piece:
    """Curls to the jaw with a fringe of curls over the forehead."""
    base = cap(head, COIL_LINE, 2.0, 1.2, seed=5, tuft=0.8, columns=60)
    low = (15, 15, 15, 14, 30, 45, 50, 50, 50, 50, 50, 50)
    bangs = curls(head, Hairline(LINE_AZIMUTH, low, 0, 4), 20, (1.5, 1.9), (1.1, 2.1), 64)
    return join([base, *_ringlets(head, 5, 3, -2.8, 9.6, 2.0, 65), *bangs])
