"""The lower face of the drawn head: jaw against neck, its shade, what tames it; framing; the nose."""

from pathlib import Path

import numpy as np
import pytest

from gen_avatar.character.buffers import BUFFER_CHANNELS, render_buffers, render_gbuffer
from gen_avatar.character.character import CharacterModel
from gen_avatar.character.mandible import below_jaw, beyond_jaw
from gen_avatar.character.moderation import ASYMMETRY
from gen_avatar.character.outline import calm_outline
from gen_avatar.character.palette import rgb_to_lab
from gen_avatar.character.surface import bound
from gen_avatar.character.turning import turned
from gen_avatar.types import Appearance, Character, expression_vector
from training.studio.people import person_seed, sample_person

CHECKPOINTS = Path(__file__).resolve().parent.parent / "checkpoints"
STILL = np.zeros((2, 2), np.float32)
FAIR, DEEP = "#f3d9c4", "#4a2c20"


@pytest.fixture(scope="module")
def model():
    return CharacterModel.from_pretrained(CHECKPOINTS)


def bald(**worn):
    return Character(appearance=Appearance(hair_style="bald", **worn))


def widest(points, low, high):
    return np.abs(points[(points[:, 1] > low) & (points[:, 1] < high), 0]).max()


def test_the_neck_is_about_half_as_wide_as_the_jaw_and_stands_behind_it(model):
    skin = model.build(bald()).neutral
    neck, jaw, head = widest(skin, -7.6, -6.6), widest(skin, -3.6, -2.8), widest(skin, 6.0, 9.0)
    assert 0.38 < neck / jaw < 0.55 and 0.32 < neck / head < 0.45
    middle = np.abs(skin[:, 0]) < 0.7
    throat = skin[middle & (np.abs(skin[:, 1] + 8.0) < 0.7), 2].max()
    chin = skin[middle & (np.abs(skin[:, 1] + 5.3) < 0.5), 2].max()
    assert throat < chin - 6
    # At the side too: below the jaw the head steps back at once.
    rest = model.head.rest
    beyond = np.array([beyond_jaw(y, z) for _, y, z in rest.astype(float)])
    body = (rest[:, 2] > 1.5) & (rest[:, 2] < 5.0) & (rest[:, 1] < -2.5)
    on, off = (
        np.abs(skin[body & (abs(beyond + 0.6) < 0.5), 0]),
        np.abs(skin[body & (abs(beyond - 1.6) < 0.5), 0]),
    )
    assert np.quantile(off, 0.9) < 0.75 * np.quantile(on, 0.9)


@pytest.mark.parametrize("skin", [FAIR, DEEP])
@pytest.mark.parametrize("rotation", [(0, 0, 0), (35, 0, 0), (-30, 20, 0)])
def test_a_chin_shades_the_neck_in_the_albedo(model, skin, rotation):
    seen = render_gbuffer(
        model.pose(model.build(bald(skin_color=skin)), expression_vector(None), STILL, rotation), 256
    )
    x, y, z = (seen.local[..., k].astype(float) for k in range(3))
    plain = (seen.part == 0) & (np.abs(x) < 7)
    share = np.zeros(x.shape)
    for row, column in zip(*np.nonzero(plain), strict=True):
        share[row, column] = below_jaw(x[row, column], y[row, column], z[row, column])[0]
    dark, light = seen.albedo[plain & (share > 0.95)], seen.albedo[plain & (y < -5) & (share == 0)]
    assert len(dark) > 60 and len(light) > 60
    drop = np.median(dark, 0) / np.median(light, 0)
    assert (drop < 0.93).all() and drop.mean() < 0.84 and drop[0] > drop[2], "darker and warmer"


def test_extreme_faces_are_drawn_nearer_to_the_mean_and_more_even(model):
    head, rng = model.head, np.random.default_rng(1)
    jaws, leans = [], []
    for _ in range(30):
        identity = np.clip(rng.normal(scale=1.6, size=50), -2.5, 2.5).astype(np.float32)
        marks = bound(
            model.build(Character(identity=identity, appearance=bald().appearance)).neutral, model._landmarks
        )
        jaws.append(marks[12, 0] - marks[4, 0])
        leans.append(abs(marks[8, 0]))
    usual = bound(head.mean, model._landmarks)
    width = usual[12, 0] - usual[4, 0]
    assert 0.80 * width < min(jaws) and max(jaws) < 1.22 * width and np.ptp(jaws) > 0.12 * width
    assert max(leans) < 0.5 and 0 < ASYMMETRY < 1


def test_nobody_has_a_pinched_chin_or_hollow_cheeks(model):
    """Beside the mouth a face is full, and chins are round: heads are neither bulbs nor cones."""
    jaws, chins = [], []
    for number in range(800, 840):
        identity = sample_person(person_seed("heldout", number)).identity
        marks = bound(model.build(Character(identity, bald().appearance)).neutral, model._landmarks)
        temple, jaw, chin = (np.ptp(marks[[16 - level, level], 0]) for level in (0, 5, 6))
        jaws.append(jaw / temple)
        chins.append(chin / temple)
    assert min(jaws) > 0.41 and min(chins) > 0.265 and np.median(jaws) > 0.49, (min(jaws), min(chins))
    assert np.std(chins) > 0.028, "and they differ"


def test_a_turned_face_is_full_at_the_cheek_and_runs_in_to_the_chin(model):
    """No blocks, no muzzles: seen turned by 35 degrees the outline comes in steadily below the cheek."""
    aside = np.array([np.cos(np.radians(35)), 0, np.sin(np.radians(35))])
    people = [np.zeros(50, np.float32)]
    people += [sample_person(person_seed("heldout", number)).identity for number in range(100, 112)]
    for number, identity in enumerate(people):
        skin = model.build(Character(identity=identity, appearance=bald().appearance)).neutral
        out, y = skin @ aside, skin[:, 1]
        cheek, mouth, low = (out[(y > bottom) & (y < bottom + 0.8)].max() for bottom in (-1.4, -2.8, -4.6))
        assert cheek > mouth + 0.3 and mouth > low + 0.7, number
        assert cheek > low + (1.8 if number == 0 else 1.1), number


def test_faces_have_a_usual_size_and_no_hair_is_cut(model):
    sizes = []
    for style in ("bald", "short", "bob", "afro", "bun", "top-knot", "high-top", "curly-long", "pigtails"):
        mesh = model.build(Character(appearance=Appearance(hair_style=style)))
        sizes.append(mesh.camera.focal)
        for pitch in (-25, 0, 25):
            posed = model.pose(mesh, expression_vector(None), STILL, (0, pitch, 0))
            alpha = render_buffers(posed, 96)[BUFFER_CHANNELS.index("alpha")]
            assert alpha[0].max() == 0, (style, pitch)
    assert min(sizes) > 0.82 * max(sizes)


@pytest.mark.parametrize("skin", [FAIR, DEEP])
def test_noses_are_drawn_on_every_skin(model, skin):
    seen = render_gbuffer(
        model.pose(model.build(bald(skin_color=skin)), expression_vector(None), STILL, (0, 0, 0)), 256
    )
    light = rgb_to_lab(seen.albedo)[..., 0]
    x, y = np.abs(seen.local[..., 0]), seen.local[..., 1]
    tip, base = model.head.landmarks[30, 1], model.head.landmarks[33, 1]
    nose = (seen.part == 0) & (seen.local[..., 2] > 9)
    bright = light[nose & (x < 0.4) & (np.abs(y - tip + 0.45) < 0.2)].mean()
    dark = light[nose & (x < 0.8) & (np.abs(y - base - 0.45) < 0.2)].mean()
    assert bright > dark + 7


def test_the_near_jaw_of_a_turned_head_is_full(model):
    """No straight line from the ear to the chin: a corner of its own, well outside of the neck."""
    skin = model.build(bald()).neutral[model.head.follow > 0.9]
    out, y = skin @ [-np.cos(np.radians(35)), 0, -np.sin(np.radians(35))], skin[:, 1]
    ear, jaw, neck = (out[np.abs(y - height) < 0.5].max() for height in (0.0, -3.0, -5.0))
    assert jaw > (ear + neck) / 2 - 0.7 and jaw > neck + 1.5


@pytest.mark.parametrize("pitch", [-20.0, -10.0, 0.0, 10.0, 20.0])
def test_chins_stay_above_the_collar_when_heads_nod(model, pitch):
    mesh = model.build(bald())
    skin = mesh.neutral
    chin = bound(skin, model._landmarks)[8]
    posed = turned(chin[None], (0.0, pitch, 0.0))[0, 1]
    middle = model.wardrobe.collar(skin)[0]
    assert posed > middle[1] + 0.75
    assert chin[1] < middle[1] + 2.1, "heads sit on their shoulders, not on stalks"
    assert turned(chin[None], (0.0, 0.0, 0.0))[0] == pytest.approx(chin, abs=1e-4)


def test_ears_stand_out_alike(model):
    """Neither handles nor slivers: less than two centimetres apart, whoever it is."""
    ear = (np.abs(model.head.rest[:, 0]) > 7.6) & (np.abs(model.head.rest[:, 1] - 0.9) < 3.5)
    heights = [
        np.ptp(model.build(sample_person(person_seed("heldout", number))).neutral[ear, 1])
        for number in range(300, 324)
    ]
    assert max(heights) - min(heights) < 2.0


def test_outlines_differ_in_width_and_taper_and_never_by_lumps(model):
    rest = model.head.rest
    kept = np.ones(len(rest), np.float32)
    x, y, z = rest.T
    shapes = np.zeros((3, *rest.shape), np.float32)
    shapes[0, :, 0] = 0.05 * x
    shapes[1, :, 0] = 0.03 * x * np.clip(y, -8.0, 13.0) / 10
    shapes[2, :, 0] = np.sign(x) * np.exp(-(((y - 4.0) / 1.0) ** 2))
    calm = shapes.copy()
    calm_outline(calm, rest, kept)
    np.testing.assert_allclose(calm[:2], shapes[:2], atol=2e-3)
    side = (z < 1.0) & (np.abs(x) > 5.0)
    assert np.abs(calm[2, side, 0]).max() < 0.35 < np.abs(shapes[2, side, 0]).max()
    front = (np.abs(x) < 3.0) & (np.abs(y - 3.5) < 1.0) & (z > 6.0)
    np.testing.assert_allclose(calm[2, front], shapes[2, front], atol=0.05)


@pytest.mark.parametrize("pose", [(0, 25, 0), (0, 0, 15), (-35, 20, 12), (30, -20, -12)])
def test_a_neck_stands_in_the_collar_and_is_a_column_whatever_the_head_does(model, pose):
    for seed in (811, 835):
        mesh = model.build(Character(sample_person(person_seed("heldout", seed)).identity, bald().appearance))
        skin = model.pose(mesh, expression_vector(None), STILL, pose).points[: len(mesh.neutral)]
        still = mesh.follow[: len(skin), 0] == 0
        assert still.sum() > 100
        np.testing.assert_allclose(skin[still], mesh.neutral[still], atol=1e-3)
        column = mesh.neck.index[mesh.neck.share > 0.99]
        height = skin[column, 1] - mesh.neck.middle[1]
        wide = np.ptp(skin[column][(height > 0.6) & (height < 2.2), 0])
        head = 2 * widest(mesh.neutral, 6.0, 9.0)
        assert 0.24 * head < wide < 0.48 * head, (seed, wide / head)


def test_the_shade_of_a_raised_jaw_comes_in_softly():
    """Painted with a hard edge, the underside of a raised chin would look like a beard."""
    shades = [below_jaw(0.0, -7.0 - 0.1 * k, 9.0)[0] for k in range(30)]
    assert max(np.diff(shades)) < 0.3 and shades[0] == 0 and max(shades) > 0.99
