"""Hair in ropes: twists, box braids and locs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gen_avatar.character.surface import smoothstep
from training.wardrobe.coils import COIL_LINE, spread
from training.wardrobe.hair import LINE_AZIMUTH, cap
from training.wardrobe.hairpaint import BETWEEN, UNDER
from training.wardrobe.locks import Hairline, Piece, join, ring_triangles, route
from training.wardrobe.surface import HeadSurface, angles, unit
from training.wardrobe.tubes import frame, hang_guide, tube

Strand = Callable[[np.ndarray, np.ndarray, float], Piece]

#: Angles of the rings of a rope's round end, degrees.
_CAP = (24.0, 46.0, 66.0, 84.0)
#: How dark ropes are painted where they are pinched.
_PINCH = -0.6
#: Short ropes do not grow below this elevation, or their ends would show beside the neck, degrees.
_LOWEST = -14.0
#: Degrees that short ropes begin above the lowest place of their tips, at least.
_ROOM = 9.0
#: Beside the face short hair lies closer, by this share: behind these azimuths and below these elevations,
#: degrees.
_CLOSE, _SIDE_FROM, _SIDE_BELOW = 0.5, (40.0, 68.0), (20.0, 44.0)
#: How low short ropes may fall, by azimuth, degrees: to the brows, then beside the face to the ears.
_FALL_AZIMUTH = (0, 40, 56, 70, 100, 180)


def _blunt(count: int, end: float) -> tuple[np.ndarray, np.ndarray]:
    """Places of ``count`` rings along a rope, 0..1, and the radius there: its last share ``end`` is round."""
    bend = np.radians(_CAP)
    t = np.r_[np.linspace(0, 1 - end, count - len(bend)), 1 - end + end * np.sin(bend)]
    return t, np.r_[np.ones(count - len(bend)), np.cos(bend)]


def _length(line: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum())


def _at(line: np.ndarray, t: np.ndarray) -> np.ndarray:
    old = np.linspace(0, 1, len(line))
    return np.stack([np.interp(t, old, line[:, k]) for k in range(3)], 1)


def _swung(line: np.ndarray, up: np.ndarray, sway: float, seed: float) -> np.ndarray:
    """A line that sways ``sway`` cm to its sides, more towards its end."""
    _, side, crest = frame(line, up)
    t = np.linspace(0, 1, len(line))
    turn = 2 * np.pi * (1.7 * t + 3 * seed)
    grown = sway * np.clip(2.5 * (t - 0.25), 0, 1)
    return line + side * (grown * np.sin(turn))[:, None] + 0.8 * crest * (grown * np.cos(turn))[:, None]


def _loc(radius: float, rings: int, sway: float = 0.0, sides: int = 9) -> Strand:
    """A round, tapered, slightly uneven loc with a round end."""

    def make(line: np.ndarray, up: np.ndarray, seed: float) -> Piece:
        line = _swung(line, up, sway, seed)
        t, end = _blunt(rings, radius / _length(line))
        uneven = 1 + 0.09 * np.sin(2 * np.pi * (_length(line) / 4.5 * t + seed))
        shape = np.interp(t, (0, 0.2, 0.6, 1), (0.55, 0.95, 1, 0.88)) * end
        return tube(_at(line, t), _at(up, t), radius * uneven * shape, seed, 0.95, sides)

    return make


def _beaded(radius: float, beats: int, sides: int) -> Strand:
    """A thin braid: its outline swells softly at every crossing."""

    def make(line: np.ndarray, up: np.ndarray, seed: float) -> Piece:
        t = np.linspace(0, 1, 4 * beats + 1)
        # Round swells, with clean notches between them: their outline is scalloped, not sawn.
        swell = np.abs(np.sin(np.pi * beats * t + 0.5 * np.pi * seed)) ** 0.7
        ends = np.interp(t, (0, 0.1, 0.95, 1), (0.7, 1, 0.95, 0.5))
        size = radius * (0.88 + 0.12 * swell) * ends
        return tube(_at(line, t), _at(up, t), size, seed, 0.9, sides, _PINCH * (1 - swell))

    return make


def _twist(radius: float, beats: int) -> Strand:
    """A plump two-strand twist: it swells at every turn, and has a round end."""

    def make(line: np.ndarray, up: np.ndarray, seed: float) -> Piece:
        t, end = _blunt(3 * beats + 5, radius / _length(line))
        shape = (
            radius * (1 - 0.14 * np.cos(2 * np.pi * beats * t)) * np.interp(t, (0, 0.3, 1), (0.8, 1, 0.95))
        )
        pinch = _PINCH * (0.5 + 0.5 * np.cos(2 * np.pi * beats * t)) ** 2
        return tube(_at(line, t), _at(up, t), shape * end, seed, 0.95, 8, pinch)

    return make


def scalp(base: Piece) -> Piece:
    """What is seen between ropes: dark."""
    return replace(base, tone=np.full(len(base.vertices), 0.5 * BETWEEN))


def _lining(head: HeadSurface, part: float, bottom: float, flare: float, rows: int = 8) -> Piece:
    """One sheet from temple to temple around the back that lets no skin through between hanging ropes."""
    azimuth = np.linspace(57, 178, 10)
    turns = [(1.0, a) for a in azimuth] + [(-1.0, a) for a in azimuth[::-1]]
    lines = np.stack(
        [route(head, hang_guide(s, float(a), part, bottom, flare, 0.6)[1:], rows) for s, a in turns]
    )
    tangent = unit(np.gradient(lines, axis=1)).reshape(-1, 3)
    t = np.tile(np.linspace(0, 1, rows), len(lines))
    strand = np.stack([np.zeros(len(t)), t, np.full(len(t), 0.5)], 1)
    triangles = ring_triangles(len(lines), rows, closed=False)
    return Piece(lines.reshape(-1, 3), triangles, tangent, strand, np.full(len(t), UNDER))


def curtain(
    head: HeadSurface,
    make: Strand,
    count: int,
    part: float,
    bottom: float,
    flare: float,
    seed: int,
    lined: float = 0.0,
) -> list[Piece]:
    """Ropes from a parting over both sides, closest beside the face, before a lining.

    ``lined`` is how much wider than usual that is, cm, for ropes that swing.
    """
    rng = np.random.default_rng(seed)
    pieces = [_lining(head, part, bottom + 0.4, flare + lined)]
    for side in (1.0, -1.0):
        for k, share in enumerate(np.linspace(0, 1, count)):
            at = 53 + 107 * share + rng.uniform(-1, 1)
            end = bottom + (0.6, -0.5, 0.1)[k % 3] + rng.uniform(-0.2, 0.2)
            guide = hang_guide(side, float(at), part, end, flare + 0.6 * (k % 2), 1.0)
            line = route(head, guide, 40)
            # Every second rope lies a little higher, but not at the parting.
            lift = 0.6 * (k % 2) * smoothstep(0.1, 0.4, np.linspace(0, 1, len(line)))
            line = line + head.outward(line) * lift[:, None]
            pieces.append(make(line, head.outward(line), rng.uniform()))
    return pieces


def locs_long(head: HeadSurface) -> Piece:
    """Thick locs to the shoulders, parted off the middle."""
    base = scalp(cap(head, COIL_LINE, 0.9, 0.6, seed=5, tuft=0.6, columns=32))
    return join([base, *curtain(head, _loc(1.18, 26, 0.5, 10), 6, 8, -12.0, 9.8, 51)])


def box_braids(head: HeadSurface) -> Piece:
    """Many thin braids that fall below the collar, parted in the middle."""
    base = scalp(cap(head, COIL_LINE, 0.7, 0.5, seed=5, tuft=0.4, columns=32))
    return join([base, *curtain(head, _beaded(1.2, 9, 7), 6, 0, -16.0, 8.9, 52)])


def beside(azimuth: float, elevation: float) -> float:
    """How much hair that grows at a place, degrees, lies beside the face, 0..1."""
    low = 1 - float(smoothstep(*_SIDE_BELOW, np.array(elevation)))
    return low * float(smoothstep(*_SIDE_FROM, np.abs(azimuth)))


def thatch(
    head: HeadSurface,
    make: Strand,
    count: int,
    length: float,
    height: tuple[float, float],
    fall: tuple[float, ...],
    samples: int,
    seed: int,
    top: float = 90.0,
) -> list[Piece]:
    """Short ropes from all over the scalp that fall outwards in layers, like thatch.

    Args:
        length: cm; height: of a rope's middle over the skull at the hairline and at the crown, cm.
        fall: the lowest elevation of tips at ``_FALL_AZIMUTH``, degrees; top: the highest of roots.
    """
    rng = np.random.default_rng(seed)
    line = Hairline(LINE_AZIMUTH, COIL_LINE, 0.0, 0)
    pieces = []

    def inside(d: np.ndarray) -> np.ndarray:
        azimuth, elevation = angles(d)
        # One that begins where tips may not fall would stand out like a ball beside the face.
        room = np.interp(np.abs(azimuth), _FALL_AZIMUTH, fall) + _ROOM
        low = np.maximum(np.maximum(line(azimuth) + 5, _LOWEST), room)
        return (elevation > low) & (elevation <= top)

    for d in spread(inside, count, rng, 1.8):
        azimuth, elevation = (float(v) for v in angles(d))
        tall = height[0] + (height[1] - height[0]) * float(smoothstep(15, 75, np.array(elevation)))
        reach = length * rng.uniform(0.9, 1.1) * 5.0
        tip = max(elevation - reach, float(np.interp(abs(azimuth), _FALL_AZIMUTH, fall)) + rng.uniform(-2, 3))
        # What cannot fall stands out instead, but not beside the face, where it would be a brim.
        tall += 0.018 * max(reach - (elevation - tip), 0)
        tall *= 1 - _CLOSE * beside(azimuth, elevation)
        turn = azimuth + rng.normal(0, 5) / max(np.cos(np.radians(elevation)), 0.35)
        path = route(
            head,
            [
                (azimuth, elevation, 0.2),
                (0.6 * azimuth + 0.4 * turn, elevation + 0.25 * (tip - elevation), tall),
                (turn, elevation + 0.65 * (tip - elevation), tall + 0.25),
                (turn, tip, 0.55 * tall + 0.1),
            ],
            samples,
        )
        pieces.append(make(path, head.outward(path), rng.uniform()))
    return pieces


def locs_short(head: HeadSurface) -> Piece:
    """Finger-length locs that fall from the crown to the brows and the ears."""
    base = scalp(cap(head, COIL_LINE, 1.0, 0.7, seed=5, tuft=0.6, columns=32))
    fall = (15, 13, 7, 1, -3, -34)
    return join([base, *thatch(head, _loc(1.12, 12, sides=8), 43, 5.8, (1.1, 1.5), fall, 12, 53)])


def twists(head: HeadSurface) -> Piece:
    """Short plump two-strand twists."""
    base = scalp(cap(head, COIL_LINE, 1.7, 0.9, seed=5, tuft=0.6, columns=32))
    fall = (17, 16, 9, 3, 1, -34)
    return join([base, *thatch(head, _twist(1.27, 2), 42, 5.2, (1.2, 1.5), fall, 14, 54)])
