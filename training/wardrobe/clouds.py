"""The surface of coily hair: one welded mass with a softly scalloped outline, and curls of light on it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.spatial import cKDTree

from gen_avatar.character.raster import vertex_normals
from gen_avatar.character.surface import boundary_sides, smoothstep
from training.wardrobe.coils import Outline, Relief, spread
from training.wardrobe.hairpaint import TO_LIGHT
from training.wardrobe.locks import Piece, join
from training.wardrobe.surface import unit
from training.wardrobe.tubes import tube

#: Radius of a scallop by the gap between two, how much scallops differ, and how softly they melt together,
#: share of their height.
_RADIUS, _UNEVEN, _MELT = 0.70, 0.2, 0.07
#: How much a place faces the front (z of its direction) where scallops begin to fade, and where they have.
_FACING = (0.45, 0.9)
#: Tones: in the hollows between scallops, and of the side of a scallop away from the light.
_HOLLOW, _AWAY = -0.45, -0.25
#: Nearest scallops that shape a place.
_NEAR = 5
#: Curls of light: their tone, radius in cm, half the width of their stroke by that, degrees to either side of
#: where light comes from, how much those turn, and how high they lie on the mass, cm.
_LIGHT, _CURL, _STROKE, _ARC, _TURN, _ON = 0.62, 1.05, 0.27, 72.0, 24.0, 0.08
#: Rings of a curl, points around it, and how much wider gaps between curls are behind.
_RINGS, _SIDES, _BEHIND = 9, 5, 2.8
#: Lobes of an uneven hairline: how wide, and how deep the notches between them are, degrees.
_LOBE, _NOTCH = (8.0, 17.0), 2.2


def scalloped(gap: float, high: float, seed: int, calm: float = 0.4, count: int = 420) -> Relief:
    """Scallops ``gap`` cm apart and ``high`` cm high all over a surface.

    What is left of them where it faces the front is the share ``calm``: they are for the outline.
    """
    rng = np.random.default_rng(seed)

    def relief(places: np.ndarray, out: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        known = cKDTree(out)

        def on_surface(d: np.ndarray) -> np.ndarray:
            return places[known.query(d)[1]]

        # As many as the surface has room for: farthest points first, until they are closer than the gap.
        tops = on_surface(spread(lambda d: known.query(d)[0] < 0.08, count, rng, place=on_surface))
        kept = [0]
        for k in range(1, len(tops)):
            if np.linalg.norm(tops[kept] - tops[k], axis=1).min() > 0.86 * gap:
                kept.append(k)
        tops = tops[kept]
        size = _RADIUS * gap * (1 + _UNEVEN * rng.uniform(-1, 1, len(tops)))
        away, near = cKDTree(tops).query(places, k=_NEAR)
        share = away / size[near]
        # A rounded maximum of round tops: creases are soft valleys.
        domes = np.sqrt(np.clip(1 - (0.94 * share) ** 2, 0, 1))
        weight = np.exp(domes / _MELT)
        height = _MELT * np.log(weight.sum(1)) - _MELT * np.log(2)
        arm = places - tops[near[:, 0]]
        flat = arm - out * (arm * out).sum(1, keepdims=True)
        towards = unit(TO_LIGHT - out * (out @ TO_LIGHT)[:, None])
        facing = (unit(flat + 1e-9) * towards).sum(1)
        left = 1 - (1 - calm) * smoothstep(*_FACING, out[:, 2])
        hollow = _HOLLOW * (1 - smoothstep(0.3, 0.62, height))
        shade = _AWAY * smoothstep(0.1, 0.9, -facing) * smoothstep(0.2, 0.8, share[:, 0])
        return high * left * height, np.clip(left * (hollow + shade), -1, 1)

    return relief


def lit(mass: Piece, count: int, seed: int, size: float = 1.0) -> Piece:
    """``mass`` with ``count`` curls of light: crisp crescents that lie on it and open away from the light."""
    rng = np.random.default_rng(seed)
    middle = mass.vertices.mean(0)
    known, normals = cKDTree(mass.vertices), vertex_normals(mass.vertices, mass.triangles)
    arms = unit(mass.vertices - middle)
    directions = cKDTree(arms)

    def on_surface(d: np.ndarray) -> np.ndarray:
        return mass.vertices[directions.query(d)[1]]

    # None by the edge, where they would hang over the skin, nor in folds.
    rim = cKDTree(mass.vertices[np.unique(boundary_sides(mass.triangles))])
    free = (rim.query(mass.vertices)[0] > 2.9 * _CURL * size) & ((arms * normals).sum(1) > 0.6)
    curls = []
    for d in spread(lambda d: free[directions.query(d)[1]], count, rng, _BEHIND, place=on_surface):
        at = int(directions.query(d)[1])
        out = normals[at]
        towards = unit(TO_LIGHT - out * (out @ TO_LIGHT))
        turn = np.radians(np.linspace(-_ARC, _ARC, _RINGS) + rng.uniform(-_TURN, _TURN))[:, None]
        radius = size * _CURL * rng.uniform(0.75, 1.2)
        line = mass.vertices[at] + radius * (np.cos(turn) * towards + np.sin(turn) * np.cross(out, towards))
        foot = known.query(line)[1]
        line += normals[foot] * (_ON - ((line - mass.vertices[foot]) * normals[foot]).sum(1))[:, None]
        wide = _STROKE * radius * np.sin(np.linspace(0.12, np.pi - 0.12, _RINGS)) ** 0.7
        curl = tube(line, normals[foot], wide, rng.uniform(), 0.5, _SIDES)
        curls.append(replace(curl, tone=np.full(len(curl.vertices), _LIGHT)))
    return join([mass, *curls])


def lobed(outline: Outline, seed: int) -> Outline:
    """An edge of round lobes of different widths: coily hair has no ruled hairline."""
    rng = np.random.default_rng(seed)
    points = outline.points
    step = np.linalg.norm(np.diff(points, axis=0), axis=1)
    arc = np.degrees(np.r_[0, np.cumsum(step)])
    cuts = np.r_[0, np.cumsum(rng.uniform(*_LOBE, int(arc[-1] / _LOBE[0])))]
    cuts = cuts[cuts < arc[-1]]
    cuts = cuts * arc[-1] / cuts[-1]
    place = np.interp(arc, cuts, np.arange(len(cuts)))
    notch = np.radians(_NOTCH) * (1 - np.abs(np.sin(np.pi * place)) ** 0.7)
    inwards = unit(outline.pole - points * (points @ outline.pole)[:, None])
    return replace(outline, points=unit(points + notch[:, None] * inwards))
