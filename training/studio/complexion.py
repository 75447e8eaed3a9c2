"""Skin as looks with clean edges draw it: what is softly painted on it becomes a few shapes.

The albedo has soft blush, a soft crescent below the nose, a soft light on its tip, and a soft shade below the
lower lip. Here each has one tone and an edge; the shade below the lip goes, looks stamp their own. Freckles,
nostrils, lines of age and stubble stay.
"""

from __future__ import annotations

import numpy as np

from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.character import STUBBLE_TONE
from gen_avatar.character.colors import colors
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.character.nosepaint import TIP_LIGHT
from gen_avatar.character.palette import skin_palette
from gen_avatar.character.pixels import SKIN_LIGHT
from gen_avatar.character.surface import smoothstep
from gen_avatar.character.wardrobe import stubble_mask
from gen_avatar.types import Appearance

#: Blush is one shape a cheek: its edge, of the way from skin to blush, and how much of that is drawn within.
CHEEK, CHEEK_DRAWN = (0.20, 0.25), 0.40
#: Cheeks: least depth, distance from the middle, and heights at rest, cm.
CHEEK_FRONT, CHEEK_BESIDE, CHEEK_HEIGHTS = 4.0, 1.9, (-5.5, 0.5)
#: The middle of a face, where form is painted: greatest distance from it, heights and least depth at rest,
#: cm; above the last height, it is that of a nose.
MIDDLE, HEIGHTS, FRONT, NOSE_FROM = 2.0, (-6.6, 2.6), 6.0, -2.6
#: Edges of its shadows, of the way from skin to its shadow, and of its light, of the brightest there is, and
#: how much of either is drawn within.
SHADE, LIGHT = (0.46, 0.60), (0.42, 0.58)
SHADE_DRAWN, LIGHT_DRAWN = 1.0, 0.65

_SKIN = PART_INDEX["skin"]


def complexion(geometry: GBuffer, appearance: Appearance) -> np.ndarray:
    """[S, S, 3] the albedo with blush, and shadow and light of the nose, as shapes with edges."""
    skin, out = skin_palette(appearance.skin_color), geometry.albedo.copy()
    x, y, z = (geometry.local[..., k] for k in range(3))
    side = np.abs(x)
    cheek = (geometry.part == _SKIN) & (z > CHEEK_FRONT) & (side > CHEEK_BESIDE)
    cheek &= (y > CHEEK_HEIGHTS[0]) & (y < CHEEK_HEIGHTS[1])
    way = (skin.blush - skin.base).astype(np.float32)
    soft = np.clip(_along(out[cheek] - _ground(geometry, cheek, appearance), way), 0, 1)
    crisp = CHEEK_DRAWN * smoothstep(*CHEEK, soft)
    out[cheek] = np.clip(out[cheek] + (crisp - soft)[:, None] * way, 0, 1)
    middle = (geometry.part == _SKIN) & (z > FRONT) & (side <= MIDDLE) & (y > HEIGHTS[0]) & (y < HEIGHTS[1])
    way = (skin.shadow - skin.base).astype(np.float32)
    lit = SKIN_LIGHT * TIP_LIGHT * (1 - skin.base) * (0.35 + skin.base)
    brightest = max(float(-_along(lit[None], way)[0]), 1e-3)
    soft = np.clip(_along(out[middle] - _ground(geometry, middle, appearance), way), -brightest, 1)
    crisp = SHADE_DRAWN * smoothstep(*SHADE, soft)
    crisp -= LIGHT_DRAWN * brightest * smoothstep(*LIGHT, -soft / brightest)
    crisp *= y[middle] > NOSE_FROM
    out[middle] = np.clip(out[middle] + (crisp - soft)[:, None] * way, 0, 1)
    return out


def _ground(geometry: GBuffer, at: np.ndarray, appearance: Appearance) -> np.ndarray:
    """[n, 3] or [3] the skin that form and blush are painted on where ``at`` [S, S] bool.

    Stubble is part of it: taken for form, it would go from some of the face and leave pale patches.
    """
    base = skin_palette(appearance.skin_color).base
    if appearance.beard_style != "stubble":
        return base
    dense = STUBBLE_TONE * stubble_mask(geometry.local[at])[:, None]
    return (base + dense * (colors(appearance).roles["stubble"] - base)).astype(np.float32)


def _along(tones: np.ndarray, way: np.ndarray) -> np.ndarray:
    """[n] how far ``tones`` [n, 3] lie along ``way`` [3], 1 at its end."""
    return (tones @ way / max(float(way @ way), 1e-6)).astype(np.float32)
