"""Performances as files: ``.json`` and ``.csv`` to read and edit, ``.npz`` for long ones. No pickles.

Props go along in ``.json`` and ``.npz``; a ``.csv`` is a table of numbers and leaves them out.
"""

from __future__ import annotations

import csv
import io
import json
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from gen_avatar.errors import GenAvatarWarning, MediaError, UsageError
from gen_avatar.keyframes import is_keyframes, read_keyframes
from gen_avatar.media import atomic_write_bytes, atomic_write_text
from gen_avatar.types import ARKIT_52, Performance

SUFFIXES = (".json", ".csv", ".npz")
#: Digits behind the point in text files: a ten-thousandth of a weight, of a degree.
_DIGITS = 4
#: Longer files are refused: no performance that was captured here comes near, bytes.
_MOST_BYTES = 512 * 2**20
_GAZE = tuple(f"gaze{eye}{axis}" for eye in ("Left", "Right") for axis in ("Yaw", "Pitch"))
_ROTATION = ("headYaw", "headPitch", "headRoll")
_TRANSLATION = ("headX", "headY", "headZ")
_COLUMNS = ("time", "confidence", *ARKIT_52, *_GAZE, *_ROTATION, *_TRANSLATION)


def is_performance_file(path: str | Path) -> bool:
    """Whether a driving clip is a saved performance, by its name."""
    return Path(path).suffix.lower() in SUFFIXES


def check_performance_name(path: str | Path) -> None:
    """Raise ``UsageError`` unless a performance can be saved under this name."""
    if not is_performance_file(path):
        raise UsageError(f"a performance is written as {', '.join(SUFFIXES)}, not {path}")


def save_performance(performance: Performance, path: str | Path) -> None:
    """Write a performance, all or nothing; the format follows the ending.

    Raises:
        UsageError: another ending. MediaError: the target cannot be written.
    """
    check_performance_name(path)
    suffix = Path(path).suffix.lower()
    if suffix == ".npz":
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            **_arrays(performance),
            fps=np.float64(performance.fps),
            props=np.array(performance.props, str),
        )
        atomic_write_bytes(path, buffer.getvalue())
    elif suffix == ".csv":
        if performance.props:
            warnings.warn(
                f"{path} leaves out {', '.join(performance.props)}: only .json and .npz hold props",
                GenAvatarWarning,
                stacklevel=2,
            )
        atomic_write_text(path, _to_csv(performance))
    else:
        atomic_write_text(path, _to_json(performance))


def load_performance(path: str | Path) -> Performance:
    """Read what :func:`save_performance` wrote, or the frames of a ``.json`` of key frames.

    Raises:
        MediaError: missing, damaged, or no performance.
    """
    path = Path(path)
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise MediaError(f"{path} is too large for a performance")
        if path.suffix.lower() == ".npz":
            with np.load(path, allow_pickle=False) as data:
                fields = {name: data[name] for name in data.files}
        elif path.suffix.lower() == ".csv":
            fields = _from_csv(path.read_text(encoding="utf-8"))
        else:
            data = json.loads(path.read_text(encoding="utf-8"))
            if is_keyframes(data):
                return read_keyframes(path).performance()
            fields = _from_json(data)
        return _checked(fields)
    except OSError as error:
        raise MediaError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, UsageError, zipfile.BadZipFile) as error:
        raise MediaError(f"{path} is not a performance: {error}") from error


def _arrays(performance: Performance) -> dict[str, np.ndarray]:
    names = ("expression", "gaze", "head_rotation", "head_translation")
    arrays = {name: np.asarray(getattr(performance, name), np.float32) for name in names}
    confidence = np.broadcast_to(np.asarray(performance.confidence, np.float32), (len(performance),))
    return {**arrays, "confidence": confidence.copy()}


def _checked(fields: dict[str, np.ndarray]) -> Performance:
    count = len(fields["expression"])
    shapes = {
        "expression": (count, len(ARKIT_52)), "gaze": (count, 2, 2), "head_rotation": (count, 3),
        "head_translation": (count, 3), "confidence": (count,),
    }  # fmt: skip
    arrays: dict[str, Any] = {}
    for name, shape in shapes.items():
        array = np.asarray(fields[name], np.float32)
        if array.shape != shape or not np.isfinite(array).all():
            raise ValueError(f"{name} must be finite numbers of shape {shape}")
        arrays[name] = array
    fps = float(fields["fps"])
    if not count or not 0 < fps <= 1000:
        raise ValueError("it needs frames and a frame rate")
    low, high = arrays["expression"].min(), arrays["expression"].max()
    if low < -1e-4 or high > 1 + 1e-4:
        raise ValueError("blendshape weights must lie in [0, 1]")
    arrays["expression"] = arrays["expression"].clip(0, 1)
    props = tuple(str(prop) for prop in fields.get("props", ()))
    return Performance(fps=fps, props=props, **arrays)


def _to_json(performance: Performance) -> str:
    arrays = {k: np.round(v.astype(float), _DIGITS).tolist() for k, v in _arrays(performance).items()}
    head = {"format": "gen_avatar.performance", "version": 1, "fps": performance.fps,
            "props": list(performance.props), "blendshapes": list(ARKIT_52)}  # fmt: skip
    lines = [f" {json.dumps(k)}: {json.dumps(v)}" for k, v in head.items()]
    for name, rows in arrays.items():
        body = ",\n  ".join(json.dumps(row) for row in rows)
        lines.append(f' "{name}": [\n  {body}\n ]')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _from_json(data: object) -> dict[str, np.ndarray]:
    if not isinstance(data, dict) or data.get("format") != "gen_avatar.performance":
        raise ValueError('the field "format" must be "gen_avatar.performance"')
    names = ("expression", "gaze", "head_rotation", "head_translation", "confidence", "fps")
    arrays = {name: np.asarray(data[name], np.float64) for name in names}
    return arrays | {"props": np.array(data.get("props", []), str).reshape(-1)}


def _to_csv(performance: Performance) -> str:
    arrays = _arrays(performance)
    time = np.arange(len(performance)) / performance.fps
    flat = [a.reshape(len(time), -1) for a in (
        time, arrays["confidence"], arrays["expression"], arrays["gaze"], arrays["head_rotation"],
        arrays["head_translation"])]  # fmt: skip
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in np.concatenate(flat, 1):
        writer.writerow([f"{row[0]:.6f}", *(f"{v:.{_DIGITS}f}" for v in row[1:])])
    return out.getvalue()


def _from_csv(text: str) -> dict[str, np.ndarray]:
    rows = list(csv.reader(io.StringIO(text)))
    if not rows or tuple(rows[0]) != _COLUMNS:
        raise ValueError("its first line must name the columns that gen-avatar capture writes")
    table = np.array(rows[1:], np.float64).reshape(-1, len(_COLUMNS))
    time, confidence, rest = table[:, 0], table[:, 1], table[:, 2:]
    parts = np.split(rest, np.cumsum([len(ARKIT_52), len(_GAZE), len(_ROTATION)]), 1)
    step = (time[-1] - time[0]) / (len(time) - 1) if len(time) > 1 else 1 / 30
    if step <= 0:
        raise ValueError("times must rise")
    return {
        "expression": parts[0], "gaze": parts[1].reshape(-1, 2, 2), "head_rotation": parts[2],
        "head_translation": parts[3], "confidence": confidence, "fps": np.round(1 / step, 3),
    }  # fmt: skip
