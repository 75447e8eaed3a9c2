"""What comes between a face and the camera: hands, microphones, phones, cups, masks."""

from __future__ import annotations

import cv2
import numpy as np


def occlude(
    rng: np.random.Generator, points: np.ndarray, height: int, width: int, light: np.ndarray, skin: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """One thing in front of a face.

    Args:
        points: [68, 2] iBUG landmarks, pixels; light: [3] direction to the light, camera space.
        skin: [3] sRGB of the person.

    Returns:
        [height, width, 3] float32 sRGB and its cover [height, width] in [0, 1].
    """
    unit = float(np.linalg.norm(points[45] - points[36]))
    relief = np.zeros((height, width), np.float32)
    kind = rng.choice(["hand", "mask", "stick", "block"], p=[0.6, 0.15, 0.12, 0.13])
    color = (
        skin * rng.uniform(0.85, 1.15)
        if rng.random() < 0.8
        else np.array([0.85, 0.65, 0.52]) * rng.uniform(0.35, 1.1)
    )
    if kind == "hand":
        _hand(relief, rng, points, unit)
    elif kind == "mask":
        upper = points[29] + [0, rng.uniform(-0.1, 0.25) * unit]
        outline = np.concatenate(
            [
                points[3:14],
                [
                    points[13] * [1, 0.6] + points[45] * [0, 0.4],
                    upper,
                    points[3] * [1, 0.6] + points[36] * [0, 0.4],
                ],
            ]
        )
        cv2.fillPoly(relief, [np.round(outline).astype(np.int32)], 1.0, cv2.LINE_AA)
        relief = cv2.GaussianBlur(relief, (0, 0), 0.05 * unit) * (relief > 0)
        color = np.array(
            [[0.6, 0.8, 0.9], [0.92, 0.92, 0.92], [0.08, 0.08, 0.09], rng.random(3)][rng.integers(4)]
        )
    elif kind == "stick":
        tip = points[rng.choice([8, 57, 48, 54])] + rng.normal(0, 0.15 * unit, 2)
        end = tip + np.array([rng.normal(0, 0.8), rng.uniform(0.8, 2)]) * unit
        _limb(relief, tip, end, rng.uniform(0.05, 0.12) * unit)
        _limb(relief, tip, tip + 0.01, rng.uniform(0.1, 0.22) * unit)
        color = np.array([0.1, 0.1, 0.11]) * rng.uniform(0.3, 4)
    else:
        place = points[rng.choice([1, 15, 8, 57])] + rng.normal(0, 0.2 * unit, 2)
        box = cv2.boxPoints(
            (
                tuple(map(float, place)),
                (rng.uniform(0.4, 0.9) * unit, rng.uniform(0.5, 1.4) * unit),
                float(rng.uniform(-40, 40)),
            )
        )
        cv2.fillPoly(relief, [np.round(box).astype(np.int32)], 0.6, cv2.LINE_AA)
        color = rng.random(3) ** 1.5
    alpha = np.clip(relief * 6, 0, 1)
    tall = cv2.GaussianBlur(relief, (0, 0), max(0.8, 0.012 * unit)) * np.float32(0.35 * unit)
    dx, dy = cv2.Sobel(tall, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(tall, cv2.CV_32F, 0, 1, scale=0.125)
    lit = (light[2] - dx * light[0] + dy * light[1]) / np.sqrt(1 + dx**2 + dy**2)
    tone = (0.45 + 0.65 * np.clip(lit, 0, 1))[..., None] * np.asarray(color, np.float32)
    return np.clip(tone, 0, 1).astype(np.float32), cv2.GaussianBlur(alpha, (0, 0), 0.8)


def _limb(relief: np.ndarray, start: np.ndarray, end: np.ndarray, radius: float, taper: float = 1.0) -> None:
    """Raise a round-backed limb, its height as a share of the thickest."""
    low = (
        np.floor(np.minimum(start, end) - radius - 2)
        .astype(int)
        .clip(0, [relief.shape[1] - 1, relief.shape[0] - 1])
    )
    high = (
        np.ceil(np.maximum(start, end) + radius + 2)
        .astype(int)
        .clip(low + 1, [relief.shape[1], relief.shape[0]])
    )
    y, x = np.mgrid[low[1] : high[1], low[0] : high[0]].astype(np.float32)
    axis = end - start
    t = (((x - start[0]) * axis[0] + (y - start[1]) * axis[1]) / max(float(axis @ axis), 1e-6)).clip(0, 1)
    away = np.hypot(x - start[0] - t * axis[0], y - start[1] - t * axis[1])
    own = radius * (1 + (taper - 1) * t)
    raised = np.sqrt(np.clip(1 - (away / own) ** 2, 0, 1)) * own / 30
    area = relief[low[1] : high[1], low[0] : high[0]]
    np.maximum(area, raised, out=area)


def _hand(relief: np.ndarray, rng: np.random.Generator, points: np.ndarray, unit: float) -> None:
    """A palm with fingers, on the cheek, chin, brow or mouth, or waved in front."""
    target = points[rng.choice([2, 14, 8, 6, 10, 57, 19, 24, 36, 45, 30])] + rng.normal(0, 0.12 * unit, 2)
    angle = rng.uniform(-0.9, 0.9) + (0 if rng.random() < 0.75 else rng.uniform(-1.2, 1.2))
    up = np.array([np.sin(angle), -np.cos(angle)])
    side = np.array([-up[1], up[0]]) * rng.choice([-1, 1])
    size = unit * rng.uniform(0.75, 1.05)
    palm = target - up * size * rng.uniform(0.1, 0.6)
    _limb(relief, palm - up * 0.25 * size, palm + up * 0.2 * size, 0.38 * size)
    _limb(relief, palm - up * 0.4 * size, palm - up * 3 * size, 0.27 * size, 1.2)
    curled = rng.random() < 0.35
    for finger, spread in enumerate(np.linspace(-0.26, 0.26, 4)):
        root = palm + up * 0.3 * size + side * spread * 1.15 * size
        bend = rng.normal(0, 0.12) + spread * rng.uniform(0.1, 1.2)
        way = up * np.cos(bend) + side * np.sin(bend)
        length = (
            size
            * (0.62, 0.74, 0.7, 0.54)[finger]
            * (rng.uniform(0.25, 0.6) if curled else rng.uniform(0.85, 1.1))
        )
        knuckle = root + way * length * 0.55
        bend += rng.normal(0, 0.15)
        way = up * np.cos(bend) + side * np.sin(bend)
        _limb(relief, root, knuckle, 0.095 * size)
        _limb(relief, knuckle, knuckle + way * length * 0.5, 0.088 * size, 0.85)
    thumb = palm - up * 0.05 * size - side * 0.35 * size
    bent = -side * rng.uniform(0.2, 0.8) + up * rng.uniform(0.3, 0.8)
    _limb(relief, thumb, thumb + bent * 0.5 * size, 0.12 * size, 0.85)
