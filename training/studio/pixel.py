"""The look ``pixel``: pixel art on a grid of 64 cells, in at most 24 colours of the person.

Each cell is decided from the coverages and averages within it; outline, catch-lights and the removal of stray
cells look at the neighbouring cells only.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from gen_avatar.character import palette
from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.camera import KEY_LIGHT
from gen_avatar.character.mesh import PART_INDEX, PARTS
from gen_avatar.types import Appearance
from training.studio.tones import tones_of

#: Cells per side.
GRID = 64
#: A cell is part of the figure from this coverage on.
SOLID = 0.5
#: Small parts win a cell from this share on, in this order; everything else by majority.
STAMPS = (
    ("iris", 0.38), ("lash", 0.34), ("eye", 0.36), ("teeth", 0.42), ("mouth", 0.30), ("brow", 0.42),
    ("glasses", 0.36),
)  # fmt: skip
#: Parts that may stand alone in one cell.
_LONE = ("iris", "eye", "lash", "teeth", "mouth", "ornament", "glasses", "lips", "tongue", "brow")


def paint(geometry: GBuffer, appearance: Appearance, factor: int) -> np.ndarray:
    """[S / factor, S / factor, 4] float32 straight sRGB and binary alpha, every cell of one colour."""
    size = len(geometry.part) // factor
    share, sums = np.zeros((GRID, GRID, len(PARTS)), np.float32), np.zeros((GRID, GRID, 9), np.float32)
    _gather(geometry.part, geometry.albedo, geometry.normal, geometry.visibility, geometry.catchlight,
            share, sums)  # fmt: skip
    part = _parts(share)
    part = _without_strays(part)
    mean = sums[..., :8] / np.maximum(share.sum(-1), 1e-6)[..., None]
    colors = _inks(appearance)
    index = _toned(part, mean, colors)
    catch = sums[..., 8]
    peak = (catch > 0.16) & (catch >= _around(catch).max(0)) & np.isin(part, _indices("iris", "eye"))
    index[peak] = 0
    empty = part < 0
    border = empty & (_around(~empty, 4)).any(0)
    index[border] = 1
    cells = np.zeros((GRID, GRID, 4), np.float32)
    cells[..., :3] = np.stack([color for _, color in colors])[np.maximum(index, 0)]
    cells[..., 3] = ~empty | border
    cells[cells[..., 3] == 0] = 0
    rows = (np.arange(size) * GRID) // size
    return cells[rows][:, rows]


def _indices(*names: str) -> list[int]:
    return [PART_INDEX[name] for name in names]


def _around(cells: np.ndarray, count: int = 8) -> np.ndarray:
    """[count, G, G] the neighbours of each cell, 0 beyond the border."""
    wide = np.pad(cells, 1)
    steps = [(0, 1), (1, 0), (1, 2), (2, 1), (0, 0), (0, 2), (2, 0), (2, 2)][:count]
    return np.stack([wide[r : r + GRID, c : c + GRID] for r, c in steps])


def _inks(appearance: Appearance) -> list[tuple[str, np.ndarray]]:
    """At most 24 colours by name; ``part/tone`` are the tones of a part."""
    tones = tones_of(appearance)
    skin = palette.skin_palette(appearance.skin_color)
    hair = palette.worn_hair(appearance)
    inks = [("white", palette.LIGHTEST), ("outline", palette.hex_to_rgb("#2a1b1e"))]
    inks += [("skin/shadow", skin.shadow), ("skin/base", skin.base), ("skin/light", skin.light)]
    inks += [("skin/line", palette.mix(skin.deep, skin.line, 0.5)), ("blush", skin.blush)]
    inks += [("lips/base", palette.hex_to_rgb(appearance.lip_color))]
    inks += [("eye/base", palette.hex_to_rgb(palette.EYE_WHITE))]
    inks += [("iris/base", palette.mix(palette.hex_to_rgb(appearance.eye_color), palette.LIGHTEST, 0.12))]
    inks += [
        ("mouth/base", palette.hex_to_rgb(palette.MOUTH)),
        ("tongue/base", palette.hex_to_rgb(palette.TONGUE)),
    ]
    inks += [("hair/shadow", hair.shadow), ("hair/base", hair.base), ("hair/light", hair.light)]
    inks += [("brow/base", palette.apart(palette.hex_to_rgb(appearance.brow_color), skin.base))]
    if appearance.beard_style != "none":
        beard = palette.hair_palette(appearance.beard_color)
        inks += [("beard/shadow", beard.shadow), ("beard/base", beard.base)]
    dyed = {"cloth": appearance.cloth_color, "headwear": appearance.headwear_color,
            "glasses": appearance.glasses_color, "ornament": appearance.earring_color}  # fmt: skip
    for part, color in dyed.items():
        base = palette.hex_to_rgb(color)
        if part in ("cloth", "headwear"):
            inks.append((f"{part}/shadow", base * tones.shadow[PART_INDEX[part]]))
        inks.append((f"{part}/base", base))
    return [
        (name, np.clip(color, palette.DARKEST, palette.LIGHTEST).astype(np.float32)) for name, color in inks
    ]


def _parts(share: np.ndarray) -> np.ndarray:
    """[G, G] part of each cell, -1 where it is empty."""
    solid = share.copy()
    solid[..., PART_INDEX["lens"]] = 0
    part = solid.argmax(-1)
    for name, least in reversed(STAMPS):
        part[share[..., PART_INDEX[name]] >= least] = PART_INDEX[name]
    part[solid.sum(-1) < SOLID] = -1
    return part


def _without_strays(part: np.ndarray) -> np.ndarray:
    """Cells unlike all eight around them take after the majority of these."""
    around = _around(part + 1) - 1
    alone = ~(around == part).any(0) & ~np.isin(part, _indices(*_LONE))
    votes = np.stack([(around == p).sum(0) for p in range(-1, len(PARTS))])
    return np.where(alone, votes.argmax(0) - 1, part)


def _toned(part: np.ndarray, mean: np.ndarray, inks: list[tuple[str, np.ndarray]]) -> np.ndarray:
    """[G, G] index of the ink of each cell, from the averages within it."""
    index = np.full(part.shape, -1)
    names = {name: i for i, (name, _) in enumerate(inks)}
    facing = mean[..., 3:6] @ KEY_LIGHT
    tone = np.where((facing < 0.05) | (mean[..., 6] < 0.5), 0, np.where(facing > 0.93, 2, 1))
    for p, name in enumerate(PARTS):
        here = part == p
        if not here.any():
            continue
        own = {"teeth": "eye", "lash": "outline", "lens": "eye"}.get(name, name)
        base = names.get(f"{own}/base", names.get(own, names["outline"]))
        ladder = [names.get(f"{own}/shadow", base), base, names.get(f"{own}/light", base)]
        index[here] = np.array(ladder)[tone[here]]
    light = mean[..., :3].mean(-1)
    skin = part == PART_INDEX["skin"]
    tan = inks[names["skin/base"]][1]
    index[skin & (light < 0.62 * tan.mean())] = names["skin/line"]
    index[(part == PART_INDEX["iris"]) & (light < 0.16)] = names["outline"]
    red = mean[..., 0] - mean[..., 1] - (tan[0] - tan[1])
    index[skin & (tone > 0) & (red > 0.035)] = names["blush"]
    return index


@njit(cache=True, nogil=True, error_model="numpy")
def _gather(part, albedo, normal, visibility, catchlight, share, sums):  # type: ignore[no-untyped-def]
    """Coverages and sums (albedo 3, normal 3, visibility, spare, catch-light) of each cell."""
    size, grid = part.shape[0], share.shape[0]
    weight = (grid / size) ** 2
    for row in range(size):
        for column in range(size):
            p = part[row, column]
            if p < 0:
                continue
            i, j = row * grid // size, column * grid // size
            share[i, j, p] += weight
            for k in range(3):
                sums[i, j, k] += weight * albedo[row, column, k]
                sums[i, j, 3 + k] += weight * normal[row, column, k]
            sums[i, j, 6] += weight * visibility[row, column]
            sums[i, j, 8] += weight * catchlight[row, column]
