"""Eyes that are nothing but ink on the skin: dots and lines.

Many illustrators draw them so, and our characters have large eyes with whites and coloured irises. What is
drawn lies nowhere near what it stands for: no bending lays one under the other, so eyes would be doubted and
stay ours, which gives a style away at once. But where the eyes of nearly all drawings have no colours but the
skin's and that of the ink, it is known what ours would look like: the white in the colour of the skin, and as
large a part of the iris dark as in the drawings. They go on to look somewhere, to widen and to blink.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from gen_avatar.character.buffers import BUFFER_CHANNELS

#: What is nearer to the skin than this, in each channel on average, has its colour; what is darker is ink.
_SKIN, _INK = 0.08, 0.25
#: Share of an eye that is neither, above which it has a white or a coloured iris.
_ELSE = 0.3
#: Drawings with open eyes from which on it can be told, and how many pixels make an open eye or a face.
_FROM, _ENOUGH = 4, 25
#: Smallest and largest dots, in units of the iris.
_SIZES = 0.55, 0.85
#: How far around eyes nothing of them is left, pixels.
_AROUND = 5


@dataclass(frozen=True)
class Dots:
    """How eyes are drawn as dots: ``size`` of the dot in units of the iris, ``color`` [3] of the ink."""

    size: float
    color: np.ndarray


def dots_of(drawn: Sequence[np.ndarray], laid: Sequence[np.ndarray]) -> Dots | None:
    """The dots that eyes are drawn as, or None where they are drawn as eyes.

    Args:
        drawn: N × [S, S, 4] in [0, 1], premultiplied. laid: N × [S, S, C] uint8 buffers that lie under them.
    """
    others, sizes, inks = [], [], []
    for picture, buffers in zip(drawn, laid, strict=True):
        skin = _skin(picture, buffers)
        seen = (picture[..., 3] > 0.98) & (_channel(buffers, "lens", "glasses") < 0.05)
        iris, eye = ((_channel(buffers, *names) > 0.5) & seen for names in (("iris",), ("iris", "eye")))
        if skin is None or iris.sum() < _ENOUGH:
            continue
        color = picture[..., :3]
        ink = color.mean(-1) < _INK
        bare = np.abs(color - skin).mean(-1) < _SKIN
        others.append(float((~(ink | bare))[eye].mean()))
        sizes.append(float(np.sqrt(ink[iris].mean())))
        if ink[eye].any():
            inks.append(np.median(color[ink & eye], 0))
    if len(others) < _FROM or np.median(others) > _ELSE or not inks:
        return None
    return Dots(float(np.clip(np.median(sizes), *_SIZES)), np.median(inks, 0))


def dotted(picture: np.ndarray, drawn: np.ndarray, laid: np.ndarray, dots: Dots) -> np.ndarray:
    """A ``picture`` [S, S, 4], premultiplied, with dots for eyes.

    Args:
        drawn: [S, S, 4] the drawing, which tells the colour of the skin.
        laid: [S, S, C] uint8 buffers that lie under both.
    """
    skin = _skin(drawn, laid)
    if skin is None:
        return picture
    out = picture.copy()
    # Lashes and brows are lines already, and stay.
    lines = _channel(laid, "lash", "brow")
    around = np.minimum(eyes_of(laid), _channel(laid, "eye", "iris", "skin")) * (1 - lines)
    dot = _shrunk(_channel(laid, "iris"), dots.size) * (1 - lines)
    for cover, color in ((around, skin), (dot, dots.color)):
        wanted = np.concatenate([color, [1.0]]).astype(np.float32)
        out += cover[..., None] * (wanted * out[..., 3:] - out)
    return out


def eyes_of(laid: np.ndarray) -> np.ndarray:
    """[S, S] in [0, 1]: open eyes and what is close to them, of buffers [S, S, C] uint8."""
    return cv2.dilate(_channel(laid, "eye", "iris"), np.ones((_AROUND, _AROUND), np.uint8))


def _shrunk(iris: np.ndarray, size: float) -> np.ndarray:
    """[S, S] each iris of a coverage [S, S] made smaller about its middle."""
    out = np.zeros_like(iris)
    count, labels, _, middles = cv2.connectedComponentsWithStats((iris > 0.05).astype(np.uint8))
    for k in range(1, count):
        x, y = middles[k]
        matrix = np.array([[size, 0, (1 - size) * x], [0, size, (1 - size) * y]])
        small = cv2.warpAffine(iris * (labels == k), matrix, iris.shape[::-1], flags=cv2.INTER_AREA)
        out = np.maximum(out, small)
    return out


def _skin(picture: np.ndarray, buffers: np.ndarray) -> np.ndarray | None:
    """[3] the colour of the skin in a drawing; None where hardly any is seen."""
    face = (_channel(buffers, "skin") > 0.9) & (picture[..., 3] > 0.98)
    return np.median(picture[face][:, :3], 0) if face.sum() >= _ENOUGH else None


def _channel(buffers: np.ndarray, *names: str) -> np.ndarray:
    """[S, S] in [0, 1] coverage of parts together, of buffers [S, S, C] uint8."""
    planes = buffers[..., [BUFFER_CHANNELS.index(name) for name in names]].astype(np.float32)
    return np.minimum(planes.sum(-1) / 255, 1)
