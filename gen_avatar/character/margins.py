"""What keeps within a turned face: a mouth ends before its outline and above the chin, and so do glasses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit

from gen_avatar.character.ears import ear_share
from gen_avatar.character.likeness import near_lips
from gen_avatar.character.mesh import Block
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
#: Parts of glasses.
_GLASSES = ("glasses", "lens")
#: Heights of the rest head between which skin makes the outline beside glasses, cm; so far they may stand
#: over it, cm, and at least this share of their far half is left.
_BESIDE_GLASSES, _OVER, _NARROWEST_LENS = (0.2, 6.4), 0.05, 0.72


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
        at_eyes = (rest[:, 1] > _BESIDE_GLASSES[0]) & (rest[:, 1] < _BESIDE_GLASSES[1])
        self._temples = np.flatnonzero((rest[:, 2] > _FRONT) & at_eyes & (ear_share(rest) == 0))[::_EVERY]
        near = near_lips(rest, landmarks)
        self._near = np.flatnonzero(near > 0)
        self._follow = near[self._near].astype(np.float32)

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
            share, near = _narrower(mouth[lips], skin, self._face, far, up)
            self._squeeze(mouth, skin, far, near, 1 + (share - 1) * turned)
        share, top = _lower(mouth[lips], bound(skin, self._jaw), right, up)
        self._squeeze(mouth, skin, -up, -top, share)

    def keep_glasses(self, points: np.ndarray, blocks: Sequence[Block], view: np.ndarray) -> None:
        """Make the far half of glasses narrower in place until it stays within the outline of the face.

        Args:
            points: [N, 3] of ``blocks``, the skin first; view: as of :meth:`keep`.
        """
        turned = min((abs(float(view[0])) - _TURNS[0]) / (_TURNS[1] - _TURNS[0]), 1.0)
        if turned <= 0:
            return
        worn, last = [], 0
        for block in blocks:
            last += block.count
            if block.part in _GLASSES and block.local is not None:
                worn.append((np.arange(last - block.count, last), block.local[:, 1] == 0))
        if not worn:
            return
        rows, ahead = (np.concatenate(part) for part in zip(*worn, strict=True))
        front = points[rows[ahead]]
        far = np.array([view[2], 0.0, -view[0]], np.float32) * (-1 if view[0] > 0 else 1)
        far /= np.linalg.norm(far)
        out = front @ far
        start, end = float(out.mean()), float(out.max())
        beside = points[self._temples]
        level = front[out > (start + end) / 2, 1]
        beside = beside[(beside[:, 1] > level.min()) & (beside[:, 1] < level.max())]
        if len(beside):
            limit = float((beside @ far).max()) + _OVER
            share = min(max((limit - start) / (end - start), _NARROWEST_LENS), 1.0)
            follow = np.ones(len(rows), np.float32)
            _draw_back(points, rows, follow, far, start, turned * (1 - share))
            # Their arm begins behind the outline.
            _draw_back(points, rows[~ahead], follow, far, limit, turned)

    def _squeeze(
        self, mouth: np.ndarray, skin: np.ndarray, way: np.ndarray, start: float, share: float
    ) -> None:
        """Leave ``share`` of how far places lie beyond ``start`` along ``way`` [3]."""
        if share < 1:
            every = np.arange(len(mouth))
            _draw_back(mouth, every, np.ones(len(mouth), np.float32), way, start, 1 - share)
            _draw_back(skin, self._near, self._follow, way, start, 1 - share)


@njit(cache=True, error_model="numpy")
def _draw_back(points, rows, follow, way, start, share):  # type: ignore[no-untyped-def]
    """Take away ``share`` of how far ``rows`` [n] of ``points`` lie beyond ``start`` along ``way`` [3], as
    far as they ``follow`` [n], in place."""
    for n in range(len(rows)):
        row = rows[n]
        beyond = _along(points, row, way) - start
        if beyond > 0:
            for k in range(3):
                points[row, k] -= follow[n] * share * beyond * way[k]


@njit(cache=True, error_model="numpy")
def _narrower(lips, skin, face, far, up):  # type: ignore[no-untyped-def]
    """Share of its width that a mouth keeps to end before the outline beside it, and where it begins, cm.

    The outline is where vertices ``face`` [m] of the ``skin`` lie farthest along ``far`` [3].
    """
    near, end, low, high = np.inf, -np.inf, np.inf, -np.inf
    for n in range(len(lips)):
        out, level = _along(lips, n, far), _along(lips, n, up)
        near, end, low, high = min(near, out), max(end, out), min(low, level), max(high, level)
    low -= _AROUND
    step, rims = (high + _AROUND - low) / _BANDS, np.full(_BANDS, -np.inf)
    for row in face:
        band = (_along(skin, row, up) - low) / step
        if 0 <= band <= _BANDS:
            at = min(int(band), _BANDS - 1)
            rims[at] = max(rims[at], _along(skin, row, far))
    limit = np.inf
    for rim in rims:
        if rim > -np.inf:
            limit = min(limit, rim - _BESIDE)
    return min(max((limit - near) / (end - near), _NARROWEST), 1.0), near


@njit(cache=True, error_model="numpy")
def _lower(lips, jaw, right, up):  # type: ignore[no-untyped-def]
    """Share of its height that a mouth keeps to end above the ``jaw`` [7, 3], and where it begins, cm."""
    top, bottom, share = -np.inf, np.inf, 1.0
    for n in range(len(lips)):
        level = _along(lips, n, up)
        top, bottom = max(top, level), min(bottom, level)
    last = len(jaw) - 1
    for n in range(len(lips)):
        down, at = top - _along(lips, n, up), _along(lips, n, right)
        # Corners lie beside the chin, not above it.
        if down < _LOW * (top - bottom) or down <= 0:
            continue
        before = after = _along(jaw, 0, right)
        i = 0
        while i < last and after <= at:
            i += 1
            before, after = after, max(after, _along(jaw, i, right))
        edge = _along(jaw, i, up)
        if i > 0 and at < after:
            start = _along(jaw, i - 1, up)
            edge = start + (edge - start) * (at - before) / (after - before)
        share = min(share, 1 - (edge + _BELOW - top + down) / down)
    return max(share, _LOWEST), top


@njit(cache=True, error_model="numpy")
def _along(points, row, way):  # type: ignore[no-untyped-def]
    """How far one of ``points`` lies along ``way`` [3]."""
    return points[row, 0] * way[0] + points[row, 1] * way[1] + points[row, 2] * way[2]
