"""Cropped hair is tone, not geometry: a mask over the scalp, which also fades the edges of longer hair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

#: Lower edge of cropped hair on the unstylised mean head: azimuth from the front against elevation, degrees.
_AZIMUTH = (0, 25, 45, 58, 68, 75, 84, 96, 110, 130, 155, 180)
_CROPPED = (27, 27, 24, 17, 0, -8, -1, 4, -6, -25, -39, -43)
#: The same below short hair, which draws its own hairline: no paint peeps out in front of it.
_LINE = (34, 33, 31, 27, 18, 6, 8, 10, -3, -22, -36, -40)
#: The same below a mass of hair: the paint ends well within it, wherever a person's hairline comes to lie.
_INNER = (43, 42, 40, 36, 30, 24, 24, 24, 16, -14, -26, -30)
#: Half width of the edge, degrees: front and sides, neck.
_SOFT_FRONT, _SOFT_BACK = 3.2, 9.0
#: Upper edge of the wreath around a bald crown, degrees, and half its width.
_WREATH, _SOFT_WREATH = 34.0, 9.0
#: A widow's peak between bays.
_BAYS = (40, 44, 50, 44, 24, 8, 8, 10, -3, -22, -36, -40)
#: Clipped sides: where the tone is half, degrees, and half the height of the fade.
_FADE = (14, 14, 11, 4, -5, -9, -7, -4, -6, -11, -18, -21)
_SOFT_FADE = 11.0
#: The edge of clipped sides, with soft roots at the front.
_SIDES = (28, 29, 29, 21, 4, -8, -1, 4, -6, -25, -39, -43)
#: The edge of hair that a hat presses flat: a short sideburn, a band over the ear, the nape below the hem.
_PRESSED = (34, 33, 24, 3, -10, -15, -4, 2, -13, -31, -42, -45)
#: Edges that differ from ``_LINE``, by kind.
_EDGES = {
    "bays": _BAYS,
    "under": _INNER,
    "fade": _SIDES,
    "cropped": _CROPPED,
    "pressed": _PRESSED,
}


@dataclass(frozen=True)
class _Paint:
    """How the scalp of a style is painted: the share of the hair's colour and where."""

    tone: float
    kind: str = "whole"


#: Other styles take ``_UNDER_HAIR``: hair that covers its own roots.
_PAINT = (
    {name: _Paint(1.0) for name in ("short", "fringe", "side-part")}
    | {name: _Paint(1.0) for name in ("quiff", "slick-back", "spiky")}
    | {name: _Paint(0.8) for name in ("ponytail", "bun", "low-bun", "top-knot", "low-ponytail", "braid")}
    | {name: _Paint(1.0) for name in ("pixie", "curtains", "mullet", "wavy-short")}
    | {name: _Paint(0.7) for name in ("cornrows", "afro-short", "curly-short", "twists", "locs-short")}
    | {name: _Paint(1.0, "fade") for name in ("crew", "undercut", "high-top")}
    | {"bald": _Paint(0.0), "buzz": _Paint(1.0, "cropped")}
    | {"receding": _Paint(1.0, "bays"), "balding": _Paint(0.9, "wreath")}
)
_UNDER_HAIR = _Paint(0.8, "under")
#: The masks of :func:`scalp_mask`.
SCALPS = ("whole", "under", "fade", "bays", "wreath", "cropped", "pressed")
#: What hats leave of these is as without a hat: they are tone already.
_UNPRESSED = ("bald", "buzz")
#: Hats that cover the crown and press the hair below them flat.
_PRESSING = ("cap", "beanie", "straw-hat", "helmet", "bucket-hat", "fedora", "beret", "bandana")


def scalp_paint(style: str, headwear: str = "none") -> tuple[float, str]:
    """How much of the hair's colour a style's scalp takes on, [0, 1], and on which of ``SCALPS``."""
    paint = _PAINT.get(style, _UNDER_HAIR)
    if headwear in _PRESSING and style not in _UNPRESSED:
        # The hat hides most of the mesh: what is left of it needs a continuous band to grow from.
        return 1.0, "pressed"
    return paint.tone, paint.kind


def scalp_mask(rest_positions: np.ndarray, landmarks: np.ndarray, kind: str = "whole") -> np.ndarray:
    """Where hair grows on the head.

    Args:
        rest_positions: [V, 3] the unstylised mean head's skin, head frame, cm.
        landmarks: [68, 3] iBUG, of the same head.
        kind: one of ``SCALPS``: what short hair stands on, what lies well below a mass of hair, sides that
            fade downwards, bays at the temples, a wreath around a bare crown, the whole of cropped hair, or
            what a hat presses flat.

    Returns:
        [V] float32 in [0, 1], with a soft edge.
    """
    top, brow = rest_positions[:, 1].max(), landmarks[[19, 24], 1].mean()
    center = np.array([0.0, brow - 0.2 * (top - brow), 0.35 * landmarks[0, 2] - 1.6])
    x, y, z = (rest_positions - center).T
    azimuth = np.degrees(np.abs(np.arctan2(x, z)))
    elevation = np.degrees(np.arctan2(y, np.hypot(x, z)))

    def above(line: Sequence[float], soft: np.ndarray | float) -> np.ndarray:
        return _step((elevation - PchipInterpolator(_AZIMUTH, line)(azimuth)) / soft)

    line = _EDGES.get(kind, _LINE)
    mask = above(line, np.interp(azimuth, (80, 120), (_SOFT_FRONT, _SOFT_BACK)))
    if kind == "wreath":
        mask = mask * _step((_WREATH - elevation) / _SOFT_WREATH) * _step((azimuth - 66) / 8)
    elif kind == "fade":
        mask = mask * above(_FADE, _SOFT_FADE)
    return mask.astype(np.float32)


def _step(x: np.ndarray) -> np.ndarray:
    """0 below -1, 1 above 1, smooth between."""
    t = np.clip(0.5 + 0.5 * x, 0, 1)
    return t * t * (3 - 2 * t)
