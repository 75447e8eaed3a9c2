"""Animation: a source, a driver, and one of two painters, a frame at a time.

``codes`` draws our own character anew in every frame; ``warp`` moves any still picture of a face. Both follow
the same performance.
"""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import torch
from PIL import Image

from gen_avatar.capture import Captured, capture
from gen_avatar.character import threads
from gen_avatar.errors import GenAvatarWarning, UsageError, nearest
from gen_avatar.generator.adapter import StyledNetwork
from gen_avatar.generator.model import AvatarGenerator
from gen_avatar.head.fit import HeadFitter
from gen_avatar.keyframes import ready_made, ready_made_name
from gen_avatar.media import is_generated, read_image, read_video
from gen_avatar.media.video import Video
from gen_avatar.options import DEFAULT_STYLE, METHODS, check_size, is_character_file
from gen_avatar.performance import is_performance_file, load_performance
from gen_avatar.retarget import MOTIONS, retarget
from gen_avatar.tracking import FaceTracker
from gen_avatar.types import Character, Performance
from gen_avatar.warp.cells import find_cells
from gen_avatar.warp.still import Still, StillAnimator

#: Longest side of a picture that is warped, unless asked for otherwise, pixels.
WARP_SIZE = 512
#: Side of a frame that is drawn anew, unless asked for otherwise, pixels: what the generator was trained for.
NATIVE = 256

#: What can be animated: a character, its file, a picture, or several photos of one person.
Source = Any


class Pipeline(Protocol):
    """What an animation needs of an :class:`~gen_avatar.pipeline.AvatarPipeline`."""

    @property
    def generator(self) -> AvatarGenerator: ...
    def styled(self, style: str) -> StyledNetwork: ...
    @property
    def tracker(self) -> FaceTracker: ...
    @property
    def fitter(self) -> HeadFitter: ...
    @property
    def animator(self) -> StillAnimator: ...
    def character(
        self, source: Source, face: int = 0, overrides: Mapping[str, str] | None = None
    ) -> Character: ...
    def draw(
        self, character: Character, performance: Performance, style: StyledNetwork, size: int
    ) -> Image.Image: ...


#: A performance and the number of a frame to [H, W, 4] uint8, straight alpha.
Painter = Callable[[Performance, int], np.ndarray]
#: Wraps something that is iterated, such as in a progress bar: (what, number of steps, what it is called).
Watch = Callable[[Any, int, str], Any]


def unwatched(steps: Any, _: int, __: str) -> Any:
    """No progress bar."""
    return steps


@dataclass(frozen=True)
class Animation:
    """An animation about to be painted.

    Attributes:
        performance: what is played, T frames.
        method: ``"codes"`` or ``"warp"``.
        anchor: the driver's frame that stands for the source at rest.
        missed: frames of the driver in which the face was not seen.
        paint: paints frame ``i`` of it; may be called from several threads.
        workers: how many frames are painted at once.
    """

    performance: Performance
    method: str
    anchor: int
    missed: int
    paint: Painter
    workers: int = 1

    def __len__(self) -> int:
        return len(self.performance)

    @property
    def fps(self) -> float:
        """Frames a second."""
        return self.performance.fps

    def frames(self) -> Iterator[np.ndarray]:
        """[H, W, 4] uint8 with straight alpha, painted as they are asked for, a few ahead.

        On the CPU each core paints a frame of its own: a network and a rasteriser that share one frame
        among the cores spend much of their time waiting for each other.
        """
        count = len(self.performance)
        if self.workers < 2 or count < 2:
            yield from (self.paint(self.performance, i) for i in range(count))
            return
        yield self.paint(self.performance, 0)  # whatever is made once is made here
        with ThreadPoolExecutor(self.workers, initializer=threads.take, initargs=(1,)) as pool:
            ahead: deque[Future[np.ndarray]] = deque()
            try:
                for i in range(1, count):
                    ahead.append(pool.submit(self.paint, self.performance, i))
                    if len(ahead) > 2 * self.workers:
                        yield ahead.popleft().result()
                while ahead:
                    yield ahead.popleft().result()
            finally:
                for future in ahead:
                    future.cancel()


def record(pipe: Pipeline, clip: str | Path, face: int = 0, watch: Watch = unwatched) -> Captured:
    """Capture a clip, or read a saved or a ready-made performance.

    Args:
        clip: a video, a performance's file, or the name of a ready-made one where no file has that name.

    Raises:
        MediaError: it cannot be read. NoFaceError: no frame shows such a face.
    """
    name = ready_made_name(clip)
    if name or is_performance_file(clip):
        performance = ready_made(name) if name else load_performance(clip)
        seen = np.broadcast_to(performance.confidence, (len(performance),)) > 0
        return Captured(performance, np.zeros(0, np.float32), int((~seen).sum()), 0)
    video: Video = read_video(clip)
    return capture(watch(video, video.frame_count, "tracking"), pipe.tracker, pipe.fitter, face)


def animate(
    pipe: Pipeline,
    source: Source,
    driving: str | Path | Performance,
    method: str = METHODS[0],
    motion: str = MOTIONS[0],
    amplify: Mapping[str, float] | None = None,
    style: str | None = None,
    size: int | None = None,
    face: int = 0,
    driving_face: int = 0,
    overrides: Mapping[str, str] | None = None,
    watch: Watch = unwatched,
) -> Animation:
    """Prepare an animation; see :meth:`AvatarPipeline.animate`."""
    if method not in METHODS:
        raise UsageError(f"unknown method '{method}'; {nearest(method, METHODS)}")
    if size is not None:
        check_size(size)
    still: Still | None = None
    if method == "warp" or (method == "auto" and _may_be_drawn(source)):
        still = _read_still(pipe, source, size or WARP_SIZE, face)
        if method == "auto" and not (_is_drawn(source, still.picture) or still.actor.stylized):
            still = None
    if still is not None and (style or overrides):
        raise UsageError(
            "a picture that is moved keeps its own look: "
            "leave style and attributes out, or use the method codes"
        )
    captured = (
        Captured(driving, np.zeros(0, np.float32), 0, 0)
        if isinstance(driving, Performance)
        else record(pipe, driving, driving_face, watch)
    )
    if still is None:
        character = pipe.character(source, face, overrides)
        rest = Performance.still()
        paint = codes_painter(pipe, character, style or DEFAULT_STYLE, size or NATIVE)
    else:
        rest = still.actor.performance
        paint = warp_painter(pipe, still)
        if props := captured.performance.props:
            warnings.warn(
                f"the method warp moves a picture and adds nothing to it: {', '.join(props)} will be missing",
                GenAvatarWarning,
                stacklevel=2,
            )
    played = retarget(captured.performance, rest, motion, amplify)
    chosen = "codes" if still is None else "warp"
    workers = workers_on(pipe.generator.device)
    return Animation(played.performance, chosen, played.anchor, captured.missed, paint, workers)


def workers_on(device: torch.device) -> int:
    """How many frames to paint at once: as many as torch may use cores, one on other devices."""
    return torch.get_num_threads() if device.type == "cpu" else 1


def codes_painter(pipe: Pipeline, character: Character, style: str, size: int) -> Painter:
    """Draws the character anew in each frame; raises ``UsageError`` for an unknown style."""
    painter = pipe.styled(style)

    def paint(performance: Performance, index: int) -> np.ndarray:
        with torch.inference_mode():
            return np.asarray(pipe.draw(character, performance.at(index), painter, size))

    return paint


def warp_painter(pipe: Pipeline, still: Still) -> Painter:
    """Moves a still."""

    def paint(performance: Performance, index: int) -> np.ndarray:
        return pipe.animator.frame(
            still, performance.expression[index], performance.gaze[index], performance.head_rotation[index]
        )

    return paint


def _may_be_drawn(source: Source) -> bool:
    """Whether a source is one picture, hence perhaps not a photo."""
    if isinstance(source, np.ndarray):
        return True
    return isinstance(source, str | Path) and not is_character_file(source)


def _is_drawn(source: Source, picture: np.ndarray) -> bool:
    """Whether a picture is surely no photo: transparent in places, or marked as generated."""
    if (picture[..., 3] < 255).any():
        return True
    return isinstance(source, str | Path) and is_generated(source)


def _read_still(pipe: Pipeline, source: Source, size: int, face: int) -> Still:
    if isinstance(source, np.ndarray):
        picture = (
            source if source.shape[2] == 4 else np.dstack([source, np.full(source.shape[:2], 255, np.uint8)])
        )
    elif isinstance(source, str | Path) and not is_character_file(source):
        picture = read_image(source, alpha=True)
    else:
        raise UsageError("the method warp moves one still picture: give a picture file")
    return pipe.animator.read(fitted_size(picture, size), pipe.tracker, face)


def fitted_size(picture: np.ndarray, size: int) -> np.ndarray:
    """A picture whose longest side is ``size`` pixels, with even sides, as videos need them."""
    gain = size / max(picture.shape[:2])
    height, width = (max(16, 2 * round(side * gain / 2)) for side in picture.shape[:2])
    if (height, width) == picture.shape[:2]:
        return picture
    alpha = picture[..., 3:].astype(np.float32) / 255
    floats = np.concatenate([picture[..., :3] * alpha, picture[..., 3:]], -1)
    cells = find_cells(picture)
    if cells and (cells.side * gain).is_integer():  # pixel art keeps its edges
        way = cv2.INTER_NEAREST
    else:
        way = cv2.INTER_AREA if gain < 1 else cv2.INTER_CUBIC
    small = cv2.resize(floats, (width, height), interpolation=way).clip(0, 255)
    color = small[..., :3] / np.maximum(small[..., 3:] / 255, 1 / 255)
    return np.round(np.concatenate([color, small[..., 3:]], -1).clip(0, 255)).astype(np.uint8)
