"""What keeps drawn faces from looking deformed: outlines far from the mean are drawn nearer to it.

Likeness exaggerates each trait, and several traits may push the same way; here what comes out is measured.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from gen_avatar.character.likeness import near_lips
from gen_avatar.character.surface import bound, nearest_binding, smoothstep
from gen_avatar.character.traits import beside_eyes, wider_nose

#: Lengths that are watched and their spread among people as drawn, cm: half the width at the temples, by how
#: much the jaw is wider than goes with that, the cheeks than both; the height of the face below the eyes, how
#: far the chin stands out; how far the nose reaches down, half its width; by how much half the mouth is wider
#: than goes with the temples, and half the chin than goes with the jaw.
_SPREAD = np.array([0.52, 0.46, 0.18, 0.74, 0.40, 0.60, 0.25, 0.45, 0.24])
#: No more than this many spreads below and above the mean; up to half of it nothing changes. Hollow cheeks
#: and pinched chins are the first to look unwell, and noses neither lie between the eyes nor are thorns.
_FARTHEST = np.array([
    [2.0, 1.85, 1.7, 1.4, 1.5, 1.5, 1.7, 1.3, 1.0],
    [1.8, 1.9, 1.2, 1.8, 1.5, 2.4, 2.4, 1.2, 1.8],
])  # fmt: skip
#: Width of the usual jaw and mouth, share of that at the temples, and of the usual chin, share of the jaw's.
_JAW, _MOUTH, _CHIN_WIDTH = 0.64, 0.38, 0.54
#: iBUG landmarks of the outline at the subject's right, level by level; mirrors are 16 less each.
_LEVELS = ([0, 1], [2, 3], [4, 5], [6])
#: Those of the chin, the bridge of the nose, its base and its wings, and of the corners of the mouth.
_CHIN, _BRIDGE, _BASE, _WINGS, _CORNERS = 8, 27, 33, (31, 35), (48, 54)
#: Share that is kept of what differs between the two sides of a face.
ASYMMETRY = 0.35


@dataclass(frozen=True)
class Moderation:
    """Measures of a drawn head and what changes them.

    Attributes:
        binding: of the 68 landmarks to the skin.
        usual: [9] the lengths of the mean head, cm.
        fields: [9, S, 3] what makes each of the lengths longer by 1 cm and leaves the others.
    """

    binding: tuple[np.ndarray, np.ndarray]
    usual: np.ndarray
    fields: np.ndarray

    @classmethod
    def of(cls, mean: np.ndarray, rest: np.ndarray, landmarks: np.ndarray) -> Moderation:
        """For the drawn ``mean`` [S, 3] of the ``rest`` skin [S, 3] with ``landmarks`` [68, 3]."""
        binding = nearest_binding(landmarks, rest)
        fields = _fields(mean, rest, near_lips(rest, landmarks))
        effect = np.stack([_lengths(bound(field, binding)) for field in fields])
        fields = np.tensordot(np.linalg.inv(effect), fields, 1).astype(np.float32)
        return cls(binding, _lengths(bound(mean, binding)), fields)

    def __call__(self, neutral: np.ndarray) -> np.ndarray:
        """[S, 3] a person's ``neutral`` skin [S, 3], its outline within what is drawn."""
        away = (_lengths(bound(neutral, self.binding)) - self.usual) / _SPREAD
        free = np.where(away < 0, _FARTHEST[0], _FARTHEST[1]) / 2
        over = np.maximum(np.abs(away) - free, 0)
        # Ever less, but never nothing: of two narrow jaws the narrower one stays it.
        change = np.sign(away) * (free * over / (free + over) - over) * _SPREAD
        return (neutral + np.tensordot(change, self.fields, 1)).astype(np.float32)


def evened(identity: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """[K, S, 3] ``identity`` whose faces are more even; ``rest`` [S, 3] is symmetric."""
    mirror = cKDTree(rest).query(rest * [-1, 1, 1])[1]
    other = identity[:, mirror] * np.array([-1, 1, 1], np.float32)
    return (identity + other) / 2 + np.float32(ASYMMETRY) * (identity - other) / 2


def _lengths(marks: np.ndarray) -> np.ndarray:
    """[9] of landmarks [68, 3], cm."""
    temple, cheek, jaw, low = (
        (marks[np.subtract(16, level), 0] - marks[level, 0]).mean() / 2 for level in _LEVELS
    )
    widths = temple, jaw - _JAW * temple, cheek - (temple + jaw) / 2
    down = marks[_BRIDGE, 1] - marks[[_CHIN, _BASE], 1]
    nose, mouth = ((marks[right, 0] - marks[left, 0]) / 2 for left, right in (_WINGS, _CORNERS))
    apart = mouth - _MOUTH * temple, low - _CHIN_WIDTH * jaw
    return np.array([*widths, down[0], marks[_CHIN, 2], down[1], nose, *apart])


def _fields(mean: np.ndarray, rest: np.ndarray, lips: np.ndarray) -> np.ndarray:
    """[9, S, 3] a wider face, one wider below, wider cheeks, a longer face, a chin farther out, a longer
    nose, a wider one, a wider mouth and a wider chin; eyes, neck and shoulders stay. They are broad: what
    they change stays one curve. ``lips``: [S] of :func:`near_lips`."""
    x, y, z = mean.T
    neck = smoothstep(-5.0, -8.5, rest[:, 1] + 0.42 * np.clip(rest[:, 2], -7, 12))
    zero = np.zeros(len(mean))
    out = np.sign(x) * beside_eyes(x, y) * (1 - 0.8 * neck) * smoothstep(-6.0, 3.0, z)
    low = smoothstep(1.0, -5.5, y) * (1 - 0.8 * neck) * smoothstep(-4.0, 1.0, z)
    chin = np.exp(-((x / 4.0) ** 2) - ((y + 5.2) / 2.2) ** 2 - ((z - 10.0) / 4.5) ** 2) * (1 - neck)
    beside = np.exp(-(((y + 5.2) / 2.0) ** 2)) * (1 - neck) * smoothstep(2.0, 7.0, z)
    tip = mean[np.argmax(rest[:, 2])]
    nose = np.exp(-(((mean - tip - [0.0, -0.3, -0.5]) / [1.7, 1.3, 1.8]) ** 2).sum(1))
    return np.stack([
        np.stack([out * np.exp(-(((y + 0.5) / 6.5) ** 2)), zero, zero], 1),
        np.stack([-out * np.tanh((y + 1.0) / 4.0) * np.exp(-(((y + 0.5) / 6.5) ** 2)), zero, zero], 1),
        np.stack([out * np.exp(-(((y + 0.9) / 3.0) ** 2)), zero, zero], 1),
        np.stack([zero, -low, zero], 1),
        np.stack([zero, zero, chin], 1),
        np.stack([zero, -nose, zero], 1),
        wider_nose(mean, tip),
        np.stack([x * lips, zero, zero], 1),
        np.stack([np.tanh(x / 1.2) * beside * (1 - lips), zero, zero], 1),
    ])  # fmt: skip
