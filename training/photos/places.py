"""Places behind people; arguments and results as in :mod:`training.photos.patterns`."""

from __future__ import annotations

import cv2
import numpy as np

from training.photos.patterns import fractal_noise, paint, pixel, plain, tint, wall

#: sRGB of grass, sand, water, snow and tarmac.
_GROUNDS = np.array(
    [[0.2, 0.35, 0.12], [0.8, 0.72, 0.55], [0.15, 0.3, 0.4], [0.9, 0.92, 0.95], [0.3, 0.3, 0.32]], np.float32
)


def room(h: int, w: int, rng: np.random.Generator) -> np.ndarray:
    """A wall with windows, frames, doors, lamps and shelves of books."""
    image = wall(h, w, rng)
    for _ in range(rng.integers(1, 6)):
        x, y = int(rng.uniform(-0.1, 0.9) * w), int(rng.uniform(-0.1, 0.8) * h)
        dx, dy = int(rng.uniform(0.1, 0.5) * w), int(rng.uniform(0.1, 0.6) * h)
        kind = rng.choice(["window", "frame", "shelf", "door", "lamp"])
        color = paint(tint(rng))
        if kind == "lamp":
            cv2.circle(image, (x, y), max(dx // 3, 2), (1.3, 1.2, 0.95), -1, cv2.LINE_AA)
            continue
        inside = (1.2, 1.25, 1.3) if kind == "window" else paint(tint(rng))
        cv2.rectangle(image, (x, y), (x + dx, y + dy), inside, -1)
        cv2.rectangle(image, (x, y), (x + dx, y + dy), color, int(rng.integers(1, 7)))
        if kind == "window":
            cv2.line(image, (x + dx // 2, y), (x + dx // 2, y + dy), color, 3)
            cv2.line(image, (x, y + dy // 2), (x + dx, y + dy // 2), color, 3)
        elif kind == "shelf":
            at = x
            while at < x + dx:
                thick = int(rng.integers(3, 12))
                top = y + int(rng.uniform(0, 0.4) * dy)
                cv2.rectangle(image, (at, top), (at + thick, y + dy), paint(tint(rng)), -1)
                at += thick + int(rng.integers(0, 2))
    return image


def leaves(h: int, w: int, rng: np.random.Generator) -> np.ndarray:
    """Leaves and branches, sometimes in autumn."""
    backdrop = [0.7, 0.8, 0.95] if rng.random() < 0.4 else [0.06, 0.1, 0.04]  # the sky, or more leaves
    image = np.ones((h, w, 3), np.float32) * np.array(backdrop, np.float32)
    base = np.array([rng.uniform(0.1, 0.6), rng.uniform(0.3, 0.6), rng.uniform(0.05, 0.25)])
    if rng.random() < 0.2:  # autumn, or blossom
        base = np.array([rng.uniform(0.5, 0.9), rng.uniform(0.2, 0.6), rng.uniform(0.1, 0.6)])
    for _ in range(rng.integers(0, 8)):
        start, end = rng.uniform(0, (w, h)), rng.uniform(0, (w, h))
        thick = int(rng.integers(1, 12))
        cv2.line(image, pixel(start), pixel(end), (0.2, 0.14, 0.1), thick, cv2.LINE_AA)
    size = rng.uniform(2, 11)
    for center in rng.uniform(0, (w, h), (int(2500 / size), 2)):
        color = base * rng.uniform(0.25, 1.5) + rng.normal(0, 0.03, 3)
        axes = (max(1, int(size * rng.uniform(0.5, 1.5))), max(1, int(size * rng.uniform(0.2, 0.7))))
        angle = rng.uniform(0, 180)
        cv2.ellipse(image, pixel(center), axes, angle, 0, 360, paint(color), -1)
    return image


def sky(h: int, w: int, rng: np.random.Generator) -> np.ndarray:
    """A sky with clouds, often over land or water."""
    top = np.array([0.35, 0.55, 0.9], np.float32) * np.float32(rng.uniform(0.4, 1.1))
    evening = rng.random() < 0.25
    low = np.array([0.95, 0.7, 0.5] if evening else [0.8, 0.88, 0.97], np.float32)
    ramp = np.linspace(0, 1, h, dtype=np.float32)[:, None, None]
    image = np.broadcast_to(top + ramp * (low - top), (h, w, 3)).copy()
    cloud = np.clip(fractal_noise(h, w, rng, 5, 1.0) + rng.uniform(-0.8, 0.6), 0, 1)[..., None]
    image += cloud * (np.float32(rng.uniform(0.75, 1)) - image)
    if rng.random() < 0.7:
        line = int(rng.uniform(0.4, 0.95) * h)
        ground = _GROUNDS[rng.integers(len(_GROUNDS))]
        hill = line + fractal_noise(1, w, rng, 4, 0.06 * h)[0]
        below = np.arange(h)[:, None] > hill[None]
        image[below] = (ground * (1 + fractal_noise(h, w, rng, 6, 0.15)[..., None]))[below]
    return image


def street(h: int, w: int, rng: np.random.Generator) -> np.ndarray:
    """House fronts under the sky."""
    image = sky(h, w, rng)
    x = int(rng.uniform(-0.2, 0) * w)
    while x < w:
        wide, top = int(rng.uniform(0.15, 0.5) * w), int(rng.uniform(-0.2, 0.5) * h)
        front, pane = (paint(tint(rng)) for _ in range(2))
        cv2.rectangle(image, (x, top), (x + wide, h), front, -1)
        step = int(rng.uniform(8, 30))
        for px in range(x + step // 2, x + wide - step // 2, step):
            for py in range(top + step // 2, h, int(step * 1.4)):
                light = pane if rng.random() < 0.85 else (1, 0.95, 0.7)
                cv2.rectangle(image, (px, py), (px + step // 2, py + int(step * 0.8)), light, -1)
        x += wide
    return image


def crowd(h: int, w: int, rng: np.random.Generator) -> np.ndarray:
    """People farther away: bodies, hair and faces, the nearest last."""
    image = room(h, w, rng) if rng.random() < 0.5 else plain(h, w, rng)
    size = rng.uniform(0.04, 0.2) * w
    places = rng.uniform((0, 0.1 * h), (w, h), (int(rng.integers(2, 14)), 2))
    for place in sorted(places, key=lambda p: p[1]):
        _bystander(image, place, size, rng)
    return cv2.GaussianBlur(image, (0, 0), max(0.3, size * rng.uniform(0.02, 0.2)))


def _bystander(image: np.ndarray, place: np.ndarray, size: float, rng: np.random.Generator) -> None:
    """Draw a head at ``place`` (x, y) with shoulders below, in place; ``size``: pixels."""
    skin = np.array([0.9, 0.72, 0.6]) * rng.uniform(0.3, 1.05)
    hair, cloth = tint(rng), tint(rng)
    x, y = place
    for below, wide, tall, color in (
        (2.6, 1.7, 1.9, cloth),
        (-0.2, 0.85, 1.1, hair),
        (0.2, 0.68, 0.95, skin),
    ):
        middle, axes = (int(x), int(y + below * size)), (int(wide * size), int(tall * size))
        cv2.ellipse(image, middle, axes, 0, 0, 360, paint(color), -1, cv2.LINE_AA)
    if rng.random() < 0.6:  # eyes and mouth
        for side in (-1, 1):
            eye = int(x + 0.28 * size * side), int(y + 0.1 * size)
            cv2.circle(image, eye, max(1, int(0.09 * size)), (0.1, 0.07, 0.06), -1)
        left, right = (int(x + 0.2 * size * side) for side in (-1, 1))
        line, thick = int(y + 0.65 * size), max(1, int(0.06 * size))
        cv2.line(image, (left, line), (right, line), (0.5, 0.2, 0.2), thick)
