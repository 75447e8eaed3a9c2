"""Clips out, a frame at a time: the format follows the ending, memory does not grow with the length.

    with open_writer("out.mp4", fps=30) as writer:
        for frame in frames:
            writer.write(frame)

The file appears when the block ends well. If it is interrupted from the keyboard, what was written so far
becomes a whole, playable file; after any other error nothing is left.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from gen_avatar.errors import MediaError, UsageError
from gen_avatar.media.files import atomic_path, check_writable, new_folder, one_line
from gen_avatar.media.images import write_png
from gen_avatar.media.marks import COMMENT, gif_mark, mark_mp4, mark_png, mark_webp

#: What lies behind transparent parts where a format has none, sRGB.
BACKDROP = (255, 255, 255)
#: The lowest alpha that counts as opaque in GIF, which knows only opaque and clear.
GIF_OPAQUE = 128
#: How far a frame rate is rounded so that containers can state it.
_LARGEST_DENOMINATOR = 1001


class ClipWriter(ABC):
    """Takes the frames of one clip, all of one size."""

    def __init__(self, path: Path, fps: float) -> None:
        self.path, self.fps, self.count = path, fps, 0
        self._size: tuple[int, int] | None = None

    def write(self, image: np.ndarray) -> None:
        """Add a frame: [H, W, 4] uint8 with straight alpha, or [H, W, 3]; sRGB."""
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (3, 4):
            raise ValueError(f"expected [H, W, 3 or 4] uint8, got {image.dtype} {image.shape}")
        if self._size not in (None, image.shape[:2]):
            raise ValueError("all frames must have one size")
        self._size = (image.shape[0], image.shape[1])
        self._add(image)
        self.count += 1

    @abstractmethod
    def _add(self, image: np.ndarray) -> None: ...

    @abstractmethod
    def finish(self) -> None:
        """Complete the file."""

    def abandon(self) -> None:  # noqa: B027 most formats have nothing to give back
        """Let go of what is open."""


class _VideoWriter(ClipWriter):
    """MP4 with H.264, and WebM with VP9 and alpha, through FFmpeg's libraries."""

    def __init__(self, path: Path, fps: float, codec: str, audio_from: Path | None) -> None:
        super().__init__(path, fps)
        import av

        self._alpha = codec == "libvpx-vp9"
        kind = "webm" if self._alpha else "mp4"
        options = {} if self._alpha else {"movflags": "+faststart"}
        self._container = av.open(str(path), "w", format=kind, options=options)
        self._container.metadata["comment"] = COMMENT
        self._codec = codec
        self._stream: Any = None
        self._sound = _Sound(audio_from, self._container, "libopus" if self._alpha else "aac")

    def _add(self, image: np.ndarray) -> None:
        import av

        picture = with_alpha(image) if self._alpha else over_backdrop(image)
        picture = _even(picture)
        if self._stream is None:
            self._stream = self._open(picture.shape[1], picture.shape[0])
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgba" if self._alpha else "rgb24")
        frame.pts, frame.time_base = self.count, 1 / self._rate
        for packet in self._stream.encode(frame):
            self._container.mux(packet)

    def _open(self, width: int, height: int) -> Any:
        self._rate = Fraction(self.fps).limit_denominator(_LARGEST_DENOMINATOR)
        stream: Any = self._container.add_stream(self._codec, rate=self._rate)
        stream.width, stream.height = width, height
        stream.codec_context.time_base = 1 / self._rate
        stream.codec_context.thread_count = 2
        if self._alpha:
            stream.pix_fmt = "yuva420p"
            stream.bit_rate = 0
            stream.options = {"crf": "24", "deadline": "good", "cpu-used": "5", "auto-alt-ref": "0",
                              "row-mt": "1"}  # fmt: skip
        else:
            stream.pix_fmt = "yuv420p"
            stream.options = {"crf": "17", "preset": "veryfast", "tune": "animation"}
        self._sound.open()
        return stream

    def finish(self) -> None:
        if self._stream is not None:
            for packet in self._stream.encode(None):
                self._container.mux(packet)
            self._sound.copy(self.count / self.fps)
        self._container.close()
        self._sound.close()
        if not self._alpha:
            mark_mp4(self.path)

    def abandon(self) -> None:
        with suppress(Exception):  # what is thrown away need not be whole
            self._container.close()
        self._sound.close()


class _Sound:
    """The sound of a driving clip, encoded anew, cut to the length of the picture."""

    def __init__(self, path: Path | None, target: Any, codec: str) -> None:
        self._target, self._codec = target, codec
        self._source: Any = None
        self._from: Any = None
        self._to: Any = None
        if path is None:
            return
        import av

        with suppress(av.error.FFmpegError):  # the pictures were read from it: it may lack sound, not more
            self._source = av.open(str(path), metadata_errors="ignore")
            self._from = next(iter(self._source.streams.audio), None)

    def open(self) -> None:
        """Announce the stream, before the first packet is written."""
        if self._from is not None:
            self._to = self._target.add_stream(self._codec, rate=48000)
            self._to.layout = "stereo"

    def copy(self, seconds: float) -> None:
        """Write all sound up to ``seconds``."""
        if self._from is None or self._to is None or self._source is None:
            return
        import av

        resampler = av.AudioResampler(format=self._to.format, layout=self._to.layout, rate=48000,
                                      frame_size=self._to.codec_context.frame_size or 960)  # fmt: skip
        done = 0
        with suppress(av.error.FFmpegError):  # sound that breaks off ends there
            for frame in self._source.decode(self._from):
                for piece in resampler.resample(frame):
                    if done / 48000 >= seconds:
                        break
                    piece.pts, piece.time_base = done, Fraction(1, 48000)
                    done += piece.samples
                    self._target.mux(self._to.encode(piece))
                if done / 48000 >= seconds:
                    break
        self._target.mux(self._to.encode(None))

    def close(self) -> None:
        if self._source is not None:
            self._source.close()


class _MovingPicture(ClipWriter):
    """APNG and animated WebP, through FFmpeg's libraries."""

    def __init__(self, path: Path, fps: float, kind: str) -> None:
        super().__init__(path, fps)
        import av

        self._kind = kind
        self._stream: Any = None
        options = {"loop": "0"} if kind == "webp" else {"plays": "0"}
        self._container = av.open(str(path), "w", format=kind, options=options)

    def _add(self, image: np.ndarray) -> None:
        import av

        picture = with_alpha(image)
        if self._stream is None:
            rate = Fraction(self.fps).limit_denominator(_LARGEST_DENOMINATOR)
            webp = self._kind == "webp"
            self._stream = self._container.add_stream("libwebp_anim" if webp else "apng", rate=rate)
            self._stream.width, self._stream.height = picture.shape[1], picture.shape[0]
            self._stream.pix_fmt = "bgra" if webp else "rgba"
            self._stream.options = {"quality": "85", "compression_level": "3"} if webp else {"pred": "mixed"}
            self._stream.codec_context.time_base = 1 / rate
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgba")
        frame.pts, frame.time_base = self.count, self._stream.codec_context.time_base
        for packet in self._stream.encode(frame):
            self._container.mux(packet)

    def finish(self) -> None:
        if self._stream is not None:
            for packet in self._stream.encode(None):
                self._container.mux(packet)
        self._container.close()
        if self.count:
            (mark_webp if self._kind == "webp" else mark_png)(self.path)

    def abandon(self) -> None:
        with suppress(Exception):
            self._container.close()


class _GifWriter(ClipWriter):
    """GIF, each frame with colours of its own. Times are whole hundredths of a second, rounded so that the
    length stays right."""

    def __init__(self, path: Path, fps: float) -> None:
        super().__init__(path, fps)
        self._file = path.open("wb")

    def _add(self, image: np.ndarray) -> None:
        from PIL.GifImagePlugin import getdata

        picture = with_alpha(image)
        height, width = picture.shape[:2]
        if self.count == 0:
            self._file.write(
                b"GIF89a" + width.to_bytes(2, "little") + height.to_bytes(2, "little") + b"\x70\0\0"
            )
            self._file.write(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0" + gif_mark())
        clear = picture[..., 3] < GIF_OPAQUE
        # Edges were drawn over nothing: they take their own colour, without the halo of a backdrop.
        colors = Image.fromarray(picture[..., :3]).quantize(
            255, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
        )
        index = np.asarray(colors).copy()
        index[clear] = 255
        frame = Image.fromarray(index, "P")
        frame.putpalette((colors.getpalette() or [])[: 3 * 255] + [0] * 3)
        start, end = (round(100 * n / self.fps) for n in (self.count, self.count + 1))
        frame.encoderinfo = {}
        for block in getdata(frame, (0, 0), duration=10 * max(end - start, 2), disposal=2, transparency=255,
                             include_color_table=True, optimize=False):  # fmt: skip
            self._file.write(block)

    def finish(self) -> None:
        self._file.write(b";")
        self._file.close()

    def abandon(self) -> None:
        self._file.close()


class _FolderWriter(ClipWriter):
    """A folder of ``frame-00001.png`` and so on."""

    def _add(self, image: np.ndarray) -> None:
        write_png(self.path / f"frame-{self.count + 1:05d}.png", image)

    def finish(self) -> None:
        """Each file is whole already."""


#: Endings, and what is written for each.
ENDINGS = (".mp4", ".webm", ".gif", ".webp", ".png", ".apng")


def check_clip_name(path: str | Path) -> None:
    """Raise ``UsageError`` for an ending that no clip is written as, ``MediaError`` for a place that
    cannot be written; folders of PNGs end in a slash or have no ending."""
    target = Path(path)
    if _is_folder(path):
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise MediaError(f"cannot write into {target}: it is not an empty folder")
        check_writable(target.absolute().parent / "gen-avatar")
    elif target.suffix.lower() not in ENDINGS:
        raise UsageError(f"clips are written as {', '.join(ENDINGS)} or into a folder, not {target.suffix}")
    else:
        check_writable(target)


@contextmanager
def open_writer(path: str | Path, fps: float, audio_from: str | Path | None = None) -> Iterator[ClipWriter]:
    """A writer of a clip.

    Args:
        path: ``.mp4`` (H.264, alpha on white), ``.webm`` (VP9 with alpha), ``.gif``, ``.webp`` and
        ``.png`` or
            ``.apng`` (animated, with alpha), or a folder of PNGs.
        fps: frames a second, above 0.
        audio_from: clip whose sound is taken along where the format has sound.

    Raises:
        UsageError: an unknown ending. MediaError: it cannot be written.
    """
    check_clip_name(path)
    sound = None if audio_from is None else Path(audio_from)
    with ExitStack() as stack:
        place = new_folder if _is_folder(path) else atomic_path
        temporary = stack.enter_context(_kept_when_interrupted(place, Path(path)))
        try:
            writer = _make(temporary, Path(path), fps, sound)
        except Exception as error:
            raise MediaError(f"cannot write {path}: {one_line(error)}") from error
        try:
            yield writer
        except KeyboardInterrupt:
            if writer.count:
                writer.finish()
            else:
                writer.abandon()
            raise
        except BaseException:
            writer.abandon()
            raise
        writer.finish()


def _make(temporary: Path, path: Path, fps: float, sound: Path | None) -> ClipWriter:
    suffix = path.suffix.lower()
    if temporary.is_dir():
        return _FolderWriter(temporary, fps)
    if suffix in (".mp4", ".webm"):
        return _VideoWriter(temporary, fps, "libx264" if suffix == ".mp4" else "libvpx-vp9", sound)
    if suffix == ".gif":
        return _GifWriter(temporary, fps)
    return _MovingPicture(temporary, fps, "webp" if suffix == ".webp" else "apng")


@contextmanager
def _kept_when_interrupted(place: Any, path: Path) -> Iterator[Path]:
    """``place(path)``, which takes its name also if somebody presses Ctrl-C while it has content."""
    interrupt: KeyboardInterrupt | None = None
    with place(path) as temporary:
        try:
            yield temporary
        except KeyboardInterrupt as error:
            empty = not any(temporary.iterdir()) if temporary.is_dir() else temporary.stat().st_size == 0
            if empty:
                raise
            interrupt = error
    if interrupt is not None:
        raise interrupt


def _is_folder(path: str | Path) -> bool:
    return str(path).endswith(("/", "\\")) or Path(path).is_dir() or not Path(path).suffix


def with_alpha(image: np.ndarray) -> np.ndarray:
    """[H, W, 4] of [H, W, 3 or 4]."""
    if image.shape[2] == 4:
        return image
    return np.dstack([image, np.full(image.shape[:2], 255, np.uint8)])


def over_backdrop(image: np.ndarray) -> np.ndarray:
    """[H, W, 3] of [H, W, 3 or 4], on ``BACKDROP``."""
    if image.shape[2] == 3:
        return image
    alpha = image[..., 3:].astype(np.uint16)
    mixed = image[..., :3] * alpha + np.array(BACKDROP, np.uint16) * (255 - alpha)
    return ((mixed + 127) // 255).astype(np.uint8)


def _even(picture: np.ndarray) -> np.ndarray:
    """Sides that are odd grow by a pixel: chroma has half of the size."""
    height, width = picture.shape[:2]
    return np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
