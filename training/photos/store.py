"""Drawn photos on disk: shards of crops, labels and answers, as the parser is trained on them.

    python -m training.photos.store --out .cache/photos --count 12000 --jobs 2

Every picture has its own seed, so the number of jobs changes nothing and drawing resumes where it stopped.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from gen_avatar.appearance.parser import ATTRIBUTES, FACE_VIEW, HEAD_VIEW
from gen_avatar.appearance.styles import LENGTH_OF
from gen_avatar.errors import UsageError
from gen_avatar.head.model import MorphableHead
from gen_avatar.tracking.segmentation import person_mask
from gen_avatar.types import FaceTrack
from gen_avatar.weights import checkpoint
from training.photos.labels import LABEL
from training.photos.look import sample_look
from training.photos.render import HEIGHT, ORIGIN, SCALE, WIDTH, PhotoStudio, Picture

#: Pictures of a shard.
SHARD = 64
#: Faces of a shard: painting one takes as long as the rest of a picture, so each is drawn several times.
_FACES = 14
#: Strength from which on freckles count.
_FRECKLED = 0.35
#: Pixels of hair from which on it can be told what it is like.
_ENOUGH_HAIR = 900
#: Headwear that hides the cut, and more that hides the hairline.
_COVERING = ("hijab", "turban", "helmet", "beanie", "bandana")
_OVER_HAIRLINE = ("cap", "straw-hat", "bucket-hat", "fedora", "beret")
#: Seeds of the held-out pictures start here.
HELDOUT = 10_000_000


def answers(picture: Picture) -> np.ndarray:
    """[A] int8: the index of the true answer to each of ``ATTRIBUTES``, -1 where nobody can tell."""
    person, hairdo = picture.person, picture.hairdo
    seen = (picture.labels == LABEL["hair"]).sum() > _ENOUGH_HAIR
    covered = person.hat in _COVERING
    styled = "?" if covered or (person.hat != "none" and not seen) else person.style
    bald = {"bald": "bald", "receding": "receding", "balding": "bald"}.get(person.style, "full")
    length = LENGTH_OF[person.style]
    if styled == "?":
        length = "?" if person.hat in ("hijab", "turban") or not seen else length
    said = {
        "hair_style": styled,
        "texture": hairdo.texture if seen else ("none" if styled == "bald" else "?"),
        "hair_length": length,
        "fringe": "?" if styled == "?" else ("yes" if hairdo.fringe else "no"),
        "parting": "?" if styled == "?" else hairdo.parting,
        "hairline": "hidden" if covered or person.hat in _OVER_HAIRLINE else bald,
        "hair_color": person.hair if seen else "?",
        "beard_style": person.beard,
        "glasses_style": person.glasses,
        "headwear_style": person.hat,
        "earrings": "yes" if person.earrings else "no",
        "age": person.age,
        "freckles": "yes" if picture.look.freckles > _FRECKLED else "no",
        "skin": str(person.monk + 1),
        "eye_color": eye_class(np.array(picture.look.iris)),
    }
    if picture.colorless:
        said |= dict.fromkeys(("hair_color", "skin", "eye_color"), "?")
    return np.array([v.index(said[k]) if said[k] in v else -1 for k, v in ATTRIBUTES.items()], np.int8)


def eye_class(iris: np.ndarray) -> str:
    """brown, blue, green or grey, of sRGB [3] in [0, 1]."""
    red, green, blue = iris
    if red > 1.15 * blue and red >= green * 0.98:
        return "brown"
    if green > blue * 1.03:
        return "green"
    return "blue" if blue > red * 1.15 else "grey"


def crops(picture: Picture) -> dict[str, np.ndarray]:
    """What is stored of a picture.

    Returns:
        ``points`` [68, 2], pixels of the picture, ``answers`` [A], and of either view (``head_``, ``face_``)
        ``rgb`` [H, W, 3] uint8, ``valid`` [H, W] bool, ``person`` [H, W] uint8 and ``labels`` [H, W] uint8.
    """
    points = picture.landmarks[:, :2]
    box = (*points.min(0), *points.max(0))
    person = person_mask(picture.rgb, FaceTrack(picture.landmarks, box, 1.0, (HEIGHT, WIDTH)))
    out: dict[str, np.ndarray] = {"points": picture.points, "answers": answers(picture)}
    for name, (scale, size, origin) in (("head", HEAD_VIEW), ("face", FACE_VIEW)):
        factor = scale / SCALE
        shift = np.array(origin) - np.array(ORIGIN) * factor
        out[f"{name}_rgb"] = _cut(picture.rgb, factor, shift, size)
        valid = _cut(picture.valid.astype(np.uint8) * 255, factor, shift, size) > 127
        out[f"{name}_valid"] = valid
        out[f"{name}_person"] = (_cut(person, factor, shift, size) * 255).astype(np.uint8)
        masks = ((picture.labels == label).astype(np.float32) for label in LABEL.values())
        shares = np.stack([_cut(mask, factor, shift, size) for mask in masks])
        # Beyond the photo's edge there is nothing to tell.
        out[f"{name}_labels"] = shares.argmax(0).astype(np.uint8) * valid
    return out


def _cut(plane: np.ndarray, factor: float, shift: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Crop of ``size`` (width, height) of a plane, scaled by ``factor`` and moved by ``shift`` [2] pixels."""
    soft = cv2.GaussianBlur(plane, (0, 0), 0.45 / factor) if factor < 0.7 else plane
    # Pixel centres lie at halves in our frames and at integers in OpenCV's.
    offset = shift + 0.5 * factor - 0.5
    matrix = np.array([[factor, 0, offset[0]], [0, factor, offset[1]]])
    return cv2.warpAffine(soft, matrix, size, flags=cv2.INTER_LINEAR)


def draw_shard(out: Path, shard: int, start: int) -> Path:
    """Draw shard number ``shard`` unless it is there; ``start``: seed of the first picture of all."""
    path = out / f"{shard:05d}.npz"
    if path.exists():
        return path
    cv2.setNumThreads(1)
    studio = PhotoStudio(MorphableHead.from_pretrained(checkpoint("head")))
    faces = [sample_look(np.random.default_rng([start, shard, 1 + i])) for i in range(_FACES)]
    rows = [
        crops(studio.draw(np.random.default_rng([start, shard * SHARD + i]), faces[i % _FACES]))
        for i in range(SHARD)
    ]
    staged = path.with_suffix(".part")
    with staged.open("wb") as file:
        np.savez(file, **{key: np.stack([row[key] for row in rows]) for key in rows[0]})  # type: ignore[arg-type]
    staged.replace(path)
    return path


def load(folder: Path) -> dict[str, np.ndarray]:
    """All shards of a folder as one array [N, ...] for each field of :func:`crops`.

    Raises:
        UsageError: the folder holds no shard.
    """
    shards = [np.load(path) for path in sorted(folder.glob("*.npz"))]
    if not shards:
        raise UsageError(f"{folder} holds no drawn photos: draw some with training.photos.store")
    return {key: np.concatenate([shard[key] for shard in shards]) for key in shards[0].files}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Draw photos of people who do not exist.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=12_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--heldout", action="store_true", help="people that training never sees")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    start = HELDOUT if args.heldout else 0
    shards = range((args.count + SHARD - 1) // SHARD)
    if args.jobs == 1:
        for shard in shards:
            print(draw_shard(args.out, shard, start), flush=True)
        return
    with ProcessPoolExecutor(args.jobs, mp_context=get_context("spawn")) as pool:
        for path in pool.map(draw_shard, [args.out] * len(shards), shards, [start] * len(shards)):
            print(path, flush=True)


if __name__ == "__main__":
    main()
