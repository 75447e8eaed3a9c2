"""The discriminator has right gradients, tells pictures apart and never outweighs the painting loss."""

from __future__ import annotations

from typing import Any, cast

import pytest
import torch

from gen_avatar.character.buffers import BUFFER_CHANNELS
from gen_avatar.finetune.discriminator import Adversary, Discriminator, balance, gradient_penalty

STYLE = 3


def moments(seed: int = 0, size: int = 16) -> tuple[torch.Tensor, ...]:
    """Real and fake pictures, buffers and styles: the fakes are the real ones, soft."""
    source = torch.Generator().manual_seed(seed)
    real = torch.rand(4, 4, size, size, generator=source)
    fake = torch.nn.functional.avg_pool2d(real, 3, stride=1, padding=1)
    buffers = torch.rand(4, len(BUFFER_CHANNELS), size, size, generator=source)
    return real, fake, buffers, torch.eye(STYLE)[torch.tensor([0, 1, 2, 0])]


def test_one_logit_for_a_patch_that_depends_on_picture_buffers_and_look() -> None:
    real, fake, buffers, style = moments()
    network = Discriminator(STYLE)
    logits = network(real, buffers, style)
    assert logits.shape == (4, 2, 2)
    for other in ((fake, buffers, style), (real, buffers.flip(0), style), (real, buffers, style.roll(1, 1))):
        assert (network(*other) - logits).abs().max() > 1e-5


def test_the_penalty_is_the_squared_gradient_by_differences() -> None:
    torch.manual_seed(0)
    network = Discriminator(STYLE, channels=(4, 4)).double()
    real, _, buffers, style = (
        x[:1, ..., :8, :8].double() if x.ndim == 4 else x[:1].double() for x in moments()
    )
    penalty = gradient_penalty(network, real, buffers, style)
    step, total = 1e-6, 0.0
    for place in range(real.numel()):
        moved = real.flatten().clone()
        moved[place] += step
        change = network(moved.view_as(real), buffers, style).sum() - network(real, buffers, style).sum()
        total += float((change / step).detach()) ** 2
    assert float(penalty) == pytest.approx(total / 4, rel=1e-3)  # four patches
    penalty.backward()
    assert all(p.grad is not None for n, p in network.named_parameters() if n == "trunk.0.weight")


def test_the_penalty_of_a_linear_judge_is_its_squared_weight() -> None:
    real, _, buffers, style = moments()
    weight = torch.randn(1, 4, 16, 16)

    def linear(picture: torch.Tensor, *_: torch.Tensor) -> torch.Tensor:
        return (picture * weight).sum((1, 2, 3))[:, None, None]

    penalty = gradient_penalty(cast(Any, linear), real, buffers, style)
    torch.testing.assert_close(penalty, weight.square().sum())


def test_a_step_lowers_the_loss_and_many_tell_the_fakes() -> None:
    real, fake, buffers, style = moments()
    adversary = Adversary(STYLE, seed=0)
    before = float(adversary.loss(real, fake, buffers, style).detach())
    adversary.learn(real, fake, buffers, style)
    after = float(adversary.loss(real, fake, buffers, style).detach())
    assert after < before
    for _ in range(60):
        adversary.learn(real, fake, buffers, style)
    logits = [adversary.network(picture, buffers, style).mean() for picture in (real, fake)]
    assert logits[0] > logits[1] + 0.5
    assert adversary.doubt(real, buffers, style) < adversary.doubt(fake, buffers, style)


def test_what_the_painter_left_behind_is_not_learnt_from() -> None:
    clean, used = Adversary(STYLE, seed=0), Adversary(STYLE, seed=0)
    real, fake, buffers, style = moments()
    used.doubt(fake, buffers, style).backward()
    for adversary in (clean, used):
        adversary.learn(real, fake, buffers, style)
    assert all(map(torch.equal, clean.network.parameters(), used.network.parameters()))


def test_a_saved_adversary_goes_on_exactly() -> None:
    whole, first = Adversary(STYLE, seed=0, penalty_every=2), Adversary(STYLE, seed=0, penalty_every=2)
    for number in range(4):
        whole.learn(*moments(number))
    first.learn(*moments(0))
    second = Adversary(STYLE, seed=5, penalty_every=2)
    second.load_state_dict(first.state_dict())
    for number in range(1, 4):
        second.learn(*moments(number))
    assert all(map(torch.equal, whole.network.parameters(), second.network.parameters()))


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
def test_the_share_of_the_gradient_does_not_depend_on_the_scale(scale: float) -> None:
    painted = torch.rand(2, 4, 8, 8, requires_grad=True)
    loss, other = (painted - 0.5).abs().mean(), scale * painted.square().sum()
    factor = balance(loss, other, painted, 0.1)
    lengths = [torch.autograd.grad(t, painted)[0].norm() for t in (loss, factor * other)]
    assert float(lengths[1] / lengths[0]) == pytest.approx(0.1, rel=1e-4)
