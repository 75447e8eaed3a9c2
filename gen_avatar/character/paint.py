"""What is painted on the skin: lips, blush, creases, nostrils.

Paint lives in a map over the rest position (x, y) of the front of the head, so it
sticks to the skin under every identity and expression. Edges that must be sharp
are stored as signed distances and cut per pixel.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from gen_avatar.character.nosepaint import nose_paint
from gen_avatar.character.surface import resample, smoothstep

#: Channels of the paint map: signed distance from the outline of the lips (inside positive, cm), the line
#: where the lips meet and other dark lines, blush, the shadow of creases and nostrils, a soft shade
#: (below 0 and on the lips: light), make-up on the lids, and lines and spots as dark as lashes.
PAINT_CHANNELS = ("lips", "seam", "blush", "crease", "shade", "makeup", "ink")
#: Corner (x, y) of the map, cm, its extent and its resolution.
PAINT_ORIGIN = (-9.0, -9.0)
PAINT_EXTENT = (18.0, 18.0)
PAINT_SCALE = 24.0
#: Lips end a little before their corners, which are this round, cm.
_NARROWER, _ROUND = 0.94, 0.07
#: How often the outline of a lip is smoothed: corners of the landmarks go, the bow stays.
_SMOOTHINGS = 30
#: Paint of the lips reaches this far beyond their outline, cm.
_LIP_RIM = 0.05
#: The tuck at each corner of a mouth: how far beyond it and above it, its radii, cm, how much it bends around
#: the corner, and how deep it is.
_TUCK, _TUCK_SIZE, _TUCK_BEND, _TUCK_DEEP = (0.10, 0.08), (0.10, 0.28), 0.55, 0.42
#: The front is where paint applies: rest depths over which it fades in, cm.
FRONT = (2.0, 5.0)
#: Levels of a detail map: nothing is painted, only soft paint, edges.
BARE, SOFT, EDGED = range(3)
#: Paint that changes by no more than this within ``_WINDOW`` texels is soft; below the other nothing is seen.
_SOFT_STEP, _UNSEEN, _WINDOW = 0.12, 0.004, 5


def paint_map(landmarks: np.ndarray) -> np.ndarray:
    """[H, W, 7] float32 paint over the rest face.

    Args:
        landmarks: [68, 3] iBUG landmarks of the rest mean.
    """
    width, height = (int(e * PAINT_SCALE) for e in PAINT_EXTENT)
    x, y = np.meshgrid(
        PAINT_ORIGIN[0] + np.arange(width) / PAINT_SCALE, PAINT_ORIGIN[1] + np.arange(height) / PAINT_SCALE
    )
    at = np.stack([x, y], -1)
    out = np.zeros((height, width, len(PAINT_CHANNELS)), np.float32)
    outline, seam = lip_outline(landmarks)
    # Only the surroundings of the mouth are worth measuring.
    middle = landmarks[48:60].mean(0)
    near = (np.abs(x[0] - middle[0]) < 4.0, np.abs(y[:, 0] - middle[1]) < 2.5)
    box = np.ix_(near[1], near[0])
    out[..., 0] = -1.0
    # Measured from a narrower outline, the corners come out round.
    out[..., 0][box] = _signed_distance(at[box], outline * [_NARROWER, 1.0]) + _ROUND
    distance, along = polyline_distance(at[box], seam)
    ends = smoothstep(0.03, 0.22, np.minimum(along, 1 - along))
    out[..., 1][box] = (1 - smoothstep(0.2, 1.0, distance / (0.02 + 0.07 * ends))) * ends
    out[..., 2] = _blush(np.abs(x), y, landmarks)
    nose, out[..., 3] = nose_paint(x, y, landmarks)
    # The upper lip lies in its own shade.
    above = y - np.interp(x[0], seam[:, 0], seam[:, 1])
    lips = smoothstep(-0.02, 0.04, out[..., 0])
    out[..., 3] = np.maximum(out[..., 3], 0.17 * lips * smoothstep(-0.05, 0.08, above))
    corner = np.abs(seam[[0, -1]]).mean(0) * [1, np.sign(seam[0, 1])]
    dx, dy = np.abs(x) - corner[0] - _TUCK[0], y - corner[1] - _TUCK[1]
    tuck = np.exp(-(((dx + _TUCK_BEND * dy**2) / _TUCK_SIZE[0]) ** 2) - (dy / _TUCK_SIZE[1]) ** 2)
    out[..., 3] = np.maximum(out[..., 3], _TUCK_DEEP * tuck)
    lip = landmarks[57]
    below = np.exp(-((x / 1.5) ** 2) - ((y - (lip[1] - 0.35)) / 0.35) ** 2)
    out[..., 4] = np.where(0.48 * below > np.abs(nose), 0.48 * below, nose)
    shine = np.exp(-((x / 1.05) ** 4) - ((above + 0.40) / 0.20) ** 2)
    out[..., 4] = np.where(out[..., 0] > 0, shine, out[..., 4])
    return out


def without_lips(paint: np.ndarray) -> np.ndarray:
    """A copy of a ``paint`` map [H, W, C] on which lips are skin."""
    out = paint.copy()
    lips = paint[..., 0] > -_LIP_RIM
    rows, columns = (np.flatnonzero(lips.any(axis)) for axis in (1, 0))
    box = (slice(rows[0] - 1, rows[-1] + 2), slice(columns[0] - 1, columns[-1] + 2))
    # What is painted around the lips goes on over them.
    row, column = ndimage.distance_transform_edt(lips[box], return_distances=False, return_indices=True)
    out[box] = paint[box][row, column]
    out[..., PAINT_CHANNELS.index("lips")] = -1
    out[..., PAINT_CHANNELS.index("seam")] = 0
    return out


def detail_map(paint: np.ndarray) -> np.ndarray:
    """[H, W] uint8 how closely a ``paint`` map [H, W, C] must be looked at around each texel."""
    size = (_WINDOW, _WINDOW, 1)
    most, least = ndimage.maximum_filter(paint, size), ndimage.minimum_filter(paint, size)
    seen = (most[..., 1:].max(-1) > _UNSEEN) | (least[..., 1:].min(-1) < -_UNSEEN) | (most[..., 0] > 0)
    # The outline of the lips is cut where its distance changes sign.
    edged = ((most - least)[..., 1:].max(-1) > _SOFT_STEP) | ((most[..., 0] > 0) & (least[..., 0] <= 0))
    return np.where(edged, EDGED, np.where(seen, SOFT, BARE)).astype(np.uint8)


def lip_outline(landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A clean closed outline [n, 2] of the lips and the line [m, 2] where they meet, rest x, y."""
    meet = (landmarks[61:64] + landmarks[[67, 66, 65]]) / 2
    seam = bezier(_mirrored(np.concatenate([landmarks[48:49], meet, landmarks[54:55]])[:, :2]), 40)
    upper = bezier(_mirrored(landmarks[48:55, :2]), 48)
    lower = bezier(_mirrored(landmarks[[48, 59, 58, 57, 56, 55, 54], :2]), 48)
    middle_upper = np.interp(upper[:, 0], seam[:, 0], seam[:, 1])
    middle_lower = np.interp(lower[:, 0], seam[:, 0], seam[:, 1])
    upper[:, 1] = middle_upper + 0.66 * (upper[:, 1] - middle_upper)
    lower[:, 1] = middle_lower + 0.74 * (lower[:, 1] - middle_lower)
    for edge in (upper, lower):
        for _ in range(_SMOOTHINGS):
            edge[1:-1] = (edge[:-2] + 2 * edge[1:-1] + edge[2:]) / 4
    return np.concatenate([upper, lower[-2:0:-1]]), seam


def _mirrored(curve: np.ndarray) -> np.ndarray:
    """A curve from right to left made symmetric about x = 0."""
    return (curve + curve[::-1] * [-1, 1]) / 2


def bezier(control: np.ndarray, count: int) -> np.ndarray:
    """[count, 2] smooth curve through control points (Catmull–Rom, centripetal enough for even points)."""
    padded = np.concatenate([2 * control[:1] - control[1:2], control, 2 * control[-1:] - control[-2:-1]])
    t = np.linspace(0, len(control) - 1 - 1e-6, count * 4)
    i, f = t.astype(int), (t % 1)[:, None]
    a, b, c, d = (padded[i + k] for k in range(4))
    curve = 0.5 * (2 * b + (c - a) * f + (2 * a - 5 * b + 4 * c - d) * f**2 + (3 * b - a - 3 * c + d) * f**3)
    return resample(np.concatenate([curve, control[-1:]]), count)


def polyline_distance(at: np.ndarray, line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distance [H, W] from a polyline [n, 2] and the share of its length at the nearest point."""
    best = np.full(at.shape[:2], np.inf)
    along = np.zeros(at.shape[:2])
    for k, (a, b) in enumerate(zip(line[:-1], line[1:], strict=True)):
        step = b - a
        t = np.clip(((at - a) @ step) / max(float(step @ step), 1e-12), 0, 1)
        distance = np.linalg.norm(at - a - t[..., None] * step, axis=-1)
        nearer = distance < best
        best[nearer] = distance[nearer]
        along[nearer] = ((k + t) / (len(line) - 1))[nearer]
    return best, along


def _signed_distance(at: np.ndarray, polygon: np.ndarray) -> np.ndarray:
    """[H, W] distance from a closed polygon [n, 2], positive inside."""
    distance, _ = polyline_distance(at, np.concatenate([polygon, polygon[:1]]))
    inside = np.zeros(at.shape[:2], bool)
    for a, b in zip(polygon, np.roll(polygon, -1, 0), strict=True):
        crosses = (a[1] > at[..., 1]) != (b[1] > at[..., 1])
        slope = (b[0] - a[0]) / (b[1] - a[1] if b[1] != a[1] else 1e-12)
        inside ^= crosses & (at[..., 0] < a[0] + (at[..., 1] - a[1]) * slope)
    return np.where(inside, distance, -distance)


def _blush(x: np.ndarray, y: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    tip = landmarks[30]
    cheek = np.exp(-(((x - 4.3) / 1.5) ** 2) - ((y + 0.75) / 1.5) ** 2)
    nose = np.exp(-((x / 1.2) ** 2) - ((y - tip[1] + 0.1) / 0.9) ** 2)
    ear = smoothstep(7.3, 8.3, x) * np.exp(-(((y - 2.0) / 3.0) ** 2))
    return np.clip(0.56 * cheek + 0.06 * nose + 0.22 * ear, 0, 1)
