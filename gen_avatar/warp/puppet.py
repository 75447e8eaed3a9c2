"""Heads that act for a still: its keypoints in 3D, for any expression, gaze and turn.

Two heads share one skin: GenHead as people are, for photos and paintings, and the head in emoji proportions,
for avatars. Either turns about the neck, while the shoulders stay.
"""

from __future__ import annotations

from copy import copy
from typing import Protocol

import numpy as np

from gen_avatar.character.character import CharacterModel
from gen_avatar.character.eyes import gaze_matrix
from gen_avatar.character.kinematics import turn_head
from gen_avatar.character.mesh import EYE_LEFT, EYE_RIGHT, PART_INDEX, PosedMesh
from gen_avatar.character.surface import boundary_loops
from gen_avatar.character.turning import NECK_PIVOT, nod_shift, rotation_matrix
from gen_avatar.head.model import MorphableHead
from gen_avatar.types import Appearance, Character
from gen_avatar.warp.points import KeypointPlan, iris_directions

#: Iris of a natural eye on a unit ball.
NATURAL_IRIS = 0.39


class Puppet(Protocol):
    """A head with somebody's identity.

    Attributes:
        nods: whether a nod moves the head back so that the face stays in the middle of the picture.
    """

    nods: bool

    def points(self, expression: np.ndarray, gaze: np.ndarray, rotation: np.ndarray) -> np.ndarray:
        """[K, 1 + P, 3] keypoints with their patches, cm, in the frame of the camera.

        Args:
            expression: [52] in [0, 1]; gaze: [2, 2] (yaw, pitch), degrees, of the left and the right eye;
            rotation: [3] (yaw, pitch, roll), degrees.
        """

    def acted(
        self, expression: np.ndarray, gaze: np.ndarray, rotation: np.ndarray
    ) -> tuple[np.ndarray, list[Patch]]:
        """The same points, and what is seen in the open mouth as it is drawn, from back to front."""


#: A part of ``PARTS`` and its outline [n, 3], cm, in the frame of the camera.
Patch = tuple[str, np.ndarray]


class NaturalPuppet:
    """GenHead, linear in identity and expression.

    Args:
        head: the model.
        plan: where the keypoints lie on its skin.
        follow: [S] how much the skin turns with the head.
        identity: [k] in σ.
    """

    nods = False

    def __init__(
        self, head: MorphableHead, plan: KeypointPlan, follow: np.ndarray, identity: np.ndarray
    ) -> None:
        rows = plan.corners + head.parts["skin"][0]
        k = len(identity)
        mean, modes, shapes = (t.numpy() for t in (head.mean, head.identity, head.expression))
        self._neutral = mean[rows] + np.tensordot(identity, modes[:k, rows], 1)
        self._shapes = shapes[:, rows]
        self._plan, self._follow = plan, follow[plan.corners][:, None].astype(np.float32)
        moved = np.tensordot(identity, head.eye_centers_identity.numpy()[:k], 1)
        self._eyes = head.eye_centers.numpy() + moved
        first, last = head.parts["eye_left"]
        self._radius = float(mean[first:last, 2].max() - head.eye_centers[0, 2])
        self._iris = iris_directions(NATURAL_IRIS)

    def points(self, expression: np.ndarray, gaze: np.ndarray, rotation: np.ndarray) -> np.ndarray:
        skin = (self._neutral + np.tensordot(expression, self._shapes, 1)).astype(np.float32)
        irises = [
            center + self._radius * self._iris @ gaze_matrix(*angles).T
            for center, angles in zip(self._eyes, gaze, strict=True)
        ]
        pieces = np.concatenate([skin, *irises]).astype(np.float32)
        follow = np.concatenate([self._follow, np.ones((len(pieces) - len(skin), 1), np.float32)])
        turn_head(pieces, np.zeros_like(pieces), follow, rotation_matrix(rotation), NECK_PIVOT, np.zeros(3))
        on_skin = self._plan.gather(pieces[: len(skin)])
        return np.concatenate([on_skin, pieces[len(skin) :].reshape(2, -1, 3)])

    def acted(
        self, expression: np.ndarray, gaze: np.ndarray, rotation: np.ndarray
    ) -> tuple[np.ndarray, list[Patch]]:
        return self.points(expression, gaze, rotation), []


class EmojiPuppet:
    """The head in emoji proportions, bald and bare, as the studio poses it.

    Args:
        figure: the model of characters.
        plan: where the keypoints lie on its skin.
        identity: [k] in σ.
    """

    nods = True

    def __init__(self, figure: CharacterModel, plan: KeypointPlan, identity: np.ndarray) -> None:
        self._figure, self._plan = copy(figure), plan
        self._figure.wardrobe = None
        self._mesh = self._figure.build(Character(identity, Appearance(hair_style="bald")))
        drawn = self._mesh.drawn
        loops = [
            (part, loop)
            for part in ("mouth", "tongue", "teeth")
            for loop in boundary_loops(drawn.triangles[drawn.part == PART_INDEX[part]])
        ]
        self._mouth = sorted(loops, key=lambda patch: int(patch[1].min()))

    def points(self, expression: np.ndarray, gaze: np.ndarray, rotation: np.ndarray) -> np.ndarray:
        return self.acted(expression, gaze, rotation)[0]

    def acted(
        self, expression: np.ndarray, gaze: np.ndarray, rotation: np.ndarray
    ) -> tuple[np.ndarray, list[Patch]]:
        # A still is matched as it is turned, whoever drew it.
        posed = self._figure.pose(self._mesh, expression, gaze, rotation, eased=False)
        return posed_points(posed, self._plan), [(part, posed.points[loop]) for part, loop in self._mouth]


def posed_points(posed: PosedMesh, plan: KeypointPlan) -> np.ndarray:
    """[K, 1 + P, 3] keypoints with their patches of a posed character, cm, in the frame of the camera."""
    directions = iris_directions(posed.iris[0])
    irises = [place_on_eye(posed, eye, directions) for eye in (EYE_LEFT, EYE_RIGHT)]
    return np.concatenate([plan.gather(posed.points[plan.corners]), np.stack(irises)]).astype(np.float32)


def place_on_eye(posed: PosedMesh, eye: int, local: np.ndarray) -> np.ndarray:
    """[n, 3] camera frame, cm, of the points ``local`` [n, 3] of an eye, given in the frame of its iris."""
    vertices = np.unique(posed.triangles[posed.surface == eye])

    def rows(points: np.ndarray) -> np.ndarray:
        return np.column_stack([points, np.ones(len(points))])

    # The mesh of a ball stays where it is while the iris turns on it: what is affine is iris to camera.
    place = np.linalg.lstsq(rows(posed.local[vertices]), posed.points[vertices].astype(np.float64), None)[0]
    return rows(local) @ place


def turned_point(point: np.ndarray, rotation: np.ndarray, nods: bool) -> np.ndarray:
    """[3] where a point of the head [3] is once the head has turned about the neck, cm."""
    turned = rotation_matrix(rotation) @ (point - NECK_PIVOT) + NECK_PIVOT
    return turned + nod_shift(rotation) if nods else turned
