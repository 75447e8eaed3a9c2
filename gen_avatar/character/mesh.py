"""The pieces that a character is put together from: parts, and meshes that are attached to the head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: What a pixel can belong to, in the order of the geometry buffers.
PARTS: tuple[str, ...] = (
    "skin", "lips", "eye", "iris", "lash", "brow", "mouth", "teeth", "tongue", "hair", "beard", "glasses", "lens",
    "cloth",
)  # fmt: skip
PART_INDEX = {name: index for index, name in enumerate(PARTS)}


@dataclass(frozen=True)
class AssetMesh:
    """A mesh worn by a person, in the head frame of the person's neutral, cm.

    Attributes:
        vertices: [n, 3].
        triangles: [m, 3] int32, CCW seen from outside.
        part: one of ``PARTS``.
        tangent: [n, 3] direction of the strands, or zeros.
        strand: [n, 3] place on a strand: across -1..1, along 0..1, a random number 0..1 per strand.
        color_role: "hair", "beard", "glasses", "lens", "cloth" or "brow".
        bind: None, rigid with the head; or (indices [n, k] into the skin's vertices, weights [n, k]): the
            vertex moves with the weighted displacement of those skin vertices from the person's neutral.
    """

    vertices: np.ndarray
    triangles: np.ndarray
    part: str
    tangent: np.ndarray
    strand: np.ndarray
    color_role: str
    bind: tuple[np.ndarray, np.ndarray] | None = None
