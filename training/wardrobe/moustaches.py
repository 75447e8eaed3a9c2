"""Moustaches: two halves that part below the nose, with locks on them; and what all beards are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.wardrobe.patches import Field, Patch, mirrored
from training.wardrobe.surface import HeadSurface, angles
from training.wardrobe.tufts import Tuft, both

Points = Sequence[tuple[float, float]]
#: How a patch is painted between its tufts, and right below the lower lip, where it lies in the lip's shadow.
_BETWEEN, UNDER_LIP = -0.62, -0.8


@dataclass(frozen=True)
class Hair:
    """A patch and the tufts that lie on it."""

    patch: Patch
    tufts: Sequence[Tuft] = ()


@dataclass(frozen=True)
class Mouth:
    """Where things are as seen from inside the head, degrees (elevation; the corner also by azimuth)."""

    origin: np.ndarray
    corner_az: float
    corner: float
    upper_lip: float
    lower_lip: float
    chin: float

    @classmethod
    def of(cls, head: HeadSurface) -> Mouth:
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

    def line(self, azimuth: np.ndarray) -> np.ndarray:
        """The lowest skin at rest that carries a moustache that is worn alone: the upper lip's edge."""
        at = np.array([0.0, 0.6, 1.0, 1.12, 1.25]) * self.corner_az
        low = (self.upper_lip - 0.5, self.upper_lip, self.corner + 0.5, self.corner - 1, self.corner - 12)
        return np.interp(np.abs(azimuth), at, low)

    def lip(self, azimuth: np.ndarray) -> np.ndarray:
        """The lowest skin that a moustache hangs from: what is below the upper lip moves with the jaw.

        Beside the mouth too, as far out as its corners come in a smile: hair on both sides would tear.
        """
        at = np.array([0.0, 0.6, 0.85, 1.32, 1.5]) * self.corner_az
        beside = self.corner + 1.3
        low = (self.upper_lip - 0.9, self.upper_lip - 0.9, beside, beside, self.corner - 12)
        return np.interp(np.abs(azimuth), at, low)


def even(thick: float) -> Field:
    return lambda a, e: np.full(len(a), thick)


between = even(_BETWEEN)


#: Degrees over which moustaches rise from their edge.
_SLOPE = 2.6
#: Size of the cells of moustaches, degrees: their tips are narrow; where they run into a full beard;
#: and of those worn alone.
_FINE_CELL, MERGED_CELL, _ALONE_CELL = 0.9, 1.1, 0.75


def moustache_of(
    mouth: Mouth,
    half: Points,
    thick: float,
    locks: Sequence[Points],
    cell: float = _FINE_CELL,
    alone: bool = False,
) -> Hair:
    """A moustache; ``half``: azimuth in half widths of the mouth, elevation above the lip, degrees.

    ``locks`` of its left half, likewise, lie on it from where it parts below the nose.
    One that is worn ``alone`` keeps its form whatever the skin below it does.
    """

    def bent(points: Points) -> np.ndarray:
        # It bends with the lip, whose corners smile at rest: from them alone it would climb the nose.
        at = np.asarray(points, float)
        bend = (mouth.corner - mouth.upper_lip) * np.clip(at[:, 0], 0, 1) ** 2
        return np.stack([at[:, 0] * mouth.corner_az, at[:, 1] + mouth.upper_lip + bend], 1)

    outline = mirrored(bent(half))

    def height(a: np.ndarray, e: np.ndarray) -> np.ndarray:
        # Two halves that part below the nose.
        x = np.abs(a) / mouth.corner_az
        return thick * (0.72 + 0.28 * np.clip(x / 0.3, 0, 1)) * (1 - 0.35 * np.clip(x - 0.6, 0, 1))

    carriers, floor = (bent(_CARRIERS), mouth.line) if alone else (None, mouth.lip)
    patch = Patch(outline, mouth.origin, height, _SLOPE, cell, floor=floor, tone=between, carriers=carriers)
    wide = _ALONE_WIDE if alone else _LOCK_WIDE
    return Hair(patch, both(Tuft(bent(lock), wide, _LOCK_STAND) for lock in locks))


#: What carries moustaches that are worn alone, in the units of their outlines: two rows of skin.
_CARRIERS = tuple(
    (side * x, y)
    for x, high, low in ((0, 6.5, 3.5), (0.35, 6.5, 3.5), (0.7, 6.0, 3.0), (1.05, 4.6, 2.6), (1.4, 4.4, 2.4))
    for side in ((1, -1) if x else (1,))
    for y in (high, low)
)
#: Half the width of the locks of moustaches, degrees, of those worn alone, and how high they stand, cm.
_LOCK_WIDE, _ALONE_WIDE, _LOCK_STAND = 2.5, 2.1, 0.16
#: From the middle below the nose along the upper edge to the tip and back along the lower edge, which stays
#: above the corner of the mouth: lips that smile come out of what lies on them.
TRIMMED = ((0, 7.4), (0.22, 8.0), (0.5, 7.4), (0.8, 5.6), (1.0, 3.8), (1.08, 2.6), (1.0, 2.0),
            (0.82, 1.6), (0.55, 1.1), (0.25, 0.9), (0, 1.4))  # fmt: skip
FULL = ((0, 7.2), (0.25, 8.1), (0.55, 7.9), (0.82, 6.4), (1.02, 4.4), (1.15, 2.8), (1.1, 1.9),
         (0.92, 1.6), (0.6, 1.1), (0.25, 1.1), (0, 1.6))  # fmt: skip
CIRCLE = ((0, 7.2), (0.25, 8.0), (0.55, 7.5), (0.82, 5.7), (1.02, 3.6), (1.13, 1.4), (1.11, -0.1),
           (1.0, 0.6), (0.9, 1.4), (0.6, 1.1), (0.25, 1.1), (0, 1.6))  # fmt: skip
_WINGED = ((0, 6.2), (0.2, 7.9), (0.42, 8.2), (0.72, 6.9), (0.98, 4.5), (1.17, 2.3), (1.26, 1.0),
           (1.14, 1.0), (0.98, 1.4), (0.62, 0.5), (0.28, 0.1), (0, 1.9))  # fmt: skip
_WALRUS = ((0, 6.6), (0.22, 8.4), (0.5, 8.7), (0.84, 6.4), (1.12, 2.4), (1.34, -1.6), (1.43, -4.2),
           (1.35, -5.2), (1.19, -3.6), (1.04, -0.2), (0.7, -0.2), (0.32, -0.8), (0, 0.8))  # fmt: skip
_HANDLEBAR = ((0, 6.2), (0.2, 7.8), (0.42, 7.8), (0.72, 5.9), (1.02, 4.5), (1.24, 5.0), (1.38, 7.0),
              (1.47, 9.8), (1.53, 10.8), (1.6, 9.4), (1.6, 6.0), (1.49, 2.9), (1.28, 1.5), (1.0, 1.6),
              (0.6, 0.5), (0.28, 0.0), (0, 1.7))  # fmt: skip
#: Locks of their left halves, the upper one first.
TRIMMED_LOCKS = (((0.06, 5.6), (0.5, 5.4), (1.05, 2.9)), ((0.05, 2.9), (0.45, 3.0), (0.92, 2.0)))
FULL_LOCKS = (((0.06, 5.8), (0.55, 6.0), (1.16, 2.3)), ((0.05, 2.9), (0.5, 3.1), (1.0, 2.1)))
CIRCLE_LOCKS = (((0.06, 5.8), (0.6, 5.6), (1.09, 0.2)), ((0.05, 2.9), (0.5, 3.1), (0.98, 1.5)))
_WINGED_LOCKS = (((0.07, 5.2), (0.5, 5.8), (1.14, 1.8)), ((0.07, 3.0), (0.45, 2.9), (0.98, 1.7)))
_WALRUS_LOCKS = (((0.07, 5.6), (0.65, 6.0), (1.32, -4.0)), ((0.07, 2.6), (0.6, 2.7), (1.2, -2.0)))
_HANDLEBAR_LOCKS = (
    ((0.07, 5.1), (0.6, 4.9), (1.2, 3.2), (1.48, 5.6), (1.54, 9.8)),
    ((0.07, 2.8), (0.5, 2.7), (1.12, 2.3)),
)


def moustache(head: HeadSurface) -> tuple[Hair, ...]:
    """Full, with tips just beyond the corners of the mouth."""
    return (moustache_of(Mouth.of(head), _WINGED, 0.8, _WINGED_LOCKS, _ALONE_CELL, alone=True),)


def handlebar(head: HeadSurface) -> tuple[Hair, ...]:
    """Tips that are waxed and turned up."""
    return (moustache_of(Mouth.of(head), _HANDLEBAR, 0.8, _HANDLEBAR_LOCKS, _ALONE_CELL, alone=True),)


def walrus(head: HeadSurface) -> tuple[Hair, ...]:
    """Thick, hanging over the upper lip and beside the mouth."""
    return (moustache_of(Mouth.of(head), _WALRUS, 0.95, _WALRUS_LOCKS, _ALONE_CELL, alone=True),)
