"""The camera that looks at a character, and the light that falls on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gen_avatar.character.raster import nearness_map

#: Distance of the camera from the origin of the head frame, cm.
DISTANCE = 75.0
#: Direction towards the key light in the camera's frame: above, left of the viewer, in front.
KEY_LIGHT = np.array([-0.52, 0.60, 0.61], np.float32) / np.float32(np.sqrt(0.52**2 + 0.60**2 + 0.61**2))
#: Depths that the depth channel spans, cm along z: the far end is 0 and the near one 1.
DEPTH_RANGE = (-16.0, 17.0)
#: Share of the picture's height that the head with its hair fills, and the margin above it.
HEAD_HEIGHT = 0.83
TOP_MARGIN = 0.06
#: Largest share of the picture's width.
HEAD_WIDTH = 0.90

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


def frame(points: np.ndarray, chin: float) -> Camera:
    """The emoji crop of ``points`` [N, 3] (head and hair, facing the camera) down to ``chin`` (cm)."""
    head = points[points[:, 1] > chin]
    scale = 1 / (DISTANCE - head[:, 2])
    top = float((head[:, 1] * scale).max())
    bottom = chin / (DISTANCE - 8.0)
    focal = min(HEAD_HEIGHT / (top - bottom), HEAD_WIDTH / (2 * float((np.abs(head[:, 0]) * scale).max())))
    height = focal * (top - bottom)
    margin = TOP_MARGIN + 0.35 * (HEAD_HEIGHT - height)
    return Camera(focal, margin + focal * top)


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
