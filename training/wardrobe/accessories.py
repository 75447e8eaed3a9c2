"""Glasses and the jumper."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gen_avatar.character.wardrobe.garments import Garment
from training.wardrobe.locks import ring_triangles, sweep
from training.wardrobe.surface import HeadSurface, unit

_ROUND = np.array([(np.cos(a), np.sin(a)) for a in np.linspace(0, 2 * np.pi, 8, endpoint=False)])
#: Radius of the rims, cm.
_WIRE = 0.2


def _closed_tube(line: np.ndarray, up: np.ndarray, radius: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A ring-shaped tube along a closed line [n, 3]."""
    along = unit(np.roll(line, -1, 0) - np.roll(line, 1, 0))
    side = unit(np.cross(up, along))
    crest = np.cross(along, side)
    body = (
        line[:, None]
        + (side[:, None] * _ROUND[None, :, :1] + crest[:, None] * _ROUND[None, :, 1:]) * radius[:, None, None]
    )
    n, k = len(line), len(_ROUND)
    triangles = ring_triangles(n + 1, k) % (n * k)
    return body.reshape(-1, 3), triangles[:, ::-1]


def _garment(
    part: str,
    fit: str,
    vertices: np.ndarray,
    triangles: np.ndarray,
    along: np.ndarray | None = None,
    region: np.ndarray | None = None,
) -> Garment:
    strand = np.zeros((len(vertices), 3), np.float32)
    if along is not None:
        strand[:, 1] = along
    return Garment(
        part=part,
        fit=fit,
        vertices=vertices.astype(np.float32),
        triangles=triangles.astype(np.int32),
        tangent=np.zeros((len(vertices), 3), np.float32),
        strand=strand,
        region=np.zeros(0, np.int32) if region is None else region.astype(np.int32),
    )


def glasses(
    head: HeadSurface, ears: np.ndarray, outline: Callable[[np.ndarray], np.ndarray]
) -> tuple[Garment, ...]:
    """Frame and lenses.

    Args:
        ears: [2, 3] where the temples rest, left and right.
        outline: angle [n] → [n, 2] of a rim around its eye, outwards and up, in half eye widths.
    """
    marks = head.landmarks
    eyes = np.stack([marks[42:48].mean(0), marks[36:42].mean(0)])
    half = np.linalg.norm(marks[[36, 42]] - marks[[39, 45]], axis=1).mean() / 2
    front = marks[36:48, 2].max() + 0.75
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    frame: list[tuple[np.ndarray, np.ndarray, np.ndarray, int]] = []
    lenses = []
    for side, sign in ((0, 1.0), (1, -1.0)):
        shape = outline(turn) * half
        line = np.stack([eyes[side, 0] + sign * shape[:, 0], eyes[side, 1] + shape[:, 1], np.zeros(48)], 1)
        line[:, 2] = front - 0.018 * line[:, 0] ** 2 - 0.05 * (line[:, 1] - eyes[side, 1])
        vertices, triangles = _closed_tube(line, np.tile([0.0, 0, 1], (48, 1)), np.full(48, _WIRE))
        frame.append((vertices, triangles if sign > 0 else triangles[:, ::-1], np.zeros(len(vertices)), side))
        middle = line.mean(0) + [0, 0, 0.12]
        disc = np.concatenate([line, 0.5 * line + 0.5 * (middle - [0, 0, 0.03]), middle[None]])
        j = np.arange(48)
        k = (j + 1) % 48
        cells = np.concatenate(
            [
                np.stack([j, k, 48 + k], 1),
                np.stack([j, 48 + k, 48 + j], 1),
                np.stack([48 + j, 48 + k, np.full(48, 96)], 1),
            ]
        )
        lenses.append((disc, cells if sign > 0 else cells[:, ::-1], side))
        outer = line[np.argmax(line[:, 0] * sign + 0.5 * line[:, 1])]
        frame.append(_temple(head, outer, ears[side], sign, 3 + side))
    inner = [g[0][np.argmin(np.abs(g[0][:, 0]))] for g in (frame[0], frame[2])]
    frame.append(_bridge(inner[0], inner[1], front, eyes[:, 1].mean() + 0.3 * half))
    return _merge("glasses", [f for f in frame]), _merge(
        "lens", [(v, t, np.zeros(len(v)), s) for v, t, s in lenses]
    )


def _temple(head: HeadSurface, hinge: np.ndarray, ear: np.ndarray, sign: float, region: int):  # type: ignore[no-untyped-def]
    used = head.vertices[np.unique(head.skin)]
    knots = np.stack(
        [
            hinge - [0.05 * sign, 0, 0],
            hinge + [0.35 * sign, 0, -0.5],
            ear + [0.15 * sign, 0.15, 0.6],
            ear + [0.1 * sign, -0.2, -0.9],
            ear + [-0.2 * sign, -1.6, -1.6],
        ]
    )
    t = np.array([0, 0.06, 0.78, 0.9, 1.0])
    s = np.r_[0, 0.02, 0.05, np.linspace(0.09, 1, 15)]
    line = np.stack([np.interp(s, t, knots[:, k]) for k in range(3)], 1)
    for i in np.flatnonzero((s > 0.05) & (s < 0.7)):
        near = used[(np.abs(used[:, 1:] - line[i, 1:]) < 0.5).all(1)]
        if len(near):
            line[i, 0] = sign * max(abs(line[i, 0]), (near[:, 0] * sign).max() + 0.22)
    line[2:-2] = 0.25 * line[1:-3] + 0.5 * line[2:-2] + 0.25 * line[3:-1]
    up = np.tile([0.0, 1.0, 0.0], (len(s), 1))
    piece = sweep(line, up, np.full(len(s), 0.13), np.linspace(0.26, 0.18, len(s)), 0.0, _ROUND)
    return piece.vertices, piece.triangles, piece.strand[:, 1], region


def _bridge(left: np.ndarray, right: np.ndarray, front: float, y: float):  # type: ignore[no-untyped-def]
    t = np.linspace(-1, 1, 11)
    x = t * (np.abs([left[0], right[0]]).mean() + 0.12)
    line = np.stack([x, y + 0.25 * (1 - t**2), front + 0.10 * (1 - t**2)], 1)
    piece = sweep(line, np.tile([0.0, 0, 1.0], (11, 1)), np.full(11, 0.2), np.full(11, 0.17), 0.0, _ROUND)
    return piece.vertices, piece.triangles, np.zeros(len(piece.vertices)), 2


def _merge(part: str, pieces) -> Garment:  # type: ignore[no-untyped-def]
    starts = np.cumsum([0, *(len(p[0]) for p in pieces[:-1])])
    return _garment(
        part,
        "glasses",
        np.concatenate([p[0] for p in pieces]),
        np.concatenate([p[1] + s for p, s in zip(pieces, starts, strict=True)]),
        np.concatenate([p[2] for p in pieces]),
        np.concatenate([np.full(len(p[0]), p[3]) for p in pieces]),
    )


def round_rim(angle: np.ndarray) -> np.ndarray:
    """A circle a little larger than the eye."""
    return 1.24 * np.stack([np.cos(angle), np.sin(angle) - 0.03], 1)


def square_rim(angle: np.ndarray) -> np.ndarray:
    """A rounded rectangle, wider at the top."""
    c, s = np.cos(angle), np.sin(angle)
    power = 2 / 4.6
    x, y = np.sign(c) * np.abs(c) ** power, np.sign(s) * np.abs(s) ** power
    return np.stack([x * (1.24 + 0.07 * y), y * 1.0 - 0.04 + 0.05 * x * (y > 0)], 1)


GLASSES = {"round": round_rim, "square": square_rim}


def jumper(head: HeadSurface, ring: np.ndarray) -> tuple[Garment, ...]:
    """A crew-neck jumper: a ribbed collar around the neck's ``ring`` [N, 3], shoulders and chest."""
    middle, size = (ring.min(0) + ring.max(0)) / 2, np.ptp(ring, axis=0) / 2
    turn = np.linspace(0, 2 * np.pi, 56, endpoint=False)

    def loop(wide: float, deep: float, y: float) -> np.ndarray:
        x, z = (size[0] + wide) * np.sin(turn), (size[2] + deep) * np.cos(turn)
        # The collar lies lower at the throat than at the nape.
        return middle + np.stack([x, y - 0.22 * z * np.exp(-max(wide, 0) / 4) + 0 * x, z], 1)

    profile = [
        (0.1, 0.1, -1.0),
        (0.75, 0.75, -0.75),
        (1.5, 1.3, -1.0),
        (3.2, 2.0, -1.5),
        (5.6, 2.8, -2.3),
        (8.0, 3.6, -3.4),
        (9.6, 4.1, -5.0),
        (10.4, 4.4, -7.5),
        (10.8, 4.6, -11.0),
        (11.0, 4.6, -16.0),
    ]
    rings = np.stack([loop(*p) for p in profile])
    body = ring_triangles(len(profile), len(turn))
    band = loop(0.45, 0.45, -0.45)
    rim, rim_triangles = _closed_tube(band, np.tile([0.0, 1, 0], (len(turn), 1)), np.full(len(turn), 0.62))
    vertices = np.concatenate([rings.reshape(-1, 3), rim])
    triangles = np.concatenate(
        [
            _facing_out(rings.reshape(-1, 3), body, middle),
            _facing_ring(rim, rim_triangles, band) + rings.size // 3,
        ]
    )
    return (_garment("cloth", "neck", vertices, triangles),)


def _facing_out(vertices: np.ndarray, triangles: np.ndarray, middle: np.ndarray) -> np.ndarray:
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    out = (np.cross(b - a, c - a) * (a - (middle - [0, 4, 0]))).sum()
    return triangles if out > 0 else triangles[:, ::-1]


def _facing_ring(vertices: np.ndarray, triangles: np.ndarray, line: np.ndarray) -> np.ndarray:
    core = np.repeat(line, len(_ROUND), 0)
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    out = (np.cross(b - a, c - a) * (a - core[triangles[:, 0]])).sum()
    return triangles if out > 0 else triangles[:, ::-1]
