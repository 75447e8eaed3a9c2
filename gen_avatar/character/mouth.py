"""What a drawn mouth does beyond a measured one: round, square, pouting, sulking, from anybody's lips."""

from __future__ import annotations

import numpy as np

from gen_avatar.character.likeness import near_lips
from gen_avatar.character.surface import smoothstep
from gen_avatar.types import ARKIT_52

#: Shapes that are drawn stronger or weaker than they are measured.
_GAIN = {
    "jawOpen": 1.15, "mouthClose": 1.15, "jawLeft": 1.9, "jawRight": 1.9, "jawForward": 1.2,
    "mouthShrugLower": 1.3, "mouthShrugUpper": 1.7, "mouthRollUpper": 1.4, "mouthRollLower": 0.6,
    "mouthDimpleLeft": 1.4, "mouthDimpleRight": 1.4,
}  # fmt: skip
#: How much of the smile of a mouth at rest a shape takes away.
_UNSMILE = {
    "mouthFunnel": 0.75, "mouthPucker": 0.6, "mouthFrown": 0.5, "mouthStretch": 0.3, "mouthShrugLower": 0.3,
}  # fmt: skip
#: How far a smile draws the corner of the mouth outwards and up beyond what is measured, and how far it lets
#: the middle sink, cm: lips at rest smile a little, so one that is meant must be a bow at any size, and a
#: short round one. Half the width over which one side's goes over into the other's, cm.
_WIDER, _CURL, _SAG, _MIDDLE = -0.30, 0.55, 0.30, 1.8
#: How far an open jaw takes the chin down and forwards beyond what is measured, and how far around it, cm.
_CHIN_DROP, _CHIN_STAYS, _CHIN_SPREAD = 0.65, 0.80, (3.6, 2.0, 2.6)
#: How far cheeks full of air stand out: sideways and forwards, cm.
_PUFF = (0.70, 0.45)


def draw_mouth(
    expression: np.ndarray, rest: np.ndarray, landmarks: np.ndarray, side: np.ndarray, smile: float
) -> None:
    """Change the shapes [52, S, 3] of the mouth over ``rest`` [S, 3], in place.

    Args:
        landmarks: [68, 3] of the rest mean.
        side: [S] 1 on the upper lip, -1 on the lower.
        smile: share of ``mouthSmile`` that the mouth at rest holds.
    """
    for name, gain in _GAIN.items():
        expression[ARKIT_52.index(name)] *= np.float32(gain)
    x = rest[:, 0]
    mouth = landmarks[48:60, 1].mean()
    near = near_lips(rest, landmarks)
    out = np.clip(np.abs(x) / np.abs(landmarks[[48, 54], 0]).mean(), 0, 1)
    upper, lower = np.maximum(side, 0), np.maximum(-side, 0)
    bow, wide = 1 - out**2, 1 - out**5
    zero = np.zeros(len(rest))

    def add(name: str, dx: np.ndarray, dy: np.ndarray, dz: np.ndarray) -> None:
        expression[ARKIT_52.index(name)] += np.stack([dx, dy, dz], 1).astype(np.float32)

    smiles = [expression[ARKIT_52.index(f"mouthSmile{ending}")] * np.float32(smile) for ending in _SIDES]
    for stem, share in _UNSMILE.items():
        if stem in ARKIT_52:
            expression[ARKIT_52.index(stem)] -= np.float32(share) * (smiles[0] + smiles[1])
        else:
            for ending, held in zip(_SIDES, smiles, strict=True):
                expression[ARKIT_52.index(stem + ending)] -= np.float32(share) * held
    # A ring, a kiss, and a jaw that drops below a rounder upper lip.
    add("mouthFunnel", -0.22 * x * near, (0.34 * upper - 0.50 * lower) * np.sqrt(bow), 0.2 * near)
    add("mouthPucker", -0.04 * x * near, 0.36 * np.tanh((rest[:, 1] - mouth) / 0.5) * near * bow, 0.4 * near)
    add("jawOpen", zero, 0.16 * upper * bow, zero)
    # The chin goes down with the lip, and does not swing back below it: that would make a muzzle.
    chin = np.exp(-(((rest - landmarks[8]) / _CHIN_SPREAD) ** 2).sum(1))
    add("jawOpen", zero, -_CHIN_DROP * chin, _CHIN_STAYS * chin)
    for ending, sign in zip(_SIDES, (1.0, -1.0), strict=True):
        half = smoothstep(-0.5, 0.5, sign * x)
        bowed = (_CURL * out**3 - _SAG * bow) * smoothstep(-_MIDDLE, _MIDDLE, sign * x)
        add(f"mouthSmile{ending}", sign * _WIDER * out**2 * near * half, bowed * near, zero)
        add(f"mouthLowerDown{ending}", zero, -0.28 * lower * wide * half, zero)
        add(f"mouthUpperUp{ending}", zero, 0.20 * upper * wide * half, zero)
        add(f"mouthPress{ending}", 0.06 * x * near * half, -0.5 * (rest[:, 1] - mouth) * near * half, zero)
        add(f"mouthFrown{ending}", zero, (0.16 * bow - 0.34 * out**2.5) * near * half, zero)
        puffed = np.exp(-(((rest - [sign * 4.9, -2.7, 8.0]) / [2.5, 2.5, 3.5]) ** 2).sum(1))
        add("cheekPuff", sign * _PUFF[0] * puffed, zero, _PUFF[1] * puffed)
        # The wing of the nose is drawn up, the skin beside it bunches.
        wing = landmarks[35] * [sign, 1, 1]
        sneer = np.exp(-(((rest - wing) / [0.9, 1.1, 1.6]) ** 2).sum(1))
        add(f"noseSneer{ending}", sign * 0.12 * sneer, 0.34 * sneer, 0.10 * sneer)


_SIDES = ("Left", "Right")
