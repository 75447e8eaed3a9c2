"""Traits that tell faces apart, measured on a person's shape and drawn larger: nose, jaw, cheeks, chin, lips.

Each trait is a linear measure of identity, brought to unit variance and made independent of those before it,
and a displacement of the drawn skin, cm per σ. So what is drawn stays a sum of modes.
"""

from __future__ import annotations

import numpy as np

from gen_avatar.character.likeness import near_lips
from gen_avatar.character.surface import smoothstep

#: cm by which a trait one σ from the mean is drawn beyond the likeness.
_HEAD = {"long": 0.20, "cheek": 0.16, "jaw": 0.16, "chin": 0.05}
_NOSE = {"width": 0.20, "length": 0.20, "tip": 0.18, "upturn": 0.16, "bridge": 0.20}
_LIPS = {"mouth": 0.08, "fullness": 0.09}


def draw_traits(
    identity: np.ndarray, own: np.ndarray, mean: np.ndarray, rest: np.ndarray, landmarks: np.ndarray,
    button: np.ndarray,
) -> None:  # fmt: skip
    """Exaggerate traits of ``identity`` [K, S, 3], in place.

    Args:
        own: [K, S, 3] identity as measured, over ``rest`` [S, 3].
        mean: [S, 3] the drawn skin; button: [S, 3] what makes the tip of its nose stand out by 1 cm.
        landmarks: [68, 3] of the rest mean.
    """
    at = [int(np.argmin(np.linalg.norm(rest - point, axis=1))) for point in landmarks]
    moved = own[:, at]
    groups = (
        (_HEAD, _head_measures(moved), _head_fields(mean, rest)),
        (_NOSE, _nose_measures(moved), _nose_fields(mean, rest, landmarks, button)),
        (_LIPS, _lip_measures(moved), _lip_fields(rest, landmarks)),
    )
    for amounts, measures, fields in groups:
        for name, share in zip(amounts, independent(measures), strict=True):
            identity += np.multiply.outer(share, amounts[name] * fields[name]).astype(np.float32)


def independent(measures: list[np.ndarray]) -> np.ndarray:
    """[n, K] unit rows: each measure [K] without what those before it say."""
    rows: list[np.ndarray] = []
    for measure in measures:
        left = measure - sum((measure @ row) * row for row in rows)
        rows.append(left / np.linalg.norm(left))
    return np.stack(rows)


def _head_measures(moved: np.ndarray) -> list[np.ndarray]:
    """Of landmarks [K, 68, 3]: how long the face is, how wide its cheeks, its jaw, its chin."""
    return [moved[:, 27, 1] - moved[:, 8, 1], *(_apart(moved, a, b) for a, b in ((2, 14), (4, 12), (6, 10)))]


def _nose_measures(moved: np.ndarray) -> list[np.ndarray]:
    """Width of the wings, length, how far the tip stands out, how high it sits, height of the bridge."""
    return [
        _apart(moved, 31, 35),
        moved[:, 27, 1] - moved[:, 33, 1],
        moved[:, 30, 2] - (moved[:, 31, 2] + moved[:, 35, 2]) / 2,
        moved[:, 30, 1] - moved[:, 33, 1],
        moved[:, 28, 2] - (moved[:, 39, 2] + moved[:, 42, 2]) / 2,
    ]


def _lip_measures(moved: np.ndarray) -> list[np.ndarray]:
    return [_apart(moved, 48, 54), moved[:, 51, 1] - moved[:, 57, 1]]


def _apart(moved: np.ndarray, right: int, left: int) -> np.ndarray:
    return (moved[:, left, 0] - moved[:, right, 0]) / 2


def _head_fields(mean: np.ndarray, rest: np.ndarray) -> dict[str, np.ndarray]:
    x, y, z = mean.T
    side = np.tanh(x / 1.2)
    # Neck and shoulders stay: what lies below the jaw line follows less and less.
    neck = smoothstep(-5.0, -8.5, rest[:, 1] + 0.42 * np.clip(rest[:, 2], -7, 12))
    head = (1 - neck) * smoothstep(-4.0, 1.0, z)
    zero = np.zeros(len(mean))

    def swell(at: tuple[float, float, float], spread: tuple[float, float, float]) -> np.ndarray:
        away = (np.stack([np.abs(x), y, z], 1) - at) / np.asarray(spread)
        return head * np.exp(-(away**2).sum(1))

    cheek = swell((6.2, -0.9, 6.5), (2.8, 2.4, 5.5))
    jaw = swell((5.2, -3.7, 6.2), (2.8, 1.9, 5.0))
    # A slim jaw takes a slim neck.
    below = 0.6 * neck * smoothstep(-13.0, -10.0, y) * smoothstep(0.0, 3.0, np.abs(x))
    chin = swell((2.6, -5.3, 9.0), (1.7, 1.5, 3.5))
    return {
        "long": np.stack([zero, -smoothstep(1.0, -5.5, y) * (1 - 0.8 * neck), zero], 1),
        "cheek": np.stack([side * cheek, zero, 0.4 * cheek], 1),
        "jaw": np.stack([side * (jaw + below), -0.15 * jaw, zero], 1),
        "chin": np.stack([side * chin, -0.10 * chin, zero], 1),
    }


def _nose_fields(
    mean: np.ndarray, rest: np.ndarray, landmarks: np.ndarray, button: np.ndarray
) -> dict[str, np.ndarray]:
    tip = mean[np.argmax(rest[:, 2])]
    zero = np.zeros(len(mean))

    def near(at: tuple[float, float, float], spread: tuple[float, float, float]) -> np.ndarray:
        return np.exp(-(((mean - tip - at) / np.asarray(spread)) ** 2).sum(1))

    base = near((0.0, -0.5, -0.7), (1.9, 0.95, 1.5))
    whole = near((0.0, -0.3, -0.5), (1.6, 1.2, 1.7))
    ball = near((0.0, 0.0, -0.1), (0.9, 0.8, 1.1))
    bridge = near((0.0, 1.7, -0.8), (0.75, 1.1, 1.4))
    x = mean[:, 0]
    return {
        "width": np.stack([np.tanh(x / 0.7) * base, zero, zero], 1),
        "length": np.stack([zero, -whole, zero], 1),
        "tip": button,
        "upturn": np.stack([zero, ball, -0.2 * ball], 1),
        "bridge": np.stack([-0.25 * np.tanh(x / 0.5) * bridge, zero, bridge], 1),
    }


def _lip_fields(rest: np.ndarray, landmarks: np.ndarray) -> dict[str, np.ndarray]:
    near, zero = near_lips(rest, landmarks), np.zeros(len(rest))
    corner = np.abs(landmarks[[48, 54], 0]).mean()
    height = np.tanh((rest[:, 1] - landmarks[48:60, 1].mean()) / 0.5)
    bow = np.clip(1 - (rest[:, 0] / corner) ** 2, 0, 1)
    return {
        "mouth": np.stack([rest[:, 0] / corner * near, zero, zero], 1),
        "fullness": np.stack([zero, height * near * bow, 0.6 * near * bow], 1),
    }
