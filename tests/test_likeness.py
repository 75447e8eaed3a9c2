"""The blind likeness test and the sheet that explains an avatar."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gen_avatar.appearance.regions import REGIONS
from gen_avatar.errors import MediaError, NoFaceError, UsageError
from gen_avatar.export.explain import REGION_COLORS, explain_sheet
from gen_avatar.types import Appearance, Character, FaceTrack
from training import likeness_test as likeness


def face(x: float = 100.0, eyes: float = 60.0) -> FaceTrack:
    points = np.zeros((68, 3), np.float32)
    points[:, 0] = x + np.linspace(-eyes, eyes, 68)
    points[:, 1] = 100 + np.linspace(0, eyes, 68)
    points[36], points[45] = (x - eyes / 2, 100, 0), (x + eyes / 2, 100, 0)
    points[33] = (x, 100 + 0.57 * eyes, 0)
    return FaceTrack(points, (0, 0, 200, 200), 1.0, (200, 200))


def test_answers_are_read_and_scored() -> None:
    key = {1: "C", 2: "A", 3: "B"}
    result = likeness.score([(key, likeness.parse_answers("1=C, 2: b\n3=b", 3)), (key, {1: "C"})])
    assert (result.right, result.asked) == (3, 6)
    assert result.chance == pytest.approx(1 / 3)
    low, high = likeness.Score(6, 10, 0.1).interval()
    assert (low, high) == (pytest.approx(0.3127, abs=1e-3), pytest.approx(0.8318, abs=1e-3))


@pytest.mark.parametrize("text", ["", "1=Z", "4=A", "1=A 1=B"])
def test_bad_answers_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        likeness.parse_answers(text, 3)


def test_a_list_gives_each_file_once(tmp_path: Path) -> None:
    table = tmp_path / "list.csv"
    table.write_text("path,eye_x,eye_y\na.jpg,1,2\na.jpg,3,4\nb.jpg,5,6\n")
    found = likeness.candidates(table)
    assert [(c.path.name, c.eyes) for c in found] == [("a.jpg", (1.0, 2.0)), ("b.jpg", (5.0, 6.0))]
    table.write_text("path,eye_x,eye_y\na.jpg,x,2\n")
    with pytest.raises(UsageError, match=r"a\.jpg"):
        likeness.candidates(table)
    with pytest.raises(MediaError):
        likeness.candidates(tmp_path / "none.csv")


def test_the_face_at_the_eyes_is_taken() -> None:
    tracks = [face(100), face(300)]
    assert likeness.nearest_face(tracks, (302, 98)) is tracks[1]
    assert likeness.nearest_face(tracks, None) is tracks[0]
    with pytest.raises(NoFaceError):
        likeness.nearest_face(tracks, (900, 100))


def test_similar_hair_keeps_company() -> None:
    looks = ["#101010", "#f0e0a0", "#121010", "#141212"]
    people = [
        likeness.Person(
            Path(str(i)), np.zeros((1, 1, 3), np.uint8), Character(appearance=Appearance(hair_color=c))
        )
        for i, c in enumerate(looks)
    ]
    assert {p.path.name for p in likeness.most_alike(people, 3)} == {"0", "2", "3"}


def test_letters_are_shuffled_and_clothes_plain() -> None:
    order = likeness.blind_order(10, 1)
    assert sorted(order) == list(range(10)) and order != list(range(10))
    dressed = Character(appearance=Appearance(cloth_color="#ff0000", cloth_style="hoodie", hair_style="bob"))
    plain = likeness.neutral_clothes(dressed).appearance
    assert (plain.cloth_color, plain.cloth_style) == (Appearance().cloth_color, "jumper")
    assert plain.hair_style == "bob"


def test_a_sheet_holds_every_picture() -> None:
    photos = [np.full((likeness.TILE, likeness.TILE, 3), (200, 10 * i, 0), np.uint8) for i in range(3)]
    avatars = [Image.new("RGBA", (64, 64), (0, 10 * i, 200, 255)) for i in range(3)]
    colors = {c for _, c in likeness.draw_sheet(photos, avatars).getcolors(1 << 20) or []}
    assert {(200, 10 * i, 0) for i in range(3)} | {(0, 10 * i, 200) for i in range(3)} <= colors


def test_the_explaining_sheet_shows_swatches_and_regions() -> None:
    photo, avatar = np.full((200, 200, 3), 90, np.uint8), np.full((64, 64, 4), 255, np.uint8)
    looks = Appearance(hair_color="#123456", confidence={"hair_color": 0.5})
    regions = np.full((200, 200), REGIONS.index("hair"), np.uint8)
    assert len(REGION_COLORS) == len(set(REGION_COLORS)) == len(REGIONS)
    page = explain_sheet(photo, face(), regions, looks, avatar, "me.jpg")
    colors = {c for _, c in page.getcolors(1 << 20) or []}
    assert {(0x12, 0x34, 0x56), (0x6A, 0x3D, 0x9A)} <= colors
    assert explain_sheet(photo, face(), None, looks, avatar).size == page.size
    with pytest.raises(UsageError):
        explain_sheet(photo, face(), regions[:50], looks, avatar)
    with pytest.raises(UsageError):
        explain_sheet(photo, face(), np.full((200, 200), 99, np.uint8), looks, avatar)
