"""The loop of a training that resumes exactly: batch number ``i`` is a function of the seed and ``i``
alone."""

from __future__ import annotations

import copy
import math
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from gen_avatar.errors import UsageError
from training.train_generator import save_weights

#: Batches over which the learning rate rises, and the share of it that is left at the end.
_WARMUP, _LAST = 100, 0.01
#: Share of the average that a batch leaves at most; decay of weights.
_KEEP, _DECAY = 0.998, 1e-2


@dataclass(frozen=True)
class Run:
    """One training run.

    Attributes:
        data: folder of drawn pictures; out: folder of its states and weights.
        init: folder of weights to start from, by default random ones.
        minutes: how long it is, over all sessions; steps: how many batches instead, where that is given.
        size: pictures of a batch. lr: largest learning rate. clip: largest norm of the gradient.
        precision: "no" or "bf16".
        save_minutes: between states.
    """

    data: Path
    out: Path
    init: Path | None = None
    minutes: float = 45.0
    steps: int | None = None
    size: int = 24
    lr: float = 2e-3
    clip: float = 5.0
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


def train(
    run: Run,
    model: nn.Module,
    batch: Callable[[int], dict[str, Tensor]],
    loss: Callable[[nn.Module, dict[str, Tensor], int, Callable[[], Any]], dict[str, Tensor]],
    *,
    save: Callable[[Any], None] | None = None,
    resume: bool = False,
    stop_after: int | None = None,
) -> Any:
    """Train and return the averaged network.

    Args:
        run: its settings.
        model: what is trained, on the CPU.
        batch: batch ``i``.
        loss: terms of the loss of (network, batch, number of the batch, context of mixed precision).
        save: writes the averaged network beside each state, by default into ``weights`` of the run's folder.
        resume: go on from the newest state.
        stop_after: batches after which to stop before the end.

    Raises:
        UsageError: nothing to resume from, or an old run in the way.
    """
    from accelerate import Accelerator

    states = sorted(run.out.glob("state-[0-9]*"))
    if resume and not states:
        raise UsageError(f"{run.out} holds no state to resume from")
    if states and not resume:
        raise UsageError(f"{run.out} holds the state of an earlier run: add --resume")
    accelerator = Accelerator(mixed_precision=run.precision)
    model = model.train().to(memory_format=torch.channels_last)
    average = copy.deepcopy(model).requires_grad_(False).to(accelerator.device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=run.lr, weight_decay=_DECAY)
    network, optimizer = accelerator.prepare(model, optimizer)
    progress = Progress()
    accelerator.register_for_checkpointing(average, progress)
    if resume:
        accelerator.load_state(str(states[-1]))
    keep = save or (lambda network: save_weights(network, run.out / "weights"))
    run.out.mkdir(parents=True, exist_ok=True)
    clock = saved = time.perf_counter()
    with tqdm(initial=progress.batches, total=run.steps, unit="batch", smoothing=0.02, mininterval=10) as bar:
        while progress.fraction(run) < 1 and progress.batches < (stop_after or math.inf):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(run, progress)
            moved = {key: value.to(accelerator.device) for key, value in batch(progress.batches).items()}
            terms = loss(network, moved, progress.batches, accelerator.autocast)
            optimizer.zero_grad(set_to_none=True)
            accelerator.backward(torch.stack(list(terms.values())).sum())
            accelerator.clip_grad_norm_(network.parameters(), run.clip)
            optimizer.step()
            progress.batches += 1
            _average(average, accelerator.unwrap_model(network), progress.batches)
            now = time.perf_counter()
            progress.seconds, clock = progress.seconds + now - clock, now
            if progress.batches % 20 == 0:
                bar.set_postfix({k: f"{float(v):.3f}" for k, v in terms.items()})
            bar.update()
            if now - saved > 60 * run.save_minutes:
                save_state(accelerator, run, progress)
                keep(average)
                saved = now
    save_state(accelerator, run, progress)
    keep(average)
    return average.eval()


@torch.no_grad()
def _average(average: nn.Module, model: nn.Module, batches: int) -> None:
    """Exponential moving average of weights and of the statistics of batches."""
    keep = min(_KEEP, 1 - 1 / (1 + 0.1 * batches))
    for target, source in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
        if target.is_floating_point():
            target.lerp_(source.to(target), 1 - keep)


def save_state(accelerator: Any, run: Run, progress: Progress) -> None:
    """What an exact continuation needs; older states go then."""
    work, target = run.out / "state-work", run.out / f"state-{progress.batches:08d}"
    shutil.rmtree(work, ignore_errors=True)
    accelerator.save_state(str(work), safe_serialization=False)
    shutil.rmtree(target, ignore_errors=True)
    work.rename(target)
    for old in run.out.glob("state-[0-9]*"):
        if old != target:
            shutil.rmtree(old)
