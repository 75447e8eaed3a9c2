"""Earrings: large enough to read in a chat, pinned to the lobes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from gen_avatar.character.wardrobe.garments import Garment
from training.wardrobe.shapes import Solid, ball, closed_tube, garment, join, tube
from training.wardrobe.surface import HeadSurface, ear_vertices


def lobes(head: HeadSurface) -> np.ndarray:
    """[2] vertices at the lobes, left and right: low on what stands out most."""
    ears = np.flatnonzero(ear_vertices(head.vertices, head.landmarks))
    found = []
    for sign in (1.0, -1.0):
        ear = ears[head.vertices[ears, 0] * sign > 8.05]
        p = head.vertices[ear]
        found.append(int(ear[np.argmin(p[:, 1] - 0.5 * sign * p[:, 0])]))
    return np.asarray(found)


#: How far above the lowest point of a lobe earrings sit, cm, or they would hang on its edge.
_UP_THE_LOBE = 0.65


def _stud(at: np.ndarray, sign: float, size: float) -> Solid:
    return ball(at + [0.2 * sign, _UP_THE_LOBE, 0.2], size, 12, 7)


#: Hoops: radius and half thickness, cm, and how far they are turned to the side, degrees: whatever a head's
#: pose, those that are seen are not seen edge-on.
_HOOP, _THICK, _TURNED = 1.35, 0.28, 48.0


def _hoop(at: np.ndarray, sign: float) -> Solid:
    turn, side = np.linspace(0, 2 * np.pi, 32, endpoint=False), np.radians(_TURNED)
    across = np.array([np.cos(side), 0.0, -np.sin(side)])
    circle = np.sin(turn)[:, None] * across + np.cos(turn)[:, None] * [0.0, 1.0, 0.0]
    middle = at + [0.30 * sign, 0.12 + 0.6 * _UP_THE_LOBE - _HOOP, 0.25]
    facing = [np.sin(side) * sign, 0, np.cos(side)]
    return closed_tube(middle + _HOOP * circle * [sign, 1, 1], facing, _THICK, _THICK)


def _drop(at: np.ndarray, sign: float) -> Solid:
    hook = at + [0.25 * sign, _UP_THE_LOBE, 0.2]
    t = np.linspace(0, 1, 8)
    neck = tube(hook - t[:, None] * [0, 1.9, 0], [0, 0, 1.0], 0.12 + 0.36 * t**3, 0.12 + 0.36 * t**3)
    return join([ball(hook, 0.30, 12, 7), neck, ball(hook - [0, 2.1, 0], [0.60, 0.66, 0.60], 16, 10)])


_MODELS: dict[str, tuple[Callable[[np.ndarray, float], Solid], str]] = {
    "studs": (partial(_stud, size=0.52), "earring"),
    "hoops": (_hoop, "earring"),
    "drops": (_drop, "earring"),
    "pearls": (partial(_stud, size=0.70), "cream"),
}
STYLES = tuple(_MODELS)


def earrings(head: HeadSurface, style: str) -> tuple[Garment, ...]:
    """A pair; each hangs from one vertex of the skin."""
    model, role = _MODELS[style]
    made = []
    for vertex, sign in zip(lobes(head), (1.0, -1.0), strict=True):
        at = head.vertices[vertex]
        solid = model(at, sign)
        count = len(solid.vertices)
        weights = np.zeros((count, 4), np.float32)
        weights[:, 0] = 1
        made.append(
            garment(
                "ornament", "skin", solid, role,
                indices=np.full((count, 4), vertex, np.int32),
                weights=weights,
                offset=np.zeros(count, np.float32),
                drift=(solid.vertices - at).astype(np.float32),
            )
        )  # fmt: skip
    return tuple(made)
