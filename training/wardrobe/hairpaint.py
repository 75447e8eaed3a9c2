"""What is painted on hair, so that locks read in every look: grooves, strands, roots, undersides and lights.

A tone is -1 in the deepest groove, 0 in the hair's own colour and 1 in its lights; see ``Colors.hair``. It is
drawn on vertices, so that lines run along the columns of a mesh.
"""

from __future__ import annotations

import numpy as np

from gen_avatar.character.surface import smoothstep

#: Hair that lies below other hair, or is seen from inside, and what is seen between ropes and curls.
UNDER, BETWEEN = -0.85, -0.75
#: Grooves between locks: how dark, and from which share of the way from the crest they darken.
GROOVE, _GROOVE_FROM = 0.8, 0.62
#: The crest of a lock: how light, and by how much locks differ from one another.
_CREST, _APART = 0.28, 0.2
#: A strand drawn in a lock: where across it (-1..1), how dark, and up to which half width it is so dark.
_STRAND, _STRAND_DARK, _WIDE = -0.18, 0.6, 0.2
#: Roots: how dark, and over which share of the length; ends likewise.
_ROOT, _ROOT_LONG, _END, _END_FROM = 0.50, 0.09, 0.40, 0.72
#: Round strands: tones at heights from below (-1) to the crest (1).
_ROUND = ((-1.0, -0.3, 0.35, 1.0), (-0.9, -0.8, -0.2, 0.28))
#: Coils: tones from the side away from the light to that towards it.
_COIL = ((-0.5, 0.1, 0.5, 0.9), (-0.8, -0.15, 0.1, 0.35))
#: Where light comes from (left, up, front).
TO_LIGHT = np.array([-0.55, 0.75, 0.35])


def lock_tone(
    across: np.ndarray,
    along: np.ndarray,
    seed: np.ndarray,
    root: float = 1.0,
    wide: np.ndarray | float = 0.16,
) -> np.ndarray:
    """Tone of broad locks at strand coordinates: ``across`` -1..1, ``along`` 0..1, ``seed`` 0..1 of a lock.

    ``root`` is how much of the dark at roots is wanted, ``wide`` half the width of strands. All broadcast.
    """
    out = np.abs(across)
    # Wider ones are fainter: a broad dark stroke would be a stripe.
    faint = np.minimum(1, _WIDE / np.asarray(wide)) ** 0.5
    deep = np.minimum(_GROOVE_FROM, 1 - 1.5 * np.asarray(wide))
    groove = GROOVE * faint * smoothstep(0.0, 1.0, (out - deep) / (1 - deep))
    swell = np.sin(np.pi * np.clip((along - 0.04) / 0.8, 0, 1))
    crest = (_CREST * swell + _APART * (seed - 0.5)) * (1 - smoothstep(0.1, 0.85, out))
    length = np.clip((along - 0.08 - 0.2 * seed) / (0.62 + 0.2 * seed), 0, 1)
    strand = faint**1.5 * np.clip(1 - np.abs(across - _STRAND) / wide, 0, 1) * np.sin(np.pi * length) ** 0.8
    dark = root * _ROOT * (1 - smoothstep(0, _ROOT_LONG, along)) + _END * smoothstep(_END_FROM, 1.0, along)
    return np.clip(crest - np.maximum(groove, _STRAND_DARK * strand) - dark, -1, 1)


def round_tone(height: np.ndarray, seed: float, rings: np.ndarray | float = 0.0) -> np.ndarray:
    """[n, k] tone of a round strand whose points lie at ``height`` [k], -1..1 of its radius.

    ``rings`` [n] is added along it: pinches are dark, ends too. A number gives one row.
    """
    own = np.interp(height, *_ROUND) + _APART * (seed - 0.5)
    return np.clip(own[None] + np.reshape(rings, (-1, 1)), -1, 1)


def coil_tone(down: np.ndarray, facing: np.ndarray) -> np.ndarray:
    """[n] tone of a fine coil ``down`` [n] from its top, 0..1, whose points face along ``facing`` [n, 3].

    A light crescent lies towards the light, a dark one away from it.
    """
    away = np.clip(facing @ TO_LIGHT / np.linalg.norm(TO_LIGHT), -1, 1)
    return np.interp(away, *_COIL) * np.sin(np.pi * np.clip(down, 0, 0.62) / 0.62 * 0.5) ** 1.5
