"""What a painted face looks like: skin, brows, eyes, lips, hair that is too short to be strands."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from skimage.color import lab2rgb

from training.photos.light import LUMINANCE, to_linear

AGES = ("child", "young", "middle", "old")
BROWS = ("natural", "sparse", "bushy", "drawn", "monobrow")
Color = tuple[float, float, float]

#: CIE Lab reflectance of skin at the ten steps of the Monk scale: lit by white light of full strength.
MONK_LAB = np.array([
    (81, 12.5, 15), (78.5, 14, 17.5), (75.5, 15.5, 20), (71.5, 16, 22), (64.5, 16.5, 25),
    (55, 16, 25), (46, 16, 23), (38, 14.5, 20), (30.5, 12.5, 16), (25, 10.5, 12.5),
], np.float64)  # fmt: skip
#: sRGB of irises, darkest first, and how often each is seen on light, middling and deep skin.
_IRISES = np.array([
    (0.17, 0.10, 0.07), (0.29, 0.18, 0.10), (0.42, 0.31, 0.17), (0.36, 0.37, 0.26), (0.35, 0.44, 0.52),
    (0.43, 0.47, 0.50),
])  # fmt: skip
_IRIS_SHARES = np.array([(10, 22, 16, 12, 28, 12), (48, 38, 8, 3, 2, 1), (78, 20, 2, 0, 0, 0)]) / 100
#: sRGB of hair, darkest first, with the shares as above.
_HAIRS = np.array([
    (0.07, 0.06, 0.06), (0.16, 0.11, 0.09), (0.27, 0.18, 0.12), (0.42, 0.29, 0.18), (0.58, 0.45, 0.29),
    (0.50, 0.24, 0.12),
])  # fmt: skip
_HAIR_SHARES = np.array([(8, 22, 28, 20, 16, 6), (55, 30, 12, 3, 0, 0), (85, 13, 2, 0, 0, 0)]) / 100
_GREY = np.array([0.56, 0.54, 0.51])
_LIPSTICKS = np.array([
    (0.68, 0.10, 0.14), (0.50, 0.08, 0.16), (0.80, 0.32, 0.40), (0.72, 0.38, 0.34), (0.34, 0.12, 0.14),
    (0.82, 0.22, 0.20),
])  # fmt: skip
_SHADOWS = np.array([(0.42, 0.28, 0.22), (0.22, 0.18, 0.18), (0.55, 0.38, 0.40), (0.30, 0.32, 0.45)])


@dataclass(frozen=True)
class FaceLook:
    """A face but for its form and its strands of hair.

    Attributes:
        skin: sRGB of the skin's reflectance; monk: its step on the Monk scale, 0 (lightest) to 9.
        undertone: -1 pink to 1 golden; age: one of ``AGES``.
        freckles, makeup, lipstick, shine, wrinkles, redness, blush, circles, blemishes: strength in [0, 1].
        moles: number of them.
        lip, iris, hair, eyeshadow: sRGB; ``hair`` is that of brows, lashes and stubble.
        pupil: radius, degrees seen from the eye's centre.
        brow: one of ``BROWS``; brow_density: [0, 1]; brow_thickness: cm; brow_arch: cm.
        lashes: [0, 1], above 0.6 as with mascara; crease: strength of the fold of the upper lid, [0, 1].
        stubble, scalp_stubble: density of shaven beard and hair, [0, 1].
        seed: of everything that falls by chance in the texture.
    """

    skin: Color
    monk: int
    undertone: float
    age: str
    freckles: float
    moles: int
    makeup: float
    blush: float
    lip: Color
    lipstick: float
    eyeshadow: Color
    iris: Color
    pupil: float
    hair: Color
    brow: str
    brow_density: float
    brow_thickness: float
    brow_arch: float
    lashes: float
    crease: float
    stubble: float
    scalp_stubble: float
    redness: float
    circles: float
    blemishes: float
    wrinkles: float
    shine: float
    seed: int

    @property
    def luminance(self) -> float:
        """Reflectance of the skin, for the camera's meter."""
        return float(to_linear(np.array(self.skin)) @ LUMINANCE)


def skin_color(monk: float, undertone: float = 0.0, lightness: float = 0.0) -> np.ndarray:
    """sRGB [3] of skin at a step of the Monk scale in [0, 9]; ``lightness`` is added to L*."""
    lab = np.array([np.interp(monk, np.arange(10), MONK_LAB[:, i]) for i in range(3)])
    lab[0] += lightness
    lab[1:] *= 1 - 0.18 * undertone, 1 + 0.18 * undertone
    return lab2rgb(lab).clip(0.02, 1)


def sample_look(rng: np.random.Generator, **fixed: Any) -> FaceLook:
    """A random face; what ``fixed`` names is as it says (but skin follows ``monk``, and so on).

    Raises:
        TypeError: ``fixed`` names something that a look does not have.
    """
    unknown = set(fixed) - {f.name for f in fields(FaceLook)}
    if unknown:
        raise TypeError(f"a face look has no {sorted(unknown)}")
    monk = int(fixed.get("monk", rng.integers(10)))
    group = 0 if monk < 4 else 1 if monk < 7 else 2
    age = fixed.get("age", str(rng.choice(AGES, p=(0.12, 0.42, 0.28, 0.18))))
    years = AGES.index(age)
    undertone = float(fixed.get("undertone", rng.uniform(-1, 1)))
    skin = np.asarray(fixed.get("skin", skin_color(monk, undertone, rng.normal(0, 1.2))))
    adult = years > 0
    made_up = adult and rng.random() < 0.35
    makeup = fixed.get("makeup", rng.uniform(0.2, 1) if made_up else 0.0)
    lipstick = rng.uniform(0.35, 1) if makeup > 0 and rng.random() < 0.65 else 0.0
    deep = monk / 9
    lip = skin * (np.array([0.84, 0.60, 0.61]) + deep * np.array([-0.06, 0.12, 0.16]))
    lip = lip * rng.uniform((0.94, 0.9, 0.9), (1.05, 1.12, 1.1))
    if lipstick:
        stick = _LIPSTICKS[rng.integers(len(_LIPSTICKS))] * (0.6 + 0.4 * skin.mean())
        lip = lip + (0.4 + 0.6 * lipstick) * (stick - lip)
    hair = _HAIRS[rng.choice(len(_HAIRS), p=_HAIR_SHARES[group])] * rng.uniform(0.85, 1.15)
    grey = rng.random() * (0.0, 0.0, 0.15, 0.85)[years]
    hair = hair + grey * (_GREY - hair)
    iris = (
        _IRISES[rng.choice(len(_IRISES), p=_IRIS_SHARES[group])]
        * rng.uniform(0.85, 1.15)
        * rng.uniform(0.95, 1.05, 3)
    )
    brow = fixed.get("brow", str(rng.choice(BROWS, p=(0.56, 0.14, 0.14, 0.10, 0.06) if adult
                                            else (0.7, 0.3, 0, 0, 0))))  # fmt: skip
    density, thickness = {
        "natural": (rng.uniform(0.45, 0.85), rng.uniform(0.5, 0.85)),
        "sparse": (rng.uniform(0.12, 0.4), rng.uniform(0.35, 0.7)),
        "bushy": (rng.uniform(0.8, 1), rng.uniform(0.75, 1.1)),
        "drawn": (rng.uniform(0.75, 1), rng.uniform(0.3, 0.6)),
        "monobrow": (rng.uniform(0.65, 1), rng.uniform(0.6, 0.95)),
    }[brow]
    bearded = adult and not made_up and rng.random() < 0.5
    chance: dict[str, Any] = {
        "skin": tuple(map(float, skin)),
        "monk": monk,
        "undertone": undertone,
        "age": age,
        "freckles": float(rng.uniform(0.2, 1)) if rng.random() < (0.25, 0.08, 0.02)[group] else 0.0,
        "moles": int(rng.poisson(1.2 if adult else 0.3)),
        "makeup": float(makeup),
        "blush": float(makeup * rng.uniform(0, 0.8)),
        "lip": tuple(map(float, lip.clip(0.02, 1))),
        "lipstick": lipstick,
        "eyeshadow": tuple(map(float, _SHADOWS[rng.integers(len(_SHADOWS))])),
        "iris": tuple(map(float, iris.clip(0.03, 1))),
        "pupil": float(rng.uniform(5.5, 10.5)),
        "hair": tuple(map(float, hair.clip(0.02, 1))),
        "brow": brow,
        "brow_density": density,
        "brow_thickness": thickness,
        "brow_arch": float(rng.normal(0.05, 0.12)),
        "lashes": float(rng.uniform(0.6, 1) if makeup > 0.2 else rng.uniform(0.1, 0.55)),
        "crease": float(rng.uniform(0, 1)),
        "stubble": float(rng.beta(1.2, 1.3)) if bearded else 0.0,
        "scalp_stubble": float(rng.beta(1.2, 1.2)) if rng.random() < 0.6 else 0.0,
        "redness": float(rng.beta(1.4, 2.6)),
        "circles": float(rng.beta(1.3, 2.2) * (0.4, 0.8, 1, 1)[years]),
        "blemishes": float(rng.beta(1, 4) * (0.2, 1, 0.7, 0.6)[years] * (1 - 0.6 * makeup)),
        "wrinkles": float((0.0, 0.08, 0.38, 0.8)[years] + rng.uniform(0, (0.03, 0.12, 0.25, 0.2)[years])),
        "shine": float(rng.beta(1.8, 2.4) * (1 - 0.5 * makeup * (rng.random() < 0.5))),
        "seed": int(rng.integers(2**31)),
    }
    return FaceLook(**{**chance, **fixed})
