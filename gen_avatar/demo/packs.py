"""The tab *Stickers*: a pack for a messenger, previewed on light and dark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from gen_avatar.animation import Watch, unwatched
from gen_avatar.demo.desk import Desk, Sitter, file_uri
from gen_avatar.demo.faces import performing, with_expressions
from gen_avatar.demo.files import new_file, new_folder
from gen_avatar.demo.jobs import Job
from gen_avatar.demo.tiles import Tile, on_pick, tiles, tiles_value
from gen_avatar.demo.words import need, plainly
from gen_avatar.demo.work import followed, stop_button
from gen_avatar.errors import UsageError
from gen_avatar.expression import EXPRESSIONS
from gen_avatar.keyframes import names
from gen_avatar.stickers.artist import artist_of
from gen_avatar.stickers.emoji import DEFAULT_EXPRESSIONS, DEFAULT_PERFORMANCES
from gen_avatar.stickers.pack import PLATFORMS, Pack, make_pack, zip_pack
from gen_avatar.types import Character

#: Kind of sticker → what people call it.
_KINDS = {"static": "Stills", "animated": "Moving", "emoji": "Custom emoji", "animated-emoji": "Moving emoji"}
#: Shown while there is no face to show.
_NOTE = "They will show your own face: bring a photo in the first tab."


def build(desk: Desk, sitter: gr.State, tab: gr.Tab) -> None:
    """Lay out the tab."""
    place = gr.State("telegram")
    gr.HTML('<h2 class="ga-title">Messenger</h2>')
    platforms = [Tile(key, platform.name) for key, platform in PLATFORMS.items()]
    places = tiles(tiles_value(platforms, "telegram", "Messenger", "words"), elem_id="platforms")
    with gr.Row():
        kind = gr.Radio(_kinds("telegram"), value="static", label="Kind", elem_id="kind", scale=2)
        outline = gr.Checkbox(True, label="White outline", scale=1, elem_id="outline")
        title = gr.Textbox("My emoji", label="Name of the pack", max_length=60, scale=2)
    gr.HTML('<h2 class="ga-title">Stickers in the pack</h2>')
    faces = tiles(
        tiles_value(
            next(with_expressions(desk, Sitter())), DEFAULT_EXPRESSIONS, "Stickers", "words", many=True
        ),
        elem_id="sticker-faces",
    )
    progress = gr.HTML(elem_id="pack-progress")
    with gr.Row():
        go = gr.Button("Make the pack", variant="primary", elem_id="make-pack")
        stop = stop_button(desk.jobs, "stickers", progress, "stop-pack")
    shown = gr.HTML(elem_id="pack")
    file = gr.DownloadButton(
        "Download the pack", visible=False, elem_id="pack-file", elem_classes="ga-download"
    )

    @plainly
    def faces_of(now: Sitter, kind: str, request: gr.Request) -> Iterator[Any]:
        shown = with_expressions if _is_still(kind) else performing
        with desk.turns.take(request.session_hash, "stickers", now.stickers) as turn:
            for rows in shown(desk, now, turn.lasts):
                look = "faces" if rows[0].image else "words"
                picked = _chosen(turn.picked, kind)
                note = "" if now.character else _NOTE
                yield tiles_value(rows, picked, "Stickers", look, many=True, note=note)

    @plainly
    def pick(now: Sitter, event: gr.EventData, request: gr.Request) -> Sitter:
        chosen = tuple(map(str, event.value))
        desk.turns.pick(request.session_hash, "stickers", chosen)
        return replace(now, stickers=chosen)

    @plainly
    def pick_place(kind: str, event: gr.EventData) -> tuple[Any, ...]:
        name = str(event.value)
        kept = kind if kind in PLATFORMS[name].kinds else "static"
        return name, gr.update(choices=_kinds(name), value=kept)

    @plainly
    def make(
        now: Sitter, place: str, kind: str, outline: bool, title: str, request: gr.Request
    ) -> Iterator[list[Any]]:
        character = need(now.character, "Bring a photo in the first tab, or try the astronaut.")
        chosen = _chosen(now.stickers, kind)

        def work(job: Job[Pack]) -> Pack:
            return pack_of(desk, character, now.style, place, kind, chosen, outline, title, job.watch)

        def finish(pack: Pack) -> tuple[str, dict[str, str]]:
            return preview(pack), {"Download the pack": new_file(zip_pack(pack), f"{place}-{kind}.zip")}

        yield from followed(desk.jobs, request.session_hash, "stickers", work, finish)

    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    tab.select(faces_of, [sitter, kind], faces, **private)
    on_pick(faces, pick, sitter, sitter)
    on_pick(places, pick_place, kind, [place, kind])
    kind.change(faces_of, [sitter, kind], faces, **private)
    go.click(
        make,
        [sitter, place, kind, outline, title],
        [shown, file, progress, stop],
        concurrency_id="long",
        concurrency_limit=2,
        **private,
    )
    _endpoint(desk)


def pack_of(
    desk: Desk,
    character: Character,
    style: str,
    place: str,
    kind: str,
    chosen: Sequence[str] | None,
    outline: bool,
    title: str,
    watch: Watch,
) -> Pack:
    """A pack in a folder of its own; raises as :func:`gen_avatar.stickers.pack.make_pack`."""
    artist = artist_of(desk.pipe, character, style)
    return make_pack(
        artist,
        place,
        kind,
        chosen,
        folder=new_folder() / f"{place}-{kind}",
        outline=outline,
        title=title.strip() or "My emoji",
        watch=watch,
    )


def preview(pack: Pack) -> str:
    """All stickers on light and on dark."""
    pictures = [(file_uri(one.file), one.name, one.file.suffix == ".webm") for one in pack.stickers]
    body = "".join(
        f'<video src="{uri}" autoplay loop muted playsinline title="{name}"></video>'
        if moves
        else f'<img src="{uri}" alt="{name}">'
        for uri, name, moves in pictures
    )
    grounds = "".join(
        f'<figure class="{ground}"><div class="ga-pack">{body}</div></figure>'
        for ground in ("ga-light", "ga-dark")
    )
    largest = max(one.size for one in pack.stickers)
    limit = PLATFORMS[pack.platform].kinds[pack.kind].most_bytes
    name = PLATFORMS[pack.platform].name
    return (
        f'<div class="ga-result">{grounds}</div><p class="ga-hint">{len(pack.stickers)} stickers for {name}; '
        f"the largest has {largest / 1000:.0f} KB of the {limit / 1000:.0f} KB that {name} takes.</p>"
    )


def _kinds(place: str) -> list[tuple[str, str]]:
    return [(_KINDS[kind], kind) for kind in PLATFORMS[place].kinds]


def _chosen(picked: Sequence[str], kind: str) -> tuple[str, ...]:
    """The stickers that were picked, or those that are proposed; expressions and performances have names of
    their own."""
    known, proposed = (
        (tuple(EXPRESSIONS), DEFAULT_EXPRESSIONS) if _is_still(kind) else (names(), DEFAULT_PERFORMANCES)
    )
    return tuple(name for name in picked if name in known) or proposed


def _is_still(kind: str) -> bool:
    return not kind.startswith("animated")


def _endpoint(desk: Desk) -> None:
    """``/stickers`` for programs: a photo in, a zip out."""
    with gr.Column(visible=False):
        photo = gr.Image(type="filepath", label="photo")
        place, kind = gr.Textbox("telegram", label="platform"), gr.Textbox("static", label="kind")
        which, style = gr.Textbox("", label="expressions"), gr.Textbox("clay", label="style")
        outline, title = gr.Checkbox(True, label="outline"), gr.Textbox("My emoji", label="title")
        button, out = gr.Button(), gr.File(label="pack")

    @plainly
    def run(
        photo: str | None, place: str, kind: str, which: str, style: str, outline: bool, title: str
    ) -> str:
        need(photo, "Give a photo.")
        if place not in PLATFORMS:
            raise UsageError(f"there is no platform '{place}': {', '.join(PLATFORMS)}")
        chosen = [name.strip() for name in which.split(",") if name.strip()] or None
        pack = pack_of(desk, desk.meet(str(photo)), style, place, kind, chosen, outline, title, unwatched)
        return new_file(zip_pack(pack), f"{place}-{kind}.zip")

    button.click(
        run,
        [photo, place, kind, which, style, outline, title],
        out,
        api_name="stickers",
        concurrency_id="long",
        concurrency_limit=2,
    )
