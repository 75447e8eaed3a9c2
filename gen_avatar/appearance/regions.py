"""Upright crops of a face and named regions in them.

Everything downstream works in the **face frame**: the origin lies midway between the outer eye
corners, x runs along the eye line to the right of the picture, y down the face, and one unit is the
distance of the outer eye corners seen from the front. Crops are pictures of that frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from gen_avatar.errors import UsageError
from gen_avatar.types import FaceTrack

#: What a pixel of a photo can be, by label.
REGIONS = (
    "background", "skin", "hair", "beard", "brow", "eye", "lips", "mouth", "glasses", "headwear", "clothes",
    "other",
)  # fmt: skip

#: FaceMesh indices whose average stands for each of the 68 iBUG points.
FACEMESH_TO_IBUG: tuple[tuple[int, ...], ...] = (
    (127,), (234,), (93,), (132, 58), (58, 172), (136,), (150,), (176,), (152,),
    (400,), (379,), (365,), (397, 288), (361,), (323,), (454,), (356,),
    (70,), (63,), (105,), (66,), (107,), (336,), (296,), (334,), (293,), (300,),
    (168, 6), (197, 195), (5,), (4,), (75,), (97,), (2,), (326,), (305,),
    (33,), (160,), (158,), (133,), (153,), (144,), (362,), (385,), (387,), (263,), (373,), (380,),
    (61,), (39,), (37,), (0,), (267,), (269,), (291,), (321,), (314,), (17,), (84,), (91,),
    (78,), (82,), (13,), (312,), (308,), (317,), (14,), (87,),
)  # fmt: skip

#: [68, 2] the same, as pairs: a point alone is paired with itself.
_PAIRS = np.array([(group[0], group[-1]) for group in FACEMESH_TO_IBUG])

#: FaceMesh iris points, centre first, of the eye on the left and on the right of the picture.
IRIS = ((468, 469, 470, 471, 472), (473, 474, 475, 476, 477))

#: Pixels per unit, (width, height) and place of the eyes' middle of a portrait crop.
PORTRAIT_VIEW = (96.0, (432, 528), (216.0, 192.0))

#: Length of the line from between the eyes to the base of the nose in units, seen from the front (median of
#: frontal faces). A turned face has its eyes closer together but not its nose higher.
NOSE_BASE = 0.57


@dataclass(frozen=True)
class Crop:
    """A part of the face frame as a picture.

    Attributes:
        rgb: [H, W, 3] uint8 sRGB.
        valid: [H, W] bool, True inside the photo.
        points: [68, 2] iBUG landmarks, pixels of the crop.
        iris: [2, 5, 2] iris points, pixels of the crop, or None where the tracker gives none.
        scale: pixels of the crop per unit of the face frame.
        origin: (x, y) of the face frame's origin, pixels of the crop.
        magnification: pixels of the crop per pixel of the photo.
        visible: share of the landmarks that lie inside the photo.
        matrix: [2, 3] affine map from photo to crop pixels.
    """

    rgb: np.ndarray
    valid: np.ndarray
    points: np.ndarray
    iris: np.ndarray | None
    scale: float
    origin: tuple[float, float]
    magnification: float
    visible: float
    matrix: np.ndarray

    @property
    def frame(self) -> np.ndarray:
        """[68, 2] landmarks in the face frame, units."""
        return (self.points - self.origin) / self.scale

    def grid(self) -> tuple[np.ndarray, np.ndarray]:
        """x [1, W] and y [H, 1] of the pixels in the face frame, units."""
        height, width = self.valid.shape
        x = (np.arange(width, dtype=np.float32)[None] - self.origin[0]) / self.scale
        y = (np.arange(height, dtype=np.float32)[:, None] - self.origin[1]) / self.scale
        return x, y

    def warp(self, plane: np.ndarray) -> np.ndarray:
        """A [H, W] plane of the photo, float32, resampled to the crop; 0 outside."""
        height, width = self.valid.shape
        return _warp(plane, self.matrix, (width, height), self.magnification)

    def polygon(self, corners: np.ndarray) -> np.ndarray:
        """[H, W] bool mask of a polygon given by [N, 2] crop pixels."""
        mask = np.zeros(self.valid.shape, np.uint8)
        cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], 1)
        return mask.astype(bool) & self.valid


def ibug_points(track: FaceTrack) -> np.ndarray:
    """[68, 2] iBUG landmarks in photo pixels, of either landmark scheme."""
    points = track.landmarks[:, :2].astype(np.float32)
    if track.scheme == "ibug68":
        return points
    return facemesh_to_ibug(points)


def facemesh_to_ibug(points: np.ndarray) -> np.ndarray:
    """[68, 2] float32 of FaceMesh points [478, 2]."""
    return points[_PAIRS].mean(1).astype(np.float32)


def crop_face(
    rgb: np.ndarray,
    track: FaceTrack,
    scale: float,
    size: tuple[int, int],
    origin: tuple[float, float],
) -> Crop:
    """Cut an upright crop out of a photo.

    Args:
        rgb: [H, W, 3] uint8.
        track: the face.
        scale: pixels per unit.
        size: (width, height) of the crop, pixels.
        origin: where the middle of the eyes goes, pixels.

    Raises:
        UsageError: the picture is not RGB, or the eyes coincide.
    """
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
        raise UsageError(f"the photo must be uint8 RGB [H, W, 3], got {rgb.dtype} {list(rgb.shape)}")
    points = ibug_points(track)
    right, left = points[36], points[45]
    axis = left - right
    distance = float(np.linalg.norm(axis))
    if not np.isfinite(points).all() or distance < 1:
        raise UsageError("the face's landmarks are not usable: the eye corners coincide")
    middle = (right + left) / 2
    axis /= distance
    drop = abs(float((points[33] - middle) @ np.array([-axis[1], axis[0]])))
    unit = max(distance, min(drop / NOSE_BASE, 1.6 * distance))
    factor = scale / unit
    rotation = np.array([[axis[0], axis[1]], [-axis[1], axis[0]]], np.float32) * factor
    matrix = np.concatenate([rotation, (np.array(origin) - rotation @ middle)[:, None]], 1).astype(np.float32)
    picture = _warp(rgb, matrix, size, factor)
    valid = _inside(rgb.shape, matrix, size)
    iris = None
    if track.scheme == "facemesh478":
        iris = np.stack([track.landmarks[list(group), :2] @ rotation.T + matrix[:, 2] for group in IRIS])
    return Crop(
        rgb=picture,
        valid=valid,
        points=points @ rotation.T + matrix[:, 2],
        iris=iris,
        scale=scale,
        origin=origin,
        magnification=factor,
        visible=float(((points > 0) & (points < [rgb.shape[1], rgb.shape[0]])).all(1).mean()),
        matrix=matrix,
    )


def _source_box(matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """[4, 2] corners of a crop in photo pixels."""
    corners = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    return (corners - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T


def _inside(shape: tuple[int, ...], matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """[H, W] bool: the pixels of a crop whose centres lie inside the photo."""
    corners = _source_box(matrix, size)
    if corners.min() > 1 and (corners < np.array(shape[1::-1]) - 1).all():  # as a rule, all of them
        return np.ones(size[::-1], bool)
    inverse = np.linalg.inv(matrix[:, :2])
    x, y = np.arange(size[0])[None] + 0.5 - matrix[0, 2], np.arange(size[1])[:, None] + 0.5 - matrix[1, 2]
    u, v = inverse[0, 0] * x + inverse[0, 1] * y, inverse[1, 0] * x + inverse[1, 1] * y
    return (u > 0) & (v > 0) & (u < shape[1]) & (v < shape[0])


def _warp(image: np.ndarray, matrix: np.ndarray, size: tuple[int, int], factor: float) -> np.ndarray:
    """Affine resampling that averages where it shrinks; black outside the photo."""
    # Only the part that the crop shows is touched, which is what keeps a 12-megapixel selfie cheap.
    source = _source_box(matrix, size)
    low = np.clip(np.floor(source.min(0)).astype(int) - 2, 0, [image.shape[1] - 1, image.shape[0] - 1])
    high = np.clip(np.ceil(source.max(0)).astype(int) + 2, low + 1, [image.shape[1], image.shape[0]])
    image = image[low[1] : high[1], low[0] : high[0]]
    matrix = np.concatenate([matrix[:, :2], (matrix[:, 2] + matrix[:, :2] @ low)[:, None]], 1)
    if factor < 0.7:
        small = (max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor)))
        ratio = np.array([small[0] / image.shape[1], small[1] / image.shape[0]])
        image = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
        matrix = np.concatenate([matrix[:, :2] / ratio, matrix[:, 2:]], 1)
    # Pixel centres lie at halves in the image frame and at integers in OpenCV's.
    half = np.array([0.5, 0.5])
    matrix = np.concatenate([matrix[:, :2], (matrix[:, 2] + matrix[:, :2] @ half - half)[:, None]], 1)
    return cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)


def likeliest(shares: np.ndarray, dropped: int) -> tuple[np.ndarray, np.ndarray]:
    """[H, W] uint8: which of K planes has the largest share, the first of equal ones, and which has without
    the plane ``dropped``, which is not the first.

    Args:
        shares: [K, H, W] float32, 0 or more.
    """
    # A running maximum: argmax over the first axis is slow.
    best, without = shares[0].copy(), np.zeros(shares.shape[1:], np.uint8)
    for index in range(1, len(shares)):
        if index != dropped:
            np.copyto(without, np.uint8(index), where=shares[index] > best)
            np.maximum(best, shares[index], out=best)
    wins = (shares[dropped] >= best) & (shares[dropped] > shares[:dropped].max(0))
    return np.where(wins, np.uint8(dropped), without), without


def portrait_crop(rgb: np.ndarray, track: FaceTrack) -> Crop:
    """The head with hair and shoulders: 96 px per unit, [528, 432]."""
    return crop_face(rgb, track, *PORTRAIT_VIEW)


def face_crop(rgb: np.ndarray, track: FaceTrack) -> Crop:
    """The face alone, finer: 128 px per unit, [304, 256], for eyes, glasses, brows, lips and beard."""
    return crop_face(rgb, track, 128.0, (256, 304), (128.0, 96.0))


def disc(crop: Crop, centre: np.ndarray, radius: float) -> np.ndarray:
    """[H, W] bool: a disc round a point of the face frame, both in units."""
    x, y = crop.grid()
    return ((x - centre[0]) ** 2 + (y - centre[1]) ** 2 < radius**2) & crop.valid


def skin_zones(crop: Crop) -> dict[str, np.ndarray]:
    """Zones that are skin in nearly every picture: both cheeks, the nose, the lower forehead."""
    p = crop.frame
    right = 0.55 * p[41] + 0.45 * p[48] + [-0.05, 0.0]
    left = 0.55 * p[46] + 0.45 * p[54] + [0.05, 0.0]
    brow = p[[21, 22]].mean(0)
    return {
        "right": disc(crop, right, 0.11),
        "left": disc(crop, left, 0.11),
        "nose": disc(crop, p[29], 0.07),
        "forehead": disc(crop, brow - [0.0, 0.2], 0.12),
    }
