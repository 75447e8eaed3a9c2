"""Training pairs drawn by the studio, kept on disk as plain arrays.

A store is a folder of shards; a shard holds ``buffers.npy`` [n, H, W, C] uint8, for each look a
``picture-LOOK.npy`` [n, H, W, 4] uint8, ``codes.npy`` [n, D] float16 and ``people.json``. A shard is a pure
function of split and number, is drawn by one process and appears under its name only when complete, so that
drawing can be stopped and resumed.

    python -m training.data --out .cache/looks --count 4000 --jobs 2
    python -m training.data --out .cache/looks --count 4000 --ray auto      # on a Ray cluster
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from gen_avatar.character.levels import quantise, restore
from gen_avatar.errors import MediaError, UsageError
from gen_avatar.finetune.crops import crop_corner
from gen_avatar.generator.codes import CODE_LAYOUT, pack
from gen_avatar.types import Character, Performance

SHARD = 32
#: The looks of the generator, in the order of its style vector.
LOOKS = ("clay", "toon", "flat", "ink", "pixel")
#: Performances drawn of one person in a row.
PER_PERSON = 4


def premultiplied(picture: np.ndarray) -> np.ndarray:
    """[..., 4] uint8 with straight alpha to float32 in [0, 1], premultiplied."""
    floats = picture.astype(np.float32) / 255
    floats[..., :3] *= floats[..., 3:]
    return floats


@dataclass(frozen=True)
class Shard:
    """One folder of a store; arrays are memory-mapped."""

    folder: Path

    @cached_property
    def buffers(self) -> np.ndarray:
        return np.load(self.folder / "buffers.npy", mmap_mode="r", allow_pickle=False)

    @cached_property
    def pictures(self) -> dict[str, np.ndarray]:
        """Look to pictures, looks in alphabetical order."""
        files = sorted(self.folder.glob("picture-*.npy"))
        return {
            path.stem.partition("-")[2]: np.load(path, mmap_mode="r", allow_pickle=False) for path in files
        }

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
        self.size = self.shards[0].buffers.shape[1]
        everywhere = set.intersection(*(set(shard.pictures) for shard in self.shards))
        #: The looks that every shard was drawn in, the generator's own first.
        self.looks = (*(look for look in LOOKS if look in everywhere), *sorted(everywhere - set(LOOKS)))
        self._starts = np.cumsum([0] + [len(shard.codes) for shard in self.shards])

    def __len__(self) -> int:
        return int(self._starts[-1])

    def locate(self, index: int) -> tuple[Shard, int]:
        """Shard and row of picture ``index``."""
        number = int(np.searchsorted(self._starts, index, side="right")) - 1
        return self.shards[number], index - int(self._starts[number])


class Crops:
    """An endless, seeded stream of square crops: item ``i`` is the same whenever it is asked for.

    Each item has a look of its own. Half of the crops show a feature of the face: the eyes, the brows or the
    mouth; a quarter lie anywhere near the centre, the others anywhere in the frame.

    Args:
        store: where the pictures are.
        crop: side, pixels.
        seed: of everything that is chosen.
        align: crops start at multiples of this, pixels.
        identity_noise: σ of the noise on the identity codes.
        looks: the looks to choose from, in the order of the style vector; a store may lack some.
        style_dim: length of the style vector.
        mixed: share of items that are a mixture of two looks, with the same mixture of their pictures.
    """

    def __init__(
        self,
        store: Store,
        crop: int,
        seed: int,
        align: int,
        identity_noise: float,
        looks: Sequence[str],
        style_dim: int = 8,
        mixed: float = 0.1,
    ) -> None:
        self.store, self.crop, self.seed, self.align, self.noise = store, crop, seed, align, identity_noise
        self.looks, self.style_dim, self.mixed = tuple(looks), style_dim, mixed
        self.drawn = [look for look in self.looks if look in store.looks]
        if not self.drawn:
            raise UsageError(f"the store holds none of the looks {', '.join(looks)}")

    def __getitem__(self, i: int) -> dict[str, np.ndarray]:
        """One item.

        Returns:
            ``buffers`` [h, w, C] uint8, ``picture`` [h, w, 4] float32 premultiplied, ``codes`` [D],
            ``style`` [S] and ``window`` [4] float32.
        """
        rng = np.random.default_rng([self.seed, i])
        shard, row = self.store.locate(int(rng.integers(len(self.store))))
        style, mixture = self._style(rng)
        y, x = crop_corner(rng, shard.buffers[row], self.crop, self.align)
        area = np.s_[row, y : y + self.crop, x : x + self.crop]
        picture = sum(share * premultiplied(shard.pictures[look][area]) for look, share in mixture.items())
        codes = shard.codes[row].astype(np.float32)
        # The geometry says who it is; noise keeps the network from knowing the training people by heart.
        identity = CODE_LAYOUT["identity"]
        codes[identity] += self.noise * rng.standard_normal(identity.stop - identity.start)
        window = np.array([x, y, x + self.crop, y + self.crop], np.float32) * (2 / self.store.size) - 1
        return {
            "buffers": shard.buffers[area],
            "picture": np.asarray(picture, np.float32),
            "codes": codes,
            "style": style,
            "window": window,
        }

    def _style(self, rng: np.random.Generator) -> tuple[np.ndarray, dict[str, np.float32]]:
        """A style vector, and the looks with their shares in it."""
        first, second = (self.drawn[int(k)] for k in rng.integers(len(self.drawn), size=2))
        share = np.float32(rng.uniform(0.15, 0.85))
        mixture = {first: np.float32(1)}
        if rng.random() < self.mixed and first != second:
            mixture = {first: share, second: 1 - share}
        style = np.zeros(self.style_dim, np.float32)
        for look, weight in mixture.items():
            style[self.looks.index(look)] = weight
        return style, mixture

    def batch(self, items: Sequence[int], device: torch.device | str = "cpu") -> dict[str, Tensor]:
        """The ``items`` ready for the network.

        Returns:
            ``buffers`` [B, C, h, w], ``picture`` [B, 4, h, w] premultiplied, both channels last in memory,
            ``codes``, ``style`` [B, S], ``window`` [B, 4].
        """
        drawn = [self[i] for i in items]
        stacked = {name: np.stack([item[name] for item in drawn]) for name in drawn[0]}
        return {
            "buffers": restore(stacked["buffers"], device),
            "picture": torch.from_numpy(stacked["picture"]).to(device).permute(0, 3, 1, 2),
            "codes": torch.from_numpy(stacked["codes"]).to(device),
            "style": torch.from_numpy(stacked["style"]).to(device),
            "window": torch.from_numpy(stacked["window"]).to(device),
        }


def draw_shard(
    out: Path,
    split: str,
    number: int,
    count: int,
    size: int,
    looks: Sequence[str],
    per_person: int = PER_PERSON,
) -> None:
    """Draw shard ``number``; does nothing when it exists already."""
    if not (out / f"shard-{number:05d}").exists():
        write_shard(out, number, drawn_shard(split, number, count, size, looks, per_person))


def write_shard(out: Path, number: int, files: Mapping[str, bytes]) -> None:
    """Write shard ``number`` to a folder of another name, which gets its own when it is complete."""
    work = out / f"work-{number:05d}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    for name, content in files.items():
        (work / name).write_bytes(content)
    work.rename(out / f"shard-{number:05d}")


def drawn_shard(
    split: str, number: int, count: int, size: int, looks: Sequence[str], per_person: int = PER_PERSON
) -> dict[str, bytes]:
    """File name to content of shard ``number``: a function of its arguments alone."""
    from training import studio
    from training.studio.people import person_seed, sample_performance, sample_person

    arrays: dict[str, list[np.ndarray]] = {}
    people = []
    for index in range(number * SHARD, number * SHARD + count):
        person = sample_person(person_seed(split, index // per_person))
        act = sample_performance(person_seed(split, index))
        pictures, buffers = studio.draw_all(person, act, looks, size)
        moment = {"buffers": quantise(buffers), "codes": codes_of(person, act).astype(np.float16)}
        for look, picture in pictures.items():
            moment[f"picture-{look}"] = np.round(picture.clip(0, 1) * 255).astype(np.uint8)
        for name, array in moment.items():
            arrays.setdefault(name, []).append(array)
        people.append(describe(person, act))
    return {"people.json": json.dumps(people).encode()} | {
        f"{name}.npy": npy_bytes(np.stack(stack)) for name, stack in arrays.items()
    }


def npy_bytes(array: np.ndarray) -> bytes:
    """The content of a .npy file."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def codes_of(person: Character, act: Performance, index: int = 0) -> np.ndarray:
    """[CODE_DIM] code vector of frame ``index``."""
    return pack(person, act.expression[index], act.gaze[index], act.head_rotation[index])


def describe(person: Character, act: Performance, index: int = 0) -> dict[str, Any]:
    """Frame ``index`` as JSON values."""
    return {
        "character": json.loads(person.to_json()),
        "expression": [round(float(v), 4) for v in act.expression[index]],
        "gaze": np.round(act.gaze[index].astype(float), 3).tolist(),
        "rotation": np.round(act.head_rotation[index].astype(float), 3).tolist(),
        "props": list(act.props),
    }


def shard_tasks(args: argparse.Namespace) -> list[tuple[Any, ...]]:
    """What :func:`drawn_shard` is to be called with, for each shard."""
    if args.first % SHARD:
        raise UsageError(f"--first {args.first} must be a multiple of {SHARD}")
    skipped = args.first // SHARD
    return [
        (
            args.split,
            skipped + number,
            min(SHARD, args.count - number * SHARD),
            args.size,
            tuple(args.looks.split(",")),
            args.per_person,
        )
        for number in range(-(-args.count // SHARD))
    ]


def draw_locally(out: Path, tasks: Sequence[tuple[Any, ...]], jobs: int) -> Iterator[int]:
    """Draw ``tasks`` in ``jobs`` processes; yields the number of each shard once it is there."""
    with multiprocessing.get_context("spawn").Pool(jobs, maxtasksperchild=16) as pool:
        running = [pool.apply_async(draw_shard, (out, *task)) for task in tasks]
        for task, job in zip(tasks, running, strict=True):
            job.get()
            yield task[1]


def main() -> None:
    """Draw a store from the command line."""
    parser = argparse.ArgumentParser(description="Draw training pairs with the studio.")
    parser.add_argument("--out", type=Path, required=True, help="folder of the store")
    parser.add_argument("--count", type=int, default=4000, help="moments (about 3 MB each in five looks)")
    parser.add_argument("--first", type=int, default=0, help=f"first moment, a multiple of {SHARD}")
    parser.add_argument("--split", choices=("train", "heldout"), default="train")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--looks", default=",".join(LOOKS), help="comma-separated")
    parser.add_argument("--per-person", type=int, default=PER_PERSON, help="moments of one person")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--ray", nargs="?", const="auto", metavar="ADDRESS",
        help="draw on a Ray cluster: auto (the one that this machine belongs to), ray://HOST:PORT, or local",
    )  # fmt: skip
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    tasks = shard_tasks(args)
    if args.ray:
        from training.cluster import draw_store

        shards = draw_store(args.out, tasks, args.ray, args.jobs)
    else:
        shards = draw_locally(args.out, tasks, args.jobs)
    for _ in tqdm(shards, total=len(tasks), desc="shards", unit="shard"):
        pass


if __name__ == "__main__":
    main()
