"""Curly hair that hangs: a round mane to the jaw, and long ringlets that swing in S-curves from a parting."""

from __future__ import annotations

import numpy as np

from gen_avatar.character.surface import smoothstep
from training.wardrobe.clouds import lit, scalloped
from training.wardrobe.coils import COIL_LINE, Height, Mass, Outline
from training.wardrobe.hair import cap
from training.wardrobe.locks import Piece, join
from training.wardrobe.ropes import Strand, curtain, scalp
from training.wardrobe.surface import HeadSurface, angles
from training.wardrobe.tubes import evenly, frame, tube

#: How far ringlets swing to their sides and outwards, by their radius.
_SWING, _OUT = 0.40, 0.42
#: How much wider than usual the lining behind ringlets is, cm: they swing apart.
_LINED = 0.8
#: Radius of a ringlet along it: it ends round, as tips side by side would look torn.
_AT = (0.0, 0.12, 0.4, 0.68, 0.86, 0.92, 0.96, 1.0)
_WIDE = (0.5, 0.68, 0.94, 1.06, 1.1, 1.02, 0.8, 0.2)
#: From swing to swing, cm, how much longer or shorter than others those of one are, share, and the shares of
#: its length between which it begins to swing.
_PITCH, _UNLIKE, _BEGIN = 6.4, 0.24, (0.16, 0.42)
#: How dark the inner sides of the swings are, and how light their outer ones.
_TURNED = 0.42


def ringlet(radius: float, rings: int) -> Strand:
    """A plump lock of ``radius`` cm that swings in S-curves and ends round."""

    def make(line: np.ndarray, up: np.ndarray, seed: float) -> Piece:
        # No two swing alike: side by side, equal ones would be a saw.
        own = _PITCH * (1 + _UNLIKE * np.cos(2 * np.pi * 3.7 * seed))
        length = float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum())
        _, side, crest = frame(line, up)
        t = np.linspace(0, 1, len(line))
        grown = radius * smoothstep(*_BEGIN, t)
        turn = 2 * np.pi * (length / own * t + seed)
        swung = line + side * (_SWING * grown * np.sin(turn))[:, None]
        swung = swung + crest * (_OUT * grown * (0.5 + np.cos(turn)))[:, None]
        swung, up = evenly(swung, rings), evenly(line + 4 * crest, rings) - evenly(line, rings)
        at = np.linspace(0, 1, rings)
        light = _TURNED * smoothstep(*_BEGIN, at) * np.cos(2 * np.pi * (length / own * at + seed))
        return tube(swung, up, radius * np.interp(at, _AT, _WIDE), seed, 0.82, 8, light)

    return make


#: Edge of a mane before it falls: from the parting over the temple, and below a fringe; then beside the cheek
#: and around the nape: azimuth and elevation, degrees.
_TEMPLE = ((0, 28), (25, 26), (42, 21), (53, 12))
_FRINGE = ((0, 18), (25, 17), (42, 12), (53, 5))
_DROP = ((57, -6), (60, -22), (68, -37), (90, -46), (130, -48), (180, -48))


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


def _mane(head: HeadSurface, edge: tuple[tuple[float, float], ...], top: float, seed: int) -> Piece:
    azimuth, elevation = zip(*edge, *_DROP, strict=True)
    body = Mass(Outline.of(azimuth, elevation), _hanging(head, top, 10.2, 10.0, 0.10), 10)
    return lit(body.mesh(head, 34, scalloped(3.3, 1.4, seed, calm=0.65)), 12, seed)


def curly_bob(head: HeadSurface) -> Piece:
    """Bouncy curls to the chin, wide at the bottom."""
    return _mane(head, _TEMPLE, 2.2, 61)


def curly_long(head: HeadSurface) -> Piece:
    """Long ringlets over the shoulders, parted in the middle."""
    base = scalp(cap(head, COIL_LINE, 1.1, 0.6, seed=5, tuft=0.6, columns=32))
    return join([base, *curtain(head, ringlet(1.75, 32), 6, -4, -15.0, 9.4, 64, _LINED)])


def curly_fringe(head: HeadSurface) -> Piece:
    """Curls to the jaw with a fringe of curls over the forehead."""
    return _mane(head, _FRINGE, 2.4, 62)
