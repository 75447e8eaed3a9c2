"""How well a moving picture follows the truth. Pure functions on sequences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gen_avatar.appearance.regions import facemesh_to_ibug
from gen_avatar.metrics import lpips_random, over, psnr, ssim
from gen_avatar.warp.points import INNER_LIPS, LEFT_EYE, RIGHT_EYE
from training.flicker import flicker

#: The open level of an eye is this percentile of a clip; it is shut below the middle between that and the
#: least opening of the clip, where that is a smaller share of the level than the last number: drawn eyes that
#: are shut still have some opening for a tracker of real ones.
_OPEN_LEVEL, _SHUT = 75.0, 0.7
#: A real eye that is shut is open by a smaller share of its open level than this; the others only narrow.
WHOLLY_SHUT = 0.5
#: Frames that a blink may come early or late.
_SLACK = 3
#: A mouth whose opening keeps within this range (5th to 95th percentile, distances of the outer eye corners)
#: says nothing: landmarks tremble by a tenth of it, and heads that turn do the rest.
_STILL_MOUTH = 0.02


def compare_frames(
    outputs: Sequence[np.ndarray], truths: Sequence[np.ndarray], source: np.ndarray
) -> dict[str, float]:
    """Figures of one sequence on a plain backdrop.

    Args:
        outputs, truths: T frames [H, W, 4] uint8, straight alpha. source: the unmoved still, the same.

    Returns:
        l1, psnr (dB), ssim, lpips, ``lpips_unmoved`` (of the still) and ``flicker`` (see
        :func:`flicker_share`).
    """
    a, b = [over(o) for o in outputs], [over(t) for t in truths]
    still, distance = over(source), lpips_random()
    return {
        "l1": float(np.mean([np.abs(x - y).mean() for x, y in zip(a, b, strict=True)])),
        "psnr": float(np.mean([psnr(y, x) for x, y in zip(a, b, strict=True)])),
        "ssim": float(np.mean([ssim(y, x) for x, y in zip(a, b, strict=True)])),
        "lpips": float(np.mean([distance(y, x) for x, y in zip(a, b, strict=True)])),
        "lpips_unmoved": float(np.mean([distance(y, still) for y in b])),
        "flicker": flicker_share(a, b),
    }


def share_gone(figures: Sequence[dict[str, float]]) -> float:
    """Share of the LPIPS between the unmoved source and the truth that is gone, over sequences."""
    left = np.mean([f["lpips"] for f in figures])
    return float(1 - left / np.mean([f["lpips_unmoved"] for f in figures]))


def flicker_share(outputs: Sequence[np.ndarray], truths: Sequence[np.ndarray]) -> float:
    """Restlessness of T frames [H, W, 3] against that of the truth, 1 when equal."""
    return flicker(np.stack(outputs)) / max(flicker(np.stack(truths)), 1e-9)


def mouth_opening(landmarks: np.ndarray) -> float:
    """Distance of the inner lips of [478, 3] FaceMesh landmarks, in distances of the outer eye corners."""
    p = facemesh_to_ibug(landmarks[:, :2])
    return _lips_apart(p[60:68], p[36], p[45])


def eye_opening(landmarks: np.ndarray) -> float:
    """Mean distance of the lids of both eyes over their width, of [478, 3] FaceMesh landmarks."""
    p = facemesh_to_ibug(landmarks[:, :2])
    return _lids_apart(p[36:42], p[42:48])


def keypoint_openings(points: np.ndarray) -> tuple[float, float]:
    """Mouth and eyes as above, of the warper's keypoints [K, 2]."""
    right, left = points[RIGHT_EYE], points[LEFT_EYE]
    return _lips_apart(points[INNER_LIPS], right[0], left[3]), _lids_apart(right, left)


def _lips_apart(inner: np.ndarray, right: np.ndarray, left: np.ndarray) -> float:
    gap = np.linalg.norm(inner[[1, 2, 3]] - inner[[7, 6, 5]], axis=1).mean()
    return float(gap / np.linalg.norm(right - left))


def _lids_apart(*eyes: np.ndarray) -> float:
    gaps = [
        np.linalg.norm(eye[[1, 2]] - eye[[5, 4]], axis=1).mean() / np.linalg.norm(eye[0] - eye[3])
        for eye in eyes
    ]
    return float(np.mean(gaps))


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's, over the frames that both know; NaN where one of them does not move."""
    known = np.isfinite(a) & np.isfinite(b)
    if known.sum() < 3 or a[known].std() < 1e-9 or b[known].std() < 1e-9:
        return float("nan")
    return float(np.corrcoef(a[known], b[known])[0, 1])


def mouth_moves(opening: np.ndarray) -> bool:
    """Whether a driver's mouth opening [T] moves enough to be compared with anything."""
    low, high = np.nanpercentile(opening, [5, 95])
    return bool(high - low >= _STILL_MOUTH)


def blinks(opening: np.ndarray, least_share: float = _SHUT) -> np.ndarray:
    """Frames [n] in which the eyes of an opening signal [T] are most shut, one a blink.

    ``least_share``: of the open level, to which the opening must fall somewhere in the clip.
    """
    level, least = np.nanpercentile(opening, _OPEN_LEVEL), np.nanmin(opening)
    if least > least_share * level:
        return np.zeros(0, int)
    shut = np.nan_to_num(opening, nan=level) < (level + least) / 2
    edges = np.flatnonzero(np.diff(np.concatenate([[0], shut.astype(int), [0]])))
    return np.array([s + np.argmin(opening[s:e]) for s, e in zip(edges[::2], edges[1::2], strict=True)], int)


def blink_recall(driving: np.ndarray, output: np.ndarray, least_share: float = _SHUT) -> tuple[int, int]:
    """How many of the driver's blinks the output has, and how many there are; opening signals [T].

    ``least_share``: of the driver's eyes, as of :func:`blinks`.
    """
    wanted, found = blinks(driving, least_share), blinks(output)
    hits = sum(bool((np.abs(found - w) <= _SLACK).any()) for w in wanted)
    return hits, len(wanted)


def landmark_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Mean distance of the inner 51 iBUG points of FaceMesh landmarks [478, 3], in distances of the eyes."""
    p, q = (facemesh_to_ibug(x[:, :2]) for x in (a, b))
    return float(np.linalg.norm(p - q, axis=1)[17:].mean() / np.linalg.norm(q[36] - q[45]))
