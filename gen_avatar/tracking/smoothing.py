"""One-Euro filter: calm when still, prompt when moving.

Casiez, Roussel and Vogel, "1 € Filter", CHI 2012: a low-pass filter whose cutoff grows with speed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gen_avatar.types import FaceTrack


@dataclass(frozen=True)
class OneEuro:
    """How much to smooth, for signals of the size of 1 (blendshape weights, eye distances).

    Attributes:
        min_cutoff: cutoff at rest, Hz; lower is calmer.
        beta: growth of the cutoff with speed, Hz per unit a second; higher lags less. With the defaults
            blinks keep their depth.
        derivative_cutoff: of the speed's own low-pass, Hz.
    """

    min_cutoff: float = 2.0
    beta: float = 4.0
    derivative_cutoff: float = 1.0


class OneEuroFilter:
    """Filters arrays of one shape, each channel by its own speed.

    Args:
        settings: strength.
        together: channels of the last axis that go by the speed of the fastest of them: what several say
            together, such as a jaw that falls while the lips stay shut, is not torn apart.
    """

    def __init__(self, settings: OneEuro | None = None, together: Sequence[Sequence[int]] = ()) -> None:
        self.settings = settings or OneEuro()
        self._together = [list(group) for group in together]
        self.reset()

    def reset(self) -> None:
        """Forget the past: the next value passes unchanged."""
        self._value: np.ndarray | None = None
        self._speed: np.ndarray | None = None

    def __call__(self, value: np.ndarray, step: float) -> np.ndarray:
        """The smoothed value.

        Args:
            value: any shape, the same at each call.
            step: seconds since the last call, above 0.
        """
        value = np.asarray(value, np.float64)
        if self._value is None or self._speed is None:
            self._value, self._speed = value, np.zeros_like(value)
            return value
        speed = (value - self._value) / step
        self._speed = self._speed + _gain(self.settings.derivative_cutoff, step) * (speed - self._speed)
        fast = np.abs(self._speed)
        for group in self._together:
            fast[..., group] = fast[..., group].max(-1, keepdims=True)
        cutoff = self.settings.min_cutoff + self.settings.beta * fast
        self._value = self._value + _gain(cutoff, step) * (value - self._value)
        return self._value


def _gain(cutoff: float | np.ndarray, step: float) -> float | np.ndarray:
    """Weight of the newest value in a first-order low-pass."""
    turn = 2 * math.pi * cutoff * step
    return turn / (turn + 1)


def smooth(signal: np.ndarray, fps: float, settings: OneEuro | None = None) -> np.ndarray:
    """Filter a whole signal.

    Args:
        signal: [T, ...], a value a frame; frames that hold NaN stay NaN and interrupt the filter.
        fps: frames a second.
        settings: strength.

    Returns:
        [T, ...] in the dtype of ``signal``.
    """
    one_euro = OneEuroFilter(settings)
    out = np.array(signal, copy=True)
    for t, value in enumerate(signal):
        if np.isnan(value).any():
            one_euro.reset()
        else:
            out[t] = one_euro(value, 1 / fps)
    return out


def smooth_tracks(
    tracks: Iterable[FaceTrack | None], fps: float, settings: OneEuro | None = None
) -> Iterator[FaceTrack | None]:
    """Filter the landmarks of a clip as they come, in units of the face's eye distance.

    Args:
        tracks: of one person, a frame each; None interrupts the filter.
        fps: frames a second.
        settings: strength.
    """
    one_euro = OneEuroFilter(settings)
    unit = 1.0
    fresh = True
    for track in tracks:
        if track is None:
            one_euro.reset()
            fresh = True
            yield None
            continue
        if fresh:
            unit, fresh = max(track.eye_distance, 1.0), False  # one unit a stretch: rescaling would jerk
        landmarks = one_euro(track.landmarks / unit, 1 / fps) * unit
        yield replace(track, landmarks=landmarks.astype(np.float32))
