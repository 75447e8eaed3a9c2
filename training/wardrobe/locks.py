"""What hair is made of: pieces of mesh, tubes along lines, and the shell that they grow from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.interpolate import CubicSpline, PchipInterpolator

from training.wardrobe.hairpaint import round_tone
from training.wardrobe.surface import HeadSurface, unit

#: A place that hair passes: (azimuth, elevation, height) on the skull, or a free point of the head frame.
Place = tuple[float, float, float]


@dataclass(frozen=True)
class Free:
    """A point off the skull, in cm of the ICT mean head; :meth:`HeadSurface.place` scales it."""

    x: float
    y: float
    z: float


@dataclass(frozen=True)
class Piece:
    """A bit of mesh: vertices [n, 3], triangles [m, 3] CCW from outside, tangent [n, 3], strand [n, 3].

    ``tone`` [n] is what is painted on it, -1 in grooves and 1 in lights, or empty where nothing is.
    """

    vertices: np.ndarray
    triangles: np.ndarray
    tangent: np.ndarray
    strand: np.ndarray
    tone: np.ndarray = field(default_factory=lambda: np.zeros(0))

    @property
    def tones(self) -> np.ndarray:
        """[n] its tone, 0 where nothing is painted."""
        return self.tone if self.tone.size else np.zeros(len(self.vertices))


def join(pieces: Sequence[Piece]) -> Piece:
    """One piece of many."""
    starts = np.cumsum([0, *(len(p.vertices) for p in pieces[:-1])])
    return Piece(
        np.concatenate([p.vertices for p in pieces]),
        np.concatenate([p.triangles + s for p, s in zip(pieces, starts, strict=True)]),
        np.concatenate([p.tangent for p in pieces]),
        np.concatenate([p.strand for p in pieces]),
        np.concatenate([p.tones for p in pieces]),
    )


def ring_triangles(rings: int, points: int, closed: bool = True) -> np.ndarray:
    """[m, 3] triangles between ``rings`` rings of ``points``."""
    i, j = np.mgrid[: rings - 1, : points if closed else points - 1]
    k = (j + 1) % points
    a, b, c, d = i * points + j, i * points + k, (i + 1) * points + k, (i + 1) * points + j
    return np.stack([np.stack([a, b, c], -1), np.stack([a, c, d], -1)], 2).reshape(-1, 3)


def sweep(
    line: np.ndarray,
    up: np.ndarray,
    width: np.ndarray,
    height: np.ndarray,
    seed: float,
    section: np.ndarray,
    rings: np.ndarray | float = 0.0,
) -> Piece:
    """A tube along a line.

    Args:
        line: [n, 3]; up: [n, 3] towards the crest; width, height: [n] half sizes, cm; seed: 0..1, the
            strand's random number; section: [k, 2] across and up, closed; rings: [n] tone added along it.
    """
    along = unit(np.gradient(line, axis=0))
    side = unit(np.cross(up, along))
    crest = np.cross(along, side)
    body = (
        line[:, None]
        + side[:, None] * (section[None, :, :1] * width[:, None, None])
        + crest[:, None] * (section[None, :, 1:] * height[:, None, None])
    )
    n, k = len(line), len(section)
    tip = line[-1:] + along[-1:] * height[-1]
    vertices = np.concatenate([body.reshape(-1, 3), line[:1], tip])
    j = np.arange(k)
    m = (j + 1) % k
    root_cap = np.stack([np.full(k, n * k), j, m], 1)
    tip_cap = np.stack([np.full(k, n * k + 1), (n - 1) * k + m, (n - 1) * k + j], 1)
    triangles = np.concatenate([ring_triangles(n, k)[:, ::-1], root_cap, tip_cap])
    across = section[:, 0] / np.abs(section[:, 0]).max()
    strand = np.stack([np.tile(across, n), np.repeat(np.linspace(0, 1, n), k), np.full(n * k, seed)], 1)
    tangent = np.concatenate([np.repeat(along, k, 0), along[[0, -1]]])
    strand = np.concatenate([strand, [[0, 0, seed], [0, 1, seed]]])
    tone = np.broadcast_to(round_tone(section[:, 1] / np.abs(section[:, 1]).max(), seed, rings), (n, k))
    return Piece(vertices, triangles, tangent, strand, np.r_[tone.ravel(), tone[0].min(), tone[-1].min()])


def route(head: HeadSurface, places: Sequence[Place | Free], samples: int) -> np.ndarray:
    """[samples, 3] a smooth, evenly spaced line through ``places`` that stays above the skull."""
    on_skull = np.array([not isinstance(p, Free) for p in places])
    knots = np.stack(
        [head.place(p.x, p.y, p.z) if isinstance(p, Free) else head.at(*map(np.asarray, p)) for p in places]
    )
    chord = np.r_[0, np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1) ** 0.5)]
    chord /= chord[-1]
    dense = np.linspace(0, 1, 8 * samples)
    line = (
        CubicSpline(chord, knots)(dense)
        if len(knots) > 2
        else np.array([np.interp(dense, chord, knots[:, k]) for k in range(3)]).T
    )
    # Between two places on the skull the height above it is what the guide means, not the chord.
    offset = knots - head.center
    height = np.linalg.norm(offset, axis=1) - head.r(unit(offset))
    wanted = np.interp(dense, chord, height)
    both = np.minimum(np.interp(dense, chord, on_skull.astype(float)), 1.0) > 0.999
    ray = line - head.center
    length = np.linalg.norm(ray, axis=1)
    least = head.r(unit(ray)) + wanted
    lifted = np.where(both, np.maximum(length, least), length)
    line = head.center + ray * (lifted / length)[:, None]
    arc = np.r_[0, np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))]
    even = np.linspace(0, arc[-1], samples)
    return np.stack([np.interp(even, arc, line[:, k]) for k in range(3)], 1)


@dataclass(frozen=True)
class Hairline:
    """Where the hair ends, by azimuth; symmetric but for the tufts.

    Attributes:
        azimuth, elevation: degrees, azimuth 0..180 ascending.
        tuft: size of the irregular points, degrees.
        seed: of the tufts.
    """

    azimuth: Sequence[float]
    elevation: Sequence[float]
    tuft: float = 2.0
    seed: int = 0

    def __call__(self, azimuth: np.ndarray) -> np.ndarray:
        """Elevation in degrees at ``azimuth`` (degrees)."""
        a = np.asarray(azimuth, float)
        base = PchipInterpolator(self.azimuth, self.elevation)(np.abs((a + 180) % 360 - 180))
        rng = np.random.default_rng(self.seed)
        cuts = np.cumsum(rng.uniform(7, 15, 64))
        place = (a + 180) % 360
        index = np.clip(np.searchsorted(cuts, place), 1, 63)
        within = (place - cuts[index - 1]) / (cuts[index] - cuts[index - 1])
        skew, size = rng.uniform(0.3, 0.7, 64)[index], rng.uniform(0.3, 1, 64)[index]
        point = np.minimum(within / skew, (1 - within) / (1 - skew))
        return base - self.tuft * size * (np.clip(point, 0, 1) - 0.5)


def shell(
    head: HeadSurface,
    hairline: Callable[[np.ndarray], np.ndarray],
    height: Callable[[np.ndarray, np.ndarray], np.ndarray],
    flow: Callable[[np.ndarray], np.ndarray],
    edge: float = 8.0,
    columns: int = 108,
    rings: int = 9,
) -> Piece:
    """The layer of hair next to the skull.

    Args:
        hairline: elevation of the edge at azimuths, degrees.
        height: cm above the skull at (azimuth, elevation), degrees.
        flow: [n, 3] direction of the hair at [n, 3] unit vectors.
        edge: degrees over which the thickness rounds off to nothing.
    """
    azimuth = np.linspace(-180, 180, columns, endpoint=False)
    low = hairline(azimuth)
    # Rings crowd towards the edge, where the thickness changes.
    t = np.linspace(0, 1, rings) ** 0.75
    a = np.repeat(azimuth[None], rings, 0)
    e = low[None] * t[:, None] + 88.0 * (1 - t[:, None])
    inside = np.clip((e - low[None]) / edge, 0, 1)
    rounded = np.sqrt(inside * (2 - inside))
    tall = height(a.ravel(), e.ravel()).reshape(a.shape)
    lift = (tall + 0.25) * rounded - 0.25
    body = head.at(a, e, lift).reshape(-1, 3)
    crown = head.at(np.array(0.0), np.array(90.0), np.array(float(tall[0].mean())))
    vertices = np.concatenate([body, crown[None]])
    j = np.arange(columns)
    cap = np.stack([np.full(columns, rings * columns), j, (j + 1) % columns], 1)
    triangles = np.concatenate([ring_triangles(rings, columns)[:, ::-1], cap])
    d = unit(vertices - head.center)
    run = flow(d)
    tangent = unit(run - d * (run * d).sum(1, keepdims=True))
    across = np.sin(np.radians(np.r_[a.ravel(), 0.0]) * 9)
    strand = np.stack([across, np.r_[np.repeat(t, columns), 0.0] * 0.6, np.full(len(vertices), 0.5)], 1)
    return Piece(vertices, triangles, tangent, strand)


def down(d: np.ndarray) -> np.ndarray:
    """Hair that falls from the crown."""
    return np.tile([0.0, -1.0, -0.2], (len(d), 1)) + 0.4 * d * [1, 0, 1]
