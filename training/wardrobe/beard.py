"""Beards: patches of the face that swell softly from a clear edge and move with the skin below them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gen_avatar.character.wardrobe.garments import Garment
from training.wardrobe.patches import Field, Patch, closed, grow, mirrored
from training.wardrobe.surface import HeadSurface, angles

_Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class _Mouth:
    """Where things are as seen from inside the head, degrees (elevation; the corner also by azimuth)."""

    origin: np.ndarray
    corner_az: float
    corner: float
    upper_lip: float
    lower_lip: float
    chin: float

    @classmethod
    def of(cls, head: HeadSurface) -> _Mouth:
        marks = head.landmarks
        origin = np.array([0.0, marks[48:60, 1].mean(), 1.5])
        azimuth, elevation = angles(marks - origin)
        return cls(
            origin=origin,
            corner_az=float(np.abs(azimuth[[48, 54]]).mean()),
            corner=float(elevation[[48, 54]].mean()),
            upper_lip=float(elevation[[50, 51, 52]].mean()),
            lower_lip=float(elevation[[56, 57, 58]].mean()),
            chin=float(elevation[8]),
        )

    def lip(self, azimuth: np.ndarray) -> np.ndarray:
        """The lowest skin that a moustache hangs from: what is below the upper lip moves with the jaw.

        Beside the mouth too, as far out as its corners come in a smile: hair on both sides would tear.
        """
        at = np.array([0.0, 0.6, 0.85, 1.32, 1.5]) * self.corner_az
        beside = self.corner + 1.3
        low = (self.upper_lip - 0.9, self.upper_lip - 0.9, beside, beside, self.corner - 12)
        return np.interp(np.abs(azimuth), at, low)


def _even(thick: float) -> Field:
    return lambda a, e: np.full(len(a), thick)


#: Degrees over which moustaches rise from their edge.
_SLOPE = 2.6
#: Size of the cells of moustaches, degrees: their tips are narrow; and where they run into a full beard.
_FINE_CELL, _MERGED_CELL = 0.9, 1.1


def _moustache(
    head: HeadSurface,
    mouth: _Mouth,
    half: _Points,
    thick: float,
    cell: float = _FINE_CELL,
) -> Garment:
    """A moustache; ``half``: azimuth in half widths of the mouth, elevation above the lip, degrees."""
    outline = np.asarray(half, float) + [0, mouth.upper_lip]
    # It bends with the lip, whose corners smile at rest: measured from them alone it would climb the nose.
    outline[:, 1] += (mouth.corner - mouth.upper_lip) * np.clip(np.asarray(half)[:, 0], 0, 1) ** 2
    outline = mirrored(outline * [mouth.corner_az, 1.0])

    def height(a: np.ndarray, e: np.ndarray) -> np.ndarray:
        # Two halves that part below the nose.
        x = np.abs(a) / mouth.corner_az
        return thick * (0.72 + 0.28 * np.clip(x / 0.3, 0, 1)) * (1 - 0.35 * np.clip(x - 0.6, 0, 1))

    return grow(head, Patch(outline, mouth.origin, height, _SLOPE, cell, floor=mouth.lip))


#: From the middle below the nose along the upper edge to the tip and back along the lower edge, which stays
#: above the corner of the mouth: lips that smile come out of what lies on them.
_TRIMMED = ((0, 7.4), (0.22, 8.0), (0.5, 7.4), (0.8, 5.6), (1.0, 3.8), (1.08, 2.6), (1.0, 2.0),
            (0.82, 1.6), (0.55, 1.1), (0.25, 0.9), (0, 1.4))  # fmt: skip
_FULL = ((0, 7.2), (0.25, 8.1), (0.55, 7.9), (0.82, 6.4), (1.02, 4.4), (1.15, 2.8), (1.1, 1.9),
         (0.92, 1.6), (0.6, 1.1), (0.25, 1.1), (0, 1.6))  # fmt: skip
_WALRUS = ((0, 7.4), (0.25, 8.6), (0.6, 8.4), (0.95, 6.0), (1.2, 2.8), (1.36, -1.2), (1.31, -3.2),
           (1.18, -1.2), (1.06, 1.3), (0.72, 1.0), (0.35, 0.6), (0, 0.9))  # fmt: skip
_HANDLEBAR = ((0, 7.0), (0.22, 7.8), (0.5, 7.4), (0.85, 5.8), (1.12, 4.8), (1.32, 5.4), (1.44, 7.8),
              (1.56, 8.2), (1.62, 5.8), (1.52, 2.8), (1.28, 1.2), (1.0, 1.3), (0.6, 0.9), (0.22, 0.6),
              (0, 1.0))  # fmt: skip


def moustache(head: HeadSurface) -> tuple[Garment, ...]:
    """Full, with tips just beyond the corners of the mouth."""
    return (_moustache(head, _Mouth.of(head), _FULL, 0.8),)


def handlebar(head: HeadSurface) -> tuple[Garment, ...]:
    """Tips that are waxed and turned up."""
    return (_moustache(head, _Mouth.of(head), _HANDLEBAR, 0.8),)


def walrus(head: HeadSurface) -> tuple[Garment, ...]:
    """Thick, hanging over the upper lip and beside the mouth."""
    return (_moustache(head, _Mouth.of(head), _WALRUS, 0.95),)


def _below_lip(mouth: _Mouth) -> list[tuple[float, float]]:
    """The upper edge from the middle below the lip to beside the corner of the mouth, under a moustache."""
    c, low = mouth.corner_az, mouth.lower_lip
    return [(0, low - 0.8), (0.4 * c, low - 0.6), (0.72 * c, low + 1.6), (0.92 * c, low + 3.9),
            (1.02 * c, mouth.corner + 1.4)]  # fmt: skip


def _chin(
    head: HeadSurface,
    mouth: _Mouth,
    half: _Points,
    thick: float,
    drop: float,
    width: float,
    slope: float = 8.0,
) -> Garment:
    """Hair on the chin within ``half`` an outline; it hangs ``drop`` cm about the middle ``width``°."""

    def hang(a: np.ndarray, e: np.ndarray) -> np.ndarray:
        down = np.clip((mouth.chin + 9 - e) / 14, 0, 1)
        fall = drop * down * down * (3 - 2 * down) * np.exp(-((a / width) ** 4))
        return np.stack([0 * fall, -fall, 0.30 * fall], 1)

    return grow(head, Patch(mirrored(np.asarray(half)), mouth.origin, _even(thick), slope, 1.7, hang))


#: Height of the hair right around the lips and beside the mouth, where skin that folds must not come through,
#: cm; degrees over which it rises from its edge.
_GROUND, _GROUND_BESIDE, _GROUND_SLOPE = 0.06, 0.32, 1.3


def _around(head: HeadSurface, mouth: _Mouth, wide: float = 1.0, lowered: float = 0.0) -> Garment:
    """A thin ground of hair from the moustache to the chin: lips are drawn on it, and no skin shows beside
    them whatever they do.

    Args:
        wide: how far it reaches beside the mouth, where a moustache runs into the hair of the cheeks.
        lowered: how much lower than others' that ends, degrees.
    """
    c, up, low, corner = mouth.corner_az, mouth.upper_lip, mouth.lower_lip, mouth.corner
    beside = [(0.22, 4.3 - 0.5 * lowered), (0.48, 3.3 - 0.7 * lowered), (0.70, 2.0 - lowered),
              (0.62, -1.0 - lowered), (0.30, -3.0)]  # fmt: skip
    half = [(0, up + 4.6), (0.5 * c, up + 4.6), (0.8 * c, corner + 4.2), (c, corner + 4.7),
            *(((1 + wide * x) * c, corner + y) for x, y in beside), (0.95 * c, low + 0.6),
            (0.7 * c, low - 1.8), (0.4 * c, low - 3.6), (0, low - 4.0)]  # fmt: skip

    def height(a: np.ndarray, e: np.ndarray) -> np.ndarray:
        return np.interp(np.abs(a) / c, [0.75, 1.05], [_GROUND, _GROUND_BESIDE])

    return grow(head, Patch(mirrored(np.asarray(half)), mouth.origin, height, _GROUND_SLOPE, _MERGED_CELL))


#: Half of the patches beside the corners of the mouth: azimuth in half widths of the mouth, elevation above
#: its corner, degrees.
_BESIDE = ((1.05, 0.6), (1.03, 2.2), (1.06, 3.6), (1.18, 3.7), (1.34, 2.2), (1.5, 0.6), (1.58, -0.8),
           (1.5, -2.6), (1.3, -3.4), (1.12, -1.8))  # fmt: skip


def _joined(head: HeadSurface, mouth: _Mouth, thick: float) -> tuple[Garment, ...]:
    """Hair beside the corners of the mouth, over where a moustache and the hair of a chin meet.

    Those hang on the skin above and below the mouth and would part where a mouth goes aside.
    """
    half = np.asarray(_BESIDE) * [mouth.corner_az, 1.0] + [0, mouth.corner]
    return tuple(
        grow(head, Patch(closed(half * [side, 1]), mouth.origin, _even(thick), 1.4, _MERGED_CELL))
        for side in (1.0, -1.0)
    )


def goatee(head: HeadSurface) -> tuple[Garment, ...]:
    """A round beard: moustache, chin, and a little beside the mouth."""
    mouth = _Mouth.of(head)
    c, chin = mouth.corner_az, mouth.chin
    half = [*_below_lip(mouth), (1.2 * c, mouth.corner + 2.8), (1.32 * c, mouth.corner - 1.5),
            (1.27 * c, mouth.corner - 8), (1.1 * c, chin + 6), (0.86 * c, chin), (0.46 * c, chin - 4),
            (0, chin - 5)]  # fmt: skip
    lip = _moustache(head, mouth, _FULL, 0.62)
    tuft = _chin(head, mouth, half, 0.5, 0.1, 18.0)
    return tuft, _around(head, mouth, 0.35), lip


def van_dyke(head: HeadSurface) -> tuple[Garment, ...]:
    """A pointed tuft that hangs from the lip by a narrow strip, and a moustache apart from it."""
    mouth = _Mouth.of(head)
    low, chin = mouth.lower_lip, mouth.chin
    half = [(0, low - 0.9), (3.0, low - 1.2), (4.6, low - 3.6), (7.0, low - 7.0), (9.2, chin + 6),
            (9.5, chin + 1.5), (7.8, chin - 3.2), (4.2, chin - 6.6), (0, chin - 7.8)]  # fmt: skip
    return _chin(head, mouth, half, 0.5, 0.35, 11.0, 6.0), _moustache(head, mouth, _TRIMMED, 0.55)


def soul_patch(head: HeadSurface) -> tuple[Garment, ...]:
    """A small tuft right below the lip."""
    mouth = _Mouth.of(head)
    low = mouth.lower_lip
    half = [(0, low - 1.8), (3.6, low - 2.0), (5.6, low - 3.4), (5.0, low - 6.5), (2.6, low - 9.6),
            (0, low - 10.6)]  # fmt: skip
    return (grow(head, Patch(mirrored(np.asarray(half)), mouth.origin, _even(0.42), 4.5, 1.25)),)


#: How far the hair of a jaw hangs about the chin, degrees, and the tufts of its lower edge.
_HANG, _TUFTS = 36.0, 13.0


def _jaw(
    head: HeadSurface,
    mouth: _Mouth,
    cheek: _Points,
    thick: float,
    drop: float,
    below: float,
    slope: float = 12.0,
) -> Garment:
    """A beard along the jaw that runs out in front of the ears.

    Args:
        cheek: its upper edge from the middle outwards, up to the sideburns, degrees.
        thick: cm; drop: how far it hangs below the chin, cm; below: how far it reaches under it, degrees.
    """
    up, chin = mouth.corner, mouth.chin
    # Wide enough to be a shape from ahead, where narrow ones are a broken line.
    sideburn = [(62, up + 14), (66, up + 24), (70.5, up + 31), (76, up + 32), (80, up + 26), (81, up + 14)]
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

    return grow(head, Patch(mirrored(half), mouth.origin, height, slope, 2.6, hang))


def _between_tufts(azimuth: np.ndarray) -> np.ndarray:
    """1 where two tufts meet, falling to 0 in their middle."""
    return 1 - np.abs(np.cos(np.pi * azimuth / _TUFTS)) ** 0.6


def _cheek(mouth: _Mouth, lowered: float = 0.0) -> list[tuple[float, float]]:
    up, c = mouth.corner, mouth.corner_az
    return [*_below_lip(mouth), (1.22 * c, up + 2.6), (1.5 * c, up + 2.4 - 0.7 * lowered),
            (40, up + 0.8 - lowered), (50, up + 2.4 - lowered), (58, up + 7 - 0.8 * lowered)]  # fmt: skip


def full(head: HeadSurface) -> tuple[Garment, ...]:
    """From ear to ear, rounded, longer at the chin."""
    mouth = _Mouth.of(head)
    lip = _moustache(head, mouth, _FULL, 0.72, cell=_MERGED_CELL)
    jaw = _jaw(head, mouth, _cheek(mouth), 0.9, 1.3, 24.0, 9.0)
    return jaw, _around(head, mouth), lip


def boxed(head: HeadSurface) -> tuple[Garment, ...]:
    """Short and trimmed: a low, clear cheek line."""
    mouth = _Mouth.of(head)
    lip = _moustache(head, mouth, _TRIMMED, 0.5)
    jaw = _jaw(head, mouth, _cheek(mouth, 4.0), 0.48, 0.1, 16.0, 7.0)
    return jaw, _around(head, mouth, 0.8, 2.5), lip


def long(head: HeadSurface) -> tuple[Garment, ...]:
    """Full, hanging down to the collar."""
    mouth = _Mouth.of(head)
    lip = _moustache(head, mouth, _FULL, 0.8, cell=_MERGED_CELL)
    jaw = _jaw(head, mouth, _cheek(mouth), 1.0, 3.0, 22.0, 9.0)
    return jaw, _around(head, mouth), lip


def chinstrap(head: HeadSurface) -> tuple[Garment, ...]:
    """A narrow band along the jaw; lip and cheeks are shaven."""
    mouth = _Mouth.of(head)
    up, chin = mouth.corner, mouth.chin
    cheek = [(0, chin + 8), (14, chin + 8), (28, chin + 10), (42, chin + 15), (54, up - 2), (60, up + 6)]
    return (_jaw(head, mouth, cheek, 0.34, 0.1, 12.0, 7.0),)


def mutton_chops(head: HeadSurface) -> tuple[Garment, ...]:
    """Sideburns that widen over the cheeks and run into a moustache; the chin is shaven."""
    mouth = _Mouth.of(head)
    c = mouth.corner_az
    lobe = np.array([(71, 33), (64, 28), (56, 22), (48, 15), (40, 9), (33, 5), (27, 3), (1.12 * c, 0.6),
                     (1.12 * c, -4), (1.3 * c, -10), (31, -15.5), (39, -19.5), (49, -21), (60, -17.5),
                     (70, -9), (77, 3), (80, 16), (80, 27), (77, 33.5)])  # fmt: skip

    def height(a: np.ndarray, e: np.ndarray) -> np.ndarray:
        return 0.48 * np.interp(np.abs(a), [30, 50, 65, 80], [1.0, 1.0, 0.8, 0.4])

    lobes = (
        grow(head, Patch(closed(lobe * [s, 1] + [0, mouth.corner]), mouth.origin, height, 11.0, 2.4))
        for s in (1.0, -1.0)
    )
    return *lobes, _moustache(head, mouth, _FULL, 0.62), *_joined(head, mouth, 0.48)


STYLES: dict[str, Callable[[HeadSurface], tuple[Garment, ...]]] = {
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
