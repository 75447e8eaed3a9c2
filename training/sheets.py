"""Sheets that show what the network loses against the studio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from gen_avatar.character.levels import restore
from gen_avatar.generator.model import AvatarGenerator, to_rgba
from gen_avatar.metrics import over
from training.data import Store

#: Pictures in a row, and the side that they are shown at, pixels.
COLUMNS, SIDE = 8, 160


def look_sheet(pairs: Mapping[str, tuple[Sequence[np.ndarray], Sequence[np.ndarray]]], path: Path) -> None:
    """Two rows a look, the studio's pictures above the network's, spread over the lists; few colours.

    Args:
        pairs: look → (the studio's, the network's) pictures, [H, W, 4] uint8 each.
        path: of the sheet.
    """
    rows = []
    for truths, painted in pairs.values():
        shown = [int(i) for i in np.linspace(0, len(truths) - 1, COLUMNS)]
        for pictures in (truths, painted):
            tiles = [Image.fromarray((over(pictures[i]) * 255).round().astype(np.uint8)) for i in shown]
            rows.append(np.concatenate([t.resize((SIDE, SIDE), Image.Resampling.LANCZOS) for t in tiles], 1))
    sheet = Image.fromarray(np.concatenate(rows)).quantize(255, dither=Image.Dither.NONE)
    path.parent.mkdir(parents=True, exist_ok=True)
    work = path.with_name(f".{path.name}")
    sheet.save(work, format="PNG", optimize=True)
    work.replace(path)


@torch.inference_mode()
def painted_pictures(
    model: AvatarGenerator, look: str, store: Store, rows: Sequence[int]
) -> list[np.ndarray]:
    """Moments ``rows`` of the store as the network paints them in ``look``, each [H, W, 4] uint8."""
    style = model.style(look)
    pictures = []
    for shard, row in map(store.locate, rows):
        buffers = restore(shard.buffers[row : row + 1])
        codes = torch.from_numpy(shard.codes[row].astype(np.float32))[None]
        pictures.append(to_rgba(model(buffers.to(style), codes.to(style), style)[0]))
    return pictures
