"""What of a drawing is the figure: its alpha, or all that the paper does not reach from the edges."""

from __future__ import annotations

import cv2
import numpy as np

#: A drawing with so large a share of transparent pixels has an alpha of its own.
_OWN = 0.02
#: Colours on the rim that differ by no more than this, of 255, are the paper's; and how large a share of the
#: rim's upper part must have it.
_LIKE, _RIM = 26, 0.6
#: Width of the rim that is looked at, shares of the side.
_WIDE = 0.02


def with_backdrop_removed(picture: np.ndarray) -> np.ndarray | None:
    """[H, W, 4] uint8 with the figure's alpha; None where it cannot be told from what is behind it.

    Paper is what is reached from the edges through pixels of its colour, so that white faces on white paper
    stay whole as long as their outlines are closed.
    """
    if (picture[..., 3] < 128).mean() > _OWN:
        return picture
    rgb = np.ascontiguousarray(picture[..., :3])
    height, width = rgb.shape[:2]
    rim = max(1, round(_WIDE * min(height, width)))
    # Shoulders reach the lower edge: the paper is looked for above them.
    upper = height * 2 // 3
    edge = np.concatenate(
        [rgb[:rim].reshape(-1, 3), rgb[:upper, :rim].reshape(-1, 3), rgb[:upper, -rim:].reshape(-1, 3)]
    )
    paper = np.median(edge, 0)
    if (np.abs(edge - paper).max(1) <= _LIKE).mean() < _RIM:
        return None
    like = (np.abs(cv2.GaussianBlur(rgb, (0, 0), 0.8).astype(np.float32) - paper).max(-1) <= _LIKE).astype(
        np.uint8
    )
    _, labels = cv2.connectedComponents(like, connectivity=4)
    border = np.concatenate([labels[0], labels[:upper, 0], labels[:upper, -1]])
    outside = np.isin(labels, np.setdiff1d(np.unique(border), [0]))
    # Of the two-pixel border between them, each pixel is as opaque as it is far from the paper's colour.
    inside = cv2.erode((~outside).astype(np.uint8), np.ones((3, 3), np.uint8))
    ramp = cv2.GaussianBlur((~outside).astype(np.float32), (0, 0), 0.8)
    alpha = np.where(inside > 0, 1.0, np.where(outside, 0.0, ramp))
    color = _without_paper(rgb.astype(np.float32), paper.astype(np.float32), alpha)
    return np.dstack([color, np.round(255 * alpha)]).clip(0, 255).astype(np.uint8)


def _without_paper(rgb: np.ndarray, paper: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The figure's own colour where it is mixed with the paper's."""
    mixed = (alpha > 0.05) & (alpha < 0.999)
    own = rgb.copy()
    share = alpha[mixed][:, None]
    own[mixed] = (rgb[mixed] - (1 - share) * paper) / share
    return own.clip(0, 255)
