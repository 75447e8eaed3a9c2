"""Beards: sheets of skin blown up, with a clear cheek line and tufts, fixed to the skin that carries them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from gen_avatar.character.wardrobe.fitting import fit_to_skin
from gen_avatar.character.wardrobe.garments import Garment
from training.wardrobe.locks import ring_triangles
from training.wardrobe.surface import HeadSurface, angles, direction, unit


@dataclass(frozen=True)
class _Mouth:
    """Where things are as seen from inside the head, degrees (elevation; the corner also by azimuth)."""

    origin: np.ndarray
    corner_az: float
    corner: float
    nose: float
    upper_lip: float
    lower_lip: float
    chin: float

    @classmethod
    def of(cls, head: HeadSurface) -> _Mouth:
        marks = head.landmarks
        origin = np.array([0.0, marks[48:60, 1].mean(), 1.5])
        azimuth, elevation = angles(marks - origin)
        return cls(
            origin=origin,
            corner_az=float(np.abs(azimuth[[48, 54]]).mean()),
            corner=float(elevation[[48, 54]].mean()),
            nose=float(elevation[33]),
            upper_lip=float(elevation[[50, 51, 52]].mean()),
            lower_lip=float(elevation[[56, 57, 58]].mean()),
            chin=float(elevation[8]),
        )


def _curve(*points: tuple[float, float]) -> Callable[[np.ndarray], np.ndarray]:
    x, y = zip(*points, strict=True)
    spline = PchipInterpolator(x, y)
    return lambda a: spline(np.clip(np.abs(a), x[0], x[-1]))


def _tufts(x: np.ndarray, cuts: np.ndarray, skew: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which lock ``x`` falls in, its place across -1..1, and a ridge 0..1 that is highest off the middle."""
    index = np.clip(np.searchsorted(cuts, x) - 1, 0, len(cuts) - 2)
    within = (x - cuts[index]) / (cuts[index + 1] - cuts[index])
    top = skew[index]
    ridge = np.minimum(within / top, (1 - within) / (1 - top))
    return index, 2 * within - 1, np.clip(ridge, 0, 1)


def _sheet(
    head: HeadSurface,
    mouth: _Mouth,
    azimuth: np.ndarray,
    upper: np.ndarray,
    lower: np.ndarray,
    rows: int,
    height: Callable[[np.ndarray, np.ndarray], np.ndarray],
    drift: Callable[[np.ndarray, np.ndarray], np.ndarray],
    cuts: np.ndarray,
    seed: int,
    sideways: bool = False,
) -> Garment:
    """A sheet between two edges; ``height`` and ``drift`` take (azimuth, v), v from 0 above to 1 below."""
    rng = np.random.default_rng(seed)
    columns = len(azimuth)
    v = np.linspace(0, 1, rows)
    a = np.repeat(azimuth[:, None], rows, 1).ravel()
    e = (upper[:, None] * (1 - v) + lower[:, None] * v).ravel()
    vv = np.tile(v, columns)
    corners, weights = head.cast(mouth.origin, direction(a, e))
    index, across, ridge = _tufts(a, cuts, rng.uniform(0.35, 0.65, len(cuts)))
    edge = np.clip(np.minimum(vv, 1 - vv) * 2 * 3.2, 0, 1)
    rounded = np.sqrt(edge * (2 - edge))
    lift = (height(a, vv) * (0.80 + 0.28 * np.sqrt(ridge)) + 0.12) * rounded - 0.12
    indices = np.concatenate([corners, corners[:, :1]], 1).astype(np.int32)
    quad = np.concatenate([weights, np.zeros((len(weights), 1))], 1).astype(np.float32)
    free = drift(a, vv) * rounded[:, None] * (0.75 + 0.4 * ridge)[:, None]
    vertices = fit_to_skin(indices, quad, lift, free, head.vertices, head.skin)
    grid = vertices.reshape(columns, rows, 3)
    tangent = unit(np.gradient(grid, axis=0 if sideways else 1)).reshape(-1, 3)
    if sideways:
        tangent *= np.where(a < 0, -1.0, 1.0)[:, None]
    strand = np.stack(
        [across, np.abs(a) / np.abs(a).max() if sideways else vv, rng.uniform(size=len(cuts))[index]], 1
    )
    return Garment(
        part="beard",
        fit="skin",
        vertices=vertices.astype(np.float32),
        triangles=_outward(vertices, ring_triangles(columns, rows, closed=False), mouth.origin),
        tangent=tangent.astype(np.float32),
        strand=strand.astype(np.float32),
        indices=indices,
        weights=quad,
        offset=lift.astype(np.float32),
        drift=free.astype(np.float32),
    )


def _outward(vertices: np.ndarray, triangles: np.ndarray, origin: np.ndarray) -> np.ndarray:
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    facing = (np.cross(b - a, c - a) * (a - origin)).sum(1)
    return (triangles if facing.sum() > 0 else triangles[:, ::-1]).astype(np.int32)


def _cuts(low: float, high: float, count: int, seed: int) -> np.ndarray:
    sizes = np.random.default_rng(seed).uniform(0.6, 1.4, count)
    return low + (high - low) * np.r_[0, np.cumsum(sizes)] / sizes.sum()


def _moustache(head: HeadSurface, mouth: _Mouth, reach: float, thick: float, droop: float) -> Garment:
    """``reach``: half width in mouth widths; ``droop``: how far the tips hang, degrees."""
    end = reach * mouth.corner_az
    azimuth = np.linspace(-end, end, 33)
    top = mouth.upper_lip + 0.80 * (mouth.nose - mouth.upper_lip)
    tip = mouth.corner - droop
    upper = _curve(
        (0, top - 1.2),
        (0.18 * end, top),
        (0.55 * end, top - 0.5),
        (0.82 * end, mouth.corner + 6.5),
        (end, tip + 1.0),
    )
    lower = _curve(
        (0, mouth.upper_lip + 0.9),
        (0.25 * end, mouth.upper_lip - 0.3),
        (0.62 * end, mouth.corner + 1.2),
        (0.85 * end, mouth.corner - 0.8),
        (end, tip - 0.8),
    )

    def height(a: np.ndarray, v: np.ndarray) -> np.ndarray:
        x = np.abs(a) / end
        return thick * (0.55 + 0.45 * np.clip(x / 0.3, 0, 1)) * np.sqrt(np.clip(1.02 - x**2.6, 0.16, 1))

    still = lambda a, v: np.zeros((len(a), 3))  # noqa: E731
    cuts = np.linspace(-end, end, 3)
    return _sheet(
        head, mouth, azimuth, upper(azimuth), lower(azimuth), 8, height, still, cuts, 5, sideways=True
    )


def moustache(head: HeadSurface) -> tuple[Garment, ...]:
    """Full, with tips just beyond the corners of the mouth."""
    return (_moustache(head, _Mouth.of(head), 1.28, 0.78, -1.5),)


def goatee(head: HeadSurface) -> tuple[Garment, ...]:
    """A round beard: moustache, chin, and a little beside the mouth."""
    mouth = _Mouth.of(head)
    side = 1.24 * mouth.corner_az
    inner = 1.0 * mouth.corner_az
    azimuth = side * np.sin(np.linspace(-1, 1, 37) * np.pi / 2)
    upper = _curve(
        (0, mouth.lower_lip - 3.2),
        (0.40 * inner, mouth.lower_lip - 3.7),
        (0.75 * inner, mouth.lower_lip - 3.0),
        (inner, 0.5 * (mouth.lower_lip + mouth.corner) - 2.6),
        (side, mouth.corner - 3.5),
    )
    low = mouth.chin - 9
    lower = _curve(
        (0, low),
        (0.5 * side, low + 2),
        (0.8 * side, mouth.chin + 5),
        (0.94 * side, mouth.corner - 12),
        (side, mouth.corner - 5.0),
    )

    def height(a: np.ndarray, v: np.ndarray) -> np.ndarray:
        return 0.28 + 0.42 * np.exp(-((a / (0.7 * side)) ** 2)) * np.clip(v * 1.6, 0, 1)

    def drift(a: np.ndarray, v: np.ndarray) -> np.ndarray:
        drop = 1.1 * v**2 * np.exp(-((a / (0.45 * side)) ** 2))
        return np.stack([0 * drop, -drop, 0.25 * drop], 1)

    chin = _sheet(
        head, mouth, azimuth, upper(azimuth), lower(azimuth), 12, height, drift, _cuts(-side, side, 7, 3), 3
    )
    return chin, _moustache(head, mouth, 1.24, 0.5, 5.0)


def full(head: HeadSurface) -> tuple[Garment, ...]:
    """From ear to ear, rounded, longer at the chin."""
    mouth = _Mouth.of(head)
    inner, end = 1.14 * mouth.corner_az, 80.0
    azimuth = np.linspace(-end, end, 85)
    upper = _curve(
        (0, mouth.lower_lip - 3.0),
        (0.45 * inner, mouth.lower_lip - 4.2),
        (0.9 * inner, mouth.lower_lip - 2.5),
        (1.12 * inner, mouth.corner + 4.0),
        (1.5 * inner, mouth.corner + 4.5),
        (40, mouth.corner + 1.5),
        (54, mouth.corner + 7),
        (64, mouth.corner + 18),
        (70, mouth.corner + 36),
        (end, mouth.corner + 46),
    )
    low = mouth.chin - 22
    lower = _curve(
        (0, low),
        (22, low + 1),
        (38, low + 5),
        (52, mouth.chin - 3),
        (62, mouth.corner - 16),
        (72, mouth.corner - 2),
        (end, mouth.corner + 30),
    )

    def height(a: np.ndarray, v: np.ndarray) -> np.ndarray:
        x = np.abs(a)
        thick = np.interp(x, [0, 20, 40, 55, 66, end], [0.85, 0.95, 0.9, 0.7, 0.42, 0.3])
        return 0.2 + (thick - 0.2) * np.clip(v * 2.2 + 0.25, 0, 1)

    def drift(a: np.ndarray, v: np.ndarray) -> np.ndarray:
        drop = 1.5 * np.clip(v * 1.4, 0, 1) ** 2 * np.exp(-((a / 26) ** 2))
        return np.stack([0 * drop, -drop, 0.35 * drop], 1)

    sheet = _sheet(
        head, mouth, azimuth, upper(azimuth), lower(azimuth), 16, height, drift, _cuts(-end, end, 17, 8), 8
    )
    return sheet, _moustache(head, mouth, 1.36, 0.55, 4.0)


STYLES: dict[str, Callable[[HeadSurface], tuple[Garment, ...]]] = {
    "moustache": moustache,
    "goatee": goatee,
    "full": full,
}
