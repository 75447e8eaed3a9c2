"""Whether drawings are of one style: whether what the encoder takes for their style falls into two groups."""

from __future__ import annotations

import numpy as np

#: Fewer drawings than this fall into nothing.
_FROM = 6
#: Silhouette (Rousseeuw 1987) of the two groups from where on they are two styles. Drawings of one style
#: reached 0.67, mixtures 0.48 to 0.85: some go unnoticed, so that nobody is warned for nothing.
_APART = 0.72
#: Axes along which groups are looked for.
_AXES = 2


def odd_ones(latents: np.ndarray) -> list[int]:
    """The drawings that look like another style than most: the smaller of two groups that lie apart, or none.

    Args:
        latents: [N, L] style latents of the drawings.
    """
    if len(latents) < _FROM:
        return []
    centred = latents - latents.mean(0)
    distance = np.linalg.norm(latents[:, None] - latents[None], axis=-1)
    best, chosen = 0.0, np.zeros(len(latents), bool)
    for axis in np.linalg.svd(centred, full_matrices=False)[2][:_AXES]:
        order = np.argsort(centred @ axis)
        for cut in range(2, len(latents) - 1):
            high = np.zeros(len(latents), bool)
            high[order[cut:]] = True
            score = silhouette(distance, high)
            if score > best:
                best, chosen = score, high if high.sum() <= len(latents) // 2 else ~high
    return [int(i) for i in np.flatnonzero(chosen)] if best > _APART else []


def silhouette(distance: np.ndarray, group: np.ndarray) -> float:
    """Mean silhouette of two groups, [N] bool, at distances [N, N]: 1 apart, 0 not at all."""
    same = group[:, None] == group[None]
    own = (distance * same).sum(1) / np.maximum(same.sum(1) - 1, 1)
    other = (distance * ~same).sum(1) / np.maximum((~same).sum(1), 1)
    return float(((other - own) / np.maximum(np.maximum(other, own), 1e-9)).mean())
