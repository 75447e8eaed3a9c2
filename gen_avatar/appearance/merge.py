"""One person from several photos: the looks that each of them tells, merged attribute by attribute.

What belongs to the body is a property of the person: names are voted for with the confidences, colours are
averaged where the photos agree. What is worn may change between photos: what most of them show wins, and
with it the colours of the photos that show it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from gen_avatar.appearance.colour import hex_to_lab, lab_to_hex
from gen_avatar.errors import UsageError
from gen_avatar.types import CHOICES, Appearance

#: Worn or cut: every photo that is not much less sure than the surest has one vote.
_WORN = ("glasses_style", "headwear_style", "hair_style", "earring_style", "makeup_style", "cloth_style")
#: Share of the highest confidence from which a photo has a vote.
_VOTES = 1 / 3
#: Colours of things that not every photo shows, and the attribute that says which do.
_COLOUR_OF = {
    "glasses_color": "glasses_style",
    "headwear_color": "headwear_style",
    "earring_color": "earring_style",
    "makeup_color": "makeup_style",
    "cloth_color": "cloth_style",
    "beard_color": "beard_style",
}
#: Things that a person changes: two colours of them are not averaged, one of them is taken.
_ONE_OF = ("glasses_color", "headwear_color", "earring_color", "makeup_color", "cloth_color")
#: How much a further photo that agrees adds to what is still in doubt; the errors of photos are alike.
_FURTHER = 0.5
#: ΔE from which two photos do not agree on a colour, and at which half of the confidence is left.
_AGREE, _DISAGREE = 4.0, 14.0
#: Colours further away than this (ΔE) have ever less say.
_OUTLIER = 8.0
#: How unlike two photos of one person hardly ever are; about one pair in four of different people is.
_UNLIKE = 1.05
#: Lightness of the skin (ΔL) by which light alone makes photos differ, and what counts as 1 beyond that.
_LIGHT, _SKIN_UNIT = 12.0, 25.0


def merge_appearances(looks: Sequence[Appearance]) -> Appearance:
    """The appearance that several photos of one person tell.

    Args:
        looks: one a photo, with confidences; an attribute of confidence 0 has no say.

    Returns:
        Every attribute with a confidence in [0, 1]: higher than that of each photo where they agree, lower
        where they do not. What no photo tells keeps its default; what none has measured has no confidence.
        A single appearance comes back as it is.

    Raises:
        UsageError: nothing to merge.
    """
    if not looks:
        raise UsageError("there is no appearance to merge")
    if len(looks) == 1:
        return looks[0]
    values: dict[str, str] = {}
    confidence: dict[str, float] = {}
    for name in sorted(Appearance.names(), key=lambda name: name not in CHOICES):
        if not any(name in look.confidence for look in looks):
            continue
        shown = looks
        if name in _COLOUR_OF:  # the names come first, so the thing has been decided on
            thing = _COLOUR_OF[name]
            decided = values.get(thing, getattr(Appearance(), thing))
            shown = [look for look in looks if getattr(look, thing) == decided] or looks
        told = [(getattr(look, name), look.confidence.get(name, 0.0)) for look in shown]
        told = [(value, trust) for value, trust in told if trust > 0]
        confidence[name] = 0.0
        if told:
            values[name], trust = _merge(name, told)
            confidence[name] = round(float(np.clip(trust, 0.0, 1.0)), 3)
    return Appearance(**values, confidence=confidence)


def unlike(identities: Sequence[np.ndarray], looks: Sequence[Appearance]) -> np.ndarray:
    """How unlike the people in photos are, each photo to every other.

    The angle between identities says most: fits of one person err in length more than in direction, and
    those of two strangers are at right angles. Skin counts where it is known and differs by more than light.

    Args:
        identities: N times [K] in σ, each fitted to its photo alone.
        looks: N.

    Returns:
        [N, N], 0 for the same, 1 for strangers of the same skin, 2 for opposites.
    """
    vectors = np.stack(identities).astype(np.float64)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    lightness = np.array([hex_to_lab(look.skin_color)[0] for look in looks])
    known = np.array([look.confidence.get("skin_color", 0.0) for look in looks])
    apart = np.maximum(np.abs(lightness[:, None] - lightness) - _LIGHT, 0) / _SKIN_UNIT
    result = 1 - vectors @ vectors.T + apart * np.minimum(known[:, None], known)
    np.fill_diagonal(result, 0.0)
    return result


def strangers(identities: Sequence[np.ndarray], looks: Sequence[Appearance]) -> list[int]:
    """The photos that clearly show somebody else than the other photos do, by number; both of two.

    Conservative: fewer than one in a hundred sets of photos of one person has any.
    """
    if len(looks) < 2:
        return []
    mean = unlike(identities, looks).sum(1) / (len(looks) - 1)
    return [int(i) for i in np.flatnonzero(mean > _UNLIKE)]


def _merge(name: str, told: list[tuple[str, float]]) -> tuple[str, float]:
    if name in _WORN:
        return majority(told)
    if name in CHOICES:
        return vote(told)
    return one_colour(told) if name in _ONE_OF else mean_colour(told)


def vote(told: Sequence[tuple[str, float]]) -> tuple[str, float]:
    """The value with the highest sum of confidences (> 0), and how sure that is."""
    weight: dict[str, float] = {}
    for value, trust in told:
        weight[value] = weight.get(value, 0.0) + trust
    winner = max(weight, key=lambda value: weight[value])
    return winner, together(trust for value, trust in told if value == winner) * _share(winner, told)


def majority(told: Sequence[tuple[str, float]]) -> tuple[str, float]:
    """What most photos show, ties to the most confident.

    Wearing anything or nothing is decided first: two pairs of glasses that were named differently
    outvote one bare face.
    """
    bar = _VOTES * max(trust for _, trust in told)
    heard = [(value, trust) for value, trust in told if trust >= bar]
    worn = [(value, trust) for value, trust in heard if value != "none"]
    bare = [(value, trust) for value, trust in heard if value == "none"]
    side = max((worn, bare), key=lambda part: (len(part), max((t for _, t in part), default=0.0)))
    ballots: dict[str, list[float]] = {}
    for value, trust in side:
        ballots.setdefault(value, []).append(trust)
    winner = max(ballots, key=lambda value: (len(ballots[value]), max(ballots[value])))
    return winner, together(ballots[winner]) * _share(winner, told)


def mean_colour(told: Sequence[tuple[str, float]]) -> tuple[str, float]:
    """The confidence-weighted robust mean (Huber, in Lab) of ``#rrggbb`` colours, and how sure that is."""
    labs = np.stack([hex_to_lab(value) for value, _ in told])
    trust = np.array([trust for _, trust in told])
    middle = _weighted_median(labs, trust)
    for _ in range(10):
        away = np.linalg.norm(labs - middle, axis=1)
        weight = trust * np.minimum(1.0, _OUTLIER / np.maximum(away, 1e-6))
        middle = weight @ labs / weight.sum()
    away = np.linalg.norm(labs - middle, axis=1)
    return lab_to_hex(middle), together(trust) * _agreement(float(trust @ away / trust.sum()))


def one_colour(told: Sequence[tuple[str, float]]) -> tuple[str, float]:
    """The colour that most confidence lies on or close to, averaged with those close to it."""
    labs = np.stack([hex_to_lab(value) for value, _ in told])
    trust = np.array([trust for _, trust in told])
    close = np.linalg.norm(labs[:, None] - labs[None], axis=2) <= _DISAGREE
    best = int(np.argmax(close @ trust + 1e-6 * trust))
    near = [item for item, is_close in zip(told, close[best], strict=True) if is_close]
    color, sure = mean_colour(near)
    return color, sure * float(trust[close[best]].sum() / trust.sum())


def together(trusts: Iterable[float]) -> float:
    """The confidence of several photos that say the same."""
    first, *others = sorted(trusts, reverse=True)
    doubt = 1 - first
    for trust in others:
        doubt *= 1 - _FURTHER * trust
    return 1 - doubt


def _share(winner: str, told: Sequence[tuple[str, float]]) -> float:
    return sum(trust for value, trust in told if value == winner) / sum(trust for _, trust in told)


def _agreement(spread: float) -> float:
    """1 where colours lie within ``_AGREE`` of their mean, 0.5 at ``_DISAGREE``, then ever less."""
    beyond = max(spread - _AGREE, 0.0) / (_DISAGREE - _AGREE)
    return 0.5**beyond


def _weighted_median(labs: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """[3] weighted median of each coordinate of [N, 3]; between the two middle ones of an even split."""
    out = np.empty(3)
    for axis in range(3):
        order = np.argsort(labs[:, axis])
        rank = (np.cumsum(weight[order]) - weight[order] / 2) / weight.sum()
        out[axis] = np.interp(0.5, rank, labs[order, axis])
    return out
