"""LandmarkRegressor: expression and pose from landmarks in one look, a prior and a start for the fit."""

from __future__ import annotations

import torch
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

from gen_avatar.head.embedding import EYE_CORNERS, MESH_POINTS
from gen_avatar.types import ARKIT_52

POSE_OUTPUTS = 3
#: Angles are predicted in units of this many degrees.
_POSE_UNIT = 30.0


class LandmarkRegressor(ModelMixin, ConfigMixin):
    """A small MLP over upright, centred and scaled landmarks.

    Args:
        scheme: ``"facemesh478"`` (the iris is not used) or ``"ibug68"``.
        width: channels of the hidden layers.
        depth: residual layers.
    """

    @register_to_config
    def __init__(self, scheme: str = "facemesh478", width: int = 512, depth: int = 2) -> None:
        super().__init__()
        points = MESH_POINTS if scheme == "facemesh478" else 68
        self.register_buffer("mean", torch.zeros(points * 2))
        self.register_buffer("deviation", torch.ones(points * 2))
        self.stem = nn.Linear(points * 2, width)
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.out = nn.Linear(width, len(ARKIT_52) + POSE_OUTPUTS)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Predict from [B, 2P] features.

        Returns:
            Expression [B, 52], unbounded, and the head's (yaw, pitch, roll) [B, 3] in degrees; the
            roll is what remains in the upright crop of :meth:`features`.
        """
        x = nn.functional.gelu(self.stem((features - self.mean) / self.deviation))
        for layer in self.layers:
            x = x + nn.functional.gelu(layer(x))
        expression, pose = self.out(x).split([len(ARKIT_52), POSE_OUTPUTS], -1)
        return expression, pose * _POSE_UNIT

    def features(self, landmarks: Tensor) -> tuple[Tensor, Tensor]:
        """Normalise landmarks [B, L, ≥ 2] (image frame): centred, of unit size, eyes level.

        Returns:
            Features [B, 2P] and the roll [B] that was taken out, degrees, counter-clockwise.
        """
        outer = EYE_CORNERS[self.config["scheme"]]
        points = landmarks[:, : self.stem.in_features // 2, :2]
        points = points - points.mean(1, keepdim=True)
        points = points / points.square().sum(-1).mean(-1).sqrt()[:, None, None]
        eyes = points[:, outer[0][0]] - points[:, outer[1][0]]
        roll = torch.atan2(-eyes[:, 1], eyes[:, 0])
        cos, sin = roll.cos(), roll.sin()
        turn = torch.stack([torch.stack([cos, -sin], -1), torch.stack([sin, cos], -1)], -2)
        return (points @ turn.transpose(-1, -2)).flatten(1), torch.rad2deg(roll)

    @torch.no_grad()
    def predict(self, landmarks: Tensor) -> tuple[Tensor, Tensor]:
        """Expression [B, 52] in [0, 1] and rotation [B, 3], degrees, of landmarks [B, L, ≥ 2] in pixels."""
        features, roll = self.features(landmarks.to(self.stem.weight))
        expression, pose = self(features)
        pose = torch.cat([pose[:, :2], pose[:, 2:] + roll[:, None]], -1)
        return expression.clamp(0, 1).to(landmarks), pose.to(landmarks)

    def expressions(self, landmarks: Tensor) -> Tensor:
        """Only the expression of :meth:`predict`."""
        return self.predict(landmarks)[0]
