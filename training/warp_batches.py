"""Pairs of moments for the warper, changed at random: framing, background, colours, and ways of drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from gen_avatar.warp.keypoints import prepare
from gen_avatar.warp.motion import feature_maps
from training.photos.scenery import background
from training.warp_data import FLOW_SIZE, MOMENTS, SIZE, STEPS, Shard, load

#: Share of pairs that are photo-like, if there are any, of studio pairs before a scene, and of those whose
#: colours or way of drawing are changed.
_PHOTOS, _SCENES, _TINTED, _REDRAWN = 0.15, 0.4, 0.4, 0.2
#: Share of pairs whose source is the calm moment.
_CALM = 0.7
#: σ of the errors of keypoints: of all alike, of each (the same in both moments), of each moment; shares.
_OFF, _SCENERY = (0.005, 0.007, 0.0015), 48


@dataclass(frozen=True)
class Framing:
    """How pictures are reframed at random.

    Attributes:
        zoom: mean and σ of the log of the factor; shift: σ, shares of the side; turn: σ, degrees.
    """

    zoom: tuple[float, float] = (-0.06, 0.12)
    shift: float = 0.03
    turn: float = 6.0

    def sample(self, rng: np.random.Generator) -> np.ndarray:
        """[2, 3] similarity of the unit square."""
        zoom = np.exp(rng.normal(*self.zoom))
        angle = np.radians(rng.normal(0, self.turn))
        linear = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        middle = np.array([0.5, 0.5])
        return np.column_stack([linear, middle + rng.normal(0, self.shift, 2) - linear @ middle])


class WarpBatches:
    """Endless pairs from stores of :mod:`training.warp_data`.

    Args:
        folders: of studio people and of photo-like ones.
        seed: of the changes; None changes nothing, as in an evaluation.
        side: of the pictures that are handed out.
    """

    def __init__(self, folders: Sequence[Path], seed: int | None = 0, side: int = SIZE) -> None:
        shards = load(folders)
        self.seed, self.side = seed, side
        kinds = [[s for s in shards if s.flow is not None], [s for s in shards if s.flow is None]]
        self._people = [[(s, i) for s in kind for i in range(len(s.points))] for kind in kinds]

    def batch(self, number: int, size: int) -> dict[str, Tensor]:
        """Batch ``number`` of ``size`` pairs: ``source``, ``target`` [B, 4, S, S] premultiplied; their
        ``source_points``, ``target_points`` [B, K, 1 + P, 2] and ``source_maps``, ``target_maps``;
        ``flow`` [B, S / 4, S / 4, 2] (displacement, shares of the side) where ``known`` [B, 1, S / 4, S /
        4]."""
        rows = [self.pair(np.random.default_rng([self.seed or 0, number * size + i])) for i in range(size)]
        return {key: torch.from_numpy(np.stack([row[key] for row in rows])) for key in rows[0]}

    def person(self, rng: np.random.Generator) -> tuple[Shard, int, bool]:
        """Somebody: shard, row, and whether they are photo-like."""
        studio, photos = self._people
        photo = bool(photos) and (not studio or rng.random() < _PHOTOS)
        pool = photos if photo else studio
        return *pool[int(rng.integers(len(pool)))], photo

    def pair(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """One pair."""
        shard, person, photo = self.person(rng)
        look = int(rng.integers(shard.pictures.shape[1]))
        # Stills are calm more often than not, as the first moment of everybody is.
        source = 0 if rng.random() < _CALM else int(rng.integers(MOMENTS))
        step = int(rng.integers(1, MOMENTS))
        target = (source - step) % MOMENTS
        flow, known = _stored_flow(shard, person, target, step)
        pictures = [_premultiplied(shard.pictures[person, look, t], self.side) for t in (source, target)]
        points = [shard.points[person, t] for t in (source, target)]
        if self.seed is not None:
            frame = Framing().sample(rng)
            pictures = [_framed(p, frame, photo) for p in pictures]
            points = [_moved(p, frame) for p in points]
            flow, known = _framed_flow(flow, known, frame)
            pictures = _repainted(pictures, photo, rng)
            points = _misplaced(points, rng)
        coarse = self.side // 4
        # Where the flow is known at all its mean is meant.
        share = cv2.resize(known, (coarse, coarse), interpolation=cv2.INTER_AREA)
        small = cv2.resize(flow * known[..., None], (coarse, coarse), interpolation=cv2.INTER_AREA)
        small = small / np.maximum(share, 1e-3)[..., None]
        fields = {"flow": small, "known": (share > 0.9).astype(np.float32)[None]}
        for name, picture, place in zip(("source", "target"), pictures, points, strict=True):
            fields[name] = np.ascontiguousarray(picture.transpose(2, 0, 1))
            fields[f"{name}_points"] = place.astype(np.float32)
            fields[f"{name}_maps"] = feature_maps(place, self.side)
        return fields


#: Stills come less well framed.
_STILLS = Framing((-0.05, 0.2), 0.06, 12.0)


class KeypointBatches(WarpBatches):
    """Single moments, framed as a tracker frames stills: ``crop`` [B, 3, INPUT, INPUT] and ``points`` [B,
    K, 2]."""

    def pair(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        shard, person, photo = self.person(rng)
        look, t = int(rng.integers(shard.pictures.shape[1])), int(rng.integers(MOMENTS))
        picture = _premultiplied(shard.pictures[person, look, t], self.side)
        points = shard.points[person, t, :, 0]
        if self.seed is not None:
            frame = _STILLS.sample(rng)
            picture, points = _framed(picture, frame, photo), _moved(points, frame)
            picture = _repainted([picture], photo, rng)[0]
        return {"crop": _crop(picture), "points": points.astype(np.float32)}


def keypoint_crop(picture: np.ndarray, side: int, rng: np.random.Generator | None = None) -> np.ndarray:
    """[3, INPUT, INPUT] what the keypoint network sees of a studio picture [SIZE, SIZE, 4] uint8: as it is,
    or reframed and repainted at random."""
    floats = _premultiplied(picture, side)
    if rng is not None:
        floats = _repainted([_framed(floats, _STILLS.sample(rng), False)], False, rng)[0]
    return _crop(floats)


def _crop(picture: np.ndarray) -> np.ndarray:
    straight = np.dstack([picture[..., :3] / np.maximum(picture[..., 3:], 1e-3), picture[..., 3:]])
    return prepare(straight)


def _premultiplied(picture: np.ndarray, side: int) -> np.ndarray:
    floats = picture.astype(np.float32) / 255
    floats[..., :3] *= floats[..., 3:]
    return floats if side == SIZE else cv2.resize(floats, (side, side), interpolation=cv2.INTER_AREA)


def _stored_flow(shard: Shard, person: int, target: int, step: int) -> tuple[np.ndarray, np.ndarray]:
    """[F, F, 2] displacement in shares of the side, and where it is known, [F, F] in [0, 1]."""
    if shard.flow is None or shard.seen is None or step not in STEPS:
        return np.zeros((FLOW_SIZE, FLOW_SIZE, 2), np.float32), np.zeros((FLOW_SIZE, FLOW_SIZE), np.float32)
    row = STEPS.index(step)
    flow = shard.flow[person, target, row].astype(np.float32) / FLOW_SIZE
    return flow, shard.seen[person, target, row].astype(np.float32)


def _pixels(frame: np.ndarray, side: int) -> np.ndarray:
    """The similarity in OpenCV's pixels, whose centres lie at integers."""
    linear, shift = frame[:, :2], frame[:, 2] * side
    half = np.array([0.5, 0.5])
    return np.column_stack([linear, shift + linear @ half - half])


def _framed(picture: np.ndarray, frame: np.ndarray, opaque: bool) -> np.ndarray:
    border = cv2.BORDER_REFLECT_101 if opaque else cv2.BORDER_CONSTANT
    side = picture.shape[0]
    return cv2.warpAffine(
        picture, _pixels(frame, side), (side, side), flags=cv2.INTER_LINEAR, borderMode=border
    )


def _moved(points: np.ndarray, frame: np.ndarray) -> np.ndarray:
    return points @ frame[:, :2].T + frame[:, 2]


def _framed_flow(flow: np.ndarray, known: np.ndarray, frame: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    matrix, size = _pixels(frame, FLOW_SIZE), (FLOW_SIZE, FLOW_SIZE)
    moved = cv2.warpAffine(flow @ frame[:, :2].T.astype(np.float32), matrix, size, flags=cv2.INTER_LINEAR)
    certain = cv2.warpAffine(known, matrix, size, flags=cv2.INTER_LINEAR)
    return moved, (certain > 0.99).astype(np.float32)


@lru_cache(maxsize=1)
def _sceneries() -> np.ndarray:
    """[N, SIZE, SIZE, 3] backgrounds, drawn once."""
    return np.stack([background(SIZE, SIZE, np.random.default_rng([3, i])) for i in range(_SCENERY)])


def _backdrop(side: int, rng: np.random.Generator) -> np.ndarray:
    """[side, side, 3] a scene, a plain colour or a gradient."""
    kind = rng.random()
    if kind < 0.5:
        scene = _sceneries()[int(rng.integers(_SCENERY))]
        if side != SIZE:
            scene = cv2.resize(scene, (side, side), interpolation=cv2.INTER_AREA)
        return np.roll(scene[:, :: rng.choice([-1, 1])], int(rng.integers(side)), axis=1)
    top, bottom = rng.random((2, 3)).astype(np.float32)
    ramp = np.linspace(0, float(kind > 0.75), side, dtype=np.float32)[:, None, None]
    return np.broadcast_to(top + ramp * (bottom - top), (side, side, 3)).astype(np.float32)


def _repainted(pictures: list[np.ndarray], photo: bool, rng: np.random.Generator) -> list[np.ndarray]:
    """Both pictures on a backdrop, in other colours, and drawn in another way, alike."""
    if not photo and rng.random() < _SCENES:
        scene = _backdrop(len(pictures[0]), rng)
        pictures = [
            np.dstack([p[..., :3] + (1 - p[..., 3:]) * scene, np.ones_like(p[..., 3:])]) for p in pictures
        ]
    if rng.random() < _TINTED:
        pictures = _tinted(pictures, rng)
    if rng.random() < _REDRAWN:
        pictures = _redrawn(pictures, rng)
    return [p.astype(np.float32) for p in pictures]


def _tinted(pictures: list[np.ndarray], rng: np.random.Generator) -> list[np.ndarray]:
    """A linear change of colours (premultiplied, so that it holds at edges), now and then to grey."""
    grey = 1.0 if rng.random() < 0.15 else float(rng.uniform(-0.4, 0.4))
    luma = np.array([0.299, 0.587, 0.114])
    mix = (1 - grey) * np.eye(3) + grey * luma[None]
    mix = np.diag(np.exp(rng.normal(0, 0.18, 3))) @ mix
    lift = float(rng.uniform(-0.1, 0.15))
    matrix = mix.astype(np.float32)
    out = []
    for p in pictures:
        color = np.clip(
            (p[..., :3] @ matrix.T) * (1 - abs(lift)) + max(lift, 0.0) * p[..., 3:], 0, p[..., 3:]
        )
        out.append(np.dstack([color, p[..., 3:]]))
    return out


def _redrawn(pictures: list[np.ndarray], rng: np.random.Generator) -> list[np.ndarray]:
    """One of: soft, coarse, few tones, dark outlines, brush strokes, paper."""
    kind, side = int(rng.integers(6)), len(pictures[0])
    amount = float(rng.uniform(0.3, 1.0))
    grain = rng.normal(0, 0.05 * amount, (side, side, 1)).astype(np.float32) if kind == 5 else None
    out = []
    for p in pictures:
        color, alpha = np.ascontiguousarray(p[..., :3], np.float32), p[..., 3:]
        if kind == 0:
            color = cv2.GaussianBlur(color, (0, 0), 0.5 + 1.5 * amount)
        elif kind == 1:
            small = int(side / (1 + 3 * amount))
            color = cv2.resize(cv2.resize(color, (small, small), interpolation=cv2.INTER_AREA), (side, side))
        elif kind == 2:
            levels = 3 + int(6 * (1 - amount))
            color = np.round(color * levels) / levels
        elif kind == 3:
            grey = cv2.GaussianBlur(color.mean(-1), (0, 0), 0.8)
            edge = np.hypot(cv2.Sobel(grey, -1, 1, 0), cv2.Sobel(grey, -1, 0, 1))
            color = color * (1 - amount * np.clip(2 * edge, 0, 1))[..., None]
        elif kind == 4:
            color = cv2.medianBlur(
                np.round(color * 255).astype(np.uint8), 3 + 2 * int(2 * amount)
            ) / np.float32(255)
        elif grain is not None:
            color = color + grain
        out.append(np.dstack([np.clip(color, 0, alpha), alpha]))
    return out


def _misplaced(points: list[np.ndarray], rng: np.random.Generator) -> list[np.ndarray]:
    """Keypoints as a fit finds them: off by much the same in both moments."""
    whole, each, moment = _OFF
    shared = rng.normal(0, whole, (1, 1, 2)) + rng.normal(0, each, (points[0].shape[0], 1, 2))
    return [p + shared + rng.normal(0, moment, (p.shape[0], 1, 2)) for p in points]
