"""How much of a person's own shape a drawn head takes on, place by place."""

from __future__ import annotations

import numpy as np

from gen_avatar.character.ears import ear_share
from gen_avatar.character.surface import smoothstep

#: Share of identity that necks and skulls keep: a chin must stand clear of the neck, hair must sit.
_NECK_SHARE, _SKULL_SHARE = 0.15, 0.55
#: Share that ears keep: they are handles for some and slivers for others in life.
_EAR_SHARE = 0.6
#: Share by which the corners of a mouth at rest follow identity up or down.
_BOW_SHARE = 0.25


def likeness(rest: np.ndarray, landmarks: np.ndarray, gain: float) -> np.ndarray:
    """[S] gain of identity over the rest skin [S, 3]: most at the nose, least on the neck."""
    about_nose = np.exp(-(((rest - landmarks[33]) / [2.6, 3.0, 4.0]) ** 2).sum(1))
    # The drawn jaw is narrow for everybody; what is somebody's own there has to show in spite of it.
    jaw = np.exp(-(((rest[:, 1] + 5.0) / 3.2) ** 2)) * smoothstep(2.5, 5.0, np.abs(rest[:, 0]))
    neck = smoothstep(-4.2, -8.2, rest[:, 1] + 0.42 * np.clip(rest[:, 2], -7, 12))
    skull = smoothstep(6.5, 11.0, rest[:, 1] + 0.35 * np.maximum(4.0 - rest[:, 2], 0))
    about_face = 1 + 0.5 * about_nose + 0.35 * jaw
    about_face *= 1 - (1 - _EAR_SHARE) * ear_share(rest)
    return gain * about_face * (1 - (1 - _NECK_SHARE) * neck) * (1 - (1 - _SKULL_SHARE) * skull)


def calm_lips(identity: np.ndarray, rest: np.ndarray, landmarks: np.ndarray) -> None:
    """Replace what identity does to the lips by its smooth, symmetric part, in place.

    Args:
        identity: [K, S, 3] over ``rest`` [S, 3].
    """
    mouth = landmarks[48:60].mean(0)
    x, y = rest[:, 0] / 2.5, rest[:, 1] - mouth[1]
    here = near_lips(rest, landmarks).astype(np.float32)
    lips = np.flatnonzero(here > 0)
    one, x, y = np.ones(len(lips)), x[lips], y[lips]
    terms = ([x, x * y], [one, x**2, y], [one, x**2, y])
    for axis, columns in enumerate(terms):
        basis = np.stack(columns, 1)
        weighted = basis * here[lips, None]
        coefficients = np.linalg.solve(weighted.T @ basis, weighted.T @ identity[:, lips, axis].T)
        if axis == 1:
            # The middle of the lip keeps its height when the bow is taken away.
            coefficients[0] += 0.35 * (1 - _BOW_SHARE) * coefficients[1]
            coefficients[1] *= _BOW_SHARE
        identity[:, lips, axis] += here[lips] * ((basis @ coefficients).T - identity[:, lips, axis])


def corner_lift(rest: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """[S] how much a vertex rises, 1 at the corners of the mouth, where a friendly mouth turns up."""
    return (near_lips(rest, landmarks) * (np.abs(rest[:, 0]) / 2.5) ** 2.2).astype(np.float32)


def near_lips(rest: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """[S] 1 on the lips and closely around them."""
    height = rest[:, 1] - landmarks[48:60, 1].mean()
    away = np.sqrt((rest[:, 0] / 3.0) ** 2 + (height / 1.35) ** 2)
    return (1 - smoothstep(0.85, 1.5, away)) * smoothstep(5.0, 7.0, rest[:, 2])
