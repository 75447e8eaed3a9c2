"""Beards: patches of the face that swell softly from a clear edge and move with the skin below them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from gen_avatar.character.surface import smoothstep
from gen_avatar.character.wardrobe.garments import Garment
from training.wardrobe.moustaches import (
    CIRCLE,
    CIRCLE_LOCKS,
    FULL,
    FULL_LOCKS,
    MERGED_CELL,
    TRIMMED,
    TRIMMED_LOCKS,
    UNDER_LIP,
    Hair,
    Mouth,
    Points,
    between,
    even,
    handlebar,
    moustache,
    moustache_of,
    walrus,
)
from training.wardrobe.patches import Patch, closed, grow, mirrored
from training.wardrobe.surface import HeadSurface
from training.wardrobe.tufts import (
    CHOP_TUFTS,
    GOATEE_TUFTS,
    JAW_TUFTS,
    SOUL_PATCH_TUFTS,
    STRAP_TUFTS,
    VAN_DYKE_TUFTS,
    Paths,
    Tuft,
    both,
    tufted,
)


def _below_lip(mouth: Mouth) -> list[tuple[float, float]]:
    """The upper edge from the middle below the lip to beside the corner of the mouth, under a moustache."""
    c, low = mouth.corner_az, mouth.lower_lip
    return [(0, low - 0.8), (0.4 * c, low - 0.6), (0.72 * c, low + 1.6), (0.92 * c, low + 3.9),
            (1.02 * c, mouth.corner + 1.4)]  # fmt: skip


def _chin(
    mouth: Mouth,
    half: Points,
    thick: float,
    drop: float,
    width: float,
    tufts: Sequence[Tuft],
    slope: float = 8.0,
) -> Hair:
    """Hair on the chin within ``half`` an outline; it hangs ``drop`` cm about the middle ``width``°."""

    def hang(a: np.ndarray, e: np.ndarray) -> np.ndarray:
        down = np.clip((mouth.chin + 9 - e) / 14, 0, 1)
        fall = drop * down * down * (3 - 2 * down) * np.exp(-((a / width) ** 4))
        return np.stack([0 * fall, -fall, 0.30 * fall], 1)

    outline = mirrored(np.asarray(half))
    return Hair(Patch(outline, mouth.origin, even(thick), slope, 1.7, hang, tone=between), tufts)


def _tufts(
    mouth: Mouth, paths: Paths | np.ndarray, wide: float, stand: float, off: float = 0.0
) -> list[Tuft]:
    """Tufts along ``paths`` of the left half: azimuth, elevation above the corners of the mouth, degrees."""
    return both(Tuft(np.asarray(path, float) + [0, mouth.corner], wide, stand, off) for path in paths)


#: Height of the hair right around the lips and beside the mouth, where skin that folds must not come through,
#: cm; degrees over which it rises from its edge.
_GROUND, _GROUND_BESIDE, _GROUND_SLOPE = 0.06, 0.32, 1.3
#: How that hair is painted.
_BESIDE_LIPS = -0.2


def _around(mouth: Mouth, wide: float = 1.0, lowered: float = 0.0) -> Hair:
    """A thin ground of hair from the moustache to the chin: lips are drawn on it, and no skin shows beside
    them whatever they do.

    Args:
        wide: how far it reaches beside the mouth, where a moustache runs into the hair of the cheeks.
        lowered: how much lower than others' that ends, degrees.
    """
    c, up, low, corner = mouth.corner_az, mouth.upper_lip, mouth.lower_lip, mouth.corner
    high = 0.8 + 0.2 * min(1.0, wide)
    beside = [(0.22, 4.3 * high - 0.5 * lowered), (0.48, 3.3 * high - 0.7 * lowered), (0.70, 2.0 - lowered),
              (0.62, -1.0 - lowered), (0.30, -3.0)]  # fmt: skip
    half = [(0, up + 4.6), (0.5 * c, up + 4.6), (0.8 * c, corner + 4.2 * high), (c, corner + 4.7 * high),
            *(((1 + wide * x) * c, corner + y) for x, y in beside), (0.95 * c, low + 0.6),
            (0.7 * c, low - 1.8), (0.4 * c, low - 3.6), (0, low - 4.0)]  # fmt: skip

    def height(a: np.ndarray, e: np.ndarray) -> np.ndarray:
        return np.interp(np.abs(a) / c, [0.75, 1.05], [_GROUND, _GROUND_BESIDE])

    def tone(a: np.ndarray, e: np.ndarray) -> np.ndarray:
        below = smoothstep(0.0, 2.0, low + 1.0 - e) * (1 - smoothstep(0.45, 0.8, np.abs(a) / c))
        return _BESIDE_LIPS + (UNDER_LIP - _BESIDE_LIPS) * below

    outline = mirrored(np.asarray(half))
    return Hair(Patch(outline, mouth.origin, height, _GROUND_SLOPE, MERGED_CELL, tone=tone))


#: Half of the patches beside the corners of the mouth: azimuth in half widths of the mouth, elevation above
#: its corner, degrees.
_BESIDE = ((1.05, 0.6), (1.03, 2.2), (1.06, 3.6), (1.18, 3.7), (1.34, 2.2), (1.5, 0.6), (1.58, -0.8),
           (1.5, -2.6), (1.3, -3.4), (1.12, -1.8))  # fmt: skip


def _joined(mouth: Mouth, thick: float) -> tuple[Hair, ...]:
    """Hair beside the corners of the mouth, over where a moustache and the hair of a chin meet.

    Those hang on the skin above and below the mouth and would part where a mouth goes aside.
    """
    half = np.asarray(_BESIDE) * [mouth.corner_az, 1.0] + [0, mouth.corner]
    return tuple(
        Hair(Patch(closed(half * [side, 1]), mouth.origin, even(thick), 1.4, MERGED_CELL, tone=between))
        for side in (1.0, -1.0)
    )


def goatee(head: HeadSurface) -> tuple[Hair, ...]:
    """A round beard: moustache, chin, and a little beside the mouth."""
    mouth = Mouth.of(head)
    c, chin = mouth.corner_az, mouth.chin
    half = [*_below_lip(mouth), (1.19 * c, mouth.corner + 2.8), (1.26 * c, mouth.corner - 1.0),
            (1.24 * c, mouth.corner - 9), (1.1 * c, chin + 6), (0.86 * c, chin + 1), (0.46 * c, chin - 2.6),
            (0, chin - 3.8)]  # fmt: skip
    lip = moustache_of(mouth, CIRCLE, 0.62, CIRCLE_LOCKS)
    tuft = _chin(mouth, half, 0.5, 0.05, 18.0, _tufts(mouth, GOATEE_TUFTS, 5.0, 0.20, 0.08))
    return tuft, _around(mouth, 0.35), lip


def van_dyke(head: HeadSurface) -> tuple[Hair, ...]:
    """A tuft that clasps the chin, below the lip a narrow strip, and a moustache apart from it."""
    mouth = Mouth.of(head)
    low, chin = mouth.lower_lip, mouth.chin
    half = [(0, low - 0.9), (3.4, low - 1.2), (5.0, low - 3.6), (7.6, low - 6.6), (12.6, chin + 7),
            (15.2, chin + 3.6), (12.8, chin - 0.6), (6.8, chin - 3.4), (0, chin - 4.4)]  # fmt: skip
    tufts = _tufts(mouth, VAN_DYKE_TUFTS, 3.8, 0.18, 0.04)
    return _chin(mouth, half, 0.5, 0.08, 14.0, tufts, 6.0), moustache_of(mouth, TRIMMED, 0.55, TRIMMED_LOCKS)


def soul_patch(head: HeadSurface) -> tuple[Hair, ...]:
    """A small tuft right below the lip."""
    mouth = Mouth.of(head)
    low = mouth.lower_lip
    half = [(0, low - 1.8), (4.4, low - 1.8), (6.6, low - 2.8), (6.0, low - 5.0), (3.2, low - 7.8),
            (0, low - 8.8)]  # fmt: skip
    patch = Patch(mirrored(np.asarray(half)), mouth.origin, even(0.36), 4.0, 1.25, tone=between)
    return (Hair(patch, _tufts(mouth, SOUL_PATCH_TUFTS, 2.4, 0.12)),)


#: How far the hair of a jaw hangs about the chin, degrees, and the tufts of its lower edge.
_HANG, _TUFTS = 36.0, 13.0
#: Size of the cells of the hair of a jaw, degrees: what is seen of it lies between tufts.
_JAW_CELL = 3.2


def _jaw(
    mouth: Mouth,
    cheek: Points,
    thick: float,
    drop: float,
    below: float,
    tufts: Sequence[Tuft],
    slope: float = 12.0,
) -> Hair:
    """A beard along the jaw that runs out in front of the ears.

    Args:
        cheek: its upper edge from the middle outwards, up to the sideburns, degrees.
        thick: cm; drop: how far it hangs below the chin, cm; below: how far it reaches under it, degrees.
    """
    up, chin = mouth.corner, mouth.chin
    # Wide enough to be a shape from ahead, where narrow ones are a broken line.
    sideburn = [(64.5, up + 28), (68, up + 32), (71.5, up + 33.5), (76, up + 32), (80, up + 26),
                (81, up + 14)]  # fmt: skip
    jaw = [(77, up), (70, up - 11), (57, chin - 0.1 * below), (42, chin - 0.45 * below),
           (22, chin - 0.85 * below), (0, chin - below)]  # fmt: skip
    half = np.asarray([*cheek, *sideburn, *jaw])

    def height(a: np.ndarray, e: np.ndarray) -> np.ndarray:
        side = np.interp(np.abs(a), [0, 30, 50, 65, 80], [0.95, 1.0, 0.95, 0.7, 0.45])
        tufts = 1 - 0.12 * _between_tufts(a) * np.clip((chin + 6 - e) / 12, 0, 1)
        return thick * side * tufts

    def hang(a: np.ndarray, e: np.ndarray) -> np.ndarray:
        down = np.clip((chin + 10 - e) / 18, 0, 1)
        tufts = 1 - 0.14 * _between_tufts(a)
        fall = drop * down * down * (3 - 2 * down) * tufts
        # Fuller beside the chin than the jaw below, or its edge would run to a point.
        bell, beside = np.exp(-((a / _HANG) ** 4)), np.clip(np.abs(a) / _HANG, 0, 1)
        wide = (0.2 + 0.7 * np.minimum(fall, 1.2)) * down * np.exp(-((a / (1.5 * _HANG)) ** 4))
        aside = np.sign(a) * wide * beside**1.5
        return np.stack([aside, -fall * bell * (0.8 + 0.2 * beside), 0.25 * fall * bell], 1)

    return Hair(Patch(mirrored(half), mouth.origin, height, slope, _JAW_CELL, hang, tone=between), tufts)


def _between_tufts(azimuth: np.ndarray) -> np.ndarray:
    """1 where two tufts meet, falling to 0 in their middle."""
    return 1 - np.abs(np.cos(np.pi * azimuth / _TUFTS)) ** 0.6


def _cheek(mouth: Mouth, lowered: float = 0.0) -> list[tuple[float, float]]:
    up, c = mouth.corner, mouth.corner_az
    # From the moustache in one sweep up to the sideburns: an edge that runs level ends in a corner.
    return [*_below_lip(mouth), (1.22 * c, up + 2.4), (1.5 * c, up + 1.3 - 0.7 * lowered),
            (40, up + 0.8 - lowered), (47, up + 3.8 - lowered), (53, up + 9.2 - 0.9 * lowered),
            (58, up + 16 - 0.6 * lowered), (61, up + 22.5 - 0.3 * lowered)]  # fmt: skip


def full(head: HeadSurface) -> tuple[Hair, ...]:
    """From ear to ear, rounded, longer at the chin."""
    mouth = Mouth.of(head)
    lip = moustache_of(mouth, FULL, 0.72, FULL_LOCKS, cell=MERGED_CELL)
    jaw = _jaw(mouth, _cheek(mouth), 0.9, 0.7, 20.0, _tufts(mouth, JAW_TUFTS, 7.0, 0.30, 0.25), 9.0)
    return jaw, _around(mouth, 1.0, 1.2), lip


def boxed(head: HeadSurface) -> tuple[Hair, ...]:
    """Short and trimmed: a low, clear cheek line."""
    mouth = Mouth.of(head)
    lip = moustache_of(mouth, TRIMMED, 0.5, TRIMMED_LOCKS)
    lowered = np.asarray(JAW_TUFTS, float) - [[0, 3.0], [0, 1.0], [0, -1.0]]
    jaw = _jaw(mouth, _cheek(mouth, 4.0), 0.48, 0.1, 16.0, _tufts(mouth, lowered, 7.0, 0.20, 0.1), 7.0)
    return jaw, _around(mouth, 0.8, 3.4), lip


def long(head: HeadSurface) -> tuple[Hair, ...]:
    """Full, hanging down to the collar."""
    mouth = Mouth.of(head)
    lip = moustache_of(mouth, FULL, 0.8, FULL_LOCKS, cell=MERGED_CELL)
    jaw = _jaw(mouth, _cheek(mouth), 1.0, 3.0, 22.0, _tufts(mouth, JAW_TUFTS, 6.8, 0.32, 0.6), 9.0)
    return jaw, _around(mouth, 1.0, 1.2), lip


def chinstrap(head: HeadSurface) -> tuple[Hair, ...]:
    """A narrow band along the jaw; lip and cheeks are shaven."""
    mouth = Mouth.of(head)
    up, chin = mouth.corner, mouth.chin
    cheek = [(0, chin + 8), (14, chin + 8), (28, chin + 10), (42, chin + 15), (54, up - 2), (60, up + 6)]
    return (_jaw(mouth, cheek, 0.34, 0.1, 12.0, _tufts(mouth, STRAP_TUFTS, 7.0, 0.14, 0.0), 7.0),)


def mutton_chops(head: HeadSurface) -> tuple[Hair, ...]:
    """Sideburns that widen over the cheeks and run into a moustache; the chin is shaven."""
    mouth = Mouth.of(head)
    c = mouth.corner_az
    lobe = np.array([(71, 33), (64, 28), (56, 22), (48, 15), (40, 9), (33, 5), (27, 3), (1.12 * c, 0.6),
                     (1.12 * c, -3), (1.3 * c, -7), (33, -11.5), (41, -16.5), (50, -20), (60, -17.5),
                     (70, -9), (77, 3), (80, 16), (80, 27), (77, 33.5)])  # fmt: skip

    def height(a: np.ndarray, e: np.ndarray) -> np.ndarray:
        return 0.48 * np.interp(np.abs(a), [30, 50, 65, 80], [1.0, 1.0, 0.8, 0.4])

    tufts = _tufts(mouth, CHOP_TUFTS, 5.4, 0.22)
    lobes = (
        Hair(
            Patch(closed(lobe * [s, 1] + [0, mouth.corner]), mouth.origin, height, 11.0, 2.4, tone=between),
            [tuft for tuft in tufts if s * tuft.path[0, 0] > 0],
        )
        for s in (1.0, -1.0)
    )
    return *lobes, moustache_of(mouth, FULL, 0.62, FULL_LOCKS), *_joined(mouth, 0.48)


def _patches(head: HeadSurface, hairs: Sequence[Hair]) -> tuple[Garment, ...]:
    return tuple(grow(head, hair.patch) for hair in hairs)


def _grown(make: Callable[[HeadSurface], tuple[Hair, ...]], head: HeadSurface) -> tuple[Garment, ...]:
    """The patches of a beard."""
    return _patches(head, make(head))


def _worn(make: Callable[[HeadSurface], tuple[Hair, ...]], head: HeadSurface) -> tuple[Garment, ...]:
    """A beard as it is worn: its patches and the tufts on them."""
    worn = make(head)
    # Moustaches lie on everything else.
    ground = [hair.patch for hair in worn if hair.patch.floor is None]
    tufts = (tufted(head, h.patch, h.tufts, ground if h.patch.floor is None else ()) for h in worn if h.tufts)
    return *_patches(head, worn), *tufts


_MAKERS: dict[str, Callable[[HeadSurface], tuple[Hair, ...]]] = {
    "moustache": moustache,
    "goatee": goatee,
    "full": full,
    "handlebar": handlebar,
    "walrus": walrus,
    "chinstrap": chinstrap,
    "van-dyke": van_dyke,
    "mutton-chops": mutton_chops,
    "boxed": boxed,
    "long": long,
    "soul-patch": soul_patch,
}
#: Patches without their tufts, and beards as they are worn.
STYLES: dict[str, Callable[[HeadSurface], tuple[Garment, ...]]]
STYLES = {name: partial(_grown, make) for name, make in _MAKERS.items()}
WORN: dict[str, Callable[[HeadSurface], tuple[Garment, ...]]]
WORN = {name: partial(_worn, make) for name, make in _MAKERS.items()}
