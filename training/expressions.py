"""Random faces for synthetic training data."""

from __future__ import annotations

import torch
from torch import Tensor

from gen_avatar.types import ARKIT_52

#: How often a channel is part of a face, relative to the others.
_OFTEN = {
    "eyeBlink": 3.0,
    "mouthSmile": 3.0,
    "jawOpen": 4.0,
    "browInnerUp": 2.0,
    "browDown": 2.0,
    "browOuterUp": 2.0,
}
_MOST = 6


def expression_units() -> list[tuple[int, int, float]]:
    """Channels that move together: (index, its right twin's or -1, how often); no eyeLook, no tongue."""
    units = []
    for index, name in enumerate(ARKIT_52):
        direction = name in ("jawLeft", "jawRight", "mouthLeft", "mouthRight")
        if name.startswith("eyeLook") or name == "tongueOut" or (name.endswith("Right") and not direction):
            continue
        paired = name.endswith("Left") and not direction
        twin = ARKIT_52.index(name.removesuffix("Left") + "Right") if paired else -1
        units.append((index, twin, next((v for k, v in _OFTEN.items() if name.startswith(k)), 1.0)))
    return units


def sample_expressions(count: int, random: torch.Generator) -> Tensor:
    """[B, 52] sparse faces: none to six units on average, sides mostly alike; eyeLook weights are zero."""

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=random)

    units = expression_units()
    n = len(units)
    often = torch.tensor([u[2] for u in units])
    wanted = torch.randint(0, _MOST + 1, (count, 1), generator=random)
    on = uniform(count, n) < wanted * often / often.sum()
    left = on * uniform(count, n) ** 1.3  # slight movements are commoner than extreme ones
    right = (left + 0.05 * torch.randn(count, n, generator=random) * on).clamp(0, 1)
    apart = uniform(count, n) < 0.2
    other = uniform(count, n) ** 2.5 * on
    swap = uniform(count, n) < 0.5
    left, right = torch.where(apart & swap, other, left), torch.where(apart & ~swap, other, right)
    weights = torch.zeros(count, len(ARKIT_52))
    for column, (index, twin, _) in enumerate(units):
        weights[:, index] = left[:, column]
        if twin >= 0:
            weights[:, twin] = right[:, column]
    # Closing the lips means something only while the jaw is open, and cannot exceed it.
    close, jaw = ARKIT_52.index("mouthClose"), ARKIT_52.index("jawOpen")
    weights[:, close] = torch.minimum(weights[:, close], weights[:, jaw])
    return weights
