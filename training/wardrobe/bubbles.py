"""Round afro puffs: parts of balls that overlap on a ball and meet in clean creases."""

from __future__ import annotations

import numpy as np

from training.wardrobe.coils import ball, spread
from training.wardrobe.hairpaint import coil_tone
from training.wardrobe.locks import Piece, join
from training.wardrobe.surface import unit

#: Big, medium, small.
_SIZES = (1.22, 0.98, 0.76, 1.1, 0.86)
#: Tone of a soft mass between its coils.
_SOFT = -0.12
#: Coils on a puff: how many, their radius by that of the puff, and how far their tops stand over it, share
#: of their radius.
_COUNT, _RADIUS, _OUT = 34, 0.44, 0.36
#: Degrees from the top of a coil to its end, which lies in the mass; its sides, and rings below its top.
_REACH, _SIDES, _RINGS = 76.0, 11, 3
#: Height of a coil, and of a puff, by its width.
_SQUASH = 0.92


def bubble(middle: np.ndarray, up: np.ndarray, radius: float, seed: float) -> Piece:
    """A part of a ball around ``middle`` [3], its top along ``up`` [3]."""
    right = unit(np.cross(up, [0.2, 0.3, 0.93]))
    over = np.cross(right, up)
    # Every second ring is turned by half a side, which makes the outline rounder.
    k = np.arange(_RINGS) + 1
    polar = np.radians(_REACH) * (k / _RINGS)[:, None]
    turn = 2 * np.pi * (np.arange(_SIDES)[None] + 0.5 * k[:, None]) / _SIDES
    around = np.cos(turn)[..., None] * right + np.sin(turn)[..., None] * over
    body = np.sin(polar)[..., None] * around + _SQUASH * np.cos(polar)[..., None] * up
    arms = np.concatenate([_SQUASH * up[None], body.reshape(-1, 3)])
    j = np.arange(_SIDES)
    m = (j + 1) % _SIDES
    triangles = [np.stack([np.zeros(_SIDES, int), 1 + j, 1 + m], 1)]
    for ring in range(_RINGS - 1):
        a, b = 1 + ring * _SIDES, 1 + (ring + 1) * _SIDES
        triangles.append(np.stack([a + j, b + j, a + m], 1))
        triangles.append(np.stack([a + m, b + j, b + m], 1))
    faces = np.concatenate(triangles)
    p = arms[faces[0]]
    if np.cross(p[1] - p[0], p[2] - p[0]) @ p[0] < 0:
        faces = faces[:, ::-1]
    along = np.concatenate([[0.0], np.repeat(k / _RINGS, _SIDES)])
    strand = np.stack([np.r_[0.0, np.sin(turn).ravel()], along, np.full(len(arms), seed)], 1)
    run = unit(np.cross(np.cross(arms, [0.35, 0.5, 1.0]), arms))
    return Piece(middle + radius * arms, faces, run, strand, coil_tone(along, unit(arms)))


def puff(center: np.ndarray, up: np.ndarray, radius: float, seed: int) -> Piece:
    """A round afro puff that grows out of the head along ``up`` around ``center``."""
    rng = np.random.default_rng(seed)
    at = spread(lambda d: d[:, 1] > -0.85, _COUNT, rng)
    # The points are spread around the y axis; turn them to the puff's own.
    right = unit(np.cross(up, [0.2, 0.3, 0.93]))
    own = at @ np.stack([right, up, np.cross(right, up)])
    size = _RADIUS * radius * np.resize(_SIZES, len(own)) ** 0.5
    foot = own + up * ((_SQUASH - 1) * (own @ up))[:, None]
    middle = center + radius * foot + own * ((_OUT - _SQUASH) * size)[:, None]
    coils = [bubble(middle[k], own[k], float(size[k]), (0.37 * k) % 1) for k in range(len(own))]
    return join([ball(center, up, radius, _SQUASH, 9, _SOFT), *coils])
