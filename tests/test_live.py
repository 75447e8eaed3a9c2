"""A face that is followed live."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from gen_avatar.head.fit import HeadFitter
from gen_avatar.head.model import MorphableHead
from gen_avatar.head.regressor import LandmarkRegressor
from gen_avatar.live import PATIENCE, LiveFollower
from gen_avatar.loading import load_network
from gen_avatar.tracking import create_tracker
from gen_avatar.types import ARKIT_52
from gen_avatar.weights import checkpoint

STEP = 1 / 15


@pytest.fixture(scope="module")
def fitter() -> HeadFitter:
    head = MorphableHead.from_pretrained(checkpoint("head"))
    return HeadFitter(head, regressor=load_network(LandmarkRegressor, checkpoint("regressor")))


@pytest.fixture
def follower(fitter: HeadFitter) -> Iterator[LiveFollower]:
    follower = LiveFollower(create_tracker(), fitter)
    yield follower
    follower.close()


def tilted(image: np.ndarray, degrees: float) -> np.ndarray:
    """Turned about the face, counter-clockwise as it is seen."""
    turn = cv2.getRotationMatrix2D((225.0, 110.0), degrees, 1.0)
    return cv2.warpAffine(image, turn, image.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)


def test_the_avatar_rests_while_the_person_does_and_tilts_with_them(
    follower: LiveFollower, astronaut: np.ndarray
) -> None:
    times = np.arange(0, 2 * PATIENCE, STEP)
    answers = [follower.see(astronaut, t) for t in times]
    waiting = [t for t, answer in zip(times, answers, strict=True) if answer is None]
    assert waiting and max(waiting) < PATIENCE
    rest = answers[-1]
    assert rest is not None and len(rest) == 1
    assert np.abs(rest.head_rotation).max() < 1.0
    assert rest.expression.max() < 0.2
    for i in range(15):
        moved = follower.see(tilted(astronaut, 15.0), times[-1] + (i + 1) * STEP)
    assert moved is not None
    # The eye on the subject's left, on the right of the picture, went up: the head leans to its right.
    assert 10 < abs(float(moved.head_rotation[0, 2])) < 20
    follower.centre()
    again = follower.see(tilted(astronaut, 15.0), times[-1] + 16 * STEP)
    assert again is not None and np.abs(again.head_rotation).max() < 1.0


def test_a_face_that_is_lost_holds_its_pose(follower: LiveFollower, astronaut: np.ndarray) -> None:
    empty = np.full_like(astronaut, 128)
    assert follower.see(empty, 0.0) is None
    seen = [follower.see(astronaut, 0.1 + i * STEP) for i in range(25)]
    assert seen[-1] is not None and float(np.asarray(seen[-1].confidence)[0]) > 0.5
    lost = follower.see(empty, 0.1 + 26 * STEP)
    assert lost is not None and float(np.asarray(lost.confidence)[0]) == 0
    np.testing.assert_allclose(lost.expression, seen[-1].expression, atol=0.02)
    assert lost.expression.shape == (1, len(ARKIT_52))
