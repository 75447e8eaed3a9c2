"""The colours of one character's surfaces, from its appearance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gen_avatar.character.lips import hair_frames, hair_surrounds
from gen_avatar.character.mandible import in_its_shade
from gen_avatar.character.palette import (
    DARKEST,
    EYE_WHITE,
    FEATURE_GAP,
    LIGHTEST,
    MOUTH,
    TEETH,
    TONGUE,
    HairPalette,
    SkinPalette,
    apart,
    hair_palette,
    hex_to_rgb,
    lab_to_rgb,
    lightness,
    mix,
    rgb_to_hex,
    rgb_to_lab,
    shadow_tone,
    skin_palette,
    worn_hair,
)
from gen_avatar.character.surface import smoothstep
from gen_avatar.types import Appearance

#: What the per-pixel paint mixes, in the order that its kernel expects.
PAINT_ROLES = ("skin", "lip", "blush", "crease", "shade", "seam", "white", "iris", "pupil", "makeup", "ink")

#: A straw hat; its ribbon has the person's colour.
STRAW = "#e3c48c"
#: Rims of rimless glasses.
_METAL = "#b4bdca"
#: Colours of props, the same for everybody.
PROP_COLORS = {
    "prop-blue": "#63bdf5",
    "prop-red": "#ee3f55",
    "prop-kiss": "#ee3f55",
    "prop-white": "#eef3f8",
    "prop-glint": "#eef3f8",
    "prop-ink": "#6f8fe8",
    "prop-green": "#7cb53c",
}

#: Skin darker than this, L*, takes brows darker than itself, but for hair of less chroma than this, whose
#: brows are at most so much lighter than the skin: white ones would be one with a white fringe.
_DEEP, _GREY, _GREY_ABOVE = 45.0, 12.0, 27.0
#: Least hue of coloured brows, radians, and their largest chroma: of a black one, and more by its L*.
_BROW_HUE, _BROW_CHROMA = math.radians(52.0), (6.0, 0.74)
#: Cloth darker than this, L*, has a lighter second colour, else a deeper one.
_DARK_CLOTH = 36.0
#: Collars, and visors, cuffs and ribbons of hats: how much of white is in light ones, how deep others are.
_COLLAR, _TRIM = (0.22, 0.84), (0.26, 0.66)
#: How far cloth stays from skin, see :func:`skin_gap`, and how much less lightness counts in that than hue.
_WORN_GAP, _GAP_LIGHT = 30.0, 0.8
#: Cloth that is lighter, L*, and of less chroma is white: near pale skin it is turned to this, all of it
#: where it lacks so much.
_PALE, _PALE_CHROMA, _LINEN, _COOLED = 84.0, 12.0, "#e9eff7", 12.0
#: How light and dark cloth may become for that, L*.
_BRIGHTEST, _DARKEST_CLOTH = 90.0, 16.0
#: How deep what is painted in folds, seams and ribs of cloth is, and how much of white is in its lights.
_FOLD, _FOLD_LIGHT = 0.62, 0.24
#: How far frames of glasses stay from the skin, L*.
_FRAME_GAP = 22.0
#: How far beards stay from the skin, L*: nearer, they would be taken for a mask; and how far below it
#: coloured ones lie, on deep skin and on light one of these L*: fair on darker skin, they would be a bib.
_BEARD_GAP, _BEARD_BELOW = 16.0, ((40.0, 65.0), (23.0, 28.0))
#: How much of its lights is in black beards: locks are seen on a middle tone.
_BLACK_BEARD = 0.30
#: How much of its own colour is in the lights of its tufts, black and fair: the skin is light as well.
_TUFT_OWN = (0.0, 0.45)
#: The most yellow hue of hair on a face, radians, where it is as dark as the first of these L*, and where it
#: is as light as the second; how much of its chroma is lost a radian that a hue is turned back.
_FACIAL_LIGHT, _FACIAL_HUE, _FACIAL_DULL = (45.0, 62.0), (math.radians(62), math.radians(76)), 0.5
#: Grooves of fair beards, from the first of these L* on, have up to this share of its own colour: deep
#: ones would be a row of teeth.
_FAIR_GROOVES, _GROOVE_OWN = (55.0, 80.0), 0.45
#: The scalp between rows of braids is skin in the shade: so much darker than the face, L* at most and share
#: of its own, with so much of its colour, or it would be red; so much of the hair's is in it, which draws
#: the hairline; and it stays so far from the hair, L*.
_SCALP_DARK, _SCALP_SHARE, _SCALP_CHROMA, _SCALP_HAIR, _SCALP_GAP = 13.0, 0.24, 0.6, 0.35, 13.0
#: Between rows of hair from this L* on there is its own shade, of this share of its lightness: a pale scalp
#: would be a skull, and one like the skin would leave the rows without a hairline.
_SCALP_SHADED, _SCALP_SHADE = 21.0, 0.6
#: How far the line where lips meet stays from the skin, L*, and how much of the lips' colour is in it.
_SEAM_GAP, _SEAM_LIP = 26.0, 0.15
#: How far lips of deep skin, from the darker of these L* on, are lifted towards warm red, bare and painted.
_LIP_DEEP, _LIP_LIFT, _LIP_WARM = (45.0, 62.0), (0.42, 0.16), "#b4564f"
#: Bare lips lie this far below deep and light skin, L*, have this share of the palette's red, and keep this
#: share of what is a person's own, but no more of it than this, L*, a* and b*.
_BARE_LIP_GAP, _BARE_LIP_RED, _BARE_LIP_OWN, _BARE_LIP_MOST = (6.0, 13.5), 0.66, 0.35, 5.0
#: How much more of both is theirs where hair frames them: pale, they would be taken for teeth.
_FRAMED_LIP_GAP, _FRAMED_LIP_RED = 4.0, 0.40
#: How far a colour must be from the palette's lip, darker, redder or bluer, until it is paint, and all of it.
_PAINTED_LIP = (11.0, 20.0)
#: How far painted lips of people without full make-up may lie below the skin, L*, and how much of their
#: colour is given up for that at most.
_LIP_GAP, _LIP_MOST = 26.0, 0.85
#: How much of the skin's colour is in lower lashes, the rest is its deep shadow: dark all round, eyes stare.
_LOWER_LASH = 0.25
#: Hair from the darker of these L* on is painted as black; hair beyond the lighter of those as fair.
_BLACK, _FAIR = (14.0, 32.0), (60.0, 88.0)
#: Grooves painted on hair: how much of its line is in them, on fair hair; those of black hair by its own
#: L*, a* and b*, share.
_GROOVE_LINE, _GROOVE_FAIR, _GROOVE_BLACK = 0.45, 0.15, (0.5, 1.2, 1.2)
#: Lights: how much of the hair's own colour is in them. Those of black hair: their lightness, L*, and how
#: much warmer than it they are, a* and b*; it is lifted by so much of them.
_LIGHT_OWN, _BLACK_LIGHT, _BLACK_WARM, _BLACK_LIFT = 0.15, 46.0, (1.0, 3.5), 0.12
#: How much of a shaven beard's tone is the skin's own deep shadow: it shows through, and keeps it from grey.
#: Fair stubble on darker skin takes nearly all of it, or it would look like a mask.
_STUBBLE_SKIN, _FAIR_STUBBLE_SKIN = 0.76, 0.88
#: It is at least this much darker than the skin, L*.
_STUBBLE_GAP = 22.0


@dataclass(frozen=True)
class Colors:
    """sRGB in [0, 1], each [3] float32; ``paint`` [11, 3] in the order of ``PAINT_ROLES``; ``hair`` [3, 3]
    from its grooves over its own colour to its lights, at the tones -1, 0 and 1 of :func:`toned`; ``beard``
    likewise."""

    paint: np.ndarray
    lash: np.ndarray
    lower_lash: np.ndarray
    mouth: np.ndarray
    teeth: np.ndarray
    tongue: np.ndarray
    hair: np.ndarray
    beard: np.ndarray
    roles: dict[str, np.ndarray]

    def tones(self, role: str) -> np.ndarray:
        """[3, 3] what is painted with on things of ``role``, see :func:`toned`."""
        if role in ("hair", "beard"):
            return self.hair if role == "hair" else self.beard
        cloth = self.roles[role]
        return np.stack([shadow_tone(cloth, _FOLD), cloth, mix(cloth, np.ones(3), _FOLD_LIGHT)])

    def painted(self, role: str, tone: np.ndarray) -> np.ndarray | None:
        """[n, 3] colours of a thing of ``role`` that is painted in ``tone`` [n]; or nothing."""
        return toned(self.tones(role), tone)


def colors(appearance: Appearance) -> Colors:
    """Colours of ``appearance``, features kept apart from the skin."""
    skin = skin_palette(appearance.skin_color)
    lip = _lip(appearance, skin)
    iris = hex_to_rgb(appearance.eye_color)
    pupil = hex_to_rgb("#1b1416")
    # Dark irises are lifted so that the pupil shows.
    iris = mix(iris, hex_to_rgb("#a06a3c"), float(np.clip((34 - lightness(iris)) / 40, 0, 0.5)))
    worn = worn_hair(appearance)
    hair = worn.base
    # Black beards are lifted as black hair is, and more.
    beard = _beard(_hair_tones(hair_palette(appearance.beard_color), _BLACK_BEARD)[1], skin)
    lash = mix(hex_to_rgb("#1d1413"), skin.line, 0.15)
    seam = apart(mix(mix(skin.line, hex_to_rgb(MOUTH), 0.50), lip, _SEAM_LIP), skin.base, _SEAM_GAP)
    worn_colors = appearance.cloth_color, appearance.headwear_color
    cloth, hat = (worn_color(color, appearance.skin_color) for color in worn_colors)
    paint = (skin.base, lip, skin.blush, mix(skin.deep, skin.line, 0.35), skin.shadow,
             seam, hex_to_rgb(EYE_WHITE), iris,
             pupil, hex_to_rgb(appearance.makeup_color), lash)  # fmt: skip
    roles = {
        "hair": hair,
        "roots": _scalp(skin.base, hair),
        "beard": beard,
        "stubble": _stubble(beard, skin),
        "beside lips": beard if hair_surrounds(appearance) else skin.base,
        "brow": _brow(hair_palette(appearance.brow_color).base, skin),
        "glasses": frame_color(appearance),
        "lens": hex_to_rgb("#dfe9f2"),
        "cloth": cloth,
        "collar": _second(cloth, _COLLAR),
        "headwear": hat,
        "trim": _second(hat, _TRIM),
        "straw": hex_to_rgb(STRAW),
        "cream": hex_to_rgb("#f4ecdf"),
        "shade": hex_to_rgb("#2a2c34"),
        "rim": apart(hex_to_rgb(_METAL), skin.base, _FRAME_GAP),
        "glint": hex_to_rgb("#7d8796"),
        "skin": skin.base,
        "throat": in_its_shade(skin.base, skin.shadow),
        "earring": hex_to_rgb(appearance.earring_color),
        **{role: hex_to_rgb(color) for role, color in PROP_COLORS.items()},
    }
    return Colors(
        paint=np.stack(paint).astype(np.float32),
        lash=lash.astype(np.float32),
        lower_lash=mix(skin.deep, skin.base, _LOWER_LASH).astype(np.float32),
        mouth=hex_to_rgb(MOUTH).astype(np.float32),
        teeth=hex_to_rgb(TEETH).astype(np.float32),
        tongue=hex_to_rgb(TONGUE).astype(np.float32),
        hair=_hair_tones(worn),
        beard=_beard_tones(beard),
        roles={name: np.asarray(color, np.float32) for name, color in roles.items()},
    )


def _lip(appearance: Appearance, skin: SkinPalette) -> np.ndarray:
    """Lips: bare, a tone of the skin; made up, of the colour that is given."""
    given = hex_to_rgb(appearance.lip_color)
    own = rgb_to_lab(given) - rgb_to_lab(skin.lip)
    # Bare lips of all tones are no lighter than the palette's, paint is darker, redder or bluer.
    away = math.hypot(max(-own[0], 0.0), max(own[1], 0.0), max(-own[2] - 8.0, 0.0))
    glam = appearance.makeup_style == "glam"
    painted = 1.0 if glam else float(smoothstep(*_PAINTED_LIP, np.asarray(away)))
    lip = mix(skin.lip, given, 0.7)
    # A lip lighter than the skin looks like a mask: darken it to the palette's lightness.
    if lightness(lip) > lightness(skin.base) - 6:
        lip = mix(lip, skin.lip, 0.7 - 0.4 * painted)
    # Lips darker than deep skin are lost on it: warmer and a little lighter ones are seen.
    deep = float(np.clip((_LIP_DEEP[1] - lightness(skin.base)) / (_LIP_DEEP[1] - _LIP_DEEP[0]), 0, 1))
    lift = _LIP_LIFT[0] + painted * (_LIP_LIFT[1] - _LIP_LIFT[0])
    lip = mix(lip, hex_to_rgb(_LIP_WARM), lift * deep)
    if not glam:
        usual = lightness(skin.lip)
        least = min(lightness(skin.base) - _LIP_GAP, usual)
        share = (least - lightness(lip)) / max(usual - lightness(lip), 1e-6)
        lip = mix(lip, skin.lip, float(np.clip(share, 0, _LIP_MOST)))
    framed = hair_frames(appearance)
    red, tone = _BARE_LIP_RED + framed * _FRAMED_LIP_RED, rgb_to_lab(skin.base)
    tone += (rgb_to_lab(skin.lip) - tone) * [0.0, red, red]
    tone[0] -= _BARE_LIP_GAP[1] + deep * (_BARE_LIP_GAP[0] - _BARE_LIP_GAP[1]) + framed * _FRAMED_LIP_GAP
    tone += np.clip(_BARE_LIP_OWN * own, -_BARE_LIP_MOST, _BARE_LIP_MOST)
    return mix(lab_to_rgb(tone), lip, painted)


def toned(tones: np.ndarray, tone: np.ndarray) -> np.ndarray | None:
    """[n, 3] colours of hair or cloth at ``tone`` [n] in -1..1, by ``tones`` [3, 3]; or nothing."""
    if not tone.size:
        return None
    return np.stack([np.interp(tone, (-1, 0, 1), tones[:, k]) for k in range(3)], 1).astype(np.float32)


def _scalp(skin: np.ndarray, hair: np.ndarray) -> np.ndarray:
    """[3] what is seen between rows of ``hair``: their own shade, or between the darkest ones bare scalp."""
    if lightness(hair) >= _SCALP_SHADED:
        return apart(shadow_tone(hair, _SCALP_SHADE), hair, _SCALP_GAP)
    shade = rgb_to_lab(skin)
    shade[0] -= min(_SCALP_DARK, _SCALP_SHARE * float(shade[0]))
    bare = lab_to_rgb(shade * [1.0, _SCALP_CHROMA, _SCALP_CHROMA])
    return apart(mix(bare, hair, _SCALP_HAIR), hair, _SCALP_GAP)


def _hair_tones(worn: HairPalette, lift: float = _BLACK_LIFT) -> np.ndarray:
    """[3, 3] grooves, middle and lights of painted hair; black hair has ``lift`` of its lights all over."""
    light = lightness(worn.base)
    black = float(np.clip((_BLACK[1] - light) / (_BLACK[1] - _BLACK[0]), 0, 1))
    fair = float(np.clip((light - _FAIR[0]) / (_FAIR[1] - _FAIR[0]), 0, 1))
    groove = mix(worn.shadow, worn.line, _GROOVE_LINE + fair * (_GROOVE_FAIR - _GROOVE_LINE))
    # Painters lift what is nearly black towards a cool grey: its grooves must be darker and warmer for it.
    groove = mix(groove, lab_to_rgb(rgb_to_lab(worn.base) * _GROOVE_BLACK), black)
    # The lights painted on it are warm: painters add the sky's, and blue on blue would make it navy.
    warm = np.array([_BLACK_LIGHT, *(rgb_to_lab(worn.base)[1:] + _BLACK_WARM)])
    lit = mix(worn.light, lab_to_rgb(warm), black)
    middle = mix(worn.base, lit, lift * black)
    return np.stack([groove, middle, mix(lit, middle, _LIGHT_OWN)]).astype(np.float32)


def _beard_tones(beard: np.ndarray) -> np.ndarray:
    """[3, 3] grooves, middle and lights of a painted ``beard``, whose middle is that colour itself."""
    tones = _hair_tones(hair_palette(rgb_to_hex(beard)))
    fair = float(smoothstep(*_FAIR_GROOVES, np.asarray(lightness(beard))))
    tones[0] = mix(tones[0], beard, _GROOVE_OWN * fair)
    own = float(np.interp(lightness(beard), _BLACK, _TUFT_OWN))
    tones[1], tones[2] = beard, mix(tones[2], beard, own)
    return tones


def frame_color(appearance: Appearance) -> np.ndarray:
    """[3] glasses as worn: lighter or darker than chosen where they would be lost on the skin."""
    skin = skin_palette(appearance.skin_color)
    return apart(hex_to_rgb(appearance.glasses_color), skin.base, _FRAME_GAP)


def skin_gap(color: np.ndarray, skin: np.ndarray) -> float:
    """How far a colour of cloth is from bare skin; lightness, which folds and light change, counts less."""
    away = (rgb_to_lab(color) - rgb_to_lab(skin)) * [_GAP_LIGHT, 1, 1]
    return float(np.linalg.norm(away))


def worn_color(color: str, skin_color: str) -> np.ndarray:
    """[3] clothes and hats as worn: nobody may look undressed.

    What is too near to the skin keeps its hue, but is made darker or lighter; pale cloth on pale skin is
    turned to the cool white of linen.
    """
    cloth, skin = hex_to_rgb(color), skin_palette(skin_color).base
    lack = _WORN_GAP - skin_gap(cloth, skin)
    if lack <= 0:
        return cloth
    lab, ground = rgb_to_lab(cloth), rgb_to_lab(skin)
    if lab[0] > _PALE and np.linalg.norm(lab[1:]) < _PALE_CHROMA:
        share = min(lack / _COOLED, 1.0)
        return mix(cloth, hex_to_rgb(_LINEN), share)
    # From the nearest colour on, continuously: what is just near enough is left as it is.
    rise = np.sqrt(max(_WORN_GAP**2 - float(((lab - ground)[1:] ** 2).sum()), 0.0)) / _GAP_LIGHT
    low, high = ground[0] - rise, ground[0] + rise
    up = high <= _BRIGHTEST and (lab[0] > ground[0] or low < _DARKEST_CLOTH)
    lab[0] = high if up else max(low, _DARKEST_CLOTH)
    return np.asarray(np.clip(lab_to_rgb(lab), DARKEST, LIGHTEST))


def _second(cloth: np.ndarray, by: tuple[float, float]) -> np.ndarray:
    """What is sewn to ``cloth`` stands off: darker, or lighter on dark cloth, ``by`` what ``_TRIM`` says."""
    if lightness(cloth) < _DARK_CLOTH:
        return mix(cloth, np.ones(3, np.float32), by[0])
    return shadow_tone(cloth, by[1])


def _brow(color: np.ndarray, skin: SkinPalette) -> np.ndarray:
    """A brow that stands out: on deep skin fair brows are drawn dark, grey ones stay light.

    Coloured ones are darkened rather than lightened, and are brown, not maroon, where they are dark.
    """
    brow = _dark_on_deep(color, skin)
    light, ground = lightness(brow), lightness(skin.base)
    chroma = float(np.linalg.norm(rgb_to_lab(brow)[1:]))
    if chroma > _GREY and ground <= light < ground + FEATURE_GAP:
        brow = apart(mix(brow, skin.line, 0.8), skin.base)
    brow = apart(brow, skin.base)
    lab = rgb_to_lab(brow)
    if light > ground + _GREY_ABOVE and chroma <= _GREY:
        return lab_to_rgb(np.array([ground + _GREY_ABOVE, *lab[1:]]))
    if chroma <= _GREY or lab[2] <= 0:
        return brow
    hue = min(max(math.atan2(lab[2], lab[1]), _BROW_HUE), _yellowest(float(lab[0])))
    kept = min(float(np.linalg.norm(lab[1:])), _BROW_CHROMA[0] + _BROW_CHROMA[1] * float(lab[0]))
    return apart(lab_to_rgb(np.array([lab[0], kept * math.cos(hue), kept * math.sin(hue)])), skin.base)


def _beard(color: np.ndarray, skin: SkinPalette) -> np.ndarray:
    """A beard that stands out: coloured ones are well darker than the skin, grey ones darker or lighter."""
    lab = rgb_to_lab(color)
    if math.hypot(lab[1], lab[2]) > _GREY:
        below = float(np.interp(lightness(skin.base), *_BEARD_BELOW))
        color = _browned(lab, min(float(lab[0]), lightness(skin.base) - below))
    return apart(color, skin.base, _BEARD_GAP)


def _yellowest(light: float) -> float:
    """The most yellow hue, radians, of hair on a face at ``light``, L*."""
    return float(np.interp(light, _FACIAL_LIGHT, _FACIAL_HUE))


def _browned(lab: np.ndarray, light: float) -> np.ndarray:
    """[3] sRGB of the colour ``lab`` of a beard at ``light``, L*: darkened blond is brown, not olive."""
    own = math.atan2(lab[2], lab[1])
    hue = min(own, _yellowest(light))
    chroma = math.hypot(lab[1], lab[2]) * (1 - min(_FACIAL_DULL * (own - hue), 0.5))
    return lab_to_rgb(np.array([light, chroma * math.cos(hue), chroma * math.sin(hue)]))


def _stubble(beard: np.ndarray, skin: SkinPalette) -> np.ndarray:
    """A shaven ``beard``: never paler than the skin, whatever its colour."""
    fair = lightness(beard) > lightness(skin.base)
    tone = mix(beard, skin.deep, _FAIR_STUBBLE_SKIN if fair else _STUBBLE_SKIN)
    return apart(tone, skin.base, _STUBBLE_GAP)


def _dark_on_deep(color: np.ndarray, skin: SkinPalette) -> np.ndarray:
    """``color`` of hair, dark unless grey where it is lighter than deep skin."""
    light, chroma = lightness(color), float(np.linalg.norm(rgb_to_lab(color)[1:]))
    ground = lightness(skin.base)
    if ground < _DEEP and ground < light and chroma > _GREY:
        return mix(color, skin.line, 0.8)
    return color
