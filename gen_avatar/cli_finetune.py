"""The command that teaches a style: ``finetune``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gen_avatar.errors import UsageError
from gen_avatar.options import check_folder, shipped_styles, styles_home
from gen_avatar.terminal import bar

if TYPE_CHECKING:
    from gen_avatar.pipeline import AvatarPipeline

#: Steps of a lesson unless asked for otherwise, and the least and the most that can be asked for.
STEPS, STEPS_RANGE = 800, (20, 100_000)


def add_finetune_command(
    commands: Any, shared: argparse.ArgumentParser, load: Callable[[argparse.Namespace], AvatarPipeline]
) -> None:
    """Add the command to a parser's ``commands``; ``shared``: options of all commands."""
    finetune = commands.add_parser("finetune", parents=[shared], help="a new style from a folder of drawings")
    finetune.set_defaults(run=partial(_finetune, load))
    finetune.add_argument("folder", metavar="FOLDER", help="10 to 30 drawings of faces in one style")
    finetune.add_argument("--name", required=True, metavar="STYLE", help="small letters, digits, - and _")
    finetune.add_argument("-o", "--output", metavar="DIR", help="style folder (default: where --style looks)")
    finetune.add_argument("--steps", type=int, default=STEPS, metavar="N", help="of training")
    finetune.add_argument("--faces", metavar="FILE", help="JSON of faces marked by hand, see the README")
    finetune.add_argument("--resume", action="store_true", help="go on after a stop")
    finetune.add_argument("--from-prompt", metavar="TEXT",
                          help="draw the pictures with a diffusion model, into FOLDER")  # fmt: skip
    finetune.add_argument("--diffusion-model", metavar="DIR", help="of your own, for --from-prompt")


def _finetune(load: Callable[[argparse.Namespace], AvatarPipeline], args: argparse.Namespace) -> int:
    from gen_avatar.generator.adapter import NAME

    if not NAME.fullmatch(args.name):
        raise UsageError(f"--name takes small letters, digits, - and _, at most 40, not '{args.name}'")
    if args.name in shipped_styles(args.checkpoint):
        raise UsageError(f"'{args.name}' is one of the looks that ship: choose another --name")
    low, high = STEPS_RANGE
    if not low <= args.steps <= high:
        raise UsageError(f"--steps takes a number from {low} to {high}, not {args.steps}")
    if bool(args.from_prompt) != bool(args.diffusion_model):
        raise UsageError("--from-prompt and --diffusion-model go together")
    out = Path(args.output) if args.output else styles_home() / args.name
    check_folder(out)
    from gen_avatar.finetune.teach import check_requirements, read_marks, teach_style

    check_requirements()
    marks = read_marks(Path(args.faces)) if args.faces else {}
    # Lessons begin at the weights as they ship; the precision is that of learning.
    pipe = load(argparse.Namespace(**{**vars(args), "precision": "fp32"}))
    if args.from_prompt:
        from gen_avatar.finetune.diffusion import draw_folder

        draw_folder(pipe, Path(args.folder), args.from_prompt, Path(args.diffusion_model), args.seed, bar)
    result = teach_style(
        pipe, Path(args.folder), args.name, out, marks=marks, steps=args.steps, seed=args.seed,
        precision=args.precision, resume=args.resume, watch=bar, tell=_tell,
    )  # fmt: skip
    print(result)
    return 0


def _tell(text: str) -> None:
    print(f"gen-avatar: {text}", file=sys.stderr)
