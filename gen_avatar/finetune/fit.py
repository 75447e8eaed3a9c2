"""A drawing understood: whose face it shows, what that face does, and where it lies in our own frame.

Keypoints of the drawing are found, the head in emoji proportions is fitted to them, the encoder reads hair,
glasses and beard, colours are measured, and the drawing is moved into the frame in which such a character
would be painted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from gen_avatar.character.buffers import BUFFER_CHANNELS, POSE_RANGE, render_buffers
from gen_avatar.character.character import CharacterModel
from gen_avatar.character.mesh import CharacterMesh, PosedMesh
from gen_avatar.character.palette import rgb_to_hex
from gen_avatar.character.turning import meant_rotation
from gen_avatar.errors import NoFaceError
from gen_avatar.finetune.align import bend_by_keypoints, bent
from gen_avatar.finetune.dye import anchors_of
from gen_avatar.finetune.fitted import SIDE, Fitted
from gen_avatar.finetune.search import ATTRIBUTES, SMALL, best_jaw, best_values, mismatch
from gen_avatar.generator.codes import CHOICE_FIELDS, CODE_LAYOUT, COLOR_FIELDS
from gen_avatar.generator.encoder import AvatarEncoder
from gen_avatar.tracking import FaceTracker
from gen_avatar.types import Appearance, Character, Performance
from gen_avatar.warp.actor import Casting
from gen_avatar.warp.keypoints import KeypointNetwork
from gen_avatar.warp.points import IBUG, LEFT_EYE, RIGHT_EYE
from gen_avatar.warp.puppet import posed_points
from gen_avatar.warp.still import cut, find_face, resized, square_around, tracked_keypoints

#: Side at which keypoints are looked for, pixels.
_LOOK = 256
#: Mean expected error up to which keypoints are believed, shares of the side.
BELIEVED = 0.025
#: Sides that are tried around a face, in units of the side that the tracker or the picture suggests.
_SCALES = (0.85, 1.0, 1.2)
#: How often the frame is found again for the hair that was read in it.
_ROUNDS = 2
#: Coverage from which a pixel counts as showing a part, and how many must show it for a colour.
_SOLID, _ENOUGH = 0.9, 60
#: Ranks in lightness between which skin shows its colour: lighter than the shadows, darker than the lights.
_LIT = 0.6, 0.8
#: Colours that are measured where a part is seen: attribute → part.
_MEASURED = {"skin_color": "skin", "hair_color": "hair", "cloth_color": "cloth", "beard_color": "beard",
             "brow_color": "brow", "glasses_color": "glasses", "headwear_color": "headwear",
             "lip_color": "lips"}  # fmt: skip


class DrawingFitter:
    """Fits drawings.

    Args:
        figure: the model of characters. keypoints, encoder: networks for stylised faces.
        casting: fits heads to keypoints. tracker: finds faces that look like people.
    """

    def __init__(
        self,
        figure: CharacterModel,
        keypoints: KeypointNetwork,
        encoder: AvatarEncoder,
        casting: Casting,
        tracker: FaceTracker,
    ) -> None:
        self.figure, self.keypoints, self.encoder = figure, keypoints, encoder
        self.casting, self.tracker = casting, tracker

    def fit(self, path: Path, picture: np.ndarray, mark: Sequence[float] | None = None) -> Fitted:
        """Fit one drawing.

        Args:
            path: for the result.
            picture: [H, W, 4] uint8, straight alpha.
            mark: (x, y) of the middles of the eye on the left of the picture, of the other one and of the
                mouth, pixels, where a person has marked the face.

        Raises:
            NoFaceError: no face is found.
        """
        points = self.find(picture, mark)
        side = float(max(picture.shape[:2]))
        identity, actor = self.casting.stylized(points, side)
        limits = np.array([POSE_RANGE[axis] for axis in ("yaw", "pitch", "roll")], np.float32)
        rotation = np.clip(meant_rotation(actor.rotation), -limits, limits)
        act = Performance(
            actor.expression[None], actor.gaze[None], rotation[None], np.zeros((1, 3), np.float32)
        )
        character = Character(identity)
        for _ in range(_ROUNDS):  # the frame depends on the hair
            codes = self._codes(self._framed(picture, points, character, act)[0])
            character = replace(character, appearance=appearance_of(codes))
        values = {name: getattr(character.appearance, name) for name, *_ in ATTRIBUTES}

        def worn(values: Mapping[str, str]) -> Character:
            return replace(character, appearance=character.appearance.with_values(values))

        def judge(values: Mapping[str, str]) -> float:
            dark = values["glasses_style"].startswith("sun")
            return mismatch(*self._framed(picture, points, worn(values), act, SMALL), dark)

        character = worn(best_values(codes, values, judge))
        mesh = self.figure.build(character)

        def judge_mouth(expression: np.ndarray) -> float:
            moment = replace(act, expression=expression[None])
            return mismatch(*self._framed(picture, points, character, moment, SMALL, mesh))

        act = replace(act, expression=best_jaw(act.expression[0], judge_mouth)[None])
        framed, buffers = self._framed(picture, points, character, act)
        framed = np.round(framed * 255).astype(np.uint8)
        own = self._keypoints(act, mesh)[: len(IBUG)]
        measured = measured_colors(framed, buffers)
        character = replace(character, appearance=character.appearance.with_values(measured))
        matrix = similarity(points[: len(IBUG)], own)
        bend = bend_by_keypoints(points[: len(IBUG)] @ matrix[:, :2].T + matrix[:, 2], own, SIDE)
        under = bent(buffers.transpose(1, 2, 0), bend)
        return Fitted(
            path, framed, character, act, bend, anchors_of(framed.astype(np.float32) / 255, under),
            actor.error, self.encoder.encode(framed[None]).mean[0].numpy(),
        )  # fmt: skip

    def find(self, picture: np.ndarray, mark: Sequence[float] | None = None) -> np.ndarray:
        """[K, 2] keypoints in pixels; raises ``NoFaceError``."""
        height, width = picture.shape[:2]
        track = None if mark else find_face(picture, self.tracker)
        if mark is not None:
            eyes, mouth = np.reshape(np.asarray(mark, np.float32), (3, 2))[:2], np.asarray(mark[4:6])
            middle = eyes.mean(0)
            across = float(max(1.55 * np.linalg.norm(eyes[0] - eyes[1]), np.linalg.norm(mouth - middle)))
            first = square_around(middle, across)
        elif track is not None:
            landmarks = tracked_keypoints(track.landmarks, np.zeros((64, 2), np.float32))
            corners = landmarks[RIGHT_EYE[0]], landmarks[LEFT_EYE[3]]
            first = square_around(
                (corners[0] + corners[1]) / 2, float(np.linalg.norm(corners[0] - corners[1]))
            )
        else:
            side = max(height, width)
            first = ((width - side) // 2, (height - side) // 2, side)
        best, error = self._best(picture, [_scaled(first, gain) for gain in _SCALES])
        # Once more in the square that the keypoints themselves ask for.
        corners = best[RIGHT_EYE[0]], best[LEFT_EYE[3]]
        again = square_around((corners[0] + corners[1]) / 2, float(np.linalg.norm(corners[0] - corners[1])))
        if again[2] >= 32:
            second, other = self._best(picture, [_scaled(again, gain) for gain in _SCALES])
            if other < error:
                best, error = second, other
        if error > BELIEVED and mark is None:
            raise NoFaceError("no face found")
        return best

    def _best(self, picture: np.ndarray, squares: Sequence[tuple[int, int, int]]) -> tuple[np.ndarray, float]:
        """Keypoints [K, 2] in pixels of the square in which the network is surest, and its error."""
        crops = np.stack([resized(cut(picture, square), _LOOK, _LOOK) for square in squares])
        found = self.keypoints.find(crops)
        errors = found.error[:, : len(IBUG)].mean(1)
        chosen = int(errors.argmin())
        x, y, side = squares[chosen]
        return found.points[chosen] * side + np.array([x, y], np.float32), float(errors[chosen])

    def _codes(self, framed: np.ndarray) -> np.ndarray:
        """[CODE_DIM] what the encoder reads in a framed drawing [S, S, 4] in [0, 1]."""
        return self.encoder.encode(np.round(framed[None] * 255).astype(np.uint8)).codes[0].numpy()

    def _framed(
        self, picture: np.ndarray, points: np.ndarray, character: Character, act: Performance,
        side: int = SIDE, mesh: CharacterMesh | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
        """A drawing [side, side, 4] in [0, 1], straight alpha, in the frame of a character, and the buffers
        [C, side, side] of the character."""
        mesh = mesh or self.figure.build(character)
        posed = self.figure.pose(mesh, act.expression[0], act.gaze[0], act.head_rotation[0])
        own = self._projected(posed, side)
        return reframed(picture, points, own, side), render_buffers(posed, side)

    def _keypoints(self, act: Performance, mesh: CharacterMesh) -> np.ndarray:
        """[K, 2] keypoints of a character in its own frame, pixels."""
        posed = self.figure.pose(mesh, act.expression[0], act.gaze[0], act.head_rotation[0])
        return self._projected(posed, SIDE)

    def _projected(self, posed: PosedMesh, side: int) -> np.ndarray:
        return posed.camera.project(posed_points(posed, self.casting.plan)[:, 0], side)[:, :2]


def reframed(picture: np.ndarray, here: np.ndarray, there: np.ndarray, side: int) -> np.ndarray:
    """[side, side, 4] in [0, 1]: a picture [H, W, 4] uint8, straight alpha, moved, turned and scaled so that
    its keypoints ``here`` [K, 2] come to lie on those ``there``; transparent beyond its edges."""
    matrix = similarity(here[: len(IBUG)], there[: len(IBUG)])
    gain = float(np.hypot(matrix[0, 0], matrix[0, 1]))
    floats = picture.astype(np.float32)
    floats[..., :3] *= floats[..., 3:] / 255
    if gain < 1:  # sampling has no memory of what lies between its points
        floats = cv2.GaussianBlur(floats, (0, 0), max(0.4 / gain - 0.4, 1e-3))
    shift = matrix[:, :2] @ np.array([0.5, 0.5]) - 0.5  # OpenCV counts from pixel centres
    moved = matrix.copy()
    moved[:, 2] += shift
    out = cv2.warpAffine(floats, moved, (side, side), flags=cv2.INTER_CUBIC) / 255
    alpha = out[..., 3:].clip(0, 1)
    return np.concatenate([(out[..., :3] / np.maximum(alpha, 1 / 255)).clip(0, 1), alpha], -1)


def similarity(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    """[2, 3] the best turn, scale and shift from points [N, 2] to others (Umeyama 1991), in the plane."""
    a, b = here - here.mean(0), there - there.mean(0)
    scale = 1 / np.maximum((a**2).sum(), 1e-9)
    cos, sin = (a * b).sum() * scale, (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() * scale
    turn = np.array([[cos, -sin], [sin, cos]])
    return np.column_stack([turn, there.mean(0) - turn @ here.mean(0)])


def appearance_of(codes: np.ndarray) -> Appearance:
    """The likeliest appearance by codes [CODE_DIM]."""
    values: dict[str, str] = {}
    for name, choices in CHOICE_FIELDS.items():
        values[name] = choices[int(codes[CODE_LAYOUT[name]].argmax())]
    for name in COLOR_FIELDS:
        values[name] = rgb_to_hex(codes[CODE_LAYOUT[name]])
    return Appearance().with_values(values)


def measured_colors(framed: np.ndarray, buffers: np.ndarray) -> Mapping[str, str]:
    """The colours of parts in a framed drawing [S, S, 4] uint8, where enough of a part is seen.

    They are those of the middle in lightness; of skin, on which shadows, fringes and lines lie, of lighter
    parts.
    """
    colors: dict[str, str] = {}
    for name, part in _MEASURED.items():
        seen = (buffers[BUFFER_CHANNELS.index(part)] > _SOLID) & (framed[..., 3] > 250)
        if seen.sum() >= _ENOUGH:
            pixels = framed[seen][:, :3]
            if part == "skin":
                pixels = pixels[np.argsort(pixels.sum(1))]
                low, high = (round(share * len(pixels)) for share in _LIT)
                pixels = pixels[low:high]
            colors[name] = rgb_to_hex(np.median(pixels, 0) / 255)
    if "hair_color" in colors:
        colors.setdefault("brow_color", colors["hair_color"])
    return colors


def _scaled(square: tuple[int, int, int], gain: float) -> tuple[int, int, int]:
    x, y, side = square
    grown = max(16, round(gain * side))
    return x - (grown - side) // 2, y - (grown - side) // 2, grown
