"""Every kind of file that a user may name, good and bad."""

from __future__ import annotations

import gc
import importlib.util
import os
import struct
import tracemalloc
import zlib
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import av
import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from gen_avatar import media
from gen_avatar.errors import GenAvatarWarning, MediaError
from gen_avatar.media import images
from gen_avatar.media import video as clips


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds no pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


def fails(path: Path, *words: str) -> None:
    """Reading raises ``MediaError`` with a one-line message that names the file and says ``words``."""
    with pytest.raises(MediaError) as caught:
        media.read_image(path)
    message = str(caught.value)
    assert path.name in message and "\n" not in message
    for word in words:
        assert word in message


def test_plain_picture_is_exact(tmp_photo, astronaut):
    image = media.read_image(tmp_photo())
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image, astronaut)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_gives_the_upright_picture(tmp_photo, astronaut, orientation):
    upright = astronaut[:300]
    turned = {
        1: lambda a: a,
        2: np.fliplr,
        3: lambda a: np.rot90(a, 2),
        4: np.flipud,
        5: lambda a: np.transpose(a, (1, 0, 2)),
        6: np.rot90,
        7: lambda a: np.rot90(np.transpose(a, (1, 0, 2)), 2),
        8: lambda a: np.rot90(a, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_photo("phone.png", np.ascontiguousarray(turned(upright)), exif=exif)
    np.testing.assert_array_equal(media.read_image(path), upright)


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "1", "YCbCr", "I;16", "LA", "RGBA"])
def test_colour_modes_come_out_as_rgb(tmp_photo, astronaut, mode):
    picture = Image.fromarray(astronaut)
    if mode == "I;16":
        grey = np.asarray(picture.convert("L")).astype(np.uint16) * 257
        path, expected = tmp_photo("deep.png", Image.fromarray(grey)), picture.convert("L").convert("RGB")
    else:
        # Pillow 12.1 to 12.3 cannot read the plain YCbCr files that it writes (its issue 9770).
        options = {"CMYK": {"compression": "raw"}, "YCbCr": {"compression": "tiff_lzw"}}.get(mode, {})
        path = tmp_photo("x.tif" if options else "x.png", picture.convert(mode), **options)
        expected = picture.convert(mode).convert("RGB")
    image = media.read_image(path)
    assert image.shape == astronaut.shape and image.dtype == np.uint8
    assert np.abs(image.astype(int) - np.asarray(expected).astype(int)).max() <= 1


def test_sixteen_bit_colour(tmp_path, astronaut):
    path = tmp_path / "deep.png"
    cv2.imwrite(str(path), astronaut[..., ::-1].astype(np.uint16) * 257)
    assert np.abs(media.read_image(path).astype(int) - astronaut).max() <= 1


def test_cmyk_jpeg_keeps_its_colours(tmp_photo, astronaut):
    path = tmp_photo("press.jpg", Image.fromarray(astronaut).convert("CMYK"), quality=95)
    assert np.abs(media.read_image(path).astype(int) - astronaut).mean() < 4


def test_embedded_profile_is_converted(tmp_photo, astronaut):
    lab = Image.fromarray(astronaut).convert("RGB")
    linear = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    np.testing.assert_array_equal(media.read_image(tmp_photo("a.png", lab, icc_profile=linear)), astronaut)
    broken = tmp_photo("b.png", lab, icc_profile=b"not a profile")
    np.testing.assert_array_equal(media.read_image(broken), astronaut)


def test_transparency_lies_on_white(tmp_photo):
    rgba = np.zeros((32, 32, 4), np.uint8)
    rgba[:, 16:] = (200, 100, 50, 255)
    image = media.read_image(tmp_photo("cut.png", rgba))
    assert (image[:, :16] == 255).all() and (image[:, 16:] == (200, 100, 50)).all()


def test_animated_gif_gives_its_first_frame(tmp_path):
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:], duration=50)
    assert (media.read_image(tmp_path / "a.gif") == (255, 0, 0)).all()


def test_missing_folder_empty_and_text(tmp_path):
    fails(tmp_path / "none.jpg", "No such file")
    fails(tmp_path, "folder")
    (tmp_path / "empty.png").touch()
    fails(tmp_path / "empty.png", "not a picture")
    (tmp_path / "notes.jpg").write_text("hello")
    fails(tmp_path / "notes.jpg", "not a picture")


def test_pipe_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    fails(tmp_path / "pipe.jpg", "ordinary file")


@pytest.mark.parametrize("name", ["photo.jpg", "photo.png", "photo.webp", "photo.gif", "photo.tif"])
def test_truncated_files(tmp_photo, name):
    path = tmp_photo(name)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    fails(path)


def test_corrupt_jpeg_header(tmp_photo):
    path = tmp_photo("photo.jpg")
    path.write_bytes(b"\xff\xd8\xff\xe0" + os.urandom(4000))
    fails(path)


def test_one_pixel_is_too_small(tmp_photo):
    fails(tmp_photo("dot.png", np.zeros((1, 1, 3), np.uint8)), "too small")


@pytest.mark.parametrize("size", [(30_000, 30_000), (12_000, 12_000), (9_000, 9_000)])
def test_huge_pictures_are_refused_by_their_header(tmp_path, size):
    path = tmp_path / "huge.png"
    path.write_bytes(png_header(*size))
    tracemalloc.start()
    fails(path, "too large")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_large_jpegs_are_read_at_half_their_size(tmp_photo, astronaut, monkeypatch):
    path = tmp_photo("camera.jpg", quality=95)
    monkeypatch.setattr(images, "MAX_PIXELS", 300 * 300)
    image = media.read_image(path)
    assert image.shape == (256, 256, 3)
    half = cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA)
    assert np.abs(image.astype(int) - half).mean() < 4


@pytest.mark.skipif(bool(importlib.util.find_spec("pillow_heif")), reason="an HEIC decoder is installed")
def test_heic_without_a_decoder_says_what_to_install(tmp_path):
    path = tmp_path / "IMG_0001.HEIC"
    path.write_bytes(struct.pack(">I", 24) + b"ftypheic\0\0\0\0mif1heic" + bytes(100))
    fails(path, "pip install pillow-heif")


def test_png_round_trip_is_exact_and_marked(tmp_path):
    rgba = np.random.default_rng(0).integers(0, 256, (40, 30, 4), np.uint8)
    media.write_png(tmp_path / "a.png", rgba)
    with Image.open(tmp_path / "a.png") as image:
        np.testing.assert_array_equal(np.asarray(image), rgba)
        assert media.GENERATED_MARK in image.text["XML:com.adobe.xmp"]
        assert image.text["Software"] == "gen_avatar"
        assert not image.getexif()
        ElementTree.fromstring(image.text["XML:com.adobe.xmp"].strip("\ufeff"))
    assert os.listdir(tmp_path) == ["a.png"]


def test_results_have_ordinary_permissions(tmp_path):
    media.atomic_write_text(tmp_path / "a.json", "{}")
    (tmp_path / "b.json").write_text("{}")
    assert (tmp_path / "a.json").stat().st_mode == (tmp_path / "b.json").stat().st_mode


@pytest.mark.parametrize("target", ["folder", "missing/a.png", "file.txt/a.png", "/proc/a.png"])
def test_unwritable_targets_fail_early_and_leave_nothing(tmp_path, target):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file.txt").write_text("mine")
    path = tmp_path / target
    for attempt in (media.check_writable, lambda p: media.write_png(p, np.zeros((4, 4, 4), np.uint8))):
        with pytest.raises(MediaError, match="cannot write"):
            attempt(path)
    assert sorted(os.listdir(tmp_path)) == ["file.txt", "folder"]
    assert (tmp_path / "file.txt").read_text() == "mine" and not os.listdir(tmp_path / "folder")


def test_failed_work_keeps_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), media.atomic_path(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["a.txt"]
    media.check_writable(path)
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["a.txt"]


def write_clip(path: Path, frames: list[np.ndarray], fps: float = 20.0) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, frames[0].shape[1::-1])
    for frame in frames:
        writer.write(frame[..., ::-1])
    writer.release()
    return path


def test_video_streams_its_frames_in_rgb_with_times(tmp_path):
    colours = [(200, 30, 30), (30, 200, 30), (30, 30, 200)]
    clip = write_clip(tmp_path / "a.mp4", [np.full((48, 64, 3), c, np.uint8) for c in colours])
    video = media.read_video(clip)
    assert (video.fps, video.size, video.frame_count) == (20.0, (64, 48), 3)
    frames = list(video)
    assert [f.time for f in frames] == pytest.approx([0, 0.05, 0.1], abs=1e-3)
    for frame, colour in zip(frames, colours, strict=True):
        assert np.abs(frame.image.mean((0, 1)) - colour).max() < 12
    assert len(list(video)) == 3  # a second pass starts over


def test_decoded_frames_go_as_they_are_done_with(tmp_path):
    clip = write_clip(tmp_path / "a.mp4", [np.full((48, 64, 3), i, np.uint8) for i in range(80)])
    gc.collect()
    gc.disable()
    try:
        assert sum(1 for _ in media.read_video(clip)) == 80
        # A frame in a cycle of references would stay, with its pixels, until this very call.
        assert gc.collect() < 40
    finally:
        gc.enable()


def test_rotation_flag_of_a_phone_is_applied(tmp_path):
    frame = np.full((48, 64, 3), 20, np.uint8)
    frame[:24, :32] = (220, 40, 40)  # the upper left corner, the upper right one after a clockwise turn
    clip = write_clip(tmp_path / "phone.mp4", [frame] * 5)
    data = bytearray(clip.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 40  # ISO 14496-12: the display matrix of the track header
    data[matrix : matrix + 36] = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    clip.write_bytes(data)
    upright = media.read_video(clip)
    assert upright.size == (48, 64)
    image = next(iter(upright)).image.astype(int)
    assert image.shape == (64, 48, 3)
    assert image[4:28, 28:44, 0].min() > 150 and image[4:28, 4:20, 0].max() < 90
    assert all(np.abs(frame.image.astype(int) - image).max() < 40 for frame in upright)


def test_bad_clips(tmp_path, tmp_photo, capfd):
    good = write_clip(tmp_path / "good.mp4", [np.zeros((48, 64, 3), np.uint8)] * 30)
    truncated = tmp_path / "cut.mp4"
    truncated.write_bytes(good.read_bytes()[:400])
    (tmp_path / "empty.mp4").touch()
    for path, word in [
        (truncated, "damaged"),
        (tmp_path / "empty.mp4", "damaged"),
        (tmp_photo("still.jpg"), "still picture"),
        (tmp_path / "none.mp4", "No such file"),
        (tmp_path, "folder"),
    ]:
        with pytest.raises(MediaError, match=word) as caught:
            media.read_video(path)
        assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""


def test_long_clips_are_refused(tmp_path, monkeypatch):
    clip = write_clip(tmp_path / "a.mp4", [np.zeros((48, 64, 3), np.uint8)] * 30)
    monkeypatch.setattr(clips, "MAX_SECONDS", 1.0)
    with pytest.raises(MediaError, match="too long"):
        media.read_video(clip)


def encode(path: Path, frames: list[np.ndarray], times: list[int], rate: int = 1000) -> Path:
    """A clip by PyAV whose frames come at ``times``, thousandths of a second."""
    with av.open(str(path), "w") as target:
        stream = target.add_stream("libx264", rate=25, options={"bf": "0", "g": "5"})
        stream.height, stream.width = frames[0].shape[:2]
        stream.codec_context.time_base = Fraction(1, rate)
        for image, time in zip(frames, times, strict=True):
            frame = av.VideoFrame.from_ndarray(image, "rgb24")
            frame.pts, frame.time_base = time, Fraction(1, rate)
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return path


def test_uneven_frame_times_are_kept(tmp_path):
    times = [0, 40, 80, 200, 220, 600]
    clip = encode(tmp_path / "vfr.mp4", [np.full((48, 64, 3), 40 * i, np.uint8) for i in range(6)], times)
    assert [f.time for f in media.read_video(clip)] == pytest.approx([t / 1000 for t in times], abs=2e-3)


def test_a_clip_that_breaks_off_gives_what_it_has_and_says_so(tmp_path):
    noise = np.random.default_rng(0)
    frames = [noise.integers(0, 255, (96, 96, 3)).astype(np.uint8) for _ in range(40)]
    clip = encode(tmp_path / "whole.mkv", frames, [40 * i for i in range(40)])
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    with pytest.warns(GenAvatarWarning, match="damaged"):
        seen = list(media.read_video(broken))
    assert 10 < len(seen) < 30


def test_sound_only_is_refused(tmp_path):
    path = tmp_path / "tone.m4a"
    with av.open(str(path), "w", format="mp4") as target:
        stream = target.add_stream("aac", rate=44100)
        for start in range(0, 44100, 1024):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            frame.sample_rate, frame.pts = 44100, start
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    with pytest.raises(MediaError, match="only sound"):
        media.read_video(path)


@pytest.mark.parametrize("ending", ["gif", "webp", "png"])
def test_moving_pictures_drive_too(tmp_path, ending):
    pictures = [Image.new("RGBA", (48, 32), (60 * i, 90, 40, 255)) for i in range(4)]
    path = tmp_path / f"a.{ending}"
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=100)
    video = media.read_video(path)
    frames = list(video)
    assert video.fps == pytest.approx(10, abs=0.1) and video.size == (48, 32)
    assert [round(f.time, 2) for f in frames] == [0, 0.1, 0.2, 0.3]
    assert np.abs(frames[3].image.mean((0, 1)) - (180, 90, 40)).max() < 8
