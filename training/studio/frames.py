"""What the painters of all looks share: samples to pixels, a small kernel."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numba import njit

#: Weights of the samples across a pixel and beyond its border on either side: with those of the pixel alone
#: an edge that is nearly upright climbs in steps.
BEYOND, WITHIN = 1.0, 3.0
#: Alpha is so much steeper than that, about one half: the edge of a figure is as wide as a pixel.
STEEP = 1.2


def averaged(
    color: np.ndarray, covered: np.ndarray, factor: int, drawn: np.ndarray | None = None
) -> np.ndarray:
    """Samples to pixels, to straight RGBA.

    Args:
        color: [S, S, 3] times ``covered`` [S, S], in [0, 1].
        factor: samples per side of a pixel.
        drawn: [S, S] what alpha is made of; ``covered`` if it is None.
    """
    both = np.dstack([color, covered] if drawn is None else [color, covered, drawn]).astype(
        np.float32, copy=False
    )
    if factor > 1:
        kernel = np.array([BEYOND, *[WITHIN] * factor, BEYOND], np.float32)
        kernel /= kernel.sum()
        # The kernel begins one sample before the pixel.
        both = cv2.sepFilter2D(both, -1, kernel, kernel, anchor=(1, 1), borderType=cv2.BORDER_REPLICATE)[
            ::factor, ::factor
        ]
    color = both[..., :3] / np.maximum(both[..., 3:4], 1e-6)
    # What has no colour is not drawn.
    alpha = np.clip((both[..., -1:] - 0.5) * STEEP + 0.5, 0, 1) * (both[..., 3:4] > 1e-4)
    return np.concatenate([np.minimum(color, 1), alpha], -1)


#: Borders of parts are evened over so many samples to either side; their edge is so steep, and what is thin
#: keeps so much.
EVENED, BORDER, THIN_LEFT = 2, 3.0, 0.4


def evened(color: np.ndarray, part: np.ndarray) -> np.ndarray:
    """``color`` [S, S, 3] with borders between parts [S, S] that do not climb in steps of samples."""
    out = color.copy()
    _even(color, part, out)
    return out


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _differ(one, other):  # type: ignore[no-untyped-def]
    return other >= 0 and other != one


@njit(cache=True, nogil=True, error_model="numpy")
def _even(color, part, out):  # type: ignore[no-untyped-def]
    rows, columns = part.shape
    other = np.zeros(3, np.float32)
    for row in range(EVENED, rows - EVENED):
        for column in range(EVENED, columns - EVENED):
            p = part[row, column]
            if p < 0:
                continue
            up, down = part[row - 1, column], part[row + 1, column]
            left, right = part[row, column - 1], part[row, column + 1]
            if not (_differ(p, up) or _differ(p, down) or _differ(p, left) or _differ(p, right)):
                continue
            own, beside = 0, 0
            other[:] = 0
            for r in range(row - EVENED, row + EVENED + 1):
                for c in range(column - EVENED, column + EVENED + 1):
                    q = part[r, c]
                    if q == p:
                        own += 1
                    elif q >= 0:
                        beside += 1
                        for k in range(3):
                            other[k] += color[r, c, k]
            share = min(max((own / (own + beside) - 0.5) * BORDER + 0.5, THIN_LEFT), 1.0)
            for k in range(3):
                out[row, column, k] += (1 - share) * (other[k] / beside - color[row, column, k])


#: A figure's edge is that of the figure blurred by this share of the picture; what is thinner than the second
#: keeps its own, and nothing further than the third from the edge is cut.
ROUNDED, THIN, CUT = 0.0065, 0.020, 0.0035


def silhouette(figure: np.ndarray) -> np.ndarray:
    """[S, S] float32 in [0, 1]: how much of each sample the ``figure`` [S, S] bool covers, with an even edge.

    Corners of facets and the steps of the samples are no part of a silhouette.
    """
    size = len(figure)
    whole = figure.astype(np.float32)
    sigma = ROUNDED * size
    soft = cv2.GaussianBlur(whole, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    # A straight edge has this slope.
    cover = np.clip((soft - 0.5) * (sigma * math.sqrt(2 * math.pi)) + 0.5, 0, 1)
    across = 2 * int(0.5 * THIN * size) + 1
    wide = cv2.morphologyEx(figure.astype(np.uint8), cv2.MORPH_OPEN, np.ones((across, across), np.uint8))
    thin = cv2.GaussianBlur(whole - wide, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    cover += np.clip(thin / np.maximum(soft, 1e-4) * 4 - 1, 0, 1) * (whole - cover)
    depth = 2 * max(1, round(CUT * size)) + 1
    # A sample further out has no colour near it.
    about = cv2.dilate(whole, np.ones((3, 3), np.uint8))
    return np.clip(cover, cv2.erode(whole, np.ones((depth, depth), np.uint8)), about)


#: Dark hair and cloth are lifted towards this colour, so that their forms can be told.
LIFTED = (0.245, 0.228, 0.262)
#: Luma at which a colour is dark and at which it is not, and how far it is lifted.
DARK, LIFT = (0.10, 0.26), 0.55


@njit(cache=True, nogil=True)
def luma(color):  # type: ignore[no-untyped-def]
    """Luma of a colour [3]."""
    return 0.3 * color[0] + 0.59 * color[1] + 0.11 * color[2]


@njit(cache=True, nogil=True)
def darkness(color):  # type: ignore[no-untyped-def]
    """1 for a colour that is nearly black, 0 for any other."""
    return 1 - smooth(DARK[0], DARK[1], luma(color))


#: Lumas of skin that is deep and that is not, and how much more shine models it: shadows on it say little.
DEEP, MODELLED = (0.22, 0.52), 0.9


@njit(cache=True, nogil=True)
def deepness(color):  # type: ignore[no-untyped-def]
    """1 for a deep colour of skin, 0 for a pale one."""
    return 1 - smooth(DEEP[0], DEEP[1], luma(color))


#: Shadow of what has hardly any colour, and the saturation at which a thing has none and one of its own.
NEUTRAL, PLAIN = (0.80, 0.79, 0.83), (0.10, 0.26)


@njit(cache=True, nogil=True)
def plainness(color):  # type: ignore[no-untyped-def]
    """1 for white, cream and grey, 0 for a colour: a white shirt below a red coat has no red shadow."""
    most, least = max(color[0], color[1], color[2]), min(color[0], color[1], color[2])
    return 1 - smooth(PLAIN[0], PLAIN[1], (most - least) / max(most, 0.05))


@njit(cache=True, nogil=True)
def smooth(lo, hi, x):  # type: ignore[no-untyped-def]
    """Smoothstep: 0 below ``lo``, 1 above ``hi``."""
    t = min(max((x - lo) / (hi - lo), 0.0), 1.0)
    return t * t * (3 - 2 * t)
