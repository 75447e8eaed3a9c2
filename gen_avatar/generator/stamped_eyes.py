"""Eyes and brows on a grid of cells."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from gen_avatar.generator.stamping import INK, fitted, half_up, joined, levelled, of

#: A cell is of an eye or a brow from this share on; shapes that cover fewer cells are none.
_IN, _LEAST = 0.22, 1.6
#: An eye that is open covers so many cells, and so many of them one below the other.
_OPEN, _GAPE = 4.5, 1.25
#: Columns that it covers by less than this, in cells, are no part of an eye's opening.
_EDGE = 0.9
#: An iris that shows less than this of its height is cut by a lid.
_CUT = 0.85
#: Openings of fewer rows have neither glow nor light, least width of an iris in cells.
_NARROW, _IRIS = 2, 2.0
#: How large a pupil is, share of the iris.
_PUPIL = 0.45
#: Pupils of fewer cells have their light beside them.
_LARGE = 6
#: Shut eyes: what bends by less than this many cells is straight; an arc rises by this much at least, and is
#: this much as bent as what is seen.
_BENT, _ARC, _BEND = 0.25, 1.3, 1.5
#: Columns of a brow that are thinner than this share of it are none; how thick brows are drawn, cells,
#: and what is added before that is rounded down.
_THIN, _THICK, _BOLD = 0.35, (1, 3), 0.75
#: Brows of which less than this is free, or that are thin and covered to this share above, are not drawn.
_SHOWN = 0.6


def stamp_eyes(index: np.ndarray, share: np.ndarray, free: np.ndarray) -> None:
    """Draw eyes into ``index`` [G, G]: lash line, white, round iris, pupil and a light, or an arc if shut.

    ``share`` [parts, G, G] are coverages, ``free`` [G, G] bool is where stamps are seen.
    """
    opening, iris = of(share, "eye", "iris"), of(share, "iris")
    shapes = list(_shapes(opening + of(share, "lash")))
    middles = [float(np.flatnonzero(inside.any(0)).mean()) for inside in shapes]
    for inside, middle in zip(shapes, middles, strict=True):
        others = [m for m in middles if m != middle]
        outer = int(np.sign(middle - others[0])) if len(others) == 1 else 0
        open_here = np.where(inside, opening, 0)
        if open_here.sum() >= _OPEN and open_here.sum(0).max() >= _GAPE:
            _open(index, open_here, np.where(inside, iris, 0), free, outer)
        else:
            _shut(index, np.where(inside, opening + of(share, "lash"), 0), free, outer)


def _shapes(cover: np.ndarray) -> Iterator[np.ndarray]:
    """[G, G] bool each shape that ``cover`` [G, G] shows."""
    count, labels = cv2.connectedComponents((cover > _IN).astype(np.uint8), connectivity=8)
    for label in range(1, count):
        inside = labels == label
        if cover[inside].sum() >= _LEAST:
            yield cv2.dilate(inside.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)


def _columns(cover: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[G] how many cells are covered of each column, and in which row the middle of that lies."""
    total = cover.sum(0)
    return total, (cover * np.arange(len(cover))[:, None]).sum(0) / np.maximum(total, 1e-6)


def _open(index: np.ndarray, cover: np.ndarray, iris: np.ndarray, free: np.ndarray, outer: int) -> None:
    tall, row = _columns(cover)
    x = np.arange(len(tall), dtype=float)
    middle = float((x * tall).sum() / tall.sum())
    wide = max(3, half_up(float(np.minimum(tall / _EDGE, 1).sum())))
    first = half_up(middle - 0.5 * (wide - 1))
    place = np.arange(max(first, 0), min(first + wide, len(tall)))
    off = x - middle
    centre = np.polyval(fitted(off, row, tall, 2), place - middle)
    shape = fitted(off, tall, np.minimum(tall, 1.0), 2)
    shape[1] = 0
    height = np.maximum(np.polyval(shape, place - middle), 1)
    top = levelled(np.floor(centre - 0.5 * height + 1.0).astype(int))
    bottom = np.maximum(levelled(np.floor(centre + 0.5 * height).astype(int)), top)
    rows = np.arange(len(index))[:, None]
    opening = np.zeros_like(free)
    opening[:, place] = (rows >= top) & (rows <= bottom)
    opening &= free
    index[opening] = INK["eye"]
    _iris(index, iris, cover - iris, opening, int((bottom - top).max()) + 1 > _NARROW)
    lashes, along = joined(top - 1, place)
    if outer:
        lashes = np.append(lashes, top[-1 if outer > 0 else 0])
        along = np.append(along, place[-1] + 1 if outer > 0 else place[0] - 1)
    _dots(index, free & ~opening, lashes, along, "outline")
    # The lower lid is a soft edge that leaves the corners open.
    _dots(index, free, bottom[1:-1] + 1, place[1:-1], "lid")


def _iris(index: np.ndarray, iris: np.ndarray, white: np.ndarray, opening: np.ndarray, tall: bool) -> None:
    across, down = iris.max(0), iris.max(1)
    width, height = float(across.sum()), float(down.sum())
    if width < 0.6:
        return
    size = max(width, height, _IRIS)
    x = float((across * np.arange(len(across))).sum() / width)
    y = float((down * np.arange(len(down))).sum() / height)
    if height < _CUT * size:
        # Cut by a lid, an iris hangs from its free edge.
        band = across > 0.3
        middle = half_up(y)
        above, below = float(white[:middle, band].sum()), float(white[middle:, band].sum())
        if abs(above - below) > 0.4:
            y += 0.5 * (size - height) * (1 if above > below else -1)
    wide, high = max(2, half_up(width)), max(2, half_up(size))
    disc = _stamp(x, y, wide, high, opening)
    pupil = _stamp(x, y, max(1, half_up(_PUPIL * wide)), max(1, half_up(_PUPIL * high)), opening)
    index[disc] = INK["iris"]
    if tall:
        low = np.arange(len(index))[:, None] >= y + 0.15 * size
        index[disc & low] = INK["glow"]
    index[pupil] = INK["outline"]
    if tall and pupil.any():
        # At ten o'clock of the pupil; where the white is not beside it, which would swallow it.
        row, column = np.argwhere(pupil)[0]
        beside = row > 0 and column > 1 and disc[row - 1, column - 1] and pupil.sum() < _LARGE
        index[(row - 1, column - 1) if beside else (row, column)] = INK["white"]


def _stamp(x: float, y: float, wide: int, high: int, inside: np.ndarray) -> np.ndarray:
    """[G, G] bool a round stamp of so many cells about (x, y) within ``inside``."""
    i0, j0 = half_up(y - 0.5 * (high - 1)), half_up(x - 0.5 * (wide - 1))
    stamp = np.zeros_like(inside)
    rows, columns = slice(max(i0, 0), max(i0 + high, 0)), slice(max(j0, 0), max(j0 + wide, 0))
    stamp[rows, columns] = True
    if wide > 3 and high > 3:
        for i in (i0, i0 + high - 1):
            for j in (j0, j0 + wide - 1):
                if 0 <= i < len(inside) and 0 <= j < inside.shape[1]:
                    stamp[i, j] = False
    return stamp & inside


def _shut(index: np.ndarray, cover: np.ndarray, free: np.ndarray, outer: int) -> None:
    thick, row = _columns(cover)
    known = np.flatnonzero(thick > 0.3)
    if len(known) < 3:
        return
    place = np.arange(known[0], known[-1] + 1)
    half = max(0.5 * (len(place) - 1), 1.0)
    across = (np.arange(len(thick)) - place.mean()) / half
    bend, slope, middle = fitted(across, row, np.minimum(thick, 1.0), 2)
    # What is less than a cell would be a kink in a straight line.
    if abs(bend) > _BENT:
        more = float(np.copysign(max(_ARC, _BEND * abs(bend)), bend)) - bend
        bend, middle = bend + more, middle - 0.5 * more
    else:
        bend, middle = 0.0, middle + bend / 3
    x = (place - place.mean()) / half
    arc = levelled(np.floor(bend * x * x + slope * x + middle + 0.5).astype(int))
    if bend <= 0:
        # A lid that has fallen is a soft shape above its lashes; one that a smile pushes up is none.
        _dots(index, free, arc[1:-1] - 1, place[1:-1], "lid")
    _dots(index, free, *joined(arc, place), "outline")
    if outer:
        end = -1 if outer > 0 else 0
        # Lashes: down beside a smile, up beside a lid that has fallen.
        _dots(index, free, arc[[end]] + (1 if bend > 0 else -1), place[[end]] + outer, "outline")


def _dots(index: np.ndarray, free: np.ndarray, rows: np.ndarray, columns: np.ndarray, ink: str) -> None:
    """Draw cells at ``rows`` and ``columns`` [n] where they are on the picture and ``free``."""
    inside = (rows >= 0) & (rows < index.shape[0]) & (columns >= 0) & (columns < index.shape[1])
    rows, columns = rows[inside], columns[inside]
    shown = free[rows, columns]
    index[rows[shown], columns[shown]] = INK[ink]


def stamp_brows(index: np.ndarray, share: np.ndarray, free: np.ndarray) -> None:
    """Draw brows into ``index`` [G, G], each one clean stroke that is thick at its inner end."""
    cover = of(share, "brow")
    for inside in _shapes(cover):
        thick, row = _columns(np.where(inside, cover, 0))
        known = np.flatnonzero(thick > _THIN * thick.max())
        if len(known) < 3:
            continue
        place = np.arange(known[0], known[-1] + 1)
        off = np.arange(len(thick)) - place.mean()
        weight = np.where(thick > _THIN * thick.max(), thick, 0)
        centre = np.polyval(fitted(off, row, weight, 2), off[place])
        high = np.polyval(fitted(off, thick, np.minimum(weight, 1), 1), off[place])
        high = np.clip(np.floor(high + _BOLD), *_THICK).astype(int)
        top = levelled(np.floor(centre - 0.5 * high + 1.0).astype(int))
        edge, along = joined(top, place)
        start = np.repeat(np.cumsum(high) - high, high)
        stroke = np.concatenate([edge, np.repeat(top, high) + np.arange(int(high.sum())) - start])
        columns = np.concatenate([along, np.repeat(place, high)])
        inside = (stroke >= 0) & (stroke < len(index))
        # Scraps below a hat or a fringe would be stains.
        covered = np.mean(~free[np.clip(top - 1, 0, len(index) - 1), place])
        scrap = covered > _SHOWN and float(thick[place].mean()) < 1
        if not scrap and free[stroke[inside], columns[inside]].mean() > _SHOWN:
            _dots(index, free, stroke, columns, "brow")
