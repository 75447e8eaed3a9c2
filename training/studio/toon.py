"""The look ``toon``: soft cel. Two tones with a soft edge, a gradient, few clean lights, coloured outlines.

Everything is a function of the samples of the geometry buffers and of the smoothed form around them, so that
a network which sees the buffers can learn to paint the same.
"""

from __future__ import annotations

import math

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
from training.studio.crown import band_on, band_strength, crown_form, locks_on
from training.studio.faces import central, face_form, own_shade
from training.studio.form import BUTTON, GLINT, LIP, NOSE, form_of, spot
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

#: Where light turns to shadow, in normal · light, and half the width of the edge.
EDGE, SOFT = 0.12, 0.034
#: How much of a face's form is that of an egg, and of hair's that of a dome.
FACE, DOME = 0.8, 0.6
#: Where the light tone begins and is full.
LIT, TOP = (0.55, 1.0), 0.45
#: How much of the fine form shows in the shading of skin and of everything else; the rest is the broad one.
FINE_SKIN, FINE = 0.08, 0.30
#: Bounce from below and sky from above: a gentle gradient that keeps areas from being flat.
WRAP = 0.05
#: Colour of the rim, and its strength on hair, which it frees from dark backgrounds.
RIM = np.array([1.0, 0.94, 0.88])
RIM_HAIR = 0.30
#: The colour of lights on dark hair, and how much they are of it.
COOL, COOL_SHARE = (0.46, 0.49, 0.58), 0.65
#: Strength of the band of light on hair, half the width of its edge, and how near its colour is to white.
BAND, BAND_SOFT = 0.42, 0.2
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
    _shade(geometry.part, complexion(geometry, appearance, blush=False), geometry.normal, form_of(geometry),
           face_form(geometry), crown_form(geometry), geometry.local, geometry.catchlight, geometry.lens,
           KEY_LIGHT, half / np.linalg.norm(half),
           tones.shadow, tones.deep, tones.light, tones.line, tones.gloss, hair_of(appearance), line,
           props, colors(appearance).hair, band_strength(appearance), color)  # fmt: skip
    return averaged(evened(color, geometry.part), covered, factor, silhouette(covered))


@njit(cache=True, nogil=True, error_model="numpy")
def _shade(
    part, albedo, normal, form, face, dome, local, catchlight, lens, light, half, shadow, deep, lit, line,
    gloss, own, cover, prop, hair, strength, color,
):  # type: ignore[no-untyped-def]  # fmt: skip
    rows, columns = part.shape
    for row in range(rows):
        for column in range(columns):
            p = part[row, column]
            if p < 0:
                continue
            f = form[row, column]
            skin = p in (_SKIN, _LIPS, _BROW)
            fine = FINE_SKIN if skin else FINE
            x, y, z = f[3] + fine * (f[0] - f[3]), f[4] + fine * (f[1] - f[4]), f[5] + fine * (f[2] - f[5])
            length = 1 / math.sqrt(x * x + y * y + z * z)
            x, y, z = x * length, y * length, z * length
            facing = x * light[0] + y * light[1] + z * light[2]
            dot = max(0.0, x * half[0] + y * half[1] + z * half[2])
            cast = smooth(0.39, 0.52, f[6])
            egg, crown = face[row, column], dome[row, column]
            if egg[3] > 0:
                share = FACE * egg[3]
                facing += share * (egg[0] * light[0] + egg[1] * light[1] + egg[2] * light[2] - facing)
                if cast > 0:
                    cast *= 1 - egg[3] * central(local[row, column])
            elif p == _HAIR:
                # Curl on curl casts shadows in patches, a brim a full one.
                cast = smooth(0.70, 0.95, f[6])
                facing += DOME * (crown[0] * light[0] + crown[1] * light[1] + crown[2] * light[2] - facing)
            bright = smooth(EDGE - SOFT, EDGE + SOFT, facing) * (1 - cast)
            under = 0.6 * smooth(0.35, 0.9, -y) * (1 - bright)
            top = TOP * smooth(LIT[0], LIT[1], facing) * bright
            wrap = 1 + WRAP * (0.55 * facing + 0.45 * y - 0.42)
            shine, rim, night = 0.0, 0.0, 0.0
            if skin:
                if p == _SKIN:
                    bright *= 1 - 0.35 * spot(local[row, column], NOSE, 0.30) * smooth(-0.05, 0.25, -f[1])
                    bright *= 1 - 0.5 * spot(local[row, column], LIP, 0.45)
                    bright *= 1 - 0.45 * smooth(0.1, 0.7, f[8])
                    bright = 1 - (1 - bright) * own_shade(local[row, column])
                    under *= own_shade(local[row, column])
                    near = max(0.0, f[0] * half[0] + f[1] * half[1] + f[2] * half[2])
                    # A nose has one light, on its tip.
                    button = spot(local[row, column], BUTTON, 0.4)
                    spots = (1 - button) * smooth(0.97, 0.995, near) + spot(local[row, column], GLINT, 0.35)
                    shine = bright * (0.36 * (1 - button) * smooth(0.90, 1.0, dot) + 0.35 * spots)
                    shine *= 1 + MODELLED * deepness(albedo[row, column])
                elif p == _LIPS:
                    near = max(0.0, f[0] * half[0] + f[1] * half[1] + f[2] * half[2])
                    shine = 0.8 * bright * smooth(0.90, 0.99, near)
            elif p in (_HAIR, _BEARD):
                night = darkness(own[p])
                rim = RIM_HAIR * (1 + night) * (1 - smooth(0.3, 0.6, f[6]))
                wrap *= 0.90 + 0.10 * f[7]
                if p == _HAIR:
                    wide = locks_on(albedo[row, column], hair)
                    shine = strength * BAND * band_on(crown, f[1] - f[4], BAND_SOFT, wide) * bright
                else:
                    shine = BEARD * smooth(BEARD_LIT - BEARD_SOFT, BEARD_LIT + BEARD_SOFT, facing) * bright
            elif p in (_GLASSES, _ORNAMENT):
                n = normal[row, column]
                shine = 0.6 * smooth(0.5, 0.75, 0.8 * n[1] - 0.45 * n[0])
            elif p in (_EYE, _IRIS, _LASH, _MOUTH, _TEETH, _TONGUE):
                bright, under, top, wrap = 1.0, 0.0, 0.0, 1.0
            else:
                night = 0.35 * darkness(albedo[row, column])
            edge = smooth(0.45, 0.85, 1 - f[2]) * smooth(-0.2, 0.5, f[0] * 0.6 + 0.35 * f[1])
            plain = plainness(albedo[row, column]) if p in (_CLOTH, _HEADWEAR) else 0.0
            for k in range(3):
                a = albedo[row, column, k]
                a += LIFT * night * max(0.0, LIFTED[k] - a)
                dark = shadow[p, k] * (1 - under) + deep[p, k] * under
                dark += plain * (1 - night) * (NEUTRAL[k] - dark)
                dark += 0.7 * night * (shadow[p, 0] - dark)
                # Lifted already: what lights a nearly black colour up would be blue on it.
                high = 1 + (lit[p, k] - 1) * top * (1 - 0.85 * night)
                value = a * (dark * (1 - bright) + high * bright) * wrap
                sheen = gloss[p, k] + COOL_SHARE * night * (COOL[k] - gloss[p, k])
                if p == _HAIR:
                    sheen += GLEAM * (LIGHTEST[k] - sheen)
                value += gloss[p, 3] * shine * max(0.0, sheen - value)
                value += rim * edge * (RIM[k] - value) * (0.35 + a)
                value += catchlight[row, column] * (LIGHTEST[k] - value)
                value += VEIL * lens[row, column] * (SHEEN[k] - value)
                ink = a * (line[p, k] + WARM * (deep[p, k] - line[p, k]))
                if prop[row, column]:
                    ink = a * PROP_INK[k]
                value += cover[row, column] * (ink - value)
                color[row, column, k] = min(max(value, DARKEST[k]), LIGHTEST[k])
