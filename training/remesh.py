"""Gives a surface a new topology: blue-noise points, planar embedding, Delaunay triangles, quads.

Pure functions on numpy arrays. Points of the new mesh are *sites*: a triangle of the source
and barycentric weights, so that any field of the source carries over linearly.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import spsolve
from scipy.spatial import Delaunay, cKDTree


@dataclass(frozen=True)
class Sites:
    """Points on a triangle mesh: ``corners`` [N, 3] vertex rows and ``weights`` [N, 3]."""

    corners: np.ndarray
    weights: np.ndarray

    def at(self, field: np.ndarray) -> np.ndarray:
        """Interpolate a per-vertex field [..., V, C] → [..., N, C]."""
        return np.einsum("...nkc,nk->...nc", field[..., self.corners, :], self.weights)

    def __len__(self) -> int:
        return len(self.corners)


def vertex_sites(vertices: np.ndarray) -> Sites:
    """Sites that are vertices themselves."""
    return Sites(np.repeat(vertices[:, None], 3, 1), np.tile([1.0, 0.0, 0.0], (len(vertices), 1)))


def join(*parts: Sites) -> Sites:
    """Concatenate."""
    return Sites(np.concatenate([p.corners for p in parts]), np.concatenate([p.weights for p in parts]))


def boundary_loops(triangles: np.ndarray) -> list[np.ndarray]:
    """Ordered vertex loops of an oriented manifold's border, longest first."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    known = {(int(a), int(b)) for a, b in edges}
    follow = {a: b for a, b in known if (b, a) not in known}
    loops = []
    while follow:
        start, vertex = next(iter(follow.items()))
        loop = [start]
        del follow[start]
        while vertex != start:
            loop.append(vertex)
            vertex = follow.pop(vertex)
        loops.append(np.array(loop))
    return sorted(loops, key=len, reverse=True)


def disc_embedding(
    points: np.ndarray,
    triangles: np.ndarray,
    density: np.ndarray,
    rim: tuple[np.ndarray, np.ndarray] | None = None,
    rounds: int = 30,
) -> np.ndarray:
    """Map a surface one-to-one onto the unit disc with little stretch.

    Tutte's embedding with its longest border on the circle and the other holes closed by a fan,
    its weights then relaxed by the local stretch (Yoshizawa, Belyaev & Seidel 2004). Positive
    weights and a convex border make every round one-to-one.

    Args:
        points: [V, 3].
        triangles: [T, 3].
        density: [V] > 0; where it is larger the map takes more room.
        rim: the longest border's rows [R] and places [R, 2] on a convex curve, instead of the circle.
        rounds: relaxations.

    Returns:
        [V, 2] in the unit disc.
    """
    outer, *holes = boundary_loops(triangles)
    total = len(points)
    for hole in holes:
        fan = np.stack([np.roll(hole, -1), hole, np.full(len(hole), len(points))], 1)
        triangles = np.concatenate([triangles, fan])
        density = np.r_[density, density[hole].mean()]
        points = np.vstack([points, points[hole].mean(0)])
    if rim is None:
        steps = np.linalg.norm(np.diff(points[np.r_[outer, outer[0]]], axis=0), axis=1)
        angle = -2 * np.pi * np.r_[0, np.cumsum(steps)[:-1]] / steps.sum()
        place = np.stack([np.cos(angle), np.sin(angle)], 1)
    else:
        outer, place = rim
    i = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    i = np.concatenate([i, i[:, ::-1]])
    weight = 1 / np.linalg.norm(points[i[:, 0]] - points[i[:, 1]], axis=1)
    inner = np.setdiff1d(np.arange(len(points)), outer)
    flat = np.zeros((len(points), 2))
    best, best_cost = flat, np.inf
    area3 = _areas(points[triangles]) * density[triangles].mean(1) ** 2
    for _ in range(rounds):
        w = sp.coo_matrix((weight, (i[:, 0], i[:, 1])), shape=(len(points),) * 2).tocsr()
        laplacian = (sp.diags(np.asarray(w.sum(1)).ravel()) - w).tocsr()
        flat = np.zeros((len(points), 2))
        flat[outer] = place
        right = -laplacian[inner][:, outer] @ place
        flat[inner] = spsolve(laplacian[inner][:, inner].tocsc(), right)
        stretch = _stretch(points[triangles] * density[triangles].mean(1)[:, None, None], flat[triangles])
        cost = (stretch**2 * area3).sum()
        if cost < best_cost:
            best, best_cost = flat, cost
        total_area = np.zeros(len(points))
        mean_stretch = np.zeros(len(points))
        for corner in triangles.T:
            np.add.at(total_area, corner, area3)
            np.add.at(mean_stretch, corner, area3 * stretch**2)
        mean_stretch = np.sqrt(mean_stretch / total_area)
        weight = weight / mean_stretch[i[:, 1]] ** 0.5
    return best[:total]


def _areas(corners: np.ndarray) -> np.ndarray:
    return np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2


def _stretch(solid: np.ndarray, flat: np.ndarray) -> np.ndarray:
    """Sander's L2 stretch of each triangle: the RMS length that a unit of the plane gets in space."""
    (s0, t0), (s1, t1), (s2, t2) = flat[:, 0].T, flat[:, 1].T, flat[:, 2].T
    area = np.maximum(np.abs((s1 - s0) * (t2 - t0) - (s2 - s0) * (t1 - t0)) / 2, 1e-12)[:, None]
    q0, q1, q2 = solid[:, 0], solid[:, 1], solid[:, 2]
    ds = (q0 * (t1 - t2)[:, None] + q1 * (t2 - t0)[:, None] + q2 * (t0 - t1)[:, None]) / (2 * area)
    dt = (q0 * (s2 - s1)[:, None] + q1 * (s0 - s2)[:, None] + q2 * (s1 - s0)[:, None]) / (2 * area)
    return np.sqrt(((ds**2).sum(1) + (dt**2).sum(1)) / 2)


def blue_noise(
    points: np.ndarray,
    triangles: np.ndarray,
    spacing: np.ndarray,
    fixed: np.ndarray,
    rng: np.random.Generator,
) -> Sites:
    """Sites at least ``spacing`` apart from each other and from ``fixed`` (dart throwing).

    Args:
        points: [V, 3]; triangles: [T, 3]; spacing: [V] wanted distance; fixed: [M, 3] points that stay.
    """
    area = _areas(points[triangles]) / spacing[triangles].mean(1) ** 2
    count = int(area.sum() * 40)
    chosen = rng.choice(len(triangles), count, p=area / area.sum())
    u = np.sort(rng.random((count, 2)), 1)
    sites = Sites(triangles[chosen], np.stack([u[:, 0], u[:, 1] - u[:, 0], 1 - u[:, 1]], 1))
    where = sites.at(points)
    radius = sites.at(spacing[:, None])[:, 0]
    alive = np.ones(count, bool)
    tree = cKDTree(where)
    fixed_spacing = radius[tree.query(fixed)[1]] if len(fixed) else np.zeros(0)
    for p, r in zip(fixed, fixed_spacing, strict=True):
        alive[tree.query_ball_point(p, 0.75 * r)] = False
    kept = []
    for k in range(count):
        if alive[k]:
            alive[tree.query_ball_point(where[k], radius[k])] = False
            kept.append(k)
    return Sites(sites.corners[kept], sites.weights[kept])


def depth_in_polygon(queries: np.ndarray, polygon: np.ndarray) -> np.ndarray:
    """[N] distance of points to the nearest side's line of a convex polygon [P, 2]; negative outside."""
    side = np.roll(polygon, -1, 0) - polygon
    inward = np.stack([-side[:, 1], side[:, 0]], 1) / np.linalg.norm(side, axis=1, keepdims=True)
    if ((polygon.mean(0) - polygon) * inward).sum() < 0:
        inward = -inward
    return ((queries[:, None] - polygon) * inward).sum(-1).min(1)


def in_polygon(queries: np.ndarray, polygon: np.ndarray) -> np.ndarray:
    """[N] whether points lie inside any simple polygon [P, 2] (even-odd rule)."""
    a, b = polygon, np.roll(polygon, -1, 0)
    x, y = queries[:, :1], queries[:, 1:]
    spans = (a[:, 1] > y) != (b[:, 1] > y)
    rise = np.where(spans, b[:, 1] - a[:, 1], 1)
    return (spans & (x < a[:, 0] + (y - a[:, 1]) / rise * (b[:, 0] - a[:, 0]))).sum(1) % 2 == 1


def triangulate(
    flat: np.ndarray, solid: np.ndarray, rim: np.ndarray, holes: list[np.ndarray], kept: np.ndarray
) -> np.ndarray:
    """Delaunay triangles of points on a disc, improved in space.

    Args:
        flat: [N, 2] embedding; solid: [N, 3]; rim: rows in order along the surface's outer border;
        holes: ordered rows around each hole, or along each notch of the rim.
        kept: [E, 2] edges that must be there, besides the borders.

    Returns:
        [T, 3] oriented as the plane's.

    Raises:
        ValueError: the border's edges got lost, because its points lie too far apart.
    """
    triangles = Delaunay(flat).simplices
    a, b, c = flat[triangles[:, 0]], flat[triangles[:, 1]], flat[triangles[:, 2]]
    turn = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    triangles = np.where((turn < 0)[:, None], triangles[:, [0, 2, 1]], triangles)[np.abs(turn) > 1e-12]
    rings = [rim, *(h for h in holes if not np.isin(h, rim).all())]
    borders = [(int(a), int(b)) for r in rings for a, b in zip(r, np.roll(r, -1), strict=True)]
    locked = borders + [(int(a), int(b)) for a, b in kept]
    triangles = force_edges(triangles, flat, locked)
    for ring in holes:
        triangles = triangles[~in_polygon(flat[triangles].mean(1), flat[ring])]
    triangles = flip_edges(triangles, solid, {frozenset(e) for e in locked})
    expected = {frozenset(e) for ring in rings for e in zip(ring, np.roll(ring, -1), strict=True)}
    found = {
        frozenset(e) for loop in boundary_loops(triangles) for e in zip(loop, np.roll(loop, -1), strict=True)
    }
    if found != expected:
        lost = [(flat[list(e)].round(3).tolist(), solid[list(e)].round(2).tolist()) for e in found ^ expected]
        raise ValueError(f"{len(lost)} border edges differ from the source: {lost[:4]}")
    return triangles


def force_edges(triangles: np.ndarray, flat: np.ndarray, edges: list[tuple[int, int]]) -> np.ndarray:
    """Flip edges in the plane until the wanted ones are there (Sloan 1993)."""
    triangles = triangles.copy()
    owner = {(int(t[j]), int(t[(j + 1) % 3])): k for k, t in enumerate(triangles) for j in range(3)}

    def side(a: int, b: int, c: int) -> float:
        (ax, ay), (bx, by), (cx, cy) = flat[a], flat[b], flat[c]
        return (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)

    def cross(a: int, b: int, i: int, j: int) -> bool:
        if {a, b} & {i, j}:
            return False
        return side(a, b, i) * side(a, b, j) < 0 and side(i, j, a) * side(i, j, b) < 0

    for a, b in edges:
        if (a, b) in owner or (b, a) in owner:
            continue
        queue = [(i, j) for i, j in owner if i < j and cross(a, b, i, j)]
        for _ in range(50 * len(queue)):
            if not queue:
                break
            i, j = queue.pop(0)
            k, other = owner[i, j], owner[j, i]
            p = next(int(v) for v in triangles[k] if v not in (i, j))
            q = next(int(v) for v in triangles[other] if v not in (i, j))
            if not cross(p, q, i, j):  # not convex yet
                queue.append((i, j))
                continue
            del owner[i, j], owner[j, i]
            triangles[k], triangles[other] = [i, q, p], [q, j, p]
            for t in (k, other):
                u, v, w = map(int, triangles[t])
                owner[u, v] = owner[v, w] = owner[w, u] = t
            if cross(a, b, p, q):
                queue.append((p, q))
    return triangles


def flip_edges(
    triangles: np.ndarray, points: np.ndarray, locked: set[frozenset[int]], sweeps: int = 30
) -> np.ndarray:
    """Flip edges, but the locked ones, whose opposite angles in space sum to more than 180° (Delaunay)."""
    corners: list[list[int]] = [list(map(int, t)) for t in triangles]
    owner: dict[tuple[int, int], int] = {}
    for k, t in enumerate(corners):
        for j in range(3):
            owner[t[j], t[(j + 1) % 3]] = k

    def angle(at: int, p: int, q: int) -> float:
        u, v = points[p] - points[at], points[q] - points[at]
        return float(np.arctan2(np.linalg.norm(np.cross(u, v)), u @ v))

    for _ in range(sweeps):
        flips = 0
        for (i, j), k in list(owner.items()):
            if i > j or owner.get((i, j)) != k or (j, i) not in owner or frozenset((i, j)) in locked:
                continue
            other = owner[j, i]
            p = next(v for v in corners[k] if v not in (i, j))
            q = next(v for v in corners[other] if v not in (i, j))
            if (p, q) in owner or (q, p) in owner or angle(p, i, j) + angle(q, i, j) <= np.pi + 1e-6:
                continue
            normals = [
                np.cross(points[b] - points[a], points[c] - points[a]) for a, b, c in ((i, q, p), (q, j, p))
            ]
            if normals[0] @ normals[1] <= 0:
                continue
            corners[k], corners[other] = [i, q, p], [q, j, p]
            for a, b in ((i, j), (j, i)):
                del owner[a, b]
            for row in (k, other):
                a, b, c = corners[row]
                owner[a, b] = owner[b, c] = owner[c, a] = row
            flips += 1
        if not flips:
            break
    return np.array(corners)


def pair_quads(triangles: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Merge triangles into quads, best shapes first.

    Returns:
        [F, 4]; triangles that are left over have -1 last.
    """
    sides = defaultdict(list)
    for k, (a, b, c) in enumerate(triangles):
        for e in ((a, b), (b, c), (c, a)):
            sides[frozenset(map(int, e))].append(k)
    ranked = []
    for edge, pair in sides.items():
        if len(pair) == 2:
            quad = _merge(triangles[pair[0]], triangles[pair[1]], edge)
            p = points[quad]
            forward = np.roll(p, -1, 0) - p
            forward /= np.linalg.norm(forward, axis=1, keepdims=True)
            # Sum of |cos| of the four corners: 0 for a rectangle.
            skew = np.abs((forward * np.roll(forward, 1, 0)).sum(1)).max()
            normals = np.cross(forward, np.roll(forward, 1, 0))
            if (normals @ normals.mean(0) * np.sign((normals @ normals.mean(0)).sum()) > 0).all():
                ranked.append((skew, pair, quad))
    free = np.ones(len(triangles), bool)
    faces = []
    for skew, pair, quad in sorted(ranked, key=lambda r: r[0]):
        if skew < 0.85 and free[pair].all():
            free[pair] = False
            faces.append(quad)
    rest = [[*t, -1] for t in triangles[free]]
    return np.array(faces + rest)


def _merge(first: np.ndarray, second: np.ndarray, edge: frozenset[int]) -> list[int]:
    apex = int(next(v for v in second if v not in edge))
    quad = list(map(int, first))
    for j in range(3):
        if {quad[j], quad[(j + 1) % 3]} == edge:
            return [*quad[: j + 1], apex, *quad[j + 1 :]]
    raise ValueError("the triangles do not share the edge")
