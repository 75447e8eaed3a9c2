"""The tab *Me*: from a photo to an emoji, and everything that can be changed about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr
import numpy as np

from gen_avatar.demo.desk import Desk, Sitter, astronaut, data_uri, text_uri, thumbnail
from gen_avatar.demo.faces import choices as choices_of
from gen_avatar.demo.faces import in_styles, with_expressions
from gen_avatar.demo.files import new_file
from gen_avatar.demo.tiles import Tile, on_pick, tiles, tiles_value
from gen_avatar.demo.words import ATTRIBUTES, label, need, plainly
from gen_avatar.errors import UsageError
from gen_avatar.expression import parse_expression
from gen_avatar.media import png_bytes
from gen_avatar.options import character_overrides, parse_pose
from gen_avatar.types import Character

_STAGE = """
<figure class="ga-stage" data-ground="paper">
{{#if value.picture}}<img class="ga-picture" src="{{value.picture}}" alt="Your emoji: {{value.what}}">
{{else}}<div class="ga-empty">
<div class="ga-family">{{#each value.family}}<img src="{{this}}" alt="">{{/each}}</div>
<p>Your emoji will appear here.</p></div>{{/if}}
<figcaption>
<span class="ga-grounds" role="group" aria-label="Background">
<button type="button" data-ground="paper" title="On white"></button>
<button type="button" data-ground="night" title="On black"></button>
<button type="button" data-ground="chat" title="On a chat's green"></button></span>
{{#if value.picture}}<span class="ga-take">
<a download="{{value.name}}.png" href="{{value.picture}}">Download picture</a>
<a download="character.json" href="{{value.file}}" title="To open again later">Save character</a>
</span>{{/if}}
</figcaption></figure>
"""
_GROUNDS = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-ground]');
  if (button) props.ground = button.dataset.ground;
  paint();
});
const paint = () => {
  const stage = element.querySelector('.ga-stage');
  if (stage && props.ground) stage.dataset.ground = props.ground;
};
watch('value', paint);
"""


def build(desk: Desk, sitter: gr.State) -> dict[str, Any]:
    """Lay out the tab; returns what other tabs react to: the event after somebody new came, the styles."""
    family = [thumbnail(p) for p in desk.paint_all(_family(desk), 160)]
    with gr.Row(elem_classes="ga-top"):
        with gr.Column(scale=2, min_width=300, elem_classes="ga-left"):
            photo = gr.Image(
                label="Your photo",
                show_label=False,
                placeholder="# Your photo\nTap to choose one, or drop it here",
                sources=["upload", "webcam", "clipboard"],
                type="filepath",
                height=230,
                elem_id="photo",
                buttons=[],
            )
            with gr.Row():
                example = gr.Button("Try an astronaut", size="sm", min_width=90, elem_id="astronaut")
                someone = gr.Button("Invent somebody", size="sm", min_width=90, elem_id="someone")
                saved = gr.UploadButton(
                    "Open a character", file_types=[".json"], size="sm", min_width=90, elem_id="saved"
                )
            stage = gr.HTML(
                {"picture": "", "family": family},
                html_template=_STAGE,
                js_on_load=_GROUNDS,
                apply_default_css=False,
                elem_id="stage",
            )
            gr.HTML('<p class="ga-hint">Your photo is not kept and goes nowhere else.</p>')
        with gr.Column(scale=3, min_width=300):
            gr.HTML('<h2 class="ga-title">Style</h2>')
            styles = tiles(
                tiles_value(next(in_styles(desk, Sitter())), "clay", "Style", "styles"), elem_id="styles"
            )
            gr.HTML('<h2 class="ga-title">Expression</h2>')
            faces = tiles(
                tiles_value(next(with_expressions(desk, Sitter())), "neutral", "Expression", "words"),
                elem_id="faces",
            )
            with gr.Accordion("Head angle and intensity", open=False, elem_id="pose"), gr.Row():
                strength = gr.Slider(0, 1, 1, step=0.05, label="Intensity", min_width=160)
                yaw = gr.Slider(-40, 40, 0, step=1, label="Turn", min_width=160)
                pitch = gr.Slider(-25, 25, 0, step=1, label="Nod", min_width=160)
                roll = gr.Slider(-25, 25, 0, step=1, label="Tilt", min_width=160)
            with gr.Accordion(
                "Not quite you? Hair, skin, glasses …", open=False, elem_id="change"
            ) as changes:
                attributes = [
                    Tile(name, called, group=group)
                    for group, members in ATTRIBUTES.items()
                    for name, called in members.items()
                ]
                what = tiles(
                    tiles_value(attributes, "hair_style", "What to change", "words"), elem_id="attributes"
                )
                choices = tiles(tiles_value([], label="Choices"), elem_id="choices")

    def show(now: Sitter) -> dict[str, Any]:
        picture = desk.paint(now)
        assert now.character is not None
        return {
            "picture": data_uri(picture),
            "what": f"{label(now.expression)}, {label(now.style)}",
            "name": f"me-{now.expression}-{now.style}",
            "file": text_uri(now.character.to_json()),
        }

    def welcome(character: Character, now: Sitter) -> tuple[Sitter, dict[str, Any]]:
        fresh = replace(now, character=character)
        return fresh, show(fresh)

    @plainly
    def meet(path: str | None, now: Sitter) -> tuple[Sitter, Any]:
        if path is None:
            return now, gr.skip()
        return welcome(desk.meet(path), now)

    @plainly
    def meet_again(path: str | None, now: Sitter) -> tuple[Any, ...]:
        return None, *welcome(Character.load(str(path)), now)

    @plainly
    def meet_astronaut(now: Sitter) -> tuple[Any, ...]:
        picture = astronaut()
        return picture, *welcome(desk.meet(picture), now)

    @plainly
    def meet_somebody(now: Sitter) -> tuple[Any, ...]:
        people = desk.invented
        before = [i for i, one in enumerate(people) if one is now.character or one == now.character]
        return None, *welcome(people[(before[0] + 1) % len(people) if before else 0], now)

    # Later requests of the same visitor end the painting of tiles for earlier ones; what was clicked in the
    # meantime stays marked.

    @plainly
    def show_styles(now: Sitter, request: gr.Request) -> Iterator[Any]:
        with desk.turns.take(request.session_hash, "styles", now.style) as turn:
            for rows in in_styles(desk, now, turn.lasts):
                yield tiles_value(rows, turn.picked, "Style", "styles")

    @plainly
    def show_faces(now: Sitter, request: gr.Request) -> Iterator[Any]:
        with desk.turns.take(request.session_hash, "faces", now.expression) as turn:
            for rows in with_expressions(desk, now, turn.lasts):
                yield tiles_value(rows, turn.picked, "Expression", "faces" if rows[0].image else "words")

    @plainly
    def show_choices(now: Sitter, request: gr.Request) -> Iterator[Any]:
        if not now.changing:  # nobody looks
            yield gr.skip()
            return
        with desk.turns.take(request.session_hash, "choices") as turn:
            yield from choices_of(desk, now, turn.lasts)

    @plainly
    def restyle(now: Sitter, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        desk.turns.pick(request.session_hash, "styles", str(event.value))
        fresh = replace(now, style=str(event.value))
        return fresh, show(fresh) if fresh.character else gr.skip()

    @plainly
    def act(now: Sitter, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        desk.turns.pick(request.session_hash, "faces", str(event.value))
        fresh = replace(now, expression=str(event.value))
        return fresh, show(fresh) if fresh.character else gr.skip()

    @plainly
    def choose_attribute(now: Sitter, event: gr.EventData) -> Sitter:
        return replace(now, attribute=str(event.value))

    @plainly
    def change(now: Sitter, event: gr.EventData) -> tuple[Any, ...]:
        need(now.character, "Bring a photo first, or try the astronaut.")
        fresh = now.with_attribute(now.attribute, str(event.value))
        return fresh, show(fresh)

    @plainly
    def hold(now: Sitter, strength: float, yaw: float, pitch: float, roll: float) -> tuple[Any, ...]:
        fresh = replace(now, strength=strength, pose=(yaw, pitch, roll))
        return fresh, show(fresh) if fresh.character else gr.skip()

    def then_paint(event: Any, *, attributes: bool = True) -> Any:
        """What follows once the large picture is there: the same face in all tiles."""
        private: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        event = event.then(show_styles, sitter, styles, **private)
        event = event.then(show_faces, sitter, faces, **private)
        return event.then(show_choices, sitter, choices, **private) if attributes else event

    private: dict[str, Any] = {"api_visibility": "private"}
    met = [
        photo.input(meet, [photo, sitter], [sitter, stage], **private),
        example.click(meet_astronaut, sitter, [photo, sitter, stage], **private),
        someone.click(meet_somebody, sitter, [photo, sitter, stage], **private),
        saved.upload(meet_again, [saved, sitter], [photo, sitter, stage], **private),
    ]
    for event in met:
        then_paint(event)
    then_paint(on_pick(styles, restyle, sitter, [sitter, stage]))
    on_pick(faces, act, sitter, [sitter, stage])
    on_pick(what, choose_attribute, sitter, sitter).then(
        show_choices, sitter, choices, show_progress="hidden", **private
    )
    then_paint(on_pick(choices, change, sitter, [sitter, stage]), attributes=False)
    changes.expand(
        lambda now: replace(now, changing=True), sitter, sitter, show_progress="hidden", **private
    ).then(show_choices, sitter, choices, show_progress="hidden", **private)
    changes.collapse(
        lambda now: replace(now, changing=False), sitter, sitter, show_progress="hidden", **private
    )
    sliders = [strength, yaw, pitch, roll]
    for slider in sliders:
        slider.release(
            hold,
            [sitter, *sliders],
            [sitter, stage],
            trigger_mode="always_last",
            show_progress="hidden",
            **private,
        )
    _endpoint(desk)
    return {"met": met, "styles": styles, "in_styles": show_styles}


def _endpoint(desk: Desk) -> None:
    """``/emoji`` for programs: a photo in, a PNG out."""
    with gr.Column(visible=False):
        photo = gr.Image(type="filepath", label="photo")
        style, act = gr.Textbox("clay", label="style"), gr.Textbox("neutral", label="expression")
        pose, changes = gr.Textbox("0,0,0", label="pose"), gr.Textbox("", label="changes")
        button, picture = gr.Button(), gr.File(label="emoji")

    @plainly
    def emoji(photo: str | None, style: str, expression: str, pose: str, changes: str) -> str:
        need(photo, "Give a photo.")
        parse_expression(expression)
        angles, overrides = parse_pose(pose), character_overrides([changes])
        character = desk.meet(str(photo))
        if overrides:
            character = replace(character, appearance=character.appearance.with_values(overrides))
        if style not in desk.styles:
            raise UsageError(f"there is no style '{style}': {', '.join(desk.styles)}")
        drawn = desk.pipe(character, style, expression, angles, size=512)
        return new_file(png_bytes(np.asarray(drawn.images[0])), "emoji.png")

    button.click(emoji, [photo, style, act, pose, changes], picture, api_name="emoji")


def _family(desk: Desk) -> list[Sitter]:
    """Who greets those who have not brought a photo yet: one invented person a look."""
    acts = ("smile", "wink", "laugh", "surprise", "cool")
    people = desk.invented
    return [
        Sitter(people[(7 * i + 3) % len(people)], style, acts[i % len(acts)])
        for i, style in enumerate(desk.pipe.styles)
    ]
