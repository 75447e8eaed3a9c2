"""Performances as files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gen_avatar.errors import MediaError, UsageError
from gen_avatar.performance import load_performance, save_performance
from gen_avatar.types import Performance


def performance(frames: int = 7) -> Performance:
    rng = np.random.default_rng(0)
    return Performance(
        expression=rng.random((frames, 52)).astype(np.float32),
        gaze=rng.normal(0, 9, (frames, 2, 2)).astype(np.float32),
        head_rotation=rng.normal(0, 9, (frames, 3)).astype(np.float32),
        head_translation=rng.normal(0, 2, (frames, 3)).astype(np.float32),
        fps=29.97,
        confidence=rng.random(frames).astype(np.float32),
    )


@pytest.mark.parametrize("ending", ["json", "csv", "npz"])
def test_files_give_back_what_was_saved(tmp_path: Path, ending: str) -> None:
    saved = performance()
    path = tmp_path / f"take.{ending}"
    save_performance(saved, path)
    back = load_performance(path)
    assert back.fps == pytest.approx(saved.fps, abs=1e-2)
    for name in ("expression", "gaze", "head_rotation", "head_translation", "confidence"):
        exact = 0 if ending == "npz" else 6e-5
        assert np.abs(getattr(back, name) - getattr(saved, name)).max() <= exact, name


@pytest.mark.parametrize(
    "name", ["missing.json", "words.json", "other.json", "short.csv", "zip.npz", "pickle.npz"]
)
def test_what_is_no_performance_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "words.json":
        path.write_text("hello")
    elif name == "other.json":
        path.write_text('{"format": "gen_avatar.character"}')
    elif name == "short.csv":
        path.write_text("time,confidence\n0,1\n")
    elif name == "zip.npz":
        path.write_bytes(b"PK\x03\x04 not a zip")
    elif name == "pickle.npz":
        np.savez(path, expression=np.array([{"a": 1}], dtype=object))
    with pytest.raises(MediaError, match=name.split(".")[0]):
        load_performance(path)


def test_weights_out_of_range_and_other_endings_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "take.npz"
    good = performance(2)
    save_performance(good, path)
    with np.load(path) as data:
        fields = dict(data)
    fields["expression"] = fields["expression"] + 1
    np.savez(path, **fields)
    with pytest.raises(MediaError, match="weights"):
        load_performance(path)
    with pytest.raises(UsageError, match=".json"):
        save_performance(good, tmp_path / "take.txt")
