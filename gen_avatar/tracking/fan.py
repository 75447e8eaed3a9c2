"""FAN: 68 landmarks by heatmap regression, for those who have its weights."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gen_avatar.errors import WeightsError
from gen_avatar.tracking.facemesh import FaceMeshTracker
from gen_avatar.types import FaceTrack


class FanTracker:
    """The 68 iBUG landmarks of face-alignment's FAN on the faces that FaceMesh finds and the gate accepts.

    Slow on a CPU (seconds a frame). Its weights are not shipped and never fetched unasked.

    Args:
        device: ``"cpu"`` or ``"cuda"``.

    Raises:
        WeightsError: face-alignment or its weights are missing; the message says where to get them.
    """

    name = "fan"

    def __init__(self, device: str = "cpu") -> None:
        self._network = _load(device)
        self._faces = FaceMeshTracker()

    def detect(self, image: np.ndarray) -> list[FaceTrack]:
        """Human faces in [H, W, 3] uint8 RGB, largest first; z of the landmarks is 0."""
        return [self._refine(image, track) for track in self._faces.detect(image)]

    def track_video(self, frames: Iterable[np.ndarray], index: int = 0) -> Iterator[FaceTrack | None]:
        """Follow one person through a clip, as :meth:`FaceMeshTracker.track_video`."""
        current: list[np.ndarray] = []

        def remember() -> Iterator[np.ndarray]:
            for image in frames:
                current[:] = [image]
                yield image

        for track in self._faces.track_video(remember(), index):
            yield None if track is None else self._refine(current[0], track)

    def close(self) -> None:
        """Free the models; the tracker cannot be used afterwards."""
        self._faces.close()
        self._network = None

    def _refine(self, image: np.ndarray, track: FaceTrack) -> FaceTrack:
        points = self._network.get_landmarks_from_image(image, detected_faces=[track.box])[0]
        landmarks = np.zeros((68, 3), np.float32)
        landmarks[:, :2] = points
        low, high = landmarks[:, :2].min(0), landmarks[:, :2].max(0)
        return replace(
            track, landmarks=landmarks, box=(float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        )


def _load(device: str) -> Any:
    """face-alignment's network, if its weights are in torch's cache."""
    try:
        import face_alignment
        from face_alignment.api import models_urls
    except ImportError as error:
        raise WeightsError("the tracker 'fan' needs face-alignment: pip install face-alignment") from error
    import torch

    url = models_urls["2DFAN-4"]
    path = Path(torch.hub.get_dir()) / "checkpoints" / url.rsplit("/", 1)[-1]
    if not path.is_file():
        raise WeightsError(
            f"the tracker 'fan' needs weights that are not shipped: download {url} and save it as {path}, "
            "or use the tracker 'facemesh', which works offline"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # The detector "folder" is the one that needs no weights of its own; ours finds the faces.
            return face_alignment.FaceAlignment(
                face_alignment.LandmarksType.TWO_D, device=device, face_detector="folder", compile=False
            )
    except Exception as error:  # torch raises anything for a damaged file
        raise WeightsError(f"FAN's weights {path} are damaged: download them again") from error
