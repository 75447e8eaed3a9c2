"""The glTF document of a person: nodes, meshes, materials, skin and animation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from gen_avatar.character.baking import bake_eye, eye_uv
from gen_avatar.character.mesh import CharacterMesh
from gen_avatar.character.turning import NECK_PIVOT, nod_shift
from gen_avatar.export.glb import INDICES, VERTICES, GlbBuilder
from gen_avatar.export.pieces import EYES, HEAD, JAW, SHOULDERS, SKINNED, Material, Piece, Surface
from gen_avatar.export.shapes import SHAPE_NAMES, Shapes, played_weights
from gen_avatar.types import Performance

#: The one animation of a document.
ANIMATION_NAME = "performance"
METRES = np.float32(0.01)
#: Textures end at their edges and are smooth from near and far (numbers of OpenGL).
_SAMPLER = {"magFilter": 9729, "minFilter": 9987, "wrapS": 33071, "wrapT": 33071}


@dataclass(frozen=True)
class Figure:
    """A person ready for export, in the head frame, cm.

    Attributes:
        mesh: the person.
        shapes: the face at rest and what each shape adds.
        pieces: the meshes.
        uv: [U, 2] of the skin, v up; texture: [S, S, 3] uint8 for them.
        jaw_pivot: [3]; jaw_share: [N] how much each vertex turns with the jaw.
        follow: [N] how much each vertex turns with the head.
    """

    mesh: CharacterMesh
    shapes: Shapes
    pieces: list[Piece]
    uv: np.ndarray
    texture: np.ndarray
    jaw_pivot: np.ndarray
    jaw_share: np.ndarray
    follow: np.ndarray


class Scene:
    """Puts a person and what they do into a document. The first frame is the state at rest."""

    def __init__(self, figure: Figure, performance: Performance) -> None:
        self._figure, self._play = figure, performance
        self._glb = GlbBuilder()
        self._nodes: list[dict[str, Any]] = []
        self._meshes: list[dict[str, Any]] = []
        self._materials: list[dict[str, Any]] = []
        self._textures: list[dict[str, int]] = []
        self._morphing: list[int] = []
        self._weights = played_weights(figure.mesh, performance)
        self._made: dict[str, int] = {}

    def glb(self, about: dict[str, Any]) -> bytes:
        """The bytes of the file; ``about``: what its document says of itself."""
        figure, play = self._figure, self._play
        shoulders = self._node("shoulders", np.zeros(3))
        avatar = self._node("avatar", np.zeros(3), children=[shoulders])
        turn, place = head_motion(play)
        head = self._node("head", place[0], shoulders, rotation=turn[0])
        jaw = self._node("jaw", figure.jaw_pivot - NECK_PIVOT, head)
        eyes = [
            self._node(name, center - NECK_PIVOT, head, rotation=eye_rotations(play, side)[0])
            for side, (name, center) in enumerate(
                zip(("eyeLeft", "eyeRight"), figure.mesh.eye_centers, strict=True)
            )
        ]
        roots, bones = [avatar], [shoulders, head, jaw]
        carriers = {
            SHOULDERS: (shoulders, np.zeros(3)),
            HEAD: (head, NECK_PIVOT),
            JAW: (jaw, figure.jaw_pivot),
        }
        for piece in figure.pieces:
            mesh, moves = self._mesh(piece)
            if piece.carrier == EYES:
                for eye in eyes:
                    self._nodes[eye]["mesh"] = mesh
                continue
            if piece.carrier == SKINNED:
                node = self._node(piece.name, np.zeros(3), mesh=mesh, skin=0)
                roots.append(node)
            else:
                parent, origin = carriers[piece.carrier]
                node = self._node(piece.name, -np.asarray(origin), parent, mesh=mesh)
            if moves:
                self._morphing.append(node)
        document = {
            **about,
            "scene": 0,
            "scenes": [{"name": "avatar", "nodes": roots}],
            "nodes": self._nodes,
            "meshes": self._meshes,
            "materials": self._materials,
            "textures": self._textures,
            "samplers": [_SAMPLER],
            "skins": [self._skin(bones)],
        }
        if len(play) > 1:
            document["animations"] = [self._animation(head, eyes, turn, place)]
        return self._glb.build(document)

    def _node(self, name: str, at: np.ndarray, parent: int | None = None, **fields: Any) -> int:
        node: dict[str, Any] = {"name": name, **fields}
        if np.any(at):
            node["translation"] = (np.asarray(at, np.float32) * METRES).tolist()
        if "rotation" in node:
            node["rotation"] = node["rotation"].tolist()
        self._nodes.append(node)
        index = len(self._nodes) - 1
        if parent is not None:
            self._nodes[parent].setdefault("children", []).append(index)
        return index

    def _mesh(self, piece: Piece) -> tuple[int, bool]:
        """The number of a new mesh, and whether it has shapes."""
        moves = bool(self._figure.shapes.moves[:, piece.rows].any())
        mesh: dict[str, Any] = {
            "name": piece.name,
            "primitives": [self._primitive(piece, surface, moves) for surface in piece.surfaces],
        }
        if moves:
            mesh |= {"weights": self._weights[0].tolist(), "extras": {"targetNames": list(SHAPE_NAMES)}}
        self._meshes.append(mesh)
        return len(self._meshes) - 1, moves

    def _primitive(self, piece: Piece, surface: Surface, moves: bool) -> dict[str, Any]:
        figure, glb, rows = self._figure, self._glb, surface.rows
        neutral = figure.shapes.neutral
        points, normals, triangles = figure.shapes.points[rows], neutral.normals[rows], surface.triangles
        if piece.carrier == EYES:
            # The painter does not mind which way a ball faces.
            points = normals = points - figure.mesh.eye_centers[0]
            triangles = triangles[:, ::-1]
        attributes = {
            "POSITION": glb.array(points * METRES, VERTICES, bounds=True),
            "NORMAL": glb.array(_unit(normals), VERTICES),
        }
        if len(surface.texture_rows):
            down = figure.uv[surface.texture_rows] * [1, -1] + [0, 1]
            attributes["TEXCOORD_0"] = glb.array(down.astype(np.float32), VERTICES)
        elif piece.carrier == EYES:
            attributes["TEXCOORD_0"] = glb.array(eye_uv(neutral.local[rows]), VERTICES)
        if piece.carrier == SKINNED:
            joints, weights = self._bound(rows)
            attributes |= {"JOINTS_0": glb.array(joints, VERTICES), "WEIGHTS_0": glb.array(weights, VERTICES)}
        kind = np.uint16 if len(rows) < 0xFFFF else np.uint32
        primitive: dict[str, Any] = {
            "attributes": attributes,
            "indices": glb.array(triangles.ravel().astype(kind), INDICES),
            "material": self._material(surface.material),
        }
        if moves:
            primitive["targets"] = [
                {"POSITION": glb.sparse(move[rows] * METRES, bounds=True), "NORMAL": glb.sparse(turn[rows])}
                for move, turn in zip(figure.shapes.moves, figure.shapes.turns, strict=True)
            ]
        return primitive

    def _bound(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Bones [n, 4] uint8 and weights [n, 4] float32 of skinned vertices."""
        follow, jaw = self._figure.follow[rows], self._figure.jaw_share[rows]
        weights = np.zeros((len(rows), 4), np.float32)
        # In steps that floats add up without rounding: the sums have to be 1.
        head, weights[:, 2] = (np.round(share * 2**16) / 2**16 for share in (follow, follow * jaw))
        weights[:, 1], weights[:, 0] = head - weights[:, 2], 1 - head
        # Bones without weight must be named as the first one.
        return np.where(weights > 0, np.arange(4), 0).astype(np.uint8), weights

    def _skin(self, bones: list[int]) -> dict[str, Any]:
        places = np.stack([np.zeros(3), NECK_PIVOT, self._figure.jaw_pivot])
        inverse = np.tile(np.eye(4, dtype=np.float32), (len(bones), 1, 1))
        inverse[:, 3, :3] = -places * METRES  # column by column
        matrices = self._glb.array(inverse.reshape(-1, 16))
        return {"name": "skin", "joints": bones, "skeleton": bones[0], "inverseBindMatrices": matrices}

    def _material(self, material: Material) -> int:
        if material.name in self._made:
            return self._made[material.name]
        surface: dict[str, Any] = {"metallicFactor": 0.0, "roughnessFactor": material.roughness}
        about: dict[str, Any] = {"name": material.name, "pbrMetallicRoughness": surface}
        if material.name == "skin":
            surface["baseColorTexture"] = {"index": self._texture("skin", self._figure.texture)}
        elif material.name == "eye":
            color, light = bake_eye(self._figure.shapes.neutral)
            surface["baseColorTexture"] = {"index": self._texture("eye", color)}
            # Catch-lights shine whatever the light.
            about["emissiveTexture"] = {"index": self._texture("catchlights", np.dstack([light] * 3))}
            about["emissiveFactor"] = [1.0, 1.0, 1.0]
        else:
            surface["baseColorFactor"] = [*linear(material.color).tolist(), material.alpha]
        if material.alpha < 1:
            about["alphaMode"] = "BLEND"
        if material.double_sided:
            about["doubleSided"] = True
        self._materials.append(about)
        self._made[material.name] = len(self._materials) - 1
        return self._made[material.name]

    def _texture(self, name: str, pixels: np.ndarray) -> int:
        self._textures.append({"sampler": 0, "source": self._glb.picture(name, pixels)})
        return len(self._textures) - 1

    def _animation(self, head: int, eyes: list[int], turn: np.ndarray, place: np.ndarray) -> dict[str, Any]:
        glb, play = self._glb, self._play
        times = glb.array((np.arange(len(play)) / play.fps).astype(np.float32), bounds=True)
        samplers: list[dict[str, Any]] = []
        channels: list[dict[str, Any]] = []

        def play_back(nodes: list[int], path: str, values: np.ndarray) -> None:
            samplers.append({"input": times, "interpolation": "LINEAR", "output": glb.array(values)})
            targets = [{"node": node, "path": path} for node in nodes]
            channels.extend({"sampler": len(samplers) - 1, "target": target} for target in targets)

        play_back(self._morphing, "weights", self._weights.ravel())
        play_back([head], "rotation", turn)
        play_back([head], "translation", place.astype(np.float32) * METRES)
        for side, eye in enumerate(eyes):
            play_back([eye], "rotation", eye_rotations(play, side))
        return {"name": ANIMATION_NAME, "samplers": samplers, "channels": channels}


def head_motion(play: Performance) -> tuple[np.ndarray, np.ndarray]:
    """Rotations of the head [T, 4] float32 (x, y, z, w), and [T, 3] where the neck's pivot is, cm.

    The pivot gives way when the head nods or tilts, as the painter leads the face back into the picture.
    """
    place = np.stack([NECK_PIVOT + nod_shift(rotation) for rotation in play.head_rotation])
    return _quaternions(play.head_rotation), place


def eye_rotations(play: Performance, side: int) -> np.ndarray:
    """[T, 4] float32 (x, y, z, w) rotations of the left (0) or right (1) eye."""
    return _quaternions(np.pad(play.gaze[:, side], ((0, 0), (0, 1))))


def _quaternions(angles: np.ndarray) -> np.ndarray:
    """[T, 4] float32 of (yaw, pitch, roll) [T, 3] in degrees; neighbours lie on one side of the sphere."""
    yaw, pitch, roll = np.asarray(angles, np.float64).T
    turns = Rotation.from_euler("ZYX", np.stack([roll, yaw, -pitch], 1), degrees=True).as_quat()
    flips = np.cumprod(np.where((turns[1:] * turns[:-1]).sum(1) < 0, -1.0, 1.0))
    turns[1:] *= flips[:, None]
    return turns.astype(np.float32)


def linear(color: np.ndarray) -> np.ndarray:
    """Linear light of sRGB in [0, 1], as factors of glTF are given."""
    color = np.asarray(color, np.float64)
    return np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)


def _unit(normals: np.ndarray) -> np.ndarray:
    """Unit normals; what has none faces forwards."""
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.where(length > 1e-6, normals / np.maximum(length, 1e-6), [0, 0, 1]).astype(np.float32)
