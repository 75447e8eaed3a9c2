"""Whether one factor of the codes moves only itself in the pictures: DiscoFaceGAN's disentanglement score.

DS_i = Π over j ≠ i of Var(i) / Var(j), where only factor i varies and the encoder estimates all of them
(Deng et al. 2020). Estimates are scaled by their spread over pictures in which everything varies, so that
units do not matter. All other factors, the appearance and the gaze are those of the base.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gen_avatar.generator.codes import CODE_LAYOUT
from gen_avatar.generator.encoder import AvatarEncoder
from gen_avatar.generator.model import AvatarGenerator
from gen_avatar.types import Character, Performance
from training.flicker import paint_frame
from training.studio.people import person_seed, sample_performance, sample_person

FACTORS = ("identity", "expression", "pose")
#: Base people a look, and variants of each factor around every one of them.
BASES, VARIANTS = 4, 8


def variants(base: int, factor: str, count: int) -> list[tuple[Character, Performance]]:
    """``count`` moments that differ in one factor; with ``"all"``, in every one."""
    person = sample_person(person_seed("heldout", base))
    act = replace(sample_performance(person_seed("heldout", base)), props=())
    moments = []
    for number in range(count):
        other_seed = person_seed("heldout", 1000 + base * count + number)
        other, does = sample_person(other_seed), sample_performance(other_seed)
        everything = factor == "all"
        moments.append(
            (
                replace(person, identity=other.identity) if everything or factor == "identity" else person,
                replace(
                    act,
                    expression=does.expression if everything or factor == "expression" else act.expression,
                    head_rotation=does.head_rotation if everything or factor == "pose" else act.head_rotation,
                ),
            )
        )
    return moments


def scores(sets: dict[str, np.ndarray], overall: np.ndarray, layout: dict[str, slice]) -> dict[str, float]:
    """DS of each factor.

    Args:
        sets: factor → estimates [B, V, D] of pictures in which only it varies within V.
        overall: [N, D] estimates of pictures in which all vary.
        layout: factor → its columns.
    """
    spread = {name: overall[:, layout[name]].var(0).sum() + 1e-12 for name in sets}
    result = {}
    for name, estimates in sets.items():
        moved = {
            other: float(estimates[..., layout[other]].var(1).sum(-1).mean() / spread[other]) + 1e-12
            for other in sets
        }
        result[name] = float(np.prod([moved[name] / moved[other] for other in sets if other != name]))
    return result


def disentanglement(
    model: AvatarGenerator, encoder: AvatarEncoder, looks: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Scores of each look, and of the mean over all looks, on held-out people."""
    layout = {name: CODE_LAYOUT[name] for name in FACTORS}
    table = {look: _of_look(model, encoder, look, layout) for look in looks}
    means = {name: float(np.mean([row[name] for row in table.values()])) for name in FACTORS}
    return table | {"mean of the looks": means}


def _of_look(
    model: AvatarGenerator, encoder: AvatarEncoder, look: str, layout: dict[str, slice]
) -> dict[str, float]:
    style = model.style(look)

    def estimate(moments: list[tuple[Character, Performance]]) -> np.ndarray:
        pictures = np.stack([paint_frame(model, person, act, style) for person, act in moments])
        return encoder.encode(pictures).codes.numpy()

    def families(factor: str) -> np.ndarray:
        return np.stack([estimate(variants(base, factor, VARIANTS)) for base in range(BASES)])

    overall = families("all")
    return scores({name: families(name) for name in FACTORS}, overall.reshape(-1, overall.shape[-1]), layout)
