"""Kernels that move the vertices of a character."""

from __future__ import annotations

import numpy as np
from numba import njit

from gen_avatar.character.surface import smoothstep
from gen_avatar.types import ARKIT_52

_INDEX = {name: i for i, name in enumerate(ARKIT_52)}


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

    Lids follow the gaze, a shut eye stays shut whatever else its lids do, and a smile turns it into an arc.

    Args:
        expression: [52]; gaze: [2, 2] (yaw, pitch) of the left and right eye, degrees.
        openings: [2] of either eye: the lids of a large one have farther to go.
    """
    weights, arcs = expression.copy(), np.zeros(2, np.float32)
    for side, name in enumerate(("Left", "Right")):
        look = np.clip(gaze[side, 1] / np.array([-30.0, 25.0]), 0, 1)
        for shape, amount in (("eyeLookDown", look[0]), ("eyeLookUp", look[1])):
            index = _INDEX[shape + name]
            weights[index] = max(weights[index], amount)
        blink = min(1.0, 1.06 * float(expression[_INDEX["eyeBlink" + name]]))
        weights[_INDEX["eyeBlink" + name]] = blink
        for shape in ("eyeSquint", "eyeWide", "eyeLookDown", "eyeLookUp", "eyeLookIn", "eyeLookOut"):
            weights[_INDEX[shape + name]] *= 1 - blink
        weights[_INDEX["cheekSquint" + name]] *= 1 - 0.7 * blink
        smile = max(expression[_INDEX["mouthSmile" + name]], expression[_INDEX["cheekSquint" + name]])
        arcs[side] = blink**2 * smoothstep(0.25, 0.85, np.asarray(smile)) * openings[side]
        weights[_INDEX["eyeBlink" + name]] *= openings[side]
    return weights, arcs
