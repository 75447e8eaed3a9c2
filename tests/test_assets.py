"""The wardrobe: every style on every head."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from gen_avatar.character.colors import colors
from gen_avatar.character.mesh import AssetMesh
from gen_avatar.character.palette import lightness
from gen_avatar.character.proportions import StylizedHead, stylize
from gen_avatar.character.raster import rasterize, vertex_normals
from gen_avatar.character.wardrobe import Wardrobe, scalp_mask, stubble_mask
from gen_avatar.character.wardrobe.fitting import fit_glasses
from gen_avatar.character.wardrobe.garments import GROUPS, UNWORN
from gen_avatar.errors import WeightsError
from gen_avatar.head.model import MorphableHead
from gen_avatar.types import ARKIT_52, BEARD_STYLES, CHOICES, CLOTH_STYLES, HAIR_STYLES, Appearance

ROOT = Path(__file__).resolve().parent.parent
SEEDS = (None, 0, 1, 2)
MODELLED = [style for style in HAIR_STYLES if style not in ("bald", "buzz")]


@pytest.fixture(scope="module")
def wardrobe() -> Wardrobe:
    return Wardrobe.from_pretrained(ROOT / "checkpoints" / "assets")


@pytest.fixture(scope="module")
def head() -> StylizedHead:
    return stylize(MorphableHead.from_pretrained(ROOT / "checkpoints" / "head"))


def neutral(head: StylizedHead, seed: int | None) -> np.ndarray:
    """[V, 3] the mean, or a random person."""
    if seed is None:
        return head.mean
    identity = np.clip(np.random.default_rng(seed).normal(size=len(head.identity)), -2.5, 2.5).astype(
        np.float32
    )
    return head.mean + np.tensordot(identity, head.identity, 1).astype(np.float32)


def height_above_skin(points: np.ndarray, person: np.ndarray, head: StylizedHead) -> np.ndarray:
    """[N] signed distance along the normal of the nearest skin vertex, cm; ears may lie under hair."""
    normals = vertex_normals(person, head.triangles)
    heights = []
    for skin in (np.arange(len(person)), np.flatnonzero(np.abs(head.rest[:, 0]) < 7.2)):
        near = skin[cKDTree(person[skin]).query(points)[1]]
        heights.append(((points - person[near]) * normals[near]).sum(1))
    return np.maximum(*heights)


def bare(**styles: str) -> Appearance:
    return Appearance(hair_style="bald", beard_style="none", glasses_style="none").with_values(styles)


def worn_hair(wardrobe: Wardrobe, style: str, person: np.ndarray, head: StylizedHead) -> AssetMesh:
    """The meshes of a style as one."""
    first, *more = [
        m for m in wardrobe.attach(bare(hair_style=style), person, head.triangles) if m.part == "hair"
    ]
    for mesh in more:
        first = replace(
            first,
            triangles=np.concatenate([first.triangles, mesh.triangles + len(first.vertices)]),
            vertices=np.concatenate([first.vertices, mesh.vertices]),
            tangent=np.concatenate([first.tangent, mesh.tangent]),
            strand=np.concatenate([first.strand, mesh.strand]),
        )
    return first


def test_every_style_is_there_or_is_paint(wardrobe: Wardrobe, head: StylizedHead) -> None:
    plain = len(wardrobe.attach(bare(), head.mean, head.triangles))
    for group in GROUPS:
        for style in CHOICES[f"{group}_style"]:
            worn = wardrobe.attach(bare(**{f"{group}_style": style}), head.mean, head.triangles)
            assert "cloth" in [m.part for m in worn] or style == "hijab"
            if group != "cloth":
                own = [m for m in worn if m.part not in ("cloth", "skin")]
                assert (not own and len(worn) == plain) == (style in UNWORN[group]), style


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("style", MODELLED)
def test_hair_fits_anyone(wardrobe: Wardrobe, head: StylizedHead, style: str, seed: int | None) -> None:
    person = neutral(head, seed)
    hair = worn_hair(wardrobe, style, person, head)
    assert np.isfinite(hair.vertices).all()
    assert 500 < len(hair.triangles) <= 9000
    assert hair.triangles.min() >= 0 and hair.triangles.max() < len(hair.vertices)
    assert len(hair.tangent) == len(hair.strand) == len(hair.vertices)
    # Roots and edges are buried, but no deeper than the skin is covered elsewhere.
    above = height_above_skin(hair.vertices, person, head)
    modelled = np.concatenate([g.clearance for g in wardrobe.garments[f"hair/{style}"]])
    assert (above - np.minimum(modelled, 0)).min() > -0.6
    # It stands above the skull, and the face stays free.
    assert hair.vertices[:, 1].max() > person[:, 1].max() + (-4.0 if style == "balding" else 0.8)
    marks = wardrobe.landmarks(person)
    for eye in (marks[36:42], marks[42:48]):
        low, high = eye.min(0) - [0.1, 0.1, 0], eye.max(0) + [0.1, 0.1, 0]
        seen = (hair.vertices[:, :2] > low[:2]) & (hair.vertices[:, :2] < high[:2])
        assert not (seen.all(1) & (hair.vertices[:, 2] > 2)).any(), "hair in the eyes"
    mouth = marks[48:60]
    front = hair.vertices[hair.vertices[:, 2] > 5]
    assert not ((np.abs(front[:, 0]) < np.abs(mouth[:, 0]).max()) & (front[:, 1] < mouth[:, 1].max())).any()


@pytest.mark.parametrize(
    "style",
    [
        "bob",
        "bob-fringe",
        "long",
        "wavy",
        "lob",
        "long-fringe",
        "wavy-bob",
        "wavy-long",
        "half-up",
        "side-swept",
        "shag",
    ],
)
def test_long_hair_covers_ears_and_closes_the_back(
    wardrobe: Wardrobe, head: StylizedHead, style: str
) -> None:
    hair = worn_hair(wardrobe, style, head.mean, head)
    assert len(hair.triangles) <= 9000
    ears = head.mean[wardrobe.ears]
    # Straight sides have long triangles, with no corner beside the ear.
    sheet = np.concatenate([hair.vertices, hair.vertices[hair.triangles].mean(1)])
    for sign, ear in zip((1, -1), ears, strict=True):
        beside = sheet[(np.abs(sheet[:, 1] - ear[1]) < 1.5) & (np.abs(sheet[:, 2] - ear[2]) < 1.5)]
        assert (beside[:, 0] * sign).max() > abs(ear[0])
    # Seen from behind, the head between the ears and down to the mouth is hair without a hole.
    scale, size = 8.0, 256
    points = np.stack(
        [size / 2 + scale * hair.vertices[:, 0], 150 - scale * hair.vertices[:, 1], -hair.vertices[:, 2]], 1
    )
    covered = rasterize(points, hair.triangles, size, size).triangle >= 0
    top, bottom = 150 - scale * 8.0, 150 - scale * wardrobe.landmark_rest[48, 1]
    middle = covered[int(top) : int(bottom), int(size / 2 - 6.5 * scale) : int(size / 2 + 6.5 * scale)]
    assert middle.mean() > 0.995


@pytest.mark.parametrize(
    "style",
    [
        "curly", "afro", "curly-short", "curly-bob", "curly-long", "curly-fringe", "afro-short", "high-top",
        "puffs", "twists", "box-braids", "cornrows", "locs-short", "locs-long",
    ],
)  # fmt: skip
def test_coily_hair_is_dense_and_light(wardrobe: Wardrobe, head: StylizedHead, style: str) -> None:
    hair = worn_hair(wardrobe, style, head.mean, head)
    assert len(hair.triangles) <= 9000
    # From the front, what lies above the hairline is hair; cornrows leave thin lines of scalp.
    points = np.concatenate([head.mean, hair.vertices])
    triangles = np.concatenate([head.triangles, hair.triangles + len(head.mean)])
    screen = np.stack([128 + 8 * points[:, 0], 160 - 8 * points[:, 1], points[:, 2]], 1)
    above_brows = rasterize(screen, triangles, 256, 256).triangle[: int(160 - 8 * head.landmarks[19, 1])]
    drawn = above_brows[above_brows >= 0]
    skin = drawn[drawn < len(head.triangles)]
    scalp = (scalp_mask(head.rest, head.landmarks) > 0.99)[head.triangles[skin]].all(1)
    assert scalp.sum() < (0.12 if style == "cornrows" else 0.015) * (len(drawn) - len(skin))


def test_rows_of_braids_stand_off_their_partings(wardrobe: Wardrobe, head: StylizedHead) -> None:
    look = bare(hair_style="cornrows").with_values({"skin_color": "#c38654", "hair_color": "#bc864b"})
    roles = [m.color_role for m in wardrobe.attach(look, head.mean, head.triangles) if m.part == "hair"]
    assert roles == ["hair", "roots"]
    palette = colors(look)
    roots = lightness(palette.roles["roots"])
    assert lightness(palette.roles["hair"]) > roots + 12
    assert abs(lightness(palette.paint[0]) - roots) > 12


@pytest.mark.parametrize("skin", ["#f2d0b0", "#8d5a3a"])
def test_rows_of_brown_braids_lie_on_their_own_shade_and_off_the_skin(skin: str) -> None:
    paint = colors(bare(hair_style="cornrows").with_values({"skin_color": skin, "hair_color": "#7a4b2c"}))
    hair, roots = (lightness(paint.roles[name]) for name in ("hair", "roots"))
    assert roots < hair - 8
    assert lightness(paint.paint[0]) - hair > 10


def test_high_pigtails_come_out_below_a_cap_as_full_as_they_are(
    wardrobe: Wardrobe, head: StylizedHead
) -> None:
    wide = []
    for hat in ("none", "cap"):
        look = bare(hair_style="pigtails", headwear_style=hat)
        meshes = [m for m in wardrobe.attach(look, head.mean, head.triangles) if m.part == "hair"]
        points = np.concatenate([m.vertices[np.unique(m.triangles)] for m in meshes])
        tail = points[(points[:, 0] > 9.8) & (points[:, 1] < head.landmarks[30, 1] + 1)]
        assert len(tail) > 60
        wide.append(np.ptp(tail[:, 2]))
    assert wide[1] > 0.8 * wide[0], "not pressed to a string"


def test_silhouettes_differ(wardrobe: Wardrobe, head: StylizedHead) -> None:
    """In black at 32 pixels no two styles look alike."""
    pictures = {}
    for style in ("bald", *MODELLED):
        meshes = [
            m for m in wardrobe.attach(bare(hair_style=style), head.mean, head.triangles) if m.part == "hair"
        ]
        points = np.concatenate([head.mean, *(m.vertices for m in meshes)])
        triangles = np.concatenate([head.triangles, *(m.triangles + len(head.mean) for m in meshes)])
        screen = np.stack([64 + 4 * points[:, 0], 72 - 4 * points[:, 1], points[:, 2]], 1)
        black = rasterize(screen, triangles, 128, 128).triangle >= 0
        pictures[style] = black.reshape(32, 4, 32, 4).mean((1, 3))
    names = list(pictures)
    for i, one in enumerate(names):
        for other in names[:i]:
            apart = np.abs(pictures[one] - pictures[other]).sum()
            assert apart > 7, f"{one} and {other}: {apart:.1f} pixels"


@pytest.mark.parametrize("style", BEARD_STYLES[2:])
def test_beards_move_with_the_jaw_and_stay_on_the_skin(
    wardrobe: Wardrobe, head: StylizedHead, style: str
) -> None:
    person = neutral(head, 3)
    beards = [
        m for m in wardrobe.attach(bare(beard_style=style), person, head.triangles) if m.part == "beard"
    ]
    for name in ("jawOpen", "mouthSmileLeft", "mouthFunnel"):
        moved = head.expression[ARKIT_52.index(name)]
        for beard in beards:
            assert beard.bind is not None
            indices, weights = beard.bind
            np.testing.assert_allclose(weights.sum(1), 1, atol=2e-3)
            posed = beard.vertices + (moved[indices] * weights[..., None]).sum(1)
            above = height_above_skin(posed, person + moved, head)
            assert (above < -0.45).mean() < 0.03, f"{name}: the skin pokes through"
    drop = head.expression[ARKIT_52.index("jawOpen")][..., 1]
    indices, weights = beards[0].bind or (np.zeros(0, int), np.zeros(0))
    chin = (drop[indices] * weights).sum(1).min()
    assert chin < (0.1 if style in ("moustache", "handlebar", "walrus") else -0.8)
    # The ground around the mouth is fine: skewed mouths tear a coarse one.
    assert sum(len(beard.triangles) for beard in beards) <= 4200


@pytest.mark.parametrize("style", BEARD_STYLES[2:])
def test_the_lower_lip_stays_visible(wardrobe: Wardrobe, head: StylizedHead, style: str) -> None:
    meshes = [
        m for m in wardrobe.attach(bare(beard_style=style), head.mean, head.triangles) if m.part == "beard"
    ]
    marks = wardrobe.landmark_rest
    lip = marks[[56, 57, 58, 65, 66, 67]]
    for mesh in meshes:
        front = mesh.vertices[mesh.vertices[:, 2] > lip[:, 2].min() - 1.5]
        inside = (np.abs(front[:, 0]) < 0.6 * np.abs(lip[:, 0]).max()) & (
            np.abs(front[:, 1] - lip[:, 1].mean()) < 0.12
        )
        # But for a ground as thin as paint, on which lips are drawn.
        assert (height_above_skin(front[inside], head.mean, head) < 0.15).all()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("style", ["round", "square"])
def test_glasses_sit_in_front_of_the_eyes(
    wardrobe: Wardrobe, head: StylizedHead, style: str, seed: int | None
) -> None:
    person = neutral(head, seed)
    worn = {m.part: m for m in wardrobe.attach(bare(glasses_style=style), person, head.triangles)}
    frame, lens = worn["glasses"], worn["lens"]
    region = wardrobe.garments[f"glasses/{style}"][0].region
    marks = wardrobe.landmarks(person)
    for side, eye in ((0, marks[42:48]), (1, marks[36:42])):
        rim = frame.vertices[region == side]
        assert (rim[:, :2].min(0) < eye[:, :2].min(0)).all() and (rim[:, :2].max(0) > eye[:, :2].max(0)).all()
        assert lens.vertices[:, 2].min() > eye[:, 2].min()
        temple = frame.vertices[region == 3 + side]
        reach = np.linalg.norm(temple - person[wardrobe.ears[side]], axis=1).min()
        assert reach < 0.8, "the temple misses the ear"
    # Cheeks never cut the rims as drawn.
    front = (frame.vertices + np.multiply(frame.lift, [0, 0, 1]))[np.isin(region, (0, 1))]
    face = person[person[:, 2] > 0]
    near = cKDTree(face[:, :2]).query_ball_point(front[:, :2], 0.25)
    assert all(point[2] > face[i, 2].max() for point, i in zip(front, near, strict=True) if i)
    np.testing.assert_allclose(
        front[:, 0].max() + front[:, 0].min(), 2 * (marks[39, 0] + marks[42, 0]) / 2, atol=0.3
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_arms_of_glasses_lie_beside_the_head_and_below_hair(
    wardrobe: Wardrobe, head: StylizedHead, seed: int | None
) -> None:
    person = neutral(head, seed)

    def arm(hair_style: str) -> tuple[np.ndarray, np.ndarray]:
        look = bare(glasses_style="square", hair_style=hair_style)
        worn = {m.part: m for m in wardrobe.attach(look, person, head.triangles)}
        along = wardrobe.garments["glasses/square"][0].strand[:, 1]
        row = (wardrobe.garments["glasses/square"][0].region == 3) & (along > 0.1) & (along < 0.6)
        return worn["glasses"].vertices[row], worn["hair"].vertices if "hair" in worn else person

    bald, skin = arm("bald")
    near = cKDTree(skin[:, 1:]).query_ball_point(bald[:, 1:], 0.3)
    out = [p[0] - skin[i, 0].max() for p, i in zip(bald, near, strict=True) if i]
    assert min(out) > -0.1 and np.median(out) < 1.0
    below, hair = arm("long")
    hair = hair[hair[:, 0] > 0]
    over = cKDTree(hair[:, 1:]).query_ball_point(below[:, 1:], 0.3)
    covered = [p[0] - hair[i, 0].max() for p, i in zip(below, over, strict=True) if i]
    assert not covered or max(covered) < 0
    # The rims stay within the face.
    frame = wardrobe.attach(bare(glasses_style="oversized"), person, head.triangles)[0].vertices
    region = wardrobe.garments["glasses/oversized"][0].region
    side = np.abs(wardrobe.landmarks(person)[[0, 16], 0]).mean()
    assert np.abs(frame[np.isin(region, (0, 1)), 0]).max() < 0.88 * side


def test_stubble_is_on_the_jaw_and_not_on_the_lips(head: StylizedHead) -> None:
    tone = stubble_mask(head.rest)
    assert tone.shape == (len(head.rest),) and tone.min() >= 0 and tone.max() <= 1
    marks = head.landmarks
    assert stubble_mask(marks[[7, 8, 9]]).min() > 0.5
    assert stubble_mask(marks[[62, 66, 30, 19, 24, 37, 44]]).max() < 0.05


def test_cropped_hair_is_on_the_scalp_and_not_on_the_face(head: StylizedHead) -> None:
    tone = scalp_mask(head.rest, head.landmarks)
    assert tone.min() == 0 and tone.max() == 1
    crown = np.argmax(head.rest[:, 1])
    wreath = scalp_mask(head.rest, head.landmarks, "wreath")
    assert tone[crown] == 1 and wreath[crown] == 0 and wreath.max() > 0.9
    near = cKDTree(head.rest).query(head.landmarks)[1]
    assert tone[near].max() == 0


def test_deterministic_and_saved_exactly(wardrobe: Wardrobe, head: StylizedHead, tmp_path: Path) -> None:
    look = Appearance(hair_style="curly", beard_style="full", glasses_style="round")
    once = wardrobe.attach(look, head.mean, head.triangles)
    wardrobe.save_pretrained(tmp_path)
    again = Wardrobe.from_pretrained(tmp_path).attach(look, head.mean, head.triangles)
    for a, b in zip(once, again, strict=True):
        np.testing.assert_array_equal(a.vertices, b.vertices)
        np.testing.assert_array_equal(a.triangles, b.triangles)
        assert a.part == b.part


def test_the_files_are_what_the_code_models(wardrobe: Wardrobe) -> None:
    from training.build_assets import build, load_head

    fresh = build(load_head(ROOT / "checkpoints" / "head"))
    assert fresh.garments.keys() == wardrobe.garments.keys()
    for name, meshes in fresh.garments.items():
        for new, stored in zip(meshes, wardrobe.garments[name], strict=True):
            np.testing.assert_array_equal(new.triangles, stored.triangles)
            np.testing.assert_allclose(new.vertices, stored.vertices, atol=5e-3)


def test_a_missing_style_is_refused(wardrobe: Wardrobe, head: StylizedHead) -> None:
    lacking = {name: made for name, made in wardrobe.garments.items() if name != "cloth/polo"}
    with pytest.raises(WeightsError, match="cloth/polo"):
        replace(wardrobe, garments=lacking).attach(bare(cloth_style="polo"), head.mean, head.triangles)


def from_the_front(points: np.ndarray, scale: float) -> np.ndarray:
    """[N, 3] on a picture of 128 pixels, ``scale`` pixels a cm, the chin at row 64."""
    return np.stack([64 + scale * points[:, 0], 64 - scale * (points[:, 1] + 6), points[:, 2]], 1)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("style", CLOTH_STYLES)
def test_clothes_hug_the_neck_and_cover_the_bust(
    wardrobe: Wardrobe, head: StylizedHead, style: str, seed: int | None
) -> None:
    person = neutral(head, seed)
    worn = wardrobe.attach(bare(cloth_style=style), person, head.triangles)
    assert sum(len(m.triangles) for m in worn) <= 3800
    assert all(m.follow == 0 for m in worn)
    ring = person[wardrobe.neck]
    middle, size = (ring.min(0) + ring.max(0)) / 2, np.ptp(ring, axis=0) / 2
    # All around the neck something begins inside it or touches it.
    points = np.concatenate([m.vertices for m in worn]) - middle
    high = points[points[:, 1] > -2.5]
    away = np.hypot(high[:, 0] / size[0], high[:, 2] / size[2])
    sector = np.floor((np.arctan2(high[:, 0], high[:, 2]) / np.pi + 1) * 6).astype(int) % 12
    assert max(away[sector == s].min() for s in range(12)) < 1.25
    # From the collar down to the elbows there is no hole, and shoulders slope instead of standing out.
    scale = 3.0
    dressed = np.zeros((128, 128), bool)
    for mesh in worn:
        dressed |= rasterize(from_the_front(mesh.vertices, scale), mesh.triangles, 128, 128).triangle >= 0
    columns = dressed[:, 64 - 21 : 64 + 22]
    assert columns[85:110].all()
    assert 11 < np.abs(np.concatenate([m.vertices for m in worn])[:, 0]).max() < 18


def test_chin_straps_and_scarves_follow_the_jaw(wardrobe: Wardrobe, head: StylizedHead) -> None:
    jaw = head.expression[ARKIT_52.index("jawOpen")]
    for style, part in (("helmet", 2), ("hijab", 1)):
        look = bare(headwear_style=style)
        worn = [m for m in wardrobe.attach(look, head.mean, head.triangles) if m.part == "headwear"]
        bind = worn[part].bind
        assert bind is not None
        indices, weights = bind
        drop = (jaw[indices] * weights[..., None]).sum(1)[:, 1]
        assert drop.min() < -0.8 and np.abs(drop[worn[part].vertices[:, 1] > 4]).max(initial=0) < 0.1


def test_another_head_is_refused(wardrobe: Wardrobe, head: StylizedHead, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="build_assets"):
        wardrobe.attach(Appearance(), head.mean[:-1], head.triangles)
    with pytest.raises(WeightsError, match="cannot load"):
        Wardrobe.from_pretrained(tmp_path)


@pytest.mark.parametrize("style", ["cap", "beanie", "fedora", "helmet"])
def test_hats_press_hair_below_them(wardrobe: Wardrobe, head: StylizedHead, style: str) -> None:
    look = bare(hair_style="afro", headwear_style=style)
    worn = wardrobe.attach(look, head.mean, head.triangles)
    hair = next(m for m in worn if m.part == "hair")
    hat = np.concatenate([m.vertices for m in worn if m.part == "headwear"])
    drawn = hair.vertices[np.unique(hair.triangles)]
    assert drawn[:, 1].max() < hat[:, 1].max() - 1.0
    free = next(
        m for m in wardrobe.attach(bare(hair_style="afro"), head.mean, head.triangles) if m.part == "hair"
    )
    assert len(hair.triangles) < 0.8 * len(free.triangles)


def test_hair_springs_up_over_a_headband(wardrobe: Wardrobe, head: StylizedHead) -> None:
    free, banded = (
        worn_hair(wardrobe, "afro", head.mean, head)
        if band == "none"
        else next(
            m
            for m in wardrobe.attach(bare(hair_style="afro", headwear_style=band), head.mean, head.triangles)
            if m.part == "hair"
        )
        for band in ("none", "headband")
    )
    assert banded.vertices[:, 1].max() > free.vertices[:, 1].max() - 0.2
    high = banded.vertices[:, 1] > head.mean[:, 1].max() - 2.0
    wide = np.ptp(banded.vertices[high, 0]) / np.ptp(free.vertices[high, 0])
    assert wide > 0.85


@pytest.mark.parametrize("style", ["fringe", "bowl", "curly-fringe", "bob-fringe"])
@pytest.mark.parametrize("hat", ["cap", "beanie", "beret"])
def test_fringes_are_tucked_under_hats(wardrobe: Wardrobe, head: StylizedHead, hat: str, style: str) -> None:
    worn = wardrobe.attach(bare(hair_style=style, headwear_style=hat), head.mean, head.triangles)
    hair = next(m for m in worn if m.part == "hair")
    brow = wardrobe.landmark_rest[[19, 24], 1].mean()
    drawn = hair.vertices[np.unique(hair.triangles)]
    # Between the brows and the hems, the lowest of which lies 2.5 cm above them.
    rows = (drawn[:, 1] > brow) & (drawn[:, 1] < brow + 2)
    forehead = drawn[rows & (np.abs(drawn[:, 0]) < 4) & (drawn[:, 2] > 4)]
    assert (height_above_skin(forehead, head.mean, head) < 0.1).all()


def test_a_hijab_hides_hair_earrings_and_clothes(wardrobe: Wardrobe, head: StylizedHead) -> None:
    look = bare(hair_style="long", headwear_style="hijab", earring_style="hoops", beard_style="full")
    parts = {m.part for m in wardrobe.attach(look, head.mean, head.triangles)}
    assert parts == {"beard", "headwear"}


@pytest.mark.parametrize("style", ["oversized", "square", "round"])
def test_bridges_end_inside_the_rims(wardrobe: Wardrobe, style: str) -> None:
    (frame, *_) = wardrobe.garments[f"glasses/{style}"]
    rest = wardrobe.landmark_rest
    close = rest.copy()
    # Eyes that lie close together squeeze the rims.
    for eye in (slice(36, 42), slice(42, 48)):
        close[eye, 0] -= 0.25 * np.sign(rest[eye, 0].mean())
    far_behind = np.tile([0.0, 0.0, -50.0], (4, 1)).astype(np.float32)
    fitted = fit_glasses(
        frame.vertices, frame.region, frame.strand[:, 1], rest, close, np.zeros((2, 3)), far_behind
    )
    bridge = fitted[frame.region == 2]
    for side, sign in ((0, 1), (1, -1)):
        rim = fitted[frame.region == side]
        near = rim[np.abs(rim[:, 1] - bridge[:, 1].mean()) < 0.6, 0] * sign
        inner = near[near < np.median(near)]
        assert inner.min() < (bridge[:, 0] * sign).max() < inner.max() + 0.15
