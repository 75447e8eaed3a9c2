"""A drawing and what stands behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from gen_avatar.types import Character, Performance

#: Side of the frame in which drawings are learnt, pixels.
SIDE = 256


@dataclass(frozen=True)
class Fitted:
    """A drawing and what stands behind it; by default nothing about it had to be found out.

    Attributes:
        path: the file.
        picture: [SIDE, SIDE, 4] uint8, straight alpha, in the frame of the character.
        character, performance: who, and what they do: one frame.
        bend: [SIDE, SIDE, 2] where the character shows what the drawing shows at each pixel, less the pixel,
            by the keypoints.
        error: mean distance of the fitted landmarks from those found, in distances of the outer eye corners.
        anchors: [3, 2, 3] colours that tell the style's dye, see :mod:`gen_avatar.finetune.dye`.
        latent: [L] what the encoder takes for the style.
    """

    path: Path
    picture: np.ndarray
    character: Character
    performance: Performance
    bend: np.ndarray = field(default_factory=lambda: np.zeros((SIDE, SIDE, 2), np.float32))
    anchors: np.ndarray = field(default_factory=lambda: np.full((3, 2, 3), np.nan))
    error: float = 0.0
    latent: np.ndarray = field(default_factory=lambda: np.zeros(0))
