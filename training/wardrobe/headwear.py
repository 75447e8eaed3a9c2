"""Hats, scarves and headphones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gen_avatar.character.wardrobe.covering import FREE, OVER_HAIR
from gen_avatar.character.wardrobe.garments import Garment
from training.wardrobe import brims, caps, hijab, knits, wound
from training.wardrobe.shapes import MAP, Solid, ball, join, tube, worn
from training.wardrobe.shells import SHARES, Hem, cover, hem, shell, swell
from training.wardrobe.straps import follow_skin, straps
from training.wardrobe.surface import HeadSurface, direction, ear_vertices, unit
from training.wardrobe.tucked import tucked

#: Where a band goes round the edge of a hat, the hat itself ends this far above it, degrees.
_BANDED = 3.0


def _within(low: Hem) -> Hem:
    """The edge of what ends below a band with the edge ``low``."""
    return lambda azimuth: low(azimuth) + _BANDED


def headband(head: HeadSurface) -> tuple[Garment, ...]:
    """A soft sports band around the forehead; hair is free above and below."""
    low, high = hem(20.5, 20, 16.5, 8, -2), hem(33.5, 32.5, 28, 19, 9)
    band = shell(head, low, (0, 0.12, 0.35, 0.65, 0.88, 1.0),
                 lambda a, u: 0.75 + 0.35 * np.sin(np.pi * u), high)  # fmt: skip
    middle = lambda a: 0.5 * (low(a) + high(a))  # noqa: E731
    return worn(band, **cover(head, low, high)), tucked(head, low, middle)


def bandana(head: HeadSurface) -> tuple[Garment, ...]:
    """A kerchief with dots; a band low on the forehead ends in a knot with two tails at the nape."""
    low = hem(21.5, 21, 17, 0, -14)
    height = lambda a, u: swell(u, 0.75, 2.0, 0.6)  # noqa: E731
    cloth = shell(head, _within(low), SHARES, height)
    knot = head.at(176.0, -6.0, 1.55)
    band = shell(head, low, (0, 0.3, 0.7, 1.0), lambda a, u: 0.95 + 0.25 * np.sin(np.pi * u),
                 lambda a: low(a) + 9)  # fmt: skip
    ends = []
    for drop, out in ((-3.4, 2.4), (-4.2, -1.4)):
        t = np.linspace(0, 1, 6)
        line = knot + np.stack([out * t, drop * t + np.sin(np.pi * t), -0.8 * t], 1)
        ends.append(tube(line, [0, 0, 1.0], 0.65 + 0.5 * np.sin(np.pi * 0.8 * t), 0.4))
    dots = []
    for row, (share, count) in enumerate(((0.24, 14), (0.48, 10), (0.72, 6))):
        for a in (np.arange(count) + 0.5 * (row % 2)) * 360 / count - 180:
            e = float(_within(low)(np.array(a))) * (1 - share) + 90 * share
            d = direction(np.array(a), np.array(e))
            dots.append(_disc(head.at(a, e, float(height(np.array(a), np.array(share))) + 0.06), d, 0.62))
    return (
        worn(cloth, **cover(head, low)),
        worn(join([band, ball(knot, [1.25, 1.1, 1.1]), *ends]), "trim"),
        worn(join(dots), "cream"),
        tucked(head, low),
    )


def _disc(center: np.ndarray, up: np.ndarray, size: float) -> Solid:
    right = unit(np.cross([0.1, 1, 0.2], up))
    turn = np.linspace(0, 2 * np.pi, 9)[:-1, None]
    rim = center + size * (right * np.cos(turn) + np.cross(up, right) * np.sin(turn)) - up * 0.04
    j = np.arange(8)
    return rings_fan(
        np.concatenate([rim, center[None] + up * 0.06]), np.stack([j, (j + 1) % 8, np.full(8, 8)], 1), up
    )


def rings_fan(vertices: np.ndarray, triangles: np.ndarray, up: np.ndarray) -> Solid:
    """A patch whose triangles look along ``up``."""
    a, b, c = (vertices[triangles[0, k]] for k in range(3))
    return Solid(vertices, triangles if np.cross(b - a, c - a) @ up > 0 else triangles[:, ::-1])


def helmet(head: HeadSurface) -> tuple[Garment, ...]:
    """A bicycle helmet: a thick shell with long vents."""
    low = hem(21.5, 20, 15, 2, -8)
    shape = lambda a, u: swell(u, 1.5, 2.9, 0.45)  # noqa: E731
    body = shell(head, low, SHARES, shape)
    vents = []
    for x in (-5.0, -2.5, 0.0, 2.5, 5.0):
        t = np.linspace(0, 1, 9)
        elevation = np.linspace(42, 120 - 3 * abs(x), 9)
        d = unit(
            np.stack([np.full(9, x / 11), np.sin(np.radians(elevation)), np.cos(np.radians(elevation))], 1)
        )
        azimuth, rise = np.degrees(np.arctan2(d[:, 0], d[:, 2])), np.degrees(np.arcsin(d[:, 1]))
        share = (rise - low(azimuth)) / (90 - low(azimuth))
        line = head.at(azimuth, rise, shape(azimuth, share) - 0.05)
        vents.append(tube(line, d, 0.12 + 0.72 * np.sin(np.pi * t) ** 0.6, 0.2))
    rim = shell(head, low, (0, 0.4, 1.0), lambda a, u: 1.95 + 0 * a, lambda a: low(a) + 5)
    solid = straps(head, [(60.0, 18.0), (84.0, 14.0)])
    bound = follow_skin(head, solid.vertices, np.ones(len(solid.vertices)))
    hat = worn(body, **cover(head, low)), worn(join([*vents, rim]), "trim"), worn(solid, "shade", **bound)
    return *hat, tucked(head, low)


#: How far hair may stand out below a band over it, cm beyond what lies flat.
_BELOW_BAND = 1.4
#: How far ahead of the ears the band passes over the head, share of its height: behind the crest of the hair
#: a raised head would hide its middle.
_AHEAD = 0.27
#: Half sizes of the band, front to back and up, cm.
_BAND = (1.25, 0.75)


def headphones(head: HeadSurface) -> tuple[Garment, ...]:
    """A padded band over the head and large cups on the ears."""
    roll = np.linspace(-66, 66, 21)
    d = np.stack([np.sin(np.radians(roll)), np.cos(np.radians(roll)), 0 * roll + _AHEAD], 1)
    line = head.center + unit(d) * (head.r(unit(d)) + _BAND[1])[:, None]
    ears = head.vertices[ear_vertices(head.vertices, head.landmarks)]
    out, middle = np.abs(ears[:, 0]).max() + 0.35, np.median(ears[:, 1:], axis=0)
    foot = np.array([out, middle[0] + 2.0, middle[1]])
    line = np.concatenate([foot[None] * [-1, 1, 1], line, foot[None]])
    side = np.array([1.0, 0.2, 0])
    band = tube(line, np.concatenate([side[None] * [-1, 1, 1], unit(d), side[None]]), *_BAND)
    cups, pads = [], []
    for sign in (1.0, -1.0):
        place = np.array([sign * out, *middle])
        cups.append(ball(place, [1.25, 2.9, 2.5], 20, 10))
        pads.append(ball(place - [sign * 1.1, 0, 0], [0.85, 3.1, 2.7], 20, 10))
    rows, columns = MAP
    e = ((np.arange(rows) + 0.5) / rows * 180 - 90)[:, None] + np.zeros(columns)
    a = ((np.arange(columns) + 0.5) / columns * 360 - 180)[None] + np.zeros((rows, 1))
    ray = direction(a, e)
    from_band = np.where(e > 0, np.degrees(np.arcsin(np.clip(np.abs(ray[..., 2] - _AHEAD), 0, 1))) - 13, 90)
    ear = unit(np.array([1.0, -0.08, 0.1]))
    from_cup = (
        np.degrees(np.arccos(np.clip(np.abs(ray[..., 0]) * ear[0] + ray[..., 1:] @ ear[1:], -1, 1))) - 24
    )
    limit = np.full(ray.shape[:2], FREE)
    below = np.linalg.norm(head.at(a, e, 1.0) - head.center, axis=-1)
    # The band goes over hair, which it only keeps from standing out too far.
    for away, least in ((from_band, below + _BELOW_BAND), (from_cup, below)):
        # Hair lies flat below and swells evenly from there: big hair stays big in front and behind.
        beyond = np.maximum(away, 0)
        pressed = least + 0.06 * beyond + 0.005 * beyond**2
        limit = np.where(away < 45, np.minimum(limit, pressed), limit)
    more: dict[str, Any] = {
        "cover": np.stack([limit, 0 * limit]).astype(np.float32),
        "origin": head.center[None].astype(np.float32),
    }
    both = join([band, *cups])
    over = np.where(np.arange(len(both.vertices)) < len(band.vertices), OVER_HAIR, 0).astype(np.int32)
    return worn(both, region=over, **more), worn(join(pads), "trim")


STYLES: dict[str, Callable[[HeadSurface], tuple[Garment, ...]]] = {
    "cap": caps.cap,
    "beanie": knits.beanie,
    "hijab": hijab.hijab,
    "turban": wound.turban,
    "headband": headband,
    "straw-hat": brims.straw_hat,
    "helmet": helmet,
    "bucket-hat": brims.bucket_hat,
    "fedora": brims.fedora,
    "beret": caps.beret,
    "bandana": bandana,
    "headphones": headphones,
}
