"""The picture that opens the README: the astronaut and held-out people, painted by the shipped network.

python -m training.gallery docs/gallery.png
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from demos.emoji_sheet import load_photo, portrait
from gen_avatar.media import write_png
from gen_avatar.pipeline import AvatarPipeline
from training.studio.people import person_seed, sample_person

#: Side of a picture and the gap around it, pixels.
SIDE, GAP = 256, 14
GROUNDS = ("#fbe6d8", "#dde8f7", "#d8f5c8", "#f3e2f5", "#fdf1c7", "#d9f2ef")
#: What the astronaut shows, beside the photo: (look, expression).
ASTRONAUT = (
    ("clay", "smile"),
    ("toon", "laugh"),
    ("flat", "wink"),
    ("ink", "surprise"),
    ("pixel", "neutral"),
)
#: Held-out people: number, look, expression, (yaw, pitch, roll).
PEOPLE = (
    (0, "clay", "smile", (0, 0, 0)),
    (1, "clay", "laugh", (12, 0, 4)),
    (2, "clay", "thinking", (-15, 5, 0)),
    (3, "clay", "wink", (8, 0, -6)),
    (4, "clay", "love", (0, 4, 0)),
    (5, "clay", "grin", (-20, 0, 0)),
    (6, "toon", "joy", (10, -4, 0)),
    (7, "toon", "sad", (0, -6, 5)),
    (8, "toon", "smirk", (18, 0, 0)),
    (9, "flat", "laugh", (-8, 4, -5)),
    (10, "flat", "angry", (0, -5, 0)),
    (11, "flat", "tongue", (-10, 0, 8)),
    (12, "ink", "smile", (14, 0, 0)),
    (13, "ink", "fear", (0, 0, 0)),
    (14, "ink", "kiss", (-12, 0, 5)),
    (15, "pixel", "smile", (0, 0, 0)),
    (16, "pixel", "surprise", (10, 0, 0)),
    (17, "pixel", "cool", (-10, 0, 0)),
)


def gallery(pipe: AvatarPipeline) -> np.ndarray:
    """[H, W, 4] uint8."""
    _, photo = load_photo("")
    seen = pipe.fit(photo)
    tiles = [portrait(photo, seen.track.box, SIDE)]
    for look, expression in ASTRONAUT:
        tiles += pipe(seen.character, style=look, expression=expression).images
    for index, look, expression, pose in PEOPLE:
        person = sample_person(person_seed("heldout", index))
        tiles += pipe(person, style=look, expression=expression, pose=pose).images
    columns = 1 + len(ASTRONAUT)
    rows = -(-len(tiles) // columns)
    sheet = Image.new("RGBA", (columns * (SIDE + GAP) + GAP, rows * (SIDE + GAP) + GAP))
    corners = Image.new("L", (SIDE, SIDE), 0)
    ImageDraw.Draw(corners).rounded_rectangle((0, 0, SIDE - 1, SIDE - 1), 28, fill=255)
    for index, tile in enumerate(tiles):
        row, column = divmod(index, columns)
        ground = Image.new("RGBA", tile.size, GROUNDS[(column + 2 * row) % len(GROUNDS)])
        ground.alpha_composite(tile)
        sheet.paste(ground, (GAP + column * (SIDE + GAP), GAP + row * (SIDE + GAP)), corners)
    return np.asarray(sheet)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("output", type=Path)
    options = parser.parse_args()
    write_png(options.output, gallery(AvatarPipeline.from_pretrained()))


if __name__ == "__main__":
    main()
