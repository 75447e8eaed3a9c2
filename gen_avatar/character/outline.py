"""The outline of a drawn head: an egg that narrows to a small round chin, and a face that turns well."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import PchipInterpolator

from gen_avatar.character.ears import ear_share
from gen_avatar.character.surface import smoothstep

#: Heights in the drawn head, cm, and the share of its width that a head keeps there: the less, the nearer to
#: the chin.
_HEIGHT = (-13.0, -9.5, -6.6, -5.4, -4.2, -3.0, -1.6, 0.0, 1.8, 4.0, 8.0, 12.0)
_WIDTH = (1.0, 0.88, 0.89, 0.945, 0.975, 0.99, 1.0, 1.015, 1.02, 1.015, 1.0, 1.0)
_SHARE = PchipInterpolator(_HEIGHT, _WIDTH)
#: How far the crown rises into a dome, cm, and how far the sides of the face come forwards;
#: the share of that by which they go aside.
_DOME, _TEMPLE, _CHEEKBONE, _ASIDE = 0.65, 1.60, 0.50, 0.14
#: How far the apple of a cheek comes forwards, and how far the face steps back below it beside the chin, cm:
#: a turned face is full beside the mouth and runs in to a small chin. Seen from the front it does so by this
#: share only, or cheeks would be hollow and chins pinched.
_APPLE, _RUN_IN, _HOLLOW = 0.54, 0.90, 0.24
#: How far the chin is tucked in below the mouth, cm: a jutting one makes a muzzle of a turned face.
_TUCK = 0.65
#: How much farther back its lower end lies, cm.
_ROUNDED = 0.7
#: Where faces end and outlines begin: middle height and radii of a face on the rest head, cm, and over which
#: share of them one goes over into the other; depths, cm, behind which all is outline.
_FACE, _FACE_RADII, _INTO, _BEHIND = 1.0, (5.6, 7.6), (0.70, 1.15), (4.8, 1.5)
#: Heights of the rest head between which outlines differ, cm.
_DIFFER = (-8.0, 13.0)


def sculpt(points: np.ndarray) -> np.ndarray:
    """[N, 3] drawn positions, cm, brought to the outline of the design."""
    p = points.copy()
    x, y, z = points.T
    p[:, 0] *= _SHARE(np.clip(y, _HEIGHT[0], _HEIGHT[-1]))
    # A round crown.
    p[:, 1] += _DOME * smoothstep(6.0, 12.5, y) * np.exp(-((x / 6.0) ** 2) - ((z - 0.5) / 7.5) ** 2)
    # The far side of a turned face: temple and cheekbone stand beside the eye, not behind it.
    for side in (1.0, -1.0):
        for amount, middle, spread in (
            (_TEMPLE, (6.6, 4.3, 6.0), (1.8, 3.4, 4.0)),
            (_CHEEKBONE, (5.9, -0.4, 6.0), (2.0, 2.2, 4.0)),
        ):
            near = np.exp(-(((points - np.multiply(middle, [side, 1, 1])) / spread) ** 2).sum(1))
            p[:, 2] += amount * near
            p[:, 0] += side * _ASIDE * amount * near
        apple = np.exp(-(((points - [side * 4.5, -1.1, 8.2]) / [2.0, 1.9, 3.5]) ** 2).sum(1))
        run_in = np.exp(-(((points - [side * 5.2, -4.1, 7.2]) / [2.4, 2.0, 3.6]) ** 2).sum(1))
        p += apple[:, None] * [side * 0.3 * _APPLE, 0.0, _APPLE]
        p -= run_in[:, None] * [side * _HOLLOW * _RUN_IN, 0.0, _RUN_IN]
    # Below the jaw the head steps back to the neck, so that a chin stands clear of it.
    under = np.exp(
        -(((np.abs(x) - 3.2) / 2.4) ** 2) - ((y + 7.2) / 1.7) ** 2 - ((z - 3.0) / 4.0) ** 2
    ) * smoothstep(0.0, 1.2, np.abs(x))
    p[:, 0] *= 1 - 0.20 * under
    p[:, 1] += 0.45 * under
    p[:, 2] -= _TUCK * smoothstep(0.6, -2.0, y) * smoothstep(3.0, 8.0, z)
    # Seen from the side a chin is the end of one curve from the cheek, not a corner.
    p[:, 2] -= _ROUNDED * smoothstep(-3.3, -5.8, y) * smoothstep(5.0, 8.5, z)
    # A chin of its own.
    chin = np.exp(-(((points - [0, -5.4, 9.6]) / [2.2, 1.5, 2.6]) ** 2).sum(1))
    p += chin[:, None] * [0.0, -0.30, 0.25]
    return p


def low_outline(rest: np.ndarray, lips: np.ndarray) -> np.ndarray:
    """[S] 1 where what is somebody's own in the outline below the mouth is drawn round: no blocks, no angles.

    Args:
        rest: [S, 3]; lips: [S] what is near the lips and keeps its form.
    """
    x, y, z = rest.T
    below = smoothstep(-1.5, -4.0, y + 0.25 * np.maximum(np.abs(x) - 3.0, 0))
    return below * smoothstep(-1.0, 2.0, z) * (1 - lips)


def calm_outline(identity: np.ndarray, rest: np.ndarray, kept: np.ndarray) -> None:
    """Replace what identity does to the outline by its clean part, in place: both sides alike, and linear in
    height and depth. So heads are wider above or below, rounder or longer, and never have lumps or waists.

    Args:
        identity: [K, S, 3] over ``rest`` [S, 3]; kept: [S] share of identity that places keep: none differ on
            the shoulders.
    """
    x, y, z = rest.T.astype(np.float64)
    away = np.hypot(x / _FACE_RADII[0], (y - _FACE) / _FACE_RADII[1])
    outline = np.maximum(smoothstep(*_INTO, away), smoothstep(*_BEHIND, z))
    # Ears hang on the head: they neither shape it nor have a shape of their own here.
    head = kept / kept.max() * (1 - ear_share(rest)) * outline
    height = (np.clip(y, *_DIFFER) - 2.5) / 10.5
    depth, across = np.clip(z, -9, 11) / 10, x / 7.5
    one = np.ones_like(height)
    columns = (
        [across, across * height, across * depth],
        [one, height, depth],
        [one, height, depth, depth * height],
    )
    for axis, terms in enumerate(columns):
        basis = np.stack(terms, 1)
        weighted = basis * head[:, None]
        # What little a place keeps must not count as small: fit what there would be in full.
        full = identity[:, :, axis] / np.maximum(kept, 0.05)
        coefficients = np.linalg.solve(weighted.T @ basis, weighted.T @ full.T)
        clean = (basis @ coefficients).T * kept
        identity[:, :, axis] += (outline * (clean - identity[:, :, axis])).astype(np.float32)
