"""Moments of people for the warper: pictures, keypoints, and the true motion between them.

    python -m training.warp_data --out .cache/warp --people 320 --jobs 2
    python -m training.warp_data --out .cache/warp-photos --people 160 --photos --jobs 2

A store is a folder of shards of eight people. A shard is a function of its number and appears when complete.
Studio people come in two looks each, with a transparent background; photo-like ones before a scene, the
same in all moments.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from gen_avatar.errors import UsageError
from gen_avatar.types import Character, Performance
from gen_avatar.warp.points import KeypointPlan, plan_keypoints
from gen_avatar.warp.puppet import posed_points
from training.photos.look import sample_look
from training.studio import LOOKS, default_model, paint, pose
from training.studio.people import person_seed, sample_performance, sample_person
from training.studio.truth import flow
from training.warp_photos import Actor

SIZE = 256
#: People of a shard, moments of a person.
PEOPLE, MOMENTS = 8, 4
#: Side of the stored flow, and which moment's flow is stored: of moment t towards moment t + step.
FLOW_SIZE, STEPS = 128, (1, 2)
#: Square of a drawn photo (x, y, side; pixels) that becomes the picture.
_PHOTO_CROP = (8.0, 10.0, 416.0)


@lru_cache(maxsize=1)
def keypoint_plan() -> KeypointPlan:
    """Keypoints on the skin that all heads share."""
    head = default_model().head
    return plan_keypoints(head.rest, head.triangles, head.landmarks)


def moments(seed: int) -> list[Performance]:
    """What a person does: different faces, without props; the first is calm as most stills are."""
    acts = [replace(sample_performance(1000 * seed + i), props=()) for i in range(MOMENTS)]
    calm = acts[0]
    acts[0] = replace(calm, expression=0.3 * calm.expression, head_rotation=0.5 * calm.head_rotation)
    return acts


def looks_of(index: int) -> tuple[str, ...]:
    """The looks of studio person ``index``: pairs take turns."""
    names = list(LOOKS)
    return names[index % len(names)], names[
        (index + 1 + (index // len(names)) % (len(names) - 1)) % len(names)
    ]


def studio_keypoints(person: Character, act: Performance, index: int = 0) -> np.ndarray:
    """[K, 1 + P, 2] keypoints with their patches of a moment in the studio's picture, shares of the side."""
    posed = pose(person, act, index)
    points = posed_points(posed, keypoint_plan())
    return posed.camera.project(points.reshape(-1, 3), 1)[:, :2].reshape(*points.shape[:2], 2)


def draw_studio(split: str, index: int) -> dict[str, np.ndarray]:
    """One studio person; fields as of :class:`Shard` without the first axis."""
    seed = person_seed(split, index)
    person, acts = sample_person(seed), moments(seed)
    pictures = [
        [_bytes(paint(pose(person, act), person.appearance, look, SIZE)) for act in acts]
        for look in looks_of(index)
    ]
    flows = [
        [flow(person, acts[t], acts[(t + step) % MOMENTS], FLOW_SIZE) for step in STEPS]
        for t in range(MOMENTS)
    ]
    return {
        "pictures": np.array(pictures),
        "points": np.stack([studio_keypoints(person, act) for act in acts]).astype(np.float32),
        "flow": np.array([[f for f, _ in row] for row in flows], np.float16),
        "seen": np.array([[s for _, s in row] for row in flows]),
    }


def draw_photos(actor: Actor, split: str, index: int) -> dict[str, np.ndarray]:
    """One photo-like person; fields as of :class:`Shard` without the first axis, and no flow."""
    seed = person_seed(split, index)
    rng = np.random.default_rng([seed, 11])
    look = sample_look(rng)
    pictures, points = [], []
    for t, act in enumerate(moments(seed)):
        act = replace(act, head_rotation=act.head_rotation * np.float32(0.6))
        picture, places = actor.act(seed, look, None if t == 0 else act, keypoint_plan())
        left, top, side = _PHOTO_CROP
        gain = SIZE / side
        # Pixel centres lie at halves in our frames and at integers in OpenCV's.
        matrix = np.array(
            [[gain, 0, -left * gain + 0.5 * gain - 0.5], [0, gain, -top * gain + 0.5 * gain - 0.5]]
        )
        soft = cv2.GaussianBlur(picture.rgb, (0, 0), 0.5)
        small = cv2.warpAffine(soft, matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR)
        pictures.append(np.dstack([small, np.full((SIZE, SIZE), 255, np.uint8)]))
        points.append((places - [left, top]) / side)
    return {"pictures": np.array([pictures]), "points": np.array(points, np.float32)}


def _bytes(picture: np.ndarray) -> np.ndarray:
    return np.round(picture * 255).clip(0, 255).astype(np.uint8)


def draw_shard(out: Path, number: int, split: str, photos: bool) -> Path:
    """Draw one shard unless it is there."""
    path = out / f"{number:05d}.npz"
    if path.exists():
        return path
    cv2.setNumThreads(1)
    people = range(number * PEOPLE, (number + 1) * PEOPLE)
    if photos:
        actor = Actor(_head())
        rows = [draw_photos(actor, split, i) for i in people]
    else:
        rows = [draw_studio(split, i) for i in people]
    staged = path.with_suffix(".part")
    with staged.open("wb") as file:
        np.savez(file, **{key: np.stack([row[key] for row in rows]) for key in rows[0]})  # type: ignore[arg-type]
    staged.replace(path)
    return path


def _head():  # type: ignore[no-untyped-def]
    from gen_avatar.head.model import MorphableHead
    from gen_avatar.weights import checkpoint

    return MorphableHead.from_pretrained(checkpoint("head"))


@dataclass(frozen=True)
class Shard:
    """All of one kind of people.

    Attributes:
        pictures: [N, L, T, SIZE, SIZE, 4] uint8, straight alpha.
        points: [N, T, K, 1 + P, 2] float32, shares of the side.
        flow: [N, T, len(STEPS), FLOW_SIZE, FLOW_SIZE, 2] float16 pixels of FLOW_SIZE, from moment t to
            moment (t + STEPS[i]) % T; seen: the same without the last axis, bool. None for photos.
    """

    pictures: np.ndarray
    points: np.ndarray
    flow: np.ndarray | None
    seen: np.ndarray | None


def load(folders: Sequence[Path]) -> list[Shard]:
    """All shards of the folders; raises ``UsageError`` where there are none."""
    shards = []
    for folder in folders:
        for path in sorted(folder.glob("*.npz")):
            with np.load(path, allow_pickle=False) as data:
                fields: dict[str, Any] = {
                    k: data[k] if k in data.files else None for k in ("pictures", "points", "flow", "seen")
                }
            shards.append(Shard(**fields))
    if not shards:
        raise UsageError(f"nothing is drawn in {', '.join(map(str, folders))}: run training.warp_data")
    return shards


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Draw moments of people for the warper.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--people", type=int, default=320)
    parser.add_argument("--photos", action="store_true", help="photo-like people instead of the studio's")
    parser.add_argument("--split", default="train", choices=("train", "heldout"))
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    count = (args.people + PEOPLE - 1) // PEOPLE
    with ProcessPoolExecutor(args.jobs, mp_context=get_context("spawn")) as pool:
        tasks = [pool.submit(draw_shard, args.out, i, args.split, args.photos) for i in range(count)]
        for task in tqdm(tasks, unit="shard"):
            task.result()


if __name__ == "__main__":
    main()
