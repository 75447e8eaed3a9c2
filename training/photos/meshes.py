"""Triangle meshes of what people wear: sheets, tubes, and the colours of cloth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.photos.growth import unit


@dataclass(frozen=True)
class Piece:
    """One mesh.

    Attributes:
        vertices: [V, 3] cm, head frame; triangles: [T, 3].
        color: [V, 3] linear albedo at each vertex.
        label: index of ``REGIONS``; 0 for clear glass, which leaves what is behind it its label.
        gloss: 0 matt to 1 shiny.
        turns: share of the head's turn that it follows: 1 sits on the head, less hangs on the shoulders.
        clear: share of what is behind that is seen through it.
    """

    vertices: np.ndarray
    triangles: np.ndarray
    color: np.ndarray
    label: int
    gloss: float = 0.1
    turns: float = 1.0
    clear: float = 0.0


def solid(
    vertices: np.ndarray, triangles: np.ndarray, color: np.ndarray, label: int, gloss: float,
    turns: float = 1.0,
) -> Piece:  # fmt: skip
    """A piece of one ``color`` [3]; the rest as in :class:`Piece`."""
    colors = np.tile(color, (len(vertices), 1)).astype(np.float32)
    return Piece(vertices.astype(np.float32), triangles, colors, label, gloss, turns)


def ring_triangles(rows: int, columns: int) -> np.ndarray:
    """[T, 3] int32 triangles of a grid of points [rows * columns] whose rows are closed rings."""
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(columns), indexing="ij")
    a, b = (i * columns + j).ravel(), (i * columns + (j + 1) % columns).ravel()
    c, d = a + columns, b + columns
    return np.concatenate([np.stack([a, c, b], 1), np.stack([b, c, d], 1)]).astype(np.int32)


def tube(
    path: np.ndarray, radius: np.ndarray | float, sides: int = 6, closed: bool = False, flat: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """A tube along a line.

    Args:
        path: [n, 3] cm; ``closed`` joins its ends.
        radius: cm, one or [n].
        sides: of its cross-section; ``flat``: how thick that is front to back, as a share of its height.

    Returns:
        vertices [n * sides, 3] float32 and triangles [T, 3] int32.
    """
    ahead = np.roll(path, -1, 0) - np.roll(path, 1, 0)
    if not closed:
        ahead[0], ahead[-1] = path[1] - path[0], path[-1] - path[-2]
    ahead = unit(ahead)
    side = unit(np.cross(ahead, [0.02, 0.03, 1.0]))  # an axis that no path follows exactly
    up = np.cross(ahead, side) * flat
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    radius = np.broadcast_to(np.asarray(radius, float), len(path))[:, None, None]
    ring = path[:, None] + radius * (
        np.cos(angle)[None, :, None] * side[:, None] + np.sin(angle)[None, :, None] * up[:, None]
    )
    triangles = ring_triangles(len(path), sides)
    if closed:
        first = np.arange(sides)
        last, after = first + (len(path) - 1) * sides, np.roll(first, -1)
        seam = [
            np.stack([last, first, np.roll(last, -1)], 1),
            np.stack([np.roll(last, -1), first, after], 1),
        ]
        triangles = np.concatenate([triangles, *seam])
    return ring.reshape(-1, 3).astype(np.float32), triangles.astype(np.int32)


def fabric(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """[V, 3] linear colours of a cloth on points [V, 3]: plain, striped, checked, printed or knitted."""
    base, other = _dye(rng), _dye(rng)
    x, y = points[:, 0], points[:, 1]
    period = rng.uniform(0.6, 4)
    kind = rng.choice(["plain", "stripes", "checks", "print", "knit"], p=[0.55, 0.12, 0.08, 0.1, 0.15])
    if kind == "plain":
        share = np.zeros(len(points))
    elif kind == "stripes":
        share = (np.sin((y if rng.random() < 0.6 else x) * 6.3 / period) > rng.uniform(-0.5, 0.6)) * 1.0
    elif kind == "checks":
        share = 0.5 * (np.sin(x * 6.3 / period) > 0) + 0.5 * (np.sin(y * 6.3 / period) > 0)
    elif kind == "print":
        spots = np.sin(x * 1.3 + rng.uniform(0, 6)) * np.sin(y * 1.1 + rng.uniform(0, 6))
        share = (spots + np.sin(0.7 * x - y) * 0.4 > 0.35) * 1.0
    else:
        share = 0.25 + 0.25 * np.sin(x * 9) * np.sin(y * 5)
    color = base + share[:, None] * (other - base)
    return (color * (1 + 0.05 * rng.standard_normal((len(points), 1)))).clip(0.004, 1).astype(np.float32)


def _dye(rng: np.random.Generator) -> np.ndarray:
    """[3] linear colour of a thread: half of them are greys."""
    grey = rng.choice([0.02, 0.05, 0.15, 0.4, 0.8]) * np.ones(3)
    hue = rng.random(3) ** 1.8 * rng.uniform(0.3, 1)
    return np.clip(hue if rng.random() < 0.5 else grey * rng.uniform(0.8, 1.1, 3), 0.01, 0.9)
