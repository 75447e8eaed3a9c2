"""Mouths of pixel art, redrawn for the grid: a line that smiles or frowns, or an opening with its teeth.

A cell is a twentieth of a face: what bends by half of one would be lost, so bends are drawn larger than life.
"""

from __future__ import annotations

import cv2
import numpy as np

from gen_avatar.character.mesh import PART_INDEX
from training.studio.inks import Inks

_SKIN, _LIPS, _MOUTH, _TEETH, _TONGUE, _BEARD = (
    PART_INDEX[name] for name in ("skin", "lips", "mouth", "teeth", "tongue", "beard")
)
_INSIDE = (_MOUTH, _TEETH, _TONGUE)
#: A mouth whose inside covers so many cells, so many of them one below the other, is open; else it is a line.
_OPEN, _GAPE = 5.0, 1.35
#: A cell is in an opening from this share on; teeth and tongue that cover fewer cells are not seen, and an
#: opening that is teeth for this share is all teeth.
_IN, _TOOTH, _TASTE, _CLENCHED = 0.45, 0.8, 1.2, 0.62
#: A tongue wins a cell from this share on.
_TONGUE_IN = 0.40
#: Least width of a line, cells; what lies further outside of it than this share is not fitted.
_WIDE, _FITTED = 5, 0.94
#: Ends that lie so many cells above or below the middle are bent: as much more, and to this at least.
_BENT, _MORE, _BEND, _STEEP = 0.20, 1.5, 1.1, 2.6
#: One end that is so much higher than the other is meant, cells.
_ASKEW = 0.5
#: Squared distance in sRGB from the skin at which lips are made up.
_MADE_UP = 0.10
#: Share of its width over which a line has a lower lip.
_LOWER = 0.5


def stamp_mouth(
    index: np.ndarray, part: np.ndarray, share: np.ndarray, seen: np.ndarray, seam: np.ndarray, inks: Inks
) -> None:
    """Draw the mouth into ``index`` [G, G].

    Args:
        part: [G, G] part of each cell; share: [G, G, parts] coverages.
        seen: [S, S] part of each sample; seam: [S, S] above 0 on the line where closed lips meet.
    """
    inside = share[..., _INSIDE].sum(-1)
    around = (share[..., _LIPS] + inside) > 0.2
    if not around.any():
        return
    lips = (part == _LIPS) & (index >= 0)
    free = np.isin(part, (_SKIN, _LIPS, *_INSIDE)) | ((part == _BEARD) & around)
    if inside.sum() >= _OPEN and inside.sum(0).max() >= _GAPE:
        opening = _opening(inside, free)
        if opening.any():
            _stamp_open(index, opening, lips, share, inks)
            return
    _stamp_line(index, lips, free, seen, seam, inks)


def _made_up(inks: Inks) -> bool:
    skin, lips = inks.color[inks.named["skin/1"]], inks.color[inks.named["lips"]]
    return float(np.square(skin - lips).sum()) > _MADE_UP


def _opening(inside: np.ndarray, free: np.ndarray) -> np.ndarray:
    """[G, G] bool: one shape without gaps or lone bumps, from what it covers of each cell."""
    cells = (inside >= _IN) & free
    _, labels, stats, _ = cv2.connectedComponentsWithStats(cells.astype(np.uint8), connectivity=8)
    if len(stats) < 2:
        return np.zeros_like(cells)
    cells = labels == 1 + stats[1:, cv2.CC_STAT_AREA].argmax()
    columns = np.flatnonzero(cells.any(0))
    top, bottom = cells[:, columns].argmax(0), len(cells) - 1 - cells[::-1, columns].argmax(0)
    for edge, pick in ((top, np.minimum), (bottom, np.maximum)):
        _level(edge)
        if len(edge) == 2:
            edge[:] = pick(edge[0], edge[1])
    rows = np.arange(len(cells))[:, None]
    out = np.zeros_like(cells)
    out[:, columns] = (rows >= top) & (rows <= bottom)
    return out & free


def _level(rows: np.ndarray) -> None:
    """Take dents and bumps of one column, mistakes of the grid, out of ``rows`` [n], in place."""
    for k in range(1, len(rows) - 1):
        if rows[k - 1] == rows[k + 1] != rows[k]:
            rows[k] = rows[k - 1]


def _stamp_open(
    index: np.ndarray, opening: np.ndarray, lips: np.ndarray, share: np.ndarray, inks: Inks
) -> None:
    named = inks.named
    if _made_up(inks):
        index[lips] = named["lips"]
    else:
        index[lips] = named["skin/1"]
        below = np.zeros_like(opening)
        below[1:] = opening[:-1]
        columns = np.flatnonzero((below & ~opening).any(0))
        within = np.zeros(index.shape[1], bool)
        within[columns[1:-1]] = True
        index[below & ~opening & lips & within] = named["lips"]
    index[opening] = named["mouth"]
    tongue = opening & (share[..., _TONGUE] > _TONGUE_IN)
    if share[..., _TONGUE][opening].sum() >= _TASTE:
        index[tongue] = named["tongue"]
    teeth = share[..., _TEETH][opening].sum()
    if teeth < _TOOTH:
        return
    columns = np.flatnonzero(opening.any(0))
    top, bottom = opening.argmax(0), len(opening) - 1 - opening[::-1].argmax(0)
    high = int((bottom - top)[columns].max()) + 1
    if teeth > _CLENCHED * np.count_nonzero(opening) and high >= 3:
        # Both rows are bared: white between dark corners, with the bite between them if there is room.
        white = opening.copy()
        white[:, columns[[0, -1]]] = False
        index[white] = named["eye"]
        if high >= 4:
            bite = np.round(0.5 * (top + bottom)).astype(int)
            index[bite[columns[1:-1]], columns[1:-1]] = named["mouth"]
        return
    inner = columns[1:-1] if len(columns) > 3 else columns
    upper = share[..., _TEETH].argmax(0) <= 0.5 * (top + bottom)
    low = np.count_nonzero(upper[inner]) * 2 < len(inner)
    for column in inner:
        row = bottom[column] if low and high > 2 else top[column]
        index[row, column] = named["eye"]


def _stamp_line(
    index: np.ndarray, lips: np.ndarray, free: np.ndarray, seen: np.ndarray, seam: np.ndarray, inks: Inks
) -> None:
    grid, size = len(index), len(seen)
    mouth = np.isin(seen, (_LIPS, *_INSIDE))
    line = (seam > 0) | np.isin(seen, _INSIDE)
    line = line if np.count_nonzero(line.any(0)) > 0.3 * np.count_nonzero(mouth.any(0)) else mouth
    place = np.flatnonzero(line.any(0))
    if len(place) < 2:
        return
    middle = (line[:, place] * np.arange(size)[:, None]).sum(0) / line[:, place].sum(0)
    x, y = (place + 0.5) * grid / size - 0.5, (middle + 0.5) * grid / size - 0.5
    # As wide as the lips: the line where they meet is lost towards their ends.
    ends = (np.flatnonzero(mouth.any(0))[[0, -1]] + 0.5) * grid / size - 0.5
    centre, half = ends.mean(), 0.5 * (ends[1] - ends[0])
    if half <= 0:
        return
    across = (x - centre) / half
    fitted = np.abs(across) < _FITTED
    if np.count_nonzero(fitted) < 3:
        return
    bend, slope, level = np.polyfit(across[fitted], y[fitted], 2)
    if abs(bend) > _BENT:
        drawn = float(np.copysign(np.clip(_MORE * abs(bend), _BEND, _STEEP), bend))
        level, bend = level - (drawn - bend) / 3, drawn
    else:
        level, bend = level + bend / 3, 0.0
    slope = slope if 2 * abs(slope) > _ASKEW else 0.0
    count = max(_WIDE if half > 1.2 else 3, round(2 * half + 0.6))
    first = round(centre - 0.5 * (count - 1))
    columns = np.arange(max(first, 0), min(first + count, grid))
    at = (columns - (first + 0.5 * (count - 1))) / (0.5 * (count - 1))
    rows = np.clip(np.round(bend * at * at + slope * at + level).astype(int), 1, grid - 2)
    _level(rows)
    if _made_up(inks):
        index[lips] = inks.named["lips"]
    else:
        index[lips] = inks.named["skin/1"]
        lower = np.abs(at) <= _LOWER
        below = rows[lower] + 1, columns[lower]
        shown = lips[below] | lips[rows[lower], columns[lower]]
        index[below[0][shown], below[1][shown]] = inks.named["lips"]
    drawn_on = free[rows, columns]
    index[rows[drawn_on], columns[drawn_on]] = inks.named["seam"]
