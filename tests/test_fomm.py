"""The yardstick is what was published, and the figures of motion mean what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from gen_avatar.errors import WeightsError
from training.benchmarks.fomm import Fomm, Found, coordinates, load_fomm
from training.benchmarks.speed import alternately
from training.evaluate_motion import FRAMES, performance_of
from training.motion_metrics import (
    blink_recall,
    blinks,
    compare_frames,
    correlation,
    flicker_share,
    share_gone,
)


@pytest.fixture(scope="module")
def fomm() -> Fomm:
    torch.manual_seed(0)
    return Fomm().eval()


def test_size_and_work_are_the_published_ones(fomm: Fomm) -> None:
    assert sum(p.numel() for p in fomm.parameters()) == pytest.approx(59.8e6, rel=0.01)
    macs = 0

    def count(layer: nn.Module, _: object, output: torch.Tensor) -> None:
        nonlocal macs
        macs += output.numel() * layer.weight[0].numel()  # type: ignore[union-attr, operator, index]

    hooks = [m.register_forward_hook(count) for m in fomm.modules() if isinstance(m, nn.Conv2d)]
    picture = torch.rand(1, 3, 256, 256)
    with torch.inference_mode():
        found = fomm.keypoints(picture)  # of the driving frame; those of the source are known
        out, flow = fomm(picture, found, found)
    for hook in hooks:
        hook.remove()
    assert macs == pytest.approx(55e9, rel=0.03)
    assert out.shape == (1, 3, 256, 256) and (flow - coordinates(64, 64, flow)).abs().max() < 1e-4
    assert (found.jacobian - torch.eye(2)).abs().max() < 1e-5


def test_keypoints_that_move_move_the_picture(fomm: Fomm) -> None:
    value, jacobian = torch.rand(1, 10, 2) - 0.5, torch.eye(2).expand(1, 10, 2, 2)
    with torch.inference_mode():
        _, flow = fomm(torch.rand(1, 3, 256, 256), Found(value, jacobian), Found(value + 0.2, jacobian))
    moved = (flow - coordinates(64, 64, flow)).mean((0, 1, 2))
    assert (moved < -0.1).all()  # where it was is to the left and above


def test_missing_weights_are_told(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="none"):
        load_fomm(tmp_path / "none.safetensors")


def clip(shift: int, frames: int = 5) -> list[np.ndarray]:
    out = []
    for i in range(frames):
        image = np.zeros((64, 64, 4), np.uint8)
        image[20:40, 10 + shift * i : 30 + shift * i] = (200, 80, 40, 255)
        out.append(image)
    return out


def test_shares_are_zero_unmoved_and_one_at_the_truth() -> None:
    truth = clip(4)
    at_rest = compare_frames([truth[0]] * 4, truth[1:], truth[0])
    perfect = compare_frames(truth[1:], truth[1:], truth[0])
    half = compare_frames(clip(2)[1:], truth[1:], truth[0])
    assert share_gone([at_rest]) == pytest.approx(0, abs=1e-6)
    assert share_gone([perfect]) == pytest.approx(1, abs=1e-6)
    assert 0 < share_gone([half]) < 1 and perfect["psnr"] > half["psnr"] > at_rest["psnr"]


def test_flicker_is_told_from_motion() -> None:
    steady = [np.full((8, 8, 3), 0.1 * i) for i in range(6)]
    restless = [f + 0.05 * (-1) ** i for i, f in enumerate(steady)]
    wavy = [f + 0.01 * (-1) ** i for i, f in enumerate(steady)]
    assert flicker_share(restless, wavy) == pytest.approx(5.0, rel=0.05)


def test_blinks_are_counted_and_matched() -> None:
    eyes = np.full(60, 0.3)
    eyes[[10, 11, 40]] = 0.05
    output = np.full(60, 0.5)
    output[12] = 0.1
    assert list(blinks(eyes)) == [10, 40]
    assert blink_recall(eyes, output) == (1, 2)
    assert correlation(eyes, 2 * eyes + 1) == pytest.approx(1.0)
    assert np.isnan(correlation(eyes, np.ones(60)))
    drawn = np.where(eyes < 0.1, 0.22, 0.39)  # shut eyes that a tracker does not believe
    assert blink_recall(eyes, drawn) == (2, 2) and len(blinks(np.full(60, 0.3))) == 0


def test_performances_of_the_benchmark_are_smooth_and_repeatable() -> None:
    act = performance_of(3)
    assert len(act) == FRAMES and np.array_equal(act.expression, performance_of(3).expression)
    steps = np.abs(np.diff(act.head_rotation, axis=0)).max(0)
    assert (steps < 0.6 * np.ptp(act.head_rotation, axis=0) + 1e-6).all()


def test_works_are_timed_in_turns() -> None:
    order: list[str] = []
    times = alternately({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, rounds=2)
    assert order == ["a", "b"] * 4 and set(times) == {"a", "b"}
