"""Faces on a grid of cells: eyes, brows, mouths and glasses, stamped on what a painter made of the rest.

What is smaller than a cell cannot be painted softly: a network that is half sure of a line draws half of it.
These are therefore drawn by rule from the coverages of the cells, the same for the studio that teaches and
for the network that has learnt. Each shape is fitted to all of its part first, then rounded to the grid.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import torch.nn.functional as F
from numba import njit
from torch import Tensor

from gen_avatar.character import palette
from gen_avatar.character.colors import colors
from gen_avatar.character.mesh import PARTS
from gen_avatar.generator.codes import CHOICE_FIELDS, CODE_DIM, CODE_LAYOUT, COLOR_FIELDS
from gen_avatar.generator.stamped_eyes import stamp_brows, stamp_eyes
from gen_avatar.generator.stamped_mouth import stamp_mouth
from gen_avatar.generator.stamped_rims import stamp_rims
from gen_avatar.generator.stamping import BARE, FACE, INK, INKS, PAINTED, of
from gen_avatar.types import Appearance

#: Where the code vector tells how somebody looks: behind the pose.
_WORN = slice(CODE_LAYOUT["pose"].stop, CODE_DIM)
#: Cells of which parts that are stamped cover more than this are cleared first.
CLEARED = 0.07
#: So many cells around a face may be stamped on; what lies behind a frame is told by this much of a cell.
_AROUND, _THROUGH = 3, 0.25
#: A stamp is seen where hair and hats leave this much of a cell.
_SEEN = 0.5
#: Frames of glasses differ from the skin by this much lightness, L*, at least.
CONTRAST = 24.0
#: The line of a mouth is so much darker than the skin, L*, or it has the colour of outlines.
SEAM = 20.0
#: Squared distance in sRGB from the skin at which lips are made up.
_MADE_UP = 0.10
#: How far a shut lid's crease and the lower lid's edge lie from the skin towards its deep shadow.
_LID = 0.45
#: Brows nearer to the skin than this, L*, are moved away from it.
_BROW = 16.0


def stamp_colors(appearance: Appearance) -> np.ndarray:
    """[len(INKS), 3] float32 sRGB of a person's stamps."""
    return _stamp_colors(tuple(getattr(appearance, name) for name in appearance.names()))


@lru_cache(maxsize=64)
def _stamp_colors(values: tuple[str, ...]) -> np.ndarray:
    appearance = Appearance().with_values(dict(zip(Appearance.names(), values, strict=True)))
    paint, skin = colors(appearance), palette.skin_palette(appearance.skin_color)
    outline = palette.hex_to_rgb("#2a1b1e")
    # On deep skin the line of a mouth would be lost.
    gap = palette.lightness(skin.base) - palette.lightness(paint.mouth)
    frame = paint.roles["rim" if appearance.glasses_style == "rimless" else "glasses"]
    tones = {
        "outline": outline,
        "white": palette.LIGHTEST,
        "eye": palette.hex_to_rgb(palette.EYE_WHITE),
        "iris": palette.mix(paint.paint[7], palette.LIGHTEST, 0.06),
        "glow": palette.mix(paint.paint[7], palette.LIGHTEST, 0.34),
        "lid": palette.mix(skin.shadow, skin.deep, _LID),
        "brow": palette.apart(paint.roles["brow"], skin.base, _BROW),
        "mouth": paint.mouth,
        "tongue": paint.tongue,
        "lips": palette.mix(paint.paint[1], skin.base, 0.30),
        "seam": paint.mouth if gap >= SEAM else outline,
        "glasses": apart(frame, skin.base),
    }
    return np.clip([tones[name] for name in INKS], palette.DARKEST, palette.LIGHTEST).astype(np.float32)


def apart(color: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """``color`` moved away from the ``ground`` it lies on until both differ by ``CONTRAST`` in lightness."""
    gap = palette.lightness(color) - palette.lightness(ground)
    if abs(gap) >= CONTRAST:
        return color
    # Pale frames on pale skin have no room above: they turn dark.
    ground_light = palette.lightness(ground)
    up = (gap > 0 and ground_light + CONTRAST < 92) or ground_light < CONTRAST + 8
    goal = palette.LIGHTEST if up else palette.DARKEST
    for share in np.linspace(0.05, 0.95, 19):
        moved = palette.mix(color, goal, share)
        gap = palette.lightness(moved) - palette.lightness(ground)
        if (gap if up else -gap) >= CONTRAST:
            return moved
    return moved


def made_up(appearance: Appearance) -> bool:
    """Whether somebody's lips are drawn as a shape of their own."""
    return _made_up(appearance.skin_color, stamp_colors(appearance)[INK["lips"]].tobytes())


@lru_cache(maxsize=64)
def _made_up(skin: str, lips: bytes) -> bool:
    gap: np.ndarray = palette.skin_palette(skin).base - np.frombuffer(lips, np.float32)
    return float(np.square(gap).sum()) > _MADE_UP


def appearance_of(codes: np.ndarray) -> Appearance:
    """Who is described by ``codes`` [CODE_DIM], as of :func:`gen_avatar.generator.codes.pack`."""
    return _appearance_of(np.ascontiguousarray(codes[_WORN], np.float32).tobytes())


@lru_cache(maxsize=64)
def _appearance_of(worn: bytes) -> Appearance:
    codes = np.zeros(CODE_DIM)
    codes[_WORN] = np.frombuffer(worn, np.float32)
    values = {}
    for name in COLOR_FIELDS:
        rgb = np.round(codes[CODE_LAYOUT[name]].clip(0, 1) * 255).astype(int)
        values[name] = "#{:02x}{:02x}{:02x}".format(*rgb)
    for name, choices in CHOICE_FIELDS.items():
        values[name] = choices[int(codes[CODE_LAYOUT[name]].argmax())]
    return Appearance().with_values(values)


def stamps(share: np.ndarray, painted_lips: bool = False) -> np.ndarray:
    """What to stamp: [G, G] int index into ``INKS``, ``PAINTED`` or ``BARE``.

    Args:
        share: [G, G, parts] coverages in [0, 1]; that of lenses is how much of a cell is seen through one.
        painted_lips: lips are a shape of their own, as of :func:`made_up`.
    """
    out = np.full(share.shape[:2], PAINTED)
    planes = np.ascontiguousarray(share.transpose(2, 0, 1))
    features, frame = of(planes, *FACE[1:]), of(planes, "glasses")
    box = _box(features + frame)
    if box is None:
        return out
    index, planes, features, frame = out[box], planes[:, box[0], box[1]], features[box], frame[box]
    seen = features + of(planes, "skin", "beard") + frame
    free = seen >= _SEEN
    rims, glass = stamp_rims(planes, free)
    if glass:
        features = features + frame
    index[(features > CLEARED) & (seen > CLEARED)] = BARE
    # Through the frame all goes on as beside it.
    bare = planes / np.maximum(1 - frame, _THROUGH)
    stamp_mouth(index, bare, free, painted_lips)
    stamp_eyes(index, bare, free)
    stamp_brows(index, bare, free)
    index[rims] = INK["glasses"]
    return out


def _box(cover: np.ndarray) -> tuple[slice, slice] | None:
    """The cells that ``cover`` [G, G] shows, with some around them."""
    rows, columns = (np.flatnonzero((cover > CLEARED).any(axis)) for axis in (1, 0))
    if len(rows) == 0:
        return None
    down, along = (slice(max(int(k[0]) - _AROUND, 0), int(k[-1]) + 1 + _AROUND) for k in (rows, columns))
    return down, along


def stamped(cells: np.ndarray, index: np.ndarray, share: np.ndarray, color: np.ndarray) -> np.ndarray:
    """``cells`` [G, G, 4], straight sRGB and alpha of 0 or 1, with the stamps ``index`` on them.

    ``share`` is as of :func:`stamps`, ``color`` as of :func:`stamp_colors`.
    """
    out = np.ascontiguousarray(cells, np.float32).copy()
    index = np.where(out[..., 3] > 0, index, PAINTED)
    _fill(out, index, _ground(share))
    drawn = index >= 0
    out[drawn, :3] = color[index[drawn]]
    return out


def _ground(share: np.ndarray) -> np.ndarray:
    """[G, G] int what stamps lie on: 0 skin, 1 hair and hats, 2 a beard."""
    planes = share.transpose(2, 0, 1)
    skin, beard = of(planes, "skin"), of(planes, "beard")
    other = of(planes, "hair", "headwear", "cloth", "ornament")
    face = of(planes, *FACE) + beard
    # Lips within a beard are on the beard, though nothing of it is in their cells.
    near = cv2.boxFilter(beard - skin, -1, (5, 5), borderType=cv2.BORDER_REPLICATE)
    bearded = np.where(skin + beard > 0.5, beard > skin, near > 0)
    return np.where(other > face, 1, np.where(bearded, 2, 0))


@njit(cache=True, nogil=True, error_model="numpy")
def _fill(cells, index, ground):  # type: ignore[no-untyped-def]
    """Give cells [G, G, 4] that are not kept the colour that most of those around have, from outside in.

    ``ground`` [G, G] is as of :func:`_ground`: none of what it tells apart runs into the other, but where
    nothing else is near.
    """
    rows, columns = index.shape
    left = np.argwhere(index != PAINTED)
    known, strict = index == PAINTED, True
    while len(left):
        found = np.zeros(len(left), np.bool_)
        for n in range(len(left)):
            i, j = left[n]
            best, most = 0, 0
            for k in range(9):
                r, c = i + k // 3 - 1, j + k % 3 - 1
                if not _source(cells, known, ground, strict, i, j, r, c):
                    continue
                votes = 0
                for m in range(9):
                    y, x = i + m // 3 - 1, j + m % 3 - 1
                    if _source(cells, known, ground, strict, i, j, y, x):
                        same = True
                        for b in range(3):
                            same &= cells[y, x, b] == cells[r, c, b]
                        votes += same
                if votes > most:
                    best, most = k, votes
            if most > 0:
                found[n] = True
                for b in range(3):
                    cells[i, j, b] = cells[i + best // 3 - 1, j + best % 3 - 1, b]
        for n in range(len(left)):
            if found[n]:
                known[left[n, 0], left[n, 1]] = True
        if not found.any():
            if not strict:
                break
            strict = False
            continue
        left, strict = left[~found], True


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _source(cells, known, ground, strict, i, j, r, c):  # type: ignore[no-untyped-def]
    if r < 0 or c < 0 or r >= known.shape[0] or c >= known.shape[1]:
        return False
    return known[r, c] and cells[r, c, 3] > 0 and (ground[r, c] == ground[i, j] or not strict)


def coverages(buffers: Tensor, cell: int) -> np.ndarray:
    """[B, H / cell, W / cell, parts] float32 coverages of cells, of geometry buffers [B, C, H, W]."""
    if buffers.device.type != "cpu":
        pooled = F.avg_pool2d(buffers[:, : len(PARTS)].detach().float(), cell)
        return pooled.permute(0, 2, 3, 1).contiguous().cpu().numpy()
    pixels = buffers.detach().float().permute(0, 2, 3, 1).contiguous().numpy()
    batch, height, width, _ = pixels.shape
    shares = np.zeros((batch, height // cell, width // cell, len(PARTS)), np.float32)
    _pool(pixels, cell, shares)
    return shares


@njit(cache=True, nogil=True, error_model="numpy")
def _pool(pixels, cell, out):  # type: ignore[no-untyped-def]
    weight = np.float32(1 / (cell * cell))
    for n in range(out.shape[0]):
        for i in range(out.shape[1] * cell):
            for j in range(out.shape[2] * cell):
                for k in range(out.shape[3]):
                    out[n, i // cell, j // cell, k] += weight * pixels[n, i, j, k]
