"""Shut eyes behind glasses."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from gen_avatar.warp.framed import FramedEyes
from gen_avatar.warp.points import COUNT, IBUG, LEFT_EYE, PATCH, RIGHT_EYE

SIDE = 200
SKIN, FRAME, GLASS = (200, 160, 140), (30, 30, 120), (40, 40, 40)
AROUND = np.array([[-1, 0], [-0.4, -0.5], [0.4, -0.5], [1, 0], [0.4, 0.5], [-0.4, 0.5]])


def keypoints() -> np.ndarray:
    points = np.full((COUNT, 1 + PATCH, 2), 0.5, np.float32)
    for rows, x in ((RIGHT_EYE, 0.35), (LEFT_EYE, 0.65)):
        points[rows] = (np.array([x, 0.5]) + 0.08 * AROUND)[:, None]
    for landmark, y in ((27, 0.47), (30, 0.6), (31, 0.62), (33, 0.63), (35, 0.62)):
        points[list(IBUG).index(landmark)] = (0.5, y)
    return points


def face(*, glasses: bool, dark: bool = False) -> np.ndarray:
    picture = np.full((SIDE, SIDE, 4), 255, np.uint8)
    picture[..., :3] = SKIN
    for x in (70, 130):
        cv2.ellipse(picture, (x, 100), (16, 8), 0, 0, 360, (250, 250, 250, 255), -1)
        cv2.circle(picture, (x, 100), 5, (60, 40, 20, 255), -1)
        if glasses:
            cv2.ellipse(picture, (x, 100), (21, 13), 0, 0, 360, (*FRAME, 255), 5)
        if dark:
            cv2.ellipse(picture, (x, 100), (19, 11), 0, 0, 360, (*GLASS, 255), -1)
    return picture


def test_frames_are_told_from_bare_eyes_and_from_dark_glasses() -> None:
    points = keypoints()
    assert FramedEyes.of(face(glasses=True), points) is not None
    assert FramedEyes.of(face(glasses=False), points) is None
    assert FramedEyes.of(face(glasses=True, dark=True), points) is None


def test_an_eye_that_shuts_gives_way_to_skin_inside_its_frame() -> None:
    picture = face(glasses=True)
    eyes = FramedEyes.of(picture, keypoints())
    assert eyes is not None
    image = torch.from_numpy(picture.astype(np.float32).transpose(2, 0, 1)[None] / 255)
    assert eyes.shut(image, np.array([0.0, 0.2])) is image
    shut = eyes.shut(image, np.array([1.0, 0.0]))
    skin = torch.tensor([*SKIN, 255]) / 255
    assert (shut[0, :, 100, 58:83] - skin[:, None]).abs().max() < 0.02
    assert torch.equal(shut[..., 100:], image[..., 100:])  # the other eye
    assert torch.equal(shut[..., 84:88, 65:75], image[..., 84:88, 65:75])  # the frame


def test_lids_that_shut_take_no_frame_along() -> None:
    points = keypoints()
    eyes = FramedEyes.of(face(glasses=True), points)
    assert eyes is not None
    c, s = np.cos(0.2), np.sin(0.2)
    moved = (points @ np.array([[c, s], [-s, c]], np.float32) * 1.1 + 0.03).astype(np.float32)
    shut = moved.copy()
    shut[RIGHT_EYE[1:3]] = shut[RIGHT_EYE[5:3:-1]]  # the upper lid comes down
    opened = eyes.opened(shut, np.array([1.0, 0.0]))
    np.testing.assert_allclose(opened[RIGHT_EYE], moved[RIGHT_EYE], atol=1e-5)
    others = [k for k in range(COUNT) if k not in RIGHT_EYE]
    np.testing.assert_array_equal(opened[others], shut[others])
