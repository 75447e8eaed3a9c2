"""Hair as one smooth volume: a sheet spanned by guides, padded on both sides, round at every border.

Where many locks would leave gaps and slivers, a mane is one welded skin: a few grooves part it into broad
locks, and its lower edge is scalloped where the grooves arrive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline

from gen_avatar.character.surface import smoothstep
from training.wardrobe.hairpaint import UNDER, lock_tone
from training.wardrobe.locks import Free, Piece, Place, ring_triangles, route
from training.wardrobe.surface import HeadSurface, unit

#: Columns within a lock, from groove to groove, three of them where a strand is drawn; those of a plain lock;
#: and how the rings at a round border crowd towards it.
_COLUMNS = np.array([0.0, 0.1, 0.22, 0.33, 0.41, 0.49, 0.69, 0.9])
_PLAIN = np.array([0.0, 0.09, 0.27, 0.5, 0.73, 0.91])
_ROUND = 1 - np.cos(np.radians([0, 20, 42, 66, 90]))
#: Side borders are thin at the root, over so much of the length: hair comes out of a parting without a step.
_THIN_ROOT, _THIN_OVER = 0.35, 0.2
#: How much of a notch is left at the side borders, share.
_CORNER = 0.6
#: Samples of a guide.
_SAMPLES = 64


@dataclass(frozen=True)
class Mane:
    """A padded sheet.

    Attributes:
        guides: at least two lists of places, from root to end; the first and the last are its side borders.
        locks: relative widths of the locks, from the first guide to the last.
        thick: height above the sheet, cm; under: below it.
        border: radius of the round side borders and of the round end, cm.
        root: share of the height at the root; rise: share of the length over which it grows from there.
        groove: depth between locks, cm.
        groove_from: share of the length from which grooves deepen.
        notch: how much shorter the sheet is at grooves, share of the length.
        blunt: exponent of the ends of locks: 2 round, 4 square.
        ragged: how much shorter the shortest lock is, share of the length.
        wave: (sideways cm, outwards cm, periods, phase in turns, phase step from border to border in turns).
        wave_from: share of the length where waves begin.
        taper: height at the end, as a share of that above.
        rows: rings along the hair, those of the round end included.
        drawn: share of either half, from its border, whose locks have a strand drawn on them.
        seed: of what differs from lock to lock.
    """

    guides: Sequence[Sequence[Place | Free]]
    locks: Sequence[float] = (1.0,)
    thick: float = 1.0
    under: float = 0.5
    border: float = 1.2
    root: float = 0.5
    rise: float = 0.22
    groove: float = 0.3
    groove_from: float = 0.2
    notch: float = 0.05
    blunt: float = 2.6
    ragged: float = 0.0
    wave: tuple[float, float, float, float, float] = (0.0, 0.0, 1.0, 0.0, 0.0)
    wave_from: float = 0.3
    taper: float = 1.0
    rows: int = 16
    drawn: float = 1.0
    seed: int = 0


def _across(spec: Mane, width: float) -> np.ndarray:
    """[C] places of the columns in 0..1: on ridges and in grooves, crowded at the round borders."""
    edges = np.r_[0, np.cumsum(spec.locks)] / np.sum(spec.locks)
    middles = np.abs(edges[:-1] + edges[1:] - 1)
    inner = np.concatenate(
        [
            low + wide * (_COLUMNS if far >= 1 - spec.drawn else _PLAIN)
            for low, wide, far in zip(edges, np.diff(edges), middles, strict=False)
        ]
    )
    rim = min(spec.border / width, 0.4) * _ROUND
    inner = inner[(inner > rim[-1] * 1.15) & (inner < 1 - rim[-1] * 1.15)]
    return np.r_[rim, inner, 1 - rim[::-1]]


def _along(spec: Mane, length: float) -> np.ndarray:
    """[R] places of the rows in 0..1, crowded at the root and at the round end."""
    rim = min(spec.border / length, 0.3) * _ROUND
    body = np.linspace(0, 1 - rim[-1], spec.rows - len(rim) + 1)
    return np.r_[0.0, 0.35 * body[1], body[1:-1], 1 - rim[::-1]]


def mane(head: HeadSurface, spec: Mane) -> Piece:
    """The closed skin of a :class:`Mane`."""
    lines = np.stack([route(head, g, _SAMPLES) for g in spec.guides])
    sheet = CubicSpline(np.linspace(0, 1, len(lines)), lines, bc_type="natural")
    middle = lines[:, _SAMPLES // 2]
    width = float(np.linalg.norm(np.diff(middle, axis=0), axis=1).sum())
    length = float(np.linalg.norm(np.diff(lines, axis=1), axis=2).sum(1).mean())
    u, v = _across(spec, width), _along(spec, length)
    edges = np.r_[0, np.cumsum(spec.locks)] / np.sum(spec.locks)
    number = np.clip(np.searchsorted(edges, u, side="right") - 1, 0, len(spec.locks) - 1)
    within = np.clip(2 * (u - edges[number]) / np.diff(edges)[number] - 1, -1, 1)
    # The side borders are round already: no groove there.
    side = np.where((number == 0) & (within < 0) | (number == len(spec.locks) - 1) & (within > 0), 0.0, 1.0)
    rng = np.random.default_rng(spec.seed)
    short = spec.ragged * rng.uniform(0, 1, len(spec.locks))[number]
    # At its borders the sheet ends in a soft corner.
    cut = np.abs(np.where(side > 0, within, _CORNER * within))
    last = 1 - spec.notch * cut**spec.blunt - short * (1 - np.abs(within) ** 4)
    body = _rows(sheet(u), v[:, None] * last[None])  # [R, C, 3]
    body = body + _swing(head, body, spec, v, u)
    run = unit(np.gradient(body, axis=0))
    rim = np.clip(np.minimum(u, 1 - u) * width / spec.border, 0, 1)
    beside = np.clip(np.minimum(u, 1 - u) * width / (3 * spec.border), 0, 1)[None]
    thin_root = _THIN_ROOT + (1 - _THIN_ROOT) * np.maximum(smoothstep(0, _THIN_OVER, v)[:, None], beside)
    end = np.clip((1 - v) * length / spec.border, 0, 1)
    start = spec.root + (1 - spec.root) * np.sin(np.clip(v / spec.rise, 0, 1) * np.pi / 2)
    thin = 1 - (1 - spec.taper) * smoothstep(0.45, 1.0, v)
    pad = np.sqrt(rim * (2 - rim))[None] * thin_root * (np.sqrt(end * (2 - end)) * start * thin)[:, None]
    deep = np.clip((v - spec.groove_from) / 0.3, 0, 1)[:, None] * (side * np.abs(within) ** 3)[None]
    out = head.outward(body)
    outer = body + out * (pad * (spec.thick - spec.groove * deep))[..., None]
    inner = body - out * (pad * spec.under)[..., None]
    seeds = rng.uniform(size=len(spec.locks))[number]
    strand = np.stack(np.broadcast_arrays(within[None], v[:, None], seeds[None]), -1)
    tone = lock_tone(np.where(side > 0, within, 0.6 * within)[None], strand[..., 1], strand[..., 2])
    # Both sides have the same columns, and tones: where they meet at the borders, no slits are left.
    pieces = []
    for points, flip in ((outer, False), (inner, True)):
        triangles = ring_triangles(len(v), len(u), closed=False)
        pieces.append((points, triangles[:, ::-1] if flip else triangles))
    vertices = np.concatenate([p.reshape(-1, 3) for p, _ in pieces])
    triangles = np.concatenate([pieces[0][1], pieces[1][1] + pieces[0][0].shape[0] * pieces[0][0].shape[1]])
    a, b, c = (outer.reshape(-1, 3)[pieces[0][1][:, k]] for k in range(3))
    if (np.cross(b - a, c - a) * head.outward(a)).sum() < 0:
        triangles = triangles[:, ::-1]
    return Piece(
        vertices,
        triangles,
        np.tile(run.reshape(-1, 3), (2, 1)),
        np.tile(strand.reshape(-1, 3), (2, 1)),
        np.r_[tone.ravel(), (tone + smoothstep(0.2, 1.0, pad) * (UNDER - tone)).ravel()],
    )


def _rows(lines: np.ndarray, at: np.ndarray) -> np.ndarray:
    """[R, C, 3] points of ``lines`` [C, S, 3] at the shares ``at`` [R, C] of their length."""
    place = np.clip(at, 0, 1) * (lines.shape[1] - 1)
    i = np.minimum(place.astype(int), lines.shape[1] - 2)
    column = np.arange(lines.shape[0])[None]
    share = (place - i)[..., None]
    return lines[column, i] * (1 - share) + lines[column, i + 1] * share


def _swing(head: HeadSurface, body: np.ndarray, spec: Mane, v: np.ndarray, u: np.ndarray) -> np.ndarray:
    """[R, C, 3] what waves add; the two halves of the sheet mirror each other."""
    sideways, outwards, periods, phase, apart = spec.wave
    grown = np.clip((v - spec.wave_from) * 3, 0, 1)[:, None]
    half = 2 * np.abs(u - 0.5)
    turn = 2 * np.pi * (periods * v[:, None] + phase + apart * half[None])
    out = head.outward(body)
    across = unit(np.cross(out, np.gradient(body, axis=0))) * np.clip(4 * (u - 0.5), -1, 1)[None, :, None]
    return (
        across * (sideways * grown * np.sin(turn))[..., None]
        + out * (outwards * grown * np.cos(turn))[..., None]
    )
