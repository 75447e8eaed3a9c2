"""Glasses and sunglasses: rims, a bridge, temples that end behind the ears."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gen_avatar.character.wardrobe.garments import Garment
from training.wardrobe.shapes import Solid, closed_tube, garment, join, tube
from training.wardrobe.surface import HeadSurface

#: How far rims bend back, per cm from the middle, and how far they lean in below.
_WRAP, _LEAN = 0.034, 0.05
_STEPS = 48
#: How much wider and taller rims are than around the eyes of the rest head: drawn lids are wide, and what
#: lies below them is drawn taller already.
_DRAWN = np.array([1.06, 0.95])
#: Half the depth of rims at most, cm: frames are round bars.
_DEEP = 0.32
#: Half sizes of arms: across, so flat that they do not stand off the face, and up at either end, cm.
_ARM = (0.09, (0.36, 0.28))
Outline = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Frame:
    """A pair of glasses.

    Attributes:
        outline: angle [n] → [n, 2] of a rim around its eye, outwards and up, in half eye widths.
        rim: half width of the rim seen from the front, cm; brow: what it gains on top.
        dark: lenses that hide the eyes.
        bars: heights of the bridges above the middle of the eyes, in half eye widths.
        role: its colour if not that of glasses.
    """

    outline: Outline
    rim: float = 0.30
    brow: float = 0.0
    dark: bool = False
    bars: tuple[float, ...] = (0.30,)
    role: str = ""


def _round(
    size: float, tall: float = 1.0, power: float = 2.0, up: float = 0.0, flare: float = 0.0
) -> Outline:
    """A superellipse; ``flare`` makes it wider on top."""

    def outline(angle: np.ndarray) -> np.ndarray:
        c, s = np.cos(angle), np.sin(angle)
        x, y = np.sign(c) * np.abs(c) ** (2 / power), np.sign(s) * np.abs(s) ** (2 / power)
        return np.stack([size * x * (1 + flare * y), size * tall * y + up], 1)

    return outline


def _cat_eye(angle: np.ndarray) -> np.ndarray:
    p = _round(1.26, 0.80, 2.7)(angle)
    wing = np.clip(p[:, 0] / 1.26, 0, 1) ** 2 * np.clip(p[:, 1] / 0.9 + 0.25, 0, 1)
    return p + np.stack([0.20 * wing, 0.36 * wing - 0.04], 1)


def _aviator(angle: np.ndarray) -> np.ndarray:
    p = _round(1.32, 0.86, 2.5, -0.10)(angle)
    low = np.clip(-p[:, 1] / 0.96, 0, 1)
    return np.stack([p[:, 0] * (1 - 0.14 * low**1.7) + 0.06 * low, p[:, 1]], 1)


def _hexagon(angle: np.ndarray) -> np.ndarray:
    sector = np.mod(angle, np.pi / 3) - np.pi / 6
    # Corners are rounded by mixing in a circle.
    r = 0.62 * np.cos(np.pi / 6) / np.cos(sector) + 0.38
    return np.stack([1.34 * r * np.cos(angle), 1.12 * r * np.sin(angle) - 0.04], 1)


STYLES: dict[str, Frame] = {
    "round": Frame(_round(1.26, 0.98, 2.0, -0.04), rim=0.38),
    "square": Frame(_round(1.26, 0.82, 4.0, -0.04, 0.04), rim=0.42),
    "rectangle": Frame(_round(1.30, 0.66, 4.2, -0.02, 0.02), rim=0.40),
    "oval": Frame(_round(1.30, 0.76, 2.3), rim=0.37),
    "cat-eye": Frame(_cat_eye, rim=0.37, brow=0.14),
    "aviator": Frame(_aviator, rim=0.28, bars=(0.18, 0.62)),
    "browline": Frame(_round(1.26, 0.82, 2.9, -0.04, 0.04), rim=0.20, brow=0.34, bars=(0.40,)),
    "rimless": Frame(_round(1.24, 0.76, 2.8, -0.04, 0.03), rim=0.24, role="rim"),
    "oversized": Frame(_round(1.38, 0.94, 3.0, -0.08, 0.03), rim=0.44),
    "hexagon": Frame(_hexagon, rim=0.36),
    "sun-square": Frame(_round(1.38, 0.78, 3.6, -0.06, 0.05), rim=0.42, dark=True),
    "sun-aviator": Frame(_aviator, rim=0.30, dark=True, bars=(0.18, 0.62)),
    "sun-round": Frame(_round(1.26, 0.98, 2.05, -0.04), rim=0.37, dark=True),
}


def glasses(head: HeadSurface, ears: np.ndarray, style: Frame) -> tuple[Garment, ...]:
    """Frame and lenses; ``ears`` [2, 3] is where the temples rest, left and right."""
    marks = head.landmarks
    eyes = np.stack([marks[42:48].mean(0), marks[36:42].mean(0)])
    half = np.linalg.norm(marks[[36, 42]] - marks[[39, 45]], axis=1).mean() / 2
    front = marks[36:48, 2].max() + 0.4
    turn = np.linspace(0, 2 * np.pi, _STEPS, endpoint=False)
    rims, lenses, sheens, temples, inner = [], [], [], [], []
    for side, sign in ((0, 1.0), (1, -1.0)):
        shape = style.outline(turn) * half * _DRAWN
        line = np.stack([eyes[side, 0] + sign * shape[:, 0], eyes[side, 1] + shape[:, 1], 0 * turn], 1)
        line[:, 2] = front - _WRAP * line[:, 0] ** 2 - _LEAN * (line[:, 1] - eyes[side, 1])
        top = np.clip(np.sin(turn) * 1.6 - 0.1, 0, 1)
        rims.append(
            (closed_tube(line, [0, 0, 1.0], style.rim + style.brow * top, min(style.rim, _DEEP)), side)
        )
        lenses.append((_lens(line, sign, style.dark), side))
        if style.dark:
            sheens += [(_glint(line, place), side) for place in ((-0.50, -0.14), (0.02, 0.16))]
        hinge = line[np.argmax(line[:, 0] * sign + 0.5 * line[:, 1])]
        temples.append((_temple(hinge, ears[side], sign), 3 + side))
        inner.append(line)
    bars = [(_bridge(inner, front, eyes[:, 1].mean() + bar * half, style), 2) for bar in style.bars]
    frame = _merge("glasses", style.role, rims + bars + temples)
    if style.dark:
        return frame, _merge("glasses", "shade", lenses), _merge("glasses", "glint", sheens)
    return frame, _merge("lens", "", lenses)


#: How dark lenses turn away from the light above, that would fill one of them: share of the rim's turn to the
#: side that they keep, and how much they lean forward at the top, cm per cm.
_DARK_TURN, _DARK_LEAN = 0.85, 0.14
#: Dark lenses lie at the front of the rim, cm, or eyes that bulge would come through.
_DARK_LIFT = 0.3
#: How far stripes of light lie before a lens, cm: it is bent a little where it meets the nose.
_SHEEN = 0.28


def _flat(line: np.ndarray, at: np.ndarray, lift: float, dark: bool) -> np.ndarray:
    """[n, 3] points over ``at`` [n, 2], ``lift`` cm in front of the plane of a rim [n, 3]."""
    middle = line.mean(0)
    if dark:
        lift += _DARK_LIFT
    slope = np.linalg.lstsq(line[:, :2] - middle[:2], line[:, 2] - middle[2], rcond=None)[0]
    if dark:
        slope = slope * [_DARK_TURN, 1.0] + [0.0, _DARK_LEAN]
    return np.column_stack([at, (at - middle[:2]) @ slope + middle[2] + lift])


def _lens(line: np.ndarray, sign: float, dark: bool) -> Solid:
    """Flat, so that light falls on it evenly."""
    n = len(line)
    disc = _flat(line, np.concatenate([line[:, :2], line[:, :2].mean(0)[None]]), 0.0, dark)
    j = np.arange(n)
    cells = np.stack([j, (j + 1) % n, np.full(n, n)], 1)
    return Solid(disc, cells if sign > 0 else cells[:, ::-1])


def _glint(line: np.ndarray, place: tuple[float, float]) -> Solid:
    """A slanting stripe of light on a dark lens, between two shares of its width."""
    middle, size = line.mean(0), np.ptp(line, axis=0) / 2
    s = np.array([-0.6, 0.6])
    edges = [middle[:2] + np.stack([0.8 * x + 0.30 * s, 0.92 * s], 1) * size[:2] for x in place]
    return Solid(_flat(line, np.concatenate(edges), _SHEEN, True), np.array([[0, 2, 3], [0, 3, 1]]))


def _temple(hinge: np.ndarray, ear: np.ndarray, sign: float) -> Solid:
    """A straight arm from the hinge to the top of the ear, that ends inside the head behind it.

    Each person's starts as far out as it must, see ``fit_glasses``.
    """
    s = np.r_[np.linspace(0, 0.16, 9), np.linspace(0.2, 1, 7)]
    start, end = hinge - [0.05 * sign, 0, 0.05], ear + [0.05 * sign, 0.65, 0.2]
    behind = ear + np.array([[-0.25 * sign, 0.35, -0.7], [-1.1 * sign, -0.6, -1.4]])
    line = np.concatenate([start + s[:, None] * (end - start), behind])
    return tube(line, [0, 1.0, 0], _ARM[0], np.linspace(*_ARM[1], len(line)))


def _bridge(rims: list[np.ndarray], front: float, y: float, style: Frame) -> Solid:
    """A bar between the inner edges of the rims at height ``y``."""
    reach = min(np.abs(rim[np.argsort(np.abs(rim[:, 1] - y))[:4], 0]).min() for rim in rims)
    t = np.linspace(-1, 1, 9)
    line = np.stack([t * (reach + 0.05), y + 0.20 * (1 - t**2), front + 0.12 * (1 - t**2)], 1)
    thick = max(0.20, 0.8 * style.rim)
    return tube(line, [0, 0, 1.0], thick, 0.2)


def _merge(part: str, role: str, pieces: list[tuple[Solid, int]]) -> Garment:
    region = np.concatenate([np.full(len(s.vertices), r) for s, r in pieces]).astype(np.int32)
    along = []
    for solid, r in pieces:
        z = solid.vertices[:, 2]
        along.append((z.max() - z) / np.ptp(z) if r in (3, 4) else np.zeros(len(z)))
    return garment(
        part, "glasses", join([s for s, _ in pieces]), role, region=region, along=np.concatenate(along)
    )
