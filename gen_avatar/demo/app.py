"""The page and its server.

Everything is served from this machine and nothing is fetched from elsewhere: a content security policy sees
to that, whatever a library might try.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware
from starlette.routing import WebSocketRoute

from gen_avatar.demo import live, me, moving, packs, teaching
from gen_avatar.demo.desk import Desk, Sitter
from gen_avatar.errors import UsageError
from gen_avatar.pipeline import AvatarPipeline

#: Larger uploads are refused.
LARGEST_UPLOAD = "64mb"
#: Events that wait at most, events of one quick kind that run at once (most of them wait for the few workers
#: that paint), and threads for all.
_QUEUE, _AT_ONCE, _THREADS = 64, 16, 64
#: How often files that nobody needs any more are looked for, and how old they must be, seconds.
_SWEEP = (300, 1800)
#: Seconds after which a session that is not used any more is forgotten.
_FORGOTTEN = 3600
_POLICY = (
    "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; connect-src 'self' data: blob:; "
    "frame-ancestors 'self'; object-src 'none'; base-uri 'self'"
)


@dataclass(frozen=True)
class Served:
    """A running server.

    Attributes:
        url: where the page is on this machine. share_url: where everybody sees it, or None.
        close: stops the server and removes its files.
        wait: blocks until the server is stopped.
    """

    url: str
    share_url: str | None
    close: Callable[[], None]
    wait: Callable[[], None]


def build(pipe: AvatarPipeline) -> tuple[gr.Blocks, Desk]:
    """The page, and the desk behind it."""
    desk = Desk(pipe)
    with gr.Blocks(
        title="gen_avatar", analytics_enabled=False, delete_cache=_SWEEP, fill_width=False
    ) as page:
        gr.HTML(
            '<header class="ga-head"><h1>gen_avatar</h1><p>One selfie becomes your own emoji.</p></header>'
        )
        sitter = gr.State(Sitter(), time_to_live=_FORGOTTEN)
        with gr.Tabs():
            with gr.Tab("Me", id="me"):
                mine = me.build(desk, sitter)
            with gr.Tab("Animate", id="animate") as tab:
                moving.build(desk, sitter, tab)
            with gr.Tab("Stickers", id="stickers") as tab:
                packs.build(desk, sitter, tab)
            with gr.Tab("My style", id="style"):
                teaching.build(desk, sitter, mine)
            with gr.Tab("Live", id="live") as tab:
                live.build(desk, sitter, tab)

        def leave(request: gr.Request) -> None:
            desk.jobs.stop(request.session_hash or "")
            desk.turns.forget(request.session_hash or "")

        page.unload(leave)
    page.queue(max_size=_QUEUE, default_concurrency_limit=_AT_ONCE)
    return page, desk


def serve(pipe: AvatarPipeline, host: str, port: int, share: bool = False) -> Served:
    """Serve the page until :attr:`Served.close` is called.

    Args:
        pipe: what draws; shared by all visitors.
        host: address to listen on; anything but this machine's own opens the page to the network.
        port: 0 takes any that is free.
        share: ask Gradio for a public address, through its servers.

    Raises:
        UsageError: the port is taken, or there is no public address to be had.
    """
    # What is uploaded and made lies in a folder of its own, which goes with the server.
    folder = tempfile.TemporaryDirectory(prefix="gen-avatar-demo-", ignore_cleanup_errors=True)
    os.environ["GRADIO_TEMP_DIR"] = folder.name
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    page, desk = build(pipe)

    def close() -> None:
        desk.close()
        page.close()
        folder.cleanup()

    # Gradio would confine a style sheet of its own argument to what lies inside its containers.
    css = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    kind = {
        "middleware": [Middleware(_Policy)],
        "routes": [WebSocketRoute("/live", live.endpoint(desk))],
    }
    try:
        _, url, share_url = page.launch(
            server_name=host,
            server_port=port or _free_port(host),
            share=share,
            prevent_thread_lock=True,
            max_threads=_THREADS,
            quiet=True,
            show_error=True,
            max_file_size=LARGEST_UPLOAD,
            footer_links=[],
            run_history=False,
            enable_monitoring=False,
            ssr_mode=False,
            pwa=False,
            theme=_theme(),
            head=f"<style>{css}</style>",
            app_kwargs=kind,
        )
    except OSError as error:
        close()
        raise UsageError(f"cannot serve on {host}:{port}: {error}; try another --port") from error
    if share and not share_url:
        close()
        raise UsageError("there is no public address to be had: leave --share out")

    def wait() -> None:
        try:
            while page.is_running:
                time.sleep(0.5)
        finally:
            close()

    return Served(url, share_url, close, wait)


def _theme() -> gr.themes.Base:
    """Calm colours, and letters that every machine has: none are fetched."""
    clay = (
        "#fbf3ef",
        "#f6e4dc",
        "#eecabb",
        "#e3aa93",
        "#d6876a",
        "#ca6f4f",
        "#c2603f",
        "#a14c31",
        "#7f3e2a",
        "#663427",
    )
    accent = gr.themes.Color(*clay, "#3a1c14", name="clay")
    system = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
    theme = gr.themes.Soft(
        primary_hue=accent,
        secondary_hue=accent,
        neutral_hue=gr.themes.colors.stone,
        font=system,
        font_mono=["ui-monospace", "monospace"],
        radius_size=gr.themes.sizes.radius_lg,
    )
    return theme.set(
        block_title_background_fill="transparent",
        block_title_background_fill_dark="transparent",
        block_title_text_color="*body_text_color",
        block_title_text_color_dark="*body_text_color",
        block_title_padding="0",
        block_label_background_fill="*background_fill_secondary",
        block_label_background_fill_dark="*background_fill_secondary",
        block_label_text_color="*body_text_color_subdued",
        block_label_text_color_dark="*body_text_color_subdued",
        checkbox_label_background_fill_selected="*primary_100",
        checkbox_label_text_color_selected="*body_text_color",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_500",
    )


class _Policy:
    """Adds the content security policy to every answer (W3C CSP 3)."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def marked(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (b"content-security-policy", _POLICY.encode()),
                    (b"referrer-policy", b"no-referrer"),
                ]
            await send(message)

        await self._app(scope, receive, marked if scope["type"] == "http" else send)


def _free_port(host: str) -> int:
    import socket

    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
