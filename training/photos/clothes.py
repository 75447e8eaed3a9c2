"""Necks, shoulders and what is worn on them; earrings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.photos.labels import LABEL
from training.photos.meshes import Piece, fabric, ring_triangles, solid, tube

#: Profile of neck and shoulders: heights from the top down, half widths and half depths there, cm.
_HEIGHTS = np.array([-6.0, -8, -10, -11.5, -13, -15, -18, -23, -30, -36])
_WIDTHS = np.array([5.4, 5.7, 6.6, 8.6, 13.0, 17.0, 19.2, 20.0, 20.0, 19.5])
_DEPTHS = np.array([5.6, 5.8, 6.2, 6.9, 8.0, 9.2, 10.4, 11.4, 12.0, 12.0])
#: Points of the torso's mesh: rings, and round each of them.
_ROWS, _COLUMNS = 44, 72
_ANGLE = np.linspace(0, 2 * np.pi, _COLUMNS, endpoint=False)
#: 1 in front, -1 behind, for each column.
_FRONT = np.cos(_ANGLE)
#: Shares of the head's turn that the neck and clothes follow.
_NECK_TURNS, _CLOTHES_TURN = 0.55, 0.5
#: Necklines and how often they are met.
_NECKLINES = {
    "crew": 0.26, "v": 0.18, "turtle": 0.08, "wide": 0.1, "hood": 0.1, "shirt": 0.2, "straps": 0.05,
    "none": 0.03,
}  # fmt: skip


@dataclass(frozen=True)
class _Torso:
    """``build``: breadth of the shoulders over the usual; ``phase``: of the folds, rad."""

    build: float
    phase: float

    def loft(self, top: np.ndarray, swell: float, folds: float) -> np.ndarray:
        """[rows, columns, 3] from the heights ``top`` [columns] downwards, ``swell`` cm off the skin.

        ``folds``: depth of the creases, cm.
        """
        t = np.linspace(0, 1, _ROWS)[:, None] ** 1.5
        y = top[None] * (1 - t) + _HEIGHTS[-1] * t
        wide = np.interp(y, _HEIGHTS[::-1], _WIDTHS[::-1]) * np.where(y < -11, self.build, 1) + swell
        deep = np.interp(y, _HEIGHTS[::-1], _DEPTHS[::-1]) + swell
        waves = np.sin(3 * _ANGLE[None] + 0.35 * y + self.phase) * np.sin(0.5 * y + 5 * _ANGLE[None])
        crease = folds * np.abs(waves) * np.clip(-y / 12 - 0.6, 0, 1)
        lean = -2.6 + 1.2 * np.clip(y + 10, 0, 6) / 4
        depth = lean + (deep + crease) * _FRONT[None]
        return np.stack([(wide + crease) * np.sin(_ANGLE)[None], y, depth], -1)


def torso(skin: np.ndarray, rng: np.random.Generator) -> list[Piece]:
    """Neck and shoulders in ``skin`` [3] linear colour, and clothes on them."""
    body = _Torso(rng.uniform(0.8, 1.12), rng.uniform(0, 6.3))
    bare = body.loft(np.full(_COLUMNS, _HEIGHTS[0]), 0.0, 0.0).reshape(-1, 3)
    triangles = ring_triangles(_ROWS, _COLUMNS)
    pieces = [solid(bare, triangles, skin, LABEL["skin"], 0.3, _NECK_TURNS)]
    kind = rng.choice(list(_NECKLINES), p=list(_NECKLINES.values()))
    if kind == "none":
        return pieces
    narrow = np.exp(-((_ANGLE - np.where(np.pi < _ANGLE, 2 * np.pi, 0)) ** 2) / rng.uniform(0.03, 0.25))
    top = _neckline(kind, narrow, rng)
    cloth = body.loft(top, rng.uniform(0.3, 0.9), rng.uniform(0.1, 0.7)).reshape(-1, 3)
    colors = fabric(cloth, rng)
    gloss = rng.choice([0.02, 0.02, 0.3])
    pieces.append(Piece(cloth.astype(np.float32), triangles, colors, LABEL["clothes"], gloss, _CLOTHES_TURN))
    if kind in ("shirt", "hood") or rng.random() < 0.25:
        pieces.append(_collar(kind, body.loft(top, 0.9, 0.0)[0], narrow, colors[:_COLUMNS], rng))
    if kind in ("shirt", "v") and rng.random() < 0.4:
        pieces.append(_tie(rng))
    return pieces


def _tie(rng: np.random.Generator) -> Piece:
    """A tie or the edge of a jacket's opening: a strip down the middle of the chest."""
    y = np.linspace(-9.5, -36.0, 24)
    half = np.interp(y, [-36.0, -12.0, -9.5], [rng.uniform(1.5, 4.5), 1.1, 1.4])
    lean = -2.6 + 1.2 * np.clip(y + 10, 0, 6) / 4
    front = lean + np.interp(y, _HEIGHTS[::-1], _DEPTHS[::-1]) + 1.5
    strip = np.stack([np.stack([side * half, y, front], 1) for side in (-1, 0, 1)], 1)
    triangles = ring_triangles(24, 3)
    points = strip.reshape(-1, 3).astype(np.float32)
    return Piece(points, triangles, fabric(points, rng), LABEL["clothes"], 0.15, _CLOTHES_TURN)


def _neckline(kind: str, narrow: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """[columns] cm: how high clothes reach; ``narrow`` [columns] is 1 in the middle of the chest.

    The chances of all necklines are drawn whichever is worn, so that what follows does not depend on it.
    """
    chest = np.clip(_FRONT, 0, 1)
    strap = np.exp(-((np.abs(np.sin(_ANGLE)) - 0.55) ** 2) / 0.004)
    return {
        "crew": -9.6 - 2.2 * chest - 0.4 * rng.random(),
        "v": -9.4 - rng.uniform(4, 14) * narrow,
        "turtle": np.full(_COLUMNS, rng.uniform(-8.2, -6.4)),
        "wide": -12.2 - rng.uniform(1, 5) * chest,
        "hood": -8.6 - 3.5 * chest,
        "shirt": -8.8 - rng.uniform(1, 9) * narrow,
        "straps": -16.5 - 1.5 * chest + 5.5 * strap,
    }[kind]


def _collar(
    kind: str, start: np.ndarray, narrow: np.ndarray, cloth: np.ndarray, rng: np.random.Generator
) -> Piece:
    """A collar, lapel or hood that stands out around the neck, from the neckline ``start`` [columns, 3].

    ``cloth``: [columns, 3] linear colours of the garment at its neckline.
    """
    if kind == "shirt":
        height, flare, reach = rng.uniform(1.2, 2.8), 1.0, np.ones(_COLUMNS)
    else:
        height, flare = rng.uniform(2, 5), rng.uniform(1.5, 3)
        reach = np.clip(1 - _FRONT, 0.15, 1.2)
    rise = height * (1.05 - 0.8 * narrow) * reach
    rim = start * [1 + 0.05 * flare, 1, 1] + np.stack([0 * rise, rise, 0.25 * flare * _FRONT], 1)
    outward = np.stack([0.9 * flare * np.sin(_ANGLE), -height * (0.6 + narrow), 0.9 * flare * _FRONT], 1)
    fall = start + outward
    band = np.stack([start, rim, fall]).reshape(-1, 3).astype(np.float32)
    color = cloth.mean(0) if rng.random() < 0.6 else fabric(fall, rng)
    colors = np.tile(np.broadcast_to(color, (_COLUMNS, 3)), (3, 1)).astype(np.float32)
    return Piece(band, ring_triangles(3, _COLUMNS), colors, LABEL["clothes"], 0.02, _CLOTHES_TURN)


def earrings(lobes: np.ndarray, rng: np.random.Generator) -> list[Piece]:
    """Studs or hoops at the ear lobes [2, 3] cm."""
    metals = [(0.6, 0.45, 0.15), (0.6, 0.6, 0.62), (0.8, 0.78, 0.72), tuple(rng.random(3) ** 2)]
    metal = np.array(metals[rng.integers(4)])
    radius = float(rng.choice([0.22, 0.35, rng.uniform(0.6, 2.6)]))
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    ring = np.stack([0 * angle, -np.cos(angle) - 1, np.sin(angle)], 1) * radius
    pieces = []
    for lobe in lobes:
        path = (lobe + ring + [np.sign(lobe[0]) * 0.25, 0.4, 0.2]).astype(np.float32)
        vertices, triangles = tube(path, 0.09 if radius > 0.5 else radius * 0.9, closed=True)
        pieces.append(solid(vertices, triangles, metal, LABEL["other"], 0.9))
    return pieces
