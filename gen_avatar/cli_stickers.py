"""The command that makes packs for messengers: ``stickers``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from gen_avatar.options import DEFAULT_STYLE, character_overrides, parse_style, shipped_styles
from gen_avatar.stickers.platforms import KINDS, PLATFORMS, rules_of
from gen_avatar.stickers.texts import DEFAULT_AUTHOR, DEFAULT_TITLE, check_text
from gen_avatar.terminal import bar

if TYPE_CHECKING:
    from gen_avatar.pipeline import AvatarPipeline
    from gen_avatar.stickers.pack import Pack

#: Loads the pipeline that the shared options ask for.
Load = Callable[[argparse.Namespace], "AvatarPipeline"]

#: Progress bars of these commands.
_watch = partial(bar, unit="sticker")


def add_stickers_command(commands: Any, shared: argparse.ArgumentParser, load: Load) -> None:
    """Add the command to a parser's ``commands``; ``shared``: options of all commands."""
    stickers = commands.add_parser("stickers", parents=[shared], help="a pack of stickers for a messenger")
    stickers.set_defaults(run=partial(_stickers, load))
    stickers.add_argument("source", metavar="SOURCE", help="a photo, or a character.json")
    stickers.add_argument("--for", dest="platform", required=True, choices=tuple(PLATFORMS), help="messenger")
    stickers.add_argument("--kind", default=KINDS[0], choices=KINDS, help="emoji: Telegram's custom emoji")
    stickers.add_argument("--expressions", metavar="NAMES",
                          help="such as smile,laugh; performances if it moves (16 by default)")  # fmt: skip
    stickers.add_argument("--style", default=DEFAULT_STYLE, help="a look, or clay:0.6,toon:0.4")
    stickers.add_argument("--set", action="append", default=[], metavar="K=V", help="such as hair_style=bob")
    stickers.add_argument("--face", type=int, default=0, metavar="N", help="which face, 0 is the largest")
    stickers.add_argument("--outline", action="store_true", help="a white border, as stickers have it")
    stickers.add_argument("--title", default=DEFAULT_TITLE, help="of the pack")
    stickers.add_argument("--author", default=DEFAULT_AUTHOR, help="of the pack")
    stickers.add_argument("-o", "--output", required=True, metavar="DIR", help="a new folder for the pack")


def _stickers(load: Load, args: argparse.Namespace) -> int:
    rules_of(args.platform, args.kind)
    parse_style(args.style, shipped_styles(args.checkpoint))
    overrides = character_overrides(args.set)
    check_text("title", args.title)
    check_text("author", args.author)
    from gen_avatar.stickers.artist import artist_of
    from gen_avatar.stickers.pack import check_names, check_pack_folder, make_pack

    given = None
    if args.expressions is not None:
        given = [name.strip() for name in args.expressions.split(",") if name.strip()]
    chosen = check_names(args.platform, args.kind, given)
    check_pack_folder(args.output)
    pipe = load(args)
    artist = artist_of(pipe, pipe.character(args.source, args.face, overrides), args.style, args.seed)
    pack = make_pack(artist, args.platform, args.kind, chosen, folder=args.output, outline=args.outline,
                     title=args.title, author=args.author, watch=_watch)  # fmt: skip
    _report(pack)
    print(args.output)
    return 0


def _report(pack: Pack) -> None:
    """Say on stderr how large the stickers are, and how smooth."""
    sizes = [sticker.size for sticker in pack.stickers]
    text = f"{len(sizes)} stickers, {min(sizes) / 1000:.0f} to {max(sizes) / 1000:.0f} KB"
    rates = [sticker.fps for sticker in pack.stickers if sticker.fps]
    if rates:
        text += f", {min(rates):.3g} to {max(rates):.3g} frames a second"
    print(f"gen-avatar: {text}", file=sys.stderr)
