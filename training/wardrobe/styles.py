"""Every hair style by name."""

from __future__ import annotations

from collections.abc import Callable

from training.wardrobe import coils, hanging, mops, receding, short_hair, updos
from training.wardrobe.locks import Piece
from training.wardrobe.surface import HeadSurface

HAIR: dict[str, Callable[[HeadSurface], Piece]] = {
    "short": mops.short,
    "quiff": short_hair.quiff,
    "fringe": mops.fringe,
    "curly": coils.curly,
    "afro": coils.afro,
    "bob": hanging.bob,
    "bob-fringe": hanging.bob_fringe,
    "long": hanging.long,
    "wavy": hanging.wavy,
    "ponytail": updos.ponytail,
    "bun": updos.bun,
    "crew": short_hair.crew,
    "side-part": mops.side_part,
    "slick-back": short_hair.slick_back,
    "undercut": short_hair.undercut,
    "spiky": short_hair.spiky,
    "bowl": mops.bowl,
    "mullet": mops.mullet,
    "pixie": mops.pixie,
    "curtains": mops.curtains,
    "receding": receding.receding,
    "balding": receding.balding,
    "lob": hanging.lob,
    "long-fringe": hanging.long_fringe,
    "side-swept": hanging.side_swept,
    "half-up": hanging.half_up,
    "shag": hanging.shag,
    "wavy-bob": hanging.wavy_bob,
    "wavy-long": hanging.wavy_long,
    "wavy-short": mops.wavy_short,
}
