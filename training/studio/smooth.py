"""Smooth fields over a figure: normals and shadows without the small bumps of the mesh below them."""

from __future__ import annotations

import cv2
import numpy as np

#: Blurs wider than this many samples are done on a coarser grid.
_COARSE = 6.0
#: The middle of a face in rest coordinates: half its width, half its height, height of its centre, cm.
_MIDDLE = (5.6, 5.6, -2.0)
#: What lies further back is no face.
_FRONT = 4.0


def spread(values: np.ndarray, weight: np.ndarray, sigma: float) -> np.ndarray:
    """Blur of ``values`` [H, W] or [H, W, C] float32 that only mixes samples where ``weight`` [H, W] > 0.

    Args:
        sigma: of the Gaussian, samples.

    Returns:
        Like ``values``; where no weight is near, 0.
    """
    shape, stacked = weight.shape, values.ndim == 3
    factor = 1
    while sigma / factor > _COARSE and min(shape) // (2 * factor) >= 16:
        factor *= 2
    size = (shape[1] // factor, shape[0] // factor)
    weight = weight.astype(np.float32)
    both = np.dstack([values * (weight[..., None] if stacked else weight), weight])
    if factor > 1:
        both = cv2.resize(both, size, interpolation=cv2.INTER_AREA)
    both = cv2.GaussianBlur(both, (0, 0), sigma / factor, borderType=cv2.BORDER_REPLICATE)
    mean = both[..., :-1] / np.maximum(both[..., -1:], 1e-4)
    if factor > 1:
        mean = cv2.resize(mean, shape[::-1], interpolation=cv2.INTER_LINEAR)
    mean = mean.reshape(*shape, -1)
    return mean if stacked else mean[..., 0]


def smooth_normals(normal: np.ndarray, inside: np.ndarray, sigma: float) -> np.ndarray:
    """[H, W, 3] unit normals of a rounder proxy: ``normal`` blurred over the samples ``inside`` [H, W]."""
    mean = spread(normal, inside, sigma)
    return mean / np.maximum(np.linalg.norm(mean, axis=-1, keepdims=True), 1e-6)


def face_light(visibility: np.ndarray, rest: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """``visibility`` [H, W] of the key light without what falls on the middle of a face from the face.

    Args:
        rest: [H, W, 3] place on the skin, cm; skin: [H, W] where that is meant.
    """
    away = np.hypot(rest[..., 0] / _MIDDLE[0], (rest[..., 1] - _MIDDLE[2]) / _MIDDLE[1])
    inside = np.clip((1.15 - away) / 0.3, 0, 1) * (skin & (rest[..., 2] > _FRONT))
    return np.maximum(visibility, inside).astype(np.float32)


def under_nose(normal: np.ndarray, rest: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """[H, W] in [0, 1]: the shape below the tip of a nose; arguments as of :func:`face_light`."""
    x, y, z = rest[..., 0], rest[..., 1], rest[..., 2]
    nose = skin & (np.abs(x) < 2.6) & (y > -2.2) & (y < 1.2) & (z > 9.0)
    return (nose * np.clip((-normal[..., 1] - 0.42) / 0.16, 0, 1)).astype(np.float32)
