"""Every hair style by name."""

from __future__ import annotations

from collections.abc import Callable

from training.wardrobe import coils, hair, long_hair, updos
from training.wardrobe.locks import Piece
from training.wardrobe.surface import HeadSurface

HAIR: dict[str, Callable[[HeadSurface], Piece]] = {
    "buzz": hair.buzz,
    "short": hair.short,
    "quiff": hair.quiff,
    "fringe": hair.fringe,
    "curly": coils.curly,
    "afro": coils.afro,
    "bob": long_hair.bob,
    "bob-fringe": long_hair.bob_fringe,
    "long": long_hair.long,
    "wavy": long_hair.wavy,
    "ponytail": updos.ponytail,
    "bun": updos.bun,
}
