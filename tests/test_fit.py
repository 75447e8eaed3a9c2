"""The fit: Jacobian, recovery of codes, photos, batches, identity over several frames, the regressor."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from gen_avatar.errors import UsageError
from gen_avatar.geometry import euler_to_matrix, project, so3_exp
from gen_avatar.head import lm
from gen_avatar.head.embedding import EYE_CORNERS, MESH_POINTS, closest_points, embed_points
from gen_avatar.head.fit import FitOptions, FitResult, HeadFitter
from gen_avatar.head.gaze import expression_from_gaze
from gen_avatar.head.ict import load_ict
from gen_avatar.head.model import MorphableHead
from gen_avatar.head.priors import frame_trust, moved_trust
from gen_avatar.head.regressor import LandmarkRegressor
from gen_avatar.types import ARKIT_52, FaceTrack, gaze_from_expression

CHECKPOINTS = Path(__file__).resolve().parent.parent / "checkpoints"


@pytest.fixture(scope="module")
def head() -> MorphableHead:
    return MorphableHead.from_pretrained(CHECKPOINTS / "head")


@pytest.fixture(scope="module")
def regressor() -> LandmarkRegressor:
    return LandmarkRegressor.from_pretrained(CHECKPOINTS / "regressor").float()


@pytest.fixture(scope="module")
def fitter(head: MorphableHead, regressor: LandmarkRegressor) -> HeadFitter:
    return HeadFitter(head, regressor=regressor)


def random_expression(rng: np.random.Generator) -> np.ndarray:
    """[52] two to five channels; both sides alike."""
    weights = np.zeros(52, np.float32)
    names = [
        n for n in ARKIT_52 if not n.startswith("eyeLook") and n != "tongueOut" and not n.endswith("Right")
    ]
    for name in rng.choice(names, rng.integers(2, 6), replace=False):
        value = rng.beta(1.3, 1.6)
        for channel in {
            name,
            name.removesuffix("Left") + "Right" if name not in ("jawLeft", "mouthLeft") else name,
        }:
            if channel in ARKIT_52:
                weights[ARKIT_52.index(channel)] = value
    close, jaw = ARKIT_52.index("mouthClose"), ARKIT_52.index("jawOpen")
    weights[close] = min(weights[close], weights[jaw])
    return weights


def take_picture(
    basis: tuple[Tensor, Tensor, Tensor], head: MorphableHead, identity: np.ndarray, expression: np.ndarray,
    rotation: np.ndarray, rng: np.random.Generator, noise: float = 0.01,
) -> FaceTrack:  # fmt: skip
    """The landmarks that a detector with ``noise`` (fraction of the eye distance) would give, eyes ahead."""
    mean, modes, shapes = basis
    points = mean + torch.einsum("k,klc->lc", torch.from_numpy(identity).float(), modes)
    points = points + torch.einsum("e,elc->lc", torch.from_numpy(expression), shapes)
    if len(points) == MESH_POINTS:
        centers = head.eye_centers + torch.einsum(
            "k,kec->ec", torch.from_numpy(identity).float(), head.eye_centers_identity
        )
        iris = centers + torch.tensor([0, 0, 1.5])
        points = torch.cat([points, iris[1:].expand(5, 3), iris[:1].expand(5, 3)])
    turned = (points - points.mean(0)) @ euler_to_matrix(torch.from_numpy(rotation).float()).T
    seen = project(
        turned, torch.tensor(12.0), torch.tensor([310.0, 290.0]), torch.tensor(1 / rng.uniform(40, 100))
    )
    landmarks = torch.cat([seen, -12 * turned[:, 2:]], 1).numpy()
    right, left = (33, 263) if len(landmarks) == 478 else (36, 45)
    spread = noise / np.sqrt(2) * 12 * float((points[right] - points[left]).norm())
    landmarks = (landmarks + spread * rng.standard_normal(landmarks.shape)).astype(np.float32)
    return FaceTrack(landmarks, (0, 0, 600, 600), 1.0, (600, 600))


def random_rotation(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(0, (14, 8, 8)).clip((-35, -20, -30), (35, 20, 30))


@pytest.mark.parametrize("modes", [4, 0])
def test_jacobian_is_the_derivative(modes: int) -> None:
    torch.manual_seed(0)
    g, f, n, e = 2, 3, 7, 5
    basis = lm.Basis(
        *(t.double() for t in (4 * torch.randn(g, f, n, 3), torch.randn(3, n, modes), torch.randn(3, n, e)))
    )
    observation = lm.Observation(20 * torch.randn(g, f, n, 3).double(), torch.rand(g, f, n, 3).double())
    pose = torch.randn(g, f, 5).double()
    pose[..., 4] = -4
    rotation = so3_exp(torch.randn(g, f, 3).double())
    state = lm.State(torch.randn(g, modes).double(), torch.rand(g, f, e).double(), rotation, pose)
    jacobian = lm.jacobian_of(basis, observation, state, lm.look(basis, observation, state))

    def moved(identity_step: Tensor, frame_step: Tensor) -> Tensor:
        return lm.look(basis, observation, lm.retract(state, identity_step, frame_step)).residual.flatten(-2)

    steps = (torch.zeros(g, modes).double(), torch.zeros(g, f, e + lm.POSE_DIM).double())
    by_identity, by_frame = torch.autograd.functional.jacobian(moved, steps)
    for i in range(g):
        for j in range(f):
            torch.testing.assert_close(jacobian[i, j, :, :modes], by_identity[i, j, :, i])
            torch.testing.assert_close(jacobian[i, j, :, modes:], by_frame[i, j, :, i, j])


def test_solver_respects_the_bounds_and_lowers_the_cost() -> None:
    torch.manual_seed(1)
    basis = lm.Basis(
        4 * torch.randn(1, 1, 30, 3).double(), torch.randn(3, 30, 2).double(), torch.randn(3, 30, 4).double()
    )
    pose = torch.tensor([[[1.0, 0, 0, 0, -4]]]).double()
    beyond = torch.tensor([[[1.6, -0.7, 0.4, 0.0]]]).double()
    rotation = torch.eye(3).double().expand(1, 1, 3, 3)
    truth = lm.State(torch.tensor([[0.5, -0.5]]).double(), beyond, rotation, pose)
    image, _ = lm.image_points(lm.turned_points(basis, truth), pose)
    observation = lm.Observation(image.transpose(-1, -2), torch.ones(1, 1, 30, 3).double())
    prior = lm.Prior(1e-6, 1e-6 * torch.eye(4).double(), torch.zeros(1, 1, 4).double(), -4.0, 1.0)
    start = lm.State(torch.zeros(1, 2).double(), torch.full((1, 1, 4), 0.5).double(), rotation, pose)
    found, _ = lm.minimise(basis, observation, prior, start, 40, 1e-10)
    costs = [lm.cost(lm.look(basis, observation, s).residual, prior, s) for s in (start, found)]
    assert costs[1] < costs[0]
    assert found.expression.min() >= 0 and found.expression.max() <= 1
    assert found.expression[0, 0, 0] == 1 and found.expression[0, 0, 1] == 0


def test_codes_come_back(head: MorphableHead, fitter: HeadFitter) -> None:
    rng = np.random.default_rng(0)
    basis = tuple(b[..., :MESH_POINTS, :] for b in head.landmark_basis("facemesh478"))
    rows = [(0.8 * rng.standard_normal(50), random_expression(rng), random_rotation(rng)) for _ in range(24)]
    results = fitter.fit([take_picture(basis, head, *row, rng, noise=0.003) for row in rows])  # type: ignore[arg-type]
    expressions = np.abs([r.expression - row[1] for r, row in zip(results, rows, strict=True)])
    rotations = np.abs([r.rotation - row[2] for r, row in zip(results, rows, strict=True)])
    assert expressions.mean() <= 0.03
    assert rotations.mean() <= 1.0
    unseen = [ARKIT_52.index("tongueOut")]
    assert all(
        (r.expression[unseen] == 0).all() and 0 <= r.expression.min() <= r.expression.max() <= 1
        for r in results
    )


def test_independent_head(head: MorphableHead, fitter: HeadFitter, shared_data: Path) -> None:
    """ICT-FaceKit with all its modes is not GenHead: other topology, other identities."""
    ict = load_ict(shared_data / "head" / "ict_facekit.npz")
    embedding = head.embeddings["facemesh478"]
    seats = (head.landmark_basis("facemesh478")[0] - embedding.offset)[:MESH_POINTS].numpy()
    triangles = ict.triangles.numpy()
    skin = (triangles < ict.parts["skin"][1]).all(1)
    points = embed_points(seats, ict.mean.numpy(), triangles, skin)
    points = replace(points, offset=embedding.offset[:MESH_POINTS])
    basis = replace(ict, embeddings={"facemesh478": points}).landmark_basis("facemesh478")
    rng = np.random.default_rng(1)
    rows = [(rng.standard_normal(100), random_expression(rng), random_rotation(rng)) for _ in range(24)]
    results = fitter.fit([take_picture(basis, ict, *row, rng) for row in rows])
    expressions = np.abs([r.expression - row[1] for r, row in zip(results, rows, strict=True)]).mean()
    rotations = np.abs([r.rotation - row[2] for r, row in zip(results, rows, strict=True)]).mean(0)
    always_zero = np.mean([row[1] for row in rows])
    assert expressions <= min(0.05, 0.7 * always_zero)
    assert (rotations <= 1.5).all()


@pytest.fixture(scope="module")
def photo_fits(fitter: HeadFitter, shared_data: Path) -> dict[str, FitResult]:
    from PIL import Image

    from gen_avatar.tracking import create_tracker

    tracker = create_tracker("facemesh")
    tracks = {}
    for path in sorted(
        [*(shared_data / "faces/photos").iterdir(), *(shared_data / "faces/annotated").glob("*.png")]
    ):
        faces = tracker.detect(np.asarray(Image.open(path).convert("RGB")))
        if faces:
            tracks[path.stem] = faces[0]
    tracker.close()
    return dict(zip(tracks, fitter.fit(list(tracks.values())), strict=True))


def test_landmark_error_on_photos(photo_fits: dict[str, FitResult]) -> None:
    frontal = [r.landmark_error for r in photo_fits.values() if abs(r.rotation[0]) <= 45]
    assert len(frontal) >= 20
    assert np.mean(frontal) <= 0.01


def test_neutral_faces_stay_neutral(photo_fits: dict[str, FitResult]) -> None:
    neutral = (
        "confignet_img_0000000_000", "eos_image_0010", "fan_aflw-test", "liveportrait_d30",
        "liveportrait_s11", "liveportrait_s12", "liveportrait_s2", "liveportrait_s42",
    )  # fmt: skip
    # Two of them look aside, which is no expression.
    face = [i for i, name in enumerate(ARKIT_52) if not name.startswith("eyeLook")]
    active = [(photo_fits[name].expression[face] > 0.2).sum() for name in neutral if name in photo_fits]
    assert len(active) >= 6
    assert np.mean(active) <= 1.5


def test_batch_equals_single(head: MorphableHead, fitter: HeadFitter) -> None:
    rng = np.random.default_rng(2)
    basis = tuple(b[..., :MESH_POINTS, :] for b in head.landmark_basis("facemesh478"))
    tracks = [
        take_picture(basis, head, rng.standard_normal(50), random_expression(rng), random_rotation(rng), rng)  # type: ignore[arg-type]
        for _ in range(4)
    ]
    for together, track in zip(fitter.fit(tracks), tracks, strict=True):
        alone = fitter.fit([track])[0]
        np.testing.assert_allclose(together.expression, alone.expression, atol=2e-3)
        np.testing.assert_allclose(together.rotation, alone.rotation, atol=0.02)
        assert together.landmark_error == pytest.approx(alone.landmark_error, rel=0.01)


def test_identity_is_better_from_several_frames(head: MorphableHead, fitter: HeadFitter) -> None:
    rng = np.random.default_rng(3)
    basis = tuple(b[..., :MESH_POINTS, :] for b in head.landmark_basis("facemesh478"))
    mean, modes, _ = basis
    joint, single = [], []
    for _ in range(4):
        person = 0.8 * rng.standard_normal(50)
        tracks = [
            take_picture(basis, head, person, random_expression(rng), random_rotation(rng), rng)  # type: ignore[arg-type]
            for _ in range(8)
        ]

        def shape_error(identity: np.ndarray, person: np.ndarray = person) -> float:
            difference = torch.from_numpy((identity - person).astype(np.float32))
            return float(torch.einsum("k,klc->lc", difference, modes).norm(dim=-1).mean())

        joint.append(shape_error(fitter.fit_identity(tracks)))
        single.append(np.mean([shape_error(r.identity) for r in fitter.fit(tracks)]))
    assert np.mean(joint) < 0.7 * np.mean(single)


def test_an_open_mouth_is_not_part_of_the_person(
    head: MorphableHead, regressor: LandmarkRegressor, fitter: HeadFitter
) -> None:
    """Mouths that move differently from the model's: what it cannot explain is not who they are."""
    rng = np.random.default_rng(10)
    mean, modes, shapes = (b[..., :MESH_POINTS, :] for b in head.landmark_basis("facemesh478"))
    own = shapes * torch.tensor([1.4, 0.65, 1.0])
    naive = HeadFitter(head, regressor=regressor, options=FitOptions(expression_error=0.0))
    errors: dict[HeadFitter, list[float]] = {fitter: [], naive: []}
    for _ in range(8):
        person = 0.8 * rng.standard_normal(50)
        loud = np.zeros(52, np.float32)
        loud[[ARKIT_52.index(n) for n in ("jawOpen", "mouthSmileLeft", "mouthSmileRight")]] = 0.8, 0.7, 0.7
        track = take_picture((mean, modes, own), head, person, loud, random_rotation(rng), rng, 0.003)
        for kind, found in errors.items():
            difference = torch.from_numpy((kind.fit([track])[0].identity - person).astype(np.float32))
            found.append(float(torch.einsum("k,klc->lc", difference, modes).norm(dim=-1).mean()))
    assert np.mean(errors[fitter]) < 0.93 * np.mean(errors[naive])


def test_good_frames_count_more() -> None:
    turned = torch.stack([euler_to_matrix(torch.tensor([yaw, 0.0, 0.0])) for yaw in (0.0, 50.0, 0.0, 0.0)])
    eyes, sure = torch.tensor([[90.0, 90.0, 20.0, 90.0]]), torch.tensor([[1.0, 1.0, 1.0, 0.5]])
    frontal, aside, small, doubtful = frame_trust(turned[None], eyes, sure)[0].tolist()
    assert frontal == 1 and max(aside, small, doubtful) <= 0.51
    assert frame_trust(turned[None, 1:2], eyes[:, 2:3], sure[:, 3:])[0, 0] == 1, "one frame is all there is"
    calm, open_mouth = moved_trust(torch.tensor([0.0, 0.2]), FitOptions()).tolist()
    assert calm == 1 and open_mouth < 0.1


def test_a_calm_frame_settles_the_identity(head: MorphableHead, fitter: HeadFitter) -> None:
    rng = np.random.default_rng(11)
    mean, modes, shapes = (b[..., :MESH_POINTS, :] for b in head.landmark_basis("facemesh478"))
    own = shapes * torch.tensor([1.4, 0.65, 1.0])
    by_count: dict[int, list[float]] = {1: [], 2: [], 4: []}
    for _ in range(4):
        person = 0.8 * rng.standard_normal(50)
        acts = [np.zeros(52, np.float32) for _ in range(4)]
        acts[0][ARKIT_52.index("jawOpen")] = 0.9
        acts[2][[ARKIT_52.index("mouthSmileLeft"), ARKIT_52.index("mouthSmileRight")]] = 0.8
        acts[3][ARKIT_52.index("mouthPucker")] = 0.8
        tracks = [
            take_picture((mean, modes, own), head, person, act, random_rotation(rng), rng) for act in acts
        ]
        for count, found in by_count.items():
            difference = torch.from_numpy((fitter.fit_identity(tracks[:count]) - person).astype(np.float32))
            found.append(float(torch.einsum("k,klc->lc", difference, modes).norm(dim=-1).mean()))
    shouting, with_calm, more = (np.mean(found) for found in by_count.values())
    assert with_calm < 0.85 * shouting and more < 0.9 * with_calm


def test_video_frame_with_a_known_person(head: MorphableHead, fitter: HeadFitter) -> None:
    rng = np.random.default_rng(4)
    basis = tuple(b[..., :MESH_POINTS, :] for b in head.landmark_basis("facemesh478"))
    person = (0.8 * rng.standard_normal(50)).astype(np.float32)
    blink = np.zeros(52, np.float32)
    rest = take_picture(basis, head, person, blink.copy(), np.zeros(3), rng, 0.002)  # type: ignore[arg-type]
    blink[[ARKIT_52.index("eyeBlinkLeft"), ARKIT_52.index("eyeBlinkRight")]] = 1
    shut = take_picture(basis, head, person, blink, np.array([8.0, 4.0, -5.0]), rng, 0.002)  # type: ignore[arg-type]
    first = fitter.fit_frame(rest, person)
    second = fitter.fit_frame(shut, person, first)
    np.testing.assert_array_equal(second.identity, person)
    assert first.expression.max() < 0.2
    assert second.expression[ARKIT_52.index("eyeBlinkLeft")] > 0.8
    np.testing.assert_allclose(second.rotation, [8, 4, -5], atol=1.5)


def test_ibug_landmarks(head: MorphableHead) -> None:
    rng = np.random.default_rng(5)
    fitter = HeadFitter(head, "ibug68")
    basis = head.landmark_basis("ibug68")
    expression = np.zeros(52, np.float32)
    expression[ARKIT_52.index("jawOpen")] = 0.8
    track = take_picture(
        basis, head, 0.5 * rng.standard_normal(50), expression, np.array([15.0, 5, 10]), rng, 0.003
    )
    result = fitter.fit([track])[0]
    assert result.landmarks.shape == (68, 2) and result.landmark_error < 0.01
    assert result.expression[ARKIT_52.index("jawOpen")] > 0.5
    np.testing.assert_allclose(result.rotation, [15, 5, 10], atol=3)


def test_result_projects_its_own_landmarks(
    head: MorphableHead, fitter: HeadFitter, astronaut: np.ndarray
) -> None:
    from gen_avatar.tracking import create_tracker

    tracker = create_tracker("facemesh")
    result = fitter.fit(tracker.detect(astronaut)[:1])[0]
    tracker.close()
    assert result.landmark_error <= 0.01
    assert min(result.expression[[ARKIT_52.index(f"mouthSmile{s}") for s in ("Left", "Right")]]) > 0.4
    mean, modes, shapes = head.landmark_basis("facemesh478")
    points = mean + torch.einsum("k,klc->lc", torch.from_numpy(result.identity), modes)
    points = points + torch.einsum("e,elc->lc", torch.from_numpy(result.expression), shapes)
    np.testing.assert_allclose(result.project(points.numpy()), result.landmarks, atol=0.05)


def test_gaze_and_weights_agree() -> None:
    gaze = torch.tensor([[[12.0, -8.0], [9.0, 10.0]]])
    np.testing.assert_allclose(
        gaze_from_expression(expression_from_gaze(gaze).numpy()), gaze.numpy(), atol=1e-4
    )


def test_gaze_follows_the_iris(head: MorphableHead) -> None:
    rng = np.random.default_rng(6)
    basis = tuple(b[..., :MESH_POINTS, :] for b in head.landmark_basis("facemesh478"))
    still = np.zeros(52, np.float32)
    ahead = take_picture(basis, head, np.zeros(50), still, np.zeros(3), rng, 0)  # type: ignore[arg-type]
    moved = ahead.landmarks.copy()
    moved[MESH_POINTS:, 0] += 12 * 1.5 * np.sin(np.radians(15))
    fitter = HeadFitter(head)
    straight, left = fitter.fit([ahead, replace(ahead, landmarks=moved)])
    assert np.abs(straight.gaze).max() < 2
    assert (left.gaze[:, 0] > 10).all()
    assert left.expression[ARKIT_52.index("eyeLookOutLeft")] > 0.25
    assert left.expression[ARKIT_52.index("eyeLookInRight")] > 0.25


def test_wrong_input(fitter: HeadFitter) -> None:
    track = FaceTrack(np.zeros((68, 3), np.float32), (0, 0, 1, 1), 1.0, (10, 10))
    with pytest.raises(UsageError, match="facemesh478"):
        fitter.fit([track])
    with pytest.raises(UsageError, match="no face"):
        fitter.fit([])
    mesh = FaceTrack(np.random.default_rng(0).random((478, 3), np.float32), (0, 0, 1, 1), 1.0, (10, 10))
    with pytest.raises(UsageError, match="50 coefficients"):
        fitter.fit_frame(mesh, np.zeros(7, np.float32))


def test_closest_points_on_a_triangle() -> None:
    vertices = np.array([[0.0, 0, 0], [2, 0, 0], [0, 2, 0]])
    points = np.array([[0.5, 0.5, 1], [3, -1, 0], [2, 2, 0], [-1, 1, 0]])
    _, weights, distance = closest_points(points, vertices, np.array([[0, 1, 2]]))
    expected = np.array([[0.5, 0.5, 0], [2, 0, 0], [1, 1, 0], [0, 1, 0]])
    np.testing.assert_allclose(weights @ vertices, expected, atol=1e-6)
    np.testing.assert_allclose(distance, np.linalg.norm(points - expected, axis=1))


def test_options_change_the_fit(head: MorphableHead, astronaut: np.ndarray) -> None:
    rng = np.random.default_rng(7)
    basis = tuple(b[..., :MESH_POINTS, :] for b in head.landmark_basis("facemesh478"))
    track = take_picture(basis, head, np.zeros(50), random_expression(rng), np.zeros(3), rng)  # type: ignore[arg-type]
    loose, strict = (HeadFitter(head, options=FitOptions(sparsity=s)).fit([track])[0] for s in (0.5, 40.0))
    assert strict.expression.sum() < loose.expression.sum()


def test_regressor_round_trip(regressor: LandmarkRegressor, tmp_path: Path) -> None:
    small = LandmarkRegressor(scheme="ibug68", width=16, depth=1).eval()
    small.save_pretrained(tmp_path)
    again = LandmarkRegressor.from_pretrained(tmp_path).eval()
    landmarks = 100 * torch.rand(3, 68, 3)
    for a, b in zip(small.predict(landmarks), again.predict(landmarks), strict=True):
        torch.testing.assert_close(a, b)
    assert sum(p.numel() for p in regressor.parameters()) < 1.2e6


def test_regressor_knows_faces(head: MorphableHead, regressor: LandmarkRegressor) -> None:
    rng = np.random.default_rng(8)
    basis = tuple(b[..., :MESH_POINTS, :] for b in head.landmark_basis("facemesh478"))
    rows = [(0.8 * rng.standard_normal(50), random_expression(rng), random_rotation(rng)) for _ in range(32)]
    tracks = [take_picture(basis, head, *row, rng) for row in rows]  # type: ignore[arg-type]
    expression, rotation = regressor.predict(torch.from_numpy(np.stack([t.landmarks for t in tracks])))
    truth = np.stack([row[1] for row in rows])
    assert np.abs(expression.numpy() - truth).mean() < 0.75 * truth.mean()
    assert np.abs(rotation.numpy() - np.stack([row[2] for row in rows])).mean() < 2


def test_regressor_ignores_place_size_and_roll(regressor: LandmarkRegressor, head: MorphableHead) -> None:
    rng = np.random.default_rng(9)
    basis = tuple(b[..., :MESH_POINTS, :] for b in head.landmark_basis("facemesh478"))
    track = take_picture(basis, head, np.zeros(50), random_expression(rng), np.zeros(3), rng)  # type: ignore[arg-type]
    points = torch.from_numpy(track.landmarks[:, :2])
    angle = torch.deg2rad(torch.tensor(25.0))  # counter-clockwise as seen; y points down
    turn = torch.stack([torch.stack([angle.cos(), angle.sin()]), torch.stack([-angle.sin(), angle.cos()])])
    moved = 2 * points @ turn.T + 7
    (a, before), (b, after) = (regressor.predict(p[None]) for p in (points, moved))
    torch.testing.assert_close(a, b, atol=1e-3, rtol=0)
    torch.testing.assert_close(after - before, torch.tensor([[0.0, 0, 25]]), atol=0.1, rtol=0)


def test_eye_corners_are_where_they_should_be(head: MorphableHead) -> None:
    for scheme, (left, right) in EYE_CORNERS.items():
        points = head.landmark_basis(scheme)[0]
        assert points[left[0], 0] > points[left[1], 0] > 0 > points[right[1], 0] > points[right[0], 0]
        assert points[left[2], 1] > points[left[3], 1] and points[right[2], 1] > points[right[3], 1]
