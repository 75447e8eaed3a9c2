"""What is painted on the skin of one person: make-up, freckles, a mole, the lines of age."""

from __future__ import annotations

import numpy as np

from gen_avatar.character.paint import (
    PAINT_CHANNELS,
    PAINT_ORIGIN,
    PAINT_SCALE,
    bezier,
    polyline_distance,
)
from gen_avatar.character.surface import smoothstep

_LIPS, _BLUSH, _CREASE, _MAKEUP, _INK = (
    PAINT_CHANNELS.index(name) for name in ("lips", "blush", "crease", "makeup", "ink")
)
#: How strong eye shadow is where it is full.
_SHADOW = 0.72
#: Spots of freckles on one side: how many, and how strong they are.
_FRECKLES = {"light": (11, 0.52), "full": (26, 0.58)}
#: Where moles sit, from a landmark, cm.
_MOLES = {"cheek": (33, (3.2, 0.3)), "lip": (54, (-0.55, 1.5)), "chin": (57, (1.5, -0.95))}
_MOLE_RADIUS = {"cheek": 0.19, "lip": 0.17, "chin": 0.18}
#: How much wider than tall emoji faces are there than the rest face, so that moles are round.
_MOLE_WIDER = {"cheek": 2.0, "lip": 1.5, "chin": 1.2}
#: Emoji cheeks are this much wider than the rest face: round spots are painted narrow.
_WIDER = 2.1


def marked(
    paint: np.ndarray,
    landmarks: np.ndarray,
    shadow: np.ndarray,
    makeup: str,
    freckles: str,
    mole: str,
    age: str,
) -> np.ndarray:
    """A copy of the ``paint`` map [H, W, C] that everybody shares with one person's marks on it.

    Args:
        landmarks: [68, 3] iBUG landmarks of the rest mean.
        shadow: [H, W] where eye shadow lies, see :func:`gen_avatar.character.shadow.eye_shadow`.
    """
    out = paint.copy()
    rows, columns = paint.shape[:2]
    x, y = np.meshgrid(
        PAINT_ORIGIN[0] + np.arange(columns) / PAINT_SCALE, PAINT_ORIGIN[1] + np.arange(rows) / PAINT_SCALE
    )
    marks = np.abs(landmarks[:, :2] + landmarks[_MIRROR, :2] * [-1, 1]) / 2
    marks[:, 1] = (landmarks[:, 1] + landmarks[_MIRROR, 1]) / 2
    if makeup in ("blush", "glam"):
        apple = np.exp(-(((np.abs(x) - 4.9) / 1.7) ** 2) - ((y - 0.28 * (np.abs(x) - 4.9) + 0.5) / 1.05) ** 2)
        out[..., _BLUSH] = np.minimum(out[..., _BLUSH] + 0.5 * apple, 1)
    if makeup in ("shadow", "glam"):
        _put(out, _MAKEUP, _SHADOW * shadow)
    if makeup == "glam":
        out[..., _LIPS] += 0.09
    if freckles != "none":
        _put(out, _CREASE, _freckles(x, y, marks, *_FRECKLES[freckles]))
    if mole != "none":
        index, offset = _MOLES[mole]
        middle = marks[index] + offset
        distance = np.hypot(_MOLE_WIDER[mole] * (x - middle[0]), y - middle[1])
        _put(out, _INK, 0.5 * (1 - smoothstep(0.55, 1.3, distance / _MOLE_RADIUS[mole])))
    if age == "young":
        out[..., _BLUSH] = np.minimum(1.15 * out[..., _BLUSH], 1)
    for points, strength, width in _age_lines(marks, age):
        _put(out, _CREASE, strength * _stroke(np.abs(x), y, points, width))
    return out


#: The iBUG landmark on the other side of the face.
_MIRROR = np.array(
    [*range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, 35, 34, 33, 32, 31, 45, 44, 43, 42, 47, 46, 39,
     38, 37, 36, 41, 40, 54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65]
)  # fmt: skip


def _put(out: np.ndarray, channel: int, values: np.ndarray) -> None:
    out[..., channel] = np.maximum(out[..., channel], values)


def _stroke(x: np.ndarray, y: np.ndarray, points: np.ndarray, width: float) -> np.ndarray:
    """[H, W] a line through ``points`` [n, 2], ``width`` cm thick in the middle and pointed at its ends."""
    line = bezier(np.asarray(points, float), 14)
    out = np.zeros(x.shape)
    low, high = line.min(0) - 0.3, line.max(0) + 0.3
    inside = (x > low[0]) & (x < high[0]) & (y > low[1]) & (y < high[1])
    distance, along = polyline_distance(np.stack([x[inside], y[inside]], -1)[None], line)
    taper = np.sqrt(np.clip(4 * along * (1 - along), 0, 1))
    out[inside] = ((1 - smoothstep(0.4, 1.2, distance / (0.5 * width * taper + 0.02))) * taper)[0]
    return out


def _age_lines(marks: np.ndarray, age: str) -> list[tuple[np.ndarray, float, float]]:
    """Lines of one side of the face, their strength and their width, cm; few, tapered."""
    if age not in ("mature", "old"):
        return []
    old = age == "old"
    eye, wing, corner, brow = marks[45], marks[35], marks[54], marks[24]
    # From the wing of the nose around the mouth: what is broad and soft is a fold, what is thin a scratch.
    around = np.stack([wing + [0.50, 0.55], (wing + corner) / 2 + [0.95, 0.35], corner + [0.90, 0.30]])
    lines = [(around, 0.36 if old else 0.12, 0.42)]
    if old:
        lower = marks[[42, 47, 46, 45]]
        lines.append((lower[:3] + [[0.1, -0.70], [0.15, -0.82], [0.45, -0.62]], 0.26, 0.24))
        crows = [eye + [[0.8, dy], [1.1, 1.25 * dy], [1.45, 1.8 * dy - 0.05]] for dy in (0.28, -0.22)]
        lines += [(line, 0.26, 0.18) for line in crows]
        top = min(brow[1] + 1.35, 8.2)
        for rise, half, strength in ((0.0, 2.3, 0.26), (0.75, 1.7, 0.20)):
            y = top + rise
            lines.append((np.array([[-half, y - 0.10], [0.0, y + 0.12], [half, y - 0.10]]), strength, 0.30))
    return lines


def _freckles(x: np.ndarray, y: np.ndarray, marks: np.ndarray, count: int, strength: float) -> np.ndarray:
    """Soft spots strewn over cheeks and nose, large and small; the sides differ a little."""
    rng = np.random.default_rng(12)
    tip = marks[30, 1]
    out = np.zeros(x.shape)
    for side in (-1.0, 1.0):
        spots: list[np.ndarray] = []
        while len(spots) < count:
            # A cloud about the apple of the cheek that thins out towards the bridge of the nose.
            spot = np.array([3.4, tip + 0.35]) + rng.normal(0.0, 1.0, 2) * [1.65, 0.80]
            inside = 0.25 < spot[0] < 6.2 and tip - 1.4 < spot[1] < tip + 1.7
            if inside and all(np.hypot(*(spot - other)) > 1.6 / np.sqrt(count) for other in spots):
                spots.append(spot)
        for spot in spots:
            rim = np.exp(-(((spot - [3.4, tip + 0.35]) / [3.0, 1.5]) ** 2).sum())
            radius = rng.uniform(0.15, 0.25) * (0.7 + 0.3 * rim)
            distance = np.hypot(_WIDER * (x - side * spot[0]), y - spot[1])
            tone = strength * rng.uniform(0.55, 1.0)
            out = np.maximum(out, tone * (1 - smoothstep(0.3 * radius, 1.5 * radius, distance)))
    return out
