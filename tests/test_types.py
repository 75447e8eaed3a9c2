"""Characters as files: what is passed over, and what is not accepted."""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np
import pytest

from gen_avatar.errors import GenAvatarError, GenAvatarWarning, MediaError, UsageError
from gen_avatar.types import CHOICES, IDENTITY_DIM, Appearance, Character, Performance


def text(**changes: Any) -> str:
    data = json.loads(Character(np.full(IDENTITY_DIM, 0.5), Appearance(hair_style="bob")).to_json())
    look = changes.pop("appearance", {})
    return json.dumps({**data, **changes, "appearance": data["appearance"] | look})


def test_a_character_survives_its_file() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = Character.from_json(text())
    assert again.appearance.hair_style == "bob" and (again.identity == 0.5).all()


def test_unknown_fields_are_passed_over_and_named() -> None:
    with pytest.warns(GenAvatarWarning, match="aura, tail"):
        again = Character.from_json(text(tail=3, appearance={"aura": "#ffffff"}))
    assert again.appearance.hair_style == "bob"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"identity": "tall"}, "list of numbers"),
        ({"identity": [True] * IDENTITY_DIM}, "list of numbers"),
        ({"identity": [0.0, 1.0]}, "50 finite numbers"),
        ({"identity": [float("nan")] * IDENTITY_DIM}, "finite"),
        ({"format": "other"}, "format"),
        ({"appearance": {"hair_style": 3}}, "hair_style must be a name"),
        ({"appearance": {"hair_style": "bobb"}}, "did you mean bob"),
        ({"appearance": {"skin_color": ["#ffffff"]}}, "skin_color must be a colour"),
        ({"appearance": {"confidence": [1]}}, "objects"),
        ({"appearance": {"confidence": {"hair_style": "sure"}}}, "confidence of hair_style"),
    ],
    ids=str,
)
def test_wrong_types_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(GenAvatarError, match=words) as caught:
        Character.from_json(text(**changes))
    assert isinstance(caught.value, MediaError | UsageError)


def test_every_choice_has_a_default_in_its_list() -> None:
    look = Appearance()
    assert all(getattr(look, name) in values for name, values in CHOICES.items())
    assert set(CHOICES) <= set(Appearance.names())


def test_unknown_names_list_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean beanie"):
        Appearance(headwear_style="beany")
    with pytest.raises(UsageError, match="did you mean joy-tears"):
        Performance.still(props=("joytears",))
    with pytest.raises(UsageError, match="did you mean jawOpen"):
        Performance.still({"jawopen": 1.0})


def test_one_frame_of_a_performance_keeps_all_that_belongs_to_it() -> None:
    rng = np.random.default_rng(3)
    shapes = {"expression": (4, 52), "gaze": (4, 2, 2), "head_rotation": (4, 3), "head_translation": (4, 3)}
    arrays = {name: rng.random(shape, np.float32) for name, shape in shapes.items()}
    whole = Performance(fps=25.0, props=("tears",), **arrays)
    frame = whole.at(2)
    assert len(frame) == 1 and frame.props == ("tears",) and frame.fps == 25.0
    for name, array in arrays.items():
        np.testing.assert_array_equal(getattr(frame, name)[0], array[2])
    assert frame.confidence.shape == (1,)
