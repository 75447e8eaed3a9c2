"""MorphableHead: a 3D morphable model of the whole head, linear in identity and expression.

    vertices = mean + Σ identityᵢ · Iᵢ + Σ expressionⱼ · Eⱼ        (Blanz & Vetter 1999)

after which the jaw and the eyes turn as joints. Everything lives in the head
frame of :mod:`gen_avatar.types` (cm, +x subject's left, +y up, +z out of the face).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from gen_avatar.errors import WeightsError
from gen_avatar.types import ARKIT_52

WEIGHTS_NAME = "head.safetensors"
CONFIG_NAME = "config.json"

#: Tensors that are stored in half precision: they are small corrections, and half of the file's size.
_HALF = ("identity", "expression", "eye_centers_identity")


@dataclass(frozen=True)
class LandmarkEmbedding:
    """Where landmarks lie on the surface.

    Attributes:
        triangle: [L] int64, rows of ``MorphableHead.triangles``.
        barycentric: [L, 3] weights of the triangle's corners.
        offset: [L, 3] constant displacement in the head frame, cm; what a landmark detector
            sees is not always a point of the skin.
    """

    triangle: Tensor
    barycentric: Tensor
    offset: Tensor


@dataclass(frozen=True)
class MorphableHead:
    """A head model.

    Attributes:
        name: ``"genhead"``, ``"ict"`` …
        mean: [V, 3] cm.
        identity: [K, V, 3] cm per σ.
        expression: [52, V, 3] cm at a weight of 1, in the order of ``ARKIT_52``.
        faces: [F, 4] int64 quads; triangles have -1 last. Counter-clockwise from outside.
        uv: [U, 2] in [0, 1], v up.
        uv_faces: [F, 4] int64, rows of ``uv`` for ``faces``.
        parts: name → (first vertex, one past the last).
        eye_centers: [2, 3] left (+x), right; cm.
        eye_centers_identity: [K, 2, 3] cm per σ.
        jaw_pivot: [3] a point of the jaw's axis, cm.
        jaw_weights: [V] how much a vertex follows the jaw, in [0, 1].
        embeddings: ``"facemesh478"`` and ``"ibug68"``.
    """

    name: str
    mean: Tensor
    identity: Tensor
    expression: Tensor
    faces: Tensor
    uv: Tensor
    uv_faces: Tensor
    parts: dict[str, tuple[int, int]]
    eye_centers: Tensor
    eye_centers_identity: Tensor
    jaw_pivot: Tensor
    jaw_weights: Tensor
    embeddings: dict[str, LandmarkEmbedding]

    def __post_init__(self) -> None:
        if self.expression.shape[0] != len(ARKIT_52):
            raise WeightsError(
                f"a head has the {len(ARKIT_52)} ARKit shapes, this one has {len(self.expression)}"
            )

    @property
    def triangles(self) -> Tensor:
        """[T, 3] int64: ``faces`` with every quad cut in two."""
        quads = self.faces[self.faces[:, 3] >= 0]
        return torch.cat([self.faces[:, :3], quads[:, [0, 2, 3]]])

    @property
    def uv_triangles(self) -> Tensor:
        """[T, 3] int64 rows of ``uv`` for ``triangles``."""
        quads = self.uv_faces[self.faces[:, 3] >= 0]
        return torch.cat([self.uv_faces[:, :3], quads[:, [0, 2, 3]]])

    def vertices(
        self,
        identity: Tensor,
        expression: Tensor,
        gaze: Tensor | None = None,
        jaw: Tensor | None = None,
    ) -> Tensor:
        """Pose the head.

        Args:
            identity: [B, k] coefficients in σ, k ≤ K.
            expression: [B, 52] weights in [0, 1].
            gaze: [B, 2, 2] (yaw, pitch) of the left and the right eye, degrees.
            jaw: [B, 3] (yaw, pitch, roll) of the jaw, degrees; pitch < 0 opens the mouth.

        Returns:
            [B, V, 3] cm, head frame.
        """
        k = identity.shape[-1]
        points = self.mean + torch.einsum("bk,kvc->bvc", identity, self.identity[:k])
        points = points + torch.einsum("be,evc->bvc", expression, self.expression)
        if jaw is not None:
            turned = (points - self.jaw_pivot) @ _turn(jaw).transpose(-1, -2) + self.jaw_pivot
            points = points + self.jaw_weights[:, None] * (turned - points)
        if gaze is not None:
            centers = self.eye_centers + torch.einsum("bk,kec->bec", identity, self.eye_centers_identity[:k])
            for eye, part in enumerate(("eye_left", "eye_right")):
                first, last = self.parts[part]
                center = centers[:, eye, None]
                angles = torch.cat([gaze[:, eye], torch.zeros_like(gaze[:, eye, :1])], -1)
                ball = (points[:, first:last] - center) @ _turn(angles).transpose(-1, -2) + center
                points = torch.cat([points[:, :first], ball, points[:, last:]], 1)
        return points

    def landmark_basis(self, scheme: str) -> tuple[Tensor, Tensor, Tensor]:
        """Mean [L, 3], identity basis [K, L, 3] and expression basis [52, L, 3] of a landmark scheme.

        Raises:
            WeightsError: the head has no such embedding.
        """
        if scheme not in self.embeddings:
            raise WeightsError(
                f"the head '{self.name}' has no '{scheme}' landmarks; it has {sorted(self.embeddings)}"
            )
        embedding = self.embeddings[scheme]
        corners = self.triangles[embedding.triangle]

        def at(field: Tensor) -> Tensor:
            return (field[..., corners, :] * embedding.barycentric[:, :, None]).sum(-2)

        return at(self.mean) + embedding.offset, at(self.identity), at(self.expression)

    def to(self, device: torch.device | str | None = None, dtype: torch.dtype | None = None) -> MorphableHead:
        """A copy with all tensors on ``device`` and the real ones in ``dtype``."""

        def move(t: Tensor) -> Tensor:
            return t.to(device=device, dtype=dtype if t.is_floating_point() else None)

        tensors = {k: move(v) for k, v in vars(self).items() if isinstance(v, Tensor)}
        embeddings = {
            k: LandmarkEmbedding(e.triangle.to(device), move(e.barycentric), move(e.offset))
            for k, e in self.embeddings.items()
        }
        return MorphableHead(**{**vars(self), **tensors, "embeddings": embeddings})

    def save_pretrained(self, folder: str | Path) -> None:
        """Write ``config.json`` and ``head.safetensors``."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {k: v.half() if k in _HALF else v for k, v in vars(self).items() if isinstance(v, Tensor)}
        for key in ("faces", "uv_faces"):
            tensors[key] = tensors[key].int()
        for name, e in self.embeddings.items():
            tensors |= {f"embedding.{name}.triangle": e.triangle.int()}
            tensors |= {f"embedding.{name}.barycentric": e.barycentric, f"embedding.{name}.offset": e.offset}
        config = {"_class_name": "MorphableHead", "name": self.name, "parts": self.parts}
        staged = folder / f".{WEIGHTS_NAME}.part"
        save_file({k: v.contiguous().cpu() for k, v in tensors.items()}, staged)
        staged.replace(folder / WEIGHTS_NAME)
        (folder / CONFIG_NAME).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def from_pretrained(cls, folder: str | Path) -> MorphableHead:
        """Load what :meth:`save_pretrained` wrote, as float32.

        Raises:
            WeightsError: a file is missing or damaged.
        """
        folder = Path(folder)
        try:
            config = json.loads((folder / CONFIG_NAME).read_text(encoding="utf-8"))
            tensors = load_file(folder / WEIGHTS_NAME)
        except Exception as error:  # safetensors raises its own, undocumented classes
            raise WeightsError(f"cannot load a head from {folder}: {error}") from error
        tensors = {k: v.float() if v.is_floating_point() else v.long() for k, v in tensors.items()}
        names = {k.split(".")[1] for k in tensors if k.startswith("embedding.")}
        embeddings = {
            n: LandmarkEmbedding(
                *(tensors.pop(f"embedding.{n}.{k}") for k in ("triangle", "barycentric", "offset"))
            )
            for n in names
        }
        parts = {k: (int(a), int(b)) for k, (a, b) in config["parts"].items()}
        try:
            return cls(name=config["name"], parts=parts, embeddings=embeddings, **tensors)
        except TypeError as error:
            raise WeightsError(f"the head in {folder} is incomplete: {error}") from error


def _turn(angles: Tensor) -> Tensor:
    """[B, 3, 3] rotations of (yaw, pitch, roll) in degrees, as defined in :mod:`gen_avatar.types`."""
    yaw, pitch, roll = torch.deg2rad(angles).unbind(-1)
    zero, one = torch.zeros_like(yaw), torch.ones_like(yaw)

    def matrix(*rows: Tensor) -> Tensor:
        return torch.stack(rows, -1).reshape(-1, 3, 3)

    about_y = matrix(yaw.cos(), zero, yaw.sin(), zero, one, zero, -yaw.sin(), zero, yaw.cos())
    about_x = matrix(one, zero, zero, zero, pitch.cos(), pitch.sin(), zero, -pitch.sin(), pitch.cos())
    about_z = matrix(roll.cos(), -roll.sin(), zero, roll.sin(), roll.cos(), zero, zero, zero, one)
    return about_z @ about_y @ about_x
