"""What all hair styles share: hairlines and the close layer next to the skull."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial import cKDTree

from gen_avatar.character.raster import vertex_normals
from gen_avatar.character.surface import smoothstep
from gen_avatar.character.wardrobe.garments import Garment
from training.wardrobe.locks import Free, Hairline, Piece, Place, down, shell
from training.wardrobe.surface import HeadSurface, ear_vertices, unit

Guide = list[Place | Free]

#: Hair lower than this above the skull does not go over the ears, cm.
_BEHIND_EARS = 1.0
LINE_AZIMUTH = (0, 25, 45, 58, 68, 75, 84, 96, 110, 130, 155, 180)


def cap(
    head: HeadSurface,
    line: Sequence[float],
    top: float,
    side: float,
    tuft: float = 2.2,
    seed: int = 0,
    edge: float = 7.0,
    columns: int = 108,
    rise: tuple[float, float] = (5.0, 55.0),
) -> Piece:
    """A shell that is ``side`` cm thick below the elevation ``rise[0]`` and ``top`` cm above ``rise[1]``."""

    def height(azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
        return side + (top - side) * smoothstep(*rise, elevation)

    return shell(head, Hairline(LINE_AZIMUTH, line, tuft, seed), height, down, edge, columns, 8)


def grown(piece: Piece, head: HeadSurface) -> Garment:
    """Hair that keeps the distance to the skin at which it was modelled."""
    used = np.unique(head.skin)
    normals = vertex_normals(head.vertices, head.skin)[used]
    near = cKDTree(head.vertices[used]).query(piece.vertices)[1]
    clearance = ((piece.vertices - head.vertices[used][near]) * normals[near]).sum(1)
    # What lies close to the skull beside an ear runs on behind it, and must not be lifted over it.
    arm = piece.vertices - head.center
    low = np.linalg.norm(arm, axis=1) - head.r(unit(arm)) < _BEHIND_EARS
    clearance[ear_vertices(head.vertices, head.landmarks)[used][near] & low] = 30
    return Garment(
        part="hair",
        fit="warp",
        vertices=piece.vertices.astype(np.float32),
        triangles=piece.triangles.astype(np.int32),
        tangent=piece.tangent.astype(np.float32),
        strand=piece.strand.astype(np.float32),
        tone=np.clip(piece.tones, -1, 1).astype(np.float32),
        clearance=np.clip(clearance, -3, 30).astype(np.float32),
    )
