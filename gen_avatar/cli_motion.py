"""The commands that move: ``animate`` and ``capture``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gen_avatar.errors import UsageError
from gen_avatar.options import (
    DEFAULT_STYLE,
    METHODS,
    character_overrides,
    parse_size,
    parse_style,
    shipped_styles,
    style_slug,
)
from gen_avatar.retarget import MOTIONS, parse_amplify
from gen_avatar.terminal import bar

if TYPE_CHECKING:
    from gen_avatar.pipeline import AvatarPipeline

#: Loads the pipeline that the shared options ask for.
Load = Callable[[argparse.Namespace], "AvatarPipeline"]

#: Progress bars of these commands.
_watch = partial(bar, unit="frame")


def add_motion_commands(commands: Any, shared: argparse.ArgumentParser, load: Load) -> None:
    """Add the two commands to a parser's ``commands``; ``shared``: options of all commands."""
    animate = commands.add_parser(
        "animate", parents=[shared], help="a still, photo or character follows a clip"
    )
    animate.set_defaults(run=partial(_animate, load))
    animate.add_argument(
        "source", metavar="SOURCE", help="a photo, a character.json, or any picture of a face"
    )
    animate.add_argument(
        "--driving", required=True, metavar="CLIP", help="or a performance: a file, or a name such as laugh"
    )
    animate.add_argument("--method", default="auto", choices=METHODS, help="draw anew, or move the picture")
    animate.add_argument(
        "--motion", default="relative", choices=MOTIONS, help="keep the source's own pose or not"
    )
    animate.add_argument("--amplify", action="append", default=[], metavar="PART=GAIN",
                         help="head, brows, eyes, mouth, such as mouth=1.3")  # fmt: skip
    animate.add_argument("--style", help=f"a look ({DEFAULT_STYLE} by default), or clay:0.6,toon:0.4")
    animate.add_argument("--size", metavar="N", help="longest side, pixels (256 drawn, 512 moved)")
    animate.add_argument("--set", action="append", default=[], metavar="K=V", help="such as hair_style=bob")
    animate.add_argument("--face", type=int, default=0, metavar="N", help="of the source, 0 is the largest")
    animate.add_argument("--driving-face", type=int, default=0, metavar="N", help="of the clip")
    animate.add_argument(
        "-o", "--output", metavar="OUT", help=".mp4 .webm .gif .webp .png (animated), .glb, or a folder"
    )

    capture = commands.add_parser("capture", parents=[shared], help="a clip to blendshapes, gaze and pose")
    capture.set_defaults(run=partial(_capture, load))
    capture.add_argument("source", metavar="CLIP")
    capture.add_argument("--face", type=int, default=0, metavar="N", help="which face, 0 is the largest")
    capture.add_argument("-o", "--output", required=True, metavar="FILE", help=".json, .csv or .npz")


def _animate(load: Load, args: argparse.Namespace) -> int:
    from gen_avatar.keyframes import ready_made_name
    from gen_avatar.media import check_clip_name, open_writer
    from gen_avatar.performance import is_performance_file

    shares = parse_style(args.style or DEFAULT_STYLE, shipped_styles(args.checkpoint))
    size = None if args.size is None else parse_size(args.size)
    overrides, amplify = character_overrides(args.set), parse_amplify(args.amplify)
    output = args.output or f"{Path(args.source).stem}-{style_slug(shares) if args.style else 'moving'}.mp4"
    named = ready_made_name(args.driving)
    for given in (args.source,) if named else (args.source, args.driving):
        if Path(output).resolve() == Path(given).resolve():
            raise UsageError(f"the output {output} would overwrite an input")
    if Path(output).suffix.lower() == ".glb":
        return _animate_glb(load, args, output, overrides, amplify)
    check_clip_name(output)
    pipe = load(args)
    animation = pipe.animate(
        args.source, args.driving, method=args.method, motion=args.motion, amplify=amplify, style=args.style,
        size=size, face=args.face, driving_face=args.driving_face, overrides=overrides, watch=_watch,
    )  # fmt: skip
    sound = None if named or is_performance_file(args.driving) else args.driving
    with open_writer(output, animation.fps, audio_from=sound) as writer:
        for frame in _watch(animation.frames(), len(animation), "painting"):
            writer.write(frame)
    _report(len(animation), animation.fps, animation.missed)
    print(output)
    return 0


def _animate_glb(
    load: Load, args: argparse.Namespace, output: str, overrides: dict[str, str], amplify: dict[str, float]
) -> int:
    """The character itself, moving, for other programs to draw."""
    from gen_avatar.export.gltf import AvatarExporter, write_avatar
    from gen_avatar.media import check_writable

    for option in ("style", "size"):
        if getattr(args, option) is not None:
            raise UsageError(f"a .glb holds the character, not pictures of it: leave --{option} out")
    if args.method == "warp":
        raise UsageError("a .glb holds the character; the method warp moves a picture: use --method codes")
    check_writable(output)
    pipe = load(args)
    person = pipe.character(args.source, args.face, overrides)
    animation = pipe.animate(
        person, args.driving, method="codes", motion=args.motion, amplify=amplify,
        driving_face=args.driving_face, watch=_watch,
    )  # fmt: skip
    write_avatar(output, AvatarExporter(pipe.figure, pipe.head), person, animation.performance)
    _report(len(animation), animation.fps, animation.missed)
    print(output)
    return 0


def _capture(load: Load, args: argparse.Namespace) -> int:
    from gen_avatar.animation import record
    from gen_avatar.media import check_writable
    from gen_avatar.performance import check_performance_name, save_performance

    check_performance_name(args.output)
    check_writable(args.output)
    captured = record(load(args), args.source, args.face, _watch)
    save_performance(captured.performance, args.output)
    _report(len(captured.performance), captured.performance.fps, captured.missed)
    print(args.output)
    return 0


def _report(frames: int, fps: float, missed: int) -> None:
    """Say on stderr what became of a clip."""
    lost = f"; no face in {missed}, where the last pose is held" if missed else ""
    print(f"gen-avatar: {frames} frames, {frames / fps:.1f} s at {fps:.4g} a second{lost}", file=sys.stderr)
