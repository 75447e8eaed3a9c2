"""Walls, cloths, lights and signs: what backgrounds are made of.

Scenes are functions of height and width in pixels and of a random generator that return [h, w, 3] float32
sRGB, about in [0, 1].
"""

from __future__ import annotations

import cv2
import numpy as np


def paint(color: np.ndarray) -> tuple[float, ...]:
    """A colour as OpenCV wants it."""
    return tuple(map(float, color))


def pixel(place: np.ndarray) -> tuple[int, int]:
    """The pixel of a place (x, y)."""
    return int(place[0]), int(place[1])


def tint(rng: np.random.Generator, vivid: float = 0.5) -> np.ndarray:
    """[3] sRGB: grey, wood, skin, hair, or any hue."""
    kind = rng.random()
    if kind < 0.35:
        return (rng.uniform(0.02, 1) * rng.uniform(0.9, 1.05, 3)).clip(0, 1).astype(np.float32)
    if kind < 0.6:  # browns and beiges, as hair, wood and skin have
        dark = np.array([0.15, 0.09, 0.06])
        brown = dark + rng.random() * (np.array([0.93, 0.8, 0.68]) - dark) * rng.uniform(0.9, 1.1, 3)
        return brown.clip(0, 1).astype(np.float32)
    grey = rng.random()
    return (grey + vivid * rng.uniform(0.4, 2) * (rng.random(3) - grey)).clip(0, 1).astype(np.float32)


def fractal_noise(h: int, w: int, rng: np.random.Generator, octaves: int, size: float) -> np.ndarray:
    """[h, w] fractal noise of about ±size."""
    total = np.zeros((h, w), np.float32)
    for octave in range(octaves):
        cells = 3 * 2**octave
        grid = rng.standard_normal((cells + 1, cells + 1)).astype(np.float32)
        total += cv2.resize(grid, (w, h), interpolation=cv2.INTER_CUBIC) * np.float32(0.6**octave)
    return total * np.float32(size)


def fill_blob(mask: np.ndarray, center: tuple[float, float], radius: float, rng: np.random.Generator) -> None:
    """Set an irregular blob of ``mask`` [h, w] to 1, in place; ``center`` and ``radius``: pixels."""
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    wave = np.zeros(len(angle))
    for k in range(2, 7):
        wave = wave + rng.normal(0, 0.2 / k) * np.cos(k * angle + rng.uniform(0, 6))
    oval = np.stack([np.cos(angle), np.sin(angle) * rng.uniform(0.5, 1.5)], 1)
    outline = oval * (radius * (1 + wave))[:, None]
    cv2.fillPoly(mask, [np.round(outline + center).astype(np.int32)], 1.0, cv2.LINE_AA)


def plain(h: int, w: int, rng: np.random.Generator) -> np.ndarray:
    """A wall with light on it."""
    a, b = tint(rng), tint(rng)
    down = rng.random() < 0.5
    ramp = np.linspace(0, 1, h if down else w, dtype=np.float32)[:, None]
    ramp = ramp if down else ramp.T
    share = np.broadcast_to(ramp, (h, w))[..., None] * np.float32(rng.choice([0, 0.2, 1.0]))
    image = a + share * (b - a)
    y, x = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j].astype(np.float32)
    glow = np.exp(
        -((x - rng.normal(0, 0.5)) ** 2 + (y - rng.normal(0, 0.5)) ** 2) / rng.uniform(0.3, 2)
    ).astype(np.float32)
    return (image * (1 + np.float32(rng.uniform(-0.3, 0.5)) * glow[..., None])).astype(np.float32)


def wall(h: int, w: int, rng: np.random.Generator) -> np.ndarray:
    """A wall of bricks, tiles, boards or plaster, or a curtain."""
    image = plain(h, w, rng)
    kind = rng.choice(
        ["plain", "bricks", "tiles", "boards", "folds", "plaster"], p=[0.5, 0.1, 0.1, 0.1, 0.1, 0.1]
    )
    line = paint(tint(rng))
    step = int(rng.uniform(10, 50))
    if kind in ("bricks", "tiles"):
        for i, y in enumerate(range(0, h, step)):
            cv2.line(image, (0, y), (w, y), line, int(rng.integers(1, 3)))
            first, wide = ((i % 2) * step, 2 * step) if kind == "bricks" else (0, step)
            for joint in range(first, w, wide):
                cv2.line(image, (joint, y), (joint, y + step), line, 1)
    elif kind == "boards":
        grain = cv2.resize(
            rng.standard_normal((h // 2, 6)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC
        )
        image = image * (1 + 0.08 * grain[..., None])
        for column in range(0, w, step):
            cv2.line(image, (column, 0), (column, h), line, 1)
        if rng.random() < 0.5:
            image = cv2.resize(np.ascontiguousarray(image.transpose(1, 0, 2)), (w, h))
    elif kind == "folds":
        x = np.arange(w, dtype=np.float32) / step
        fold = np.sin(6.3 * x + 1.5 * np.sin(2.1 * x)) * rng.uniform(0.1, 0.35)
        image = image * (1 + fold[None, :, None].astype(np.float32))
    elif kind == "plaster":
        image = image * (1 + fractal_noise(h, w, rng, 6, 0.08)[..., None])
    return image.astype(np.float32)


def bokeh(h: int, w: int, rng: np.random.Generator) -> np.ndarray:
    """Lamps out of focus."""
    image = plain(h, w, rng) * np.float32(rng.uniform(0.1, 0.8))
    for center in rng.uniform(0, (w, h), (int(rng.integers(10, 90)), 2)):
        layer = image.copy()
        radius = int(rng.uniform(3, 26))
        cv2.circle(layer, pixel(center), radius, paint(tint(rng, 1) * 1.3), -1, cv2.LINE_AA)
        image += np.float32(rng.uniform(0.2, 0.8)) * (layer - image)
    return image


def texture(h: int, w: int, rng: np.random.Generator) -> np.ndarray:
    """A patterned cloth or paper that fills the picture."""
    a, b = tint(rng), tint(rng)
    y, x = np.mgrid[:h, :w].astype(np.float32)
    kind, period = rng.choice(["noise", "stripes", "checks", "dots"]), np.float32(rng.uniform(4, 40))
    turn = rng.uniform(0, np.pi)
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    if kind == "noise":
        share = np.clip(0.5 + fractal_noise(h, w, rng, 7, 0.4), 0, 1)
    elif kind == "stripes":
        share = 0.5 + 0.5 * np.sin(6.28 * u / period)
    elif kind == "checks":
        share = 0.5 * ((u % period < period / 2) * 1.0 + (v % period < period / 2))
    else:
        share = (np.hypot(u % period - period / 2, v % period - period / 2) < period / 4) * 1.0
    return (a + share[..., None] * (b - a)).astype(np.float32)


def fibres(h: int, w: int, rng: np.random.Generator) -> np.ndarray:
    """Grass, straw, fur: lines like hair that belong to nobody."""
    image = plain(h, w, rng) * np.float32(0.5)
    base, lean = tint(rng), rng.normal(0, 0.6)
    for _ in range(1200):
        x, y = rng.uniform(0, w), rng.uniform(0, h)
        length, angle = rng.uniform(8, 50), lean + rng.normal(0, 0.25)
        end = (int(x + length * np.sin(angle)), int(y - length * np.cos(angle)))
        cv2.line(image, (int(x), int(y)), end, paint(base * rng.uniform(0.3, 1.4)), 1, cv2.LINE_AA)
    return image


def shapes(h: int, w: int, rng: np.random.Generator) -> np.ndarray:
    """Posters, signs, writing."""
    image = plain(h, w, rng)
    for _ in range(rng.integers(3, 25)):
        color = paint(tint(rng, 1))
        x, y = (int(v) for v in rng.uniform(0, (w, h)))
        kind = rng.integers(4)
        if kind == 0:
            corner = (x + int(rng.uniform(5, 120)), y + int(rng.uniform(5, 120)))
            cv2.rectangle(image, (x, y), corner, color, -1)
        elif kind == 1:
            mask = np.zeros((h, w), np.float32)
            fill_blob(mask, (x, y), rng.uniform(5, 70), rng)
            image = image + mask[..., None] * (np.array(color, np.float32) - image)
        elif kind == 2:
            word = "".join(chr(rng.integers(65, 91)) for _ in range(rng.integers(2, 9)))
            font, size, thick = int(rng.integers(0, 5)), rng.uniform(0.4, 3), int(rng.integers(1, 6))
            cv2.putText(image, word, (x, y), font, size, color, thick, cv2.LINE_AA)
        else:
            end = tuple(int(v) for v in rng.uniform(0, (w, h)))
            cv2.line(image, (x, y), end, color, int(rng.integers(1, 14)), cv2.LINE_AA)
    return image
