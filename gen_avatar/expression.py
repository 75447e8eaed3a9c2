"""Named expressions, and the little language in which the command line speaks of them.

An expression is a set of ARKit weights. The named ones are directed rather than
measured: half a step beyond life, one side a little ahead of the other, and with
brows and lids doing half of the work, so that they read at 64 pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from gen_avatar.errors import UsageError, nearest
from gen_avatar.types import ARKIT_52, Performance, expression_vector


def _both(name: str, left: float, right: float | None = None) -> dict[str, float]:
    return {f"{name}Left": left, f"{name}Right": left if right is None else right}


#: Name → ARKit weights. Left and right are the subject's.
EXPRESSIONS: Mapping[str, Mapping[str, float]] = MappingProxyType({
    "neutral": {},
    "smile": {
        **_both("mouthSmile", 1.0), **_both("cheekSquint", 0.5), **_both("browOuterUp", 0.6, 0.5),
        "browInnerUp": 0.4,
    },
    "grin": {
        **_both("mouthSmile", 1.0, 0.9), **_both("mouthUpperUp", 0.75), **_both("mouthLowerDown", 0.8),
        **_both("mouthStretch", 0.15), "jawOpen": 0.05, **_both("cheekSquint", 0.35),
        **_both("browOuterUp", 0.45, 0.3), "browInnerUp": 0.2,
    },
    "laugh": {
        **_both("mouthSmile", 1.0, 0.95), "jawOpen": 0.72, **_both("mouthUpperUp", 0.4),
        **_both("mouthLowerDown", 0.3), **_both("cheekSquint", 0.9), **_both("eyeBlink", 1.0),
        **_both("browOuterUp", 0.6, 0.45), "browInnerUp": 0.4,
    },
    "joy": {
        **_both("mouthSmile", 1.0, 0.9), "jawOpen": 0.75, **_both("mouthUpperUp", 0.5),
        **_both("mouthLowerDown", 0.4), **_both("cheekSquint", 1.0), **_both("eyeBlink", 1.0),
        **_both("browOuterUp", 0.2), "browInnerUp": 0.9,
    },
    "wink": {
        **_both("mouthSmile", 1.0, 0.7), **_both("cheekSquint", 0.9, 0.2), **_both("eyeBlink", 1.0, 0.0),
        **_both("browDown", 0.4, 0.0), **_both("browOuterUp", 0.0, 0.8), "mouthLeft": 0.15,
    },
    "kiss": {
        "mouthPucker": 1.0, "mouthFunnel": 0.5, "jawOpen": 0.1, **_both("eyeBlink", 1.0, 0.0),
        **_both("eyeSquint", 0.3, 0.1), **_both("browOuterUp", 0.1, 0.55), **_both("cheekSquint", 0.6, 0.1),
    },
    "love": {
        **_both("mouthSmile", 1.0, 0.9), "jawOpen": 0.42, **_both("mouthUpperUp", 0.3),
        **_both("cheekSquint", 0.4), **_both("browOuterUp", 0.6), "browInnerUp": 0.6,
    },
    "cool": {
        **_both("mouthSmile", 1.0, 0.15), **_both("mouthDimple", 0.8, 0.0), "mouthLeft": 0.35,
        **_both("cheekSquint", 0.6, 0.0), **_both("browOuterUp", 0.7, 0.0), **_both("browDown", 0.0, 0.35),
    },
    "thinking": {
        "mouthLeft": 0.6, **_both("mouthPress", 0.45, 0.2), "mouthPucker": 0.3,
        **_both("mouthFrown", 0.1, 0.55), "eyeLookUpLeft": 0.75, "eyeLookUpRight": 0.75,
        "eyeLookOutLeft": 0.5, "eyeLookInRight": 0.5,
        **_both("browOuterUp", 0.95, 0.0), **_both("browDown", 0.0, 0.7), **_both("eyeSquint", 0.0, 0.35),
    },
    "smirk": {
        **_both("mouthSmile", 1.0, 0.1), **_both("mouthDimple", 0.4, 0.0), "mouthLeft": 0.2,
        **_both("cheekSquint", 0.25), **_both("browOuterUp", 0.7, 0.0), **_both("browDown", 0.0, 0.4),
        "eyeLookOutLeft": 0.8, "eyeLookInRight": 0.8,
    },
    "unamused": {
        **_both("eyeBlink", 0.4), **_both("browDown", 0.45), "eyeLookOutRight": 1.0, "eyeLookInLeft": 1.0,
        **_both("mouthFrown", 0.6, 0.85), **_both("mouthPress", 0.3), "mouthRight": 0.5,
    },
    "eye-roll": {
        "eyeLookUpLeft": 1.0, "eyeLookUpRight": 1.0, "eyeLookOutLeft": 0.6, "eyeLookInRight": 0.6,
        **_both("eyeBlink", 0.2), **_both("eyeWide", 0.3), **_both("browOuterUp", 0.6), "browInnerUp": 0.2,
        **_both("mouthFrown", 0.6), **_both("mouthPress", 0.4), "mouthLeft": 0.4,
    },
    "sad": {
        **_both("mouthFrown", 1.0), "mouthShrugLower": 0.5, "browInnerUp": 1.0, **_both("eyeBlink", 0.1),
        **_both("eyeLookDown", 0.4),
    },
    "cry": {
        **_both("mouthFrown", 1.0, 0.95), "jawOpen": 0.72, **_both("mouthUpperUp", 0.2),
        **_both("mouthStretch", 0.4), "browInnerUp": 1.0, **_both("eyeBlink", 1.0), **_both("noseSneer", 0.2),
    },
    "angry": {
        **_both("browDown", 1.0, 0.95), **_both("noseSneer", 0.35, 0.2), **_both("eyeSquint", 0.35),
        **_both("mouthFrown", 1.0, 0.8), **_both("mouthPress", 0.4), "mouthShrugLower": 0.55,
    },
    "rage": {
        **_both("browDown", 1.0), **_both("noseSneer", 0.7), **_both("eyeWide", 0.25), "jawOpen": 0.24,
        **_both("mouthUpperUp", 1.0), **_both("mouthLowerDown", 1.0), **_both("mouthStretch", 0.6),
        **_both("mouthFrown", 0.5),
    },
    "fear": {
        "jawOpen": 0.18, **_both("mouthStretch", 1.0, 0.9), **_both("mouthLowerDown", 0.8, 0.95),
        **_both("mouthUpperUp", 0.25, 0.1), **_both("mouthFrown", 0.6, 0.5), **_both("eyeWide", 1.0),
        "browInnerUp": 1.0, **_both("browDown", 0.15),
    },
    "scream": {
        "jawOpen": 1.0, "mouthFunnel": 0.6, **_both("eyeWide", 1.0), "browInnerUp": 1.0,
        **_both("browOuterUp", 0.75),
    },
    "surprise": {
        "jawOpen": 0.24, "mouthFunnel": 1.0, "mouthPucker": 0.3, **_both("eyeWide", 0.9), "browInnerUp": 0.9,
        **_both("browOuterUp", 1.0, 0.85),
    },
    "disgust": {
        **_both("noseSneer", 1.0, 0.9), **_both("mouthUpperUp", 0.9, 0.2), **_both("browDown", 0.7, 0.4),
        **_both("eyeSquint", 0.9, 1.0), **_both("eyeBlink", 0.3), **_both("cheekSquint", 0.6),
        **_both("mouthFrown", 0.9, 1.0), "jawOpen": 0.14,
    },
    "sleepy": {
        **_both("eyeBlink", 1.0, 0.96), "browInnerUp": 0.5, **_both("browOuterUp", 0.4), "jawOpen": 0.12,
        "mouthFunnel": 0.6,
    },
    "tongue": {
        "tongueOut": 1.0, "jawOpen": 0.45, **_both("mouthSmile", 0.8, 0.7), **_both("eyeSquint", 0.3, 0.4),
        **_both("eyeBlink", 0.0, 1.0), **_both("browOuterUp", 0.8, 0.0), **_both("cheekSquint", 0.3, 0.9),
    },
    "blow": {
        "cheekPuff": 1.0, "mouthPucker": 1.0, "mouthFunnel": 0.6, "jawOpen": 0.22, **_both("eyeBlink", 1.0),
        "browInnerUp": 0.8,
    },
})  # fmt: skip

#: Named expression → what helps to tell it, names of ``PROPS``.
PROPS_OF: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "joy": ("joy-tears",),
    "kiss": ("blown-heart",),
    "love": ("heart-eyes", "hearts"),
    "cool": ("sunglasses", "glint"),
    "thinking": ("thought",),
    "cry": ("tears",),
    "angry": ("anger-mark",),
    "rage": ("steam",),
    "fear": ("sweat",),
    "disgust": ("queasy",),
    "scream": ("shout",),
    "sleepy": ("zzz",),
    "blow": ("puff",),
})  # fmt: skip
#: A named expression brings its props from this weight on.
PROPS_FROM = 0.5


def named(name: str) -> np.ndarray:
    """[52] weights of a named expression; raises ``UsageError`` with the nearest names."""
    if name not in EXPRESSIONS:
        raise UsageError(f"unknown expression '{name}'; {nearest(name, EXPRESSIONS)}")
    return expression_vector(EXPRESSIONS[name])


def parse_expression(text: str) -> np.ndarray:
    """Read ``smile``, ``smile=0.5``, ``jawOpen=0.4,browInnerUp=1`` or a mixture.

    Named expressions, scaled, add up; a blendshape replaces what they gave it.

    Returns:
        [52] ARKit weights in [0, 1].

    Raises:
        UsageError: an unknown name or a weight outside [0, 1].
    """
    weights = np.zeros(len(ARKIT_52), np.float32)
    items = _items(text)
    for name, amount in items:
        if name in EXPRESSIONS:
            weights += amount * named(name)
    for name, amount in items:
        if name in ARKIT_52:
            weights[ARKIT_52.index(name)] = amount
    return weights.clip(0.0, 1.0)


def expression_props(expression: object) -> tuple[str, ...]:
    """Names of ``PROPS`` that the named expressions of a text bring; weights alone bring none.

    Raises:
        UsageError: as :func:`parse_expression`.
    """
    if not isinstance(expression, str):
        return ()
    strong = [name for name, amount in _items(expression) if amount >= PROPS_FROM]
    return tuple(dict.fromkeys(prop for name in strong for prop in PROPS_OF.get(name, ())))


def _items(text: str) -> list[tuple[str, float]]:
    """The known names of a text with their weights, in order."""
    items = []
    for item in filter(None, (part.strip() for part in text.split(","))):
        name, equals, number = (piece.strip() for piece in item.partition("="))
        amount = _weight(name, number) if equals else 1.0
        if name not in EXPRESSIONS and name not in ARKIT_52:
            raise UsageError(f"unknown expression '{name}'; {nearest(name, (*EXPRESSIONS, *ARKIT_52))}")
        items.append((name, amount))
    return items


def expression_weights(expression: str | Mapping[str, float] | np.ndarray | None) -> np.ndarray:
    """[52] weights from whatever the Python API accepts: text, a mapping, a vector, or None for neutral."""
    return parse_expression(expression) if isinstance(expression, str) else expression_vector(expression)


def _weight(name: str, number: str) -> float:
    try:
        value = float(number)
    except ValueError:
        raise UsageError(f"{name} needs a number in [0, 1], not '{number}'") from None
    if not 0.0 <= value <= 1.0:
        raise UsageError(f"{name} must lie in [0, 1], not {number}")
    return value


def vary(performance: Performance, seed: int) -> Performance:
    """The same act done slightly differently: a tilt of the head, a stronger or weaker side.

    Args:
        performance: any number of frames.
        seed: 0 changes nothing; any other number gives its own variation, the same every time.
    """
    if seed == 0:
        return performance
    rng = np.random.default_rng(abs(seed))
    strength = rng.uniform(0.88, 1.1, len(ARKIT_52)).astype(np.float32)
    tilt = rng.normal(0.0, (3.0, 1.5, 2.0)).clip(-6, 6).astype(np.float32)
    return replace(
        performance,
        expression=(performance.expression * strength).clip(0.0, 1.0),
        head_rotation=performance.head_rotation + tilt,
    )
