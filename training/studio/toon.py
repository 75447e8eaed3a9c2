"""The look ``toon``: cel. Three tones with clean edges, few clean lights, one from behind, coloured outlines.

Everything is a function of the samples of the geometry buffers and of the smoothed form around them, so that
a network which sees the buffers can learn to paint the same.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.camera import KEY_LIGHT
from gen_avatar.character.colors import colors
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.character.palette import DARKEST, LIGHTEST
from gen_avatar.types import Appearance
from training.studio.brush import BEYOND, outline
from training.studio.complexion import complexion
from training.studio.crescent import face_shade, rim_light
from training.studio.crown import band_strength, crest_strength, crown_form, shine_on
from training.studio.faces import own_shade
from training.studio.form import GLINT, LIP, NOSE, form_of, groove_of, spot
from training.studio.frames import (
    LIFT,
    LIFTED,
    MODELLED,
    NEUTRAL,
    averaged,
    darkness,
    deepness,
    evened,
    plainness,
    silhouette,
    smooth,
)
from training.studio.lines import SILHOUETTE, inside_lines, off_creases
from training.studio.noses import edges_kept, nose_line
from training.studio.propmarks import loose, prop_line, props_of
from training.studio.tones import hair_of, tones_of

#: Where light turns to shadow, in normal · light, and on hats, whose folds would be patches; half the width
#: of the edge.
EDGE, EDGE_HAT, SOFT = 0.12, -0.05, 0.034
#: Where a designed shadow begins, and half the width of its edge.
CAST, SOFT_CAST = 0.45, 0.07
#: How much of the form of hair is that of a dome.
DOME = 0.8
#: Where the light tone begins on hair, clothes and hats, in normal · light, half the width of its
#: edge, and how much of it is drawn.
LIT, SOFT_LIT, TOP = 0.86, 0.010, 0.55
#: Bounce from below and sky from above: a gentle gradient that keeps areas from being flat.
WRAP = 0.05
#: Colour of the light from behind, and its strength; on dark hair it is twice that, which frees it from dark
#: backgrounds.
RIM = np.array([1.0, 0.94, 0.88])
RIM_LIGHT = 0.5
#: The colour of lights on dark hair, and how much they are of it.
COOL, COOL_SHARE = (0.46, 0.49, 0.58), 0.65
#: Strength of the band of light on hair, half the width of its edge, and how near its colour is to white.
BAND, BAND_SOFT = 0.9, 0.10
GLEAM = 0.12
#: The light on beards: where it begins, in form · light, half its edge's width, and its strength.
BEARD_LIT, BEARD_SOFT, BEARD = 0.70, 0.04, 0.34
#: What a lens adds: a faint cool veil that never hides the eyes.
SHEEN = np.array([0.90, 0.95, 1.0])
VEIL = 0.07
#: Strength of the line of the nose.
NOSE_LINE = 0.85
#: The outline within the figure, of a silhouette line.
OUTLINE = 0.82
#: The line of props, of their colour.
PROP_INK = (0.40, 0.38, 0.44)
#: How much of an outline's colour is the deep shadow of its material, which keeps lines warm.
WARM = 0.22

_CLOTH, _HEADWEAR = PART_INDEX["cloth"], PART_INDEX["headwear"]
_SKIN, _LIPS, _EYE, _IRIS, _LASH, _BROW, _MOUTH, _TEETH, _TONGUE, _HAIR, _BEARD, _GLASSES, _ORNAMENT = (
    PART_INDEX[name]
    for name in (
        "skin", "lips", "eye", "iris", "lash", "brow", "mouth", "teeth", "tongue", "hair", "beard", "glasses",
        "ornament",
    )
)  # fmt: skip


def paint(geometry: GBuffer, appearance: Appearance, factor: int) -> np.ndarray:
    """[S / factor, S / factor, 4] float32 straight sRGB and alpha."""
    color = np.zeros_like(geometry.albedo)
    tones = tones_of(appearance)
    half = KEY_LIGHT + np.array([0, 0, 1], np.float32)
    covered, width = geometry.part >= 0, SILHOUETTE * len(color)
    line = inside_lines(geometry.part, geometry.position[..., 2], geometry.normal, geometry.albedo, width)
    line *= edges_kept(geometry) * off_creases(geometry.part, geometry.local)
    line = np.maximum(line, NOSE_LINE * nose_line(geometry))
    props = props_of(geometry)
    body = covered & ~loose(props, covered)
    line = np.maximum(line, np.where(body, outline(body, OUTLINE * width / (1 - BEYOND)), 0))
    line = np.maximum(line, prop_line(props))
    _shade(geometry.part, complexion(geometry, appearance), geometry.normal, form_of(geometry),
           face_shade(geometry), crown_form(geometry), rim_light(covered), geometry.local,
           geometry.catchlight, geometry.lens, KEY_LIGHT, half / np.linalg.norm(half),
           tones.shadow, tones.deep, tones.light, tones.line, tones.gloss, hair_of(appearance), line,
           props, colors(appearance).hair, band_strength(appearance),
           crest_strength(appearance), color)  # fmt: skip
    return averaged(evened(color, geometry.part), covered, factor, silhouette(covered))


@njit(cache=True, nogil=True, error_model="numpy")
def _shade(
    part, albedo, normal, form, face, dome, lined, local, catchlight, lens, light, half, shadow, deep, lit,
    line, gloss, own, cover, prop, hair, strength, crests, color,
):  # type: ignore[no-untyped-def]  # fmt: skip
    rows, columns = part.shape
    for row in range(rows):
        for column in range(columns):
            p = part[row, column]
            if p < 0:
                continue
            f, a = form[row, column], albedo[row, column]
            skin = p in (_SKIN, _LIPS, _BROW)
            x, y, z = f[3], f[4], f[5]
            facing = x * light[0] + y * light[1] + z * light[2]
            cast = smooth(CAST - SOFT_CAST, CAST + SOFT_CAST, f[6])
            crown = dome[row, column]
            if p in (_HAIR, _HEADWEAR):
                # Curl on curl casts shadows in patches, a brim a full one; so do folds.
                cast = smooth(0.70, 0.95, f[6])
            if p == _HAIR:
                facing += DOME * (crown[0] * light[0] + crown[1] * light[1] + crown[2] * light[2] - facing)
            turn = EDGE_HAT if p == _HEADWEAR else EDGE
            bright = smooth(turn - SOFT, turn + SOFT, facing) * (1 - cast)
            if face[row, column] >= 0:
                bright = 1 - face[row, column]
            under = 0.6 * smooth(0.35, 0.9, -y) * (1 - bright)
            top = (
                0.0
                if skin or p == _HEADWEAR
                else TOP * smooth(LIT - SOFT_LIT, LIT + SOFT_LIT, facing) * bright
            )
            wrap = 1.0 if skin or p in (_HAIR, _BEARD) else 1 + WRAP * (0.55 * facing + 0.45 * y - 0.42)
            shine, night = 0.0, 0.0
            if skin:
                if p == _SKIN:
                    bright *= 1 - 0.35 * spot(local[row, column], NOSE, 0.30) * smooth(-0.05, 0.25, -f[1])
                    bright *= 1 - 0.5 * spot(local[row, column], LIP, 0.45)
                    bright *= 1 - 0.45 * smooth(0.1, 0.7, f[8])
                    bright = 1 - (1 - bright) * own_shade(local[row, column])
                    under *= own_shade(local[row, column])
                    # A face has one light, on the tip of its nose.
                    shine = 0.35 * bright * spot(local[row, column], GLINT, 0.25)
                    shine *= 1 + MODELLED * deepness(albedo[row, column])
                elif p == _LIPS:
                    near = max(0.0, f[0] * half[0] + f[1] * half[1] + f[2] * half[2])
                    shine = 0.8 * bright * smooth(0.94, 0.97, near)
            elif p in (_HAIR, _BEARD):
                night = darkness(own[p])
                if p == _HAIR:
                    # The third tone is that of grooves.
                    groove = groove_of(a, hair)
                    bright *= 1 - groove
                    under = max(under, groove)
                    top *= 1 - groove
                    shine = BAND * shine_on(a, hair, crown, BAND_SOFT, strength, crests) * bright
                    a = hair[1]
                else:
                    shine = BEARD * smooth(BEARD_LIT - BEARD_SOFT, BEARD_LIT + BEARD_SOFT, facing) * bright
            elif p in (_GLASSES, _ORNAMENT):
                n = normal[row, column]
                shine = 0.6 * smooth(0.5, 0.75, 0.8 * n[1] - 0.45 * n[0])
            elif p in (_EYE, _IRIS, _LASH, _MOUTH, _TEETH, _TONGUE):
                bright, under, top, wrap = 1.0, 0.0, 0.0, 1.0
            else:
                night = 0.35 * darkness(a)
            rim = RIM_LIGHT * (1 + night) * lined[row, column]
            plain = plainness(a) if p in (_CLOTH, _HEADWEAR) else 0.0
            for k in range(3):
                base = a[k] + LIFT * night * max(0.0, LIFTED[k] - a[k])
                dark = shadow[p, k] * (1 - under) + deep[p, k] * under
                dark += plain * (1 - night) * (NEUTRAL[k] - dark)
                dark += 0.7 * night * (shadow[p, 0] - dark)
                # Lifted already: what lights a nearly black colour up would be blue on it.
                high = 1 + (lit[p, k] - 1) * top * (1 - 0.85 * night)
                value = base * (dark * (1 - bright) + high * bright) * wrap
                sheen = gloss[p, k] + COOL_SHARE * night * (COOL[k] - gloss[p, k])
                if p == _HAIR:
                    sheen += GLEAM * (LIGHTEST[k] - sheen)
                value += gloss[p, 3] * shine * max(0.0, sheen - value)
                value += rim * (RIM[k] - value) * (0.35 + base)
                value += catchlight[row, column] * (LIGHTEST[k] - value)
                value += VEIL * lens[row, column] * (SHEEN[k] - value)
                ink = base * (line[p, k] + WARM * (deep[p, k] - line[p, k]))
                if prop[row, column]:
                    ink = base * PROP_INK[k]
                value += cover[row, column] * (ink - value)
                color[row, column, k] = min(max(value, DARKEST[k]), LIGHTEST[k])
