"""What teaching a style is: its settings and their defaults."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from gen_avatar.finetune.losses import LossWeights


def cosine_rate(done: float, warmth: float) -> float:
    """Factor on learning rates: warm-up, then half a cosine down to a hundredth.

    Args:
        done: part of the run that is over; warmth: part of the warm-up, both from 0 to 1 and beyond.
    """
    return (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))) * min(1.0, warmth)


def rising_share(done: float, after: float, share: float) -> float:
    """A discriminator's share of the gradient: none until the part ``after`` of a run is over, then rising to
    ``share`` while the discriminator has learnt little; ``after`` 1 leaves it out."""
    if done < after or after >= 1:
        return 0.0
    return share * min(1.0, 4 * (done - after) / (1 - after))


@dataclass(frozen=True)
class Lesson:
    """One fine-tuning.

    Attributes:
        steps: of the optimiser.
        batch, crop: crops a step and their side, pixels.
        frozen: beginnings of the names of weights that stay as they are: what is told of people.
        lr: learning rate of convolutions; lr_style: of the style's place, the affine layers and the shifts.
        warmup: steps over which the learning rates rise.
        ema_half_life: steps after which a weight's share in the average has halved.
        identity_noise: σ of the noise on the identity codes.
        exchanged: share of crops that are told the codes of another drawing's person.
        flat: weight of the soft shading of what is painted, where drawings are as plain as ``flat_from`` (see
            :func:`gen_avatar.finetune.lesson.plainness`): where they are doubted, they are flat still.
        align_at: parts of the lesson after which the drawings are laid upon what is painted of them.
        heldout: share of the drawings that is kept to judge by, if there are at least ``heldout_from``.
        judge_every: steps between two judgements; patience: judgements without progress after which to stop.
        adversarial_after: part of the lesson after which a discriminator joins in; 1 leaves it out.
        adversarial_share: length of its gradient at the picture, as a share of the painting loss's.
        save_every: steps between two states.
        precision: of the convolutions in training, "no", "bf16" or "fp16".
        seed: of crops and backdrops, and of which drawings are kept back.
    """

    steps: int = 800
    batch: int = 4
    crop: int = 128
    frozen: tuple[str, ...] = ("mapping",)
    lr: float = 4e-3
    lr_style: float = 1e-3
    warmup: int = 40
    ema_half_life: int = 100
    identity_noise: float = 0.5
    exchanged: float = 0.8
    flat: float = 1.0
    flat_from: float = 0.75
    align_at: tuple[float, ...] = (0.0, 0.1, 0.2, 0.35, 0.5)
    heldout: float = 0.1
    heldout_from: int = 8
    judge_every: int = 200
    patience: int = 5
    adversarial_after: float = 1.0
    adversarial_share: float = 0.25
    save_every: int = 50
    precision: str = "bf16"
    seed: int = 0
    loss: LossWeights = field(default_factory=LossWeights)

    def learning_rate(self, step: int) -> float:
        """Factor on the learning rates."""
        return cosine_rate(step / self.steps, (step + 1) / self.warmup)

    def adversarial(self, step: int) -> float:
        """The discriminator's share of the gradient."""
        return rising_share(step / self.steps, self.adversarial_after, self.adversarial_share)

    def aligns(self, step: int) -> bool:
        """Whether drawings are laid upon what is painted before this step."""
        return step in {round(share * self.steps) for share in self.align_at}
