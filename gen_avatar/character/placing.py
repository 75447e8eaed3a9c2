"""Where floating props find room beside a head: clear of its silhouette and inside the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gen_avatar.character.camera import Camera
from gen_avatar.character.turning import rotation_matrix

#: A floating shape: place (x, y) and half height, shares of the picture's side, from the top left.
Circle = tuple[float, float, float]

#: Turns (yaw, pitch, roll) of the head that a prop keeps clear of, degrees: it stays where it
#: is while the head moves a little.
_TURNS = ((0.0, 0.0, 0.0), (-22.0, 0.0, 0.0), (22.0, 0.0, 0.0), (0.0, 0.0, -7.0), (0.0, 0.0, 7.0))
#: Directions in which a silhouette is measured, about this place of the picture.
_BINS, _MIDDLE = 120, np.array([0.5, 0.55])
#: Least distance from the head and from the frame, shares of the side.
_GAP, _MARGIN = 0.016, 0.012
#: How much smaller props may get to find room, tried from the largest.
_SIZES = (1.0, 0.88, 0.76, 0.66, 0.57, 0.5)
#: How far they are moved at most to either side, and in which steps, shares of the side.
_REACH, _STEP = 0.14, 0.01


@dataclass(frozen=True)
class Silhouette:
    """The outline of a head as seen in the picture: [_BINS] reach in each direction, counter-clockwise."""

    reach: np.ndarray

    @classmethod
    def of(cls, points: np.ndarray, pivot: np.ndarray, camera: Camera) -> Silhouette:
        """Of ``points`` [N, 3] (head, hair and hats, cm) that turn about ``pivot`` [3]."""
        reach = np.zeros(_BINS)
        for turn in _TURNS:
            turned = (points - pivot) @ rotation_matrix(turn).T + pivot
            arm = camera.project(turned, 1)[:, :2] - _MIDDLE
            bins = (np.arctan2(-arm[:, 1], arm[:, 0]) / (2 * np.pi) * _BINS).astype(int) % _BINS
            np.maximum.at(reach, bins, np.linalg.norm(arm, axis=1))
        # Between vertices that lie far apart the outline goes on.
        return cls(np.maximum(reach, 0.5 * (np.roll(reach, 1) + np.roll(reach, -1))))

    def room(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """[...] distance of points of the picture from the outline, negative inside."""
        angle = 2 * np.pi * (np.arange(_BINS) + 0.5) / _BINS
        rim = _MIDDLE + self.reach[:, None] * np.stack([np.cos(angle), -np.sin(angle)], 1)
        arm = np.stack([x - _MIDDLE[0], y - _MIDDLE[1]], -1)
        turn = np.arctan2(-arm[..., 1], arm[..., 0]) / (2 * np.pi) * _BINS
        inside = np.linalg.norm(arm, axis=-1) < self.reach[turn.astype(int) % _BINS]
        near = np.min([np.hypot(x - u, y - v) for u, v in rim], axis=0)
        return np.where(inside, -near, near)


def cleared(group: Sequence[Circle], head: Silhouette) -> list[Circle]:
    """``group`` moved as one, and shrunk about its first circle if need be, until it is clear of ``head``.

    Where no size finds room, the smallest takes the place where it covers least.
    """
    step = np.arange(-_REACH, _REACH + _STEP / 2, _STEP)
    dx, dy = (m.ravel() for m in np.meshgrid(step, step))
    first = np.array(group[0][:2])
    best: list[Circle] = list(group)
    for share in _SIZES:
        circles = [(*(first + share * (np.array(c[:2]) - first)), share * c[2]) for c in group]
        room = np.full(len(dx), np.inf)
        for x, y, r in circles:
            frame = np.min([x + dx, 1 - x - dx, y + dy, 1 - y - dy], axis=0) - r - _MARGIN
            # Leaving the frame is worse than any overlap.
            room = np.minimum(room, np.where(frame < 0, -1.0, head.room(x + dx, y + dy) - r - _GAP))
        free = np.flatnonzero(room >= 0)
        at = free[np.argmin(np.hypot(dx[free], dy[free]))] if len(free) else int(np.argmax(room))
        best = [(float(x + dx[at]), float(y + dy[at]), r) for x, y, r in circles]
        if len(free):
            break
    return best
