"""How what surrounds the face moves: hair, hats and the sides of the head, as hulls that turn with the skull.

The keypoints of the skull tell an affine camera for each moment. A ray of the driving moment meets a hull,
and the camera of the source tells where that point was. Hulls are ellipsoids about the skull, which go on
downwards as cylinders, as hair does. Torch, batched; coordinates as in :mod:`gen_avatar.warp.motion`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from gen_avatar.warp.motion import grid
from gen_avatar.warp.points import RIGID

#: Centre and radii of the bare skull in the frame of the head, cm, and the hulls as multiples of the radii.
_CENTER, _RADII = (0.0, 4.0, 0.5), (8.6, 10.6, 10.5)
SCALES = (1.0, 1.25, 1.55)
#: Rays that look along a cylinder meet it nowhere: least slope against it, squared.
_LEAST = 1e-3


@dataclass(frozen=True)
class Hulls:
    """Answers of H hulls.

    Attributes:
        flow: [B, h, h, H, 2] where in the source each place was, in [0, 1].
        facing: [B, h, h, H] cosine at which the source saw that point, negative where it did not.
        inside: [B, h, h, H] 1 in the middle of a hull, 0 at its outline, negative beyond.
        below: [B, h, h, H] how far below the middle the point lies, radii.
    """

    flow: Tensor
    facing: Tensor
    inside: Tensor
    below: Tensor


def cameras(points: Tensor, places: Tensor) -> Tensor:
    """[B, 2, 4] affine cameras, from the head to the picture.

    Args:
        points: [B, K, 2] keypoints; places: [K, 3] where they lie on a head at rest, cm.
    """
    rows = places[RIGID].to(points)
    rows = torch.cat([rows, torch.ones_like(rows[:, :1])], 1)
    return torch.linalg.solve(rows.T @ rows, rows.T @ points[:, RIGID]).transpose(1, 2)


def hulls(source: Tensor, driving: Tensor, side: int) -> Hulls:
    """How the hulls move, from the cameras [B, 2, 4] of both moments, on a grid of ``side``."""
    center, radii = source.new_tensor(_CENTER), source.new_tensor(_RADII)
    linear = driving[:, :, :3]
    view = _towards(driving)
    gram = torch.linalg.inv(linear @ linear.transpose(1, 2))
    back = linear.transpose(1, 2) @ gram  # [B, 3, 2]
    z = grid(side, source).reshape(1, -1, 2) - driving[:, None, :, 3] - (linear @ center)[:, None]
    start = (z @ back.transpose(1, 2))[:, :, None]  # [B, n, 1, 3], from the centre
    size = radii * source.new_tensor(SCALES)[:, None]  # [H, 3]
    y, u = start / size, (view[:, None, None] / size).expand(-1, 1, -1, -1)
    ball, inside = _met(y, u, y.new_ones(3))
    round_, beside = _met(y, u, y.new_tensor([1.0, 0.0, 1.0]))
    low = (y + ball[..., None] * u)[..., 1:2] < 0
    reached = torch.where(low, y + round_[..., None] * u, y + ball[..., None] * u)
    inside = torch.where(low[..., 0], beside, inside)
    axes = torch.where(low, y.new_tensor([1.0, 0.0, 1.0]), y.new_ones(3))
    shown, facing = _shown(reached, _towards(source)[:, None, None] / size, axes)
    flow = torch.einsum("bck,bnhk->bnhc", source[:, :, :3], shown * size + center)
    flow = flow + source[:, None, None, :, 3]
    shape = (len(source), side, side, len(SCALES))
    return Hulls(
        flow.reshape(*shape, 2), facing.reshape(shape), inside.reshape(shape), -reached[..., 1].reshape(shape)
    )


def _towards(camera: Tensor) -> Tensor:
    """[B, 3] unit vectors from the head towards the viewer, whose picture's y points down."""
    return torch.nn.functional.normalize(-torch.linalg.cross(camera[:, 0, :3], camera[:, 1, :3]), dim=-1)


def _met(y: Tensor, u: Tensor, axes: Tensor) -> tuple[Tensor, Tensor]:
    """Where rays y + t u meet the unit ball of ``axes`` first as the viewer sees it, or pass it nearest: t,
    and 1 minus the squared distance at which they pass its middle."""
    along = (u * u * axes).sum(-1).clamp(min=_LEAST)
    across = (y * u * axes).sum(-1)
    inside = 1 - (y * y * axes).sum(-1) + across * across / along
    return -across / along + (inside.clamp(min=0) / along).sqrt(), inside


def _shown(y: Tensor, u: Tensor, axes: Tensor) -> tuple[Tensor, Tensor]:
    """Points y on the unit ball of ``axes`` as somebody along u sees them: those behind are led to the
    outline, and the cosine at which they are seen."""
    u = torch.nn.functional.normalize(u * axes, dim=-1)
    flat = y * axes
    size = flat.norm(dim=-1, keepdim=True)
    along = (flat * u).sum(-1, keepdim=True)
    rim = flat - along * u
    rim = rim * size / rim.norm(dim=-1, keepdim=True).clamp(min=_LEAST)
    behind = torch.where(along < 0, rim, flat)
    return behind + y * (1 - axes), (along / size.clamp(min=_LEAST))[..., 0]
