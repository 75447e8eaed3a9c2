"""Traits: what tells faces apart is drawn larger, trait by trait."""

from pathlib import Path

import numpy as np
import pytest

from gen_avatar.character.character import CharacterModel
from gen_avatar.character.traits import independent
from gen_avatar.head.model import MorphableHead

HEAD = Path(__file__).resolve().parent.parent / "checkpoints" / "head"


@pytest.fixture(scope="module")
def model():
    return CharacterModel(MorphableHead.from_pretrained(HEAD))


def test_measures_become_independent_units():
    measures = list(np.random.default_rng(0).standard_normal((4, 50)))
    rows = independent(measures)
    np.testing.assert_allclose(rows @ rows.T, np.eye(4), atol=1e-6)
    assert rows[0] @ measures[0] > 0.999 * np.linalg.norm(measures[0])


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
