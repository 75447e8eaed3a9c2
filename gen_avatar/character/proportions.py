"""Emoji proportions: a morphable head redrawn with large eyes, a button nose and a round face.

Everything is decided once, on the mean head, and stays linear: a smooth warp of
space moves the mean and, through its Jacobian, the identity and expression bases;
smoothing is a matrix; lids and mouth are drawn anew by handles. So a person is one
matrix product away, and a frame another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gen_avatar.character.raster import nearness_map
from gen_avatar.character.surface import (
    HandleDeformation,
    Laplacian,
    boundary_loops,
    smoothstep,
)
from gen_avatar.head.model import MorphableHead
from gen_avatar.types import ARKIT_52


@dataclass(frozen=True)
class Proportions:
    """The design, in cm of the head frame unless said otherwise."""

    eye_x: float = 3.75
    eye_y: float = 2.90
    eye_radius: float = 2.75
    eye_half_width: float = 2.08
    lid_upper: float = 0.98
    lid_lower: float = 1.46
    iris_radius: float = 1.12
    pupil_share: float = 0.52
    lid_thickness: float = 0.15
    nose_scale: float = 0.66
    nose_button: float = 0.5
    mouth_rise: float = -0.45
    mouth_width: float = 0.80
    lip_height: float = 0.66
    lip_overlap: float = 0.07
    lid_identity: float = 0.45
    smile: float = 0.75
    neck_scale: float = 0.80
    identity_gain: float = 1.35
    brow_gain: float = 1.9
    mouth_gain: float = 1.35
    lid_gain: float = 2.2


#: Shapes, alone or in pairs, that leave the lips shut.
_CLOSED = (
    *((f"{name}Left", f"{name}Right") for name in ("mouthSmile", "mouthFrown", "mouthDimple", "mouthStretch", "mouthPress")),
    ("mouthPucker",), ("mouthLeft",), ("mouthRight",), ("mouthShrugLower",), ("mouthShrugUpper",), ("mouthRollLower",),
    ("mouthRollUpper",), ("cheekPuff",), ("jawLeft",), ("jawRight",), ("jawForward",),
)  # fmt: skip


@dataclass(frozen=True)
class Eye:
    """One eye of the stylised mean.

    Attributes:
        center: [3] of the ball.
        upper, lower: vertices of the lid edge from the inner to the outer corner, both ends included.
        lids: vertices that must stay outside the ball; thickness: [n] how far outside, cm.
    """

    center: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    lids: np.ndarray
    thickness: np.ndarray


@dataclass(frozen=True)
class StylizedHead:
    """The skin in emoji proportions.

    Attributes:
        mean: [S, 3]; identity: [K, S, 3]; expression: [52, S, 3]; all cm in the head frame.
        arcs: [2, S, 3] displacement from the shut left and right eye to a smiling one.
        triangles: [T, 3] int32, CCW seen from outside.
        rest: [S, 3] the unstylised mean, the space in which paint and assets are placed.
        eyes: left (+x), right.
        eye_identity: [K, 2, 3] how the eye centres move with identity.
        lip_side: [S] 1 on the upper lip and around it, -1 on the lower, fading with the distance from the seam.
        mouth_loop: vertices of the inner edge of the lips, in order.
        follow: [S] how much a vertex turns with the head, 1 head, 0 shoulders.
        landmarks: [68, 3] of the rest mean.
    """

    mean: np.ndarray
    identity: np.ndarray
    expression: np.ndarray
    arcs: np.ndarray
    triangles: np.ndarray
    rest: np.ndarray
    eyes: tuple[Eye, Eye]
    eye_identity: np.ndarray
    follow: np.ndarray
    landmarks: np.ndarray
    lip_side: np.ndarray
    mouth_loop: np.ndarray
    design: Proportions


def stylize(head: MorphableHead, design: Proportions | None = None) -> StylizedHead:
    """Redraw ``head`` in the proportions of ``design``."""
    d = design or Proportions()
    first, last = head.parts["skin"]
    rest = head.mean.numpy()[first:last]
    identity, expression = head.identity.numpy()[:, first:last], head.expression.numpy()[:, first:last]
    triangles = head.triangles.numpy() - first
    triangles = triangles[((triangles >= 0) & (triangles < last - first)).all(1)]
    landmarks = head.landmark_basis("ibug68")[0].numpy()
    loops = boundary_loops(triangles)
    lids = [_lid_chains(loop, rest, side) for loop, side in _eye_loops(loops, rest)]
    mean, jacobian = warp(rest, d, landmarks), warp_jacobian(rest, d, landmarks)

    about_nose = np.exp(-(((rest - landmarks[33]) / [2.6, 3.0, 4.0]) ** 2).sum(1))
    likeness = d.identity_gain * (1 + 0.5 * about_nose)
    identity = np.einsum("sij,ksj->ksi", jacobian, identity) * likeness[:, None].astype(np.float32)
    expression = np.einsum("sij,ksj->ksi", jacobian, expression) * _expression_gain(rest, landmarks, d)
    laplacian = Laplacian.of(mean, triangles)
    weight = _smoothing_weight(rest, landmarks, lids)
    nose = weight * np.exp(-(((rest - landmarks[33]) / [2.6, 2.4, 3.0]) ** 2).sum(1))
    face = weight * smoothstep(-4.0, 3.0, rest[:, 2])
    for amount in (0.30 * weight, 0.30 * face + 0.8 * nose):
        smooth = laplacian.smoother(amount)
        mean, identity, expression = (_each(smooth, field) for field in (mean, identity, expression))
    tip = mean[np.argmax(rest[:, 2])]
    mean = mean + _button(mean, tip, d)

    centers = np.array([[d.eye_x, d.eye_y, 0.0], [-d.eye_x, d.eye_y, 0.0]], np.float32)
    fronts = [mean[np.concatenate(chain)][:, 2].max() for chain in lids]
    centers[:, 2] = np.mean(fronts) + 0.30 - d.eye_radius
    eye_identity = head.eye_centers_identity.numpy() * np.float32(d.identity_gain)
    eyes, arcs = [], []
    for side, (upper, lower) in enumerate(lids):
        drawing = _LidDrawing(side, upper, lower, centers[side], rest, laplacian, d)
        mean = drawing.open(mean)
        drawing.close(expression)
        arcs.append(drawing.arc())
        drawing.follow(identity, eye_identity[:, side])
        eyes.append(drawing.eye)
    smile = ARKIT_52.index("mouthSmileLeft"), ARKIT_52.index("mouthSmileRight")
    mean = mean + d.smile * expression[list(smile)].sum(0)
    lip_side = _lip_side(rest, landmarks)
    close_lips(mean, triangles, lip_side, d.lip_overlap)
    for group in _CLOSED:
        rows = [ARKIT_52.index(name) for name in group]
        moved = mean + expression[rows].sum(0)
        closed = moved.copy()
        close_lips(closed, triangles, lip_side, d.lip_overlap)
        expression[rows] += (closed - moved) / len(rows)
    for side in ("Left", "Right"):
        # A frown cuts the upper lid.
        expression[ARKIT_52.index(f"browDown{side}")] += 0.20 * expression[ARKIT_52.index(f"eyeBlink{side}")]
    expression[ARKIT_52.index("tongueOut")] += 0.35 * expression[ARKIT_52.index("jawOpen")]
    return StylizedHead(
        mean=np.ascontiguousarray(mean, np.float32),
        identity=np.ascontiguousarray(identity, np.float32),
        expression=np.ascontiguousarray(expression, np.float32),
        arcs=np.stack(arcs),
        triangles=triangles.astype(np.int32),
        rest=rest,
        eyes=(eyes[0], eyes[1]),
        eye_identity=eye_identity,
        follow=smoothstep(-13.5, -7.5, rest[:, 1] + 0.35 * rest[:, 2]).astype(np.float32),
        landmarks=landmarks,
        lip_side=lip_side,
        mouth_loop=min(loops, key=lambda loop: float(np.linalg.norm(rest[loop].mean(0)[:2] - landmarks[66, :2]))),
        design=d,
    )


def warp(points: np.ndarray, d: Proportions, landmarks: np.ndarray) -> np.ndarray:
    """The smooth part of the design as a map of space: [N, 3] rest positions to emoji proportions."""
    p = points.astype(np.float64).copy()
    rest = p.copy()
    tip, base = landmarks[30], landmarks[33]
    mouth = landmarks[48:60].mean(0)
    front = smoothstep(2.0, 7.0, rest[:, 2])

    # Nose: smaller towards a point inside the face, with a rounder tip.
    heart = np.array([0, tip[1] - 0.1, base[2] - 1.0])
    away = np.linalg.norm((rest - heart) * [1.0, 0.72, 1.0], axis=1)
    near = 1 - smoothstep(1.2, 4.2, away)
    p -= (near * (1 - d.nose_scale))[:, None] * (rest - heart) * [1.0, 0.75, 0.95]
    # Lips: thinner about the line where they meet.
    lip = np.exp(-(((rest[:, 0] - 0) / 3.0) ** 2 + ((rest[:, 1] - mouth[1]) / 1.5) ** 2) ** 2) * front
    wide = np.exp(-((rest[:, 0] / 4.2) ** 2 + ((rest[:, 1] - mouth[1]) / 2.4) ** 2) ** 2) * front
    p[:, 0] -= wide * (1 - d.mouth_width) * rest[:, 0]
    p[:, 1] -= lip * (1 - d.lip_height) * (rest[:, 1] - mouth[1])
    p[:, 2] -= lip * 0.35
    # Eyes: room for large ones; everything around them moves outwards.
    for side in (1.0, -1.0):
        old = np.array([side * 3.12, 3.5, 8.0])
        new = np.array([side * d.eye_x, d.eye_y, 8.0])
        away = np.linalg.norm((rest - old) * [0.9, 1.0, 0.8], axis=1)
        near = (1 - smoothstep(1.0, 5.2, away))[:, None]
        p += near * ((new - old) + (rest - old) * [0.30, 0.42, 0.10])
    # Brows make way for the upper lids.
    brow = np.exp(-(((rest[:, 1] - 6.0) / 2.0) ** 2)) * smoothstep(4.0, 8.0, rest[:, 2])
    p[:, 1] += 0.35 * brow
    # Lower face: shorter, so that the eyes sit near the middle; round cheeks and jaw.
    p[:, 1] += 0.16 * _soft_below(rest[:, 1], 1.0, 10.5) + d.mouth_rise * lip
    full = np.exp(-(((rest[:, 1] + 3.2) / 3.6) ** 2)) * smoothstep(-3.0, 4.5, rest[:, 2])
    p[:, 0] *= 1 + 0.05 * full
    for side in (1.0, -1.0):
        cheek = np.exp(-(((rest - [side * 4.9, -1.6, 8.0]) / [2.4, 2.2, 3.0]) ** 2).sum(1))
        p += cheek[:, None] * np.array([side * 0.45, -0.05, 0.45])
    chin = np.exp(-(((rest - [0, -6.6, 9.6]) / [2.6, 1.6, 3.0]) ** 2).sum(1))
    p[:, 2] -= 0.25 * chin
    p[:, 0] *= 1 + 0.12 * np.exp(-(((rest[:, 1] + 6.6) / 2.2) ** 2)) * smoothstep(4.0, 8.0, rest[:, 2])
    # Skull: a little wider and flatter, since hair adds to it. Ears stay small.
    top = smoothstep(5.0, 12.0, rest[:, 1])
    p[:, 1] -= 0.06 * np.maximum(rest[:, 1] - 7.0, 0)
    p[:, 0] *= 1.05 + 0.03 * top
    # Neck: thin.
    neck = smoothstep(-4.2, -9.0, rest[:, 1] + 0.42 * np.clip(rest[:, 2], -7, 12))
    p[:, 0] *= 1 - (1 - d.neck_scale) * neck
    p[:, 2] -= (1 - d.neck_scale) * neck * (p[:, 2] + 1.0)
    return p.astype(np.float32)


def warp_jacobian(points: np.ndarray, d: Proportions, landmarks: np.ndarray, step: float = 0.02) -> np.ndarray:
    """[N, 3, 3] central differences of :func:`warp`: how a small displacement is redrawn."""
    columns = []
    for axis in range(3):
        shift = np.zeros(3, np.float32)
        shift[axis] = step
        columns.append((warp(points + shift, d, landmarks) - warp(points - shift, d, landmarks)) / (2 * step))
    return np.stack(columns, -1)


def _soft_below(y: np.ndarray, start: float, depth: float) -> np.ndarray:
    """0 above ``start``, then growing with slope one to ``depth`` below it, and constant from there."""
    t = np.clip((start - y) / depth, 0, 1)
    return depth * (t - t * (1 - t) ** 2 * 0.6)


def _button(mean: np.ndarray, tip: np.ndarray, d: Proportions) -> np.ndarray:
    """[S, 3] displacement that blows the smoothed nose up into a round tip."""
    away = (mean - (tip - [0, 0, 0.55])) / [1.05, 0.85, 1.2]
    return (np.exp(-((away**2).sum(1))) * d.nose_button)[:, None] * np.array([0, 0.10, 1.0]) + (
        np.exp(-((away**2).sum(1))) * d.nose_button * 0.55
    )[:, None] * away * [1, 0.8, 0]


def _eye_loops(loops: list[np.ndarray], rest: np.ndarray) -> list[tuple[np.ndarray, float]]:
    """The two lid edges, the subject's left first, with the sign of x."""
    found = []
    for side in (1.0, -1.0):
        distance = [np.linalg.norm(rest[loop].mean(0)[:2] - [side * 3.1, 3.5]) for loop in loops]
        found.append((loops[int(np.argmin(distance))], side))
    return found


def _lid_chains(loop: np.ndarray, rest: np.ndarray, side: float) -> tuple[np.ndarray, np.ndarray]:
    """Split a lid edge at its corners: upper and lower chain from the inner to the outer corner."""
    x = rest[loop, 0] * side
    loop = np.roll(loop, -int(np.argmin(x)))
    outer = int(np.argmax(rest[loop, 0] * side))
    one, other = loop[: outer + 1], np.concatenate([loop[outer:], loop[:1]])[::-1]
    return (one, other) if rest[one, 1].mean() > rest[other, 1].mean() else (other, one)


def _expression_gain(rest: np.ndarray, landmarks: np.ndarray, d: Proportions) -> np.ndarray:
    """[52, S, 3] exaggeration of expression: brows most, then lids, then the mouth; the jaw stays a jaw."""
    x, y = np.abs(rest[:, 0]), rest[:, 1]
    brow = smoothstep(4.6, 5.6, y) * smoothstep(12.0, 8.5, y) * smoothstep(3.0, 7.0, rest[:, 2])
    lid = np.exp(-(((x - 3.1) / 2.0) ** 2 + ((y - 3.4) / 0.9) ** 2) ** 2) * smoothstep(5.0, 7.0, rest[:, 2])
    mouth = np.exp(-((x / 4.5) ** 2 + ((y - landmarks[48:60, 1].mean()) / 3.0) ** 2) ** 2)
    upper = 1 + (brow * (d.brow_gain - 1))[:, None] * [0.8, 1.0, 0.3]
    upper += (lid * (d.lid_gain - 1))[:, None] * [0.0, 1.0, 0.0]
    lower = (mouth * (d.mouth_gain - 1))[:, None] * [1.0, 1.0, 0.4]
    moves_jaw = np.array([name.startswith("jaw") or name == "mouthClose" for name in ARKIT_52])
    strong = np.array([{"browInnerUp": 2.2, "browDown": 1.9, "browOuterUp": 1.35}.get(_stem(n), 1.0) for n in ARKIT_52])
    upper = 1 + (upper - 1) * strong[:, None, None]
    return (upper + np.where(moves_jaw, 0.0, 1.0)[:, None, None] * lower).astype(np.float32)


def _stem(name: str) -> str:
    return name.removesuffix("Left").removesuffix("Right")


def _smoothing_weight(
    rest: np.ndarray, landmarks: np.ndarray, lids: list[tuple[np.ndarray, np.ndarray]]
) -> np.ndarray:
    """[S] how strongly the skin is smoothed: not at lids, lips and ears, gently at the nose."""
    x, y, z = rest.T
    weight = np.full(len(rest), 0.75)
    for upper, lower in lids:
        edge = rest[np.concatenate([upper, lower])]
        away = np.linalg.norm(rest[:, None] - edge[None, ::2], axis=2).min(1)
        weight *= smoothstep(0.0, 0.9, away)
    mouth = landmarks[48:60].mean(0)
    away = np.sqrt((x / 3.0) ** 2 + ((y - mouth[1]) / 1.35) ** 2)
    weight *= 0.04 + 0.96 * smoothstep(0.75, 1.25, away)
    ear = smoothstep(7.2, 7.8, np.abs(x)) * smoothstep(6.0, 4.5, z) * smoothstep(-4, -2.5, y) * smoothstep(8.5, 7.5, y)
    weight *= 1 - 0.8 * ear
    return weight


def _each(smooth: Callable[[np.ndarray], np.ndarray], field: np.ndarray) -> np.ndarray:
    """Apply a smoother to [S, 3] or [K, S, 3]."""
    if field.ndim == 2:
        return smooth(field)
    flat = field.transpose(1, 0, 2).reshape(field.shape[1], -1)
    return np.ascontiguousarray(smooth(flat).reshape(len(flat), -1, 3).transpose(1, 0, 2))


class _LidDrawing:
    """Gives one eye the designed opening, and a blink that closes it along one curve."""

    def __init__(self, side, upper, lower, center, rest, laplacian, d) -> None:  # type: ignore[no-untyped-def]
        sign = 1.0 if side == 0 else -1.0
        self._handles = np.concatenate([upper, lower[1:-1]])
        away = np.linalg.norm(rest - rest[self._handles].mean(0), axis=1)
        self._field = HandleDeformation(laplacian, self._handles, np.flatnonzero(away < 3.6))
        curves = [(_lid_curve(len(upper), 1, center, sign, d), _lid_curve(len(lower), -1, center, sign, d))]
        for bow in (-0.40 * d.lid_lower, 0.45 * d.lid_upper):
            curves.append((_shut_curve(len(upper), bow, center, sign, d), _shut_curve(len(lower), bow, center, sign, d)))
        self._open, self._shut, self._happy = (np.concatenate([over, under[1:-1]]) for over, under in curves)
        self._blink = ARKIT_52.index("eyeBlinkLeft" if side == 0 else "eyeBlinkRight")
        self._keep = d.lid_identity
        lids = np.flatnonzero(away < 3.4)
        gap = np.linalg.norm(rest[lids][:, None] - rest[self._handles][None], axis=2).min(1)
        thickness = 0.03 + d.lid_thickness * smoothstep(0.0, 0.22, gap)
        self.eye = Eye(center, upper, lower, lids.astype(np.int32), thickness.astype(np.float32))

    def open(self, mean: np.ndarray) -> np.ndarray:
        return mean + self._field(self._open - mean[self._handles])

    def close(self, expression: np.ndarray) -> None:
        """Change the blink in place so that both lids meet on the ball."""
        blink = expression[self._blink]
        expression[self._blink] = blink + self._field(self._shut - self._open - blink[self._handles])

    def arc(self) -> np.ndarray:
        """[S, 3] what turns the closed eye into the upward arc of a smiling one."""
        return self._field(self._happy - self._shut)

    def follow(self, identity: np.ndarray, centers: np.ndarray) -> None:
        """Let the lids of a person move with the person's ball and keep part of their own shape, in place."""
        for mode, shift in zip(identity, centers, strict=True):
            own = mode[self._handles] - shift
            own[:, 2] = 0
            mode += self._field(shift + self._keep * own - mode[self._handles])


def _lid_curve(count: int, up: int, center: np.ndarray, sign: float, d: Proportions) -> np.ndarray:
    """[count, 3] points on the ball along the open upper (``up`` = 1) or lower (-1) lid, inner to outer corner."""
    t = np.linspace(0, 1, count)
    bow = np.sin(np.pi * t**1.04)
    y = -0.16 + 0.34 * t + (d.lid_upper * bow**0.92 if up > 0 else -d.lid_lower * bow**1.12)
    return _on_ball(-d.eye_half_width * np.cos(np.pi * t), y, center, sign, d)


def _shut_curve(count: int, bow: float, center: np.ndarray, sign: float, d: Proportions) -> np.ndarray:
    """[count, 3] points on the ball where the lids meet, bowed upwards by ``bow`` cm in the middle."""
    t = np.linspace(0, 1, count)
    y = -0.16 + 0.34 * t + bow * np.sin(np.pi * t)
    return _on_ball(-d.eye_half_width * np.cos(np.pi * t), y, center, sign, d)


def _on_ball(x: np.ndarray, y: np.ndarray, center: np.ndarray, sign: float, d: Proportions) -> np.ndarray:
    radius = d.eye_radius + 0.03
    z = np.sqrt(np.maximum(radius**2 - x**2 - y**2, 0))
    return center + np.stack([sign * x, y, z], 1)


def _lip_side(rest: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """[S] which lip a vertex belongs to, with how much of a gap it has to close."""
    seam = landmarks[[48, 60, 61, 62, 63, 64, 54]].copy()
    seam[2:5] = (landmarks[61:64] + landmarks[[67, 66, 65]]) / 2
    above = rest[:, 1] - np.interp(rest[:, 0], seam[:, 0], seam[:, 1])
    near = np.exp(-((above / 1.1) ** 2)) * (1 - smoothstep(0.85, 1.05, np.abs(rest[:, 0]) / seam[-1, 0]))
    return (np.tanh(above / 0.03) * near * (rest[:, 2] > 6.0)).astype(np.float32)


def close_lips(points: np.ndarray, triangles: np.ndarray, side: np.ndarray, overlap: float) -> None:
    """Move the lips of ``points`` [S, 3] in place until no gap is seen from the front, by ``side`` of the head."""
    scale, rows = 24.0, np.abs(side) > 0.2
    low, high = points[rows, :2].min(0) - 0.2, points[rows, :2].max(0) + 0.2
    width, height = ((high - low) * scale).astype(int)
    near = triangles[rows[triangles].any(1)]
    for _ in range(3):
        seen = np.concatenate([(points[:, :2] - low) * scale, points[:, 2:]], 1)
        lips = points[rows]
        surface = np.interp(np.arange(width) / scale + low[0], *_profile(lips))
        depth = nearness_map(seen, near, height, width)
        inner = np.abs(np.linspace(low[1], high[1], height) - np.median(lips[:, 1]))[:, None] < 0.8
        between = points[np.abs(side) > 0.85, 0]
        columns = np.arange(width) / scale + low[0]
        inner = inner & (columns > between.min()) & (columns < between.max())
        gap = ((depth < surface - 1.1) & inner).sum(0) / scale
        gap = np.convolve(np.where(gap > 0, gap + overlap, 0), np.hanning(15) / np.hanning(15).sum(), "same")
        if gap.max() <= overlap:
            return
        share = np.interp(points[:, 0], np.arange(width) / scale + low[0], gap)
        points[:, 1] -= 0.55 * side * share


def _profile(lips: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """x and the foremost z of the lips there."""
    edges = np.linspace(lips[:, 0].min(), lips[:, 0].max(), 13)
    cell = np.clip(np.digitize(lips[:, 0], edges) - 1, 0, 11)
    return (edges[1:] + edges[:-1]) / 2, np.array([lips[cell == k, 2].max() if (cell == k).any() else -99.0 for k in range(12)])
