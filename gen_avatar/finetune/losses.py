"""What the generator is asked for: the studio's picture, sharp, with every small feature in place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from gen_avatar.character.buffers import BUFFER_CHANNELS

#: Extra weight where a buffer is 1. L1 overlooks features of a few dozen pixels without it.
FEATURES: Mapping[str, float] = {
    "lips": 2.0, "eye": 3.0, "iris": 3.0, "lash": 3.0, "brow": 2.0, "mouth": 2.0, "teeth": 2.0, "tongue": 1.0,
    "glasses": 3.0, "lens": 1.0, "catchlight": 8.0,
}  # fmt: skip
#: Alpha counts as much as this many colour channels.
ALPHA_WEIGHT = 1.0
#: Pixels along the cut edges of a crop that the loss ignores: there the network lacks what lies beyond.
MARGIN = 6
#: Slopes of that many levels a pixel and more are edges, which flat drawings have too.
EDGE = 0.03


@dataclass(frozen=True)
class LossWeights:
    """Weights of the terms; each term is a mean over pixels and channels."""

    pixel: float = 1.0
    half: float = 0.5
    quarter: float = 0.5
    gradient: float = 1.0
    features: Mapping[str, float] = field(default_factory=lambda: dict(FEATURES))


def feature_map(buffers: Tensor, features: Mapping[str, float]) -> Tensor:
    """[B, C, H, W] buffers to pixel weights [B, 1, H, W] ≥ 1, spread by two pixels to cover outlines."""
    weight = torch.ones_like(buffers[:, :1])
    for name, extra in features.items():
        channel = BUFFER_CHANNELS.index(name)
        weight = weight + extra * buffers[:, channel : channel + 1]
    return F.max_pool2d(weight, 5, stride=1, padding=2)


def interior(window: Tensor, height: int, width: int) -> Tensor:
    """[B, 1, H, W]: 0 within ``MARGIN`` pixels of an edge where the crop was cut, 1 elsewhere."""
    mask = window.new_ones(len(window), 1, height, width)
    left, top, right, bottom = (
        edge[:, None, None, None] for edge in (window.abs() > 0.999).to(mask).unbind(1)
    )
    mask[..., :, :MARGIN] *= left
    mask[..., :MARGIN, :] *= top
    mask[..., :, -MARGIN:] *= right
    mask[..., -MARGIN:, :] *= bottom
    return mask


def over_backdrop(picture: Tensor, backdrop: Tensor) -> Tensor:
    """[B, 4, H, W] premultiplied to colour over the ``backdrop`` [B, 3], and alpha."""
    color = picture[:, :3] + (1 - picture[:, 3:]) * backdrop[:, :, None, None]
    return torch.cat([color, picture[:, 3:]], 1)


def painting_loss(
    painted: Tensor,  # [B, 4, H, W] premultiplied, not clipped
    truth: Tensor,  # [B, 4, H, W] premultiplied
    backdrop: Tensor,  # [B, 3] sRGB in [0, 1], over which the two are compared
    weight: Tensor,  # [B, 1, H, W]
    weights: LossWeights,
) -> dict[str, Tensor]:
    """The weighted terms by name; their sum is the loss.

    Compositing, pooling and differencing are linear, so all terms are norms of one difference.
    """
    difference = painted - truth
    color = difference[:, :3] - difference[:, 3:] * backdrop[:, :, None, None]
    difference = torch.cat([color, ALPHA_WEIGHT * difference[:, 3:]], 1)
    coarse = F.avg_pool2d(difference, 2)
    coarse_weight = F.avg_pool2d(weight, 2)
    across = (difference[..., 1:] - difference[..., :-1]).abs() * weight[..., 1:]
    down = (difference[..., 1:, :] - difference[..., :-1, :]).abs() * weight[..., 1:, :]
    return {
        "pixel": weights.pixel * (difference.abs() * weight).mean(),
        "half": weights.half * (coarse.abs() * coarse_weight).mean(),
        "quarter": weights.quarter * (F.avg_pool2d(coarse, 2).abs() * F.avg_pool2d(coarse_weight, 2)).mean(),
        "gradient": weights.gradient * (across.mean() + down.mean()),
    }


def unevenness(painted: Tensor, weight: Tensor) -> Tensor:
    """Mean slope of pictures [B, 4, H, W] where it is no edge: soft shading, which flat drawings do not have.

    Args:
        weight: [B, 1, H, W] of the pixels.
    """
    across = (painted[..., 1:] - painted[..., :-1])[..., 1:, :].abs().mean(1, keepdim=True)
    down = (painted[..., 1:, :] - painted[..., :-1, :])[..., 1:].abs().mean(1, keepdim=True)
    return (EDGE * (1 - torch.exp(-(across + down) / EDGE)) * weight[..., 1:, 1:]).mean()
