"""Layers on the skull with an edge all round: what hats are cut from, and what they do to hair."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.interpolate import PchipInterpolator

from gen_avatar.character.surface import smoothstep
from gen_avatar.character.wardrobe.covering import FREE
from training.wardrobe.shapes import MAP, Solid, rings
from training.wardrobe.surface import HeadSurface, direction

#: Hair under a hat stands this high, cm, and gains so much per degree away from the hem.
_PRESSED, _SPRING = 0.40, 0.05
#: From how far below the hem it swells, degrees, over how many it gains a cm, and where nothing holds it.
_HELD, _SWELL, _LOOSE = 25.0, 6.5, 44.0
#: Above a band hair is a dome: so much wider than the band's upper edge and so high above it, cm, reached so
#: many degrees from it; from so many on it is let go by a cm over so many, and free from the last.
_DOME, _FILLED, _ROUND, _ABOVE = (4.1, 9.8), 7.0, (27.0, 8.0), 54.0
#: The same at the temples, in front of this azimuth, and where the change ends.
_FLAT, _SLACK, _BEFORE = 0.2, 0.05, (68.0, 104.0)
#: Azimuths between which hair comes out from under a hat, how far below the hem fringes are tucked in at the
#: first of them, degrees, and how much less for each degree beyond: hair leaves the hem on a slant.
_TEMPLE, _TUCKED, _SLANT = (46.0, 72.0), (-28.0, -14.0), 1.0
#: Under a band hair comes out of the skin again between these, degrees below the hem: both lie above it.
_FREED_ABOVE = (-10.0, -4.0)
#: Hair below a hem is combed off the temples: by how many degrees at most, between which azimuths (rising,
#: falling), and the elevations below the hem where it comes forward again.
_COMBED, _BACK, _FREED = 9.0, (18.0, 54.0, 94.0), (-56.0, -34.0)
#: Combing ends between these elevations above the hem, degrees: well inside the hat, or hair folds along it.
_COVERED = (24.0, 44.0)

TURN = np.arange(-180.0, 180.0, 5.0)
Hem = Callable[[np.ndarray], np.ndarray]


def hem(*elevations: float) -> Hem:
    """Elevation of a hat's edge, given at azimuths 0, 45, 90, 135 and 180 degrees."""
    spline = PchipInterpolator((0, 45, 90, 135, 180), elevations)
    return lambda azimuth: spline(np.abs(azimuth))


HIGH = hem(24, 22, 15, 2, -10)


def cover(head: HeadSurface, low: Hem, high: Hem | None = None) -> dict[str, Any]:
    """What a hat between two edges does to hair; without ``high`` it covers the crown and hides its hair."""
    rows, columns = MAP
    elevation = (np.arange(rows) + 0.5) / rows * 180 - 90
    azimuth = (np.arange(columns) + 0.5) / columns * 360 - 180
    a, e = np.meshgrid(azimuth, elevation)
    below = np.maximum(low(a) - e, 0)
    above = np.zeros_like(below) if high is None else np.maximum(e - high(a), 0)
    rear = np.where(above > 0, 1.0, smoothstep(*_BEFORE, np.abs(a)))
    pressed = _FLAT + (_PRESSED - _FLAT) * rear + (_SLACK + (_SPRING - _SLACK) * rear) * below
    if high is not None:
        # Above a band hair springs up at once, in a round curve; below, it falls.
        stands = _dome(head, a, e, high) - head.r(direction(a, e)) - pressed
        pressed = pressed + np.maximum(stands, 0) * np.sqrt(np.clip(above / _FILLED, 0, 1))
        pressed = pressed + (np.maximum(above - _ROUND[0], 0) / _ROUND[1]) ** 2
    # It swells out below the hem in one curve, without a shelf where it is free again.
    pressed = pressed + (np.maximum(below - _HELD, 0) / _SWELL) ** 2
    limit = np.where((below > _LOOSE) | (above > _ABOVE), FREE, head.r(direction(a, e)) + pressed)
    hidden = (e - low(a) > 5) if high is None else np.zeros_like(a, bool)
    # No hair on the forehead below a hat: fringes are tucked under it.
    slant = _SLANT * np.maximum(np.abs(a) - _TEMPLE[0], 0)
    tucked = (1 - smoothstep(*_TEMPLE, np.abs(a))) * smoothstep(*_TUCKED, e - low(a) - slant)
    if high is not None:
        tucked = tucked * smoothstep(*_FREED_ABOVE, low(a) - e)
    limit = np.where(tucked > 0, np.minimum(limit, 20.0) * (1 - tucked), limit)
    limit = limit + tucked * (head.r(direction(a, e)) - 0.8)
    out = np.abs(a)
    back = _COMBED * smoothstep(*_BACK[:2], out) * (1 - smoothstep(*_BACK[1:], out))
    back = back * smoothstep(*_FREED, e - low(a)) * (1 - smoothstep(*_COVERED, e - low(a)))
    return {
        "cover": np.stack([limit, hidden - back / 90]).astype(np.float32),
        "origin": head.center[None].astype(np.float32),
    }


def _dome(head: HeadSurface, azimuth: np.ndarray, elevation: np.ndarray, edge: Hem) -> np.ndarray:
    """[...] cm from the middle of the skull to a dome that stands on the upper ``edge`` of a band."""
    d = direction(azimuth, edge(azimuth))
    start = head.r(d)[..., None] * d
    wide, tall = np.hypot(start[..., 0], start[..., 2]) + _DOME[0], _DOME[1]
    e, foot = np.radians(elevation), start[..., 1] / tall
    level, rise = np.cos(e) / wide, np.sin(e) / tall
    square = level**2 + rise**2
    root = np.sqrt(np.maximum((rise * foot) ** 2 - square * (foot**2 - 1), 0))
    return np.asarray((rise * foot + root) / square)


def shell(
    head: HeadSurface,
    low: Hem,
    shares: Sequence[float] | np.ndarray,
    height: Callable[[np.ndarray, np.ndarray], np.ndarray],
    high: Hem | None = None,
    turn: np.ndarray = TURN,
    paint: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None,
) -> Solid:
    """A puffy layer from the edge ``low`` to the top (or ``high``); the edge is rolled in to the skin.

    Args:
        shares: rows, 0 at the edge and 1 at the top, [rows] or [rows, columns].
        height: (azimuth, share) → cm above the skull.
        turn: azimuths of its columns, degrees.
        paint: (azimuth, share) → tone, -1..1.
    """
    a, u = np.broadcast_arrays(turn, np.atleast_2d(np.asarray(shares).T).T)
    end = 90.0 if high is None else high(a)
    e = low(a) * (1 - u) + end * u
    h = height(a, u)
    rolled = [
        head.at(a[0], e[0] + d, h[0] * f - g) for d, f, g in ((2.0, 0, 0.3), (-1.2, 0.45, 0), (-0.9, 0.8, 0))
    ]
    rows = [*rolled, *head.at(a, e, h)]
    if high is not None:
        rows += [head.at(a[-1], e[-1] + 1.0, h[-1] * 0.5), head.at(a[-1], e[-1] - 2.0, h[-1] * 0 - 0.3)]
    if paint is None:
        return rings(np.stack(rows), head.center)
    tone = paint(a, u)
    ends = [tone[:1]] * 3, [tone[-1:]] * (len(rows) - len(rolled) - len(tone))
    return rings(np.stack(rows), head.center, tone=np.concatenate([*ends[0], tone, *ends[1]]))


SHARES = (0, 0.03, 0.08, 0.16, 0.26, 0.36, 0.46, 0.56, 0.66, 0.75, 0.84, 0.91, 0.96, 1.0)


def swell(u: np.ndarray, start: float, full: float, by: float) -> np.ndarray:
    t = np.clip(u / by, 0, 1)
    return start + (full - start) * t * (2 - t)
