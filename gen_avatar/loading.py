"""Networks from disk, and where and how precisely they run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from gen_avatar.errors import UsageError, WeightsError

DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


def load_network(kind: Any, folder: Path) -> Any:
    """A network of class ``kind`` in float32 on the CPU.

    Raises:
        WeightsError: the weights cannot be read, or are not exactly those that the network has.
    """
    try:
        network, keys = kind.from_pretrained(
            folder,
            torch_dtype=torch.float32,
            low_cpu_mem_usage=False,
            local_files_only=True,
            output_loading_info=True,
        )
    except Exception as error:  # diffusers and safetensors raise many kinds
        raise WeightsError(f"cannot load the weights in {folder}: {error}") from error
    wrong = [*keys["missing_keys"], *keys["unexpected_keys"], *keys["mismatched_keys"]]
    if wrong:
        raise WeightsError(f"the weights in {folder} do not fit this version of gen-avatar: {wrong[0]}")
    return network.eval()


def pick_device(name: str) -> torch.device:
    """``"auto"`` or a torch device that this machine has; raises ``UsageError``."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"the device '{name}' cannot be used here ({reason}); try --device cpu") from error
    return device


def pick_dtype(precision: str) -> torch.dtype:
    """``"fp32"``, ``"fp16"`` or ``"bf16"``; raises ``UsageError``."""
    if precision not in DTYPES:
        raise UsageError(f"precision must be one of {', '.join(DTYPES)}, not '{precision}'")
    return DTYPES[precision]
