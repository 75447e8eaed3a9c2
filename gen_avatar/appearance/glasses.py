"""Glasses: smooth thin lines below both eyes and across the bridge of the nose."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from gen_avatar.appearance.regions import Crop


@dataclass(frozen=True)
class GlassesMeasures:
    """Contrast of the lines that a frame would draw, in L*; 1 to 2 is what wrinkles and lashes reach.

    Attributes:
        rim_dark, rim_bright: mean contrast of the best smooth line round the lower half of an eye, of the
            eye where it is weaker.
        bridge_dark, bridge_bright: the same for a line across the nose between the eyes.
        color: Lab [3] of the bridge.
    """

    rim_dark: float
    rim_bright: float
    bridge_dark: float
    bridge_bright: float
    color: np.ndarray


def _best_line(contrast: np.ndarray) -> float:
    """Mean of the best left-to-right path that moves at most one row a column; [rows, columns] >= 0."""
    total = contrast[:, 0].copy()
    for column in contrast.T[1:]:
        best = total.copy()
        np.maximum(best[1:], total[:-1], out=best[1:])
        np.maximum(best[:-1], total[1:], out=best[:-1])
        total = column + best
    return float(total.max()) / contrast.shape[1]


def _contrast(lightness: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Difference from the surroundings across the rows of a resampled patch."""
    x, y = x.astype(np.float32), y.astype(np.float32)
    patch = cv2.remap(lightness, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    line = cv2.GaussianBlur(patch, (0, 0), sigmaX=0.6, sigmaY=1.0)
    return line - cv2.GaussianBlur(patch, (0, 0), sigmaX=0.6, sigmaY=3.5)


def measure_glasses(crop: Crop, lab: np.ndarray) -> GlassesMeasures:
    """Look for the lower rims and the bridge of glasses in a face crop.

    Args:
        crop: from :func:`~gen_avatar.appearance.regions.face_crop`.
        lab: [H, W, 3] of the crop.
    """
    p, s = crop.points, crop.scale
    lightness = np.ascontiguousarray(lab[..., 0])
    angle = np.radians(np.linspace(25, 155, 40))
    radius = np.arange(0.17 * s, 0.40 * s)[:, None]
    dark, bright = [], []
    for eye in (slice(36, 42), slice(42, 48)):
        centre = p[eye].mean(0)
        x = centre[0] + radius * np.cos(angle)
        y = centre[1] + 0.02 * s + 0.85 * radius * np.sin(angle)
        contrast = _contrast(lightness, x, y)
        dark.append(_best_line(np.clip(-contrast, 0, 4)))
        bright.append(_best_line(np.clip(contrast, 0, 4)))
    x = np.arange(p[27, 0] - 0.10 * s, p[27, 0] + 0.10 * s)
    y = np.arange(p[[39, 42], 1].mean() - 0.16 * s, p[[39, 42], 1].mean() + 0.20 * s)
    grid_x, grid_y = np.meshgrid(x, y)
    contrast = _contrast(lightness, grid_x, grid_y)
    bridge_dark, bridge_bright = (_best_line(np.clip(v, 0, 6)) for v in (-contrast, contrast))
    # The frame's colour: the strongest pixel of each column of the bridge.
    rows = np.abs(contrast).argmax(0)
    columns = np.arange(len(x))
    row = np.clip(grid_y[rows, columns].astype(int), 0, lab.shape[0] - 1)
    column = np.clip(x.astype(int), 0, lab.shape[1] - 1)
    return GlassesMeasures(
        min(dark), min(bright), bridge_dark, bridge_bright, np.median(lab[row, column], 0)
    )


def glasses_style(m: GlassesMeasures) -> tuple[str, float]:
    """``none`` unless rims and bridge speak together, and the confidence.

    Bright lines weigh more: metal shines, wrinkles do not. Limits were set on one half of the labelled
    photos so that none of its bare faces gets glasses; rimless, transparent and tiny frames are missed.
    The shape of the rim is not read: ``square``, the commoner one, stands for both.
    """
    score = max(m.rim_dark + 0.6 * m.bridge_dark, 1.5 * m.rim_bright + 0.6 * m.bridge_bright)
    if score > 5.5:
        return "square", float(np.clip(0.4 + (score - 5.5) / 5, 0, 0.9))
    return "none", float(np.clip((6.0 - score) / 4, 0.1, 0.8))
