"""Clips out: every format opened again by another reader, the mark, alpha, interruption."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from gen_avatar.errors import MediaError, UsageError
from gen_avatar.media import GENERATED_MARK, is_generated, open_writer, read_video

FPS, COUNT, COLOR = 25.0, 10, (220, 80, 30)


def disc(index: int, side: int = 96) -> np.ndarray:
    """A disc that moves to the right, on nothing."""
    image = np.zeros((side, side, 4), np.uint8)
    cv2.circle(image, (24 + 5 * index, side // 2), 18, (*COLOR, 255), -1)
    return image


def write(path: Path, **options: object) -> Path:
    with open_writer(path, FPS, **options) as writer:  # type: ignore[arg-type]
        for i in range(COUNT):
            writer.write(disc(i))
    return path


def test_mp4_is_h264_on_white_at_the_right_pace(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4")
    with av.open(str(path)) as clip:
        stream = clip.streams.video[0]
        assert stream.codec_context.name == "h264" and stream.codec_context.pix_fmt == "yuv420p"
        assert float(stream.average_rate or 0) == FPS
    video = read_video(path)  # OpenCV
    frames = [frame.image for frame in video]
    assert len(frames) == COUNT and video.size == (96, 96)
    assert np.abs(frames[3][48, 39].astype(int) - COLOR).max() < 16
    assert frames[3][4, 4].min() > 245
    assert GENERATED_MARK.encode() in path.read_bytes()


def test_odd_sides_grow_by_a_pixel(tmp_path: Path) -> None:
    with open_writer(tmp_path / "odd.mp4", 29.97) as writer:
        for _ in range(3):
            writer.write(np.full((33, 41, 3), 128, np.uint8))
    video = read_video(tmp_path / "odd.mp4")
    assert video.size == (42, 34) and video.fps == pytest.approx(29.97, abs=0.01)


def test_webm_keeps_alpha(tmp_path: Path) -> None:
    path = write(tmp_path / "a.webm")
    decoder = av.CodecContext.create("libvpx-vp9", "r")
    frames: list[np.ndarray] = []
    with av.open(str(path)) as clip:
        assert GENERATED_MARK in clip.metadata["COMMENT"]
        for packet in clip.demux(video=0):
            frames += [f.to_ndarray(format="rgba") for f in decoder.decode(packet)]  # type: ignore[attr-defined]
    assert len(frames) == COUNT
    assert frames[3][48, 39, 3] > 250 and frames[3][4, 4, 3] < 5
    assert np.abs(frames[3][48, 39, :3].astype(int) - COLOR).max() < 16


@pytest.mark.parametrize("ending", ["gif", "webp", "png", "apng"])
def test_moving_pictures_keep_alpha_and_pace(tmp_path: Path, ending: str) -> None:
    path = write(tmp_path / f"a.{ending}")
    with Image.open(path) as picture:
        assert (getattr(picture, "n_frames", 1), picture.size) == (COUNT, (96, 96))
        length = 0.0
        for i in range(COUNT):
            picture.seek(i)
            frame = np.asarray(picture.convert("RGBA"))
            length += picture.info.get("duration", 0)
            assert frame[4, 4, 3] == 0 and frame[48, 24 + 5 * i, 3] == 255
            assert np.abs(frame[48, 24 + 5 * i, :3].astype(int) - COLOR).max() < 16
            if i == 9:  # where the disc was at first is clear again: frames do not pile up
                assert frame[48, 12, 3] == 0
    assert length == pytest.approx(1000 * COUNT / FPS, abs=10)
    assert GENERATED_MARK.encode() in path.read_bytes()


def test_a_folder_gets_numbered_pngs(tmp_path: Path) -> None:
    folder = write(tmp_path / "frames")
    names = sorted(p.name for p in folder.iterdir())
    assert names[0] == "frame-00001.png" and len(names) == COUNT
    assert np.array_equal(np.asarray(Image.open(folder / names[2])), disc(2)) and is_generated(
        folder / names[2]
    )
    with pytest.raises(MediaError, match="not an empty folder"), open_writer(folder, FPS):
        pass


def clip_with_sound(path: Path, seconds: float = 1.0) -> Path:
    with av.open(str(path), "w") as target:
        picture = target.add_stream("libx264", rate=25)
        picture.width = picture.height = 64
        sound = target.add_stream("aac", rate=44100)
        for i in range(int(25 * seconds)):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 10 * (i % 20), np.uint8), "rgb24")
            target.mux(picture.encode(frame))
        target.mux(picture.encode(None))
        tone = np.sin(2 * np.pi * 440 * np.arange(int(44100 * seconds)) / 44100).astype(np.float32)[None]
        for start in range(0, tone.shape[1], 1024):
            piece = av.AudioFrame.from_ndarray(tone[:, start : start + 1024], "fltp", "mono")
            piece.sample_rate, piece.pts, piece.time_base = 44100, start, Fraction(1, 44100)
            target.mux(sound.encode(piece))
        target.mux(sound.encode(None))
    return path


@pytest.mark.parametrize(("ending", "codec"), [("mp4", "aac"), ("webm", "opus")])
def test_sound_is_taken_along_and_cut_to_the_pictures(tmp_path: Path, ending: str, codec: str) -> None:
    driving = clip_with_sound(tmp_path / "driving.mp4")
    path = write(tmp_path / f"a.{ending}", audio_from=driving)
    with av.open(str(path)) as clip:
        stream = clip.streams.audio[0]
        assert codec in stream.codec_context.name
        samples = np.concatenate([f.to_ndarray() for f in clip.decode(audio=0)], 1)
    assert samples.shape[1] / 48000 == pytest.approx(COUNT / FPS, abs=0.06)
    spectrum = np.abs(np.fft.rfft(samples[0, 4800:14400]))
    assert np.argmax(spectrum) * 48000 / 9600 == pytest.approx(440, abs=10)


def test_interruption_leaves_what_can_be_played(tmp_path: Path) -> None:
    for ending in ("mp4", "webm", "gif", "webp", "png"):
        path = tmp_path / f"cut.{ending}"
        with pytest.raises(KeyboardInterrupt), open_writer(path, FPS) as writer:
            for i in range(4):
                writer.write(disc(i))
            raise KeyboardInterrupt
        with av.open(str(path)) if ending in ("mp4", "webm") else Image.open(path) as clip:
            if isinstance(clip, Image.Image):
                assert getattr(clip, "n_frames", 1) == 4
            else:
                assert sum(1 for _ in clip.decode(video=0)) == 4


def test_failure_leaves_nothing(tmp_path: Path) -> None:
    for name in ("a.mp4", "a.webm", "a.gif", "a.webp", "a.png", "frames"):
        with pytest.raises(RuntimeError), open_writer(tmp_path / name, FPS) as writer:
            writer.write(disc(0))
            raise RuntimeError
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    refusals: list[tuple[str, type[Exception], str]] = [
        ("a.avi", UsageError, ".mp4"), ("missing/a.mp4", MediaError, "does not exist"),
    ]  # fmt: skip
    for name, kind, words in refusals:
        with pytest.raises(kind, match=words), open_writer(tmp_path / name, FPS):
            pass
    with pytest.raises(ValueError, match="one size"), open_writer(tmp_path / "a.gif", FPS) as writer:
        writer.write(disc(0))
        writer.write(disc(0, 64))


def test_readers_find_the_mark_of_pictures(tmp_photo: Callable[..., Path]) -> None:
    assert not is_generated(tmp_photo("plain.png")) and not is_generated("nowhere.png")
