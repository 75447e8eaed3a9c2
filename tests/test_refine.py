"""Regions refined by the photo: its colours, the person mask, and hair that grows on the head."""

from __future__ import annotations

import numpy as np
import pytest

from gen_avatar.appearance.edges import to_edges
from gen_avatar.appearance.parser import ATTRIBUTES, Parsed
from gen_avatar.appearance.refine import refined
from gen_avatar.appearance.regions import REGIONS, Crop, likeliest

HAIR, SKIN, CLOTHES = (REGIONS.index(name) for name in ("hair", "skin", "clothes"))
HEIGHT, WIDTH = 176, 144
BROWN, PINK, WALL, SHIRT = (70, 45, 30), (225, 170, 145), (120, 140, 160), (30, 90, 60)
Scene = tuple[np.ndarray, Crop, np.ndarray | None, np.ndarray]


def block(rows: slice, columns: slice) -> np.ndarray:
    """[HEIGHT, WIDTH] bool: a rectangle."""
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[rows, columns] = True
    return mask


FACE = block(slice(50, 100), slice(50, 95))
HEAD = block(slice(25, 90), slice(40, 105)) & ~FACE
BODY = block(slice(110, HEIGHT), slice(20, 125))


@pytest.fixture
def scene() -> Scene:
    """Shares that are right and sure, the crop, the person mask and the face of a head before a wall."""
    shares = np.full((len(REGIONS), HEIGHT, WIDTH), 0.002, np.float32)
    rgb = np.full((HEIGHT, WIDTH, 3), WALL, np.uint8)
    shares[0] = 0.978
    for zone, region, color in ((HEAD, HAIR, BROWN), (FACE, SKIN, PINK), (BODY, CLOTHES, SHIRT)):
        rgb[zone] = color
        shares[0][zone], shares[region][zone] = 0.002, 0.978
    valid = np.ones((HEIGHT, WIDTH), bool)
    crop = Crop(rgb, valid, np.zeros((68, 2)), None, 32.0, (72.0, 64.0), 1.0, 1.0, np.eye(2, 3))
    person = (HEAD | FACE | BODY).astype(np.float32)
    return shares, crop, person, FACE.astype(np.uint8)


def claim(shares: np.ndarray, zone: np.ndarray, sure: float = 0.8) -> None:
    """The network says that a zone is hair."""
    shares[:, zone] *= (1 - sure) / shares[:, zone].sum(0)
    shares[HAIR][zone] += sure


def hair(scene: Scene) -> np.ndarray:
    out = refined(*scene)
    np.testing.assert_allclose(out.sum(0), 1, atol=1e-4)
    return out.argmax(0) == HAIR


def test_what_is_right_stays(scene) -> None:
    before = scene[0].copy()
    assert (hair(scene) == HEAD).mean() > 0.995
    np.testing.assert_array_equal(scene[0], before, "the network's shares are not touched")


def test_hair_belongs_to_the_person(scene) -> None:
    shares, crop, _, _ = scene
    wall = block(slice(30, 70), slice(105, 125))  # beside the head and of its colour
    crop.rgb[wall] = BROWN
    claim(shares, wall)
    assert not hair(scene)[wall].any()


def test_hair_grows_on_the_head(scene) -> None:
    shares, crop, person, _ = scene
    behind = block(slice(5, 30), slice(120, 140))
    crop.rgb[behind] = BROWN
    person[behind] = 1
    claim(shares, behind)
    assert not hair(scene)[behind].any()
    assert hair(scene)[HEAD].mean() > 0.98


@pytest.mark.parametrize("known", [True, False])
def test_colours_of_the_photo_decide_what_is_unsure(scene, known: bool) -> None:
    shares, crop, person, face = scene
    lock = block(slice(90, 130), slice(40, 50))  # taken for clothes, on the shirt
    crop.rgb[lock] = BROWN
    person[lock] = 1
    shares[:, lock] = 0.02
    shares[CLOTHES][lock], shares[HAIR][lock] = 0.6, 0.2
    green = block(slice(112, 130), slice(100, 106))  # taken for hair, of the shirt
    claim(shares, green, 0.55)
    seen = hair((shares, crop, person if known else None, face))
    assert seen[lock].mean() > 0.9
    assert seen[green].mean() < 0.1


def test_what_lies_over_the_hair_in_another_colour_is_not_hair(scene) -> None:
    shares, crop, person, _ = scene
    veil = block(slice(4, 140), slice(10, 135)) & ~block(slice(35, 140), slice(40, 105))
    body = shares[:, BODY].copy()
    claim(shares, veil, 0.95)
    shares[:, BODY] = body
    crop.rgb[veil & ~BODY] = (225, 215, 190)
    person[veil] = 1
    seen = hair(scene)
    assert not seen[veil & ~BODY & ~HEAD].any()
    assert seen[block(slice(36, 48), slice(50, 95))].mean() > 0.9, "the hair below it stays"


def test_light_ends_of_dark_hair_are_hair(scene) -> None:
    shares, crop, person, _ = scene
    ends = block(slice(90, 150), slice(25, 120)) & ~FACE & ~block(slice(0, 176), slice(50, 95))
    claim(shares, ends, 0.95)
    crop.rgb[ends] = (215, 185, 130)
    person[ends] = 1
    assert hair(scene)[ends].mean() > 0.9


def test_hair_is_drawn_to_the_edges_of_the_finer_picture() -> None:
    fine = np.full((120, 120, 3), (80, 0, 0), np.float32)
    fine[:, 50:] = (20, 0, 0)
    coarse = fine[1::3, 1::3].copy()
    mask = np.zeros((40, 40), np.float32)
    mask[:, 18:] = 1  # two pixels of six off
    seen = to_edges(mask, coarse, fine)
    assert (seen[:, 40:80] == (np.arange(40, 80) >= 50)).mean() > 0.97
    flat = to_edges(mask, 0 * coarse, 0 * fine)
    assert abs(int(flat[60].sum()) - 66) <= 4, "without edges it stays where it is"


def test_headwear_must_be_plain_to_see_where_the_answer_is_unsure(scene) -> None:
    shares, crop, _, _ = scene
    hat = block(slice(25, 45), slice(40, 105))
    shares[[REGIONS.index("headwear"), HAIR]] = (
        shares[[HAIR, REGIONS.index("headwear")]] * hat + shares[[REGIONS.index("headwear"), HAIR]] * ~hat
    )

    def worn(none: float, color: tuple[int, int, int]) -> bool:
        crop.rgb[hat] = color
        said = np.full(
            len(ATTRIBUTES["headwear_style"]), (1 - none) / (len(ATTRIBUTES["headwear_style"]) - 1)
        )
        said[ATTRIBUTES["headwear_style"].index("none")] = none
        return Parsed(crop, crop, crop, shares, shares, {"headwear_style": said}).wears("headwear_style")

    assert worn(0.05, (30, 60, 160)) and worn(0.3, (30, 60, 160))
    assert worn(0.05, (130, 95, 75)) and not worn(0.3, (110, 80, 62)), "light hair may shine"
    assert not worn(0.3, PINK), "and so may a scalp"
    assert not worn(0.05, BROWN) and not worn(0.6, (30, 60, 160))


def test_the_likeliest_plane_with_and_without_one() -> None:
    rng = np.random.default_rng(1)
    shares = rng.integers(0, 4, (6, 40, 50)).astype(np.float32)  # many are equal: the first counts
    labels, without = likeliest(shares, 2)
    assert (labels == shares.argmax(0)).all()
    shares[2] = 0
    assert (without == np.where(labels == 2, shares.argmax(0), labels)).all()
