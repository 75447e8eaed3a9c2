"""Eyes and mouths of pixel art, stamped cell by cell from what the geometry says of them."""

from __future__ import annotations

import cv2
import numpy as np

from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.mesh import PART_INDEX
from training.studio.inks import Inks

_EYE, _IRIS, _LASH, _SKIN, _LIPS = (PART_INDEX[name] for name in ("eye", "iris", "lash", "skin", "lips"))
_INSIDE = tuple(PART_INDEX[name] for name in ("mouth", "teeth", "tongue"))
#: Openings of fewer cells stay as they fell on the grid.
_LEAST = 5


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
        index[above] = named["outline"]
        index[inside] = named["eye"]
        rows, columns = np.nonzero((geometry.part == _IRIS) & inside[cell][:, cell])
        if len(rows) < 4:
            continue
        x, y, radius = _disc(rows, columns, geometry.local[rows, columns], grid / size)
        i, j = np.mgrid[:grid, :grid] + 0.5
        away = np.hypot(j - x, i - y)
        index[inside & (away <= radius + 0.15)] = named["iris"]
        index[inside & (away <= radius + 0.15) & (i > y + 0.35 * radius)] = named["glow"]
        index[inside & (away <= max(0.75, 0.5 * radius))] = named["outline"]
        glint = np.where(inside, np.hypot(j - (x - 0.5 * radius), i - (y - 0.5 * radius)), np.inf)
        if glint.min() < 1.5:
            index[np.unravel_index(glint.argmin(), glint.shape)] = named["white"]


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
    return round(2 * middle[0]) / 2, round(2 * middle[1]) / 2, float(np.clip(radius, 1.0, 3.5))


def stamp_mouth(index: np.ndarray, part: np.ndarray, seam: np.ndarray, inks: Inks) -> None:
    """Draw the line where closed lips meet, one cell thick, into ``index`` [G, G].

    Args:
        part: [G, G] part of each cell; seam: [G, G] length of the line within each cell, any unit.
    """
    lips = part == _LIPS
    known = np.flatnonzero((seam.max(0) > 0) & lips.any(0))
    if len(known) < 2:
        return
    columns = np.arange(known[0], known[-1] + 1)
    rows = np.round(np.interp(columns, known, seam.argmax(0)[known])).astype(int)
    # Where the mouth is open there is no line, and lips keep their tint on either side.
    opened = np.isin(part, _INSIDE)[:, columns].any(0)
    for row, column in zip(rows[~opened], columns[~opened], strict=True):
        if part[row, column] not in (_LIPS, _SKIN):
            continue
        index[row, column] = inks.named["mouth"]
        # Above the line the lip is a shade at most: only the lower one is tinted.
        upper = lips[:, column] & (np.arange(len(part)) < row)
        index[upper, column] = inks.named["skin/1"]
