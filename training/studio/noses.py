"""The line of a drawn nose: one small curve around the wing and under the tip, away from the light."""

from __future__ import annotations

import numpy as np

from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.character.paint import bezier, polyline_distance
from gen_avatar.character.surface import smoothstep

#: The curve on the skin at rest, cm, from beside the tip to below it.
_CURVE = bezier(np.array([[1.18, -0.05], [1.42, -0.62], [1.12, -1.16], [0.55, -1.28], [0.05, -1.40]]), 16)
#: Half its width where it is thickest, and half of its soft edge, cm.
_HALF, _SOFT = 0.085, 0.045
#: A nose that points this far to the left has its line there instead: normal of the tip, x.
_TURN = (-0.27, -0.14)
#: Where noses are: half width, heights and least depth at rest, cm.
_SIDE, _BOTTOM, _TOP, _FRONT = 2.0, -2.0, 0.5, 9.0


def nose_line(geometry: GBuffer) -> np.ndarray:
    """[S, S] float32 in [0, 1]: how much of each sample the line covers."""
    x, y, z = (geometry.local[..., k] for k in range(3))
    cover = np.zeros(x.shape, np.float32)
    nose = (geometry.part == PART_INDEX["skin"]) & (np.abs(x) < _SIDE) & (y > _BOTTOM) & (y < _TOP)
    nose &= z > _FRONT
    if not nose.any():
        return cover
    at = np.stack([x[nose], y[nose]], -1).astype(np.float64)
    middle = np.abs(at[:, 0]) < 0.5
    turned = float(geometry.normal[nose][middle, 0].mean()) if middle.any() else 0.0
    right = float(smoothstep(*_TURN, np.asarray(turned)))
    cover[nose] = np.maximum(right * _stroke(at), (1 - right) * _stroke(at * [-1, 1]))
    return cover


def _stroke(at: np.ndarray) -> np.ndarray:
    """[n] cover of places [n, 2] at rest by a curve that tapers to both ends."""
    distance, along = polyline_distance(at[None], _CURVE)
    taper = np.sqrt(np.clip(4 * along * (1 - along), 0, 1))
    edge = _HALF * taper[0]
    return (1 - smoothstep(-_SOFT, _SOFT, distance[0] - edge)) * smoothstep(0.0, 0.5, taper[0])
