"""Stills that move, with the shipped weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gen_avatar.animation import Animation, fitted_size
from gen_avatar.errors import NoFaceError
from gen_avatar.expression import expression_weights
from gen_avatar.media import read_image
from gen_avatar.metrics import over
from gen_avatar.pipeline import AvatarPipeline
from gen_avatar.types import Character, Performance
from gen_avatar.warp.cells import find_cells
from gen_avatar.warp.still import Still, cut, find_face
from training.evaluate_motion import drawn
from training.motion_metrics import eye_opening, mouth_opening
from training.studio import LOOKS
from training.studio.people import person_seed, sample_person


@pytest.fixture(scope="module")
def pipe() -> AvatarPipeline:
    return AvatarPipeline.from_pretrained()


@pytest.fixture(scope="module")
def portrait(pipe: AvatarPipeline, astronaut: np.ndarray) -> Still:
    picture = np.dstack([astronaut, np.full(astronaut.shape[:2], 255, np.uint8)])
    return pipe.animator.read(picture, pipe.tracker)


@pytest.fixture(scope="module")
def avatar(pipe: AvatarPipeline) -> Still:
    person = sample_person(person_seed("heldout", 508))
    return pipe.animator.read(drawn(person, Performance.still(), "toon")[0], pipe.tracker)


def shown(
    pipe: AvatarPipeline, still: Still, expression: str = "neutral", turn: tuple[float, ...] = (0, 0, 0)
) -> np.ndarray:
    a = still.actor
    weights = np.clip(a.expression + expression_weights(expression), 0, 1)
    return pipe.animator.frame(still, weights, a.gaze, a.rotation + np.array(turn, np.float32))


def test_at_rest_nothing_moves(pipe: AvatarPipeline, portrait: Still, avatar: Still) -> None:
    for still in (portrait, avatar):
        assert np.abs(still.actor.rest[:52, 0] - still.source.points[0, :52, 0].numpy()).max() < 1e-6
        difference = np.abs(over(shown(pipe, still)) - over(still.picture))
        assert difference.mean() < 0.02


def test_only_the_square_around_the_face_moves(pipe: AvatarPipeline, portrait: Still) -> None:
    x, y, side = portrait.square
    turned = shown(pipe, portrait, "smile", (10, 0, 0))
    outside = np.ones(turned.shape[:2], bool)
    outside[max(0, y) : y + side, max(0, x) : x + side] = False
    assert outside.any() and np.array_equal(turned[outside], portrait.picture[outside])
    assert np.abs(turned.astype(int) - portrait.picture).mean() > 0.5
    # No seam: at the edge of the square the picture runs on.
    row = np.abs(turned[y + side // 2, x + 1].astype(int) - portrait.picture[y + side // 2, x + 1])
    assert row.max() < 12


@pytest.mark.parametrize("kind", ["portrait", "avatar"])
def test_mouths_open_and_eyes_shut(pipe: AvatarPipeline, request: pytest.FixtureRequest, kind: str) -> None:
    still = request.getfixturevalue(kind)

    def look(expression: str) -> tuple[float, float]:
        track = find_face(shown(pipe, still, expression), pipe.tracker)
        assert track is not None
        return mouth_opening(track.landmarks), eye_opening(track.landmarks)

    rest, open_, shut = look("neutral"), look("jawOpen=0.6"), look("eyeBlinkLeft=1,eyeBlinkRight=1")
    assert open_[0] > rest[0] + 0.05
    assert shut[1] < 0.7 * rest[1]


def test_which_head_acts(pipe: AvatarPipeline, portrait: Still) -> None:
    assert not portrait.actor.stylized
    person = sample_person(person_seed("heldout", 508))
    for look in LOOKS:
        still = pipe.animator.read(drawn(person, Performance.still(), look)[0], pipe.tracker)
        assert still.actor.stylized and still.whole, look


def test_transparency_stays(pipe: AvatarPipeline, avatar: Still) -> None:
    moved = shown(pipe, avatar, "laugh", (8, 0, 0))
    assert moved[:8, :8, 3].max() < 12 and moved[128, 128, 3] > 250
    assert abs(moved[..., 3].mean() - avatar.picture[..., 3].mean()) < 12


def test_large_stills_stay_sharp(pipe: AvatarPipeline, astronaut: np.ndarray) -> None:
    def detail(picture: np.ndarray) -> float:
        return float(np.abs(np.diff(picture[..., :3].astype(float), axis=1)).mean())

    whole = np.dstack([astronaut, np.full(astronaut.shape[:2], 255, np.uint8)])
    still = pipe.animator.read(fitted_size(whole, 1024), pipe.tracker)
    assert still.square[2] > 256 and still.fine is not None
    part = cut(shown(pipe, still), still.square)
    assert detail(part) > 0.85 * detail(cut(still.picture, still.square))


def test_pixel_art_stays_on_its_grid(pipe: AvatarPipeline) -> None:
    person = sample_person(person_seed("heldout", 504))
    still = pipe.animator.read(drawn(person, Performance.still(), "pixel")[0], pipe.tracker)
    cells = find_cells(shown(pipe, still, "smile", (12, 0, 0)))
    assert still.cells is not None and cells is not None and cells.side == still.cells.side


def test_pictures_without_a_face_are_refused(pipe: AvatarPipeline, astronaut: np.ndarray) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (200, 200, 4)).astype(np.uint8)
    noise[..., 3] = 255
    with pytest.raises(NoFaceError, match="no face"):
        pipe.animator.read(noise, pipe.tracker)
    picture = np.dstack([astronaut, np.full(astronaut.shape[:2], 255, np.uint8)])
    with pytest.raises(NoFaceError, match="no face 3"):
        pipe.animator.read(picture, pipe.tracker, 3)


def test_stills_of_any_kind_get_keypoints(pipe: AvatarPipeline, shared_data: Path) -> None:
    paths = sorted((shared_data / "faces" / "stills").iterdir())
    good = 0
    for path in paths:
        try:
            still = pipe.animator.read(fitted_size(read_image(path, alpha=True), 512), pipe.tracker)
        except NoFaceError:
            continue
        good += still.actor.error < 0.05
    assert good >= 0.9 * len(paths)


def test_the_pipeline_picks_the_method(
    pipe: AvatarPipeline, tmp_photo: Callable[..., Path], avatar: Still
) -> None:
    act = Performance.still({"jawOpen": 0.5})
    assert pipe.animate(tmp_photo("me.png"), act).method == "codes"
    animation = pipe.animate(tmp_photo("drawn.png", avatar.picture), act)
    assert animation.method == "warp"
    assert [f.shape for f in animation.frames()] == [(512, 512, 4)]


def test_frames_come_in_order_however_many_are_painted_at_once(pipe: AvatarPipeline) -> None:
    def paint(_: Performance, index: int) -> np.ndarray:
        return np.full((2, 2, 4), index, np.uint8)

    a, b, c, d = (np.zeros((9, *shape), np.float32) for shape in ((52,), (2, 2), (3,), (3,)))
    act = Performance(a, b, c, d)
    for workers in (1, 3):
        assert [f[0, 0, 0] for f in Animation(act, "codes", 0, 0, paint, workers).frames()] == list(range(9))
    painters = pipe.animate(Character(), act, method="codes", size=64)
    alone = [painters.paint(painters.performance, i) for i in range(3)]
    assert all(np.array_equal(x, y) for x, y in zip(alone, painters.frames(), strict=False))
