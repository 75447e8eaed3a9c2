"""Performances that somebody wrote: key frames in small JSON files, and the ready-made ones that ship.

A file looks like this; nothing else is allowed in it::

    {
     "format": "gen_avatar.keyframes", "version": 1,
     "title": "Nods yes", "emoji": "👍", "fps": 30, "seconds": 2.0, "loop": true, "props": [],
     "tracks": {
      "smile": [[0, 0], [0.4, 0.8], [1.5, 0.8], [1.9, 0]],
      "blink": [[0.1, 0], [0.2, 1], [0.3, 0]],
      "headPitch": [[0, 0], [0.3, -14], [0.6, 4], [0.9, -10], [1.4, 0]]
     }
    }

A track is a list of ``[seconds, value]``. What it moves follows from its name:

* a named expression (:data:`~gen_avatar.expression.EXPRESSIONS`), an amount in [0, 1]: scaled, they add up;
* an ARKit blendshape, or one without its ``Left`` or ``Right`` for both sides, a weight in [0, 1]: it
  replaces what the expressions gave, and one side what both sides were given;
* ``blink`` in [0, 1]: both eyes are shut at least that far, whatever else they do;
* ``gazeYaw`` and ``gazePitch``, ``headYaw``, ``headPitch`` and ``headRoll`` in degrees, with the signs of
  :mod:`gen_avatar.types`; a gaze replaces the eyeLook weights.

Between the keys values ease in and out along a monotone cubic (Fritsch and Butland, 1984), which never passes
a key's value. Before the first and after the last key the value is held; with ``"loop": true`` the last key
leads on to the first instead, so that the end runs into the beginning.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from gen_avatar.errors import MediaError, UsageError, nearest
from gen_avatar.expression import EXPRESSIONS, named
from gen_avatar.types import ARKIT_52, GAZE_RANGE, PROPS, Performance, gaze_from_expression

FORMAT, VERSION = "gen_avatar.keyframes", 1
#: Longest performance, seconds, highest frame rate, and largest file, bytes.
MAX_SECONDS, MAX_FPS, _MOST_BYTES = 60.0, 120.0, 2**20
#: Where the ready-made performances lie, ``NAME.json`` each.
FOLDER = Path(__file__).parent / "performances"

#: Blendshapes that both sides of the face have, without the side.
PAIRS = tuple(n[:-4] for n in ARKIT_52 if n.endswith("Left") and f"{n[:-4]}Right" in ARKIT_52)
_HEAD = ("headYaw", "headPitch", "headRoll")
_DEGREES = {
    **dict.fromkeys(_HEAD, (-90.0, 90.0)),
    "gazeYaw": (-GAZE_RANGE[0], GAZE_RANGE[0]),
    "gazePitch": (-GAZE_RANGE[2], GAZE_RANGE[1]),
}
_TRACKS = ("blink", *_DEGREES, *EXPRESSIONS, *PAIRS, *ARKIT_52)
#: The eyeLook weights of a gaze axis: of positive and of negative angles, and their angle at 1, degrees.
_LOOKS = {
    "gazeYaw": (
        (("eyeLookOutLeft", "eyeLookInRight"), GAZE_RANGE[0]),
        (("eyeLookInLeft", "eyeLookOutRight"), GAZE_RANGE[0]),
    ),
    "gazePitch": (
        (("eyeLookUpLeft", "eyeLookUpRight"), GAZE_RANGE[1]),
        (("eyeLookDownLeft", "eyeLookDownRight"), GAZE_RANGE[2]),
    ),
}

#: One track: (seconds, value) of each key.
Keys = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Directed(Performance):
    """A performance that was written rather than filmed: it starts from the neutral face.

    No frame of it stands for its actor at rest, the neutral face does, and lids are shut as far as it says.
    """


@dataclass(frozen=True)
class Keyframes:
    """A performance as key frames.

    Attributes:
        title: what happens, for people.
        emoji: the one emoji that it is like.
        seconds: length, above 0 and at most ``MAX_SECONDS``.
        tracks: track → its keys; times in [0, seconds], in a loop [0, seconds), rising; see the module for
            names and values.
        fps: frames a second, above 0 and at most ``MAX_FPS``.
        loop: whether the last keys lead on to the first ones.
        props: names of :data:`~gen_avatar.types.PROPS`, worn throughout.

    Raises:
        UsageError: something is out of range or has an unknown name.
    """

    title: str
    emoji: str
    seconds: float
    tracks: Mapping[str, Keys]
    fps: float = 30.0
    loop: bool = False
    props: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("title", "emoji"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name).strip():
                raise UsageError(f'"{name}" must be a text, not {getattr(self, name)!r}')
        _check_number('"seconds"', self.seconds, 0.0, MAX_SECONDS, above=True)
        _check_number('"fps"', self.fps, 0.0, MAX_FPS, above=True)
        if not isinstance(self.loop, bool):
            raise UsageError(f'"loop" must be true or false, not {self.loop!r}')
        for prop in self.props:
            if prop not in PROPS:
                raise UsageError(f"unknown prop '{prop}'; {nearest(str(prop), PROPS)}")
        for name, keys in self.tracks.items():
            self._check_track(name, keys)
        if not self.tracks:
            raise UsageError('"tracks" must hold at least one track')
        object.__setattr__(self, "tracks", MappingProxyType(dict(self.tracks)))

    def _check_track(self, name: str, keys: Keys) -> None:
        if name not in _TRACKS:
            raise UsageError(f"unknown track '{name}'; {nearest(name, _TRACKS)}")
        if not keys:
            raise UsageError(f"{name} has no keys")
        low, high = _DEGREES.get(name, (0.0, 1.0))
        before = -math.inf
        for time, value in keys:
            _check_number(f"a time of {name}", time, 0.0, self.seconds)
            _check_number(f"{name} at {time:g} s", value, low, high)
            if time <= before:
                raise UsageError(f"the times of {name} must rise: {time:g} s comes after {before:g} s")
            before = time
        if self.loop and before >= self.seconds:
            raise UsageError(
                f"{name} has a key at {before:g} s, where a loop of that length is at 0 s again: leave it out"
            )

    def performance(self, fps: float | None = None) -> Directed:
        """Every frame of it.

        Args:
            fps: frames a second, by default its own.

        Returns:
            ``round(seconds × fps)`` frames, at least 1; frame ``i`` is at ``i / fps`` seconds.

        Raises:
            UsageError: a frame rate out of range.
        """
        rate = self.fps if fps is None else fps
        _check_number("fps", rate, 0.0, MAX_FPS, above=True)
        times = np.arange(max(1, round(self.seconds * rate))) / rate
        values = {name: self._values(keys, times) for name, keys in self.tracks.items()}
        expression = _expression(values, len(times))
        zero = np.zeros(len(times))
        return Directed(
            expression=expression,
            gaze=gaze_from_expression(expression).astype(np.float32),
            head_rotation=np.stack([values.get(name, zero) for name in _HEAD], 1).astype(np.float32),
            head_translation=np.zeros((len(times), 3), np.float32),
            fps=float(rate),
            confidence=np.ones(len(times), np.float32),
            props=self.props,
        )

    def _values(self, keys: Keys, times: np.ndarray) -> np.ndarray:
        """[T] of a track at ``times`` [T]."""
        from scipy.interpolate import PchipInterpolator

        at, value = np.array(keys, float).T
        if len(at) == 1:
            return np.full(len(times), value[0])
        if self.loop:
            at = np.concatenate([at - self.seconds, at, at + self.seconds])
            value = np.tile(value, 3)
        else:  # a flat stretch at either end lets the track leave and reach it slowly
            at = np.concatenate([[-1.0], at, [self.seconds + 1.0]])
            value = np.concatenate([value[:1], value, value[-1:]])
        return np.asarray(PchipInterpolator(at, value)(times))


def _expression(values: Mapping[str, np.ndarray], frames: int) -> np.ndarray:
    """[T, 52] float32 weights in [0, 1] of tracks [T] by name."""
    weights = np.zeros((frames, len(ARKIT_52)))
    for name in values.keys() & EXPRESSIONS.keys():
        weights += values[name][:, None] * named(name)
    for pair in values.keys() & set(PAIRS):
        for side in ("Left", "Right"):
            weights[:, ARKIT_52.index(pair + side)] = values[pair]
    for name in values.keys() & set(ARKIT_52):
        weights[:, ARKIT_52.index(name)] = values[name]
    for axis in values.keys() & _LOOKS.keys():
        for sign, (looks, most) in zip((1.0, -1.0), _LOOKS[axis], strict=True):
            for look in looks:
                weights[:, ARKIT_52.index(look)] = (sign * values[axis] / most).clip(0.0, 1.0)
    if "blink" in values:
        for side in ("Left", "Right"):
            row = ARKIT_52.index("eyeBlink" + side)
            weights[:, row] = np.maximum(weights[:, row], values["blink"])
    return weights.clip(0.0, 1.0).astype(np.float32)


# -- files ------------------------------------------------------------------------------------------


def read_keyframes(path: str | Path) -> Keyframes:
    """Read a file of key frames.

    Raises:
        MediaError: missing, damaged, or something in it is unknown or out of range.
    """
    try:
        if Path(path).stat().st_size > _MOST_BYTES:
            raise MediaError(f"{path} is too large for key frames")
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise MediaError(f"cannot read {path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise MediaError(f"{path} is not a text in UTF-8") from error
    try:
        return parse_keyframes(text)
    except UsageError as error:
        raise MediaError(f"{path}: {error}") from error


def parse_keyframes(text: str) -> Keyframes:
    """Key frames from the text of a file; raises ``UsageError``."""
    try:
        data = json.loads(text, object_pairs_hook=_without_repeats)
    except json.JSONDecodeError as error:
        raise UsageError(f"not JSON: {error}") from error
    except RecursionError as error:
        raise UsageError("not key frames: nested too deeply") from error
    if not is_keyframes(data):
        raise UsageError(f'the field "format" must be "{FORMAT}"')
    if data.get("version") != VERSION:
        raise UsageError(f"version {data.get('version')!r} is not known, only {VERSION}")
    known = {field.name for field in fields(Keyframes)}
    given = {name: value for name, value in data.items() if name not in ("format", "version")}
    for name in given:
        if name not in known:
            raise UsageError(f"unknown field '{name}'; {nearest(name, known)}")
    for name in ("title", "emoji", "seconds", "tracks"):
        if name not in given:
            raise UsageError(f'the field "{name}" is missing')
    props, tracks = given.get("props", []), given["tracks"]
    if not isinstance(props, list) or not isinstance(tracks, dict):
        raise UsageError('"props" must be a list, and "tracks" must map names to keys')
    given |= {"props": tuple(props), "tracks": {name: _keys(name, keys) for name, keys in tracks.items()}}
    return Keyframes(**given)


def is_keyframes(data: object) -> bool:
    """Whether what a JSON file holds is meant to be key frames."""
    return isinstance(data, dict) and data.get("format") == FORMAT


def _keys(name: str, keys: object) -> Keys:
    if not isinstance(keys, list) or not all(isinstance(key, list) and len(key) == 2 for key in keys):
        raise UsageError(f"{name} must be a list of [seconds, value]")
    return tuple((time, value) for time, value in keys)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; a name that comes twice would silently lose its first value."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise UsageError(f"'{name}' comes twice")
        found[name] = value
    return found


def _check_number(what: str, value: object, low: float, high: float, above: bool = False) -> None:
    """Raise ``UsageError`` unless a value is a number from ``low``, or ``above`` it, to ``high``."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not low <= value <= high or (above and value == low):  # type: ignore[operator]
        span = f"above {low:g} and at most {high:g}" if above else f"from {low:g} to {high:g}"
        raise UsageError(f"{what} must be a number {span}, not {value!r}")


# -- what ships -------------------------------------------------------------------------------------


@cache
def names() -> tuple[str, ...]:
    """Names of the ready-made performances, alphabetical."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.json")))


def path_of(name: str) -> Path:
    """The file of a ready-made performance; raises ``UsageError`` with the nearest names."""
    if name not in names():
        raise UsageError(f"unknown performance '{name}'; {nearest(name, names())}")
    return FOLDER / f"{name}.json"


def ready_made(name: str) -> Directed:
    """Every frame of a ready-made performance; raises ``UsageError`` with the nearest names."""
    return read_keyframes(path_of(name)).performance()


def ready_made_name(clip: str | Path) -> str | None:
    """The ready-made performance that a driving clip means; a file or folder of that name comes first.

    Returns:
        The name, or None for what is a file or is named like one.

    Raises:
        MediaError: a bare word that is neither a file nor a ready-made performance.
    """
    word = str(clip)
    if os.path.exists(clip) or Path(clip).suffix or "/" in word or "\\" in word:
        return None
    if word in names():
        return word
    raise MediaError(
        f"there is no clip '{word}', and no ready-made performance of that name; {nearest(word, names())}"
    )
