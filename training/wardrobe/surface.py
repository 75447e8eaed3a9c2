"""The mean emoji head as something to model on: a skull in spherical coordinates, and rays onto the skin.

Places on the head are given as azimuth (0 at the front, positive towards the subject's left) and
elevation, both in degrees around the skull's centre, and a height above the skull, cm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from gen_avatar.character.raster import interpolate, rasterize, vertex_normals

_COLUMNS, _ROWS = 180, 90


def unit(vectors: np.ndarray) -> np.ndarray:
    """[..., 3] scaled to length 1; zero stays zero."""
    return vectors / (np.linalg.norm(vectors, axis=-1, keepdims=True) + 1e-9)


def direction(azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
    """[..., 3] unit vectors of angles in degrees."""
    a, e = np.radians(azimuth), np.radians(elevation)
    return np.stack([np.sin(a) * np.cos(e), np.sin(e) + 0 * a, np.cos(a) * np.cos(e)], -1)


def angles(directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Azimuth and elevation in degrees of [..., 3] vectors."""
    d = unit(directions)
    return np.degrees(np.arctan2(d[..., 0], d[..., 2])), np.degrees(np.arcsin(np.clip(d[..., 1], -1, 1)))


@dataclass(frozen=True)
class HeadSurface:
    """The reference head.

    Attributes:
        vertices: [V, 3] the whole neutral head, cm.
        skin: [T, 3] triangles of the skin.
        landmarks: [68, 3] iBUG.
        center: [3] the skull's centre, origin of the angles.
        radius: [90, 180] distance of the earless, smoothed skin from the centre, by elevation and azimuth.
    """

    vertices: np.ndarray
    skin: np.ndarray
    landmarks: np.ndarray
    center: np.ndarray
    radius: np.ndarray

    @classmethod
    def of(cls, vertices: np.ndarray, skin: np.ndarray, landmarks: np.ndarray) -> HeadSurface:
        """Measure a head."""
        top = vertices[np.unique(skin), 1].max()
        brow = landmarks[[19, 24], 1].mean()
        center = np.array([0.0, brow - 0.20 * (top - brow), 0.35 * landmarks[0, 2] - 1.6])
        ears = ear_vertices(vertices, landmarks)
        solid = skin[~ears[skin].any(1)]
        return cls(vertices, skin, landmarks, center, _radius_map(vertices, solid, center))

    def r(self, directions: np.ndarray) -> np.ndarray:
        """[...] skull radius along [..., 3] unit vectors, cm."""
        azimuth, elevation = angles(directions)
        return sample_map(self.radius, azimuth, elevation)

    def at(self, azimuth: ArrayLike, elevation: ArrayLike, height: ArrayLike) -> np.ndarray:
        """[..., 3] the point at these angles, ``height`` cm above the skull."""
        d = direction(np.asarray(azimuth, float), np.asarray(elevation, float))
        height = np.asarray(height, float)
        # Emoji skulls are flat on top; the higher hair stands, the more it rounds the head off.
        t = np.clip((np.asarray(elevation, float) - 38) / 45, 0, 1)
        dome = 1.1 * t * t * (3 - 2 * t) * np.clip(height - 0.25, 0, 1)
        return self.center + d * (self.r(d) + height + dome)[..., None]

    def outward(self, points: np.ndarray) -> np.ndarray:
        """[..., 3] which way is up for hair at ``points``: away from the skull, level below its centre."""
        axis = np.broadcast_to(self.center, points.shape).copy()
        axis[..., 1] = np.minimum(self.center[1], points[..., 1])
        return unit(points - axis)

    def place(self, x: float, y: float, z: float) -> np.ndarray:
        """[3] the point of this head that corresponds to (x, y, z) of the ICT mean head."""
        wide = np.abs(self.landmarks[[0, 16], 0]).mean() / 7.36
        deep = (self.landmarks[27, 2] - self.center[2]) / 11.05
        heights = (self.landmarks[8, 1], self.landmarks[[19, 24], 1].mean())
        scale = (heights[1] - heights[0]) / (6.26 + 7.57)
        return np.array([x * wide, heights[0] + (y + 7.57) * scale, self.center[2] + (z + 0.32) * deep])

    def cast(self, origin: np.ndarray, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where rays leave the skin for the last time.

        Args:
            origin: [3]; directions: [N, 3] unit.

        Returns:
            corners [N, 3] of the triangle that is hit and its barycentric weights [N, 3].

        Raises:
            ValueError: a ray meets no skin.
        """
        corners = self.vertices[self.skin].astype(float) - origin
        # Only triangles that lie about in the ray's direction need to be tried.
        candidates = cKDTree(unit(corners.mean(1))).query(directions, k=160)[1]
        rows = np.zeros(len(directions), np.int64)
        weights = np.zeros((len(directions), 3))
        for i, (d, rows_near) in enumerate(zip(directions, candidates, strict=True)):
            a, b, c = (corners[rows_near, k] for k in range(3))
            p = np.cross(d, c - a)
            det = ((b - a) * p).sum(1)
            inverse = 1 / np.where(np.abs(det) < 1e-12, 1e-12, det)
            u = -(a * p).sum(1) * inverse
            q = np.cross(-a, b - a)
            v = (q @ d) * inverse
            t = ((c - a) * q).sum(1) * inverse
            hit = (u >= -1e-6) & (v >= -1e-6) & (u + v <= 1 + 1e-6) & (t > 0)
            if not hit.any():
                raise ValueError(f"ray {d} from {origin} meets no skin")
            best = np.flatnonzero(hit)[np.argmax(t[hit])]
            rows[i] = rows_near[best]
            weights[i] = 1 - u[best] - v[best], u[best], v[best]
        return self.skin[rows], weights

    def normals(self) -> np.ndarray:
        """[V, 3] of the skin."""
        return vertex_normals(self.vertices, self.skin)


def sample_map(values: np.ndarray, azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
    """Bilinear look-up in a map by elevation and azimuth, degrees."""
    x = (np.asarray(azimuth) + 180) / 360 * _COLUMNS - 0.5
    y = np.clip((np.asarray(elevation) + 90) / 180 * _ROWS - 0.5, 0, _ROWS - 1.001)
    i, j = np.floor(x).astype(int), y.astype(int)
    fx, fy = x - i, y - j
    left, right = i % _COLUMNS, (i + 1) % _COLUMNS
    low = values[j, left] * (1 - fx) + values[j, right] * fx
    high = values[j + 1, left] * (1 - fx) + values[j + 1, right] * fx
    return low * (1 - fy) + high * fy


def ear_vertices(vertices: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """[V] bool: what stands out beside the head between nose tip and brow."""
    x, y, z = vertices.T
    side = 0.955 * np.abs(landmarks[[0, 16], 0]).mean()
    low, high = landmarks[33, 1] - 2.0, landmarks[[19, 24], 1].mean() + 1.3
    return (np.abs(x) > side) & (y > low) & (y < high) & (z < landmarks[[0, 16], 2].mean() + 1.0)


def _radius_map(vertices: np.ndarray, triangles: np.ndarray, center: np.ndarray) -> np.ndarray:
    azimuth, elevation = angles(vertices - center)
    distance = np.linalg.norm(vertices - center, axis=1)
    points = np.stack([(azimuth + 180) / 360 * _COLUMNS, (elevation + 90) / 180 * _ROWS, distance], 1)
    span = points[triangles, 0].max(1) - points[triangles, 0].min(1)
    whole = triangles[span < _COLUMNS / 2].astype(np.int32)
    raster = rasterize(points.astype(np.float32), whole, _ROWS, _COLUMNS)
    seen = raster.triangle >= 0
    depth = interpolate(raster, points, whole, distance[:, None].astype(np.float32), perspective=False)[
        ..., 0
    ]
    filled = np.where(seen, depth, 0.0)
    known = seen.copy()
    for sigma in (1.5, 3, 6, 12, 25):
        total = gaussian_filter(np.where(seen, depth, 0.0), sigma, mode=("nearest", "wrap"))
        share = gaussian_filter(seen.astype(float), sigma, mode=("nearest", "wrap"))
        gap = ~known & (share > 0.02)
        filled[gap] = (total / (share + 1e-9))[gap]
        known |= gap
    return gaussian_filter(filled, 1.3, mode=("nearest", "wrap"))
