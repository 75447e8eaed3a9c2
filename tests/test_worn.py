"""What is worn fits together: lenses hide eyes, frames stand out from skin, hair hides earrings."""

import numpy as np
import pytest
from scipy import ndimage

from gen_avatar.character.buffers import BUFFER_CHANNELS, render_buffers
from gen_avatar.character.colors import colors
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.character.palette import lightness
from gen_avatar.types import CLOTH_STYLES, Appearance, Character, Performance
from training.studio import default_model, palettes
from training.studio import pose as posed
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


#: Poses of the head: yaw, pitch, roll, degrees.
POSES = [(0, 0, 0), (40, 20, 0), (-40, -25, 10), (20, 25, -20)]


def _bald(seed: int, **styles: str) -> Character:
    plain = Appearance(hair_style="bald", beard_style="none", glasses_style="none").with_values(styles)
    return Character(sample_person(person_seed("heldout", seed)).identity, plain)


@pytest.mark.parametrize("pose", POSES)
@pytest.mark.parametrize("style", ["jumper", "turtleneck", "shirt", "v-neck", "polo"])
def test_a_neckline_is_one_line(style, pose):
    for seed in (3003, 3009, 3013):
        seen = part_mask(_bald(seed, cloth_style=style), Performance.still({}, pose), 192)
        # Lips may part a cheek from the chin where the head hangs down to the collar.
        skin = np.isin(seen, [PART_INDEX["skin"], PART_INDEX["lips"]])
        cloth = seen == PART_INDEX["cloth"]
        # No islands of skin lie in the cloth, nor crumbs of cloth in the skin.
        below = np.arange(192)[:, None] > np.flatnonzero(cloth.any(1))[0] - 3
        pieces, _ = ndimage.label(skin & below, np.ones((3, 3)))
        size = np.sort(np.bincount(pieces.ravel())[1:])
        assert (size[:-1] < 0.04 * size[-1]).all(), (seed, size)
        pieces, _ = ndimage.label(cloth, np.ones((3, 3)))
        assert (np.bincount(pieces.ravel())[1:] > 8).all(), seed


@pytest.mark.parametrize("pose", [(0, 0, 0), (-20, -25, 0)])
@pytest.mark.parametrize("style", ["polo", "v-neck"])
def test_no_seam_crosses_the_throat_in_an_open_collar(style, pose):
    for seed in (119, 67, 123):
        buffers = render_buffers(posed(_bald(seed, cloth_style=style), Performance.still({}, pose)), 256)
        skin = buffers[BUFFER_CHANNELS.index("skin"), :, 128] > 0.99
        light = buffers[BUFFER_CHANNELS.index("albedo_g"), :, 128][skin]
        # In the middle, the shade of the jaw goes on down to the cloth.
        low = light[-6:]
        assert np.ptp(low) < 0.05 and low.max() < 0.9 * np.median(light), seed


@pytest.mark.parametrize("style", CLOTH_STYLES)
def test_shoulders_and_collar_are_in_the_picture(style):
    for seed in range(3000, 3012):
        buffers = render_buffers(posed(_bald(seed, cloth_style=style), Performance.still({})), 128)
        cloth = buffers[BUFFER_CHANNELS.index("cloth")]
        assert cloth.sum() > 0.009 * cloth.size, seed
        assert (cloth[-1] > 0.5).sum() > (20 if style == "tank" else 40), seed


@pytest.mark.parametrize("pose", POSES)
def test_the_neck_stays_inside_the_collar(pose):
    model = default_model()
    for seed in (3003, 3005, 3009):
        mesh = model.build(_bald(seed))
        skin = model.pose(mesh, np.zeros(52), np.zeros((2, 2)), pose).points[: len(mesh.neutral)]
        neck = (model.head.follow < 0.85) & (skin[:, 1] < mesh.neck.middle[1])
        wide = np.hypot(*((skin[neck] - mesh.neck.middle) / mesh.neck.size)[:, [0, 2]].T)
        assert wide.max() < 1.0


def test_rims_are_never_cut_and_never_meet():
    for seed in (3101, 3014, 3015):
        for style in ("round", "oversized", "sun-square"):
            mesh = default_model().build(_bald(seed, glasses_style=style))
            (frame,) = [a for a in mesh.assets if a.part == "glasses" and a.color_role != "shade"][:1]
            region = default_model().wardrobe.garments[f"glasses/{style}"][0].region
            inner = [np.abs(frame.vertices[region == side, 0]).min() for side in (0, 1)]
            assert sum(inner) > 0.2, (seed, style)
            buffers = render_buffers(posed(_bald(seed, glasses_style=style), Performance.still({})), 256)
            rim = buffers[PART_INDEX["glasses"]] > 0.5
            assert ndimage.label(rim, np.ones((3, 3)))[1] == 1, (seed, style)


@pytest.mark.parametrize("hair_style", ["bald", "long", "afro-short", "crew", "bob"])
def test_headphones_lie_on_the_hair(hair_style):
    look = Appearance(hair_style=hair_style, headwear_style="headphones")
    seen = part_mask(Character(appearance=look), Performance.still({}), 192) == PART_INDEX["headwear"]
    columns = np.flatnonzero(seen.any(0))
    # Two cups, and a band in between that is seen over the top.
    assert seen[:, columns[0] : columns[0] + 8].sum() > 40 and seen[:, columns[-1] - 8 :].sum() > 40
    assert seen[:, columns[0] : columns[-1] + 1].any(0).mean() > 0.9


@pytest.mark.parametrize("yaw", [-40, -20, 0, 20, 40])
def test_hoops_are_never_seen_edge_on(yaw):
    look = Appearance(hair_style="bald", earring_style="hoops")
    seen = part_mask(Character(appearance=look), Performance.still({}, (yaw, 0, 0)), 256)
    pieces, count = ndimage.label(seen == PART_INDEX["ornament"], np.ones((3, 3)))
    largest = ndimage.find_objects(pieces)[int(np.argmax(np.bincount(pieces.ravel())[1:]))]
    height, width = (piece.stop - piece.start for piece in largest)
    assert count >= 1 and width > 0.45 * height


@pytest.mark.parametrize("style", ["round", "sun-aviator", "oversized"])
@pytest.mark.parametrize("pose", [(35, 0, 0), (-35, 0, 0)])
def test_the_far_lens_stays_within_the_outline_of_a_turned_face(style, pose):
    for seed in (835, 843):
        model, look = default_model(), _bald(seed, glasses_style=style)
        mesh = model.build(look)
        points = model.pose(mesh, np.zeros(52, np.float32), np.zeros((2, 2)), pose).points
        part = {int(v): k for k in (PART_INDEX["skin"], PART_INDEX["glasses"])
                for v in np.unique(mesh.drawn.triangles[mesh.drawn.part == k])}  # fmt: skip
        rows, kinds = np.array(list(part)), np.array(list(part.values()))
        frame, skin = points[rows[kinds == PART_INDEX["glasses"]]], points[: len(mesh.neutral)]
        beside = skin[(skin[:, 1] > frame[:, 1].min()) & (skin[:, 1] < frame[:, 1].max())]
        far = np.sign(pose[0])
        assert (far * frame[:, 0]).max() < (far * beside[:, 0]).max() + 0.2, seed


@pytest.mark.parametrize("style", ["full", "goatee"])
def test_a_beard_does_not_tear_where_a_mouth_goes_aside(style):
    skewed = Performance.still({"mouthLeft": 0.9, "jawLeft": 0.4, "jawOpen": 0.15})
    for seed in (840, 841):
        seen = part_mask(_bald(seed, beard_style=style), skewed, 256)
        pieces, _ = ndimage.label(seen == PART_INDEX["beard"], np.ones((3, 3)))
        assert (np.sort(np.bincount(pieces.ravel())[1:])[:-1] < 6).all(), seed
        closed = ndimage.binary_closing(seen == PART_INDEX["beard"], np.ones((3, 3)), 2)
        # Beside the mouth no skin is left inside of the beard.
        rows, columns = np.nonzero(seen == PART_INDEX["lips"])
        beside = np.zeros_like(closed)
        beside[rows.min() - 4 : rows.max(), : columns.min() - 3] = True
        beside[rows.min() - 4 : rows.max(), columns.max() + 3 :] = True
        # (A few are notches of the upper edge, where the moustache lies on it.)
        assert (closed & beside & (seen == PART_INDEX["skin"])).sum() < 16, seed
