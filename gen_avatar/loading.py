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
    except (RuntimeError, AssertionError) as error:  # NotImplementedError is a RuntimeError
        raise UsageError(
            f"the device '{name}' cannot be used here ({_reason(error)}); try --device cpu"
        ) from error
    return device


def pick_dtype(precision: str, device: torch.device) -> torch.dtype:
    """``"fp32"``, ``"fp16"`` or ``"bf16"``, if ``device`` convolves it.

    Raises:
        UsageError: an unknown precision, or one that the device lacks.
    """
    if precision not in DTYPES:
        raise UsageError(f"precision must be one of {', '.join(DTYPES)}, not '{precision}'")
    dtype = DTYPES[precision]
    try:
        picture, weight = (torch.ones(1, 4, side, side, device=device, dtype=dtype) for side in (8, 3))
        torch.nn.functional.conv2d(picture, weight)
    except RuntimeError as error:  # NotImplementedError is one
        raise UsageError(
            f"the precision '{precision}' cannot be used on {device.type} here ({_reason(error)}); try fp32"
        ) from error
    return dtype


def compile_network(network: Any, example: tuple[torch.Tensor, ...]) -> None:
    """Let ``torch.compile`` compile a network in place, and try it on an example.

    Raises:
        UsageError: it cannot be compiled here.
    """
    try:
        network.compile()
        with torch.inference_mode():
            network(*example)
    except Exception as error:  # dynamo, its backends and their compilers raise many kinds
        network._compiled_call_impl = None
        raise UsageError(
            f"the network cannot be compiled here ({_reason(error)}); leave --compile out"
        ) from error


def _reason(error: Exception) -> str:
    """The first line of an error's text, or its kind."""
    return next(iter(str(error).splitlines()), "") or type(error).__name__
