"""Figures that say how close the network is: checked on answers that are known."""

from __future__ import annotations

import numpy as np
import pytest

from gen_avatar.character.buffers import BUFFER_CHANNELS
from gen_avatar.errors import UsageError
from gen_avatar.generator.codes import CODE_DIM, CODE_LAYOUT
from gen_avatar.metrics import (
    LADDER,
    blurred,
    catchlight_share,
    compare,
    equivalent_blur,
    frechet_distance,
    masked_psnr,
    over,
)
from training.disentangle import FACTORS, scores, variants
from training.evaluate import as_table, feature_mask, fill_card
from training.flicker import flicker, smooth_performance


def picture(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rgba = np.full((64, 64, 4), 255, np.uint8)
    rgba[..., :3] = np.kron(rng.integers(0, 255, (8, 8, 3)), np.ones((8, 8, 1))).astype(np.uint8)
    return rgba


@pytest.mark.parametrize("key", ["psnr", "gradient_l1", "ssim"])
def test_a_blurred_picture_is_found_on_its_own_ladder(key: str) -> None:
    truth = picture()
    ladder = {s: compare(truth, blurred(truth, s), perceptual=False)[key] for s in LADDER}
    for sigma in (0.5, 0.9, 1.2):
        found = equivalent_blur(compare(truth, blurred(truth, sigma), perceptual=False)[key], ladder)
        assert found == pytest.approx(sigma, abs=0.12)
    perfect = compare(truth, truth, perceptual=False)[key]
    assert equivalent_blur(perfect, ladder) == LADDER[0]


def test_features_are_eyes_brows_and_mouth_only() -> None:
    buffers = np.zeros((32, 32, len(BUFFER_CHANNELS)), np.uint8)
    buffers[5, 5, BUFFER_CHANNELS.index("skin")] = 255
    assert not feature_mask(buffers).any()
    buffers[10, 10, BUFFER_CHANNELS.index("brow")] = 255
    mask = feature_mask(buffers)
    assert mask[10, 12] and not mask[10, 13] and not mask[5, 5]


def test_errors_outside_the_mask_do_not_count() -> None:
    a = over(picture())
    b = a.copy()
    b[:8] = 0
    mask = np.zeros((64, 64), bool)
    mask[20:30] = True
    assert masked_psnr(a, b, mask) == float("inf") and np.isnan(masked_psnr(a, b, mask & False))
    b[20] += 0.1
    assert masked_psnr(a, b, mask) == pytest.approx(10 * np.log10(10 / 0.01), abs=0.01)


def test_dim_catch_lights_are_told() -> None:
    truth, light = np.full((8, 8, 3), 0.9), np.zeros((8, 8))
    light[2, 2] = 1
    dim = truth.copy()
    dim[2, 2] = 0.45
    assert catchlight_share(truth, dim, light) == pytest.approx(0.5)
    assert np.isnan(catchlight_share(truth, dim, light * 0))


def test_frechet_distance_of_shifted_and_of_equal_sets() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=(40, 8))
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(a, a + 2) == pytest.approx(8 * 4, rel=1e-6)
    assert frechet_distance(a, 3 * (a - a.mean(0)) + a.mean(0)) == pytest.approx(
        4 * a.var(0, ddof=1).sum(), rel=1e-6
    )


def test_disentanglement_of_estimates_that_are_known() -> None:
    """With a leak of a tenth in amplitude, each of the two other factors adds a ratio of a hundred."""
    rng = np.random.default_rng(0)
    layout = {name: slice(i, i + 1) for i, name in enumerate(FACTORS)}
    overall = rng.normal(size=(100_000, 3))
    sets = {}
    for i, name in enumerate(FACTORS):
        moved = np.full((50, 400, 3), 0.1)
        moved[..., i] = 1
        sets[name] = moved * rng.normal(size=(50, 400, 3))
    for value in scores(sets, overall, layout).values():
        assert value == pytest.approx(100**2, rel=0.1)


def test_variants_differ_in_one_factor_only() -> None:
    for factor in FACTORS:
        moments = variants(0, factor, 3)
        same = {
            "identity": all((p.identity == moments[0][0].identity).all() for p, _ in moments),
            "expression": all((a.expression == moments[0][1].expression).all() for _, a in moments),
            "pose": all((a.head_rotation == moments[0][1].head_rotation).all() for _, a in moments),
        }
        assert same == {name: name != factor for name in FACTORS}
        assert len({p.appearance.hair_style for p, _ in moments}) == 1
    assert max(CODE_LAYOUT[name].stop for name in FACTORS) <= CODE_DIM


def test_steady_change_does_not_flicker() -> None:
    ramp = np.linspace(0, 1, 6)[:, None, None, None] * np.ones((6, 4, 4, 3))
    assert flicker(ramp) == pytest.approx(0, abs=1e-12)
    ramp[3] += 0.3
    assert flicker(ramp) == pytest.approx((0.3 + 0.6 + 0.3) / 4)
    act = smooth_performance(8)
    assert len(act) == 8 and act.expression.max() <= 1


def test_a_card_takes_figures_between_its_marks(tmp_path) -> None:  # type: ignore[no-untyped-def]
    card = tmp_path / "README.md"
    card.write_text("a\n<!-- figures -->\nold\n<!-- /figures -->\nb\n")
    fill_card(card, as_table({"network": {"psnr": 30.123, "lpips": 0.01234}, "blur 1": {"psnr": 25.0}}))
    text = card.read_text()
    assert "| network | 30.12 | 0.0123 |" in text and "old" not in text and text.endswith("b\n")
    card.write_text("no marks")
    with pytest.raises(UsageError, match="no place"):
        fill_card(card, "x")
