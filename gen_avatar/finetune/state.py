"""How far a lesson is, and all that it needs to go on after a stop."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from gen_avatar.errors import UsageError
from gen_avatar.finetune.discriminator import Adversary
from gen_avatar.finetune.samples import Samples
from gen_avatar.finetune.settings import Lesson
from gen_avatar.media import atomic_path


@dataclass
class Progress:
    """How far a lesson is.

    Attributes:
        step: steps done. best: lowest error on drawings that were kept back; waited: judgements since.
        log: one entry a judgement: step, loss, error.
        done: whether it has ended.
    """

    step: int = 0
    best: float = float("inf")
    waited: int = 0
    done: bool = False
    log: list[dict[str, float]] = field(default_factory=list)


class State:
    """All that a lesson needs to go on, in one file."""

    def __init__(
        self, path: Path, network: nn.Module, average: nn.Module, best: nn.Module,
        optimizer: torch.optim.Optimizer, adversary: Adversary, samples: Samples,
    ) -> None:  # fmt: skip
        self.path, self.samples, self.adversary = path, samples, adversary
        self.networks: dict[str, nn.Module] = {
            "network": network, "average": average, "best": best, "judge": adversary.network,
        }  # fmt: skip
        self.optimizers = {"adam": optimizer, "judge-adam": adversary.optimizer}

    def save(self, progress: Progress, lesson: Lesson) -> None:
        """Write it, all or nothing; raises ``MediaError``."""
        from safetensors.torch import save_file

        tensors = {
            f"{kind}.{key}": _flat(value)
            for kind, network in self.networks.items()
            for key, value in network.state_dict().items()
        }
        for kind, optimizer in self.optimizers.items():
            for number, moments in optimizer.state_dict()["state"].items():
                tensors |= {f"{kind}.{number}.{key}": _flat(value) for key, value in moments.items()}
        for row, item in enumerate(self.samples.items):
            tensors |= {
                f"bend.{row}": torch.from_numpy(item.bend.copy()),
                f"trust.{row}": torch.from_numpy(item.trust.copy()),
                f"counts.{row}": torch.from_numpy(item.counts.copy()),
                f"target.{row}": torch.from_numpy(item.target.copy()),
            }
        about = {
            "lesson": repr(lesson), "progress": json.dumps(progress.__dict__),
            "judged": str(self.adversary.steps),
        }  # fmt: skip
        with atomic_path(self.path) as file:
            save_file(tensors, str(file), metadata=about)

    def load(self, lesson: Lesson) -> Progress:
        """Put everything back; raises ``UsageError``."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(str(self.path), "pt") as file:
                about = file.metadata()
                tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  no dict
        except (OSError, SafetensorError) as error:
            raise UsageError(f"{self.path.parent} holds no state to resume: leave --resume out") from error
        if about["lesson"] != repr(lesson) or f"target.{len(self.samples) - 1}" not in tensors:
            raise UsageError(
                f"{self.path.parent} holds the state of another lesson: give the same drawings and options"
            )
        for kind, network in self.networks.items():
            part = f"{kind}."
            network.load_state_dict(
                {key[len(part) :]: value for key, value in tensors.items() if key.startswith(part)}
            )
        for kind, optimizer in self.optimizers.items():
            moments: dict[int, dict[str, Tensor]] = {}
            for full, value in tensors.items():
                name, number, *key = full.split(".", 2)
                if name == kind:
                    moments.setdefault(int(number), {})[key[0]] = value
            groups = optimizer.state_dict()["param_groups"]
            optimizer.load_state_dict({"state": moments, "param_groups": groups})
        self.adversary.steps = int(about["judged"])
        for row, item in enumerate(self.samples.items):
            item.lay(tensors[f"bend.{row}"].numpy())
            for key in ("trust", "counts", "target"):
                setattr(item, key, tensors[f"{key}.{row}"].numpy())
        return Progress(**json.loads(about["progress"]))


def _flat(value: Tensor) -> Tensor:
    """A copy that lies in memory as files hold it, whatever layout convolutions like."""
    return value.detach().cpu().clone(memory_format=torch.contiguous_format)
