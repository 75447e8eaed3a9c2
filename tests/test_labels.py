"""The labels of real faces and the hair outlines: well-formed, and fair to both halves."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from gen_avatar.types import BEARD_STYLES, GLASSES_STYLES, HAIR_STYLES, HEADWEAR_STYLES

DATA = Path(__file__).parent / "data"
TAGS = ("bw", "tinted", "profile", "turned", "hand", "dark", "blurred", "shout", "smile", "occluded")
YES_NO = {"yes", "no", "unknown"}
#: What each column may say, and how many of it at most; the first is the best.
VOCABULARY = {
    "skin": ({*map(str, range(1, 11)), "-"}, 1),
    "hair_color": ({"black", "brown", "blond", "red", "grey", "-"}, 3),
    "hair_length": ({"none", "short", "medium", "long", "-"}, 3),
    "beard": ({"none", "stubble", "moustache", "goatee", "full"}, 3),
    "glasses": ({"yes", "no"}, 1),
    "texture": ({"straight", "wavy", "curly", "coily", "none", "unknown"}, 3),
    "styles": ({*HAIR_STYLES, "unknown"}, 4),
    "fringe": (YES_NO, 2),
    "parting": ({"none", "left", "right", "centre", "unknown"}, 3),
    "hairline": ({"full", "receding", "bald", "hidden"}, 2),
    "beard_type": (set(BEARD_STYLES), 3),
    "glasses_shape": (set(GLASSES_STYLES), 4),
    "headwear": (set(HEADWEAR_STYLES), 3),
    "earrings": (YES_NO, 2),
    "age": ({"child", "young", "middle", "old"}, 2),
    "freckles": (YES_NO, 2),
    "eye_color": ({"brown", "blue", "green", "grey", "unknown"}, 4),
    "tags": ({*TAGS, "none"}, 4),
}
#: Traits that each half must have, and in how many rows at least.
TRAITS = {
    "a beard": (lambda row: row["beard"].split("|")[0] != "none", 8),
    "a moustache": (lambda row: "moustache" in row["beard"].split("|"), 1),
    "glasses": (lambda row: row["glasses"] == "yes", 5),
    "a hat": (lambda row: set(row["headwear"].split("|")) - {"none"}, 2),
    "long hair": (lambda row: row["hair_length"].split("|")[0] == "long", 6),
    "wavy or curlier hair": (lambda row: row["texture"].split("|")[0] in ("wavy", "curly", "coily"), 6),
    "no hair": (lambda row: row["hair_length"].split("|")[0] == "none", 6),
    "pale skin": (lambda row: row["skin"] in ("1", "2"), 6),
    "skin of the steps 5 and more": (lambda row: row["skin"] not in "-1234", 4),
    "a child": (lambda row: row["age"] == "child", 1),
    "old age": (lambda row: row["age"].split("|")[0] == "old", 3),
    "earrings": (lambda row: row["earrings"] == "yes", 5),
    "a turned head": (lambda row: "turned" in row["tags"], 5),
}


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with (DATA / "appearance_labels.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def outlines() -> dict[str, dict]:
    """``path`` or ``path@x,y``, the place of the eyes where a photo shows several people → outline."""
    return json.loads((DATA / "hair_outlines.json").read_text(encoding="utf-8"))


def size_of(folder: Path, path: str) -> tuple[int, int]:
    """(width, height) of a photo or clip."""
    name = path.partition("#")[0]
    if name.endswith(".mp4"):
        clip = cv2.VideoCapture(str(folder / name))
        return int(clip.get(cv2.CAP_PROP_FRAME_WIDTH)), int(clip.get(cv2.CAP_PROP_FRAME_HEIGHT))
    picture = cv2.imread(str(folder / name))
    assert picture is not None, path
    return picture.shape[1], picture.shape[0]


def test_values_are_of_the_vocabulary(rows) -> None:
    assert len(rows) >= 105
    assert len({(row["path"], row["eye_x"], row["eye_y"]) for row in rows}) == len(rows), "no face twice"
    for number, row in enumerate(rows, 2):
        assert None not in row and None not in row.values(), number
        for name, (words, most) in VOCABULARY.items():
            said = row[name].split("|")
            assert set(said) <= words and len(said) == len(set(said)) <= most, (number, name, row[name])
            for alone in ("-", "unknown") if name == "styles" else ("-",):
                assert alone not in said or said == [alone], (number, name, row[name])


def test_columns_agree(rows) -> None:
    for number, row in enumerate(rows, 2):
        assert (row["glasses"] == "no") == (row["glasses_shape"] == "none"), number
        assert row["beard"].split("|")[0] in (*row["beard_type"].split("|"), "full"), number
        assert ("none" in row["beard"].split("|")) == ("none" in row["beard_type"].split("|")), number
        assert "none" not in row["tags"].split("|")[1:], number
        if row["hairline"] == "hidden":
            assert row["headwear"] != "none", number


def test_halves_are_balanced(rows) -> None:
    halves = {half: [row for row in rows if row["half"] == half] for half in "ab"}
    assert sum(map(len, halves.values())) == len(rows)
    assert 0.45 <= len(halves["a"]) / len(rows) <= 0.55
    for name, (has, least) in TRAITS.items():
        counts = {half: sum(bool(has(row)) for row in members) for half, members in halves.items()}
        assert min(counts.values()) >= least, (name, counts)
        assert max(counts.values()) <= 5 * min(counts.values()), (name, counts)


def test_a_film_is_in_one_half(rows) -> None:
    halves: dict[str, str] = {}
    for row in rows:
        name = row["path"].partition("#")[0]
        if name.startswith("clips/"):
            assert halves.setdefault(name, row["half"]) == row["half"], name


def test_eyes_are_in_the_pictures(rows, shared_data: Path) -> None:
    sizes = {}
    for row in rows:
        path = row["path"].partition("#")[0]
        if path not in sizes:
            sizes[path] = size_of(shared_data / "faces", path)
        width, height = sizes[path]
        assert 0 <= float(row["eye_x"]) < width and 0 <= float(row["eye_y"]) < height, row
        assert 0 < float(row["eye_distance"]) < width, row


def test_outlines_are_polygons_of_labelled_faces(rows, outlines) -> None:
    assert len(outlines) >= 20
    halves = []
    for key, outline in outlines.items():
        path, _, eyes = key.partition("@")
        assert outline.get("eyes") == ([int(v) for v in eyes.split(",")] if eyes else None), key
        here = [
            row["half"]
            for row in rows
            if row["path"] == path and (not eyes or f"{row['eye_x']},{row['eye_y']}" == eyes)
        ]
        assert len(here) == 1, key
        halves += here
        width, height = outline["size"]
        for polygon in (*outline["hair"], *outline["holes"]):
            points = np.array(polygon)
            assert points.ndim == 2 and points.shape[0] >= 3 and points.shape[1] == 2, key
            assert (points >= 0).all() and (points < [width, height]).all(), key
            assert cv2.contourArea(points.astype(np.float32)) > 0, key
        filled = np.zeros((height, width), np.uint8)
        cv2.fillPoly(filled, [np.array(p, np.int32) for p in outline["hair"]], 1)
        for hole in outline["holes"]:
            inside = np.zeros_like(filled)
            cv2.fillPoly(inside, [np.array(hole, np.int32)], 1)
            assert filled[inside > 0].mean() > 0.9, f"{key}: a hole is in the hair"
    assert halves.count("a") == halves.count("b")


def test_outlines_fit_their_pictures(outlines, shared_data: Path) -> None:
    for key, outline in outlines.items():
        assert size_of(shared_data / "faces", key.partition("@")[0]) == tuple(outline["size"]), key
