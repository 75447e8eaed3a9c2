"""First-order motion of keypoints, dense motion from it, and the maps that the networks see. Torch, batched.

Coordinates of pictures run from 0 to 1 over the side, x to the right and y down. Motion goes backwards, from
a place of the driving moment to where it was in the source, as a picture is warped.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from gen_avatar.warp.points import (
    GROUPS,
    INNER_LIPS,
    LEFT_EYE,
    LEFT_IRIS,
    OUTER_LIPS,
    RIGHT_EYE,
    RIGHT_IRIS,
    TURNING,
)

#: How strongly the motion of a patch is drawn towards that of the whole face, in squared patch sizes.
RIDGE = 0.15
#: Smallest spread of a patch that says something of its motion: patches seen edge-on do not, shares of the
#: side.
_SPREAD = 0.008
#: Distance within which a keypoint's say no longer grows, shares of the side.
SOFTENING = 0.01
#: Width of the blobs that mark keypoints, shares of the side.
BLOB = 0.025
#: Foreshortening of a patch at which it counts as turned away, and as seen.
_EDGE = (0.05, 0.4)
#: Channels of :func:`feature_maps`, and the width of their lines, shares of the side.
MAPS = 5
_LINE = 1 / 128
#: Binary digits after the point of what is drawn.
_BITS = 4


def first_order(source: Tensor, driving: Tensor, seen: Tensor | None = None) -> Tensor:
    """The relative Jacobians J_s J_d⁻¹: how a patch of the driving moment is turned and stretched in the
    source.

    Least squares over the patch, regularised towards the best affine motion of all keypoints, since patches
    that are seen edge-on say nothing across.

    Args:
        source, driving: [B, K, 1 + P, 2] keypoints with their patches.
        seen: [B, K] in [0, 1] how much a patch is to be believed, of :func:`facing`; the face as a whole
        speaks for
            the others.

    Returns:
        [B, K, 2, 2].
    """
    whole = _affine(source[:, :, 0] - source[:, :, 0].mean(1, keepdim=True),
                    driving[:, :, 0] - driving[:, :, 0].mean(1, keepdim=True), None)  # fmt: skip
    a = source[:, :, 1:] - source[:, :, :1]
    b = driving[:, :, 1:] - driving[:, :, :1]
    whole = whole[:, None].expand(-1, a.shape[1], -1, -1)
    own = _affine(a, b, whole)
    return own if seen is None else torch.lerp(whole, own, seen[..., None, None])


def _affine(a: Tensor, b: Tensor, prior: Tensor | None) -> Tensor:
    """[..., 2, 2] M with ``a ≈ b @ Mᵀ`` for [..., P, 2] offsets, drawn towards ``prior``."""
    gram = b.transpose(-1, -2) @ b
    cross = a.transpose(-1, -2) @ b
    size = b.shape[-2]
    ridge = 1e-8 if prior is None else RIDGE * gram.diagonal(dim1=-2, dim2=-1).sum(-1) / 2 + size * _SPREAD**2
    eye = torch.eye(2, dtype=b.dtype, device=b.device)
    ridge = torch.as_tensor(ridge, dtype=b.dtype, device=b.device)[..., None, None]
    right = cross if prior is None else cross + ridge * prior
    return right @ _inverse(gram + ridge * eye)


def _inverse(m: Tensor) -> Tensor:
    """Inverse of [..., 2, 2] matrices, in closed form."""
    a, b, c, d = m[..., 0, 0], m[..., 0, 1], m[..., 1, 0], m[..., 1, 1]
    rows = torch.stack([torch.stack([d, -b], -1), torch.stack([-c, a], -1)], -2)
    return rows / (a * d - b * c)[..., None, None]


def grid(side: int, like: Tensor) -> Tensor:
    """[side, side, 2] centres (x, y) of the pixels."""
    line = (torch.arange(side, dtype=like.dtype, device=like.device) + 0.5) / side
    return torch.stack(torch.meshgrid(line, line, indexing="xy"), -1)


def slot_motion(source: Tensor, driving: Tensor, jacobian: Tensor) -> Tensor:
    """Where each keypoint says that a place z was, ``J (z - p_d) + p_s``, as the rows of ``M z + c``, and the
    background's own answer: z itself.

    Args:
        source, driving: [B, K, 2]; jacobian: [B, K, 2, 2].

    Returns:
        [B, K + 1, 2, 3]; the last slot is the background.
    """
    shift = source - (jacobian @ driving[..., None])[..., 0]
    moved = torch.cat([jacobian, shift[..., None]], -1)
    stays = torch.eye(2, 3, dtype=source.dtype, device=source.device)
    return torch.cat([moved, stays.expand(len(source), 1, -1, -1)], 1)


def blended(weights: Tensor, slots: Tensor) -> Tensor:
    """[B, h, h, 2] the flow that all slots [B, K + 1, 2, 3] agree on, with weights [B, h, h, K + 1].

    Affine motions are averaged before they are applied, which comes to the same and costs a tenth.
    """
    b, side = weights.shape[:2]
    mean = (weights.reshape(b, side * side, -1) @ slots.flatten(2)).reshape(b, side, side, 2, 3)
    z = grid(side, weights)[..., None]
    return (mean[..., :2] @ z)[..., 0] + mean[..., 2]


def nearness(driving: Tensor, power: Tensor, bias: Tensor, side: int) -> Tensor:
    """[B, side, side, K + 1] prior logits: a keypoint speaks for what is around it in the driving moment.

    The weights fall with a power of the distance (Shepard 1968): exact at a keypoint, smooth far from all.

    Args:
        driving: [B, K, 2]; power: [K]; bias: [K + 1].
    """
    line = (torch.arange(side, dtype=driving.dtype, device=driving.device) + 0.5) / side
    across = (line[:, None] - driving[:, None, :, 0]).square()
    down = (line[:, None] - driving[:, None, :, 1]).square() + SOFTENING**2
    logits = -power * torch.log(across[:, None] + down[:, :, None])
    return torch.cat([logits, torch.zeros_like(logits[..., :1])], -1) + bias


def facing(points: Tensor, layout: Tensor) -> Tensor:
    """[B, K] in [0, 1]: how much of a patch is turned to the viewer; 1 for lids and lips.

    Args:
        points: [B, K, 1 + P, 2] keypoints with their patches; layout: [K, P, 2] of the plan.
    """
    flat = layout.to(points)
    away = points[:, :, 1:] - points[:, :, :1]
    gram = flat.transpose(-1, -2) @ flat
    matrix = away.transpose(-1, -2) @ flat @ _inverse(gram + 1e-4 * torch.eye(2).to(gram))
    area = -torch.linalg.det(matrix)  # the picture's y points down
    turning = area[:, TURNING]
    whole = turning.quantile(0.7, dim=1, keepdim=True).clamp(min=1e-8)
    seen = torch.ones_like(area)
    seen[:, TURNING] = ((turning / whole - _EDGE[0]) / (_EDGE[1] - _EDGE[0])).clamp(0, 1)
    return seen


def group_blobs(points: Tensor, side: int) -> Tensor:
    """[B, G, side, side] blobs at keypoints [B, K, 2], a channel a group."""
    line = (torch.arange(side, dtype=points.dtype, device=points.device) + 0.5) / side
    bump = torch.exp(-(line - points[..., None]).square() / (2 * BLOB**2))  # separable: [B, K, 2, side]
    across, down = bump[:, :, 0], bump[:, :, 1]
    return torch.stack(
        [torch.einsum("bky,bkx->byx", down[:, rows], across[:, rows]).clamp(max=2) for rows in GROUPS], 1
    )


def feature_maps(points: np.ndarray, side: int) -> np.ndarray:
    """What lies open: the mouth, the eyes, and the irises as far as the lids show them; and, shut or not, the
    lines of upper lids and lips, and the lips with what is between them.

    Args:
        points: [K, 1 + P, 2] keypoints with their patches.

    Returns:
        [MAPS, side, side] float32 in [0, 1].
    """
    middle = points[:, 0]
    mouth, eyes, iris, lines, lips = (np.zeros((side, side), np.uint8) for _ in range(MAPS))
    width = max(round(_LINE * side), 1)
    fill(mouth, middle[INNER_LIPS])
    fill(lips, middle[OUTER_LIPS])
    for outline, row in ((RIGHT_EYE, RIGHT_IRIS), (LEFT_EYE, LEFT_IRIS)):
        fill(eyes, middle[outline])
        fill(iris, points[row, 1:])
        stroke(lines, middle[outline[:4]], width)
    upper, lower = INNER_LIPS[:5], [INNER_LIPS[0], *INNER_LIPS[:3:-1]]
    stroke(lines, (middle[upper] + middle[lower]) / 2, width)
    return np.stack([mouth, eyes, np.minimum(iris, eyes), lines, lips]).astype(np.float32) / 255


def fill(canvas: np.ndarray, outline: np.ndarray) -> None:
    """Fill a polygon [n, 2], shares of the side, on a ``canvas`` [S, S] uint8 in place, with smooth edges."""
    if (fixed := _fixed(canvas, outline)) is not None:
        cv2.fillPoly(canvas, [fixed], 255, cv2.LINE_AA, _BITS)


def stroke(canvas: np.ndarray, line: np.ndarray, width: int, closed: bool = False) -> None:
    """Draw through points [n, 2] in the same way, ``width`` pixels wide."""
    if (fixed := _fixed(canvas, line)) is not None:
        cv2.polylines(canvas, [fixed], closed, 255, width, cv2.LINE_AA, _BITS)


def _fixed(canvas: np.ndarray, points: np.ndarray) -> np.ndarray | None:
    """[n, 2] int32 as OpenCV draws them; None for what lies far outside, where its numbers are short and
    nothing is seen."""
    if np.abs(points).max() > 8:
        return None
    return np.round((points * canvas.shape[0] - 0.5) * 2**_BITS).astype(np.int32)


def sample(image: Tensor, places: Tensor) -> Tensor:
    """Pictures [B, C, H, W] at places [B, h, w, 2] in [0, 1]; borders are continued."""
    return F.grid_sample(image, places * 2 - 1, "bilinear", "border", align_corners=False)
