"""Batches for the parser: shuffled, mirrored, recoloured; batch ``i`` is a function of the seed and ``i`` alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from gen_avatar.appearance.parser import ATTRIBUTES, FACE_VIEW, HEAD_VIEW, PLANES, crop_planes
from training.photos.camera import augment
from training.photos.render import ORIGIN, SCALE
from training.photos.store import load

#: Share of the crops that are mirrored, recoloured, and that know no person mask.
_MIRRORED, _RECOLOURED, _BLIND = 0.5, 0.7, 0.3
_PARTING = list(ATTRIBUTES).index("parting")
_VIEWS = {"head": HEAD_VIEW, "face": FACE_VIEW}


class PhotoBatches:
    """All drawn photos of a folder, in memory.

    Args:
        folder: as ``training.photos.store`` writes it.
        seed: of order and augmentation; None keeps pictures as they are, in order.
    """

    def __init__(self, folder: Path, seed: int | None = 0, limit: int | None = None) -> None:
        self.data, self.seed = load(folder, limit), seed

    def __len__(self) -> int:
        return len(self.data["answers"])

    def batch(self, number: int, size: int) -> dict[str, Tensor]:
        """``head`` and ``face`` [B, PLANES, H, W], ``*_labels`` [B, H, W] and ``answers`` [B, A]."""
        plain = self.seed is None
        rng = np.random.default_rng([0 if plain else self.seed, number])  # type: ignore[list-item]
        if plain:
            rows = np.arange(number * size, min((number + 1) * size, len(self)))
        else:
            epoch, at = divmod(number * size, max(len(self) // size * size, 1))
            order = np.random.default_rng([self.seed, 77, epoch]).permutation(len(self))  # type: ignore[list-item]
            rows = order[at : at + size]
        out: dict[str, list[np.ndarray]] = {key: [] for key in ("head", "face", "head_labels", "face_labels")}
        answers = self.data["answers"][rows].astype(np.int64)
        for i, row in enumerate(rows):
            mirror, recolour, blind = (
                (False,) * 3 if plain else rng.random(3) < (_MIRRORED, _RECOLOURED, _BLIND)
            )
            look = int(rng.integers(2**31))
            for name, (scale, (width, height), origin) in _VIEWS.items():
                rgb, valid = self.data[f"{name}_rgb"][row], self.data[f"{name}_valid"][row]
                person = self.data[f"{name}_person"][row].astype(np.float32) / 255 * (not blind)
                if recolour:  # the same for both crops
                    rgb = augment(rgb, np.random.default_rng(look))
                points = self.data["points"][row] - ORIGIN
                points = points * (scale / SCALE) + origin
                planes = crop_planes(rgb, valid, person, points.astype(np.float32), scale, origin)
                labels = self.data[f"{name}_labels"][row]
                if mirror:
                    planes, labels = planes[..., ::-1].copy(), labels[:, ::-1].copy()
                    planes[PLANES - 2] *= -1
                out[name].append(planes)
                out[f"{name}_labels"].append(labels)
            if mirror and answers[i, _PARTING] in (1, 2):
                answers[i, _PARTING] = 3 - answers[i, _PARTING]
        batch = {key: torch.from_numpy(np.stack(value)) for key, value in out.items()}
        for name in _VIEWS:
            batch[name] = batch[name].contiguous(memory_format=torch.channels_last)
            batch[f"{name}_labels"] = batch[f"{name}_labels"].long()
        return {**batch, "answers": torch.from_numpy(answers)}
