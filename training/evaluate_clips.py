"""Do mouth and blinks of the output follow the driving clip? On real clips, by a look at both.

    python -m training.evaluate_clips shared/data/faces/clips --method codes warp --frames 150

The landmarks of FaceMesh tell how far mouth and eyes are open in every frame of the clip. In the output both
FaceMesh and the keypoint network tell it: the former has seen only photos and hardly believes the shut eyes
and small mouths of drawn faces, the latter was trained on the studio's looks. The third reader looks at no
picture: it is the geometry that the output is made from, the posed character before its camera for ``codes``
and the keypoints that the still is warped to for ``warp``. What it misses, capture and retargeting lost; what
only the others miss, the painters lost or the readers do not see.

A mouth that hardly moves in the clip has nothing to correlate with: such clips, told from the driver's signal
alone, are left out of the second mean. Of the blinks, those are counted once more in which the driver's eyes
shut wholly. The source is an avatar that the studio draws of somebody whom no network has seen.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch

from gen_avatar.animation import codes_painter, warp_painter
from gen_avatar.capture import capture
from gen_avatar.character.character import CharacterModel
from gen_avatar.character.drawn_mouth import HOLE
from gen_avatar.character.mesh import CharacterMesh
from gen_avatar.media import read_video
from gen_avatar.pipeline import AvatarPipeline
from gen_avatar.retarget import retarget
from gen_avatar.tracking import create_tracker
from gen_avatar.types import Performance
from training.evaluate_motion import drawn, signals
from training.motion_metrics import (
    WHOLLY_SHUT,
    blink_recall,
    correlation,
    eye_opening,
    keypoint_openings,
    mouth_moves,
    mouth_opening,
)
from training.studio.people import person_seed, sample_person

READERS = ("FaceMesh", "keypoints", "geometry")
#: Who is shown, of the studio's held-out people, and in which look.
PERSON, LOOK = 502, "clay"


@dataclass(frozen=True)
class Row:
    """What one reader finds of one clip: the correlation of the mouth, (blinks found, blinks wanted) of all
    and of those with eyes shut wholly, and whether the driver's mouth moves at all."""

    mouth: float
    blinks: tuple[int, int]
    shut: tuple[int, int]
    moves: bool


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


def posed_openings(figure: CharacterModel, mesh: CharacterMesh, moment: Performance) -> tuple[float, float]:
    """Mouth and eyes of a posed character (first frame) as its camera sees them."""
    posed = figure.pose(mesh, moment.expression[0], moment.gaze[0], moment.head_rotation[0])
    seen = posed.camera.project(posed.points, 1)[:, :2]
    names = [block.name for block in mesh.blocks]
    start = sum(block.count for block in mesh.blocks[: names.index("drawn mouth")])
    hole = seen[start:][HOLE]
    stations = len(np.unique(mesh.local[start:][HOLE][:, 0]))
    upper, lower = hole[:stations], hole[-stations:]
    middle = slice(stations // 4, -(stations // 4))
    one, other = (seen[eye.upper] for eye in figure.head.eyes)
    apart = np.linalg.norm(upper - lower, axis=1)[middle].mean() / np.linalg.norm(one[-1] - other[-1])
    lids = [
        (seen[eye.lower, 1].mean() - seen[eye.upper, 1].mean())
        / np.linalg.norm(np.subtract(*seen[eye.upper[[0, -1]]]))
        for eye in figure.head.eyes
    ]
    return float(apart), float(np.mean(lids))


@torch.inference_mode()
def evaluate_clip(
    pipe: AvatarPipeline, path: Path, methods: list[str], frames: int
) -> dict[tuple[str, str], Row]:
    """Method and reader to what it finds."""
    pictures = list(islice(read_video(path), frames))
    tracks = list(create_tracker().track_video(f.image for f in pictures))
    truth = openings([t.landmarks if t else None for t in tracks])
    fps = (len(pictures) - 1) / max(pictures[-1].time - pictures[0].time, 1e-6)
    performance = capture(pictures, pipe.tracker, pipe.fitter, fps=fps).performance
    person = sample_person(person_seed("heldout", PERSON))
    still = drawn(person, Performance.still(), LOOK)[0]
    mesh = pipe.figure.build(person)
    out: dict[tuple[str, str], Row] = {}
    for method in methods:
        if method == "codes":
            played = retarget(performance, Performance.still()).performance
            paint = codes_painter(pipe, person, LOOK, 256)
            made = [posed_openings(pipe.figure, mesh, played.at(i)) for i in range(len(played))]
        else:
            read = pipe.animator.read(still, pipe.tracker)
            played = retarget(performance, read.actor.performance).performance
            paint = warp_painter(pipe, read)
            moments = zip(played.expression, played.gaze, played.head_rotation, strict=True)
            made = [keypoint_openings(read.actor.points(*moment)[:, 0]) for moment in moments]
        painted = [paint(played, i) for i in range(min(len(played), len(pictures)))]
        count = len(painted)
        mouths, lids = (np.array(column[:count]) for column in zip(*made, strict=True))
        readings = openings(signals(painted, pipe.tracker)), seen_by_network(pipe, painted), (mouths, lids)
        for reader, (mouth, eyes) in zip(READERS, readings, strict=True):
            out[method, reader] = Row(
                correlation(truth[0][:count], mouth),
                blink_recall(truth[1][:count], eyes),
                blink_recall(truth[1][:count], eyes, WHOLLY_SHUT),
                mouth_moves(truth[0][:count]),
            )
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
    rows: dict[tuple[str, str], list[Row]] = {}
    for path in sorted(args.clips.glob("*.mp4")):
        for key, row in evaluate_clip(pipe, path, args.method, args.frames).items():
            rows.setdefault(key, []).append(row)
            _show(path.stem, key, row)
    for key, found in rows.items():
        _show("all", key, _together(found))
        _show("mouths that move", key, _together([row for row in found if row.moves]))


def _together(rows: list[Row]) -> Row:
    def total(name: str) -> tuple[int, int]:
        hits, wanted = np.sum([getattr(row, name) for row in rows], axis=0)
        return int(hits), int(wanted)

    mouth = float(np.nanmean([row.mouth for row in rows]))
    return Row(mouth, total("blinks"), total("shut"), True)


def _show(clip: str, key: tuple[str, str], row: Row) -> None:
    (method, reader), (found, wanted), (shut, wholly) = key, row.blinks, row.shut
    still = "" if row.moves else "   still mouth"
    print(
        f"{clip:<24}{method:<8}{reader:<12}mouth {row.mouth:6.3f}   blinks {found} of {wanted}, "
        f"shut wholly {shut} of {wholly}{still}",
        flush=True,
    )


if __name__ == "__main__":
    main()
