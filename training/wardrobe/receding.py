"""Hair that has gone back from the forehead or the crown."""

from __future__ import annotations

import numpy as np

from training.wardrobe.crop import Comb, Crop, both, bulge, crop, even
from training.wardrobe.hair import LINE_AZIMUTH
from training.wardrobe.hairpaint import lock_tone
from training.wardrobe.locks import Piece, ring_triangles
from training.wardrobe.short_hair import BARBER, CLOSE
from training.wardrobe.surface import HeadSurface, direction, unit

#: A widow's peak between deep bays.
BAYS = even(LINE_AZIMUTH, (31, 35, 40, 30, -2, -11, -6, -5, -12, -29, -41, -45))


def receding(head: HeadSurface) -> Piece:
    """Deep bays at the temples, the rest combed back."""
    heights = both(*CLOSE) + both(
        (0, 46, 1.9), (30, 52, 1.5), (60, 50, 1.0), (0, 88, 0.7), (90, 52, 1.1), (180, 55, 1.2)
    )
    grain = Comb((-75, -46, -26, -8, 8, 26, 46, 75))
    return crop(head, Crop(BAYS, heights, grain, groove=0.4, rag=0.2, tuft=1.6, edge=(8, 13)))


def balding(head: HeadSurface) -> Piece:
    """A wreath from temple to temple around the back; bare on top."""
    azimuth = np.linspace(66, 294, 72)
    around = np.minimum(azimuth, 360 - azimuth)
    low = BARBER(azimuth) - 1
    high = np.maximum(np.interp(around, (66, 80, 95, 115, 150, 180), (20, 33, 38, 38, 35, 33)), low + 3)
    t = 0.5 - 0.5 * np.cos(np.linspace(0, np.pi, 15))[:, None]
    e = high - (high - low) * t
    # Round at all four sides.
    near = np.minimum((e - low) / 12, (high - e) / 18)
    inside = np.clip(np.minimum(near, (around - 66) / 22), 0, 1)
    place = around / 26 + 0.3 * np.sin(np.pi * t)
    tall = (0.35 + 0.95 * np.clip((around - 66) / 26, 0, 1)) * (0.75 + 0.25 * bulge(place))
    lift = (tall + 0.3) * np.sqrt(inside * (2 - inside)) - 0.3
    a = np.repeat(azimuth[None], len(t), 0)
    vertices = head.at(a, e, lift).reshape(-1, 3)
    strand = np.stack([2 * (place % 1) - 1, np.broadcast_to(t, a.shape), (0.37 * np.floor(place)) % 1], -1)
    d = direction(a, e).reshape(-1, 3)
    tangent = unit(np.cross(d, np.cross([0.0, -1.0, -0.3], d)))
    triangles = ring_triangles(len(e), len(azimuth), closed=False)[:, ::-1]
    strand = strand.reshape(-1, 3)
    tone = lock_tone(strand[:, 0], 0.1 + 0.6 * strand[:, 1], strand[:, 2], 0.0, 0.2)
    return Piece(vertices, triangles, tangent, strand, tone)
