"""The finest level of the generator for one picture on the CPU, only where there is something to paint.

Up to half of a picture is empty, and pixels so far from the figure that nothing is painted there need not be
worked on. Rows are worked on one by one, so that what is made of them stays in the cache of a core.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numba import njit
from torch import Tensor, nn

from gen_avatar.generator.winograd import TILE, shared

#: Pixels of a row that are multiplied at once: with more, BLAS would start threads of its own.
_PIECE = 64


@dataclass(frozen=True)
class Needs:
    """What must be worked on for a picture.

    Spans [n, 2] int32 hold the first tile of each row of tiles and the one behind the last; rows without any
    have none between the two.

    Attributes:
        seen: spans about the figure.
        near: [H / reach, W / reach] bool, blocks in which something can be painted.
        painted: spans about these blocks.
        levels: from the finest resolution, spans for each convolution, in their order, and for their input.
    """

    seen: np.ndarray
    near: np.ndarray
    painted: np.ndarray
    levels: list[tuple[list[np.ndarray], np.ndarray]]


def needed(coverage: Tensor, reach: int, layers: Sequence[int]) -> Needs:
    """What a picture needs that is painted in blocks of ``reach`` pixels with the figure and those around.

    Args:
        coverage: [1, 1, H, W] of the figure.
        layers: how many convolutions of 3 by 3 there are at each resolution, from the finest.
    """
    blocks = _blocks(coverage[0, 0].numpy(), reach)
    around = np.pad(blocks, 1)
    rows = around[:-2] | around[1:-1] | around[2:]
    near = rows[:, :-2] | rows[:, 1:-1] | rows[:, 2:]
    tiles = reach // TILE
    painted = _spans(near, tiles)
    wanted, across, levels = painted, tiles * near.shape[1], []
    for count in layers:
        own = []
        for _ in range(count):
            own.append(wanted)
            wanted = grown(wanted, across)
        levels.append((own[::-1], wanted))
        wanted, across = halved(wanted), across // 2
    return Needs(_spans(blocks, tiles), near, painted, levels)


def _spans(blocks: np.ndarray, tiles: int) -> np.ndarray:
    """[H * tiles, 2] spans about what is True of ``blocks`` [H, W], each of ``tiles`` by ``tiles`` tiles."""
    some, width = blocks.any(1), blocks.shape[1]
    first = np.where(some, blocks.argmax(1), width)
    behind = np.where(some, width - blocks[:, ::-1].argmax(1), 0)
    return np.repeat(tiles * np.stack([first, behind], 1), tiles, 0).astype(np.int32)


def grown(spans: np.ndarray, across: int) -> np.ndarray:
    """Spans [n, 2] of rows of ``across`` tiles with all tiles around them."""
    start, stop = np.pad(spans, ((1, 1), (0, 0)), "edge").T
    start = np.minimum(np.minimum(start[:-2], start[1:-1]), start[2:]) - 1
    stop = np.maximum(np.maximum(stop[:-2], stop[1:-1]), stop[2:]) + 1
    return np.stack([np.maximum(start, 0), np.minimum(stop, across)], 1).astype(np.int32)


def halved(spans: np.ndarray) -> np.ndarray:
    """Spans [n, 2] as spans [n / 2, 2] at half the resolution, not a tile less."""
    pairs = spans.reshape(-1, 2, 2)
    return np.stack([pairs[:, :, 0].min(1) // 2, (pairs[:, :, 1].max(1) + 1) // 2], 1).astype(np.int32)


def reduced(buffers: Tensor, layer: nn.Conv2d, leak: float, spans: np.ndarray) -> Tensor:
    """Buffers [1, C, H, W] at half the resolution, through a leaky ReLU.

    Args:
        layer: a convolution of 2 by 2 with as large steps.
        spans: [H / 4, 2] tiles beside which the buffers are 0, and the result is the same everywhere.

    Returns:
        [1, O, H / 2, W / 2], channels last in memory, as those of the buffers must be.
    """
    height, width = buffers.shape[2:]
    out = torch.empty(height // 2, width // 2, layer.out_channels)
    arrays = (
        _pixels(buffers), layer.weight.permute(2, 3, 1, 0).flatten(1, 2).contiguous().numpy(), _bias(layer),
        np.float32(leak), spans, out.numpy(),
    )  # fmt: skip
    shared(lambda i, n: _reduce(*arrays, i, n))
    return out.permute(2, 0, 1)[None]


def enlarged(
    x: Tensor, up: nn.ConvTranspose2d, buffers: Tensor, skip: nn.Conv2d, leak: float, spans: np.ndarray
) -> Tensor:
    """Features at twice the resolution joined with those of the buffers, through a leaky ReLU.

    Args:
        x: [1, I, H / 2, W / 2]. up: a transposed convolution of 2 by 2 with as large steps, without bias.
        buffers: [1, C, H, W]. skip: the layer of 1 by 1 that they go through.
        spans: [H / 4, 2] tiles that are needed; elsewhere the result is anything.

    Returns:
        [1, O, H, W], channels last in memory, as those of the arguments must be.
    """
    height, width = buffers.shape[2:]
    out = torch.empty(height, width, skip.out_channels)
    arrays = (
        _pixels(x), up.weight.permute(0, 2, 3, 1).flatten(1).contiguous().numpy(), _pixels(buffers),
        skip.weight[:, :, 0, 0].T.contiguous().numpy(), _bias(skip), np.float32(leak), spans, out.numpy(),
    )  # fmt: skip
    shared(lambda i, n: _enlarge(*arrays, i, n))
    return out.permute(2, 0, 1)[None]


def painted(x: Tensor, weight: Tensor, buffers: Tensor, albedo: int, coverage: int, needs: Needs) -> Tensor:
    """What a brush of ``weight`` [7, I + 1] paints on albedo and coverage with features x [1, I, H, W].

    Args:
        buffers: [1, C, H, W]. albedo: the first of its three channels there. coverage: its channel.
        needs: where to paint; elsewhere the picture is empty.

    Returns:
        [1, 4, H, W] premultiplied, channels last in memory.
    """
    height, width = x.shape[2:]
    out = torch.zeros(height, width, 4)
    # BLAS likes eight columns better than seven.
    mixed = torch.zeros(x.shape[1], 8)
    mixed[:, :7] = weight[:, :-1].T
    arrays = (
        _pixels(x), mixed.numpy(), weight[:, -1].contiguous().numpy(), _pixels(buffers), albedo, coverage,
        needs.near, needs.painted, out.numpy(),
    )  # fmt: skip
    shared(lambda i, n: _paint(*arrays, i, n))
    return out.permute(2, 0, 1)[None]


def _pixels(x: Tensor) -> np.ndarray:
    """[H, W, C] of a batch of one [1, C, H, W]."""
    return x[0].permute(1, 2, 0).numpy()


def _bias(layer: nn.Conv2d) -> np.ndarray:
    assert layer.bias is not None
    return layer.bias.numpy()


@njit(cache=True, nogil=True, error_model="numpy")
def _blocks(coverage, side):  # type: ignore[no-untyped-def]
    """[H / side, W / side] bool, which blocks of [H, W] hold anything."""
    out = np.zeros((coverage.shape[0] // side, coverage.shape[1] // side), np.bool_)
    for row in range(out.shape[0]):
        for column in range(out.shape[1]):
            for i in range(side * side):
                if coverage[row * side + i // side, column * side + i % side] > 0:
                    out[row, column] = True
                    break
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _reduce(buffers, weight, bias, leak, spans, out, index, step):  # type: ignore[no-untyped-def]
    """Every ``step``-th row of ``out`` [H / 2, W / 2, O], from ``index``, of ``buffers`` [H, W, C]."""
    width, outputs = out.shape[1], out.shape[2]
    pairs = buffers.reshape(len(buffers), width, 2 * buffers.shape[2])
    above, below = np.empty((_PIECE, outputs), np.float32), np.empty((_PIECE, outputs), np.float32)
    nothing = np.maximum(bias, leak * bias)
    for row in range(index, len(out), step):
        tile = 2 * row // TILE
        start, stop = min(spans[tile, 0] * TILE // 2, width), spans[tile, 1] * TILE // 2
        out[row, :start], out[row, max(start, stop) :] = nothing, nothing
        for left in range(start, stop, _PIECE):
            count = min(_PIECE, stop - left)
            np.dot(pairs[2 * row, left : left + count], weight[0], above[:count])
            np.dot(pairs[2 * row + 1, left : left + count], weight[1], below[:count])
            for n in range(count):
                pixel, one, other = out[row, left + n], above[n], below[n]
                for k in range(outputs):
                    value = one[k] + other[k] + bias[k]
                    pixel[k] = max(value, leak * value)


@njit(cache=True, nogil=True, error_model="numpy")
def _enlarge(x, up, buffers, skip, bias, leak, spans, out, index, step):  # type: ignore[no-untyped-def]
    """Every ``step``-th row of ``x`` [H / 2, W / 2, I], from ``index``, to two of ``out`` [H, W, O]."""
    outputs = out.shape[2]
    wide = np.empty((_PIECE, 4 * outputs), np.float32)
    own = np.empty((2 * _PIECE, outputs), np.float32)
    for row in range(index, len(x), step):
        tile = 2 * row // TILE
        start, stop = spans[tile, 0] * TILE // 2, spans[tile, 1] * TILE // 2
        for left in range(start, stop, _PIECE):
            count = min(_PIECE, stop - left)
            np.dot(x[row, left : left + count], up, wide[:count])
            for below in range(2):
                line = 2 * row + below
                np.dot(buffers[line, 2 * left : 2 * (left + count)], skip, own[: 2 * count])
                for n in range(count):
                    for right in range(2):
                        pixel, mine = out[line, 2 * (left + n) + right], own[2 * n + right]
                        first = (2 * below + right) * outputs
                        theirs = wide[n, first : first + outputs]
                        for k in range(outputs):
                            value = mine[k] + theirs[k] + bias[k]
                            pixel[k] = max(value, leak * value)


@njit(cache=True, nogil=True, error_model="numpy")
def _paint(  # type: ignore[no-untyped-def]
    x, weight, bias, buffers, albedo, coverage, near, spans, out, index, step
):
    """Every ``step``-th row of tiles of ``out`` [H, W, 4], from ``index``."""
    side, one = len(x) // len(near), np.float32(1)
    mixed = np.empty((_PIECE, 8), np.float32)
    for tile in range(index, len(spans), step):
        start, stop = spans[tile, 0] * TILE, spans[tile, 1] * TILE
        for row in range(tile * TILE, (tile + 1) * TILE):
            for left in range(start, stop, _PIECE):
                count = min(_PIECE, stop - left)
                np.dot(x[row, left : left + count], weight, mixed[:count])
                for n in range(count):
                    if not near[row // side, (left + n) // side]:
                        continue
                    pixel, paint, own = out[row, left + n], mixed[n], buffers[row, left + n]
                    for k in range(3):
                        pixel[k] = own[albedo + k] * (one + paint[k] + bias[k]) + paint[3 + k] + bias[3 + k]
                    pixel[3] = own[coverage] + paint[6] + bias[6]
