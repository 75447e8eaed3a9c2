"""A table of hair cuts."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Cut:
    """A style. Ranges are (low, high), cm.

    Attributes:
        top, side, back: length of the hair; fringe: of what falls on the forehead, None without.
        ends: height at which hanging hair is cut; None where the lengths decide.
        comb: where it is combed: forward, back, side, crown (outwards), up, down, gather.
        lift: how upright it stands, 0 to 1. volume: layer on the head.
        gather: where it is tied, [3] each; tail: length of what hangs from there; bun: radius of the knot.
        ropes: radius of locs and braids; 0 loose.
        parted: share of the people who part it.
    """

    top: tuple[float, float] = (4, 7)
    side: tuple[float, float] = (1.5, 4)
    back: tuple[float, float] = (2, 5)
    fringe: tuple[float, float] | None = None
    ends: tuple[float, float] | None = None
    comb: tuple[str, ...] = ("side", "forward", "crown", "back")
    lift: tuple[float, float] = (0.1, 0.35)
    volume: tuple[float, float] = (0.5, 1.4)
    gather: tuple[tuple[float, float, float], ...] = ()
    tail: tuple[float, float] = (0, 0)
    bun: tuple[float, float] = (0, 0)
    ropes: tuple[float, float] = (0, 0)
    parted: float = 0.4


_HANG = Cut(
    top=(40, 55),
    side=(40, 55),
    back=(40, 55),
    comb=("side",),
    lift=(0.0, 0.15),
    volume=(0.4, 1.6),
    parted=0.85,
)
_TIED = Cut(
    top=(26, 30),
    side=(20, 26),
    back=(16, 24),
    comb=("gather",),
    lift=(0.0, 0.05),
    volume=(0.2, 0.9),
    parted=0.3,
)
#: Hair style → cut; the names are those of ``gen_avatar.types.HAIR_STYLES``.
CUTS: dict[str, Cut] = {
    "bald": Cut(top=(0, 0), side=(0, 0), back=(0, 0)),
    "buzz": Cut(top=(0.3, 1.2), side=(0.2, 0.8), back=(0.2, 0.8), lift=(0.6, 1.0), volume=(0.1, 0.2)),
    "crew": Cut(
        top=(1.5, 3.2),
        side=(0.3, 1.2),
        back=(0.3, 1.2),
        lift=(0.3, 0.8),
        volume=(0.3, 0.8),
        comb=("up", "forward"),
    ),
    "short": Cut(),
    "quiff": Cut(top=(6, 10), side=(1, 2.5), back=(1.5, 3), comb=("up",), lift=(0.5, 0.8), volume=(1.5, 3.5)),
    "fringe": Cut(
        top=(6, 9),
        side=(2, 5),
        back=(3, 6),
        fringe=(4, 7.5),
        comb=("forward", "crown"),
        parted=0.1,
    ),
    "side-part": Cut(top=(6, 10), side=(2, 4), back=(2, 5), comb=("side",), parted=1.0, lift=(0.1, 0.3)),
    "slick-back": Cut(
        top=(9, 15),
        side=(4, 8),
        back=(4, 9),
        comb=("back",),
        lift=(0.0, 0.15),
        volume=(0.2, 0.9),
        parted=0.0,
    ),
    "undercut": Cut(top=(8, 14), side=(0.3, 1.0), back=(0.3, 1.2), comb=("side", "back"), lift=(0.2, 0.5)),
    "spiky": Cut(top=(4, 7), side=(1.5, 3), back=(2, 3), comb=("up",), lift=(0.7, 1.0), parted=0.0),
    "bowl": Cut(
        top=(14, 16),
        side=(10, 13),
        back=(8, 10),
        fringe=(6, 8),
        comb=("crown",),
        ends=(1.5, 4.5),
        parted=0.0,
    ),
    "mullet": Cut(top=(5, 9), side=(2, 5), back=(14, 22), fringe=(3, 6), comb=("crown", "side")),
    "pixie": Cut(top=(6, 10), side=(3, 6), back=(2, 5), fringe=(4, 8), comb=("side", "forward")),
    "curtains": Cut(top=(11, 16), side=(4, 8), back=(4, 8), comb=("side",), parted=1.0, lift=(0.15, 0.4)),
    "receding": Cut(top=(2, 6), side=(1, 3.5), back=(1, 4), comb=("back", "side", "forward")),
    "balding": Cut(top=(1, 5), side=(0.5, 4), back=(0.5, 4), comb=("back", "side")),
    "wavy-short": Cut(top=(6, 10), side=(3, 6), back=(3, 7), lift=(0.2, 0.5), volume=(0.8, 2)),
    "bob": replace(_HANG, ends=(-8.0, -2.5)),
    "bob-fringe": replace(_HANG, ends=(-8.0, -2.0), fringe=(5, 8)),
    "wavy-bob": replace(_HANG, ends=(-9.0, -3.0), volume=(0.8, 2.4)),
    "lob": replace(_HANG, ends=(-13.0, -8.5)),
    "shag": replace(_HANG, ends=(-13.0, -6.0), fringe=(4, 8), volume=(0.8, 2.2)),
    "long": replace(_HANG, ends=(-30.0, -14.0)),
    "wavy": replace(_HANG, ends=(-20.0, -12.0), volume=(0.8, 2.6)),
    "wavy-long": replace(_HANG, ends=(-34.0, -19.0), volume=(0.8, 2.6)),
    "long-fringe": replace(_HANG, ends=(-30.0, -13.0), fringe=(5, 8.5)),
    "side-swept": replace(_HANG, ends=(-26.0, -10.0), parted=1.0),
    "half-up": replace(_HANG, ends=(-28.0, -13.0)),
    "curly-short": Cut(
        top=(4, 8),
        side=(2, 5),
        back=(2, 5),
        comb=("crown",),
        lift=(0.4, 0.8),
        volume=(0.8, 2),
    ),
    "curly": Cut(top=(8, 14), side=(5, 10), back=(5, 10), comb=("crown",), lift=(0.4, 0.8), volume=(1, 3)),
    "curly-fringe": Cut(
        top=(7, 12),
        side=(2, 6),
        back=(3, 7),
        comb=("forward", "crown"),
        fringe=(4, 8),
        lift=(0.4, 0.7),
    ),
    "curly-bob": replace(_HANG, ends=(-9, -2), lift=(0.2, 0.6), volume=(1.5, 4)),
    "curly-long": replace(_HANG, ends=(-30, -11), lift=(0.1, 0.5), volume=(1.5, 4.5)),
    "afro-short": Cut(
        top=(2, 4.5),
        side=(1, 3.5),
        back=(1, 3.5),
        comb=("up",),
        lift=(0.9, 1.0),
        volume=(1, 3),
        parted=0.0,
    ),
    "afro": Cut(
        top=(7, 15),
        side=(6, 14),
        back=(6, 13),
        comb=("up",),
        lift=(1.0, 1.0),
        volume=(3, 9),
        parted=0.05,
    ),
    "high-top": Cut(
        top=(6, 12),
        side=(0.3, 1.2),
        back=(0.3, 1.2),
        comb=("up",),
        lift=(1.0, 1.0),
        volume=(3, 8),
        parted=0.0,
    ),
    "twists": Cut(
        top=(5, 12),
        side=(2, 8),
        back=(3, 9),
        comb=("crown",),
        lift=(0.5, 0.9),
        ropes=(0.25, 0.4),
        parted=0.1,
    ),
    "locs-short": Cut(
        top=(7, 14),
        side=(4, 10),
        back=(4, 10),
        comb=("crown",),
        lift=(0.3, 0.7),
        ropes=(0.3, 0.5),
        parted=0.1,
    ),
    "locs-long": replace(_HANG, ends=(-30, -10), ropes=(0.3, 0.55), volume=(0.8, 2.5), parted=0.3),
    "box-braids": replace(_HANG, ends=(-32, -10), ropes=(0.22, 0.4), volume=(0.5, 2), parted=0.5),
    "cornrows": Cut(
        top=(14, 20),
        side=(10, 16),
        back=(8, 20),
        comb=("back",),
        lift=(0, 0),
        ropes=(0.3, 0.45),
        volume=(0.1, 0.3),
        parted=0.0,
    ),
    "puffs": replace(_TIED, gather=((5.5, 12.0, -1.0), (-5.5, 12.0, -1.0)), bun=(4, 6.5)),
    "ponytail": replace(_TIED, gather=((0, 10.0, -10.0),), tail=(16, 34)),
    "low-ponytail": replace(_TIED, gather=((0, -1.0, -9.5),), tail=(14, 32), parted=0.6),
    "bun": replace(_TIED, gather=((0, 8.0, -10.5),), bun=(2.5, 4)),
    "low-bun": replace(_TIED, gather=((0, -1.0, -9.0),), bun=(2.2, 4), parted=0.7),
    "top-knot": replace(_TIED, gather=((0, 16.0, -2.0),), bun=(2, 3.5), parted=0.0),
    "space-buns": replace(_TIED, gather=((6, 13.0, -1.5), (-6, 13.0, -1.5)), bun=(2, 3.5), parted=0.8),
    "braid": replace(_TIED, gather=((1.0, -3.5, -8.5),), tail=(18, 30), ropes=(0.0, 0.0), parted=0.6),
    "twin-braids": replace(_TIED, gather=((7, -2.0, -2.0), (-7, -2.0, -2.0)), tail=(16, 28), parted=0.9),
    "pigtails": replace(_TIED, gather=((8.5, 4.0, -3.5), (-8.5, 4.0, -3.5)), tail=(14, 26), parted=0.9),
    "crown-braid": replace(_TIED, gather=((0, 4.0, -9.5),), parted=0.6),
}
