"""How often the appearance of real faces is read right: balanced accuracies, hair masks, fairness."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
import pytest
from labelled import DRAWN, SMALL, Networks, balanced_accuracy, labelled_picture, rows

from gen_avatar.appearance import Reading, estimate_appearance
from gen_avatar.appearance.colour import hair_class, skin_step
from gen_avatar.appearance.decide import most_likely
from gen_avatar.appearance.parser import FaceParser
from gen_avatar.appearance.regions import REGIONS
from gen_avatar.appearance.styles import LENGTH_OF, family
from gen_avatar.loading import load_network
from gen_avatar.weights import checkpoint

OUTLINES = Path(__file__).parent / "data" / "hair_outlines.json"
#: Beard style → how the column ``beard`` calls it.
BEARDS = {
    "handlebar": "moustache", "walrus": "moustache", "van-dyke": "goatee", "soul-patch": "goatee",
    "chinstrap": "full",    "mutton-chops": "full", "boxed": "full", "long": "full",
}  # fmt: skip
Answers = dict[tuple[str, str], list[tuple[str, bool]]]


@pytest.fixture(scope="module")
def measured(shared_data: Path) -> tuple[Answers, dict[str, list[float]], dict[str, dict[str, list[bool]]]]:
    """Answers, overlap (IoU) of the hair mask by half, and for each attribute the answers by group of skin.

    Answers are (attribute, half) → [(first label, answered one of the labels)]. Half ``b`` was not looked at
    while anything was chosen; no person is in both. Small and drawn faces are answered under the attribute's
    name with ``, hard`` behind it.
    """
    networks, parser = Networks(), load_network(FaceParser, checkpoint("parser"))
    outlines = json.loads(OUTLINES.read_text(encoding="utf-8"))
    answers: Answers = defaultdict(list)
    overlaps: dict[str, list[float]] = defaultdict(list)
    groups: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for row in rows():
        hard = float(row["eye_distance"]) < SMALL or row["path"].startswith(DRAWN)
        rgb = labelled_picture(shared_data / "faces", row["path"])
        eyes = float(row["eye_x"]), float(row["eye_y"])
        found = networks(rgb, eyes, float(row["eye_distance"]))
        if found is None:
            continue
        track, mask = found
        reading = estimate_appearance(rgb, track, parser, mask)
        for name, label, right in judged(row, reading):
            answers[name + (", hard" if hard else ""), row["half"]].append((label, right))
            if row["skin"] != "-" and not hard:
                groups[name]["light" if int(row["skin"]) <= 3 else "deep"].append(right)
        key = f"{row['path']}@{row['eye_x']},{row['eye_y']}"
        outline = outlines.get(key) or outlines.get(row["path"])
        if outline is not None and not (outline.get("eyes") and key not in outlines):
            assert reading.parsed is not None
            labels = reading.parsed.photo_labels(*rgb.shape[:2])
            overlaps[row["half"]].append(
                overlap(labels == REGIONS.index("hair"), outline, eyes, float(row["eye_distance"]))
            )
    return answers, overlaps, groups


def judged(row: dict[str, str], reading: Reading) -> list[tuple[str, str, bool]]:
    """(attribute, first label, right) of all that the row tells."""
    look = reading.appearance
    assert reading.parsed is not None
    none = {
        name: "none" if getattr(look, f"{name}_style") == "none" else "some"
        for name in ("beard", "glasses", "headwear")
    }
    said = {
        "hair_color": {hair_class(look.hair_color) if look.confidence["hair_color"] else "unknown"},
        "hair_length": {LENGTH_OF[look.hair_style]},
        "styles": {look.hair_style},
        "texture": {most_likely("texture", reading.parsed.attributes["texture"])[0]},
        "beard": {BEARDS.get(look.beard_style, look.beard_style)},
    }
    out = []
    for name, words in said.items():
        labels = row[name].split("|")
        if labels != ["-"] and labels[0] != "unknown":
            out.append((name, labels[0], bool(words & set(labels))))
    kinds = [family(style) for style in row["styles"].split("|") if style != "unknown"]
    if kinds:
        out.append(("style family", kinds[0], family(look.hair_style) in kinds))
    for name, column in (("beard", "beard_type"), ("glasses", "glasses_shape"), ("headwear", "headwear")):
        labels = row[column].split("|")
        first = "none" if labels[0] == "none" else "some"
        out.append((f"any {name}", first, none[name] == first or (len(labels) > 1 and "none" in labels)))
    if row["skin"] != "-":
        out.append(("skin", row["skin"], abs(skin_step(look.skin_color) - int(row["skin"])) <= 1.5))
    return out


def overlap(hair: np.ndarray, outline: dict, eyes: tuple[float, float], unit: float) -> float:
    """IoU of a hair mask and an outline by hand, round the head; 1 where there is no hair in either."""
    truth = np.zeros(hair.shape, np.uint8)
    cv2.fillPoly(truth, [np.array(p, np.int32) for p in outline["hair"]], 1)
    for hole in outline["holes"]:
        cv2.fillPoly(truth, [np.array(hole, np.int32)], 0)
    y, x = np.mgrid[: hair.shape[0], : hair.shape[1]]
    near = (np.abs(x - eyes[0]) < 2.2 * unit) & (y > eyes[1] - 2 * unit) & (y < eyes[1] + 3.5 * unit)
    both, either = (hair & (truth > 0) & near).sum(), ((hair | (truth > 0)) & near).sum()
    return float(both / either) if either else 1.0


#: A little below what was measured on both halves: skin .87, hair colour .80, hair length .91, family of the
#: style .68, kind of beard .80, any beard .92, any glasses .95; texture .47 hangs on one coily head of five
#: classes.
FLOORS = {
    "skin": 0.8, "texture": 0.4, "hair_color": 0.74, "hair_length": 0.85, "style family": 0.6, "beard": 0.7,
    "any beard": 0.86, "any glasses": 0.88,
}  # fmt: skip


@pytest.mark.parametrize("name", FLOORS)
def test_balanced_accuracy(measured, name: str) -> None:
    answers = measured[0]
    both = answers[name, "a"] + answers[name, "b"]
    assert len(both) > 55
    figures = {half: balanced_accuracy(answers[name, half]) for half in "ab"}
    plain = float(np.mean([right for _, right in both]))
    rest = [right for half in "ab" for _, right in answers[f"{name}, hard", half]]
    together = balanced_accuracy(both)
    print(f"{name}: balanced {together:.2f}, plain {plain:.2f} on {len(both)}; "
          + ", ".join(f"{h} {v:.2f}" for h, v in figures.items())
          + f"; {sum(rest)} of {len(rest)} small or drawn faces")  # fmt: skip
    assert together >= FLOORS[name], figures


def test_headwear(measured) -> None:
    """Of faces of all sizes: of those that are large enough for the other figures only one wears any."""
    name = "any headwear"
    both = [answer for half in "ab" for kind in (name, f"{name}, hard") for answer in measured[0][kind, half]]
    share = {what: [right for label, right in both if label == what] for what in ("some", "none")}
    print({what: f"{sum(right)} of {len(right)}" for what, right in share.items()})
    assert len(share["some"]) >= 10
    assert balanced_accuracy(both) >= 0.78


def test_hair_masks(measured) -> None:
    overlaps = measured[1]
    print({half: round(float(np.mean(values)), 3) for half, values in overlaps.items()})
    assert len(overlaps["a"] + overlaps["b"]) >= 17
    assert float(np.mean(overlaps["a"] + overlaps["b"])) > 0.75


def test_groups_of_skin_are_served_alike(measured) -> None:
    for name, groups in measured[2].items():
        shares = {group: round(float(np.mean(values)), 2) for group, values in groups.items()}
        print(name, shares, {group: len(values) for group, values in groups.items()})
        if name in ("hair_color", "hair_length", "any beard", "any glasses", "skin"):
            assert abs(shares["light"] - shares["deep"]) <= (0.2 if name == "skin" else 0.15), name
