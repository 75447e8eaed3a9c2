"""The look ``ink``: a comic drawn with a brush pen: local colour, one shadow tone, spotted blacks, lines."""

from __future__ import annotations

import cv2
import numpy as np
from numba import njit

from gen_avatar.character import palette
from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.camera import KEY_LIGHT
from gen_avatar.character.colors import colors
from gen_avatar.character.mesh import PART_INDEX, PARTS
from gen_avatar.types import Appearance
from training.studio.brush import contours
from training.studio.complexion import complexion
from training.studio.crescent import below_chin, face_shade, jaw_line
from training.studio.crown import band_strength, crest_strength, crown_form, shine_on
from training.studio.faces import own_shade
from training.studio.form import groove_of, tone_between
from training.studio.frames import NEUTRAL, averaged, deepness, evened, plainness
from training.studio.lines import SILHOUETTE
from training.studio.noses import nose_line
from training.studio.propmarks import prop_line, props_of
from training.studio.smooth import dot, face_light, smooth_normals, spread, taken, under_nose
from training.studio.tones import Tones, tones_of

INK = np.array([0.125, 0.086, 0.082], np.float32)
#: Blur of the form that is shaded, share of the picture, and where its shadow begins in normal · light.
FORM = {"skin": (0.050, -0.04), "hair": (0.022, 0.02), "beard": (0.050, -0.10), "cloth": (0.030, 0.02),
        "headwear": (0.035, -0.05)}  # fmt: skip
#: How much of the form of hair is that of a dome.
DOME = 0.7
#: How much of the shadow below the tip of the nose is drawn.
NOSE_SHADE = 0.28
#: Cast shadows are rounded by this share of the picture.
CAST = 0.020
#: Visibility at the edge of a cast shadow; one on skin of less than this share of the picture is a stain.
CAST_FROM, STAIN = 0.38, 0.0030
#: Half the width of the edge of a tone, in normal · light or in visibility.
CRISP = 0.03
#: Half the width of the edge of the band of light on hair, of half its width.
BAND_SOFT = 0.08
#: Strength of the line of the nose, and how much thicker than in other looks it is.
NOSE_LINE, NOSE_BOLD = 1.0, 1.45
#: How much more colourful than life skin is: ink beside it takes its colour away.
VIVID = 1.12
#: How much ink is in lines within the figure; the rest is the line of what they lie on.
INNER = 0.80
#: The light on hair that is darker than this, L*, is of this colour.
NIGHT = 19.0
STROKE_COLOR = np.array([0.50, 0.54, 0.63], np.float32)
#: Tones of the grooves painted on hair, as of :data:`GROOVES` of :mod:`training.studio.form`, between which
#: the line along their bottom swells: it is thin where they are shallow and ends where they do.
LOCK_LINE = (0.02, 0.20)
#: How much of it is drawn between curls and ropes, which are many.
CURL_LINE = 0.40
#: How black the shade of the chin on the neck is.
CHIN_BLACK = 0.55
#: Width of the line of the jaw over the neck, of the outline.
JAW_LINE = 0.55
#: How much of the deeper tone is in the shadow, and how much more on deep skin.
DEPTH, DEEPER = 0.30, 0.40
#: How deep in shadow the grooves painted on hair are.
GROOVE = 0.85
#: The light on the crest of each tuft of a beard: its strength, and between which painted tones it begins.
BEARD_CREST, CREST_FROM, CREST_FULL = 0.5, 0.24, 0.30
#: Hair darker than this, L*, is spotted: its shadows are ink.
DARK_HAIR = 34.0

#: What is shaded as one form.
_ALIKE = {"skin": ("skin", "lips", "brow", "lash", "eye", "iris")}
_PLAIN = np.isin(PARTS, ("eye", "iris", "lash", "brow", "mouth", "teeth", "tongue"))
_SKIN, _HAIR, _BEARD, _EYE, _IRIS, _LASH, _CLOTH, _HEADWEAR = (
    PART_INDEX[name] for name in ("skin", "hair", "beard", "eye", "iris", "lash", "cloth", "headwear")
)


def paint(geometry: GBuffer, appearance: Appearance, factor: int) -> np.ndarray:
    """[S / factor, S / factor, 4] float32 straight sRGB and alpha; the outline goes around the figure."""
    part, size = geometry.part, len(geometry.part)
    tones, own = tones_of(appearance), colors(appearance)
    dark = _dark_tones(appearance, tones)
    seen = _calm(spread(face_light(geometry), part >= 0, CAST * size), part)
    dome = crown_form(geometry)
    around, within = contours(geometry)
    within = np.maximum(within, NOSE_LINE * nose_line(geometry, NOSE_BOLD))
    within = np.maximum(within, jaw_line(geometry, JAW_LINE * SILHOUETTE))
    within = np.maximum(within, CHIN_BLACK * below_chin(geometry))
    around = np.maximum(around, prop_line(props_of(geometry)))
    # Samples with ink, colours and how much of each is drawn.
    color, alpha = np.zeros_like(geometry.albedo), np.zeros(part.shape, np.float32)
    _compose(part, _local_color(geometry, appearance), geometry.local, _facing(geometry, dome), seen,
             face_shade(geometry), under_nose(geometry), dome, geometry.lid_shade, geometry.lens,
             geometry.catchlight, around, within, dark, tones.line, _hair_tones(appearance, tones),
             own.hair, own.beard, band_strength(appearance), crest_strength(appearance), _PLAIN, INK,
             palette.DARKEST, palette.LIGHTEST, color, alpha)  # fmt: skip
    return averaged(evened(color, part), alpha, factor)


def _local_color(geometry: GBuffer, appearance: Appearance) -> np.ndarray:
    """[S, S, 3] what is inked over: the albedo without gradients, skin a little more colourful than life."""
    out = complexion(geometry, appearance)
    skin = geometry.part == _SKIN
    grey = out[skin] @ np.array([0.30, 0.59, 0.11], np.float32)
    out[skin] = np.clip(grey[:, None] + VIVID * (out[skin] - grey[:, None]), 0, 1)
    return out


def _calm(seen: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Visibility ``seen`` [S, S] without small shadows on skin, and none on beards: they are stains there."""
    dark = (seen < CAST_FROM + 2 * CRISP) & (part == _SKIN)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(dark.astype(np.uint8), connectivity=8)
    small = stats[:, cv2.CC_STAT_AREA] < STAIN * part.size
    small[0] = False
    return np.where(small[labels] | (part == _BEARD), np.float32(1), seen)


def _mask(part: np.ndarray, *names: str) -> np.ndarray:
    return np.isin(part, [PART_INDEX[name] for name in names])


def _facing(geometry: GBuffer, dome: np.ndarray) -> np.ndarray:
    """[S, S] float32 how far the rounded form is turned beyond its edge of light and shadow; 1 elsewhere."""
    facing = np.ones(geometry.part.shape, np.float32)
    for name, (sigma, edge) in FORM.items():
        inside = _mask(geometry.part, *_ALIKE.get(name, (name,)))
        form = smooth_normals(geometry.normal, inside, sigma * len(facing))
        turned = dot(form, KEY_LIGHT)
        if name == "hair":
            crown = np.ascontiguousarray(taken(dome, inside)[:, :3])
            turned += DOME * crown.any(-1) * (dot(crown, KEY_LIGHT) - turned)
        _put(turned - edge, inside, facing)
    return facing


def _dark_tones(appearance: Appearance, tones: Tones) -> np.ndarray:
    """[len(PARTS), 3] float32 factors on the albedo of what is in shadow."""
    depth = np.full((len(PARTS), 1), DEPTH, np.float32)
    depth[_SKIN] += DEEPER * deepness(palette.skin_palette(appearance.skin_color).base)
    return tones.shadow + (tones.deep - tones.shadow) * depth


def _darkness(worn: palette.HairPalette) -> float:
    """1 for black hair, 0 for hair of ``DARK_HAIR`` and lighter."""
    return float(np.clip((DARK_HAIR - palette.lightness(worn.base)) / 14, 0, 1))


def _hair_tones(appearance: Appearance, tones: Tones) -> np.ndarray:
    """[2, 3, 3] colours of hair and beard: local, shadow and band of light.

    Dark hair is lifted to a colour of its own and its shadows are filled with ink.
    """
    rows = []
    # As worn: beards keep away from the colour of the skin.
    beard = palette.hair_palette(palette.rgb_to_hex(colors(appearance).roles["beard"]))
    for part, worn in ((_HAIR, palette.worn_hair(appearance)), (_BEARD, beard)):
        darkness = _darkness(worn)
        local = palette.mix(worn.base, worn.light, 0.42 * darkness)
        spot = palette.mix(worn.base * tones.shadow[part], INK, 0.55 * darkness)
        band = palette.mix(worn.light, palette.LIGHTEST, 0.10)
        night = float(np.clip((NIGHT - palette.lightness(worn.base)) / 6, 0, 1))
        rows.append((local, spot, palette.mix(band, STROKE_COLOR, night)))
    return np.array(rows)


@njit(cache=True, nogil=True, error_model="numpy")
def _put(values, at, out):  # type: ignore[no-untyped-def]
    """``out[at] = values`` for ``at`` [H, W] bool."""
    n = 0
    for row in range(at.shape[0]):
        for column in range(at.shape[1]):
            if at[row, column]:
                out[row, column] = values[n]
                n += 1


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _step(lo, hi, x):  # type: ignore[no-untyped-def]
    """Smoothstep in single precision."""
    one, two, three = np.float32(1), np.float32(2), np.float32(3)
    t = min(max((x - np.float32(lo)) / np.float32(hi - lo), np.float32(0)), one)
    return t * t * (three - two * t)


@njit(cache=True, nogil=True, error_model="numpy")
def _compose(
    part, albedo, local, facing, seen, face, under, dome, lid_shade, lens, catchlight, around, within, dark,
    line, hairs, locks, tufts, strength, crests, plain, ink, darkest, lightest, color, alpha,
):  # type: ignore[no-untyped-def]  # fmt: skip
    """Lay the shadow tone, the hair's colours, eyes, lines and lights over each other.

    ``color`` is filled times ``alpha``.
    """
    one = np.float32(1)
    for row in range(part.shape[0]):
        for column in range(part.shape[1]):
            p, drawn = part[row, column], around[row, column]
            if p < 0:
                if drawn > 0:
                    alpha[row, column] = drawn
                    for k in range(3):
                        color[row, column, k] = min(max(ink[k], darkest[k]), lightest[k])
                        color[row, column, k] *= drawn
                continue
            shade = np.float32(0)
            if not plain[p]:
                lit = _step(-CRISP, CRISP, facing[row, column])
                lit *= _step(-2 * CRISP, 2 * CRISP, seen[row, column] - np.float32(CAST_FROM))
                if face[row, column] >= 0:
                    lit = one - face[row, column]
                shade = one - lit * (one - np.float32(NOSE_SHADE) * under[row, column])
                if p == _SKIN:
                    shade *= np.float32(own_shade(local[row, column]))
            band, lid, inked = np.float32(0), one, within[row, column]
            if p == _HAIR:
                # Grooves and strands painted on it are drawn in the shadow's tone, with clean edges.
                shade = max(shade, np.float32(GROOVE * groove_of(albedo[row, column], locks)))
                light = shine_on(albedo[row, column], locks, dome[row, column], BAND_SOFT, strength, crests)
                band = (one - shade) * np.float32(light)
                depth = tone_between(albedo[row, column], locks[0], locks[1])
                lock = np.float32(CURL_LINE if crests > 0 else 1.0)
                inked = max(inked, lock * (one - _step(LOCK_LINE[0], LOCK_LINE[1], depth)))
            elif p == _BEARD:
                shade = max(shade, np.float32(GROOVE * groove_of(albedo[row, column], tufts)))
                crest = tone_between(albedo[row, column], tufts[1], tufts[2])
                band = (one - shade) * np.float32(BEARD_CREST * _step(CREST_FROM, CREST_FULL, crest))
            elif p in (_EYE, _IRIS):
                lid -= np.float32(0.16) * _step(0.45, 0.55, lid_shade[row, column])
            elif p == _LASH:
                drawn = max(drawn, one)
            alpha[row, column] = one
            grey = np.float32(0)
            if p in (_CLOTH, _HEADWEAR):
                grey = np.float32(plainness(albedo[row, column]))
            for k in range(3):
                tint = dark[p, k] + grey * (np.float32(NEUTRAL[k]) - dark[p, k])
                c = albedo[row, column, k] * (one + (tint - one) * shade)
                if p in (_HAIR, _BEARD):
                    tone = hairs[0 if p == _HAIR else 1]
                    painted = tone[0, k] + (tone[1, k] - tone[0, k]) * shade
                    painted += (tone[2, k] - painted) * band
                    c = np.float32(painted)
                c *= lid
                if lens[row, column] > 0:
                    c = np.float32(c + (lightest[k] - c) * 0.10)
                inner = albedo[row, column, k] * line[p, k]
                inner += np.float32(INNER) * (ink[k] - inner)
                c = np.float32(c + (inner - c) * inked)
                c += (ink[k] - c) * drawn
                c = np.float32(c + (lightest[k] - c) * catchlight[row, column])
                color[row, column, k] = min(max(c, darkest[k]), lightest[k])
