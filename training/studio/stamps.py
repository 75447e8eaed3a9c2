"""Dark lenses of pixel art, stamped cell by cell."""

from __future__ import annotations

import cv2
import numpy as np

from training.studio.inks import Inks

#: Dark lenses of fewer cells have no glint, and where on its box it begins, from above and from the left.
_LEAST_LENS, _GLINT = 12, (0.22, 0.42)
#: A dark shape more than this much as wide as high is two lenses.
_PAIR = 1.7


def stamp_lenses(index: np.ndarray, inks: Inks) -> None:
    """Draw dark lenses into ``index`` [G, G] as one plain shape, each with a glint of two cells."""
    shade, glint = inks.named["glasses/shade/1"], inks.named["glasses/glint/1"]
    index[index == glint] = shade
    dark = (index == shade).astype(np.uint8)
    count, lenses, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=4)
    for lens in range(1, count):
        left, top, width, height, area = stats[lens]
        # Two lenses that touch are one shape, but each has its glint.
        pair = 2 if width > _PAIR * height else 1
        if area < pair * _LEAST_LENS:
            continue
        row = top + round(_GLINT[0] * height)
        for k in range(pair):
            column = left + round((k + _GLINT[1]) * width / pair)
            if lenses[row, column] == lens and lenses[row + 1, column - 1] == lens:
                index[row, column] = index[row + 1, column - 1] = glint
