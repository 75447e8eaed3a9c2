"""Sunglasses of pixel art: rims, bridge and temples, each one cell thick; clear glasses are stamped later."""

from __future__ import annotations

import cv2
import numpy as np

from gen_avatar.character.mesh import PART_INDEX, PARTS

_GLASSES, _LENS = PART_INDEX["glasses"], PART_INDEX["lens"]
#: Smaller lenses, in cells, stay as they fell on the grid.
_LEAST = 9
#: Cells with less of the frame near them than this have no rim, and temples are drawn from this share on.
_NEAR, _TEMPLE = 0.12, 0.22
#: Frames reach at most this far around a lens, cells: what is there of them is its rim.
_THICK = 2
_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)


def redrawn(part: np.ndarray, share: np.ndarray, dark: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``part`` [G, G] with clean frames around dark lenses, and [G, G] bool the cells that are frame now.

    Args:
        share: [G, G, parts] coverages.
        dark: [G, G] bool, cells of dark glass, which are of the part glasses.
    """
    frame = part == _GLASSES
    lenses = _plain(dark)
    count, labels, stats, middles = cv2.connectedComponentsWithStats(lenses.astype(np.uint8), connectivity=4)
    large = [k for k in range(1, count) if stats[k, cv2.CC_STAT_AREA] >= _LEAST]
    if not frame.any() or not large:
        return part, frame & ~dark
    glass = np.isin(labels, large)
    metal = np.where(dark, 0, share[..., _GLASSES])
    near = cv2.dilate(metal, np.ones((3, 3), np.uint8)) > _NEAR
    rim = cv2.dilate(glass.astype(np.uint8), _CROSS).astype(bool) & ~glass & near
    about = cv2.dilate(glass.astype(np.uint8), np.ones((2 * _THICK + 1,) * 2, np.uint8)).astype(bool)
    order = sorted(large, key=lambda k: float(middles[k][0]))
    left, right = (stats[k, cv2.CC_STAT_LEFT] for k in (order[0], order[-1]))
    right += stats[order[-1], cv2.CC_STAT_WIDTH] - 1
    bars = np.zeros_like(frame)
    for one, other in zip(order, order[1:], strict=False):
        start = stats[one, cv2.CC_STAT_LEFT] + stats[one, cv2.CC_STAT_WIDTH]
        _bar(metal, np.arange(start, stats[other, cv2.CC_STAT_LEFT]), bars, whole=True)
    columns = np.arange(part.shape[1])
    outside = np.where(about, 0, metal)
    _bar(outside, columns[columns < left], bars, whole=False)
    _bar(outside, columns[columns > right], bars, whole=False)
    bars[:, :left] |= _joined(bars[:, :left], rim[:, :left], metal[:, :left])
    bars[:, right + 1 :] |= _joined(bars[:, right + 1 :], rim[:, right + 1 :], metal[:, right + 1 :])
    # In front of it may be hair or a prop: a bar is only where the frame is seen, a rim where face or air is.
    solid = part >= 0
    drawn = (rim | (bars & ~glass)) & solid & (np.isin(part, _UNDER) | frame)
    bare = share.copy()
    bare[..., [_GLASSES, _LENS]] = 0
    behind = np.where(bare.sum(-1) > 0.05, bare.argmax(-1), -1)
    out = part.copy()
    cleared = frame & ~drawn & ~dark
    out[cleared] = behind[cleared]
    out = _filled(out, solid & (out < 0))
    out[drawn] = _GLASSES
    return out, drawn


#: What a frame may lie on.
_UNDER = [PART_INDEX[n] for n in ("skin", "eye", "iris", "lash", "brow", "lips")]


def _plain(cells: np.ndarray) -> np.ndarray:
    """``cells`` [G, G] bool without holes and spikes of a single cell."""
    wide = cv2.morphologyEx(cells.astype(np.uint8), cv2.MORPH_CLOSE, _CROSS)
    return cv2.morphologyEx(wide, cv2.MORPH_OPEN, _CROSS).astype(bool)


def _bar(metal: np.ndarray, columns: np.ndarray, bars: np.ndarray, whole: bool) -> None:
    """Draw a straight bar along ``metal`` [G, G] over ``columns`` into ``bars``; ``whole``: no gaps."""
    if len(columns) == 0:
        return
    share = metal[:, columns]
    known = share.max(0) >= _TEMPLE
    if not known.any():
        return
    rows = share.argmax(0)
    line = np.polyfit(columns[known], rows[known], 1 if np.count_nonzero(known) > 2 else 0)
    at = np.clip(np.round(np.polyval(line, columns)).astype(int), 0, len(metal) - 1)
    drawn = np.ones(len(columns), bool) if whole else known
    bars[at[drawn], columns[drawn]] = True


def _joined(bars: np.ndarray, rim: np.ndarray, metal: np.ndarray) -> np.ndarray:
    """[G, n] bool: cells of the frame that lie between a temple and its rim, on the temple's row."""
    return bars.any(1, keepdims=True) & (metal >= _TEMPLE) & ~rim


def _filled(part: np.ndarray, empty: np.ndarray) -> np.ndarray:
    """``part`` [G, G] where ``empty`` cells have what most cells around them are."""
    part = part.copy()
    while empty.any():
        wide = np.pad(part, 1, constant_values=-1)
        around = np.stack([wide[i : i + len(part), j : j + len(part)] for i in range(3) for j in range(3)])
        votes = np.stack([((around == p) & (p not in (_GLASSES, _LENS))).sum(0) for p in range(len(PARTS))])
        known = empty & (votes.max(0) > 0)
        if not known.any():
            part[empty] = PART_INDEX["skin"]
            break
        part[known] = votes.argmax(0)[known]
        empty = empty & ~known
    return part
