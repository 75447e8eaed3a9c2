"""A character as binary glTF 2.0: a rigged, textured head with the 52 ARKit shapes, still or in motion.

Units are metres, +y is up and the face looks along +z, as glTF asks for. The tree of nodes::

    avatar ─ shoulders ─┬─ cloth
                        └─ head ─┬─ jaw ── teeth_lower, tongue
                                 ├─ eyeLeft, eyeRight
                                 └─ hair, brows, lashes, glasses, headwear …
    skin, mouth, beard: skinned to shoulders, head and jaw

A morph target is the difference of two poses of the character that the painter draws: one shape at 1, and
none. There are ARKit's 52 in the order of ``ARKIT_52``, then two that bend a shut eye into the arc of a
laugh. All that a face does is in these shapes, ``jawOpen`` among them: the joint ``jaw`` stays at rest and is
there for rigs that want to move it on top.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gen_avatar import __version__
from gen_avatar.character.baking import SKIN_TEXTURE, bake_skin
from gen_avatar.character.character import CharacterModel
from gen_avatar.character.mesh import CharacterMesh
from gen_avatar.character.proportions import warp
from gen_avatar.export.obj import CHARACTER_NAME
from gen_avatar.export.pieces import jaw_share, pieces
from gen_avatar.export.scene import Figure, Scene
from gen_avatar.export.shapes import shapes_of
from gen_avatar.head.model import MorphableHead
from gen_avatar.media import GENERATED_MARK, atomic_write_bytes, atomic_write_text, write_png
from gen_avatar.options import make_folder
from gen_avatar.types import Character, Performance

AVATAR_NAME, TEXTURE_NAME = "avatar.glb", "texture.png"
#: The name space of IPTC's digital source type.
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"


class AvatarExporter:
    """Makes GLB files of people.

    Args:
        figure: the 3D character.
        head: the head that it was made from, for UVs and the jaw.
        texture_size: side of the skin's texture, texels.
    """

    def __init__(self, figure: CharacterModel, head: MorphableHead, texture_size: int = SKIN_TEXTURE) -> None:
        first, last = head.parts["skin"]
        corners = head.triangles.cpu().numpy() - first
        inside = ((corners >= 0) & (corners < last - first)).all(1)
        self._figure, self._uv, self._side = figure, head.uv.cpu().numpy(), texture_size
        self._corners, self._uv_corners = corners[inside], head.uv_triangles.cpu().numpy()[inside]
        self._jaw_weights = head.jaw_weights.cpu().numpy()[first:last]
        drawn = figure.head
        self._jaw_pivot = warp(head.jaw_pivot.cpu().numpy()[None], drawn.design, drawn.landmarks)[0]

    def texture(self, character: Character) -> np.ndarray:
        """[S, S, 3] uint8 sRGB: the skin over the head's UVs, the first row at v = 1."""
        mesh = self._figure.build(character)
        return bake_skin(mesh, self._uv, self._uvs_of(mesh), self._side)

    def glb(
        self,
        character: Character,
        performance: Performance | None = None,
        texture: np.ndarray | None = None,
    ) -> bytes:
        """The bytes of a GLB.

        Args:
            character: who.
            performance: what they do. The first frame is how they are while nothing plays (weights of the
                meshes, rotations of eyes and head); several frames are an animation as well. By default
                the face is neutral.
            texture: of the skin, if :meth:`texture` has made it before.
        """
        play = performance or Performance.still()
        mesh = self._figure.build(character, play.props)
        uvs = self._uvs_of(mesh)
        person = Figure(
            mesh=mesh,
            shapes=shapes_of(self._figure, mesh),
            pieces=pieces(mesh, uvs),
            uv=self._uv,
            texture=bake_skin(mesh, self._uv, uvs, self._side) if texture is None else texture,
            jaw_pivot=self._jaw_pivot,
            jaw_share=jaw_share(mesh, self._figure.head, self._jaw_weights),
            follow=mesh.follow[:, 0],
        )
        return Scene(person, play).glb(provenance())

    def _uvs_of(self, mesh: CharacterMesh) -> np.ndarray:
        """[T, 3] rows of the UVs for the triangles of the skin that are drawn, some of the head's."""
        size = np.int64(self._corners.max() + 1)
        every, drawn = (
            (t[:, 0] * size + t[:, 1]) * size + t[:, 2]
            for t in (self._corners.astype(np.int64), mesh.blocks[0].triangles.astype(np.int64))
        )
        order = np.argsort(every)
        return self._uv_corners[order[np.searchsorted(every[order], drawn)]]


def write_avatar(
    path: str | Path, exporter: AvatarExporter, character: Character, performance: Performance | None = None
) -> None:
    """Write a person, still or in motion, as ``.glb``, all or nothing; arguments as of
    :meth:`AvatarExporter.glb`. Raises ``MediaError``."""
    atomic_write_bytes(path, exporter.glb(character, performance))


def write_fit_glb(
    folder: Path, exporter: AvatarExporter, character: Character, performance: Performance
) -> list[Path]:
    """Write ``avatar.glb`` in the expression and gaze of a photo, head upright, the skin as ``texture.png``
    and ``character.json``; returns their paths. Raises ``MediaError``."""
    upright = replace(performance, head_rotation=np.zeros_like(performance.head_rotation))
    texture = exporter.texture(character)
    data = exporter.glb(character, upright, texture)
    make_folder(folder)
    atomic_write_bytes(folder / AVATAR_NAME, data)
    write_png(folder / TEXTURE_NAME, texture)
    atomic_write_text(folder / CHARACTER_NAME, character.to_json())
    return [folder / name for name in (AVATAR_NAME, TEXTURE_NAME, CHARACTER_NAME)]


def provenance() -> dict[str, Any]:
    """What a document says of itself: who made it, and that it is generated (IPTC's term, also as XMP).

    Nothing tells whom it shows.
    """
    packet = {
        "@context": {"Iptc4xmpExt": _IPTC},
        "@id": "",
        "Iptc4xmpExt:DigitalSourceType": GENERATED_MARK,
    }
    return {
        "asset": {
            "version": "2.0",
            "generator": f"gen_avatar {__version__}",
            "extras": {"digitalSourceType": GENERATED_MARK},
            "extensions": {"KHR_xmp_json_ld": {"packet": 0}},
        },
        "extensionsUsed": ["KHR_xmp_json_ld"],
        "extensions": {"KHR_xmp_json_ld": {"packets": [packet]}},
    }
