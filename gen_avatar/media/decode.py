"""Decoding of clips: FFmpeg by PyAV, and Pillow for animated WebP, which FFmpeg does not decode."""

from __future__ import annotations

import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, UnidentifiedImageError

from gen_avatar.errors import GenAvatarWarning, MediaError
from gen_avatar.media.files import one_line
from gen_avatar.media.images import MAX_PIXELS, to_rgb, too_large

#: Decoders hold a few pictures for each thread.
THREADS = 2
#: What FFmpeg may take a file for: films, sound and stills, the latter two to say what is wrong. Playlists
#: (HLS, concat), which open further files, and text, which FFmpeg takes for ANSI art, stay out.
CONTAINERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,gif,apng,asf,flv,mpeg,mpegts,mpegvideo,ogg,mjpeg,h264,hevc,m4v,"
    "ivf,obu,av1,mxf,rm,wtv,dv,nut,yuv4mpegpipe,swf,aac,ac3,aiff,amr,caf,flac,mp3,wav,w64,au,bmp_pipe,gif_pipe,"
    "jpeg_pipe,png_pipe,ppm_pipe,tiff_pipe,webp_pipe,image2,ico,jpegxl_pipe"
)
#: A clip that ends this much before its stated end is broken off: seconds, and the share of its length.
MISSING_SECONDS, MISSING_SHARE = 0.25, 0.03

#: An upright picture and its time in seconds, as the file counts it.
Decoded = tuple[np.ndarray, float]


@dataclass(frozen=True)
class Summary:
    """What is known of a clip before it is decoded.

    Attributes:
        fps: average frames a second; 0 where unknown.
        frame_count: 0 where unknown.
        seconds: length; 0 where unknown.
        has_audio: whether it has sound.
    """

    fps: float
    frame_count: int
    seconds: float
    has_audio: bool


def summarize(path: Path) -> Summary:
    """Read what a clip's headers say; files that do not count their frames are read through once.

    Raises:
        MediaError: not a clip, sound only, or too many pixels.
    """
    if _is_webp(path):
        times = [time for _, time in _webp_frames(path)]
        end = _webp_end(path)
        return Summary(len(times) / end if end else 0.0, len(times), end, False)
    with open_clip(path) as container:
        stream = _pictures(container, path)
        if stream.codec_context.width * stream.codec_context.height > MAX_PIXELS:
            raise MediaError(too_large(path, f"{stream.codec_context.width} x {stream.codec_context.height}"))
        sound = bool(container.streams.audio)
        fps = float(stream.average_rate or 0)
        if stream.frames > 0 and stream.duration and 0 < fps <= 1000:
            return Summary(fps, stream.frames, float(stream.duration * stream.time_base), sound)
        times = _packet_times(container, stream)
    length = times[-1] - times[0] if times else 0.0
    if length > 0:
        fps = (len(times) - 1) / length
    return Summary(fps, len(times), length + (1 / fps if fps else 0), sound)


def decode(path: Path) -> Generator[Decoded, None, None]:
    """The frames of a clip, as they are asked for.

    A clip that is damaged gives what can be decoded, and a ``GenAvatarWarning`` at its end.

    Raises:
        MediaError: not a clip, or sound only.
    """
    yield from _webp_frames(path) if _is_webp(path) else _ffmpeg_frames(path)


@contextmanager
def open_clip(path: Path) -> Iterator[Any]:
    """PyAV's container of a file, closed at the end of the block; raises ``MediaError``."""
    import av

    try:
        # "file:" keeps names with colons from being taken for addresses.
        container = av.open(
            f"file:{path}", options={"format_whitelist": CONTAINERS}, metadata_errors="replace"
        )
    except (av.FFmpegError, ValueError) as error:
        raise MediaError(
            f"{path} is not a video that can be read: it is damaged or of an unknown format"
        ) from error
    with container:
        yield container


def start_of(stream: Any) -> float:
    """Seconds at which a stream begins, as the file counts them."""
    return float((stream.start_time or 0) * stream.time_base)


def _pictures(container: Any, path: Path) -> Any:
    """The video stream; covers of records are none."""
    import av

    cover = av.stream.Disposition.attached_pic
    for stream in container.streams.video:
        if not stream.disposition & cover:
            if stream.codec_context is None:
                raise MediaError(f"{path} is of a kind that cannot be decoded: convert it to MP4 (H.264)")
            return stream
    if container.streams.audio:
        raise MediaError(f"{path} holds only sound: give a video")
    raise MediaError(f"{path} is not a video that can be read: it holds no pictures")


def _packet_times(container: Any, stream: Any) -> list[float]:
    """Times of the frames in order, without decoding them."""
    import av

    times = []
    try:
        for packet in container.demux(stream):
            stamp = packet.dts if packet.pts is None else packet.pts
            if stamp is not None and packet.size and not packet.is_discard:
                times.append(float(stamp * packet.time_base))
    except av.FFmpegError:
        pass  # decoding comes to the same place, and says so
    return sorted(times)


def _ffmpeg_frames(path: Path) -> Generator[Decoded, None, None]:
    last = end = None
    with open_clip(path) as container:
        stream = _pictures(container, path)
        stream.codec_context.thread_count = THREADS
        stream.thread_type = "AUTO"
        step = float(1 / (stream.average_rate or Fraction(25)))
        damage: list[str] = []
        held, turn = None, _Turn()
        for frame in _undamaged(container, stream, damage):
            time = None if frame.pts is None else float(frame.pts * frame.time_base)
            if last is not None and (time is None or time <= last):
                time = last + step  # broken clocks
            last = time = time or 0.0
            end = time + (float(frame.duration * frame.time_base) if frame.duration else step)
            if frame.rotation != held:  # the first one, and where cameras were turned on the way
                held, turn = frame.rotation, _turn(frame)
            yield _upright(frame, turn), time
        stated = _stated_end(container, stream)
    if end is None:
        return
    if stated - end > max(MISSING_SECONDS, MISSING_SHARE * stated):
        damage.append(f"it breaks off after {end:.1f} of {stated:.1f} seconds")
    if damage:
        warnings.warn(f"{path} is damaged ({damage[-1]}): what can be decoded is used", GenAvatarWarning, 2)


def _undamaged(container: Any, stream: Any, damage: list[str]) -> Iterator[Any]:
    """Frames that decode; what does not is named in ``damage``."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError as error:
            damage.append(one_line(error))
            packet = None
        try:
            yield from stream.codec_context.decode(packet)
        except av.error.EOFError:
            return  # the end was already passed on by the demuxer's last, empty packet
        except av.FFmpegError as error:
            damage.append("some frames cannot be decoded" if packet else one_line(error))
        if packet is None:
            return


def _stated_end(container: Any, stream: Any) -> float:
    """Where the file says that its pictures end, seconds; 0 where it does not."""
    if stream.duration:
        return start_of(stream) + float(stream.duration * stream.time_base)
    if container.duration and not container.streams.audio:
        return start_of(stream) + container.duration / 1e6
    return 0.0


class _Turn(NamedTuple):
    """How a picture is brought upright: transposed first, then mirrored top to bottom, left to right."""

    transposed: bool = False
    down: bool = False
    right: bool = False


def _upright(frame: Any, turn: _Turn) -> np.ndarray:
    """A decoded frame as a viewer shows it: turned, with square pixels, transparent parts on white.

    Args:
        frame: PyAV's ``VideoFrame``.
        turn: of the frame.

    Returns:
        [H, W, 3] uint8 RGB.
    """
    width = frame.width
    ratio = getattr(frame, "sample_aspect_ratio", None)
    if ratio and 0.1 < ratio < 10:
        width = max(1, round(width * ratio))
    kind = "rgba" if any(part.is_alpha for part in frame.format.components) else "rgb24"
    image = frame.reformat(width=width, height=frame.height, format=kind).to_ndarray()
    if kind == "rgba":
        image = to_rgb_on_white(image)
    if turn.transposed:
        image = image.swapaxes(0, 1)
    return np.ascontiguousarray(image[:: -1 if turn.down else 1, :: -1 if turn.right else 1])


def to_rgb_on_white(image: np.ndarray) -> np.ndarray:
    """[H, W, 4] uint8 with straight alpha -> [H, W, 3]."""
    return np.asarray(to_rgb(Image.fromarray(image)))


def _turn(frame: Any) -> _Turn:
    """What the display matrix asks for, by which phones say how they were held (ISO 14496-12).

    PyAV's side data and its frame hold each other: whoever asks every frame keeps all of them, with their
    pixels, until Python next looks for such cycles.
    """
    try:
        matrix = np.frombuffer(bytes(frame.side_data["DISPLAYMATRIX"]), np.int32)
    except KeyError:
        return _Turn()
    a, b, c, d = (int(matrix[i]) for i in (0, 1, 3, 4))  # x' = a x + c y, y' = b x + d y
    transposed = abs(b) + abs(c) > abs(a) + abs(d)
    right, down = (c, b) if transposed else (a, d)
    return _Turn(transposed, down < 0, right < 0)


def _is_webp(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            start = file.read(12)
    except OSError as error:
        raise MediaError(f"cannot read {path}: {error.strerror or error}") from error
    return start[:4] == b"RIFF" and start[8:] == b"WEBP"


@contextmanager
def _webp(path: Path) -> Iterator[Image.Image]:
    try:
        image = Image.open(path, formats=["WEBP"])
    except (UnidentifiedImageError, OSError, ValueError) as error:
        raise MediaError(f"{path} is not a video that can be read: it is damaged") from error
    except Image.DecompressionBombError as error:
        raise MediaError(too_large(path, "far too many")) from error
    with image:
        yield image


def _webp_frames(path: Path) -> Generator[Decoded, None, None]:
    with _webp(path) as image:
        if image.width * image.height > MAX_PIXELS:
            raise MediaError(too_large(path, f"{image.width} x {image.height}"))
        time = 0.0
        for index in range(getattr(image, "n_frames", 1)):
            try:
                image.seek(index)
                picture = np.array(to_rgb(image))
            except Exception as error:  # decoders of damaged files raise anything
                if index == 0:
                    return
                text = f"{path} is damaged ({one_line(error)}): what can be decoded is used"
                warnings.warn(text, GenAvatarWarning, 2)
                return
            yield picture, time
            time += image.info.get("duration", 0) / 1000


def _webp_end(path: Path) -> float:
    """Length in seconds: the times of the frames lie in small chunks, which are all that is read."""
    total = 0
    with path.open("rb") as file:
        file.seek(12)
        while len(head := file.read(8)) == 8:
            size = int.from_bytes(head[4:], "little")
            start = file.tell()
            if head[:4] == b"ANMF":
                total += int.from_bytes(file.read(16)[12:15], "little")
            file.seek(start + size + size % 2)
    return total / 1000
