"""Props, as puffs of breath and hearts, have a thin line all around, also where they lie over the figure."""

from __future__ import annotations

import cv2
import numpy as np

from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.colors import PROP_COLORS
from gen_avatar.character.mesh import PART_INDEX
from gen_avatar.character.palette import hex_to_rgb

#: Ornaments this near to a colour of props, sRGB, are props, from this share of the picture across on.
NEAR, ACROSS = 0.02, 0.022
#: Width of the line, share of the picture, and at most of half of how thick the prop is: letters do not clog.
WIDTH, MOST = 0.0075, 0.38
#: Width of the line around props that float, where lines go beyond a figure.
AROUND = 0.0050
_COLORS = np.stack([hex_to_rgb(color) for color in PROP_COLORS.values()]).astype(np.float32)


def props_of(geometry: GBuffer) -> np.ndarray:
    """[S, S] bool: the samples of props."""
    props = geometry.part == PART_INDEX["ornament"]
    if not props.any():
        return props
    gap = np.abs(geometry.albedo[props][:, None] - _COLORS).max(-1).min(-1)
    props[props] = gap < NEAR
    count, labels, stats, _ = cv2.connectedComponentsWithStats(props.astype(np.uint8), connectivity=8)
    least = ACROSS * len(props)
    wide = np.minimum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) >= least
    return props & wide[labels]


def loose(props: np.ndarray, figure: np.ndarray) -> np.ndarray:
    """[S, S] bool: ``props`` [S, S] that float beside the rest of the ``figure`` [S, S]."""
    if not props.any():
        return props
    count, labels = cv2.connectedComponents(figure.astype(np.uint8), connectivity=8)
    held = np.zeros(count, bool)
    held[labels[figure & ~props]] = True
    return props & ~held[labels]


def ring(props: np.ndarray) -> np.ndarray:
    """[S, S] float32 in [0, 1]: the even line around ``props`` [S, S] bool, beyond their edge."""
    if not props.any():
        return np.zeros(props.shape, np.float32)
    off = cv2.distanceTransform((~props).astype(np.uint8), cv2.DIST_L2, 5)
    line = np.clip(AROUND * len(props) - off + 1, 0, 1).astype(np.float32)
    return np.where(props, np.float32(0), line)


def prop_line(props: np.ndarray) -> np.ndarray:
    """[S, S] float32 in [0, 1]: the line within the edge of ``props`` [S, S] bool."""
    if not props.any():
        return np.zeros(props.shape, np.float32)
    within = cv2.distanceTransform(np.pad(props, 1, "edge").astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    count, labels = cv2.connectedComponents(props.astype(np.uint8), connectivity=8)
    thick = np.zeros(count, np.float32)
    np.maximum.at(thick, labels[props], within[props])
    wide = np.minimum(WIDTH * len(props), MOST * thick)
    line = np.clip(wide[labels] - within + 1, 0, 1).astype(np.float32)
    return np.where(props, line, np.float32(0))
