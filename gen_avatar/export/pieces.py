"""A character taken apart for export: named meshes of surfaces, each with a material and a bone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gen_avatar.character.drawn_mouth import DRAWN_MOUTH_BLOCKS
from gen_avatar.character.mesh import CharacterMesh
from gen_avatar.character.proportions import StylizedHead
from gen_avatar.character.surface import bound

#: What carries a mesh: the shoulders, the head, the jaw or an eye as a whole; or each vertex by its own
#: weights.
SHOULDERS, HEAD, JAW, EYES, SKINNED = "shoulders", "head", "jaw", "eyes", "skinned"
#: Roughness of surfaces by material or part; all others have the last. Dark lenses are flat fans of
#: triangles, on which a sharp light would break.
_ROUGHNESS = {
    "skin": 0.62, "eye": 0.18, "lash": 0.95, "brow": 0.85, "mouth": 0.7, "teeth": 0.3,
    "tongue": 0.45, "hair": 0.5, "beard": 0.75, "glasses": 0.28, "glasses_shade": 0.6, "glasses_glint": 0.6,
    "lens": 0.05, "cloth": 0.9, "headwear": 0.85, "ornament": 0.35, "": 0.7,
}  # fmt: skip
#: How much of what lies behind a lens it hides.
_LENS_ALPHA = 0.10
#: Names and carriers of the blocks before the wardrobe's, in the order of the mesh. The drawn mouth
#: is left out: it changes as no sum of shapes can do, and the texture has lips too.
_FACE = (
    ("skin", SKINNED),
    ("eye", EYES), ("lashes", HEAD), ("lashes", HEAD), ("lid_creases", HEAD),
    ("eye", EYES), ("lashes", HEAD), ("lashes", HEAD), ("lid_creases", HEAD),
    ("brows", HEAD), ("brows", HEAD),
    ("mouth", SKINNED), ("teeth_upper", HEAD), ("teeth_lower", JAW), ("tongue", JAW),
    *[("", "")] * DRAWN_MOUTH_BLOCKS,
)  # fmt: skip
_MOUTH = [name for name, _ in _FACE].index("mouth")


@dataclass(frozen=True)
class Material:
    """What a surface is made of.

    Attributes:
        name: ``"skin"``, ``"hair"`` …; two surfaces with one name are made of the same.
        color: [3] sRGB in [0, 1].
        alpha: 1, or less for what is see-through.
        roughness: of glTF's metallic-roughness model, [0, 1]; nothing here is metal.
        double_sided: whether backs are drawn.
    """

    name: str
    color: np.ndarray
    alpha: float
    roughness: float
    double_sided: bool


@dataclass(frozen=True)
class Surface:
    """One material of a mesh.

    Attributes:
        material: what it is made of.
        rows: [n] its vertices among those of the posed character.
        triangles: [m, 3] int64 rows of ``rows``.
        texture_rows: [n] rows of the UVs of a texture, or empty.
    """

    material: Material
    rows: np.ndarray
    triangles: np.ndarray
    texture_rows: np.ndarray


@dataclass(frozen=True)
class Piece:
    """A mesh: its name, its carrier (``SHOULDERS``, ``HEAD`` …) and one surface a material."""

    name: str
    carrier: str
    surfaces: tuple[Surface, ...]

    @property
    def rows(self) -> np.ndarray:
        """Its vertices among those of the posed character."""
        return np.concatenate([surface.rows for surface in self.surfaces])


@dataclass(frozen=True)
class _Part:
    """A run of triangles ``start``…``stop`` of a character and where they belong."""

    name: str
    carrier: str
    material: Material
    start: int
    stop: int


def pieces(mesh: CharacterMesh, uv_triangles: np.ndarray) -> list[Piece]:
    """The meshes of a person; their triangles keep the order that they have in ``mesh``.

    Both eyes are the same ball, so there is one mesh for them, the left one's.

    Args:
        mesh: the person.
        uv_triangles: [T, 3] rows of the UVs for the triangles of the skin.
    """
    kinds: dict[tuple[str, str], dict[str, list[_Part]]] = {}
    for part in _parts(mesh):
        kinds.setdefault((part.name, part.carrier), {}).setdefault(part.material.name, []).append(part)
    made = []
    for (name, carrier), materials in kinds.items():
        runs = [run[:1] if carrier == EYES else run for run in materials.values()]
        surfaces = [_surface(mesh, run, uv_triangles if name == "skin" else None) for run in runs]
        made.append(Piece(name, carrier, tuple(surfaces)))
    return made


def _parts(mesh: CharacterMesh) -> Iterator[_Part]:
    stop = 0
    for index, block in enumerate(mesh.blocks):
        start, stop = stop, stop + len(block.triangles)
        closed = bool(mesh.closed[start:stop].all())
        if index < len(_FACE):
            name, carrier = _FACE[index]
            if not name:
                continue
            title, color, alpha = name, np.asarray(block.color), 1.0
            if name == "lashes":
                title = "lashes_upper" if index in (2, 6) else "lashes_lower"
            if name in ("skin", "eye"):
                color = np.ones(3)  # it has a texture
        else:
            asset = mesh.assets[index - len(_FACE)]
            # Skin below a low collar is a thing of its own, without a texture.
            kind = "chest" if asset.part == "skin" else asset.part
            name, color = kind, np.asarray(block.color)
            title = kind if asset.color_role in (asset.part, "throat") else f"{kind}_{asset.color_role}"
            carrier, alpha = SHOULDERS, 1.0
            if asset.follow:
                carrier = SKINNED if kind == "beard" and asset.bind is not None else HEAD
            elif kind not in ("cloth", "chest"):
                name = f"{kind}_fixed"  # such as the part of a scarf that does not turn with the head
            if asset.part == "lens":
                alpha = _LENS_ALPHA
        rough = _ROUGHNESS.get(title, _ROUGHNESS.get(block.part, _ROUGHNESS[""]))
        yield _Part(name, carrier, Material(title, color, alpha, rough, not closed), start, stop)


def _surface(mesh: CharacterMesh, run: list[_Part], uv_triangles: np.ndarray | None) -> Surface:
    """Join runs of triangles; only what they use is kept, once for each place in a texture."""
    material = run[0].material
    if any(part.material.double_sided for part in run):
        material = Material(material.name, material.color, material.alpha, material.roughness, True)
    triangles = np.concatenate([mesh.triangles[part.start : part.stop] for part in run]).astype(np.int64)
    if uv_triangles is None:
        rows, corners = np.unique(triangles, return_inverse=True)
        return Surface(material, rows, corners.reshape(-1, 3), np.zeros(0, np.int64))
    both = np.stack([triangles.ravel(), uv_triangles.ravel()], 1)
    pairs, corners = np.unique(both, axis=0, return_inverse=True)
    return Surface(material, pairs[:, 0], corners.reshape(-1, 3), pairs[:, 1])


def jaw_share(mesh: CharacterMesh, head: StylizedHead, skin_weights: np.ndarray) -> np.ndarray:
    """[N] how much each vertex of a character turns with the jaw; 0 for what a bone carries as a whole.

    Args:
        mesh: the person; head: that it was made from.
        skin_weights: [S] those of the skin.
    """
    shares = {index: np.zeros(block.count, np.float32) for index, block in enumerate(mesh.blocks)}
    shares[0] = skin_weights.astype(np.float32)
    ring = skin_weights[head.mouth_loop]
    # The bag behind the lips: the deeper, the less.
    depths = np.linspace(1, 0, mesh.blocks[_MOUTH].count // len(ring))
    shares[_MOUTH] = np.outer(depths, ring).ravel()
    for index, asset in enumerate(mesh.assets, len(_FACE)):
        if asset.part == "beard" and asset.bind is not None:
            shares[index] = bound(skin_weights[:, None], asset.bind)[:, 0]
    return np.concatenate([share.astype(np.float32) for share in shares.values()])
