"""Lashes and creases of the lids laid upon the skin.

The painter draws them whatever skin lies in front; viewers that know only geometry would lose them in it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gen_avatar.character.mesh import CharacterMesh, PosedMesh
from gen_avatar.character.raster import nearness_map

#: How far the upper lash, the lower lash and the crease lie above the skin, cm; different, so that none
#: fights with another.
_MARGINS = (0.17, 0.05, 0.08)
#: Resolution of the map of the skin around an eye, texels a radian, and its side, texels.
_PER_RADIAN, _SIDE = 128.0, 400
#: Between its vertices a line clears skin this far to either side of them, texels.
_BESIDE = 3
#: Skin that may cover a line around an eye is no farther from its centre, cm.
_NEAR = 5.0


def lifts(mesh: CharacterMesh, posed: PosedMesh) -> np.ndarray:
    """[N] how far each vertex must move away from the centre of its eye to lie upon the skin, cm.

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
        at = _on_sphere(posed.points[rows] - center)
        out[rows] = np.clip(_highest(covers[eye], at) + _MARGINS[line] - at[:, 2], 0, most)
    return out


def lifted(mesh: CharacterMesh, points: np.ndarray, amount: np.ndarray) -> np.ndarray:
    """[N, 3] ``points`` moved away from the centres of their eyes by ``amount`` [N] cm."""
    out = points.copy()
    for rows, eye, _, _ in _lines(mesh):
        away = points[rows] - mesh.eye_centers[eye]
        out[rows] += away * (amount[rows] / np.linalg.norm(away, axis=1))[:, None]
    return out


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
