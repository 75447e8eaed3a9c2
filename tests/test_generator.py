"""The generator is deterministic, survives saving, mixes looks and paints alike in every precision."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from synthetic import CHANNEL, SMALL, figure

from gen_avatar.errors import UsageError
from gen_avatar.generator.codes import CODE_DIM, CODE_LAYOUT, pack, style_vector
from gen_avatar.generator.model import AvatarGenerator, coordinates, to_rgba, to_straight
from gen_avatar.types import Appearance, Character
from training.train_generator import save_weights


@pytest.fixture
def model() -> AvatarGenerator:
    """A small network with weights that paint something."""
    torch.manual_seed(0)
    net = AvatarGenerator(**SMALL)
    for parameter in (*net.paint.parameters(), *net.cells.parameters()):
        torch.nn.init.normal_(parameter, std=0.1)
    return net.eval()


def inputs(batch: int = 1, size: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    buffers = torch.from_numpy(np.stack([figure(size, i)[0] for i in range(batch)]))
    return buffers, torch.rand(batch, CODE_DIM, generator=generator)


# codes


def test_codes_hold_every_field_where_the_layout_says() -> None:
    look = Appearance(skin_color="#ff8000", hair_style="bob", glasses_style="round")
    person = Character(np.linspace(-1, 1, 50), look)
    expression = np.linspace(0, 1, 52, dtype=np.float32)
    codes = pack(person, expression, np.array([[30, 0], [0, -15]]), np.array([40, -20, 0]))
    assert codes.shape == (CODE_DIM,) and codes.dtype == np.float32
    np.testing.assert_allclose(codes[CODE_LAYOUT["identity"]], person.identity)
    np.testing.assert_allclose(codes[CODE_LAYOUT["expression"]], expression)
    np.testing.assert_allclose(codes[CODE_LAYOUT["gaze"]], [1, 0, 0, -0.5])
    np.testing.assert_allclose(codes[CODE_LAYOUT["pose"]], [1, -0.5, 0])
    np.testing.assert_allclose(codes[CODE_LAYOUT["skin_color"]], [1, 128 / 255, 0], atol=1e-6)
    for name in ("hair_style", "glasses_style", "beard_style", "brow_style"):
        assert codes[CODE_LAYOUT[name]].sum() == 1
    assert codes[CODE_LAYOUT["hair_style"]][7] == 1 and codes[CODE_LAYOUT["glasses_style"]][1] == 1


def test_codes_layout_has_no_gaps() -> None:
    covered = np.zeros(CODE_DIM, int)
    for part in CODE_LAYOUT.values():
        covered[part] += 1
    assert (covered == 1).all()


def test_style_vector_is_one_hot_and_unknown_styles_are_refused() -> None:
    np.testing.assert_array_equal(style_vector("clay", ("toon", "clay"), 4), [0, 1, 0, 0])
    with pytest.raises(UsageError, match="choose from toon, clay"):
        style_vector("oil", ("toon", "clay"), 4)


# network


def test_an_untrained_network_shows_the_albedo() -> None:
    buffers, codes = inputs()
    net = AvatarGenerator(**SMALL)
    with torch.inference_mode():
        picture = net(buffers, codes, net.style("toon"))
    inside = buffers[0, CHANNEL["alpha"]] == 1
    albedo = buffers[0, CHANNEL["albedo_r"] : CHANNEL["albedo_b"] + 1]
    torch.testing.assert_close(picture[0, :3, inside], albedo[:, inside])
    torch.testing.assert_close(picture[0, 3], buffers[0, CHANNEL["alpha"]])


def test_output_is_rgba_in_range_and_deterministic(model: AvatarGenerator) -> None:
    buffers, codes = inputs(2)
    with torch.inference_mode():
        first, second = (model(3 * buffers, codes, model.style("toon")) for _ in range(2))
    assert first.shape == (2, 4, 64, 64)
    assert first.min() >= 0 and first.max() <= 1
    assert torch.equal(first, second)
    assert to_rgba(first[0]).shape == (64, 64, 4) and to_rgba(first[0]).dtype == np.uint8


def test_one_picture_is_painted_alike_alone_and_in_a_batch(model: AvatarGenerator) -> None:
    buffers, codes = inputs(3)
    with torch.inference_mode():
        together = model.premultiplied(buffers, codes, model.style("toon"))
        alone = model.premultiplied(buffers[1:2], codes[1:2], model.style("toon"))
    torch.testing.assert_close(alone[0], together[1], atol=1e-5, rtol=1e-4)


def test_codes_and_style_change_the_picture(model: AvatarGenerator) -> None:
    buffers, codes = inputs()
    style = model.style("toon")
    with torch.inference_mode():
        base = model(buffers, codes, style)
        assert (model(buffers, codes + 1, style) - base).abs().max() > 1e-3
        assert (model(buffers, codes, style.roll(1, 1)) - base).abs().max() > 1e-4


def test_save_and_load_paint_the_same(model: AvatarGenerator, tmp_path: Path) -> None:
    model.half().float()  # what fp16 files can hold
    save_weights(model, tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["styles"] == ["clay", "toon", "flat", "ink", "pixel"] and config["grid_styles"] == ["pixel"]
    assert {p.suffix for p in tmp_path.iterdir()} == {".json", ".safetensors"}
    loaded = AvatarGenerator.from_pretrained(str(tmp_path)).float().eval()
    buffers, codes = inputs()
    with torch.inference_mode():
        expected = model(buffers, codes, model.style("toon"))
        torch.testing.assert_close(loaded(buffers, codes, loaded.style("toon")), expected)


def test_bfloat16_is_close_to_float32(model: AvatarGenerator) -> None:
    buffers, codes = inputs()
    with torch.inference_mode():
        exact = model.premultiplied(buffers, codes, model.style("toon"))
        net = model.bfloat16()
        rough = net.premultiplied(buffers.bfloat16(), codes.bfloat16(), net.style("toon"))
    assert rough.dtype == torch.bfloat16
    assert (rough.float() - exact).abs().mean() < 0.01


def test_default_network_fits_its_budget() -> None:
    net = AvatarGenerator()
    assert sum(p.numel() for p in net.parameters()) * 2 < 15 * 2**20
    with pytest.raises(ValueError, match="multiple of 16"):
        net(torch.zeros(1, 28, 40, 64), torch.zeros(1, CODE_DIM), net.style("toon"))


def test_coordinates_of_a_crop_are_those_of_the_frame() -> None:
    whole = coordinates(torch.tensor([[-1.0, -1, 1, 1]]), 8, 8)
    crop = coordinates(torch.tensor([[0.0, -1, 1, 0]]), 4, 4)
    torch.testing.assert_close(crop, whole[:, :, :4, 4:])
    assert whole[0, 0, 0, 0] == -0.875 and whole[0, 1, 7, 0] == 0.875


def test_straight_alpha_undoes_the_product() -> None:
    straight = torch.rand(4, 5, 5) * 0.9 + 0.05
    product = torch.cat([straight[:3] * straight[3:], straight[3:]])
    torch.testing.assert_close(to_straight(product), straight)
    assert to_straight(torch.zeros(4, 2, 2)).abs().max() == 0
