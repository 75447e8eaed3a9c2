"""Soft round curls: parts of balls that overlap on a mass of hair and meet in clean creases; and puffs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gen_avatar.character.surface import smoothstep
from training.wardrobe.coils import Mass, Outline, ball, spread
from training.wardrobe.hairpaint import coil_tone, curl_tone
from training.wardrobe.locks import Piece, join
from training.wardrobe.surface import HeadSurface, unit

#: Big, medium, small.
_SIZES = (1.22, 0.98, 0.76, 1.1, 0.86)
#: How far inside the edge the row of bubbles along it lies, share of their radius.
_ROW = 0.8
#: Tone of a soft mass between its coils.
SOFT = -0.12
#: Coils on a puff: how many, and their radius by that of the puff.
_PUFF, _PUFF_COIL = 34, 0.44
#: How far curls slant off the way down, degrees: this much, plus as much more from curl to curl; and how
#: strongly long ones bend, by their radius.
_SLANT, _BEND = (24.0, 50.0), 0.8
#: How much lighter the outer side of such a C is than its middle, and how much darker the inner one.
_ROUND_LIGHT = 0.28
#: Height of a bubble, and of a puff, by its width.
_SQUASH = 0.92


@dataclass(frozen=True)
class Bubbles:
    """How a mass is covered with bubbles.

    Attributes:
        size: radius at the edge and on top, cm.
        gap: between middles, share of the radius.
        out: how far the tops stand over the mass, share of the radius.
        behind: how much wider the gaps are at the back of the head.
        reach: degrees from the top of a bubble to its end, which lies in the mass.
        sides: of a bubble; rings: of points below its top.
        fall: how much longer than wide bubbles are that hang below the ears, share.
        curl: how much longer than wide locks are along their own slanted way, share; they bend like a C.
        soft: painted as coils of one mass instead of as curls that lie on each other.
    """

    size: tuple[float, float]
    gap: float = 1.3
    out: float = 0.95
    behind: float = 1.5
    reach: float = 100.0
    sides: int = 14
    rings: int = 4
    fall: float = 0.0
    curl: float = 0.0
    soft: bool = False


#: What puffs are covered with.
_COILS = Bubbles((0.0, 0.0), out=0.36, reach=76, sides=11, rings=3, soft=True)


def bubble(
    middle: np.ndarray, up: np.ndarray, radius: float, seed: float, look: Bubbles, long: float = 1.0
) -> Piece:
    """A part of a ball around ``middle`` [3], its top along ``up`` [3], ``long`` times as long as wide."""
    right = unit(np.cross(up, [0.2, 0.3, 0.93]))
    over = np.cross(right, up)
    # Every second ring is turned by half a side, which makes the outline rounder.
    k = np.arange(look.rings) + 1
    polar = np.radians(look.reach) * (k / look.rings)[:, None]
    turn = 2 * np.pi * (np.arange(look.sides)[None] + 0.5 * k[:, None]) / look.sides
    around = np.cos(turn)[..., None] * right + np.sin(turn)[..., None] * over
    body = np.sin(polar)[..., None] * around + _SQUASH * np.cos(polar)[..., None] * up
    arms = np.concatenate([_SQUASH * up[None], body.reshape(-1, 3)])
    down = unit(up * up[1] - [0.0, 1.0, 0.0])
    light = np.zeros(len(arms))
    arms = arms + (long - 1) * (arms @ down)[:, None] * down
    if look.curl:
        # Its number says to which side it slants, and how far.
        hand = 1.0 if seed < 0.5 else -1.0
        slant = hand * np.radians(_SLANT[0] + _SLANT[1] * ((7.3 * seed) % 1))
        way = np.cos(slant) * down + np.sin(slant) * np.cross(up, down)
        reach = (arms @ way)[:, None]
        aside = hand * np.cross(up, way)
        light = -_ROUND_LIGHT * (unit(arms) @ aside)
        arms = arms + look.curl * reach * way + _BEND * look.curl * (reach**2 - 0.4) * aside
    n = look.sides
    j = np.arange(n)
    m = (j + 1) % n
    triangles = [np.stack([np.zeros(n, int), 1 + j, 1 + m], 1)]
    for ring in range(look.rings - 1):
        a, b = 1 + ring * n, 1 + (ring + 1) * n
        triangles.append(np.stack([a + j, b + j, a + m], 1))
        triangles.append(np.stack([a + m, b + j, b + m], 1))
    faces = np.concatenate(triangles)
    p = arms[faces[0]]
    if np.cross(p[1] - p[0], p[2] - p[0]) @ p[0] < 0:
        faces = faces[:, ::-1]
    along = np.concatenate([[0.0], np.repeat(k / look.rings, n)])
    strand = np.stack([np.r_[0.0, np.sin(turn).ravel()], along, np.full(len(arms), seed)], 1)
    run = unit(np.cross(np.cross(arms, [0.35, 0.5, 1.0]), arms))
    tone = (coil_tone if look.soft else curl_tone)(along, unit(arms))
    tone = np.clip(tone + light * (1 - along), -1, 1)
    return Piece(middle + radius * arms, faces, run, strand, tone)


def covered(head: HeadSurface, body: Mass, look: Bubbles, seed: int) -> list[Piece]:
    """Bubbles all over a mass, in a row along its edge first."""
    rng = np.random.default_rng(seed)

    def place(d: np.ndarray) -> np.ndarray:
        inside = np.maximum(body.outline.distance(d), body.edge * 0.5)
        return d * (head.r(d) + body.lift(d, inside))[:, None]

    row = _row(body.outline, place, look)
    floor = np.degrees(_ROW * look.size[0] / 11) + 2
    many = spread(
        lambda d: body.outline.distance(d) > floor, _count(body, head, look), rng, look.behind, row, place
    )
    points = np.concatenate([row, many])
    share = smoothstep(0, 40, body.outline.distance(points))
    radius = look.size[0] + (look.size[1] - look.size[0]) * share
    radius = (
        radius
        * np.resize(_SIZES, len(points))
        * (1 + (look.behind - 1) * smoothstep(0.0, 0.9, -points[:, 2]) * 0.8)
    )
    foot = place(points)
    step = 0.06
    across = unit(np.cross(points, [0.31, 0.2, 0.93]))
    over = np.cross(points, across)
    slope = np.cross(
        place(unit(points + step * across)) - place(unit(points - step * across)),
        place(unit(points + step * over)) - place(unit(points - step * over)),
    )
    up = unit(unit(slope) + 0.4 * points)
    middle = head.center + foot + up * ((look.out - _SQUASH) * radius)[:, None]
    long = 1 + look.fall * smoothstep(0.1, 0.6, -points[:, 1])
    # Nothing dangles over the ears but hair that is long.
    curl = look.curl * (1.0 if look.fall else smoothstep(-0.1, 0.35, points[:, 1]))
    own = [replace(look, curl=float(c)) for c in np.broadcast_to(curl, len(points))]
    return [
        bubble(middle[k], up[k], float(radius[k]), (0.37 * k) % 1, own[k], float(long[k]))
        for k in range(len(points))
    ]


def _row(outline: Outline, place: Callable[[np.ndarray], np.ndarray], look: Bubbles) -> np.ndarray:
    """[n, 3] unit vectors at even gaps along the edge; ``place`` tells where they lie, cm."""
    edge = outline.sample(720)
    inward = unit(outline.pole - edge * (edge @ outline.pole)[:, None])
    # Long ones begin higher, so that nobody looks into them from below.
    low = _ROW * (1 + 1.3 * look.fall * smoothstep(0.1, 0.6, -edge[:, 1])) * look.size[0] / 11
    line = unit(edge + inward * low[:, None])
    at = place(line)
    arc = np.r_[0, np.cumsum(np.linalg.norm(np.diff(at, axis=0), axis=1))]
    wide = look.gap * look.size[0] * (1 + (look.behind - 1) * smoothstep(0.0, 0.9, -line[:, 2]))
    share = np.r_[0, np.cumsum(np.diff(arc) / wide[1:])]
    count = max(int(round(share[-1])), 3)
    picks = np.searchsorted(share, share[-1] * (np.arange(count) + 0.5) / count)
    return line[picks]


def _count(body: Mass, head: HeadSurface, look: Bubbles) -> int:
    """How many fit: the area of the mass, weighted with how dense they stand, by that of one."""
    k = np.arange(4000)
    y = 1 - (2 * k + 1) / 4000
    turn = k * np.pi * (3 - np.sqrt(5))
    r = np.sqrt(1 - y * y)
    d = np.stack([r * np.sin(turn), y, r * np.cos(turn)], 1)
    inside = body.outline.distance(d)
    d = d[inside > np.degrees(1.4 * look.size[0] / 11)]
    far = head.r(d) + body.height(d)
    wide = 1 + (look.behind - 1) * smoothstep(-0.1, 0.8, -d[:, 2])
    area = (4 * np.pi / 4000 * (far / wide) ** 2).sum()
    mean = look.gap * 0.5 * (look.size[0] + look.size[1])
    return int(area / (0.80 * mean**2))


def puff(center: np.ndarray, up: np.ndarray, radius: float, seed: int) -> Piece:
    """A round afro puff that grows out of the head along ``up`` around ``center``."""
    rng = np.random.default_rng(seed)
    at = spread(lambda d: d[:, 1] > -0.85, _PUFF, rng)
    # The points are spread around the y axis; turn them to the puff's own.
    right = unit(np.cross(up, [0.2, 0.3, 0.93]))
    own = at @ np.stack([right, up, np.cross(right, up)])
    size = _PUFF_COIL * radius * np.resize(_SIZES, len(own)) ** 0.5
    foot = own + up * ((_SQUASH - 1) * (own @ up))[:, None]
    middle = center + radius * foot + own * ((_COILS.out - _SQUASH) * size)[:, None]
    coils = [bubble(middle[k], own[k], float(size[k]), (0.37 * k) % 1, _COILS) for k in range(len(own))]
    return join([ball(center, up, radius, _SQUASH, 9, SOFT), *coils])
