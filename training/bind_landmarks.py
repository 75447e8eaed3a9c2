"""Embed FaceMesh's 478 landmarks in a head, and learn what the detector sees of each.

    python -m training.bind_landmarks --head checkpoints/head --canonical canonical_face_model.obj

A detector's landmark is not a point of the skin: lids sit on the lashes, the oval on the silhouette,
and its idea of an average mouth is its own. A constant 3D offset per landmark takes most of that up.
It is learnt on portraits of the head itself, whose truth is known (no photos): the landmarks found
in them, minus where the embedding projects to, is linear in the offsets.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from gen_avatar.geometry import euler_to_matrix, project
from gen_avatar.head.embedding import MESH_POINTS
from gen_avatar.head.fit import HeadFitter
from gen_avatar.head.gaze import GAZE_GAIN
from gen_avatar.head.model import MorphableHead
from gen_avatar.types import FaceTrack
from training.face_renders import SIZE, Portrait, PortraitStudio
from training.landmarks import canonical_face, embed_canonical

#: Landmarks [478, 3] in pixels of an RGB picture, or None.
Detector = Callable[[np.ndarray], np.ndarray | None]


def facemesh_detector() -> Detector:
    """MediaPipe's FaceMesh on single pictures of one face."""
    import mediapipe as mp

    mesh = mp.solutions.face_mesh.FaceMesh(
        static_image_mode=True, refine_landmarks=True, min_detection_confidence=0.3
    )

    def detect(image: np.ndarray) -> np.ndarray | None:
        faces = mesh.process(image).multi_face_landmarks
        if not faces:
            return None
        height, width = image.shape[:2]
        return np.array([[p.x * width, p.y * height, p.z * width] for p in faces[0].landmark])

    return detect


def observe(
    head: MorphableHead, detect: Detector, count: int, seed: int
) -> list[tuple[Portrait, np.ndarray]]:
    """Portraits with the landmarks [478, 3] that were found in them."""
    studio, rng = PortraitStudio(head), np.random.default_rng(seed)
    pairs = []
    for _ in range(count):
        portrait = studio.sample(rng)
        landmarks = detect(portrait.image)
        if landmarks is not None:
            pairs.append((replace(portrait, image=np.empty(0)), landmarks))
    return pairs


def solve_offsets(
    head: MorphableHead, pairs: list[tuple[Portrait, np.ndarray]], ridge: float = 3.0, rounds: int = 5
) -> np.ndarray:
    """[468, 3] offsets in cm that explain the landmarks best.

    Least squares, reweighted by Huber's rule against failed detections.

    Args:
        ridge: how many portraits the belief in zero offsets weighs.
        rounds: of reweighting.
    """
    mean, identity, expression = (b.double().numpy() for b in head.landmark_basis("facemesh478"))
    jacobians, errors = [], []
    for portrait, landmarks in pairs:
        k = len(portrait.identity)
        shape = (
            mean
            + np.tensordot(portrait.identity, identity[:k], 1)
            + np.tensordot(portrait.expression, expression, 1)
        )
        turn = euler_to_matrix(torch.from_numpy(portrait.rotation).double())
        turned = torch.from_numpy(shape - portrait.pivot) @ turn.T
        scale, perspective = (
            torch.tensor(v, dtype=torch.float64) for v in (portrait.scale, portrait.perspective)
        )
        seen = project(turned, scale, torch.from_numpy(portrait.translation), perspective)
        gain = 1 / (1 - perspective * turned[:, 2])
        by_point = torch.zeros(len(shape), 2, 3, dtype=torch.float64)
        by_point[:, 0, 0], by_point[:, 1, 1] = gain, -gain
        by_point[:, :, 2] = (
            (seen - torch.from_numpy(portrait.translation)) / scale * (perspective * gain)[:, None]
        )
        jacobians.append((by_point @ turn).numpy()[:MESH_POINTS])
        errors.append(((landmarks[:, :2] - seen.numpy()) / portrait.scale)[:MESH_POINTS])
    jacobian, error = np.stack(jacobians), np.stack(errors)  # [N, 468, 2, 3] and [N, 468, 2], cm
    weight = np.ones(error.shape[:2])
    for _ in range(rounds):
        normal = np.einsum("nl,nlrc,nlrd->lcd", weight, jacobian, jacobian) + ridge * np.eye(3)
        right = np.einsum("nl,nlrc,nlr->lc", weight, jacobian, error)
        offset = np.linalg.solve(normal, right[..., None])[..., 0]
        left = np.linalg.norm(error - np.einsum("nlrc,lc->nlr", jacobian, offset), axis=-1)
        weight = np.minimum(1, 0.15 / np.maximum(left, 1e-6))
    before = np.linalg.norm(error, axis=-1).mean()
    print(f"{len(pairs)} portraits: error {before:.3f} cm before, {left.mean():.3f} cm after")
    return offset


def mirror_landmarks(canonical: np.ndarray) -> np.ndarray:
    """[468] the landmark on the other side of each, from the symmetric canonical face [468, 3]."""
    mirrored = canonical * (-1, 1, 1)
    return np.linalg.norm(mirrored[:, None] - canonical[None], axis=-1).argmin(1)


def symmetrise(offset: np.ndarray, mirror: np.ndarray) -> np.ndarray:
    """Average offsets [468, 3] with their mirror images."""
    return (offset + offset[mirror] * (-1, 1, 1)) / 2


def gaze_gain(head: MorphableHead, pairs: list[tuple[Portrait, np.ndarray]]) -> np.ndarray:
    """[2] the slope of true over fitted eye angles (yaw, pitch), for ``head.gaze.GAZE_GAIN``."""
    tracks = [FaceTrack(p.astype(np.float32), (0, 0, SIZE, SIZE), 1.0, (SIZE, SIZE)) for _, p in pairs]
    seen = np.stack([r.gaze.mean(0) for r in HeadFitter(head).fit(tracks)]) / GAZE_GAIN
    true = np.stack([portrait.gaze.mean(0) for portrait, _ in pairs])
    return np.array([np.polyfit(seen[:, i], true[:, i], 1)[0] for i in range(2)])


def bind(
    head: MorphableHead, canonical: np.ndarray, detect: Detector, count: int, seed: int = 0
) -> MorphableHead:
    """``head`` with a ``facemesh478`` embedding and its offsets."""
    head = replace(head, embeddings={**head.embeddings, "facemesh478": embed_canonical(head, canonical)})
    pairs = observe(head, detect, count, seed)
    offset = symmetrise(solve_offsets(head, pairs), mirror_landmarks(canonical))
    embedding = head.embeddings["facemesh478"]
    full = embedding.offset.clone()
    full[:MESH_POINTS] = torch.from_numpy(offset).float()
    head = replace(head, embeddings={**head.embeddings, "facemesh478": replace(embedding, offset=full)})
    neutral = [pair for pair in pairs if not pair[0].expressive]
    print(f"gaze gain {gaze_gain(head, neutral).round(2)}")
    return head


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--head", type=Path, required=True, help="folder of the head; its weights are rewritten"
    )
    parser.add_argument("--canonical", type=Path, required=True, help="MediaPipe's canonical_face_model.obj")
    parser.add_argument("--count", type=int, default=300, help=f"portraits, {SIZE} pixels each")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    head = MorphableHead.from_pretrained(args.head)
    bind(head, canonical_face(args.canonical), facemesh_detector(), args.count, args.seed).save_pretrained(
        args.head
    )


if __name__ == "__main__":
    main()
