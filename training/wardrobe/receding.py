"""Hair that has gone back from the forehead."""

from __future__ import annotations

from training.wardrobe.crop import Comb, Crop, both, crop, even
from training.wardrobe.hair import LINE_AZIMUTH
from training.wardrobe.locks import Piece
from training.wardrobe.short_hair import CLOSE
from training.wardrobe.surface import HeadSurface

#: A widow's peak between deep bays.
BAYS = even(LINE_AZIMUTH, (31, 35, 40, 30, -2, -11, -6, -5, -12, -29, -41, -45))


def receding(head: HeadSurface) -> Piece:
    """Deep bays at the temples, the rest combed back."""
    heights = both(*CLOSE) + both(
        (0, 46, 1.9), (30, 52, 1.5), (60, 50, 1.0), (0, 88, 0.7), (90, 52, 1.1), (180, 55, 1.2)
    )
    grain = Comb((-84, -52, -30, 6, 24, 54, 84), turn=-14)
    return crop(
        head,
        Crop(
            BAYS,
            heights,
            grain,
            groove=0.32,
            rag=0.16,
            tuft=3.4,
            tufted=(70, 84),
            edge=(10, 13),
            lap=0.7,
            thin=0.45,
        ),
    )
