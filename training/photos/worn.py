"""What people wear in photos, as triangles: clothes, glasses, hats and scarves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from training.photos.strands import Obstacle

#: Label ids, as ``gen_avatar.appearance.regions.REGIONS``.
SKIN, GLASSES, HEADWEAR, CLOTHES = 1, 8, 9, 10


@dataclass(frozen=True)
class Piece:
    """One mesh.

    Attributes:
        vertices: [V, 3] cm, head frame; triangles: [T, 3].
        color: [V, 3] linear albedo at each vertex.
        label: what it is. gloss: 0 matt to 1 shiny.
        turns: share of the head's turn that it follows: 1 sits on the head, less hangs on the shoulders.
        clear: share of what is behind that is seen through it.
    """

    vertices: np.ndarray
    triangles: np.ndarray
    color: np.ndarray
    label: int
    gloss: float = 0.1
    turns: float = 1.0
    clear: float = 0.0


def _grid(rows: int, columns: int, closed: bool) -> np.ndarray:
    """Triangles of a grid of points [rows, columns], joined round when ``closed``."""
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(columns if closed else columns - 1), indexing="ij")
    a, b = (i * columns + j).ravel(), (i * columns + (j + 1) % columns).ravel()
    c, d = a + columns, b + columns
    return np.concatenate([np.stack([a, c, b], 1), np.stack([b, c, d], 1)]).astype(np.int32)


def tube(
    path: np.ndarray, radius: np.ndarray | float, sides: int = 6, closed: bool = False, flat: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and triangles of a tube along ``path`` [n, 3]; ``flat`` < 1 makes it thinner front to back."""
    ahead = np.roll(path, -1, 0) - np.roll(path, 1, 0)
    if not closed:
        ahead[0], ahead[-1] = path[1] - path[0], path[-1] - path[-2]
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-6)
    side = np.cross(ahead, [0.02, 0.03, 1.0])
    side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-6)
    up = np.cross(ahead, side) * flat
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    radius = np.broadcast_to(np.asarray(radius, float), len(path))[:, None, None]
    ring = path[:, None] + radius * (
        np.cos(angle)[None, :, None] * side[:, None] + np.sin(angle)[None, :, None] * up[:, None]
    )
    triangles = _grid(len(path), sides, True)
    if closed:
        last = np.arange(sides) + (len(path) - 1) * sides
        first, turn = np.arange(sides), np.roll(np.arange(sides), -1)
        triangles = np.concatenate(
            [
                triangles,
                np.stack([last, first, np.roll(last, -1)], 1),
                np.stack([np.roll(last, -1), first, turn], 1),
            ]
        )
    return ring.reshape(-1, 3).astype(np.float32), triangles.astype(np.int32)


def _fabric(points: np.ndarray, rng: np.random.Generator, vivid: float = 0.5) -> np.ndarray:
    """[V, 3] linear colours of a cloth on points [V, 3]: plain, striped, checked, printed, knitted."""

    def tint() -> np.ndarray:
        grey = rng.choice([0.02, 0.05, 0.15, 0.4, 0.8]) * np.ones(3)
        hue = rng.random(3) ** 1.8 * rng.uniform(0.3, 1)
        return np.clip(hue if rng.random() < vivid else grey * rng.uniform(0.8, 1.1, 3), 0.01, 0.9)

    base, other = tint(), tint()
    x, y = points[:, 0], points[:, 1]
    period = rng.uniform(0.6, 4)
    kind = rng.choice(["plain", "stripes", "checks", "print", "knit"], p=[0.55, 0.12, 0.08, 0.1, 0.15])
    if kind == "plain":
        share = np.zeros(len(points))
    elif kind == "stripes":
        share = (np.sin((y if rng.random() < 0.6 else x) * 6.3 / period) > rng.uniform(-0.5, 0.6)) * 1.0
    elif kind == "checks":
        share = 0.5 * (np.sin(x * 6.3 / period) > 0) + 0.5 * (np.sin(y * 6.3 / period) > 0)
    elif kind == "print":
        share = (
            np.sin(x * 1.3 + rng.uniform(0, 6)) * np.sin(y * 1.1 + rng.uniform(0, 6))
            + np.sin(0.7 * x - y) * 0.4
            > 0.35
        ) * 1.0
    else:
        share = 0.25 + 0.25 * np.sin(x * 9) * np.sin(y * 5)
    color = base + share[:, None] * (other - base)
    return (color * (1 + 0.05 * rng.standard_normal((len(points), 1)))).clip(0.004, 1).astype(np.float32)


_TORSO_Y = np.array([-6.0, -8, -10, -11.5, -13, -15, -18, -23, -30, -36])
_TORSO_X = np.array([5.4, 5.7, 6.6, 8.6, 13.0, 17.0, 19.2, 20.0, 20.0, 19.5])
_TORSO_Z = np.array([5.6, 5.8, 6.2, 6.9, 8.0, 9.2, 10.4, 11.4, 12.0, 12.0])


def torso(skin: np.ndarray, rng: np.random.Generator) -> list[Piece]:
    """Neck and shoulders in ``skin`` [3] linear colour, and clothes on them."""
    build = rng.uniform(0.8, 1.12)
    columns, rows = 72, 44
    angle = np.linspace(0, 2 * np.pi, columns, endpoint=False)
    front = np.cos(angle)

    def loft(top: np.ndarray, swell: float, folds: float) -> np.ndarray:
        """[rows, columns, 3] from ``top`` [columns], a height each, downwards."""
        t = np.linspace(0, 1, rows)[:, None] ** 1.5
        y = top[None] * (1 - t) + -36.0 * t
        wide = np.interp(y, _TORSO_Y[::-1], _TORSO_X[::-1]) * np.where(y < -11, build, 1) + swell
        deep = np.interp(y, _TORSO_Y[::-1], _TORSO_Z[::-1]) + swell
        crease = (
            folds
            * np.abs(np.sin(3 * angle[None] + 0.35 * y + phase) * np.sin(0.5 * y + 5 * angle[None]))
            * np.clip(-y / 12 - 0.6, 0, 1)
        )
        lean = -2.6 + 1.2 * np.clip(y + 10, 0, 6) / 4
        return np.stack([(wide + crease) * np.sin(angle)[None], y, lean + (deep + crease) * front[None]], -1)

    phase = rng.uniform(0, 6.3)
    bare = loft(np.full(columns, -6.0), 0.0, 0.0).reshape(-1, 3)
    triangles = _grid(rows, columns, True)
    pieces = [
        Piece(
            bare.astype(np.float32),
            triangles,
            np.broadcast_to(skin, bare.shape).astype(np.float32),
            SKIN,
            0.3,
            0.55,
        )
    ]
    kind = rng.choice(
        ["crew", "v", "turtle", "wide", "hood", "shirt", "straps", "none"],
        p=[0.26, 0.18, 0.08, 0.1, 0.1, 0.2, 0.05, 0.03],
    )
    if kind == "none":
        return pieces
    v = np.clip(front, 0, 1)
    narrow = np.exp(-((angle - np.where(angle > np.pi, 2 * np.pi, 0)) ** 2) / rng.uniform(0.03, 0.25))
    top = {
        "crew": -9.6 - 2.2 * v - 0.4 * rng.random(), "v": -9.4 - rng.uniform(4, 14) * narrow, "turtle": np.full(columns, rng.uniform(-8.2, -6.4)),
        "wide": -12.2 - rng.uniform(1, 5) * v, "hood": -8.6 - 3.5 * v, "shirt": -8.8 - rng.uniform(1, 9) * narrow,
        "straps": -16.5 - 1.5 * v + 5.5 * np.exp(-((np.abs(np.sin(angle)) - 0.55) ** 2) / 0.004),
    }[kind]  # fmt: skip
    cloth = loft(top, rng.uniform(0.3, 0.9), rng.uniform(0.1, 0.7)).reshape(-1, 3)
    colors = _fabric(cloth, rng)
    pieces.append(
        Piece(cloth.astype(np.float32), triangles, colors, CLOTHES, rng.choice([0.02, 0.02, 0.3]), 0.5)
    )
    if kind in ("shirt", "hood") or rng.random() < 0.25:
        # A collar, lapel or hood stands out around the neck; behind it the other garment's colour.
        height, flare = (
            (rng.uniform(1.2, 2.8), 1.0) if kind == "shirt" else (rng.uniform(2, 5), rng.uniform(1.5, 3))
        )
        start = loft(top, 0.9, 0.0)[0]
        rise = height * (1.05 - 0.8 * narrow) * (1 if kind == "shirt" else np.clip(1 - front, 0.15, 1.2))
        rim = start * [1 + 0.05 * flare, 1, 1] + np.stack([0 * rise, rise, 0.25 * flare * front], 1)
        fall = start + np.stack(
            [0.9 * flare * np.sin(angle), -height * (0.6 + narrow), 0.9 * flare * front], 1
        )
        band = np.stack([start, rim, fall])
        color = colors[:columns].mean(0) if rng.random() < 0.6 else _fabric(fall, rng)
        pieces.append(
            Piece(
                band.reshape(-1, 3).astype(np.float32),
                _grid(3, columns, True),
                np.broadcast_to(color, (3, columns, 3)).reshape(-1, 3).astype(np.float32)
                if color.ndim == 1
                else np.tile(color, (3, 1)),
                CLOTHES,
                0.02,
                0.5,
            )
        )
    return pieces


#: Outlines of lenses: half width, half height (cm), exponent of the superellipse, slant, weight of the top rim.
_LENS = {
    "round": (2.25, 2.2, 2.0, 0.0, 1.0), "square": (2.6, 2.0, 4.0, 0.05, 1.0), "rectangle": (2.65, 1.45, 4.0, 0.05, 1.0),
    "oval": (2.5, 1.6, 2.2, 0.05, 1.0), "cat-eye": (2.6, 1.7, 2.6, 0.35, 1.2), "aviator": (2.8, 2.4, 2.5, -0.2, 1.0),
    "browline": (2.5, 1.8, 3.0, 0.0, 2.2), "rimless": (2.5, 1.5, 3.5, 0.05, 0.35), "oversized": (3.0, 2.6, 3.2, 0.05, 1.0),
    "hexagon": (2.5, 2.1, 3.0, 0.0, 1.0), "sun-square": (2.9, 2.1, 4.0, 0.05, 1.4), "sun-aviator": (3.0, 2.5, 2.5, -0.2, 0.8),
    "sun-round": (2.5, 2.4, 2.0, 0.0, 1.0),
}  # fmt: skip


def glasses(style: str, eyes: np.ndarray, ear: np.ndarray, rng: np.random.Generator) -> list[Piece]:
    """Rims, bridge, arms and lenses.

    Args:
        eyes: [2, 3] front of the eyeballs, the subject's left first. ear: [3] where the left arm ends.
    """
    half_width, half_height, power, slant, top = _LENS[style]
    size = rng.uniform(0.86, 1.1)
    half_width, half_height = half_width * size, half_height * size * rng.uniform(0.85, 1.12)
    thick = float(np.exp(rng.uniform(np.log(0.05), np.log(0.3))))
    thick = {"rimless": 0.04, "aviator": min(thick, 0.1), "sun-aviator": min(thick, 0.12)}.get(style, thick)
    metal = thick < 0.1
    choices = [
        (0.015, 0.015, 0.015),
        (0.1, 0.04, 0.02),
        (0.5, 0.5, 0.52),
        (0.55, 0.4, 0.15),
        tuple(rng.random(3) ** 2),
        (0.75, 0.7, 0.62),
        (0.25, 0.12, 0.05),
    ]
    tint = np.array(
        choices[rng.choice(len(choices), p=[0.38, 0.15, 0.15, 0.1, 0.1, 0.05, 0.07])], np.float32
    ).clip(0.01, 0.9)
    if style == "rimless":
        tint = np.array([0.5, 0.5, 0.52], np.float32)
    sun = style.startswith("sun")
    drop, gap = rng.normal(-0.35, 0.25), rng.uniform(1.1, 1.9)
    angle = np.linspace(0, 2 * np.pi, 36, endpoint=False)
    c, s = np.cos(angle), np.sin(angle)
    x = np.sign(c) * np.abs(c) ** (2 / power) * half_width
    y = np.sign(s) * np.abs(s) ** (2 / power) * half_height
    if style in ("aviator", "sun-aviator"):
        x = x * (1 - 0.16 * np.clip(-y / half_height, 0, 1))
    if style == "hexagon":
        x = (
            half_width
            * c
            * 1.02
            / np.maximum(np.abs(np.cos((angle + np.pi / 6) % (np.pi / 3) - np.pi / 6)), 0.8)
        )
    y = y + slant * x * 0.45 * (y > 0)
    pieces: list[Piece] = []
    front = eyes[:, 2].max() + rng.uniform(0.9, 1.6)

    def bend(px: np.ndarray, py: np.ndarray) -> np.ndarray:
        """Frame coordinates on the slightly curved front of the glasses."""
        return np.stack([px, py, front - 0.035 * px**2 - 0.06 * py], -1)

    height = eyes[:, 1].mean() + drop
    rims = []
    for sign in (1, -1):
        middle = sign * (half_width + gap / 2 + thick)
        rim = bend(sign * x + middle, y + height)
        rims.append(rim)
        weight = thick * np.where(s > 0.25, top, 1.0) * np.where((s < 0.1) & (style == "browline"), 0.35, 1.0)
        pieces.append(
            Piece(
                *tube(rim, weight / 2, closed=True, flat=0.8),
                np.zeros((0, 3)),
                GLASSES,
                0.8 if metal else 0.4,
            )
        )
    inner = half_width * 0.0 + gap / 2 + thick
    t = np.linspace(-1, 1, 9)
    bridge = bend(t * inner * 1.15, height + half_height * 0.35 + 0.22 * (1 - t**2))
    pieces.append(Piece(*tube(bridge, max(thick, 0.07) * 0.6), np.zeros((0, 3)), GLASSES, 0.5))
    if style in ("aviator", "sun-aviator"):
        pieces.append(
            Piece(*tube(bridge + [0, 0.55, 0], max(thick, 0.07) * 0.5), np.zeros((0, 3)), GLASSES, 0.5)
        )
    for sign in (1, -1):
        hinge = bend(
            np.array(sign * (2 * half_width + gap / 2 + 1.5 * thick)), np.array(height + half_height * 0.45)
        )
        end = ear * [sign, 1, 1]
        t = np.linspace(0, 1, 14)[:, None]
        out = np.array([sign * 0.5, 0.0, 0.0]) * np.sin(np.pi * t)
        arm = hinge * (1 - t) + end * t + out
        pieces.append(
            Piece(
                *tube(arm, max(thick, 0.08) * rng.uniform(0.5, 1.3), flat=1.6), np.zeros((0, 3)), GLASSES, 0.4
            )
        )
    arm_tint = tint if rng.random() < 0.8 else np.array([0.3, 0.3, 0.32], np.float32)
    for i, piece in enumerate(pieces):
        color = arm_tint if i >= len(pieces) - 2 else tint
        pieces[i] = Piece(
            piece.vertices, piece.triangles, np.tile(color, (len(piece.vertices), 1)), GLASSES, piece.gloss
        )
    for rim in rims:
        fan = np.concatenate([rim, rim.mean(0, keepdims=True)]).astype(np.float32)
        triangles = np.stack([np.arange(36), (np.arange(36) + 1) % 36, np.full(36, 36)], 1).astype(np.int32)
        if sun:
            shade = np.array([0.02, 0.02, 0.02]) if rng.random() < 0.6 else rng.random(3) ** 2 * 0.3
            fade = np.linspace(0, rng.choice([0, 0, 0.4]), 37)[:, None]
            color = np.tile(shade, (37, 1)) + fade * 0.2
            clear = rng.uniform(0.02, 0.4)
        else:
            color, clear = np.full((37, 3), 0.6), rng.uniform(0.9, 0.98)
        pieces.append(Piece(fan, triangles, color.astype(np.float32), GLASSES if sun else 0, 1.0, 1.0, clear))
    return pieces


@dataclass(frozen=True)
class Hat:
    """What is worn on the head: ``pieces``, the plane [4] above which hair is hidden, and whether all is."""

    pieces: list[Piece]
    ceiling: np.ndarray = field(default_factory=lambda: np.array([0.0, 0.0, 0.0, 1e9]))
    hides_all: bool = False


def _shell(
    obstacle: Obstacle, rows: int, columns: int, lowest: Callable[[np.ndarray], np.ndarray], highest: float, margin: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> np.ndarray:  # fmt: skip
    """[rows, columns, 3] over the skull: from ``lowest`` (elevation in radians of an azimuth) to ``highest``."""
    azimuth = np.linspace(0, 2 * np.pi, columns, endpoint=False)
    t = np.linspace(0, 1, rows)[:, None]
    low = lowest(azimuth)[None]
    elevation = low + t * (highest - low)
    around = np.broadcast_to(azimuth, elevation.shape)
    ray = np.stack(
        [np.sin(around) * np.cos(elevation), np.sin(elevation), np.cos(around) * np.cos(elevation)], -1
    )
    flat = obstacle.center + ray.reshape(-1, 3) * 2.0
    return obstacle.push_out(flat, margin(around, t).reshape(-1)).reshape(rows, columns, 3)


def hat(style: str, obstacle: Obstacle, hair: float, rng: np.random.Generator) -> Hat:
    """Headwear of a style over a skull; ``hair`` is how thick the hair below is, cm."""
    columns, rows = 72, 26
    if style in ("hijab", "turban", "bandana"):
        return _cloth(style, obstacle, rng)
    tilt = rng.normal(0, 0.06)
    brim_y = rng.uniform(8.0, 10.2)
    edge = {"helmet": rng.uniform(0.2, 0.45), "beanie": rng.uniform(0.3, 0.6)}.get(
        style, np.arctan2(brim_y - 4.5, 8.5)
    )
    back = rng.uniform(0.05, 0.3)

    def lowest(azimuth: np.ndarray) -> np.ndarray:
        return edge - back * (1 - np.cos(azimuth)) / 2 + tilt * np.sin(azimuth)

    thick = min(hair, 1.5) * 0.6 + rng.uniform(0.3, 0.9)
    crown = {"cap": 0.9, "beanie": rng.uniform(0.4, 4.5), "bucket-hat": 1.2, "helmet": 1.5, "beret": 1.0}.get(
        style, 2.5
    )

    def margin(azimuth: np.ndarray, t: np.ndarray) -> np.ndarray:
        grown = thick + crown * np.sin(np.pi / 2 * t) ** 2 + 0 * azimuth
        if style == "beret":
            grown = grown + 2.6 * np.exp(-(((t - 0.35) / 0.25) ** 2)) * (1 + 0.6 * np.sin(azimuth + side))
        if style == "beanie":
            grown = grown + 0.35 * (t < 0.25)
        if style in ("fedora", "straw-hat"):
            grown = grown + 2.2 * np.clip(1.6 * t, 0, 1) * (1 - 0.5 * np.cos(2 * azimuth) * (t > 0.8))
        return grown

    side = rng.uniform(0, 6.3)
    if style == "headband":
        high = edge + rng.uniform(0.1, 0.35)
        ring = _shell(
            obstacle,
            8,
            columns,
            lambda a: edge + 0.35 * (1 - np.cos(a)) / 2,
            high,
            lambda a, t: 0.3 + hair * 0.7 + 0 * a * t,
        )
        return Hat([_piece(ring, rng, HEADWEAR)])
    if style == "headphones":
        angle = np.linspace(-0.5 * np.pi, 0.5 * np.pi, 26)
        band = np.stack([9.6 * np.sin(angle), 3.5 + (11.8 + hair * 0.6) * np.cos(angle), np.full(26, 0.5)], 1)
        color = np.array(rng.choice([0.02, 0.1, 0.6])) * np.ones(3)
        pieces = []
        for path, radius, flat in [
            (band, 0.55, 2.0),
            *[(np.array([[s * 8.2, 2.0, 0.5], [s * 10.4, 2.0, 0.5]]), 3.4, 1.0) for s in (1, -1)],
        ]:
            vertices, triangles = tube(path, radius, 16, flat=flat)
            if len(path) == 2:
                cap = len(vertices)
                vertices = np.concatenate([vertices, path[1:].astype(np.float32)])
                triangles = np.concatenate(
                    [
                        triangles,
                        np.stack(
                            [np.arange(16) + 16, (np.arange(16) + 1) % 16 + 16, np.full(16, cap)], 1
                        ).astype(np.int32),
                    ]
                )
            pieces.append(
                Piece(
                    vertices, triangles, np.tile(color, (len(vertices), 1)).astype(np.float32), HEADWEAR, 0.4
                )
            )
        return Hat(pieces)
    dome = _shell(obstacle, rows, columns, lowest, np.pi / 2, margin)
    pieces = [
        _piece(dome, rng, HEADWEAR, gloss=0.8 if style == "helmet" else 0.03, weave=style == "straw-hat")
    ]
    rim = dome[0]
    normal = np.array([np.sin(tilt) * 0.0, np.cos(back / 2), np.sin(back / 2)])
    offset = float((rim @ normal).mean()) + 0.2
    out = rim - obstacle.center
    out[:, 1] = 0
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    azimuth = np.linspace(0, 2 * np.pi, columns, endpoint=False)
    if style == "cap":
        turned = 0.0 if rng.random() < 0.8 else np.pi
        reach = rng.uniform(5.5, 7.5) * np.clip(np.cos(azimuth - turned) * 1.5 - 0.45, 0, 1) ** 0.5
        fall = 0.12 * reach + 0.03 * rim[:, 0] ** 2 * (reach > 0)
    elif style in ("straw-hat", "fedora", "bucket-hat"):
        reach = np.full(
            columns,
            {"straw-hat": rng.uniform(6, 11), "fedora": rng.uniform(4, 6), "bucket-hat": rng.uniform(3, 5)}[
                style
            ],
        )
        fall = reach * {"straw-hat": 0.15, "fedora": 0.05, "bucket-hat": 0.8}[style] + rng.uniform(
            0, 1.5
        ) * np.cos(2 * azimuth)
    else:
        return Hat(pieces, np.array([*normal, offset]))
    t = np.linspace(0, 1, 6)[:, None]
    brim = (
        rim[None] + (t * reach)[..., None] * out[None] - np.stack([0 * t * fall, t * fall, 0 * t * fall], -1)
    )
    color = pieces[0].color[:columns].mean(0)
    if rng.random() < 0.3:
        pieces.append(_piece(brim, rng, HEADWEAR))
    else:
        flat = brim.reshape(-1, 3).astype(np.float32)
        pieces.append(
            Piece(
                flat,
                _grid(6, columns, True),
                np.tile(color, (len(flat), 1)).astype(np.float32),
                HEADWEAR,
                0.03,
            )
        )
    return Hat(pieces, np.array([*normal, offset]))


def _piece(
    points: np.ndarray, rng: np.random.Generator, label: int, gloss: float = 0.03, weave: bool = False
) -> Piece:
    rows, columns = points.shape[:2]
    flat = points.reshape(-1, 3).astype(np.float32)
    color = _fabric(flat, rng)
    if weave:
        color = (
            (
                np.array([0.6, 0.45, 0.22])
                * rng.uniform(0.6, 1.1)
                * (1 + 0.12 * rng.standard_normal((len(flat), 1)))
            )
            .clip(0.02, 1)
            .astype(np.float32)
        )
    return Piece(flat, _grid(rows, columns, True), color, label, gloss)


def _cloth(style: str, obstacle: Obstacle, rng: np.random.Generator) -> Hat:
    """Scarves: a shell with a window for the face, folds, and for the hijab a fall over the shoulders."""
    columns = 72
    phase, folds = rng.uniform(0, 6.3), rng.uniform(0.1, 0.35)
    forehead = rng.uniform(0.35, 0.62)
    if style == "hijab":

        def lowest(a: np.ndarray) -> np.ndarray:
            front = np.clip(np.cos(a) * 1.3 - 0.0, 0, 1)
            wide = np.exp(-(((np.minimum(a, 2 * np.pi - a)) / rng_width) ** 4))
            return -1.25 + (forehead + 1.25) * np.maximum(wide, 0.0) + 0 * front

        rng_width = rng.uniform(0.72, 0.95)
        dome = _shell(
            obstacle,
            30,
            columns,
            lowest,
            np.pi / 2,
            lambda a, t: (
                0.7 + folds * np.sin(7 * a + 5 * t + phase) * (1 - t) + 0.9 * np.clip(np.cos(a + np.pi), 0, 1)
            ),
        )
        pieces = [_piece(dome, rng, HEADWEAR)]
        # The fall: from below the chin over neck and shoulders.
        azimuth = np.linspace(0, 2 * np.pi, columns, endpoint=False)
        t = np.linspace(0, 1, 16)[:, None]
        y = -7.2 + 0.6 * np.cos(azimuth)[None] - t * rng.uniform(10, 24)
        radius = (
            7.2 + 12.0 * np.clip(t * 1.6, 0, 1) ** 0.8 + folds * 1.6 * np.sin(9 * azimuth + 6 * t + phase)
        )
        fall = np.stack(
            [radius * np.sin(azimuth)[None], y, 0.8 - 3.2 * t + 0.78 * radius * np.cos(azimuth)[None]], -1
        )
        flat = fall.reshape(-1, 3).astype(np.float32)
        pieces.append(
            Piece(
                flat,
                _grid(16, columns, True),
                np.tile(pieces[0].color.mean(0), (len(flat), 1)).astype(np.float32),
                HEADWEAR,
                0.03,
                0.7,
            )
        )
        return Hat(pieces, hides_all=True)
    edge = rng.uniform(0.42, 0.62)
    back = rng.uniform(0.5, 0.9)
    thick = rng.uniform(1.4, 3.6) if style == "turban" else 0.5
    waves = rng.integers(3, 7)

    def margin(a: np.ndarray, t: np.ndarray) -> np.ndarray:
        wraps = folds * np.sin(waves * 3.1 * t + 1.5 * np.sin(a) + phase)
        return thick * np.sin(np.pi * np.clip(t * 0.9 + 0.12, 0, 1)) ** 0.5 + wraps + 0.4 + 0 * a

    dome = _shell(obstacle, 26, columns, lambda a: edge - back * (1 - np.cos(a)) / 2, np.pi / 2, margin)
    pieces = [_piece(dome, rng, HEADWEAR)]
    normal = np.array([0.0, np.cos(back / 3), np.sin(back / 3)])
    return Hat(
        pieces,
        np.array([*normal, float((dome[0] @ normal).mean()) + 0.2]),
        style == "turban" and rng.random() < 0.8,
    )
