"""Appearance from a photo: what it reads, what it admits not to know, and how often it is right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from labelled import Networks, balanced_accuracy

from gen_avatar.appearance import Reading, estimate_appearance
from gen_avatar.appearance.colour import (
    colour_trust,
    hair_class,
    hex_to_lab,
    natural_skin,
    skin_step,
    to_lab,
)
from gen_avatar.appearance.decide import hair_color, hair_posterior, without, worn
from gen_avatar.appearance.light import estimate_light
from gen_avatar.appearance.parser import ATTRIBUTES, FaceParser
from gen_avatar.appearance.regions import REGIONS, face_crop, ibug_points, portrait_crop
from gen_avatar.appearance.styles import LENGTH_OF
from gen_avatar.errors import UsageError
from gen_avatar.head.model import MorphableHead
from gen_avatar.loading import load_network
from gen_avatar.tones import SKIN_TONES
from gen_avatar.types import HAIR_STYLES, Appearance, FaceTrack
from gen_avatar.weights import checkpoint
from training.photos.render import PhotoStudio
from training.photos.store import HELDOUT


@pytest.fixture(scope="module")
def networks() -> Networks:
    return Networks()


@pytest.fixture(scope="module")
def portrait(astronaut: np.ndarray, networks: Networks) -> tuple[np.ndarray, FaceTrack, np.ndarray]:
    found = networks(astronaut, (224, 116), 62)
    assert found is not None
    return astronaut, *found


@pytest.fixture(scope="module")
def parser() -> FaceParser:
    return load_network(FaceParser, checkpoint("parser"))


@pytest.fixture(scope="module")
def read(parser: FaceParser) -> Callable[..., Reading]:
    """``read(rgb, track, mask=None)``."""

    def call(rgb: np.ndarray, track: FaceTrack, mask: np.ndarray | None = None) -> Reading:
        return estimate_appearance(rgb, track, parser, mask)

    return call


def test_astronaut(portrait, read) -> None:
    look = read(*portrait).appearance
    assert look.beard_style == "none"
    assert look.glasses_style == "none"
    assert look.hair_style in ("short", "fringe", "quiff", "curly", "bob", "bob-fringe")
    assert hair_class(look.hair_color) in ("brown", "blond")
    assert 1 <= skin_step(look.skin_color) <= 4
    cloth = hex_to_lab(look.cloth_color)
    assert cloth[1] > 15 and cloth[2] > 15, "the suit is orange"
    assert set(look.confidence) == set(Appearance.names())
    assert all(0 <= c <= 1 for c in look.confidence.values())
    assert look.confidence["skin_color"] > 0.4


def test_same_photo_gives_same_answer(portrait, read) -> None:
    assert read(*portrait).appearance == read(*portrait).appearance


@pytest.mark.parametrize("tint", [(1.0, 1.0, 1.0), (1.0, 0.8, 0.6), (0.7, 0.85, 1.0)])
def test_no_colour_no_claim(portrait, read, tint: tuple[float, float, float]) -> None:
    rgb, track, mask = portrait
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)[..., None] * np.array(tint)
    reading = read(grey.astype(np.uint8), track, mask)
    look, default = reading.appearance, Appearance()
    guessed = ("skin_color", "hair_color", "brow_color")
    for name in Appearance.names():
        if name.endswith("_color"):
            assert look.confidence[name] == 0, name
            assert name in guessed or getattr(look, name) == getattr(default, name), name
    assert reading.monk is None
    assert skin_step(look.skin_color) < 5, "a guess by lightness"
    assert look.confidence["hair_style"] > 0, "shape needs no colour"


@pytest.mark.parametrize("tint", [(1.0, 0.1, 0.08), (0.08, 0.15, 1.0), (0.1, 1.0, 0.15)])
def test_strong_tints_leave_colours_unknown(portrait, read, tint: tuple[float, float, float]) -> None:
    rgb, track, mask = portrait
    tinted = (np.clip((rgb / 255.0) ** 2.2 * tint, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)
    look = read(tinted, track, mask).appearance
    assert max(look.confidence[name] for name in ("skin_color", "hair_color", "eye_color", "lip_color")) < 0.2


def test_cast_of_light_does_not_make_green_people(portrait, read) -> None:
    rgb, track, mask = portrait
    green = np.clip(rgb * np.array([0.75, 1.0, 0.75]), 0, 255).astype(np.uint8)
    plain, cast = read(rgb, track, mask).appearance, read(green, track, mask).appearance
    lab = hex_to_lab(cast.skin_color)
    assert lab[1] > 3, "skin stays on the red side"
    assert cast.confidence["skin_color"] < plain.confidence["skin_color"]


def test_drawn_people_are_read(parser: FaceParser) -> None:
    """On drawn photos of people whom the training has not seen, which are what it was trained on."""
    head = MorphableHead.from_pretrained(checkpoint("head"))
    studio = PhotoStudio(head)
    right: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    overlap = []
    for seed in range(20):
        picture = studio.draw(np.random.default_rng([HELDOUT, 900_000 + seed]))
        box = (*picture.landmarks[:, :2].min(0), *picture.landmarks[:, :2].max(0))
        height, width = picture.labels.shape
        track = FaceTrack(picture.landmarks, box, 1.0, (width, height))
        person = ((picture.labels > 0) & picture.valid).astype(np.float32)
        parsed = parser.parse(picture.rgb, track, person)
        for name, worn_ in (("glasses_style", picture.person.glasses), ("beard_style", picture.person.beard)):
            said = worn(name, parsed.attributes[name])[0]
            right[name].append(("none" if worn_ == "none" else "some", (said == "none") == (worn_ == "none")))
        hair = REGIONS.index("hair")
        seen, true = (
            labels == hair for labels in (parsed.photo_labels(*picture.valid.shape), picture.labels)
        )
        if (true & picture.valid).sum() > 2000:
            overlap.append(float((seen & true & picture.valid).sum() / ((seen | true) & picture.valid).sum()))
    assert np.median(overlap) > 0.75
    assert balanced_accuracy(right["glasses_style"]) > 0.75
    assert balanced_accuracy(right["beard_style"]) > 0.65


def beside_and_below(track: FaceTrack, shape: tuple[int, int], top: float, bottom: float) -> np.ndarray:
    """[H, W] bool: two bands beside the astronaut's face and neck, in eye distances below the eyes."""
    points, unit = ibug_points(track), track.eye_distance
    middle, eyes = float(points[[0, 16], 0].mean()), float(points[36:48, 1].mean())
    half = float(np.ptp(points[[0, 16], 0])) / 2
    x, y = np.arange(shape[1])[None], np.arange(shape[0])[:, None]
    away = np.abs(x - middle)
    return (
        (away > 0.85 * half)
        & (away < half + 0.7 * unit)
        & (y > eyes + top * unit)
        & (y < eyes + bottom * unit)
    )


def hair_like(rgb: np.ndarray) -> np.ndarray:
    """[H, W, 3]: strokes in the colours of the astronaut's hair."""
    strokes = np.random.default_rng(0).normal(0, 12, (1, rgb.shape[1], 1))
    return np.clip(np.array([125, 92, 58]) + strokes, 0, 255).astype(np.uint8) + np.zeros_like(rgb)


def test_painted_long_hair_is_long(portrait, read) -> None:
    rgb, track, mask = portrait
    painted = beside_and_below(track, mask.shape, -0.4, 4.0)
    look = read(
        np.where(painted[..., None], hair_like(rgb), rgb), track, np.maximum(mask, painted)
    ).appearance
    assert LENGTH_OF[look.hair_style] == "long"


def test_a_background_like_the_hair_does_not_lengthen_it(portrait, read) -> None:
    rgb, track, mask = portrait
    # A mask that bleeds half-heartedly into the background, as beside a head that fills the picture.
    bled = np.maximum(mask, 0.7 * beside_and_below(track, mask.shape, -0.4, 4.0)).astype(np.float32)
    scene = np.where((mask < 0.5)[..., None], hair_like(rgb), rgb)
    assert LENGTH_OF[read(scene, track, bled).appearance.hair_style] == "short"


def test_a_coat_like_the_hair_does_not_lengthen_it(portrait, read) -> None:
    rgb, track, mask = portrait
    coat = beside_and_below(track, mask.shape, 1.3, 4.0)
    look = read(np.where(coat[..., None], hair_like(rgb), rgb), track, np.maximum(mask, coat)).appearance
    assert LENGTH_OF[look.hair_style] == "short"


def test_user_overrides(portrait, read) -> None:
    look = read(*portrait).appearance.with_values({"hair_style": "afro", "eye_color": "#112233"})
    assert (look.hair_style, look.eye_color) == ("afro", "#112233")
    assert look.confidence["hair_style"] == look.confidence["eye_color"] == 1.0


def test_sixty_eight_landmarks_without_mask(portrait, read) -> None:
    rgb, track, mask = portrait
    points = np.concatenate([ibug_points(track), np.zeros((68, 1), np.float32)], 1)
    full = read(rgb, track, mask).appearance
    look = read(rgb, FaceTrack(points, track.box, 1.0, track.image_size)).appearance
    assert look.confidence["eye_color"] == 0
    away = hex_to_lab(look.skin_color) - hex_to_lab(full.skin_color)
    assert np.abs(away).max() < 1, "the whites of the eyes tell a little of the light"
    assert look.confidence["hair_style"] < full.confidence["hair_style"]


def test_turned_picture_reads_the_same(portrait, read) -> None:
    rgb, track, mask = portrait
    turned = np.ascontiguousarray(np.rot90(rgb))
    landmarks = track.landmarks.copy()
    landmarks[:, 0], landmarks[:, 1] = track.landmarks[:, 1], rgb.shape[1] - track.landmarks[:, 0]
    moved = FaceTrack(landmarks, track.box, 1.0, (512, 512))
    look = read(turned, moved, np.rot90(mask).copy()).appearance
    straight = read(rgb, track, mask).appearance
    assert abs(skin_step(look.skin_color) - skin_step(straight.skin_color)) < 0.3
    assert look.hair_style in HAIR_STYLES and look.beard_style == straight.beard_style


def test_crop_puts_the_eyes_where_it_says(portrait) -> None:
    rgb, track, _ = portrait
    crop = portrait_crop(rgb, track)
    middle = crop.points[[36, 45]].mean(0)
    np.testing.assert_allclose(middle, crop.origin, atol=0.05)
    assert abs(crop.points[36, 1] - crop.points[45, 1]) < 0.05, "the eye line is level"


def test_natural_skin_keeps_natural_tones_and_tames_others() -> None:
    for step, tone in enumerate(SKIN_TONES, 1):
        color, distance = natural_skin(hex_to_lab(tone))
        assert distance < 0.5 and abs(skin_step(tone) - step) < 0.05
        np.testing.assert_allclose(color, hex_to_lab(tone), atol=0.5)
    color, distance = natural_skin(np.array([60.0, -20.0, 40.0]))
    assert distance > 20 and color[1] > 0, "no green skin"


def test_colour_trust() -> None:
    ramp = np.tile(np.linspace(0, 255, 64)[None, :, None], (64, 1, 3))
    valid = np.ones((64, 64), bool)
    assert colour_trust(to_lab(ramp.astype(np.uint8)), valid) == 0
    assert colour_trust(to_lab((ramp * [1, 0.8, 0.6]).astype(np.uint8)), valid) == 0
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    assert colour_trust(to_lab(noise), valid) == 1
    assert colour_trust(to_lab(noise), ~valid) == 0


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("shift", [(-190, 0), (230, 0), (0, -90), (0, 380), (1000, 1000), (-1000, 0)])
def test_cut_faces_claim_less(portrait, read, shift: tuple[int, int]) -> None:
    rgb, track, mask = portrait
    moved = FaceTrack(track.landmarks + np.array([*shift, 0], np.float32), track.box, 1.0, track.image_size)
    look = read(rgb, moved, mask).appearance
    whole = read(rgb, track, mask).appearance
    assert sum(look.confidence.values()) < 0.9 * sum(whole.confidence.values())
    if max(map(abs, shift)) > 300:
        assert look == Appearance(confidence=dict.fromkeys(Appearance.names(), 0.0))


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_nothing_to_see_nothing_claimed(portrait, read) -> None:
    rgb, track, mask = portrait
    for flat in (np.zeros_like(rgb), np.full_like(rgb, 255)):
        assert not any(read(flat, track, mask).appearance.confidence.values())


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_small_faces_claim_less(portrait, read) -> None:
    rgb, track, mask = portrait
    sums = []
    for size in (512, 150, 50, 10):
        factor = np.float32(size / 512)
        small = FaceTrack(track.landmarks * factor, track.box, 1.0, (size, size))
        picture = cv2.resize(rgb, (size, size), interpolation=cv2.INTER_AREA)
        look = read(picture, small, cv2.resize(mask, (size, size))).appearance
        sums.append(sum(look.confidence.values()))
    assert sums == sorted(sums, reverse=True)
    assert sums[-1] < 0.3


def test_bad_input(portrait, read) -> None:
    rgb, track, mask = portrait
    with pytest.raises(UsageError, match="uint8 RGB"):
        read(rgb.astype(np.float32), track, mask)
    with pytest.raises(UsageError, match="person_mask"):
        read(rgb, track, mask[:-1])
    flat = FaceTrack(np.zeros((478, 3), np.float32), track.box, 1.0, track.image_size)
    with pytest.raises(UsageError, match="eye corners"):
        read(rgb, flat, mask)


# -- decisions -----------------------------------------------------------------------------------


def answer(name: str, **shares: float) -> np.ndarray:
    """Probabilities of one of ``ATTRIBUTES``; what is not named shares the rest."""
    names = ATTRIBUTES[name]
    rest = (1 - sum(shares.values())) / (len(names) - len(shares))
    return np.array([shares.get(each, rest) for each in names])


def test_hair_agrees_with_its_length_and_texture() -> None:
    styles = answer("hair_style", long=0.3, short=0.25, **{"curly-long": 0.28})
    said = {
        "hair_style": styles, "hair_length": answer("hair_length", long=0.9),
        "texture": answer("texture", curly=0.9),
        "hairline": answer("hairline", full=0.9), "fringe": answer("fringe", no=0.9),
    }  # fmt: skip
    share = hair_posterior(said)
    np.testing.assert_allclose(share.sum(), 1, atol=1e-6)
    assert HAIR_STYLES[int(share.argmax())] == "curly-long"
    said["hair_length"] = answer("hair_length", short=0.9)
    said["texture"] = answer("texture", straight=0.9)
    assert HAIR_STYLES[int(hair_posterior(said).argmax())] == "short"


def test_something_is_worn_when_its_kinds_together_are_likely() -> None:
    assert worn("glasses_style", answer("glasses_style", none=0.1, round=0.2))[0] == "round"
    assert worn("glasses_style", answer("glasses_style", none=0.8)) == ("none", pytest.approx(0.8))


@pytest.mark.parametrize(("name", "tone"), [("black", "#191516"), ("blond", "#c8a468"), ("red", "#a5532a")])
def test_hair_that_is_seen_and_believed_keeps_its_colour(name: str, tone: str) -> None:
    color, sure = hair_color(hex_to_lab(tone), answer("hair_color", **{name: 0.8}))
    assert np.linalg.norm(color - hex_to_lab(tone)) < 8 and sure > 0.6
    doubted = hair_color(hex_to_lab(tone), answer("hair_color", **{name: 0.01}))[1]
    assert doubted < sure


# -- light ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("gain", [(1.2, 1.0, 0.7), (0.8, 1.0, 1.25)])
def test_light_is_taken_out(portrait, gain: tuple[float, float, float]) -> None:
    rgb, track, _ = portrait
    cast = (np.clip((rgb / 255.0) ** 2.2 * gain, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)
    skins = []
    for picture in (rgb, cast):
        face = face_crop(picture, track)
        lab = to_lab(face.rgb)
        cheek = lab[190:210, 60:90].reshape(-1, 3).mean(0)
        light = estimate_light(face, lab, cheek)
        mended = to_lab(light.correct(face.rgb))[190:210, 60:90].reshape(-1, 3).mean(0)
        skins.append((cheek, mended))
    before = np.linalg.norm(skins[0][0] - skins[1][0])
    after = np.linalg.norm(skins[0][1] - skins[1][1])
    assert after < 0.75 * before


# -- parser ---------------------------------------------------------------------------------------


def test_parser_says_what_is_where(portrait, parser: FaceParser) -> None:
    rgb, track, mask = portrait
    parsed = parser.parse(rgb, track, mask)
    for shares in (parsed.head_regions, parsed.face_regions):
        np.testing.assert_allclose(shares.sum(0), 1, atol=1e-4)
    for name, share in parsed.attributes.items():
        assert len(share) == len(ATTRIBUTES[name])
        np.testing.assert_allclose(share.sum(), 1, atol=1e-4)
    labels = parsed.photo_labels(*rgb.shape[:2])
    points = ibug_points(track)
    region = {name: labels == i for i, name in enumerate(REGIONS)}
    for name, place in (("skin", points[30]), ("lips", points[57] - [0, 2])):
        x, y = np.round(place).astype(int)
        assert region[name][y - 3 : y + 4, x - 3 : x + 4].any(), name
    assert region["clothes"][230:310, 100:350].mean() > 0.3
    assert 0.02 < region["hair"].mean() < 0.12 and region["hair"][100:].mean() < region["hair"][:100].mean()
    # The labels of the photo are those of the portrait, where it lies.
    crop = portrait_crop(rgb, track)
    again = cv2.warpAffine(labels, crop.matrix, (432, 528), flags=cv2.INTER_NEAREST)
    assert (again == parsed.labels())[crop.valid].mean() > 0.97


def test_glasses_that_are_said_must_be_seen(portrait, parser: FaceParser) -> None:
    parsed = parser.parse(*portrait)
    said = parsed.attributes | {"glasses_style": answer("glasses_style", round=0.95)}
    fine = np.full_like(parsed.face_regions, 1e-3)
    fine[REGIONS.index("skin")] = 1
    wrinkles = replace(parsed, attributes=said, face_regions=fine)
    rims = fine.copy()
    rims[REGIONS.index("glasses"), 40:60] = 0.5
    assert not wrinkles.wears("glasses_style") and replace(wrinkles, face_regions=rims).wears("glasses_style")
    assert without("glasses_style", said["glasses_style"]) == ("none", 0.5)


def test_parser_saves_and_loads(parser: FaceParser, tmp_path: Path) -> None:
    parser.save_pretrained(tmp_path)
    again = load_network(FaceParser, tmp_path)
    for name, value in parser.state_dict().items():
        assert (again.state_dict()[name] == value).all(), name
