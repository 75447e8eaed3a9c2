"""The First Order Motion Model (Siarohin et al., NeurIPS 2019), re-implemented plainly from the paper.

At 256² it has 59.8 million parameters and needs 55 GMAC for a frame: ten discovered keypoints with
Jacobians, dense
motion at 64², and a generator that warps features at the same size. It is here to be measured beside the
warper, not to be used.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gen_avatar.errors import WeightsError
from gen_avatar.metrics import over

KEYPOINTS = 10
#: Temperature of the heat maps; variance of the blobs in the dense motion, in coordinates from -1 to 1.
_TEMPERATURE, _VARIANCE = 0.1, 0.01


@dataclass(frozen=True)
class Found:
    """Keypoints [B, K, 2] in [-1, 1] and Jacobians [B, K, 2, 2]."""

    value: Tensor
    jacobian: Tensor


def coordinates(height: int, width: int, like: Tensor) -> Tensor:
    """[H, W, 2] (x, y) from -1 to 1, corners included."""
    x = torch.linspace(-1, 1, width, dtype=like.dtype, device=like.device)
    y = torch.linspace(-1, 1, height, dtype=like.dtype, device=like.device)
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), -1)


def _block(inputs: int, outputs: int, size: int = 3) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, size, padding=size // 2), nn.BatchNorm2d(outputs), nn.ReLU()]


class Hourglass(nn.Module):
    """A U-Net: ``blocks`` halvings with doubled channels up to ``most``, and back."""

    def __init__(self, base: int, inputs: int, blocks: int = 5, most: int = 1024) -> None:
        super().__init__()

        def width(level: int) -> int:
            return min(most, base * 2**level)

        sizes = [inputs, *(width(i + 1) for i in range(blocks))]
        self.down = nn.ModuleList(
            [nn.Sequential(*_block(a, b), nn.AvgPool2d(2)) for a, b in zip(sizes, sizes[1:], strict=False)]
        )
        self.up = nn.ModuleList()
        for i in reversed(range(blocks)):
            wide = width(i + 1) * (1 if i == blocks - 1 else 2)
            self.up.append(nn.Sequential(nn.Upsample(scale_factor=2), *_block(wide, width(i))))
        self.outputs = base + inputs

    def forward(self, x: Tensor) -> Tensor:
        levels = [x]
        for down in self.down:
            levels.append(down(levels[-1]))
        x = levels.pop()
        for up in self.up:
            x = torch.cat([up(x), levels.pop()], 1)
        return x


class KeypointDetector(nn.Module):
    """Pictures [B, 3, 256, 256] to :class:`Found`."""

    def __init__(self) -> None:
        super().__init__()
        self.predictor = Hourglass(32, 3)
        self.heat = nn.Conv2d(self.predictor.outputs, KEYPOINTS, 7)
        self.jacobian = nn.Conv2d(self.predictor.outputs, 4 * KEYPOINTS, 7)
        nn.init.zeros_(self.jacobian.weight)
        assert self.jacobian.bias is not None
        self.jacobian.bias.data.copy_(torch.tensor([1.0, 0, 0, 1] * KEYPOINTS))

    def forward(self, picture: Tensor) -> Found:
        features = self.predictor(F.interpolate(picture, scale_factor=0.25, mode="bilinear", antialias=True))
        logits = self.heat(features).float()
        b, k, h, w = logits.shape
        heat = (logits.flatten(2) / _TEMPERATURE).softmax(-1)
        value = heat @ coordinates(h, w, heat).reshape(-1, 2)
        maps = self.jacobian(features).float().reshape(b, k, 4, h * w)
        return Found(value, (maps * heat[:, :, None]).sum(-1).reshape(b, k, 2, 2))


class DenseMotion(nn.Module):
    """Which keypoint moves which place, and what is hidden."""

    def __init__(self) -> None:
        super().__init__()
        self.hourglass = Hourglass(64, (KEYPOINTS + 1) * 4)
        self.mask = nn.Conv2d(self.hourglass.outputs, KEYPOINTS + 1, 7, padding=3)
        self.occlusion = nn.Conv2d(self.hourglass.outputs, 1, 7, padding=3)

    def forward(self, source: Tensor, at: Found, to: Found) -> tuple[Tensor, Tensor]:
        """Backward flow [B, h, w, 2] in [-1, 1] and occlusion [B, 1, h, w] from the source, whose
        keypoints are ``at``, to the driving moment, whose keypoints are ``to``."""
        small = F.interpolate(source, scale_factor=0.25, mode="bilinear", antialias=True)
        b, _, h, w = small.shape
        place = coordinates(h, w, to.value)

        def blobs(points: Tensor) -> Tensor:
            return torch.exp(-(place - points[:, :, None, None]).square().sum(-1) / (2 * _VARIANCE))

        heat = blobs(to.value) - blobs(at.value)
        heat = torch.cat([torch.zeros_like(heat[:, :1]), heat], 1)[:, :, None]
        jacobian = at.jacobian @ torch.linalg.inv(to.jacobian)
        moved = torch.einsum("bkij,bkhwj->bkhwi", jacobian, place - to.value[:, :, None, None])
        moved = moved + at.value[:, :, None, None]
        flows = torch.cat([place.expand(b, 1, h, w, 2), moved], 1)
        many = small[:, None].expand(-1, KEYPOINTS + 1, -1, -1, -1).reshape(-1, 3, h, w)
        warped = _warp(many, flows.reshape(-1, h, w, 2)).reshape(b, KEYPOINTS + 1, 3, h, w)
        features = self.hourglass(torch.cat([heat, warped], 2).flatten(1, 2))
        mask = self.mask(features).float().softmax(1)
        return torch.einsum("bkhw,bkhwc->bhwc", mask, flows), torch.sigmoid(self.occlusion(features))


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for _ in range(2):
            layers += [nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1)]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


class Fomm(nn.Module):
    """The whole model."""

    def __init__(self) -> None:
        super().__init__()
        self.keypoints, self.motion = KeypointDetector(), DenseMotion()
        self.first = nn.Sequential(*_block(3, 64, 7))
        self.down = nn.ModuleList(
            [nn.Sequential(*_block(64 * 2**i, 128 * 2**i), nn.AvgPool2d(2)) for i in range(2)]
        )
        self.middle = nn.Sequential(*(_Residual(256) for _ in range(6)))
        self.up = nn.ModuleList(
            [nn.Sequential(nn.Upsample(scale_factor=2), *_block(256 // 2**i, 128 // 2**i)) for i in range(2)]
        )
        self.last = nn.Conv2d(64, 3, 7, padding=3)

    def forward(self, source: Tensor, at: Found, to: Found) -> tuple[Tensor, Tensor]:
        """[B, 3, 256, 256] the source at the driving moment, in [0, 1], and the flow [B, 64, 64, 2]."""
        x = self.first(source)
        for down in self.down:
            x = down(x)
        flow, shown = self.motion(source, at, to)
        x = self.middle(_warp(x, flow) * shown)
        for up in self.up:
            x = up(x)
        return torch.sigmoid(self.last(x)), flow

    @torch.inference_mode()
    def reenact(self, still: np.ndarray, driving: list[np.ndarray]) -> list[np.ndarray]:
        """A still [H, W, 4] uint8 moved by frames of the same kind: absolute motion, on the metrics'
        backdrop."""

        def tensor(frame: np.ndarray) -> Tensor:
            return torch.from_numpy(over(frame).transpose(2, 0, 1)[None].astype(np.float32))

        source = tensor(still)
        at = self.keypoints(source)
        out = []
        for frame in driving:
            picture = self(source, at, self.keypoints(tensor(frame)))[0][0].permute(1, 2, 0).numpy()
            opaque = np.full((*picture.shape[:2], 1), 255, np.uint8)
            out.append(np.concatenate([np.round(picture * 255).clip(0, 255).astype(np.uint8), opaque], -1))
        return out


def _warp(picture: Tensor, flow: Tensor) -> Tensor:
    return F.grid_sample(picture, flow.to(picture), align_corners=True)


def load_fomm(path: Path) -> Fomm:
    """Trained weights of :class:`Fomm`; raises ``WeightsError``."""
    from safetensors.torch import load_file

    model = Fomm()
    try:
        model.load_state_dict({k: v.float() for k, v in load_file(path).items()}, strict=False)
    except Exception as error:  # safetensors raises its own, undocumented classes
        raise WeightsError(f"cannot load {path}: {error}") from error
    return model.eval()
