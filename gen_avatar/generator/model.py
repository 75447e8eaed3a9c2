"""AvatarGenerator: paints geometry buffers in the way of a style.

A mapping network turns codes and style into w, which modulates every convolution
(StyleGAN2's weight modulation and demodulation). The geometry buffers enter at every
resolution, as GIF does with FLAME renders, so that the network learns how a style
paints and not where a nose is. Most of the work is done at half resolution; a stem
and a head at full resolution keep edges sharp, and the last layer paints on top of
the albedo and the coverage, so that an untrained network already shows the flat picture.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

from gen_avatar.generator.codes import CODE_DIM, style_vector

LEAK = 0.2
#: Keeps the variance through a leaky ReLU.
GAIN = math.sqrt(2 / (1 + LEAK**2))
#: Alpha below which a pixel has no colour of its own.
MIN_ALPHA = 1 / 512


class ModulatedConv(nn.Module):
    """3×3 convolution whose weights are scaled by w on the input side and renormalised on the output side."""

    def __init__(self, inputs: int, outputs: int, w_dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3) / math.sqrt(inputs * 9))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.affine = nn.Linear(w_dim, inputs)
        nn.init.normal_(self.affine.weight, std=0.1 / math.sqrt(w_dim))
        nn.init.zeros_(self.affine.bias)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:  # [B, inputs, H, W], [B, w_dim] -> [B, outputs, H, W]
        style = 1 + self.affine(w)  # [B, inputs]
        energy = self.weight.float().square().sum((2, 3))  # [outputs, inputs]
        scale = GAIN * torch.rsqrt(style.float().square() @ energy.T + 1e-6)  # [B, outputs]
        scale = scale.to(x.dtype)
        if len(x) == 1:  # the same product with the small factor on the small tensor: about a third faster
            weight = self.weight * style[0, None, :, None, None] * scale[0, :, None, None, None]
            x = F.conv2d(x, weight.contiguous(memory_format=torch.channels_last), GAIN * self.bias, padding=1)
        else:
            x = F.conv2d(x * style[:, :, None, None], self.weight, padding=1)
            x = torch.addcmul((GAIN * self.bias)[:, None, None], x, scale[:, :, None, None])
        return F.leaky_relu_(x, LEAK)


def coordinates(window: Tensor, height: int, width: int) -> Tensor:
    """Pixel centres within the frame.

    Args:
        window: [B, 4] (x0, y0, x1, y1) of the picture in the frame, where the whole frame is (-1, -1, 1, 1).

    Returns:
        [B, 2, height, width]: x to the right and y down.
    """
    u = (torch.arange(width, device=window.device, dtype=window.dtype) + 0.5) / width
    v = (torch.arange(height, device=window.device, dtype=window.dtype) + 0.5) / height
    x0, y0, x1, y1 = window[:, :, None].unbind(1)
    x = (x0 + (x1 - x0) * u)[:, None, :].expand(-1, height, -1)
    y = (y0 + (y1 - y0) * v)[:, :, None].expand(-1, -1, width)
    return torch.stack([x, y], 1)


class AvatarGenerator(ModelMixin, ConfigMixin):
    """Geometry buffers, codes and style to RGBA.

    Args:
        buffer_channels: channels of the geometry buffers.
        albedo_channel: first of the three channels that hold premultiplied sRGB albedo.
        coverage_channel: channel that holds the coverage of the whole figure.
        code_dim: length of the code vector.
        styles: names of the looks, in the order of the style vector.
        style_dim: length of the style vector; longer than ``styles`` so that looks can be added.
        w_dim: width of the mapping network.
        channels: features from the coarsest resolution (1/16 of the picture) to the finest (1/1).
        body_layers: convolutions at half resolution.
    """

    @register_to_config
    def __init__(
        self,
        buffer_channels: int = 28,
        albedo_channel: int = 16,
        coverage_channel: int = 23,
        code_dim: int = CODE_DIM,
        styles: Sequence[str] = ("toon",),
        style_dim: int = 8,
        w_dim: int = 128,
        channels: Sequence[int] = (64, 64, 48, 40, 16),
        body_layers: int = 3,
    ) -> None:
        super().__init__()
        self.mapping = nn.Sequential(
            nn.Linear(code_dim + style_dim, w_dim),
            nn.LeakyReLU(LEAK),
            nn.Linear(w_dim, w_dim),
            nn.LeakyReLU(LEAK),
            nn.Linear(w_dim, w_dim),
            nn.LeakyReLU(LEAK),
        )
        self.stem = nn.Conv2d(buffer_channels, channels[-1], 3, padding=1)
        self.down = nn.Conv2d(channels[-1], channels[-2], 2, stride=2)
        inputs = 0
        self.pyramid = nn.ModuleList()
        for outputs in channels[:-2]:
            self.pyramid.append(ModulatedConv(inputs + buffer_channels + 2, outputs, w_dim))
            inputs = outputs
        self.lateral = nn.Conv2d(inputs, channels[-2], 1)
        self.body = nn.ModuleList(
            ModulatedConv(channels[-2], channels[-2], w_dim) for _ in range(body_layers)
        )
        self.up = nn.ConvTranspose2d(channels[-2], channels[-1], 2, stride=2)
        self.full = ModulatedConv(channels[-1], channels[-1], w_dim)
        self.paint = nn.Conv2d(channels[-1], 7, 1)
        for parameter in self.paint.parameters():
            nn.init.zeros_(parameter)
        self.to(memory_format=torch.channels_last)

    @property
    def stride(self) -> int:
        """Heights and widths must be multiples of this."""
        return 2 ** (len(self.config["channels"]) - 1)

    def style(self, name: str) -> Tensor:
        """[1, style_dim] style vector of the look ``name``; raises ``UsageError`` when it is unknown."""
        vector = style_vector(name, self.config["styles"], self.config["style_dim"])
        return torch.from_numpy(vector)[None].to(self.device, self.dtype)

    def forward(
        self,
        buffers: Tensor,  # [B, buffer_channels, H, W]
        codes: Tensor,  # [B, code_dim]
        style: Tensor,  # [B, style_dim] or [1, style_dim]
        window: Tensor | None = None,  # [B, 4]
    ) -> Tensor:
        """The picture, [B, 4, H, W]: sRGB with straight alpha, both in [0, 1]."""
        return to_straight(self.premultiplied(buffers, codes, style, window))

    def premultiplied(
        self, buffers: Tensor, codes: Tensor, style: Tensor, window: Tensor | None = None
    ) -> Tensor:
        """[B, 4, H, W] sRGB premultiplied by alpha, and alpha; not clipped, hence with gradients everywhere.

        ``window`` says which part of the frame a crop shows, see :func:`coordinates`; by default all of it.
        """
        height, width = buffers.shape[-2:]
        if height % self.stride or width % self.stride:
            raise ValueError(
                f"buffers must measure a multiple of {self.stride} pixels, not {width} x {height}"
            )
        given, buffers = buffers, buffers.contiguous(memory_format=torch.channels_last)
        if window is None:
            window = buffers.new_tensor([[-1, -1, 1, 1]]).expand(len(buffers), -1)
        w = self.mapping(torch.cat([codes, style.expand(len(codes), -1)], 1))

        sharp = F.leaky_relu_(self.stem(buffers), LEAK)
        small = [F.avg_pool2d(buffers, 4)]
        while len(small) < len(self.pyramid):
            small.insert(0, F.avg_pool2d(small[0], 2))
        x = None
        for conv, level in zip(self.pyramid, small, strict=True):
            place = coordinates(window, *level.shape[-2:])
            x = torch.cat(
                [level, place] if x is None else [F.interpolate(x, scale_factor=2.0), level, place], 1
            )
            x = conv(x, w)
        x = F.interpolate(self.lateral(x), scale_factor=2.0) + self.down(sharp)
        for conv in self.body:
            x = conv(x, w)
        x = self.full(F.leaky_relu_(self.up(x) + sharp, LEAK), w)
        x = self.paint(x).contiguous()

        first, coverage = self.config["albedo_channel"], self.config["coverage_channel"]
        color = given[:, first : first + 3] * (1 + x[:, :3]) + x[:, 3:6]
        return torch.cat([color, given[:, coverage : coverage + 1] + x[:, 6:]], 1)


def to_straight(premultiplied: Tensor) -> Tensor:
    """Premultiplied to straight alpha, clipped to [0, 1]; [..., 4, H, W]."""
    alpha = premultiplied[..., 3:, :, :].clamp(0, 1)
    color = (premultiplied[..., :3, :, :] / alpha.clamp_min(MIN_ALPHA)).clamp(0, 1)
    return torch.cat([color * (alpha > MIN_ALPHA), alpha], -3)


def to_rgba(picture: Tensor) -> np.ndarray:
    """[4, H, W] in [0, 1] to [H, W, 4] uint8."""
    return (picture.detach().float().cpu() * 255).round().byte().permute(1, 2, 0).numpy()
