"""Teach the keypoint network on the stores of the warper.

python -m training.train_keypoints --data .cache/warp .cache/warp-photos --export checkpoints/keypoints
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from gen_avatar.loading import load_network
from gen_avatar.warp.keypoints import INPUT, KeypointNetwork
from gen_avatar.warp.points import LEFT_EYE, RIGHT_EYE
from training.loop import Run, train
from training.train_generator import save_weights
from training.warp_batches import KeypointBatches

#: Weight of the likelihood of the error against the distance, in distances of the outer corners of the eyes.
_LIKELIHOOD = 0.05


def keypoint_loss(answers: tuple[Tensor, Tensor], truth: Tensor) -> dict[str, Tensor]:
    """Distance in those of the eyes' outer corners, and the likelihood of a Laplace distribution of it."""
    points, log_error = answers
    distance = (points - truth).norm(dim=-1)
    eyes = (truth[:, RIGHT_EYE[0]] - truth[:, LEFT_EYE[3]]).norm(dim=-1).clamp(min=0.05)[:, None]
    likelihood = (distance.detach() * torch.exp(-log_error) + log_error).mean()
    return {"distance": (distance / eyes).mean(), "likelihood": _LIKELIHOOD * likelihood}


def _loss(
    network: nn.Module, batch: dict[str, Tensor], _: int, autocast: Callable[[], Any]
) -> dict[str, Tensor]:
    with autocast():
        answers = network(batch["crop"])
    return keypoint_loss(answers, batch["points"])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Train the keypoint network on drawn people.")
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, default=Path(".cache/train-keypoints"))
    parser.add_argument("--init", type=Path)
    parser.add_argument("--minutes", type=float, default=12.0)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--precision", choices=("no", "bf16"), default="bf16")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--export", type=Path)
    args = vars(parser.parse_args())
    resume, export, data = (args.pop(k) for k in ("resume", "export", "data"))
    run = Run(data=data[0], **args)
    torch.manual_seed(run.seed)
    source = KeypointBatches(data, run.seed, INPUT)
    model = KeypointNetwork() if run.init is None else load_network(KeypointNetwork, run.init)
    model = train(run, model, lambda i: source.batch(i, run.size), _loss, resume=resume)
    if export:
        save_weights(model, export)


if __name__ == "__main__":
    main()
