"""Brows, and the inside of the mouth that figures in other programs have: shapes that ride on the skin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gen_avatar.character.strokes import across, slope, softened, unit
from gen_avatar.character.surface import FrontIndex, bound, grid_triangles, normalize, resample
from gen_avatar.types import ARKIT_52

_BROW_POINTS, _BROW_ROWS = 22, 7
#: Share of a brow over which its ends rise from the skin.
_BROW_END = 0.045


@dataclass(frozen=True)
class BrowShape:
    """A brow: half height, cm, at points along it from the inner to the outer end; lift above the anatomical
    line, cm; thickness off the skin, cm; how far its line bends up at five points along it, cm."""

    along: tuple[float, ...]
    half_height: tuple[float, ...]
    lift: float
    thickness: float
    bend: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)


_ALONG = (0, 0.05, 0.2, 0.55, 0.85, 1)
BROWS = {
    "natural": BrowShape(_ALONG, (0.10, 0.28, 0.40, 0.34, 0.19, 0.03), 0.25, 0.20),
    "thin": BrowShape(_ALONG, (0.06, 0.14, 0.18, 0.16, 0.09, 0.02), 0.36, 0.13, (0, 0.02, 0.08, 0.06, -0.05)),
    "thick": BrowShape(_ALONG, (0.16, 0.42, 0.57, 0.49, 0.27, 0.05), 0.24, 0.24),
    "straight": BrowShape(
        _ALONG, (0.11, 0.29, 0.38, 0.35, 0.23, 0.04), 0.16, 0.20, (0.24, 0.06, -0.16, -0.06, 0.26)
    ),
    "arched": BrowShape(
        _ALONG, (0.12, 0.30, 0.36, 0.31, 0.14, 0.02), 0.26, 0.18, (-0.14, 0.0, 0.27, 0.44, -0.17)
    ),
    "rounded": BrowShape(
        _ALONG, (0.14, 0.27, 0.34, 0.34, 0.22, 0.06), 0.24, 0.19, (-0.18, 0.10, 0.30, 0.14, -0.16)
    ),
    "bushy": BrowShape(_ALONG, (0.22, 0.50, 0.64, 0.58, 0.40, 0.12), 0.28, 0.32, (0.05, 0.0, 0.0, 0.0, 0.10)),
    "angled": BrowShape(
        _ALONG, (0.11, 0.31, 0.40, 0.38, 0.17, 0.02), 0.24, 0.20, (-0.12, 0.0, 0.16, 0.38, 0.06)
    ),
}


@dataclass(frozen=True)
class Brow:
    """One brow bound to the skin: its centre line from the inner to the outer end."""

    binding: tuple[np.ndarray, np.ndarray]
    side: float
    shape: BrowShape

    @staticmethod
    def triangles(side: float) -> np.ndarray:
        grid = grid_triangles(_BROW_ROWS, _BROW_POINTS)
        return grid if side > 0 else grid[:, ::-1].copy()

    @staticmethod
    def strand() -> np.ndarray:
        """[n, 3] across, along, random."""
        across, along = np.meshgrid(
            np.linspace(1, -1, _BROW_ROWS), np.linspace(0, 1, _BROW_POINTS), indexing="ij"
        )
        return np.stack([across, along, np.full_like(across, 0.3)], -1).reshape(-1, 3).astype(np.float32)

    def points(self, skin: np.ndarray, normals: np.ndarray) -> np.ndarray:
        """[n, 3] vertices on posed ``skin`` [S, 3] with ``normals`` [S, 3]."""
        center = softened(bound(skin, self.binding), 3)
        # A raised brow piles the skin up; the brow itself keeps facing forwards.
        normal = unit(softened(bound(normals, self.binding), 3) * [1, 0.3, 1] + [0, 0.05, 0.45])
        up = across(normal, unit(slope(center))) * self.side
        t = np.linspace(0, 1, _BROW_POINTS)
        half = np.interp(t, self.shape.along, self.shape.half_height)[:, None]
        thick = (self.shape.thickness * np.minimum(1.0, half[:, 0] / max(self.shape.half_height)) ** 0.6)[
            :, None
        ]
        # Both ends come down to the skin: seen from the side, a dome cut off there would gape.
        ended = np.minimum(1.0, np.minimum(t, 1 - t) / _BROW_END)[:, None]
        thick *= ended
        flat = np.linspace(1, -1, _BROW_ROWS)[:, None, None]
        rise = np.sqrt(np.maximum(0.0, 1 - flat**2))
        out = (
            center
            + up * half * flat
            + normal * (thick * rise - 0.10 + 0.16 * ended * np.minimum(1.0, rise * 2.5))
        )
        return out.reshape(-1, 3).astype(np.float32)


def brows(style: str, landmarks: np.ndarray, front: FrontIndex) -> list[Brow]:
    """The left and the right brow of a style, on the rest face of ``front``."""
    shape = BROWS[style]
    right, left = landmarks[17:22][::-1] * [-1, 1, 1], landmarks[22:27]
    curve = resample(((left + right) / 2)[:, :2], 5)
    curve[:, 1] += shape.lift
    # A clean arc: starts a little lower and further in than the anatomical brow, ends a little higher.
    curve += np.array([[-0.08, 0.08], [0, 0.06], [0, 0.06], [0.02, 0.02], [0.05, -0.02]])
    curve[:, 1] += shape.bend
    # Short enough at the outer end to stay inside the outline of a turned face.
    curve[:, 0] = curve[0, 0] + 0.83 * (curve[:, 0] - curve[0, 0])
    fine = _smooth(resample(curve, _BROW_POINTS), 6)
    return [Brow(front.bind(fine * [side, 1]), side, shape) for side in (1.0, -1.0)]


@dataclass(frozen=True)
class MouthFit:
    """Where the inside of a person's mouth is, in the neutral: middle of the seam [3], half width, sweep
    (how far the corners lie behind the middle), cm."""

    seam: np.ndarray
    half_width: float
    sweep: float


_BAG = ((0.00, 1.0), (0.35, 0.98), (1.2, 1.05), (2.6, 0.95), (3.6, 0.5), (3.9, 0.02))


def bag_points(loop: np.ndarray) -> np.ndarray:
    """[6 * n, 3] rings behind the posed inner edge of the lips ``loop`` [n, 3]."""
    center = loop.mean(0)
    rings = [center + (loop - center) * [share, share, 1.0] - [0, 0, depth] for depth, share in _BAG]
    return np.concatenate(rings).astype(np.float32)


def bag_triangles(count: int) -> np.ndarray:
    return grid_triangles(len(_BAG), count, closed=True)


def teeth_grid() -> tuple[np.ndarray, np.ndarray]:
    """(u across -1..1, v from the edge 0 to the gum 1) [n, 2] and triangles of the upper teeth."""
    v, u = np.meshgrid(np.linspace(1, 0, 6), np.linspace(-1, 1, 23), indexing="ij")
    return np.stack([u, v], -1).reshape(-1, 2), grid_triangles(6, 23)


def bared(expression: np.ndarray) -> tuple[float, float]:
    """How far the upper and the lower teeth give way, cm: a ring of lips hides both, and the lower ones are
    seen only where their lip is drawn down."""
    of = dict(zip(ARKIT_52, expression.tolist(), strict=True))
    ring = min(1.0, max(of["mouthFunnel"], of["mouthPucker"]))
    down = (of["mouthLowerDownLeft"] + of["mouthLowerDownRight"]) / 2
    return 0.75 * ring, 1.3 * (1 - min(1.0, 1.35 * down))


def teeth_points(grid: np.ndarray, fit: MouthFit, hidden: float = 0.0) -> np.ndarray:
    """[n, 3] one clean band behind the upper lip, drawn back upwards by ``hidden`` cm."""
    u, v = grid.T
    half = fit.half_width * 1.02
    edge = -0.42 * (1 - np.abs(u) ** 3.0)
    y = fit.seam[1] + edge + v * (1.25 - edge) + hidden
    z = fit.seam[2] - 0.85 - (fit.sweep + 0.45) * u**2 - 0.10 * v
    return np.stack([fit.seam[0] + u * half, y, z], 1).astype(np.float32)


def lower_teeth_points(grid: np.ndarray, fit: MouthFit, jaw: np.ndarray, hidden: float) -> np.ndarray:
    """[n, 3] the band behind the lower lip, which only a lip drawn down bares.

    Args:
        jaw: [3] its displacement; hidden: how far they sink, both cm.
    """
    u, v = grid.T
    y = fit.seam[1] - 0.40 - hidden + 0.10 * u**2 - 0.7 * v
    # What sinks also goes back and inwards: chins may be short, flat and narrow.
    z = fit.seam[2] - 1.10 - 1.6 * hidden - (fit.sweep + 0.45) * u**2
    points = np.stack([fit.seam[0] + u * fit.half_width * (0.80 - 0.30 * hidden), y, z], 1)
    return (points + jaw).astype(np.float32)


_TONGUE_ROWS, _TONGUE_SECTORS = 12, 14
_TONGUE_IN = np.array([[-1.9, -3.9], [-1.35, -3.2], [-1.02, -2.4], [-1.02, -1.75], [-1.20, -1.25]])
_TONGUE_OUT = np.array([[-1.7, -3.2], [-0.95, -1.8], [-0.62, -0.4], [-0.95, 0.55], [-1.95, 0.85]])


def tongue_triangles() -> np.ndarray:
    return grid_triangles(_TONGUE_ROWS, _TONGUE_SECTORS, closed=True)[:, ::-1].copy()


def tongue_points(fit: MouthFit, jaw: np.ndarray, out: float) -> np.ndarray:
    """[n, 3] tongue that rides on the jaw's displacement ``jaw`` [3] and comes out by ``out`` in [0, 1]."""
    path = resample(_TONGUE_IN * (1 - out) + _TONGUE_OUT * out, _TONGUE_ROWS)
    t = np.linspace(0, 1, _TONGUE_ROWS)
    taper = np.sqrt(np.clip(1 - np.clip((t - 0.55) / 0.45, 0, 1) ** 2.2, 0.0, 1))
    width, height = fit.half_width * 0.56 * taper, 0.40 * taper
    center = np.stack([np.zeros(_TONGUE_ROWS), path[:, 0], path[:, 1]], 1) + fit.seam + jaw
    forward = normalize(np.gradient(center, axis=0))
    up = np.cross(forward, [1.0, 0.0, 0.0])
    angle = np.linspace(0, 2 * np.pi, _TONGUE_SECTORS, endpoint=False)
    # A groove along the middle of the upper side.
    lift = np.sin(angle) - 0.35 * np.exp(-((angle - np.pi / 2) ** 2) / 0.2)
    rows = center[:, None] + np.cos(angle)[None, :, None] * width[:, None, None] * [1.0, 0, 0]
    rows = rows + (lift[None] * height[:, None])[..., None] * up[:, None]
    return rows.reshape(-1, 3).astype(np.float32)


def inner_mouth(
    loop: np.ndarray,
    grid: np.ndarray,
    fit: MouthFit,
    jaw: np.ndarray,
    chin: np.ndarray,
    expression: np.ndarray,
) -> list[np.ndarray]:
    """Vertices of the bag, the teeth and the tongue behind the lips, as figures in other programs have them.

    Args:
        loop: [n, 3] the posed inner edge of the lips; grid: of :func:`teeth_grid`.
        jaw, chin: [3] displacements of the jaw and of the skin below the lower lip, cm.
    """
    hidden, jaw = bared(expression), 0.85 * jaw
    # A tongue in the mouth rides on the jaw, one that is out lies on the lip.
    out = float(expression[ARKIT_52.index("tongueOut")])
    return [
        bag_points(loop),
        teeth_points(grid, fit, hidden[0]),
        lower_teeth_points(grid, fit, jaw, hidden[1]),
        tongue_points(fit, jaw + out * (0.9 * chin - jaw), out),
    ]


def _smooth(curve: np.ndarray, times: int) -> np.ndarray:
    """Smooth an open polyline, its ends held."""
    for _ in range(times):
        curve = np.concatenate([curve[:1], (curve[:-2] + 2 * curve[1:-1] + curve[2:]) / 4, curve[-1:]])
    return curve
