"""From probabilities and measures to what a person wears: the choices, and how sure they are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gen_avatar.appearance.parser import ATTRIBUTES
from gen_avatar.appearance.styles import HAIR_LENGTHS, LENGTH_OF, TEXTURES_OF

#: How much the answers about hair count beside the style's own.
_LENGTH_SHARE, _TEXTURE_SHARE, _HAIRLINE_SHARE, _FRINGE_SHARE = 1.0, 0.7, 0.4, 0.3
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
        score[i] += _LENGTH_SHARE * np.log(lengths[HAIR_LENGTHS.index(LENGTH_OF[style])] + 1e-3)
        if style != "bald":
            fitting = max(textures[t] for t in TEXTURES_OF[style])
            score[i] += _TEXTURE_SHARE * np.log(fitting + 0.02)
        wanted = _HAIRLINES.get(style, "full")
        score[i] += _HAIRLINE_SHARE * np.log(hairlines[wanted] + hairlines["hidden"] + 0.02)
        score[i] += _FRINGE_SHARE * np.log((fringe if style in _FRINGED else 1 - fringe) + 0.05)
    share = np.exp(score - score.max())
    return share / share.sum()
