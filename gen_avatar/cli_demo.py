"""The command that serves the page: ``demo``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from gen_avatar.errors import UsageError

if TYPE_CHECKING:
    from gen_avatar.pipeline import AvatarPipeline

#: Where the page is served unless asked for otherwise: to this machine only.
HOST, PORT = "127.0.0.1", 7860
#: What the page needs besides the package itself.
_NEEDED = ("gradio", "websockets")


def add_demo_command(
    commands: Any, shared: argparse.ArgumentParser, load: Callable[[argparse.Namespace], AvatarPipeline]
) -> None:
    """Add the command to a parser's ``commands``; ``shared``: options of all commands."""
    demo = commands.add_parser("demo", parents=[shared], help="a page in the browser: emoji, stickers, live")
    demo.set_defaults(run=partial(_demo, load))
    demo.add_argument("--host", default=HOST, help="address to listen on; 0.0.0.0 opens it to the network")
    demo.add_argument("--port", type=int, default=PORT, metavar="N", help="0 takes any that is free")
    demo.add_argument("--share", action="store_true", help="ask Gradio for a public address")
    demo.add_argument("--open", action="store_true", help="open the page in the browser")


def _demo(load: Callable[[argparse.Namespace], AvatarPipeline], args: argparse.Namespace) -> int:
    if not 0 <= args.port < 65536:
        raise UsageError(f"--port takes a number from 0 to 65535, not {args.port}")
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise UsageError(f'the demo needs {", ".join(missing)}: pip install "gen-avatar[demo]"')
    pipe = load(args)
    from gen_avatar.demo.app import serve

    served = serve(pipe, args.host, args.port, args.share)
    print(f"gen-avatar: {served.url} (Ctrl-C ends it)", flush=True)
    if served.share_url:
        print(f"gen-avatar: for everybody who has the address: {served.share_url}", flush=True)
    if args.open:
        import webbrowser

        webbrowser.open(served.url)
    served.wait()
    return 0
