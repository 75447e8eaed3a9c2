"""Training pairs, crops and losses; training learns and resumes exactly; metrics and the held-out set."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from synthetic import SMALL, figure

from gen_avatar.character.buffers import BUFFER_CHANNELS
from gen_avatar.errors import UsageError, WeightsError
from gen_avatar.generator.codes import CODE_DIM
from gen_avatar.generator.heldout import NAME, HeldOut, load_heldout, save_heldout
from gen_avatar.generator.model import AvatarGenerator, to_rgba
from gen_avatar.metrics import blurred, compare, over, psnr, references, shifted
from gen_avatar.types import Appearance, Character, Performance
from training.data import LOOKS, SIGNED, Crops, Store, describe, quantise, restore
from training.losses import MARGIN, LossWeights, feature_map, interior, painting_loss
from training.train_generator import PRESETS, Run, learning_rate, parse, train


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store of two shards with four small pictures each."""
    folder = tmp_path / "store"
    rng = np.random.default_rng(0)
    for shard in range(2):
        drawn = [figure(seed=4 * shard + i) for i in range(4)]
        work = folder / f"shard-{shard:05d}"
        work.mkdir(parents=True)
        np.save(work / "buffers.npy", np.stack([quantise(b) for b, _ in drawn]))
        np.save(work / "picture-toon.npy", np.stack([p for _, p in drawn]))
        np.save(work / "codes.npy", rng.uniform(size=(4, CODE_DIM)).astype(np.float16))
        (work / "people.json").write_text("[]")
    return folder


def test_quantised_buffers_come_back() -> None:
    buffers, _ = figure()
    back = restore(quantise(buffers)[None])[0].numpy()
    assert np.abs(back - buffers).max() <= 1 / 254 + 1e-6
    assert (back[:, 0, 0] == 0).all(), "nothing must stay exactly nothing"
    assert SIGNED.sum() == 5


def test_crops_do_not_depend_on_the_past(store: Path) -> None:
    crops = Crops(Store(store), 32, seed=3, align=16, identity_noise=0.5, looks=LOOKS)
    again = Crops(Store(store), 32, seed=3, align=16, identity_noise=0.5, looks=LOOKS)
    early = crops.batch(range(6))
    late = again.batch(range(4, 6))
    for name, value in late.items():
        torch.testing.assert_close(value, early[name][4:], rtol=0, atol=0)
    assert early["buffers"].shape == (6, len(BUFFER_CHANNELS), 32, 32)
    assert early["picture"].shape == (6, 4, 32, 32)
    assert (early["picture"][:, :3] <= early["picture"][:, 3:] + 1e-6).all(), "premultiplied"


def test_loss_is_zero_on_the_truth_and_sees_small_features() -> None:
    buffers, picture = figure()
    truth = torch.from_numpy(picture.astype(np.float32) / 255).permute(2, 0, 1)[None]
    weight = feature_map(torch.from_numpy(buffers)[None], {"eye": 9.0})
    assert weight.max() == pytest.approx(10) and weight[0, 0, 0, 0] == 1
    backdrop = torch.rand(1, 3)
    weights = LossWeights()
    assert sum(painting_loss(truth, truth, backdrop, weight, weights).values()) == 0
    wrong_eye, wrong_skin = truth.clone(), truth.clone()
    wrong_eye[..., 28:32, 39:41] += 0.5
    wrong_skin[..., 45:49, 31:33] += 0.5
    eye, skin = (
        sum(painting_loss(wrong, truth, backdrop, weight, weights).values())
        for wrong in (wrong_eye, wrong_skin)
    )
    assert eye > 3 * skin


def test_loss_ignores_only_cut_edges() -> None:
    mask = interior(torch.tensor([[-1.0, -1, 0, 0]]), 32, 32)[0, 0]
    assert mask[0, 0] == 1 and mask[10, 0] == 1, "edges of the frame count"
    assert mask[10, -MARGIN:].max() == 0 and mask[-MARGIN:, 10].max() == 0 and mask[10, -MARGIN - 1] == 1


def small_run(store: Path, out: Path, **values: Any) -> Run:
    run = Run(data=store, out=out, images=16, batch=2, crop=32, save_every=1000, model=SMALL)
    return replace(run, **values)


def test_one_batch_can_be_overfitted(store: Path, tmp_path: Path) -> None:
    shutil.rmtree(store / "shard-00001")
    run = small_run(store, tmp_path / "run", images=600, batch=4, crop=64, warmup=8, lr=1e-2)
    net = train(replace(run, ema_half_life=40, identity_noise=0.0))
    shard = Store(store).shards[0]
    buffers, codes = restore(shard.buffers[:1]), torch.from_numpy(shard.codes[:1].astype(np.float32))
    with torch.inference_mode():
        painted = to_rgba(net(buffers, codes, net.style("toon"))[0])
        flat = to_rgba(AvatarGenerator(**SMALL)(buffers, codes, net.style("toon"))[0])
    truth = np.asarray(shard.pictures["toon"][0])
    assert psnr(over(truth), over(painted)) > psnr(over(truth), over(flat)) + 6


def test_training_resumes_exactly(store: Path, tmp_path: Path) -> None:
    whole = train(small_run(store, tmp_path / "whole"))
    split = small_run(store, tmp_path / "split")
    train(split, stop_after=8)
    resumed = train(split, resume=True)
    for a, b in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(a, b)
    with pytest.raises(UsageError, match="--resume"):
        train(split)
    with pytest.raises(UsageError, match="no state"):
        train(replace(split, out=tmp_path / "empty"), resume=True)


def test_learning_rate_rises_and_falls(tmp_path: Path) -> None:
    run = Run(data=tmp_path, warmup=400, batch=8)
    rates = [learning_rate(f, i, run) for f, i in ((0.0, 0), (0.005, 400), (0.5, 50_000), (1.0, 100_000))]
    assert rates[0] < 0.05 and rates[1] > 0.99 and 0.4 < rates[2] < 0.6 and rates[3] == pytest.approx(0.01)


def test_presets_and_options_resolve_to_one_run() -> None:
    run, args = parse(["--data", "d", "--preset", "gpu", "--batch", "3", "--dry-run"])
    assert args.dry_run and run.batch == 3 and run.crop == PRESETS["gpu"]["crop"]
    for preset in PRESETS.values():
        replace(run, **preset)


# metrics and the held-out set


def test_metrics_rank_distortions() -> None:
    picture = figure(128)[1]
    same = compare(picture, picture, perceptual=False)
    assert same["psnr"] == np.inf and same["ssim"] == pytest.approx(1) and same["gradient_l1"] == 0
    soft, softer = (compare(picture, blurred(picture, s), perceptual=False) for s in (0.6, 2.0))
    assert soft["psnr"] > softer["psnr"] and soft["ssim"] > softer["ssim"]
    assert soft["gradient_l1"] < softer["gradient_l1"] and soft["alpha_l1"] < softer["alpha_l1"]
    assert set(references(picture)) == {"blur 0.6", "blur 1.0", "blur 2.0", "shift 1 px"}


def test_metrics_see_transparent_pixels_as_backdrop() -> None:
    nothing = np.zeros((32, 32, 4), np.uint8)
    hidden = nothing.copy()
    hidden[..., :3] = 200
    assert psnr(over(nothing), over(hidden)) == np.inf
    np.testing.assert_array_equal(shifted(figure()[1], 2)[:, 2:], figure()[1][:, :-2])


def test_lpips_is_fixed_and_grows_with_blur() -> None:
    pytest.importorskip("lpips")
    picture = figure(64)[1]
    near, far = (compare(picture, blurred(picture, s))["lpips"] for s in (0.6, 2.0))
    assert 0 < near < far
    assert compare(picture, picture)["lpips"] == pytest.approx(0, abs=1e-6)


def test_heldout_set_round_trip(tmp_path: Path) -> None:
    person = Character(np.linspace(-1, 1, 50), Appearance(hair_style="bun"))
    act = Performance.still(np.linspace(0, 1, 52), (10.0, -5.0, 2.0), gaze=(1.0, 2.0), props=("tears",))
    picture = figure()[1]
    text = json.dumps([describe(person, act)] * 2)
    save_heldout(HeldOut.from_json({"toon": np.stack([picture] * 2)}, text), tmp_path / NAME)
    loaded = load_heldout(tmp_path)
    assert len(loaded) == 2
    np.testing.assert_array_equal(loaded.pictures["toon"][1], picture)
    assert loaded.characters[0].appearance.hair_style == "bun"
    again = loaded.act(1)
    assert again.props == act.props
    for name, slack in (("gaze", 1e-3), ("head_rotation", 1e-3), ("expression", 1e-4)):
        np.testing.assert_allclose(getattr(again, name), getattr(act, name), atol=slack)
    (tmp_path / NAME).write_bytes(b"broken")
    with pytest.raises(WeightsError, match="missing or damaged"):
        load_heldout(tmp_path)
