"""What is known of a drawn picture because it was drawn: parts, landmarks, and where each point moves.

Pictures are of side ``size`` pixels in the image frame of :mod:`gen_avatar.types`: x to the right, y down,
the centre of the first pixel at (0.5, 0.5). All of it holds for every look, since looks share their geometry.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from gen_avatar.character.buffers import render_gbuffer, solid_raster
from gen_avatar.character.camera import DISTANCE
from gen_avatar.character.mesh import EYE_LEFT, EYE_RIGHT, PosedMesh
from gen_avatar.character.raster import Raster
from gen_avatar.errors import UsageError
from gen_avatar.head.embedding import closest_points
from gen_avatar.types import Character, Performance
from gen_avatar.warp.puppet import place_on_eye
from training.studio import default_model, pose

#: A point counts as seen when it lies no further behind the surface that is seen there, cm: less than lids
#: are thick, more than the surface bends within a pixel.
TOLERANCE = 0.1


def part_mask(person: Character, performance: Performance, size: int, index: int = 0) -> np.ndarray:
    """[size, size] int8 index into ``PARTS`` of what is seen at the centre of each pixel, -1 for nothing.

    Lenses are see-through: there the mask says what is behind them. Frame ``index`` is looked at.
    """
    return render_gbuffer(pose(person, performance, index), size).part


def landmarks(person: Character, performance: Performance, size: int, index: int = 0) -> np.ndarray:
    """[68, 2] float32 iBUG landmarks (x, y) of frame ``index``, pixels, whether or not they are hidden."""
    posed = pose(person, performance, index)
    triangle, weight = _landmark_places()
    points = np.einsum("nk,nkc->nc", weight, posed.points[default_model().head.triangles[triangle]])
    return posed.camera.project(points, size)[:, :2]


def flow(
    person: Character,
    performance_a: Performance,
    performance_b: Performance,
    size: int,
    frames: tuple[int, int] = (0, 0),
) -> tuple[np.ndarray, np.ndarray]:
    """Where each point of the picture A is in the picture B of the same person.

    Points are points of the surface: skin, hair and garments by their place on the mesh, the eyes by their
    place on the ball that turns with the gaze. Lenses are passed over.

    Args:
        person: who plays both.
        performance_a, performance_b: what they do in A and in B; with the same props.
        size: side of the pictures, pixels.
        frames: which frame of either performance.

    Returns:
        [size, size, 2] float32 displacement (x, y) in pixels, from the centre of a pixel of A to where its
        point is in B, also if it is hidden there; 0 where A shows nothing. And [size, size] bool: A shows
        something, and the pixel of B in which its point lies shows it too, neither hidden nor outside.

    Raises:
        UsageError: the props differ, hence the meshes do.
    """
    if set(performance_a.props) != set(performance_b.props):
        raise UsageError(
            "both performances must have the same props, not "
            + " and ".join(f"({', '.join(p.props)})" for p in (performance_a, performance_b))
        )
    before = pose(person, performance_a, frames[0])
    after = pose(person, replace(performance_b, props=performance_a.props), frames[1])
    raster = solid_raster(before, size)[1]
    covered = raster.triangle >= 0
    triangle = raster.triangle[covered]
    weight = _weights(before, raster, covered)
    corners = before.triangles[triangle]
    there = np.einsum("nk,nkc->nc", weight, after.points[corners])
    for eye in (EYE_LEFT, EYE_RIGHT):
        on_eye = before.surface[triangle] == eye
        local = np.einsum("nk,nkc->nc", weight[on_eye], before.local[corners[on_eye]])
        there[on_eye] = place_on_eye(after, eye, local)
    at = after.camera.project(there, size)[:, :2]
    distance = DISTANCE - there[:, 2] - (weight * after.lift[corners]).sum(1)
    moved = np.zeros((size, size, 2), np.float32)
    moved[covered] = at - (np.argwhere(covered)[:, ::-1] + 0.5)
    visible = np.zeros((size, size), bool)
    visible[covered] = _shown(after, at, distance, size)
    return moved, visible


@lru_cache(maxsize=1)
def _landmark_places() -> tuple[np.ndarray, np.ndarray]:
    """Triangles of the skin [68] and weights of their corners [68, 3]: no landmark hangs on both lips."""
    head = default_model().head
    return closest_points(head.landmarks, head.rest, head.triangles)[:2]


def _weights(posed: PosedMesh, raster: Raster, covered: np.ndarray) -> np.ndarray:
    """[n, 3] weights on the surface of the corners of the triangle that is seen at each ``covered`` pixel."""
    second, third = raster.barycentric[covered].astype(np.float64).T
    near = 1 / (DISTANCE - posed.points[posed.triangles[raster.triangle[covered]], 2].astype(np.float64))
    weight = np.stack([1 - second - third, second, third], 1) * near
    return weight / weight.sum(1, keepdims=True)


def _shown(posed: PosedMesh, at: np.ndarray, distance: np.ndarray, size: int) -> np.ndarray:
    """[n] whether points at ``at`` [n, 2] pixels, ``distance`` [n] cm from the camera (lifted), are seen."""
    points, raster = solid_raster(posed, size)
    cell = np.floor(at).astype(int)
    inside = ((cell >= 0) & (cell < size)).all(1)
    column, row = np.clip(cell, 0, size - 1).T
    triangle = raster.triangle[row, column]
    # The nearness of the plane that is seen there, right at the point and not at the centre of its pixel.
    a, b, c = points[posed.triangles[triangle]].astype(np.float64).transpose(1, 0, 2)
    u, v, p = b - a, c - a, at - a[:, :2]
    area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    area = np.where(area == 0, np.inf, area)
    second = (p[:, 0] * v[:, 1] - p[:, 1] * v[:, 0]) / area
    third = (u[:, 0] * p[:, 1] - u[:, 1] * p[:, 0]) / area
    near = a[:, 2] + second * u[:, 2] + third * v[:, 2]
    # Triangles seen edge-on are not continued beyond their corners.
    near = np.clip(near, np.minimum(np.minimum(a, b), c)[:, 2], np.maximum(np.maximum(a, b), c)[:, 2])
    return inside & (triangle >= 0) & (distance < 1 / near + TOLERANCE)
