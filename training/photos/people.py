"""Who is in a drawn photo: appearance drawn at random, hard cases oftener than life has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from gen_avatar.appearance.colour import hex_to_lab
from gen_avatar.tones import HAIR_TONES
from training.photos.cuts import CUTS
from training.photos.light import to_linear
from training.photos.look import FaceLook

#: How much oftener than the others these styles come.
_COMMON = {
    "bald": 6.0, "buzz": 3.0, "short": 4.0, "crew": 2.0, "side-part": 2.0, "receding": 3.0, "balding": 3.0,
    "long": 3.0, "wavy": 3.0, "wavy-long": 2.0, "curly": 2.0, "curly-short": 1.5, "afro": 2.0,
    "afro-short": 2.0, "ponytail": 1.5, "bob": 2.0, "bun": 1.5, "low-bun": 1.5, "lob": 1.5, "fringe": 1.5,
    "slick-back": 1.5, "locs-long": 1.3,
}  # fmt: skip
#: What is worn, and how often against each other.
_BEARDS = {
    "moustache": 3, "goatee": 3, "full": 6, "handlebar": 0.7, "walrus": 1, "chinstrap": 1.2,
    "van-dyke": 1.5, "mutton-chops": 0.8, "boxed": 3, "long": 1.5, "soul-patch": 0.8,
}  # fmt: skip
_GLASSES = {
    "round": 2, "square": 2.5, "rectangle": 4, "oval": 2, "cat-eye": 1, "aviator": 1, "browline": 1.2,
    "rimless": 2.2, "oversized": 1.2, "hexagon": 0.7, "sun-square": 1.2, "sun-aviator": 1.2,
    "sun-round": 0.8,
}  # fmt: skip
_HATS = {
    "cap": 2.5, "beanie": 1.5, "hijab": 1.6, "turban": 1.0, "headband": 1.0, "straw-hat": 1.0,
    "helmet": 0.8, "bucket-hat": 0.8, "fedora": 0.9, "beret": 0.5, "bandana": 0.7, "headphones": 0.6,
}  # fmt: skip
#: Shares of the people who wear them.
_WITH_GLASSES, _WITH_HAT, _WITH_EARRINGS = 0.35, 0.14, 0.25
#: Linear colours of dyed hair.
_DYES = np.array(
    [(0.55, 0.12, 0.3), (0.12, 0.25, 0.6), (0.1, 0.45, 0.35), (0.4, 0.15, 0.55), (0.75, 0.3, 0.45)]
) ** 2.2  # fmt: skip


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
    age, monk = look.age, look.monk
    style = _one_of({name: _COMMON.get(name, 1.0) for name in CUTS}, rng)
    if age == "child" and style in ("bald", "receding", "balding"):
        style = "buzz"
    tone = _hair_tone(monk, age, rng)
    lab = (hex_to_lab(HAIR_TONES[tone]) + rng.normal(0, (4, 1.5, 2.5))).astype(np.float32)
    rgb = to_linear(cv2.cvtColor(lab.reshape(1, 1, 3), cv2.COLOR_LAB2RGB).reshape(3).clip(0.02, 1))
    name = tone.split(",")[0]
    if rng.random() < 0.03:
        rgb, name = _DYES[rng.integers(len(_DYES))] * rng.uniform(0.5, 1.3), "dyed"
    tips = rgb * rng.uniform(0.95, 1.6)
    if rng.random() < 0.08:  # highlights, sun-bleached or dyed ends
        tips = np.maximum(tips, np.array([0.3, 0.2, 0.09]) * rng.uniform(0.6, 1.3))
    hanging = CUTS[style].ends is not None or CUTS[style].comb == ("gather",)
    bearded = age != "child" and rng.random() < (0.1 if hanging else 0.5) * (look.makeup == 0)
    beard = _one_of(_BEARDS, rng) if bearded else "none"
    if beard == "none" and look.stubble > 0.45:
        beard = "stubble"
    beard_rgb = rgb * rng.uniform(0.7, 1.3) * rng.uniform(0.9, 1.1, 3)
    if age in ("middle", "old") and rng.random() < 0.5:
        beard_rgb = beard_rgb + rng.uniform(0.3, 1.0) * (np.array([0.42, 0.4, 0.38]) - beard_rgb)
    eyewear = _one_of(_GLASSES, rng) if rng.random() < _WITH_GLASSES else "none"
    hat = _one_of(_HATS, rng) if rng.random() < _WITH_HAT else "none"
    return Person(
        style, name, np.stack([rgb, tips]).clip(0.003, 1), beard,
        np.stack([beard_rgb, 1.2 * beard_rgb]).clip(0.003, 1), eyewear, hat,
        bool(rng.random() < _WITH_EARRINGS), monk, age,
    )  # fmt: skip


def _one_of(odds: Mapping[str, float], rng: np.random.Generator) -> str:
    """A name, by how often it comes."""
    shares = np.array(list(odds.values()))
    return str(rng.choice(list(odds), p=shares / shares.sum()))


def _hair_tone(monk: int, age: str, rng: np.random.Generator) -> str:
    """One of ``HAIR_TONES``: the deeper the skin the darker, the older the greyer, with many exceptions."""
    odds = dict.fromkeys(HAIR_TONES, 1.0)
    for name in odds:
        if name.startswith("grey"):
            odds[name] = {"child": 0.03, "young": 0.15, "middle": 1.0, "old": 5.0}[age]
        elif name.startswith(("blond", "red")):
            odds[name] = 1.3 if monk < 4 else 0.4 if monk < 7 else 0.2
        elif name == "black":
            odds[name] = 1.6 if monk < 4 else 4.0
    return _one_of(odds, rng)
