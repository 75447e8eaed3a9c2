"""Wound cloth: folds that lie over each other, each with an edge in the light and a groove below it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gen_avatar.character.wardrobe.garments import Garment
from training.wardrobe.shapes import worn
from training.wardrobe.shells import TURN, cover, hem, shell, swell
from training.wardrobe.surface import HeadSurface

#: Rows of one fold, from its edge to the groove below the next one: shares of it, height of all, tone.
FOLD = (
    (0.0, 0.08, 0.35, 0.65, 0.88, 0.97),
    (0.9, 1.0, 0.85, 0.55, 0.2, 0.0),
    (0.1, 0.3, 0.15, -0.1, -0.55, -1.0),
)
#: Folds of a turban from its edge to the top, degrees aside over which they fall by one, and how blunt the
#: peak is in which they meet in front, degrees; how thick they are, cm, and where they run out.
_FOLDS, _FALL, _BLUNT = 4.4, 62.0, 7.0
_THICK, _CLOSED = 1.0, 0.93


def turban(head: HeadSurface) -> tuple[Garment, ...]:
    """Wound cloth that meets in a peak above the forehead, where a band shows below it; hair is hidden."""
    low, band_low = hem(35, 24, 10.5, -2, -12), hem(24.5, 22, 10.5, -2, -12)
    fallen = (np.hypot(TURN, _BLUNT) - _BLUNT) / _FALL
    first, last = np.floor(fallen.min()), np.ceil(_FOLDS + fallen.max())
    # Rows run along the folds.
    winding = (np.arange(first, last)[:, None] + np.array(FOLD[0])).ravel()
    shares = np.clip((winding[:, None] - fallen) / _FOLDS, 0, 1)
    shares[0], shares[-1] = 0, 1

    def fold(a: np.ndarray, u: np.ndarray, row: int) -> np.ndarray:
        part = np.mod(u * _FOLDS + (np.hypot(a, _BLUNT) - _BLUNT) / _FALL + 1e-6, 1.0)
        return np.interp(part, FOLD[0], FOLD[row]) * np.clip((_CLOSED - u) * 6, 0, 1)

    cloth = shell(
        head, low, shares, lambda a, u: swell(u, 1.0, 2.9, 0.35) + _THICK * fold(a, u, 1),
        paint=lambda a, u: fold(a, u, 2),
    )  # fmt: skip
    band = shell(head, band_low, (0, 0.05, 0.2, 0.26), lambda a, u: 0.6 + 0 * a)
    covered = worn(cloth, **cover(head, band_low))
    return replace(covered, hides=("hair",)), worn(band, "trim")
