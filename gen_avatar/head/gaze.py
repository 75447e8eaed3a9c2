"""Gaze from the iris landmarks of FaceMesh and a fitted pose."""

from __future__ import annotations

import torch
from torch import Tensor

from gen_avatar.head import lm
from gen_avatar.head.embedding import EYE_CORNERS, LEFT_IRIS, RIGHT_IRIS
from gen_avatar.head.model import MorphableHead
from gen_avatar.types import ARKIT_52, GAZE_RANGE

#: What the eye's angle is to be expected for one degree seen, (yaw, pitch): the slope of true over fitted
#: angles on portraits with known gaze (``training.bind_landmarks``; 0.9-1.0 and 0.35-0.7 in several runs).
#: Up and down counts for little: FaceMesh keeps the iris near the middle of the lids, and the head's
#: pitch is the fit's least sure angle.
GAZE_GAIN = (0.93, 0.5)
#: Lid gap over eye width at which an iris cannot be seen, and at which it is trusted fully.
_CLOSED, _OPEN = 0.10, 0.20
#: How much each eye may differ from both eyes' mean.
_INDEPENDENCE = 0.5


class GazeEstimator:
    """Turns iris landmarks into eye angles.

    An iris lies on the eyeball's sphere, so its place in the picture relative to the projected
    centre of the ball is a direction. A closed eye follows the open one; with both closed the gaze is 0.
    """

    def __init__(self, head: MorphableHead, scheme: str, pivot: Tensor) -> None:
        self._centers = head.eye_centers.to(pivot) - pivot
        self._modes = head.eye_centers_identity.to(pivot)
        radii = []
        for eye, part in enumerate(("eye_left", "eye_right")):
            first, last = head.parts[part]
            radii.append((head.mean[first:last] - head.eye_centers[eye]).norm(dim=-1).median())
        self._radius = torch.stack(radii).to(pivot)
        self._corners = torch.tensor(EYE_CORNERS[scheme], device=pivot.device)

    def __call__(self, points: Tensor, state: lm.State, identity: Tensor) -> Tensor:
        """Angles [G, F, 2, 2] (left and right eye; yaw, pitch; degrees) from landmarks [G, F, 478, 3].

        Args:
            state: supplies the pose.
            identity: [G or 1, K], which moves the eyes' centres.
        """
        centers = self._centers + torch.einsum("gk,kec->gec", identity, self._modes[: identity.shape[-1]])
        turned = state.rotation @ centers[:, None].transpose(-1, -2)
        image, gain = lm.image_points(turned, state.pose)
        center = image[..., :2, :].transpose(-1, -2) + state.pose[..., None, 1:3]
        iris = torch.stack([points[..., LEFT_IRIS, :2].mean(-2), points[..., RIGHT_IRIS, :2].mean(-2)], -2)
        reach = state.pose[..., 0, None].exp() * gain * self._radius
        across = (iris - center) / reach[..., None] * iris.new_tensor([1.0, -1.0])
        across = across / (across.norm(dim=-1, keepdim=True) / 0.95).clamp_min(1)
        towards = (1 - across.square().sum(-1, keepdim=True)).sqrt()
        direction = torch.cat([across, towards], -1) @ state.rotation
        yaw = torch.atan2(direction[..., 0], direction[..., 2])
        pitch = torch.asin(direction[..., 1].clamp(-1, 1))
        angles = torch.rad2deg(torch.stack([yaw, pitch], -1)) * iris.new_tensor(GAZE_GAIN)
        trust = self._openness(points)[..., None]
        both = (angles * trust).sum(-2, keepdim=True) / trust.sum(-2, keepdim=True).clamp_min(1e-3)
        apart = _INDEPENDENCE * trust * (angles - both)
        # Eyes converge but never diverge: what looks like it is an error in the eyes' centres.
        parting = (apart[..., 0, 0] - apart[..., 1, 0]) > 0
        return both + torch.where(parting[..., None, None], apart * apart.new_tensor([0.0, 1.0]), apart)

    def _openness(self, points: Tensor) -> Tensor:
        """[G, F, 2] in [0, 1]."""
        outer, inner, upper, lower = (points[..., self._corners[:, i], :2] for i in range(4))
        ratio = (upper - lower).norm(dim=-1) / (outer - inner).norm(dim=-1).clamp_min(1e-6)
        return ((ratio - _CLOSED) / (_OPEN - _CLOSED)).clamp(0, 1)


def expression_from_gaze(gaze: Tensor) -> Tensor:
    """The eight eyeLook weights that eye angles stand for; the inverse of ``types.gaze_from_expression``.

    Args:
        gaze: [..., 2, 2] degrees.

    Returns:
        [..., 52], zero elsewhere.
    """
    return (gaze.flatten(-2) @ _WEIGHT_PER_DEGREE.to(gaze)).clamp(0, 1)


def _weight_per_degree() -> Tensor:
    """[4, 52]: what a degree of (left yaw, left pitch, right yaw, right pitch) adds to each channel."""
    side, up, down = GAZE_RANGE
    matrix = torch.zeros(4, len(ARKIT_52))
    for row, name, outwards in ((0, "Left", 1.0), (2, "Right", -1.0)):
        matrix[row, ARKIT_52.index(f"eyeLookOut{name}")] = outwards / side
        matrix[row, ARKIT_52.index(f"eyeLookIn{name}")] = -outwards / side
        matrix[row + 1, ARKIT_52.index(f"eyeLookUp{name}")] = 1 / up
        matrix[row + 1, ARKIT_52.index(f"eyeLookDown{name}")] = -1 / down
    return matrix


_WEIGHT_PER_DEGREE = _weight_per_degree()
