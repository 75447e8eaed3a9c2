"""How far a turned head is drawn turned, and how large heads are in their pictures."""

from pathlib import Path

import numpy as np
import pytest

from gen_avatar.character.buffers import render_buffers
from gen_avatar.character.camera import squash, squashed
from gen_avatar.character.character import CharacterModel
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.character.turning import drawn_rotation, meant_rotation
from gen_avatar.types import Appearance, Character, expression_vector

CHECKPOINTS = Path(__file__).resolve().parent.parent / "checkpoints"
STILL = np.zeros((2, 2), np.float32)


@pytest.fixture(scope="module")
def model():
    return CharacterModel.from_pretrained(CHECKPOINTS)


def test_small_turns_are_drawn_as_they_are_and_large_ones_smaller():
    for exact in ((15, 0, 0), (-12, 6, 25), (0, -10, 5)):
        np.testing.assert_array_equal(drawn_rotation(exact), exact)
    assert 26 < drawn_rotation((40, 0, 0))[0] < 31 and -19 < drawn_rotation((0, -25, 0))[1] < -16
    assert drawn_rotation((40, 25, 14))[0] < drawn_rotation((40, 0, 0))[0]
    assert drawn_rotation((40, 25, 14))[2] == 14


@pytest.mark.parametrize("way", [(40, 0), (0, 25), (-40, 25), (15, -25)])
def test_turning_goes_on_smoothly(way):
    shares = np.linspace(0, 1, 200)
    drawn = np.linalg.norm([drawn_rotation((way[0] * s, way[1] * s, 0)) for s in shares], axis=1)
    steps = np.diff(drawn) / np.linalg.norm(way) / np.diff(shares)
    assert (steps > 0.05).all() and steps.max() < 1 + 1e-9 and np.abs(np.diff(steps)).max() < 0.06


def test_what_was_meant_is_found_again():
    for rotation in ((3, 4, 5), (40, 0, -9), (-28, 18, 0), (0, -25, 25)):
        np.testing.assert_allclose(meant_rotation(drawn_rotation(rotation)), rotation, atol=1e-9)
    assert np.isfinite(meant_rotation((90, 60, 0))).all()


def test_pictures_ease_a_turn_and_other_programs_get_it_whole(model):
    mesh = model.build(Character(appearance=Appearance(hair_style="bald")))
    act = expression_vector(None), STILL

    def aside(rotation, **how):
        head = model.pose(mesh, *act, rotation, **how).points[: len(mesh.neutral)]
        left, right = (head[eye.upper].mean(0) for eye in model.head.eyes)
        return np.degrees(np.arctan2(right[2] - left[2], left[0] - right[0]))

    front = aside((0, 0, 0))
    assert 26 < abs(aside((40, 0, 0)) - front) < 31
    for how in ({"whole": True}, {"eased": False}):
        assert abs(aside((40, 0, 0), **how) - front) == pytest.approx(40, abs=1.0), how


@pytest.mark.parametrize("rotation", [(40, 0, 0), (-40, 25, 0), (40, -20, 10)])
def test_the_far_eye_stays_whole(model, rotation):
    mesh = model.build(Character(appearance=Appearance(hair_style="bald")))
    picture = render_buffers(model.pose(mesh, expression_vector(None), STILL, rotation), 192)
    seen = picture[PART_INDEX["eye"]] + picture[PART_INDEX["iris"]]
    columns = np.flatnonzero(seen.sum(0) > 0.5)
    gap = int(np.diff(columns).argmax())
    halves = seen[:, : columns[gap] + 1].sum(), seen[:, columns[gap + 1] :].sum()
    assert np.diff(columns).max() > 3 and min(halves) > 0.55 * max(halves)


def test_tall_hair_makes_no_small_head(model):
    faces = []
    for style in ("short", "top-knot", "afro", "puffs", "long"):
        mesh = model.build(Character(appearance=Appearance(hair_style=style)))
        skin = mesh.camera.project(mesh.neutral, 1)[model.head.follow > 0, 1]
        top = min(mesh.camera.project(a.vertices, 1)[:, 1].min() for a in mesh.assets if a.follow)
        faces.append(np.ptp(skin))
        assert top > 0.01, style
    assert min(faces) > 0.82 * max(faces)


def test_domes_are_squashed_as_domes():
    angle = np.linspace(0, np.pi, 50)
    dome = 8 * np.stack([np.cos(angle), np.sin(angle), 0 * angle], 1) + [0, 14, 0]
    share = squash([dome], 14.0)
    low = squashed(dome, 14.0, share)
    assert 0.6 < share < 0.9 and squash([dome * 0.3], 14.0) == squash([], 14.0) == 1
    np.testing.assert_allclose(((low - [0, 14, 0]) / [8, 8 * share, 1])[:, :2] ** 2 @ [1, 1], 1, atol=1e-9)
