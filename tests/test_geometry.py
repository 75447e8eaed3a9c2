"""Rotations, camera, alignment, crops."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.autograd import gradcheck

from gen_avatar import geometry as g


def real(*shape: int, seed: int = 0, scale: float = 1.0) -> Tensor:
    return (
        torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * scale
    ).requires_grad_()


def test_signs_of_the_angles() -> None:
    nose = torch.tensor([0.0, 0.0, 1.0])
    turned = [g.euler_to_matrix(torch.tensor(a)) @ nose for a in ([30.0, 0, 0], [0, 30.0, 0])]
    assert turned[0][0] == pytest.approx(0.5)  # yaw > 0: the nose moves right in the picture
    assert turned[1][1] == pytest.approx(0.5)  # pitch > 0: looks up
    right = g.euler_to_matrix(torch.tensor([0, 0, 30.0])) @ torch.tensor([1.0, 0, 0])
    assert right[1] == pytest.approx(0.5)  # roll > 0: counter-clockwise


def test_euler_round_trip() -> None:
    angles = (torch.rand(200, 3, dtype=torch.float64) - 0.5) * torch.tensor([170.0, 340, 340])
    torch.testing.assert_close(g.matrix_to_euler(g.euler_to_matrix(angles)), angles)


@pytest.mark.parametrize("size", [0.0, 1e-6, 1.0, 3.0])
def test_exponential_is_a_rotation_about_its_axis(size: float) -> None:
    omega = size * torch.nn.functional.normalize(torch.tensor([1.0, -2, 0.5], dtype=torch.float64), dim=0)
    rotation = g.so3_exp(omega)
    torch.testing.assert_close(rotation @ rotation.T, torch.eye(3, dtype=torch.float64))
    torch.testing.assert_close(rotation @ omega, omega)
    torch.testing.assert_close(rotation, torch.linalg.matrix_exp(g.skew(omega)))


def test_gradients() -> None:
    assert gradcheck(g.euler_to_matrix, real(2, 3, scale=20))
    assert gradcheck(g.so3_exp, real(2, 3))
    assert gradcheck(g.so3_exp, torch.zeros(2, 3, dtype=torch.float64, requires_grad=True))
    assert gradcheck(lambda a: g.matrix_to_euler(g.euler_to_matrix(a)), real(2, 3, scale=20))
    k = torch.tensor([0.02, 0.0], dtype=torch.float64, requires_grad=True)
    assert gradcheck(
        g.project, (real(2, 5, 3, scale=5), real(2).exp().detach().requires_grad_(), real(2, 2), k)
    )
    assert gradcheck(
        lambda a, b: torch.cat([x.flatten() for x in g.umeyama(a, b)]), (real(2, 6, 3), real(2, 6, 3, seed=1))
    )
    assert gradcheck(
        lambda c, s, a: g.crop_affine(c, s, a, 64),
        (real(2, 2), real(2).exp().detach().requires_grad_(), real(2)),
    )


def test_camera_is_a_pinhole() -> None:
    distance, focal = 50.0, 1000.0
    points = torch.tensor([[1.0, 2, 3], [-4, 0, -5]])
    seen = g.project(
        points, torch.tensor(focal / distance), torch.tensor([10.0, 20]), torch.tensor(1 / distance)
    )
    expected = focal * points[:, :2] / (distance - points[:, 2:]) * torch.tensor([1.0, -1]) + torch.tensor(
        [10.0, 20]
    )
    torch.testing.assert_close(seen, expected)
    assert g.camera_distance(torch.tensor([0.02, 0.0])).tolist() == [pytest.approx(50), float("inf")]


def test_alignment_comes_back_and_never_mirrors() -> None:
    source = torch.randn(3, 8, 3, dtype=torch.float64)
    rotation = g.euler_to_matrix(torch.tensor([[20.0, 30, -60]] * 3, dtype=torch.float64))
    target = 2.5 * source @ rotation.transpose(-1, -2) + 4
    scale, turn, shift = g.umeyama(source, target)
    torch.testing.assert_close(scale, torch.full((3,), 2.5, dtype=torch.float64))
    torch.testing.assert_close(turn, rotation)
    torch.testing.assert_close(shift, torch.full((3, 3), 4.0, dtype=torch.float64))
    mirrored = g.umeyama(source, source * torch.tensor([-1.0, 1, 1]))[1]
    torch.testing.assert_close(torch.linalg.det(mirrored), torch.ones(3, dtype=torch.float64))


def test_weights_of_the_alignment() -> None:
    source = torch.randn(8, 3, dtype=torch.float64)
    target = source.clone()
    target[0] += 100
    weight = torch.ones(8, dtype=torch.float64)
    weight[0] = 0
    torch.testing.assert_close(g.umeyama(source, target, weight)[0], torch.tensor(1.0, dtype=torch.float64))


def test_crop_levels_a_rolled_face() -> None:
    eyes = torch.tensor([[100.0, 110], [140, 90]])  # the subject's left eye is higher: roll > 0
    roll = torch.rad2deg(torch.atan2(torch.tensor(20.0), torch.tensor(40.0)))
    crop = g.crop_affine(eyes.mean(0), torch.tensor(80.0), roll, 160)
    inside = g.apply_affine(crop, eyes)
    assert inside[0, 1] == pytest.approx(float(inside[1, 1]), abs=1e-4) and inside[1, 0] > inside[0, 0]
    torch.testing.assert_close(inside.mean(0), torch.tensor([80.0, 80.0]))
    torch.testing.assert_close(g.apply_affine(g.invert_affine(crop), inside), eyes)
