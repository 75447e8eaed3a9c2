"""The command line: results, and every way in which a user can get it wrong."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gen_avatar import cli
from gen_avatar.expression import EXPRESSIONS
from gen_avatar.media import open_writer
from gen_avatar.performance import load_performance, save_performance
from gen_avatar.types import ARKIT_52, PROPS, Character, Performance
from gen_avatar.weights import checkpoint_root

DONE, USAGE, NO_FACE, MEDIA, WEIGHTS = 0, 2, 3, 4, 5
Photo = Callable[..., Path]


@pytest.fixture(scope="module")
def pipe() -> Any:
    from gen_avatar.pipeline import AvatarPipeline

    return AvatarPipeline.from_pretrained()


def assert_refused(result: tuple[int, str, str], code: int, *words: str) -> None:
    """The exit code, one line on stderr that holds ``words``, nothing on stdout and no file."""
    assert result[0] == code, result
    assert result[1] == ""
    assert result[2].count("\n") == 1 and "Traceback" not in result[2]
    for word in words:
        assert word in result[2]
    assert os.listdir() == []


# -- what works ---------------------------------------------------------------------------------


def test_stylize_writes_an_rgba_picture(run: Any, tmp_photo: Photo) -> None:
    code, out, err = run("stylize", tmp_photo(), "-o", "me.png", "--save-character", "me.json")
    assert (code, out, err) == (DONE, "me.png\n", "")
    assert sorted(os.listdir()) == ["me.json", "me.png"]
    with Image.open("me.png") as image:
        assert image.mode == "RGBA" and image.size == (256, 256)
        alpha = np.asarray(image)[..., 3]
        assert alpha[0].max() == 0 and 0.3 < (alpha > 128).mean() < 0.95
        assert "trainedAlgorithmicMedia" in str(image.info)
    assert Character.load("me.json").appearance.confidence


def test_a_saved_character_draws_the_same_picture(run: Any, tmp_photo: Photo) -> None:
    run("stylize", tmp_photo(), "-o", "a.png", "--save-character", "me.json", "--expression", "wink")
    assert run("stylize", "me.json", "-o", "b.png", "--expression", "wink")[0] == DONE
    a, b = (np.asarray(Image.open(name)).astype(int) for name in ("a.png", "b.png"))
    assert np.abs(a - b).mean() < 0.2  # the file rounds the coefficients


def test_colours_have_names(run: Any, tmp_photo: Photo) -> None:
    photo = tmp_photo("me.png")
    assert_refused(run("stylize", photo, "--set", "hair_color=auborn"), USAGE, "hair_color", "auburn")
    setting = "skin_color=monk-7,hair_color=red-auburn,eye_color=Green"
    assert run("stylize", photo, "--set", setting, "--save-character", "me.json")[0] == DONE
    look = Character.load("me.json").appearance
    assert (look.skin_color, look.hair_color, look.eye_color) == ("#825c43", "#73301d", "#6f7f4a")
    assert look.confidence["hair_color"] == 1


def test_a_character_can_be_edited(run: Any, tmp_photo: Photo) -> None:
    assert run("stylize", tmp_photo("me.png"), "--save-character", "me.json")[0] == DONE
    data = json.loads(Path("me.json").read_text())
    data["appearance"]["hair_style"] = "afro"
    Path("me.json").write_text(json.dumps(data))
    assert run("stylize", "me.json", "-o", "edited.png")[0] == DONE
    assert (np.asarray(Image.open("edited.png")) != np.asarray(Image.open("me-clay.png"))).any()
    data["appearance"]["hair_style"] = "afroo"
    Path("me.json").write_text(json.dumps(data))
    code, _, told = run("stylize", "me.json", "-o", "again.png")
    assert code == USAGE and "hair_style" in told and "afro" in told and not Path("again.png").exists()


def test_what_was_read_is_explained(run: Any, tmp_photo: Photo) -> None:
    photo = tmp_photo("me.png")
    assert run("stylize", photo, "--explain", "why.png", "-o", "out.png")[0] == DONE
    page = Image.open("why.png")
    assert page.width > 1000 and page.height > 700
    colors = {c for _, c in page.convert("RGB").getcolors(1 << 20) or []}
    assert (0xF2, 0xA6, 0x5A) in colors, "the legend's colour of the skin"
    assert run("stylize", photo, tmp_photo("you.png"), "--explain", "sheets", "-o", "both")[0] == DONE
    assert len(list(Path("sheets").iterdir())) == 2
    blank = tmp_photo("blank.png", np.full((64, 64, 3), 200, np.uint8))
    several = run("stylize", blank, photo, "--same-person", "--explain", "one.png", "-o", "one-avatar.png")
    assert several[0] == DONE and "blank.png" in several[2] and Path("one.png").exists()
    code, _, told = run("stylize", photo, "--explain", "out.png", "-o", "out.png")
    assert code == USAGE and "--explain" in told


def test_unknown_fields_of_a_character_are_told_on_one_line(run: Any, tmp_path: Path) -> None:
    data = json.loads(Character().to_json()) | {"tail": 3}
    Path("me.json").write_text(json.dumps(data))
    code, _, err = run("stylize", "me.json", "-o", "me.png")
    assert code == DONE and err.splitlines() == [
        "gen-avatar: unknown fields of the character were passed over: tail"
    ]


def test_several_photos_get_names_of_their_own(run: Any, tmp_photo: Photo) -> None:
    first, second = tmp_photo("me.png"), tmp_photo("me.jpg")
    code, out, _ = run("stylize", first, second, "-o", "emoji", "--size", "64")
    assert code == DONE
    assert sorted(os.listdir("emoji")) == ["me-clay-2.png", "me-clay.png"]
    assert len(out.splitlines()) == 2


def test_several_photos_of_one_person_make_one_picture(
    run: Any, tmp_photo: Photo, astronaut: np.ndarray
) -> None:
    blank = np.zeros((200, 200, 3), np.uint8)
    photos = tmp_photo("me.png"), tmp_photo("blank.png", blank), tmp_photo("turned.jpg", astronaut[:, ::-1])
    code, out, err = run(
        "stylize", *photos, "--same-person", "--save-character", "me.json", "--set", "hair_style=bob",
        "--size", "64",
    )  # fmt: skip
    assert (code, out) == (DONE, "me-clay.png\n") and sorted(os.listdir()) == ["me-clay.png", "me.json"]
    assert err.count("\n") == 1 and "blank.png" in err and "no human face" in err
    merged = Character.load("me.json")
    assert run("stylize", photos[0], "--save-character", "one.json", "-o", "one.png")[0] == DONE
    single = Character.load("one.json")
    assert merged.appearance.hair_style == "bob" and not np.allclose(merged.identity, single.identity)
    name = "skin_color"
    assert merged.appearance.confidence[name] > single.appearance.confidence[name], "two photos agree"


def test_one_photo_of_one_person_is_that_photo(run: Any, tmp_photo: Photo) -> None:
    run("stylize", tmp_photo(), "-o", "a.png", "--size", "64")
    code, out, err = run("stylize", tmp_photo(), "--same-person", "-o", "new/", "--size", "64")
    assert (code, err) == (DONE, "") and out.strip().endswith("photo-clay.png")
    a, b = (np.asarray(Image.open(name)).astype(int) for name in ("a.png", "new/photo-clay.png"))
    assert np.abs(a - b).mean() < 0.2


def test_several_photos_of_one_person_refused(run: Any, tmp_photo: Photo, tmp_path: Path) -> None:
    blank = np.zeros((200, 200, 3), np.uint8)
    first, second, dark = tmp_photo("a.png"), tmp_photo("b.png"), tmp_photo("dark.png", blank)
    (tmp_path / "me.json").write_text(Character().to_json())
    both = ("--same-person", "-o", "out.png")
    assert_refused(run("stylize", first, tmp_path / "me.json", *both), USAGE, "me.json", "--set")
    assert_refused(run("stylize", first, second, "--same-person", "-o", second), USAGE, "overwrite")
    assert_refused(run("stylize", first, "missing.jpg", *both), MEDIA, "missing.jpg")
    assert_refused(run("stylize", dark, dark, *both), NO_FACE, "dark.png", "none of 2")
    assert_refused(run("stylize", first, second, *both, "--face", "3"), NO_FACE, "a.png", "no face 3")


def test_a_mixture_of_looks_gets_a_name_that_files_can_have(run: Any, tmp_path: Path) -> None:
    (tmp_path / "me.json").write_text(Character().to_json())
    code, out, err = run("stylize", tmp_path / "me.json", "--style", "clay:3, ink:1", "--size", "64")
    assert (code, out, err) == (DONE, "me-clay-75-ink-25.png\n", "")
    assert os.listdir() == ["me-clay-75-ink-25.png"]


def test_named_expressions_bring_their_props(run: Any, pipe: Any, tmp_path: Path) -> None:
    (tmp_path / "me.json").write_text(Character().to_json())
    assert run("stylize", tmp_path / "me.json", "--expression", "cry", "-o", "cry.png")[0] == DONE
    drawn = np.asarray(Image.open("cry.png"))
    assert np.array_equal(drawn, np.asarray(pipe(Character(), expression="cry").images[0]))
    dry = np.asarray(pipe(Character(), expression=EXPRESSIONS["cry"]).images[0])
    assert not np.array_equal(drawn, dry)


def test_one_bad_photo_does_not_stop_the_others(run: Any, tmp_photo: Photo) -> None:
    code, out, err = run("stylize", "missing.jpg", tmp_photo("me.png"), "-o", "emoji", "--size", "64")
    assert code == MEDIA and "missing.jpg" in err and out.strip().endswith("me-clay.png")
    assert os.listdir("emoji") == ["me-clay.png"]


@pytest.mark.parametrize("name", ["cmyk.jpg", "deep.png", "palette.png", "animated.gif", "alpha.webp"])
def test_odd_pictures_are_read(run: Any, tmp_photo: Photo, astronaut: np.ndarray, name: str) -> None:
    plain = Image.fromarray(astronaut)
    grey = np.asarray(plain.convert("L")).astype(np.uint16) * 257
    pictures: dict[str, tuple[Any, dict[str, Any]]] = {
        "cmyk.jpg": (plain.convert("CMYK"), {}),
        "deep.png": (Image.fromarray(grey), {}),
        "palette.png": (plain.quantize(128), {}),
        "animated.gif": (plain, {"save_all": True, "append_images": [plain.rotate(90)]}),
        "alpha.webp": (plain.convert("RGBA"), {}),
    }
    image, options = pictures[name]
    assert run("stylize", tmp_photo(name, image, **options), "-o", "me.png", "--size", "64")[0] == DONE
    assert os.listdir() == ["me.png"]


def test_the_second_face_can_be_asked_for(run: Any, tmp_photo: Photo, astronaut: np.ndarray) -> None:
    small = np.asarray(Image.fromarray(astronaut).resize((360, 360)))
    group = np.full((512, 872, 3), 255, np.uint8)
    group[:, :512], group[:360, 512:] = astronaut, small
    photo = tmp_photo("group.png", group)
    assert run("stylize", photo, "--face", "1", "-o", "me.png")[0] == DONE
    os.remove("me.png")
    assert_refused(run("stylize", photo, "--face", "7", "-o", "me.png"), NO_FACE, "2 faces")


def test_fit_writes_a_mesh_that_others_can_read(run: Any, tmp_photo: Photo) -> None:
    trimesh = pytest.importorskip("trimesh")
    code, out, err = run("fit", tmp_photo(), "-o", "fit")
    assert (code, err) == (DONE, "") and len(out.splitlines()) == 3
    assert sorted(os.listdir("fit")) == ["character.json", "mesh.mtl", "mesh.obj"]
    mesh = trimesh.load("fit/mesh.obj", force="mesh")
    assert 15 < mesh.extents[1] < 45  # a head, in centimetres
    lines = Path("fit/mesh.obj").read_text().splitlines()
    corners = [c.split("/") for line in lines if line.startswith("f ") for c in line.split()[1:]]
    uvs = np.array([line.split()[1:] for line in lines if line.startswith("vt ")], float)
    vertices = sum(line.startswith("v ") for line in lines)
    assert max(int(v) for v, _ in corners) == vertices and max(int(u) for _, u in corners) <= len(uvs)
    assert uvs.min() >= 0 and uvs.max() <= 1
    assert Character.load("fit/character.json").identity.any()


def test_fit_of_another_head(run: Any, tmp_photo: Photo, shared_data: Path) -> None:
    file = shared_data / "head" / "ict_facekit.npz"
    assert run("fit", tmp_photo(), "-o", "fit", "--head", "ict", "--head-file", file)[0] == DONE
    text = Path("fit/mesh.obj").read_text()
    assert text.count("\nv ") > 20_000


def test_styles_lists_what_can_be_chosen(run: Any) -> None:
    code, out, _ = run("styles", "--json")
    listed = json.loads(out)
    assert code == DONE and listed["styles"] == ["clay", "toon", "flat", "ink", "pixel"]
    assert listed["props"] == list(PROPS) and len(listed["expressions"]) == 24
    assert set(listed["expressions"]) == set(EXPRESSIONS) and listed["blendshapes"] == list(ARKIT_52)
    assert "bob" in listed["attributes"]["hair_style"] and listed["attributes"]["hair_color"] == []
    code, out, _ = run("styles")
    assert (
        code == DONE
        and "heart-eyes" in out
        and "pixel" in out
        and "wink" in out
        and "tongueOut" in out
        and "glasses_style" in out
    )


# -- what does not ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--style", "tuun"], ["tuun", "did you mean toon"]),
        (["--style", "clay:0.5,tuun:0.5"], ["tuun", "did you mean toon"]),
        (["--style", "clay:-1"], ["clay", "-1"]),
        (["--style", "clay:nan"], ["clay", "nan"]),
        (["--style", "clay:0,ink:0"], ["more than 0"]),
        (["--style", "clay,"], ["unknown style ''"]),
        (["--expression", "smle"], ["smle", "smile"]),
        (["--expression", "jawOpen=2"], ["jawOpen", "[0, 1]"]),
        (["--expression", "jawOpen=wide"], ["jawOpen", "number"]),
        (["--pose", "20,0"], ["yaw,pitch,roll"]),
        (["--pose", "nan,0,0"], ["finite"]),
        (["--pose", "-90,0,0"], ["yaw", "40"]),
        (["--size", "0"], ["--size"]),
        (["--size", "1e9"], ["--size"]),
        (["--size", "100000"], ["--size"]),
        (["--set", "hair=bob"], ["hair", "hair_style"]),
        (["--set", "hair_style=bobb"], ["bobb", "did you mean bob"]),
        (["--set", "hair_color=red"], ["hair_color", "#"]),
        (["--set", "bob"], ["attribute=value"]),
        (["--device", "abacus"], ["abacus", "--device cpu"]),
        (["--precision", "fp8"], ["fp8"]),
        (["--seed", "often"], ["often"]),
        (["--colour", "red"], ["--colour"]),
        (["-o", "me.jpg"], [".png"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wrong_options(
    run: Any, tmp_photo: Photo, monkeypatch: Any, options: list[str], words: list[str]
) -> None:
    if options[0] == "--device":
        monkeypatch.undo()
        monkeypatch.chdir(tmp_photo().parent / "here")
    assert_refused(run("stylize", tmp_photo(), *options), USAGE, *words)


def test_wrong_commands(run: Any, tmp_photo: Photo) -> None:
    assert_refused(run(), USAGE)
    assert_refused(run("stylise"), USAGE, "stylize")
    assert_refused(run("stylize"), USAGE, "PHOTO")
    assert_refused(run("fit", tmp_photo(), "-o", "d", "--head", "ict"), USAGE, "--head-file")
    assert_refused(run("fit", tmp_photo(), "-o", "d", "--head-file", "x.npz"), USAGE, "--head ict")
    two = (tmp_photo("a.png"), tmp_photo("b.png"))
    assert_refused(run("stylize", *two, "-o", "out.png"), USAGE, "folder")
    assert_refused(run("stylize", *two, "--save-character", "c.json"), USAGE, "one photo")


def test_an_input_is_never_overwritten(run: Any, tmp_photo: Photo) -> None:
    photo = tmp_photo("me.png")
    before = photo.read_bytes()
    assert_refused(run("stylize", photo, "-o", photo), USAGE, "overwrite")
    assert photo.read_bytes() == before


def test_pictures_without_a_human_face(run: Any, tmp_photo: Photo) -> None:
    from skimage.data import chelsea, coffee

    noise = np.random.default_rng(0).integers(0, 255, (300, 300, 3), np.uint8)
    for name, picture in {"cup.png": coffee(), "cat.png": chelsea(), "noise.png": noise}.items():
        assert_refused(run("stylize", tmp_photo(name, picture), "-o", "me.png"), NO_FACE, "face")
    assert_refused(run("stylize", tmp_photo("cup.png", coffee()), "-o", "new/"), NO_FACE)
    assert_refused(run("fit", tmp_photo("cup.png", coffee()), "-o", "new"), NO_FACE)
    assert_refused(run("stylize", tmp_photo("blank.png", np.zeros((64, 64, 3), np.uint8))), NO_FACE, "face")


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = {b"IHDR": header, b"IDAT": zlib.compress(b"\0" * 99), b"IEND": b""}
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, data) for kind, data in chunks.items())


def unreadable(folder: Path, astronaut: np.ndarray) -> dict[str, Path]:
    """Inputs that cannot be used, by kind."""
    jpeg = folder / "whole.jpg"
    Image.fromarray(astronaut).save(jpeg)
    data = {
        "empty.jpg": b"",
        "text.jpg": b"not a picture",
        "truncated.jpg": jpeg.read_bytes()[: jpeg.stat().st_size // 3],
        "corrupt.png": png_header(512, 512),
        "huge.png": png_header(30_000, 30_000),
        "phone.heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 64,
        "who.json": b"{}",
        "broken.json": b'{"format": "gen_avatar.character", "identity": "x"}',
    }
    for name, content in data.items():
        (folder / name).write_bytes(content)
    Image.new("RGB", (1, 1)).save(folder / "pixel.png")
    (folder / "directory").mkdir()
    return {name: folder / name for name in (*data, "pixel.png", "directory", "missing.jpg")}


@pytest.mark.parametrize(
    "kind",
    ["empty.jpg", "text.jpg", "truncated.jpg", "corrupt.png", "huge.png", "phone.heic", "who.json",
     "broken.json", "pixel.png", "directory", "missing.jpg"],
)  # fmt: skip
def test_unreadable_inputs(run: Any, tmp_path: Path, astronaut: np.ndarray, kind: str) -> None:
    if kind == "phone.heic" and _has("pillow_heif"):
        pytest.skip("this machine has an HEIC decoder")
    path = unreadable(tmp_path, astronaut)[kind]
    assert_refused(run("stylize", path, "-o", "me.png"), MEDIA, kind)
    if not kind.endswith(".json"):
        assert run("fit", path, "-o", tmp_path)[0] == MEDIA
        assert not (tmp_path / "mesh.obj").exists()


def test_unwritable_outputs_are_told_before_work_starts(
    run: Any, tmp_path: Path, tmp_photo: Photo, monkeypatch: Any
) -> None:
    def no_work(args: object) -> None:
        raise AssertionError("work started")

    monkeypatch.setattr(cli, "_pipeline", no_work)
    photo, file = tmp_photo(), tmp_path / "file"
    file.write_text("x")
    assert_refused(run("stylize", photo, "-o", "nowhere/me.png"), MEDIA, "nowhere")
    assert_refused(run("stylize", photo, "-o", file / "me.png"), MEDIA)
    assert_refused(run("stylize", photo, photo, "-o", file), MEDIA)
    assert_refused(run("stylize", photo, "-o", "me.png", "--save-character", "no/c.json"), MEDIA, "c.json")
    assert_refused(run("fit", photo, "-o", file), MEDIA)
    assert_refused(run("bench", "--json", "no/figures.json"), MEDIA, "figures.json")
    assert file.read_text() == "x"


def test_missing_and_damaged_weights(run: Any, tmp_path: Path, tmp_photo: Photo, monkeypatch: Any) -> None:
    import shutil

    photo = tmp_photo()
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path / "here")
    assert_refused(run("stylize", photo, "--checkpoint", "nowhere"), WEIGHTS, "nowhere")
    copy = tmp_path / "copy"
    shutil.copytree(checkpoint_root(), copy)
    weights = next((copy / "generator").glob("diffusion*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:-100])
    assert_refused(run("stylize", photo, "--checkpoint", copy), WEIGHTS, weights.name)
    shutil.rmtree(copy / "head")
    assert_refused(run("fit", photo, "-o", tmp_path, "--checkpoint", copy), WEIGHTS, "head")


def test_a_reader_that_leaves_early_is_no_error() -> None:
    script = "import sys; from gen_avatar.cli import main; sys.exit(main(['styles']))"
    command = [sys.executable, "-u", "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_a_process_of_its_own_says_one_line(tmp_photo: Photo, tmp_path: Path) -> None:
    """Nothing that libraries print, from C++ too, comes between."""
    photo = tmp_photo("blank.png", np.full((200, 200, 3), 90, np.uint8))
    command = [sys.executable, "-m", "gen_avatar.cli", "stylize", str(photo), "-o", str(tmp_path / "me.png")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == NO_FACE
    assert done.stdout == "" and done.stderr.count("\n") == 1, done.stderr
    assert not (tmp_path / "me.png").exists()


def _has(module: str) -> bool:
    from importlib.util import find_spec

    return find_spec(module) is not None


# -- animate and capture --------------------------------------------------------------------------


@pytest.fixture
def take(tmp_path: Path) -> Path:
    """A performance of three frames."""
    weights = np.zeros((3, 52), np.float32)
    weights[:, ARKIT_52.index("jawOpen")] = (0, 0.4, 0.7)
    still = Performance.still()
    path = tmp_path / "take.json"
    save_performance(
        Performance(weights, np.repeat(still.gaze, 3, 0), np.zeros((3, 3), np.float32),
                    np.zeros((3, 3), np.float32), 10.0, np.ones(3, np.float32)), path)  # fmt: skip
    return path


def test_animate_draws_a_character_in_every_frame(run: Any, take: Path, tmp_path: Path) -> None:
    person = tmp_path / "me.json"
    person.write_text(Character().to_json())
    code, out, err = run(
        "animate", person, "--driving", take, "--size", 64, "--amplify", "mouth=1.2", "-o", "a.gif"
    )
    assert (code, out) == (DONE, "a.gif\n") and "3 frames" in err
    with Image.open("a.gif") as clip:
        assert (getattr(clip, "n_frames", 1), clip.size) == (3, (64, 64))
    assert run("animate", person, "--driving", take, "--style", "ink")[1] == "me-ink.mp4\n"


def test_capture_writes_what_animate_reads(run: Any, tmp_path: Path, astronaut: np.ndarray) -> None:
    with open_writer(tmp_path / "clip.mp4", 25) as writer:
        for _ in range(6):
            writer.write(astronaut)
    code, out, _ = run("capture", tmp_path / "clip.mp4", "-o", "take.csv")
    assert (code, out) == (DONE, "take.csv\n")
    assert len(load_performance("take.csv")) == 6


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("me.json", "--driving", "none.mp4"), MEDIA, ("none.mp4",)),
        (("me.json", "--driving", "photo.png"), MEDIA, ("still picture",)),
        (("me.json", "--driving", "empty.mp4"), MEDIA, ("empty.mp4",)),
        (("me.json", "--driving", "grey.mp4"), NO_FACE, ("no human face",)),
        (("me.json", "--driving", "take.json", "-o", "a.avi"), USAGE, (".mp4",)),
        (("me.json", "--driving", "take.json", "-o", "take.json"), USAGE, ("overwrite",)),
        (("me.json", "--driving", "take.json", "--amplify", "nose=2"), USAGE, ("nose",)),
        (("me.json", "--driving", "take.json", "--method", "warp"), USAGE, ("picture",)),
        (("grey.png", "--driving", "take.json", "--method", "warp"), NO_FACE, ("no face",)),
        (("me.json", "--driving", "bad.json"), MEDIA, ("not a performance",)),
        (("photo.png", "--driving", "take.json", "--method", "warp", "--style", "ink"), USAGE, ("own look",)),
    ],
)
def test_animate_says_what_is_wrong(
    run: Any, take: Path, tmp_path: Path, astronaut: np.ndarray,
    arguments: tuple[str, ...], code: int, words: tuple[str, ...],
) -> None:  # fmt: skip
    (tmp_path / "me.json").write_text(Character().to_json())
    (tmp_path / "bad.json").write_text("{}")
    (tmp_path / "empty.mp4").write_bytes(b"")
    Image.fromarray(astronaut).save(tmp_path / "photo.png")
    Image.new("RGB", (200, 200), "grey").save(tmp_path / "grey.png")
    with open_writer(tmp_path / "grey.mp4", 10) as writer:
        for _ in range(3):
            writer.write(np.full((96, 96, 3), 128, np.uint8))
    before = {path.name: path for path in tmp_path.iterdir()}
    assert_refused(run("animate", *(before.get(word, word) for word in arguments)), code, *words)
    assert {path.name for path in tmp_path.iterdir()} == before.keys()


def test_only_lessons_run_in_half_precision_unless_asked() -> None:
    commands = {"stylize": ["me.jpg"], "animate": ["me.jpg", "--driving", "a.mp4"], "bench": [], "demo": [],
                "finetune": ["drawings", "--name", "mine"]}  # fmt: skip
    parser = cli.build_parser()
    precision = {name: parser.parse_args([name, *rest]).precision for name, rest in commands.items()}
    assert precision == {**dict.fromkeys(commands, "fp32"), "finetune": "bf16"}
