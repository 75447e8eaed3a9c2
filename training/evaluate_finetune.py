"""Judge fine-tuning with a ground truth: a look that the generator was never taught, from a few drawings.

    python -m training.data --out .cache/newlook-test --split heldout --count 96 --per-person 1 \\
        --looks papercut,toon,clay,flat,ink
    python -m training.evaluate_finetune --data .cache/newlook-test --look papercut --oracle .cache/oracle

The first 32 moments of the store are there to be drawn from, one picture of as many people; the others are
the truth that results are compared with: other people who do other things. ``base`` are the looks that the
generator knows, of which the gap is counted from the best; ``oracle`` is a generator that was taught the
whole look (``python -m training.train_generator --new-look papercut``). A look that the generator
knows is made to be forgotten first, and the generator as it was is the oracle; traces of the look stay in the
weights that all looks share, so this is easier than a look that was never taught. Codes are either those that
the drawings were made from, or estimated from the drawings alone, as for any folder of drawings.
"""

from __future__ import annotations

import argparse
import copy
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gen_avatar.character.levels import restore
from gen_avatar.errors import NoFaceError
from gen_avatar.finetune.dye import UNDYED, dye_of
from gen_avatar.finetune.fit import DrawingFitter
from gen_avatar.finetune.fitted import Fitted
from gen_avatar.finetune.lesson import style_of, teach
from gen_avatar.finetune.samples import Samples
from gen_avatar.finetune.settings import Lesson
from gen_avatar.finetune.teach import make_fitter
from gen_avatar.generator.adapter import style_columns
from gen_avatar.generator.codes import CODE_LAYOUT
from gen_avatar.generator.encoder import AvatarEncoder
from gen_avatar.generator.model import AvatarGenerator, to_rgba, to_straight
from gen_avatar.loading import load_network
from gen_avatar.metrics import compare, frechet_distance, lpips_random, over
from gen_avatar.pipeline import AvatarPipeline
from gen_avatar.types import Character, Performance
from gen_avatar.weights import checkpoint
from training.data import Shard, Store
from training.evaluate import as_table, people_of

#: Moments at the beginning of the store that drawings are taken from.
DRAWN = 32
#: Pairs of pictures whose distance tells whether everybody looks the same.
_PAIRS = 40


def picture_of(shard: Shard, row: int, look: str) -> np.ndarray:
    """[S, S, 4] uint8."""
    return np.array(np.load(shard.folder / f"picture-{look}.npy", mmap_mode="r", allow_pickle=False)[row])


def known(store: Store, look: str, count: int) -> list[Fitted]:
    """The first drawings with the codes that they were made from."""
    out = []
    for i, person in enumerate(people_of(store)[:count]):
        shard, row = store.locate(i)
        act = Performance(
            np.array([person["expression"]], np.float32),
            np.array([person["gaze"]], np.float32),
            np.array([person["rotation"]], np.float32),
            np.zeros((1, 3), np.float32),
            props=tuple(person["props"]),
        )
        character = Character.from_json(json.dumps(person["character"]))
        out.append(Fitted(Path(f"{i}.png"), picture_of(shard, row, look), character, act))
    return out


def estimated(store: Store, look: str, count: int, fitter: DrawingFitter) -> list[Fitted]:
    """The first drawings with what is read in them."""
    out = []
    for i in range(count):
        try:
            out.append(fitter.fit(Path(f"{i}.png"), picture_of(*store.locate(i), look)))
        except NoFaceError:
            print(f"no face in drawing {i}")
    return out


@torch.inference_mode()
def painted(network: AvatarGenerator, style: Tensor, store: Store, rows: Sequence[int]) -> list[np.ndarray]:
    """[S, S, 4] uint8 pictures of moments of the store."""
    out = []
    for shard, row in map(store.locate, rows):
        buffers = restore(shard.buffers[row : row + 1])
        codes = torch.from_numpy(shard.codes[row : row + 1].astype(np.float32))
        out.append(to_rgba(to_straight(network.premultiplied(buffers, codes, style))[0]))
    return out


def figures(
    truths: Sequence[np.ndarray], pictures: Sequence[np.ndarray], codes: np.ndarray, encoder: AvatarEncoder
) -> dict[str, float]:
    """Means over pairs, distance of the two sets, variety, and what the encoder still reads."""
    rows = [compare(a, b) for a, b in zip(truths, pictures, strict=True)]
    means = {key: float(np.mean([row[key] for row in rows])) for key in ("psnr", "ssim", "lpips")}
    read, true = (encoder.encode(np.stack(list(p))) for p in (pictures, truths))
    expression, identity = CODE_LAYOUT["expression"], CODE_LAYOUT["identity"]
    means["fid"] = frechet_distance(true.features.double().numpy(), read.features.double().numpy())
    pairs = np.random.default_rng(0).integers(len(truths), size=(_PAIRS, 2))
    variety = [
        np.mean([lpips_random()(over(s[a]), over(s[b])) for a, b in pairs if a != b])
        for s in (pictures, truths)
    ]
    means["intra-lpips"] = float(variety[0] / variety[1])
    means["expression"] = float(
        np.abs(read.codes.numpy()[:, expression].clip(0, 1) - codes[:, expression]).mean()
    )
    means["identity"] = float(np.abs(read.codes.numpy()[:, identity] - codes[:, identity]).mean())
    return means


@torch.no_grad()
def forgotten(base: AvatarGenerator, look: str) -> AvatarGenerator:
    """A copy of a generator in which nothing but traces in the shared weights is left of a look: its place
    holds what the first of the other looks has."""
    network = copy.deepcopy(base)
    looks = list(base.config["styles"])
    row, other = looks.index(look), next(i for i, name in enumerate(looks) if name != look)
    weights = dict(network.named_parameters())
    for key, first in style_columns(base).items():
        weights[key][:, first + row] = weights[key][:, first + other]
    return network


def taught(
    base: AvatarGenerator, fitted: Sequence[Fitted], pipe: AvatarPipeline, lesson: Lesson, plain: bool = False
) -> tuple[AvatarGenerator, Tensor, float]:
    """The network after a lesson, its style vector, and the seconds that it took.

    In ``plain`` fine-tuning all weights learn from the drawings as they were fitted: no dye and no palette is
    told, nothing is bent and nothing doubted.
    """
    start = time.perf_counter()
    dye = UNDYED if plain else dye_of(np.stack([f.anchors for f in fitted]))
    samples = Samples(fitted, pipe.figure, dye)
    if plain:
        lesson = replace(lesson, frozen=(), align_at=(), adversarial_after=1.0)
        for item in samples.items:
            item.trust[:] = 1
    with tempfile.TemporaryDirectory() as work:
        network, row, progress = teach(base, samples, lesson, Path(work))
    print(f"  {progress.step} steps, errors", [round(entry["error"], 4) for entry in progress.log])
    return network, style_of(network, row), time.perf_counter() - start


def main() -> None:
    """Evaluate from the command line."""
    parser = argparse.ArgumentParser(description="Score fine-tuning against the truth.")
    parser.add_argument("--data", type=Path, required=True, help="store drawn with --split heldout")
    parser.add_argument("--look", default="papercut")
    parser.add_argument("--base", type=Path, default=Path("checkpoints/generator"))
    parser.add_argument("--oracle", type=Path, help="a generator that was taught the look")
    parser.add_argument("--counts", default="1,5,10,20", help="numbers of drawings")
    parser.add_argument("--codes", default="known,estimated")
    parser.add_argument("--tests", type=int, default=64)
    parser.add_argument("--steps", type=int, default=Lesson.steps)
    parser.add_argument("--plain", action="store_true", help="also plain fine-tuning of all weights")
    parser.add_argument("--out", type=Path, default=Path("out/finetune"))
    parser.add_argument("--set", action="append", default=[], metavar="K=V", help="other settings")
    args = parser.parse_args()
    store = Store(args.data)
    pipe = AvatarPipeline.from_pretrained()
    encoder = load_network(AvatarEncoder, checkpoint("encoder"))
    base = load_network(AvatarGenerator, args.base).float()
    rows = range(DRAWN, min(len(store), DRAWN + args.tests))
    truths = [picture_of(*store.locate(i), args.look) for i in rows]
    codes = np.stack([s.codes[r].astype(np.float32) for s, r in map(store.locate, rows)])
    oracle = load_network(AvatarGenerator, args.oracle).float() if args.oracle else None
    if args.look in base.config["styles"]:
        oracle, base = oracle or base, forgotten(base, args.look)
    settings = replace(
        Lesson(steps=args.steps), **{k: json.loads(v) for k, v in (s.split("=") for s in args.set)}
    )
    args.out.mkdir(parents=True, exist_ok=True)
    table: dict[str, Any] = {}
    sheet = [truths[:10]]

    def judge(name: str, network: AvatarGenerator, style: Tensor, seconds: float = 0.0) -> None:
        pictures = painted(network, style, store, rows)
        table[name] = figures(truths, pictures, codes, encoder) | {"seconds": seconds}
        sheet.append(pictures[:10])
        print(name, {k: round(v, 4) for k, v in table[name].items()}, flush=True)

    for look in base.config["styles"]:
        if look not in (*base.config["grid_styles"], args.look):
            judge(f"base, {look}", base, base.style(look))
    if oracle is not None:
        judge("oracle", oracle, oracle.style(args.look))
    fitter = make_fitter(pipe)
    for kind, count in product(args.codes.split(","), map(int, args.counts.split(","))):
        lesson = settings
        if kind == "known":  # where the buffers lie under the drawings already, nothing is to be laid
            fitted = known(store, args.look, count)
            lesson = replace(lesson, align_at=(), adversarial_after=1.0)
        else:
            fitted = estimated(store, args.look, count, fitter)
        judge(f"{count} drawings, codes {kind}", *taught(base, fitted, pipe, lesson))
        if args.plain:
            judge(f"{count} drawings, codes {kind}, plain", *taught(base, fitted, pipe, lesson, plain=True))
    from PIL import Image

    Image.fromarray(np.concatenate([np.concatenate(line, 1) for line in sheet], 0)).save(
        args.out / f"{args.look}.png"
    )
    if oracle is not None:
        low = min(row["lpips"] for name, row in table.items() if name.startswith("base"))
        for row in table.values():
            row["gap closed"] = (low - row["lpips"]) / (low - table["oracle"]["lpips"])
    (args.out / f"{args.look}.json").write_text(json.dumps(table, indent=2) + "\n")
    print(as_table(table))


if __name__ == "__main__":
    main()
