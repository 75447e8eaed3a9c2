"""Lips that close: the gap is looked for from the front, and taken away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gen_avatar.character.raster import nearness_map
from gen_avatar.character.strokes import slope
from gen_avatar.character.surface import smoothstep
from gen_avatar.types import ARKIT_52, Appearance

#: Shapes, alone or in pairs, that leave the lips shut.
_PAIRS = ("mouthSmile", "mouthFrown", "mouthDimple", "mouthStretch", "mouthPress")
_SINGLES = (
    "mouthPucker", "mouthLeft", "mouthRight", "mouthShrugLower", "mouthShrugUpper", "mouthRollLower",
    "mouthRollUpper", "cheekPuff", "jawLeft", "jawRight", "jawForward",
)  # fmt: skip
CLOSED_SHAPES = (*((f"{name}Left", f"{name}Right") for name in _PAIRS), *((name,) for name in _SINGLES))

#: Columns over which the closing is smoothed, at 24 a cm.
_WINDOW = np.hanning(27) / np.hanning(27).sum()


#: Closed lips are a soft line more than two shapes: their height in the middle, upper and lower, cm.
_CLOSED = (0.45, 0.59)
#: Weights over which a smile or a frown is meant to be seen from afar.
_MEANT = (0.3, 0.9)
_CORNERS = [ARKIT_52.index(f"mouth{stem}{side}") for stem in ("Smile", "Frown") for side in ("Left", "Right")]
#: What both measure on most people, cm, and the power by which closed lips follow what is a person's own,
#: with its bounds; bounds of the share by which an expression changes them; the least height that counts, cm.
_USUAL, _OWN, _FULL, _CHANGED, _LEAST = 1.02, 0.9, (0.66, 1.28), (0.90, 1.7), 0.2


#: How much higher made-up lips are, and those that fill the opening of a beard, cm.
_MADE_UP, _FRAMED = 0.06, 0.22
#: Beards that leave no skin beside the lips, and all that end around the mouth.
SURROUNDING = ("goatee", "full", "boxed", "long")
_FRAMES = (*SURROUNDING, "moustache", "handlebar", "walrus", "van-dyke")


def hair_frames(appearance: Appearance) -> bool:
    """Whether hair grows around the mouth."""
    return appearance.beard_style in _FRAMES


def hair_surrounds(appearance: Appearance) -> bool:
    """Whether lips border on hair all round."""
    return appearance.beard_style in SURROUNDING


def added_height(appearance: Appearance) -> float:
    """How much higher than others somebody's lips are drawn, cm."""
    return _FRAMED if hair_frames(appearance) else _MADE_UP if appearance.makeup_style == "glam" else 0.0


@dataclass(frozen=True)
class MouthRest:
    """What is a person's own.

    Attributes:
        apart: [n] how far the two asked lines lie apart in the neutral, cm.
        tall: (upper, lower) height of the lips in the middle, in the neutral as the skin has them, cm.
        fuller: what is added to the height of the lips, cm.
    """

    apart: np.ndarray
    tall: tuple[float, float]
    fuller: float

    def closed(self, lip: int, now: float) -> float:
        """Height in the middle, cm, at which the upper (0) or lower (1) ``lip`` is drawn while closed and
        ``now`` cm high as the skin has it."""
        full = (max(sum(self.tall), _LEAST) / _USUAL) ** _OWN
        full = min(max(full, _FULL[0]), _FULL[1])
        changed = now / max(self.tall[lip], _LEAST)
        return _CLOSED[lip] * full * min(max(changed, _CHANGED[0]), _CHANGED[1]) + self.fuller


def lip_side(rest: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """[S] which lip a vertex belongs to, with how much of a gap it has to close."""
    seam = landmarks[[48, 60, 61, 62, 63, 64, 54]].copy()
    seam[2:5] = (landmarks[61:64] + landmarks[[67, 66, 65]]) / 2
    above = rest[:, 1] - np.interp(rest[:, 0], seam[:, 0], seam[:, 1])
    near = np.exp(-((above / 1.1) ** 2)) * (1 - smoothstep(0.85, 1.05, np.abs(rest[:, 0]) / seam[-1, 0]))
    return (np.tanh(above / 0.03) * near * (rest[:, 2] > 6.0)).astype(np.float32)


def close_lips(
    points: np.ndarray, triangles: np.ndarray, side: np.ndarray, overlap: float, widest: float = np.inf
) -> None:
    """Move the lips of ``points`` [S, 3] in place, each to its ``side``, until no gap is seen.

    What looks like a gap of more than ``widest`` cm is left alone: lips that lie far behind the nose or the
    chin look deep without being open.
    """
    scale, rows = 24.0, np.abs(side) > 0.2
    low, high = points[rows, :2].min(0) - 0.2, points[rows, :2].max(0) + 0.2
    width, height = ((high - low) * scale).astype(int)
    near = triangles[rows[triangles].any(1)]
    for _ in range(3):
        seen = np.concatenate([(points[:, :2] - low) * scale, points[:, 2:]], 1)
        lips = points[rows]
        surface = np.interp(np.arange(width) / scale + low[0], *_profile(lips))
        depth = nearness_map(seen, near, height, width)
        inner = np.abs(np.linspace(low[1], high[1], height) - np.median(lips[:, 1]))[:, None] < 0.8
        between = points[np.abs(side) > 0.85, 0]
        columns = np.arange(width) / scale + low[0]
        inner = inner & (columns > between.min()) & (columns < between.max())
        gap = ((depth < surface - 1.1) & inner).sum(0) / scale
        if gap.max() > widest:
            return
        gap = np.convolve(np.where(gap > 0, gap + overlap, 0), _WINDOW, "same")
        if gap.max() <= overlap:
            return
        share = np.interp(points[:, 0], np.arange(width) / scale + low[0], gap)
        points[:, 1] -= 0.55 * side * share


def _profile(lips: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """x and the foremost z of the lips there."""
    edges = np.linspace(lips[:, 0].min(), lips[:, 0].max(), 13)
    cell = np.clip(np.digitize(lips[:, 0], edges) - 1, 0, 11)
    return (edges[1:] + edges[:-1]) / 2, np.array(
        [lips[cell == k, 2].max() if (cell == k).any() else -99.0 for k in range(12)]
    )


def meant(expression: np.ndarray) -> float:
    """How much a mouth smiles or frowns with its stronger corner under ``expression`` [52], 0 to 1."""
    return float(smoothstep(*_MEANT, expression[_CORNERS].max()))


def facing_along(line: np.ndarray, view: np.ndarray) -> np.ndarray:
    """[n] how far places along the ``line`` [n, 3] of a mouth face a camera in direction ``view`` [3]."""
    along = slope(line)
    away = np.maximum(np.hypot(along[:, 0], along[:, 2]), 1e-6)
    facing = (along[:, 0] * view[2] - along[:, 2] * view[0]) / away
    # What lies beyond a place that faces away is hidden by it.
    middle = len(line) // 2
    facing[middle:] = np.minimum.accumulate(facing[middle:])
    facing[: middle + 1] = np.minimum.accumulate(facing[middle::-1])[::-1]
    return facing
