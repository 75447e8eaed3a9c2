"""The outline of a drawn head: an egg that narrows to a small round chin, and a face that turns well."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import PchipInterpolator

from gen_avatar.character.surface import smoothstep

#: Heights in the drawn head, cm, and the share of its width that a head keeps there: the less, the nearer to
#: the chin.
_HEIGHT = (-13.0, -9.5, -6.6, -5.4, -4.2, -3.0, -1.6, 0.0, 1.8, 4.0, 8.0, 12.0)
_WIDTH = (1.0, 0.86, 0.87, 0.925, 0.95, 0.965, 0.985, 1.0, 1.0, 1.01, 1.0, 1.0)
_SHARE = PchipInterpolator(_HEIGHT, _WIDTH)
#: How far the crown rises into a dome, cm, and how far the sides of the face come forwards;
#: the share of that by which they go aside.
_DOME, _TEMPLE, _CHEEKBONE, _ASIDE = 0.65, 1.35, 0.65, 0.14


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
    # Below the jaw the head steps back to the neck, so that a chin stands clear of it.
    under = np.exp(
        -(((np.abs(x) - 3.2) / 2.4) ** 2) - ((y + 7.2) / 1.7) ** 2 - ((z - 3.0) / 4.0) ** 2
    ) * smoothstep(0.0, 1.2, np.abs(x))
    p[:, 0] *= 1 - 0.20 * under
    p[:, 1] += 0.75 * under
    # A chin of its own.
    chin = np.exp(-(((points - [0, -5.4, 9.6]) / [2.2, 1.5, 2.6]) ** 2).sum(1))
    p += chin[:, None] * [0.0, -0.35, 0.25]
    return p
