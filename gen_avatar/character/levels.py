"""Geometry buffers as bytes: eight bits a channel are as much as a painter can tell."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from gen_avatar.character.buffers import BUFFER_CHANNELS

#: Channels that run from -1 to 1; the others run from 0 to 1.
SIGNED = np.array([name.startswith(("normal_", "tangent_")) for name in BUFFER_CHANNELS])


def quantise(buffers: np.ndarray) -> np.ndarray:
    """[C, H, W] float buffers to [H, W, C] uint8; 0 stays exactly 0 in every channel."""
    signed = SIGNED[:, None, None]
    levels = np.where(signed, buffers.astype(np.float32) * 127 + 128, buffers.astype(np.float32) * 255)
    return np.ascontiguousarray(np.round(levels).clip(0, 255).astype(np.uint8).transpose(1, 2, 0))


def restore(levels: np.ndarray, device: torch.device | str = "cpu") -> Tensor:
    """[B, H, W, C] uint8 to [B, C, H, W] float32, channels last in memory."""
    scale = torch.from_numpy(np.where(SIGNED, 1 / 127, 1 / 255).astype(np.float32))
    offset = torch.from_numpy(np.where(SIGNED, -128 / 127, 0).astype(np.float32))
    floats = torch.from_numpy(np.array(levels)).to(device).float()
    return floats.mul_(scale.to(device)).add_(offset.to(device)).permute(0, 3, 1, 2)
