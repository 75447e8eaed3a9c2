"""Contact sheets, to judge the studio by eye: ``python -m training.studio.sheet out.png --people 12``."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from gen_avatar.expression import PROPS_OF
from gen_avatar.types import Performance
from training.studio import LOOKS, UNTAUGHT, draw_all
from training.studio.people import SPLITS, authored_expression, person_seed, sample_performance, sample_person

ROW = ("neutral", "smile", "laugh", "wink", "surprise", "angry", "sad", "thinking")
#: Backgrounds that pictures must read on: paper, night, a chat's green, a warm and a cool pastel.
GROUNDS = {"white": "#ffffff", "black": "#0b0b0d", "green": "#d8f5c8", "warm": "#fbe6d8", "cool": "#dde8f7"}


def over(rgba: np.ndarray, ground: str) -> np.ndarray:
    """Lay [H, W, 4] RGBA in [0, 1] over a colour: [H, W, 3]."""
    paper = np.array([int(ground[i : i + 2], 16) / 255 for i in (1, 3, 5)], np.float32)
    return rgba[..., :3] * rgba[..., 3:] + paper * (1 - rgba[..., 3:])


def contact_sheet(
    seeds: list[int],
    columns: tuple[str, ...] = ROW,
    size: int = 256,
    look: str = "toon",
    ground: str = "cool",
) -> np.ndarray:
    """[rows * size, columns * size, 3] RGB uint8: a row per person, a column per expression.

    The look "all" gives every expression a column per look.

    A column called "any" shows a random performance, "yaw=30" a pose, everything else a named expression.
    """
    looks = tuple(LOOKS) if look == "all" else (look,)
    rows = []
    for seed in seeds:
        person = sample_person(seed)
        drawn = [draw_all(person, _performance(name, seed), looks, size)[0] for name in columns]
        frames = [frame for pictures in drawn for frame in pictures.values()]
        rows.append(np.concatenate([over(frame, GROUNDS[ground]) for frame in frames], 1))
    return (np.concatenate(rows, 0).clip(0, 1) * 255 + 0.5).astype(np.uint8)


def _performance(name: str, seed: int) -> Performance:
    if name == "any":
        return sample_performance(seed)
    axis, equals, degrees = name.partition("=")
    if equals:
        turn = {"yaw": 0.0, "pitch": 0.0, "roll": 0.0, axis: float(degrees)}
        return Performance.still(rotation=(turn["yaw"], turn["pitch"], turn["roll"]))
    return Performance.still(authored_expression(name), props=PROPS_OF.get(name, ()))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--first", type=int, default=0, help="index of the first person")
    parser.add_argument("--split", choices=tuple(SPLITS), default="train")
    parser.add_argument(
        "--columns", default=",".join(ROW), help='expressions, "any" or "yaw=30", comma-separated'
    )
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--look", choices=(*LOOKS, *UNTAUGHT, "all"), default="toon")
    parser.add_argument("--ground", choices=tuple(GROUNDS), default="cool")
    options = parser.parse_args()
    seeds = [person_seed(options.split, options.first + i) for i in range(options.people)]
    sheet = contact_sheet(
        seeds, tuple(options.columns.split(",")), options.size, options.look, options.ground
    )
    cv2.imwrite(str(options.output), sheet[..., ::-1])


if __name__ == "__main__":
    main()
