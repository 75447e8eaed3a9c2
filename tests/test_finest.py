"""Single pictures on the CPU look as those that are painted without short cuts."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from synthetic import CHANNEL, figure

from gen_avatar.generator import winograd
from gen_avatar.generator.codes import CODE_DIM
from gen_avatar.generator.finest import grown, halved, needed
from gen_avatar.generator.model import REACH, AvatarGenerator

SIZE = 160


@pytest.fixture(scope="module")
def model() -> AvatarGenerator:
    """A network of half the default width, with more than one layer at the finest level."""
    torch.manual_seed(0)
    net = AvatarGenerator(channels=(64, 48, 32, 24, 16), layers=(1, 1, 2, 2, 2), w_dim=32)
    for parameter in (*net.paint.parameters(), *net.cells.parameters()):
        torch.nn.init.normal_(parameter, std=0.1)
    for conv in (net.skip, *net.down):
        torch.nn.init.normal_(conv.bias, std=0.3)
    return net.eval()


def somewhere(top: int, left: int) -> torch.Tensor:
    """Buffers [1, C, SIZE, SIZE] of a small figure and of a speck far from it."""
    buffers = np.zeros((1, len(CHANNEL), SIZE, SIZE), np.float32)
    buffers[0, :, top : top + 64, left : left + 64] = figure(64)[0]
    buffers[0, :, SIZE - 3, 5] = figure(64)[0][:, 32, 32]
    return torch.from_numpy(buffers)


@pytest.mark.parametrize("place", [(0, 0), (61, 90), (96, 40)])
@pytest.mark.parametrize("style", ["toon", "pixel", "pixel:0.3,clay:0.7"])
def test_a_picture_is_that_of_the_plain_way(
    model: AvatarGenerator, style: str, place: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    buffers = somewhere(*place)
    codes = torch.rand(1, CODE_DIM, generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        quick = model.premultiplied(buffers, codes, model.style(style))
        monkeypatch.setattr(winograd, "fits", lambda _: False)
        plain = model.premultiplied(buffers, codes, model.style(style))
    assert plain.abs().max() > 0.3
    torch.testing.assert_close(quick, plain, atol=2e-5, rtol=1e-5)
    assert ((quick == 0) == (plain == 0)).all()


def test_an_empty_picture_stays_empty(model: AvatarGenerator) -> None:
    with torch.inference_mode():
        picture = model(torch.zeros(1, len(CHANNEL), 64, 64), torch.rand(1, CODE_DIM), model.style("toon"))
    assert (picture == 0).all()


def test_what_is_needed_lies_around_the_figure() -> None:
    coverage = torch.zeros(1, 1, 64, 128)
    coverage[..., 20, 70] = 1
    needs = needed(coverage, REACH, (1, 2))
    assert needs.near.sum() == 9 and needs.near[1:4, 7:10].all()
    assert needs.seen.tolist() == [[32, 0]] * 4 + [[16, 18]] * 2 + [[32, 0]] * 10
    assert needs.painted.tolist() == [[32, 0]] * 2 + [[14, 20]] * 6 + [[32, 0]] * 8
    (fine,), into = needs.levels[0]
    assert fine is needs.painted and (into[1:9] == [13, 21]).all() and (into[9:, 0] >= into[9:, 1]).all()
    first, second = needs.levels[1][0]
    assert (second[:5] == [6, 11]).all() and (first[:6] == [5, 12]).all()
    assert (second[6:, 0] >= second[6:, 1]).all()


def test_spans_grow_and_shrink_by_whole_tiles() -> None:
    spans = np.array([[2, 5], [8, 0], [8, 0], [7, 8]], np.int32)
    assert grown(spans, 8).tolist() == [[1, 6], [1, 6], [6, 8], [6, 8]]
    assert halved(spans).tolist() == [[1, 3], [3, 4]]
