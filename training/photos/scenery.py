"""Scenery behind people: walls, rooms, streets, leaves, skies, crowds, and what looks like hair or skin."""

from __future__ import annotations

import cv2
import numpy as np

from training.photos.patterns import bokeh, fibres, fill_blob, fractal_noise, shapes, texture, wall
from training.photos.places import crowd, leaves, room, sky, street

#: Scenes, and the share of each.
SCENES = {
    "wall": (wall, 0.22), "room": (room, 0.14), "leaves": (leaves, 0.12), "sky": (sky, 0.1),
    "street": (street, 0.1), "crowd": (crowd, 0.08), "bokeh": (bokeh, 0.06), "texture": (texture, 0.08),
    "fibres": (fibres, 0.05), "shapes": (shapes, 0.05),
}  # fmt: skip
#: What stands before others.
_NEARER = ("room", "leaves", "shapes", "crowd", "fibres")


def background(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """[height, width, 3] float32 in [0, 1], sRGB: a random scene, sharp or out of focus."""
    h, w = height // 2, width // 2
    scene = SCENES[rng.choice(list(SCENES), p=[share for _, share in SCENES.values()])][0](h, w, rng)
    if rng.random() < 0.3:  # something stands before it
        other = SCENES[rng.choice(_NEARER)][0](h, w, rng)
        mask = np.zeros((h, w), np.float32)
        fill_blob(mask, (rng.uniform(0, w), rng.uniform(0, h)), rng.uniform(0.15, 0.5) * w, rng)
        scene = scene + mask[..., None] * (other - scene)
    if rng.random() < 0.6:
        scene = cv2.GaussianBlur(scene, (0, 0), float(np.exp(rng.uniform(np.log(0.6), np.log(14)))))
    if rng.random() < 0.5:
        scene = scene + fractal_noise(h, w, rng, 4, 0.06)[..., None]
    scene = scene * np.float32(np.exp(rng.normal(0, 0.3)))
    return np.clip(cv2.resize(scene, (width, height), interpolation=cv2.INTER_LINEAR), 0, 1)
