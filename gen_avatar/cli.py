"""``gen-avatar``: the command line.

Exit codes: 0 done, 2 wrong usage, 3 no usable face, 4 unreadable input or
unwritable output, 5 missing weights. Whatever goes wrong is told in one line on
stderr; results are written whole or not at all. Heavy modules are imported by the
commands that need them, and arguments are checked before that.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from gen_avatar import __version__
from gen_avatar.cli_demo import add_demo_command
from gen_avatar.cli_finetune import add_finetune_command
from gen_avatar.cli_motion import add_motion_commands
from gen_avatar.cli_stickers import add_stickers_command
from gen_avatar.errors import GenAvatarError, GenAvatarWarning, NoFaceError, UsageError
from gen_avatar.options import (
    DEFAULT_STYLE,
    PRECISIONS,
    character_overrides,
    check_folder,
    check_is_photo,
    is_character_file,
    make_folder,
    own_styles,
    parse_pose,
    parse_size,
    parse_style,
    plan_outputs,
    shipped_styles,
    style_slug,
)
from gen_avatar.terminal import bar

if TYPE_CHECKING:
    from PIL import Image

    from gen_avatar.options import Outputs
    from gen_avatar.pipeline import AvatarPipeline
    from gen_avatar.portrait import Portrait
    from gen_avatar.types import Character


#: What a fit is written as.
FIT_FORMATS = ("obj", "glb", "both")


class _Help(argparse.ArgumentDefaultsHelpFormatter):
    """Shows the defaults that say something."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return super()._get_help_string(action) if action.default not in (None, False, []) else action.help


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line instead of printing the usage."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"formatter_class": _Help, "allow_abbrev": False, **options})

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message} (see {self.prog} --help)", file=sys.stderr)
        sys.exit(UsageError.exit_code)


def _shared_options(precision: str = PRECISIONS[0]) -> _Parser:
    """Options of nearly all commands. A command with defaults of its own needs options of its own: those who
    share them share their defaults."""
    shared = _Parser(add_help=False)
    group = shared.add_argument_group("shared options")
    group.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps …")
    group.add_argument("--precision", default=precision, choices=PRECISIONS, help="of the network")
    group.add_argument("--compile", action="store_true", help="the network: a slow start, faster pictures")
    group.add_argument("--seed", type=int, default=0, help="0 draws as asked, others vary slightly")
    group.add_argument("--checkpoint", metavar="DIR", help="folder of weights instead of the shipped one")
    return shared


def build_parser() -> argparse.ArgumentParser:
    """All commands and options; their defaults live here and nowhere else on the command line."""
    shared = _shared_options()
    parser = _Parser(prog="gen-avatar", description="One selfie becomes a personal emoji.")
    parser.add_argument("--version", action="version", version=f"gen-avatar {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)

    stylize = commands.add_parser("stylize", parents=[shared], help="photo to emoji PNG with alpha")
    stylize.set_defaults(run=_stylize)
    stylize.add_argument("source", nargs="+", metavar="PHOTO", help="photos, or character.json files")
    stylize.add_argument("--style", default=DEFAULT_STYLE, help="a look, or clay:0.6,toon:0.4")
    stylize.add_argument("--expression", default="neutral", metavar="NAME", help="or smile=0.5,jawOpen=0.3")
    stylize.add_argument("--pose", default="0,0,0", metavar="YAW,PITCH,ROLL", help="degrees")
    stylize.add_argument("--size", default="256", metavar="N", help="side of the picture, pixels")
    stylize.add_argument("--set", action="append", default=[], metavar="K=V", help="such as hair_style=bob")
    stylize.add_argument("--face", type=int, default=0, metavar="N", help="which face, 0 is the largest")
    stylize.add_argument("--same-person", action="store_true", help="all photos show one: a single picture")
    stylize.add_argument("--save-character", metavar="FILE", help="write the editable character.json")
    stylize.add_argument("--explain", metavar="SHEET", help="also a .png (or a folder) of what was read")
    stylize.add_argument("-o", "--output", metavar="OUT", help="a .png, or a folder for several photos")

    fit = commands.add_parser("fit", parents=[shared], help="photo to a 3D head and character.json")
    fit.set_defaults(run=_fit)
    fit.add_argument("source", metavar="PHOTO")
    fit.add_argument("-o", "--output", required=True, metavar="DIR", help="folder for the results")
    fit.add_argument("--format", default="obj", choices=FIT_FORMATS, help="the fitted head as mesh.obj with "
                     "UVs, the character as avatar.glb with 52 shapes, or both")  # fmt: skip
    fit.add_argument("--head", default="genhead", choices=("genhead", "ict"), help="head model")
    fit.add_argument("--head-file", metavar="FILE", help="file of a head model of your own, for --head ict")
    fit.add_argument("--face", type=int, default=0, metavar="N", help="which face, 0 is the largest")

    add_motion_commands(commands, shared, _pipeline)
    add_stickers_command(commands, shared, _pipeline)
    add_finetune_command(commands, _shared_options("bf16"), _pipeline)
    add_demo_command(commands, shared, _pipeline)

    styles = commands.add_parser("styles", help="looks, expressions, props, performances and attributes")
    styles.set_defaults(run=_styles)
    styles.add_argument("--json", action="store_true", help="for machines")
    styles.add_argument("--checkpoint", metavar="DIR", help="folder of weights instead of the shipped one")

    bench = commands.add_parser("bench", parents=[shared], help="times of all stages, memory, quality")
    bench.set_defaults(run=_bench)
    bench.add_argument("--json", metavar="FILE", help="also write the figures to FILE")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    args = build_parser().parse_args(_join_values(sys.argv[1:] if argv is None else argv))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", GenAvatarWarning)
            warnings.showwarning = _warn  # type: ignore[assignment]
            code = args.run(args)
        sys.stdout.flush()
        return code
    except GenAvatarError as error:
        _complain(error)
        return error.exit_code
    except KeyboardInterrupt:
        print("gen-avatar: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Whoever read the output has had enough; nothing may be written to it any more, not even on exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _join_values(argv: Sequence[str]) -> list[str]:
    """``--pose -20,0,0`` to ``--pose=-20,0,0``: argparse takes the value for an option."""
    joined: list[str] = []
    for item in argv:
        if joined and joined[-1] == "--pose":
            joined[-1] = f"--pose={item}"
        else:
            joined.append(item)
    return joined


def _warn(message: Warning | str, category: type[Warning], *_: Any) -> None:
    """What was passed over, on one line; warnings of libraries are not for users."""
    if issubclass(category, GenAvatarWarning):
        print(f"gen-avatar: {message}", file=sys.stderr)


def _complain(error: GenAvatarError, source: str = "") -> None:
    text = " ".join(str(error).split())
    where = f"{source}: " if source and source not in text else ""
    print(f"gen-avatar: {where}{text}", file=sys.stderr)


def _stylize(args: argparse.Namespace) -> int:
    from gen_avatar.expression import parse_expression
    from gen_avatar.media import atomic_write_text, check_writable

    parse_expression(args.expression)  # complain now rather than after the fit
    pose, size, overrides = parse_pose(args.pose), parse_size(args.size), character_overrides(args.set)
    shares = parse_style(args.style, shipped_styles(args.checkpoint))
    outputs = plan_outputs(args.source, args.output, style_slug(shares), args.same_person)
    if args.save_character and len(outputs.paths) > 1:
        raise UsageError("--save-character takes one photo at a time, or several with --same-person")
    for source in args.source if args.same_person else []:
        check_is_photo(source)
    sheets = _plan_sheets(args, outputs) if args.explain else None
    outputs.check()
    if args.save_character:
        check_writable(args.save_character)

    pipe = _pipeline(args)
    exit_code = 0
    people = [args.source] if args.same_person else args.source
    pages: list[Path | None] = [*sheets.paths] if sheets else [None] * len(people)
    for source, output, page in _progress(list(zip(people, outputs.paths, pages, strict=True))):
        try:
            photo, portrait = _portrait(pipe, source, args.face) if page else ("", None)
            known = portrait.character if portrait and not args.same_person else source
            person = pipe.character(known, face=args.face, overrides=overrides)
            drawn = pipe(person, args.style, args.expression, pose, size=size, seed=args.seed)
            if outputs.folder:
                make_folder(outputs.folder)
            _write(output, drawn.images[0])
            if sheets and portrait and page:
                if sheets.folder:
                    make_folder(sheets.folder)
                _write(page, _explain(photo, portrait, person, drawn.images[0]))
            if args.save_character:
                atomic_write_text(args.save_character, person.to_json())
        except GenAvatarError as error:
            _complain(error, "" if args.same_person else source)
            exit_code = exit_code or error.exit_code
            continue
        print(output)
    return exit_code


def _plan_sheets(args: argparse.Namespace, pictures: Outputs) -> Outputs:
    """Where the sheets go; raises ``UsageError`` if one has no photo or would take a picture's place."""
    for source in args.source:
        if is_character_file(source):
            raise UsageError(f"--explain needs a photo: {source} is a character that was read before")
    sheets = plan_outputs(args.source, args.explain, "explain", args.same_person, "--explain")
    taken = {path.resolve() for path in pictures.paths}
    if args.save_character:
        taken.add(Path(args.save_character).resolve())
    for path in sheets.paths:
        if path.resolve() in taken:
            raise UsageError(f"--explain {path} would overwrite another result")
    sheets.check()
    return sheets


def _portrait(pipe: AvatarPipeline, source: str | list[str], face: int) -> tuple[str, Portrait | None]:
    """What a photo tells, or the first of several photos of one person that has such a face."""
    if isinstance(source, str):
        return source, pipe.fit(source, face)
    for photo in source:
        with contextlib.suppress(NoFaceError):
            return photo, pipe.fit(photo, face)
    return source[0], None


def _explain(source: str, portrait: Portrait, person: Character, avatar: object) -> Image.Image:
    import numpy as np

    from gen_avatar.export.explain import explain_sheet
    from gen_avatar.media import read_image

    photo, name = read_image(source), Path(source).name
    return explain_sheet(photo, portrait.track, portrait.regions, person.appearance, np.asarray(avatar), name,
                         portrait.reading.monk)  # fmt: skip


def _write(path: Path, image: object) -> None:
    import numpy as np

    from gen_avatar.media import write_png

    write_png(path, np.asarray(image))


def _fit(args: argparse.Namespace) -> int:
    if args.head == "ict" and not args.head_file:
        raise UsageError("--head ict needs --head-file: the path of an ICT-FaceKit archive (.npz)")
    if args.head == "genhead" and args.head_file:
        raise UsageError("--head-file goes with --head ict")
    if args.head == "ict" and args.format != "obj":
        raise UsageError(f"--format {args.format} writes our own character: --head ict is for --format obj")
    folder = Path(args.output)
    check_folder(folder)
    pipe = _pipeline(args)
    head = None
    if args.head == "ict":
        from gen_avatar.head.ict import load_ict

        head = load_ict(Path(args.head_file))
    fitted = pipe.fit(args.source, face=args.face, head=head)
    written: list[Path] = []
    if args.format != "glb":
        from gen_avatar.export.obj import write_fit

        written += write_fit(folder, fitted)
    if args.format != "obj":
        from gen_avatar.export.gltf import AvatarExporter, write_fit_glb

        exporter = AvatarExporter(pipe.figure, pipe.head)
        written += write_fit_glb(folder, exporter, fitted.character, fitted.performance)
    for path in dict.fromkeys(written):
        print(path)
    return 0


def _styles(args: argparse.Namespace) -> int:
    from gen_avatar.expression import EXPRESSIONS
    from gen_avatar.keyframes import names
    from gen_avatar.options import attributes
    from gen_avatar.types import ARKIT_52, PROPS

    looks = shipped_styles(args.checkpoint)
    if args.json:
        everything = {
            "styles": list(looks),
            "own_styles": {name: str(folder) for name, folder in own_styles().items()},
            "expressions": {name: dict(weights) for name, weights in EXPRESSIONS.items()},
            "props": list(PROPS),
            "performances": list(names()),
            "attributes": {name: list(choices) for name, choices in attributes().items()},
            "blendshapes": list(ARKIT_52),
        }
        print(json.dumps(everything, indent=2))
        return 0
    print(f"styles       {', '.join(looks)}")
    for name, folder in own_styles().items():
        print(f"  {name:<10} {folder}")
    print(f"expressions  {', '.join(EXPRESSIONS)}")
    print(f"props        {', '.join(PROPS)} (they come with expressions)")
    print(f"performances {', '.join(names())} (animate --driving)")
    print("attributes (--set)")
    for name, choices in attributes().items():
        print(f"  {name:<14} {', '.join(choices) or '#rrggbb'}")
    print("blendshapes")
    for row in range(0, len(ARKIT_52), 4):
        print("  " + " ".join(f"{name:<20}" for name in ARKIT_52[row : row + 4]).rstrip())
    return 0


def _bench(args: argparse.Namespace) -> int:
    from gen_avatar.media import atomic_write_text, check_writable

    if args.json:
        check_writable(args.json)
    from gen_avatar.bench import measure, table

    figures = measure(_pipeline(args), args.checkpoint)
    print(table(figures))
    if args.json:
        atomic_write_text(args.json, json.dumps(figures, indent=2) + "\n")
    return 0


def _pipeline(args: argparse.Namespace) -> AvatarPipeline:
    from gen_avatar.weights import PARTS, checkpoint

    for part in PARTS:  # tell what is missing before spending seconds on imports
        checkpoint(part, args.checkpoint)
    from gen_avatar.loading import pick_device, pick_dtype
    from gen_avatar.pipeline import AvatarPipeline

    device = pick_device(args.device)
    dtype = pick_dtype(args.precision, device)
    pipe = AvatarPipeline.from_pretrained(args.checkpoint).to(device, dtype)
    return pipe.compile() if args.compile else pipe


def _progress(items: list) -> list:
    """``items``, with a progress bar where there are several and somebody watches."""
    if len(items) < 2:
        return items
    return bar(items, unit="photo")


if __name__ == "__main__":
    sys.exit(main())
