"""Which hair, hat, glasses and beard explain a drawing best: candidates are drawn and held against it.

What a network reads in a style that it has never seen is a guess. Here each of its better guesses is put on
the character, and the drawing is asked how evenly coloured the parts are that this makes of it. Colours
themselves say nothing: a style may draw everybody's hair black.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gen_avatar.character.buffers import BUFFER_CHANNELS
from gen_avatar.character.mesh import PARTS
from gen_avatar.generator.codes import CHOICE_FIELDS, CODE_LAYOUT
from gen_avatar.types import ARKIT_52

#: Side at which candidates are compared, pixels.
SMALL = 96
#: What is looked for, in this order; how many of the likeliest are tried; and what a guess costs that is
#: unlikely: the networks know hats well and hair little.
ATTRIBUTES = (
    ("headwear_style", 5, 0.010), ("hair_style", 18, 0.0015), ("glasses_style", 10, 0.003),
    ("beard_style", 10, 0.002),
)  # fmt: skip
#: How wide the mouth may stand open.
JAW = (0.0, 0.3, 0.6, 0.9)
#: What a pixel costs that one shows and the other does not.
_SHAPE = 0.5
#: Coverage of a part below which it has no colour, pixels.
_LEAST = 3.0
#: Parts that explain nothing where they have the colour of what they lie on, how near that is, and what it
#: costs to claim them.
_ON = (("beard", "skin"), ("headwear", "hair"))
_ALIKE, _CLAIM = 0.10, 0.03


def mismatch(framed: np.ndarray, buffers: np.ndarray, opaque: bool = False) -> float:
    """How badly the parts of ``buffers`` [C, S, S] explain a drawing [S, S, 4] in [0, 1], straight alpha.

    Mean over the drawing's figure of the distance of each pixel from the colour of its part, plus the
    difference of the two shapes, plus what it costs to claim a beard in the colour of the skin or a hat in
    that of the hair. ``opaque`` lenses hide what is behind them.
    """
    alpha = framed[..., 3]
    cost = _SHAPE * np.abs(buffers[BUFFER_CHANNELS.index("alpha")] - alpha).sum()
    colors = framed[..., :3].reshape(-1, 3)
    lens = PARTS.index("lens")
    clear = 1 - buffers[lens] if opaque else 1.0
    middles: dict[str, np.ndarray] = {}
    for part in range(len(PARTS)):
        if part == lens and not opaque:
            continue
        weight = (buffers[part] * alpha * (1.0 if part == lens else clear)).ravel()
        if weight.sum() < _LEAST:
            continue
        here = weight > 0
        weight, color = weight[here], colors[here]
        middle = (weight[:, None] * color).sum(0) / weight.sum()
        for _ in range(2):  # towards the median: shadows and lines are few
            near = weight / (0.05 + np.abs(color - middle).mean(1))
            middle = (near[:, None] * color).sum(0) / near.sum()
        cost += float((weight * np.abs(color - middle).mean(1)).sum())
        middles[PARTS[part]] = middle
    claims = sum(
        np.abs(middles[part] - middles[below]).mean() < _ALIKE
        for part, below in _ON
        if part in middles and below in middles
    )
    return float(cost / max(alpha.sum(), 1.0)) + _CLAIM * claims


def likeliest(codes: np.ndarray, name: str, count: int) -> list[tuple[str, float]]:
    """The ``count`` likeliest values of an attribute with the log of their probabilities."""
    chance = codes[CODE_LAYOUT[name]]
    order = np.argsort(-chance)[:count]
    return [(CHOICE_FIELDS[name][k], float(np.log(max(chance[k], 1e-4)))) for k in order]


def best_values(
    codes: np.ndarray, start: dict[str, str], judge: Callable[[dict[str, str]], float]
) -> dict[str, str]:
    """The values of ``ATTRIBUTES`` that a judge likes best, found one after the other.

    Args:
        codes: [CODE_DIM] with the probabilities of all values.
        start: the values to begin with.
        judge: mismatch of a set of values.
    """
    values = dict(start)
    for name, count, doubt in ATTRIBUTES:
        options = likeliest(codes, name, count)
        costs = [judge({**values, name: value}) - doubt * chance for value, chance in options]
        values[name] = options[int(np.argmin(costs))][0]
    return values


def best_jaw(
    expression: np.ndarray, judge: Callable[[np.ndarray], float], options: Sequence[float] = JAW
) -> np.ndarray:
    """[52] with the opening of the jaw that a judge likes best, the given one included."""
    row = ARKIT_52.index("jawOpen")
    tried = [expression]
    for opening in options:
        other = expression.copy()
        other[row] = opening
        tried.append(other)
    return tried[int(np.argmin([judge(e) for e in tried]))]
