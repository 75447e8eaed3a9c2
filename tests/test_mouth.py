"""A drawn mouth has clear shapes: rings hide teeth, only a lip drawn down bares the lower ones."""

from pathlib import Path

import numpy as np
import pytest

from gen_avatar.character.buffers import render_buffers
from gen_avatar.character.character import CharacterModel
from gen_avatar.character.face import bared
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.expression import named
from gen_avatar.head.model import MorphableHead
from gen_avatar.types import ARKIT_52, Appearance, Character

HEAD = Path(__file__).resolve().parent.parent / "checkpoints" / "head"


@pytest.fixture(scope="module")
def model():
    return CharacterModel(MorphableHead.from_pretrained(HEAD))


@pytest.fixture(scope="module")
def opened(model):
    """[5, 256, 256] coverage of lips, mouth, teeth, tongue and eyes by named expression."""
    mesh = model.build(Character(appearance=Appearance(hair_style="bald")))
    parts = [PART_INDEX[name] for name in ("lips", "mouth", "teeth", "tongue", "eye")]

    def draw(name):
        return render_buffers(model.pose(mesh, named(name), np.zeros((2, 2), np.float32), (0, 0, 0)))[parts]

    return draw


def test_teeth_never_come_through_the_skin(model):
    rng = np.random.default_rng(3)
    for _ in range(12):
        identity = rng.normal(0, 1.2, len(model.head.identity)).clip(-2.5, 2.5).astype(np.float32)
        mesh = model.build(Character(identity, Appearance(hair_style="bald")))
        posed = model.pose(mesh, named("neutral"), np.zeros((2, 2), np.float32), (0, 0, 0))
        assert render_buffers(posed, 96)[PART_INDEX["teeth"]].sum() < 1.0


def proportions(seen):
    """Width and height in pixels of what the lips let see."""
    hole = seen[1:4].sum(0) > 0.5
    return np.ptp(np.flatnonzero(hole.any(0))) + 1, np.ptp(np.flatnonzero(hole.any(1))) + 1


def test_mouths_are_told_apart(opened):
    scream, surprise, fear, grin = (opened(name) for name in ("scream", "surprise", "fear", "grin"))
    for ring in (scream, surprise):
        width, height = proportions(ring)
        assert height > 0.8 * width and ring[2].sum() < 0.1 * ring[1].sum()
    assert scream[1].sum() > 2 * surprise[1].sum()
    for wide in (fear, grin):
        width, height = proportions(wide)
        assert width > 2 * height and wide[2].sum() > 0.3 * wide[1:4].sum()


def test_only_a_lip_drawn_down_bares_the_lower_teeth(opened):
    rage, laugh = opened("rage"), opened("laugh")

    def rows(seen):
        column = seen[2][:, 128] > 0.5
        return int((column[1:] & ~column[:-1]).sum())

    assert rows(rage) == 2 and rows(laugh) == 1
    assert bared(np.zeros(52, np.float32))[1] > 1
    down = np.array([name.startswith("mouthLowerDown") for name in ARKIT_52], np.float32)
    assert bared(down) == (0.0, 0.0)


def test_closed_lips_meet_in_one_line_and_open_ones_in_none(model):
    mesh = model.build(Character(appearance=Appearance(hair_style="bald")))
    seam = model._seam

    def thick(name):
        skin = model.pose(mesh, named(name), np.zeros((2, 2), np.float32), (0, 0, 0)).points
        points = seam.points(skin[: len(model.head.rest)])
        half = len(points) // 2
        return np.linalg.norm(points[:half] - points[half:], axis=1)

    for name in ("neutral", "smile", "sad"):
        width = thick(name)
        assert width[2:-2].min() > 0.12, "unbroken"
        assert max(width[0], width[-1]) < 0.05, "tapered"
    assert thick("scream")[8:-8].max() < 0.01
