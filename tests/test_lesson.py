"""The lesson: it learns, repeats itself and goes on after a stop, to the bit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from synthetic import SMALL

from gen_avatar.character.buffers import BUFFER_CHANNELS
from gen_avatar.character.character import CharacterModel
from gen_avatar.errors import MediaError, UsageError
from gen_avatar.finetune import lesson as lessons
from gen_avatar.finetune.dots import Dots, eyes_of
from gen_avatar.finetune.fitted import SIDE, Fitted
from gen_avatar.finetune.lesson import (
    learner,
    nearest_look,
    paint_all,
    split,
    style_of,
    teach,
    weighted_error,
)
from gen_avatar.finetune.losses import unevenness
from gen_avatar.finetune.samples import Samples
from gen_avatar.finetune.settings import Lesson
from gen_avatar.generator.adapter import extract, free_places, styled
from gen_avatar.generator.model import AvatarGenerator
from gen_avatar.types import Performance
from gen_avatar.weights import checkpoint_root
from training import studio
from training.evaluate_finetune import forgotten
from training.studio.people import sample_person

LESSON = Lesson(
    steps=8,
    batch=2,
    crop=64,
    warmup=2,
    align_at=(0.5,),
    judge_every=4,
    save_every=3,
    precision="no",
    lr=1e-2,
    adversarial_after=0.2,
)


@pytest.fixture(scope="module")
def figure() -> CharacterModel:
    return CharacterModel.from_pretrained(checkpoint_root())


@pytest.fixture(scope="module")
def drawings() -> list[Fitted]:
    """Two people in a look that no generator knows."""
    out = []
    for seed in range(2):
        person, act = sample_person(seed), Performance.still()
        picture, _ = studio.draw(person, act, "papercut", SIDE)
        out.append(Fitted(Path(f"{seed}.png"), np.round(picture * 255).astype(np.uint8), person, act))
    return out


@pytest.fixture
def samples(drawings: list[Fitted], figure: CharacterModel) -> Samples:
    return Samples(drawings, figure)


@pytest.fixture
def base() -> AvatarGenerator:
    torch.manual_seed(0)
    return AvatarGenerator(**SMALL).eval()


def same(a: torch.nn.Module, b: torch.nn.Module) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a.parameters(), b.parameters(), strict=True))


def test_the_learner_begins_at_the_nearest_look(base: AvatarGenerator, samples: Samples) -> None:
    look = nearest_look(base, samples)
    network, row = learner(base, look, LESSON.frozen)
    batch = samples.whole([0])
    assert torch.equal(
        paint_all(network, style_of(base, row), batch), paint_all(base, base.style(look), batch)
    )
    assert not any(p.requires_grad for p in network.mapping.parameters())


def test_a_lesson_comes_nearer_to_the_drawings_and_leaves_the_base(
    base: AvatarGenerator, samples: Samples, tmp_path: Path
) -> None:
    before = {name: value.clone() for name, value in base.state_dict().items()}
    seen: list[int] = []
    lesson = replace(LESSON, steps=60, judge_every=20, align_at=(), adversarial_after=1.0, crop=128)
    network, row, progress = teach(
        base, samples, lesson, tmp_path, watch=lambda p, net, row: seen.append(p.step)
    )
    batch = samples.whole(range(2))
    look = nearest_look(base, samples)
    old = weighted_error(paint_all(base, base.style(look), batch), batch)
    new = weighted_error(paint_all(network, style_of(base, row), batch), batch)
    assert new < 0.8 * old
    assert seen == [20, 40, 60] and progress.log[-1]["error"] < progress.log[0]["error"]
    assert all(torch.equal(value, before[name]) for name, value in base.state_dict().items())
    again = styled(base, {"mine": 1.0}, {"mine": extract("mine", base, network, row, {})})
    painted = paint_all(again.network, again.vector, batch)
    assert row == free_places(base)[0]
    assert (painted - paint_all(network, style_of(base, row), batch)).abs().max() < 0.03


@pytest.fixture
def killed_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Steps in which the lesson dies, when the list holds a number."""
    deadline: list[int] = []
    step = lessons._step

    def mortal(*args: Any) -> float:
        loss = step(*args)
        if deadline and args[-1] >= deadline[0]:
            raise KeyboardInterrupt
        return loss

    monkeypatch.setattr(lessons, "_step", mortal)
    yield deadline


def test_a_killed_lesson_goes_on_as_if_nothing_had_been(
    base: AvatarGenerator, drawings: list[Fitted], figure: CharacterModel, tmp_path: Path,
    killed_at: list[int],
) -> None:  # fmt: skip
    """Killed before and after the drawings were laid anew; the same seed gives the same weights."""

    def taught(folder: Path, **options: Any) -> AvatarGenerator:
        folder.mkdir(exist_ok=True)
        return teach(base, Samples(drawings, figure), LESSON, folder, **options)[0]

    whole = taught(tmp_path / "whole")
    assert same(whole, taught(tmp_path / "again"))
    for deadline in (3, 7):
        folder = tmp_path / f"killed-{deadline}"
        killed_at.append(deadline)
        with pytest.raises(KeyboardInterrupt):
            taught(folder)
        killed_at.clear()
        assert same(whole, taught(folder, resume=True))
    other = teach(base, Samples(drawings, figure), replace(LESSON, seed=1), tmp_path)[0]
    assert not same(whole, other)


def test_looks_are_compared_by_their_lines() -> None:
    plain = torch.zeros(1, 4, 64, 64)
    plain[:, :, 16:48, 16:48] = 0.8
    outlined, elsewhere = plain.clone(), plain.clone()
    outlined[:, :3, 16:48, 20:24] = 0
    elsewhere[:, :3, 16:48, 30:34] = 0
    lines, same, none = (lessons.line_density(p) for p in (outlined, elsewhere, plain))
    assert abs(lines - same) < 0.5 * (lines - none)


def test_looks_are_compared_by_what_is_plain_in_them() -> None:
    ramp = torch.linspace(0.2, 0.9, 64).expand(1, 4, 64, 64).clone()
    ramp[:, 3] = 1
    steps = ramp.clone()
    steps[:, :3] = (steps[:, :3] * 3).round() / 3
    assert lessons.plainness(ramp) < 0.1 and lessons.plainness(steps) > 0.9
    assert lessons.plainness(torch.zeros(1, 4, 64, 64)) == 0, "where nothing is, nothing is plain"


def test_what_cannot_be_resumed(base: AvatarGenerator, samples: Samples, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs a GPU"):
        teach(base, samples, replace(LESSON, precision="fp16"), tmp_path)
    with pytest.raises(UsageError, match="no state"):
        teach(base, samples, LESSON, tmp_path, resume=True)
    teach(base, samples, LESSON, tmp_path, stop_after=3)
    with pytest.raises(UsageError, match="another lesson"):
        teach(base, samples, replace(LESSON, steps=9), tmp_path, resume=True)


def test_a_full_disk_is_told(
    base: AvatarGenerator, samples: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any, **options: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("safetensors.torch.save_file", full)
    with pytest.raises(MediaError, match="No space left"):
        teach(base, samples, LESSON, tmp_path, stop_after=3)
    assert not list(tmp_path.iterdir())


def test_drawings_are_kept_back_only_of_many() -> None:
    learn, judge = split(5, Lesson())
    assert learn == [0, 1, 2, 3, 4] and judge == []
    learn, judge = split(20, Lesson())
    assert len(judge) == 2 and sorted(learn + judge) == list(range(20))


def test_crops_are_functions_of_the_seed_and_their_number(samples: Samples) -> None:
    first = samples.crops([0, 1], [5, 6], 64, 0, 0.5)
    again = samples.crops([0, 1], [6], 64, 0, 0.5)
    other = samples.crops([0, 1], [6], 64, 1, 0.5)
    assert all(torch.equal(first[key][1:], again[key]) for key in first)
    assert not torch.equal(again["window"], other["window"]) or not torch.equal(
        again["codes"], other["codes"]
    )
    assert first["picture"].shape == (2, 4, 64, 64) and first["trust"].shape == (2, 1, 64, 64)


def test_crops_are_told_the_codes_of_others(samples: Samples) -> None:
    """The picture stays, so that what only one person has is not known by that person's codes."""
    count = 24
    own, mixed = (samples.crops([0, 1], range(count), 64, 0, 0.0, share) for share in (0.0, 1.0))
    assert torch.equal(own["picture"], mixed["picture"]) and torch.equal(own["buffers"], mixed["buffers"])
    other = (own["codes"] != mixed["codes"]).any(1).sum()
    assert count / 4 < other < 3 * count / 4, "one of two, drawn anew"


def test_dots_stand_in_for_all_eyes(samples: Samples) -> None:
    item = samples.items[0]
    plain, eyes = item.picture.copy(), eyes_of(item.laid) > 0.9
    item.stand_in(np.ones(eyes.shape, np.float32), plain, Dots(0.6, np.full(3, 0.05)))
    assert eyes.any() and item.counts[eyes].min() > 0.9 and item.trust[eyes].max() < 0.2
    assert np.array_equal(item.target[eyes_of(item.laid) == 0], item.picture[eyes_of(item.laid) == 0])


def test_outlines_outside_the_figure_do_not_shrink_it(samples: Samples) -> None:
    """What is painted so far is larger than the figure; the buffers are to fill the drawing all the same."""
    for item in samples.items:
        rim = cv2.dilate(item.picture[..., 3], np.ones((5, 5), np.uint8)) - item.picture[..., 3]
        painted = item.picture + np.dstack([np.zeros((*rim.shape, 3), np.float32), rim])
        pictures = [painted if other is item else other.picture for other in samples.items]
        samples.bend_all(pictures, pictures)
        gap = np.abs(item.picture[..., 3] - item.covered).sum() / item.picture[..., 3].sum()
        assert gap < 0.01


def test_features_that_were_read_wrongly_are_those_of_the_look_to_begin_with(samples: Samples) -> None:
    item, other = samples.items
    pictures = [item.picture for item in samples.items]
    samples.bend_all(pictures, pictures)
    assert np.abs(item.target - item.picture).mean() < 0.01 and item.counts.mean() > 0.9
    channel = BUFFER_CHANNELS.index("mouth"), BUFFER_CHANNELS.index("lips")
    mouth = item.laid[..., channel].max(-1) > 200
    wrong = item.picture.copy()
    wrong[mouth] = (0, 1, 0, 1)
    item.picture = wrong
    samples.bend_all(pictures, pictures)
    kept = np.abs(item.target - pictures[0])[mouth].mean()
    assert kept < 0.5 * np.abs(wrong - pictures[0])[mouth].mean() and item.trust[mouth].mean() < 0.5
    assert np.abs(other.target - other.picture).mean() < 0.01


def test_a_forgotten_look_is_another_and_the_others_stay(base: AvatarGenerator) -> None:
    looks = list(base.config["styles"])
    without = forgotten(base, looks[1])
    codes = torch.zeros(1, base.config["code_dim"])

    def place(network: AvatarGenerator, look: str) -> torch.Tensor:
        style = base.style(look)
        return network.mapping(torch.cat([codes, style], 1)) + network.look(style)

    assert torch.allclose(place(without, looks[1]), place(base, looks[0]))
    assert torch.equal(place(without, looks[0]), place(base, looks[0]))
    assert not torch.allclose(place(base, looks[1]), place(base, looks[0]))


def test_flat_drawings_ask_for_no_soft_shading() -> None:
    """A slope costs more than an edge of the same height, and plain colour nothing."""
    weight = torch.ones(1, 1, 32, 32)
    ramp = torch.linspace(0.2, 0.8, 32).expand(1, 4, 32, 32)
    edge = torch.where(ramp < 0.5, 0.2, 0.8)
    plain, hard, soft = (float(unevenness(p, weight)) for p in (torch.full_like(ramp, 0.5), edge, ramp))
    assert plain == 0 < hard < 0.2 * soft
    assert unevenness(ramp, weight * 0) == 0


@pytest.mark.parametrize("plain", [True, False])
def test_only_flat_drawings_are_learnt_as_flat(
    base: AvatarGenerator, samples: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plain: bool
) -> None:
    told: list[int] = []

    def counted(painted: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        told.append(len(weight))
        return painted.sum() * 0

    monkeypatch.setattr(lessons, "plainness", lambda pictures: 0.9 if plain else 0.5)
    monkeypatch.setattr(lessons, "unevenness", counted)
    teach(base, samples, LESSON, tmp_path, stop_after=2)
    assert len(told) == (2 if plain else 0)
