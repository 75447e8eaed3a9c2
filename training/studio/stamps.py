"""Eyes and dark lenses of pixel art, stamped cell by cell from what the geometry says of them."""

from __future__ import annotations

import cv2
import numpy as np

from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.mesh import PART_INDEX
from training.studio.inks import Inks

_EYE, _IRIS, _LASH, _SKIN = (PART_INDEX[name] for name in ("eye", "iris", "lash", "skin"))
#: Openings of fewer cells stay as they fell on the grid.
_LEAST = 5
#: Openings of fewer rows have neither glow nor light.
_NARROW = 2
#: Shut eyes: least width in cells; what bends by less than this many cells is straight; an arc rises by this
#: much at least, and is this much as bent as what is seen.
_LEAST_ARC, _BENT, _ARC, _BEND = 4, 0.25, 1.3, 1.5
#: Dark lenses of fewer cells have no glint, and where on its box it begins, from above and from the left.
_LEAST_LENS, _GLINT = 12, (0.22, 0.42)
#: A dark shape more than this much as wide as high is two lenses.
_PAIR = 1.7


def stamp_eyes(index: np.ndarray, part: np.ndarray, share: np.ndarray, geometry: GBuffer, inks: Inks) -> None:
    """Draw the open eyes into ``index`` [G, G]: lash line, white, round iris, pupil and a light.

    Args:
        part: [G, G] part of each cell; share: [G, G, parts] coverages.
    """
    named = inks.named
    grid, size = len(part), len(geometry.part)
    opened = np.isin(part, (_EYE, _IRIS))
    count, eyes, stats, _ = cv2.connectedComponentsWithStats(opened.astype(np.uint8), connectivity=8)
    cell = np.arange(size) * grid // size
    for eye in range(1, count):
        inside = eyes == eye
        if stats[eye, cv2.CC_STAT_AREA] < _LEAST:
            continue
        above = np.zeros_like(inside)
        above[:-1] = inside[1:]
        above &= ~inside & np.isin(part, (_SKIN, _LASH))
        beside = cv2.dilate(inside.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
        lower = beside & ~inside & ~above & (part == _LASH)
        wing = lower & (share[..., _LASH] > 0.6)
        index[lower & ~wing] = named["skin/0"]
        # A second row of lashes would be a stain.
        double = np.zeros_like(inside)
        double[:-1] = above[1:]
        index[double & (part == _LASH)] = named["skin/1"]
        index[above] = named["outline"]
        index[inside] = named["eye"]
        rows, columns = np.nonzero((geometry.part == _IRIS) & inside[cell][:, cell])
        if len(rows) < 4:
            continue
        x, y, radius = _disc(rows, columns, geometry.local[rows, columns], grid / size)
        iris, pupil = _stamp(x, y, radius, inside), _stamp(x, y, 0.5 * radius, inside)
        index[iris] = named["iris"]
        tall = stats[eye, cv2.CC_STAT_HEIGHT] > _NARROW
        if tall:
            index[iris & (np.arange(grid)[:, None] >= y + 0.3 * radius)] = named["glow"]
        index[pupil] = named["outline"]
        # A light at ten o'clock: the first cell of the pupil that would open no gap to the white.
        lit = np.argwhere(pupil)
        if tall and len(lit) >= 4:
            for row, column in lit:
                around = index[[row - 1, row + 1, row, row], [column, column, column - 1, column + 1]]
                if named["eye"] not in around:
                    index[row, column] = named["white"]
                    break


def stamp_shut_eyes(index: np.ndarray, part: np.ndarray, geometry: GBuffer, inks: Inks) -> None:
    """Draw shut eyes into ``index`` [G, G], each as one arc of a cell's thickness.

    Args:
        part: [G, G] part of each cell.
    """
    grid, size = len(part), len(geometry.part)
    lashes = np.isin(part, (_LASH, _EYE, _IRIS))
    count, eyes, stats, _ = cv2.connectedComponentsWithStats(lashes.astype(np.uint8), connectivity=8)
    cell = np.arange(size) * grid // size
    for eye in range(1, count):
        inside = eyes == eye
        opened = np.count_nonzero(np.isin(part, (_EYE, _IRIS)) & inside)
        if opened >= _LEAST or stats[eye, cv2.CC_STAT_WIDTH] < _LEAST_ARC:
            continue
        rows, columns = np.nonzero((geometry.part == _LASH) & inside[cell][:, cell])
        if len(rows) < _LEAST_ARC:
            continue
        left = int(stats[eye, cv2.CC_STAT_LEFT])
        place = np.arange(left, left + stats[eye, cv2.CC_STAT_WIDTH])
        half = 0.5 * (len(place) - 1)
        across = ((columns + 0.5) * grid / size - 0.5 - place.mean()) / half
        bend, slope, middle = np.polyfit(across, (rows + 0.5) * grid / size - 0.5, 2)
        # What is less than a cell would be a kink in a straight line.
        if abs(bend) > _BENT:
            more = np.copysign(max(_ARC, _BEND * abs(bend)), bend) - bend
            bend, middle = bend + more, middle - 0.5 * more
        else:
            bend, middle = 0.0, middle + bend / 3
        x = (place - place.mean()) / half
        index[inside] = inks.named["skin/1"]
        arc = np.round(bend * x * x + slope * x + middle).astype(int)
        index[np.clip(arc, 0, grid - 1), place] = inks.named["outline"]


def _stamp(x: float, y: float, radius: float, inside: np.ndarray) -> np.ndarray:
    """[G, G] a round stamp about (x, y), even or odd in width so that it is round on the grid too."""
    across = max(1, round(2 * radius))
    # Middle of a stamp: of a cell if it is odd, between two if it is even.
    i0, j0 = (round(v - 0.5 * across) for v in (y, x))
    i, j = np.mgrid[: len(inside), : len(inside)]
    down, right = i - i0, j - j0
    stamp = (down >= 0) & (down < across) & (right >= 0) & (right < across)
    if across > 3:
        ends = (0, across - 1)
        stamp &= ~(np.isin(down, ends) & np.isin(right, ends))
    return stamp & inside


def _disc(
    rows: np.ndarray, columns: np.ndarray, local: np.ndarray, scale: float
) -> tuple[float, float, float]:
    """Middle (x, y), on half cells, and radius of an iris from its visible samples, cells."""
    middle = []
    spreads = []
    for place, direction in ((columns, local[:, 0]), (rows, -local[:, 1])):
        off = direction - direction.mean()
        stretch = float((off * (place - place.mean())).sum() / max(float((off**2).sum()), 1e-6))
        middle.append((float(place.mean()) + 0.5 - stretch * float(direction.mean())) * scale)
        spreads.append(abs(stretch))
    radius = float(np.hypot(local[:, 0], local[:, 1]).max()) * max(spreads) * scale
    return middle[0], middle[1], float(np.clip(radius, 1.0, 3.5))


def stamp_lenses(index: np.ndarray, inks: Inks) -> None:
    """Draw dark lenses into ``index`` [G, G] as one plain shape, each with a glint of two cells."""
    shade, glint = inks.named["glasses/shade/1"], inks.named["glasses/glint/1"]
    index[index == glint] = shade
    dark = (index == shade).astype(np.uint8)
    count, lenses, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=4)
    for lens in range(1, count):
        left, top, width, height, area = stats[lens]
        # Two lenses that touch are one shape, but each has its glint.
        pair = 2 if width > _PAIR * height else 1
        if area < pair * _LEAST_LENS:
            continue
        row = top + round(_GLINT[0] * height)
        for k in range(pair):
            column = left + round((k + _GLINT[1]) * width / pair)
            if lenses[row, column] == lens and lenses[row + 1, column - 1] == lens:
                index[row, column] = index[row + 1, column - 1] = glint
