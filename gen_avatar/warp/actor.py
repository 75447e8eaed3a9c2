"""Who acts for a still: the head that fits its keypoints, placed before a camera so that it covers them.

Of the two heads (natural, emoji proportions) the one that lies nearer to the keypoints is taken. What it
still
misses is carried along as an offset of each keypoint, so that at rest nothing moves at all, and lids and lips
give up their offsets as they close, so that they meet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from gen_avatar.character.character import CharacterModel
from gen_avatar.character.proportions import StylizedHead
from gen_avatar.character.turning import drawn_rotation, rotation_matrix
from gen_avatar.head.embedding import closest_points
from gen_avatar.head.fit import FitResult, HeadFitter
from gen_avatar.head.model import LandmarkEmbedding, MorphableHead
from gen_avatar.head.priors import FitOptions
from gen_avatar.types import GAZE_RANGE, FaceTrack, Performance
from gen_avatar.warp.points import (
    IBUG,
    INNER_LIPS,
    LEFT_EYE,
    LEFT_IRIS,
    OUTER_LIPS,
    RIGHT_EYE,
    RIGHT_IRIS,
    SKIN_COUNT,
    KeypointPlan,
    plan_keypoints,
)
from gen_avatar.warp.puppet import EmojiPuppet, NaturalPuppet, Patch, Puppet, turned_point

#: Landmarks that are no keypoints, between those that are: (landmark, one, other, share of the other).
_BETWEEN = (
    *((k, k - 1, k + 1, 0.5) for k in range(1, 17, 2)), (18, 17, 19, 0.5), (20, 19, 21, 0.5), (23, 22, 24,
    0.5), (25, 24, 26, 0.5), (28, 27, 30, 0.33), (29, 27, 30, 0.67), (32, 31, 33, 0.5), (34, 33, 35, 0.5),
)  # fmt: skip
#: Pairs of keypoints that meet when an eye or the mouth shuts: (upper, lower).
_EYE_PAIRS = tuple(((eye[1], eye[5]), (eye[2], eye[4])) for eye in (LEFT_EYE, RIGHT_EYE))
_LIP_PAIRS = tuple((INNER_LIPS[1 + k], INNER_LIPS[7 - k]) for k in range(3))
#: A face is stylised if the natural head fits it badly (its error against the other's) and only as a very odd
#: person (length of the identity, σ): the product of both, and from where on it tells.
_ODD, _STYLIZED = 12.5, 1.5
#: Drawn heads are seen from farther away than people hold their phones: distance, cm, and how sure that is.
_DRAWN = FitOptions(distance=75.0, distance_spread=0.1)
#: By how many degrees at most the keypoints correct the turn of the head that was fitted to them.
_TURNED = 8.0
#: Openings (distance of the pairs, in eye widths) at which lids and lips count as shut and as open; those of
#: lids from which they begin to take the shape of the head's own.
_SHUT, _OPEN, _OPEN_EYE = 0.04, 0.16, 0.22


@dataclass(frozen=True)
class View:
    """The camera of a still, that of :func:`gen_avatar.geometry.project`.

    Attributes:
        origin: [3] cm, the point that ``scale`` and ``translation`` speak of, in the frame of the camera.
        scale: shares of the side per cm; translation: [2] shares of the side; perspective: 1/cm.
    """

    origin: np.ndarray
    scale: float
    translation: np.ndarray
    perspective: float

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """[..., 2] shares of the side of points [..., 3], cm."""
        away = points - self.origin
        gain = self.scale / (1 - self.perspective * away[..., 2:])
        return away[..., :2] * [1, -1] * gain + self.translation


@dataclass(frozen=True)
class Actor:
    """A head before the camera of a still.

    Attributes:
        puppet: the head. view: the camera.
        expression: [52]; gaze: [2, 2] degrees; rotation: [3] degrees: those of the still, as it is drawn.
        offset: [K, 2] from where the head has its keypoints to where they are, shares of the side.
        stylized: whether it is the head in emoji proportions.
        error: mean distance of the landmarks of face and features, in distances of the outer eye corners.
    """

    puppet: Puppet
    view: View
    expression: np.ndarray
    gaze: np.ndarray
    rotation: np.ndarray
    offset: np.ndarray
    stylized: bool
    error: float

    def points(self, expression: np.ndarray, gaze: np.ndarray, rotation: np.ndarray) -> np.ndarray:
        """[K, 1 + P, 2] keypoints with their patches in the still's picture, shares of the side.

        Args:
            expression: [52] in [0, 1]; gaze: [2, 2] (yaw, pitch), degrees; rotation: [3] (yaw, pitch, roll),
                degrees; heads in emoji proportions are drawn less far turned, as those of characters are.
        """
        return self.moment(expression, gaze, rotation)[0]

    def moment(
        self, expression: np.ndarray, gaze: np.ndarray, rotation: np.ndarray
    ) -> tuple[np.ndarray, list[Patch]]:
        """The same, and the outlines [n, 2] of what is seen in a drawn mouth, shares of the side, from back
        to front."""
        points, mouth = self.puppet.acted(expression, gaze, self._drawn(rotation))
        seen = self.view(points)
        turn = rotation_matrix((0.0, 0.0, float(rotation[2] - self.rotation[2])))[:2, :2]
        offset = self.offset @ (turn * [[1, -1], [-1, 1]]).T  # the picture's y points down
        moved = (seen + _closing(seen[:, 0], offset)[:, None]).astype(np.float32)
        rows = [*OUTER_LIPS, *INNER_LIPS]
        middle, along = _carried(seen[rows, 0], moved[rows, 0])
        return moved, [
            (part, outline + middle[1] + (outline - middle[0]) @ along)
            for part, outline in ((part, self.view(outline)) for part, outline in mouth)
        ]

    @property
    def performance(self) -> Performance:
        """What the still does, as one frame."""
        nowhere = np.zeros((1, 3), np.float32)
        return Performance(self.expression[None], self.gaze[None], self.rotation[None], nowhere)

    def _drawn(self, rotation: np.ndarray) -> np.ndarray:
        """[3] how far the head is turned in the picture: that of a character never very far, but a still's
        own turn is what it is."""
        if not self.stylized:
            return rotation
        return drawn_rotation(rotation) - drawn_rotation(self.rotation) + self.rotation

    @property
    def rest(self) -> np.ndarray:
        """[K, 1 + P, 2] as in the still."""
        return self.points(self.expression, self.gaze, self.rotation)


def _closing(seen: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Offsets [K, 2] with which lids and lips meet where those of the head [K, 2] do."""
    out = offset.copy()
    width = np.linalg.norm(seen[RIGHT_EYE[0]] - seen[RIGHT_EYE[3]]) + 1e-6
    for pairs, corners in ((_EYE_PAIRS[0], LEFT_EYE), (_EYE_PAIRS[1], RIGHT_EYE), (_LIP_PAIRS, None)):
        gap = np.mean([np.linalg.norm(seen[up] - seen[low]) for up, low in pairs]) / width
        least = _OPEN if corners is None else _OPEN_EYE
        shut = float(np.clip((least - gap) / (least - _SHUT), 0, 1))
        for up, low in pairs:
            # The line of shut lids is the head's own between the corners of the eye, lips meet halfway.
            ends = (up, low) if corners is None else (corners[0], corners[3])
            meeting = offset[list(ends)].mean(0)
            out[up] += shut * (meeting - offset[up])
            out[low] += shut * (meeting - offset[low])
    return out


def _carried(before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How what lies between points [n, 2] goes with them: their middle and its way [2, 2], and how much more
    goes what lies beside it [2, 2]."""
    middle = np.stack([before.mean(0), (after - before).mean(0)])
    away, ways = before - middle[0], after - before - middle[1]
    gram = away.T @ away
    return middle, np.linalg.solve(gram + 0.1 * np.trace(gram) * np.eye(2), away.T @ ways)


class Casting:
    """Finds the actor for a still.

    Args:
        head: the natural head. figure: the model of characters, which holds the other.
        natural: a fitter of the natural head to FaceMesh.
    """

    def __init__(self, head: MorphableHead, figure: CharacterModel, natural: HeadFitter) -> None:
        self._head, self._figure, self._facemesh = head, figure, natural
        skin = figure.head
        self.plan: KeypointPlan = plan_keypoints(skin.rest, skin.triangles, skin.landmarks)
        self._fitters = (
            HeadFitter(_with_chords(head), "ibug68"),
            HeadFitter(_with_chords(emoji_head(skin)), "ibug68", options=_DRAWN),
        )

    def find(
        self, points: np.ndarray, side: float, track: FaceTrack | None = None, yaw: float | None = None
    ) -> Actor:
        """The actor for keypoints [K, 2] in pixels of a square picture of ``side``.

        Args:
            track: FaceMesh's landmarks in the same pixels; they are what the natural head is fitted to.
            yaw: how far the head is turned if it is drawn, degrees, where the keypoints tell that better than
                the fit does.
        """
        seen = _seen(points, side)
        natural, emoji = (fitter.fit([seen])[0] for fitter in self._fitters)
        errors = [_error(fit, seen.landmarks) for fit in (natural, emoji)]
        odd = float(np.linalg.norm(natural.identity)) / _ODD
        stylized = odd * errors[0] > _STYLIZED * errors[1]
        if stylized:
            puppet: Puppet = EmojiPuppet(self._figure, self.plan, emoji.identity)
            return _placed(puppet, _turned(emoji, yaw), points, side, True, errors[1])
        if track is not None:
            natural = self._facemesh.fit([track])[0]
        puppet = NaturalPuppet(self._head, self.plan, self._figure.head.follow, natural.identity)
        return _placed(puppet, natural, points, side, False, errors[0])

    def stylized(self, points: np.ndarray, side: float) -> tuple[np.ndarray, Actor]:
        """Identity [k] and actor of the head in emoji proportions, whether or not the other fits better."""
        fit = self._fitters[1].fit([_seen(points, side)])[0]
        error = _error(fit, ibug_landmarks(points))
        puppet = EmojiPuppet(self._figure, self.plan, fit.identity)
        return fit.identity, _placed(puppet, fit, points, side, True, error)


def _seen(points: np.ndarray, side: float) -> FaceTrack:
    """Keypoints [K, 2] in pixels as the landmarks of a square picture."""
    landmarks = np.pad(ibug_landmarks(points), ((0, 0), (0, 1))).astype(np.float32)
    return FaceTrack(landmarks, (*points.min(0), *points.max(0)), 1.0, (int(side), int(side)))


def ibug_landmarks(points: np.ndarray) -> np.ndarray:
    """[68, 2] iBUG landmarks of keypoints [K, 2]; those that are no keypoints lie between those that are."""
    out = np.zeros((68, 2), np.float32)
    out[list(IBUG)] = points[: len(IBUG)]
    for landmark, one, other, share in _BETWEEN:
        out[landmark] = (1 - share) * out[one] + share * out[other]
    return out


def _with_chords(head: MorphableHead) -> MorphableHead:
    """A head whose landmarks between keypoints lie where :func:`ibug_landmarks` puts them, on the chords: a
    jaw that is flatter than it can be would be taken for a nod."""
    places = head.landmark_basis("ibug68")[0]
    embedding = head.embeddings["ibug68"]
    offset = embedding.offset.clone()
    for landmark, one, other, share in _BETWEEN:
        offset[landmark] += (1 - share) * places[one] + share * places[other] - places[landmark]
    return replace(head, embeddings={"ibug68": replace(embedding, offset=offset)})


def _turned(fit: FitResult, yaw: float | None) -> FitResult:
    """A fit whose head is turned by ``yaw`` degrees, but not much farther or less far than it was."""
    if yaw is None:
        return fit
    rotation = fit.rotation.copy()
    rotation[0] += np.clip(yaw - rotation[0], -_TURNED, _TURNED)
    return replace(fit, rotation=rotation)


def _error(fit: FitResult, landmarks: np.ndarray) -> float:
    distance = np.linalg.norm(fit.landmarks - landmarks[:, :2], axis=1)[17:]
    return float(distance.mean() / np.linalg.norm(landmarks[36, :2] - landmarks[45, :2]))


def _placed(
    puppet: Puppet, fit: FitResult, points: np.ndarray, side: float, stylized: bool, error: float
) -> Actor:
    origin = turned_point(fit.pivot, fit.rotation, puppet.nods)
    view = View(origin, fit.scale / side, fit.translation / side, fit.perspective)
    aim = (points / side).astype(np.float32)
    offset = np.zeros_like(aim)
    actor = Actor(puppet, view, fit.expression, fit.gaze, fit.rotation, offset, stylized, error)
    actor = replace(actor, gaze=_gaze(actor, aim))
    # Offsets are carried on top of what lids and lips give up, hence found by repeating.
    for _ in range(3):
        missing = aim - actor.rest[:, 0]
        missing[len(IBUG) : SKIN_COUNT] = 0  # skull and neck are guessed by the head better than seen
        offset = offset + missing
        skull = offset[: len(IBUG)].mean(0)
        offset[len(IBUG) : SKIN_COUNT] = skull
        actor = replace(actor, offset=offset)
    return actor


def _gaze(actor: Actor, aim: np.ndarray) -> np.ndarray:
    """[2, 2] eye angles that bring the irises nearest to where they are between the corners of the eyes."""
    side, up, down = GAZE_RANGE
    angles = np.zeros((2, 2), np.float32)
    rows = ((LEFT_IRIS, LEFT_EYE), (RIGHT_IRIS, RIGHT_EYE))
    for _ in range(3):
        base = actor.points(actor.expression, angles, actor.rotation)[:, 0]
        moved = [
            actor.points(actor.expression, angles + step, actor.rotation)[:, 0]
            for step in (np.array([1.0, 0.0], np.float32), np.array([0.0, 1.0], np.float32))
        ]
        for eye, (iris, lids) in enumerate(rows):
            slope = np.stack([m[iris] - base[iris] for m in moved], 1)
            off = aim[lids].mean(0) - base[lids].mean(0)
            step = np.linalg.lstsq(slope, aim[iris] - off - base[iris], None)[0]
            angles[eye] = np.clip(angles[eye] + step, [-side, -down], [side, up])
    return angles.mean(0, keepdims=True).repeat(2, 0) if _shut(aim) else angles


def _shut(aim: np.ndarray) -> bool:
    """Whether an eye is too narrow to tell where it looks."""
    for pairs, lids in ((_EYE_PAIRS[0], LEFT_EYE), (_EYE_PAIRS[1], RIGHT_EYE)):
        width = np.linalg.norm(aim[lids[0]] - aim[lids[3]]) + 1e-6
        if np.mean([np.linalg.norm(aim[up] - aim[low]) for up, low in pairs]) / width < _OPEN:
            return True
    return False


def emoji_head(skin: StylizedHead) -> MorphableHead:
    """The head in emoji proportions as a morphable head with iBUG landmarks, for the fit."""
    count = len(skin.mean)
    triangle, weights, _ = closest_points(skin.landmarks, skin.rest, skin.triangles)
    embedding = LandmarkEmbedding(
        torch.from_numpy(triangle), torch.from_numpy(weights), torch.zeros(len(skin.landmarks), 3)
    )
    faces = np.column_stack([skin.triangles, np.full(len(skin.triangles), -1)]).astype(np.int64)
    centers = np.stack([eye.center for eye in skin.eyes]).astype(np.float32)
    return MorphableHead(
        name="emoji",
        mean=torch.from_numpy(skin.mean),
        identity=torch.from_numpy(skin.identity),
        expression=torch.from_numpy(skin.expression),
        faces=torch.from_numpy(faces),
        uv=torch.zeros(1, 2),
        uv_faces=torch.zeros(len(faces), 4, dtype=torch.int64),
        parts={"skin": (0, count)},
        eye_centers=torch.from_numpy(centers),
        eye_centers_identity=torch.from_numpy(skin.eye_identity.astype(np.float32)),
        jaw_pivot=torch.zeros(3),
        jaw_weights=torch.zeros(count),
        embeddings={"ibug68": embedding},
    )
