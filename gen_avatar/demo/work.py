"""Long work on a page: a bar while it goes on, a button that stops it, buttons for what comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import gradio as gr

from gen_avatar.demo.jobs import STOPPED, Job, Jobs, Result, Stopped, bar


def followed(
    jobs: Jobs,
    session: str | None,
    kind: str,
    work: Callable[[Job[Result]], Result],
    finish: Callable[[Result], tuple[str, Mapping[str, str]]],
    downloads: int = 1,
    meanwhile: Callable[[], str | None] = lambda: None,
) -> Iterator[list[Any]]:
    """Run a job; what to show, step by step: [result, download buttons …, progress, stop button].

    Args:
        jobs: takes note of it, so that it can be stopped.
        session, kind: of the job.
        work: the job's.
        finish: from its result to HTML, and what the buttons give away: label → file.
        downloads: how many buttons there are.
        meanwhile: HTML to show while it goes on, or None for no news.

    Raises:
        what the work raised, but not that it was stopped.
    """
    job = jobs.begin(session, kind, Job(work))
    same, hidden = [gr.skip()] * downloads, [gr.update(visible=False)] * downloads
    yield [gr.skip(), *hidden, bar(job.report), gr.update(visible=True)]
    for report in job.reports():
        news = meanwhile()
        yield [gr.skip() if news is None else news, *same, bar(report), gr.skip()]
    try:
        shown, files = finish(job.result)
    except Exception as error:
        yield [gr.skip(), *same, STOPPED if isinstance(error, Stopped) else "", gr.update(visible=False)]
        if isinstance(error, Stopped):
            return
        raise
    given = [gr.update(label=label, value=file, visible=True) for label, file in files.items()]
    yield [shown, *given, *hidden[len(given) :], "", gr.update(visible=False)]


def stop_button(jobs: Jobs, kind: str, progress: gr.HTML, elem_id: str) -> gr.Button:
    """A button that stops the session's job; hidden while there is none."""
    button = gr.Button("Stop", scale=0, min_width=90, visible=False, elem_id=elem_id)

    def halt(request: gr.Request) -> str:
        jobs.stop(request.session_hash or "", kind)
        return STOPPED

    button.click(halt, None, progress, queue=False, api_visibility="private")
    return button
