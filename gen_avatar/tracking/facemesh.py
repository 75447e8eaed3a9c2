"""The default tracker: candidates, FaceMesh on a crop of each, and the gate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from gen_avatar.tracking.crops import Region, overlap, region_around
from gen_avatar.tracking.gate import LOST_LOGIT, accepts, confidence, examine, presence_confidence
from gen_avatar.tracking.networks import MESH_SIDE, Detection, MeshNetwork
from gen_avatar.tracking.proposals import SAME_FACE, FullRangeProposer, Proposer
from gen_avatar.types import FaceTrack

#: Crops of fewer pixels a side hold no face worth tracking.
MIN_CROP = 12.0
#: While the face is lost, a clip is searched at every so many frames.
SEARCH_EVERY = 5

_RIGHT_EYE, _LEFT_EYE = 33, 263
# A better crop does not turn a first logit below this into a face.
_HOPELESS_LOGIT = -5.0


class FaceMeshTracker:
    """478 landmarks with MediaPipe's bundled models; works offline.

    Args:
        proposer: finds the candidates; by default the full-range detector.
        name: of the tracker.
    """

    def __init__(self, proposer: Proposer | None = None, name: str = "facemesh") -> None:
        self.name = name
        self._proposer = proposer or FullRangeProposer()
        self._mesh = MeshNetwork()

    def detect(self, image: np.ndarray) -> list[FaceTrack]:
        """Human faces in one picture, largest first.

        Args:
            image: [H, W, 3] uint8 RGB.

        Returns:
            One track a face, empty if the gate accepts none.
        """
        _check(image)
        return self._upright(image) or self._accepted(image, self._proposer.tilted(image))

    def track_video(self, frames: Iterable[np.ndarray], index: int = 0) -> Iterator[FaceTrack | None]:
        """Follow one person through a clip.

        Each frame continues from the last one's landmarks; the detector and the gate run only where
        there is no face to continue from.

        Args:
            frames: [H, W, 3] uint8 RGB, in order.
            index: which person, counted from the largest face of the first frame that shows any.

        Yields:
            A track, or None where the face cannot be seen, for every frame.
        """
        last: FaceTrack | None = None
        region: Region | None = None
        belief = 0.0
        waited = SEARCH_EVERY
        for image in frames:
            _check(image)
            track = self._continue(image, region, belief) if region is not None else None
            if track is None:
                waited = SEARCH_EVERY if region is not None else waited + 1
                if waited >= SEARCH_EVERY:
                    waited = 0
                    found = self.detect(image) if last is None else self._upright(image)
                    track = _same_person(found, last, index)
                    belief = track.confidence if track else 0.0
            region = None if track is None else _region_of(track)
            last = track or last
            yield track

    def close(self) -> None:
        """Free the models; the tracker cannot be used afterwards."""
        self._proposer.close()
        self._mesh.close()

    def _upright(self, image: np.ndarray) -> list[FaceTrack]:
        return self._accepted(image, self._proposer(image))

    def _continue(self, image: np.ndarray, region: Region, belief: float) -> FaceTrack | None:
        if not MIN_CROP <= region.size <= 4 * max(image.shape[:2]):
            return None
        landmarks, logit = self._landmarks(image, region)
        if logit < LOST_LOGIT:
            return None
        return _track(image, landmarks, min(belief, presence_confidence(logit)))

    def _accepted(self, image: np.ndarray, candidates: list[Detection]) -> list[FaceTrack]:
        """The candidates that pass the gate, without duplicates, largest first."""
        tracks = [track for candidate in candidates if (track := self._judge(image, candidate))]
        kept: list[FaceTrack] = []
        for track in sorted(tracks, key=lambda t: -t.confidence):
            if all(overlap(track.box, other.box) < SAME_FACE for other in kept):
                kept.append(track)
        return sorted(kept, key=lambda t: -_area(t))

    def _judge(self, image: np.ndarray, candidate: Detection) -> FaceTrack | None:
        """The track of a candidate that passes the gate; each crop follows the last one's landmarks."""
        region = region_around(np.reshape(candidate.box, (2, 2)), *candidate.eyes)
        for _ in range(2):
            if region.size < MIN_CROP:
                return None
            landmarks, logit = self._landmarks(image, region)
            if logit < _HOPELESS_LOGIT:
                return None
            region = region_around(landmarks, landmarks[_RIGHT_EYE], landmarks[_LEFT_EYE])
        landmarks, logit = self._landmarks(image, region)
        if logit < LOST_LOGIT:
            return None
        evidence = examine(self._mesh, image, region, landmarks, logit, candidate.score)
        belief = confidence(evidence)
        return _track(image, landmarks, belief) if accepts(belief, region.angle) else None

    def _landmarks(self, image: np.ndarray, region: Region) -> tuple[np.ndarray, float]:
        points, logit = self._mesh(region.crop(image, MESH_SIDE))
        return region.to_image(points), logit


def _check(image: np.ndarray) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"expected [H, W, 3] uint8 RGB, got {image.dtype} {image.shape}")


def _track(image: np.ndarray, landmarks: np.ndarray, belief: float) -> FaceTrack:
    low, high = landmarks[:, :2].min(0), landmarks[:, :2].max(0)
    box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    return FaceTrack(landmarks, box, belief, (image.shape[1], image.shape[0]))


def _region_of(track: FaceTrack) -> Region:
    return region_around(track.landmarks, track.landmarks[_RIGHT_EYE], track.landmarks[_LEFT_EYE])


def _area(track: FaceTrack) -> float:
    x0, y0, x1, y1 = track.box
    return (x1 - x0) * (y1 - y0)


def _same_person(tracks: list[FaceTrack], last: FaceTrack | None, index: int) -> FaceTrack | None:
    """The face nearest to where the person was; at the start, the one that was asked for."""
    if last is None:
        return tracks[index] if index < len(tracks) else None
    x, y = _middle(last)
    return min(tracks, key=lambda t: abs(_middle(t)[0] - x) + abs(_middle(t)[1] - y), default=None)


def _middle(track: FaceTrack) -> tuple[float, float]:
    x0, y0, x1, y1 = track.box
    return (x0 + x1) / 2, (y0 + y1) / 2
