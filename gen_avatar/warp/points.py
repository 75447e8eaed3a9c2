"""The keypoints of the warper: where they lie on the skin of a head, and the patch of skin around each.

A keypoint is a point of the surface with the vertices around it. What the patch does between two moments is
the keypoint's first-order motion (Siarohin et al., First Order Motion Model, NeurIPS 2019), found from the
posed 3D model instead of discovered by a network. The iBUG landmarks tell where most of them lie, so that
they can be found in any picture of a face.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from gen_avatar.character.raster import vertex_normals
from gen_avatar.head.embedding import closest_points

#: iBUG landmarks that are keypoints, and how far the patch around each reaches on the skin, cm.
IBUG: dict[int, float] = {
    **dict.fromkeys(range(0, 17, 2), 1.8),  # jaw
    **dict.fromkeys((17, 19, 21, 22, 24, 26), 1.2),  # brows
    **dict.fromkeys((27, 30, 31, 33, 35), 1.0),  # nose
    **dict.fromkeys(range(36, 48), 0.7),  # lids
    **dict.fromkeys(range(48, 68), 0.8),  # lips, outer and inner
}
#: Further keypoints: places at rest, head frame, cm (put on the nearest skin): forehead, temples, crown,
#: ears, neck.
EXTRA = np.array([
    (0.0, 9.5, 10.0), (4.5, 9.0, 8.0), (-4.5, 9.0, 8.0), (7.5, 6.5, 2.0), (-7.5, 6.5, 2.0), (0.0, 14.5, 1.0),
    (8.2, 2.0, -0.5), (-8.2, 2.0, -0.5), (5.0, -9.5, 2.0), (-5.0, -9.5, 2.0),
], np.float32)  # fmt: skip
EXTRA_REACH = 2.5
#: Vertices of a patch.
PATCH = 8
#: Keypoints on skin, then the left and the right iris.
SKIN_COUNT = len(IBUG) + len(EXTRA)
COUNT = SKIN_COUNT + 2
LEFT_IRIS, RIGHT_IRIS = SKIN_COUNT, SKIN_COUNT + 1

_ROW = {landmark: row for row, landmark in enumerate(IBUG)}
#: Rows of the keypoints that outline the right and the left eye and the lips, without and within, in order.
RIGHT_EYE, LEFT_EYE, OUTER_LIPS, INNER_LIPS = (
    [_ROW[k] for k in range(start, stop)] for start, stop in ((36, 42), (42, 48), (48, 60), (60, 68))
)
#: Keypoints that go with the skull, whatever the face does.
RIGID = [_ROW[k] for k in (0, 2, 14, 16, 27, 30, 31, 33, 35, 36, 39, 42, 45)] + [
    len(IBUG) + k for k in range(len(EXTRA) - 2)
]
#: Groups that are told apart in the network's maps of keypoints.
GROUPS: tuple[list[int], ...] = (
    [_ROW[k] for k in range(0, 17, 2)],
    [_ROW[k] for k in (17, 19, 21, 22, 24, 26)],
    [_ROW[k] for k in (27, 30, 31, 33, 35)],
    [*RIGHT_EYE, *LEFT_EYE],
    [_ROW[k] for k in range(48, 68)],
    list(range(len(IBUG), SKIN_COUNT)),
    [LEFT_IRIS, RIGHT_IRIS],
)


#: Rim of an iris in the layout of the patches.
_RING = 0.3


def iris_directions(radius: float) -> np.ndarray:
    """[1 + PATCH, 3] the middle and the rim of an iris of ``radius`` on a unit ball that looks along +z."""
    angle = np.arange(PATCH) * 2 * np.pi / PATCH
    rim = np.stack(
        [radius * np.cos(angle), radius * np.sin(angle), np.full(PATCH, np.sqrt(1 - radius**2))], 1
    )
    return np.concatenate([[[0.0, 0.0, 1.0]], rim]).astype(np.float32)


#: Keypoints that can turn away from the viewer; lids and lips are folded by the face itself.
TURNING = [row for group in (GROUPS[0], GROUPS[1], GROUPS[2], GROUPS[5]) for row in group]


@dataclass(frozen=True)
class KeypointPlan:
    """Where the skin keypoints lie.

    Attributes:
        corners: [N] vertices of the skin that are needed at all.
        middle: rows of ``corners`` [S, 3] and weights [S, 3] of the keypoints.
        around: [S, PATCH] rows of ``corners``: the patches.
        places: [S + 2, 3] the keypoints at rest, frame of the head, cm; those of the irises are not known: 0.
        layout: [S + 2, PATCH, 2] the patches laid flat at rest, seen from outside, cm: x to the right, y
        up; those
            of the irises on a unit ball.
    """

    corners: np.ndarray
    middle: tuple[np.ndarray, np.ndarray]
    around: np.ndarray
    places: np.ndarray
    layout: np.ndarray

    def gather(self, vertices: np.ndarray) -> np.ndarray:
        """[S, 1 + PATCH, 3] keypoints with their patches, of ``vertices`` [N, 3], the ``corners`` in
        order."""
        rows, weights = self.middle
        middle = np.einsum("sk,skc->sc", weights, vertices[rows])
        return np.concatenate([middle[:, None], vertices[self.around]], 1).astype(np.float32)


def plan_keypoints(rest: np.ndarray, triangles: np.ndarray, landmarks: np.ndarray) -> KeypointPlan:
    """Place the keypoints on a skin.

    Args:
        rest: [S, 3] the skin at rest, cm; triangles: [T, 3]; landmarks: [68, 3] iBUG, at rest.
    """
    nearest = rest[cKDTree(rest).query(EXTRA)[1]]
    places = np.concatenate([landmarks[list(IBUG)], nearest])
    reach = np.array([*IBUG.values(), *[EXTRA_REACH] * len(EXTRA)])
    triangle, weights, _ = closest_points(places, rest, triangles)
    corners = triangles[triangle]
    patches = _patches(rest, triangles, corners[np.arange(len(corners)), weights.argmax(1)], reach)
    needed, inverse = np.unique(np.concatenate([corners.ravel(), patches.ravel()]), return_inverse=True)
    split = corners.size
    middle = inverse[:split].reshape(corners.shape), weights.astype(np.float32)
    flat = _flattened(rest, triangles, corners, weights, patches)
    iris = np.tile(iris_directions(_RING)[None, 1:, :2], (2, 1, 1))
    layout = np.concatenate([flat, iris]).astype(np.float32)
    lying = np.pad(np.einsum("sk,skc->sc", weights, rest[corners]), ((0, 2), (0, 0))).astype(np.float32)
    return KeypointPlan(needed, middle, inverse[split:].reshape(patches.shape), lying, layout)


def _flattened(
    rest: np.ndarray, triangles: np.ndarray, corners: np.ndarray, weights: np.ndarray, patches: np.ndarray
) -> np.ndarray:
    """[S, PATCH, 2] patches [S, PATCH] in the plane of the skin around their middles."""
    normals = vertex_normals(rest, triangles)
    out = np.einsum("sk,skc->sc", weights, normals[corners])
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    right = np.cross([0.0, 1.0, 0.0], out)
    right /= np.maximum(np.linalg.norm(right, axis=1, keepdims=True), 1e-6)
    up = np.cross(out, right)
    away = rest[patches] - np.einsum("sk,skc->sc", weights, rest[corners])[:, None]
    return np.stack([(away * right[:, None]).sum(-1), (away * up[:, None]).sum(-1)], -1)


def _patches(rest: np.ndarray, triangles: np.ndarray, seeds: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """[S, PATCH] vertices within ``reach`` along the surface, spread out: lips do not reach across the
    mouth."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    length = np.linalg.norm(rest[edges[:, 0]] - rest[edges[:, 1]], axis=1)
    graph = sp.coo_matrix((length, edges.T), shape=(len(rest), len(rest))).tocsr()
    rows = []
    for seed, limit in zip(seeds, reach, strict=True):
        away = dijkstra(graph, directed=False, indices=int(seed), limit=3 * limit)
        near = np.argsort(away)
        pool = near[(away[near] <= limit)]
        pool = pool if len(pool) > PATCH else near[: PATCH + 1]
        chosen: list[int] = [int(seed)]
        while len(chosen) <= PATCH:  # farthest point sampling
            gap = np.linalg.norm(rest[pool][:, None] - rest[chosen][None], axis=-1).min(1)
            chosen.append(int(pool[gap.argmax()]))
        rows.append(chosen[1:])
    return np.array(rows)
