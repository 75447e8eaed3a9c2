"""Named expressions and the language that mixes them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from gen_avatar.errors import UsageError, nearest
from gen_avatar.expression import (
    EXPRESSIONS,
    PROPS_OF,
    expression_props,
    expression_weights,
    named,
    parse_expression,
    vary,
)
from gen_avatar.types import ARKIT_52, PROPS, Performance

INDEX = {name: i for i, name in enumerate(ARKIT_52)}


def test_every_expression_is_its_own() -> None:
    """Valid weights, and far enough from all others to be told apart."""
    vectors = {name: named(name) for name in EXPRESSIONS}
    assert not vectors["neutral"].any()
    for (a, u), (b, v) in itertools.combinations(vectors.items(), 2):
        assert np.linalg.norm(u - v) > 0.6, (a, b)


#: Faces that are taken for one another once they are small.
ALIKE = (
    ("smile", "cool"), ("smile", "smirk"), ("cool", "smirk"), ("surprise", "scream"), ("laugh", "joy"),
    ("unamused", "eye-roll"), ("angry", "rage"), ("angry", "disgust"), ("rage", "blow"), ("sad", "sleepy"),
    ("wink", "kiss"), ("tongue", "disgust"), ("thinking", "eye-roll"), ("sad", "unamused"),
)  # fmt: skip


@pytest.mark.parametrize(("a", "b"), ALIKE)
def test_faces_that_are_alike_differ_by_a_prop_or_by_much_of_the_face(a: str, b: str) -> None:
    away = np.linalg.norm(named(a) - named(b))
    assert away > (0.2 if PROPS_OF.get(a) != PROPS_OF.get(b) else 1.7), away


def test_strong_named_expressions_bring_their_props() -> None:
    assert set(PROPS_OF) < set(EXPRESSIONS)
    assert {prop for props in PROPS_OF.values() for prop in props} <= set(PROPS)
    assert expression_props("joy") == expression_props("joy=0.5, jawOpen=1") == ("joy-tears",)
    assert expression_props("joy=0.49") == expression_props(named("joy")) == expression_props(None) == ()
    assert expression_props("cry, sleepy,cry") == ("tears", "zzz")
    with pytest.raises(UsageError):
        expression_props("jy")


def test_faces_are_not_symmetric() -> None:
    """One side leads in what only one side of a real face does."""
    for name in ("wink", "smirk", "tongue", "thinking", "kiss"):
        weights = named(name)
        sides = [(i, INDEX[n.replace("Left", "Right")]) for n, i in INDEX.items() if n.endswith("Left")]
        assert max(abs(weights[left] - weights[right]) for left, right in sides) > 0.4, name
    assert named("wink")[INDEX["eyeBlinkLeft"]] == 1 and named("wink")[INDEX["eyeBlinkRight"]] == 0


def test_the_gaze_of_both_eyes_agrees() -> None:
    for name in EXPRESSIONS:
        (left, right) = Performance.still(EXPRESSIONS[name]).gaze[0]
        assert np.allclose(left, right, atol=1e-4), name


def test_mixtures() -> None:
    half = parse_expression("smile=0.5")
    assert np.allclose(half, 0.5 * named("smile"))
    assert np.allclose(parse_expression(" smile = 0.5 , "), half)
    mixed = parse_expression("smile=0.5, jawOpen=0.3, mouthSmileLeft=0")
    assert mixed[INDEX["jawOpen"]] == np.float32(0.3) and mixed[INDEX["mouthSmileLeft"]] == 0
    assert mixed[INDEX["mouthSmileRight"]] == half[INDEX["mouthSmileRight"]]
    assert parse_expression("smile,laugh").max() <= 1
    assert not parse_expression("").any()


def test_all_forms_of_the_python_api_agree() -> None:
    text = expression_weights("jawOpen=0.25")
    assert np.array_equal(text, expression_weights({"jawOpen": 0.25}))
    assert np.array_equal(text, expression_weights(text))
    assert not expression_weights(None).any()


MISTAKES = ["grim", "jawopen=1", "jawOpen=1.5", "jawOpen=-1", "smile=x", "smile=nan", "smile="]


@pytest.mark.parametrize("text", MISTAKES)
def test_mistakes(text: str) -> None:
    with pytest.raises(UsageError):
        parse_expression(text)


def test_nearest_names() -> None:
    assert nearest("suprise", EXPRESSIONS).startswith("did you mean surprise")
    assert nearest("jawopen", ARKIT_52).startswith("did you mean jawOpen")
    assert "known: a, b" in nearest("zzzz", ["a", "b"])


def test_variation_is_slight_repeatable_and_valid() -> None:
    act = Performance.still(EXPRESSIONS["smile"], (10.0, 0.0, 0.0))
    assert vary(act, 0) is act
    one, again, two = vary(act, 1), vary(act, 1), vary(act, 2)
    assert np.array_equal(one.expression, again.expression)
    assert np.array_equal(one.head_rotation, again.head_rotation)
    assert not np.array_equal(one.expression, two.expression)
    assert np.abs(one.head_rotation - act.head_rotation).max() <= 6
    assert one.expression.min() >= 0 and one.expression.max() <= 1
    assert ((one.expression > 0) == (act.expression > 0)).all(), "what rests stays at rest"
