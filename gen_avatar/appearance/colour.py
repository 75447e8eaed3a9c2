"""Colours of people: robust statistics, the cast of the light, and the range that nature gives."""

from __future__ import annotations

import cv2
import numpy as np

from gen_avatar.tones import EYE_TONES, HAIR_TONES, SKIN_TONES


def to_lab(rgb: np.ndarray) -> np.ndarray:
    """CIE Lab (D65), float32, of uint8 sRGB [..., 3]."""
    shape = rgb.shape
    return cv2.cvtColor(rgb.reshape(1, -1, 3).astype(np.float32) / 255, cv2.COLOR_RGB2LAB).reshape(shape)


def lab_to_hex(lab: np.ndarray) -> str:
    """``#rrggbb`` of a Lab colour [3], clipped to sRGB."""
    rgb = cv2.cvtColor(np.asarray(lab, np.float32).reshape(1, 1, 3), cv2.COLOR_LAB2RGB).reshape(3)
    return "#" + "".join(f"{round(float(v) * 255):02x}" for v in np.clip(rgb, 0, 1))


def hex_to_lab(color: str) -> np.ndarray:
    """Lab [3] of ``#rrggbb``."""
    return to_lab(np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)], np.uint8))


def lab_to_linear(lab: np.ndarray) -> np.ndarray:
    """Linear RGB [3] of a Lab colour [3], clipped to sRGB."""
    rgb = cv2.cvtColor(np.asarray(lab, np.float32).reshape(1, 1, 3), cv2.COLOR_LAB2RGB).reshape(3)
    return np.clip(rgb, 0, 1) ** np.float32(2.2)


def colour_trust(lab: np.ndarray, valid: np.ndarray) -> float:
    """How far a picture's colours can be believed, in [0, 1].

    0 for greyscale, sepia and other pictures in which hue is a function of lightness.

    Args:
        lab: [H, W, 3].
        valid: [H, W] bool.
    """
    pixels = lab[::3, ::3][valid[::3, ::3]]
    if not len(pixels):
        return 0.0
    lightness = pixels[:, 0]
    # Hue as a function of lightness: the median (a, b) of each of ten bands. What is left after it is
    # taken away is true variety of colour, which greyscale, sepia and duotone pictures lack.
    bands = np.clip((lightness / 10).astype(int), 0, 9)
    residual = np.zeros(len(pixels), np.float32)
    for band in np.unique(bands):
        chosen = bands == band
        ab = pixels[chosen, 1:]
        away = ab - np.median(ab, 0)
        residual[chosen] = np.hypot(away[:, 0], away[:, 1])
    variety = float(np.percentile(residual, 80))
    return float(np.clip((variety - 2.0) / 3.0, 0, 1))


def polyline_position(lab: np.ndarray, tones: np.ndarray, weights: tuple[float, float, float]) -> float:
    """Position of the nearest point on a polyline of Lab tones [N, 3], in [0, N − 1]."""
    scale = np.array(weights, np.float32)
    start, end, point = tones[:-1] * scale, tones[1:] * scale, np.asarray(lab) * scale
    edge = end - start
    t = np.clip(((point - start) * edge).sum(1) / (edge * edge).sum(1), 0, 1)
    distance = np.linalg.norm(start + t[:, None] * edge - point, axis=1)
    nearest = int(distance.argmin())
    return nearest + float(t[nearest])


_SKIN_LAB = np.stack([hex_to_lab(tone) for tone in SKIN_TONES])
_HAIR_LAB = np.stack([hex_to_lab(tone) for tone in HAIR_TONES.values()])
_HAIR_CLASS = tuple(name.split(",")[0] for name in HAIR_TONES)
_EYE_LAB = np.stack([hex_to_lab(tone) for tone in EYE_TONES])


def skin_step(color: str) -> float:
    """Where a skin colour stands among ``SKIN_TONES``, which are worn for the tones of the Monk scale: 1
    (lightest) to 10."""
    return 1.0 + polyline_position(hex_to_lab(color), _SKIN_LAB, (1.0, 0.2, 0.2))


def hair_class(color: str) -> str:
    """``black``, ``brown``, ``blond``, ``red`` or ``grey``: how people would name a hair colour."""
    return _hair_class(hex_to_lab(color))


def _hair_class(lab: np.ndarray) -> str:
    lightness, chroma = float(lab[0]), float(np.hypot(lab[1], lab[2]))
    hue = float(np.degrees(np.arctan2(lab[2], lab[1])))
    # The lighter the exposure of black hair, the greyer it must be not to be brown.
    if lightness < 38 and chroma + 0.5 * max(lightness - 18, 0) < 14:
        return "black"
    if chroma < 10.5 and lightness > 46:
        return "grey"
    if hue < 58 and chroma > 26 and lightness > 22:
        return "red"
    return "blond" if lightness > 49 else "brown"


def _nearest(lab: np.ndarray, tones: np.ndarray) -> int:
    return int(np.linalg.norm((tones - lab) * np.array([0.8, 1.0, 1.0]), axis=1).argmin())


def natural_skin(lab: np.ndarray, pull: float = 0.6) -> tuple[np.ndarray, float]:
    """Draw a measured skin colour to the line of natural tones.

    Returns:
        Lab [3], and how far the measurement lay from the line (ΔE).
    """
    position = polyline_position(lab, _SKIN_LAB, (1.0, 0.2, 0.2))
    low = min(int(position), len(_SKIN_LAB) - 2)
    natural = _SKIN_LAB[low] + (position - low) * (_SKIN_LAB[low + 1] - _SKIN_LAB[low])
    distance = float(np.linalg.norm(lab - natural))
    # The further from nature, the more the light is to blame: at most 6 ΔE of personal tint stay.
    keep = min(1 - pull, 6.0 / max(distance, 1e-6))
    return natural + keep * (lab - natural), distance


def natural_hair(lab: np.ndarray, name: str | None = None, pull: float = 0.6) -> tuple[np.ndarray, float]:
    """As :func:`natural_skin` for hair: drawn to the nearest natural colour of a class, or of its own."""
    same = np.array([known == (name or _hair_class(lab)) for known in _HAIR_CLASS])
    tone = _HAIR_LAB[same][_nearest(lab, _HAIR_LAB[same])]
    distance = float(np.linalg.norm(lab - tone))
    color = tone + min(1 - pull, 8.0 / max(distance, 1e-6)) * (lab - tone)
    return np.maximum(color, [_HAIR_LAB[0][0], -128, -128]), distance


def main_color(pixels: np.ndarray) -> np.ndarray:
    """Lab [3] of most of the pixels [N, 3]: the largest of three clusters.

    Shirt, jacket and shade are different colours, and their mean is none of them.
    """
    pixels = np.ascontiguousarray(pixels[:: max(1, len(pixels) // 2000)], np.float32)
    if len(pixels) < 3:
        return np.median(pixels, 0)
    cv2.setRNGSeed(0)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 1.0)
    _, label, centres = cv2.kmeans(pixels, 3, np.zeros((0, 1), np.int32), stop, 1, cv2.KMEANS_PP_CENTERS)
    return centres[int(np.bincount(label.ravel(), minlength=3).argmax())]


def natural_eye(lab: np.ndarray, pull: float = 0.6) -> np.ndarray:
    """Iris colour drawn to the nearest natural one; hue counts more than lightness."""
    tone = _EYE_LAB[int(np.linalg.norm((_EYE_LAB - lab) * np.array([0.6, 1.2, 1.2]), axis=1).argmin())]
    return tone + (1 - pull) * (lab - tone)
