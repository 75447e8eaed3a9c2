"""Cheeks of a drawn face: they get fuller and never fold over the lips or the base of the nose."""

from __future__ import annotations

import numpy as np

from gen_avatar.character.surface import Laplacian, smoothstep
from gen_avatar.types import ARKIT_52

#: Heat flow of expressions over the cheeks, cm².
FLOW = 2.5
#: Shares of the height and of the depth by which cheeks follow a shape: raised further, they would fold.
_FOLLOW = {
    "cheekSquintLeft": (0.8, 1.0), "cheekSquintRight": (0.8, 1.0),
    "mouthSmileLeft": (0.85, 0.5), "mouthSmileRight": (0.85, 0.5),
}  # fmt: skip
#: Shares by which lips and nose follow shapes that would carry the lip over the nose.
_LIP_FOLLOW = {
    "noseSneerLeft": 0.4, "noseSneerRight": 0.4, "mouthUpperUpLeft": 0.65, "mouthUpperUpRight": 0.65,
}  # fmt: skip
#: How far a shape fills the cheek of its side, cm.
_FULLER = {"mouthSmile": 0.14, "cheekSquint": 0.12, "mouthDimple": 0.06}


def cheek_weight(
    rest: np.ndarray, landmarks: np.ndarray, lids: list[tuple[np.ndarray, np.ndarray]]
) -> np.ndarray:
    """[S] 1 on the cheeks and between nose and lips, 0 at lids, lips and below the mouth."""
    x, y, z = rest.T
    mouth = landmarks[48:60].mean(0)
    weight = smoothstep(2.0, 5.0, z) * smoothstep(4.6, 2.8, y) * smoothstep(mouth[1] - 2.2, mouth[1] - 0.6, y)
    for upper, lower in lids:
        edge = rest[np.concatenate([upper, lower])]
        away = np.linalg.norm(rest[:, None] - edge[None, ::2], axis=2).min(1)
        weight *= smoothstep(0.3, 1.3, away)
    away = np.sqrt((x / 3.0) ** 2 + ((y - mouth[1]) / 1.25) ** 2)
    return weight * smoothstep(0.8, 1.5, away)


def soften_cheeks(expression: np.ndarray, rest: np.ndarray, weight: np.ndarray, laplacian: Laplacian) -> None:
    """Let cheeks move as one soft mass in every shape [52, S, 3], in place.

    Args:
        rest: [S, 3]; weight: [S] of :func:`cheek_weight`; laplacian: of the drawn skin.
    """
    low = smoothstep(2.5, 0.0, rest[:, 1])[:, None].astype(np.float32)
    for name, share in _LIP_FOLLOW.items():
        expression[ARKIT_52.index(name)] *= 1 - (1 - share) * low
    for name, (height, depth) in _FOLLOW.items():
        shape = expression[ARKIT_52.index(name)]
        shape[:, 1] *= 1 - (1 - height) * weight
        shape[:, 2] *= 1 - (1 - depth) * weight
    smooth = laplacian.smoother(FLOW * weight)
    flat = smooth(expression.transpose(1, 0, 2).reshape(len(rest), -1))
    expression[:] = flat.reshape(len(rest), -1, 3).transpose(1, 0, 2)
    for stem, amount in _FULLER.items():
        for ending, sign in (("Left", 1.0), ("Right", -1.0)):
            round_ = np.exp(-(((rest - [sign * 4.5, -1.3, 8.5]) / [2.0, 1.9, 4.0]) ** 2).sum(1))
            expression[ARKIT_52.index(stem + ending)] += (
                (amount * round_ * np.minimum(weight * 2, 1))[:, None] * np.array([sign * 0.5, 0.0, 1.0])
            ).astype(np.float32)
