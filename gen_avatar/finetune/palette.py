"""The palette of a style: colours that it gives everybody, whoever they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gen_avatar.character.palette import hex_to_rgb, rgb_to_hex
from gen_avatar.types import Appearance

#: Colours that a style may fix → those that follow them; and what must be worn for the colour to be seen.
FOLLOWERS: dict[str, tuple[str, ...]] = {
    "skin_color": (),
    "hair_color": ("brow_color", "beard_color"),
    "cloth_color": (),
    "lip_color": (),
    "glasses_color": (),
    "headwear_color": (),
}
_WORN = {"hair_color": "hair_style", "glasses_color": "glasses_style", "headwear_color": "headwear_style"}
_NOTHING = ("none", "bald")
#: Drawings from which on a palette can be told; how near a colour must be to the middle one, in each channel
#: on average; and how large a share of the drawings must have it so. People are never that much alike.
_FROM, _NEAR, _MOST = 5, 0.04, 0.75
#: Pictures are grey whose channels differ by less than this at all but this share of their opaque pixels.
_CHROMA, _STRAY = 0.06, 0.02
#: Grey pictures are of two tones of whose opaque pixels less than this share is between dark and light.
_DARK, _LIGHT, _BETWEEN = 0.2, 0.8, 0.12


def palette_of(looks: Sequence[Appearance]) -> dict[str, str]:
    """Attribute → colour, for those that nearly all drawings have in common.

    Args:
        looks: what was read in the drawings, one each.
    """
    palette: dict[str, str] = {}
    for name, followers in FOLLOWERS.items():
        worn = [look for look in looks if name not in _WORN or getattr(look, _WORN[name]) not in _NOTHING]
        if len(worn) < _FROM:
            continue
        colors = np.stack([hex_to_rgb(getattr(look, name)) for look in worn])
        middle = np.median(colors, 0)
        near = np.abs(colors - middle).mean(1) < _NEAR
        if near.mean() >= _MOST:
            color = rgb_to_hex(colors[near].mean(0))
            palette |= dict.fromkeys((name, *followers), color)
    return palette


def is_monochrome(pictures: Sequence[np.ndarray]) -> bool:
    """Whether drawings [H, W, 4] uint8 have no colours but greys."""
    opaque = np.concatenate([picture[picture[..., 3] > 250][:, :3] for picture in pictures])
    if not len(opaque):
        return False
    chroma = np.ptp(opaque.astype(np.int16), axis=1) / 255
    return bool((chroma > _CHROMA).mean() < _STRAY)


def is_two_tone(pictures: Sequence[np.ndarray]) -> bool:
    """Whether drawings [H, W, 4] uint8 have nothing but black and white, smooth edges apart."""
    if not is_monochrome(pictures):
        return False
    light = np.concatenate([picture[picture[..., 3] > 250][:, :3] for picture in pictures]).mean(-1) / 255
    return bool(((light > _DARK) & (light < _LIGHT)).mean() < _BETWEEN and light.min() < _DARK)
