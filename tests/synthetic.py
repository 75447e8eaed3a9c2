"""What the tests of the generator and of its training draw instead of people."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gen_avatar.character.buffers import BUFFER_CHANNELS
from gen_avatar.character.levels import quantise
from gen_avatar.generator.codes import CODE_DIM

#: A network small enough to be trained within a second.
SMALL = {"channels": (8, 8, 8, 16, 8), "w_dim": 16}
#: The looks of a store by :func:`write_store`.
DRAWN = ("toon", "flat")
CHANNEL = {name: i for i, name in enumerate(BUFFER_CHANNELS)}


def figure(size: int = 64, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Buffers [C, size, size] and picture [size, size, 4] uint8 of a shaded ball with eyes and an outline."""
    rng = np.random.default_rng(seed)
    y, x = (np.mgrid[:size, :size] + 0.5) / size * 2 - 1
    radius = np.hypot(x, y)
    cover = np.clip((0.7 - radius) * size / 4, 0, 1)
    eyes = np.clip(
        (0.12 - np.minimum(np.hypot(x - 0.25, y + 0.1), np.hypot(x + 0.25, y + 0.1))) * size / 4, 0, 1
    )
    albedo = rng.uniform(0.3, 0.9, 3)[:, None, None] * (1 - eyes) * np.ones_like(x)
    normal = np.stack([x, -y, np.sqrt(np.clip(0.49 - radius**2, 0, 1))]) / 0.7
    buffers = np.zeros((len(BUFFER_CHANNELS), size, size), np.float32)
    buffers[CHANNEL["skin"]], buffers[CHANNEL["eye"]] = cover * (1 - eyes), eyes
    buffers[CHANNEL["albedo_r"] : CHANNEL["albedo_b"] + 1] = albedo * cover
    buffers[CHANNEL["normal_x"] : CHANNEL["normal_z"] + 1] = normal * cover
    buffers[CHANNEL["alpha"]] = cover
    lit = np.where(normal[0] + normal[1] > 0, 1.0, 0.6)
    outline = np.clip(1 - np.abs(radius - 0.7) * size / 6, 0, 1)
    color = albedo * lit * (1 - outline)
    alpha = np.maximum(cover, outline)
    picture = np.concatenate([color, alpha[None]]).transpose(1, 2, 0)
    return buffers, np.round(picture.clip(0, 1) * 255).astype(np.uint8)


def write_store(folder: Path) -> Path:
    """A store of two shards with four small pictures each in two looks, the second darker."""
    rng = np.random.default_rng(0)
    for shard in range(2):
        drawn = [figure(seed=4 * shard + i) for i in range(4)]
        work = folder / f"shard-{shard:05d}"
        work.mkdir(parents=True)
        np.save(work / "buffers.npy", np.stack([quantise(buffers) for buffers, _ in drawn]))
        for number, look in enumerate(DRAWN):
            dimmed = np.array([1, 1, 1, 1 + number]) / (1 + number)
            pictures = [(picture * dimmed).round().astype(np.uint8) for _, picture in drawn]
            np.save(work / f"picture-{look}.npy", np.stack(pictures))
        np.save(work / "codes.npy", rng.uniform(size=(4, CODE_DIM)).astype(np.float16))
        (work / "people.json").write_text("[]")
    return folder
