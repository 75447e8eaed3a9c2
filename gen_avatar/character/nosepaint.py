"""The nose as painted on the skin: a crescent below its tip, two nostrils, wings, light on tip and bridge.

All on the rest head, so that it follows the form of every nose.
"""

from __future__ import annotations

import numpy as np

from gen_avatar.character.surface import smoothstep

#: The crescent: its lowest line above the base of the nose, how much it rises towards the sides, cm; half its
#: width; how far its dark reaches up and down from that line, cm; how dark it is as shadow and as crease. It
#: hugs a round tip: flat and wide, it would be a bar.
_LIFT, _RISE, _HALF = 0.12, 0.62, 1.22
_UP, _DOWN = 0.34, 0.15
_CRESCENT, _CORE = 1.0, 0.42
#: Wings: how far aside and above the base their creases lie, cm; how dark they are.
_WING, _WING_DARK = (1.40, 0.70), 0.14
#: How much darker than its shade the crease beside a wing is.
_WING_CREASE = 0.24
#: The flanks of the bridge: how far aside they lie and how broad they are, cm; heights above the base between
#: which they fade away upwards; how dark they are.
_FLANK, _FLANK_TOP, _FLANK_DARK = (0.86, 0.34), (1.6, 4.2), 0.30
#: Nostrils: place beside the middle and above the base, cm, radii, cm; how dark they are.
_NOSTRIL, _NOSTRIL_SIZE, _NOSTRIL_DARK = (0.56, 0.34), (0.28, 0.14), 0.78
#: Light: on the tip (place above it, radii, cm; strength) and along the bridge (half width, its top).
_TIP, _TIP_SIZE, TIP_LIGHT = -0.42, (0.56, 0.46), 0.72
_BRIDGE, _BRIDGE_TOP, _BRIDGE_LIGHT = 0.40, 2.8, 0.30


def nose_paint(x: np.ndarray, y: np.ndarray, landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shade and crease of the nose at places ``x``, ``y`` [H, W] of the rest face, cm.

    Args:
        landmarks: [68, 3] iBUG landmarks of the rest mean.

    Returns:
        [H, W] share of the skin's shadow, light below 0; and [H, W] share of its deep creases.
    """
    side, base, tip = np.abs(x), landmarks[33, 1], landmarks[30, 1]
    low = base + _LIFT + _RISE * (side / 1.3) ** 2
    above = y - low
    # It thins out to both sides, soft towards the tip, clean towards the lip.
    ends = np.clip(1 - (side / _HALF) ** 2, 0, 1)
    crescent = np.exp(-((above / np.where(above > 0, _UP * (0.35 + 0.65 * ends), _DOWN)) ** 2))
    crescent *= smoothstep(0.0, 0.45, ends)
    wing = np.exp(
        -(((side - _WING[0] + 0.10 * (y - base)) / 0.22) ** 2) - ((y - base - _WING[1]) / 0.55) ** 2
    )
    dx, dy = side - _NOSTRIL[0], y - base - _NOSTRIL[1]
    lean = dx * 0.94 + dy * 0.34, -dx * 0.34 + dy * 0.94
    hole = np.hypot(lean[0] / _NOSTRIL_SIZE[0], lean[1] / _NOSTRIL_SIZE[1])
    nostril = _NOSTRIL_DARK * (1 - smoothstep(0.45, 1.2, hole))
    flank = np.exp(-(((side - _FLANK[0]) / _FLANK[1]) ** 2)) * smoothstep(0.5, 1.1, y - base)
    flank *= smoothstep(*_FLANK_TOP[::-1], y - base)
    shade = np.maximum(_CRESCENT * crescent, np.maximum(_WING_DARK * wing, _FLANK_DARK * flank))
    crease = np.maximum(np.maximum(_CORE * crescent**2, nostril), _WING_CREASE * wing)
    spot = np.exp(-((side / _TIP_SIZE[0]) ** 2) - ((y - tip - _TIP) / _TIP_SIZE[1]) ** 2)
    bridge = (
        np.exp(-((side / _BRIDGE) ** 2))
        * smoothstep(tip, tip + 0.8, y)
        * smoothstep(_BRIDGE_TOP, tip + 1.0, y)
    )
    return shade - np.maximum(TIP_LIGHT * spot, _BRIDGE_LIGHT * bridge), crease
