"""Few colours: one palette with alpha for all frames of a picture that moves."""

from __future__ import annotations

import cv2
import numpy as np

#: Pixels that a palette is learned from.
_SAMPLE = 30_000
_ROUNDS, _ENOUGH = 12, 1.0


def reduced(frames: np.ndarray, count: int, slack: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Frames in at most ``count`` colours, the same in all.

    Colours are means of clusters (k-means, its start as in Arthur and Vassilvitskii, 2007) of premultiplied
    colour and alpha, so that what hardly shows weighs little. Nothing is dithered: noise costs bytes, and in
    motion it swarms.

    Args:
        frames: [T, H, W, 4] uint8, straight alpha.
        count: 2 to 256.
        slack: how much farther from its own a pixel's colour may be for the sake of being that of its left
            neighbour, in units of 8-bit colour; long runs take few bytes.

    Returns:
        [T, H, W] uint8, numbers of colours, and [count or fewer, 4] uint8, straight alpha; number 0 is clear.
    """
    from scipy.spatial import cKDTree

    pixels = frames.reshape(-1, 4)
    shown = pixels[pixels[:, 3] > 0]
    if not len(shown):
        return np.zeros(frames.shape[:3], np.uint8), np.zeros((1, 4), np.uint8)
    chosen = np.random.default_rng(0).integers(0, len(shown), min(_SAMPLE, len(shown)))
    sample = _premultiplied(shown[chosen])
    clusters = min(count - 1, len(np.unique(sample, axis=0)))
    cv2.setRNGSeed(0)
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, _ROUNDS, _ENOUGH)
    *_, centers = cv2.kmeans(sample, clusters, None, stop, 1, cv2.KMEANS_PP_CENTERS)
    # Opaque ones last: files leave their alpha out.
    centers = centers[np.argsort(centers[:, 3], kind="stable")]
    palette = np.concatenate([np.zeros((1, 4), np.float32), centers])

    key = (pixels >> 1).astype(np.uint32) @ np.array([1 << 21, 1 << 14, 1 << 7, 1], np.uint32)
    _, first, back = np.unique(key, return_index=True, return_inverse=True)
    nearest = cKDTree(palette).query(_premultiplied(pixels[first]))[1].astype(np.uint8)
    alpha = np.maximum(palette[:, 3:] / 255, 1 / 255)
    straight = np.concatenate([palette[:, :3] / alpha, palette[:, 3:]], 1)
    numbers = nearest[back].reshape(frames.shape[:3])
    if slack:
        _lengthen_runs(numbers, frames, palette, slack)
    return numbers, np.round(straight).clip(0, 255).astype(np.uint8)


def _lengthen_runs(numbers: np.ndarray, frames: np.ndarray, palette: np.ndarray, slack: float) -> None:
    """Let drawn pixels take the colour of their left neighbours where that is nearly as good, in place.

    Args:
        numbers: [T, H, W] of colours, the nearest ones.
        frames: [T, H, W, 4] uint8, straight alpha.
        palette: [N, 4] float32, premultiplied.
        slack: see :func:`reduced`.
    """
    left = numbers[:, :, 0]
    for x in range(1, numbers.shape[2]):
        own = numbers[:, :, x]
        want = _premultiplied(frames[:, :, x].reshape(-1, 4)).reshape(*own.shape, 4)
        error = np.linalg.norm(want - palette[own], axis=-1)
        keep = (np.linalg.norm(want - palette[left], axis=-1) <= error + slack) & (own > 0)
        left = own[...] = np.where(keep, left, own)


def _premultiplied(pixels: np.ndarray) -> np.ndarray:
    """[N, 4] float32 of [N, 4] uint8 with straight alpha."""
    floats = pixels.astype(np.float32)
    floats[:, :3] *= floats[:, 3:] / 255
    return floats


def bled(frame: np.ndarray) -> np.ndarray:
    """A frame whose clear pixels have the colour of what is drawn near them, smoothly.

    Formats that keep colour at half of the size mix the clear side of an edge into it; black there would be
    seen as a dark seam.

    Args:
        frame: [H, W, 4] uint8, straight alpha.

    Returns:
        The same with other colours where alpha is 0.
    """
    alpha = frame[..., 3:].astype(np.float32) / 255
    levels = [np.concatenate([frame[..., :3] * alpha, alpha], -1)]
    while min(levels[-1].shape[:2]) > 2:
        levels.append(cv2.pyrDown(levels[-1]))
    color = levels[-1][..., :3] / np.maximum(levels[-1][..., 3:], 1e-6)
    for level in reversed(levels[:-1]):  # what is not known at a level comes from the coarser one
        known = level[..., 3:].clip(0.0, 1.0)
        here = level[..., :3] / np.maximum(level[..., 3:], 1e-6)
        coarse = cv2.resize(color, (level.shape[1], level.shape[0]), interpolation=cv2.INTER_LINEAR)
        color = here * known + coarse * (1 - known)
    out = frame.copy()
    clear = frame[..., 3] == 0
    out[clear, :3] = np.round(color[clear]).clip(0, 255)
    return out
