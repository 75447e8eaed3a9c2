"""Ears of the drawn head."""

from pathlib import Path

import numpy as np

from gen_avatar.character.buffers import render_gbuffer
from gen_avatar.character.character import CharacterModel
from gen_avatar.character.ears import EAR_MIDDLE, EAR_RADII, draw_ears
from gen_avatar.head.model import MorphableHead
from gen_avatar.types import Appearance, Character, expression_vector

HEAD = Path(__file__).resolve().parent.parent / "checkpoints" / "head"


def test_ears_stand_out_and_the_rest_stays():
    rng = np.random.default_rng(0)
    rest = rng.uniform([-9, -8, -8], [9, 12, 11], (4000, 3)).astype(np.float32)
    drawn = draw_ears(rest, rest)
    away = np.hypot((rest[:, 1] - EAR_MIDDLE[0]) / EAR_RADII[0], (rest[:, 2] - EAR_MIDDLE[1]) / EAR_RADII[1])
    # In front of an ear and above it skin slides along.
    slides = (rest[:, 1] > EAR_MIDDLE[0]) | (rest[:, 2] > EAR_MIDDLE[1])
    face = (away > np.where(slides, 2.4, 1.45)) | (np.abs(rest[:, 0]) < 5.8)
    assert np.array_equal(drawn[face], rest[face])
    rim = (away < 0.8) & (np.abs(rest[:, 0]) > 8.2) & (rest[:, 2] < 0)
    assert rim.any()
    assert (np.abs(drawn[rim, 0]) > np.abs(rest[rim, 0]) + 0.2).all()
    assert (np.sign(drawn[rim, 0]) == np.sign(rest[rim, 0])).all()
    assert (drawn[rim, 1] - rest[rim, 1]).mean() > 0.3, "upwards"


def test_the_hollow_is_painted_at_the_side_of_the_head():
    model = CharacterModel(MorphableHead.from_pretrained(HEAD))
    bald = model.build(Character(appearance=Appearance(hair_style="bald", skin_color="#e0b090")))
    seen = render_gbuffer(
        model.pose(bald, expression_vector(None), np.zeros((2, 2), np.float32), (40.0, 0, 0)), 192
    )
    side = np.s_[80:120, 20:70]
    ear, skin = seen.albedo[side][seen.part[side] == 0], seen.albedo[60, 96]
    assert (ear[:, 2] < 0.85 * skin[2]).sum() > 20


def test_ears_and_the_skin_before_them_do_not_fold():
    head = CharacterModel(MorphableHead.from_pretrained(HEAD)).head
    a, b, c = (head.mean[head.triangles[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    middle = head.rest[head.triangles].mean(1)
    cheek = (np.abs(middle[:, 0]) > 6.5) & (middle[:, 2] > 2.0) & (np.abs(middle[:, 1] - 1) < 4)
    outwards = normal[cheek, 0] * np.sign(middle[cheek, 0])
    assert cheek.sum() > 50 and (outwards > 0).mean() > 0.99
