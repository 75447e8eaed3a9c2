"""Who is in a drawn photo: appearance drawn at random, hard cases oftener than life has them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from gen_avatar.appearance.colour import HAIR_TONES, hex_to_lab
from training.photos.hairdos import CUTS
from training.photos.look import FaceLook

#: How much oftener than the others these styles come.
_COMMON = {
    "bald": 4.0, "buzz": 3.0, "short": 4.0, "crew": 2.0, "side-part": 2.0, "receding": 3.0, "balding": 3.0, "long": 3.0,
    "wavy": 3.0, "wavy-long": 2.0, "curly": 2.0, "curly-short": 1.5, "afro": 2.0, "afro-short": 2.0, "ponytail": 1.5,
    "bob": 2.0, "bun": 1.5, "low-bun": 1.5, "lob": 1.5, "fringe": 1.5, "slick-back": 1.5, "locs-long": 1.3,
}  # fmt: skip
_BEARDS = (
    "moustache",
    "goatee",
    "full",
    "handlebar",
    "walrus",
    "chinstrap",
    "van-dyke",
    "mutton-chops",
    "boxed",
    "long",
    "soul-patch",
)
_BEARD_ODDS = np.array([3, 3, 6, 0.7, 1, 1.2, 1.5, 0.8, 3, 1.5, 0.8])
_GLASSES = ("round", "square", "rectangle", "oval", "cat-eye", "aviator", "browline", "rimless", "oversized", "hexagon",
            "sun-square", "sun-aviator", "sun-round")  # fmt: skip
_GLASSES_ODDS = np.array([2, 2.5, 4, 2, 1, 1, 1.2, 2.2, 1.2, 0.7, 1.2, 1.2, 0.8])
_HATS = (
    "cap",
    "beanie",
    "hijab",
    "turban",
    "headband",
    "straw-hat",
    "helmet",
    "bucket-hat",
    "fedora",
    "beret",
    "bandana",
    "headphones",
)
_HAT_ODDS = np.array([2.5, 1.5, 1.6, 1.0, 1.0, 1.0, 0.8, 0.8, 0.9, 0.5, 0.7, 0.6])
_DYES = np.array(
    [(0.55, 0.12, 0.3), (0.12, 0.25, 0.6), (0.1, 0.45, 0.35), (0.4, 0.15, 0.55), (0.75, 0.3, 0.45)]
)


@dataclass(frozen=True)
class Person:
    """What a person looks like, in the words of ``gen_avatar.types`` where it has them.

    Attributes:
        hair: class of the colour (black, brown, blond, red, grey or dyed); hair_rgb, beard_rgb: [2, 3]
            linear albedo at the root and the tip.
        monk: skin, 0 to 9; age: child, young, middle or old.
    """

    style: str
    hair: str
    hair_rgb: np.ndarray
    beard: str
    beard_rgb: np.ndarray
    glasses: str
    hat: str
    earrings: bool
    monk: int
    age: str


def sample_person(rng: np.random.Generator, look: FaceLook) -> Person:
    """A random person with a given face."""
    odds = np.array([_COMMON.get(name, 1.0) for name in CUTS])
    age, monk = look.age, look.monk
    style = str(rng.choice(list(CUTS), p=odds / odds.sum()))
    if age == "child" and style in ("bald", "receding", "balding"):
        style = "buzz"
    tone = _hair_tone(monk, age, rng)
    rgb = _linear(hex_to_lab(HAIR_TONES[tone]) + rng.normal(0, (4, 1.5, 2.5)))
    name = tone.split(",")[0]
    if rng.random() < 0.03:
        rgb, name = _DYES[rng.integers(len(_DYES))] ** 2.2 * rng.uniform(0.5, 1.3), "dyed"
    tips = rgb * rng.uniform(0.95, 1.6)
    if rng.random() < 0.08:  # highlights, sun-bleached or dyed ends
        tips = np.maximum(tips, np.array([0.3, 0.2, 0.09]) * rng.uniform(0.6, 1.3))
    hanging = CUTS[style].ends is not None or CUTS[style].comb == ("gather",)
    bearded = age != "child" and rng.random() < (0.1 if hanging else 0.5) * (look.makeup == 0)
    beard = str(rng.choice(_BEARDS, p=_BEARD_ODDS / _BEARD_ODDS.sum())) if bearded else "none"
    if beard == "none" and look.stubble > 0.45:
        beard = "stubble"
    beard_rgb = rgb * rng.uniform(0.7, 1.3) * rng.uniform(0.9, 1.1, 3)
    if age in ("middle", "old") and rng.random() < 0.5:
        beard_rgb = beard_rgb + rng.uniform(0.3, 1.0) * (np.array([0.42, 0.4, 0.38]) - beard_rgb)
    return Person(
        style, name, np.stack([rgb, tips]).clip(0.003, 1), beard, np.stack([beard_rgb, 1.2 * beard_rgb]).clip(0.003, 1),
        _maybe(_GLASSES, _GLASSES_ODDS, 0.4, rng), _maybe(_HATS, _HAT_ODDS, 0.2, rng), bool(rng.random() < 0.25), monk, age,
    )  # fmt: skip


def _maybe(names: tuple[str, ...], odds: np.ndarray, share: float, rng: np.random.Generator) -> str:
    return str(rng.choice(names, p=odds / odds.sum())) if rng.random() < share else "none"


def _hair_tone(monk: int, age: str, rng: np.random.Generator) -> str:
    """One of ``HAIR_TONES``: the deeper the skin the darker, the older the greyer, with many exceptions."""
    tones = list(HAIR_TONES)
    odds = np.ones(len(tones))
    for i, name in enumerate(tones):
        if name.startswith("grey"):
            odds[i] = {"child": 0.03, "young": 0.15, "middle": 1.0, "old": 5.0}[age]
        elif name.startswith(("blond", "red")):
            odds[i] = 1.3 if monk < 4 else 0.4 if monk < 7 else 0.2
        elif name == "black":
            odds[i] = 1.6 if monk < 4 else 4.0
    return tones[rng.choice(len(tones), p=odds / odds.sum())]


def _linear(lab: np.ndarray) -> np.ndarray:
    srgb = cv2.cvtColor(lab.reshape(1, 1, 3).astype(np.float32), cv2.COLOR_LAB2RGB).reshape(3).clip(0.02, 1)
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
