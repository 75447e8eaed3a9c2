"""Styles of one's own: the base stays as it is, mixtures are continuous, a stranger's files are safe."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from synthetic import SMALL, figure

from gen_avatar.errors import UsageError, WeightsError
from gen_avatar.generator.adapter import (
    CONFIG,
    MIDDLE,
    PLACE,
    STEEP,
    WEIGHTS,
    StyleAdapter,
    StyleBook,
    extract,
    fingerprint,
    free_places,
    load_adapter,
    save_adapter,
    style_columns,
    styled,
)
from gen_avatar.generator.codes import CODE_DIM
from gen_avatar.generator.model import AvatarGenerator
from gen_avatar.options import STYLES_VARIABLE, own_styles, parse_style
from gen_avatar.types import Appearance, Character


@pytest.fixture
def base() -> AvatarGenerator:
    torch.manual_seed(0)
    net = AvatarGenerator(**SMALL)
    for parameter in (*net.paint.parameters(), *net.cells.parameters()):
        torch.nn.init.normal_(parameter, std=0.1)
    return net.eval()


def changed(base: AvatarGenerator) -> tuple[AvatarGenerator, int]:
    """As after a lesson: the columns of a new style, and all weights but those of the mapping network."""
    net, row = deepcopy(base), free_places(base)[0]
    generator = torch.Generator().manual_seed(1)
    columns = style_columns(base)
    with torch.no_grad():
        for name, value in net.named_parameters():
            if name in columns:
                value[:, columns[name] + row] = 0.3 * torch.randn(len(value), generator=generator)
            elif not name.startswith("mapping"):
                value += 0.02 * torch.randn(value.shape, generator=generator)
    return net, row


@pytest.fixture
def folder(base: AvatarGenerator, tmp_path: Path) -> Path:
    target = tmp_path / "mine"
    target.mkdir()
    save_adapter(extract("mine", base, *changed(base), {"skin_color": "#ffffff"}), target, {"drawings": 3})
    return target


def painted(net: AvatarGenerator, vector: torch.Tensor) -> torch.Tensor:
    codes = torch.rand(1, CODE_DIM, generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        return net(torch.from_numpy(figure()[0])[None], codes, vector)


def test_a_style_folder_paints_what_was_taught(base: AvatarGenerator, folder: Path) -> None:
    net, row = changed(base)
    vector = torch.zeros(1, base.config["style_dim"])
    vector[0, row] = 1
    again = styled(base, {"mine": 1.0}, {"mine": load_adapter(folder, base)})
    assert torch.equal(again.vector, vector)
    taught, looks = painted(net, vector), painted(base, base.style("toon"))
    torch.testing.assert_close(painted(again.network, again.vector), taught, atol=1e-2, rtol=0)
    assert (taught - looks).abs().max() > 0.1


def test_looks_stay_as_they_are_to_the_bit(base: AvatarGenerator, folder: Path) -> None:
    before = {name: value.clone() for name, value in base.state_dict().items()}
    toon = painted(base, base.style("toon"))
    book = StyleBook(fingerprint(base))
    mine = book.styled(base, str(folder) + "/")
    assert mine.network is not base
    painted(mine.network, mine.vector)
    plain = book.styled(base, "toon")
    assert plain.network is base and torch.equal(painted(plain.network, plain.vector), toon)
    assert all(torch.equal(value, before[name]) for name, value in base.state_dict().items())


def test_mixtures_run_continuously_from_look_to_style(base: AvatarGenerator, folder: Path) -> None:
    adapters = {"mine": load_adapter(folder, base)}

    def at(share: float) -> torch.Tensor:
        mixture = styled(base, {"toon": 1 - share, "mine": share}, adapters)
        return painted(mixture.network, mixture.vector)

    near, toon = at(1e-4), painted(base, base.style("toon"))
    assert (near - toon).abs().max() < 1e-2
    steps = [at(share) for share in np.linspace(0, 1, 9)]
    whole = (steps[-1] - steps[0]).abs().mean()
    assert max((b - a).abs().mean() for a, b in zip(steps, steps[1:], strict=False)) < 0.5 * whole


def test_several_styles_have_places_of_their_own(base: AvatarGenerator, folder: Path) -> None:
    adapter = load_adapter(folder, base)
    names = [f"s{k}" for k in range(len(free_places(base)) + 1)]
    shares = {name: 1 / len(names) for name in names}
    mixture = styled(base, {"s0": 0.3, "s1": 0.7}, {"s0": adapter, "s1": adapter})
    alone = styled(base, {"s0": 1.0}, {"s0": adapter})
    torch.testing.assert_close(
        painted(mixture.network, mixture.vector), painted(alone.network, alone.vector), atol=1e-4, rtol=0
    )
    with pytest.raises(UsageError, match="at most"):
        styled(base, shares, dict.fromkeys(names, adapter))


def test_the_palette_of_a_style_is_worn_by_its_share(base: AvatarGenerator, folder: Path) -> None:
    adapters = {"mine": load_adapter(folder, base)}
    person = Character(np.zeros(50), Appearance(skin_color="#804020", hair_color="#102030"))
    whole = styled(base, {"mine": 1.0}, adapters).worn(person).appearance
    half = styled(base, {"toon": 0.5, "mine": 0.5}, adapters).worn(person).appearance
    assert whole.skin_color == "#ffffff" and whole.hair_color == half.hair_color == "#102030"
    assert half.skin_color == "#c0a090"
    assert StyleBook(fingerprint(base)).styled(base, "toon").worn(person) is person


def test_a_style_without_colours_paints_greys(base: AvatarGenerator, folder: Path) -> None:
    taught = load_adapter(folder, base)
    save_adapter(replace(taught, monochrome=True), folder, {})
    adapters = {"mine": load_adapter(folder, base)}
    buffers, codes = torch.from_numpy(figure()[0])[None], torch.zeros(1, CODE_DIM)

    def chroma(shares: dict[str, float]) -> float:
        with torch.inference_mode():
            color = styled(base, shares, adapters).paint(buffers, codes)[:, :3]
        return float((color.amax(1) - color.amin(1)).mean())

    whole, half, none = (chroma({"toon": 1 - s, "mine": s} if s else {"toon": 1.0}) for s in (1.0, 0.5, 0.0))
    assert whole < 1e-6 < half and none > 0.01


def test_the_book_notices_that_a_style_was_taught_anew(base: AvatarGenerator, folder: Path) -> None:
    book = StyleBook(fingerprint(base))
    first = book.styled(base, f"{folder}/")
    assert book.styled(base, f"{folder}/") is first
    taught = extract("mine", base, *changed(base), {})
    stronger = StyleAdapter("mine", taught.base, taught.place, {k: 2 * v for k, v in taught.delta.items()})
    (folder / CONFIG).unlink()
    save_adapter(stronger, folder, {})
    second = book.styled(base, f"{folder}/")
    assert (painted(second.network, second.vector) - painted(first.network, first.vector)).abs().max() > 1e-3


def test_a_style_of_another_generator_is_refused(base: AvatarGenerator, folder: Path) -> None:
    other = deepcopy(base)
    with torch.no_grad():
        other.look.weight += 0.1
    with pytest.raises(WeightsError, match="other weights"):
        StyleBook(fingerprint(other)).styled(other, f"{folder}/")


def spoil(folder: Path, how: str) -> None:
    """Damage a style folder in one way."""
    config = json.loads((folder / CONFIG).read_text())
    # Copies: what load_file returns lies in the file that is about to be written.
    tensors = {key: value.clone() for key, value in load_file(folder / WEIGHTS).items()}
    first = next(key for key in tensors if key.startswith("delta."))
    if how == "name":
        config["name"] = "../../evil"
    elif how == "palette":
        config["palette"] = {"skin_color": "url(evil)"}
    elif how == "format":
        config["format"] = "something else"
    elif how == "json":
        (folder / CONFIG).write_text('{"format": "gen_avatar.style"')
        return
    elif how == "shape":
        tensors[first] = torch.zeros(3)
    elif how == "nan":
        tensors[first] = torch.full_like(tensors[first], float("nan"))
    elif how == "integers":
        tensors[first] = tensors[first].to(torch.int32)
    elif how == "stranger":
        tensors["delta.no.such.weight"] = torch.zeros(3)
    elif how == "place":
        del tensors[f"place.{PLACE[0]}"]
    elif how == "pickle":
        torch.save(tensors, folder / WEIGHTS)
        return
    elif how == "cut":
        whole = (folder / WEIGHTS).read_bytes()
        (folder / WEIGHTS).write_bytes(whole[: len(whole) // 2])
        return
    elif how == "missing":
        (folder / WEIGHTS).unlink()
        return
    (folder / CONFIG).write_text(json.dumps(config))
    save_file(tensors, folder / WEIGHTS)


@pytest.mark.parametrize(
    "how",
    [
        "name",
        "palette",
        "format",
        "json",
        "shape",
        "nan",
        "integers",
        "stranger",
        "place",
        "pickle",
        "cut",
        "missing",
    ],
)
def test_a_damaged_or_hostile_style_is_refused(base: AvatarGenerator, folder: Path, how: str) -> None:
    load_adapter(folder, base)
    spoil(folder, how)
    with pytest.raises(WeightsError):
        load_adapter(folder, base)


def test_styles_have_names_and_paths(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = ("clay", "toon")
    with pytest.raises(UsageError, match="unknown style 'mine'"):
        parse_style("mine", looks)
    monkeypatch.setenv(STYLES_VARIABLE, str(tmp_path))
    assert own_styles() == {"mine": folder}
    assert parse_style("clay:1,mine:3", looks) == {"clay": 0.25, "mine": 0.75}
    assert parse_style(f"{folder}/:0.5,clay:0.5", looks) == {f"{folder}/": 0.5, "clay": 0.5}
    with pytest.raises(UsageError, match="nowhere"):
        parse_style(str(tmp_path / "nowhere"), looks)


def test_a_style_of_black_and_white_has_few_greys(base: AvatarGenerator, folder: Path) -> None:
    taught = load_adapter(folder, base)
    save_adapter(replace(taught, monochrome=True, two_tone=True), folder, {})
    bold, grey = {"mine": load_adapter(folder, base)}, {"mine": replace(taught, monochrome=True)}
    assert bold["mine"].two_tone and not taught.two_tone
    buffers, codes = torch.from_numpy(figure()[0])[None], torch.zeros(1, CODE_DIM)

    def light(shares: dict[str, float], adapters: dict[str, StyleAdapter]) -> torch.Tensor:
        with torch.inference_mode():
            return styled(base, shares, adapters).paint(buffers, codes)[:, :3]

    plain, steep = light({"mine": 1.0}, grey), light({"mine": 1.0}, bold)
    torch.testing.assert_close(steep, ((plain - MIDDLE) * STEEP + 0.5).clamp(0, 1), atol=1e-5, rtol=0)
    near = light({"toon": 0.999, "mine": 0.001}, bold) - light({"toon": 0.999, "mine": 0.001}, grey)
    assert 0 < near.abs().max() < 2e-3, "a mixture runs into it"
