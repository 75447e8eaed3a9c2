"""Teach the warper on moments of drawn people.

    python -m training.warp_data --out .cache/warp --people 800
    python -m training.warp_data --out .cache/warp-photos --people 320 --photos
    python -m training.train_warper --data .cache/warp .cache/warp-photos --out .cache/warper --side 128
    python -m training.train_warper --data ... --init .cache/warper/weights --out .cache/warper-fine

The true flow teaches where things go, the true picture what the source cannot show. ``--resume`` goes on
after a stop.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gen_avatar.loading import load_network
from gen_avatar.metrics import random_lpips
from gen_avatar.warp.motion import grid
from gen_avatar.warp.network import Warped, Warper
from training.loop import Run, train
from training.train_generator import save_weights
from training.warp_batches import WarpBatches
from training.warp_data import SIZE, keypoint_plan

#: Weights of the terms: the flow where it is known, the picture, what is copied and what is painted of it,
#: gradients,
#: coarse pictures. Without a word of their own the painted parts would never be good enough to be used at
#: all.
_FLOW, _PICTURE, _COPIED, _PAINTED, _GRADIENT, _COARSE = 20.0, 1.0, 0.15, 0.5, 0.7, 0.5
#: Weight of the perceptual distance, and the random networks that take turns at it for some batches each, so
#: that the blind spots of none are learnt. Seed 0 is the network of the evaluations and stays out of it.
_PERCEPTUAL, _JUDGES, _TURN = 1.4, range(1, 9), 25
#: Largest norm of the gradient: without norms in the network, steps must stay small.
_CLIP = 0.5
#: Extra weight of mouth, eyes, irises, lines of lids and lips, and lips.
_FEATURES = (6.0, 8.0, 4.0, 4.0, 3.0)


class Teacher(nn.Module):
    """The network as it is trained: both steps in one call."""

    def __init__(self, warper: Warper) -> None:
        super().__init__()
        self.warper = warper

    def forward(self, batch: dict[str, Tensor]) -> Warped:
        source = self.warper.encode(batch["source"], batch["source_points"], batch["source_maps"])
        return self.warper(source, batch["target_points"], batch["target_maps"])


def warping_loss(warped: Warped, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """The terms by name; their sum is the loss."""
    maps = torch.maximum(batch["target_maps"], batch["source_maps"])
    extra = (maps * maps.new_tensor(_FEATURES)[:, None, None]).sum(1, keepdim=True)
    weight = 1 + F.max_pool2d(extra, 5, stride=1, padding=2)
    weight = weight / weight.mean((2, 3), keepdim=True)
    difference = (warped.picture - batch["target"]).float()
    coarse = F.avg_pool2d(difference, 4)
    across = (difference[..., 1:] - difference[..., :-1]).abs() * weight[..., 1:]
    down = (difference[..., 1:, :] - difference[..., :-1, :]).abs() * weight[..., 1:, :]
    copied = F.grid_sample(batch["source"], warped.flow * 2 - 1, padding_mode="border", align_corners=False)
    place = grid(warped.coarse_flow.shape[1], warped.coarse_flow)
    off = (warped.coarse_flow - place - batch["flow"]).abs().sum(-1)[:, None]
    known = batch["known"] * F.avg_pool2d(weight, 4)
    return {
        "flow": _FLOW * (off * known).sum() / known.sum().clamp(min=1),
        "picture": _PICTURE * (difference.abs() * weight).mean(),
        "painted": _PAINTED * ((warped.painted - batch["target"]).abs() * weight).mean(),
        "coarse": _COARSE * coarse.abs().mean(),
        "gradient": _GRADIENT * (across.mean() + down.mean()),
        "copied": _COPIED * (copied - batch["target"]).abs().mean(),
    }


def perceptual(picture: Tensor, target: Tensor, number: int) -> Tensor:
    """LPIPS distance of two [B, 4, S, S] premultiplied pictures over a backdrop of batch ``number``."""
    net = random_lpips(_JUDGES[number // _TURN % len(_JUDGES)]).to(picture.device)
    backdrop = torch.rand(3, 1, 1, generator=torch.Generator().manual_seed(number)).to(picture)
    one, other = (2 * (x[:, :3] + (1 - x[:, 3:]) * backdrop) - 1 for x in (picture, target))
    distance: Tensor = net(one, other).mean()
    return distance


def _loss(
    network: nn.Module, batch: dict[str, Tensor], number: int, autocast: Callable[[], Any]
) -> dict[str, Tensor]:
    with autocast():
        warped = network(batch)
        seen = perceptual(warped.picture, batch["target"], number)
    return warping_loss(warped, batch) | {"perceptual": _PERCEPTUAL * seen.float()}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Train the warper on drawn people.")
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, default=Path(".cache/train-warper"))
    parser.add_argument("--init", type=Path, help="weights to begin with, such as checkpoints/warper")
    parser.add_argument("--minutes", type=float, default=45.0)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--size", type=int, default=8, help="pairs of a batch")
    parser.add_argument(
        "--side", type=int, default=SIZE, help="of the pictures; 128 learns the motion faster"
    )
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--precision", choices=("no", "bf16"), default="bf16")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--export", type=Path, help="folder for the fp16 weights, e.g. checkpoints/warper")
    args = vars(parser.parse_args())
    resume, export, side, data = (args.pop(k) for k in ("resume", "export", "side", "data"))
    run = Run(data=data[0], clip=_CLIP, **args)
    torch.manual_seed(run.seed)
    model = Warper().know(keypoint_plan()) if run.init is None else load_network(Warper, run.init)
    source = WarpBatches(data, run.seed, side)
    teacher = train(run, Teacher(model), lambda i: source.batch(i, run.size), _loss, resume=resume,
                    save=lambda average: save_weights(average.warper, run.out / "weights"))  # fmt: skip
    if export:
        save_weights(teacher.warper, export)


if __name__ == "__main__":
    main()
