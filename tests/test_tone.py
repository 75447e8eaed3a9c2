"""How deep a skin is read: the evidence and its line."""

from __future__ import annotations

import numpy as np
import pytest
from test_hair_shape import crop_of

from gen_avatar.appearance.colour import to_lab
from gen_avatar.appearance.features import skin_color, skin_yellow
from gen_avatar.appearance.regions import Crop, skin_zones
from gen_avatar.appearance.tone import lightness_of, likely_step, skin_evidence

FINE_VIEW = (128.0, (256, 304), (128.0, 96.0))
NOTHING = np.full(10, 0.1)


def step(light: float, yellow: float = 16.0, bright: float = 90.0, said: np.ndarray = NOTHING) -> float:
    return likely_step(skin_evidence(light, yellow, bright, said))


def test_darker_and_yellower_skin_in_a_brighter_picture_is_deeper() -> None:
    depths = [step(light) for light in range(90, 20, -5)]
    assert depths == sorted(depths) and depths[0] < 3 and depths[-1] > 6
    assert step(60, yellow=26) > step(60, yellow=12) + 0.3
    assert step(60, bright=100) > step(60, bright=75) + 0.3
    deep = np.eye(10)[8]
    assert step(60, said=deep) > step(60, said=np.eye(10)[1]) + 1.5


def test_without_colours_yellow_says_nothing() -> None:
    plain, yellow = (likely_step(skin_evidence(60.0, b, 90.0, NOTHING, colors=0.0)) for b in (0.0, 30.0))
    assert plain == pytest.approx(yellow)


def test_deeper_steps_are_worn_darker() -> None:
    tones = [lightness_of(value) for value in np.linspace(1, 10, 19)]
    assert tones == sorted(tones, reverse=True)


def test_shine_hides_little_of_the_yellow() -> None:
    crop = crop_of(FINE_VIEW, (150, 105, 75))
    dull = skin_yellow(crop, to_lab(crop.rgb))
    shining = _with_shine(crop)
    lab = to_lab(shining.rgb)
    assert abs(skin_yellow(shining, lab) - dull) < 2
    assert skin_color(shining, lab)[0][2] < dull - 3, "what is lit is paler"


def test_a_covered_zone_has_no_say() -> None:
    crop = crop_of(FINE_VIEW, (150, 105, 75))
    dull = skin_yellow(crop, to_lab(crop.rgb))
    crop.rgb[skin_zones(crop)["forehead"]] = (40, 40, 90)
    assert skin_yellow(crop, to_lab(crop.rgb)) == pytest.approx(dull, abs=0.5)


def _with_shine(crop: Crop) -> Crop:
    """The crop a little uneven, and with white light over two of five of its pixels."""
    y, x = np.indices(crop.valid.shape)
    crop.rgb[:] += ((3 * x + 7 * y) % 9)[..., None].astype(np.uint8)
    crop.rgb[(x + 2 * y) % 5 < 2] = (205, 180, 165)
    return crop
