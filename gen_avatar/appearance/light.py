"""The light of a photo, from what is known of faces: eye whites are nearly white, skin lies on a narrow band.

The cast is taken out as by von Kries: a gain for each channel of linear RGB, here the same luminance for a
grey. It is damped: part of what looks like a cast is the person.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from gen_avatar.appearance.colour import lab_to_linear, natural_skin
from gen_avatar.appearance.regions import Crop

#: Lab a and b of the white of an eye in neutral light, veins and all.
_SCLERA = np.array([4.0, 5.0], np.float32)
#: How much each cue is believed, and how much of the cast is taken out.
_SCLERA_WEIGHT, _SKIN_WEIGHT, _DAMPING = 1.0, 0.8, 0.65
#: Pixels of eye white below which it says nothing, and from which it says all it can.
_FEW, _MANY = 24, 120
#: The cast (ΔE in a and b) that is taken out at most, and from which on colours are not believed at all.
_MOST, _BEYOND = 22.0, 26.0


@dataclass(frozen=True)
class Light:
    """What is to be undone.

    Attributes:
        gain: [3] factors of linear red, green and blue.
        cast: length of the estimated cast in a and b of CIE Lab.
        trust: of colours in this light, 1 neutral to 0 hopeless; falls with the cast and where the cues
            disagree.
    """

    gain: np.ndarray
    cast: float
    trust: float

    def correct(self, rgb: np.ndarray) -> np.ndarray:
        """[H, W, 3] uint8 under neutral light."""
        ramp = (np.arange(256, dtype=np.float32) / 255) ** np.float32(2.2)
        table = np.stack([255 * np.clip(ramp * g, 0, 1) ** np.float32(1 / 2.2) for g in self.gain], 1)
        return cv2.LUT(rgb, table[:, None].round().astype(np.uint8))


def eye_white(crop: Crop, lab: np.ndarray) -> tuple[np.ndarray, float]:
    """Lab [3] of the eye whites in a face crop, and how far it can be believed in [0, 1]."""
    if crop.iris is None:
        return np.zeros(3, np.float32), 0.0
    zone = crop.polygon(crop.points[36:42]) | crop.polygon(crop.points[42:48])
    x, y = np.arange(lab.shape[1])[None] + 0.5, np.arange(lab.shape[0])[:, None] + 0.5
    for ring in crop.iris:
        radius = float(np.linalg.norm(ring[1:] - ring[0], axis=1).mean())
        zone &= (x - ring[0, 0]) ** 2 + (y - ring[0, 1]) ** 2 > (1.15 * radius) ** 2
    pixels = lab[zone]
    if len(pixels) < _FEW:
        return np.zeros(3, np.float32), 0.0
    # Lids, lashes and corners are darker or redder than the white itself.
    pixels = pixels[pixels[:, 0] >= np.percentile(pixels[:, 0], 60)]
    chroma = np.hypot(pixels[:, 1], pixels[:, 2])
    white = np.median(pixels[chroma <= np.percentile(chroma, 60)], 0)
    count = float(zone.sum()) / max(crop.magnification**2, 1.0)
    return white, float(np.clip((count - _FEW) / (_MANY - _FEW), 0, 1)) * float(
        np.clip((white[0] - 25) / 25, 0, 1)
    )


def estimate_light(face: Crop, lab: np.ndarray, skin: np.ndarray) -> Light:
    """The cast of the light on a face.

    Args:
        face: a face crop and its Lab [H, W, 3].
        skin: Lab [3] of the skin as measured.
    """
    white, sure = eye_white(face, lab)
    natural, _ = natural_skin(skin, pull=1.0)
    votes = [(skin[1:] - natural[1:], _SKIN_WEIGHT)]
    if sure > 0:
        # Whites in the shade of lids pick up the colour of the skin around them.
        votes.append((white[1:] - _SCLERA * np.clip(white[0] / 75, 0.5, 1), _SCLERA_WEIGHT * sure))
    weights = np.array([weight for _, weight in votes])
    casts = np.stack([cast for cast, _ in votes])
    cast = (weights[:, None] * casts).sum(0) / weights.sum()
    apart = float(np.linalg.norm(casts[0] - casts[-1]))
    size = float(np.linalg.norm(cast))
    taken = cast * _DAMPING * min(1.0, _MOST / max(size, 1e-6))
    reference = np.array([max(float(skin[0]), 40.0), 0.0, 0.0], np.float32)
    seen = lab_to_linear(reference + [0, *taken])
    gain = lab_to_linear(reference) / np.maximum(seen, 1e-3)
    gain = gain / float(gain @ np.array([0.2126, 0.7152, 0.0722]))
    trust = float(np.clip(1.25 - size / _BEYOND, 0, 1)) * float(np.clip(1.3 - apart / 40, 0.3, 1))
    return Light(gain.astype(np.float32), size, trust)
