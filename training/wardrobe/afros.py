"""Coily hair that stands: round clouds with finely scalloped outlines, and the high top."""

from __future__ import annotations

import numpy as np

from training.wardrobe.clouds import scalloped
from training.wardrobe.coils import COIL_LINE, Mass, Outline, rising, to_sphere
from training.wardrobe.hair import LINE_AZIMUTH, cap
from training.wardrobe.locks import Piece, join
from training.wardrobe.surface import HeadSurface

#: Rings of the meshes of masses.
_RINGS = 34


def afro(head: HeadSurface) -> Piece:
    """A big round cloud with a softly scalloped edge."""
    # It is round enough to lie on the tops of the ears.
    line = Outline.of(LINE_AZIMUTH, (*COIL_LINE[:5], -5, -6, -8, -16, -32, -42, -45))
    body = Mass(line, to_sphere(head, (0, 2.6, -1.4), 13.3), 22)
    return body.mesh(head, _RINGS, scalloped(4.0, 1.5, 41))


def afro_short(head: HeadSurface) -> Piece:
    """A close, rounded afro."""
    body = Mass(Outline.of(LINE_AZIMUTH, COIL_LINE), rising(0.9, 2.0), 16)
    return body.mesh(head, _RINGS, scalloped(2.7, 1.1, 42))


def high_top(head: HeadSurface) -> Piece:
    """A level top with round corners that widens upwards over faded sides."""
    fade = cap(head, COIL_LINE, 0.35, 0.22, tuft=0.4, seed=2, edge=5, columns=48)
    line = Outline.of(LINE_AZIMUTH, (21, 21, 20, 18, 17, 17, 18, 20, 22, 24, 25, 25))

    def height(d: np.ndarray) -> np.ndarray:
        # A drum with a level top and a round rim: the same from all sides.
        wide, tall = np.hypot(d[:, 0] / 9.5, d[:, 2] / 9.7), np.abs(d[:, 1]) / 14.2
        reach = (wide**5.5 + tall**5.5) ** (-1 / 5.5)
        return np.maximum(reach - head.r(d), 0.6)

    body = Mass(line, height, 10)
    return join([fade, body.mesh(head, _RINGS, scalloped(2.9, 1.0, 43))])
