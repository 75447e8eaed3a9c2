"""From a name or a path to a verified folder of weights on this machine.

The only module that may ever download. At present nothing is downloaded: every
checkpoint ships with the package, in ``checkpoints/`` of a source tree and in
``gen_avatar/_checkpoints`` of an installed wheel.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

from gen_avatar.errors import WeightsError

_PACKAGE = Path(__file__).resolve().parent
#: Where the shipped checkpoints may lie, the first that exists wins: a source tree, then a wheel.
SHIPPED = (_PACKAGE.parent / "checkpoints", _PACKAGE / "_checkpoints")

#: The parts that the pipeline cannot do without.
PARTS = ("head", "regressor", "assets", "generator", "parser")
#: Parts that are loaded when a still is to be moved.
STILL_PARTS = ("warper", "keypoints")


def checkpoint_root(path: str | Path | None = None) -> Path:
    """The folder that holds one folder a part.

    Args:
        path: a folder of the user's own; None, or the name ``"checkpoints"`` where no such folder
            exists, stands for the shipped one.

    Raises:
        WeightsError: no such folder.
    """
    if path is not None and Path(path).is_dir():
        return Path(path).resolve()
    if path is not None and str(path) != "checkpoints":
        raise WeightsError(f"there is no checkpoint folder {path}; leave it out to use the shipped one")
    for folder in SHIPPED:
        if folder.is_dir():
            return folder
    raise WeightsError("the shipped checkpoints are missing; reinstall gen-avatar, or give their folder")


def checkpoint(part: str | Path, root: str | Path | None = None) -> Path:
    """The verified folder of one part.

    Args:
        part: a name below the root, such as ``"head"``, or the path of a folder.
        root: as for :func:`checkpoint_root`.

    Raises:
        WeightsError: the folder is missing, or a file in it is missing, cut short or damaged.
    """
    own = Path(part)
    folder = own if len(own.parts) > 1 else checkpoint_root(root) / own
    if not folder.is_dir():
        raise WeightsError(f"the checkpoint '{own.name}' is missing: there is no folder {folder}")
    verify(folder)
    return folder


def verify(folder: Path) -> None:
    """Check that a folder holds a readable ``config.json`` and whole safetensors files.

    Reads the headers only, a few kilobytes.

    Raises:
        WeightsError: naming the file and what to do.
    """
    config = folder / "config.json"
    try:
        json.loads(config.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(f"{config} is missing or damaged ({_short(error)}); {_REPAIR}") from error
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise WeightsError(f"{folder} holds no .safetensors file; {_REPAIR}")
    for file in files:
        expected = _expected_size(file)
        if expected is None or file.stat().st_size != expected:
            raise WeightsError(f"{file} is cut short or damaged; {_REPAIR}")


_REPAIR = "fetch the checkpoint again or reinstall gen-avatar"


def _expected_size(file: Path) -> int | None:
    """Bytes that a safetensors file should have by its own header; None if the header makes no sense."""
    with file.open("rb") as stream:
        prefix = stream.read(8)
        length = struct.unpack("<Q", prefix)[0] if len(prefix) == 8 else 0
        if not 2 <= length <= file.stat().st_size:
            return None
        try:
            header = json.loads(stream.read(length))
            ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):
            return None
    return 8 + length + max(ends, default=0)


def _short(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error).splitlines()[0]
