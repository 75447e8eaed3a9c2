"""Hair that is tied up: combed flat to knots, in pull lines."""

from __future__ import annotations

import numpy as np

from training.wardrobe.coils import puff
from training.wardrobe.hair import LINE_AZIMUTH, smooth
from training.wardrobe.locks import Free, Hairline, Piece, Profile, join, lock, ring_triangles, sweep
from training.wardrobe.surface import HeadSurface, angles, direction, unit
from training.wardrobe.tubes import frame, ngon, through, tube

#: Combed hair starts at a clean line that hugs the ears and the nape.
TIED_LINE = (28, 26, 21, 15, 9, 3, 8, 14, 0, -24, -37, -41)
Place2 = tuple[float, float]


def _half_line(side: float, split: bool) -> np.ndarray:
    """[n, 3] the edge of the combed hair: all around, or one side with the parting that bounds it."""
    line = Hairline(LINE_AZIMUTH, TIED_LINE, 0.8, 5)
    if not split:
        azimuth = np.linspace(-180, 180, 480, endpoint=False)
        return direction(azimuth, line(azimuth))
    azimuth = np.linspace(0, 180, 240)
    edge = direction(side * azimuth, line(side * azimuth))
    over = np.linspace(line(np.array(180.0)), 180 - line(np.array(0.0)), 140)[1:-1]
    part = direction(np.where(over < 90, 180.0, 0.0), np.where(over < 90, over, 180 - over))
    gap = part + np.array([0.012 * side, 0, 0])
    loop = np.concatenate([edge, unit(gap)])
    return loop if side > 0 else loop[::-1]


def combed(
    head: HeadSurface, knot: Place2, split: float = 0.0, strands: int = 22, thick: float = 1.0, seed: int = 8
) -> Piece:
    """Hair combed from its whole edge to a knot at (azimuth, elevation): one ridge a strand.

    Args:
        split: 1 or -1 for the half of the head on that side of a middle parting, 0 for all of it.
    """
    rng = np.random.default_rng(seed)
    loop = _half_line(split, bool(split))
    goal = direction(np.array(knot[0]), np.array(knot[1]))
    closed = np.concatenate([loop, loop[:1]])
    arc = np.r_[0, np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))]
    cuts = np.r_[0, np.cumsum(rng.uniform(0.7, 1.3, strands))]
    cuts = cuts / cuts[-1] * arc[-1]
    # Four columns a strand: the groove, and a round back.
    at = (cuts[:-1, None] + np.diff(cuts)[:, None] * np.array([0, 0.22, 0.5, 0.78])).ravel()
    ridge = np.tile([0.0, 0.75, 1.0, 0.75], strands)
    start = unit(np.stack([np.interp(at, arc, closed[:, k]) for k in range(3)], 1))
    t = np.linspace(0, 1, 13)[:, None, None]
    angle = np.arccos(np.clip(start @ goal, -1, 1))[None, :, None]
    d = unit((np.sin((1 - t) * angle) * start + np.sin(t * angle) * goal) / (np.sin(angle) + 1e-6))
    # Great circles to a knot behind scatter where they start opposite to it: those strands go over the crown.
    far = smooth(0.55, 0.9, (1 - start @ goal) / 2)[:, None]
    crown = unit(0.55 * start + [0.0, 0.75, -0.3])
    over = unit((1 - t) ** 2 * start + 2.4 * t * (1 - t) * crown + t**2 * goal)
    d = unit((1 - far) * d + far * over)
    run = t[..., 0]
    lift = np.interp(run, (0, 0.1, 0.3, 1), (-0.3, 0.45, 0.85, 0.8)) * thick
    groove = 0.46 * np.interp(run, (0, 0.12, 0.75, 1), (0.3, 1, 1, 0.5))
    azimuth, elevation = angles(d)
    body = head.at(azimuth, elevation, lift + groove * ridge[None])
    columns = len(at)
    vertices = body.reshape(-1, 3)
    triangles = ring_triangles(len(t), columns)
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    if ((np.cross(b - a, c - a) * (a - head.center)).sum(1) < 0).mean() > 0.5:
        triangles = triangles[:, ::-1]
    tangent = unit(np.gradient(body, axis=0)).reshape(-1, 3)
    number = np.repeat(rng.uniform(size=strands), 4)
    across = np.tile([-1.0, -0.45, 0.0, 0.45], strands)
    strand = np.stack([np.tile(across, len(t)), np.repeat(run[:, 0], columns), np.tile(number, len(t))], 1)
    return Piece(vertices, triangles, tangent, strand)


def _foot(head: HeadSurface, knot: Place2, height: float) -> tuple[np.ndarray, np.ndarray]:
    out = direction(np.array(knot[0]), np.array(knot[1]))
    return head.at(np.array(knot[0]), np.array(knot[1]), np.array(height)), out


def _ring(foot: np.ndarray, out: np.ndarray, radius: float, thick: float) -> Piece:
    """The band around a knot."""
    turn = np.linspace(0, 2 * np.pi, 13)
    right = unit(np.cross(out, [0.2, 0.9, 0.4]))
    over = np.cross(right, out)
    line = foot + radius * (np.cos(turn)[:, None] * right + np.sin(turn)[:, None] * over)
    return tube(line, unit(line - foot), np.full(13, thick), 0.5)


def knob(
    foot: np.ndarray, out: np.ndarray, radius: float, strands: int = 7, wind: float = 2.2, flat: float = 0.85
) -> Piece:
    """A bun: crescents that wind from its foot to its top."""
    middle = foot + out * radius * flat * 0.8
    right = unit(np.cross(out, [0.2, 0.9, 0.4]))
    over = np.cross(right, out)
    t = np.linspace(0, 1, 9)
    pieces = []
    for k in range(strands):
        polar, turn = np.radians(140 - 128 * t), 2 * np.pi * k / strands + wind * t
        body = np.sin(polar)[:, None] * (np.cos(turn)[:, None] * right + np.sin(turn)[:, None] * over)
        line = middle + radius * (0.72 * body + 0.68 * flat * np.cos(polar)[:, None] * out)
        width, height = Profile(0.5 * radius, 0.33 * radius, root=0.6, belly=0.45, tip=3.0, end=0.3)(t)
        up = unit(line - middle)
        pieces.append(sweep(line, up, width, height, (0.37 * k + 0.2) % 1, ngon(6)))
    return join([*pieces, _ring(foot, out, 0.62 * radius, 0.2 * radius)])


def tail(
    knots: np.ndarray, thick: float, wave: float = 0.0, strands: int = 5, samples: int = 14, seed: int = 9
) -> Piece:
    """A tail of hair through free points [n, 3]: strands around a core, in a long drop shape."""
    rng = np.random.default_rng(seed)
    core = through(knots, samples)
    _, side, crest = frame(core, np.array([0.3, 0.1, 1.0]))
    t = np.linspace(0, 1, samples)
    shape = thick * np.interp(t, (0, 0.12, 0.4, 0.8, 1), (0.35, 0.85, 1.0, 0.75, 0.15))
    swing = side * (wave * np.sin(2 * np.pi * 1.6 * t) * np.minimum(3 * t, 1))[:, None]
    pieces = []
    for k in range(strands):
        turn = 2 * np.pi * k / strands + 1.3 * t
        away = np.cos(turn)[:, None] * side + np.sin(turn)[:, None] * crest
        line = core + swing + away * (0.62 * shape)[:, None]
        stop = samples - int(rng.integers(0, 3))
        width, height = Profile(0.85 * thick, 0.6 * thick, root=0.4, belly=0.35, tip=1.8)(
            np.linspace(0, 1, stop)
        )
        pieces.append(sweep(line[:stop], away[:stop], width, height, rng.uniform(), ngon(6)))
    return join(pieces)


def wisps(head: HeadSurface, bottom: float = -3.0) -> list[Piece]:
    """A loose strand before each ear."""

    slim = Profile(0.95, 0.5, root=0.4, belly=0.35, tip=1.3)
    return [
        lock(
            head,
            [
                (s * 30, 29, 0.3),
                (s * 52, 21, 0.9),
                Free(s * 7.8, 4.0, 6.4),
                Free(s * 8.1, -0.5, 5.9),
                Free(s * 7.3, bottom, 6.3),
            ],
            slim,
            0.3 + 0.2 * s,
            11,
        )
        for s in (1.0, -1.0)
    ]


def bun(head: HeadSurface) -> Piece:
    """Combed up to a round bun high on the back of the head."""
    foot, out = _foot(head, (180, 50), 0.9)
    return join([combed(head, (180, 50)), knob(foot, unit(out + [0, 0.45, 0]), 4.7)])


def top_knot(head: HeadSurface) -> Piece:
    """A tall, loose knot right on top, its ends sticking out."""
    foot, out = _foot(head, (0, 84), 0.6)
    up = unit(out + [0.12, 0.2, 0])
    pieces = [combed(head, (0, 84)), knob(foot, up, 3.6, 5, 3.2, 1.05)]
    top = foot + up * 5.0
    for k, lean in enumerate(((1.0, 0.5), (-0.9, 0.6), (0.2, 1.3))):
        line = through(
            top + np.array([[0, -1.2, 0], [1.2 * lean[0], 0.6, 0], [4.2 * lean[0], 1.5 * lean[1], 0.3]]), 7
        )
        pieces.append(tube(line, np.array([0, 0, 1.0]), np.linspace(1.0, 0.12, 7), 0.3 * k, 0.8))
    return join(pieces)


def low_bun(head: HeadSurface) -> Piece:
    """A soft bun at the nape, a little to one side, and a loose strand on each cheek."""
    foot, out = _foot(head, (148, -22), 0.6)
    return join([combed(head, (148, -22), thick=1.4), knob(foot, out, 4.2), *wisps(head)])


def space_buns(head: HeadSurface) -> Piece:
    """Parted in the middle, a bun high on each side."""
    pieces = []
    for side in (1.0, -1.0):
        knot = (side * 76.0, 57.0)
        foot, out = _foot(head, knot, 0.7)
        pieces += [combed(head, knot, side, 13), knob(foot, unit(out + [0, 0.2, 0]), 3.5, 6)]
    return join(pieces)


def ponytail(head: HeadSurface) -> Piece:
    """Combed back, tied high, swung over the subject's left shoulder."""
    foot, out = _foot(head, (172, 54), 0.9)
    points = [foot - 0.4 * out, foot + 2.2 * out + [1.2, 0.6, 0]]
    points += [
        head.place(*p)
        for p in (
            (6.4, 9.2, -9.6),
            (10.4, 3.6, -7.4),
            (11.2, -3.6, -5.0),
            (9.9, -10.6, -3.2),
            (11.6, -13.4, -2.6),
        )
    ]
    return join(
        [combed(head, (172, 54)), _ring(foot + 0.5 * out, out, 1.3, 0.6), tail(np.stack(points), 2.7)]
    )


def low_ponytail(head: HeadSurface) -> Piece:
    """Tied at the nape and laid over the subject's right shoulder."""
    foot, out = _foot(head, (-158, -24), 0.6)
    points = [foot - 0.3 * out, foot + 1.2 * out + [-0.9, -0.3, 0]]
    points += [
        head.place(*p)
        for p in ((-7.6, -4.6, -5.6), (-9.4, -8.2, -0.6), (-8.6, -12.4, 4.2), (-7.8, -16.0, 4.6))
    ]
    body = [combed(head, (-158, -24), thick=1.3), _ring(foot + 0.6 * out, out, 1.1, 0.5)]
    return join([*body, tail(np.stack(points), 2.5, 0.5), *wisps(head, 0.5)])


def pigtails(head: HeadSurface) -> Piece:
    """A wavy tail on each side."""
    pieces = []
    for side in (1.0, -1.0):
        knot = (side * 108.0, 30.0)
        foot, out = _foot(head, knot, 0.7)
        points = [foot - 0.3 * out, foot + 2.2 * out + [0, 0.6, 0]]
        points += [
            head.place(side * x, y, z)
            for x, y, z in ((13.6, 5.4, -4.6), (14.6, -1.0, -3.6), (12.6, -7.6, -2.4), (13.8, -10.4, -2.0))
        ]
        pieces += [combed(head, knot, side, 13), _ring(foot + 0.5 * out, out, 1.2, 0.55)]
        pieces.append(tail(np.stack(points), 2.5, 0.6 * side))
    return join(pieces)


def puffs(head: HeadSurface) -> Piece:
    """Two round afro puffs over a middle parting."""
    pieces = []
    for side in (1.0, -1.0):
        knot = (side * 92.0, 46.0)
        foot, out = _foot(head, knot, 0.7)
        middle = foot + 3.4 * unit(out + [0, 0.15, 0])
        pieces += [combed(head, knot, side, 9), _ring(foot + 0.2 * out, out, 1.7, 0.5)]
        pieces.append(puff(middle, unit(out + [0, 0.35, 0]), 4.3, 44))
    return join(pieces)
