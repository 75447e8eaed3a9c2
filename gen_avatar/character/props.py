"""Props: small clean meshes that help an emoji say what it feels, such as tears, hearts and a sleeper's z.

Some sit on the face and move with it, others float at a fixed place of the picture, inside its frame and
clear of the head.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gen_avatar.character.camera import DISTANCE, Camera
from gen_avatar.character.mesh import AssetMesh
from gen_avatar.character.placing import Silhouette, cleared
from gen_avatar.character.surface import (
    bound,
    grid_triangles,
    nearest_binding,
    normalize,
    resample,
    smoothstep,
)

_Shape = tuple[np.ndarray, np.ndarray]

#: Depth at which floating props lie, in front of face and hair, cm; others fly about the head: there, and
#: however near they are, behind all of it.
_FRONT, _ABOUT, _BEHIND = 12.0, -6.0, -30.0
_FLYING = ("hearts", "steam")
_SECTORS = 48
#: Props whose pieces stay together, and those that lie before the head: they leave the mouth.
_TOGETHER, _BEFORE = ("zzz", "thought", "steam"), ("puff", "shout")
#: Prop → (shape, place in the picture (x, y) from the top left, size, both as shares of its side, role).
_FLOATING: dict[str, tuple[tuple[str, float, float, float, str], ...]] = {
    "hearts": (("heart", 0.87, 0.17, 0.085, "prop-red"), ("heart", 0.13, 0.27, 0.060, "prop-red")),
    "zzz": (("z", 0.75, 0.29, 0.052, "prop-ink"), ("z", 0.88, 0.13, 0.090, "prop-ink")),
    "anger-mark": (("anger", 0.80, 0.20, 0.095, "prop-red"),),
    "queasy": (("waves", 0.87, 0.20, 0.085, "prop-green"), ("waves", 0.13, 0.28, 0.060, "prop-green")),
    "steam": (
        ("cloud", 0.12, 0.50, 0.090, "prop-white"), ("cloud", 0.09, 0.35, 0.058, "prop-white"),
        ("cloud", 0.88, 0.50, 0.090, "prop-white"), ("cloud", 0.91, 0.35, 0.058, "prop-white"),
    ),
    "puff": (
        ("cloud", 0.62, 0.80, 0.045, "prop-white"), ("cloud", 0.72, 0.845, 0.070, "prop-white"),
        ("cloud", 0.87, 0.87, 0.095, "prop-white"),
    ),
    "thought": (
        ("cloud", 0.885, 0.105, 0.088, "prop-white"), ("disc", 0.845, 0.215, 0.022, "prop-white"),
        ("disc", 0.815, 0.265, 0.013, "prop-white"),
    ),
    "shout": (("rays-right", 0.13, 0.72, 0.075, "prop-blue"), ("rays-left", 0.87, 0.72, 0.075, "prop-blue")),
}  # fmt: skip


#: Hearts before the eyes: half height, width over height, distance from the eye, towards the temple, all cm,
#: and how far they face outwards, radians.
_HEART, _HEART_WIDTH, _HEART_GAP, _HEART_ASIDE, _HEART_TURN = 2.75, 1.06, 0.75, 0.22, 0.20
#: How much nearer than they are hearts before the eyes count, cm: glasses stay behind them.
_HEART_LIFT = 6.0
#: A heart that is blown: half height, lean, radians, place beside the lips of a face that looks ahead, cm;
#: how far it goes below them where it changes sides, and how much farther out it is where the face is turned.
_KISS, _KISS_LEAN, _KISS_AT, _KISS_DROP, _KISS_OUT = 1.8, -0.22, (3.3, -0.55, 2.0), 2.6, 1.3
#: Sines of the turn between which a blown heart changes sides, and from which it is all the way out.
_KISS_TURNS, _KISS_TURNED = (-0.16, -0.06), 0.34
#: Streams of tears: from below the eye to the jaw, cm; half widths, cm, at places along; and how round.
_STREAM = ((0.25, -1.50), (1.15, -6.6))
_STREAM_WIDE = ((0.0, 0.05, 0.28, 0.60, 0.84, 1.0), (0.58, 0.55, 0.40, 0.50, 0.74, 0.62))
_STREAM_ROUND, _STREAM_ROWS = 0.30, 30
#: Their gloss: from where to where along them, at which share of their half width, and how wide.
_GLOSS = (0.52, 0.86, -0.36, 0.17)
#: Tears of joy: half height, place below the outer corner of the eye, cm, lean, radians, and how far they
#: stand off the cheek in half heights.
_DROP, _DROP_AT, _DROP_TURN, _DROP_GAP = 1.25, (1.60, -1.80), 0.36, 0.12
#: The glint of glasses that are worn to be cool: half height and place from the left eye, cm; and the sines
#: of the turn between which it goes out there and lights up at the right eye, which is nearer then.
_GLINT, _GLINT_AT, _GLINT_TURNS = 1.55, (1.50, 1.35, 2.3), (0.05, 0.17)
#: Shapes whose strokes reach beyond their half height.
_EXTENT = {"anger": 1.2}


def make_props(
    names: Sequence[str],
    neutral: np.ndarray,
    eye_centers: np.ndarray,
    radius: float,
    camera: Camera,
    head: Silhouette,
    lips: np.ndarray,
) -> list[AssetMesh]:
    """Meshes of ``names`` of ``PROPS`` for a person; ``sunglasses`` are glasses and none of these.

    Args:
        neutral: [S, 3] skin, cm; eye_centers: [2, 3] left, right; radius: of the eyeballs, cm.
        camera: of the person, to which floating props keep; head: of the person, hair and hat.
        lips: [3] the middle of the mouth, cm.
    """
    meshes = []
    for name in names:
        depth, lift = (_ABOUT, _BEHIND) if name in _FLYING else (_FRONT, 0.0)
        scale = (DISTANCE - depth) / camera.focal
        for shape, x, y, size, role in _placed(name, head):
            middle = np.array([(x - 0.5) * scale, (camera.center - y) * scale, depth])
            meshes.append(_mesh(_shape(shape), middle, size * scale, role, follow=0.0, lift=lift))
        if name in ("tears", "joy-tears", "heart-eyes"):
            for center, sign in zip(eye_centers, (1.0, -1.0), strict=True):
                meshes += _on_eye(name, neutral, center, sign, radius)
        if name == "blown-heart":
            place = lips + np.array(_KISS_AT)
            heart = _shape("heart")
            meshes.append(_mesh(heart, place, _KISS, "prop-kiss", turn=_KISS_LEAN, lift=_HEART_LIFT))
        if name == "glint":
            place = eye_centers[0] + np.array(_GLINT_AT) + [0, 0, radius]
            meshes.append(_mesh(_shape("star"), place, _GLINT, "prop-glint"))
        if name == "sweat":
            place = _on_skin(neutral, np.array([[-5.4, eye_centers[:, 1].mean() + 4.6]]))[0]
            meshes.append(_mesh(_shape("drop"), place + [0, 0, 1.7], 1.35, "prop-blue"))
    return meshes


def covers_eyes(asset: AssetMesh) -> bool:
    """Whether an ``asset`` lies before the eyes and hides them: dark lenses, hearts on the face."""
    if asset.part == "glasses":
        return asset.color_role == "shade"
    return asset.part == "ornament" and asset.color_role == "prop-red" and asset.follow > 0


def shuts_eyes(asset: AssetMesh) -> bool:
    """Whether the eyes of who has this ``asset`` are shut: it hides them, or says that they sleep."""
    return covers_eyes(asset) or asset.color_role == "prop-ink"


def moved_asset(asset: AssetMesh, moved: np.ndarray, view: np.ndarray) -> np.ndarray:
    """[n, 3] vertices of an ``asset`` before the head turns.

    What is blown goes to where the face looks, a glint to the nearer lens.

    Args:
        moved: [S, 3] how far the skin is from the neutral, cm.
        view: [3] direction of the head frame in which the camera is.
    """
    if asset.bind is not None:
        return asset.vertices + bound(moved, asset.bind)
    turn, (left, right) = np.asarray(-view[0]), _KISS_TURNS
    if asset.color_role == "prop-glint":
        share = np.float32(1 - 2 * smoothstep(*_GLINT_TURNS, turn))
        middle = asset.vertices.mean(0)
        return (asset.vertices - middle) * abs(share) + middle * np.array([np.sign(share), 1, 1], np.float32)
    if asset.color_role != "prop-kiss":
        return asset.vertices
    side = 2 * smoothstep(left, right, turn) - 1
    out = _KISS_OUT * smoothstep(0.0, _KISS_TURNED, np.abs(turn))
    aside = side * (_KISS_AT[0] + out) - _KISS_AT[0]
    return asset.vertices + np.array([aside, -_KISS_DROP * (1 - side**2), 0.0], np.float32)


def _placed(name: str, head: Silhouette) -> list[tuple[str, float, float, float, str]]:
    """The floating pieces of a prop, as in ``_FLOATING``, where ``head`` leaves them room."""
    pieces = _FLOATING.get(name, ())
    if name in _BEFORE or not pieces:
        return list(pieces)
    together = [[p for p in pieces if (p[1] < 0.5) == left] for left in (True, False)]
    groups = [side for side in together if side] if name in _TOGETHER else [[piece] for piece in pieces]
    circles = [
        c
        for group in groups
        for c in cleared([(x, y, _EXTENT.get(s, 1.0) * size) for s, x, y, size, _ in group], head)
    ]
    ordered = [piece for group in groups for piece in group]
    return [
        (p[0], x, y, r / _EXTENT.get(p[0], 1.0), p[4]) for p, (x, y, r) in zip(ordered, circles, strict=True)
    ]


def _on_eye(
    name: str, neutral: np.ndarray, center: np.ndarray, sign: float, radius: float
) -> list[AssetMesh]:
    if name == "heart-eyes":
        outline, triangles = _shape("heart")
        c, s = np.cos(_HEART_TURN), sign * np.sin(_HEART_TURN)
        turned = outline * [_HEART_WIDTH, 1, 1] @ np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])
        middle = center + [sign * _HEART_ASIDE, 0.0, radius + _HEART_GAP]
        return [_asset(turned * _HEART + middle, triangles, "prop-red", lift=_HEART_LIFT)]
    if name == "joy-tears":
        return [_draped_drop(neutral, center[:2] + [sign * _DROP_AT[0], _DROP_AT[1]], sign * _DROP_TURN)]
    first, last, place, wide = _GLOSS
    edge = np.array([place - wide, place + wide])
    return [
        _stream(neutral, center, sign, (0.0, 1.0), np.array([-1.0, 1.0]), "prop-blue"),
        _stream(neutral, center, sign, (first, last), edge, "prop-white"),
    ]


def _stream(
    neutral: np.ndarray, center: np.ndarray, sign: float, part: Sequence[float], edge: np.ndarray, role: str
) -> AssetMesh:
    """A ``part`` of a stream of tears between two ``edge`` shares of its half width, both with round ends.

    It starts at the lower lid, hugs the cheek and moves with it; gloss on it lies a little higher.
    """
    along = np.linspace(0, 1, _STREAM_ROWS)
    path = np.outer(1 - along, _STREAM[0]) + np.outer(along, _STREAM[1])
    ground = _on_skin(neutral, center[:2] + path * [sign, 1])
    # The cheek is rounder than its vertices.
    height = np.polynomial.Polynomial.fit(along, ground[:, 2], 5)
    t = np.linspace(part[0], part[1], _STREAM_ROWS)
    x, y = (np.interp(t, along, ground[:, k])[:, None] for k in (0, 1))
    half = np.interp(t, *_STREAM_WIDE)[:, None]
    cap = np.linspace(-1, 1, _STREAM_ROWS)[:, None]
    length = (part[1] - part[0]) * np.linalg.norm(np.subtract(*_STREAM))
    tip = np.clip((1 - np.abs(cap)) * length / 2 / (half * np.ptp(edge) / 2), 0, 1)
    across = edge.mean() + np.linspace(-1, 1, 9) * np.ptp(edge) / 2 * np.sqrt(tip * (2 - tip))
    dome = _STREAM_ROUND * (np.sqrt(np.clip(1 - across**2, 0, 1)) * np.sqrt(tip) - 0.25)
    gloss = 0.0 if role == "prop-blue" else 0.08
    points = np.stack(np.broadcast_arrays(x + across * half, y, height(t)[:, None] + dome + gloss), -1)
    points = points.reshape(-1, 3)
    triangles = _facing(points, grid_triangles(_STREAM_ROWS, 9))
    return _asset(points, triangles, role, bind=nearest_binding(points, neutral))


def _draped_drop(neutral: np.ndarray, middle: np.ndarray, turn: float) -> AssetMesh:
    """A drop about ``middle`` [2] that lies on the cheek, bends with it and moves with it."""
    points, triangles = _shape("drop")
    c, s = np.cos(turn), np.sin(turn)
    flat = middle + _DROP * points[:, :2] @ np.array([[c, s], [-s, c]])
    ground = _on_skin(neutral, flat)
    # The cheek bends away from the drop rather than through it: it lies on the plane that fits best.
    basis = np.column_stack([flat - middle, np.ones(len(flat))])
    plane = basis @ np.linalg.lstsq(basis, ground[:, 2], rcond=None)[0]
    ground[:, 2] = np.maximum(plane, ground[:, 2]) + _DROP * (points[:, 2] + _DROP_GAP)
    return _asset(ground, triangles, "prop-blue", bind=nearest_binding(ground, neutral))


def _shape(name: str) -> _Shape:
    """Vertices within -1..1 about the middle and triangles."""
    angle = np.linspace(0, 2 * np.pi, _SECTORS, endpoint=False)
    if name == "heart":
        x = np.sin(angle) ** 3
        y = (13 * np.cos(angle) - 5 * np.cos(2 * angle) - 2 * np.cos(3 * angle) - np.cos(4 * angle)) / 16
        return _puffed(np.stack([x, y], 1)[::-1])
    if name == "drop":
        return _puffed(np.stack([0.62 * np.cos(angle) * (1 - np.sin(angle)) ** 0.6, np.sin(angle)], 1))
    if name == "star":
        return _puffed(np.stack([0.85 * np.cos(angle) ** 3, np.sin(angle) ** 3], 1))
    if name == "z":
        corners = np.array([[-0.75, 0.9], [0.75, 0.9], [-0.75, -0.9], [0.75, -0.9]])
        return _strokes([corners[k : k + 2] for k in range(3)], 0.20)
    if name == "anger":
        bend = np.array([[0.22, 1.0], [0.24, 0.55], [0.34, 0.34], [0.55, 0.24], [1.0, 0.22]])
        quarter = np.array([[0.0, 1.0], [-1.0, 0.0]])
        return _strokes([bend @ np.linalg.matrix_power(quarter, k) for k in range(4)], 0.15)
    if name == "waves":
        y = np.linspace(-1, 1, 15)
        sway = 0.17 * np.sin(1.25 * np.pi * y)
        return _strokes(
            [np.stack([x + sway, tall * y], 1) for x, tall in ((-0.6, 0.7), (0, 1), (0.6, 0.7))], 0.13
        )
    if name.startswith("rays"):
        # They come from the mouth, the middle one farthest.
        away = 1.0 if name == "rays-left" else -1.0
        ends = zip(np.radians([60.0, 0.0, -60.0]), (1.65, 1.85, 1.65), strict=True)
        rays = [np.outer([0.85, far], [away * np.cos(a), np.sin(a)]) - [away, 0.0] for a, far in ends]
        return _strokes(rays, 0.17)
    bumps = 0.16 * np.abs(np.sin(2.5 * angle)) - 0.16 if name == "cloud" else 0 * angle
    return _puffed(np.stack([np.cos(angle), np.sin(angle)], 1) * (1 + bumps)[:, None])


def _puffed(outline: np.ndarray) -> _Shape:
    """A pillow over a closed counter-clockwise outline [n, 2] that its middle sees all of."""
    share = np.array([1.0, 0.96, 0.85, 0.65, 0.4, 0.0])
    rings = [np.column_stack([outline * s, np.full(len(outline), 0.35 * np.sqrt(1 - s**2))]) for s in share]
    return np.concatenate(rings), _facing(np.concatenate(rings), grid_triangles(6, len(outline), closed=True))


def _strokes(paths: list[np.ndarray], radius: float) -> _Shape:
    """Round strokes of one ``radius`` along flat ``paths``, each [n, 2]."""
    tubes = [_tube(np.pad(resample(path, 14), ((0, 0), (0, 1))), radius) for path in paths]
    start = np.cumsum([0] + [len(points) for points, _ in tubes[:-1]])
    triangles = [corners + first for (_, corners), first in zip(tubes, start, strict=True)]
    return np.concatenate([points for points, _ in tubes]), np.concatenate(triangles)


def _tube(path: np.ndarray, radius: np.ndarray | float, sides: int = 10) -> _Shape:
    """A closed tube about ``path`` [n, 3] that lies roughly across the view."""
    radii = np.broadcast_to(radius, (len(path),))
    forward = normalize(np.gradient(path, axis=0))
    ends = [path[:1] - forward[:1] * radii[0] * 0.6, path[-1:] + forward[-1:] * radii[-1] * 0.6]
    path = np.concatenate([ends[0], path, ends[1]])
    radii = np.concatenate([radii[:1] * 0.05, radii, radii[-1:] * 0.05])
    forward = np.concatenate([forward[:1], forward, forward[-1:]])
    across = normalize(np.cross(forward, [0.0, 0.0, 1.0]))
    up = np.cross(across, forward)
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)[None, :, None]
    circles = np.cos(angle) * across[:, None] + np.sin(angle) * up[:, None]
    rings = path[:, None] + radii[:, None, None] * circles
    points = rings.reshape(-1, 3)
    return points, _facing(points, grid_triangles(len(path), sides, closed=True))


def _facing(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """``triangles`` turned so that the nearest ones are seen from the front."""
    a, b, c = (points[triangles[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)[:, 2]
    height = (a + b + c)[:, 2]
    front = (normal * (height - height.mean())).sum()
    return triangles if front >= 0 else triangles[:, ::-1].copy()


def _on_skin(neutral: np.ndarray, flat: np.ndarray) -> np.ndarray:
    """[n, 3] points of the front of the face at (x, y) ``flat`` [n, 2]."""
    front = neutral[neutral[:, 2] > 3.0]
    away = np.linalg.norm(front[None, :, :2] - flat[:, None], axis=2)
    near = np.argsort(away, axis=1)[:, :6]
    return np.column_stack([flat, front[near, 2].max(1)])


def _mesh(
    shape: _Shape,
    middle: np.ndarray,
    size: float,
    role: str,
    follow: float = 1.0,
    turn: float = 0.0,
    lift: float = 0.0,
) -> AssetMesh:
    """``shape`` at ``middle``, of half height ``size`` cm, turned counter-clockwise by ``turn`` radians."""
    c, s = np.cos(turn), np.sin(turn)
    points = shape[0] @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1.0]])
    return _asset(points * size + middle, shape[1], role, follow=follow, lift=lift)


def _asset(
    points: np.ndarray,
    triangles: np.ndarray,
    role: str,
    follow: float = 1.0,
    bind: tuple[np.ndarray, np.ndarray] | None = None,
    lift: float = 0.0,
) -> AssetMesh:
    still = np.zeros((len(points), 3), np.float32)
    corners = triangles.astype(np.int32)
    return AssetMesh(points.astype(np.float32), corners, "ornament", still, still, role, bind, follow, lift)
