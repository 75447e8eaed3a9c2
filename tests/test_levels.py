"""The structure of the code, checked by reading the sources."""

from __future__ import annotations

import argparse
import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from gen_avatar.cli import build_parser

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "gen_avatar"

#: Lowest first. A module imports its own package and lower levels, nothing else.
LEVELS = (
    {"ahead", "errors", "recent", "terminal"},
    {"types", "tones"},
    {"geometry", "loading", "media", "metrics", "weights"},
    {"expression", "lips"},
    {"keyframes"},
    {"performance", "retarget"},
    {"options", "tracking", "head", "appearance"},
    {"character"},
    {"generator"},
    {"capture", "export", "portrait", "several", "warp"},
    {"animation", "finetune", "live"},
    {"stickers"},
    {"pipeline"},
    {"bench", "cli_finetune", "cli_motion", "cli_stickers", "demo"},
    {"cli_demo"},
    {"cli"},
)
RANK = {name: rank for rank, names in enumerate(LEVELS) for name in names}
#: Slow or optional to import: only inside the function that needs them.
LAZY = {
    "av",
    "mediapipe",
    "face_alignment",
    "lpips",
    "accelerate",
    "resvg_py",
    "transformers",
    "skia",
    "torchvision",
    "gradio",
    "trimesh",
}
#: What answering ``--help`` may not wait for.
HEAVY = {"torch", "diffusers", "cv2", "scipy", "numba", "skimage", *LAZY}


def imports(path: Path, *, top_level: bool = False) -> Iterator[str]:
    """Dotted names that a file imports; ``top_level``: those that run on import."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = _run_on_import(tree.body) if top_level else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _run_on_import(body: list[ast.stmt]) -> Iterator[ast.AST]:
    for node in body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
            yield from _run_on_import([n for n in ast.iter_child_nodes(node) if isinstance(n, ast.stmt)])


def owner(name: str) -> str:
    """``gen_avatar.head.fit.HeadFitter`` belongs to ``head``."""
    return name.split(".")[1]


SOURCES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_downwards(path: Path) -> None:
    relative = path.relative_to(PACKAGE)
    own = relative.parts[0].removesuffix(".py")
    if own == "__init__":
        assert not list(imports(path)), "importing gen_avatar must import nothing else"
        return
    for name in imports(path):
        assert not name.startswith(("training", "tests", "demos")), f"{relative} imports {name}"
        if name.startswith("gen_avatar.") and name != "gen_avatar.__version__":
            assert owner(name) == own or RANK[owner(name)] < RANK[own], f"{relative} imports {name} above it"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_optional_backends_are_imported_where_they_are_used(path: Path) -> None:
    # The demo is nothing but a page of Gradio's; the command line imports all of it where it is asked for.
    lazy = LAZY - {"gradio"} if path.parent.name == "demo" else LAZY
    assert not {name.split(".")[0] for name in imports(path, top_level=True)} & lazy


def test_help_waits_for_nothing_heavy() -> None:
    """Everything that ``cli`` imports on import, directly or not."""
    queue, seen = [PACKAGE / "cli.py"], set()
    while queue:
        path = queue.pop()
        seen.add(path)
        for name in imports(path, top_level=True):
            assert name.split(".")[0] not in HEAVY, f"{path.name} imports {name}"
            if name.startswith("gen_avatar."):
                module = PACKAGE.joinpath(*name.split(".")[1:-1])
                file = module.with_suffix(".py")
                found = file if file.exists() else module / "__init__.py"
                if found not in seen:
                    queue.append(found)


def test_only_one_module_may_download() -> None:
    for path in SOURCES:
        if path.name != "weights.py":
            roots = {name.split(".")[0] for name in imports(path)}
            assert not roots & {"urllib", "requests", "http", "huggingface_hub"}, path


def test_command_line_is_frozen() -> None:
    """Options are added on purpose: whoever adds one changes this list too."""
    shared = {"--device", "--precision", "--compile", "--seed", "--checkpoint", "-h", "--help"}
    expected = {
        "stylize": shared | {"--style", "--expression", "--pose", "--size", "--set", "--face"}
        | {"--same-person", "--save-character", "--explain", "-o", "--output"},
        "fit": shared | {"--format", "--head", "--head-file", "--face", "-o", "--output"},
        "animate": shared | {"--driving", "--method", "--motion", "--amplify", "--style", "--size", "--face"}
        | {"--driving-face", "--set", "-o", "--output"},
        "capture": shared | {"--face", "-o", "--output"},
        "styles": {"--json", "--checkpoint", "-h", "--help"},
        "bench": shared | {"--json"},
        "stickers": shared | {"--for", "--kind", "--expressions", "--style", "--set", "--face", "--outline"}
        | {"--title", "--author", "-o", "--output"},
        "demo": shared | {"--host", "--port", "--share", "--open"},
        "finetune": shared | {"--name", "-o", "--output", "--steps", "--faces", "--resume"}
        | {"--from-prompt", "--diffusion-model"},
    }  # fmt: skip
    commands = next(a for a in build_parser()._actions if isinstance(a, argparse._SubParsersAction))
    found = {name: set(parser._option_string_actions) for name, parser in commands.choices.items()}
    assert found == expected


def test_files_stay_readable() -> None:
    for path in [*SOURCES, *(ROOT / "training").rglob("*.py"), *(ROOT / "demos").rglob("*.py")]:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path
