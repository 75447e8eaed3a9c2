"""Skin that is kept around a drawn mouth: it ends before the outline of a turned face and above the chin."""

from __future__ import annotations

import numpy as np

from gen_avatar.character.likeness import near_lips
from gen_avatar.character.surface import FrontIndex, bound
from gen_avatar.types import ARKIT_52

#: Landmarks along the jaw below the mouth, from the right to the left.
_JAW = slice(5, 12)
#: How much skin is kept between a mouth and the outline beside it, and between the lower lip and the chin: at
#: least so much of a mouth's width and height is left, cm, shares.
_BESIDE, _BELOW, _NARROWEST, _LOWEST = 0.60, 1.0, 0.62, 0.60
#: Skin that makes the outline: how far forwards on the rest head and how far from the line of the lips it
#: lies, cm; how far above and below a mouth it is looked at, and in how many bands; of how many vertices one
#: is looked at; which share of a mouth's height below its top its lower lip lies.
_FRONT, _HIGH, _AROUND, _BANDS, _EVERY, _LOW = 1.0, 5.0, 0.6, 4, 3, 0.7
#: Sines of the turn from which the outline beside the mouth counts, and from which it does in full.
_TURNS = (0.10, 0.30)
#: Weights above the first of these open a jaw less the farther the head is turned aside or nods, between
#: these sines; so much of what is beyond is missing: seen from there a full shout tears the outline.
_JAW_FREE, _ASIDE, _NODS = 0.25, (0.15, 0.55), (0.05, 0.35)
_ASIDE_CALMS, _NOD_CALMS = 0.50, 0.40
_CALMED = ARKIT_52.index("jawOpen")


def calm_jaw(weights: np.ndarray, view: np.ndarray) -> None:
    """Open the jaw of ``weights`` [52] less in place where a camera in the direction ``view`` [3] of the head
    would see it from aside or from above."""
    aside, nods = (
        min(max((value - low) / (high - low), 0.0), 1.0)
        for value, (low, high) in ((abs(float(view[0])), _ASIDE), (float(view[1]), _NODS))
    )
    left = (1 - _ASIDE_CALMS * aside) * (1 - _NOD_CALMS * nods)
    beyond = max(float(weights[_CALMED]) - _JAW_FREE, 0.0)
    weights[_CALMED] -= (1 - left) * beyond


class Margins:
    """Brings a mouth into the face of any person, as seen by a camera."""

    def __init__(self, landmarks: np.ndarray, front: FrontIndex, rest: np.ndarray) -> None:
        """From the ``landmarks`` [68, 3] and the skin ``rest`` [S, 3] of the rest mean."""
        self._jaw = front.bind(landmarks[_JAW])
        self._face = np.flatnonzero(
            (rest[:, 2] > _FRONT) & (np.abs(rest[:, 1] - landmarks[48:60, 1].mean()) < _HIGH)
        )[::_EVERY]
        near = near_lips(rest, landmarks)
        self._near = np.flatnonzero(near > 0)
        self._follow = near[self._near, None].astype(np.float32)

    def keep(self, mouth: np.ndarray, lips: slice, skin: np.ndarray, view: np.ndarray) -> None:
        """Squeeze a ``mouth`` [n, 3] in place until its ``lips`` keep within the face; ``skin`` follows.

        What is squeezed keeps its form: sideways the near corner stays, upwards the top of the lips.

        Args:
            skin: [S, 3] posed, changed in place; view: [3] direction of the camera from the head.
        """
        up = np.array([0.0, 1.0, 0.0]) - view * view[1]
        up /= np.linalg.norm(up)
        right = np.cross(up, view).astype(np.float32)
        up = up.astype(np.float32)
        # The far side is the one towards which the camera's right leads away from it.
        far = right if right[2] > 0 else -right
        turned = min((abs(float(right[2])) - _TURNS[0]) / (_TURNS[1] - _TURNS[0]), 1.0)
        if turned > 0:
            near = float((mouth[lips] @ far).min())
            share = 1 + (self._narrower(mouth[lips], skin, far, up) - 1) * turned
            self._squeeze(mouth, skin, far, near, share)
        top = float((mouth[lips] @ up).max())
        self._squeeze(mouth, skin, -up, -top, self._lower(mouth[lips], skin, right, up))

    def _squeeze(
        self, mouth: np.ndarray, skin: np.ndarray, way: np.ndarray, start: float, share: float
    ) -> None:
        """Leave ``share`` of how far places lie beyond ``start`` along ``way`` [3]."""
        if share < 1:
            for points, rows, follow in ((mouth, slice(None), 1.0), (skin, self._near, self._follow)):
                beyond = np.maximum(points[rows] @ way - start, 0)
                points[rows] += follow * ((share - 1) * beyond)[:, None] * way

    def _narrower(self, lips: np.ndarray, skin: np.ndarray, far: np.ndarray, up: np.ndarray) -> float:
        """Share of its width that a mouth keeps to end before the outline beside it."""
        out, high = lips @ far, lips @ up
        face = skin[self._face]
        level, rim = face @ up, face @ far
        edges = np.linspace(high.min() - _AROUND, high.max() + _AROUND, _BANDS + 1)
        bands = [rim[(level >= a) & (level <= b)] for a, b in zip(edges, edges[1:], strict=False)]
        limit = min(float(band.max()) for band in bands if len(band)) - _BESIDE
        near = float(out.min())
        return min(max((limit - near) / (float(out.max()) - near), _NARROWEST), 1.0)

    def _lower(self, lips: np.ndarray, skin: np.ndarray, right: np.ndarray, up: np.ndarray) -> float:
        """Share of its height that a mouth keeps to end above the jaw."""
        jaw, high = bound(skin, self._jaw), lips @ up
        over = np.interp(lips @ right, np.maximum.accumulate(jaw @ right), jaw @ up) + _BELOW - high
        down = float(high.max()) - high
        # Corners lie beside the chin, not above it.
        low = down >= _LOW * down.max()
        return max(float((1 - np.maximum(over[low], 0) / down[low]).min()), _LOWEST)
