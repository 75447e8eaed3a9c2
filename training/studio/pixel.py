"""The look ``pixel``: pixel art on a grid of 64 cells, in at most 24 colours of the person.

Each cell is decided from the coverages and averages within it and in the cells near it. Tones are those of a
rounded form, hair is parted into locks, cells that stand alone are cleared away, and faces are stamped as
they are on what a network paints.
"""

from __future__ import annotations

import cv2
import numpy as np
from numba import njit

from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.camera import KEY_LIGHT
from gen_avatar.character.colors import colors
from gen_avatar.character.mesh import PART_INDEX, PARTS
from gen_avatar.generator.stamping import PAINTED
from gen_avatar.generator.stamps import made_up, stamp_colors, stamped, stamps
from gen_avatar.types import Appearance
from training.studio.crescent import face_shade
from training.studio.crown import band_strength, crown_form, tapers
from training.studio.inks import MATERIALS, MOST, Inks, few, inks_of, material_ramps, materials
from training.studio.painted import painted
from training.studio.rims import redrawn
from training.studio.smooth import face_light, smooth_normals, spread, under_nose
from training.studio.stamps import stamp_lenses

#: Cells per side.
GRID = 64
#: A cell is part of the figure from this coverage on.
SOLID = 0.5
#: That of the figure blurred by so many cells; cells of more than ``WHOLE`` are part of it, of less than
#: ``FAINT`` are not.
ROUND, WHOLE, FAINT = 0.6, 0.92, 0.12
#: Small parts win a cell from this share on, in this order; everything else by majority.
STAMPS = (
    ("iris", 0.38), ("lash", 0.36), ("eye", 0.40), ("teeth", 0.42), ("mouth", 0.30), ("brow", 0.42),
    ("glasses", 0.36),
)  # fmt: skip
#: Strokes paler than this have an outline.
PALE = 0.75
#: Clusters of fewer cells are merged into what is around them.
LEAST = 3
#: Parts that may stand alone in one cell.
_LONE = ("iris", "eye", "lash", "teeth", "mouth", "ornament", "glasses", "lips", "tongue", "brow")
#: Blur of the form that is shaded, cells, and where its shadow begins in normal · light.
_FORM = {"skin": (4.0, -0.12), "hair": (1.7, 0.02), "cloth": (3.0, 0.02), "headwear": (2.8, 0.08)}
#: Areas of a tone of fewer cells take after what is around: marks of light and shadow that mean nothing.
_AREA = {"skin": 26, "cloth": 12, "headwear": 12}
#: Grooves between curls and ropes, and between locks, are darker than this, from their bottom to the hair's
#: colour; least area of a tone of hair.
GROOVED, LOCKED, _CURL = 0.55, 0.62, 7
#: How much of its width the band of light on hair has.
BANDED = 0.75
#: A cell is one of a face and its beard from this share on.
FACE = 0.3
#: Tufts of a beard are lighter and the gaps between them darker than what is around, blurred by so many
#: cells, by these shares of the way between its painted tones: few cells are so light.
_TUFT, _GAP, _TUFTED = 2.0, 0.12, 0.22
#: Blush of fewer cells is none.
_BLUSH = 4
#: Ears, which lie further back at rest, cm, have no blush.
_FRONT = 4.5
#: Cheeks begin so far beside the nose and end so low, cm at rest.
_BESIDE, _CHIN = 1.7, -6.0
_ALIKE = {"skin": ("skin", "lips", "brow", "lash", "eye", "iris"), "hair": ("hair", "beard")}
#: How much of the form of hair is that of a dome.
_DOME = 0.7
#: Half the width at rest, cm, of the shade below a nose: a wider one would be a moustache.
_NOSE = 1.3
_SKIN, _HAIR, _BEARD = PART_INDEX["skin"], PART_INDEX["hair"], PART_INDEX["beard"]
#: Materials of glasses that are dark glass.
_DARK_GLASS = [MATERIALS["glasses"].index(role) for role in ("shade", "glint")]


def paint(geometry: GBuffer, appearance: Appearance, factor: int) -> np.ndarray:
    """[S / factor, S / factor, 4] float32 straight sRGB and binary alpha, every cell of one colour."""
    size = len(geometry.part) // factor
    share, sums = np.zeros((GRID, GRID, len(PARTS)), np.float32), np.zeros((GRID, GRID, 14), np.float32)
    seen, nose = face_light(geometry), under_nose(geometry)
    _gather(geometry.part, geometry.albedo, geometry.normal, seen, nose, face_shade(geometry), share, sums)
    inks = inks_of(appearance)
    part = _without_strays(_parts(share))
    material = materials(geometry, part, inks)
    share[..., PART_INDEX["lens"]] = cv2.resize(geometry.lens, (GRID, GRID), interpolation=cv2.INTER_AREA)
    dark = (part == PART_INDEX["glasses"]) & np.isin(material, _DARK_GLASS)
    fallen = part
    part, frame = redrawn(part, share, dark)
    material[(part != fallen) | (frame & dark)] = 0
    mean = sums[..., :8] / np.maximum(_solid(share).sum(-1), 1e-6)[..., None]
    centre = np.arange(GRID) * len(geometry.part) // GRID + len(geometry.part) // (2 * GRID)
    local, skin = geometry.local[centre][:, centre], part == PART_INDEX["skin"]
    dome = crown_form(geometry)[centre][:, centre]
    own = colors(appearance)
    locks, banded = _locks(share, sums[..., 11], own.hair), band_strength(appearance) > 0
    face = np.where(sums[..., 13] > FACE, sums[..., 12] / np.maximum(sums[..., 13], 1e-6), np.float32(-1))
    tufts = mean[..., :3].sum(-1), own.beard.sum(-1)
    index, tone = _toned(part, mean, material, local, face, dome, locks, tufts, banded, inks)
    albedo = sums[..., 8:11] / np.maximum(share[..., PART_INDEX["skin"]], 1e-6)[..., None]
    index = painted(index, skin, albedo, tone == 0, local, inks)
    index = _settled(index, skin)
    # Hair and hats touch the face with a row of shade.
    below = np.zeros_like(skin)
    below[1:] = np.isin(part[:-1], _indices("hair", "headwear"))
    index[below & skin & (local[..., 2] > _FRONT) & (index == inks.named["skin/1"])] = inks.named["skin/0"]
    stamp_lenses(index, inks)
    # A jewel or a dot on a scarf may be small, but no jewel is a single cell.
    single = (part == PART_INDEX["ornament"]) & ~(_around(part + 1) - 1 == part).any(0)
    index = _merged(index, np.isin(part, _indices(*_LONE, "headwear")) & ~single)
    empty = part < 0
    lined = ~empty & ~_strokes(part, inks.color[np.maximum(index, 0)])
    border = empty & _around(lined, 4).any(0)
    # The darkest neighbour draws the outline, in a dark tone of its own.
    near = _around(np.where(lined, index, -1) + 1, 4) - 1
    dark = np.where(near >= 0, inks.color.sum(-1)[near], np.inf).argmin(0)
    index[border] = inks.line[np.take_along_axis(near, dark[None], 0)[0]][border]
    index[empty & ~border] = -1
    face = stamps(share, made_up(appearance))
    kept = few(np.where(face == PAINTED, index, -1), inks.color, MOST - len(np.unique(face[face >= 0])))
    cells = np.zeros((GRID, GRID, 4), np.float32)
    cells[kept >= 0, :3] = inks.color[kept[kept >= 0]]
    cells[..., 3] = index >= 0
    cells = stamped(cells, face, share, stamp_colors(appearance))
    rows = (np.arange(size) * GRID) // size
    return cells[rows][:, rows]


def _locks(share: np.ndarray, bright: np.ndarray, hair: np.ndarray) -> np.ndarray:
    """[G, G] tone of what is painted on hair, 0 in its grooves and 1 where it has its own colour.

    ``bright`` [G, G] is the sum of its albedo over all three colours, ``hair`` is ``Colors.hair``.
    """
    mean = bright / np.maximum(share[..., _HAIR], 1e-6)
    return ((mean - hair[0].sum()) / max(float((hair[1] - hair[0]).sum()), 1e-3)).astype(np.float32)


def _solid(share: np.ndarray) -> np.ndarray:
    """[G, G, parts] coverages without what is only seen through."""
    solid = share.copy()
    solid[..., PART_INDEX["lens"]] = 0
    return solid


def _indices(*names: str) -> list[int]:
    return [PART_INDEX[name] for name in names]


def _around(cells: np.ndarray, count: int = 8) -> np.ndarray:
    """[count, G, G] the neighbours of each cell, 0 beyond the border."""
    wide = np.pad(cells, 1)
    steps = [(0, 1), (1, 0), (1, 2), (2, 1), (0, 0), (0, 2), (2, 0), (2, 2)][:count]
    return np.stack([wide[r : r + GRID, c : c + GRID] for r, c in steps])


def _parts(share: np.ndarray) -> np.ndarray:
    """[G, G] part of each cell, -1 where it is empty."""
    solid = _solid(share)
    part = solid.argmax(-1)
    for name, least in reversed(STAMPS):
        part[share[..., PART_INDEX[name]] >= least] = PART_INDEX[name]
    cover = solid.sum(-1)
    # The outline of a figure drawn for the grid has no notches; what is whole stays.
    even = cv2.GaussianBlur(cover, (0, 0), ROUND, borderType=cv2.BORDER_REPLICATE)
    # Letters and marks that float stay apart.
    even = np.where(part == PART_INDEX["ornament"], cover, even)
    part[((even < SOLID) & (cover < WHOLE)) | (cover < FAINT)] = -1
    return part


def _without_strays(part: np.ndarray) -> np.ndarray:
    """Cells unlike all eight around them take after the majority of these."""
    around = _around(part + 1) - 1
    alone = ~(around == part).any(0) & ~np.isin(part, _indices(*_LONE))
    votes = np.stack([(around == p).sum(0) for p in range(-1, len(PARTS))])
    return np.where(alone, votes.argmax(0) - 1, part)


def _strokes(part: np.ndarray, color: np.ndarray) -> np.ndarray:
    """[G, G] bool: cells of ornaments that are strokes, as letters and fumes are, of no pale ``color``
    [G, G, 3]: an outline would fill what is open about them."""
    ornament = (part == PART_INDEX["ornament"]).astype(np.uint8)
    broad = cv2.morphologyEx(ornament, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return (ornament > broad) & (color.mean(-1) < PALE)


def _settled(index: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Inks [G, G] of one material, ``inside``; cells with fewer than two of their kind around are cleared."""
    shown = np.where(inside, index, -1)
    around = _around(shown + 1) - 1
    lonely = inside & ((around == index).sum(0) < 2)
    kinds = np.unique(shown[inside]) if inside.any() else np.zeros(0, int)
    if len(kinds) == 0:
        return index
    votes = np.stack([(around == kind).sum(0) for kind in kinds])
    return np.where(lonely & (votes.max(0) > 0), kinds[votes.argmax(0)], index)


def _merged(index: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Inks [G, G] without clusters of fewer than ``LEAST`` cells: these take after most of what is around.

    Cells ``kept`` and empty ones stay as they are, and nothing takes after them.
    """
    free = (index >= 0) & ~kept
    small = np.zeros_like(free)
    for ink in np.unique(index[free]):
        own = index == ink
        _, labels, stats, _ = cv2.connectedComponentsWithStats(own.astype(np.uint8), connectivity=8)
        small |= own & (stats[labels, cv2.CC_STAT_AREA] < LEAST)
    small &= free
    around = _around(np.where(free & ~small, index, -1) + 1) - 1
    kinds = np.unique(index[free])
    if not small.any() or len(kinds) == 0:
        return index
    votes = np.stack([(around == kind).sum(0) for kind in kinds])
    return np.where(small & (votes.max(0) > 0), kinds[votes.argmax(0)], index)


def _without_islands(tone: np.ndarray, inside: np.ndarray, least: int) -> np.ndarray:
    """Tones [G, G] where areas of under ``least`` cells, ``inside``, have the tone around them."""
    tone = tone.copy()
    # Lights and shadows first: the usual tone is what they fall back to.
    for kind in (2, 0, 1):
        own = inside & (tone == kind)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(own.astype(np.uint8), connectivity=4)
        for label in range(1, count):
            if stats[label, cv2.CC_STAT_AREA] >= least:
                continue
            here = labels == label
            ring = cv2.dilate(here.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & inside & ~here
            if ring.any():
                tone[here] = np.bincount(tone[ring], minlength=3).argmax()
    return tone


def _toned(
    part: np.ndarray,
    mean: np.ndarray,
    material: np.ndarray,
    rest: np.ndarray,
    face: np.ndarray,
    dome: np.ndarray,
    locks: np.ndarray,
    tufts: tuple[np.ndarray, np.ndarray],
    banded: bool,
    inks: Inks,
) -> tuple[np.ndarray, np.ndarray]:
    """[G, G] index of the ink of each cell, from the averages within it, -1 where it is empty; and its tone.

    ``rest`` [G, G, 3] is where a cell's skin lies at rest, cm; ``face`` [G, G] is how much of a face and its
    beard is in shade, -1 off it; ``dome`` [G, G, 5] is the form of hair;
    ``locks`` [G, G] is the tone of what is painted on it, from 0 in grooves to 1; ``tufts``
    are the brightness of cells [G, G] and that of a beard's painted tones [3]; ``banded`` hair has a band of
    light, other hair forms of its own.
    """
    solid = part >= 0
    tone = np.ones(part.shape, np.int64)
    seen = spread(np.ascontiguousarray(mean[..., 6]), solid, 0.9) > 0.40
    for name, (sigma, edge) in _FORM.items():
        inside = np.isin(part, _indices(*_ALIKE.get(name, (name,))))
        if not inside.any():
            continue
        form = np.zeros((*part.shape, 3), np.float32)
        form[inside] = smooth_normals(mean[..., 3:6], inside, sigma)
        facing = form @ KEY_LIGHT
        light = (facing > 0.95) & (name != "skin")
        if name == "hair":
            crown = inside & (part == _HAIR)
            facing[crown] += _DOME * (dome[crown, :3] @ KEY_LIGHT - facing[crown])
            wide = tapers(dome) * BANDED
            light = crown & banded & (np.abs(dome[..., 4]) < wide)
            # Grooves between locks, curls and ropes; what is only a little darker would be noise.
            deep = locks < (LOCKED if banded else GROOVED)
            facing[crown & deep] = edge - 1
            light &= ~deep
            beard = inside & (part == _BEARD)
            painted = np.interp(tufts[0], tufts[1], (0.0, 1.0, 2.0)).astype(np.float32)
            about = painted - spread(painted, beard, _TUFT)
            facing[beard & (about < -_GAP)] = edge - 1
            light |= beard & (about > _TUFTED)
        tone[inside] = np.where((facing < edge) | ~seen, 0, np.where(light, 2, 1))[inside]
        if name in ("skin", "hair"):
            drawn = inside & (face >= 0) & (part != _HAIR)
            tone[drawn] = np.where(face > 0.5, 0, 1)[drawn]
        tone = _without_islands(tone, inside, _AREA[name] if name != "hair" else _CURL)
    skin = part == PART_INDEX["skin"]
    tone[skin & (mean[..., 7] > 0.45) & (np.abs(rest[..., 0]) < _NOSE)] = 0
    ladder = material_ramps(part, material, inks)
    index = np.take_along_axis(ladder, tone[..., None], -1)[..., 0]
    base = inks.color[inks.named["skin/1"]]
    red = spread(np.ascontiguousarray(mean[..., 0] - mean[..., 1]), skin, 0.8) - (base[0] - base[1])
    lips = (part == PART_INDEX["lips"]).astype(np.uint8)
    # Not the tip of the nose nor the shade of the chin.
    cheek = (rest[..., 2] > _FRONT) & (np.abs(rest[..., 0]) > _BESIDE) & (rest[..., 1] > _CHIN)
    cheek &= cv2.dilate(lips, np.ones((5, 5), np.uint8)) == 0
    blush = skin & (tone > 0) & (red > 0.055) & cheek
    _, labels, stats, _ = cv2.connectedComponentsWithStats(blush.astype(np.uint8), connectivity=4)
    index[blush & (stats[labels, cv2.CC_STAT_AREA] >= _BLUSH)] = inks.named["blush"]
    index[skin & (mean[..., :3].mean(-1) < 0.60 * base.mean())] = inks.named["skin/line"]
    index[~solid] = -1
    return index, tone


@njit(cache=True, nogil=True, error_model="numpy")
def _gather(part, albedo, normal, visibility, nose, face, share, sums):  # type: ignore[no-untyped-def]
    """Coverages and sums (albedo 3, normal 3, visibility, nose, albedo of the skin alone 3, that of hair over
    all colours, shade of the face, the face) of each cell."""
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
                if p == _SKIN:
                    sums[i, j, 8 + k] += weight * albedo[row, column, k]
                elif p == _HAIR:
                    sums[i, j, 11] += weight * albedo[row, column, k]
            sums[i, j, 6] += weight * visibility[row, column]
            sums[i, j, 7] += weight * nose[row, column]
            if face[row, column] >= 0:
                sums[i, j, 12] += weight * face[row, column]
                sums[i, j, 13] += weight
