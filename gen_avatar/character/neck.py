"""The neck goes into the collar: however the head turns, no skin comes through the cloth around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gen_avatar.character.surface import smoothstep

#: Skin that turns with the head this far is neck: all of it below the first, none above the second. What is
#: above is jaw, and may come down in front of a collar.
_NECK, _JAW = 0.86, 0.985
#: Up to this height above the middle of a collar, cm, the neck is no wider than this share of it; above it
#: may widen by so much per cm.
_STAND, _INSIDE, _WIDENS = 0.7, 0.90, 0.16
#: How much a collar falls towards the throat, cm per cm.
_SLOPE = 0.13


@dataclass(frozen=True)
class Neck:
    """What of the skin may go into the collar.

    Attributes:
        index: [n] vertices of the skin; share: [n] how far they keep inside.
        middle, size: [3] of the ring that collars lie around, cm.
    """

    index: np.ndarray
    share: np.ndarray
    middle: np.ndarray
    size: np.ndarray

    @classmethod
    def of(cls, follow: np.ndarray, middle: np.ndarray, size: np.ndarray) -> Neck:
        """Of a skin that turns with the head by ``follow`` [S], inside the ring of a collar."""
        share = smoothstep(_JAW, _NECK, follow.ravel())
        index = np.flatnonzero(share > 0)
        return cls(index, share[index].astype(np.float32), middle, size)

    def tuck(self, skin: np.ndarray) -> None:
        """Draw ``skin`` [S, 3], posed, in to the collar, in place."""
        arm = skin[self.index] - self.middle
        height = arm[:, 1] + _SLOPE * arm[:, 2]
        most = _INSIDE + _WIDENS * np.maximum(height - _STAND, 0)
        wide = np.hypot(arm[:, 0] / self.size[0], arm[:, 2] / self.size[2])
        scale = 1 - self.share * (1 - np.minimum(1, most / np.maximum(wide, 1e-3)))
        skin[self.index, 0] = self.middle[0] + arm[:, 0] * scale
        skin[self.index, 2] = self.middle[2] + arm[:, 2] * scale
