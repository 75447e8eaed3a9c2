"""Traits: what tells faces apart is drawn larger, trait by trait."""

from pathlib import Path

import numpy as np
import pytest

from gen_avatar.character.character import CharacterModel
from gen_avatar.character.kinematics import drawn_weights
from gen_avatar.character.lids import tame_eyes
from gen_avatar.character.surface import bound
from gen_avatar.head.model import MorphableHead
from gen_avatar.head.ratios import ratio_rows
from gen_avatar.types import Character, expression_vector
from training.studio.people import person_seed, sample_person

HEAD = Path(__file__).resolve().parent.parent / "checkpoints" / "head"
STILL = np.zeros((2, 2), np.float32)


@pytest.fixture(scope="module")
def rows():
    return ratio_rows(MorphableHead.from_pretrained(HEAD))


@pytest.fixture(scope="module")
def model():
    return CharacterModel(MorphableHead.from_pretrained(HEAD))


def drawn(model, identity):
    """Name → length or ratio of the drawn face."""
    head = model.head
    mesh = model.build(Character(identity.astype(np.float32)))
    skin = mesh.neutral
    at = skin[[int(np.argmin(np.linalg.norm(head.rest - p, axis=1))) for p in head.landmarks]]
    (upper, lower), center = (skin[head.eyes[0].upper], skin[head.eyes[0].lower]), mesh.eye_centers
    width = at[15, 0] - at[1, 0]
    ear = (head.rest[:, 0] > 8.3) & (np.abs(head.rest[:, 1] - 0.9) < 2)
    return {
        "face_width": width / (at[27, 1] - at[8, 1]),
        "jaw_width": (at[12, 0] - at[4, 0]) / width,
        "chin_width": (at[10, 0] - at[6, 0]) / width,
        "forehead_height": (skin[:, 1].max() - at[27, 1]) / (at[27, 1] - at[8, 1]),
        "eye_spacing": (center[0, 0] - center[1, 0]) / width,
        "eye_size": (upper[:, 1].max() - lower[:, 1].min()) * (upper[-1, 0] - upper[0, 0]) / width**2,
        "eye_tilt": (upper[-1, 1] - upper[0, 1]) / (upper[-1, 0] - upper[0, 0]),
        "brow_height": (at[[19, 24], 1].mean() - center[:, 1].mean()) / (at[27, 1] - at[8, 1]),
        "nose_width": (at[35, 0] - at[31, 0]) / width,
        "nose_length": (at[27, 1] - at[33, 1]) / (at[27, 1] - at[8, 1]),
        "mouth_width": (at[54, 0] - at[48, 0]) / width,
        "ears": skin[ear, 0].mean() - width / 2,
    }


@pytest.mark.parametrize("name", [
    "face_width", "jaw_width", "chin_width", "forehead_height", "eye_spacing", "eye_size", "eye_tilt",
    "brow_height", "nose_width", "nose_length", "mouth_width", "ears",
])  # fmt: skip
def test_a_ratio_is_drawn_the_way_it_is(model, rows, name):
    values = np.array([drawn(model, z * rows[name])[name] for z in (-6, -3, -1.5, 0, 1.5, 3, 6)])
    steps = np.diff(values)
    assert (steps > 0).all(), "more is more"
    assert steps[2:4].min() > 0.5 * steps[2:4].max(), "as much either way"
    assert values[6] - values[5] < values[5] - values[3], "far out it is bounded"


def test_the_average_face_is_that_of_the_design_and_faces_stay_symmetric(model, rows):
    mesh = model.build(Character())
    np.testing.assert_allclose(mesh.openings, 1, atol=0.01)
    for name, row in rows.items():
        person = model.build(Character((3 * row).astype(np.float32)))
        left, right = person.eye_centers
        np.testing.assert_allclose(left, right * [-1, 1, 1], atol=0.06, err_msg=name)
        assert person.openings[0] == pytest.approx(person.openings[1], abs=0.05), name


def test_eyes_keep_apart_and_inside_the_face(model, rows):
    eyes = model.head.eyes
    for name in ("eye_spacing", "eye_size", "eye_tilt", "face_width", "brow_height"):
        for z in (-3, 3):
            mesh = model.build(Character((z * rows[name]).astype(np.float32)))
            left, right = (mesh.neutral[eye.upper] for eye in eyes)
            assert left[0, 0] - right[0, 0] > 1.2, (name, z)
            level = np.abs(mesh.neutral[:, 1] - mesh.eye_centers[0, 1]) < 0.6
            assert mesh.neutral[level, 0].max() - left[-1, 0] > 0.9, (name, z)


def test_nobodys_eyes_meet_and_only_close_set_ones_are_narrower(model):
    eyes = model.head.eyes
    gaps = []
    for number in range(100, 120):
        identity = sample_person(person_seed("heldout", number)).identity
        left, right = (model.build(Character(identity)).neutral[eye.upper] for eye in eyes)
        gaps.append(left[0, 0] - right[0, 0])
    assert min(gaps) > 1.15 and max(gaps) > 2.2
    skin, centers = model.head.mean, np.stack([eye.center for eye in eyes])
    np.testing.assert_allclose(tame_eyes(skin, skin, eyes, centers), skin, atol=1e-6)


def test_eyes_of_every_size_close(model, rows):
    shut = expression_vector({"eyeBlinkLeft": 1, "eyeBlinkRight": 1})
    for name in ("eye_size", "eye_tilt"):
        for z in (-3, 0, 3):
            mesh = model.build(Character((z * rows[name]).astype(np.float32)))
            skin = model.pose(mesh, shut, STILL, (0, 0, 0)).points[: len(model.head.mean)]
            for eye in model.head.eyes:
                upper, lower = skin[eye.upper], skin[eye.lower]
                under = np.interp(upper[:, 0], *lower[np.argsort(lower[:, 0]), :2].T)
                assert np.abs(upper[:, 1] - under)[3:-3].max() < 0.22, (name, z)


def test_the_lids_of_large_eyes_have_farther_to_go():
    shut = expression_vector({"eyeBlinkLeft": 1, "eyeBlinkRight": 1})
    usual, _ = drawn_weights(shut, STILL, np.ones(2, np.float32))
    large, _ = drawn_weights(shut, STILL, np.full(2, 1.2, np.float32))
    np.testing.assert_allclose(large[usual > 0], 1.2 * usual[usual > 0])


def test_noses_and_jaws_differ_between_people_and_noses_stand_out(model):
    head = model.head
    at = [int(np.argmin(np.linalg.norm(head.rest - p, axis=1))) for p in head.landmarks]
    people = np.random.default_rng(1).standard_normal((40, len(head.identity)))
    skin = head.mean[at] + np.tensordot(people, head.identity[:, at], 1)
    nose, jaw = ((skin[:, a, 0] - skin[:, b, 0]) / 2 for a, b in ((35, 31), (12, 4)))
    assert nose.std() > 0.12 * nose.mean() and jaw.std() > 0.07 * jaw.mean()
    assert (nose > 0.5).all() and (jaw > 4.0).all()
    assert head.mean[at][30, 2] - head.mean[at][33, 2] > 1.1


def test_the_far_eye_of_a_turned_head_keeps_clear_of_the_outline(model):
    head = model.head
    level = (np.abs(head.mean[:, 1] - 3.0) < 0.6) & (head.mean[:, 0] > 0)
    for yaw in np.radians([20, 30, 40]):
        across = np.array([np.cos(yaw), 0, np.sin(yaw)])
        eye = (head.mean[head.eyes[0].upper] @ across).max()
        assert (head.mean[level] @ across).max() - eye > 0.05 * 16


def test_faces_differ_where_an_emoji_is_looked_at(model):
    """Jaw, chin, nose and mouth of a crowd spread well beyond what a fit of the mean would show."""
    names = ("jaw_width", "chin_width", "nose_width", "mouth_width")
    people = [drawn(model, sample_person(person_seed("heldout", n)).identity) for n in range(800, 824)]
    spread = {name: np.std([p[name] for p in people]) / np.mean([p[name] for p in people]) for name in names}
    assert spread["jaw_width"] > 0.055 and spread["chin_width"] > 0.10, spread
    assert spread["nose_width"] > 0.10 and spread["mouth_width"] > 0.10, spread


def test_no_nose_lies_between_the_eyes_or_is_a_thorn(model, rows):
    usual = model.head.moderation.usual
    for name, place, least in (("nose_length", 5, 0.9), ("nose_width", 6, 0.45)):
        mesh = model.build(Character((-5 * rows[name]).astype(np.float32)))
        marks = bound(mesh.neutral, model._landmarks)
        length = (marks[27, 1] - marks[33, 1], (marks[35, 0] - marks[31, 0]) / 2)[place - 5]
        assert usual[place] - least < length < usual[place] - 0.1, name
        assert marks[33, 1] < mesh.neutral[model.head.eyes[0].lower, 1].min() + 0.3
