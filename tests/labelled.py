"""The labelled real faces, and networks to look at them with: shared by the tests of appearance."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np

from gen_avatar.types import FaceTrack

LABELS = Path(__file__).parent / "data" / "appearance_labels.csv"
#: Paintings and renders, which the floors are not for.
DRAWN = ("stills/", "annotated/confignet")
#: Faces with less between the eyes, pixels, say little.
SMALL = 36


class Networks:
    """MediaPipe's mesh and segmentation, called directly: the tracker has tests of its own."""

    def __init__(self) -> None:
        import mediapipe as mp

        self.mesh = mp.solutions.face_mesh.FaceMesh(
            static_image_mode=True, max_num_faces=1, refine_landmarks=True, min_detection_confidence=0.3
        )
        self.segment = mp.solutions.selfie_segmentation.SelfieSegmentation(model_selection=0)

    def __call__(
        self, rgb: np.ndarray, eyes: tuple[float, float], distance: float
    ) -> tuple[FaceTrack, np.ndarray] | None:
        """Track and person mask of the face whose eyes are there."""
        height, width = rgb.shape[:2]
        radius = 1.5 * distance
        corner = np.array([eyes[0] - radius, eyes[1] - 0.8 * radius])
        scale = 384 / (2 * radius)
        matrix = np.array([[scale, 0, -scale * corner[0]], [0, scale, -scale * corner[1]]])
        crop = cv2.warpAffine(rgb, matrix, (384, 384), borderMode=cv2.BORDER_REPLICATE)
        found = self.mesh.process(crop).multi_face_landmarks
        if not found:
            return None
        points = np.array([[p.x, p.y, p.z] for p in found[0].landmark], np.float32) * 2 * radius
        points[:, :2] += corner
        box = (*points[:, :2].min(0).tolist(), *points[:, :2].max(0).tolist())
        reach = 2.6 * distance
        x0, x1 = (int(np.clip(eyes[0] + s * reach, 0, width)) for s in (-1, 1))
        y0, y1 = (int(np.clip(eyes[1] + s * reach, 0, height)) for s in (-0.9, 1.1))
        mask = np.zeros((height, width), np.float32)
        mask[y0:y1, x0:x1] = self.segment.process(np.ascontiguousarray(rgb[y0:y1, x0:x1])).segmentation_mask
        return FaceTrack(points, box, 1.0, (width, height)), mask


def rows() -> list[dict[str, str]]:
    """The labels, a dict a face; a ``|`` parts answers that are all right, the first is the best."""
    with LABELS.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def balanced_accuracy(answers: list[tuple[str, bool]]) -> float:
    """Mean over the true classes of the share answered right."""
    by_class = defaultdict(list)
    for truth, right in answers:
        by_class[truth].append(right)
    return float(np.mean([np.mean(v) for v in by_class.values()]))


def labelled_picture(folder: Path, path: str) -> np.ndarray:
    """[H, W, 3] uint8 RGB of a path in the labels: a photo or ``clip.mp4#FRAME``, the first without it."""
    name, _, frame = path.partition("#")
    if name.endswith(".mp4"):
        clip = cv2.VideoCapture(str(folder / name))
        for _ in range(int(frame or 0)):
            clip.grab()
        picture = clip.read()[1]
    else:
        picture = cv2.imread(str(folder / name))
    assert picture is not None, path
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
