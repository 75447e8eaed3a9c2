"""Clips in, a frame at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gen_avatar.errors import MediaError
from gen_avatar.media.decode import decode, summarize
from gen_avatar.media.files import check_readable

#: Longer clips are refused, seconds.
MAX_SECONDS = 900.0


@dataclass(frozen=True)
class Frame:
    """One picture of a clip.

    Attributes:
        image: [H, W, 3] uint8, upright.
        time: seconds since the first frame.
    """

    image: np.ndarray
    time: float


@dataclass(frozen=True)
class Video:
    """A clip that is decoded while it is iterated; memory does not grow with its length.

    Attributes:
        path: of the file.
        fps: frames a second; the average where the file's frames last differently long.
        size: (width, height) of the upright frames, pixels.
        frame_count: as the file states it; a broken file may hold fewer.
        has_audio: whether it has sound.
    """

    path: Path
    fps: float
    size: tuple[int, int]
    frame_count: int
    has_audio: bool = False

    def __iter__(self) -> Iterator[Frame]:
        """Frames in order, each with the time that the file gives it.

        Warns with ``GenAvatarWarning`` where a part of the clip cannot be decoded; raises ``MediaError``
        when the clip turns out to be too long.
        """
        start = None
        for image, time in decode(self.path):
            start = time if start is None else start
            if time - start > MAX_SECONDS:
                raise MediaError(_too_long(self.path))
            yield Frame(image, time - start)


def read_video(path: str | Path) -> Video:
    """Open a clip.

    Args:
        path: anything that FFmpeg decodes, animated GIF, APNG and WebP among it; rotation flags of phones
            are applied.

    Returns:
        The clip; iterate it for its frames.

    Raises:
        MediaError: missing, a folder, no video, sound only, damaged from its start, a still picture,
            beyond 64 megapixels or 15 minutes.
    """
    path = Path(path)
    check_readable(path)
    summary = summarize(path)
    if summary.seconds > MAX_SECONDS:
        raise MediaError(_too_long(path))
    frames = decode(path)
    first, second = next(frames, None), next(frames, None)
    frames.close()
    if first is None:
        raise MediaError(f"{path} holds no frame that can be decoded: it is empty or damaged")
    if second is None:
        raise MediaError(f"{path} is a still picture: give a video")
    if not 0 < summary.fps <= 1000:
        raise MediaError(f"{path} does not state its frame rate: convert it to MP4")
    size = (first[0].shape[1], first[0].shape[0])
    return Video(path, summary.fps, size, summary.frame_count, summary.has_audio)


def _too_long(path: Path) -> str:
    return f"{path} is too long: at most {MAX_SECONDS / 60:.0f} minutes are read, cut it first"
