"""What the fit believes before it sees a face, and how far it believes what it sees."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from gen_avatar.types import ARKIT_52


@dataclass(frozen=True)
class FitOptions:
    """What the fit believes before it sees a face.

    Attributes:
        sigma: noise of a landmark, as a fraction of the outer-eye distance.
        effective_landmarks: how many independent landmarks they all count for; the errors of
            neighbours are alike.
        depth_trust: weight of the detector's z against x and y, if it gives one.
        identity: ridge on identity coefficients.
        expression_error: error of the model's expressions as a share of how far they move a landmark; by
            so much less is the landmark believed about the identity.
        sparsity: cost of a weight of 1 (L1), which keeps channels off unless needed.
        shrinkage: cost of a squared weight.
        regressor: cost of a squared difference from the landmark regressor's guess.
        symmetry: cost of a squared difference between left and right; winks and smirks are common
            and pay ``asymmetry`` of it.
        opposition: cost of the squared sum of two opposite movements.
        distance: usual distance of the camera, cm, known up to a factor exp(± distance_spread).
        iterations, video_iterations: at most so many for a photo and for a video frame.
        tolerance: relative gain of the cost below which the fit stops.
    """

    sigma: float = 0.01
    effective_landmarks: float = 150.0
    depth_trust: float = 0.15
    identity: float = 0.5
    expression_error: float = 0.3
    sparsity: float = 6.0
    shrinkage: float = 0.5
    regressor: float = 30.0
    symmetry: float = 1.0
    asymmetry: float = 0.15
    opposition: float = 5.0
    distance: float = 60.0
    distance_spread: float = 0.4
    iterations: int = 15
    video_iterations: int = 3
    tolerance: float = 1e-3


#: Channels that landmarks hardly show, or that imitate another one, pay this many times the sparsity.
RELUCTANT = {
    "cheekPuff": 3.0, "cheekSquintLeft": 2.0, "cheekSquintRight": 2.0, "jawForward": 3.0, "mouthClose": 2.0,
    "noseSneerLeft": 1.5, "noseSneerRight": 1.5, "mouthShrugUpper": 1.5,
}  # fmt: skip
#: Set from the iris, or without a trace in the landmarks; never solved for.
UNSEEN = tuple(name for name in ARKIT_52 if name.startswith("eyeLook") or name == "tongueOut")
#: The channels that are solved for, by their indices in ``ARKIT_52``.
FREE = [i for i, name in enumerate(ARKIT_52) if name not in UNSEEN]
_ONE_SIDED = ("eyeBlinkLeft", "mouthSmileLeft")
#: Opposite movements, which cancel out when both are on.
_OPPOSITES = (("jawLeft", "jawRight"), ("mouthLeft", "mouthRight"))

#: From this distance of the outer eye corners on, a larger picture tells no more of a face, pixels.
_LARGE = 80.0


def expression_prior(options: FitOptions) -> tuple[Tensor, Tensor]:
    """Curvature [E, E] and sparsity [E] of the channels ``FREE``."""
    names = [ARKIT_52[i] for i in FREE]
    reluctance = torch.tensor([RELUCTANT.get(name, 1.0) for name in names])
    curvature = torch.diag(options.shrinkage * reluctance)
    for i, name in enumerate(names):
        if name.endswith("Left") and name not in ("jawLeft", "mouthLeft"):
            j = names.index(name.removesuffix("Left") + "Right")
            cost = options.symmetry * (options.asymmetry if name in _ONE_SIDED else 1.0)
            difference = torch.zeros(len(names))
            difference[i], difference[j] = 1.0, -1.0
            curvature += cost * torch.outer(difference, difference)
    for pair in _OPPOSITES:
        both = torch.tensor([float(name in pair) for name in names])
        curvature += options.opposition * torch.outer(both, both)
    return curvature, options.sparsity * reluctance


def frame_trust(rotation: Tensor, eye_distance: Tensor, confidence: Tensor) -> Tensor:
    """[G, F] how much a frame tells of a person's identity, 1 for the best of their frames.

    Args:
        rotation: [G, F, 3, 3] of the head; faces that look into the camera tell most.
        eye_distance: [G, F] of the outer corners as seen from the front, pixels.
        confidence: [G, F] of the track, [0, 1].
    """
    frontal = rotation[..., 2, 2].clamp_min(0.2).square()
    trust = frontal * (eye_distance / _LARGE).clamp(0.1, 1.0) * confidence.clamp_min(0.05)
    return trust / trust.amax(1, keepdim=True)


def moved_trust(moved: Tensor, options: FitOptions) -> Tensor:
    """How much landmarks [...] tell of the identity that the expression moved by ``moved``, a fraction of
    the outer-eye distance: their noise and the error of the expression add up."""
    return 1 / (1 + (options.expression_error * moved / options.sigma).square())
