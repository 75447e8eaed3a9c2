"""How far the lips are apart: of a driver's face, as a character draws it, and how to part them as wanted.

Lips that meet and lips that part a little are what one sees of speech, and the sum of a dozen channels: what
a jaw opens others close again, and not by the same share on every head. So the sum is looked after.

Distances are in those of the outer eye corners.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gen_avatar.types import ARKIT_52

#: How far each channel parts the lips at weight 1: of the head that is fitted to drivers, and of drawn
#: characters; both sides of a pair do alike.
_FITTED = {
    "jawOpen": 0.329, "mouthClose": -0.420, "mouthFunnel": 0.126, "mouthPucker": -0.011, "jawForward": 0.012,
    "mouthLowerDown": 0.033, "mouthUpperUp": 0.039, "noseSneer": 0.036, "mouthPress": -0.013,
    "mouthDimple": -0.009, "mouthShrugLower": -0.073, "mouthShrugUpper": 0.052, "mouthRollLower": -0.032,
    "mouthRollUpper": 0.017,
}  # fmt: skip
_DRAWN = {
    "jawOpen": 0.211, "mouthClose": -0.254, "mouthFunnel": 0.144, "mouthPucker": 0.015,
    "mouthLowerDown": 0.035, "mouthUpperUp": 0.029, "noseSneer": 0.013, "mouthPress": -0.030,
    "mouthDimple": -0.013, "mouthShrugLower": -0.074, "mouthShrugUpper": 0.011, "mouthRollLower": -0.020,
    "mouthRollUpper": -0.017,
}  # fmt: skip
#: The outer eye corners of the mean fitted head are so far apart, cm.
EYES_APART = 8.89
#: Drawn lips that part by less than the first stay shut, from the second on they are as far apart as posed.
_SHUT, _PARTED = 0.0052, 0.0224
#: Shut lips seem to part by up to so much as landmarks tremble.
_TREMBLE = 0.01
JAW, CLOSE = ARKIT_52.index("jawOpen"), ARKIT_52.index("mouthClose")


def _row(table: Mapping[str, float]) -> np.ndarray:
    stems = (name.removesuffix("Left").removesuffix("Right") for name in ARKIT_52)
    return np.array(
        [table.get(name, table.get(stem, 0.0)) for name, stem in zip(ARKIT_52, stems, strict=True)]
    )


#: [52] each.
FITTED, DRAWN = _row(_FITTED), _row(_DRAWN)


def _step(share: np.ndarray) -> np.ndarray:
    """Hermite step from 0 to 1."""
    share = share.clip(0, 1)
    return share * share * (3 - 2 * share)


#: How far apart drawn lips are seen that are posed so far apart.
_POSED = np.concatenate([[0.0], np.linspace(_SHUT, _PARTED, 17)[1:]])
_SEEN = _POSED * _step((_POSED - _SHUT) / (_PARTED - _SHUT))


def apart(expression: np.ndarray) -> np.ndarray:
    """[...] how far a driver's ``expression`` [..., 52] parts the lips; a neutral face is at 0."""
    return expression @ FITTED


def follow(expression: np.ndarray, rest: np.ndarray, wanted: np.ndarray) -> None:
    """Part the lips of a character's ``expression`` [T, 52] in place as a driver does.

    Args:
        rest: [52] of the character. wanted: [T] how much farther than at rest the driver parts the lips, as
            of :func:`apart`; below 0 they come nearer.
    """
    firm = wanted * _step(wanted / _TREMBLE)
    seen = np.where(wanted > 0, firm, wanted) * (DRAWN[JAW] / FITTED[JAW])
    posed = np.where((seen > 0) & (seen < _PARTED), np.interp(seen, _SEEN, _POSED), seen)
    now = (expression - rest) @ DRAWN
    # Lips that are to be shut may be so as firmly as they like.
    part(expression, np.where((posed <= 0) & (now <= 0), 0.0, posed - now), DRAWN)


def part(expression: np.ndarray, more: np.ndarray, effect: np.ndarray) -> None:
    """Part the lips of ``expression`` [..., 52] by ``more`` [...] in place; below 0 bring them together.

    Args:
        effect: [52] ``FITTED`` or ``DRAWN``.
    """
    loosened = np.minimum(np.maximum(more, 0) / -effect[CLOSE], expression[..., CLOSE])
    rest = more + effect[CLOSE] * loosened
    expression[..., CLOSE] += np.maximum(-more, 0) / -effect[CLOSE] - loosened
    expression[..., JAW] += np.maximum(rest, 0) / effect[JAW]
    expression[..., [CLOSE, JAW]] = expression[..., [CLOSE, JAW]].clip(0, 1)
