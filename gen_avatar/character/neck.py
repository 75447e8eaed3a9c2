"""The neck: a column that goes into the collar and bends after the head, whatever the head does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gen_avatar.character.mandible import distances
from gen_avatar.character.surface import smoothstep
from gen_avatar.character.turning import nod_shift

#: Skin is neck from so far beyond the jaw on, cm: none before the first, all of it behind the second; over
#: these heights of the rest head what is behind a jaw goes over into the nape, cm.
_BEYOND, _NAPE = (0.25, 2.6), (-2.6, -5.2)
#: Skin that turns with the head less than the first is neck too, wherever it is; none more than the second.
_NECK, _JAW = 0.86, 0.985
#: Up to this height above the middle of a collar, cm, the neck is no wider than this share of it; above it
#: may widen by so much per cm, the second behind.
_STAND, _INSIDE, _WIDENS = 0.7, 0.92, (0.035, 0.16)
#: Necks turn with the head from where skin of the head's own follows it so far: inside a collar they stand.
_STANDS = 0.42
#: How much a collar falls towards the throat, cm per cm.
_SLOPE = 0.13
#: Heights above the middle of a collar, cm, over which the column bends after a head that is moved.
_BENDS = (0.45, 3.5)


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
    def of(cls, share: np.ndarray, middle: np.ndarray, size: np.ndarray) -> Neck:
        """Of a skin that is neck by ``share`` [S], inside the ring of a collar."""
        index = np.flatnonzero(share > 0)
        return cls(index, share[index], middle.astype(np.float32), size.astype(np.float32))

    def tuck(self, skin: np.ndarray, rotation: Sequence[float] | np.ndarray = (0, 0, 0)) -> None:
        """Draw ``skin`` [S, 3], posed, in to the column below a head of ``rotation``, degrees, in place."""
        shift = nod_shift(rotation)
        arm = skin[self.index] - self.middle
        height = arm[:, 1] + _SLOPE * arm[:, 2]
        bend = smoothstep(*_BENDS, height)
        x, z = arm[:, 0] - shift[0] * bend, arm[:, 2] - shift[2] * bend
        behind = smoothstep(0.0, -0.6, z / self.size[2])
        widens = _WIDENS[0] + (_WIDENS[1] - _WIDENS[0]) * behind
        most = _INSIDE + widens * np.maximum(height - _STAND, 0)
        wide = np.hypot(x / self.size[0], z / self.size[2])
        less = self.share * (1 - np.minimum(1, most / np.maximum(wide, 1e-3)))
        skin[self.index, 0] -= x * less
        skin[self.index, 2] -= z * less


def neck_share(rest: np.ndarray, follow: np.ndarray) -> np.ndarray:
    """[S] float32 how far skin ``rest`` [S, 3] that turns with the head by ``follow`` [S] is neck."""
    column = smoothstep(*_BEYOND, distances(rest)) * smoothstep(*_NAPE, rest[:, 1])
    return np.maximum(column, smoothstep(_JAW, _NECK, follow)).astype(np.float32)


def neck_follow(follow: np.ndarray) -> np.ndarray:
    """[S] how far skin turns with the head that by itself would by ``follow`` [S]: in collars not at all."""
    return smoothstep(_STANDS, 1.0, follow).astype(np.float32)
