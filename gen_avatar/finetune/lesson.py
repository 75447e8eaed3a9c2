"""The lesson: a generator learns to paint like a few drawings.

It starts from the look whose lines are most like the drawings'. The style's place in w and the weights
behind it learn, with few pictures and a short time as what keeps them near the generator; what people are
(the mapping network) is left as it is, which is why faces, expressions and poses go on meaning the same. Step
``i`` is a function of the seed and ``i`` alone, and all that it needs lies in one file, so that a lesson that
was stopped goes on as if it had not been.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gen_avatar.errors import UsageError
from gen_avatar.finetune.discriminator import Adversary, balance
from gen_avatar.finetune.losses import feature_map, interior, over_backdrop, painting_loss, unevenness
from gen_avatar.finetune.samples import Samples
from gen_avatar.finetune.settings import Lesson
from gen_avatar.finetune.state import Progress, State
from gen_avatar.generator.adapter import free_places, style_columns
from gen_avatar.generator.model import AvatarGenerator

#: Those that learn at the style's rate.
_STEERED = ("look", "affine", "shift", "mapping")
#: File of the state in the work folder.
_STATE = "state.safetensors"
#: Whole pictures that are painted at once.
_AT_ONCE = 4
#: Colours beside each other that differ by less are the same.
_EVEN = 0.004


class Painter(nn.Module):
    """The network behind the one call that training makes, so that wrappers for many processes see it."""

    def __init__(self, network: AvatarGenerator) -> None:
        super().__init__()
        self.network = network

    def forward(self, batch: Mapping[str, Tensor]) -> Tensor:
        return self.network.premultiplied(batch["buffers"], batch["codes"], batch["style"], batch["window"])


def learner(base: AvatarGenerator, look: str, frozen: Sequence[str] = ()) -> tuple[AvatarGenerator, int]:
    """A copy of ``base`` whose first free place holds what ``look`` has, and that place; parameters whose
    names begin with one of ``frozen`` do not learn."""
    network = copy.deepcopy(base).float()
    row, known = free_places(base)[0], list(base.config["styles"]).index(look)
    with torch.no_grad():
        for key, first in style_columns(base).items():
            weight = dict(network.named_parameters())[key]
            weight[:, first + row] = weight[:, first + known]
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(not name.startswith(tuple(frozen)))
    return network.train(), row


def nearest_look(base: AvatarGenerator, samples: Samples) -> str:
    """The look that has about as many lines and edges as the drawings, and as much that is plain: those are
    hardest to learn.

    Where they are is not compared: no drawing lies under what is painted of it from the outset.
    """
    batch = samples.whole(range(len(samples)))
    drawn = np.array([np.log(line_density(batch["picture"])), plainness(batch["picture"])])
    gaps = {}
    for look in base.config["styles"]:
        if look not in base.config["grid_styles"]:
            painted = paint_all(base, base.style(look).float(), batch)
            own = np.array([np.log(line_density(painted)), plainness(painted)])
            gaps[look] = float(np.abs(own - drawn).sum())
    return min(gaps, key=lambda look: gaps[look])


def line_density(pictures: Tensor) -> float:
    """Mean length of the gradient of pictures [B, 4, H, W], premultiplied, on a grey ground."""
    return float(_slopes(pictures).mean())


def plainness(pictures: Tensor) -> float:
    """Share of what is opaque in pictures [B, 4, H, W], premultiplied, that has the colour of what is beside
    it: little where shading is soft, much where it has steps or is missing."""
    opaque = -F.max_pool2d(-pictures[:, 3], 3, 1)[:, :-1, :-1] > 0.98
    even = _slopes(pictures)[:, 1:-1, 1:-1] < _EVEN
    return float((even & opaque).sum() / opaque.sum().clamp_min(1))


def _slopes(pictures: Tensor) -> Tensor:
    """[B, H - 1, W - 1] length of the gradient of pictures [B, 4, H, W], premultiplied, on a grey ground."""
    light = pictures[:, :3].mean(1) + 0.5 * (1 - pictures[:, 3])
    across, down = light[:, :-1, 1:] - light[:, :-1, :-1], light[:, 1:, :-1] - light[:, :-1, :-1]
    return across.abs() + down.abs()


def style_of(network: AvatarGenerator, row: int) -> Tensor:
    """[1, S] style vector of the place ``row``."""
    vector = torch.zeros(1, network.config["style_dim"], device=network.device)
    vector[0, row] = 1
    return vector


@torch.inference_mode()
def paint_all(network: AvatarGenerator, style: Tensor, batch: Mapping[str, Tensor]) -> Tensor:
    """[N, 4, S, S] premultiplied pictures of whole drawings, on the CPU."""
    parts = []
    for start in range(0, len(batch["codes"]), _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        buffers, codes = (batch[key][rows].to(network.device) for key in ("buffers", "codes"))
        parts.append(network.premultiplied(buffers, codes, style.to(network.device)).float().cpu())
    return torch.cat(parts)


def weighted_error(painted: Tensor, batch: Mapping[str, Tensor]) -> Tensor:
    """Mean absolute error of whole pictures where the drawings are believed."""
    trust = batch["trust"]
    return ((painted - batch["picture"]).abs() * trust).sum() / (4 * trust.sum().clamp_min(1))


def split(count: int, lesson: Lesson) -> tuple[list[int], list[int]]:
    """Rows to learn from, and rows kept back to judge by (none of few drawings)."""
    if count < lesson.heldout_from:
        return list(range(count)), []
    kept = max(1, round(lesson.heldout * count))
    rows = np.random.default_rng(lesson.seed).permutation(count)
    return sorted(int(i) for i in rows[kept:]), sorted(int(i) for i in rows[:kept])


def teach(
    base: AvatarGenerator,
    samples: Samples,
    lesson: Lesson,
    work: Path,
    *,
    resume: bool = False,
    watch: Callable[[Progress, AvatarGenerator, int], None] | None = None,
    stop_after: int | None = None,
) -> tuple[AvatarGenerator, int, Progress]:
    """Teach a copy of a generator the style of some drawings.

    Args:
        base: the generator; it stays as it is.
        samples: the drawings.
        lesson: the settings.
        work: folder of the state.
        resume: go on from the state there.
        watch: is shown each judgement: the progress, the averaged network and the place of the style.
        stop_after: stop, with a saved state, after this many steps in total.

    Returns:
        The averaged network of the best judgement, the place of the style in its style vector, the progress.

    Raises:
        UsageError: nothing to resume from, the state of another lesson, or a precision that needs a GPU.
        MediaError: the state cannot be written.
    """
    from accelerate.utils import set_seed

    on_cpu = base.device.type == "cpu"
    if on_cpu and lesson.precision == "fp16":
        raise UsageError("learning in fp16 needs a GPU: use bf16 or fp32")
    set_seed(lesson.seed)
    with accelerated(lesson.precision, on_cpu) as accelerator:
        return _teach(accelerator, base, samples, lesson, work, resume, watch, stop_after)


@contextmanager
def accelerated(precision: str, on_cpu: bool) -> Iterator[Any]:
    """An ``Accelerator`` of any precision: accelerate keeps the first one's for the life of the process."""
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState

    def forget() -> None:
        if AcceleratorState().num_processes == 1:
            AcceleratorState._reset_state(reset_partial_state=True)

    if AcceleratorState._shared_state:
        forget()
    try:
        yield Accelerator(mixed_precision=precision, cpu=on_cpu)
    finally:
        forget()


def _teach(
    accelerator: Any, base: AvatarGenerator, samples: Samples, lesson: Lesson, work: Path, resume: bool,
    watch: Callable[[Progress, AvatarGenerator, int], None] | None, stop_after: int | None,
) -> tuple[AvatarGenerator, int, Progress]:  # fmt: skip
    """As :func:`teach`."""
    if lesson.batch % accelerator.num_processes:
        raise UsageError(
            f"a batch of {lesson.batch} cannot be shared by {accelerator.num_processes} processes"
        )
    look = nearest_look(base, samples)
    network, row = learner(base, look, lesson.frozen)
    network = network.to(accelerator.device)
    average = copy.deepcopy(network).requires_grad_(False).eval()
    best = copy.deepcopy(average)
    style = style_of(network, row)
    optimizer = torch.optim.Adam(_groups(network, lesson), betas=(0.9, 0.99))
    adversary = Adversary(base.config["style_dim"], lesson.seed, accelerator.device)
    progress = Progress()
    state = State(work / _STATE, network, average, best, optimizer, adversary, samples)
    if resume:
        progress = state.load(lesson)
    model, optimizer = accelerator.prepare(Painter(network), optimizer)
    learn, judge = split(len(samples), lesson)
    drawn = samples.whole(range(len(samples)))["picture"]
    flat = lesson.flat if plainness(drawn) >= lesson.flat_from else 0.0

    def paint(network: AvatarGenerator, style: Tensor) -> list[np.ndarray]:
        painted = paint_all(network, style, samples.whole(range(len(samples)))).clamp(0, 1)
        return list(painted.permute(0, 2, 3, 1).numpy())

    while not progress.done and progress.step < lesson.steps and progress.step < (stop_after or lesson.steps):
        if lesson.aligns(progress.step):
            samples.bend_all(paint(average, style), paint(base, base.style(look).float()))
            progress.best, progress.waited = float("inf"), 0  # errors of other pairs do not compare
        factor = lesson.learning_rate(progress.step)
        for group in optimizer.param_groups:
            group["lr"] = factor * group["base_lr"]
        first = progress.step * lesson.batch
        own = range(first + accelerator.process_index, first + lesson.batch, accelerator.num_processes)
        batch = samples.crops(learn, own, lesson.crop, lesson.seed, lesson.identity_noise, lesson.exchanged)
        batch = {key: value.to(accelerator.device) for key, value in batch.items()}
        batch["style"] = style.expand(len(own), -1)
        loss = _step(model, batch, lesson, accelerator, optimizer, adversary, flat, progress.step)
        progress.step += 1
        _average(average, accelerator.unwrap_model(model).network, progress.step, lesson)
        if progress.step % lesson.judge_every == 0 or progress.step == lesson.steps:
            _judge(progress, average, best, style, samples, learn, judge, lesson, loss)
            if watch is not None and accelerator.is_main_process:
                watch(progress, average, row)
        if progress.step % lesson.save_every == 0 and accelerator.is_main_process:
            state.save(progress, lesson)
    if accelerator.is_main_process:
        state.save(progress, lesson)
    return best.cpu().eval(), row, progress


def _groups(network: AvatarGenerator, lesson: Lesson) -> list[dict[str, Any]]:
    """Convolutions, and apart from them what steers them."""
    slow: list[nn.Parameter] = []
    fast: list[nn.Parameter] = []
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            (slow if any(part in name for part in _STEERED) else fast).append(parameter)
    return [{"params": fast, "base_lr": lesson.lr}, {"params": slow, "base_lr": lesson.lr_style}]


def _step(
    model: nn.Module, batch: Mapping[str, Tensor], lesson: Lesson, accelerator: Any, optimizer: Any,
    adversary: Adversary, flat: float, number: int,
) -> float:  # fmt: skip
    """One step of the optimiser, and of the adversary when its time has come; returns the painting loss.

    ``flat`` is the weight of soft shading.
    """
    with accelerator.autocast():
        painted = model(batch)
    painted = painted.float()
    inside = interior(batch["window"], *painted.shape[-2:])
    weight = feature_map(batch["buffers"], lesson.loss.features) * inside * batch["trust"]
    source = torch.Generator().manual_seed(lesson.seed * 1_000_003 + number)
    backdrop = torch.rand(lesson.batch, 3, generator=source)
    backdrop = backdrop[accelerator.process_index :: accelerator.num_processes].to(painted.device)
    terms = painting_loss(painted, batch["picture"], backdrop, weight, lesson.loss)
    painting = loss = torch.stack(list(terms.values())).sum()
    if flat:
        loss = loss + flat * unevenness(painted, inside)
    strength = lesson.adversarial(number)
    if strength:
        believed = inside * batch["trust"]
        real, fake = (over_backdrop(p, backdrop) * believed for p in (batch["picture"], painted))
        real, fake, buffers = augmented(source, real, fake, batch["buffers"])
        doubt = adversary.doubt(fake, buffers, batch["style"])
        loss = loss + balance(painting, doubt, painted, strength) * doubt
    optimizer.zero_grad(set_to_none=True)
    accelerator.backward(loss)
    accelerator.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    if strength:
        adversary.learn(real, fake.detach(), buffers, batch["style"], accelerator)
    return float(painting.detach())


def augmented(source: torch.Generator, *planes: Tensor) -> list[Tensor]:
    """The same random shift of up to an eighth and the same blotted square for pictures and buffers
    [B, C, H, W]: few drawings are soon known by heart (Zhao et al. 2020)."""
    height, width = planes[0].shape[-2:]
    y, x = (int(torch.randint(-side // 8, side // 8 + 1, (1,), generator=source)) for side in (height, width))
    top, left = (int(torch.randint(0, side - side // 4, (1,), generator=source)) for side in (height, width))
    mask = torch.ones_like(planes[0][:1, :1])
    mask[..., top : top + height // 4, left : left + width // 4] = 0
    return [torch.roll(plane, (y, x), (-2, -1)) * mask for plane in planes]


@torch.no_grad()
def _average(average: nn.Module, network: nn.Module, step: int, lesson: Lesson) -> None:
    """Exponential moving average of the weights, with a shorter memory early on."""
    keep = 0.5 ** (1 / max(min(lesson.ema_half_life, 0.1 * step), 1e-3))
    for target, source in zip(average.parameters(), network.parameters(), strict=True):
        target.lerp_(source, 1 - keep)


def _judge(
    progress: Progress, average: AvatarGenerator, best: AvatarGenerator, style: Tensor, samples: Samples,
    learn: Sequence[int], judge: Sequence[int], lesson: Lesson, loss: float,
) -> None:  # fmt: skip
    """Note the error on the drawings that were kept back; keep the best network; end without progress.

    Without drawings to judge by, the last network is the best one.
    """
    batch = samples.whole(judge or learn)
    error = float(weighted_error(paint_all(average, style, batch), batch))
    progress.log.append({"step": progress.step, "loss": loss, "error": error})
    last_bend = round(max(lesson.align_at, default=0.0) * lesson.steps)
    if not judge or error < progress.best:
        best.load_state_dict(average.state_dict())
        progress.best, progress.waited = error, 0
        return
    progress.waited += 1
    progress.done = progress.waited >= lesson.patience and progress.step > last_bend
