"""Who sits for the studio and what they do: seeded people and performances, spread evenly.

Person ``i`` of a split is ``sample_person(person_seed("train", i))``; the seeds of the splits never meet, so
nobody of ``heldout`` has been seen in training.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gen_avatar.character.colors import skin_gap
from gen_avatar.character.palette import (
    hex_to_rgb,
    lab_to_rgb,
    lightness,
    mix,
    rgb_to_hex,
    rgb_to_lab,
    skin_palette,
)
from gen_avatar.expression import EXPRESSIONS, PROPS_FROM, PROPS_OF
from gen_avatar.types import (
    AGES,
    ARKIT_52,
    BEARD_STYLES,
    BROW_STYLES,
    CLOTH_STYLES,
    EARRING_STYLES,
    FRECKLES,
    GLASSES_STYLES,
    HAIR_STYLES,
    HEADWEAR_STYLES,
    IDENTITY_DIM,
    MAKEUP_STYLES,
    MOLES,
    Appearance,
    Character,
    Performance,
    expression_vector,
    gaze_from_expression,
)
from training.studio import palettes
from training.studio.acting import VISEMES

SPLITS = {"train": 0, "heldout": 1}
#: Poses drawn for training, degrees to either side; roll beyond what a still head does is a plain turn.
POSES = {"yaw": 40.0, "pitch": 25.0, "roll": 15.0}
IDENTITY_LIMIT = 2.5
#: Share of bearded people among those whose hair goes with a beard, and among the rest.
_BEARDED, _SELDOM_BEARDED = 0.46, 0.02
_SELDOM_HAIR = frozenset({
    "bob", "bob-fringe", "long-fringe", "side-swept", "half-up", "shag", "wavy-bob", "wavy-long", "lob",
    "pixie", "curly-bob", "curly-long", "curly-fringe", "puffs", "braid", "twin-braids", "pigtails",
    "space-buns", "low-bun", "low-ponytail", "crown-braid", "ponytail", "bun",
})  # fmt: skip
#: Beards that are little but sideburns, further hair that has none, and how much rarer they are with it.
_FROM_SIDEBURNS = ("mutton-chops", "chinstrap")
_BARE_SIDES = frozenset({"bald", "bowl", "top-knot", "high-top", "curtains", "long"})
_SELDOM_SIDEBURNS = 0.12
#: Share of the bearded who are made up, and of those among them with earrings who wear more than studs.
_SELDOM_MADE_UP, _SELDOM_EARRINGS = 0.03, 0.12
#: How often a beard is worn beside others; those that are not listed count 1.
_BEARD_SHARES = {
    "stubble": 2.5,
    "full": 2.5,
    "boxed": 2.5,
    "goatee": 2.0,
    "moustache": 2.0,
    "soul-patch": 0.6,
}
#: How far clothes and hats stay from the skin, and hats from the hair, see ``colors.skin_gap``.
_CLOTH_GAP = 36.0
#: Share of the tank tops that are worn: little is seen of one below a chin.
_SELDOM_BARE = 0.4
_GLASSES = 0.3
_HEADWEAR = 0.2
_EARRINGS = 0.3
_MAKEUP = 0.35
_DYED = 0.12
_GREY = 0.14
_MOLE = 0.05
#: Hair is grey from this lightness on and up to this chroma; shares of ages among those whose hair has grown
#: grey, and among the rest: lines without it look unwell.
_GREY_FROM = (45.0, 12.0)
_AGES = {True: (0.0, 0.1, 0.4, 0.5), False: (0.35, 0.5, 0.13, 0.02)}
#: Share of the named expressions that bring their props.
_WITH_PROPS = 0.75


def person_seed(split: str, index: int) -> int:
    """Seed of person ``index`` (>= 0) of ``"train"`` or ``"heldout"``; seeds of the two are disjoint."""
    return 2 * index + SPLITS[split]


def sample_person(seed: int) -> Character:
    """A person, the same for the same seed: skin tones and hair styles are equally frequent."""
    rng = np.random.default_rng([seed, 1])
    identity = np.clip(rng.standard_normal(IDENTITY_DIM), -IDENTITY_LIMIT, IDENTITY_LIMIT)
    # Consecutive people of a split walk through tones and styles, so that any run of them is balanced.
    index = seed // 2
    skin = _jittered(rng, palettes.SKIN_TONES[(index * 3) % len(palettes.SKIN_TONES)], 2.0)
    hair_style = HAIR_STYLES[(index * 5) % len(HAIR_STYLES)]
    hair, natural, brow = _hair_and_brow(rng, skin)
    beard_style = _beard_style(rng, hair_style, dyed=hair != natural)
    # A beard is a little redder and darker than the hair, and grows in the natural colour under a dye.
    beard = _shifted(natural, -3.0, 2.0)
    glasses_style = _some(rng, GLASSES_STYLES, _GLASSES)
    headwear_style = _some(rng, HEADWEAR_STYLES, _HEADWEAR)
    if headwear_style == "hijab" and beard_style != "none":
        headwear_style = "turban"
    # What seldom goes with a beard has a generator of its own: it changes nothing else about a person.
    bearded, seldom = beard_style != "none", np.random.default_rng([seed, 3])
    made_up = seldom.random() < _SELDOM_MADE_UP if bearded else rng.random() < _MAKEUP
    return Character(
        identity.astype(np.float32),
        Appearance(
            skin_color=skin,
            hair_style=hair_style,
            hair_color=hair,
            brow_style=str(rng.choice(BROW_STYLES)),
            brow_color=brow,
            eye_color=_eye_color(rng, skin),
            beard_style=beard_style,
            beard_color=beard,
            glasses_style=glasses_style,
            glasses_color=str(rng.choice(palettes.GLASSES_COLORS)),
            lip_color=_lip_color(rng, skin, made_up=made_up and rng.random() < 0.6),
            cloth_color=_cloth_color(rng, skin),
            cloth_style=_cloth_style(index, seed),
            headwear_style=headwear_style,
            headwear_color=_cloth_color(rng, skin, hair),
            earring_style=_earrings(_some(rng, EARRING_STYLES, _EARRINGS), bearded, seldom),
            earring_color=str(rng.choice(palettes.EARRING_COLORS)),
            makeup_style=_some(rng, MAKEUP_STYLES, float(made_up)),
            makeup_color=str(rng.choice(palettes.EYE_SHADOWS)),
            freckles=_some(rng, FRECKLES, 0.15),
            mole=_some(rng, MOLES, _MOLE),
            age=_age(rng, natural),
        ),
    )


def sample_performance(seed: int) -> Performance:
    """One frame: a face (neutral, authored, spoken or a sparse random mix), a gaze and a pose."""
    rng = np.random.default_rng([seed, 2])
    weights, props = _sample_expression(rng)
    gaze = gaze_from_expression(weights)
    if rng.random() < 0.6:  # most emoji look at their reader
        gaze = gaze + np.clip(rng.normal(0, [9.0, 6.0]), [-28, -18], [28, 18])
    pose = [float(np.clip(rng.normal(0, 0.5), -1, 1)) * limit for limit in POSES.values()]
    if rng.random() < 0.25:
        pose = [0.0, 0.0, 0.0]
    return Performance(
        expression=weights[None],
        gaze=gaze[None].astype(np.float32),
        head_rotation=np.asarray([pose], np.float32),
        head_translation=np.zeros((1, 3), np.float32),
        props=props,
    )


def authored_expression(name: str, strength: float = 1.0) -> np.ndarray:
    """[52] weights of a named expression or of a viseme, scaled by ``strength`` in [0, 1]."""
    return expression_vector({**EXPRESSIONS, **VISEMES}[name]) * np.float32(strength)


def _sample_expression(rng: np.random.Generator) -> tuple[np.ndarray, tuple[str, ...]]:
    """[52] weights, and the props that go with them."""
    props: tuple[str, ...] = ()
    kind = rng.choice(["neutral", "emotion", "viseme", "mixed", "random"], p=[0.12, 0.36, 0.12, 0.15, 0.25])
    weights = np.zeros(len(ARKIT_52), np.float32)
    if kind in ("emotion", "mixed"):
        name, strength = _pick(rng, list(EXPRESSIONS)), rng.uniform(0.45, 1.0)
        weights += authored_expression(name, strength)
        if strength >= PROPS_FROM and rng.random() < _WITH_PROPS:
            props = PROPS_OF.get(name, ())
    if kind in ("viseme", "mixed"):
        weights += authored_expression(_pick(rng, list(VISEMES)), rng.uniform(0.4, 1.0))
    if kind == "random":
        active = rng.choice(len(ARKIT_52), size=rng.integers(2, 8), replace=False)
        weights[active] = rng.beta(1.2, 1.2, len(active))
    if kind != "neutral" and rng.random() < 0.4:  # a living face is never quite symmetric
        weights *= rng.uniform(0.75, 1.1, len(weights)).astype(np.float32)
    if rng.random() < 0.12:
        lids = [ARKIT_52.index("eyeBlinkLeft"), ARKIT_52.index("eyeBlinkRight")]
        weights[lids] = rng.uniform(0.2, 1.0)
    weights = np.clip(weights, 0, 1)
    # Closing the lips means something only while the jaw is open, and cannot exceed it.
    close, jaw = ARKIT_52.index("mouthClose"), ARKIT_52.index("jawOpen")
    weights[close] = min(weights[close], weights[jaw])
    # Nobody smiles and frowns with one corner, or opens an eye wide while it is shut.
    for side in ("Left", "Right"):
        for winner, loser in (("eyeBlink", "eyeWide"), ("mouthSmile", "mouthFrown")):
            a, b = ARKIT_52.index(winner + side), ARKIT_52.index(loser + side)
            weights[b] *= 1 - weights[a]
    return weights.astype(np.float32), props


def _some(rng: np.random.Generator, options: Sequence[str], share: float) -> str:
    """One of ``options`` but the first with probability ``share``, otherwise the first."""
    return options[int(rng.integers(1, len(options)))] if rng.random() < share else options[0]


def _age(rng: np.random.Generator, natural: str) -> str:
    """An age that goes with the hair colour as grown."""
    light, *tint = rgb_to_lab(hex_to_rgb(natural))
    grey = bool(light > _GREY_FROM[0] and np.hypot(*tint) < _GREY_FROM[1])
    return str(rng.choice(AGES, p=_AGES[grey]))


def _cloth_style(index: int, seed: int) -> str:
    """Clothes in turn; most who would have bare shoulders wear something else, by a generator of its own."""
    style, seldom = CLOTH_STYLES[(index * 3) % len(CLOTH_STYLES)], np.random.default_rng([seed, 4])
    if style != "tank" or seldom.random() < _SELDOM_BARE:
        return style
    return _pick(seldom, [other for other in CLOTH_STYLES if other != style])


def _earrings(style: str, bearded: bool, seldom: np.random.Generator) -> str:
    """Earrings as they are worn: beside a beard seldom more than studs."""
    if not bearded or style in ("none", "studs") or seldom.random() < _SELDOM_EARRINGS:
        return style
    return "studs" if seldom.random() < 0.5 else "none"


def _pick(rng: np.random.Generator, options: Sequence[str]) -> str:
    return options[int(rng.integers(len(options)))]


def _shifted(color: str, light: float, red: float) -> str:
    lab = rgb_to_lab(hex_to_rgb(color)) + np.array([light, red, 0.5 * red])
    lab[0] = np.clip(lab[0], 7, 95)
    return rgb_to_hex(lab_to_rgb(lab))


def _jittered(rng: np.random.Generator, color: str, spread: float) -> str:
    noise = np.clip(rng.normal(0, spread, 3), -2 * spread, 2 * spread)
    lab = rgb_to_lab(hex_to_rgb(color)) + noise * [1, 0.7, 0.9]
    return rgb_to_hex(lab_to_rgb(lab))


def _beard_style(rng: np.random.Generator, hair_style: str, dyed: bool) -> str:
    """Every beard goes with every hair, but some of both seldom meet."""
    if rng.random() >= (_SELDOM_BEARDED if dyed or hair_style in _SELDOM_HAIR else _BEARDED):
        return BEARD_STYLES[0]
    shares = np.array([_BEARD_SHARES.get(style, 1.0) for style in BEARD_STYLES[1:]])
    if hair_style in _SELDOM_HAIR or hair_style in _BARE_SIDES:
        shares[[BEARD_STYLES[1:].index(style) for style in _FROM_SIDEBURNS]] *= _SELDOM_SIDEBURNS
    return str(rng.choice(BEARD_STYLES[1:], p=shares / shares.sum()))


def _hair_and_brow(rng: np.random.Generator, skin: str) -> tuple[str, str, str]:
    """Hair colour as worn and as grown, and brow colour.

    Any hair on any skin, dark hair more often on deep skin as in life.
    """
    lights = np.array([lightness(hex_to_rgb(color)) for color in palettes.NATURAL_HAIR])
    deepness = np.clip((75 - lightness(hex_to_rgb(skin))) / 40, 0, 1)
    weights = np.exp(-np.maximum(lights - 15, 0) / (60 - 36 * deepness))
    grey = [palettes.NATURAL_HAIR.index(color) for color in palettes.GREY_HAIR]
    weights[grey] = 0
    weights /= weights.sum()
    weights *= 1 - _GREY
    weights[grey] = _GREY / len(grey)
    natural = _jittered(rng, palettes.NATURAL_HAIR[int(rng.choice(len(weights), p=weights))], 1.8)
    hair = _jittered(rng, _pick(rng, palettes.DYED_HAIR), 3.0) if rng.random() < _DYED else natural
    # Brows are darker than fair hair and lighter than none.
    # Beside dyed hair they are dark: neither grey nor of another bright colour.
    grown = natural if hair == natural else palettes.DYED_BROW
    light = lightness(hex_to_rgb(grown))
    return hair, natural, _shifted(grown, -min(0.28 * max(light - 18, 0), 16), 0.0)


def _eye_color(rng: np.random.Generator, skin: str) -> str:
    colors = palettes.EYE_COLORS
    deepness = float(np.clip((80 - lightness(hex_to_rgb(skin))) / 40, 0, 1))
    brown = np.array([1.0, 1.0, 0.8] + [0.9 - 0.65 * deepness] * (len(colors) - 3))
    return _jittered(rng, colors[int(rng.choice(len(colors), p=brown / brown.sum()))], 2.5)


def _cloth_color(rng: np.random.Generator, *beside: str) -> str:
    """A colour that stands off from the skin, and from other colours ``beside`` it."""
    colors = palettes.CLOTH_COLORS
    first = int(rng.integers(len(colors)))
    ordered = [*colors[first:], *colors[:first]]
    grounds = [skin_palette(beside[0]).base, *(hex_to_rgb(color) for color in beside[1:])]

    def gap(color: str) -> float:
        return min(skin_gap(hex_to_rgb(color), ground) for ground in grounds)

    return next((color for color in ordered if gap(color) >= _CLOTH_GAP), max(ordered, key=gap))


def _lip_color(rng: np.random.Generator, skin: str, made_up: bool) -> str:
    natural = skin_palette(skin).lip
    if made_up:
        paint = hex_to_rgb(_pick(rng, palettes.LIPSTICKS))
        return rgb_to_hex(mix(natural, paint, float(rng.uniform(0.6, 0.95))))
    return _jittered(rng, rgb_to_hex(natural), 1.5)
