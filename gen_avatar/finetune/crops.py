"""Where crops for training are taken: half of them show a feature of the face."""

from __future__ import annotations

import numpy as np

from gen_avatar.character.buffers import BUFFER_CHANNELS

#: Groups of channels that crops are aimed at.
FEATURES = tuple(
    [BUFFER_CHANNELS.index(name) for name in group]
    for group in (("eye", "iris"), ("brow", "lash"), ("lips", "mouth"), ("glasses", "catchlight", "ornament"))
)


def crop_corner(rng: np.random.Generator, buffers: np.ndarray, crop: int, align: int = 1) -> tuple[int, int]:
    """Top and left of a crop of ``buffers`` [S, S, C], pixels.

    A quarter of the crops lie anywhere, a quarter near the centre; the others show the eyes, the brows, the
    mouth, or glasses and ornaments. They start at multiples of ``align``.
    """
    steps = (len(buffers) - crop) // align
    kind, jitter = rng.random(), rng.uniform(-0.3, 0.3, 2) * crop
    anywhere, central = rng.integers(0, steps + 1, 2), rng.integers(steps // 4, steps - steps // 4 + 1, 2)
    feature = FEATURES[int(rng.integers(len(FEATURES)))]
    if kind < 0.25:
        place = anywhere
    elif kind < 0.5:
        place = central
    else:
        seen = np.argwhere(buffers[::2, ::2, feature].any(-1)) * 2
        if not len(seen):
            return int(central[0]) * align, int(central[1]) * align
        middle = seen[int(rng.integers(len(seen)))]
        place = np.clip(np.round((middle + jitter - crop / 2) / align), 0, steps)
    return int(place[0]) * align, int(place[1]) * align
