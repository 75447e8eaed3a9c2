"""Judge both ways to animate against the truth that the studio draws: character A doing what B does.

    python -m training.evaluate_motion --people 25 --card checkpoints/warper

For people whom no network has seen, a still of A is moved by the performance of B. The still is read as any
other picture: nothing is known of it but its pixels. The performance is given as codes. ``--fomm WEIGHTS``
adds the plain first-order motion model of ``training.benchmarks``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from tqdm import tqdm

from gen_avatar.animation import codes_painter, warp_painter
from gen_avatar.loading import load_network
from gen_avatar.media import atomic_path
from gen_avatar.metrics import over
from gen_avatar.pipeline import AvatarPipeline
from gen_avatar.retarget import retarget
from gen_avatar.tracking import FaceTracker
from gen_avatar.types import Character, Performance
from gen_avatar.warp.network import Warper
from gen_avatar.warp.still import find_face
from training.evaluate import as_table, fill_card
from training.motion_metrics import (
    compare_frames,
    correlation,
    eye_opening,
    landmark_distance,
    mouth_opening,
    share_gone,
)
from training.studio import LOOKS, paint, pose
from training.studio.people import person_seed, sample_performance, sample_person

SIZE = 256
#: Frames of a performance, and frames from one face to the next.
FRAMES, BETWEEN = 12, 4


def performance_of(seed: int, frames: int = FRAMES) -> Performance:
    """A smooth performance through sampled faces, without props; the first is the calmest."""
    keys = [
        replace(sample_performance(7000 + 100 * seed + i), props=()) for i in range(frames // BETWEEN + 2)
    ]
    keys[0] = replace(keys[0], expression=0.3 * keys[0].expression, head_rotation=0.5 * keys[0].head_rotation)
    place = np.arange(frames) / BETWEEN
    low = place.astype(int)
    share = place - low
    share = share * share * (3 - 2 * share)

    def at(name: str) -> np.ndarray:
        values = np.concatenate([getattr(k, name) for k in keys])
        s = share.reshape(-1, *[1] * (values.ndim - 1))
        return (values[low] + s * (values[low + 1] - values[low])).astype(np.float32)

    names = ("expression", "gaze", "head_rotation", "head_translation")
    arrays: dict[str, Any] = {name: at(name) for name in names}
    return Performance(fps=15.0, confidence=np.ones(frames, np.float32), **arrays)


def drawn(person: Character, performance: Performance, look: str) -> list[np.ndarray]:
    """The truth: [SIZE, SIZE, 4] uint8 of each frame."""
    pictures = [
        paint(pose(person, performance, i), person.appearance, look, SIZE) for i in range(len(performance))
    ]
    return [np.round(p * 255).clip(0, 255).astype(np.uint8) for p in pictures]


def by_codes(
    pipe: AvatarPipeline, person: Character, performance: Performance, look: str
) -> list[np.ndarray]:
    """Every frame by the generator."""
    painter = codes_painter(pipe, person, look, SIZE)
    return [painter(performance, i) for i in range(len(performance))]


def by_warp(pipe: AvatarPipeline, still: np.ndarray, performance: Performance) -> list[np.ndarray]:
    """Every frame by the warper, from the first frame's picture, which is read like any other."""
    read = pipe.animator.read(still, pipe.tracker)
    played = retarget(performance, read.actor.performance, "relative", anchor=0).performance
    painter = warp_painter(pipe, read)
    return [painter(played, i) for i in range(len(performance))]


def signals(frames: Sequence[np.ndarray], tracker: FaceTracker) -> list[np.ndarray | None]:
    """FaceMesh landmarks of each frame, where they are found."""
    tracks = [find_face(frame, tracker) for frame in frames]
    return [track.landmarks if track else None for track in tracks]


def landmark_figures(
    outputs: Sequence[np.ndarray | None], truths: Sequence[np.ndarray | None]
) -> dict[str, float]:
    """Landmark distance and the correlation of openings, over the frames in which both are seen."""
    both = [(a, b) for a, b in zip(outputs, truths, strict=True) if a is not None and b is not None]
    if len(both) < 3:
        return {}
    mouth, eyes = (
        correlation(np.array([f(a) for a, _ in both]), np.array([f(b) for _, b in both]))
        for f in (mouth_opening, eye_opening)
    )
    distance = float(np.mean([landmark_distance(a, b) for a, b in both]))
    return {"landmarks": distance, "mouth": mouth, "eyes": eyes}


def evaluate(
    pipe: AvatarPipeline, people: int, others: Mapping[str, Callable[..., list[np.ndarray]]]
) -> tuple[dict[str, dict[str, float]], list[list[np.ndarray]]]:
    """Figures of each method, and rows of a contact sheet.

    Args:
        pipe: both of our methods. people: how many; looks take turns.
        others: name to a function of (still, truths, performance) that returns frames, for other models.
    """
    rows: dict[str, list[dict[str, float]]] = {}
    sheet: list[list[np.ndarray]] = []
    for i in tqdm(range(people), unit="person"):
        person = sample_person(person_seed("heldout", 500 + i))
        look = list(LOOKS)[i % len(LOOKS)]
        performance = performance_of(i)
        truths = drawn(person, performance, look)
        clips = {"unmoved": [truths[0]] * len(truths), "codes": by_codes(pipe, person, performance, look)}
        clips["warp"] = by_warp(pipe, truths[0], performance)
        for name, method in others.items():
            clips[name] = method(truths[0], truths, performance)
        seen = signals(truths, pipe.tracker)
        for name, frames in clips.items():
            figures = compare_frames(frames[1:], truths[1:], truths[0])
            figures |= landmark_figures(signals(frames, pipe.tracker), seen)
            rows.setdefault(name, []).append(figures)
        picked = range(0, len(truths), BETWEEN)
        sheet += [[frames[k] for k in picked] for frames in (truths, *list(clips.values())[1:])]
    table = {}
    for name, figures_ in rows.items():
        keys = list(dict.fromkeys(k for f in figures_ for k in f))
        table[name] = {k: float(np.nanmean([f[k] for f in figures_ if k in f])) for k in keys}
        table[name]["share_gone"] = share_gone(figures_)
    return table, sheet


def contact_sheet(rows: Sequence[Sequence[np.ndarray]], path: Path, blocks: int = 3) -> None:
    """Rows of frames side by side on a light backdrop, in columns of blocks."""
    lines = [np.concatenate([np.round(over(f) * 255).astype(np.uint8) for f in row], 1) for row in rows]
    per = -(-len(lines) // blocks)
    lines += [np.full_like(lines[0], 255)] * (per * blocks - len(lines))
    columns = [np.concatenate(lines[k * per : (k + 1) * per], 0) for k in range(blocks)]
    picture = Image.fromarray(np.concatenate(columns, 1))
    picture = picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.LANCZOS)
    with atomic_path(path) as temporary:
        picture.save(temporary, format="PNG")


def main() -> None:
    """Evaluate from the command line."""
    parser = argparse.ArgumentParser(description="Score both ways to animate against the studio.")
    parser.add_argument("--people", type=int, default=25)
    parser.add_argument("--fomm", type=Path, help="weights of training.benchmarks.train_fomm")
    parser.add_argument("--warper", type=Path, help="a warper trained as long as that, for comparison")
    parser.add_argument("--checkpoint", type=Path, help="folder of weights instead of the shipped one")
    parser.add_argument("--out", type=Path, default=Path("out/motion"))
    parser.add_argument("--card", type=Path, help="folder of the model card to put figures and sheet into")
    args = parser.parse_args()
    others: dict[str, Callable[..., list[np.ndarray]]] = {}
    if args.fomm:
        from training.benchmarks.fomm import load_fomm

        fomm = load_fomm(args.fomm)
        others["first-order motion model"] = lambda still, truths, _: fomm.reenact(still, truths)
    pipe = AvatarPipeline.from_pretrained(args.checkpoint)
    if args.warper:
        other = AvatarPipeline.from_pretrained(args.checkpoint)
        other.animator.warper = load_network(Warper, args.warper)
        others["warp, trained as long"] = lambda still, _, act: by_warp(other, still, act)
    args.out.mkdir(parents=True, exist_ok=True)
    with torch.inference_mode():
        table, sheet = evaluate(pipe, args.people, others)
    (args.out / "motion.json").write_text(json.dumps(table, indent=2) + "\n")
    per_person = 2 + len(table) - 1
    contact_sheet(sheet[: 9 * per_person], args.out / "motion.png")
    print(as_table(table))
    if args.card:
        fill_card(args.card / "README.md", as_table(table))
        contact_sheet(sheet[: 9 * per_person], args.card / "motion.png")


if __name__ == "__main__":
    main()
