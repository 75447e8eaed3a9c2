"""``gen-avatar finetune`` from a folder to a style that commands accept, and what it refuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gen_avatar.cli_finetune import STEPS
from gen_avatar.finetune import teach as teaching
from gen_avatar.finetune.settings import Lesson
from gen_avatar.finetune.teach import PRECISIONS
from gen_avatar.options import PRECISIONS as OFFERED
from gen_avatar.types import Character, Performance
from training import studio
from training.studio.people import person_seed, sample_person

DONE, USAGE, NO_FACE, MEDIA = 0, 2, 3, 4


@pytest.fixture(scope="module")
def pipe() -> Any:
    from gen_avatar.pipeline import AvatarPipeline

    return AvatarPipeline.from_pretrained()


@pytest.fixture(scope="module")
def drawings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three people in a look that no network knows, on paper, and a landscape without a face."""
    folder = tmp_path_factory.mktemp("drawings")
    for number in range(3):
        person = sample_person(person_seed("heldout", 40 + number))
        picture, _ = studio.draw(person, Performance.still(), "papercut", 256)
        floats = picture[..., :3] * picture[..., 3:] + 0.97 * (1 - picture[..., 3:])
        Image.fromarray(np.round(floats * 255).astype(np.uint8)).save(folder / f"{number}.png")
    ramp = np.tile(np.linspace(40, 220, 256).astype(np.uint8), (256, 1))
    Image.fromarray(np.dstack([ramp, ramp.T, ramp])).save(folder / "sky.jpg")
    return folder


@pytest.fixture
def run(run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The command line in ``tmp_path``, which has an empty folder ``here`` and gets its styles."""
    monkeypatch.setenv("GEN_AVATAR_STYLES", str(tmp_path / "styles"))
    monkeypatch.chdir(tmp_path)
    return run


def test_defaults_are_the_same_in_both_places() -> None:
    assert Lesson.steps == STEPS and set(PRECISIONS) == set(OFFERED)


def test_a_folder_becomes_a_style(run: Any, pipe: Any, drawings: Path, tmp_path: Path) -> None:
    code, out, err = run("finetune", drawings, "--name", "cuts", "--steps", 20, "--seed", 3)
    folder, work = tmp_path / "styles" / "cuts", tmp_path / "styles" / "cuts-work"
    assert code == DONE and out.strip() == str(folder)
    assert "left out sky.jpg: no face" in err and "3 drawings are few" in err
    assert {p.name for p in folder.iterdir()} == {
        "config.json",
        "style.safetensors",
        "README.md",
        "preview.png",
    }
    assert {"drawings.png", "progress.png", "curve.png", "log.csv", "result.png"} == {
        p.name for p in work.iterdir()
    }
    config = json.loads((folder / "config.json").read_text())
    assert config["drawings"] == 3 and config["steps"] == 20 and config["seed"] == 3
    assert (folder / "style.safetensors").stat().st_size < 4e6
    (tmp_path / "me.json").write_text(Character(np.zeros(50)).to_json())
    assert run("stylize", "me.json", "--style", "cuts", "-o", "cuts.png")[0] == DONE
    assert run("stylize", "me.json", "--style", f"clay:0.5,{folder}:0.5", "-o", "half.png")[0] == DONE
    assert run("stylize", "me.json", "--style", "clay", "-o", "clay.png")[0] == DONE
    cuts, half, clay = (np.asarray(Image.open(f"{n}.png")).astype(int) for n in ("cuts", "half", "clay"))
    assert np.abs(cuts - clay).mean() > 1 and np.abs(half - clay).mean() > 0.3
    assert "cuts" in run("styles")[1]


def test_a_stopped_run_goes_on(
    run: Any, drawings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*args: Any, **options: Any) -> Any:
        raise KeyboardInterrupt

    one = tmp_path / "one"
    one.mkdir()
    shutil.copy(drawings / "0.png", one)
    monkeypatch.setattr(teaching, "teach", stopped)
    assert run("finetune", one, "--name", "s", "--steps", 20)[0] not in (DONE, USAGE)
    assert not (tmp_path / "styles" / "s").exists(), "nothing that looks like a style is left"


def test_faces_can_be_marked(run: Any, tmp_path: Path, drawings: Path) -> None:
    folder = tmp_path / "marked"
    folder.mkdir()
    shutil.copy(drawings / "sky.jpg", folder)
    code, _, err = run("finetune", folder, "--name", "sky", "--steps", 20)
    assert code == NO_FACE and "drawings.png" in err and "--faces" in err
    assert (tmp_path / "styles" / "sky-work" / "drawings.png").exists()
    (tmp_path / "marks.json").write_text(json.dumps({"sky.jpg": [90, 110, 160, 110, 125, 170]}))
    code, _, err = run("finetune", folder, "--name", "sky", "--steps", 20, "--faces", "marks.json")
    assert code == DONE and "left out" not in err
    assert (tmp_path / "styles" / "sky" / "config.json").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["here", "--name", "Bad Name"], USAGE, "small letters"),
        (["here", "--name", "toon"], USAGE, "one of the looks"),
        (["here", "--name", "a", "--steps", "3"], USAGE, "--steps"),
        (["here", "--name", "a", "--from-prompt", "ink"], USAGE, "--diffusion-model"),
        (["nowhere", "--name", "a"], MEDIA, "no folder"),
        (["here", "--name", "a"], MEDIA, "no drawings"),
        (["here", "--name", "a", "--faces", "none.json"], MEDIA, "none.json"),
        (["here", "--name", "a", "--faces", "list.json"], USAGE, "marks are"),
        (["here", "--name", "a", "-o", "file.txt/x"], MEDIA, "file.txt"),
    ],
)
def test_what_is_refused(run: Any, tmp_path: Path, arguments: list[str], code: int, words: str) -> None:
    (tmp_path / "list.json").write_text("[1, 2]")
    (tmp_path / "file.txt").write_text("")
    got, out, err = run("finetune", *arguments)
    assert (got, out) == (code, "") and words in err and "Traceback" not in err
    assert err.count("\n") == 1
