"""Photo-like people who act: several moments of one person before one camera."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from gen_avatar.character.turning import NECK_PIVOT, rotation_matrix
from gen_avatar.head.gaze import expression_from_gaze
from gen_avatar.types import Performance
from gen_avatar.warp.points import KeypointPlan, iris_directions
from gen_avatar.warp.puppet import NATURAL_IRIS
from training.photos.look import FaceLook
from training.photos.render import PhotoStudio, Picture, _Pose


class Actor(PhotoStudio):
    """Draws the same person again with another expression: all else falls as it fell the first time."""

    _act: Performance | None = None
    _held: _Pose | None = None

    def act(
        self, seed: int, look: FaceLook, performance: Performance | None, plan: KeypointPlan
    ) -> tuple[Picture, np.ndarray]:
        """The person ``seed`` in frame 0 of a performance (None: as they happen to be at first), and the
        keypoints [K, 1 + P, 2] of the moment, pixels of the picture.

        The rotation of the performance counts from the first pose; the camera is that of the first pose.
        """
        self._act = performance
        picture = self.draw(np.random.default_rng([seed, 7]), look)
        assert self._held is not None
        return picture, self._points(self._held, plan)

    def _pose(self, rng: np.random.Generator) -> _Pose:
        first = super()._pose(rng)
        self._held = first
        if self._act is None:
            return first
        act, view = self._act, first.view
        look = expression_from_gaze(torch.from_numpy(act.gaze[0])).numpy()
        weights = np.maximum(act.expression[0], look).clip(0, 1)
        vertices = self._with_identity(first.neutral, weights, act.gaze[0])
        by = rotation_matrix(act.head_rotation[0])
        turn = (by @ view.turn).astype(np.float32)
        arm = self.artist.pivot - NECK_PIVOT
        shift = (turn - view.turn) @ arm
        moved = view.translation + view.scale * shift[:2] * [1, -1]
        view = replace(view, turn=turn, translation=moved)
        places = self._landmarks(vertices)
        points = np.column_stack([view.points(places)[:, :2], -places[:, 2] * view.scale])
        self._held = replace(first, vertices=vertices, view=view, landmarks=points)
        return self._held

    def _with_identity(self, neutral: np.ndarray, weights: np.ndarray, gaze: np.ndarray) -> np.ndarray:
        """[V, 3] a neutral person with an expression."""
        head = replace(self.head, mean=torch.from_numpy(neutral), identity=self.head.identity[:0],
                       eye_centers_identity=self.head.eye_centers_identity[:0])  # fmt: skip
        expression, eyes = (torch.from_numpy(np.asarray(a, np.float32))[None] for a in (weights, gaze))
        return head.vertices(torch.zeros(1, 0), expression, eyes)[0].numpy()

    def _landmarks(self, vertices: np.ndarray) -> np.ndarray:
        embedding = self.head.embeddings["facemesh478"]
        corners = vertices[self.head.triangles.numpy()[embedding.triangle.numpy()]]
        return (corners * embedding.barycentric.numpy()[:, :, None]).sum(1) + embedding.offset.numpy()

    def _points(self, pose: _Pose, plan: KeypointPlan) -> np.ndarray:
        skin = plan.gather(pose.vertices[self._skin][plan.corners])
        irises = []
        for eye, part in enumerate(("eye_left", "eye_right")):
            ball = slice(*self.head.parts[part])
            rest, now = self.head.mean.numpy()[ball], pose.vertices[ball]
            center = self.head.eye_centers[eye].numpy()
            radius = float(rest[:, 2].max() - center[2])
            # Where the ball at rest went tells how the iris went with it.
            place = np.linalg.lstsq(_rows(rest), now.astype(np.float64), None)[0]
            irises.append(_rows(center + radius * iris_directions(NATURAL_IRIS)) @ place)
        return pose.view.points(np.concatenate([skin, np.stack(irises)]))[..., :2]


def _rows(points: np.ndarray) -> np.ndarray:
    """[n, 4] homogeneous coordinates."""
    return np.column_stack([points, np.ones(len(points))])
