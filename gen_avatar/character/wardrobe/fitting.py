"""From the reference head to a person: a warp for hair, the skin itself for beards, measures for the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from gen_avatar.character.raster import vertex_normals


@dataclass(frozen=True)
class HandleWarp:
    """A smooth map of space that takes handles to where a person has them.

    Biharmonic radial basis functions, φ(r) = r, plus an affine part, with a little slack so that
    small bumps of one handle do not reach the hair.
    """

    centers: np.ndarray
    weights: np.ndarray
    affine: np.ndarray

    @classmethod
    def between(cls, rest: np.ndarray, moved: np.ndarray, slack: float = 1.0) -> HandleWarp:
        """Solve for the map from ``rest`` to ``moved``, [H, 3] each, cm; ``slack`` in cm."""
        n = len(rest)
        rest = rest.astype(np.float64)
        kernel = -np.linalg.norm(rest[:, None] - rest[None], axis=2) + slack * np.eye(n)
        plane = np.c_[np.ones(n), rest]
        system = np.block([[kernel, plane], [plane.T, np.zeros((4, 4))]])
        solution = np.linalg.solve(system, np.concatenate([moved - rest, np.zeros((4, 3))]))
        return cls(rest, solution[:n], solution[n:])

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """[N, 3] points of the reference head, moved to the person."""
        p = points.astype(np.float64)
        square = (p**2).sum(1)[:, None] + (self.centers**2).sum(1)[None] - 2 * p @ self.centers.T
        kernel = -np.sqrt(np.maximum(square, 0))
        return p + kernel @ self.weights + np.c_[np.ones(len(p)), p] @ self.affine


#: Hair that was modelled lower than this above the skin is drawn down to where it was, cm, and by how much at
#: most.
_HUGGED, _SUNK_AT_MOST = 0.5, 0.9


def clear_of_skin(
    points: np.ndarray, clearance: np.ndarray, person: np.ndarray, skin: np.ndarray
) -> np.ndarray:
    """Lift points that lie lower above a person's skin than they were modelled; sink edges that stand off.

    Args:
        points: [N, 3] cm; clearance: [N] signed height above the skin as modelled, cm.
        person: [V, 3]; skin: [T, 3].
    """
    used = np.unique(skin)
    normals = vertex_normals(person, skin)[used]
    near = cKDTree(person[used]).query(points)[1]
    height = ((points - person[used][near]) * normals[near]).sum(1)
    # Only hair that is meant to lie close to the skin has to keep its distance.
    missing = np.minimum(clearance, 0.4) - height
    move = np.where(clearance < 2.5, np.clip(missing, 0, 1.5), 0)
    # Buried edges stay buried, or background would show between the hair and a narrow head.
    move -= np.clip(1 - clearance / _HUGGED, 0, 1) * np.clip(height - clearance, 0, _SUNK_AT_MOST)
    return points + normals[near] * move[:, None]


def fit_to_skin(
    indices: np.ndarray,
    weights: np.ndarray,
    offset: np.ndarray,
    drift: np.ndarray,
    person: np.ndarray,
    skin: np.ndarray,
) -> np.ndarray:
    """[n, 3] points ``offset`` cm above the skin at weighted vertices, plus ``drift``."""
    normals = vertex_normals(person, skin)
    base = (person[indices] * weights[..., None]).sum(1)
    normal = (normals[indices] * weights[..., None]).sum(1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    return base + normal * offset[:, None] + drift


def fit_to_neck(points: np.ndarray, rest: np.ndarray, ring: np.ndarray) -> np.ndarray:
    """Cloth of the reference neck ``rest`` [N, 3] moved and scaled to a person's neck ``ring`` [N, 3]."""
    middle_rest, middle = (rest.min(0) + rest.max(0)) / 2, (ring.min(0) + ring.max(0)) / 2
    scale = np.ptp(ring, axis=0) / np.ptp(rest, axis=0)
    scale[1] = (scale[0] * scale[2]) ** 0.5
    return middle + (points - middle_rest) * scale


#: Glasses arch over the nose within this distance of the middle, cm.
_NOSE = 2.6
#: How far rims reach out at most, as a share of half the width of the face.
_WIDEST = 0.80
#: The subject's right and left eye in the iBUG landmarks.
_RIGHT_EYE, _LEFT_EYE = slice(36, 42), slice(42, 48)


def fit_glasses(
    points: np.ndarray,
    region: np.ndarray,
    along: np.ndarray,
    rest: np.ndarray,
    landmarks: np.ndarray,
    ear_shift: np.ndarray,
    skin_points: np.ndarray,
    gap: float = 0.12,
) -> np.ndarray:
    """Move glasses from the reference to a person: rims keep their shape, bridge and temples stretch.

    Args:
        points: [n, 3]; region: [n] as in :class:`Garment`; along: [n] 0 at the hinge, 1 at the ear.
        rest, landmarks: [68, 3] of the reference head and of the person.
        ear_shift: [2, 3] how the ends of the temples (left, right) move, cm.
        skin_points: [N, 3] of the person; nothing of the front comes closer to them than ``gap`` cm.
    """

    def eyes(marks: np.ndarray) -> np.ndarray:
        return np.stack([marks[_LEFT_EYE].mean(0), marks[_RIGHT_EYE].mean(0)])

    def width(marks: np.ndarray) -> float:
        return float(np.linalg.norm(marks[[36, 42]] - marks[[39, 45]], axis=1).mean())

    old, new = eyes(rest), eyes(landmarks)
    # Symmetric and level whatever the face: glasses are a product.
    half = (new[0, 0] - new[1, 0]) / 2
    middle = np.array([(new[0, 0] + new[1, 0]) / 2, new[:, 1].mean(), new[:, 2].mean()])
    target = np.stack([middle + [half, 0, 0], middle - [half, 0, 0]])
    room = half / ((old[0, 0] - old[1, 0]) / 2)
    scale = min(width(landmarks) / width(rest), 1.08 * room)
    # Rims stay within the face, or the far one would stand off it when the head turns.
    reach = np.abs(points[np.isin(region, (0, 1)), 0]).max() - (old[0, 0] - old[1, 0]) / 2
    side = np.abs(landmarks[[0, 16], 0]).mean()
    outward = min(scale, (_WIDEST * side - half) / reach)
    out = points.astype(np.float64).copy()
    front = np.isin(region, (0, 1))
    for side in (0, 1):
        rim = region == side
        arm = points[rim] - old[side]
        beyond = arm[:, 0] * old[side, 0] > 0
        out[rim] = target[side] + arm * np.where(beyond[:, None], [outward, scale, scale], scale)
    bridge = region == 2
    if bridge.any():
        rim = np.array([np.abs(points[region == s, 0]).min() for s in (0, 1)]).mean()
        moved = np.array([np.abs(out[region == s, 0] - middle[0]).min() for s in (0, 1)]).mean()
        out[bridge] = middle + (points[bridge] - old.mean(0)) * [moved / rim, scale, scale]
        front |= bridge
    # What is near the nose arches over it by itself; the rest need only clear cheeks and brows.
    away = np.abs(out[:, 0] - middle[0]) / (_NOSE * scale)
    forward = _forward_shift(out[front & (away > 1)], skin_points, gap)
    out[front, 2] += forward
    nose = front & (away < 1)
    if nose.any():
        bend = np.sqrt(1 - away[nose] ** 2)
        out[nose, 2] += bend * _forward_shift(out[nose], skin_points, gap, bend)
    for side in (0, 1):
        temple = region == 3 + side
        hinge = target[side] + [0, 0, forward] - old[side]
        sign = 1 if side == 0 else -1
        reach = (
            sign * (outward - 1) * (np.abs(points[region == side, 0]).max() - abs(old[side, 0]))
            if temple.any()
            else 0
        )
        start = hinge + [reach, 0, 0]
        out[temple] = (
            points[temple] + (1 - along[temple, None]) * start + along[temple, None] * ear_shift[side]
        )
        if temple.any():
            out[temple, 0] += sign * _bow(
                out[temple] * [sign, 1, 1], along[temple], skin_points * [sign, 1, 1]
            )
    return out


def _bow(arm: np.ndarray, along: np.ndarray, skin_points: np.ndarray, gap: float = 0.05) -> np.ndarray:
    """[n] how far an arm of glasses on the left swings out to lie against the head like a taut string, cm.

    Args:
        arm: [n, 3] its points; along: [n] 0 at the hinge, 1 at its end.
    """
    head = skin_points[skin_points[:, 0] > 0]
    hull = [(0.0, 0.0)]
    for at in (*np.linspace(0.05, 0.6, 12), 0.85):
        here = np.abs(along - at) < 0.05
        need = 0.0
        if at < 0.7 and here.any():
            near = cKDTree(head[:, 1:]).query_ball_point(arm[here, 1:], 0.45)
            side = np.array([head[i, 0].max() if i else -np.inf for i in near])
            need = float(np.clip(np.max(side + gap - arm[here, 0]), 0.0, 2.5))
        # Corners below the straight line between their neighbours do not touch the string.
        while len(hull) > 1 and _turns_up(hull[-2], hull[-1], (at, need)):
            hull.pop()
        hull.append((float(at), need))
    x, y = zip(*hull, strict=True)
    return np.interp(along, x, y)


#: Hair this near an arm of glasses, seen from the side, covers it, cm; how deep the arm lies below it.
_BESIDE, _TUCKED = 0.5, 0.25


def tuck_arms(points: np.ndarray, region: np.ndarray, along: np.ndarray, hair: np.ndarray) -> np.ndarray:
    """[n, 3] glasses whose arms run below the hair that hangs over them.

    Args:
        points, region, along: as of :func:`fit_glasses`; hair: [m, 3] vertices.
    """
    out = points.copy()
    for arm, sign in ((3, 1.0), (4, -1.0)):
        rows = np.flatnonzero((region == arm) & (along > 0.12))
        beside = hair[hair[:, 0] * sign > 0]
        if not len(rows) or not len(beside):
            continue
        near = cKDTree(beside[:, 1:]).query_ball_point(points[rows, 1:], _BESIDE)
        over = np.array([(beside[i, 0] * sign).max() if i else -np.inf for i in near])
        at = points[rows, 0] * sign
        covered = over > at - 0.4
        out[rows, 0] = sign * np.where(covered, np.minimum(at, over - _TUCKED), at)
    return out


def _turns_up(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    return (b[0] - a[0]) * (c[1] - a[1]) >= (b[1] - a[1]) * (c[0] - a[0])


def _forward_shift(
    front: np.ndarray, skin_points: np.ndarray, gap: float, share: np.ndarray | float = 1.0
) -> float:
    """How far ``front`` must come forward to clear the face, cm, if points move by a ``share`` of it."""
    face = skin_points[skin_points[:, 2] > 0]
    near = cKDTree(face[:, :2]).query_ball_point(front[:, :2], 0.3)
    depth = np.array([face[i, 2].max() if i else -np.inf for i in near])
    return float(max(((depth + gap - front[:, 2]) / np.maximum(share, 0.3)).max(), 0.0))
