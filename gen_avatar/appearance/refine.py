"""The regions that the parser's network sees, held against the photo: its colours, the person, the head.

The network is taught by drawn pictures alone and errs where a photo shows what they do not: it sees hair in a
dark corner of the room, on a shoulder, in a face behind. Four things correct it. Each kind of region has its
own colours in this photo, learnt from the pixels of which the network is sure; hair belongs to the person;
it grows on the head; and it has one colour: what lies over it in another is a veil or a hood.
"""

from __future__ import annotations

import cv2
import numpy as np

from gen_avatar.appearance.colour import to_lab
from gen_avatar.appearance.regions import REGIONS, Crop

#: Regions that have colours of their own; brows, eyes and lips are small and count as the skin around them.
_KINDS: tuple[tuple[str, ...], ...] = (
    ("hair",), ("background",), ("skin", "brow", "eye", "lips", "mouth"), ("beard",), ("glasses",),
    ("headwear",), ("clothes",), ("other",),
)  # fmt: skip
_HAIR, _BACKGROUND, _OTHER = 0, 1, 7
#: Bins of Lab, how wide they are and where they begin: colours nearer than that are alike.
_BINS = (13, 22, 22)
_WIDE, _BEGIN = np.array([8, 6, 6], np.float32), np.array([0, -64, -64], np.float32)
#: Share from which a pixel teaches its kind's colours. The ends of long hair are often taken for clothes.
_SURE = np.array([0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.95, 0.6], np.float32)[:, None]
#: Pixels that stand for "any colour" in each kind, so that small ones are not believed too much.
_ANY, _LEAST = 50.0, 1e-5
#: Person mask: below the first there is hardly hair, above the second there may well be; what is left of it.
_OUTSIDE, _INSIDE, _LEFT = 0.2, 0.9, 0.01
#: Units from the face over which hair teaches its colours ever less: far off it is often a veil or a coat.
_REACH = 1.0
#: How far from the face, in units, hair must begin.
_ROOTS = 0.3
#: Blur of the outcome, pixels of the crop.
_SMOOTH = 0.7
#: How much likelier hair is than the network says, and the power of what it says of every kind: it is surer
#: than it is right. Set on labelled photos.
_HAIRY, _DOUBT = 1.5, 0.7
#: Two colours of what is taken for hair are hair and a cover, if they are so far apart (ΔE), and this many
#: times farther than either is wide; if the cover is so much farther from the face, units; if at most so much
#: of the hair at the face, and at least so much of the head's outline, has its colour.
_APART, _CLEAR, _FARTHER, _AT_FACE, _OUTSIDE_IT = 28.0, 3.0, 0.5, 0.1, 0.6
#: How near the face that is, units, and how many pixels of hair are looked at, of how many at least.
_NEAR_FACE, _LOOKED_AT, _FEW = 0.12, 1500, 200


def refined(
    shares: np.ndarray,  # [12, H, W] float32, of each of REGIONS
    crop: Crop,
    person: np.ndarray | None,  # [H, W] in [0, 1], of the crop; None where it is unknown
    face: np.ndarray,  # [H, W] uint8, 1 inside the outline of the face
) -> np.ndarray:
    """[12, H, W] float32: shares of each region with the photo's colours, the person and the head in mind."""
    kinds = [[REGIONS.index(name) for name in names] for names in _KINDS]
    start = np.stack([shares[kind].sum(0) for kind in kinds])
    doubted = start**_DOUBT
    doubted[_HAIR] *= _HAIRY
    doubted /= doubted.sum(0)
    if person is not None:
        inside = np.clip((person - _OUTSIDE) / (_INSIDE - _OUTSIDE), _LEFT, 1)
        for likely in (start, doubted):
            likely[_BACKGROUND] += likely[_HAIR] * (1 - inside)
            likely[_HAIR] *= inside
    away = cv2.distanceTransform(1 - face, cv2.DIST_L2, 3) / crop.scale
    likely = doubted * _by_colour(start, crop, np.exp(-away / _REACH))
    likely /= likely.sum(0)
    likely = np.stack([cv2.GaussianBlur(plane, (0, 0), _SMOOTH) for plane in likely])
    hair = (likely.argmax(0) == _HAIR).astype(np.uint8)
    part = cv2.connectedComponents(hair)[1]
    rooted = np.zeros(int(part.max()) + 1, bool)
    rooted[part[(away < _ROOTS) & (hair > 0)]] = True
    loose = (hair > 0) & ~rooted[part]
    likely[_BACKGROUND][loose] += likely[_HAIR][loose]
    likely[_HAIR][loose] = 0
    over = _cover((likely.argmax(0) == _HAIR) & crop.valid, crop, away)
    likely[_OTHER][over] += likely[_HAIR][over]
    likely[_HAIR][over] = 0
    # No share is so small that nothing could be made of it.
    out = np.maximum(shares, _LEAST)
    for kind, now in zip(kinds, likely, strict=True):
        out[kind] *= now / out[kind].sum(0)
    return out / out.sum(0)


def _cover(hair: np.ndarray, crop: Crop, away: np.ndarray) -> np.ndarray:
    """[H, W] bool: what lies over the hair in another colour; nothing, as a rule.

    Args:
        hair: [H, W] bool; away: [H, W] how far from the face, units.
    """
    nothing = np.zeros_like(hair)
    if hair.sum() < _FEW:
        return nothing
    lab = cv2.GaussianBlur(to_lab(crop.rgb), (0, 0), 1.0)
    pixels = lab[hair]
    cv2.setRNGSeed(0)
    some = np.ascontiguousarray(pixels[:: 1 + len(pixels) // _LOOKED_AT])
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 1.0)
    _, label, centres = cv2.kmeans(some, 2, np.zeros((0, 1), np.int32), stop, 1, cv2.KMEANS_PP_CENTERS)
    wide = np.sqrt(((some - centres[label.ravel()]) ** 2).sum(1).mean())
    apart = np.linalg.norm(centres[0] - centres[1])
    if apart < max(_APART, _CLEAR * wide):
        return nothing
    first, second = (np.linalg.norm(pixels - centre, axis=1) for centre in centres)
    distance, outer = away[hair], first > second
    if distance[outer].mean() < distance[~outer].mean():
        outer = ~outer
    over = nothing.copy()
    over[hair] = outer
    outline = hair & (cv2.erode(hair.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0)
    outline &= (away > 2 * _NEAR_FACE) & (crop.grid()[1] < 0)
    at_face = hair & (away < _NEAR_FACE)
    covers = (
        distance[outer].mean() > distance[~outer].mean() + _FARTHER
        and (not at_face.any() or over[at_face].mean() < _AT_FACE)
        and outline.any() and over[outline].mean() > _OUTSIDE_IT
    )  # fmt: skip
    return over if covers else nothing


def _by_colour(start: np.ndarray, crop: Crop, near: np.ndarray) -> np.ndarray:
    """[8, H, W] float32: how often each of ``_KINDS`` has in this photo the colour that a pixel has.

    Args:
        start: [8, H, W] shares; near: [H, W], how much hair there teaches.
    """
    bins = ((to_lab(crop.rgb) - _BEGIN) / _WIDE).astype(int)
    color = np.ravel_multi_index(tuple(bins.reshape(-1, 3).T), _BINS, mode="clip")
    shares = start.reshape(len(start), -1)
    known = shares * (shares > _SURE) * crop.valid.ravel()
    known[_HAIR] *= near.ravel()
    return (_colours(color, known) + np.float32(_LEAST))[:, color].reshape(start.shape)


def _colours(color: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """[K, bins] float32: how often each bin of Lab is seen in each of K kinds.

    Args:
        color: [N] bin of each pixel; weights: [K, N], how much of it is of each kind.
    """
    counts = np.stack([np.bincount(color, kind, int(np.prod(_BINS))) for kind in weights]).astype(np.float32)
    counts = counts.reshape(-1, *_BINS)
    for axis in (1, 2, 3):  # neighbours are the same colour in a little more or less light
        along = np.moveaxis(counts, axis, 0)
        spread = 2 * along
        spread[1:] += along[:-1]
        spread[:-1] += along[1:]
        counts = np.moveaxis(spread / 4, 0, axis)
    return (counts / (counts.sum((1, 2, 3), keepdims=True) + _ANY)).reshape(len(weights), -1)
