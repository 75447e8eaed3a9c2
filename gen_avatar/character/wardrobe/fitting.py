"""From the reference head to a person: a warp for hair, the skin itself for beards, measures for the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from gen_avatar.character.raster import vertex_normals
from gen_avatar.character.surface import smoothstep


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


#: How far below the chin and in front of the ring around the neck the middle of a collar lies, cm.
_BELOW_CHIN, _BEFORE_NECK = 1.9, 0.4


def collar_ring(ring: np.ndarray, chin: float) -> tuple[np.ndarray, np.ndarray]:
    """Middle and half sizes [3] of what collars lie around, cm.

    Its height hangs on the ``chin`` (cm), not on the ``ring`` [N, 3] of the neck: pictures end a little below
    chins, and clothes must be seen there.
    """
    low, high = ring.min(0), ring.max(0)
    middle, size = (low + high) / 2 + [0, 0, _BEFORE_NECK], (high - low) / 2
    middle[1] = chin - _BELOW_CHIN
    size[1] = (size[0] * size[2]) ** 0.5
    return middle, size


#: The front of a collar is drawn as if it lay this much nearer, cm, so that its edge is one clean line
#: whatever the throat behind it does: full within the first share of the ring around the neck, none beyond
#: the second.
_COLLAR_LIFT, _COLLAR = 2.0, (1.5, 2.2)
#: How much nearer each layer of a garment counts than the one below, cm: seams must not flicker.
LAYER = 0.4
#: Hats are drawn as if they lay this much nearer, cm, or foreheads would show through along their edges.
HAT_LIFT = 0.5
#: Where the front begins, shares of the ring's depth.
_FRONT = (-0.05, 0.4)


def collar_lift(points: np.ndarray, middle: np.ndarray, size: np.ndarray) -> np.ndarray:
    """[n, 1] cm by which cloth [n, 3] around a collar counts as nearer."""
    x, z = (points[:, 0] - middle[0]) / size[0], (points[:, 2] - middle[2]) / size[2]
    lift = _COLLAR_LIFT * smoothstep(*_COLLAR[::-1], np.hypot(x, z)) * smoothstep(*_FRONT, z)
    return lift[:, None].astype(np.float32)


def fit_to_neck(
    points: np.ndarray, rest: tuple[np.ndarray, np.ndarray], person: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """Cloth [N, 3] around the collar ``rest`` moved and scaled to a person's, both of :func:`collar_ring`."""
    return person[0] + (points - rest[0]) * (person[1] / rest[1])


#: Glasses arch over the nose within this distance of the middle, cm.
_NOSE = 2.6
#: There they may lie so far below the skin, cm, for frames are lifted over it, see :func:`glasses_lift`: rims
#: that bent farther would look crooked.
_SUNK = 0.9
#: A nose that stands out moves the whole front by this share of what it needs, so many cm at most, and bends
#: what lies before it by no more than so many; what arches over it by less than this share is not asked.
_FORWARD, _FARTHEST_FORWARD, _MOST_BENT, _ARCHED = 0.5, 0.9, 1.1, 0.3
#: How far rims reach out, as a share of half the width of the face, and how much wider or narrower than the
#: eyes ask for they may become for that.
_WIDEST, _STRETCHED = 0.86, (0.80, 1.12)
#: Rims end this far from the middle, cm, or at least so far where they would become too narrow.
_BETWEEN, _APART = 0.60, 0.20
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
    gap: float = -0.25,
) -> np.ndarray:
    """Move glasses from the reference to a person: rims keep their shape, bridge and temples stretch.

    Args:
        points: [n, 3]; region: [n] as in :class:`Garment`; along: [n] 0 at the hinge, 1 at the ear.
        rest, landmarks: [68, 3] of the reference head and of the person.
        ear_shift: [2, 3] how the ends of the temples (left, right) move, cm.
        skin_points: [N, 3] of the person; nothing of the front comes closer to them than ``gap`` cm;
            a little below them is not seen, see :func:`glasses_lift`.
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
    out = points.astype(np.float64).copy()
    front = np.isin(region, (0, 1))
    # Rims run from beside the nose to the sides of the face, but stay within it, or the far one would stand
    # off when the head turns; large ones over eyes that lie close together must not meet.
    apart = np.where(region == 0, points[:, 0], -points[:, 0])[front]
    inner, outer = float(apart.min()), float(apart.max())
    least, most = scale * np.array(_STRETCHED)
    eye = (old[0, 0] - old[1, 0]) / 2
    end = min(half + most * (outer - eye), _WIDEST * np.abs(landmarks[[0, 16], 0]).mean())
    start = max(half - most * (eye - inner), _BETWEEN)
    wide = max(end - start, min(least * (outer - inner), end - _APART)) / (outer - inner)
    for side, sign in ((0, 1.0), (1, -1.0)):
        rim = region == side
        # They keep their form: both halves of one are as wide.
        out[rim] = target[side] + (points[rim] - old[side]) * wide
        out[rim, 0] = middle[0] + sign * (end - wide * (outer - sign * points[rim, 0]))
    bridge = region == 2
    if bridge.any():
        rim = np.array([np.abs(points[region == s, 0]).min() for s in (0, 1)]).mean()
        moved = np.array([np.abs(out[region == s, 0] - middle[0]).min() for s in (0, 1)]).mean()
        # It ends as deep inside the rims as it was modelled: scaled with the gap it would end in the lenses.
        last = np.abs(points[bridge, 0]).max()
        long = (moved + (last - rim) * wide) / last
        out[bridge] = middle + (points[bridge] - old.mean(0)) * [long, wide, wide]
        front |= bridge
    # What is near the nose arches over it by itself; the rest need only clear cheeks and brows.
    away = np.abs(out[:, 0] - middle[0]) / (_NOSE * scale)
    forward = _forward_shift(out[front & (away > 1)], skin_points, gap)
    out[front, 2] += forward
    bend = np.where(front, np.maximum(1 - away**2, 0) ** 2, 0)
    if (bend > _ARCHED).any():
        need = _forward_shift(out[bend > _ARCHED], skin_points, gap - _SUNK)
        whole = min(_FORWARD * need, _FARTHEST_FORWARD)
        out[front, 2] += whole
        out[:, 2] += bend * min(need - whole, _MOST_BENT)
        forward += whole
    for side in (0, 1):
        temple = region == 3 + side
        hinge = target[side] + [0, 0, forward] - old[side]
        sign = 1 if side == 0 else -1
        hinge[0] = middle[0] + sign * (end - outer)
        out[temple] = (
            points[temple] + (1 - along[temple, None]) * hinge + along[temple, None] * ear_shift[side]
        )
        if temple.any():
            # It is hinged as high on the rim as it was modelled.
            height = points[temple, 1][np.argmin(along[temple])] - old[side, 1]
            out[temple, 1] += (1 - along[temple]) * (wide - 1) * height
            out[temple, 0] += sign * _end_piece(
                out[temple] * [sign, 1, 1], along[temple], skin_points * [sign, 1, 1]
            )
    return out


#: Arms start at the side of a face as far out as they must to run straight to the ear, but no farther than
#: this from the rim, cm; the corner ends at this share of their length.
_FARTHEST, _CORNER = 1.7, 0.12
#: Where arms are held off the skin, and by how much, cm.
_PROBES, _ARM_GAP = np.linspace(0.1, 0.6, 11), -0.06


def _end_piece(arm: np.ndarray, along: np.ndarray, skin_points: np.ndarray) -> np.ndarray:
    """[n] how far an arm of glasses on the left moves out, cm: a piece to the side, then straight to the ear.

    Args:
        arm: [n, 3] its points; along: [n] 0 at the hinge, 1 at its end.
    """
    head = skin_points[skin_points[:, 0] > 0]
    tree, out = cKDTree(head[:, 1:]), 0.0
    for at in _PROBES:
        here = np.abs(along - at) < 0.05
        near = tree.query_ball_point(arm[here, 1:], 0.45)
        side = np.array([head[i, 0].max() if i else -np.inf for i in near])
        if len(side):
            share = smoothstep(0.0, _CORNER, np.asarray(at)) * (1 - at)
            out = max(out, float(np.max(side + _ARM_GAP - arm[here, 0]) / share))
    return min(out, _FARTHEST) * smoothstep(0.0, _CORNER, along) * (1 - along)


#: Frames are drawn as if they lay this much nearer, cm, so that neither lids nor lashes, brows or cheeks cut
#: into them; dark lenses as much as lashes are and a little more. Arms are not, beyond this share.
_FRAME_LIFT, _LENS_LIFT, _LIFTED_ARM = 1.3, 0.55, 0.12


def glasses_lift(along: np.ndarray, frame: bool) -> np.ndarray:
    """[n, 1] cm by which glasses count as nearer; ``along`` [n] their arms."""
    lift = _FRAME_LIFT * np.clip(1 - along / _LIFTED_ARM, 0, 1) if frame else np.full(len(along), _LENS_LIFT)
    return lift[:, None].astype(np.float32)


#: Hair this near an arm of glasses, seen from the side, covers it if it lies so far outside; how deep the arm
#: lies below it, cm.
_BESIDE, _OUTSIDE, _TUCKED = 0.5, 0.1, 0.25


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
        covered = over > at + _OUTSIDE
        out[rows, 0] = sign * np.where(covered, np.minimum(at, over - _TUCKED), at)
    return out


def _forward_shift(front: np.ndarray, skin_points: np.ndarray, gap: float) -> float:
    """How far ``front`` must come forward to clear the face by ``gap``, cm."""
    face = skin_points[skin_points[:, 2] > 0]
    near = cKDTree(face[:, :2]).query_ball_point(front[:, :2], 0.3)
    depth = np.array([face[i, 2].max() if i else -np.inf for i in near])
    return float(max((depth + gap - front[:, 2]).max(), 0.0))
