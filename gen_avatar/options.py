"""What the command line's options mean: text to checked values, without heavy imports."""

from __future__ import annotations

import json
import math
import numbers
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gen_avatar.errors import MediaError, UsageError, nearest
from gen_avatar.media import check_writable
from gen_avatar.tones import NAMED_COLORS
from gen_avatar.types import CHOICES, Appearance, check_attribute
from gen_avatar.weights import checkpoint

PRECISIONS = ("fp32", "fp16", "bf16")
#: The look that is painted unless another is asked for.
DEFAULT_STYLE = "clay"
#: Environment variable that names the folder of styles of one's own.
STYLES_VARIABLE = "GEN_AVATAR_STYLES"
#: Ways to animate.
METHODS = ("auto", "codes", "warp")
#: Sides of the pictures that can be asked for, pixels.
SIZE_RANGE = (16, 1024)


def shipped_styles(root: str | Path | None = None) -> tuple[str, ...]:
    """The looks that the generator in a checkpoint folder knows; raises ``WeightsError``."""
    config = json.loads((checkpoint("generator", root) / "config.json").read_text(encoding="utf-8"))
    return tuple(config["styles"])


def styles_home() -> Path:
    """Where styles of one's own lie unless another folder is given: ``$GEN_AVATAR_STYLES``, or in the user's
    folder for data."""
    given = os.environ.get(STYLES_VARIABLE)
    if given:
        return Path(given)
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "gen_avatar" / "styles"


def own_styles() -> dict[str, Path]:
    """Name → folder of the styles in :func:`styles_home`."""
    try:
        return {p.name: p for p in sorted(styles_home().iterdir()) if (p / "config.json").is_file()}
    except OSError:
        return {}


def style_folder(name: str) -> Path:
    """The folder of a style of one's own, by its path or its name; raises ``UsageError``."""
    folder = Path(name) if is_path(name) else styles_home() / name
    if not (folder / "config.json").is_file():
        raise UsageError(f"there is no style folder {folder}; see gen-avatar styles for the styles there are")
    return folder


def is_path(name: str) -> bool:
    """Whether a style is given by the path of its folder rather than by its name."""
    return "/" in name or "\\" in name


def attributes() -> dict[str, tuple[str, ...]]:
    """Attribute → what it can be; empty for colours."""
    return {name: CHOICES.get(name, ()) for name in Appearance.names()}


def vocabulary(kind: str, name: str, known: Iterable[str]) -> str:
    """``name`` if it is known; otherwise ``UsageError`` with the nearest names."""
    names = tuple(known)
    if name not in names:
        raise UsageError(f"unknown {kind} '{name}'; {nearest(name, names)}")
    return name


def parse_style(text: str, known: Iterable[str]) -> dict[str, float]:
    """Read ``clay``, or a mixture such as ``clay:0.6,toon:0.4``; a bare name weighs 1.

    Besides looks, styles of one's own can be given, by name or by the path of their folder.

    Returns:
        Look → share, all above 0 and 1 in sum, in the order of the text.

    Raises:
        UsageError: an unknown look, or weights that are no numbers, below 0 or nothing in sum.
    """
    if not isinstance(text, str):
        raise UsageError(f"a style is text such as {DEFAULT_STYLE} or clay:0.6,toon:0.4, not {text!r}")
    looks = tuple(known)
    shares: dict[str, float] = {}
    for item in text.split(","):
        name, colon, number = (piece.strip() for piece in item.rpartition(":"))
        if not colon:
            name, number = number, ""
        if name not in looks:
            if is_path(name):
                style_folder(name)
            else:
                vocabulary("style", name, (*looks, *own_styles()))
        try:
            weight = float(number) if colon else 1.0
        except ValueError:
            weight = math.nan
        if not 0 <= weight < math.inf:
            raise UsageError(
                f"the style {name} needs a weight of 0 or more, such as {name}:0.5, not '{item}'"
            )
        shares[name] = shares.get(name, 0.0) + weight
    total = sum(shares.values())
    if not 0 < total < math.inf:
        raise UsageError(f"the weights of the style '{text}' must add up to more than 0 and to a number")
    return {name: weight / total for name, weight in shares.items() if weight > 0}


def style_slug(shares: Mapping[str, float]) -> str:
    """A mixture of looks for file names, shares in percent: ``clay``, ``clay-60-toon-40``."""
    named = {Path(name).name if is_path(name) else name: share for name, share in shares.items()}
    if len(named) == 1:
        return next(iter(named))
    return "-".join(f"{name}-{100 * share:.0f}" for name, share in named.items())


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
        value = NAMED_COLORS.get(name, {}).get(value.lower(), value.lower())
        if name in NAMED_COLORS and not value.startswith("#"):
            named = NAMED_COLORS[name]
            raise UsageError(f"{name} must be a colour like #a1b2c3 or a name; {nearest(value, named)}")
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


def check_size(size: int) -> None:
    """Raise ``UsageError`` unless ``size`` is a side that pictures can have."""
    low, high = SIZE_RANGE
    if not isinstance(size, numbers.Integral) or not low <= size <= high:
        raise UsageError(f"size must be a whole number of pixels from {low} to {high}, not {size}")


def check_angles(what: str, angles: Sequence[float], limits: Mapping[str, tuple[float, float]]) -> None:
    """Raise ``UsageError`` unless there is one number within its limits an axis, degrees."""
    axes = ", ".join(limits)
    try:
        values = [float(angle) for angle in angles]
    except (TypeError, ValueError):
        values = []
    if len(values) != len(limits):
        raise UsageError(f"{what} must be ({axes}) in degrees, not {angles}")
    for (axis, (low, high)), angle in zip(limits.items(), values, strict=True):
        if not low <= angle <= high:
            raise UsageError(f"{axis} of the {what} must lie from {low:g} to {high:g} degrees, not {angle:g}")


@dataclass(frozen=True)
class Outputs:
    """Where pictures go.

    Attributes:
        paths: one a picture, all different and none of them a source.
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


def is_character_file(source: str | Path) -> bool:
    """Whether a source is a ``character.json`` rather than a photo, by its name."""
    return Path(source).suffix.lower() == ".json"


def check_is_photo(source: str | Path) -> None:
    """Raise ``UsageError`` for a ``character.json``, which cannot be merged with photos."""
    if is_character_file(source):
        raise UsageError(
            f"{source} is a finished character, not a photo: one person is read from photos alone, "
            "and --set changes what they get wrong"
        )


def plan_outputs(
    sources: Sequence[str], output: str | None, style: str, same_person: bool = False, option: str = "-o"
) -> Outputs:
    """One picture and a file name: that file. Otherwise ``NAME-STYLE.png`` in the folder ``output``,
    by default the working directory.

    Args:
        sources: one picture each; photos of the ``same_person`` make one, which is named after the first.
        output: what the user asked for.
        style: for the names.
        same_person: whether the sources are photos of one person.
        option: that ``output`` was given with, for messages.

    Raises:
        UsageError: not a PNG, one file for several sources, or a source would be overwritten.
    """
    target = Path(output or ".")
    folder: Path | None = None
    drawn = sources[:1] if same_person else sources
    if output and len(drawn) == 1 and not (target.is_dir() or output.endswith(("/", "\\"))):
        if target.suffix.lower() != ".png":
            raise UsageError(f"{option} {output}: pictures are written as PNG, give a name that ends in .png")
        paths = [target]
    else:
        if target.suffix.lower() == ".png" and not target.is_dir():
            raise UsageError(f"{option} {output}: several photos need a folder")
        folder = target
        paths = [target / name for name in _distinct([f"{Path(s).stem}-{style}" for s in drawn])]
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
