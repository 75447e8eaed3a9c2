"""The warper's geometry, its network, its pairs and its training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from gen_avatar.character.turning import drawn_rotation
from gen_avatar.errors import UsageError
from gen_avatar.head.fit import HeadFitter
from gen_avatar.head.model import MorphableHead
from gen_avatar.types import ARKIT_52
from gen_avatar.warp.actor import Casting
from gen_avatar.warp.drawn import Drawing, draw_shut, lash_colors
from gen_avatar.warp.hull import _CENTER, _RADII, SCALES, cameras, hulls
from gen_avatar.warp.lids import covered, off_the_eyes, shutting
from gen_avatar.warp.motion import (
    MAPS,
    blended,
    facing,
    feature_maps,
    first_order,
    grid,
    nearness,
    sample,
    slot_motion,
)
from gen_avatar.warp.network import Warper
from gen_avatar.warp.points import (
    COUNT,
    IBUG,
    INNER_LIPS,
    LEFT_EYE,
    LEFT_IRIS,
    OUTER_LIPS,
    PATCH,
    RIGHT_EYE,
    RIGHT_IRIS,
)
from gen_avatar.warp.puppet import EmojiPuppet, NaturalPuppet
from gen_avatar.weights import checkpoint
from training import warp_data
from training.loop import Run, train
from training.studio import default_model
from training.studio.people import person_seed, sample_person
from training.studio.truth import landmarks
from training.train_warper import _JUDGES, _TURN, Teacher, _loss, perceptual
from training.warp_batches import KeypointBatches, WarpBatches
from training.warp_photos import Actor

NO_GAZE = np.zeros((2, 2), np.float32)


def weights(**values: float) -> np.ndarray:
    out = np.zeros(52, np.float32)
    for name, value in values.items():
        out[ARKIT_52.index(name)] = value
    return out


@pytest.fixture(scope="module")
def puppets() -> list[Any]:
    head, figure = MorphableHead.from_pretrained(checkpoint("head")), default_model()
    plan = warp_data.keypoint_plan()
    nobody = np.zeros(50, np.float32)
    return [NaturalPuppet(head, plan, figure.head.follow, nobody), EmojiPuppet(figure, plan, nobody)]


@pytest.fixture(scope="module")
def moving(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of two studio people."""
    folder = tmp_path_factory.mktemp("moving")
    rows = [warp_data.draw_studio("train", i) for i in (1, 6)]
    np.savez(folder / "00000.npz", **{k: np.stack([r[k] for r in rows]) for k in rows[0]})
    return folder


def random_points(rng: np.random.Generator) -> torch.Tensor:
    middle = rng.uniform(0.2, 0.8, (1, COUNT, 1, 2))
    patch = np.concatenate([np.zeros((1, COUNT, 1, 2)), rng.normal(0, 0.02, (1, COUNT, PATCH, 2))], 2)
    return torch.from_numpy((middle + patch).astype(np.float32))


# -- keypoints ---------------------------------------------------------------------------------


def test_keypoints_are_where_the_studio_has_its_landmarks() -> None:
    person = sample_person(person_seed("heldout", 3))
    act = warp_data.moments(11)[1]
    found = warp_data.studio_keypoints(person, act)[: len(IBUG), 0] * 256
    assert np.abs(found - landmarks(person, act, 256)[list(IBUG)]).max() < 1.5


@pytest.mark.parametrize("kind", [0, 1])
def test_puppets_turn_blink_open_and_look(puppets: list[Any], kind: int) -> None:
    puppet = puppets[kind]
    rest = puppet.points(weights(), NO_GAZE, np.zeros(3))[:, 0]
    turned = puppet.points(weights(), NO_GAZE, np.array([20.0, 0, 0]))[:, 0]
    nose = list(IBUG).index(30)
    assert turned[nose, 0] - rest[nose, 0] > 2 and np.abs(turned[-4] - rest[-4]).max() < 3  # the neck stays
    shut = puppet.points(weights(eyeBlinkLeft=1, eyeBlinkRight=1), NO_GAZE, np.zeros(3))[:, 0]
    for eye in (LEFT_EYE, RIGHT_EYE):
        gap = [np.linalg.norm(p[eye[1]] - p[eye[5]]) for p in (rest, shut)]
        assert gap[1] < 0.35 * gap[0]
    opened = puppet.points(weights(jawOpen=0.7), NO_GAZE, np.zeros(3))[:, 0]
    gap = [np.linalg.norm(p[INNER_LIPS[2]] - p[INNER_LIPS[6]]) for p in (rest, opened)]
    assert gap[1] > gap[0] + 0.8
    looks = puppet.points(weights(), NO_GAZE + np.array([20.0, 0], np.float32), np.zeros(3))[:, 0]
    assert (looks[[LEFT_IRIS, RIGHT_IRIS], 0] - rest[[LEFT_IRIS, RIGHT_IRIS], 0] > 0.3).all()


def test_a_face_that_looks_ahead_is_not_taken_for_a_nod(puppets: list[Any]) -> None:
    head = MorphableHead.from_pretrained(checkpoint("head"))
    casting = Casting(head, default_model(), HeadFitter(head))
    for pitch in (0.0, 10.0):
        places = puppets[1].points(weights(), NO_GAZE, np.array([0, pitch, 0]))[:, 0]
        seen = places[:, :2] * [1, -1] * 75 / (75 - places[:, 2:]) * 8.5 + 128
        actor = casting.stylized(seen.astype(np.float32), 256)[1]
        assert abs(actor.rotation[1] - pitch) < 2 and actor.error < 0.003


def test_a_drawn_head_turns_as_characters_do(puppets: list[Any]) -> None:
    head = MorphableHead.from_pretrained(checkpoint("head"))
    places = puppets[1].points(weights(), NO_GAZE, np.array([15.0, 0, 0]))[:, 0]
    seen = places[:, :2] * [1, -1] * 75 / (75 - places[:, 2:]) * 8.5 + 128
    actor = Casting(head, default_model(), HeadFitter(head)).stylized(seen.astype(np.float32), 256)[1]
    # At rest it stays as it is; a far turn is drawn less far, and one back comes to where it should.
    np.testing.assert_allclose(actor.points(actor.expression, actor.gaze, actor.rotation), actor.rest)
    face = list(range(len(IBUG)))
    for yaw in (36.0, -36.0):
        wanted = puppets[1].points(weights(), NO_GAZE, drawn_rotation((yaw, 0, 0)).astype(np.float32))[:, 0]
        aim = wanted[:, :2] * [1, -1] * 75 / (75 - wanted[:, 2:]) * 8.5 + 128
        way = np.array([yaw - 15, 0, 0], np.float32)
        got = actor.points(actor.expression, actor.gaze, actor.rotation + way)[:, 0] * 256
        assert np.linalg.norm(got - aim, axis=1)[face].mean() < 4, yaw


def test_maps_show_what_is_open(puppets: list[Any]) -> None:
    def maps(expression: np.ndarray) -> np.ndarray:
        points = puppets[1].points(expression, NO_GAZE, np.zeros(3))[..., :2]
        return feature_maps(points * [1 / 30, -1 / 30] + 0.5, 128).sum((1, 2))

    rest, talking, shut = (
        maps(weights()),
        maps(weights(jawOpen=0.8)),
        maps(weights(eyeBlinkLeft=1, eyeBlinkRight=1)),
    )
    assert talking[0] > 3 * rest[0]
    assert shut[1] < 0.4 * rest[1] and shut[2] < 0.5 * rest[2]
    # The lines of lids and lips are there whatever is shut, and lips are there around what they show.
    assert min(rest[3], talking[3], shut[3]) > 20 and talking[4] > talking[0] > 0


# -- motion ------------------------------------------------------------------------------------


def test_an_affine_motion_comes_back_from_the_patches() -> None:
    driving = random_points(np.random.default_rng(0))
    matrix = torch.tensor([[1.1, 0.2], [-0.1, 0.9]])
    source = driving @ matrix.T + torch.tensor([0.03, -0.05])
    jacobian = first_order(source, driving)
    assert (jacobian - matrix).abs().max() < 1e-3
    slots = slot_motion(source[:, :, 0], driving[:, :, 0], jacobian)
    truth = grid(16, driving) @ matrix.T + torch.tensor([0.03, -0.05])
    for slot, aim in ((3, truth), (COUNT, grid(16, driving))):  # the last one is the background
        alone = torch.zeros(1, 16, 16, COUNT + 1)
        alone[..., slot] = 1
        assert (blended(alone, slots) - aim).abs().max() < 2e-3


def test_patches_seen_edge_on_follow_the_face() -> None:
    driving = random_points(np.random.default_rng(1))
    driving[:, 0, :, 0] = driving[:, 0, :1, 0]  # no width at all
    source = driving * 1.2
    assert (first_order(source, driving)[0, 0] - 1.2 * torch.eye(2)).abs().max() < 0.05


@pytest.mark.parametrize("kind", [0, 1])
def test_what_turns_away_is_told(puppets: list[Any], kind: int) -> None:
    layout = torch.from_numpy(warp_data.keypoint_plan().layout)

    def seen(yaw: float) -> torch.Tensor:
        points = puppets[kind].points(weights(), NO_GAZE, np.array([yaw, 0, 0]))[..., :2] * [1 / 30, -1 / 30]
        return facing(torch.from_numpy(points[None].astype(np.float32)), layout)[0]

    nose, right_jaw, left_jaw = (list(IBUG).index(k) for k in (30, 2, 14))
    ahead, turned = seen(0.0), seen(40.0)
    assert ahead[nose] > 0.9 and (ahead[[right_jaw, left_jaw]] > 0.2).all()
    assert turned[left_jaw] < 0.1 < 0.9 < turned[right_jaw]  # a head that turns to its left hides its left


def test_the_nearest_keypoint_speaks() -> None:
    driving = torch.rand(1, COUNT, 2, generator=torch.Generator().manual_seed(0))
    bias = torch.zeros(COUNT + 1)
    bias[-1] = -20
    share = nearness(driving, torch.full((COUNT,), 3.0), bias, 64).softmax(-1)
    column, row = (driving[0, 5] * 64).long().tolist()
    assert share[0, row, column].argmax() == 5


def test_sampling_keeps_a_picture_where_nothing_moves() -> None:
    picture = torch.rand(1, 3, 16, 16)
    assert (sample(picture, grid(16, picture)[None]) - picture).abs().max() < 1e-5


# -- hulls -------------------------------------------------------------------------------------


def affine_camera(yaw: float) -> torch.Tensor:
    """[1, 2, 4] from the head, cm, to the picture."""
    c, s = np.cos(np.radians(yaw)), np.sin(np.radians(yaw))
    turn = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    linear = (np.diag([1, -1, 1]) @ turn)[:2] / 32
    return torch.from_numpy(np.column_stack([linear, [0.5, 0.6]])[None].astype(np.float32))


def test_keypoints_of_the_skull_tell_the_camera() -> None:
    places = torch.from_numpy(warp_data.keypoint_plan().places)
    camera = affine_camera(25.0)
    points = places @ camera[0, :, :3].T + camera[0, :, 3]
    points[list(IBUG).index(57)] += 0.2  # the lips may do what they like
    assert (cameras(points[None], places) - camera).abs().max() < 1e-4


def test_hulls_turn_as_what_lies_on_them() -> None:
    ahead, turned = affine_camera(0.0), affine_camera(20.0)
    still = hulls(ahead, ahead, 32)
    assert (still.flow - grid(32, ahead)[:, :, None]).abs().max() < 1e-4 and (still.facing > -1e-3).all()
    moved = hulls(ahead, turned, 128)
    direction = torch.tensor([0.3, 0.5, 0.8])
    for h, scale in enumerate(SCALES):
        place = torch.tensor(_CENTER) + scale * torch.tensor(_RADII) * direction / direction.norm()
        was, now = (c[0, :, :3] @ place + c[0, :, 3] for c in (ahead, turned))
        column, row = (now * 128).long().tolist()
        assert (moved.flow[0, row, column, h] - was).abs().max() < 0.015
    assert (now - was).abs().max() > 0.05


def test_what_the_source_hides_is_led_to_the_outline() -> None:
    ahead, turned = affine_camera(0.0), affine_camera(60.0)
    hull = hulls(ahead, turned, 64)
    hidden = (hull.facing[..., 1] < -0.05) & (hull.inside[..., 1] > 0.02) & (hull.below[..., 1] < -0.05)
    size = SCALES[1] * torch.tensor(_RADII[:2]) / 32
    middle = torch.tensor([0.5 + _CENTER[0] / 32, 0.6 - _CENTER[1] / 32])
    away = ((hull.flow[..., 1, :] - middle) / size).norm(dim=-1)
    assert hidden.sum() > 50
    assert (away[hidden] - 1).abs().max() < 0.05


# -- lids --------------------------------------------------------------------------------------


def with_eyes(height: float) -> torch.Tensor:
    """[1, K, 2] keypoints whose eyes are so many shares of their width high."""
    points = torch.zeros(1, COUNT, 2)
    for rows, x in ((RIGHT_EYE, 0.35), (LEFT_EYE, 0.65)):
        around = np.radians([180, 120, 60, 0, -60, -120])
        ring = np.column_stack([0.1 * np.cos(around), -0.1 * height * np.sin(around) / np.sin(np.pi / 3)])
        points[0, rows] = torch.from_numpy(ring + [x, 0.5]).float()
    return points


def test_lids_hide_the_eye_that_shuts() -> None:
    wide, shut = with_eyes(0.5), with_eyes(0.05)
    wink = wide.clone()
    wink[:, LEFT_EYE] = shut[:, LEFT_EYE]
    assert shutting(wide, wide).tolist() == [[0, 0]] and shutting(wide, wink).tolist() == [[0, 1]]
    assert shutting(shut, shut).max() == 0  # nothing to hide
    place = grid(100, wide)[None]
    assert torch.equal(off_the_eyes(place, wide, torch.zeros(1, 2)), place)
    led = off_the_eyes(place, wide, shutting(wide, wink))
    moved = (led - place).abs().amax(-1)[0]
    assert moved[:, :50].max() == 0 and moved[50, 65] > 0.04
    away = ((led[0] - torch.tensor([0.65, 0.5])) / torch.tensor([0.1, 0.05])).norm(dim=-1)
    assert away.min() > 1  # nothing comes from inside the eye
    lids = covered(100, wink, shutting(wide, wink))[0, 0]
    assert lids[50, 65] == 1 and lids[:, :45].max() == 0 and lids[30].max() == 0


def test_a_drawn_mouth_that_opens_shows_what_is_in_it(puppets: list[Any]) -> None:
    def seen(**named: float) -> tuple[np.ndarray, list[Any]]:
        points, mouth = puppets[1].acted(weights(**named), NO_GAZE, np.zeros(3))
        return points[:, 0, :2] * flat + 0.5, [(part, outline[:, :2] * flat + 0.5) for part, outline in mouth]

    flat = np.array([1 / 30, -1 / 30])
    picture = np.full((256, 256, 4), 255, np.uint8)
    picture[..., :3] = (200, 160, 140)
    skin, rest = picture.astype(np.float32) / 255, seen()[0]
    drawing = Drawing.of(picture, rest)
    assert drawing.add(skin, rest, np.zeros(2), seen()[1]) is skin
    points, mouth = seen(jawOpen=0.5, mouthSmileLeft=0.8, mouthSmileRight=0.8)
    added = drawing.add(skin, points, np.zeros(2), mouth)
    changed = np.abs(added - skin).max(-1) > 0.02
    outline = points[OUTER_LIPS] * 256
    rows, columns = np.nonzero(changed)
    assert outline[:, 0].min() - 3 < columns.min() and columns.max() < outline[:, 0].max() + 3
    assert outline[:, 1].min() - 3 < rows.min() and rows.max() < outline[:, 1].max() + 3
    for part in ("mouth", "teeth"):
        assert (np.abs(added[..., :3] - drawing.inside[part]).max(-1) < 0.02).sum() > 30, part
    # A still whose own mouth is open is left to itself; grey ones stay grey.
    assert not Drawing.of(picture, points).inside
    grey = np.full_like(picture, 200)
    assert all(np.ptp(color) < 1e-6 for color in Drawing.of(grey, rest).inside.values())


def test_a_shut_drawn_eye_is_a_line_in_the_colour_of_its_lashes() -> None:
    points = np.full((COUNT, 2), 0.5, np.float32)
    around = np.array([[-1, 0], [-0.4, -0.5], [0.4, -0.5], [1, 0], [0.4, 0.5], [-0.4, 0.5]])
    for rows, x in ((RIGHT_EYE, 0.35), (LEFT_EYE, 0.65)):
        points[rows] = np.array([x, 0.5]) + 0.1 * around
    picture = np.full((200, 200, 4), 255, np.uint8)
    picture[..., :3] = (200, 160, 140)
    cv2.ellipse(picture, (70, 100), (20, 12), 0, 180, 360, (60, 20, 90, 255), 4)
    cv2.ellipse(picture, (130, 100), (20, 12), 0, 180, 360, (10, 90, 20, 255), 4)
    colors = lash_colors(picture, points)
    np.testing.assert_allclose(colors * 255, [[60, 20, 90], [10, 90, 20]], atol=1)
    points[LEFT_EYE[1:3], 1] = points[LEFT_EYE[4:], 1]
    skin = picture.astype(np.float32) / 255
    assert draw_shut(skin, points, np.zeros(2), colors) is skin
    changed = np.abs(draw_shut(skin, points, np.array([0.0, 1.0]), colors) - skin).max(-1)
    assert changed[:, :95].max() == 0 and changed[:90].max() == 0
    line = draw_shut(skin, points, np.array([0.0, 1.0]), colors)[..., :3]
    assert np.abs(line - colors[1]).max(-1).min() < 0.02 and (changed > 0.1).sum() > 60


# -- the network ---------------------------------------------------------------------------------


def test_a_fresh_network_moves_by_its_keypoints_alone() -> None:
    torch.manual_seed(0)
    net = Warper().know(warp_data.keypoint_plan()).eval()
    image, maps = torch.rand(1, 4, 64, 64), torch.zeros(1, MAPS, 64, 64)
    points = random_points(np.random.default_rng(2))
    with torch.inference_mode():
        source = net.encode(image, points, maps)
        stays = net(source, points, maps)
        shifted = net(source, points + torch.tensor([0.1, 0.0]), maps)
    assert (stays.flow - grid(64, image)).abs().max() < 1e-3
    middle = shifted.coarse_flow[:, 6:10, 6:10] - grid(16, image)[6:10, 6:10]
    assert (middle - torch.tensor([-0.1, 0.0])).abs().max() < 0.02
    assert stays.picture.shape == (1, 4, 64, 64)


def test_one_still_serves_many_moments() -> None:
    torch.manual_seed(0)
    net = Warper().know(warp_data.keypoint_plan()).eval()
    rng = np.random.default_rng(3)
    points, maps = torch.cat([random_points(rng), random_points(rng)]), torch.rand(2, MAPS, 64, 64)
    with torch.inference_mode():
        source = net.encode(torch.rand(1, 4, 64, 64), points[:1], maps[:1])
        both = net(source.expand(2), points, maps).picture
        for i in range(2):
            assert (
                net(source, points[i : i + 1], maps[i : i + 1]).picture - both[i : i + 1]
            ).abs().max() < 1e-4


# -- pairs and training --------------------------------------------------------------------------


def test_the_stored_flow_takes_the_target_from_the_source(moving: Path) -> None:
    batch = WarpBatches([moving], None).batch(0, 8)
    place = grid(64, batch["flow"]) + batch["flow"]
    small = torch.nn.functional.avg_pool2d(batch["source"], 4)
    target = torch.nn.functional.avg_pool2d(batch["target"], 4)
    known = batch["known"].bool().expand(-1, 4, -1, -1)
    moved = (sample(small, place) - target).abs()[known].mean()
    unmoved = (small - target).abs()[known].mean()
    assert known.any() and moved < 0.5 * unmoved


def test_changes_keep_points_on_the_picture(moving: Path) -> None:
    """Framing moves keypoints with the pixels: the iris stays dark against the white of the eye."""
    source = KeypointBatches([moving], 0, 128)
    batch = source.batch(0, 6)
    assert batch["crop"].shape == (6, 3, 128, 128) and batch["points"].shape == (6, COUNT, 2)
    straight = KeypointBatches([moving], None, 128).batch(0, 6)
    apart = [
        np.linalg.norm(b["points"][:, RIGHT_EYE[0]] - b["points"][:, LEFT_EYE[3]], axis=-1)
        for b in (batch, straight)
    ]
    assert (apart[0] / apart[1]).min() > 0.6 and (apart[0] / apart[1]).max() < 1.7
    again = KeypointBatches([moving], 0, 128).batch(0, 6)
    assert torch.equal(batch["crop"], again["crop"])


def test_training_learns_and_resumes_exactly(moving: Path, tmp_path: Path) -> None:
    source = WarpBatches([moving], 0, 64)
    run = Run(moving, tmp_path / "whole", steps=4, size=2, precision="no", clip=0.5)

    def fresh() -> Teacher:
        torch.manual_seed(0)
        return Teacher(Warper(fine=4, middle=8, deep=16, motion=16).know(warp_data.keypoint_plan()))

    def go(run: Run, **options: Any) -> Teacher:
        return train(run, fresh(), lambda i: source.batch(i, run.size), _loss, save=lambda _: None, **options)

    straight = go(run)
    split = replace(run, out=tmp_path / "split")
    go(split, stop_after=2)
    resumed = go(split, resume=True)
    for name, value in straight.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name
    with pytest.raises(UsageError, match="--resume"):
        go(split)


def test_pictures_are_also_judged_by_eyes_that_no_evaluation_uses() -> None:
    assert 0 not in _JUDGES
    truth = torch.rand(1, 4, 64, 64, generator=torch.Generator().manual_seed(1))
    truth[:, :3] *= truth[:, 3:]
    soft = torch.nn.functional.avg_pool2d(truth, 5, 1, 2).requires_grad_()
    assert perceptual(truth, truth, 3) < 1e-6
    distance = perceptual(soft, truth, 3)
    distance.backward()
    assert distance > 0.1 and soft.grad is not None and soft.grad.abs().sum() > 0
    turns = [float(perceptual(soft.detach(), truth, k * _TURN)) for k in range(3)]
    assert len(set(turns)) == 3


def test_stores_that_are_empty_say_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="warp_data"):
        WarpBatches([tmp_path])


def test_a_photo_like_person_stays_the_same_person() -> None:
    actor = Actor(MorphableHead.from_pretrained(checkpoint("head")))
    drawn = warp_data.draw_photos(actor, "train", 5)
    pictures, points = drawn["pictures"][0].astype(int), drawn["points"]
    corner = np.abs(pictures[1, :24, :24, :3] - pictures[0, :24, :24, :3]).mean()
    assert corner < 6  # the scene is the same
    assert np.abs(pictures[1] - pictures[0]).mean() > 1 and np.abs(points[1] - points[0]).max() > 0.01
    assert (points[:, : len(IBUG), 0] > 0).all() and (points[:, : len(IBUG), 0] < 1).all()
