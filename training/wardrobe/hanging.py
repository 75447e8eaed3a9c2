"""Hair that hangs over the ears: bobs and long hair, straight and wavy."""

from __future__ import annotations

from dataclasses import dataclass, replace

from training.wardrobe.hair import Guide
from training.wardrobe.locks import Free, Piece, Place, join
from training.wardrobe.mane import Mane, mane
from training.wardrobe.overlay import overlaid
from training.wardrobe.surface import HeadSurface


@dataclass(frozen=True)
class Fall:
    """How hair hangs from a parting.

    Attributes:
        part: azimuth of the parting at the hairline, degrees.
        bottom: height of the ends at the sides; back: how much lower they are behind; cm.
        spread: half width at the ends; curl_in: how far the ends turn in; cm.
        front: how far forward the front locks hang, cm.
        volume: height above the skull, as a multiple.
        sweep: how far the hair beside a parting off the middle dips on the forehead, degrees.
        open: how far the front locks stay behind the cheekbones, degrees.
        high: how much higher than usual the hair begins on the forehead, degrees.
    """

    part: float = 0.0
    bottom: float = -6.0
    back: float = 0.3
    spread: float = 9.6
    curl_in: float = 1.2
    front: float = 5.0
    volume: float = 1.0
    sweep: float = 0.0
    open: float = 0.0
    high: float = 0.0

    def side(self, sign: float) -> list[Guide]:
        """Guides of the subject's left (+1) or right (-1) side, from the face around to the back."""
        far = self.part * sign
        # From a parting off the middle, one side has to travel over the top of the head.
        heavy = max(0.0, -far) / 20
        # Beside the parting it lies at once on its own side, or its border would be a block on the forehead.
        first = max(21 - 0.6 * far, far + 10)
        over = [sign * a for a in (first, max(50 - 0.5 * far, first + 14), 84 - 0.3 * far, 142)]
        root = [self.part - sign * o for o in (1.5, 1.5, 2.0, 4.0)]
        tall = self.volume * (1 + 0.12 * heavy)
        # No two sides are alike: a little more of the forehead is covered on the left.
        dip = self.sweep * min(heavy, 1.0) + 1.2 * sign
        middle = 0.5 * (1.4 + self.bottom)
        x, y, turn = self.spread, self.bottom, self.curl_in
        back = y - self.back
        return [
            [
                (root[0], 34 + 0.5 * self.high, 0.3),
                (over[0], 25.5 - 0.3 * dip + self.high, 0.75 * tall),
                (sign * 40, 13.5 - 0.7 * dip + self.high, 0.75 * tall),
                (sign * (51.5 + self.open), -1 - 0.4 * dip, 0.65 * tall),
                (sign * (55 + self.open), -14, 0.55),
                Free(sign * (x - 2.1 + 0.15 * self.open), middle - 0.9, self.front + 0.2),
                Free(sign * (x - 2.2 - 0.5 * turn), y - 0.2, self.front + 0.2),
            ],
            [
                (root[1], 47, 0.7),
                (over[1], 52, 1.7 * tall),
                (sign * 76, 27, 1.7 * tall),
                Free(sign * 9.5, 1.8, 2.6),
                Free(sign * x, middle, 2.2),
                Free(sign * (x - turn), y, 2.4),
            ],
            [
                (root[2], 64, 1.2),
                (over[2], 60, 2.0 * tall),
                (sign * 104, 28, 1.8 * tall),
                Free(sign * 9.5, 1.0, -2.6),
                Free(sign * (x - 0.1), middle, -2.9),
                Free(sign * (x - 0.2 - turn), y - 0.3 * self.back, -2.6),
            ],
            [
                (root[3], 82, 1.7),
                (over[3], 62, 2.0 * tall),
                (sign * 148, 24, 2.1 * tall),
                Free(sign * 5.9, 0.8, -8.6),
                Free(sign * 6.2, 0.5 * (1 + back), -8.2),
                Free(sign * (6.0 - 0.6 * turn), back, -7.6 + turn),
            ],
        ]

    def guides(self) -> list[Guide]:
        """All around, from the left of the face over the back to its right."""
        back = self.bottom - self.back
        behind: Guide = [
            (0.6 * self.part, 97, 1.8),
            (180, 62, 2.0 * self.volume),
            (180, 24, 2.2 * self.volume),
            Free(0, 0.8, -10.0),
            Free(0, 0.5 * (1 + back), -9.6),
            Free(0, back, -8.8 + self.curl_in),
        ]
        return [*self.side(1.0), behind, *self.side(-1.0)[::-1]]


#: How straight and wavy manes are cut; the guides are filled in by :func:`falling`.
STRAIGHT = Mane(
    (), (0.85, 0.8, 0.95, 1.3, 1.5, 1.3, 0.95, 0.8, 0.85), 1.0, 0.5, 1.3, root=0.5, rise=0.12, groove=0.72,
    groove_from=-0.1, notch=0.03, blunt=2.0, ragged=0.02, taper=0.5, rows=23, drawn=0.6,
)  # fmt: skip
WAVY = replace(
    STRAIGHT,
    groove=0.6,
    notch=0.025,
    taper=0.6,
    border=1.4,
    thick=1.2,
    rows=28,
    wave=(1.0, 1.2, 2.0, -0.1, 0.25),
    wave_from=0.17,
)


def falling(head: HeadSurface, fall: Fall, cut: Mane) -> Piece:
    """The whole mane in one piece."""
    return mane(head, replace(cut, guides=fall.guides()))


def framing(head: HeadSurface, fall: Fall, ends: tuple[float, float]) -> list[Piece]:
    """A tapered lock over the front of either side: hair in two layers, with a broken outline.

    Args:
        ends: heights of their tips on the subject's left and right, cm.
    """
    pieces = []
    for sign, y in zip((1.0, -1.0), ends, strict=True):
        edge, beside = fall.side(sign)[:2]
        # It comes out of the parting with the hair below it, and lies on that.
        near: Guide = [_lifted(edge[1], 0.2), _lifted(edge[2], 0.55), _lifted(edge[3], 0.75)]
        far: Guide = [_lifted(beside[0], 0.2), _lifted(beside[1], 0.35)]
        x, z = fall.spread + 0.55, fall.front
        far += [(sign * 66, 22, 1.9 * fall.volume + 0.4), Free(sign * (x - 0.3), 1.0, 0.6 * z)]
        tip = Free(sign * (x - 1.7), y, z - 1.3)
        bend = 0.5 * (y + 1.0)
        near += [Free(sign * (x - 1.5), bend, z - 0.1), tip]
        far += [Free(sign * (x + 0.1), bend, z - 2.4), replace(tip, y=y - 0.1, z=tip.z - 0.5)]
        cut = Mane((near, far), (1.0,), 0.55, 0.3, 0.8, root=0.3, notch=0, taper=0.5, rows=18, seed=3)
        pieces.append(mane(head, cut))
    return pieces


def _lifted(place: Place | Free, by: float) -> Place | Free:
    """A place ``by`` cm higher above the skull."""
    return place if isinstance(place, Free) else (place[0], place[1], place[2] + by)


#: Locks of a full fringe, from those below to the one on top: azimuth of the tip, degrees; how much higher
#: than the fringe it ends, degrees; half the width, cm.
_BANGS = ((-47, -4.0, 1.9), (50, -5.0, 1.9), (-25, 0.5, 2.1), (29, -0.5, 2.0), (3, -1.0, 2.3))


def bangs(head: HeadSurface, low: float = 10.0, ragged: float = 1.0) -> Piece:
    """A fringe to the elevation ``low``, lower at the temples: a few broad, tapered locks over one another.

    ``ragged`` is how much the ends of locks differ, as a multiple.
    """
    # At the temples it goes in under the hair beside it.
    guides: list[Guide] = [
        [(0.5 * a, 68, 1.0 + 0.2 * h), (0.85 * a + 3, 46, 0.9 + 0.9 * h), (a + 2, 28, 1.5 * h),
         (1.03 * a - 2, e, 0.5 * h)]
        for a, e, h in ((-64, low - 18, 0.4), (-42, low - 2, 1), (-14, low + 4, 1),
                        (14, low + 4, 1), (42, low - 1, 1), (68, low - 16, 0.4))
    ]  # fmt: skip
    cut = Mane(guides, (1.2, 1.0, 1.3), 0.7, 0.4, 0.9, root=0.7, groove=0, notch=0, taper=0.6, rows=10,
               drawn=0, seed=5)  # fmt: skip
    above = [
        ((0.4 * a, 70, 0.9), (0.78 * a + 5, 50, 2.5), (0.95 * a + 4, 29, 2.2), (a, low + ragged * up, 0.7))
        for a, up, _ in _BANGS
    ]
    return overlaid(head, mane(head, cut), [(way, lock[2]) for way, lock in zip(above, _BANGS, strict=True)])


def bob(head: HeadSurface) -> Piece:
    """Chin length, parted on the side, turned in at the ends: one smooth bell."""
    return falling(head, Fall(17, -7.0, 1.6, 10.0, 1.3, sweep=9), replace(STRAIGHT, notch=0.02))


def bob_fringe(head: HeadSurface) -> Piece:
    """Chin length with a full fringe."""
    cut = replace(STRAIGHT, groove=0.45, notch=0.018, blunt=2.0)
    return join([falling(head, Fall(0, -7.0, 1.4, 9.9, 1.2, volume=0.9), cut), bangs(head, 13)])


def lob(head: HeadSurface) -> Piece:
    """To the collarbone, parted near the middle, longer in front than behind."""
    fall = Fall(-9, -10.6, -1.0, 9.8, 0.7, 5.8, sweep=4)
    cut = replace(STRAIGHT, notch=0.05, ragged=0.05, taper=0.4, wave=(0.2, 0.3, 1.0, 0.2, 0.2))
    return join([falling(head, fall, cut), *framing(head, fall, (-5.0, -6.5))])


def long(head: HeadSurface) -> Piece:
    """Straight and long, parted off the middle and swept aside; it swings a little."""
    cut = replace(STRAIGHT, notch=0.04, groove=0.5, wave=(0.3, 0.5, 1.2, 0.25, 0.2))
    fall = Fall(-13, -16.0, 1.0, 9.8, 2.4, volume=1.1, sweep=7, open=1, high=3)
    return join([falling(head, fall, cut), *framing(head, fall, (-9.0, -7.0))])


def long_fringe(head: HeadSurface) -> Piece:
    """Straight and long with a full fringe."""
    fall = Fall(0, -14.0, 1.0, 9.8, 1.8, volume=0.95)
    return join([falling(head, fall, replace(STRAIGHT, wave=(0.2, 0.3, 1.1, 0.25, 0.2))), bangs(head, 13)])


def side_swept(head: HeadSurface) -> Piece:
    """A deep parting, swept over the forehead, to the shoulders; its ends flick out."""
    fall = Fall(-22, -9.6, 0.4, 9.2, -1.0, 5.2, volume=1.1, sweep=13)
    cut = replace(STRAIGHT, notch=0.04, taper=0.5, wave=(0.35, 0.5, 1.1, 0.2, 0.2))
    return falling(head, fall, cut)


def half_up(head: HeadSurface) -> Piece:
    """The top combed back into a small tail, the rest long and open."""
    # The front locks cover the ears; they come out at the temples from under the hair that is combed back.
    guides = Fall(0, -15.0, 1.0, 9.7, 2.0, open=2).guides()
    for at, sign in ((0, 1.0), (-1, -1.0)):
        guides[at][:3] = [(sign * 68, 42, 0.3), (sign * 64, 27, 0.8), (sign * 58, 11, 0.85)]
    for at, sign in ((1, 1.0), (-2, -1.0)):
        guides[at][:2] = [(sign * 44, 55, 0.7), (sign * 66, 44, 1.5)]
    cut = replace(STRAIGHT, guides=guides, notch=0.06, rows=16, wave=(0.4, 0.6, 1.5, 0.25, 0.2))
    pieces = [mane(head, cut), *_beside(head)]
    top: list[Guide] = [
        [
            (a, e - 4.0, -0.25),
            (a, e + 2.0, 0.9),
            (0.97 * a, e + 18, 1.9),
            (0.95 * a, 66, 2.5),
            (180 - 0.4 * a, 76, 2.6),
            (180 - 0.15 * a, 58, 2.2),
        ]
        for a, e in ((-66, 12), (-44, 28), (-15, 36), (15, 35), (44, 29), (66, 13))
    ]
    cut = Mane(
        top,
        (0.9, 1.5, 0.7, 1.2),
        0.7,
        0.5,
        1.2,
        root=0.3,
        groove=0.14,
        groove_from=0,
        notch=0,
        rows=12,
        drawn=0,
    )
    pieces.append(mane(head, cut))
    tail: list[Guide] = [
        [(a, 60, 2.4), (a, 58, 4.6), (a, 38, 4.8), (a, 16, 3.8), (a, 0, 2.8)] for a in (152, 180, 208)
    ]
    return join([*pieces, mane(head, Mane(tail, (1, 1), 1.0, 0.6, notch=0.15))])


def _beside(head: HeadSurface) -> list[Piece]:
    """A tapered lock on either side from the temple along the cheek: below a hat too, hair begins there."""
    pieces = []
    for s, y in ((1.0, -8.4), (-1.0, -10.2)):
        near: Guide = [(s * 61, 20, 0.5), (s * 56.5, 4, 1.2), (s * 55, -12, 1.2)]
        near += [Free(s * 7.4, -3.4, 5.6), Free(s * 7.8, y, 4.0)]
        far: Guide = [(s * 72, 24, 0.9), (s * 72, 4, 2.1), Free(s * 9.9, -1.2, 3.0)]
        far += [Free(s * 10.3, -5.0, 2.8), Free(s * 8.9, y - 0.2, 3.4)]
        cut = Mane(
            (near, far), (1.0,), 0.55, 0.3, 0.8, root=0.3, notch=0, taper=0.5, rows=11, drawn=0, seed=3
        )
        pieces.append(mane(head, cut))
    return pieces


def shag(head: HeadSurface) -> Piece:
    """Two layers that flick out at cheeks and collar under a broken fringe."""
    cut = replace(
        STRAIGHT, locks=(1, 1.2, 1.5, 1.2, 1), notch=0.075, blunt=2.0, groove=0.4, thick=0.9, rows=13
    )
    long_layer = falling(head, Fall(3, -9.6, 0.8, 8.6, -1.4, 5.0, 0.72), replace(cut, thick=0.7))
    short_layer = falling(
        head,
        Fall(3, -3.0, 0.5, 9.8, -1.3, 5.4, 0.95),
        replace(cut, notch=0.09, seed=2),
    )
    return join([long_layer, short_layer, bangs(head, 12, 1.6)])


def wavy(head: HeadSurface) -> Piece:
    """Shoulder length in big waves, parted on the side."""
    return falling(head, Fall(-17, -12.4, 0.6, 10.0, 0.6, volume=1.1, sweep=8), WAVY)


def wavy_bob(head: HeadSurface) -> Piece:
    """To the jaw in two big waves, parted on the side."""
    fall = Fall(19, -6.4, 0.6, 10.0, 0.8, volume=1.2, sweep=10)
    return falling(head, fall, replace(WAVY, wave=(0.6, 1.0, 1.6, 0.0, 0.3)))


def wavy_long(head: HeadSurface) -> Piece:
    """Long, parted in the middle, in S-curves that widen to the ends."""
    return falling(
        head,
        Fall(0, -16.5, 1.0, 10.2, 0.4, 5.4, 1.15),
        replace(WAVY, wave=(1.0, 1.2, 2.7, -0.1, 0.25), wave_from=0.2, rows=30),
    )
