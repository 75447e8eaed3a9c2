"""Masses of coily and curly hair: their edge, their height above the skull and their mesh."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from gen_avatar.character.raster import vertex_normals
from gen_avatar.character.surface import smoothstep
from training.wardrobe.locks import Piece
from training.wardrobe.surface import HeadSurface, angles, direction, unit

#: Coily hair has a rounded hairline that frames the forehead and reaches down before the ears.
COIL_LINE = (22, 21.5, 18, 8, -14, -12, -9, -9, -13, -30, -42, -46)
#: Where a mass is seen from when its mesh is laid out, (azimuth, elevation): behind, so that its rings crowd
#: towards the face and nobody looks at the middle.
_POLE = (180.0, 42.0)
#: How much denser the edge of the mesh is at the face than at the nape.
_FRONT = 0.8

#: Share of the round edge over which a relief is turned from along the skin to out of it.
_GROWN = 0.5

#: Height above the skull, cm, along unit vectors [n, 3].
Height = Callable[[np.ndarray], np.ndarray]
#: What is modelled on a surface: places [n, 3], cm, and directions out of it [n, 3] → cm that they are raised
#: by and their tones, [n] each.
Relief = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def spread(
    inside: Callable[[np.ndarray], np.ndarray],
    count: int,
    rng: np.random.Generator,
    behind: float = 1.0,
    taken: np.ndarray | None = None,
    place: Callable[[np.ndarray], np.ndarray] = lambda d: d,
) -> np.ndarray:
    """[count, 3] unit vectors, as even as can be.

    Args:
        inside: [n] bool, which of [n, 3] unit vectors may be chosen.
        behind: how much wider the gaps are at the back of the head than at the face.
        taken: [m, 3] unit vectors to keep away from.
        place: where unit vectors [n, 3] lie on the surface that is to be even, [n, 3] cm.
    """
    k = np.arange(14 * count + 200)
    y = 1 - (k + 0.5) * (1.9 / len(k))
    turn = k * np.pi * (3 - np.sqrt(5))
    r = np.sqrt(np.maximum(1 - y * y, 0))
    points = np.stack([r * np.sin(turn), y, r * np.cos(turn)], 1)
    points = points[inside(points)]
    wide = 1 + (behind - 1) * smoothstep(-0.1, 0.8, -points[:, 2])
    # Farthest points first, from a fixed start: even, yet without the spiral's order.
    first = points[[np.argmax(points[:, 2])]]
    known = first if taken is None else taken
    placed = place(points)
    away = np.linalg.norm(placed[:, None] - place(known)[None], axis=2).min(1)
    chosen = [first[0]] if taken is None else []
    while len(chosen) < count:
        best = int(np.argmax(away / wide))
        chosen.append(points[best])
        away = np.minimum(away, np.linalg.norm(placed - placed[best], axis=1))
    return unit(np.asarray(chosen) + rng.normal(0, 0.015, (count, 3)))


@dataclass(frozen=True)
class Outline:
    """The edge of a mass of hair on the sphere of directions.

    Attributes:
        points: [n, 3] unit vectors all around, dense.
        pole: [3] every point of the hair is seen from here without leaving the hair.
    """

    points: np.ndarray
    pole: np.ndarray

    @classmethod
    def of(cls, azimuth: Sequence[float], elevation: Sequence[float]) -> Outline:
        """The edge through knots of the subject's left half, from the forehead to the nape, degrees."""
        chord = np.r_[0, np.cumsum(np.hypot(np.diff(azimuth), np.diff(elevation)))]
        s = np.linspace(0, chord[-1], 400)
        half = PchipInterpolator(chord, azimuth)(s), PchipInterpolator(chord, elevation)(s)
        left = direction(*half)
        return cls(np.concatenate([left, (left * [-1, 1, 1])[-2:0:-1]]), direction(*map(np.array, _POLE)))

    def sample(self, count: int) -> np.ndarray:
        """[count, 3] points of the edge, closer at the face."""
        closed = np.concatenate([self.points, self.points[:1]])
        step = np.linalg.norm(np.diff(closed, axis=0), axis=1) * (
            1 + _FRONT * smoothstep(-0.3, 0.6, self.points[:, 2])
        )
        arc = np.r_[0, np.cumsum(step)]
        at = arc[-1] * np.arange(count) / count
        return unit(np.stack([np.interp(at, arc, closed[:, k]) for k in range(3)], 1))

    def distance(self, d: np.ndarray) -> np.ndarray:
        """[m] degrees from the edge, negative outside the hair, of unit vectors [m, 3]."""
        near = np.degrees(np.arccos(np.clip(d @ self.points.T, -1, 1).max(1)))
        right = unit(np.cross(self.pole, [1.0, 0, 0]))
        over = np.cross(right, self.pole)

        def polar(p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return np.arctan2(p @ over, p @ right), np.arccos(np.clip(p @ self.pole, -1, 1))

        bearing, reach = polar(self.points)
        order = np.argsort(bearing)
        own, angle = polar(d)
        limit = np.interp(own, bearing[order], reach[order], period=2 * np.pi)
        return np.where(angle < limit, near, -near)


@dataclass(frozen=True)
class Mass:
    """A mass of hair from its edge to the crown.

    Attributes:
        outline: its edge.
        height: cm above the skull, before it rounds off.
        edge: degrees over which it rounds off.
    """

    outline: Outline
    height: Height
    edge: float

    def lift(self, d: np.ndarray, inside: np.ndarray) -> np.ndarray:
        """[m] cm above the skull along d [m, 3], ``inside`` [m] degrees from the edge."""
        share = np.clip(inside / self.edge, 0, 1)
        rounded = np.sqrt(share * (2 - share))
        return (self.height(d) + 0.25) * rounded - 0.25

    def mesh(self, head: HeadSurface, rings: int, relief: Relief) -> Piece:
        """One smooth surface of 6 rings² triangles, shaped and painted by ``relief``."""
        t, turn, triangles = disc(rings)
        edge = self.outline.sample(6 * rings)
        # Each ring is the edge drawn in towards the pole; rings crowd at the edge.
        share = (turn / 360 * 6 * rings) % (6 * rings)
        low = np.floor(share).astype(int)
        part = (share - low)[:, None]
        goal = unit(edge[low] * (1 - part) + edge[(low + 1) % (6 * rings)] * part)
        angle = np.arccos(np.clip(goal @ self.outline.pole, -1, 1))
        own = (angle * t**0.7)[:, None]
        d = (np.sin(angle[:, None] - own) * self.outline.pole + np.sin(own) * goal) / np.sin(angle)[:, None]
        d = unit(d)
        inside = np.degrees(np.arccos(np.clip(d @ edge.T, -1, 1).max(1)))
        inside[-6 * rings :] = 0
        azimuth, elevation = angles(d)
        vertices = head.at(azimuth, elevation, self.lift(d, inside))
        strand = np.stack([np.sin(np.radians(9 * azimuth)), t, np.full(len(t), 0.5)], 1)
        raised, tones = relief(vertices, d)
        # Where the mass grows out of the skin it is drawn along the skin: its hairline is scalloped too.
        grown = smoothstep(0, _GROWN * self.edge, inside)[:, None]
        past = unit(d * (d @ self.outline.pole)[:, None] - self.outline.pole)
        vertices = vertices + raised[:, None] * (d * grown + past * (1 - grown))
        return _facing_out(vertices, triangles, strand, head.center, tones)


def disc(rings: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """An even disc: radius [n] 0..1 and turn [n] -180..180 degrees of its points, triangles [m, 3].

    Ring i holds 6 i points, so there are 6 rings² triangles; they are CCW in the sense of the turn.
    """
    radius, turn = [np.zeros(1)], [np.zeros(1)]
    triangles = []
    first = [0, *(1 + 3 * i * (i - 1) for i in range(1, rings + 1))]
    for i in range(1, rings + 1):
        n, inner = 6 * i, max(6 * (i - 1), 1)
        radius.append(np.full(n, i / rings))
        turn.append(360 * np.arange(n) / n - 180)
        j = np.arange(n)
        # Six sectors; within each, points of this ring meet those of the ring inside.
        sector, k = j // i, j % i
        a, b = first[i] + j, first[i] + (j + 1) % n
        c = first[i - 1] + (sector * (i - 1) + k) % inner
        triangles.append(np.stack([a, b, c], 1))
        more = k > 0
        before = first[i - 1] + (sector * (i - 1) + k - 1) % inner
        triangles.append(np.stack([a, c, before], 1)[more])
    return np.concatenate(radius), np.concatenate(turn), np.concatenate(triangles)


def ball(center: np.ndarray, up: np.ndarray, radius: float, squash: float, rings: int, tone: float) -> Piece:
    """A round mass around ``center``; open below, where it grows out of the head against ``up``.

    ``squash`` is its height by its width; it is painted with ``tone``.
    """
    t, turn, triangles = disc(rings)
    polar, a = np.radians(158 * t), np.radians(turn)
    right = unit(np.cross(up, [0.2, 0.3, 0.93]))
    round_up = np.cos(a)[:, None] * right + np.sin(a)[:, None] * np.cross(right, up)
    arm = radius * (np.sin(polar)[:, None] * round_up + np.cos(polar)[:, None] * up)
    arm += up * ((squash - 1) * (arm @ up))[:, None]
    strand = np.stack([np.sin(9 * a), t, np.full(len(t), 0.5)], 1)
    return _facing_out(center + arm, triangles, strand, center, np.full(len(t), tone))


def _facing_out(
    vertices: np.ndarray, triangles: np.ndarray, strand: np.ndarray, center: np.ndarray, tone: np.ndarray
) -> Piece:
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    if (np.cross(b - a, c - a) * (a - center)).sum() < 0:
        triangles = triangles[:, ::-1]
    # Light runs across every bulge on its own.
    normal = vertex_normals(vertices, triangles)
    run = np.cross(normal, [0.35, 0.5, 1.0])
    across = np.cross(unit(run), normal)
    return Piece(vertices, triangles, unit(across), strand, tone)


def to_sphere(head: HeadSurface, center: tuple[float, float, float], radius: float) -> Height:
    """Height of a sphere, its centre given from the skull's, cm."""
    offset = np.asarray(center, float)

    def height(d: np.ndarray) -> np.ndarray:
        along = d @ offset
        reach = along + np.sqrt(np.maximum(radius**2 - (offset**2).sum() + along**2, 0))
        return np.maximum(reach - head.r(d) - _dome(d), 0.5)

    return height


def rising(low: float, high: float) -> Height:
    """``low`` cm at the sides, ``high`` on top."""
    return lambda d: low + (high - low) * smoothstep(0, 55, angles(d)[1])


def _dome(d: np.ndarray) -> np.ndarray:
    return 1.1 * smoothstep(38, 83, angles(d)[1])
