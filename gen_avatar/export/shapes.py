"""The shapes of a character as differences of poses, and weights that play them as it is drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gen_avatar.character.character import CharacterModel
from gen_avatar.character.kinematics import drawn_weights
from gen_avatar.character.margins import calm_jaw
from gen_avatar.character.mesh import CharacterMesh, PosedMesh
from gen_avatar.character.surface import smoothstep
from gen_avatar.character.turning import rotation_matrix
from gen_avatar.export.drape import gathered, lifted, lifts
from gen_avatar.types import ARKIT_52, Performance

#: Names of all shapes: ARKit's, and two that bend a shut eye into the arc of a laugh. Those are what a blink
#: and a smile together add to both alone; the character's own animations play them.
SHAPE_NAMES = (*ARKIT_52, "eyeArcLeft", "eyeArcRight")
#: Vertices that a shape moves by less stay where they are, cm; normals that it turns by less, of length 1.
STILL, UNTURNED = 0.003, 0.015
#: A line of an eye is laid upon the skin anew where a shape moves it by so much, cm: from not at all to all.
_LAID_ANEW = (0.1, 0.8)
_INDEX = {name: i for i, name in enumerate(ARKIT_52)}
_BLINKS, _SMILES = (
    [_INDEX[f"{name}{side}"] for side in ("Left", "Right")] for name in ("eyeBlink", "mouthSmile")
)


@dataclass(frozen=True)
class Shapes:
    """A character at rest and what each shape adds to it, in the head frame, cm.

    Attributes:
        neutral: the pose without expression, looking straight ahead.
        points: [N, 3] its points, with the lines of the eyes laid upon the skin.
        moves: [54, N, 3] displacements at a weight of 1, in the order of ``SHAPE_NAMES``.
        turns: [54, N, 3] what is added to the unit normals, which are then made unit again.
    """

    neutral: PosedMesh
    points: np.ndarray
    moves: np.ndarray
    turns: np.ndarray


def shapes_of(figure: CharacterModel, mesh: CharacterMesh) -> Shapes:
    """Pose a person once for each shape."""
    every = np.eye(len(ARKIT_52), dtype=np.float32)
    neutral = _posed(figure, mesh, np.zeros(len(ARKIT_52), np.float32))
    lift = lifts(mesh, neutral)
    points = lifted(mesh, neutral.points, lift)
    moves = np.zeros((len(SHAPE_NAMES), *points.shape), np.float32)
    turns = np.zeros_like(moves)

    def added(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        posed = _posed(figure, mesh, weights)
        moved = np.linalg.norm(posed.points - neutral.points, axis=1)
        # Small moves keep the lift at rest: were each to find its own, they would not add up.
        own = lift + smoothstep(*_LAID_ANEW, moved) * (lifts(mesh, posed) - lift)
        own = gathered(mesh, neutral, posed, own)
        # Lines that come to nothing have no normals any more: those at rest will do.
        turned = np.where(posed.normals.any(1, keepdims=True), posed.normals - neutral.normals, 0)
        return lifted(mesh, posed.points, own) - points, turned

    for shape, weights in enumerate(every):
        moves[shape], turns[shape] = added(weights)
    for side, (blink, smile) in enumerate(zip(_BLINKS, _SMILES, strict=True)):
        both, arc = added(every[blink] + every[smile]), len(ARKIT_52) + side
        moves[arc] = both[0] - moves[blink] - moves[smile]
        turns[arc] = both[1] - turns[blink] - turns[smile]
    moves[np.linalg.norm(moves, axis=2) < STILL] = 0
    turns[np.linalg.norm(turns, axis=2) < UNTURNED] = 0
    return Shapes(neutral, points, moves, turns)


def played_weights(mesh: CharacterMesh, performance: Performance) -> np.ndarray:
    """[T, 54] float32 weights of :class:`Shapes` for a performance.

    The character's own rules apply: lids follow the gaze, a shut eye stays shut whatever else its lids do,
    and a smile bends it; a jaw opens less in a head that turns aside or nods.
    """
    out = np.zeros((len(performance), len(SHAPE_NAMES)), np.float32)
    moments = zip(performance.expression, performance.gaze, performance.head_rotation, strict=True)
    for frame, (expression, gaze, rotation) in enumerate(moments):
        weights, arcs = drawn_weights(expression.astype(np.float32), gaze, mesh.openings)
        calm_jaw(weights, rotation_matrix(rotation)[2])
        # The shapes already go as far as this person's lids have to.
        weights[_BLINKS] /= mesh.openings
        out[frame] = [*weights, *(arcs / mesh.openings)]
    return out


def _posed(figure: CharacterModel, mesh: CharacterMesh, weights: np.ndarray) -> PosedMesh:
    return figure.pose(mesh, weights, np.zeros((2, 2), np.float32), (0.0, 0.0, 0.0), whole=True)
