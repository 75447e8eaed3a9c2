"""Light on a face: lamps and sky of the usual places, skin-like shading, and a camera's tone curve."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit

#: Kinds of light and how often they are met.
KINDS = {
    "window": 0.22, "overcast": 0.15, "indoor": 0.2, "sun": 0.14, "ring": 0.06, "flash": 0.06,
    "back": 0.06, "stage": 0.025, "under": 0.03, "two": 0.025,
}  # fmt: skip
#: Luminance of linear sRGB.
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
#: Reflectance for which a camera needs no correction, and the power of what it makes up for.
_USUAL, _METER = 0.36, 0.2
#: How far light creeps round the terminator in skin, by channel.
_WRAP = np.array([0.24, 0.10, 0.06], np.float32)
#: Below this gloss a surface is skin; above, it is wet and mirrors lamps as discs.
WET = 0.9


@dataclass(frozen=True)
class Lights:
    """Lamps and surroundings.

    Attributes:
        kind: one of ``KINDS``.
        direction: [L, 3] unit vectors towards the lamps, camera space (x right, y up, z to the camera).
        color: [L, 3] linear irradiance of a surface that faces the lamp; the first lamp casts shadows.
        size: [L] angular radius, rad.
        sky, ground, side: [3] linear light from above and below, and what is added on the right and
            taken away on the left.
        exposure: of the camera.
    """

    kind: str
    direction: np.ndarray
    color: np.ndarray
    size: np.ndarray
    sky: np.ndarray
    ground: np.ndarray
    side: np.ndarray
    exposure: float


def sample_light(rng: np.random.Generator, kind: str | None = None, metered: float = _USUAL) -> Lights:
    """A random place.

    Args:
        kind: one of ``KINDS``, by default a random one.
        metered: reflectance of what the camera exposes for, in (0, 1]; a meter makes up for part of it.

    Raises:
        ValueError: there is no such kind.
    """
    kind = kind or str(rng.choice(list(KINDS), p=np.array(list(KINDS.values())) / sum(KINDS.values())))
    turn = rng.choice((-1, 1))
    white = _tint(rng, 0.05)
    spread = 1.0
    level = rng.uniform(0.25, 0.55)
    sky, ground = level * _tint(rng, 0.05), level * rng.uniform(0.35, 0.8) * _tint(rng, 0.06)
    bright = rng.uniform(0.62, 0.92)
    if kind == "window":
        lamps = [(turn * rng.uniform(10, 75), rng.uniform(0, 35), white, rng.uniform(0.25, 0.5))]
    elif kind == "overcast":
        lamps = [(turn * rng.uniform(0, 40), rng.uniform(35, 70), 0.5 * white, 0.7)]
        sky, ground = 0.8 * _tint(rng, 0.04), rng.uniform(0.25, 0.5) * _tint(rng, 0.05)
    elif kind == "indoor":
        lamps = [(turn * rng.uniform(0, 60), rng.uniform(25, 65), 0.8 * _tint(rng, 0.09), 0.22),
                 (-turn * rng.uniform(20, 80), rng.uniform(0, 40), 0.35 * _tint(rng, 0.09), 0.3)]  # fmt: skip
    elif kind == "sun":
        sun = np.array([1.08, 1.0, 0.88]) * rng.uniform(1.0, 1.6)
        lamps = [(turn * rng.uniform(5, 75), rng.uniform(18, 65), sun, 0.04)]
        sky = level * np.array([0.85, 1.0, 1.2])
    elif kind in ("ring", "flash"):
        lamps = [(rng.normal(0, 4), rng.uniform(0, 10), white, 0.14 if kind == "ring" else 0.05)]
        sky, ground = 0.6 * sky, 0.6 * ground
    elif kind == "back":
        lamps = [(turn * rng.uniform(115, 160), rng.uniform(10, 50), 1.8 * _tint(rng, 0.12), 0.15),
                 (-turn * rng.uniform(0, 50), rng.uniform(0, 30), 0.35 * white, 0.5)]  # fmt: skip
        bright = rng.uniform(0.4, 0.75)
    elif kind == "under":
        lamps = [(turn * rng.uniform(0, 40), -rng.uniform(20, 55), _tint(rng, 0.12), 0.15)]
        spread = 0.6
    elif kind == "stage":
        lamps = [(turn * rng.uniform(10, 60), rng.uniform(25, 60), _hue(rng, 0.75), 0.06),
                 (-turn * rng.uniform(100, 150), rng.uniform(10, 45), 1.5 * _hue(rng, 0.9), 0.1)]  # fmt: skip
        spread = 0.35
        bright = rng.uniform(0.4, 0.75)
    elif kind == "two":
        lamps = [(rng.uniform(25, 75), rng.uniform(0, 30), _hue(rng, 0.8), 0.2),
                 (-rng.uniform(25, 75), rng.uniform(0, 30), _hue(rng, 0.8), 0.2)]  # fmt: skip
        spread = 0.4
    else:
        raise ValueError(f"no light is called {kind!r}; there are {', '.join(KINDS)}")
    azimuth, elevation = np.radians([lamp[0] for lamp in lamps]), np.radians([lamp[1] for lamp in lamps])
    flat = np.cos(elevation)
    direction = np.stack([flat * np.sin(azimuth), np.sin(elevation), flat * np.cos(azimuth)], -1)
    color = np.stack([lamp[2] for lamp in lamps])
    sizes = np.array([lamp[3] for lamp in lamps])
    sky, ground = spread * sky, spread * ground
    side = rng.uniform(-0.35, 0.35) * (sky + ground) / 2
    # The camera exposes for a face: what looks at it, and what looks half to each side.
    probes = np.array([[0, 0.1, 1.0], [0.6, 0.1, 0.8], [-0.6, 0.1, 0.8]])
    lit = np.maximum(probes @ direction.T, 0) @ color + (sky + ground) / 2
    exposure = bright * float(np.exp(rng.normal(0, 0.1))) / float((lit @ LUMINANCE).mean())
    exposure *= (_USUAL / metered) ** _METER
    direction, color, sizes, sky, ground, side = (
        a.astype(np.float32) for a in (direction, color, sizes, sky, ground, side)
    )
    return Lights(kind, direction, color, sizes, sky, ground, side, exposure)


def shade(
    albedo: np.ndarray, gloss: np.ndarray, normal: np.ndarray, depth: np.ndarray, lights: Lights,
    shadow: np.ndarray | None = None, occlusion: np.ndarray | None = None,
) -> np.ndarray:  # fmt: skip
    """Light reflected to the camera.

    Args:
        albedo: [H, W, 3] linear; gloss: [H, W] in [0, 1], above ``WET`` for eyes and the like.
        normal: [H, W, 3] unit, camera space; zero where there is nothing.
        depth: [H, W] distance from the camera, cm; inf where there is nothing.
        shadow: [H, W] share of the first lamp that is seen, or None for all of it.
        occlusion: [H, W] share of the surroundings that is seen, or None to guess it from the depth.

    Returns:
        [H, W, 3] float32 linear, 0 where there is nothing.
    """
    height, width = depth.shape
    seen = np.isfinite(depth)
    hidden = _screen_occlusion(depth, seen)
    if occlusion is not None:
        hidden = hidden * occlusion
    sight = np.ones((height, width), np.float32) if shadow is None else shadow.astype(np.float32)
    diffuse = np.zeros((height, width, 3), np.float32)
    mirrored = np.zeros((height, width, 3), np.float32)
    _reflect(np.ascontiguousarray(normal, np.float32), gloss.astype(np.float32), seen, sight,
             hidden.astype(np.float32), lights.direction, lights.color, lights.size, lights.sky,
             lights.ground, lights.side, _WRAP, diffuse, mirrored)  # fmt: skip
    # Light wanders sideways under the skin, the red farthest.
    weight = (seen & (gloss <= WET)).astype(np.float32)
    for channel, reach in ((0, 1 / 260), (1, 1 / 700)):
        sigma = reach * max(height, width)
        spread = cv2.GaussianBlur(diffuse[..., channel] * weight, (0, 0), sigma)
        spread /= np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 1e-3)
        diffuse[..., channel] += 0.7 * weight * (spread - diffuse[..., channel])
    return (albedo * diffuse + mirrored) * np.float32(lights.exposure)


def to_srgb(linear: np.ndarray) -> np.ndarray:
    """sRGB in [0, 1] of linear light by a camera's curve: highlights roll off, darks have a short toe."""
    x = np.maximum(linear, 0).astype(np.float32)
    knee = np.float32(0.55)
    over = np.maximum(x - knee, 0) / (1 - knee)
    x = np.minimum(x, knee) + (1 - knee) * (1 - np.exp(-over))
    x = np.where(x < 0.0031308, 12.92 * x, 1.055 * np.maximum(x, 1e-8) ** np.float32(1 / 2.4) - 0.055)
    return np.clip(x + 0.06 * (x * x * (3 - 2 * x) - x), 0, 1).astype(np.float32)


def to_linear(srgb: np.ndarray) -> np.ndarray:
    """Linear light of sRGB in [0, 1], of the same shape and precision."""
    c = np.asarray(srgb)
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def _tint(rng: np.random.Generator, amount: float) -> np.ndarray:
    """A white that is a bit warm or cold."""
    warm = rng.normal(0, amount)
    return np.array([1 + warm, 1 + rng.normal(0, amount / 4), 1 - 1.3 * warm]).clip(0.5, 1.6)


def _hue(rng: np.random.Generator, saturation: float) -> np.ndarray:
    angle = rng.uniform(0, 2 * np.pi) + np.array([0, 2, 4]) * np.pi / 3
    return (1 + saturation * np.cos(angle)).clip(0.02, None)


def _screen_occlusion(depth: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """[H, W] 1 where the surface is level with its surroundings, less in hollows."""
    small = (max(depth.shape[1] // 4, 1), max(depth.shape[0] // 4, 1))
    weight = cv2.resize(seen.astype(np.float32), small, interpolation=cv2.INTER_AREA)
    near = cv2.resize(np.where(seen, depth, 0).astype(np.float32), small, interpolation=cv2.INTER_AREA)
    sigma = max(depth.shape) / 4 / 55
    around = cv2.GaussianBlur(near, (0, 0), sigma) / np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 1e-3)
    around = cv2.resize(around, depth.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return 1 - np.clip(0.45 * (np.where(seen, depth, 0) - around), 0, 0.5)


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _reflect(  # type: ignore[no-untyped-def]
    normal, gloss, seen, sight, hidden, direction, color, size, sky, ground, side, wrap, diffuse, mirrored
):
    for row in range(normal.shape[0]):
        for column in range(normal.shape[1]):
            if not seen[row, column]:
                continue
            nx, ny, nz = normal[row, column]
            g, open_ = gloss[row, column], hidden[row, column]
            facing = max(nz, 0.05)
            for c in range(3):
                sun = (sky[c] + ground[c]) / 2 + ny * (sky[c] - ground[c]) / 2 + nx * side[c]
                # Light that comes back from the walls of a hollow is tinted by skin.
                diffuse[row, column, c] = max(sun, 0.0) * open_ ** (1.0 if c > 0 else 0.8)
            wet = g > 0.9
            rough = 0.06 if wet else 0.62 - 0.28 * g
            up = 2 * nz * ny
            fresnel = 0.03 + 0.6 * (1 - facing) ** 5
            for c in range(3):
                around = (sky[c] + ground[c]) / 2 + up * (sky[c] - ground[c]) / 2
                # Grazing light is the first that a hollow loses.
                mirrored[row, column, c] = around * open_**3 * fresnel * (0.9 if wet else 0.25 + 0.3 * g)
            for k in range(direction.shape[0]):
                lx, ly, lz = direction[k]
                cosine = nx * lx + ny * ly + nz * lz
                visible = sight[row, column] if k == 0 else 0.5 + 0.5 * open_
                for c in range(3):
                    w = wrap[c] + 0.35 * size[k]
                    lit = max((cosine + w) / (1 + w), 0.0)
                    lit = lit * lit / (lit + 0.25 * w) * (1 + 0.25 * w)
                    diffuse[row, column, c] += lit * visible * color[k, c]
                if wet:
                    # The lamp in a mirror: a disc, and of a wide one, which has frames and curtains, a part.
                    ray = 2 * nz * cosine - lz
                    angle = math.acos(min(max(ray, -1.0), 1.0))
                    radius = min(0.7 * size[k], 0.22)
                    soft = 0.25 * radius + 0.05
                    inside = min(max((radius + soft - angle) / soft, 0.0), 1.0)
                    shine = min(0.045 * inside / (size[k] * size[k] + 0.01), 1.4)
                elif cosine > 0:
                    hx, hy, hz = lx, ly, lz + 1
                    length = math.sqrt(hx * hx + hy * hy + hz * hz) + 1e-6
                    half = max((nx * hx + ny * hy + nz * hz) / length, 0.0)
                    slope = (rough + 0.25 * size[k]) ** 2
                    d = half * half * (slope * slope - 1) + 1
                    peak = slope * slope / (d * d)
                    bend = max(1 - hz / length, 0.0) ** 5
                    k_ = slope / 2
                    mask = 1 / ((cosine * (1 - k_) + k_) * (facing * (1 - k_) + k_))
                    shine = peak * (0.028 + 0.97 * bend) * mask * 0.25 * cosine * (0.5 + 1.1 * g)
                else:
                    continue
                for c in range(3):
                    mirrored[row, column, c] += shine * visible * color[k, c]
