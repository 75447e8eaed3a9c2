"""StyleAdapter: what a generator has to change to paint in a style that it was not made with.

An adapter holds a place for its style in w and small changes of the generator's weights. The generator itself
is never touched: a painter is a copy of it with the changes of the styles that are asked for added, each in
proportion to its share. Hence a mixture runs continuously from a look to a style, and at a share of zero the
look is what it always was, to the bit.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor

from gen_avatar.character.palette import hex_to_rgb, rgb_to_hex
from gen_avatar.errors import UsageError, WeightsError
from gen_avatar.generator.model import AvatarGenerator
from gen_avatar.media import atomic_path, atomic_write_text
from gen_avatar.options import parse_style, style_folder
from gen_avatar.recent import Recent
from gen_avatar.types import Character, check_attribute
from gen_avatar.weights import verify

#: Files of a style folder.
CONFIG, WEIGHTS = "config.json", "style.safetensors"
FORMAT = "gen_avatar.style"
#: Names that styles can have.
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
#: Lightness of sRGB (Rec. 601).
LUMA = (0.299, 0.587, 0.114)
#: Contrast of styles of black and white, and the lightness that becomes neither: edges stay smooth over a
#: pixel or two, greys go, and thin lines, which are painted pale, are as black as thick ones.
STEEP, MIDDLE = 4.0, 0.72
#: Larger files are not styles, bytes.
_MAX_BYTES = 64 * 2**20
#: How many mixtures with styles of one's own are kept, some 10 MB each.
_NETWORKS = 4
#: Columns of the weights that belong to a style's place: in w, and at the entrance of the mapping network.
PLACE = ("look.weight", "mapping.0.weight")


@dataclass(frozen=True)
class StyleAdapter:
    """A style as changes of a generator.

    Attributes:
        name: of the style.
        base: :func:`fingerprint` of the generator that it changes.
        place: for each of ``PLACE`` the column of the style, [w_dim].
        delta: parameter → what is added to it, of the same shape.
        palette: attribute → colour that the style gives everybody.
        monochrome: whether the style has no colours but greys.
        two_tone: whether these are black and white alone.
    """

    name: str
    base: str
    place: Mapping[str, Tensor]
    delta: Mapping[str, Tensor]
    palette: Mapping[str, str] = field(default_factory=dict)
    monochrome: bool = False
    two_tone: bool = False


@dataclass(frozen=True)
class StyledNetwork:
    """What to paint with.

    Attributes:
        network: the generator. vector: [1, S] its style vector.
        palette: attribute → colours that styles give everybody, with their shares.
        grey: share of styles that have no colours but greys; bold: of those of black and white alone.
    """

    network: AvatarGenerator
    vector: Tensor
    palette: Mapping[str, Sequence[tuple[str, float]]] = field(default_factory=dict)
    grey: float = 0.0
    bold: float = 0.0

    def worn(self, character: Character) -> Character:
        """A person in the colours of the style."""
        if not self.palette:
            return character
        colors = {}
        for name, shares in self.palette.items():
            own = 1 - sum(share for _, share in shares)
            color = own * hex_to_rgb(getattr(character.appearance, name))
            colors[name] = rgb_to_hex(color + sum(share * hex_to_rgb(fixed) for fixed, share in shares))
        return replace(character, appearance=character.appearance.with_values(colors))

    def paint(self, buffers: Tensor, codes: Tensor) -> Tensor:
        """[B, 4, H, W] straight sRGB and alpha of geometry buffers [B, C, H, W] and codes [B, D]."""
        painted = self.network(buffers, codes, self.vector)
        if not self.grey:
            return painted
        color, alpha = painted[:, :3], painted[:, 3:]
        light = (color * color.new_tensor(LUMA)[:, None, None]).sum(1, keepdim=True)
        color = color + self.grey * (light - color)
        if self.bold:
            steep = ((light - MIDDLE) * STEEP + 0.5).clamp(0, 1)
            color = color + self.bold * (steep - light)
        return torch.cat([color, alpha], 1)


class StyleBook:
    """Paints with looks and with styles of one's own; keeps the networks of the last mixtures.

    Args:
        base: :func:`fingerprint` of the generator as it was loaded: in bfloat16 it cannot be told.
    """

    def __init__(self, base: str) -> None:
        self._base = base
        self._networks: Recent[StyledNetwork] = Recent(_NETWORKS)

    def styled(self, base: AvatarGenerator, style: str) -> StyledNetwork:
        """The network for a style; see :meth:`gen_avatar.pipeline.AvatarPipeline.styled`."""
        looks = base.config["styles"]
        shares = parse_style(style, looks)
        folders = {name: style_folder(name) for name in shares if name not in looks}
        if not folders:
            return StyledNetwork(base, base.style(style))
        # The same style again and again is what animations ask for.
        written = tuple((folder, (folder / CONFIG).stat().st_mtime_ns) for folder in folders.values())

        def make() -> StyledNetwork:
            adapters = {name: load_adapter(folder, base) for name, folder in folders.items()}
            for adapter in adapters.values():
                if adapter.base != self._base:
                    raise WeightsError(
                        f"the style '{adapter.name}' was made for other weights of the generator: "
                        "teach it again with gen-avatar finetune"
                    )
            return styled(base, shares, adapters)

        return self._networks.get((style, written, base.device, base.dtype), make)


def fingerprint(network: AvatarGenerator) -> str:
    """What tells generators apart: a digest of their weights as they ship, in half precision."""
    digest = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.detach().to("cpu", torch.float16).contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def style_columns(network: AvatarGenerator) -> dict[str, int]:
    """For each of ``PLACE`` the column of the first style; those of the others follow."""
    config = network.config
    return {"look.weight": 0, "mapping.0.weight": config["code_dim"]}


def free_places(network: AvatarGenerator) -> range:
    """Rows of the style vector that no look uses."""
    return range(len(network.config["styles"]), network.config["style_dim"])


@torch.no_grad()
def styled(
    base: AvatarGenerator, shares: Mapping[str, float], adapters: Mapping[str, StyleAdapter]
) -> StyledNetwork:
    """A network that paints a mixture of looks and styles.

    Args:
        base: the generator; it stays as it is.
        shares: look or style → share, 1 in sum.
        adapters: those of the styles that are no looks of ``base``.

    Raises:
        UsageError: more styles than the generator has places for.
    """
    looks = list(base.config["styles"])
    vector = torch.zeros(1, base.config["style_dim"], device=base.device, dtype=base.dtype)
    own = [name for name in shares if name not in looks]
    places = free_places(base)
    if len(own) > len(places):
        raise UsageError(f"at most {len(places)} styles of your own can be mixed, not {len(own)}")
    network = deepcopy(base) if own else base
    weights = dict(network.named_parameters())
    palette: dict[str, list[tuple[str, float]]] = {}
    for name, share in shares.items():
        if name in looks:
            vector[0, looks.index(name)] = share
            continue
        adapter, row = adapters[name], places[own.index(name)]
        vector[0, row] = share
        for key, first in style_columns(base).items():
            weights[key][:, first + row] = adapter.place[key].to(weights[key])
        for key, change in adapter.delta.items():
            weights[key] += share * change.to(weights[key])
        for attribute, color in adapter.palette.items():
            palette.setdefault(attribute, []).append((color, share))
    grey, bold = (
        sum(shares[name] for name in own if getattr(adapters[name], kind))
        for kind in ("monochrome", "two_tone")
    )
    return StyledNetwork(network.eval(), vector, palette, grey, bold)


def extract(
    name: str, base: AvatarGenerator, taught: AvatarGenerator, row: int, palette: Mapping[str, str],
    monochrome: bool = False, two_tone: bool = False,
) -> StyleAdapter:  # fmt: skip
    """The adapter that turns ``base`` into ``taught``, whose style has the place ``row``; half precision."""
    columns = style_columns(base)
    place, delta = {}, {}
    new = dict(taught.named_parameters())
    for key, old in base.named_parameters():
        change = (new[key].detach().cpu().float() - old.detach().cpu().float()).clone()
        if key in columns:
            column = columns[key] + row
            place[key] = new[key].detach().cpu()[:, column].half()
            change[:, column] = 0
        if change.abs().max() > 0:
            delta[key] = change.half()
    return StyleAdapter(name, fingerprint(base), place, delta, palette, monochrome, two_tone)


def save_adapter(adapter: StyleAdapter, folder: Path, about: Mapping[str, object]) -> None:
    """Write the weights, then ``config.json`` with what else is told ``about`` the style.

    Raises:
        MediaError: the folder cannot be written.
    """
    from safetensors.torch import save_file

    tensors = {f"place.{key}": value for key, value in adapter.place.items()}
    tensors |= {f"delta.{key}": value for key, value in adapter.delta.items()}
    with atomic_path(folder / WEIGHTS) as work:
        save_file({key: value.contiguous() for key, value in tensors.items()}, str(work))
    config = {
        "format": FORMAT, "version": 1, "name": adapter.name, "base": adapter.base,
        "palette": dict(adapter.palette), "monochrome": adapter.monochrome,
        "two_tone": adapter.two_tone, **about,
    }  # fmt: skip
    atomic_write_text(folder / CONFIG, json.dumps(config, indent=2) + "\n")


def is_style_folder(folder: Path) -> bool:
    """Whether a folder says that it holds a style; nothing is checked."""
    try:
        return json.loads((folder / CONFIG).read_text(encoding="utf-8")).get("format") == FORMAT
    except (OSError, ValueError, AttributeError):
        return False


def load_adapter(folder: Path, network: AvatarGenerator) -> StyleAdapter:
    """Read a style folder, which may come from a stranger: numbers and JSON, nothing that runs.

    Args:
        folder: what :func:`save_adapter` wrote.
        network: the generator that it is for; every tensor must have the shape of one of its weights.

    Raises:
        WeightsError: no style folder, damaged, or not of this generator's shape.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not is_style_folder(folder):
        raise WeightsError(f"{folder} is not a style folder: it has no {CONFIG} that says so")
    verify(folder)
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    name, base, palette = config.get("name"), config.get("base"), config.get("palette")
    if not (isinstance(name, str) and NAME.fullmatch(name) and isinstance(base, str)):
        raise WeightsError(f"{folder / CONFIG} is damaged: it lacks a sound name or base")
    if not isinstance(palette, dict) or not all(_is_color(*item) for item in palette.items()):
        raise WeightsError(f"{folder / CONFIG} is damaged: its palette holds something that is no colour")
    file = folder / WEIGHTS
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise WeightsError(f"{file} is too large for a style")
        tensors = load_file(str(file))
    except (OSError, SafetensorError, ValueError) as error:
        raise WeightsError(f"cannot read {file}: {error}") from error
    shapes = {key: value.shape for key, value in network.named_parameters()}
    parts: dict[str, dict[str, Tensor]] = {"place": {}, "delta": {}}
    for full, value in tensors.items():
        kind, _, key = full.partition(".")
        expected = shapes.get(key) if kind == "delta" else shapes[key][:1] if key in PLACE else None
        if kind not in parts or expected is None or value.shape != expected:
            raise WeightsError(f"{file} does not fit this version of gen-avatar: {full}")
        if not value.is_floating_point() or not torch.isfinite(value).all():
            raise WeightsError(f"{file} is damaged: {full} holds something that is no number")
        parts[kind][key] = value
    if set(parts["place"]) != set(PLACE):
        raise WeightsError(f"{file} is damaged: it lacks the place of the style")
    tones = (bool(config.get(kind)) for kind in ("monochrome", "two_tone"))
    return StyleAdapter(name, base, parts["place"], parts["delta"], palette, *tones)


def _is_color(name: str, value: object) -> bool:
    """Whether ``value`` can be the colour of the attribute ``name``."""
    try:
        check_attribute(name, value)
    except UsageError:
        return False
    return name.endswith("_color")
