"""What is worn fits together: lenses hide eyes, frames stand out from skin, hair hides earrings."""

import numpy as np
import pytest

from gen_avatar.character.colors import colors
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.character.palette import lightness
from gen_avatar.types import Appearance, Character, Performance
from training.studio import default_model, palettes
from training.studio.people import person_seed, sample_person
from training.studio.truth import part_mask


@pytest.mark.parametrize("style", ["sun-round", "sun-square", "sun-aviator"])
@pytest.mark.parametrize("pose", [(0, 0, 0), (40, -25, 0), (-40, 25, 0)])
def test_no_eye_shows_past_dark_lenses(style, pose):
    person = sample_person(person_seed("heldout", 403))
    look = person.appearance.with_values({"glasses_style": style})
    seen = part_mask(Character(person.identity, look), Performance.still({"eyeWideLeft": 1.0}, pose), 160)
    assert not np.isin(seen, [PART_INDEX["eye"], PART_INDEX["iris"]]).any()


def test_frames_and_metal_rims_stand_out_from_any_skin():
    for skin in palettes.SKIN_TONES:
        for color in palettes.GLASSES_COLORS:
            made = colors(Appearance(skin_color=skin, glasses_color=color))
            for role in ("glasses", "rim"):
                assert abs(lightness(made.roles[role]) - lightness(made.paint[0])) > 18, (skin, color, role)


@pytest.mark.parametrize(("hair_style", "count"), [("bald", 2), ("crew", 2), ("curly-long", 0), ("bob", 0)])
def test_earrings_are_worn_where_hair_leaves_them_free(hair_style, count):
    look = Appearance(hair_style=hair_style, earring_style="hoops")
    mesh = default_model().build(Character(appearance=look))
    assert sum(asset.part == "ornament" for asset in mesh.assets) == count
