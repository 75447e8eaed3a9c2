"""A fitted head as Wavefront OBJ with UVs, materials and the character beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from gen_avatar.head.model import MorphableHead
from gen_avatar.media import atomic_write_text
from gen_avatar.options import make_folder
from gen_avatar.types import Appearance, Character

MESH_NAME, MATERIAL_NAME, CHARACTER_NAME = "mesh.obj", "mesh.mtl", "character.json"

#: sRGB of what no photo tells.
_FIXED = {"eye": "#f3efe9", "mouth": "#8c3a3a", "teeth": "#f2eee6", "tongue": "#c96a6a"}


class Fitted(Protocol):
    """What is written: a head with its coefficients, and the character."""

    @property
    def head(self) -> MorphableHead: ...
    @property
    def fit(self) -> FitNumbers: ...
    @property
    def character(self) -> Character: ...


class FitNumbers(Protocol):
    """identity [K], expression [52], gaze [2, 2] in degrees."""

    @property
    def identity(self) -> np.ndarray: ...
    @property
    def expression(self) -> np.ndarray: ...
    @property
    def gaze(self) -> np.ndarray: ...


def write_fit(folder: Path, fitted: Fitted) -> list[Path]:
    """Write ``mesh.obj``, ``mesh.mtl`` and ``character.json``; returns their paths.

    The mesh has the expression and the gaze of the photo, in the head frame, cm.
    """
    numbers = [torch.from_numpy(a)[None].to(fitted.head.mean) for a in (
        fitted.fit.identity, fitted.fit.expression, fitted.fit.gaze
    )]  # fmt: skip
    vertices = fitted.head.vertices(*numbers)[0].cpu().numpy()
    texts = {
        MATERIAL_NAME: material_text(fitted.character.appearance),
        MESH_NAME: mesh_text(fitted.head, vertices),
        CHARACTER_NAME: fitted.character.to_json(),
    }
    make_folder(folder)
    for name, text in texts.items():
        atomic_write_text(folder / name, text)
    return [folder / name for name in (MESH_NAME, MATERIAL_NAME, CHARACTER_NAME)]


def mesh_text(head: MorphableHead, vertices: np.ndarray) -> str:
    """OBJ text.

    Args:
        head: gives faces, UVs and parts.
        vertices: [V, 3] cm.
    """
    lines = ["# head frame: cm, +x the subject's left, +y up, +z out of the face", f"mtllib {MATERIAL_NAME}"]
    lines += [f"v {x:.5f} {y:.5f} {z:.5f}" for x, y, z in vertices.tolist()]
    lines += [f"vt {u:.6f} {v:.6f}" for u, v in head.uv.cpu().numpy().tolist()]
    lines += _face_lines(head)
    return "\n".join(lines) + "\n"


def _face_lines(head: MorphableHead) -> Iterator[str]:
    faces, uv_faces = head.faces.cpu().numpy(), head.uv_faces.cpu().numpy()
    owner = np.full(len(head.mean), "other", dtype=object)
    for name, (first, last) in head.parts.items():
        owner[first:last] = name
    for name in (*head.parts, "other"):
        inside = owner[faces[:, 0]] == name
        if not inside.any():
            continue
        yield from (f"g {name}", f"usemtl {_material(name)}")
        for corners, uvs in zip(faces[inside].tolist(), uv_faces[inside].tolist(), strict=True):
            yield "f " + " ".join(f"{c + 1}/{u + 1}" for c, u in zip(corners, uvs, strict=True) if c >= 0)


def _material(part: str) -> str:
    """The material of a part of the head."""
    return next((name for name in _FIXED if part.startswith(name)), "skin")


def material_text(appearance: Appearance) -> str:
    """MTL text: one plain material for each kind of part, in the person's colours."""
    blocks = []
    for name, color in {"skin": appearance.skin_color, **_FIXED}.items():
        red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
        blocks.append(f"newmtl {name}\nKd {red:.4f} {green:.4f} {blue:.4f}\nKs 0.05 0.05 0.05\nNs 20\n")
    return "\n".join(blocks)
