"""Hair styles as strands: a table of cuts, and what a cut means for a head."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gen_avatar.appearance.styles import TEXTURES_OF
from training.photos.scalp import Hairline, Roots, azimuth, hair_mask
from training.photos.strands import NODES, Growth, Obstacle, Tress, grow

_GUIDES = 620


@dataclass(frozen=True)
class Cut:
    """A style. Ranges are (low, high), cm.

    Attributes:
        top, side, back: length of the hair; fringe: of what falls on the forehead, None without.
        ends: height at which hanging hair is cut; None where the lengths decide.
        comb: where it is combed: forward, back, side, crown (outwards), up, down, gather.
        lift: how upright it stands, 0 to 1. volume: layer on the head.
        gather: where it is tied, [3] each; tail: length of what hangs from there; bun: radius of the knot.
        ropes: radius of locs and braids; 0 loose.
        parted: share of the people who part it.
    """

    top: tuple[float, float] = (4, 7)
    side: tuple[float, float] = (1.5, 4)
    back: tuple[float, float] = (2, 5)
    fringe: tuple[float, float] | None = None
    ends: tuple[float, float] | None = None
    comb: tuple[str, ...] = ("side", "forward", "crown", "back")
    lift: tuple[float, float] = (0.1, 0.35)
    volume: tuple[float, float] = (0.5, 1.4)
    gather: tuple[tuple[float, float, float], ...] = ()
    tail: tuple[float, float] = (0, 0)
    bun: tuple[float, float] = (0, 0)
    ropes: tuple[float, float] = (0, 0)
    parted: float = 0.4


_HANG = Cut(
    top=(40, 55),
    side=(40, 55),
    back=(40, 55),
    comb=("side",),
    lift=(0.0, 0.15),
    volume=(0.4, 1.6),
    parted=0.85,
)
_TIED = Cut(
    top=(26, 30),
    side=(20, 26),
    back=(16, 24),
    comb=("gather",),
    lift=(0.0, 0.05),
    volume=(0.2, 0.9),
    parted=0.3,
)
CUTS: dict[str, Cut] = {
    "bald": Cut(top=(0, 0), side=(0, 0), back=(0, 0)),
    "buzz": Cut(top=(0.3, 1.2), side=(0.2, 0.8), back=(0.2, 0.8), lift=(0.6, 1.0), volume=(0.1, 0.2)),
    "crew": Cut(top=(1.5, 3.2), side=(0.3, 1.2), back=(0.3, 1.2), lift=(0.3, 0.8), volume=(0.3, 0.8), comb=("up", "forward")),
    "short": Cut(),
    "quiff": Cut(top=(6, 10), side=(1, 2.5), back=(1.5, 3), comb=("up",), lift=(0.5, 0.8), volume=(1.5, 3.5)),
    "fringe": Cut(top=(6, 9), side=(2, 5), back=(3, 6), fringe=(4, 7.5), comb=("forward", "crown"), parted=0.1),
    "side-part": Cut(top=(6, 10), side=(2, 4), back=(2, 5), comb=("side",), parted=1.0, lift=(0.1, 0.3)),
    "slick-back": Cut(top=(9, 15), side=(4, 8), back=(4, 9), comb=("back",), lift=(0.0, 0.15), volume=(0.2, 0.9), parted=0.0),
    "undercut": Cut(top=(8, 14), side=(0.3, 1.0), back=(0.3, 1.2), comb=("side", "back"), lift=(0.2, 0.5)),
    "spiky": Cut(top=(4, 7), side=(1.5, 3), back=(2, 3), comb=("up",), lift=(0.7, 1.0), parted=0.0),
    "bowl": Cut(top=(14, 16), side=(10, 13), back=(8, 10), fringe=(6, 8), comb=("crown",), ends=(1.5, 4.5), parted=0.0),
    "mullet": Cut(top=(5, 9), side=(2, 5), back=(14, 22), fringe=(3, 6), comb=("crown", "side")),
    "pixie": Cut(top=(6, 10), side=(3, 6), back=(2, 5), fringe=(4, 8), comb=("side", "forward")),
    "curtains": Cut(top=(11, 16), side=(4, 8), back=(4, 8), comb=("side",), parted=1.0, lift=(0.15, 0.4)),
    "receding": Cut(top=(2, 6), side=(1, 3.5), back=(1, 4), comb=("back", "side", "forward")),
    "balding": Cut(top=(1, 5), side=(0.5, 4), back=(0.5, 4), comb=("back", "side")),
    "wavy-short": Cut(top=(6, 10), side=(3, 6), back=(3, 7), lift=(0.2, 0.5), volume=(0.8, 2)),
    "bob": replace(_HANG, ends=(-8.0, -2.5)),
    "bob-fringe": replace(_HANG, ends=(-8.0, -2.0), fringe=(5, 8)),
    "wavy-bob": replace(_HANG, ends=(-9.0, -3.0), volume=(0.8, 2.4)),
    "lob": replace(_HANG, ends=(-13.0, -8.5)),
    "shag": replace(_HANG, ends=(-13.0, -6.0), fringe=(4, 8), volume=(0.8, 2.2)),
    "long": replace(_HANG, ends=(-30.0, -14.0)),
    "wavy": replace(_HANG, ends=(-20.0, -12.0), volume=(0.8, 2.6)),
    "wavy-long": replace(_HANG, ends=(-34.0, -19.0), volume=(0.8, 2.6)),
    "long-fringe": replace(_HANG, ends=(-30.0, -13.0), fringe=(5, 8.5)),
    "side-swept": replace(_HANG, ends=(-26.0, -10.0), parted=1.0),
    "half-up": replace(_HANG, ends=(-28.0, -13.0)),
    "curly-short": Cut(top=(4, 8), side=(2, 5), back=(2, 5), comb=("crown",), lift=(0.4, 0.8), volume=(0.8, 2)),
    "curly": Cut(top=(8, 14), side=(5, 10), back=(5, 10), comb=("crown",), lift=(0.4, 0.8), volume=(1, 3)),
    "curly-fringe": Cut(top=(7, 12), side=(2, 6), back=(3, 7), comb=("forward", "crown"), fringe=(4, 8), lift=(0.4, 0.7)),
    "curly-bob": replace(_HANG, ends=(-9, -2), lift=(0.2, 0.6), volume=(1.5, 4)),
    "curly-long": replace(_HANG, ends=(-30, -11), lift=(0.1, 0.5), volume=(1.5, 4.5)),
    "afro-short": Cut(top=(2, 4.5), side=(1, 3.5), back=(1, 3.5), comb=("up",), lift=(0.9, 1.0), volume=(1, 3), parted=0.0),
    "afro": Cut(top=(7, 15), side=(6, 14), back=(6, 13), comb=("up",), lift=(1.0, 1.0), volume=(3, 9), parted=0.05),
    "high-top": Cut(top=(6, 12), side=(0.3, 1.2), back=(0.3, 1.2), comb=("up",), lift=(1.0, 1.0), volume=(3, 8), parted=0.0),
    "twists": Cut(top=(5, 12), side=(2, 8), back=(3, 9), comb=("crown",), lift=(0.5, 0.9), ropes=(0.25, 0.4), parted=0.1),
    "locs-short": Cut(top=(7, 14), side=(4, 10), back=(4, 10), comb=("crown",), lift=(0.3, 0.7), ropes=(0.3, 0.5), parted=0.1),
    "locs-long": replace(_HANG, ends=(-30, -10), ropes=(0.3, 0.55), volume=(0.8, 2.5), parted=0.3),
    "box-braids": replace(_HANG, ends=(-32, -10), ropes=(0.22, 0.4), volume=(0.5, 2), parted=0.5),
    "cornrows": Cut(top=(14, 20), side=(10, 16), back=(8, 20), comb=("back",), lift=(0, 0), ropes=(0.3, 0.45), volume=(0.1, 0.3), parted=0.0),
    "puffs": replace(_TIED, gather=((5.5, 12.0, -1.0), (-5.5, 12.0, -1.0)), bun=(4, 6.5)),
    "ponytail": replace(_TIED, gather=((0, 10.0, -10.0),), tail=(16, 34)),
    "low-ponytail": replace(_TIED, gather=((0, -1.0, -9.5),), tail=(14, 32), parted=0.6),
    "bun": replace(_TIED, gather=((0, 8.0, -10.5),), bun=(2.5, 4)),
    "low-bun": replace(_TIED, gather=((0, -1.0, -9.0),), bun=(2.2, 4), parted=0.7),
    "top-knot": replace(_TIED, gather=((0, 16.0, -2.0),), bun=(2, 3.5), parted=0.0),
    "space-buns": replace(_TIED, gather=((6, 13.0, -1.5), (-6, 13.0, -1.5)), bun=(2, 3.5), parted=0.8),
    "braid": replace(_TIED, gather=((1.0, -3.5, -8.5),), tail=(18, 30), ropes=(0.0, 0.0), parted=0.6),
    "twin-braids": replace(_TIED, gather=((7, -2.0, -2.0), (-7, -2.0, -2.0)), tail=(16, 28), parted=0.9),
    "pigtails": replace(_TIED, gather=((8.5, 4.0, -3.5), (-8.5, 4.0, -3.5)), tail=(14, 26), parted=0.9),
    "crown-braid": replace(_TIED, gather=((0, 4.0, -9.5),), parted=0.6),
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """Strands that are drawn in one go: ``guides`` [G, K, 3] and how children follow them."""

    guides: np.ndarray
    tress: Tress


@dataclass(frozen=True)
class Hairdo:
    """Hair that a person wears, and what it is called.

    Attributes:
        parts: to draw.
        line: where it grows; stubble: how dark shaved or dense hair paints the scalp, 0 to 1.
        style, texture: names. fringe: whether hair falls on the forehead. parting: none, left, right or
            centre, of the person.
    """

    parts: tuple[Part, ...]
    line: Hairline
    stubble: float
    style: str
    texture: str
    fringe: bool
    parting: str


def make_hairdo(
    style: str, skin: np.ndarray, roots: Roots, obstacle: Obstacle, rng: np.random.Generator
) -> Hairdo:
    """Hair of a style on a person's ``skin`` [S, 3]."""
    cut = CUTS[style]
    line = Hairline.sample(rng, style)
    texture = str(rng.choice(TEXTURES_OF[style]))
    mask = hair_mask(roots.rest, line)
    if style == "bald" or cut.top[1] == 0:
        return Hairdo(
            (), line, float(rng.choice([0.0, 0.0, 0.3]) * rng.random()), style, "none", False, "none"
        )
    where, normals, rest = roots.sample(skin, mask, _GUIDES, rng)
    angle = azimuth(rest)
    top = np.clip((rest[:, 1] - 7.5) / 3, 0, 1)
    back = np.clip((angle - 95) / 30, 0, 1) * (1 - top)
    side = 1 - top - back
    draw = {name: rng.uniform(*getattr(cut, name)) for name in ("top", "side", "back", "lift", "volume")}
    length = top * draw["top"] + side * draw["side"] + back * draw["back"]
    length = length * rng.uniform(0.85, 1.1, len(length))
    parting, part = "none", 0.0
    comb = str(rng.choice(cut.comb))
    if rng.random() < cut.parted or comb == "side":
        parting = str(rng.choice(["centre", "left", "right"]))
        part = {"centre": 0.0, "left": 1.0, "right": -1.0}[parting] * rng.uniform(1.2, 4.0)
    flow = _combed(comb, where, part)
    front = (angle < 52) & (rest[:, 1] > 8) & (rest[:, 2] > 2.5)
    fringed = np.zeros(len(where), bool)
    if cut.fringe is not None:
        fringed = front & (np.abs(where[:, 0] - 0.3 * part) < rng.uniform(4.5, 6.5))
        length = np.where(fringed, rng.uniform(*cut.fringe) * rng.uniform(0.85, 1.15, len(length)), length)
        lean = rng.normal(0, 0.35)
        flow = np.where(fringed[:, None], _unit(np.array([lean, -0.75, 0.65])), flow)
    margin = draw["volume"] * rng.random(len(where)) ** 0.7
    lift = np.full(len(where), draw["lift"])
    if comb == "up" and cut.lift[1] < 1:  # sides lie flatter than the top
        lift = lift * (0.35 + 0.65 * top)
    curl, turns, frizz, lift = _curliness(texture, lift, rng)
    gravity = {"straight": 0.5, "wavy": 0.4, "curly": 0.22, "coily": 0.03}[texture]
    if cut.ropes[1]:
        gravity, frizz = 0.45, 0.01
    hold = np.full(len(where), rng.uniform(3, 6)) if cut.ends is not None else np.full(len(where), 25.0)
    if comb == "up" or (texture == "coily" and not cut.ropes[1]):
        hold[:] = 60.0
    hold[fringed] = 3.0
    hanging = cut.ends is not None and style != "bowl"
    growth = Growth(length, flow, hold, lift, gravity, margin, frizz, 0.5 * hanging)
    if comb == "gather":
        guides = _gathered(where, rest, cut, margin, obstacle, rng)
    else:
        guides = grow(where, normals, growth, obstacle, rng)
    if cut.ends is not None:
        level = rng.uniform(*cut.ends)
        layers = rng.choice([0.4, 1.5, 4.0])
        cut_at = level + np.abs(rng.normal(0, layers, len(where)))
        guides = np.where(fringed[:, None, None], guides, trim(guides, cut_at))
    sparse = rng.uniform(0.75, 1.0) if style not in ("balding", "receding") else rng.uniform(0.35, 0.9)
    width = rng.uniform(1.3, 2.0)
    tress = Tress(
        children=int(44 * sparse), spread=rng.uniform(0.3, 0.55), clump=rng.uniform(0.1, 0.7), curl=curl, turns=turns,
        fuzz=rng.uniform(0.005, 0.05), width=width, taper=rng.uniform(0.2, 0.7), uneven=rng.uniform(0.03, 0.2),
    )  # fmt: skip
    if length.mean() < 2:
        tress = replace(tress, spread=0.5, clump=0.0, children=int(60 * sparse))
    if texture == "coily" and not cut.ropes[1]:
        tress = replace(tress, children=int(30 * sparse))
    parts = [Part(guides, tress)]
    if cut.ropes[1]:
        keep = rng.permutation(len(guides))[: int(rng.uniform(90, 190))]
        rope = replace(
            tress, rope=rng.uniform(*cut.ropes), children=36, curl=0.0, uneven=0.02, width=1.8, taper=0.1
        )
        parts = [Part(guides[keep], rope)]
    if comb == "gather":
        parts += _tails(cut, style, texture, tress, obstacle, rng)
    if rng.random() < 0.6 and style not in ("buzz", "crew", "cornrows"):  # fly-aways
        loose = rng.permutation(len(guides))[:50]
        parts.append(
            Part(
                guides[loose],
                replace(tress, rope=0.0, children=3, spread=0.9, clump=0.0, fuzz=0.14, width=1.0),
            )
        )
    stubble = (
        0.95
        if sparse > 0.7 and style not in ("cornrows", "box-braids")
        else 0.6
        if style in ("cornrows", "box-braids")
        else 0.45
    )
    return Hairdo(tuple(parts), line, stubble, style, texture, bool(fringed.any()), parting)


def trim(guides: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Guides [G, K, 3] that end where they first sink below ``level`` [G] cm, with as many nodes."""
    below = (guides[:, :, 1] < level[:, None]) & (np.arange(guides.shape[1]) > 1)
    end = np.where(below.any(1), below.argmax(1), guides.shape[1] - 1)
    at = np.linspace(0, 1, NODES)[None] * end[:, None]
    low = np.minimum(at.astype(int), guides.shape[1] - 2)
    row = np.arange(len(guides))[:, None]
    f = (at - low)[..., None]
    return (guides[row, low] * (1 - f) + guides[row, low + 1] * f).astype(np.float32)


def _unit(v: np.ndarray) -> np.ndarray:
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-6)


def _combed(comb: str, where: np.ndarray, part: float) -> np.ndarray:
    """[G, 3] directions for roots [G, 3]."""
    x, z = where[:, 0], where[:, 2]
    one, zero = np.ones_like(x), np.zeros_like(x)
    if comb == "forward":
        field = np.stack([0.1 * x, -0.4 * one, one], 1)
    elif comb == "back":
        field = np.stack([0.12 * x, -0.1 * one, -one], 1)
    elif comb == "up":
        field = np.stack([0.05 * x, one, 0.1 - 0.05 * z], 1)
    elif comb == "side":
        away = np.tanh((x - part) / 0.5)
        field = np.stack([away, -0.35 * one, -0.3 * one], 1)
    else:  # outwards from the crown
        field = np.stack([x, -0.35 * (np.abs(x) + np.abs(z + 3)), z + 3.0], 1) / 6 + np.stack(
            [zero, zero, 0.01 * one], 1
        )
    return _unit(field)


def _curliness(
    texture: str, lift: np.ndarray, rng: np.random.Generator
) -> tuple[float, float, float, np.ndarray]:
    """Radius and turns of curls, frizz, and lift."""
    if texture == "straight":
        return 0.0, 0.0, rng.uniform(0.0, 0.02), lift
    if texture == "wavy":
        return rng.uniform(0.25, 0.6), rng.uniform(0.09, 0.17), rng.uniform(0.01, 0.04), lift
    if texture == "curly":
        return rng.uniform(0.3, 0.65), rng.uniform(0.28, 0.5), rng.uniform(0.02, 0.08), np.maximum(lift, 0.25)
    return rng.uniform(0.12, 0.28), rng.uniform(0.7, 1.1), rng.uniform(0.05, 0.15), lift


def _gathered(
    where: np.ndarray,
    rest: np.ndarray,
    cut: Cut,
    margin: np.ndarray,
    obstacle: Obstacle,
    rng: np.random.Generator,
) -> np.ndarray:
    """Guides along the skull from each root to the nearest knot."""
    knots = np.array(cut.gather, np.float32)
    side = np.where(where[:, 0] >= 0, 0, len(knots) - 1)
    target = knots[side] + rng.normal(0, 0.35, where.shape)
    t = np.linspace(0, 1, NODES)[None, :, None]
    # A curve by way of the temple, pushed out of the skull, runs close to the shortest way over it.
    front = np.clip((where[:, 2] + 2) / 8, 0, 1)[:, None]
    temple = np.stack(
        [np.where(where[:, 0] >= 0, 10.0, -10.0), np.full(len(where), 9.0), np.full(len(where), -2.0)], 1
    )
    high = (target[:, 1:2] > 7) | (where[:, 1:2] > 12)
    temple = np.where(high, temple * [0.35, 0, 1] + [0, 17.0, 0], temple)
    control = (1 - front) * (where + target) / 2 + front * temple
    straight = where[:, None] * (1 - t) ** 2 + 2 * t * (1 - t) * control[:, None] + target[:, None] * t**2
    height = (0.15 + margin * 0.6)[:, None] * np.sin(np.pi * t[..., 0]) + 0.05
    flat = obstacle.push_out(straight.reshape(-1, 3), height.reshape(-1))
    path = flat.reshape(straight.shape).astype(np.float32)
    path[:, 0] = where
    return path


def _tails(
    cut: Cut, style: str, texture: str, tress: Tress, obstacle: Obstacle, rng: np.random.Generator
) -> list[Part]:
    parts = []
    tail, ball = rng.uniform(*cut.tail), rng.uniform(*cut.bun)
    for knot in np.array(cut.gather, np.float32):
        out = _unit(knot - obstacle.center)
        if tail:
            count = 60
            roots = knot + rng.normal(0, 0.4, (count, 3)) + out * 0.3
            flow = np.tile(_unit(out + [0, 0.25, 0]), (count, 1)) + rng.normal(0, 0.15, (count, 3))
            growth = Growth(
                np.full(count, tail) * rng.uniform(0.8, 1, count), flow, np.full(count, 3.0), np.full(count, 0.5),
                0.25, np.full(count, 0.6), 0.03,
            )  # fmt: skip
            guides = grow(roots, np.tile(out, (count, 1)), growth, obstacle, rng)
            if "braid" in style:
                middle = guides.mean(0, keepdims=True)
                parts.append(
                    Part(
                        middle,
                        replace(tress, rope=rng.uniform(0.8, 1.3), children=900, curl=0.0, uneven=0.02),
                    )
                )
            else:
                parts.append(Part(guides, replace(tress, children=60, spread=0.5, clump=0.35)))
        if ball:
            parts.append(
                Part(
                    _wound(knot + out * ball * 0.8, ball, texture, rng),
                    replace(
                        tress,
                        children=16 if texture == "coily" else 26,
                        clump=0.0,
                        spread=0.3,
                        curl=tress.curl * (texture == "coily"),
                    ),
                )
            )
    if style == "crown-braid":
        angle = np.linspace(-np.pi * 0.62, np.pi * 0.62, NODES)
        ring = np.stack(
            [
                8.4 * np.sin(angle),
                9.6 + 0.9 * np.cos(angle) - 0.6 * np.abs(np.sin(angle)),
                1.0 + 8.0 * np.cos(angle),
            ],
            1,
        )
        ring = obstacle.push_out(ring, np.full(len(ring), 0.5)).astype(np.float32)
        parts.append(
            Part(
                ring[None],
                replace(tress, rope=rng.uniform(0.7, 1.1), children=900, curl=0.0, uneven=0.0, taper=0.0),
            )
        )
    return parts


def _wound(center: np.ndarray, radius: float, texture: str, rng: np.random.Generator) -> np.ndarray:
    """Guides wound round a ball; coily hair stands out of it instead."""
    count = 130
    axis = _unit(rng.standard_normal((count, 3)))
    if texture == "coily":
        t = np.linspace(0, 1, NODES)[None, :, None]
        return (center + axis[:, None] * radius * (0.2 + 0.8 * t)).astype(np.float32)
    tilt = _unit(axis + 2.5 * np.array([0.2, 0.3, 1.0]))
    first = _unit(np.cross(tilt, [0.3, 1.0, 0.2]))
    second = np.cross(tilt, first)
    angle = np.linspace(0, 1.6 * np.pi, NODES)[None, :, None] + rng.uniform(0, 6.3, (count, 1, 1))
    shell = radius * rng.uniform(0.75, 1.0, (count, 1, 1))
    ring = first[:, None] * np.cos(angle) + second[:, None] * np.sin(angle)
    return (center + shell * (ring + 0.35 * tilt[:, None] * rng.normal(0, 0.6, (count, 1, 1)))).astype(
        np.float32
    )
