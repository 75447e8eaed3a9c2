"""The tab *Animate*: a source and a driver, a clip and a sticker out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from gen_avatar.animation import Animation, Watch, animate, unwatched
from gen_avatar.demo.desk import Apart, Desk, Sitter, file_uri
from gen_avatar.demo.faces import performing
from gen_avatar.demo.files import new_folder
from gen_avatar.demo.jobs import Job
from gen_avatar.demo.tiles import on_pick, tiles, tiles_value
from gen_avatar.demo.words import need, plainly
from gen_avatar.demo.work import followed, stop_button
from gen_avatar.errors import MediaError, UsageError
from gen_avatar.keyframes import ready_made
from gen_avatar.media import open_writer, read_video
from gen_avatar.retarget import MOTIONS, PARTS
from gen_avatar.types import Performance

#: Longer clips are refused here, seconds; the command line takes them.
LONGEST = 20.0
#: Up to this length there is a sticker besides the video, seconds.
STICKER_SECONDS = 6.0
#: Side of the frames, pixels.
_SIZE, _MOVED_SIZE = 256, 384
#: Ending → what its download button says.
_DOWNLOADS = {
    ".webp": "Download sticker (WebP)",
    ".gif": "Download GIF",
    ".mp4": "Download video (MP4)",
    ".webm": "Download video with alpha (WebM)",
}
#: At most so many files come out.
_MOST = 3


@dataclass(frozen=True)
class Filmed:
    """What was made: the preview first, then all files to take along."""

    preview: Path
    files: tuple[Path, ...]


def build(desk: Desk, sitter: gr.State, tab: gr.Tab) -> None:
    """Lay out the tab."""
    chosen = gr.State("laugh")
    gr.HTML('<h2 class="ga-title">What your emoji does</h2>')
    acts = tiles(
        tiles_value(next(performing(desk, Sitter())), "laugh", "Performance", "words"), elem_id="performances"
    )
    with gr.Row():
        with gr.Column(scale=2, min_width=280):
            with gr.Accordion("Or act it out: a clip of a face", open=False):
                clip = gr.Video(
                    label=f"Clip, up to {LONGEST:.0f} seconds",
                    sources=["upload", "webcam"],
                    height=240,
                    include_audio=False,
                    buttons=[],
                )
                motion = gr.Radio(
                    [("What changes", MOTIONS[0]), ("Face and pose as they are", MOTIONS[1])],
                    value=MOTIONS[0],
                    label="Take over",
                )
            with gr.Accordion("Or move a painting, a drawing, an avatar", open=False):
                picture = gr.Image(
                    label="Picture of a face",
                    sources=["upload", "clipboard"],
                    type="filepath",
                    image_mode=None,
                    height=240,
                    buttons=[],
                )
            gain = gr.Slider(0.5, 2.0, 1.0, step=0.1, label="Intensity")
            progress = gr.HTML(elem_id="animation-progress")
            with gr.Row():
                go = gr.Button("Animate", variant="primary", elem_id="animate")
                stop = stop_button(desk.jobs, "animate", progress, "stop-animation")
        with gr.Column(scale=3, min_width=300):
            shown = gr.HTML(elem_id="animation")
            with gr.Row():
                files = [
                    gr.DownloadButton(visible=False, size="sm", elem_classes="ga-download")
                    for _ in range(_MOST)
                ]

    @plainly
    def film(
        now: Sitter,
        name: str,
        clip: str | None,
        picture: str | None,
        motion: str,
        gain: float,
        request: gr.Request,
    ) -> Iterator[list[Any]]:
        source = picture or need(now.character, "Bring a photo in the first tab, or a picture to move here.")
        driving: str | Performance = clip or ready_made(name)

        def work(job: Job[Filmed]) -> Filmed:
            moves = prepare(desk, source, driving, now.style, motion, gain, job.watch)
            return write(moves, "me" if picture is None else "moved", job.watch)

        yield from followed(desk.jobs, request.session_hash, "animate", work, finish, downloads=len(files))

    def finish(made: Filmed) -> tuple[str, dict[str, str]]:
        return preview(made), {_DOWNLOADS[file.suffix]: str(file) for file in made.files}

    go.click(
        film,
        [sitter, chosen, clip, picture, motion, gain],
        [shown, *files, progress, stop],
        show_progress="hidden",
        concurrency_id="long",
        concurrency_limit=2,
        api_visibility="private",
    )

    @plainly
    def show_acts(now: Sitter, name: str, request: gr.Request) -> Iterator[Any]:
        with desk.turns.take(request.session_hash, "performances", name) as turn:
            for rows in performing(desk, now, turn.lasts):
                yield tiles_value(rows, turn.picked, "Performance", "faces" if rows[0].image else "words")

    def choose(event: gr.EventData, request: gr.Request) -> tuple[str, Any]:
        desk.turns.pick(request.session_hash, "performances", str(event.value))
        return str(event.value), None

    tab.select(show_acts, [sitter, chosen], acts, show_progress="hidden", api_visibility="private")
    on_pick(acts, choose, None, [chosen, clip])
    _endpoint(desk)


def prepare(
    desk: Desk, source: Any, driving: str | Performance, style: str, motion: str, gain: float, watch: Watch
) -> Animation:
    """An animation of a character, or of a still picture given by its path.

    Raises:
        MediaError, NoFaceError, UsageError: as :func:`gen_avatar.animation.animate`, or the clip is too long.
    """
    moved = isinstance(source, str)
    if isinstance(driving, str):
        video = read_video(driving)
        if video.frame_count / video.fps > LONGEST:
            raise MediaError(
                f"the clip is longer than {LONGEST:.0f} seconds: cut it, or use gen-avatar animate"
            )
    amplify = dict.fromkeys(PARTS, float(gain))
    options: dict[str, Any] = (
        {"method": "warp", "size": _MOVED_SIZE} if moved else {"style": style, "size": _SIZE}
    )
    with Apart(desk.pipe) as pipe:
        return animate(
            pipe,
            source,
            driving,
            motion=motion,
            amplify=amplify,
            watch=watch,
            **{"method": "codes", **options},
        )


def write(moves: Animation, name: str, watch: Watch) -> Filmed:
    """All files of an animation, painted once: video, and a sticker with alpha where it is short."""
    folder = new_folder()
    short = len(moves) / moves.fps <= STICKER_SECONDS
    paths = [
        folder / f"{name}{ending}" for ending in ((".webp", ".gif", ".mp4") if short else (".mp4", ".webm"))
    ]
    frames = list(watch(moves.frames(), len(moves), "painting"))
    for path in watch(paths, len(paths), "writing"):
        with open_writer(path, moves.fps) as writer:
            for frame in frames:
                writer.write(frame)
    return Filmed(paths[0], tuple(paths))


def preview(made: Filmed) -> str:
    """What was made, on light and on dark."""
    uri = file_uri(made.preview)
    if made.preview.suffix == ".mp4":
        body = f'<video src="{uri}" autoplay loop muted playsinline controls></video>'
        return f'<div class="ga-result"><figure class="ga-light">{body}</figure></div>'
    grounds = ("ga-light", "ga-dark")
    figures = "".join(
        f'<figure class="{ground}"><img src="{uri}" alt="Your animation"></figure>' for ground in grounds
    )
    return f'<div class="ga-result">{figures}</div>'


def _endpoint(desk: Desk) -> None:
    """``/animate`` for programs: a photo or picture and a performance or clip in, a clip out."""
    with gr.Column(visible=False):
        photo = gr.Image(type="filepath", image_mode=None, label="source")
        clip = gr.File(type="filepath", label="clip")
        name, style = gr.Textbox("laugh", label="performance"), gr.Textbox("clay", label="style")
        method, ending = gr.Textbox("codes", label="method"), gr.Textbox("webp", label="format")
        button, out = gr.Button(), gr.File(label="animation")

    @plainly
    def run(photo: str | None, clip: str | None, name: str, style: str, method: str, ending: str) -> str:
        need(photo, "Give a photo.")
        if method not in ("codes", "warp"):
            raise UsageError(f"the method is codes or warp, not '{method}'")
        source = str(photo) if method == "warp" else desk.meet(str(photo))
        moves = prepare(desk, source, clip or ready_made(name), style, MOTIONS[0], 1.0, unwatched)
        path = new_folder() / f"animation.{ending}"
        with open_writer(path, moves.fps) as writer:
            for frame in moves.frames():
                writer.write(np.asarray(frame))
        return str(path)

    button.click(
        run,
        [photo, clip, name, style, method, ending],
        out,
        api_name="animate",
        concurrency_id="long",
        concurrency_limit=2,
    )
