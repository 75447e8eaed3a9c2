"""What several test modules share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of development data (``faces/``, ``head/``); tests that need it are skipped without it."""
    folder = Path(os.environ.get("GEN_AVATAR_SHARED", ROOT.parent / "shared" / "data"))
    if not (folder / "faces").is_dir():
        pytest.skip("no development data: set GEN_AVATAR_SHARED to its folder")
    return folder


@pytest.fixture(scope="session")
def astronaut() -> np.ndarray:
    """[512, 512, 3] uint8 RGB: NASA's portrait of Eileen Collins, as scikit-image carries it."""
    from skimage.data import astronaut

    image = np.ascontiguousarray(astronaut()[..., :3])
    image.setflags(write=False)
    return image


@pytest.fixture
def tmp_photo(tmp_path: Path, astronaut: np.ndarray) -> Callable[..., Path]:
    """``tmp_photo(name, image=astronaut, **save_options)`` saves an array or PIL picture."""

    def save(name: str = "photo.png", image: Any = None, **options: Any) -> Path:
        path = tmp_path / name
        picture = astronaut if image is None else image
        if not isinstance(picture, Image.Image):
            picture = Image.fromarray(np.asarray(picture))
        picture.save(path, **options)
        return path

    return save


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store of eight small pictures, see ``synthetic.write_store``."""
    from synthetic import write_store

    return write_store(tmp_path / "store")


@pytest.fixture
def run(
    pipe: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    """``run("stylize", …)`` in an empty folder → exit code, stdout, stderr; with the
    weights of the module's ``pipe``."""
    from gen_avatar import cli

    monkeypatch.setattr(cli, "_pipeline", lambda args: pipe)
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def call(*argv: object) -> tuple[int, str, str]:
        try:
            code = cli.main([str(a) for a in argv])
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call
