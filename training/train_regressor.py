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
from gen_avatar.types import ARKIT_52


@dataclass(frozen=True)
class RegressorRun:
    """One training run."""

    head: Path
    output: Path
    steps: int = 4000
    batch: int = 256
    learning_rate: float = 1.5e-3
    seed: int = 0


#: How often a channel is part of a face, relative to the others.
COMMON = {
    "eyeBlink": 3.0,
    "mouthSmile": 3.0,
    "jawOpen": 4.0,
    "browInnerUp": 2.0,
    "browDown": 2.0,
    "browOuterUp": 2.0,
}


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
        self._units = expression_units()

    def __call__(self, count: int) -> tuple[Tensor, Tensor, Tensor]:
        """Landmarks [B, P, 2] (y down, arbitrary unit), expression [B, 52] and rotation [B, 3] in degrees."""
        expression = sample_expressions(count, self._units, self._random)
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


def expression_units() -> list[tuple[int, int, float]]:
    """Channels that move together: (index, index of the other side or -1, how often)."""
    units = []
    for index, name in enumerate(ARKIT_52):
        if name.startswith("eyeLook") or name == "tongueOut":
            continue
        paired = name.endswith(("Left", "Right")) and name[:-4] + "Left" != "jawLeft"
        if name in ("jawLeft", "jawRight", "mouthLeft", "mouthRight"):
            paired = False
        if paired and name.endswith("Right"):
            continue
        twin = ARKIT_52.index(name.removesuffix("Left") + "Right") if paired else -1
        units.append((index, twin, next((v for k, v in COMMON.items() if name.startswith(k)), 1.0)))
    return units


def sample_expressions(count: int, units: list[tuple[int, int, float]], random: torch.Generator) -> Tensor:
    """[B, 52] sparse faces: none to six units at once, sides mostly alike, lids following the gaze."""

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=random)

    n = len(units)
    often = torch.tensor([u[2] for u in units])
    wanted = torch.randint(0, 7, (count, 1), generator=random)
    on = uniform(count, n) < wanted * often / often.sum()
    # The larger half of [0, 1] less often than the smaller one.
    left = on * uniform(count, n) ** 1.3
    right = (left + 0.05 * torch.randn(count, n, generator=random) * on).clamp(0, 1)
    apart = uniform(count, n) < 0.2
    other = uniform(count, n) ** 2.5 * on
    swap = uniform(count, n) < 0.5
    left, right = torch.where(apart & swap, other, left), torch.where(apart & ~swap, other, right)
    weights = torch.zeros(count, len(ARKIT_52))
    for column, (index, twin, _) in enumerate(units):
        weights[:, index] = left[:, column]
        if twin >= 0:
            weights[:, twin] = right[:, column]
    close, jaw = ARKIT_52.index("mouthClose"), ARKIT_52.index("jawOpen")
    weights[:, close] = torch.minimum(weights[:, close], weights[:, jaw])
    angles = torch.randn(count, 1, 2, generator=random) * torch.tensor([9.0, 7.0])
    return weights + expression_from_gaze(angles.expand(-1, 2, -1))


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
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, run.learning_rate, run.steps, pct_start=0.05)
    started = time.monotonic()
    for step in range(1, run.steps + 1):
        loss, error = _loss(model, *sampler(run.batch))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % max(1, run.steps // 10) == 0:
            print(
                f"step {step}: loss {loss.item():.4f}, weights off by {error:.4f}, {time.monotonic() - started:.0f} s"
            )
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
