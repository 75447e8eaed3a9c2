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

from gen_avatar.character.cheeks import cheek_weight, soften_cheeks
from gen_avatar.character.design import Proportions
from gen_avatar.character.ears import draw_ears, ear_inside
from gen_avatar.character.lids import FROWN_SHUTS, Eye, LidDrawing, eye_loops, lid_chains
from gen_avatar.character.likeness import calm_lips, corner_lift, likeness, near_lips
from gen_avatar.character.lips import CLOSED_SHAPES, close_lips, lip_side
from gen_avatar.character.mandible import about_jaw, carve
from gen_avatar.character.moderation import Moderation, evened
from gen_avatar.character.mouth import draw_mouth
from gen_avatar.character.outline import calm_outline, low_outline, sculpt
from gen_avatar.character.surface import Laplacian, boundary_loops, smoothstep
from gen_avatar.character.traits import draw_traits, eye_shares
from gen_avatar.head.model import MorphableHead
from gen_avatar.head.ratios import ratio_rows, trait_rows
from gen_avatar.types import ARKIT_52

#: Shares by which eyes follow identity: apart or forwards, they would come near the outline of a turned face.
_EYES_FOLLOW = np.array([0.5, 1.0, 0.6], np.float32)
#: How much of the lift of the corners of a mouth at rest rings of lips take away.
_RING_LEVELS = 0.75


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
        lip_side: [S] 1 on the upper lip and around it, -1 on the lower, fading away from the seam.
        mouth_loop: vertices of the inner edge of the lips, in order.
        follow: [S] how much a vertex turns with the head, 1 head, 0 shoulders.
        landmarks: [68, 3] of the rest mean.
        button: [S, 3] what makes the tip of the nose stand out by 1 cm.
        moderation: what keeps lower faces near the mean.
        traits: [n, K] orthonormal rows that tell faces apart, see :mod:`gen_avatar.head.ratios`.
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
    button: np.ndarray
    moderation: Moderation
    traits: np.ndarray
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
    lids = [lid_chains(loop, rest, side) for loop, side in eye_loops(loops, rest)]
    mean, jacobian = warp(rest, d, landmarks), warp_jacobian(rest, d, landmarks)

    _tilt_brows(expression, rest)
    kept = likeness(rest, landmarks, d.identity_gain)[:, None].astype(np.float32)
    identity = np.einsum("sij,ksj->ksi", jacobian, identity) * kept
    identity = evened(identity, rest)
    calm_outline(identity, rest, kept[:, 0])
    calm_lips(identity, rest, landmarks)
    expression = np.einsum("sij,ksj->ksi", jacobian, expression) * _expression_gain(rest, landmarks, d)
    laplacian = Laplacian.of(mean, triangles)
    weight = _smoothing_weight(rest, landmarks, lids)
    nose = weight * np.exp(-(((rest - landmarks[33]) / [2.6, 2.4, 3.0]) ** 2).sum(1))
    face = weight * smoothstep(-4.0, 3.0, rest[:, 2])
    # Cheeks are one clean shape: folds beside nose and mouth would be drawn as stains.
    plain = weight * cheek_weight(rest, landmarks, lids)
    plain *= 1 - np.exp(-(((rest - landmarks[30]) / [1.9, 2.6, 4.0]) ** 2).sum(1))
    for amount in (0.30 * weight, 0.30 * face + 0.8 * nose + d.cheek_flow * plain):
        smooth = laplacian.smoother(amount)
        mean, identity, expression = (_each(smooth, field) for field in (mean, identity, expression))
    mean, share = carve(mean, rest)
    identity[..., 0] *= share
    expression[..., 0] *= share
    smooth = laplacian.smoother(d.jaw_flow * about_jaw(rest))
    mean, identity, expression = (_each(smooth, field) for field in (mean, identity, expression))
    smooth = laplacian.smoother(d.outline_flow * low_outline(rest, near_lips(rest, landmarks)))
    identity = _each(smooth, identity)
    mean = laplacian.smoother(d.ear_flow * ear_inside(rest))(draw_ears(mean, rest))
    corners = sum(np.exp(-(((rest - landmarks[k]) / 0.75) ** 2).sum(1)) for k in (48, 54))
    smooth = laplacian.smoother(d.corner_flow * corners)
    mean, identity, expression = (_each(smooth, field) for field in (mean, identity, expression))
    lift = d.corner_rise * corner_lift(rest, landmarks)
    mean[:, 1] += lift
    for ending, sign in (("Left", 1.0), ("Right", -1.0)):
        # What the mouth at rest has of a smile, a smile need not add, and a frown has to take away.
        here = lift * (rest[:, 0] * sign > 0)
        expression[ARKIT_52.index(f"mouthSmile{ending}"), :, 1] -= 0.3 * here
        expression[ARKIT_52.index(f"mouthFrown{ending}"), :, 1] -= 1.5 * here
    for name in ("mouthFunnel", "mouthPucker"):
        # The corners of a ring lie level.
        expression[ARKIT_52.index(name), :, 1] -= _RING_LEVELS * lift
    soften_cheeks(expression, rest, cheek_weight(rest, landmarks, lids), laplacian)
    tip = mean[np.argmax(rest[:, 2])]
    button = _button(mean, tip)
    rows = ratio_rows(head)
    draw_traits(identity, rows, mean, rest, landmarks, button)
    mean = mean + d.nose_button * button + _wings(mean, tip)

    centers = np.array([[d.eye_x, d.eye_y, 0.0], [-d.eye_x, d.eye_y, 0.0]], np.float32)
    fronts = [mean[np.concatenate(chain)][:, 2].max() for chain in lids]
    centers[:, 2] = np.mean(fronts) + 0.05 - d.eye_radius - d.eye_depth
    eye_identity = head.eye_centers_identity.numpy() * np.float32(d.identity_gain) * _EYES_FOLLOW
    shares = eye_shares(rows)
    eye_identity[:, :, 0] += np.multiply.outer(shares["eye_spacing"], [1, -1])
    eyes, arcs = [], []
    for side, chains in enumerate(lids):
        drawing = LidDrawing(side, chains, centers[side], rest, laplacian, d)
        mean = drawing.open(mean)
        drawing.calm(expression)
        drawing.smile(expression)
        drawing.close(expression)
        arcs.append(drawing.arc())
        drawing.follow(identity, eye_identity[:, side], shares["eye_size"], shares["eye_tilt"])
        eyes.append(drawing.eye)
    smile = ARKIT_52.index("mouthSmileLeft"), ARKIT_52.index("mouthSmileRight")
    mean = mean + d.smile * expression[list(smile)].sum(0)
    # Open, friendly brows at rest; a face that raises or frowns them ends where it would without that.
    rise = d.brow_rise * expression[ARKIT_52.index("browInnerUp")]
    mean = mean + rise
    expression[ARKIT_52.index("browInnerUp")] -= rise
    for ending, sign in (("Left", 1.0), ("Right", -1.0)):
        expression[ARKIT_52.index(f"browDown{ending}")] -= rise * (rest[:, :1] * sign > 0)
    sides = lip_side(rest, landmarks)
    draw_mouth(expression, rest, landmarks, sides, d.smile)
    close_lips(mean, triangles, sides, d.lip_overlap)
    for group in CLOSED_SHAPES:
        channels = [ARKIT_52.index(name) for name in group]
        moved = mean + expression[channels].sum(0)
        closed = moved.copy()
        close_lips(closed, triangles, sides, d.lip_overlap)
        expression[channels] += (closed - moved) / len(channels)
    for ending in ("Left", "Right"):
        # A frown cuts the upper lid.
        shut = expression[ARKIT_52.index(f"eyeBlink{ending}")]
        expression[ARKIT_52.index(f"browDown{ending}")] += FROWN_SHUTS * shut
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
        follow=smoothstep(-11.8, -6.8, rest[:, 1] + 0.35 * rest[:, 2]).astype(np.float32),
        landmarks=landmarks,
        lip_side=sides,
        mouth_loop=min(
            loops, key=lambda loop: float(np.linalg.norm(rest[loop].mean(0)[:2] - landmarks[66, :2]))
        ),
        button=button,
        moderation=Moderation.of(mean, rest, landmarks),
        traits=trait_rows(head),
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
    lip = np.exp(-((((rest[:, 0] - 0) / 3.0) ** 2 + ((rest[:, 1] - mouth[1]) / 1.5) ** 2) ** 2)) * front
    wide = np.exp(-(((rest[:, 0] / 4.2) ** 2 + ((rest[:, 1] - mouth[1]) / 2.4) ** 2) ** 2)) * front
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
    # Lower face: shorter, so that the eyes sit near the middle; cheeks are full below the eyes.
    p[:, 1] += 0.16 * _soft_below(rest[:, 1], 1.0, 10.5) + d.mouth_rise * lip
    for side in (1.0, -1.0):
        cheek = np.exp(-(((rest - [side * 4.4, -0.6, 8.0]) / [2.2, 2.0, 3.0]) ** 2).sum(1))
        p += cheek[:, None] * np.array([side * 0.15, 0.0, 0.35])
    # Skull: a little wider, since hair adds to it. Ears stay small.
    top = smoothstep(5.0, 12.0, rest[:, 1])
    p[:, 1] -= 0.06 * np.maximum(rest[:, 1] - 7.0, 0)
    p[:, 0] *= 1.05 + 0.03 * top + 0.035 * np.exp(-(((rest[:, 1] - 9.5) / 3.0) ** 2))
    # Neck: thin, below a chin that overhangs it.
    under = np.exp(-(((rest - [0, -8.8, 6.6]) / [4.5, 1.5, 2.6]) ** 2).sum(1))
    p += under[:, None] * [0, 0.7, -0.5]
    neck = smoothstep(-4.2, -9.0, rest[:, 1] + 0.42 * np.clip(rest[:, 2], -7, 12))
    p[:, 0] *= 1 - (1 - d.neck_scale) * neck
    p[:, 2] -= (1 - d.neck_scale) * neck * (p[:, 2] + 2.0)
    return sculpt(p).astype(np.float32)


def warp_jacobian(
    points: np.ndarray, d: Proportions, landmarks: np.ndarray, step: float = 0.02
) -> np.ndarray:
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


def _button(mean: np.ndarray, tip: np.ndarray) -> np.ndarray:
    """[S, 3] displacement that blows the smoothed nose up into a round tip, 1 cm forwards."""
    away = mean - (tip - [0, 0.15, 0.55])
    # Upwards it runs out into the bridge, without a step.
    away /= np.stack(np.broadcast_arrays(1.15, np.where(away[:, 1] > 0, 1.55, 0.92), 1.25), 1)
    near = np.exp(-((away**2).sum(1)))[:, None]
    return (near * (np.array([0, 0.06, 1.0]) + 0.66 * away * [1, 0.68, 0])).astype(np.float32)


def _wings(mean: np.ndarray, tip: np.ndarray) -> np.ndarray:
    """[S, 3] displacement that gives the base of the nose two small round wings."""
    out = np.zeros_like(mean)
    for side in (1.0, -1.0):
        away = (mean - tip - [side * 1.15, -0.55, -1.15]) / [0.5, 0.5, 0.8]
        out += np.exp(-(away**2).sum(1))[:, None] * np.array([side * 0.34, 0.03, 0.20], np.float32)
    return out.astype(np.float32)


def _expression_gain(rest: np.ndarray, landmarks: np.ndarray, d: Proportions) -> np.ndarray:
    """[52, S, 3] exaggeration of expression: brows most, then lids, then the mouth; the jaw stays a jaw."""
    x, y = np.abs(rest[:, 0]), rest[:, 1]
    brow = smoothstep(4.6, 5.6, y) * smoothstep(12.0, 8.5, y) * smoothstep(3.0, 7.0, rest[:, 2])
    lid = np.exp(-((((x - 3.1) / 2.0) ** 2 + ((y - 3.4) / 0.9) ** 2) ** 2)) * smoothstep(5.0, 7.0, rest[:, 2])
    mouth = np.exp(-(((x / 4.5) ** 2 + ((y - landmarks[48:60, 1].mean()) / 3.0) ** 2) ** 2))
    upper = 1 + (brow * (d.brow_gain - 1))[:, None] * [0.8, 1.0, 0.3]
    upper += (lid * (d.lid_gain - 1))[:, None] * [0.0, 1.0, 0.0]
    lower = (mouth * (d.mouth_gain - 1))[:, None] * [1.0, 1.0, 0.4]
    moves_jaw = np.array([name.startswith("jaw") or name == "mouthClose" for name in ARKIT_52])
    strong = np.array(
        [{"browInnerUp": 1.5, "browDown": 1.9, "browOuterUp": 1.7}.get(_stem(n), 1.0) for n in ARKIT_52]
    )
    upper = 1 + (upper - 1) * strong[:, None, None]
    return (upper + np.where(moves_jaw, 0.0, 1.0)[:, None, None] * lower).astype(np.float32)


def _tilt_brows(expression: np.ndarray, rest: np.ndarray) -> None:
    """Turn brows in anger and sorrow more than a face can, in place: inner ends down, inner ends up."""
    x, y = np.abs(rest[:, 0]), rest[:, 1]
    brow = np.exp(-(((y - 5.9) / 1.5) ** 2)) * smoothstep(5.0, 8.0, rest[:, 2]) * smoothstep(0.0, 0.5, x)
    inner = 1 - 1.6 * np.clip((x - 1.1) / 4.6, 0, 1)
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        here = brow * (rest[:, 0] * sign > 0) * inner
        expression[ARKIT_52.index(f"browDown{side}"), :, 1] -= (0.55 * here).astype(np.float32)
        expression[ARKIT_52.index("browInnerUp"), :, 1] += (0.50 * here).astype(np.float32)


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
    ear = (
        smoothstep(7.2, 7.8, np.abs(x))
        * smoothstep(6.0, 4.5, z)
        * smoothstep(-4, -2.5, y)
        * smoothstep(8.5, 7.5, y)
    )
    weight *= 1 - 0.8 * ear
    return weight


def _each(smooth: Callable[[np.ndarray], np.ndarray], field: np.ndarray) -> np.ndarray:
    """Apply a smoother to [S, 3] or [K, S, 3]."""
    if field.ndim == 2:
        return smooth(field)
    flat = field.transpose(1, 0, 2).reshape(field.shape[1], -1)
    return np.ascontiguousarray(smooth(flat).reshape(len(flat), -1, 3).transpose(1, 0, 2))
