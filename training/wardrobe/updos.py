"""Hair that is tied up: combed flat to knots, in pull lines."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import PchipInterpolator

from gen_avatar.character.surface import smoothstep
from training.wardrobe.bubbles import puff
from training.wardrobe.hair import LINE_AZIMUTH
from training.wardrobe.hairpaint import lock_tone
from training.wardrobe.locks import Free, Hairline, Piece, Place, join, ring_triangles
from training.wardrobe.mane import Mane, mane
from training.wardrobe.overlay import overlaid
from training.wardrobe.surface import HeadSurface, angles, direction, unit
from training.wardrobe.tubes import frame, through, tube

#: Combed hair starts at a clean line that hugs the ears and the nape.
TIED_LINE = (23.5, 28, 24.5, 13, 0, -8, -9, -9, -15, -33, -42, -46)
#: Columns of a strand, from its groove to the next one.
_COLUMNS = np.array([0.0, 0.09, 0.22, 0.36, 0.5, 0.64, 0.78, 0.91])
#: The same of the narrower strands of combed hair.
_COMBED = np.array([0.0, 0.12, 0.31, 0.5, 0.69, 0.88])
#: Half the width of strands drawn between these columns, of half a lock.
_WIDE = 0.28
#: Radius of a tail along it, share of the largest: it swells out of its band, and thins to a
#: round end, for a thin one is a thorn.
_TAPER = PchipInterpolator(
    (0, 0.06, 0.22, 0.45, 0.7, 0.88, 0.95, 0.985, 1), (0.46, 0.56, 0.86, 1.0, 0.88, 0.67, 0.52, 0.3, 0.04)
)
#: Depth of the grooves of a tail, share of its radius.
_TAIL_GROOVE = 0.17
#: How far the hairline draws back at grooves, and at most for a whole strand, shares of the way to the knot.
_DRAWN_BACK, _RAGGED = 0.03, 0.045
#: Grooves of combed hair are faint at the hairline, of this share across, and full from there on: it is drawn
#: towards the knot, not plaited.
_FAINT, _FULL = 0.66, (0.08, 0.45)
#: How dark roots of combed hair are, share; and heights (y of unit vectors) between which a parting begins.
_ROOTS, _PARTED = 0.45, (0.34, 0.44)
#: Depth of grooves, cm, from strand to strand; and how far combed hair sweeps to the subject's left on its
#: way: pull lines that all ran straight back would be the ribs of a pumpkin.
_DEEP, _SWEEP = (0.1, 0.3), 0.24
#: Heights above the skull along the way, cm, and rows near the hairline: hair rises from the skin at once,
#: with a crisp edge that casts a shadow. Relative breadths of strands.
_LIFT = ((0, 0.012, 0.04, 0.2, 0.5, 1.1), (-0.3, 0.12, 0.36, 0.8, 1.4, 1.1))
_RISE, _BROAD = (0.0, 0.01, 0.026, 0.055), (0.4, 2.0)
#: Locks on combed hair, from those below to the one on top: azimuth of the root, degrees, and half the width,
#: cm. They begin so far within the line, degrees, and lie at these shares of the way so high, cm.
_LOCKS = ((46, 2.0), (-48, 2.1), (6, 2.6))
_WITHIN, _LAID, _LYING = 0.6, (0.0, 0.14, 0.34, 0.66), (-0.4, 0.05, 0.5, 0.6)
Place2 = tuple[float, float]


def _half_line(side: float, split: bool) -> np.ndarray:
    """[n, 3] the edge of the combed hair: all around, or one side with the parting that bounds it."""
    line = Hairline(LINE_AZIMUTH, TIED_LINE, 0.5, 5)
    if not split:
        azimuth = np.linspace(-180, 180, 480, endpoint=False)
        return direction(azimuth, line(azimuth))
    azimuth = np.linspace(0, 180, 240)
    edge = direction(side * azimuth, line(side * azimuth))
    over = np.linspace(line(np.array(180.0)), 180 - line(np.array(0.0)), 140)[1:-1]
    part = direction(np.where(over < 90, 180.0, 0.0), np.where(over < 90, over, 180 - over))
    gap = part + np.array([0.004 * side, 0, 0])
    loop = np.concatenate([edge, unit(gap)])
    return loop if side > 0 else loop[::-1]


#: Where the floor of a middle parting begins and ends, degrees from the front over the crown.
_PARTING = (25.0, 150.0)


def combed(
    head: HeadSurface, knot: Place2, split: float = 0.0, strands: int = 12, thick: float = 1.0, seed: int = 8
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
    cuts = np.r_[0, np.cumsum(rng.uniform(*_BROAD, strands))]
    cuts = cuts / cuts[-1] * arc[-1]
    # The columns of a strand: the groove, and a round back.
    at = (cuts[:-1, None] + np.diff(cuts)[:, None] * _COMBED).ravel()
    ridge = np.tile(1 - np.abs(2 * _COMBED - 1) ** 3, strands)
    start = unit(np.stack([np.interp(at, arc, closed[:, k]) for k in range(3)], 1))
    # The hairline is soft: it draws back at the grooves, and each strand begins at another height.
    begin = _DRAWN_BACK * (1 - ridge) + np.repeat(rng.uniform(0, _RAGGED, strands), len(_COMBED)) * ridge
    # Along a parting they all begin together.
    parted = bool(split) * smoothstep(*_PARTED, start[:, 1]) * (np.abs(start[:, 0]) < 0.05)
    begin = begin * (1 - 0.5 * parted)
    own = np.r_[_RISE, np.linspace(_RISE[-1], 1, 20 - len(_RISE))[1:]][:, None, None]
    t = own + (1 - own) * begin[None, :, None]
    d = _ways(start, goal, t, 0.0 if split else _SWEEP)
    run = t[..., 0]
    lift = PchipInterpolator(*_LIFT)(own[..., 0]) * thick
    # Hair rises at once beside a parting, which lies on top.
    # On the crown it is shallow, or the head would be a heart.
    full = 0.45 + 0.5 * smoothstep(0.75, 0.95, start[:, 1])
    lift = lift + (full * parted)[None] * (1 - run) ** 2
    deep = np.repeat(rng.uniform(*_DEEP, strands), len(_COMBED))
    groove = deep * np.interp(run, (0, 0.15, 0.75, 1), (0.2, 1, 1, 0.6))
    azimuth, elevation = angles(d)
    body = head.at(azimuth, elevation, lift + groove * (ridge[None] - 0.5))
    columns = len(at)
    vertices = body.reshape(-1, 3)
    triangles = ring_triangles(len(t), columns)
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    if ((np.cross(b - a, c - a) * (a - head.center)).sum(1) < 0).mean() > 0.5:
        triangles = triangles[:, ::-1]
    tangent = unit(np.gradient(body, axis=0)).reshape(-1, 3)
    number = np.repeat(rng.uniform(size=strands), len(_COMBED))
    across = np.tile(2 * _COMBED - 1, strands)
    strand = np.stack([np.tile(across, len(t)), np.clip(run, 0, 1).ravel(), np.tile(number, len(t))], 1)
    # Hair is dark where it is drawn into the knot.
    drawn = _FAINT + (1 - _FAINT) * smoothstep(*_FULL, strand[:, 1])
    tone = lock_tone(drawn * strand[:, 0], 0.75 * strand[:, 1], strand[:, 2], _ROOTS, _WIDE)
    tone = tone - 0.35 * smoothstep(0.8, 1.0, strand[:, 1])
    return Piece(vertices, triangles, tangent, strand, tone)


def _ways(start: np.ndarray, goal: np.ndarray, t: np.ndarray, sweep: float) -> np.ndarray:
    """[r, n, 3] unit vectors at the shares ``t`` [r, n, 1] of the ways from ``start`` [n, 3] to ``goal``."""
    angle = np.arccos(np.clip(start @ goal, -1, 1))[None, :, None]
    d = unit((np.sin((1 - t) * angle) * start + np.sin(t * angle) * goal) / (np.sin(angle) + 1e-6))
    # Great circles to a knot behind scatter where they start opposite to it: those strands go over the crown.
    far = smoothstep(0.55, 0.9, (1 - start @ goal) / 2)[:, None]
    crown = unit(0.55 * start + [0.0, 0.75, -0.3])
    over = unit((1 - t) ** 2 * start + 2.4 * t * (1 - t) * crown + t**2 * goal)
    return unit((1 - far) * d + far * over + np.sin(np.pi * t) ** 1.5 * [sweep, 0.0, 0.0])


def tied_back(head: HeadSurface, knot: Place2, thick: float = 1.0) -> Piece:
    """:func:`combed` hair with a few large locks on it, whose roots break the line of the forehead."""
    azimuth = np.array([a for a, _ in _LOCKS])
    start = direction(azimuth, Hairline(LINE_AZIMUTH, TIED_LINE, 0.0, 0)(azimuth) + _WITHIN)
    goal = direction(np.array(knot[0]), np.array(knot[1]))
    ways = _ways(start, goal, np.tile(np.reshape(_LAID, (-1, 1, 1)), (1, len(start), 1)), _SWEEP)
    places = np.stack([*angles(ways), np.tile(thick * np.array(_LYING), (len(start), 1)).T], 2)
    locks = [(list(map(tuple, places[:, k])), wide) for k, (_, wide) in enumerate(_LOCKS)]
    return overlaid(head, combed(head, knot, thick=thick), locks)


def _foot(head: HeadSurface, knot: Place2, height: float) -> tuple[np.ndarray, np.ndarray]:
    out = direction(np.array(knot[0]), np.array(knot[1]))
    return head.at(np.array(knot[0]), np.array(knot[1]), np.array(height)), out


def ring(foot: np.ndarray, out: np.ndarray, radius: float, thick: float) -> Piece:
    """The band around a knot."""
    turn = np.linspace(0, 2 * np.pi, 21)
    right = unit(np.cross(out, [0.2, 0.9, 0.4]))
    over = np.cross(right, out)
    line = foot + radius * (np.cos(turn)[:, None] * right + np.sin(turn)[:, None] * over)
    return tube(line, unit(line - foot), np.full(21, thick), 0.5, 1.0, 8)


def _skin(body: np.ndarray, ridges: int) -> Piece:
    """A round body of rings [n, k, 3]: ridges of hair run along it; its ends are closed."""
    n, k = body.shape[:2]
    points = np.concatenate([body.reshape(-1, 3), body[[0, -1]].mean(1)])
    j, m = np.arange(k), np.roll(np.arange(k), -1)
    triangles = np.concatenate(
        [
            ring_triangles(n, k),
            np.stack([np.full(k, n * k), m, j], 1),
            np.stack([np.full(k, n * k + 1), (n - 1) * k + j, (n - 1) * k + m], 1),
        ]
    )
    a, b, c = (points[triangles[:, i]] - points.mean(0) for i in range(3))
    if (np.cross(a, b) * c).sum() < 0:
        triangles = triangles[:, ::-1]
    run = unit(np.gradient(body, axis=0))
    tangent = np.concatenate([run.reshape(-1, 3), unit(run[[0, -1]].mean(1))])
    across = np.tile(2 * _COLUMNS - 1, ridges)
    number = np.repeat((0.37 * np.arange(ridges) + 0.2) % 1, len(_COLUMNS))
    rows = np.linspace(0, 1, n)
    strand = np.stack(np.broadcast_arrays(across[None], rows[:, None], number[None]), -1).reshape(-1, 3)
    strand = np.concatenate([strand, [[0, 0, 0.5], [0, 1, 0.5]]])
    tone = lock_tone(strand[:, 0], strand[:, 1], strand[:, 2], wide=_WIDE)
    return Piece(points, triangles, tangent, strand, tone)


def _around(ridges: int) -> tuple[np.ndarray, np.ndarray]:
    """Angles [k] around a body of so many ridges, and how far each is out of its groove, 0..1."""
    turn = 2 * np.pi * (np.arange(ridges)[:, None] + _COLUMNS).ravel() / ridges
    return turn, np.tile(1 - np.abs(2 * _COLUMNS - 1) ** 3, ridges)


def knob(
    foot: np.ndarray, out: np.ndarray, radius: float, strands: int = 4, wind: float = 2.6, flat: float = 0.85
) -> Piece:
    """A bun: a ball of crescents that wind from its foot to its top."""
    middle = foot + out * radius * flat * 0.8
    right = unit(np.cross(out, [0.2, 0.9, 0.4]))
    over = np.cross(right, out)
    polar = np.radians(np.linspace(165, 4, 21))[:, None]
    turn, ridge = _around(strands)
    turn = turn[None] + wind * (1 - polar / np.pi)
    swell = radius * (1 - 0.1 * (1 - ridge[None]) * np.sin(polar) ** 0.5)
    body = np.cos(turn)[..., None] * right + np.sin(turn)[..., None] * over
    body = body * (swell * np.sin(polar))[..., None] + out * (flat * swell * np.cos(polar))[..., None]
    return join([_skin(middle + body, strands), ring(foot, out, 0.62 * radius, 0.2 * radius)])


def tail(knots: np.ndarray, thick: float, wave: float = 0.0, strands: int = 4, samples: int = 30) -> Piece:
    """A tail of hair through free points [n, 3]: one long drop with a round tip and few grooves."""
    core = through(knots, samples)
    _, side, crest = frame(core, np.array([0.3, 0.1, 1.0]))
    t = np.linspace(0, 1, samples)[:, None]
    # Rings crowd at the end, which is round.
    t = np.sin(t * np.pi / 2) ** 0.9
    core, side, crest = (
        np.stack([np.interp(t[:, 0], np.linspace(0, 1, samples), v[:, i]) for i in range(3)], 1)
        for v in (core, side, crest)
    )
    shape = thick * _TAPER(t)
    core = core + side * wave * np.sin(2 * np.pi * 1.5 * t) * np.minimum(3 * t, 1)
    turn, ridge = _around(strands)
    turn = turn[None] + 0.9 * t
    radius = shape * (1 - _TAIL_GROOVE * (1 - ridge[None]) * np.minimum(1, 1.6 * (1 - t)))
    body = np.cos(turn)[..., None] * side[:, None] + np.sin(turn)[..., None] * crest[:, None]
    return _skin(core[:, None] + body * radius[..., None], strands)


def wisps(head: HeadSurface) -> list[Piece]:
    """A soft strand that leaves the hair at each temple and ends in a point before the top of the ear."""
    pieces = []
    for s in (1.0, -1.0):
        guides: list[list[Place | Free]] = [
            [(s * 56, 20, 0.1), (s * 60, 9, 0.2), (s * 64, -2, 0.15), (s * 68.5, -12, 0.05)],
            [(s * 68, 20, 0.2), (s * 72, 9, 0.35), (s * 72, -2, 0.3), (s * 70, -12, 0.05)],
        ]
        pieces.append(mane(head, Mane(guides, (1.0,), 0.4, 0.25, 0.5, root=0.4, notch=0, taper=0.4, rows=14)))
    return pieces


def bun(head: HeadSurface) -> Piece:
    """Combed up to a wide, round bun high on the back of the head."""
    foot, out = _foot(head, (180, 54), 0.9)
    return join([tied_back(head, (180, 54)), knob(foot, unit(out + [0.1, 0.5, 0]), 5.1)])


def top_knot(head: HeadSurface) -> Piece:
    """A tall knot right on top, a little askew."""
    foot, out = _foot(head, (0, 84), 0.6)
    return join([tied_back(head, (0, 84)), knob(foot, unit(out + [0.14, 0.2, 0]), 3.9, 4, 3.2, 1.2)])


def low_bun(head: HeadSurface) -> Piece:
    """A soft bun at the nape, a little to one side, and a loose strand at each temple."""
    foot, out = _foot(head, (130, -27), 0.6)
    return join([tied_back(head, (130, -27), 1.4), knob(foot, out, 4.4), *wisps(head)])


def parting(head: HeadSurface) -> Piece:
    """The dark floor of a middle parting: between the halves of the hair nothing behind the head is seen."""
    front, top = _PARTING
    arc = np.linspace(front, top, 12)
    azimuth, elevation = np.where(arc > 90, 180.0, 0.0), np.where(arc > 90, 180 - arc, arc)
    radius = 0.85 * np.clip(np.linspace(0.1, 2, 12), 0, 1)
    line = head.at(azimuth, elevation, np.interp(arc, (front, front + 12), (-0.35, 0.25)))
    return tube(line, direction(azimuth, elevation), radius, 0.5, 0.7, 6, -0.7)


def space_buns(head: HeadSurface) -> Piece:
    """Parted in the middle, a bun high on each side."""
    pieces = [parting(head)]
    for side in (1.0, -1.0):
        knot = (side * 76.0, 57.0)
        foot, out = _foot(head, knot, 0.7)
        pieces += [combed(head, knot, side, 8), knob(foot, unit(out + [0, 0.2, 0]), 3.6, 4)]
    return join(pieces)


def ponytail(head: HeadSurface) -> Piece:
    """Combed back, tied high: it rises over the crown and swings over the subject's left shoulder."""
    foot, out = _foot(head, (166, 62), 0.9)
    points = [foot - 0.4 * out, foot + 2.4 * unit(out + [0.3, 0.4, 0])]
    points += [
        head.place(*p)
        for p in (
            (6.0, 14.4, -7.0),
            (9.6, 10.6, -8.0),
            (11.0, 5.0, -7.6),
            (10.6, -0.8, -6.6),
            (11.2, -5.0, -5.6),
            (12.6, -7.2, -5.2),
        )
    ]
    return join(
        [tied_back(head, (166, 62)), ring(foot + 0.6 * out, out, 1.3, 0.6), tail(np.stack(points), 2.9)]
    )


def low_ponytail(head: HeadSurface) -> Piece:
    """Tied at the nape, close along the neck over the subject's right shoulder: no gap lies between."""
    foot, out = _foot(head, (-140, -22), 0.6)
    points = [foot - 0.3 * out, foot + 1.2 * out + [-0.9, -0.3, 0]]
    points += [
        head.place(*p)
        for p in ((-7.2, -4.0, -5.4), (-7.7, -7.4, -3.6), (-7.7, -11.2, -1.8), (-7.3, -14.8, -1.0))
    ]
    body = [tied_back(head, (-140, -22), 1.08), ring(foot + 0.6 * out, out, 1.2, 0.5)]
    return join([*body, tail(np.stack(points), 2.8, 0.4), *wisps(head)])


def pigtails(head: HeadSurface) -> Piece:
    """A full tail on each side, tied where the face sees it."""
    pieces = [parting(head)]
    for side in (1.0, -1.0):
        knot = (side * 99.0, 23.0)
        foot, out = _foot(head, knot, 0.7)
        points = [foot - 0.3 * out, foot + 1.5 * out + [0, 0.5, 0]]
        points += [
            head.place(side * x, y, z)
            for x, y, z in ((11.4, 5.4, -4.2), (12.2, 1.2, -4.8), (11.6, -3.6, -4.6), (12.3, -6.6, -4.2))
        ]
        pieces += [combed(head, knot, side, 9), ring(foot + 0.5 * out, out, 1.2, 0.55)]
        pieces.append(tail(np.stack(points), 2.3, 0.3 * side))
    return join(pieces)


def puffs(head: HeadSurface) -> Piece:
    """Two round afro puffs over a middle parting."""
    pieces = [parting(head)]
    for side in (1.0, -1.0):
        knot = (side * 92.0, 46.0)
        foot, out = _foot(head, knot, 0.7)
        middle = foot + 3.4 * unit(out + [0, 0.15, 0])
        pieces += [combed(head, knot, side, 8), ring(foot + 0.2 * out, out, 1.7, 0.5)]
        pieces.append(puff(middle, unit(out + [0, 0.35, 0]), 4.8, 44))
    return join(pieces)
