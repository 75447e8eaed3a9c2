"""What is measured of hair, glasses and beards beside the parser's answers."""

from __future__ import annotations

import numpy as np
import pytest

from gen_avatar.appearance.features import lens_lightness, overgrown
from gen_avatar.appearance.parser import ATTRIBUTES, FACE_VIEW, HEAD_VIEW, FaceParser, Parsed
from gen_avatar.appearance.regions import PORTRAIT_VIEW, REGIONS, Crop
from gen_avatar.appearance.shape import (
    GRAIN_SIZE,
    HANG_SIZE,
    hair_grain,
    hair_hang,
    likelihood,
    only_shine,
    plainly_there,
)
from training.fit_hair import discriminant

#: Landmarks of a plain face from the front, units: jaw, brows, nose, eyes, mouth.
_T = np.linspace(-1, 1, 17)
FACE = np.concatenate([
    np.stack([0.75 * np.sin(_T * np.pi / 2), 1.15 * np.cos(_T * np.pi / 2)], 1),
    [(x, -0.25) for x in (-0.6, -0.45, -0.3, -0.2, -0.1, 0.1, 0.2, 0.3, 0.45, 0.6)],
    [(0, y) for y in (0, 0.15, 0.3, 0.45)], [(x, 0.57) for x in (-0.15, -0.07, 0, 0.07, 0.15)],
    [(-0.5, 0), (-0.4, -0.06), (-0.28, -0.06), (-0.2, 0), (-0.28, 0.06), (-0.4, 0.06)],
    [(0.2, 0), (0.28, -0.06), (0.4, -0.06), (0.5, 0), (0.4, 0.06), (0.28, 0.06)],
    [(x, 0.8 - 0.05 * (abs(x) < 0.2)) for x in (-0.28, -0.18, -0.09, 0, 0.09, 0.18, 0.28)],
    [(0.18, 0.88), (0.09, 0.9), (0, 0.9), (-0.09, 0.9), (-0.18, 0.88)],
    [(x, 0.82) for x in (-0.25, -0.1, 0, 0.1, 0.25, 0.1, 0, -0.1)],
])  # fmt: skip


def crop_of(view: tuple, rgb: tuple[int, int, int] = (200, 160, 140)) -> Crop:
    scale, (width, height), origin = view
    picture = np.broadcast_to(np.array(rgb, np.uint8), (height, width, 3)).copy()
    points = (FACE * scale + origin).astype(np.float32)
    valid = np.ones((height, width), bool)
    return Crop(picture, valid, points, None, scale, origin, 1.0, 1.0, np.zeros((2, 3), np.float32))


def hair_to(bottom: float, crop: Crop) -> np.ndarray:
    """[12, H, W] shares of hair beside the face from above it down to ``bottom``, units."""
    x, y = crop.grid()
    hair = (np.abs(x) < 1.2) & (np.hypot(x / 0.75, y / 1.15) > 1) & (y > -1.3) & (y < bottom)
    shares = np.zeros((len(REGIONS), *crop.valid.shape), np.float32)
    shares[REGIONS.index("hair")] = hair
    shares[0] = ~hair
    return shares


def test_longer_hair_hangs_further_down() -> None:
    crop = crop_of(HEAD_VIEW)
    short, medium, long = (hair_hang(hair_to(b, crop), crop) for b in (0.0, 1.0, 2.5))
    assert short.shape == (HANG_SIZE,)
    assert short.sum() < medium.sum() < long.sum()
    assert long[6] > 0.5 > medium[6], "below the chin"


def test_a_mirror_changes_nothing() -> None:
    crop = crop_of(HEAD_VIEW)
    shares = hair_to(1.4, crop)
    shares[:, :, : int(crop.origin[0])] = hair_to(0.2, crop)[:, :, : int(crop.origin[0])]
    turned = np.ascontiguousarray(shares[:, :, ::-1])
    np.testing.assert_allclose(hair_hang(shares, crop), hair_hang(turned, crop), atol=0.08)


def test_hair_is_plainly_there_or_not() -> None:
    crop = crop_of(HEAD_VIEW)
    assert plainly_there(hair_to(0.5, crop), crop)
    assert not plainly_there(0.8 * hair_to(0.5, crop), crop), "not surely"
    low = hair_to(0.5, crop)
    low[:, crop.grid()[1][:, 0] < -0.4] = 0
    assert not plainly_there(low, crop), "nor where it only rings the head"
    assert not plainly_there(0 * low, crop)


def test_specks_on_a_bald_head_are_shine() -> None:
    crop = crop_of(HEAD_VIEW)
    speck = hair_to(-1.0, crop)
    speck[:, :, int(crop.origin[0]) :] = np.eye(12, dtype=np.float32)[:, 0, None, None]
    assert only_shine(speck, 0.7)
    assert not only_shine(speck, 0.3), "thin hair, where nobody says that there is none"
    assert not only_shine(hair_to(0.5, crop), 0.7), "that much is hair"


def test_a_bald_head_has_no_hair_in_its_mask() -> None:
    crop, view = crop_of(HEAD_VIEW), crop_of(PORTRAIT_VIEW)
    speck = hair_to(-1.0, crop)
    speck[:, :, int(crop.origin[0]) :] = np.eye(12, dtype=np.float32)[:, 0, None, None]
    face = np.zeros((12, 192, 192), np.float32)
    face[REGIONS.index("skin")] = 1
    said = {name: np.full(len(words), 1 / len(words)) for name, words in ATTRIBUTES.items()}
    hair = REGIONS.index("hair")
    for none, seen in ((0.1, True), (0.9, False)):
        said["hair_length"] = np.array([none, *3 * [(1 - none) / 3]])
        parsed = Parsed(crop, crop_of(FACE_VIEW), view, speck, face, said)
        assert (parsed.labels() == hair).any() == seen
        assert (parsed.sure_labels() == hair).any(), "its colour may be measured"


def test_who_has_hair_is_not_bald() -> None:
    crop, net = crop_of(HEAD_VIEW), FaceParser()
    said = {
        name: np.full(len(ATTRIBUTES[name]), 1 / len(ATTRIBUTES[name]))
        for name in ("hair_style", "hair_length", "texture")
    }
    full, ring = hair_to(0.0, crop), hair_to(0.0, crop)
    ring[:, crop.grid()[1][:, 0] < -0.4] = 0
    with_hair, without = (net._held_against(shares, crop, said) for shares in (full, ring))
    bald = ATTRIBUTES["hair_style"].index("bald")
    assert with_hair["hair_style"][bald] < 0.3 * without["hair_style"][bald]
    assert with_hair["hair_length"][0] < without["hair_length"][0]
    assert with_hair["hair_style"].sum() == pytest.approx(1)


def test_what_the_photo_cuts_off_is_unknown() -> None:
    crop = crop_of(HEAD_VIEW)
    crop.valid[int(HEAD_VIEW[2][1] + 1.4 * HEAD_VIEW[0]) :] = False
    seen = hair_hang(hair_to(2.5, crop), crop)
    assert np.isnan(seen[6]) and np.isfinite(seen[2])
    shares = likelihood(seen, np.stack([0 * seen, 0 * seen + 1]), np.eye(HANG_SIZE))
    assert np.isfinite(shares).all() and shares.sum() == pytest.approx(1)


def test_grain_is_unknown_without_hair_and_differs_by_curl() -> None:
    crop = crop_of(HEAD_VIEW)
    nothing = hair_grain(hair_to(-2.0, crop), crop)
    assert nothing.shape == (GRAIN_SIZE,) and np.isnan(nothing).all()
    x, _ = crop.grid()
    crop.rgb[:] = np.broadcast_to(60 + 40 * np.sin(60 * x), crop.valid.shape)[..., None].astype(np.uint8)
    straight = hair_grain(hair_to(2.0, crop), crop)
    crop.rgb[:] = np.random.default_rng(0).integers(20, 100, crop.rgb.shape)
    curly = hair_grain(hair_to(2.0, crop), crop)
    assert straight[1] > curly[1] + 0.3, "strands run alike"


def test_the_likelier_answer_is_the_nearer_and_tables_may_be_empty() -> None:
    rng = np.random.default_rng(0)
    answers = np.repeat([0, 1, -1], 50)
    seen = rng.normal(answers[:, None] * 3.0, 1.0, (150, 4))
    seen[::7, 0] = np.nan
    means, spread = discriminant(seen, answers, 2)
    assert likelihood(means[1], means, spread)[1] > 0.9
    assert likelihood(np.zeros(4), np.zeros((2, 4)), np.zeros((4, 4))) == pytest.approx([0.5, 0.5])
    assert likelihood(np.full(4, np.nan), means, spread) == pytest.approx([0.5, 0.5])


def test_dark_lenses_and_lone_moustaches_are_dark() -> None:
    crop = crop_of(FACE_VIEW)
    light = np.full(crop.valid.shape, 70.0)
    assert lens_lightness(crop, light) == pytest.approx(1)
    assert overgrown(crop, light) == (0.0, 0.0)
    x, y = crop.grid()
    light[np.broadcast_to((y > -0.25) & (y < 0.25), light.shape)] = 15
    assert lens_lightness(crop, light) < 0.5
    light[np.broadcast_to((y > 0.5) & (y < 0.78), light.shape)] = 15
    lip, chin = overgrown(crop, light)
    assert lip > 0.6 and chin == 0
