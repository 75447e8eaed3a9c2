"""What hair styles have in common: how long they are and which textures of hair they are worn in."""

from __future__ import annotations

from gen_avatar.types import HAIR_STYLES

HAIR_LENGTHS = ("none", "short", "medium", "long")
HAIR_TEXTURES = ("straight", "wavy", "curly", "coily")

_LENGTHS = {
    "none": ("bald", "buzz"),
    "medium": ("bob", "bob-fringe", "wavy-bob", "curly-bob", "lob", "shag", "mullet", "bowl", "locs-short"),
    "long": ("long", "wavy", "wavy-long", "long-fringe", "side-swept", "half-up", "curly-long", "locs-long",
             "box-braids", "low-ponytail", "braid", "twin-braids", "pigtails"),
}  # fmt: skip
_TEXTURES = {
    ("straight",): ("spiky", "bob", "bob-fringe", "long"),
    ("wavy",): ("wavy-short", "wavy-bob", "shag", "wavy", "wavy-long"),
    ("curly",): ("curly-short", "curly", "curly-fringe", "curly-bob", "curly-long"),
    ("coily",): (
        "afro-short",
        "high-top",
        "twists",
        "locs-short",
        "locs-long",
        "box-braids",
        "cornrows",
        "puffs",
    ),
    ("coily", "curly"): ("afro",),
    ("straight", "wavy", "curly"): ("balding", "half-up", "ponytail", "low-ponytail", "pigtails"),
    ("straight", "wavy", "coily"): ("bun", "low-bun", "top-knot", "twin-braids"),
    HAIR_TEXTURES: ("bald", "buzz"),
}
#: Hair style → one of ``HAIR_LENGTHS``: of the hair that is seen, so hair that is tied up is short.
LENGTH_OF = {style: next((k for k, v in _LENGTHS.items() if style in v), "short") for style in HAIR_STYLES}
#: Hair style → textures that it is worn in.
TEXTURES_OF = {
    style: next((k for k, v in _TEXTURES.items() if style in v), ("straight", "wavy"))
    for style in HAIR_STYLES
}

_TIED = (
    "ponytail", "low-ponytail", "bun", "low-bun", "top-knot", "space-buns", "braid", "twin-braids",
    "pigtails", "crown-braid", "puffs", "slick-back", "cornrows",
)  # fmt: skip


def family(style: str) -> str:
    """Kind of hair style: cropped, thinning, tied (or combed back), or its length and whether smooth."""
    if style in ("bald", "buzz"):
        return "cropped"
    if style in ("receding", "balding"):
        return "thinning"
    if style in _TIED:
        return "tied"
    smooth = "straight" in TEXTURES_OF[style] or "wavy" in TEXTURES_OF[style]
    return f"{LENGTH_OF[style]}, {'smooth' if smooth else 'curled'}"
