"""Outlines of a drawn character, from what differs between neighbouring samples."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from gen_avatar.character.camera import KEY_LIGHT
from gen_avatar.character.mesh import PART_INDEX, PARTS

#: Width of the silhouette line, share of the picture: 2.6 % of a head that fills 62 % of the width.
SILHOUETTE = 0.0160
#: Inside lines are this much as wide.
INSIDE = 0.5
#: Share of its width that a line loses where it faces the light.
OPEN = 0.5
#: A step in depth within one part that draws a line, cm; the line is full at three times that.
STEP = 0.55
#: A gap on the skin between neighbouring samples that draws a line, cm: lips that meet.
FOLD = 0.10
#: Only mouth and nostrils do: in front of this rest z and between these rest y, cm.
FOLD_FRONT, FOLD_BOTTOM, FOLD_TOP = 7.0, -5.6, 1.0

#: What is drawn as one shape; no line divides it.
GROUPS = (
    ("skin", "lips", "brow", "lash"), ("eye", "iris", "lens"), ("mouth", "teeth", "tongue"),
    ("hair",), ("beard",), ("glasses", "ornament"), ("cloth",), ("headwear",),
)  # fmt: skip
GROUP = np.array([next(i for i, names in enumerate(GROUPS) if part in names) for part in PARTS], np.int64)
_SKIN, _EYE, _MOUTH, _HAIR, _BEARD, _GLASSES, _CLOTH, _HEADWEAR = range(len(GROUPS))


def pair_widths(shares: dict[tuple[int, int], float]) -> np.ndarray:
    """[groups, groups] float32 widths of the lines between groups: ``shares``, else 1."""
    widths = np.ones((len(GROUPS), len(GROUPS)), np.float32)
    for (a, b), width in shares.items():
        widths[a, b] = widths[b, a] = width
    return widths


_PAIR = pair_widths(
    {
        (_SKIN, _EYE): 0.55, (_SKIN, _MOUTH): 0.8, (_SKIN, _BEARD): 0.45, (_BEARD, _MOUTH): 0.6,
        (_HAIR, _BEARD): 0.0, (_EYE, _GLASSES): 0.4, (_SKIN, _GLASSES): 0.5, (_HAIR, _GLASSES): 0.5,
        (_BEARD, _GLASSES): 0.4,
    }
)  # fmt: skip
#: A difference in colour, summed over the channels, that draws no line and a whole one: hair fades into
#: what is painted on the skin.
FADED = (0.08, 0.28)
#: Between these.
FADING = np.zeros((len(GROUPS), len(GROUPS)), np.bool_)
for _other in (_HAIR, _BEARD):
    FADING[_SKIN, _other] = FADING[_other, _SKIN] = True
#: Lines by steps in depth: chin over neck, nose over cheek, lock over lock; not inside mouth and eyes.
_STEPS = np.array([1.0, 0.0, 0.0, 0.8, 0.0, 0.0, 0.8, 0.8], np.float32)
_LASH, _SKIN_PART, _LIPS_PART = PART_INDEX["lash"], PART_INDEX["skin"], PART_INDEX["lips"]


def line_cover(
    part: np.ndarray,  # [H, W] int, -1 where there is nothing
    height: np.ndarray,  # [H, W] cm towards the camera
    normal: np.ndarray,  # [H, W, 3]
    rest: np.ndarray,  # [H, W, 3] place on the skin, cm
    albedo: np.ndarray,  # [H, W, 3] sRGB
    width: float,  # of the silhouette line, in samples
) -> np.ndarray:
    """[H, W] float32 in [0, 1]: how much of a sample a line covers."""
    cover = np.zeros(part.shape, np.float32)
    height = np.ascontiguousarray(height)
    _draw(part, height, normal, rest, albedo, KEY_LIGHT, width, GROUP, _PAIR, FADING, _STEPS, _LASH, cover)
    return cover


@njit(cache=True, nogil=True, error_model="numpy")
def _step(height, part, row, column, down, right):  # type: ignore[no-untyped-def]
    """How far the next sample jumps in depth, beyond what the gentler slope on either side explains, cm."""
    rows, columns = height.shape
    here, there = height[row, column], height[row + down, column + right]
    before, after = np.float32(np.inf), np.float32(np.inf)
    r, c = row - down, column - right
    if r >= 0 and c >= 0 and part[r, c] >= 0:
        before = abs(here - height[r, c])
    r, c = row + 2 * down, column + 2 * right
    if r < rows and c < columns and part[r, c] >= 0:
        after = abs(height[r, c] - there)
    slope = min(before, after)
    return abs(there - here) - (0.0 if slope == np.inf else 1.5 * slope)


@njit(cache=True, nogil=True, error_model="numpy")
def _disc(cover, part, group, only, row, column, radius):  # type: ignore[no-untyped-def]
    """Draw a disc, on samples of the group ``only`` or, if that is -1, on all."""
    height, width = cover.shape
    reach = int(math.ceil(radius + 0.5))
    for r in range(max(0, row - reach), min(height, row + reach + 1)):
        for c in range(max(0, column - reach), min(width, column + reach + 1)):
            if cover[r, c] >= 1:
                continue
            value = radius + 0.5 - math.sqrt((r - row) ** 2 + (c - column) ** 2)
            if value > cover[r, c] and part[r, c] >= 0 and (only < 0 or group[part[r, c]] == only):
                cover[r, c] = min(1.0, value)


@njit(cache=True, nogil=True, error_model="numpy")
def _facing(normal, row, column, light):  # type: ignore[no-untyped-def]
    """0 on the shadow side of an outline, 1 on its lit side."""
    x, y = normal[row, column, 0], normal[row, column, 1]
    length = math.sqrt(x * x + y * y + 1e-4) * math.sqrt(light[0] ** 2 + light[1] ** 2)
    t = min(max(((x * light[0] + y * light[1]) / length + 0.3) / 1.2, 0.0), 1.0)
    return t * t * (3 - 2 * t)


@njit(cache=True, nogil=True, error_model="numpy")
def edge_share(  # type: ignore[no-untyped-def]
    part, height, rest, albedo, row, column, down, right, group, pair, fading, steps, lash, step
):
    """Width of the line between a sample and the next one, as a share of an inside line.

    ``step`` as ``STEP``; the other arguments as in ``_draw``.
    """
    here, there = part[row, column], part[row + down, column + right]
    if here == lash or there == lash:
        return 0.0
    if group[here] != group[there]:
        width = pair[group[here], group[there]]
        if fading[group[here], group[there]]:
            apart = 0.0
            for k in range(3):
                apart += abs(albedo[row, column, k] - albedo[row + down, column + right, k])
            width *= min(max((apart - FADED[0]) / (FADED[1] - FADED[0]), 0.0), 1.0)
        return width
    if steps[group[here]] == 0:
        return 0.0
    jump = (_step(height, part, row, column, down, right) - step) / (2 * step)
    if here in (_SKIN_PART, _LIPS_PART) and there in (_SKIN_PART, _LIPS_PART):
        jump = max(jump, (_apart(rest, part, row, column, down, right) - FOLD) / FOLD)
    return 0.0 if jump <= 0 else steps[group[here]] * min(1.0, 0.25 + 0.75 * jump)


@njit(cache=True, nogil=True, error_model="numpy")
def _apart(rest, part, row, column, down, right):  # type: ignore[no-untyped-def]
    """How far neighbouring samples of mouth or nose lie apart on the skin, beyond the stretch around them."""
    here, there = rest[row, column], rest[row + down, column + right]
    if min(here[2], there[2]) < FOLD_FRONT:
        return 0.0
    if max(here[1], there[1]) > FOLD_TOP or min(here[1], there[1]) < FOLD_BOTTOM:
        return 0.0
    gap = abs(here[0] - there[0]) + abs(here[1] - there[1]) + abs(here[2] - there[2])
    if gap < FOLD:
        return 0.0
    stretch = np.float32(np.inf)
    r, c = row - down, column - right
    if r >= 0 and c >= 0 and part[r, c] >= 0:
        other = rest[r, c]
        stretch = abs(here[0] - other[0]) + abs(here[1] - other[1]) + abs(here[2] - other[2])
    r, c = row + 2 * down, column + 2 * right
    if r < part.shape[0] and c < part.shape[1] and part[r, c] >= 0:
        other = rest[r, c]
        stretch = min(stretch, abs(there[0] - other[0]) + abs(there[1] - other[1]) + abs(there[2] - other[2]))
    return gap if stretch == np.inf else gap - 2 * stretch


@njit(cache=True, nogil=True, error_model="numpy")
def _draw(part, height, normal, rest, albedo, light, width, group, pair, fading, steps, lash, cover):  # type: ignore[no-untyped-def]
    rows, columns = part.shape
    for row in range(rows):
        for column in range(columns):
            for side in range(2):
                down, right = side, 1 - side
                if row + down >= rows or column + right >= columns:
                    continue
                here, there = part[row, column], part[row + down, column + right]
                if here < 0 and there < 0:
                    continue
                # Most neighbours are of one shape and level, away from mouth and nose: nothing to look at.
                if here >= 0 and there >= 0 and group[here] == group[there]:
                    level = abs(height[row, column] - height[row + down, column + right]) <= STEP
                    fold = here in (_SKIN_PART, _LIPS_PART) and rest[row, column, 2] >= FOLD_FRONT
                    fold = fold and rest[row, column, 1] >= FOLD_BOTTOM and rest[row, column, 1] <= FOLD_TOP
                    if level and not fold:
                        continue
                # The nearer surface owns the line: its normal says whether it faces the light.
                owner = here >= 0 and (there < 0 or height[row, column] >= height[row + down, column + right])
                r, c = (row, column) if owner else (row + down, column + right)
                radius, only = width, group[part[r, c]]
                if here >= 0 and there >= 0:
                    only = -1
                    share = edge_share(
                        part, height, rest, albedo, row, column, down, right, group, pair, fading, steps,
                        lash, STEP,
                    )  # fmt: skip
                    radius *= 0.5 * INSIDE * share
                if radius > 0:
                    _disc(cover, part, group, only, r, c, radius * (1 - OPEN * _facing(normal, r, c, light)))
