"""Families differ in one factor along each axis, show nobody held out, and teach estimates to keep still."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from synthetic import figure

from gen_avatar.errors import MediaError
from gen_avatar.generator.codes import CODE_DIM, CODE_LAYOUT
from gen_avatar.generator.encoder import INPUT
from training import families, train_encoder
from training.data import LOOKS, codes_of
from training.families import FAMILY, GRID, SHARD, Families, moments, paint_shard, small
from training.studio.people import person_seed
from training.train_encoder import Samples, agreement, family_batch, mixed_batch, train


@pytest.fixture(scope="module")
def painted() -> Families:
    """Three families of figures, with codes of three that are real."""
    pictures = np.stack([[figure(INPUT, FAMILY * f + i)[1] for i in range(FAMILY)] for f in range(3)])
    return Families(pictures, _codes(3), np.array([0, 4, 2]))


def _codes(count: int) -> np.ndarray:
    return np.stack([[codes_of(*moment) for moment in moments(number)] for number in range(count)])


def _samples() -> Samples:
    pictures = np.stack([figure(INPUT, i)[1] for i in range(8)])
    codes = np.random.default_rng(0).uniform(size=(8, CODE_DIM)).astype(np.float32)
    return Samples(pictures, codes, np.zeros(8, np.int64))


def test_pictures_along_an_axis_differ_in_its_factor_alone() -> None:
    codes = _codes(4).reshape(4, *GRID.values(), CODE_DIM)
    rest = np.ones(CODE_DIM, bool)
    for axis, factor in enumerate(GRID, 1):
        part = CODE_LAYOUT[factor]
        rest[part] = False
        moved = np.ptp(codes, axis) > 0
        assert moved[..., part].any(-1).mean() > 0.7, factor
        moved[..., part] = False
        assert not moved.any(), factor
    assert not np.ptp(codes.reshape(4, FAMILY, CODE_DIM), 1)[:, rest].any()
    assert (codes[0] != codes[1]).any()


def test_only_people_of_the_training_split_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int]] = []

    def remembered(split: str, index: int) -> int:
        asked.append((split, index))
        return person_seed(split, index)

    monkeypatch.setattr(families, "person_seed", remembered)
    first, again = moments(7), moments(7)
    assert {split for split, _ in asked} == {"train"} and len({index for _, index in asked}) == 3
    assert all((a[0].identity == b[0].identity).all() for a, b in zip(first, again, strict=True))


def test_a_picture_is_scaled_without_the_colour_that_nobody_sees() -> None:
    picture = np.full((2 * INPUT, 2 * INPUT, 4), 255, np.uint8)
    picture[::2] = (9, 9, 9, 0)
    scaled = small(picture)
    assert scaled.shape == (INPUT, INPUT, 4) and (scaled[..., :3] == 255).all()
    assert np.abs(scaled[..., 3].astype(int) - 128).max() <= 1


class Painter:
    """Instead of the generator: tells its looks."""

    def style(self, look: str) -> torch.Tensor:
        return torch.eye(len(LOOKS))[LOOKS.index(look)]


def test_shards_are_painted_once_and_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def paint(model: object, person: object, act: object, style: torch.Tensor) -> np.ndarray:
        calls.append(int(style.argmax()))
        return np.full((8, 8, 4), calls[-1], np.uint8)

    monkeypatch.setattr(families, "_generator", lambda folder: Painter())
    monkeypatch.setattr(families, "paint_frame", paint)
    monkeypatch.setattr(families, "small", lambda picture: picture)
    with pytest.raises(MediaError, match=r"training\.families"):
        Families.of([tmp_path])
    for shard in (0, 1, 0):
        paint_shard(tmp_path, tmp_path, shard)
    assert len(calls) == 2 * SHARD * FAMILY
    read = Families.of([tmp_path])
    assert read.looks.tolist() == [number % len(LOOKS) for number in range(2 * SHARD)]
    assert (read.pictures[:, :, 0, 0, 0] == read.looks[:, None]).all()
    np.testing.assert_allclose(read.codes[3], _codes(4)[3], atol=2e-3)


def test_estimates_that_move_only_with_their_factor_agree(painted: Families) -> None:
    codes = torch.from_numpy(np.concatenate(painted.codes))
    assert float(agreement(codes, codes)) == pytest.approx(0, abs=1e-9)
    assert float(agreement(torch.zeros_like(codes), codes)) == 0
    leaking = codes.clone()
    leaking[:, CODE_LAYOUT["pose"].start] += 0.5 * codes[:, CODE_LAYOUT["identity"].start]
    assert float(agreement(leaking, codes)) > 0.02
    # Nothing is gained by saying less.
    torch.testing.assert_close(agreement(leaking * 0.7, codes), agreement(leaking, codes), rtol=0.05, atol=0)
    # Other fields may move.
    leaking = codes.clone()
    leaking[:, CODE_LAYOUT["gaze"]] += torch.randn(len(codes), 4)
    assert float(agreement(leaking, codes)) == pytest.approx(0, abs=1e-9)


def test_a_batch_holds_whole_families(painted: Families) -> None:
    first, again, other = (family_batch(painted, number, 3, seed=1) for number in (0, 0, 1))
    assert all(map(torch.equal, first, again)) and not torch.equal(first[0], other[0])
    pictures, codes, looks = first
    assert pictures.shape == (3 * FAMILY, 4, INPUT, INPUT)
    assert float(agreement(codes, codes)) == pytest.approx(0, abs=1e-9)
    assert (looks.reshape(3, FAMILY) == looks.reshape(3, FAMILY)[:, :1]).all()


def test_a_mixed_batch_begins_with_the_studios_pairs(painted: Families) -> None:
    samples = _samples()
    (_, codes, _), pairs = mixed_batch(samples, painted, 0, 26, seed=0)
    assert pairs == 10 and len(codes) == 26
    assert torch.equal(codes[:5, CODE_LAYOUT["identity"]], codes[5:10, CODE_LAYOUT["identity"]])
    assert [mixed_batch(samples, None, 0, 26, 0)[1], mixed_batch(None, painted, 0, 24, 0)[1]] == [26, 0]


def test_training_follows_the_seed_and_takes_either_source(
    painted: Families, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train_encoder, "AvatarEncoder", _tiny)
    a, b, c = (train(samples, painted, steps=2, size=16).state_dict() for samples in (None, None, _samples()))
    assert all(torch.equal(a[name], b[name]) for name in a)
    assert any(not torch.equal(a[name], c[name]) for name in a)


def _tiny() -> train_encoder.AvatarEncoder:
    from gen_avatar.generator.encoder import AvatarEncoder

    return AvatarEncoder(channels=(8, 8, 8, 8, 8), hidden=32)
