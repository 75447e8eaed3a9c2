"""Outlines of a drawn character, from what differs between neighbouring samples."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numba import njit

from gen_avatar.character.camera import KEY_LIGHT
from gen_avatar.character.mesh import PART_INDEX, PARTS
from training.studio.strays import uncrowded, without_strays

#: Width of the silhouette line, share of the picture: 2.6 % of a head that fills 62 % of the width.
SILHOUETTE = 0.0160
#: Inside lines are this much as wide.
INSIDE = 0.5
#: Share of its width that a line loses where it faces the light.
OPEN = 0.5
#: A step in depth within one part that draws a line, cm; the line is full at three times that.
STEP = 0.75

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
        (_SKIN, _EYE): 0.28, (_SKIN, _MOUTH): 0.8, (_SKIN, _BEARD): 0.45, (_BEARD, _MOUTH): 0.6,
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
_LASH = PART_INDEX["lash"]
#: A step is what exceeds the steeper slope beside it by this factor: round edges of hats are none.
EXPLAINED = 1.5
#: Lines of cel pictures shorter than this share of the picture are dropped, on hair and hats more so.
SHORT, SHORT_ON_HAIR = 0.055, 0.088
#: Gaps up to about this share of the picture are closed.
GAP = 0.010
#: Creases of lids are lines themselves: none is drawn so near to them, share of the picture.
BESIDE_CREASE = 0.007
#: Along a line its width changes over this share of the picture.
EVEN = 0.010


def inside_lines(
    part: np.ndarray,  # [H, W] int, -1 where there is nothing
    height: np.ndarray,  # [H, W] cm towards the camera
    normal: np.ndarray,  # [H, W, 3]
    albedo: np.ndarray,  # [H, W, 3] sRGB
    width: float,  # of the silhouette line, in samples
) -> np.ndarray:
    """[H, W] float32 in [0, 1]: how much of a sample a line within the figure covers.

    Only lines of some length are drawn; their gaps are closed, their width is even and their ends taper.
    """
    size = len(part)
    radius = np.zeros(part.shape, np.float32)
    _find(part, np.ascontiguousarray(height), normal, albedo, KEY_LIGHT, GROUP, _PAIR, FADING, _STEPS,
          _LASH, radius)  # fmt: skip
    cover = np.zeros(part.shape, np.float32)
    hair = np.isin(GROUP[np.maximum(part, 0)], (_HAIR, _HEADWEAR))
    edge = _long(without_strays(radius > 0, part), hair, size)
    if not edge.any():
        return cover
    radius *= uncrowded(edge, part)
    sigma = EVEN * size
    near = cv2.GaussianBlur(edge.astype(np.float32), (0, 0), sigma)
    even = cv2.GaussianBlur(np.where(edge, radius, 0), (0, 0), sigma) / np.maximum(near, 1e-4)
    # At an end half of the neighbourhood is empty.
    taper = np.clip((near * sigma * math.sqrt(2 * math.pi) - 0.35) / 0.5, 0.3, 1)
    _discs(np.where(edge, 0.5 * INSIDE * width * even * taper, 0).astype(np.float32), cover)
    return np.where(part >= 0, cover, 0)


def off_creases(part: np.ndarray, local: np.ndarray) -> np.ndarray:
    """[S, S] float32: 0 on and beside the creases of lids, which stand off the skin, 1 elsewhere.

    Args:
        part: [S, S]; local: [S, S, 3] places on the skin at rest, which creases have none of.
    """
    crease = (part == PART_INDEX["skin"]) & ~local.any(-1)
    across = 2 * int(BESIDE_CREASE * len(part)) + 1
    return 1 - cv2.dilate(crease.astype(np.float32), np.ones((across, across), np.uint8))


def _long(edge: np.ndarray, hair: np.ndarray, size: int) -> np.ndarray:
    """The samples of ``edge`` [S, S] that belong to long lines; ``hair`` [S, S] says where longer ones."""
    gap = 2 * int(0.5 * GAP * size) + 1
    joined = cv2.dilate(edge.astype(np.uint8), np.ones((gap, gap), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    extent = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) - gap
    marks = np.bincount(labels[edge], minlength=count)
    on_hair = np.bincount(labels[edge & hair], minlength=count) > 0.5 * marks
    # A line of many gaps has few samples for its extent.
    kept = (extent >= np.where(on_hair, SHORT_ON_HAIR, SHORT) * size) & (marks > 0.6 * extent)
    kept[0] = False
    return edge & kept[labels]


@njit(cache=True, nogil=True, error_model="numpy")
def _step(height, part, row, column, down, right):  # type: ignore[no-untyped-def]
    """How far the next sample jumps in depth, beyond what the slopes on both sides explain, cm.

    0 beside the figure's edge, which has its outline, and where a facet is seen from its edge.
    """
    rows, columns = height.shape
    here, there = height[row, column], height[row + down, column + right]
    r, c = row - down, column - right
    if r < 0 or c < 0 or part[r, c] < 0:
        return 0.0
    slope = abs(here - height[r, c])
    r, c = row + 2 * down, column + 2 * right
    if r >= rows or c >= columns or part[r, c] < 0:
        return 0.0
    return abs(there - here) - EXPLAINED * max(slope, abs(height[r, c] - there))


@njit(cache=True, nogil=True, error_model="numpy")
def _discs(radii, cover):  # type: ignore[no-untyped-def]
    """Draw a soft disc about each sample of a radius above 0."""
    height, width = cover.shape
    for row in range(height):
        for column in range(width):
            radius = radii[row, column]
            if radius <= 0:
                continue
            reach = int(math.ceil(radius + 0.5))
            for r in range(max(0, row - reach), min(height, row + reach + 1)):
                for c in range(max(0, column - reach), min(width, column + reach + 1)):
                    value = radius + 0.5 - math.sqrt((r - row) ** 2 + (c - column) ** 2)
                    if value > cover[r, c]:
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
    part, height, albedo, row, column, down, right, group, pair, fading, steps, lash, step
):
    """Width of the line between a sample and the next one, as a share of an inside line.

    ``step`` as ``STEP``; the other arguments as in ``_find``.
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
    return 0.0 if jump <= 0 else steps[group[here]] * min(1.0, 0.25 + 0.75 * jump)


@njit(cache=True, nogil=True, error_model="numpy")
def _find(part, height, normal, albedo, light, group, pair, fading, steps, lash, radius):  # type: ignore[no-untyped-def]
    """Width of the line that begins at each sample, as a share: the nearer one of an edge owns the line."""
    rows, columns = part.shape
    for row in range(rows):
        for column in range(columns):
            if part[row, column] < 0:
                continue
            for down in range(2):
                right = 1 - down
                if row + down >= rows or column + right >= columns or part[row + down, column + right] < 0:
                    continue
                drop = height[row, column] - height[row + down, column + right]
                # Most neighbours are of one shape and level: nothing to look at.
                if group[part[row, column]] == group[part[row + down, column + right]] and abs(drop) <= STEP:
                    continue
                share = edge_share(
                    part, height, albedo, row, column, down, right, group, pair, fading, steps, lash, STEP
                )
                if share > 0:
                    r, c = (row, column) if drop >= 0 else (row + down, column + right)
                    share *= 1 - OPEN * _facing(normal, r, c, light)
                    radius[r, c] = max(radius[r, c], share)
