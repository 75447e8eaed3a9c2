"""How deep a skin is: which step of the Monk scale, from its measure, its picture and the parser's answer.

Lightness alone says little, as it is the product of the skin and of a light that nobody knows: faces are
exposed for, deep ones more than light ones, and shine. What is brightest in the picture tells of the
exposure; yellow grows with depth at the same lightness; and where the parser is sure that skin is deep it
mostly is, while of light skins it tells nothing. Each says a little, and together they are a line, fitted on
drawn photos (``training/fit_skin.py``). Real photos are lit in more ways than drawn ones, so that steps in
the middle of the scale are drawn together.
"""

from __future__ import annotations

import numpy as np

from gen_avatar.appearance.colour import hex_to_lab
from gen_avatar.tones import SKIN_TONES

#: Where the line is anchored, and steps for each unit of: lightness of the skin, lightness of the brightest
#: of the picture, yellow of the skin (Lab b), how sure the parser is that it is deep, and lightness of the
#: skin beyond the anchor only: it shines, and any skin may.
_ANCHOR = np.array([70.0, 90.0, 16.0, 0.5, 80.0])
_LINE = np.array([3.536, -0.091, 0.022, 0.047, 6.119, 0.082])
#: Percentile of lightness that is the brightest.
_BRIGHT = 98
#: First of the deep steps.
_FIRST_DEEP = 7
#: Steps by the line, and what they mean: those that read most labelled photos right, and of these those that
#: read most drawn ones right.
_READ, _MEANT = (1.0, 3.5, 4.5, 6.0, 8.0, 10.0), (1.0, 3.3, 4.5, 5.6, 8.2, 10.0)


def bright(lightness: np.ndarray, valid: np.ndarray) -> float:
    """L* of the brightest of a picture [H, W], but for specks; of a well lit one where nothing is valid."""
    return float(np.percentile(lightness[valid], _BRIGHT)) if valid.any() else float(_ANCHOR[1])


def skin_evidence(
    light: float, yellow: float, bright: float, steps: np.ndarray, colors: float = 1.0
) -> np.ndarray:
    """[6] what is known of a skin's depth, a one first.

    Args:
        light: L* of the lit skin as measured; yellow: Lab b of all of it.
        bright: L* of the brightest of the picture.
        steps: [10] probabilities of the steps by the parser.
        colors: how far the picture's colours can be believed, in [0, 1].
    """
    deep = max(float(steps[_FIRST_DEEP - 1 :].sum()), float(_ANCHOR[3]))
    shine = max(light, float(_ANCHOR[4]))
    away = np.array([light, bright, yellow, deep, shine]) - _ANCHOR
    away[2] *= colors
    return np.concatenate([[1.0], away])


def likely_step(evidence: np.ndarray) -> float:
    """Step of the Monk scale, 1 (lightest) to 10; ``evidence`` as of :func:`skin_evidence`."""
    return float(np.interp(evidence @ _LINE, _READ, _MEANT))


def lightness_of(step: float) -> float:
    """L* of the tone that an avatar wears for a step of the Monk scale."""
    tones = [float(hex_to_lab(tone)[0]) for tone in SKIN_TONES]
    return float(np.interp(step, np.arange(1, len(tones) + 1), tones))
