"""Patches of hair that grow out of the skin: a smooth outline on the face, swelling from its edge inwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.spatial import cKDTree

from gen_avatar.character.raster import vertex_normals
from gen_avatar.character.surface import boundary_sides
from gen_avatar.character.wardrobe.fitting import fit_to_skin
from gen_avatar.character.wardrobe.garments import Garment
from training.wardrobe.surface import HeadSurface, direction, unit

#: Height of the edge above the skin, cm: enough not to flicker, too little to be a step.
_EDGE = 0.03
#: Points along an outline.
_FINE = 400
#: Degree of the polynomials by which carried patches move, the share of it that is as in the middle, or they
#: would be bent straight; and how much nearer they count, cm, in the middle and at the sides: neither skin
#: that bulges nor the corners of drawn lips must come through.
_DEGREE, _STIFF, _NEARER, _NEARER_ASIDE = 4, 0.4, 0.45, 1.15
#: At how many azimuths and elevations the skin below them is asked.
_SAMPLES = (41, 15)
Field = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Patch:
    """Where hair grows and how it stands.

    Attributes:
        outline: [n, 2] closed, azimuth and elevation in degrees as seen from ``origin``.
        origin: [3] a point inside the head, cm.
        thick: (azimuth, elevation) → height of the hair away from edges, cm.
        slope: how far from an edge it reaches that height, degrees.
        cell: size of the mesh's cells, degrees.
        drift: (azimuth, elevation) → [n, 3] how far the hair away from edges hangs, cm.
        floor: azimuth → the lowest elevation of skin that carries the patch; hair below hangs from there.
        tone: (azimuth, elevation) → how it is painted, as of :class:`Garment`.
        carriers: [k, 2] places, degrees, whose skin carries it; none: each vertex hangs on the skin below it.
    """

    outline: np.ndarray
    origin: np.ndarray
    thick: Field
    slope: float
    cell: float
    drift: Field | None = None
    floor: Callable[[np.ndarray], np.ndarray] | None = None
    tone: Field | None = None
    carriers: np.ndarray | None = None

    def raised(self, a: np.ndarray, e: np.ndarray, swell: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Height [n] and drift [n, 3], cm, where hair at angles [n] has ``swell`` [n] of its full height."""
        lift = _EDGE + (self.thick(a, e) - _EDGE) * swell
        free = np.zeros((len(a), 3)) if self.drift is None else self.drift(a, e) * swell[:, None]
        return lift, free

    def swell(self, depth: np.ndarray) -> np.ndarray:
        """[n] share of its full height that hair has ``depth`` [n] degrees inside of the edge."""
        t = np.clip(depth / self.slope, 0, 1)
        return t * (2 - t)


def closed(points: np.ndarray) -> np.ndarray:
    """[_FINE, 2] a smooth closed curve through [n, 2] points."""
    ring = np.concatenate([points[-3:], points, points[:4]])
    place = np.r_[0, np.cumsum(np.linalg.norm(np.diff(ring, axis=0), axis=1) ** 0.7)]
    curve = PchipInterpolator(place, ring)
    return curve(np.linspace(place[3], place[3 + len(points)], _FINE, endpoint=False))


def mirrored(half: np.ndarray) -> np.ndarray:
    """A closed curve through points [n, 2] of the left half, which end in the middle, and their mirror."""
    return closed(np.concatenate([half, half[-2:0:-1] * [-1, 1]]))


def inside_distance(outline: np.ndarray, points: np.ndarray) -> np.ndarray:
    """[n] distance of points [n, 2] from a closed outline, degrees, positive inside."""
    following = np.roll(outline, -1, axis=0)
    x, y = points[:, 0, None], points[:, 1, None]
    crosses = (outline[:, 1] > y) != (following[:, 1] > y)
    rise = following[:, 1] - outline[:, 1]
    share = (y - outline[:, 1]) / np.where(rise == 0, 1, rise)
    at = outline[:, 0] + share * (following[:, 0] - outline[:, 0])
    within = (crosses & (x < at)).sum(1) % 2 == 1
    return np.where(within, 1, -1) * cKDTree(outline).query(points)[0]


def grow(head: HeadSurface, patch: Patch) -> Garment:
    """The mesh of a patch, fixed to the skin below it."""
    angle, depth, triangles = _cells(patch)
    a, e = angle.T
    swell = _calm(patch.swell(depth), triangles, depth > 0)
    strand = np.stack([np.clip(a / 90, -1, 1), np.clip(depth / patch.slope, 0, 1), np.full(len(a), 0.5)], 1)
    tone = np.zeros(0) if patch.tone is None else patch.tone(a, e)
    return fixed(head, patch, angle, patch.raised(a, e, swell), triangles, strand, tone)


def fixed(
    head: HeadSurface,
    patch: Patch,
    angle: np.ndarray,
    raised: tuple[np.ndarray, np.ndarray],
    triangles: np.ndarray,
    strand: np.ndarray,
    tone: np.ndarray,
) -> Garment:
    """A mesh at ``angle`` [n, 2], fixed to the skin below it; ``raised`` as of :meth:`Patch.raised`."""
    a, (lift, free) = angle[:, 0], raised
    nearer = np.zeros(0)
    if patch.carriers is None:
        indices, quad, hung = _hung(head, patch, angle)
        free = free + hung
        vertices = fit_to_skin(indices, quad, lift, free, head.vertices, head.skin)
    else:
        indices, quad = _carried(head, patch.origin, patch.carriers, a)
        vertices = _evened(head, patch, angle, lift) + free
        free = vertices - fit_to_skin(indices, quad, lift, 0 * free, head.vertices, head.skin)
        # Sides of tufts that end beyond the outline stay below it.
        aside = np.clip(2 * np.abs(a) / np.abs(patch.outline[:, 0]).max() - 0.5, 0, 1)
        nearer = np.where(lift > 0, _NEARER + (_NEARER_ASIDE - _NEARER) * aside, -_NEARER)
    p = vertices[triangles]
    facing = (np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]) * (p[:, 0] - patch.origin)).sum()
    triangles = triangles if facing > 0 else triangles[:, ::-1]
    normal = vertex_normals(vertices.astype(np.float32), triangles.astype(np.int32))
    down = np.array([0, -1.0, 0.0]) + 0 * normal
    tangent = unit(down - (down * normal).sum(1, keepdims=True) * normal)
    return Garment(
        part="beard",
        fit="skin",
        vertices=vertices.astype(np.float32),
        triangles=np.ascontiguousarray(triangles, np.int32),
        tangent=tangent.astype(np.float32),
        strand=strand.astype(np.float32),
        indices=indices,
        weights=quad,
        offset=lift.astype(np.float32),
        drift=free.astype(np.float32),
        clearance=nearer.astype(np.float32),
        tone=tone.astype(np.float32),
    )


def _hung(head: HeadSurface, patch: Patch, angle: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Skin that carries hair at ``angle`` [n, 2]: indices, weights [n, 4]; [n, 3] cm it hangs off that."""
    a, e = angle.T
    held = e if patch.floor is None else np.maximum(e, patch.floor(a))
    corners, weights = head.cast(patch.origin, direction(a, held))
    below = (head.vertices[corners] * weights[..., None]).sum(1) - patch.origin
    hung = np.linalg.norm(below, axis=1)[:, None] * (direction(a, e) - direction(a, held))
    indices = np.concatenate([corners, corners[:, :1]], 1).astype(np.int32)
    quad = np.concatenate([weights, np.zeros((len(weights), 1))], 1).astype(np.float32)
    return indices, quad, hung


def _evened(head: HeadSurface, patch: Patch, angle: np.ndarray, lift: np.ndarray) -> np.ndarray:
    """[n, 3] points ``lift`` [n] cm above the skin below a patch without its small dents and folds."""
    low, high = patch.outline.min(0), patch.outline.max(0)
    axes = [np.linspace(low[k], high[k], count) for k, count in enumerate(_SAMPLES)]
    grid = np.stack(np.meshgrid(*axes), -1).reshape(-1, 2)
    grid = grid[inside_distance(patch.outline, grid) > 0]
    indices, quad, hung = _hung(head, patch, grid)
    base, above = (
        fit_to_skin(indices, quad, np.full(len(grid), height), hung, head.vertices, head.skin)
        for height in (0.0, 1.0)
    )

    def terms(at: np.ndarray) -> np.ndarray:
        x, y = (2 * (at - low) / (high - low) - 1).T
        return np.stack([x**i * y**j for i in range(_DEGREE + 1) for j in range(3)], 1)

    fit = np.linalg.pinv(terms(grid))
    return terms(angle) @ (fit @ base) + lift[:, None] * unit(terms(angle) @ (fit @ (above - base)))


def _carried(
    head: HeadSurface, origin: np.ndarray, carriers: np.ndarray, azimuth: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Skin vertices [n, k] nearest to ``carriers`` and weights [n, k] at azimuths [n].

    They fit a polynomial in the azimuth alone to how the carriers move: what lies above one another moves as
    one, however the skin between is squeezed.
    """
    corners, weights = head.cast(origin, direction(*carriers.T))
    nearest = corners[np.arange(len(corners)), weights.argmax(1)]
    reach = np.abs(carriers[:, 0]).max()

    def powers(a: np.ndarray) -> np.ndarray:
        return np.clip(a / reach, -1, 1)[:, None] ** np.arange(_DEGREE + 1)

    fit = np.linalg.pinv(powers(carriers[:, 0]))
    share = (1 - _STIFF) * (powers(azimuth) @ fit) + _STIFF * fit[0]
    return np.tile(nearest, (len(azimuth), 1)).astype(np.int32), share.astype(np.float32)


def _calm(values: np.ndarray, triangles: np.ndarray, free: np.ndarray, rounds: int = 6) -> np.ndarray:
    """[n] values of a mesh without the creases where they were equally far from two edges; others stay."""
    pairs = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    pairs = np.concatenate([pairs, pairs[:, ::-1]])
    count = np.bincount(pairs[:, 0], minlength=len(values))
    for _ in range(rounds):
        around = np.bincount(pairs[:, 0], values[pairs[:, 1]], minlength=len(values)) / count
        values = np.where(free, 0.5 * values + 0.5 * around, values)
    return values


def _cells(patch: Patch) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Angles [n, 2] of a mesh of the inside, distances [n] from its edge, and triangles [m, 3].

    A regular grid of triangles that reach inside; corners outside are moved to the outline, so that its
    edge is clean, and so are those just inside, so that no triangle is a sliver.
    """
    low, high = patch.outline.min(0) - 2 * patch.cell, patch.outline.max(0) + 2 * patch.cell
    # The grid has a column in the middle of the face.
    columns = np.arange(np.floor(low[0] / patch.cell), np.ceil(high[0] / patch.cell) + 1) * patch.cell
    rows = np.arange(low[1], high[1] + patch.cell, patch.cell)
    grid = np.stack(np.meshgrid(columns, rows, indexing="ij"), -1).reshape(-1, 2)
    depth = inside_distance(patch.outline, grid)
    j, k = np.meshgrid(np.arange(len(columns) - 1), np.arange(len(rows) - 1), indexing="ij")
    first = (j * len(rows) + k).ravel()
    right, up, across = first + len(rows), first + 1, first + len(rows) + 1
    # Diagonals lean outwards on both sides, so that the mesh is symmetric.
    lean = (grid[first, 0] + grid[right, 0] > 0)[:, None]
    triangles = np.concatenate(
        [
            np.where(lean, np.stack([first, right, across], 1), np.stack([first, right, up], 1)),
            np.where(lean, np.stack([first, across, up], 1), np.stack([right, across, up], 1)),
        ]
    )
    kept = triangles[(depth[triangles] > 0.35 * patch.cell).any(1)]
    edge = depth < 0.35 * patch.cell
    grid[edge] = patch.outline[cKDTree(patch.outline).query(grid[edge])[1]]
    depth[edge] = 0.0
    p = grid[kept]
    area = np.abs(
        (p[:, 1, 0] - p[:, 0, 0]) * (p[:, 2, 1] - p[:, 0, 1])
        - (p[:, 1, 1] - p[:, 0, 1]) * (p[:, 2, 0] - p[:, 0, 0])
    )
    kept = kept[area > 0.01 * patch.cell**2]
    # Flat triangles are gone: what borders on nothing now is the edge as well.
    depth[boundary_sides(kept)] = 0.0
    used, kept = np.unique(kept, return_inverse=True)
    return grid[used], depth[used], kept.reshape(-1, 3)
