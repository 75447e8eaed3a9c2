"""Clips in, a frame at a time."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gen_avatar.errors import MediaError
from gen_avatar.media.files import check_readable
from gen_avatar.media.images import MAX_PIXELS, too_large

#: Longer clips are refused, seconds.
MAX_SECONDS = 900.0

# FFmpeg reads this once in a process, at its first use. Quiet: what is wrong is said once, in our words.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")


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
        fps: frames a second.
        size: (width, height) of the upright frames, pixels.
        frame_count: as the file states it; 0 where it does not.
    """

    path: Path
    fps: float
    size: tuple[int, int]
    frame_count: int

    def __iter__(self) -> Iterator[Frame]:
        """Frames in order; raises ``MediaError`` when the clip turns out to be too long."""
        for frame in _decode(self.path):
            if frame.time > MAX_SECONDS:
                raise MediaError(_too_long(self.path))
            yield frame


def read_video(path: str | Path) -> Video:
    """Open a clip.

    Args:
        path: anything that FFmpeg decodes; rotation flags of phones are applied.

    Returns:
        The clip; iterate it for its frames.

    Raises:
        MediaError: missing, a folder, no video, damaged, a still picture, beyond 64 megapixels or 15 minutes.
    """
    path = Path(path)
    check_readable(path)
    capture = _open_capture(path)
    import cv2

    fps = float(capture.get(cv2.CAP_PROP_FPS))
    count = max(0, int(capture.get(cv2.CAP_PROP_FRAME_COUNT)))
    width, height = (int(capture.get(p)) for p in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    capture.release()
    if width * height > MAX_PIXELS:
        raise MediaError(too_large(path, f"{width} x {height}"))
    frames = _decode(path)
    first, second = next(frames, None), next(frames, None)
    frames.close()
    if first is None:
        raise MediaError(f"{path} holds no frame that can be decoded: it is empty or damaged")
    if second is None:
        raise MediaError(f"{path} is a still picture: give a video")
    if not 0 < fps <= 1000:
        raise MediaError(f"{path} does not state its frame rate: convert it to MP4")
    if count > MAX_SECONDS * fps:
        raise MediaError(_too_long(path))
    return Video(path, fps, (first.image.shape[1], first.image.shape[0]), count)


def _open_capture(path: Path) -> Any:
    import cv2

    level = cv2.getLogLevel()
    cv2.setLogLevel(0)
    try:
        capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    finally:
        cv2.setLogLevel(level)
    if not capture.isOpened():
        raise MediaError(f"{path} is not a video that can be read: it is damaged or of an unknown format")
    capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
    return capture


def _decode(path: Path) -> Generator[Frame, None, None]:
    """The frames of a clip with the times that the file gives them."""
    import cv2

    capture = _open_capture(path)
    start = None
    try:
        while True:
            ok, image = capture.read()
            if not ok:
                return
            now = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            start = now if start is None else start
            yield Frame(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), now - start)
    finally:
        capture.release()


def _too_long(path: Path) -> str:
    return f"{path} is too long: at most {MAX_SECONDS / 60:.0f} minutes are read, cut it first"
