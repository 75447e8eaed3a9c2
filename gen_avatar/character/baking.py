"""A character's paint as textures: the skin over its UVs, the front of an eye over a disc.

The colours are those that the rasteriser finds for each pixel: the same kernel runs once for each texel.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy import ndimage

from gen_avatar.character.eyes import ball_grid
from gen_avatar.character.mesh import EYE_LEFT, PART_INDEX, SKIN, CharacterMesh, PosedMesh
from gen_avatar.character.paint import EDGED
from gen_avatar.character.pixels import detail_at, painted
from gen_avatar.character.raster import rasterize

_SKIN_PART, _EYE_PART = PART_INDEX["skin"], PART_INDEX["eye"]
#: Sides of the textures, texels.
SKIN_TEXTURE, EYE_TEXTURE = 2048, 512
#: Samples across a texel where there are edges.
_SAMPLES = 3
#: Skin is continued this far beyond the edges of its UVs, texels: filters never see what lies outside.
_PADDING = 24
#: Radius of an eyeball's front in its texture, in half sides: the rest is padding.
_DISC = 0.96
#: Angle from the line of sight at which the front of a ball ends, radians; of :func:`ball_grid`.
_BALL_EDGE = float(np.arccos(ball_grid()[0][:, 2].min()))


def bake_skin(
    mesh: CharacterMesh, uv: np.ndarray, uv_triangles: np.ndarray, size: int = SKIN_TEXTURE
) -> np.ndarray:
    """The base colour of a person's skin: tone, lips, blush, creases, freckles, make-up, what is shaven.

    Args:
        mesh: the person.
        uv: [U, 2] in [0, 1], v up, as of the head model.
        uv_triangles: [T, 3] rows of ``uv`` for the triangles of the first block of ``mesh``.
        size: side of the texture, texels.

    Returns:
        [size, size, 3] uint8 sRGB, the first row at v = 1; the skin's tone where no triangle lies.
    """
    triangles = mesh.blocks[0].triangles.astype(np.int32)
    corners = np.stack([uv[:, 0], 1 - uv[:, 1], np.ones(len(uv))], 1).astype(np.float32)
    corners[:, :2] *= size
    uv_triangles = uv_triangles.astype(np.int32)
    seen = rasterize(corners, uv_triangles, size, size)
    tone = mesh.colors.paint[0]
    out = np.empty((size, size, 3), np.float32)
    out[:] = tone
    _bake_skin(seen.triangle, corners, uv_triangles, triangles, mesh.color, mesh.local, mesh.paint,
               mesh.detail, mesh.colors.paint, out)  # fmt: skip
    away, (row, column) = ndimage.distance_transform_edt(seen.triangle < 0, return_indices=True)
    return _bytes(np.where((away <= _PADDING)[..., None], out[row, column], tone))


def bake_eye(posed: PosedMesh, size: int = EYE_TEXTURE) -> tuple[np.ndarray, np.ndarray]:
    """White, iris, pupil and catch-lights of an eye, as :func:`eye_uv` lays them out.

    Args:
        posed: the person, looking straight ahead.
        size: side of the textures, texels.

    Returns:
        [size, size, 3] uint8 sRGB base colour; and [size, size] uint8 how much of each texel is catch-light.
    """
    fine = _SAMPLES * size
    across = ((np.arange(fine) + 0.5) / fine * 2 - 1) / _DISC
    x, y = np.meshgrid(across, -across)
    radius = np.minimum(np.hypot(x, y), 1.0)
    angle, polar = np.arctan2(y, x), radius * _BALL_EDGE
    directions = np.stack([np.sin(polar) * np.cos(angle), np.sin(polar) * np.sin(angle), np.cos(polar)], -1)
    out = np.zeros((fine, fine, 4), np.float32)
    _bake_eye(directions.astype(np.float32), posed.paint, posed.colors.paint, posed.catch,
              np.array(posed.iris, np.float32), out)  # fmt: skip
    out = out.reshape(size, _SAMPLES, size, _SAMPLES, 4).mean((1, 3))
    light = out[..., 3:]
    return _bytes(out[..., :3] + light * (1 - out[..., :3])), _bytes(light[..., 0])


def eye_uv(directions: np.ndarray) -> np.ndarray:
    """[n, 2] places in the eye's texture, v down, of unit ``directions`` [n, 3] in the frame of the iris.

    Distances from the middle are angles from the line of sight, so nothing is cut or squeezed.
    """
    side = np.hypot(directions[:, 0], directions[:, 1])
    polar = np.arctan2(side, directions[:, 2]) / _BALL_EDGE * _DISC / 2
    around = directions[:, :2] / np.maximum(side, 1e-9)[:, None]
    return (0.5 + around * polar[:, None] * [1, -1]).astype(np.float32)


def _bytes(values: np.ndarray) -> np.ndarray:
    return np.round(values.clip(0, 1) * 255).astype(np.uint8)


@njit(cache=True, nogil=True, error_model="numpy")
def _bake_skin(
    seen, corners, uv_triangles, triangles, color, local, paint, detail, tones, out
):  # type: ignore[no-untyped-def]  # fmt: skip
    sample, field = np.zeros(paint.shape[2], np.float32), np.zeros(19, np.float32)
    nowhere, iris = np.zeros((2, 2, 4), np.float32), np.zeros(2, np.float32)
    for row in range(out.shape[0]):
        for column in range(out.shape[1]):
            t = seen[row, column]
            if t < 0:
                continue
            a, b, c = uv_triangles[t, 0], uv_triangles[t, 1], uv_triangles[t, 2]
            x1, y1 = corners[b, 0] - corners[a, 0], corners[b, 1] - corners[a, 1]
            x2, y2 = corners[c, 0] - corners[a, 0], corners[c, 1] - corners[a, 1]
            area = x1 * y2 - x2 * y1
            count, total = 1, np.zeros(3, np.float32)
            tried = 0
            while tried < count * count:
                x = column + (tried % count + 0.5) / count - corners[a, 0]
                y = row + (tried // count + 0.5) / count - corners[a, 1]
                u, v = (x * y2 - x2 * y) / area, (x1 * y - x * y1) / area
                _at_corners(color, triangles[t], u, v, field, 6)
                _at_corners(local, triangles[t], u, v, field, 12)
                if tried == 0 and count == 1 and detail_at(field, detail) == EDGED:
                    count = _SAMPLES  # start again, with more samples
                    continue
                painted(field, _SKIN_PART, SKIN, paint, tones, nowhere, iris, sample)
                for k in range(3):
                    total[k] += field[6 + k]
                tried += 1
            for k in range(3):
                out[row, column, k] = total[k] / (count * count)


@njit(cache=True, nogil=True, error_model="numpy")
def _at_corners(values, corners, u, v, field, start):  # type: ignore[no-untyped-def]
    for k in range(3):
        field[start + k] = (
            (1 - u - v) * values[corners[0], k] + u * values[corners[1], k] + v * values[corners[2], k]
        )


@njit(cache=True, nogil=True, error_model="numpy")
def _bake_eye(directions, paint, tones, catch, iris, out):  # type: ignore[no-untyped-def]
    sample, field = np.zeros(paint.shape[2], np.float32), np.zeros(19, np.float32)
    for row in range(out.shape[0]):
        for column in range(out.shape[1]):
            for k in range(3):
                field[12 + k] = directions[row, column, k]
            field[17] = 0
            painted(field, _EYE_PART, EYE_LEFT, paint, tones, catch, iris, sample)
            for k in range(3):
                out[row, column, k] = field[6 + k]
            out[row, column, 3] = field[16]
