"""Fit the line by which the depth of a skin is read, on drawn photos as a trained parser sees them.

    python -m training.photos.store --out .cache/photos --count 1280
    python -m training.fit_skin --data .cache/photos --parser checkpoints/parser

Prints the line, which is kept in ``gen_avatar/appearance/tone.py``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from gen_avatar.appearance.colour import to_lab
from gen_avatar.appearance.features import skin_color, skin_yellow
from gen_avatar.appearance.parser import ATTRIBUTES, FaceParser
from gen_avatar.appearance.tone import bright, skin_evidence
from gen_avatar.loading import load_network
from training.fit_hair import seen
from training.photos.store import load

#: Ridge, in people.
_RIDGE = 2.0


def fit_skin(model: FaceParser, data: dict[str, np.ndarray]) -> tuple[np.ndarray, float]:
    """The line [6] and the share of the photos that it reads within a step and a half.

    Args:
        data: as of ``training.photos.store.load``.
    """
    truth = data["answers"][:, list(ATTRIBUTES).index("skin")].astype(int) + 1
    rows = np.flatnonzero(truth > 0)
    known = np.stack([_evidence(model, data, row) for row in rows])
    ridge = _RIDGE * np.diag([0.0] + [1.0] * (known.shape[1] - 1))
    line = np.linalg.solve(known.T @ known + ridge, known.T @ truth[rows])
    return line, float((np.abs(known @ line - truth[rows]) <= 1.5).mean())


def _evidence(model: FaceParser, data: dict[str, np.ndarray], row: int) -> np.ndarray:
    look = seen(model, data, row)
    face = look.crops[1]
    head, lab = look.crops[0], to_lab(face.rgb)
    light, brightest = float(skin_color(face, lab)[0][0]), bright(to_lab(head.rgb)[..., 0], head.valid)
    return skin_evidence(light, skin_yellow(face, lab), brightest, look.said["skin"])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Fit the line by which the depth of a skin is read.")
    parser.add_argument("--data", type=Path, required=True, help="drawn photos of training.photos.store")
    parser.add_argument("--parser", type=Path, required=True, help="folder of the parser")
    args = parser.parse_args()
    line, share = fit_skin(load_network(FaceParser, args.parser), load(args.data))
    print(f"{line.round(3).tolist()}, {share:.2f} within a step and a half")


if __name__ == "__main__":
    main()
