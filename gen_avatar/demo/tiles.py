"""Choices as pictures, swatches or words: one component for all of them.

The page is told ``{"items": [...], "many": bool}``; a click on a tile comes back as the event ``pick`` whose
``value`` is the tile's id, or the ids of all that are on where several can be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

_TEMPLATE = """
{{#if value.note}}<p class="ga-hint">{{value.note}}</p>{{/if}}
<div class="ga-tiles ga-{{value.kind}}" role="group" aria-label="{{value.label}}">
{{#each value.items}}{{#if this.head}}<em>{{this.head}}</em>{{/if}}
<button type="button" class="ga-tile{{#if this.on}} on{{/if}}" data-id="{{this.id}}"
 aria-pressed="{{#if this.on}}true{{else}}false{{/if}}" title="{{this.label}}">
{{#if this.image}}<img src="{{this.image}}" alt="" draggable="false">{{/if}}
{{#if this.color}}<i style="background:{{this.color}}"></i>{{/if}}
{{#if this.glyph}}<b>{{this.glyph}}</b>{{/if}}
<span>{{this.label}}</span></button>{{/each}}
</div>
"""

_CLICKS = """
const press = (one, on) => { one.classList.toggle('on', on); one.setAttribute('aria-pressed', on); };
let chosen = null;  // of many: tiles that were on their way at the last click do not know of it
element.addEventListener('click', (event) => {
  const tile = event.target.closest('[data-id]');
  if (!tile) return;
  const many = props.value.many;
  if (many) press(tile, !tile.classList.contains('on'));
  else element.querySelectorAll('.ga-tile').forEach((one) => press(one, one === tile));
  // What shows the same face elsewhere is about to be painted anew.
  const others = element.closest('#choices') ? '#styles .ga-tiles, #faces .ga-tiles'
    : element.closest('#styles') ? '#faces .ga-tiles' : null;
  if (others) document.querySelectorAll(others).forEach((old) => old.classList.add('ga-stale'));
  const on = [...element.querySelectorAll('.ga-tile.on')].map((one) => one.dataset.id);
  if (many) chosen = new Set(on);
  trigger('pick', { value: many ? on : tile.dataset.id });
});
watch('value', () => {
  if (!chosen || !props.value.many) return;
  const all = [...element.querySelectorAll('.ga-tile')];
  const ids = new Set(all.map((one) => one.dataset.id));
  if ([...chosen].every((id) => ids.has(id))) all.forEach((one) => press(one, chosen.has(one.dataset.id)));
  else chosen = null;
});
"""


@dataclass(frozen=True)
class Tile:
    """One choice.

    Attributes:
        id: what the event says.
        label: what people read.
        image: address of a picture, or empty.
        color: sRGB hex of a swatch, or empty.
        glyph: an emoji, or empty.
        group: under which it stands, or empty.
    """

    id: str
    label: str
    image: str = ""
    color: str = ""
    glyph: str = ""
    group: str = ""


def tiles_value(
    items: Iterable[Tile],
    picked: str | Sequence[str] = (),
    label: str = "",
    kind: str = "faces",
    many: bool = False,
    note: str = "",
) -> dict[str, Any]:
    """What the component shows; ``picked``: the id, or the ids, that are on; ``note``: a line above them."""
    on = {picked} if isinstance(picked, str) else set(picked)
    rows, group = [], ""
    for tile in items:
        head = tile.group if tile.group != group else ""
        rows.append({**vars(tile), "on": tile.id in on, "head": head})
        group = tile.group
    return {"items": rows, "label": label, "kind": kind, "many": many, "note": note}


def tiles(value: dict[str, Any], **options: Any) -> gr.HTML:
    """The component."""
    return gr.HTML(value, html_template=_TEMPLATE, js_on_load=_CLICKS, apply_default_css=False, **options)


def on_pick(
    component: gr.HTML, handler: Callable[..., Any], inputs: Any, outputs: Any, **options: Any
) -> Any:
    """Call ``handler(*inputs, event)`` when a tile is clicked; of many clicks the last one counts."""
    return component.pick(
        handler,
        inputs,
        outputs,
        trigger_mode="always_last",
        show_progress="hidden",
        api_visibility="private",
        **options,
    )
