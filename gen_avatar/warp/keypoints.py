"""KeypointNetwork: where the keypoints are in a still of any kind, be it painted, modelled or drawn.

Trained on the studio's truth over all looks and on photo-like heads, with wide changes of colour and stroke.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

from gen_avatar.warp.motion import grid
from gen_avatar.warp.network import zeroed
from gen_avatar.warp.points import COUNT, IBUG, LEFT_EYE, RIGHT_EYE

#: Side of the crop that the network sees, pixels.
INPUT = 128
#: What transparent parts are seen on, sRGB.
_BACKDROP = 0.8
#: Least and largest log of the expected error, shares of the side, and the one that is expected at first.
_LOG_ERROR, _FIRST_ERROR = (-7.0, -1.0), -4.0


@dataclass(frozen=True)
class Keypoints:
    """What is found in N crops.

    Attributes:
        points: [N, K, 2] shares of the side of the crop.
        error: [N, K] the error that the network expects, shares of the side.
        yaw: [N] how far a drawn head is turned, degrees.
    """

    points: np.ndarray
    error: np.ndarray
    yaw: np.ndarray


class KeypointNetwork(ModelMixin, ConfigMixin):
    """Soft-argmax over heat maps, with an expected error for each point; what they say of the turn of a drawn
    head is a linear function of where they lie in it (``training.keypoint_yaw``).

    Args:
        channels: features at 64, 32, 16 and 8 pixels a side.
    """

    @register_to_config
    def __init__(self, channels: tuple[int, ...] = (24, 48, 96, 144)) -> None:
        super().__init__()
        a, b, c, d = channels
        self.down = nn.ModuleList([_block(3, a, 2), _block(a, b, 2), _block(b, c, 2), _block(c, d, 2)])
        self.deep = nn.Sequential(_block(d, d), _block(d, d))
        self.up = nn.ModuleList([_block(d + c, c), _block(c + b, 96)])
        self.heat = nn.Conv2d(96, COUNT, 1)
        certain = nn.Linear(16 * d, COUNT)
        nn.init.constant_(certain.bias, _FIRST_ERROR)
        self.certainty = nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten(), certain)
        last = zeroed(nn.Linear(16 * d, 2 * COUNT))
        self.offset = nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten(), last)
        self.turn = zeroed(nn.Linear(2 * COUNT, 1)).requires_grad_(False)
        self.to(memory_format=torch.channels_last)

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """[B, 3, INPUT, INPUT] from :func:`prepare` to points [B, K, 2] and log errors [B, K]."""
        levels = [crops.contiguous(memory_format=torch.channels_last)]
        for down in self.down:
            levels.append(down(levels[-1]))
        deep = self.deep(levels.pop())
        x = deep
        for up in self.up:
            x = up(torch.cat([F.interpolate(x, scale_factor=2.0), levels.pop()], 1))
        heat = self.heat(x).float().flatten(2).softmax(-1)
        with torch.autocast(x.device.type, enabled=False):  # places need their digits
            points = heat @ grid(x.shape[-1], heat).reshape(-1, 2)
        # Hidden and outer points lie where the heat maps do not reach.
        points = points + 0.1 * self.offset(deep).float().reshape(-1, COUNT, 2)
        return points, self.certainty(deep).float().clamp(*_LOG_ERROR)

    @torch.inference_mode()
    def find(self, crops: np.ndarray) -> Keypoints:
        """Look at [N, S, S, 4] uint8 crops, straight alpha."""
        batch = np.stack([prepare(crop.astype(np.float32) / 255) for crop in crops])
        points, log_error = self(torch.from_numpy(batch).to(self.device, self.dtype))
        yaw = self.turn(upright(points).to(self.dtype))[:, 0].float()
        return Keypoints(points.cpu().numpy(), log_error.exp().cpu().numpy(), yaw.cpu().numpy())


def upright(points: Tensor) -> Tensor:
    """[N, 2 K] keypoints [N, K, 2] from the middle of the face, in its size, with level eyes."""
    face = points[:, : len(IBUG)]
    away = points - face.mean(1, keepdim=True)
    size = away[:, : len(IBUG)].square().sum((1, 2)).sqrt()
    across = nn.functional.normalize(points[:, LEFT_EYE[3]] - points[:, RIGHT_EYE[0]], dim=-1)
    down = torch.stack([-across[:, 1], across[:, 0]], -1)
    return (away @ torch.stack([across, down], -1) / size[:, None, None]).flatten(1)


def prepare(crop: np.ndarray) -> np.ndarray:
    """[S, S, 4] straight sRGB and alpha in [0, 1] to what the network sees, [3, INPUT, INPUT]."""
    picture = crop[..., :3] * crop[..., 3:] + _BACKDROP * (1 - crop[..., 3:])
    if len(picture) != INPUT:
        picture = cv2.resize(picture, (INPUT, INPUT), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(picture.transpose(2, 0, 1) * 2 - 1, np.float32)


def _block(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.SiLU(),
        nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs), nn.SiLU(),
    )  # fmt: skip
