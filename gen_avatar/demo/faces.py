"""Tiles that show the visitor's own face: in every style, with every expression, with every haircut."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gen_avatar.demo.desk import ASIDE, Desk, Sitter, thumbnail
from gen_avatar.demo.tiles import Tile, tiles_value
from gen_avatar.demo.words import ATTRIBUTES, label
from gen_avatar.expression import EXPRESSIONS
from gen_avatar.keyframes import names, path_of, read_keyframes, ready_made
from gen_avatar.tones import EYE_TONES, HAIR_TONES, SKIN_TONES
from gen_avatar.types import ARKIT_52, CHOICES, Performance

#: Colours of hair that nobody is born with, of clothes and hats, sRGB.
_DYED = ("#d76a9a", "#7c5bc2", "#4a6fd6", "#2f9e9e", "#5aa05f", "#e0913a")
_CLOTH = ("#4a7ab5", "#3f5f8f", "#2b2a30", "#f0ece4", "#b5483f", "#d98f3d", "#e3c15a", "#5f8f5a", "#2f7f7a")
#: Attribute → colours to choose from.
SWATCHES: dict[str, tuple[str, ...]] = {
    "skin_color": SKIN_TONES,
    "eye_color": EYE_TONES,
    **dict.fromkeys(("hair_color", "brow_color", "beard_color"), (*HAIR_TONES.values(), *_DYED)),
    **dict.fromkeys(("cloth_color", "headwear_color"), (*_CLOTH, *_DYED)),
}
#: Attributes that are seen best from the side.
_ASIDE = ("earring_style", "glasses_style")
#: Tiles that appear at once.
_BATCH = 8
_STRAIGHT = (0.0, 0.0, 0.0)

#: Says whether the tiles are still wanted.
Wanted = Callable[[], bool]


def painted(
    desk: Desk, wanted: Sequence[tuple[str, Sitter]], still: Wanted = lambda: True
) -> Iterator[list[Tile]]:
    """A tile for each (name, sitter): words at first, a few more faces each time.

    Those whose sitter has no character stay words.
    """
    tiles = [Tile(name, label(name)) for name, _ in wanted]
    if any(sitter.character is None for _, sitter in wanted):
        yield tiles
        return
    for i, picture in enumerate(desk.paint_all((sitter for _, sitter in wanted), wanted=still)):
        tiles[i] = replace(tiles[i], image=thumbnail(picture))
        if (i + 1) % _BATCH == 0 or i + 1 == len(tiles):
            yield list(tiles)


def in_styles(desk: Desk, now: Sitter, still: Wanted = lambda: True) -> Iterator[list[Tile]]:
    """In each style; somebody invented where nobody has come yet."""
    sitter = replace(now, pose=_STRAIGHT)
    if now.character is None:
        sitter = Sitter(desk.invented[3], expression="smile")
    yield from painted(desk, [(name, replace(sitter, style=name)) for name in desk.styles], still)


def with_expressions(desk: Desk, now: Sitter, still: Wanted = lambda: True) -> Iterator[list[Tile]]:
    """With each named expression."""
    straight = replace(now, strength=1.0, pose=_STRAIGHT)
    yield from painted(desk, [(name, replace(straight, expression=name)) for name in EXPRESSIONS], still)


def performing(desk: Desk, now: Sitter, still: Wanted = lambda: True) -> Iterator[list[Tile]]:
    """At the height of each ready-made performance; signs until somebody has come."""
    moments = {name: height(ready_made(name)) for name in names()}
    if now.character is None:
        yield [Tile(name, label(name), glyph=read_keyframes(path_of(name)).emoji) for name in moments]
        return
    yield from painted(desk, [(name, replace(now, moment=moment)) for name, moment in moments.items()], still)


def height(performance: Performance) -> Performance:
    """The frame of a performance that is farthest from a calm face, blinks apart, as a performance of one."""
    shapes = [i for i, name in enumerate(ARKIT_52) if not name.startswith("eyeBlink")]
    away = performance.expression[:, shapes].sum(1) + np.abs(performance.head_rotation).sum(1) / 30
    return performance.at(int(away.argmax()))


def choices(desk: Desk, now: Sitter, still: Wanted = lambda: True) -> Iterator[dict[str, Any]]:
    """What the attribute that is being changed can be: swatches, or one's own face with each shape."""
    name = now.attribute
    title = next(members[name] for members in ATTRIBUTES.values() if name in members)
    picked = getattr(now.character.appearance, name) if now.character else ""
    if name in SWATCHES:
        colors = [*SWATCHES[name]]
        if picked and picked not in colors:
            # Beside the one that it is most like.
            near = min(colors, key=lambda color: _distance(color, picked))
            colors.insert(colors.index(near), picked)
        swatches = [Tile(color, color, color=color) for color in colors]
        yield tiles_value(swatches, picked, title, "swatches")
    elif now.character is None:
        yield tiles_value([Tile(value, label(value)) for value in CHOICES[name]], "", title, "words")
    else:
        # Words at once: nobody has to wait for the pictures to choose.
        yield tiles_value([Tile(value, label(value)) for value in CHOICES[name]], picked, title, "words")
        base = replace(now, expression="neutral", pose=ASIDE if name in _ASIDE else _STRAIGHT)
        for rows in painted(desk, [(v, base.with_attribute(name, v)) for v in CHOICES[name]], still):
            yield tiles_value(rows, picked, title, "faces")


def _distance(one: str, other: str) -> int:
    """Of two sRGB hex colours."""
    return sum(abs(int(one[i : i + 2], 16) - int(other[i : i + 2], 16)) for i in (1, 3, 5))
