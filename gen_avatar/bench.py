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
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gen_avatar.appearance import estimate_appearance
from gen_avatar.character.buffers import render_buffers
from gen_avatar.generator.codes import pack
from gen_avatar.generator.heldout import load_heldout
from gen_avatar.metrics import compare, references
from gen_avatar.pipeline import AvatarPipeline
from gen_avatar.tracking.segmentation import person_mask
from gen_avatar.types import Appearance, Character, FaceTrack, Performance
from gen_avatar.weights import checkpoint

SIZE = 256
WARM_UP, REPEATS = 2, 9
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
        ``machine``, ``stages`` (name → {ms, ratio}), ``peak_memory_mb`` and ``quality`` (row → figures).
    """
    reference = _median_ms(_reference_work(pipe.generator.device), pipe.generator.device)
    stages = {"reference convolution": reference}
    for name, work in _stages(pipe):
        stages[name] = _median_ms(work, pipe.generator.device)
    return {
        "machine": _machine(pipe),
        "stages": {n: {"ms": round(ms, 2), "ratio": round(ms / reference, 3)} for n, ms in stages.items()},
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
    yield "appearance", lambda: estimate_appearance(photo, track, mask)
    person = pipe.character(photo)
    act = Performance.still({"mouthSmileLeft": 0.6, "mouthSmileRight": 0.5}, (10.0, 0.0, 0.0))
    yield "build character", lambda: pipe.figure.build(person)
    worn = Appearance(hair_style="bob", beard_style="full", glasses_style="round")
    mesh, moves = pipe.figure.build(Character(person.identity, worn)), act.expression[0]
    posed = pipe.figure.pose(mesh, moves, act.gaze[0], act.head_rotation[0])
    yield "pose", lambda: pipe.figure.pose(mesh, moves, act.gaze[0], act.head_rotation[0])
    yield "geometry buffers", lambda: render_buffers(posed, SIZE)
    yield "pose and buffers", lambda: render_buffers(
        pipe.figure.pose(mesh, moves, act.gaze[0], act.head_rotation[0]), SIZE
    )
    yield "generator", _generator_work(pipe, person, act)
    yield "stylize, known person", lambda: pipe(person, expression="smile")
    yield "stylize, photo", lambda: pipe(photo, expression="smile")


def _generator_work(pipe: AvatarPipeline, person: Character, act: Performance) -> Callable[[], object]:
    buffers = pipe.tensor(pipe.buffers(person, act, SIZE))
    codes = pipe.tensor(pack(person, act.expression[0], act.gaze[0], act.head_rotation[0]))
    style = pipe.generator.style(pipe.styles[0])
    return lambda: pipe.generator(buffers, codes, style)


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
        ``generator`` and, for scale, the studio's own pictures blurred or shifted: mean figures. LPIPS is
        there where the ``lpips`` package is.
    """
    heldout = load_heldout(checkpoint("generator", checkpoint_root))
    perceptual = has_lpips()
    style = pipe.generator.style(pipe.styles[0])
    rows: dict[str, list[dict[str, float]]] = {}
    for i, truth in enumerate(heldout.pictures):
        frame = slice(i, i + 1)
        still = np.zeros((1, 3), np.float32)
        act = Performance(heldout.expression[frame], heldout.gaze[frame], heldout.rotation[frame], still)
        drawn = np.asarray(pipe.draw(heldout.characters[i], act, style, truth.shape[0]))
        for name, picture in {"generator": drawn, **references(truth)}.items():
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
    lines = [", ".join(f"{k} {v}" for k, v in machine.items()), "", f"{'stage':<24}{'ms':>10}{'ratio':>10}"]
    lines += [f"{name:<24}{row['ms']:>10.2f}{row['ratio']:>10.2f}" for name, row in figures["stages"].items()]
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
