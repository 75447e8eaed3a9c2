"""Traits that tell faces apart, measured on a person's shape and drawn larger: head, eyes, nose, lips, ears.

Each trait is a ratio of :mod:`gen_avatar.head.ratios`, made independent of those of its group before it, and
a displacement of the drawn skin, cm per σ. So what is drawn stays a sum of modes.
"""

from __future__ import annotations

import numpy as np

from gen_avatar.character.ears import ear_growth
from gen_avatar.character.likeness import near_lips
from gen_avatar.character.surface import smoothstep
from gen_avatar.head.ratios import independent

#: cm by which a trait one σ from the mean is drawn beyond the likeness. Wide faces are short.
_HEAD = {"face_width": 0.46, "jaw_width": 0.42, "chin_width": 0.44, "forehead_height": 0.36}
_NOSE = {"nose_width": 0.38, "nose_length": 0.42, "nose_tip": 0.40, "nose_upturn": 0.28, "nose_bridge": 0.30}
_LIPS = {"mouth_width": 0.24, "lip_fullness": 0.12}
_BROWS = {"brow_height": 0.28}
#: Of what makes ears larger by a tenth.
_EARS = {"ears": 0.5}
#: Centres of the eyes apart, cm; share by which an eye grows; rise of its outer corner, cm per cm.
_EYES = {"eye_spacing": 0.10, "eye_size": 0.085, "eye_tilt": 0.090}


def draw_traits(
    identity: np.ndarray, ratios: dict[str, np.ndarray], mean: np.ndarray, rest: np.ndarray,
    landmarks: np.ndarray, button: np.ndarray,
) -> None:  # fmt: skip
    """Exaggerate traits of ``identity`` [K, S, 3] over ``rest`` [S, 3], in place, but for the eyes.

    Args:
        ratios: name → [K] unit row, see :func:`gen_avatar.head.ratios.ratio_rows`.
        mean: [S, 3] the drawn skin; button: [S, 3] what makes the tip of its nose stand out by 1 cm.
        landmarks: [68, 3] of the rest mean.
    """
    groups = (
        (_HEAD, _head_fields(mean, rest)),
        (_BROWS, _brow_fields(rest)),
        (_NOSE, _nose_fields(mean, rest, button)),
        (_LIPS, _lip_fields(rest, landmarks)),
        (_EARS, {"ears": ear_growth(rest)}),
    )
    for amounts, fields in groups:
        for name, share in _shares(ratios, amounts).items():
            identity += np.multiply.outer(share, fields[name]).astype(np.float32)


def eye_shares(ratios: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Name → [K] what each mode does to the drawn eyes: ``eye_spacing`` moves each centre outwards, cm,
    ``eye_size`` is the share by which an eye grows, ``eye_tilt`` the rise of its outer end, cm per cm."""
    return _shares(ratios, _EYES)


def _shares(ratios: dict[str, np.ndarray], amounts: dict[str, float]) -> dict[str, np.ndarray]:
    rows = independent([ratios[name] for name in amounts])
    return {name: amounts[name] * row for name, row in zip(amounts, rows, strict=True)}


def _head_fields(mean: np.ndarray, rest: np.ndarray) -> dict[str, np.ndarray]:
    x, y, z = mean.T
    side = np.tanh(x / 1.2)
    # Neck and shoulders stay: what lies below the jaw line follows less and less.
    neck = smoothstep(-5.0, -8.5, rest[:, 1] + 0.42 * np.clip(rest[:, 2], -7, 12))
    head = (1 - neck) * smoothstep(-4.0, 1.0, z)
    zero = np.zeros(len(mean))

    def bell(height: float, spread: float) -> np.ndarray:
        return head * np.exp(-(((y - height) / spread) ** 2))

    # Broad enough that outlines stay one curve: from temple to jaw, about the jaw's angle, about the chin.
    cheek = bell(0.3, 5.0) * beside_eyes(x, y)
    jaw = bell(-4.0, 2.9) * smoothstep(0.5, 5.0, np.abs(x))
    # A slim jaw takes a slim neck.
    below = 0.6 * neck * smoothstep(-13.0, -10.0, y) * smoothstep(0.0, 3.0, np.abs(x))
    chin = bell(-6.0, 1.9) * smoothstep(0.0, 3.0, np.abs(x)) * smoothstep(2.0, 7.0, z)
    short = smoothstep(1.5, -5.5, y) * (1 - 0.8 * neck)
    # A tall forehead is a tall dome, not a peak.
    crown = np.clip((y - 4.0) / 9.0, 0, None) * smoothstep(-1.0, 1.0, y - 4.0)
    return {
        "face_width": np.stack([0.65 * side * cheek, short, zero], 1),
        "jaw_width": np.stack([side * (jaw + below), -0.15 * jaw, zero], 1),
        "chin_width": np.stack([side * chin, -0.10 * chin, zero], 1),
        "forehead_height": np.stack([zero, crown, zero], 1),
    }


def beside_eyes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """[S] 1 at the outline of a drawn head at (x, y), cm, 0 in its middle and where eyes are."""
    low, high = np.tanh(np.abs(x) / 3.5), smoothstep(5.3, 7.6, np.abs(x))
    share = smoothstep(-1.2, 1.0, y)
    return low * (1 - share) + high * share


def _brow_fields(rest: np.ndarray) -> dict[str, np.ndarray]:
    zero = np.zeros(len(rest))
    brow = np.exp(-(((rest[:, 1] - 6.1) / 1.7) ** 2)) * smoothstep(3.0, 7.0, rest[:, 2])
    return {"brow_height": np.stack([zero, brow, zero], 1)}


def _nose_fields(mean: np.ndarray, rest: np.ndarray, button: np.ndarray) -> dict[str, np.ndarray]:
    tip = mean[np.argmax(rest[:, 2])]
    zero = np.zeros(len(mean))

    def near(at: tuple[float, float, float], spread: tuple[float, float, float]) -> np.ndarray:
        return np.exp(-(((mean - tip - at) / np.asarray(spread)) ** 2).sum(1))

    whole = near((0.0, -0.3, -0.5), (1.6, 1.2, 1.7))
    ball = near((0.0, 0.0, -0.1), (0.9, 0.8, 1.1))
    bridge = near((0.0, 1.7, -0.8), (0.75, 1.1, 1.4))
    x = mean[:, 0]
    return {
        "nose_width": wider_nose(mean, tip),
        "nose_length": np.stack([zero, -whole, zero], 1),
        "nose_tip": button,
        "nose_upturn": np.stack([zero, ball, -0.2 * ball], 1),
        "nose_bridge": np.stack([-0.25 * np.tanh(x / 0.5) * bridge, zero, bridge], 1),
    }


def wider_nose(mean: np.ndarray, tip: np.ndarray) -> np.ndarray:
    """[S, 3] what makes the base of the nose wider on the drawn ``mean`` [S, 3] with the ``tip`` [3] of its
    nose; round, for its middle spreads as well."""
    base = np.exp(-(((mean - tip - [0.0, -0.5, -0.7]) / [1.9, 0.95, 1.5]) ** 2).sum(1))
    zero = np.zeros(len(mean))
    return np.stack([np.tanh(mean[:, 0] / 1.2) * base, zero, zero], 1)


def _lip_fields(rest: np.ndarray, landmarks: np.ndarray) -> dict[str, np.ndarray]:
    near, zero = near_lips(rest, landmarks), np.zeros(len(rest))
    corner = np.abs(landmarks[[48, 54], 0]).mean()
    height = np.tanh((rest[:, 1] - landmarks[48:60, 1].mean()) / 0.5)
    bow = np.clip(1 - (rest[:, 0] / corner) ** 2, 0, 1)
    return {
        "mouth_width": np.stack([rest[:, 0] / corner * near, zero, zero], 1),
        "lip_fullness": np.stack([zero, height * near * bow, 0.6 * near * bow], 1),
    }
