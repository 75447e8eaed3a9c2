"""Drawn photos of people: labels, hair, batches and stores; training of the parser and what it parses."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

import training.photos.render as render
import training.photos.store as store_module
import training.train_parser as loop
from gen_avatar.appearance.parser import ATTRIBUTES, FACE_VIEW, HEAD_VIEW, PLANES, FaceParser
from gen_avatar.appearance.regions import ibug_points
from gen_avatar.errors import UsageError
from gen_avatar.head.model import MorphableHead
from gen_avatar.types import BEARD_STYLES, GLASSES_STYLES, HAIR_STYLES, HEADWEAR_STYLES, FaceTrack
from training.loop import Progress, Run, learning_rate
from training.photos.batches import PhotoBatches
from training.photos.beards import make_beard
from training.photos.camera import augment, photograph
from training.photos.cuts import CUTS
from training.photos.eyewear import glasses
from training.photos.growth import Obstacle
from training.photos.hairdos import make_hairdo
from training.photos.hats import hat
from training.photos.labels import LABEL
from training.photos.light import sample_light, to_linear
from training.photos.look import FaceLook, sample_look
from training.photos.people import sample_person
from training.photos.render import HEIGHT, WIDTH, PhotoStudio, Picture
from training.photos.scalp import Hairline, beard_mask, hair_mask
from training.photos.scenery import SCENES, background
from training.photos.strands import Canvas, Part, Tress, View, draw_tresses

ROOT = Path(__file__).resolve().parent.parent
#: A parser that learns within a second.
SMALL = {"channels": (4, 4, 8, 8), "hidden": 16}
PARTING = list(ATTRIBUTES).index("parting")


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Small networks wait for one another's threads longer than they work, on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def studio() -> PhotoStudio:
    return PhotoStudio(MorphableHead.from_pretrained(ROOT / "checkpoints" / "head"))


@pytest.fixture(scope="module")
def face() -> FaceLook:
    """One face for all, which is painted once."""
    return sample_look(np.random.default_rng(3), age="middle", stubble=0.0, scalp_stubble=0.0, monk=2)


@pytest.fixture(scope="module")
def scalp(studio: PhotoStudio) -> tuple[np.ndarray, Obstacle]:
    """The mean head's skin [S, 3] and hair's obstacle."""
    skin = studio.artist.rest[slice(*studio.head.parts["skin"])]
    return skin, Obstacle(skin[skin[:, 1] > -9], np.array([0.0, 4.5, 0.5]))


def draw(studio: PhotoStudio, face: FaceLook, seed: int = 0, **person: Any) -> Picture:
    """A photo of somebody who wears nothing but what ``person`` says, with nothing before them."""
    plain = {"style": "short", "beard": "none", "glasses": "none", "hat": "none", "earrings": False}

    def as_told(rng: np.random.Generator, look: FaceLook) -> Any:
        return replace(sample_person(rng, look), **{**plain, **person})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(render, "sample_person", as_told)
        patch.setattr(render, "_OCCLUDED", 0.0)
        patch.setattr(render, "_CUT", 0.0)
        return studio.draw(np.random.default_rng([5, seed]), face)


def count(picture: Picture, name: str) -> int:
    return int((picture.labels == LABEL[name]).sum())


# people


def test_labels_tell_what_a_person_wears(studio: PhotoStudio, face: FaceLook) -> None:
    plain = draw(studio, face)
    assert plain.rgb.shape == (HEIGHT, WIDTH, 3) and plain.rgb.dtype == np.uint8
    assert plain.labels.shape == (HEIGHT, WIDTH) and plain.labels.dtype == np.uint8 and plain.valid.all()
    for name in ("background", "skin", "hair", "brow", "eye", "lips", "clothes"):
        assert count(plain, name) > 100, name
    for name in ("glasses", "headwear", "beard", "other"):
        assert count(plain, name) == 0, name
    again = draw(studio, face)
    assert np.array_equal(again.rgb, plain.rgb) and np.array_equal(again.labels, plain.labels)
    np.testing.assert_array_equal(again.landmarks, plain.landmarks)

    dressed = draw(studio, face, style="bald", beard="full", glasses="square", earrings=True)
    assert count(dressed, "hair") == 0 and count(dressed, "beard") > 3000
    eyes, chin = dressed.points[36:48], dressed.points[8]
    rows, columns = np.nonzero(dressed.labels == LABEL["glasses"])
    assert len(rows) > 300 and abs(rows.mean() - eyes[:, 1].mean()) < 40
    assert columns.min() < eyes[:, 0].min() and columns.max() > eyes[:, 0].max()
    rows = np.nonzero(dressed.labels == LABEL["beard"])[0]
    assert dressed.points[17:27, 1].max() < rows.min() and abs(np.median(rows) - chin[1]) < 90


def test_no_hair_shows_above_a_hat(studio: PhotoStudio, face: FaceLook) -> None:
    picture = draw(studio, face, style="afro", hat="cap", glasses="sun-round")
    headwear, hair = (picture.labels == LABEL[name] for name in ("headwear", "hair"))
    assert headwear.sum() > 8000 and hair.sum() > 500
    assert np.nonzero(headwear)[0].min() + 40 < np.nonzero(hair)[0].min()
    assert count(picture, "glasses") > 1500, "dark lenses are glasses"
    assert (store_module.answers(picture)[[list(ATTRIBUTES).index(n) for n in ("hairline", "headwear_style")]]
            == (3, HEADWEAR_STYLES.index("cap"))).all()  # fmt: skip


def test_people_have_the_names_that_the_parser_knows() -> None:
    rng = np.random.default_rng(1)
    people = [sample_person(rng, sample_look(rng)) for _ in range(900)]
    assert tuple(sorted(CUTS)) == tuple(sorted(HAIR_STYLES))
    for field, names in (("beard", BEARD_STYLES), ("glasses", GLASSES_STYLES), ("hat", HEADWEAR_STYLES)):
        assert {getattr(person, field) for person in people} == set(names), field
    for person in people:
        assert person.hair in ATTRIBUTES["hair_color"]
        assert ((person.hair_rgb > 0) & (person.hair_rgb <= 1)).all()
        assert person.age != "child" or person.beard in ("none", "stubble")


def test_linear_light_keeps_its_precision() -> None:
    grey = np.array([0.0, 0.04, 0.5, 1.0])
    np.testing.assert_allclose(to_linear(grey), [0, 0.0031, 0.2140, 1], atol=1e-4)
    assert to_linear(grey.astype(np.float32)).dtype == np.float32


# hair


@pytest.mark.parametrize("style", HAIR_STYLES)
def test_every_style_grows_from_the_scalp(
    style: str, studio: PhotoStudio, scalp: tuple[np.ndarray, Obstacle]
) -> None:
    skin, obstacle = scalp
    hairdo = make_hairdo(style, skin, studio._roots, obstacle, np.random.default_rng(2))
    assert hairdo.style == style and hairdo.texture in ATTRIBUTES["texture"]
    assert hairdo.parting in ATTRIBUTES["parting"] and 0 <= hairdo.stubble <= 1
    if style == "bald":
        assert not hairdo.parts
        return
    assert all(np.isfinite(part.guides).all() for part in hairdo.parts)
    roots = hairdo.parts[0].guides[:, 0]
    nearest = np.stack([((skin - root) ** 2).sum(1).min() for root in roots]) ** 0.5
    assert nearest.max() < 1.3, "a strand starts off the scalp"
    grows = hair_mask(roots, hairdo.line)
    assert (grows > 0.02).mean() > 0.9 and roots[:, 1].min() > -8.5
    inside = np.linalg.norm(hairdo.parts[0].guides[:, 2:] - obstacle.center, axis=-1)
    assert inside.min() > 6, "a strand runs through the head"


def test_hair_grows_behind_the_hairline() -> None:
    forehead, crown, ear, temple = np.array([[0, 9.0, 9.5], [3, 14.5, -1], [8.2, 2.0, 0], [6.2, 9.3, 5.5]])
    usual = Hairline()
    assert hair_mask(crown, usual) == 1
    assert hair_mask(forehead, usual) == 0 and hair_mask(ear, usual) == 0
    assert hair_mask(crown, Hairline(crown=5.0)) < 0.1 and hair_mask(crown, Hairline(strip=7.0)) < 0.1
    assert hair_mask(temple, Hairline(temples=4.0)) < hair_mask(temple, usual)


@pytest.mark.parametrize("style", [name for name in BEARD_STYLES if name != "none"])
def test_beards_grow_below_the_eyes_and_off_the_lips(
    style: str, studio: PhotoStudio, scalp: tuple[np.ndarray, Obstacle]
) -> None:
    skin, obstacle = scalp
    mask = beard_mask(skin, style)
    assert mask.max() == 1 and mask[skin[:, 1] > 3.2].max() < 0.05
    assert beard_mask(np.array([0, -3.75, 9.5]), style) == 0, "lips"
    beard = make_beard(style, skin, studio._roots, obstacle, np.random.default_rng(0))
    assert (beard is None) == (style == "stubble")
    if beard:
        assert np.isfinite(beard.guides).all() and beard.guides[..., 1].max() < 4.5


def test_strands_hide_behind_what_is_nearer() -> None:
    """Half of the picture is a wall before the strands, half of it one behind."""
    canvas = Canvas(np.zeros((40, 40, 3), np.float32), np.full((40, 40), 0.5, np.float32),
                    np.zeros((40, 40), np.uint8))  # fmt: skip
    canvas.nearness[:, 20:] = 2.0
    lights = sample_light(np.random.default_rng(0), "window")
    view = View(
        np.eye(3, dtype=np.float32), np.zeros(3), 4.0, np.array([20.0, 20.0]), 0.01, lights.direction[0]
    )
    guides = np.stack([np.stack([np.linspace(-4, 4, 22), np.full(22, y), np.zeros(22)], 1) for y in (-1, 2)])
    part = Part(guides, Tress(children=4, spread=0.3))
    colors = np.full((2, 3), 0.5)
    draw_tresses(canvas, part, view, colors, 2, lights, np.random.default_rng(0), shine=0.1)
    assert (canvas.label[:, :20] == 2).sum() > 50 and not canvas.label[:, 20:].any()
    assert np.array_equal(canvas.color.any(-1), canvas.label == 2)
    bare = Canvas(canvas.color * 0, np.full((40, 40), -np.inf, np.float32), canvas.label * 0)
    ceiling = np.array([0.0, 1.0, 0.0, 0.5])
    draw_tresses(bare, part, view, colors, 2, lights, np.random.default_rng(0), shine=0.1, ceiling=ceiling)
    assert not bare.label[:16].any() and bare.label[16:].any(), "what is under a hat is not drawn"


@pytest.mark.parametrize("style", [name for name in HEADWEAR_STYLES if name != "none"])
def test_hats_are_worn_on_the_head(style: str, scalp: tuple[np.ndarray, Obstacle]) -> None:
    _, obstacle = scalp
    worn = hat(style, obstacle, 0.5, np.random.default_rng(1))
    for piece in worn.pieces:
        assert np.isfinite(piece.vertices).all() and piece.label == LABEL["headwear"]
        assert piece.triangles.min() >= 0 and piece.triangles.max() < len(piece.vertices)
        assert piece.color.shape == piece.vertices.shape and ((piece.color >= 0) & (piece.color <= 1)).all()
    top = max(piece.vertices[:, 1].max() for piece in worn.pieces)
    assert 10 < top < 26
    assert worn.hides_all or style in ("headband", "headphones") or worn.ceiling[3] < 20


@pytest.mark.parametrize("style", [name for name in GLASSES_STYLES if name != "none"])
def test_glasses_sit_before_the_eyes(style: str) -> None:
    eyes = np.array([[3.1, 3.4, 10.0], [-3.1, 3.4, 10.0]])
    pieces = glasses(style, eyes, np.array([8.1, 3.4, 0.5]), np.random.default_rng(0))
    lenses = [piece for piece in pieces if piece.clear]
    assert len(lenses) == 2
    for lens, eye in zip(lenses, eyes, strict=True):
        middle = lens.vertices.mean(0)
        assert np.linalg.norm((middle - eye)[:2]) < 1.6 and middle[2] > eye[2]
        assert lens.label == (LABEL["glasses"] if style.startswith("sun") else 0)
        assert (lens.clear < 0.5) == style.startswith("sun")
    width = np.ptp(np.concatenate([piece.vertices for piece in pieces])[:, 0])
    assert 11 < width < 22


# scenery and camera


@pytest.mark.parametrize("kind", list(SCENES))
def test_backgrounds_are_pictures(kind: str) -> None:
    scene = SCENES[kind][0](66, 54, np.random.default_rng(4))
    assert scene.shape == (66, 54, 3) and np.isfinite(scene).all() and scene.std() > 0
    whole = background(66, 54, np.random.default_rng(list(SCENES).index(kind)))
    assert whole.shape == (66, 54, 3) and whole.dtype == np.float32 and 0 <= whole.min() <= whole.max() <= 1


def test_cameras_keep_the_size_and_repeat_themselves() -> None:
    scene = background(66, 54, np.random.default_rng(0))
    for seed in range(25):
        taken = photograph(scene, np.random.default_rng(seed))
        assert taken.shape == scene.shape and taken.dtype == np.uint8
        assert np.array_equal(taken, photograph(scene, np.random.default_rng(seed)))
        other = augment(taken, np.random.default_rng(seed))
        assert other.shape == taken.shape and other.dtype == np.uint8
        assert np.array_equal(other, augment(taken, np.random.default_rng(seed)))


# store and batches


def stored(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """A random row of a store, with a face in the middle."""
    points = rng.uniform(-60, 60, (68, 2)) + render.ORIGIN
    points[36], points[45] = np.array(render.ORIGIN) - (48, 0), np.array(render.ORIGIN) + (48, 0)
    answers = np.array([rng.integers(len(v)) for v in ATTRIBUTES.values()], np.int8)
    row: dict[str, np.ndarray] = {"points": points.astype(np.float32), "answers": answers}
    for name, (_, (width, height), _) in (("head", HEAD_VIEW), ("face", FACE_VIEW)):
        coarse = rng.integers(0, 12, (height // 16, width // 16)).repeat(16, 0).repeat(16, 1)
        row[f"{name}_labels"] = coarse.astype(np.uint8)
        row[f"{name}_rgb"] = np.repeat(coarse[..., None] * 20, 3, 2).astype(np.uint8)
        row[f"{name}_valid"] = np.ones((height, width), bool)
        row[f"{name}_person"] = (coarse > 0).astype(np.uint8) * 255
    return row


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A store of six noise pictures in two shards."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for shard in range(2):
        rows = [stored(np.random.default_rng([shard, i])) for i in range(3)]
        np.savez(folder / f"{shard:05d}.npz", **{key: np.stack([r[key] for r in rows]) for key in rows[0]})
    return folder


def test_a_batch_is_a_function_of_seed_and_number(photos: Path) -> None:
    source = PhotoBatches(photos, seed=3)
    first = source.batch(5, 3)
    source.batch(1, 3)
    second = PhotoBatches(photos, seed=3).batch(5, 3)
    assert first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)
    other = PhotoBatches(photos, seed=4).batch(5, 3)
    assert not torch.equal(first["head"], other["head"])
    assert first["head"].shape == (3, PLANES, 176, 144) and first["face_labels"].shape == (3, 192, 192)
    seen = torch.cat([source.batch(number, 3)["answers"].sum(1) for number in (0, 1)]).sort().values
    whole = torch.from_numpy(source.data["answers"].astype(np.int64).sum(1)).sort().values
    assert (seen - whole).abs().max() <= 2, "an epoch holds every picture once, partings apart"


def test_a_mirror_swaps_left_and_right(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = PhotoBatches(photos, None)
    plain.data["answers"][:, PARTING] = [0, 1, 2, 3, -1, 1]
    straight = plain.batch(0, 6)
    mirrored = PhotoBatches(photos, seed=1)
    mirrored.data["answers"][:] = plain.data["answers"]
    monkeypatch.setattr("training.photos.batches._MIRRORED", 1.1)
    monkeypatch.setattr("training.photos.batches._RECOLOURED", 0.0)
    monkeypatch.setattr("training.photos.batches._BLIND", 0.0)
    turned = mirrored.batch(0, 6)
    order = mirrored._rows(0, 6)
    swap = {0: 0, 1: 2, 2: 1, 3: 3, -1: -1}
    assert turned["answers"][:, PARTING].tolist() == [
        swap[int(v)] for v in straight["answers"][order, PARTING]
    ]
    for name in ("head", "face"):
        assert torch.equal(turned[f"{name}_labels"], straight[f"{name}_labels"][order].flip(-1))
        expected = straight[name][order].flip(-1)
        expected[:, PLANES - 2] *= -1
        torch.testing.assert_close(turned[name], expected)


def test_a_store_resumes_and_its_shards_load(
    studio: PhotoStudio, face: FaceLook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = draw(studio, face)
    drawn: list[Any] = []

    class Copyist:
        """Draws one picture again and again."""

        def __init__(self, head: Any) -> None:
            pass

        def draw(self, rng: np.random.Generator, look: FaceLook) -> Picture:
            drawn.append(rng)
            return picture

    monkeypatch.setattr(store_module, "SHARD", 2)
    monkeypatch.setattr(store_module, "PhotoStudio", Copyist)
    path = store_module.draw_shard(tmp_path, 0, 0)
    assert len(drawn) == 2 and path == tmp_path / "00000.npz" and not list(tmp_path.glob("*.part"))
    before = path.read_bytes()
    assert store_module.draw_shard(tmp_path, 0, 0) == path and len(drawn) == 2 and path.read_bytes() == before
    store_module.draw_shard(tmp_path, 1, 0)
    data = store_module.load(tmp_path)
    assert len(drawn) == 4 and all(len(values) == 4 for values in data.values())
    assert data["head_rgb"].shape == (4, 176, 144, 3) and data["face_labels"].shape == (4, 192, 192)
    answers = dict(zip(ATTRIBUTES, data["answers"][0], strict=True))
    assert ATTRIBUTES["hair_style"][answers["hair_style"]] == "short"
    assert ATTRIBUTES["skin"][answers["skin"]] == "3" or picture.colorless
    batch = PhotoBatches(tmp_path, None).batch(0, 4)
    assert (batch["face_labels"] == LABEL["eye"]).any() and len(batch["answers"]) == 4
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no drawn photos"):
        store_module.load(tmp_path / "empty")


# training


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Training makes small networks."""
    monkeypatch.setattr(loop, "FaceParser", lambda: FaceParser(**SMALL))
    yield


def test_the_loss_falls_on_one_batch(photos: Path) -> None:
    torch.manual_seed(0)
    batch = PhotoBatches(photos, None).batch(0, 2)
    batch["answers"][:, 1:] = -1
    net = FaceParser(**SMALL)
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-2)
    losses = []
    for _ in range(5):
        terms = loop.parsing_loss(net(batch["head"], batch["face"]), batch)
        assert set(terms) == {"head", "face", "head_overlap", "face_overlap", "answers"}
        loss = torch.stack(list(terms.values())).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert all(math.isfinite(loss) for loss in losses) and losses[-1] < 0.97 * losses[0]


def test_training_resumes_exactly(photos: Path, tmp_path: Path, small: None) -> None:
    whole = Run(photos, tmp_path / "whole", steps=4, size=2, precision="no")
    split = replace(whole, out=tmp_path / "split")
    straight = loop.train_parser(whole)
    loop.train_parser(split, stop_after=2)
    assert [path.name for path in split.out.glob("state-*")] == ["state-00000002"]
    resumed = loop.train_parser(split, resume=True)
    for name, value in straight.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name
    with pytest.raises(UsageError, match="--resume"):
        loop.train_parser(split)
    with pytest.raises(UsageError, match="no state"):
        loop.train_parser(replace(split, out=tmp_path / "empty"), resume=True)


def test_the_learning_rate_rises_and_falls() -> None:
    run, progress = Run(Path(), Path(), steps=1000, lr=1.0), Progress()
    rates = []
    for progress.batches in (0, 99, 500, 999):
        rates.append(learning_rate(run, progress))
    assert rates[0] == pytest.approx(0.01) and rates[1] > 0.95
    assert rates[2] == pytest.approx(0.505) and 0.01 <= rates[3] < 0.011


def test_calibration_lowers_the_cost_of_what_was_held_out(photos: Path) -> None:
    torch.manual_seed(0)
    net = FaceParser(**SMALL).eval()
    with torch.no_grad():
        net.answers.weight *= 30  # far too sure of itself
    source = PhotoBatches(photos, None)

    def cost() -> dict[str, float]:
        logits, truth, _ = loop.predictions(net, source)
        return {name: float(F.cross_entropy(logits[name], truth[:, i])) for i, name in enumerate(ATTRIBUTES)}

    before = cost()
    figures = loop.calibrate(net, source)
    after = cost()
    assert set(figures) == set(ATTRIBUTES) and all(0 <= value <= 1 for value in figures.values())
    assert all(after[name] <= before[name] + 1e-5 for name in ATTRIBUTES)
    assert sum(after.values()) < 0.9 * sum(before.values())
    assert (net.temperature > 0).all() and (net.temperature != 1).any()


# parsing


@pytest.mark.parametrize("scheme", ["facemesh478", "ibug68"])
def test_a_photo_is_parsed(astronaut: np.ndarray, scheme: str) -> None:
    torch.manual_seed(0)
    net = FaceParser(**SMALL).eval()
    rng = np.random.default_rng(0)
    landmarks = np.column_stack([rng.uniform((180, 70), (270, 200), (478, 2)), np.zeros(478)])
    landmarks[[33, 263], :2] = (200, 110), (252, 110)
    track = FaceTrack(landmarks.astype(np.float32), (180.0, 70.0, 270.0, 200.0), 1.0, (512, 512))
    person = np.ones((512, 512), np.float32)
    if scheme == "ibug68":
        points = np.column_stack([ibug_points(track), np.zeros(68)]).astype(np.float32)
        track = replace(track, landmarks=points)
    parsed = net.parse(astronaut, track, person)
    blind = net.parse(astronaut, track)
    assert parsed.head_regions.shape == (12, 176, 144) and parsed.face_regions.shape == (12, 192, 192)
    assert set(parsed.attributes) == set(ATTRIBUTES)
    for shares in (parsed.head_regions.sum(0), parsed.face_regions.sum(0), blind.head_regions.sum(0)):
        np.testing.assert_allclose(shares, 1, atol=1e-4)
    for name, answer in parsed.attributes.items():
        assert len(answer) == len(ATTRIBUTES[name]) and answer.sum() == pytest.approx(1, abs=1e-4)
    assert not np.array_equal(parsed.head_regions, blind.head_regions), "the person mask is looked at"
