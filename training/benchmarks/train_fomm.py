"""Train the plain first-order motion model on the warper's own moments, for a comparison of equal time.

    python -m training.benchmarks.train_fomm --data .cache/warp .cache/warp-photos --minutes 20 --out
    .cache/fomm

Self-supervised, as published: reconstruction of one moment from another of the same person, and equivariance
of keypoints and Jacobians. The published perceptual loss needs VGG-19, whose weights cannot be had offline;
a pyramid of L1 over four scales and fixed random features stands in for it.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor, nn

from training.benchmarks.fomm import Fomm, Found
from training.loop import Run, train
from training.warp_batches import WarpBatches

#: Weights of the pyramid, and of the equivariance of keypoints and of Jacobians.
_PICTURE, _KEYPOINTS, _JACOBIANS = 10.0, 10.0, 10.0
_SCALES = (1.0, 0.5, 0.25, 0.125)
#: σ of the random affine map under which keypoints must be equivariant.
_AFFINE = 0.05
_BACKDROP = 0.86


class RandomFeatures(nn.Module):
    """Fixed random convolutions: what stands in for a pretrained network."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.layers = nn.ModuleList(
                [nn.Conv2d(a, b, 3, 2, 1) for a, b in ((3, 16), (16, 32), (32, 64))]
            ).requires_grad_(False)

    def forward(self, x: Tensor) -> list[Tensor]:
        out = [x]
        for layer in self.layers:
            out.append(F.relu(layer(out[-1])))
        return out


class Teacher(nn.Module):
    """The model as it is trained."""

    def __init__(self, model: Fomm) -> None:
        super().__init__()
        self.model, self.features = model, RandomFeatures()

    def forward(self, source: Tensor, target: Tensor, number: int) -> dict[str, Tensor]:
        at, to = self.model.keypoints(source), self.model.keypoints(target)
        picture, _ = self.model(source, at, to)
        loss = picture.new_zeros(())
        for scale in _SCALES:
            a, b = (F.interpolate(x, scale_factor=scale, mode="area") for x in (picture, target))
            pairs = zip(self.features(a), self.features(b), strict=True)
            loss = loss + torch.stack([(x - y).abs().mean() for x, y in pairs]).sum()
        return {"picture": _PICTURE * loss / len(_SCALES), **self._equivariance(target, to, number)}

    def _equivariance(self, target: Tensor, to: Found, number: int) -> dict[str, Tensor]:
        random = torch.Generator().manual_seed(number)
        noise = _AFFINE * torch.randn(len(target), 2, 3, generator=random).to(target)
        theta = torch.eye(2, 3).to(target) + noise
        grid = F.affine_grid(theta, list(target.shape), align_corners=True)
        turned = F.grid_sample(target, grid, padding_mode="reflection", align_corners=True)
        moved = self.model.keypoints(turned)
        linear = theta[:, None, :, :2]
        back = torch.einsum("bkij,bkj->bki", linear.expand(-1, moved.value.shape[1], -1, -1), moved.value)
        back = back + theta[:, None, :, 2]
        unit = torch.linalg.inv(to.jacobian) @ (linear @ moved.jacobian)
        return {
            "keypoints": _KEYPOINTS * (to.value - back).abs().mean(),
            "jacobians": _JACOBIANS * (torch.eye(2).to(unit) - unit).abs().mean(),
        }


def _loss(
    network: nn.Module, batch: dict[str, Tensor], number: int, autocast: Callable[[], Any]
) -> dict[str, Tensor]:
    source, target = (batch[k][:, :3] + _BACKDROP * (1 - batch[k][:, 3:]) for k in ("source", "target"))
    with autocast():
        return network(source, target, number)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Train the plain first-order motion model.")
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, default=Path(".cache/fomm"))
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--size", type=int, default=2, help="pairs of a batch")
    parser.add_argument("--resume", action="store_true")
    args = parser.parse_args()
    run = Run(data=args.data[0], out=args.out, minutes=args.minutes, steps=args.steps, size=args.size,
    lr=2e-4,
              save_minutes=math.inf)  # fmt: skip
    torch.manual_seed(run.seed)
    source = WarpBatches(args.data, run.seed)
    teacher = train(run, Teacher(Fomm()), lambda i: source.batch(i, run.size), _loss, resume=args.resume,
                    save=lambda average: save(average.model, args.out / "fomm.safetensors"))  # fmt: skip
    teacher.eval()


def save(model: Fomm, path: Path) -> None:
    """Half-precision weights."""
    halves = {k: v.half() if v.is_floating_point() else v for k, v in model.state_dict().items()}
    save_file({k: v.contiguous() for k, v in halves.items()}, path)


if __name__ == "__main__":
    main()
