"""Training: losses, the loop learns, resumes exactly and is shared by processes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from synthetic import SMALL, figure

import training.train_generator as loop
from gen_avatar.character.levels import restore
from gen_avatar.errors import UsageError
from gen_avatar.finetune.losses import (
    MARGIN,
    LossWeights,
    feature_map,
    interior,
    over_backdrop,
    painting_loss,
)
from gen_avatar.generator.model import AvatarGenerator, to_rgba
from gen_avatar.metrics import over, psnr
from training.data import Store
from training.settings import PRESETS, Run, adversarial_share, learning_rate, parse

ROOT = Path(__file__).resolve().parent.parent


# losses


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


def test_the_backdrop_shows_where_nothing_is() -> None:
    backdrop = torch.tensor([[0.2, 0.4, 0.6]])
    empty, full = torch.zeros(1, 4, 2, 2), torch.full((1, 4, 2, 2), 0.5)
    full[:, 3] = 1
    assert torch.equal(over_backdrop(empty, backdrop)[0, :3, 0, 0], backdrop[0])
    assert torch.equal(over_backdrop(full, backdrop), full)


# the loop


def small_run(store: Path, out: Path, **values: Any) -> Run:
    run = Run(data=store, out=out, images=16, batch=2, crop=32, save_every=1000, model=SMALL, precision="no")
    return replace(run, **values)


def same(a: torch.nn.Module, b: torch.nn.Module) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a.parameters(), b.parameters(), strict=True))


def test_one_batch_can_be_overfitted(store: Path, tmp_path: Path) -> None:
    shutil.rmtree(store / "shard-00001")
    (store / "shard-00000" / "picture-flat.npy").unlink()
    run = small_run(store, tmp_path / "run", images=600, batch=4, crop=64, warmup=8, lr=1e-2)
    net = loop.train(replace(run, ema_half_life=40, identity_noise=0.0))
    shard = Store(store).shards[0]
    buffers, codes = restore(shard.buffers[:1]), torch.from_numpy(shard.codes[:1].astype(np.float32))
    with torch.inference_mode():
        painted = to_rgba(net(buffers, codes, net.style("toon"))[0])
        flat = to_rgba(AvatarGenerator(**SMALL)(buffers, codes, net.style("toon"))[0])
    truth = np.asarray(shard.pictures["toon"][0])
    assert psnr(over(truth), over(painted)) > psnr(over(truth), over(flat)) + 6


@pytest.fixture
def killed_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Crops after which the loop dies in the middle of a step, when the list holds a number."""
    deadline: list[int] = []
    step = loop.step

    def mortal(
        model: Any, batch: Any, run: Any, accelerator: Any, optimizer: Any, number: int, *rest: Any
    ) -> Any:
        terms = step(model, batch, run, accelerator, optimizer, number, *rest)
        if deadline and number >= deadline[0]:
            raise KeyboardInterrupt
        return terms

    monkeypatch.setattr(loop, "step", mortal)
    yield deadline


@pytest.mark.parametrize("adversarial_after", [1.0, 0.25])
def test_a_killed_run_resumes_exactly(
    store: Path, tmp_path: Path, killed_at: list[int], adversarial_after: float
) -> None:
    """Killed in a step, and with a state that was being written: what it lost is done again, bit for bit."""
    values = {"save_every": 8, "images": 24, "adversarial_after": adversarial_after}
    whole = loop.train(small_run(store, tmp_path / "whole", **values))
    split = small_run(store, tmp_path / "split", **values)
    killed_at.append(20)
    with pytest.raises(KeyboardInterrupt):
        loop.train(split)
    killed_at.clear()
    assert [path.name for path in split.out.glob("state-*")] == ["state-000000016"]
    (split.out / "state-work").mkdir()
    (split.out / "state-work" / "model.bin").write_bytes(b"half")
    assert same(whole, loop.train(split, resume=True))
    with pytest.raises(UsageError, match="--resume"):
        loop.train(split)
    with pytest.raises(UsageError, match="no state"):
        loop.train(replace(split, out=tmp_path / "empty"), resume=True)


def test_a_run_that_was_stopped_resumes_exactly(store: Path, tmp_path: Path) -> None:
    whole = loop.train(small_run(store, tmp_path / "whole"))
    split = small_run(store, tmp_path / "split")
    loop.train(split, stop_after=8)
    assert same(whole, loop.train(split, resume=True))


def test_the_discriminator_joins_in_late_and_continues_from_trained_weights(
    store: Path, tmp_path: Path
) -> None:
    plain = loop.train(small_run(store, tmp_path / "plain"))
    assert same(plain, loop.train(small_run(store, tmp_path / "never", adversarial_after=0.999)))
    assert not same(plain, loop.train(small_run(store, tmp_path / "late", adversarial_after=0.5)))
    first = small_run(store, tmp_path / "next", init=tmp_path / "plain" / "weights", adversarial_after=0.0)
    tuned = loop.train(replace(first, lr=1e-5, lr_mapping=1e-5))
    gap = [(a - b).abs().max() for a, b in zip(plain.parameters(), tuned.parameters(), strict=True)]
    assert 0 < max(gap) < 0.01


#: What every process of the test below runs: arguments are the store and the folder for the answers.
DRIVER = """
import json, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import torch
from accelerate import PartialState
from safetensors.torch import save_file
from synthetic import SMALL
import training.train_generator as loop
from training.settings import Run

store, out = map(Path, sys.argv[1:])
seen, batch = [], loop.Crops.batch
def noted(self, items, device="cpu"):
    seen.extend(items)
    return batch(self, items, device)
loop.Crops.batch = noted
run = Run(data=store, out=out / "run", images=16, batch=4, crop=32, model=SMALL, precision="no", lr=1e-3,
          adversarial_after=0.25)
net = loop.train(run)
rank = PartialState().process_index
weights = {{name: value.contiguous() for name, value in net.state_dict().items()}}
save_file(weights, str(out / f"weights-{{rank}}.safetensors"))
(out / f"seen-{{rank}}.json").write_text(json.dumps(seen))
"""


def test_two_processes_share_the_crops_and_agree(store: Path, tmp_path: Path) -> None:
    driver = tmp_path / "driver.py"
    driver.write_text(DRIVER.format(tests=str(ROOT / "tests")))
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ACCELERATE_USE_CPU": "true"}
    done = subprocess.run(
        [*launch, str(driver), str(store), str(tmp_path)],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    first, second = (json.loads((tmp_path / f"seen-{rank}.json").read_text()) for rank in range(2))
    assert not set(first) & set(second) and sorted(first + second) == list(range(16))
    ours, theirs = (load_file(tmp_path / f"weights-{rank}.safetensors") for rank in range(2))
    assert all(torch.equal(value, theirs[name]) for name, value in ours.items())
    alone = loop.train(
        small_run(store, tmp_path / "alone", batch=4, lr=1e-3, adversarial_after=0.25)
    ).state_dict()
    for name, value in ours.items():
        torch.testing.assert_close(value, alone[name], atol=2e-4, rtol=1e-3)


def test_a_batch_that_cannot_be_shared_is_refused() -> None:
    assert loop.own_items(8, 4, 1, 2) == [9, 11]
    with pytest.raises(UsageError, match="cannot be shared"):
        loop.own_items(0, 3, 0, 2)


def test_learning_rate_rises_and_falls(tmp_path: Path) -> None:
    run = Run(data=tmp_path, warmup=400, batch=8)
    rates = [learning_rate(f, i, run) for f, i in ((0.0, 0), (0.005, 400), (0.5, 50_000), (1.0, 100_000))]
    assert rates[0] < 0.05 and rates[1] > 0.99 and 0.4 < rates[2] < 0.6 and rates[3] == pytest.approx(0.01)


def test_the_share_of_the_discriminator_rises_late(tmp_path: Path) -> None:
    run = Run(data=tmp_path, adversarial_after=0.8, adversarial_share=0.2)
    shares = [adversarial_share(f, run) for f in (0.0, 0.79, 0.825, 0.85, 1.0)]
    assert shares == pytest.approx([0, 0, 0.1, 0.2, 0.2])
    assert adversarial_share(1.0, Run(data=tmp_path)) == 0, "off unless asked for"


def test_presets_and_options_resolve_to_one_run() -> None:
    run, args = parse(
        ["--data", "d", "--preset", "gpu", "--batch", "3", "--adversarial-after", "0.8", "--dry-run"]
    )
    assert args.dry_run and run.batch == 3 and run.crop == PRESETS["gpu"]["crop"]
    assert run.adversarial_after == 0.8
    for preset in PRESETS.values():
        replace(run, **preset)
