"""Regions refined by the photo: its colours, the person mask, and hair that grows on the head."""

from __future__ import annotations

import numpy as np
import pytest

from gen_avatar.appearance.refine import refined
from gen_avatar.appearance.regions import REGIONS, Crop

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
