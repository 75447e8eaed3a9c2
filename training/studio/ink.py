"""The look ``ink``: a comic drawn with a brush pen: local colour, one shadow tone, spotted blacks, lines."""

from __future__ import annotations

import numpy as np

from gen_avatar.character import palette
from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.camera import KEY_LIGHT
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.character.raster import box_average
from gen_avatar.character.surface import smoothstep
from gen_avatar.types import Appearance
from training.studio.brush import contours
from training.studio.noses import nose_line
from training.studio.smooth import face_light, smooth_normals, spread, under_nose
from training.studio.tones import Tones, tones_of

INK = np.array([0.125, 0.086, 0.082], np.float32)
#: Blur of the form that is shaded, share of the picture, and where its shadow begins in normal · light.
FORM = {"skin": (0.050, -0.04), "hair": (0.022, 0.02), "cloth": (0.030, 0.02), "headwear": (0.035, 0.08)}
#: Cast shadows are rounded by this share of the picture.
CAST = 0.012
#: Half the width of the edge of a tone, in normal · light or in visibility.
CRISP = 0.03
#: The band of light on hair: its height on the form from below to above, and how much single locks move it.
BAND, LOCKS = (0.60, 0.78), 0.30
#: Strength of the line of the nose.
NOSE_LINE = 0.8
#: How much of the deeper tone is in the shadow.
DEPTH = 0.30
#: Hair darker than this, L*, is spotted: its shadows are ink.
DARK_HAIR = 34.0

#: What is shaded as one form.
_ALIKE = {"skin": ("skin", "lips", "brow", "lash", "eye", "iris"), "hair": ("hair", "beard")}
_PLAIN = ("eye", "iris", "lash", "brow", "mouth", "teeth", "tongue")


def paint(geometry: GBuffer, appearance: Appearance, factor: int) -> np.ndarray:
    """[S / factor, S / factor, 4] float32 straight sRGB and alpha; the outline goes around the figure."""
    tones = tones_of(appearance)
    covered = geometry.part >= 0
    part = np.maximum(geometry.part, 0).astype(np.int64)
    color = geometry.albedo.copy()
    shade = _shade(geometry, covered)[..., None]
    dark = tones.shadow + (tones.deep - tones.shadow) * DEPTH
    color *= 1 + (dark[part] - 1) * shade
    _hair(color, geometry, shade[..., 0], appearance, tones)
    _eyes(color, geometry)
    line = np.maximum(contours(geometry), NOSE_LINE * nose_line(geometry))[..., None]
    line = np.maximum(line, (geometry.part == PART_INDEX["lash"])[..., None] * covered[..., None])
    color = np.where(covered[..., None], color, INK)
    color += (INK - color) * line
    color += (palette.LIGHTEST - color) * geometry.catchlight[..., None]
    np.clip(color, palette.DARKEST, palette.LIGHTEST, out=color)
    alpha = np.maximum(covered, line[..., 0]).astype(np.float32)
    small = box_average(alpha, factor)
    rgb = box_average((color * alpha[..., None]).astype(np.float32), factor)
    return np.concatenate([rgb / np.maximum(small, 1e-6)[..., None], small[..., None]], -1)


def _mask(part: np.ndarray, *names: str) -> np.ndarray:
    return np.isin(part, [PART_INDEX[name] for name in names])


def _shade(geometry: GBuffer, covered: np.ndarray) -> np.ndarray:
    """[S, S] 1 in the shadow tone: of the rounded form, or rounded shadows that are cast."""
    size = len(geometry.part)
    facing = np.ones(covered.shape, np.float32)
    for name, (sigma, edge) in FORM.items():
        inside = _mask(geometry.part, *_ALIKE.get(name, (name,)))
        if inside.any():
            form = smooth_normals(geometry.normal, inside, sigma * size)
            facing[inside] = (form[inside] @ KEY_LIGHT) - edge
    skin = _mask(geometry.part, "skin", "lips")
    seen = face_light(geometry.visibility, geometry.local, skin)
    seen = spread(seen, covered, CAST * size) - 0.38
    lit = smoothstep(-CRISP, CRISP, facing) * smoothstep(-2 * CRISP, 2 * CRISP, seen)
    lit *= 1 - under_nose(geometry.normal, geometry.local, skin)
    return np.where(_mask(geometry.part, *_PLAIN), 0, 1 - lit).astype(np.float32)


def _hair(
    color: np.ndarray, geometry: GBuffer, shade: np.ndarray, appearance: Appearance, tones: Tones
) -> None:
    """Lift dark hair to a colour of its own, fill its shadows with ink and lay a band of light over it."""
    size = len(geometry.part)
    beard = palette.hair_palette(appearance.beard_color)
    for name, worn in (("hair", palette.worn_hair(appearance)), ("beard", beard)):
        inside = geometry.part == PART_INDEX[name]
        if not inside.any():
            continue
        darkness = float(np.clip((DARK_HAIR - palette.lightness(worn.base)) / 14, 0, 1))
        local = palette.mix(worn.base, worn.light, 0.42 * darkness)
        spot = palette.mix(worn.base * (tones.shadow[PART_INDEX[name]]), INK, 0.55 * darkness)
        dark = shade[inside][:, None]
        painted = local + (spot - local) * dark
        if name == "hair":
            form = smooth_normals(geometry.normal, inside, 0.030 * size)[inside]
            form = form + (geometry.normal[inside] - form) * LOCKS
            height = form @ (np.array([-0.22, 0.93, 0.30], np.float32))
            lo, hi = BAND
            band = smoothstep(lo - 0.02, lo + 0.02, height) * (1 - smoothstep(hi - 0.02, hi + 0.02, height))
            light = palette.mix(worn.light, palette.LIGHTEST, 0.12 + 0.10 * darkness)
            painted += (light - painted) * (band * (1 - shade[inside]))[:, None]
        color[inside] = painted


def _eyes(color: np.ndarray, geometry: GBuffer) -> None:
    """One crisp shade below the upper lid, and a veil on glasses."""
    eye = _mask(geometry.part, "eye", "iris")
    color[eye] *= 1 - 0.16 * smoothstep(0.45, 0.55, geometry.lid_shade[eye])[:, None]
    behind = geometry.lens > 0
    color[behind] += (palette.LIGHTEST - color[behind]) * 0.10
