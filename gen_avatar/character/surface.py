"""Small tools on triangle meshes: boundary loops, smoothing, deformation by handles, strips, binding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numba import njit
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu
from scipy.spatial import cKDTree

from gen_avatar.character.raster import rasterize


def smoothstep(lo: float, hi: float, x: np.ndarray) -> np.ndarray:
    """Hermite step from 0 at ``lo`` to 1 at ``hi``; ``lo`` may be the larger one."""
    t = np.clip((x - lo) / (hi - lo), 0.0, 1.0)
    return t * t * (3 - 2 * t)


def normalize(vectors: np.ndarray) -> np.ndarray:
    """Unit vectors along the last axis; zero stays zero."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def boundary_sides(triangles: np.ndarray) -> np.ndarray:
    """[m, 2] sides of ``triangles`` [T, 3] that belong to one of them only, as vertices on its way around."""
    sides = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    _, first, count = np.unique(np.sort(sides, 1), axis=0, return_index=True, return_counts=True)
    return sides[first[count == 1]]


def boundary_loops(triangles: np.ndarray) -> list[np.ndarray]:
    """Closed loops of boundary edges, each as vertex indices in order."""
    following = {int(a): int(b) for a, b in boundary_sides(triangles)}
    loops = []
    while following:
        start, vertex = following.popitem()
        loop = [start]
        while vertex != start and vertex in following:
            loop.append(vertex)
            vertex = following.pop(vertex)
        loops.append(np.asarray(loop))
    return loops


#: Vertices closer than this are one when it is asked whether a surface is closed, cm.
_WELD = 2e-3


def closed_pieces(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """[T] whether each of ``triangles`` [T, 3] belongs to a closed piece: one whose back is never seen."""
    cell = np.round((vertices - vertices.min(0)) / _WELD).astype(np.int64)
    _, same = np.unique((cell[:, 0] << 42) + (cell[:, 1] << 21) + cell[:, 2], return_inverse=True)
    count, corners = int(same.max()) + 1, same[triangles].astype(np.int64)
    solid = (corners != np.roll(corners, 1, 1)).all(1)
    start, stop = corners[solid].ravel(), np.roll(corners[solid], -1, 1).ravel()
    edge, back = np.sort(start * count + stop), stop * count + start
    # Every edge is met once from either side.
    left, right = np.searchsorted(edge, back), np.searchsorted(edge, back, "right")
    links = sp.coo_matrix((np.ones(len(start), np.int8), (start, stop)), shape=(count, count))
    pieces, piece = connected_components(links, directed=False)
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    volume = np.bincount(piece[corners[:, 0]], (np.cross(a, b) * c).sum(1), pieces)
    good = volume > 0
    good[piece[start[right - left != 1]]] = False
    return good[piece[corners[:, 0]]]


@dataclass(frozen=True)
class Laplacian:
    """Cotangent Laplacian of a surface: blind to how it is cut into triangles.

    Attributes:
        stiffness: [V, V] symmetric, rows sum to 0.
        area: [V] cm² that belong to each vertex.
    """

    stiffness: sp.csr_matrix
    area: np.ndarray

    @classmethod
    def of(cls, vertices: np.ndarray, triangles: np.ndarray) -> Laplacian:
        """Of ``triangles`` [T, 3] over ``vertices`` [V, 3]; weights of obtuse corners are kept positive."""
        count = len(vertices)
        links = sp.csr_matrix((count, count))
        area = np.full(count, 1e-6)
        for k in range(3):
            i, j, o = triangles[:, k], triangles[:, (k + 1) % 3], triangles[:, (k + 2) % 3]
            u, v = vertices[i] - vertices[o], vertices[j] - vertices[o]
            twice = np.linalg.norm(np.cross(u, v), axis=1) + 1e-9
            weight = np.clip((u * v).sum(1) / twice, 0.02, 5.0) / 2
            links = links + sp.coo_matrix((weight, (i, j)), shape=(count, count)).tocsr()
            np.add.at(area, i, twice / 6)
        links = links + links.T
        stiffness = sp.diags(np.asarray(links.sum(1)).ravel()) - links
        return cls(stiffness.tocsr(), area)

    def smoother(self, amount: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        """Implicit heat flow of fields [V, K] over ``amount`` [V] cm²; where it is 0 nothing changes."""
        system = sp.diags(self.area) + sp.diags(amount) @ self.stiffness
        # Rows are dominated by their diagonals: no pivots are needed, any order will do.
        symmetric = {"SymmetricMode": True}
        factors = splu(system.tocsc(), "MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=symmetric)
        lower, upper = factors.L.sorted_indices(), factors.U.sorted_indices()
        parts = (lower.indptr, lower.indices, lower.data, upper.indptr, upper.indices, upper.data)
        return lambda field: _solve(*parts, factors.perm_r, factors.perm_c, self.area, field)


#: Columns that are solved for at once.
_LANES = 4


@njit(cache=True, error_model="numpy")
def _solve(  # type: ignore[no-untyped-def]
    lower_start, lower_rows, lower_values, upper_start, upper_rows, upper_values, perm_r, perm_c, area, field
):
    """[V, K] float32 solution of A x = ``area`` * ``field`` [V, K], A permuted to L U.

    L and U are stored by columns, rows in order; the diagonal of L is 1.
    """
    rows, columns = field.shape
    out, x = np.empty((rows, columns), np.float32), np.empty((rows, _LANES))
    for lane in range(0, columns, _LANES):
        width = min(_LANES, columns - lane)
        x[:] = 0
        for i in range(rows):
            for k in range(width):
                x[perm_r[i], k] = area[i] * field[i, lane + k]
        for j in range(rows):
            a, b, c, d = x[j, 0], x[j, 1], x[j, 2], x[j, 3]
            for at in range(lower_start[j] + 1, lower_start[j + 1]):
                row, value = lower_rows[at], lower_values[at]
                x[row, 0] -= value * a
                x[row, 1] -= value * b
                x[row, 2] -= value * c
                x[row, 3] -= value * d
        for j in range(rows - 1, -1, -1):
            stop = upper_start[j + 1] - 1
            scale = 1 / upper_values[stop]
            a, b, c, d = x[j, 0] * scale, x[j, 1] * scale, x[j, 2] * scale, x[j, 3] * scale
            x[j, 0], x[j, 1], x[j, 2], x[j, 3] = a, b, c, d
            for at in range(upper_start[j], stop):
                row, value = upper_rows[at], upper_values[at]
                x[row, 0] -= value * a
                x[row, 1] -= value * b
                x[row, 2] -= value * c
                x[row, 3] -= value * d
        for i in range(rows):
            for k in range(width):
                out[i, lane + k] = x[perm_c[i], k]
    return out


class HandleDeformation:
    """Smooth (biharmonic) displacement fields that take given values at handles and fade to 0 around them."""

    def __init__(self, laplacian: Laplacian, handles: np.ndarray, free: np.ndarray) -> None:
        """``handles`` and ``free`` are vertex indices; every other vertex stays where it is."""
        energy = (laplacian.stiffness @ sp.diags(1 / laplacian.area) @ laplacian.stiffness).tocsr()
        self._count, self._handles = len(laplacian.area), handles
        self._free = np.setdiff1d(free, handles)
        self._solver = splu(energy[self._free][:, self._free].tocsc())
        self._coupling = energy[self._free][:, handles]

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """[V, 3] field for the handles' displacements ``values`` [H, 3]."""
        field = np.zeros((self._count, 3), np.float32)
        field[self._handles] = values
        field[self._free] = self._solver.solve(-(self._coupling @ values.astype(np.float64)))
        return field


def resample(curve: np.ndarray, count: int) -> np.ndarray:
    """[count, K] points at equal steps of arc length along a polyline [n, K]."""
    steps = np.linalg.norm(np.diff(curve[:, :3], axis=0), axis=1)
    along = np.concatenate([[0], np.cumsum(steps)])
    at = np.linspace(0, along[-1], count)
    return np.stack([np.interp(at, along, curve[:, k]) for k in range(curve.shape[1])], 1)


def grid_triangles(rows: int, columns: int, closed: bool = False) -> np.ndarray:
    """[T, 3] int32 triangles of a grid of vertices; ``closed`` joins the last column to the first."""
    i = np.arange(rows - 1)[:, None] * columns
    j = np.arange(columns if closed else columns - 1)[None]
    k = (j + 1) % columns
    a, b, c, d = i + j, i + k, i + columns + k, i + columns + j
    quads = [np.stack(np.broadcast_arrays(*corners), -1).reshape(-1, 3) for corners in ((a, d, c), (a, c, b))]
    return np.concatenate(quads).astype(np.int32)


def nearest_binding(
    points: np.ndarray, vertices: np.ndarray, count: int = 4
) -> tuple[np.ndarray, np.ndarray]:
    """Bind points to their ``count`` nearest vertices: indices [n, count] and weights that sum to 1."""
    distance, index = cKDTree(vertices).query(points, k=count)
    weight = 1 / (distance + 0.05) ** 2
    return index.astype(np.int32), (weight / weight.sum(1, keepdims=True)).astype(np.float32)


def bound(field: np.ndarray, binding: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """[n, K] weighted means of ``field`` [V, K] over a binding."""
    index, weight = binding
    return np.einsum("nk,nkc->nc", weight, field[index])


class FrontIndex:
    """Finds where a point (x, y) seen from the front lies on a surface."""

    _SCALE = 16.0

    def __init__(self, vertices: np.ndarray, triangles: np.ndarray) -> None:
        """``vertices`` [V, 3] in the head frame, ``triangles`` [T, 3]."""
        self._low = vertices[:, :2].min(0) - 0.5
        extent = (vertices[:, :2].max(0) + 0.5 - self._low) * self._SCALE
        seen = np.concatenate([(vertices[:, :2] - self._low) * self._SCALE, vertices[:, 2:]], 1)
        self._map = rasterize(seen, triangles, int(extent[1]) + 1, int(extent[0]) + 1).triangle
        self._vertices, self._triangles = vertices, triangles

    def bind(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """[n, 3] vertices and weights that sum to 1, for points [n, 2] that lie in front of the surface."""
        cell = ((points[:, :2] - self._low) * self._SCALE).astype(int)
        triangle = self._map[cell[:, 1], cell[:, 0]]
        if (triangle < 0).any():
            raise ValueError("a point lies beside the surface")
        corners = self._triangles[triangle]
        a, b, c = (self._vertices[corners[:, k], :2] for k in range(3))
        ab, ac, ap = b - a, c - a, points[:, :2] - a
        area = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
        v = (ap[:, 0] * ac[:, 1] - ap[:, 1] * ac[:, 0]) / area
        w = (ab[:, 0] * ap[:, 1] - ab[:, 1] * ap[:, 0]) / area
        weight = np.clip(np.stack([1 - v - w, v, w], 1), 0, 1)
        return corners.astype(np.int32), (weight / weight.sum(1, keepdims=True)).astype(np.float32)
