"""Do mouth and blinks of the output follow the driving clip? On real clips, by a look at both.

    python -m training.evaluate_clips shared/data/faces/clips --method codes warp --frames 150

The landmarks of FaceMesh tell how far mouth and eyes are open in every frame of the clip. In the output both
FaceMesh and the keypoint network tell it: the former has seen only photos and hardly believes the shut eyes
and small mouths of drawn faces, the latter was trained on the studio's looks. The source is an avatar that
the studio draws of somebody whom no network has seen.
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
from training.motion_metrics import (
    blink_recall,
    correlation,
    eye_opening,
    keypoint_openings,
    mouth_opening,
)
from training.studio.people import person_seed, sample_person

READERS = ("FaceMesh", "keypoints")
#: Who is shown, of the studio's held-out people, and in which look.
PERSON, LOOK = 502, "clay"


def openings(landmarks: list[np.ndarray | None]) -> tuple[np.ndarray, np.ndarray]:
    """Mouth and eyes [T], NaN where no face is seen."""
    mouth = [np.nan if p is None else mouth_opening(p) for p in landmarks]
    eyes = [np.nan if p is None else eye_opening(p) for p in landmarks]
    return np.array(mouth), np.array(eyes)


def seen_by_network(pipe: AvatarPipeline, frames: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Mouth and eyes [T] of square frames [S, S, 4] uint8, as the keypoint network sees them."""
    found = pipe.animator.keypoints.find(np.stack(frames))
    mouth, eyes = zip(*map(keypoint_openings, found.points), strict=True)
    return np.array(mouth), np.array(eyes)


@torch.inference_mode()
def evaluate_clip(
    pipe: AvatarPipeline, path: Path, methods: list[str], frames: int
) -> dict[tuple[str, str], tuple[float, int, int]]:
    """Method and reader to the correlation of the mouth, blinks found and blinks wanted."""
    pictures = list(islice(read_video(path), frames))
    tracks = list(create_tracker().track_video(f.image for f in pictures))
    truth = openings([t.landmarks if t else None for t in tracks])
    fps = (len(pictures) - 1) / max(pictures[-1].time - pictures[0].time, 1e-6)
    performance = capture(pictures, pipe.tracker, pipe.fitter, fps=fps).performance
    person = sample_person(person_seed("heldout", PERSON))
    still = drawn(person, Performance.still(), LOOK)[0]
    out: dict[tuple[str, str], tuple[float, int, int]] = {}
    for method in methods:
        if method == "codes":
            played = retarget(performance, Performance.still()).performance
            paint = codes_painter(pipe, person, LOOK, 256)
        else:
            read = pipe.animator.read(still, pipe.tracker)
            played = retarget(performance, read.actor.performance).performance
            paint = warp_painter(pipe, read)
        painted = [paint(played, i) for i in range(min(len(played), len(pictures)))]
        count = len(painted)
        readings = openings(signals(painted, pipe.tracker)), seen_by_network(pipe, painted)
        for reader, (mouth, eyes) in zip(READERS, readings, strict=True):
            hits, wanted = blink_recall(truth[1][:count], eyes)
            out[method, reader] = correlation(truth[0][:count], mouth), hits, wanted
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
    rows: dict[tuple[str, str], list[tuple[float, int, int]]] = {}
    for path in sorted(args.clips.glob("*.mp4")):
        for key, row in evaluate_clip(pipe, path, args.method, args.frames).items():
            rows.setdefault(key, []).append(row)
            _show(path.stem, key, row)
    for key, found in rows.items():
        mouth = float(np.nanmean([r[0] for r in found]))
        _show("all", key, (mouth, sum(r[1] for r in found), sum(r[2] for r in found)))


def _show(clip: str, key: tuple[str, str], row: tuple[float, int, int]) -> None:
    method, reader = key
    print(f"{clip:<24}{method:<8}{reader:<12}mouth {row[0]:6.3f}   blinks {row[1]} of {row[2]}", flush=True)


if __name__ == "__main__":
    main()
