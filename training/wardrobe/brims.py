"""Hats with a brim: a crown and a flap over a ring round the skull."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gen_avatar.character.wardrobe.garments import Garment
from training.wardrobe.shapes import Solid, closed_tube, join, rings, worn
from training.wardrobe.shells import TURN, Hem, cover
from training.wardrobe.surface import HeadSurface, direction, unit
from training.wardrobe.tucked import tucked

#: Heights above the brow line at which a hat sits in front and behind, cm.
_HEIGHT = (5.0, 0.3)
#: Half the thickness of a brim at the crown and at its round edge, cm.
_THICK, _ROLL = 0.18, 0.42
#: How far brims dip in front for each cm that they reach out, cm: from ahead their upper side is seen.
_DIP = 0.36


def _ring(head: HeadSurface, front: float, back: float) -> tuple[np.ndarray, np.ndarray, Hem]:
    """[n, 3] where a tilted plane meets the skull, heights above the brow line, its normal and the hem."""
    z = head.r(direction(np.array([0.0, 180.0]), np.array([20.0, 0.0])))
    slope = (front - back) / float(z.sum())
    level = (front * z[1] + back * z[0]) / z.sum()

    def edge(azimuth: np.ndarray) -> np.ndarray:
        e = np.zeros_like(np.asarray(azimuth, float))
        for _ in range(12):
            d = direction(azimuth, e)
            r = head.r(d)
            e = 0.5 * e + 0.5 * np.degrees(
                np.arcsin(np.clip((level + slope * d[..., 2] * r) / r, -0.95, 0.95))
            )
        return e

    return head.at(TURN, edge(TURN), 0.35), unit(np.array([0.0, 1.0, -slope])), edge


def _brimmed(
    head: HeadSurface,
    crown: Sequence[tuple[float, float]],
    brim: Sequence[tuple[float, float]],
    dent: float = 0.0,
    curl: float = 0.0,
) -> tuple[Solid, Solid, Hem]:
    """A hat over a ring: ``crown`` rows (share of its width, rise) and ``brim`` rows (out, rise), cm."""
    ring, up, edge = _ring(head, *_HEIGHT)
    middle = ring.mean(0)
    outward = unit((ring - middle) - ((ring - middle) @ up)[:, None] * up)
    a = np.radians(TURN)
    rows = []
    for share, rise in crown:
        pinch = dent * np.exp(-((share - 0.35) ** 2) / 0.08) * (rise > crown[-1][1] - 2.5)
        side = 1 - 0.28 * pinch * np.abs(np.sin(a)) * (0.5 + 0.5 * np.cos(a))
        rows.append(middle + (ring - middle) * share * side[:, None] + up * rise)
    top = rings(np.stack([middle + (ring - middle) * 0.96 - up * 0.2, *rows]), middle + up * 2)
    ahead, beside = np.maximum(np.cos(a), 0)[:, None] ** 2, np.sin(a)[:, None] ** 2
    bend = curl * beside - _DIP * ahead
    flap = [ring + outward * out + up * (rise + bend * max(out, 0.0)) for out, rise in brim]
    half = _THICK + (_ROLL - _THICK) * np.linspace(0, 1, len(flap)) ** 2
    above = [row + up * h for row, h in zip(flap, half, strict=True)]
    below = [row - up * h for row, h in zip(flap, half, strict=True)]
    around = np.radians((45, 0, -45))
    edge_round = [flap[-1] + _ROLL * (outward * np.cos(t) + up * np.sin(t)) for t in around]
    sheet = np.stack([*above, *edge_round, *below[::-1]])
    core = np.concatenate([*flap, *[flap[-1]] * len(around), *flap[::-1]])
    grid = rings(sheet, middle)
    solid = Solid(grid.vertices, _facing(grid, core))
    return top, solid, edge


def _facing(solid: Solid, core: np.ndarray) -> np.ndarray:
    a, b, c = (solid.vertices[solid.triangles[:, k]] for k in range(3))
    out = (np.cross(b - a, c - a) * (a - core[solid.triangles[:, 0]])).sum()
    return solid.triangles if out > 0 else solid.triangles[:, ::-1]


def _ribbon(head: HeadSurface, size: float, rise: float, tall: float) -> Solid:
    ring, up, _ = _ring(head, *_HEIGHT)
    middle = ring.mean(0)
    return closed_tube(middle + (ring - middle) * size + up * rise, up, 0.16, tall)


def bucket_hat(head: HeadSurface) -> tuple[Garment, ...]:
    """A soft hat with a sloping brim."""
    crown = (
        (1.05, 0),
        (1.04, 1.5),
        (1.01, 3.4),
        (0.95, 5.2),
        (0.86, 6.4),
        (0.72, 7.2),
        (0.45, 7.7),
        (0.0, 7.85),
    )
    brim = ((-0.3, 0.3), (0.9, 0.15), (2.0, -0.4), (2.8, -0.9))
    top, flap, edge = _brimmed(head, crown, brim)
    return (
        worn(join([top, flap]), **cover(head, edge)),
        worn(_ribbon(head, 1.045, 0.6, 0.25), "trim"),
        tucked(head, edge),
    )


def straw_hat(head: HeadSurface) -> tuple[Garment, ...]:
    """A wide straw hat with a ribbon."""
    crown = (
        (1.04, 0),
        (1.03, 1.8),
        (0.99, 3.8),
        (0.92, 5.5),
        (0.81, 6.7),
        (0.6, 7.5),
        (0.3, 7.9),
        (0.0, 8.0),
    )
    top, flap, edge = _brimmed(head, crown, ((-0.3, 0), (1.5, -0.1), (3.0, -0.3), (4.1, -0.4)))
    return (
        worn(join([top, flap]), "straw", **cover(head, edge)),
        worn(_ribbon(head, 1.04, 1.05, 0.85), "headwear"),
        tucked(head, edge),
    )


def fedora(head: HeadSurface) -> tuple[Garment, ...]:
    """A felt hat with a pinched crown."""
    crown = (
        (1.05, 0),
        (1.02, 2.2),
        (0.97, 4.6),
        (0.89, 6.7),
        (0.77, 8.0),
        (0.58, 8.4),
        (0.32, 7.9),
        (0.0, 7.6),
    )
    top, flap, edge = _brimmed(head, crown, ((-0.3, 0), (1.2, -0.1), (2.4, -0.4), (3.3, -0.5)), 1.0, 0.2)
    return (
        worn(join([top, flap]), **cover(head, edge)),
        worn(_ribbon(head, 1.035, 1.0, 0.75), "trim"),
        tucked(head, edge),
    )
