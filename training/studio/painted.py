"""What is painted on skin, for pixel art: cropped hair, stubble and make-up as few tones of their own."""

from __future__ import annotations

import cv2
import numpy as np

from gen_avatar.character import palette
from training.studio.inks import Inks

#: Share of its pigment from which on a cell shows the thin and the dense tone of a paint.
FROM = (0.24, 0.56)
#: A pigment nearer to the skin than this, L*a*b*, would be no tone of its own.
SEEN = 12.0
#: How far a cell may lie beside the way from skin to pigment, as a share of that way and in L*a*b* at least.
BESIDE, BESIDE_LEAST = 0.35, 9.0
#: Areas of a paint of fewer cells are none; make-up is small by nature.
LEAST = {"scalp": 7, "stubble": 9, "makeup": 4}
#: The face, where no hair grows on the skin: half sizes and middle height of an ellipse, depth; cm at rest.
_WIDE, _TALL, _MIDDLE, _FRONT = 5.6, 7.4, -1.0, 2.0
#: Below this height at rest, cm, is the neck, and what is darker there is a shadow.
_NAPE = -5.5
#: Ears: beyond this half width, below and above these heights at rest, cm.
_EARS = (7.2, 2.6, -5.0)
#: Stubble lies below, make-up around the eyes: heights at rest, cm.
_STUBBLE_TOP, _LIDS = -1.6, (0.4, 5.0)
#: Below this height at rest, cm, a dark tone of the skin is the shadow of the chin: from this share and area.
_CHIN, _SHADED, _SHADE_LEAST = -6.5, 0.6, 8


def painted(
    index: np.ndarray, skin: np.ndarray, albedo: np.ndarray, shaded: np.ndarray, local: np.ndarray, inks: Inks
) -> np.ndarray:
    """Inks [G, G] where cells of ``skin`` [G, G] bool show what is painted on them.

    Args:
        index: inks so far.
        albedo: [G, G, 3] average sRGB of the skin in each cell.
        shaded: [G, G] bool, cells in shadow.
        local: [G, G, 3] places on the skin at rest, cm.
    """
    out = index.copy()
    lab, x, y, z = palette.rgb_to_lab(albedo), *(local[..., k] for k in range(3))
    base = palette.rgb_to_lab(inks.color[inks.named["skin/1"]])
    shade = palette.rgb_to_lab(inks.color[inks.named["skin/0"]])
    share, _ = _along(lab, base, shade)
    under = _large(skin & (y < _CHIN) & (share > _SHADED), _SHADE_LEAST)
    out[under & (index == inks.named["skin/1"])] = inks.named["skin/0"]
    face = (z > _FRONT) & ((x / _WIDE) ** 2 + ((y - _MIDDLE) / _TALL) ** 2 < 1)
    where = {
        "scalp": ~face & (y > _NAPE) & ~((np.abs(x) > _EARS[0]) & (y < _EARS[1]) & (y > _EARS[2])),
        "stubble": (y < _STUBBLE_TOP) & (z > _FRONT),
        "makeup": face & (y > _LIDS[0]) & (y < _LIDS[1]),
    }
    for name, color in inks.pigment.items():
        pigment = palette.rgb_to_lab(color)
        way = float(np.linalg.norm(pigment - base))
        if way < SEEN:
            continue
        share, beside = _along(lab, base, pigment)
        near = skin & where[name] & (beside < max(BESIDE * way, BESIDE_LEAST))
        there = _large(near & (share > FROM[0]), LEAST[name])
        dense = _large(there & (share > FROM[1]), LEAST[name])
        for tone, cells in enumerate((there & ~dense, dense)):
            for light in range(2):
                out[cells & (shaded != bool(light))] = inks.named[f"{name}/{tone}/{light}"]
    return out


def _along(lab: np.ndarray, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[G, G] how far colours [G, G, 3] have come from ``start`` to ``end`` [3], how far beside they lie."""
    way = end - start
    share = (lab - start) @ way / max(float(way @ way), 1e-6)
    return share, np.linalg.norm(lab - start - share[..., None] * way, axis=-1)


def _large(cells: np.ndarray, least: int) -> np.ndarray:
    """``cells`` [G, G] bool without areas of fewer than ``least``."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(cells.astype(np.uint8), connectivity=8)
    return cells & (stats[labels, cv2.CC_STAT_AREA] >= least)
