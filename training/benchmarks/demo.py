"""The demo as visitors feel it: how long they wait, how smooth it is, how many it bears.

python -m training.benchmarks.demo [--sessions 10] [--minutes 5] [--camera CLIP]

Needs Chromium and Playwright. The server runs in a process of its own, as ``gen-avatar demo`` starts it, the
browser beside it on the same machine. Ten visitors click through styles and expressions, each with a haircut
of their own; after every click it is checked that the picture is that of what was clicked and the character
is their own.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import shutil
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
from playwright.async_api import Browser, Page, async_playwright

from gen_avatar.demo.desk import astronaut
from gen_avatar.media import read_video
from gen_avatar.types import HAIR_STYLES

#: Of Chromium: nothing of its own goes out, and the camera is a file.
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)  # fmt: skip
#: Seconds between two clicks of a visitor, and between two looks at the server's memory.
THINKING, LOOK_EVERY = 2.0, 15.0
_EXPRESSIONS = ("smile", "wink", "laugh", "surprise", "sad", "cool")
_STYLES = ("clay", "toon", "flat", "ink", "pixel")
_CHANGED = "old => { const p = document.querySelector('.ga-picture'); return p && p.src !== old; }"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--camera", type=Path, help="clip of a face for Live instead of a tilting astronaut")
    args = parser.parse_args()
    print(f"gen-avatar --help: {statistics.median(help_seconds() for _ in range(5)):.2f} s")
    with TemporaryDirectory() as folder:
        camera, photo = Path(folder) / "camera.mjpeg", Path(folder) / "photo.jpg"
        write_camera(camera, args.camera)
        cv2.imwrite(str(photo), astronaut()[..., ::-1])
        start = time.perf_counter()
        with server() as (process, url):
            print(f"demo, from the command to the page: {time.perf_counter() - start:.1f} s")
            asyncio.run(visits(process.pid, url, photo, camera, args.sessions, 60 * args.minutes))


def help_seconds() -> float:
    """How long ``gen-avatar --help`` takes."""
    start = time.perf_counter()
    subprocess.run([command(), "--help"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def command() -> str:
    return str(Path(sys.executable).with_name("gen-avatar"))


@contextmanager
def server() -> Any:
    """The demo in a process of its own, and its address."""
    process = subprocess.Popen([command(), "demo", "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        yield process, next(word for word in line.split() if word.startswith("http"))
    finally:
        process.terminate()
        process.wait()


def write_camera(path: Path, clip: Path | None = None) -> None:
    """What the browser takes for its camera: Motion JPEG, 640 by 480."""
    if clip is not None:
        pictures = [frame.image for frame in read_video(clip)][:300]
    else:
        photo = astronaut()
        turns = [
            cv2.getRotationMatrix2D((225.0, 110.0), 12 * np.sin(2 * np.pi * i / 30), 1.0) for i in range(30)
        ]
        pictures = [
            cv2.warpAffine(photo, t, (512, 512), borderMode=cv2.BORDER_REPLICATE)[:384] for t in turns
        ]
    with path.open("wb") as file:
        for picture in pictures:
            height, width = picture.shape[:2]
            wide = min(width, round(height * 4 / 3))
            left = (width - wide) // 2
            frame = cv2.resize(picture[: round(wide * 3 / 4), left : left + wide], (640, 480))
            file.write(cv2.imencode(".jpg", frame[..., ::-1])[1].tobytes())


async def visits(pid: int, url: str, photo: Path, camera: Path, sessions: int, seconds: float) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), headless=True,
            args=[*ARGUMENTS, f"--use-file-for-fake-video-capture={camera}"],
        )  # fmt: skip
        waits = await uploads(browser, url, photo)
        print(f"photo to picture in the page, warm: {statistics.median(waits):.2f} s ({len(waits)} uploads)")
        print(f"Live: {await live(browser, url):.1f} frames a second shown")
        print(f"memory before the crowd: {memory(pid):.0f} MB")
        crowd = [visitor(browser, url, photo, i, seconds) for i in range(sessions)]
        watch = asyncio.create_task(watch_memory(pid, seconds))
        counts = await asyncio.gather(*crowd)
        watch.cancel()
        clicks = [wait for waits in counts for wait in waits]
        print(
            f"{sessions} sessions, {seconds / 60:.1f} minutes: {len(clicks)} clicks, each answered with the "
            f"visitor's own picture, median {statistics.median(clicks):.2f} s, slowest {max(clicks):.2f} s"
        )
        print(f"memory after: {memory(pid):.0f} MB")
        await browser.close()


async def opened(browser: Browser, url: str) -> Page:
    """A session of its own, which complains of every error on the page."""
    page = await (await browser.new_context()).new_page()
    page.set_default_timeout(120_000)
    page.on("pageerror", lambda error: print(f"ERROR {error}"))
    page.on("console", lambda m: print(f"ERROR {m.text}") if m.type == "error" else None)
    await page.goto(url)
    await page.wait_for_selector("#styles .ga-tile img")
    return page


async def changed(page: Page, do: Any) -> float:
    """Seconds until the picture on the stage is another one."""
    before = await picture(page)
    start = time.perf_counter()
    await do
    await page.wait_for_function(_CHANGED, arg=before)
    return time.perf_counter() - start


async def picture(page: Page) -> str:
    shown = await page.query_selector(".ga-picture")
    return (await shown.get_attribute("src") or "") if shown else ""


async def uploads(browser: Browser, url: str, photo: Path, times: int = 6) -> list[float]:
    """Waits for the first picture, each in a session of its own; the first, cold one left out."""
    waits = []
    for _ in range(times):
        page = await opened(browser, url)
        waits.append(await changed(page, page.set_input_files("#photo input[type=file]", str(photo))))
        await page.context.close()
        await asyncio.sleep(3)  # the tiles that are under way
    return waits[1:]


async def live(browser: Browser, url: str, seconds: float = 10.0) -> float:
    """Frames a second that the page shows, mean after two seconds of running in."""
    page = await opened(browser, url)
    await page.get_by_role("tab", name="Live").click()
    await page.click("#live [data-do=start]")
    await page.wait_for_function("Number(document.querySelector('#live output').dataset.fps) > 0")
    await asyncio.sleep(3)
    rates = []
    for _ in range(int(seconds)):
        await asyncio.sleep(1)
        rates.append(float(await page.get_attribute("#live output", "data-fps") or 0))
    await page.context.close()
    return statistics.mean(rates)


async def visitor(browser: Browser, url: str, photo: Path, number: int, seconds: float) -> list[float]:
    """Click for a while; returns how long each answer took."""
    end, own = time.perf_counter() + seconds, HAIR_STYLES[(5 * number + 2) % len(HAIR_STYLES)]
    page = await opened(browser, url)
    waits = [await changed(page, page.set_input_files("#photo input[type=file]", str(photo)))]
    if await hair(page) != own:
        await page.click("#change > button")
        tile = f"#choices [data-id='{own}']"
        await page.wait_for_selector(tile)
        waits.append(await changed(page, page.click(tile)))
        await page.click("#change > button")
    step, on = number, {"#styles": "clay", "#faces": "neutral"}
    while time.perf_counter() < end:
        style, act = _STYLES[step % len(_STYLES)], _EXPRESSIONS[step % len(_EXPRESSIONS)]
        for where, name in (("#styles", style), ("#faces", act)):
            if on[where] == name:
                continue
            on[where] = name
            waits.append(await changed(page, page.click(f"{where} [data-id={name}]")))
            await asyncio.sleep(THINKING)
        got = await page.get_attribute(".ga-take a >> nth=0", "download")
        assert got == f"me-{act}-{style}.png", f"visitor {number} asked for {act} in {style} and got {got}"
        seen = await hair(page)
        assert seen == own, f"visitor {number} with {own} sees {seen}"
        step += 1
    await page.context.close()
    return waits


async def hair(page: Page) -> str:
    """The haircut of the character that the page offers."""
    address = await page.get_attribute(".ga-take a >> nth=1", "href") or ""
    return str(json.loads(base64.b64decode(address.partition(",")[2]))["appearance"]["hair_style"])


async def watch_memory(pid: int, seconds: float) -> None:
    start = time.perf_counter()
    while True:
        await asyncio.sleep(LOOK_EVERY)
        print(f"  {time.perf_counter() - start:4.0f} s  {memory(pid):.0f} MB", flush=True)


def memory(pid: int) -> float:
    """Resident memory of a process, MB (Linux)."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(text.partition("VmRSS:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
