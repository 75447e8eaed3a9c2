"""Look at GLB files with three.js in a headless Chromium: for tests, and to see for oneself.

python tests/web/viewer.py FILE... --out DIR  writes a sheet of views and expressions for each file.
"""

from __future__ import annotations

import argparse
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

HERE = Path(__file__).resolve().parent
CHROMIUM = Path("/usr/bin/chromium")
#: Everything is drawn in software, and the browser asks nothing of the network.
_ARGUMENTS = (
    "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-quic",
    "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-features=OptimizationHints,MediaRouter,Translate",
)  # fmt: skip


def missing() -> str | None:
    """What of the browser's set-up is not there, or None."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "no playwright: pip install playwright"
    if not CHROMIUM.exists():
        return f"no {CHROMIUM}: apt-get install chromium"
    if not (HERE / "node_modules" / "three").is_dir():
        return "no three.js: npm install --no-package-lock --prefix tests/web"
    return None


class _Quiet(SimpleHTTPRequestHandler):
    """Serves this folder, and some files besides; says nothing."""

    def __init__(self, *arguments: Any, files: Mapping[str, bytes], **options: Any) -> None:
        self._files = files
        super().__init__(*arguments, directory=str(HERE), **options)

    def do_GET(self) -> None:
        data = self._files.get(self.path.lstrip("/"))
        if data is None:
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "model/gltf-binary")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


class View:
    """A page that shows one file; ``problems`` is what the browser complained of."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self.problems: list[str] = []
        page.on("console", lambda m: self.problems.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.problems.append(str(error)))

    def open(self, address: str) -> View:
        self._page.goto(address)
        self._page.evaluate("() => window.viewer.ready")
        return self

    def call(self, name: str, *arguments: Any) -> Any:
        """Call a function of the page's ``viewer``."""
        return self._page.evaluate("([name, values]) => window.viewer[name](...values)", [name, arguments])

    def picture(self) -> np.ndarray:
        """[S, S, 3] uint8 what is shown."""
        data = self._page.locator("canvas").screenshot()
        return np.asarray(Image.open(BytesIO(data)).convert("RGB"))


@contextmanager
def browse(files: Mapping[str, bytes], size: int = 384) -> Iterator[Any]:
    """A function from the name of one of ``files`` (GLB) to a :class:`View` of it."""
    from playwright.sync_api import sync_playwright

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, files=files))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=list(_ARGUMENTS), headless=True)
            home = f"http://127.0.0.1:{server.server_port}/viewer.html?size={size}&model="

            def view(name: str) -> View:
                page = browser.new_page(viewport={"width": size, "height": size})
                return View(page).open(home + name)

            yield view
            browser.close()
    finally:
        server.shutdown()
        server.server_close()


_SMILE = {"mouthSmileLeft": 0.9, "mouthSmileRight": 0.9, "cheekSquintLeft": 0.6, "cheekSquintRight": 0.6}
_BLINK = {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}
_FACES: tuple[dict[str, float], ...] = (
    {}, _SMILE, {"jawOpen": 1}, _BLINK, {"eyeBlinkLeft": 0.5, "eyeBlinkRight": 0.5},
    {**_SMILE, "jawOpen": 0.6}, {"mouthPucker": 1, "browInnerUp": 1},
    {"mouthFrownLeft": 1, "mouthFrownRight": 1, "browDownLeft": 1, "browDownRight": 1},
)  # fmt: skip


def sheet(view: View) -> np.ndarray:
    """Rows of views from the front and from 35 degrees; columns of faces."""
    rows = []
    for yaw, pitch in ((0, 0), (35, 5)):
        view.call("look", yaw, pitch)
        row = []
        for weights in _FACES:
            view.call("shape", weights)
            row.append(view.picture())
        rows.append(np.concatenate(row, 1))
    return np.concatenate(rows, 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--out", type=Path, default=Path("."))
    parser.add_argument("--size", type=int, default=384)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    with browse({path.name: path.read_bytes() for path in args.files}, args.size) as view:
        for path in args.files:
            shown = view(path.name)
            Image.fromarray(sheet(shown)).save(args.out / f"{path.stem}-sheet.png")
            print(path.stem, shown.call("facts")["triangles"], *shown.problems)


if __name__ == "__main__":
    main()
