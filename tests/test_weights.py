"""Finding checkpoints, and refusing damaged ones before they are loaded."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from gen_avatar import weights
from gen_avatar.errors import WeightsError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sound checkpoint of one part, ``root/part``."""
    path = tmp_path / "root" / "part"
    path.mkdir(parents=True)
    (path / "config.json").write_text(json.dumps({"a": 1}))
    save_file({"x": np.arange(10.0), "y": np.zeros((3, 4), np.float16)}, path / "part.safetensors")
    return path


def test_a_sound_checkpoint_is_found_by_name_and_by_path(folder: Path) -> None:
    assert weights.checkpoint("part", folder.parent) == folder.resolve()
    assert weights.checkpoint(folder) == folder


def test_the_shipped_root_is_found_beside_the_source_or_in_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, package = tmp_path / "checkpoints", tmp_path / "_checkpoints"
    monkeypatch.setattr(weights, "SHIPPED", (source, package))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WeightsError, match="reinstall"):
        weights.checkpoint_root()
    package.mkdir()
    assert weights.checkpoint_root() == weights.checkpoint_root("checkpoints") == package
    source.mkdir()
    assert weights.checkpoint_root() == source
    with pytest.raises(WeightsError, match="elsewhere"):
        weights.checkpoint_root("elsewhere")


def _truncate(folder: Path) -> None:
    file = folder / "part.safetensors"
    file.write_bytes(file.read_bytes()[:-1])


def _pointer(folder: Path) -> None:
    text = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    (folder / "part.safetensors").write_text(text)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "cut short": _truncate,
    "only a pointer": _pointer,
    "empty": lambda f: (f / "part.safetensors").write_bytes(b""),
    "no weights": lambda f: (f / "part.safetensors").unlink(),
    "no config": lambda f: (f / "config.json").unlink(),
    "broken config": lambda f: (f / "config.json").write_text("{"),
    "folder moved": lambda f: f.rename(f.with_name("other")),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_damage_is_told_with_the_place(folder: Path, damage: Callable[[Path], object]) -> None:
    damage(folder)
    with pytest.raises(WeightsError, match="part") as caught:
        weights.checkpoint("part", folder.parent)
    assert "\n" not in str(caught.value)
