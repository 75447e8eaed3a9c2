"""From a driver to a character."""

from __future__ import annotations

import numpy as np
import pytest

from gen_avatar.errors import UsageError
from gen_avatar.retarget import HEAD_RANGE, anchor_frame, eye_closure, parse_amplify, retarget, soft_limit
from gen_avatar.types import ARKIT_52, Performance

SMILE, JAW, BROW = (ARKIT_52.index(n) for n in ("mouthSmileLeft", "jawOpen", "browInnerUp"))
LEFT, RIGHT = ARKIT_52.index("eyeBlinkLeft"), ARKIT_52.index("eyeBlinkRight")


def driver(frames: int = 40) -> Performance:
    """Smiles and turned at first, calm in frame 20, opens the mouth later; blinks half at 10 and 30."""
    expression = np.zeros((frames, 52), np.float32)
    expression[:15, SMILE] = 0.7
    expression[30:, JAW] = 0.5
    expression[:, [LEFT, RIGHT]] = 0.1
    expression[[10, 30], LEFT] = 0.65
    expression[[10, 30], RIGHT] = 0.6
    rotation = np.zeros((frames, 3), np.float32)
    rotation[:15] = (20, 5, 0)
    rotation[35:] = (10, 0, 0)
    return Performance(
        expression=expression, gaze=np.zeros((frames, 2, 2), np.float32), head_rotation=rotation,
        head_translation=np.zeros((frames, 3), np.float32), fps=25.0,
        confidence=np.ones(frames, np.float32),
    )  # fmt: skip


def still(**weights: float) -> Performance:
    return Performance.still(weights, (5.0, -3.0, 2.0))


def test_the_anchor_is_the_frame_that_looks_like_the_source() -> None:
    assert 15 <= anchor_frame(driver(), Performance.still()) < 30
    smiling = Performance.still({"mouthSmileLeft": 0.7}, (20, 5, 0))
    assert anchor_frame(driver(), smiling) < 10
    unseen = driver()
    unseen.confidence[15:30] = 0
    assert anchor_frame(unseen, Performance.still()) >= 30 or anchor_frame(unseen, Performance.still()) < 15


def test_relative_motion_keeps_the_sources_own_face_and_pose() -> None:
    source = still(mouthSmileLeft=0.3)
    moved = retarget(driver(), source, "relative")
    calm = moved.performance.expression[moved.anchor]
    assert np.abs(calm - source.expression[0]).max() < 1e-6
    assert np.allclose(moved.performance.head_rotation[moved.anchor], source.head_rotation[0], atol=1e-5)
    assert moved.performance.expression[32, JAW] == pytest.approx(0.5)
    assert moved.performance.expression[5, SMILE] == pytest.approx(1.0)
    assert moved.performance.head_rotation[38, 0] == pytest.approx(15.0)


def test_absolute_motion_takes_the_drivers() -> None:
    moved = retarget(driver(), still(mouthSmileLeft=0.3), "absolute").performance
    assert moved.expression[25, SMILE] == 0 and moved.expression[5, SMILE] == pytest.approx(0.7)
    assert moved.head_rotation[5] == pytest.approx([20, 5, 0])


def test_eyes_that_the_driver_shuts_are_shut() -> None:
    assert eye_closure(driver())[10].min() > 0.99 and eye_closure(driver())[20].max() < 0.01
    moved = retarget(driver(), still(eyeBlinkLeft=0.2, eyeBlinkRight=0.2)).performance
    assert moved.expression[30, [LEFT, RIGHT]].min() > 0.99
    assert moved.expression[20, LEFT] == pytest.approx(0.2, abs=1e-6)


def test_a_wink_stays_one_sided() -> None:
    winking = driver()
    winking.expression[[10, 30], RIGHT] = 0.1
    moved = retarget(winking, Performance.still()).performance
    assert moved.expression[30, LEFT] > 0.95 and moved.expression[30, RIGHT] < 0.2


def test_parts_are_amplified_on_their_own() -> None:
    moved = retarget(driver(), Performance.still(), "absolute", {"mouth": 1.4, "head": 0.5}).performance
    assert moved.expression[32, JAW] == pytest.approx(0.7)
    assert moved.head_rotation[5, 0] == pytest.approx(10.0)
    quiet = retarget(driver(), Performance.still(), "absolute", {"eyes": 0.0}).performance
    assert quiet.expression[30, LEFT] == 0


def test_pose_comes_softly_to_its_limit() -> None:
    angles = np.stack([np.linspace(-90, 90, 181)] * 3, 1)
    limited = soft_limit(angles, HEAD_RANGE)
    assert (np.diff(limited, axis=0) > -1e-9).all() and (np.abs(limited) <= HEAD_RANGE).all()
    small = np.abs(angles) < 0.5 * HEAD_RANGE
    assert np.allclose(limited[small], angles[small])


def test_amplify_reads_numbers_and_refuses_the_rest() -> None:
    assert parse_amplify(["mouth=1.3, head=0", "eyes=2"]) == {"mouth": 1.3, "head": 0.0, "eyes": 2.0}
    for bad in ("nose=1", "mouth", "mouth=loud", "mouth=-1", "mouth=99", "mouth=nan"):
        with pytest.raises(UsageError):
            parse_amplify([bad])
    with pytest.raises(UsageError, match="relative"):
        retarget(driver(), still(), "relativ")
    with pytest.raises(UsageError, match="nose"):
        retarget(driver(), still(), amplify={"nose": 1.0})


def test_eyes_that_are_half_shut_stay_half_open() -> None:
    narrowing = driver()
    narrowing.expression[[10, 30]] = 0
    narrowing.expression[5:9, LEFT] = narrowing.expression[5:9, RIGHT] = 0.35
    moved = retarget(narrowing, Performance.still()).performance
    assert 0.2 < moved.expression[6, LEFT] < 0.45
