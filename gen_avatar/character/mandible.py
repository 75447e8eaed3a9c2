"""The jaw of a drawn head: from the ear down to an angle, then forwards to the chin; the neck stays behind.

Where the jaw ends is told on the rest head by height and depth, so that its form and its shade agree.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from gen_avatar.character.surface import smoothstep

#: The lower edge rises behind the chin (y, z): linear and quadratic share of the way back, cm on the rest
#: head.
CHIN, RISE = (-7.85, 10.2), (0.075, 0.031)
#: The rear edge: depth at a height, and how far it lies forwards per cm below that; cm on the rest head.
REAR, SLOPE = (-0.9, -1.6), 0.37
#: How round the angle between the two is, cm.
ROUND = 1.6

#: Distances from the edge of the jaw over which the neck steps in, cm: evenly over more than one triangle, or
#: the edge would wave; the share of its width by which it does, at the sides and at the nape.
_INNER, _OUTER, _NARROWER, _NAPE = -0.8, 1.7, 0.25, 0.2
#: Heights over which necks are made narrower, cm on the drawn head: from below the lobe down to the collar,
#: which stays.
_BEGIN, _FULL, _LAST, _COLLAR = -0.9, -2.4, -6.0, -7.8
#: How far the edge of the jaw stands out, cm: at its angle, and before it; how broad that swelling is.
_ANGLE_OUT, _BODY_OUT, _SWELL = 0.42, 0.34, 2.1
#: How far the underside of the jaw is lifted behind its edge, cm.
_LIFT = 0.35
#: How far the angle of the jaw lies aside of, below and behind that of the mean head, cm, about where, and
#: how far around: a turned head is full from the ear to the chin, not cut off along a straight line.
_FULLER, _AT, _AROUND = (0.36, -0.55, -1.2), (6.2, -3.4, 1.6), (3.2, 2.6, 3.4)
#: How far from its edges the jaw is smoothed, cm.
_ABOUT = 2.6

#: The shade below the jaw: distances beyond its edge over which it comes in, cm: on a raised head it is a
#: form that turns away, no beard; depths over which it comes in towards the front; where it ends on the
#: neck, how much higher beside, and how soft that end is.
SHADED, _FROM, _TO = (-0.10, 0.95), -2.4, 1.2
_END, _END_RISE, _END_SOFT = -12.3, 0.05, 0.35
#: How dark it is, in steps from the skin's base to its shadow.
_DARK = 1.1


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def beyond_jaw(y, z):  # type: ignore[no-untyped-def]
    """cm by which places of the rest head (height, depth) lie below or behind the jaw; on it below 0."""
    way = CHIN[1] - z
    below = CHIN[0] + way * (RISE[0] + RISE[1] * way) - y + ROUND
    behind = REAR[0] + SLOPE * (REAR[1] - y) - z + ROUND
    if below > 0 and behind > 0:
        return math.sqrt(below * below + behind * behind) - ROUND
    return max(below, behind) - ROUND


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _step(lo, hi, x):  # type: ignore[no-untyped-def]
    t = min(max((x - lo) / (hi - lo), 0.0), 1.0)
    return t * t * (3 - 2 * t)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def below_jaw(x, y, z):  # type: ignore[no-untyped-def]
    """Share of the jaw's shade at a place of the rest head, and whether it changes near there."""
    if y > -3.0:
        return 0.0, False
    end = y - _END - _END_RISE * x * x
    share = _step(SHADED[0], SHADED[1], beyond_jaw(y, z)) * _step(_FROM, _TO, z)
    return share * _step(-_END_SOFT, _END_SOFT, end), share > 0.05 and abs(end) < _END_SOFT


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def shade_below_jaw(field, tones):  # type: ignore[no-untyped-def]
    """Darken a ``field`` [19] of skin in the shade of the jaw; ``tones`` as in ``PAINT_ROLES``."""
    share, _ = below_jaw(field[12], field[13], field[14])
    if share > 0:
        for k in range(3):
            # What grows on the skin darkens with it.
            field[6 + k] *= 1 - share * _DARK * (1 - tones[4, k] / tones[0, k])


def in_its_shade(base: np.ndarray, shadow: np.ndarray) -> np.ndarray:
    """[3] what skin of colour ``base`` with ``shadow`` [3] is like in the shade of the jaw."""
    return base * (1 - _DARK * (1 - shadow / np.maximum(base, 1e-3)))


def about_jaw(rest: np.ndarray) -> np.ndarray:
    """[S] 1 along the edges of the jaw of the rest skin [S, 3], where few triangles must make one line."""
    near = np.exp(-((distances(rest) / _ABOUT) ** 2))
    return near * smoothstep(-2.0, 0.5, rest[:, 2]) * smoothstep(-1.0, -3.0, rest[:, 1])


def distances(rest: np.ndarray) -> np.ndarray:
    """[N] :func:`beyond_jaw` of places ``rest`` [N, 3]."""
    return np.array([beyond_jaw(y, z) for _, y, z in rest.astype(np.float64)])


def carve(points: np.ndarray, rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places of the drawn head [N, 3], cm, with a jaw that stands clear of the neck, and [N] what is left
    of widths there; ``rest`` [N, 3]."""
    p = points.astype(np.float64).copy()
    x, y, z = p.T
    beyond = distances(rest)
    # The jaw's edge is full, most at its angle.
    angle = np.exp(-(((y + 2.9) / 1.6) ** 2) - ((z - 2.2) / 2.2) ** 2)
    out = _BODY_OUT + (_ANGLE_OUT - _BODY_OUT) * angle
    out = out * np.exp(-((beyond / _SWELL) ** 2)) * smoothstep(9.0, 6.0, z) * smoothstep(-1.0, 1.0, z)
    p[:, 0] += np.tanh(x / 1.5) * out
    away = (np.stack([np.abs(x), y, z], 1) - _AT) / np.asarray(_AROUND)
    near = np.exp(-(away**2).sum(1)) * smoothstep(2.2, -0.8, beyond)
    p += near[:, None] * np.stack(np.broadcast_arrays(np.sign(x) * _FULLER[0], *_FULLER[1:]), 1)
    neck = (
        np.clip((beyond - _INNER) / (_OUTER - _INNER), 0, 1)
        * smoothstep(_BEGIN, _FULL, y)
        * smoothstep(_COLLAR, _LAST, y)
    )
    left = 1 - (_NAPE + (_NARROWER - _NAPE) * smoothstep(-4.5, -1.5, z)) * neck
    p[:, 0] *= left
    under = np.exp(-(((beyond - 1.6) / 1.5) ** 2)) * smoothstep(0.8, 2.6, z) * smoothstep(0.5, 2.2, np.abs(x))
    p[:, 1] += _LIFT * under
    return p.astype(np.float32), left.astype(np.float32)
