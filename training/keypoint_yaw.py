"""Tell the keypoint network how its keypoints lie in heads that are turned, once it has been taught.

    python -m training.keypoint_yaw --data .cache/warp --weights checkpoints/keypoints

A ridge regression of the yaw with which studio people are drawn on the keypoints that the network finds, each
picture as it is and reframed at random. The fit of a head takes the errors of all landmarks for independent;
this knows how they go together.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from gen_avatar.character.turning import drawn_rotation
from gen_avatar.errors import UsageError
from gen_avatar.loading import load_network
from gen_avatar.warp.keypoints import INPUT, KeypointNetwork, upright
from training.studio.people import person_seed
from training.train_generator import save_weights
from training.warp_batches import keypoint_crop
from training.warp_data import PEOPLE, moments

#: Cost of a squared coefficient, of features of variance 1.
_RIDGE = 1000.0
#: Crops that the network looks at together.
_TOGETHER = 32


def yaws(shard: int) -> np.ndarray:
    """[PEOPLE, MOMENTS] degrees with which the people of studio shard number ``shard`` are drawn."""
    people = range(shard * PEOPLE, (shard + 1) * PEOPLE)
    acts = [moments(person_seed("train", i)) for i in people]
    return np.array([[drawn_rotation(act.head_rotation[0])[0] for act in row] for row in acts])


def found(network: KeypointNetwork, path: Path, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Keypoints that a network finds in a shard, upright, [n, 2 K], and the yaws [n]."""
    with np.load(path, allow_pickle=False) as data:
        stored = data["pictures"]
    turned, crops, answers = yaws(int(path.stem)), [], []
    for person, looks in enumerate(stored):
        for pictures in looks:
            for t, picture in enumerate(pictures):
                crops += [keypoint_crop(picture, INPUT), keypoint_crop(picture, INPUT, rng)]
                answers += [turned[person, t]] * 2
    with torch.inference_mode():
        batches = torch.from_numpy(np.stack(crops)).split(_TOGETHER)
        points = torch.cat([upright(network(batch)[0]) for batch in batches])
    return points.numpy(), np.array(answers)


def regressed(features: np.ndarray, answers: np.ndarray, ridge: float = _RIDGE) -> tuple[np.ndarray, float]:
    """Coefficients [d] and constant of a ridge regression of answers [n] on features [n, d]."""
    middle, spread = features.mean(0, dtype=np.float64), features.std(0, dtype=np.float64) + 1e-6
    z = (features - middle) / spread
    mean = float(answers.mean())
    slope = np.linalg.solve(z.T @ z + ridge * np.eye(z.shape[1]), z.T @ (answers - mean)) / spread
    return slope, mean - float(middle @ slope)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Fit the turn of drawn heads to their keypoints.")
    parser.add_argument("--data", type=Path, required=True, help="store of studio people of the train split")
    parser.add_argument("--weights", type=Path, required=True, help="of the network, changed in place")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    paths = sorted(args.data.glob("*.npz"))
    if not paths:
        raise UsageError(f"nothing is drawn in {args.data}: run training.warp_data")
    network = load_network(KeypointNetwork, args.weights)
    rng = np.random.default_rng(args.seed)
    rows = [found(network, path, rng) for path in tqdm(paths, unit="shard")]
    features, answers = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    slope, constant = regressed(features, answers)
    network.turn.weight.copy_(torch.from_numpy(slope)[None])
    network.turn.bias.fill_(constant)
    save_weights(network, args.weights)


if __name__ == "__main__":
    main()
