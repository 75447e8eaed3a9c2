"""Which inside lines mean something: no scraps, no scribbles and no second line beside a longer one."""

from __future__ import annotations

import cv2
import numpy as np

from gen_avatar.character.mesh import PART_INDEX, PARTS

#: Lines of this extent, share of the picture, are what shorter ones must keep away from.
MAIN = 0.17
#: So far, share of the picture, and with most of their length: else they only make it thick and ragged.
BESIDE, MOST = 0.018, 0.55
#: So far they keep from the figure's edge, whose outline is there already and covers what is nearer than
#: the second number.
FROM_EDGE, COVERED = 0.018, 0.010
#: A line of many gaps has few samples for its extent, a scribble has many; the latter only below this extent.
SPARSE, DENSE, SCRIBBLE = 0.75, 2.4, 0.085
#: Lines on skin that are so upright and below this share of the picture are the fronts of ears and folds.
UPRIGHT, TICK = 3.2, 0.13
#: Where lines crowd, a square of this share of the picture holds more of them, counted across, than the
#: second number; from the third on least of their width is left.
CROWD, MANY, KNOT, LEFT = 0.030, 1.9, 3.2, 0.25
#: What is fine by nature, and last what is none: never left out.
_FINE = np.isin([*PARTS, ""], ("eye", "iris", "lash", "mouth", "teeth", "tongue", "lips", "glasses", "lens"))


def without_strays(edge: np.ndarray, part: np.ndarray) -> np.ndarray:
    """``edge`` [S, S] bool, the samples where lines begin, without strays.

    ``part`` [S, S] is as in the buffers.
    """
    size = len(part)
    off = cv2.distanceTransform(np.pad(part >= 0, 1, "edge").astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    edge = edge & (off > COVERED * size)
    if not edge.any():
        return edge
    joined = cv2.dilate(edge.astype(np.uint8), np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    labels = np.where(edge, labels, 0)
    marks = np.maximum(np.bincount(labels[edge], minlength=count), 1)
    extent = np.hypot(stats[:, cv2.CC_STAT_WIDTH] - 2, stats[:, cv2.CC_STAT_HEIGHT] - 2)
    main = extent >= MAIN * size
    main[0] = False
    near = off < FROM_EDGE * size
    if main.any():
        to_main = cv2.distanceTransform((~main[labels]).astype(np.uint8), cv2.DIST_L2, 3)
        near |= to_main < BESIDE * size
    beside = np.bincount(labels[edge & near], minlength=count) > MOST * marks
    dense = (marks > DENSE * extent) & (extent < SCRIBBLE * size)
    wide, tall = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    skin = np.bincount(labels[edge & (part == PART_INDEX["skin"])], minlength=count) > 0.9 * marks
    tick = skin & (tall > UPRIGHT * wide) & (tall < TICK * size)
    fine = np.bincount(labels[edge & _FINE[part]], minlength=count) > 0.5 * marks
    kept = main | fine | ~(beside | dense | tick | (marks < SPARSE * extent))
    kept[0] = False
    return kept[labels]


def uncrowded(edge: np.ndarray, part: np.ndarray) -> np.ndarray:
    """[S, S] float32: how much of its width a line has at each sample of ``edge`` [S, S] bool.

    Where chin, collar and strap meet, lines would run together into a blot.
    """
    across = 2 * int(0.5 * CROWD * len(part)) + 1
    count = cv2.boxFilter(edge.astype(np.float32), -1, (across, across), normalize=False) / across
    left = 1 - (1 - LEFT) * np.clip((count - MANY) / (KNOT - MANY), 0, 1)
    return np.where(_FINE[part], np.float32(1), left.astype(np.float32))
