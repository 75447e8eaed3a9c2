"""Meshes drawn into a picture that holds a head already, hidden by what is nearer."""

from __future__ import annotations

import numpy as np
import torch

from gen_avatar.character.raster import interpolate, rasterize, vertex_normals
from gen_avatar.geometry import euler_to_matrix
from training.photos.growth import unit
from training.photos.light import Lights, shade
from training.photos.meshes import Piece
from training.photos.strands import Canvas, View

#: What hangs on the shoulders turns about this point of the neck, cm.
_NECK = np.array([0.0, -7.5, -1.5])


def draw_pieces(
    canvas: Canvas, pieces: list[Piece], view: View, rotation: np.ndarray, lights: Lights
) -> None:
    """Draw opaque pieces, one at least, onto ``canvas``, in place; ``rotation``: [3] degrees, of the head."""
    starts = np.cumsum([0, *(len(piece.vertices) for piece in pieces)])
    vertices = np.concatenate([_turned(piece, view, rotation) for piece in pieces]).astype(np.float32)
    triangles = np.concatenate(
        [piece.triangles + start for piece, start in zip(pieces, starts[:-1], strict=True)]
    ).astype(np.int32)
    label = np.repeat([p.label for p in pieces], [len(p.triangles) for p in pieces])
    gloss = np.concatenate([np.full(len(p.vertices), p.gloss) for p in pieces])
    color = np.concatenate([p.color for p in pieces])
    near = 1 / (1 - view.perspective * vertices[:, 2])
    screen = vertices[:, :2] * [view.scale, -view.scale] * near[:, None] + view.translation
    points = np.column_stack([screen, near]).astype(np.float32)
    height, width = canvas.nearness.shape
    raster = rasterize(points, triangles, height, width)
    normals = vertex_normals(vertices, triangles)
    attributes = np.column_stack([normals, color, gloss, vertices[:, 2]]).astype(np.float32)
    fields = interpolate(raster, points, triangles, attributes)
    normal = unit(fields[..., :3])
    normal = normal * np.where(normal[..., 2:] < 0, -1, 1)  # cloth has two sides
    drawn = raster.triangle >= 0
    depth = np.where(drawn, 1 / max(view.perspective, 1e-4) - fields[..., 7], np.inf).astype(np.float32)
    rgb = shade(fields[..., 3:6], fields[..., 6], normal, depth, lights)
    front = raster.nearness > canvas.nearness
    canvas.color[front] = rgb[front]
    canvas.nearness[front] = raster.nearness[front]
    canvas.label[front] = label[raster.triangle[front]]


def draw_lens(canvas: Canvas, piece: Piece, view: View, lights: Lights, rng: np.random.Generator) -> None:
    """Lay a lens over what is behind it, in place: its tint, and what it mirrors."""
    points = view.points(piece.vertices)
    height, width = canvas.nearness.shape
    raster = rasterize(points, piece.triangles, height, width)
    seen = raster.nearness > canvas.nearness
    if not seen.any():
        return
    color = interpolate(raster, points, piece.triangles, piece.color)[seen]
    glow = (lights.sky + lights.ground).mean() * lights.exposure
    clear = np.float32(piece.clear)
    rows, columns = np.nonzero(seen)
    mirrored = _mirrored(rows, columns, rng)[:, None].astype(np.float32) * glow
    canvas.color[seen] = clear * canvas.color[seen] + (1 - clear) * color * glow + mirrored
    if piece.label:
        canvas.label[seen] = piece.label
        canvas.nearness[seen] = raster.nearness[seen]


def _mirrored(rows: np.ndarray, columns: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """[N] brightness of a window, the sky or a lamp in the glass at pixels [N]; often nothing."""
    x, y = (columns - columns.mean()) / 40, (rows - rows.mean()) / 40
    kind = rng.choice(["none", "window", "veil", "lamp"], p=[0.5, 0.15, 0.2, 0.15])
    if kind == "window":
        cx, cy = rng.normal(0, 0.5, 2)
        pane = (np.abs(x - cx + 0.3 * y) < 0.35) & (np.abs(y - cy) < 0.5) & (np.abs(x - cx) > 0.03)
        return pane * rng.uniform(0.2, 0.9)
    if kind == "veil":
        ramp = 0.5 - rng.choice([-1, 1]) * y + rng.normal(0, 0.3) * x
        return np.clip(ramp, 0, 1) * rng.uniform(0.05, 0.4)
    if kind == "lamp":
        away = (x - rng.normal(0, 0.4)) ** 2 + (y - rng.normal(-0.2, 0.3)) ** 2
        return np.exp(-away / 0.01) * 1.5
    return np.zeros(len(rows), np.float32)


def _turned(piece: Piece, view: View, rotation: np.ndarray) -> np.ndarray:
    """[V, 3] camera space about the view's pivot; what hangs on the shoulders follows the head less."""
    if piece.turns == 1:
        return (piece.vertices - view.pivot) @ view.turn.T
    own = euler_to_matrix(torch.from_numpy(rotation * np.float32(piece.turns))).numpy()
    full = euler_to_matrix(torch.from_numpy(rotation)).numpy()
    level = view.turn @ full.T
    return (piece.vertices - _NECK) @ (level @ own).T + (_NECK - view.pivot) @ view.turn.T
