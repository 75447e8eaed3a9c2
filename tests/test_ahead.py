"""Threads: work ahead of who asks for it, and cores that a thread is held to."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
import torch

from gen_avatar.ahead import ahead
from gen_avatar.character import threads


def test_order_is_kept_and_work_is_done_elsewhere() -> None:
    where = set()

    def numbers() -> Iterator[int]:
        for number in range(20):
            where.add(threading.get_ident())
            yield number

    assert list(ahead(numbers(), 3)) == list(range(20))
    assert where and threading.get_ident() not in where


def test_no_more_is_made_than_may_wait() -> None:
    made = []

    def numbers() -> Iterator[int]:
        for number in range(50):
            made.append(number)
            yield number

    taking = ahead(numbers(), 2)
    assert next(taking) == 0
    time.sleep(0.2)
    assert len(made) <= 4  # taken, two that wait, one in the hand
    taking.close()
    assert len(made) < 50
    assert not [t for t in threading.enumerate() if t.name == "gen-avatar-ahead"]


def test_errors_come_in_their_place() -> None:
    def numbers() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    taking = ahead(numbers())
    assert next(taking) == 1
    with pytest.raises(ValueError, match="broken"):
        next(taking)


def test_cores_are_a_matter_of_the_thread() -> None:
    before, counted = threads.count(), []

    def work() -> None:
        threads.take(1)
        counted.append(threads.count())

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    assert counted == [1] and threads.count() == before


def test_a_core_is_given_back() -> None:
    before = threads.count(), torch.get_num_threads()
    with threads.one_core():
        assert threads.count() == torch.get_num_threads() == 1
    assert (threads.count(), torch.get_num_threads()) == before
