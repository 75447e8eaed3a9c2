"""Props are seen inside the picture, and cost nothing where there are none."""

from pathlib import Path

import numpy as np
import pytest

from gen_avatar.character.buffers import render_buffers
from gen_avatar.character.character import CharacterModel
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.head.model import MorphableHead
from gen_avatar.types import PROPS, Appearance, Character

HEAD = Path(__file__).resolve().parent.parent / "checkpoints" / "head"
BALD = Character(appearance=Appearance(hair_style="bald"))
STILL = np.zeros(52, np.float32), np.zeros((2, 2), np.float32)


@pytest.fixture(scope="module")
def model():
    return CharacterModel(MorphableHead.from_pretrained(HEAD))


@pytest.mark.parametrize("prop", [name for name in PROPS if name != "sunglasses"])
def test_props_are_seen_and_inside_the_picture(model, prop):
    mesh = model.build(BALD, (prop,))
    for rotation in ((0, 0, 0), (30, 0, 0)):
        picture = render_buffers(model.pose(mesh, *STILL, rotation), 96)
        seen = picture[PART_INDEX["ornament"]]
        assert seen.sum() > 20
        assert not seen[0].any() and not seen[:, 0].any() and not seen[:, -1].any()


def test_the_head_is_framed_and_built_alike_without_props(model):
    bare, hearts = model.build(BALD), model.build(BALD, ("hearts",))
    assert bare.camera == hearts.camera and not bare.assets
    assert len(hearts.assets) == 2


def test_clouds_of_steam_stay_apart_at_both_sides(model):
    steam = model.build(BALD, ("steam",)).assets
    left, right = (
        [a.vertices for a in steam if (a.vertices[:, 0].mean() > 0) == side] for side in (True, False)
    )
    for one, other in (left, right):
        reach = [np.ptp(v[:, 1]) / 2 for v in (one, other)]
        assert np.linalg.norm(one.mean(0) - other.mean(0)) > 0.9 * sum(reach)


@pytest.mark.parametrize("yaw", [-30, 0, 30])
def test_steam_never_hides_the_face(model, yaw):
    bare, steam = model.build(BALD), model.build(BALD, ("steam",))
    head, both = (render_buffers(model.pose(m, *STILL, (yaw, 0, 0)), 96) for m in (bare, steam))
    seen = both[PART_INDEX["ornament"]] > 0
    assert seen[:, :48].any() and seen[:, 48:].any()
    assert not (seen & (head[PART_INDEX["skin"]] > 0.99)).any()


@pytest.mark.parametrize("yaw", [-25, -12, 12, 25])
def test_a_blown_heart_is_where_the_face_looks(model, yaw):
    mesh = model.build(BALD, ("blown-heart",))
    posed = model.pose(mesh, *STILL, (yaw, 0, 0))
    heart = posed.points[-len(mesh.assets[-1].vertices) :].mean(0)
    lips = posed.points[model._lips].mean(0)
    assert 2.5 < np.sign(yaw) * (heart[0] - lips[0]) < 7.0 and abs(heart[1] - lips[1]) < 2.0


def test_hearts_lie_before_glasses_and_their_lenses(model):
    mesh = model.build(BALD, ("heart-eyes",))
    full = CharacterModel.from_pretrained(HEAD.parent)
    glasses = Character(appearance=Appearance(hair_style="bald", glasses_style="round"))
    worn = full.build(glasses, ("heart-eyes",))
    assert len(worn.assets) > len(mesh.assets)
    bare, both = (render_buffers(m.pose(s, *STILL, (0, 0, 0)), 96) for m, s in ((model, mesh), (full, worn)))
    ornament = PART_INDEX["ornament"]
    assert both[ornament].sum() > 0.9 * bare[ornament].sum()


def test_tears_run_down_with_the_skin(model):
    mesh = model.build(BALD, ("tears",))
    smile = np.ones(52, np.float32)
    moved = model.pose(mesh, smile, STILL[1], (0, 0, 0)).points
    rest = model.pose(mesh, *STILL, (0, 0, 0)).points
    assert np.abs(moved - rest)[-len(mesh.assets[-1].vertices) :].max() > 0.2


@pytest.mark.parametrize("yaw", [-35, 0, 20, 35])
def test_hearts_hide_the_eyes_from_every_side(model, yaw):
    mesh = model.build(BALD, ("heart-eyes",))
    picture = render_buffers(model.pose(mesh, *STILL, (yaw, 0, 0)), 128)
    assert picture[PART_INDEX["ornament"]].sum() > 400
    for part in ("eye", "iris", "lash"):
        assert picture[PART_INDEX[part]].sum() == 0, part


def test_tears_of_joy_lie_on_the_cheek_and_begin_at_the_lids(model):
    mesh = model.build(BALD, ("joy-tears",))
    for asset, center in zip(mesh.assets, mesh.eye_centers, strict=True):
        top = asset.vertices[:, 1].max() - center[1]
        assert -1.2 < top < 0.0 and asset.bind is not None
        away = np.linalg.norm(asset.vertices[:, None] - mesh.neutral[None, ::2], axis=2).min(1)
        assert away.max() < 1.2


def test_streams_of_tears_start_below_the_lid_and_hug_the_cheek(model):
    mesh = model.build(BALD, ("tears",))
    streams = [a for a in mesh.assets if a.color_role == "prop-blue"]
    assert len(streams) == 2
    for asset, center in zip(streams, mesh.eye_centers, strict=True):
        assert asset.vertices[:, 1].max() < center[1] - 1.2
        away = np.linalg.norm(asset.vertices[:, None] - mesh.neutral[None, ::2], axis=2).min(1)
        assert away.max() < 1.1
