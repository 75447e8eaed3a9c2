"""Can a stranger tell whose avatar is whose? Blind sheets of photos and avatars, and their score.

    python -m training.likeness_test sheet PHOTOS -o sheet.png        # also writes sheet.key.json
    python -m training.likeness_test score sheet.key.json answers.txt # such as "1=C 2=A 3=B"

PHOTOS is a folder, or a CSV list with the columns path, eye_x, eye_y (the middle between the eyes, pixels;
paths are relative to the list). Several pairs of key and answers add up to one score.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import random
import re
import string
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gen_avatar.appearance.colour import hex_to_lab
from gen_avatar.appearance.regions import crop_face
from gen_avatar.errors import GenAvatarError, MediaError, NoFaceError, UsageError
from gen_avatar.media import atomic_path, atomic_write_text, read_image
from gen_avatar.types import Appearance, Character, FaceTrack

if TYPE_CHECKING:
    from gen_avatar.pipeline import AvatarPipeline

PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
#: Outer eye corners closer than this say too little of a face, pixels.
MIN_EYE_DISTANCE = 40.0
#: Side of a picture on the sheet; of its head crop: pixels per unit of the face frame, the face's origin.
TILE, CROP_SCALE, CROP_ORIGIN = 208, 62.0, (104.0, 112.0)
#: Pictures in a row of either side.
COLUMNS = 2
#: People who are read for one place on a sheet of similar hair.
POOL = 4


@dataclass(frozen=True)
class Candidate:
    """A photo, and which face of it: the one nearest to ``eyes`` (x, y), by default the largest."""

    path: Path
    eyes: tuple[float, float] | None = None


@dataclass(frozen=True)
class Person:
    """One who was read: the photo's path, its head crop [TILE, TILE, 3] uint8, and the character."""

    path: Path
    crop: np.ndarray
    character: Character


@dataclass(frozen=True)
class Score:
    """``right`` answers of ``asked``, where guessing gives ``chance`` of them (a share)."""

    right: int
    asked: int
    chance: float

    @property
    def share(self) -> float:
        """Share of right answers."""
        return self.right / self.asked

    def interval(self, z: float = 1.96) -> tuple[float, float]:
        """Wilson's interval of the share, 95 % by default."""
        n, p = self.asked, self.share
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)


def candidates(source: Path) -> list[Candidate]:
    """The photos of a folder (with its subfolders) or of a CSV list, one face a file.

    Raises:
        UsageError: a list without the column ``path``, or with a position that is no number.
        MediaError: neither a folder nor a readable list.
    """
    if source.is_dir():
        return [Candidate(p) for p in sorted(source.rglob("*")) if p.suffix.lower() in PHOTO_SUFFIXES]
    try:
        with source.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise MediaError(f"cannot read {source}: {error}") from error
    found: dict[Path, Candidate] = {}
    for row in rows:
        if not row.get("path"):
            raise UsageError(f"{source}: a list of photos needs the column path (and eye_x, eye_y)")
        path = source.parent / row["path"]
        try:
            eyes = (float(row["eye_x"]), float(row["eye_y"])) if row.get("eye_x") else None
        except (KeyError, TypeError, ValueError):
            raise UsageError(f"{source}: eye_x and eye_y of {row['path']} must be numbers") from None
        found.setdefault(path, Candidate(path, eyes))
    return list(found.values())


def group(path: Path) -> str:
    """Files of one group probably show the same people: the name without its trailing numbers."""
    return f"{path.parent}/{re.sub(r'[-_ .]*(frame|f|t)?[-_ .]*[0-9]+$', '', path.stem) or path.stem}"


def nearest_face(tracks: Sequence[FaceTrack], eyes: tuple[float, float] | None) -> FaceTrack:
    """The largest face, or the one whose eyes are nearest; ``NoFaceError`` if none is there or near."""
    if not tracks:
        raise NoFaceError("no human face found")
    if eyes is None:
        return tracks[0]
    off = [float(np.linalg.norm(_eyes(track) - eyes)) for track in tracks]
    best = int(np.argmin(off))
    if off[best] > tracks[best].eye_distance:
        raise NoFaceError(f"no face near {eyes}")
    return tracks[best]


def _eyes(track: FaceTrack) -> np.ndarray:
    corners = (33, 263) if track.scheme == "facemesh478" else (36, 45)
    return track.landmarks[list(corners), :2].mean(0)


def read_person(pipe: AvatarPipeline, candidate: Candidate) -> Person:
    """Track, fit and crop one face.

    Raises:
        NoFaceError: no such face, or one that is smaller than ``MIN_EYE_DISTANCE``.
        MediaError: the photo cannot be read.
    """
    image = read_image(candidate.path)
    tracks = pipe.tracker.detect(image)
    track = nearest_face(tracks, candidate.eyes)
    if track.eye_distance < MIN_EYE_DISTANCE:
        raise NoFaceError("the face is too small")
    number = next(i for i, other in enumerate(tracks) if other is track)
    crop = crop_face(image, track, CROP_SCALE, (TILE, TILE), CROP_ORIGIN)
    shown = np.where(crop.valid[..., None], crop.rgb, np.uint8(235))
    return Person(candidate.path, shown, pipe.fit(image, number).character)


def choose_people(
    pipe: AvatarPipeline, source: Sequence[Candidate], count: int, seed: int, similar: bool
) -> list[Person]:
    """``count`` different people by lot; raises ``UsageError`` if there are not as many.

    ``similar`` reads ``POOL`` times as many and keeps those whose hair is most like one of them.
    """
    rng = random.Random(seed)
    queue = list(source)
    # Clips and stills show one person many times; pictures of a data set are each somebody else.
    rng.shuffle(queue)
    wanted = count * POOL if similar else count
    people: list[Person] = []
    for candidate in queue:
        if len(people) == wanted:
            break
        if is_clip(candidate.path) and any(group(candidate.path) == group(p.path) for p in people):
            continue
        try:
            people.append(read_person(pipe, candidate))
        except GenAvatarError:
            continue  # not every picture of a folder shows a face that can be judged
    if len(people) < count:
        raise UsageError(f"only {len(people)} faces that can be judged, --count {count} needs more photos")
    return most_alike(people, count) if similar else people


def is_clip(path: Path) -> bool:
    """Whether a file is one of many of the same people, by its folder."""
    return path.parent.name in ("clips", "stills", "groups")


def most_alike(people: Sequence[Person], count: int) -> list[Person]:
    """The person with the closest company, and the ``count`` - 1 whose hair is nearest."""
    looks = [person.character.appearance for person in people]
    apart = np.array([[hair_distance(a, b) for b in looks] for a in looks])
    order = apart.argsort(1, kind="stable")[:, :count]
    tightest = int(np.take_along_axis(apart, order, 1).sum(1).argmin())
    return [people[i] for i in order[tightest]]


def hair_distance(one: Appearance, other: Appearance) -> float:
    """How different two heads of hair look: ΔE of the colour, and 20 for another style."""
    color = float(np.linalg.norm(hex_to_lab(one.hair_color) - hex_to_lab(other.hair_color)))
    return color + 20.0 * (one.hair_style != other.hair_style)


def neutral_clothes(character: Character) -> Character:
    """The same person in the default jumper, so that clothes do not give them away."""
    plain = Appearance()
    looks = replace(character.appearance, cloth_style=plain.cloth_style, cloth_color=plain.cloth_color)
    return replace(character, appearance=looks)


def blind_order(count: int, seed: int) -> list[int]:
    """Photo that each lettered place shows, by lot."""
    order = list(range(count))
    random.Random(f"letters {seed}").shuffle(order)
    return order


def draw_sheet(photos: Sequence[np.ndarray], avatars: Sequence[Image.Image]) -> Image.Image:
    """Numbered photos on the left, lettered avatars (as given) on the right, on a light page."""
    gap, label, margin = 12, 26, 28
    rows = -(-len(photos) // COLUMNS)
    half = COLUMNS * (TILE + gap)
    page = Image.new("RGB", (2 * margin + 2 * half + 48, 2 * margin + rows * (TILE + label + gap)), "#fafaf7")
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(20)
    for side, pictures in enumerate(([Image.fromarray(p) for p in photos], avatars)):
        names = [str(i + 1) for i in range(len(pictures))] if side == 0 else string.ascii_uppercase
        for i, picture in enumerate(pictures):
            x = margin + side * (half + 48) + i % COLUMNS * (TILE + gap)
            y = margin + i // COLUMNS * (TILE + label + gap)
            draw.text((x + TILE / 2, y), names[i], "#222222", font, anchor="mt")
            tile = picture.convert("RGBA").resize((TILE, TILE), Image.Resampling.LANCZOS)
            page.paste(tile, (x, y + label), tile)
    draw.line(((page.width // 2, margin), (page.width // 2, page.height - margin)), "#d0d0c8", 2)
    return page


def parse_answers(text: str, count: int) -> dict[int, str]:
    """``"1=C 2=A"`` (also ``1: c``) as number → letter; a number may be left out.

    Raises:
        UsageError: nothing that reads as an answer, a number or letter that is not there, one number twice.
    """
    letters = string.ascii_uppercase[:count]
    answers: dict[int, str] = {}
    for number, letter in re.findall(r"(\d+)\s*[=:]\s*([A-Za-z])\b", text):
        place = int(number)
        if not 1 <= place <= count or letter.upper() not in letters:
            raise UsageError(f"the answer {number}={letter} is not on the sheet: 1-{count}, A-{letters[-1]}")
        if place in answers:
            raise UsageError(f"photo {place} is answered twice")
        answers[place] = letter.upper()
    if not answers:
        raise UsageError("no answers found: write them as 1=C 2=A")
    return answers


def score(sheets: Sequence[tuple[Mapping[int, str], Mapping[int, str]]]) -> Score:
    """Sum over sheets of (key, answers), both number → letter; what is not answered counts as wrong."""
    asked = sum(len(key) for key, _ in sheets)
    right = sum(answers.get(place) == letter for key, answers in sheets for place, letter in key.items())
    return Score(right, asked, len(sheets) / asked)  # guessing a permutation gets one right a sheet


def read_key(path: Path) -> dict[int, str]:
    """Number → letter of a key file; raises ``MediaError``."""
    try:
        return {int(k): str(v) for k, v in json.loads(path.read_text(encoding="utf-8"))["key"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise MediaError(f"{path} is not a key of a sheet: {error}") from error


def make_sheet(args: argparse.Namespace) -> None:
    """Read people, draw them, write the sheet and its key."""
    from gen_avatar.pipeline import AvatarPipeline

    if not 2 <= args.count <= 26:
        raise UsageError(f"--count must lie from 2 to 26, not {args.count}")
    pipe = AvatarPipeline.from_pretrained()
    people = choose_people(pipe, candidates(args.source), args.count, args.seed, args.similar)
    order = blind_order(len(people), args.seed)
    avatars = []
    for place in order:
        who = people[place].character
        avatars.append(pipe(neutral_clothes(who) if args.neutral_clothes else who, args.look).images[0])
    sheet = draw_sheet([p.crop for p in people], avatars)
    key = {str(place + 1): string.ascii_uppercase[i] for i, place in enumerate(order)}
    with atomic_path(args.output) as temporary:
        sheet.save(temporary, format="PNG")
    photos = {str(i + 1): str(p.path) for i, p in enumerate(people)}
    text = json.dumps({"key": dict(sorted(key.items(), key=lambda k: int(k[0]))), "photos": photos}, indent=2)
    atomic_write_text(args.output.with_suffix(".key.json"), text + "\n")


def print_score(args: argparse.Namespace) -> None:
    """Read pairs of key and answers, print the score."""
    if len(args.files) % 2:
        raise UsageError("score takes pairs: KEY ANSWERS [KEY ANSWERS ...]")
    sheets = []
    for key_path, answer_path in zip(args.files[::2], args.files[1::2], strict=True):
        key = read_key(key_path)
        try:
            text = answer_path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise MediaError(f"cannot read {answer_path}: {error}") from error
        sheets.append((key, parse_answers(text, len(key))))
    result = score(sheets)
    low, high = result.interval()
    print(
        f"right {result.right} of {result.asked} ({result.share:.0%}), chance {result.chance:.0%}, "
        f"95 % interval {low:.0%} to {high:.0%}"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(required=True)
    sheet = commands.add_parser("sheet", help="write a blind sheet and its key")
    sheet.set_defaults(run=make_sheet)
    sheet.add_argument("source", type=Path)
    sheet.add_argument("-o", "--output", type=Path, required=True)
    sheet.add_argument("--count", type=int, default=10)
    sheet.add_argument("--seed", type=int, default=0)
    sheet.add_argument("--look", default="toon")
    sheet.add_argument("--similar", action="store_true", help="people of similar hair")
    sheet.add_argument("--neutral-clothes", action=argparse.BooleanOptionalAction, default=True)
    scoring = commands.add_parser("score", help="of answer sheets")
    scoring.set_defaults(run=print_score)
    scoring.add_argument("files", type=Path, nargs="+", metavar="KEY ANSWERS")
    args = parser.parse_args(argv)
    try:
        args.run(args)
    except GenAvatarError as error:
        print(f"likeness_test: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
