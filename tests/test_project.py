"""What a user gets: a complete wheel, declared dependencies, small safe weights, clean files."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_levels import imports

if sys.version_info >= (3, 11):
    import tomllib
else:
    tomllib = pytest.importorskip("tomli")

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
#: Module → distribution, where they differ.
DISTRIBUTION = {
    "cv2": "opencv-contrib-python",
    "PIL": "pillow",
    "skimage": "scikit-image",
    "skia": "skia-python",
}
#: Asked for when a user needs them; the code says how to get them.
UNDECLARED = {"pillow_heif"}
TEXT = {".py", ".md", ".toml", ".json", ".yml", ".yaml", ".cfg", ".txt", ".sh", ""}


def shipped_files() -> Iterator[Path]:
    """The files of the project, without what .gitignore keeps out."""
    ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").split()}
    names = {name for name in ignored if "*" not in name} | {".git"}
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        if path.is_file() and not names & set(parts) and path.suffix != ".pyc":
            yield path


def name_of(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9_.-]+", requirement)
    assert match
    return match[0].lower()


def modules(folder: str) -> set[str]:
    """Top-level modules that the sources in a folder import."""
    return {name.split(".")[0] for path in (ROOT / folder).rglob("*.py") for name in imports(path)}


@pytest.mark.parametrize("folder", ["gen_avatar", "demos", "training"])
def test_every_import_is_declared(folder: str) -> None:
    project = PROJECT["project"]
    extras = {name_of(r) for group in project["optional-dependencies"].values() for r in group}
    declared = {name_of(r) for r in project["dependencies"]} | extras
    own = {"gen_avatar", "training", "demos", "__future__"}
    for module in modules(folder) - own - set(sys.stdlib_module_names) - UNDECLARED:
        name = DISTRIBUTION.get(module, module.replace("_", "-")).lower()
        assert name in declared, f"{folder} imports {module}, but pyproject.toml does not name {name}"


def test_wheel_holds_package_checkpoints_and_licence(tmp_path: Path) -> None:
    """The file list by the build backend itself, without an isolated build."""
    wheel = pytest.importorskip("hatchling.builders.wheel")
    inside = {file.distribution_path for file in wheel.WheelBuilder(str(ROOT)).recurse_included_files()}
    assert "gen_avatar/pipeline.py" in inside
    forced = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert forced == {"checkpoints": "gen_avatar/_checkpoints"}
    for file in (f for f in shipped_files() if f.is_relative_to(ROOT / "checkpoints")):
        assert f"gen_avatar/_checkpoints/{file.relative_to(ROOT / 'checkpoints')}" in inside
    assert not [name for name in inside if name.startswith(("training", "tests"))]
    assert PROJECT["project"]["license"] == "MIT" and (ROOT / "LICENSE").read_text().startswith("MIT License")


def test_no_file_is_larger_than_15_mib() -> None:
    assert not [path for path in shipped_files() if path.stat().st_size > 15 * 2**20]


def test_checkpoints_are_complete_and_safe() -> None:
    from gen_avatar.weights import PARTS, checkpoint

    for part in PARTS:
        folder = checkpoint(part)
        assert (folder / "README.md").is_file(), f"{part} has no model card"
        json.loads((folder / "config.json").read_text(encoding="utf-8"))
    allowed = {".safetensors", ".json", ".md", ".png", ".jpg", ".webp", ".txt"}
    assert {p.suffix for p in (ROOT / "checkpoints").rglob("*") if p.is_file()} <= allowed


def test_nothing_is_unpickled() -> None:
    for path in [p for p in shipped_files() if p.suffix == ".py" and "tests" not in p.parts]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\b(pickle\.|import pickle|torch\.load\(|allow_pickle=True)", text), path


def test_no_path_of_a_machine_and_no_host_of_a_registry() -> None:
    """Whoever builds elsewhere must find nothing of this build's surroundings."""
    traces = ["/" + "work/", "/" + "root/", "/home/" + r"\w+/", "index" + "-url", r"pypi\.\w"]
    pattern = re.compile("|".join(traces))
    for path in shipped_files():
        if path.suffix in TEXT:
            found = pattern.search(path.read_text(encoding="utf-8", errors="ignore"))
            assert not found, f"{path.relative_to(ROOT)}: {found and found[0]}"


def test_a_user_reads_how_in_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in ("run", "test"):
        assert f"make {command}" in readme and re.search(rf"^{command}:", makefile, re.M)
    for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", readme):
        assert (ROOT / link).exists(), f"README links to {link}"
