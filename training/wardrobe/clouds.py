"""The surface of coily hair: one welded mass with a softly scalloped outline and inner curls of light."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from gen_avatar.character.surface import smoothstep
from training.wardrobe.coils import Relief, spread
from training.wardrobe.hairpaint import TO_LIGHT
from training.wardrobe.surface import unit

#: Radius of a scallop by the gap between two, how much scallops differ, and how softly they melt together,
#: share of their height.
_RADIUS, _UNEVEN, _MELT = 0.70, 0.2, 0.07
#: Tones: of the mass, in the hollows between scallops, of the side of a scallop away from the light, and of
#: the curls of light.
_OWN, _HOLLOW, _AWAY, _CURL = 0.0, -0.5, -0.3, 0.75
#: A curl of light is an arc on a scallop: at this share of its radius, so wide, over so many degrees to
#: either side; every so many scallops have one.
_ARC, _ARC_WIDE, _ARC_LONG, _EVERY = 0.45, 0.36, 95.0, 2
#: Nearest scallops that shape a place.
_NEAR = 5


def scalloped(gap: float, high: float, seed: int, count: int = 420) -> Relief:
    """Scallops ``gap`` cm apart and ``high`` cm high all over a surface."""
    rng = np.random.default_rng(seed)

    def relief(places: np.ndarray, out: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        known = cKDTree(out)

        def on_surface(d: np.ndarray) -> np.ndarray:
            return places[known.query(d)[1]]

        # As many as the surface has room for: farthest points first, until they are closer than the gap.
        tops = on_surface(spread(lambda d: known.query(d)[0] < 0.08, count, rng, place=on_surface))
        kept = [0]
        for k in range(1, len(tops)):
            if np.linalg.norm(tops[kept] - tops[k], axis=1).min() > 0.86 * gap:
                kept.append(k)
        tops = tops[kept]
        size = _RADIUS * gap * (1 + _UNEVEN * rng.uniform(-1, 1, len(tops)))
        away, near = cKDTree(tops).query(places, k=_NEAR)
        share = away / size[near]
        # A rounded maximum of round tops: creases are soft valleys.
        domes = np.sqrt(np.clip(1 - (0.94 * share) ** 2, 0, 1))
        weight = np.exp(domes / _MELT)
        height = _MELT * np.log(weight.sum(1)) - _MELT * np.log(2)
        arm = places - tops[near[:, 0]]
        flat = arm - out * (arm * out).sum(1, keepdims=True)
        towards = unit(TO_LIGHT - out * (out @ TO_LIGHT)[:, None])
        facing = (unit(flat + 1e-9) * towards).sum(1)
        hollow = _HOLLOW * (1 - smoothstep(0.3, 0.62, height))
        shade = _AWAY * smoothstep(0.1, 0.9, -facing) * smoothstep(0.2, 0.8, share[:, 0])
        curled = near[:, 0] % _EVERY == 0
        arc = np.clip(1 - np.abs(share[:, 0] - _ARC) / _ARC_WIDE, 0, 1) * curled
        arc = arc * smoothstep(np.cos(np.radians(_ARC_LONG)), np.cos(np.radians(0.55 * _ARC_LONG)), facing)
        tone = _OWN + hollow + shade
        return high * height, np.clip(tone + (_CURL - tone) * arc, -1, 1)

    return relief
