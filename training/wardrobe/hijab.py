"""The hijab: a hood around the face, and a scarf that lies on the shoulders."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.interpolate import PchipInterpolator

from gen_avatar.character.wardrobe.garments import Garment
from training.wardrobe.shapes import MAP, Solid, join, rings, worn
from training.wardrobe.straps import follow_skin
from training.wardrobe.surface import HeadSurface, unit
from training.wardrobe.wound import FOLD

#: How much a jaw rises towards the ears, cm per cm.
_JAW_RISE = 0.5
#: Rounds of smoothing around the hood, so that ears and jaw leave no lumps.
_CALM = 6
#: The lower edge rolls in, cm, from this share of the way down, and is turned in fully between these angles
#: from the top: a cut edge would stand off the scarf below it.
_ROLL, _ROLLED_FROM, _TUCK = 2.4, 0.6, (85.0, 120.0)
#: Towards the neck the hood is narrower: how far it reaches at most, cm, by how far down it is seen from the
#: middle of the head. A sudden limit would leave a notch below the jaw.
_NARROW = ((-0.8, -0.6, -0.2), (8.0, 8.4, 12.0))
#: Folds of the scarf over the breast, how far they slant, in folds, which way they meet, radians, and how
#: thick they are, cm.
_FOLDS, _SLANT, _MEETS, _THICK = 5, 0.75, 0.45, 0.42
#: The band below the hood: how far it reaches out of it above the forehead and to where from the top,
#: degrees, and its height, cm.
_BAND, _BAND_ENDS, _BAND_TALL = 5.5, 84.0, 0.42
#: Folds around the face: how deep, cm, and from where to where from the top they begin, degrees.
_DRAWN, _DRAWN_FROM = 0.3, (35.0, 100.0)


def hijab(head: HeadSurface) -> tuple[Garment, ...]:
    """A scarf around face and neck; it hides hair, ears, earrings, and what is worn below it."""
    skin = head.vertices[np.unique(head.skin)]
    origin = np.array([0.0, 1.8, 0.0])
    phi = np.arange(0, 360, 7.5)
    p = np.radians(phi)
    # Edge of the face: angle from straight ahead, by the turn from the top.
    chin = float(np.degrees(np.arctan2(origin[1] - head.landmarks[8, 1], head.landmarks[8, 2])))
    start = PchipInterpolator((0, 45, 90, 130, 155, 180), (40, 47, 60, 55, chin + 6, chin + 2.5))(
        np.minimum(phi, 360 - phi)
    )
    # Beside the neck it ends ever higher, without a step in the outline.
    stop = PchipInterpolator((0, 85, 150, 180), (180, 180, 100, 100))(np.minimum(phi, 360 - phi))
    # Folds gather at the sides and below the chin.
    drawn = np.clip((np.minimum(phi, 360 - phi) - _DRAWN_FROM[0]) / (_DRAWN_FROM[1] - _DRAWN_FROM[0]), 0, 1)
    below = np.clip((np.minimum(phi, 360 - phi) - _TUCK[0]) / (_TUCK[1] - _TUCK[0]), 0, 1)
    arms = unit(skin - origin)
    reach = np.linalg.norm(skin - origin, axis=1)
    rows, tones = [], []
    for s, lift, fold in ((0.02, -0.4, -1), (-0.01, 0.5, 0), (0.02, 0.95, 0.6), (0.07, 1.15, 0.1),
                          (0.115, 1.25, -0.5), (0.13, 1.3, -1), (0.145, 1.4, 0.6), (0.2, 1.5, 0.5),
                          (0.27, 1.55, 0), (0.315, 1.6, -0.5), (0.33, 1.65, -1), (0.345, 1.7, 0.5),
                          (0.42, 1.75, 0.2), (0.5, 1.8, 0), (0.65, 1.8, 0), (0.8, 1.7, 0), (0.9, 1.6, 0),
                          (0.96, 1.6, 0), (1.0, 1.6, 0)):  # fmt: skip
        t = np.radians(start + s * (stop - start))
        d = np.stack([np.sin(t) * np.sin(p), np.sin(t) * np.cos(p), np.cos(t)], 1)
        near = (arms @ d.T) > np.cos(np.radians(9 if s > 0.05 else 3))
        r = np.array([reach[n].max() if n.any() else 6.0 for n in near.T])
        for _ in range(_CALM):
            r = 0.25 * np.roll(r, 1) + 0.5 * r + 0.25 * np.roll(r, -1)
        if s > 0.05:
            r = np.minimum(r, np.interp(d[:, 1], *_NARROW))
        rolled = _ROLL * below * max(s - _ROLLED_FROM, 0.0) ** 2 / (1 - _ROLLED_FROM) ** 2
        tones.append(fold * np.where(s < 0.05, 1.0, drawn))
        rows.append(origin + d * (r + lift + _DRAWN * fold * drawn * (s > 0.05) - rolled)[:, None])
    hood = rings(np.stack(rows), origin, tone=np.stack(tones))
    # The jaw takes the lower edge along.
    jaw = np.clip((1.5 - hood.vertices[:, 1]) / 4, 0, 1) * np.clip((hood.vertices[:, 2] + 1) / 5, 0, 1)
    throat, band = _throat(head, skin), _band(arms, reach, origin, phi, start)
    under = join([throat, band])
    jaws = np.repeat([1.0, 0.0], [len(throat.vertices), len(band.vertices)])
    carried: dict[str, Any] = follow_skin(head, under.vertices, jaws)
    everything: dict[str, Any] = {
        "cover": np.stack([np.zeros(MAP), np.ones(MAP)]).astype(np.float32),
        "origin": head.center[None].astype(np.float32),
    }
    turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    neck = np.array([0.0, -7.2, -0.8])
    drape, tones = [], []
    profile = np.array([(5.2, 5.0, 4.4), (6.2, 6.2, 3.4), (6.9, 6.9, 1.6), (7.3, 7.0, 0.2), (8.8, 7.4, -1.2),
                        (10.8, 7.9, -2.6), (12.6, 8.2, -4.6), (13.4, 8.4, -7.5),
                        (13.8, 8.6, -12.0)])  # fmt: skip
    curve = PchipInterpolator(np.arange(len(profile)), profile)
    slant = _SLANT * np.cos(turn - _MEETS)
    winding = (np.arange(-1, _FOLDS + 1)[:, None] + 1 - np.array(FOLD[0])[::-1]).ravel()
    for part in winding:
        share = np.clip((part - slant) / _FOLDS, 0, 1)
        wide, deep, y = curve(share * (len(profile) - 1)).T
        # In front it stays below a chin that nods.
        y = y - 0.85 * np.maximum(y, 0.0) * np.maximum(np.cos(turn), 0)
        lies = np.mod(-part, 1.0)
        shown = np.clip(6 * share, 0, 1) * np.clip(4 * (1 - share), 0, 1)
        fold = _THICK * shown * np.interp(lies, FOLD[0], FOLD[1])
        tones.append(shown * np.interp(lies, FOLD[0], FOLD[2]))
        drape.append(
            neck
            + np.stack(
                [(wide + fold) * np.sin(turn), y + 0.5 * np.sin(turn), (deep + fold) * np.cos(turn)], 1
            )
        )
    scarf = rings(np.stack(drape), neck, tone=np.stack(tones))
    # Of two layers the later one is in front where they meet: the hood goes over what lies on the throat.
    return (
        worn(under, **carried),
        replace(
            worn(hood, **(everything | follow_skin(head, hood.vertices, jaw))),
            hides=("hair", "earring", "cloth"),
        ),
        replace(worn(scarf), fit="neck"),
    )


def _band(
    arms: np.ndarray, reach: np.ndarray, origin: np.ndarray, phi: np.ndarray, start: np.ndarray
) -> Solid:
    """The edge of a cap of a deeper colour, that shows between forehead and hood.

    Args:
        arms, reach: [n, 3] and [n], skin from ``origin`` [3]; phi, start: [m] the edge of the face, degrees.
    """
    turn = np.linspace(-_BAND_ENDS, _BAND_ENDS, 29)
    out = _BAND * np.sqrt(np.cos(np.radians(90 * turn / _BAND_ENDS)))
    edge = np.interp(turn, (phi + 180) % 360 - 180, start, period=360)
    p = np.radians(turn)
    rows = []
    for ahead, lift in ((1.0, -0.3), (1.06, 0.6), (1.0, 1.0), (0.6, 1.0), (0.0, 1.0), (-0.6, 1.0)):
        t = np.radians(edge - ahead * out)
        d = np.stack([np.sin(t) * np.sin(p), np.sin(t) * np.cos(p), np.cos(t)], 1)
        near = (arms @ d.T) > np.cos(np.radians(3))
        r = np.array([reach[n].max() for n in near.T])
        rows.append(origin + d * (r + lift * _BAND_TALL)[:, None])
    return rings(np.stack(rows), origin, closed=False, tone=np.full((len(rows), len(turn)), -1.0))


def _throat(head: HeadSurface, skin: np.ndarray) -> Solid:
    """Cloth against the skin from below the jaw down the neck, which shows when the head is raised."""
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    chin = head.landmarks[8]
    d = np.stack([np.sin(turn), np.cos(turn)], 1)
    rows = []
    for drop in (-0.2, 0.5, 1.3, 2.3, 3.5, 5.0, 6.5, 8.0):
        # Levels rise with the jaw towards the ears.
        height = skin[:, 1] - (chin[1] - drop + _JAW_RISE * np.maximum(chin[2] - skin[:, 2], 0))
        level = skin[np.abs(height) < 0.7]
        z = (level[:, 2].min() + level[:, 2].max()) / 2
        arm = level[:, [0, 2]] - [0, z]
        near = unit(arm) @ d.T > np.cos(np.radians(9))
        r = np.array([np.linalg.norm(arm[n], axis=1).max() if n.any() else 3.0 for n in near.T])
        r = 0.25 * np.roll(r, 1) + 0.5 * r + 0.25 * np.roll(r, -1) + 0.2
        deep = z + d[:, 1] * r
        y = chin[1] - drop + _JAW_RISE * np.maximum(chin[2] - deep, 0)
        rows.append(np.stack([d[:, 0] * r, y, deep], 1))
    return rings(np.stack(rows), np.asarray(rows).mean((0, 1)))
