"""Landmark schemes: what their points are, and how points are embedded in a head."""

from __future__ import annotations

import numpy as np
import torch

from gen_avatar.head.model import LandmarkEmbedding

#: Contours of FaceMesh (MediaPipe, Apache-2.0) by their indices. Left and right are the subject's.
OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152,
    148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
LEFT_EYE = (362, 382, 381, 380, 374, 373, 390, 249, 263, 466, 388, 387, 386, 385, 384, 398)
RIGHT_EYE = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
LEFT_BROW = (276, 283, 282, 295, 285, 300, 293, 334, 296, 336)
RIGHT_BROW = (46, 53, 52, 65, 55, 70, 63, 105, 66, 107)
OUTER_LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
INNER_LIPS = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
LEFT_IRIS = (473, 474, 475, 476, 477)
RIGHT_IRIS = (468, 469, 470, 471, 472)
MESH_POINTS = 468

#: (outer, inner corner, upper, lower lid) of the left and the right eye.
EYE_CORNERS = {
    "facemesh478": ((263, 362, 386, 374), (33, 133, 159, 145)),
    "ibug68": ((45, 42, 43, 47), (36, 39, 38, 40)),
}
POINTS = {"facemesh478": 478, "ibug68": 68}


def landmark_weights(scheme: str) -> np.ndarray:
    """How much the fit trusts each landmark, [L].

    Lids and lips carry the expression in few pixels. The face's oval slides over the surface as the
    head turns. The iris moves with the gaze and is used for nothing else.
    """
    weights = np.ones(POINTS[scheme], np.float32)
    if scheme == "facemesh478":
        weights[list(OVAL)] = 0.25
        weights[list(LEFT_EYE + RIGHT_EYE + OUTER_LIPS + INNER_LIPS)] = 2.0
        weights[list(LEFT_BROW + RIGHT_BROW)] = 1.5
        weights[MESH_POINTS:] = 0.0
    else:
        weights[:17] = 0.1
        weights[17:27] = 1.5
        weights[36:68] = 2.0
    return weights


def video_subset(scheme: str) -> np.ndarray:
    """Indices of the landmarks that suffice for a video frame with a known identity: all contours,
    and every sixth of the smooth surface between them."""
    if scheme != "facemesh478":
        return np.arange(POINTS[scheme])
    contours = {*OVAL[::2], *LEFT_EYE, *RIGHT_EYE, *LEFT_BROW, *RIGHT_BROW, *OUTER_LIPS, *INNER_LIPS}
    return np.array(sorted(contours | set(range(0, MESH_POINTS, 6))))


def closest_points(
    points: np.ndarray, vertices: np.ndarray, triangles: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The nearest points of a surface.

    Args:
        points: [L, 3]; vertices: [V, 3]; triangles: [T, 3].

    Returns:
        Triangle [L] int64, barycentric weights [L, 3] and distance [L].
    """
    corners = vertices[triangles].astype(np.float64)
    centers = corners.mean(1)
    reach = np.linalg.norm(corners - centers[:, None], axis=-1).max(1)
    row, weight, distance = np.zeros(len(points), np.int64), np.zeros((len(points), 3)), np.zeros(len(points))
    for i, point in enumerate(points.astype(np.float64)):
        # No point of a triangle is nearer than its centre less its reach: few can be the nearest.
        gap = np.linalg.norm(centers - point, axis=1)
        near = np.flatnonzero(gap - reach <= (gap + reach).min())
        weights = _triangle_weights(point, corners[near])
        squared = ((np.einsum("ktc,tcd->ktd", weights, corners[near]) - point) ** 2).sum(-1)
        kind, best = np.unravel_index(squared.argmin(), squared.shape)
        row[i], weight[i], distance[i] = near[best], weights[kind, best], np.sqrt(squared[kind, best])
    return row, weight.astype(np.float32), distance


def _triangle_weights(p: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """[4, T, 3] weights of the nearest point of each edge and of the plane (the latter only if inside)."""
    a, b, c = corners.transpose(1, 0, 2)
    ab, ac, ap = b - a, c - a, p - a

    def along(origin: np.ndarray, edge: np.ndarray) -> np.ndarray:
        return np.clip(((p - origin) * edge).sum(-1) / np.maximum((edge**2).sum(-1), 1e-20), 0, 1)

    t, u, w = along(a, ab), along(a, ac), along(b, c - b)
    zero = np.zeros_like(t)
    d11, d12, d22 = (ab * ab).sum(-1), (ab * ac).sum(-1), (ac * ac).sum(-1)
    r1, r2 = (ap * ab).sum(-1), (ap * ac).sum(-1)
    area = np.maximum(d11 * d22 - d12 * d12, 1e-20)
    v1, v2 = (d22 * r1 - d12 * r2) / area, (d11 * r2 - d12 * r1) / area
    inside = (v1 >= 0) & (v2 >= 0) & (v1 + v2 <= 1)
    v1, v2 = np.where(inside, v1, t), np.where(inside, v2, 0)  # outside: the first edge, counted twice
    edges = [(1 - t, t, zero), (1 - u, zero, u), (zero, 1 - w, w), (1 - v1 - v2, v1, v2)]
    return np.stack([np.stack(e, -1) for e in edges])


def embed_points(
    points: np.ndarray, vertices: np.ndarray, triangles: np.ndarray, allowed: np.ndarray
) -> LandmarkEmbedding:
    """Embed points in the nearest of the ``allowed`` triangles, without offsets.

    Args:
        points: [L, 3] on or near the surface, head frame, cm.
        vertices: [V, 3]; triangles: [T, 3] int64.
        allowed: [T] bool.
    """
    subset = np.flatnonzero(allowed)
    row, weight, _ = closest_points(points, vertices, triangles[subset])
    return LandmarkEmbedding(
        torch.from_numpy(subset[row]), torch.from_numpy(weight), torch.zeros(len(points), 3)
    )
