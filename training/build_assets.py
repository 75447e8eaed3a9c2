"""Model the wardrobe on the mean emoji head and write ``checkpoints/assets``.

    python -m training.build_assets --head checkpoints/head --out checkpoints/assets

``--head`` is a folder of a saved head, or the packed ``.npz`` of ICT-FaceKit. Nothing is learnt
and nothing is random beyond fixed seeds: the same head gives the same files.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from gen_avatar.character.proportions import stylize
from gen_avatar.character.wardrobe.garments import CHIN, GROUPS, Garment, Wardrobe
from gen_avatar.head.ict import load_ict
from gen_avatar.head.model import MorphableHead
from gen_avatar.types import CHOICES
from training.wardrobe import beard, collars, glasses, headwear, jewellery, styles
from training.wardrobe.bust import Bust
from training.wardrobe.hair import grown
from training.wardrobe.surface import HeadSurface, ear_vertices

#: Handles of the warp: few enough to be smooth, many enough to follow a skull.
_HANDLES = 140

CARD = """---
license: mit
tags: [avatar, hair, glasses, hats, clothes, 3d-assets]
---
# Wardrobe

For the emoji head, modelled by code (`training/wardrobe/`) on the mean head and written by
`training/build_assets.py`. No scan, photo or third-party asset went into them.

{styles}

Stubble, shaven heads and the upper ends of sideburns are paint, not meshes.

There is a file for each group, which holds, per mesh, vertices, triangles, strand directions, painted tones
and what fits it to a person; `measures.safetensors` holds where those measures are taken on a head. Load with
`gen_avatar.character.wardrobe.Wardrobe.from_pretrained`.

| style | triangles |
|---|---|
{rows}

Limits: hair is rigid with the head and does not collide with shoulders; beards follow the skin by
linear weights, and so do chin straps and the edge of a hijab; glasses are symmetric and do not follow
expressions; clothes stay where they are when the head turns; hats hide the hair that they cover.
"""


def load_head(path: str | Path) -> MorphableHead:
    """A saved head folder, or ICT-FaceKit's ``.npz``."""
    return load_ict(path, 50) if str(path).endswith(".npz") else MorphableHead.from_pretrained(path)


def landmark_binding(head: MorphableHead) -> tuple[np.ndarray, np.ndarray]:
    """[68, 3] skin vertices and weights of the iBUG landmarks."""
    embedding = head.embeddings["ibug68"]
    first, last = head.parts["skin"]
    corners = head.triangles[embedding.triangle].numpy() - first
    weights = embedding.barycentric.numpy()
    if ((corners < 0) | (corners >= last - first))[weights > 0].any():
        raise ValueError("landmarks must lie on the skin")
    return np.clip(corners, 0, last - first - 1).astype(np.int32), weights.astype(np.float32)


def head_surface(head: MorphableHead) -> HeadSurface:
    """The drawn mean head, on which everything is modelled."""
    stylized = stylize(head)
    corners, weights = landmark_binding(head)
    marks = (stylized.mean[corners] * weights[..., None]).sum(1)
    return HeadSurface.of(stylized.mean, stylized.triangles, marks)


def build(head: MorphableHead, groups: Sequence[str] = GROUPS) -> Wardrobe:
    """Model everything, or some groups only."""
    surface = head_surface(head)
    vertices, marks = surface.vertices, surface.landmarks
    corners, weights = landmark_binding(head)
    handles = _handles(surface)
    ears = _ear_tops(surface)
    neck = _neck_ring(surface)
    bust = Bust.around(vertices[neck], float(marks[CHIN, 1]))
    garments: dict[str, tuple[Garment, ...]] = {}
    makers: dict[str, dict[str, Callable[[], tuple[Garment, ...]]]] = {
        "hair": {name: partial(_hair, name, surface) for name in styles.HAIR},
        "beard": {name: partial(sheets, surface) for name, sheets in beard.WORN.items()},
        "glasses": {
            name: partial(glasses.glasses, surface, vertices[ears], frame)
            for name, frame in glasses.STYLES.items()
        },
        "headwear": {name: partial(make, surface) for name, make in headwear.STYLES.items()},
        "earring": {name: partial(jewellery.earrings, surface, name) for name in jewellery.STYLES},
        "cloth": {name: partial(make, bust) for name, make in collars.STYLES.items()},
    }
    for group in groups:
        for name, make in makers[group].items():
            garments[f"{group}/{name}"] = make()
    return Wardrobe(
        garments=garments,
        vertex_count=len(vertices),
        handles=handles.astype(np.int32),
        handle_rest=vertices[handles].astype(np.float32),
        neck=neck.astype(np.int32),
        neck_rest=vertices[neck].astype(np.float32),
        ears=ears.astype(np.int32),
        ear_rest=vertices[ears].astype(np.float32),
        landmark_index=corners,
        landmark_weight=weights,
        landmark_rest=marks.astype(np.float32),
    )


def _hair(name: str, surface: HeadSurface) -> tuple[Garment, ...]:
    """The meshes of a hair style: its locks, and below them what shows between them, if that is apart."""
    locks = grown(styles.HAIR[name](surface), surface)
    if name not in styles.ROOTS:
        return (locks,)
    bare = np.zeros(0, np.float32)
    return locks, replace(grown(styles.ROOTS[name](surface), surface), role="roots", tone=bare)


def _handles(surface: HeadSurface) -> np.ndarray:
    """Vertices spread over skull, ears, cheeks and neck; eyes, nose and mouth move for other reasons."""
    used = np.unique(surface.skin)
    p = surface.vertices[used]
    marks = surface.landmarks
    front = p[:, 2] > marks[[36, 45], 2].mean() - 0.8
    inner = front & (p[:, 1] < marks[[19, 24], 1].mean() - 0.4) & (p[:, 1] > marks[8, 1] + 0.6)
    pool = used[~inner & (p[:, 1] > marks[8, 1] - 3.0)]
    chosen = [int(pool[np.argmax(surface.vertices[pool, 1])])]
    distance = np.linalg.norm(surface.vertices[pool] - surface.vertices[chosen[0]], axis=1)
    while len(chosen) < _HANDLES:
        chosen.append(int(pool[np.argmax(distance)]))
        distance = np.minimum(
            distance, np.linalg.norm(surface.vertices[pool] - surface.vertices[chosen[-1]], axis=1)
        )
    return np.asarray(chosen)


def _ear_tops(surface: HeadSurface) -> np.ndarray:
    """[2] vertices where the upper part of the left and of the right ear meets the head."""
    ears = np.flatnonzero(ear_vertices(surface.vertices, surface.landmarks))
    found = []
    for sign in (1.0, -1.0):
        ear = ears[surface.vertices[ears, 0] * sign > 0]
        p = surface.vertices[ear]
        outer = p[p[:, 0] * sign > np.quantile(p[:, 0] * sign, 0.6)]
        root = np.array(
            [
                sign * np.quantile(p[:, 0] * sign, 0.35),
                np.quantile(outer[:, 1], 0.74),
                outer[:, 2].mean() + 0.4,
            ]
        )
        found.append(int(ear[np.argmin(np.linalg.norm(p - root, axis=1))]))
    return np.asarray(found)


def _neck_ring(surface: HeadSurface) -> np.ndarray:
    """Skin vertices around the neck at the height of the collar."""
    used = np.unique(surface.skin)
    height = surface.landmarks[8, 1] - 3.0
    return used[np.abs(surface.vertices[used, 1] - height) < 0.9]


def write(wardrobe: Wardrobe, folder: str | Path, groups: Sequence[str] = GROUPS) -> None:
    """Write the wardrobe, with its card when it is whole."""
    wardrobe.save_pretrained(folder, groups)
    if set(groups) != set(GROUPS):
        return
    rows = "\n".join(f"| {n} | {sum(len(g.triangles) for g in m)} |" for n, m in wardrobe.garments.items())
    listed = "\n".join(f"- {group}: {', '.join(CHOICES[f'{group}_style'])}" for group in GROUPS)
    card = CARD.format(rows=rows, styles=listed)
    (Path(folder) / "README.md").write_text(card, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--head", type=Path, default=Path("checkpoints/head"))
    parser.add_argument("--out", type=Path, default=Path("checkpoints/assets"))
    parser.add_argument("--only", default=",".join(GROUPS), help="groups to build, comma-separated")
    options = parser.parse_args()
    groups = tuple(options.only.split(","))
    write(build(load_head(options.head), groups), options.out, groups)


if __name__ == "__main__":
    main()
