"""The hijab: a hood around the face, and a scarf that lies on the shoulders."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.interpolate import PchipInterpolator

from gen_avatar.character.wardrobe.garments import Garment
from training.wardrobe.shapes import MAP, Solid, rings, worn
from training.wardrobe.straps import follow_skin
from training.wardrobe.surface import HeadSurface, unit

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
#: Levels of the scarf: its profile is a curve, not a chain of flat rings.
_LEVELS = 26


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
    below = np.clip((np.minimum(phi, 360 - phi) - _TUCK[0]) / (_TUCK[1] - _TUCK[0]), 0, 1)
    arms = unit(skin - origin)
    reach = np.linalg.norm(skin - origin, axis=1)
    rows = []
    for s, lift in ((0.02, -0.4), (-0.01, 0.5), (0.02, 0.95), (0.09, 1.2), (0.2, 1.5),
                    (0.35, 1.7), (0.5, 1.8),
                    (0.65, 1.8), (0.8, 1.7), (0.9, 1.6), (0.96, 1.6), (1.0, 1.6)):  # fmt: skip
        t = np.radians(start + s * (stop - start))
        d = np.stack([np.sin(t) * np.sin(p), np.sin(t) * np.cos(p), np.cos(t)], 1)
        near = (arms @ d.T) > np.cos(np.radians(9 if s > 0.05 else 3))
        r = np.array([reach[n].max() if n.any() else 6.0 for n in near.T])
        for _ in range(_CALM):
            r = 0.25 * np.roll(r, 1) + 0.5 * r + 0.25 * np.roll(r, -1)
        if s > 0.05:
            r = np.minimum(r, np.interp(d[:, 1], *_NARROW))
        rolled = _ROLL * below * max(s - _ROLLED_FROM, 0.0) ** 2 / (1 - _ROLLED_FROM) ** 2
        rows.append(origin + d * (r + lift - rolled)[:, None])
    hood = rings(np.stack(rows), origin)
    # The jaw takes the lower edge along.
    jaw = np.clip((1.5 - hood.vertices[:, 1]) / 4, 0, 1) * np.clip((hood.vertices[:, 2] + 1) / 5, 0, 1)
    under = _throat(head, skin)
    carried: dict[str, Any] = follow_skin(head, under.vertices, np.ones(len(under.vertices)))
    everything: dict[str, Any] = {
        "cover": np.stack([np.zeros(MAP), np.ones(MAP)]).astype(np.float32),
        "origin": head.center[None].astype(np.float32),
    }
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    neck = np.array([0.0, -7.2, -0.8])
    drape = []
    profile = np.array([(5.2, 5.0, 4.4), (6.2, 6.2, 3.4), (6.9, 6.9, 1.6), (7.3, 7.0, 0.2), (8.8, 7.4, -1.2),
                        (10.8, 7.9, -2.6), (12.6, 8.2, -4.6), (13.4, 8.4, -7.5),
                        (13.8, 8.6, -12.0)])  # fmt: skip
    at = np.arange(len(profile))
    for wide, deep, y in PchipInterpolator(at, profile)(np.linspace(0, at[-1], _LEVELS)):
        # In front it stays below a chin that nods.
        y = y - 0.85 * max(y, 0.0) * np.maximum(np.cos(turn), 0)
        fold = 0.10 * np.sin(2 * turn + 0.4 * y)
        drape.append(
            neck
            + np.stack(
                [(wide + fold) * np.sin(turn), y + 0.5 * np.sin(turn), (deep + fold) * np.cos(turn)], 1
            )
        )
    scarf = rings(np.stack(drape), neck)
    # Of two layers the later one is in front where they meet: the hood goes over what lies on the throat.
    return (
        worn(under, **carried),
        replace(
            worn(hood, **(everything | follow_skin(head, hood.vertices, jaw))),
            hides=("hair", "earring", "cloth"),
        ),
        replace(worn(scarf), fit="neck"),
    )


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
