"""The line where closed lips meet: one tapered stroke that fades where they part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gen_avatar.character.paint import lip_outline
from gen_avatar.character.strokes import across, evenly, slope, softened
from gen_avatar.character.surface import FrontIndex, bound, grid_triangles, smoothstep

#: Points along the stroke, how far above and below the seam the skin is asked where it lies, and how far
#: beyond the corners of the lips it reaches.
_POINTS, _BESIDE, _REACH = 25, 0.13, 1.0
#: Half its width in the middle and near the corners, cm.
_HALF_MIDDLE, _HALF_CORNER = 0.10, 0.115
#: How far lips part until the stroke narrows, and until it is gone, cm.
_PARTING, _PARTED = 0.10, 0.32
#: The stroke is drawn as if it lay this much nearer to the camera, cm.
SEAM_LIFT = 0.9


@dataclass(frozen=True)
class Seam:
    """Where the stroke lies: bindings to the skin above and below it, and its rest points [n, 3]."""

    above: tuple[np.ndarray, np.ndarray]
    below: tuple[np.ndarray, np.ndarray]
    rest: np.ndarray

    @staticmethod
    def of(landmarks: np.ndarray, front: FrontIndex, skin: np.ndarray) -> Seam:
        """From the ``landmarks`` [68, 3] and the ``skin`` [S, 3] of the rest mean."""
        line = lip_outline(landmarks)[1] * [_REACH, 1.0]
        at = np.linspace(line[0, 0], line[-1, 0], _POINTS)
        line = np.stack([at, np.interp(at, line[:, 0], line[:, 1])], 1)
        above, below = front.bind(line + [0, _BESIDE]), front.bind(line - [0, _BESIDE])
        depth = (_at(skin, above) + _at(skin, below))[:, 2:] / 2
        return Seam(above, below, np.concatenate([line, depth], 1).astype(np.float32))

    def local(self) -> np.ndarray:
        """[2 * n, 3] rest positions of the vertices of :meth:`points`."""
        return np.tile(self.rest, (2, 1))

    def points(self, skin: np.ndarray) -> np.ndarray:
        """[2 * n, 3] upper and lower edge of the stroke on the posed ``skin`` [S, 3]."""
        above, below = _at(skin, self.above), _at(skin, self.below)
        gap = np.maximum(above[:, 1] - below[:, 1] - 2 * _BESIDE, 0.0)
        curve = evenly(softened((above + below) / 2, 4), _POINTS)
        along = np.abs(np.linspace(-1, 1, _POINTS))
        half = np.interp(along, [0, 0.75, 0.9, 1], [_HALF_MIDDLE, _HALF_CORNER, 0.8 * _HALF_CORNER, 0.012])
        half = half * (1 - smoothstep(_PARTING, _PARTED, gap))
        up = across(np.tile([[0.0, 0.0, 1.0]], (_POINTS, 1)), slope(curve))
        return np.concatenate([curve + up * half[:, None], curve - up * half[:, None]]).astype(np.float32)


def _at(field: np.ndarray, binding: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    return bound(field, binding).astype(np.float64)


def seam_triangles() -> np.ndarray:
    """[T, 3] of the stroke, facing the camera."""
    return grid_triangles(2, _POINTS)
