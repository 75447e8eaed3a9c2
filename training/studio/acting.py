"""Mouth shapes of speech as ARKit weights; the emotions come from ``gen_avatar.expression``."""

from __future__ import annotations


def _both(**weights: float) -> dict[str, float]:
    return {f"{name}{side}": w for name, w in weights.items() for side in ("Left", "Right")}


#: Mouth shapes of speech.
VISEMES: dict[str, dict[str, float]] = {
    "aa": {**_both(mouthLowerDown=0.3, mouthUpperUp=0.15), "jawOpen": 0.6},
    "ee": {**_both(mouthStretch=0.5, mouthSmile=0.3, mouthLowerDown=0.35, mouthUpperUp=0.2), "jawOpen": 0.15},
    "oh": {"jawOpen": 0.4, "mouthFunnel": 0.7, "mouthPucker": 0.2},
    "oo": {"jawOpen": 0.12, "mouthPucker": 0.85, "mouthFunnel": 0.2},
    "mm": {**_both(mouthPress=0.5), "mouthRollLower": 0.3, "mouthRollUpper": 0.3, "mouthClose": 0.05},
    "ff": {**_both(mouthUpperUp=0.3), "mouthRollLower": 0.6, "jawOpen": 0.1},
    "ss": {**_both(mouthStretch=0.35, mouthLowerDown=0.3, mouthUpperUp=0.2), "jawOpen": 0.06},
    "th": {**_both(mouthLowerDown=0.2), "jawOpen": 0.2, "tongueOut": 0.3},
    "ch": {"jawOpen": 0.12, "mouthFunnel": 0.55, "mouthShrugUpper": 0.2},
}
