"""Skin of every tone: what exposure and the parser's answer do to its measure."""

from __future__ import annotations

import numpy as np

from gen_avatar.appearance.colour import hex_to_lab
from gen_avatar.appearance.decide import skin_color
from gen_avatar.appearance.features import exposed_skin, exposure_gain
from gen_avatar.tones import SKIN_TONES


def told(step: int, share: float) -> np.ndarray:
    """[10] probabilities of the steps: one of them has a share, the others the rest."""
    return np.where(np.arange(1, 11) == step, share, (1 - share) / 9)


def test_deep_skin_is_believed_where_it_is_sure() -> None:
    shiny = hex_to_lab(SKIN_TONES[5])
    assert skin_color(shiny, told(9, 0.97))[0] < skin_color(shiny, told(9, 0.6))[0] - 5
    light = hex_to_lab(SKIN_TONES[1])
    assert abs(skin_color(light, told(2, 0.97))[0] - light[0]) < 4, "and light skin stays"


def test_exposure_is_a_gain() -> None:
    gain = exposure_gain(np.full(100, 70.0))
    assert gain > 1.2 and exposure_gain(np.full(100, 95.0)) == exposure_gain(np.zeros(0)) == 1
    lifts = [exposed_skin(hex_to_lab(tone), gain)[1] for tone in (SKIN_TONES[4], SKIN_TONES[8])]
    assert lifts[1] < 0.75 * lifts[0], "deep skin is lifted less than light skin"
    assert exposure_gain(np.zeros(100)) < 1.5, "a black picture does not make light skin"
