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
import copy
import json
import math
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from gen_avatar.appearance.parser import ATTRIBUTES, FaceParser
from gen_avatar.appearance.regions import REGIONS
from gen_avatar.errors import UsageError
from gen_avatar.loading import load_network
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
#: Batches over which the learning rate rises, and the share of it that is left at the end.
_WARMUP, _LAST = 100, 0.01
#: Largest norm of the gradient; share of the average that a batch leaves at most; decay of weights.
_CLIP, _KEEP, _DECAY = 5.0, 0.998, 1e-2
#: Temperatures that are tried.
_TEMPERATURES = (0.4, 5.0, 60)


@dataclass(frozen=True)
class Run:
    """One training run.

    Attributes:
        data, heldout: folders of drawn photos; out: folder of its states and weights.
        init: folder of weights to start from, by default random ones.
        minutes: how long it is, over all sessions; steps: how many batches instead, where that is given.
        size: pictures of a batch. lr: largest learning rate. precision: "no" or "bf16".
        save_minutes: between states.
    """

    data: Path
    out: Path
    heldout: Path | None = None
    init: Path | None = None
    minutes: float = 45.0
    steps: int | None = None
    size: int = 24
    lr: float = 2e-3
    precision: str = "bf16"
    save_minutes: float = 4.0
    seed: int = 0


class Progress:
    """Batches and seconds so far, over all sessions."""

    def __init__(self) -> None:
        self.batches, self.seconds = 0, 0.0

    def state_dict(self) -> dict[str, Any]:
        return {"batches": self.batches, "seconds": self.seconds}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.batches, self.seconds = int(state["batches"]), float(state["seconds"])

    def fraction(self, run: Run) -> float:
        """How much of a run is done, from 0 on."""
        return self.batches / run.steps if run.steps else self.seconds / (60 * run.minutes)


def learning_rate(run: Run, progress: Progress) -> float:
    """Of the next batch: a short rise, then half a cosine."""
    fall = 0.5 * (1 + math.cos(math.pi * min(progress.fraction(run), 1)))
    return run.lr * (_LAST + (1 - _LAST) * fall) * min(1.0, (progress.batches + 1) / _WARMUP)


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


def train(run: Run, *, resume: bool = False, stop_after: int | None = None) -> FaceParser:
    """Train and return the averaged network; ``stop_after``: batches after which to stop before the end.

    Raises:
        UsageError: nothing to resume from, or an old run in the way.
    """
    from accelerate import Accelerator

    states = sorted(run.out.glob("state-[0-9]*"))
    if resume and not states:
        raise UsageError(f"{run.out} holds no state to resume from")
    if states and not resume:
        raise UsageError(f"{run.out} holds the state of an earlier run: add --resume")
    torch.manual_seed(run.seed)
    accelerator = Accelerator(mixed_precision=run.precision)
    model = FaceParser() if run.init is None else load_network(FaceParser, run.init)
    model = model.train().to(memory_format=torch.channels_last)
    average = copy.deepcopy(model).requires_grad_(False).to(accelerator.device)
    source = PhotoBatches(run.data, run.seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=run.lr, weight_decay=_DECAY)
    network, optimizer = accelerator.prepare(model, optimizer)
    progress = Progress()
    accelerator.register_for_checkpointing(average, progress)
    if resume:
        accelerator.load_state(str(states[-1]))
    run.out.mkdir(parents=True, exist_ok=True)
    clock = saved = time.perf_counter()
    with tqdm(initial=progress.batches, total=run.steps, unit="batch", smoothing=0.02, mininterval=10) as bar:
        while progress.fraction(run) < 1 and progress.batches < (stop_after or math.inf):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(run, progress)
            batch = source.batch(progress.batches, run.size)
            terms = _step(network, optimizer, accelerator, batch, progress.batches)
            progress.batches += 1
            _average(average, accelerator.unwrap_model(network), progress.batches)
            now = time.perf_counter()
            progress.seconds, clock = progress.seconds + now - clock, now
            if progress.batches % 20 == 0:
                bar.set_postfix({k: f"{float(v):.3f}" for k, v in terms.items()})
            bar.update()
            if now - saved > 60 * run.save_minutes:
                save_state(accelerator, run, progress, average)
                saved = now
    save_state(accelerator, run, progress, average)
    return average.eval()


def _step(
    network: nn.Module, optimizer: Any, accelerator: Any, batch: dict[str, Tensor], number: int
) -> dict[str, Tensor]:
    """Learn from batch ``number``; the terms of its loss."""
    batch = {key: value.to(accelerator.device) for key, value in batch.items()}
    with accelerator.autocast():
        outputs = network(batch["head"], batch["face"])
    terms = parsing_loss(outputs, batch, number)
    optimizer.zero_grad(set_to_none=True)
    accelerator.backward(torch.stack(list(terms.values())).sum())
    accelerator.clip_grad_norm_(network.parameters(), _CLIP)
    optimizer.step()
    return terms


@torch.no_grad()
def _average(average: nn.Module, model: nn.Module, batches: int) -> None:
    """Exponential moving average of weights and of the statistics of batches."""
    keep = min(_KEEP, 1 - 1 / (1 + 0.1 * batches))
    for target, source in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
        if target.is_floating_point():
            target.lerp_(source.to(target), 1 - keep)


def save_state(accelerator: Any, run: Run, progress: Progress, average: FaceParser) -> None:
    """What an exact continuation needs, and the averaged weights in ``weights``; older states go then."""
    work, target = run.out / "state-work", run.out / f"state-{progress.batches:08d}"
    shutil.rmtree(work, ignore_errors=True)
    accelerator.save_state(str(work), safe_serialization=False)
    shutil.rmtree(target, ignore_errors=True)
    work.rename(target)
    for old in run.out.glob("state-[0-9]*"):
        if old != target:
            shutil.rmtree(old)
    save_weights(average, run.out / "weights")


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
    resume, export = args.pop("resume"), args.pop("export")
    run = Run(**args)
    model = train(run, resume=resume)
    if run.heldout is not None:
        heldout = PhotoBatches(run.heldout, None)
        accuracy, overlap = calibrate(model, heldout), predictions(model, heldout)[2]
        print(json.dumps({"balanced accuracy": accuracy, "overlap": overlap}, indent=1))
    if export:
        save_weights(model, export)


if __name__ == "__main__":
    main()
