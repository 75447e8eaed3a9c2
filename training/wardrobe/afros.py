"""Coily hair that stands: round clouds with finely scalloped outlines, and the high top."""

from __future__ import annotations

import numpy as np

from gen_avatar.character.surface import smoothstep
from training.wardrobe.clouds import lit, lobed, scalloped
from training.wardrobe.coils import COIL_LINE, Mass, Outline, rising, to_sphere
from training.wardrobe.hair import LINE_AZIMUTH
from training.wardrobe.locks import Piece
from training.wardrobe.surface import HeadSurface, angles

#: Rings of the meshes of masses.
_RINGS = 34
#: The edge of a high top above sides that are painted, degrees; hair at that edge, cm; and between which
#: elevations it grows from there to its full size.
_FADED = (23, 23, 22, 20, 15, 13, 13, 14, 13, 10, 4, 2)
_CLIPPED, _TAPER = 0.3, (12.0, 44.0)


def afro(head: HeadSurface) -> Piece:
    """A big round cloud with a softly scalloped edge."""
    # It is round enough to lie on the tops of the ears; below them it would hang off a turned head.
    line = Outline.of(LINE_AZIMUTH, (*COIL_LINE[:5], -5, -5, -6, -10, -21, -30, -33))
    body = Mass(lobed(line, 41), to_sphere(head, (0, 2.4, -1.3), 12.8), 22)
    return lit(body.mesh(head, _RINGS, scalloped(3.4, 1.5, 41)), 13, 41, 1.25)


def afro_short(head: HeadSurface) -> Piece:
    """A close, rounded afro."""
    body = Mass(lobed(Outline.of(LINE_AZIMUTH, COIL_LINE), 42), rising(0.9, 2.0), 16)
    return lit(body.mesh(head, _RINGS, scalloped(2.5, 1.0, 42)), 12, 42)


def high_top(head: HeadSurface) -> Piece:
    """A level top with round corners over sides that taper into a painted fade."""
    line = lobed(Outline.of(LINE_AZIMUTH, _FADED), 43)

    def height(d: np.ndarray) -> np.ndarray:
        # A drum with a level top and a round rim: the same from all sides.
        wide, tall = np.hypot(d[:, 0] / 8.9, d[:, 2] / 9.3), np.abs(d[:, 1]) / 13.8
        reach = (wide**5 + tall**5) ** (-1 / 5)
        # Below it is flush with the head, without a step.
        grown = smoothstep(*_TAPER, angles(d)[1] + 14 * smoothstep(0.3, 0.8, d[:, 2]))
        return _CLIPPED + np.maximum(reach - head.r(d) - _CLIPPED, 0.3) * grown

    return lit(Mass(line, height, 10).mesh(head, _RINGS, scalloped(2.4, 0.55, 43, calm=0.15)), 12, 43)
