"""Quick convolutions give what plain ones do, and only where they are asked to."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from gen_avatar.generator import winograd
from gen_avatar.generator.model import ModulatedConv

LEAK = 0.2
#: Features of a layer that is worth it.
ENOUGH = 32


def features(channels: int, height: int, width: int) -> Tensor:
    generator = torch.Generator().manual_seed(channels)
    x = torch.randn(1, channels, height, width, generator=generator)
    return x.contiguous(memory_format=torch.channels_last)


def layer(inputs: int, outputs: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    weight = torch.randn(outputs, inputs, 3, 3, generator=generator) / (9 * inputs) ** 0.5
    return weight, torch.randn(outputs, generator=generator)


@pytest.mark.parametrize(
    ("inputs", "outputs", "height", "width"), [(16, 16, 64, 96), (40, 24, 12, 4), (8, 40, 4, 512)]
)
def test_the_result_is_that_of_a_plain_convolution(
    inputs: int, outputs: int, height: int, width: int
) -> None:
    x, (weight, shift) = features(inputs, height, width), layer(inputs, outputs)
    exact = F.leaky_relu(F.conv2d(x.double(), weight.double(), shift.double(), padding=1), LEAK)
    quick = winograd.convolve(x, winograd.transformed(weight), shift, LEAK)
    assert quick.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(quick.double(), exact, atol=1e-4, rtol=0)


def test_only_what_is_needed_is_made_and_by_any_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    x, (weight, shift) = features(16, 32, 64), layer(16, 16)
    places = winograd.transformed(weight)
    spans = np.array([[0, 16], [3, 5], [16, 0], [9, 16], [0, 1], [4, 4], [2, 14], [0, 16]], np.int32)
    whole, some = (winograd.convolve(x, places, shift, LEAK, s) for s in (None, spans))
    for row, (start, stop) in enumerate(spans):
        kept = torch.zeros(64, dtype=torch.bool)
        kept[4 * start : 4 * max(start, stop)] = True
        rows = slice(4 * row, 4 * row + 4)
        torch.testing.assert_close(some[:, :, rows, kept], whole[:, :, rows, kept], atol=1e-5, rtol=1e-5)
        assert (some[:, :, rows, ~kept] == 0).all()
    for threads in (1, 3):
        monkeypatch.setattr(torch, "get_num_threads", lambda threads=threads: threads)
        assert torch.equal(winograd.convolve(x, places, shift, LEAK, spans), some)


def test_it_is_for_single_pictures_of_which_nothing_is_learnt() -> None:
    x = features(8, 8, 8)
    assert not winograd.fits(x)
    with torch.inference_mode():
        assert winograd.fits(x)
        assert not winograd.fits(x.repeat(2, 1, 1, 1))
        assert not winograd.fits(x.bfloat16())
        assert not winograd.fits(x[:, :, :, :6])
        assert not winograd.fits(x.contiguous())


def test_weights_that_change_are_noticed() -> None:
    torch.manual_seed(0)
    conv, w = ModulatedConv(ENOUGH, ENOUGH, 8).eval(), torch.randn(1, 8)
    x = features(ENOUGH, 8, 8)
    assert winograd.pays(conv.weight)

    def both(conv: ModulatedConv) -> tuple[Tensor, Tensor]:
        with torch.no_grad():
            return conv(x, w), conv(x.contiguous(), w)

    before = both(conv)[0]
    copy = deepcopy(conv)
    for changed in (conv, copy):
        with torch.no_grad():
            changed.weight.add_(torch.randn_like(changed.weight))
        quick, plain = both(changed)
        torch.testing.assert_close(quick, plain, atol=1e-4, rtol=0)
        assert (quick - before).abs().max() > 0.1
