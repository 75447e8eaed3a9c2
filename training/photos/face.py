"""Photo-like faces without hair: GenHead with painted skin, eyes and mouth, and the label of each pixel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np
import torch
from numba import njit

from gen_avatar.character.raster import Raster, interpolate, rasterize, vertex_normals
from gen_avatar.geometry import euler_to_matrix, project
from gen_avatar.head.model import MorphableHead
from training.photos.canvas import ORIGIN, SIZE, TEXELS, FaceTexture
from training.photos.flesh import PERIODS, noise_at, paint_eye, paint_mouth, step
from training.photos.labels import LABEL
from training.photos.light import Lights, shade, to_linear
from training.photos.look import FaceLook
from training.photos.paint import paint_face
from training.photos.shadow import lamp_sight, open_sky

#: How far from the skin shadows are looked up, cm, lest it shade itself.
_RAISE = 0.15


class FaceArtist:
    """Paints looks on one head model.

    Attributes:
        head: the model.
        occlusion: [V] share of the surroundings that a vertex sees; 1 for eyes.
        pivot: [3] cm, the point of the head that ``translation`` places.
    """

    def __init__(self, head: MorphableHead) -> None:
        self.head = head
        self.names = list(head.parts)
        self.triangles = head.triangles.numpy().astype(np.int32)
        self.rest = head.mean.numpy().astype(np.float32)
        self.owner = np.full(len(self.rest), -1, np.int8)
        for index, name in enumerate(self.names):
            self.owner[slice(*head.parts[name])] = index
        self.anchors = head.landmark_basis("ibug68")[0].numpy()
        self.pivot = self.anchors[17:].mean(0)
        self.occlusion = self._occlusion()
        self._texture = lru_cache(maxsize=16)(lambda look: paint_face(self.anchors, look))

    def _occlusion(self) -> np.ndarray:
        share = open_sky(self.rest, self.triangles)
        inner = self.owner != self.names.index("skin")
        # The mean head's mouth is closed; how deep a tooth lies tells how dark it is behind open lips.
        share[inner] = 0.3 + 0.7 * step(self.rest[inner, 2], 5.0, 10.0)
        for name in ("eye_left", "eye_right"):
            share[slice(*self.head.parts[name])] = 1
        return share

    def albedo(
        self, rest: np.ndarray, owner: np.ndarray, look: FaceLook,
        hairline: Callable[[np.ndarray], np.ndarray] | None = None,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
        """Reflectance of each pixel; the same for the same arguments.

        Args:
            rest: [H, W, 3] cm, the place on the mean head that is seen; owner: [H, W] its part or -1.
            hairline: share [N] of shaven hair at places [N, 3], by default of a plain haircut.

        Returns:
            Linear albedo [H, W, 3], gloss [H, W] and labels [H, W] uint8, indices of ``REGIONS``.
        """
        inside = owner >= 0
        texture = self._texture(replace(look, scalp_stubble=0.0))
        color = np.zeros((*owner.shape, 3), np.float32)
        gloss = np.zeros(owner.shape, np.float32)
        labels = np.zeros(owner.shape, np.uint8)
        skin = owner == self.names.index("skin")
        places = rest[skin]
        color[skin], gloss[skin], labels[skin] = self._skin(places, look, texture, hairline)
        for index, name in enumerate(self.names):
            part = inside & (owner == index)
            if name == "skin" or not part.any():
                continue
            if name.startswith("eye_"):
                color[part] = paint_eye(
                    rest[part], self.head.eye_centers[int(name == "eye_right")].numpy(), look
                )
                gloss[part] = 1.0
                labels[part] = LABEL["eye"]
            else:
                color[part] = paint_mouth(rest[part], name, look)
                gloss[part] = 0.45
                labels[part] = LABEL["mouth"]
        self._lid_shadow(color, rest, owner)
        return color, gloss, labels

    def bump(self, rest: np.ndarray, owner: np.ndarray, look: FaceLook) -> np.ndarray:
        """[H, W] float32 height of pores, folds and hairs, cm; arguments as for :meth:`albedo`."""
        height = np.zeros(owner.shape, np.float32)
        skin = owner == self.names.index("skin")
        places = rest[skin]
        texture = self._texture(replace(look, scalp_stubble=0.0))
        grain = noise_at(places, PERIODS[2:4])
        coarse = (0.6, 0.9, 1.0, 1.35)[("child", "young", "middle", "old").index(look.age)]
        pores = coarse * (1 - 0.5 * look.makeup) * (0.0026 * grain[:, 0] + 0.0013 * grain[:, 1])
        (front,) = _sample((texture.height,), places)
        height[skin] = pores + front * _frontness(places)
        return height

    def _skin(
        self, places: np.ndarray, look: FaceLook, texture: FaceTexture,
        hairline: Callable[[np.ndarray], np.ndarray] | None,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
        base = to_linear(np.array(look.skin)).astype(np.float32)
        fair = np.float32(1 - look.monk / 9)
        x, y, z = places.T
        noise = noise_at(places)
        front = _frontness(places)
        tint, extra, brow, lips, beard = _sample(
            (texture.tint, texture.gloss, texture.brow, texture.lips, texture.beard), places
        )
        even = np.float32(1 - 0.65 * look.makeup)
        # Blood and melanin vary on their own; blood shows less the deeper the skin.
        blood = even * (0.020 + 0.02 * look.redness) * (0.4 + 0.6 * fair) * (noise[:, 0] + noise[:, 1])
        brown = even * (noise @ np.array([0.014, 0.012, 0.024, 0.018, 0.012], np.float32))
        color = base * np.exp(
            -np.outer(blood, np.array([0.25, 1.0, 0.9], np.float32))
            - np.outer(brown, np.array([0.8, 1, 1.15], np.float32))
        )
        color *= 1 + front[:, None] * (tint - 1)
        ear = step(np.abs(x), 7.5, 8.1) * step(y, -2.5, -0.5) * (1 - step(y, 5, 6))
        flush = ear * (0.12 + 0.25 * look.redness) * (0.4 + 0.6 * fair)
        color *= 1 - flush[:, None] * np.array([0.1, 1, 0.9], np.float32)
        neck = 1 - step(y, -9.5, -7.5)
        color *= 1 - neck[:, None] * np.array([0.05, 0.06, 0.10], np.float32)
        gloss = (0.20 + 0.30 * look.shine + 0.05 * (1 - fair)) + front * extra
        gloss *= (1 - 0.35 * neck) * (1 - 0.3 * ear)
        labels = np.full(len(places), LABEL["skin"], np.uint8)
        labels[front * lips > 0.5] = LABEL["lips"]
        labels[front * brow > 0.3] = LABEL["brow"]

        def shaven(density: np.ndarray, label: str, tone: np.ndarray) -> None:
            """Dots of cut hair over the colour that their roots give the skin."""
            dots = np.clip(1 + 0.6 * noise[:, 4] + 0.25 * noise[:, 3] + 0.12 * noise[:, 1], 0, 2)
            alpha = np.clip(density * (0.24 + 0.34 * dots), 0, 0.9)[:, None]
            color[:] += alpha * (tone - color)
            labels[(density > 0.5) & (labels == LABEL["skin"])] = LABEL[label]

        roots = (
            to_linear(np.array(look.hair) * 0.8).astype(np.float32)
            + base * np.array([0.16, 0.19, 0.22], np.float32) * fair
        )
        if look.stubble > 0:
            shaven(front * beard, "beard", roots)
        if look.scalp_stubble > 0:
            shaven(look.scalp_stubble * (hairline or self.haircut)(places), "hair", roots)
        else:
            gloss += 0.15 * look.shine * step(y, 9, 12)
        return color, gloss.clip(0.02, 0.85), labels

    def haircut(self, places: np.ndarray) -> np.ndarray:
        """Share [N] of hair at places [N, 3] of the scalp under an ordinary hairline."""
        x, y, z = places.T
        top = 10.3 - 0.055 * x**2 + 0.25 * np.sin(2.1 * x)
        above = step(y - top, -0.35, 0.35)
        side = step(np.abs(x), 5.6, 6.2) * step(y, 1.6, 2.4) * (1 - step(z, 4.6, 5.4))
        behind = (1 - step(z, 1.0, 2.0)) * step(y, -3.8, -2.2)
        ear = np.maximum(step(np.abs(x), 7.55, 7.85), step(z, -0.3, 0.3) * (1 - step(z, 3.3, 3.7)))
        ear *= 1 - step(y, 4.7, 5.7)
        return np.maximum(np.maximum(above, side), behind) * (1 - ear)

    def _lid_shadow(self, color: np.ndarray, rest: np.ndarray, owner: np.ndarray) -> None:
        """Darken eyes under the lids and teeth under the lips, in place."""
        skin_size = _texels_per_cm(rest, owner)
        for words, reach, strength in (
            (("eye_left", "eye_right"), 0.16, 0.85),
            (("teeth_upper", "teeth_lower"), 0.3, 0.6),
        ):
            mask = np.isin(owner, [self.names.index(w) for w in words])
            rows, columns = np.nonzero(mask)
            if not len(rows):
                continue
            pad = int(skin_size * reach * 3) + 2
            y0, y1 = max(rows.min() - pad, 0), rows.max() + pad + 1
            x0, x1 = max(columns.min() - pad, 0), columns.max() + pad + 1
            window = mask[y0:y1, x0:x1].astype(np.float32)
            lidded = np.roll(window, int(round(reach * 0.55 * skin_size)), 0)
            open_ = cv2.GaussianBlur(np.minimum(window, lidded), (0, 0), max(reach * 0.6 * skin_size, 0.5))
            dim = 1 - strength * (1 - np.clip(open_ * 1.15, 0, 1))
            color[y0:y1, x0:x1][window > 0] *= dim[window > 0][:, None]


def render_face(
    artist: FaceArtist, vertices: np.ndarray, rotation: np.ndarray, scale: float, translation: np.ndarray,
    perspective: float, look: FaceLook, lights: Lights, rng: np.random.Generator, height: int, width: int,
    hairline: Callable[[np.ndarray], np.ndarray] | None = None,
    shadow: Callable[[np.ndarray], np.ndarray] | None = None,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Draw a posed head.

    Args:
        vertices: [V, 3] cm, head frame; rotation: [3] degrees.
        scale, translation, perspective: as for ``geometry.project``, about ``artist.pivot``, in pixels of
            the picture that is drawn.
        rng: shakes the lamp for soft shadows.
        hairline: as for :meth:`FaceArtist.albedo`.
        shadow: share [...] of the first lamp that other things leave at points [..., 3] as below, or None.

    Returns:
        ``rgb`` [H, W, 3] linear, ``labels`` [H, W] uint8, ``nearness`` [H, W] as of ``rasterize``, and
        [H, W, 3] ``normal`` and ``point`` in camera space (about the pivot, cm) and ``rest``.
    """
    turn = euler_to_matrix(torch.as_tensor(rotation, dtype=torch.float32)).numpy()
    turned = ((vertices - artist.pivot) @ turn.T).astype(np.float32)
    seen = project(
        torch.from_numpy(turned), torch.tensor(float(scale)), torch.as_tensor(translation).float(),
        torch.tensor(float(perspective)),
    ).numpy()  # fmt: skip
    points = np.column_stack([seen, 1 / (1 - perspective * turned[:, 2])]).astype(np.float32)
    raster = rasterize(points, artist.triangles, height, width)
    box, nearness = _bounds(raster.triangle), raster.nearness
    raster = Raster(raster.triangle[box], raster.barycentric[box], raster.nearness[box])
    drawn = raster.triangle >= 0
    owner = np.where(drawn, artist.owner[artist.triangles[raster.triangle, 0]], np.int8(-1))
    normals = vertex_normals(turned, artist.triangles)
    _bulge_corneas(artist, turned, normals)
    fields = interpolate(
        raster, points, artist.triangles,
        np.column_stack([artist.rest, normals, turned, artist.occlusion]).astype(np.float32),
    )  # fmt: skip
    rest, normal, point, occlusion = fields[..., :3], fields[..., 3:6], fields[..., 6:9], fields[..., 9]
    albedo, gloss, labels = artist.albedo(rest, owner, look, hairline)
    normal = perturb(normal, artist.bump(rest, owner, look), owner, scale)
    depth = np.where(drawn, 1 / max(perspective, 1e-4) - point[..., 2], np.inf).astype(np.float32)
    raised = point + np.float32(_RAISE) * fields[..., 3:6]
    sight = np.ones(drawn.shape, np.float32)
    sight[drawn] = lamp_sight(turned, artist.triangles, raised[drawn], lights, rng)
    sight = cv2.GaussianBlur(sight, (0, 0), max(0.5, scale * (0.03 + 0.25 * float(lights.size[0]))))
    # Lamps are large and skin is not flat: hollows that see little of the world see little of the lamp.
    sight *= step(occlusion, 0.3, 0.6)
    if shadow is not None:
        sight = sight * shadow(point)
    rgb = shade(albedo, gloss, normal, depth, lights, sight, occlusion)
    pictures = {"rgb": rgb, "labels": labels, "normal": normal, "point": point, "rest": rest}
    return {"nearness": nearness} | {k: _uncrop(v, box, height, width) for k, v in pictures.items()}


def _bounds(triangle: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns that hold all that is drawn, all of them if nothing is."""
    rows, columns = (np.flatnonzero((triangle >= 0).any(axis)) for axis in (1, 0))
    if not len(rows):
        return slice(0, triangle.shape[0]), slice(0, triangle.shape[1])
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _uncrop(part: np.ndarray, box: tuple[slice, slice], height: int, width: int) -> np.ndarray:
    whole = np.zeros((height, width, *part.shape[2:]), part.dtype)
    whole[box] = part
    return whole


def perturb(normal: np.ndarray, height: np.ndarray, owner: np.ndarray, scale: float) -> np.ndarray:
    """Unit normals [H, W, 3] of a surface that is raised by ``height`` [H, W] cm; ``scale``: px/cm."""
    bent = np.zeros(normal.shape, np.float32)
    _tilt(
        np.ascontiguousarray(normal, np.float32), height, owner.astype(np.int8), np.float32(scale / 2), bent
    )
    return bent


def _bulge_corneas(artist: FaceArtist, turned: np.ndarray, normals: np.ndarray) -> None:
    """Turn the normals over the irises outward, as the cornea's are, in place."""
    for name in ("eye_left", "eye_right"):
        first, last = artist.head.parts[name]
        ball = turned[first:last]
        unit = ball - ball.mean(0)
        unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-6)
        axis = unit[-2]  # the ball ends with its front pole and its back pole
        cosine = unit @ axis
        over = step(cosine, np.cos(np.radians(30)), np.cos(np.radians(18)))[:, None]
        bent = unit + 1.5 * over * (unit - cosine[:, None] * axis)
        normals[first:last] = bent / np.linalg.norm(bent, axis=1, keepdims=True)


def _frontness(places: np.ndarray) -> np.ndarray:
    """[N] how much the texture, which is laid on from the front, holds: not at the back of the head."""
    return step(places[:, 2], 1.0, 3.2)


def _sample(planes: tuple[np.ndarray, ...], places: np.ndarray) -> list[np.ndarray]:
    """Values of textures at places [N, 3]."""
    at = ((places[:, :2] - ORIGIN) * TEXELS).astype(np.float32)
    # OpenCV's remap wants pictures less than 32768 wide.
    width = 4096
    rows = -(-len(at) // width)
    padded = np.zeros((rows * width, 2), np.float32)
    padded[: len(at)] = at
    x, y = padded[:, 0].reshape(rows, width), padded[:, 1].reshape(rows, width)
    x, y = x.clip(0, SIZE[1] - 1), y.clip(0, SIZE[0] - 1)
    results = [cv2.remap(plane, x, y, cv2.INTER_LINEAR) for plane in planes]
    return [r.reshape(rows * width, *r.shape[2:])[: len(at)] for r in results]


def _texels_per_cm(rest: np.ndarray, owner: np.ndarray) -> float:
    """Pixels per cm of what is seen, from how fast ``rest`` changes down the picture."""
    upper, lower = owner[:-1:16], owner[1::16]
    both = (upper == lower) & (upper >= 0)
    step = np.linalg.norm(rest[1::16][both] - rest[:-1:16][both], axis=-1)
    return float(1 / max(np.median(step), 1e-3)) if len(step) else 1.0


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _tilt(normal, height, owner, scale, bent):  # type: ignore[no-untyped-def]
    rows, columns = height.shape
    for r in range(rows):
        for c in range(columns):
            if owner[r, c] < 0:
                continue
            x, y, z = normal[r, c]
            # Steps between parts and at the outline are no slopes; where the surface turns away from the
            # camera a pixel spans more of it.
            if 0 < r < rows - 1 and 0 < c < columns - 1:
                part = owner[r, c]
                fade = scale * min(max(z, 0.0), 1.0)
                if owner[r, c - 1] == part and owner[r, c + 1] == part:
                    x -= min(max((height[r, c + 1] - height[r, c - 1]) * fade, -0.6), 0.6)
                if owner[r - 1, c] == part and owner[r + 1, c] == part:
                    y -= min(max((height[r - 1, c] - height[r + 1, c]) * fade, -0.6), 0.6)
            length = 1 / max(np.sqrt(x * x + y * y + z * z), 1e-6)
            bent[r, c, 0], bent[r, c, 1], bent[r, c, 2] = x * length, y * length, z * length
