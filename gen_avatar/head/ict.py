"""Loader of ICT-FaceKit (Li et al. 2020, "Learning Formation of Physically-Based Face Attributes"; MIT).

The model is read from one ``.npz`` packed from its OBJ files: ``neutral`` [V, 3],
``identity`` [100, V, 3], ``expression`` [57, V, 3] with ``expression_names``, ``faces``,
``uv``, ``face_uv`` and ``landmarks68``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from gen_avatar.errors import WeightsError
from gen_avatar.head.model import LandmarkEmbedding, MorphableHead
from gen_avatar.types import ARKIT_52

#: Vertex ranges of ICT-FaceKit; what follows (lacrimal fluid, occlusion, lashes) is left out.
PARTS = {
    "skin": (0, 11248),
    "mouth": (11248, 13294),
    "eye_sockets": (13294, 14062),
    "gums": (14062, 17039),
    "teeth_upper": (17039, 19247),
    "teeth_lower": (19247, 21451),
    "eye_left": (21451, 23021),
    "eye_right": (23021, 24591),
}
_VERTICES = 24591


def arkit_parts(name: str) -> tuple[str, ...]:
    """The ICT shapes whose sum is the ARKit shape ``name``; empty for ``tongueOut``, which ICT lacks."""
    if name == "tongueOut":
        return ()
    if name in ("browInnerUp", "cheekPuff"):
        return (f"{name}_L", f"{name}_R")
    for side in ("Left", "Right"):
        # jawLeft, mouthRight … are directions, not sides.
        if name.endswith(side) and name not in ("jawLeft", "jawRight", "mouthLeft", "mouthRight"):
            return (f"{name.removesuffix(side)}_{side[0]}",)
    return (name,)


def load_ict(path: str | Path, modes: int = 100) -> MorphableHead:
    """Load ICT-FaceKit as a :class:`MorphableHead`.

    Its ``tongueOut`` shape is all zeros, since the model has none.

    Args:
        path: the packed ``.npz``.
        modes: identity modes to keep, 1–100.

    Raises:
        WeightsError: the file is missing, damaged or not ICT-FaceKit.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            data = {k: archive[k] for k in ("neutral", "identity", "expression", "expression_names", "faces")}
            data |= {k: archive[k] for k in ("uv", "face_uv", "landmarks68")}
    except (OSError, ValueError, KeyError) as error:
        raise WeightsError(f"cannot load ICT-FaceKit from {path}: {error}") from error
    mean = data["neutral"][:_VERTICES].astype(np.float32)
    identity = data["identity"][:modes, :_VERTICES].astype(np.float32)
    shapes = {str(n): data["expression"][i, :_VERTICES] for i, n in enumerate(data["expression_names"])}
    expression = np.zeros((len(ARKIT_52), _VERTICES, 3), np.float32)
    for i, name in enumerate(ARKIT_52):
        for part in arkit_parts(name):
            expression[i] += shapes[part]
    keep = data["faces"].max(1) < _VERTICES
    faces = data["faces"][keep].astype(np.int64)
    balls = [slice(*PARTS["eye_left"]), slice(*PARTS["eye_right"])]
    pivot, weights = fit_jaw(mean, expression[ARKIT_52.index("jawOpen")], slice(*PARTS["teeth_lower"]))
    head = MorphableHead(
        name="ict",
        mean=torch.from_numpy(mean),
        identity=torch.from_numpy(identity),
        expression=torch.from_numpy(expression),
        faces=torch.from_numpy(faces),
        uv=torch.from_numpy(data["uv"].astype(np.float32)),
        uv_faces=torch.from_numpy(data["face_uv"][keep].astype(np.int64)),
        parts=dict(PARTS),
        # The balls are closed surfaces, so the middle of their bounds is the centre of rotation.
        eye_centers=torch.from_numpy(np.stack([_middle(mean[b]) for b in balls])),
        eye_centers_identity=torch.from_numpy(np.stack([identity[:, b].mean(1) for b in balls], 1)),
        jaw_pivot=torch.from_numpy(pivot),
        jaw_weights=torch.from_numpy(weights),
        embeddings={},
    )
    head.embeddings["ibug68"] = embed_vertices(head, data["landmarks68"])
    return head


def fit_jaw(mean: np.ndarray, jaw_open: np.ndarray, lower_teeth: slice) -> tuple[np.ndarray, np.ndarray]:
    """Turn the jawOpen shape into a joint.

    The lower teeth move rigidly, so their displacement gives the axis; every other vertex follows
    in proportion to how far it moves along what the full rotation would do to it.

    Args:
        mean: [V, 3]; jaw_open: [V, 3] displacement; lower_teeth: rows of the lower teeth.

    Returns:
        Pivot [3] in the middle plane, and weights [V] in [0, 1].
    """
    p, q = mean[lower_teeth][:, 1:], (mean + jaw_open)[lower_teeth][:, 1:]
    pc, qc = p.mean(0), q.mean(0)
    u, _, vt = np.linalg.svd((q - qc).T @ (p - pc))
    turn = u @ np.diag([1, np.linalg.det(u @ vt)]) @ vt
    pivot = np.linalg.solve(np.eye(2) - turn, qc - turn @ pc)
    full = np.zeros_like(mean)
    full[:, 1:] = (mean[:, 1:] - pivot) @ turn.T + pivot - mean[:, 1:]
    weights = (full * jaw_open).sum(1) / ((full**2).sum(1) + 1e-3)
    return np.r_[0, pivot].astype(np.float32), np.clip(weights, 0, 1).astype(np.float32)


def embed_vertices(head: MorphableHead, vertices: np.ndarray) -> LandmarkEmbedding:
    """Embed landmarks that are vertices."""
    triangles = head.triangles.numpy()
    rows, corners = np.zeros(len(vertices), np.int64), np.zeros((len(vertices), 3), np.float32)
    for i, v in enumerate(vertices):
        rows[i], corner = np.argwhere(triangles == v)[0]
        corners[i, corner] = 1
    return LandmarkEmbedding(torch.from_numpy(rows), torch.from_numpy(corners), torch.zeros(len(vertices), 3))


def _middle(points: np.ndarray) -> np.ndarray:
    return (points.min(0) + points.max(0)) / 2
