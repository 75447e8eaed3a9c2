"""How keypoints tell the turn of a drawn head."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gen_avatar.character.turning import drawn_rotation
from gen_avatar.head.fit import HeadFitter
from gen_avatar.head.model import MorphableHead
from gen_avatar.loading import load_network
from gen_avatar.warp.actor import _TURNED, Casting
from gen_avatar.warp.keypoints import KeypointNetwork, upright
from gen_avatar.warp.points import COUNT
from gen_avatar.weights import checkpoint
from training.keypoint_yaw import regressed, yaws
from training.studio import default_model
from training.studio.people import person_seed, sample_person
from training.warp_data import draw_studio, moments, studio_keypoints


def test_where_a_face_lies_does_not_matter() -> None:
    points = torch.rand(2, COUNT, 2, generator=torch.Generator().manual_seed(0))
    c, s = np.cos(0.4), np.sin(0.4)
    moved = points @ torch.tensor([[c, s], [-s, c]], dtype=torch.float32) * 1.7 + torch.tensor([0.2, -0.1])
    assert (upright(points) - upright(moved)).abs().max() < 1e-5
    assert (upright(points)[0] - upright(points)[1]).abs().max() > 0.01


def test_the_regression_finds_what_is_linear() -> None:
    rng = np.random.default_rng(0)
    features, slope = rng.normal(3, 2, (500, 6)), rng.normal(size=6)
    found, constant = regressed(features, features @ slope + 4, ridge=1e-3)
    np.testing.assert_allclose(found, slope, atol=1e-4)
    assert abs(constant - 4) < 1e-3


def test_shards_know_how_their_people_are_turned() -> None:
    act = moments(person_seed("train", 8 + 3))[2]
    assert yaws(1)[3, 2] == drawn_rotation(act.head_rotation[0])[0]


def test_the_yaw_of_unseen_people_is_found() -> None:
    network = load_network(KeypointNetwork, checkpoint("keypoints"))
    errors = []
    for index in (820, 821, 822):
        drawn = draw_studio("heldout", index)["pictures"]
        acts = moments(person_seed("heldout", index))
        truth = np.array([drawn_rotation(act.head_rotation[0])[0] for act in acts])
        errors += [np.abs(network.find(pictures).yaw - truth) for pictures in drawn]
    assert np.mean(errors) < 2.0


def test_the_head_that_acts_is_turned_as_the_keypoints_say() -> None:
    head = MorphableHead.from_pretrained(checkpoint("head"))
    casting = Casting(head, default_model(), HeadFitter(head))
    seed = person_seed("heldout", 823)
    points = 256 * studio_keypoints(sample_person(seed), moments(seed)[0])[:, 0].astype(np.float32)
    fitted = casting.find(points, 256)
    assert fitted.stylized
    for yaw, wanted in ((3.0, 3.0), (40.0, _TURNED)):
        turned = casting.find(points, 256, yaw=float(fitted.rotation[0]) + yaw)
        assert turned.rotation[0] - fitted.rotation[0] == pytest.approx(wanted, abs=1e-3)
        skin = slice(0, 52)
        np.testing.assert_allclose(turned.rest[skin, 0] * 256, points[skin], atol=0.6)
