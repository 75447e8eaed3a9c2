"""Hats, scarves, helmets and headphones as meshes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from training.photos.growth import Obstacle
from training.photos.labels import LABEL
from training.photos.meshes import Piece, fabric, ring_triangles, solid, tube

#: Points round a hat, and rings of its dome and of its brim.
_COLUMNS, _ROWS, _BRIM_ROWS = 72, 26, 6
_AZIMUTH = np.linspace(0, 2 * np.pi, _COLUMNS, endpoint=False)
#: Gloss of cloth.
_MATT = 0.03
_HEADWEAR = LABEL["headwear"]


@dataclass(frozen=True)
class Hat:
    """What is worn on the head: ``pieces``, the plane [4] above which hair is hidden, and whether all is."""

    pieces: list[Piece]
    ceiling: np.ndarray = field(default_factory=lambda: np.array([0.0, 0.0, 0.0, 1e9]))
    hides_all: bool = False


@dataclass(frozen=True)
class _Dome:
    """The form of a hat's dome.

    Attributes:
        style: name. edge: elevation of its rim in front, rad; back: by how much it is lower behind; tilt: to
            one side. thick: distance from the skull, cm; crown: how much more at the top; lean: towards which
            azimuth a beret falls, rad.
    """

    style: str
    edge: float
    back: float
    tilt: float
    thick: float
    crown: float
    lean: float

    @classmethod
    def sample(cls, style: str, hair: float, rng: np.random.Generator) -> _Dome:
        """Over hair ``hair`` cm thick; chances are drawn whether or not the style needs them."""
        tilt = rng.normal(0, 0.06)
        brim_y = rng.uniform(8.0, 10.2)
        edges = {"helmet": rng.uniform(0.2, 0.45), "beanie": rng.uniform(0.3, 0.6)}
        edge = edges.get(style, np.arctan2(brim_y - 4.5, 8.5))
        back = rng.uniform(0.05, 0.3)
        thick = min(hair, 1.5) * 0.6 + rng.uniform(0.3, 0.9)
        crowns = {"cap": 0.9, "beanie": rng.uniform(0.4, 4.5), "bucket-hat": 1.2, "helmet": 1.5, "beret": 1.0}
        return cls(style, edge, back, tilt, thick, crowns.get(style, 2.5), rng.uniform(0, 6.3))

    def lowest(self, azimuth: np.ndarray) -> np.ndarray:
        """Elevation of the rim at ``azimuth``, rad."""
        return self.edge - self.back * (1 - np.cos(azimuth)) / 2 + self.tilt * np.sin(azimuth)

    def margin(self, azimuth: np.ndarray, t: np.ndarray) -> np.ndarray:
        """Distance from the skull, cm, at ``azimuth`` and height ``t`` from 0 at the rim to 1 at the top."""
        grown = self.thick + self.crown * np.sin(np.pi / 2 * t) ** 2 + 0 * azimuth
        if self.style == "beret":
            bulge = np.exp(-(((t - 0.35) / 0.25) ** 2))
            grown = grown + 2.6 * bulge * (1 + 0.6 * np.sin(azimuth + self.lean))
        if self.style == "beanie":  # the turned-up edge
            grown = grown + 0.35 * (t < 0.25)
        if self.style in ("fedora", "straw-hat"):  # straight walls, pinched at the top
            grown = grown + 2.2 * np.clip(1.6 * t, 0, 1) * (1 - 0.5 * np.cos(2 * azimuth) * (t > 0.8))
        return grown


def hat(style: str, obstacle: Obstacle, hair: float, rng: np.random.Generator) -> Hat:
    """Headwear of a style over a skull; ``hair`` is how thick the hair below is, cm."""
    if style == "hijab":
        return _hijab(obstacle, rng)
    if style in ("turban", "bandana"):
        return _wrapped(style, obstacle, rng)
    dome = _Dome.sample(style, hair, rng)
    if style == "headband":
        return _headband(dome.edge, obstacle, hair, rng)
    if style == "headphones":
        return _headphones(hair, rng)
    shell = _shell(obstacle, _ROWS, dome.lowest, np.pi / 2, dome.margin)
    top = _cloth(shell, rng, 0.8 if style == "helmet" else _MATT)
    if style == "straw-hat":
        straw = np.array([0.6, 0.45, 0.22]) * rng.uniform(0.6, 1.1)
        color = (straw * (1 + 0.12 * rng.standard_normal((len(top.vertices), 1)))).clip(0.02, 1)
        top = Piece(top.vertices, top.triangles, color.astype(np.float32), _HEADWEAR, top.gloss)
    normal = np.array([0.0, np.cos(dome.back / 2), np.sin(dome.back / 2)])
    brim = _brim(style, shell[0], obstacle.center, rng)
    pieces = [top]
    if brim is not None:
        if rng.random() < 0.3:
            pieces.append(_cloth(brim, rng))
        else:
            color = top.color[:_COLUMNS].mean(0)
            mesh = brim.reshape(-1, 3), ring_triangles(_BRIM_ROWS, _COLUMNS)
            pieces.append(solid(*mesh, color, _HEADWEAR, _MATT))
    return Hat(pieces, _ceiling(shell[0], normal))


def _ceiling(rim: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """[4] plane a little above the rim [n, 3]."""
    return np.array([*normal, float((rim @ normal).mean()) + 0.2])


def _brim(style: str, rim: np.ndarray, center: np.ndarray, rng: np.random.Generator) -> np.ndarray | None:
    """[rows, columns, 3] a peak or brim out from ``rim`` [columns, 3]; None for hats without."""
    if style == "cap":
        turned = 0.0 if rng.random() < 0.8 else np.pi
        reach = rng.uniform(5.5, 7.5) * np.clip(np.cos(_AZIMUTH - turned) * 1.5 - 0.45, 0, 1) ** 0.5
        fall = 0.12 * reach + 0.03 * rim[:, 0] ** 2 * (reach > 0)
    elif style in ("straw-hat", "fedora", "bucket-hat"):
        wide = {"straw-hat": rng.uniform(6, 11), "fedora": rng.uniform(4, 6), "bucket-hat": rng.uniform(3, 5)}
        slope = {"straw-hat": 0.15, "fedora": 0.05, "bucket-hat": 0.8}[style]
        reach = np.full(_COLUMNS, wide[style])
        fall = reach * slope + rng.uniform(0, 1.5) * np.cos(2 * _AZIMUTH)
    else:
        return None
    out = rim - center
    out[:, 1] = 0
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    t = np.linspace(0, 1, _BRIM_ROWS)[:, None]
    down = np.stack([0 * t * fall, t * fall, 0 * t * fall], -1)
    return rim[None] + (t * reach)[..., None] * out[None] - down


def _headband(edge: float, obstacle: Obstacle, hair: float, rng: np.random.Generator) -> Hat:
    ring = _shell(
        obstacle, 8, lambda a: edge + 0.35 * (1 - np.cos(a)) / 2, edge + rng.uniform(0.1, 0.35),
        lambda a, t: 0.3 + hair * 0.7 + 0 * a * t,
    )  # fmt: skip
    return Hat([_cloth(ring, rng)])


def _headphones(hair: float, rng: np.random.Generator) -> Hat:
    """A band over the head and two cups, closed on the outside."""
    sides = 16
    angle = np.linspace(-0.5 * np.pi, 0.5 * np.pi, 26)
    band = np.stack([9.6 * np.sin(angle), 3.5 + (11.8 + hair * 0.6) * np.cos(angle), np.full(26, 0.5)], 1)
    color = np.array(rng.choice([0.02, 0.1, 0.6])) * np.ones(3)
    pieces = [solid(*tube(band, 0.55, sides, flat=2.0), color, _HEADWEAR, 0.4)]
    around = np.arange(sides)
    for side in (1, -1):
        axis = np.array([[side * 8.2, 2.0, 0.5], [side * 10.4, 2.0, 0.5]])
        vertices, triangles = tube(axis, 3.4, sides)
        cap = np.stack([around + sides, (around + 1) % sides + sides, np.full(sides, len(vertices))], 1)
        vertices = np.concatenate([vertices, axis[1:].astype(np.float32)])
        triangles = np.concatenate([triangles, cap.astype(np.int32)])
        pieces.append(solid(vertices, triangles, color, _HEADWEAR, 0.4))
    return Hat(pieces)


def _hijab(obstacle: Obstacle, rng: np.random.Generator) -> Hat:
    """A shell with a window for the face, and its fall over neck and shoulders."""
    phase, folds = rng.uniform(0, 6.3), rng.uniform(0.1, 0.35)
    forehead, window = rng.uniform(0.35, 0.62), rng.uniform(0.72, 0.95)

    def lowest(azimuth: np.ndarray) -> np.ndarray:
        wide = np.exp(-((np.minimum(azimuth, 2 * np.pi - azimuth) / window) ** 4))
        return -1.25 + (forehead + 1.25) * wide

    def margin(azimuth: np.ndarray, t: np.ndarray) -> np.ndarray:
        wraps = folds * np.sin(7 * azimuth + 5 * t + phase) * (1 - t)
        return 0.7 + wraps + 0.9 * np.clip(np.cos(azimuth + np.pi), 0, 1)

    cloth = _cloth(_shell(obstacle, 30, lowest, np.pi / 2, margin), rng)
    rows = 16
    t = np.linspace(0, 1, rows)[:, None]
    y = -7.2 + 0.6 * np.cos(_AZIMUTH)[None] - t * rng.uniform(10, 24)
    radius = 7.2 + 12.0 * np.clip(t * 1.6, 0, 1) ** 0.8 + folds * 1.6 * np.sin(9 * _AZIMUTH + 6 * t + phase)
    z = 0.8 - 3.2 * t + 0.78 * radius * np.cos(_AZIMUTH)[None]
    fall = np.stack([radius * np.sin(_AZIMUTH)[None], y, z], -1).reshape(-1, 3)
    color = cloth.color.mean(0)
    hanging = solid(fall, ring_triangles(rows, _COLUMNS), color, _HEADWEAR, _MATT, turns=0.7)
    return Hat([cloth, hanging], hides_all=True)


def _wrapped(style: str, obstacle: Obstacle, rng: np.random.Generator) -> Hat:
    """A turban or a bandana."""
    phase, folds = rng.uniform(0, 6.3), rng.uniform(0.1, 0.35)
    rng.uniform()  # a hijab draws one chance more before the two differ
    edge, back = rng.uniform(0.42, 0.62), rng.uniform(0.5, 0.9)
    thick = rng.uniform(1.4, 3.6) if style == "turban" else 0.5
    waves = rng.integers(3, 7)

    def margin(azimuth: np.ndarray, t: np.ndarray) -> np.ndarray:
        wraps = folds * np.sin(waves * 3.1 * t + 1.5 * np.sin(azimuth) + phase)
        return thick * np.sin(np.pi * np.clip(t * 0.9 + 0.12, 0, 1)) ** 0.5 + wraps + 0.4 + 0 * azimuth

    shell = _shell(obstacle, _ROWS, lambda a: edge - back * (1 - np.cos(a)) / 2, np.pi / 2, margin)
    pieces = [_cloth(shell, rng)]
    ceiling = _ceiling(shell[0], np.array([0.0, np.cos(back / 3), np.sin(back / 3)]))
    return Hat(pieces, ceiling, hides_all=style == "turban" and rng.random() < 0.8)


def _shell(
    obstacle: Obstacle, rows: int, lowest: Callable[[np.ndarray], np.ndarray], highest: float,
    margin: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> np.ndarray:  # fmt: skip
    """[rows, columns, 3] over the skull, from the elevation ``lowest`` of an azimuth to ``highest``, rad.

    ``margin`` is the distance from the skull, cm, of azimuth and row (0 to 1).
    """
    t = np.linspace(0, 1, rows)[:, None]
    low = lowest(_AZIMUTH)[None]
    elevation = low + t * (highest - low)
    around = np.broadcast_to(_AZIMUTH, elevation.shape)
    flat = np.cos(elevation)
    ray = np.stack([np.sin(around) * flat, np.sin(elevation), np.cos(around) * flat], -1)
    inside = obstacle.center + ray.reshape(-1, 3) * 2.0
    return obstacle.push_out(inside, margin(around, t).reshape(-1)).reshape(rows, _COLUMNS, 3)


def _cloth(points: np.ndarray, rng: np.random.Generator, gloss: float = _MATT) -> Piece:
    """A sheet [rows, columns, 3] of some fabric."""
    vertices = points.reshape(-1, 3).astype(np.float32)
    return Piece(vertices, ring_triangles(*points.shape[:2]), fabric(vertices, rng), _HEADWEAR, gloss)
