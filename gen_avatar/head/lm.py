"""Levenberg–Marquardt for a linear head under the camera of :func:`gen_avatar.geometry.project`.

Shapes: G people with F frames each. The identity of a person is shared by their frames, so the
normal equations are an arrow: one block of K identity coefficients, and per frame a block of E
expression weights and 8 pose parameters that meets only the identity block. Eliminating the frames
first (Schur complement) makes the cost linear in F.

The unknowns of a frame, in the order of the Jacobian's columns: E free expression weights, a
rotation vector ω multiplied from the left, log scale, tx, ty, tz, log perspective. tz is a nuisance:
landmark detectors give depth up to a constant.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from gen_avatar.geometry import so3_exp

POSE_DIM = 8
#: 1/k never goes below this distance, cm; the face's own depth is about 10.
_NEAREST_CAMERA = 22.0


class Basis(NamedTuple):
    """Landmarks as a linear function of the free unknowns.

    mean: [G, F, L, 3] around the pivot, with every fixed contribution added, cm.
    identity: [3, L, K] or K = 0 when frozen.
    expression: [3, L, E] of the free channels only.
    """

    mean: Tensor
    identity: Tensor
    expression: Tensor


class Observation(NamedTuple):
    """points: [G, F, L, 3] pixels, z negative towards the camera; weight: [G, F, L, 3], 1/σ per axis."""

    points: Tensor
    weight: Tensor


class Prior(NamedTuple):
    """Quadratic costs beside the landmarks.

    identity: ridge on σ units, a number.
    curvature: [E, E], pull: [G, F, E]: the cost eᵀ·curvature·e - 2·pull·e on expressions, up to a constant.
    log_perspective, perspective_weight: ((log k - log_perspective)²)·perspective_weight.
    """

    identity: float
    curvature: Tensor
    pull: Tensor
    log_perspective: float
    perspective_weight: float


class State(NamedTuple):
    """identity [G, K], expression [G, F, E], rotation [G, F, 3, 3], and pose [G, F, 5]:
    log scale, tx, ty, tz, log perspective."""

    identity: Tensor
    expression: Tensor
    rotation: Tensor
    pose: Tensor


class View(NamedTuple):
    """What a state looks like: turned points [G, F, 3, L] in cm, image [G, F, 3, L] in pixels without the
    translation, perspective gain [G, F, L], weighted errors [G, F, 3, L]."""

    turned: Tensor
    image: Tensor
    gain: Tensor
    residual: Tensor


def turned_points(basis: Basis, state: State) -> Tensor:
    """[G, F, 3, L] landmarks after the rotation, cm."""
    shape = basis.mean.transpose(-1, -2)
    shape = shape + (state.expression @ basis.expression.flatten(0, 1).T).unflatten(-1, (3, -1))
    if basis.identity.shape[-1]:
        shape = shape + (state.identity @ basis.identity.flatten(0, 1).T).unflatten(-1, (3, -1))[:, None]
    return state.rotation @ shape


def image_points(turned: Tensor, pose: Tensor) -> tuple[Tensor, Tensor]:
    """[G, F, 3, L] pixels (u, v, depth) without the translation, and the perspective gain [G, F, L]."""
    scale, k = pose[..., 0].exp(), pose[..., 4].exp()
    gain = 1 / (1 - k[..., None] * turned[..., 2, :])
    x, y, z = (scale[..., None, None] * turned).unbind(-2)
    return torch.stack([x * gain, -y * gain, -z], -2), gain


def look(basis: Basis, observation: Observation, state: State) -> View:
    """Project a state and compare it with the landmarks."""
    turned = turned_points(basis, state)
    image, gain = image_points(turned, state.pose)
    target = observation.points.transpose(-1, -2) - state.pose[..., 1:4, None]
    return View(turned, image, gain, (image - target) * observation.weight.transpose(-1, -2))


def jacobian_of(basis: Basis, observation: Observation, state: State, view: View) -> Tensor:
    """Derivatives of the errors [G, F, 3L, K + E + 8], analytically.

    They are those of ``look(basis, observation, retract(state, step)).residual`` at step 0.
    """
    turned, image, gain, _ = view
    weight = observation.weight.transpose(-1, -2)
    scale, k = state.pose[..., 0].exp()[..., None], state.pose[..., 4].exp()[..., None]
    g, f, _, n = turned.shape
    # Derivatives by the turned point, [G, F, 3 residuals, 3 coordinates, L].
    by_point = turned.new_zeros(g, f, 3, 3, n)
    by_point[..., 0, 0, :] = scale * gain
    by_point[..., 0, 2, :] = image[..., 0, :] * k * gain
    by_point[..., 1, 1, :] = -scale * gain
    by_point[..., 1, 2, :] = image[..., 1, :] * k * gain
    by_point[..., 2, 2, :] = -scale
    by_point *= weight[..., None, :]
    linear = torch.cat([basis.identity, basis.expression], -1)
    m = linear.shape[-1]
    jacobian = turned.new_zeros(g, f, 3, n, m + POSE_DIM)
    # By the unturned point, one coordinate after another: large fused products instead of L small ones.
    by_shape = (state.rotation.transpose(-1, -2)[..., None, :, :] @ by_point)[..., None]
    for axis in range(3):
        jacobian[..., :m].addcmul_(by_shape[:, :, :, axis], linear[axis])
    # d(exp(ω)·X)/dω = -[X]×, written out as (X × row) for every row of by_point.
    jacobian[..., m : m + 3] = torch.cross(turned[:, :, None].expand_as(by_point), by_point, dim=3).transpose(
        3, 4
    )
    jacobian[..., m + 3] = image * weight
    for axis in range(3):
        jacobian[..., axis, :, m + 4 + axis] = weight[..., axis, :]
    jacobian[..., :2, :, m + 7] = (image[..., :2, :] * weight[..., :2, :]) * (gain * k * turned[..., 2, :])[
        ..., None, :
    ]
    return jacobian.flatten(2, 3)


def retract(state: State, identity_step: Tensor, frame_step: Tensor) -> State:
    """Move by [G, K] and [G, F, E + 8]."""
    e = state.expression.shape[-1]
    rotation = so3_exp(frame_step[..., e : e + 3]) @ state.rotation
    return State(state.identity + identity_step, state.expression + frame_step[..., :e], rotation,
                 state.pose + frame_step[..., e + 3 :])  # fmt: skip


def cost(residual: Tensor, prior: Prior, state: State) -> Tensor:
    """[G] what is minimised, up to a constant."""
    e = state.expression
    total = residual.flatten(1).square().sum(-1) + prior.identity * state.identity.square().sum(-1)
    total = total + ((e @ prior.curvature - 2 * prior.pull) * e).sum((-1, -2))
    return total + prior.perspective_weight * (state.pose[..., 4] - prior.log_perspective).square().sum(-1)


def minimise(
    basis: Basis, observation: Observation, prior: Prior, state: State, iterations: int, tolerance: float
) -> tuple[State, Tensor]:
    """Run Levenberg–Marquardt with expressions kept in [0, 1].

    Every person has a damping of their own, so a batch gives what its members give alone.

    Args:
        iterations: at most so many.
        tolerance: stop when the relative gain of a step falls below it.

    Returns:
        The state, and the number of iterations [G] that were used.
    """
    people = state.identity.shape[0]
    damping = torch.full((people,), 1e-3, dtype=torch.float64, device=state.pose.device)
    active = torch.ones(people, dtype=torch.bool, device=state.pose.device)
    used = torch.zeros(people, dtype=torch.long, device=state.pose.device)
    view = look(basis, observation, state)
    current = cost(view.residual, prior, state)
    normal = None
    for _ in range(iterations):
        if normal is None:
            normal = _normal_equations(basis, observation, prior, state, view)
        steps = _bounded_step(normal, state.expression.double(), damping)
        tried = _clamp(retract(state, *(step.to(state.pose) for step in steps)))
        tried_view = look(basis, observation, tried)
        value = cost(tried_view.residual, prior, tried)
        better = active & (value < current)
        used += active
        gain = (current - value) / current.abs().clamp_min(1e-12)
        damping = torch.where(better, (damping / 5).clamp_min(1e-6), damping * 8)
        active = active & ~(better & (gain < tolerance)) & (damping < 1e3)
        if better.all():
            state, view, current, normal = tried, tried_view, value, None
        elif better.any():
            state = _select(better, tried, state)
            view, current, normal = look(basis, observation, state), torch.where(better, value, current), None
        if not active.any():
            break
    return state, used


class _Normal(NamedTuple):
    """Blocks of the Gauss–Newton system: identity [G, K, K], coupling [G, F, K, n], frame [G, F, n, n]
    and the gradients [G, K] and [G, F, n], where n = E + 8."""

    identity: Tensor
    coupling: Tensor
    frame: Tensor
    identity_gradient: Tensor
    frame_gradient: Tensor


def _normal_equations(
    basis: Basis, observation: Observation, prior: Prior, state: State, view: View
) -> _Normal:
    jacobian = jacobian_of(basis, observation, state, view)
    k, e = basis.identity.shape[-1], basis.expression.shape[-1]
    # The products may be in single precision; the system that they make is too ill-conditioned for it.
    hessian = (jacobian.transpose(-1, -2) @ jacobian).double()
    gradient = (view.residual.flatten(-2)[..., None, :] @ jacobian)[..., 0, :].double()
    frame, frame_gradient = hessian[..., k:, k:].clone(), gradient[..., k:].clone()
    frame[..., :e, :e] += prior.curvature
    frame_gradient[..., :e] += state.expression @ prior.curvature - prior.pull
    frame[..., -1, -1] += prior.perspective_weight
    frame_gradient[..., -1] += prior.perspective_weight * (state.pose[..., 4] - prior.log_perspective)
    ridge = prior.identity * torch.eye(k, dtype=hessian.dtype, device=hessian.device)
    return _Normal(
        hessian[..., :k, :k].sum(1) + ridge, hessian[..., :k, k:], frame,
        gradient[..., :k].sum(1) + prior.identity * state.identity, frame_gradient,
    )  # fmt: skip


def _bounded_step(
    normal: _Normal, expression: Tensor, damping: Tensor, rounds: int = 4
) -> tuple[Tensor, Tensor]:
    """The damped step, with weights that would leave [0, 1] stopped at the bound (active set)."""
    e = expression.shape[-1]
    gradient = normal.frame_gradient
    stuck = ((expression <= 0) & (gradient[..., :e] > 0)) | ((expression >= 1) & (gradient[..., :e] < 0))
    fixed = torch.cat([stuck, stuck.new_zeros(*stuck.shape[:-1], POSE_DIM)], -1)
    preset = torch.zeros_like(gradient)
    for _ in range(rounds):
        identity_step, frame_step = _solve(normal, damping, fixed, preset)
        moved = expression + frame_step[..., :e]
        leaving = ((moved < -1e-9) | (moved > 1 + 1e-9)) & ~fixed[..., :e]
        if not leaving.any():
            break
        preset[..., :e] = torch.where(leaving, moved.clamp(0, 1) - expression, preset[..., :e])
        fixed[..., :e] |= leaving
    return identity_step, frame_step


def _solve(normal: _Normal, damping: Tensor, fixed: Tensor, preset: Tensor) -> tuple[Tensor, Tensor]:
    """Solve for the free unknowns while the ``fixed`` ones move by ``preset``."""
    free = (~fixed).to(preset.dtype)
    diagonal = normal.frame.diagonal(dim1=-2, dim2=-1)
    rest = -(normal.frame_gradient + (normal.frame @ preset[..., None])[..., 0]) * free
    frame = normal.frame * free[..., None] * free[..., None, :]
    frame = frame + torch.diag_embed(1 - free + free * (damping[:, None, None] * diagonal + 1e-9))
    factor = torch.linalg.cholesky(frame)
    k = normal.identity.shape[-1]
    if not k:
        step = torch.cholesky_solve(rest[..., None], factor)[..., 0]
        return normal.identity_gradient, step + preset
    coupling = normal.coupling * free[..., None, :]
    solved = torch.cholesky_solve(torch.cat([coupling.transpose(-1, -2), rest[..., None]], -1), factor)
    schur = normal.identity + torch.diag_embed(damping[:, None] * normal.identity.diagonal(dim1=-2, dim2=-1))
    schur = schur - (coupling @ solved[..., :k]).sum(1)
    right = -normal.identity_gradient - (normal.coupling @ preset[..., None])[..., 0].sum(1)
    right = right - (coupling @ solved[..., k:])[..., 0].sum(1)
    identity_step = torch.cholesky_solve(right[..., None], torch.linalg.cholesky(schur))[..., 0]
    frame_step = solved[..., k] - (solved[..., :k] @ identity_step[:, None, :, None])[..., 0]
    return identity_step, frame_step + preset


def _clamp(state: State) -> State:
    pose = state.pose.clone()
    pose[..., 4].clamp_(max=-torch.log(torch.tensor(_NEAREST_CAMERA)).item())
    return state._replace(expression=state.expression.clamp(0, 1), pose=pose)


def _select(better: Tensor, new: State, old: State) -> State:
    def pick(a: Tensor, b: Tensor) -> Tensor:
        return torch.where(better.reshape(-1, *[1] * (a.dim() - 1)), a, b)

    return State(*(pick(a, b) for a, b in zip(new, old, strict=True)))
