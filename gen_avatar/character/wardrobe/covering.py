"""What covers what: hats tell hair how far it may stand out, and where they hide it; hair hides earrings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from gen_avatar.character.mesh import AssetMesh

#: A radius that no hair reaches, cm.
FREE = 60.0
#: What is left of the distance by which hair stands out too far, share.
_GIVE = 0.04
#: Hair that ends above this height from the middle of the skull is short, cm, and how far further up the
#: limit lies that it keeps to.
_SHORT, _RAISED = -9.5, 0.3
#: Surer than this, the map of a hat says that hair is hidden.
HIDDEN = 0.5


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
    vertices: np.ndarray,
    triangles: np.ndarray,
    cover: np.ndarray,
    origin: np.ndarray,
    lined: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Hair as it lies under a hat, both on the reference head.

    Args:
        vertices: [n, 3]; triangles: [m, 3] of the hair.
        cover: [2, rows, columns] as of :func:`sample_cover`, around ``origin`` [3].
        lined: whether the hat brings hair that lies under this one.

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
    gone = (hidden > HIDDEN)[triangles].all(1)
    if lined:
        # Below a hem insides and folds come through what lies on them.
        a, b, c = (pressed[triangles[:, k]] - origin for k in range(3))
        inward = (np.cross(b - a, c - a) * a).sum(1) < 0
        gone |= inward & (limit < FREE / 2)[triangles].all(1)
    return pressed.astype(np.float32), triangles[~gone]


#: The region of a hat that goes over hair.
OVER_HAIR = 1
#: What is this near to a band, front to back, cm, carries it; it may lift it by so much at most, or let it
#: down by so much; its padding sinks in so far, and the skull counts from so far above the ends of the band.
_UNDER, _MOST_LIFT, _LEAST_LIFT, _PADDED, _EARS = 1.3, 4.2, -3.0, 0.45, 2.0
#: It is drawn as if it lay this much nearer, cm: locks in front of it that rise no higher would cut into it.
BAND_LIFT = 1.0
#: Directions around the head in which hair is measured.
_ROLLS = 48


def over_hair(
    points: np.ndarray, hair: Sequence[AssetMesh], origin: np.ndarray, skull: np.ndarray
) -> np.ndarray:
    """A band [n, 3] from side to side over the head, laid on the ``hair`` and ``skull`` [m, 3] below it.

    ``origin`` [3] lies in the middle of the skull.
    """
    skull = skull[skull[:, 1] > points[:, 1].min() + _EARS]
    places = np.concatenate([*_places(hair), skull])
    arm, own = places - origin, points - origin
    radius, reach = np.hypot(arm[:, 0], arm[:, 1]), np.hypot(own[:, 0], own[:, 1])
    roll, mine = _roll(arm), _roll(own)
    top = np.zeros(_ROLLS)
    # The band leans: hair counts where the band passes.
    z, inner = np.zeros(_ROLLS), np.full(_ROLLS, np.inf)
    for bin_ in range(_ROLLS):
        near = np.abs(mine - bin_ - 0.5) < 1.5
        if not near.any():
            continue
        z[bin_], inner[bin_] = own[near, 2].mean(), reach[near].min()
        below = (np.abs(roll - bin_ - 0.5) < 1.5) & (np.abs(arm[:, 2] - z[bin_]) < _UNDER)
        top[bin_] = radius[below].max() - _PADDED - inner[bin_] if below.any() else 0.0
    lift = np.clip(top, _LEAST_LIFT, _MOST_LIFT)
    # A band is stiff: it bridges hollows and bends gently.
    lift = np.maximum(lift, (np.roll(lift, 1) + np.roll(lift, -1)) / 2)
    for _ in range(_SOFTENED):
        lift = (np.roll(lift, 1) + lift + np.roll(lift, -1)) / 3
    more = np.interp(mine, np.arange(_ROLLS) + 0.5, lift)
    # It starts at the cups, which stay on the ears.
    more *= band_share(points)
    return points + own * [1, 1, 0] * (more / np.maximum(reach, 1e-6))[:, None]


def band_share(points: np.ndarray) -> np.ndarray:
    """[n] how far a band [n, 3] has risen from its ends to where it lies on hair, 0..1."""
    return np.clip((points[:, 1] - points[:, 1].min()) / _RISES, 0, 1)


def _roll(arm: np.ndarray) -> np.ndarray:
    """[n] turn of [n, 3] about the axis that looks ahead, from below over the left, in ``_ROLLS``."""
    return (np.arctan2(arm[:, 0], -arm[:, 1]) / (2 * np.pi) % 1) * _ROLLS


#: Rounds of smoothing of a lifted band, and the height above its ends where it is lifted whole, cm.
_SOFTENED, _RISES = 2, 4.0
#: Hair this near an earring is in its way, cm, and how many places of it are.
_NEAR, _IN_THE_WAY = 0.3, 3


def _places(hair: Sequence[AssetMesh]) -> Iterator[np.ndarray]:
    """Places on each mesh of hair, [n, 3]: triangles are large, hence their sides and middles too."""
    for mesh in hair:
        corners = mesh.vertices[mesh.triangles]
        yield np.concatenate(
            [mesh.vertices, corners.mean(1), (corners + np.roll(corners, 1, 1)).reshape(-1, 3) / 2]
        )


def hangs_free(earring: np.ndarray, hair: Sequence[AssetMesh]) -> bool:
    """Whether an earring [n, 3] hangs clear of the hair: neither half sunk in it nor hidden behind it."""
    low, high = earring.min(0) - _NEAR, earring.max(0) + _NEAR
    for places in _places(hair):
        # In front of it, however far; hair behind an earring is a backdrop.
        within = ((places > low) & (places < high) | [False, False, True]).all(1) & (places[:, 2] > low[2])
        if within.sum() >= _IN_THE_WAY:
            return False
    return True
