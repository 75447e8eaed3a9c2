"""Lips that are apart as far as the driver's are."""

from __future__ import annotations

import numpy as np
import pytest

from gen_avatar import lips
from gen_avatar.character.character import CharacterModel
from gen_avatar.head.model import MorphableHead
from gen_avatar.retarget import retarget
from gen_avatar.types import ARKIT_52, Appearance, Character, Performance
from gen_avatar.weights import checkpoint
from training.evaluate_clips import posed_openings
from training.motion_metrics import blink_recall, blinks, correlation, mouth_moves

UPPER, LOWER = [82, 13, 312], [87, 14, 317]


def weights(**values: float) -> np.ndarray:
    out = np.zeros(52, np.float32)
    for name, value in values.items():
        out[ARKIT_52.index(name)] = value
    return out


def acted(*faces: np.ndarray) -> Performance:
    count = len(faces)
    nothing = np.zeros((count, 3), np.float32)
    return Performance(
        np.stack(faces),
        np.zeros((count, 2, 2), np.float32),
        nothing,
        nothing,
        25.0,
        np.ones(count, np.float32),
    )


def test_the_table_is_what_the_fitted_head_does() -> None:
    head = MorphableHead.from_pretrained(checkpoint("head"))
    mean, _, shapes = (t.numpy() for t in head.landmark_basis("facemesh478"))
    apart = (shapes[:, UPPER, 1] - shapes[:, LOWER, 1]).mean(1)
    corners = np.linalg.norm(mean[33] - mean[263])
    assert corners == pytest.approx(lips.EYES_APART, rel=0.01)
    for name in ("jawOpen", "mouthClose", "mouthFunnel", "mouthLowerDownLeft", "mouthShrugLower"):
        row = ARKIT_52.index(name)
        assert lips.FITTED[row] == pytest.approx(apart[row] / corners, abs=0.012), name


def test_lips_are_parted_and_brought_together() -> None:
    face = weights(jawOpen=0.3, mouthClose=0.05)[None].repeat(3, 0)
    before = face @ lips.DRAWN
    lips.part(face, np.array([0.03, 0.0, -0.03]), lips.DRAWN)
    assert np.allclose(face @ lips.DRAWN - before, [0.03, 0.0, -0.03], atol=1e-5)
    assert face[0, lips.CLOSE] == 0 and face[0, lips.JAW] > 0.3 and face[2, lips.JAW] == pytest.approx(0.3)


def test_a_face_that_opens_the_mouth_with_the_lips_alone_is_followed() -> None:
    # Drawn heads part their lips by other shares of each channel: shut on one would be open on the other.
    shut = weights(jawOpen=0.5, mouthClose=0.5 * 0.329 / 0.420)
    parted = weights(jawOpen=0.1, mouthPressLeft=0.5, mouthPressRight=0.5)
    wide = weights(jawOpen=0.5)
    played = retarget(acted(weights(), shut, parted, wide), Performance.still()).performance
    drawn = played.expression @ lips.DRAWN
    assert drawn[1] < 0.003 and drawn[2] > 0.012
    assert played.expression[3, lips.JAW] == pytest.approx(0.5)


def test_a_character_parts_the_lips_as_the_driver_does() -> None:
    figure = CharacterModel.from_pretrained(checkpoint("head").parent)
    mesh = figure.build(Character(np.zeros(50, np.float32), Appearance(hair_style="bald")))
    rise = np.concatenate([np.zeros(3), np.linspace(0.03, 0.5, 8)])
    # Half of the frames open by the jaw, half by the lips; the jaw also falls behind shut ones.
    faces = [
        weights(jawOpen=v + 0.2, mouthClose=0.2 * 0.329 / 0.420)
        if i % 2
        else weights(jawOpen=0.5 * v, mouthUpperUpLeft=v, mouthUpperUpRight=v, mouthFunnel=0.3 * v)
        for i, v in enumerate(rise)
    ]
    driving = acted(*faces)
    played = retarget(driving, Performance.still(), anchor=0).performance
    seen = np.array([posed_openings(figure, mesh, played.at(i))[0] for i in range(len(played))])
    assert correlation(lips.apart(driving.expression), seen) > 0.97
    assert seen[:3].max() < 0.004 and seen[3] > 0.002


def test_the_anchor_is_no_open_mouth() -> None:
    driving = acted(weights(jawOpen=0.3), weights(mouthSmileLeft=0.4, mouthSmileRight=0.4, browInnerUp=0.3))
    assert retarget(driving, Performance.still()).anchor == 1


def test_clips_say_something_only_where_the_mouth_moves() -> None:
    assert not mouth_moves(0.001 * np.sin(np.arange(60.0)))
    assert mouth_moves(0.1 * (np.arange(60) > 30))


def test_narrowed_eyes_are_no_shut_ones() -> None:
    eyes = np.full(60, 0.3)
    eyes[30:33] = 0.19
    assert len(blinks(eyes)) == 1 and len(blinks(eyes, 0.5)) == 0
    eyes[30:33] = 0.05
    assert blink_recall(eyes, eyes, 0.5) == (1, 1)
