"""What lies against the jaw and moves with it: chin straps, the edge of a scarf."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial import cKDTree

from training.wardrobe.shapes import Solid, join, tube
from training.wardrobe.surface import HeadSurface, unit

#: Skin vertices that a vertex follows, and how fast their say fades, cm.
_NEAR, _REACH = 8, 1.2


def follow_skin(head: HeadSurface, vertices: np.ndarray, share: np.ndarray) -> dict[str, np.ndarray]:
    """``indices`` and ``weights`` with which [n, 3] points move by ``share`` [n] of the skin below them."""
    used = np.unique(head.skin)
    distance, near = cKDTree(head.vertices[used]).query(vertices, _NEAR)
    weights = np.exp(-((distance - distance[:, :1]) / _REACH))
    weights *= (share / weights.sum(1))[:, None]
    return {"indices": used[near].astype(np.int32), "weights": weights.astype(np.float32)}


def straps(head: HeadSurface, starts: Sequence[tuple[float, float]]) -> Solid:
    """Webbing from ``starts`` (azimuth, elevation, degrees), before and behind each ear, to the chin."""
    used = head.vertices[np.unique(head.skin)]
    chin = head.landmarks[8] + [0, -0.5, -1.6]
    pieces = []
    for sign in (1.0, -1.0):
        jaw = head.landmarks[12 if sign > 0 else 4] + [0, -0.6, -0.8]
        for azimuth, elevation in starts:
            first = head.at(sign * azimuth, elevation, 0.8)
            t = np.linspace(0, 1, 9)[:, None]
            line = first + (jaw - first) * t
            pieces.append(_webbing(used, line))
        t = np.linspace(0, 1, 8)[:, None]
        under = jaw + (chin * [0, 1, 1] - jaw) * t
        pieces.append(_webbing(used, under))
    return join(pieces)


def _webbing(skin: np.ndarray, line: np.ndarray) -> Solid:
    """A flat band along [n, 3], laid on the skin."""
    center = np.array([0.0, 1.0, 0.5])
    out = unit(line - center)
    reach = (skin - center) @ out.T
    beside = np.linalg.norm((skin - center)[:, None] - reach[..., None] * out, axis=2) < 0.9
    height = np.where(beside & (reach > 0), reach, 0).max(0)
    laid = center + out * np.where(height > 0, height + 0.1, np.linalg.norm(line - center, axis=1))[:, None]
    laid[1:-1] = 0.25 * laid[:-2] + 0.5 * laid[1:-1] + 0.25 * laid[2:]
    return tube(laid, out, 0.34, 0.12)
