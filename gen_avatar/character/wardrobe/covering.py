"""What covers what: hats tell hair how far it may stand out, and where they hide it; hair hides earrings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gen_avatar.character.mesh import AssetMesh

#: A radius that no hair reaches, cm.
FREE = 60.0
#: What is left of the distance by which hair stands out too far, share.
_GIVE = 0.04
#: Hair that ends above this height from the middle of the skull is short, cm, and how far further up the
#: limit lies that it keeps to.
_SHORT, _RAISED = -9.5, 0.3


def sample_cover(cover: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Bilinear look-up.

    Args:
        cover: [2, rows, columns] by elevation -90..90 and azimuth -180..180, at the middle of each cell.
        directions: [N, 3] unit.

    Returns:
        [2, N]: the largest radius that hair keeps, cm, and how surely the hat hides it, 0..1; below 0, the
        share of a right angle by which it is combed away from the face.
    """
    rows, columns = cover.shape[1:]
    azimuth = np.arctan2(directions[:, 0], directions[:, 2])
    elevation = np.arcsin(np.clip(directions[:, 1], -1, 1))
    x = (azimuth / (2 * np.pi) + 0.5) * columns - 0.5
    y = np.clip((elevation / np.pi + 0.5) * rows - 0.5, 0, rows - 1.001)
    i, j = np.floor(x).astype(int), y.astype(int)
    fx, fy = x - i, y - j
    left, right = i % columns, (i + 1) % columns
    low = cover[:, j, left] * (1 - fx) + cover[:, j, right] * fx
    high = cover[:, j + 1, left] * (1 - fx) + cover[:, j + 1, right] * fx
    return low * (1 - fy) + high * fy


def press_hair(
    vertices: np.ndarray, triangles: np.ndarray, cover: np.ndarray, origin: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Hair as it lies under a hat, both on the reference head.

    Args:
        vertices: [n, 3]; triangles: [m, 3] of the hair.
        cover: [2, rows, columns] as of :func:`sample_cover`, around ``origin`` [3].

    Returns:
        The vertices drawn in below the hat, and the triangles that are not hidden by it.
    """
    arm = vertices - origin
    radius = np.linalg.norm(arm, axis=1)
    direction = arm / np.maximum(radius, 1e-6)[:, None]
    back = -np.pi / 2 * np.minimum(sample_cover(cover, direction)[1], 0) * np.sign(direction[:, 0])
    x, z = direction[:, 0], direction[:, 2]
    turned = (x * np.cos(back) + z * np.sin(back), direction[:, 1], z * np.cos(back) - x * np.sin(back))
    direction = np.stack(turned, 1)
    limit, hidden = sample_cover(cover, direction)
    if arm[:, 1].min() > _SHORT:
        # Short hair that ends beside the ears would flare out there like hair that falls over them.
        raised = direction + [0.0, 1.0, 0.0] * np.clip(-2 * direction[:, 1:2], 0, _RAISED)
        raised /= np.linalg.norm(raised, axis=1, keepdims=True)
        limit = np.where(direction[:, 1] < 0, np.minimum(limit, sample_cover(cover, raised)[0]), limit)
    # Layers keep their order, or those below would show through.
    radius = np.minimum(radius, limit + _GIVE * (radius - limit))
    pressed = origin + direction * radius[:, None]
    return pressed.astype(np.float32), triangles[~(hidden > 0.5)[triangles].all(1)]


#: Hair this near an earring is in its way, cm, and how many places of it are.
_NEAR, _IN_THE_WAY = 0.3, 3


def hangs_free(earring: np.ndarray, hair: Sequence[AssetMesh]) -> bool:
    """Whether an earring [n, 3] hangs clear of the hair: neither half sunk in it nor hidden behind it."""
    low, high = earring.min(0) - _NEAR, earring.max(0) + _NEAR
    for mesh in hair:
        corners = mesh.vertices[mesh.triangles]
        # Triangles are large beside an earring: look at their sides and middles too.
        places = np.concatenate(
            [mesh.vertices, corners.mean(1), (corners + np.roll(corners, 1, 1)).reshape(-1, 3) / 2]
        )
        # In front of it, however far; hair behind an earring is a backdrop.
        within = ((places > low) & (places < high) | [False, False, True]).all(1) & (places[:, 2] > low[2])
        if within.sum() >= _IN_THE_WAY:
            return False
    return True
