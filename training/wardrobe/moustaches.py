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
#: Size of the cells of moustaches, degrees: their tips are narrow; and where they run into a full beard.
_FINE_CELL, MERGED_CELL = 0.9, 1.1


def moustache_of(
    mouth: Mouth,
    half: Points,
    thick: float,
    locks: Sequence[Points],
    cell: float = _FINE_CELL,
) -> Hair:
    """A moustache; ``half``: azimuth in half widths of the mouth, elevation above the lip, degrees.

    ``locks`` of its left half, likewise, lie on it from where it parts below the nose.
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

    patch = Patch(outline, mouth.origin, height, _SLOPE, cell, floor=mouth.lip, tone=between)
    return Hair(patch, both(Tuft(bent(lock), _LOCK_WIDE, _LOCK_STAND) for lock in locks))


#: Half the width of the locks of moustaches, degrees, and how high they stand, cm.
_LOCK_WIDE, _LOCK_STAND = 2.5, 0.16
#: From the middle below the nose along the upper edge to the tip and back along the lower edge, which stays
#: above the corner of the mouth: lips that smile come out of what lies on them.
TRIMMED = ((0, 7.4), (0.22, 8.0), (0.5, 7.4), (0.8, 5.6), (1.0, 3.8), (1.08, 2.6), (1.0, 2.0),
            (0.82, 1.6), (0.55, 1.1), (0.25, 0.9), (0, 1.4))  # fmt: skip
FULL = ((0, 7.2), (0.25, 8.1), (0.55, 7.9), (0.82, 6.4), (1.02, 4.4), (1.15, 2.8), (1.1, 1.9),
         (0.92, 1.6), (0.6, 1.1), (0.25, 1.1), (0, 1.6))  # fmt: skip
CIRCLE = ((0, 7.2), (0.25, 8.0), (0.55, 7.5), (0.82, 5.7), (1.02, 3.6), (1.13, 1.4), (1.11, -0.1),
           (1.0, 0.6), (0.9, 1.4), (0.6, 1.1), (0.25, 1.1), (0, 1.6))  # fmt: skip
_WALRUS = ((0, 7.4), (0.25, 8.6), (0.6, 8.4), (0.95, 6.0), (1.2, 2.8), (1.36, -1.2), (1.31, -3.2),
           (1.18, -1.2), (1.06, 1.3), (0.72, 1.0), (0.35, 0.6), (0, 0.9))  # fmt: skip
_HANDLEBAR = ((0, 7.0), (0.22, 7.8), (0.5, 7.4), (0.85, 5.8), (1.12, 4.8), (1.32, 5.4), (1.44, 7.8),
              (1.56, 8.2), (1.62, 5.8), (1.52, 2.8), (1.28, 1.2), (1.0, 1.3), (0.6, 0.9), (0.22, 0.6),
              (0, 1.0))  # fmt: skip
#: Locks of their left halves, the upper one first.
TRIMMED_LOCKS = (((0.06, 5.6), (0.5, 5.4), (1.05, 2.9)), ((0.05, 2.9), (0.45, 3.0), (0.92, 2.0)))
FULL_LOCKS = (((0.06, 5.8), (0.55, 6.0), (1.16, 2.3)), ((0.05, 2.9), (0.5, 3.1), (1.0, 2.1)))
CIRCLE_LOCKS = (((0.06, 5.8), (0.6, 5.6), (1.09, 0.2)), ((0.05, 2.9), (0.5, 3.1), (0.98, 1.5)))
_WALRUS_LOCKS = (((0.06, 6.2), (0.75, 5.9), (1.32, -2.9)), ((0.05, 2.9), (0.6, 3.2), (1.17, -0.4)))
_HANDLEBAR_LOCKS = (
    ((0.06, 5.4), (0.6, 5.0), (1.25, 3.6), (1.56, 7.9)),
    ((0.05, 2.5), (0.5, 2.6), (1.2, 2.3)),
)


def moustache(head: HeadSurface) -> tuple[Hair, ...]:
    """Full, with tips just beyond the corners of the mouth."""
    return (moustache_of(Mouth.of(head), FULL, 0.8, FULL_LOCKS),)


def handlebar(head: HeadSurface) -> tuple[Hair, ...]:
    """Tips that are waxed and turned up."""
    return (moustache_of(Mouth.of(head), _HANDLEBAR, 0.8, _HANDLEBAR_LOCKS),)


def walrus(head: HeadSurface) -> tuple[Hair, ...]:
    """Thick, hanging over the upper lip and beside the mouth."""
    return (moustache_of(Mouth.of(head), _WALRUS, 0.95, _WALRUS_LOCKS),)
