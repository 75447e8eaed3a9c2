"""Teach the encoder's last layer anew, in closed form, on features that stay as they are.

    python -m training.refit_encoder --data .cache/looks --families .cache/families --heldout .cache/heldout

The rows that tell identity, expression, gaze, pose and colours become those of a ridge regression that is
drawn to what they were: where new pictures say little, the old estimate stays. Families of one appearance
(``training.families``) add what estimates of a factor move while only another one varies, squared. There is
one best answer, found in seconds, and estimates cannot fall silent as under a loss that only asks them to
keep still. All other weights stay, so features, style and choices are told as before.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from gen_avatar.generator.codes import CODE_LAYOUT, COLOR_FIELDS
from gen_avatar.generator.encoder import AvatarEncoder, prepare
from gen_avatar.loading import load_network
from training.data import Store
from training.families import GRID, Families
from training.train_encoder import Samples, correlations, moved
from training.train_generator import save_weights

#: How strongly each field is drawn to its old rows, in units of the features' variance.
STRENGTH = {"identity": 3.0, "expression": 8.0, "gaze": 3.0, "pose": 3.0} | dict.fromkeys(COLOR_FIELDS, 3.0)
#: Weight of what a factor's estimates move in families while only another factor varies.
STILL = 1.0
#: Pictures at a time.
_BATCH = 64


@dataclass(frozen=True)
class Seen:
    """What the encoder sees in one folder of pictures.

    Attributes:
        features: [N, F]. codes: [N, D] truth.
        grids: whether the rows are whole families, one after the other.
    """

    features: np.ndarray
    codes: np.ndarray
    grids: bool

    @classmethod
    def of(
        cls, encoder: AvatarEncoder, pictures: np.ndarray, codes: np.ndarray, grids: bool, seed: int = 0
    ) -> Seen:
        """Look at ``pictures`` [N, 128, 128, 4] uint8: every second batch is moved, over other backdrops."""
        rng = np.random.default_rng(seed)
        parts = []
        for number, start in enumerate(tqdm(range(0, len(pictures), _BATCH), unit="batch")):
            some = pictures[start : start + _BATCH]
            batch = moved(some, rng) if number % 2 else prepare(torch.from_numpy(some))
            with torch.inference_mode():
                parts.append(encoder(batch).features.numpy())
        return cls(np.concatenate(parts), codes.astype(np.float32), grids)

    def scatter(self, axis: int) -> np.ndarray:
        """[F, F] covariance of features within families along ``axis`` of the grid, 0 the first factor."""
        grid = self.features.reshape(-1, *GRID.values(), self.features.shape[1])
        within = (grid - grid.mean(1 + axis, keepdims=True)).reshape(len(self.features), -1)
        return within.T @ within / len(within)


def refit(encoder: AvatarEncoder, seen: Sequence[Seen], still: float = STILL) -> None:
    """Replace the rows of ``encoder.codes`` named in ``STRENGTH``.

    Args:
        seen: one for each folder; every folder counts the same, whatever its size.
        still: weight of what estimates move with other factors; counts where there are families.
    """
    features = np.concatenate([one.features for one in seen])
    codes = np.concatenate([one.codes for one in seen])
    share = np.concatenate([np.full(len(one.codes), 1 / len(one.codes) / len(seen)) for one in seen])
    middle, mean = share @ features, share @ codes
    spread = np.sqrt(share @ (features - middle) ** 2) + 1e-6
    scaled = (features - middle) / spread
    gram = (scaled * share[:, None]).T @ scaled
    aim = (scaled * share[:, None]).T @ (codes - mean)
    families = [one for one in seen if one.grids]
    scatters = {
        factor: sum(one.scatter(axis) for one in families) / len(families) / np.outer(spread, spread)
        for axis, factor in enumerate(GRID)
        if families
    }
    weight, bias = encoder.codes.weight.detach().numpy(), encoder.codes.bias.detach().numpy()
    for field, strength in STRENGTH.items():
        part = CODE_LAYOUT[field]
        left = gram + strength * np.eye(len(gram))
        if field in GRID:
            left = left + still * sum(s for factor, s in scatters.items() if factor != field)
        rows = np.linalg.solve(left, aim[:, part] + strength * (weight[part] * spread).T)
        weight[part] = (rows / spread[:, None]).T
        bias[part] = mean[part] - weight[part] @ middle


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Teach the encoder's last layer anew, in closed form.")
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="stores drawn by training.data")
    parser.add_argument("--families", type=Path, nargs="*", default=[], help="painted by training.families")
    parser.add_argument("--heldout", type=Path, required=True, help="store drawn with --split heldout")
    parser.add_argument("--init", type=Path, default=Path("checkpoints/encoder"))
    parser.add_argument("--export", type=Path, default=Path("checkpoints/encoder"))
    options = parser.parse_args()
    if not options.data and not options.families:
        parser.error("nothing to learn from: give --data, --families or both")
    encoder: AvatarEncoder = load_network(AvatarEncoder, options.init).float().eval()
    seen = []
    for folder in options.data:
        samples = Samples.of([Store(folder)])
        seen.append(Seen.of(encoder, samples.pictures, samples.codes, grids=False))
    for folder in options.families:
        families = Families.of([folder])
        pictures, codes = np.concatenate(families.pictures), np.concatenate(families.codes)
        seen.append(Seen.of(encoder, pictures, codes, grids=True))
    heldout = Samples.of([Store(options.heldout)])
    before = correlations(encoder, heldout)
    refit(encoder, seen)
    save_weights(encoder, options.export)
    print(json.dumps({"before": before, "after": correlations(encoder, heldout)}, indent=1))


if __name__ == "__main__":
    main()
