"""Mouths on a grid of cells: a line that smiles or frowns, or an opening with its teeth.

A cell is a twentieth of a face: what bends by half of one would be lost, so bends are drawn larger than life.
"""

from __future__ import annotations

import cv2
import numpy as np

from gen_avatar.generator.stamping import INK, fitted, half_up, levelled, of

#: A mouth whose inside covers so many cells, so many of them one below the other, is open; else it is a line.
_OPEN, _GAPE = 5.0, 1.35
#: A cell is in an opening from this share on; teeth and tongue that cover fewer cells are not seen, and an
#: opening that is teeth for this share is all teeth.
_IN, _TOOTH, _TASTE, _CLENCHED = 0.45, 0.8, 1.2, 0.62
#: A tongue wins a cell from this share on, and painted lips do.
_TONGUE, _PAINTED = 0.40, 0.40
#: Least width of a line, cells; what lies further outside of it than this share is not fitted.
_WIDE, _FITTED = 5, 0.94
#: Ends that lie so many cells above or below the middle are bent: as much more, and to this at least.
_BENT, _MORE, _BEND, _STEEP = 0.20, 1.5, 1.1, 2.6
#: One end that is so much higher than the other is meant, cells.
_ASKEW = 0.5
#: Share of its width over which a line has a lower lip.
_LOWER = 0.5
#: Lips that cover fewer cells are not seen.
_LEAST = 1.5


def stamp_mouth(index: np.ndarray, share: np.ndarray, free: np.ndarray, painted: bool) -> None:
    """Draw the mouth into ``index`` [G, G].

    Args:
        share: [parts, G, G] coverages; free: [G, G] bool, where stamps are seen.
        painted: lips are a shape of their own colour.
    """
    inside, lips = of(share, "mouth", "teeth", "tongue"), of(share, "lips")
    if (inside + lips).sum() < _LEAST:
        return
    if painted:
        index[(lips + inside > _PAINTED) & free] = INK["lips"]
    if inside.sum() >= _OPEN and inside.sum(0).max() >= _GAPE:
        opening = _opening(inside, free)
        if opening.any():
            if not painted:
                _lower_lip(index, opening, free)
            _stamp_open(index, opening, share)
            return
    _stamp_line(index, lips + inside, free)


def _opening(inside: np.ndarray, free: np.ndarray) -> np.ndarray:
    """[G, G] bool: one shape without gaps or lone bumps, from what it covers of each cell."""
    cells = (inside >= _IN) & free
    _, labels, stats, _ = cv2.connectedComponentsWithStats(cells.astype(np.uint8), connectivity=8)
    if len(stats) < 2:
        return np.zeros_like(cells)
    cells = labels == 1 + stats[1:, cv2.CC_STAT_AREA].argmax()
    columns = np.flatnonzero(cells.any(0))
    top, bottom = cells[:, columns].argmax(0), len(cells) - 1 - cells[::-1, columns].argmax(0)
    top, bottom = levelled(top), levelled(bottom)
    if len(columns) == 2:
        top[:], bottom[:] = top.min(), bottom.max()
    rows = np.arange(len(cells))[:, None]
    out = np.zeros_like(cells)
    out[:, columns] = (rows >= top) & (rows <= bottom)
    return out & free


def _lower_lip(index: np.ndarray, opening: np.ndarray, free: np.ndarray) -> None:
    below = np.zeros_like(opening)
    below[1:] = opening[:-1]
    columns = np.flatnonzero(opening.any(0))
    within = np.zeros(index.shape[1], bool)
    within[columns[1:-1]] = True
    index[below & ~opening & free & within] = INK["lips"]


def _stamp_open(index: np.ndarray, opening: np.ndarray, share: np.ndarray) -> None:
    index[opening] = INK["mouth"]
    tongue = of(share, "tongue")
    if tongue[opening].sum() >= _TASTE:
        index[opening & (tongue > _TONGUE)] = INK["tongue"]
    tooth = of(share, "teeth")
    teeth = float(tooth[opening].sum())
    if teeth < _TOOTH:
        return
    columns = np.flatnonzero(opening.any(0))
    top, bottom = opening.argmax(0), len(opening) - 1 - opening[::-1].argmax(0)
    high = int((bottom - top)[columns].max()) + 1
    if teeth > _CLENCHED * np.count_nonzero(opening) and high >= 3:
        # Both rows are bared: white between dark corners, with the bite between them if there is room.
        white = opening.copy()
        white[:, columns[[0, -1]]] = False
        index[white] = INK["eye"]
        if high >= 4:
            bite = np.round(0.5 * (top + bottom)).astype(int)
            index[bite[columns[1:-1]], columns[1:-1]] = INK["mouth"]
        return
    inner = columns[1:-1] if len(columns) > 3 else columns
    upper = tooth.argmax(0) <= 0.5 * (top + bottom)
    low = np.count_nonzero(upper[inner]) * 2 < len(inner)
    for column in inner:
        row = bottom[column] if low and high > 2 else top[column]
        index[row, column] = INK["eye"]


def _stamp_line(index: np.ndarray, mouth: np.ndarray, free: np.ndarray) -> None:
    grid, place = len(index), np.arange(index.shape[1])
    tall = mouth.sum(0)
    row = (mouth * np.arange(grid)[:, None]).sum(0) / np.maximum(tall, 1e-6)
    part = np.minimum(tall / max(0.35 * float(tall.max()), 1e-6), 1)
    centre, half = float((part * place).sum() / part.sum()), 0.5 * float(part.sum())
    across = (place - centre) / max(half, 0.5)
    weight = np.where(np.abs(across) < _FITTED, np.minimum(tall, 1.0), 0)
    if np.count_nonzero(weight > 0.05) < 2:
        return
    bend, slope, level = fitted(across, row, weight, 2)
    if abs(bend) > _BENT:
        drawn = float(np.copysign(np.clip(_MORE * abs(bend), _BEND, _STEEP), bend))
        level, bend = level - (drawn - bend) / 3, drawn
    else:
        level, bend = level + bend / 3, 0.0
    slope = slope if 2 * abs(slope) > _ASKEW else 0.0
    count = max(_WIDE if half > 1.2 else 3, half_up(2 * half + 0.1))
    first = half_up(centre - 0.5 * (count - 1))
    columns = np.arange(max(first, 0), min(first + count, len(place)))
    at = (columns - (first + 0.5 * (count - 1))) / (0.5 * (count - 1))
    rows = np.floor(bend * at * at + slope * at + level + 0.5).astype(int)
    rows = levelled(np.clip(rows, 1, grid - 2))
    lower = np.abs(at) <= _LOWER
    below = rows[lower] + 1, columns[lower]
    shown = free[below]
    index[below[0][shown], below[1][shown]] = INK["lips"]
    shown = free[rows, columns]
    index[rows[shown], columns[shown]] = INK["seam"]
