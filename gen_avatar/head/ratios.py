"""What tells faces apart, in words: ratios of a face, such as its width to its height, read off identity.

Every ratio is taken about the mean head, so it is linear in the identity, blind to the size of a head, and of
unit variance over the people that the head model can make. A fit is cautious and spreads less than they do;
``FITTED`` says how far, and :func:`expanded` undoes it.
"""

from __future__ import annotations

import numpy as np

from gen_avatar.head.model import MorphableHead

#: Ratio → the two lengths that it compares. Larger is wider, longer, fuller, higher; ``eye_tilt`` > 0 has the
#: outer corners up, ``ears`` > 0 stand out.
RATIOS = {
    "face_width": ("width", "height"),
    "jaw_width": ("jaw", "width"),
    "chin_width": ("chin", "width"),
    "forehead_height": ("forehead", "height"),
    "eye_spacing": ("eyes apart", "width"),
    "eye_size": ("eyes", "width"),
    "eye_tilt": ("eyes rise", "eyes"),
    "brow_height": ("brows rise", "height"),
    "nose_width": ("nose", "width"),
    "nose_length": ("nose long", "height"),
    "nose_tip": ("nose out", "height"),
    "nose_upturn": ("nose up", "height"),
    "nose_bridge": ("bridge", "height"),
    "mouth_width": ("mouth", "width"),
    "lip_fullness": ("lips", "mouth"),
    "ears": ("ears out", "width"),
}
#: Mean and spread of fits, σ, and their correlation with the truth, by trait, over people that the head model
#: makes: what ``training.population`` measures.
FITTED: dict[str, tuple[float, float, float]] = {
    "face_width": (0.40, 0.61, 0.64),
    "jaw_width": (0.09, 0.55, 0.34),
    "chin_width": (-0.04, 0.48, 0.29),
    "forehead_height": (-0.39, 0.64, 0.61),
    "eye_spacing": (-0.32, 0.82, 0.63),
    "eye_size": (0.50, 0.55, 0.63),
    "eye_tilt": (-0.07, 0.45, 0.52),
    "brow_height": (0.05, 0.70, 0.48),
    "nose_width": (0.11, 0.49, 0.28),
    "nose_length": (-0.51, 0.47, 0.39),
    "nose_tip": (0.24, 0.46, 0.25),
    "nose_upturn": (-0.12, 0.41, 0.24),
    "nose_bridge": (-0.08, 0.58, 0.13),
    "mouth_width": (-0.08, 0.70, 0.32),
    "lip_fullness": (0.32, 0.66, 0.41),
    "ears": (0.03, 0.44, 0.06),
}
#: How far a fit that is not trusted is drawn in to the mean: by its trust to this power. At 1 it would be the
#: likeliest face, which makes everybody average, at 0 one as far out as people are, errors of the fit and
#: all.
DOUBT = 0.35
#: No trait is drawn farther from the mean than this, σ.
FARTHEST = 3.0
#: Where ears lie on the rest head: (y, z) of their middle and radii, and beyond which |x|, cm.
_EAR, _EAR_SIDE = ((0.9, 0.15), (3.0, 2.1)), 7.4


def ratio_rows(head: MorphableHead) -> dict[str, np.ndarray]:
    """Name → [K] unit row: ``identity @ row`` is the ratio in σ of the people that ``head`` can make.

    Raises:
        WeightsError: the head lacks FaceMesh's landmarks.
    """
    mean, identity, _ = (t.cpu().numpy().astype(np.float64) for t in head.landmark_basis("facemesh478"))
    skin = slice(*head.parts["skin"])
    rest = head.mean[skin].cpu().numpy()
    (y, z), (high, deep) = _EAR
    ear = (np.hypot((rest[:, 1] - y) / high, (rest[:, 2] - z) / deep) < 1) & (np.abs(rest[:, 0]) > _EAR_SIDE)
    side = np.sign(rest[ear, 0])
    rims = head.identity[:, skin].cpu().numpy()[:, ear, 0]
    at_mean = _lengths(mean, (rest[ear, 0] * side).mean())
    moved = _lengths(identity, (rims * side).mean(-1))
    rows = {}
    for name, (one, other) in RATIOS.items():
        change = moved[one] - at_mean[one] / at_mean[other] * moved[other]
        rows[name] = change / np.linalg.norm(change)
    return rows


def trait_rows(head: MorphableHead) -> np.ndarray:
    """[n, K] orthonormal rows, in the order of ``RATIOS``: each ratio without what those before it say.

    Raises:
        WeightsError: as :func:`ratio_rows`.
    """
    return independent(list(ratio_rows(head).values()))


def independent(measures: list[np.ndarray]) -> np.ndarray:
    """[n, K] unit rows: each measure [K] without what those before it say."""
    rows: list[np.ndarray] = []
    for measure in measures:
        left = measure - sum((measure @ row) * row for row in rows)
        rows.append(left / np.linalg.norm(left))
    return np.stack(rows)


def semantic_ratios(head: MorphableHead, identity: np.ndarray) -> dict[str, float]:
    """Name → σ of the ratios of an ``identity`` [K]; see ``RATIOS``.

    Raises:
        WeightsError: as :func:`ratio_rows`.
    """
    return {name: float(identity @ row) for name, row in ratio_rows(head).items()}


def expanded(identity: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """[K] a fitted ``identity`` [K] whose traits lie as far from the mean as those of the person.

    Args:
        rows: [n, K] of :func:`trait_rows`.
    """
    seen = rows @ identity
    mean, spread, trust = np.array([FITTED[name] for name in RATIOS]).T
    meant = (seen - mean) / spread * trust**DOUBT
    return (identity + (meant - seen) @ rows).astype(np.float32)


def limited(identity: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """[K] an ``identity`` [K] whose traits stay short of ``FARTHEST`` σ, and as given up to half of it."""
    seen = rows @ identity
    over = np.maximum(np.abs(seen) - FARTHEST / 2, 0)
    kept = np.sign(seen) * (np.abs(seen) - over + FARTHEST / 2 * np.tanh(over / (FARTHEST / 2)))
    return (identity + (kept - seen) @ rows).astype(np.float32)


def _lengths(points: np.ndarray, ears: np.ndarray | float) -> dict[str, np.ndarray]:
    """Lengths [...] of faces [..., 478, 3] (FaceMesh) whose ears reach out to ``ears`` [...], cm."""

    def at(axis: int, *which: int) -> np.ndarray:
        return points[..., which, axis].mean(-1)

    width = at(0, 454) - at(0, 234)
    return {
        "width": width,
        "height": at(1, 168) - at(1, 152),
        "jaw": at(0, 397) - at(0, 172),
        "chin": at(0, 378) - at(0, 149),
        "forehead": at(1, 10) - at(1, 168),
        "eyes apart": at(0, 263, 362) - at(0, 33, 133),
        "eyes": at(0, 133, 263) - at(0, 33, 362) + at(1, 159, 158, 386, 385) - at(1, 145, 153, 374, 380),
        "eyes rise": at(1, 33, 263) - at(1, 133, 362),
        "brows rise": at(1, 52, 65, 105, 66, 282, 295, 334, 296) - at(1, 33, 133, 362, 263),
        "nose": at(0, 294) - at(0, 64),
        "nose long": at(1, 168) - at(1, 2),
        "nose out": at(2, 4) - at(2, 64, 294),
        "nose up": at(1, 4) - at(1, 2),
        "bridge": at(2, 197) - at(2, 133, 362),
        "mouth": at(0, 291) - at(0, 61),
        "lips": at(1, 0) - at(1, 13) + at(1, 14) - at(1, 17),
        "ears out": ears - width / 2,
    }
