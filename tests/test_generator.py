"""The generator paints alike in every precision, mixes looks, survives saving; metrics and held-out set."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from synthetic import CHANNEL, DRAWN, SMALL, figure

from gen_avatar.errors import UsageError, WeightsError
from gen_avatar.generator.codes import CODE_DIM, CODE_LAYOUT, pack, style_vector
from gen_avatar.generator.heldout import NAME, HeldOut, load_heldout, save_heldout
from gen_avatar.generator.model import (
    CELL,
    REACH,
    AvatarGenerator,
    ModulatedConv,
    coordinates,
    to_rgba,
    to_straight,
)
from gen_avatar.loading import pick_dtype
from gen_avatar.metrics import blurred, compare, over, psnr, references, shifted
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
    with pytest.raises(UsageError, match="did you mean clay"):
        style_vector("cley", ("toon", "clay"), 4)


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("clay:0.6,toon:0.4", [0.4, 0.6]),
        ("clay:3, toon : 1", [0.25, 0.75]),
        ("clay,toon", [0.5, 0.5]),
        ("toon:0.2", [1, 0]),
        ("clay:1,toon:0", [0, 1]),
        ("clay,toon:2,clay", [0.5, 0.5]),
    ],
)
def test_mixtures_of_looks_sum_to_one(text: str, shares: list[float]) -> None:
    np.testing.assert_allclose(style_vector(text, ("toon", "clay"), 2), shares, atol=1e-7)


@pytest.mark.parametrize(
    "text",
    ["", ",", "clay:", "clay:-1", "clay:nan", "clay:inf", "clay:0", "clay:0,toon:0", "clay:x", "clay:1:2",
     "clay:0.5,oil:0.5", "clay,", ":1", "clay;toon", "clay:1e308,toon:1e308", None, 1],
)  # fmt: skip
def test_wrong_mixtures_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        style_vector(text, ("toon", "clay"), 2)


def test_codes_that_are_no_numbers_are_refused() -> None:
    fine = {"expression": np.zeros(52), "gaze": np.zeros((2, 2)), "rotation": np.zeros(3)}
    for name, values in fine.items():
        for wrong in (np.nan, np.inf):
            with pytest.raises(UsageError, match="finite"):
                pack(Character(), **{**fine, name: values + wrong})  # type: ignore[arg-type]


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


@pytest.mark.parametrize(("precision", "tolerance"), [("bf16", 0.01), ("fp16", 0.001)])
def test_other_precisions_are_close_to_float32(
    model: AvatarGenerator, precision: str, tolerance: float
) -> None:
    """Mean error of premultiplied pictures in [0, 1], every look; the largest may be twenty times that."""
    try:
        dtype = pick_dtype(precision, torch.device("cpu"))
    except UsageError:
        pytest.skip(f"this processor does not convolve {precision}")
    buffers, codes = inputs()
    net = torch.nn.Module.to(deepcopy(model), dtype)
    with torch.inference_mode():
        for look in model.config["styles"]:
            exact = model.premultiplied(buffers, codes, model.style(look))
            rough = net.premultiplied(buffers.to(dtype), codes.to(dtype), net.style(look))
            assert rough.dtype == dtype
            error = (rough.float() - exact).abs()
            assert error.mean() < tolerance and error.max() < 20 * tolerance, look


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_channels_lie_last_all_the_way(model: AvatarGenerator, dtype: torch.dtype) -> None:
    net = torch.nn.Module.to(model, dtype)
    planar = []

    def look(module: torch.nn.Module, args: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        if not all(x.is_contiguous(memory_format=torch.channels_last) for x in (args[0], output)):
            planar.append(module)

    for module in net.modules():
        if isinstance(module, torch.nn.Conv2d | torch.nn.ConvTranspose2d | ModulatedConv):
            assert module.weight.is_contiguous(memory_format=torch.channels_last)
            if module is not net.place:  # its two channels of coordinates are tiny
                module.register_forward_hook(look)
    buffers, codes = inputs(2)
    with torch.inference_mode():
        net(buffers.to(dtype), codes.to(dtype), net.style("clay"))
    assert not planar


def test_a_precision_that_cannot_be_convolved_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise NotImplementedError("no kernel")

    monkeypatch.setattr(torch.nn.functional, "conv2d", refuse)
    with pytest.raises(UsageError, match="fp16.*no kernel.*try fp32"):
        pick_dtype("fp16", torch.device("cpu"))
    with pytest.raises(UsageError, match="fp32, fp16, bf16"):
        pick_dtype("fp8", torch.device("cpu"))


def test_the_pixel_look_lies_on_a_grid(model: AvatarGenerator) -> None:
    buffers, codes = inputs()
    with torch.inference_mode():
        cells, smooth, mixed = (
            model.premultiplied(buffers, codes, model.style(s))[0] for s in ("pixel", "clay", "pixel,clay")
        )

    def unevenness(picture: torch.Tensor) -> float:
        blocks = picture.unflatten(2, (-1, CELL)).unflatten(1, (-1, CELL))
        return float((blocks.amax((2, 4)) - blocks.amin((2, 4))).max())

    assert unevenness(cells) < 1e-5
    assert unevenness(smooth) > 0.1 and unevenness(mixed) > 0.05
    assert model.on_grid(model.style("pixel"))
    assert not model.on_grid(model.style("pixel:0.99,clay:0.01")) and not model.on_grid(model.style("ink"))


@pytest.mark.parametrize("style", ["toon", "pixel"])
def test_nothing_is_painted_far_from_the_figure(model: AvatarGenerator, style: str) -> None:
    buffers, codes = inputs(size=96)
    buffers[..., :48] = 0
    buffers[..., 64:, :] = 0
    with torch.inference_mode():
        alpha = model.premultiplied(buffers, codes, model.style(style))[0, 3]
    assert alpha[:64, 48:].max() > 0.5 and alpha[:64, 48 - REACH : 48].abs().max() > 0
    assert (alpha[:, : 48 - 2 * REACH] == 0).all() and (alpha[64 + 2 * REACH :] == 0).all()


@pytest.mark.parametrize("style", ["toon", "pixel", "pixel:0.3,clay:0.7"])
def test_what_a_look_does_not_need_is_left_out_only_where_nothing_is_learnt(
    model: AvatarGenerator, style: str
) -> None:
    buffers, codes = inputs()
    picture = model.premultiplied(buffers, codes, model.style(style))
    picture.sum().backward()
    # Several processes that share gradients wait for each other's, of every weight.
    assert all(parameter.grad is not None for parameter in model.parameters())
    with torch.inference_mode():
        short = model.premultiplied(buffers, codes, model.style(style))
    torch.testing.assert_close(short, picture.detach(), atol=1e-6, rtol=1e-5)


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


# metrics and the held-out set


def test_metrics_rank_distortions() -> None:
    picture = figure(128)[1]
    same = compare(picture, picture, perceptual=False)
    assert same["psnr"] == np.inf and same["ssim"] == pytest.approx(1) and same["gradient_l1"] == 0
    soft, softer = (compare(picture, blurred(picture, s), perceptual=False) for s in (0.6, 2.0))
    assert soft["psnr"] > softer["psnr"] and soft["ssim"] > softer["ssim"]
    assert soft["gradient_l1"] < softer["gradient_l1"] and soft["alpha_l1"] < softer["alpha_l1"]
    assert set(references(picture)) == {"blur 0.6", "blur 1.0", "blur 2.0", "shift 1 px"}


def test_metrics_see_transparent_pixels_as_backdrop() -> None:
    nothing = np.zeros((32, 32, 4), np.uint8)
    hidden = nothing.copy()
    hidden[..., :3] = 200
    assert psnr(over(nothing), over(hidden)) == np.inf
    np.testing.assert_array_equal(shifted(figure()[1], 2)[:, 2:], figure()[1][:, :-2])


def test_lpips_is_fixed_and_grows_with_blur() -> None:
    pytest.importorskip("lpips")
    picture = figure(64)[1]
    near, far = (compare(picture, blurred(picture, s))["lpips"] for s in (0.6, 2.0))
    assert 0 < near < far
    assert compare(picture, picture)["lpips"] == pytest.approx(0, abs=1e-6)


def test_heldout_set_round_trip(tmp_path: Path) -> None:
    person = Character(np.linspace(-1, 1, 50), Appearance(hair_style="bun"))
    frame: dict[str, Any] = {"expression": np.linspace(0, 1, 52), "gaze": [[1, 2], [3, 4]]}
    frame["rotation"] = [10, -5, 2]
    moment = {"character": json.loads(person.to_json()), **frame, "props": ["tears"]}
    text = json.dumps([{**moment, "expression": frame["expression"].tolist()}] * 2)
    pictures = {look: np.stack([figure(seed=i)[1]] * 2) for i, look in enumerate(DRAWN)}
    save_heldout(HeldOut.from_json(pictures, text), tmp_path / NAME)
    loaded = load_heldout(tmp_path)
    assert len(loaded) == 2 and set(loaded.pictures) == set(DRAWN)
    for look in DRAWN:
        np.testing.assert_array_equal(loaded.pictures[look], pictures[look])
    assert loaded.characters[0].appearance.hair_style == "bun" and loaded.props[1] == ("tears",)
    np.testing.assert_allclose(loaded.gaze[0], frame["gaze"])
    np.testing.assert_allclose(loaded.expression[0], frame["expression"], atol=1e-4)
    (tmp_path / NAME).write_bytes(b"broken")
    with pytest.raises(WeightsError, match="missing or damaged"):
        load_heldout(tmp_path)
