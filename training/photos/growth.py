"""How hair grows: guides that are combed, sink by their weight and lie on the head and the shoulders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Nodes of a guide.
NODES = 22
#: Cells of an obstacle's map of radii.
_AZIMUTHS, _ELEVATIONS = 72, 48
#: The torso, an ellipsoid below the neck: half axes and middle, cm.
_TORSO_AXES, _TORSO_CENTER = np.array([20.0, 13.5, 10.5], np.float32), (0, -25.0, -2.0)


def unit(vectors: np.ndarray) -> np.ndarray:
    """``vectors`` [..., 3] brought to length 1; those without length stay as they are."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)


class Obstacle:
    """What hair lies on: a star-shaped surface around a point, as a map of radii, and a torso.

    Args:
        points: [N, 3] of the surface, cm.
        center: [3] within it.
    """

    def __init__(self, points: np.ndarray, center: np.ndarray) -> None:
        self.center = np.asarray(center, np.float32)
        offset = points - self.center
        radius = np.linalg.norm(offset, axis=1)
        u, v = self._angles(offset, radius)
        grid = np.zeros((_ELEVATIONS, _AZIMUTHS), np.float32)
        np.maximum.at(grid, (v.round().astype(int), u.round().astype(int) % _AZIMUTHS), radius)
        for _ in range(12):  # bins without a point take the mean of their neighbours
            empty = grid == 0
            if not empty.any():
                break
            padded = np.pad(np.pad(grid, ((0, 0), (1, 1)), "wrap"), ((1, 1), (0, 0)), "edge")
            near = [padded[1 + a : _ELEVATIONS + 1 + a, 1 + b : _AZIMUTHS + 1 + b]
                    for a in (-1, 0, 1) for b in (-1, 0, 1) if a or b]  # fmt: skip
            count = sum((n > 0).astype(np.float32) for n in near)
            grid[empty] = (sum(near) / np.maximum(count, 1))[empty]
        self.grid = grid

    @staticmethod
    def _angles(offset: np.ndarray, radius: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        azimuth = np.arctan2(offset[:, 0], offset[:, 2]) / (2 * np.pi) % 1
        elevation = np.arcsin((offset[:, 1] / np.maximum(radius, 1e-6)).clip(-1, 1)) / np.pi + 0.5
        return azimuth * _AZIMUTHS, elevation * (_ELEVATIONS - 1)

    def push_out(self, points: np.ndarray, margin: np.ndarray) -> np.ndarray:
        """``points`` [N, 3] moved to at least ``margin`` [N] cm above the surface and out of the torso."""
        offset = points - self.center
        radius = np.linalg.norm(offset, axis=1)
        u, v = self._angles(offset, radius)
        low = np.minimum(v.astype(int), _ELEVATIONS - 2)
        left = u.astype(int) % _AZIMUTHS
        right, fu, fv = (left + 1) % _AZIMUTHS, u - np.floor(u), v - low
        g = self.grid
        reach = (g[low, left] * (1 - fu) + g[low, right] * fu) * (1 - fv)
        reach += (g[low + 1, left] * (1 - fu) + g[low + 1, right] * fu) * fv
        scale = np.maximum((reach + margin) / np.maximum(radius, 1e-6), 1)
        points = self.center + offset * scale[:, None]
        offset = (points - _TORSO_CENTER) / _TORSO_AXES
        length = np.linalg.norm(offset, axis=1)
        inside = length < 1 + margin / 25
        push = (1 + margin / 25) / np.maximum(length, 1e-6)
        out = offset * push[:, None] * _TORSO_AXES + _TORSO_CENTER
        return np.where(inside[:, None], out, points)


@dataclass(frozen=True)
class Growth:
    """How guides grow; arrays hold one value or row for each of the G guides.

    Attributes:
        length: [G] cm.
        flow: [G, 3] where they are combed to, unit.
        hold: [G] cm over which the combing gives way to gravity.
        lift: [G] how steeply they leave the skin, 0 flat to 1 upright.
        gravity: pull down, in directions a cm.
        margin: [G] height above the skin at which they lie, cm.
        frizz: wander of the direction, radians a cm.
        part_face: push aside what would hang over the face.
        forward: pull what hangs beside the neck to the front of the shoulders.
    """

    length: np.ndarray
    flow: np.ndarray
    hold: np.ndarray
    lift: np.ndarray
    gravity: float
    margin: np.ndarray
    frizz: float
    part_face: float = 0.0
    forward: float = 0.0


def grow(
    roots: np.ndarray, normals: np.ndarray, growth: Growth, obstacle: Obstacle, rng: np.random.Generator
) -> np.ndarray:
    """Guides [G, NODES, 3] from ``roots`` [G, 3] with ``normals`` [G, 3]."""
    count = len(roots)
    path = np.empty((count, NODES, 3), np.float32)
    path[:, 0] = roots
    step = (growth.length / (NODES - 1))[:, None]
    direction = unit(growth.flow * (1 - growth.lift[:, None]) + normals * (0.05 + growth.lift[:, None]))
    bend = rng.standard_normal((count, 3)).astype(np.float32)
    point, travelled = roots.astype(np.float32), np.zeros((count, 1), np.float32)
    ramp = np.linspace(0, 1, NODES)
    for node in range(1, NODES):
        away = point - obstacle.center
        outward = unit(away)
        tangent = unit(growth.flow - (growth.flow * outward).sum(1, keepdims=True) * outward)
        combed = np.exp(-((travelled / growth.hold[:, None]) ** 2))
        bend = unit(0.8 * bend + 0.6 * rng.standard_normal((count, 3)))
        pull = 0.45 * combed * tangent + (1 - 0.7 * combed) * growth.gravity * np.array([0.0, -1.0, 0.0])
        if growth.part_face:
            in_front = (point[:, 2] > 5) & (point[:, 1] < 9.5) & (np.abs(point[:, 0]) < 6.0)
            side = np.where(point[:, :1] >= 0, 1.0, -1.0) * [1.0, 0.0, -0.35]
            pull = pull + growth.part_face * in_front[:, None] * side
        if growth.forward:
            beside = (point[:, 1] < 0) & (np.abs(point[:, 0]) > 4.5) & (point[:, 2] > -6)
            pull = pull + growth.forward * beside[:, None] * [0.0, 0.0, 1.0]
        direction = unit(direction + step * (pull + growth.frizz * bend))
        point = point + step * direction
        held = obstacle.push_out(point, growth.margin * min(1.0, 3 * ramp[node]))
        # Where the skin stops a strand, it goes on along it.
        push = held - point
        moved = np.linalg.norm(push, axis=1, keepdims=True)
        out = push / np.maximum(moved, 1e-6)
        inward = np.minimum((direction * out).sum(1, keepdims=True), 0)
        direction = unit(np.where(moved > 1e-4, direction - inward * out, direction))
        point = held.astype(np.float32)
        travelled = travelled + step
        path[:, node] = point
    return path
