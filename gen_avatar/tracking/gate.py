"""Is this a human face with a sound mesh? What turns down animals, patterns and garbage meshes.

Three witnesses that fail differently are heard together. The detector, asked twice at different
scales, knows faces as wholes; animals seldom convince it twice. The mesh network's own score knows
whether the crop shows features where it expects them. And a true mesh stays on the face when the
crop is mirrored, turned or shifted, while a hallucinated one moves along with the crop. None of them
looks at colour, so that all skins, black-and-white photos and paintings are judged alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from gen_avatar.tracking.crops import Region
from gen_avatar.tracking.networks import MESH_SIDE, MeshNetwork

#: Faces are accepted from this confidence on.
ACCEPT = 0.5
#: Heads that lie or stand upside down are rare, and chance has many goes at them: they need better evidence.
ACCEPT_TILTED = 0.99
#: Heads rolled by more than this are such, radians.
TILTED = 1.0
#: In a clip, the face counts as lost below this logit of the mesh network.
LOST_LOGIT = 0.0

# Landmarks and their mirror images: eyes, lids, brows, nose, mouth and contour.
_PAIRS = (
    (33, 263),
    (133, 362),
    (159, 386),
    (145, 374),
    (70, 300),
    (105, 334),
    (107, 336),
    (98, 327),
    (61, 291),
    (78, 308),
    (234, 454),
    (172, 397),
)
_MIDLINE = (10, 168, 1, 4, 0, 13, 14, 17, 152)
_HERE = np.array([a for a, _ in _PAIRS] + [b for _, b in _PAIRS] + list(_MIDLINE))
_THERE = np.array([b for _, b in _PAIRS] + [a for a, _ in _PAIRS] + list(_MIDLINE))
#: Distance of the outer eye corners in a frontal face, in units of the crop's side.
_EYE_DISTANCE = 0.37


@dataclass(frozen=True)
class Evidence:
    """What is known about a face.

    Attributes:
        detector: mean score of the two passes of the detector, [0, 1].
        presence: median logit of the mesh network over several crops.
        disagreement: how far the landmarks move when the crop does, RMS in units of a frontal face's
            outer-eye distance of the same size.
    """

    detector: float
    presence: float
    disagreement: float


def confidence(evidence: Evidence) -> float:
    """Probability that this is a human face with a sound mesh.

    A logistic rule set by hand; each witness is centred on where faces and others part.
    """
    odds = (
        14.0 * (evidence.detector - 0.42)
        + 0.3 * (min(max(evidence.presence, -10.0), 20.0) - 8.0)
        - 25.0 * (evidence.disagreement - 0.05)
    )
    return 1.0 / (1.0 + math.exp(-odds))


def accepts(belief: float, roll: float) -> bool:
    """Whether a face of this confidence and roll (radians) is taken for real."""
    return belief >= (ACCEPT if abs(roll) < TILTED else ACCEPT_TILTED)


def presence_confidence(logit: float) -> float:
    """The same from the mesh network's logit alone, for the frames of a clip."""
    return 1.0 / (1.0 + math.exp(-0.5 * (min(max(logit, -60.0), 60.0) - LOST_LOGIT)))


def examine(
    mesh: MeshNetwork, image: np.ndarray, region: Region, landmarks: np.ndarray, logit: float, detector: float
) -> Evidence:
    """Run the mesh network on a mirrored, a turned and a shifted crop, and compare.

    Args:
        mesh: the network that made ``landmarks``.
        image: [H, W, 3] uint8.
        region: where ``landmarks`` were found.
        landmarks: [478, 3] pixels.
        logit: of the network on ``region``.
        detector: mean score of the detector's two passes.
    """
    logits, moved = [logit], []
    mirrored, score = mesh(np.ascontiguousarray(region.crop(image, MESH_SIDE)[:, ::-1]))
    mirrored[:, 0] = 1 - mirrored[:, 0]
    logits.append(score)
    moved.append(landmarks[_HERE, :2] - region.to_image(mirrored)[_THERE, :2])
    x, y = region.center
    shift = 0.05 * region.size
    for other in (
        replace(region, angle=region.angle + 0.25),
        replace(region, center=(x + shift, y + shift), size=region.size * 0.9),
    ):
        points, score = mesh(other.crop(image, MESH_SIDE))
        logits.append(score)
        moved.append(landmarks[:, :2] - other.to_image(points)[:, :2])
    distances = [math.sqrt(float((step**2).sum(-1).mean())) for step in moved]
    disagreement = float(np.mean(distances)) / (_EYE_DISTANCE * region.size)
    return Evidence(detector, float(np.median(logits)), disagreement)
