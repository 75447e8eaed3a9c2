"""Batches for the parser, shuffled, mirrored and recoloured: functions of the seed and their number alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from gen_avatar.appearance.parser import ATTRIBUTES, FACE_VIEW, HEAD_VIEW, PLANES, crop_planes
from training.photos.camera import augment
from training.photos.render import ORIGIN, SCALE
from training.photos.store import load

#: Share of the people who are mirrored, recoloured, and of whom no person mask is known.
_MIRRORED, _RECOLOURED, _BLIND = 0.5, 0.7, 0.3
#: Answers about the parting that a mirror swaps.
_PARTING = list(ATTRIBUTES).index("parting")
_LEFT, _RIGHT = (ATTRIBUTES["parting"].index(side) for side in ("left", "right"))
#: The plane of :func:`crop_planes` that holds x, which a mirror turns round.
_X_PLANE = PLANES - 2
_VIEWS = {"head": HEAD_VIEW, "face": FACE_VIEW}


class PhotoBatches:
    """All drawn photos of a folder, in memory.

    Args:
        folder: as ``training.photos.store`` writes it.
        seed: of order and augmentation; None keeps pictures as they are, in order.
    """

    def __init__(self, folder: Path, seed: int | None = 0) -> None:
        self.data, self.seed = load(folder), seed

    def __len__(self) -> int:
        return len(self.data["answers"])

    def batch(self, number: int, size: int) -> dict[str, Tensor]:
        """One batch, a function of the seed and ``number`` alone; the last in order may be smaller.

        Returns:
            ``head`` and ``face`` [B, PLANES, H, W] float32, ``head_labels`` and ``face_labels`` [B, H, W]
            int64, and ``answers`` [B, A] int64, -1 where nobody can tell.
        """
        rows = self._rows(number, size)
        rng = np.random.default_rng([self.seed or 0, number])
        answers = self.data["answers"][rows].astype(np.int64)
        out: dict[str, list[np.ndarray]] = {key: [] for key in ("head", "face", "head_labels", "face_labels")}
        for i, row in enumerate(rows):
            chance = np.ones(3) if self.seed is None else rng.random(3)
            mirror, recolour, blind = chance < (_MIRRORED, _RECOLOURED, _BLIND)
            look = int(rng.integers(2**31))  # the same for both crops
            for name in _VIEWS:
                planes, labels = self._crop(name, row, look if recolour else None, blind)
                if mirror:
                    planes, labels = planes[..., ::-1].copy(), labels[:, ::-1].copy()
                    planes[_X_PLANE] *= -1
                out[name].append(planes)
                out[f"{name}_labels"].append(labels)
            if mirror and answers[i, _PARTING] in (_LEFT, _RIGHT):
                answers[i, _PARTING] = _LEFT + _RIGHT - answers[i, _PARTING]
        batch = {key: torch.from_numpy(np.stack(value)) for key, value in out.items()}
        for name in _VIEWS:
            batch[name] = batch[name].contiguous(memory_format=torch.channels_last)
            batch[f"{name}_labels"] = batch[f"{name}_labels"].long()
        return {**batch, "answers": torch.from_numpy(answers)}

    def _rows(self, number: int, size: int) -> np.ndarray:
        """Which pictures a batch holds: in order, or shuffled anew each time all have been seen."""
        if self.seed is None:
            return np.arange(number * size, min((number + 1) * size, len(self)))
        epoch, start = divmod(number * size, max(len(self) // size * size, 1))
        order = np.random.default_rng([self.seed, 77, epoch]).permutation(len(self))
        return order[start : start + size]

    def _crop(self, name: str, row: int, look: int | None, blind: bool) -> tuple[np.ndarray, np.ndarray]:
        """Planes [PLANES, H, W] and labels [H, W] of a crop; ``look``: seed of its other colours, or None."""
        scale, _, origin = _VIEWS[name]
        rgb, valid, person, labels = (
            self.data[f"{name}_{field}"][row] for field in ("rgb", "valid", "person", "labels")
        )
        if look is not None:
            rgb = augment(rgb, np.random.default_rng(look))
        known = person.astype(np.float32) / 255 * (not blind)
        points = (self.data["points"][row] - ORIGIN) * (scale / SCALE) + origin
        return crop_planes(rgb, valid, known, points.astype(np.float32), scale, origin), labels
