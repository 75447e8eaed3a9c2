"""The colours of a person for pixel art: ramps of three tones for what each part is made of, and outlines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gen_avatar.character import palette
from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.colors import PAINT_ROLES, PROP_COLORS, Colors, colors
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.character.wardrobe import SIDEBURNED, scalp_paint
from gen_avatar.generator.stamping import INKS
from gen_avatar.generator.stamps import apart, stamp_colors
from gen_avatar.types import Appearance

#: Materials that a part may show, by role; a cell takes the nearest to its average.
MATERIALS = {
    "cloth": ("cloth", "cream"),
    "headwear": ("headwear", "trim", "straw", "cream", "shade"),
    "glasses": ("glasses", "shade", "rim", "glint"),
    "ornament": ("earring", *PROP_COLORS),
}
#: How much worse, in squared sRGB, another material than the person's own must be met not to be taken for it.
OWN = 0.002
#: Colours in a picture at most.
MOST = 24
#: What is painted on skin, and how much of the pigment its thin and its dense tone have.
PAINTS = ("scalp", "stubble", "makeup")
THIN, DENSE = 0.38, 0.88
#: Hair that colours the skin below it less shows no tone of its own; make-up with eye shadow.
PAINTED, MADE_UP = 0.1, ("shadow", "glam")


@dataclass(frozen=True)
class Inks:
    """Colours and what they are for.

    Attributes:
        color: [K, 3] sRGB in [0, 1].
        named: name → index.
        ramps: part → [m, 3] indices of shadow, base and light of each of its materials.
        line: [K] index of the outline around each ink.
        pigment: some of ``PAINTS`` → [3] sRGB of what is painted on the skin. Its inks are named
            ``paint/tone/light``: thin or dense, in shadow or in light.
    """

    color: np.ndarray
    named: dict[str, int]
    ramps: dict[str, np.ndarray]
    line: np.ndarray
    pigment: dict[str, np.ndarray]


def inks_of(appearance: Appearance) -> Inks:
    """The inks of a person, before a picture's are chosen."""
    tones: list[np.ndarray] = []
    named: dict[str, int] = {}
    lines: list[int] = []

    def put(name: str, color: np.ndarray, line: int = 1) -> int:
        named[name] = len(tones)
        tones.append(np.clip(color, palette.DARKEST, palette.LIGHTEST))
        lines.append(line)
        return named[name]

    def ramp(name: str, tone: tuple[np.ndarray, ...], line: np.ndarray) -> list[int]:
        around = put(f"{name}/line", line)
        lines[around] = around
        return [put(f"{name}/{i}", color, around) for i, color in enumerate(tone)]

    drawn = dict(zip(INKS, stamp_colors(appearance), strict=True))
    put("white", drawn["white"])
    outline = put("outline", drawn["outline"])
    paint = colors(appearance)
    skin, hair = palette.skin_palette(appearance.skin_color), palette.worn_hair(appearance)
    beard = palette.hair_palette(palette.rgb_to_hex(paint.roles["beard"]))
    edge = palette.mix(skin.deep, skin.line, 0.55)
    ramps = {"skin": [ramp("skin", (skin.shadow, skin.base, skin.light), edge)]}
    for part, worn in (("hair", hair), ("beard", beard)):
        dark = float(np.clip((34 - palette.lightness(worn.base)) / 14, 0, 1))
        base = palette.mix(worn.base, worn.light, 0.40 * dark)
        light = palette.mix(palette.mix(worn.light, palette.LIGHTEST, 0.20 * dark), base, 0.33 * dark)
        shade = palette.mix(worn.shadow, base, 0.35 * dark)
        ramps[part] = [ramp(part, (shade, base, light), worn.line)]
    pigment = _pigments(appearance, paint)
    edges = {"scalp": named["hair/line"], "stubble": named["beard/line"], "makeup": named["skin/line"]}
    for name in pigment:
        for tone, share in enumerate((THIN, DENSE)):
            mixed = palette.mix(skin.base, pigment[name], share)
            put(f"{name}/{tone}/0", mixed * skin.shadow / np.maximum(skin.base, 0.02), edges[name])
            put(f"{name}/{tone}/1", mixed, edges[name])
    own = [put("blush", palette.mix(skin.base, skin.blush, 0.55), named["skin/line"])]
    own += [put("lips", drawn["lips"], named["skin/line"])]
    plain = {
        "lips": named["lips"],
        "brow": put("brow", paint.roles["brow"]),
        "eye": put("eye", drawn["eye"]),
        "iris": put("iris", drawn["iris"]),
        "mouth": put("mouth", drawn["mouth"]),
        "tongue": put("tongue", drawn["tongue"]),
        "teeth": named["eye"],
        "lens": named["eye"],
        "lash": outline,
    }
    ramps |= {part: [[ink] * 3] for part, ink in plain.items()}
    for part, roles in MATERIALS.items():
        ramps[part] = []
        for role in roles:
            base = paint.roles[role]
            if part == "glasses" and role in ("glasses", "rim"):
                base = apart(base, skin.base)
            dyed = part in ("cloth", "headwear")
            shade = palette.shadow_tone(base) if dyed else base
            three = ramp(f"{part}/{role}", (shade, base, base), palette.line_tone(base))
            ramps[part].append([three[0] if dyed else three[1], three[1], three[1]])
    return Inks(
        np.stack(tones).astype(np.float32),
        named,
        {part: np.array(rows) for part, rows in ramps.items()},
        np.array(lines),
        pigment,
    )


def _pigments(appearance: Appearance, paint: Colors) -> dict[str, np.ndarray]:
    """What is painted on this person's skin: some of ``PAINTS`` → [3] sRGB."""
    found = {}
    if scalp_paint(appearance.hair_style)[0] >= PAINTED:
        found["scalp"] = paint.roles["hair"]
    if appearance.beard_style == "stubble":
        found["stubble"] = paint.roles["stubble"]
    elif appearance.beard_style in SIDEBURNED:
        found["stubble"] = paint.roles["beard"]
    if appearance.makeup_style in MADE_UP:
        found["makeup"] = paint.paint[PAINT_ROLES.index("makeup")]
    return found


def materials(geometry: GBuffer, part: np.ndarray, inks: Inks) -> np.ndarray:
    """[G, G] which of its materials each cell of ``part`` [G, G] shows: the one that most of it is.

    An average would not do: between a dark lens and a golden frame it is the grey of a third thing.
    """
    size, grid = len(geometry.part), len(part)
    most = np.zeros(part.shape, np.int64)
    cell = np.arange(size) * grid // size
    for name, rows in inks.ramps.items():
        if len(rows) == 1:
            continue
        here = (geometry.part == PART_INDEX[name]) & (part == PART_INDEX[name])[cell][:, cell]
        if not here.any():
            continue
        # The person's own colour wins unless another one is clearly meant.
        gap = np.square(geometry.albedo[here][:, None] - inks.color[rows[:, 1]]).sum(-1)
        gap[:, 1:] += OWN
        i, j = np.nonzero(here)
        votes = np.bincount(
            (cell[i] * grid + cell[j]) * len(rows) + gap.argmin(1), minlength=part.size * len(rows)
        ).reshape(*part.shape, len(rows))
        most = np.where(part == PART_INDEX[name], votes.argmax(-1), most)
    return most


def material_ramps(part: np.ndarray, material: np.ndarray, inks: Inks) -> np.ndarray:
    """[G, G, 3] shadow, base and light ink of each cell of ``part`` [G, G] that shows ``material`` [G, G]."""
    ladder = np.zeros((*part.shape, 3), np.int64)
    for name, rows in inks.ramps.items():
        here = part == PART_INDEX[name]
        ladder[here] = rows[material[here]]
    return ladder


def few(index: np.ndarray, color: np.ndarray, most: int = MOST) -> np.ndarray:
    """``index`` [...] (-1 for none) with the closest inks run together until ``most`` are left."""
    index = index.copy()
    lab = palette.rgb_to_lab(color)
    while True:
        used, count = np.unique(index[index >= 0], return_counts=True)
        if len(used) <= most:
            return index
        gap = np.linalg.norm(lab[used][:, None] - lab[used], axis=-1)
        cost = gap * np.sqrt(np.minimum(count[:, None], count))
        cost[np.diag_indices(len(used))] = np.inf
        one, other = np.unravel_index(cost.argmin(), cost.shape)
        if count[one] > count[other]:
            one, other = other, one
        index[index == used[one]] = used[other]
