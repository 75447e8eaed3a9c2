"""From measurements to an ``Appearance``: the decisions and how sure they are."""

from __future__ import annotations

import numpy as np

from gen_avatar.appearance import colour, features, glasses, hair
from gen_avatar.appearance.regions import face_crop, head_crop
from gen_avatar.errors import UsageError
from gen_avatar.types import Appearance, FaceTrack

#: Below this confidence a value is withheld in favour of the default.
_UNKNOWN = 0.05
#: Share of the landmarks that must be inside the photo for anything to be measured.
_VISIBLE = 0.5


def estimate_appearance(
    rgb: np.ndarray,
    track: FaceTrack,
    person_mask: np.ndarray | None = None,
) -> Appearance:
    """Read a person's looks from a photo.

    Args:
        rgb: [H, W, 3] uint8 sRGB.
        track: the face, 478 or 68 landmarks; eye colour needs the iris points of the former.
        person_mask: [H, W] float in [0, 1], 1 = person. Without it hair and clothes are guessed from
            position and colour alone, with half the confidence.

    Returns:
        Every attribute with its confidence in [0, 1]; 0 means unknown, and the value is the default.

    Raises:
        UsageError: the arrays do not fit together.
    """
    if person_mask is not None and person_mask.shape != rgb.shape[:2]:
        raise UsageError(f"person_mask is {list(person_mask.shape)}, the photo {list(rgb.shape[:2])}")
    head, face = head_crop(rgb, track), face_crop(rgb, track)
    if face.visible < _VISIBLE:
        return Appearance(confidence=dict.fromkeys(Appearance.names(), 0.0))
    head_lab, face_lab = colour.to_lab(head.rgb), colour.to_lab(face.rgb)
    if person_mask is None:
        person, mask_trust = head.valid.astype(np.float32), 0.5
    else:
        person, mask_trust = head.warp(person_mask.astype(np.float32)), 1.0
    # A cut, flat or tiny face says little of shapes; colours survive down to smaller sizes.
    contrast = float(np.clip(face_lab[..., 0][face.valid].std() / 6, 0, 1))
    plain = contrast * (face.visible - _VISIBLE) / (1 - _VISIBLE)
    sharp = plain * float(np.clip(1.6 / face.magnification, 0, 1))
    large = plain * float(np.clip(4 / face.magnification, 0, 1))
    trust = large * colour.colour_trust(head_lab, head.valid)

    found: dict[str, tuple[str, float]] = {}
    skin, agreement = features.skin_color(face, face_lab)
    exposed, moved = features.neutral_exposure(skin, head_lab[..., 0][head.valid])
    natural, off = colour.natural_skin(exposed)
    found["skin_color"] = (colour.lab_to_hex(natural), trust * agreement * _near(off, 25) * _near(moved, 25))

    measures = hair.measure_hair(head, head_lab, skin, person)
    style, style_trust = hair.hair_style(measures)
    found["hair_style"] = (style, style_trust * mask_trust * large * measures.seen)
    hair_hex, hair_trust = Appearance().hair_color, 0.0
    if measures.color is not None and style not in ("bald", "buzz"):
        natural, off = colour.natural_hair(measures.color)
        hair_hex, hair_trust = colour.lab_to_hex(natural), trust * mask_trust * measures.seen * _near(off, 40)
    found["hair_color"] = (hair_hex, hair_trust)

    beard = features.measure_beard(face, face_lab)
    beard_style, beard_trust = features.beard_style(beard)
    found["beard_style"] = (beard_style, beard_trust * sharp)
    natural, off = colour.natural_hair(beard.color)
    shown = beard_style != "none"
    found["beard_color"] = (colour.lab_to_hex(natural), shown * trust * beard_trust * _near(off, 40))

    frame = glasses.measure_glasses(face, face_lab)
    glasses_style, glasses_trust = glasses.glasses_style(frame)
    found["glasses_style"] = (glasses_style, glasses_trust * sharp)
    worn = glasses_style != "none"
    found["glasses_color"] = (colour.lab_to_hex(frame.color), 0.5 * trust * glasses_trust if worn else 0.0)

    brow = features.measure_brows(face, face_lab, skin)
    found["brow_style"] = (brow.style, brow.trust * sharp)
    natural, off = colour.natural_hair(brow.color)
    found["brow_color"] = (colour.lab_to_hex(natural), trust * brow.trust * _near(off, 40))

    iris = features.iris_color(face, face_lab)
    found["eye_color"] = (colour.lab_to_hex(colour.natural_eye(iris[0])), trust * iris[1])
    lips = features.lip_color(face, face_lab)
    found["lip_color"] = (colour.lab_to_hex(lips[0]), trust * lips[1])
    cloth = features.cloth_color(head, head_lab, person, measures.mask)
    found["cloth_color"] = (colour.lab_to_hex(cloth[0]), trust * mask_trust * cloth[1])
    return _appearance(found)


def _near(distance: float, reach: float) -> float:
    """1 at no distance, 0 from ``reach`` on."""
    return float(np.clip(1.15 - distance / reach, 0, 1))


def _appearance(found: dict[str, tuple[str, float]]) -> Appearance:
    """Keep what is known; everything else is the default with confidence 0."""
    known = {name: value for name, (value, trust) in found.items() if trust >= _UNKNOWN}
    confidence = dict.fromkeys(Appearance.names(), 0.0)
    confidence |= {n: round(min(t, 1.0), 3) for n, (_, t) in found.items() if t >= _UNKNOWN}
    return Appearance(**known, confidence=confidence)
