"""How closely GenHead's 50 identity modes follow heads that it has not seen.

python -m training.evaluate_head --ict ict_facekit.npz --samples 200
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from gen_avatar.head.embedding import closest_points
from gen_avatar.head.ict import load_ict
from gen_avatar.head.model import MorphableHead

#: ICT-FaceKit's face without ears, neck and skull.
FACE_VERTICES = 6706


def surface_error(source: MorphableHead, head: MorphableHead, samples: int, seed: int = 1) -> np.ndarray:
    """Root mean square distance over the face, mm, of each random sample of ``source``.

    The coefficients come from ridge-free least squares on the points where the source's vertices
    lie on the mean head; the distance is then taken to those same points moved along, which bounds
    the distance to the surface from above.

    Returns:
        [samples] mm.
    """
    generator = torch.Generator().manual_seed(seed)
    code = torch.randn(samples, len(source.identity), generator=generator)
    truth = source.mean[:FACE_VERTICES] + torch.einsum(
        "bk,kvc->bvc", code, source.identity[:, :FACE_VERTICES]
    )
    triangles = head.triangles.numpy()
    triangles = triangles[(triangles < head.parts["skin"][1]).all(1)]
    row, weight, _ = closest_points(source.mean[:FACE_VERTICES].numpy(), head.mean.numpy(), triangles)
    corner = torch.from_numpy(triangles[row])
    weights = torch.from_numpy(weight).float()[..., None]
    mean = (head.mean[corner] * weights).sum(1)
    basis = (head.identity[:, corner] * weights).sum(2)
    flat = basis.reshape(len(basis), -1).T
    fitted = torch.linalg.lstsq(flat, (truth - mean).reshape(samples, -1).T).solution.T
    error = mean + torch.einsum("bk,kvc->bvc", fitted, basis) - truth
    return 10 * error.pow(2).sum(-1).mean(-1).sqrt().numpy()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ict", type=Path, required=True)
    parser.add_argument("--head", type=Path, default=Path("checkpoints/head"))
    parser.add_argument("--samples", type=int, default=200)
    options = parser.parse_args()
    error = surface_error(load_ict(options.ict), MorphableHead.from_pretrained(options.head), options.samples)
    print(f"surface error of {len(error)} faces: mean {error.mean():.2f} mm RMS, worst {error.max():.2f} mm")


if __name__ == "__main__":
    main()
