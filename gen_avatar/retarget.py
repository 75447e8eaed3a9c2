"""From a driver's performance to a character's: relative or absolute, stronger or weaker, with eyes that
shut.

Pure functions on performances. Everything happens in codes, hence alike for both ways to animate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from gen_avatar import lips
from gen_avatar.errors import UsageError, nearest
from gen_avatar.keyframes import Directed
from gen_avatar.types import ARKIT_52, GAZE_RANGE, Performance

MOTIONS = ("relative", "absolute")
#: What can be amplified, and by how much at most.
PARTS = ("head", "brows", "eyes", "mouth")
LARGEST_GAIN = 3.0
#: Head angles (yaw, pitch, roll) that a performance keeps to, degrees, and the share of them from where on
#: the limit is approached softly.
HEAD_RANGE, _KNEE = np.array([38.0, 23.0, 25.0]), 0.7
#: Percentiles of a clip at which eyes count as open and as shut, the least weight of a shut eye, and the
#: least distance of the two.
_OPEN_AT, _SHUT_AT, _LEAST_SHUT, _LEAST_SPAN = 25.0, 99.5, 0.68, 0.25
#: Share of the way to shut from where on an eye is shut wholly, and the power of what comes before: eyes that
#: are half shut, as when one smiles or looks down, stay half open.
_WHOLLY, _HALF_OPEN = 0.85, 2.0
#: Weight of the head's turn (per 30 degrees), of shut eyes and of lips that are farther apart (in distances
#: of the outer eye corners) in the choice of the anchor.
_TURN_COST, _BLINK_COST, _LIPS_COST = 1.0, 2.0, 30.0

_BLINK = [ARKIT_52.index("eyeBlinkLeft"), ARKIT_52.index("eyeBlinkRight")]


def _part_of(name: str) -> str:
    if name.startswith("brow"):
        return "brows"
    return "eyes" if name.startswith(("eye", "cheekSquint")) else "mouth"


_ROWS = {part: [i for i, name in enumerate(ARKIT_52) if _part_of(name) == part] for part in PARTS[1:]}


@dataclass(frozen=True)
class Anchored:
    """A performance made for somebody, and the frame of the driver that stands for them at rest."""

    performance: Performance
    anchor: int


def parse_amplify(items: list[str]) -> dict[str, float]:
    """``["mouth=1.3,head=0.8"]`` to gains; raises ``UsageError``."""
    gains: dict[str, float] = {}
    for item in (piece.strip() for text in items for piece in text.split(",")):
        if not item:
            continue
        name, equals, number = (piece.strip() for piece in item.partition("="))
        if name not in PARTS:
            raise UsageError(f"unknown part '{name}' to amplify; {nearest(name, PARTS)}")
        try:
            gain = float(number) if equals else -1.0
        except ValueError:
            gain = -1.0
        if not 0 <= gain <= LARGEST_GAIN:
            raise UsageError(f"--amplify takes {name}=NUMBER from 0 to {LARGEST_GAIN:g}, not '{item}'")
        gains[name] = gain
    return gains


def anchor_frame(driving: Performance, source: Performance) -> int:
    """The frame in which the driver looks most like the ``source`` (its first frame): same face, same pose,
    lips as far apart, eyes open, well seen. The first such frame wins."""
    face = np.abs(driving.expression - source.expression[0]).sum(1)
    turn = np.abs(driving.head_rotation - source.head_rotation[0]).sum(1) / 30
    shut = (driving.expression[:, _BLINK] - source.expression[0, _BLINK]).max(1).clip(0)
    confidence = np.broadcast_to(driving.confidence, (len(driving),))
    parted = np.abs(lips.apart(driving.expression).clip(0) - lips.apart(source.expression[0]).clip(0))
    cost = face + _TURN_COST * turn + _BLINK_COST * shut + _LIPS_COST * parted + 10.0 * (confidence <= 0)
    return int(np.argmin(cost))


def retarget(
    driving: Performance,
    source: Performance,
    motion: str = MOTIONS[0],
    amplify: Mapping[str, float] | None = None,
    anchor: int | None = None,
) -> Anchored:
    """What the source does when it follows a driver.

    Args:
        driving: the driver's performance; of a ``Directed`` one the neutral face and pose are the anchor, and
            its lids are shut as far as it says.
        source: one frame: expression, gaze and pose of the source as it is.
        motion: ``"relative"``: the source's own face and pose, plus what the driver changes against the
        anchor;
            ``"absolute"``: the driver's face and pose.
        amplify: gains of ``PARTS``.
        anchor: the driver's frame that shows what the source shows, by default found.

    Raises:
        UsageError: an unknown motion or part.
    """
    if motion not in MOTIONS:
        raise UsageError(f"unknown motion '{motion}'; {nearest(motion, MOTIONS)}")
    gains = dict.fromkeys(PARTS, 1.0) | dict(amplify or {})
    if unknown := set(gains) - set(PARTS):
        raise UsageError(f"unknown part '{min(unknown)}' to amplify; choose from {', '.join(PARTS)}")
    anchor = anchor_frame(driving, source) if anchor is None else anchor
    gain = np.ones(len(ARKIT_52), np.float32)
    for part, rows in _ROWS.items():
        gain[rows] = gains[part]
    relative = motion == MOTIONS[0]
    anchored = relative and not isinstance(driving, Directed)
    rest = source.expression[0] if relative else np.zeros(len(ARKIT_52), np.float32)
    zero = driving.expression[anchor] if anchored else np.zeros(len(ARKIT_52), np.float32)
    expression = (rest + gain * (driving.expression - zero)).clip(0, 1)
    if not isinstance(driving, Directed):
        lips.follow(expression, rest, gains["mouth"] * (lips.apart(driving.expression) - lips.apart(zero)))
    closure = driving.expression[:, _BLINK] if isinstance(driving, Directed) else eye_closure(driving)
    for side, row in enumerate(_BLINK):
        # Shut is shut, whatever the source's own lids do and however the driver's are built.
        held = closure[anchor, side] if anchored else 0.0
        shut = np.clip((closure[:, side] - held) / (1 - held + 1e-6), 0, 1) * min(gain[row], 1.0)
        expression[:, row] = np.maximum(expression[:, row], rest[row] + shut * (1 - rest[row]))
    rotation = gains["head"] * (driving.head_rotation - (driving.head_rotation[anchor] if anchored else 0))
    rotation = soft_limit(rotation + (source.head_rotation[0] if relative else 0), HEAD_RANGE)
    gaze = gains["eyes"] * (driving.gaze - (driving.gaze[anchor] if anchored else 0))
    gaze = soft_limit(gaze + (source.gaze[0] if relative else 0), np.array([GAZE_RANGE[0], GAZE_RANGE[1]]))
    performance = replace(
        driving,
        expression=expression.astype(np.float32),
        head_rotation=rotation.astype(np.float32),
        gaze=gaze.astype(np.float32),
    )
    return Anchored(performance, anchor)


def eye_closure(driving: Performance) -> np.ndarray:
    """[T, 2] in [0, 1] how far the left and the right eye are shut, in terms of how this driver opens and
    shuts them: detectors seldom see an eye as wholly shut."""
    weights = driving.expression[:, _BLINK]
    seen = np.broadcast_to(driving.confidence, (len(driving),)) > 0
    known = weights[seen] if seen.any() else weights
    open_ = np.percentile(known, _OPEN_AT, axis=0)
    # Both eyes shut alike: one that never does takes the other's level.
    shut = np.percentile(known, _SHUT_AT, axis=0).max()
    span = np.maximum(np.maximum(shut, _LEAST_SHUT) - open_, _LEAST_SPAN)
    return np.clip((weights - open_) / span / _WHOLLY, 0, 1) ** _HALF_OPEN


def soft_limit(angles: np.ndarray, limit: np.ndarray) -> np.ndarray:
    """Angles kept within ±``limit`` without a corner: unchanged up to the knee, then ever slower."""
    knee = _KNEE * limit
    beyond = np.maximum(np.abs(angles) - knee, 0)
    room = limit - knee
    return np.sign(angles) * (np.minimum(np.abs(angles), knee) + room * np.tanh(beyond / room))
