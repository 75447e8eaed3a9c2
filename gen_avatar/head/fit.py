"""Fitting a head to landmarks: identity, expression, pose, perspective and gaze.

    fitter = HeadFitter(head)
    person = fitter.fit_identity(tracks)                # several frames of one person
    frame = fitter.fit_frame(track, person, previous)   # then video with the identity frozen

The solver is in :mod:`gen_avatar.head.lm`, what the fit believes beforehand in :mod:`gen_avatar.head.priors`.
A face is solved for twice: once with all landmarks, then with those that the expression moved trusted less,
since nobody smiles exactly as the model does, and what it cannot explain must not become part of the person.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from gen_avatar.errors import UsageError
from gen_avatar.geometry import euler_to_matrix, matrix_to_euler, project
from gen_avatar.head import lm
from gen_avatar.head.embedding import EYE_CORNERS, MESH_POINTS, landmark_weights, video_subset
from gen_avatar.head.gaze import GazeEstimator, expression_from_gaze
from gen_avatar.head.model import MorphableHead
from gen_avatar.head.priors import FREE, FitOptions, expression_prior, frame_trust, moved_trust
from gen_avatar.types import FaceTrack


class ExpressionGuess(Protocol):
    """Something that guesses expressions [B, 52] from landmarks [B, L, 3]: the landmark regressor."""

    def expressions(self, landmarks: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class FitResult:
    """A head fitted to one face.

    Attributes:
        identity: [K] in σ.
        expression: [52] in [0, 1], order of ``ARKIT_52``.
        rotation: [3] (yaw, pitch, roll), degrees.
        translation: [2] where ``pivot`` is seen, pixels.
        scale: pixels per cm at the pivot.
        perspective: 1 / distance from the camera to the pivot, 1/cm.
        pivot: [3] the point that the head turns about, head frame, cm.
        gaze: [2, 2] (yaw, pitch) of the left and the right eye relative to the head, degrees.
        landmarks: [L, 2] where the fitted head has its landmarks, pixels.
        landmark_error: mean distance of the landmarks (468 of FaceMesh, the iris apart; all 68 of
            iBUG) to where they were seen, as a fraction of the outer-eye distance. The eye distance
            is that of the picture as :attr:`FaceTrack.eye_distance`, hence foreshortened.
        iterations: that the solver took.
    """

    identity: np.ndarray
    expression: np.ndarray
    rotation: np.ndarray
    translation: np.ndarray
    scale: float
    perspective: float
    pivot: np.ndarray
    gaze: np.ndarray
    landmarks: np.ndarray
    landmark_error: float
    iterations: int

    def project(self, points: np.ndarray) -> np.ndarray:
        """[N, 2] pixels of head-frame points [N, 3], cm."""
        rotation = euler_to_matrix(torch.as_tensor(self.rotation, dtype=torch.float64))
        turned = torch.as_tensor(points - self.pivot, dtype=torch.float64) @ rotation.T
        scale, perspective = (torch.tensor(v, dtype=torch.float64) for v in (self.scale, self.perspective))
        seen = project(turned, scale, torch.as_tensor(self.translation, dtype=torch.float64), perspective)
        return seen.numpy().astype(np.float32)


class HeadFitter:
    """Fits one head model to landmarks of one scheme; reusable and without state between calls.

    Args:
        head: a model with the scheme's embedding.
        scheme: ``"facemesh478"`` or ``"ibug68"``.
        regressor: a :class:`~gen_avatar.head.regressor.LandmarkRegressor` of the same scheme, or None.
        options: the priors.

    Raises:
        WeightsError: the head lacks the embedding.
    """

    def __init__(
        self,
        head: MorphableHead,
        scheme: str = "facemesh478",
        regressor: ExpressionGuess | None = None,
        options: FitOptions | None = None,
    ) -> None:
        self.head, self.scheme, self.regressor = head, scheme, regressor
        self.options = options or FitOptions()
        self._dtype, self._device = torch.float32, head.mean.device
        mean, identity, expression = (b.to(self._dtype) for b in head.landmark_basis(scheme))
        count = min(len(mean), MESH_POINTS)
        self.pivot = mean[:count].mean(0)
        self._mean = mean - self.pivot
        self._identity, self._expression = (b.permute(2, 1, 0).contiguous() for b in (identity, expression))
        corners = EYE_CORNERS[scheme]
        self._eye_width = float((mean[corners[0][0]] - mean[corners[1][0]]).norm())
        self._count = count
        self._weights = torch.from_numpy(landmark_weights(scheme)).to(self._dtype).to(self._device)
        self._free = torch.tensor(FREE, device=self._device)
        every = torch.arange(count, device=self._device)
        some = torch.from_numpy(video_subset(scheme)).to(self._device)
        # Gathering is slow for its size: done once, for photos and for video frames.
        self._bases = {
            frozen: (
                keep,
                self._identity[:, keep, : 0 if frozen else None].contiguous(),
                self._expression[:, keep].contiguous(),
                self._expression[:, keep][..., self._free].contiguous(),
            )
            for frozen, keep in ((False, every), (True, some))
        }
        self._gaze = GazeEstimator(head, scheme, self.pivot) if scheme == "facemesh478" else None
        self._curvature, self._sparsity = (t.to(self._device) for t in expression_prior(self.options))

    def fit(
        self, tracks: Sequence[FaceTrack], previous: Sequence[FitResult] | None = None
    ) -> list[FitResult]:
        """Fit faces of different people, each on its own, in one batch.

        Raises:
            UsageError: a track of another scheme.
        """
        return self._solve([[track] for track in tracks], None, [previous] if previous else None)

    def fit_identity(self, tracks: Sequence[FaceTrack]) -> np.ndarray:
        """Identity [K] of one person from several frames, solved jointly with a pose and an expression each.

        Frontal, large and confident frames with a calm face have the most say.

        Raises:
            UsageError: no track, or one of another scheme.
        """
        return self._solve([list(tracks)], None)[0].identity

    def fit_frame(
        self, track: FaceTrack, identity: np.ndarray, previous: FitResult | None = None
    ) -> FitResult:
        """Fit a video frame of a known person, starting from the frame before if given.

        Raises:
            UsageError: a track of another scheme, or an identity of the wrong length.
        """
        return self._solve([[track]], identity, [[previous]] if previous else None)[0]

    @torch.inference_mode()
    def _solve(
        self,
        people: list[list[FaceTrack]],
        identity: np.ndarray | None,
        previous: Sequence[Sequence[FitResult]] | None = None,
    ) -> list[FitResult]:
        """Fit G people with F frames each; with ``identity`` [K], that is frozen and used for all."""
        points = self._stack(people)
        observed = points[..., : self._count, :]
        frozen = identity is not None
        keep, identities, expressions, free = self._bases[frozen]
        modes = identities.shape[-1]
        shape = self._mean
        if identity is not None:
            if identity.shape != (self._identity.shape[-1],):
                raise UsageError(
                    f"identity must have {self._identity.shape[-1]} coefficients, got {identity.shape}"
                )
            coefficients = torch.from_numpy(identity).to(points)
            shape = shape + (self._identity @ coefficients).T
        else:
            coefficients = points.new_zeros(self._identity.shape[-1])
        state = self._initial(observed, shape, keep, modes, previous)
        observation = self._observation(observed, state, keep)
        guess = self._guess(points)
        prior = self._prior(guess, points)
        gaze = points.new_zeros(*points.shape[:2], 2, 2)
        limit = self.options.video_iterations if frozen else self.options.iterations
        used = torch.zeros(len(people), dtype=torch.long)
        # The pose decides the gaze and the gaze moves the lids: alternate, once is enough.
        stages = (limit,) if previous else (min(3, limit - 1), limit - min(3, limit - 1))
        for count in stages:
            if self._gaze is not None:
                known = state.identity if modes else coefficients[None]
                gaze = self._gaze(points, state, known)
            look = expression_from_gaze(gaze)
            fixed = shape[keep] + torch.einsum("cle,gfe->gflc", expressions, look)
            basis = lm.Basis(fixed, identities, free)
            state, steps = lm.minimise(basis, observation, prior, state, count, self.options.tolerance)
            used += steps.cpu()
        if modes:
            trust = self._identity_trust(people, state)
            state, steps = self._apart(basis, observation, prior, state, trust)
            used += steps.cpu()
        known = state.identity if modes else coefficients.expand(len(people), -1)
        expression = expression_from_gaze(gaze)
        expression[..., self._free] = state.expression
        return self._results(points, known, expression, state, gaze, used)

    def _identity_trust(self, people: list[list[FaceTrack]], state: lm.State) -> Tensor:
        """[G, F, L, 1] in [0, 1]: how much a landmark of a frame says of the identity."""
        confidence = state.pose.new_tensor([[track.confidence for track in frames] for frames in people])
        moved = (state.expression @ self._bases[False][-1].flatten(0, 1).T).unflatten(-1, (3, -1))
        of_frame = frame_trust(state.rotation, state.pose[..., 0].exp() * self._eye_width, confidence)
        of_landmark = moved_trust(moved.norm(dim=-2) / self._eye_width, self.options)
        return (of_frame[..., None] * of_landmark)[..., None]

    def _apart(
        self, basis: lm.Basis, observation: lm.Observation, prior: lm.Prior, state: lm.State, trust: Tensor
    ) -> tuple[lm.State, Tensor]:
        """Tell identity from expression: solve again with the landmarks as far as they are to be trusted
        with the identity, then hold that and find what it was doing from all landmarks."""
        options = self.options
        careful = observation._replace(weight=observation.weight * trust.sqrt())
        state, steps = lm.minimise(basis, careful, prior, state, options.iterations, options.tolerance)
        known = basis.mean + torch.einsum("clk,gk->glc", basis.identity, state.identity)[:, None]
        none = basis._replace(mean=known, identity=basis.identity[..., :0])
        moving = state._replace(identity=state.identity[:, :0])
        moving, more = lm.minimise(none, observation, prior, moving, options.iterations, options.tolerance)
        return moving._replace(identity=state.identity), steps + more

    def _stack(self, people: list[list[FaceTrack]]) -> Tensor:
        tracks = [track for frames in people for track in frames]
        if not tracks:
            raise UsageError("there is no face to fit")
        for track in tracks:
            if track.scheme != self.scheme:
                raise UsageError(f"this fitter takes {self.scheme} landmarks, not {track.scheme}")
        stacked = torch.from_numpy(np.stack([t.landmarks for t in tracks])).to(self._device, self._dtype)
        return stacked.reshape(len(people), -1, *stacked.shape[1:])

    def _initial(
        self, observed: Tensor, shape: Tensor, keep: Tensor, modes: int,
        previous: Sequence[Sequence[FitResult]] | None,
    ) -> lm.State:  # fmt: skip
        """Pose of the mean face by scaled orthography (POS, DeMenthon & Davis 1995), or the frame before."""
        g, f = observed.shape[:2]
        identity = observed.new_zeros(g, modes)
        expression = observed.new_zeros(g, f, len(FREE))
        if previous:
            flat = [r for frames in previous for r in frames]
            expression = (
                torch.from_numpy(np.stack([r.expression[FREE] for r in flat])).to(observed).reshape(g, f, -1)
            )
            rotation = euler_to_matrix(torch.from_numpy(np.stack([r.rotation for r in flat])).to(observed))
            pose = observed.new_tensor(
                [[math.log(r.scale), *r.translation, 0.0, math.log(r.perspective)] for r in flat]
            )
            state = lm.State(identity, expression, rotation.reshape(g, f, 3, 3), pose.reshape(g, f, 5))
        else:
            weight = self._weights[keep, None]
            design = torch.cat([shape[keep], torch.ones_like(weight)], 1)
            target = observed[..., keep, :2] * observed.new_tensor([1.0, -1.0])
            solution = torch.linalg.solve(design.T @ (weight * design), (weight * design).T @ target)
            axes, middle = solution[..., :3, :].transpose(-1, -2), solution[..., 3, :]
            scale = axes.norm(dim=-1).mean(-1)
            third = torch.cross(axes[..., :1, :], axes[..., 1:, :], dim=-1) / scale[..., None, None]
            u, _, vt = torch.linalg.svd(torch.cat([axes, third], -2))
            log_k = torch.full_like(scale, -math.log(self.options.distance))
            pose = torch.stack([scale.log(), middle[..., 0], -middle[..., 1], 0 * scale, log_k], -1)
            state = lm.State(identity, expression, u @ vt, pose)
        depth = (state.rotation @ shape[keep].T)[..., 2, :] * state.pose[..., 0, None].exp()
        pose = state.pose.clone()
        pose[..., 3] = (observed[..., keep, 2] + depth).mean(-1)
        return state._replace(pose=pose)

    def _observation(self, observed: Tensor, state: lm.State, keep: Tensor) -> lm.Observation:
        weights = self._weights[keep]
        effective = min(self.options.effective_landmarks, float(self._weights.sum()))
        eye_distance = state.pose[..., 0].exp() * self._eye_width
        planar = (weights * (effective / weights.sum())).sqrt() / (self.options.sigma * eye_distance)[
            ..., None
        ]
        depth = planar * (self.options.depth_trust if self.scheme == "facemesh478" else 0.0)
        return lm.Observation(observed[..., keep, :], torch.stack([planar, planar, depth], -1))

    def _guess(self, points: Tensor) -> Tensor | None:
        """[G, F, E] free expression weights that the regressor expects, or None."""
        if self.regressor is None:
            return None
        return self.regressor.expressions(points.flatten(0, 1))[:, self._free].reshape(*points.shape[:2], -1)

    def _prior(self, guess: Tensor | None, points: Tensor) -> lm.Prior:
        o = self.options
        pull = -self._sparsity.expand(*points.shape[:2], -1)
        curvature = self._curvature
        if guess is not None:
            curvature = curvature + o.regressor * torch.eye(len(curvature), dtype=curvature.dtype)
            pull = pull + o.regressor * guess
        return lm.Prior(o.identity, curvature, pull, -math.log(o.distance), o.distance_spread**-2)

    def _results(
        self,
        points: Tensor,
        identity: Tensor,
        expression: Tensor,
        state: lm.State,
        gaze: Tensor,
        used: Tensor,
    ) -> list[FitResult]:
        basis = lm.Basis(self._mean.expand(*points.shape[:2], -1, -1), self._identity, self._expression)
        full = state._replace(identity=identity, expression=expression)
        image, _ = lm.image_points(lm.turned_points(basis, full), state.pose)
        seen = image[..., :2, :].transpose(-1, -2) + state.pose[..., None, 1:3]
        distance = (seen - points[..., :2])[..., : self._count, :].norm(dim=-1).mean(-1)
        right, left = EYE_CORNERS[self.scheme][1][0], EYE_CORNERS[self.scheme][0][0]
        error = distance / (points[..., right, :2] - points[..., left, :2]).norm(dim=-1)
        angles = matrix_to_euler(state.rotation)
        pivot = self.pivot.cpu().numpy().astype(np.float32)

        def array(t: Tensor) -> np.ndarray:
            return t.detach().cpu().numpy().astype(np.float32)

        return [
            FitResult(
                identity=array(identity[g]), expression=array(expression[g, f]), rotation=array(angles[g, f]),
                translation=array(state.pose[g, f, 1:3]), scale=float(state.pose[g, f, 0].exp()),
                perspective=float(state.pose[g, f, 4].exp()), pivot=pivot, gaze=array(gaze[g, f]),
                landmarks=array(seen[g, f]), landmark_error=float(error[g, f]), iterations=int(used[g]),
            )
            for g in range(points.shape[0])
            for f in range(points.shape[1])
        ]  # fmt: skip
