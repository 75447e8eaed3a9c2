"""Hats and clothes that read as such: visors, ribs and folds, and colours that stand off from the skin."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from gen_avatar.character.character import CharacterModel
from gen_avatar.character.colors import _WORN_GAP, colors, skin_gap, worn_color
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.character.palette import hex_to_rgb, lightness, skin_palette
from gen_avatar.character.placing import _MIDDLE
from gen_avatar.character.wardrobe.garments import Garment, Wardrobe
from gen_avatar.head.model import MorphableHead
from gen_avatar.types import CLOTH_STYLES, Appearance, Character, Performance
from training.studio import palettes
from training.studio.people import _CLOTH_GAP, person_seed, sample_person
from training.studio.truth import part_mask

ROOT = Path(__file__).resolve().parent.parent / "checkpoints"
STILL = np.zeros(52, np.float32), np.zeros((2, 2), np.float32)
#: Triangles of a hat with the hair that it brings.
MOST_TRIANGLES = 8500


@cache
def wardrobe() -> Wardrobe:
    return Wardrobe.from_pretrained(ROOT / "assets")


@pytest.fixture(scope="module")
def model() -> CharacterModel:
    return CharacterModel(MorphableHead.from_pretrained(ROOT / "head"), wardrobe())


def _hat(style: str) -> tuple[Garment, ...]:
    return wardrobe().garments[f"headwear/{style}"]


@pytest.mark.parametrize("style", [n[9:] for n in wardrobe().garments if n.startswith("headwear/")])
def test_hats_are_light(style: str) -> None:
    assert sum(len(garment.triangles) for garment in _hat(style)) <= MOST_TRIANGLES


def test_the_visor_of_a_cap_stands_out_and_hangs_below_where_it_is_sewn_on() -> None:
    crown, visor, *_ = _hat("cap")
    ahead = np.abs(visor.vertices[:, 0]) < 1
    edge = visor.vertices[ahead][np.argmax(visor.vertices[ahead, 2])]
    front = crown.vertices[(np.abs(crown.vertices[:, 0]) < 1) & (crown.vertices[:, 2] > 0)]
    assert visor.role == "trim" and edge[2] > front[:, 2].max() + 3.5
    # The camera sees its upper side: between edge and crown lies a crescent.
    sewn = visor.vertices[ahead & (visor.vertices[:, 2] < edge[2] - 4) & (visor.vertices[:, 1] > edge[1]), 1]
    assert sewn.max() - edge[1] > 2.5
    # Below, it is dark.
    lower = ahead & (visor.vertices[:, 2] > edge[2] - 2) & (visor.vertices[:, 1] < edge[1])
    assert (visor.tone[lower] == -1).all()


@pytest.mark.parametrize(
    ("style", "part"), [("cap", 0), ("beanie", 0), ("beanie", 1), ("hijab", 1), ("hijab", 2), ("turban", 0)]
)
def test_seams_ribs_and_folds_are_painted(style: str, part: int) -> None:
    tone = _hat(style)[part].tone
    assert tone.min() < -0.75 and (np.abs(tone) < 0.35).mean() > 0.4


def test_a_cuff_is_thick() -> None:
    crown, cuff, *_ = _hat("beanie")

    def side(points: np.ndarray, low: float, high: float) -> float:
        return float(np.abs(points[(points[:, 1] > low) & (points[:, 1] < high), 0]).max())

    top = cuff.vertices[:, 1].max()
    assert side(cuff.vertices, top - 3, top) > side(crown.vertices, top, top + 1.5) + 0.5


def test_cloth_is_painted_in_its_own_hue() -> None:
    palette = colors(Appearance(headwear_color="#3f9d7c"))
    painted = palette.painted("headwear", np.array([-1.0, 0.0, 1.0]))
    assert painted is not None
    dark, own, light = painted
    np.testing.assert_allclose(own, palette.roles["headwear"], atol=1e-6)
    assert lightness(dark) < lightness(own) - 12 < lightness(light) - 20
    np.testing.assert_array_equal(palette.tones("hair"), palette.hair)


@pytest.mark.parametrize("skin", palettes.SKIN_TONES)
def test_no_cloth_is_taken_for_skin(skin: str) -> None:
    ground = skin_palette(skin).base
    for color in (*palettes.CLOTH_COLORS, *palettes.SKIN_TONES, skin, "#ffffff", "#d8c3a5"):
        worn, given = worn_color(color, skin), hex_to_rgb(color)
        if skin_gap(given, ground) >= _WORN_GAP:
            np.testing.assert_array_equal(worn, given)
        elif lightness(given) < 84:
            assert skin_gap(worn, ground) > _WORN_GAP - 7, (color, skin)
        else:
            assert skin_gap(worn, ground) > skin_gap(given, ground)
    look = Appearance(skin_color=skin, cloth_color=skin, headwear_color=skin)
    for role in ("cloth", "headwear"):
        assert skin_gap(colors(look).roles[role], ground) > 18


def test_sampled_clothes_stand_off_from_skin_and_hats_from_hair() -> None:
    for index in range(60):
        look = sample_person(person_seed("train", index)).appearance
        skin = skin_palette(look.skin_color).base
        assert skin_gap(hex_to_rgb(look.cloth_color), skin) >= _CLOTH_GAP
        hat = hex_to_rgb(look.headwear_color)
        assert min(skin_gap(hat, skin), skin_gap(hat, hex_to_rgb(look.hair_color))) >= _CLOTH_GAP


def test_a_glint_is_on_the_nearer_lens(model: CharacterModel) -> None:
    mesh = model.build(Character(), ("sunglasses", "glint"))
    middles = []
    for yaw in (-30, 0, 30):
        posed = model.pose(mesh, *STILL, (yaw, 0, 0))
        middles.append(posed.points[-len(mesh.assets[-1].vertices) :].mean(0))
    assert mesh.assets[-1].color_role == "prop-glint"
    # Each turn takes it to the side that comes nearer to the camera.
    assert all(np.abs(middle[0]) < 4.5 for middle in middles[::2])
    assert middles[1][0] > 2 and min(middles[0][2], middles[2][2]) > middles[1][2] - 1.5


@pytest.mark.parametrize("hair", ["long", "braid", "bald"])
def test_an_anger_mark_lies_beside_the_head(model: CharacterModel, hair: str) -> None:
    mesh = model.build(Character(appearance=Appearance(hair_style=hair)), ("anger-mark",))
    mark = mesh.camera.project(mesh.assets[-1].vertices, 1)[:, :2]
    head = np.concatenate([mesh.neutral, *(a.vertices for a in mesh.assets[:-1] if a.follow)])
    outline = mesh.camera.project(head, 1)[:, :2]
    toward = mark.mean(0) - _MIDDLE
    toward = toward / np.linalg.norm(toward)
    near = (outline - _MIDDLE) @ toward
    beside = np.abs((outline - _MIDDLE) @ [toward[1], -toward[0]]) < 0.02
    assert ((mark - _MIDDLE) @ toward).min() > near[beside].max() - 0.01


@pytest.mark.parametrize("hat", ["fedora", "straw-hat", "bucket-hat", "cap", "beanie", "beret"])
def test_raised_brows_show_below_a_hat(hat: str) -> None:
    raised = Performance.still({"browInnerUp": 0.6, "browOuterUpLeft": 0.6, "browOuterUpRight": 0.6})
    for index in (814, 857):
        person = sample_person(person_seed("heldout", index))
        shares = []
        for worn in (hat, "none"):
            styles = {"headwear_style": worn, "hair_style": "bald", "glasses_style": "none"}
            look = person.appearance.with_values(styles)
            seen = part_mask(Character(person.identity, look), raised, 128)
            eyes = np.isin(seen, [PART_INDEX["eye"], PART_INDEX["iris"]]).sum()
            shares.append((seen == PART_INDEX["brow"]).sum() / eyes)
        assert shares[0] > 0.85 * shares[1], index


@pytest.mark.parametrize("style", ["aviator", "sun-round", "oversized", "rimless"])
def test_both_halves_of_a_rim_are_as_wide_and_arms_have_its_color(model: CharacterModel, style: str) -> None:
    frame, *_ = wardrobe().garments[f"glasses/{style}"]
    for index in (803, 818, 843):
        person = sample_person(person_seed("heldout", index))
        look = person.appearance.with_values({"glasses_style": style, "headwear_style": "none"})
        worn = [a for a in model.build(Character(person.identity, look)).assets if a.part == "glasses"]
        (metal,) = [a for a in worn if a.color_role not in ("shade", "glint")]
        assert len(metal.vertices) == len(frame.vertices), "rims, bridge and arms are one"
        rest, rim = (points[frame.region == 0] for points in (frame.vertices, metal.vertices))
        # A rim is scaled as a whole, the same across on either half, and as much up.
        (across, _), (up, _) = (np.polyfit(rest[:, k], rim[:, k], 1) for k in (0, 1))
        bent = rim[:, 0] - np.polyval(np.polyfit(rest[:, 0], rim[:, 0], 1), rest[:, 0])
        assert np.abs(bent).max() < 0.02 and abs(across - up) < 0.02, index
        side = np.abs(wardrobe().landmarks(model.build(Character(person.identity, look)).neutral)[[0, 16], 0])
        assert rim[:, 0].max() > 0.78 * side.mean(), "they span the face"


def test_big_hair_is_a_dome_above_a_headband(model: CharacterModel) -> None:
    for index in (802, 808):
        person = sample_person(person_seed("heldout", index))
        styles = {"headwear_style": "headband", "hair_style": "afro"}
        assets = model.build(Character(person.identity, person.appearance.with_values(styles))).assets
        band = next(a.vertices for a in assets if a.part == "headwear")
        hair = np.concatenate([a.vertices for a in assets if a.part == "hair"])
        low, high = band[:, 1].max(), hair[:, 1].max()
        levels = low + (high - low) * np.array([0.15, 0.5, 0.85])
        wide = [np.ptp(hair[np.abs(hair[:, 1] - y) < 0.5, 0]) for y in levels]
        # Round: widest right above the band, and well narrower near its top.
        assert wide[0] > wide[1] > wide[2] and wide[2] < 0.8 * wide[0], index
        assert wide[0] < 1.35 * np.ptp(band[:, 0]), index


def test_few_of_the_sampled_wear_tank_tops() -> None:
    worn = [sample_person(person_seed("train", i)).appearance.cloth_style for i in range(240)]
    shares = [worn.count(style) / len(worn) for style in CLOTH_STYLES]
    assert 0.02 < shares[CLOTH_STYLES.index("tank")] < 0.09 and min(shares) > 0.02
    assert max(shares) < 0.2
