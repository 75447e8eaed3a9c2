"""How hair hangs and what its surface is like, in few numbers, and how likely each answer makes them.

The network answers from drawn photos, and real hair does not look drawn; how wide it stands beside the face
and how far down it hangs carries over. Drawn people are measured in the same way
(``training/fit_hair.py``): each answer has their mean and all have a common spread, a linear discriminant.
What the photo cuts off is left out.
"""

from __future__ import annotations

import cv2
import numpy as np

from gen_avatar.appearance.colour import to_lab
from gen_avatar.appearance.regions import REGIONS, Crop

#: Rows of the face frame, units, in which hair is measured beside the face; below the eyes they are stretched
#: so that the chin lies at ``_CHIN``. In the first ``_EARS`` of them ears may show.
_ROWS, _CHIN, _EARS = (-0.2, 0.1, 0.4, 0.7, 1.0, 1.3, 1.6, 2.0), 1.15, 3
#: How far beside the face and below it, from its middle, hair is looked at; the share of it that must be in
#: the photo.
_BESIDE, _BELOW, _INSIDE = 0.8, 1.2, 0.6
#: From which part of the way to the chin hair is measured from the middle of the neck.
_JAW = 0.95
#: Sizes of grain, pixels of the head crop, and how far its direction is averaged, in those.
_GRAINS, _AROUND = (0.7, 1.4, 2.8), 2.0
#: Pixels of hair, and of its outline, below which they say nothing.
_FEW, _SHORT = 120, 40
#: Smoothings of the outline, pixels of the head crop.
_SMOOTHINGS = (2.0, 5.0)
#: Share of the common spread that is taken for independent, and a spread that all numbers have.
_ALONE, _LEAST = 0.1, 1e-4
#: How sure hair above the brows is where it is plainly there, the root of its area then, units, and how far
#: beside the middle of the face it is looked at, in half widths of the face.
_SURE, _AREA, _ABOVE = 0.9, 0.75, 1.3
#: From which probability that there is no hair on, and below which share of the head crop, what is taken for
#: hair is the shine of a scalp; the thinnest rim of hair on labelled heads has half as much again.
_HAIRLESS, _SHINE = 0.5, 0.016
#: How many numbers there are.
HANG_SIZE, GRAIN_SIZE = 2 * (len(_ROWS) - 1) + 2 * _EARS, 4 * len(_GRAINS) - 1 + len(_SMOOTHINGS)


def hair_hang(shares: np.ndarray, crop: Crop) -> np.ndarray:
    """[HANG_SIZE] width of hair beside face and neck and of bare skin at the ears.

    Roots of units, first of the side with less, then of that with more; NaN where the photo does not show it.

    Args:
        shares: [12, H, W] of each of ``REGIONS``, of a head crop.
    """
    x, y = crop.grid()
    jaw = crop.frame[:17]
    stretch = _CHIN / max(float(jaw[8, 1]), 0.6)
    y = np.where(y > 0, y * stretch, y)[:, 0]
    below = y > _JAW * _CHIN
    middle = float(jaw[[0, 16], 0].mean())
    valid = crop.valid
    planes = shares[REGIONS.index("hair")], shares[REGIONS.index("skin")], valid, np.ones(valid.shape)
    sides = []
    for half, sign in ((slice(0, 9), -1), (slice(8, 17), 1)):
        line = jaw[half][np.argsort(jaw[half, 1])]
        edge = np.where(below, middle, np.interp(y, line[:, 1] * stretch, line[:, 0]))
        away = sign * (x - edge[:, None])
        beside = (away > 0) & (away < np.where(below, _BELOW, _BESIDE)[:, None])
        rows = np.stack([(plane * beside).sum(1) for plane in planes]) / crop.scale
        bands = np.full((4, len(_ROWS) - 1), np.nan)
        for band, (low, high) in enumerate(zip(_ROWS[:-1], _ROWS[1:], strict=True)):
            inside = (y >= low) & (y < high)
            if inside.any():
                bands[:, band] = rows[:, inside].mean(1)
        hair, skin, seen, whole = bands
        unseen = ~(seen >= _INSIDE * whole)
        hair[unseen], skin[unseen] = np.nan, np.nan
        sides.append(np.sqrt(np.concatenate([hair, skin[:_EARS]])))
    return np.concatenate([np.minimum(*sides), np.maximum(*sides)]).astype(np.float32)


def hair_grain(shares: np.ndarray, crop: Crop) -> np.ndarray:
    """[GRAIN_SIZE] of the hair's surface, NaN where too little is seen.

    At three sizes how alike the strands' directions are nearby and further off, and how level they lie; how
    contrast grows with size; how much of its outline is lost by smoothing.

    Args:
        shares: [12, H, W] of each of ``REGIONS``, of a head crop.
    """
    hair = shares[REGIONS.index("hair")]
    inside = cv2.erode(((hair > 0.6) & crop.valid).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    rough = _roughness(hair, crop.valid)
    if inside.sum() < _FEW:
        return np.concatenate([np.full(GRAIN_SIZE - len(rough), np.nan), rough]).astype(np.float32)
    light, weight = to_lab(crop.rgb)[..., 0], inside.astype(np.float32)
    out, energy = [], []
    for size in _GRAINS:
        smooth = cv2.GaussianBlur(light, (0, 0), size)
        dx, dy = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
        xx, yy, xy = (
            cv2.GaussianBlur(plane * weight, (0, 0), _AROUND * size) for plane in (dx * dx, dy * dy, dx * dy)
        )
        power, along, across = xx + yy, xx - yy, 2 * xy
        strength = np.maximum(np.hypot(along, across), 1e-6)
        reach = 3 * _AROUND * size
        turned = [cv2.GaussianBlur(part / strength * weight, (0, 0), reach) for part in (along, across)]
        steady = np.hypot(*turned) / np.maximum(cv2.GaussianBlur(weight, (0, 0), reach), 1e-3)
        level = (along / strength * power)[inside].sum() / (power[inside].sum() + 1e-3)
        out += [(strength / (power + 0.5))[inside].mean(), steady[inside].mean(), level]
        energy.append(np.log(power[inside].mean() + 0.5))
    return np.concatenate([out, np.diff(energy), rough]).astype(np.float32)


def _roughness(hair: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """[2] how much each smoothing changes the hair, as roots of pixels a pixel of its outline."""
    mask = (hair > 0.5).astype(np.float32)
    edge = float((cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) * valid).sum())
    if edge < _SHORT:
        return np.full(len(_SMOOTHINGS), np.nan)
    changed = [np.abs((cv2.GaussianBlur(mask, (0, 0), s) > 0.5) - mask)[valid].sum() for s in _SMOOTHINGS]
    return np.sqrt(np.array(changed) / edge)


def plainly_there(shares: np.ndarray, crop: Crop) -> bool:
    """Whether there is hair on the head and no doubt of it: nobody with such hair is bald.

    Args:
        shares: [12, H, W] of each of ``REGIONS``, of a head crop.
    """
    x, y = crop.grid()
    jaw, brows = crop.frame[:17, 0], float(crop.frame[17:27, 1].mean())
    beside = np.abs(x - jaw[[0, 16]].mean()) < _ABOVE * np.ptp(jaw[[0, 16]]) / 2
    hair = shares[REGIONS.index("hair")] * (beside & (y < brows) & crop.valid)
    if not (hair > 0.5).any():
        return False
    return float(np.sqrt(hair.sum())) > _AREA * crop.scale and float(hair[hair > 0.5].mean()) > _SURE


def only_shine(shares: np.ndarray, hairless: float) -> bool:
    """Whether all that is taken for hair is the shine of a scalp.

    Args:
        shares: [12, H, W] of each of ``REGIONS``, of a head crop.
        hairless: probability that there is no hair.
    """
    return hairless >= _HAIRLESS and bool((shares.argmax(0) == REGIONS.index("hair")).mean() < _SHINE)


def likelihood(seen: np.ndarray, means: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """[K] how likely each of K answers makes what is seen, in sum 1.

    Args:
        seen: [D], NaN where unknown; means: [K, D]; spread: [D, D], covariance within an answer.
    """
    known = np.isfinite(seen)
    if not known.any():
        return np.full(len(means), 1 / len(means), np.float32)
    common = spread[np.ix_(known, known)].astype(np.float64)
    common = (1 - _ALONE) * common + np.diag(_ALONE * np.diag(common) + _LEAST)
    away = (seen[known] - means[:, known]).astype(np.float64)
    score = -0.5 * (away * np.linalg.solve(common, away.T).T).sum(1)
    share = np.exp(score - score.max())
    return (share / share.sum()).astype(np.float32)
