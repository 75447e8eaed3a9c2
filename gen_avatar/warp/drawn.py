"""What drawn faces do that a still of them does not show: eyes that are shut are a bold line in the colour of
their lashes, mouths that open are dark, with teeth and tongue. Works on pictures of any size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from gen_avatar.character.palette import MOUTH, TEETH, TONGUE, hex_to_rgb
from gen_avatar.warp.points import INNER_LIPS, LEFT_EYE, RIGHT_EYE

#: Where the line of the upper lid is looked for: along the eye, and from above to below the lid's edge,
#: halves of the eye's width; its colour is this percentile of what is darkest there.
_ALONG, _ACROSS, _DARK = (-0.75, 0.75, 13), (-0.4, 0.15, 12), 30.0
#: Half the width of the line at its boldest, its start beside the nose and its end beyond the outer corner,
#: halves of the eye's width; where it is boldest, a share of its length.
_BOLD, _START, _END, _BOLDEST = 0.085, -0.96, 1.12, 0.6
#: How far lips are apart in a mouth that shows nothing of its inside, and how much farther until it is drawn
#: and wholly is: distances of the outer eye corners.
_CLOSED, _PARTED = 0.045, (0.012, 0.04)
#: Pictures less colourful than this (mean distance of the channels) have greyer mouths.
_COLORFUL = 0.06
_INSIDE = {"mouth": MOUTH, "tongue": TONGUE, "teeth": TEETH}
#: How wide its dark rim is, how dark that is in the colour of the inside, and the area of what is too small
#: to be drawn; in the same distances.
_RIM, _DARKER, _SLIVER = 0.012, 0.6, 0.0015
#: How much finer outlines are inked than the picture is.
_FINER = 4
#: Points of the line, and binary digits after the point of what is drawn.
_POINTS, _BITS = 24, 4
#: How far an eye must be shut for the line to begin to show, and to show wholly.
_SHUT = (0.35, 0.85)


@dataclass(frozen=True)
class Drawing:
    """How somebody is drawn.

    Attributes:
        lashes: [2, 3] sRGB of the line of the right and the left upper lid.
        inside: sRGB [3] of what is in the mouth; empty if the still shows that itself.
        parted: how far the lips of the still are apart, distances of the outer eye corners.
    """

    lashes: np.ndarray
    inside: dict[str, np.ndarray]
    parted: float

    @classmethod
    def of(cls, picture: np.ndarray, points: np.ndarray) -> Drawing:
        """From a still [S, S, 4] uint8, straight alpha, and its keypoints [K, 2], shares of the side."""
        parted, inside = _parted(points), {}
        if parted < _CLOSED:
            seen = picture[picture[..., 3] > 127][:, :3].astype(np.float32) / 255
            color = min(float(np.ptp(seen, axis=1).mean()) / _COLORFUL, 1.0) if len(seen) else 1.0
            for part, paint in _INSIDE.items():
                rgb = hex_to_rgb(paint)
                inside[part] = (rgb.mean() + color * (rgb - rgb.mean())).astype(np.float32)
        return cls(lash_colors(picture, points), inside, parted)

    def add(
        self,
        picture: np.ndarray,
        points: np.ndarray,
        shut: np.ndarray,
        mouth: Sequence[tuple[str, np.ndarray]],
    ) -> np.ndarray:
        """[S, S, 4] premultiplied: a moved ``picture`` with shut eyes and the open mouth.

        Args:
            picture: [S, S, 4] float32 premultiplied; points: [K, 2] keypoints of the moment.
            shut: [2] in [0, 1] how far the right and the left eye are shut.
            mouth: parts and outlines [n, 2] of what is in the mouth, shares of the side, from back to front.
        """
        alpha = _ramp(_parted(points) - self.parted, _PARTED) if self.inside else 0.0
        if alpha > 0:
            size = float(np.linalg.norm(points[RIGHT_EYE[0]] - points[LEFT_EYE[3]]))
            for part, outline in mouth:
                if _area(outline) < _SLIVER * size * size:
                    continue
                if part == "mouth":
                    picture = _filled(picture, outline, alpha, _DARKER * self.inside[part], _RIM * size)
                picture = _filled(picture, outline, alpha, self.inside[part])
        return draw_shut(picture, points, shut, self.lashes)


def lash_colors(picture: np.ndarray, points: np.ndarray) -> np.ndarray:
    """[2, 3] sRGB in [0, 1] of the line of the right and the left upper lid.

    Args:
        picture: [S, S, 4] uint8, straight alpha; points: [K, 2] its keypoints, shares of the side.
    """
    u, v = np.meshgrid(np.linspace(*_ALONG), np.linspace(*_ACROSS))
    colors = []
    for eye, outer in ((RIGHT_EYE, -1.0), (LEFT_EYE, 1.0)):
        places = _places(points[eye], u, v, _curve(points[eye])[0], outer) * len(picture) - 0.5
        column, row = np.round(places).astype(int).clip(0, len(picture) - 1).T
        seen = picture[row.T, column.T, :3].astype(np.float32) / 255
        darkest = np.take_along_axis(seen, seen.sum(-1, keepdims=True).argmin(0)[None], 0)[0]
        order = darkest[np.argsort(darkest.sum(-1))]
        colors.append(order[int(len(order) * _DARK / 100)])
    return np.array(colors, np.float32)


def draw_shut(picture: np.ndarray, points: np.ndarray, shut: np.ndarray, colors: np.ndarray) -> np.ndarray:
    """[S, S, 4] premultiplied with the lines of shut eyes.

    Args:
        picture: [S, S, 4] float32 premultiplied; points: [K, 2] keypoints of the moment.
        shut: [2] in [0, 1] how far the right and the left eye are shut; colors: of :func:`lash_colors`.
    """
    for eye, outer, amount, color in zip((RIGHT_EYE, LEFT_EYE), (-1.0, 1.0), shut, colors, strict=True):
        alpha, lids = _ramp(float(amount), _SHUT), points[eye]
        if alpha == 0:
            continue
        share = np.linspace(0, 1, _POINTS)
        bold = np.where(share < _BOLDEST, share / _BOLDEST, (1 - share) / (1 - _BOLDEST))
        half = _BOLD * (0.25 + 0.75 * np.sin(np.pi / 2 * bold))
        u = outer * (_START + share * (_END - _START))
        upper, lower = _curve(lids)
        rims = [_places(lids, u, v, (upper + lower) / 2, outer) for v in (-half, half)]
        picture = _filled(picture, np.concatenate([rims[0], rims[1][::-1]]), alpha, color)
    return picture


def _filled(
    picture: np.ndarray, outline: np.ndarray, alpha: float, color: np.ndarray, rim: float = 0.0
) -> np.ndarray:
    """[S, S, 4] premultiplied with the polygon [n, 2], shares of the side, in a colour [3], ``rim`` of the
    side wider all around."""
    size = len(picture)
    low = np.floor((outline.min(0) - rim) * size).astype(int).clip(0, size)
    high = np.ceil((outline.max(0) + rim) * size).astype(int).clip(0, size) + 1
    high = high.clip(0, size)
    if (high <= low).any():
        return picture
    # What has no height must leave no line: inked larger, without the half pixels of smooth edges.
    mask = np.zeros(((high - low) * _FINER)[::-1], np.uint8)
    corners = np.round(((outline * size - low) * _FINER - 0.5) * 2**_BITS).astype(np.int32)
    cv2.fillPoly(mask, [corners], 255, cv2.LINE_8, _BITS)
    if rim:
        cv2.polylines(mask, [corners], True, 255, max(round(2 * rim * size * _FINER), 1), cv2.LINE_8, _BITS)
    mask = cv2.resize(mask, tuple(high - low), interpolation=cv2.INTER_AREA)
    box = np.s_[low[1] : high[1], low[0] : high[0]]
    share = (alpha / 255) * mask[..., None].astype(np.float32)
    out = picture.copy()
    out[box] += share * (np.append(color, 1).astype(np.float32) * picture[box][..., 3:] - picture[box])
    return out


def _area(outline: np.ndarray) -> float:
    """Of a polygon [n, 2]."""
    x, y = outline.T
    return abs(float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum())) / 2


def _parted(points: np.ndarray) -> float:
    """How far lips are apart in the middle, distances of the outer eye corners."""
    gap = np.linalg.norm(points[INNER_LIPS[2]] - points[INNER_LIPS[6]])
    return float(gap / np.linalg.norm(points[RIGHT_EYE[0]] - points[LEFT_EYE[3]]))


def _ramp(x: float, ends: tuple[float, float]) -> float:
    return float(np.clip((x - ends[0]) / (ends[1] - ends[0]), 0, 1))


def _curve(lids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Upper and lower lid [6, 2] as a and b of v = (1 - u²)(a + b u); u runs along the eye from -1 to 1, v
    down, halves of its width."""
    across = (lids[3] - lids[0]) / 2
    axes = np.stack([across, [-across[1], across[0]]], 1) / max(float(across @ across), 1e-8)
    u, v = ((lids - (lids[0] + lids[3]) / 2) @ axes).T
    bends = []
    for pair in ([1, 2], [5, 4]):
        rise = v[pair] / np.maximum(1 - u[pair] ** 2, 0.5)
        slope = (rise[1] - rise[0]) / max(float(u[pair[1]] - u[pair[0]]), 0.1)
        bends.append(np.array([rise[0] - slope * u[pair[0]], slope]))
    return bends[0], bends[1]


def _places(lids: np.ndarray, u: np.ndarray, v: np.ndarray, curve: np.ndarray, outer: float) -> np.ndarray:
    """[..., 2] of the picture: ``v`` below a lid's curve at ``u``. Beyond the ``outer`` corner (-1 or 1) the
    curve goes straight on."""
    beyond = np.maximum(outer * u - 1, 0)
    level = (1 - u * u).clip(0) * (curve[0] + curve[1] * u) - 2 * beyond * (curve[0] + curve[1] * outer)
    across, middle = (lids[3] - lids[0]) / 2, (lids[0] + lids[3]) / 2
    down = np.array([-across[1], across[0]])
    return middle + u[..., None] * across + (v + level)[..., None] * down
