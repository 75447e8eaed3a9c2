"""What all hair styles share: hairlines and the close layer next to the skull."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from training.wardrobe.locks import Free, Hairline, Piece, Place, down, shell
from training.wardrobe.surface import HeadSurface

Guide = list[Place | Free]

LINE_AZIMUTH = (0, 25, 45, 58, 68, 75, 84, 96, 110, 130, 155, 180)


def smooth(low: float, high: float, x: np.ndarray) -> np.ndarray:
    """Smooth step from 0 at ``low`` to 1 at ``high``."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def cap(
    head: HeadSurface,
    line: Sequence[float],
    top: float,
    side: float,
    flow: Callable[[np.ndarray], np.ndarray] = down,
    tuft: float = 2.2,
    seed: int = 0,
    edge: float = 7.0,
    columns: int = 108,
    rise: tuple[float, float] = (5.0, 55.0),
) -> Piece:
    """A shell that is ``side`` cm thick below the elevation ``rise[0]`` and ``top`` cm above ``rise[1]``."""

    def height(azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
        return side + (top - side) * smooth(*rise, elevation)

    return shell(head, Hairline(LINE_AZIMUTH, line, tuft, seed), height, flow, edge, columns, 8)
