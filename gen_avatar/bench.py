"""``gen-avatar bench``: how long each stage takes, how much memory, how close the pictures are.

Times are medians over warm runs. They are also given as ratios to a fixed piece of
work that is timed in the same run, so that figures of two machines, or of a busy and
an idle one, can be compared.
"""

from __future__ import annotations

import os
import platform
import resource
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from copy import deepcopy
from itertools import islice, repeat
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gen_avatar.animation import Animation, codes_painter, warp_painter, workers_on
from gen_avatar.appearance import estimate_appearance
from gen_avatar.character.buffers import render_buffers
from gen_avatar.character.threads import beside
from gen_avatar.errors import UsageError
from gen_avatar.generator.codes import pack
from gen_avatar.generator.heldout import load_heldout
from gen_avatar.generator.model import AvatarGenerator, to_rgba
from gen_avatar.loading import DTYPES, pick_dtype
from gen_avatar.metrics import blurred, compare
from gen_avatar.pipeline import AvatarPipeline
from gen_avatar.tracking.segmentation import person_mask
from gen_avatar.types import Appearance, Character, FaceTrack, Performance
from gen_avatar.weights import checkpoint

SIZE = 256
WARM_UP, REPEATS = 2, 9
#: Frames of the animation that is timed.
MOVING = 16
#: The largest batch whose throughput is tried, by kind of device.
LARGEST_BATCH = {"cuda": 64, "cpu": 8}
#: σ of the blur of the studio's own pictures that the network's are read against, pixels.
BLUR = 0.6
#: Who and what is drawn for the times: hair, beard and glasses, so much of everything.
WORN = Appearance(hair_style="bob", beard_style="full", glasses_style="round")
ACT = Performance.still({"mouthSmileLeft": 0.6, "mouthSmileRight": 0.5}, (10.0, 0.0, 0.0))
#: The reference: a convolution of 32 to 32 channels at 256², 0.6 GMAC, in float32 on the same device.
REFERENCE = (32, SIZE)
#: Figures of :func:`gen_avatar.metrics.compare`, with decimals, in the order of the table.
QUALITY = {"psnr": 2, "ssim": 4, "gradient_l1": 5, "lpips": 4}


def measure(pipe: AvatarPipeline, checkpoint_root: str | Path | None = None) -> dict[str, Any]:
    """All figures of this machine.

    Args:
        pipe: where and as precisely as it is to be measured.
        checkpoint_root: where the held-out pictures lie, beside the generator's weights.

    Returns:
        ``machine``, ``stages`` (name → {ms, ratio}), ``precisions`` (see :func:`precisions`),
        ``peak_memory_mb`` and ``quality`` (row → figures).
    """
    reference = _median_ms(_reference_work(pipe.generator.device), pipe.generator.device)
    stages = {"reference convolution": reference}
    for name, work in _stages(pipe):
        stages[name] = _median_ms(work, pipe.generator.device)
    for name, work in _moving_stages(pipe):
        stages[name] = _median_ms(work, pipe.generator.device) / MOVING
    return {
        "machine": _machine(pipe),
        "stages": {n: {"ms": round(ms, 2), "ratio": round(ms / reference, 3)} for n, ms in stages.items()},
        "precisions": precisions(pipe),
        "peak_memory_mb": round(_peak_memory_mb()),
        "quality": quality(pipe, checkpoint_root),
    }


def _stages(pipe: AvatarPipeline) -> Iterator[tuple[str, Callable[[], object]]]:
    """Name and work of each stage, in the order in which a photo passes them."""
    from skimage.data import astronaut

    from gen_avatar.head.fit import HeadFitter

    photo = np.ascontiguousarray(astronaut()[..., :3])
    track: FaceTrack = pipe.track(photo)
    yield "track, photo", lambda: pipe.track(photo)
    clip = pipe.tracker.track_video(repeat(photo))
    yield "track, video frame", lambda: next(clip)
    fitter = HeadFitter(pipe.head, regressor=pipe.regressor)
    yield "fit, photo", lambda: fitter.fit([track])
    first = fitter.fit([track])[0]
    yield "fit, video frame", lambda: fitter.fit_frame(track, first.identity, first)
    mask = person_mask(photo, track)
    yield "person mask", lambda: person_mask(photo, track)
    yield "parse", lambda: pipe.parser.parse(photo, track, mask)
    yield "parse and appearance", lambda: estimate_appearance(photo, track, pipe.parser, mask)
    person = pipe.character(photo)
    yield "build character", lambda: pipe.figure.build(person)
    yield from _frame_stages(pipe, Character(person.identity, WORN))
    yield "stylize, known person", lambda: pipe(person, expression="smile")
    yield "stylize, photo", lambda: pipe(photo, expression="smile")


def _frame_stages(pipe: AvatarPipeline, person: Character) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is done again for every frame of a known person."""
    mesh, moves = pipe.figure.build(person), ACT.expression[0]
    codes, style = _codes(pipe, person), pipe.generator.style(pipe.styles[0])

    def pose() -> Any:
        return pipe.figure.pose(mesh, moves, ACT.gaze[0], ACT.head_rotation[0])

    posed = pose()
    buffers = pipe.tensor(render_buffers(posed, SIZE))
    yield "pose", pose
    yield "geometry buffers", lambda: render_buffers(posed, SIZE)
    yield "pose and buffers", lambda: render_buffers(pose(), SIZE)
    yield "network", lambda: pipe.generator(buffers, codes, style)
    yield (
        "frame (pose, buffers, network)",
        lambda: to_rgba(pipe.generator(pipe.tensor(render_buffers(pose(), SIZE)), codes, style)[0]),
    )


def _moving_stages(pipe: AvatarPipeline) -> Iterator[tuple[str, Callable[[], object]]]:
    """``MOVING`` frames of an animation at 256²: clips are captured first and painted then."""
    from skimage.data import astronaut

    photo = np.ascontiguousarray(astronaut()[..., :3])
    still = np.dstack([photo[:256, 96:352], np.full((256, 256), 255, np.uint8)])
    clip = pipe.tracker.track_video(repeat(photo))
    first = pipe.fitter.fit([pipe.track(photo)])[0]

    def capture() -> None:
        with beside(islice(clip, MOVING)) as tracks:
            for track in tracks:
                pipe.fitter.fit_frame(_seen(track), first.identity, first)

    yield "capture, a frame", capture
    for name, animation in moving(pipe, still).items():
        yield f"{name}, a frame", lambda animation=animation: list(animation.frames())  # type: ignore[misc]


def moving(pipe: AvatarPipeline, still: np.ndarray) -> dict[str, Animation]:
    """``MOVING`` frames by either method."""
    arrays: dict[str, Any] = {
        name: np.repeat(getattr(ACT, name), MOVING, 0)
        for name in ("expression", "gaze", "head_rotation", "head_translation")
    }
    act = Performance(**arrays)
    painters = {
        "codes": codes_painter(pipe, Character(appearance=WORN), pipe.styles[0], SIZE),
        "warp": warp_painter(pipe, pipe.animator.read(still, pipe.tracker)),
    }
    workers = workers_on(pipe.generator.device)
    return {name: Animation(act, name, 0, 0, paint, workers) for name, paint in painters.items()}


def _seen(track: FaceTrack | None) -> FaceTrack:
    assert track is not None
    return track


def _codes(pipe: AvatarPipeline, person: Character) -> torch.Tensor:
    return pipe.tensor(pack(person, ACT.expression[0], ACT.gaze[0], ACT.head_rotation[0]))


@torch.inference_mode()
def precisions(pipe: AvatarPipeline) -> dict[str, dict[str, float]]:
    """The network, not compiled, in each precision that its device has.

    Returns:
        Precision → ``ms`` for one picture; ``batch`` and ``pictures_per_s`` of the batch with the highest
        throughput; ``max_error`` and ``mean_error`` against fp32 over all looks, in levels of 255, of
        pictures premultiplied by alpha.
    """
    device = pipe.generator.device
    person = Character(appearance=WORN)
    inputs = pipe.tensor(pipe.buffers(person, ACT, SIZE)), _codes(pipe, person)
    exact: torch.Tensor | None = None
    rows = {}
    for name in DTYPES:
        try:
            dtype = pick_dtype(name, device)
        except UsageError:
            continue
        net = torch.nn.Module.to(deepcopy(pipe.generator), dtype)
        buffers, codes = (x.to(dtype) for x in inputs)
        painted = torch.cat([net(buffers, codes, net.style(look)) for look in pipe.styles]).float()
        painted = painted[:, :3] * painted[:, 3:]
        exact = painted if exact is None else exact
        error = 255 * (painted - exact).abs()
        times = _batch_times(net, buffers, codes)
        best = min(times, key=lambda batch: times[batch] / batch)
        rows[name] = {
            "ms": round(times[1], 2),
            "batch": best,
            "pictures_per_s": round(1000 * best / times[best], 1),
            "max_error": round(float(error.max()), 3),
            "mean_error": round(float(error.mean()), 4),
        }
    return rows


def _batch_times(net: AvatarGenerator, buffers: torch.Tensor, codes: torch.Tensor) -> dict[int, float]:
    """Batch → milliseconds, for 1, 2, 4 … as far as the memory goes."""
    style = net.style(net.config["styles"][0])
    times: dict[int, float] = {}
    batch = 1
    while batch <= LARGEST_BATCH.get(net.device.type, 8):
        many = (buffers.repeat(batch, 1, 1, 1).contiguous(memory_format=torch.channels_last),
                codes.repeat(batch, 1))  # fmt: skip
        try:
            times[batch] = _median_ms(lambda pair=many: net(*pair, style), net.device)  # type: ignore[misc]
        except torch.OutOfMemoryError:
            break
        batch *= 2
    return times


def _reference_work(device: torch.device) -> Callable[[], object]:
    channels, side = REFERENCE
    conv = torch.nn.Conv2d(channels, channels, 3, padding=1).to(device)
    x = torch.zeros(1, channels, side, side, device=device)
    return lambda: conv(x)


@torch.inference_mode()
def _median_ms(work: Callable[[], object], device: torch.device) -> float:
    """Median time of ``work``, milliseconds."""
    times = []
    for _ in range(WARM_UP + REPEATS):
        start = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times[WARM_UP:])


def quality(pipe: AvatarPipeline, checkpoint_root: str | Path | None = None) -> dict[str, dict[str, float]]:
    """The network's pictures of people kept out of training against the studio's, and references.

    Returns:
        Look → mean figures of the network, and, for scale, ``LOOK, blurred`` → those of the studio's own
        pictures blurred by ``BLUR``. LPIPS is there where the ``lpips`` package is.
    """
    heldout = load_heldout(checkpoint("generator", checkpoint_root))
    perceptual = has_lpips()
    rows: dict[str, list[dict[str, float]]] = {}
    for look in (look for look in pipe.styles if look in heldout.pictures):
        style = pipe.styled(look)
        for i, truth in enumerate(heldout.pictures[look]):
            drawn = np.asarray(pipe.draw(heldout.characters[i], heldout.act(i), style, truth.shape[0]))
            for name, picture in {look: drawn, f"{look}, blurred": blurred(truth, BLUR)}.items():
                with warnings.catch_warnings():  # lpips asks torchvision in a deprecated way
                    warnings.simplefilter("ignore")
                    rows.setdefault(name, []).append(compare(truth, picture, perceptual=perceptual))
    return {
        name: {key: round(float(np.mean([f[key] for f in figures])), 5) for key in figures[0]}
        for name, figures in rows.items()
    }


def has_lpips() -> bool:
    """Whether the optional ``lpips`` package is installed."""
    from importlib.util import find_spec

    return find_spec("lpips") is not None


def table(figures: dict[str, Any]) -> str:
    """The figures as text."""
    machine = figures["machine"]
    lines = [", ".join(f"{k} {v}" for k, v in machine.items()), "", f"{'stage':<32}{'ms':>10}{'ratio':>10}"]
    lines += [f"{name:<32}{row['ms']:>10.2f}{row['ratio']:>10.2f}" for name, row in figures["stages"].items()]
    titles = ("ms", "best batch", "pictures/s", "max error", "mean error")
    lines += ["", f"{'network in':<12}" + "".join(f"{title:>13}" for title in titles)]
    lines += [
        f"{name:<12}" + "".join(f"{value:>13g}" for value in row.values())
        for name, row in figures["precisions"].items()
    ]
    lines.append("errors against fp32, in levels of 255")
    lines += ["", f"peak memory {figures['peak_memory_mb']} MB", ""]
    lines.append(f"{'against the studio':<24}" + "".join(f"{key:>13}" for key in QUALITY))
    for name, row in figures["quality"].items():
        cells = [f"{row[key]:.{digits}f}" if key in row else "-" for key, digits in QUALITY.items()]
        lines.append(f"{name:<24}" + "".join(f"{cell:>13}" for cell in cells))
    if all("lpips" not in row for row in figures["quality"].values()):
        lines.append("for LPIPS: pip install 'gen-avatar[eval]'")
    return "\n".join(lines)


def _machine(pipe: AvatarPipeline) -> dict[str, str]:
    device = pipe.generator.device
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()
    return {
        "device": f"{device.type} ({name})",
        "precision": str(pipe.generator.dtype).removeprefix("torch."),
        "cores": str(os.cpu_count()),
        "threads": str(torch.get_num_threads()),
        "torch": torch.__version__,
        "python": platform.python_version(),
    }


def _peak_memory_mb() -> float:
    """The most memory this process ever held, megabytes (2²⁰ bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10
