"""Distil the studio into the generator.

    python -m training.train_generator --data .cache/looks --heldout .cache/looks-heldout --minutes 50
    python -m training.train_generator --data .cache/looks --resume          # after a stop, at any time
    python -m training.train_generator --data .cache/new --init checkpoints/generator --lr 1e-3
    python -m training.train_generator --data .cache/papercut --init checkpoints/generator --new-look papercut
    accelerate launch --num_processes 2 -m training.train_generator --data .cache/looks       # two GPUs
    ACCELERATE_USE_CPU=true torchrun --nproc_per_node 2 -m training.train_generator --data .cache/looks
    python -m training.train_generator --data .cache/looks --dry-run         # shows the resolved run

Progress is counted in crops. Crop number ``i`` is a function of the seed and ``i`` alone, so a resumed run
sees exactly what an uninterrupted one would have seen.
"""

from __future__ import annotations

import copy
import json
import math
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from gen_avatar.character.buffers import BUFFER_CHANNELS
from gen_avatar.errors import UsageError
from gen_avatar.finetune.discriminator import Adversary, balance
from gen_avatar.finetune.lesson import Painter, learner
from gen_avatar.finetune.losses import feature_map, interior, over_backdrop, painting_loss
from gen_avatar.generator.model import AvatarGenerator
from gen_avatar.loading import load_network
from training.data import Crops, Store
from training.settings import Progress, Run, adversarial_share, described, learning_rate, parse
from training.sheets import look_sheet, painted_pictures


def parameter_groups(model: AvatarGenerator, run: Run) -> list[dict[str, Any]]:
    """Convolutions, and apart from them the mapping network with the affine layers."""
    slow: list[nn.Parameter] = []
    fast: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        steered = any(part in name for part in ("mapping", "look", "affine", "shift"))
        (slow if steered else fast).append(parameter)
    return [{"params": fast, "base_lr": run.lr}, {"params": slow, "base_lr": run.lr_mapping}]


@torch.no_grad()
def update_average(average: nn.Module, model: nn.Module, images: int, run: Run) -> None:
    """Exponential moving average of the weights, with a shorter memory early on."""
    half_life = min(run.ema_half_life, 0.1 * images)
    keep = 0.5 ** (run.batch / max(half_life, 1e-3))
    for target, source in zip(average.parameters(), model.parameters(), strict=True):
        target.lerp_(source.to(target), 1 - keep)


def new_model(run: Run) -> AvatarGenerator:
    """A network for the studio's buffers, freshly initialised or with the weights of ``run.init``."""
    if run.init is not None:
        model = load_network(AvatarGenerator, run.init).float()
        return model if run.new_look is None else with_look(model, run.new_look, run.like)
    torch.manual_seed(run.seed)
    known = {
        "buffer_channels": len(BUFFER_CHANNELS),
        "albedo_channel": BUFFER_CHANNELS.index("albedo_r"),
        "coverage_channel": BUFFER_CHANNELS.index("alpha"),
    }
    return AvatarGenerator(**{**known, **run.model})


def with_look(model: AvatarGenerator, look: str, like: str) -> AvatarGenerator:
    """A copy that has one look more, which paints as the look ``like`` does."""
    grown, _ = learner(model, like)
    grown.register_to_config(styles=[*model.config["styles"], look])
    return grown


def save_weights(model: AvatarGenerator, folder: Path) -> None:
    """Write ``config.json`` and fp16 safetensors, each by renaming a complete file."""
    folder.mkdir(parents=True, exist_ok=True)
    copied = copy.deepcopy(model).half()
    copied.register_to_config(_name_or_path="")  # where the weights to begin with lay is nobody's business
    with tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as work:
        copied.save_pretrained(work)
        for path in sorted(Path(work).iterdir()):
            path.chmod(0o644)  # safetensors writes files that only their owner may read
            path.replace(folder / path.name)


def save_state(accelerator: Any, run: Run, progress: Progress, average: AvatarGenerator) -> None:
    """Everything that an exact continuation needs, and the averaged weights for a look in ``weights``.

    Older states go once the new one is complete.
    """
    work, target = run.out / "state-work", run.out / f"state-{progress.images:09d}"
    if accelerator.is_main_process:
        shutil.rmtree(work, ignore_errors=True)
    accelerator.wait_for_everyone()
    accelerator.save_state(str(work), safe_serialization=False)
    accelerator.wait_for_everyone()
    if not accelerator.is_main_process:
        return
    shutil.rmtree(target, ignore_errors=True)
    work.rename(target)
    for old in run.out.glob("state-[0-9]*"):
        if old != target:
            shutil.rmtree(old)
    save_weights(average, run.out / "weights")


def train(run: Run, *, resume: bool = False, stop_after: int | None = None) -> AvatarGenerator:
    """Train and return the averaged network.

    Args:
        run: what to do.
        resume: continue from the newest state in ``run.out``.
        stop_after: stop, with a saved state, once this many crops have been seen in total.

    Raises:
        UsageError: nothing to resume from, or an old run in the way.
    """
    from accelerate import Accelerator
    from accelerate.utils import set_seed

    states = sorted(run.out.glob("state-[0-9]*"))
    if resume and not states:
        raise UsageError(f"{run.out} holds no state to resume; leave --resume out")
    if states and not resume:
        raise UsageError(f"{run.out} holds the state of an earlier run; add --resume or choose another --out")
    set_seed(run.seed)
    accelerator = Accelerator(mixed_precision=run.precision)
    model = new_model(run)
    crops = Crops(
        Store(run.data), run.crop, run.seed, run.align, run.identity_noise,
        model.config["styles"], model.config["style_dim"], run.mixed,
    )  # fmt: skip
    average = copy.deepcopy(model).requires_grad_(False).to(accelerator.device)
    optimizer = torch.optim.Adam(parameter_groups(model, run), betas=(0.9, 0.99))
    model, optimizer = accelerator.prepare(Painter(model), optimizer)
    progress = Progress()
    accelerator.register_for_checkpointing(average, progress)
    adversary = None
    if run.adversarial_after < 1:
        adversary = Adversary(average.config["style_dim"], run.seed, accelerator.device)
        accelerator.register_for_checkpointing(adversary)
    if resume:
        accelerator.load_state(str(states[-1]))
    if accelerator.is_main_process:
        run.out.mkdir(parents=True, exist_ok=True)
        (run.out / "run.json").write_text(described(run))
    learner = accelerator.unwrap_model(model).network

    total = run.images if run.minutes is None else None
    clock = time.perf_counter()
    with tqdm(
        total=total, initial=progress.images, unit="crop", unit_scale=True, smoothing=0.02,
        disable=not accelerator.is_main_process,
    ) as bar:  # fmt: skip
        while progress.fraction(run) < 1 and progress.images < (stop_after or math.inf):
            factor = learning_rate(progress.fraction(run), progress.images, run)
            for group in optimizer.param_groups:
                group["lr"] = factor * group["base_lr"]
            share = accelerator.process_index, accelerator.num_processes
            batch = crops.batch(own_items(progress.images, run.batch, *share), accelerator.device)
            strength = adversarial_share(progress.fraction(run), run)
            active = adversary if strength else None
            terms = step(model, batch, run, accelerator, optimizer, progress.images, active, strength)
            progress.images += run.batch
            now = time.perf_counter()
            progress.seconds, clock = shared_clock(accelerator, progress.seconds + now - clock), now
            update_average(average, learner, progress.images, run)
            bar.update(run.batch)
            if crossed(progress.images, 400, run.batch) and accelerator.is_main_process:
                report(run, progress, terms, bar)
            due = crossed(progress.images, run.preview_every, run.batch)
            if run.heldout is not None and due and accelerator.is_main_process:
                preview(average, Store(run.heldout), run.out / "preview.png")
            if crossed(progress.images, run.save_every, run.batch):
                save_state(accelerator, run, progress, average)
    save_state(accelerator, run, progress, average)
    return average.eval()


def own_items(start: int, batch: int, process: int, processes: int) -> list[int]:
    """The crops of one step that process number ``process`` takes: together, the processes take them all.

    Raises:
        UsageError: the batch cannot be shared out evenly.
    """
    if batch % processes:
        raise UsageError(f"a batch of {batch} cannot be shared by {processes} processes; change --batch")
    return list(range(start + process, start + batch, processes))


def shared_clock(accelerator: Any, seconds: float) -> float:
    """The seconds of the first process, so that all stop after the same step."""
    if accelerator.num_processes == 1:
        return seconds
    from accelerate.utils import broadcast

    return float(broadcast(torch.tensor([seconds], device=accelerator.device))[0])


def crossed(images: int, every: int, batch: int) -> bool:
    """Whether the last step passed a multiple of ``every``."""
    return images // every > (images - batch) // every


def step(
    model: nn.Module,
    batch: Mapping[str, Tensor],
    run: Run,
    accelerator: Any,
    optimizer: Any,
    number: int,
    adversary: Adversary | None = None,
    strength: float = 0.0,
) -> dict[str, Tensor]:
    """One step of the optimiser, and of the ``adversary`` where there is one.

    Args:
        number: seeds the backdrops. They are drawn for the whole step and shared out like the crops.
        strength: the adversary's share of the gradient.

    Returns:
        The terms of the loss.
    """
    buffers, truth = batch["buffers"], batch["picture"]
    with accelerator.autocast():
        painted = model(batch)
    painted = painted.float()
    inside = interior(batch["window"], *buffers.shape[-2:])
    weight = feature_map(buffers, run.loss.features) * inside
    source = torch.Generator().manual_seed(run.seed * 1_000_003 + number)
    backdrop = torch.rand(run.batch, 3, generator=source)
    backdrop = backdrop[accelerator.process_index :: accelerator.num_processes].to(buffers.device)
    terms = painting_loss(painted, truth, backdrop, weight, run.loss)
    loss = torch.stack(list(terms.values())).sum()
    if adversary is not None:
        real, fake = (over_backdrop(picture, backdrop) * inside for picture in (truth, painted))
        doubt = adversary.doubt(fake, buffers, batch["style"])
        loss = loss + balance(loss, doubt, painted, strength) * doubt
        terms["adversarial"] = doubt
    optimizer.zero_grad(set_to_none=True)
    accelerator.backward(loss)
    accelerator.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    if adversary is not None:
        terms |= adversary.learn(real, fake.detach(), buffers, batch["style"], accelerator)
    return terms


def report(run: Run, progress: Progress, terms: Mapping[str, Tensor], bar: Any) -> None:
    """One line of ``log.jsonl`` and the figures beside the progress bar."""
    values = {name: round(float(value.detach()), 5) for name, value in terms.items()}
    line = {"images": progress.images, "seconds": round(progress.seconds, 1), **values}
    with (run.out / "log.jsonl").open("a") as log:
        log.write(json.dumps(line) + "\n")
    bar.set_postfix({name: f"{value:.4f}" for name, value in values.items()})


def preview(model: AvatarGenerator, store: Store, path: Path, count: int = 8) -> None:
    """A sheet of held-out people in every look, the studio above the network."""
    rows = [int(i) for i in torch.linspace(0, len(store) - 1, min(count, len(store)))]
    pairs = {}
    for look in (name for name in model.config["styles"] if name in store.looks):
        truths = [np.asarray(shard.pictures[look][row]) for shard, row in map(store.locate, rows)]
        pairs[look] = truths, painted_pictures(model, look, store, rows)
    look_sheet(pairs, path)


def main() -> None:
    """Train from the command line."""
    run, args = parse()
    if args.dry_run:
        print(described(run), end="")
        return
    model = train(run, resume=args.resume)
    if args.export and int(os.environ.get("RANK", "0")) == 0:
        save_weights(model, args.export)


if __name__ == "__main__":
    main()
