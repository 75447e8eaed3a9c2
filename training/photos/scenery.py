"""What lies behind people: walls, rooms, streets, leaves, skies, crowds, and things that look like hair or skin."""

from __future__ import annotations

import cv2
import numpy as np


def background(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """[height, width, 3] float32 in [0, 1], sRGB: a random scene, sharp or out of focus."""
    h, w = height // 2, width // 2
    kinds = ("wall", "room", "leaves", "sky", "street", "crowd", "bokeh", "texture", "fibres", "shapes")
    scene = _SCENES[rng.choice(kinds, p=[0.22, 0.14, 0.12, 0.1, 0.1, 0.08, 0.06, 0.08, 0.05, 0.05])](
        h, w, rng
    )
    if rng.random() < 0.3:  # something stands before it
        other = _SCENES[rng.choice(["room", "leaves", "shapes", "crowd", "fibres"])](h, w, rng)
        mask = np.zeros((h, w), np.float32)
        _blob(mask, (rng.uniform(0, w), rng.uniform(0, h)), rng.uniform(0.15, 0.5) * w, 1.0, rng)
        scene = scene + mask[..., None] * (other - scene)
    if rng.random() < 0.6:
        scene = cv2.GaussianBlur(scene, (0, 0), float(np.exp(rng.uniform(np.log(0.6), np.log(14)))))
    if rng.random() < 0.5:
        scene = scene + _noise(h, w, rng, 4, 0.06)[..., None]
    scene = scene * np.float32(np.exp(rng.normal(0, 0.3)))
    return np.clip(cv2.resize(scene, (width, height), interpolation=cv2.INTER_LINEAR), 0, 1)


def _tint(rng: np.random.Generator, vivid: float = 0.5) -> np.ndarray:
    """[3] sRGB: grey, wood, skin, hair, or any hue."""
    kind = rng.random()
    if kind < 0.35:
        return (rng.uniform(0.02, 1) * rng.uniform(0.9, 1.05, 3)).clip(0, 1).astype(np.float32)
    if kind < 0.6:  # browns and beiges, as hair, wood and skin have
        dark = np.array([0.15, 0.09, 0.06])
        return (
            (dark + rng.random() * (np.array([0.93, 0.8, 0.68]) - dark) * rng.uniform(0.9, 1.1, 3))
            .clip(0, 1)
            .astype(np.float32)
        )
    grey = rng.random()
    return (grey + vivid * rng.uniform(0.4, 2) * (rng.random(3) - grey)).clip(0, 1).astype(np.float32)


def _noise(h: int, w: int, rng: np.random.Generator, octaves: int, size: float) -> np.ndarray:
    """[h, w] fractal noise of about ±size."""
    total = np.zeros((h, w), np.float32)
    for octave in range(octaves):
        cells = 3 * 2**octave
        grid = rng.standard_normal((cells + 1, cells + 1)).astype(np.float32)
        total += cv2.resize(grid, (w, h), interpolation=cv2.INTER_CUBIC) * np.float32(0.6**octave)
    return total * np.float32(size)


def _plain(h: int, w: int, rng: np.random.Generator) -> np.ndarray:
    """A wall with light on it."""
    a, b = _tint(rng), _tint(rng)
    ramp = (
        np.linspace(0, 1, h, dtype=np.float32)[:, None]
        if rng.random() < 0.5
        else np.linspace(0, 1, w, dtype=np.float32)[None]
    )
    share = np.broadcast_to(ramp, (h, w))[..., None] * np.float32(rng.choice([0, 0.2, 1.0]))
    image = a + share * (b - a)
    y, x = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j].astype(np.float32)
    glow = np.exp(
        -((x - rng.normal(0, 0.5)) ** 2 + (y - rng.normal(0, 0.5)) ** 2) / rng.uniform(0.3, 2)
    ).astype(np.float32)
    return (image * (1 + np.float32(rng.uniform(-0.3, 0.5)) * glow[..., None])).astype(np.float32)


def _blob(
    mask: np.ndarray, center: tuple[float, float], radius: float, value: float, rng: np.random.Generator
) -> None:
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    wave = sum(rng.normal(0, 0.2 / k) * np.cos(k * angle + rng.uniform(0, 6)) for k in range(2, 7))
    outline = (
        np.stack([np.cos(angle), np.sin(angle) * rng.uniform(0.5, 1.5)], 1) * (radius * (1 + wave))[:, None]
    )
    cv2.fillPoly(mask, [np.round(outline + center).astype(np.int32)], value, cv2.LINE_AA)


def _wall(h: int, w: int, rng: np.random.Generator) -> np.ndarray:
    image = _plain(h, w, rng)
    kind = rng.choice(
        ["plain", "bricks", "tiles", "boards", "folds", "plaster"], p=[0.5, 0.1, 0.1, 0.1, 0.1, 0.1]
    )
    line = tuple(map(float, _tint(rng)))
    step = int(rng.uniform(10, 50))
    if kind in ("bricks", "tiles"):
        for i, y in enumerate(range(0, h, step)):
            cv2.line(image, (0, y), (w, y), line, int(rng.integers(1, 3)))
            for x in range(
                (i % 2) * step if kind == "bricks" else 0, w, 2 * step if kind == "bricks" else step
            ):
                cv2.line(image, (x, y), (x, y + step), line, 1)
    elif kind == "boards":
        grain = cv2.resize(
            rng.standard_normal((h // 2, 6)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC
        )
        image = image * (1 + 0.08 * grain[..., None])
        for x in range(0, w, step):
            cv2.line(image, (x, 0), (x, h), line, 1)
        if rng.random() < 0.5:
            image = cv2.resize(np.ascontiguousarray(image.transpose(1, 0, 2)), (w, h))
    elif kind == "folds":
        x = np.arange(w, dtype=np.float32) / step
        fold = np.sin(6.3 * x + 1.5 * np.sin(2.1 * x)) * rng.uniform(0.1, 0.35)
        image = image * (1 + fold[None, :, None].astype(np.float32))
    elif kind == "plaster":
        image = image * (1 + _noise(h, w, rng, 6, 0.08)[..., None])
    return image.astype(np.float32)


def _room(h: int, w: int, rng: np.random.Generator) -> np.ndarray:
    image = _wall(h, w, rng)
    for _ in range(rng.integers(1, 6)):
        x, y = int(rng.uniform(-0.1, 0.9) * w), int(rng.uniform(-0.1, 0.8) * h)
        dx, dy = int(rng.uniform(0.1, 0.5) * w), int(rng.uniform(0.1, 0.6) * h)
        kind = rng.choice(["window", "frame", "shelf", "door", "lamp"])
        color = tuple(map(float, _tint(rng)))
        if kind == "lamp":
            cv2.circle(image, (x, y), max(dx // 3, 2), (1.3, 1.2, 0.95), -1, cv2.LINE_AA)
            continue
        inside = (1.2, 1.25, 1.3) if kind == "window" else tuple(map(float, _tint(rng)))
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
                cv2.rectangle(image, (at, top), (at + thick, y + dy), tuple(map(float, _tint(rng))), -1)
                at += thick + int(rng.integers(0, 2))
    return image


def _leaves(h: int, w: int, rng: np.random.Generator) -> np.ndarray:
    sky = rng.random() < 0.4
    image = np.ones((h, w, 3), np.float32) * (
        np.float32([0.7, 0.8, 0.95]) if sky else np.float32([0.06, 0.1, 0.04])
    )
    base = np.array([rng.uniform(0.1, 0.6), rng.uniform(0.3, 0.6), rng.uniform(0.05, 0.25)])
    if rng.random() < 0.2:  # autumn, or blossom
        base = np.array([rng.uniform(0.5, 0.9), rng.uniform(0.2, 0.6), rng.uniform(0.1, 0.6)])
    for _ in range(rng.integers(0, 8)):
        start, end = rng.uniform(0, (w, h)), rng.uniform(0, (w, h))
        cv2.line(
            image,
            tuple(start.astype(int)),
            tuple(end.astype(int)),
            (0.2, 0.14, 0.1),
            int(rng.integers(1, 12)),
            cv2.LINE_AA,
        )
    size = rng.uniform(2, 11)
    for center in rng.uniform(0, (w, h), (int(2500 / size), 2)):
        color = base * rng.uniform(0.25, 1.5) + rng.normal(0, 0.03, 3)
        axes = (max(1, int(size * rng.uniform(0.5, 1.5))), max(1, int(size * rng.uniform(0.2, 0.7))))
        cv2.ellipse(
            image, tuple(center.astype(int)), axes, rng.uniform(0, 180), 0, 360, tuple(map(float, color)), -1
        )
    return image


def _sky(h: int, w: int, rng: np.random.Generator) -> np.ndarray:
    top, low = (
        np.float32([0.35, 0.55, 0.9]) * np.float32(rng.uniform(0.4, 1.1)),
        np.float32([0.8, 0.88, 0.97]),
    )
    if rng.random() < 0.25:
        low = np.float32([0.95, 0.7, 0.5])
    ramp = np.linspace(0, 1, h, dtype=np.float32)[:, None, None]
    image = np.broadcast_to(top + ramp * (low - top), (h, w, 3)).copy()
    cloud = np.clip(_noise(h, w, rng, 5, 1.0) + rng.uniform(-0.8, 0.6), 0, 1)[..., None]
    image += cloud * (np.float32(rng.uniform(0.75, 1)) - image)
    if rng.random() < 0.7:
        line = int(rng.uniform(0.4, 0.95) * h)
        ground = np.float32(
            [[0.2, 0.35, 0.12], [0.8, 0.72, 0.55], [0.15, 0.3, 0.4], [0.9, 0.92, 0.95], [0.3, 0.3, 0.32]]
        )[rng.integers(5)]
        hill = line + _noise(1, w, rng, 4, 0.06 * h)[0]
        below = np.arange(h)[:, None] > hill[None]
        image[below] = (ground * (1 + _noise(h, w, rng, 6, 0.15)[..., None]))[below]
    return image


def _street(h: int, w: int, rng: np.random.Generator) -> np.ndarray:
    image = _sky(h, w, rng)
    x = int(rng.uniform(-0.2, 0) * w)
    while x < w:
        wide, top = int(rng.uniform(0.15, 0.5) * w), int(rng.uniform(-0.2, 0.5) * h)
        wall, pane = (tuple(map(float, _tint(rng))) for _ in range(2))
        cv2.rectangle(image, (x, top), (x + wide, h), wall, -1)
        step = int(rng.uniform(8, 30))
        for px in range(x + step // 2, x + wide - step // 2, step):
            for py in range(top + step // 2, h, int(step * 1.4)):
                cv2.rectangle(
                    image,
                    (px, py),
                    (px + step // 2, py + int(step * 0.8)),
                    pane if rng.random() < 0.85 else (1, 0.95, 0.7),
                    -1,
                )
        x += wide
    return image


def _crowd(h: int, w: int, rng: np.random.Generator) -> np.ndarray:
    image = _room(h, w, rng) if rng.random() < 0.5 else _plain(h, w, rng)
    size = rng.uniform(0.04, 0.2) * w
    for center in sorted(
        rng.uniform((0, 0.1 * h), (w, h), (int(rng.integers(2, 14)), 2)), key=lambda c: c[1]
    ):
        skin = np.array([0.9, 0.72, 0.6]) * rng.uniform(0.3, 1.05)
        hair, cloth = _tint(rng), _tint(rng)
        x, y = center
        cv2.ellipse(
            image,
            (int(x), int(y + 2.6 * size)),
            (int(1.7 * size), int(1.9 * size)),
            0,
            0,
            360,
            tuple(map(float, cloth)),
            -1,
            cv2.LINE_AA,
        )
        cv2.ellipse(
            image,
            (int(x), int(y - 0.2 * size)),
            (int(0.85 * size), int(1.1 * size)),
            0,
            0,
            360,
            tuple(map(float, hair)),
            -1,
            cv2.LINE_AA,
        )
        cv2.ellipse(
            image,
            (int(x), int(y + 0.2 * size)),
            (int(0.68 * size), int(0.95 * size)),
            0,
            0,
            360,
            tuple(map(float, skin)),
            -1,
            cv2.LINE_AA,
        )
        if rng.random() < 0.6:
            for side in (-1, 1):
                cv2.circle(
                    image,
                    (int(x + 0.28 * size * side), int(y + 0.1 * size)),
                    max(1, int(0.09 * size)),
                    (0.1, 0.07, 0.06),
                    -1,
                )
            cv2.line(
                image,
                (int(x - 0.2 * size), int(y + 0.65 * size)),
                (int(x + 0.2 * size), int(y + 0.65 * size)),
                (0.5, 0.2, 0.2),
                max(1, int(0.06 * size)),
            )
    return cv2.GaussianBlur(image, (0, 0), max(0.3, size * rng.uniform(0.02, 0.2)))


def _bokeh(h: int, w: int, rng: np.random.Generator) -> np.ndarray:
    image = _plain(h, w, rng) * np.float32(rng.uniform(0.1, 0.8))
    for center in rng.uniform(0, (w, h), (int(rng.integers(10, 90)), 2)):
        layer = image.copy()
        cv2.circle(
            layer,
            tuple(center.astype(int)),
            int(rng.uniform(3, 26)),
            tuple(map(float, _tint(rng, 1) * 1.3)),
            -1,
            cv2.LINE_AA,
        )
        image += np.float32(rng.uniform(0.2, 0.8)) * (layer - image)
    return image


def _texture(h: int, w: int, rng: np.random.Generator) -> np.ndarray:
    a, b = _tint(rng), _tint(rng)
    y, x = np.mgrid[:h, :w].astype(np.float32)
    kind, period = rng.choice(["noise", "stripes", "checks", "dots"]), np.float32(rng.uniform(4, 40))
    turn = rng.uniform(0, np.pi)
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    if kind == "noise":
        share = np.clip(0.5 + _noise(h, w, rng, 7, 0.4), 0, 1)
    elif kind == "stripes":
        share = 0.5 + 0.5 * np.sin(6.28 * u / period)
    elif kind == "checks":
        share = 0.5 * ((u % period < period / 2) * 1.0 + (v % period < period / 2))
    else:
        share = (np.hypot(u % period - period / 2, v % period - period / 2) < period / 4) * 1.0
    return (a + share[..., None] * (b - a)).astype(np.float32)


def _fibres(h: int, w: int, rng: np.random.Generator) -> np.ndarray:
    """Grass, straw, fur: lines like hair that belong to nobody."""
    image = _plain(h, w, rng) * np.float32(0.5)
    base, lean = _tint(rng), rng.normal(0, 0.6)
    for _ in range(1200):
        x, y = rng.uniform(0, w), rng.uniform(0, h)
        length, angle = rng.uniform(8, 50), lean + rng.normal(0, 0.25)
        end = (int(x + length * np.sin(angle)), int(y - length * np.cos(angle)))
        cv2.line(
            image, (int(x), int(y)), end, tuple(map(float, base * rng.uniform(0.3, 1.4))), 1, cv2.LINE_AA
        )
    return image


def _shapes(h: int, w: int, rng: np.random.Generator) -> np.ndarray:
    """Posters, signs, writing."""
    image = _plain(h, w, rng)
    for _ in range(rng.integers(3, 25)):
        color = tuple(map(float, _tint(rng, 1)))
        x, y = (int(v) for v in rng.uniform(0, (w, h)))
        kind = rng.integers(4)
        if kind == 0:
            cv2.rectangle(
                image, (x, y), (x + int(rng.uniform(5, 120)), y + int(rng.uniform(5, 120))), color, -1
            )
        elif kind == 1:
            mask = np.zeros((h, w), np.float32)
            _blob(mask, (x, y), rng.uniform(5, 70), 1.0, rng)
            image = image + mask[..., None] * (np.float32(color) - image)
        elif kind == 2:
            word = "".join(chr(rng.integers(65, 91)) for _ in range(rng.integers(2, 9)))
            cv2.putText(
                image,
                word,
                (x, y),
                int(rng.integers(0, 5)),
                rng.uniform(0.4, 3),
                color,
                int(rng.integers(1, 6)),
                cv2.LINE_AA,
            )
        else:
            end = tuple(int(v) for v in rng.uniform(0, (w, h)))
            cv2.line(image, (x, y), end, color, int(rng.integers(1, 14)), cv2.LINE_AA)
    return image


_SCENES = {"wall": _wall, "room": _room, "leaves": _leaves, "sky": _sky, "street": _street, "crowd": _crowd, "bokeh": _bokeh,
           "texture": _texture, "fibres": _fibres, "shapes": _shapes}  # fmt: skip
