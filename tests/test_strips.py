"""Strips of hair on a sheet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gen_avatar.character.proportions import stylize
from gen_avatar.head.model import MorphableHead
from training.wardrobe.locks import join
from training.wardrobe.strips import Sheet, strips
from training.wardrobe.surface import HeadSurface

ROOT = Path(__file__).resolve().parent.parent
GUIDES = [[(a, 30.0, 0.2), (a, 55.0, 2.0), (a, 80.0, 0.5)] for a in (-40.0, 0.0, 40.0)]


@pytest.fixture(scope="module")
def surface() -> HeadSurface:
    head = stylize(MorphableHead.from_pretrained(ROOT / "checkpoints" / "head"))
    return HeadSurface.of(head.mean, head.triangles, head.landmarks)


@pytest.mark.parametrize("guides", [GUIDES, GUIDES[::-1]])
def test_locks_are_closed_and_face_outwards_in_any_order(surface: HeadSurface, guides: list) -> None:
    pieces = strips(surface, Sheet(guides, (1, 1, 1)), np.random.default_rng(0))
    assert len(pieces) == 3
    for piece in pieces:
        a, b, c = (piece.vertices[piece.triangles[:, k]] for k in range(3))
        # A closed surface that faces outwards has a positive volume.
        middle = piece.vertices.mean(0)
        assert (np.cross(a - middle, b - middle) * (c - middle)).sum() > 0
        np.testing.assert_allclose(np.linalg.norm(piece.tangent, axis=1), 1, atol=1e-5)
        assert piece.strand[:, 1].min() == 0 and piece.strand[:, 1].max() == 1


def test_neighbours_overlap_and_tips_taper(surface: HeadSurface) -> None:
    spec = Sheet(GUIDES, (1, 1), overlap=0.2, ragged=0.0, lean=0.0)
    left, right = strips(surface, spec, np.random.default_rng(0))
    body = (left.strand[:, 1] > 0.2) & (left.strand[:, 1] < 0.6)
    assert left.vertices[body, 0].max() > 0.1 and right.vertices[body, 0].min() < -0.1
    end = left.strand[:, 1] > 0.995
    assert np.ptp(left.vertices[end, 0]) < 0.3 * np.ptp(left.vertices[body, 0])
    whole = join([left, right])
    assert whole.triangles.max() == len(whole.vertices) - 1
