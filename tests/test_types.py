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
