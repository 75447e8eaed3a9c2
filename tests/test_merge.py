"""The looks of one person from several photos, and the photos themselves."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pytest

from gen_avatar.appearance.colour import hex_to_lab
from gen_avatar.appearance.merge import merge_appearances, strangers, unlike
from gen_avatar.errors import GenAvatarWarning, NoFaceError, UsageError
from gen_avatar.several import same_person
from gen_avatar.types import Appearance, Character, FaceTrack


def look(**told: tuple[str, float]) -> Appearance:
    """An appearance of ``name=(value, confidence)``."""
    values = {name: value for name, (value, _) in told.items()}
    confidence = dict.fromkeys(Appearance.names(), 0.0) | {n: trust for n, (_, trust) in told.items()}
    return Appearance(**values, confidence=confidence)


def distance(a: str, b: str) -> float:
    return float(np.linalg.norm(hex_to_lab(a) - hex_to_lab(b)))


def test_one_photo_stays_as_it_is() -> None:
    only = look(hair_style=("bob", 0.4), skin_color=("#cb9470", 0.7))
    assert merge_appearances([only]) is only


def test_names_are_voted_for_by_confidence() -> None:
    sure, unsure = look(beard_style=("full", 0.9)), look(beard_style=("none", 0.3))
    merged = merge_appearances([unsure, sure, unsure])
    assert merged.beard_style == "full"
    assert merged.confidence["beard_style"] < 0.9, "the others disagree"
    assert merge_appearances([unsure] * 4 + [sure]).beard_style == "none"


def test_agreement_makes_surer_and_disagreement_less_sure() -> None:
    alike = merge_appearances([look(age=("old", 0.5), skin_color=("#cb9470", 0.5))] * 3)
    assert 0.5 < alike.confidence["age"] < 1 and 0.5 < alike.confidence["skin_color"] < 1
    skins = ("#cb9470", "#553526")
    apart = merge_appearances([look(skin_color=(color, 0.5)) for color in skins])
    assert apart.confidence["skin_color"] < 0.3
    swapped = merge_appearances([look(skin_color=(color, 0.5)) for color in skins[::-1]])
    assert distance(apart.skin_color, swapped.skin_color) < 1, "no photo comes first"


def test_a_colour_that_stands_alone_has_little_say() -> None:
    colors = (("#cb9470", 0.6), ("#c8906c", 0.6), ("#cf9874", 0.6), ("#4060c0", 0.6))
    merged = merge_appearances([look(skin_color=told) for told in colors])
    assert distance(merged.skin_color, "#cb9470") < 8
    plain = merge_appearances([look(skin_color=("#cb9470", 0.8)), look(skin_color=("#553526", 0.05))])
    assert distance(plain.skin_color, "#cb9470") < 4, "nor has one that is not to be trusted"


def test_what_is_worn_in_most_photos_wins_with_its_colour() -> None:
    bare = look(glasses_style=("none", 0.9))
    red = look(glasses_style=("round", 0.5), glasses_color=("#c02020", 0.4))
    blue = look(glasses_style=("square", 0.6), glasses_color=("#2020c0", 0.6))
    merged = merge_appearances([bare, red, blue])
    assert merged.glasses_style == "square" and merged.glasses_color == "#2020c0"
    merged = merge_appearances([bare, red, red])
    assert merged.glasses_style == "round" and merged.glasses_color == "#c02020"
    assert merge_appearances([bare, red]).glasses_style == "none", "a tie goes to the surest"
    assert merge_appearances([bare, bare, look(glasses_style=("round", 1.0))]).glasses_style == "none"
    guesses = [look(glasses_style=("round", 0.1))] * 2
    assert merge_appearances([bare, *guesses]).glasses_style == "none", "faint guesses do not count"


def test_clothes_are_one_of_those_worn() -> None:
    shirts = (("#c02020", 0.6), ("#2020c0", 0.5), ("#2424b8", 0.5))
    merged = merge_appearances([look(cloth_color=told) for told in shirts])
    assert distance(merged.cloth_color, "#2222bc") < 4


def test_what_no_photo_tells_is_the_default() -> None:
    merged = merge_appearances([look(hair_style=("bob", 0.5)), look()])
    assert merged.hair_style == "bob" and merged.confidence["hair_style"] == 0.5
    assert merged.eye_color == Appearance().eye_color and merged.confidence["eye_color"] == 0
    assert merge_appearances([Appearance(), Appearance()]) == Appearance()
    with pytest.raises(UsageError):
        merge_appearances([])


def test_strangers_are_told_and_nobody_else() -> None:
    rng = np.random.default_rng(0)
    person, other = rng.standard_normal((2, 50))
    other -= (other @ person) / (person @ person) * person + 0.3 * person
    photos = [person + 0.5 * rng.standard_normal(50) for _ in range(3)]
    plain = look(skin_color=("#cb9470", 0.8))
    assert strangers(photos, [plain] * 3) == []
    assert strangers([*photos, other], [plain] * 4) == [3]
    assert strangers([person, other], [plain] * 2) == [0, 1]
    assert strangers([person], [plain]) == [] == strangers([np.zeros(50)] * 2, [plain] * 2)
    deep = look(skin_color=("#3d2720", 0.8))
    assert unlike([person] * 2, [plain, deep])[0, 1] > 0.5
    assert unlike([person] * 2, [plain, look(skin_color=("#3d2720", 0.0))])[0, 1] < 1e-9
    assert unlike([person] * 2, [plain, look(skin_color=("#b07a55", 0.8))])[0, 1] < 1e-9, "light does that"


@dataclass
class Told:
    character: Character
    track: FaceTrack


def read(photo: object) -> Told:
    if isinstance(photo, str) and photo == "blank.png":
        raise NoFaceError("nobody there")
    person = look(hair_style=("bob", 0.5))
    return Told(Character(np.ones(50), person), FaceTrack(np.zeros((478, 3)), (0, 0, 1, 1), 1.0, (9, 9)))


def test_photos_without_a_face_are_passed_over() -> None:
    def identify(tracks: object) -> np.ndarray:
        return np.full(50, len(tracks))  # type: ignore[arg-type]

    with pytest.warns(GenAvatarWarning, match="blank.png: nobody there") as told:
        person = same_person(["a.png", "blank.png", np.zeros((9, 9, 3), np.uint8)], read, identify)
    assert len(told) == 1 and person.identity[0] == 2
    assert person.appearance.confidence["hair_style"] > 0.5
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(NoFaceError, match="none of 2 photos.*nobody there"):
            same_person(["blank.png"] * 2, read, identify)
        same_person(("a.png",), read, identify)
        for wrong in ([], None, ["a.png", "me.json"], ["a.png", Character()], ["a.png", 3]):
            with pytest.raises(UsageError):
                same_person(wrong, read, identify)  # type: ignore[arg-type]
