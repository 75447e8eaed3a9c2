"""The picture of moving stills in the README, by the shipped weights.

    python -m training.motion_gallery docs/motion.png

First column: a photo in the public domain and stills of invented people. Then what they do when they follow
one performance: all but the second row by warping the still, the second by drawing the avatar anew.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from skimage.data import astronaut

from gen_avatar.expression import expression_weights
from gen_avatar.media import atomic_path
from gen_avatar.pipeline import AvatarPipeline
from gen_avatar.types import Performance, gaze_from_expression
from training.evaluate_motion import drawn
from training.studio.people import person_seed, sample_person

TILE, GAP = 168, 6
#: Name of the expression and turn of the head (degrees) of each column.
COLUMNS = (
    ("smile", (0, 0, 0)), ("laugh", (8, 4, 0)), ("surprise", (0, 3, 0)), ("wink", (-8, 0, 6)),
    ("kiss", (10, 0, 0)), ("angry", (0, -4, 0)), ("neutral", (-14, 4, 0)),
)  # fmt: skip
#: Invented people (of the held-out ones) and the looks that their stills are drawn in.
STILLS = ((502, "ink"), (507, "flat"))


def performance() -> Performance:
    """A calm frame, and one a column."""
    acts = (("neutral", (0, 0, 0)), *COLUMNS)
    weights = np.stack([expression_weights(name) for name, _ in acts])
    turns = np.array([turn for _, turn in acts], np.float32)
    nowhere = np.zeros((len(acts), 3), np.float32)
    return Performance(weights, gaze_from_expression(weights).astype(np.float32), turns, nowhere,
                       confidence=np.ones(len(acts), np.float32))  # fmt: skip


def tile(picture: np.ndarray) -> np.ndarray:
    """[TILE, TILE, 3] uint8 of [H, W, 4], on white."""
    alpha = picture[..., 3:].astype(np.float32) / 255
    flat = np.round(picture[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    return cv2.resize(flat, (TILE, TILE), interpolation=cv2.INTER_AREA)


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description="Stills that move, and an avatar drawn anew, as a picture.")
    parser.add_argument("output", type=Path)
    path = parser.parse_args().output
    pipe, act = AvatarPipeline.from_pretrained(), performance()
    photo = np.ascontiguousarray(astronaut()[20:340, 64:384, :3])
    whole = np.dstack([photo, np.full(photo.shape[:2], 255, np.uint8)])
    rest = Performance.still()
    stills = [whole, *(drawn(sample_person(person_seed("heldout", n)), rest, look)[0] for n, look in STILLS)]
    moved = [list(pipe.animate(still, act, method="warp", size=320).frames())[1:] for still in stills]
    person = pipe.character(np.ascontiguousarray(astronaut()[..., :3]))
    still = np.asarray(pipe(person).images[0])
    anew = list(pipe.animate(person, act).frames())[1:]
    rows = [
        [stills[0], *moved[0]],
        [still, *anew],
        *([s, *m] for s, m in zip(stills[1:], moved[1:], strict=True)),
    ]
    sheet = np.full((len(rows) * (TILE + GAP), (1 + len(COLUMNS)) * (TILE + GAP) + GAP, 3), 255, np.uint8)
    for i, row in enumerate(rows):
        for k, picture in enumerate(row):
            x, y = k * (TILE + GAP) + GAP * (k > 0), i * (TILE + GAP)
            sheet[y : y + TILE, x : x + TILE] = tile(picture)
    with atomic_path(path) as temporary:
        Image.fromarray(sheet).save(temporary, format="PNG", optimize=True)


if __name__ == "__main__":
    main()
