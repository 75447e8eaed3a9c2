"""Plain portraits of a head, face-like enough for a landmark detector, with all truth known.

The features that a detector looks for (lips, brows, lashes, nostrils) are painted on a texture that
is laid over the mean head from the front, so they move with the identity and the expression; eyes
are coloured by direction. One light, some sky, a bit of shine.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch

from gen_avatar.character.raster import box_average, interpolate, rasterize, vertex_normals
from gen_avatar.geometry import euler_to_matrix, project
from gen_avatar.head.gaze import expression_from_gaze
from gen_avatar.head.model import MorphableHead
from gen_avatar.types import ARKIT_52
from training.expressions import sample_expressions

SIZE = 320
_SUPERSAMPLING = 2
#: The texture covers this much of the front, cm: left, bottom, and pixels per cm.
_TEXTURE_ORIGIN, _TEXTURE_SCALE, _TEXTURE_SIZE = (-12.0, -16.0), 30, (960, 720)
_SKIN = np.array(
    [[0.96, 0.82, 0.73], [0.90, 0.72, 0.58], [0.80, 0.60, 0.45], [0.62, 0.43, 0.30], [0.42, 0.28, 0.20]]
)
_HAIR = np.array(
    [[0.06, 0.05, 0.05], [0.16, 0.10, 0.07], [0.30, 0.19, 0.11], [0.55, 0.40, 0.22], [0.45, 0.43, 0.42]]
)
_IRIS = np.array([[0.25, 0.15, 0.08], [0.35, 0.25, 0.12], [0.30, 0.38, 0.42], [0.33, 0.40, 0.28]])
#: Where the iris and the pupil end, degrees from the eye's axis.
_IRIS_ANGLE, _PUPIL_ANGLE = 22.0, 9.0

#: How far below iBUG's brow points, which follow the ridge of the bone, the hair of a brow begins, cm.
_BROW_DROP = 0.35


@dataclass(frozen=True)
class Portrait:
    """A picture and how it was made.

    Attributes:
        image: [SIZE, SIZE, 3] uint8 RGB.
        identity: [K]; expression: [52]; gaze: [2, 2]; rotation: [3], degrees.
        pivot: [3] cm; translation: [2] px; scale: px/cm; perspective: 1/cm, as for ``geometry.project``.
    """

    image: np.ndarray
    identity: np.ndarray
    expression: np.ndarray
    gaze: np.ndarray
    rotation: np.ndarray
    pivot: np.ndarray
    translation: np.ndarray
    scale: float
    perspective: float

    @property
    def expressive(self) -> bool:
        """Whether more than the eyes moves."""
        look = [name.startswith("eyeLook") for name in ARKIT_52]
        return bool(self.expression[~np.array(look)].any())


class PortraitStudio:
    """Draws portraits of one head model."""

    def __init__(self, head: MorphableHead) -> None:
        self.head = head
        parts = head.parts
        self._triangles = head.triangles.numpy().astype(np.int32)
        self._owner = np.full(len(head.mean), -1)
        for index, name in enumerate(parts):
            self._owner[slice(*parts[name])] = index
        self._names = list(parts)
        self._rest = head.mean.numpy().astype(np.float32)
        self._anchors = head.landmark_basis("ibug68")[0].numpy()
        self._pivot = self._anchors[17:].mean(0)
        self._layers = self._paint_layers()

    def sample(self, rng: np.random.Generator, expressive: float = 0.4) -> Portrait:
        """A random person, look, light and camera; a share of ``expressive`` makes a face."""
        head = self.head
        identity = (0.8 * rng.standard_normal(len(head.identity))).clip(-2.2, 2.2).astype(np.float32)
        if rng.random() < expressive:
            expression = sample_expressions(1, torch.Generator().manual_seed(int(rng.integers(2**31))))[
                0
            ].numpy()
        else:
            expression = np.zeros(52, np.float32)
        if rng.random() < 0.7:
            gaze = np.tile(rng.normal(0, (9, 5)), (2, 1)).astype(np.float32)
        else:
            gaze = np.zeros((2, 2), np.float32)
        # The lids follow the eyes.
        expression = expression + expression_from_gaze(torch.from_numpy(gaze)).numpy()
        rotation = rng.normal(0, (16, 8, 5)).clip((-35, -20, -15), (35, 20, 15)).astype(np.float32)
        scale = rng.uniform(9.5, 13.5)
        translation = SIZE / 2 + rng.uniform(-12, 12, 2)
        perspective = 1 / rng.uniform(40, 110)
        vertices = head.vertices(*(torch.from_numpy(a)[None] for a in (identity, expression, gaze)))[
            0
        ].numpy()
        image = self._draw(vertices, rotation, scale, translation, perspective, rng)
        return Portrait(
            image, identity, expression, gaze, rotation, self._pivot, translation, scale, perspective
        )

    def _draw(
        self, vertices: np.ndarray, rotation: np.ndarray, scale: float, translation: np.ndarray,
        perspective: float, rng: np.random.Generator,
    ) -> np.ndarray:  # fmt: skip
        factor, size = _SUPERSAMPLING, SIZE * _SUPERSAMPLING
        turn = euler_to_matrix(torch.from_numpy(rotation)).numpy()
        turned = ((vertices - self._pivot) @ turn.T).astype(np.float32)
        seen = project(
            torch.from_numpy(turned),
            torch.tensor(scale),
            torch.from_numpy(translation).float(),
            torch.tensor(perspective),
        ).numpy()
        nearness = 1 / (1 - perspective * turned[:, 2])
        points = np.column_stack([seen * factor, nearness]).astype(np.float32)
        raster = rasterize(points, self._triangles, size, size)
        owner = np.where(raster.triangle >= 0, self._owner[self._triangles[raster.triangle, 0]], -1)
        normal = vertex_normals(turned, self._triangles)
        fields = interpolate(
            raster, points, self._triangles, np.column_stack([self._rest, normal, turned]).astype(np.float32)
        )
        rest, normal = fields[..., :3], fields[..., 3:6]
        normal = normal / np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-6)
        skin, hair = _SKIN[rng.integers(len(_SKIN))], _HAIR[rng.integers(len(_HAIR))]
        skin = (skin + rng.normal(0, 0.02, 3)).clip(0.1, 1)
        albedo, shine = self._albedo(rest, owner, skin, hair, rng)
        light = _shade(normal, rng)
        image = albedo * light[..., None] + shine[..., None] * _highlight(normal, rng)
        image = np.where((owner >= 0)[..., None], image, _background(size, rng))
        image = cv2.GaussianBlur(image.astype(np.float32), (0, 0), rng.uniform(0.5, 1.6))
        image = box_average(image, factor) + rng.normal(0, 0.012, (SIZE, SIZE, 1))
        return (image.clip(0, 1) * 255).astype(np.uint8)

    def _albedo(
        self,
        rest: np.ndarray,
        owner: np.ndarray,
        skin: np.ndarray,
        hair: np.ndarray,
        rng: np.random.Generator,
    ) -> tuple[np.ndarray, np.ndarray]:
        """sRGB colour [H, W, 3] and shine [H, W] of each pixel."""
        texture = self._texture(skin, hair, rng)
        x = (rest[..., 0] - _TEXTURE_ORIGIN[0]) * _TEXTURE_SCALE
        y = (rest[..., 1] - _TEXTURE_ORIGIN[1]) * _TEXTURE_SCALE
        albedo = cv2.remap(texture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        brow_y = self._anchors[17:27, 1].mean()
        # The hair begins above the forehead, runs down in front of the ears and covers the back.
        hairline = brow_y + rng.uniform(4.0, 5.5) - 0.045 * rest[..., 0] ** 2
        behind = rest[..., 2] < self._anchors[[0, 16], 2].mean() + 0.8
        covered = (rest[..., 1] > hairline) | (behind & (rest[..., 1] > self._anchors[30, 1]))
        ears = self._anchors[[0, 16], 0]
        is_ear = (np.abs(rest[..., 0]) > np.abs(ears).mean() - 0.2) & (rest[..., 1] < brow_y + 1)
        covered &= ~(is_ear & (rest[..., 1] > self._anchors[33, 1] - 1))
        albedo = np.where(covered[..., None], hair * rng.uniform(0.9, 1.1), albedo)
        shine = np.where(covered, 0.1, 0.25)
        iris = _IRIS[rng.integers(len(_IRIS))]
        for index, name in enumerate(self._names):
            inside = owner == index
            if name == "skin" or not inside.any():
                continue
            if name.startswith("eye_") and name != "eye_sockets":
                color = self._eye(rest[inside], 0 if name == "eye_left" else 1, iris)
            elif name.startswith("teeth"):
                color = np.array([0.85, 0.82, 0.76])
            else:
                color = np.array([0.32, 0.12, 0.11])
            albedo[inside] = color
            shine[inside] = 0.6 if name.startswith("eye_") else 0.1
        return albedo, shine

    def _eye(self, rest: np.ndarray, eye: int, iris: np.ndarray) -> np.ndarray:
        offset = rest - self.head.eye_centers[eye].numpy()
        radius = np.linalg.norm(offset, axis=1)
        angle = np.degrees(np.arccos((offset[:, 2] / np.maximum(radius, 1e-6)).clip(-1, 1)))[:, None]
        color = np.where(angle < _IRIS_ANGLE, iris, np.array([0.90, 0.88, 0.86]))
        color = np.where((angle > _IRIS_ANGLE - 3) & (angle < _IRIS_ANGLE), iris * 0.5, color)
        return np.where(angle < _PUPIL_ANGLE, 0.04, color)

    def _texture(self, skin: np.ndarray, hair: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """[H, W, 3] float32; rows go up with y."""
        height, width = _TEXTURE_SIZE
        noise = cv2.resize(
            rng.standard_normal((height // 16, width // 16)), (width, height), interpolation=cv2.INTER_CUBIC
        )
        texture = (skin * (1 + 0.03 * noise[..., None])).astype(np.float32)
        colors = {
            "socket": (skin * (0.74, 0.68, 0.68), 0.6), "cheek": (skin * (1, 0.8, 0.78), 0.5),
            "lips": (skin * (0.86, 0.62, 0.62), rng.uniform(0.7, 1.0)), "mouth_line": (skin * 0.3, 0.8),
            "nostril": (skin * 0.22, 0.9), "lash": (hair * 0.3, 0.9), "rim": (skin * 0.45, 0.7),
            f"brow{rng.integers(3)}": (hair * 0.9, rng.uniform(0.65, 0.95)),
        }  # fmt: skip
        for role, rows, columns, mask in self._layers:
            if role in colors:
                color, strength = colors[role]
                area = texture[rows, columns]
                area += strength * mask[..., None] * (color.astype(np.float32) - area)
        return texture

    def _paint_layers(self) -> list[tuple[str, slice, slice, np.ndarray]]:
        """Soft masks of the features in the order of painting: role, rows, columns and mask [h, w]."""
        cm = _TEXTURE_SCALE
        points = (self._anchors[:, :2] - _TEXTURE_ORIGIN) * cm
        layers = []

        def paint(role: str, polygon: np.ndarray, soft: float) -> None:
            """``polygon`` [n, 2] in texels, blurred by ``soft`` cm."""
            reach = int(3 * soft * cm) + 2
            x0, y0 = np.maximum(np.floor(polygon.min(0)).astype(int) - reach, 0)
            x1, y1 = np.ceil(polygon.max(0)).astype(int) + reach
            rows, columns = slice(y0, min(y1, _TEXTURE_SIZE[0])), slice(x0, min(x1, _TEXTURE_SIZE[1]))
            mask = np.zeros((rows.stop - y0, columns.stop - x0), np.float32)
            cv2.fillPoly(mask, [np.round((polygon - (x0, y0)) * 16).astype(np.int32)], 1.0, cv2.LINE_AA, 4)
            layers.append((role, rows, columns, cv2.GaussianBlur(mask, (0, 0), soft * cm)))

        for start in (36, 42):
            eye = points[start : start + 6]
            paint("socket", smooth_loop(eye.mean(0) + (eye - eye.mean(0)) * (1.5, 2.6)), 0.33)
        for corner, side in ((48, -1), (54, 1)):
            paint(
                "cheek", ellipse(points[corner] + np.array([0.9 * side, 1.7]) * cm, 1.7 * cm, 1.4 * cm), 0.7
            )
        paint("lips", smooth_loop(points[48:60]), 0.055)
        # The line where the lips meet is dark even when they are closed.
        up = np.array([0, 0.07 * cm])
        paint(
            "mouth_line", np.concatenate([points[60:65] + up, points[64:68] - up, points[60:61] - up]), 0.04
        )
        for side, ids in ((-1, (31, 32)), (1, (34, 35))):
            nostril = points[list(ids)].mean(0) + np.array([-0.055 * side, 0.08]) * cm
            paint("nostril", ellipse(nostril, 0.25 * cm, 0.14 * cm), 0.055)
        for variant, thickness in enumerate((0.45, 0.6, 0.75)):
            for start in (17, 22):
                edge = points[start : start + 5] - (0, _BROW_DROP * cm)
                paint(f"brow{variant}", _brow(edge, thickness * cm), 0.08)
        for start in (36, 42):
            upper = polyline(points[start : start + 4])
            paint("lash", np.concatenate([upper + (0, 0.12 * cm), upper[::-1] - (0, 0.08 * cm)]), 0.03)
            lower = polyline(np.concatenate([points[start + 3 : start + 6], points[start : start + 1]]))
            paint("rim", np.concatenate([lower + (0, 0.03 * cm), lower[::-1] - (0, 0.08 * cm)]), 0.03)
        return layers


def smooth_loop(points: np.ndarray, steps: int = 6) -> np.ndarray:
    """Closed Catmull–Rom curve through [n, 2] points."""
    before, after, beyond = np.roll(points, 1, 0), np.roll(points, -1, 0), np.roll(points, -2, 0)
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    p0, p1, p2, p3 = (a[:, None] for a in (before, points, after, beyond))
    curve = p1 + 0.5 * t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)))
    return curve.reshape(-1, 2)


def polyline(points: np.ndarray, steps: int = 24) -> np.ndarray:
    """A smooth open curve through a few points, as a polynomial over the chord length."""
    at = np.r_[0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
    degree = min(3, len(points) - 1)
    t = np.linspace(0, at[-1], steps)
    return np.column_stack([np.polyval(np.polyfit(at, points[:, i], degree), t) for i in range(2)])


def _brow(points: np.ndarray, thickness: float) -> np.ndarray:
    """A tapering strip under the brow's upper edge, thicker towards the nose."""
    edge = polyline(points)
    middle = -_TEXTURE_ORIGIN[0] * _TEXTURE_SCALE
    inner_first = abs(points[0, 0] - middle) < abs(points[-1, 0] - middle)
    along = np.linspace(0, 1, len(edge))
    width = thickness * (1.0 - 0.65 * (along if inner_first else 1 - along))
    return np.concatenate([edge, (edge - np.column_stack([0 * width, width]))[::-1]])


def ellipse(center: np.ndarray, a: float, b: float) -> np.ndarray:
    t = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    return np.asarray(center) + np.column_stack([a * np.cos(t), b * np.sin(t)])


def _shade(normal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """[H, W] a wrapped key light from above, and light from the sky."""
    key = np.array([rng.uniform(-0.8, 0.8), rng.uniform(0.1, 0.9), 1.0])
    key /= np.linalg.norm(key)
    wrap = 0.35
    diffuse = np.maximum((normal @ key + wrap) / (1 + wrap), 0)
    sky = 0.5 + 0.5 * normal[..., 1]
    front = normal[..., 2].clip(0, 1)
    return rng.uniform(0.5, 0.75) * diffuse + 0.18 * sky + 0.25 * front


def _highlight(normal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    half = np.array([rng.uniform(-0.3, 0.3), 0.35, 1.0])
    half /= np.linalg.norm(half)
    return 0.5 * np.maximum(normal @ half, 0)[..., None] ** 40


def _background(size: int, rng: np.random.Generator) -> np.ndarray:
    """A soft gradient with shoulders in front of it."""
    ramp = np.linspace(0, 1, size)[:, None, None]
    image = np.broadcast_to(
        rng.uniform(0.1, 1, 3) * (1 - ramp) + rng.uniform(0.1, 1, 3) * ramp, (size, size, 3)
    ).copy()
    y, x = np.mgrid[:size, :size] / size
    image[y > 0.86 + 0.4 * (x - 0.5) ** 2] = rng.uniform(0.05, 0.9, 3)
    return image
