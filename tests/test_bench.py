"""``gen-avatar bench``: figures that mean what they say; the times themselves are not tested."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from gen_avatar import bench
from gen_avatar.cli import main
from gen_avatar.generator.heldout import NAME, HeldOut, save_heldout
from gen_avatar.pipeline import AvatarPipeline
from gen_avatar.types import Appearance, Character, Performance


@pytest.fixture(scope="module")
def pipe() -> AvatarPipeline:
    return AvatarPipeline.from_pretrained()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small pictures, few repeats."""
    for name, value in {"SIZE": 64, "WARM_UP": 0, "REPEATS": 1, "LARGEST_BATCH": {"cpu": 2}}.items():
        monkeypatch.setattr(bench, name, value)


def test_quality_of_the_studio_itself_is_perfect(pipe: AvatarPipeline, tmp_path: Path) -> None:
    """Pictures that the network painted stand in for the studio's."""
    person = Character(appearance=Appearance(hair_style="bob"))
    moment = {"character": json.loads(person.to_json()), "props": ["tears"]}
    act = Performance.still({"jawOpen": 0.5}, (10.0, 0.0, 0.0), props=("tears",))
    moment |= {"expression": act.expression[0].tolist(), "gaze": act.gaze[0].tolist()}
    moment |= {"rotation": act.head_rotation[0].tolist()}
    pictures = {
        look: np.asarray(pipe.draw(person, act, pipe.styled(look), 256))[None]
        for look in ("clay", "pixel")
    }
    folder = tmp_path / "generator"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    save_heldout(HeldOut.from_json(pictures, json.dumps([moment])), folder / NAME)
    rows = bench.quality(pipe, tmp_path)
    assert list(rows) == ["clay", "clay, blurred", "pixel", "pixel, blurred"]
    assert rows["clay"]["psnr"] == rows["pixel"]["psnr"] == np.inf
    assert 15 < rows["pixel, blurred"]["psnr"] < rows["clay, blurred"]["psnr"] < 60


def test_precisions_are_measured_against_float32(pipe: AvatarPipeline) -> None:
    rows = bench.precisions(pipe)
    assert rows["fp32"]["max_error"] == rows["fp32"]["mean_error"] == 0
    for name, row in rows.items():
        assert row["batch"] in (1, 2) and row["ms"] > 0 and row["pictures_per_s"] > 0
        assert row["mean_error"] < 1 and (name == "fp32" or row["max_error"] > 0)


def test_the_table_has_every_row(pipe: AvatarPipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "quality", lambda *_: {"clay": {"psnr": 30.0, "ssim": 0.9}})
    figures = bench.measure(pipe)
    text = bench.table(figures)
    for row in ("pose", "geometry buffers", "pose and buffers", "network", "frame (pose, buffers, network)"):
        assert figures["stages"][row]["ms"] > 0 and f"\n{row}" in text
    assert "\nfp32 " in text and "\nclay " in text and "best batch" in text
    json.dumps(figures)


def test_a_device_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    assert main(["bench", "--device", "cuda"]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1 and "'cuda' cannot be used here" in captured.err
