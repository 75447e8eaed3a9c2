"""Where FaceMesh's landmarks lie on a head: its canonical face, warped onto the head's skin.

The canonical face model is part of MediaPipe (Apache-2.0). It is not the mean of anything and lies
several millimetres off a mean head, so 51 points that both surfaces have (brows, nose, eyes, lips
and chin of the iBUG scheme) pull it into place first.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from gen_avatar.appearance.regions import FACEMESH_TO_IBUG
from gen_avatar.geometry import umeyama
from gen_avatar.head.embedding import embed_points
from gen_avatar.head.model import LandmarkEmbedding, MorphableHead

#: iBUG points that mean the same spot on both surfaces: all but the jaw line, and the chin.
_ANCHORS = (*range(17, 68), 6, 7, 8, 9, 10)
#: Half-size of an iris, cm.
_IRIS_RADIUS = 0.59
_STIFFNESS = 0.15


def canonical_face(path: str | Path) -> np.ndarray:
    """[468, 3] vertices of MediaPipe's ``canonical_face_model.obj``, cm, in the axes of the head frame."""
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    points = np.array([[float(x) for x in line.split()[1:4]] for line in lines if line.startswith("v ")])
    if points.shape != (468, 3):
        raise ValueError(
            f"{path} is not MediaPipe's canonical face: {points.shape} vertices instead of (468, 3)"
        )
    return points


def embed_canonical(head: MorphableHead, canonical: np.ndarray) -> LandmarkEmbedding:
    """The ``facemesh478`` embedding from geometry alone; needs the head's ``ibug68``.

    Args:
        canonical: [468, 3] from :func:`canonical_face`.
    """
    anchors = head.landmark_basis("ibug68")[0].numpy().astype(np.float64)[list(_ANCHORS)]
    merged = np.stack([canonical[list(group)].mean(0) for group in FACEMESH_TO_IBUG])[list(_ANCHORS)]
    scale, rotation, shift = (t.numpy() for t in umeyama(torch.from_numpy(merged), torch.from_numpy(anchors)))
    aligned, merged = (scale * p @ rotation.T + shift for p in (canonical, merged))
    warped = _warp(aligned, merged, anchors)
    triangles = head.triangles.numpy()
    vertices = head.mean.numpy()
    first, last = head.parts["skin"]
    skin = ((triangles >= first) & (triangles < last)).all(1)
    face = embed_points(warped, vertices, triangles, skin)
    # MediaPipe's order: centre, then the four ends; the subject's right eye (-x) comes first.
    ends = _IRIS_RADIUS * np.array([[0, 0], [1, 0], [0, 1], [-1, 0], [0, -1]])
    pieces = [face]
    for eye, part in ((1, "eye_right"), (0, "eye_left")):
        first, last = head.parts[part]
        center = head.eye_centers[eye].numpy()
        radius = np.median(np.linalg.norm(vertices[first:last] - center, axis=1))
        depth = np.sqrt(radius**2 - (ends**2).sum(1))
        ball = ((triangles >= first) & (triangles < last)).all(1)
        pieces.append(embed_points(center + np.column_stack([ends, depth]), vertices, triangles, ball))
    return LandmarkEmbedding(
        *(torch.cat([getattr(p, k) for p in pieces]) for k in ("triangle", "barycentric", "offset"))
    )


def _warp(points: np.ndarray, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Thin-plate warp in space (kernel -|r|) that takes ``source`` to ``target``, smoothed."""

    def kernel(a: np.ndarray) -> np.ndarray:
        return -np.linalg.norm(a[:, None] - source[None], axis=-1)

    n = len(source)
    affine = np.column_stack([np.ones(n), source])
    system = np.block([[kernel(source) + _STIFFNESS * np.eye(n), affine], [affine.T, np.zeros((4, 4))]])
    weights = np.linalg.solve(system, np.vstack([target - source, np.zeros((4, 3))]))
    return (
        points + kernel(points) @ weights[:n] + np.column_stack([np.ones(len(points)), points]) @ weights[n:]
    )
