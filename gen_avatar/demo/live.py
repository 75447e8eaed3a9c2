"""The tab *Live*: the camera drives the avatar in the page.

The page sends camera pictures over a web socket and gets painted frames back; each connection has a
tracker of its own. Pictures are never written anywhere.

    page → {"character": {…}, "style": "clay"}     who, in text, at the start and after every change
    page → "centre"                                 take the present pose for rest
    page → JPEG bytes                               a picture of the camera
    page ← PNG bytes, or {"say": "…"}               a frame, or why there is none
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import gradio as gr
import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocket, WebSocketDisconnect

from gen_avatar.demo.desk import Desk, Sitter, character_of
from gen_avatar.demo.files import new_file
from gen_avatar.demo.words import need, plain, plainly
from gen_avatar.errors import GenAvatarError, MediaError
from gen_avatar.live import LiveFollower
from gen_avatar.media import png_bytes
from gen_avatar.options import DEFAULT_STYLE
from gen_avatar.retarget import MOTIONS, retarget
from gen_avatar.tracking import create_tracker
from gen_avatar.types import Character, Performance

#: Side of the frames, pixels.
SIZE = 256
#: Visitors who are followed at once; each needs a good part of a core.
MOST = 4
#: Larger pictures are refused, bytes and pixels.
_MOST_BYTES, _MOST_PIXELS = 1_000_000, 1_000_000
#: How hard frames are compressed: local connections are fast, processors are not.
_PNG_LEVEL = [cv2.IMWRITE_PNG_COMPRESSION, 1]

_TEMPLATE = """
<div class="ga-live"><div><video playsinline muted></video>
<div class="ga-controls"><button type="button" class="ga-first" data-do="start">Start the camera</button>
<button type="button" data-do="stop" disabled>Stop</button>
<button type="button" data-do="centre" disabled>Set neutral face</button></div>
<p class="ga-hint">The camera's pictures are not kept and go nowhere else. If the avatar looks off, look
straight ahead with a calm face and press <i>Set neutral face</i>.</p></div>
<div class="ga-ground"><canvas width="256" height="256"></canvas>
<p><output data-fps="0">Not running</output></p></div></div>
"""


def build(desk: Desk, sitter: gr.State, tab: gr.Tab) -> None:
    """Lay out the tab."""
    script = Path(__file__).with_name("live.js").read_text(encoding="utf-8")
    view = gr.HTML(
        _who(desk, Sitter()),
        html_template=_TEMPLATE,
        js_on_load=script,
        apply_default_css=False,
        elem_id="live",
    )
    tab.select(lambda now: _who(desk, now), sitter, view, show_progress="hidden", api_visibility="private")
    _endpoint(desk)


def _endpoint(desk: Desk) -> None:
    """``/mirror`` for programs: a picture of a face in, the character who does what it does out."""
    with gr.Column(visible=False):
        photo = gr.Image(type="filepath", label="photo")
        character = gr.File(type="filepath", label="character")
        style = gr.Textbox(DEFAULT_STYLE, label="style")
        button, out = gr.Button(), gr.File(label="picture")

    @plainly
    def mirror(photo: str | None, character: str | None, style: str) -> str:
        need(photo, "Give a photo.")
        portrait = desk.fit(str(photo))
        who = Character.load(character) if character else portrait.character
        moment = retarget(portrait.performance, Performance.still(), MOTIONS[1]).performance
        picture = desk.paint(Sitter(who, style, moment=moment), 2 * SIZE)
        return new_file(png_bytes(picture), "mirror.png")

    button.click(mirror, [photo, character, style], out, api_name="mirror")


def _who(desk: Desk, now: Sitter) -> dict[str, Any]:
    character = now.character or desk.invented[3]
    return {"who": {"character": json.loads(character.to_json()), "style": now.style}}


def endpoint(desk: Desk) -> Callable[[WebSocket], Awaitable[None]]:
    """The handler of the web socket."""
    followed: set[WebSocket] = set()

    async def follow(socket: WebSocket) -> None:
        if not same_origin(socket.headers):
            await socket.close(1008)  # another site's page tries to look through this one
            return
        await socket.accept()
        if len(followed) >= MOST:
            await socket.send_json({"say": f"{MOST} others are live at the moment: try again in a while."})
            await socket.close(1013)
            return
        followed.add(socket)
        session: _Session | None = None
        try:
            session = await run_in_threadpool(_Session, desk)
            await _serve(socket, session)
        except WebSocketDisconnect:
            pass
        finally:
            followed.discard(socket)
            if session is not None:
                session.close()

    return follow


async def _serve(socket: WebSocket, session: _Session) -> None:
    """Answer messages until the page leaves: while a frame is painted, the next picture is looked at."""
    seen: asyncio.Queue[Performance | str] = asyncio.Queue(maxsize=1)

    async def look() -> None:
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message.get("code", 1000))
            try:
                found = await run_in_threadpool(session.take, message.get("bytes"), message.get("text"))
            except GenAvatarError as error:
                found = plain(error)
            if found is not None:
                await seen.put(found)

    async def answer() -> None:
        while True:
            found = await seen.get()
            if isinstance(found, str):
                await socket.send_json({"say": found})
            else:
                await socket.send_bytes(await run_in_threadpool(session.paint, found))

    tasks = [asyncio.create_task(look()), asyncio.create_task(answer())]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Session:
    """One camera and one avatar."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._follower = LiveFollower(create_tracker(), desk.pipe.fitter)
        self._sitter = Sitter(Character())

    def take(self, picture: bytes | None, text: str | None) -> Performance | str | None:
        """A message: what a picture shows, or a word for the page, or None where there is nothing to answer.

        Raises:
            MediaError, UsageError: it makes no sense.
        """
        if picture is not None:
            return self._follower.see(decode(picture), time.monotonic()) or "Looking for your face …"
        if text == "centre":
            self._follower.centre()
            return None
        try:
            who = json.loads(text or "")
            character, style = character_of(who["character"]), str(who.get("style", DEFAULT_STYLE))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise MediaError("the page sent something that is no character: load it anew") from error
        self._desk.pipe.styled(style)  # complain now
        self._sitter = Sitter(character, style)
        return None

    def paint(self, seen: Performance) -> bytes:
        """A frame as a PNG."""
        frame = self._desk.paint(replace(self._sitter, moment=seen), SIZE)
        return cv2.imencode(".png", cv2.cvtColor(frame, cv2.COLOR_RGBA2BGRA), _PNG_LEVEL)[1].tobytes()

    def close(self) -> None:
        self._follower.close()


def decode(picture: bytes) -> np.ndarray:
    """[H, W, 3] uint8 RGB of a JPEG from the page; raises ``MediaError``."""
    if len(picture) > _MOST_BYTES:
        raise MediaError("the camera's pictures are too large")
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR) if picture else None
    if image is None or image.shape[0] * image.shape[1] > _MOST_PIXELS:
        raise MediaError("the camera's pictures cannot be read")
    return np.ascontiguousarray(image[..., ::-1])


def same_origin(headers: Any) -> bool:
    """Whether a web socket was opened by a page of this server, or by no page at all (RFC 6455, 10.2)."""
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2] == headers.get("host")
