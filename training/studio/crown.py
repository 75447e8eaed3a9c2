"""The form of hair as a designer means it: a dome on the skull that hangs down as a drum.

Bands of light and borders of shadow on it are calm curves, where those on the true locks are patches.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from gen_avatar.character import palette
from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.character.surface import smoothstep
from gen_avatar.types import Appearance
from training.studio.form import groove_of, tone_between
from training.studio.frames import darkness, smooth

#: Middle and half sizes of the dome in the rest frame of the skin, cm; below its middle it is a drum.
MIDDLE = np.array([0.0, 1.5, -1.0], np.float32)
HALF = np.array([9.0, 10.5, 11.0], np.float32)
#: It is as many times that large as what is seen of the hair, but for so many per cent: within these bounds.
WITHIN, LARGE = 90, (0.9, 1.4)
#: The upper face, which no expression moves much, says how the head lies: least height and depth, cm.
UPPER, FRONT = -1.0, 1.0
#: Samples a step when the head is measured.
STRIDE = 4
#: What is up on the dome; there the band of light lies in the middle of the hair seen about this place
#: across, within such a width, and above these heights; of this share of how that is spread, at most so wide.
UP = np.array([-0.17, 0.95, 0.26], np.float32)
ABOUT, UPPER_PART, SHARE, WIDEST = (-0.15, 0.25), (0.55, 0.70), 0.85, 0.062
#: Where the middle of the band may be.
HEIGHTS = (0.70, 0.92)
#: Hair that is seen this far beside the dome, of its size, as a bun is, has none of its band.
OFF = (1.08, 1.30)
#: Curls, ropes and knots have lights of their own and no band; nor has hair that a hat is on.
UNBANDED = frozenset({
    "curly", "curly-short", "curly-bob", "curly-long", "curly-fringe", "afro", "afro-short", "high-top",
    "puffs", "twists", "box-braids", "cornrows", "locs-short", "locs-long", "space-buns", "buzz", "balding",
    "receding",
})  # fmt: skip
BARE = frozenset({"none", "headband", "headphones"})
#: How much of its strength the band lacks on black hair, where it would be grey paint.
DULL = 0.35
#: Tones of painted hair, from its grooves to its own colour, between which the band runs out and is widest:
#: it ends in a point on every lock, and grooves part it.
PARTED = (0.45, 1.25)
#: Where the band is one clean shape it is so much of its width.
CLEAN = 0.46
#: Curls and ropes without a band have a light on each crest instead: between these tones, from their own
#: colour to their painted lights, and so strong.
CREST, CREST_LIGHT = (0.17, 0.25), 0.55

_SKIN, _HAIR = PART_INDEX["skin"], PART_INDEX["hair"]


def crown_form(geometry: GBuffer) -> np.ndarray:
    """[S, S, 5] float32: unit normal of the dome in the camera's frame; in [0, 1] how much of its light is
    seen; and how far above the middle of its band of light, in half widths of that. All but the last are
    zero off the hair.

    It depends on where on the picture hair is and not on how far in front: locks leave no mark on it. Where
    no face is seen, it is the hair's own normals, without a light.
    """
    out = np.zeros((*geometry.part.shape, 5), np.float32)
    step = (slice(None, None, STRIDE),) * 2
    part, rest, position = geometry.part[step], geometry.local[step], geometry.position[step]
    seen = (part == _SKIN) & (rest[..., 1] > UPPER) & (rest[..., 2] > FRONT)
    if np.count_nonzero(seen) < 8:
        out[geometry.part == _HAIR, :3] = geometry.normal[geometry.part == _HAIR]
        return out
    turn, scale, at = _placed(rest[seen].astype(np.float64), position[seen].astype(np.float64))
    # Towards the eye, in a frame where the dome is a ball.
    eye = turn[2] / HALF
    eye /= np.linalg.norm(eye)
    ball = ((position[part == _HAIR] - at) @ turn / scale - MIDDLE) / HALF
    ball = ball[ball[:, 1] > 0]
    beside = np.sqrt(np.maximum(np.square(ball).sum(1) - np.square(ball @ eye), 0))
    size = float(np.clip(np.percentile(beside, WITHIN), *LARGE)) if len(beside) else 1.0
    _dome(geometry.part, geometry.position, turn.astype(np.float32), np.float32(1 / scale),
          at.astype(np.float32), MIDDLE, HALF, eye.astype(np.float32), np.float32(size), UP, out)  # fmt: skip
    middle, half = _band(out[step])
    out[..., 4] = (out[..., 4] - middle) / half
    return out


def crest_strength(appearance: Appearance) -> float:
    """How strong the lights on single curls and ropes are on somebody's hair, in [0, 1]; none below hats."""
    bare = appearance.headwear_style == "none"
    return CREST_LIGHT if bare and appearance.hair_style in UNBANDED else 0.0


def band_strength(appearance: Appearance) -> float:
    """How strong the band of light is on somebody's hair, in [0, 1]."""
    if appearance.hair_style in UNBANDED or appearance.headwear_style not in BARE:
        return 0.0
    return 1 - DULL * float(darkness(palette.worn_hair(appearance).base))


def _band(dome: np.ndarray) -> tuple[float, float]:
    """Height of the band of light and half its width; the last channel of ``dome`` [H, W, 5] is height."""
    x, height = dome[..., 0], dome[..., 4]
    weight = dome[..., 3] * np.exp(-(((x - ABOUT[0]) / ABOUT[1]) ** 2)) * smoothstep(*UPPER_PART, height)
    total = float(weight.sum())
    if total < 1:
        return HEIGHTS[0], WIDEST
    middle = float((weight * height).sum()) / total
    spread = float((weight * (height - middle) ** 2).sum() / total) ** 0.5
    return float(np.clip(middle, *HEIGHTS)), float(np.clip(SHARE * spread, 0.02, WIDEST))


def _placed(rest: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    """Rotation [3, 3], scale and shift [3] that take places ``rest`` [n, 3] to those ``seen`` [n, 3] best."""
    middle, centre = rest.mean(0), seen.mean(0)
    mixed = (seen - centre).T @ (rest - middle)
    left, size, right = np.linalg.svd(mixed)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    turn = (left * sign) @ right
    scale = float((size * sign).sum() / max(np.square(rest - middle).sum(), 1e-6))
    return turn, scale, centre - scale * turn @ middle


@njit(cache=True, nogil=True, error_model="numpy")
def _dome(part, position, turn, shrink, at, middle, half, eye, size, up, out):  # type: ignore[no-untyped-def]
    ball = np.zeros(3, np.float32)
    for row in range(part.shape[0]):
        for column in range(part.shape[1]):
            if part[row, column] != _HAIR:
                continue
            for k in range(3):
                total = np.float32(0)
                for i in range(3):
                    total += turn[i, k] * (position[row, column, i] - at[i])
                ball[k] = (total * shrink - middle[k]) / half[k]
            # Where the line of sight meets the ball or comes nearest to it.
            along = ball[0] * eye[0] + ball[1] * eye[1] + ball[2] * eye[2]
            beside = ball[0] ** 2 + ball[1] ** 2 + ball[2] ** 2 - along**2
            out[row, column, 3] = 1 - smooth(OFF[0] * size, OFF[1] * size, math.sqrt(max(beside, 0.0)))
            way = np.float32(math.sqrt(max(size**2 - beside, 0.0))) - along
            if ball[1] + way * eye[1] < 0:
                flat = max(eye[0] ** 2 + eye[2] ** 2, np.float32(1e-4))
                along = (ball[0] * eye[0] + ball[2] * eye[2]) / flat
                beside = (ball[0] ** 2 + ball[2] ** 2) / flat - along**2
                way = np.float32(math.sqrt(max(size**2 / flat - beside, 0.0))) - along
            length = np.float32(0)
            for k in range(3):
                ball[k] = (ball[k] + way * eye[k]) / half[k]
                if k == 1:
                    ball[k] = max(ball[k], np.float32(0))
                length += ball[k] ** 2
            length = max(np.float32(math.sqrt(length)), np.float32(1e-6))
            for k in range(3):
                total = np.float32(0)
                for i in range(3):
                    total += turn[k, i] * ball[i]
                out[row, column, k] = total / length
                out[row, column, 4] += up[k] * total / length


@njit(cache=True, nogil=True, error_model="numpy")
def taper(dome):  # type: ignore[no-untyped-def]
    """How wide the band of light is, in [0, 1] of its width, at a place of :func:`crown_form`."""
    x = dome[0]
    return smooth(-0.90, -0.30, x) * smooth(-0.62, -0.05, -x) * smooth(-0.1, 0.3, dome[2]) * dome[3]


def tapers(dome: np.ndarray) -> np.ndarray:
    """[H, W] :func:`taper` at each place of ``dome`` [H, W, 5]."""
    x, wide = dome[..., 0], smoothstep(-0.1, 0.3, dome[..., 2]) * dome[..., 3]
    return smoothstep(-0.90, -0.30, x) * smoothstep(-0.62, -0.05, -x) * wide


@njit(cache=True, nogil=True, error_model="numpy")
def locks_on(albedo, hair):  # type: ignore[no-untyped-def]
    """How much of the band's width is left, in [0, 1], where hair has ``albedo`` [3]: all on the crest of a
    lock, none in a groove. ``hair`` is ``Colors.hair``."""
    return smooth(PARTED[0], PARTED[1], tone_between(albedo, hair[0], hair[1]))


@njit(cache=True, nogil=True, error_model="numpy")
def crest_on(albedo, hair):  # type: ignore[no-untyped-def]
    """The light on a curl's crest in [0, 1] where hair has ``albedo`` [3]; ``hair`` is ``Colors.hair``."""
    return smooth(CREST[0], CREST[1], tone_between(albedo, hair[1], hair[2]))


@njit(cache=True, nogil=True, error_model="numpy")
def band_on(dome, soft):  # type: ignore[no-untyped-def]
    """The band of light on hair in [0, 1], one clean shape tapered to either side.

    ``dome`` [5] is as of :func:`crown_form`; half its edge is ``soft`` wide, of half its width.
    """
    width = CLEAN * taper(dome)
    return (1 - smooth(width - soft, width + soft, abs(dome[4]))) * smooth(0.1, 0.2, width)


@njit(cache=True, nogil=True, error_model="numpy")
def shine_on(albedo, hair, dome, soft, strength, crests):  # type: ignore[no-untyped-def]
    """The light on hair in [0, 1] as one clean shape: that of single crests, ``crests`` strong, for who has
    one, or a band that only grooves part.

    ``strength`` is that of the band; the others are as of :func:`band_on`.
    """
    if crests > 0:
        return crests * crest_on(albedo, hair)
    return strength * band_on(dome, soft) * (1 - groove_of(albedo, hair))
