"""Round strands: they close, face outwards and follow their line."""

from __future__ import annotations

import numpy as np
import pytest

from training.wardrobe.bubbles import puff
from training.wardrobe.locks import Piece
from training.wardrobe.tubes import evenly, plait, through, tube

LINE = np.stack([np.zeros(24), np.linspace(0, -9, 24), np.zeros(24)], 1)
UP = np.tile([0.0, 0.0, 1.0], (24, 1))
WIDE = np.full(24, 0.8)


def volume(piece: Piece) -> float:
    """Enclosed volume; positive where the triangles face outwards."""
    a, b, c = (piece.vertices[piece.triangles[:, k]] for k in range(3))
    return float((np.cross(a, b) * c).sum() / 6)


@pytest.mark.parametrize(
    "piece",
    [
        tube(LINE, UP, WIDE, 0.5),
        plait(LINE, UP, WIDE, 8),
        puff(np.zeros(3), np.array([0.0, 0.0, 1.0]), 4.0, 1),
    ],
    ids=["tube", "plait", "puff"],
)
def test_strands_face_outwards(piece: Piece) -> None:
    assert volume(piece) > 0
    assert piece.triangles.max() < len(piece.vertices) == len(piece.tangent) == len(piece.strand)
    np.testing.assert_allclose(np.linalg.norm(piece.tangent, axis=1), 1, atol=1e-3)


def test_a_plait_comes_from_both_sides_in_turn() -> None:
    piece = plait(LINE, UP, WIDE, 8)
    side = piece.vertices[:, 0].reshape(8, -1).mean(1)
    assert (np.sign(side[1:]) == -np.sign(side[:-1])).all()
    assert np.abs(piece.vertices[:, 0]).max() < 1.6 * WIDE[0]


def test_lines_are_even_and_reach_their_ends() -> None:
    knots = np.array([[0.0, 0, 0], [1, 2, 0], [5, 2, 1], [5, -4, 0]])
    line = through(knots, 20)
    np.testing.assert_allclose(line[[0, -1]], knots[[0, -1]], atol=1e-9)
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    assert steps.max() < 1.1 * steps.min()
    assert len(evenly(line, 7)) == 7
