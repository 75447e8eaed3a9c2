"""Train the landmark regressor on synthetic projections of a head.

    python -m training.train_regressor --head checkpoints/head -o checkpoints/regressor

No pictures are involved: random people with sparse faces are projected under random poses, and
noise is added that is partly shared by neighbours, as a detector's is. A few minutes on one core.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from gen_avatar.geometry import euler_to_matrix, project
from gen_avatar.head.embedding import MESH_POINTS
from gen_avatar.head.gaze import expression_from_gaze
from gen_avatar.head.model import MorphableHead
from gen_avatar.head.regressor import LandmarkRegressor
from training.expressions import sample_expressions


@dataclass(frozen=True)
class RegressorRun:
    """One training run."""

    head: Path
    output: Path
    steps: int = 4000
    batch: int = 256
    learning_rate: float = 1.5e-3
    seed: int = 0


class FaceSampler:
    """Draws landmarks of random people, with their codes."""

    def __init__(self, head: MorphableHead, scheme: str, seed: int) -> None:
        mean, identity, expression = head.landmark_basis(scheme)
        count = min(len(mean), MESH_POINTS)
        self._pivot = mean[:count].mean(0)
        self._mean = mean[:count] - self._pivot
        self._modes = len(identity)
        self._basis = torch.cat([identity, expression])[:, :count].flatten(1)
        # Errors of a detector are smooth over the face: a Gaussian process with a range of 2 cm.
        gap = torch.cdist(self._mean, self._mean)
        values, vectors = torch.linalg.eigh(torch.exp(-0.5 * (gap / 2.0) ** 2))
        self._smooth = (vectors * values.clamp_min(0).sqrt())[:, -60:]
        self._random = torch.Generator().manual_seed(seed)

    def __call__(self, count: int) -> tuple[Tensor, Tensor, Tensor]:
        """Landmarks [B, P, 2] (y down, arbitrary unit), expression [B, 52] and rotation [B, 3] in degrees."""
        gaze = self._normal(count, 1, 2) * torch.tensor([9.0, 7.0])
        # The lids follow the eyes.
        expression = sample_expressions(count, self._random) + expression_from_gaze(gaze.expand(-1, 2, -1))
        identity = self._normal(count, self._modes).clamp(-2.5, 2.5)
        shape = (torch.cat([identity, expression], 1) @ self._basis).reshape(count, -1, 3) + self._mean
        spread = torch.tensor([18.0, 12.0, 8.0])
        rotation = (self._normal(count, 3) * spread).clamp(-2.4 * spread, 2.4 * spread)
        turned = shape @ euler_to_matrix(rotation).transpose(-1, -2)
        perspective = 1 / (35 + 85 * self._uniform(count))
        points = project(turned, torch.ones(count), torch.zeros(count, 2), perspective)
        rough, smooth = 0.1 * self._uniform(count, 1, 1), 0.12 * self._uniform(count, 1, 1)
        noise = rough * self._normal(*points.shape)
        noise = noise + smooth * (self._smooth @ self._normal(count, self._smooth.shape[1], 2))
        return points + noise, expression, rotation

    def _normal(self, *shape: int) -> Tensor:
        return torch.randn(*shape, generator=self._random)

    def _uniform(self, *shape: int) -> Tensor:
        return torch.rand(*shape, generator=self._random)


def train(run: RegressorRun) -> LandmarkRegressor:
    """Train and save."""
    torch.manual_seed(run.seed)
    sampler = FaceSampler(MorphableHead.from_pretrained(run.head), "facemesh478", run.seed)
    model = LandmarkRegressor()
    points, _, _ = sampler(4096)
    features, _ = model.features(points)
    model.mean.copy_(features.mean(0))
    model.deviation.copy_(features.std(0))
    optimizer = torch.optim.AdamW(model.parameters(), run.learning_rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, run.learning_rate, run.steps, pct_start=max(0.05, 3 / run.steps)
    )
    started = time.monotonic()
    for step in range(1, run.steps + 1):
        loss, error = _loss(model, *sampler(run.batch))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % max(1, run.steps // 10) == 0:
            took = time.monotonic() - started
            print(f"step {step}: loss {loss.item():.4f}, weights off by {error:.4f}, {took:.0f} s")
    model.half().save_pretrained(run.output)
    return model.float()


def _loss(
    model: LandmarkRegressor, points: Tensor, expression: Tensor, rotation: Tensor
) -> tuple[Tensor, float]:
    features, roll = model.features(points)
    guess, pose = model(features)
    rest = torch.cat([rotation[:, :2], rotation[:, 2:] - roll[:, None]], 1)
    error = guess - expression
    loss = error.square().mean() * 10 + error.abs().mean() + (pose - rest).abs().mean() * 0.01
    return loss, (guess.clamp(0, 1) - expression).abs().mean().item()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--head", type=Path, required=True)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=RegressorRun.steps)
    parser.add_argument("--seed", type=int, default=RegressorRun.seed)
    train(RegressorRun(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
