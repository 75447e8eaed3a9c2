"""From a person's colours to what the painter multiplies the albedo with, part by part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gen_avatar.character import palette
from gen_avatar.character.colors import STRAW, colors, frame_color
from gen_avatar.character.mesh import PART_INDEX, PARTS
from gen_avatar.types import Appearance


@dataclass(frozen=True)
class Tones:
    """Factors on sRGB albedo, each [len(PARTS), 3] float32.

    Attributes:
        shadow: out of the key light.
        deep: underneath, where neither key nor sky reaches.
        light: where the key falls straight.
        line: outlines.
        gloss: [len(PARTS), 4] colour and strength of the highlight.
    """

    shadow: np.ndarray
    deep: np.ndarray
    light: np.ndarray
    line: np.ndarray
    gloss: np.ndarray


#: What neither belongs to the skin nor has a colour of the person's choice: shadow, deep shadow, light, line.
_FIXED = {
    "eye": ((0.90, 0.89, 0.94), (0.80, 0.78, 0.86), (1.0, 1.0, 1.0), (0.26, 0.17, 0.18)),
    "iris": ((0.82, 0.80, 0.84), (0.62, 0.60, 0.66), (1.04, 1.04, 1.04), (0.30, 0.28, 0.30)),
    "lash": ((1.0, 1.0, 1.0), (1.0, 1.0, 1.0), (1.0, 1.0, 1.0), (0.9, 0.9, 0.9)),
    "mouth": ((0.86, 0.80, 0.82), (0.74, 0.66, 0.70), (1.0, 1.0, 1.0), (0.5, 0.4, 0.42)),
    "teeth": ((0.86, 0.81, 0.84), (0.72, 0.64, 0.68), (1.0, 1.0, 1.0), (0.42, 0.26, 0.28)),
    "tongue": ((0.84, 0.74, 0.78), (0.70, 0.58, 0.62), (1.06, 1.06, 1.06), (0.46, 0.32, 0.34)),
}


def tones_of(appearance: Appearance) -> Tones:
    """The painter's factors for a person."""
    table = np.ones((4, len(PARTS), 3), np.float32)
    gloss = np.zeros((len(PARTS), 4), np.float32)

    def put(part: str, base: np.ndarray, *tones: np.ndarray) -> None:
        for row, tone in enumerate(tones):
            table[row, PART_INDEX[part]] = tone / np.maximum(base, 0.02)

    skin = palette.skin_palette(appearance.skin_color)
    deepness = float(np.clip((72 - palette.lightness(skin.base)) / 38, 0, 1))
    put("skin", skin.base, skin.shadow, skin.deep, skin.light, skin.line)
    gloss[PART_INDEX["skin"]] = (*skin.specular, 0.34 + 0.02 * deepness)
    lip = palette.hex_to_rgb(appearance.lip_color)
    put("lips", skin.base, skin.shadow, skin.deep, skin.light)
    table[3, PART_INDEX["lips"]] = palette.line_tone(lip) / np.maximum(lip, 0.02)
    gloss[PART_INDEX["lips"]] = (*palette.mix(lip, skin.specular, 0.55), 0.55)
    beard = palette.hair_palette(palette.rgb_to_hex(colors(appearance).roles["beard"]))
    for part, hair in (("hair", palette.worn_hair(appearance)), ("beard", beard)):
        put(part, hair.base, hair.shadow, hair.shadow * 0.86, hair.light, hair.line)
        gloss[PART_INDEX[part]] = (*hair.light, 1.0 if part == "hair" else 0.5)
    brow = palette.hair_palette(appearance.brow_color)
    put(
        "brow",
        brow.base,
        brow.base * 0.94,
        brow.base * 0.9,
        palette.mix(brow.base, brow.light, 0.35),
        brow.line,
    )
    straw = appearance.headwear_style == "straw-hat"
    dyed = {
        "glasses": palette.rgb_to_hex(frame_color(appearance)),
        "cloth": appearance.cloth_color,
        "headwear": STRAW if straw else appearance.headwear_color,
        "ornament": appearance.earring_color,
    }
    for part, color in dyed.items():
        base = palette.hex_to_rgb(color)
        shadow = palette.shadow_tone(base)
        deep = palette.shadow_tone(base, 0.68)
        put(part, base, shadow, deep, palette.mix(base, palette.LIGHTEST, 0.10), palette.line_tone(base))
        gloss[PART_INDEX[part]] = (
            *palette.mix(base, palette.LIGHTEST, 0.6),
            0.8 if part in ("glasses", "ornament") else 0.0,
        )
    for part, rows in _FIXED.items():
        table[:, PART_INDEX[part]] = rows
    return Tones(table[0], table[1], table[2], table[3], gloss)


def hair_of(appearance: Appearance) -> np.ndarray:
    """[len(PARTS), 3] float32 colour of hair and beard without what is painted on them; -1 for the rest.

    A groove in brown hair is no black hair.
    """
    own = np.full((len(PARTS), 3), -1, np.float32)
    own[PART_INDEX["hair"]] = palette.worn_hair(appearance).base
    own[PART_INDEX["beard"]] = colors(appearance).roles["beard"]
    return own
