"""The bust that clothes lie on: shoulders and chest around a neck, as a surface over angle and row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import PchipInterpolator

from gen_avatar.character.wardrobe.fitting import collar_ring
from training.wardrobe.shapes import Solid, rings

#: Rows from inside the neck to the elbows, cm beyond the ring of the neck: how wide, how deep in front and
#: behind; then the height at the sides, in front and behind.
_ROWS = np.array(
    [
        (-0.7, -0.7, -0.7, 0.9, 0.5, 1.0),
        (0.15, 0.15, 0.15, -0.1, -0.4, 0.3),
        (1.4, 0.8, 1.0, -0.6, -1.0, -0.3),
        (3.4, 1.4, 2.4, -1.0, -1.9, -1.0),
        (6.5, 2.0, 3.6, -1.5, -3.3, -2.0),
        (9.3, 2.6, 4.4, -2.6, -5.4, -3.6),
        (11.1, 3.0, 4.8, -5.0, -8.0, -6.2),
        (11.7, 3.2, 5.0, -9.0, -12.0, -10.0),
        (11.9, 3.3, 5.0, -17.0, -17.0, -17.0),
    ]
)
#: The last row.
LAST = len(_ROWS) - 1


def turns(count: int) -> np.ndarray:
    """[count] angles around the neck from the front over the left, closer together in front."""
    even = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return even - 0.4 * np.sin(even)


@dataclass(frozen=True)
class Bust:
    """``middle`` [3] and half ``size`` [3] of the ring around the neck, cm."""

    middle: np.ndarray
    size: np.ndarray

    @classmethod
    def around(cls, ring: np.ndarray, chin: float) -> Bust:
        """The bust around the ``ring`` [N, 3] of a neck below a ``chin`` (height, cm)."""
        return cls(*collar_ring(ring, chin))

    def at(self, turn: ArrayLike, row: ArrayLike, lift: ArrayLike = 0.0) -> np.ndarray:
        """[..., 3] points ``lift`` cm above the surface."""
        turn, row, lift = np.broadcast_arrays(*(np.asarray(a, float) for a in (turn, row, lift)))
        wide, front, back, *heights = np.moveaxis(_SHAPE(np.clip(row, 0, LAST)), -1, 0)
        c = np.cos(turn)
        ahead, behind = np.maximum(c, 0) ** 1.5, np.maximum(-c, 0) ** 1.5
        deep = front + (back - front) * (c < 0)
        y = heights[0] * (1 - ahead - behind) + heights[1] * ahead + heights[2] * behind
        # What lies on the shoulders is lifted up, what hangs is lifted out.
        flat = np.interp(row, (1, 3, 6), (0.5, 0.9, 0.3))
        x = (self.size[0] + wide + lift) * np.sin(turn)
        z = (self.size[2] + deep + lift) * c
        return self.middle + np.stack([x, y + flat * lift, z], -1)

    def sheet(
        self,
        turn: np.ndarray,
        rows: np.ndarray,
        lift: ArrayLike,
        closed: bool = True,
        tone: np.ndarray | None = None,
    ) -> Solid:
        """The surface over ``turn`` [..., columns] and ``rows`` [rows, columns]; ``tone`` is painted."""
        turn = np.broadcast_to(turn, rows.shape)
        return rings(self.at(turn, rows, lift), self.middle - [0, 6, 0], closed, tone)

    def at_width(self, turn: np.ndarray, x: ArrayLike) -> np.ndarray:
        """[n] rows where the surface is ``x`` [n] cm from the middle plane."""
        table = np.linspace(0, LAST, 200)
        return np.interp(
            np.asarray(x, float) / np.abs(np.sin(turn)), self.size[0] + _SHAPE(table)[:, 0], table
        )


_SHAPE = PchipInterpolator(np.arange(len(_ROWS)), _ROWS)
