"""What commands show while they work."""

from __future__ import annotations

from typing import Any


def bar(steps: Any, count: int = 0, what: str | None = None, unit: str = "it") -> Any:
    """``steps`` with a progress bar and the time left, where somebody watches; ``count``: 0 where unknown."""
    from tqdm import tqdm

    return tqdm(steps, total=count or None, desc=what, unit=unit, disable=None)
