"""Lashes and creases of the lids laid upon the skin.

The painter draws them whatever skin lies in front; viewers that know only geometry would lose them in it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gen_avatar.character.eyes import LINE_ROWS
from gen_avatar.character.mesh import CharacterMesh, PosedMesh
from gen_avatar.character.raster import nearness_map
from gen_avatar.character.surface import normalize

#: How far the upper lash, the lower lash and the crease lie above the skin, cm; different, so that none
#: fights with another.
_MARGINS = (0.17, 0.05, 0.08)
#: Resolution of the map of the skin around an eye, texels a radian, and its side, texels.
_PER_RADIAN, _SIDE = 128.0, 400
#: Between its vertices a line clears skin this far to either side of them, texels.
_BESIDE = 3
#: How much more than away from the ball lines are lifted forwards, and in how many steps that is found: an
#: overhanging lid is cleared sooner there, and lines stay where the painter has them.
_FORWARDS, _STEPS = 2.0, 3
#: Skin that may cover a line around an eye is no farther from its centre, cm.
_NEAR = 5.0


def lifts(mesh: CharacterMesh, posed: PosedMesh) -> np.ndarray:
    """[N] how far each vertex must be lifted (see :func:`lifted`) to lie upon the skin, cm.

    It is 0 for all but the lines of the eyes, and no more than the ``lift`` that the painter grants them.

    Args:
        mesh: the person; posed: a pose of it, head upright.
    """
    skin, triangles = posed.points[: mesh.blocks[0].count], mesh.blocks[0].triangles
    out = np.zeros(len(posed.points), np.float32)
    covers: dict[int, np.ndarray] = {}
    for rows, eye, line, most in _lines(mesh):
        center = mesh.eye_centers[eye]
        if eye not in covers:
            covers[eye] = _around(skin, triangles, center)
        away = posed.points[rows] - center
        way, rise = _way(away)
        for _ in range(_STEPS):
            at = _on_sphere(away + out[rows, None] * way)
            more = (_highest(covers[eye], at) + _MARGINS[line] - at[:, 2]) / rise
            out[rows] = np.clip(out[rows] + np.maximum(more, 0), 0, most)
    return out


def gathered(mesh: CharacterMesh, neutral: PosedMesh, posed: PosedMesh, amount: np.ndarray) -> np.ndarray:
    """[N] ``amount``, alike across a line as far as it is thinner than in the ``neutral`` pose: one that has
    come to nothing shall not be drawn apart again."""
    out = amount.copy()
    for rows, _, _, _ in _lines(mesh):
        across = out[rows].reshape(LINE_ROWS, -1)
        wide, now = (_widths(points[rows]) for points in (neutral.points, posed.points))
        share = np.clip(1 - now / np.maximum(wide, 1e-6), 0, 1)
        out[rows] = (across + share * (across.mean(0) - across)).ravel()
    return out


def lifted(mesh: CharacterMesh, points: np.ndarray, amount: np.ndarray) -> np.ndarray:
    """[N, 3] ``points`` moved away from their eyes, and more so forwards, by ``amount`` [N] cm."""
    out = points.copy()
    for rows, eye, _, _ in _lines(mesh):
        out[rows] += amount[rows, None] * _way(points[rows] - mesh.eye_centers[eye])[0]
    return out


def _widths(line: np.ndarray) -> np.ndarray:
    """[n] how wide a line [LINE_ROWS * n, 3] is along its way, cm."""
    rows = line.reshape(LINE_ROWS, -1, 3)
    width: np.ndarray = np.linalg.norm(rows[-1] - rows[0], axis=1)
    return width


def _way(away: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[n, 3] unit directions in which places ``away`` [n, 3] from the centre of an eye are lifted, and how
    much farther away [n] that takes them for each cm."""
    up = normalize(away)
    way = normalize(up + np.array([0.0, 0.0, _FORWARDS], np.float32))
    return way, (way * up).sum(1)


def _lines(mesh: CharacterMesh) -> Iterator[tuple[slice, int, int, float]]:
    """Vertices of each line, its eye, which of the three lines it is, and its lift."""
    start, eye, line = 0, -1, 0
    for block in mesh.blocks:
        rows = slice(start, start + block.count)
        start += block.count
        if block.name == "eye":
            eye, line = eye + 1, 0
        elif block.name == "line":
            yield rows, eye, line, float(np.max(block.lift))
            line += 1


def _around(skin: np.ndarray, triangles: np.ndarray, center: np.ndarray) -> np.ndarray:
    """[S, S] how far from ``center`` the skin lies in each direction, ``-inf`` where there is none."""
    away = skin - center
    near = (np.linalg.norm(away, axis=1) < _NEAR) & (away[:, 2] > 0)
    return nearness_map(_on_sphere(away), triangles[near[triangles].all(1)], _SIDE, _SIDE)


def _on_sphere(away: np.ndarray) -> np.ndarray:
    """[n, 3] places on the map of an eye of ``away`` [n, 3] from its centre, and distances."""
    far = np.linalg.norm(away, axis=1)
    side, up = np.arctan2(away[:, 0], away[:, 2]), np.arcsin(away[:, 1] / np.maximum(far, 1e-6))
    return np.stack([_SIDE / 2 + _PER_RADIAN * side, _SIDE / 2 + _PER_RADIAN * up, far], 1).astype(np.float32)


def _highest(cover: np.ndarray, at: np.ndarray) -> np.ndarray:
    """[n] the most of ``cover`` in and around the texels of ``at`` [n, 3]."""
    column, row = at[:, :2].astype(int).T.clip(_BESIDE, len(cover) - 1 - _BESIDE)
    beside = np.arange(-_BESIDE, _BESIDE + 1)
    return cover[row[:, None, None] + beside[:, None], column[:, None, None] + beside].max((1, 2))
