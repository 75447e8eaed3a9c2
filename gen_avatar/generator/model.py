"""AvatarGenerator: paints geometry buffers in the way of a style.

A mapping network turns codes and style into w, which modulates every convolution
(StyleGAN2's weight modulation and demodulation). The geometry buffers enter at every
resolution, as GIF does with FLAME renders, so that the network learns how a style
paints and not where a nose is: strided layers carry them down to 1/16 of the picture,
and the modulated layers work their way up from there. Most of the work is done at
half and quarter resolution. The last layer paints on top of the albedo and the
coverage, so that an untrained network already shows the flat picture. Looks on a
grid are painted at a quarter of the resolution and enlarged, which keeps cells crisp.

A single picture on the CPU takes short cuts that change nothing but its rounding:
see :mod:`gen_avatar.generator.winograd` and :mod:`gen_avatar.generator.finest`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from PIL import Image
from torch import Tensor, nn

from gen_avatar.generator import finest, winograd
from gen_avatar.generator.codes import CODE_DIM, style_vector
from gen_avatar.generator.crisp import crisp

LEAK = 0.2
#: Keeps the variance through a leaky ReLU.
GAIN = math.sqrt(2 / (1 + LEAK**2))
#: Alpha below which a pixel has no colour of its own.
MIN_ALPHA = 1 / 512
#: Side of the cells of the looks on a grid, pixels, and which resolution, from the coarsest, paints them.
CELL = 4
CELL_LEVEL = 2
#: Nothing is painted further from the figure than this, up to twice as far, pixels: lines and shadows end
#: before, and what the borders of the picture do to a convolution is no part of it.
REACH = 8


class ModulatedConv(nn.Module):
    """3×3 convolution whose weights are scaled by w on the input side and renormalised on the output side.

    The bias moves with w too, so that one layer can do quite different things in different looks.
    """

    def __init__(self, inputs: int, outputs: int, w_dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3) / math.sqrt(inputs * 9))
        self.affine = nn.Linear(w_dim, inputs)
        self.shift = nn.Linear(w_dim, outputs)
        for layer in (self.affine, self.shift):
            nn.init.normal_(layer.weight, std=0.1 / math.sqrt(w_dim))
            nn.init.zeros_(layer.bias)
        self._prepared = winograd.Prepared(_with_energy)

    def forward(
        self,
        x: Tensor,  # [B, inputs, H, W]
        w: Tensor,  # [B, w_dim]
        spans: np.ndarray | None = None,  # [H / 4, 2] tiles that are needed, see finest.Needs
    ) -> Tensor:  # [B, outputs, H, W]
        style = 1 + self.affine(w)  # [B, inputs]
        if winograd.fits(x) and (spans is not None or winograd.pays(self.weight)):
            energy, places = self._prepared.of(self.weight)
            scale = GAIN * torch.rsqrt(style[0].square() @ energy.T + 1e-6)
            return winograd.convolve(x, places * style[0, :, None] * scale, self.shift(w)[0], LEAK, spans)
        energy = self.weight.float().square().sum((2, 3))  # [outputs, inputs]
        scale = GAIN * torch.rsqrt(style.float().square() @ energy.T + 1e-6)  # [B, outputs]
        scale, shift = scale.to(x.dtype), self.shift(w)
        if len(x) == 1:  # the same product with the small factor on the small tensor: about a third faster
            weight = self.weight * style[0, None, :, None, None] * scale[0, :, None, None, None]
            x = F.conv2d(x, weight.contiguous(memory_format=torch.channels_last), shift[0], padding=1)
        else:
            x = F.conv2d(x * style[:, :, None, None], self.weight, padding=1)
            x = torch.addcmul(shift[:, :, None, None], x, scale[:, :, None, None])
        return F.leaky_relu_(x, LEAK)


def _with_energy(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Weights [outputs, inputs, 3, 3] to their energy [outputs, inputs], and as ``winograd`` takes them."""
    return weight.square().sum((2, 3)), winograd.transformed(weight)


class Brush(nn.Module):
    """1×1 layer whose weights are a linear function of w: every look mixes features in its own way.

    Begins at zero.
    """

    def __init__(self, inputs: int, outputs: int, w_dim: int) -> None:
        super().__init__()
        self.shape = outputs, inputs + 1
        self.weight = nn.Parameter(torch.zeros(outputs, inputs + 1))
        self.affine = nn.Linear(w_dim, outputs * (inputs + 1), bias=False)
        nn.init.zeros_(self.affine.weight)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:  # [B, inputs, H, W], [B, w_dim] -> [B, outputs, H, W]
        weight = self.mixed(w)
        batch, _, height, width = x.shape
        pixels = x.permute(0, 2, 3, 1).reshape(batch, height * width, -1)
        painted = torch.baddbmm(weight[:, None, :, -1], pixels, weight[..., :-1].transpose(1, 2))
        return painted.view(batch, height, width, -1).permute(0, 3, 1, 2)

    def mixed(self, w: Tensor) -> Tensor:
        """[B, outputs, inputs + 1] weights, and last what is added, for w [B, w_dim]."""
        return self.weight + self.affine(w).unflatten(1, self.shape)


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
        grid_styles: those that are painted in cells of ``CELL`` pixels.
        style_dim: length of the style vector; longer than ``styles`` so that looks can be added.
        w_dim: width of the mapping network.
        channels: features from the coarsest resolution (1/16 of the picture) to the finest (1/1).
        layers: modulated convolutions at each of these resolutions.
    """

    @register_to_config
    def __init__(
        self,
        buffer_channels: int = 28,
        albedo_channel: int = 16,
        coverage_channel: int = 23,
        code_dim: int = CODE_DIM,
        styles: Sequence[str] = ("clay", "toon", "flat", "ink", "pixel"),
        grid_styles: Sequence[str] = ("pixel",),
        style_dim: int = 8,
        w_dim: int = 160,
        channels: Sequence[int] = (128, 96, 64, 40, 16),
        layers: Sequence[int] = (1, 1, 2, 2, 1),
    ) -> None:
        super().__init__()
        self.mapping = nn.Sequential(
            nn.Linear(code_dim + style_dim, w_dim),
            nn.LeakyReLU(LEAK),
            nn.Linear(w_dim, w_dim),
            nn.LeakyReLU(LEAK),
            nn.Linear(w_dim, w_dim),
        )
        # Looks differ more than people do: each has a large, fixed place in w from the start.
        self.look = nn.Linear(style_dim, w_dim, bias=False)
        nn.init.normal_(self.look.weight)
        fine_to_coarse = tuple(reversed(channels[:-1]))
        self.down = nn.ModuleList(
            nn.Conv2d(inputs, outputs, 2, stride=2)
            for inputs, outputs in zip((buffer_channels, *fine_to_coarse), fine_to_coarse, strict=False)
        )
        self.skip = nn.Conv2d(buffer_channels, channels[-1], 1)
        self.place = nn.Conv2d(2, channels[0], 1, bias=False)
        self.up = nn.ModuleList(
            nn.Conv2d(inputs, outputs, 1, bias=False)
            for inputs, outputs in zip(channels[:-2], channels[1:-1], strict=True)
        )
        self.up.append(nn.ConvTranspose2d(channels[-2], channels[-1], 2, stride=2, bias=False))
        self.body = nn.ModuleList(
            nn.ModuleList(ModulatedConv(width, width, w_dim) for _ in range(count))
            for width, count in zip(channels, layers, strict=True)
        )
        self.cells = Brush(channels[CELL_LEVEL], 7, w_dim)
        self.paint = Brush(channels[-1], 7, w_dim)
        self.to(memory_format=torch.channels_last)

    @property
    def stride(self) -> int:
        """Heights and widths must be multiples of this."""
        return 2 ** (len(self.config["channels"]) - 1)

    def style(self, style: str) -> Tensor:
        """[1, style_dim] style vector of a look, or of a mixture such as ``"clay:0.6,toon:0.4"``.

        Raises:
            UsageError: an unknown look or a wrong weight.
        """
        vector = style_vector(style, self.config["styles"], self.config["style_dim"])
        return torch.from_numpy(vector)[None].to(self.device, self.dtype)

    def on_grid(self, style: Tensor) -> bool:
        """Whether style vectors [B, style_dim] paint in cells and in nothing else."""
        return bool((self._grid_share(style) >= 1).all())

    def forward(
        self,
        buffers: Tensor,  # [B, buffer_channels, H, W]
        codes: Tensor,  # [B, code_dim]
        style: Tensor,  # [B, style_dim] or [1, style_dim]
        window: Tensor | None = None,  # [B, 4]
    ) -> Tensor:
        """The picture, [B, 4, H, W]: sRGB with straight alpha, both in [0, 1].

        Looks on a grid are brought to few plain colours and faces are stamped on them, which has no
        gradients: learn from :meth:`premultiplied`.
        """
        picture = to_straight(self.premultiplied(buffers, codes, style, window))
        return crisp(picture, CELL, buffers, codes) if self.on_grid(style) else picture

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
        buffers = buffers.contiguous(memory_format=torch.channels_last)
        if window is None:
            window = buffers.new_tensor([[-1, -1, 1, 1]]).expand(len(buffers), -1)
        style = style.expand(len(codes), -1)
        w = self.mapping(torch.cat([codes, style], 1)) + self.look(style)

        share = self._grid_share(style)
        in_cells, evenly = self._painters(share)
        first, coverage = self.config["albedo_channel"], self.config["coverage_channel"]
        needs = self._needs(buffers) if winograd.fits(buffers) else None
        levels = [buffers]
        for layer in self.down:
            if needs and len(levels) == 1:
                assert isinstance(layer, nn.Conv2d)
                levels.append(finest.reduced(buffers, layer, LEAK, needs.seen))
            else:
                levels.append(F.leaky_relu_(layer(levels[-1]), LEAK))
        if in_cells or needs is None:
            figure = torch.cat([buffers[:, first : first + 3], buffers[:, coverage : coverage + 1]], 1)
        if needs is None:
            levels[0] = self.skip(buffers)
        x = levels.pop()
        x = x + self.place(coordinates(window, *x.shape[-2:]))
        for number, body in enumerate(self.body):
            assert isinstance(body, nn.ModuleList)
            spans = needs.levels[len(self.body) - 1 - number][0] if needs and number > CELL_LEVEL else None
            for i, conv in enumerate(body):
                x = conv(x, w, spans and spans[i])
            if number == CELL_LEVEL and in_cells:
                coarse = _over_albedo(self.cells(x, w), F.avg_pool2d(figure, CELL))
                coarse = F.interpolate(coarse, scale_factor=float(CELL))
                if not evenly:
                    return coarse * _within_reach(figure)
            if needs and number + 2 == len(self.body):
                up = self.up[number]
                assert isinstance(up, nn.ConvTranspose2d)
                x = finest.enlarged(x, up, buffers, self.skip, LEAK, needs.levels[0][1])
            elif number + 1 < len(self.body):
                x = self._enlarged(x, self.up[number], levels.pop())
        if needs:
            fine = finest.painted(x, self.paint.mixed(w)[0], buffers, first, coverage, needs)
            if not in_cells:
                return fine
        else:
            fine = _over_albedo(self.paint(x, w), figure)
        painted = fine + share * (coarse - fine) if in_cells else fine
        return painted * _within_reach(figure)

    def _needs(self, buffers: Tensor) -> finest.Needs:
        """What of a picture must be worked on at the resolutions above that of the cells."""
        first = self.config["coverage_channel"]
        return finest.needed(buffers[:, first : first + 1], REACH, self.config["layers"][:CELL_LEVEL:-1])

    def _painters(self, share: Tensor) -> tuple[bool, bool]:
        """Whether to paint in cells, and whether evenly, for shares of looks on a grid [B, 1, 1, 1].

        Both wherever looking at the shares would cost more than it saves: a GPU would have to wait, a
        compiled network would fall apart, and several processes that train need all gradients.
        """
        if torch.is_grad_enabled() or share.device.type != "cpu" or torch.compiler.is_compiling():
            return True, True
        return bool((share > 0).any()), bool((share < 1).any())

    @staticmethod
    def _enlarged(x: Tensor, layer: nn.Module, skip: Tensor) -> Tensor:
        """Features at twice the resolution, joined with those of the way down."""
        x = layer(x)
        if x.shape[-1] != skip.shape[-1]:
            x = F.interpolate(x, scale_factor=2.0)
        return F.leaky_relu_(x + skip, LEAK)

    def _grid_share(self, style: Tensor) -> Tensor:
        """[B, 1, 1, 1] in [0, 1]: how much of the picture is painted in cells."""
        rows = [self.config["styles"].index(name) for name in self.config["grid_styles"]]
        return style[:, rows].sum(1).clamp(0, 1)[:, None, None, None]


def _over_albedo(paint: Tensor, figure: Tensor) -> Tensor:
    """Seven channels of paint on the albedo and the coverage of ``figure`` [B, 4, H, W]: [B, 4, H, W]."""
    color = figure[:, :3] * (1 + paint[:, :3]) + paint[:, 3:6]
    return torch.cat([color, figure[:, 3:] + paint[:, 6:]], 1)


def _within_reach(figure: Tensor) -> Tensor:
    """[B, 1, H, W] 1 within ``REACH`` of the ``figure`` [B, 4, H, W], 0 where it is twice as far away."""
    blocks = F.max_pool2d(figure[:, 3:], REACH)
    near = F.max_pool2d(blocks, 3, 1, 1) > 0
    return F.interpolate(near.to(figure.dtype), scale_factor=float(REACH))


def to_straight(premultiplied: Tensor) -> Tensor:
    """Premultiplied to straight alpha, clipped to [0, 1]; [..., 4, H, W]."""
    alpha = premultiplied[..., 3:, :, :].clamp(0, 1)
    color = (premultiplied[..., :3, :, :] / alpha.clamp_min(MIN_ALPHA)).clamp(0, 1)
    return torch.cat([color * (alpha > MIN_ALPHA), alpha], -3)


def to_rgba(picture: Tensor) -> np.ndarray:
    """[4, H, W] in [0, 1] to [H, W, 4] uint8."""
    return (picture.detach().float().cpu() * 255).round().byte().permute(1, 2, 0).numpy()


def enlarge_cells(image: Image.Image, size: int) -> Image.Image:
    """A picture on a grid at another size: one pixel a cell, then enlarged with hard edges, or averaged."""
    cells = image.resize((image.width // CELL, image.height // CELL), Image.Resampling.NEAREST)
    way = Image.Resampling.NEAREST if size >= cells.width else Image.Resampling.BOX
    return cells.resize((size, size), way)
