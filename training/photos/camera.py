"""What a camera, a phone and the web do to a picture."""

from __future__ import annotations

import cv2
import numpy as np

#: sRGB gain of a light against daylight, from candles to shade.
_WARM, _COLD = np.array([1.25, 1.0, 0.62]), np.array([0.82, 0.98, 1.25])
#: Weights of sRGB in its grey, and the power by which light is coded, near enough to sRGB's curve here.
_LUMA = np.array([0.3, 0.59, 0.11], np.float32)
_GAMMA = 2.2


def photograph(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Take a picture of a scene.

    Args:
        rgb: [H, W, 3] float32 in [0, 1], sRGB.

    Returns:
        [H, W, 3] uint8; half of all pictures are good ones.
    """
    height, width = rgb.shape[:2]
    x = np.maximum(rgb, 0).astype(np.float32) ** np.float32(_GAMMA)
    poor = rng.random() < 0.5
    x *= np.float32(np.exp(rng.normal(0, 0.45 if poor else 0.2))) * _white(rng, 0.8 if poor else 0.35)
    if rng.random() < 0.1:  # light that strays through the lens
        x = x + np.float32(rng.uniform(0.02, 0.2)) * (cv2.GaussianBlur(x, (0, 0), width / 12) + x.mean())
    if rng.random() < 0.25:
        row, column = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
        x *= (1 - np.float32(rng.uniform(0.1, 0.5)) * (row**2 + column**2) / 2)[..., None]
    x = np.clip(x, 0, 1) ** np.float32(1 / _GAMMA)
    if rng.random() < 0.5:  # a tone curve
        bend = np.float32(rng.uniform(-0.35, 0.5))
        x = x + bend * x * (1 - x) * (2 * x - 1) + np.float32(rng.uniform(-0.08, 0.12)) * x * (1 - x)
    x = _saturate(x, rng)
    x = _soften(x, rng, poor)
    if rng.random() < (0.75 if poor else 0.3):
        x = x + _noise(height, width, rng)
    if rng.random() < 0.25:  # sharpened
        x = x + np.float32(rng.uniform(0.3, 1.3)) * (x - cv2.GaussianBlur(x, (0, 0), rng.uniform(0.7, 1.8)))
    picture = (np.clip(x, 0, 1) * 255).astype(np.uint8)
    if rng.random() < 0.7:
        picture = _jpeg(picture, int(rng.uniform(25, 75) if poor else rng.uniform(70, 97)))
    return picture


def augment(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A quick other version of a small picture [H, W, 3] uint8: colour, light, blur, noise."""
    ramp = np.arange(256, dtype=np.float32) / 255
    gain = np.exp(rng.normal(0, 0.15)) * (1 + rng.normal(0, 0.07, 3))
    gamma = np.exp(rng.normal(0, 0.15))
    table = np.stack([255 * np.clip(ramp**gamma * g, 0, 1) for g in gain], 1).astype(np.uint8)
    out = cv2.LUT(rgb, table[:, None])
    if rng.random() < 0.25:
        out = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.4, 1.4))
    if rng.random() < 0.3:
        out = cv2.add(out, rng.normal(0, rng.uniform(1, 7), out.shape).astype(np.int16), dtype=cv2.CV_8U)
    if rng.random() < 0.06:
        out = np.repeat(cv2.cvtColor(out, cv2.COLOR_RGB2GRAY)[..., None], 3, 2)
    return out


def _white(rng: np.random.Generator, strength: float) -> np.ndarray:
    """[3] linear gain of a wrong white balance: warm or cold, sometimes green or any hue."""
    if rng.random() < 0.06:
        return (1 + 0.5 * strength * rng.normal(0, 1, 3)).clip(0.35, 1.8).astype(np.float32)
    amount = rng.normal(0, 0.4) * strength
    gain = (_WARM if amount > 0 else _COLD) ** abs(amount)
    return (gain * [1, 1 + 0.05 * rng.normal() * strength, 1]).astype(np.float32)


def _saturate(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    grey = (x @ _LUMA)[..., None]
    kind = rng.random()
    if kind < 0.04:
        return np.repeat(grey, 3, 2)
    if kind < 0.06:  # sepia, duotone
        return grey ** rng.uniform(0.7, 1.4, 3).astype(np.float32)
    if kind < 0.09:  # a filter
        return x + np.float32(rng.uniform(0.1, 0.45)) * (rng.random(3).astype(np.float32) - x)
    return grey + np.float32(np.exp(rng.normal(0, 0.22))) * (x - grey)


def _soften(x: np.ndarray, rng: np.random.Generator, poor: bool) -> np.ndarray:
    """Low resolution, lens and motion blur."""
    height, width = x.shape[:2]
    if rng.random() < (0.6 if poor else 0.2):
        factor = np.exp(rng.uniform(np.log(1.2), np.log(5.0 if poor else 2.0)))
        small = max(int(width / factor), 24), max(int(height / factor), 24)
        x = cv2.resize(x, small, interpolation=cv2.INTER_AREA)
        x = cv2.resize(
            x, (width, height), interpolation=cv2.INTER_CUBIC if rng.random() < 0.5 else cv2.INTER_LINEAR
        )
    if rng.random() < 0.25:
        x = cv2.GaussianBlur(x, (0, 0), rng.uniform(0.4, 2.5 if poor else 1.0))
    if poor and rng.random() < 0.15:
        length, angle = rng.uniform(3, 13), rng.uniform(0, np.pi)
        kernel = np.zeros((15, 15), np.float32)
        end = np.array([np.cos(angle), np.sin(angle)]) * length / 2
        cv2.line(kernel, tuple(np.round(7 - end).astype(int)), tuple(np.round(7 + end).astype(int)), 1.0, 1)
        x = cv2.filter2D(x, -1, kernel / kernel.sum())
    return x


def _noise(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    size = rng.choice([1, 1, 2])
    shape = (-(-height // size), -(-width // size))
    luma = rng.standard_normal((*shape, 1), np.float32) * np.float32(rng.uniform(0.004, 0.04))
    chroma = rng.standard_normal((*shape, 3), np.float32) * np.float32(rng.uniform(0, 0.025))
    return cv2.resize(luma + chroma, (width, height), interpolation=cv2.INTER_LINEAR)


def _jpeg(picture: np.ndarray, quality: int) -> np.ndarray:
    data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])
