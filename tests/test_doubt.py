"""What of drawings is doubted, and what stands in for it."""

from __future__ import annotations

import numpy as np

from gen_avatar.character.buffers import BUFFER_CHANNELS
from gen_avatar.character.mesh import PARTS
from gen_avatar.finetune.doubt import beliefs, misread, recoloured, strain

SIDE = 64
EYES = np.s_[12:24, 12:24]


def mouth(number: int) -> tuple[slice, slice]:
    return np.s_[40:52, 20 + number % 4 : 40]


def buffers_of(number: int) -> np.ndarray:
    """[S, S, C] uint8: skin with an eye and a mouth."""
    buffers = np.zeros((SIDE, SIDE, len(BUFFER_CHANNELS)), np.uint8)
    for part, place in (("skin", np.s_[:, :]), ("eye", EYES), ("mouth", mouth(number))):
        buffers[..., : len(PARTS)][place] = 0
        buffers[..., BUFFER_CHANNELS.index(part)][place] = 255
    return buffers


def test_what_one_drawing_has_alone_is_doubted() -> None:
    """Eyes that all draw in another way are the style's, a mouth that only one has was read wrongly."""
    laid, drawn, painted = [], [], []
    for number in range(16):
        picture = np.full((SIDE, SIDE, 4), 0.6, np.float32)
        other = picture.copy()
        other[EYES] = 0.1
        if number == 3:
            other[mouth(number)] = 0.1
        laid.append(buffers_of(number))
        drawn.append(other)
        painted.append(picture)
    trust = beliefs(drawn, painted, laid, [np.zeros((SIDE, SIDE, 2), np.float32)] * 16)
    eyes, mouths = [t[16:20, 16:20].mean() for t in trust], [t[44:48, 30:36].mean() for t in trust]
    assert min(eyes) > 0.9 and mouths[3] < 0.2 and mouths[0] > 0.9
    wrong = [misread(buffers, own) for buffers, own in zip(laid, trust, strict=True)]
    assert wrong[3][mouth(3)].min() > 0.6 and wrong[3][EYES].max() == 0 and wrong[0].max() == 0


def test_what_had_to_be_torn_is_doubted() -> None:
    bend = np.zeros((SIDE, SIDE, 2), np.float32)
    bend[:, : SIDE // 2, 0], bend[:, SIDE // 2 :, 0] = -6, 6
    picture = np.full((SIDE, SIDE, 4), 0.6, np.float32)
    (trust,) = beliefs([picture], [picture], [buffers_of(0)], [bend])
    assert trust[:, SIDE // 2].max() < 0.2 and trust[:, :8].min() > 0.99
    assert strain(bend + 9).max() == strain(bend).max(), "moving all alike tears nothing"


def test_colours_are_mixed_as_most_of_a_drawing_says() -> None:
    rng = np.random.default_rng(0)
    plain = [np.dstack([rng.random((SIDE, SIDE, 3)), np.ones((SIDE, SIDE))]).astype(np.float32)] * 2
    drawn = [np.dstack([0.2 + 0.6 * p[..., :3], p[..., 3:]]) for p in plain]
    wrong = [d.copy() for d in drawn]
    for picture in wrong:
        picture[:20, :20, :3] = (1, 0, 0)
    for picture, wanted in zip(recoloured(plain, wrong), drawn, strict=True):
        assert np.abs(picture - wanted).mean() < 0.03 and (picture[..., 3] == 1).all()
