"""Eyes that are drawn as dots."""

from __future__ import annotations

import numpy as np
import pytest

from gen_avatar.character.buffers import BUFFER_CHANNELS
from gen_avatar.finetune.dots import Dots, dots_of, dotted, eyes_of

SIDE = 64
SKIN = np.array([0.8, 0.6, 0.5], np.float32)


def disc(radius: float, x: float = 32, y: float = 30) -> np.ndarray:
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return np.hypot(columns - x, rows - y) <= radius


def buffers() -> np.ndarray:
    """[S, S, C] uint8: skin with one eye."""
    out = np.zeros((SIDE, SIDE, len(BUFFER_CHANNELS)), np.uint8)
    for part, where in (("skin", ~disc(14)), ("eye", disc(14) & ~disc(8)), ("iris", disc(8))):
        out[where, BUFFER_CHANNELS.index(part)] = 255
    return out


def drawing(kind: str) -> np.ndarray:
    """[S, S, 4] of an eye with a white, or of a dot, on the skin."""
    out = np.ones((SIDE, SIDE, 4), np.float32)
    out[..., :3] = SKIN
    if kind == "eye":
        out[disc(14), :3], out[disc(8), :3] = 1, (0.3, 0.5, 0.8)
    out[disc(5), :3] = 0.05
    return out


def test_dots_are_told_from_eyes() -> None:
    dots = dots_of([drawing("dot")] * 6, [buffers()] * 6)
    assert dots is not None
    assert dots.size == pytest.approx(5 / 8, abs=0.06) and dots.color == pytest.approx(0.05)
    assert dots_of([drawing("eye")] * 6, [buffers()] * 6) is None
    assert dots_of([drawing("dot")] * 3, [buffers()] * 3) is None, "too few to tell"
    assert dots_of([drawing("eye")] * 4 + [drawing("dot")] * 2, [buffers()] * 6) is None
    shut = np.zeros_like(buffers())
    assert dots_of([drawing("dot")] * 6, [shut] * 6) is None


def test_an_eye_becomes_a_dot_on_skin() -> None:
    out = dotted(drawing("eye"), drawing("dot"), buffers(), Dots(0.6, np.full(3, 0.05)))
    assert out[30, 32, :3] == pytest.approx(0.05, abs=0.02)
    assert out[30, 32 + 11, :3] == pytest.approx(SKIN, abs=0.02), "no white is left"
    assert out[30, 32 + 7, :3] == pytest.approx(SKIN, abs=0.02), "the dot is smaller than the iris"
    far = eyes_of(buffers()) == 0
    assert far.any() and np.array_equal(out[far], drawing("eye")[far])
