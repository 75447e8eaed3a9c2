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
from gen_avatar.character.palette import hex_to_rgb
from gen_avatar.finetune.align import agreement, bend_by_flow, bent, shape_trust, together
from gen_avatar.finetune.crops import crop_corner
from gen_avatar.finetune.fitted import SIDE, Fitted
from gen_avatar.generator.codes import CODE_LAYOUT, pack
from gen_avatar.tones import NAMED_COLORS
from gen_avatar.types import Appearance, Character

#: Colours that a style may fix for everybody: attribute → those that go with it.
PALETTE = {"skin_color": (), "hair_color": ("brow_color",), "cloth_color": (), "lip_color": (),
           "eye_color": (), "beard_color": (), "glasses_color": (), "headwear_color": ()}  # fmt: skip
#: Colours of things that can have any.
DYES = (
    "#c23b3b",
    "#e08a3c",
    "#e6c84a",
    "#5f9e5a",
    "#3f7f8f",
    "#3f5fa0",
    "#7a5aa0",
    "#c76a94",
    "#efe9dc",
    "#2a2a30",
)
#: Drawings from which on a style's palette can be told, and the mean distance from the middle colour, of the
#: unit cube, below which everybody has it.
PALETTE_FROM, _FIXED = 5, 0.075
#: Crops start at multiples of this, pixels.
_ALIGN = 16


@dataclass
class Sample:
    """One drawing, ready to be learnt from.

    Attributes:
        fitted: the drawing and what stands behind it.
        picture: [S, S, 4] float32, premultiplied.
        buffers: V × [S, S, C] uint8 of the character in V colourings; codes: [V, D].
        bend: [S, S, 2] how the buffers are bent to lie under the drawing, pixels.
        trust: [S, S] how much the drawing can be believed, in [0, 1].
        laid: V × [S, S, C] the buffers, bent.
    """

    fitted: Fitted
    picture: np.ndarray
    buffers: list[np.ndarray]
    codes: np.ndarray
    bend: np.ndarray
    trust: np.ndarray
    laid: list[np.ndarray]

    def lay(self, bend: np.ndarray, painted: np.ndarray | None = None) -> None:
        """Bend the buffers; ``painted`` [S, S, 4] of the bent ones says what of the drawing to believe."""
        self.bend = bend.astype(np.float32)
        self.laid = [np.round(bent(b.astype(np.float32), bend)).astype(np.uint8) for b in self.buffers]
        covered = self.laid[0][..., BUFFER_CHANNELS.index("alpha")].astype(np.float32) / 255
        self.trust = shape_trust(self.picture[..., 3], covered)
        if painted is not None:
            self.trust = self.trust * agreement(self.picture, painted)


class Samples:
    """All drawings of a style.

    Args:
        fitted: the drawings.
        figure: the model of characters.
        colors: colourings of each character, where the style fixes a colour for everybody.
        seed: of the colourings.
    """

    def __init__(self, fitted: Sequence[Fitted], figure: CharacterModel, colors: int, seed: int) -> None:
        self.fixed = fixed_colors([f.character.appearance for f in fitted])
        self.items = [self._sample(f, figure, colors, seed + i) for i, f in enumerate(fitted)]

    def __len__(self) -> int:
        return len(self.items)

    def _sample(self, fitted: Fitted, figure: CharacterModel, colors: int, seed: int) -> Sample:
        rng = np.random.default_rng([seed, len(self.fixed)])
        act = fitted.performance
        moment = act.expression[0], act.gaze[0], act.head_rotation[0]
        buffers, codes = [], []
        for k in range(colors if self.fixed else 1):
            looks = fitted.character.appearance
            if k:
                looks = recolored(looks, self.fixed, rng)
            person = Character(fitted.character.identity, looks)
            posed = figure.pose(figure.build(person, act.props), *moment)
            buffers.append(quantise(render_buffers(posed, SIDE)))
            codes.append(pack(person, *moment))
        floats = fitted.picture.astype(np.float32) / 255
        floats[..., :3] *= floats[..., 3:]
        sample = Sample(fitted, floats, buffers, np.stack(codes), fitted.bend, np.ones((SIDE, SIDE)), [])
        sample.lay(fitted.bend)
        return sample

    def whole(self, rows: Sequence[int]) -> dict[str, Tensor]:
        """Whole drawings: ``buffers`` [B, C, S, S], bent, ``codes`` [B, D], ``picture`` [B, 4, S, S]
        premultiplied, ``trust`` [B, 1, S, S]."""
        items = [self.items[row] for row in rows]
        return {
            "buffers": restore(np.stack([item.laid[0] for item in items])),
            "codes": torch.from_numpy(np.stack([item.codes[0] for item in items])),
            "picture": _planes([item.picture for item in items]),
            "trust": torch.from_numpy(np.stack([item.trust for item in items]).astype(np.float32))[:, None],
        }

    def crops(
        self, rows: Sequence[int], items: Sequence[int], crop: int, seed: int, noise: float
    ) -> dict[str, Tensor]:
        """Random crops of the drawings ``rows``: item ``i`` is a function of the seed and ``i`` alone.

        Returns:
            as :meth:`whole`, and ``window`` [B, 4] of the crops in the frame.
        """
        identity = CODE_LAYOUT["identity"]
        parts: dict[str, list[np.ndarray]] = {
            key: [] for key in ("buffers", "codes", "picture", "trust", "window")
        }
        for i in items:
            rng = np.random.default_rng([seed, i])
            sample = self.items[rows[int(rng.integers(len(rows)))]]
            variant = int(rng.integers(len(sample.laid)))
            y, x = crop_corner(rng, sample.laid[variant], crop, _ALIGN)
            area = np.s_[y : y + crop, x : x + crop]
            codes = sample.codes[variant].copy()
            codes[identity] += noise * rng.standard_normal(identity.stop - identity.start).astype(np.float32)
            parts["buffers"].append(sample.laid[variant][area])
            parts["codes"].append(codes)
            parts["picture"].append(sample.picture[area])
            parts["trust"].append(sample.trust[area])
            parts["window"].append(np.array([x, y, x + crop, y + crop], np.float32) * (2 / SIDE) - 1)
        return {
            "buffers": restore(np.stack(parts["buffers"])),
            "codes": torch.from_numpy(np.stack(parts["codes"])),
            "picture": _planes(parts["picture"]),
            "trust": torch.from_numpy(np.stack(parts["trust"]).astype(np.float32))[:, None],
            "window": torch.from_numpy(np.stack(parts["window"])),
        }

    def bend_all(self, painted: Sequence[np.ndarray]) -> None:
        """Bend all buffers on, given what is painted of the bent ones: N × [S, S, 4] premultiplied."""
        for item, picture in zip(self.items, painted, strict=True):
            item.lay(together(item.bend, bend_by_flow(item.picture, picture)))

    def doubt_all(self, painted: Sequence[np.ndarray]) -> None:
        """Trust drawings where they agree with what is painted of the bent buffers."""
        for item, picture in zip(self.items, painted, strict=True):
            item.lay(item.bend, picture)


def _planes(pictures: Sequence[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.stack(pictures).astype(np.float32)).permute(0, 3, 1, 2)


def fixed_colors(looks: Sequence[Appearance]) -> tuple[str, ...]:
    """The colours that a style gives everybody: those that hardly differ between its drawings."""
    if len(looks) < PALETTE_FROM:
        return ()
    fixed = []
    for name in PALETTE:
        colors = np.stack([hex_to_rgb(getattr(look, name)) for look in looks])
        if float(np.abs(colors - np.median(colors, 0)).mean()) < _FIXED:
            fixed.append(name)
    return tuple(fixed)


def recolored(looks: Appearance, names: Sequence[str], rng: np.random.Generator) -> Appearance:
    """Some of the colours changed to other ones that people have."""
    changed: dict[str, str] = {}
    for name in names:
        choices = sorted(NAMED_COLORS[name].values()) if name in NAMED_COLORS else DYES
        color = choices[int(rng.integers(len(choices)))]
        changed |= dict.fromkeys((name, *PALETTE[name]), color)
    return looks.with_values(changed)
