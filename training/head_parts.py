"""The parts of GenHead that the skin does not have: mouth bag, eyeballs, teeth and tongue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree


@dataclass(frozen=True)
class Part:
    """A mesh with its bases.

    Attributes:
        name: part name.
        mean: [V, 3] cm; identity: [K, V, 3]; expression: [E, V, 3].
        faces: [F, 4], -1 last for triangles.
        uv: [V, 2] in the part's own unit square.
        jaw: [V] jaw weights.
        uv_faces: [F, 4] rows of ``uv``; the same as ``faces`` where None.
    """

    name: str
    mean: np.ndarray
    identity: np.ndarray
    expression: np.ndarray
    faces: np.ndarray
    uv: np.ndarray
    jaw: np.ndarray
    uv_faces: np.ndarray | None = None


def grid_faces(rows: int, columns: int, wrap: bool = False) -> np.ndarray:
    """Quads of a grid of vertices stored row by row; ``wrap`` closes the columns."""
    j = np.arange(columns if wrap else columns - 1)
    i = np.arange(rows - 1)[:, None]
    k = (j + 1) % columns
    return np.stack(
        [i * columns + j, i * columns + k, (i + 1) * columns + k, (i + 1) * columns + j], -1
    ).reshape(-1, 4)


def eyeball(
    name: str, center: np.ndarray, radius: float, source: np.ndarray, identity: np.ndarray, expressions: int
) -> Part:
    """A sphere with its pole at the pupil; identity moves and scales it as the source's ball.

    Args:
        center: [3]; radius: cm; source: [N, 3] the source's ball; identity: [K, N, 3] its basis.
    """
    rows, columns = 15, 24
    polar = np.linspace(0, np.pi, rows)[1:-1, None]
    around = np.linspace(0, 2 * np.pi, columns, endpoint=False)
    ring = np.stack(
        [np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around), np.cos(polar) + 0 * around], -1
    )
    unit = np.vstack([ring.reshape(-1, 3), [0, 0, 1], [0, 0, -1]])
    front, back, last = len(unit) - 2, len(unit) - 1, (rows - 3) * columns
    j = np.arange(columns)
    k = (j + 1) % columns
    caps = [np.stack([np.full(columns, front), j, k, np.full(columns, -1)], 1)]
    caps += [np.stack([np.full(columns, back), last + k, last + j, np.full(columns, -1)], 1)]
    faces = np.concatenate([grid_faces(rows - 2, columns, wrap=True)[:, [0, 3, 2, 1]], *caps])
    arm = source - source.mean(0)
    moved = identity - identity.mean(1, keepdims=True)
    growth = (moved * arm).sum((1, 2)) / (arm**2).sum()
    basis = identity.mean(1)[:, None] + growth[:, None, None] * (unit * radius)
    return Part(
        name,
        center + radius * unit,
        basis,
        np.zeros((expressions, len(unit), 3)),
        faces,
        0.5 + 0.5 * unit[:, :2] * np.sqrt(np.clip((1 - unit[:, 2:]) / 2, 0, 1)) / np.maximum(
            np.linalg.norm(unit[:, :2], axis=1, keepdims=True), 1e-6),
        np.zeros(len(unit)),
    )  # fmt: skip


def mouth_bag(
    loop: np.ndarray, mean: np.ndarray, identity: np.ndarray, expression: np.ndarray, jaw: np.ndarray
) -> Part:
    """A sack behind the lips, hung from their inner border.

    Args:
        loop: rows of the border in order; mean, identity, expression, jaw: the skin's.
    """
    depth = np.array([0.0, 0.12, 0.35, 0.65, 1.0])
    width = np.array([1.0, 1.25, 1.35, 1.1, 0.5])
    rim, middle = mean[loop], mean[loop].mean(0)
    back = np.array([0.0, middle[1] - 0.4, 3.2])
    rings = []
    for d, w in zip(depth, width, strict=True):
        ring = middle + (rim - middle) * [w if d else 1, w * (1 + 1.2 * d) if d else 1, 1]
        ring[:, 2] = rim[:, 2] * (1 - d) + back[2] * d - 0.25 * (d > 0)
        rings.append(ring)
    points = np.vstack([*rings, back])
    follow = 1 - 0.35 * np.repeat(depth, len(loop))

    def spread(field: np.ndarray) -> np.ndarray:
        tiled = np.concatenate([field[..., loop, :]] * len(depth), -2) * follow[:, None]
        return np.concatenate([tiled, field[..., loop, :].mean(-2, keepdims=True) * 0.6], -2)

    faces = grid_faces(len(depth), len(loop), wrap=True)
    last, j = (len(depth) - 1) * len(loop), np.arange(len(loop))
    k = (j + 1) % len(loop)
    cap = np.stack([last + j, last + k, np.full(len(loop), len(points) - 1), np.full(len(loop), -1)], 1)
    turn = np.cross(points[cap[:, 1]] - points[cap[:, 0]], points[cap[:, 2]] - points[cap[:, 0]])
    if turn[:, 2].sum() < 0:  # the bag is seen from inside
        faces, cap = faces[:, ::-1], cap[:, [1, 0, 2, 3]]
    angle = np.arctan2(*(rim - middle)[:, 1::-1].T)
    radius = 1 - 0.9 * depth[:, None]
    uv = np.stack([0.5 + 0.5 * radius * np.cos(angle), 0.5 + 0.5 * radius * np.sin(angle)], -1).reshape(-1, 2)
    return Part(
        "mouth",
        points,
        spread(identity),
        spread(expression),
        np.concatenate([faces, cap]),
        np.vstack([uv, [0.5, 0.5]]),
        spread(jaw[:, None])[:, 0],
    )


def carry(points: np.ndarray, source: np.ndarray, *fields: np.ndarray) -> list[np.ndarray]:
    """Interpolate the source's fields [..., N, C] at ``points`` from the eight nearest vertices."""
    distance, near = cKDTree(source).query(points, k=8)
    weight = 1 / (distance + 0.05) ** 2
    weight /= weight.sum(1, keepdims=True)
    return [np.einsum("...nkc,nk->...nc", f[..., near, :], weight) for f in fields]


def teeth(name: str, source: np.ndarray, identity: np.ndarray, expression: np.ndarray, jaw: float) -> Part:
    """One row of teeth as a single smooth arch, wrapped around the source's teeth.

    Args:
        source: [N, 3] vertices of the source's teeth of this jaw; identity, expression: their bases.
        jaw: 1 for the lower row, 0 for the upper.
    """
    columns = 25
    pole = np.array([0.0, source[:, 2].min() - 0.3])
    bearing = np.arctan2(source[:, 0], source[:, 2] - pole[1])
    reach = np.hypot(source[:, 0], source[:, 2] - pole[1])
    limit = np.abs(bearing).max() * 0.97
    angles = np.linspace(-limit, limit, columns)
    # The arch follows the outermost points; an even polynomial keeps it smooth and symmetric.
    edges = np.linspace(0, limit, 16)
    slot = np.clip(np.digitize(np.abs(bearing), edges) - 1, 0, 14)
    outer = np.array([np.percentile(reach[slot == s], 92) for s in range(15)])
    radius = np.polyval(np.polyfit((edges[:-1] + edges[1:]) / 2, outer, 4), np.abs(angles))
    bite = source[:, 1].min() if jaw == 0 else source[:, 1].max()
    gum = bite + (1.75 if jaw == 0 else -1.6)
    # Fractions (height towards the gum, distance behind the front) around the cross-section.
    profile = [(1.0, 0.1), (0.5, 0.0), (0.12, 0.04), (0.0, 0.2), (0.15, 0.5), (1.0, 0.62)]
    rows = []
    for height, behind in profile:
        r = radius - behind
        y = np.full(columns, bite + (gum - bite) * height)
        rows.append(np.stack([r * np.sin(angles), y, pole[1] + r * np.cos(angles)], 1))
    points = np.concatenate(rows)
    ident, express = carry(points, source, identity, expression)
    faces = grid_faces(len(profile), columns)
    if jaw == 0:
        faces = faces[:, ::-1]
    u = np.tile(np.linspace(0, 1, columns), len(profile))
    v = np.repeat(np.linspace(0, 1, len(profile)), columns)
    return Part(name, points, ident, express, faces, np.stack([u, v], 1), np.full(len(points), jaw))


def tongue(
    lower: np.ndarray, identity: np.ndarray, expression: np.ndarray, names: tuple[str, ...], lip_y: float
) -> Part:
    """A tapered tongue that rests behind the lower teeth and comes out with ``tongueOut``.

    Args:
        lower: [N, 3] vertices of the source's lower teeth, which it moves with; lip_y: the lip line, cm.
    """
    rows, columns = 10, 12
    t = 1 - (1 - np.linspace(0, 1, rows)) ** 2  # close rows keep the tip round
    tip = lower[:, 2].max() - 1.15
    spine = np.stack([0 * t, lip_y - 1.05 - 0.25 * (1 - t) ** 2, 3.6 + (tip - 3.6) * t], 1)
    half_width = 1.75 * np.sqrt(np.clip(1 - t**4, 0.02, 1))
    half_height = 0.5 * np.sqrt(np.clip(1 - t**4, 0.03, 1))
    around = np.linspace(0, 2 * np.pi, columns, endpoint=False)
    ring = np.stack([np.cos(around), np.sin(around), 0 * around], -1)
    scale = np.stack([half_width, half_height, np.ones(rows)], 1)
    points = np.vstack([(spine[:, None] + ring * scale[:, None]).reshape(-1, 3), spine[-1] + [0, 0, 0.15]])
    last, j = (rows - 1) * columns, np.arange(columns)
    k = (j + 1) % columns
    cap = np.stack([last + j, last + k, np.full(columns, len(points) - 1), np.full(columns, -1)], 1)
    faces = np.concatenate([grid_faces(rows, columns, wrap=True), cap])
    ident, express = carry(points, lower, identity, expression)
    # The far two thirds slide forward over the lip and bend down.
    along = np.r_[np.repeat(t, columns), 1.0]
    slide = np.clip((along - 0.15) / 0.85, 0, 1)
    out = np.stack([0 * slide, 0.55 * np.sin(np.pi * slide) - 1.5 * slide**4, 4.4 * slide], 1)
    out[:, 0] = -0.12 * points[:, 0] * slide
    express[names.index("tongueOut")] = out
    uv = np.stack([np.r_[np.tile(np.linspace(0, 1, columns), rows), 0.5], along], 1)
    return Part("tongue", points, ident, express, faces, uv, np.ones(len(points)))
