"""GLB files of the character, read by a reader of our own, trimesh, the Khronos validator and three.js."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from PIL import Image
from scipy.spatial import cKDTree
from web.reader import Glb
from web.viewer import HERE, browse, missing

from gen_avatar.character.buffers import render_gbuffer, solid_raster
from gen_avatar.character.character import CharacterModel
from gen_avatar.character.eyes import LINE_LIFT
from gen_avatar.character.mesh import PART_INDEX, CharacterMesh
from gen_avatar.character.raster import interpolate, rasterize
from gen_avatar.export.gltf import AvatarExporter
from gen_avatar.export.shapes import SHAPE_NAMES, played_weights
from gen_avatar.media import GENERATED_MARK, is_generated
from gen_avatar.performance import save_performance
from gen_avatar.types import ARKIT_52, Appearance, Character, Performance

MOVING = {"skin", "brows", "lashes", "lid_creases", "mouth", "teeth_upper", "teeth_lower", "tongue"}
#: Where meshes of the face begin and end among the blocks of a character.
BLOCKS = {"skin": (0,), "eye": (1,), "brows": (9, 10), "mouth": (11,), "teeth_upper": (12,),
          "teeth_lower": (13,), "tongue": (14,), "lashes": (2, 6, 3, 7)}  # fmt: skip
_COLORED = {"baseColorTexture", "baseColorFactor"}
#: Far below what is seen, and above what is left out of the shapes; metres.
CLOSE = 6e-5


def invented(seed: int, **appearance: Any) -> Character:
    identity = np.random.default_rng(seed).normal(0, 0.8, 50).astype(np.float32)
    return Character(identity, Appearance(**appearance))


PLAIN = invented(
    1, hair_style="bob", cloth_style="v-neck", makeup_style="glam", freckles="full", mole="cheek"
)
DRESSED = invented(
    2, hair_style="short", beard_style="full", glasses_style="round", headwear_style="fedora",
    earring_style="hoops", cloth_style="blazer",
)  # fmt: skip


def take(frames: int = 9) -> Performance:
    """A head that turns, nods and tilts, with a jaw that opens and eyes that wander."""
    along = np.linspace(0, 1, frames, dtype=np.float32)
    expression = np.zeros((frames, len(ARKIT_52)), np.float32)
    expression[:, ARKIT_52.index("jawOpen")] = along
    gaze = along[:, None, None] * np.array([[20.0, -10.0], [12.0, -10.0]], np.float32)
    rotation = along[:, None] * np.array([[-30.0, 12.0, 15.0]], np.float32)
    return Performance(expression, gaze, rotation, np.zeros((frames, 3), np.float32), fps=24.0)


@pytest.fixture(scope="module")
def pipe() -> Any:
    from gen_avatar.pipeline import AvatarPipeline

    return AvatarPipeline.from_pretrained()


@pytest.fixture(scope="module")
def figure(pipe: Any) -> CharacterModel:
    return pipe.figure


@pytest.fixture(scope="module")
def exporter(pipe: Any) -> AvatarExporter:
    return AvatarExporter(pipe.figure, pipe.head, texture_size=1024)


@pytest.fixture(scope="module")
def files(exporter: AvatarExporter) -> dict[str, bytes]:
    """A plain person, one with much on, and one who moves."""
    return {
        "plain.glb": exporter.glb(PLAIN),
        "dressed.glb": exporter.glb(DRESSED),
        "moving.glb": exporter.glb(DRESSED, take()),
    }


@pytest.fixture(scope="module")
def plain(files: dict[str, bytes]) -> Glb:
    return Glb(files["plain.glb"])


@pytest.fixture(scope="module")
def dressed(files: dict[str, bytes]) -> Glb:
    return Glb(files["dressed.glb"])


@pytest.fixture(scope="module")
def moving(files: dict[str, bytes]) -> Glb:
    return Glb(files["moving.glb"])


@pytest.fixture(scope="module")
def mesh(figure: CharacterModel) -> CharacterMesh:
    return figure.build(DRESSED)


def one(name: str, weight: float = 1.0) -> np.ndarray:
    weights = np.zeros(len(SHAPE_NAMES))
    weights[SHAPE_NAMES.index(name)] = weight
    return weights


def pose(
    figure: CharacterModel, mesh: CharacterMesh, name: str | None, rotation: Any = (0, 0, 0)
) -> tuple[np.ndarray, np.ndarray]:
    """Points of a pose with one shape, metres, and normals."""
    weights = np.zeros(len(ARKIT_52)) if name is None else one(name)[: len(ARKIT_52)]
    posed = figure.pose(mesh, weights, np.zeros((2, 2)), rotation, whole=True)
    return posed.points * 0.01, posed.normals


def drawn(mesh: CharacterMesh, values: np.ndarray, part: str) -> np.ndarray:
    """[T, 3, 3] what the painter has at the corners of a mesh of the face."""
    stops = np.cumsum([0] + [len(block.triangles) for block in mesh.blocks])
    runs = [mesh.triangles[stops[block] : stops[block + 1]] for block in BLOCKS[part]]
    return values[np.concatenate(runs)]


# -- what a file says ----------------------------------------------------------------------------


def test_the_asset_says_that_it_is_generated_and_not_whom_it_shows(
    files: dict[str, bytes], plain: Glb, tmp_path: Path
) -> None:
    asset = plain.document["asset"]
    assert asset["version"] == "2.0" and asset["generator"].startswith("gen_avatar ")
    assert asset["extras"] == {"digitalSourceType": GENERATED_MARK}
    packet = plain.document["extensions"]["KHR_xmp_json_ld"]["packets"][0]
    assert packet["Iptc4xmpExt:DigitalSourceType"] == GENERATED_MARK
    (tmp_path / "a.glb").write_bytes(files["plain.glb"])
    assert is_generated(tmp_path / "a.glb")
    assert not any(word in plain.text.lower() for word in ("identity", "photo", "author", "confidence"))


def test_files_are_small(files: dict[str, bytes]) -> None:
    assert max(map(len, files.values())) < 8e6


def test_what_stays_where_it_is_takes_no_room(dressed: Glb) -> None:
    targets = {
        name: [target for p in dressed.mesh(name)["primitives"] for target in p["targets"]]
        for name in ("teeth_upper", "lashes", "beard")
    }
    assert len({target["NORMAL"] for target in targets["teeth_upper"]}) == 1
    accessors = dressed.document["accessors"]
    for target in sum(targets.values(), []):
        moves, turns = (accessors[target[k]] for k in ("POSITION", "NORMAL"))
        assert "min" in moves and "min" not in turns, "bounds are asked of places alone"
    still = [a for a in accessors if "sparse" not in a and "bufferView" not in a]
    assert len(still) == len({json.dumps(a) for a in still}), "said once"


def test_trimesh_sees_a_head_of_the_right_size_that_faces_forwards(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "a.glb").write_bytes(files["dressed.glb"])
    scene: Any = trimesh.load(tmp_path / "a.glb", force="scene")
    assert {"skin", "brows", "beard", "hair", "glasses", "lens", "headwear", "cloth"} <= {
        name.split("_")[0] for name in scene.graph.nodes
    }
    low, high = scene.bounds
    assert 0.3 < high[1] - low[1] < 0.6, "metres"
    at = {name: scene.graph.get(name)[0][:3, 3] for name in ("eyeLeft", "eyeRight", "head")}
    assert at["eyeLeft"][0] > 0.02 and at["eyeRight"][0] < -0.02, "the subject's left is +x"
    assert at["eyeLeft"][2] > at["head"][2] and at["eyeLeft"][1] > at["head"][1]


@pytest.mark.parametrize("name", ["plain", "dressed"])
def test_meshes_that_move_have_all_shapes_by_name_and_others_none(
    name: str, request: pytest.FixtureRequest
) -> None:
    glb: Glb = request.getfixturevalue(name)
    meshes = {mesh["name"]: mesh for mesh in glb.document["meshes"]}
    assert {"skin", "eye", "hair", "cloth"} <= meshes.keys() and meshes.keys() >= MOVING
    with_shapes = {n for n, mesh in meshes.items() if "targets" in mesh["primitives"][0]}
    assert with_shapes - {"hair", "ornament"} == MOVING | ({"beard"} & meshes.keys())
    for mesh in (meshes[n] for n in with_shapes):
        assert tuple(mesh["extras"]["targetNames"][:52]) == ARKIT_52
        assert mesh["extras"]["targetNames"][52:] == ["eyeArcLeft", "eyeArcRight"]
        assert len(mesh["weights"]) == len(SHAPE_NAMES) and not any(mesh["weights"])
        assert {len(p["targets"]) for p in mesh["primitives"]} == {len(SHAPE_NAMES)}


def test_materials(plain: Glb, dressed: Glb, mesh: CharacterMesh) -> None:
    assert dressed.material("lens")["alphaMode"] == "BLEND"
    assert dressed.material("lens")["pbrMetallicRoughness"]["baseColorFactor"][3] < 0.5
    for name, role in (("hair", "hair"), ("beard", "beard"), ("glasses", "glasses"), ("cloth", "cloth")):
        color = np.array(dressed.material(name)["pbrMetallicRoughness"]["baseColorFactor"][:3])
        shown = np.where(color <= 0.0031308, 12.92 * color, 1.055 * color ** (1 / 2.4) - 0.055)
        assert np.allclose(shown, mesh.colors.roles[role], atol=2e-3), name
    assert {"baseColorTexture"} == plain.material("skin")["pbrMetallicRoughness"].keys() & _COLORED
    assert {"baseColorFactor"} == plain.material("chest")["pbrMetallicRoughness"].keys() & _COLORED
    opaque = [m for m in dressed.document["materials"] if m["name"] != "lens"]
    assert all("alphaMode" not in m for m in opaque)
    assert "doubleSided" not in dressed.material("skin")


# -- shapes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["jawOpen", "eyeBlinkLeft", "mouthSmileRight", "browInnerUp", "tongueOut", "mouthPucker"]
)
def test_shapes_are_poses_of_the_painter(
    name: str, dressed: Glb, figure: CharacterModel, mesh: CharacterMesh
) -> None:
    points, normals = pose(figure, mesh, name)
    moved = np.abs(points - pose(figure, mesh, None)[0]).max()
    assert moved > 0.004
    for part in BLOCKS.keys() - {"lashes", "eye"}:
        at, facing = dressed.corners(dressed.node(part), one(name))
        assert np.abs(at - drawn(mesh, points, part)).max() < CLOSE, part
        if part == "skin":
            cosine = (facing * drawn(mesh, normals, part)).sum(-1)
            assert np.quantile(cosine, 0.001) > np.cos(np.radians(3))


def test_lashes_lie_upon_the_skin_near_where_the_painter_has_them(
    dressed: Glb, figure: CharacterModel, mesh: CharacterMesh
) -> None:
    for name in (None, "eyeBlinkLeft"):
        weights = None if name is None else one(name)
        lashes, facing = dressed.corners(dressed.node("lashes"), weights)
        assert np.isfinite(facing).all(), "a line that is gone still has normals"
        skin, _ = dressed.corners(dressed.node("skin"), weights)
        expected = drawn(mesh, pose(figure, mesh, name)[0], "lashes")
        most = 0.01 * LINE_LIFT + 1e-4
        assert np.linalg.norm(lashes - expected, axis=-1).max() < most, "no more than the painter's lift"
        # Seen from the front, by depth alone, the left ones are hardly cut.
        corners = np.concatenate([skin, lashes[lashes[..., 0].min(1) > 0]])
        screen = corners.reshape(-1, 3) * [3000, -3000, 1] + [0, 300, 1]
        triangles = np.arange(len(screen), dtype=np.int32).reshape(-1, 3)
        both = rasterize(screen, triangles, 400, 300).triangle >= len(skin)
        alone = rasterize(screen, triangles[len(skin) :], 400, 300).triangle >= 0
        assert alone.sum() > 500 and both.sum() > 0.93 * alone.sum()
        # They are lifted towards who looks, so that they are as large as the painter has them.
        painted = expected[expected[..., 0].min(1) > 0].reshape(-1, 3) * [3000, -3000, 1] + [0, 300, 1]
        painted = rasterize(painted, triangles[: len(painted) // 3], 400, 300).triangle >= 0
        assert 0.95 < alone.sum() / painted.sum() < 1.20


def test_creases_that_are_gone_leave_no_specks(dressed: Glb) -> None:
    def area(weights: np.ndarray | None) -> float:
        corners, _ = dressed.corners(dressed.node("lid_creases"), weights)
        sides = corners[:, 1:] - corners[:, :1]
        return float(np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1).sum())

    blink = one("eyeBlinkLeft") + one("eyeBlinkRight")
    assert area(None) > 1e-5 and area(blink) < 0.03 * area(None)


def test_a_laugh_bends_shut_eyes(dressed: Glb, figure: CharacterModel, mesh: CharacterMesh) -> None:
    act = Performance.still({f"{n}{s}": 1.0 for n in ("eyeBlink", "mouthSmile") for s in ("Left", "Right")})
    weights = played_weights(mesh, act)[0]
    assert weights[-2:].min() > 0.9
    posed = figure.pose(mesh, act.expression[0], act.gaze[0], (0, 0, 0))
    expected = drawn(mesh, posed.points * 0.01, "skin")
    at, _ = dressed.corners(dressed.node("skin"), weights)
    straight, _ = dressed.corners(dressed.node("skin"), np.append(weights[:52], [0, 0]))
    assert np.abs(at - expected).max() < 1e-3 < 4e-3 < np.abs(straight - expected).max()


def test_lids_obey_the_character(mesh: CharacterMesh) -> None:
    down = played_weights(mesh, Performance.still(gaze=(0.0, -30.0)))[0]
    assert down[SHAPE_NAMES.index("eyeLookDownLeft")] == 1
    shut = played_weights(mesh, Performance.still({"eyeBlinkLeft": 1.0, "eyeSquintLeft": 1.0}))[0]
    assert shut[SHAPE_NAMES.index("eyeBlinkLeft")] == pytest.approx(1)
    assert shut[SHAPE_NAMES.index("eyeSquintLeft")] == 0


def test_a_jaw_opens_less_in_a_turned_head(mesh: CharacterMesh) -> None:
    shout, jaw = Performance.still({"jawOpen": 1.0}), SHAPE_NAMES.index("jawOpen")
    assert played_weights(mesh, shout)[0, jaw] == 1
    aside = replace(shout, head_rotation=np.array([[35.0, 0.0, 0.0]], np.float32))
    assert 0.5 < played_weights(mesh, aside)[0, jaw] < 0.75


# -- bones ---------------------------------------------------------------------------------------


def test_eyes_turn_about_their_centres(plain: Glb, figure: CharacterModel) -> None:
    mesh = figure.build(PLAIN)
    world = plain.matrices()
    radius = figure.head.design.eye_radius * 0.01
    for side, name in enumerate(("eyeLeft", "eyeRight")):
        node = plain.node(name)
        assert np.allclose(world[node][:3, 3], mesh.eye_centers[side] * 0.01, atol=1e-6)
        at, facing = plain.corners(node)
        at = at - world[node][:3, 3]
        assert np.allclose(np.linalg.norm(at, axis=-1), radius, atol=1e-6)
        assert np.allclose(facing * radius, at, atol=1e-6), "seen from outside"
        wound = np.cross(at[:, 1] - at[:, 0], at[:, 2] - at[:, 0])
        assert (wound * at.mean(1)).sum(1).min() > -1e-12
    assert plain.document["nodes"][plain.node("eyeLeft")]["mesh"] == plain.document["nodes"][
        plain.node("eyeRight")
    ]["mesh"]  # fmt: skip


def test_the_jaw_carries_the_chin_and_the_lower_teeth(dressed: Glb) -> None:
    angle = np.radians(15.0)
    turned = {dressed.node("jaw"): {"rotation": [np.sin(angle / 2), 0, 0, np.cos(angle / 2)]}}
    world = dressed.matrices(turned)

    def moved(name: str) -> tuple[np.ndarray, np.ndarray]:
        before, _ = dressed.corners(dressed.node(name))
        after, _ = dressed.corners(dressed.node(name), world=world)
        return before.reshape(-1, 3), (after - before).reshape(-1, 3)

    at, by = moved("skin")
    assert by[np.argmax(at[:, 2] - 100 * (np.abs(at[:, 1] + 0.055) > 0.01)), 1] < -0.005, "the chin drops"
    assert np.abs(by[at[:, 1] > 0.04]).max() < 3e-4, "the brows stay"
    assert moved("teeth_lower")[1][:, 1].max() < -0.005
    assert np.abs(moved("teeth_upper")[1]).max() == 0
    assert np.abs(moved("beard")[1]).max() > 0.01


def test_a_performance_moves_as_the_painter_draws_it(
    moving: Glb, figure: CharacterModel, mesh: CharacterMesh
) -> None:
    play = take()
    (animation,) = moving.document["animations"]
    assert animation["name"] == "performance"
    tracks = {}
    for channel in animation["channels"]:
        sampler = animation["samplers"][channel["sampler"]]
        times = moving.array(sampler["input"])
        assert np.allclose(times, np.arange(len(play)) / play.fps, atol=1e-6)
        values = moving.array(sampler["output"]).reshape(len(play), -1)
        tracks[channel["target"]["node"], channel["target"]["path"]] = values
    shaped = {i for i, n in enumerate(moving.document["nodes"]) if "mesh" in n and "weights" in
              moving.document["meshes"][n["mesh"]]}  # fmt: skip
    assert {node for node, path in tracks if path == "weights"} == shaped
    assert moving.node("jaw") not in {node for node, _ in tracks}, "jawOpen is a shape: nothing moves twice"
    frame = 6
    moved: dict[int, dict[str, Any]] = {}
    for (node, path), values in tracks.items():
        moved.setdefault(node, {})[path] = values[frame]
    world = moving.matrices(moved)
    moment = play.expression[frame], play.gaze[frame], play.head_rotation[frame]
    posed = figure.pose(mesh, *moment, whole=True)
    for part in BLOCKS.keys() - {"lashes", "eye"}:
        node = moving.node(part)
        at, _ = moving.corners(node, moved[node]["weights"], world)
        away = np.abs(at - drawn(mesh, posed.points * 0.01, part)).max((1, 2))
        if part == "skin":
            # A neck that turns goes into its collar, which bones do not know.
            assert mesh.neck is not None
            away[np.isin(drawn(mesh, np.arange(len(posed.points)), part), mesh.neck.index).any(1)] = 0
        # Lids that follow the gaze are kept out of the eyes, which sums of shapes know only in part.
        assert away.max() < 1e-3, part
    for side, name in enumerate(("eyeLeft", "eyeRight")):
        ahead = world[moving.node(name)][:3, 2]
        yaw, pitch = np.radians(play.gaze[frame, side])
        look = [np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)]
        assert np.allclose(ahead, world[moving.node("head")][:3, :3] @ look, atol=1e-5)


# -- textures ------------------------------------------------------------------------------------


def test_the_texture_has_the_colours_that_the_painter_finds(plain: Glb, figure: CharacterModel) -> None:
    (skin,) = plain.mesh("skin")["primitives"]
    texture = plain.picture(plain.material("skin")["pbrMetallicRoughness"]["baseColorTexture"]["index"])
    assert texture.shape == (1024, 1024, 3)
    uv = plain.array(skin["attributes"]["TEXCOORD_0"])[plain.array(skin["indices"]).reshape(-1, 3)]
    mesh = figure.build(PLAIN)
    posed = figure.pose(mesh, np.zeros(52), np.zeros((2, 2)), (0, 0, 0))
    # The skin alone, with its lips on it: pictures have them as patches.
    only = {k: getattr(posed, k)[: len(uv)] for k in ("triangles", "part", "surface", "closed")}
    posed = replace(posed, paint=mesh.paint, **only)
    points, raster = solid_raster(posed, 512)
    geometry = render_gbuffer(posed, 512)
    # Corners of their own, so that seams of the UVs are no matter.
    count = len(uv)
    corners = np.arange(3 * count, dtype=np.int32).reshape(-1, 3)
    own = raster.triangle < count
    seen = replace(raster, triangle=np.where(own, raster.triangle, -1))
    at = interpolate(seen, points[posed.triangles[:count]].reshape(-1, 3), corners, uv.reshape(-1, 2))
    shown = (seen.triangle >= 0) & np.isin(geometry.part, (PART_INDEX["skin"], PART_INDEX["lips"]))
    row, column = (np.clip(at[shown][:, k] * 1024, 0, 1023).astype(int) for k in (1, 0))
    error = np.abs(texture[row, column] / 255 - geometry.albedo[shown]).max(-1)
    assert shown.sum() > 30_000 and np.median(error) < 0.006 and np.quantile(error, 0.97) < 0.05
    lips = geometry.part[shown] == PART_INDEX["lips"]
    redness = texture[row, column] @ [1.0, -1.0, 0.0]
    assert redness[lips].mean() > redness[~lips].mean() + 20


def test_the_iris_is_in_the_middle_of_the_eye(plain: Glb, figure: CharacterModel) -> None:
    material = plain.material("eye")
    color = plain.picture(material["pbrMetallicRoughness"]["baseColorTexture"]["index"]).astype(int)
    light = plain.picture(material["emissiveTexture"]["index"])
    side = len(color)
    assert color[side // 2, side // 2].max() < 60, "the pupil"
    assert color[5, 5].min() > 200, "the white"
    assert 20 < (light.max(-1) > 128).sum() < 0.02 * side**2
    row, column = np.argwhere(light.max(-1) > 128).mean(0)
    assert row < side / 2 and column < side / 2, "the larger light is above, on the left of the picture"
    (primitive,) = plain.mesh("eye")["primitives"]
    at, uv = (plain.array(primitive["attributes"][k]) for k in ("POSITION", "TEXCOORD_0"))
    assert np.allclose(uv[np.argmax(at[:, 2])], 0.5, atol=1e-6)
    assert uv[np.argmax(at[:, 1]), 1] < 0.4, "v grows downwards"


def test_no_seam_is_seen_in_the_texture(plain: Glb, figure: CharacterModel) -> None:
    """Vertices that the UVs split have one colour, whichever side is asked; borders go on beyond the UVs."""
    (skin,) = plain.mesh("skin")["primitives"]
    texture = plain.picture(plain.material("skin")["pbrMetallicRoughness"]["baseColorTexture"]["index"])
    at, uv = (plain.array(skin["attributes"][k]) for k in ("POSITION", "TEXCOORD_0"))
    _, same, count = np.unique(np.round(at, 6), axis=0, return_inverse=True, return_counts=True)
    split = count[same.ravel()] > 1
    assert split.sum() > 40
    column, row = np.clip(uv[split] * 1024, 0, 1023).astype(int).T
    colors = texture[row, column].astype(float)
    for vertex in np.unique(same.ravel()[split]):
        assert np.ptp(colors[same.ravel()[split] == vertex], axis=0).max() < 12
    edge = pose(figure, figure.build(PLAIN), None)[0][figure.head.mouth_loop]
    distance, inside = cKDTree(at).query(edge)
    assert distance.max() < CLOSE
    for column, row in (uv[inside] * 1024).astype(int):
        around = texture[row - 4 : row + 5, column - 4 : column + 5].reshape(-1, 3).astype(int)
        assert np.abs(around - texture[row, column]).max() < 40


# -- other programs ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["plain.glb", "dressed.glb", "moving.glb"])
def test_the_validator_finds_nothing(name: str, files: dict[str, bytes], tmp_path: Path) -> None:
    if shutil.which("node") is None:
        pytest.skip("no node")
    if not (HERE / "node_modules" / "gltf-validator").is_dir():
        pytest.skip("no gltf-validator: npm install --no-package-lock --prefix tests/web")
    path = tmp_path / name
    path.write_bytes(files[name])
    done = subprocess.run(["node", HERE / "validate.mjs", path], capture_output=True, text=True, check=True)
    issues = json.loads(done.stdout)["issues"]
    assert (issues["numErrors"], issues["numWarnings"]) == (0, 0), issues["messages"][:5]


@pytest.fixture(scope="module")
def browser(files: dict[str, bytes]) -> Iterator[Any]:
    lacking = missing()
    if lacking:
        pytest.skip(lacking)
    with browse(files, size=192) as view:
        yield view


def test_three_js_shows_it_and_moves_it(browser: Any) -> None:
    view = browser("moving.glb")
    targets = view.call("facts")["targets"]
    assert all(list(SHAPE_NAMES) == names for names in targets.values())
    assert {name.split("_1")[0].split("_2")[0] for name in targets} >= MOVING
    still = view.picture().astype(int)
    assert len(np.unique(still.reshape(-1, 3), axis=0)) > 500, "a picture of something"
    view.call("shape", {"jawOpen": 1})
    opened = np.abs(view.picture() - still).max(-1)
    rows, columns = np.nonzero(opened > 40)
    assert len(rows) > 150, "the mouth opens"
    assert abs(columns.mean() - 96) < 20 and rows.mean() > 96, "in the middle, below the eyes"
    view.call("shape", {})
    duration = view.call("facts")["duration"]
    assert duration == pytest.approx((len(take()) - 1) / take().fps, abs=1e-3)
    view.call("seek", duration * 0.99)
    assert (np.abs(view.picture() - still).max(-1) > 40).mean() > 0.1, "the head turns"
    assert view.problems == []


# -- the command line ----------------------------------------------------------------------------


def test_fit_as_glb(run: Any, tmp_photo: Any) -> None:
    code, out, err = run("fit", tmp_photo(), "-o", "fit", "--format", "both")
    assert (code, err) == (0, "")
    names = ["mesh.obj", "mesh.mtl", "character.json", "avatar.glb", "texture.png"]
    assert sorted(out.split()) == sorted(f"fit/{name}" for name in names)
    glb = Glb(Path("fit/avatar.glb").read_bytes())
    smile = glb.mesh("skin")["weights"][SHAPE_NAMES.index("mouthSmileLeft")]
    assert smile > 0.2, "she smiles in the photo"
    assert "rotation" not in glb.document["nodes"][glb.node("head")] or np.allclose(
        glb.document["nodes"][glb.node("head")]["rotation"], [0, 0, 0, 1]
    )
    assert "animations" not in glb.document
    assert is_generated("fit/texture.png")
    with Image.open("fit/texture.png") as texture:
        inside = glb.picture(glb.material("skin")["pbrMetallicRoughness"]["baseColorTexture"]["index"])
        assert (np.asarray(texture) == inside).all() and len(inside) >= 1024


def test_animate_as_glb(run: Any) -> None:
    Path("me.json").write_text(PLAIN.to_json())
    save_performance(take(), "take.json")
    code, out, err = run(
        "animate", "me.json", "--driving", "take.json", "-o", "me.glb", "--motion", "absolute"
    )
    assert (code, out) == (0, "me.glb\n") and "9 frames" in err
    glb = Glb(Path("me.glb").read_bytes())
    (animation,) = glb.document["animations"]
    turn = next(
        c for c in animation["channels"] if c["target"] == {"node": glb.node("head"), "path": "rotation"}
    )
    last = glb.array(animation["samplers"][turn["sampler"]]["output"])[-1]
    assert 2 * np.degrees(np.arccos(abs(last[3]))) > 25


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--method", "warp"), "--method codes"),
        (("--style", "clay"), "--style"),
        (("--size", "64"), "--size"),
    ],
)
def test_a_glb_is_no_picture(run: Any, options: tuple[str, str], word: str) -> None:
    code, out, err = run("animate", "me.json", "--driving", "take.json", "-o", "me.glb", *options)
    assert (code, out) == (2, "") and word in err and err.count("\n") == 1


def test_fit_of_another_head_is_no_character(run: Any) -> None:
    code, _, err = run("fit", "me.jpg", "-o", "d", "--head", "ict", "--head-file", "x", "--format", "glb")
    assert code == 2 and "--format obj" in err and not Path("d").exists()
