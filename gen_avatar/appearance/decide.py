"""From probabilities and measures to what a person wears: the choices, and how sure they are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gen_avatar.appearance.colour import hex_to_lab, natural_hair
from gen_avatar.appearance.parser import ATTRIBUTES, NOTHING
from gen_avatar.appearance.styles import HAIR_LENGTHS, LENGTH_OF, TEXTURES_OF
from gen_avatar.tones import HAIR_TONES

#: How much the answers about hair count beside the style's own.
_LENGTH_SHARE, _TEXTURE_SHARE, _HAIRLINE_SHARE, _FRINGE_SHARE = 2.0, 1.2, 0.2, 0.3
#: How far off a measured hair colour is in Lab, and how much the parser's class of the hair counts.
_HAIR_SPREAD, _HAIR_SHARE = 8.0, 1.5
#: How much oftener than in the drawn photos people wear a style, where that is far from alike: there every
#: style is common, so that the network learns all of them.
_WORN = {
    "short": 1.5, "side-part": 1.5, "slick-back": 2.0, "low-bun": 0.7, "low-ponytail": 1.0, "bun": 0.6,
    "lob": 1.3, "long": 1.3, "twin-braids": 0.1, "space-buns": 0.1, "puffs": 0.2, "pigtails": 0.2,
    "crown-braid": 0.2, "braid": 0.3, "mullet": 0.3, "bowl": 0.1, "high-top": 0.3, "cornrows": 0.5,
    "half-up": 0.5, "top-knot": 0.4, "buzz": 0.2, "bald": 0.7,
}  # fmt: skip
#: Styles with a fringe, and what hairlines belong to a style.
_FRINGED = ("fringe", "bob-fringe", "long-fringe", "curly-fringe", "bowl", "pixie", "mullet", "shag")
_HAIRLINES = {"bald": "bald", "receding": "receding", "balding": "bald"}


def hair_posterior(said: Mapping[str, np.ndarray], length: np.ndarray | None = None) -> np.ndarray:
    """Probability [52] of each hair style, in which its length, texture, hairline and fringe have a say.

    Args:
        said: answers of the parser, as ``Parsed.attributes``.
        length: probabilities of ``HAIR_LENGTHS`` that were measured in another way, or None.
    """
    score = np.log(said["hair_style"] + 1e-6)
    lengths = said["hair_length"] if length is None else np.sqrt(said["hair_length"] * length)
    textures = dict(zip(ATTRIBUTES["texture"], said["texture"], strict=True))
    hairlines = dict(zip(ATTRIBUTES["hairline"], said["hairline"], strict=True))
    fringe = said["fringe"][ATTRIBUTES["fringe"].index("yes")]
    for i, style in enumerate(ATTRIBUTES["hair_style"]):
        score[i] += np.log(_WORN.get(style, 1.0))
        score[i] += _LENGTH_SHARE * np.log(lengths[HAIR_LENGTHS.index(LENGTH_OF[style])] + 1e-3)
        if style != "bald":
            fitting = max(textures[t] for t in TEXTURES_OF[style])
            score[i] += _TEXTURE_SHARE * np.log(fitting + 0.02)
        wanted = _HAIRLINES.get(style, "full")
        score[i] += _HAIRLINE_SHARE * np.log(hairlines[wanted] + hairlines["hidden"] + 0.02)
        score[i] += _FRINGE_SHARE * np.log((fringe if style in _FRINGED else 1 - fringe) + 0.05)
    share = np.exp(score - score.max())
    return share / share.sum()


def most_likely(name: str, share: np.ndarray) -> tuple[str, float]:
    """The likeliest answer to one of ``ATTRIBUTES`` and its probability."""
    best = int(share.argmax())
    return ATTRIBUTES[name][best], float(share[best])


def worn(name: str, share: np.ndarray) -> tuple[str, float]:
    """Whether there is something at all, then what: the answer and how sure it is that there is."""
    none = ATTRIBUTES[name].index("none")
    if share[none] >= NOTHING[name]:
        return "none", float(share[none])
    some = share.copy()
    some[none] = 0
    return ATTRIBUTES[name][int(some.argmax())], float(1 - share[none])


def without(name: str, share: np.ndarray) -> tuple[str, float]:
    """That there is nothing, and how sure that is; half, where the answer alone says otherwise."""
    none = float(share[ATTRIBUTES[name].index("none")])
    return "none", none if none >= NOTHING[name] else 0.5


def translated(said: Mapping[str, np.ndarray], name: str, words: Mapping[str, str]) -> tuple[str, float]:
    """The likeliest answer in the words of ``Appearance``."""
    answer, sure = most_likely(name, said[name])
    return words[answer], sure


def hair_color(seen: np.ndarray, classes: np.ndarray) -> tuple[np.ndarray, float]:
    """Lab [3] of the hair and how sure it is: the class that both the measure and the parser can agree on.

    Args:
        seen: Lab [3] as measured; classes: probabilities of black, brown, blond, red, grey and dyed.
    """
    names = ATTRIBUTES["hair_color"]
    score = {}
    for name, probability in zip(names, classes, strict=True):
        if name == "dyed":
            continue
        tones = np.stack([hex_to_lab(tone) for key, tone in HAIR_TONES.items() if key.startswith(name)])
        distance = float((((tones - seen) * [0.8, 1.0, 1.0]) ** 2).sum(1).min())
        score[name] = np.log(probability + 0.02) * _HAIR_SHARE - distance / (2 * _HAIR_SPREAD**2)
    best = max(score, key=lambda name: score[name])
    likely = np.exp([value - score[best] for value in score.values()])
    color, off = natural_hair(seen, best)
    dyed = float(classes[names.index("dyed")])
    if dyed > 0.5:
        return seen, dyed
    return color, float(1 / likely.sum()) * float(np.clip(1.15 - off / 60, 0, 1))
