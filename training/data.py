"""Training pairs drawn by the studio, kept on disk as plain arrays.

A store is a folder of shards; a shard holds ``buffers.npy`` [n, H, W, C] uint8, ``pictures.npy``
[n, H, W, 4] uint8, ``codes.npy`` [n, D] float16 and ``people.json``. A shard is a pure function of split and
number, is drawn by one process and appears under its name only when complete, so that drawing can be stopped
and resumed.

    python -m training.data --out .cache/toon --count 4000 --jobs 2
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from gen_avatar.character.buffers import BUFFER_CHANNELS
from gen_avatar.errors import MediaError
from gen_avatar.generator.codes import CODE_LAYOUT, pack

SHARD = 32
#: Channels that run from -1 to 1; the others run from 0 to 1.
SIGNED = np.array([name.startswith(("normal_", "tangent_")) for name in BUFFER_CHANNELS])
#: Performances drawn of one person in a row.
PER_PERSON = 4


def quantise(buffers: np.ndarray) -> np.ndarray:
    """[C, H, W] float buffers to [H, W, C] uint8; 0 stays exactly 0 in every channel."""
    signed = SIGNED[:, None, None]
    levels = np.where(signed, buffers.astype(np.float32) * 127 + 128, buffers.astype(np.float32) * 255)
    return np.ascontiguousarray(np.round(levels).clip(0, 255).astype(np.uint8).transpose(1, 2, 0))


def restore(levels: np.ndarray, device: torch.device | str = "cpu") -> Tensor:
    """[B, H, W, C] uint8 to [B, C, H, W] float32, channels last in memory."""
    scale = torch.from_numpy(np.where(SIGNED, 1 / 127, 1 / 255).astype(np.float32))
    offset = torch.from_numpy(np.where(SIGNED, -128 / 127, 0).astype(np.float32))
    floats = torch.from_numpy(np.array(levels)).to(device).float()
    return floats.mul_(scale.to(device)).add_(offset.to(device)).permute(0, 3, 1, 2)


def premultiplied(pictures: np.ndarray, device: torch.device | str = "cpu") -> Tensor:
    """[B, H, W, 4] uint8 with straight alpha to [B, 4, H, W] float32 premultiplied, channels last."""
    floats = torch.from_numpy(np.array(pictures)).to(device).float().div_(255)
    floats[..., :3] *= floats[..., 3:]
    return floats.permute(0, 3, 1, 2)


@dataclass(frozen=True)
class Shard:
    """One folder of a store; arrays are memory-mapped."""

    folder: Path

    @cached_property
    def buffers(self) -> np.ndarray:
        return np.load(self.folder / "buffers.npy", mmap_mode="r", allow_pickle=False)

    @cached_property
    def pictures(self) -> np.ndarray:
        return np.load(self.folder / "pictures.npy", mmap_mode="r", allow_pickle=False)

    @cached_property
    def codes(self) -> np.ndarray:
        return np.load(self.folder / "codes.npy", allow_pickle=False)


class Store:
    """All complete shards below a folder, as one sequence of pictures."""

    def __init__(self, folder: str | Path) -> None:
        self.shards = [Shard(p) for p in sorted(Path(folder).glob("shard-[0-9]*"))]
        if not self.shards:
            raise MediaError(
                f"{folder} holds no drawn shards; draw some with python -m training.data --out {folder}"
            )
        self.size = self.shards[0].pictures.shape[1]
        self._starts = np.cumsum([0] + [len(shard.codes) for shard in self.shards])

    def __len__(self) -> int:
        return int(self._starts[-1])

    def locate(self, index: int) -> tuple[Shard, int]:
        """Shard and row of picture ``index``."""
        number = int(np.searchsorted(self._starts, index, side="right")) - 1
        return self.shards[number], index - int(self._starts[number])


class Crops:
    """An endless, seeded stream of square crops: item ``i`` is the same whenever it is asked for.

    Half of the crops are taken near the centre of the frame, where the features of the face are.
    """

    def __init__(self, store: Store, crop: int, seed: int, align: int, identity_noise: float) -> None:
        self.store, self.crop, self.seed, self.align, self.noise = store, crop, seed, align, identity_noise

    def __getitem__(self, i: int) -> dict[str, np.ndarray]:
        """``buffers`` [h, w, C] uint8, ``picture`` [h, w, 4] uint8, ``codes`` [D], ``window`` [4] float32."""
        rng = np.random.default_rng([self.seed, i])
        shard, row = self.store.locate(int(rng.integers(len(self.store))))
        steps = (self.store.size - self.crop) // self.align
        if rng.random() < 0.5:
            place = rng.integers(0, steps + 1, 2)
        else:
            place = rng.integers(steps // 4, steps - steps // 4 + 1, 2)
        y, x = (int(v) * self.align for v in place)
        area = np.s_[row, y : y + self.crop, x : x + self.crop]
        codes = shard.codes[row].astype(np.float32)
        # The geometry says who it is; noise keeps the network from knowing the training people by heart.
        identity = CODE_LAYOUT["identity"]
        codes[identity] += self.noise * rng.standard_normal(identity.stop - identity.start)
        window = np.array([x, y, x + self.crop, y + self.crop], np.float32) * (2 / self.store.size) - 1
        return {
            "buffers": shard.buffers[area],
            "picture": shard.pictures[area],
            "codes": codes,
            "window": window,
        }

    def batch(self, start: int, count: int, device: torch.device | str = "cpu") -> dict[str, Tensor]:
        """Items ``start`` to ``start + count``, ready for the network.

        Returns:
            ``buffers`` [B, C, h, w], ``picture`` [B, 4, h, w] premultiplied, ``codes``, ``window`` [B, 4].
        """
        items = [self[i] for i in range(start, start + count)]
        stacked = {name: np.stack([item[name] for item in items]) for name in items[0]}
        return {
            "buffers": restore(stacked["buffers"], device),
            "picture": premultiplied(stacked["picture"], device),
            "codes": torch.from_numpy(stacked["codes"]).to(device),
            "window": torch.from_numpy(stacked["window"]).to(device),
        }


def draw_shard(out: Path, split: str, number: int, count: int, size: int, style: str) -> None:
    """Draw shard ``number``; does nothing when it exists already."""
    from training import studio
    from training.studio.people import person_seed, sample_performance, sample_person

    target = out / f"shard-{number:05d}"
    if target.exists():
        return
    drawn: dict[str, list[Any]] = {"buffers": [], "pictures": [], "codes": [], "people": []}
    for index in range(number * SHARD, number * SHARD + count):
        person = sample_person(person_seed(split, index // PER_PERSON))
        act = sample_performance(person_seed(split, index))
        frame = act.expression[0], act.gaze[0], act.head_rotation[0]
        picture, buffers = studio.draw(person, act, look=style, size=size)
        drawn["buffers"].append(quantise(buffers))
        drawn["pictures"].append(np.round(picture.clip(0, 1) * 255).astype(np.uint8))
        drawn["codes"].append(pack(person, *frame))
        drawn["people"].append(describe(person.to_json(), *frame))
    work = out / f"work-{number:05d}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    for name in ("buffers", "pictures"):
        np.save(work / f"{name}.npy", np.stack(drawn[name]))
    np.save(work / "codes.npy", np.stack(drawn["codes"]).astype(np.float16))
    (work / "people.json").write_text(json.dumps(drawn["people"]))
    work.rename(target)


def describe(
    character: str, expression: np.ndarray, gaze: np.ndarray, rotation: np.ndarray
) -> dict[str, Any]:
    """One frame as JSON values."""
    return {
        "character": json.loads(character),
        "expression": [round(float(v), 4) for v in expression],
        "gaze": np.round(np.asarray(gaze, float), 3).tolist(),
        "rotation": np.round(np.asarray(rotation, float), 3).tolist(),
    }


def main() -> None:
    """Draw a store from the command line."""
    parser = argparse.ArgumentParser(description="Draw training pairs with the studio.")
    parser.add_argument("--out", type=Path, required=True, help="folder of the store")
    parser.add_argument("--count", type=int, default=4000, help="pictures (about 2 MB each)")
    parser.add_argument("--split", choices=("train", "heldout"), default="train")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--style", default="toon")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    tasks = [
        (args.out, args.split, number, min(SHARD, args.count - number * SHARD), args.size, args.style)
        for number in range(-(-args.count // SHARD))
    ]
    with multiprocessing.get_context("spawn").Pool(args.jobs, maxtasksperchild=16) as pool:
        jobs = [pool.apply_async(draw_shard, task) for task in tasks]
        for job in tqdm(jobs, desc="shards", unit="shard"):
            job.get()


if __name__ == "__main__":
    main()
