"""Strands: dozens of **children** follow each guide of a tress; they are made and drawn in one numba loop."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit

from training.photos.light import Lights

#: Pixels per cm at which a tress's width is given.
_WIDTH_SCALE = 14


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
        contrast: how much strands differ in brightness, 0 smooth to 1 and more for coarse hair.
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
    contrast: float = 1.0


@dataclass(frozen=True)
class Part:
    """Strands that are drawn in one go: ``guides`` [G, NODES, 3] cm and how children follow them."""

    guides: np.ndarray
    tress: Tress


@dataclass(frozen=True)
class View:
    """Head frame to picture.

    Attributes:
        turn: [3, 3]; pivot: [3] cm, the point that it turns about.
        scale: px/cm; translation: [2] px; perspective: 1/cm; as for ``geometry.project``.
        light: [3], unit, towards the key light, camera space.
    """

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
    """A picture that things are drawn into, in place.

    Attributes:
        color: [H, W, 3] float32 linear.
        nearness: [H, W] float32, larger is nearer, -inf where nothing is; as of ``rasterize``.
        label: [H, W] uint8, indices of ``REGIONS``.
    """

    color: np.ndarray
    nearness: np.ndarray
    label: np.ndarray


def draw_tresses(
    canvas: Canvas, part: Part, view: View, colors: np.ndarray, label: int, lights: Lights,
    rng: np.random.Generator, *, shine: float, ceiling: np.ndarray | None = None,
) -> None:  # fmt: skip
    """Draw the strands of ``part`` onto ``canvas``, in place, hidden by what is nearer.

    Args:
        colors: [2, 3] linear colour at root and tip.
        label: index of ``REGIONS``.
        shine: strength of the highlight along the fibres.
        ceiling: [4] plane (normal, offset); what lies above it is under a hat and not drawn.
    """
    if not len(part.guides):
        return
    tress = part.tress
    ambient = (lights.sky + lights.ground) / 2 * lights.exposure
    key = lights.color[0] * lights.exposure
    plane = np.array([0, 0, 0, 1e9]) if ceiling is None else ceiling
    _draw(canvas.color, canvas.nearness, canvas.label, np.ascontiguousarray(part.guides, np.float32),
          view.turn.astype(np.float32), view.pivot.astype(np.float32),
          np.array([view.scale, *view.translation, view.perspective], np.float32),
          view.light.astype(np.float32), colors.astype(np.float32), ambient.astype(np.float32),
          key.astype(np.float32), plane.astype(np.float32), np.uint8(label), int(rng.integers(2**31)),
          tress.children, tress.spread, tress.clump, tress.curl, tress.turns, tress.fuzz,
          tress.width * view.scale / _WIDTH_SCALE, tress.taper, tress.rope, tress.uneven,
          tress.contrast, shine)  # fmt: skip


@njit(cache=True, error_model="numpy")
def _draw(color, nearness, labels, guides, turn, pivot, camera, light, colors, ambient, key, plane, label,
          seed, children, spread, clump, curl, turns, fuzz, width, taper, rope, uneven, contrast, shine):  # type: ignore[no-untyped-def]  # fmt: skip
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
        lock_phase, lock_tone = np.random.uniform(0, 6.283), np.random.normal(0, 0.08 * contrast)
        for _child in range(children):
            ox, oy, oz = np.random.normal(0, spread), np.random.normal(0, spread), np.random.normal(0, spread)
            phase = lock_phase + np.random.normal(0, 0.8)
            wind = np.random.uniform(0, 6.283)
            tone = 1 + lock_tone + np.random.normal(0, 0.12 * contrast)
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
