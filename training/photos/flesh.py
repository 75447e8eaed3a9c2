"""What lies on and in a face: noises of the skin, eyeballs, teeth and the inside of the mouth."""

from __future__ import annotations

import numpy as np
from numba import njit

from training.photos.light import to_linear
from training.photos.look import FaceLook

#: Periods of the skin's noises, cm: two of mottling, three of grain.
PERIODS = np.array([1.9, 0.75, 0.21, 0.085, 0.05], np.float32)
_LATTICE = np.random.default_rng(5).standard_normal((64, 64, 64)).astype(np.float32)
#: Where the iris ends, degrees from the eye's axis.
_IRIS_ANGLE = 22.5


def noise_at(places: np.ndarray, periods: np.ndarray = PERIODS) -> np.ndarray:
    """[N, K] smooth noises of ``periods`` [K] cm at places [N, 3]; about normal."""
    out = np.empty((len(places), len(periods)), np.float32)
    _lattice_noise(np.ascontiguousarray(places, np.float32), _LATTICE, periods, out)
    return out


def step(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 below ``low``, 1 above ``high``, smooth between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def paint_eye(rest: np.ndarray, center: np.ndarray, look: FaceLook) -> np.ndarray:
    """[N, 3] linear albedo of an eyeball about ``center`` [3] at places [N, 3] of the mean head, cm."""
    rng = np.random.default_rng(look.seed + 1)
    offset = rest - center
    unit = offset / np.maximum(np.linalg.norm(offset, axis=1, keepdims=True), 1e-6)
    angle = np.degrees(np.arccos(unit[:, 2].clip(-1, 1)))
    around = np.arctan2(unit[:, 1], unit[:, 0])
    noise = noise_at(rest)
    white = to_linear(np.array([0.77, 0.735, 0.71]) - rng.uniform(0, 0.05, 3) * (1, 1, 1.8))
    # The whites of deep skin's eyes hold some melanin.
    white *= 1 - look.monk / 9 * np.array([0.18, 0.24, 0.34])
    corner = step(np.abs(unit[:, 0]), 0.45, 0.85)
    veins = np.exp(-(((noise[:, 2] + 0.4 * noise[:, 3]) / 0.16) ** 2)) * step(angle, 26, 45)
    pink = (0.10 + 0.55 * corner + rng.uniform(0.1, 0.5) * veins)[:, None]
    color = white * (1 - pink * np.array([0.10, 0.48, 0.45]))
    iris = to_linear(np.array(look.iris))
    waves = sum(np.sin(k * around + rng.uniform(0, 6.28)) for k in (9, 17, 23, 31, 43)) / 5
    fibre = 1 + 0.55 * waves * step(angle, 8, 13)
    glow = np.interp(angle, (0, 10, 15, 20, _IRIS_ANGLE), (0.7, 0.8, 1.15, 1.1, 0.75))
    inner = (1 - step(angle, look.pupil + 1, look.pupil + 6))[:, None]
    tone = iris * (1 + rng.uniform(0, 0.6) * inner * np.array([0.5, 0.05, -0.4]))
    tone = tone * (fibre * glow * (1 + 0.15 * noise[:, 1]))[:, None] * 1.15
    rim = np.exp(-(((angle - _IRIS_ANGLE + 0.8) / 1.9) ** 2)) * rng.uniform(0.5, 0.9)
    tone = tone * (1 - rim[:, None])
    color = color + (1 - step(angle, _IRIS_ANGLE - 1.2, _IRIS_ANGLE + 1.2))[:, None] * (tone - color)
    pupil = 1 - step(angle, look.pupil - 0.9, look.pupil + 0.9)
    return (color + pupil[:, None] * (0.004 - color)).clip(0.002, 1).astype(np.float32)


def paint_mouth(rest: np.ndarray, name: str, look: FaceLook) -> np.ndarray:
    """[N, 3] linear albedo of teeth, tongue and the inside of the mouth, darker farther back."""
    rng = np.random.default_rng(look.seed + 2)
    noise = noise_at(rest)
    depth = step(rest[:, 2], 5.5, 11.0)[:, None]
    if not name.startswith("teeth"):
        red = (0.42, 0.13, 0.12) if name == "tongue" else (0.32, 0.09, 0.085)
        return (np.array(red) * (1 + 0.15 * noise[:, 2:3]) * (0.14 + 0.86 * depth**2)).clip(0.002, 1)
    upper = name.endswith("upper")
    white = to_linear(np.array([0.85, 0.82, 0.74]) - rng.uniform(0, 0.09) * np.array([0.6, 1, 1.9]))
    # Teeth lie on an arch; places along it from the middle.
    along = np.abs(rest[:, 0]) * (1 + 0.035 * rest[:, 0] ** 2)
    widths = (0.86, 0.68, 0.76, 0.72, 0.72, 1.0, 1.0) if upper else (0.54, 0.6, 0.68, 0.7, 0.7, 1.0, 1.0)
    gaps = np.r_[0, np.cumsum(widths)] + rng.normal(0, 0.02, len(widths) + 1)
    gap = np.abs(along[:, None] - gaps).min(1)
    dark = 1 - rng.uniform(0.2, 0.55) * np.exp(-((gap / 0.04) ** 2)) - 0.12 * np.exp(-((gap / 0.16) ** 2))
    gum_line = -2.5 if upper else -3.95
    edge = rest[:, 1] - gum_line + 0.12 * np.cos(np.minimum(gap, 0.4) * 7)
    gum = step(edge if upper else -edge, -0.04, 0.06)[:, None]
    pink = np.array([0.45, 0.16, 0.15])
    color = white * dark[:, None] * (1 + 0.03 * noise[:, 1:2])
    return ((color + gum * (pink - color)) * (0.06 + 0.94 * depth**2)).clip(0.002, 1)


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _lattice_noise(places, lattice, periods, out):  # type: ignore[no-untyped-def]
    """Smooth noise of unit strength on average, one column for each period."""
    mask = lattice.shape[0] - 1
    for i in range(places.shape[0]):
        for k in range(periods.shape[0]):
            inverse = 1 / periods[k]
            x, y, z = (
                places[i, 0] * inverse + 500.3,
                places[i, 1] * inverse + 500.7,
                places[i, 2] * inverse + 500.1,
            )
            a, b, c = int(x), int(y), int(z)
            x, y, z = x - a, y - b, z - c
            x, y, z = x * x * (3 - 2 * x), y * y * (3 - 2 * y), z * z * (3 - 2 * z)
            a0, b0, c0 = a & mask, b & mask, c & mask
            a1, b1, c1 = (a + 1) & mask, (b + 1) & mask, (c + 1) & mask
            p = lattice[a0, b0, c0] * (1 - x) + lattice[a1, b0, c0] * x
            q = lattice[a0, b1, c0] * (1 - x) + lattice[a1, b1, c0] * x
            r = lattice[a0, b0, c1] * (1 - x) + lattice[a1, b0, c1] * x
            s = lattice[a0, b1, c1] * (1 - x) + lattice[a1, b1, c1] * x
            out[i, k] = ((p * (1 - y) + q * y) * (1 - z) + (r * (1 - y) + s * y) * z) * np.float32(1.7)
