"""Build GenHead, the shipped morphable head.

    python -m training.build_head --ict ict_facekit.npz -o checkpoints/head

Its topology is our own: blue-noise points on one half of the source's skin with whole rings
around lids and lips, triangulated, paired to quads and mirrored. Every point knows its place on
the source's surface, so each sample of the source is registered exactly; the 50 identity modes
are the principal components of such samples over the face. Landmark embeddings come afterwards
from ``training.bind_landmarks``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from gen_avatar.head.embedding import closest_points
from gen_avatar.head.ict import load_ict
from gen_avatar.head.model import LandmarkEmbedding, MorphableHead
from gen_avatar.types import ARKIT_52, IDENTITY_DIM
from training import head_parts, remesh
from training.remesh import Sites

#: Corner and side of each part's square in the texture, (u, v, side); the skin is the large disc.
UV_SQUARES = {
    "skin": (0.09, 0.18, 0.82),
    "eye_left": (0.01, 0.01, 0.15),
    "eye_right": (0.17, 0.01, 0.15),
    "mouth": (0.33, 0.01, 0.15),
    "teeth_upper": (0.49, 0.01, 0.15),
    "teeth_lower": (0.65, 0.01, 0.15),
    "tongue": (0.81, 0.01, 0.15),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ict", type=Path, required=True, help="packed ICT-FaceKit .npz")
    parser.add_argument("-o", "--output", type=Path, default=Path("checkpoints/head"))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    source = load_ict(options.ict)
    head = build(source, options.seed)
    head.save_pretrained(options.output)
    quads = int((head.faces[:, 3] >= 0).sum())
    print(f"{len(head.mean)} vertices, {len(head.faces)} faces of which {quads} quads -> {options.output}")


def build(source: MorphableHead, seed: int) -> MorphableHead:
    """GenHead from ICT-FaceKit; the same seed gives the same head."""
    first, last = source.parts["skin"]
    mean = source.mean.numpy().astype(np.float64)
    skin_triangles = source.triangles.numpy()
    skin_triangles = skin_triangles[(skin_triangles < last).all(1)]
    skin = mean[first:last]
    sites, faces, uv, uv_faces, loops = skin_topology(skin, skin_triangles, seed)

    identity = source.identity.numpy().astype(np.float64)
    expression = source.expression.numpy().astype(np.float64)
    on_skin = {
        "mean": sites.at(skin),
        "identity": sites.at(identity[:, first:last]),
        "expression": sites.at(expression[:, first:last]),
        "jaw": sites.at(source.jaw_weights.numpy()[first:last, None])[:, 0],
    }
    parts = [head_parts.Part("skin", on_skin["mean"], on_skin["identity"], on_skin["expression"], faces, uv,
                             on_skin["jaw"], uv_faces)]  # fmt: skip
    lip_y = float(on_skin["mean"][loops["mouth"], 1].mean())
    parts.append(head_parts.mouth_bag(loops["mouth"], *on_skin.values()))

    def rows(name: str) -> slice:
        return slice(*source.parts[name])

    for name in ("teeth_upper", "teeth_lower"):
        r = rows(name)
        parts.append(
            head_parts.teeth(name, mean[r], identity[:, r], expression[:, r], float("lower" in name))
        )
    r = rows("teeth_lower")
    parts.append(head_parts.tongue(mean[r], identity[:, r], expression[:, r], ARKIT_52, lip_y))
    centers = source.eye_centers.numpy()
    for name, center in zip(("eye_left", "eye_right"), centers, strict=True):
        r = rows(name)
        radius = float(np.percentile(np.linalg.norm(mean[r] - center, axis=1), 40))
        parts.append(head_parts.eyeball(name, center, radius, mean[r], identity[:, r], len(ARKIT_52)))

    turn = identity_rotation(on_skin["identity"], on_skin["mean"], faces)
    stacked_identity = np.tensordot(turn, np.concatenate([p.identity for p in parts], 1), 1)
    eye_identity = np.tensordot(turn, source.eye_centers_identity.numpy().astype(np.float64), 1)
    starts = np.cumsum([0, *(len(p.mean) for p in parts)])
    uv_starts = np.cumsum([0, *(len(p.uv) for p in parts)])
    all_faces = _shifted([p.faces for p in parts], starts)
    all_uv_faces = _shifted([p.faces if p.uv_faces is None else p.uv_faces for p in parts], uv_starts)

    def real(a: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(a, np.float32))

    head = MorphableHead(
        name="genhead",
        mean=real(np.concatenate([p.mean for p in parts])),
        identity=real(stacked_identity),
        expression=real(np.concatenate([p.expression for p in parts], 1)),
        faces=torch.from_numpy(all_faces.astype(np.int64)),
        uv=real(np.concatenate([_place(p) for p in parts])),
        uv_faces=torch.from_numpy(all_uv_faces.astype(np.int64)),
        parts={p.name: (int(a), int(b)) for p, a, b in zip(parts, starts, starts[1:], strict=False)},
        eye_centers=real(centers),
        eye_centers_identity=real(eye_identity),
        jaw_pivot=source.jaw_pivot,
        jaw_weights=real(np.concatenate([p.jaw for p in parts])),
        embeddings={},
    )
    head.embeddings["ibug68"] = ibug_landmarks(source, head)
    return head


def skin_topology(
    points: np.ndarray, triangles: np.ndarray, seed: int
) -> tuple[Sites, np.ndarray, np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """New points and quads of the skin, symmetric, with the rings of lids and lips kept.

    Returns:
        Sites on the source's skin [N], faces [F, 4], texture coordinates [U, 2] and their faces
        [F, 4] (the seam runs down the back), and the ordered border rows ``mouth``.
    """
    half = triangles[(points[triangles, 0] > -1e-4).all(1)]
    used, half = np.unique(half, return_inverse=True)
    half = half.reshape(-1, 3)
    solid = points[used]
    outer, *holes = remesh.boundary_loops(half)
    spacing = spacing_field(solid, half)
    flat = half_uv(solid, half)

    eye = holes[0]
    lips = lip_chain(outer, solid)
    rings = _grow(half, eye, 9) | _grow(half, lips, 7) | folds(solid)
    ring_vertices = np.array(sorted(rings - set(outer.tolist())))
    rim = _thin(outer, solid, spacing, keep=set(lips.tolist()) | rings)
    fixed = np.concatenate([rim, np.setdiff1d(ring_vertices, rim)])
    free = remesh.blue_noise(solid, half, spacing, solid[fixed], np.random.default_rng(seed))
    # Chords of the thinned rim cut off a sliver of the disc; what lies there or nearly so goes.
    convex = rim[~np.isin(rim, lips) | (solid[rim, 0] < 1e-3)]
    inside = remesh.depth_in_polygon(free.at(flat), flat[convex]) > 1e-3
    sites = remesh.join(remesh.vertex_sites(fixed), Sites(free.corners[inside], free.weights[inside]))
    row = {int(v): i for i, v in enumerate(fixed)}
    rim_rows = np.array([row[int(v)] for v in rim])
    eye_rows = np.array([row[int(v)] for v in eye])
    lip_rows = np.array([row[int(v)] for v in lips])
    bulged = sites.at(flat)
    axis = rim_rows[solid[rim, 0] < 1e-3]
    axis = axis[bulged[axis, 0] < 0.5 + 1e-6]
    # Points on one line would give Delaunay's algorithm degenerate triangles.
    bulged[axis, 0] -= 0.05 * (1 - (2 * bulged[axis, 1] - 1) ** 2)
    # The source's own loops around lids and lips carry their folds.
    ring = np.isin(half, list(rings)).all(1)
    edges = np.concatenate([half[ring][:, [0, 1]], half[ring][:, [1, 2]], half[ring][:, [2, 0]]])
    kept = np.array([[row[int(a)], row[int(b)]] for a, b in edges if int(a) in row and int(b) in row])
    new = remesh.triangulate(bulged, sites.at(solid), rim_rows, [eye_rows, lip_rows], kept)
    faces = remesh.pair_quads(_outward(new, sites.at(solid)), sites.at(solid))

    # The other half: points of the middle plane are shared.
    where = sites.at(solid)
    middle = np.isin(np.arange(len(sites)), rim_rows) & (np.abs(where[:, 0]) < 1e-3)
    mirror = np.where(middle, np.arange(len(sites)), 0)
    mirror[~middle] = len(sites) + np.arange((~middle).sum())
    swap = _reverse(np.where(faces >= 0, mirror[faces], -1))
    half_flat = sites.at(flat)
    uv = np.concatenate([half_flat, half_flat * [-1, 1] + [1, 0]])
    uv_faces = np.concatenate([faces, _reverse(np.where(faces >= 0, faces + len(sites), -1))])
    opposite = _mirror_vertices(points)
    full = Sites(used[sites.corners], sites.weights)
    other = Sites(opposite[full.corners[~middle]], full.weights[~middle])
    faces = np.concatenate([faces, swap])
    quads = faces[faces[:, 3] >= 0]
    loops = remesh.boundary_loops(np.concatenate([faces[:, :3], quads[:, [0, 2, 3]]]))
    sites = remesh.join(full, other)
    mouth = next(
        loop for loop in loops if np.abs(sites.at(points)[loop].mean(0) - [0, -3.4, 10.3]).max() < 0.8
    )
    return sites, faces, uv, uv_faces, {"mouth": mouth}


def folds(points: np.ndarray) -> set[int]:
    """Rows of the ear and of the nostril, whose thin folds need the source's own loops."""
    x, y, z = points.T
    ear = (x > 7.25) & (z < 5.0) & (z > -2.5) & (y > -3.8) & (y < 8)
    nostril = np.linalg.norm((points - [1.0, 0.2, 10.8]) / [1, 0.8, 1.2], axis=1) < 1.1
    return set(np.flatnonzero(ear | nostril).tolist())


def spacing_field(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """[V] wanted distance between vertices, cm: fine at eyes, mouth and nose, coarse on the skull."""
    x, y, z = points.T
    near_eye = np.linalg.norm((points - [3.1, 3.6, 9.0]) / [1.25, 1, 1], axis=1)
    near_mouth = np.linalg.norm((points - [0, -3.4, 10.3]) / [1.4, 1, 1.2], axis=1)
    near_nose = np.linalg.norm((points - [0.4, 0.9, 11.4]) / [0.9, 1.2, 1], axis=1)
    near_brow = np.linalg.norm((points - [3.0, 6.2, 9.8]) / [2, 0.7, 1], axis=1)
    size = np.interp(near_eye, [1.6, 3.5, 7], [0.24, 0.42, 1.15])
    size = np.minimum(size, np.interp(near_mouth, [1.2, 3.2, 7.5], [0.24, 0.42, 1.15]))
    size = np.minimum(size, np.interp(near_nose, [1.2, 2.6, 6.5], [0.26, 0.42, 1.1]))
    size = np.minimum(size, np.interp(near_brow, [1.0, 3.0], [0.40, 1.15]))
    nostrils = np.linalg.norm((points - [1.0, 0.2, 10.8]) / [1, 0.8, 1.2], axis=1)
    size = np.minimum(size, np.interp(nostrils, [0.8, 1.6, 5], [0.17, 0.3, 1.1]))
    ear = (np.abs(x) > 6.9) & (z < 5.2) & (z > -2) & (y > -3.8) & (y < 8)
    size = np.where(ear, np.minimum(size, 0.36), size)
    face = (z > 3) & (y > -9)
    size = np.where(face, np.minimum(size, 0.66), size)
    # Neighbouring sizes must not jump, or slivers appear.
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    length = np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1)
    for _ in range(40):
        before = size.copy()
        np.minimum.at(size, edges[:, 0], before[edges[:, 1]] + 0.35 * length)
        np.minimum.at(size, edges[:, 1], before[edges[:, 0]] + 0.35 * length)
    return size


def half_uv(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """[V, 2] texture coordinates of the half with x ≥ 0, in the right half of the unit square.

    The head is opened along the back of the skull: the front's middle line is the vertical axis,
    the back's middle line and the neck's border are the half circle. The face gets the most room.
    """
    border = remesh.boundary_loops(triangles)[0]
    chain = lip_chain(border, points)
    # Close the mouth by a fan, so that the axis runs across it.
    middle = len(points)
    points = np.vstack([points, points[chain[[0, -1]]].mean(0)])
    fan = np.stack([chain[1:], chain[:-1], np.full(len(chain) - 1, middle)], 1)
    triangles = np.concatenate([triangles, fan])
    border = remesh.boundary_loops(triangles)[0]

    crown = int(np.argmax(points[border, 1]))
    border = np.roll(border, -crown)
    front = int(
        np.argmax(np.where(points[border, 1] < -9, points[border, 2] - 10 * np.abs(points[border, 0]), -99))
    )
    if points[border[1], 2] < points[border[-1], 2]:  # the border runs down the back first
        border = np.r_[border[0], border[:0:-1]]
        front = len(border) - front
    density = 1 + 1.5 * np.clip((points[:, 2] - 2) / 6, 0, 1) * np.clip((points[:, 1] + 11) / 4, 0, 1)
    place = np.zeros((len(border), 2))
    for part, path in ((slice(0, front + 1), "axis"), (slice(front, len(border) + 1), "arc")):
        run = np.r_[border, border[0]][part]
        step = (
            np.linalg.norm(np.diff(points[run], axis=0), axis=1) * (density[run[1:]] + density[run[:-1]]) / 2
        )
        t = np.r_[0, np.cumsum(step)] / step.sum()
        if path == "axis":
            place[part] = np.stack([0 * t, 1 - 2 * t], 1)
        else:
            angle = np.pi * (t[:-1] - 0.5)
            place[part] = np.stack([np.cos(angle), np.sin(angle)], 1)
    flat = remesh.disc_embedding(points, triangles, density, rim=(border, place))
    return 0.5 + 0.5 * flat[:-1]


def identity_rotation(identity: np.ndarray, mean: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """[50, K] orthonormal rows that turn the source's modes into principal components over the face.

    The source's coefficients are N(0, 1), so an orthonormal change of basis keeps them so.
    """
    quads = faces[faces[:, 3] >= 0]
    area = np.zeros(len(mean))
    for tri in (faces[:, :3], quads[:, [0, 2, 3]]):
        size = np.linalg.norm(
            np.cross(mean[tri[:, 1]] - mean[tri[:, 0]], mean[tri[:, 2]] - mean[tri[:, 0]]), axis=1
        )
        for corner in tri.T:
            np.add.at(area, corner, size / 6)
    face = np.clip((mean[:, 2] - 1) / 3, 0, 1) * np.clip((mean[:, 1] + 10) / 2, 0, 1)
    # A little of the rest keeps the shape of the skull among the leading modes.
    weight = np.sqrt(area * (0.15 + face))
    flat = (identity * weight[:, None]).reshape(len(identity), -1)
    _, vectors = np.linalg.eigh(flat @ flat.T)
    turn = vectors[:, ::-1][:, :IDENTITY_DIM].T
    sign = np.sign(turn[np.arange(len(turn)), np.abs(turn).argmax(1)])
    return turn * sign[:, None]


def ibug_landmarks(source: MorphableHead, head: MorphableHead) -> LandmarkEmbedding:
    """The source's 68 landmark points, embedded where they lie closest on the new skin.

    Closest at rest and with the jaw open: at rest the two lips touch.
    """
    jaw_open = ARKIT_52.index("jawOpen")
    rest, _, shapes = source.landmark_basis("ibug68")
    opened = rest + shapes[jaw_open]
    on_skin = np.flatnonzero((head.triangles < head.parts["skin"][1]).all(1).numpy())
    triangles = head.triangles.numpy()[on_skin]
    mean, moved = head.mean.numpy(), (head.mean + head.expression[jaw_open]).numpy()
    rows, weights = np.zeros(len(rest), np.int64), np.zeros((len(rest), 3), np.float32)
    for i, (p, q) in enumerate(zip(rest.numpy(), opened.numpy(), strict=True)):
        middle = np.linalg.norm(mean[triangles].mean(1) - p, axis=1) + np.linalg.norm(
            moved[triangles].mean(1) - q, axis=1
        )
        near = np.argsort(middle)[:40]
        single = [closest_points(p[None], mean, triangles[t : t + 1])[1][0] for t in near]
        corners = triangles[near], np.stack(single)
        miss = [
            np.linalg.norm((field[corners[0]] * corners[1][..., None]).sum(1) - target, axis=1)
            for field, target in ((mean, p), (moved, q))
        ]
        best = int(np.argmin(miss[0] + miss[1]))
        rows[i], weights[i] = on_skin[near[best]], single[best]
    return LandmarkEmbedding(torch.from_numpy(rows), torch.from_numpy(weights), torch.zeros(len(rows), 3))


def _reverse(faces: np.ndarray) -> np.ndarray:
    """Turn faces [F, 4] inside out."""
    quads = faces[:, 3] >= 0
    return np.where(quads[:, None], faces[:, ::-1], faces[:, [2, 1, 0, 3]])


def _shifted(faces: list[np.ndarray], starts: np.ndarray) -> np.ndarray:
    return np.concatenate([np.where(f >= 0, f + s, -1) for f, s in zip(faces, starts, strict=False)])


def _place(part: head_parts.Part) -> np.ndarray:
    u, v, side = UV_SQUARES[part.name]
    return np.array([u, v]) + side * part.uv


def lip_chain(border: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The run of the half's border, in order, that bounds the mouth (both ends in the middle plane)."""
    p = points[border]
    near = (np.abs(p[:, 1] + 3.4) < 0.9) & (p[:, 2] > 9.5) & (p[:, 2] < 10.9) & (p[:, 0] > 1e-3)
    border = np.roll(border, -int(np.flatnonzero(near & ~np.roll(near, 1))[0]))
    return np.r_[border[-1], border[: near.sum() + 1]]


def _grow(triangles: np.ndarray, start: np.ndarray, rings: int) -> set[int]:
    reached = set(map(int, start))
    for _ in range(rings):
        touching = np.isin(triangles, list(reached)).any(1)
        reached |= set(map(int, triangles[touching].ravel()))
    return reached


def _thin(loop: np.ndarray, points: np.ndarray, spacing: np.ndarray, keep: set[int]) -> np.ndarray:
    """Drop points of a loop that lie closer than 0.8 of the wanted spacing, except those to keep."""
    kept = [loop[0]]
    for v in loop[1:]:
        far = np.linalg.norm(points[v] - points[kept[-1]]) >= 0.8 * spacing[v]
        if int(v) in keep or far:
            kept.append(v)
    return np.array(kept)


def _outward(triangles: np.ndarray, points: np.ndarray) -> np.ndarray:
    corners = points[triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    outward = ((corners.mean(1) - [0, 2, 0]) * normal).sum() > 0
    return triangles if outward else triangles[:, ::-1]


def _mirror_vertices(points: np.ndarray) -> np.ndarray:
    from scipy.spatial import cKDTree

    return cKDTree(points).query(points * [-1, 1, 1])[1]


if __name__ == "__main__":
    main()
