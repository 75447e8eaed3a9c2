"""The line of a drawn nose: one small curve around the wing and under the tip, away from the light."""

from __future__ import annotations

import numpy as np

from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.character.paint import bezier, polyline_distance
from gen_avatar.character.surface import smoothstep

#: The curve on the skin at rest, cm, from beside the tip to below it.
_CURVE = bezier(np.array([[1.26, -0.30], [1.20, -0.86], [0.72, -1.18], [0.12, -1.26], [-0.50, -1.15]]), 16)
#: Half its width where it is thickest, and half of its soft edge, cm.
_HALF, _SOFT = 0.135, 0.045
#: A nose that points this far to the left has its line there instead: normal of the tip, x.
_TURN = (-0.27, -0.14)
#: The whole nose with its bridge: half width, heights and least depth at rest, cm.
_ABOUT = (2.7, -2.6, 5.5, 7.5)
#: Half the width of the ridge at rest, cm, and the turn from which on a nose is seen in profile.
_RIDGE, _PROFILE = 0.5, (0.18, 0.30)
#: In profile its own edge is drawn below these heights at rest, cm: further up it would hook into the eye.
_HOOK = (1.5, 2.3)
#: Where noses are: half width, heights and least depth at rest, cm.
_SIDE, _BOTTOM, _TOP, _FRONT = 2.0, -2.0, 0.5, 9.0


def nose_line(geometry: GBuffer, bold: float = 1.0) -> np.ndarray:
    """[S, S] float32 in [0, 1]: how much of each sample the line covers; it is ``bold`` times as thick."""
    x, y = (geometry.local[..., k] for k in range(2))
    cover = np.zeros(x.shape, np.float32)
    nose = _nose(geometry)
    if not nose.any():
        return cover
    at = np.stack([x[nose], y[nose]], -1).astype(np.float64)
    right = float(smoothstep(*_TURN, np.asarray(turned(geometry))))
    cover[nose] = np.maximum(right * _stroke(at, bold), (1 - right) * _stroke(at * [-1, 1], bold))
    return cover


def turned(geometry: GBuffer) -> float:
    """How far a nose points to the right: the x of its ridge's normal."""
    ridge = _nose(geometry) & (np.abs(geometry.local[..., 0]) < _RIDGE)
    return float(geometry.normal[ridge][:, 0].mean()) if ridge.any() else 0.0


def edges_kept(geometry: GBuffer) -> np.ndarray:
    """[S, S] float32 in [0, 1]: how much of a line at an edge in depth stays.

    A nose that is seen from the front has its line by design; one in profile stands out from the far cheek,
    and its own edge is the line.
    """
    profile = float(smoothstep(*_PROFILE, np.asarray(abs(turned(geometry)))))
    x, y, z = (geometry.local[..., k] for k in range(3))
    side, bottom, top, front = _ABOUT
    nose = (geometry.part == PART_INDEX["skin"]) & (np.abs(x) < side) & (y > bottom) & (y < top) & (z > front)
    return np.where(nose, np.float32(profile) * (1 - smoothstep(*_HOOK, y)), np.float32(1)).astype(np.float32)


def _nose(geometry: GBuffer) -> np.ndarray:
    """[S, S] bool: the skin of the tip and the wings."""
    x, y, z = (geometry.local[..., k] for k in range(3))
    nose = (geometry.part == PART_INDEX["skin"]) & (np.abs(x) < _SIDE) & (y > _BOTTOM) & (y < _TOP)
    return nose & (z > _FRONT)


def _stroke(at: np.ndarray, bold: float) -> np.ndarray:
    """[n] cover of places [n, 2] at rest by a curve that tapers to both ends."""
    distance, along = polyline_distance(at[None], _CURVE)
    taper = np.sqrt(np.clip(4 * along * (1 - along), 0, 1))
    edge = bold * _HALF * taper[0]
    return (1 - smoothstep(-_SOFT, _SOFT, distance[0] - edge)) * smoothstep(0.0, 0.5, taper[0])
