"""Hair in ropes: twists, box braids, locs and cornrows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.wardrobe.coils import COIL_LINE, spread
from training.wardrobe.hair import LINE_AZIMUTH, cap, smooth
from training.wardrobe.locks import Hairline, Piece, join, route
from training.wardrobe.surface import HeadSurface, angles, direction, unit
from training.wardrobe.tubes import hang_guide, rope, tube

Strand = Callable[[np.ndarray, np.ndarray, float], Piece]


def _loc(radius: float) -> Strand:
    """A round, slightly uneven loc with a blunt end."""

    def make(line: np.ndarray, up: np.ndarray, seed: float) -> Piece:
        t = np.linspace(0, 1, len(line))
        uneven = 1 + 0.10 * np.sin(2 * np.pi * (3.3 * t + seed))
        shape = np.interp(t, (0, 0.12, 0.9, 1), (0.6, 1, 0.95, 0.6))
        return tube(line, up, radius * uneven * shape, seed, 0.95, 6)

    return make


def _beaded(radius: float, pitch: float, sides: int) -> Strand:
    """A thin braid: its outline beats at every crossing."""

    def make(line: np.ndarray, up: np.ndarray, seed: float) -> Piece:
        arc = np.linalg.norm(np.diff(line, axis=0), axis=1).sum()
        beats = round(arc / pitch)
        t = np.linspace(0, 1, 2 * beats + 1)
        old = np.linspace(0, 1, len(line))
        fine, hint = (np.stack([np.interp(t, old, v[:, k]) for k in range(3)], 1) for v in (line, up))
        beat = np.where(np.arange(len(t)) % 2, 1.0, 0.68) * np.interp(t, (0, 0.2, 0.9, 1), (0.5, 1, 0.9, 0.5))
        return tube(fine, hint, radius * beat, seed, 0.9, sides)

    return make


def _twist(radius: float, pitch: float) -> Strand:
    """Two strands wound around each other."""

    def make(line: np.ndarray, up: np.ndarray, seed: float) -> Piece:
        arc = np.linalg.norm(np.diff(line, axis=0), axis=1).sum()
        t = np.linspace(0, 1, len(line))
        return rope(
            line, up, radius * np.interp(t, (0, 0.15, 0.85, 1), (0.7, 1, 0.9, 0.45)), arc / pitch, seed
        )

    return make


def _curtain(
    head: HeadSurface,
    make: Strand,
    count: int,
    part: float,
    bottom: float,
    flare: float,
    samples: int,
    seed: int,
) -> list[Piece]:
    """Ropes from a parting over both sides, long ones in front of short gaps."""
    rng = np.random.default_rng(seed)
    pieces = []
    for side in (1.0, -1.0):
        for k, azimuth in enumerate(np.linspace(54, 178, count)):
            at = float(azimuth + rng.uniform(-2, 2))
            end = bottom + rng.uniform(-0.7, 0.9)
            guide = hang_guide(side, at, part, end, flare + 0.5 * (k % 2), 1.0 + 0.45 * (k % 2))
            line = route(head, guide, samples)
            pieces.append(make(line, head.outward(line), rng.uniform()))
    return pieces


def locs_long(head: HeadSurface) -> Piece:
    """Thick locs to the shoulders, parted off the middle."""
    base = cap(head, COIL_LINE, 0.9, 0.6, seed=5, tuft=0.6, columns=60)
    return join([base, *_curtain(head, _loc(0.92), 11, 8, -12.0, 9.8, 15, 51)])


def box_braids(head: HeadSurface) -> Piece:
    """Many thin braids that fall below the collar, parted in the middle."""
    base = cap(head, COIL_LINE, 0.7, 0.5, seed=5, tuft=0.4, columns=60)
    return join([base, *_curtain(head, _beaded(0.98, 2.7, 4), 10, 0, -16.0, 8.9, 15, 52)])


def _crown(
    head: HeadSurface,
    make: Strand,
    count: int,
    length: Callable[[float], float],
    lift: float,
    droop: float,
    samples: int,
    seed: int,
) -> list[Piece]:
    """Short ropes that spring from all over the scalp and bend down.

    Args:
        length: cm by elevation; lift: how far they rise; droop: how far they bend, 0..1.
    """
    rng = np.random.default_rng(seed)
    line = Hairline(LINE_AZIMUTH, COIL_LINE, 0.0, 0)
    pieces = []
    for d in spread(line, count, 5.0, rng):
        azimuth, elevation = (float(v) for v in angles(d))
        reach = length(elevation) * rng.uniform(0.9, 1.1)
        away = unit(np.array([d[0], 0.0, d[2]]) + rng.normal(0, 0.12, 3))
        root = head.center + d * (head.r(d) + 0.1)
        t = np.linspace(0, 1, samples)[:, None]
        # A spray: up first, then over to the side and down.
        path = root + d * lift * np.sin(np.pi * np.minimum(t * 0.75, 0.5))
        path = path + away * reach * 0.75 * t**1.2 - np.array([0, reach * droop, 0]) * t**2
        ray = path - head.center
        least = head.r(unit(ray)) + 0.75 * np.minimum(4 * t[:, 0], 1)
        far = np.linalg.norm(ray, axis=1)
        path = head.center + ray * (np.maximum(far, least) / far)[:, None]
        pieces.append(make(path, head.outward(path), rng.uniform()))
    return pieces


def locs_short(head: HeadSurface) -> Piece:
    """Finger-length locs that fall out from the crown over a fade."""
    base = cap(head, COIL_LINE, 0.9, 0.3, seed=5, tuft=0.6, columns=60)

    def length(elevation: float) -> float:
        return 3.4 + 3.0 * float(smooth(5, 60, np.array(elevation)))

    return join([base, *_crown(head, _loc(1.05), 40, length, 1.7, 0.85, 7, 53)])


def twists(head: HeadSurface) -> Piece:
    """Two-strand twists that stand up and out."""
    base = cap(head, COIL_LINE, 0.9, 0.5, seed=5, tuft=0.6, columns=60)

    def length(elevation: float) -> float:
        return 2.3 + 1.5 * float(smooth(5, 60, np.array(elevation)))

    return join([base, *_crown(head, _twist(1.15, 2.6), 36, length, 2.9, 0.3, 10, 54)])


def cornrows(head: HeadSurface) -> Piece:
    """Braids along the skull from the forehead to the nape, skin between them, short tails behind."""
    make = _beaded(0.88, 1.5, 5)
    pieces = []
    tilt = np.radians(-38)
    for k, x in enumerate(np.linspace(-7.2, 7.2, 11)):
        # A row lies in a plane along the head; the outer rows run lower, around the ears.
        turn = np.linspace(0, 1, 26)
        azimuth0 = float(np.interp(abs(x), (0, 1.8, 3.6, 5.4, 7.2), (0, 15, 31, 47, 63)) * np.sign(x))
        low = float(Hairline(LINE_AZIMUTH, COIL_LINE, 0.0, 0)(np.array(azimuth0))) + 1.5
        start = direction(np.array(azimuth0), np.array(low))
        stop = direction(np.array(180 - 0.42 * azimuth0), np.array(np.degrees(tilt)))
        over = direction(np.array(np.clip(2.2 * azimuth0, -96, 96)), np.array(88 - 0.98 * abs(azimuth0)))
        t = turn[:, None]
        d = unit((1 - t) ** 2 * start + 2.2 * t * (1 - t) * over + t**2 * stop)
        height = np.interp(turn, (0, 0.14, 0.5, 1), (-0.35, 0.3, 0.6, 0.35))
        az, el = angles(d)
        line = head.at(az, el, height)
        tail = [head.place(0.5 * x, -5.8, -8.6 + 0.1 * abs(x)), head.place(0.55 * x, -8.6, -8.4)]
        line = np.concatenate([line, tail])
        pieces.append(make(line, head.outward(line), (0.37 * k) % 1))
    return join(pieces)
