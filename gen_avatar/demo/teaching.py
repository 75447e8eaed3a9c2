"""The tab *My style*: drawings in, a style out, watched while it is learnt."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from gen_avatar.animation import Watch, unwatched
from gen_avatar.demo.desk import Desk, file_uri
from gen_avatar.demo.files import new_folder
from gen_avatar.demo.words import need, plainly
from gen_avatar.demo.work import followed, stop_button
from gen_avatar.errors import UsageError
from gen_avatar.finetune.settings import Lesson
from gen_avatar.options import styles_home
from gen_avatar.pipeline import AvatarPipeline

#: Steps of training that can be asked for.
_LEAST, _MOST = 100, 2000
#: More drawings say little more, and reading each takes a second.
_MOST_DRAWINGS = 60


def build(desk: Desk, sitter: gr.State, mine: dict[str, Any]) -> None:
    """Lay out the tab; ``mine``: what the first tab has to show anew when there is a new style."""
    with gr.Row():
        with gr.Column(scale=2, min_width=280):
            drawings = gr.File(
                label="10 to 30 drawings of faces in one style",
                file_count="multiple",
                file_types=[".png", ".jpg", ".jpeg", ".webp", ".svg"],
                height=200,
                elem_id="drawings",
            )
            name = gr.Textbox(
                label="Name of the style",
                placeholder="papercut",
                max_length=40,
                elem_id="style-name",
                info="Small letters, digits, - and _",
            )
            steps = gr.Slider(
                _LEAST,
                _MOST,
                Lesson.steps,
                step=50,
                label="Patience",
                info="Steps of training: 400 take some minutes.",
            )
            progress = gr.HTML(elem_id="learning-progress")
            with gr.Row():
                go = gr.Button("Learn it", variant="primary", elem_id="learn")
                stop = stop_button(desk.jobs, "teach", progress, "stop-learning")
            gr.HTML('<p class="ga-hint">Teach it what you drew yourself, or may use.</p>')
        with gr.Column(scale=3, min_width=300):
            shown = gr.HTML(elem_id="lesson")
            file = gr.DownloadButton(visible=False, elem_id="style-file", elem_classes="ga-download")

    @plainly
    def learn(paths: list[str] | None, name: str, steps: float, request: gr.Request) -> Iterator[list[Any]]:
        out = place_of(desk, name)
        need(paths, "Bring some drawings first.")
        assert paths is not None
        seen = [0]

        def news() -> str | None:
            sheet, fresh = newest(work_of(out))
            if sheet is None or fresh == seen[0]:
                return None
            seen[0] = fresh
            return sheet_of(sheet)

        def finish(style: Path) -> tuple[str, dict[str, str]]:
            return sheet_of(style / "preview.png"), {"Download the style": zipped(style)}

        yield from followed(
            desk.jobs,
            request.session_hash,
            "teach",
            lambda job: teach(desk, paths, name, out, int(steps), watch=job.watch, tell=job.tell),
            finish,
            meanwhile=news,
        )

    go.click(
        learn,
        [drawings, name, steps],
        [shown, file, progress, stop],
        concurrency_id="teach",
        concurrency_limit=1,
        show_progress="hidden",
        api_visibility="private",
    ).then(mine["in_styles"], sitter, mine["styles"], show_progress="hidden", api_visibility="private")
    _endpoint(desk)


def place_of(desk: Desk, name: str) -> Path:
    """Where a new style goes; raises ``UsageError`` for a name that it cannot have."""
    from gen_avatar.generator.adapter import NAME

    if not NAME.fullmatch(name or ""):
        raise UsageError("give the style a name of small letters, digits, - and _")
    out = styles_home() / name
    if name in desk.styles or out.exists():
        raise UsageError(f"there is a style '{name}' already: choose another name")
    return out


def teach(
    desk: Desk,
    paths: list[str],
    name: str,
    out: Path,
    steps: int,
    watch: Watch = unwatched,
    tell: Callable[[str], None] = lambda text: None,
) -> Path:
    """A style from uploaded drawings; raises as :func:`gen_avatar.finetune.teach.teach_style`."""
    from gen_avatar.finetune.teach import check_requirements, teach_style

    check_requirements()
    if len(paths) > _MOST_DRAWINGS:
        raise UsageError(f"at most {_MOST_DRAWINGS} drawings are read here: choose the best ones")
    folder = new_folder()
    try:
        for i, path in enumerate(paths):
            shutil.copy(path, folder / f"{i:02d}-{Path(path).name}")
        # Lessons begin at the weights as they ship, whatever the page paints with.
        pipe = AvatarPipeline.from_pretrained(desk.pipe.root)
        return teach_style(pipe, folder, name, out, steps=steps, watch=watch, tell=tell)
    finally:
        # Both show the drawings, which are not for keeping here.
        for private in (folder, work_of(out)):
            shutil.rmtree(private, ignore_errors=True)


def work_of(out: Path) -> Path:
    """Where a lesson keeps its sheets and its state."""
    return out.with_name(f"{out.name}-work")


def zipped(style: Path) -> str:
    """The path of an archive of a style folder."""
    return shutil.make_archive(str(new_folder() / style.name), "zip", style.parent, style.name)


def newest(work: Path) -> tuple[Path | None, int]:
    """The sheet that shows how far a lesson is, and when it was written, nanoseconds."""
    for sheet in (work / "progress.png", work / "drawings.png"):
        try:
            return sheet, sheet.stat().st_mtime_ns
        except OSError:
            continue
    return None, 0


def sheet_of(path: Path) -> str:
    """A sheet as HTML."""
    return f'<figure class="ga-sheet"><img src="{file_uri(path)}" alt="What it paints now"></figure>'


def _endpoint(desk: Desk) -> None:
    """``/style`` for programs: drawings in, a zipped style folder out."""
    with gr.Column(visible=False):
        drawings = gr.File(file_count="multiple", label="drawings")
        name, steps = gr.Textbox(label="name"), gr.Number(Lesson.steps, label="steps", precision=0)
        button, out = gr.Button(), gr.File(label="style")

    @plainly
    def run(paths: list[str] | None, name: str, steps: int) -> str:
        place = place_of(desk, name)
        need(paths, "Give some drawings.")
        if not 20 <= int(steps) <= _MOST:
            raise UsageError(f"steps go from 20 to {_MOST}")
        style = teach(desk, list(paths or []), name, place, int(steps))
        return zipped(style)

    button.click(
        run, [drawings, name, steps], out, api_name="style", concurrency_id="teach", concurrency_limit=1
    )
