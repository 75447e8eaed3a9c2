"""What fine-tuning makes of a folder: files, backdrops, dyes, bends, and which drawings belong together."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from synthetic import CHANNEL

from gen_avatar.errors import MediaError, UsageError
from gen_avatar.finetune import folder as folders
from gen_avatar.finetune.align import (
    bend_by_flow,
    bend_by_keypoints,
    bend_by_silhouette,
    bent,
    shape_trust,
    together,
)
from gen_avatar.finetune.backdrop import with_backdrop_removed
from gen_avatar.finetune.consistency import odd_ones
from gen_avatar.finetune.dye import anchors_of, dye_of
from gen_avatar.finetune.folder import LONGEST, read_drawing, read_folder
from gen_avatar.finetune.palette import is_monochrome, is_two_tone, palette_of
from gen_avatar.finetune.search import best_jaw, best_values, mismatch
from gen_avatar.generator.codes import CHOICE_FIELDS, CODE_DIM, CODE_LAYOUT
from gen_avatar.types import ARKIT_52, Appearance
from training.studio.people import sample_person

SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><rect width="10" height="10"
fill="#f00"/><image href="file:///etc/passwd" width="5" height="5"/></svg>"""


def face(size: int = 96, seed: int = 0) -> np.ndarray:
    """[size, size, 4] uint8: a round face with two eyes and a mouth."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((size, size, 4), np.uint8)
    skin = (*(int(v) for v in rng.integers(120, 240, 3)), 255)
    cv2.circle(picture, (size // 2, size // 2), int(0.4 * size), skin, -1)
    for x in (0.36, 0.64):
        cv2.circle(picture, (int(x * size), int(0.42 * size)), size // 14, (20, 20, 20, 255), -1)
    cv2.ellipse(
        picture, (size // 2, int(0.66 * size)), (size // 7, size // 16), 0, 0, 180, (160, 30, 40, 255), -1
    )
    return picture


# the folder


def test_a_folder_is_read_and_what_is_left_out_is_named(tmp_path: Path) -> None:
    Image.fromarray(face(seed=1)).save(tmp_path / "a.png")
    Image.fromarray(face(seed=1)).resize((150, 150)).save(tmp_path / "b.webp")
    Image.fromarray(face(seed=2)[..., :3]).save(tmp_path / "c.jpg")
    (tmp_path / "d.png").write_bytes(b"\x89PNG damaged")
    (tmp_path / "e.svg").write_text(SVG)
    (tmp_path / "f.svg").write_text("<svg")
    (tmp_path / "notes.txt").write_text("no picture")
    drawings, left = read_folder(tmp_path)
    assert [d.path.name for d in drawings] == ["a.png", "c.jpg", "e.svg"]
    assert {item.path.name for item in left} == {"b.webp", "d.png", "f.svg"}
    twin = next(item for item in left if item.path.name == "b.webp")
    assert "a.png" in twin.reason and twin.picture is not None
    red = drawings[-1].picture
    assert red.shape == (LONGEST // 4, LONGEST // 2, 4)
    assert (red[5, 5] == (255, 0, 0, 255)).all() and red[5, -5, 3] == 0


def test_huge_scans_are_scaled_down(tmp_path: Path) -> None:
    Image.fromarray(cv2.resize(face(), (2400, 3000))).save(tmp_path / "scan.png")
    assert read_drawing(tmp_path / "scan.png").shape == (LONGEST, round(LONGEST * 0.8), 4)


def test_folders_without_drawings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MediaError, match="no folder"):
        read_folder(tmp_path / "nowhere")
    with pytest.raises(MediaError, match="no drawings"):
        read_folder(tmp_path)
    monkeypatch.setattr(folders, "MOST", 1)
    for name in ("a.png", "b.png"):
        Image.fromarray(face()).save(tmp_path / name)
    with pytest.raises(UsageError, match="choose up to"):
        read_folder(tmp_path)


# the backdrop


def on_paper(picture: np.ndarray, paper: tuple[int, int, int]) -> np.ndarray:
    alpha = picture[..., 3:] / 255
    rgb = np.round(picture[..., :3] * alpha + np.array(paper) * (1 - alpha)).astype(np.uint8)
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def test_paper_is_taken_away_and_white_faces_stay_whole() -> None:
    drawn = face()
    cut = with_backdrop_removed(on_paper(drawn, (250, 245, 240)))
    assert cut is not None
    assert np.abs(cut[..., 3].astype(int) - drawn[..., 3]).mean() < 6
    white = np.full((96, 96, 4), 255, np.uint8)
    cv2.circle(white, (48, 48), 36, (0, 0, 0, 255), 3)
    whole = with_backdrop_removed(white)
    assert whole is not None and whole[48, 48, 3] == 255 and whole[3, 3, 3] == 0


def test_an_alpha_of_its_own_stays_and_busy_backdrops_are_told() -> None:
    drawn = face()
    assert with_backdrop_removed(drawn) is drawn
    noise = np.random.default_rng(0).integers(0, 255, (96, 96, 4), dtype=np.uint8)
    noise[..., 3] = 255
    assert with_backdrop_removed(noise) is None


# the dye


def eyes_and_mouth(size: int = 64) -> np.ndarray:
    """Buffers [size, size, C] in [0, 1] of a face with white eyes, dark pupils and an open mouth."""
    buffers = np.zeros((size, size, len(CHANNEL)), np.float32)
    y, x = np.mgrid[:size, :size]
    buffers[..., CHANNEL["alpha"]] = 1
    first = CHANNEL["albedo_r"]
    color = np.full((size, size, 3), (0.8, 0.6, 0.5), np.float32)
    for middle in (20, 44):
        eye = np.hypot(x - middle, y - 24) < 7
        iris = np.hypot(x - middle, y - 24) < 3
        buffers[..., CHANNEL["eye"]][eye & ~iris], buffers[..., CHANNEL["iris"]][iris] = 1, 1
        color[eye], color[iris] = (0.9, 0.88, 0.86), (0.1, 0.08, 0.07)
    mouth = (np.abs(y - 46) < 4) & (np.abs(x - 32) < 8)
    buffers[..., CHANNEL["mouth"]][mouth] = 1
    color[mouth] = (0.37, 0.1, 0.13)
    buffers[..., first : first + 3] = color
    return buffers


@pytest.mark.parametrize("strength", [0.0, 0.2])
def test_the_dye_is_told_by_eyes_and_mouths(strength: float) -> None:
    buffers, paper = eyes_and_mouth(), np.array([0.95, 0.9, 0.8], np.float32)
    color = buffers[..., CHANNEL["albedo_r"] : CHANNEL["albedo_r"] + 3]
    drawing = np.dstack([color + strength * (paper - color), np.ones((64, 64), np.float32)])
    one = dye_of(anchors_of(drawing, buffers)[None])
    many = dye_of(np.repeat(anchors_of(drawing, buffers)[None], 20, 0))
    truth = np.stack([np.full(3, 1 - strength), strength * paper])
    assert np.abs(many - truth).max() < 0.06
    assert np.abs(many - truth).max() <= np.abs(one - truth).max() + 1e-6
    dark = np.array([0.15, 0.1, 0.08])
    dyed = dark + strength * (paper - dark)
    assert np.abs((dyed - many[1]) / many[0] - dark).max() < 0.03


def test_without_eyes_or_mouth_there_is_no_dye() -> None:
    nothing = anchors_of(np.ones((64, 64, 4), np.float32), np.zeros((64, 64, len(CHANNEL)), np.float32))
    assert np.isnan(nothing).all()
    np.testing.assert_array_equal(dye_of(nothing[None]), [[1, 1, 1], [0, 0, 0]])


def test_colours_that_everybody_has_are_the_styles() -> None:
    rng = np.random.default_rng(0)

    def look(skin: str) -> Appearance:
        color = "#" + "".join(f"{v:02x}" for v in rng.integers(0, 255, 3))
        return Appearance(skin_color=skin, hair_color="#101010", cloth_color=color)

    looks = [look("#fdfefc") for _ in range(7)] + [look("#804020")]  # one was measured wrongly
    palette = palette_of(looks)
    assert palette["skin_color"] == "#fdfefc"
    assert palette["hair_color"] == palette["beard_color"] == palette["brow_color"] == "#101010"
    assert "cloth_color" not in palette and "glasses_color" not in palette, "nobody wears glasses"
    assert palette_of(looks[:3]) == {}, "too few to tell"
    people = [sample_person(seed).appearance for seed in range(12)]
    assert not palette_of(people).keys() & {"skin_color", "hair_color", "cloth_color"}


def test_drawings_without_colours_are_told() -> None:
    grey = np.repeat(face()[..., :1], 3, -1)
    ink = np.dstack([grey, face()[..., 3]])
    assert is_monochrome([ink, ink]) and not is_monochrome([ink, face()])
    assert not is_monochrome([np.zeros((8, 8, 4), np.uint8)]), "nothing is drawn"


# bending


def blob(shift: float = 0.0, size: int = 128) -> np.ndarray:
    """[size, size, 4] premultiplied: a textured disc, moved to the right."""
    y, x = np.mgrid[:size, :size].astype(np.float32)
    x = x - shift
    alpha = np.clip(40 - np.hypot(x - 64, y - 64), 0, 1)
    texture = 0.5 + 0.25 * np.sin(x / 5) * np.cos(y / 7) + 0.15 * np.sin((x + y) / 11)
    return np.dstack([*(texture * alpha for _ in range(3)), alpha]).astype(np.float32)


def test_flow_lays_what_is_painted_under_the_drawing() -> None:
    drawing, painted = blob(4.0), blob()
    flow = bend_by_flow(drawing, painted)
    before, after = np.abs(drawing - painted).mean(), np.abs(drawing - bent(painted, flow)).mean()
    assert after < 0.35 * before
    assert np.abs(flow[64, 50:80, 0].mean() + 4) < 1
    assert np.abs(bend_by_flow(drawing, drawing)).max() < 0.2


def test_flow_does_not_run_off_where_a_figure_is_as_grey_as_what_is_behind() -> None:
    drawing = blob()
    drawing[..., :3] = 0.605 * drawing[..., 3:]
    rim = cv2.dilate(drawing[..., 3], np.ones((3, 3), np.uint8)) - drawing[..., 3]
    painted = drawing + np.dstack([np.zeros((*rim.shape, 3), np.float32), rim])
    after = bent(drawing, bend_by_flow(drawing, painted))[..., 3]
    assert np.abs(after - drawing[..., 3]).sum() < 0.01 * drawing[..., 3].sum()


def test_bends_add_up() -> None:
    right, down = np.zeros((64, 64, 2), np.float32), np.zeros((64, 64, 2), np.float32)
    right[..., 0], down[..., 1] = 3, 2
    picture = np.random.default_rng(0).random((64, 64, 5)).astype(np.float32)
    once, twice = bent(picture, together(right, down)), bent(bent(picture, right), down)
    np.testing.assert_allclose(once[8:-8, 8:-8], twice[8:-8, 8:-8], atol=1e-5)
    np.testing.assert_allclose(once[10, 10], picture[12, 13], atol=1e-5)


def test_keypoints_bend_the_buffers_towards_the_drawing() -> None:
    own = np.array([[40.0, 40.0], [88.0, 40.0], [64.0, 90.0]])
    bend = bend_by_keypoints(own + (3, 0), own, 128)
    assert np.abs(bend[40, 43] - (-3, 0)).max() < 0.7


def disc(radius: float, x: float = 64, size: int = 128) -> np.ndarray:
    """[size, size] coverage."""
    rows, columns = np.mgrid[:size, :size].astype(np.float32)
    return np.clip(radius - np.hypot(columns - x, rows - 64) + 0.5, 0, 1).astype(np.float32)


def test_silhouettes_are_laid_upon_each_other() -> None:
    drawn, covered = disc(40), disc(38, 64.5)
    flow = bend_by_silhouette(drawn, covered)
    after = np.abs(drawn - bent(covered[..., None], flow)[..., 0]).sum()
    assert after < 0.15 * np.abs(drawn - covered).sum()
    assert np.abs(flow[59:70, 59:70]).max() < 0.05, "what is far from the edge stays"
    hat = np.maximum(covered, disc(18, 106))
    assert np.abs(bend_by_silhouette(hat, covered)[64, 100:]).max() < 0.5, "a hat is no fat head"
    assert np.abs(bend_by_silhouette(drawn, drawn)).max() < 1e-3


def test_shapes_that_differ_are_not_believed() -> None:
    alpha = blob()[..., 3]
    other = alpha.copy()
    other[20:60, 64:110] = 1
    trust = shape_trust(alpha, other)
    assert trust[64, 64] == 1 and trust[40, 100] < 0.1


# the search


def test_parts_of_one_colour_explain_a_drawing_best() -> None:
    buffers = np.zeros((len(CHANNEL), 64, 64), np.float32)
    buffers[CHANNEL["alpha"]] = 1
    buffers[CHANNEL["skin"], :32], buffers[CHANNEL["hair"], 32:] = 1, 1
    drawing = np.ones((64, 64, 4), np.float32)
    drawing[:32, :, :3], drawing[32:, :, :3] = (0.9, 0.7, 0.6), (0.2, 0.1, 0.1)
    assert mismatch(drawing, buffers) < 1e-3
    assert mismatch(drawing[::-1].transpose(1, 0, 2), buffers) > 0.05
    lens = buffers.copy()
    lens[CHANNEL["lens"], 10:20] = 1
    dark = drawing.copy()
    dark[10:20, :, :3] = 0
    assert mismatch(dark, lens, opaque=True) < 1e-3 < mismatch(dark, lens)


def test_the_best_of_the_likely_values_wins() -> None:
    codes = np.zeros(CODE_DIM, np.float32)
    for name in ("hair_style", "headwear_style", "glasses_style", "beard_style"):
        codes[CODE_LAYOUT[name]] = np.linspace(0.9, 0.1, len(CHOICE_FIELDS[name]))
    wanted = {
        "hair_style": CHOICE_FIELDS["hair_style"][3],
        "glasses_style": CHOICE_FIELDS["glasses_style"][1],
    }
    start = {name: CHOICE_FIELDS[name][0] for name in wanted}

    def judge(values: dict[str, str]) -> float:
        return sum(values[name] != value for name, value in wanted.items())

    found = best_values(codes, start | {"headwear_style": "none", "beard_style": "none"}, judge)
    assert {name: found[name] for name in wanted} == wanted
    row = ARKIT_52.index("jawOpen")
    assert best_jaw(np.zeros(52), lambda e: abs(e[row] - 0.55))[row] == pytest.approx(0.6)
    assert best_jaw(np.full(52, 0.5), lambda e: abs(e[row] - 0.5))[row] == 0.5


# one style or two


def test_two_styles_in_one_folder_are_noticed() -> None:
    rng = np.random.default_rng(0)
    one = rng.normal(size=(12, 16))
    assert odd_ones(one) == []
    two = np.concatenate([one, rng.normal(size=(4, 16)) + 12])
    assert odd_ones(two) == [12, 13, 14, 15]
    assert odd_ones(two[-5:]) == [], "too few to tell"


def test_drawings_of_black_and_white_are_told() -> None:
    def drawing(*lights: int) -> np.ndarray:
        picture = np.full((64, 64, 4), 255, np.uint8)
        for k, light in enumerate(lights):
            picture[8 * k : 8 * k + 8, :, :3] = light
        return picture

    assert is_two_tone([drawing(0, 0, 0)] * 3)
    assert not is_two_tone([drawing(0, 0, 90, 150)] * 3), "greys"
    assert not is_two_tone([drawing(240)] * 3), "nothing is black"
    colored = drawing(0, 0)
    colored[32:, :, 2] = 0
    assert not is_two_tone([colored] * 3)
