"""Laying drawings and fitted characters upon each other.

No fit puts every curl where the illustrator drew it, and a network that learns from pairs which do not match
learns to blur. So the geometry buffers are bent until they lie under the drawing: first by the keypoints, and
then, as the style is being learnt, by optical flow between the drawing and what is painted of it so far.
Where one has something and the other nothing, the drawing teaches little.

What is painted so far may have its outline outside the figure where the drawings have it inside, and flow
alone would shrink the figure under it for good. So after each flow the two silhouettes are laid upon each
other: a style is learnt as one that paints nothing outside the figure.
"""

from __future__ import annotations

import cv2
import numpy as np

from gen_avatar.finetune.doubt import difference

#: How far keypoints and flow may bend, shares of the side.
_REACH = 0.07
#: Over what distance flow is even, shares of the side: it lays anything under anything if it may; and over
#: what distance silhouettes are.
_STIFF, _EVEN = 0.025, 0.010
#: Over what distance a keypoint's displacement counts.
_SPREAD = 0.06
#: Pictures that differ by less than this are alike: bending need not make them more so.
_ALIKE = 0.02
#: How far from the edge of the figure silhouettes bend what lies there, and how often in a row.
_BAND, _NUDGES = 0.06, 2
#: Shapes that differ by more than this, shares of the side, are not the same thing.
_THICK = 0.02
#: Weight of what is not the same thing.
_DOUBTED = 0.05
#: Grey behind pictures with alpha.
_BACKDROP = 0.6


def bend_by_keypoints(found: np.ndarray, own: np.ndarray, side: int) -> np.ndarray:
    """[side, side, 2] where to look in the buffers for what the drawing shows at each pixel, less the pixel.

    Args:
        found: [K, 2] keypoints of the framed drawing, pixels; own: [K, 2] those of the character.
    """
    y, x = np.mgrid[:side, :side].astype(np.float32) + 0.5
    places = np.stack([x, y], -1)[..., None, :]  # [side, side, 1, 2]
    squared = ((places - found.astype(np.float32)) ** 2).sum(-1) / (_SPREAD * side) ** 2
    weight = np.exp(-0.5 * squared)
    shift = (weight[..., None] * (own - found).astype(np.float32)).sum(2)
    return limited(shift / np.maximum(weight.sum(-1), 0.35)[..., None], side)


def bend_by_flow(drawing: np.ndarray, painted: np.ndarray) -> np.ndarray:
    """[S, S, 2] where ``painted`` shows what ``drawing`` shows at each pixel, less the pixel; both
    [S, S, 4] premultiplied in [0, 1]. Where bending does not help, nothing is bent."""
    side = len(drawing)
    grey = [np.round(255 * _grey(picture)).astype(np.uint8) for picture in (drawing, painted)]
    method = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    method.setUseSpatialPropagation(True)
    flow = method.calc(grey[0], grey[1], None)  # type: ignore[call-overload]
    flow = limited(cv2.GaussianBlur(flow, (0, 0), _STIFF * side), side)
    before = difference(drawing, painted)
    after = difference(drawing, bent(painted, flow))
    # Flow sees nothing where a figure is as grey as the backdrop, and may run off there.
    helps = cv2.GaussianBlur(
        (after < np.maximum(before, _ALIKE)).astype(np.float32), (0, 0), 2 * _EVEN * side
    )
    return flow * np.clip(2 * helps[..., None] - 0.5, 0, 1)


def bend_by_silhouette(drawn: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """[S, S, 2] where the edge of ``covered`` is for the edge of ``drawn`` at each pixel, less the pixel.

    Edges are moved along their normals and all that is far from them stays; edges that are too far apart
    belong to different things and stay as well.

    Args:
        drawn, covered: [S, S] alpha of the drawing and coverage of the character.
    """
    side = len(drawn)
    wanted = _inwards(drawn)
    flow = np.zeros((side, side, 2), np.float32)
    for _ in range(_NUDGES):
        has = _inwards(bent(covered[..., None], flow)[..., 0])
        off = wanted - has
        slope = np.stack(np.gradient(cv2.GaussianBlur(has, (0, 0), _EVEN * side))[::-1], -1)
        slope /= np.maximum(np.linalg.norm(slope, axis=-1, keepdims=True), 0.5)
        near = np.exp(-0.5 * (wanted / (_BAND * side / 2)) ** 2)
        same = np.clip(2 - np.abs(off) / (_THICK * side), 0, 1)
        told = cv2.GaussianBlur(near * same, (0, 0), _EVEN * side)[..., None]
        shift = cv2.GaussianBlur((near * same * off)[..., None] * slope, (0, 0), _EVEN * side)
        flow = together(flow, limited(shift / np.maximum(told, 0.2) * near[..., None], side))
    return flow


def limited(flow: np.ndarray, side: int) -> np.ndarray:
    """A flow whose vectors are no longer than ``_REACH``."""
    length = np.linalg.norm(flow, axis=-1, keepdims=True)
    most = _REACH * side
    return (flow * (most * np.tanh(length / most) / np.maximum(length, 1e-6))).astype(np.float32)


def bent(planes: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """[S, S, C] looked up at each pixel plus ``flow`` [S, S, 2]; the picture goes on beyond its edges."""
    height, width, channels = planes.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    at = x + flow[..., 0], y + flow[..., 1]
    parts = [
        cv2.remap(
            np.ascontiguousarray(planes[..., k : k + 4]), *at, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE
        )
        for k in range(0, channels, 4)
    ]  # OpenCV takes four at a time
    return np.concatenate([p.reshape(height, width, -1) for p in parts], -1)


def together(first: np.ndarray, then: np.ndarray) -> np.ndarray:
    """The flow that bends by ``first`` and bends the result by ``then``, both [S, S, 2]."""
    return then + bent(first, then)


def shape_trust(drawn: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """[S, S] in [0, 1]: low where one has something and the other nothing, outlines apart.

    Args:
        drawn, covered: [S, S] alpha of the drawing and coverage of the character.
    """
    side = len(drawn)
    width = 2 * round(_THICK * side / 2) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    differs = (np.abs(drawn - covered) > 0.5).astype(np.uint8)
    thick = cv2.dilate(cv2.morphologyEx(differs, cv2.MORPH_OPEN, kernel), kernel)
    return 1 - (1 - _DOUBTED) * thick.astype(np.float32)


def _inwards(coverage: np.ndarray) -> np.ndarray:
    """[S, S] distance from the edge of what is covered, pixels: above 0 inside, below outside."""
    inside = (coverage > 0.5).astype(np.uint8)
    return cv2.distanceTransform(inside, cv2.DIST_L2, 5) - cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5)


def _grey(picture: np.ndarray) -> np.ndarray:
    seen = picture[..., :3] + _BACKDROP * (1 - picture[..., 3:])
    return (seen @ np.array([0.30, 0.59, 0.11], np.float32)).clip(0, 1).astype(np.float32)
