"""Sticker packs: every file opened again by another reader and held against the platforms' limits."""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from gen_avatar.errors import MediaError, UsageError
from gen_avatar.expression import EXPRESSIONS
from gen_avatar.keyframes import Keyframes, names
from gen_avatar.media import GENERATED_MARK
from gen_avatar.stickers.artist import Artist, Reel
from gen_avatar.stickers.colors import bled, reduced
from gen_avatar.stickers.emoji import DEFAULT_EXPRESSIONS, DEFAULT_PERFORMANCES, EMOJI
from gen_avatar.stickers.framing import set_into_square
from gen_avatar.stickers.outline import outlined
from gen_avatar.stickers.pack import PLATFORMS, Pack, check_names, make_pack, zip_pack
from gen_avatar.stickers.search import Choice, Ladder, best_within, rows_of
from gen_avatar.stickers.texts import Entry, whatsapp_contents
from gen_avatar.types import ARKIT_52, Character, Performance

#: What the platforms ask for, stated anew: file's ending, side in pixels, most bytes, margin, seconds.
LIMITS = {
    ("telegram", "static"): ("webp", 512, 512_000, 0, 0.0),
    ("telegram", "animated"): ("webm", 512, 256_000, 0, 3.0),
    ("telegram", "emoji"): ("webp", 100, 512_000, 0, 0.0),
    ("telegram", "animated-emoji"): ("webm", 100, 64_000, 0, 3.0),
    ("whatsapp", "static"): ("webp", 512, 100_000, 16, 0.0),
    ("whatsapp", "animated"): ("webp", 512, 500_000, 16, 10.0),
    ("discord", "static"): ("png", 320, 512_000, 0, 0.0),
    ("discord", "animated"): ("png", 320, 512_000, 0, 5.0),
    ("slack", "static"): ("png", 128, 128_000, 0, 0.0),
    ("slack", "animated"): ("gif", 128, 128_000, 0, 5.0),
    ("signal", "static"): ("webp", 512, 300_000, 16, 0.0),
    ("signal", "animated"): ("png", 512, 300_000, 16, 3.0),
}
SKIN, TRACK = (230, 170, 130), ARKIT_52.index("mouthSmileLeft")


def scene(seconds: float = 0.3, emoji: str = "🙂") -> Keyframes:
    return Keyframes(
        "Smiles", emoji, seconds, {"smile": ((0.0, 0.0), (seconds / 2, 1.0))}, loop=True, props=("hearts",)
    )


SCENES = {"one": scene(), "two": scene(emoji="😴"), "three": scene(emoji="💖")}


def disc(performance: Performance, side: int) -> Iterator[np.ndarray]:
    """A shaded disc with an eye, that moves to the right as it smiles."""
    for weights in performance.expression:
        image = np.zeros((side, side, 4), np.uint8)
        center = (round(side * (0.45 + 0.1 * weights[TRACK])), side // 2)
        cv2.circle(image, center, side // 3, (*SKIN, 255), -1, cv2.LINE_AA)
        cv2.circle(image, center, side // 20, (20, 20, 30, 255), -1, cv2.LINE_AA)
        drawn = image[..., 3] > 0
        shade = (np.arange(side)[:, None] * 20 // side).astype(np.uint8)
        image[..., :3] -= np.where(drawn, np.minimum(shade, image[..., :3].min(-1)), 0)[..., None]
        image[drawn, :3] = np.where(image[drawn, 3:] < 255, SKIN, image[drawn, :3])  # straight alpha
        yield image


def noise(performance: Performance, side: int) -> Iterator[np.ndarray]:
    """The disc in a random texture, another one in each frame."""
    rng = np.random.default_rng(0)
    for image in disc(performance, side):
        image[..., :3] = rng.integers(0, 256, (side, side, 3), np.uint8)
        yield image


ARTIST, NOISE = Artist(disc), Artist(noise)


def small_pack(folder: Path, platform: str, kind: str, artist: Artist = ARTIST, **options: Any) -> Pack:
    moves = "animated" in kind
    wanted = options.pop("names", ("one", "two", "three") if moves else ("smile", "angry", "cry"))
    options.setdefault("performances", SCENES if moves else None)
    return make_pack(artist, platform, kind, wanted, folder=folder, **options)


# -- independent readers ------------------------------------------------------------------------------


def rgba(frame: Any) -> np.ndarray:
    """[H, W, 4] of a frame in YUV (BT.601) with alpha; FFmpeg's scaler drops columns of odd widths here."""
    assert frame.format.name == "yuva420p"
    rows = [np.frombuffer(p, np.uint8).reshape(-1, p.line_size) for p in frame.planes]
    planes = [row[: p.height, : p.width] for row, p in zip(rows, frame.planes, strict=True)]
    y, u, v = (cv2.resize(p, (frame.width, frame.height)).astype(np.float32) for p in planes[:3])
    y, u, v = (y - 16) * 255 / 219, (u - 128) * 255 / 224, (v - 128) * 255 / 224
    color = np.stack([y + 1.402 * v, y - 0.344 * u - 0.714 * v, y + 1.772 * u], -1)
    return np.dstack([np.round(color).clip(0, 255).astype(np.uint8), planes[3]])


def read_webm(path: Path) -> tuple[np.ndarray, float]:
    decoder = av.CodecContext.create("libvpx-vp9", "r")
    frames: list[np.ndarray] = []
    with av.open(str(path)) as clip:
        assert [s.type for s in clip.streams] == ["video"], "no sound"
        assert clip.streams.video[0].codec_context.name == "vp9"
        assert GENERATED_MARK in clip.metadata["COMMENT"]
        rate = float(clip.streams.video[0].average_rate or 0)
        for packet in clip.demux(video=0):
            frames += [rgba(frame) for frame in decoder.decode(packet)]  # type: ignore[attr-defined]
        assert (clip.duration or 0) / 1e6 == pytest.approx(len(frames) / rate, abs=0.002)
        assert (clip.duration or 0) <= 3_000_000 and rate <= 30, "microseconds, frames a second"
    assert b"\x53\xc0\x81\x01" in path.read_bytes(), "Matroska's AlphaMode is 1"
    return np.stack(frames), len(frames) / rate


def read_pictures(path: Path) -> tuple[np.ndarray, float]:
    frames, seconds = [], 0.0
    with Image.open(path) as picture:
        assert f".{picture.format}".lower() == path.suffix and not picture.getexif()
        for i in range(getattr(picture, "n_frames", 1)):
            picture.seek(i)
            frames.append(np.asarray(picture.convert("RGBA")))
            seconds += picture.info.get("duration", 0) / 1000
    assert GENERATED_MARK.encode() in path.read_bytes()
    return np.stack(frames), seconds


def durations(path: Path) -> list[int]:
    """Of each frame, ms; plays for ever."""
    data = path.read_bytes()
    found = []
    if data[:4] == b"RIFF":
        at = 12
        while at < len(data):
            name, size = data[at : at + 4], struct.unpack("<I", data[at + 4 : at + 8])[0]
            if name == b"ANIM":
                assert struct.unpack("<H", data[at + 12 : at + 14])[0] == 0, "loops for ever"
            if name == b"ANMF":
                found.append(int.from_bytes(data[at + 20 : at + 23], "little"))
            at += 8 + size + size % 2
        assert at == len(data) == struct.unpack("<I", data[4:8])[0] + 8
    elif data[:4] == b"\x89PNG":
        at = 8
        assert data.index(b"acTL") < data.index(b"IDAT")
        while at < len(data):
            size, name = struct.unpack(">I4s", data[at : at + 8])
            if name == b"acTL":
                assert struct.unpack(">I", data[at + 12 : at + 16])[0] == 0, "loops for ever"
            if name == b"fcTL":
                over, under = struct.unpack(">HH", data[at + 28 : at + 32])
                found.append(round(1000 * over / under))
            at += 12 + size
    else:
        assert data[:6] == b"GIF89a" and b"NETSCAPE2.0\x03\x01\0\0\0" in data, "loops for ever"
        with Image.open(path) as picture:
            for i in range(getattr(picture, "n_frames", 1)):
                picture.seek(i)
                found.append(round(picture.info["duration"]))
    return found


@pytest.mark.parametrize(("platform", "kind"), list(LIMITS))
def test_every_sticker_keeps_to_the_rules(tmp_path: Path, platform: str, kind: str) -> None:
    ending, side, most, margin, longest = LIMITS[platform, kind]
    few: dict[str, Any] = {"names": ("one",)} if longest and platform != "whatsapp" else {}
    pack = small_pack(tmp_path / "pack", platform, kind, **few)
    assert {(p, k) for p in PLATFORMS for k in PLATFORMS[p].kinds} == set(LIMITS)
    assert len(pack.stickers) == (1 if few else 3)
    for sticker in pack.stickers:
        path = sticker.file
        assert path.suffix == f".{ending}" and path.stat().st_size == sticker.size <= most
        frames, seconds = read_webm(path) if ending == "webm" else read_pictures(path)
        assert frames.shape[1:] == (side, side, 4)
        assert sticker.frames - 2 <= len(frames) <= sticker.frames, "frames that are alike may become one"
        assert (sticker.frames > 1) == bool(longest)
        if longest:
            assert 0.25 <= seconds <= longest and sticker.fps <= 30.01
            assert seconds == pytest.approx(sticker.frames / sticker.fps, abs=0.02)
            if ending != "webm":
                each = durations(path)
                assert len(each) == len(frames) and min(each) >= (20 if ending == "gif" else 8)
                assert sum(each) == pytest.approx(1000 * seconds, abs=1)
            assert not np.array_equal(frames[0], frames[len(frames) // 2]), "it moves"
        alpha = frames[..., 3]
        edge = max(margin, 1)
        assert alpha[:, :edge, :edge].max() < 8 and (alpha.max((1, 2)) > 250).all()
        if margin:
            inside = alpha[:, margin:-margin, margin:-margin]
            assert int((alpha > 8).sum()) == int((inside > 8).sum())
        drawn = np.argwhere((alpha > 127).any(0))
        assert np.ptp(drawn, axis=0).max() >= side - 2 * margin - 4, "the square is used"
        area = (alpha > 127).sum((1, 2))
        assert np.ptp(area) < 0.04 * area.mean(), "frames do not pile up"
        _assert_no_halo(frames, ending)


def _assert_no_halo(frames: np.ndarray, ending: str) -> None:
    """Edges have the colour of the disc, neither a dark nor a light seam."""
    rim = (frames[..., 3] > 100) & (frames[..., 3] < 250) if ending != "gif" else frames[..., 3] > 0
    colors = frames[rim][:, :3].astype(int)
    assert len(colors) and np.percentile(np.abs(colors - SKIN).max(-1), 90) < 18


# -- budgets ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("platform", "kind"), [("slack", "animated"), ("telegram", "animated-emoji"),
                                                ("slack", "static"), ("whatsapp", "static")])  # fmt: skip
def test_noise_keeps_within_the_limit_too(tmp_path: Path, platform: str, kind: str) -> None:
    _, side, most, *_ = LIMITS[platform, kind]
    performances = {name: scene(1.2) for name in SCENES}
    wanted = ("smile", "angry", "cry") if kind == "static" else ("one",)
    options: dict[str, Any] = {} if kind == "static" else {"performances": performances}
    pack = small_pack(tmp_path / "pack", platform, kind, NOISE, names=wanted, **options)
    for sticker in pack.stickers:
        assert sticker.file.stat().st_size <= most
        if kind == "animated" and platform == "slack":
            assert sticker.fps < 20, "smoothness was given up"


def test_what_cannot_fit_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"'one' cannot be brought within 128000 bytes"):
        small_pack(tmp_path / "pack", "slack", "animated", NOISE, names=("one",),
                   performances={"one": scene(5.0)})  # fmt: skip
    assert not list(tmp_path.iterdir())


LADDER = Ladder((100, 90, 80, 70), (60, 50), (40, 30, 20))
RATES = (30.0, 24.0, 20.0, 15.0, 12.0, 10.0)


def trial(per_frame: float) -> tuple[Callable[[Choice], bytes], list[Choice]]:
    """Files of quality × frames × ``per_frame`` bytes for an act of one second; what was tried."""
    tried: list[Choice] = []

    def encode(choice: Choice) -> bytes:
        tried.append(choice)
        return bytes(round(choice.quality * max(choice.rate, 1.0) * choice.time * per_frame))

    return encode, tried


@pytest.mark.parametrize(
    ("per_frame", "quality", "rate", "time"),
    [
        (1.0, 100, 30.0, 1.0),  # all fits
        (5.0, 80, 24.0, 1.0),  # 30 a second only below fine quality
        (9.0, 70, 15.0, 1.0),  # what is less than smooth may be good
        (14.0, 50, 12.0, 1.0),
        (25.0, 40, 10.0, 1.0),  # poor only if nothing else is left
        (80.0, 20, 10.0, 0.5),  # the last resort
    ],
)
def test_search_gives_up_smoothness_and_quality_in_turns(
    per_frame: float, quality: int, rate: float, time: float
) -> None:
    encode, tried = trial(per_frame)
    found = best_within(10_000, rows_of(LADDER, RATES), encode)
    assert found and (found.choice.quality, found.choice.rate, found.choice.time) == (quality, rate, time)
    assert len(found.data) <= 10_000 and len(tried) <= 9


def test_search_finds_the_best_of_a_row_and_saves_trials() -> None:
    sizes = [900, 700, 500, 300, 200, 150, 120, 100, 50]
    for limit in (40, 50, 130, 300, 899, 900):
        encode, tried = trial(1.0)
        row = [Choice(size) for size in sizes]
        found = best_within(limit, iter([row]), encode)
        best = next((size for size in sizes if size <= limit), None)
        assert (found.choice.quality if found else None) == best and len(tried) <= 4 + 1
    encode, tried = trial(9.5)
    best_within(10_000, rows_of(LADDER, RATES), encode)
    assert [c.rate for c in tried].count(24.0) == 0, "too large for sure by the size at 30"
    assert best_within(10, rows_of(LADDER, ()), trial(1.0)[0]) is None


def test_a_guess_saves_trials_and_changes_nothing() -> None:
    row = [Choice(size) for size in (900, 700, 500, 300, 200, 150, 120, 100, 50)]
    for limit in (40, 130, 300, 900):
        plain = best_within(limit, iter([row]), trial(1.0)[0])
        for guess in (*row, Choice(1)):
            encode, tried = trial(1.0)
            found = best_within(limit, iter([row]), encode, guess)
            assert found == plain
            assert plain is None or guess != plain.choice or len(tried) <= 2


def test_choices_that_a_platform_does_not_allow_are_passed_over() -> None:
    encode, _ = trial(1.0)
    found = best_within(10_000, rows_of(LADDER, RATES), lambda c: None if c.rate > 20 else encode(c))
    assert found and (found.choice.rate, found.choice.quality) == (20.0, 100)


def test_few_colours_keep_what_stands_out_and_the_alpha() -> None:
    frames = np.stack(list(disc(Performance.still({"mouthSmileLeft": 0.5}), 128)))
    frames[0, 60:64, 30:34] = (40, 90, 220, 255)  # a small blue spot
    for count, slack in ((64, 0.0), (16, 8.0)):
        numbers, palette = reduced(frames, count, slack)
        shown = palette[numbers]
        assert len(palette) <= count and numbers.max() < len(palette) and palette[0, 3] == 0
        error = np.abs(shown.astype(int) - frames)[frames[..., 3] == 255]
        assert (
            error.mean() < (1.5 if count == 64 else 5)
            and np.abs(shown[0, 62, 32, :3] - (40, 90, 220.0)).max() < 12
        )
        assert (shown[..., 3][frames[..., 3] == 0] == 0).all()
    plain, longer = (reduced(frames, 64, slack)[0] for slack in (0.0, 8.0))
    runs = [int((np.diff(n.astype(int), axis=2) != 0).sum()) for n in (plain, longer)]
    assert runs[1] < runs[0]


def test_clear_pixels_take_the_colour_beside_them_and_drawn_ones_keep_theirs() -> None:
    frame = next(iter(disc(Performance.still(), 128)))
    frame[frame[..., 3] == 0] = 0
    out = bled(frame)
    drawn = frame[..., 3] > 0
    assert np.array_equal(out[drawn], frame[drawn]) and np.array_equal(out[..., 3], frame[..., 3])
    near = cv2.dilate(drawn.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool) & ~drawn
    assert np.abs(out[near, :3].astype(int) - SKIN).max() < 40
    assert not bled(np.zeros((8, 8, 4), np.uint8)).any()


# -- outline and framing ------------------------------------------------------------------------------


def circle(side: int, *rounds: tuple[float, float, float]) -> np.ndarray:
    """[1, side, side, 4]: red discs (x, y, radius), their edges anti-aliased exactly."""
    y, x = np.mgrid[:side, :side] + 0.5
    cover = np.zeros((side, side))
    for cx, cy, radius in rounds:
        cover = np.maximum(cover, (radius + 0.5 - np.hypot(x - cx, y - cy)).clip(0, 1))
    image = np.zeros((1, side, side, 4), np.uint8)
    image[..., :3], image[..., 3] = (200, 20, 20), np.round(255 * cover)
    return image


def test_outline_is_white_round_and_of_the_width() -> None:
    for width in (2.5, 8.0, 12.8):
        radius = 40.0
        out = outlined(circle(160, (80, 80, radius)), width)[0].astype(float)
        reach = np.sqrt(out[..., 3].sum() / 255 / np.pi)
        assert reach == pytest.approx(radius + width, abs=0.35)
        y, x = np.mgrid[:160, :160] + 0.5
        distance = np.hypot(x - 80, y - 80)
        ring = (distance > radius + 1) & (distance < radius + width - 1)
        assert (out[ring] == 255).all(), "white and opaque, right to the edge"
        assert (out[distance < radius - 1][:, :3] == (200, 20, 20)).all()
        assert (out[distance > radius + width + 1.5][:, 3] == 0).all()
        soft = (out[..., 3] > 0) & (out[..., 3] < 255)
        assert 0.5 < soft.sum() / (2 * np.pi * (radius + width)) < 3, "anti-aliased"


def test_outline_surrounds_props_too_and_nothing_where_nothing_is() -> None:
    out = outlined(circle(160, (60, 80, 30), (130, 40, 8)), 4.0)[0]
    assert tuple(out[40, 140]) == (255, 255, 255, 255) and out[80, 60, 0] == 200
    assert out[80, 110, 3] == 0, "clear between the two"
    assert not outlined(np.zeros((1, 32, 32, 4), np.uint8), 4.0)[..., 3].any()


def test_outline_of_a_pack_lies_within_the_margin(tmp_path: Path) -> None:
    pack = small_pack(tmp_path / "pack", "whatsapp", "static", outline=True)
    frame = read_pictures(pack.stickers[0].file)[0][0]
    assert frame[..., 3][:16].max() < 8 and frame[..., 3][:, :16].max() < 8
    across = frame[256]
    start = int(np.argmax(across[:, 3] > 250))
    white = across[start : start + 9, :3]
    assert (white > 245).all() and np.abs(across[start + 16, :3].astype(int) - SKIN).max() < 40


def test_a_drawing_fills_the_square_and_stays_in_the_middle_where_it_can() -> None:
    image = circle(256, (128, 150, 80))
    out = set_into_square(image, 100, 10)[0, ..., 3]
    rows, columns = (np.flatnonzero((out > 127).any(axis)) for axis in (1, 0))
    assert abs(int(np.ptp(rows)) + 1 - 80) <= 2 and abs(int(np.ptp(columns)) + 1 - 80) <= 2
    tall = circle(256, (128, 128, 100), (225, 60, 10))  # a prop beside the head
    shown = set_into_square(tall, 256, 0)[0]
    assert shown[..., 3].max(0)[-3:].max() > 0, "the prop is not cut"


def test_cells_keep_hard_edges_and_one_size() -> None:
    rng = np.random.default_rng(1)
    cells = np.zeros((16, 16, 4), np.uint8)
    cells[2:14, 4:12] = rng.integers(0, 2, (12, 8, 1), np.uint8) * [255, 255, 255, 0] + [0, 0, 0, 255]
    drawn = cells.repeat(4, 0).repeat(4, 1)[None]
    out = set_into_square(drawn, 64, 2, cells=16)[0]
    assert set(np.unique(out[..., 3])) == {0, 255}
    each = 60 // 12
    assert np.array_equal(out[2:62, 2:62][each // 2 :: each, each // 2 :: each], cells[2:14, 2:14])


# -- loops --------------------------------------------------------------------------------------------


def test_each_moment_is_drawn_once_and_at_its_time() -> None:
    drawn: list[float] = []

    def draw(performance: Performance) -> np.ndarray:
        drawn.extend(performance.expression[:, TRACK])
        return (255 * performance.expression[:, TRACK]).astype(np.uint8)[:, None, None, None]

    act = scene(1.0)
    reel = Reel(act, draw)
    for count in (30, 20, 15, 10):
        got = reel.frames(count).ravel()
        want = act.performance(float(count)).expression[:, TRACK] * 255
        assert np.abs(got - want).max() <= 1.01
    assert len(drawn) == 30 + 10, "20 shares ten moments with 30; 15 and 10 share all"


def test_a_loop_longer_than_allowed_is_played_faster(tmp_path: Path) -> None:
    pack = small_pack(tmp_path / "pack", "telegram", "animated-emoji", names=("one",),
                      performances={"one": scene(3.4)})  # fmt: skip
    frames, seconds = read_webm(pack.stickers[0].file)
    assert seconds <= 3.0
    left = [np.flatnonzero(f[50, :, 3] > 127)[0] for f in frames]
    assert abs(int(left[-1]) - int(left[0])) <= 2 < max(left) - min(left), "the end runs into the beginning"


# -- packs --------------------------------------------------------------------------------------------


def test_tables_are_complete() -> None:
    assert set(EMOJI) == set(EXPRESSIONS) and all(1 <= len(e) <= 3 for e in EMOJI.values())
    firsts = [signs[0] for signs in EMOJI.values()]
    assert len(set(firsts)) == len(firsts), "no two faces claim one emoji first"
    assert len(DEFAULT_EXPRESSIONS) == 16 and set(DEFAULT_EXPRESSIONS) <= set(EXPRESSIONS)
    assert len(DEFAULT_PERFORMANCES) == 16 and set(DEFAULT_PERFORMANCES) <= set(names())
    for platform, place in PLATFORMS.items():
        for kind in place.kinds:
            assert len(check_names(platform, kind, None)) == 16


def test_whatsapp_contents_and_tray(tmp_path: Path) -> None:
    pack = small_pack(tmp_path / "pack", "whatsapp", "static", title="Mia & Zoë", author="Zoë")
    contents = json.loads((pack.folder / "contents.json").read_text(encoding="utf-8"))
    (listed,) = contents["sticker_packs"]
    named = [listed[key] for key in ("identifier", "name", "publisher")]
    assert named == ["gen-avatar-mia-zoe", "Mia & Zoë", "Zoë"]
    assert listed["image_data_version"] == "1" and listed["avoid_cache"] is False
    assert listed["animated_sticker_pack"] is False
    for entry, sticker in zip(listed["stickers"], pack.stickers, strict=True):
        assert entry["image_file"] == sticker.file.name and entry["accessibility_text"]
        assert 1 <= len(entry["emojis"]) <= 3 and tuple(entry["emojis"]) == sticker.emoji
    tray = pack.folder / listed["tray_image_file"]
    with Image.open(tray) as picture:
        assert (picture.format, picture.size, picture.mode) == ("PNG", (96, 96), "RGBA")
    assert tray.stat().st_size <= 50_000 and GENERATED_MARK.encode() in tray.read_bytes()
    others = {"README.txt", "contents.json", "tray.png"}
    assert {p.name for p in pack.folder.iterdir()} == others | {s.file.name for s in pack.stickers}
    moving = json.loads(whatsapp_contents("T", "A", [Entry("one", "1.webp", ("🙂",), "Smiles")], moves=True))
    assert moving["sticker_packs"][0]["animated_sticker_pack"] is True


@pytest.mark.parametrize(("platform", "kind"), [("telegram", "emoji"), ("discord", "static"),
                                                ("slack", "animated"), ("signal", "static")])  # fmt: skip
def test_lists_and_pages_name_every_sticker(tmp_path: Path, platform: str, kind: str) -> None:
    pack = small_pack(tmp_path / "pack", platform, kind, title="T", author="A")
    listed = json.loads((pack.folder / "pack.json").read_text(encoding="utf-8"))
    assert (listed["platform"], listed["kind"], listed["title"], listed["author"]) == (
        platform,
        kind,
        "T",
        "A",
    )
    page = (pack.folder / "README.txt").read_text(encoding="utf-8")
    for entry, sticker in zip(listed["stickers"], pack.stickers, strict=True):
        assert (entry["file"], entry["name"]) == (sticker.file.name, sticker.name)
        assert tuple(entry["emoji"]) == sticker.emoji and entry["text"]
        assert [sticker.file.name, sticker.emoji[0]] in [line.split() for line in page.splitlines()]
    assert PLATFORMS[platform].name in page and all(line in page for line in PLATFORMS[platform].how_to)
    with zipfile.ZipFile(BytesIO(zip_pack(pack))) as archive:
        assert archive.testzip() is None
        assert {n.split("/")[1] for n in archive.namelist()} == {p.name for p in pack.folder.iterdir()}
        first = pack.stickers[0].file
        assert archive.read(f"pack/{first.name}") == first.read_bytes()
    assert zip_pack(pack) == zip_pack(pack)


def test_progress_is_told_and_order_kept(tmp_path: Path) -> None:
    told: list[tuple[int, str]] = []

    def watch(steps: Any, count: int, what: str) -> Any:
        told.append((count, what))
        return steps

    pack = small_pack(tmp_path / "pack", "slack", "static", names=("cry", "wink"), watch=watch)
    assert told == [(2, "stickers")]
    assert [s.file.name for s in pack.stickers] == ["my-cry.png", "my-wink.png"]


def test_wrong_wishes_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "pack"
    for platform, kind, options, words in (
        ("telegramm", "static", {}, "did you mean telegram"),
        ("signal", "emoji", {}, "Signal has no kind 'emoji': it takes static and animated"),
        ("slack", "static", {"names": ("smlie",)}, "did you mean smile"),
        ("slack", "animated", {"names": ("four",)}, "unknown performance 'four'"),
        ("slack", "static", {"names": ("smile", "smile")}, "'smile' comes twice"),
        (
            "whatsapp",
            "static",
            {"names": ("smile", "cry")},
            "takes 3 to 30 stickers in a pack, not 2",
        ),
        ("slack", "static", {"title": " "}, "the title must be one line"),
        ("slack", "static", {"author": "a\nb"}, "the author must be one line"),
    ):
        with pytest.raises(UsageError, match=words):
            small_pack(folder, platform, kind, **options)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    with pytest.raises(MediaError, match="not an empty folder"):
        small_pack(folder, "slack", "static")
    with pytest.raises(MediaError, match="does not exist"):
        small_pack(tmp_path / "no" / "pack", "slack", "static")
    assert [p.name for p in tmp_path.rglob("*")] == ["pack", "mine.txt"]


def test_an_error_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    drawn = []

    def break_down(performance: Performance, side: int) -> Iterator[np.ndarray]:
        drawn.append(side)
        if len(drawn) > 2:
            raise RuntimeError
        return disc(performance, side)

    with pytest.raises(RuntimeError):
        small_pack(tmp_path / "pack", "telegram", "static", Artist(break_down))
    assert not list(tmp_path.iterdir())


# -- command line -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pipe() -> Any:
    from gen_avatar.pipeline import AvatarPipeline

    return AvatarPipeline.from_pretrained()


def test_command_makes_a_pack_of_a_person(run: Any) -> None:
    Path("secret-name.json").write_text(Character().to_json(), encoding="utf-8")
    code, out, err = run("stickers", "secret-name.json", "--for", "slack", "--expressions", "love, wink",
                         "--style", "toon", "--outline", "--title", "Me", "-o", "pack")  # fmt: skip
    assert (code, out) == (0, "pack\n") and "2 stickers" in err
    files = sorted(Path("pack").iterdir())
    assert [p.name for p in files] == ["README.txt", "my-love.png", "my-wink.png", "pack.json"]
    assert not any(b"secret" in p.read_bytes() for p in files)
    frames, _ = read_pictures(Path("pack/my-love.png"))
    red = (frames[0, ..., 0] > 180) & (frames[0, ..., 1] < 110) & (frames[0, ..., 3] > 200)
    assert red.sum() > 100, "hearts are drawn"
    code, _, err = run(
        "stickers", "secret-name.json", "--for", "slack", "--expressions", "wink", "-o", "pack"
    )
    assert code == 4 and "not an empty folder" in err


def test_command_refuses_before_it_loads(run: Any) -> None:
    for options, words in (
        (("--for", "slack", "--kind", "emoji"), "Slack has no kind 'emoji'"),
        (("--for", "slack", "--expressions", "nothing-like-it"), "unknown expression"),
        (("--for", "whatsapp", "--expressions", "smile"), "3 to 30"),
        (("--for", "msn"), "invalid choice"),
    ):
        code, out, err = run("stickers", "no-such-photo.jpg", *options, "-o", "pack")
        assert (code, out) == (2, "") and words in err and not Path("pack").exists()
