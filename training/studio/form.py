"""The large form below the samples: smoothed normals, designed shadows and occlusion, on a coarse grid.

Skin, hair and the other materials are each smoothed by themselves, so that a painter can shade a face as a
sculptor means it and not as its triangles lie. Everything is a function of what lies within ``REACH_FORM``
and ``REACH_CAST`` of a place, which a network that sees the buffers can learn.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.mesh import PARTS
from training.studio.frames import smooth

#: Cells per side of the grid; a picture of fewer samples has a cell per sample.
GRID = 96
#: Spread of the fine and of the broad smoothing, share of the picture: 2.6 and 15 pixels of 256.
FINE, BROAD = 2.6 / 256, 15 / 256
#: Things further apart in depth than this are not smoothed into one another, cm.
DEPTH = 3.2
#: How far a designed shadow falls, share of the picture, and its direction on the picture (down, right).
REACH_CAST = 17 / 256
CAST = (0.90, 0.42)
#: How far occlusion looks, share of the picture, and the distance within which it counts, cm.
REACH_OPEN, OPEN_RANGE = 13 / 256, 2.4
#: Offset of the small shadow below glasses and ornaments, share of the picture.
CONTACT = 2.6 / 256

#: What is smoothed as one material.
_GROUPS = (
    ("skin", "lips", "brow"), ("hair",), ("beard",), ("cloth",), ("headwear",), ("glasses", "ornament"),
)  # fmt: skip
GROUP = np.array(
    [next((i for i, names in enumerate(_GROUPS) if part in names), -1) for part in PARTS], np.int64
)
_SKIN, _HAIR, _BEARD, _CLOTH, _HEADWEAR, _SMALL = range(len(_GROUPS))
#: How much nearer [on][from] must be to cast a shadow, cm; what never does is beyond reach.
_NEVER = 99.0
_NEED = np.full((len(_GROUPS), len(_GROUPS)), _NEVER, np.float32)
for _on, _from, _gap in (
    (_SKIN, _SKIN, 2.0), (_SKIN, _HAIR, -0.15), (_SKIN, _HEADWEAR, -0.2), (_SKIN, _CLOTH, 0.6),
    (_SKIN, _BEARD, 1.6), (_HAIR, _HAIR, 1.6), (_HAIR, _HEADWEAR, 0.1), (_HAIR, _SKIN, 1.0),
    (_BEARD, _BEARD, 2.0), (_CLOTH, _SKIN, 0.6), (_CLOTH, _HAIR, 0.4), (_CLOTH, _BEARD, 0.6),
    (_CLOTH, _CLOTH, 2.2), (_HEADWEAR, _HEADWEAR, 1.2), (_HEADWEAR, _HAIR, 0.5),
):  # fmt: skip
    _NEED[_on, _from] = _gap

#: Channels of :func:`form_of`.
FINE_NORMAL, BROAD_NORMAL, SHADOW, OPENNESS, TOUCH = 0, 3, 6, 7, 8
CHANNELS = 9


def _taps() -> np.ndarray:
    """[14, 2] offsets on a spiral, shares of the reach."""
    turn = np.arange(14) * np.pi * (3 - np.sqrt(5))
    radius = (np.arange(14) + 1.0) / 14
    return (np.stack([np.sin(turn), np.cos(turn)], 1) * radius[:, None]).astype(np.float32)


_TAPS = _taps()


def form_of(geometry: GBuffer) -> np.ndarray:
    """[S, S, CHANNELS] float32: two smoothed unit normals, and three numbers in [0, 1].

    ``SHADOW`` is 1 where a fringe, a brim or a chin shades what lies below it, ``OPENNESS`` is 1 where
    nothing stands around, ``TOUCH`` is 1 right below glasses. Eyes, mouth and teeth have their own normals
    and no shadow.
    """
    size = len(geometry.part)
    cells = min(GRID, size)
    count = len(_GROUPS)
    mean = np.zeros((count, cells, cells, 6), np.float32)
    weight = np.zeros((count, cells, cells), np.float32)
    _gather(geometry.part, geometry.normal, geometry.position, GROUP, mean, weight)
    fine_kernel, broad_kernel = _kernel(FINE * cells, 3.0), _kernel(0.5 * BROAD * cells, 2.2)
    cover = np.zeros_like(weight)
    grid = np.zeros((count, cells, cells, CHANNELS), np.float32)
    place = np.zeros((count, cells, cells, 3), np.float32)
    for g in range(count):
        if not weight[g].any():
            continue
        fine, cover[g] = _blurred(mean[g], weight[g], fine_kernel, _NEVER)
        place[g] = fine[..., 3:]
        grid[g, ..., FINE_NORMAL : FINE_NORMAL + 3] = fine[..., :3]
        if g != _SMALL:
            # Two cells a step: what is finely smoothed already does not change within one.
            broad, _ = _blurred(fine[..., [0, 1, 2, 5]], cover[g], broad_kernel, DEPTH, 2)
            grid[g, ..., BROAD_NORMAL : BROAD_NORMAL + 3] = broad[..., :3]
    away = np.array(CAST, np.float32) / math.hypot(*CAST) * (REACH_CAST * cells)
    _cast(place, cover, _NEED, away, grid)
    _open(place, cover, grid, _TAPS * (REACH_OPEN * cells))
    soft = _kernel(1.5 * FINE * cells, 2.5)
    for g in range(_SMALL):
        if cover[g].any():
            packed = np.concatenate([grid[g, ..., SHADOW : OPENNESS + 1], place[g, ..., 2:]], -1)
            grid[g, ..., SHADOW : OPENNESS + 1] = _blurred(packed, cover[g], soft, DEPTH)[0][..., :2]
    grid[_SMALL, ..., OPENNESS] = 1
    _touch(cover[_SMALL], CONTACT * cells, grid[_SKIN])
    out = np.zeros((size, size, CHANNELS), np.float32)
    _spread(geometry.part, geometry.normal, GROUP, cover, grid, out)
    return out


def _kernel(sigma: float, reach: float) -> np.ndarray:
    """[n + 1] weights of the cells 0 to n away."""
    steps = np.arange(max(1, math.ceil(reach * sigma)) + 1)
    return np.exp(-0.5 * (steps / max(sigma, 0.3)) ** 2).astype(np.float32)


def _blurred(
    values: np.ndarray, weight: np.ndarray, kernel: np.ndarray, depth: float, stride: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """``values`` [N, N, C] averaged by ``weight`` [N, N] around each cell, and the blurred weight.

    The last channel is a height, cm; what is ``depth`` away in it has no share. Taps lie ``stride`` cells
    apart; beyond 1 only cells that have weight are filled.
    """
    across, half = np.zeros_like(values), np.zeros_like(weight)
    _pass(values, weight, kernel, depth, 0, stride, across, half)
    out, full = np.zeros_like(values), np.zeros_like(weight)
    _pass(across, half, kernel, depth, stride, 0, out, full)
    return out, full


@njit(cache=True, nogil=True, error_model="numpy")
def _gather(part, normal, position, group, mean, weight):  # type: ignore[no-untyped-def]
    """Average normal and position of each material in each cell, and the share of the cell it covers."""
    size, cells = part.shape[0], weight.shape[1]
    share = np.float32((cells / size) ** 2)
    for row in range(size):
        i = row * cells // size
        for column in range(size):
            if part[row, column] < 0:
                continue
            g = group[part[row, column]]
            if g < 0:
                continue
            j = column * cells // size
            weight[g, i, j] += share
            for k in range(3):
                mean[g, i, j, k] += share * normal[row, column, k]
                mean[g, i, j, 3 + k] += share * position[row, column, k]
    for g in range(weight.shape[0]):
        for i in range(cells):
            for j in range(cells):
                if weight[g, i, j] > 0:
                    for k in range(6):
                        mean[g, i, j, k] /= weight[g, i, j]


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _pass(values, weight, kernel, depth, down, right, out, total):  # type: ignore[no-untyped-def]
    cells, channels, reach = values.shape[0], values.shape[2], len(kernel) - 1
    norm, stride = kernel[0], max(down, right)
    for s in range(1, reach + 1):
        norm += 2 * kernel[s]
    one, near = np.float32(1), np.float32(1 / depth)
    sums = np.zeros(channels, np.float32)
    for i in range(cells):
        for j in range(cells):
            here, known = values[i, j, channels - 1], weight[i, j] > 0
            if stride > 1 and not known:
                continue
            sums[:] = 0
            all_, counted = np.float32(0), np.float32(0)
            at = i if down else j
            for s in range(-min(reach, at // stride), min(reach, (cells - 1 - at) // stride) + 1):
                r, c = i + s * down, j + s * right
                w = weight[r, c]
                if w <= 0:
                    continue
                w *= kernel[abs(s)]
                all_ += w
                if known:
                    w *= max(np.float32(1e-4), one - abs(values[r, c, channels - 1] - here) * near)
                counted += w
                for k in range(channels):
                    sums[k] += w * values[r, c, k]
            if counted > 0:
                for k in range(channels):
                    out[i, j, k] = sums[k] / counted
            total[i, j] = all_ / norm


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _cast(place, cover, need, away, grid):  # type: ignore[no-untyped-def]
    """What stands up-left of a cell and nearer shades it, less the further away.

    A slope does not shade itself: within a material only what rises above the plane of the cell counts.
    """
    groups, cells = cover.shape[0], cover.shape[1]
    steps = 6
    for g in range(groups - 1):
        for i in range(cells):
            for j in range(cells):
                if cover[g, i, j] <= 0:
                    continue
                most = np.float32(0)
                for t in range(1, steps + 1):
                    r = i - int(math.floor(away[0] * t / steps + 0.5))
                    c = j - int(math.floor(away[1] * t / steps + 0.5))
                    if r < 0 or c < 0:
                        break
                    fade = 1 - smooth(0.55, 1.15, t / steps)
                    for other in range(groups):
                        share = cover[other, r, c]
                        if share > 0.05 and need[g, other] < 50:
                            here, there = place[g, i, j], place[other, r, c]
                            gap = there[2] - here[2] - need[g, other]
                            if other == g:
                                n = grid[g, i, j]
                                rise = n[0] * (there[0] - here[0]) + n[1] * (there[1] - here[1])
                                gap += min(0.0, rise / max(n[2], np.float32(0.25)))
                            most = max(most, share * fade * smooth(0.0, 0.9, gap))
                grid[g, i, j, 6] = min(most, 1.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _open(place, cover, grid, taps):  # type: ignore[no-untyped-def]
    """Ambient occlusion from the materials around; glasses and ornaments are too small to count."""
    groups, cells = cover.shape[0], cover.shape[1]
    front = np.zeros((cells, cells, 3), np.float32)
    full = np.zeros((cells, cells), np.float32)
    for g in range(groups - 1):
        for i in range(cells):
            for j in range(cells):
                w = cover[g, i, j]
                if w > 0:
                    full[i, j] += w
                    for k in range(3):
                        front[i, j, k] += w * place[g, i, j, k]
    for g in range(groups - 1):
        for i in range(cells):
            for j in range(cells):
                if cover[g, i, j] <= 0:
                    continue
                total = 0.0
                for t in range(taps.shape[0]):
                    for sign in range(-1, 2, 2):
                        r = i + int(math.floor(sign * taps[t, 0] + 0.5))
                        c = j + int(math.floor(sign * taps[t, 1] + 0.5))
                        if r < 0 or c < 0 or r >= cells or c >= cells or full[r, c] < 0.3:
                            continue
                        x = front[r, c, 0] / full[r, c] - place[g, i, j, 0]
                        y = front[r, c, 1] / full[r, c] - place[g, i, j, 1]
                        z = front[r, c, 2] / full[r, c] - place[g, i, j, 2]
                        far = math.sqrt(x * x + y * y + z * z) + 0.05
                        n = grid[g, i, j]
                        up = (n[0] * x + n[1] * y + n[2] * z) / far - 0.15
                        if up > 0:
                            total += up * max(0.0, 1 - far / OPEN_RANGE)
                grid[g, i, j, 7] = max(0.0, 1 - 1.7 * total / taps.shape[0])


@njit(cache=True, nogil=True, error_model="numpy")
def _touch(small, below, grid):  # type: ignore[no-untyped-def]
    cells = small.shape[0]
    down, right = below, 0.45 * below
    for i in range(cells):
        for j in range(cells):
            r, c = i - down, j - right
            r0, c0 = int(math.floor(r)), int(math.floor(c))
            if r0 < 0 or c0 < 0:
                continue
            u, v = r - r0, c - c0
            grid[i, j, 8] = (small[r0, c0] * (1 - v) + small[r0, c0 + 1] * v) * (1 - u) + (
                small[r0 + 1, c0] * (1 - v) + small[r0 + 1, c0 + 1] * v
            ) * u


@njit(cache=True, nogil=True, error_model="numpy")
def _unit(field, first):  # type: ignore[no-untyped-def]
    length = math.sqrt(field[first] ** 2 + field[first + 1] ** 2 + field[first + 2] ** 2)
    if length < 1e-6:
        field[first], field[first + 1], field[first + 2] = 0, 0, 1
    else:
        for k in range(3):
            field[first + k] /= length


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _spread(part, normal, group, cover, grid, out):  # type: ignore[no-untyped-def]
    """From the grid to the samples, each from the cells of its own material."""
    size, cells = part.shape[0], cover.shape[1]
    scale, one = np.float32(cells / size), np.float32(1)
    for row in range(size):
        y = min(max((row + np.float32(0.5)) * scale - np.float32(0.5), np.float32(0)), np.float32(cells - 1))
        i0 = min(int(y), max(cells - 2, 0))
        fy = y - np.float32(i0)
        for column in range(size):
            p = part[row, column]
            if p < 0:
                continue
            g, field = group[p], out[row, column]
            if g < 0:
                for k in range(3):
                    field[k] = field[3 + k] = normal[row, column, k]
                field[7] = 1
                continue
            x = (column + np.float32(0.5)) * scale - np.float32(0.5)
            x = min(max(x, np.float32(0)), np.float32(cells - 1))
            j0 = min(int(x), max(cells - 2, 0))
            fx = x - np.float32(j0)
            total = np.float32(0)
            for a in range(2):
                for b in range(2):
                    i, j = i0 + a, j0 + b
                    if cover[g, i, j] <= 0:
                        continue
                    w = (fy if a else one - fy) * (fx if b else one - fx)
                    total += w
                    cell = grid[g, i, j]
                    for k in range(9):
                        field[k] += w * cell[k]
            if total > 0:
                for k in range(9):
                    field[k] /= total
            _unit(field, 0)
            _unit(field, 3)


#: Places on the skin at rest, cm, where a shape is drawn by design: middle x, y, half sizes; in front of z.
NOSE, LIP, FRONT = (0.10, -1.15, 1.40, 0.42), (0.0, -5.15, 1.5, 0.42), 7.5
#: The tip of a nose with its wings, and the one light on it, a little towards the key light.
BUTTON, GLINT = (0.0, -0.35, 1.9, 1.5), (-0.12, -0.15, 0.50, 0.38)
#: Between which tones of painted hair, from its grooves to its own colour, a groove is drawn wholly and not
#: at all, where looks have clean edges.
GROOVES = (0.34, 0.52)


@njit(cache=True, nogil=True, error_model="numpy")
def tone_between(albedo, low, high):  # type: ignore[no-untyped-def]
    """Where a colour [3] lies between two others [3]: 0 at ``low``, 1 at ``high``."""
    dark, light = low[0] + low[1] + low[2], high[0] + high[1] + high[2]
    return (albedo[0] + albedo[1] + albedo[2] - dark) / (light - dark)


@njit(cache=True, nogil=True, error_model="numpy")
def groove_of(albedo, hair):  # type: ignore[no-untyped-def]
    """How much of a groove, 0..1, is painted where hair has ``albedo`` [3]; ``hair`` is ``Colors.hair``."""
    return 1 - smooth(GROOVES[0], GROOVES[1], tone_between(albedo, hair[0], hair[1]))


@njit(cache=True, nogil=True, error_model="numpy")
def spot(local, at, soft):  # type: ignore[no-untyped-def]
    """1 within the ellipse ``at`` on the skin, 0 outside; ``soft`` is half the edge's share of it."""
    if local[2] < FRONT:
        return 0.0
    x, y = (local[0] - at[0]) / at[2], (local[1] - at[1]) / at[3]
    return 1 - smooth(1 - soft, 1 + soft, math.sqrt(x * x + y * y))
