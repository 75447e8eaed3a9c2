"""What a hair cut means for a head: guides, how strands follow them, and what of it has a name."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gen_avatar.appearance.styles import TEXTURES_OF
from training.photos.cuts import CUTS, Cut
from training.photos.growth import NODES, Growth, Obstacle, grow, unit
from training.photos.scalp import Hairline, Roots, azimuth, hair_mask
from training.photos.strands import Part, Tress
from training.photos.tied import gathered, tails

_GUIDES = 620
#: cm over which a strand keeps the way it is combed: hair that does not hang, hair that stands, fringes.
_HOLD, _HOLD_UP, _HOLD_FRINGE = 25.0, 60.0, 3.0
#: How strongly hair hangs, in directions a cm, by its texture; of locs and braids.
_GRAVITY = {"straight": 0.5, "wavy": 0.4, "curly": 0.22, "coily": 0.03}
_ROPE_GRAVITY, _ROPE_FRIZZ = 0.45, 0.01


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
    """Hair of a style, one of ``CUTS``, on a person's ``skin`` [S, 3] cm."""
    cut = CUTS[style]
    line = Hairline.sample(rng, style)
    texture = str(rng.choice(TEXTURES_OF[style]))
    if cut.top[1] == 0:
        shaven = float(rng.choice([0.0, 0.0, 0.3]) * rng.random())
        return Hairdo((), line, shaven, style, "none", False, "none")
    where, normals, rest = roots.sample(skin, hair_mask(roots.rest, line), _GUIDES, rng)
    top, side, back = _zones(rest)
    drawn = {name: rng.uniform(*getattr(cut, name)) for name in ("top", "side", "back", "lift", "volume")}
    length = top * drawn["top"] + side * drawn["side"] + back * drawn["back"]
    length = length * rng.uniform(0.85, 1.1, len(length))
    comb = str(rng.choice(cut.comb))
    parting, part = _parting(cut, comb, rng)
    flow = _combed(comb, where, part)
    fringed = np.zeros(len(where), bool)
    if cut.fringe is not None:
        length, flow, fringed = _fringe(cut.fringe, where, rest, part, length, flow, rng)
    margin = drawn["volume"] * rng.random(len(where)) ** 0.7
    lift = np.full(len(where), drawn["lift"])
    if comb == "up" and cut.lift[1] < 1:  # sides lie flatter than the top
        lift = lift * (0.35 + 0.65 * top)
    curl, turns, frizz = _curliness(texture, rng)
    if texture == "curly":
        lift = np.maximum(lift, 0.25)
    ropes = cut.ropes[1] > 0
    gravity, frizz = (_ROPE_GRAVITY, _ROPE_FRIZZ) if ropes else (_GRAVITY[texture], frizz)
    hold = np.full(len(where), _HOLD if cut.ends is None else rng.uniform(3, 6))
    if comb == "up" or (texture == "coily" and not ropes):
        hold[:] = _HOLD_UP
    hold[fringed] = _HOLD_FRINGE
    hanging = cut.ends is not None and style != "bowl"
    forward = float(rng.uniform(0.1, 0.5)) if hanging and rng.random() < 0.6 else 0.0
    growth = Growth(length, flow, hold, lift, gravity, margin, frizz, 0.5 * hanging, forward)
    if comb == "gather":
        guides = gathered(where, cut.gather, margin, obstacle, rng)
    else:
        guides = grow(where, normals, growth, obstacle, rng)
    if cut.ends is not None:
        level = rng.uniform(*cut.ends)
        layers = rng.choice([0.4, 1.5, 4.0])
        cut_at = level + np.abs(rng.normal(0, layers, len(where)))
        guides = np.where(fringed[:, None, None], guides, trim(guides, cut_at))
    density = rng.uniform(0.75, 1.0) if style not in ("balding", "receding") else rng.uniform(0.35, 0.9)
    tress = _tress(curl, turns, density, length.mean() < 2, texture == "coily" and not ropes, rng)
    parts = [Part(guides, tress)]
    if ropes:
        keep = rng.permutation(len(guides))[: int(rng.uniform(90, 190))]
        radius = rng.uniform(*cut.ropes)
        rope = replace(tress, rope=radius, children=36, curl=0.0, uneven=0.02, width=1.8, taper=0.1)
        parts = [Part(guides[keep], rope)]
    if comb == "gather":
        parts += tails(cut, style, texture, tress, obstacle, rng)
    if rng.random() < 0.6 and style not in ("buzz", "crew", "cornrows"):  # fly-aways
        loose = rng.permutation(len(guides))[:50]
        flying = replace(tress, rope=0.0, children=3, spread=0.9, clump=0.0, fuzz=0.14, width=1.0)
        parts.append(Part(guides[loose], flying))
    stubble = _scalp_cover(style, density)
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


def _zones(rest: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shares [G] of top, side and back of the head at rest points [G, 3]; they add up to 1."""
    top = np.clip((rest[:, 1] - 7.5) / 3, 0, 1)
    back = np.clip((azimuth(rest) - 95) / 30, 0, 1) * (1 - top)
    return top, 1 - top - back, back


def _parting(cut: Cut, comb: str, rng: np.random.Generator) -> tuple[str, float]:
    """Name of the parting, and x of the line from which hair is combed to the sides, cm."""
    if rng.random() >= cut.parted and comb != "side":
        return "none", 0.0
    parting = str(rng.choice(["centre", "left", "right"]))
    return parting, {"centre": 0.0, "left": 1.0, "right": -1.0}[parting] * rng.uniform(1.2, 4.0)


def _fringe(
    lengths: tuple[float, float], where: np.ndarray, rest: np.ndarray, part: float, length: np.ndarray,
    flow: np.ndarray, rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """``length`` [G] cm and ``flow`` [G, 3] with what falls on the forehead, and which that is, [G] bool."""
    front = (azimuth(rest) < 52) & (rest[:, 1] > 8) & (rest[:, 2] > 2.5)
    fringed = front & (np.abs(where[:, 0] - 0.3 * part) < rng.uniform(4.5, 6.5))
    length = np.where(fringed, rng.uniform(*lengths) * rng.uniform(0.85, 1.15, len(length)), length)
    lean = rng.normal(0, 0.35)
    return length, np.where(fringed[:, None], unit(np.array([lean, -0.75, 0.65])), flow), fringed


def _combed(comb: str, where: np.ndarray, part: float) -> np.ndarray:
    """[G, 3] unit directions in which hair is combed at roots [G, 3]; ``part``: x of the parting, cm."""
    x, z = where[:, 0], where[:, 2]
    one = np.ones_like(x)
    if comb == "forward":
        field = np.stack([0.1 * x, -0.4 * one, one], 1)
    elif comb == "back":
        field = np.stack([0.12 * x, -0.1 * one, -one], 1)
    elif comb == "up":
        field = np.stack([0.05 * x, one, 0.1 - 0.05 * z], 1)
    elif comb == "side":
        field = np.stack([np.tanh((x - part) / 0.5), -0.35 * one, -0.3 * one], 1)
    else:  # outwards from the crown
        field = np.stack([x, -0.35 * (np.abs(x) + np.abs(z + 3)), z + 3.0], 1) / 6
        field = field + np.array([0, 0, 0.01], np.float32)  # the crown itself goes forward
    return unit(field)


def _curliness(texture: str, rng: np.random.Generator) -> tuple[float, float, float]:
    """Radius of the curls, cm, their turns a cm, and frizz, radians a cm."""
    if texture == "straight":
        return 0.0, 0.0, rng.uniform(0.0, 0.02)
    radius, turns, frizz = {
        "wavy": ((0.25, 0.6), (0.09, 0.17), (0.01, 0.04)),
        "curly": ((0.3, 0.65), (0.28, 0.5), (0.02, 0.08)),
        "coily": ((0.12, 0.28), (0.7, 1.1), (0.05, 0.15)),
    }[texture]
    return rng.uniform(*radius), rng.uniform(*turns), rng.uniform(*frizz)


def _tress(
    curl: float, turns: float, density: float, cropped: bool, coily: bool, rng: np.random.Generator
) -> Tress:
    """Children of loose hair; ``density``: their number over that of full hair."""
    width = rng.uniform(1.3, 2.0)
    tress = Tress(
        children=int(44 * density), spread=rng.uniform(0.3, 0.55), clump=rng.uniform(0.1, 0.7), curl=curl,
        turns=turns, fuzz=rng.uniform(0.005, 0.05), width=width, taper=rng.uniform(0.2, 0.7),
        uneven=rng.uniform(0.03, 0.2), contrast=rng.uniform(0.15, 1.3),
    )  # fmt: skip
    if cropped:
        tress = replace(tress, spread=0.5, clump=0.0, children=int(60 * density))
    return replace(tress, children=int(30 * density)) if coily else tress


def _scalp_cover(style: str, density: float) -> float:
    """How dark hair paints the scalp, 0 to 1: it shows between braids and through thin hair."""
    if style in ("cornrows", "box-braids"):
        return 0.6
    return 0.95 if density > 0.7 else 0.45
