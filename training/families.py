"""Families of pictures that differ in one factor at a time, painted by the generator, to teach the encoder.

    python -m training.families --out .cache/families --count 2500 --jobs 2

A family has one appearance, one gaze and one look. Each of its identities makes each of its expressions in
each of its poses: pictures along one axis of this grid differ in one factor, any two far apart in all. A
shard is a function of its number and of the generator alone, is painted by one process and appears under its
name only when complete, so that painting can be stopped and resumed. Only people of the training split occur.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import torch
from tqdm import tqdm

from gen_avatar.errors import MediaError
from gen_avatar.generator.encoder import INPUT
from gen_avatar.generator.model import AvatarGenerator
from gen_avatar.loading import load_network
from gen_avatar.types import Character, Performance
from training.data import LOOKS, codes_of, npy_bytes, write_shard
from training.flicker import paint_frame
from training.studio.people import person_seed, sample_performance, sample_person

#: The factors of a family and how many values of each it has: the axes of its grid, in order.
GRID = {"identity": 2, "expression": 2, "pose": 2}
#: Pictures of a family.
FAMILY: int = int(np.prod(list(GRID.values())))
#: Families of a shard.
SHARD = 8
#: Number of the first training person who lends a factor; the bases of families come before.
_LENDERS = 1_000_000


@dataclass(frozen=True)
class Families:
    """F families in memory.

    Attributes:
        pictures: [F, FAMILY, 128, 128, 4] uint8, straight alpha; the grid is flat in the order of ``GRID``.
        codes: [F, FAMILY, D]. looks: [F] index of each family's look in ``LOOKS``.
    """

    pictures: np.ndarray
    codes: np.ndarray
    looks: np.ndarray

    @classmethod
    def of(cls, folders: Sequence[Path]) -> Families:
        """All complete shards below ``folders``.

        Raises:
            MediaError: a folder without any.
        """
        shards = []
        for folder in folders:
            found = sorted(folder.glob("shard-[0-9]*"))
            if not found:
                raise MediaError(
                    f"{folder} holds no families; paint some with python -m training.families --out {folder}"
                )
            shards += found
        pictures, codes, looks = (
            np.concatenate([np.load(shard / f"{name}.npy", allow_pickle=False) for shard in shards])
            for name in ("pictures", "codes", "looks")
        )
        return cls(pictures, codes.astype(np.float32), looks.astype(np.int64))


def moments(number: int) -> list[tuple[Character, Performance]]:
    """[FAMILY] who does what in family ``number``; the gaze and the props are those of its base."""
    seed = person_seed("train", number)
    person, act = sample_person(seed), sample_performance(seed)
    most = max(GRID.values())
    lenders = [person_seed("train", _LENDERS + number * most + k) for k in range(most)]
    identities = [sample_person(lender).identity for lender in lenders[: GRID["identity"]]]
    lent = [sample_performance(lender) for lender in lenders]
    return [
        (
            replace(person, identity=identity),
            replace(act, expression=does.expression, head_rotation=turns.head_rotation),
        )
        for identity, does, turns in itertools.product(
            identities, lent[: GRID["expression"]], lent[: GRID["pose"]]
        )
    ]


def small(picture: np.ndarray) -> np.ndarray:
    """[H, W, 4] uint8, straight alpha, to [128, 128, 4], scaled premultiplied."""
    floats = picture.astype(np.float32)
    floats[..., :3] *= floats[..., 3:] / 255
    floats = cv2.resize(floats, (INPUT, INPUT), interpolation=cv2.INTER_AREA)
    floats[..., :3] *= 255 / np.maximum(floats[..., 3:], 1)
    return np.round(floats.clip(0, 255)).astype(np.uint8)


def painted_shard(model: AvatarGenerator, shard: int) -> dict[str, bytes]:
    """File name to content of a shard; family ``n`` is in look ``n`` modulo their number."""
    pictures, codes, looks = [], [], []
    for number in range(shard * SHARD, (shard + 1) * SHARD):
        look = number % len(LOOKS)
        style = model.style(LOOKS[look])
        family = moments(number)
        pictures.append([small(paint_frame(model, person, act, style)) for person, act in family])
        codes.append([codes_of(person, act) for person, act in family])
        looks.append(look)
    return {
        "pictures.npy": npy_bytes(np.array(pictures)),
        "codes.npy": npy_bytes(np.array(codes, np.float16)),
        "looks.npy": npy_bytes(np.array(looks, np.uint8)),
    }


@lru_cache(maxsize=1)
def _generator(folder: Path) -> AvatarGenerator:
    torch.set_num_threads(1)
    model: AvatarGenerator = load_network(AvatarGenerator, folder)
    return model


def paint_shard(out: Path, generator: Path, shard: int) -> None:
    """Paint a shard with the weights in ``generator``; does nothing when it exists already."""
    if not (out / f"shard-{shard:05d}").exists():
        write_shard(out, shard, painted_shard(_generator(generator), shard))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Paint families that differ in one factor at a time.")
    parser.add_argument("--out", type=Path, required=True, help="folder of the families")
    parser.add_argument("--count", type=int, default=2500, help=f"families, of {FAMILY} pictures each")
    parser.add_argument("--generator", type=Path, default=Path("checkpoints/generator"))
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    with multiprocessing.get_context("spawn").Pool(args.jobs) as pool:
        shards = range(-(-args.count // SHARD))
        running = [pool.apply_async(paint_shard, (args.out, args.generator, shard)) for shard in shards]
        for job in tqdm(running, desc="shards", unit="shard"):
            job.get()


if __name__ == "__main__":
    main()
