"""Fit how hair of each length and texture measures, on drawn photos as a trained parser sees them.

    python -m training.photos.store --out .cache/photos --count 1024
    python -m training.fit_hair --data .cache/photos --parser checkpoints/parser --out checkpoints/parser

The network itself stays as it is.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from gen_avatar.appearance.parser import (
    ATTRIBUTES,
    FACE_VIEW,
    HEAD_VIEW,
    FaceParser,
    crop_planes,
    landmark_planes,
)
from gen_avatar.appearance.refine import refined
from gen_avatar.appearance.regions import Crop
from gen_avatar.appearance.shape import hair_grain, hair_hang
from gen_avatar.loading import load_network
from training.photos.render import ORIGIN, SCALE
from training.photos.store import load
from training.train_generator import save_weights

#: People that stand for "as all others" in each answer's mean.
_OTHERS = 2.0
#: Least variance in any direction.
_LEAST = 1e-4


def discriminant(seen: np.ndarray, answers: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Means [count, D] and common covariance [D, D] of what is seen of people.

    Args:
        seen: [N, D], NaN where unknown; answers: [N], below 0 where nobody can tell.
    """
    seen, answers = seen[answers >= 0], answers[answers >= 0]
    all_ = np.nanmean(seen, 0)
    means = np.stack([
        (np.nansum(seen[answers == k], 0) + _OTHERS * all_)
        / (np.isfinite(seen[answers == k]).sum(0) + _OTHERS)
        for k in range(count)
    ])  # fmt: skip
    away = seen - means[answers]
    known = np.isfinite(away).astype(float)
    away = np.nan_to_num(away)
    values, axes = np.linalg.eigh(away.T @ away / np.maximum(known.T @ known, 1))
    return means, axes * np.maximum(values, _LEAST) @ axes.T


@dataclass(frozen=True)
class Seen:
    """One drawn photo as a parser sees it.

    Attributes:
        crops: head and face; person: [176, 144] of the head crop, in [0, 1].
        regions: [12, 176, 144] shares of each of ``REGIONS`` in the head crop, as the network says.
        said: name → probability of each answer of ``ATTRIBUTES``.
    """

    crops: tuple[Crop, Crop]
    person: np.ndarray
    regions: np.ndarray
    said: dict[str, np.ndarray]


@torch.inference_mode()
def seen(model: FaceParser, data: dict[str, np.ndarray], row: int) -> Seen:
    """Look at one photo of ``data``, which is as of ``training.photos.store.load``."""
    inputs, crops, persons = [], [], []
    for name, (scale, _, origin) in (("head", HEAD_VIEW), ("face", FACE_VIEW)):
        rgb, valid, person = (data[f"{name}_{field}"][row] for field in ("rgb", "valid", "person"))
        points = ((data["points"][row] - ORIGIN) * (scale / SCALE) + origin).astype(np.float32)
        persons.append(person.astype(np.float32) / 255)
        planes = crop_planes(rgb, valid, persons[-1], points, scale, origin)
        inputs.append(torch.from_numpy(planes)[None].contiguous(memory_format=torch.channels_last))
        crops.append(Crop(rgb, valid, points, None, scale, origin, 1.0, 1.0, np.zeros((2, 3), np.float32)))
    regions, _, answers = model(*inputs)
    said = {name: logits[0].softmax(0).numpy() for name, logits in answers.items()}
    return Seen((crops[0], crops[1]), persons[0], regions[0].softmax(0).numpy(), said)


def measures(model: FaceParser, data: dict[str, np.ndarray], row: int) -> tuple[np.ndarray, np.ndarray]:
    """How the hair of one drawn photo hangs and its grain; ``data`` as of ``training.photos.store.load``."""
    look = seen(model, data, row)
    head = look.crops[0]
    shares = refined(look.regions, head, look.person, landmark_planes(head.points, HEAD_VIEW[1])[0])
    return hair_hang(shares, head), hair_grain(shares, head)


def fit_hair(model: FaceParser, data: dict[str, np.ndarray]) -> None:
    """Set the tables of a parser by which it judges length and texture of hair."""
    rows = [measures(model, data, row) for row in range(len(data["answers"]))]
    truth = {name: data["answers"][:, i].astype(int) for i, name in enumerate(ATTRIBUTES)}
    # Hair that is cropped and short hair hang alike; answers below 0 are unknown.
    lengths = np.where(truth["hair_length"] < 0, -1, np.maximum(truth["hair_length"] - 1, 0))
    for kind, answers, number in (("hang", lengths, 0), ("grain", truth["texture"] - 1, 1)):
        count = len(getattr(model, f"{kind}_means"))
        tables = discriminant(np.stack([r[number] for r in rows]), answers, count)
        for table, values in zip(("means", "spread"), tables, strict=True):
            getattr(model, f"{kind}_{table}").copy_(torch.from_numpy(values))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Fit how hair of each length and texture measures.")
    parser.add_argument("--data", type=Path, required=True, help="drawn photos of training.photos.store")
    parser.add_argument("--parser", type=Path, required=True, help="folder of the parser")
    parser.add_argument("--out", type=Path, required=True, help="folder for it with the tables")
    args = parser.parse_args()
    model = load_network(FaceParser, args.parser)
    fit_hair(model, load(args.data))
    save_weights(model, args.out)


if __name__ == "__main__":
    main()
