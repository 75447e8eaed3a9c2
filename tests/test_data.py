"""Stores are drawn shard by shard and read as endless crops that depend on the seed alone."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from synthetic import CHANNEL, DRAWN, figure

import training.data as data
from gen_avatar.character.buffers import BUFFER_CHANNELS
from gen_avatar.character.levels import SIGNED, quantise, restore
from gen_avatar.errors import MediaError, UsageError
from gen_avatar.generator.codes import CODE_DIM, CODE_LAYOUT
from training.data import (
    LOOKS,
    SHARD,
    Crops,
    Store,
    describe,
    draw_shard,
    drawn_shard,
    npy_bytes,
    premultiplied,
    shard_tasks,
)


def crops_of(store: Path, **values: Any) -> Crops:
    settings: dict[str, Any] = {"crop": 32, "seed": 3, "align": 16, "identity_noise": 0.5, "looks": LOOKS}
    return Crops(Store(store), **settings | values)


def test_quantised_buffers_come_back() -> None:
    buffers, _ = figure()
    back = restore(quantise(buffers)[None])[0].numpy()
    assert np.abs(back - buffers).max() <= 1 / 254 + 1e-6
    assert (back[:, 0, 0] == 0).all(), "nothing must stay exactly nothing"
    assert SIGNED.sum() == 5


def test_crops_do_not_depend_on_the_past(store: Path) -> None:
    early = crops_of(store).batch(range(6))
    late = crops_of(store).batch(range(4, 6))
    for name, value in late.items():
        torch.testing.assert_close(value, early[name][4:], rtol=0, atol=0)
    assert early["buffers"].shape == (6, len(BUFFER_CHANNELS), 32, 32) and early["picture"].shape == (
        6,
        4,
        32,
        32,
    )
    assert (early["picture"][:, :3] <= early["picture"][:, 3:] + 1e-6).all(), "premultiplied"


def test_crops_show_the_look_that_their_style_names(store: Path) -> None:
    whole = crops_of(store, crop=64, mixed=0.5, identity_noise=0.0)
    seen = set()
    for item in map(whole.__getitem__, range(40)):
        style = item["style"]
        assert style.sum() == pytest.approx(1)
        shares = {look: style[LOOKS.index(look)] for look in DRAWN}
        seen.add(min(2, int(3 * shares["toon"])))
        match = min(
            np.abs(
                item["picture"] - sum(v * premultiplied(shard.pictures[k][row]) for k, v in shares.items())
            ).max()
            for shard, row in map(whole.store.locate, range(8))
        )
        assert match < 1e-6
    assert seen == {0, 1, 2}, "either look, and mixtures"


def test_a_store_without_the_looks_is_refused(store: Path) -> None:
    with pytest.raises(UsageError, match="none of the looks"):
        crops_of(store, looks=("ink",))


def test_crops_know_where_they_lie(store: Path) -> None:
    crops = crops_of(store, looks=("toon",), identity_noise=0.0)
    for item in map(crops.__getitem__, range(20)):
        x0, y0, x1, y1 = ((item["window"] + 1) * 32).round().astype(int)
        assert x1 - x0 == y1 - y0 == 32 and x0 % 16 == y0 % 16 == 0
        places = [shard.buffers[row, y0:y1, x0:x1] for shard, row in map(crops.store.locate, range(8))]
        assert any(np.array_equal(item["buffers"], place) for place in places)


def test_noise_is_on_the_identity_only(store: Path) -> None:
    clean, noisy = (crops_of(store, identity_noise=s) for s in (0.0, 0.5))
    change = np.stack([noisy[i]["codes"] - clean[i]["codes"] for i in range(40)])
    identity = CODE_LAYOUT["identity"]
    assert change[:, identity].std() == pytest.approx(0.5, rel=0.1)
    assert not np.delete(change, np.r_[identity], axis=1).any()


def test_crops_are_aimed_at_features(store: Path) -> None:
    """Eyes fill a hundredth of a corner of the frame; a crop of a quarter of it mostly shows one."""
    crops = crops_of(store, crop=16, align=4)
    shown = [bool(crops[i]["buffers"][..., CHANNEL["eye"]].any()) for i in range(100)]
    assert np.mean(shown) > 0.4


# shards


def test_a_store_is_one_sequence_in_the_looks_of_all_its_shards(store: Path) -> None:
    (store / "work-00002").mkdir()  # not complete, hence not part of it
    read = Store(store)
    assert len(read) == 8 and read.size == 64 and read.looks == DRAWN
    places = [read.locate(i) for i in range(8)]
    assert [(shard.folder.name[-1], row) for shard, row in places] == [
        (str(number), row) for number in range(2) for row in range(4)
    ]
    (store / "shard-00001" / "picture-flat.npy").unlink()
    assert Store(store).looks == ("toon",)
    shutil.rmtree(store)
    with pytest.raises(MediaError, match="no drawn shards"):
        Store(store)


def test_shards_share_out_the_moments() -> None:
    asked = argparse.Namespace(
        split="train", count=2 * SHARD + 3, first=0, size=64, looks="clay,ink", per_person=2
    )
    tasks = shard_tasks(asked)
    assert [task[1:3] for task in tasks] == [(0, SHARD), (1, SHARD), (2, 3)]
    asked.first = 4 * SHARD
    assert [task[1:3] for task in shard_tasks(asked)] == [(4, SHARD), (5, SHARD), (6, 3)]
    asked.first += 1
    with pytest.raises(UsageError, match="multiple of 32"):
        shard_tasks(asked)
    assert {task[0] for task in tasks} == {"train"} and tasks[0][3:] == (64, ("clay", "ink"), 2)


def test_a_shard_appears_when_it_is_complete_and_is_drawn_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def drawn(*task: Any) -> dict[str, bytes]:
        calls.append(task)
        assert not (tmp_path / "shard-00003").exists()
        return {"people.json": b"[]", "codes.npy": npy_bytes(np.zeros((1, CODE_DIM)))}

    monkeypatch.setattr(data, "drawn_shard", drawn)
    left = tmp_path / "work-00003"
    left.mkdir()
    (left / "half.npy").write_bytes(b"of a process that was killed")
    for _ in range(2):
        draw_shard(tmp_path, "train", 3, 1, 64, ("clay",), 2)
    assert calls == [("train", 3, 1, 64, ("clay",), 2)]
    assert [path.name for path in tmp_path.iterdir()] == ["shard-00003"]
    assert {path.name for path in (tmp_path / "shard-00003").iterdir()} == {"people.json", "codes.npy"}


def test_a_shard_holds_what_the_studio_draws(tmp_path: Path) -> None:
    from training import studio
    from training.studio.people import person_seed, sample_performance, sample_person

    for name, content in drawn_shard("heldout", 1, 1, 64, ("clay",)).items():
        path = tmp_path / "shard-00001" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    shard = Store(tmp_path).shards[0]
    person = sample_person(person_seed("heldout", SHARD // data.PER_PERSON))
    act = sample_performance(person_seed("heldout", SHARD))
    pictures, buffers = studio.draw_all(person, act, ("clay",), 64)
    np.testing.assert_array_equal(shard.buffers[0], quantise(buffers))
    np.testing.assert_array_equal(shard.pictures["clay"][0], np.round(pictures["clay"].clip(0, 1) * 255))
    assert json.loads((shard.folder / "people.json").read_text()) == [describe(person, act)]
    np.testing.assert_allclose(shard.codes[0], data.codes_of(person, act), atol=1e-3)
