"""Hair that is tied up: combed flat to a knot."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

from training.wardrobe.hair import SOFT_LINE, Guide, across, cap
from training.wardrobe.locks import Fan, Piece, Profile, backward, fan, join, lock, sweep
from training.wardrobe.surface import HeadSurface, direction, unit


def _combed(
    head: HeadSurface, rng: np.random.Generator, target: tuple[float, float], count: int
) -> list[Piece]:
    """Hair combed flat from the whole hairline to one place on the back of the head."""
    azimuth, elevation = target
    line = np.interp(np.arange(0, 181, 15), (0, 25, 45, 58, 68, 75, 84, 96, 110, 130, 155, 180), SOFT_LINE)
    half: list[Guide] = []
    for a, e in zip(np.arange(0, 181, 15), line, strict=True):
        start = direction(np.array(float(a)), np.array(float(e) + 1.0))
        stop = direction(np.array(azimuth), np.array(elevation))
        steps: Guide = [(float(a), float(e) + 4.0, 0.1)]
        flat = 1 - 0.35 * abs(np.sin(np.radians(float(a))))
        for t, h in ((0.25, 0.95 * flat), (0.62, 1.0), (1.0, 0.6)):
            # The way over the head bends upwards: hair is pulled, not laid.
            mixed = unit(
                start * (1 - t)
                + stop * t
                + np.array([0.12 * np.sign(start[0]) * np.sin(np.pi * t), 0.25 * np.sin(np.pi * t), 0])
            )
            steps.append(
                (float(np.degrees(np.arctan2(mixed[0], mixed[2]))), float(np.degrees(np.arcsin(mixed[1]))), h)
            )
        half.append(steps)
    pieces = []
    for guides in (half, across(*half)):
        pieces += fan(
            head,
            Fan(
                guides,
                count,
                Profile(1.4, 0.5, root=0.3, belly=0.4, tip=5, end=0.3),
                lift=0.16,
                ragged=0.0,
                widths=(1.3, 0.7, 1.0),
                samples=11,
            ),
            rng,
        )
    # One lock over the middle closes the seam of the two sides.
    middle: Guide = [(0, 31, 0.0), (0, 50, 1.0), (0, 74, 1.1), (azimuth, 0.5 * (elevation + 90), 0.9)]
    pieces.append(lock(head, middle, Profile(1.5, 0.55, root=0.3, belly=0.5, tip=5, end=0.3), 0.4, 11))
    return pieces


def bun(head: HeadSurface) -> Piece:
    """Combed up into a twisted bun on top."""
    rng = np.random.default_rng(8)
    pieces = [cap(head, SOFT_LINE, 0.8, 0.7, backward, seed=5, tuft=2.4, edge=5)]
    pieces += _combed(head, rng, (180.0, 70.0), 9)
    out = direction(np.array(180.0), np.array(74.0))
    foot = head.center + out * (head.r(out) + 0.3)
    middle = foot + out * 2.7
    right = np.array([1.0, 0, 0])
    over = np.cross(out, right)
    # Seven crescents wind around the knot from its foot to its top.
    for k in range(7):
        t = np.linspace(0, 1, 11)
        polar = np.radians(148 - 128 * t)
        turn = 2 * np.pi * k / 7 + 2.3 * t
        body = np.sin(polar)[:, None] * (np.cos(turn)[:, None] * right + np.sin(turn)[:, None] * over)
        line = middle + 3.1 * body + 2.6 * np.cos(polar)[:, None] * out
        width, height = Profile(1.6, 0.95, root=0.6, belly=0.45, tip=3.0, end=0.3)(t)
        pieces.append(sweep(line, unit(line - middle), width, height, rng.uniform()))
    ring = np.linspace(0, 2 * np.pi, 15)
    band = foot + out * 0.35 + 2.0 * (np.cos(ring)[:, None] * right + np.sin(ring)[:, None] * over)
    pieces.append(sweep(band, unit(band - foot), np.full(15, 0.6), np.full(15, 0.5), 0.5))
    tail = np.stack(
        [
            middle + out * 2.0 + over * 1.2,
            middle + out * 3.6 + over * 1.4 + right * 0.6,
            middle + out * 4.3 + right * 1.9,
        ]
    )
    pieces.append(
        sweep(
            _through(tail, 8), np.tile(out, (8, 1)), *Profile(0.45, 0.3, tip=1.4)(np.linspace(0, 1, 8)), 0.2
        )
    )
    return join(pieces)


def _through(knots: np.ndarray, samples: int) -> np.ndarray:
    """A smooth line through free points [n, 3]."""
    return CubicSpline(np.linspace(0, 1, len(knots)), knots)(np.linspace(0, 1, samples))


def ponytail(head: HeadSurface) -> Piece:
    """Combed back, tied high, swung over the subject's left shoulder."""
    rng = np.random.default_rng(9)
    pieces = [cap(head, SOFT_LINE, 0.8, 0.7, backward, seed=7, tuft=2.4, edge=5)]
    pieces += _combed(head, rng, (172.0, 52.0), 9)
    out = direction(np.array(168.0), np.array(50.0))
    knot = head.center + out * (head.r(out) + 0.7)
    right = unit(np.cross(out, [0, 1.0, 0.0]))
    over = np.cross(right, out)
    ring = np.linspace(0, 2 * np.pi, 15)
    band = knot + out * 0.2 + 1.25 * (np.cos(ring)[:, None] * right + np.sin(ring)[:, None] * over)
    pieces.append(sweep(band, unit(band - knot), np.full(15, 0.55), np.full(15, 0.5), 0.5))
    spine = np.stack(
        [
            knot - out * 0.5,
            knot + out * 1.6 + [0.8, 0.4, 0],
            head.place(5.2, 7.4, -10.4),
            head.place(8.4, 2.2, -8.2),
            head.place(9.6, -3.6, -5.4),
            head.place(8.9, -8.4, -3.4),
            head.place(10.4, -11.6, -2.6),
        ]
    )
    for k in range(6):
        angle = 2 * np.pi * k / 6
        t = np.linspace(0, 1, 18)
        core = _through(spine, 18)
        along = unit(np.gradient(core, axis=0))
        side = unit(np.cross(along, [0.3, 0.1, 1.0]))
        crest = np.cross(side, along)
        thick = 2.5 * np.interp(t, [0, 0.12, 0.4, 0.8, 1], [0.35, 0.85, 1.0, 0.7, 0.1])
        twist = angle + 1.3 * t
        away = np.cos(twist)[:, None] * side + np.sin(twist)[:, None] * crest
        line = core + away * (0.72 * thick)[:, None]
        stop = 18 - int(rng.integers(0, 4))
        width, height = Profile(2.0, 1.3, root=0.4, belly=0.35, tip=1.8)(np.linspace(0, 1, stop))
        pieces.append(sweep(line[:stop], away[:stop], width, height, rng.uniform()))
    return join(pieces)
