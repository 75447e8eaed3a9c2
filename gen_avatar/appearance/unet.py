"""The residual U-Net of the parser."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class _Block(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)
        )
        self.second = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.second(F.relu(self.first(x))))


def _conv(before: int, after: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, stride, 1, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    )


class UNet(nn.Module):
    """Residual U-Net from full size down to 1/16; logits at full size and the features of two scales.

    Args:
        planes: channels of the input; channels: of the four scales; classes: that pixels may be of.
    """

    def __init__(self, planes: int, channels: Sequence[int], classes: int) -> None:
        super().__init__()
        self.stem = _conv(planes, channels[0], 2)
        # The finest scale costs most: one block there, two below.
        self.blocks = nn.ModuleList(
            nn.Sequential(*(_Block(c) for _ in range(1 + (i > 0)))) for i, c in enumerate(channels)
        )
        self.down = nn.ModuleList(_conv(a, b, 2) for a, b in zip(channels[:-1], channels[1:], strict=True))
        self.up = nn.ModuleList(_conv(a + b, a) for a, b in zip(channels[:-1], channels[1:], strict=True))
        self.out = nn.Conv2d(channels[0], 4 * classes, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits [B, classes, H, W], features at 1/8 [B, C2, ...] and at 1/16 [B, C3, ...]."""
        x = self.blocks[0](self.stem(x))
        levels = [x]
        for down, block in zip(self.down, list(self.blocks)[1:], strict=True):
            levels.append(block(down(levels[-1])))
        x = levels[-1]
        for up, skip in zip(reversed(list(self.up)), reversed(levels[:-1]), strict=True):
            x = F.interpolate(x, size=skip.shape[-2:], mode="nearest")
            x = up(torch.cat([skip, x], 1))
        return F.pixel_shuffle(self.out(x), 2), levels[-2], levels[-1]
