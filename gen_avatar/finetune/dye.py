"""The dye of a style: how it changes the colours of everything, told by what is alike in everybody.

Colours that are measured in drawings have been through the style already. A network that is told them as the
person's own has nothing left to learn, and goes on to paint people without the dye. But the whites, the
pupils and lashes and the inside of the mouth have the same colours in all characters, and what a style makes
of those it makes of skin and hair.
"""

from __future__ import annotations

import cv2
import numpy as np

from gen_avatar.character.buffers import BUFFER_CHANNELS
from gen_avatar.character.palette import hex_to_rgb, rgb_to_hex
from gen_avatar.types import Appearance

#: Colours that are measured in drawings, hence dyed.
DYED = ("skin_color", "hair_color", "brow_color", "beard_color", "lip_color", "cloth_color", "glasses_color",
        "headwear_color")  # fmt: skip
#: What is looked at: the darkest and the lightest of the eyes, and the inside of the mouth. How far the
#: colour of each in one drawing is from what the dye makes of it, and what is left of that in many.
ANCHORS = ("dark", "light", "mouth")
_SPREAD, _BIAS = np.array([0.06, 0.18, 0.25]), np.array([0.015, 0.03, 0.03])
#: How far gain and offset of a dye are from 1 and 0, before any drawing has been seen.
_GAIN, _OFFSET = 0.15, 0.10
#: The dye that changes nothing: gains and offsets of the channels.
UNDYED = np.stack([np.ones(3), np.zeros(3)])
#: What is nearer to the skin than this, in each channel on average, has its colour.
_SKIN = 0.08
#: The most that a dye can do to contrast.
_LIMITS = 0.6, 1.1
#: Shares of the eyes' pixels that are their darkest and lightest, and how many of a part must be seen.
_DARKEST, _LIGHTEST, _ENOUGH = 0.05, 0.12, 25


def anchors_of(drawing: np.ndarray, buffers: np.ndarray) -> np.ndarray:
    """[3, 2, 3] of each of ``ANCHORS`` the character's own and the drawn sRGB; NaN where too little is seen.

    Args:
        drawing: [S, S, 4] in [0, 1]; only pixels without transparency are looked at.
        buffers: [S, S, C] in [0, 1] that lie under it.

    What has the colour of the skin is no white and no mouth, but an eye drawn as a dot and shut lips.
    """

    def channel(name: str) -> np.ndarray:
        return buffers[..., BUFFER_CHANNELS.index(name)]

    first = BUFFER_CHANNELS.index("albedo_r")
    own = buffers[..., first : first + 3]
    own = own + channel("catchlight")[..., None] * (1 - own)
    seen = (channel("alpha") > 0.98) & (drawing[..., 3] > 0.98) & (channel("lens") < 0.05)
    eyes = np.maximum.reduce([channel("eye"), channel("iris"), channel("lash")]) > 0.5
    around = cv2.dilate(eyes.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    around &= seen & (channel("glasses") < 0.05)
    out = np.full((len(ANCHORS), 2, 3), np.nan)
    if around.sum() >= 2 * _ENOUGH:
        for k, picture in enumerate((own, drawing[..., :3])):
            pixels = picture[around]
            pixels = pixels[np.argsort(pixels.sum(1))]
            dark, light = (max(3, round(share * len(pixels))) for share in (_DARKEST, _LIGHTEST))
            out[0, k], out[1, k] = np.median(pixels[:dark], 0), np.median(pixels[-light:], 0)
    inside = (channel("mouth") > 0.9) & seen
    if inside.sum() >= _ENOUGH:
        out[2] = np.median(own[inside], 0), np.median(drawing[inside][:, :3], 0)
    face = (channel("skin") > 0.9) & seen
    if face.sum() >= _ENOUGH:
        skin = np.median(drawing[face][:, :3], 0)
        out[1:][np.abs(out[1:, 1] - skin).mean(-1) < _SKIN] = np.nan
    return out


def dye_of(anchors: np.ndarray) -> np.ndarray:
    """[2, 3] gain and offset of each colour channel that a style puts on colours, at best guess.

    Medians over the drawings, and a prior that most styles leave colours alone: the posterior mean of a line.

    Args:
        anchors: [N, 3, 2, 3] of :func:`anchors_of`.
    """
    dye = UNDYED.copy()
    told = [k for k in range(len(ANCHORS)) if np.isfinite(anchors[:, k, 0, 0]).any()]
    if not told:
        return dye
    counts = np.array([np.isfinite(anchors[:, k, 0, 0]).sum() for k in told])
    middle = np.nanmedian(anchors[:, told], 0)  # [K, 2, 3]
    weight = 1 / (_BIAS[told] ** 2 + _SPREAD[told] ** 2 / counts)
    for channel in range(3):
        x, y = middle[:, 0, channel], middle[:, 1, channel]
        design = np.stack([x, np.ones_like(x)], 1)
        normal = design.T @ (weight[:, None] * design) + np.diag([_GAIN**-2, _OFFSET**-2])
        dye[:, channel] += np.linalg.solve(normal, design.T @ (weight * (y - x)))
    dye[0] = dye[0].clip(*_LIMITS)
    return dye


def undyed(looks: Appearance, dye: np.ndarray) -> Appearance:
    """The colours that somebody has without the ``dye`` [2, 3] of the style."""
    gain, offset = dye
    return looks.with_values(
        {name: rgb_to_hex((hex_to_rgb(getattr(looks, name)) - offset) / gain) for name in DYED}
    )
