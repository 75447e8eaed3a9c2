"""The head model: shapes, joints, persistence, and how closely it follows what it was learnt from."""

from pathlib import Path

import numpy as np
import pytest
import torch

from gen_avatar.errors import WeightsError
from gen_avatar.head.ict import arkit_parts, load_ict
from gen_avatar.head.model import MorphableHead
from gen_avatar.types import ARKIT_52, IDENTITY_DIM

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def head() -> MorphableHead:
    return MorphableHead.from_pretrained(ROOT / "checkpoints/head")


@pytest.fixture(scope="module")
def ict(shared_data: Path) -> MorphableHead:
    return load_ict(shared_data / "head" / "ict_facekit.npz")


def weights(**named: float) -> torch.Tensor:
    vector = torch.zeros(1, len(ARKIT_52))
    for name, value in named.items():
        vector[0, ARKIT_52.index(name)] = value
    return vector


def neutral(head: MorphableHead, **named: float) -> torch.Tensor:
    return head.vertices(torch.zeros(1, IDENTITY_DIM), weights(**named))[0]


def test_has_the_promised_size(head: MorphableHead) -> None:
    assert 5000 <= len(head.mean) <= 8000
    assert len(head.identity) == IDENTITY_DIM
    assert len(head.expression) == 52
    assert (head.faces[:, 3] >= 0).float().mean() > 0.6
    assert set(head.embeddings) == {"facemesh478", "ibug68"}


def test_every_shape_moves_something_and_stays_local(head: MorphableHead) -> None:
    reach = head.expression.norm(dim=-1)
    assert (reach.amax(1) > 0.1).all(), [n for n, r in zip(ARKIT_52, reach.amax(1), strict=True) if r <= 0.1]
    back = head.mean[:, 2] < -4
    assert reach[:, back].max() < 0.1


def test_left_is_positive_x(head: MorphableHead) -> None:
    moved = (head.expression[ARKIT_52.index("eyeBlinkLeft")].norm(dim=-1) > 0.1).nonzero()[:, 0]
    assert (head.mean[moved, 0] > 0).all()


def test_mean_is_symmetric(head: MorphableHead) -> None:
    first, last = head.parts["skin"]
    skin = head.mean[first:last]
    gap = torch.cdist(skin * torch.tensor([-1.0, 1, 1]), skin).amin(1)
    assert gap.max() < 0.02


def test_faces_point_outwards_and_uv_is_one_to_one(head: MorphableHead) -> None:
    skin = (head.triangles < head.parts["skin"][1]).all(1)
    a, b, c = head.mean[head.triangles[skin]].unbind(1)
    outward = torch.linalg.cross(b - a, c - a)
    middle = (a + b + c) / 3 - torch.tensor([0.0, 2.0, 0.0])
    area = outward.norm(dim=1) * (middle[:, 1] > -8)  # the neck is no ball
    assert area[(outward * middle).sum(1) > 0].sum() > 0.9 * area.sum()
    assert head.uv.min() >= 0 and head.uv.max() <= 1
    p, q, r = head.uv[head.uv_triangles[skin]].unbind(1)
    turn = (q - p)[:, 0] * (r - p)[:, 1] - (q - p)[:, 1] * (r - p)[:, 0]
    assert (turn > 0).float().mean() > 0.99


def test_eyes_turn_about_their_centres(head: MorphableHead) -> None:
    gaze = torch.tensor([[[20.0, 10.0], [20.0, 10.0]]])
    turned = head.vertices(torch.zeros(1, IDENTITY_DIM), weights(), gaze=gaze)[0]
    for eye, part in enumerate(("eye_left", "eye_right")):
        first, last = head.parts[part]
        before, after = (
            head.mean[first:last] - head.eye_centers[eye],
            turned[first:last] - head.eye_centers[eye],
        )
        assert torch.allclose(before.norm(dim=1), after.norm(dim=1), atol=1e-4)
        pupil = before[:, 2].argmax()
        assert after[pupil, 0] > 0.3 and after[pupil, 1] > 0.1  # towards the subject's left, and up


def test_jaw_turns_and_spares_the_skull(head: MorphableHead) -> None:
    opened = head.vertices(torch.zeros(1, IDENTITY_DIM), weights(), jaw=torch.tensor([[0.0, -15.0, 0.0]]))[0]
    shift = opened - head.mean
    first, last = head.parts["teeth_lower"]
    assert (shift[first:last, 1] < -0.7).all()
    first, last = head.parts["teeth_upper"]
    assert shift[first:last].abs().max() < 1e-5


def test_tongue_comes_out(head: MorphableHead) -> None:
    first, last = head.parts["tongue"]
    lips = head.landmark_basis("ibug68")[0][[62, 66], 2].max()
    assert neutral(head)[first:last, 2].max() < lips
    assert neutral(head, jawOpen=0.6, tongueOut=1.0)[first:last, 2].max() > lips + 1.0


def test_saving_and_loading_is_exact_in_half_precision(head: MorphableHead, tmp_path: Path) -> None:
    head.save_pretrained(tmp_path)
    again = MorphableHead.from_pretrained(tmp_path)
    assert torch.equal(again.identity, head.identity) and torch.equal(again.mean, head.mean)
    assert again.parts == head.parts
    for name, embedding in head.embeddings.items():
        assert torch.equal(again.embeddings[name].offset, embedding.offset)


def test_damaged_weights_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(WeightsError):
        MorphableHead.from_pretrained(tmp_path)
    (tmp_path / "config.json").write_text('{"name": "genhead", "parts": {}}')
    (tmp_path / "head.safetensors").write_bytes(b"not a model")
    with pytest.raises(WeightsError):
        MorphableHead.from_pretrained(tmp_path)


def test_ict_names_cover_arkit(ict: MorphableHead) -> None:
    assert arkit_parts("browInnerUp") == ("browInnerUp_L", "browInnerUp_R")
    assert arkit_parts("mouthLeft") == ("mouthLeft",)
    assert arkit_parts("eyeBlinkLeft") == ("eyeBlink_L",)
    moving = ict.expression.norm(dim=-1).amax(1) > 0.05
    assert [n for n, m in zip(ARKIT_52, moving, strict=True) if not m] == ["tongueOut"]


def test_a_missing_ict_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WeightsError):
        load_ict(tmp_path / "none.npz")


def test_identity_error_on_unseen_heads(ict: MorphableHead, head: MorphableHead) -> None:
    from training.evaluate_head import surface_error

    error = surface_error(ict, head, samples=200)
    assert error.mean() <= 1.2 and error.max() <= 2.0


def test_genhead_has_the_shapes_of_its_source(ict: MorphableHead, head: MorphableHead) -> None:
    """The 68 landmarks of both heads move alike in every shape."""
    source, ours = ict.landmark_basis("ibug68"), head.landmark_basis("ibug68")
    assert (source[0] - ours[0]).norm(dim=1).max() < 0.1
    for i, name in enumerate(ARKIT_52):
        if name != "tongueOut":
            assert (source[2][i] - ours[2][i]).norm(dim=1).max() < 0.2, name


def test_remeshing_keeps_borders_and_orientation() -> None:
    """A cone of a hundred points: its border survives and all triangles face the same way."""
    from training import remesh

    rng = np.random.default_rng(0)
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    rim = np.stack([np.cos(angle), np.sin(angle)], 1)
    inner = rng.uniform(-0.65, 0.65, (76, 2))
    flat = np.vstack([rim, inner])
    solid = np.c_[flat, 1 - np.linalg.norm(flat, axis=1)]
    triangles = remesh.triangulate(flat, solid, np.arange(24), [], np.zeros((0, 2), int))
    assert sorted(remesh.boundary_loops(triangles)[0]) == list(range(24))
    corner = solid[triangles]
    assert (np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])[:, 2] > 0).all()
    quads = remesh.pair_quads(triangles, solid)
    assert (quads[:, 3] >= 0).sum() * 2 + (quads[:, 3] < 0).sum() == len(triangles)
