"""How close two pictures are. Pure functions on arrays; bigger batches are averaged by the caller."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch

#: The backdrop over which pictures with alpha are compared: a light grey hides neither dark nor white edges.
BACKDROP = (0.86, 0.86, 0.88)


def over(rgba: np.ndarray, backdrop: tuple[float, float, float] = BACKDROP) -> np.ndarray:
    """A picture on a plain backdrop.

    Args:
        rgba: [H, W, 4] uint8, straight alpha.
        backdrop: sRGB in [0, 1].

    Returns:
        [H, W, 3] float32 in [0, 1].
    """
    picture = rgba.astype(np.float32) / 255
    return picture[..., :3] * picture[..., 3:] + np.asarray(backdrop, np.float32) * (1 - picture[..., 3:])


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB of two [H, W, 3] pictures in [0, 1]; infinite when they are equal."""
    error = float(np.mean((a.astype(np.float64) - b) ** 2))
    return float("inf") if error == 0 else -10 * float(np.log10(error))


def ssim(a: np.ndarray, b: np.ndarray) -> float:
    """Structural similarity of two [H, W, 3] pictures in [0, 1]; Gaussian window, σ 1.5 (Wang 2004)."""
    from skimage.metrics import structural_similarity

    return float(
        structural_similarity(
            a,
            b,
            channel_axis=-1,
            data_range=1.0,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
    )


def gradient_l1(a: np.ndarray, b: np.ndarray) -> float:
    """Mean absolute difference of the horizontal and vertical first differences of two [H, W, 3] pictures."""
    difference = a.astype(np.float64) - b
    across, down = np.abs(np.diff(difference, axis=1)).mean(), np.abs(np.diff(difference, axis=0)).mean()
    return float(across + down) / 2


@lru_cache(maxsize=8)
def random_lpips(seed: int = 0) -> torch.nn.Module:
    """The lpips package's network on the random AlexNet of ``seed``.

    It takes two [B, 3, H, W] pictures in [-1, 1] and answers [B, 1, 1, 1].

    The pretrained network cannot be had offline. Random convolutions rank blurs and shifts as the trained
    ones do, but the values compare with nothing outside this project.
    """
    import contextlib
    import io
    import warnings

    import torch
    from lpips import LPIPS

    with (
        torch.random.fork_rng(devices=[]),
        contextlib.redirect_stdout(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore", UserWarning)  # lpips asks torchvision by a name that is going away
        torch.manual_seed(seed)
        return LPIPS(net="alex", lpips=False, pnet_rand=True, verbose=False).eval().requires_grad_(False)


@lru_cache(maxsize=1)
def lpips_random() -> Callable[[np.ndarray, np.ndarray], float]:
    """Distance of two [H, W, 3] pictures in [0, 1] by :func:`random_lpips`; print reference rows with it."""
    import torch

    net = random_lpips()

    def distance(a: np.ndarray, b: np.ndarray) -> float:
        pair = [
            torch.from_numpy(np.ascontiguousarray(x, np.float32)).permute(2, 0, 1)[None] * 2 - 1
            for x in (a, b)
        ]
        with torch.inference_mode():
            return float(net(*pair))

    return distance


def blurred(rgba: np.ndarray, sigma: float) -> np.ndarray:
    """A picture blurred as a reference of how far off "slightly soft" is.

    Args:
        rgba: [H, W, 4] uint8, straight alpha; blurred premultiplied so that colours do not bleed in.
        sigma: of the Gaussian, pixels.
    """
    from scipy.ndimage import gaussian_filter

    picture = rgba.astype(np.float32) / 255
    alpha = gaussian_filter(picture[..., 3], sigma)
    color = gaussian_filter(picture[..., :3] * picture[..., 3:], (sigma, sigma, 0))
    color = np.where(alpha[..., None] > 0, color / np.maximum(alpha[..., None], 1e-6), 0)
    return np.round(np.concatenate([color, alpha[..., None]], -1).clip(0, 1) * 255).astype(np.uint8)


def shifted(rgba: np.ndarray, pixels: int = 1) -> np.ndarray:
    """A picture moved to the right, with nothing coming in from the left."""
    moved = np.zeros_like(rgba)
    moved[:, pixels:] = rgba[:, :-pixels]
    return moved


#: Blurs of the studio's own picture that a result is measured in, σ in pixels.
LADDER = (0.3, 0.45, 0.6, 0.8, 1.0, 1.4, 2.0)


def masked_psnr(a: np.ndarray, b: np.ndarray, mask: np.ndarray) -> float:
    """PSNR in dB of two [H, W, 3] pictures in [0, 1] over ``mask`` [H, W]; NaN where that is empty."""
    if not mask.any():
        return float("nan")
    return psnr(a[mask], b[mask])


def catchlight_share(truth: np.ndarray, other: np.ndarray, catchlight: np.ndarray) -> float:
    """Brightness of catch-lights against the truth's, 1 when equal; NaN where there is none.

    Args:
        truth, other: [H, W, 3] in [0, 1].
        catchlight: [H, W] their coverage in [0, 1]; pixels that they fill by half count.
    """
    here = catchlight > 0.5
    if not here.any():
        return float("nan")
    return float(other[here].mean() / max(float(truth[here].mean()), 1e-6))


def equivalent_blur(score: float, ladder: Mapping[float, float]) -> float:
    """The σ whose blurred truth scores the same, pixels, by linear interpolation.

    Args:
        score: of the picture in question.
        ladder: σ to score of the truth blurred by it, monotonous; either all rising or all falling.

    Returns:
        A value from the smallest σ (also for anything better) to the largest (also for anything worse).
    """
    sigmas = np.array(sorted(ladder))
    scores = np.array([ladder[s] for s in sigmas])
    if scores[0] > scores[-1]:
        scores, score = -scores, -score
    return float(np.interp(score, np.maximum.accumulate(scores), sigmas))


def compare(
    truth: np.ndarray,
    other: np.ndarray,
    *,
    perceptual: bool = True,
    features: np.ndarray | None = None,
    catchlight: np.ndarray | None = None,
) -> dict[str, float]:
    """All figures of one pair.

    Args:
        truth: [H, W, 4] uint8, straight alpha.
        other: the same.
        perceptual: also LPIPS, which needs the ``lpips`` package.
        features: [H, W] bool, where eyes, brows and mouth are.
        catchlight: [H, W] coverage of catch-lights.

    Returns:
        psnr (dB), ssim, gradient_l1, alpha_l1 and, as asked for, psnr_features, catchlight and lpips, on
        :data:`BACKDROP`.
    """
    a, b = over(truth), over(other)
    alpha = np.abs(truth[..., 3].astype(np.float64) - other[..., 3]).mean() / 255
    figures = {
        "psnr": psnr(a, b),
        "ssim": ssim(a, b),
        "gradient_l1": gradient_l1(a, b),
        "alpha_l1": float(alpha),
    }
    if features is not None:
        figures["psnr_features"] = masked_psnr(a, b, features)
    if catchlight is not None:
        figures["catchlight"] = catchlight_share(a, b, catchlight)
    if perceptual:
        figures["lpips"] = lpips_random()(a, b)
    return figures


def references(truth: np.ndarray, sigmas: Sequence[float] = (0.6, 1.0, 2.0)) -> dict[str, np.ndarray]:
    """The pictures that a result is read against: the truth blurred by some σ, and moved by a pixel."""
    rows = {f"blur {sigma}": blurred(truth, sigma) for sigma in sigmas}
    return rows | {"shift 1 px": shifted(truth)}


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Fréchet distance (Heusel 2017) of two sets of features [N, F] and [M, F].

    With fewer samples than features the covariances have no full rank; the trace is then that of the part
    that the samples span.
    """
    gap = a.mean(0) - b.mean(0)
    left, right = (x - x.mean(0) for x in (a, b))
    cross = np.linalg.svd(left @ right.T / math.sqrt((len(a) - 1) * (len(b) - 1)), compute_uv=False)
    energy = (left**2).sum() / (len(a) - 1) + (right**2).sum() / (len(b) - 1)
    return float(gap @ gap + energy - 2 * cross.sum())
