"""The encoder survives saving, reads any size, and training it lowers the loss that it is scored by."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from synthetic import figure

from gen_avatar.generator.codes import CHOICE_FIELDS, CODE_DIM, CODE_LAYOUT
from gen_avatar.generator.encoder import INPUT, AvatarEncoder, Encoded, prepare
from gen_avatar.loading import load_network
from training.data import Store
from training.train_encoder import Samples, batch, correlations, reading_loss, same_person
from training.train_generator import save_weights

FIELDS = ("raw", "mean", "log_variance", "style", "features")


@pytest.fixture
def encoder() -> AvatarEncoder:
    torch.manual_seed(0)
    return AvatarEncoder(channels=(8, 8, 8, 8, 8), hidden=32, latent_dim=4).eval()


@pytest.fixture(scope="module")
def samples() -> Samples:
    """Eight figures, again in a darker look, with random codes."""
    pictures = np.stack([figure(INPUT, i)[1] for i in range(8)])
    dark = (pictures * np.array([0.5, 0.5, 0.5, 1])).astype(np.uint8)
    codes = np.random.default_rng(0).uniform(size=(8, CODE_DIM)).astype(np.float32)
    looks = np.repeat([0, 1], 8)
    return Samples(np.concatenate([pictures, dark]), np.tile(codes, (2, 1)), looks)


def test_save_and_load_read_the_same(encoder: AvatarEncoder, samples: Samples, tmp_path: Path) -> None:
    encoder.half().float()  # what fp16 files can hold
    save_weights(encoder, tmp_path)
    loaded = load_network(AvatarEncoder, tmp_path).float().eval()
    ours, theirs = (net.encode(samples.pictures[:8]) for net in (encoder, loaded))
    for name in FIELDS:
        torch.testing.assert_close(getattr(ours, name), getattr(theirs, name))
    assert loaded.config["styles"] == ["clay", "toon", "flat", "ink", "pixel"]


def test_pictures_are_prepared_over_their_backdrop() -> None:
    picture = torch.zeros(1, 2 * INPUT, 2 * INPUT, 4, dtype=torch.uint8)
    picture[0, :, INPUT:] = torch.tensor([255, 0, 51, 255], dtype=torch.uint8)
    picture[0, :, :INPUT, :3] = 77  # a colour that nobody sees
    prepared = prepare(picture, torch.tensor([[0.25, 0.5, 1.0]]))
    assert prepared.shape == (1, 4, INPUT, INPUT)
    torch.testing.assert_close(prepared[0, :, 5, 5], torch.tensor([-0.5, 0.0, 1.0, -1.0]))
    torch.testing.assert_close(prepared[0, :, 5, -5], torch.tensor([1.0, -1.0, -0.6, 1.0]))


def test_a_picture_is_read_alike_at_every_size(encoder: AvatarEncoder) -> None:
    small = figure(INPUT // 2)[1]
    sizes = [small.repeat(k, 0).repeat(k, 1) for k in (1, 2, 4)]
    seen = [encoder.encode(picture[None]).features for picture in sizes]
    for other in seen[1:]:
        torch.testing.assert_close(other, seen[0], atol=1e-5, rtol=1e-4)
    assert torch.isfinite(encoder.encode(figure(200)[1][None]).raw).all()


def test_more_pictures_than_fit_at_once_keep_their_order(encoder: AvatarEncoder, samples: Samples) -> None:
    many = encoder.encode(np.tile(samples.pictures[:8], (5, 1, 1, 1)))
    alone = encoder.encode(samples.pictures[3:4])
    torch.testing.assert_close(many.raw[35], alone.raw[0], atol=1e-5, rtol=1e-4)


def test_choices_become_probabilities(encoder: AvatarEncoder, samples: Samples) -> None:
    seen = encoder.encode(samples.pictures[:8])
    choices = np.r_[tuple(CODE_LAYOUT[name] for name in CHOICE_FIELDS)]
    for name in CHOICE_FIELDS:
        torch.testing.assert_close(seen.codes[:, CODE_LAYOUT[name]].sum(1), torch.ones(8))
    rest = np.setdiff1d(np.arange(CODE_DIM), choices)
    assert torch.equal(seen.codes[:, rest], seen.raw[:, rest])


def test_noise_moves_the_style_by_its_deviation_and_nothing_else(
    encoder: AvatarEncoder, samples: Samples
) -> None:
    pictures = prepare(torch.from_numpy(samples.pictures[:8]))
    with torch.inference_mode():
        calm, still, moved = (
            encoder(pictures, noise) for noise in (None, torch.zeros(8, 4), torch.ones(8, 4))
        )
        expected = encoder.decode_style(calm.mean + (0.5 * calm.log_variance).exp())
    assert torch.equal(still.style, calm.style)
    torch.testing.assert_close(moved.style, expected)
    assert (moved.style - calm.style).abs().max() > 1e-2
    assert torch.equal(moved.raw, calm.raw) and torch.equal(moved.mean, calm.mean)


def test_a_store_is_read_scaled_with_its_looks_apart(store: Path) -> None:
    read = Samples.of([Store(store), Store(store)], ("flat", "toon"))
    assert read.pictures.shape == (32, INPUT, INPUT, 4) and read.codes.shape == (32, CODE_DIM)
    assert np.bincount(read.looks).tolist() == [16, 16]
    flat, toon = read.pictures[read.looks == 0], read.pictures[read.looks == 1]
    inside = toon[0, ..., 3] == 255
    assert flat[0][inside].mean() < toon[0][inside].mean()
    np.testing.assert_allclose(read.codes[:4], Store(store).shards[0].codes)


def test_a_batch_is_a_function_of_its_number(samples: Samples) -> None:
    first, again, other = (batch(samples, number, 6, seed=1) for number in (3, 3, 4))
    assert all(map(torch.equal, first, again)) and not torch.equal(first[0], other[0])
    pictures, codes, looks = first
    assert pictures.shape == (6, 4, INPUT, INPUT) and pictures.abs().max() <= 1
    assert codes.shape == (6, CODE_DIM) and set(looks.tolist()) <= {0, 1}
    assert torch.equal(codes[:3, CODE_LAYOUT["identity"]], codes[3:, CODE_LAYOUT["identity"]])


def test_two_pictures_of_one_person_are_to_say_the_same_of_it() -> None:
    said = torch.zeros(4, CODE_DIM)
    said[:, CODE_LAYOUT["identity"]] = 1.0
    said[2:, CODE_LAYOUT["pose"]] = 5.0  # may differ
    assert float(same_person(said)) == 0
    said[2:, CODE_LAYOUT["identity"]] = -1.0
    assert float(same_person(said)) == pytest.approx(4)


def test_the_loss_falls_on_one_batch(samples: Samples) -> None:
    torch.manual_seed(0)
    encoder = AvatarEncoder(channels=(8, 16, 16, 16, 16), hidden=64).train()
    optimizer = torch.optim.Adam(encoder.parameters(), lr=3e-3)
    pictures, codes, looks = batch(samples, 0, 8, seed=0)
    losses = []
    for _ in range(40):
        loss = reading_loss(encoder(pictures, torch.randn(8, 8)), codes, looks)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.5 * losses[0]


class Oracle:
    """Reads the codes off the order of the pictures, with an error; tells the look or not."""

    def __init__(self, codes: np.ndarray, error: float, style: torch.Tensor) -> None:
        noise = np.random.default_rng(0).normal(size=codes.shape)
        raw = torch.from_numpy((1 - error) * codes + error * noise).float()
        nothing = torch.zeros(len(raw), 1)
        self.answer = Encoded(raw, nothing, nothing, style, nothing)

    def encode(self, _: np.ndarray) -> Encoded:
        return self.answer


@pytest.mark.parametrize(("error", "low", "high"), [(0.0, 1.0, 1.0), (1.0, -0.3, 0.3)])
def test_correlations_of_answers_that_are_known(
    samples: Samples, error: float, low: float, high: float
) -> None:
    style = torch.eye(2).repeat_interleave(8, 0)
    figures = correlations(cast(Any, Oracle(samples.codes, error, style)), samples)
    assert set(figures) == {"identity", "expression", "gaze", "pose", "colors", "choices", "look"}
    for name in ("identity", "expression", "colors"):
        assert low <= figures[name] <= high, name
    assert figures["look"] == 1 and (figures["choices"] == 1) == (error == 0)
    wrong = correlations(cast(Any, Oracle(samples.codes, error, style.flip(0))), samples)
    assert wrong["look"] == 0
