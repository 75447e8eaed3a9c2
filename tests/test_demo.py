"""The demo behind its page: jobs, shared painting, the programs' endpoints, the live connection."""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from gen_avatar.demo import words
from gen_avatar.demo.app import Served, serve
from gen_avatar.demo.desk import Desk, Sitter, Turns
from gen_avatar.demo.faces import height, painted
from gen_avatar.demo.jobs import Job, Jobs, Stopped
from gen_avatar.errors import MediaError
from gen_avatar.keyframes import ready_made
from gen_avatar.media import is_generated
from gen_avatar.options import STYLES_VARIABLE, styles_home
from gen_avatar.pipeline import AvatarPipeline
from gen_avatar.types import ARKIT_52, Character


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    desk = Desk(AvatarPipeline.from_pretrained(), workers=2)
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def served(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(STYLES_VARIABLE, str(tmp_path_factory.mktemp("styles")))
        served = serve(desk.pipe, "127.0.0.1", 0)
        yield served
        served.close()


@pytest.fixture(scope="module")
def client(served: Served) -> Client:
    return Client(served.url, verbose=False)


# -- errors, jobs, turns ----------------------------------------------------------------------------


def test_errors_are_told_without_folders_and_without_tracebacks(capsys: pytest.CaptureFixture[str]) -> None:
    import gradio as gr

    error = MediaError("/tmp/gradio/ab12/me.jpg is damaged and cannot be decoded: short")
    assert words.plain(error) == "Me.jpg is damaged and cannot be decoded: short."

    def fail(error: Exception) -> None:
        raise error

    with pytest.raises(gr.Error, match="is damaged"):
        words.plainly(fail)(error)
    with pytest.raises(gr.Error) as caught:
        words.plainly(fail)(ValueError("secret"))
    assert "secret" not in str(caught.value.message)
    assert "secret" in capsys.readouterr().err


def test_a_job_says_how_far_it_is_and_stops() -> None:
    def work(job: Job[int]) -> int:
        total = 0
        for step in job.watch(range(1000), 1000, "adding"):
            time.sleep(0.01)
            total += step
        return total

    jobs = Jobs()
    job = jobs.begin("anna", "sum", Job(work))
    reports = job.reports()
    first, second = next(reports), next(reports)
    assert (second.what, second.total) == ("adding", 1000) and second.done > first.done
    jobs.stop("berta")
    assert next(reports).done > second.done
    jobs.stop("anna")
    list(reports)
    with pytest.raises(Stopped):
        job.result  # noqa: B018 the property raises


def test_a_new_job_of_the_same_kind_ends_the_one_before() -> None:
    jobs = Jobs()
    first = jobs.begin("anna", "sum", Job(lambda job: list(job.watch(range(10**9), 0, "on"))))
    reports = first.reports()
    next(reports)
    jobs.begin("anna", "sum", Job(lambda job: None))
    list(reports)
    with pytest.raises(Stopped):
        first.result  # noqa: B018


def test_a_job_raises_what_its_work_raised() -> None:
    def work(job: Job[None]) -> None:
        raise MediaError("no")

    job = Job(work)
    list(job.reports())
    with pytest.raises(MediaError):
        job.result  # noqa: B018


def test_tiles_are_painted_in_order_until_they_are_no_longer_wanted(desk: Desk) -> None:
    person = desk.invented[0]
    names = ["neutral", "scream", "wink"]
    wanted = [(name, Sitter(person, expression=name)) for name in names]
    alone = [desk.paint(sitter, 112) for _, sitter in wanted]
    together = list(desk.paint_all([sitter for _, sitter in wanted]))
    for one, other in zip(alone, together, strict=True):
        assert np.abs(one.astype(int) - other).max() <= 2
    turns = Turns()
    turn = turns.take("anna", "faces", "neutral")
    rows = painted(desk, wanted * 8, turn.lasts)
    next(rows)
    turns.pick("anna", "faces", "wink")
    assert turn.picked == "wink"
    turns.take("berta", "faces")
    assert turn.lasts()
    assert turns.take("anna", "faces", "neutral").picked == "wink"
    assert not turn.lasts() and len(list(rows)) <= 1


def test_the_height_of_a_laugh_is_a_laugh() -> None:
    top = height(ready_made("laugh"))
    assert top.expression.shape == (1, 52) and top.expression[0, ARKIT_52.index("jawOpen")] > 0.4


# -- the server -------------------------------------------------------------------------------------


def test_the_server_listens_here_only_and_lets_the_page_fetch_nothing(served: Served) -> None:
    import httpx

    assert served.url.startswith("http://127.0.0.1:") and served.share_url is None
    answer = httpx.get(served.url)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy and "http" not in policy


def test_emoji_endpoint(client: Client, tmp_photo: Any) -> None:
    asked = (handle_file(tmp_photo()), "toon", "wink", "10,0,0")
    path = client.predict(*asked, "hair_style=bob", api_name="/emoji")
    with Image.open(path) as picture:
        assert picture.size == (512, 512) and picture.mode == "RGBA"
        alpha = np.asarray(picture)[..., 3]
    assert alpha[0, 0] == 0 and alpha[300, 256] == 255
    assert is_generated(path)
    other = client.predict(*asked, "hair_style=bald", api_name="/emoji")
    assert Path(path).read_bytes() != Path(other).read_bytes()


def test_endpoints_say_what_was_wrong(client: Client, tmp_photo: Any) -> None:
    blank = tmp_photo("blank.png", np.full((64, 64, 3), 200, np.uint8))
    with pytest.raises(AppError, match="o human face"):
        client.predict(handle_file(blank), "clay", "smile", "0,0,0", "", api_name="/emoji")
    with pytest.raises(AppError, match="here is no style 'oil'"):
        client.predict(handle_file(tmp_photo()), "oil", "smile", "0,0,0", "", api_name="/emoji")
    with pytest.raises(AppError, match="here is no platform"):
        client.predict(handle_file(tmp_photo()), "fax", "static", "", "clay", True, "x", api_name="/stickers")


def test_animate_endpoint(client: Client, tmp_photo: Any) -> None:
    args = (handle_file(tmp_photo()), None, "nod", "flat", "codes", "webp")
    path = client.predict(*args, api_name="/animate")
    scene = ready_made("nod")
    with Image.open(path) as clip:
        assert clip.size == (256, 256)
        count: int = getattr(clip, "n_frames")  # noqa: B009 unknown to the type checker
        frames, seconds = [], 0.0
        for index in range(count):  # those that look alike are one
            clip.seek(index)
            frames.append(np.asarray(clip.convert("RGBA")).astype(int))
            seconds += clip.info["duration"] / 1000
    assert seconds == pytest.approx(len(scene) / scene.fps, abs=0.05)
    assert np.abs(frames[10] - frames[0]).mean() > 1
    assert b"trainedAlgorithmicMedia" in Path(path).read_bytes()


def test_mirror_endpoint(client: Client, desk: Desk, tmp_photo: Any, tmp_path: Path) -> None:
    """The astronaut shows her teeth, and so does whoever mirrors her."""
    someone = desk.invented[0]
    (tmp_path / "someone.json").write_text(someone.to_json(), encoding="utf-8")
    path = client.predict(
        handle_file(tmp_photo()), handle_file(tmp_path / "someone.json"), "clay", api_name="/mirror"
    )
    with Image.open(path) as picture:
        seen = np.asarray(picture).astype(int)
    yaw, pitch, roll = (float(angle) for angle in desk.fit(tmp_photo()).performance.head_rotation[0])
    grin, sad = (
        desk.paint(Sitter(someone, expression=act, pose=(yaw, pitch, roll))).astype(int)
        for act in ("grin", "sad")
    )
    assert np.abs(seen - grin).mean() < 0.7 * np.abs(seen - sad).mean()


def test_stickers_endpoint(client: Client, tmp_photo: Any) -> None:
    args = (handle_file(tmp_photo()), "whatsapp", "static", "smile,laugh,wink", "clay", True, "Anna")
    path = client.predict(*args, api_name="/stickers")
    with zipfile.ZipFile(path) as pack:
        names = [name for name in pack.namelist() if name.endswith(".webp")]
        assert len(names) == 3
        for name in names:
            data = pack.read(name)
            assert len(data) <= 100_000
            with Image.open(BytesIO(data)) as picture:
                assert picture.size == (512, 512) and picture.format == "WEBP"


def test_style_endpoint(client: Client, tmp_photo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the page does around a lesson; lessons have tests of their own."""
    from gen_avatar.finetune import teach

    seen: list[list[str]] = []

    def lesson(pipe: Any, folder: Path, name: str, out: Path, **options: Any) -> Path:
        assert pipe.generator.dtype == torch.float32 and options["steps"] == 20
        seen.append(sorted(path.name for path in folder.iterdir()))
        out.mkdir(parents=True)
        (out / "config.json").write_text("{}")
        work = out.with_name(f"{name}-work")
        work.mkdir()
        (work / "drawings.png").write_bytes(b"private")
        options["tell"]("reading")
        list(options["watch"](range(3), 3, "learning"))
        return out

    monkeypatch.setattr(teach, "teach_style", lesson)
    drawings = [handle_file(tmp_photo(name)) for name in ("a.png", "b.png")]
    path = client.predict(drawings, "mine", 20, api_name="/style")
    with zipfile.ZipFile(path) as style:
        assert "mine/config.json" in style.namelist()
    assert seen == [["00-a.png", "01-b.png"]]
    assert not (styles_home() / "mine-work").exists()
    for name, why in (("mine", "already"), ("clay", "already"), ("No Good", "small letters")):
        with pytest.raises(AppError, match=why):
            client.predict(drawings, name, 20, api_name="/style")


# -- live -------------------------------------------------------------------------------------------


def address(served: Served) -> str:
    return served.url.replace("http", "ws") + "live"


def jpeg(image: np.ndarray) -> bytes:
    buffer = BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def test_live_frames_show_the_character_that_the_page_names(
    served: Served, desk: Desk, astronaut: np.ndarray
) -> None:
    character = replace(desk.invented[0])
    picture = jpeg(astronaut)
    with connect(address(served)) as socket:
        socket.send(json.dumps({"character": json.loads(character.to_json()), "style": "flat"}))
        said, frame = "", b""
        for _ in range(60):
            socket.send(picture)
            answer = socket.recv(timeout=30)
            if isinstance(answer, bytes):
                frame = answer
                break
            said = json.loads(answer)["say"]
            time.sleep(0.05)
    assert "face" in said
    with Image.open(BytesIO(frame)) as drawn:
        pixels = np.asarray(drawn.convert("RGBA")).astype(int)
    assert pixels.shape == (256, 256, 4)
    rest = desk.paint(Sitter(character, "flat"), 256).astype(int)
    stranger = desk.paint(Sitter(Character(), "flat"), 256).astype(int)
    assert np.abs(pixels - rest).mean() < 0.5 * np.abs(pixels - stranger).mean()


def test_live_answers_nonsense_in_words(served: Served) -> None:
    with connect(address(served)) as socket:
        for nonsense in (b"no picture", b"", "no character", json.dumps({"character": {}}), "[]"):
            socket.send(nonsense)
            assert json.loads(socket.recv(timeout=30))["say"]


def test_live_refuses_pages_of_other_sites(served: Served) -> None:
    host = served.url.removeprefix("http://").rstrip("/")
    with connect(address(served), additional_headers={"Origin": f"http://{host}"}):
        pass
    with (
        pytest.raises(InvalidStatus, match="403"),
        connect(address(served), additional_headers={"Origin": "https://example.com"}),
    ):
        pass
