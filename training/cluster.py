"""Shards drawn by the machines of a Ray cluster instead of the processes of this one.

A shard is a function of its arguments, so that it does not matter where it is drawn: the bytes are the same
as those of the local pool. Only the machine that asked writes to the store.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from training.data import drawn_shard, write_shard

#: The repository: what the other machines need to import.
ROOT = Path(__file__).resolve().parent.parent
#: Not needed by the workers.
EXCLUDED = [".git", ".venv", ".cache", "docs", "out", "tests"]
#: Shards in flight for each processor: enough that none waits, few enough to fit Ray's memory.
AHEAD = 2


def connect(address: str, processors: int | None = None) -> None:
    """Join the cluster at ``address``, or start one on this machine for "local".

    Args:
        address: "local", "auto" for the cluster that this machine belongs to, or ``ray://HOST:PORT``.
        processors: of a local cluster; by default all.
    """
    # Ray reports usage to its makers unless told otherwise.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray

    if address == "local":
        ray.init("local", num_cpus=processors, include_dashboard=False, log_to_driver=False)
    else:
        ray.init(address, runtime_env={"working_dir": str(ROOT), "excludes": EXCLUDED})


def drawn_on_cluster(tasks: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, dict[str, bytes]]]:
    """(number, files) of each shard in ``tasks``, in the order in which they are ready."""
    import ray

    draw = ray.remote(num_cpus=1)(drawn_shard)
    limit = AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))
    waiting = list(reversed(tasks))
    running: dict[Any, int] = {}
    while waiting or running:
        while waiting and len(running) < limit:
            task = waiting.pop()
            running[draw.remote(*task)] = task[1]
        (ready,), _ = ray.wait(list(running), num_returns=1)
        yield running.pop(ready), ray.get(ready)


def draw_store(out: Path, tasks: Sequence[tuple[Any, ...]], address: str, processors: int) -> Iterator[int]:
    """Draw the shards that ``out`` still lacks; yields the number of each once it is written."""
    import ray

    missing = [task for task in tasks if not (out / f"shard-{task[1]:05d}").exists()]
    connect(address, processors)
    try:
        for number, files in drawn_on_cluster(missing):
            write_shard(out, number, files)
            yield number
    finally:
        ray.shutdown()
