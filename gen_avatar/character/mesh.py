"""The pieces that a character is put together from: parts, and meshes that are attached to the head."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gen_avatar.character.camera import Camera
from gen_avatar.character.colors import Colors
from gen_avatar.character.face import Brow, MouthFit
from gen_avatar.character.lips import MouthRest
from gen_avatar.character.neck import Neck
from gen_avatar.types import Character

#: What a pixel can belong to, in the order of the geometry buffers.
PARTS: tuple[str, ...] = (
    "skin", "lips", "eye", "iris", "lash", "brow", "mouth", "teeth", "tongue", "hair", "beard", "glasses",
    "lens", "cloth", "headwear", "ornament",
)  # fmt: skip
PART_INDEX = {name: index for index, name in enumerate(PARTS)}
#: How the colour of a triangle is found: its vertices', the paint on the skin, the left or the right iris.
PLAIN, SKIN, EYE_LEFT, EYE_RIGHT = range(4)


@dataclass(frozen=True)
class AssetMesh:
    """A mesh worn by a person, in the head frame of the person's neutral, cm.

    Attributes:
        vertices: [n, 3].
        triangles: [m, 3] int32, CCW seen from outside.
        part: one of ``PARTS``.
        tangent: [n, 3] direction of the strands, or zeros.
        strand: [n, 3] place on a strand: across -1..1, along 0..1, a random number 0..1 per strand;
            of skin that lies in the shade of the jaw a place on the rest head, cm.
        color_role: a key of ``Colors.roles``: "hair", "beard", "glasses", "lens", "cloth", "headwear",
            "trim" (a second colour of headwear), "earring", "brow", "skin", "throat"
            (skin in the shade of the jaw) or a key of ``PROP_COLORS``.
        bind: None, rigid with the head; or (indices [n, k] into the skin's vertices, weights [n, k]): the
            vertex moves with the weighted displacement of those skin vertices from the person's neutral.
        follow: 1 if it turns with the head, 0 if it stays where it is.
        lift: how much nearer to the camera it counts when it is decided what is in front, cm; one number, or
            [n, 1].
        tone: [n] how hair or cloth is painted, from -1 in a groove to 1 in a light, see
            :func:`colors.toned`; or nothing: one colour.
    """

    vertices: np.ndarray
    triangles: np.ndarray
    part: str
    tangent: np.ndarray
    strand: np.ndarray
    color_role: str
    bind: tuple[np.ndarray, np.ndarray] | None = None
    follow: float = 1.0
    lift: np.ndarray | float = 0.0
    tone: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))


@dataclass(frozen=True)
class PosedMesh:
    """A character in one frame, in the frame of the camera: the head frame after posing, cm.

    Attributes:
        points: [N, 3]; normals: [N, 3] unit.
        triangles: [T, 3] int32; part: [T] int8 index into ``PARTS`` before paint; surface: [T] int8.
        closed: [T] bool, whether a triangle can only be seen from its front.
        color: [N, 3] sRGB in [0, 1].
        tangent: [N, 3] direction of strands, or 0.
        local: [N, 3] rest position on the skin, direction in the iris's frame on eyes, strand coordinates
            (across -1..1, along 0..1, random 0..1) elsewhere.
        shade: [N] shadow of the upper lid on the eyes, 0 elsewhere.
        lift: [N] how much nearer to the camera a vertex counts when it is decided what is in front, cm.
        catch: [2, 2, 4] catch-lights of the left and right eye: direction in the iris's frame, radius.
        colors, paint, detail: palette, paint map and its detail map.
        iris: radius of the iris, of the pupil, on a unit ball.
        camera: the framing, constant for a character.
    """

    points: np.ndarray
    normals: np.ndarray
    triangles: np.ndarray
    part: np.ndarray
    surface: np.ndarray
    closed: np.ndarray
    color: np.ndarray
    tangent: np.ndarray
    local: np.ndarray
    shade: np.ndarray
    lift: np.ndarray
    catch: np.ndarray
    colors: Colors
    paint: np.ndarray
    detail: np.ndarray
    iris: tuple[float, float]
    camera: Camera


@dataclass(frozen=True)
class Block:
    """A piece of the mesh whose vertices are made anew each frame."""

    name: str
    count: int
    triangles: np.ndarray
    part: str
    surface: int
    color: np.ndarray
    local: np.ndarray | None = None
    tangent: np.ndarray | None = None
    follow: np.ndarray | float = 1.0
    lift: np.ndarray | float = 0.0
    #: [n, 3] what its vertices are painted with, where that is not ``color``.
    painted: np.ndarray | None = None


@dataclass(frozen=True)
class Drawn:
    """Some of the triangles of a mesh [n, 3], with what is known of each, as in :class:`PosedMesh`."""

    triangles: np.ndarray
    part: np.ndarray
    surface: np.ndarray
    closed: np.ndarray


@dataclass(frozen=True)
class CharacterMesh:
    """A person, ready to be posed. Made by :meth:`CharacterModel.build`.

    Attributes:
        neutral: [S, 3] skin of the neutral face, cm, head frame.
        eye_centers: [2, 3] left, right, cm.
        openings: [2] how far the lids of either eye are apart, in those of the mean.
        paint: [H, W, C] the paint map with this person's marks; bare: the same without lips, which pictures
            show as patches; detail: [H, W] uint8 where ``paint`` has edges.
        lips: what the drawn mouth keeps of this person.
        drawn: the triangles that are seen in pictures; the others are for figures in other programs.
        nowhere: what stands for the vertices of those others, which are not worth moving for a picture.
        under_brows: [n, 3] triangles of the skin that the brows lie on.
        neck: what goes into the collar, where there is one.
    """

    character: Character
    neutral: np.ndarray
    eye_centers: np.ndarray
    openings: np.ndarray
    colors: Colors
    paint: np.ndarray
    bare: np.ndarray
    detail: np.ndarray
    brows: list[Brow]
    under_brows: np.ndarray
    assets: list[AssetMesh]
    mouth: MouthFit
    lips: MouthRest
    neck: Neck | None
    blocks: list[Block]
    triangles: np.ndarray
    part: np.ndarray
    surface: np.ndarray
    closed: np.ndarray
    drawn: Drawn
    nowhere: list[np.ndarray]
    color: np.ndarray
    local: np.ndarray
    tangent: np.ndarray
    follow: np.ndarray
    lift: np.ndarray
    camera: Camera
