"""3×3 convolutions with a quarter of the products: Winograd's F(4×4, 3×3), for one picture on the CPU.

``convolve`` does what ``F.conv2d`` with a padding of one and a leaky ReLU do, to some 1e-5. Squares of 4 by 4
results, tiles, are made together from 6 by 6 inputs: these are transformed along both axes, their channels
are mixed at each of the 36 places, and that is transformed back (Lavin and Gray, 2015).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import numpy as np
import torch
from numba import njit
from torch import Tensor

from gen_avatar.character.threads import MOST, share

Made = TypeVar("Made")
#: Side of a tile, results.
TILE = 4
#: Places of a transformed tile.
_PLACES = 36
#: Tiles that are worked on together, about: they stay in the cache of a core.
_TOGETHER = 64
#: Products that are multiplied at once, at most: beyond, BLAS would start threads of its own.
_PRODUCTS = 2**18
#: How weights are transformed along an axis.
_WEIGHTS = np.array(
    [[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]], np.float64
) / 24  # fmt: skip
#: A layer of fewer weights than so many inputs and as many outputs have is no quicker this way.
_WORTHWHILE = 32
_TWO, _FOUR, _FIVE, _EIGHT = (np.float32(number) for number in (2, 4, 5, 8))


def pays(weight: Tensor) -> bool:
    """Whether a convolution with weights [O, I, 3, 3] is quicker this way."""
    return weight.shape[0] * weight.shape[1] >= _WORTHWHILE**2


def fits(x: Tensor) -> bool:
    """Whether ``convolve`` takes features [B, C, H, W]: of one picture, on the CPU, nothing to learn."""
    return (
        len(x) == 1
        and x.dtype == torch.float32
        and x.device.type == "cpu"
        and x.shape[2] % TILE == 0
        and x.shape[3] % TILE == 0
        and not torch.is_grad_enabled()
        and not torch.compiler.is_compiling()
        and x.is_contiguous(memory_format=torch.channels_last)
    )


class Prepared(Generic[Made]):
    """What is made of weights alone, made anew when they have changed."""

    def __init__(self, make: Callable[[Tensor], Made]) -> None:
        self._make = make
        self._kept: tuple[tuple[int, int], Made] | None = None

    def of(self, weight: Tensor) -> Made:
        """What comes of ``weight``."""
        state = weight.data_ptr(), -1 if weight.is_inference() else weight._version
        if self._kept is None or self._kept[0] != state:
            self._kept = state, self._make(weight.detach())
        return self._kept[1]


def transformed(weight: Tensor) -> Tensor:
    """Weights [O, I, 3, 3] as ``convolve`` takes them, [36, I, O]."""
    axis = torch.from_numpy(_WEIGHTS)
    places = torch.einsum("ak,oikl,bl->abio", axis, weight.double(), axis)
    return places.flatten(0, 1).float().contiguous()


def convolve(
    x: Tensor, weight: Tensor, shift: Tensor, leak: float, spans: np.ndarray | None = None
) -> Tensor:
    """Convolve, add, and let little of what is negative through.

    Args:
        x: [1, I, H, W] float32 features whose channels lie last in memory, see :func:`fits`.
        weight: [36, I, O] as of :func:`transformed`.
        shift: [O] is added. leak: share of negative results that is left.
        spans: [H / 4, 2] int32 first tile of each row of tiles, and the one behind the last, that are needed;
            by default all. Elsewhere the result is 0.

    Returns:
        [1, O, H, W], channels last in memory.
    """
    _, _, height, width = x.shape
    outputs = weight.shape[2]
    across = width // TILE
    if spans is None:
        spans = np.broadcast_to(np.array([0, across], np.int32), (height // TILE, 2))
        out = torch.empty(height, width, outputs)
    else:
        out = torch.zeros(height, width, outputs)
    rows = max(1, min(_TOGETHER, _PRODUCTS // weight[0].numel()) // across)
    arrays = (x[0].permute(1, 2, 0).numpy(), weight.numpy(), shift.numpy(), np.float32(leak), spans)
    there = out.numpy()
    shared(lambda i, n: _bands(*arrays, rows, i, n, there))
    return out.permute(2, 0, 1)[None]


def shared(work: Callable[[int, int], object]) -> None:
    """Call ``work(index, threads)`` for each of the threads that networks may use, at the same time."""
    share(work, min(MOST, torch.get_num_threads()))


@njit(cache=True, nogil=True, error_model="numpy")
def _bands(x, weight, shift, leak, spans, rows, index, step, out):  # type: ignore[no-untyped-def]
    """Every ``step``-th band of as many ``rows`` of tiles, from ``index``."""
    width, inputs, outputs = x.shape[1], x.shape[2], out.shape[2]
    across = width // TILE
    moved = np.zeros((6, (width + 2) * inputs), np.float32)
    nothing = np.zeros(width * inputs, np.float32)
    half = np.empty((6 * TILE, across * outputs), np.float32)
    there = np.empty((_PLACES, rows * across, inputs), np.float32)
    made = np.empty((_PLACES, rows * across, outputs), np.float32)
    for first in range(index * rows, len(spans), step * rows):
        last, count = min(first + rows, len(spans)), 0
        for row in range(first, last):
            start, stop = spans[row, 0], spans[row, 1]
            if start < stop:
                _transform(x, row, start, stop, nothing, moved, count, there)
                count += stop - start
        for place in range(_PLACES if count else 0):
            np.dot(there[place, :count], weight[place], made[place, :count])
        count = 0
        for row in range(first, last):
            start, stop = spans[row, 0], spans[row, 1]
            if start < stop:
                _transform_back(made, count, row, start, stop, shift, leak, half, out)
                count += stop - start


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _six(a, b, c, d, e, f, one, two, three, four, five, six):  # type: ignore[no-untyped-def]
    """Transform six equally long inputs. A loop an output: with few arrays in each, it becomes vectors."""
    for i in range(len(one)):
        one[i] = _FOUR * a[i] - _FIVE * c[i] + e[i]
    for i in range(len(one)):
        two[i] = e[i] + d[i] - _FOUR * (b[i] + c[i])
    for i in range(len(one)):
        three[i] = e[i] - d[i] + _FOUR * (b[i] - c[i])
    for i in range(len(one)):
        four[i] = e[i] - c[i] + _TWO * (d[i] - b[i])
    for i in range(len(one)):
        five[i] = e[i] - c[i] - _TWO * (d[i] - b[i])
    for i in range(len(one)):
        six[i] = _FOUR * b[i] - _FIVE * d[i] + f[i]


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _four(a, b, c, d, e, f, one, two, three, four):  # type: ignore[no-untyped-def]
    """Transform six equally long products back to four results."""
    for i in range(len(one)):
        one[i] = a[i] + b[i] + c[i] + d[i] + e[i]
    for i in range(len(one)):
        two[i] = b[i] - c[i] + _TWO * (d[i] - e[i])
    for i in range(len(one)):
        three[i] = b[i] + c[i] + _FOUR * (d[i] + e[i])
    for i in range(len(one)):
        four[i] = b[i] - c[i] + _EIGHT * (d[i] - e[i]) + f[i]


@njit(cache=True, nogil=True, error_model="numpy")
def _transform(x, row, start, stop, nothing, moved, at, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` [36, N, C], from ``at``, with the tiles of ``x`` [H, W, C] in one ``row``.

    ``moved`` [6, (W + 2) * C] is room to work in; what lies left and right of the picture in it is 0.
    """
    height, width, size = x.shape
    lines = x.reshape(height, width * size)
    above, first, last = TILE * row - 1, max(TILE * start - 1, 0), min(TILE * stop + 1, width)
    here, into = slice(first * size, last * size), slice((first + 1) * size, (last + 1) * size)
    empty = nothing[: (last - first) * size]
    top = lines[above, here] if row > 0 else empty
    bottom = lines[above + 5, here] if above + 5 < height else empty
    _six(
        top, lines[above + 1, here], lines[above + 2, here], lines[above + 3, here], lines[above + 4, here],
        bottom, moved[0, into], moved[1, into], moved[2, into], moved[3, into], moved[4, into],
        moved[5, into],
    )  # fmt: skip
    for i in range(6):
        for n in range(stop - start):
            left, to = TILE * (start + n) * size, at + n
            line = moved[i, left : left + 6 * size]
            _six(
                line[:size], line[size : 2 * size], line[2 * size : 3 * size], line[3 * size : 4 * size],
                line[4 * size : 5 * size], line[5 * size :], out[6 * i, to], out[6 * i + 1, to],
                out[6 * i + 2, to], out[6 * i + 3, to], out[6 * i + 4, to], out[6 * i + 5, to],
            )  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def _transform_back(made, first, row, start, stop, shift, leak, half, out):  # type: ignore[no-untyped-def]
    """Put what the products ``made`` [36, N, C], from the ``first``, come to into tiles of ``out`` [H, W, C]:
    those from ``start`` to ``stop`` in one ``row``.

    ``half`` [24, (W / 4) * C] is room to work in.
    """
    size, count = made.shape[2], stop - start
    lines = made.reshape(_PLACES, made.shape[1] * size)
    these, into = slice(first * size, (first + count) * size), slice(0, count * size)
    for j in range(6):
        _four(
            lines[j, these], lines[6 + j, these], lines[12 + j, these], lines[18 + j, these],
            lines[24 + j, these], lines[30 + j, these], half[j, into], half[6 + j, into], half[12 + j, into],
            half[18 + j, into],
        )  # fmt: skip
    for i in range(TILE):
        line = out[TILE * row + i]
        for n in range(count):
            x, at = TILE * (start + n), slice(n * size, (n + 1) * size)
            _four(
                half[6 * i, at], half[6 * i + 1, at], half[6 * i + 2, at], half[6 * i + 3, at],
                half[6 * i + 4, at], half[6 * i + 5, at], line[x], line[x + 1], line[x + 2], line[x + 3],
            )  # fmt: skip
            for j in range(TILE):
                pixel = line[x + j]
                for k in range(size):
                    value = pixel[k] + shift[k]
                    pixel[k] = max(value, leak * value)
