"""Contact sheets of drawn photos: as drawn, as labelled, and as the parser reads them.

python -m training.photos.sheet checkpoints/parser/parsed.png --data .cache/photos-heldout
python -m training.photos.sheet checkpoints/parser/worst.png --data .cache/photos-heldout --worst
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

from gen_avatar.appearance.parser import ATTRIBUTES, FaceParser
from gen_avatar.export.explain import REGION_COLORS
from gen_avatar.loading import load_network
from gen_avatar.media import atomic_path
from gen_avatar.weights import checkpoint
from training.photos.batches import PhotoBatches

#: How much of a region's colour covers the picture.
_COVER = 0.6
_SHOWN = ("hair_style", "beard_style", "glasses_style", "headwear_style")
_PALETTE = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in REGION_COLORS], np.float32)


@torch.inference_mode()
def read(parser: FaceParser, source: PhotoBatches, size: int = 32) -> tuple[np.ndarray, np.ndarray]:
    """Labels [N, 176, 144] of the head crops as the parser sees them, and its answers [N, A]."""
    labels, answers = [], []
    for number in range(-(-len(source) // size)):
        batch = source.batch(number, size)
        regions, _, said = parser(batch["head"], batch["face"])
        labels.append(regions.argmax(1).to(torch.uint8))
        answers.append(torch.stack([logits.argmax(1) for logits in said.values()], 1))
    return torch.cat(labels).numpy(), torch.cat(answers).numpy()


def covered(rgb: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """[H, W, 3] uint8: the picture in grey below the colours of its regions."""
    grey = rgb.astype(np.float32).mean(-1, keepdims=True)
    return ((1 - _COVER) * grey + _COVER * _PALETTE[labels]).round().astype(np.uint8)


def words(answers: np.ndarray) -> str:
    """What is worn, of answers [A]."""
    names = list(ATTRIBUTES)
    said = [
        ATTRIBUTES[name][answers[names.index(name)]] for name in _SHOWN if answers[names.index(name)] >= 0
    ]
    return ", ".join(word for word in said if word != "none")


def draw_sheet(
    source: PhotoBatches, labels: np.ndarray, answers: np.ndarray, rows: np.ndarray
) -> Image.Image:
    """Photo, truth and reading of the pictures ``rows``, one below the other."""
    data = source.data
    height, width = data["head_labels"].shape[1:]
    page = Image.new("RGB", (len(rows) * width, 3 * height + 16), "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(10)
    for column, row in enumerate(rows):
        rgb = data["head_rgb"][row]
        for place, tile in enumerate(
            (rgb, covered(rgb, data["head_labels"][row]), covered(rgb, labels[row]))
        ):
            page.paste(Image.fromarray(tile), (column * width, place * height))
        pen.text((column * width + 3, 3 * height + 2), words(answers[row])[:30], "black", font)
    return page


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("output", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="as training.photos.store writes it")
    parser.add_argument("--parser", type=Path, default=None, help="folder of weights, by default the shipped")
    parser.add_argument("--count", type=int, default=9)
    parser.add_argument("--worst", action="store_true", help="those whose hair and face are read worst")
    options = parser.parse_args()
    source = PhotoBatches(options.data, None)
    network = load_network(FaceParser, options.parser or checkpoint("parser"))
    labels, answers = read(network, source)
    rows = np.arange(options.count)
    if options.worst:
        rows = np.argsort((labels == source.data["head_labels"]).mean((1, 2)))[: options.count]
    with atomic_path(options.output) as staged:
        draw_sheet(source, labels, answers, rows).save(staged, "PNG")


if __name__ == "__main__":
    main()
