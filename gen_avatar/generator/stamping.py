"""What all stamps share: their inks, and fitting what covers cells by halves."""

from __future__ import annotations

import numpy as np

from gen_avatar.character.mesh import PART_INDEX

#: Inks of stamps.
INKS = (
    "outline", "white", "eye", "iris", "glow", "lid", "brow", "mouth", "tongue", "lips", "seam", "glasses",
)  # fmt: skip
INK = {name: number for number, name in enumerate(INKS)}
#: Cells that stay as they were painted, and those that take after what is around.
PAINTED, BARE = -1, -2
#: The skin and all that is stamped on it.
FACE = ("skin", "lips", "eye", "iris", "lash", "brow", "mouth", "teeth", "tongue")


def of(share: np.ndarray, *names: str) -> np.ndarray:
    """[G, G] how much of each cell parts cover, of coverages [parts, G, G]."""
    total = share[PART_INDEX[names[0]]]
    for name in names[1:]:
        total = total + share[PART_INDEX[name]]
    return total


def half_up(value: float) -> int:
    """Rounded to a whole number, halves always up: shapes on both sides of a face are rounded alike."""
    return int(np.floor(value + 0.5))


def fitted(x: np.ndarray, y: np.ndarray, weight: np.ndarray, degree: int) -> np.ndarray:
    """Coefficients, the highest first, of a polynomial through (x, y); of less than ``degree`` for few."""
    some = weight > 0.05
    degree = min(degree, max(int(np.count_nonzero(some)) - 2, 0))
    basis = np.vander(x[some], degree + 1)
    part = basis.T * weight[some]
    fit = np.linalg.solve(part @ basis + 1e-9 * np.eye(degree + 1), part @ y[some])
    return np.concatenate([np.zeros(2 - degree), fit])


def joined(rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the cells of a line through (``rows``, ``columns``) [n] that has no gaps."""
    other = np.concatenate([rows[:1], rows[:-1]])
    gap = np.maximum(np.abs(rows - other) - 1, 0)
    count = gap + 1
    back = np.repeat(np.cumsum(count), count) - 1 - np.arange(int(count.sum()))
    return np.repeat(rows, count) - np.repeat(np.sign(rows - other), count) * back, np.repeat(columns, count)


def levelled(rows: np.ndarray) -> np.ndarray:
    """``rows`` [n] without dents and bumps of one column, mistakes of the grid."""
    rows = rows.copy()
    for k in range(1, len(rows) - 1):
        if rows[k - 1] == rows[k + 1] != rows[k]:
            rows[k] = rows[k - 1]
    return rows
