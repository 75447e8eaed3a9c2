"""Hair that is tied: drawn to knots, and the tails, braids and buns there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from training.photos.cuts import Cut
from training.photos.growth import NODES, Growth, Obstacle, grow, unit
from training.photos.strands import Part, Tress

#: Guides of a tail and of a bun; children of a braid, which has one guide.
_TAIL_GUIDES, _BUN_GUIDES, _BRAID_CHILDREN = 60, 130, 900


def gathered(
    where: np.ndarray, knots: Sequence[tuple[float, float, float]], margin: np.ndarray, obstacle: Obstacle,
    rng: np.random.Generator,
) -> np.ndarray:  # fmt: skip
    """Guides [G, NODES, 3] along the skull from roots [G, 3] to the knot of their side.

    ``knots``: one, or that of the left and that of the right; ``margin``: [G] volume, cm.
    """
    ends = np.array(knots, np.float32)
    target = ends[np.where(where[:, 0] >= 0, 0, len(ends) - 1)] + rng.normal(0, 0.35, where.shape)
    t = np.linspace(0, 1, NODES)[None, :, None]
    # A curve by way of the temple, pushed out of the skull, runs close to the shortest way over it.
    front = np.clip((where[:, 2] + 2) / 8, 0, 1)[:, None]
    side = np.where(where[:, 0] >= 0, 10.0, -10.0)
    temple = np.stack([side, np.full(len(where), 9.0), np.full(len(where), -2.0)], 1)
    high = (target[:, 1:2] > 7) | (where[:, 1:2] > 12)
    temple = np.where(high, temple * [0.35, 0, 1] + [0, 17.0, 0], temple)
    control = (1 - front) * (where + target) / 2 + front * temple
    curve = where[:, None] * (1 - t) ** 2 + 2 * t * (1 - t) * control[:, None] + target[:, None] * t**2
    height = (0.15 + margin * 0.6)[:, None] * np.sin(np.pi * t[..., 0]) + 0.05
    lying = obstacle.push_out(curve.reshape(-1, 3), height.reshape(-1))
    path = lying.reshape(curve.shape).astype(np.float32)
    path[:, 0] = where
    return path


def tails(
    cut: Cut, style: str, texture: str, tress: Tress, obstacle: Obstacle, rng: np.random.Generator
) -> list[Part]:
    """What hangs from the knots of a cut or is wound there; ``tress``: of the hair that leads to them."""
    parts = []
    length, radius = rng.uniform(*cut.tail), rng.uniform(*cut.bun)
    for knot in np.array(cut.gather, np.float32):
        out = unit(knot - obstacle.center)
        if length:
            guides = _tail(knot, out, length, obstacle, rng)
            if "braid" in style:
                parts.append(_braid(guides.mean(0), rng.uniform(0.8, 1.3), replace(tress, uneven=0.02)))
            else:
                parts.append(Part(guides, replace(tress, children=60, spread=0.5, clump=0.35)))
        if radius:
            coily = texture == "coily"
            wound = _bun(knot + out * radius * 0.8, radius, coily, rng)
            loose = replace(tress, clump=0.0, spread=0.3)
            loose = replace(loose, children=16) if coily else replace(loose, children=26, curl=0.0)
            parts.append(Part(wound, loose))
    if style == "crown-braid":
        angle = np.linspace(-np.pi * 0.62, np.pi * 0.62, NODES)
        y = 9.6 + 0.9 * np.cos(angle) - 0.6 * np.abs(np.sin(angle))
        ring = np.stack([8.4 * np.sin(angle), y, 1.0 + 8.0 * np.cos(angle)], 1)
        ring = obstacle.push_out(ring, np.full(len(ring), 0.5)).astype(np.float32)
        parts.append(_braid(ring, rng.uniform(0.7, 1.1), replace(tress, uneven=0.0, taper=0.0)))
    return parts


def _braid(path: np.ndarray, radius: float, tress: Tress) -> Part:
    """Strands wound round a path [NODES, 3]; ``radius``: cm."""
    return Part(path[None], replace(tress, rope=radius, children=_BRAID_CHILDREN, curl=0.0))


def _tail(
    knot: np.ndarray, out: np.ndarray, length: float, obstacle: Obstacle, rng: np.random.Generator
) -> np.ndarray:
    """Guides [G, NODES, 3] that leave a knot [3] along ``out`` [3], unit, and fall; ``length``: cm."""
    count = _TAIL_GUIDES
    roots = knot + rng.normal(0, 0.4, (count, 3)) + out * 0.3
    flow = np.tile(unit(out + [0, 0.25, 0]), (count, 1)) + rng.normal(0, 0.15, (count, 3))
    growth = Growth(
        np.full(count, length) * rng.uniform(0.8, 1, count), flow, hold=np.full(count, 3.0),
        lift=np.full(count, 0.5), gravity=0.25, margin=np.full(count, 0.6), frizz=0.03,
    )  # fmt: skip
    return grow(roots, np.tile(out, (count, 1)), growth, obstacle, rng)


def _bun(center: np.ndarray, radius: float, coily: bool, rng: np.random.Generator) -> np.ndarray:
    """Guides [G, NODES, 3] wound round a ball, cm; coily hair stands out of it instead."""
    axis = unit(rng.standard_normal((_BUN_GUIDES, 3)))
    if coily:
        t = np.linspace(0, 1, NODES)[None, :, None]
        return (center + axis[:, None] * radius * (0.2 + 0.8 * t)).astype(np.float32)
    tilt = unit(axis + 2.5 * np.array([0.2, 0.3, 1.0]))
    first = unit(np.cross(tilt, [0.3, 1.0, 0.2]))
    second = np.cross(tilt, first)
    angle = np.linspace(0, 1.6 * np.pi, NODES)[None, :, None] + rng.uniform(0, 6.3, (_BUN_GUIDES, 1, 1))
    shell = radius * rng.uniform(0.75, 1.0, (_BUN_GUIDES, 1, 1))
    ring = first[:, None] * np.cos(angle) + second[:, None] * np.sin(angle)
    aside = 0.35 * tilt[:, None] * rng.normal(0, 0.6, (_BUN_GUIDES, 1, 1))
    return (center + shell * (ring + aside)).astype(np.float32)
