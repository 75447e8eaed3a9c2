"""The encoder's last layer is taught anew in closed form: nothing else changes, and estimates keep still."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from synthetic import figure

from gen_avatar.generator.codes import CHOICE_FIELDS, CODE_DIM, CODE_LAYOUT
from gen_avatar.generator.encoder import INPUT, AvatarEncoder
from gen_avatar.loading import load_network
from training import refit_encoder
from training.data import LOOKS
from training.families import FAMILY, Families
from training.refit_encoder import STRENGTH, Seen, refit
from training.train_encoder import Samples
from training.train_generator import save_weights

WIDTH, POSE, IDENTITY = 24, CODE_LAYOUT["pose"], CODE_LAYOUT["identity"]


@pytest.fixture
def encoder() -> AvatarEncoder:
    torch.manual_seed(0)
    return AvatarEncoder(channels=(8, 8, 8, 8, 8), hidden=WIDTH).eval()


def _seen(count: int = 400, hint: float = 1.0) -> Seen:
    """Families whose features show the pose, mixed with ``hint`` times the identity, and that identity."""
    rng = np.random.default_rng(0)
    codes = np.zeros((count, 2, 2, 2, CODE_DIM), np.float32)
    codes[..., IDENTITY.start] = rng.standard_normal((count, 2, 1, 1))
    codes[..., POSE] = rng.standard_normal((count, 1, 1, 2, 3))
    features = 0.01 * rng.standard_normal((count, 2, 2, 2, WIDTH)).astype(np.float32)
    features[..., :3] += codes[..., POSE] + hint * codes[..., IDENTITY.start, None]
    features[..., 3] += codes[..., IDENTITY.start] + rng.standard_normal((count, 2, 2, 2))
    return Seen(features.reshape(-1, WIDTH) + 5, codes.reshape(-1, CODE_DIM), grids=True)


def _said(encoder: AvatarEncoder, features: np.ndarray, part: slice) -> np.ndarray:
    with torch.inference_mode():
        return encoder.codes(torch.from_numpy(features)).numpy()[:, part]


def test_what_features_show_is_told(encoder: AvatarEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refit_encoder, "STRENGTH", dict.fromkeys(STRENGTH, 1e-3))
    seen = _seen(hint=0.0)
    refit(encoder, [seen], still=0.0)
    assert np.abs(_said(encoder, seen.features, POSE) - seen.codes[:, POSE]).max() < 0.1


def test_only_the_rows_of_the_named_fields_change(encoder: AvatarEncoder) -> None:
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    refit(encoder, [_seen()])
    after = encoder.state_dict()
    assert [name for name in before if not torch.equal(before[name], after[name])] == [
        "codes.weight", "codes.bias",
    ]  # fmt: skip
    for field, part in CODE_LAYOUT.items():
        same = torch.equal(before["codes.weight"][part], after["codes.weight"][part])
        assert same == (field in CHOICE_FIELDS) == (field not in STRENGTH), field


def test_rows_that_nothing_draws_away_stay(encoder: AvatarEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refit_encoder, "STRENGTH", dict.fromkeys(STRENGTH, 1e6))
    before = encoder.codes.weight.detach().clone()
    refit(encoder, [_seen()])
    torch.testing.assert_close(encoder.codes.weight.detach(), before, rtol=0, atol=1e-4)


def test_estimates_move_less_with_other_factors(encoder: AvatarEncoder) -> None:
    seen = _seen()

    def shares(still: float) -> float:
        """What the pose's estimate moves with the identity, as a share of what it moves with the pose."""
        refit(encoder, [seen], still)
        grid = _said(encoder, seen.features, POSE).reshape(-1, 2, 2, 2, 3)
        return float(grid.var(1).mean() / grid.var(3).mean())

    loose, kept = shares(0.0), shares(20.0)
    assert kept < 0.7 * loose


def test_every_folder_counts_the_same(encoder: AvatarEncoder) -> None:
    few, many = _seen(50), _seen(400, hint=0.0)
    refit(encoder, [few, many])
    once = encoder.codes.weight.detach().clone()
    torch.manual_seed(0)
    again = AvatarEncoder(channels=(8, 8, 8, 8, 8), hidden=WIDTH).eval()
    twice = replace(few, features=np.tile(few.features, (2, 1)), codes=np.tile(few.codes, (2, 1)))
    refit(again, [twice, many])
    torch.testing.assert_close(once, again.codes.weight.detach(), rtol=1e-4, atol=1e-5)


def test_the_command_reads_folders_and_writes_weights(
    encoder: AvatarEncoder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    save_weights(encoder, tmp_path / "old")
    pictures = np.stack([figure(INPUT, i)[1] for i in range(2 * FAMILY)])
    codes = np.random.default_rng(0).uniform(size=(2 * FAMILY, CODE_DIM)).astype(np.float32)
    families = Families(
        pictures.reshape(2, FAMILY, INPUT, INPUT, 4), codes.reshape(2, FAMILY, CODE_DIM), np.array([0, 1])
    )
    samples = Samples(pictures, codes, np.arange(2 * FAMILY) % len(LOOKS))
    monkeypatch.setattr(refit_encoder, "Store", lambda folder: folder)
    monkeypatch.setattr(Samples, "of", classmethod(lambda cls, stores: samples))
    monkeypatch.setattr(Families, "of", classmethod(lambda cls, folders: families))
    arguments = ["refit", "--data", "a", "--families", "b", "--heldout", "c"]
    monkeypatch.setattr(
        sys, "argv", [*arguments, "--init", str(tmp_path / "old"), "--export", str(tmp_path / "new")]
    )
    refit_encoder.main()
    assert '"before"' in capsys.readouterr().out
    old, new = (load_network(AvatarEncoder, tmp_path / name).state_dict() for name in ("old", "new"))
    assert {name for name in old if not torch.equal(old[name], new[name])} == {"codes.weight", "codes.bias"}
    monkeypatch.setattr(sys, "argv", ["refit", "--heldout", "c"])
    with pytest.raises(SystemExit):
        refit_encoder.main()
