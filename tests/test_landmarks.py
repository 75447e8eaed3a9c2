"""How landmarks are bound to a head, and the synthetic data that the fit's parts are trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from gen_avatar.geometry import euler_to_matrix, project
from gen_avatar.head.embedding import LEFT_IRIS, MESH_POINTS, RIGHT_IRIS
from gen_avatar.head.model import MorphableHead
from gen_avatar.head.regressor import LandmarkRegressor
from gen_avatar.types import ARKIT_52
from training.bind_landmarks import mirror_landmarks, solve_offsets, symmetrise
from training.expressions import sample_expressions
from training.face_renders import SIZE, Portrait, PortraitStudio
from training.landmarks import canonical_face, embed_canonical
from training.train_regressor import FaceSampler, RegressorRun, train

HEAD = Path(__file__).resolve().parent.parent / "checkpoints" / "head"


@pytest.fixture(scope="module")
def head() -> MorphableHead:
    return MorphableHead.from_pretrained(HEAD)


def test_offsets_come_back(head: MorphableHead) -> None:
    """A detector that is off by a known amount, and fails now and then."""
    rng = np.random.default_rng(0)
    mean, modes, shapes = (b.double().numpy() for b in head.landmark_basis("facemesh478"))
    truth = 0.2 * rng.standard_normal((len(mean), 3))
    pairs = []
    for i in range(40):
        identity = rng.standard_normal(50)
        expression = sample_expressions(1, torch.Generator().manual_seed(i))[0].numpy()
        rotation = rng.uniform(-30, 30, 3)
        points = mean + truth + np.tensordot(identity, modes, 1) + np.tensordot(expression, shapes, 1)
        turned = torch.from_numpy(points) @ euler_to_matrix(torch.from_numpy(rotation)).T
        scale, perspective = torch.tensor(11.0).double(), torch.tensor(1 / 60).double()
        seen = project(turned, scale, torch.full((2,), 160.0).double(), perspective)
        landmarks = torch.cat([seen, turned[:, 2:]], 1).numpy() + (80 if i % 10 == 0 else 0)
        portrait = Portrait(
            np.empty(0),
            identity,
            expression,
            np.zeros((2, 2)),
            rotation,
            np.zeros(3),
            np.full(2, 160.0),
            11.0,
            1 / 60,
        )
        pairs.append((portrait, landmarks))
    found = solve_offsets(head, pairs, ridge=0.01)
    assert np.abs(found - truth[:MESH_POINTS]).mean() < 0.03


def test_portraits_are_faces_and_repeat(head: MorphableHead) -> None:
    studio = PortraitStudio(head)
    first, again, other = (studio.sample(np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert first.image.shape == (SIZE, SIZE, 3) and first.image.std() > 20
    np.testing.assert_array_equal(first.image, again.image)
    assert (first.image != other.image).any()


def test_canonical_face_on_the_head(head: MorphableHead, shared_data: Path) -> None:
    canonical = canonical_face(shared_data / "head" / "mediapipe_canonical_face.obj")
    mirror = mirror_landmarks(canonical)
    assert (mirror[mirror] == np.arange(MESH_POINTS)).all() and mirror[33] == 263
    embedding = embed_canonical(head, canonical)
    corners = head.mean[head.triangles[embedding.triangle]]
    points = (corners * embedding.barycentric[:, :, None]).sum(1)
    assert points[4, 2] == points[:, 2].max()  # the tip of the nose
    assert points[LEFT_IRIS[0], 0] > 2 and points[RIGHT_IRIS[0], 0] < -2
    assert points[13, 1] > points[14, 1]  # the lips touch, the upper one above
    offset = np.random.default_rng(0).standard_normal((MESH_POINTS, 3))
    even = symmetrise(offset, mirror)
    np.testing.assert_allclose(even, even[mirror] * (-1, 1, 1))


def test_wrong_canonical_face(tmp_path: Path) -> None:
    (tmp_path / "cube.obj").write_text("v 0 0 0\nv 1 0 0\n")
    with pytest.raises(ValueError, match="canonical face"):
        canonical_face(tmp_path / "cube.obj")


def test_random_faces_are_sparse_and_sane() -> None:
    weights = sample_expressions(2000, torch.Generator().manual_seed(0))
    assert weights.min() >= 0 and weights.max() <= 1
    assert 2 < (weights > 0.05).sum(1).float().mean() < 8
    assert (weights[:, [n.startswith("eyeLook") or n == "tongueOut" for n in ARKIT_52]] == 0).all()
    assert (weights[:, ARKIT_52.index("mouthClose")] <= weights[:, ARKIT_52.index("jawOpen")]).all()
    left, right = (weights[:, ARKIT_52.index(f"eyeBlink{s}")] for s in ("Left", "Right"))
    both = (left > 0.3) | (right > 0.3)
    assert torch.corrcoef(torch.stack([left[both], right[both]]))[0, 1] > 0.3


def test_regressor_learns(head: MorphableHead, tmp_path: Path) -> None:
    train(RegressorRun(head=HEAD, output=tmp_path, steps=40, batch=64))
    trained = LandmarkRegressor.from_pretrained(tmp_path).float()
    points, _, rotation = FaceSampler(head, "facemesh478", seed=1)(256)
    _, pose = trained.predict(points)
    assert (pose - rotation).abs().mean() < 0.5 * rotation.abs().mean()
