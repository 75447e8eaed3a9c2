"""Glasses and sunglasses as meshes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.photos.labels import LABEL
from training.photos.meshes import Piece, solid, tube

#: Outlines of lenses: half width, half height (cm), exponent of the curve, slant, weight of the upper rim.
_LENS = {
    "round": (2.25, 2.2, 2.0, 0.0, 1.0),
    "square": (2.6, 2.0, 4.0, 0.05, 1.0),
    "rectangle": (2.65, 1.45, 4.0, 0.05, 1.0),
    "oval": (2.5, 1.6, 2.2, 0.05, 1.0),
    "cat-eye": (2.6, 1.7, 2.6, 0.35, 1.2),
    "aviator": (2.8, 2.4, 2.5, -0.2, 1.0),
    "browline": (2.5, 1.8, 3.0, 0.0, 2.2),
    "rimless": (2.5, 1.5, 3.5, 0.05, 0.35),
    "oversized": (3.0, 2.6, 3.2, 0.05, 1.0),
    "hexagon": (2.5, 2.1, 3.0, 0.0, 1.0),
    "sun-square": (2.9, 2.1, 4.0, 0.05, 1.4),
    "sun-aviator": (3.0, 2.5, 2.5, -0.2, 0.8),
    "sun-round": (2.5, 2.4, 2.0, 0.0, 1.0),
}
_STEEL = (0.5, 0.5, 0.52)
#: Linear colours of rims (black, tortoise, steel, gold, a random one, clear, brown) and their shares.
_RIMS = ((0.015, 0.015, 0.015), (0.1, 0.04, 0.02), _STEEL, (0.55, 0.4, 0.15), None, (0.75, 0.7, 0.62),
         (0.25, 0.12, 0.05))  # fmt: skip
_RIM_ODDS = (0.38, 0.15, 0.15, 0.1, 0.1, 0.05, 0.07)
#: Points of a lens's outline.
_POINTS = 36
_ANGLE = np.linspace(0, 2 * np.pi, _POINTS, endpoint=False)
_COS, _SIN = np.cos(_ANGLE), np.sin(_ANGLE)


@dataclass(frozen=True)
class _Frame:
    """Measures of a pair of glasses, cm.

    Attributes:
        style: name; half_width, half_height: of a lens. power, slant, top: as in ``_LENS``.
        thick: of the rims; gap: between the lenses. height, front: y and z of the middle.
    """

    style: str
    half_width: float
    half_height: float
    power: float
    slant: float
    top: float
    thick: float
    gap: float
    height: float
    front: float

    def bend(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """[..., 3] head frame of places on the slightly curved front of the glasses."""
        return np.stack([x, y, self.front - 0.035 * x**2 - 0.06 * y], -1)

    def outline(self) -> tuple[np.ndarray, np.ndarray]:
        """x and y [_POINTS] of the left lens about its middle."""
        x = np.sign(_COS) * np.abs(_COS) ** (2 / self.power) * self.half_width
        y = np.sign(_SIN) * np.abs(_SIN) ** (2 / self.power) * self.half_height
        if self.style.endswith("aviator"):
            x = x * (1 - 0.16 * np.clip(-y / self.half_height, 0, 1))
        if self.style == "hexagon":
            corner = np.abs(np.cos((_ANGLE + np.pi / 6) % (np.pi / 3) - np.pi / 6))
            x = self.half_width * _COS * 1.02 / np.maximum(corner, 0.8)
        return x, y + self.slant * x * 0.45 * (y > 0)

    def rims(self) -> list[np.ndarray]:
        """Middle lines [_POINTS, 3] of the rims, the subject's left first."""
        x, y = self.outline()
        middle = self.half_width + self.gap / 2 + self.thick
        return [self.bend(sign * x + sign * middle, y + self.height) for sign in (1, -1)]


def glasses(style: str, eyes: np.ndarray, ear: np.ndarray, rng: np.random.Generator) -> list[Piece]:
    """Rims, bridge, arms and lenses.

    Args:
        style: one of ``gen_avatar.types.GLASSES_STYLES`` but "none".
        eyes: [2, 3] front of the eyeballs, the subject's left first. ear: [3] where the left arm ends.
    """
    half_width, half_height, power, slant, top = _LENS[style]
    size = rng.uniform(0.86, 1.1)
    half_width, half_height = half_width * size, half_height * size * rng.uniform(0.85, 1.12)
    thick = float(np.exp(rng.uniform(np.log(0.05), np.log(0.3))))
    thick = {"rimless": 0.04, "aviator": min(thick, 0.1), "sun-aviator": min(thick, 0.12)}.get(style, thick)
    tint = _rim_color(style, rng)
    drop, gap = rng.normal(-0.35, 0.25), rng.uniform(1.1, 1.9)
    frame = _Frame(style, half_width, half_height, power, slant, top, thick, gap,
                   eyes[:, 1].mean() + drop, eyes[:, 2].max() + rng.uniform(0.9, 1.6))  # fmt: skip
    arms = _arms(frame, ear, rng)
    arm_tint = tint if rng.random() < 0.8 else np.array([0.3, 0.3, 0.32], np.float32)
    pieces = [solid(*mesh, tint, LABEL["glasses"], gloss) for mesh, gloss in _fronts(frame)]
    pieces += [solid(*mesh, arm_tint, LABEL["glasses"], 0.4) for mesh in arms]
    return pieces + [_lens(rim, style.startswith("sun"), rng) for rim in frame.rims()]


def _rim_color(style: str, rng: np.random.Generator) -> np.ndarray:
    """[3] float32 linear."""
    chance = tuple(rng.random(3) ** 2)
    color = _RIMS[rng.choice(len(_RIMS), p=_RIM_ODDS)] or chance
    return np.array(_STEEL if style == "rimless" else color, np.float32).clip(0.01, 0.9)


def _fronts(frame: _Frame) -> list[tuple[tuple[np.ndarray, np.ndarray], float]]:
    """Meshes of rims and bridges, and their gloss."""
    weight = frame.thick * np.where(_SIN > 0.25, frame.top, 1.0)
    if frame.style == "browline":  # only the brow is heavy
        weight = weight * np.where(_SIN < 0.1, 0.35, 1.0)
    gloss = 0.8 if frame.thick < 0.1 else 0.4  # thin rims are metal
    meshes = [(tube(rim, weight / 2, closed=True, flat=0.8), gloss) for rim in frame.rims()]
    t = np.linspace(-1, 1, 9)
    reach = frame.gap / 2 + frame.thick
    bridge = frame.bend(t * reach * 1.15, frame.height + frame.half_height * 0.35 + 0.22 * (1 - t**2))
    meshes.append((tube(bridge, max(frame.thick, 0.07) * 0.6), 0.5))
    if frame.style.endswith("aviator"):
        meshes.append((tube(bridge + [0, 0.55, 0], max(frame.thick, 0.07) * 0.5), 0.5))
    return meshes


def _arms(frame: _Frame, ear: np.ndarray, rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray]]:
    """Meshes of the arms, from the hinges to the ears."""
    meshes = []
    t = np.linspace(0, 1, 14)[:, None]
    for sign in (1, -1):
        x = sign * (2 * frame.half_width + frame.gap / 2 + 1.5 * frame.thick)
        hinge = frame.bend(np.array(x), np.array(frame.height + frame.half_height * 0.45))
        out = np.array([sign * 0.5, 0.0, 0.0]) * np.sin(np.pi * t)
        arm = hinge * (1 - t) + ear * [sign, 1, 1] * t + out
        meshes.append(tube(arm, max(frame.thick, 0.08) * rng.uniform(0.5, 1.3), flat=1.6))
    return meshes


def _lens(rim: np.ndarray, sun: bool, rng: np.random.Generator) -> Piece:
    """A fan of triangles within ``rim`` [n, 3]; dark, often fading downwards, of sunglasses."""
    count = len(rim)
    fan = np.concatenate([rim, rim.mean(0, keepdims=True)]).astype(np.float32)
    around = np.arange(count)
    triangles = np.stack([around, (around + 1) % count, np.full(count, count)], 1).astype(np.int32)
    if not sun:
        clear = rng.uniform(0.9, 0.98)
        return Piece(fan, triangles, np.full((count + 1, 3), 0.6, np.float32), 0, 1.0, 1.0, clear)
    shade = np.array([0.02, 0.02, 0.02]) if rng.random() < 0.6 else rng.random(3) ** 2 * 0.3
    fade = np.linspace(0, rng.choice([0, 0, 0.4]), count + 1)[:, None]
    color = (np.tile(shade, (count + 1, 1)) + fade * 0.2).astype(np.float32)
    return Piece(fan, triangles, color, LABEL["glasses"], 1.0, 1.0, rng.uniform(0.02, 0.4))
