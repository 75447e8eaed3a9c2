"""Arrays by name, in safetensors files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file


def save_arrays(tensors: dict[str, np.ndarray], path: Path, about: dict[str, str]) -> None:
    """Write ``tensors`` and what is said ``about`` them, all at once or not at all."""
    staged = path.with_name(f".{path.name}.part")
    save_file({k: np.ascontiguousarray(v) for k, v in tensors.items()}, staged, metadata=about)
    staged.chmod(0o644)  # safetensors writes files that only their owner may read
    staged.replace(path)


def load_arrays(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """What :func:`save_arrays` wrote."""
    with safe_open(str(path), "numpy") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
