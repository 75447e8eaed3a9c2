"""A Ray cluster draws the same bytes as this process does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from training.cluster import draw_store
from training.data import Store, drawn_shard, write_shard

pytest.importorskip("ray")
#: Two shards of two small pictures each: split, number, count, size, looks.
TASKS = [("heldout", number, 2, 64, ("clay",)) for number in range(2)]


@pytest.fixture
def no_cluster_left() -> Iterator[None]:
    """Ray is gone after the test, whatever happened in it."""
    import ray

    yield
    assert not ray.is_initialized()


@pytest.mark.usefixtures("no_cluster_left")
def test_two_workers_draw_the_bytes_of_one_process(tmp_path: Path) -> None:
    files = drawn_shard(*TASKS[0])
    kept = tmp_path / "shard-00000"
    write_shard(tmp_path, 0, {"people.json": b"drawn before"})
    assert list(draw_store(tmp_path, TASKS[:1], "local", 1)) == [], "nothing is missing"
    for path in kept.iterdir():
        path.unlink()
    kept.rmdir()

    assert sorted(draw_store(tmp_path, TASKS, "local", 2)) == [0, 1]
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == files
    other = {path.name: path.read_bytes() for path in (tmp_path / "shard-00001").iterdir()}
    assert other == drawn_shard(*TASKS[1]) and other != files
    assert len(Store(tmp_path)) == 4 and not list(tmp_path.glob("work-*"))
