"""Strands: hairs that grow from a surface, and drawing them with a depth test.

A few hundred **guides** are grown step by step in numpy (combing, gravity, collision with the head); every
guide is then followed by dozens of **children** that are made and drawn in one numba loop.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit

#: Nodes of a guide.
NODES = 22
_AZIMUTHS, _ELEVATIONS = 72, 48


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
        # The torso: an ellipsoid below the neck.
        axes = np.array([20.0, 13.5, 10.5], np.float32)
        offset = (points - [0, -25.0, -2.0]) / axes
        length = np.linalg.norm(offset, axis=1)
        inside = length < 1 + margin / 25
        push = (1 + margin / 25) / np.maximum(length, 1e-6)
        return np.where(inside[:, None], offset * push[:, None] * axes + [0, -25.0, -2.0], points)


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
    """

    length: np.ndarray
    flow: np.ndarray
    hold: np.ndarray
    lift: np.ndarray
    gravity: float
    margin: np.ndarray
    frizz: float
    part_face: float = 0.0


def grow(
    roots: np.ndarray, normals: np.ndarray, growth: Growth, obstacle: Obstacle, rng: np.random.Generator
) -> np.ndarray:
    """Guides [G, NODES, 3] from ``roots`` [G, 3] with ``normals`` [G, 3]."""
    count = len(roots)
    path = np.empty((count, NODES, 3), np.float32)
    path[:, 0] = roots
    step = (growth.length / (NODES - 1))[:, None]
    direction = _unit(growth.flow * (1 - growth.lift[:, None]) + normals * (0.05 + growth.lift[:, None]))
    bend = rng.standard_normal((count, 3)).astype(np.float32)
    point, travelled = roots.astype(np.float32), np.zeros((count, 1), np.float32)
    ramp = np.linspace(0, 1, NODES)
    for node in range(1, NODES):
        away = point - obstacle.center
        outward = _unit(away)
        tangent = _unit(growth.flow - (growth.flow * outward).sum(1, keepdims=True) * outward)
        combed = np.exp(-((travelled / growth.hold[:, None]) ** 2))
        bend = _unit(0.8 * bend + 0.6 * rng.standard_normal((count, 3)))
        pull = 0.45 * combed * tangent + (1 - 0.7 * combed) * growth.gravity * np.array([0.0, -1.0, 0.0])
        if growth.part_face:
            in_front = (point[:, 2] > 5) & (point[:, 1] < 9.5) & (np.abs(point[:, 0]) < 6.0)
            side = np.where(point[:, :1] >= 0, 1.0, -1.0) * [1.0, 0.0, -0.35]
            pull = pull + growth.part_face * in_front[:, None] * side
        direction = _unit(direction + step * (pull + growth.frizz * bend))
        point = point + step * direction
        held = obstacle.push_out(point, growth.margin * min(1.0, 3 * ramp[node]))
        # Where the skin stops a strand, it goes on along it.
        push = held - point
        moved = np.linalg.norm(push, axis=1, keepdims=True)
        out = push / np.maximum(moved, 1e-6)
        inward = np.minimum((direction * out).sum(1, keepdims=True), 0)
        direction = _unit(np.where(moved > 1e-4, direction - inward * out, direction))
        point = held.astype(np.float32)
        travelled = travelled + step
        path[:, node] = point
    return path


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)


@dataclass(frozen=True)
class Tress:
    """How children follow their guides.

    Attributes:
        children: a guide.
        spread: cm by which they start apart from the guide.
        clump: 0 they stay apart, 1 they meet at the tip.
        curl: radius of the curls, cm; turns: a cm of length.
        fuzz: cm by which they wander on their own.
        width: of a strand at 14 pixels a cm, pixels.
        taper: 1 strands thin out to the tip, 0 they end blunt.
        rope: cm; above 0 children wind about the guide at this radius, as locs and braids do.
        uneven: share by which lengths differ.
    """

    children: int = 30
    spread: float = 0.5
    clump: float = 0.3
    curl: float = 0.0
    turns: float = 0.0
    fuzz: float = 0.05
    width: float = 1.6
    taper: float = 0.5
    rope: float = 0.0
    uneven: float = 0.15


@dataclass(frozen=True)
class View:
    """Head frame to picture: ``turn`` [3, 3], ``pivot`` [3] cm, ``scale`` px/cm, ``translation`` [2] px and
    ``perspective`` 1/cm, as for ``geometry.project``; ``light`` [3], unit, where the key light stands, in camera space."""

    turn: np.ndarray
    pivot: np.ndarray
    scale: float
    translation: np.ndarray
    perspective: float
    light: np.ndarray

    def points(self, vertices: np.ndarray) -> np.ndarray:
        """[..., 3] (x, y in pixels, nearness) of ``vertices`` [..., 3]."""
        turned = (vertices - self.pivot) @ self.turn.T
        near = 1 / (1 - self.perspective * turned[..., 2])
        screen = turned[..., :2] * [self.scale, -self.scale] * near[..., None] + self.translation
        return np.concatenate([screen, near[..., None]], -1).astype(np.float32)


@dataclass(frozen=True)
class Canvas:
    """What strands are drawn onto: ``color`` [H, W, 3] linear, ``nearness`` [H, W], ``label`` [H, W]."""

    color: np.ndarray
    nearness: np.ndarray
    label: np.ndarray


def draw_tresses(
    canvas: Canvas, guides: np.ndarray, tress: Tress, view: View, colors: np.ndarray, label: int,
    rng: np.random.Generator, *, ambient: np.ndarray, key: np.ndarray, shine: float = 0.25,
    ceiling: np.ndarray | None = None,
) -> None:  # fmt: skip
    """Draw children of ``guides`` [G, K, 3] onto ``canvas``, in place.

    Args:
        colors: [2, 3] linear colour at root and tip.
        ambient, key: [3] linear light from all sides and from the key light.
        ceiling: [4] plane (normal, offset); what lies above it is under a hat and not drawn.
    """
    if not len(guides):
        return
    plane = np.array([0, 0, 0, 1e9]) if ceiling is None else ceiling
    _draw(canvas.color, canvas.nearness, canvas.label, np.ascontiguousarray(guides, np.float32),
          view.turn.astype(np.float32), view.pivot.astype(np.float32),
          np.array([view.scale, *view.translation, view.perspective], np.float32),
          view.light.astype(np.float32), colors.astype(np.float32), ambient.astype(np.float32),
          key.astype(np.float32), plane.astype(np.float32), np.uint8(label), int(rng.integers(2**31)),
          tress.children, tress.spread, tress.clump, tress.curl, tress.turns, tress.fuzz,
          tress.width * view.scale / 14, tress.taper, tress.rope, tress.uneven, shine)  # fmt: skip


@njit(cache=True, error_model="numpy")
def _draw(color, nearness, labels, guides, turn, pivot, camera, light, colors, ambient, key, plane, label,
          seed, children, spread, clump, curl, turns, fuzz, width, taper, rope, uneven, shine):  # type: ignore[no-untyped-def]  # fmt: skip
    np.random.seed(seed)
    height, columns = nearness.shape
    count, nodes = guides.shape[0], guides.shape[1]
    scale, tx, ty, perspective = camera[0], camera[1], camera[2], camera[3]
    for g in range(count):
        total = 0.0
        for k in range(1, nodes):
            dx, dy, dz = (guides[g, k, 0] - guides[g, k - 1, 0], guides[g, k, 1] - guides[g, k - 1, 1],
                          guides[g, k, 2] - guides[g, k - 1, 2])  # fmt: skip
            total += math.sqrt(dx * dx + dy * dy + dz * dz)
        lock_phase, lock_tone = np.random.uniform(0, 6.283), np.random.normal(0, 0.08)
        for _child in range(children):
            ox, oy, oz = np.random.normal(0, spread), np.random.normal(0, spread), np.random.normal(0, spread)
            phase = lock_phase + np.random.normal(0, 0.8)
            wind = np.random.uniform(0, 6.283)
            tone = 1 + lock_tone + np.random.normal(0, 0.12)
            share = 1 - uneven * abs(np.random.normal(0, 1))
            share = min(1.0, max(0.3, share))
            wx, wy, wz = np.random.normal(0, fuzz), np.random.normal(0, fuzz), np.random.normal(0, fuzz)
            px = py = pn = 0.0
            lx = ly = lz = 0.0
            depth = 0.55 + 0.45 * min(1.0, math.sqrt(ox * ox + oy * oy + oz * oz) / (1.7 * spread + 1e-6))
            pieces = nodes - 1
            if curl > 0:  # curls need finer steps
                pieces = min(120, max(pieces, int(total * turns * 7)))
            for piece in range(pieces + 1):
                t = piece / pieces
                at = t * share * (nodes - 1)
                k = min(int(at), nodes - 2)
                f = at - k
                x = guides[g, k, 0] + f * (guides[g, k + 1, 0] - guides[g, k, 0])
                y = guides[g, k, 1] + f * (guides[g, k + 1, 1] - guides[g, k, 1])
                z = guides[g, k, 2] + f * (guides[g, k + 1, 2] - guides[g, k, 2])
                along = t * share * total
                away = 1 - clump * t
                if rope > 0:
                    radius = rope * min(1.0, 3 * t + 0.3) * (1 - 0.5 * t * t)
                    angle = wind + 2.2 * along
                    x += radius * math.cos(angle)
                    z += radius * math.sin(angle)
                    y += 0.3 * radius * math.sin(angle + wind)
                else:
                    x += ox * away + wx * along
                    y += oy * away + wy * along
                    z += oz * away + wz * along
                    if curl > 0:
                        angle = phase + 6.283 * turns * along
                        radius = curl * min(1.0, 0.7 * along)
                        x += radius * math.cos(angle)
                        z += radius * math.sin(angle)
                        y += 0.5 * radius * math.sin(angle + 1.0)
                hidden = plane[0] * x + plane[1] * y + plane[2] * z > plane[3]
                rx, ry, rz = x - pivot[0], y - pivot[1], z - pivot[2]
                cx = turn[0, 0] * rx + turn[0, 1] * ry + turn[0, 2] * rz
                cy = turn[1, 0] * rx + turn[1, 1] * ry + turn[1, 2] * rz
                cz = turn[2, 0] * rx + turn[2, 1] * ry + turn[2, 2] * rz
                near = 1 / (1 - perspective * cz)
                sx, sy = tx + scale * cx * near, ty - scale * cy * near
                if piece > 0 and not hidden:
                    dx, dy, dz = cx - lx, cy - ly, cz - lz
                    length = math.sqrt(dx * dx + dy * dy + dz * dz) + 1e-6
                    cosine = (dx * light[0] + dy * light[1] + dz * light[2]) / length
                    sine = math.sqrt(max(0.0, 1 - cosine * cosine))
                    view_sine = math.sqrt(max(0.0, 1 - (dz / length) ** 2))
                    # Kajiya and Kay 1989: light along a fibre; the depth in the lock stands for its shadow.
                    facing = sine * view_sine - cosine * dz / length
                    gloss = shine * max(0.0, facing) ** 40
                    lit = sine * depth * (0.55 + 0.45 * min(1.0, 0.3 * along + 0.35)) * tone
                    steps = int(max(abs(sx - px), abs(sy - py))) + 1
                    thick = width * (1 - taper * t)
                    half = thick / 2
                    for s in range(steps):
                        q = (s + 0.5) / steps
                        mx, my, mn = px + q * (sx - px), py + q * (sy - py), pn + q * (near - pn)
                        x0, x1 = int(mx - half + 0.5), int(mx + half + 0.5)
                        y0, y1 = int(my - half + 0.5), int(my + half + 0.5)
                        for row in range(max(y0, 0), min(max(y1, y0 + 1), height)):
                            for column in range(max(x0, 0), min(max(x1, x0 + 1), columns)):
                                if mn >= nearness[row, column]:
                                    nearness[row, column] = mn
                                    labels[row, column] = label
                                    for c in range(3):
                                        base = colors[0, c] + t * (colors[1, c] - colors[0, c])
                                        color[row, column, c] = (
                                            base * (ambient[c] * (0.35 + 0.65 * depth) + key[c] * lit)
                                            + key[c] * gloss * depth
                                        )
                px, py, pn = sx, sy, near
                lx, ly, lz = cx, cy, cz
