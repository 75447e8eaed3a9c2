"""Lids: found on any head, drawn anew around a large ball, with a blink that closes along one curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gen_avatar.character.design import Proportions
from gen_avatar.character.surface import HandleDeformation, Laplacian, smoothstep
from gen_avatar.types import ARKIT_52


@dataclass(frozen=True)
class Eye:
    """One eye of the stylised mean.

    Attributes:
        center: [3] of the ball.
        upper, lower: vertices of the lid edge from the inner to the outer corner, both ends included.
        lids: vertices that must stay outside the ball; thickness: [n] how far outside, cm.
    """

    center: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    lids: np.ndarray
    thickness: np.ndarray


def eye_loops(loops: list[np.ndarray], rest: np.ndarray) -> list[tuple[np.ndarray, float]]:
    """The two lid edges, the subject's left first, with the sign of x."""
    found = []
    for side in (1.0, -1.0):
        distance = [np.linalg.norm(rest[loop].mean(0)[:2] - [side * 3.1, 3.5]) for loop in loops]
        found.append((loops[int(np.argmin(distance))], side))
    return found


def lid_chains(loop: np.ndarray, rest: np.ndarray, side: float) -> tuple[np.ndarray, np.ndarray]:
    """Split a lid edge at its corners: upper and lower chain from the inner to the outer corner."""
    x = rest[loop, 0] * side
    loop = np.roll(loop, -int(np.argmin(x)))
    outer = int(np.argmax(rest[loop, 0] * side))
    one, other = loop[: outer + 1], np.concatenate([loop[outer:], loop[:1]])[::-1]
    return (one, other) if rest[one, 1].mean() > rest[other, 1].mean() else (other, one)


def opening(skin: np.ndarray, eye: Eye) -> float:
    """How far the lids of ``eye`` are apart on ``skin`` [S, 3], cm."""
    return float(skin[eye.upper, 1].mean() - skin[eye.lower, 1].mean())


#: By what share the width and the height of eyes may differ from the design before they are drawn nearer to
#: it, and by how much more they do at most; distances from the middle of the eye over which what lies around
#: it ceases to follow, cm.
_USUAL, _UNUSUAL, _AROUND = (0.07, 0.10), (0.05, 0.06), (4.6, 2.4)
#: Distances away from the nose count only by this share: outer corners follow.
_OUTWARDS = 0.62
#: Inner corners of close-set eyes stay this far apart, cm: such eyes are narrower.
_APART = 1.3


def tame_eyes(skin: np.ndarray, mean: np.ndarray, eyes: Sequence[Eye], centers: np.ndarray) -> np.ndarray:
    """[S, 3] a person's ``skin`` [S, 3] whose eyes neither stare nor meet above the nose, nor are slits.

    Args:
        mean: [S, 3] the skin of the design; eyes: its eyes; centers: [2, 3] of the person's balls, cm.
    """
    out = skin.copy()
    for eye, center in zip(eyes, centers, strict=True):
        away, near = _around(skin, center)
        widths = [float(np.ptp(points[eye.upper, 0])) for points in (skin, mean)]
        for axis, (own, usual) in enumerate((widths, (opening(skin, eye), opening(mean, eye)))):
            differs = own / usual - 1
            over, most = max(abs(differs) - _USUAL[axis], 0.0), _UNUSUAL[axis]
            kept = np.copysign(abs(differs) - over + most * np.tanh(over / most), differs)
            out[:, axis] += ((1 + kept) / (1 + differs) - 1) * near * away[:, axis]
    for eye, center in zip(eyes, centers, strict=True):
        _narrow(out, eye, center, float(centers[:, 0].mean()))
    return out.astype(np.float32)


def _narrow(skin: np.ndarray, eye: Eye, center: np.ndarray, middle: float) -> None:
    """Draw in an ``eye`` that comes too near to the ``middle`` of the face (x, cm), in place, about its ball.

    Nothing beyond the middle moves, or the other eye would be pulled along.
    """
    side = np.sign(center[0] - middle)
    across = side * (skin[:, 0] - middle)
    corner, ball = float(across[eye.upper[0]]), float(side * (center[0] - middle))
    missing = _APART / 2 - corner
    if missing <= 0:
        return
    away, near = _around(skin, center)
    near = near * smoothstep(0.0, max(corner, _APART / 4), across)
    moved = np.flatnonzero((near > 0) & (away[:, 2] > 0))
    away, near = away[moved], near[moved]
    x = away[:, 0] * (1 - missing * near / (ball - corner))
    # As far from the ball as before: what sank into it would be pushed out again.
    z = np.sqrt(away[:, 2] ** 2 + away[:, 0] ** 2 - x**2)
    skin[moved, 0], skin[moved, 2] = center[0] + x, center[2] + z


def _around(skin: np.ndarray, center: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[S, 3] ``skin`` [S, 3] relative to the ``center`` of an eye, cm, and [S] how much it follows."""
    away = skin - center
    across = away[:, 0] * np.where(away[:, 0] * center[0] > 0, _OUTWARDS, 1.0)
    near = smoothstep(*_AROUND, np.hypot(across, away[:, 1])) * smoothstep(0.0, 2.0, skin[:, 2])
    return away, near


#: Rise of the lids from the inner to the outer corner, cm, of open and shut and of smiling eyes, and the
#: share of the way at which they are level with the eye's middle.
_TILT, _SMILE_TILT, _LEVEL = 0.28, 0.10, 0.47
#: Share of a blink in a frown: it cuts the upper lid.
FROWN_SHUTS = 0.20
#: How far raised cheeks push up the middle of the lower lid beyond what is measured, cm.
_CHEEK_RISE = 0.55
#: Lid edges that move less than this in a shape, cm, are left alone.
_STILL = 0.02


class LidDrawing:
    """Gives one eye the designed opening, and a blink that closes it along one curve."""

    def __init__(
        self, side: int, chains: tuple[np.ndarray, np.ndarray], center: np.ndarray, rest: np.ndarray,
        laplacian: Laplacian, d: Proportions,
    ) -> None:  # fmt: skip
        """``chains``: vertices of both lid edges; ``center`` of the ball, cm; ``rest`` [S, 3]."""
        upper, lower = chains
        sign = 1.0 if side == 0 else -1.0
        self._split, self._sign = len(upper), sign
        self._handles = np.concatenate([upper, lower[1:-1]])
        away = np.linalg.norm(rest - rest[self._handles].mean(0), axis=1)
        self._field = HandleDeformation(laplacian, self._handles, np.flatnonzero(away < 3.6))
        curves = [(_lid_curve(len(upper), 1, center, sign, d), _lid_curve(len(lower), -1, center, sign, d))]
        for bow, tilt in ((d.shut_bow, _TILT), (d.smile_bow, _SMILE_TILT)):
            over, under = (_shut_curve(len(chain), bow, tilt, center, sign, d) for chain in (upper, lower))
            curves.append((over, under))
        self._open, self._shut, self._happy = (np.concatenate([over, under[1:-1]]) for over, under in curves)
        self._blink = ARKIT_52.index("eyeBlinkLeft" if side == 0 else "eyeBlinkRight")
        self._cheek = ARKIT_52.index("cheekSquintLeft" if side == 0 else "cheekSquintRight")
        self._keep = d.lid_identity
        lids = np.flatnonzero(away < 3.4)
        gap = np.linalg.norm(rest[lids][:, None] - rest[self._handles][None], axis=2).min(1)
        thickness = 0.03 + d.lid_thickness * smoothstep(0.0, 0.22, gap)
        self.eye = Eye(center, upper, lower, lids.astype(np.int32), thickness.astype(np.float32))

    def open(self, mean: np.ndarray) -> np.ndarray:
        return mean + self._field(self._open - mean[self._handles])

    def close(self, expression: np.ndarray) -> None:
        """Change the blink in place so that both lids meet on the ball."""
        blink = expression[self._blink]
        expression[self._blink] = blink + self._field(self._shut - self._open - blink[self._handles])

    def smile(self, expression: np.ndarray) -> None:
        """Let a raised cheek push up the lower lid alone, in place: eyes that smile are crescents, and with a
        flat upper lid they would look stern."""
        shape = expression[self._cheek]
        wanted = shape[self._handles]
        wanted[: self._split] = 0
        bow = np.sin(np.pi * np.linspace(0, 1, len(wanted) - self._split + 2)[1:-1])
        wanted[self._split :, 1] += _CHEEK_RISE * bow
        shape += self._field(wanted - shape[self._handles])

    def calm(self, expression: np.ndarray) -> None:
        """Let the lid edges move as one smooth curve in every shape, in place."""
        for shape in expression:
            moved = shape[self._handles]
            if np.abs(moved).max() > _STILL:
                smooth = np.concatenate([_cubic(chain) for chain in np.split(moved, [self._split])])
                shape += self._field(smooth - moved)

    def arc(self) -> np.ndarray:
        """[S, 3] what turns the closed eye into the upward arc of a smiling one."""
        return self._field(self._happy - self._shut)

    def follow(self, identity: np.ndarray, centers: np.ndarray, size: np.ndarray, tilt: np.ndarray) -> None:
        """Let the lids of a person move with the person's ball and keep part of their own shape, in place.

        Args:
            identity: [K, S, 3]; centers: [K, 3] how the ball moves, cm.
            size: [K] by what share the opening grows; tilt: [K] rise of its outer end, cm per cm.
        """
        away = (self._open - self.eye.center) * [1, 1, 0]
        # Both lids shear alike, so that they still meet.
        sheared = np.stack([0 * away[:, 0], self._sign * away[:, 0], 0 * away[:, 0]], 1)
        for mode, shift, grows, rises in zip(identity, centers, size, tilt, strict=True):
            own = mode[self._handles] - shift
            own[:, 2] = 0
            wanted = shift + self._keep * own + grows * away + rises * sheared
            mode += self._field(wanted - mode[self._handles])


def _lid_curve(count: int, up: int, center: np.ndarray, sign: float, d: Proportions) -> np.ndarray:
    """[count, 3] points on the ball along the open upper (``up`` = 1) or lower (-1) lid."""
    t = np.linspace(0, 1, count)
    bow = np.sin(np.pi * t**1.04)
    y = _TILT * (t - _LEVEL) + (d.lid_upper * bow**0.92 if up > 0 else -d.lid_lower * bow**1.12)
    return _on_ball(-d.eye_half_width * np.cos(np.pi * t), y, center, sign, d)


def _shut_curve(
    count: int, bow: float, tilt: float, center: np.ndarray, sign: float, d: Proportions
) -> np.ndarray:
    """[count, 3] points on the ball where the lids meet, bowed upwards by ``bow`` cm in the middle.

    ``tilt``: rise from the inner to the outer corner, cm.
    """
    t = np.linspace(0, 1, count)
    y = tilt * (t - _LEVEL) + bow * np.sin(np.pi * t)
    return _on_ball(-d.eye_half_width * np.cos(np.pi * t), y, center, sign, d)


def _on_ball(x: np.ndarray, y: np.ndarray, center: np.ndarray, sign: float, d: Proportions) -> np.ndarray:
    radius = d.eye_radius + 0.03
    z = np.sqrt(np.maximum(radius**2 - x**2 - y**2, 0))
    return center + np.stack([sign * x, y, z], 1)


def _cubic(moved: np.ndarray) -> np.ndarray:
    """Displacements [n, 3] along a lid, replaced by the cubic that fits them best."""
    basis = np.vander(np.linspace(-1, 1, len(moved)), 4)
    return basis @ np.linalg.lstsq(basis, moved, rcond=None)[0]
