"""One drawn photo: a person put together, lit and photographed, with the label of each pixel."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch

from gen_avatar.appearance.regions import NOSE_BASE, facemesh_to_ibug
from gen_avatar.geometry import euler_to_matrix, matrix_to_euler
from gen_avatar.head.gaze import expression_from_gaze
from gen_avatar.head.model import MorphableHead
from training.expressions import sample_expressions
from training.photos.beards import make_beard
from training.photos.camera import photograph
from training.photos.clothes import earrings, torso
from training.photos.compose import draw_lens, draw_pieces
from training.photos.eyewear import glasses
from training.photos.face import FaceArtist, render_face
from training.photos.growth import Obstacle
from training.photos.hairdos import Hairdo, make_hairdo
from training.photos.hats import Hat, hat
from training.photos.labels import LABEL
from training.photos.light import Lights, sample_light, to_linear, to_srgb
from training.photos.look import FaceLook, sample_look
from training.photos.meshes import Piece
from training.photos.occluders import occlude
from training.photos.people import Person, sample_person
from training.photos.scalp import Roots, hair_mask
from training.photos.scenery import background
from training.photos.shadow import HairShadow
from training.photos.strands import Canvas, View, draw_tresses

#: Pixels per unit (outer eye distance) and size of the picture; the eyes' middle lies at ``ORIGIN``.
SCALE = 96
WIDTH, HEIGHT = 432, 528
ORIGIN = (216.0, 192.0)
#: About as many pixels a cm, where the face is framed first.
_PX_PER_CM = 14.35
#: Middle of the skull, cm; heights below which the model's skin is no obstacle to hair, and is not drawn.
_SKULL, _CHEST, _BUST = np.array([0.0, 4.5, 0.5]), -9, -8.8
#: Necks are a little darker and redder than faces.
_NECK = np.array([0.82, 0.78, 0.76], np.float32)
#: Chances that something comes before the face, and that the photo ends within the picture.
_OCCLUDED, _CUT = 0.12, 0.45


@dataclass(frozen=True)
class Picture:
    """A drawn photo and its truth.

    Attributes:
        rgb: [HEIGHT, WIDTH, 3] uint8; valid: [HEIGHT, WIDTH] bool, False beyond the edge of the photo.
        labels: [HEIGHT, WIDTH] uint8, indices of ``REGIONS``.
        landmarks: [478, 3] FaceMesh, pixels, about as well as trackers find them; points: [68, 2] iBUG.
        person, hairdo, look: who. rotation: [3] degrees, before the face was set upright.
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


@dataclass(frozen=True)
class _Pose:
    """How a head is held and seen.

    Attributes:
        neutral, vertices: [V, 3] cm, the person at rest and with their expression.
        rotation: [3] degrees, before the face was set upright.
        view: head frame to picture; its light is set later.
        landmarks: [478, 3] FaceMesh, pixels.
    """

    neutral: np.ndarray
    vertices: np.ndarray
    rotation: np.ndarray
    view: View
    landmarks: np.ndarray


class PhotoStudio:
    """Draws photos of people on one head model."""

    def __init__(self, head: MorphableHead) -> None:
        self.head = head
        self.artist = FaceArtist(head)
        skin = slice(*head.parts["skin"])
        triangles = head.triangles.numpy().astype(np.int32)
        rest = self.artist.rest[skin]
        self._skin = skin
        self._roots = Roots(rest, triangles[(triangles < skin.stop).all(1)])
        self._lobes = _ear_lobes(rest)

    def draw(self, rng: np.random.Generator, face: FaceLook | None = None) -> Picture:
        """A random photo, a function of ``rng``'s state and of ``face``, which by default is random too."""
        look = face or sample_look(rng)
        person = sample_person(rng, look)
        pose = self._pose(rng)
        lights = sample_light(rng, None, look.luminance)
        view = replace(pose.view, light=lights.direction[0])
        skin = pose.neutral[self._skin]
        obstacle = Obstacle(skin[skin[:, 1] > _CHEST], _SKULL)
        hairdo = make_hairdo(person.style, skin, self._roots, obstacle, rng)
        worn = _put_on(person.hat, hairdo, obstacle, rng)
        look = replace(look, scalp_stubble=hairdo.stubble * (not worn.hides_all))
        shadow = None if worn.hides_all else HairShadow(hairdo.parts, view)
        drawn = render_face(
            self.artist, pose.vertices, matrix_to_euler(torch.from_numpy(view.turn)).numpy(), view.scale,
            view.translation, view.perspective, look, lights, rng, HEIGHT, WIDTH,
            hairline=lambda places: hair_mask(places, hairdo.line), shadow=shadow,
        )  # fmt: skip
        canvas = Canvas(drawn["rgb"], drawn["nearness"].copy(), drawn["labels"])
        bust = (drawn["rest"][..., 1] < _BUST) & (canvas.nearness > -np.inf)
        canvas.nearness[bust], canvas.label[bust] = -np.inf, LABEL["background"]
        pieces = self._pieces(person, look, pose, worn, rng)
        draw_pieces(canvas, [piece for piece in pieces if not piece.clear], view, pose.rotation, lights)
        for part in () if worn.hides_all else hairdo.parts:
            shine = float(rng.uniform(0.02, 0.22))
            draw_tresses(canvas, part, view, person.hair_rgb, LABEL["hair"], lights, rng,
                         shine=shine, ceiling=worn.ceiling)  # fmt: skip
        beard = make_beard(person.beard, pose.vertices[self._skin], self._roots, obstacle, rng)
        if beard:
            draw_tresses(canvas, beard, view, person.beard_rgb, LABEL["beard"], lights, rng, shine=0.1)
        for piece in pieces:
            if piece.clear:
                draw_lens(canvas, piece, view, lights, rng)
        return _photographed(canvas, lights, pose, person, hairdo, look, rng)

    def _pose(self, rng: np.random.Generator) -> _Pose:
        """A random person with a random expression, turned at random."""
        identity = (0.9 * rng.standard_normal(len(self.head.identity))).clip(-2.4, 2.4).astype(np.float32)
        seed = torch.Generator().manual_seed(int(rng.integers(2**31)))
        rest = np.zeros(52, np.float32)
        expression = sample_expressions(1, seed)[0].numpy() if rng.random() < 0.6 else rest
        gaze = np.tile(rng.normal(0, (9, 5)), (2, 1)).astype(np.float32)
        expression = (expression + expression_from_gaze(torch.from_numpy(gaze)).numpy()).clip(0, 1)
        neutral, vertices = (self._vertices(identity, weights, gaze) for weights in (rest, expression))
        rotation = rng.normal(0, (17, 8, 7)).clip((-50, -25, -25), (50, 25, 25)).astype(np.float32)
        view, landmarks = self._frame(vertices, rotation, float(1 / rng.uniform(35, 160)), rng)
        return _Pose(neutral, vertices, rotation, view, landmarks)

    def _vertices(self, identity: np.ndarray, expression: np.ndarray, gaze: np.ndarray) -> np.ndarray:
        weights = (torch.from_numpy(a)[None] for a in (identity, expression, gaze))
        return self.head.vertices(*weights)[0].numpy()

    def _frame(
        self, vertices: np.ndarray, rotation: np.ndarray, perspective: float, rng: np.random.Generator
    ) -> tuple[View, np.ndarray]:
        """The view that brings a face to where crops have it, give or take; landmarks [478, 3], pixels."""
        embedding = self.head.embeddings["facemesh478"]
        corners = vertices[self.head.triangles.numpy()[embedding.triangle.numpy()]]
        places = (corners * embedding.barycentric.numpy()[:, :, None]).sum(1) + embedding.offset.numpy()
        turn = euler_to_matrix(torch.from_numpy(rotation)).numpy().astype(np.float32)
        ahead = np.array([0, 0, 1.0])
        view = View(turn, self.artist.pivot, _PX_PER_CM, np.array(ORIGIN), perspective, ahead)
        points = facemesh_to_ibug(view.points(places)[:, :2])
        axis = points[45] - points[36]
        angle = np.arctan2(axis[1], axis[0]) + rng.normal(0, 0.02)
        level = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
        turn = (level @ turn).astype(np.float32)
        points = facemesh_to_ibug(replace(view, turn=turn).points(places)[:, :2])
        middle = (points[36] + points[45]) / 2
        distance = float(np.linalg.norm(points[45] - points[36]))
        # As crops do it: a turned face has its eyes closer together but not its nose higher.
        unit = max(distance, min(abs(points[33, 1] - middle[1]) / NOSE_BASE, 1.6 * distance))
        zoom = SCALE / unit * float(np.exp(rng.normal(0, 0.04)))
        translation = np.array(ORIGIN) - (middle - np.array(ORIGIN)) * zoom + rng.normal(0, 3, 2)
        view = View(turn, self.artist.pivot, _PX_PER_CM * zoom, translation, perspective, ahead)
        return view, np.column_stack([view.points(places)[:, :2], -places[:, 2] * view.scale])

    def _pieces(
        self, person: Person, look: FaceLook, pose: _Pose, worn: Hat, rng: np.random.Generator
    ) -> list[Piece]:
        """All meshes that a person wears, the lenses of glasses last."""
        neck = to_linear(np.array(look.skin)).astype(np.float32) * _NECK
        pieces = [*torso(neck, rng), *worn.pieces]
        if person.glasses != "none":
            parts = [slice(*self.head.parts[name]) for name in ("eye_left", "eye_right")]
            front = np.stack([pose.neutral[part].max(0) * [0, 0, 1] for part in parts])
            eyes = front + self.head.eye_centers.numpy() * [1, 1, 0]
            ear = pose.neutral[self._skin][self._lobes[0]] * [1, 0, 1] + [-0.6, 3.9, -0.8]
            pieces += glasses(person.glasses, eyes, ear, rng)
        if person.earrings:
            pieces += earrings(pose.vertices[self._skin][self._lobes], rng)
        return pieces


def _ear_lobes(rest: np.ndarray) -> np.ndarray:
    """[2] vertices of the skin [S, 3], cm: the subject's left first."""
    left = (rest[:, 0] > 7.9) & (rest[:, 1] > -3) & (rest[:, 1] < 6)
    ear = np.flatnonzero(left)
    lobe = ear[np.argmin(rest[ear, 1])]
    return np.array([lobe, np.argmin(np.linalg.norm(rest - rest[lobe] * [-1, 1, 1], axis=1))])


def _put_on(style: str, hairdo: Hairdo, obstacle: Obstacle, rng: np.random.Generator) -> Hat:
    """Headwear of a style over hair."""
    if style == "none":
        return Hat([])
    thick = 0.1
    if hairdo.parts:  # long hair makes a thicker layer
        guides = hairdo.parts[0].guides
        thick = float(np.median(np.linalg.norm(guides[:, -1] - guides[:, 0], axis=1) * 0.25))
    return hat(style, obstacle, min(thick, 2.5), rng)


def _photographed(
    canvas: Canvas, lights: Lights, pose: _Pose, person: Person, hairdo: Hairdo, look: FaceLook,
    rng: np.random.Generator,
) -> Picture:  # fmt: skip
    """Put what is on the canvas before a scene, hands and the like before it, and take the picture."""
    scene = background(HEIGHT, WIDTH, rng)
    empty = canvas.nearness == -np.inf
    labels = np.where(empty, LABEL["background"], canvas.label).astype(np.uint8)
    picture = np.where(empty[..., None], scene, to_srgb(np.maximum(canvas.color, 0))).astype(np.float32)
    # A pixel of the picture is a point of the sensor with its surroundings.
    picture = cv2.GaussianBlur(picture, (0, 0), 0.6)
    if rng.random() < _OCCLUDED:
        points, skin = facemesh_to_ibug(pose.landmarks[:, :2]), np.array(look.skin)
        cover, alpha = occlude(rng, points, HEIGHT, WIDTH, lights.direction[0], skin)
        picture = picture + alpha[..., None] * (cover - picture)
        labels[alpha > 0.5] = LABEL["other"]
    rgb = photograph(picture, rng)
    valid = _edge(rng)
    rgb[~valid] = 0
    tracked = pose.landmarks + rng.normal(0, 0.5, pose.landmarks.shape) + rng.normal(0, 0.9, (1, 3))
    return Picture(
        rgb, valid, labels, tracked.astype(np.float32), facemesh_to_ibug(tracked[:, :2]), person, hairdo,
        look,
        pose.rotation, _colorless(rgb[valid]) or lights.kind in ("stage", "two"),
    )  # fmt: skip


def _edge(rng: np.random.Generator) -> np.ndarray:
    """[HEIGHT, WIDTH] bool: where the photo is, which often ends somewhere."""
    valid = np.ones((HEIGHT, WIDTH), bool)
    if rng.random() < _CUT:
        left, top, right, bottom = (
            int(max(0, rng.normal(mean, sigma)))
            for mean, sigma in ((-15, 68), (-15, 68), (-20, 90), (45, 120))
        )
        valid[:] = False
        valid[min(top, 150) : HEIGHT - min(bottom, 270), min(left, 120) : WIDTH - min(right, 120)] = True
    return valid


def _colorless(pixels: np.ndarray) -> bool:
    """Whether pixels [N, 3] uint8 are all of about one hue or none."""
    spread = pixels.astype(np.float32)
    return bool((spread - spread.mean(1, keepdims=True)).std() < 4)
