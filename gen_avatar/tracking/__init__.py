"""Faces in pictures and clips: detection, landmarks, the gate, smoothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import numpy as np

from gen_avatar.errors import NoFaceError, UsageError
from gen_avatar.types import FaceTrack

#: Names that ``create_tracker`` knows; the first is the default.
TRACKERS = ("facemesh", "haar", "fan")


class FaceTracker(Protocol):
    """What every tracker does. One object serves one thread at a time."""

    name: str

    def detect(self, image: np.ndarray) -> list[FaceTrack]:
        """Human faces in [H, W, 3] uint8 RGB, largest first; empty where there are none."""

    def track_video(self, frames: Iterable[np.ndarray], index: int = 0) -> Iterator[FaceTrack | None]:
        """Follow the person ``index`` (0 is the largest at first sight); None where they cannot be seen."""

    def close(self) -> None:
        """Free the models."""


def create_tracker(name: str = TRACKERS[0], device: str = "cpu") -> FaceTracker:
    """Make a tracker; its models are loaded here.

    Args:
        name: ``"facemesh"`` (478 landmarks, offline), ``"haar"`` (the same landmarks on faces found by
            OpenCV's Haar cascade) or ``"fan"`` (68 landmarks, weights to be downloaded by the user).
        device: for ``"fan"``; the others run on the CPU.

    Raises:
        UsageError: an unknown name.
        WeightsError: the backend or its weights are missing.
    """
    if name == "facemesh":
        from gen_avatar.tracking.facemesh import FaceMeshTracker

        return FaceMeshTracker()
    if name == "haar":
        from gen_avatar.tracking.facemesh import FaceMeshTracker
        from gen_avatar.tracking.haar import HaarProposer

        return FaceMeshTracker(HaarProposer(), "haar")
    if name == "fan":
        from gen_avatar.tracking.fan import FanTracker

        return FanTracker(device)
    raise UsageError(f"unknown tracker '{name}'; choose from {', '.join(TRACKERS)}")


def select_face(tracks: Sequence[FaceTrack], index: int = 0) -> FaceTrack:
    """The face to use.

    Args:
        tracks: as ``detect`` returns them, largest first.
        index: 0 is the largest.

    Raises:
        NoFaceError: there is no such face; the message says how many there are.
    """
    if not tracks:
        raise NoFaceError("no human face found: give a well-lit photo in which a face is clearly seen")
    if not 0 <= index < len(tracks):
        count = "1 face" if len(tracks) == 1 else f"{len(tracks)} faces"
        raise NoFaceError(f"there is no face {index}: the picture shows {count}, the largest is number 0")
    return tracks[index]
