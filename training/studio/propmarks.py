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
#: Width of the line, share of the picture.
WIDTH = 0.0075
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


def prop_line(props: np.ndarray) -> np.ndarray:
    """[S, S] float32 in [0, 1]: the line within the edge of ``props`` [S, S] bool."""
    if not props.any():
        return np.zeros(props.shape, np.float32)
    within = cv2.distanceTransform(np.pad(props, 1, "edge").astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    line = np.clip(WIDTH * len(props) - within + 1, 0, 1).astype(np.float32)
    return np.where(props, line, np.float32(0))
