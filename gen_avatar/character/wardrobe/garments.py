"""What the wardrobe stores, and how a person puts it on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from gen_avatar.character.mesh import AssetMesh
from gen_avatar.character.wardrobe.covering import (
    BAND_LIFT,
    OVER_HAIR,
    band_share,
    hangs_free,
    over_hair,
    press_hair,
)
from gen_avatar.character.wardrobe.files import load_arrays, save_arrays
from gen_avatar.character.wardrobe.fitting import (
    HAT_LIFT,
    LAYER,
    HandleWarp,
    clear_of_skin,
    collar_lift,
    collar_ring,
    fit_glasses,
    fit_to_neck,
    fit_to_skin,
    glasses_lift,
    tuck_arms,
)
from gen_avatar.character.wardrobe.tucking import hanging_out
from gen_avatar.errors import WeightsError
from gen_avatar.types import Appearance

#: One file a group of garments, so that one can be rebuilt without the others.
GROUPS = ("hair", "beard", "glasses", "headwear", "earring", "cloth")
#: Measures of the reference head, beside the groups.
MEASURES_NAME = "measures"
CONFIG_NAME = "config.json"
#: The chin in the iBUG landmarks.
CHIN = 8

#: Styles that are paint or nothing at all, hence without a mesh.
UNWORN = {
    "hair": ("bald", "buzz"),
    "beard": ("none", "stubble"),
    "glasses": ("none",),
    "headwear": ("none",),
    "earring": ("none",),
}

#: Types on disk that differ from those in memory; positions stay single, half would show on smooth surfaces.
_STORED = dict.fromkeys(
    ("tangent", "strand", "weights", "offset", "drift", "clearance", "cover", "tone"), np.float16
) | {
    "triangles": np.uint16,
    "indices": np.uint16,
    "region": np.uint8,
}


@dataclass(frozen=True)
class Garment:
    """One mesh of a style, as modelled on the reference head (the mean in emoji proportions, cm).

    Attributes:
        part: "hair", "beard", "glasses", "lens", "cloth", "skin", "headwear" or "ornament".
        role: whose colour it has, a key of ``Colors.roles``; by default that of its part.
        fit: how it follows a person's shape: "warp" (hair: a smooth map of space), "skin" (beards:
            fixed to the skin, moves with expressions), "glasses" or "neck" (cloth).
        vertices: [n, 3]; triangles: [m, 3] int32, CCW from outside.
        tangent: [n, 3] unit, direction of the strands; strand: [n, 3] as of :class:`AssetMesh`.
        clearance: [n] cm that it keeps above the skin, for "warp"; that it counts as nearer, for "skin".
        indices, weights: [n, k] skin vertices that a vertex is fixed to, for "skin"; for "warp", those whose
            expressions it follows, by the share that the weights sum to. Empty otherwise.
        offset: [n] cm along the skin's normal, and drift: [n, 3] cm beyond that; for "skin".
        region: [n] 0, 1 rims (left, right), 2 bridge, 3, 4 temples (left, right); for "glasses".
            For "warp", ``OVER_HAIR`` where a hat goes over hair.
        cover, origin: what a hat does to hair, [2, rows, columns] and [1, 3]; see :func:`press_hair`. Hair
            that a hat brings tells with its second layer which short hair it stands for.
        hides: groups that are not worn together with this.
        tone: [n] what is painted on hair: -1 in grooves, 1 in lights, 0 its own colour.
    """

    part: str
    fit: str
    vertices: np.ndarray
    triangles: np.ndarray
    tangent: np.ndarray
    strand: np.ndarray
    clearance: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    indices: np.ndarray = field(default_factory=lambda: np.zeros((0, 4), np.int32))
    weights: np.ndarray = field(default_factory=lambda: np.zeros((0, 4), np.float32))
    offset: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    drift: np.ndarray = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    region: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int32))
    role: str = ""
    cover: np.ndarray = field(default_factory=lambda: np.zeros((2, 0, 0), np.float32))
    origin: np.ndarray = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    hides: tuple[str, ...] = ()
    tone: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))


_ARRAYS = (
    "vertices",
    "triangles",
    "tangent",
    "strand",
    "clearance",
    "indices",
    "weights",
    "offset",
    "drift",
    "region",
    "cover",
    "origin",
    "tone",
)


@dataclass(frozen=True)
class Wardrobe:
    """All garments, and the measures of the reference head that they were modelled on.

    Attributes:
        garments: "hair/bob" → its meshes; groups are ``GROUPS``.
        vertex_count: number of vertices of the head that it fits.
        handles: [H] vertices of the skin that lead the warp, handle_rest: [H, 3] on the reference head.
        neck: [N] skin vertices of the ring under the collar, neck_rest: [N, 3].
        ears: [2] skin vertices that the temples reach, left and right; ear_rest: [2, 3].
        landmark_index, landmark_weight: [68, 3] where the iBUG landmarks lie on the skin.
        landmark_rest: [68, 3] the landmarks of the reference head.
    """

    garments: dict[str, tuple[Garment, ...]]
    vertex_count: int
    handles: np.ndarray
    handle_rest: np.ndarray
    neck: np.ndarray
    neck_rest: np.ndarray
    ears: np.ndarray
    ear_rest: np.ndarray
    landmark_index: np.ndarray
    landmark_weight: np.ndarray
    landmark_rest: np.ndarray

    def landmarks(self, neutral_vertices: np.ndarray) -> np.ndarray:
        """[68, 3] iBUG landmarks of a neutral head [V, 3]."""
        return (neutral_vertices[self.landmark_index] * self.landmark_weight[..., None]).sum(1)

    @property
    def collar_rest(self) -> tuple[np.ndarray, np.ndarray]:
        """:meth:`collar` of the reference head."""
        return collar_ring(self.neck_rest, float(self.landmark_rest[CHIN, 1]))

    def collar(self, neutral_vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Middle and half sizes [3] of what collars lie around on a neutral head [V, 3], cm."""
        chin = float(self.landmarks(neutral_vertices)[CHIN, 1])
        return collar_ring(neutral_vertices[self.neck], chin)

    def attach(
        self,
        appearance: Appearance,
        neutral_vertices: np.ndarray,
        skin_triangles: np.ndarray,
    ) -> list[AssetMesh]:
        """Dress a person.

        Args:
            appearance: the styles; colours are left to the caller.
            neutral_vertices: [V, 3] the person's neutral head in emoji proportions, skin first, cm.
            skin_triangles: [T, 3] into it, CCW from outside.

        Returns:
            Meshes in the head frame of the neutral, in the order of ``GROUPS``; cloth does not turn with the
            head. Beards carry a ``bind``; everything else is rigid.

        Raises:
            WeightsError: the wardrobe was made for a head with another number of vertices, or lacks a style.
        """
        if len(neutral_vertices) != self.vertex_count:
            raise WeightsError(
                f"the wardrobe fits heads of {self.vertex_count} vertices, not {len(neutral_vertices)}; "
                "rebuild it with training/build_assets.py"
            )
        person = np.asarray(neutral_vertices, np.float32)
        worn = [(group, getattr(appearance, f"{group}_style")) for group in GROUPS]
        skin, landmarks = np.asarray(skin_triangles), self.landmarks(person)
        chosen = {
            group: self._style(f"{group}/{style}")
            for group, style in worn
            if style not in UNWORN.get(group, ())
        }
        hats = chosen.get("headwear", ())
        band = [hat for hat in hats if hat.part == "hair"]
        hidden = {group for hat in hats for group in hat.hides}
        meshes: list[AssetMesh] = []
        for group, garments in chosen.items():
            if group in hidden:
                continue
            if group == "hair":
                left = (_under(hats, garment) for garment in garments)
                garments = (*(garment for garment in left if len(garment.triangles)), *band)
            if group == "headwear":
                garments = tuple(garment for garment in garments if garment.part != "hair")
            if group == "glasses" and garments:
                loose = [mesh.vertices for mesh in meshes if mesh.part == "hair"]
                garments = self._fit_glasses(garments, person, skin, landmarks, loose)
            fitted = [self._fit(garment, person, skin, layer) for layer, garment in enumerate(garments)]
            if group == "headwear":
                hair = [mesh for mesh in meshes if mesh.part == "hair"]
                skull = person[np.unique(skin)]
                fitted = [_onto(*worn, hair, skull) for worn in zip(fitted, garments, strict=True)]
            if group == "earring":
                over = [mesh for mesh in meshes if mesh.part == "hair"]
                fitted = fitted if all(hangs_free(mesh.vertices, over) for mesh in fitted) else []
            meshes += fitted
        return meshes

    def _style(self, name: str) -> tuple[Garment, ...]:
        """The garments of ``group/style``."""
        if name not in self.garments:
            raise WeightsError(f"the wardrobe has no {name}; rebuild it with training/build_assets.py")
        return self.garments[name]

    def _fit_glasses(
        self,
        garments: tuple[Garment, ...],
        person: np.ndarray,
        skin: np.ndarray,
        landmarks: np.ndarray,
        hair: Sequence[np.ndarray],
    ) -> tuple[Garment, ...]:
        """Frame and lenses moved as one; ``hair`` that is worn goes over the arms."""
        region = np.concatenate([g.region for g in garments])
        along = np.concatenate([g.strand[:, 1] for g in garments])
        vertices = fit_glasses(
            np.concatenate([g.vertices for g in garments]),
            region,
            along,
            self.landmark_rest,
            landmarks,
            person[self.ears] - self.ear_rest,
            person[np.unique(skin)],
        )
        if hair:
            vertices = tuck_arms(vertices, region, along, np.concatenate(hair))
        ends = np.cumsum([len(g.vertices) for g in garments])[:-1]
        return tuple(replace(g, vertices=v) for g, v in zip(garments, np.split(vertices, ends), strict=True))

    def _fit(self, garment: Garment, person: np.ndarray, skin: np.ndarray, layer: int) -> AssetMesh:
        """``garment`` on a person; of clothes, higher layers go over lower ones."""
        bind: tuple[np.ndarray, np.ndarray] | None = None
        lift: np.ndarray | float = 0.0
        if garment.fit == "skin":
            bind = (garment.indices, garment.weights)
            vertices = fit_to_skin(*bind, garment.offset, garment.drift, person, skin)
            lift = garment.clearance[:, None] if garment.clearance.size else 0.0
        elif garment.fit == "glasses":
            vertices = garment.vertices
            if garment.part == "glasses":
                lift = glasses_lift(garment.strand[:, 1], garment.role not in ("shade", "glint"))
        elif garment.fit == "neck":
            vertices = fit_to_neck(garment.vertices, self.collar_rest, self.collar(person))
            if garment.part == "headwear":
                # The edge of a hood, that a chin takes down, stays in front of the scarf below it.
                lift = LAYER * layer
            elif garment.part != "skin":
                lift = collar_lift(vertices, *self.collar(person)) + np.float32(LAYER * layer)
        else:
            warp = HandleWarp.between(self.handle_rest, person[self.handles])
            vertices = warp(garment.vertices)
            if garment.part == "headwear":
                lift = HAT_LIFT + LAYER * layer
            if garment.clearance.size:
                vertices = clear_of_skin(vertices, garment.clearance, person, skin)
            if garment.indices.size:
                bind = (garment.indices, garment.weights)
        return AssetMesh(
            vertices=np.ascontiguousarray(vertices, np.float32),
            triangles=garment.triangles,
            part=garment.part,
            tangent=garment.tangent,
            strand=garment.strand,
            color_role=garment.role or garment.part,
            bind=bind,
            follow=0.0 if garment.fit == "neck" else 1.0,
            lift=lift,
            tone=garment.tone,
        )

    def save_pretrained(self, folder: str | Path, groups: Sequence[str] = GROUPS) -> None:
        """Write a safetensors file of each of ``groups``, one of measures, and ``config.json``."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        measures = {name: getattr(self, name) for name in _MEASURES}
        save_arrays(measures, folder / f"{MEASURES_NAME}.safetensors", {})
        for group in groups:
            tensors, listed = {}, {}
            for name, meshes in self.garments.items():
                if name.partition("/")[0] != group:
                    continue
                listed[name] = [
                    {"part": g.part, "fit": g.fit, "role": g.role, "hides": g.hides} for g in meshes
                ]
                for number, garment in enumerate(meshes):
                    for array in _ARRAYS:
                        values = getattr(garment, array)
                        if values.size:
                            kind = _STORED.get(array, values.dtype)
                            tensors[f"{name}/{number}/{array}"] = values.astype(kind)
            save_arrays(tensors, folder / f"{group}.safetensors", {"garments": json.dumps(listed)})
        config = {"_class_name": "Wardrobe", "vertex_count": self.vertex_count, "groups": list(GROUPS)}
        staged = folder / f".{CONFIG_NAME}.part"
        staged.write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
        staged.replace(folder / CONFIG_NAME)

    @classmethod
    def from_pretrained(cls, folder: str | Path) -> Wardrobe:
        """Load what :meth:`save_pretrained` wrote.

        Raises:
            WeightsError: a file is missing or damaged.
        """
        folder = Path(folder)
        try:
            config = json.loads((folder / CONFIG_NAME).read_text(encoding="utf-8"))
            measures, _ = load_arrays(folder / f"{MEASURES_NAME}.safetensors")
            garments: dict[str, tuple[Garment, ...]] = {}
            for group in config["groups"]:
                tensors, about = load_arrays(folder / f"{group}.safetensors")
                for name, meshes in json.loads(about["garments"]).items():
                    garments[name] = tuple(
                        _read(tensors, f"{name}/{number}", mesh) for number, mesh in enumerate(meshes)
                    )
            return cls(garments=garments, vertex_count=int(config["vertex_count"]), **measures)
        except Exception as error:  # safetensors raises its own, undocumented classes
            raise WeightsError(f"cannot load the wardrobe from {folder}: {error}") from error


_MEASURES = (
    "handles",
    "handle_rest",
    "neck",
    "neck_rest",
    "ears",
    "ear_rest",
    "landmark_index",
    "landmark_weight",
    "landmark_rest",
)


def _read(tensors: dict[str, np.ndarray], prefix: str, about: dict[str, Any]) -> Garment:
    arrays = {name: tensors[f"{prefix}/{name}"] for name in _ARRAYS if f"{prefix}/{name}" in tensors}
    whole = {
        k: v.astype(np.float32 if v.dtype == np.float16 else np.int32)
        for k, v in arrays.items()
        if v.dtype != np.float32
    }
    return Garment(**(about | arrays | whole | {"hides": tuple(about.get("hides", ()))}))


def _onto(mesh: AssetMesh, hat: Garment, hair: Sequence[AssetMesh], skull: np.ndarray) -> AssetMesh:
    """A hat as it lies on hair and ``skull`` [m, 3]: what goes over them is laid on them."""
    over = hat.region == OVER_HAIR
    if not over.any():
        return mesh
    vertices = mesh.vertices.copy()
    vertices[over] = over_hair(vertices[over], hair, hat.origin[0], skull)
    lift = np.full((len(vertices), 1), mesh.lift, np.float32)
    lift[over] += BAND_LIFT * band_share(vertices[over])[:, None]
    return replace(mesh, vertices=vertices, lift=lift)


def _under(hats: Sequence[Garment], hair: Garment) -> Garment:
    """Hair as it lies below what is worn on it."""
    instead = next((hat.cover for hat in hats if hat.part == "hair"), None)
    for hat in hats:
        if hat.cover.size and hat.part != "hair":
            whole, triangles, origin = hair.vertices, hair.triangles, hat.origin[0]
            free = np.zeros(len(whole), bool)
            if instead is not None:
                whole, triangles, free = hanging_out(
                    whole, triangles, hair.strand[:, 1], hat.cover, instead, origin
                )
            loose = free[triangles].all(1)
            vertices, pressed = press_hair(whole, triangles[~loose], hat.cover, origin, instead is not None)
            vertices[free], triangles = whole[free], np.concatenate([pressed, triangles[loose]])
            # What a hat presses down need not keep its distance to the skin.
            moved = np.linalg.norm(vertices - hair.vertices, axis=1)
            clearance = hair.clearance - moved if hair.clearance.size else hair.clearance
            hair = replace(hair, vertices=vertices, triangles=triangles, clearance=clearance)
    return hair
