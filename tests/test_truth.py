"""Truth of drawn pictures: parts, landmarks, and where points move."""

from __future__ import annotations

import numpy as np
import pytest

from gen_avatar.character.buffers import GBuffer, render_gbuffer
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.errors import UsageError
from gen_avatar.types import Appearance, Character, Performance
from training.studio import pose
from training.studio.truth import flow, landmarks, part_mask

SIZE = 160
BALD = Character(appearance=Appearance(hair_style="bald"))
DRESSED = Character(
    appearance=Appearance(
        hair_style="curly-long", glasses_style="round", beard_style="full", earring_style="hoops"
    )
)
STILL = Performance.still()
TURNED = Performance.still(rotation=(18.0, -8.0, 6.0))
LAUGH = Performance.still(
    {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.8, "jawOpen": 0.5, "browInnerUp": 0.8},
    rotation=(-15.0, 5.0, 0.0),
)
BLINK = Performance.still({"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0})


def geometry(person: Character, performance: Performance) -> GBuffer:
    return render_gbuffer(pose(person, performance), SIZE)


def targets(moved: np.ndarray, pixels: tuple[np.ndarray, ...]) -> tuple[np.ndarray, np.ndarray]:
    """(rows, columns) of the pixels of B that those of A land in."""
    row, column = pixels
    to = np.floor(np.stack([column, row], 1) + 0.5 + moved[pixels]).astype(int)
    return to[:, 1], to[:, 0]


@pytest.mark.parametrize("person", [BALD, DRESSED], ids=["bald", "dressed"])
@pytest.mark.parametrize("performance", [STILL, LAUGH], ids=["still", "laugh"])
def test_nothing_moves_when_nothing_happens(person: Character, performance: Performance) -> None:
    moved, visible = flow(person, performance, performance, SIZE)
    assert moved.dtype == np.float32 and moved.shape == (SIZE, SIZE, 2)
    assert np.abs(moved).max() < 1e-3
    np.testing.assert_array_equal(visible, part_mask(person, performance, SIZE) >= 0)
    assert 0.3 < visible.mean() < 0.9


def test_landmarks_of_a_turned_head_go_where_the_flow_says() -> None:
    before, after = landmarks(BALD, STILL, SIZE), landmarks(BALD, TURNED, SIZE)
    moved, visible = flow(BALD, STILL, TURNED, SIZE)
    column, row = np.floor(before).astype(int).T
    off = np.linalg.norm(moved[row, column] - (after - before), axis=1)
    # The jaw lies on the rim and behind it, the corners of the eyes below lashes.
    seen = visible[row, column] & np.isin(np.arange(68), [*range(17, 36), *range(48, 68)])
    assert seen.sum() >= 30 and np.linalg.norm(after - before, axis=1)[seen].mean() > 10
    assert np.median(off[seen]) < 0.2 and off[seen].max() < 1.2


def test_landmarks_follow_the_face() -> None:
    rest = landmarks(BALD, STILL, SIZE)
    assert rest.shape == (68, 2) and (rest > 0).all() and (rest < SIZE).all()
    # iBUG counts from the right side of the subject, which is the left of the picture.
    assert rest[36, 0] < rest[39, 0] < rest[42, 0] < rest[45, 0] and rest[30, 1] < rest[51, 1] < rest[8, 1]
    np.testing.assert_allclose(landmarks(BALD, STILL, 2 * SIZE), 2 * rest, rtol=1e-4)
    mask = part_mask(BALD, STILL, SIZE)
    column, row = np.floor(rest[[51, 57]]).astype(int).T
    for r, c in zip(row, column, strict=True):
        assert (mask[r - 3 : r + 4, c - 2 : c + 3] == PART_INDEX["lips"]).any()
    # Lips that part take their own landmarks with them.
    opened = landmarks(BALD, Performance.still({"jawOpen": 1.0}), SIZE)
    inner = opened[[65, 66, 67], 1] - opened[[63, 62, 61], 1]
    assert inner.min() > 10 and np.abs(opened[[61, 62, 63]] - rest[[61, 62, 63]]).max() < 4
    assert opened[8, 1] - rest[8, 1] > 5 and np.abs(opened[27] - rest[27]).max() < 0.5


@pytest.mark.parametrize("person", [BALD, DRESSED], ids=["bald", "dressed"])
@pytest.mark.parametrize("other", [TURNED, LAUGH], ids=["turned", "laugh"])
def test_the_colours_of_one_picture_are_found_in_the_other(person: Character, other: Performance) -> None:
    a, b = geometry(person, STILL), geometry(person, other)
    moved, visible = flow(person, STILL, other, SIZE)
    assert visible.sum() > 0.75 * (a.part >= 0).sum()
    for names, most in ((("skin", "hair", "cloth"), 0.014), (("iris", "eye", "brow", "glasses"), 0.08)):
        here = np.nonzero(visible & np.isin(a.part, [PART_INDEX[name] for name in names]))
        there = targets(moved, here)
        found = np.abs(b.albedo[there] - a.albedo[here]).mean()
        unmoved = np.abs(b.albedo[here] - a.albedo[here]).mean()
        assert found < most and unmoved > 4 * found, names
        assert (b.part[there] == a.part[here]).mean() > 0.9, names


def test_what_is_hidden_is_not_visible() -> None:
    mask = part_mask(BALD, STILL, SIZE)
    eyes = np.isin(mask, [PART_INDEX["eye"], PART_INDEX["iris"]])
    assert eyes.sum() > 200
    assert not flow(BALD, STILL, BLINK, SIZE)[1][eyes].any(), "lids hide the eyes"
    # A head that turns to its left hides that cheek's far side and nothing of the other ear.
    side = flow(BALD, STILL, Performance.still(rotation=(40.0, 0.0, 0.0)), SIZE)[1]
    face = (mask == PART_INDEX["skin"]) & (np.arange(SIZE)[:, None] < 0.6 * SIZE)
    half = np.arange(SIZE)[None] < SIZE // 2
    assert side[face & half].mean() > 0.97 > 0.9 > side[face & ~half].mean()


def test_the_iris_moves_with_the_gaze_over_a_ball_that_rests() -> None:
    look = Performance.still(gaze=(15.0, 5.0))
    mask = part_mask(BALD, STILL, SIZE)
    moved, visible = flow(BALD, STILL, look, SIZE)
    iris = visible & (mask == PART_INDEX["iris"])
    assert iris.sum() > 0.8 * (mask == PART_INDEX["iris"]).sum()
    assert moved[iris][:, 0].min() > 1 and moved[iris][:, 1].max() < 0, "to the right and up"
    there = targets(moved, np.nonzero(iris))
    assert (part_mask(BALD, look, SIZE)[there] == PART_INDEX["iris"]).mean() > 0.92
    assert np.abs(moved[mask == PART_INDEX["cloth"]]).max() < 1e-3


def test_frames_of_a_clip_are_told_apart() -> None:
    clip = Performance(
        *(np.concatenate([getattr(STILL, name), getattr(TURNED, name)])
          for name in ("expression", "gaze", "head_rotation", "head_translation"))
    )  # fmt: skip
    one, other = flow(BALD, STILL, TURNED, SIZE), flow(BALD, clip, clip, SIZE, frames=(0, 1))
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(part_mask(BALD, clip, SIZE, 1), part_mask(BALD, TURNED, SIZE))
    np.testing.assert_array_equal(landmarks(BALD, clip, SIZE, 1), landmarks(BALD, TURNED, SIZE))


def test_props_must_be_the_same() -> None:
    tears, both = Performance.still(props=("tears",)), ("tears", "sweat")
    with pytest.raises(UsageError, match=r"same props.*\(\).*\(tears\)"):
        flow(BALD, STILL, tears, 32)
    moved, _ = flow(BALD, Performance.still(props=both), Performance.still(props=both[::-1]), 64)
    assert np.abs(moved).max() < 1e-3, "in any order"
