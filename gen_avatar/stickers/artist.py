"""Draws what stickers show."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from gen_avatar.animation import Animation, Pipeline, codes_painter, workers_on
from gen_avatar.expression import expression_props, named, vary
from gen_avatar.generator.model import CELL
from gen_avatar.keyframes import Keyframes
from gen_avatar.stickers.framing import set_into_square
from gen_avatar.stickers.outline import outline_width, outlined
from gen_avatar.types import Character, Performance

#: Sides at which drawings are made, pixels; stickers are scaled from the next larger one.
_SIDES = (256, 512)


@dataclass(frozen=True)
class Artist:
    """Who draws.

    Attributes:
        paint: a performance of T frames and a side in pixels → its frames [side, side, 4] uint8, straight
            alpha.
        cells: cells across a drawing, for looks whose pixels are large; 0 for others.
    """

    paint: Callable[[Performance, int], Iterable[np.ndarray]]
    cells: int = 0


def artist_of(pipe: Pipeline, character: Character, style: str, seed: int = 0) -> Artist:
    """An artist who draws a character with a pipeline.

    Args:
        pipe: an :class:`~gen_avatar.pipeline.AvatarPipeline`.
        character: who is drawn.
        style: a look, a style of one's own, or a mixture.
        seed: 0 draws exactly as asked; any other adds its own slight variation.

    Raises:
        UsageError: an unknown style.
    """
    network = pipe.styled(style)

    def paint(performance: Performance, side: int) -> Iterable[np.ndarray]:
        painter = codes_painter(pipe, character, style, side)
        acted = vary(performance, seed)
        return Animation(acted, "codes", 0, 0, painter, workers_on(pipe.generator.device)).frames()

    on_grid = network.network.on_grid(network.vector)
    return Artist(paint, _SIDES[0] // CELL if on_grid else 0)


@dataclass(frozen=True)
class Square:
    """The square that drawings are set into.

    Attributes:
        side: pixels.
        margin: what stays clear on each side, pixels.
        outline: whether there is a white border around the drawing, inside the margin.
    """

    side: int
    margin: int = 0
    outline: bool = False

    def draw(self, artist: Artist, performance: Performance) -> np.ndarray:
        """Drawings [T, S, S, 4] uint8, straight alpha, at a side that suits the square."""
        side = next((s for s in _SIDES if s >= self.side), _SIDES[-1])
        return np.stack(list(artist.paint(performance, side)))

    def place(self, drawings: np.ndarray, cells: int) -> np.ndarray:
        """[T, side, side, 4] uint8, straight alpha, of :meth:`draw`'s; all are cut alike."""
        width = outline_width(self.side) if self.outline else 0.0
        set_in = set_into_square(drawings, self.side, self.margin + math.ceil(width), cells)
        return outlined(set_in, width) if self.outline else set_in


def still(name: str) -> Performance:
    """One frame of a named expression, with what helps to tell it; raises ``UsageError``."""
    return Performance.still(named(name), props=expression_props(name))


class Reel:
    """A loop in as many frames as are asked for; each moment of it is drawn once.

    Args:
        keyframes: what is done.
        draw: draws the frames [T, S, S, 4] uint8 of a performance.
    """

    def __init__(self, keyframes: Keyframes, draw: Callable[[Performance], np.ndarray]) -> None:
        self._keyframes, self._draw = keyframes, draw
        self._drawn: dict[Fraction, np.ndarray] = {}

    def frames(self, count: int) -> np.ndarray:
        """[count, S, S, 4] uint8 at even distances in time."""
        moments = [Fraction(i, count) for i in range(count)]
        new = [i for i, moment in enumerate(moments) if moment not in self._drawn]
        if new:
            act = self._keyframes.performance(count / self._keyframes.seconds)
            rows = {
                name: getattr(act, name)[new]
                for name in ("expression", "gaze", "head_rotation", "head_translation", "confidence")
            }
            drawn = self._draw(replace(act, **rows))
            self._drawn |= {moments[i]: frame for i, frame in zip(new, drawn, strict=True)}
        return np.stack([self._drawn[moment] for moment in moments])
