"""The rasteriser against its oracle, and what the posed character promises."""

from pathlib import Path

import numpy as np
import pytest

from gen_avatar.character.buffers import BUFFER_CHANNELS, average_gbuffer, render_buffers, render_gbuffer
from gen_avatar.character.camera import KEY_LIGHT
from gen_avatar.character.character import CharacterModel
from gen_avatar.character.colors import colors
from gen_avatar.character.mesh import PART_INDEX, PARTS, AssetMesh
from gen_avatar.character.paint import BARE, EDGED, SOFT, detail_map
from gen_avatar.character.palette import lightness
from gen_avatar.character.proportions import warp, warp_jacobian
from gen_avatar.character.raster import box_average, interpolate, nearness_map, rasterize, reference_rasterize
from gen_avatar.character.scan import LANES, scan
from gen_avatar.character.surface import (
    FrontIndex,
    HandleDeformation,
    Laplacian,
    bound,
    boundary_loops,
    closed_pieces,
)
from gen_avatar.character.turning import rotation_matrix
from gen_avatar.head.model import MorphableHead
from gen_avatar.types import BROW_STYLES, Appearance, Character, expression_vector
from training.studio.people import authored_expression, person_seed, sample_person

HEAD = Path(__file__).resolve().parent.parent / "checkpoints" / "head"
STILL = np.zeros((2, 2), np.float32)
SIZE = 96


@pytest.fixture(scope="module")
def model():
    return CharacterModel(MorphableHead.from_pretrained(HEAD))


@pytest.fixture(scope="module")
def person(model):
    return model.build(Character(appearance=Appearance(hair_style="bald")))


def buffers(model, mesh, expression=None, rotation=(0, 0, 0), gaze=STILL):
    return render_buffers(model.pose(mesh, expression_vector(expression), gaze, rotation), SIZE)


def coverage(picture, *parts):
    return sum(float(picture[PART_INDEX[part]].sum()) for part in parts)


def soup(rng, count=60, size=40):
    points = rng.uniform(-5, size + 5, (3 * count, 3)).astype(np.float32)
    points[:, 2] = rng.uniform(0.01, 0.02, 3 * count)
    return points, np.arange(3 * count, dtype=np.int32).reshape(-1, 3)


def test_rasteriser_agrees_with_the_reference():
    points, triangles = soup(np.random.default_rng(0))
    fast, slow = rasterize(points, triangles, 40, 36), reference_rasterize(points, triangles, 40, 36)
    np.testing.assert_array_equal(fast.triangle, slow.triangle)
    np.testing.assert_allclose(fast.barycentric, slow.barycentric, atol=1e-5)
    np.testing.assert_allclose(fast.nearness, slow.nearness, rtol=1e-6)
    np.testing.assert_array_equal(nearness_map(points, triangles, 40, 36), fast.nearness)


def test_rasteriser_leaves_no_seam_between_neighbours():
    x, y = np.meshgrid(np.linspace(-3, 43, 12), np.linspace(-3, 43, 12))
    points = np.stack([x.ravel(), y.ravel(), np.ones(x.size)], 1)
    i = (np.arange(11)[:, None] * 12 + np.arange(11)).ravel()
    triangles = np.concatenate([np.stack([i, i + 1, i + 12], 1), np.stack([i + 1, i + 13, i + 12], 1)])
    assert (rasterize(points, triangles, 40, 40).triangle >= 0).all()


def test_interpolation_is_perspective_correct():
    # A plane that recedes from depth 10 to 40: its coordinate must follow the plane, not the screen.
    depth = np.array([10.0, 40.0, 10.0, 40.0])
    corners = np.array([[-5, -5], [5, -5], [-5, 5], [5, 5]]) * depth[:, None] / 10
    points = np.stack(
        [20 + 3 * corners[:, 0] * 10 / depth, 20 + 3 * corners[:, 1] * 10 / depth, 1 / depth], 1
    )
    triangles = np.array([[0, 1, 2], [1, 3, 2]], np.int32)
    raster = rasterize(points, triangles, 40, 40)
    found = interpolate(raster, points, triangles, depth[:, None].astype(np.float32))[..., 0]
    inside = raster.triangle >= 0
    np.testing.assert_allclose(found[inside], 1 / raster.nearness[inside], rtol=1e-4)


def test_box_average():
    image = np.random.default_rng(1).random((8, 6, 2)).astype(np.float32)
    np.testing.assert_allclose(box_average(image, 2)[1, 2], image[2:4, 4:6].mean((0, 1)), rtol=1e-6)


def test_boundary_loops_and_handles():
    # A 9 x 9 sheet with one hole.
    i = (np.arange(8)[:, None] * 9 + np.arange(8)).ravel()
    i = i[i != 4 * 9 + 4]
    triangles = np.concatenate([np.stack([i, i + 1, i + 9], 1), np.stack([i + 1, i + 10, i + 9], 1)])
    assert sorted(len(loop) for loop in boundary_loops(triangles)) == [4, 32]
    y, x = np.mgrid[0:9, 0:9]
    sheet = np.stack([x.ravel(), y.ravel(), 0 * x.ravel()], 1).astype(np.float32)
    handles = np.array([40])
    field = HandleDeformation(Laplacian.of(sheet, triangles), handles, np.arange(20, 62))(
        np.array([[0, 0, 2.0]])
    )
    assert field[40, 2] == 2 and (field[:20] == 0).all()
    assert 0 < field[39, 2] < 2


def test_points_bind_to_the_surface_in_front():
    vertices = np.array([[0, 0, 1], [4, 0, 1], [0, 4, 1], [0, 0, 5], [4, 0, 5], [0, 4, 9]], np.float32)
    front = FrontIndex(vertices, np.array([[0, 1, 2], [3, 4, 5]], np.int32))
    np.testing.assert_allclose(bound(vertices, front.bind(np.array([[1.0, 2.0]]))), [[1, 2, 7]], atol=1e-4)


def test_warp_jacobian_predicts_small_steps(model):
    head = model.head
    points = head.rest[::37]
    step = np.random.default_rng(2).normal(0, 0.01, points.shape).astype(np.float32)
    jacobian = warp_jacobian(points, head.design, head.landmarks)
    moved = warp(points + step, head.design, head.landmarks) - warp(points, head.design, head.landmarks)
    np.testing.assert_allclose(moved, np.einsum("nij,nj->ni", jacobian, step), atol=3e-4)


def test_channels_and_coverages(model, person):
    picture = buffers(model, person, {"jawOpen": 0.5})
    assert picture.shape == (len(BUFFER_CHANNELS), SIZE, SIZE) and len(BUFFER_CHANNELS) == 28
    alpha = picture[BUFFER_CHANNELS.index("alpha")]
    parts = picture[: len(PARTS)].sum(0) - picture[PART_INDEX["lens"]]
    np.testing.assert_allclose(parts, alpha, atol=1e-5)
    assert alpha.max() <= 1 + 1e-5 and ((alpha > 0.1) & (alpha < 0.9)).any()
    normal = np.linalg.norm(picture[BUFFER_CHANNELS.index("normal_x") :][:3], axis=0)
    assert (normal <= alpha + 1e-4).all()
    for name in ("skin", "lips", "eye", "iris", "lash", "brow", "mouth", "teeth"):
        assert coverage(picture, name) > 1, name
    assert picture[BUFFER_CHANNELS.index("catchlight")].sum() > 1


def test_the_face_is_symmetric_and_mirrors_with_yaw(model, person):
    left, right = (buffers(model, person, rotation=(yaw, 0, 0)) for yaw in (25, -25))
    for name in ("skin", "eye", "lips", "brow", "alpha"):
        a, b = (p[BUFFER_CHANNELS.index(name)] for p in (left, right))
        assert np.abs(a - b[:, ::-1]).mean() < 0.012, name
    skin = left[0]
    assert (skin * np.arange(SIZE)).sum() / skin.sum() > SIZE / 2


def test_rotation_follows_the_convention():
    forward = rotation_matrix((20, 10, 0)) @ [0, 0, 1]
    assert forward[0] > 0 and forward[1] > 0
    assert rotation_matrix((0, 0, 15)) @ [1, 0, 0] @ [0, 1, 0] > 0


def test_expressions_do_what_they_say(model, person):
    neutral = buffers(model, person)
    assert coverage(neutral, "mouth", "teeth", "tongue") < 0.5
    opened = buffers(model, person, {"jawOpen": 0.8})
    assert coverage(opened, "mouth", "teeth") > 60
    shut = buffers(model, person, {"eyeBlinkLeft": 1, "eyeBlinkRight": 1})
    assert coverage(shut, "eye", "iris") < 0.02 * coverage(neutral, "eye", "iris")
    wink = buffers(model, person, {"eyeBlinkLeft": 1})
    half = SIZE // 2
    assert wink[PART_INDEX["iris"], :, half:].sum() < 0.5 < wink[PART_INDEX["iris"], :, :half].sum()
    wide = buffers(model, person, {"eyeWideLeft": 1, "eyeWideRight": 1})
    assert coverage(wide, "eye", "iris") > 1.05 * coverage(neutral, "eye", "iris")
    tongue = buffers(model, person, {"tongueOut": 1, "jawOpen": 0.4})
    assert coverage(tongue, "tongue") > 5
    rows = np.arange(SIZE)[:, None]
    brow = PART_INDEX["brow"]
    raised = buffers(model, person, {"browInnerUp": 1, "browOuterUpLeft": 1, "browOuterUpRight": 1})
    assert (raised[brow] * rows).sum() / raised[brow].sum() < (neutral[brow] * rows).sum() / neutral[
        brow
    ].sum() - 1.5


def test_shut_eyes_stay_shut_whatever_else_the_face_does(model, person):
    shut = {"eyeBlinkLeft": 1, "eyeBlinkRight": 1}
    for more in ({"eyeWideLeft": 1, "eyeWideRight": 1}, {"mouthSmileLeft": 1, "mouthSmileRight": 1},
                 {"browInnerUp": 1}, {"noseSneerLeft": 1, "noseSneerRight": 1}):  # fmt: skip
        for rotation in ((0, 0, 0), (40, 0, 0), (-40, 20, 0), (0, -25, 0)):
            assert coverage(buffers(model, person, {**shut, **more}, rotation), "eye", "iris") < 3, (
                more,
                rotation,
            )


def test_gaze_moves_the_iris_and_the_catchlight(model, person):
    columns = np.arange(SIZE)
    centers = []
    for yaw in (-15, 15):
        picture = buffers(model, person, gaze=np.full((2, 2), [yaw, 0], np.float32))
        for name in ("iris", "catchlight"):
            field = picture[BUFFER_CHANNELS.index(name)]
            centers.append((field * columns).sum() / field.sum())
    assert centers[2] > centers[0] + 1 and centers[3] > centers[1] + 0.5


def test_identity_changes_the_face_and_lids_hold_the_ball(model, person):
    rng = np.random.default_rng(3)
    outline = buffers(model, person)[BUFFER_CHANNELS.index("alpha")]
    for _ in range(3):
        identity = np.clip(rng.normal(size=50), -2, 2).astype(np.float32)
        mesh = model.build(Character(identity=identity))
        picture = buffers(model, mesh)
        assert np.abs(picture[BUFFER_CHANNELS.index("alpha")] - outline).sum() > 40
        assert coverage(picture, "mouth", "teeth", "tongue") < 2
        shut = buffers(model, mesh, {"eyeBlinkLeft": 1, "eyeBlinkRight": 1})
        assert coverage(shut, "eye", "iris") < 3


def test_smiling_cheeks_do_not_fold_and_necks_are_slim(model):
    head, rng = model.head, np.random.default_rng(5)
    middle = head.rest[head.triangles].mean(1)
    x, y = np.abs(middle[:, 0]), middle[:, 1]
    cheek = (x < 6.5) & (y > -2.0) & (y < 1.8) & (middle[:, 2] > 6) & ((x > 2.0) | (y < -1.5))
    both = [
        f"{stem}{side}" for stem in ("mouthSmile", "cheekSquint", "noseSneer") for side in ("Left", "Right")
    ]
    smile = expression_vector(dict.fromkeys(both, 1.0))
    for _ in range(4):
        identity = np.clip(rng.normal(size=50), -2, 2).astype(np.float32)
        mesh = model.build(Character(identity=identity, appearance=Appearance(hair_style="bald")))
        skin = model.pose(mesh, smile, STILL, (0, 0, 0)).points[: len(head.rest)]
        a, b, c = (skin[head.triangles[cheek, k]] for k in range(3))
        facing = np.cross(b - a, c - a)
        away = np.linalg.norm(facing[facing[:, 2] < 0], axis=1).sum()
        assert away < 0.05 * np.linalg.norm(facing, axis=1).sum()
        chin = bound(mesh.neutral, model._landmarks)[8, 1]
        neck = mesh.neutral[np.abs(mesh.neutral[:, 1] - chin + 1.2) < 0.4]
        assert np.abs(neck[:, 0]).max() < 0.55 * np.abs(mesh.neutral[head.rest[:, 1] > 7, 0]).max()


def test_heads_narrow_to_a_chin_and_turn_without_hiding_an_eye(model):
    points, people = model._landmarks, [np.zeros(50, np.float32)]
    people += [sample_person(person_seed("heldout", number)).identity for number in range(12)]
    jaws = []
    for identity in people:
        mesh = model.build(Character(identity=identity, appearance=Appearance(hair_style="bald")))
        marks = bound(mesh.neutral, points)
        face = marks[15, 0] - marks[1, 0]
        jaws.append((marks[12, 0] - marks[4, 0]) / face)
        assert 0.30 < (marks[54, 0] - marks[48, 0]) / face < 0.45
        for name in ("grin", "laugh", "joy"):
            smile = mesh.neutral + np.tensordot(authored_expression(name), model.head.expression, 1)
            smile = bound(smile, points)
            assert (smile[54, 0] - smile[48, 0]) / face < 0.62, name
            assert (smile[48, 1] + smile[54, 1]) / 2 > smile[62:67:4, 1].mean() + 0.4, name
        # The far corner of the eye stays inside the outline of the skin beside it.
        turned = mesh.neutral @ rotation_matrix((35, 0, 0)).T
        beside = np.abs(turned[:, 1] - mesh.eye_centers[0, 1]) < 1.0
        outer = turned[model.head.eyes[0].upper[-1], 0]
        assert turned[beside, 0].max() > outer + 0.25
    # Hearts and squares, yet no jaw is wider than the cheeks.
    assert min(jaws) > 0.52 and max(jaws) < 0.88 and np.ptp(jaws) > 0.12


def test_closing_the_lips_never_tears_them(model):
    head = model.head
    lips = np.abs(head.lip_side) > 0.2
    # Number 4's lips lie so far back that they look like a gap.
    for number in (0, 4, 9):
        person = sample_person(person_seed("heldout", number))
        open_lips = head.moderation(head.mean + np.tensordot(person.identity, head.identity, 1))
        assert np.abs(model.build(person).neutral - open_lips)[lips].max() < 0.2, number


def test_fair_brows_are_dark_on_deep_skin_and_grey_ones_light():
    deep = colors(Appearance(skin_color="#4a2c20", brow_color="#dbb06a"))
    grey = colors(Appearance(skin_color="#4a2c20", brow_color="#bdb9b6"))
    assert lightness(deep.roles["brow"]) < lightness(deep.paint[0]) - 15
    assert lightness(grey.roles["brow"]) > lightness(grey.paint[0]) + 15


def test_the_head_stays_in_the_picture(model, person):
    for rotation in ((0, 0, 0), (40, 0, 0), (-40, 25, 0), (0, -25, 0), (0, 0, 25)):
        alpha = buffers(model, person, rotation=rotation)[BUFFER_CHANNELS.index("alpha")]
        assert alpha[0].max() == 0 and alpha[: SIZE // 2, [0, -1]].max() == 0, rotation


def test_rendering_is_deterministic(model, person):
    a, b = (buffers(model, person, {"mouthSmileLeft": 0.7}, (12, 5, 3)) for _ in range(2))
    np.testing.assert_array_equal(a, b)


def test_fast_buffers_agree_with_the_plain_ones_on_any_number_of_threads():
    model = CharacterModel.from_pretrained(HEAD.parent)
    worn = Appearance(hair_style="bob", beard_style="full", glasses_style="round")
    mesh = model.build(Character(appearance=worn))
    acts = [({"jawOpen": 0.6, "mouthSmileLeft": 0.8}, (25, -10, 5)), ({"eyeBlinkLeft": 0.7}, (-40, 20, 0))]
    for expression, rotation in acts:
        posed = model.pose(mesh, expression_vector(expression), STILL, rotation)
        fast, plain = render_buffers(posed, SIZE, 1), average_gbuffer(render_gbuffer(posed, 2 * SIZE), 2)
        for threads in (2, 3):
            np.testing.assert_array_equal(render_buffers(posed, SIZE, threads), fast)
        for index, channel in enumerate(BUFFER_CHANNELS):
            # Only the backs of skin that is seen from inside may be missing.
            off = np.abs(fast[index] - plain[index])
            # Of the figure, not of the picture; locks that touch tie for a pixel here and there.
            figure = plain[BUFFER_CHANNELS.index("alpha")] > 0
            assert off[figure].mean() < (0.018 if channel == "key_light" else 0.0025), channel
            if index < len(PARTS) or channel.startswith("albedo"):
                assert (off > 0.01).mean() < 0.002, channel


def test_key_light_comes_from_above_left_and_shadows_the_neck(model, person):
    assert KEY_LIGHT[0] < 0 < KEY_LIGHT[1]
    picture = render_gbuffer(model.pose(person, expression_vector(None), STILL, (0, 0, 0)), 192)
    height = picture.local[..., 1]
    neck = (height < -8.0) & (height > -10.5) & (picture.part == 0) & (picture.normal[..., 2] > 0.5)
    forehead = (picture.local[..., 1] > 9.0) & (picture.part == 0) & (picture.normal[..., 2] > 0.5)
    assert picture.visibility[neck].mean() < 0.5 < 0.9 < picture.visibility[forehead].mean()


class _OneAsset:
    """A wardrobe of one square in front of the chin, bound to it, and a lens over the left eye."""

    def collar(self, neutral):
        return neutral.mean(0), np.full(3, 99.0)

    def attach(self, appearance, neutral, triangles):
        def square(middle, half, part, bind=None):
            corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32) * half
            zeros = np.zeros((4, 3), np.float32)
            faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
            return AssetMesh(middle + corners, faces, part, zeros + [0, -1, 0], zeros, part, bind)

        chin = int(np.argmin(np.abs(neutral - [0, -6, 10]).sum(1)))
        bind = (np.full((4, 1), chin), np.ones((4, 1), np.float32))
        return [square(neutral[chin] + [0, 0, 1], 1.0, "beard", bind),
                square(np.array([3.7, 2.9, 12.0], np.float32), 2.0, "lens")]  # fmt: skip


def test_assets_move_with_the_skin_and_lenses_hide_nothing():
    model = CharacterModel(MorphableHead.from_pretrained(HEAD), _OneAsset())
    mesh = model.build(Character())
    still, opened = buffers(model, mesh), buffers(model, mesh, {"jawOpen": 1})
    rows = np.arange(SIZE)[:, None]
    height = [(p[PART_INDEX["beard"]] * rows).sum() / p[PART_INDEX["beard"]].sum() for p in (still, opened)]
    assert height[1] > height[0] + 2
    assert coverage(still, "lens") > 20
    alpha = still[BUFFER_CHANNELS.index("alpha")]
    np.testing.assert_allclose(still[: len(PARTS)].sum(0) - still[PART_INDEX["lens"]], alpha, atol=1e-5)
    assert still[PART_INDEX["iris"], :, SIZE // 2 :].sum() > 5


def test_marks_of_a_person_are_theirs_alone(model):
    plain = model.build(Character()).paint
    for marks in ({"freckles": "full"}, {"mole": "chin"}, {"age": "old"}, {"makeup_style": "glam"}):
        own = model.build(Character(appearance=Appearance(**marks))).paint
        changed = np.abs(own - plain).max(-1)
        assert (changed > 0.3).sum() > 30, marks
        # No mark reaches the border of the map, where it would be smeared over the rest of the head.
        border = np.concatenate([changed[0], changed[-1], changed[:, 0], changed[:, -1]])
        assert border.max() < 0.1, marks
        assert model.build(Character(appearance=Appearance(**marks))).paint is own
    assert model.build(Character()).paint is plain


def test_no_two_brows_look_alike(model):
    brows = {}
    for style in BROW_STYLES:
        mesh = model.build(Character(appearance=Appearance(brow_style=style, hair_style="bald")))
        brows[style] = buffers(model, mesh)[PART_INDEX["brow"]]
    names = list(brows)
    for i, one in enumerate(names):
        for other in names[:i]:
            share = np.abs(brows[one] - brows[other]).sum() / brows["natural"].sum()
            assert share > 0.15, (one, other)


def test_a_closed_piece_has_no_hole_and_faces_outwards():
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32)
    # Closed; closed over a seam of doubled vertices; open; inside out.
    apart = corners[faces].reshape(-1, 3) + [3, 0, 0]
    vertices = np.concatenate([corners, apart, corners + [6, 0, 0], corners + [9, 0, 0]])
    triangles = np.concatenate([faces, np.arange(4, 16).reshape(4, 3), faces[:3] + 16, faces[:, ::-1] + 20])
    expected = [True] * 8 + [False] * 7
    np.testing.assert_array_equal(closed_pieces(vertices, triangles), expected)


def test_paint_is_looked_at_closely_where_it_has_edges(model):
    paint = model.build(Character()).paint
    detail = detail_map(paint)
    lips = paint[..., 0]
    edge = (lips[:, 1:] > 0) != (lips[:, :-1] > 0)
    assert edge.any() and (detail[:, 1:][edge] == EDGED).all()
    assert (np.abs(paint[..., 1:])[detail == BARE] < 0.01).all() and (lips[detail == BARE] <= 0).all()
    assert (detail == EDGED).mean() < 0.2 and (detail == SOFT).any()


def test_a_quick_scan_sees_what_the_plain_rasteriser_sees():
    rng = np.random.default_rng(0)
    points = (rng.uniform(-20, 80, (60, 3)) * [1, 1, 0.01]).astype(np.float32)
    triangles = rng.integers(0, 60, (80, 3)).astype(np.int32)
    plain = rasterize(points, triangles, 56, 60)
    seen, nearness = np.full((56, 60 + LANES), -1, np.int32), np.full((56, 60 + LANES), -np.inf, np.float32)
    scan(points, triangles, np.arange(80, dtype=np.int32), 0, seen, nearness)
    assert (seen[:, :60] != plain.triangle).mean() < 0.002
    same = (seen[:, :60] == plain.triangle) & (plain.triangle >= 0)
    np.testing.assert_allclose(nearness[:, :60][same], plain.nearness[same], atol=1e-4)
    assert (seen[:, 60:] == -1).all()
