"""From a photo to an ``Appearance``: the parser's answers, and colours measured in its regions."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from gen_avatar.appearance import colour, decide, features, tone
from gen_avatar.appearance.light import estimate_light
from gen_avatar.appearance.parser import FaceParser, Parsed
from gen_avatar.appearance.regions import REGIONS, Crop, face_crop
from gen_avatar.errors import UsageError
from gen_avatar.types import GLASSES_STYLES, Appearance, FaceTrack

#: Below this confidence a value is withheld in favour of the default.
_UNKNOWN = 0.05
#: Share of the landmarks that must be inside the photo for anything to be measured.
_VISIBLE = 0.5
#: Share of the portrait that a region must have for its colour to be measured.
_ENOUGH = 0.0015
#: Percentile of lightness from which hair is lit, as people name it, not by the dark between strands; and how
#: much of the missing exposure it is given: black hair must not turn brown in a dim room.
_LIT, _HAIR_GAIN = 40, 0.75
#: A beard whose lit hair has less of the skin's chroma than this, and is darker than it by no more, is grey.
_PALE, _DARKER = 0.65, 14.0
#: Where the colours of things are measured.
_REGION_OF = {"beard": "beard", "glasses": "glasses", "headwear": "headwear", "cloth": "clothes"}


@dataclass(frozen=True)
class Reading:
    """What a photo tells of a person.

    Attributes:
        appearance: every attribute with its confidence in [0, 1]; 0 means unknown, and the value is a neutral
            guess: the default, or by lightness alone for skin and hair in a photo without colours.
        parsed: regions and answers of the parser; None where too little of the face is in the photo.
        monk: step of the Monk scale, 1 to 10, for which an avatar wears such a skin; None where
            colours cannot be believed.
    """

    appearance: Appearance
    parsed: Parsed | None
    monk: int | None = None


def estimate_appearance(
    rgb: np.ndarray, track: FaceTrack, parser: FaceParser, person_mask: np.ndarray | None = None
) -> Reading:
    """Read a person's looks from a photo.

    Args:
        rgb: [H, W, 3] uint8 sRGB.
        track: the face, 478 or 68 landmarks; eye colour and the light need the iris points of the former.
        parser: the network that reads regions and attributes.
        person_mask: [H, W] float in [0, 1], 1 = person; the parser does with less trust without it.

    Raises:
        UsageError: the arrays do not fit together.
    """
    if person_mask is not None and person_mask.shape != rgb.shape[:2]:
        raise UsageError(f"person_mask is {list(person_mask.shape)}, the photo {list(rgb.shape[:2])}")
    face = face_crop(rgb, track)
    if face.visible < _VISIBLE:
        return Reading(Appearance(confidence=dict.fromkeys(Appearance.names(), 0.0)), None)
    parsed = parser.parse(rgb, track, person_mask)
    view, labels = parsed.view, parsed.sure_labels()
    raw, raw_view = colour.to_lab(face.rgb), parsed.view_lab
    measured = features.skin_color(face, raw)[0]
    light = estimate_light(face, raw, measured)
    face_lab, lab = (colour.to_lab(light.correct(crop.rgb)) for crop in (face, view))
    # A cut, flat or tiny face says little of shapes; colours survive down to smaller sizes.
    contrast = float(np.clip(raw[..., 0][face.valid].std() / 6, 0, 1))
    plain = contrast * (face.visible - _VISIBLE) / (1 - _VISIBLE)
    sharp = plain * float(np.clip(1.6 / face.magnification, 0, 1))
    large = plain * float(np.clip(4 / face.magnification, 0, 1)) * (1.0 if person_mask is not None else 0.7)
    colors = colour.colour_trust(raw_view, view.valid)
    trust = plain * float(np.clip(4 / face.magnification, 0, 1)) * colors * light.trust

    found = _choices(parsed, sharp, large)
    skin, agreement = features.skin_color(face, face_lab)
    gain = features.exposure_gain(lab[..., 0][view.valid])
    brightest = tone.bright(raw_view[..., 0], view.valid)
    yellow = features.skin_yellow(face, raw)
    evidence = tone.skin_evidence(float(measured[0]), yellow, brightest, parsed.attributes["skin"], colors)
    worn = tone.lightness_of(tone.likely_step(evidence))
    moved = abs(worn - float(skin[0]))
    natural, off = colour.natural_skin(features.exposed(skin, (worn + 16) / (float(skin[0]) + 16)))
    natural[0] = worn
    known = trust * agreement * near(off, 25) * near(moved, 25)
    found["skin_color"] = (colour.lab_to_hex(natural), known)
    found |= _body_colors(parsed, labels, face, face_lab, lab, skin, gain, trust, sharp)
    found |= _worn_colors(found, labels, lab, skin, gain, trust)
    monk = round(colour.skin_step(colour.lab_to_hex(natural))) if known >= _UNKNOWN else None
    return Reading(_appearance(found, guessed=colors * light.trust < _UNKNOWN < large), parsed, monk)


def _choices(parsed: Parsed, sharp: float, large: float) -> dict[str, tuple[str, float]]:
    """What the parser answered, as attributes with confidences."""
    said = parsed.attributes
    found = {"hair_style": decide.most_likely("hair_style", decide.hair_posterior(said))}
    for name in ("beard_style", "glasses_style", "headwear_style"):
        decided = decide.worn if parsed.wears(name) else decide.without
        found[name] = decided(name, said[name])
    found["earring_style"] = decide.translated(said, "earrings", {"no": "none", "yes": "studs"})
    found["freckles"] = decide.translated(said, "freckles", {"no": "none", "yes": "light"})
    ages = {"child": "young", "young": "adult", "middle": "mature", "old": "old"}
    found["age"] = decide.translated(said, "age", ages)
    found = {name: (value, trust * large) for name, (value, trust) in found.items()}
    for name in ("beard_style", "glasses_style"):  # fine lines
        found[name] = (found[name][0], found[name][1] * min(1.0, sharp / max(large, 1e-6)))
    return found


def _body_colors(
    parsed: Parsed, labels: np.ndarray, face: Crop, face_lab: np.ndarray, lab: np.ndarray, skin: np.ndarray,
    gain: float, trust: float, sharp: float,
) -> dict[str, tuple[str, float]]:  # fmt: skip
    """Hair, brows, eyes and lips; ``skin``: Lab [3] as measured; ``gain``: what the exposure lacks."""
    found: dict[str, tuple[str, float]] = {}
    hair = region_pixels(lab, labels, "hair")
    found["hair_color"] = (Appearance().hair_color, 0.0)
    if len(hair):
        lit = np.median(hair[hair[:, 0] >= np.percentile(hair[:, 0], _LIT)], 0)
        seen = features.exposed(lit, gain**_HAIR_GAIN)
        color, sure = decide.hair_color(seen, parsed.attributes["hair_color"])
        found["hair_color"] = (colour.lab_to_hex(color), trust * sure)
    brow = features.measure_brows(face, face_lab, skin)
    found["brow_style"] = (brow.style, brow.trust * sharp)
    natural, off = colour.natural_hair(brow.color)
    found["brow_color"] = (colour.lab_to_hex(natural), trust * brow.trust * near(off, 40))
    iris, sure = features.iris_color(face, face_lab)
    glasses = zip(parsed.attributes["glasses_style"], GLASSES_STYLES, strict=True)
    dark = sum(share for share, style in glasses if "sun" in style)
    found["eye_color"] = (colour.lab_to_hex(colour.natural_eye(iris)), trust * sure * (1 - dark))
    lips, sure = features.lip_color(face, face_lab)
    found["lip_color"] = (colour.lab_to_hex(lips), trust * sure)
    return found


def _beard_color(pixels: np.ndarray, skin: np.ndarray, gain: float) -> np.ndarray:
    """Lab [3] of a beard's pixels [N, 3]; white hair in warm light measures brown, but paler than skin."""
    lit = np.median(pixels[pixels[:, 0] >= np.percentile(pixels[:, 0], _LIT)], 0)
    pale = float(np.hypot(*lit[1:])) < _PALE * float(np.hypot(*skin[1:])) and lit[0] > skin[0] - _DARKER
    color = lit if pale else np.median(pixels, 0)
    return colour.natural_hair(features.exposed(color, gain**_HAIR_GAIN), "grey" if pale else None)[0]


def _worn_colors(
    found: dict[str, tuple[str, float]], labels: np.ndarray, lab: np.ndarray, skin: np.ndarray, gain: float,
    trust: float,
) -> dict[str, tuple[str, float]]:  # fmt: skip
    """Colours of the beard and of things that are worn, where the parser sees them."""
    out: dict[str, tuple[str, float]] = {}
    for name, region in _REGION_OF.items():
        style, sure = found.get(f"{name}_style", ("", 0.8))
        pixels = region_pixels(lab, labels, region)
        if style == "none":
            continue
        if not len(pixels):
            if region == "beard":  # too thin to measure: most beards have the colour of the hair
                out["beard_color"] = (found["hair_color"][0], 0.5 * found["hair_color"][1])
            continue
        color = colour.main_color(pixels) if region in ("headwear", "clothes") else np.median(pixels, 0)
        if region == "beard":
            color = _beard_color(pixels, skin, gain)
        out[f"{name}_color"] = (colour.lab_to_hex(color), trust * sure)
    return out


def region_pixels(lab: np.ndarray, labels: np.ndarray, region: str) -> np.ndarray:
    """Lab [N, 3] of the pixels of a region, without its edge where it has an inside; none if it is small."""
    mask = labels == REGIONS.index(region)
    if mask.mean() < _ENOUGH:
        return np.zeros((0, 3), np.float32)
    core = cv2.erode(mask.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return lab[core if core.mean() > _ENOUGH / 2 else mask]


def near(distance: float, reach: float) -> float:
    """1 at no distance, 0 from ``reach`` on."""
    return float(np.clip(1.15 - distance / reach, 0, 1))


def _appearance(found: dict[str, tuple[str, float]], guessed: bool) -> Appearance:
    """Keep what is known; everything else is the default with confidence 0.

    ``guessed``: the photo has no colours; skin and hair then keep what their lightness suggests, unsure.
    """
    kept = ("skin_color", "hair_color", "brow_color") if guessed else ()
    known = {name: value for name, (value, trust) in found.items() if trust >= _UNKNOWN or name in kept}
    confidence = dict.fromkeys(Appearance.names(), 0.0)
    confidence |= {n: round(min(t, 1.0), 3) for n, (_, t) in found.items() if t >= _UNKNOWN}
    return Appearance(**known, confidence=confidence)
