"""Teach the parser on drawn photos.

    python -m training.photos.store --out .cache/photos --count 12000
    python -m training.photos.store --out .cache/photos-heldout --count 512 --heldout
    python -m training.train_parser --data .cache/photos --heldout .cache/photos-heldout --out .cache/parser
    python -m training.train_parser ... --resume        # after a stop, at any time

Batch number ``i`` is a function of the seed and ``i`` alone, so that a resumed run sees what an uninterrupted
one would have seen. After training, one temperature for each attribute is fitted on the held-out pictures.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gen_avatar.appearance.parser import ATTRIBUTES, FaceParser
from gen_avatar.appearance.regions import REGIONS
from gen_avatar.loading import load_network
from training.loop import Run, train
from training.photos.batches import PhotoBatches
from training.train_generator import save_weights

#: Weight of a pixel by what it is, where it is not 1: what is thin or rare counts for more.
_PIXELS = {
    "glasses": 4.0, "beard": 3.0, "hair": 1.5, "headwear": 2.0, "brow": 2.0, "eye": 2.0, "lips": 1.5,
    "mouth": 2.0,
}  # fmt: skip
#: Weight of an attribute's cross-entropy, where it is not 1.
_WEIGHTS = {
    "hair_style": 1.5, "beard_style": 1.5, "glasses_style": 1.5, "headwear_style": 1.2, "earrings": 0.5,
    "freckles": 0.5, "eye_color": 0.5, "age": 0.7,
}  # fmt: skip
#: Weights of the overlap of regions and of all answers against the cross-entropy of the regions.
_OVERLAP_SHARE, _ANSWERS_SHARE = 0.5, 0.2
#: Label smoothing of the answers.
_SMOOTHING = 0.03
#: Temperatures that are tried.
_TEMPERATURES = (0.4, 5.0, 60)


def parsing_loss(
    outputs: tuple[Tensor, Tensor, dict[str, Tensor]], batch: Mapping[str, Tensor], number: int = 0
) -> dict[str, Tensor]:
    """Terms: cross-entropy and overlap of the regions in both crops, cross-entropy of the attributes.

    Args:
        outputs: of :class:`FaceParser`. batch: of :meth:`PhotoBatches.batch`.
        number: of the batch: every fourth pixel is looked at, others in each of four batches.
    """
    row, column = number % 2, number // 2 % 2
    weight = torch.tensor([_PIXELS.get(name, 1.0) for name in REGIONS])
    terms = {}
    for name, whole in (("head", outputs[0]), ("face", outputs[1])):
        logits = whole[..., row::2, column::2].float()
        labels = batch[f"{name}_labels"][:, row::2, column::2]
        terms[name] = F.cross_entropy(logits, labels, weight.to(logits.device))
        share = logits.softmax(1)
        truth = F.one_hot(labels, len(REGIONS)).permute(0, 3, 1, 2).float()
        both, all_ = ((share * truth).sum((0, 2, 3)), share.sum((0, 2, 3)) + truth.sum((0, 2, 3)))
        terms[f"{name}_overlap"] = _OVERLAP_SHARE * (1 - ((2 * both + 1) / (all_ + 1)).mean())
    costs = []
    for (name, logits), answers in zip(outputs[2].items(), batch["answers"].T, strict=True):
        if (answers >= 0).any():
            cost = F.cross_entropy(logits.float(), answers, ignore_index=-1, label_smoothing=_SMOOTHING)
            costs.append(_WEIGHTS.get(name, 1.0) * cost)
    terms["answers"] = _ANSWERS_SHARE * torch.stack(costs).sum()
    return terms


def train_parser(run: Run, *, resume: bool = False, stop_after: int | None = None) -> FaceParser:
    """Train and return the averaged network; errors and ``stop_after`` as of :func:`training.loop.train`."""
    torch.manual_seed(run.seed)
    model = FaceParser() if run.init is None else load_network(FaceParser, run.init)
    source = PhotoBatches(run.data, run.seed)
    return train(
        run, model, lambda i: source.batch(i, run.size), _loss, resume=resume, stop_after=stop_after
    )  # fmt: skip


def _loss(
    network: nn.Module, batch: dict[str, Tensor], number: int, autocast: Callable[[], Any]
) -> dict[str, Tensor]:
    with autocast():
        outputs = network(batch["head"], batch["face"])
    return parsing_loss(outputs, batch, number)


@torch.inference_mode()
def predictions(
    model: FaceParser, source: PhotoBatches, size: int = 32
) -> tuple[dict[str, Tensor], Tensor, dict[str, float]]:
    """What a network says of pictures, in batches of ``size``.

    Returns:
        Logits of each attribute [N, answers], the truth [N, A], and the overlap (intersection over union) of
        each region, by names such as "head hair".
    """
    model = model.eval()
    logits: dict[str, list[Tensor]] = {name: [] for name in ATTRIBUTES}
    truth: list[Tensor] = []
    names = [f"{view} {region}" for view in ("head", "face") for region in REGIONS]
    both, either = torch.zeros(len(names)), torch.zeros(len(names))
    for number in range(math.ceil(len(source) / size)):
        batch = source.batch(number, size)
        head, face, answers = model(batch["head"], batch["face"])
        for name, values in answers.items():
            logits[name].append(values)
        truth.append(batch["answers"])
        pairs = [(seen.argmax(1), batch[f"{view}_labels"]) for view, seen in (("head", head), ("face", face))]
        masks = [(said == k, labels == k) for said, labels in pairs for k in range(len(REGIONS))]
        both += torch.stack([(said & true).sum() for said, true in masks])
        either += torch.stack([(said | true).sum() for said, true in masks])
    overlap = dict(zip(names, (both / either.clamp(min=1)).tolist(), strict=True))
    return {name: torch.cat(values) for name, values in logits.items()}, torch.cat(truth), overlap


def calibrate(model: FaceParser, source: PhotoBatches) -> dict[str, float]:
    """Fit the temperatures on pictures that training has not seen (Guo et al. 2017), in place.

    Returns:
        For each attribute, the balanced accuracy on these pictures; none of one that no picture tells.
    """
    model.temperature.fill_(1.0)
    logits, truth, _ = predictions(model, source)
    low, high, count = _TEMPERATURES
    grid = torch.exp(torch.linspace(math.log(low), math.log(high), count))
    figures = {}
    for i, (name, values) in enumerate(logits.items()):
        known = truth[:, i] >= 0
        if not known.any():
            continue
        values, right = values[known], truth[known, i]
        costs = torch.stack([F.cross_entropy(values / t, right) for t in grid])
        model.temperature[i] = grid[costs.argmin()]
        shares = [(values.argmax(1)[right == k] == k).float().mean() for k in right.unique()]
        figures[name] = round(float(torch.stack(shares).mean()), 3)
    return figures


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Train the parser on drawn photos.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path(".cache/train-parser"))
    parser.add_argument("--heldout", type=Path)
    parser.add_argument("--init", type=Path)
    parser.add_argument("--minutes", type=float, default=Run.minutes)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--size", type=int, default=Run.size)
    parser.add_argument("--lr", type=float, default=Run.lr)
    parser.add_argument("--precision", choices=("no", "bf16"), default=Run.precision)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--export", type=Path, help="folder for the fp16 weights, e.g. checkpoints/parser")
    args = vars(parser.parse_args())
    resume, export, unseen = args.pop("resume"), args.pop("export"), args.pop("heldout")
    run = Run(**args)
    model = train_parser(run, resume=resume)
    if unseen is not None:
        heldout = PhotoBatches(unseen, None)
        accuracy, overlap = calibrate(model, heldout), predictions(model, heldout)[2]
        print(json.dumps({"balanced accuracy": accuracy, "overlap": overlap}, indent=1))
    if export:
        save_weights(model, export)


if __name__ == "__main__":
    main()
