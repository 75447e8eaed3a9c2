"""A discriminator for the last part of a run: it tells the studio's pictures from painted ones.

L1 is content with the mean of what it cannot decide, which looks soft. A small network that judges patches,
knowing the geometry and the look, asks for edges as crisp as the studio's. It learns with the non-saturating
logistic loss and R1, a penalty on its gradient at real pictures (Mescheder et al. 2018), taken now and then.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gen_avatar.character.buffers import BUFFER_CHANNELS

#: Buffers that say what a patch shows.
CONDITIONS = ("skin", "hair", "eye", "iris", "brow", "lips", "mouth", "normal_x", "normal_y", "normal_z")
_ROWS = [BUFFER_CHANNELS.index(name) for name in CONDITIONS]


class Discriminator(nn.Module):
    """Pictures to one logit a patch: positive where it looks like the studio's.

    Args:
        style_dim: length of the style vector.
        channels: features after each halving of the resolution.
    """

    def __init__(self, style_dim: int, channels: Sequence[int] = (32, 64, 96)) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 4 + len(CONDITIONS)
        for outputs in channels:
            layers += [nn.Conv2d(inputs, outputs, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
            inputs = outputs
        self.trunk = nn.Sequential(*layers)
        self.judge = nn.Conv2d(inputs, 1, 1)
        # A projection (Miyato and Koyama 2018): every look has a judgement of its own.
        self.taste = nn.Linear(style_dim, inputs, bias=False)

    def forward(self, picture: Tensor, buffers: Tensor, style: Tensor) -> Tensor:
        """[B, 4, H, W] over a backdrop, [B, C, H, W] and [B, S] to logits [B, h, w]."""
        features = self.trunk(torch.cat([picture, buffers[:, _ROWS]], 1))
        taste = self.taste(style)[:, :, None, None] / math.sqrt(features.shape[1])
        return self.judge(features)[:, 0] + (features * taste).sum(1)


class Adversary:
    """A discriminator with its optimiser: one object to step, to save and to resume.

    Args:
        style_dim: length of the style vector.
        seed: of the weights; every process begins with the same.
        device: where it computes.
        lr: learning rate.
        penalty: weight of R1.
        penalty_every: steps from one penalty to the next, which then counts so many times more.
    """

    def __init__(
        self,
        style_dim: int,
        seed: int,
        device: torch.device | str = "cpu",
        lr: float = 5e-4,
        penalty: float = 1.0,
        penalty_every: int = 16,
    ) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.network = Discriminator(style_dim).to(device)
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=lr, betas=(0.0, 0.99))
        self.penalty, self.penalty_every, self.steps = penalty, penalty_every, 0

    def state_dict(self) -> dict[str, Any]:
        return {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "steps": self.steps,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.steps = int(state["steps"])

    def doubt(self, fake: Tensor, buffers: Tensor, style: Tensor) -> Tensor:
        """The painter's loss: small where ``fake`` passes for the studio's."""
        return F.softplus(-self.network(fake, buffers, style)).mean()

    def loss(self, real: Tensor, fake: Tensor, buffers: Tensor, style: Tensor) -> Tensor:
        """The discriminator's loss on pictures of the same moments."""
        fooled = F.softplus(self.network(fake, buffers, style)).mean()
        return fooled + F.softplus(-self.network(real, buffers, style)).mean()

    def learn(
        self, real: Tensor, fake: Tensor, buffers: Tensor, style: Tensor, accelerator: Any = None
    ) -> dict[str, Tensor]:
        """One step; with an ``accelerator``, on the mean gradient of all processes. Returns the loss."""
        # The painter's step has left gradients here that are not ours.
        self.optimizer.zero_grad(set_to_none=True)
        loss = total = self.loss(real, fake, buffers, style)
        if self.steps % self.penalty_every == 0:
            penalty = gradient_penalty(self.network, real, buffers, style)
            total = loss + 0.5 * self.penalty * self.penalty_every * penalty
        total.backward()
        if accelerator is not None and accelerator.num_processes > 1:
            for parameter in self.network.parameters():
                parameter.grad = accelerator.reduce(parameter.grad, "mean")
        self.optimizer.step()
        self.steps += 1
        return {"discriminator": loss.detach()}


def gradient_penalty(network: Discriminator, real: Tensor, buffers: Tensor, style: Tensor) -> Tensor:
    """R1: the squared gradient of the logits at real pictures, summed over pixels, a mean over patches."""
    real = real.detach().requires_grad_(True)
    logits = network(real, buffers, style)
    (gradient,) = torch.autograd.grad(logits.sum(), real, create_graph=True)
    return gradient.square().sum() / logits.numel()


def balance(loss: Tensor, other: Tensor, painted: Tensor, share: float) -> Tensor:
    """Factor by which the gradient of ``other`` at ``painted`` becomes ``share`` times that of ``loss``."""
    lengths = [torch.autograd.grad(term, painted, retain_graph=True)[0].norm() for term in (loss, other)]
    return (share * lengths[0] / lengths[1].clamp_min(1e-12)).detach()
