"""A still that can be animated: found, framed, understood once, then shown at any moment and put back.

    animator = StillAnimator.from_pretrained(root, head, figure, fitter)
    still = animator.read(picture, tracker)
    frame = animator.frame(still, expression, gaze, rotation)

The face with its hair and neck is cut out as a square, moved by the warper, and blended back into the
picture, whose rest stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from gen_avatar.appearance.regions import IRIS, facemesh_to_ibug
from gen_avatar.character.character import CharacterModel
from gen_avatar.errors import NoFaceError
from gen_avatar.head.fit import HeadFitter
from gen_avatar.head.model import MorphableHead
from gen_avatar.loading import load_network
from gen_avatar.tracking import FaceTracker
from gen_avatar.types import FaceTrack
from gen_avatar.warp.actor import Actor, Casting
from gen_avatar.warp.cells import Cells, find_cells, put_in_cells
from gen_avatar.warp.drawn import Drawing
from gen_avatar.warp.framed import FramedEyes
from gen_avatar.warp.keypoints import KeypointNetwork
from gen_avatar.warp.lids import covered, off_the_eyes, shutting
from gen_avatar.warp.motion import feature_maps, sample
from gen_avatar.warp.network import SourceFeatures, Warper, enlarged
from gen_avatar.warp.points import IBUG, LEFT_IRIS, RIGHT_IRIS
from gen_avatar.warp.puppet import Patch
from gen_avatar.weights import checkpoint

#: Side of the square that the warper sees, pixels.
SIDE = 256
#: Distance of the outer eye corners in the square, shares of its side: as it is cut; from where to where a
#: square picture is taken as it is.
EYES, EYES_RANGE = 0.27, (0.2, 0.44)
#: Where the middle of the eyes comes to lie in the square.
EYES_AT = (0.5, 0.46)
#: Margin that is added around a picture in which no face is found at first: avatars fill their frame.
_MARGIN = 0.3
#: What transparent parts are looked at on, sRGB 0 to 255.
_BACKDROP = 204
#: Mean expected error of the keypoints up to which a picture without a tracked face is believed, shares of
#: the side.
_BELIEVED = 0.02
#: Alpha below this is nothing, and above one less it is everything.
_VEIL = 0.12
#: Difference of what is painted from what would be copied below which it is rather copied where a larger
#: original has more detail.
_ALIKE = 0.12
#: Width of the seam in which the moved square runs out into the picture, shares of its side.
_SEAM = 0.07


@dataclass(frozen=True)
class Still:
    """A picture that was understood.

    Attributes:
        picture: [H, W, 4] uint8, straight alpha.
        square: (x, y, side) of what is moved, pixels; it may reach beyond the picture.
        whole: whether the square is the whole picture.
        actor: who acts for it.
        source: what the network computed of it.
        fine: [1, 4, S, S] the square at its own size, premultiplied, where that is larger than SIDE.
        seam: [S, S, 1] float32 how much of the moved square is seen.
        cells: the grid of pixel art.
        drawing: how a drawn face is drawn. framed: its eyes, if they are behind glasses.
    """

    picture: np.ndarray
    square: tuple[int, int, int]
    whole: bool
    actor: Actor
    source: SourceFeatures
    fine: torch.Tensor | None
    seam: np.ndarray
    cells: Cells | None = None
    drawing: Drawing | None = None
    framed: FramedEyes | None = None


class StillAnimator:
    """Reads stills and moves them.

    Args:
        warper: the network that moves. keypoints: the network that finds keypoints in stylised faces.
        casting: finds the head that acts.
    """

    def __init__(self, warper: Warper, keypoints: KeypointNetwork, casting: Casting) -> None:
        self.warper, self.keypoints, self.casting = warper.eval(), keypoints.eval(), casting

    @classmethod
    def from_pretrained(
        cls, root: Path, head: MorphableHead, figure: CharacterModel, fitter: HeadFitter
    ) -> StillAnimator:
        """Load the networks below ``root``; raises ``WeightsError``."""
        warper = load_network(Warper, checkpoint("warper", root))
        keypoints = load_network(KeypointNetwork, checkpoint("keypoints", root))
        return cls(warper, keypoints, Casting(head, figure, fitter))

    # -- once for a still ----------------------------------------------------------------------

    def read(self, picture: np.ndarray, tracker: FaceTracker, face: int = 0) -> Still:
        """Understand a still.

        Args:
            picture: [H, W, 4] uint8, straight alpha.
            tracker: finds the face.
            face: which one, 0 is the largest.

        Raises:
            NoFaceError: no face, or fewer than asked for.
        """
        picture = with_clean_edges(picture)
        track = find_face(picture, tracker, face)
        if track is None:
            actor, square = self._by_network(picture)
        else:
            square = _square_for(picture, track)
            actor = self._actor(picture, square, track)
        whole = square == (0, 0, len(picture)) and picture.shape[0] == picture.shape[1]
        crop = cut(picture, square)
        small = resized(crop, SIDE, SIDE)
        source = self._encode(small, actor)
        fine = _tensor(crop, self.warper) if square[2] > SIDE else None
        seam = _seam(picture, square, whole)
        drawing = Drawing.of(crop, actor.rest[:, 0]) if actor.stylized else None
        framed = FramedEyes.of(crop, actor.rest) if actor.stylized else None
        cells = find_cells(picture)
        return Still(picture, square, whole, actor, source, fine, seam, cells, drawing, framed)

    def _actor(self, picture: np.ndarray, square: tuple[int, int, int], track: FaceTrack) -> Actor:
        """Stylised faces by the keypoint network, natural ones by the tracker, who has seen more of them."""
        x, y, side = square
        found = self.keypoints.find(resized(cut(picture, square), SIDE, SIDE)[None])
        points = found.points[0] * side
        landmarks: np.ndarray = track.landmarks - np.array([x, y, 0], np.float32)
        moved = FaceTrack(landmarks, track.box, track.confidence, (side, side))
        actor = self.casting.find(points, side, moved, float(found.yaw[0]))
        if actor.stylized:
            return actor
        return self.casting.find(tracked_keypoints(landmarks, points), side, moved)

    def _by_network(self, picture: np.ndarray) -> tuple[Actor, tuple[int, int, int]]:
        """A face that only the keypoint network sees: the whole picture is taken, made square."""
        height, width = picture.shape[:2]
        side = max(height, width)
        square = ((width - side) // 2, (height - side) // 2, side)
        found = self.keypoints.find(resized(cut(picture, square), SIDE, SIDE)[None])
        if float(found.error[0, : len(IBUG)].mean()) > _BELIEVED:
            raise NoFaceError("no face found in the still: give a picture in which one face fills the frame")
        return self.casting.find(found.points[0] * side, side, yaw=float(found.yaw[0])), square

    @torch.inference_mode()
    def _encode(self, small: np.ndarray, actor: Actor) -> SourceFeatures:
        points = actor.rest
        return self.warper.encode(_tensor(small, self.warper), *self._moment(points))

    def _moment(self, points: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        like = {"device": self.warper.device}
        maps = torch.from_numpy(feature_maps(points, SIDE))[None].to(self.warper.dtype).to(**like)
        return torch.from_numpy(points)[None].to(**like), maps

    # -- once for a frame ----------------------------------------------------------------------

    def frame(
        self, still: Still, expression: np.ndarray, gaze: np.ndarray, rotation: np.ndarray
    ) -> np.ndarray:
        """[H, W, 4] uint8, straight alpha: the picture at another moment.

        Args:
            expression: [52] in [0, 1]; gaze: [2, 2] (yaw, pitch), degrees; rotation: [3] (yaw, pitch, roll),
                degrees.
        """
        moved = self.moved(still, *still.actor.moment(expression, gaze, rotation))
        out = put_back(still, moved)
        return put_in_cells(out, still.cells) if still.cells else out

    @torch.inference_mode()
    def moved(self, still: Still, points: np.ndarray, mouth: Sequence[Patch] = ()) -> np.ndarray:
        """[S, S, 4] float32 premultiplied: the square of a still with its keypoints at ``points``
        [K, 1 + P, 2] and what is in its ``mouth``, at the size that it has in the picture."""
        side, image, fine = still.square[2], still.source.image, still.fine
        rest = still.source.points[:, :, 0].float()
        shut = shutting(rest, torch.from_numpy(points[None, :, 0]).to(rest))
        drawn = still.drawing is not None and bool((shut > 0).any())
        moved = points
        if drawn and still.framed is not None:  # frames do not go down with the lids behind them
            amounts = shut[0].cpu().numpy()
            moved, image = still.framed.opened(points, amounts), still.framed.shut(image, amounts)
            fine = None if fine is None else still.framed.shut(fine, amounts)
        warped = self.warper(still.source, *self._moment(moved))
        now = torch.from_numpy(moved[None, :, 0]).to(rest)
        if drawn:
            # The line of a shut eye is drawn; around it is skin as it is, not what the network would guess.
            keep = torch.maximum(warped.keep, covered(SIDE, now, shut).to(warped.keep))
            copied = sample(image, warped.flow.to(image))
            warped = replace(warped, keep=keep, picture=warped.painted + keep * (copied - warped.painted))
        picture = warped.picture
        if fine is not None:  # the motion is as fine at any size: copy from the sharper original
            apart = (sample(image, warped.flow) - warped.painted).abs().amax(1, keepdim=True)
            sure = 1 - (1 - warped.keep) * (apart / _ALIKE).clamp(max=1)
            keep, painted = (
                F.interpolate(x.float(), size=(side, side), mode="bilinear", align_corners=False)
                for x in (sure, warped.painted)
            )
            places = off_the_eyes(enlarged(warped.flow.float(), side), rest, shutting(rest, now))
            copied = sample(fine, places.to(fine))
            picture = painted + keep * (copied - painted)
        floats = _tidied(picture[0].float().permute(1, 2, 0).clamp(0, 1).cpu().numpy())
        if still.drawing is not None:
            floats = still.drawing.add(floats, points[:, 0], shut[0].cpu().numpy(), mouth)
        return (
            floats if len(floats) == side else cv2.resize(floats, (side, side), interpolation=cv2.INTER_AREA)
        )


def with_clean_edges(picture: np.ndarray) -> np.ndarray:
    """[H, W, 4] without colour where it is transparent."""
    return picture * (picture[..., 3:] > 0)


def find_face(picture: np.ndarray, tracker: FaceTracker, face: int = 0) -> FaceTrack | None:
    """The tracker's face ``face`` in [H, W, 4] uint8, or None if there is none; a margin is tried as well.

    Raises:
        NoFaceError: there are faces, but not so many.
    """
    alpha = picture[..., 3:].astype(np.float32) / 255
    rgb = np.round(picture[..., :3] * alpha + _BACKDROP * (1 - alpha)).astype(np.uint8)
    for share in (0.0, _MARGIN):
        pad = int(share * max(rgb.shape))
        wide = cv2.copyMakeBorder(rgb, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=(_BACKDROP,) * 3)
        tracks = tracker.detect(wide)
        if tracks:
            if face >= len(tracks):
                raise NoFaceError(f"there is no face {face}: the still shows {len(tracks)}, the largest is 0")
            found = tracks[face]
            landmarks: np.ndarray = found.landmarks - np.array([pad, pad, 0], np.float32)
            size = (picture.shape[1], picture.shape[0])
            return FaceTrack(landmarks, tuple(v - pad for v in found.box), found.confidence, size)  # type: ignore[arg-type]
    return None


def tracked_keypoints(landmarks: np.ndarray, found: np.ndarray) -> np.ndarray:
    """[K, 2] keypoints: FaceMesh's [478, 3] where it has them, those of the network elsewhere."""
    points = found.copy()
    points[: len(IBUG)] = facemesh_to_ibug(landmarks[:, :2])[list(IBUG)]
    points[RIGHT_IRIS], points[LEFT_IRIS] = (landmarks[list(iris), :2].mean(0) for iris in IRIS)
    return points


def _square_for(picture: np.ndarray, track: FaceTrack) -> tuple[int, int, int]:
    """The square around a face: (x, y, side), pixels."""
    height, width = picture.shape[:2]
    points = facemesh_to_ibug(track.landmarks[:, :2])
    middle = (points[36] + points[45]) / 2
    # A turned face has its eyes closer together but not its nose higher.
    eyes = max(
        float(np.linalg.norm(points[36] - points[45])), float(np.linalg.norm(points[33] - middle)) / 0.62
    )
    if height == width and EYES_RANGE[0] <= eyes / width <= EYES_RANGE[1]:
        return (0, 0, width)
    return square_around(middle, eyes)


def square_around(middle: np.ndarray, eyes: float) -> tuple[int, int, int]:
    """(x, y, side) of the square for a face whose outer eye corners lie ``eyes`` pixels apart about
    ``middle``."""
    side = int(round(eyes / EYES))
    return int(middle[0] - EYES_AT[0] * side), int(middle[1] - EYES_AT[1] * side), side


def cut(picture: np.ndarray, square: tuple[int, int, int]) -> np.ndarray:
    """[S, S, 4] uint8: a square of a picture; beyond its edges the picture is continued."""
    x, y, side = square
    height, width = picture.shape[:2]
    before, after = (max(0, -y), max(0, -x)), (max(0, y + side - height), max(0, x + side - width))
    part = picture[max(0, y) : y + side, max(0, x) : x + side]
    return cv2.copyMakeBorder(part, before[0], after[0], before[1], after[1], cv2.BORDER_REPLICATE)


def put_back(still: Still, moved: np.ndarray) -> np.ndarray:
    """[H, W, 4] uint8, straight alpha: the picture with its square replaced by [S, S, 4] premultiplied."""
    if still.whole:
        return _straight(moved)
    x, y, side = still.square
    height, width = still.picture.shape[:2]
    top, left, bottom, right = max(0, y), max(0, x), min(height, y + side), min(width, x + side)
    inside = (slice(top - y, bottom - y), slice(left - x, right - x))
    out = still.picture.copy()
    before = _premultiplied(still.picture[top:bottom, left:right])
    share = still.seam[inside]
    out[top:bottom, left:right] = _straight(before + share * (moved[inside] - before))
    return out


def _seam(picture: np.ndarray, square: tuple[int, int, int], whole: bool) -> np.ndarray:
    """1 inside, running out towards those edges of the square that lie within the picture."""
    x, y, side = square
    height, width = picture.shape[:2]
    line = (np.arange(side) + 0.5) / side
    start, end = np.clip(line / _SEAM, 0, 1), np.clip((1 - line) / _SEAM, 0, 1)
    across = np.where(x > 0, start, 1) * np.where(x + side < width, end, 1)
    down = np.where(y > 0, start, 1) * np.where(y + side < height, end, 1)
    ramp = np.ones((side, side)) if whole else down[:, None] * across[None]
    return (ramp * ramp * (3 - 2 * ramp)).astype(np.float32)[..., None]


def _tidied(moved: np.ndarray) -> np.ndarray:
    """[S, S, 4] premultiplied, without the faint veils that a network leaves where nothing or all should
    be."""
    alpha = np.clip((moved[..., 3:] - _VEIL) / (1 - 2 * _VEIL), 0, 1)
    color = moved[..., :3] * (alpha / np.maximum(moved[..., 3:], 1e-3))
    return np.concatenate([np.minimum(color, alpha), alpha], -1)


def _premultiplied(picture: np.ndarray) -> np.ndarray:
    floats = picture.astype(np.float32) / 255
    floats[..., :3] *= floats[..., 3:]
    return floats


def _straight(premultiplied: np.ndarray) -> np.ndarray:
    alpha = premultiplied[..., 3:]
    color = premultiplied[..., :3] / np.maximum(alpha, 1 / 255)
    return np.round(np.concatenate([color, alpha], -1).clip(0, 1) * 255).astype(np.uint8)


def resized(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """[height, width, 4] uint8; premultiplied while it is resampled, so that nothing bleeds."""
    if picture.shape[:2] == (height, width):
        return picture
    way = cv2.INTER_AREA if len(picture) > height else cv2.INTER_LINEAR
    return _straight(cv2.resize(_premultiplied(picture), (width, height), interpolation=way))


def _tensor(crop: np.ndarray, network: torch.nn.Module) -> torch.Tensor:
    like = next(network.parameters())
    return torch.from_numpy(_premultiplied(crop).transpose(2, 0, 1)[None].copy()).to(like)
