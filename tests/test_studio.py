"""The studio: palettes keep their promises, people are spread evenly, pictures are truth."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from gen_avatar.character import palette
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.types import ARKIT_52, HAIR_STYLES
from training.studio.lines import SILHOUETTE, line_cover
from training.studio.palettes import MONK_SCALE, SKIN_TONES
from training.studio.people import POSES, person_seed, sample_performance, sample_person
from training.studio.tones import tones_of


@pytest.mark.parametrize("tone", SKIN_TONES + MONK_SCALE)
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
    assert (weights.max(0) > 0.4).all(), "every blendshape is drawn"
    blink, wide = (weights[:, ARKIT_52.index(n)] for n in ("eyeBlinkLeft", "eyeWideLeft"))
    assert (blink * wide).max() <= 0.25
    poses = np.concatenate([f.head_rotation for f in frames])
    assert (np.abs(poses).max(0) <= list(POSES.values())).all()
    assert (np.abs(poses).max(0) >= 0.7 * np.array(list(POSES.values()))).all()


def test_outline_is_thin_inside_and_open_to_the_light() -> None:
    size = 256
    y, x = np.mgrid[:size, :size] + 0.5
    u, v = (x - 128) / 100, (128 - y) / 100
    height = np.sqrt(np.clip(1 - u**2 - v**2, 0, 1))
    part = np.where(height > 0, PART_INDEX["skin"], -1)
    normal = np.stack([u, v, height], -1).astype(np.float32)
    width = SILHOUETTE * size
    cover = line_cover(part, (8 * height).astype(np.float32), normal, width) * (part >= 0)
    assert cover[100:156, 100:156].max() == 0, "no line inside a smooth shape"
    diagonal = np.arange(size)
    lit = cover[diagonal, diagonal][:128].sum()  # upper left
    dark = cover[diagonal, diagonal][128:].sum()  # lower right
    assert 0.7 * width < dark * np.sqrt(2) < 1.5 * width
    assert lit < 0.75 * dark


def test_tones_follow_the_person() -> None:
    person = sample_person(person_seed("train", 3))
    tones = tones_of(person.appearance)
    skin = palette.skin_palette(person.appearance.skin_color)
    index = PART_INDEX["skin"]
    np.testing.assert_allclose(skin.base * tones.shadow[index], skin.shadow, atol=1e-3)
    assert (tones.line <= 1.0).all()
