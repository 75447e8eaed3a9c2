"""What the command line's options mean: text to checked values, without heavy imports."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gen_avatar.errors import MediaError, UsageError, nearest
from gen_avatar.media import check_writable
from gen_avatar.types import CHOICES, Appearance, check_attribute
from gen_avatar.weights import checkpoint

PRECISIONS = ("fp32", "fp16", "bf16")
#: Sides of the pictures that can be asked for, pixels.
SIZE_RANGE = (16, 1024)


def shipped_styles(root: str | Path | None = None) -> tuple[str, ...]:
    """The looks that the generator in a checkpoint folder knows; raises ``WeightsError``."""
    config = json.loads((checkpoint("generator", root) / "config.json").read_text(encoding="utf-8"))
    return tuple(config["styles"])


def attributes() -> dict[str, tuple[str, ...]]:
    """Attribute → what it can be; empty for colours."""
    return {name: CHOICES.get(name, ()) for name in Appearance.names()}


def vocabulary(kind: str, name: str, known: Iterable[str]) -> str:
    """``name`` if it is known; otherwise ``UsageError`` with the nearest names."""
    names = tuple(known)
    if name not in names:
        raise UsageError(f"unknown {kind} '{name}'; {nearest(name, names)}")
    return name


def character_overrides(items: Sequence[str]) -> dict[str, str]:
    """``["hair_style=bob,hair_color=#402010"]`` as a mapping, checked."""
    overrides: dict[str, str] = {}
    for item in (part.strip() for text in items for part in text.split(",")):
        if not item:
            continue
        name, equals, value = (piece.strip() for piece in item.partition("="))
        if not equals:
            raise UsageError(f"--set takes attribute=value, not '{item}'")
        vocabulary("attribute", name, Appearance.names())
        value = value.lower()
        check_attribute(name, value)
        overrides[name] = value
    return overrides


def parse_pose(text: str) -> tuple[float, float, float]:
    """``"yaw,pitch,roll"`` in degrees."""
    try:
        yaw, pitch, roll = (float(number) for number in text.split(","))
    except ValueError:
        raise UsageError(f"--pose takes yaw,pitch,roll in degrees, such as 20,0,-5, not '{text}'") from None
    if not all(map(math.isfinite, (yaw, pitch, roll))):
        raise UsageError(f"--pose takes three finite angles, not '{text}'")
    return yaw, pitch, roll


def parse_size(text: str) -> int:
    """The side of a picture in pixels."""
    low, high = SIZE_RANGE
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise UsageError(f"--size takes a whole number of pixels from {low} to {high}, not '{text}'")
    return int(text)


@dataclass(frozen=True)
class Outputs:
    """Where pictures go.

    Attributes:
        paths: one a source, all different and none of them a source.
        folder: to be made before the first is written, if it is missing; None for a file in a folder
            that must be there.
    """

    paths: list[Path]
    folder: Path | None

    def check(self) -> None:
        """Raise ``MediaError`` now rather than after the work if something cannot be written."""
        if self.folder is not None and not self.folder.is_dir():
            check_folder(self.folder)
            return
        for path in self.paths:
            check_writable(path)


def plan_outputs(sources: Sequence[str], output: str | None, style: str) -> Outputs:
    """One source and a file name: that file. Otherwise ``NAME-STYLE.png`` in the folder ``output``,
    by default the working directory.

    Raises:
        UsageError: not a PNG, one file for several sources, or a source would be overwritten.
    """
    target = Path(output or ".")
    folder: Path | None = None
    if output and len(sources) == 1 and not (target.is_dir() or output.endswith(("/", "\\"))):
        if target.suffix.lower() != ".png":
            raise UsageError(f"-o {output}: pictures are written as PNG, give a name that ends in .png")
        paths = [target]
    else:
        if target.suffix.lower() == ".png" and not target.is_dir():
            raise UsageError(f"-o {output}: several photos need a folder")
        folder = target
        paths = [target / name for name in _distinct([f"{Path(s).stem}-{style}" for s in sources])]
    inputs = {Path(source).resolve() for source in sources}
    for path in paths:
        if path.resolve() in inputs:
            raise UsageError(f"the output {path} would overwrite an input")
    return Outputs(paths, folder)


def check_folder(folder: Path) -> None:
    """Raise ``MediaError`` unless files can be written into a folder that may have yet to be made."""
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not existing.is_dir():
        raise MediaError(f"cannot write into {folder}: {existing} is not a folder")
    check_writable(existing / "gen-avatar")


def make_folder(folder: Path) -> None:
    """Make a folder; raises ``MediaError``."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MediaError(f"cannot make the folder {folder}: {error.strerror or error}") from error


def _distinct(stems: Sequence[str]) -> list[str]:
    """File names, numbered where two are the same."""
    seen: dict[str, int] = {}
    names = []
    for stem in stems:
        seen[stem] = seen.get(stem, 0) + 1
        names.append(f"{stem}.png" if seen[stem] == 1 else f"{stem}-{seen[stem]}.png")
    return names
