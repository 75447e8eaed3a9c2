"""Pictures on a grid of cells in few plain colours: what a network paints softly becomes pixel art.

The colours are chosen from the picture itself: the modes of what its cells show, found in the order in which
they explain the most. A mode hardly moves from one frame to the next, so that nothing flickers.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from numba import njit
from torch import Tensor

from gen_avatar.generator.stamping import PAINTED
from gen_avatar.generator.stamps import appearance_of, coverages, made_up, stamp_colors, stamped, stamps

#: Colours of a picture at most.
MOST = 24
#: Weights of red, green and blue in the distance of two colours, which is then about that of the eye.
WEIGHTS = np.array([2.0, 4.0, 3.0], np.float32) / 9
#: Colours within this distance of a mode belong to it, and modes lie at least this far apart.
NEAR, APART = 0.042, 0.042
#: A colour is worth having if it takes away this much error: squared distance times cells.
WORTH = 0.003
#: Bins a channel in which modes are looked for, and steps to the middle of each.
BINS, STEPS = 16, 3
#: A cell takes the colour of a neighbour whose distance, times this, is less than that of the best.
KEEP = 0.75
#: A colour met this well is not given up, and a cell unlike all around it stays so if it is met this well.
MET, LONE = 0.02, 0.08


@torch.compiler.disable
def crisp(picture: Tensor, cell: int, buffers: Tensor | None = None, codes: Tensor | None = None) -> Tensor:
    """``picture`` [B, 4, H, W], straight sRGB and alpha, in at most ``MOST`` colours and alpha of 0 or 1.

    Args:
        cell: side of its cells, pixels; each is of one colour already.
        buffers: [B, C, H, W] geometry and ``codes`` [B, D] of who is drawn: with them faces are stamped.
    """
    cells = picture[..., ::cell, ::cell].detach().float().permute(0, 2, 3, 1).cpu().numpy()
    if buffers is None or codes is None:
        made = [reduced(np.ascontiguousarray(one)) for one in cells]
    else:
        shares = coverages(buffers, cell)
        people = codes.detach().float().cpu().numpy()
        made = [with_stamps(*one) for one in zip(cells, shares, people, strict=True)]
    plain = torch.from_numpy(np.stack(made)).permute(0, 3, 1, 2).to(picture)
    return plain.repeat_interleave(cell, -2).repeat_interleave(cell, -1)


def with_stamps(cells: np.ndarray, share: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """``cells`` [G, G, 4] float32 as of :func:`reduced`, with a face stamped on them.

    ``share`` [G, G, parts] are coverages, ``codes`` [D] say who it is.
    """
    person = appearance_of(codes)
    index = stamps(share, made_up(person))
    cells = np.ascontiguousarray(cells)
    shown = cells.copy()
    # What will be stamped takes no part in the choice of colours.
    shown[index != PAINTED] = 0
    plain = reduced(shown, MOST - len(np.unique(index[index >= 0])))
    plain[..., 3] = cells[..., 3] >= 0.5
    return stamped(plain, index, share, stamp_colors(person))


def reduced(cells: np.ndarray, most: int = MOST) -> np.ndarray:
    """``cells`` [G, K, 4] float32, straight sRGB and alpha in [0, 1], in at most ``most`` plain colours."""
    out = np.zeros_like(cells)
    _reduce(cells, WEIGHTS, most, out)
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _apart(one, other, weights):  # type: ignore[no-untyped-def]
    """Squared distance of two colours."""
    total = np.float32(0)
    for k in range(3):
        total += weights[k] * (one[k] - other[k]) ** 2
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _calm(cells, weights):  # type: ignore[no-untyped-def]
    """[G, K] how much each cell counts: much within an area, little on a soft border; 0 where it is empty."""
    rows, columns = cells.shape[:2]
    calm = np.zeros((rows, columns), np.float32)
    for i in range(rows):
        for j in range(columns):
            if cells[i, j, 3] < 0.5:
                continue
            alike = 0
            for r in range(max(i - 1, 0), min(i + 2, rows)):
                for c in range(max(j - 1, 0), min(j + 2, columns)):
                    if cells[r, c, 3] >= 0.5 and _apart(cells[i, j], cells[r, c], weights) < NEAR * NEAR / 4:
                        alike += 1
            calm[i, j] = 0.2 + (alike - 1) / 8
    return calm


@njit(cache=True, nogil=True, error_model="numpy")
def _nearest(color, palette, weights):  # type: ignore[no-untyped-def]
    best, least = 0, np.float32(np.inf)
    for n in range(len(palette)):
        away = _apart(color, palette[n], weights)
        if away < least:
            best, least = n, away
    return best, least


@njit(cache=True, nogil=True, error_model="numpy")
def _mode(colors, calm, start, weights):  # type: ignore[no-untyped-def]
    """The middle of the ``colors`` [n, 3] that lie around ``start``, by mean shift."""
    middle, sums = start.copy(), np.zeros(3)
    for _ in range(STEPS):
        sums[:] = 0
        total = 0.0
        for n in range(len(colors)):
            away = _apart(colors[n], middle, weights)
            if away < NEAR * NEAR:
                share = calm[n] * (1 - away / (NEAR * NEAR))
                total += share
                for k in range(3):
                    sums[k] += share * colors[n, k]
        if total <= 0:
            break
        for k in range(3):
            middle[k] = sums[k] / total
    return middle


@njit(cache=True, nogil=True, error_model="numpy")
def _palette(colors, calm, weights, most):  # type: ignore[no-untyped-def]
    """[m, 3] the colours that explain ``colors`` [n, 3] best, at most ``most``."""
    count, total = 0, len(colors)
    found = np.zeros((MOST, 3), np.float32)
    error, place = np.ones(total, np.float32), np.zeros(total, np.int64)
    for n in range(total):
        for k in range(3):
            place[n] = place[n] * BINS + min(int(colors[n, k] * BINS), BINS - 1)
    worth, sums = np.zeros(BINS**3, np.float32), np.zeros(3, np.float32)
    while count < most:
        worth[:] = 0
        for n in range(total):
            worth[place[n]] += calm[n] * error[n]
        best = int(np.argmax(worth))
        if worth[best] < WORTH:
            break
        sums[:] = 0
        for n in range(total):
            if place[n] == best:
                for k in range(3):
                    sums[k] += calm[n] * error[n] * colors[n, k] / worth[best]
        mode = _mode(colors, calm, sums, weights)
        if count and _nearest(mode, found[:count], weights)[1] < APART * APART:
            # The slope beside a mode that is known already: no colour of its own.
            for n in range(total):
                if place[n] == best:
                    error[n] = 0
            continue
        found[count] = mode
        count += 1
        for n in range(total):
            away = _apart(colors[n], mode, weights)
            error[n] = min(error[n], 0.0 if away < NEAR * NEAR else away)
    return found[:count]


@njit(cache=True, nogil=True, error_model="numpy")
def _reduce(cells, weights, most, out):  # type: ignore[no-untyped-def]
    rows, columns = cells.shape[:2]
    calm = _calm(cells, weights)
    total = np.count_nonzero(calm)
    if total == 0:
        return
    colors, share, n = np.zeros((total, 3), np.float32), np.zeros(total, np.float32), 0
    for i in range(rows):
        for j in range(columns):
            if calm[i, j] > 0:
                colors[n], share[n] = cells[i, j, :3], calm[i, j]
                n += 1
    palette = _palette(colors, share, weights, most)
    first = np.full((rows, columns), -1)
    met = np.full((rows, columns), np.float32(np.inf))
    for i in range(rows):
        for j in range(columns):
            if calm[i, j] > 0:
                first[i, j], met[i, j] = _nearest(cells[i, j], palette, weights)
    for i in range(rows):
        for j in range(columns):
            if first[i, j] < 0:
                continue
            # A blend of two areas belongs to one of these and is no third colour between them.
            best, least, alone = first[i, j], met[i, j], True
            borrowed, nearest = -1, np.float32(np.inf)
            for r in range(max(i - 1, 0), min(i + 2, rows)):
                for c in range(max(j - 1, 0), min(j + 2, columns)):
                    if first[r, c] < 0 or (r == i and c == j):
                        continue
                    alone &= first[r, c] != best
                    if met[r, c] < met[i, j] and first[r, c] != best:
                        away = _apart(cells[i, j], palette[first[r, c]], weights)
                        if away < nearest:
                            borrowed, nearest = first[r, c], away
            own, other = math.sqrt(least), math.sqrt(nearest)
            # A glint or a pupil may stand alone: it is met well and like nothing beside it.
            spot = alone and own < LONE and other > 2 * LONE
            if borrowed >= 0 and own > MET and (alone or other * KEEP < own) and not spot:
                best = borrowed
            for k in range(3):
                out[i, j, k] = palette[best, k]
            out[i, j, 3] = 1
