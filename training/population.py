"""What fits say of people: mean, spread and trust of each trait, measured on faces that the head model makes.

    python -m training.population --count 1000

Plain portraits of random people are shown to the tracker, whose landmarks are fitted as those of a photo are;
so what the detector and the fit add or leave out is in the figures. They are ``FITTED`` of
:mod:`gen_avatar.head.ratios`. No photo is involved.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gen_avatar.head.fit import HeadFitter
from gen_avatar.head.model import MorphableHead
from gen_avatar.head.ratios import RATIOS, trait_rows
from gen_avatar.head.regressor import LandmarkRegressor
from gen_avatar.loading import load_network
from gen_avatar.tracking import create_tracker
from gen_avatar.types import FaceTrack
from training.face_renders import PortraitStudio

_BATCH = 50


@dataclass(frozen=True)
class Measured:
    """How fits show one trait of a population of unit variance, σ, and their correlation with the truth."""

    mean: float
    spread: float
    correlation: float


def fits(
    head: MorphableHead, regressor: LandmarkRegressor, count: int, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Identities [n, K] of random people and of the fits to their portraits, of the n that were found."""
    studio, rng, tracker = PortraitStudio(head), np.random.default_rng(seed), create_tracker()
    fitter = HeadFitter(head, regressor=regressor)
    people: list[np.ndarray] = []
    tracks: list[FaceTrack] = []
    for _ in range(count):
        portrait = studio.sample(rng)
        found = tracker.detect(portrait.image)
        if found:
            people.append(portrait.identity)
            tracks.append(found[0])
    batches = [fitter.fit(tracks[start : start + _BATCH]) for start in range(0, len(tracks), _BATCH)]
    return np.stack(people), np.stack([fit.identity for batch in batches for fit in batch])


def measure(truth: np.ndarray, fitted: np.ndarray) -> Measured:
    """Of a trait [n] of people of any spread and of their fits, what a population of unit variance shows."""
    slope, start = np.polyfit(truth, fitted, 1)
    noise = (fitted - slope * truth - start).std()
    spread = float(np.hypot(slope, noise))
    return Measured(float(start), spread, float(slope / spread))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--checkpoints", type=Path, default=Path("checkpoints"))
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    head = MorphableHead.from_pretrained(options.checkpoints / "head")
    regressor = load_network(LandmarkRegressor, options.checkpoints / "regressor")
    people, fitted = fits(head, regressor, options.count, options.seed)
    print(f"{len(people)} of {options.count} portraits found")
    for name, row in zip(RATIOS, trait_rows(head), strict=True):
        of = measure(people @ row, fitted @ row)
        print(f'    "{name}": ({of.mean:.2f}, {of.spread:.2f}, {of.correlation:.2f}),')


if __name__ == "__main__":
    main()
