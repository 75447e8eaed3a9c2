"""Skin of every tone: what exposure, shine, yellow and the parser's answer do to its measure."""

from __future__ import annotations

import numpy as np
import pytest
from test_hair_shape import FACE

from gen_avatar.appearance.colour import hex_to_lab, skin_step
from gen_avatar.appearance.features import exposed, exposure_gain
from gen_avatar.appearance.parser import ATTRIBUTES, FACE_VIEW, HEAD_VIEW, FaceParser
from gen_avatar.appearance.tone import bright, lightness_of, likely_step, skin_evidence
from gen_avatar.loading import load_network
from gen_avatar.tones import SKIN_TONES
from gen_avatar.weights import checkpoint
from training.fit_skin import fit_skin
from training.photos.render import ORIGIN, SCALE

#: What the parser says where it does not know.
UNSURE = np.full(10, 0.1)


def told(step: int, share: float) -> np.ndarray:
    """[10] probabilities of the steps: one of them has a share, the others the rest."""
    return np.where(np.arange(1, 11) == step, share, (1 - share) / 9)


def step_of(skin: np.ndarray, white: float = 90.0, said: np.ndarray = UNSURE) -> float:
    return likely_step(skin_evidence(float(skin[0]), float(skin[2]), white, said))


def test_tones_are_read_in_their_order_and_near_what_they_are() -> None:
    read = [step_of(hex_to_lab(tone), said=told(step, 0.9)) for step, tone in enumerate(SKIN_TONES, 1)]
    assert read == sorted(read)
    assert np.abs(np.array(read) - np.arange(1, 11)).max() <= 2.1


def test_deep_skin_is_believed_where_it_is_sure() -> None:
    shiny = hex_to_lab(SKIN_TONES[5])
    assert step_of(shiny, said=told(9, 0.97)) > step_of(shiny, said=told(9, 0.6)) + 1
    light = hex_to_lab(SKIN_TONES[1])
    assert step_of(light, said=told(2, 0.97)) == step_of(light), "of light skin the parser tells nothing"


def test_dim_pictures_do_not_make_deep_skin_nor_yellow_light_a_pale_one() -> None:
    skin = np.array([62.0, 15.0, 18.0])
    assert step_of(skin, white=70) < step_of(skin, white=97)
    assert step_of(skin + [0, 0, 12]) > step_of(skin) + 0.3


def test_shine_says_less_than_shade() -> None:
    steps = [step_of(np.array([lightness, 14.0, 16.0])) for lightness in (60, 70, 90, 100)]
    assert steps == sorted(steps, reverse=True)
    assert steps[0] - steps[1] > 2 * (steps[2] - steps[3])


def test_a_step_and_its_lightness_belong_together() -> None:
    for step, tone in enumerate(SKIN_TONES, 1):
        assert lightness_of(step) == pytest.approx(float(hex_to_lab(tone)[0]))
        assert skin_step(tone) == pytest.approx(step, abs=0.05)
    assert lightness_of(2) > lightness_of(2.5) > lightness_of(3)


def test_the_brightest_is_no_speck() -> None:
    picture = np.full((50, 50), 60.0)
    picture[0, :3] = 100
    assert bright(picture, np.ones((50, 50), bool)) == 60
    assert bright(picture, np.zeros((50, 50), bool)) > 80


def test_exposure_is_a_gain() -> None:
    gain = exposure_gain(np.full(100, 70.0))
    assert gain > 1.2 and exposure_gain(np.full(100, 95.0)) == exposure_gain(np.zeros(0)) == 1
    colors = [hex_to_lab(tone) for tone in (SKIN_TONES[4], SKIN_TONES[8])]
    lifts = [exposed(color, gain)[0] - color[0] for color in colors]
    assert 0 < lifts[1] < 0.75 * lifts[0], "deep skin is lifted less than light skin"
    assert exposure_gain(np.zeros(100)) < 1.5, "a black picture does not make light skin"


def test_the_line_is_fitted(drawn_skins: dict[str, np.ndarray]) -> None:
    line, share = fit_skin(load_network(FaceParser, checkpoint("parser")), drawn_skins)
    assert line.shape == (6,) and line[1] < 0, "the lighter, the lower the step"
    assert share > 0.7


@pytest.fixture
def drawn_skins() -> dict[str, np.ndarray]:
    """Flat faces of every tone, in the form of drawn photos."""
    tones = [tone for tone in SKIN_TONES for _ in range(2)]
    rows: dict[str, list[np.ndarray]] = {"points": [], "answers": []}
    for number, tone in enumerate(tones):
        rgb = np.array([int(tone[i : i + 2], 16) for i in (1, 3, 5)], np.uint8)
        answers = np.full(len(ATTRIBUTES), -1, np.int8)
        answers[list(ATTRIBUTES).index("skin")] = number // 2
        rows["points"].append((FACE * SCALE + ORIGIN).astype(np.float32))
        rows["answers"].append(answers)
        for name, (_, (width, height), _) in (("head", HEAD_VIEW), ("face", FACE_VIEW)):
            picture = np.broadcast_to(rgb, (height, width, 3))
            rows.setdefault(f"{name}_rgb", []).append(picture)
            rows.setdefault(f"{name}_valid", []).append(np.ones((height, width), bool))
            rows.setdefault(f"{name}_person", []).append(np.full((height, width), 255, np.uint8))
    return {name: np.stack(values) for name, values in rows.items()}
