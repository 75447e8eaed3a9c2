"""A drawn mouth has clear shapes: rings hide teeth, only a lip drawn down bares the lower ones."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gen_avatar.character.buffers import BUFFER_CHANNELS, render_buffers
from gen_avatar.character.character import CharacterModel
from gen_avatar.character.drawn_mouth import LINE, LIPS
from gen_avatar.character.face import bared
from gen_avatar.character.margins import calm_jaw
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.character.surface import bound
from gen_avatar.character.turning import rotation_matrix
from gen_avatar.expression import named
from gen_avatar.head.model import MorphableHead
from gen_avatar.types import ARKIT_52, Appearance, Character, expression_vector
from training.studio.people import person_seed, sample_person

HEAD = Path(__file__).resolve().parent.parent / "checkpoints" / "head"
BALD, STILL = Appearance(hair_style="bald"), np.zeros((2, 2), np.float32)


@pytest.fixture(scope="module")
def model():
    return CharacterModel(MorphableHead.from_pretrained(HEAD))


@pytest.fixture(scope="module")
def opened(model):
    """[5, 256, 256] coverage of lips, mouth, teeth, tongue and eyes by named expression."""
    mesh = model.build(Character(appearance=Appearance(hair_style="bald")))
    parts = [PART_INDEX[name] for name in ("lips", "mouth", "teeth", "tongue", "eye")]

    def draw(name):
        return render_buffers(model.pose(mesh, named(name), np.zeros((2, 2), np.float32), (0, 0, 0)))[parts]

    return draw


def test_teeth_never_come_through_the_skin(model):
    rng = np.random.default_rng(3)
    for _ in range(12):
        identity = rng.normal(0, 1.2, len(model.head.identity)).clip(-2.5, 2.5).astype(np.float32)
        mesh = model.build(Character(identity, Appearance(hair_style="bald")))
        posed = model.pose(mesh, named("neutral"), np.zeros((2, 2), np.float32), (0, 0, 0))
        assert render_buffers(posed, 96)[PART_INDEX["teeth"]].sum() < 1.0


def proportions(seen):
    """Width and height in pixels of what the lips let see."""
    hole = seen[1:4].sum(0) > 0.5
    return np.ptp(np.flatnonzero(hole.any(0))) + 1, np.ptp(np.flatnonzero(hole.any(1))) + 1


def test_mouths_are_told_apart(opened):
    scream, surprise, fear, grin = (opened(name) for name in ("scream", "surprise", "fear", "grin"))
    for ring in (scream, surprise):
        width, height = proportions(ring)
        assert height > 0.8 * width and ring[2].sum() < 0.1 * ring[1].sum()
    assert scream[1].sum() > 1.6 * surprise[1].sum()
    for wide in (fear, grin):
        width, height = proportions(wide)
        assert width > 2 * height and wide[2].sum() > 0.3 * wide[1:4].sum()


def test_only_a_lip_drawn_down_bares_the_lower_teeth(opened):
    rage, laugh = opened("rage"), opened("laugh")

    def rows(seen):
        column = seen[2][:, 128] > 0.5
        return int((column[1:] & ~column[:-1]).sum())

    assert rows(rage) == 2 and rows(laugh) == 1
    assert bared(np.zeros(52, np.float32))[1] > 1
    down = np.array([name.startswith("mouthLowerDown") for name in ARKIT_52], np.float32)
    assert bared(down) == (0.0, 0.0)


def test_closed_lips_meet_in_one_line_and_open_ones_in_none(model):
    mesh = model.build(Character(appearance=Appearance(hair_style="bald")))

    def thick(name):
        skin = mesh.neutral + np.tensordot(named(name), model.head.expression, 1)
        upper, lower = model._mouth.points(skin, named(name), mesh.lips)[LINE].reshape(2, -1, 3)
        return np.linalg.norm(upper - lower, axis=1)

    for name in ("neutral", "smile", "sad"):
        width = thick(name)
        assert width[2:-2].min() > 0.12, "unbroken"
        assert max(width[0], width[-1]) < 0.12, "tapered"
    assert thick("scream")[8:-8].max() < 0.01


def test_a_smile_is_a_wider_deeper_and_heavier_bow_than_lips_at_rest(model):
    for number in range(6):
        mesh = model.build(replace(sample_person(person_seed("heldout", 2100 + number)), appearance=BALD))

        def bow(name, mesh=mesh):
            """Width and depth of the line where lips meet, and how thick it is, cm."""
            skin = mesh.neutral + np.tensordot(named(name), model.head.expression, 1)
            line = model._mouth.points(skin, named(name), mesh.lips)[LINE].reshape(2, -1, 3)
            middle, at = line.mean(0), line.shape[1] // 2
            deep = middle[[0, -1], 1].mean() - middle[at, 1]
            return np.array([np.ptp(middle[:, 0]), deep, line[0, at, 1] - line[1, at, 1]])

        rest, smile, sad = bow("neutral"), bow("smile"), bow("sad")
        assert (smile > rest * [1.12, 1.7, 1.3]).all(), smile / rest
        assert sad[1] < -0.5 and sad[2] > 1.3 * rest[2]


def runs(column):
    """How many separate stretches of a column are covered."""
    on = np.concatenate([[False], column > 0.5])
    return int((on[1:] & ~on[:-1]).sum())


@pytest.mark.parametrize("number", range(8))
def test_lips_that_part_show_one_clean_band_of_teeth_or_none(model, number):
    person = replace(sample_person(person_seed("heldout", 4000 + number)), appearance=BALD)
    mesh = model.build(person)
    for jaw in (0.03, 0.06, 0.1, 0.15, 0.2, 0.3):
        act = expression_vector({"jawOpen": jaw, "mouthUpperUpLeft": 0.3, "mouthUpperUpRight": 0.3})
        teeth = render_buffers(model.pose(mesh, act, STILL, (0, 0, 0)))[PART_INDEX["teeth"]]
        middle = teeth[:, 124:133].mean(1)
        assert runs(middle) <= 1
        assert middle.sum() < 0.3 or middle.sum() > 1.5, "no slivers"


def test_every_mouth_has_an_upper_and_a_lower_lip(opened):
    for name in ("neutral", "smile", "sad", "angry", "unamused", "thinking"):
        lips = opened(name)[0]
        column = lips[:, 128]
        assert column.sum() > 4, name


def closed_lips(model, mesh):
    """[2, n] heights of the upper and the lower lip at rest and [n, 3] the line where they meet."""
    points = model._mouth.points(mesh.neutral, named("neutral"), mesh.lips)
    line = points[LINE].reshape(2, -1, 3).mean(0)
    lips = points[LIPS].reshape(2, -1, len(line), 3)[..., 1]
    return np.ptp(lips, axis=1), line


def test_lips_at_rest_are_a_soft_line_that_smiles(model):
    for number in range(8):
        mesh = model.build(replace(sample_person(person_seed("heldout", 2100 + number)), appearance=BALD))
        heights, line = closed_lips(model, mesh)
        middle, width = len(line) // 2, line[-1, 0] - line[0, 0]
        assert heights.max() < 0.85 and heights[1, middle] > heights[0, middle], "the lower one is fuller"
        assert heights[:, [0, 1, -2, -1]].max() < 0.03, "they end before the line does"
        assert line[[0, -1], 1].min() - line[middle, 1] > 0.11 * width


def test_lips_are_as_full_as_somebody_s_own_and_fill_the_opening_of_a_beard(model):
    own, drawn = [], []
    for number in range(10):
        mesh = model.build(replace(sample_person(person_seed("heldout", 2100 + number)), appearance=BALD))
        own.append(sum(mesh.lips.tall))
        drawn.append(closed_lips(model, mesh)[0].max(1).sum())
    assert np.corrcoef(own, drawn)[0, 1] > 0.9 and max(drawn) > 1.4 * min(drawn)
    bald = (Appearance(hair_style="bald", beard_style=style) for style in ("none", "full"))
    plain, bearded = (closed_lips(model, model.build(Character(appearance=look))) for look in bald)
    assert (bearded[0].max(1) > plain[0].max(1) + 0.1).all()


def test_a_tongue_that_is_out_lies_over_the_lower_lip(opened):
    out, laugh = opened("tongue"), opened("laugh")
    rows = np.flatnonzero(out[3][:, 128] > 0.5)
    lips = np.flatnonzero(out[0][:, 110] > 0.5)
    assert rows.max() > lips.max() + 3, "below the lip"
    assert runs(out[3][:, 128]) == 1 and out[3].sum() > laugh[3].sum()


def test_patches_beyond_the_outline_of_a_turned_face_come_no_nearer(model):
    mesh = model.build(Character(appearance=BALD))
    points = model._mouth.points(mesh.neutral, named("neutral"), mesh.lips)
    front, turned = (model._mouth.lifts(points, np.array(view)) for view in ((0, 0, 1.0), (0.87, 0, 0.5)))
    across = points[LINE, 0]
    assert front[LINE].min() > 1.0
    assert turned[LINE][across < -1.5].max() < front[LINE].min() - 0.3
    assert np.allclose(turned[LINE][across > 1.0], front[LINE][across > 1.0], atol=0.3)


def test_the_far_half_of_a_turned_mouth_is_shorter_and_still_smiles(model):
    mesh = model.build(sample_person(person_seed("heldout", 2101)))

    def line(yaw):
        view = rotation_matrix((yaw, 0, 0))[2]
        points = model._mouth.points(mesh.neutral, named("neutral"), mesh.lips, view)
        return points[LINE].reshape(2, -1, 3).mean(0)

    ahead, left, right = line(0.0), line(38.0), line(-38.0)
    assert left[-1, 0] < 0.85 * ahead[-1, 0] and np.allclose(left[0], ahead[0])
    assert right[0, 0] > 0.85 * ahead[0, 0] and np.allclose(right[-1], ahead[-1])
    assert np.allclose(left[:, 1], ahead[:, 1], atol=0.01)
    # The ends move steadily as the head turns.
    ends = np.array([line(yaw)[-1, 0] for yaw in range(0, 41, 2)])
    assert np.all(np.diff(ends) < 1e-4) and np.abs(np.diff(ends)).max() < 0.25


def test_mouths_at_rest_turn_up(model):
    for number in range(12):
        mesh = model.build(sample_person(person_seed("heldout", 2100 + number)))
        points = model._mouth.points(mesh.neutral, named("neutral"), mesh.lips)
        line = points[LINE].reshape(2, -1, 3).mean(0)
        middle = len(line) // 2
        assert min(line[0, 1], line[-1, 1]) > line[middle, 1] + 0.15


@pytest.mark.parametrize("rotation", [(-31, -9, 4), (35, 0, 0), (0, -20, 0)])
def test_a_shout_keeps_skin_around_it(model, rotation):
    for number in (315, 320, 2101, 2104):
        person = replace(sample_person(person_seed("heldout", number)), appearance=BALD)
        mesh = model.build(person)
        posed = model.pose(mesh, named("scream"), STILL, rotation)
        lips = posed.points[np.unique(posed.triangles[posed.part == PART_INDEX["lips"]])]
        chin = bound(posed.points[: len(mesh.neutral)], model._landmarks)[8]
        assert lips[:, 1].min() > chin[1] + 0.6, "skin below the lower lip"
        seen = render_buffers(posed)
        mouth = seen[[PART_INDEX[name] for name in ("lips", "mouth", "teeth", "tongue")]].sum(0) > 0.5
        assert mouth.sum() > 250, "still a shout"
        figure = seen[BUFFER_CHANNELS.index("alpha")] > 0.5
        for row in np.flatnonzero(mouth.any(1)):
            inside, outline = np.flatnonzero(mouth[row]), np.flatnonzero(figure[row])
            assert inside[0] - outline[0] >= 3 and outline[-1] - inside[-1] >= 3


def test_a_squeezed_mouth_takes_the_skin_of_its_lips_along(model):
    points = model._mouth.points(model.head.mean, named("scream"), model.build(Character()).lips)
    squeezed, skin = points.copy(), model.head.mean.copy()
    model._margins.keep(squeezed, LIPS, skin, rotation_matrix((40, 0, 0))[2])
    moved = np.linalg.norm(squeezed - points, axis=1)[LIPS].max()
    followed = np.linalg.norm(skin - model.head.mean, axis=1).max()
    assert moved > 0.15 and followed > 0.7 * moved
    quiet = expression_vector({"jawOpen": 1.0})
    calm_jaw(quiet, rotation_matrix((0, 0, 0))[2])
    assert quiet.max() == 1.0
    calm_jaw(quiet, rotation_matrix((35, 0, 0))[2])
    assert 0.5 < quiet.max() < 0.75


@pytest.mark.parametrize("skin", ["#f3d9c4", "#b0764f", "#4a2c20"])
def test_lips_have_volume_an_upper_one_in_shade_and_a_lower_one_in_light(model, skin):
    mesh = model.build(Character(appearance=replace(BALD, skin_color=skin)))
    start = next(i for i, b in enumerate(mesh.blocks) if b.name == "drawn mouth")
    first = sum(b.count for b in mesh.blocks[:start])
    lips = mesh.color[first + LIPS.start : first + LIPS.stop].reshape(2, 5, -1, 3).mean(-1)
    middle = lips.shape[2] // 2
    assert lips[0, 1:4, middle].max() < lips[1, 1:4, middle].max() - 0.03
    assert lips[1, 1:4, middle].max() > lips[1, 1:4, 4].max() + 0.01, "one soft light in its middle"
