"""Where in a picture faces may be: candidates for the mesh network and the gate."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Protocol

import cv2
import numpy as np

from gen_avatar.tracking.crops import Region, overlap
from gen_avatar.tracking.networks import Detection, FaceDetector

#: Candidates that the full-range detector scores lower are dropped.
MIN_SCORE = 0.3
#: Candidates whose mean score over both passes is lower are dropped: no other evidence could save them.
MIN_MEAN_SCORE = 0.25
#: Boxes that overlap by more than this (of the smaller one) are the same face.
SAME_FACE = 0.5
#: Most candidates that are looked at closely, upright and tilted ones.
MAX_CANDIDATES = 24
MAX_TILTED = 8

_SIDE = 256
_CLOSE_UP = 2.5
_TILE_OVERLAP = 1.3
_SMALLEST_TILE = 160
# A face that fills this much of the picture ends the search for ever smaller ones.
_LARGE_ENOUGH = {2: 0.18, 3: 0.12}


class Proposer(Protocol):
    """Finds candidates; ``score`` of the detections must be comparable over proposers."""

    def __call__(self, image: np.ndarray) -> list[Detection]:
        """Candidates in [H, W, 3] uint8, the best first."""

    def tilted(self, image: np.ndarray) -> list[Detection]:
        """Candidates in a picture whose upright faces were all turned down."""

    def close(self) -> None:
        """Free what it holds."""


class FullRangeProposer:
    """MediaPipe's full-range detector on the picture, on tiles of it, and once more on each face.

    The detector sees 192 pixels whatever it is given, so small faces need tiles. The second pass looks
    at each candidate alone at the best scale: it refines the box and tells faces from chance.
    """

    def __init__(self) -> None:
        self._detector = FaceDetector(0.1)

    def __call__(self, image: np.ndarray) -> list[Detection]:
        """Candidates, best first; the score is the mean of both passes (0 where the second sees nothing)."""
        side = max(image.shape[:2])
        found = self._search(image, _tiles(image, 1))
        for level, enough in _LARGE_ENOUGH.items():
            largest = max((_width(d) for d in found if d.score > 0.7), default=0.0)
            if largest < enough * side:
                found += self._search(image, _tiles(image, level))
        return self._confirm(image, found, MAX_CANDIDATES)

    def tilted(self, image: np.ndarray) -> list[Detection]:
        """Candidates in a picture that seems to hold none: lying heads, close-ups, noise."""
        height, width = image.shape[:2]
        frame = Region((width / 2, height / 2), float(max(width, height)))
        smooth = cv2.GaussianBlur(image, (0, 0), max(1.0, frame.size / 150))
        found = self._search(image, [Region(frame.center, 1.6 * frame.size)])
        for degrees in (45, -45, 90, -90, 135, -135, 180):
            found += self._search(smooth, [Region(frame.center, frame.size, math.radians(degrees))])
        return self._confirm(image, found, MAX_TILTED)

    def close(self) -> None:
        """Free the detector."""
        self._detector.close()

    def _confirm(self, image: np.ndarray, found: list[Detection], most: int) -> list[Detection]:
        """The second pass over the best distinct candidates."""
        distinct = _distinct(found)[:most]
        seen = [self._look_closer(image, detection) for detection in distinct]
        return _distinct([detection for detection in seen if detection.score >= MIN_MEAN_SCORE])

    def _search(self, image: np.ndarray, regions: list[Region]) -> list[Detection]:
        return [d for region in regions for d in self._detect(image, region) if d.score >= MIN_SCORE]

    def _detect(self, image: np.ndarray, region: Region) -> Iterator[Detection]:
        """What the detector sees in a region, in pixels of the picture."""
        for found in self._detector(region.crop(image, _SIDE)):
            x0, y0, x1, y1 = found.box
            corners = np.array([[x0, y0, 0], [x1, y0, 0], [x1, y1, 0], [x0, y1, 0]], np.float32) / _SIDE
            eyes = np.column_stack([found.eyes, np.zeros(2, np.float32)]) / _SIDE
            middle = region.to_image(corners)[:, :2].mean(0)
            half = (x1 - x0) / _SIDE * region.size / 2
            low, high = middle - half, middle + half
            box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
            yield Detection(box, region.to_image(eyes)[:, :2], found.score)

    def _look_closer(self, image: np.ndarray, first: Detection) -> Detection:
        x0, y0, x1, y1 = first.box
        across = first.eyes[1] - first.eyes[0]
        angle = math.atan2(across[1], across[0])
        region = Region(((x0 + x1) / 2, (y0 + y1) / 2), _CLOSE_UP * (x1 - x0), angle)
        again = [d for d in self._detect(image, region) if overlap(d.box, first.box) > SAME_FACE]
        if not again:
            return Detection(first.box, first.eyes, first.score / 2)
        best = max(again, key=lambda d: d.score)
        return Detection(best.box, best.eyes, (first.score + best.score) / 2)


def _tiles(image: np.ndarray, level: int) -> list[Region]:
    """Overlapping squares of about 1/level of the longer side; the whole picture at level 1."""
    height, width = image.shape[:2]
    longer = max(height, width)
    if level == 1:
        return [Region((width / 2, height / 2), float(longer))]
    size = longer / level * _TILE_OVERLAP
    if size < _SMALLEST_TILE:
        return []
    return [Region((x, y), size) for y in _centers(height, size) for x in _centers(width, size)]


def _centers(length: int, size: float) -> list[float]:
    """Centres of tiles that cover a side, at least a quarter of a tile shared by neighbours."""
    if length <= size:
        return [length / 2]
    count = 1 + math.ceil((length - size) / (0.75 * size))
    return [float(c) for c in np.linspace(size / 2, length - size / 2, count)]


def _width(detection: Detection) -> float:
    return detection.box[2] - detection.box[0]


def _distinct(found: list[Detection]) -> list[Detection]:
    """The best of each group of overlapping candidates, best first."""
    kept: list[Detection] = []
    for detection in sorted(found, key=lambda d: -d.score):
        if all(overlap(detection.box, other.box) < SAME_FACE for other in kept):
            kept.append(detection)
    return kept
