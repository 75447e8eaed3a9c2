"""Clothes: what is seen of them around the neck and on the shoulders."""

from __future__ import annotations

import numpy as np

from gen_avatar.character.wardrobe.garments import Garment
from training.wardrobe.shapes import closed_tube, garment, join, rings


def jumper(ring: np.ndarray, high: bool = False) -> tuple[Garment, ...]:
    """A crew-neck jumper: a ribbed collar around the neck's ``ring`` [N, 3], shoulders and chest.

    ``high`` makes it a turtleneck."""
    middle, size = (ring.min(0) + ring.max(0)) / 2, np.ptp(ring, axis=0) / 2
    turn = np.linspace(0, 2 * np.pi, 56, endpoint=False)

    def loop(wide: float, deep: float, y: float) -> np.ndarray:
        x, z = (size[0] + wide) * np.sin(turn), (size[2] + deep) * np.cos(turn)
        # The collar lies lower at the throat than at the nape.
        return middle + np.stack([x, y - 0.22 * z * np.exp(-max(wide, 0) / 4) + 0 * x, z], 1)

    profile = [
        (0.1, 0.1, -1.0),
        (0.75, 0.75, -0.75),
        (1.5, 1.3, -1.0),
        (3.2, 2.0, -1.5),
        (5.6, 2.8, -2.3),
        (8.0, 3.6, -3.4),
        (9.6, 4.1, -5.0),
        (10.4, 4.4, -7.5),
        (10.8, 4.6, -11.0),
        (11.0, 4.6, -16.0),
    ]
    body_rings = np.stack([loop(*p) for p in profile])
    band = loop(0.45, 0.45, -0.45)
    rim = closed_tube(band, np.array([0.0, 1, 0]), 0.62, 0.62)
    body = rings(body_rings, middle - [0, 4, 0])
    collars = [rim]
    if high:
        collars += [closed_tube(loop(0.3, 0.3, y), np.array([0.0, 1, 0]), 0.55, 0.75) for y in (0.5, 1.3)]
    return (garment("cloth", "neck", join([body, *collars])),)
