"""A face followed live: camera frames in, what an avatar does out, one at a time.

    follower = LiveFollower(create_tracker(), pipe.fitter)
    frame = follower.see(image, time)  # a Performance of one frame, or None while nobody is known
    follower.close()

The motion is relative to the calmest frontal frame seen so far, so that nobody has to pose for a calibration.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

import numpy as np

from gen_avatar.capture import Moment, Recorder
from gen_avatar.head.fit import HeadFitter
from gen_avatar.retarget import anchor_frame, retarget
from gen_avatar.tracking import FaceTracker
from gen_avatar.types import FaceTrack, Performance

#: Seconds that the identity is fitted to before the avatar moves.
PATIENCE = 0.6
#: Frames that tell how far this person opens and shuts the eyes.
_REMEMBERED = 240
_REST = Performance.still()


class LiveFollower:
    """Follows one person; belongs to one thread at a time.

    Args:
        tracker: of its own; it is closed with the follower.
        fitter: of the head, for the tracker's landmarks.
        face: which person, counted from the largest face of the first frame that shows any.
    """

    def __init__(self, tracker: FaceTracker, fitter: HeadFitter, face: int = 0) -> None:
        self._tracker = tracker
        self._recorder = Recorder(fitter, PATIENCE)
        self._image: np.ndarray | None = None
        self._tracks: Iterator[FaceTrack | None] = tracker.track_video(self._images(), face)
        self._recent: deque[Moment] = deque(maxlen=_REMEMBERED)
        self._anchor: Moment | None = None

    def see(self, image: np.ndarray, time: float) -> Performance | None:
        """The next frame of the camera.

        Args:
            image: [H, W, 3] uint8 RGB.
            time: seconds, rising.

        Returns:
            One frame; its confidence is 0 where the face is not seen and the last pose is held. None until
            the person is known.
        """
        self._image = image
        known = self._recorder.moments
        before = len(known)
        self._recorder.see(time, next(self._tracks))
        known = self._recorder.moments
        fresh, self._recorder.moments = known[before:], known[-1:]
        for moment in fresh:
            self._recent.append(moment)
            if moment.confidence > 0 and self._is_calmer(moment):
                self._anchor = moment
        if self._anchor is None:
            return None
        driving = as_performance([self._anchor, *self._recent])
        return retarget(driving, _REST, anchor=0).performance.at(len(driving) - 1)

    def centre(self) -> None:
        """Take the pose and the face of the last frame for the person at rest."""
        if self._recent:
            self._anchor = self._recent[-1]

    def close(self) -> None:
        """Free the tracker; the follower cannot be used afterwards."""
        self._tracker.close()

    def _images(self) -> Iterator[np.ndarray]:
        while self._image is not None:
            yield self._image

    def _is_calmer(self, moment: Moment) -> bool:
        return self._anchor is None or anchor_frame(as_performance([self._anchor, moment]), _REST) == 1


def as_performance(moments: Sequence[Moment], fps: float = 30.0) -> Performance:
    """Moments in a row, whatever their times."""

    def column(name: str) -> np.ndarray:
        return np.stack([getattr(moment, name) for moment in moments]).astype(np.float32)

    return Performance(
        expression=column("expression"),
        gaze=column("gaze"),
        head_rotation=column("head_rotation"),
        head_translation=column("head_translation"),
        fps=fps,
        confidence=column("confidence"),
    )
