"""The look ``flat``: a designer's vector portrait. Few large shapes, two tones, one gradient, no lines.

Skin and hair are shaded by their smoothed form, so that borders of two tones are calm curves; the shadows
of fringe, brim and chin are the shapes of :mod:`training.studio.form`, nose and lower lip are stamped.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numba import njit

from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.camera import KEY_LIGHT
from gen_avatar.character.colors import colors
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.character.palette import DARKEST, LIGHTEST
from gen_avatar.types import Appearance
from training.studio.complexion import complexion
from training.studio.crescent import face_shade
from training.studio.crown import band_strength, crest_strength, crown_form, shine_on
from training.studio.faces import own_shade
from training.studio.form import LIP, NOSE, form_of, groove_of, spot, tone_between
from training.studio.frames import (
    LIFT,
    LIFTED,
    NEUTRAL,
    averaged,
    darkness,
    evened,
    luma,
    plainness,
    silhouette,
    smooth,
)
from training.studio.noses import nose_line
from training.studio.tones import hair_of, tones_of

#: Where the form turns from the light to its second tone on skin, elsewhere, and on hats, whose folds would
#: be patches; half the edge's width.
EDGE_SKIN, EDGE, EDGE_HAT, SOFT = 0.0, 0.12, -0.05, 0.026
#: How much of the form of hair is that of a dome.
DOME = 0.8
#: Half the width of the edge of the band of light on hair, of half its width.
BAND_SOFT = 0.09
#: The light on dark hair, how much of its band is of it, and how strong it is along the figure's edge; that
#: share of it is all around, the rest is where light falls.
COOL, SHEEN, EDGE_LIGHT, AROUND = (0.44, 0.46, 0.54), 0.6, 0.30, 0.30
#: The light on beards: where it begins, in form · light, half its edge's width, and its strength.
BEARD_LIT, BEARD_SOFT, BEARD = 0.60, 0.03, 0.30
#: The light on the crest of each of their tufts: its strength, and between which painted tones it begins.
BEARD_CREST, CREST_FROM, CREST_FULL = 0.6, 0.24, 0.31
#: The gradient from below to above within clothes, and how much more colourful than life everything is.
GRADIENT, VIVID = 0.06, 1.16
#: How much of the second tone is in the grooves of hair, and of the light in its band.
GROOVE, SHINE = 0.85, 0.7
#: The shade that keeps pale things apart from pale grounds fades inwards: over this share of the picture, and
#: how strong it is. A line of even width would look cut out.
RIM, RIM_STRENGTH = 3.6 / 256, 0.85
#: How deep in shadow the side of the nose is: one curve.
NOSE_SIDE = 0.75

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
    tones, own = tones_of(appearance), colors(appearance)
    color = np.zeros_like(geometry.albedo)
    covered = geometry.part >= 0
    inside = cv2.distanceTransform(np.pad(covered, 1, "edge").astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    _shade(geometry.part, complexion(geometry, appearance), geometry.normal, form_of(geometry),
           face_shade(geometry), crown_form(geometry), geometry.local, NOSE_SIDE * nose_line(geometry),
           geometry.catchlight, geometry.lens, inside / (RIM * len(color)), KEY_LIGHT, tones.shadow,
           tones.line, tones.gloss, hair_of(appearance), own.hair, own.beard,
           band_strength(appearance), crest_strength(appearance), color)  # fmt: skip
    return averaged(evened(color, geometry.part), covered, factor, silhouette(covered))


@njit(cache=True, nogil=True, error_model="numpy")
def _shade(
    part, albedo, normal, form, face, dome, local, nose, catchlight, lens, inside, key, shadow, line, gloss,
    own, hair, beard, strength, crests, color,
):  # type: ignore[no-untyped-def]  # fmt: skip
    rows, columns = part.shape
    tuft = np.zeros(3, np.float32)
    for row in range(rows):
        for column in range(columns):
            p = part[row, column]
            if p < 0:
                continue
            f, a = form[row, column], albedo[row, column]
            x, y, z = f[3], f[4], f[5]
            crown = dome[row, column]
            cast = smooth(0.36, 0.54, f[6])
            facing = x * key[0] + y * key[1] + z * key[2]
            if p == _HAIR:
                # Curl on curl casts shadows in patches, a brim a full one.
                cast = smooth(0.70, 0.95, f[6])
                facing += DOME * (crown[0] * key[0] + crown[1] * key[1] + crown[2] * key[2] - facing)
            elif p == _HEADWEAR:
                # So do folds.
                cast = smooth(0.70, 0.95, f[6])
            bright, shine, dark = 1.0, 0.0, 0.0
            slope = 1 + GRADIENT * (0.45 * y + 0.55 * facing - 0.42)
            if p in (_EYE, _IRIS, _LASH, _MOUTH, _TEETH, _TONGUE):
                slope = 1.0
            elif p in (_SKIN, _LIPS, _BROW):
                bright = smooth(EDGE_SKIN - SOFT, EDGE_SKIN + SOFT, facing) * (1 - cast)
                slope = 1.0
                if face[row, column] >= 0:
                    bright = 1 - face[row, column]
                if p == _SKIN:
                    bright *= 1 - 0.6 * spot(local[row, column], NOSE, 0.26) * smooth(-0.05, 0.2, -f[1])
                    bright *= (1 - 0.55 * spot(local[row, column], LIP, 0.22)) * (1 - nose[row, column])
                    bright *= 1 - 0.5 * smooth(0.15, 0.6, f[8])
                    bright = 1 - (1 - bright) * own_shade(local[row, column])
            elif p in (_HAIR, _BEARD):
                bright = smooth(EDGE - SOFT, EDGE + SOFT, facing) * (1 - cast)
                dark = darkness(own[p])
                slope = 1.0
                if p == _HAIR:
                    # Grooves are shapes of the second tone, and nothing else that is painted shows.
                    bright *= 1 - GROOVE * groove_of(a, hair)
                    shine = SHINE * shine_on(a, hair, crown, BAND_SOFT, strength, crests) * bright
                    a = hair[1]
                else:
                    if face[row, column] >= 0:
                        bright = 1 - face[row, column]
                    drawn = GROOVE * groove_of(a, beard)
                    crest = BEARD_CREST * smooth(CREST_FROM, CREST_FULL, tone_between(a, beard[1], beard[2]))
                    for k in range(3):
                        tuft[k] = beard[1, k] + drawn * (beard[0, k] - beard[1, k])
                        tuft[k] += crest * (beard[2, k] - tuft[k])
                    a = tuft
                    shine = BEARD * smooth(BEARD_LIT - BEARD_SOFT, BEARD_LIT + BEARD_SOFT, facing) * bright
            elif p in (_GLASSES, _ORNAMENT):
                n = normal[row, column]
                shine = 0.45 * smooth(0.55, 0.75, 0.8 * n[1] - 0.45 * n[0])
            else:
                turn = EDGE_HAT if p == _HEADWEAR else EDGE
                bright = smooth(turn - SOFT, turn + SOFT, facing) * (1 - cast)
                dark = 0.35 * darkness(a)
            pale = smooth(0.66, 0.84, min(a[0], min(a[1], a[2])) * 0.5 + 0.5 * a[1])
            plain = plainness(a) if p in (_CLOTH, _HEADWEAR) else 0.0
            edge = math.exp(-inside[row, column] * inside[row, column])
            rim = RIM_STRENGTH * pale * edge
            lit = EDGE_LIGHT * edge * (AROUND + (1 - AROUND) * smooth(-0.1, 0.7, facing))
            grey = luma(a)
            for k in range(3):
                base = grey + VIVID * (a[k] - grey)
                base = base + LIFT * dark * max(0.0, LIFTED[k] - base)
                # The shadow of what is nearly black is of no colour of its own.
                shade = shadow[p, k] + plain * (1 - dark) * (NEUTRAL[k] - shadow[p, k])
                shade += 0.7 * dark * (shadow[p, 0] - shade)
                value = base * (shade + (1 - shade) * bright) * slope
                value += shine * (gloss[p, k] + SHEEN * dark * (COOL[k] - gloss[p, k]) - value)
                value += lit * dark * (COOL[k] - value)
                value += catchlight[row, column] * (LIGHTEST[k] - value)
                value += 0.10 * lens[row, column] * ((0.90, 0.95, 1.0)[k] - value)
                value += rim * (a[k] * (0.75 * shadow[p, k] + 0.25 * line[p, k]) - value)
                color[row, column, k] = min(max(value, DARKEST[k]), LIGHTEST[k])
