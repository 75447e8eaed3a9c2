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
    # All four edges go under the skin, so that no end of the sheet stands off it.
    span = np.ptp(azimuth)
    ends = np.clip(np.minimum(a - azimuth[0], azimuth[-1] - a) / (0.05 * span), 0, 1)
    rounded = np.sqrt(edge * (2 - edge)) * np.sqrt(ends * (2 - ends))
    lift = (height(a, vv) * (0.88 + 0.16 * np.sqrt(ridge)) + 0.14) * rounded - 0.14
    indices = np.concatenate([corners, corners[:, :1]], 1).astype(np.int32)
    quad = np.concatenate([weights, np.zeros((len(weights), 1))], 1).astype(np.float32)
    free = drift(a, vv) * rounded[:, None] * (0.92 + 0.1 * ridge)[:, None]
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


def _moustache(
    head: HeadSurface,
    mouth: _Mouth,
    reach: float,
    thick: float,
    droop: float,
    fall: float = 0.0,
    curl: float = 0.0,
) -> Garment:
    """``reach``: half width in mouth widths; ``droop``: how far the tips hang, degrees; ``fall``: how far it
    hangs over the upper lip, degrees; ``curl``: how far the tips turn up, cm."""
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
        (0, mouth.upper_lip + 0.9 - 0.5 * fall),
        (0.25 * end, mouth.upper_lip - 0.3 - fall),
        (0.62 * end, mouth.corner + 1.2 - fall),
        (0.85 * end, mouth.corner - 0.8),
        (end, tip - 0.8),
    )

    def height(a: np.ndarray, v: np.ndarray) -> np.ndarray:
        x = np.abs(a) / end
        return thick * (0.55 + 0.45 * np.clip(x / 0.3, 0, 1)) * np.sqrt(np.clip(1.02 - x**2.6, 0.16, 1))

    def drift(a: np.ndarray, v: np.ndarray) -> np.ndarray:
        tip = np.clip((np.abs(a) / end - 0.55) / 0.45, 0, 1)
        return curl * np.stack([0.5 * np.sign(a) * tip, tip**2, 0.1 * tip], 1)

    cuts = np.linspace(-end, end, 3)
    return _sheet(
        head, mouth, azimuth, upper(azimuth), lower(azimuth), 8, height, drift, cuts, 5, sideways=True
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


#: Along the jaw to the ear: azimuth, degrees, and elevation above the corner of the mouth.
_JAW_END = 83.0
_SIDEBURN = ((63.0, 17.0), (68.0, 40.0), (71.0, 50.0), (_JAW_END, 52.0))
_Points = tuple[tuple[float, float], ...]


def _jaw(
    head: HeadSurface,
    mouth: _Mouth,
    cheek: _Points,
    thick: float,
    drop: float,
    width: float = 26.0,
    below: float = 22.0,
    start: float = 0.0,
    side: float = 0.0,
) -> Garment:
    """A beard along the jaw, ear to ear or, with a ``side``, from azimuth ``start`` to one ear.

    Args:
        cheek: upper edge (azimuth, elevation) up to the sideburn.
        thick: cm; drop: how far it hangs below the chin, cm; width: how wide that part is, degrees.
        below: how far it reaches under the chin, degrees.
    """
    corner, low = mouth.corner, mouth.chin - below
    upper = _curve(*cheek, *((a, corner + e) for a, e in _SIDEBURN))
    lower = _curve(
        (0, low),
        (22, low + 1),
        (38, low + 0.3 * below),
        (52, mouth.chin - 3),
        (62, corner - 20),
        (72, corner - 10),
        (79, corner + 4),
        (_JAW_END, corner + 14),
    )
    columns = 39 if side else 77
    azimuth = np.linspace(start, _JAW_END, columns) if side else np.linspace(-_JAW_END, _JAW_END, columns)
    azimuth = azimuth[::-1] * side if side < 0 else azimuth

    def height(a: np.ndarray, v: np.ndarray) -> np.ndarray:
        at = np.interp(np.abs(a), [0, 20, 40, 55, 66, _JAW_END], [0.9, 1.0, 0.95, 0.75, 0.4, 0.22])
        return 0.2 + (thick * at - 0.2) * np.clip(v * 2.2 + 0.25, 0, 1)

    def drift(a: np.ndarray, v: np.ndarray) -> np.ndarray:
        hang = drop * np.clip(v * 1.4, 0, 1) ** 2 * np.exp(-((a / width) ** 2))
        return np.stack([0 * hang, -hang, 0.35 * hang], 1)

    cuts = _cuts(azimuth[0], azimuth[-1], 6 if side else 11, 8)
    return _sheet(head, mouth, azimuth, upper(azimuth), lower(azimuth), 14, height, drift, cuts, 8)


def _full_cheek(mouth: _Mouth, lowered: float = 0.0) -> _Points:
    inner = 1.14 * mouth.corner_az
    return (
        (0.0, mouth.lower_lip - 3.0),
        (0.45 * inner, mouth.lower_lip - 4.2),
        (0.9 * inner, mouth.lower_lip - 2.5),
        (1.12 * inner, mouth.corner + 4.0),
        (1.5 * inner, mouth.corner + 4.5 - lowered),
        (40.0, mouth.corner + 1.5 - lowered),
        (54.0, mouth.corner + 7 - lowered),
    )


def full(head: HeadSurface) -> tuple[Garment, ...]:
    """From ear to ear, rounded, longer at the chin."""
    mouth = _Mouth.of(head)
    return _jaw(head, mouth, _full_cheek(mouth), 0.9, 1.4), _moustache(head, mouth, 1.36, 0.55, 4.0)


def boxed(head: HeadSurface) -> tuple[Garment, ...]:
    """Short and trimmed: a low, clear cheek line."""
    mouth = _Mouth.of(head)
    cheek = _full_cheek(mouth, 5.0)
    return _jaw(head, mouth, cheek, 0.45, 0.2, below=13.0), _moustache(head, mouth, 1.30, 0.4, 4.0)


def long(head: HeadSurface) -> tuple[Garment, ...]:
    """Full, hanging down to the collar."""
    mouth = _Mouth.of(head)
    return _jaw(head, mouth, _full_cheek(mouth), 1.15, 3.6, width=30.0), _moustache(
        head, mouth, 1.4, 0.7, 5.0
    )


def chinstrap(head: HeadSurface) -> tuple[Garment, ...]:
    """A narrow band along the jaw; lip and cheeks are shaven."""
    mouth = _Mouth.of(head)
    cheek = (
        (0.0, mouth.chin + 5),
        (24.0, mouth.chin + 5.5),
        (40.0, mouth.chin + 10),
        (54.0, mouth.corner - 8),
    )
    return (_jaw(head, mouth, cheek, 0.42, 0.2, below=14.0),)


def mutton_chops(head: HeadSurface) -> tuple[Garment, ...]:
    """Broad sideburns that reach the moustache; the chin is shaven."""
    mouth = _Mouth.of(head)
    start = 1.08 * mouth.corner_az
    cheek = ((start, mouth.corner + 3.0), (1.5 * start, mouth.corner + 6), (54.0, mouth.corner + 10))
    sides = tuple(_jaw(head, mouth, cheek, 0.95, 0.0, below=6.0, start=start, side=s) for s in (1.0, -1.0))
    return *sides, _moustache(head, mouth, 1.4, 0.6, 3.0)


def _chin_tuft(head: HeadSurface, mouth: _Mouth, side: float, top: float, low: float, drop: float) -> Garment:
    """A tuft below the lip: half width and upper and lower edge in degrees, and how far it hangs, cm."""
    azimuth = side * np.sin(np.linspace(-1, 1, 25) * np.pi / 2)
    upper = _curve((0, top), (0.6 * side, top - 0.4), (side, 0.65 * top + 0.35 * low))
    lower = _curve((0, low), (0.5 * side, 0.85 * low + 0.15 * top), (side, 0.55 * low + 0.45 * top))

    def height(a: np.ndarray, v: np.ndarray) -> np.ndarray:
        return 0.25 + 0.4 * np.exp(-((a / (0.7 * side)) ** 2)) * np.clip(v * 1.6, 0, 1)

    def drift(a: np.ndarray, v: np.ndarray) -> np.ndarray:
        hang = drop * v**2 * np.exp(-((a / (0.5 * side)) ** 2))
        return np.stack([0 * hang, -hang, 0.3 * hang], 1)

    cuts = _cuts(-side, side, 3, 3)
    return _sheet(head, mouth, azimuth, upper(azimuth), lower(azimuth), 10, height, drift, cuts, 4)


def van_dyke(head: HeadSurface) -> tuple[Garment, ...]:
    """A pointed tuft on the chin and a moustache apart from it."""
    mouth = _Mouth.of(head)
    tuft = _chin_tuft(head, mouth, 0.62 * mouth.corner_az, mouth.lower_lip - 4.5, mouth.chin - 9, 1.8)
    return tuft, _moustache(head, mouth, 1.2, 0.5, -3.0, curl=0.35)


def soul_patch(head: HeadSurface) -> tuple[Garment, ...]:
    """A small tuft right below the lip."""
    mouth = _Mouth.of(head)
    return (_chin_tuft(head, mouth, 0.36 * mouth.corner_az, mouth.lower_lip - 3.4, mouth.chin + 3, 0.1),)


def handlebar(head: HeadSurface) -> tuple[Garment, ...]:
    """Tips that are waxed and turned up."""
    return (_moustache(head, _Mouth.of(head), 1.5, 0.72, -2.0, curl=1.5),)


def walrus(head: HeadSurface) -> tuple[Garment, ...]:
    """Thick, hanging over the upper lip and beside the mouth."""
    return (_moustache(head, _Mouth.of(head), 1.38, 1.1, 6.0, fall=2.2),)


STYLES: dict[str, Callable[[HeadSurface], tuple[Garment, ...]]] = {
    "moustache": moustache,
    "goatee": goatee,
    "full": full,
    "handlebar": handlebar,
    "walrus": walrus,
    "chinstrap": chinstrap,
    "van-dyke": van_dyke,
    "mutton-chops": mutton_chops,
    "boxed": boxed,
    "long": long,
    "soul-patch": soul_patch,
}
