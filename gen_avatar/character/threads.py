"""A few threads for kernels that let go of the interpreter: pictures are drawn in bands, a share a thread."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

#: More threads than this gain nothing at the sizes that are drawn.
MOST = 4
_pool: ThreadPoolExecutor | None = None
_mine = threading.local()


def count() -> int:
    """Threads that the calling thread may share its work among, itself included."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MOST, available, getattr(_mine, "most", MOST))


def limit(most: int) -> None:
    """From now on the calling thread shares its work among ``most`` threads at most."""
    _mine.most = most


def share(work: Callable[[int, int], object], threads: int) -> None:
    """Call ``work(index, threads)`` for each index below ``threads``, at the same time; waits for all."""
    global _pool
    if threads > 1 and _pool is None:
        _pool = ThreadPoolExecutor(MOST - 1, "gen-avatar-bands")
    others = [_pool.submit(work, i, threads) for i in range(1, threads)] if _pool else []
    work(0, threads)
    for other in others:
        other.result()


def _forget() -> None:
    """Threads do not survive a fork: the child starts its own."""
    global _pool
    _pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
