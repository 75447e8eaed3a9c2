"""Beards as strands."""

from __future__ import annotations

import numpy as np

from training.photos.growth import Growth, Obstacle, grow, unit
from training.photos.scalp import Roots, beard_mask
from training.photos.strands import Part, Tress

_GUIDES = 700
#: Lengths of styles, cm; of the others ``_USUAL``; of a moustache at most ``_MOUSTACHE``.
_LENGTHS = {"long": (5, 16), "full": (0.8, 4), "boxed": (0.5, 1.6), "walrus": (1.5, 2.6)}
_USUAL, _MOUSTACHE = (0.5, 2.0), (0.7, 1.8)


def make_beard(
    style: str, skin: np.ndarray, roots: Roots, obstacle: Obstacle, rng: np.random.Generator
) -> Part | None:
    """A beard on a person's ``skin`` [S, 3] cm; None where it has no strands (``none``, ``stubble``)."""
    if style in ("none", "stubble"):
        return None
    shift = (float(rng.normal(0, 0.5)), float(rng.normal(0, 0.25)))
    where, normals, rest = roots.sample(skin, beard_mask(roots.rest, style, shift), _GUIDES, rng)
    count = len(where)
    # All lengths are drawn, so that what follows does not depend on the style.
    drawn = {name: rng.uniform(*span) for name, span in _LENGTHS.items()}
    length = np.full(count, drawn.get(style, rng.uniform(*_USUAL)))
    above_lip = (rest[:, 1] > -3.3) & (np.abs(rest[:, 0]) < 3.2)
    cheeks = length * (0.4 + 0.6 * np.clip((-1 - rest[:, 1]) / 5, 0, 1))  # shorter up the cheeks
    length = np.where(above_lip, np.minimum(length, rng.uniform(*_MOUSTACHE)), cheeks)
    aside = np.sign(rest[:, 0]) * (0.15 + 0.6 * above_lip)
    flow = unit(np.stack([aside, -np.ones(count), np.full(count, 0.15)], 1))
    fluff = float(rng.uniform(0.05, 0.5))
    growth = Growth(
        length, flow, hold=np.full(count, 6.0), lift=np.full(count, 0.25 + 0.4 * fluff), gravity=0.3,
        margin=rng.uniform(0.05, 0.3 + 0.5 * fluff, count), frizz=0.1 * fluff,
    )  # fmt: skip
    guides = grow(where, normals, growth, obstacle, rng)
    curl = float(rng.choice([0.0, rng.uniform(0.05, 0.25)]))
    tress = Tress(
        children=int(rng.uniform(16, 34)), spread=rng.uniform(0.25, 0.45), clump=rng.uniform(0, 0.3),
        curl=curl, turns=rng.uniform(0.4, 1.0), fuzz=0.06, width=rng.uniform(1.0, 1.6), taper=0.5,
        uneven=0.35,
    )  # fmt: skip
    return Part(guides, tress)
