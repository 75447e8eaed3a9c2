"""From a photo to a picture, through every stage and the shipped weights."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gen_avatar.errors import NoFaceError, UsageError
from gen_avatar.generator.adapter import StyledNetwork
from gen_avatar.pipeline import AvatarPipeline
from gen_avatar.types import ARKIT_52, Character, Performance

NAN, INF = float("nan"), float("inf")


@pytest.fixture(scope="module")
def pipe() -> AvatarPipeline:
    return AvatarPipeline.from_pretrained("checkpoints")


@pytest.fixture(scope="module")
def person(pipe: AvatarPipeline, astronaut: np.ndarray) -> Character:
    return pipe.character(astronaut)


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image).astype(np.float32)


def thumbnail(image: Image.Image) -> np.ndarray:
    """[64, 64, 3] on grey."""
    ground = Image.new("RGBA", image.size, (128, 128, 128, 255))
    ground.alpha_composite(image)
    return pixels(ground.convert("RGB").resize((64, 64), Image.Resampling.BOX))


def test_a_photo_becomes_an_emoji(pipe: AvatarPipeline, astronaut: np.ndarray) -> None:
    result = pipe(astronaut)
    image = result.images[0]
    assert image.mode == "RGBA" and image.size == (256, 256)
    alpha = pixels(image)[..., 3]
    rows = np.flatnonzero((alpha > 128).any(1))
    assert rows[-1] - rows[0] > 0.7 * 256, "the head fills the frame"
    assert alpha[:3].max() == 0, "with air above"
    assert result.character.identity.any()


def test_the_fit_tells_what_the_photo_shows(pipe: AvatarPipeline, astronaut: np.ndarray) -> None:
    portrait = pipe.fit(astronaut)
    weights = dict(zip(ARKIT_52, portrait.performance.expression[0], strict=True))
    assert weights["mouthSmileLeft"] > 0.3 and weights["mouthSmileRight"] > 0.3, "she smiles"
    assert weights["eyeBlinkLeft"] < 0.4
    assert portrait.fit.landmark_error < 0.02
    assert abs(portrait.performance.head_rotation[0]).max() < 30


def test_pictures_repeat_exactly_and_seeds_vary_them(pipe: AvatarPipeline, person: Character) -> None:
    def draw(seed: int) -> np.ndarray:
        return pixels(pipe(person, expression="smile", seed=seed).images[0])

    first, again, other, same = map(draw, (0, 0, 7, 7))
    assert np.array_equal(first, again)
    assert np.array_equal(other, same)
    assert 0.1 < np.abs(first - other).mean() < 20


def test_expression_moves_the_face_and_not_the_hair(pipe: AvatarPipeline, person: Character) -> None:
    calm, loud = (pixels(image) for image in pipe(person, expression=["neutral", "laugh"]).images)
    change = np.abs(calm - loud).mean(-1)
    assert change[150:225, 90:170].mean() > 8, "the mouth"
    assert change[:50].mean() < 2, "the crown"


def test_poses_turn_the_head_to_the_side_they_say(pipe: AvatarPipeline, person: Character) -> None:
    def dark_middle(yaw: float) -> float:
        buffers = pipe.buffers(person, _still((yaw, 0.0, 0.0)), 128)
        iris = buffers[3]
        return float((iris.sum(0) * np.arange(128)).sum() / iris.sum())

    assert dark_middle(25.0) > dark_middle(0.0) + 3 > dark_middle(-25.0) + 6


def _still(pose: tuple[float, float, float]) -> Any:
    from gen_avatar.types import Performance

    return Performance.still(None, pose)


def test_attributes_set_by_hand_are_drawn(pipe: AvatarPipeline, person: Character) -> None:
    wish = {"hair_style": "long", "hair_color": "#d8402a", "skin_color": "#5a3a28"}
    changed = pipe.character(person, overrides=wish)
    assert changed.appearance.confidence["hair_color"] == 1.0
    before, after = (pixels(pipe(who).images[0]) for who in (person, changed))
    forehead_before, forehead_after = (p[120:200, 80:176, :3].mean() for p in (before, after))
    assert forehead_after < forehead_before - 25, "darker skin"
    crown = after[25:70, 80:176]
    red = crown[crown[..., 3] > 200][:, :3].mean(0)
    assert red[0] > red[2] + 40, "red hair"


def test_other_sizes_are_the_same_picture(pipe: AvatarPipeline, person: Character) -> None:
    native = pipe(person, size=256).images[0]
    for size in (64, 100, 300):
        image = pipe(person, size=size).images[0]
        assert image.size == (size, size)
        # Drawn lines keep their width in pixels, so pictures from the next size up have finer ones.
        assert np.abs(thumbnail(image) - thumbnail(native)).mean() < 3.5, size
    other = pipe(person, size=300, expression="laugh").images[0]
    assert np.abs(thumbnail(other) - thumbnail(native)).mean() > 4.5


def test_saved_and_loaded_it_draws_the_same(pipe: AvatarPipeline, person: Character, tmp_path: Path) -> None:
    pipe.save_pretrained(tmp_path / "copy")
    loaded = AvatarPipeline.from_pretrained(tmp_path / "copy")
    assert np.array_equal(pixels(pipe(person).images[0]), pixels(loaded(person).images[0]))
    assert loaded.styles == pipe.styles


def test_the_pixel_look_keeps_its_cells_at_every_size(pipe: AvatarPipeline, person: Character) -> None:
    drawn = {size: pixels(pipe(person, "pixel", size=size).images[0]) for size in (64, 256, 300, 512, 1024)}
    for size, picture in drawn.items():
        assert picture.shape == (size, size, 4)
        if size % 64 == 0:
            enlarged = drawn[64].repeat(size // 64, 0).repeat(size // 64, 1)
            assert np.array_equal(picture, enlarged), size
        assert len(np.unique(picture.reshape(-1, 4), axis=0)) <= 64 * 64
    assert pipe(person, "pixel", size=48).images[0].size == (48, 48)


def test_a_mixture_lies_between_its_looks(pipe: AvatarPipeline, person: Character) -> None:
    clay, ink, mixed, same = (
        thumbnail(pipe(person, style).images[0]) for style in ("clay", "ink", "clay:0.5,ink:0.5", "clay:2")
    )
    apart = np.abs(clay - ink).mean()
    assert max(np.abs(mixed - clay).mean(), np.abs(mixed - ink).mean()) < 0.8 * apart
    assert np.array_equal(clay, same)


def test_buffers_reach_the_network_without_a_copy(pipe: AvatarPipeline) -> None:
    import torch

    buffers = pipe.buffers(Character(), _still((0.0, 0.0, 0.0)), 64)
    batch = pipe.tensor(buffers)
    assert batch.data_ptr() == buffers.ctypes.data and batch.shape == (1, *buffers.shape)
    channels = len(buffers)
    assert batch.stride() == (64 * 64 * channels, 1, 64 * channels, channels)
    assert batch.is_contiguous(memory_format=torch.channels_last)
    assert np.array_equal(batch[0].numpy(), buffers)


def test_a_network_that_cannot_be_compiled_is_told(pipe: AvatarPipeline, monkeypatch: Any) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("no compiler\nat all")

    monkeypatch.setattr(type(pipe.generator), "compile", refuse)
    with pytest.raises(UsageError, match="no compiler.*leave --compile out"):
        pipe.compile()
    pipe(Character())


def test_half_precision_is_close(pipe: AvatarPipeline, person: Character) -> None:
    import torch

    full = pixels(pipe(person).images[0])
    half = pixels(AvatarPipeline.from_pretrained().to("cpu", torch.bfloat16)(person).images[0])
    visible = full[..., 3] > 250
    assert np.abs(full - half)[visible].mean() < 4


def test_no_face_and_no_such_face(pipe: AvatarPipeline, astronaut: np.ndarray) -> None:
    with pytest.raises(NoFaceError, match="1 face"):
        pipe.character(astronaut, face=1)
    with pytest.raises(NoFaceError):
        pipe(np.zeros((100, 100, 3), np.uint8))


@pytest.mark.parametrize(
    "arguments",
    [{"style": "oil"}, {"expression": "smle"}, {"expression": {"jawOpen": 2.0}}, {"pose": (90, 0, 0)},
     {"pose": (0, 0)}, {"pose": (NAN, 0, 0)}, {"pose": (0, INF, 0)}, {"pose": 5}, {"pose": ("a", 0, 0)},
     {"gaze": (NAN, 0)}, {"gaze": (36, 0)}, {"gaze": (0, -31)}, {"gaze": (0, 26)}, {"gaze": (1, 2, 3)},
     {"gaze": 7}, {"size": 5}, {"size": 10**6}, {"size": 256.5}, {"size": NAN}, {"size": "256"},
     {"style": "clay:-1"}, {"style": ""}, {"style": None}, {"expression": {"jawOpen": NAN}},
     {"expression": np.full(52, NAN)}, {"expression": np.full(52, INF)}, {"expression": np.zeros(51)}],
    ids=str,
)  # fmt: skip
def test_wrong_arguments(pipe: AvatarPipeline, arguments: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        pipe(Character(), **arguments)


def test_a_performance_with_impossible_numbers_is_refused(pipe: AvatarPipeline) -> None:
    from dataclasses import replace

    still = _still((0.0, 0.0, 0.0))
    for name in ("expression", "gaze", "head_rotation"):
        act = replace(still, **{name: getattr(still, name) * NAN})
        with pytest.raises(UsageError, match="finite"):
            pipe.draw(Character(), act, pipe.styled("clay"), 256)
    with pytest.raises(UsageError, match="finite"):
        Character(np.full(50, NAN))


def test_taught_styles_are_painted_at_the_size_of_their_lesson(pipe: AvatarPipeline) -> None:
    base = pipe.styled("clay")
    taught = StyledNetwork(deepcopy(pipe.generator), base.vector)
    person, act = Character(), Performance.still()
    small, large = (pipe.draw(person, act, taught, size) for size in (256, 512))
    assert large == small.resize((512, 512), Image.Resampling.LANCZOS)
    assert large != pipe.draw(person, act, base, 512)
