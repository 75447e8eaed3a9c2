"""Performance capture: what a person in a clip does, frame by frame, streaming.

    captured = capture(read_video("clip.mp4"), tracker, fitter)
    captured.performance.expression  # [T, 52]

The identity is fitted jointly to a dozen frames of the first seconds and then frozen, so that what moves is
expression, gaze and pose alone. Besides those first seconds only sixty numbers a frame are kept.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from gen_avatar import lips
from gen_avatar.character.threads import beside
from gen_avatar.errors import NoFaceError
from gen_avatar.head.fit import FitResult, HeadFitter
from gen_avatar.media import Frame
from gen_avatar.tracking import FaceTracker
from gen_avatar.tracking.smoothing import OneEuro, OneEuroFilter
from gen_avatar.types import ARKIT_52, FaceTrack, Performance

#: Seconds of a clip that the identity is fitted to, frames of it that are used, and frames that are kept
#: meanwhile.
IDENTITY_SECONDS, IDENTITY_FRAMES, _MOST_WAITING = 8.0, 12, 400
#: A landmark that moves farther from one frame to the next, on average and in eye distances, was not
#: moved: the clip was cut.
_JUMP = 0.6
#: A longer pause between frames is a cut too, seconds.
_PAUSE = 0.6
#: What is a large change of each signal: the filter works in these units (weights, degrees, degrees, cm).
_UNITS = {"expression": 1.0, "gaze": 20.0, "head_rotation": 20.0, "head_translation": 4.0}
#: Pose and gaze are smoothed more than faces: blinks are over in a tenth of a second, and so are the lips
#: that meet in a word.
_FACE, _POSE = OneEuro(1.0, 7.0, 3.0), OneEuro(1.0, 3.0)
#: Landmarks of FaceMesh along the inner edges of the upper and the lower lip.
_UPPER_LIP, _LOWER_LIP = [82, 13, 312], [87, 14, 317]
#: What moves as a whole: mouth, lids and brows, by how the names of their channels begin.
_TOGETHER = [
    [i for i, name in enumerate(ARKIT_52) if name.startswith(stems)]
    for stems in (
        ("mouth", "jaw", "cheekPuff"), ("eyeBlink", "eyeSquint", "eyeWide", "cheekSquint"), ("brow", "nose"),
    )
]  # fmt: skip


@dataclass(frozen=True)
class Captured:
    """What was seen.

    Attributes:
        performance: at the clip's mean frame rate.
        identity: [K] of the person, σ.
        missed: frames without the face; there the last pose is held with confidence 0.
        cuts: how often the clip was cut or the face came back.
    """

    performance: Performance
    identity: np.ndarray
    missed: int
    cuts: int


@dataclass(frozen=True)
class Moment:
    """What is seen of the person at one time, in seconds; the fields are those of ``Performance``."""

    time: float
    expression: np.ndarray
    gaze: np.ndarray
    head_rotation: np.ndarray
    head_translation: np.ndarray
    confidence: float


def capture(
    frames: Iterable[Frame], tracker: FaceTracker, fitter: HeadFitter, face: int = 0, fps: float | None = None
) -> Captured:
    """Capture one person.

    Args:
        frames: in order; their times may be uneven.
        tracker: follows the face. fitter: of the head, for the tracker's landmarks.
        face: which person, counted from the largest face of the first frame that shows any.
        fps: of the result, by default the mean rate of the frames.

    Raises:
        NoFaceError: no frame shows such a face.
        MediaError: the clip cannot be decoded.
    """
    recorder = Recorder(fitter)
    with beside(_tracked(frames, tracker, face)) as tracked:
        for time, track in tracked:
            recorder.see(time, track)
        recorder.finish()
    if not recorder.moments:
        raise NoFaceError(
            "no human face found in the clip: give one in which a face is seen from the front"
            if face == 0
            else f"there is no face {face} in the clip: 0 is the largest"
        )
    performance = _resampled(recorder.moments, fps)
    assert recorder.identity is not None
    return Captured(performance, recorder.identity, recorder.missed, recorder.cuts)


def _tracked(
    frames: Iterable[Frame], tracker: FaceTracker, face: int
) -> Iterator[tuple[float, FaceTrack | None]]:
    """Time and track of each frame."""
    times: deque[float] = deque()

    def pictures() -> Iterator[np.ndarray]:
        for frame in frames:
            times.append(frame.time)
            yield frame.image

    for track in tracker.track_video(pictures(), face):
        yield times.popleft(), track


class Recorder:
    """Waits until it knows the person, then fits frame after frame.

    Args:
        fitter: of the head.
        patience: seconds that the identity is fitted to.
    """

    def __init__(self, fitter: HeadFitter, patience: float = IDENTITY_SECONDS) -> None:
        self._fitter, self._patience = fitter, patience
        self.identity: np.ndarray | None = None
        self.moments: list[Moment] = []
        self.missed = self.cuts = 0
        self._waiting: list[tuple[float, FaceTrack | None]] = []
        self._leading = 0
        self._previous: tuple[float, FaceTrack, FitResult] | None = None
        self._origin: FitResult | None = None
        self._filters = {
            name: OneEuroFilter(_FACE, _TOGETHER) if name == "expression" else OneEuroFilter(_POSE)
            for name in _UNITS
        }

    def see(self, time: float, track: FaceTrack | None) -> None:
        """The next frame."""
        if self.identity is not None:
            self._record(time, track)
            return
        self._waiting.append((time, track))
        start = self._waiting[0][0]
        if time - start >= self._patience or len(self._waiting) >= _MOST_WAITING:
            self._recognise()

    def finish(self) -> None:
        """After the last frame."""
        if self.identity is None:
            self._recognise()

    def _recognise(self) -> None:
        seen = [track for _, track in self._waiting if track is not None]
        if not seen:
            # Nobody yet: these frames will hold the first pose that comes.
            self._leading += len(self._waiting) - 1
            self._waiting = self._waiting[-1:]
            return
        chosen = [seen[int(i)] for i in np.linspace(0, len(seen) - 1, min(IDENTITY_FRAMES, len(seen)))]
        self.identity = self._fitter.fit_identity(chosen)
        waiting, self._waiting = self._waiting, []
        for time, track in waiting:
            self._record(time, track)

    def _record(self, time: float, track: FaceTrack | None) -> None:
        if track is None:
            self.missed += 1
            if self._previous is not None:
                self.cuts += 1
            self._previous = None
            if not self.moments:
                self._leading += 1
            else:
                self.moments.append(_held(self.moments[-1], time))
            return
        assert self.identity is not None
        if self._previous is not None and _is_cut(self._previous, time, track):
            self.cuts += 1
            self._previous = None
        before = self._previous
        fit = self._fitter.fit_frame(track, self.identity, before[2] if before else None)
        moment = self._smoothed(time, track, fit, time - before[0] if before else None)
        if not self.moments and self._leading:
            self._lead_in(moment, time)
        self.moments.append(moment)
        self._previous = (time, track, fit)

    def _lead_in(self, first: Moment, time: float) -> None:
        """Frames before the first face hold its pose."""
        times = np.linspace(0, time, self._leading, endpoint=False)
        self.missed = self._leading
        self.moments = [_held(first, float(t)) for t in times]

    def _smoothed(self, time: float, track: FaceTrack, fit: FitResult, step: float | None) -> Moment:
        self._origin = self._origin or fit
        values = {
            "expression": _with_lips_as_seen(fit, track), "gaze": fit.gaze, "head_rotation": fit.rotation,
            "head_translation": _moved(self._origin, fit),
        }  # fmt: skip
        out: dict[str, Any] = {}
        for name, value in values.items():
            one_euro, unit = self._filters[name], _UNITS[name]
            if step is None:
                one_euro.reset()
            out[name] = (one_euro(value / unit, step or 1.0) * unit).astype(np.float32)
        out["expression"] = out["expression"].clip(0, 1)
        return Moment(time=time, confidence=track.confidence, **out)


def _is_cut(previous: tuple[float, FaceTrack, FitResult], time: float, track: FaceTrack) -> bool:
    moved = np.linalg.norm(track.landmarks[:, :2] - previous[1].landmarks[:, :2], axis=1).mean()
    return time - previous[0] > _PAUSE or moved > _JUMP * max(previous[1].eye_distance, 1.0)


def _with_lips_as_seen(fit: FitResult, track: FaceTrack) -> np.ndarray:
    """[52] the fitted expression, its lips as far apart as the landmarks have them.

    The fit balances these against all others and against the habits of faces.
    """
    expression = fit.expression.copy()
    if track.scheme != "facemesh478":
        return expression
    seen, fitted = (
        np.linalg.norm(points[_UPPER_LIP, :2] - points[_LOWER_LIP, :2], axis=1).mean()
        for points in (track.landmarks, fit.landmarks)
    )
    upright = max(math.cos(math.radians(float(fit.rotation[1]))), 0.5)
    more = (seen - fitted) / (fit.scale * lips.EYES_APART * upright)
    lips.part(expression, np.asarray(more), lips.FITTED)
    return expression


def _moved(origin: FitResult, fit: FitResult) -> np.ndarray:
    """[3] cm that the head has moved since ``origin``, in the frame of the camera."""
    across = (fit.translation - origin.translation) / fit.scale
    # Nearer means larger: the camera's distance is 1 / perspective.
    nearer = (1 - origin.scale / fit.scale) / origin.perspective
    return np.array([across[0], -across[1], nearer], np.float32)


def _held(moment: Moment, time: float) -> Moment:
    return Moment(time, moment.expression, moment.gaze, moment.head_rotation, moment.head_translation, 0.0)


def _resampled(moments: list[Moment], fps: float | None) -> Performance:
    """Evenly timed; frames that already are stay as they are."""
    time = np.maximum.accumulate([m.time for m in moments])
    span = time[-1] - time[0]
    rate = fps or ((len(time) - 1) / span if span > 0 else 30.0)
    wanted = time[0] + np.arange(int(span * rate + 0.25) + 1) / rate  # times are not quite exact
    if len(wanted) == len(time) and np.abs(wanted - time).max() < 0.5 / rate:
        place = np.arange(len(time), dtype=float)
    else:
        place = np.interp(wanted, time, np.arange(len(time)))

    def at(name: str) -> np.ndarray:
        values = np.stack([getattr(m, name) for m in moments]).astype(np.float32)
        low = np.floor(place).astype(int)
        high, share = np.minimum(low + 1, len(values) - 1), place - low
        share = share.reshape(-1, *[1] * (values.ndim - 1))
        return (values[low] + share * (values[high] - values[low])).astype(np.float32)

    names = ("expression", "gaze", "head_rotation", "head_translation", "confidence")
    arrays: dict[str, Any] = {name: at(name) for name in names}
    return Performance(fps=float(rate), **arrays)
