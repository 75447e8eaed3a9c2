"""Knitted hats: ribs all round and a thick cuff."""

from __future__ import annotations

import numpy as np

from gen_avatar.character.wardrobe.garments import Garment
from training.wardrobe.shapes import ball, worn
from training.wardrobe.shells import HIGH, Hem, cover, shell, swell
from training.wardrobe.surface import HeadSurface
from training.wardrobe.tucked import tucked

#: Ribs of the crown and of the cuff, and how far they stand out, cm.
_RIBS, _CUFF_RIBS, _OUT = 22, 28, 0.26
#: Columns to a rib.
_FINE = 3
#: The crown begins so far above the edge of the cuff, which is so tall, degrees.
_INSIDE, _CUFF = 4.0, 20.0
_ROWS = (0, 0.06, 0.14, 0.24, 0.36, 0.48, 0.60, 0.72, 0.83, 0.92, 1.0)


def _rib(azimuth: np.ndarray, count: int) -> np.ndarray:
    """-1 in the grooves between ribs, 1 on them: ribs are round, grooves narrow."""
    return 2 * np.abs(np.cos(np.radians(azimuth) * count / 2)) - 1


def _columns(count: int) -> np.ndarray:
    """Azimuths, degrees: one in each groove."""
    return np.arange(-180.0, 180.0, 360 / (count * _FINE)) + 180 / count


def beanie(head: HeadSurface) -> tuple[Garment, ...]:
    """A knitted hat with a turned-up cuff and a bobble."""
    low: Hem = lambda a: HIGH(a) + _INSIDE  # noqa: E731
    top: Hem = lambda a: HIGH(a) + _CUFF  # noqa: E731

    def gathered(u: np.ndarray) -> np.ndarray:
        return np.clip((1 - u) * 4, 0, 1)

    crown = shell(
        head, low, _ROWS,
        lambda a, u: swell(u, 0.4, 2.0, 0.7) + 0.7 * u**4 + _OUT * _rib(a, _RIBS) * gathered(u),
        turn=_columns(_RIBS),
        paint=lambda a, u: np.where(_rib(a, _RIBS) < -0.5, -0.85, 0.2 * _rib(a, _RIBS)) * gathered(u),
    )  # fmt: skip
    cuff = shell(
        head, HIGH, (0, 0.1, 0.3, 0.6, 0.85, 1.0),
        lambda a, u: (1.0 + 0.75 * np.sin(np.pi * (0.8 * u + 0.1)) ** 0.5
                      + 0.8 * _OUT * _rib(a, _CUFF_RIBS) * (1 - u**4)),
        top, turn=_columns(_CUFF_RIBS),
        paint=lambda a, u: np.where(_rib(a, _CUFF_RIBS) < -0.5, -0.8, 0.15),
    )  # fmt: skip
    bobble = ball(head.at(0.0, 90.0, 4.2), [2.0, 1.8, 2.0], 18, 11)
    return (
        worn(crown, **cover(head, HIGH)),
        worn(cuff, "trim"),
        worn(bobble, "cream"),
        tucked(head, HIGH),
    )
