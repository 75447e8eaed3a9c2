"""Pixel art stays pixel art: the grid of cells that a still is drawn on, and a moved picture put back on
it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Side of cells that are looked for, pixels, and the least share of all steps that lies between cells.
_SIDES, _ALIGNED = range(3, 33), 0.97
#: Least difference of neighbours that is a step, and how many steps tell enough (share of the pixels).
_STEP, _ENOUGH = 12, 0.004
#: More colours than these are no palette.
_COLORS = 64
#: Colours that are rarer than this share of the cells are none of the palette.
_RARE = 0.0005


@dataclass(frozen=True)
class Cells:
    """A grid.

    Attributes:
        side: of a cell, pixels; start: (x, y) where the first whole cell begins.
        palette: [n, 4] uint8 straight alpha, the colours of the cells; empty where they are too many.
    """

    side: int
    start: tuple[int, int]
    palette: np.ndarray


def find_cells(picture: np.ndarray) -> Cells | None:
    """The grid of a picture [H, W, 4] uint8 in which all steps of colour lie between cells of one size."""
    floats = picture.astype(np.int16)
    floats[..., :3] = floats[..., :3] * (floats[..., 3:] > 127)
    columns, rows = (
        (np.abs(np.diff(floats, axis=axis)).max(-1) > _STEP).sum(1 - axis).astype(float) for axis in (1, 0)
    )
    if min(columns.sum(), rows.sum()) < _ENOUGH * picture.shape[0] * picture.shape[1]:
        return None
    for side in reversed(_SIDES):
        (x, across), (y, down) = (_phase(steps, side) for steps in (columns, rows))
        if min(across, down) >= _ALIGNED:
            return Cells(side, (x, y), _palette(_middles(picture, side, (x, y))))
    return None


def put_in_cells(picture: np.ndarray, cells: Cells) -> np.ndarray:
    """[H, W, 4] uint8, straight alpha: each whole cell in one colour, that of its middle, of the palette."""
    (x, y), side = cells.start, cells.side
    colors = _middles(picture, side, cells.start)
    if len(cells.palette):
        colors = cells.palette[_nearest(colors, cells.palette)]
    out = picture.copy()
    height, width = colors.shape[:2]
    big = colors.repeat(side, 0).repeat(side, 1)
    out[y : y + height * side, x : x + width * side] = big
    return out


def _phase(steps: np.ndarray, side: int) -> tuple[int, float]:
    """Where cells of ``side`` begin, and the share of the steps [n - 1] that lie between them."""
    after = np.arange(1, len(steps) + 1) % side
    share = np.bincount(after, steps, side) / steps.sum()
    return int(share.argmax()), float(share.max())


def _middles(picture: np.ndarray, side: int, start: tuple[int, int]) -> np.ndarray:
    """[h, w, 4] uint8 the mean colours of the middles of all whole cells."""
    x, y = start
    height, width = (picture.shape[0] - y) // side, (picture.shape[1] - x) // side
    floats = picture[y : y + height * side, x : x + width * side].astype(np.float32)
    floats[..., :3] *= floats[..., 3:] / 255
    edge = side // 4
    tiles = floats.reshape(height, side, width, side, 4)[:, edge : side - edge, :, edge : side - edge]
    mean = tiles.mean((1, 3))
    mean[..., :3] *= 255 / np.maximum(mean[..., 3:], 1)
    mean[..., 3] = np.where(mean[..., 3] > 127, mean[..., 3], 0)
    return np.round(mean * (mean[..., 3:] > 0)).clip(0, 255).astype(np.uint8)


def _palette(colors: np.ndarray) -> np.ndarray:
    """[n, 4] uint8 the colours of cells [h, w, 4], or none if they are too many."""
    found, count = np.unique(colors.reshape(-1, 4), axis=0, return_counts=True)
    found = found[count >= max(_RARE * count.sum(), 1)]
    return found if len(found) <= _COLORS else found[:0]


def _nearest(colors: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """[h, w] the colour of the palette that each is most like; what is transparent is like nothing else."""
    a, b = (np.dstack([c[..., :3], 2.0 * c[..., 3:]]) for c in (colors, palette[None]))
    flat = a.reshape(-1, 4).astype(np.float32)
    b = b[0].astype(np.float32)
    nearest: np.ndarray = ((b * b).sum(1) - 2 * flat @ b.T).argmin(1)
    return nearest.reshape(colors.shape[:2])
