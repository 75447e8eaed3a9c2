"""Which of a person's hair still hangs out below a hat; the rest gives way to what the hat brings."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gen_avatar.character.wardrobe.covering import HIDDEN, sample_cover

#: A mass of hair reaches this far around the head, degrees; hair hangs that ends below this height from the
#: middle of the skull, cm.
_MASS, _HANGS = 150.0, -8.0
#: What starts below this height from the middle of the skull, cm, and behind this azimuth, degrees, is tied
#: there, and stays.
_LOW, _BEHIND = 2.0, 98.0
#: Tails reach no farther around than this and lie behind this azimuth, degrees, and keep this share of their
#: length under a hat.
_TAIL, _ASIDE, _KEPT = 95.0, 74.0, 0.72
#: They come out this far below the edge of what is hidden, degrees, behind this azimuth, so far off, cm; and
#: the share of their length that counts as the root.
_OUT, _FROM, _OFF, _ROOT = 17.0, 116.0, 0.2, 0.08


def hanging_out(
    vertices: np.ndarray,
    triangles: np.ndarray,
    along: np.ndarray,
    cover: np.ndarray,
    replaced: np.ndarray,
    origin: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hair without what goes up under a hat; tails that start there come out lower, at the nape.

    Args:
        vertices: [n, 3]; triangles: [m, 3] of the hair on the reference head; along: [n] 0 at the roots.
        cover: [2, rows, columns] as of :func:`sample_cover`, around ``origin`` [3].
        replaced: [2, rows, columns] whose second layer tells where a hat brings hair instead of short hair.

    Returns:
        The vertices, of which some have moved, the triangles that are left, and [n] bool, tails, which hang
        as they like.
    """
    piece = _pieces(len(vertices), triangles)
    arm = vertices - origin
    ray = arm / np.maximum(np.linalg.norm(arm, axis=1), 1e-6)[:, None]
    azimuth = np.degrees(np.abs(np.arctan2(arm[:, 0], arm[:, 2])))
    rows = [np.flatnonzero(piece == k) for k in range(piece.max() + 1)]
    spans = np.array([np.ptp(azimuth[r]) for r in rows])
    short = np.array([arm[r, 1].min() for r in rows]) > _HANGS
    free, moved = np.zeros(len(vertices), bool), vertices.copy()
    mass = max(range(len(rows)), key=lambda k: (spans[k] > _MASS, len(rows[k])))
    if not short[mass]:
        return moved, triangles, free
    hidden = sample_cover(cover, ray)[1] > HIDDEN
    kept = ~short
    for k, r in enumerate(rows):
        kept[k] |= arm[r, 1].max() < _LOW and azimuth[r].min() > _BEHIND
        if kept[k] and spans[k] < _TAIL and azimuth[r].min() > _ASIDE:
            free[r] = arm[r, 1].max() > 0
            if hidden[r].any():
                moved[r] = _lowered(vertices[r], along[r], cover, origin)
    gone = (sample_cover(replaced, ray)[1] > HIDDEN) & ~kept[piece]
    return moved, triangles[~gone[triangles].all(1)], free


def _lowered(tail: np.ndarray, along: np.ndarray, cover: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """A ``tail`` [n, 3] that starts below the hem of a hat instead of where it was tied."""
    root = tail[along <= max(_ROOT, float(along.min()))].mean(0)
    arm = root - origin
    azimuth = np.degrees(np.arctan2(arm[0], arm[2]))
    azimuth = np.copysign(max(abs(azimuth), _FROM), azimuth)
    rows, columns = cover.shape[1:]
    column = int((azimuth / 360 + 0.5) * columns) % columns
    hidden = cover[1, :, column] > HIDDEN
    if not hidden.any():
        return tail
    first = int(np.argmax(hidden))
    a, e = np.radians(azimuth), np.radians((first + 0.5) / rows * 180 - 90 - _OUT)
    ray = np.array([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)])
    radius = sample_cover(cover, ray[None])[0, 0] + _OFF
    return origin + ray * radius + (tail - root) * _KEPT


def _pieces(count: int, triangles: np.ndarray) -> np.ndarray:
    """[count] number of the connected piece that each vertex belongs to."""
    a, b = triangles[:, [0, 1]].ravel(), triangles[:, [1, 2]].ravel()
    edges = coo_matrix((np.ones(len(a), np.int8), (a, b)), (count, count))
    return connected_components(edges, directed=False)[1]
