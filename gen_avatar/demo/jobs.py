"""Work that takes long: it runs beside the page, says how far it is, and stops when it is told to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html import escape
from threading import Event, Lock, Thread
from typing import Any, Generic, TypeVar

from gen_avatar.errors import GenAvatarError

Result = TypeVar("Result")

#: Seconds between two looks at how far a job is.
LOOK_EVERY = 0.25


class Stopped(GenAvatarError):
    """The visitor, or the end of the session, has stopped a job."""


@dataclass(frozen=True)
class Report:
    """How far a job is.

    Attributes:
        what: it is doing, such as "painting".
        done: steps of it.
        total: steps; 0 where nobody knows.
        remarks: what it had to say so far.
    """

    what: str = "starting"
    done: int = 0
    total: int = 0
    remarks: tuple[str, ...] = ()


class Job(Generic[Result]):
    """One piece of work.

    Args:
        work: is called in a thread of its own with this job, whose :meth:`watch` and
            :meth:`tell` it passes on.
    """

    def __init__(self, work: Callable[[Job[Result]], Result]) -> None:
        self._work, self._stop, self._ended = work, Event(), Event()
        self.report = Report()
        self._result: Result | None = None
        self._error: BaseException | None = None

    def watch(self, steps: Iterable[Any], total: int, what: str) -> Iterator[Any]:
        """``steps``, counted; raises :class:`Stopped` between two of them."""
        self.report = Report(what, 0, total, self.report.remarks)
        return self._counted(steps, total, what)

    def _counted(self, steps: Iterable[Any], total: int, what: str) -> Iterator[Any]:
        for done, step in enumerate(steps):
            if self._stop.is_set():
                raise Stopped("stopped")
            self.report = Report(what, done, total, self.report.remarks)
            yield step

    def tell(self, text: str) -> None:
        """A remark for the visitor."""
        report = self.report
        self.report = Report(report.what, report.done, report.total, (*report.remarks, text))

    def stop(self) -> None:
        """End at the next step."""
        self._stop.set()

    def reports(self) -> Iterator[Report]:
        """Run; a report every now and then until it is done. Who stops listening stops the job."""
        Thread(target=self._run, name="job", daemon=True).start()
        try:
            while not self._ended.wait(LOOK_EVERY):
                yield self.report
        finally:
            self.stop()

    @property
    def result(self) -> Result:
        """What came out, after the last report; raises what the work raised."""
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]

    def _run(self) -> None:
        try:
            self._result = self._work(self)
        except BaseException as error:
            self._error = error
        finally:
            self._ended.set()


class Jobs:
    """The jobs that run, at most one of a kind a session."""

    def __init__(self) -> None:
        self._running: dict[tuple[str, str], Job[Any]] = {}
        self._lock = Lock()

    def begin(self, session: str | None, kind: str, job: Job[Result]) -> Job[Result]:
        """Take note of a job; one of this kind and session that still runs is stopped."""
        with self._lock:
            before = self._running.pop((session or "", kind), None)
            self._running[session or "", kind] = job
        if before is not None:
            before.stop()
        return job

    def stop(self, session: str | None, kind: str | None = None) -> None:
        """Stop the jobs of a session, or of all for None; those of one kind, or all."""
        with self._lock:
            for key in [k for k in self._running if session in (None, k[0]) and kind in (None, k[1])]:
                self._running.pop(key).stop()


#: What is shown instead of a bar once a job was stopped.
STOPPED = '<p class="ga-hint">Stopped.</p>'


def bar(report: Report) -> str:
    """A progress bar as HTML."""
    share = 100 * report.done / report.total if report.total else 0
    count = f" {report.done} of {report.total}" if report.total else ""
    remarks = "".join(f"<li>{escape(text)}</li>" for text in report.remarks)
    return (
        f'<div class="ga-progress" role="progressbar" aria-valuenow="{share:.0f}">'
        f'<i style="width:{share:.0f}%"></i></div>'
        f'<p class="ga-hint">{escape(report.what.capitalize())}{count}</p>'
        + (f'<ul class="ga-hint">{remarks}</ul>' if remarks else "")
    )
