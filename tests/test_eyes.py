"""Eyes work together, shut cleanly, and make-up follows the lids."""

from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import binary_dilation

from gen_avatar.character import eyes
from gen_avatar.character.buffers import render_buffers
from gen_avatar.character.character import CharacterModel
from gen_avatar.character.kinematics import draw_in_far_brow, drawn_weights, meeting_gaze
from gen_avatar.character.lids import opening
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.character.shadow import eye_shadow
from gen_avatar.character.turning import rotation_matrix
from gen_avatar.expression import named
from gen_avatar.head.model import MorphableHead
from gen_avatar.types import ARKIT_52, Appearance, Character, Performance
from training import studio
from training.studio import clay
from training.studio.lines import off_creases
from training.studio.people import person_seed, sample_person

HEAD = Path(__file__).resolve().parent.parent / "checkpoints" / "head"
AHEAD = np.zeros((2, 2), np.float32)
BLINKS = [ARKIT_52.index("eyeBlinkLeft"), ARKIT_52.index("eyeBlinkRight")]


@pytest.fixture(scope="module")
def model():
    return CharacterModel(MorphableHead.from_pretrained(HEAD))


def drawn(model, expression, rotation=(0, 0, 0), **appearance):
    mesh = model.build(Character(appearance=Appearance(hair_style="bald", **appearance)))
    return render_buffers(model.pose(mesh, expression, AHEAD, rotation), 160)


def weights(**values):
    out = np.zeros(52, np.float32)
    for name, value in values.items():
        out[ARKIT_52.index(name)] = value
    return out


def test_both_eyes_look_at_one_point():
    level = meeting_gaze(np.array([[0.0, 16.0], [-14.0, 0.0]], np.float32))
    assert np.ptp(level, axis=0).max() < 1e-6
    apart = meeting_gaze(np.array([[20.0, 0.0], [-20.0, 0.0]], np.float32))
    assert np.abs(apart).max() < 1e-6
    crossed = meeting_gaze(np.array([[-20.0, 0.0], [20.0, 0.0]], np.float32))
    assert crossed[0, 0] == -20 and crossed[1, 0] == 20
    assert np.abs(meeting_gaze(np.full((2, 2), 60.0, np.float32))).max() <= 25


def test_eyes_smile_from_below(model):
    mesh = model.build(Character(appearance=Appearance(hair_style="bald")))
    rest, smile = (
        mesh.neutral + np.tensordot(named(n), model.head.expression, 1) for n in ("neutral", "smile")
    )
    for eye in model.head.eyes:
        lower, upper = (smile[lid, 1] - rest[lid, 1] for lid in (eye.lower, eye.upper))
        middle = slice(len(lower) // 3, 2 * len(lower) // 3)
        assert lower[middle].min() > 0.5 and np.abs(upper).max() < 0.25


def test_eyes_that_roll_go_under_the_upper_lid_and_leave_white_below(model):
    weights = named("eye-roll")
    mesh = model.build(Character(appearance=Appearance(hair_style="bald")))
    gaze = Performance.still(weights).gaze[0]
    picture = render_buffers(model.pose(mesh, weights, gaze, (0, 0, 0)), 160)
    white, iris = (np.argwhere(picture[PART_INDEX[part]] > 0.5)[:, 0] for part in ("eye", "iris"))
    assert (white > iris.max()).mean() > 0.2 and (white < iris.min()).mean() < 0.05


@pytest.mark.parametrize(("name", "strength"), [("laugh", 0.6), ("joy", 0.6), ("sleepy", 0.8), ("cry", 0.8)])
@pytest.mark.parametrize("yaw", [0, 30])
def test_eyes_that_are_to_be_shut_show_no_slit(model, name, strength, yaw):
    picture = drawn(model, strength * named(name), (yaw, 0, 0))
    assert picture[PART_INDEX["iris"]].sum() + picture[PART_INDEX["eye"]].sum() < 1
    assert picture[PART_INDEX["lash"]].sum() > 20


def test_a_half_wink_is_a_wink_and_small_differences_of_the_lids_are_none():
    blinks = drawn_weights(weights(eyeBlinkLeft=0.6), AHEAD, np.ones(2))[0][BLINKS]
    assert blinks[0] > 0.99 and blinks[1] < 0.05
    blinks = drawn_weights(weights(eyeBlinkLeft=0.4, eyeBlinkRight=0.2), AHEAD, np.ones(2))[0][BLINKS]
    assert abs(blinks[0] - blinks[1]) < 1e-6


def test_a_smiling_shut_eye_is_an_upward_arc(model):
    rows, columns = np.nonzero(drawn(model, named("laugh"))[PART_INDEX["lash"]] > 0.5)
    for side in (columns < 80, columns >= 80):
        x, y = columns[side], -rows[side]
        ends, middle = np.quantile(x, [0.04, 0.96]), np.abs(x - np.median(x)) <= 2
        for end in ends:
            assert y[np.abs(x - end) <= 1].mean() < y[middle].mean() - 1


def test_catch_lights_are_whole_or_gone(model):
    light = [drawn(model, weights(eyeBlinkLeft=b, eyeBlinkRight=b))[-4].sum() for b in (0.0, 0.25, 0.6)]
    assert light[1] > 0.7 * light[0] and light[2] < 0.2 * light[0]


def test_eyeliner_hangs_together_with_the_lashes(model):
    for expression in (weights(), named("laugh"), named("angry")):
        bare, lined = (
            drawn(model, expression, makeup_style=style)[PART_INDEX["lash"]] for style in ("none", "liner")
        )
        assert lined.sum() > 1.1 * bare.sum()
        columns = np.flatnonzero((lined[:, 80:] > 0.3).any(0))
        assert (np.diff(columns) == 1).all()


def test_eye_shadow_is_one_shape_above_the_lid(model):
    head = model.head
    shadow = eye_shadow(head.rest, head.mean, head.eyes[0].upper)
    assert np.abs(shadow - np.roll(shadow[:, ::-1], 1, 1))[:, 1:].max() < 0.02
    half = shadow[:, shadow.shape[1] // 2 :] > 0.5
    lowest = head.rest[head.eyes[0].upper, 1].min()
    rows = np.flatnonzero(half.any(1)) / 24 - 9
    assert half.sum() > 400 and rows.min() > lowest - 0.2
    # Without gaps along any row or column through its middle.
    column = np.flatnonzero(half[:, int(3.2 * 24)])
    assert (np.diff(column) == 1).all()


def test_brows_that_rise_at_both_ends_keep_below_the_hair(model):
    both = drawn_weights(weights(browInnerUp=1.0, browOuterUpLeft=1.0), AHEAD, np.ones(2))[0]
    alone = drawn_weights(weights(browInnerUp=1.0), AHEAD, np.ones(2))[0]
    assert both[[ARKIT_52.index("browInnerUp"), ARKIT_52.index("browOuterUpLeft")]].sum() < 1.6
    assert alone[ARKIT_52.index("browInnerUp")] == 1.0


def test_sleepers_sleep_however_weak_the_expression(model):
    mesh = model.build(Character(appearance=Appearance(hair_style="bald")), ("zzz",))
    picture = render_buffers(model.pose(mesh, 0.5 * named("sleepy"), AHEAD, (0, 0, 0)), 128)
    assert picture[PART_INDEX["iris"]].sum() == 0 and picture[PART_INDEX["lash"]].sum() > 20


def test_the_outer_end_of_the_far_brow_is_drawn_in():
    brows = np.array([[-5.4, 6.5, 7.5], [5.4, 6.5, 7.5]], np.float32)
    for yaw, far in ((38.0, 1), (-38.0, 0), (8.0, None)):
        points = brows.copy()
        draw_in_far_brow(points, rotation_matrix((yaw, 0, 0))[2])
        moved = np.abs(brows[:, 0]) - np.abs(points[:, 0])
        assert np.flatnonzero(moved > 0.2).tolist() == ([] if far is None else [far])
        assert np.allclose(np.delete(moved, far if far is not None else []), 0)


def test_weak_and_uneven_mouths_are_calmed_and_strong_ones_are_not():
    def drawn(**given):
        return drawn_weights(weights(**given), AHEAD, np.ones(2))[0]

    at = ARKIT_52.index
    weak = drawn(mouthFrownLeft=0.15, mouthSmileRight=0.12)
    assert weak[at("mouthFrownLeft")] < 0.06
    assert weak[at("mouthSmileLeft")] == weak[at("mouthSmileRight")]
    strong = drawn(mouthFrownLeft=0.9, mouthFrownRight=0.9, mouthSmileLeft=1.0, mouthLeft=0.5)
    assert strong[at("mouthFrownLeft")] == pytest.approx(0.9)
    assert strong[at("mouthSmileLeft")] == 1.0 and strong[at("mouthSmileRight")] == 0.0
    assert strong[at("mouthLeft")] == 0.5


def test_eyes_at_rest_show_no_white_above_the_iris_and_stay_near_the_design(model):
    head, eye = model.head, model.head.eyes[0]
    assert head.mean[eye.upper, 1].max() - eye.center[1] < head.design.iris_radius

    def size(skin):
        return np.ptp(skin[eye.upper, 0]), skin[eye.upper, 1].mean() - skin[eye.lower, 1].mean()

    sizes = []
    for number in range(12):
        identity = 1.5 * sample_person(person_seed("heldout", number)).identity
        mesh = model.build(Character(identity=identity, appearance=Appearance(hair_style="bald")))
        sizes.append(np.divide(size(mesh.neutral), size(head.mean)))
    assert np.min(sizes) > 0.83 and np.max(sizes) < 1.18, "no slits, no stares"
    assert np.ptp(sizes, 0).min() > 0.1, "but eyes differ"


def test_lids_at_rest_are_relaxed_and_only_the_upper_line_is_heavy(model):
    head, eye = model.head, model.head.eyes[0]
    above, below = head.mean[eye.upper, 1].max(), head.mean[eye.lower, 1].min()
    iris = head.design.iris_radius
    assert 0.05 < iris - (above - eye.center[1]) < 0.35 and -0.15 < eye.center[1] - below - iris < 0.15
    mesh = model.build(Character(appearance=Appearance(hair_style="bald")))
    upper, lower, _ = eyes.lid_lines(
        mesh.neutral, mesh.neutral, eye, mesh.eye_centers[0], 0.0, 0.0, 0.0, False
    ).reshape(3, 4, -1, 3)
    thick = [np.linalg.norm(line[0] - line[-1], axis=1).max() for line in (upper, lower)]
    assert thick[0] > 2 * thick[1]


def test_the_white_of_an_eye_is_clean_to_its_sides_and_creases_have_no_outline():
    bare = Character(appearance=Appearance(hair_style="bald"))
    geometry = studio._geometry(studio.pose(bare, Performance.still({}, (35, 0, 0))), 256)
    share = off_creases(geometry.part, geometry.local)
    crease = (geometry.part == PART_INDEX["skin"]) & ~geometry.local.any(-1)
    assert crease.sum() > 20 and (share[crease] == 0).all() and share.mean() > 0.97
    geometry = studio._geometry(studio.pose(bare, Performance.still({}, (0, 0, 0))), 256)
    light = clay.paint(geometry, bare.appearance, 1)[..., :3].mean(-1)
    # Below the shade of the lid and away from its edge.
    white = (geometry.part == PART_INDEX["eye"]) & (geometry.lid_shade < 0.1)
    white = ~binary_dilation(~white, iterations=3)
    assert white.sum() > 60 and np.percentile(light[white], 5) > 0.9 * np.percentile(light[white], 95)


def test_smiling_eyes_look_ahead_and_tired_ones_down(model):
    mesh = model.build(Character(appearance=Appearance(hair_style="bald")))
    eye = model.head.eyes[0]
    for name, down in (("cheekSquint", (0.0, 0.1)), ("eyeBlink", (0.2, 0.5))):
        shape = weights(**{f"{name}{side}": 0.5 for side in ("Left", "Right")})
        skin = mesh.neutral + np.tensordot(shape, model.head.expression, 1)
        assert down[0] <= eyes.lowered(skin, mesh.neutral, eye) < down[1], name
    assert eyes.lowered(mesh.neutral, mesh.neutral, eye) == 0.0


@pytest.mark.parametrize("name", ["smile", "grin", "smirk"])
def test_friendly_faces_have_open_eyes_alike_and_a_short_mouth(model, name):
    skin = model.head.mean + np.tensordot(named(name), model.head.expression, 1)
    left, right = (opening(skin, eye) / opening(model.head.mean, eye) for eye in model.head.eyes)
    assert min(left, right) > 0.75 and max(left, right) < 1.2 * min(left, right)
    corners = np.ptp(skin[model.head.mouth_loop, 0]), np.ptp(model.head.mean[model.head.mouth_loop, 0])
    assert 1.0 < corners[0] / corners[1] < 1.4
