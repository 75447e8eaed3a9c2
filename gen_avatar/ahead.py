"""Work done ahead of who asks for it, in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from queue import Full, Queue
from threading import Event, Thread
from typing import TypeVar

Item = TypeVar("Item")
#: How long a full queue is waited for before looking whether anybody still wants it, seconds.
_PATIENCE = 0.05
_END = object()


def ahead(
    items: Iterable[Item], most: int = 4, prepare: Callable[[], object] = lambda: None
) -> Generator[Item, None, None]:
    """``items`` in their order, made in a thread while earlier ones are being used.

    Args:
        items: iterated in the thread, as far as ``most`` items ahead and no longer than this generator lives.
        prepare: called in the thread first.

    Raises:
        Whatever the iteration raises, in its place.
    """
    queue: Queue[object] = Queue(most)
    done = Event()

    def hand_over(thing: object) -> bool:
        while not done.is_set():
            try:
                queue.put(thing, timeout=_PATIENCE)
            except Full:
                continue
            return True
        return False

    def work() -> None:
        try:
            prepare()
            for item in items:
                if not hand_over((item,)):
                    return
        except BaseException as error:
            hand_over(error)
        else:
            hand_over(_END)

    worker = Thread(target=work, name="gen-avatar-ahead", daemon=True)
    worker.start()
    try:
        while (taken := queue.get()) is not _END:
            if isinstance(taken, BaseException):
                raise taken
            yield taken[0]  # type: ignore[index]
    finally:
        done.set()
        worker.join()
