"""What a style is learnt from: fitted drawings with the buffers that stand behind them, as random crops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gen_avatar.character.buffers import BUFFER_CHANNELS, render_buffers
from gen_avatar.character.character import CharacterModel
from gen_avatar.character.levels import quantise, restore
from gen_avatar.finetune.align import bend_by_flow, bend_by_silhouette, bent, shape_trust, together
from gen_avatar.finetune.crops import crop_corner
from gen_avatar.finetune.dots import Dots, dots_of, dotted, eyes_of
from gen_avatar.finetune.doubt import beliefs, misread, recoloured
from gen_avatar.finetune.dye import UNDYED, undyed
from gen_avatar.finetune.fitted import SIDE, Fitted
from gen_avatar.finetune.palette import is_monochrome, is_two_tone, palette_of
from gen_avatar.generator.codes import CODE_LAYOUT, pack
from gen_avatar.types import Appearance, Character

#: What stands in for a drawing counts this much of what a drawing does.
_INSTEAD = 0.5


@dataclass
class Sample:
    """One drawing, ready to be learnt from.

    Attributes:
        picture: [S, S, 4] float32, premultiplied.
        buffers: [S, S, C] uint8 of the character; codes: [D].
        bend: [S, S, 2] how the buffers are bent to lie under the drawing, pixels.
        trust: [S, S] how much the drawing can be believed, in [0, 1].
        laid: [S, S, C] the buffers, bent.
        target: [S, S, 4] float32, premultiplied: what is learnt, the drawing or, where it is not believed,
            what stands in for it.
        counts: [S, S] how much each pixel of it counts.
    """

    picture: np.ndarray
    buffers: np.ndarray
    codes: np.ndarray
    bend: np.ndarray
    trust: np.ndarray
    laid: np.ndarray
    target: np.ndarray
    counts: np.ndarray

    @property
    def covered(self) -> np.ndarray:
        """[S, S] coverage of the bent buffers, in [0, 1]."""
        return self.laid[..., BUFFER_CHANNELS.index("alpha")].astype(np.float32) / 255

    def lay(self, bend: np.ndarray) -> None:
        """Bend the buffers, which says anew what of the drawing to believe; nothing stands in for it."""
        self.bend = bend.astype(np.float32)
        self.laid = np.round(bent(self.buffers.astype(np.float32), bend)).astype(np.uint8)
        self.trust = self.counts = shape_trust(self.picture[..., 3], self.covered)
        self.target = self.picture

    def stand_in(self, trust: np.ndarray, plain: np.ndarray, dots: Dots | None = None) -> None:
        """Let small features of a picture [S, S, 4], premultiplied, stand in for what is not believed; and
        ``dots`` for all eyes, where the style has them."""
        missing = misread(self.laid, trust)
        if dots is not None:
            eyes = eyes_of(self.laid)
            plain = dotted(plain, self.picture, self.laid, dots)
            missing, trust = np.maximum(missing, eyes), trust * (1 - eyes)
        mixed = self.picture + missing[..., None] * (plain - self.picture)
        self.trust = trust
        self.target = mixed.clip(0, 1).astype(np.float32)
        self.counts = (trust + missing * (_INSTEAD - trust)).astype(np.float32)
        if dots is not None:
            self.counts = np.maximum(self.counts, eyes)


class Samples:
    """All drawings of a style.

    Args:
        fitted: the drawings. figure: the model of characters.
        dye: [2, 3] of the style, see :mod:`gen_avatar.finetune.dye`.

    Attributes:
        palette, monochrome, two_tone: colours that the style gives everybody, whether it has none, and
            whether it has nothing but black and white, see :mod:`gen_avatar.finetune.palette`.
    """

    def __init__(self, fitted: Sequence[Fitted], figure: CharacterModel, dye: np.ndarray = UNDYED) -> None:
        looks = [undyed(f.character.appearance, dye) for f in fitted]
        self.palette = palette_of(looks)
        self.monochrome = is_monochrome([f.picture for f in fitted])
        self.two_tone = is_two_tone([f.picture for f in fitted])
        self.items = [
            self._sample(f, look.with_values(self.palette), figure)
            for f, look in zip(fitted, looks, strict=True)
        ]

    def __len__(self) -> int:
        return len(self.items)

    def _sample(self, fitted: Fitted, looks: Appearance, figure: CharacterModel) -> Sample:
        act = fitted.performance
        moment = act.expression[0], act.gaze[0], act.head_rotation[0]
        person = Character(fitted.character.identity, looks)
        buffers = quantise(render_buffers(figure.pose(figure.build(person, act.props), *moment), SIDE))
        floats = fitted.picture.astype(np.float32) / 255
        floats[..., :3] *= floats[..., 3:]
        trust = np.ones((SIDE, SIDE), np.float32)
        codes = pack(person, *moment)
        sample = Sample(floats, buffers, codes, fitted.bend, trust, buffers, floats, trust)
        sample.lay(fitted.bend)
        return sample

    def whole(self, rows: Sequence[int]) -> dict[str, Tensor]:
        """Whole drawings: ``buffers`` [B, C, S, S], bent, ``codes`` [B, D], ``picture`` [B, 4, S, S]
        premultiplied, ``trust`` [B, 1, S, S]."""
        items = [self.items[row] for row in rows]
        return {
            "buffers": restore(np.stack([item.laid for item in items])),
            "codes": torch.from_numpy(np.stack([item.codes for item in items])),
            "picture": _planes([item.picture for item in items]),
            "trust": torch.from_numpy(np.stack([item.trust for item in items]).astype(np.float32))[:, None],
        }

    def crops(
        self, rows: Sequence[int], items: Sequence[int], crop: int, seed: int, noise: float,
        exchanged: float = 0.0,
    ) -> dict[str, Tensor]:  # fmt: skip
        """Random crops of the drawings ``rows``: item ``i`` is a function of the seed and ``i`` alone.

        Args:
            crop: side, pixels. noise: σ of what is added to the identity codes.
            exchanged: share of crops that are given the codes of another drawing: few people are soon known
                by their codes, and a style must be told by the buffers.

        Returns:
            as :meth:`whole`, but with what is learnt for pictures and trust, and ``window`` [B, 4] of the
            crops in the frame.
        """
        identity = CODE_LAYOUT["identity"]
        parts: dict[str, list[np.ndarray]] = {
            key: [] for key in ("buffers", "codes", "picture", "trust", "window")
        }
        for i in items:
            rng = np.random.default_rng([seed, i])
            sample = self.items[rows[int(rng.integers(len(rows)))]]
            y, x = crop_corner(rng, sample.laid, crop)
            area = np.s_[y : y + crop, x : x + crop]
            other = int(rng.integers(len(rows)))
            codes = (self.items[rows[other]] if rng.random() < exchanged else sample).codes.copy()
            codes[identity] += noise * rng.standard_normal(identity.stop - identity.start).astype(np.float32)
            parts["buffers"].append(sample.laid[area])
            parts["codes"].append(codes)
            parts["picture"].append(sample.target[area])
            parts["trust"].append(sample.counts[area])
            parts["window"].append(np.array([x, y, x + crop, y + crop], np.float32) * (2 / SIDE) - 1)
        return {
            "buffers": restore(np.stack(parts["buffers"])),
            "codes": torch.from_numpy(np.stack(parts["codes"])),
            "picture": _planes(parts["picture"]),
            "trust": torch.from_numpy(np.stack(parts["trust"]).astype(np.float32))[:, None],
            "window": torch.from_numpy(np.stack(parts["window"])),
        }

    def bend_all(self, painted: Sequence[np.ndarray], plain: Sequence[np.ndarray]) -> None:
        """Bend all buffers on, given what is painted of the bent ones: N × [S, S, 4] premultiplied.

        Small features of ``plain`` pictures of them, in the look to begin with, stand in for what was read
        wrongly.
        """
        drawn = [item.picture for item in self.items]
        under, simple = [], []
        for item, picture, other in zip(self.items, recoloured(painted, drawn), plain, strict=True):
            flow = bend_by_flow(item.picture, picture)
            item.lay(together(item.bend, flow))
            nudge = bend_by_silhouette(item.picture[..., 3], item.covered)
            item.lay(together(item.bend, nudge))
            moved = together(flow, nudge)
            under.append(bent(picture, moved))
            simple.append(bent(other, moved))
        laid, bends = [item.laid for item in self.items], [item.bend for item in self.items]
        belief = beliefs(drawn, under, laid, bends)
        dots = dots_of(drawn, laid)
        for item, own, instead in zip(self.items, belief, recoloured(simple, drawn), strict=True):
            item.stand_in(item.trust * own, instead, dots)


def _planes(pictures: Sequence[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.stack(pictures).astype(np.float32)).permute(0, 3, 1, 2)
