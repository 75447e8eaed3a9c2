"""AvatarEncoder: from an avatar picture of any look back to codes, appearance and a style latent.

A small convolutional network with two ends. One regresses the code vector of
:mod:`gen_avatar.generator.codes`: identity, expression, gaze and pose, colours, and a softmax for every
choice. The other is a variational latent of the style (Kingma and Welling 2014): a normal distribution whose
mean a linear layer turns into the generator's style vector. The features below both ends serve as the space
in which sets of pictures are compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

from gen_avatar.generator.codes import CHOICE_FIELDS, CODE_DIM, CODE_LAYOUT
from gen_avatar.metrics import BACKDROP

#: Side of the pictures that the network sees, pixels.
INPUT = 128
#: Pictures encoded at once.
_BATCH = 32


@dataclass(frozen=True)
class Encoded:
    """What is read from B pictures.

    Attributes:
        raw: [B, CODE_DIM] estimates; logits in the columns of choices.
        mean, log_variance: [B, L] of the style latent.
        style: [B, S] style vector decoded from the latent.
        features: [B, F].
    """

    raw: Tensor
    mean: Tensor
    log_variance: Tensor
    style: Tensor
    features: Tensor

    @property
    def codes(self) -> Tensor:
        """[B, CODE_DIM] in the layout of ``pack``: probabilities in the columns of choices."""
        codes = self.raw.clone()
        for name in CHOICE_FIELDS:
            part = CODE_LAYOUT[name]
            codes[:, part] = self.raw[:, part].softmax(1)
        return codes


class AvatarEncoder(ModelMixin, ConfigMixin):
    """Pictures to :class:`Encoded`.

    Args:
        styles: names of the looks, in the order of the style vector.
        style_dim: length of the style vector.
        latent_dim: length of the style latent.
        channels: features after each halving of the resolution.
        hidden: width of the last layer, the feature space.
        dropout: share of features that training leaves out; people are easily learnt by heart.
    """

    @register_to_config
    def __init__(
        self,
        styles: Sequence[str] = ("clay", "toon", "flat", "ink", "pixel"),
        style_dim: int = 8,
        latent_dim: int = 8,
        channels: Sequence[int] = (24, 48, 96, 160, 224),
        hidden: int = 384,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 4
        for outputs in channels:
            layers += [nn.Conv2d(inputs, outputs, 3, stride=2, padding=1), nn.BatchNorm2d(outputs), nn.SiLU()]
            inputs = outputs
        layers += [nn.Conv2d(inputs, inputs, 3, padding=1), nn.BatchNorm2d(inputs), nn.SiLU()]
        self.trunk = nn.Sequential(*layers)
        side = INPUT >> len(channels)
        # Where things are says as much as what they are, so places are kept up to the last layer.
        self.squeeze = nn.Conv2d(inputs, 64, 1)
        self.project = nn.Linear(64 * side * side, hidden)
        self.drop = nn.Dropout(dropout)
        self.codes = nn.Linear(hidden, CODE_DIM)
        self.latent = nn.Linear(hidden, 2 * latent_dim)
        self.decode_style = nn.Linear(latent_dim, style_dim)
        self.to(memory_format=torch.channels_last)

    def forward(self, pictures: Tensor, noise: Tensor | None = None) -> Encoded:
        """Encode [B, 4, 128, 128] from :func:`prepare`; ``noise`` [B, L] draws from the style latent."""
        x = self.squeeze(self.trunk(pictures.contiguous(memory_format=torch.channels_last)))
        features = F.silu(self.project(x.flatten(1)))
        mean, log_variance = self.latent(features).chunk(2, 1)
        log_variance = log_variance.clamp(-8, 4)
        latent = mean if noise is None else mean + noise * (0.5 * log_variance).exp()
        codes = self.codes(self.drop(features))
        return Encoded(codes, mean, log_variance, self.decode_style(latent), features)

    @torch.inference_mode()
    def encode(self, pictures: np.ndarray) -> Encoded:
        """Read avatar pictures.

        Args:
            pictures: [B, H, W, 4] uint8 sRGB with straight alpha, square, of any size.
        """
        parts = []
        for start in range(0, len(pictures), _BATCH):
            batch = prepare(torch.from_numpy(np.ascontiguousarray(pictures[start : start + _BATCH])))
            parts.append(self(batch.to(self.device, self.dtype)))
        names = ("raw", "mean", "log_variance", "style", "features")
        return Encoded(*(torch.cat([getattr(p, name) for p in parts]).float().cpu() for name in names))


def prepare(pictures: Tensor, backdrop: Tensor | None = None) -> Tensor:
    """[B, H, W, 4] uint8, straight alpha, to [B, 4, 128, 128]: colour over a backdrop and alpha, in [-1, 1].

    ``backdrop`` is [B, 3] sRGB in [0, 1], by default the light grey of the metrics.
    """
    floats = pictures.permute(0, 3, 1, 2).float() / 255
    if backdrop is None:
        backdrop = floats.new_tensor(BACKDROP).expand(len(floats), 3)
    alpha = floats[:, 3:]
    color = floats[:, :3] * alpha + backdrop[:, :, None, None] * (1 - alpha)
    both = torch.cat([color, alpha], 1)
    if both.shape[-1] != INPUT:
        both = F.interpolate(both, size=(INPUT, INPUT), mode="area")
    return both * 2 - 1
