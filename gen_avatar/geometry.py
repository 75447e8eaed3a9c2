"""Rotations, the camera of the fit, similarity alignment and crops: pure, differentiable, batched torch.

Frames and signs are those of :mod:`gen_avatar.types`.

Example:
    >>> angles = torch.tensor([20.0, -5.0, 3.0])
    >>> torch.allclose(matrix_to_euler(euler_to_matrix(angles)), angles, atol=1e-4)
    True
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


def euler_to_matrix(angles: Tensor) -> Tensor:
    """Rotation matrices ``Rz(roll) @ Ry(yaw) @ Rx(-pitch)``.

    Args:
        angles: [..., 3] (yaw, pitch, roll), degrees.

    Returns:
        [..., 3, 3].
    """
    yaw, pitch, roll = torch.deg2rad(angles).unbind(-1)
    cy, sy, cp, sp, cr, sr = yaw.cos(), yaw.sin(), pitch.cos(), pitch.sin(), roll.cos(), roll.sin()
    rows = (
        (cr * cy, -sr * cp - cr * sy * sp, -sr * sp + cr * sy * cp),
        (sr * cy, cr * cp - sr * sy * sp, cr * sp + sr * sy * cp),
        (-sy, -cy * sp, cy * cp),
    )
    return torch.stack([torch.stack(row, -1) for row in rows], -2)


def matrix_to_euler(rotation: Tensor) -> Tensor:
    """The inverse of :func:`euler_to_matrix`, unique for |yaw| < 90°.

    Args:
        rotation: [..., 3, 3].

    Returns:
        [..., 3] (yaw, pitch, roll), degrees; yaw in [-90, 90], the others in (-180, 180].
    """
    # Not asin: its gradient is infinite at ±90°, and rounding can push the entry beyond ±1.
    cos_yaw = (rotation[..., 2, 1].square() + rotation[..., 2, 2].square()).sqrt()
    yaw = torch.atan2(-rotation[..., 2, 0], cos_yaw)
    pitch = torch.atan2(-rotation[..., 2, 1], rotation[..., 2, 2])
    roll = torch.atan2(rotation[..., 1, 0], rotation[..., 0, 0])
    return torch.rad2deg(torch.stack([yaw, pitch, roll], -1))


def so3_exp(omega: Tensor) -> Tensor:
    """Rodrigues' formula: the rotation by |ω| radians about ω.

    Args:
        omega: [..., 3] radians.

    Returns:
        [..., 3, 3]; differentiable at ω = 0 too.
    """
    squared = omega.square().sum(-1)[..., None, None]
    small = squared < 1e-8
    safe = torch.where(small, torch.ones_like(squared), squared)
    angle = safe.sqrt()
    # Taylor series near 0, where sin(θ)/θ and (1 - cos θ)/θ² lose their digits.
    first = torch.where(small, 1 - squared / 6, angle.sin() / angle)
    second = torch.where(small, 0.5 - squared / 24, (1 - angle.cos()) / safe)
    cross = skew(omega)
    eye = torch.eye(3, dtype=omega.dtype, device=omega.device)
    return eye + first * cross + second * (cross @ cross)


def skew(vector: Tensor) -> Tensor:
    """[..., 3, 3] matrices with ``skew(a) @ b = a × b`` for [..., 3] vectors."""
    x, y, z = vector.unbind(-1)
    zero = torch.zeros_like(x)
    rows = ((zero, -z, y), (z, zero, -x), (-y, x, zero))
    return torch.stack([torch.stack(row, -1) for row in rows], -2)


def project(points: Tensor, scale: Tensor, translation: Tensor, perspective: Tensor) -> Tensor:
    """Similarity with perspective, the camera of the fit.

        u = tx + s·x·g,   v = ty - s·y·g,   g = 1 / (1 - k·z)

    It is a pinhole camera at the distance 1/k in front of the origin of the points, with the focal
    length s/k pixels and its principal point at (tx, ty); for k = 0 it is weak perspective. Unlike
    focal length and distance, s and k can be told apart from a face alone.

    Args:
        points: [..., L, 3] turned points, cm: +x right in the picture, +y up, +z towards the camera.
        scale: [...] pixels per cm at z = 0.
        translation: [..., 2] where the origin is seen, pixels.
        perspective: [...] k, 1/cm; k·z must stay below 1.

    Returns:
        [..., L, 2] pixels, image frame.
    """
    x, y, z = points.unbind(-1)
    gain = scale[..., None] / (1 - perspective[..., None] * z)
    return torch.stack([x * gain, -y * gain], -1) + translation[..., None, :]


def umeyama(source: Tensor, target: Tensor, weight: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """The similarity that takes ``source`` nearest to ``target`` in least squares (Umeyama 1991).

    Args:
        source: [..., L, D] points; target: [..., L, D].
        weight: [..., L] non-negative, or None for equal ones.

    Returns:
        scale [...], rotation [..., D, D] with determinant 1, translation [..., D]:
        ``target ≈ scale · source @ rotationᵀ + translation``.
    """
    w = torch.ones_like(source[..., 0]) if weight is None else weight.expand(source.shape[:-1])
    w = (w / w.sum(-1, keepdim=True))[..., None]
    mean_source, mean_target = (w * source).sum(-2), (w * target).sum(-2)
    a, b = source - mean_source[..., None, :], target - mean_target[..., None, :]
    u, spectrum, vt = torch.linalg.svd((w * b).transpose(-1, -2) @ a)
    signs = torch.ones_like(spectrum)
    signs[..., -1] = torch.sign(torch.linalg.det(u @ vt))  # no mirror images
    rotation = (u * signs[..., None, :]) @ vt
    scale = (spectrum * signs).sum(-1) / (w * a.square()).sum((-2, -1))
    translation = mean_target - scale[..., None] * (rotation @ mean_source[..., None])[..., 0]
    return scale, rotation, translation


def crop_affine(center: Tensor, size: Tensor, angle: Tensor, pixels: int) -> Tensor:
    """Affine maps from the picture to a turned square crop of ``pixels`` by ``pixels``.

    Args:
        center: [..., 2] middle of the crop, pixels of the picture.
        size: [...] side of the crop, pixels of the picture.
        angle: [...] degrees by which the crop is turned counter-clockwise as seen by the viewer, so
            that a face with that roll stands upright in it.
        pixels: side of the result.

    Returns:
        [..., 2, 3] matrices for :func:`apply_affine`; both ends in the image frame.
    """
    gain, turn = pixels / size, torch.deg2rad(angle)
    cos, sin = gain * turn.cos(), gain * turn.sin()
    # y points down, so turning the content back clockwise is a positive angle in these coordinates.
    linear = torch.stack([torch.stack([cos, -sin], -1), torch.stack([sin, cos], -1)], -2)
    shift = pixels / 2 - (linear @ center[..., None])[..., 0]
    return torch.cat([linear, shift[..., None]], -1)


def apply_affine(affine: Tensor, points: Tensor) -> Tensor:
    """[..., L, 2] points through [..., 2, 3] maps."""
    return points @ affine[..., :2].transpose(-1, -2) + affine[..., None, :, 2]


def invert_affine(affine: Tensor) -> Tensor:
    """[..., 2, 3] maps that undo [..., 2, 3] ones."""
    linear = torch.linalg.inv(affine[..., :2])
    return torch.cat([linear, -linear @ affine[..., 2:]], -1)


def camera_distance(perspective: Tensor) -> Tensor:
    """Distance from the camera of :func:`project` to the origin of its points, cm; infinite for k = 0."""
    return torch.where(perspective > 0, 1 / perspective, torch.full_like(perspective, math.inf))
