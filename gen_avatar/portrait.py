"""What a photo tells, before it is painted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gen_avatar.appearance import Reading
from gen_avatar.appearance.regions import ibug_points
from gen_avatar.head.fit import FitResult, HeadFitter
from gen_avatar.head.model import MorphableHead
from gen_avatar.types import Character, FaceTrack, Performance


@dataclass(frozen=True)
class Portrait:
    """What a photo tells.

    Attributes:
        character: identity, as far from the mean as the person is, and appearance.
        performance: one frame: the expression, gaze and head pose of the moment.
        head: the model that was fitted.
        fit: the fit of that model, with its error.
        track: the landmarks it was fitted to.
        reading: what the parser saw.
    """

    character: Character
    performance: Performance
    head: MorphableHead
    fit: FitResult
    track: FaceTrack
    reading: Reading

    @property
    def regions(self) -> np.ndarray:
        """[H, W] uint8: which of ``REGIONS`` each pixel of the photo is, 0 where nothing was read."""
        width, height = self.track.image_size
        parsed = self.reading.parsed
        return np.zeros((height, width), np.uint8) if parsed is None else parsed.photo_labels(height, width)


def fit_head(head: MorphableHead, track: FaceTrack) -> FitResult:
    """Fit any head: to the landmarks of the track, or to the 68 among them where the head knows no others."""
    if track.scheme not in head.embeddings:
        points = np.pad(ibug_points(track), ((0, 0), (0, 1))).astype(np.float32)
        track = replace(track, landmarks=points)
    return HeadFitter(head, track.scheme).fit([track])[0]
