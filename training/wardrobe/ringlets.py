"""Curly hair that hangs: plump ringlets that swing in S-curves from a parting, before a dark lining."""

from __future__ import annotations

import numpy as np

from gen_avatar.character.surface import smoothstep
from training.wardrobe.coils import COIL_LINE
from training.wardrobe.hair import cap
from training.wardrobe.locks import Piece, join
from training.wardrobe.ropes import Strand, curtain, scalp, thatch
from training.wardrobe.surface import HeadSurface
from training.wardrobe.tubes import evenly, frame, tube

#: How far ringlets swing to their sides and outwards, by their radius.
_SWING, _OUT = 0.40, 0.42
#: How much wider than usual the lining behind ringlets is, cm: they swing apart; and how much shorter behind
#: those that end beside the neck, where it would show.
_LINED, _SHORTER, _NECK = 0.8, 0.3, -10.0
#: Radius of a ringlet along it: it ends round, as tips side by side would look torn.
_AT = (0.0, 0.12, 0.4, 0.68, 0.86, 0.92, 0.96, 1.0)
_WIDE = (0.5, 0.68, 0.94, 1.06, 1.1, 1.02, 0.8, 0.2)
#: Where short ringlets begin to swing, shares of their length.
SHORT = (0.0, 0.3)
#: How dark the inner sides of the swings are, and how light their outer ones.
_TURNED = 0.42


def ringlet(
    radius: float, rings: int, pitch: float = 6.4, begin: tuple[float, float] = (0.16, 0.42)
) -> Strand:
    """A plump lock that swings in S-curves and ends round.

    Args:
        radius: cm; pitch: from swing to swing, cm; begin: shares of its length between which it begins to.
    """

    def make(line: np.ndarray, up: np.ndarray, seed: float) -> Piece:
        length = float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum())
        _, side, crest = frame(line, up)
        t = np.linspace(0, 1, len(line))
        grown = radius * smoothstep(*begin, t)
        turn = 2 * np.pi * (length / pitch * t + seed)
        swung = line + side * (_SWING * grown * np.sin(turn))[:, None]
        swung = swung + crest * (_OUT * grown * (0.5 + np.cos(turn)))[:, None]
        swung, up = evenly(swung, rings), evenly(line + 4 * crest, rings) - evenly(line, rings)
        at = np.linspace(0, 1, rings)
        light = _TURNED * smoothstep(*begin, at) * np.cos(2 * np.pi * (length / pitch * at + seed))
        return tube(swung, up, radius * np.interp(at, _AT, _WIDE), seed, 0.82, 8, light)

    return make


def _hung(head: HeadSurface, part: float, bottom: float, flare: float, rings: int, seed: int) -> list[Piece]:
    base = scalp(cap(head, COIL_LINE, 1.1, 0.6, seed=5, tuft=0.6, columns=32))
    lined = (_LINED, _SHORTER if bottom > _NECK else 0.0)
    return [base, *curtain(head, ringlet(1.75, rings), 6, part, bottom, flare, seed, lined)]


def curly_bob(head: HeadSurface) -> Piece:
    """Bouncy ringlets to the chin, wide at the bottom."""
    return join(_hung(head, 6, -7.6, 9.1, 26, 61))


def curly_long(head: HeadSurface) -> Piece:
    """Long ringlets over the shoulders, parted in the middle."""
    return join(_hung(head, -4, -15.0, 9.4, 32, 64))


def curly_fringe(head: HeadSurface) -> Piece:
    """Ringlets to the jaw with a fringe of curls over the forehead."""
    sides = _hung(head, 0, -7.6, 9.4, 20, 62)
    fall = (11, 11, 8, 30, 80, 80)
    curls = thatch(head, ringlet(1.5, 11, 5.0, SHORT), 11, 5.6, (1.7, 2.0), fall, 16, 65, 60.0)
    return join([*sides, *curls])
