"""What is painted on hair."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gen_avatar.character.character import CharacterModel
from gen_avatar.character.colors import colors, toned
from gen_avatar.character.palette import lightness
from gen_avatar.types import Appearance, Character
from training.studio.form import groove_of
from training.wardrobe.hairpaint import GROOVE, UNDER, coil_tone, lock_tone, round_tone
from training.wardrobe.styles import HAIR

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def model() -> CharacterModel:
    return CharacterModel.from_pretrained(ROOT / "checkpoints")


def test_locks_are_dark_in_grooves_and_light_on_crests() -> None:
    across = np.linspace(-1, 1, 41)
    tone = lock_tone(across, np.full(41, 0.45), np.full(41, 0.5))
    assert tone[[0, -1]].max() <= -GROOVE and tone[25] > 0.15
    # One strand is drawn between the grooves, thin.
    dark = tone < -0.2
    assert np.diff(np.flatnonzero(np.diff(dark.astype(int)))).min() <= 5
    assert (np.diff(dark.astype(int)) != 0).sum() == 4
    along = lock_tone(np.full(50, 0.3), np.linspace(0, 1, 50), np.full(50, 0.5))
    assert along[0] < 0 and along[-1] < 0 < along[25]
    wide = lock_tone(across, np.full(41, 0.45), np.full(41, 0.5), wide=0.5)
    assert wide.min() > tone.min(), "strokes as wide as a stripe are faint"


def test_ropes_and_curls_are_lit_from_above_and_part_from_one_another() -> None:
    below, side, crest = round_tone(np.array([-1.0, 0.0, 1.0]), 0.5)[0]
    assert below < side < crest and below < -0.7 < 0 < crest
    assert round_tone(np.array([1.0]), 0.5, np.array([0.0, -0.6]))[1, 0] < -0.3
    up, down = np.array([[-0.5, 0.7, 0.5]]), np.array([[0.5, -0.7, 0.5]])
    assert coil_tone(np.array([0.6]), down)[0] < -0.5 < 0 < coil_tone(np.array([0.6]), up)[0]


@pytest.mark.parametrize("color", ["#1d1718", "#392419", "#6b4228", "#d0a963", "#ede5df", "#a7c0f4"])
def test_tones_of_any_hair_are_apart(color: str) -> None:
    hair = colors(replace(Appearance(), hair_color=color)).hair
    groove, own, light = (lightness(tone) for tone in hair)
    assert own - groove > 8 and light - own > 3
    wanted = [*hair, hair[:2].mean(0)]
    found = toned(hair, np.array([-1.0, 0, 1, -0.5]))
    assert found is not None
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    assert toned(hair, np.zeros(0)) is None
    # Looks with clean edges draw the grooves, and nothing where hair has its own colour or a light.
    assert groove_of(hair[0], hair) == 1 and groove_of(hair[1], hair) == groove_of(hair[2], hair) == 0


@pytest.mark.parametrize("style", sorted(HAIR))
def test_every_style_is_painted(model: CharacterModel, style: str) -> None:
    assert model.wardrobe is not None
    hair = model.wardrobe.garments[f"hair/{style}"][0]
    assert len(hair.tone) == len(hair.vertices) and np.abs(hair.tone).max() <= 1
    # A few dark grooves and undersides, not stripes all over; some light.
    assert hair.tone.min() < -0.5 and hair.tone.max() > 0.05
    assert np.mean(hair.tone < UNDER + 0.05) < 0.65


def test_paint_is_in_the_colours_of_the_mesh_and_only_on_hair_and_cloth(model: CharacterModel) -> None:
    look = replace(Appearance(), hair_style="cornrows", hair_color="#6b4228")
    mesh = model.build(Character(appearance=look))
    stop = 0
    for block in mesh.blocks:
        start, stop = stop, stop + block.count
        if block.painted is not None:
            assert block.part in ("hair", "cloth") and np.shape(block.color) == (3,)
            np.testing.assert_allclose(mesh.color[start:stop], block.painted, atol=1e-6)
    # Rows are painted, what is between them is not.
    assert sum(block.painted is not None and block.part == "hair" for block in mesh.blocks) == 1
