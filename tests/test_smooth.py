"""Smooth fields: blurs that stay within a mask, normals of a rounder proxy."""

from __future__ import annotations

import numpy as np
import pytest

from training.studio.smooth import smooth_normals, spread, spread_at


@pytest.mark.parametrize("sigma", [2.0, 20.0])
def test_a_blur_mixes_only_what_is_inside(sigma: float) -> None:
    inside = np.zeros((128, 128), bool)
    inside[32:96, 20:100] = True
    values = np.where(inside, 0.7, 9.0).astype(np.float32)
    np.testing.assert_allclose(spread(values, inside, sigma)[inside], 0.7, atol=1e-3)
    stacked = spread(np.dstack([values, 2 * values]), inside, sigma)[inside]
    np.testing.assert_allclose(stacked, np.broadcast_to([0.7, 1.4], stacked.shape), atol=2e-3)


def test_smooth_normals_lose_bumps_and_keep_the_form() -> None:
    y, x = np.mgrid[-1:1:256j, -1:1:256j].astype(np.float32)
    round_ = np.dstack([x, -y, np.sqrt(np.maximum(1 - x**2 - y**2, 0))]).astype(np.float32)
    inside = x**2 + y**2 < 0.9
    bumpy = round_ + 0.4 * np.sign(np.sin(60 * x))[..., None] * np.array([1, 0, 0], np.float32)
    smooth = np.zeros_like(round_)
    smooth[inside] = smooth_normals(bumpy.astype(np.float32), inside, 12.0)
    middle = x**2 + y**2 < 0.5
    assert np.abs(smooth - round_)[middle].mean() < 0.3 * np.abs(bumpy - round_)[middle].mean()
    np.testing.assert_allclose(np.linalg.norm(smooth[inside], axis=-1), 1, atol=1e-4)


@pytest.mark.parametrize("sigma", [1.5, 9.0, 30.0])
@pytest.mark.parametrize("size", [128, 100, 90])
def test_a_blur_at_few_samples_is_that_of_the_whole(sigma: float, size: int) -> None:
    rng = np.random.default_rng(0)
    values, inside = rng.random((size, size, 3)).astype(np.float32), rng.random((size, size)) < 0.7
    at = np.zeros((size, size), bool)
    at[size // 2 : size // 2 + 9, 3:40] = rng.random((9, 37)) < 0.5
    for kept in (at, np.zeros_like(at), np.ones_like(at)):
        found = spread_at(values, inside, sigma, kept)
        np.testing.assert_array_equal(found, spread(values, inside, sigma)[kept])
