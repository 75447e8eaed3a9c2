"""Painted faces: labels, determinism, tones, ranges."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from skimage.color import rgb2lab

from gen_avatar.head.model import MorphableHead
from training.photos.face import FaceArtist, render_face
from training.photos.labels import LABEL as ID
from training.photos.light import KINDS, sample_light, shade, to_srgb
from training.photos.look import FaceLook, sample_look, skin_color

HEIGHT, WIDTH, SCALE = 264, 216, 8.0
MIDDLE = np.array([WIDTH / 2, HEIGHT / 2])


@pytest.fixture(scope="module")
def artist() -> FaceArtist:
    root = Path(__file__).resolve().parent.parent
    return FaceArtist(MorphableHead.from_pretrained(root / "checkpoints" / "head"))


def draw(artist: FaceArtist, look: FaceLook, jaw_open: float = 0.0, light: int = 0) -> dict[str, np.ndarray]:
    expression = torch.zeros(1, 52)
    expression[0, 17] = jaw_open
    vertices = artist.head.vertices(torch.zeros(1, 0), expression)[0].numpy()
    lights = sample_light(np.random.default_rng(light), "window")
    return render_face(artist, vertices, np.array([8.0, 0, 0]), SCALE, MIDDLE, 1 / 60, look,
                       lights, np.random.default_rng(1), HEIGHT, WIDTH)  # fmt: skip


def plain(seed: int = 3, **fixed: object) -> FaceLook:
    quiet = {"stubble": 0.0, "scalp_stubble": 0.0, "brow": "natural"}
    return sample_look(np.random.default_rng(seed), **{**quiet, **fixed})


def test_labels_lie_where_the_head_has_its_parts(artist: FaceArtist) -> None:
    picture = draw(artist, plain(), jaw_open=0.8)
    labels, rest = picture["labels"], picture["rest"]
    assert set(np.unique(labels)) == {ID[n] for n in ("background", "skin", "brow", "eye", "lips", "mouth")}
    assert ((labels > 0) == np.isfinite(picture["nearness"])).all()
    for name, points in (("eye", slice(36, 48)), ("lips", slice(48, 60)), ("brow", slice(17, 27))):
        low, high = artist.anchors[points].min(0) - 0.7, artist.anchors[points].max(0) + 0.7
        place = rest[labels == ID[name]]
        assert len(place) > 60
        assert ((place[:, :2] > low[:2]) & (place[:, :2] < high[:2])).mean() > 0.97, name
    left, right = ((labels == ID["brow"]) & (np.sign(rest[..., 0]) == s) for s in (1, -1))
    assert 0.5 < left.sum() / right.sum() < 2


def test_stubble_is_a_beard_only_where_it_is_dense(artist: FaceArtist) -> None:
    beard = draw(artist, plain(stubble=0.9))
    rest = beard["rest"][beard["labels"] == ID["beard"]]
    assert len(rest) > 800
    assert rest[:, 1].max() < artist.anchors[36:48, 1].min() and rest[:, 1].min() > -11.5
    light = draw(artist, plain(stubble=0.4))
    assert not (light["labels"] == ID["beard"]).any()
    bare = draw(artist, plain())
    chin = (beard["labels"] == ID["beard"]) & (bare["labels"] == ID["skin"])
    darkness = [p["rgb"][chin].mean() for p in (beard, light, bare)]
    assert darkness == sorted(darkness)


def test_shaven_hair_follows_the_hairline_that_is_given(artist: FaceArtist) -> None:
    look = plain(scalp_stubble=0.9)
    lights, rng = sample_light(np.random.default_rng(0), "window"), np.random.default_rng(1)
    picture = render_face(
        artist, artist.rest, np.zeros(3), SCALE, MIDDLE, 1 / 60, look, lights, rng, HEIGHT, WIDTH,
        lambda p: (p[:, 1] > 9).astype(np.float32),
    )  # fmt: skip
    hair = picture["labels"] == ID["hair"]
    drawn = picture["labels"] > 0
    np.testing.assert_array_equal(hair[drawn], picture["rest"][drawn][:, 1] > 9)


def test_the_same_arguments_give_the_same_picture(artist: FaceArtist) -> None:
    look = sample_look(np.random.default_rng(9))
    assert look == sample_look(np.random.default_rng(9))
    first, again = draw(artist, look), draw(FaceArtist(artist.head), look)
    for name, value in first.items():
        np.testing.assert_array_equal(value, again[name], err_msg=name)


def test_skin_darkens_along_the_monk_scale(artist: FaceArtist) -> None:
    lightness = []
    for monk in range(10):
        picture = draw(artist, plain(monk=monk))
        lightness.append(np.median(rgb2lab(to_srgb(picture["rgb"][picture["labels"] == ID["skin"]]))[:, 0]))
        assert abs(rgb2lab(skin_color(monk))[0] - rgb2lab(np.array(plain(monk=monk).skin))[0]) < 5
    assert (np.diff(lightness) < 0).all()


def test_looks_and_lights_stay_in_range() -> None:
    rng = np.random.default_rng(0)
    looks = [sample_look(rng) for _ in range(400)]
    assert {look.monk for look in looks} == set(range(10))
    for look in looks:
        for name in ("skin", "lip", "iris", "hair"):
            assert all(0 <= c <= 1 for c in getattr(look, name))
        for name in (
            "stubble",
            "scalp_stubble",
            "freckles",
            "makeup",
            "lipstick",
            "wrinkles",
            "shine",
            "lashes",
        ):
            assert 0 <= getattr(look, name) <= 1
    with pytest.raises(TypeError, match="no \\['hat'\\]"):
        sample_look(rng, hat=1)
    with pytest.raises(ValueError, match="no light"):
        sample_light(rng, "candle")


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_white_wall_is_neither_black_nor_burnt(kind: str) -> None:
    shape = (24, 24)
    normal = np.broadcast_to(np.array([0, 0, 1], np.float32), (*shape, 3))
    for seed in range(5):
        lights = sample_light(np.random.default_rng(seed), kind)
        np.testing.assert_allclose(np.linalg.norm(lights.direction, axis=1), 1, atol=1e-5)
        wall = (
            np.full((*shape, 3), 0.5, np.float32),
            np.full(shape, 0.1),
            normal,
            np.full(shape, 60.0),
            lights,
        )
        light, shut = shade(*wall), shade(*wall, np.zeros(shape))
        assert 0.08 < light.mean() < 0.8
        assert (shut <= light + 1e-6).all() and shut.sum() < light.sum() + 1e-6


def test_a_camera_makes_up_for_a_part_of_deep_skin() -> None:
    deep, usual, fair = (
        sample_light(np.random.default_rng(4), "window", m).exposure for m in (0.05, 0.36, 0.7)
    )
    assert 2 * fair > deep > usual > fair


def test_the_tone_curve_rises_and_ends_at_one() -> None:
    curve = to_srgb(np.linspace(0, 20, 4000))
    assert (np.diff(curve) >= 0).all() and curve[0] == 0 and 0.99 < curve[-1] <= 1
