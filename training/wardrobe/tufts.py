"""Tufts of beards: pointed locks that lie on a patch of hair like tiles, crests light and gaps dark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from gen_avatar.character.surface import smoothstep
from gen_avatar.character.wardrobe.garments import Garment
from training.wardrobe.patches import Patch, fixed, inside_distance
from training.wardrobe.surface import HeadSurface

#: Places across a tuft, and along it; there: its width, and how high its crest stands, shares of both.
_ACROSS = np.array([-1.0, -0.62, 0.0, 0.62, 1.0])
_ALONG = np.array([0.0, 0.16, 0.42, 0.70, 0.90, 1.0])
_WIDTH = np.array([0.62, 0.88, 1.0, 0.97, 0.68, 0.0])
_STAND = np.array([-0.30, 0.55, 0.90, 1.0, 0.85, 0.40])
#: Height across it, share of its crest's; all but its sides, which lie so far below the hair that it lies on,
#: are so much higher, cm: coarse as that hair is, its corners would come through.
_ROUND, _SUNK, _CLEAR = np.array([0.0, 0.72, 1.0, 0.72, 0.0]), 0.07, 0.06
#: Where the tips that stand off go: outwards with the sine of the azimuth, down and forwards.
_OUTWARDS, _OFF = 0.35, np.array([0.0, -1.0, 0.12])
#: Paint: at the sides, on the crest, and at the root over this share of the length.
_SIDE, _CREST, _ROOT, _ROOT_LONG = -1.0, 0.46, -0.45, 0.30
#: How much tufts differ from one another.
_APART = 0.24

Paths = tuple[tuple[tuple[float, float], ...], ...]
#: Tufts of the left half, from the chin outwards, degrees: azimuth, and elevation above the mouth's corners.
GOATEE_TUFTS: Paths = (
    ((0, -13.5), (0, -22), (0, -30.5)), ((10, -11.5), (10.5, -20.5), (7.5, -30)),
    ((19, -7), (20, -18), (15, -28.5)), ((24, -2.5), (26, -12), (21, -24.5)),
)  # fmt: skip
VAN_DYKE_TUFTS: Paths = (
    ((0, -12.5), (0, -21), (0, -30)), ((4.5, -15), (7, -22), (5, -29.5)),
    ((8, -19.5), (12.5, -23.5), (11, -28)),
)  # fmt: skip
SOUL_PATCH_TUFTS: Paths = (((0, -11.4), (0, -15), (0, -18.5)), ((4, -11.6), (3.8, -14.5), (1.8, -18)))
JAW_TUFTS: Paths = (
    ((0, -14.5), (0, -28), (0, -41.5)), ((11, -12.5), (12.5, -27), (9, -40.5)),
    ((22, -6), (23.5, -23), (17.5, -38.5)), ((31, 0), (34, -15), (27, -33)),
    ((42, 2), (45, -10), (37, -27.5)), ((52, 10), (54.5, -3), (47, -20)),
    ((60, 23), (62, 9), (56.5, -10)), ((68, 32), (69, 20), (65.5, 2)),
)  # fmt: skip
STRAP_TUFTS: Paths = (
    ((0, -20), (0, -28), (0, -36)), ((13, -20), (13, -27), (9, -35.5)), ((25, -18), (25.5, -25), (20, -33.5)),
    ((36, -15), (36.5, -21), (31, -30)), ((46, -8), (47, -15), (42, -24)), ((54, -1), (56, -8), (51, -17)),
    ((61, 11), (63, 2), (59.5, -8)), ((66, 24), (68, 14), (65.5, 1)),
)  # fmt: skip
CHOP_TUFTS: Paths = (
    ((28, 3), (31, -4), (31, -11)), ((36, 8), (40, -4), (38, -15)), ((46, 14.5), (49, 0), (46, -18)),
    ((56, 22.5), (58.5, 6), (54, -14.5)), ((65, 31), (67, 14), (63, -5)),
)  # fmt: skip


@dataclass(frozen=True)
class Tuft:
    """A lock from its root to its tip.

    Attributes:
        path: [k, 2] azimuth and elevation that it passes, degrees.
        wide: half its width, degrees; stand: height of its crest above the hair that it lies on, cm.
        off: how far its tip stands off, cm.
    """

    path: np.ndarray
    wide: float
    stand: float
    off: float = 0.0


def both(half: Iterable[Tuft]) -> list[Tuft]:
    """Tufts of the left half and their mirror; one that runs down the middle has none."""
    pairs = ((t, Tuft(t.path * [-1, 1], t.wide, t.stand, t.off)) for t in half)
    return [t for pair in pairs for t in pair[: 1 + bool(np.abs(pair[0].path[:, 0]).max() > 0)]]


def tufted(head: HeadSurface, patch: Patch, tufts: Sequence[Tuft], beside: Iterable[Patch] = ()) -> Garment:
    """One mesh of all ``tufts``, lying on ``patch`` and on what reaches in from ``beside``."""
    angle, high, off = (np.concatenate(rows) for rows in zip(*map(_laid, tufts), strict=True))
    a, e = angle.T
    lift, free = patch.raised(a, e, patch.swell(inside_distance(patch.outline, angle)))
    for other in beside:
        lift = np.maximum(lift, other.raised(a, e, other.swell(inside_distance(other.outline, angle)))[0])
    aside = np.stack([_OUTWARDS * np.sin(np.radians(a)), 0 * a, 0 * a], 1)
    # Those at the sides would be strays beside the cheek.
    free = free + (off * np.cos(np.radians(a)) ** 2)[:, None] * (_OFF + aside)
    seed = np.repeat((0.5 + 0.618 * np.arange(len(tufts))) % 1, _ALONG.size * _ACROSS.size)
    s, u = np.meshgrid(_ALONG, _ACROSS, indexing="ij")
    strand = np.stack([np.tile(u.ravel(), len(tufts)), np.tile(s.ravel(), len(tufts)), seed], 1)
    return fixed(head, patch, angle, (lift + high, free), _faces(len(tufts)), strand, _tone(*strand.T))


def _laid(tuft: Tuft) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Angles [n, 2], heights [n] above what it lies on and how far its points stand off [n], cm."""
    place = np.r_[0, np.cumsum(np.linalg.norm(np.diff(tuft.path, axis=0), axis=1))]
    curve = PchipInterpolator(place / place[-1], tuft.path)
    middle, way = curve(_ALONG), curve(_ALONG, 1)
    way = way / np.linalg.norm(way, axis=1, keepdims=True)
    beside = np.stack([-way[:, 1], way[:, 0]], 1)
    angle = middle[:, None] + beside[:, None] * (tuft.wide * _WIDTH[:, None] * _ACROSS)[..., None]
    high = _STAND[:, None] * tuft.stand * _ROUND + np.where(_ROUND == 0, -_SUNK, _CLEAR)
    off = np.repeat(tuft.off * _ALONG**3, _ACROSS.size)
    return angle.reshape(-1, 2), high.ravel(), off


def _faces(count: int) -> np.ndarray:
    """[m, 3] triangles of ``count`` grids."""
    rows, columns = _ALONG.size, _ACROSS.size
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(columns - 1), indexing="ij")
    first = (i * columns + j).ravel()
    corners = [[first, first + columns, first + columns + 1], [first, first + columns + 1, first + 1]]
    one = np.concatenate([np.stack(face, 1) for face in corners])
    # The last row is a point.
    one = one[~((one >= (rows - 1) * columns).sum(1) > 1)]
    return np.concatenate([one + k * rows * columns for k in range(count)])


def _tone(across: np.ndarray, along: np.ndarray, seed: np.ndarray) -> np.ndarray:
    """[n] how tufts are painted, by places on their strands."""
    side = smoothstep(0.42, 1.0, np.abs(across))
    crest = (_CREST * np.sin(np.pi * np.clip(along, 0, 1)) ** 0.7 + _APART * (seed - 0.5)) * (1 - side)
    return np.clip(crest + _SIDE * side + _ROOT * (1 - smoothstep(0, _ROOT_LONG, along)), -1, 1)
