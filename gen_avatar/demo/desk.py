"""What the pages ask of a pipeline, safe for many visitors at once.

Pictures are painted by a few workers that all visitors share, so that ten of them are served in turn rather
than all slowly; who is read from a photo is read by one thread at a time, as the tracker wants it.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

import numpy as np
import torch
from PIL import Image

from gen_avatar.animation import workers_on
from gen_avatar.character import threads
from gen_avatar.demo.jobs import Jobs, Stopped
from gen_avatar.generator.heldout import load_heldout
from gen_avatar.media import png_bytes
from gen_avatar.options import DEFAULT_STYLE, own_styles
from gen_avatar.pipeline import AvatarPipeline
from gen_avatar.portrait import Portrait
from gen_avatar.tracking import create_tracker
from gen_avatar.types import Character, Performance
from gen_avatar.weights import checkpoint

Result = TypeVar("Result")

#: Sides of the picture on the stage, of tiles that show faces, pixels.
STAGE, TILE = 512, 112
#: A request that is over is waited for at most so long, seconds: its visitor may have left.
_LEAVING = 2.0
#: How the head is held on tiles of things that are seen from the side: (yaw, pitch, roll), degrees.
ASIDE = (-18.0, 0.0, 0.0)


@dataclass(frozen=True)
class Sitter:
    """Who sits for a portrait, and how: the state of one browser session.

    Attributes:
        character: None until somebody came.
        style: a look, or a style of one's own.
        expression: a named expression.
        strength: of the expression, in [0, 1].
        pose: (yaw, pitch, roll), degrees.
        moment: what is done instead of ``expression``: the first frame of a performance.
        changing: whether the choices of attributes are in view.
        attribute: of the appearance that is being changed.
        stickers: expressions or performances chosen for a pack.
    """

    character: Character | None = None
    style: str = DEFAULT_STYLE
    expression: str = "neutral"
    strength: float = 1.0
    pose: tuple[float, float, float] = (0.0, 0.0, 0.0)
    moment: Performance | None = None
    changing: bool = False
    attribute: str = "hair_style"
    stickers: tuple[str, ...] = ()

    @property
    def act(self) -> str:
        """The expression as text, as :func:`gen_avatar.expression.parse_expression` reads it."""
        return f"{self.expression}={self.strength:.3f}"

    def with_attribute(self, name: str, value: str) -> Sitter:
        """With one attribute set by hand; raises ``UsageError``."""
        assert self.character is not None
        look = self.character.appearance.with_values({name: value})
        return replace(self, character=replace(self.character, appearance=look))


class Apart:
    """A pipeline with a tracker of its own, for work that takes long beside other visitors.

    Args:
        pipe: all else is that pipeline's.
    """

    def __init__(self, pipe: AvatarPipeline) -> None:
        self._pipe, self.tracker = pipe, create_tracker()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pipe, name)

    def __enter__(self) -> Apart:
        return self

    def __exit__(self, *_: object) -> None:
        self.tracker.close()


class Turn:
    """A visitor's request for tiles; a block, at whose end the last of them has been sent.

    Attributes:
        picked: the tile that is marked, or those that are; it changes when one is clicked.
    """

    def __init__(self, picked: str | Sequence[str], before: Turn | None) -> None:
        self.picked, self._before = picked, before
        self._over, self._left = Event(), Event()

    def lasts(self) -> bool:
        """Whether no later request has made this one useless."""
        return not self._over.is_set()

    def end(self) -> None:
        """It is useless."""
        self._over.set()

    def __enter__(self) -> Turn:
        # What the one before has under way must not arrive after what this one sends.
        if self._before is not None:
            self._before._left.wait(_LEAVING)
            self._before = None
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()


class Turns:
    """The last request of each session for each set of tiles."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], Turn] = {}
        self._picks: dict[tuple[str, str], str | Sequence[str]] = {}

    def take(self, session: str | None, what: str, picked: str | Sequence[str] = "") -> Turn:
        """Begin a request; the one before it ends.

        Args:
            session: whose.
            what: set of tiles.
            picked: what is marked unless something was clicked.
        """
        key = (session or "", what)
        before = self._last.get(key)
        turn = self._last[key] = Turn(self._picks.get(key, picked), before)
        if before is not None:
            before.end()
        return turn

    def pick(self, session: str | None, what: str, picked: str | Sequence[str]) -> None:
        """A tile was clicked; requests that are under way and later ones mark it."""
        key = (session or "", what)
        self._picks[key] = picked
        if turn := self._last.get(key):
            turn.picked = picked

    def forget(self, session: str | None) -> None:
        """End all requests of a session, or of all for None."""
        for key in [key for key in list(self._last) if session in (None, key[0])]:
            self._last.pop(key).end()
            self._picks.pop(key, None)


class Desk:
    """A pipeline and the workers that paint with it.

    Photos are read by one thread, as the tracker wants it; large pictures and live frames are painted by some
    workers, tiles by others and a few ahead, so that nobody waits for somebody else's tiles. Few threads do
    all of it: each that ever painted keeps memory of its own.

    Args:
        pipe: the pipeline; shared by all visitors.
        workers: pictures that are painted at once, by default as many as torch may use cores.
    """

    def __init__(self, pipe: AvatarPipeline, workers: int | None = None) -> None:
        self.pipe = pipe
        self.jobs, self.turns = Jobs(), Turns()
        self._workers = workers or workers_on(pipe.generator.device)
        self._closed = False
        self._reader = ThreadPoolExecutor(1, "read")
        self._large = ThreadPoolExecutor(self._workers, "pictures")
        alone = max(1, torch.get_num_threads() // self._workers)
        self._small = ThreadPoolExecutor(self._workers, "tiles", threads.take, (alone,))

    def meet(self, photo: str | Path | np.ndarray) -> Character:
        """Who is in a photo; raises ``NoFaceError`` or ``MediaError``."""
        return self._done_by(self._reader, self.pipe.character, photo).result()

    def fit(self, photo: str | Path) -> Portrait:
        """All that a photo tells; raises as :meth:`meet`."""
        return self._done_by(self._reader, self.pipe.fit, photo).result()

    def paint(self, sitter: Sitter, size: int = STAGE) -> np.ndarray:
        """[size, size, 4] uint8 of a sitter; raises ``UsageError`` for a style that is gone."""
        return self._done_by(self._large, self._paint, sitter, size).result()

    def paint_all(
        self, sitters: Iterable[Sitter], size: int = TILE, wanted: Callable[[], bool] = lambda: True
    ) -> Iterator[np.ndarray]:
        """The pictures of several sitters, in order, as they become ready; ends early if they are no longer
        ``wanted``."""
        ahead: deque[Future[np.ndarray]] = deque()
        try:
            for sitter in sitters:
                ahead.append(self._done_by(self._small, self._paint, sitter, size))
                if len(ahead) > 2 * self._workers:
                    yield ahead.popleft().result()
                if not wanted():
                    return
            while ahead and wanted():
                yield ahead.popleft().result()
        finally:
            for future in ahead:
                future.cancel()

    def close(self) -> None:
        """End all that is under way."""
        self._closed = True
        self.turns.forget(None)
        self.jobs.stop(None)
        for pool in (self._reader, self._large, self._small):
            pool.shutdown(cancel_futures=True)

    def _done_by(self, pool: ThreadPoolExecutor, work: Callable[..., Result], *args: Any) -> Future[Result]:
        if self._closed:
            raise Stopped("the demo has been stopped")
        return pool.submit(work, *args)

    def _paint(self, sitter: Sitter, size: int) -> np.ndarray:
        assert sitter.character is not None
        if sitter.moment is not None:
            with torch.inference_mode():
                painter = self.pipe.styled(sitter.style)
                return np.asarray(self.pipe.draw(sitter.character, sitter.moment, painter, size))
        drawn = self.pipe(sitter.character, sitter.style, sitter.act, sitter.pose, size=size)
        return np.asarray(drawn.images[0])

    @property
    def styles(self) -> tuple[str, ...]:
        """All styles that there are now: those that ship and one's own."""
        return (*self.pipe.styles, *(name for name in own_styles() if name not in self.pipe.styles))

    @cached_property
    def invented(self) -> tuple[Character, ...]:
        """People who do not exist."""
        return load_heldout(checkpoint("generator", self.pipe.root)).characters


def astronaut() -> np.ndarray:
    """[512, 512, 3] uint8: NASA's portrait of Eileen Collins, public domain, as scikit-image carries it."""
    from skimage.data import astronaut as picture

    return np.ascontiguousarray(picture()[..., :3])


def data_uri(image: np.ndarray) -> str:
    """A picture [H, W, 4] uint8 as text that a page shows: the marked PNG for pictures to keep."""
    return _uri("image/png", png_bytes(image))


def thumbnail(image: np.ndarray) -> str:
    """A small picture [H, W, 4] uint8 as text that a page shows; WebP, a few kilobytes."""
    from io import BytesIO

    buffer = BytesIO()
    Image.fromarray(image).save(buffer, "WEBP", quality=82, method=2)
    return _uri("image/webp", buffer.getvalue())


def text_uri(text: str) -> str:
    """JSON text as an address that a page can offer for download."""
    return _uri("application/json", text.encode("utf-8"))


def file_uri(path: Path) -> str:
    """A clip or picture as text that a page shows."""
    kinds = {
        ".webp": "image/webp",
        ".png": "image/png",
        ".gif": "image/gif",
        ".mp4": "video/mp4",
        ".webm": "video/webm",
    }
    return _uri(kinds[path.suffix], path.read_bytes())


def _uri(kind: str, data: bytes) -> str:
    from base64 import b64encode

    return f"data:{kind};base64,{b64encode(data).decode('ascii')}"


def character_of(data: Mapping[str, object]) -> Character:
    """A character that a page sends back; raises ``MediaError`` or ``UsageError``."""
    return Character.from_json(json.dumps(data))
