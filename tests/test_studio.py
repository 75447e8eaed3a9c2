"""The studio: palettes keep their promises, people are spread evenly, pictures are truth."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace

import cv2
import numpy as np
import pytest

from gen_avatar.character import palette
from gen_avatar.character.buffers import BUFFER_CHANNELS
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.errors import UsageError
from gen_avatar.tones import MONK_TONES
from gen_avatar.types import ARKIT_52, HAIR_STYLES, Appearance, Character, Performance
from training.studio import LOOKS, brush, draw, draw_all, pixel
from training.studio.lines import SILHOUETTE, inside_lines
from training.studio.palettes import SKIN_TONES
from training.studio.people import POSES, person_seed, sample_performance, sample_person
from training.studio.sheet import contact_sheet
from training.studio.tones import tones_of


@pytest.mark.parametrize("tone", SKIN_TONES + MONK_TONES)
def test_skin_palette_shades_like_skin(tone: str) -> None:
    skin = palette.skin_palette(tone)
    base, shadow = palette.rgb_to_lab(skin.base), palette.rgb_to_lab(skin.shadow)
    assert 0.78 <= shadow[0] / base[0] <= 0.87
    assert np.hypot(*shadow[1:]) >= np.hypot(*base[1:])  # never greyed
    assert np.arctan2(shadow[2], shadow[1]) <= np.arctan2(base[2], base[1])  # towards red
    assert palette.lightness(skin.deep) < shadow[0] < base[0] < palette.lightness(skin.light)
    assert base[0] - palette.lightness(skin.line) >= palette.FEATURE_GAP - 0.5
    assert palette.lightness(palette.hex_to_rgb(palette.EYE_WHITE)) - shadow[0] >= 15
    for tone_rgb in vars(skin).values():
        assert (tone_rgb >= palette.DARKEST - 1e-9).all() and (tone_rgb <= palette.LIGHTEST + 1e-9).all()


def test_skin_palette_is_continuous() -> None:
    colors = [
        palette.mix(palette.hex_to_rgb("#fbe4d8"), palette.hex_to_rgb("#20150f"), t)
        for t in np.linspace(0, 1, 60)
    ]
    bases = np.stack([palette.rgb_to_lab(palette.skin_palette(palette.rgb_to_hex(c)).base) for c in colors])
    assert np.abs(np.diff(bases, axis=0)).max() < 4.0
    assert (np.diff(bases[:, 0]) <= 0.6).all()


@pytest.mark.parametrize("tone", SKIN_TONES)
@pytest.mark.parametrize("brow", ["#1d171a", "#74492c", "#dbb06a", "#bdb9b6"])
def test_features_stand_apart(tone: str, brow: str) -> None:
    base = palette.skin_palette(tone).base
    moved = palette.apart(palette.hex_to_rgb(brow), base)
    assert abs(palette.lightness(moved) - palette.lightness(base)) >= palette.FEATURE_GAP - 0.5


def test_lab_round_trip() -> None:
    rgb = np.random.default_rng(0).random((100, 3))
    np.testing.assert_allclose(palette.lab_to_rgb(palette.rgb_to_lab(rgb)), rgb, atol=1e-3)


def test_people_are_reproducible_and_even() -> None:
    people = [sample_person(person_seed("train", i)) for i in range(260)]
    again = sample_person(person_seed("train", 7))
    assert again.appearance == people[7].appearance and np.array_equal(again.identity, people[7].identity)
    hair = Counter(p.appearance.hair_style for p in people)
    assert set(hair) == set(HAIR_STYLES) and max(hair.values()) - min(hair.values()) <= 1
    lights = np.array([palette.lightness(palette.hex_to_rgb(p.appearance.skin_color)) for p in people])
    for lo, hi in ((0, 40), (40, 65), (65, 101)):
        assert ((lights >= lo) & (lights < hi)).mean() > 0.15
    assert 0.2 < np.mean([p.appearance.beard_style != "none" for p in people]) < 0.4
    assert 0.2 < np.mean([p.appearance.glasses_style != "none" for p in people]) < 0.4
    identity = np.stack([p.identity for p in people])
    assert abs(identity.mean()) < 0.03 and 0.9 < identity.std() < 1.05


def test_splits_are_disjoint() -> None:
    train = {person_seed("train", i) for i in range(500)}
    assert not train & {person_seed("heldout", i) for i in range(500)}


def test_performances_stay_in_range() -> None:
    frames = [sample_performance(seed) for seed in range(400)]
    weights = np.concatenate([f.expression for f in frames])
    assert weights.min() >= 0 and weights.max() <= 1
    close, jaw = ARKIT_52.index("mouthClose"), ARKIT_52.index("jawOpen")
    assert (np.delete(weights, close, 1).max(0) > 0.4).all(), "every blendshape is drawn"
    assert (weights[:, close] <= weights[:, jaw]).all() and weights[:, close].max() > 0.02
    blink, wide = (weights[:, ARKIT_52.index(n)] for n in ("eyeBlinkLeft", "eyeWideLeft"))
    assert (blink * wide).max() <= 0.25
    poses = np.concatenate([f.head_rotation for f in frames])
    assert (np.abs(poses).max(0) <= list(POSES.values())).all()
    assert (np.abs(poses).max(0) >= 0.7 * np.array(list(POSES.values()))).all()


def test_lines_are_long_or_not_drawn() -> None:
    size = 256
    part = np.full((size, size), PART_INDEX["skin"])
    height = np.zeros((size, size), np.float32)
    normal, albedo = np.zeros((size, size, 3), np.float32), np.full((size, size, 3), 0.6, np.float32)
    normal[..., 2] = 1

    def lines() -> np.ndarray:
        return inside_lines(part, height, normal, albedo, SILHOUETTE * size)

    assert lines().max() == 0, "no line inside a smooth shape"
    height[100:105, 100:105] = 3
    assert lines().max() == 0, "a speck"
    height[150:, 40:200] = 3
    cover = lines()
    assert cover[148:153, 60:180].max(0).min() > 0.6 and cover[:140].max() == 0
    part[:] = PART_INDEX["hair"]
    height[:] = 0
    height[150:, 100:118] = 3
    height[165:] = 0
    assert lines().max() > 0, "long enough around"
    height[155:] = 0
    assert lines().max() == 0, "too short for hair"


@pytest.mark.parametrize(("color", "drawn"), [(0.6, False), (0.2, True)])
def test_hair_that_fades_into_painted_skin_has_no_line(color: float, drawn: bool) -> None:
    part = np.full((32, 32), PART_INDEX["skin"])
    part[:16] = PART_INDEX["hair"]
    height, normal = np.zeros((32, 32), np.float32), np.zeros((32, 32, 3), np.float32)
    normal[..., 2] = 1
    albedo = np.full((32, 32, 3), 0.6, np.float32)
    albedo[:16] = color
    cover = inside_lines(part, height, normal, albedo, 4.0)
    assert (cover.max() > 0.5) == drawn


def test_tones_follow_the_person() -> None:
    person = sample_person(person_seed("train", 3))
    tones = tones_of(person.appearance)
    skin = palette.skin_palette(person.appearance.skin_color)
    index = PART_INDEX["skin"]
    np.testing.assert_allclose(skin.base * tones.shadow[index], skin.shadow, atol=1e-3)
    assert (tones.line <= 1.0).all()


SMILE = Performance.still(
    {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.7, "jawOpen": 0.2}, rotation=(15.0, -5.0, 4.0)
)


def follows(alpha: np.ndarray, coverage: np.ndarray) -> np.ndarray:
    """[S, S] bool: where an ``alpha`` [S, S], of smoothed edges, is between the coverages around it."""
    low, high = cv2.erode(coverage, np.ones((3, 3))), cv2.dilate(coverage, np.ones((3, 3)))
    return (alpha > low - 1e-5) & (alpha < high + 1e-5)


def test_a_picture_is_true_to_its_buffers() -> None:
    person = sample_person(person_seed("train", 2))
    rgba, buffers = draw(person, SMILE, size=128)
    again, _ = draw(person, SMILE, size=128)
    assert np.array_equal(rgba, again), "the same call draws the same picture"
    assert rgba.shape == (128, 128, 4) and buffers.shape == (len(BUFFER_CHANNELS), 128, 128)
    assert np.isfinite(rgba).all() and rgba.min() >= 0 and rgba.max() <= 1
    assert follows(rgba[..., 3], buffers[BUFFER_CHANNELS.index("alpha")]).all()
    inside = rgba[..., 3] > 0.999
    assert 0.3 < inside.mean() < 0.9
    assert rgba[inside][:, :3].min() >= palette.DARKEST.min() - 1e-4, "no pure black"
    assert rgba[inside][:, :3].max() <= palette.LIGHTEST.max() + 1e-4, "no pure white"


def test_a_picture_does_not_depend_on_its_size() -> None:
    person = sample_person(person_seed("train", 1))
    small, large = (draw(person, SMILE, size=size)[0] for size in (128, 256))
    halved = np.concatenate([large[..., :3] * large[..., 3:], large[..., 3:]], -1)
    halved = halved.reshape(128, 2, 128, 2, 4).mean((1, 3))
    small = np.concatenate([small[..., :3] * small[..., 3:], small[..., 3:]], -1)
    assert np.abs(small - halved).mean() < 0.012
    assert np.abs(small[..., 3] - halved[..., 3]).mean() < 0.004


@pytest.mark.parametrize("tone", SKIN_TONES)
def test_features_read_on_every_skin(tone: str) -> None:
    skin = palette.skin_palette(tone)
    look = Appearance(
        skin_color=tone, hair_color="#2b2120", brow_color="#2b2120", lip_color=palette.rgb_to_hex(skin.lip)
    )
    rgba, buffers = draw(Character(appearance=look), Performance.still())
    light = palette.rgb_to_lab(rgba[..., :3])[..., 0]

    def of(part: str) -> np.ndarray:
        return light[buffers[PART_INDEX[part]] > 0.95]

    ground = np.median(of("skin"))
    assert ground - np.median(of("brow")) >= 20
    assert ground - np.percentile(of("lash"), 20) >= 20
    if ground < 75:
        assert np.percentile(of("eye"), 75) - ground >= 20
    assert np.percentile(of("iris"), 99) - np.percentile(of("iris"), 10) >= 50, "pupil and catch-light"
    assert ground - np.percentile(of("skin"), 1) >= 15, "lines and nostrils"


#: Hats, a beard, glasses and props: everything that a look must find colours for.
DRESSED = Character(
    appearance=Appearance(
        hair_style="afro-short", beard_style="goatee", glasses_style="round", headwear_style="headband",
        earring_style="hoops", cloth_style="hoodie", makeup_style="glam", freckles="full",
    )
)  # fmt: skip
CRYING = replace(SMILE, props=("tears",))


def sitter(who: str) -> tuple[Character, Performance]:
    return (DRESSED, CRYING) if who == "dressed" else (sample_person(person_seed("train", int(who))), SMILE)


def on_white(rgba: np.ndarray) -> np.ndarray:
    return rgba[..., :3] * rgba[..., 3:] + 1 - rgba[..., 3:]


@pytest.mark.parametrize("who", ["dressed", "2"])
def test_all_looks_draw_the_same_moment_each_in_its_own_way(who: str) -> None:
    person, act = sitter(who)
    size = 200
    pictures, buffers = draw_all(person, act, size=size)
    assert tuple(pictures) == tuple(LOOKS)
    alpha = buffers[BUFFER_CHANNELS.index("alpha")]
    outside = cv2.distanceTransform((alpha == 0).astype(np.uint8), cv2.DIST_L2, 5)
    for look, rgba in pictures.items():
        assert rgba.dtype == np.float32 and np.isfinite(rgba).all() and rgba.min() >= 0 and rgba.max() <= 1
        alone, same_buffers = draw(person, act, look, size)
        assert alone.tobytes() == rgba.tobytes() and same_buffers.tobytes() == buffers.tobytes(), look
        # Silhouettes are the geometry's; paper or outline go around it by a set width and no further.
        around = {"ink": brush.reach(size), "pixel": 2 * size / pixel.GRID}.get(look, 0.0)
        assert outside[rgba[..., 3] > 0].max() < around + 1.5, look
        if look == "pixel":
            # A cell is drawn or not as a whole, so that at most half a cell of the figure is cut.
            assert (rgba[..., 3][cv2.erode(alpha, np.ones((5, 5))) > 0.999] == 1).all()
        # The two rasterisers may round a sample on an edge to different sides.
        elif around:
            assert (rgba[..., 3] < cv2.erode(alpha, np.ones((3, 3))) - 1e-5).sum() <= 3, look
        else:
            assert (~follows(rgba[..., 3], alpha)).sum() <= 3, look
    inside = alpha > 0.999
    for one, other in itertools.combinations(pictures, 2):
        apart = np.abs(on_white(pictures[one]) - on_white(pictures[other]))[inside].mean()
        assert apart > 0.025, f"{one} and {other}: {apart:.3f}"


@pytest.mark.parametrize("size", [64, 200, 512])
def test_a_look_is_the_same_at_every_size(size: int) -> None:
    pictures, buffers = draw_all(DRESSED, SMILE, size=size)
    small, _ = draw_all(DRESSED, SMILE, size=128)
    assert buffers.shape == (len(BUFFER_CHANNELS), size, size)
    for look, rgba in pictures.items():
        assert rgba.shape == (size, size, 4)
        shown, expected = (
            cv2.resize(np.dstack([on_white(p), p[..., 3]]), (32, 32), interpolation=cv2.INTER_AREA)
            for p in (rgba, small[look])
        )
        assert np.abs(shown - expected).mean() < 0.025, look


@pytest.mark.parametrize("size", [64, 200, 512])
@pytest.mark.parametrize("who", ["dressed", "2", "5"])
def test_pixels_are_few_plain_cells(who: str, size: int) -> None:
    person, act = sitter(who)
    rgba, _ = draw(person, act, "pixel", size)
    assert set(np.unique(rgba[..., 3])) == {0.0, 1.0}
    assert not rgba[rgba[..., 3] == 0].any()
    assert 8 <= len(np.unique(rgba[rgba[..., 3] == 1], axis=0)) <= 24
    cell = np.arange(size) * pixel.GRID // size
    first = np.searchsorted(cell, np.arange(pixel.GRID))
    np.testing.assert_array_equal(rgba, rgba[first[cell]][:, first[cell]])


def test_an_unknown_look_is_named() -> None:
    with pytest.raises(UsageError, match="crayon"):
        draw(sample_person(0), SMILE, look="crayon", size=32)


def test_contact_sheet_has_a_row_per_person() -> None:
    sheet = contact_sheet([0, 2], ("neutral", "smile", "yaw=30", "any"), size=32)
    assert sheet.shape == (64, 128, 3) and sheet.dtype == np.uint8
    faces = sheet[:32].reshape(32, 4, 32, 3).astype(int).transpose(1, 0, 2, 3)
    for one, other in zip(faces, faces[1:], strict=False):
        assert np.abs(one - other).max() > 20, "every column shows something else"
