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


def _stud(at: np.ndarray, sign: float, size: float) -> Solid:
    return ball(at + [0.25 * sign, 0, 0.2], size, 12, 7)


def _hoop(at: np.ndarray, sign: float) -> Solid:
    turn = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    circle = np.stack([0.45 * np.sin(turn), np.cos(turn), 0.9 * np.sin(turn)], 1)
    return closed_tube(
        at + [0.35 * sign, -1.35, 0.2] + 1.45 * circle * [sign, 1, 1], [sign, 0, -0.4], 0.21, 0.21
    )


def _drop(at: np.ndarray, sign: float) -> Solid:
    hook = at + [0.3 * sign, 0, 0.2]
    wire = tube(hook - np.linspace(0, 1, 4)[:, None] * [0, 1.0, 0], [0, 0, 1.0], 0.11, 0.11)
    t = np.linspace(0, 1, 10)
    belly = 0.06 + 0.66 * np.sin(np.pi * t**1.5) ** 0.8
    bead = tube(hook - np.stack([0 * t, 0.8 + 1.9 * t, 0 * t], 1), [0, 0, 1.0], belly, belly)
    return join([ball(hook, 0.30, 10, 6), wire, bead])


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
