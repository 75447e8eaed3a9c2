"""Sets a drawing into the square of a sticker: cut to what is drawn, resampled once."""

from __future__ import annotations

import numpy as np
from PIL import Image

#: Alpha from which something counts as drawn.
_DRAWN = 8


def set_into_square(frames: np.ndarray, side: int, margin: int, cells: int = 0) -> np.ndarray:
    """Cut and scale all frames alike so that what they show fills the square.

    The cut is the smallest square that holds all that is drawn in any frame, as near the middle of the
    drawing as that allows, so that a head does not wander from sticker to sticker.

    Args:
        frames: [T, S, S, 4] uint8, straight alpha.
        side: of the sticker, pixels.
        margin: what stays clear on each side, pixels.
        cells: cells across the drawing, for looks whose pixels are large; 0 for others. Cells keep hard edges
            and one size where there is room for two pixels each.

    Returns:
        [T, side, side, 4] uint8, straight alpha.
    """
    inner = side - 2 * margin
    size = frames.shape[1]
    grid = size // cells if cells else 1
    left, top, span = _window(frames[..., 3].max(0), grid)
    each = inner * grid // span
    hard = cells > 0 and each >= 2
    width = each * span // grid if hard else inner
    start = margin + (inner - width) // 2
    out = np.zeros((len(frames), side, side, 4), np.uint8)
    for frame, target in zip(frames, out, strict=True):
        if hard:
            part = frame[top + grid // 2 : top + span : grid, left + grid // 2 : left + span : grid]
            part = part.repeat(each, 0).repeat(each, 1)
        else:  # Pillow weighs colours with alpha
            box = (left, top, left + span, top + span)
            part = np.asarray(Image.fromarray(frame).resize((width, width), Image.Resampling.LANCZOS, box))
        target[start : start + width, start : start + width] = part
    return out


def _window(alpha: np.ndarray, grid: int) -> tuple[int, int, int]:
    """Left, top and side of the cut, multiples of ``grid``; the whole where nothing is drawn."""
    size = len(alpha)
    drawn = alpha >= _DRAWN
    if not drawn.any():
        return 0, 0, size
    spans = []
    for axis in (0, 1):
        where = np.flatnonzero(drawn.any(axis))
        spans.append((int(where[0]) // grid * grid, -(-int(where[-1] + 1) // grid) * grid))
    side = max(end - start for start, end in spans)
    middle = (size - side) // 2 // grid * grid
    left, top = (min(max(middle, end - side, 0), start, size - side) for start, end in spans)
    return left, top, side
