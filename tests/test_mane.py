"""Hair as one padded sheet."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from gen_avatar.character.proportions import stylize
from gen_avatar.character.raster import vertex_normals
from gen_avatar.head.model import MorphableHead
from training.wardrobe.locks import Piece
from training.wardrobe.mane import Mane, mane
from training.wardrobe.surface import HeadSurface

ROOT = Path(__file__).resolve().parent.parent
GUIDES = [[(a, 80.0, 1.0), (a, 50.0, 1.5), (a, 20.0, 1.0)] for a in (-60.0, 0.0, 60.0)]


@pytest.fixture(scope="module")
def surface() -> HeadSurface:
    head = stylize(MorphableHead.from_pretrained(ROOT / "checkpoints" / "head"))
    return HeadSurface.of(head.mean, head.triangles, head.landmarks)


def outside(piece: Piece) -> np.ndarray:
    """[T', 3] the triangles of the upper skin, which come first."""
    return piece.triangles[piece.triangles.max(1) < _size(piece)]


def _size(piece: Piece) -> int:
    # The lower skin starts where the first row's place along the hair comes back to the root.
    along = piece.strand[:, 1]
    return int(np.flatnonzero((along == 0) & (np.r_[0, along[:-1]] == 1))[0])


@pytest.mark.parametrize("guides", [GUIDES, GUIDES[::-1]])
def test_a_mane_faces_outwards_in_any_order_of_guides(surface: HeadSurface, guides: list) -> None:
    piece = mane(surface, Mane(guides, (1, 1)))
    a, b, c = (piece.vertices[outside(piece)[:, k]] for k in range(3))
    assert ((np.cross(b - a, c - a) * surface.outward(a)).sum(1) > 0).mean() > 0.9
    whole = [piece.vertices[piece.triangles[:, k]] - piece.vertices.mean(0) for k in range(3)]
    assert (np.cross(whole[0], whole[1]) * whole[2]).sum() > 0
    np.testing.assert_allclose(np.linalg.norm(piece.tangent, axis=1), 1, atol=1e-5)


def test_its_skin_is_welded_and_smooth(surface: HeadSurface) -> None:
    piece = mane(surface, Mane(GUIDES, (1, 1, 1), groove=0.2))
    upper = outside(piece)
    edges = Counter(tuple(sorted(e)) for t in upper for e in ((t[0], t[1]), (t[1], t[2]), (t[2], t[0])))
    rows = _size(piece)
    # Only the rim belongs to one triangle; every other edge joins two, whose normals differ little.
    assert sum(n == 1 for n in edges.values()) < 0.12 * len(edges)
    normals = vertex_normals(piece.vertices, piece.triangles)[:rows]
    inner = (piece.strand[:rows, 1] > 0.1) & (piece.strand[:rows, 1] < 0.8)
    turned = [normals[i] @ normals[j] for (i, j), n in edges.items() if n == 2 and inner[i] and inner[j]]
    assert np.quantile(turned, 0.05) > 0.6


def test_grooves_notch_the_lower_edge(surface: HeadSurface) -> None:
    def uneven(notch: float) -> float:
        piece = mane(surface, Mane(GUIDES, (1, 1), notch=notch))
        end = piece.vertices[: _size(piece)][piece.strand[: _size(piece), 1] == 1]
        return float(np.ptp(end[:, 1]))

    assert uneven(0.15) > uneven(0.0) + 1.0


def test_both_skins_meet_at_every_border_and_ends_may_taper(surface: HeadSurface) -> None:
    def height(taper: float) -> np.ndarray:
        piece = mane(surface, Mane(GUIDES, (1, 1, 1), groove=0.0, notch=0.1, taper=taper))
        half = len(piece.vertices) // 2
        along = piece.strand[:half, 1]
        gap = np.linalg.norm(piece.vertices[:half] - piece.vertices[half:], axis=1)
        sides = piece.strand[:half, 0] ** 2 == 1
        assert gap[along == 1].max() < 1e-6 and gap[sides].min() < 1e-6
        return gap[(along > 0.7) & (along < 0.9)]

    assert height(0.5).max() < 0.85 * height(1.0).max()


def test_side_borders_come_out_of_a_parting_without_a_step(surface: HeadSurface) -> None:
    piece = mane(surface, Mane(GUIDES, (1, 1), groove=0.0, root=1.0))
    half = len(piece.vertices) // 2
    gap = np.linalg.norm(piece.vertices[:half] - piece.vertices[half:], axis=1)
    along = piece.strand[:half, 1]
    columns = int((along == 0).sum())
    near = np.arange(half) % columns == 2
    assert gap[near & (along == 0)].max() < 0.6 * gap[near & (along > 0.25) & (along < 0.6)].max()
