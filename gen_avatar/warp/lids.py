"""Shut eyes are covered by lids: what was copied from inside an open eye is copied from the skin beside it.

Torch, batched; coordinates as in :mod:`gen_avatar.warp.motion`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gen_avatar.warp.motion import grid
from gen_avatar.warp.points import LEFT_EYE, RIGHT_EYE

#: Openings of an eye, as shares of that in the source, at which its lids are shut and begin to be.
_SHUT, _OPEN = 0.38, 0.64
#: How far lashes reach beyond the lids, and the eye beyond its corners, in halves of its width.
_LASHES, _CORNERS = 0.28, 0.12
#: Where shut lids are, halves of the eye's width along it and across: an ellipse, and how it runs out.
_COVER, _RIM = (1.35, 0.75), 0.4
#: An eye that is no more open than this in the source has nothing to hide (its height to its width).
_NARROW = 0.12


def shutting(source: Tensor, driving: Tensor) -> Tensor:
    """[B, 2] in [0, 1] how far right and left eye are shut, of keypoints [B, K, 2] of both moments."""
    before, after = _openings(source), _openings(driving)
    share = after / before.clamp(min=1e-4)
    shut = ((_OPEN - share) / (_OPEN - _SHUT)).clamp(0, 1)
    return shut * (before > _NARROW)


def off_the_eyes(places: Tensor, source: Tensor, shut: Tensor) -> Tensor:
    """Places [B, h, w, 2] of the source, led up and down out of its eyes as far as these are ``shut`` [B, 2].

    Args:
        source: [B, K, 2] keypoints of the source.
    """
    openings = _openings(source)
    for eye, rows in enumerate((RIGHT_EYE, LEFT_EYE)):
        amount = shut[:, eye, None, None]
        if not bool((amount > 0).any()):
            continue
        lids = source[:, rows].to(places)
        across = (lids[:, 3] - lids[:, 0]) / 2
        half = across.norm(dim=-1, keepdim=True).clamp(min=1e-4)
        down = torch.stack([-across[:, 1], across[:, 0]], -1) / half
        height = (openings[:, eye, None].to(half) + _LASHES) * half
        away = places - lids.mean(1)[:, None, None]
        u = (away @ (across / (half * half * (1 + _CORNERS)))[:, None, :, None])[..., 0]
        v = (away @ (down / height)[:, None, :, None])[..., 0]
        edge = (1 - u * u).clamp(min=0).sqrt()
        beyond = (edge - v.abs()).clamp(min=0) * torch.where(v < 0, -1.0, 1.0)
        places = places + (amount * beyond)[..., None] * (down * height)[:, None, None]
    return places


def covered(side: int, driving: Tensor, shut: Tensor) -> Tensor:
    """[B, 1, side, side] in [0, 1] where shut lids are, as far as the eyes are ``shut`` [B, 2]: nothing is to
    be guessed there.

    Args:
        driving: [B, K, 2] keypoints of the moment.
    """
    out = driving.new_zeros(len(driving), side, side)
    for eye, rows in enumerate((RIGHT_EYE, LEFT_EYE)):
        amount = shut[:, eye, None, None]
        if not bool((amount > 0).any()):
            continue
        lids = driving[:, rows]
        across = (lids[:, 3] - lids[:, 0]) / 2
        axes = torch.stack([across, torch.stack([-across[:, 1], across[:, 0]], -1)], -1)
        axes = axes / (across.square().sum(-1).clamp(min=1e-8)[:, None, None] * axes.new_tensor(_COVER))
        away = ((grid(side, driving)[None] - lids.mean(1)[:, None, None]) @ axes[:, None]).norm(dim=-1)
        out = torch.maximum(out, amount * ((1 - away) / _RIM).clamp(0, 1))
    return out[:, None]


def _openings(points: Tensor) -> Tensor:
    """[B, 2] the height of the right and the left eye by their width."""
    answers = []
    for rows in (RIGHT_EYE, LEFT_EYE):
        p = points[:, rows]
        gap = ((p[:, 1] - p[:, 5]).norm(dim=-1) + (p[:, 2] - p[:, 4]).norm(dim=-1)) / 2
        answers.append(gap / (p[:, 0] - p[:, 3]).norm(dim=-1).clamp(min=1e-4))
    return torch.stack(answers, 1)
