"""Outlines of a drawn character, from what differs between neighbouring samples."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from gen_avatar.character.mesh import PART_INDEX, PARTS

#: Width of the silhouette line, share of the picture: 2.6 % of a head that fills 62 % of the width.
SILHOUETTE = 0.0160
#: Inside lines are this much as wide.
INSIDE = 0.5
#: Share of its width that a line loses where it faces the light.
OPEN = 0.5
#: A step in depth within one part that draws a line, cm; the line is full at three times that.
STEP = 0.55

#: What is drawn as one shape; no line divides it.
_GROUPS = (
    ("skin", "lips", "brow", "lash"), ("eye", "iris", "lens"), ("mouth", "teeth", "tongue"),
    ("hair",), ("beard",), ("glasses",), ("cloth",),
)  # fmt: skip
GROUP = np.array([next(i for i, names in enumerate(_GROUPS) if part in names) for part in PARTS], np.int64)
_SKIN, _EYE, _MOUTH, _HAIR, _BEARD, _GLASSES, _CLOTH = range(len(_GROUPS))


def _pair_widths() -> np.ndarray:
    widths = np.ones((len(_GROUPS), len(_GROUPS)), np.float32)
    for a, b, width in (
        (_SKIN, _EYE, 0.55), (_SKIN, _MOUTH, 0.8), (_SKIN, _BEARD, 0.45), (_BEARD, _MOUTH, 0.6),
        (_HAIR, _BEARD, 0.0), (_EYE, _GLASSES, 0.4), (_SKIN, _GLASSES, 0.5), (_HAIR, _GLASSES, 0.5),
        (_BEARD, _GLASSES, 0.4),
    ):  # fmt: skip
        widths[a, b] = widths[b, a] = width
    return widths


_PAIR = _pair_widths()
#: Lines by steps in depth: chin over neck, nose over cheek, lock over lock; not inside mouth and eyes.
_STEPS = np.array([1.0, 0.0, 0.0, 0.8, 0.0, 0.0, 0.8], np.float32)
_LASH = PART_INDEX["lash"]


def line_cover(
    part: np.ndarray,  # [H, W] int, -1 where there is nothing
    distance: np.ndarray,  # [H, W] cm from the camera
    normal: np.ndarray,  # [H, W, 3]
    light: np.ndarray,  # [3] direction towards the key light
    width: float,  # of the silhouette line, in samples
) -> np.ndarray:
    """[H, W] float32 in [0, 1]: how much of a sample a line covers."""
    cover = np.zeros(part.shape, np.float32)
    _draw(
        part,
        distance,
        normal,
        np.asarray(light, np.float32),
        float(width),
        GROUP,
        _PAIR,
        _STEPS,
        _LASH,
        cover,
    )
    return cover


@njit(cache=True, nogil=True)
def _step(distance, part, row, column, down, right):  # type: ignore[no-untyped-def]
    """How far the next sample jumps back, beyond what the slopes on either side explain, cm."""
    height, width = distance.shape
    here, there = distance[row, column], distance[row + down, column + right]
    before, after = 0.0, 0.0
    r, c = row - down, column - right
    if r >= 0 and c >= 0 and part[r, c] >= 0:
        before = abs(here - distance[r, c])
    r, c = row + 2 * down, column + 2 * right
    if r < height and c < width and part[r, c] >= 0:
        after = abs(distance[r, c] - there)
    return abs(there - here) - 1.5 * max(before, after)


@njit(cache=True, nogil=True)
def _disc(cover, row, column, radius):  # type: ignore[no-untyped-def]
    height, width = cover.shape
    reach = int(math.ceil(radius + 0.5))
    for r in range(max(0, row - reach), min(height, row + reach + 1)):
        for c in range(max(0, column - reach), min(width, column + reach + 1)):
            value = radius + 0.5 - math.sqrt((r - row) ** 2 + (c - column) ** 2)
            if value > cover[r, c]:
                cover[r, c] = min(1.0, value)


@njit(cache=True, nogil=True)
def _facing(normal, row, column, light):  # type: ignore[no-untyped-def]
    """0 on the shadow side of an outline, 1 on its lit side."""
    x, y = normal[row, column, 0], normal[row, column, 1]
    length = math.sqrt(x * x + y * y + 1e-4) * math.sqrt(light[0] ** 2 + light[1] ** 2)
    t = min(max(((x * light[0] + y * light[1]) / length + 0.3) / 1.2, 0.0), 1.0)
    return t * t * (3 - 2 * t)


@njit(cache=True, nogil=True)
def _draw(part, distance, normal, light, width, group, pair, steps, lash, cover):  # type: ignore[no-untyped-def]
    height, columns = part.shape
    for row in range(height):
        for column in range(columns):
            here = part[row, column]
            for side in range(2):
                down, right = side, 1 - side
                if row + down >= height or column + right >= columns:
                    continue
                there = part[row + down, column + right]
                if here < 0 and there < 0:
                    continue
                if here < 0 or there < 0:
                    r, c = (row, column) if here >= 0 else (row + down, column + right)
                    _disc(cover, r, c, width * (1 - OPEN * _facing(normal, r, c, light)))
                    continue
                if here == lash or there == lash:
                    continue
                near = distance[row, column] <= distance[row + down, column + right]
                r, c = (row, column) if near else (row + down, column + right)
                share = 0.0
                if group[here] != group[there]:
                    share = pair[group[here], group[there]]
                elif steps[group[here]] > 0:
                    jump = _step(distance, part, row, column, down, right)
                    if jump > STEP:
                        share = steps[group[here]] * min(1.0, 0.35 + 0.65 * (jump - STEP) / (2 * STEP))
                if share > 0:
                    _disc(
                        cover, r, c, 0.5 * INSIDE * width * share * (1 - OPEN * _facing(normal, r, c, light))
                    )
