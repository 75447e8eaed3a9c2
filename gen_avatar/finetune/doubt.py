"""What of a drawing was read wrongly, and what is learnt there instead.

A mouth that was read as shut, a hat read as hair or glasses that were missed teach a style to smear. They
differ from what is painted, and so does what a style draws in a way of its own, such as eyes as dots; but
that is the same in all drawings. So what drawings have in common beyond the painted is told first, from the
parts, the slope and the light that lie there, and what is left of a difference is doubted. Where eyes, mouths
or glasses are doubted, those of the look to begin with stand in, in the colours of the style.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from gen_avatar.character.buffers import BUFFER_CHANNELS
from gen_avatar.character.mesh import PARTS

#: Pictures and buffers are looked at through a blur of that σ, shares of the side.
_LOOK = 0.012
#: What differs so much by itself is believed to a half.
_LARGE = 0.09
#: Where a drawing was bent so much, relative to what is beside it, it is believed to a half.
_STRAIN = 0.6
#: One of so many pixels each way is looked at for what drawings have in common.
_STEP = 4
#: Keeps what is hardly ever seen from telling anything.
_RIDGE = 1e-3
#: How often the colours of the style are solved for, each time with less of what did not fit.
_ROUNDS = 4
#: Parts that are too small to be learnt where some were read wrongly, and how far around them, pixels.
_SMALL = [PARTS.index(name) for name in ("eye", "iris", "lash", "brow", "lips", "mouth", "teeth", "tongue",
                                         "glasses", "lens")]  # fmt: skip
_AROUND = 9
#: Mean belief in a feature below which it was read wrongly.
_SURE = 0.8
#: What tells the common: parts, where they end, slope and light.
_FIELDS = [*range(len(PARTS)), *(BUFFER_CHANNELS.index(f"normal_{axis}") for axis in "xyz"),
           BUFFER_CHANNELS.index("key_light")]  # fmt: skip


def beliefs(
    drawn: Sequence[np.ndarray],
    painted: Sequence[np.ndarray],
    laid: Sequence[np.ndarray],
    bends: Sequence[np.ndarray],
) -> list[np.ndarray]:
    """N × [S, S] in [0, 1], how much of each drawing to believe.

    Args:
        drawn, painted: N × [S, S, 4] in [0, 1], premultiplied, the second laid under the first.
        laid: N × [S, S, C] uint8 buffers that lie under them.
        bends: N × [S, S, 2] how these were bent, pixels. Flow lays anything under anything: what it had to
            tear or to crumple is another thing.
    """
    gaps = [blurred(a - b) for a, b in zip(drawn, painted, strict=True)]
    told = [_told(buffers) for buffers in laid]
    few = np.s_[::_STEP, ::_STEP]
    inputs = np.concatenate([t[few].reshape(-1, t.shape[-1]) for t in told]).astype(np.float64)
    gram = inputs.T @ inputs + _RIDGE * len(inputs) * np.eye(inputs.shape[1])
    line = np.linalg.solve(gram, inputs.T @ np.concatenate([gap[few].reshape(-1, 4) for gap in gaps]))
    alone = [np.abs(gap - t @ line).mean(-1) for gap, t in zip(gaps, told, strict=True)]
    return [
        (1 / (1 + (gap / _LARGE) ** 4) / (1 + (strain(bend) / _STRAIN) ** 4)).astype(np.float32)
        for gap, bend in zip(alone, bends, strict=True)
    ]


def strain(bend: np.ndarray) -> np.ndarray:
    """[S, S] by how much a bend [S, S, 2] changes from one pixel to the next, seen through a blur."""
    slopes = [slope for axis in (0, 1) for slope in np.gradient(blurred(bend)[..., axis])]
    return np.sqrt(np.sum(np.square(slopes), 0))


def recoloured(plain: Sequence[np.ndarray], drawn: Sequence[np.ndarray]) -> list[np.ndarray]:
    """``plain`` pictures, N × [S, S, 4] premultiplied, in the colours of ``drawn`` ones that lie under them:
    one mixture of the channels for all, by which most pixels agree."""
    few = np.s_[::_STEP, ::_STEP]
    inputs = np.concatenate([p[few].reshape(-1, 4) for p in plain]).astype(np.float64)
    wanted = np.concatenate([d[few].reshape(-1, 4) for d in drawn])[:, :3].astype(np.float64)
    solid = (inputs[:, 3] > 0.98).astype(np.float64)
    own = np.eye(4)[:, :3]
    mixture, believed = own, solid
    for _ in range(_ROUNDS):
        gram = inputs.T @ (believed[:, None] * inputs) + np.eye(4)
        mixture = own + np.linalg.solve(gram, inputs.T @ (believed[:, None] * (wanted - inputs @ own)))
        believed = solid / (1 + (np.abs(wanted - inputs @ mixture).mean(1) / _LARGE) ** 2)
    mixture = mixture.astype(np.float32)
    return [
        np.concatenate([(p @ mixture).clip(0, p[..., 3:]), p[..., 3:]], -1).astype(np.float32) for p in plain
    ]


def misread(laid: np.ndarray, trust: np.ndarray) -> np.ndarray:
    """[S, S] in [0, 1]: 1 on small features that are doubted, and close to them; each as a whole, for half of
    one eye and half of another make a third that nobody has drawn.

    Args:
        laid: [S, S, C] uint8 buffers that lie under a drawing. trust: [S, S] how much of it is believed.
    """
    there = (laid[..., _SMALL].max(-1) > 127).astype(np.uint8)
    wide = cv2.dilate(there, np.ones((_AROUND, _AROUND), np.uint8))
    count, labels = cv2.connectedComponents(wide)
    sizes = np.maximum(np.bincount(labels.ravel(), minlength=count), 1)
    means = np.bincount(labels.ravel(), trust.ravel(), minlength=count) / sizes
    doubted = means < _SURE
    doubted[0] = False
    return cv2.GaussianBlur(doubted[labels].astype(np.float32), (0, 0), 1.0)


def difference(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """[S, S] mean difference of two pictures [S, S, 4], seen through a blur."""
    return np.abs(blurred(a - b)).mean(-1)


def blurred(planes: np.ndarray) -> np.ndarray:
    """[S, S, C] as it is looked at."""
    side = len(planes)
    groups = [
        cv2.GaussianBlur(planes[..., k : k + 4].astype(np.float32), (0, 0), _LOOK * side)
        for k in range(0, planes.shape[-1], 4)
    ]  # OpenCV takes four at a time
    return np.concatenate([group.reshape(side, side, -1) for group in groups], -1)


def _told(buffers: np.ndarray) -> np.ndarray:
    """[S, S, K] what of buffers [S, S, C] uint8 tells what drawings have in common."""
    fields = blurred(buffers[..., _FIELDS].astype(np.float32) / 255)
    return np.concatenate([fields, fields * (1 - fields)], -1)
