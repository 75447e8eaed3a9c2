"""Bands of short hair around a head: the wreath of a bald crown, and what is seen of hair below a hat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gen_avatar.character.wardrobe.covering import FREE
from gen_avatar.character.wardrobe.garments import Garment
from training.wardrobe.crop import SUNK, bulge, even
from training.wardrobe.hair import grown
from training.wardrobe.hairpaint import lock_tone
from training.wardrobe.locks import Piece, ring_triangles
from training.wardrobe.shapes import MAP
from training.wardrobe.short_hair import BARBER, TEMPLES
from training.wardrobe.surface import HeadSurface, direction, unit

#: A curve over signed azimuths, degrees.
Curve = Callable[[np.ndarray], np.ndarray]
#: Rows from the upper to the lower edge, columns around, and degrees over which the lower edge is rounded.
_ROWS, _COLUMNS, _ROUNDED = 16, 120, 9.0
#: Degrees around the head of a lock, how far locks lean back from top to bottom, in locks, and the share of
#: the height that the grooves between them take.
_LOCK, _LEAN, _GROOVE = 12.0, 1.6, 0.26
#: How strongly its locks are painted: it is short.
_PALE = 0.75


@dataclass(frozen=True)
class Band:
    """Hair from one side of the face around the back to the other.

    Attributes:
        first: azimuth where it begins, degrees.
        high, low: edges, elevations in degrees; tall: cm above the skull.
        ends: degrees over which the upper edge is rounded; 0 where something covers it.
        rag: how far locks reach over the edges, degrees.
    """

    first: float
    high: Curve
    low: Curve
    tall: Curve
    ends: float = 0.0
    rag: float = 0.0


def band(head: HeadSurface, spec: Band) -> Piece:
    """The mesh of a :class:`Band`, in soft locks that are combed back."""
    # Closer together in front, where the edges turn.
    share = np.linspace(-1, 1, _COLUMNS)
    azimuth = 180 + (180 - spec.first) * (share + 0.1 * np.sin(np.pi * share))
    around = np.minimum(azimuth, 360 - azimuth)
    t = 0.5 - 0.5 * np.cos(np.linspace(0, np.pi, _ROWS))[:, None]
    place = around / _LOCK + 0.35 * np.sin(around / 9.0) - _LEAN * t
    crest = bulge(place)
    high, low = spec.high(around), spec.low(around)
    high = np.maximum(high, low + 0.5)
    # Locks of the edges reach out, each by another length; at its very ends the band has none.
    out = spec.rag * (crest - 0.5) * (0.7 + 0.3 * np.cos(2.4 * np.floor(place)))
    out = out * np.clip((high - low) / 12, 0, 1)
    e = high + (out if spec.ends else 0.0) * (1 - t) - (high - low) * t - out * t
    below = np.clip((e - low + out) / _ROUNDED, 0, 1)
    above = np.clip((high + out - e) / spec.ends, 0, 1) if spec.ends else 1.0
    inside = np.minimum(np.minimum(below, above), np.clip((around - spec.first) / 6, 0, 1))
    tall = spec.tall(around) * (1 - _GROOVE * (1 - crest))
    lift = (tall + SUNK) * np.sqrt(inside * (2 - inside)) - SUNK
    a = np.repeat(azimuth[None], _ROWS, 0)
    d = direction(a, e).reshape(-1, 3)
    strand = np.stack([2 * (place % 1) - 1, np.broadcast_to(t, a.shape), (0.37 * np.floor(place)) % 1], -1)
    back = np.where(np.sin(np.radians(a)).ravel()[:, None] > 0, 1.0, -1.0) * np.cross([0.0, 1.0, 0.0], d)
    run = np.array([0.0, -1.0, 0.0]) + 0.7 * back
    tangent = unit(run - d * (run * d).sum(1, keepdims=True))
    triangles = ring_triangles(_ROWS, _COLUMNS, closed=False)[:, ::-1]
    strand = strand.reshape(-1, 3)
    tone = lock_tone(strand[:, 0], 0.1 + 0.6 * strand[:, 1], strand[:, 2], root=0.0, wide=0.2)
    tone = _PALE * tone
    return Piece(head.at(a, e, lift).reshape(-1, 3), triangles, tangent, strand, tone)


#: The lower edge of hair below a hat: a sideburn, an arch over the ear, and full behind the ears, where tails
#: and braids begin.
_NAPE = even(
    (*TEMPLES[:9], 75, 81, 90, 100, 108, 120, 135, 155, 180),
    (*BARBER(np.array(TEMPLES[:9])), -10, -1, 2, -6, -22, -33, -39, -43, -46),
)
#: How far the band below a hat goes on under it, degrees, and its heights, cm, by azimuth.
_UNDER_HAT, _TALL = 9.0, ((50, 57, 65, 75, 95, 130, 180), (0.12, 0.22, 0.32, 0.36, 0.45, 0.6, 0.55))


def tucked(head: HeadSurface, hem: Curve, below: Curve | None = None) -> Garment:
    """What is seen of hair below a hat with this hem: sideburns, a band over the ears, the nape.

    It stands for all short hair, or only for what lies ``below`` a line.
    """
    azimuth = np.arange(40.0, 90.0, 0.25)
    first = float(azimuth[np.argmax(BARBER(azimuth) < hem(azimuth) + 0.5 * _UNDER_HAT)])
    spec = Band(first, lambda a: hem(a) + _UNDER_HAT, _NAPE, lambda a: np.interp(a, *_TALL), rag=1.6)
    rows, columns = MAP
    e = ((np.arange(rows) + 0.5) / rows * 180 - 90)[:, None] + np.zeros(columns)
    around = np.abs((np.arange(columns) + 0.5) / columns * 360 - 180)
    replaced = np.ones(MAP) if below is None else e < below(around)
    return replace(
        grown(band(head, spec), head),
        cover=np.stack([np.full(MAP, FREE), replaced]).astype(np.float32),
        origin=head.center[None].astype(np.float32),
    )


#: The wreath: its edges and its heights, by azimuth; it runs out at the temples.
_WREATH = ((50, 56, 64, 74, 86, 100, 125, 180), (7, 17, 25, 31, 34, 36, 36, 33))
_TEMPLE = ((50, 56, 61, 66), (5, 1, -9, -19))
_WREATH_TALL = ((50, 66, 80, 100, 180), (0.1, 0.22, 0.5, 0.8, 0.95))


def wreath(head: HeadSurface) -> Piece:
    """A wreath from temple to temple around the back; bare on top."""
    spec = Band(
        50.0,
        lambda a: np.interp(a, *_WREATH),
        lambda a: np.where(a < 66, np.interp(a, *_TEMPLE), BARBER(a) - 1),
        lambda a: np.interp(a, *_WREATH_TALL),
        ends=13.0,
        rag=3.2,
    )
    return band(head, spec)
