"""Short hair as one smooth mass: a height over the skull, parted by soft grooves into a few large locks.

All vertices are shared, so that shading is smooth; the lower edge has a tuft where a lock ends and a notch
where a groove does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator, RBFInterpolator

from gen_avatar.character.surface import smoothstep
from training.wardrobe.hairpaint import lock_tone
from training.wardrobe.locks import Piece, ring_triangles
from training.wardrobe.surface import HeadSurface, direction, unit

#: Depth of edges below the skin, cm, so that no gap opens under them.
SUNK = 0.3
#: How dark hair is where it turns under at its edge, and in a parting; how deep a parting is, share of the
#: height, and how wide, degrees.
_UNDER_EDGE, _PARTING, _PART_DEEP, _PART_WIDE = 0.45, 0.8, 0.9, 4.2
#: Half the width of strands drawn on it, of half a lock, where they run along the mesh and at most.
_STRAND = (0.2, 0.6)
#: Depth of the deepest groove, cm: deeper ones would draw scratches where they are seen from the side.
_DEEPEST = 0.8
#: How much longer than others some tufts of an edge are, share; how pointed tufts are (1: straight flanks);
#: and the share and number for each lock of the small tufts between.
_UNEVEN_HEM, _POINTED, _SMALL, _SMALLER = 0.35, 1.35, 0.2, 2.0
#: How much of its dark a groove has on the long slope of a lock that laps over.
_SLOPE_DARK = 0.84
#: Degrees from the edge over which hair that lies thin there gains its height.
_THICKENS = (3.0, 26.0)
#: Places of the rings: shares of the way from the crown to the rounded edge, then of that edge.
_BODY = np.array([0.0, 0.09, 0.19, 0.29, 0.38, 0.47, 0.55, 0.62, 0.69, 0.76, 0.82, 0.88, 0.94])
_EDGE = np.array([1.0, 0.72, 0.46, 0.25, 0.09, 0.0])

#: Elevation of the edge of the hair at signed azimuths, degrees.
Line = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Whorl:
    """Hair that grows around a point.

    Attributes:
        pole: azimuth and elevation of that point.
        edges: ascending angles around it where grooves run, degrees in -180..180; 0 points to the face.
        swirl: degrees that grooves turn on their way, per 90 degrees.
        wave: (degrees, periods per 90 degrees) of their sway.
    """

    pole: tuple[float, float]
    edges: Sequence[float]
    swirl: float = 0.0
    wave: tuple[float, float] = (0.0, 1.0)

    def __call__(self, d: np.ndarray) -> np.ndarray:
        """[n] places between the grooves of unit vectors [n, 3]; whole numbers are grooves."""
        pole = direction(np.array(self.pole[0]), np.array(self.pole[1]))
        front = unit(np.array([0.0, 0.0, 1.0]) - pole * pole[2])
        far = np.arccos(np.clip(d @ pole, -1, 1)) / (np.pi / 2)
        around = np.degrees(np.arctan2(d @ np.cross(pole, front), d @ front))
        around = around + self.swirl * far + self.wave[0] * np.sin(2 * np.pi * self.wave[1] * far)
        knots = np.r_[self.edges, self.edges[0] + 360]
        turns = np.floor((around - knots[0]) / 360)
        at = np.interp(around - 360 * turns, knots, np.arange(len(knots)))
        return at + turns * (len(knots) - 1)

    def depth(self, d: np.ndarray) -> np.ndarray:
        """[n] share of the depth of grooves at [n, 3]: they run out at the pole, where they would crowd."""
        pole = direction(np.array(self.pole[0]), np.array(self.pole[1]))
        return smoothstep(12, 36, np.degrees(np.arccos(np.clip(d @ pole, -1, 1))))


@dataclass(frozen=True)
class Comb:
    """Hair that is combed along the head, from front to back if ``turn`` is 0.

    Attributes:
        edges: ascending angles across where grooves run, degrees; turn: of the comb about the vertical.
        gather: how much grooves draw together behind, share.
    """

    edges: Sequence[float]
    turn: float = 0.0
    gather: float = 0.0

    def __call__(self, d: np.ndarray) -> np.ndarray:
        """See :meth:`Whorl.__call__`."""
        turn = np.radians(self.turn)
        x = d[:, 0] * np.cos(turn) - d[:, 2] * np.sin(turn)
        z = d[:, 2] * np.cos(turn) + d[:, 0] * np.sin(turn)
        across = np.degrees(np.arcsin(np.clip(x, -1, 1))) / (1 - self.gather * np.clip(0.5 - z, 0, 1))
        edges = np.asarray(self.edges, float)
        return np.interp(across, edges, np.arange(len(edges)))

    def depth(self, d: np.ndarray) -> np.ndarray:
        """[n] share of the depth of grooves at [n, 3]: they run out on top."""
        return 1 - smoothstep(50, 74, np.degrees(np.arcsin(np.clip(d[:, 1], -1, 1))))


Grain = Whorl | Comb


def bulge(place: np.ndarray) -> np.ndarray:
    """0 in a groove and 1 on the crest between two, smooth, at the places that a grain gives."""
    away = 1 - np.abs(2 * (place - np.floor(place)) - 1)
    return 1 - (1 - away) ** 2.4


def lapped(place: np.ndarray, crest: float) -> np.ndarray:
    """Places whose middle between two grooves is moved to ``crest`` (0..1): each lock laps over the next.

    The flank towards the nearer groove is steep and the other one a long slope, as of shingles.
    """
    lock = np.floor(place)
    within = place - lock
    if crest >= 0.5:
        return lock + within ** (np.log(0.5) / np.log(crest))
    return lock + 1 - (1 - within) ** (np.log(0.5) / np.log(1 - crest))


def _hem(place: np.ndarray) -> np.ndarray:
    """0 in a groove, about 1 at the tip of a tuft, with smaller ones between; no two tufts are alike."""
    lock = np.floor(place)
    tip = (1 - np.abs(2 * (place - lock) - 1)) ** _POINTED
    small = np.sin(np.pi * _SMALLER * (place + 0.31 * np.sin(2.1 * lock))) ** 2
    return ((1 - _SMALL) * tip + _SMALL * small) * (1 + _UNEVEN_HEM * np.cos(2.4 * lock))


def _uneven(place: np.ndarray) -> np.ndarray:
    """-0.5..1, 0 in every groove: what a lock stands above (or below) the mass at its crest."""
    return np.sin(np.pi * place) ** 2 * (0.25 + 0.75 * np.cos(2.4 * np.floor(place)))


@dataclass(frozen=True)
class Crop:
    """A mass of short hair.

    Attributes:
        line: of the edge without tufts.
        heights: (azimuth, elevation, cm above the skull); the surface runs smoothly through them.
        grain: of the locks.
        groove: depth of the grooves, share of the height; grooves are at most ``_DEEPEST``.
        tuft: how far locks hang over the line between grooves, degrees, and azimuths (start, end) beyond
            which the edge is even.
        edge: degrees over which the edge is rounded: at the front and at sides and back.
        part: (azimuth, elevation) of both ends of a parting, or nothing; it is as deep as the hair.
        rag: how much taller than others some locks are, share; it breaks the outline at front and crown.
        tips: azimuths between which the tufts of the edge lie, ascending, where they do not end the locks:
            hair that is combed across the forehead has its edge along the locks.
        lap: where the crest of a lock lies between its grooves, 0..1: locks lap over one another.
        thin: by which share of its height hair is lower at its edge, where the edge has tufts: hair rises
            from its roots and lies flat at its tips, without a brim.
        lean: cm that hair as high as the highest is drawn (to the subject's left, up, forward).
        columns: around the head.
    """

    line: Line
    heights: Sequence[tuple[float, float, float]]
    grain: Grain
    groove: float = 0.35
    tuft: float = 3.0
    tufted: tuple[float, float] = (50.0, 66.0)
    edge: tuple[float, float] = (7.0, 12.0)
    part: tuple[tuple[float, float], tuple[float, float]] | None = None
    rag: float = 0.0
    tips: Sequence[float] = ()
    lap: float = 0.5
    thin: float = 0.0
    lean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    columns: int = 168


def both(*heights: tuple[float, float, float]) -> tuple[tuple[float, float, float], ...]:
    """The heights on both sides of the head."""
    return heights + tuple((-a, e, h) for a, e, h in heights if 0 < a < 180)


def even(azimuth: Sequence[float], elevation: Sequence[float]) -> Line:
    """A symmetric line through points, azimuth 0..180."""
    spline = PchipInterpolator(azimuth, elevation)
    return lambda a: spline(np.abs((a + 180) % 360 - 180))


def crop(head: HeadSurface, spec: Crop) -> Piece:
    """The mesh of a :class:`Crop`."""
    azimuth = _columns(spec.columns)
    line = spec.line(azimuth)
    fringe = 1 - smoothstep(*spec.tufted, np.abs(azimuth))
    ends = np.interp(azimuth, spec.tips, np.arange(len(spec.tips))) if spec.tips else None
    ends = spec.grain(direction(azimuth, line)) if ends is None else ends
    low = line - spec.tuft * fringe * (_hem(lapped(ends, spec.lap)) - 0.4)
    edge = spec.edge[0] * fringe + spec.edge[1] * (1 - fringe)
    rows = [(88 - (88 - low - edge) * s, np.ones_like(azimuth)) for s in _BODY]
    rows += [(low + edge * s, np.full_like(azimuth, s)) for s in _EDGE]
    e, inside = (np.stack(both_) for both_ in zip(*rows, strict=True))
    a = np.repeat(azimuth[None], len(e), 0)
    rounded = np.sqrt(inside * (2 - inside))
    d = direction(a.ravel(), e.ravel())
    tall = _heights(spec, d).reshape(a.shape)
    deep = np.minimum(spec.groove * tall, _DEEPEST) * spec.grain.depth(d).reshape(a.shape)
    place = lapped(spec.grain(d), spec.lap).reshape(a.shape)
    flat = spec.thin * fringe * (1 - smoothstep(*_THICKENS, e - low))
    tall = tall * (1 - flat)
    deep = deep * (1 - flat)
    tall = tall * (1 + spec.rag * _uneven(place) * spec.grain.depth(d).reshape(a.shape))
    tall = tall - deep * (1 - bulge(place))
    if spec.part is not None:
        tall = tall * (1 - _PART_DEEP * _parted(spec.part, d).reshape(a.shape))
    lift = (tall + SUNK) * rounded - SUNK
    body = head.at(a, e, lift)
    # What stands high leans; the edge stays.
    share = np.clip(lift / max(h for _, _, h in spec.heights), 0, 1.2) ** 1.5
    body = body + share[..., None] * np.asarray(spec.lean)
    count = len(azimuth)
    vertices = np.concatenate([body.reshape(-1, 3), body[0].mean(0, keepdims=True)])
    j = np.arange(count)
    crown = np.stack([np.full(count, a.size), j, (j + 1) % count], 1)
    triangles = np.concatenate([_along_grooves(place), crown])
    d = np.concatenate([d, [[0.0, 1.0, 0.0]]])
    wide = _strand_width(place)
    place = lapped(spec.grain(d), spec.lap)
    lock = np.floor(place)
    strand = np.stack(
        [2 * (place - lock) - 1, np.r_[np.linspace(0, 1, len(e)).repeat(count), 0], (0.37 * lock) % 1], 1
    )
    # Roots are dark at a parting, and hair turns under at the edge.
    under = _UNDER_EDGE * np.r_[(1 - smoothstep(0.05, 0.6, inside)).ravel(), 0.0]
    if spec.part is not None:
        under = np.maximum(under, _PARTING * _parted(spec.part, d))
    # Where locks lap, the dark lies at the steep flank; long slopes would be broad stripes.
    slope = np.sign(0.5 - spec.lap) * strand[:, 0] > 0
    across = np.where(slope, _SLOPE_DARK, 1.0) * strand[:, 0]
    tone = lock_tone(across, 0.1 + 0.5 * strand[:, 1], strand[:, 2], 0.0, wide)
    tone = tone * spec.grain.depth(d) - under
    return Piece(vertices, triangles, along(spec.grain, d), strand, np.clip(tone, -1, 1))


def along(grain: Grain, d: np.ndarray) -> np.ndarray:
    """[n, 3] unit directions of the grooves at [n, 3] unit vectors, downwards."""
    step = 1e-3
    slope = np.stack([grain(unit(d + step * axis)) - grain(unit(d - step * axis)) for axis in np.eye(3)], 1)
    run = np.cross(d, slope)
    straight = np.linalg.norm(run, axis=1) < 1e-9
    run[straight] = np.cross(np.cross(d[straight], [0.0, -1.0, -0.2]), d[straight])
    return unit(run) * np.where(run[:, 1] > 0, -1, 1)[:, None]


def _along_grooves(place: np.ndarray) -> np.ndarray:
    """[m, 3] triangles between rings whose points lie at ``place`` [R, C] between grooves.

    Each square is cut along the grooves, or those that run aslant would be sawn.
    """
    a, b = place[:-1], np.roll(place, -1, 1)[:-1]
    d, c = place[1:], np.roll(place, -1, 1)[1:]
    one, other = (np.abs(gap - np.round(gap)) for gap in (a - c, b - d))
    squares = ring_triangles(len(place), place.shape[1])[:, ::-1].reshape(-1, 2, 3)
    turned = (other < one).ravel()
    # (c, b, a), (d, c, a) become (d, b, a), (d, c, b).
    squares[turned, 0, 0], squares[turned, 1, 2] = squares[turned, 1, 0], squares[turned, 0, 1]
    return squares.reshape(-1, 3)


def _strand_width(place: np.ndarray) -> np.ndarray:
    """[R C + 1] half widths of strands at ``place`` [R, C]: wider where they cross the mesh aslant."""
    rows, columns = np.diff(place, axis=0, prepend=place[:1]), place - np.roll(place, 1, 1)
    step = np.maximum(*(np.abs(gap - np.round(gap)) for gap in (rows, columns)))
    return np.clip(2.4 * np.r_[step.ravel(), 1.0], *_STRAND)


def _columns(count: int) -> np.ndarray:
    """[count] azimuths, closer at the temples, where the line turns sharply, and where a fringe has tufts."""
    fine = np.linspace(-180, 180, 1441)
    density = 1 + 1.1 * np.exp(-(((np.abs(fine) - 66) / 18) ** 2)) + 0.8 * (np.abs(fine) < 60)
    density = density - 0.3 * (np.abs(fine) > 105)
    total = np.r_[0, np.cumsum(0.5 * (density[1:] + density[:-1]))]
    return np.interp(np.arange(count) / count * total[-1], total, fine)


def _heights(spec: Crop, d: np.ndarray) -> np.ndarray:
    places = np.asarray(spec.heights, float)
    fit = RBFInterpolator(
        direction(places[:, 0], places[:, 1]), places[:, 2], kernel="thin_plate_spline", smoothing=0.002
    )
    return np.clip(fit(d), 0.06, None)


def _parted(part: tuple[tuple[float, float], tuple[float, float]], d: np.ndarray) -> np.ndarray:
    """[n] how deep in the parting unit vectors [n, 3] lie, 0..1."""
    a, b = (direction(np.array(az), np.array(el)) for az, el in part)
    middle = unit(a + np.linspace(0, 1, 24)[:, None] * (b - a))
    away = np.degrees(np.arccos(np.clip((d @ middle.T).max(1), -1, 1)))
    return np.exp(-((away / _PART_WIDE) ** 2))
