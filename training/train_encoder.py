"""Teach the encoder to read the studio's pictures.

    python -m training.data --out .cache/faces-clay --looks clay --count 2400 --size 128 --per-person 1
    python -m training.data --out .cache/faces-toon --looks toon --first 2400 ...       # and so on
    python -m training.train_encoder --data .cache/faces-* --heldout .cache/heldout --minutes 15 ...

Many people in one look each teach more about faces than few people in all of them. Batch number ``i`` is a
function of the seed and ``i`` alone. Prints, per field, the correlation of estimate and truth on held-out
people.
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
from training.train_generator import save_weights

#: Weight of the squared error of each group of columns, and of the choices' cross-entropy.
WEIGHTS = {"identity": 1.0, "expression": 8.0, "gaze": 1.0, "pose": 4.0, "color": 2.0, "choice": 0.05}
#: Weight of the squared difference between what two pictures of one person say of the identity.
SAME_PERSON = 1.0
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
                pictures += [_small(picture) for picture in shard.pictures[look]]
                codes.append(shard.codes)
                numbers += [looks.index(look)] * len(shard.codes)
        return cls(np.stack(pictures), np.concatenate(codes).astype(np.float32), np.array(numbers))


def _small(picture: np.ndarray) -> np.ndarray:
    floats = picture.astype(np.float32)
    floats[..., :3] *= floats[..., 3:] / 255
    floats = cv2.resize(floats, (INPUT, INPUT), interpolation=cv2.INTER_AREA)
    floats[..., :3] *= 255 / np.maximum(floats[..., 3:], 1)
    return np.round(floats.clip(0, 255)).astype(np.uint8)


def batch(samples: Samples, number: int, size: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Batch ``number``: pictures [B, 4, 128, 128], codes [B, D] and the index of the look [B].

    The second half shows the people of the first half once more: another time, another look.
    """
    rng = np.random.default_rng([seed, number])
    people = [samples.people[i] for i in rng.integers(len(samples.people), size=size // 2)]
    rows = np.concatenate([[rng.choice(rows) for rows in people] for _ in range(2)])
    moved = []
    for row in rows:
        scale = 1 + rng.uniform(-SCALE, SCALE)
        x, y = rng.uniform(-SHIFT, SHIFT, 2) + (1 - scale) * INPUT / 2
        matrix = np.array([[scale, 0, x], [0, scale, y]], np.float32)
        moved.append(cv2.warpAffine(samples.pictures[row], matrix, (INPUT, INPUT)))
    backdrop = torch.from_numpy(rng.uniform(0, 1, (len(rows), 3)).astype(np.float32))
    pictures = prepare(torch.from_numpy(np.stack(moved)), backdrop)
    return pictures, torch.from_numpy(samples.codes[rows]), torch.from_numpy(samples.looks[rows])


def encoder_loss(seen: Encoded, codes: Tensor, looks: Tensor) -> Tensor:
    """Squared errors of codes and colours, cross-entropy of choices and of the look, KL of the latent.

    What is said of the identity shall not move with pose and expression: the halves of the batch, which show
    the same people, are to agree on it (imitation pairs, as in DiscoFaceGAN, Deng et al. 2020).
    """
    first, second = seen.raw[:, CODE_LAYOUT["identity"]].chunk(2)
    total = SAME_PERSON * F.mse_loss(first, second)
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
    samples: Samples,
    minutes: float,
    seed: int = 0,
    size: int = 48,
    lr: float = 2e-3,
    steps: int | None = None,
    init: Path | None = None,
) -> AvatarEncoder:
    """Train for some minutes, or for exactly ``steps`` batches, afresh or from the weights in ``init``."""
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
            pictures, codes, looks = batch(samples, number, size, seed)
            noise = torch.randn(len(codes), encoder.config["latent_dim"])
            loss = encoder_loss(encoder(pictures, noise), codes, looks)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            number += 1
            bar.set_postfix_str(f"loss={float(loss):.3f}")
            bar.update()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Train the encoder on the studio's pictures.")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="stores drawn by training.data")
    parser.add_argument("--heldout", type=Path, required=True, help="store drawn with --split heldout")
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--init", type=Path, help="folder of trained weights to begin with")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--export", type=Path, default=Path("checkpoints/encoder"))
    options = parser.parse_args()
    samples = Samples.of([Store(folder) for folder in options.data])
    encoder = train(samples, options.minutes, options.seed, init=options.init)
    save_weights(encoder, options.export)
    print(json.dumps(correlations(encoder, Samples.of([Store(options.heldout)])), indent=1))


if __name__ == "__main__":
    main()
