"""Pixel art stays pixel art when it is moved."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from gen_avatar.animation import fitted_size
from gen_avatar.types import Performance
from gen_avatar.warp.cells import find_cells, put_in_cells
from training.evaluate_motion import drawn
from training.studio.people import person_seed, sample_person


def still(look: str) -> np.ndarray:
    return drawn(sample_person(person_seed("heldout", 505)), Performance.still(), look)[0]


@pytest.fixture(scope="module")
def pixelated() -> np.ndarray:
    return still("pixel")


def test_pixel_art_is_known_by_its_grid(pixelated: np.ndarray) -> None:
    cells = find_cells(pixelated)
    assert cells is not None and cells.side == 4 and cells.start == (0, 0)
    assert 4 < len(cells.palette) <= 25
    assert (put_in_cells(pixelated, cells) != pixelated).any(-1).mean() < 0.005
    larger = np.pad(pixelated.repeat(2, 0).repeat(2, 1), ((3, 0), (5, 0), (0, 0)))
    found = find_cells(larger)
    assert found is not None and found.side == 8 and found.start == (5, 3)


@pytest.mark.parametrize("look", ["clay", "toon", "flat", "ink"])
def test_other_pictures_have_no_grid(look: str) -> None:
    assert find_cells(still(look)) is None


def test_photos_and_empty_pictures_have_no_grid(astronaut: np.ndarray) -> None:
    photo = np.dstack([astronaut, np.full(astronaut.shape[:2], 255, np.uint8)])
    assert find_cells(photo) is None
    assert find_cells(np.zeros((64, 64, 4), np.uint8)) is None


def test_what_was_moved_off_the_grid_comes_back(pixelated: np.ndarray) -> None:
    cells = find_cells(pixelated)
    assert cells is not None
    shift = np.array([[1, 0.05, 1.3], [-0.05, 1, 2.1]])
    moved = cv2.warpAffine(pixelated, shift, (256, 256), flags=cv2.INTER_LINEAR)
    again = put_in_cells(moved, cells)
    tiles = again.reshape(64, 4, 64, 4, 4)
    assert (tiles == tiles[:, :1, :, :1]).all()
    colors = {tuple(c) for c in again.reshape(-1, 4)}
    assert colors <= {tuple(c) for c in cells.palette}
    assert np.abs(again.astype(int) - moved).mean() < 12


def test_pixel_art_is_enlarged_by_whole_cells(pixelated: np.ndarray) -> None:
    cells = find_cells(fitted_size(pixelated, 512))
    assert cells is not None and cells.side == 8
