"""Kernels that move the vertices of a character."""

from __future__ import annotations

import numpy as np
from numba import njit

from gen_avatar.character.lids import FROWN_SHUTS
from gen_avatar.types import ARKIT_52

_INDEX = {name: i for i, name in enumerate(ARKIT_52)}
#: Inner and outer ends of a brow rise freely up to this sum of weights; of what is beyond, so much is left.
#: Higher, they would be lost in hair and hats, and the skin that they pile up would cut them.
_BROW_FREE, _BROW_BEYOND = 1.0, 0.2
#: Lids of both eyes that differ by less than the first do alike, by more than the second as told: a wink.
_ALIKE, _APART = 0.25, 0.65
#: How far eyes turn at most, degrees (sideways, down): beyond, irises would drown in the corners.
_WIDEST_GAZE = np.array([25.0, 21.0], np.float32)
#: How far upwards, and how late that begins to tell: eyes that roll go half under their lids.
_HIGHEST_GAZE, _ROLLS = 25.0, 6
#: A smiling eye is either open or an arc: between these blinks it closes altogether, the more so the more it
#: smiles, and between these smiles the shut one bends to an arc.
_LAUGH, _SMILES, _ARCS = (0.25, 0.50), (0.20, 0.45), (0.25, 0.60)
#: Further shut than the other one by the first an eye begins to wink, from the second on it is shut.
_WINK = (0.28, 0.52)
#: Eyes that are nearly shut are shut: a sliver of an iris is only dirt.
_SLIT = (0.52, 0.70)
#: Pairs of shapes of the mouth whose sides do alike where they differ by less than the first of these, and as
#: told beyond the second: a mouth a little awry is no character, it looks uneasy.
_MOUTH_PAIRS = tuple(
    (_INDEX[f"mouth{stem}Left"], _INDEX[f"mouth{stem}Right"])
    for stem in ("Smile", "Frown", "Dimple", "Stretch", "Press", "LowerDown", "UpperUp")
)
_EVEN, _UNEVEN = 0.15, 0.50
#: Shapes that make a friendly mouth look cross or uneasy long before they mean it: weak ones, up to the first
#: weight, are drawn at that share, strong ones, from the second on, in full.
_SOURING = [
    _INDEX[name]
    for name in (
        "mouthFrownLeft", "mouthFrownRight", "mouthPressLeft", "mouthPressRight", "mouthLeft", "mouthRight",
        "jawLeft", "jawRight", "mouthShrugLower", "mouthRollLower", "mouthRollUpper",
    )
]  # fmt: skip
_WEAK, _MEANT, _WEAK_SHARE = 0.10, 0.45, 0.35
#: Sines of the turn over which the outer end of the far brow is drawn in, so that it stays inside the
#: outline, and by how much, cm; its middle and how far around it (sideways, upwards), and the depths over
#: which that begins: the outline itself stays, and so does the eye, which the nose would hide.
_DRAWN_IN, _DRAWN_IN_BY = (0.20, 0.60), 0.55
_FAR_BROW, _FAR_SPREAD, _FAR_FRONT = (5.4, 6.5), (2.9, 2.9), (4.0, 7.0)
_OUTER_BROWS = [_INDEX["browOuterUpLeft"], _INDEX["browOuterUpRight"]]


def _step(lo: float, hi: float, x: float) -> float:
    t = min(max((float(x) - lo) / (hi - lo), 0.0), 1.0)
    return t * t * (3 - 2 * t)


def _calmed(rise: float) -> float:
    """By which share the weights of a brow are drawn that are ``rise`` in sum."""
    return min(1.0, (_BROW_FREE + _BROW_BEYOND * (rise - _BROW_FREE)) / max(rise, 1e-6))


def meeting_gaze(gaze: np.ndarray) -> np.ndarray:
    """[2, 2] what eyes that work together make of ``gaze`` (yaw, pitch) of the left and right eye, degrees.

    Both look at one point: level with one another, never apart, together as far as both are told to.
    """
    inwards = float(min(max(-gaze[0, 0], 0.0), max(gaze[1, 0], 0.0)))
    wanted = gaze.mean(0)
    shared = _WIDEST_GAZE * np.tanh(wanted / _WIDEST_GAZE)
    if wanted[1] > 0:
        shared[1] = wanted[1] / (1 + (wanted[1] / _HIGHEST_GAZE) ** _ROLLS) ** (1 / _ROLLS)
    return (shared + [[-inwards, 0.0], [inwards, 0.0]]).astype(np.float32)


@njit(cache=True, error_model="numpy")
def add_shapes(points, weights, shapes):  # type: ignore[no-untyped-def]
    """Add ``shapes`` [K, V, 3], each times its one of ``weights`` [K], to ``points`` [V, 3] in place."""
    flat = points.reshape(-1)
    for shape in range(len(weights)):
        weight = weights[shape]
        if weight != 0:
            move = shapes[shape].reshape(-1)
            for i in range(len(flat)):
                flat[i] += weight * move[i]


@njit(cache=True, error_model="numpy")
def draw_in_far_brow(points, view):  # type: ignore[no-untyped-def]
    """Pull the outer end of the far brow inwards in place, as far as a head of ``points`` [N, 3] is
    seen from aside by a camera in the direction ``view`` [3]."""
    aside = abs(view[0])
    t = min(max((aside - _DRAWN_IN[0]) / (_DRAWN_IN[1] - _DRAWN_IN[0]), 0.0), 1.0)
    amount = t * t * (3 - 2 * t) * _DRAWN_IN_BY
    if amount == 0:
        return
    # The camera sees less of the side away from which its direction points.
    far = -1.0 if view[0] > 0 else 1.0
    for n in range(len(points)):
        x, y, z = far * points[n, 0], points[n, 1], points[n, 2]
        u, v = (x - _FAR_BROW[0]) / _FAR_SPREAD[0], (y - _FAR_BROW[1]) / _FAR_SPREAD[1]
        away = u * u + v * v
        if away < 1 and z > _FAR_FRONT[0]:
            front = min((z - _FAR_FRONT[0]) / (_FAR_FRONT[1] - _FAR_FRONT[0]), 1.0)
            points[n, 0] -= far * amount * front * (1 - away) ** 2


@njit(cache=True, error_model="numpy")
def turn_head(points, tangent, follow, turn, pivot, shift):  # type: ignore[no-untyped-def]
    """Turn ``points`` [N, 3] about ``pivot`` and move them by ``shift``, in place, as far as they ``follow``
    [N, 1]; returns ``tangent`` [N, 3] turned."""
    turned = np.empty_like(tangent)
    for n in range(len(points)):
        x, y, z = points[n, 0] - pivot[0], points[n, 1] - pivot[1], points[n, 2] - pivot[2]
        share, u, v, w = follow[n, 0], tangent[n, 0], tangent[n, 1], tangent[n, 2]
        for k in range(3):
            there = turn[k, 0] * x + turn[k, 1] * y + turn[k, 2] * z + pivot[k] + shift[k]
            points[n, k] += share * (there - points[n, k])
            turned[n, k] = turn[k, 0] * u + turn[k, 1] * v + turn[k, 2] * w
    return turned


def drawn_weights(
    expression: np.ndarray, gaze: np.ndarray, openings: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Weights [52] as drawn, and [2] how much each shut eye smiles.

    Both sides of the mouth do alike unless they clearly differ, and sour only when they mean it; lids follow
    the gaze, both alike unless one winks; a shut eye stays shut whatever else its lids do; a
    smile turns it into an arc and shuts one that is half open.

    Args:
        expression: [52]; gaze: [2, 2] (yaw, pitch) of the left and right eye, degrees.
        openings: [2] of either eye: the lids of a large one have farther to go.
    """
    weights, arcs = expression.copy(), np.zeros(2, np.float32)
    for shape in ("eyeBlink", "eyeSquint", "eyeWide", "eyeLookUp", "eyeLookDown"):
        left, right = _INDEX[shape + "Left"], _INDEX[shape + "Right"]
        middle, half = (weights[left] + weights[right]) / 2, (weights[left] - weights[right]) / 2
        if not shape.startswith("eyeLook"):
            half = half * _step(_ALIKE, _APART, abs(2 * half))
            weights[left], weights[right] = middle + half, middle - half
        else:
            weights[left] = weights[right] = middle
    for left, right in _MOUTH_PAIRS:
        middle, half = (weights[left] + weights[right]) / 2, (weights[left] - weights[right]) / 2
        half = half * _step(_EVEN, _UNEVEN, abs(2 * half))
        weights[left], weights[right] = middle + half, middle - half
    for index in _SOURING:
        weights[index] *= _WEAK_SHARE + (1 - _WEAK_SHARE) * _step(_WEAK, _MEANT, weights[index])
    inner, outer = weights[_INDEX["browInnerUp"]], weights[_OUTER_BROWS]
    one, other = (_calmed(float(inner + end)) for end in outer)
    weights[_OUTER_BROWS], weights[_INDEX["browInnerUp"]] = outer * (one, other), inner * (one + other) / 2
    blinks = [min(1.0, 1.06 * float(weights[_INDEX["eyeBlink" + name]])) for name in ("Left", "Right")]
    for side, name in enumerate(("Left", "Right")):
        for shape, most in (("eyeLookDown", -30.0), ("eyeLookUp", 25.0)):
            index = _INDEX[shape + name]
            weights[index] = max(weights[index], min(max(float(gaze[side, 1]) / most, 0.0), 1.0))
        smile = max(expression[_INDEX["mouthSmile" + name]], expression[_INDEX["cheekSquint" + name]])
        blink = blinks[side]
        laugh = _step(*_LAUGH, blink) * _step(*_SMILES, smile)
        blink = max(blink, laugh, _step(*_WINK, blink - blinks[1 - side]))
        blink += (1 - blink) * _step(*_SLIT, blink)
        for shape in ("eyeSquint", "eyeWide", "eyeLookDown", "eyeLookUp", "eyeLookIn", "eyeLookOut"):
            weights[_INDEX[shape + name]] *= 1 - blink
        weights[_INDEX["cheekSquint" + name]] *= 1 - 0.7 * blink
        arcs[side] = blink**2 * _step(*_ARCS, smile) * openings[side]
        # What a frown shuts need not be shut again.
        frown = FROWN_SHUTS * float(weights[_INDEX["browDown" + name]]) * blink
        weights[_INDEX["eyeBlink" + name]] = blink * openings[side] - frown
    return weights, arcs
