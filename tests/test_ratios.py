"""Ratios: what tells faces apart, read off identity, brought to the spread of people and bounded."""

from pathlib import Path

import numpy as np
import pytest

from gen_avatar.head.model import MorphableHead
from gen_avatar.head.ratios import (
    DOUBT,
    FARTHEST,
    FITTED,
    RATIOS,
    expanded,
    independent,
    limited,
    ratio_rows,
    semantic_ratios,
    trait_rows,
)
from training.population import measure

HEAD = Path(__file__).resolve().parent.parent / "checkpoints" / "head"


@pytest.fixture(scope="module")
def head():
    return MorphableHead.from_pretrained(HEAD)


def test_measures_become_independent_units():
    measures = list(np.random.default_rng(0).standard_normal((4, 50)))
    rows = independent(measures)
    np.testing.assert_allclose(rows @ rows.T, np.eye(4), atol=1e-6)
    assert rows[0] @ measures[0] > 0.999 * np.linalg.norm(measures[0])


def test_ratios_say_what_the_shape_is(head):
    mean, identity, _ = (t.numpy() for t in head.landmark_basis("facemesh478"))
    rows = ratio_rows(head)

    def seen(name):
        """Wide and narrow of a ratio as distances of landmarks."""
        faces = [mean + np.tensordot(z * rows[name], identity, 1) for z in (2, -2)]
        eyes = [(p[33] - p[133], p[263] - p[362]) for p in faces]
        return {
            "face_width": [(p[454, 0] - p[234, 0]) / (p[168, 1] - p[152, 1]) for p in faces],
            "eye_tilt": [(left - right)[0] * 0 + (left + right)[1] for right, left in eyes],
            "eye_spacing": [(p[362, 0] - p[133, 0]) / (p[454, 0] - p[234, 0]) for p in faces],
            "brow_height": [p[105, 1] - p[33, 1] for p in faces],
            "forehead_height": [(p[10, 1] - p[168, 1]) / (p[168, 1] - p[152, 1]) for p in faces],
            "mouth_width": [(p[291, 0] - p[61, 0]) / (p[454, 0] - p[234, 0]) for p in faces],
        }[name]

    for name in ("face_width", "eye_tilt", "eye_spacing", "brow_height", "forehead_height", "mouth_width"):
        more, less = seen(name)
        assert more > less, name


def test_ratios_of_people_have_unit_spread_and_do_not_see_the_size_of_a_head(head):
    people = np.random.default_rng(0).standard_normal((400, 50))
    values = np.array([list(semantic_ratios(head, person).values()) for person in people[:3]])
    rows = np.stack(list(ratio_rows(head).values()))
    np.testing.assert_allclose(values, people[:3] @ rows.T, atol=1e-6)
    assert np.all(np.abs((people @ rows.T).std(0) - 1) < 0.15)
    # The identity that comes closest to scaling the face moves its ratios less than any of them can be moved.
    mean, identity, _ = (t.numpy() for t in head.landmark_basis("facemesh478"))
    centred = mean[:468] - mean[:468].mean(0)
    moves = identity[:, :468] - identity[:, :468].mean(1, keepdims=True)
    larger = np.linalg.lstsq(moves.reshape(50, -1).T, 0.03 * centred.ravel(), rcond=None)[0]
    assert np.abs(rows @ larger).max() < 0.75 * np.linalg.norm(larger)


def test_a_fit_is_expanded_by_what_is_known_of_fits(head):
    rows, rng = trait_rows(head), np.random.default_rng(1)
    assert set(FITTED) == set(RATIOS)
    mean, spread, trust = np.array([FITTED[name] for name in RATIOS]).T
    assert (spread > 0.2).all() and (trust >= 0).all() and (trust <= 1).all()
    usual = (mean @ rows).astype(np.float32)
    np.testing.assert_allclose(rows @ expanded(usual, rows), 0, atol=1e-4)
    far = ((mean + spread) @ rows).astype(np.float32)
    np.testing.assert_allclose(rows @ expanded(far, rows), trust**DOUBT, atol=1e-4)
    # What is no trait stays as it was fitted.
    identity = rng.standard_normal(50).astype(np.float32)
    other = identity - rows.T @ (rows @ identity)
    changed = expanded(identity, rows)
    np.testing.assert_allclose(changed - rows.T @ (rows @ changed), other, atol=1e-4)


def test_traits_are_bounded_and_small_ones_kept(head):
    rows = trait_rows(head)
    line = np.linspace(-6, 6, 41)
    drawn = np.array([limited((z * rows[4]).astype(np.float32), rows) @ rows[4] for z in line])
    assert (np.diff(drawn) > 0).all() and np.abs(drawn).max() < FARTHEST
    np.testing.assert_allclose(drawn, -drawn[::-1], atol=1e-5)
    near = np.abs(line) <= FARTHEST / 2
    np.testing.assert_allclose(drawn[near], line[near], atol=1e-5)
    assert not limited(np.zeros(50, np.float32), rows).any()


def test_shrinkage_and_bias_of_fits_are_found_whatever_the_spread_of_the_people():
    rng = np.random.default_rng(2)
    for spread in (0.8, 1.0):
        truth = spread * rng.standard_normal(20000)
        of = measure(truth, 0.3 + 0.6 * truth + 0.3 * rng.standard_normal(20000))
        assert of.mean == pytest.approx(0.3, abs=0.02)
        assert of.spread == pytest.approx(np.hypot(0.6, 0.3), abs=0.02)
        assert of.correlation == pytest.approx(0.6 / np.hypot(0.6, 0.3), abs=0.02)
