"""Tufts of beards: they lie on patches, are painted, stand apart from the skin and show in each look."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial import cKDTree

from gen_avatar.character.buffers import render_gbuffer
from gen_avatar.character.colors import colors, toned
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.character.palette import hex_to_rgb, lightness, rgb_to_lab, skin_palette
from gen_avatar.tones import HAIR_TONES, SKIN_TONES
from gen_avatar.types import Appearance, Character, Performance
from training import studio
from training.build_assets import head_surface, load_head
from training.studio.people import EXPRESSIONS, person_seed, sample_person
from training.wardrobe import beard
from training.wardrobe.surface import HeadSurface


@pytest.fixture(scope="module")
def surface() -> HeadSurface:
    return head_surface(load_head("checkpoints/head"))


@pytest.mark.parametrize("style", beard.STYLES)
def test_tufts_lie_on_their_patches_left_and_right_alike(surface: HeadSurface, style: str) -> None:
    patches, worn = beard.STYLES[style](surface), beard.WORN[style](surface)
    assert len(worn) > len(patches)
    ground = np.concatenate([patch.vertices for patch in patches])
    for tufts in worn[len(patches) :]:
        assert cKDTree(ground).query(tufts.vertices)[0].max() < 1.6
        # Dark between them, light on their crests.
        assert tufts.tone.min() < -0.8 and tufts.tone.max() > 0.3
        crest = np.abs(tufts.strand[:, 0]) < 0.01
        assert tufts.offset[crest].mean() > tufts.offset[~crest].mean() + 0.05
    together = np.concatenate([tufts.vertices for tufts in worn[len(patches) :]])
    mirror = cKDTree(together * [-1, 1, 1]).query(together)[0]
    assert np.quantile(mirror, 0.95) < 0.25
    for patch in patches:
        assert len(patch.tone) == len(patch.vertices) and (patch.tone < 0).all()


@pytest.mark.parametrize("hair", HAIR_TONES.values())
def test_beards_are_darker_than_the_skin_unless_they_are_grey(hair: str) -> None:
    for skin in SKIN_TONES:
        look = Appearance(skin_color=skin, beard_color=hair, beard_style="full")
        painted = colors(look)
        ground, own = lightness(skin_palette(skin).base), lightness(painted.roles["beard"])
        assert abs(own - ground) > 13
        lab = rgb_to_lab(hex_to_rgb(hair))
        if np.hypot(*lab[1:]) > 14:
            # Where paint allows: it has no black.
            assert own < max(ground - 20, 15)
            assert lightness(painted.beard[2]) < max(ground - 4, 48)
        groove, middle, light = (lightness(tone) for tone in painted.beard)
        assert groove < middle - 3 and light > middle + 3
        np.testing.assert_allclose(painted.beard[1], painted.roles["beard"], atol=1e-6)
        plain = toned(painted.beard, np.zeros(2))
        assert plain is not None and np.allclose(plain, painted.roles["beard"], atol=1e-6)


def test_a_blond_beard_on_tan_skin_goes_with_its_brows() -> None:
    look = Appearance(skin_color="#cb9470", beard_color="#c9a264", brow_color="#a8834f", beard_style="full")
    roles = colors(look).roles
    assert lightness(roles["beard"]) < 0.75 * lightness(hex_to_rgb(look.beard_color))
    hue = [np.degrees(np.arctan2(*rgb_to_lab(roles[name])[[2, 1]])) for name in ("beard", "brow")]
    assert abs(hue[0] - hue[1]) < 6
    assert abs(lightness(roles["beard"]) - lightness(roles["brow"])) < 12


@pytest.mark.parametrize("color", ["#1b1518", "#6b4730", "#c9a264"])
@pytest.mark.parametrize("look", ["clay", "toon", "flat", "ink"])
def test_locks_of_a_beard_show_in_each_look(look: str, color: str) -> None:
    person = Character(appearance=Appearance(beard_style="full", beard_color=color, skin_color="#cb9470"))
    still = Performance.still({})
    picture = studio.draw_all(person, still, [look], 256)[0][look]
    seen = render_gbuffer(studio.pose(person, still), 256)
    rows, columns = np.nonzero(seen.part == PART_INDEX["beard"])
    row = int(np.quantile(rows, 0.8))
    grey = picture[row, columns[rows == row], :3].mean(-1)
    edges = np.flatnonzero(np.abs(np.diff(np.sign(grey - np.convolve(grey, np.ones(9) / 9, "same")))) > 0)
    assert grey.std() > 0.012 and len(edges) >= 6


def test_little_that_is_seldom_beside_a_beard_is_worn_with_it() -> None:
    looks = [sample_person(person_seed("train", index)).appearance for index in range(900)]
    bearded = [look for look in looks if look.beard_style != "none"]
    rest = [look for look in looks if look.beard_style == "none"]

    def share(people: list[Appearance], name: str, *plain: str) -> float:
        return float(np.mean([getattr(look, name) not in plain for look in people]))

    assert 0 < share(bearded, "earring_style", "none", "studs") < 0.08
    assert share(rest, "earring_style", "none", "studs") > 0.15
    assert 0 < share(bearded, "makeup_style", "none") < 0.08 and share(rest, "makeup_style", "none") > 0.25
    up = [look for look in looks if look.hair_style in ("bun", "ponytail", "space-buns", "crown-braid")]
    assert np.mean([look.beard_style != "none" for look in up]) < 0.1


@pytest.mark.parametrize("style", ["moustache", "handlebar", "walrus"])
def test_moustaches_keep_their_form_whatever_the_skin_does(style: str) -> None:
    look = Appearance(beard_style=style, hair_style="bald", glasses_style="none", headwear_style="none")

    def seen(name: str) -> tuple[np.ndarray, np.ndarray]:
        posed = studio.pose(Character(appearance=look), Performance.still(EXPRESSIONS[name]))
        part = render_gbuffer(posed, 256).part
        return part == PART_INDEX["beard"], part == PART_INDEX["mouth"]

    def tall(mask: np.ndarray) -> np.ndarray:
        columns = mask.sum(0)[mask.any(0)]
        return np.interp(np.linspace(0.15, 0.85, 15), np.linspace(0, 1, len(columns)), columns)

    rest = tall(seen("neutral")[0])
    for name in ("smile", "grin", "laugh", "joy"):
        hair, mouth = seen(name)
        assert (tall(hair) > 0.8 * rest).all() and tall(hair).mean() > 0.9 * rest.mean(), name
        assert ndimage.label(hair, np.ones((3, 3)))[1] == 1, name
        columns = np.flatnonzero(hair.any(0))
        wide = hair[:, columns[0] : columns[-1] + 1]
        assert (wide & wide[:, ::-1]).sum() > 0.85 * (wide | wide[:, ::-1]).sum(), name
        assert mouth.any() or name in ("smile", "grin"), name
