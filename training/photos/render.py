"""One drawn photo: a person put together, lit and photographed, with the label of each pixel."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch

from gen_avatar.appearance.regions import FACEMESH_TO_IBUG, NOSE_BASE, REGIONS
from gen_avatar.character.raster import interpolate, rasterize, vertex_normals
from gen_avatar.geometry import euler_to_matrix, matrix_to_euler
from gen_avatar.head.gaze import expression_from_gaze
from gen_avatar.head.model import MorphableHead
from training.expressions import sample_expressions
from training.photos.camera import photograph
from training.photos.face import FaceArtist, render_face
from training.photos.hairdos import Hairdo, make_hairdo
from training.photos.light import Lights, sample_light, shade, to_linear, to_srgb
from training.photos.look import FaceLook, sample_look
from training.photos.occluders import occlude
from training.photos.people import Person, sample_person
from training.photos.scalp import Roots, beard_mask, hair_mask
from training.photos.scenery import background
from training.photos.strands import Canvas, Growth, Obstacle, Tress, View, draw_tresses, grow
from training.photos.worn import Hat, Piece, glasses, hat, torso, tube

#: Pixels per unit (outer eye distance) and size of the picture; the eyes' middle lies at ``ORIGIN``.
SCALE = 96
WIDTH, HEIGHT = 432, 528
ORIGIN = (216.0, 192.0)
_HAIR, _BEARD, _GLASSES, _OTHER = (REGIONS.index(name) for name in ("hair", "beard", "glasses", "other"))


@dataclass(frozen=True)
class Picture:
    """A drawn photo and its truth.

    Attributes:
        rgb: [HEIGHT, WIDTH, 3] uint8; valid: [HEIGHT, WIDTH] bool, False beyond the edge of the photo.
        labels: [HEIGHT, WIDTH] uint8, indices of ``REGIONS``.
        landmarks: [478, 3] FaceMesh, pixels. points: [68, 2] iBUG, pixels.
        person, hairdo, look: who. rotation: [3] degrees.
        colorless: black and white, or tinted beyond recognition.
    """

    rgb: np.ndarray
    valid: np.ndarray
    labels: np.ndarray
    landmarks: np.ndarray
    points: np.ndarray
    person: Person
    hairdo: Hairdo
    look: FaceLook
    rotation: np.ndarray
    colorless: bool


class PhotoStudio:
    """Draws photos of people on one head model."""

    def __init__(self, head: MorphableHead) -> None:
        self.head = head
        self.artist = FaceArtist(head)
        skin = slice(*head.parts["skin"])
        triangles = head.triangles.numpy().astype(np.int32)
        self._skin = skin
        self._roots = Roots(self.artist.rest[skin], triangles[(triangles < skin.stop).all(1)])
        rest = self.artist.rest[skin]
        ears = (np.abs(rest[:, 0]) > 7.9) & (rest[:, 1] > -3) & (rest[:, 1] < 6)
        lobe = np.flatnonzero(ears & (rest[:, 0] > 0))
        self._lobe = lobe[np.argmin(rest[lobe, 1])]
        self._twin = int(np.argmin(np.linalg.norm(rest - rest[self._lobe] * [-1, 1, 1], axis=1)))

    def draw(self, rng: np.random.Generator, face: FaceLook | None = None) -> Picture:
        """A random photo; the same for the same state of ``rng`` and the same ``face``, by default a new one."""
        head, artist = self.head, self.artist
        look = face or sample_look(rng)
        person = sample_person(rng, look)
        identity = (0.9 * rng.standard_normal(len(head.identity))).clip(-2.4, 2.4).astype(np.float32)
        seed = torch.Generator().manual_seed(int(rng.integers(2**31)))
        expression = (
            sample_expressions(1, seed)[0].numpy() if rng.random() < 0.6 else np.zeros(52, np.float32)
        )
        gaze = np.tile(rng.normal(0, (9, 5)), (2, 1)).astype(np.float32)
        expression = (expression + expression_from_gaze(torch.from_numpy(gaze)).numpy()).clip(0, 1)
        neutral = self._vertices(identity, np.zeros(52, np.float32), gaze)
        vertices = self._vertices(identity, expression, gaze)
        rotation = rng.normal(0, (17, 8, 7)).clip((-50, -25, -25), (50, 25, 25)).astype(np.float32)
        perspective = float(1 / rng.uniform(35, 160))
        turn, scale, translation, landmarks = self._frame(vertices, rotation, perspective, rng)
        lights = sample_light(rng, None, look.luminance)
        view = View(turn, artist.pivot, scale, translation, perspective, lights.direction[0])

        skin = neutral[self._skin]
        obstacle = Obstacle(skin[skin[:, 1] > -9], np.array([0.0, 4.5, 0.5]))
        hairdo = make_hairdo(person.style, skin, self._roots, obstacle, rng)
        worn = self._hat(person, hairdo, obstacle, rng)
        look = replace(look, scalp_stubble=hairdo.stubble * (not worn.hides_all))
        shadow = _HairShadow(hairdo, view, artist.pivot) if not worn.hides_all else None
        drawn = render_face(
            artist, vertices, _angles(turn), scale, translation, perspective, look, lights, rng, HEIGHT, WIDTH,
            hairline=lambda places: hair_mask(places, hairdo.line), shadow=shadow,
        )  # fmt: skip
        canvas = Canvas(drawn["rgb"], drawn["nearness"].copy(), drawn["labels"])
        bust = (drawn["rest"][..., 1] < -8.8) & (canvas.nearness > -np.inf)
        canvas.nearness[bust], canvas.label[bust] = -np.inf, 0
        skin_linear = to_linear(np.array(look.skin)).astype(np.float32) * np.float32([0.82, 0.78, 0.76])
        pieces = [*torso(skin_linear, rng), *worn.pieces]
        if person.glasses != "none":
            eyes = np.stack(
                [neutral[slice(*head.parts[name])].max(0) * [0, 0, 1] for name in ("eye_left", "eye_right")]
            )
            eyes = eyes + head.eye_centers.numpy() * [1, 1, 0]
            ear = skin[self._lobe] * [1, 0, 1] + [-0.6, 3.9, -0.8]
            pieces += glasses(person.glasses, eyes, ear, rng)
        if person.earrings:
            pieces += self._earrings(vertices[self._skin], rng)
        opaque = [piece for piece in pieces if piece.clear == 0]
        _draw_pieces(canvas, opaque, view, rotation, lights)
        light = {
            "ambient": (lights.sky + lights.ground) / 2 * lights.exposure,
            "key": lights.color[0] * lights.exposure,
        }
        if not worn.hides_all:
            for part in hairdo.parts:
                draw_tresses(canvas, part.guides, part.tress, view, person.hair_rgb, _HAIR, rng, ceiling=worn.ceiling,
                             shine=float(rng.uniform(0.02, 0.22)), **light)  # fmt: skip
        self._beard(canvas, person, vertices[self._skin], obstacle, view, rng, light)
        for piece in pieces:
            if piece.clear:
                _draw_lens(canvas, piece, view, lights, rng)
        return self._photograph(canvas, lights, landmarks, (person, hairdo, look), rotation, rng)

    def _vertices(self, identity: np.ndarray, expression: np.ndarray, gaze: np.ndarray) -> np.ndarray:
        return self.head.vertices(*(torch.from_numpy(a)[None] for a in (identity, expression, gaze)))[
            0
        ].numpy()

    def _frame(
        self, vertices: np.ndarray, rotation: np.ndarray, perspective: float, rng: np.random.Generator
    ) -> tuple[np.ndarray, float, np.ndarray, np.ndarray]:
        """Turn, scale and translation that bring the face to where crops have it, give or take; landmarks."""
        embedding = self.head.embeddings["facemesh478"]
        corners = vertices[self.head.triangles.numpy()[embedding.triangle.numpy()]]
        places = (corners * embedding.barycentric.numpy()[:, :, None]).sum(1) + embedding.offset.numpy()
        turn = euler_to_matrix(torch.from_numpy(rotation)).numpy().astype(np.float32)
        view = View(turn, self.artist.pivot, 14.35, np.array(ORIGIN), perspective, np.array([0, 0, 1.0]))
        points = _ibug(view.points(places)[:, :2])
        axis = points[45] - points[36]
        angle = np.arctan2(axis[1], axis[0]) + rng.normal(0, 0.02)
        level = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
        turn = (level @ turn).astype(np.float32)
        points = _ibug(replace(view, turn=turn).points(places)[:, :2])
        middle = (points[36] + points[45]) / 2
        distance = float(np.linalg.norm(points[45] - points[36]))
        unit = max(distance, min(abs(points[33, 1] - middle[1]) / NOSE_BASE, 1.6 * distance))
        zoom = SCALE / unit * float(np.exp(rng.normal(0, 0.04)))
        translation = np.array(ORIGIN) - (middle - np.array(ORIGIN)) * zoom + rng.normal(0, 3, 2)
        view = View(turn, self.artist.pivot, 14.35 * zoom, translation, perspective, np.array([0, 0, 1.0]))
        seen = view.points(places)
        return turn, view.scale, translation, np.column_stack([seen[:, :2], -places[:, 2] * view.scale])

    def _hat(self, person: Person, hairdo: Hairdo, obstacle: Obstacle, rng: np.random.Generator) -> Hat:
        if person.hat == "none":
            return Hat([])
        thick = max((float(np.median(_height(p.guides, obstacle))) for p in hairdo.parts[:1]), default=0.1)
        return hat(person.hat, obstacle, min(thick, 2.5), rng)

    def _earrings(self, skin: np.ndarray, rng: np.random.Generator) -> list[Piece]:
        metal = np.array(
            [(0.6, 0.45, 0.15), (0.6, 0.6, 0.62), (0.8, 0.78, 0.72), rng.random(3) ** 2][rng.integers(4)]
        )
        radius = float(rng.choice([0.22, 0.35, rng.uniform(0.6, 2.6)]))
        pieces = []
        for vertex in (self._lobe, self._twin):
            angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
            ring = np.stack([0 * angle, -np.cos(angle) - 1, np.sin(angle)], 1) * radius
            path = skin[vertex] + ring + [np.sign(skin[vertex, 0]) * 0.25, 0.4, 0.2]
            vertices, triangles = tube(
                path.astype(np.float32), 0.09 if radius > 0.5 else radius * 0.9, closed=True
            )
            pieces.append(
                Piece(vertices, triangles, np.tile(metal, (len(vertices), 1)).astype(np.float32), _OTHER, 0.9)
            )
        return pieces

    def _beard(self, canvas, person, skin, obstacle, view, rng, light) -> None:  # type: ignore[no-untyped-def]
        if person.beard in ("none", "stubble"):
            return
        shift = (float(rng.normal(0, 0.5)), float(rng.normal(0, 0.25)))
        mask = beard_mask(self._roots.rest, person.beard, shift)
        where, normals, rest = self._roots.sample(skin, mask, 700, rng)
        if not len(where):
            return
        length = {
            "long": rng.uniform(5, 16),
            "full": rng.uniform(0.8, 4),
            "boxed": rng.uniform(0.5, 1.6),
            "walrus": rng.uniform(1.5, 2.6),
        }
        grown = np.full(len(where), length.get(person.beard, rng.uniform(0.5, 2.0)))
        above_lip = (rest[:, 1] > -3.3) & (np.abs(rest[:, 0]) < 3.2)
        grown = np.where(
            above_lip,
            np.minimum(grown, rng.uniform(0.7, 1.8)),
            grown * (0.4 + 0.6 * np.clip((-1 - rest[:, 1]) / 5, 0, 1)),
        )
        flow = np.stack(
            [np.sign(rest[:, 0]) * (0.15 + 0.6 * above_lip), -np.ones(len(where)), np.full(len(where), 0.15)],
            1,
        )
        flow /= np.linalg.norm(flow, axis=1, keepdims=True)
        fluff = float(rng.uniform(0.05, 0.5))
        growth = Growth(grown, flow, np.full(len(where), 6.0), np.full(len(where), 0.25 + 0.4 * fluff), 0.3,
                        rng.uniform(0.05, 0.3 + 0.5 * fluff, len(where)), 0.1 * fluff)  # fmt: skip
        guides = grow(where, normals, growth, obstacle, rng)
        curl = float(rng.choice([0.0, rng.uniform(0.05, 0.25)]))
        tress = Tress(children=int(rng.uniform(16, 34)), spread=rng.uniform(0.25, 0.45), clump=rng.uniform(0, 0.3), curl=curl, turns=rng.uniform(0.4, 1.0),
                      fuzz=0.06, width=rng.uniform(1.0, 1.6), taper=0.5, uneven=0.35)  # fmt: skip
        draw_tresses(canvas, guides, tress, view, person.beard_rgb, _BEARD, rng, shine=0.1, **light)

    def _photograph(self, canvas, lights, landmarks, who, rotation, rng) -> Picture:  # type: ignore[no-untyped-def]
        scene = background(HEIGHT, WIDTH, rng)
        empty = canvas.nearness == -np.inf
        labels = np.where(empty, 0, canvas.label).astype(np.uint8)
        picture = np.where(empty[..., None], scene, to_srgb(np.maximum(canvas.color, 0))).astype(np.float32)
        # A pixel of the picture is a point of the sensor with its surroundings.
        picture = cv2.GaussianBlur(picture, (0, 0), 0.6)
        points = _ibug(landmarks[:, :2])
        if rng.random() < 0.12:
            cover, alpha = occlude(rng, points, HEIGHT, WIDTH, lights.direction[0], np.array(who[2].skin))
            picture = picture + alpha[..., None] * (cover - picture)
            labels[alpha > 0.5] = _OTHER
        rgb = photograph(picture, rng)
        valid = np.ones((HEIGHT, WIDTH), bool)
        if rng.random() < 0.45:  # the photo ends somewhere
            left, top = (int(max(0, rng.normal(-15, 68))) for _ in range(2))
            right, bottom = int(max(0, rng.normal(-20, 90))), int(max(0, rng.normal(45, 120)))
            valid[:] = False
            valid[min(top, 150) : HEIGHT - min(bottom, 270), min(left, 120) : WIDTH - min(right, 120)] = True
        rgb[~valid] = 0
        spread = rgb[valid].astype(np.float32)
        colorless = bool((spread - spread.mean(1, keepdims=True)).std() < 4) or lights.kind in (
            "stage",
            "two",
        )
        noisy = landmarks + rng.normal(0, 0.5, landmarks.shape) + rng.normal(0, 0.9, (1, 3))
        return Picture(
            rgb, valid, labels, noisy.astype(np.float32), _ibug(noisy[:, :2]), *who, rotation, colorless
        )


def _ibug(points: np.ndarray) -> np.ndarray:
    """[68, 2] of FaceMesh points [478, 2]."""
    return np.stack([points[list(group)].mean(0) for group in FACEMESH_TO_IBUG]).astype(np.float32)


def _height(guides: np.ndarray, obstacle: Obstacle) -> np.ndarray:
    """[G] how far guides stand out near their ends, roughly, cm."""
    return np.linalg.norm(guides[:, -1] - guides[:, 0], axis=1) * 0.25


def _angles(turn: np.ndarray) -> np.ndarray:
    return matrix_to_euler(torch.from_numpy(turn)).numpy()


class _HairShadow:
    """How much of the key light reaches places of the face past the hair.

    A call takes places in camera space about the pivot, cm [..., 3], and returns their share [...].
    """

    _CELLS, _CELL = 96, 0.5

    def __init__(self, hairdo: Hairdo, view: View, pivot: np.ndarray) -> None:
        light = view.light
        side = np.cross(light, [0.0, 1.0, 0.1])
        side /= np.linalg.norm(side)
        self._axes = np.stack([side, np.cross(light, side), light]).astype(np.float32)
        nodes = [p.guides[:, 2:].reshape(-1, 3) for p in hairdo.parts]
        self._depth = np.full((self._CELLS, self._CELLS), -np.inf, np.float32)
        if nodes:
            at = (np.concatenate(nodes) - pivot) @ view.turn.T @ self._axes.T
            column, row = (self._index(at[:, i]) for i in (0, 1))
            np.maximum.at(self._depth, (row, column), at[:, 2].astype(np.float32))

    def _index(self, at: np.ndarray) -> np.ndarray:
        return (at / self._CELL + self._CELLS / 2).astype(int).clip(0, self._CELLS - 1)

    def __call__(self, places: np.ndarray) -> np.ndarray:
        at = places @ self._axes.T
        blocked = self._depth[self._index(at[..., 1]), self._index(at[..., 0])] > at[..., 2] + 0.8
        return 1 - 0.8 * cv2.GaussianBlur(blocked.astype(np.float32), (0, 0), 4.0)


def _draw_pieces(
    canvas: Canvas, pieces: list[Piece], view: View, rotation: np.ndarray, lights: Lights
) -> None:
    """Rasterise all opaque pieces at once into the canvas, in place."""
    if not pieces:
        return
    turned, start, triangles = [], 0, []
    for piece in pieces:
        turned.append(_turned(piece, view, rotation))
        triangles.append(piece.triangles + start)
        start += len(piece.vertices)
    vertices, faces = np.concatenate(turned).astype(np.float32), np.concatenate(triangles).astype(np.int32)
    label = np.repeat([p.label for p in pieces], [len(p.triangles) for p in pieces])
    near = 1 / (1 - view.perspective * vertices[:, 2])
    screen = vertices[:, :2] * [view.scale, -view.scale] * near[:, None] + view.translation
    points = np.column_stack([screen, near]).astype(np.float32)
    raster = rasterize(points, faces, HEIGHT, WIDTH)
    gloss = np.concatenate([np.full(len(p.vertices), p.gloss) for p in pieces])
    color = np.concatenate([p.color for p in pieces])
    normals = vertex_normals(vertices, faces)
    fields = interpolate(
        raster, points, faces, np.column_stack([normals, color, gloss, vertices[:, 2]]).astype(np.float32)
    )
    normal = fields[..., :3] / np.maximum(np.linalg.norm(fields[..., :3], axis=-1, keepdims=True), 1e-6)
    normal = normal * np.where(normal[..., 2:] < 0, -1, 1)  # cloth has two sides
    drawn = raster.triangle >= 0
    depth = np.where(drawn, 1 / max(view.perspective, 1e-4) - fields[..., 7], np.inf).astype(np.float32)
    rgb = shade(fields[..., 3:6], fields[..., 6], normal, depth, lights)
    front = raster.nearness > canvas.nearness
    canvas.color[front] = rgb[front]
    canvas.nearness[front] = raster.nearness[front]
    canvas.label[front] = label[raster.triangle[front]]


def _turned(piece: Piece, view: View, rotation: np.ndarray) -> np.ndarray:
    """[V, 3] camera space about the view's pivot; what hangs on the shoulders follows the head less."""
    if piece.turns == 1:
        return (piece.vertices - view.pivot) @ view.turn.T
    neck = np.array([0.0, -7.5, -1.5])
    own = euler_to_matrix(torch.from_numpy(rotation * np.float32(piece.turns))).numpy()
    full = euler_to_matrix(torch.from_numpy(rotation)).numpy()
    level = view.turn @ full.T
    return (piece.vertices - neck) @ (level @ own).T + (neck - view.pivot) @ view.turn.T


def _draw_lens(canvas: Canvas, piece: Piece, view: View, lights: Lights, rng: np.random.Generator) -> None:
    """A lens over what is behind it: tint, and what it mirrors."""
    points = view.points(piece.vertices)
    raster = rasterize(points, piece.triangles, HEIGHT, WIDTH)
    seen = raster.nearness > canvas.nearness
    if not seen.any():
        return
    color = interpolate(raster, points, piece.triangles, piece.color)[seen]
    glow = (lights.sky + lights.ground).mean() * lights.exposure
    clear = np.float32(piece.clear)
    rows, columns = np.nonzero(seen)
    # A window, a lamp or the sky in the glass.
    x, y = (columns - columns.mean()) / 40, (rows - rows.mean()) / 40
    kind = rng.choice(["none", "window", "veil", "lamp"], p=[0.5, 0.15, 0.2, 0.15])
    bright = np.zeros(len(rows), np.float32)
    if kind == "window":
        cx, cy = rng.normal(0, 0.5, 2)
        bright = (
            (np.abs(x - cx + 0.3 * y) < 0.35) & (np.abs(y - cy) < 0.5) & (np.abs(x - cx) > 0.03)
        ) * rng.uniform(0.2, 0.9)
    elif kind == "veil":
        bright = np.clip(0.5 - rng.choice([-1, 1]) * y + rng.normal(0, 0.3) * x, 0, 1) * rng.uniform(
            0.05, 0.4
        )
    elif kind == "lamp":
        bright = np.exp(-((x - rng.normal(0, 0.4)) ** 2 + (y - rng.normal(-0.2, 0.3)) ** 2) / 0.01) * 1.5
    canvas.color[seen] = (
        clear * canvas.color[seen] + (1 - clear) * color * glow + bright[:, None].astype(np.float32) * glow
    )
    if piece.label:
        canvas.label[seen] = piece.label
        canvas.nearness[seen] = raster.nearness[seen]
