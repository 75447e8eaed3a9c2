"""Eye shadow: one soft shape over the drawn lid, carried into the map of paint on the rest face."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import LinearNDInterpolator

from gen_avatar.character.paint import PAINT_EXTENT, PAINT_ORIGIN, PAINT_SCALE
from gen_avatar.character.surface import smoothstep

#: Where on the rest face lids are found: |x| and y, cm.
_AROUND = ((0.7, 6.8), (2.0, 6.6))
#: The shape is half an ellipse over the line from one corner of the eye to the other: where along that line
#: its middle lies, half its width in lengths of the line, its height, cm; from this share on it fades.
_MIDDLE, _HALF_WIDTH, _HEIGHT, _FADES = 0.55, 0.63, 2.05, 0.62
#: Over which heights above the line it begins, cm: the inner corner stays bare.
_BEGINS = (-0.10, 0.45)


def eye_shadow(rest: np.ndarray, mean: np.ndarray, edge: np.ndarray) -> np.ndarray:
    """[H, W] strength of the shadow in the map of paint, both sides alike.

    Lids are drawn much taller than they are on the rest face, so the shape is designed on the drawn face.

    Args:
        rest, mean: [S, 3] skin before and after it is drawn; edge: vertices of the left upper lid's edge.
    """
    columns, rows = (int(extent * PAINT_SCALE) for extent in PAINT_EXTENT)
    x, y = np.meshgrid(
        PAINT_ORIGIN[0] + np.arange(columns) / PAINT_SCALE, PAINT_ORIGIN[1] + np.arange(rows) / PAINT_SCALE
    )
    x = np.abs(x)
    (left, right), (low, high) = _AROUND
    near = (x > left) & (x < right) & (y > low) & (y < high)
    around = rest[:, 2] > 3.0
    around &= (rest[:, 0] > left - 1) & (rest[:, 0] < right + 1)
    around &= (rest[:, 1] > low - 1) & (rest[:, 1] < high + 1)
    drawn = LinearNDInterpolator(rest[around, :2], mean[around, :2], fill_value=-9.0)(x[near], y[near])
    out = np.zeros((rows, columns), np.float32)
    out[near] = _strength(drawn, mean[edge, :2])
    return out


def _strength(at: np.ndarray, edge: np.ndarray) -> np.ndarray:
    """[n] strength at points [n, 2] of the drawn face above the lid's ``edge`` [m, 2]."""
    inner, outer = edge[np.argmin(edge[:, 0])], edge[np.argmax(edge[:, 0])]
    along = (at[:, 0] - inner[0]) / (outer[0] - inner[0])
    above = at[:, 1] - (inner[1] + along * (outer[1] - inner[1]))
    away = np.hypot((along - _MIDDLE) / _HALF_WIDTH, above / _HEIGHT)
    return (1 - smoothstep(_FADES, 1.0, away)) * smoothstep(*_BEGINS, above)
