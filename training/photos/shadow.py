"""What meshes and hair hide from lamps and from the sky."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numba import njit

from gen_avatar.character.raster import nearness_map, vertex_normals
from training.photos.light import Lights
from training.photos.strands import Part, View

#: Shadow maps: pixels, pixels per cm, and how much nearer to the lamp something must be to shade, cm.
_MAP, _MAP_SCALE, _BIAS = 256, 6.5, 0.22


def lamp_sight(
    turned: np.ndarray, triangles: np.ndarray, places: np.ndarray, lights: Lights, rng: np.random.Generator
) -> np.ndarray:
    """[N] share of the first lamp that is seen from ``places`` [N, 3]."""
    size = float(lights.size[0])
    rays = 5 if size > 0.1 else 2
    start = rng.uniform(0, 2 * np.pi)
    share = np.zeros(len(places), np.float32)
    for ray in range(rays):
        angle = start + 2 * np.pi * ray / rays
        side = np.cross(lights.direction[0], (0.1, 1, 0.2))
        side /= np.linalg.norm(side)
        shake = np.cos(angle) * side + np.sin(angle) * np.cross(lights.direction[0], side)
        direction = lights.direction[0] + 0.7 * size * shake
        share += _visibility(turned, triangles, places, direction / np.linalg.norm(direction)) / rays
    return share


def open_sky(points: np.ndarray, triangles: np.ndarray, directions: int = 72) -> np.ndarray:
    """[V] share of the surroundings that each vertex of a mesh sees, from 0.25 to 1."""
    normals = vertex_normals(points, triangles)
    index = np.arange(directions) + 0.5
    z = 1 - 2 * index / directions
    angle = np.pi * (1 + 5**0.5) * index
    towards = np.stack([np.sqrt(1 - z**2) * np.cos(angle), z, np.sqrt(1 - z**2) * np.sin(angle)], -1)
    seen, all_ = np.zeros(len(points)), np.full(len(points), 1e-6)
    for direction in towards:
        cosine = np.maximum(normals @ direction, 0)
        seen += cosine * _visibility(points, triangles, points, direction)
        all_ += cosine
    return (0.25 + 0.75 * seen / all_).astype(np.float32)


class HairShadow:
    """How much of the key light reaches places of the face past the hair.

    A call takes places in camera space about the pivot, cm [H, W, 3], and returns their share [H, W].
    """

    #: Cells of the map of the hair that is nearest to the lamp, and their size, cm.
    _CELLS, _CELL = 96, 0.5
    #: Hair shades what lies this far behind it, cm, and takes this share of the light.
    _BIAS, _SHARE = 0.8, 0.8

    def __init__(self, parts: Sequence[Part], view: View) -> None:
        light = view.light
        side = np.cross(light, [0.0, 1.0, 0.1])
        side /= np.linalg.norm(side)
        self._axes = np.stack([side, np.cross(light, side), light]).astype(np.float32)
        # The first nodes of a guide lie on the skin.
        nodes = [part.guides[:, 2:].reshape(-1, 3) for part in parts]
        self._depth = np.full((self._CELLS, self._CELLS), -np.inf, np.float32)
        if nodes:
            at = (np.concatenate(nodes) - view.pivot) @ view.turn.T @ self._axes.T
            column, row = (self._index(at[:, i]) for i in (0, 1))
            np.maximum.at(self._depth, (row, column), at[:, 2].astype(np.float32))

    def _index(self, at: np.ndarray) -> np.ndarray:
        return (at / self._CELL + self._CELLS / 2).astype(int).clip(0, self._CELLS - 1)

    def __call__(self, places: np.ndarray) -> np.ndarray:
        at = places @ self._axes.T
        nearest = self._depth[self._index(at[..., 1]), self._index(at[..., 0])]
        blocked = (nearest > at[..., 2] + self._BIAS).astype(np.float32)
        return 1 - self._SHARE * cv2.GaussianBlur(blocked, (0, 0), 4.0)


def _visibility(
    points: np.ndarray, triangles: np.ndarray, places: np.ndarray, direction: np.ndarray
) -> np.ndarray:
    """[N] 1 where ``places`` [N, 3] see a far lamp in ``direction`` past the mesh, 0 in its shadow."""
    right = np.cross((0.0, 1.0, 0.001) if abs(direction[1]) < 0.95 else (1.0, 0, 0), direction)
    right /= np.linalg.norm(right)
    frame = np.stack([right, np.cross(direction, right), direction]).astype(np.float32)
    middle = (points.max(0) + points.min(0)) / 2
    scale = np.array([_MAP_SCALE, _MAP_SCALE, 1], np.float32)
    shift = np.array([_MAP / 2, _MAP / 2, 0], np.float32)
    buffer = nearness_map((points - middle) @ frame.T * scale + shift, triangles, _MAP, _MAP)
    out = np.empty(len(places), np.float32)
    _compare(buffer, np.ascontiguousarray(places, np.float32), (frame * scale[:, None]).astype(np.float32),
             (shift - frame @ middle * scale).astype(np.float32), np.float32(_BIAS), out)  # fmt: skip
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _compare(buffer, places, frame, shift, bias, out):  # type: ignore[no-untyped-def]
    size = buffer.shape[0]
    for i in range(places.shape[0]):
        px, py, pz = places[i]
        x = frame[0, 0] * px + frame[0, 1] * py + frame[0, 2] * pz + shift[0] - 0.5
        y = frame[1, 0] * px + frame[1, 1] * py + frame[1, 2] * pz + shift[1] - 0.5
        c, r = int(np.floor(x)), int(np.floor(y))
        if c < 0 or r < 0 or c >= size - 1 or r >= size - 1:
            out[i] = 1
            continue
        fx, fy, z = x - c, y - r, frame[2, 0] * px + frame[2, 1] * py + frame[2, 2] * pz + shift[2] + bias
        top = (1 - fx) * (buffer[r, c] <= z) + fx * (buffer[r, c + 1] <= z)
        low = (1 - fx) * (buffer[r + 1, c] <= z) + fx * (buffer[r + 1, c + 1] <= z)
        out[i] = (1 - fy) * top + fy * low
