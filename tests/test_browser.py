"""The demo as somebody uses it: a page in Chromium, from the photo to stickers, clips and the live avatar.

Screenshots go into the folder that ``GEN_AVATAR_SCREENSHOTS`` names, to be looked at.
"""

from __future__ import annotations

import os
import shutil
import zipfile
from base64 import b64decode
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import sync_playwright

from gen_avatar.demo.app import Served, serve
from gen_avatar.pipeline import AvatarPipeline
from training.benchmarks.demo import ARGUMENTS, write_camera

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium: apt-get install chromium")

#: Milliseconds until something that was asked for is given up.
PATIENCE = 60_000
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    served = serve(AvatarPipeline.from_pretrained(), "127.0.0.1", 0)
    yield served
    served.close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    camera = tmp_path_factory.mktemp("camera") / "camera.mjpeg"
    write_camera(camera)  # the astronaut tilts her head to and fro
    with sync_playwright() as playwright:
        arguments = [*ARGUMENTS, f"--use-file-for-fake-video-capture={camera}"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=arguments)
        yield browser
        browser.close()


class Visit:
    """A page with what went wrong on it."""

    def __init__(self, browser: Any, served: Served, **options: Any) -> None:
        self.page = browser.new_page(**options)
        self.page.set_default_timeout(PATIENCE)
        self.problems: list[str] = []
        self.page.on("console", lambda m: self.problems.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", lambda request: self._check(request.url, served.url))
        self.page.goto(served.url)
        self.page.wait_for_selector("#styles .ga-tile img")

    def _check(self, address: str, home: str) -> None:
        if not address.startswith((home, "data:", "blob:")):
            self.problems.append(f"asked {address}")

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()

    def picture(self) -> str:
        """Address of the picture on the stage, or nothing."""
        shown = self.page.query_selector(".ga-picture")
        return shown.get_attribute("src") if shown else ""

    def after(self, do: Any) -> str:
        """The picture on the stage once ``do()`` has changed it."""
        before = self.picture()
        do()
        self.page.wait_for_function(
            "old => { const p = document.querySelector('.ga-picture'); return p && p.src !== old; }",
            arg=before,
        )
        return self.picture()

    def shoot(self, name: str) -> None:
        if folder := os.environ.get("GEN_AVATAR_SCREENSHOTS"):
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.fixture(scope="module")
def visit(
    browser: Any, served: Served, tmp_path_factory: pytest.TempPathFactory, astronaut: np.ndarray
) -> Visit:
    """A visitor who has brought the astronaut's photo."""
    photo = tmp_path_factory.mktemp("photo") / "astronaut.jpg"
    Image.fromarray(astronaut).save(photo)
    visit = Visit(browser, served, viewport=DESKTOP)
    visit.shoot("first-sight")
    visit.after(lambda: visit.page.set_input_files("#photo input[type=file]", str(photo)))
    return visit


def content(address: str) -> bytes:
    """What a file given as text holds."""
    return b64decode(address.partition(",")[2])


def pixels(address: str) -> np.ndarray:
    """[H, W, 4] of a picture given as text."""
    with Image.open(BytesIO(content(address))) as picture:
        return np.asarray(picture.convert("RGBA")).astype(int)


def test_from_a_photo_to_a_style_an_expression_and_another_haircut(visit: Visit) -> None:
    page = visit.page
    first = pixels(visit.picture())
    assert first.shape == (512, 512, 4) and first[0, 0, 3] == 0
    page.wait_for_selector("#faces [data-id=blow] img")
    visit.shoot("astronaut")
    toon = pixels(visit.after(lambda: page.click("#styles [data-id=toon]")))
    wink = pixels(visit.after(lambda: page.click("#faces [data-id=wink]")))
    page.click("#change > button")
    page.wait_for_selector("#choices [data-id=afro] img")
    hair = pixels(visit.after(lambda: page.click("#choices [data-id=afro]")))
    for before, after in ((first, toon), (toon, wink), (wink, hair)):
        assert np.abs(before - after).mean() > 0.5
    # An afro covers more than short hair does, above the eyes; all of the figure is made to fit the picture.
    assert (hair[:256, :, 3] > 128).sum() > 1.05 * (wink[:256, :, 3] > 128).sum()
    assert page.get_attribute("#styles [data-id=toon]", "aria-pressed") == "true"
    page.click("#attributes [data-id=skin_color]")
    page.wait_for_selector("#choices .ga-swatches")
    deep = pixels(visit.after(lambda: page.click("#choices .ga-tile:last-child")))
    face = np.s_[300:330, 230:280, :3]
    assert deep[face].mean() < 0.6 * hair[face].mean()
    page.wait_for_selector("#faces [data-id=blow] img")
    visit.shoot("me")
    assert not visit.problems


def test_the_picture_can_be_kept(visit: Visit, tmp_path: Path) -> None:
    with visit.page.expect_download() as download:
        visit.page.click(".ga-take a >> nth=0")
    download.value.save_as(tmp_path / "me.png")
    data = (tmp_path / "me.png").read_bytes()
    assert b"trainedAlgorithmicMedia" in data and Image.open(BytesIO(data)).size == (512, 512)


def test_a_pack_of_stickers(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    visit.tab("Stickers")
    page.wait_for_selector("#sticker-faces [data-id=blow] img")
    page.click("#platforms [data-id=slack]")
    chosen = {"smile", "laugh", "love"}
    on = page.eval_on_selector_all("#sticker-faces .ga-tile.on", "tiles => tiles.map(t => t.dataset.id)")
    for name in set(on) - chosen:
        page.click(f"#sticker-faces [data-id={name}]")
    page.click("#make-pack")
    page.wait_for_selector("#pack .ga-dark img")
    visit.shoot("stickers")
    with page.expect_download() as download:
        page.click("#pack-file")
    download.value.save_as(tmp_path / "pack.zip")
    with zipfile.ZipFile(tmp_path / "pack.zip") as pack:
        stickers = [name for name in pack.namelist() if name.endswith(".png")]
        assert {name.split("my-")[-1] for name in stickers} == {f"{name}.png" for name in chosen}
        for name in stickers:
            with Image.open(BytesIO(pack.read(name))) as sticker:
                assert sticker.size == (128, 128)
    assert not visit.problems


def test_a_ready_made_performance(visit: Visit) -> None:
    page = visit.page
    visit.tab("Animate")
    page.wait_for_selector("#performances [data-id=yuck] img")
    page.click("#performances [data-id=wink]")
    page.click("#animate")
    page.wait_for_selector("#animation .ga-dark img")
    visit.shoot("animate")
    names = []
    for label in ("Download sticker (WebP)", "Download GIF", "Download video (MP4)"):
        with page.expect_download() as download:
            page.get_by_text(label, exact=True).click()
        names.append(download.value.suggested_filename)
    assert names == ["me.webp", "me.gif", "me.mp4"]
    with Image.open(BytesIO(content(page.get_attribute("#animation img", "src")))) as moving:
        moving.seek(20)  # raises where there are fewer frames
    assert not visit.problems


def test_work_can_be_stopped(visit: Visit) -> None:
    page = visit.page
    visit.tab("Animate")
    page.click("#performances [data-id=talk]")
    page.click("#animate")
    page.wait_for_selector("#animation-progress .ga-progress")
    page.click("#stop-animation")
    page.wait_for_function("document.querySelector('#animation-progress').innerText.includes('Stopped')")


def test_the_camera_drives_the_avatar(visit: Visit) -> None:
    page = visit.page
    visit.tab("Live")
    page.click("#live [data-do=start]")
    page.wait_for_function("Number(document.querySelector('#live output').dataset.fps) > 1")
    shot = "document.querySelector('#live canvas').toDataURL('image/png')"
    first = pixels(page.evaluate(shot))
    assert (first[..., 3] > 0).mean() > 0.3
    page.wait_for_timeout(400)
    # The head tilts to and fro, and the avatar's with it.
    assert np.abs(pixels(page.evaluate(shot)) - first).mean() > 0.5
    visit.shoot("live")
    page.click("#live [data-do=stop]")
    assert page.inner_text("#live output") == "Not running"
    assert not visit.problems


def test_errors_are_told_in_words(browser: Any, served: Served, tmp_path: Path) -> None:
    blank = tmp_path / "wall.png"
    Image.new("RGB", (200, 200), "white").save(blank)
    visit = Visit(browser, served, viewport=DESKTOP)
    visit.page.set_input_files("#photo input[type=file]", str(blank))
    visit.page.wait_for_selector("text=No human face found")
    visit.tab("Stickers")
    visit.page.click("#make-pack")
    visit.page.wait_for_selector("text=Bring a photo in the first tab")
    visit.page.close()


def test_two_visitors_do_not_see_each_other(browser: Any, served: Served) -> None:
    visits = [Visit(browser, served, viewport=DESKTOP) for _ in range(2)]
    visits[0].after(lambda: visits[0].page.click("#someone"))
    assert visits[1].picture() == ""
    visits[1].after(lambda: visits[1].page.click("#astronaut"))
    files = [v.page.get_attribute(".ga-take a >> nth=1", "href") for v in visits]
    assert files[0] != files[1]
    visits[0].after(lambda: visits[0].page.click("#faces [data-id=smile]"))
    assert visits[0].page.get_attribute(".ga-take a >> nth=1", "href") == files[0]
    for one in visits:
        assert not one.problems
        one.page.close()


def test_it_fits_a_phone_in_the_dark(browser: Any, served: Served) -> None:
    visit = Visit(browser, served, viewport=PHONE, color_scheme="dark", has_touch=True, is_mobile=True)
    visit.after(lambda: visit.page.tap("#someone"))
    width = visit.page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
    background = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(map(int, background[4:-1].split(","))) < 200, "the page follows the device into the dark"
    visit.page.wait_for_selector("#faces [data-id=blow] img")
    visit.shoot("phone")
    for name in ("Animate", "Stickers", "My style", "Live"):
        visit.tab(name)
        visit.page.wait_for_timeout(300)
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        visit.shoot(f"phone-{name.lower().replace(' ', '-')}")
    visit.page.close()
