"""Curly hair that hangs: a soft mane under big curls."""

from __future__ import annotations

import numpy as np

from training.wardrobe.coils import Height, Outline, full
from training.wardrobe.curls import curl, dressed
from training.wardrobe.hair import smooth
from training.wardrobe.locks import Piece, join
from training.wardrobe.surface import HeadSurface, angles, direction, unit

#: Edge of a mane before it falls: from the parting over the temple, azimuth and elevation, degrees.
_TEMPLE = ((0, 28), (25, 26), (42, 21), (53, 12))


def _mane(
    drop: tuple[tuple[float, float], ...], temple: tuple[tuple[float, float], ...] = _TEMPLE
) -> Outline:
    azimuth, elevation = zip(*temple, *drop, strict=True)
    return Outline.of(azimuth, elevation)


def _hanging(head: HeadSurface, top: float, wide: float, deep: float, flare: float) -> Height:
    """Height of hair that stands ``top`` cm above the crown and hangs around the head.

    ``wide`` and ``deep`` are half its size below the ears, cm; ``flare`` how much it widens for each cm down.
    """

    def height(d: np.ndarray) -> np.ndarray:
        _, elevation = angles(d)
        level = np.hypot(d[:, 0], d[:, 2])
        across = np.hypot(d[:, 0] / wide, d[:, 2] / deep)
        # The wall of an elliptic cone around the head's axis.
        wall = 1 / np.maximum(across + flare * d[:, 1] / wide, 0.045)
        hung = np.maximum(wall - head.r(d), top * np.maximum(level, 0.4))
        return hung + smooth(-8, 34, elevation) * (top - hung)

    return height


def curly_bob(head: HeadSurface) -> Piece:
    """Bouncy curls to the chin, wide at the bottom."""
    line = _mane(((57, -6), (60, -22), (68, -36), (90, -44), (130, -46), (180, -46)))
    body = full(head, line, _hanging(head, 2.0, 9.9, 9.6, 0.12), 40, (2.0, 2.6), 13, 61)
    return dressed(head, body, 18, 12, (2.0, 2.3), 5.0, 62)


def curly_long(head: HeadSurface) -> Piece:
    """Long curls over the shoulders, parted in the middle."""
    line = _mane(((58, -6), (62, -24), (66, -42), (76, -54), (100, -58), (140, -58), (180, -58)))
    body = full(head, line, _hanging(head, 1.9, 9.9, 9.6, 0.10), 48, (2.1, 2.7), 12, 63)
    # Curls along the lower edge, which would be a straight cut without them.
    azimuth = np.array([63, 82, 108, 140])
    azimuth = np.concatenate([azimuth, -azimuth])
    elevation = np.where(np.arange(len(azimuth)) % 2, -47.0, -49.0)
    d = direction(azimuth, elevation)
    middles = head.at(azimuth, elevation, body.lift(head, d, np.full(len(d), 8.0)) - 0.6)
    ends = [
        curl(middle, unit(out * [1, 0, 1]), 2.5, float(np.sign(out[0])), 1.6 + 0.4 * (k % 3))
        for k, (middle, out) in enumerate(zip(middles, d, strict=True))
    ]
    return join([dressed(head, body, 17, 8, (2.0, 2.4), 7.0, 64, 5), *ends])


def curly_fringe(head: HeadSurface) -> Piece:
    """Curls to the jaw with a fringe of curls over the forehead."""
    fringe = ((0, 19), (25, 18), (42, 13), (53, 6))
    line = _mane(((57, -8), (60, -22), (68, -35), (90, -42), (130, -44), (180, -45)), fringe)
    body = full(head, line, _hanging(head, 2.1, 10.0, 9.6, 0.07), 38, (1.9, 2.5), 12, 65)
    return dressed(head, body, 17, 13, (1.85, 2.3), 5.0, 66, 8)
