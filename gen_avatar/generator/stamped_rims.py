"""Glasses on a grid of cells: rims, bridge and temples, each one cell thick, around clear lenses."""

from __future__ import annotations

import cv2
import numpy as np

from gen_avatar.generator.stamping import fitted, half_up, of

#: Smaller lenses, in cells, are none; a lens ends where less than this of it is seen.
_LEAST, _IN = 7, 0.5
#: Temples and bridges are drawn along columns where the frame covers this much of a cell.
_BAR = 0.22
#: So many cells around a lens what is there of the frame is its rim.
_THICK = 2
#: Steps a cell in which the outline of a lens is found.
_FINE = 4
_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)


def stamp_rims(share: np.ndarray, free: np.ndarray) -> tuple[np.ndarray, bool]:
    """[G, G] bool the cells of a frame around clear lenses, and whether there is one; dark lenses have none.

    Args:
        share: [parts, G, G] coverages; free: [G, G] bool, where stamps are seen.
    """
    frame, glass = of(share, "glasses"), np.clip(of(share, "lens"), 0, 1)
    out = np.zeros_like(free)
    if glass.sum() < _LEAST or frame.sum() < 1:
        return out, False
    # Below the rim a lens goes on.
    lenses = [_lens(hull, free) for hull in _hulls(glass)]
    if not lenses:
        return out, False
    lenses.sort(key=lambda cells: float(np.flatnonzero(cells.any(0)).mean()))
    inside = np.logical_or.reduce(lenses)
    rim = cv2.dilate(inside.astype(np.uint8), _CROSS).astype(bool) & ~inside
    about = cv2.dilate(inside.astype(np.uint8), np.ones((2 * _THICK + 1,) * 2, np.uint8)).astype(bool)
    ends = [(int(np.flatnonzero(cells.any(0))[0]), int(np.flatnonzero(cells.any(0))[-1])) for cells in lenses]
    bars = np.zeros_like(free)
    for (_, left), (right, _) in zip(ends, ends[1:], strict=False):
        _bar(frame, np.arange(left + 1, right), bars, bridge=True)
    outside = np.where(about, 0, frame)
    columns = np.arange(frame.shape[1])
    _bar(outside, columns[: max(ends[0][0] - 1, 0)], bars)
    _bar(outside, columns[ends[-1][1] + 2 :], bars)
    return (rim | (bars & ~inside)) & (free | (bars & (frame > _BAR))), True


def _hulls(glass: np.ndarray) -> list[np.ndarray]:
    """Convex outline [n, 2] float32 (x, y), cells, of each lens; ``glass`` [G, G] is what lies behind one."""
    height, width = (_FINE * side for side in glass.shape)
    fine = cv2.resize(glass.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    outlines, _ = cv2.findContours((fine > _IN).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    large = [o for o in outlines if cv2.contourArea(o) >= _LEAST * _FINE**2]
    return [(cv2.convexHull(o)[:, 0].astype(np.float32) + 0.5) / _FINE - 0.5 for o in large]


def _lens(hull: np.ndarray, free: np.ndarray) -> np.ndarray:
    """[G, G] bool the cells of a lens: its outline stretched to whole cells, to be even on the grid."""
    low, high = hull.min(0), hull.max(0)
    wide, tall = (max(2, half_up(float(v))) for v in high - low)
    left = half_up(float(low[0] + high[0] - wide + 1) / 2)
    top = half_up(float(low[1] + high[1] - tall + 1) / 2)
    box = (hull - low) / np.maximum(high - low, 1e-3) * (wide, tall) * 16
    fine = np.zeros((tall * 16, wide * 16), np.uint8)
    cv2.fillConvexPoly(fine, np.round(box).astype(np.int32), 1)
    cells = fine.reshape(tall, 16, wide, 16).mean((1, 3)) > 0.5
    out = np.zeros_like(free)
    rows, columns = slice(max(top, 0), top + tall), slice(max(left, 0), left + wide)
    target = out[rows, columns]
    out[rows, columns] = cells[max(-top, 0) :, max(-left, 0) :][: target.shape[0], : target.shape[1]]
    return out


def _bar(frame: np.ndarray, columns: np.ndarray, bars: np.ndarray, bridge: bool = False) -> None:
    """Draw a straight bar along ``frame`` [G, G] over ``columns`` into ``bars``, without gaps."""
    if len(columns) == 0:
        return
    cover = frame[:, columns]
    known = np.flatnonzero(cover.max(0) >= _BAR)
    if len(known) == 0:
        return
    rows = (cover * np.arange(len(frame))[:, None]).sum(0) / np.maximum(cover.sum(0), 1e-6)
    degree = 1 if len(known) > 3 and not bridge else 0
    line = fitted(columns[known], rows[known], np.ones(len(known)), degree)
    drawn = columns if bridge else columns[known[0] : known[-1] + 1]
    at = np.clip(np.floor(np.polyval(line, drawn) + 0.5).astype(int), 0, len(frame) - 1)
    bars[at, drawn] = True
