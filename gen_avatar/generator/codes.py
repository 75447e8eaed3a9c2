"""The code vector: everything about who and what they do, as numbers for the mapping network.

``CODE_LAYOUT`` is a contract with the shipped weights: fields may be appended, never moved.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gen_avatar.errors import UsageError
from gen_avatar.options import parse_style
from gen_avatar.types import ARKIT_52, CHOICES, IDENTITY_DIM, Appearance, Character

#: Attributes that enter as three sRGB numbers in [0, 1].
COLOR_FIELDS = tuple(name for name in Appearance.names() if name.endswith("_color"))
#: Attributes that enter as one-hot vectors.
CHOICE_FIELDS: dict[str, tuple[str, ...]] = dict(CHOICES)
#: Degrees that become 1 in the code vector; about the largest angle met, so that all codes are of order 1.
GAZE_SCALE = 30.0
POSE_SCALE = 40.0
#: Identity coefficients beyond this many σ are clipped: nothing farther out is seen in training.
IDENTITY_LIMIT = 3.5


def _layout() -> dict[str, slice]:
    sizes = {"identity": IDENTITY_DIM, "expression": len(ARKIT_52), "gaze": 4, "pose": 3}
    sizes |= dict.fromkeys(COLOR_FIELDS, 3)
    sizes |= {name: len(values) for name, values in CHOICE_FIELDS.items()}
    layout, start = {}, 0
    for name, size in sizes.items():
        layout[name] = slice(start, start + size)
        start += size
    return layout


#: Where each field lies in the code vector.
CODE_LAYOUT: dict[str, slice] = _layout()
#: Length of the code vector.
CODE_DIM: int = max(part.stop for part in CODE_LAYOUT.values())


def pack(
    character: Character,
    expression: np.ndarray,  # [52] in [0, 1]
    gaze: np.ndarray,  # [2, 2] (yaw, pitch) of the left and the right eye, degrees
    rotation: np.ndarray,  # [3] (yaw, pitch, roll) of the head, degrees
) -> np.ndarray:
    """One frame's code vector, [CODE_DIM] float32, of order 1 in every field.

    Raises:
        UsageError: a number that is not finite.
    """
    look = character.appearance
    codes = np.zeros(CODE_DIM, np.float32)
    codes[CODE_LAYOUT["identity"]] = np.clip(character.identity, -IDENTITY_LIMIT, IDENTITY_LIMIT)
    codes[CODE_LAYOUT["expression"]] = expression
    codes[CODE_LAYOUT["gaze"]] = np.reshape(gaze, 4) / GAZE_SCALE
    codes[CODE_LAYOUT["pose"]] = np.asarray(rotation) / POSE_SCALE
    for name in COLOR_FIELDS:
        codes[CODE_LAYOUT[name]] = [int(getattr(look, name)[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    for name, values in CHOICE_FIELDS.items():
        codes[CODE_LAYOUT[name].start + values.index(getattr(look, name))] = 1
    if not np.isfinite(codes).all():
        field = next(name for name, part in CODE_LAYOUT.items() if not np.isfinite(codes[part]).all())
        raise UsageError(f"the {field} of a picture must be finite numbers")
    return codes


def style_vector(style: str, styles: Sequence[str], dim: int) -> np.ndarray:
    """[dim] float32 shares of the looks of ``style`` for a network that knows ``styles``; they sum to 1.

    Args:
        style: a look or a mixture, see :func:`gen_avatar.options.parse_style`.

    Raises:
        UsageError: as ``parse_style``.
    """
    vector = np.zeros(dim, np.float32)
    for name, share in parse_style(style, styles).items():
        vector[list(styles).index(name)] = share
    return vector
