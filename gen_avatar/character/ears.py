"""Ears that read: a little larger than life, turned towards the viewer, with a hollow of their own."""

from __future__ import annotations

import numpy as np

from gen_avatar.character.surface import smoothstep

#: Middle (y, z) of an ear of the rest head and its radii, cm.
EAR_MIDDLE, EAR_RADII = (0.9, 0.15), (3.0, 2.1)
#: How much larger, how far up, how far forwards (cm), and how far the rim stands out per cm behind the
#: front edge.
_LARGER, _UP, _FORWARDS, _FLARE = 0.18, 1.15, 0.5, 0.31
#: The hollow: middle (y, z) and radii on the rest head, cm.
HOLLOW_MIDDLE, HOLLOW_RADII = (1.15, 0.25), (1.75, 0.95)
#: Where folds are smoothed: middle (y, z) and radii on the rest head, cm.
_INSIDE, _INSIDE_RADII = (1.3, 0.2), (3.2, 2.0)
#: Ears of the rest head lie beyond this |x|, the bottoms of their hollows too, cm.
EAR_SIDE = 6.0
#: Where what an ear does to the skin begins to fade, in radii, over how many, and how many more where skin is
#: pushed together.
_EDGE, _FADE, _SLIDE = 0.95, 0.5, 0.9


def draw_ears(mean: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """[S, 3] ``mean`` with ears that stand out from the head; ``rest`` [S, 3] says what is ear. cm."""
    near, flare = _shape(rest)
    out = mean.copy()
    middle = [EAR_MIDDLE[0] + 0.2, EAR_MIDDLE[1]]
    for axis, home, shift in ((1, middle[0], _UP), (2, middle[1], _FORWARDS)):
        out[:, axis] += near * (_LARGER * (rest[:, axis] - home) + shift)
    out[:, 0] += _FLARE * flare
    return out.astype(np.float32)


def ear_inside(rest: np.ndarray) -> np.ndarray:
    """[S] 1 in the hollow of an ear and at its folds, which are drawn plain: small ones show as specks."""
    away = np.hypot(
        (rest[:, 1] - _INSIDE[0]) / _INSIDE_RADII[0], (rest[:, 2] - _INSIDE[1]) / _INSIDE_RADII[1]
    )
    return (1 - smoothstep(0.7, 1.2, away)) * smoothstep(6.0, 6.8, np.abs(rest[:, 0]))


def ear_growth(rest: np.ndarray) -> np.ndarray:
    """[S, 3] what makes both ears larger by a tenth and their rims stand out by about 0.5 cm."""
    near, flare = _shape(rest)
    y, z = rest[:, 1] - EAR_MIDDLE[0], rest[:, 2] - EAR_MIDDLE[1]
    return np.stack([0.18 * flare, 0.1 * near * y, 0.1 * near * z], 1)


def ear_share(rest: np.ndarray) -> np.ndarray:
    """[S] 1 on what is ear, fading over the skin around it."""
    return _shape(rest)[0]


def _shape(rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[S] what is ear, and [S] by how many cm it lies behind its front edge, outwards along x."""
    x, y, z = rest.T
    away = np.hypot((y - EAR_MIDDLE[0]) / EAR_RADII[0], (z - EAR_MIDDLE[1]) / EAR_RADII[1])
    # In front of an ear and above it skin slides along over a wide stretch: in a narrow one it would fold.
    ahead = np.maximum(z - EAR_MIDDLE[1], 0) / EAR_RADII[1], np.maximum(y - EAR_MIDDLE[0], 0) / EAR_RADII[0]
    wide = np.clip(np.hypot(*ahead) / np.maximum(away, 1e-6), 0, 1) ** 2
    near = (1 - smoothstep(_EDGE, _EDGE + _FADE + _SLIDE * wide, away)) * smoothstep(5.8, 7.0, np.abs(x))
    # What lies behind the ear stays with the skull.
    outer = smoothstep(7.0, 8.1, np.abs(x) + 0.5 * np.maximum(z, 0))
    # Most at half height: seen from the front, an ear is a round handle.
    round_ = np.sqrt(np.clip(1.05 - ((y - EAR_MIDDLE[0]) / EAR_RADII[0]) ** 2, 0, 1))
    return near, np.sign(x) * near * outer * round_ * np.maximum(1.4 - z, 0)
