"""Curly hair that hangs: a mane of round curls."""

from __future__ import annotations

import numpy as np

from gen_avatar.character.surface import smoothstep
from training.wardrobe.bubbles import Bubbles, covered
from training.wardrobe.coils import Height, Mass, Outline
from training.wardrobe.locks import Piece, join
from training.wardrobe.surface import HeadSurface, angles

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
        return hung + smoothstep(-8, 34, elevation) * (top - hung)

    return height


def _curls(head: HeadSurface, line: Outline, height: Height, look: Bubbles, seed: int) -> Piece:
    body = Mass(line, height, 10)
    return join([body.mesh(head, 10), *covered(head, body, look, seed)])


def curly_bob(head: HeadSurface) -> Piece:
    """Bouncy curls to the chin, wide at the bottom."""
    line = _mane(((57, -6), (60, -22), (68, -37), (90, -46), (130, -48), (180, -48)))
    look = Bubbles((2.1, 2.7), gap=1.55, out=1.05, behind=1.8, sides=12, curl=0.4, fall=0.4)
    return _curls(head, line, _hanging(head, 1.3, 9.2, 9.2, 0.12), look, 61)


def curly_long(head: HeadSurface) -> Piece:
    """Long curls over the shoulders, parted in the middle."""
    line = _mane(((58, -6), (62, -24), (66, -42), (76, -54), (100, -58), (140, -58), (180, -58)))
    look = Bubbles((2.1, 2.7), gap=1.55, out=1.05, behind=1.8, sides=12, curl=0.4, fall=0.45)
    return _curls(head, line, _hanging(head, 1.3, 9.2, 9.2, 0.10), look, 63)


def curly_fringe(head: HeadSurface) -> Piece:
    """Curls to the jaw with a fringe of curls over the forehead."""
    fringe = ((0, 18), (25, 17), (42, 12), (53, 5))
    line = _mane(((57, -8), (60, -22), (68, -36), (90, -45), (130, -47), (180, -47)), fringe)
    look = Bubbles((2.1, 2.7), gap=1.55, out=1.05, behind=1.8, sides=12, curl=0.4, fall=0.4)
    return _curls(head, line, _hanging(head, 1.4, 9.3, 9.2, 0.07), look, 65)
