"""The camera that looks at a character, and the light that falls on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gen_avatar.character.raster import nearness_map

#: Distance of the camera from the origin of the head frame, cm.
DISTANCE = 75.0
#: Direction towards the key light in the camera's frame: above, left of the viewer, in front.
KEY_LIGHT = np.array([-0.52, 0.60, 0.61], np.float32) / np.float32(np.sqrt(0.52**2 + 0.60**2 + 0.61**2))
#: Depths that the depth channel spans, cm along z: the far end is 0 and the near one 1.
DEPTH_RANGE = (-16.0, 17.0)
#: Share of the picture's height from chin to crown, without hair, and how much smaller heads with tall hair
#: may get so that their chins stay above the lower of two lines; beyond that, chins sink to the second one.
FACE_HEIGHT, SMALLEST = 0.67, 0.95
CHIN_LINE, LOWEST_CHIN = 0.86, 0.89
#: Margin above the hair of a head that looks ahead, that above tall hair, and the least one in any pose.
TOP_MARGIN, TALL_MARGIN, LEAST_MARGIN = 0.05, 0.025, 0.012
#: Largest share of the picture's width, looking ahead and in any pose.
HEAD_WIDTH, WIDEST = 0.94, 1.01

#: Hair and hats that stand higher above the bare skull than the first of these are squashed, and reach so far
#: beyond that at most, cm: a bun or an afro should not make a small head.
_TALL, _SQUASHED = 3.0, 4.4

#: Share of the room left below a head by which it is lowered; the depth of a chin, cm.
_LOWERED, _CHIN_DEPTH = 0.35, 8.0

#: Fine enough for the rims of glasses.
SHADOW_SIZE = 512
_SHADOW_SPAN = 46.0


@dataclass(frozen=True)
class Camera:
    """Perspective: ``x = size * (0.5 + focal * X / depth)``, ``y = size * (center - focal * Y / depth)``.

    Attributes:
        focal: focal length in units of the picture's size.
        center: where the height Y = 0 lands, as a share of the picture's size from the top.
    """

    focal: float
    center: float

    def project(self, points: np.ndarray, size: int) -> np.ndarray:
        """[N, 3] (x, y in pixels, one over the distance) of head-frame points [N, 3] after posing."""
        nearness = 1 / (DISTANCE - points[:, 2])
        x = size * (0.5 + self.focal * points[:, 0] * nearness)
        y = size * (self.center - self.focal * points[:, 1] * nearness)
        return np.stack([x, y, nearness], 1).astype(np.float32)


def frame(points: np.ndarray, chin: float, crown: float, turned: Sequence[np.ndarray]) -> Camera:
    """A picture of a face of a usual size in which nothing of the hair is cut.

    Args:
        points: [N, 3] head and hair, facing the camera, cm.
        chin, crown: heights of the chin and of the top of the bare skull, cm.
        turned: [N, 3] the same points in other poses.
    """
    head = points[:, 1] > chin
    below, above = chin / (DISTANCE - _CHIN_DEPTH), crown / DISTANCE
    top, half = _reach(points[head])
    reaches = [(top, half)] + [_reach(other[head]) for other in turned]
    highest, widest = max(r[0] for r in reaches), max(r[1] for r in reaches)
    face = FACE_HEIGHT / (above - below)

    def largest(line: float, margin: float) -> float:
        """The largest focal length that keeps the chin above ``line`` and all hair in the picture."""
        return min((line - margin) / (top - below), (line - LEAST_MARGIN) / (highest - below))

    tall = min(largest(LOWEST_CHIN, TALL_MARGIN), SMALLEST * face)
    focal = min(face, max(largest(CHIN_LINE, TOP_MARGIN), tall))
    focal = min(focal, HEAD_WIDTH / (2 * half), WIDEST / (2 * widest))
    margin = max(min(TOP_MARGIN + focal * top, LOWEST_CHIN + focal * below), LEAST_MARGIN + focal * highest)
    # Smaller heads float a little lower than they must.
    spare = CHIN_LINE - (margin - focal * below)
    return Camera(focal, margin + _LOWERED * max(spare, 0.0))


def squash(tops: Sequence[np.ndarray], crown: float) -> float:
    """The share of their heights above the ``crown`` of the bare skull that hair and hats ``tops`` keep.

    Args:
        tops: [N, 3] each, cm. One share for all: domes stay domes and hats stay on hair.
    """
    high = max((float(points[:, 1].max()) for points in tops), default=crown) - crown
    beyond = max(high - _TALL, 0.0)
    return (_TALL - _SQUASHED * math.expm1(-beyond / _SQUASHED)) / high if beyond else 1.0


def squashed(points: np.ndarray, crown: float, share: float) -> np.ndarray:
    """``points`` [N, 3] with that ``share`` of what they stand above ``crown``."""
    out = points.copy()
    out[:, 1] -= (1 - share) * np.maximum(points[:, 1] - crown, 0)
    return out


def _reach(points: np.ndarray) -> tuple[float, float]:
    """How far up and how far aside ``points`` [N, 3] reach, as slopes from the camera."""
    scale = 1 / (DISTANCE - points[:, 2])
    return float((points[:, 1] * scale).max()), float((np.abs(points[:, 0]) * scale).max())


@dataclass(frozen=True)
class ShadowMap:
    """What the key light sees: ``matrix`` [3, 4] takes a point to (column, row, height towards the light)."""

    matrix: np.ndarray
    height: np.ndarray


def shadow_map(points: np.ndarray, triangles: np.ndarray) -> ShadowMap:
    """Look at ``triangles`` [T, 3] over ``points`` [N, 3] from the key light."""
    matrix = light_matrix()
    height = nearness_map(seen_from(points, matrix), triangles, SHADOW_SIZE, SHADOW_SIZE)
    return ShadowMap(matrix, height)


def seen_from(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """[N, 3] places on a shadow map of ``points`` [N, 3]."""
    return points @ matrix[:, :3].T + matrix[:, 3]


def light_matrix(size: int = SHADOW_SIZE) -> np.ndarray:
    """[3, 4] as of :class:`ShadowMap`, for a map of side ``size``."""
    right = np.cross([0.0, 1.0, 0.0], KEY_LIGHT)
    right /= np.linalg.norm(right)
    up = np.cross(KEY_LIGHT, right)
    scale = size / _SHADOW_SPAN
    matrix = np.zeros((3, 4), np.float32)
    matrix[0, :3], matrix[1, :3], matrix[2, :3] = right * scale, -up * scale, KEY_LIGHT
    middle = np.array([0.0, 1.0, 1.0])
    matrix[:2, 3] = size / 2 - matrix[:2, :3] @ middle
    return matrix
