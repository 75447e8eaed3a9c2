"""Do mouth and blinks of the output follow the driving clip? On real clips, by an independent look at both.

    python -m training.evaluate_clips shared/data/faces/clips --method codes warp --frames 150

The landmarks of FaceMesh tell how far mouth and eyes are open in every frame of the clip and of the output.
The source is an avatar that the studio draws of somebody whom no network has seen.
"""

from __future__ import annotations

import argparse
from itertools import islice
from pathlib import Path

import numpy as np
import torch

from gen_avatar.animation import codes_painter, warp_painter
from gen_avatar.capture import capture
from gen_avatar.media import read_video
from gen_avatar.pipeline import AvatarPipeline
from gen_avatar.retarget import retarget
from gen_avatar.tracking import create_tracker
from gen_avatar.types import Performance
from training.evaluate_motion import drawn, signals
from training.motion_metrics import blink_recall, correlation, eye_opening, mouth_opening
from training.studio.people import person_seed, sample_person

#: Who is shown, of the studio's held-out people, and in which look.
PERSON, LOOK = 502, "clay"


def openings(landmarks: list[np.ndarray | None]) -> tuple[np.ndarray, np.ndarray]:
    """Mouth and eyes [T], NaN where no face is seen."""
    mouth = [np.nan if p is None else mouth_opening(p) for p in landmarks]
    eyes = [np.nan if p is None else eye_opening(p) for p in landmarks]
    return np.array(mouth), np.array(eyes)


@torch.inference_mode()
def evaluate_clip(
    pipe: AvatarPipeline, path: Path, methods: list[str], frames: int
) -> dict[str, tuple[float, int, int]]:
    """Method to the correlation of the mouth, blinks found and blinks wanted."""
    pictures = list(islice(read_video(path), frames))
    tracks = list(create_tracker().track_video(f.image for f in pictures))
    truth = openings([t.landmarks if t else None for t in tracks])
    fps = (len(pictures) - 1) / max(pictures[-1].time - pictures[0].time, 1e-6)
    performance = capture(pictures, pipe.tracker, pipe.fitter, fps=fps).performance
    person = sample_person(person_seed("heldout", PERSON))
    still = drawn(person, Performance.still(), LOOK)[0]
    out = {}
    for method in methods:
        if method == "codes":
            played = retarget(performance, Performance.still()).performance
            paint = codes_painter(pipe, person, LOOK, 256)
        else:
            read = pipe.animator.read(still, pipe.tracker)
            played = retarget(performance, read.actor.performance).performance
            paint = warp_painter(pipe, read)
        painted = [paint(played, i) for i in range(min(len(played), len(pictures)))]
        mouth, eyes = openings(signals(painted, pipe.tracker))
        count = len(mouth)
        known = truth[1][:count]
        out[method] = (correlation(truth[0][:count], mouth), *blink_recall(known, eyes))
    return out


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Compare mouth and blinks of the output with the driver's.")
    parser.add_argument("clips", type=Path, help="folder of clips")
    parser.add_argument("--method", nargs="+", default=["codes", "warp"], choices=("codes", "warp"))
    parser.add_argument("--frames", type=int, default=150, help="from the start of each clip")
    parser.add_argument("--checkpoint", type=Path)
    args = parser.parse_args()
    pipe = AvatarPipeline.from_pretrained(args.checkpoint)
    rows: dict[str, list[tuple[float, int, int]]] = {method: [] for method in args.method}
    for path in sorted(args.clips.glob("*.mp4")):
        for method, row in evaluate_clip(pipe, path, args.method, args.frames).items():
            rows[method].append(row)
            print(f"{path.stem:<24}{method:<8}mouth {row[0]:6.3f}   blinks {row[1]} of {row[2]}", flush=True)
    for method, found in rows.items():
        mouth = np.nanmean([r[0] for r in found])
        hits, wanted = sum(r[1] for r in found), sum(r[2] for r in found)
        print(f"{'all':<24}{method:<8}mouth {mouth:6.3f}   blinks {hits} of {wanted}")


if __name__ == "__main__":
    main()
