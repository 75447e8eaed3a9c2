"""What accessories are made of: tubes, shells, balls, and how pieces become garments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gen_avatar.character.wardrobe.garments import Garment
from training.wardrobe.locks import ring_triangles, sweep
from training.wardrobe.surface import unit

#: Cross-section of tubes.
ROUND = np.array([(np.cos(a), np.sin(a)) for a in np.linspace(0, 2 * np.pi, 8, endpoint=False)])


#: Rows and columns of the map of what a hat does to hair.
MAP = (45, 90)


@dataclass(frozen=True)
class Solid:
    """Vertices [n, 3] cm and triangles [m, 3], CCW from outside; its paint [n], -1..1, or nothing."""

    vertices: np.ndarray
    triangles: np.ndarray
    tone: np.ndarray = field(default_factory=lambda: np.zeros(0))


def join(solids: Sequence[Solid]) -> Solid:
    """One solid of many."""
    starts = np.cumsum([0, *(len(s.vertices) for s in solids[:-1])])
    painted = any(s.tone.size for s in solids)
    tones = [s.tone if s.tone.size else np.zeros(len(s.vertices)) for s in solids if painted]
    return Solid(
        np.concatenate([s.vertices for s in solids]),
        np.concatenate([s.triangles + start for s, start in zip(solids, starts, strict=True)]),
        np.concatenate(tones) if painted else np.zeros(0),
    )


def facing_out(vertices: np.ndarray, triangles: np.ndarray, core: np.ndarray) -> np.ndarray:
    """``triangles`` turned so that most face away from ``core``, [3] or a point for each vertex."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    inside = core if core.ndim == 1 else core[triangles[:, 0]]
    out = (np.cross(b - a, c - a) * (a - inside)).sum()
    return triangles if out > 0 else triangles[:, ::-1]


def closed_tube(
    line: np.ndarray, up: ArrayLike, across: ArrayLike, along_up: ArrayLike, tone: np.ndarray | None = None
) -> Solid:
    """A ring-shaped tube along a closed line [n, 3]; half sizes across and along ``up``, cm, each [n].

    ``tone`` [n] is painted around it.
    """
    n, k = len(line), len(ROUND)
    along = unit(np.roll(line, -1, 0) - np.roll(line, 1, 0))
    side = unit(np.cross(np.broadcast_to(np.asarray(up, float), line.shape), along))
    crest = np.cross(along, side)
    wide = np.broadcast_to(np.asarray(across, float), (n,))[:, None, None]
    high = np.broadcast_to(np.asarray(along_up, float), (n,))[:, None, None]
    body = line[:, None] + side[:, None] * ROUND[None, :, :1] * wide
    body = (body + crest[:, None] * ROUND[None, :, 1:] * high).reshape(-1, 3)
    triangles = ring_triangles(n + 1, k) % (n * k)
    painted = np.zeros(0) if tone is None else np.repeat(np.asarray(tone, float), k)
    return Solid(body, facing_out(body, triangles, np.repeat(line, k, 0)), painted)


def tube(line: np.ndarray, up: ArrayLike, width: ArrayLike, height: ArrayLike) -> Solid:
    """A tube with closed ends along [n, 3]; half sizes across and along ``up``, cm, each [n]."""
    n = len(line)
    piece = sweep(
        line,
        np.broadcast_to(np.asarray(up, float), line.shape),
        np.broadcast_to(np.asarray(width, float), (n,)),
        np.broadcast_to(np.asarray(height, float), (n,)),
        0.0,
        ROUND,
    )
    core = np.concatenate([np.repeat(line, len(ROUND), 0), line[:1], line[-1:]])
    return Solid(piece.vertices, facing_out(piece.vertices, piece.triangles, core))


def rings(points: np.ndarray, core: np.ndarray, closed: bool = True, tone: np.ndarray | None = None) -> Solid:
    """Skin over [rows, columns, 3] points around ``core`` [3]; rows close unless ``closed`` is false.

    ``tone`` [rows, columns] is painted on it.
    """
    vertices = points.reshape(-1, 3)
    triangles = ring_triangles(len(points), points.shape[1], closed)
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    triangles = triangles[np.linalg.norm(np.cross(b - a, c - a), axis=1) > 1e-7]
    painted = np.zeros(0) if tone is None else np.asarray(tone, float).ravel()
    return Solid(vertices, facing_out(vertices, triangles, np.asarray(core, float)), painted)


def ball(center: np.ndarray, size: ArrayLike, columns: int = 14, rows: int = 8) -> Solid:
    """An ellipsoid of half sizes ``size``, cm."""
    turn = np.linspace(0, 2 * np.pi, columns, endpoint=False)
    tilt = np.linspace(-np.pi / 2, np.pi / 2, rows)
    grid = np.stack(
        [
            np.cos(tilt)[:, None] * np.sin(turn),
            np.sin(tilt)[:, None] + 0 * turn,
            np.cos(tilt)[:, None] * np.cos(turn),
        ],
        -1,
    )
    return rings(center + grid * np.asarray(size), np.asarray(center, float))


def garment(part: str, fit: str, solid: Solid, role: str = "", **more: Any) -> Garment:
    """A garment without strands; ``more`` are further arrays of :class:`Garment`, ``along`` its strand's."""
    count = len(solid.vertices)
    strand = np.zeros((count, 3), np.float32)
    strand[:, 1] = more.pop("along", 0.0)
    return Garment(
        part=part,
        fit=fit,
        role=role,
        vertices=solid.vertices.astype(np.float32),
        triangles=solid.triangles.astype(np.int32),
        tangent=np.zeros((count, 3), np.float32),
        strand=strand,
        tone=np.clip(solid.tone, -1, 1).astype(np.float32),
        **more,
    )


def worn(solid: Solid, role: str = "", **more: Any) -> Garment:
    """A piece of headwear."""
    return garment("headwear", "warp", solid, role, **more)
