"""What a training run of the generator is: its settings, where they come from, and how far it has got."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from gen_avatar.finetune.losses import LossWeights
from gen_avatar.finetune.settings import cosine_rate, rising_share


@dataclass(frozen=True)
class Run:
    """One training run.

    Attributes:
        data: store of training pairs.
        out: folder of states, previews and the log.
        heldout: store that previews are drawn from; None leaves previews out.
        init: folder of trained weights to begin with, such as ``checkpoints/generator``.
        new_look: a look that ``init`` does not know and is to be taught; it begins as the look ``like``.
        images: crops to train on; of no account when ``minutes`` is set.
        minutes: wall time to train for; the learning rate then falls with time instead of with crops.
        batch, crop: crops a step and their side in pixels.
        align: crops start at multiples of this.
        lr: learning rate of convolutions.
        lr_mapping: of the mapping network and the affine layers, which need a tenth of it to learn at all.
        warmup: crops over which the learning rate rises.
        ema_half_life: crops after which a weight's share in the average has halved.
        identity_noise: σ of the noise on the identity codes.
        mixed: share of crops in a mixture of two looks.
        adversarial_after: part of the run after which a discriminator joins in; 1 leaves it out.
        adversarial_share: length of its gradient at the picture, as a share of the painting loss's: it may
            sharpen what the painting loss leaves open, and cannot overrule it.
        precision: "no", or "bf16" for half-precision convolutions in training.
        save_every, preview_every: crops.
        seed: of weights, crops and backdrops.
        model: constructor arguments of ``AvatarGenerator`` that differ from its defaults.
    """

    data: Path
    out: Path = Path(".cache/train-generator")
    heldout: Path | None = None
    init: Path | None = None
    new_look: str | None = None
    like: str = "flat"
    images: int = 120_000
    minutes: float | None = None
    batch: int = 8
    crop: int = 128
    align: int = 16
    lr: float = 4e-3
    lr_mapping: float = 3e-4
    warmup: int = 400
    ema_half_life: int = 2000
    identity_noise: float = 0.5
    mixed: float = 0.1
    adversarial_after: float = 1.0
    adversarial_share: float = 0.1
    precision: str = "bf16"
    save_every: int = 8000
    preview_every: int = 8000
    seed: int = 0
    loss: LossWeights = field(default_factory=LossWeights)
    model: Mapping[str, Any] = field(default_factory=dict)


#: Named starting points: differences to the defaults of ``Run``.
PRESETS: dict[str, dict[str, Any]] = {
    "cpu": {},
    "gpu": {"images": 2_000_000, "batch": 32, "crop": 256, "ema_half_life": 10_000, "save_every": 50_000},
    "smoke": {"images": 64, "batch": 4, "crop": 64, "save_every": 32, "preview_every": 32},
}


class Progress:
    """How far the run is: crops seen and seconds spent, over all its sessions."""

    def __init__(self) -> None:
        self.images, self.seconds = 0, 0.0

    def state_dict(self) -> dict[str, Any]:
        return {"images": self.images, "seconds": self.seconds}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.images, self.seconds = int(state["images"]), float(state["seconds"])

    def fraction(self, run: Run) -> float:
        """0 at the start, ≥ 1 when the run is over."""
        if run.minutes is None:
            return self.images / run.images
        return self.seconds / (60 * run.minutes)


def adversarial_share(fraction: float, run: Run) -> float:
    """The discriminator's share of the gradient."""
    return rising_share(fraction, run.adversarial_after, run.adversarial_share)


def learning_rate(fraction: float, images: int, run: Run) -> float:
    """Factor on the learning rates."""
    return cosine_rate(fraction, (images + run.batch) / max(run.warmup, 1))


def described(run: Run) -> str:
    """The resolved run as JSON."""
    return json.dumps(asdict(run), indent=2, default=str) + "\n"


def parse(arguments: list[str] | None = None) -> tuple[Run, argparse.Namespace]:
    """The run that a command line asks for: preset, then options."""
    parser = argparse.ArgumentParser(description="Train the avatar generator on the studio's pictures.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--preset", choices=PRESETS, default="cpu")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--heldout", type=Path)
    parser.add_argument("--init", type=Path, help="folder of trained weights to begin with")
    parser.add_argument("--new-look", help="a look to teach to --init, which begins as the look --like")
    parser.add_argument("--like", help="flat by default")
    parser.add_argument("--images", type=int, help="crops to train on")
    parser.add_argument(
        "--minutes", type=float, help="stop after this wall time; the schedule fits itself to it"
    )
    parser.add_argument("--batch", type=int)
    parser.add_argument("--crop", type=int)
    parser.add_argument("--lr", type=float)
    parser.add_argument(
        "--adversarial-after",
        type=float,
        help="part of the run after which a discriminator joins in, e.g. 0.8",
    )
    parser.add_argument("--adversarial-share", type=float, help="its share of the gradient")
    parser.add_argument("--precision", choices=("no", "bf16"))
    parser.add_argument("--seed", type=int)
    parser.add_argument("--resume", action="store_true", help="continue the run in --out")
    parser.add_argument("--dry-run", action="store_true", help="print the resolved run and stop")
    parser.add_argument("--export", type=Path, help="folder for the fp16 weights, e.g. checkpoints/generator")
    args = parser.parse_args(arguments)
    apart = ("preset", "resume", "dry_run", "export")
    given = {k: v for k, v in vars(args).items() if v is not None and k not in apart}
    return replace(Run(data=args.data), **{**PRESETS[args.preset], **given}), args
