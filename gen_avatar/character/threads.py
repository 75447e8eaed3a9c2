"""A few threads for kernels that let go of the interpreter: pictures are drawn in bands, a share a thread."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import TypeVar

import torch

from gen_avatar.ahead import ahead

Item = TypeVar("Item")

#: More threads than this gain nothing at the sizes that are drawn.
MOST = 4
_pool: ThreadPoolExecutor | None = None
_mine = threading.local()


def count() -> int:
    """Threads that the calling thread may share its work among, itself included."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MOST, available, getattr(_mine, "most", MOST))


def take(cores: int) -> None:
    """From now on hold the calling thread to ``cores``, for rasterisers and networks alike."""
    _mine.most = cores
    torch.set_num_threads(cores)


@contextmanager
def one_core() -> Iterator[None]:
    """Hold the calling thread to one core for a while."""
    most, cores = getattr(_mine, "most", MOST), torch.get_num_threads()
    take(1)
    try:
        yield
    finally:
        take(cores)
        _mine.most = most


@contextmanager
def beside(items: Iterable[Item]) -> Iterator[Iterator[Item]]:
    """``items``, made on one core while the calling thread uses earlier ones on another.

    Networks as small as those that track a face gain nothing from more cores, and lose when they share them.
    """
    with one_core(), closing(ahead(items, prepare=lambda: take(1))) as made:
        yield made


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
