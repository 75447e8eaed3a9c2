"""Teach the encoder to read the studio's and the generator's pictures.

    python -m training.data --out .cache/looks --count 1536
    python -m training.families --out .cache/families --count 2500
    python -m training.train_encoder --data .cache/looks --families .cache/families --minutes 20 ...

The studio's pictures show each person in several looks, the families of the generator's differ in one factor
at a time. Batch number ``i`` is a function of the seed and ``i`` alone. Prints, per field, the correlation of
estimate and truth on held-out people.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from gen_avatar.generator.codes import CHOICE_FIELDS, CODE_LAYOUT, COLOR_FIELDS
from gen_avatar.generator.encoder import INPUT, AvatarEncoder, Encoded, prepare
from gen_avatar.loading import load_network
from training.data import LOOKS, Store
from training.families import FAMILY, GRID, Families, small
from training.train_generator import save_weights

#: Weight of the squared error of each group of columns, and of the choices' cross-entropy.
WEIGHTS = {"identity": 1.0, "expression": 8.0, "gaze": 1.0, "pose": 4.0, "color": 2.0, "choice": 0.05}
#: Weight of the squared difference between what two pictures of one person say of the identity.
SAME_PERSON = 1.0
#: Weight of what the estimates of other factors move while one varies, as a share of what they move at all.
AGREEMENT = {"identity": 0.8, "expression": 0.8, "pose": 0.8}
#: What estimates move at least with their factor, as a share of the truth's variance.
_STILL = 0.01
#: Share of families in a batch that has both kinds of pictures.
FAMILIES = 0.67
STYLE_WEIGHT, KL_WEIGHT = 1.0, 1e-3
#: Pictures are moved by up to this many pixels and scaled by up to this share.
SHIFT, SCALE = 4.0, 0.04


@dataclass(frozen=True)
class Samples:
    """Stores small enough for the memory.

    Attributes:
        pictures: [N, 128, 128, 4] uint8; codes: [N, D]; looks: [N] index of each picture's look.
    """

    pictures: np.ndarray
    codes: np.ndarray
    looks: np.ndarray

    @cached_property
    def people(self) -> tuple[np.ndarray, ...]:
        """The pictures of each person, in any look: rows of ``pictures``."""
        _, number = np.unique(self.codes[:, CODE_LAYOUT["identity"]], axis=0, return_inverse=True)
        order = np.argsort(number.reshape(-1), kind="stable")
        return tuple(np.split(order, np.cumsum(np.bincount(number.reshape(-1)))[:-1]))

    @classmethod
    def of(cls, stores: Sequence[Store], looks: Sequence[str] = LOOKS) -> Samples:
        """Read what ``stores`` have of ``looks``, scaled down premultiplied."""
        pictures, codes, numbers = [], [], []
        for shard in (shard for store in stores for shard in store.shards):
            for look in sorted(shard.pictures.keys() & set(looks)):
                pictures += [small(picture) for picture in shard.pictures[look]]
                codes.append(shard.codes)
                numbers += [looks.index(look)] * len(shard.codes)
        return cls(np.stack(pictures), np.concatenate(codes).astype(np.float32), np.array(numbers))


#: Pictures [B, 4, 128, 128], codes [B, D] and the index of the look [B].
Batch = tuple[Tensor, Tensor, Tensor]


def batch(samples: Samples, number: int, size: int, seed: int) -> Batch:
    """Batch ``number`` of the studio's pictures.

    The second half shows the people of the first half once more: another time, another look.
    """
    rng = np.random.default_rng([seed, number])
    people = [samples.people[i] for i in rng.integers(len(samples.people), size=size // 2)]
    rows = np.concatenate([[rng.choice(rows) for rows in people] for _ in range(2)])
    pictures = moved(samples.pictures[rows], rng)
    return pictures, torch.from_numpy(samples.codes[rows]), torch.from_numpy(samples.looks[rows])


def family_batch(families: Families, number: int, size: int, seed: int) -> Batch:
    """Batch ``number`` of ``size`` whole families, one after the other."""
    rng = np.random.default_rng([seed, number, 1])
    chosen = rng.integers(len(families.looks), size=size)
    pictures = moved(np.concatenate(families.pictures[chosen]), rng)
    codes = torch.from_numpy(np.concatenate(families.codes[chosen]))
    return pictures, codes, torch.from_numpy(families.looks[chosen].repeat(FAMILY))


def moved(pictures: np.ndarray, rng: np.random.Generator) -> Tensor:
    """[B, 128, 128, 4] uint8 as the network is to see them, each moved and scaled a little."""
    shown = []
    for picture in pictures:
        scale = 1 + rng.uniform(-SCALE, SCALE)
        x, y = rng.uniform(-SHIFT, SHIFT, 2) + (1 - scale) * INPUT / 2
        matrix = np.array([[scale, 0, x], [0, scale, y]], np.float32)
        shown.append(cv2.warpAffine(picture, matrix, (INPUT, INPUT)))
    backdrop = torch.from_numpy(rng.uniform(0, 1, (len(shown), 3)).astype(np.float32))
    return prepare(torch.from_numpy(np.stack(shown)), backdrop)


def mixed_batch(
    samples: Samples | None, families: Families | None, number: int, size: int, seed: int
) -> tuple[Batch, int]:
    """Batch ``number`` of about ``size`` pictures, and how many of them, the first ones, are the studio's."""
    share = 0.0 if families is None else FAMILIES if samples is not None else 1.0
    whole = round(share * size / FAMILY)
    pairs = size - whole * FAMILY
    parts = []
    if samples is not None:
        parts.append(batch(samples, number, pairs, seed))
    if families is not None:
        parts.append(family_batch(families, number, whole, seed))
    pictures, codes, looks = (torch.cat(part) for part in zip(*parts, strict=True))
    return (pictures, codes, looks), len(codes) - whole * FAMILY


def same_person(raw: Tensor) -> Tensor:
    """How far estimates [B, D] of the identity differ between the halves of a batch of the studio's pictures.

    What is said of the identity shall not move with pose and expression: the halves, which show the same
    people, are to agree on it (imitation pairs, as in DiscoFaceGAN, Deng et al. 2020).
    """
    first, second = raw[:, CODE_LAYOUT["identity"]].chunk(2)
    return F.mse_loss(first, second)


def agreement(raw: Tensor, codes: Tensor) -> Tensor:
    """How far estimates of each factor move in families while only another one varies.

    Each is a share in [0, 1] of that and of what they move with their own factor in the same families, so
    that nothing is gained by saying little, nor by telling people apart; summed over all pairs of factors,
    weighted by ``AGREEMENT``.

    Args:
        raw, codes: [F * FAMILY, D] estimates and truth of whole families.
    """

    def moves(estimates: Tensor, axis: int) -> Tensor:
        return estimates.unflatten(0, (-1, *GRID.values())).var(axis).sum(-1).mean()

    total = raw.new_zeros(())
    for own, stays in enumerate(GRID, 1):
        said, truth = raw[:, CODE_LAYOUT[stays]], codes[:, CODE_LAYOUT[stays]]
        enough = moves(said, own) + _STILL * moves(truth, own)
        for axis, varies in enumerate(GRID, 1):
            if varies != stays:
                moved = moves(said, axis)
                total = total + AGREEMENT[varies] * moved / (moved + enough)
    return total


def reading_loss(seen: Encoded, codes: Tensor, looks: Tensor) -> Tensor:
    """Squared errors of codes and colours, cross-entropy of choices and of the look, KL of the latent."""
    total = seen.raw.new_zeros(())
    for name in ("identity", "expression", "gaze", "pose"):
        part = CODE_LAYOUT[name]
        total = total + WEIGHTS[name] * F.mse_loss(seen.raw[:, part], codes[:, part])
    for name in COLOR_FIELDS:
        part = CODE_LAYOUT[name]
        total = total + WEIGHTS["color"] * F.mse_loss(seen.raw[:, part], codes[:, part])
    for name in CHOICE_FIELDS:
        part = CODE_LAYOUT[name]
        total = total + WEIGHTS["choice"] * F.cross_entropy(seen.raw[:, part], codes[:, part].argmax(1))
    style = F.one_hot(looks, seen.style.shape[1]).float()
    kl = 0.5 * (seen.mean.square() + seen.log_variance.exp() - 1 - seen.log_variance).sum(1).mean()
    return total + STYLE_WEIGHT * F.mse_loss(seen.style, style) * style.shape[1] + KL_WEIGHT * kl


@torch.inference_mode()
def correlations(encoder: AvatarEncoder, samples: Samples) -> dict[str, float]:
    """Mean correlation of estimate and truth, per field; for choices and looks the share told right."""
    rows: dict[str, list[float]] = {}
    seen = encoder.encode(samples.pictures)
    truth, guess = samples.codes, seen.codes.numpy()
    for name, part in CODE_LAYOUT.items():
        if name in CHOICE_FIELDS:
            right = guess[:, part].argmax(1) == truth[:, part].argmax(1)
            rows.setdefault("choices", []).append(right.mean())
            continue
        group = "colors" if name in COLOR_FIELDS else name
        for column in range(part.start, part.stop):
            if truth[:, column].std() > 1e-3:
                rows.setdefault(group, []).append(np.corrcoef(guess[:, column], truth[:, column])[0, 1])
    rows["look"] = [float((seen.style.argmax(1).numpy() == samples.looks).mean())]
    return {name: round(float(np.mean(values)), 3) for name, values in rows.items()}


def train(
    samples: Samples | None = None,
    families: Families | None = None,
    minutes: float = 15.0,
    seed: int = 0,
    size: int = 72,
    lr: float = 2e-3,
    steps: int | None = None,
    init: Path | None = None,
) -> AvatarEncoder:
    """Train for some minutes, or for exactly ``steps`` batches, afresh or from the weights in ``init``.

    Args:
        samples: the studio's pictures; families: the generator's. At least one of them.
        size: pictures of a batch.
    """
    torch.manual_seed(seed)
    encoder = (AvatarEncoder() if init is None else load_network(AvatarEncoder, init)).train()
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=lr, weight_decay=1e-3)
    start, number = time.monotonic(), 0
    with tqdm(unit="batch", disable=steps is not None) as bar:
        while True:
            done = number / steps if steps else (time.monotonic() - start) / (60 * minutes)
            if done >= 1:
                return encoder.eval()
            for group in optimizer.param_groups:
                group["lr"] = lr * min(1, (number + 1) / 50) * max(0.01, 0.5 * (1 + np.cos(np.pi * done)))
            (pictures, codes, looks), pairs = mixed_batch(samples, families, number, size, seed)
            seen = encoder(pictures, torch.randn(len(codes), encoder.config["latent_dim"]))
            loss = reading_loss(seen, codes, looks)
            if samples is not None:
                loss = loss + SAME_PERSON * same_person(seen.raw[:pairs])
            if families is not None:
                loss = loss + agreement(seen.raw[pairs:], codes[pairs:])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            number += 1
            bar.set_postfix_str(f"loss={float(loss.detach()):.3f}")
            bar.update()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Train the encoder on drawn and painted pictures.")
    parser.add_argument("--data", type=Path, nargs="+", help="stores drawn by training.data")
    parser.add_argument("--families", type=Path, nargs="+", help="folders painted by training.families")
    parser.add_argument("--heldout", type=Path, required=True, help="store drawn with --split heldout")
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--init", type=Path, help="folder of trained weights to begin with")
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--export", type=Path, default=Path("checkpoints/encoder"))
    options = parser.parse_args()
    if not options.data and not options.families:
        parser.error("nothing to learn from: give --data, --families or both")
    samples = Samples.of([Store(folder) for folder in options.data]) if options.data else None
    families = Families.of(options.families) if options.families else None
    encoder = train(samples, families, options.minutes, options.seed, lr=options.lr, init=options.init)
    save_weights(encoder, options.export)
    print(json.dumps(correlations(encoder, Samples.of([Store(options.heldout)])), indent=1))


if __name__ == "__main__":
    main()
