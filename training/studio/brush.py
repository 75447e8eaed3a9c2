"""Brush contours: a smooth outline and few inside lines that swell away from the light and taper towards it.

Edges that lie close together run into one stroke, and strokes too short to mean anything are left out.
"""

from __future__ import annotations

import cv2
import numpy as np
from numba import njit

from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.camera import KEY_LIGHT
from gen_avatar.character.mesh import PART_INDEX
from training.studio.lines import (
    FADING,
    GROUP,
    GROUPS,
    SILHOUETTE,
    edge_share,
    off_creases,
    pair_widths,
)
from training.studio.noses import edges_kept
from training.studio.propmarks import loose, props_of, ring
from training.studio.smooth import dot, spread, spread_at, taken
from training.studio.strays import uncrowded, without_strays

#: The outline reaches this share of its width beyond the figure.
BEYOND = 0.42
#: Inside lines against the outline.
INSIDE = 0.52
#: The outline is that of the figure blurred by this share of the picture: notches close. Then the distance
#: from it is blurred by that much: facets and steps are no part of a stroke. Further away nothing counts.
ROUND, EVEN, FAR = 0.0055, 0.0065, 0.03
#: Width where a line faces the light, and where it faces away from it.
THIN, THICK = 0.66, 1.22
#: Things thinner than this many widths of the outline have a line of this share of it.
SLENDER, SLIGHT = 1.5, 0.45
#: How much of its direction comes from the form at large, share of the picture.
LARGE = 0.035
#: Strokes shorter than this share of the picture are dropped, and gaps narrower than this are filled.
SHORT, GAP = 0.062, 0.008
#: Strokes on hair and hats must be longer, or they are scraps of curls and facets.
SHORT_ON_HAIR = 0.11
#: Strokes are rounded by this share of the picture, then cut where this much is left, over this
#: much; strokes of a smaller radius, share of the picture, stay as they are.
SMOOTH, CUT, SHARP, FAINT = 0.0030, 0.34, 0.26, 0.0016
#: Width of lines about nose and mouth, of an inside line; these lie in front of a rest z, above a y, cm.
FINE, FINE_FRONT, FINE_BOTTOM = 0.55, 7.0, -5.6
#: What is narrower than this share of an inside line is not drawn.
LEAST = 0.2
#: A difference in colour, summed over the channels, at which collars and seams of clothes have a line, and
#: its width, of an inside line; both colours are as broad as that share of the picture.
SEAM, SEAM_LINE, BROAD = 0.14, 0.75, 0.014
#: A step in depth within one part that draws a line, cm.
STEP = 0.8

_SKIN, _EYE, _MOUTH, _HAIR, _BEARD, _GLASSES, _CLOTH, _HEADWEAR = range(len(GROUPS))
_PAIR = pair_widths(
    {
        (_SKIN, _EYE): 0.0, (_SKIN, _MOUTH): 0.8, (_SKIN, _BEARD): 0.0, (_BEARD, _MOUTH): 0.6,
        (_HAIR, _BEARD): 0.0, (_EYE, _GLASSES): 0.4, (_SKIN, _GLASSES): 0.4, (_HAIR, _GLASSES): 0.4,
        (_BEARD, _GLASSES): 0.4, (_SKIN, _HAIR): 0.9, (_SKIN, _CLOTH): 0.7,
    }
)  # fmt: skip
_STEPS = np.array([1.35, 0.0, 0.0, 0.8, 0.0, 0.0, 0.8, 0.8], np.float32)
_SKIN_PART, _LIPS_PART = PART_INDEX["skin"], PART_INDEX["lips"]
#: Parts, and last what is none, whose lines do not run into others.
_APART = np.isin([*GROUP, -1], (_EYE, _MOUTH, _GLASSES))


def contours(geometry: GBuffer) -> tuple[np.ndarray, np.ndarray]:
    """[S, S] float32 in [0, 1] each: how much the outline and how much the lines inside cover a sample."""
    size = len(geometry.part)
    figure = geometry.part >= 0
    floating = loose(props_of(geometry), figure)
    around = np.maximum(outline(figure & ~floating, SILHOUETTE * size), ring(floating))
    return around, _inside(geometry, INSIDE * SILHOUETTE * size)


def reach(size: int) -> float:
    """How far the outline reaches beyond the figure at most, in samples of a picture of that side."""
    return BEYOND * THICK * SILHOUETTE * size + 2.5 * ROUND * size


def edges(geometry: GBuffer) -> np.ndarray:
    """[S, S] float32 width, as a share, of the inside line that begins at each sample; 0 where none does."""
    share = np.zeros(geometry.part.shape, np.float32)
    height = np.ascontiguousarray(geometry.position[..., 2])
    _edges(geometry.part, height, geometry.albedo, GROUP, _PAIR, FADING,
           _STEPS, PART_INDEX["lash"], STEP, share)  # fmt: skip
    return share


def _swell(normal: np.ndarray) -> np.ndarray:
    """[n] width, as a share, of lines whose surface faces ``normal`` [n, 2] (right, up; of any length)."""
    key = KEY_LIGHT[:2] / np.linalg.norm(KEY_LIGHT[:2])
    length = np.maximum(np.linalg.norm(normal, axis=-1), 1e-4)
    facing = dot(normal, key)
    facing = (facing - 0.25 * normal[..., 1] * (normal[..., 1] < 0)) / length
    t = np.clip((0.75 - facing) / 1.5, 0, 1)
    return (THIN + (THICK - THIN) * t * t * (3 - 2 * t)).astype(np.float32)


def outline(figure: np.ndarray, width: float) -> np.ndarray:
    """[S, S] in [0, 1] the line around a ``figure`` [S, S], ``width`` samples wide, partly beyond it."""
    size = len(figure)
    soft = cv2.GaussianBlur(figure.astype(np.float32), (0, 0), ROUND * size, borderType=cv2.BORDER_REPLICATE)
    shape = figure | (soft > 0.5)
    out = cv2.distanceTransform((~shape).astype(np.uint8), cv2.DIST_L2, 5)
    out -= cv2.distanceTransform(np.pad(soft > 0.5, 1, "edge").astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    np.clip(out, -FAR * size, FAR * size, out=out)
    even = cv2.GaussianBlur(out, (0, 0), EVEN * size, borderType=cv2.BORDER_REPLICATE)
    ones = np.ones_like(soft)
    large = spread(shape.astype(np.float32), ones, LARGE * size)
    outward = np.dstack([-cv2.Sobel(large, -1, 1, 0), cv2.Sobel(large, -1, 0, 1)])
    cover = np.zeros_like(soft)
    # Further away than this nothing is drawn.
    most = THICK * width
    near = (even < BEYOND * most + 2) & (even > (BEYOND - 1) * most - 2)
    swell = _swell(taken(outward, near) * size) * width
    slender = _slender(figure, width)[near]
    swell *= 1 - (1 - SLIGHT) * slender
    # Blurred, a thin thing would be gone.
    away = even[near] + slender * (out[near] - even[near])
    line = np.minimum(BEYOND * swell - away, (1 - BEYOND) * swell + away)
    cover[near] = np.clip(line + 0.5, 0, 1)
    return cover


def _slender(figure: np.ndarray, width: float) -> np.ndarray:
    """[S, S] in [0, 1]: 1 on and around what is thin of a ``figure`` [S, S]: its line must not swallow it."""
    # A square of the area of a disc: it is opened in a tenth of the time.
    across = 2 * int(0.44 * SLENDER * width) + 1
    wide = cv2.morphologyEx(figure.astype(np.uint8), cv2.MORPH_OPEN, np.ones((across, across), np.uint8))
    both = np.dstack([(figure & (wide == 0)).astype(np.float32), wide.astype(np.float32)])
    # So wide a blur is as good on a grid half as fine.
    half = cv2.resize(both, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    thin, body = cv2.split(cv2.GaussianBlur(half, (0, 0), 0.5 * width))
    share = np.clip((thin / np.maximum(thin + body, 1e-4) - 0.10) / 0.4, 0, 1)
    return cv2.resize(share, figure.shape[::-1], interpolation=cv2.INTER_LINEAR)


def _inside(geometry: GBuffer, width: float) -> np.ndarray:
    size = len(geometry.part)
    share = edges(geometry)
    # Lines of nose and mouth stay fine.
    _refine(geometry.part, geometry.local, share)
    share *= edges_kept(geometry) * off_creases(geometry.part, geometry.local)
    share[share < LEAST] = 0
    edge = share > 0
    thick = cv2.dilate(edge.astype(np.uint8), np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(thick, connectivity=8)
    hair = edge & np.isin(GROUP[np.maximum(geometry.part, 0)], (_HAIR, _HEADWEAR))
    marks, on_hair = (np.bincount(labels[at], minlength=count) for at in (edge, hair))
    least = np.where(on_hair > 0.5 * marks, SHORT_ON_HAIR, SHORT) * size
    edge &= (np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) >= least)[labels]
    edge = without_strays(edge, geometry.part)
    share *= uncrowded(edge, geometry.part)
    if not edge.any():
        return np.zeros_like(share)
    normal = spread_at(geometry.normal[..., :2], geometry.part >= 0, 0.01 * size, edge)
    distance, nearest = cv2.distanceTransformWithLabels(
        (~edge).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    radius = np.zeros(int(nearest.max()) + 1, np.float32)
    # Along a stroke the width changes gently.
    even = spread_at(share[..., None], edge, 0.008 * size, edge)[:, 0]
    radius[nearest[edge]] = 0.5 * width * even * _swell(normal)
    cover = np.clip(radius[nearest] - distance + 0.5, 0, 1)
    gap = 2 * int(0.5 * GAP * size) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (gap, gap))
    closed = cv2.morphologyEx(cover, cv2.MORPH_CLOSE, kernel)
    apart = _APART[geometry.part]
    blurred = cv2.GaussianBlur(closed, (0, 0), SMOOTH * size)
    rounded = np.clip((blurred - CUT) / SHARP + 0.5, 0, 1)
    # Fine lines would be gone.
    wide = (radius[nearest] > FAINT * size) & ~apart
    return np.where(apart, cover, np.where(wide, rounded, closed))


@njit(cache=True, nogil=True, error_model="numpy")
def _refine(part, rest, share):  # type: ignore[no-untyped-def]
    """Hold lines about nose and mouth to ``FINE``."""
    for row in range(part.shape[0]):
        for column in range(part.shape[1]):
            if share[row, column] > FINE and part[row, column] in (_SKIN_PART, _LIPS_PART):
                x, y, z = rest[row, column]
                if z > FINE_FRONT and abs(x) < 5.0 and y < 2.0 and y > np.float32(FINE_BOTTOM):
                    share[row, column] = FINE


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _apart(one, other):  # type: ignore[no-untyped-def]
    return abs(one[0] - other[0]) + abs(one[1] - other[1]) + abs(one[2] - other[2])


@njit(cache=True, nogil=True, error_model="numpy")
def _seam(albedo, row, column, down, right, broad):  # type: ignore[no-untyped-def]
    """Whether clothes change their colour between a sample and the next one, and both colours are ``broad``:
    laces and buttons have no line."""
    here, there = albedo[row, column], albedo[row + down, column + right]
    if _apart(here, there) < SEAM:
        return False
    r, c = row - broad * down, column - broad * right
    if r < 0 or c < 0 or _apart(here, albedo[r, c]) > SEAM:
        return False
    r, c = row + (broad + 1) * down, column + (broad + 1) * right
    return r < albedo.shape[0] and c < albedo.shape[1] and _apart(there, albedo[r, c]) < SEAM


@njit(cache=True, nogil=True, error_model="numpy")
def _edges(part, height, albedo, group, pair, fading, steps, lash, step, share):  # type: ignore[no-untyped-def]
    """Width, as a share, of the line that begins at each sample: the nearer one of an edge owns the line."""
    rows, columns = part.shape
    broad = int(BROAD * rows)
    for row in range(rows):
        for column in range(columns):
            if part[row, column] < 0:
                continue
            for down in range(2):
                right = 1 - down
                if row + down >= rows or column + right >= columns or part[row + down, column + right] < 0:
                    continue
                here, there = part[row, column], part[row + down, column + right]
                # Most neighbours are of one shape and level: nothing to look at.
                level = abs(height[row, column] - height[row + down, column + right]) <= step
                if level and group[here] == group[there]:
                    if group[here] == _CLOTH and _seam(albedo, row, column, down, right, broad):
                        share[row, column] = max(share[row, column], np.float32(SEAM_LINE))
                    continue
                width = edge_share(
                    part, height, albedo, row, column, down, right, group, pair, fading, steps, lash, step
                )
                if width <= 0:
                    continue
                if height[row, column] >= height[row + down, column + right]:
                    share[row, column] = max(share[row, column], width)
                else:
                    share[row + down, column + right] = max(share[row + down, column + right], width)
