"""Soft pictures on a grid become pixel art of few plain colours, the same from frame to frame."""

from __future__ import annotations

import numpy as np
import torch

from gen_avatar.generator.crisp import MOST, crisp, reduced
from gen_avatar.generator.model import CELL

SKIN, HAIR, IRIS, WHITE = ([0.80, 0.60, 0.45], [0.20, 0.12, 0.10], [0.25, 0.45, 0.75], [0.95, 0.93, 0.90])


def face(noise: float = 0.0, seed: int = 0) -> np.ndarray:
    """[64, 64, 4] hair over skin with a soft border between, two eyes, and a soft outline to nothing."""
    cells = np.zeros((64, 64, 4), np.float32)
    share = np.clip((np.arange(64) - 24) / 3, 0, 1)[:, None, None]
    cells[..., :3] = np.array(HAIR) * (1 - share) + np.array(SKIN) * share
    for left in (20, 38):
        cells[36:39, left : left + 5, :3] = WHITE
        cells[36:39, left + 1 : left + 4, :3] = IRIS
    cells[..., :3] += noise * np.random.default_rng(seed).standard_normal((64, 64, 3))
    y, x = np.mgrid[:64, :64] - 31.5
    cells[..., 3] = np.clip(28.5 - np.hypot(x, y), 0, 1)
    return cells.clip(0, 1)


def test_few_plain_colours_and_no_blends() -> None:
    plain = reduced(face(0.008))
    assert set(np.unique(plain[..., 3])) == {0, 1} and not plain[plain[..., 3] == 0].any()
    colors = np.unique(plain[plain[..., 3] == 1][:, :3], axis=0)
    assert 4 <= len(colors) <= 6
    for wanted in (SKIN, HAIR, IRIS, WHITE):
        assert np.abs(colors - wanted).max(1).min() < 0.02


def test_what_is_small_keeps_its_colour() -> None:
    cells = face()
    cells[37, 22, :3] = 0.99
    plain = reduced(cells)
    np.testing.assert_allclose(plain[36:39, 41], np.tile([*IRIS, 1], (3, 1)), atol=0.02)
    assert plain[37, 22, :3].min() > 0.85


def test_frames_that_hardly_differ_become_alike() -> None:
    one, other = (reduced(face(0.006, seed)) for seed in (1, 2))
    assert np.abs(one - other).mean() < 0.004
    assert (np.abs(one - other).max(-1) > 0.05).mean() < 0.01


def test_never_more_than_the_most_colours() -> None:
    cells = np.random.default_rng(0).random((64, 64, 4)).astype(np.float32)
    plain = reduced(cells)
    assert len(np.unique(plain[plain[..., 3] == 1][:, :3], axis=0)) <= MOST
    assert not reduced(np.zeros((64, 64, 4), np.float32)).any()


def test_pictures_keep_their_cells_and_their_kind() -> None:
    cells = torch.from_numpy(face()).permute(2, 0, 1)[None].repeat(2, 1, 1, 1)
    picture = cells.repeat_interleave(CELL, -1).repeat_interleave(CELL, -2).bfloat16()
    plain = crisp(picture, CELL)
    assert plain.shape == picture.shape and plain.dtype == picture.dtype
    assert torch.equal(plain[0], plain[1])
    blocks = plain.unflatten(3, (-1, CELL)).unflatten(2, (-1, CELL))
    assert torch.equal(blocks.amax((3, 5)), blocks.amin((3, 5)))
