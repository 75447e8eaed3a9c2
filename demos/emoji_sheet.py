"""``make run``: a photo becomes emoji with several expressions, one PNG each and a sheet of all.

python demos/emoji_sheet.py --photo me.jpg --out out neutral smile wink
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from gen_avatar.errors import GenAvatarError
from gen_avatar.media import atomic_write_text, check_writable, read_image, write_png
from gen_avatar.options import DEFAULT_STYLE
from gen_avatar.pipeline import AvatarPipeline

#: Pixels around the pictures of the sheet.
GAP = 12
COLUMNS = 4
#: From the middle of a face to the edges of its portrait, in lengths of the face.
HEAD = 0.95


def main() -> int:
    parser = argparse.ArgumentParser(description="A photo becomes emoji.")
    parser.add_argument("--photo", default="", help="empty for the astronaut that scikit-image carries")
    parser.add_argument("--out", default="out", type=Path)
    parser.add_argument("--style", default=DEFAULT_STYLE, help="a look, or clay:0.6,toon:0.4")
    parser.add_argument("--size", default=256, type=int)
    parser.add_argument("expression", nargs="*", default=["neutral", "smile"])
    args = parser.parse_args()
    try:
        return draw(args)
    except GenAvatarError as error:
        print(f"emoji_sheet: {error}", file=sys.stderr)
        return error.exit_code


def draw(args: argparse.Namespace) -> int:
    args.out.mkdir(parents=True, exist_ok=True)
    check_writable(args.out / "sheet.png")
    name, photo = load_photo(args.photo)
    pipe = AvatarPipeline.from_pretrained()
    seen = pipe.fit(photo)
    person = seen.character
    pictures = pipe(person, style=args.style, expression=args.expression, size=args.size).images
    files = [args.out / f"{name}-{expression}.png" for expression in args.expression]
    for file, picture in zip(files, pictures, strict=True):
        write_png(file, np.asarray(picture))
    sheet = args.out / f"{name}-sheet.png"
    write_png(sheet, contact_sheet([portrait(photo, seen.track.box, args.size), *pictures]))
    atomic_write_text(args.out / f"{name}.json", person.to_json())
    print("\n".join(["The emoji:", *map(str, files), "The photo and all of them:", str(sheet)]))
    return 0


def load_photo(path: str) -> tuple[str, np.ndarray]:
    """A name for the files, and the picture [H, W, 3] uint8."""
    if path:
        return Path(path).stem, read_image(path)
    from skimage.data import astronaut

    return "astronaut", np.ascontiguousarray(astronaut()[..., :3])


def portrait(photo: np.ndarray, box: tuple[float, float, float, float], size: int) -> Image.Image:
    """The photo's head, framed like the emoji; ``box`` is the face's (x0, y0, x1, y1)."""
    x0, y0, x1, y1 = box
    reach = HEAD * max(x1 - x0, y1 - y0)
    x, y = (x0 + x1) / 2, (y0 + y1) / 2 - 0.1 * reach
    square = (round(x - reach), round(y - reach), round(x + reach), round(y + reach))
    crop = Image.fromarray(photo).convert("RGBA").crop(square)
    return crop.resize((size, size), Image.Resampling.LANCZOS)


def contact_sheet(pictures: list[Image.Image]) -> np.ndarray:
    """Pictures of one size on a transparent ground, [H, W, 4] uint8."""
    side = pictures[0].width + GAP
    rows = -(-len(pictures) // COLUMNS)
    sheet = Image.new("RGBA", (side * min(len(pictures), COLUMNS) + GAP, side * rows + GAP))
    for index, picture in enumerate(pictures):
        row, column = divmod(index, COLUMNS)
        sheet.alpha_composite(picture, (GAP + side * column, GAP + side * row))
    return np.asarray(sheet)


if __name__ == "__main__":
    sys.exit(main())
