"""Geometry buffers: everything that a painter, by hand or by network, must know of a posed character."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from gen_avatar.character.bands import fill_buffers, fill_shadow, lay_out, sort_into_bands, tallest
from gen_avatar.character.camera import DEPTH_RANGE, DISTANCE, light_matrix, shadow_map
from gen_avatar.character.mesh import PART_INDEX, PARTS
from gen_avatar.character.pixels import shade_pixels
from gen_avatar.character.raster import Raster, nearness_map, rasterize
from gen_avatar.character.scan import LANES
from gen_avatar.character.threads import count, share

#: The channels of :func:`render_buffers`, in order.
BUFFER_CHANNELS: tuple[str, ...] = (
    *PARTS,
    "albedo_r", "albedo_g", "albedo_b",
    "normal_x", "normal_y", "normal_z",
    "depth", "alpha", "catchlight", "key_light", "tangent_x", "tangent_y",
)  # fmt: skip
#: Head poses that the character is made for, degrees to either side.
POSE_RANGE = {"yaw": 40.0, "pitch": 25.0, "roll": 25.0}

#: Parts that cast no shadow of the key light. Ornaments may float before the face.
_NO_SHADOW = ("lash", "brow", "lens", "mouth", "teeth", "tongue", "ornament")
_CASTS = np.array([name not in _NO_SHADOW for name in PARTS])
#: Side of the shadow map behind :func:`render_buffers`.
_SHADOW_SIZE = 384


@dataclass(frozen=True)
class GBuffer:
    """What is seen at each pixel of a picture of side S, not averaged; 0 where nothing is seen.

    Attributes:
        part: [S, S] int8 index into ``PARTS`` after paint (lips, iris), -1 where nothing is seen.
        albedo: [S, S, 3] sRGB in [0, 1].
        normal: [S, S, 3] unit, camera frame.
        depth: [S, S] nearness in [0, 1].
        visibility: [S, S] of the key light, 1 where it falls.
        tangent: [S, S, 3] unit direction of strands, camera frame, or 0.
        local: [S, S, 3] rest position on skin (cm), direction in the iris's frame on eyes,
            strand coordinates elsewhere.
        catchlight: [S, S] in [0, 1].
        lid_shade: [S, S] shadow of the upper lid on the eye, in [0, 1].
        lens: [S, S] 1 where a lens lies in front; the other buffers show what is behind it.
        position: [S, S, 3] camera frame, cm.
    """

    part: np.ndarray
    albedo: np.ndarray
    normal: np.ndarray
    depth: np.ndarray
    visibility: np.ndarray
    tangent: np.ndarray
    local: np.ndarray
    catchlight: np.ndarray
    lid_shade: np.ndarray
    lens: np.ndarray
    position: np.ndarray


def render_gbuffer(posed, size: int) -> GBuffer:  # type: ignore[no-untyped-def]
    """Rasterise a ``PosedMesh`` at ``size`` pixels square."""
    points, raster = solid_raster(posed, size)
    triangles = posed.triangles
    is_lens = posed.part == PART_INDEX["lens"]
    lens = np.zeros((size, size), np.float32)
    if is_lens.any():
        lens[nearness_map(points, triangles[is_lens], size, size) > raster.nearness] = 1
        lens[raster.triangle < 0] = 0
    shadow = shadow_map(posed.points, triangles[_CASTS[posed.part]])
    part = np.full((size, size), -1, np.int8)
    # Each field lies by itself in memory: a painter reads few of them at a time.
    normal, position, albedo, tangent, local = (np.zeros((size, size, 3), np.float32) for _ in range(5))
    scalars = np.zeros((4, size, size), np.float32)
    shade_pixels(
        raster.triangle, raster.barycentric, points[:, 2].copy(), triangles, _attributes(posed), posed.part,
        posed.surface, posed.paint, posed.colors.paint, posed.catch, np.array(posed.iris, np.float32),
        shadow.height, tallest(shadow.height), shadow.matrix, np.array(DEPTH_RANGE, np.float32),
        part, normal, position, albedo, tangent, local, scalars,
    )  # fmt: skip
    light, catchlight, lid_shade, depth = scalars
    return GBuffer(
        part, albedo, normal, depth, light, tangent, local, catchlight, lid_shade, lens, position
    )  # fmt: skip


def solid_raster(posed, size: int) -> tuple[np.ndarray, Raster]:  # type: ignore[no-untyped-def]
    """What of a ``PosedMesh`` is in front at each pixel of a square of side ``size``; lenses are see-through.

    Returns:
        [N, 3] float32 vertices on the screen, as the rasteriser takes them, lifted; and what is seen, by
        indices into ``posed.triangles``.
    """
    points = _on_screen(posed, size)
    solid = np.flatnonzero(posed.part != PART_INDEX["lens"]).astype(np.int32)
    return points, rasterize(points, posed.triangles, size, size, solid)


def render_buffers(posed, size: int = 256, threads: int | None = None) -> np.ndarray:  # type: ignore[no-untyped-def]
    """The buffers that the generator is fed.

    Seen at 2 by 2 samples a pixel and averaged, so that coverages are antialiased and everything else is
    premultiplied by coverage. The coverages of all parts but ``lens``, which is see-through, sum to alpha.
    Close to ``average_gbuffer(render_gbuffer(posed, 2 * size), 2)`` but faster; the result does not
    depend on ``threads``, by default all that the process may use.

    Returns:
        [C, size, size] float32 in the order of ``BUFFER_CHANNELS``; channels lie last in memory.
    """
    threads = threads or count()
    triangles, closed, side = posed.triangles, posed.closed, _SHADOW_SIZE
    matrix, numbers = light_matrix(side), len(posed.points)
    points, light = np.empty((numbers, 3), np.float32), np.empty((numbers, 3), np.float32)
    attributes = np.empty((numbers, 16), np.float32)
    lay_out(
        posed.points, posed.normals, posed.color, posed.tangent, posed.local, posed.shade, posed.lift,
        np.float32(2 * size), np.float32(posed.camera.focal), np.float32(posed.camera.center),
        np.float32(DISTANCE), matrix, points, light, attributes,
    )  # fmt: skip
    is_lens = posed.part == PART_INDEX["lens"]
    sorts = (
        (points, ~is_lens, 2 * size), (light, _CASTS[posed.part], side), (points, is_lens, 2 * size)
    )  # fmt: skip
    lists: list[tuple[np.ndarray, np.ndarray]] = [()] * len(sorts)  # type: ignore[list-item]

    def sort(index: int, step: int) -> None:
        for which in range(index, len(sorts), step):
            at, kept, extent = sorts[which]
            lists[which] = sort_into_bands(at, triangles, kept, closed, extent, extent)

    share(sort, threads)
    solid, in_light, glass = lists
    wide = np.empty((side, side + LANES), np.float32)
    share(lambda i, n: fill_shadow(light, triangles, in_light[0], in_light[1], i, n, wide), threads)
    height = wide[:, :side]
    tall, iris, depths = tallest(height), np.array(posed.iris, np.float32), np.array(DEPTH_RANGE, np.float32)
    out = np.zeros((size, size, len(BUFFER_CHANNELS)), np.float32)
    share(
        lambda i, n: fill_buffers(
            points, triangles, solid[0], solid[1], glass[0], glass[1], attributes, posed.part, posed.surface,
            posed.paint, posed.detail, posed.colors.paint, posed.catch, iris, height, tall, matrix, depths,
            PART_INDEX["lens"], len(PARTS), i, n, out,
        ),
        threads,
    )  # fmt: skip
    return out.transpose(2, 0, 1)


def _on_screen(posed, size: int) -> np.ndarray:  # type: ignore[no-untyped-def]
    """[N, 3] float32 vertices on a picture of side ``size``, lifted."""
    points = posed.camera.project(posed.points, size)
    points[:, 2] = 1 / (1 / points[:, 2] - posed.lift)
    return points


def _attributes(posed) -> np.ndarray:  # type: ignore[no-untyped-def]
    """[N, 16] float32 what is interpolated over triangles."""
    return np.concatenate(
        [posed.normals, posed.points, posed.color, posed.tangent, posed.local, posed.shade[:, None]], 1
    ).astype(np.float32, copy=False)


def average_gbuffer(g: GBuffer, supersample: int) -> np.ndarray:
    """[C, S, S] buffers of :func:`render_buffers` from geometry rendered ``supersample`` times larger."""
    size = len(g.part) // supersample
    out = np.zeros((len(BUFFER_CHANNELS), size, size), np.float32)
    _pack(g.part, g.albedo, g.normal, g.depth, g.visibility, g.tangent, g.catchlight, g.lens,
          PART_INDEX["lens"], len(PARTS), supersample, out)  # fmt: skip
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _pack(part, albedo, normal, depth, visibility, tangent, catchlight, lens, lens_part, parts, factor, out):  # type: ignore[no-untyped-def]
    share = np.float32(1.0 / (factor * factor))
    total = np.zeros(out.shape[0], np.float32)
    for y in range(out.shape[1]):
        for x in range(out.shape[2]):
            seen = False
            for row in range(y * factor, (y + 1) * factor):
                for column in range(x * factor, (x + 1) * factor):
                    p = part[row, column]
                    if p < 0:
                        continue
                    if not seen:
                        total[:] = 0
                        seen = True
                    total[p] += 1
                    total[lens_part] += lens[row, column]
                    for k in range(3):
                        total[parts + k] += albedo[row, column, k]
                        total[parts + 3 + k] += normal[row, column, k]
                    total[parts + 6] += depth[row, column]
                    total[parts + 7] += 1
                    total[parts + 8] += catchlight[row, column]
                    total[parts + 9] += visibility[row, column]
                    total[parts + 10] += tangent[row, column, 0]
                    total[parts + 11] += tangent[row, column, 1]
            if seen:
                for k in range(out.shape[0]):
                    out[k, y, x] = total[k] * share
