"""Every hair style by name."""

from __future__ import annotations

from collections.abc import Callable

from training.wardrobe import (
    afros,
    braids,
    cornrows,
    curls,
    hanging,
    mops,
    receding,
    ringlets,
    ropes,
    short_hair,
    tucked,
    updos,
)
from training.wardrobe.locks import Piece
from training.wardrobe.surface import HeadSurface

HAIR: dict[str, Callable[[HeadSurface], Piece]] = {
    "short": mops.short,
    "quiff": short_hair.quiff,
    "fringe": mops.fringe,
    "curly": curls.curly,
    "afro": afros.afro,
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
    "balding": tucked.wreath,
    "lob": hanging.lob,
    "long-fringe": hanging.long_fringe,
    "side-swept": hanging.side_swept,
    "half-up": hanging.half_up,
    "shag": hanging.shag,
    "wavy-bob": hanging.wavy_bob,
    "wavy-long": hanging.wavy_long,
    "wavy-short": mops.wavy_short,
    "curly-short": curls.curly_short,
    "afro-short": afros.afro_short,
    "high-top": afros.high_top,
    "curly-bob": ringlets.curly_bob,
    "curly-long": ringlets.curly_long,
    "curly-fringe": ringlets.curly_fringe,
    "twists": ropes.twists,
    "box-braids": ropes.box_braids,
    "cornrows": cornrows.cornrows,
    "locs-short": ropes.locs_short,
    "locs-long": ropes.locs_long,
    "puffs": updos.puffs,
    "pigtails": updos.pigtails,
    "space-buns": updos.space_buns,
    "low-bun": updos.low_bun,
    "top-knot": updos.top_knot,
    "low-ponytail": updos.low_ponytail,
    "braid": braids.braid,
    "twin-braids": braids.twin_braids,
    "crown-braid": braids.crown_braid,
}

#: What is seen between the locks of a style, in a deeper tone: without it, rows of a colour like the skin's
#: would look like a ridged skull.
ROOTS: dict[str, Callable[[HeadSurface], Piece]] = {"cornrows": cornrows.partings}
