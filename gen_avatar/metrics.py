"""How close two pictures are. Pure functions on arrays; bigger batches are averaged by the caller."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

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


@lru_cache(maxsize=1)
def lpips_random() -> Callable[[np.ndarray, np.ndarray], float]:
    """LPIPS distance through an AlexNet with fixed *random* weights.

    The pretrained network cannot be had offline. Random convolutions rank blurs and shifts as the trained
    ones do, but the values compare with nothing outside this project: print them beside reference rows.
    """
    import contextlib
    import io

    import torch
    from lpips import LPIPS

    with torch.random.fork_rng(devices=[]), contextlib.redirect_stdout(io.StringIO()):
        torch.manual_seed(0)
        net = LPIPS(net="alex", lpips=False, pnet_rand=True, verbose=False).eval()

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


def compare(truth: np.ndarray, other: np.ndarray, *, perceptual: bool = True) -> dict[str, float]:
    """All figures of one pair.

    Args:
        truth: [H, W, 4] uint8, straight alpha.
        other: the same.
        perceptual: also LPIPS, which needs the ``lpips`` package.

    Returns:
        psnr (dB), ssim, gradient_l1, alpha_l1 and lpips, on :data:`BACKDROP`.
    """
    a, b = over(truth), over(other)
    alpha = np.abs(truth[..., 3].astype(np.float64) - other[..., 3]).mean() / 255
    figures = {
        "psnr": psnr(a, b),
        "ssim": ssim(a, b),
        "gradient_l1": gradient_l1(a, b),
        "alpha_l1": float(alpha),
    }
    if perceptual:
        figures["lpips"] = lpips_random()(a, b)
    return figures


def references(truth: np.ndarray) -> dict[str, np.ndarray]:
    """The pictures that a result is read against: the truth blurred by four σ, and moved by a pixel."""
    rows = {f"blur {sigma}": blurred(truth, sigma) for sigma in (0.6, 1.0, 1.5, 2.0)}
    return rows | {"shift 1 px": shifted(truth)}
