"""A small reader of GLB files, written from the specification: what an engine does with one, in numpy."""

from __future__ import annotations

import json
import struct
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

_TYPES = {5121: np.uint8, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


class Glb:
    """A parsed file; ``document`` is its JSON."""

    def __init__(self, data: bytes) -> None:
        magic, version, length = struct.unpack_from("<4sII", data)
        assert (magic, version, length) == (b"glTF", 2, len(data))
        size, kind = struct.unpack_from("<I4s", data, 12)
        assert kind == b"JSON"
        self.text = data[20 : 20 + size].decode("utf-8")
        self.document: dict[str, Any] = json.loads(self.text)
        size_of_rest, kind = struct.unpack_from("<I4s", data, 20 + size)
        assert kind == b"BIN\0" and 28 + size + size_of_rest == len(data)
        self._binary = data[28 + size :]

    def node(self, name: str) -> int:
        return [node.get("name") for node in self.document["nodes"]].index(name)

    def mesh(self, name: str) -> dict[str, Any]:
        return next(mesh for mesh in self.document["meshes"] if mesh["name"] == name)

    def material(self, name: str) -> dict[str, Any]:
        return next(m for m in self.document["materials"] if m["name"] == name)

    def picture(self, texture: int) -> np.ndarray:
        source = self.document["images"][self.document["textures"][texture]["source"]]
        view = self.document["bufferViews"][source["bufferView"]]
        start = view.get("byteOffset", 0)
        return np.asarray(Image.open(BytesIO(self._binary[start : start + view["byteLength"]])))

    def array(self, index: int) -> np.ndarray:
        """[n] or [n, width] values of an accessor."""
        a = self.document["accessors"][index]
        width, kind = _WIDTHS[a["type"]], _TYPES[a["componentType"]]
        out = np.zeros((a["count"], width), kind)
        if "bufferView" in a:
            view = self.document["bufferViews"][a["bufferView"]]
            assert view.get("byteStride", width * out.itemsize) == width * out.itemsize
            out = self._read(a, kind, a["count"] * width).reshape(-1, width)
        if "sparse" in a:
            s = a["sparse"]
            rows = self._read(s["indices"], _TYPES[s["indices"]["componentType"]], s["count"])
            out[rows] = self._read(s["values"], kind, s["count"] * width).reshape(-1, width)
        return out[:, 0] if width == 1 else out

    def _read(self, where: dict[str, Any], kind: Any, count: int) -> np.ndarray:
        view = self.document["bufferViews"][where["bufferView"]]
        start = view.get("byteOffset", 0) + where.get("byteOffset", 0)
        return np.frombuffer(self._binary, kind, count, start).copy()

    def matrices(self, moved: dict[int, dict[str, Any]] | None = None) -> list[np.ndarray]:
        """[4, 4] of each node in the world; ``moved``: other values of a node's properties."""
        nodes = [{**node, **(moved or {}).get(i, {})} for i, node in enumerate(self.document["nodes"])]
        out: list[np.ndarray] = [np.eye(4)] * len(nodes)

        def visit(index: int, above: np.ndarray) -> None:
            own = np.eye(4)
            own[:3, :3] = _rotation(nodes[index].get("rotation", [0, 0, 0, 1]))
            own[:3, 3] = nodes[index].get("translation", [0, 0, 0])
            out[index] = above @ own
            for child in nodes[index].get("children", []):
                visit(child, out[index])

        for root in self.document["scenes"][self.document["scene"]]["nodes"]:
            visit(root, np.eye(4))
        return out

    def corners(
        self, node: int, weights: np.ndarray | None = None, world: list[np.ndarray] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """[T, 3, 3] triangles of a node's mesh in the world, and their normals at the corners.

        Args:
            node: its number.
            weights: of the shapes, by default those of the mesh.
            world: of all nodes, by default as the file has them.
        """
        world = world or self.matrices()
        about = self.document["nodes"][node]
        mesh = self.document["meshes"][about["mesh"]]
        own = np.asarray(mesh.get("weights", []) if weights is None else weights, np.float64)
        points, normals = [], []
        for primitive in mesh["primitives"]:
            at, normal = (
                self.array(primitive["attributes"][k]).astype(float) for k in ("POSITION", "NORMAL")
            )
            for share, target in zip(own, primitive.get("targets", []), strict=bool(len(own))):
                if share:
                    at += share * self.array(target["POSITION"])
                    normal += share * self.array(target["NORMAL"])
            matrix = np.broadcast_to(world[node], (len(at), 4, 4))
            if "skin" in about:
                matrix = self._skinned(self.document["skins"][about["skin"]], primitive["attributes"], world)
            at = np.einsum("nij,nj->ni", matrix[:, :3, :3], at) + matrix[:, :3, 3]
            normal = np.einsum("nij,nj->ni", matrix[:, :3, :3], normal)
            normal /= np.linalg.norm(normal, axis=1, keepdims=True)
            triangles = self.array(primitive["indices"]).reshape(-1, 3)
            points.append(at[triangles])
            normals.append(normal[triangles])
        return np.concatenate(points), np.concatenate(normals)

    def _skinned(
        self, skin: dict[str, Any], attributes: dict[str, int], world: list[np.ndarray]
    ) -> np.ndarray:
        inverse = self.array(skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
        bones = np.stack([world[joint] for joint in skin["joints"]]) @ inverse
        joints, weights = self.array(attributes["JOINTS_0"]), self.array(attributes["WEIGHTS_0"])
        return np.einsum("nk,nkij->nij", weights, bones[joints])


def _rotation(quaternion: Any) -> np.ndarray:
    x, y, z, w = np.asarray(quaternion, np.float64)
    return np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip
